//! As `embedded-jwt`, and names the error of a refused token by its number.

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
    match verifier.verify(token, black_box(Time::Known(harness::NOW)), buffer) {
        Ok(_) => true,
        Err(error) => {
            black_box(error.code());
            false
        }
    }
}
