//! What the fuzz targets share: tokens that are signed as they are written, and a judge that
//! says what a verification has to answer.
//!
//! Everything here goes through the public API. Whatever a target wants to reach behind the MAC,
//! it signs; no MAC is ever switched off.

pub mod check;
pub mod date;
pub mod generate;
pub mod json;
pub mod judge;
pub mod jwk;
pub mod keys;
pub mod peers;
pub mod reading;
pub mod replay;
pub mod rules;
pub mod saved;
pub mod sign;
pub mod stream;

/// Two texts out of one input, an empty line between them: the first is empty if there is none.
pub fn two_texts(input: &[u8]) -> (&[u8], &[u8]) {
    match input.windows(2).position(|pair| pair == b"\n\n") {
        Some(at) => (&input[..at], &input[at + 2..]),
        None => (b"", input),
    }
}
