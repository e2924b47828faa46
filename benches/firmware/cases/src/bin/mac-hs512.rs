//! The MAC alone, over the bytes that a token's MAC covers: HMAC-SHA-512 with a prepared key.

#![no_std]
#![no_main]

use core::hint::black_box;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha512;

harness::firmware!(HS512);

/// The last dot and the signature.
const NOT_COVERED: usize = 87;

fn prepare() -> Option<Hmac<Sha512>> {
    Hmac::new_from_slice(black_box(&harness::SECRET)).ok()
}

#[unsafe(no_mangle)]
#[inline(never)]
fn measured(prepared: &Option<Hmac<Sha512>>, token: &[u8], _buffer: &mut [u8]) -> bool {
    let (Some(prepared), Some((message, _))) =
        (prepared, token.len().checked_sub(NOT_COVERED).and_then(|at| token.split_at_checked(at)))
    else {
        return false;
    };
    let mut hmac = prepared.clone();
    hmac.update(message);
    black_box(hmac.finalize().into_bytes());
    true
}
