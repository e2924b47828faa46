//! As `embedded-jwt`, and makes a token of JSON text, with the same key.

#![no_std]
#![no_main]

use core::hint::black_box;

use cases::{Prepared, prepare, verify};
use embedded_jwt::{Signer, Stamp};

harness::firmware!(HS256);

#[unsafe(no_mangle)]
#[inline(never)]
fn measured(verifier: &Prepared, token: &[u8], buffer: &mut [u8]) -> bool {
    let Some(verifier) = verifier else { return false };
    if !verify(verifier, token, buffer) {
        return false;
    }
    let signer = Signer::new(verifier.keys()).key_id(black_box("2026-12"));
    let stamp = Stamp::new(black_box(harness::NOW), black_box(300));
    let claims = black_box(r#"{"sub":"erika","role":"resident","uses":3}"#);
    signer.sign_json_with(claims, &stamp, buffer).is_ok()
}
