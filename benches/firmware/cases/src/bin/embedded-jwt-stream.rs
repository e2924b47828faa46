//! As `embedded-jwt`, with a token that arrives in pieces of 64 bytes, as over BLE or USB, or byte
//! by byte, as over a serial line.

#![no_std]
#![no_main]

use cases::{Prepared, STREAM, prepare, stream};

harness::firmware!([(64, HS256), (1, HS256)]);
harness::size!("STREAM", STREAM);

#[unsafe(no_mangle)]
#[inline(never)]
fn measured(verifier: &Prepared, token: &[u8], buffer: &mut [u8]) -> bool {
    let Some(verifier) = verifier else { return false };
    stream(verifier, token, buffer)
}
