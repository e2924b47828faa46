//! The cases that are compared. Each verifies a token under the same rules (signature, `iss`,
//! `aud`, `exp`, `nbf`, with a leeway) with a key made beforehand, and gives the same values to its
//! caller. Or it makes a token of the same claims, with a key made beforehand.

use std::fs;
use std::hint::black_box;
use std::path::Path;

pub mod ours;
pub mod signing;
#[cfg(feature = "peers")]
pub mod theirs;

/// A time at which the good tokens are valid. For a library that reads the clock instead, the
/// answers are the same until 2029.
pub const NOW: u64 = 1_800_000_000;
pub const LEEWAY: u32 = 60;
pub const ISSUER: &str = "id.example";
pub const AUDIENCE: &str = "door-7";

/// The secret of `benches/firmware/tokens.py`.
pub fn secret() -> [u8; 64] {
    std::array::from_fn(|at| at as u8)
}

/// What a caller gets from a valid token: the length of its `sub`, and its `uses`; 0 for an absent
/// claim.
pub type Values = (usize, u32);

pub type Verify = dyn Fn(&str, &mut [u8]) -> Option<Values> + Sync;

pub struct Case {
    pub name: &'static str,
    /// Verifies a token. The buffer is for libraries without heap.
    pub verify: Box<Verify>,
}

impl Case {
    fn new(
        name: &'static str,
        verify: impl Fn(&str, &mut [u8]) -> Option<Values> + Sync + 'static,
    ) -> Self {
        Self { name, verify: Box::new(verify) }
    }
}

/// Uses the values as a caller would, so that the compiler has to provide the whole string.
fn hand_over(sub: Option<&str>, uses: Option<u32>) -> Values {
    (black_box(sub).map_or(0, str::len), uses.unwrap_or(0))
}

pub struct Token {
    pub name: String,
    pub text: String,
}

/// The tokens in a folder, shortest first.
pub fn read_tokens(folder: &Path) -> Vec<Token> {
    let mut tokens: Vec<_> = fs::read_dir(folder)
        .expect("`run` made the folder")
        .map(|entry| entry.expect("it is readable").path())
        .map(|file| Token {
            name: file.file_name().expect("it is a file").to_string_lossy().into_owned(),
            text: fs::read_to_string(&file).expect("it is text"),
        })
        .collect();
    tokens.sort_by_key(|token| token.text.len());
    tokens
}
