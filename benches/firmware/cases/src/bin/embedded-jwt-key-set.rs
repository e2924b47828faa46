//! As `embedded-jwt`, with a key set: the token's `kid` picks a key that is limited to an issuer
//! and a time.

#![no_std]
#![no_main]

use core::hint::black_box;

use cases::{PreparedSet, prepare_set as prepare};
use embedded_jwt::Time;

harness::firmware!(HS256_KID);

#[unsafe(no_mangle)]
#[inline(never)]
fn measured(verifier: &PreparedSet, token: &[u8], buffer: &mut [u8]) -> bool {
    let Some(verifier) = verifier else { return false };
    verifier.verify(token, black_box(Time::Known(harness::NOW)), buffer).is_ok()
}
