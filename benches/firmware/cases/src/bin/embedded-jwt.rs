//! HS256 with all of the policy: `iss`, `aud`, `exp`, `nbf` and a leeway. No rule is compiled out: the policy and the state of
//! the clock are not known to the compiler.

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
