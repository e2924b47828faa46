//! As `embedded-jwt`, and names the error of a refused token by its `Debug` form.

#![no_std]
#![no_main]

use core::fmt::{self, Write};
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
            black_box(write!(Log, "{error:?}").is_ok());
            false
        }
    }
}

struct Log;

impl Write for Log {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        black_box(text);
        Ok(())
    }
}
