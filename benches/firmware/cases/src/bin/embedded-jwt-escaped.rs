//! As `embedded-jwt`, with tokens whose claims have every escape that JSON allows in them.

#![no_std]
#![no_main]

use cases::{Prepared, prepare, verify};

harness::firmware!(HS256_ESCAPED);

#[unsafe(no_mangle)]
#[inline(never)]
fn measured(verifier: &Prepared, token: &[u8], buffer: &mut [u8]) -> bool {
    let Some(verifier) = verifier else { return false };
    verify(verifier, token, buffer)
}
