//! As `embedded-jwt`, and reads five claims into a struct, with serde-json-core.

#![no_std]
#![no_main]

use core::hint::black_box;

use cases::{Prepared, prepare};
use embedded_jwt::Time;
use serde::Deserialize;
harness::firmware!(HS256);

#[derive(Deserialize)]
struct Access<'a> {
    exp: u64,
    sub: Option<&'a str>,
    role: Option<&'a str>,
    uses: Option<u16>,
    site: Option<&'a str>,
}

#[unsafe(no_mangle)]
#[inline(never)]
fn measured(verifier: &Prepared, token: &[u8], buffer: &mut [u8]) -> bool {
    let Some(verifier) = verifier else { return false };
    let Ok(token) = verifier.verify(token, black_box(Time::Known(harness::NOW)), buffer) else {
        return false;
    };
    let Ok(access) = token.claims().read::<Access>() else { return false };
    black_box((access.sub, access.role, access.uses, access.site));
    access.exp > harness::NOW
}
