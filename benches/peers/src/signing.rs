//! What the cases that make a token share.

use std::hint::black_box;

use serde::Serialize;

use crate::{AUDIENCE, Case, ISSUER};

/// The typical claims set of `benches/firmware/tokens.py`.
#[derive(Serialize)]
pub struct Typical {
    pub iss: &'static str,
    pub aud: &'static str,
    pub exp: u64,
    pub nbf: u64,
    pub sub: &'static str,
    pub iat: u64,
    pub jti: &'static str,
    pub scope: &'static str,
    pub role: &'static str,
    pub uses: u32,
    pub name: &'static str,
    pub site: &'static str,
}

pub const TYPICAL: Typical = Typical {
    iss: ISSUER,
    aud: AUDIENCE,
    exp: 1_900_000_000,
    nbf: 1_700_000_000,
    sub: "device-4711",
    iat: 1_700_000_000,
    jti: "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
    scope: "open close status",
    role: "maintainer",
    uses: 30,
    name: "Erika Mustermann",
    site: "Hannover-Linden, Bau 4",
};

/// Makes a token of the typical claims set.
pub struct Signing {
    pub name: &'static str,
    sign: Box<Sign>,
}

/// Hands over the token. The buffer is for libraries without heap.
type Sign = dyn Fn(&mut [u8], &mut dyn FnMut(&[u8])) -> Option<()> + Sync;

impl Signing {
    pub fn new(
        name: &'static str,
        sign: impl Fn(&mut [u8], &mut dyn FnMut(&[u8])) -> Option<()> + Sync + 'static,
    ) -> Self {
        Self { name, sign: Box::new(sign) }
    }

    /// The token that it makes.
    pub fn token(&self) -> Option<String> {
        let (mut token, mut buffer) = (None, [0; 1000]);
        (self.sign)(&mut buffer, &mut |made| token = String::from_utf8(made.to_vec()).ok())?;
        token
    }

    /// The case that makes it, whatever token it is given.
    pub fn into_case(self) -> Case {
        Case::new(self.name, move |_, buffer| {
            let mut use_it = |token: &[u8]| _ = black_box(token);
            (self.sign)(buffer, &mut use_it).map(|()| (0, 0))
        })
    }
}
