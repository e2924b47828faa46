//! As `embedded-jwt`, with a token that arrives in pieces of 64 bytes, as over BLE or USB.

#![no_std]
#![no_main]

use core::hint::black_box;

use cases::{RULES, STREAM, policy, stream};
use embedded_jwt::{Hs256, Key, Policy, Verifier};

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
    stream(verifier, token, black_box(64), buffer)
}
