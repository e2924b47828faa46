//! HS256 with `iss`, `aud`, `exp`, `nbf` and a leeway. No rule is compiled out, because the
//! compiler doesn't know the policy and the time.

#![no_std]
#![no_main]

use cases::{Prepared, prepare, verify};

harness::firmware!(HS256);

#[unsafe(no_mangle)]
#[inline(never)]
fn measured(verifier: &Prepared, token: &[u8], buffer: &mut [u8]) -> bool {
    let Some(verifier) = verifier else { return false };
    verify(verifier, token, buffer)
}
