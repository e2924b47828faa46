//! As `embedded-jwt`, and then the claims are read into a struct, by serde-json-core.

#![no_std]
#![no_main]

use core::hint::black_box;

use cases::{RULES, policy};
use embedded_jwt::{Hs256, Key, Policy, Time, Verifier};
use serde::Deserialize;

harness::firmware!(HS256);

const POLICY: Policy = policy(RULES);

#[derive(Deserialize)]
struct Access<'a> {
    exp: u64,
    sub: Option<&'a str>,
    role: Option<&'a str>,
    uses: Option<u16>,
}

fn prepare() -> Option<Verifier<'static, Key<Hs256>>> {
    let key = Key::new(black_box(&harness::SECRET)).ok()?;
    Some(Verifier::new(key, POLICY))
}

#[unsafe(no_mangle)]
#[inline(never)]
fn measured(
    verifier: &Option<Verifier<'static, Key<Hs256>>>,
    token: &[u8],
    buffer: &mut [u8],
) -> bool {
    let Some(verifier) = verifier else { return false };
    let Ok(token) = verifier.verify(token, black_box(Time::Known(harness::NOW)), buffer) else {
        return false;
    };
    match token.claims().read::<Access>() {
        Ok(access) => {
            black_box((access.sub, access.role, access.uses));
            access.exp > harness::NOW
        }
        Err(_) => false,
    }
}
