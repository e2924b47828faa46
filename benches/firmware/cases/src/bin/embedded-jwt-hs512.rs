//! As `embedded-jwt`, with HS512.

#![no_std]
#![no_main]

use core::hint::black_box;

use cases::{RULES, policy};
use embedded_jwt::{Hs512, Key, Policy, Time, Verifier};

harness::firmware!(HS512);

const POLICY: Policy = policy(RULES);

fn prepare() -> Option<Verifier<'static, Key<Hs512>>> {
    let key = Key::new(black_box(&harness::SECRET)).ok()?;
    Some(Verifier::new(key, POLICY))
}

#[unsafe(no_mangle)]
#[inline(never)]
fn measured(
    verifier: &Option<Verifier<'static, Key<Hs512>>>,
    token: &[u8],
    buffer: &mut [u8],
) -> bool {
    let Some(verifier) = verifier else { return false };
    verifier.verify(token, black_box(Time::Known(harness::NOW)), buffer).is_ok()
}
