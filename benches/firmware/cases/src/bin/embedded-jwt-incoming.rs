//! As `embedded-jwt-stream`, with a token that needs no verifier before it is complete.

#![no_std]
#![no_main]

use core::hint::black_box;

use cases::{INCOMING, Prepared, prepare, push_all};
use embedded_jwt::{IncomingToken, Time};

harness::firmware!([(64, HS256), (1, HS256)]);
harness::size!("STREAM", INCOMING);

#[unsafe(no_mangle)]
#[inline(never)]
fn measured(verifier: &Prepared, token: &[u8], buffer: &mut [u8]) -> bool {
    let Some(verifier) = verifier else { return false };
    let mut incoming = IncomingToken::new(buffer);
    push_all(token, |piece| incoming.push(piece).is_ok())
        && incoming.verify(verifier, black_box(Time::Known(harness::NOW))).is_ok()
}
