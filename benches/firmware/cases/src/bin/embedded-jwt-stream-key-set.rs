//! As `embedded-jwt-key-set`, with a token that arrives in pieces.

#![no_std]
#![no_main]

use cases::{PreparedSet, prepare_set as prepare, stream};

harness::firmware!(HS256_KID);

#[unsafe(no_mangle)]
#[inline(never)]
fn measured(verifier: &PreparedSet, token: &[u8], buffer: &mut [u8]) -> bool {
    let Some(verifier) = verifier else { return false };
    stream(verifier, token, buffer)
}
