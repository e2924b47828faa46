//! The same rules by jwt-compact. It checks `exp` and `nbf` with a leeway. It has no rules for
//! `iss` and `aud`, so they are compared here.

#![no_std]
#![no_main]

extern crate alloc;

mod heap;

use alloc::string::String;
use core::hint::black_box;

use chrono::{DateTime, Duration, Utc};
use jwt_compact::alg::{Hs256, Hs256Key};
use jwt_compact::{AlgorithmExt, TimeOptions, UntrustedToken};
use serde::Deserialize;

harness::firmware!(HS256, heap::most_used);

#[derive(Deserialize)]
struct Custom {
    iss: String,
    aud: String,
}

fn prepare() -> Hs256Key {
    heap::init();
    Hs256Key::new(black_box(&harness::SECRET))
}

#[unsafe(no_mangle)]
#[inline(never)]
fn measured(key: &Hs256Key, token: &[u8], _buffer: &mut [u8]) -> bool {
    holds(key, token).is_some()
}

fn holds(key: &Hs256Key, token: &[u8]) -> Option<()> {
    let token = UntrustedToken::new(core::str::from_utf8(token).ok()?).ok()?;
    let token = Hs256.validator::<Custom>(key).validate(&token).ok()?;
    let now = DateTime::<Utc>::from_timestamp(black_box(harness::NOW).cast_signed(), 0)?;
    let time = TimeOptions::new(Duration::seconds(60), || now);
    let claims = token.claims();
    claims.validate_expiration(&time).ok()?.validate_maturity(&time).ok()?;
    (claims.custom.iss == harness::ISSUER && claims.custom.aud == harness::AUDIENCE).then_some(())
}
