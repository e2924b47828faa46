//! `embedded-jwt` and `embedded-jwt-stream` in one image. The compiler doesn't know which one is
//! used.

#![no_std]
#![no_main]

use core::hint::black_box;

use cases::{RULES, STREAM, policy, stream};
use embedded_jwt::{Hs256, Key, Policy, Time, Verifier};

harness::firmware!(HS256);
harness::size!("STREAM", STREAM);

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
    if black_box(true) {
        stream(verifier, token, buffer)
    } else {
        verifier.verify(token, black_box(Time::Known(harness::NOW)), buffer).is_ok()
    }
}
