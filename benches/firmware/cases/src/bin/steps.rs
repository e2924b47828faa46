//! Measures each step of verifications in pieces. Writes a line for each way and length of the
//! pieces: this length, and the ticks of the longest `push` and of the end for the large token.

#![no_std]
#![no_main]

use core::hint::black_box;

use cases::{prepare, prepare_set};
use embedded_jwt::{IncomingToken, Keys, StreamingMac, Time, Verifier};
use harness::ticks_of;

#[unsafe(no_mangle)]
extern "C" fn main() -> ! {
    harness::run_steps(|buffer| steps(buffer).is_some())
}

fn steps(buffer: &mut [u8]) -> Option<()> {
    let key = prepare()?;
    let keys = prepare_set()?;
    let lengths = [1, 64, 256];
    for length in lengths {
        streaming(&key, harness::HS256[2], length, buffer)?;
    }
    for length in lengths {
        streaming(&keys, harness::HS256_KID[2], length, buffer)?;
    }
    for length in lengths {
        incoming(&key, harness::HS256[2], length, buffer)?;
    }
    for length in lengths {
        incoming(&keys, harness::HS256_KID[2], length, buffer)?;
    }
    Some(())
}

fn streaming<K: Keys<Key: StreamingMac>>(
    verifier: &Verifier<'_, K>,
    token: &[u8],
    length: usize,
    buffer: &mut [u8],
) -> Option<()> {
    let mut streaming = verifier.stream(buffer);
    let mut longest = 0;
    for piece in black_box(token).chunks(length) {
        longest = longest.max(ticks_of(&mut || streaming.push(piece).is_ok())?);
    }
    let time = black_box(Time::Known(harness::NOW));
    let end = ticks_of(&mut || streaming.finish(time).is_ok())?;
    harness::write_line([length, longest, end]);
    Some(())
}

fn incoming<K: Keys<Key: StreamingMac>>(
    verifier: &Verifier<'_, K>,
    token: &[u8],
    length: usize,
    buffer: &mut [u8],
) -> Option<()> {
    let mut incoming = IncomingToken::new(buffer);
    let mut longest = 0;
    for piece in black_box(token).chunks(length) {
        longest = longest.max(ticks_of(&mut || incoming.push(piece).is_ok())?);
    }
    let time = black_box(Time::Known(harness::NOW));
    let end = ticks_of(&mut || incoming.verify(verifier, time).is_ok())?;
    harness::write_line([length, longest, end]);
    Some(())
}
