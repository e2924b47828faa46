//! As `embedded-jwt`, with tokens whose claims are written with white space.

#![no_std]
#![no_main]

use cases::{Prepared, prepare, verify};

harness::firmware!(HS256_SPACED);

#[unsafe(no_mangle)]
#[inline(never)]
fn measured(verifier: &Prepared, token: &[u8], buffer: &mut [u8]) -> bool {
    let Some(verifier) = verifier else { return false };
    verify(verifier, token, buffer)
}
