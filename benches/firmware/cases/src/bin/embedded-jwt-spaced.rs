//! As `embedded-jwt`, with tokens whose claims are written with white space.

#![no_std]
#![no_main]

use core::hint::black_box;

use cases::{RULES, policy};
use embedded_jwt::{Hs256, Key, Policy, Time, Verifier};

harness::firmware!(HS256_SPACED);

const POLICY: Policy = policy(RULES);

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
    verifier.verify(token, black_box(Time::Known(harness::NOW)), buffer).is_ok()
}
