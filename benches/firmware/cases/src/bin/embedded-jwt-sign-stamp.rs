//! As `embedded-jwt-sign`, and sets the dates by a stamp.

#![no_std]
#![no_main]

use core::hint::black_box;

use cases::{RULES, policy};
use embedded_jwt::{Hs256, Key, Policy, Signer, Stamp, Time, Verifier};

harness::firmware!(HS256);

const POLICY: Policy = policy(RULES);

type Prepared = Option<(Key<Hs256>, Policy<'static>)>;

fn prepare() -> Prepared {
    Some((Key::new(black_box(&harness::SECRET)).ok()?, POLICY))
}

#[unsafe(no_mangle)]
#[inline(never)]
fn measured(prepared: &Prepared, token: &[u8], buffer: &mut [u8]) -> bool {
    let Some((key, policy)) = prepared else { return false };
    let verifier = Verifier::new(key, *policy);
    if verifier.verify(token, black_box(Time::Known(harness::NOW)), buffer).is_err() {
        return false;
    }
    let signer = Signer::new(key).key_id(black_box("2026-12"));
    let stamp = Stamp::new(black_box(harness::NOW), black_box(300));
    let claims = black_box(r#"{"sub":"erika","role":"resident","uses":3}"#);
    signer.sign_json_with(claims, &stamp, buffer).is_ok()
}
