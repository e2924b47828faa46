//! What the fuzz targets share: generators of tokens, and a judge that predicts the answers.
//!
//! Only the public API is used. To reach the code after the MAC, a target signs its tokens. The MAC
//! is never turned off.

pub use embedded_jwt;

pub mod arrivals;
pub mod check;
pub mod date;
pub mod generate;
pub mod json;
pub mod judge;
pub mod jwk;
pub mod key_set;
pub mod keys;
pub mod long;
pub mod paste;
pub mod peers;
pub mod plain;
pub mod random;
pub mod reading;
pub mod refusal;
pub mod replay;
pub mod rules;
pub mod saved;
pub mod sign;
pub mod signing;
pub mod stream;
pub mod targets;
pub mod types;
pub mod value;
pub mod values;

/// Splits an input at its first empty line. Without one, the first text is empty.
pub fn two_texts(input: &[u8]) -> (&[u8], &[u8]) {
    match input.windows(2).position(|pair| pair == b"\n\n") {
        Some(at) => (&input[..at], &input[at + 2..]),
        None => (b"", input),
    }
}

/// The program of a target: libFuzzer if `fuzz/build` or cargo-fuzz build it. Otherwise it runs the
/// files that are named as arguments (`plain.rs`).
#[macro_export]
macro_rules! program {
    ($name:ident) => {
        #[cfg(fuzzing)]
        libfuzzer_sys::fuzz_target!(|input: &[u8]| {
            $crate::targets::run_or_abort(&$crate::targets::$name, input);
        });

        #[cfg(not(fuzzing))]
        fn main() {
            $crate::plain::main(&$crate::targets::$name);
        }
    };
}
