//! As `embedded-jwt`, and reads two claims with `get`.

#![no_std]
#![no_main]

use core::hint::black_box;

use cases::{Prepared, prepare};
use embedded_jwt::Time;

harness::firmware!(HS256);

#[unsafe(no_mangle)]
#[inline(never)]
fn measured(verifier: &Prepared, token: &[u8], buffer: &mut [u8]) -> bool {
    let Some(verifier) = verifier else { return false };
    let Ok(token) = verifier.verify(token, black_box(Time::Known(harness::NOW)), buffer) else {
        return false;
    };
    let claims = token.claims();
    // The tiny token has neither.
    let (role, uses) = (claims.get::<Option<&str>>("role"), claims.get::<Option<u16>>("uses"));
    black_box((&role, &uses));
    true
}
