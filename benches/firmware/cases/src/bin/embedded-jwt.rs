//! HS256 with `iss`, `aud`, `exp`, `nbf` and a leeway. No rule is compiled out, because the
//! compiler doesn't know the policy and the time.

#![no_std]
#![no_main]

use cases::{Prepared, prepare, verify};

// Also claims written with every escape that JSON allows, and with white space.
harness::firmware!([(0, HS256), (0, HS256_ESCAPED), (0, HS256_SPACED)]);

#[unsafe(no_mangle)]
#[inline(never)]
fn measured(verifier: &Prepared, token: &[u8], buffer: &mut [u8]) -> bool {
    let Some(verifier) = verifier else { return false };
    verify(verifier, token, buffer)
}
