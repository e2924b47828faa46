//! As `embedded-jwt-key-set`, with keys from a JWK Set.

#![no_std]
#![no_main]

use core::hint::black_box;

use cases::{RULES, policy};
use embedded_jwt::{Hs256, Key, KeySet, Policy, Time, Verifier};

harness::firmware!(HS256_KID);

const POLICY: Policy = policy(RULES);

type Prepared = Option<Verifier<'static, KeySet<'static, Key<Hs256>, 4>>>;

fn prepare() -> Prepared {
    let mut text = *black_box(&harness::KEYS);
    let mut keys: KeySet<Key<Hs256>, 4> = KeySet::new();
    keys.read_jwks(&mut text, Some(harness::ISSUER)).ok()?;
    keys.start("2026-11", harness::NOW).ok()?;
    keys.retire("2026-11", harness::NOW).ok()?;
    Some(Verifier::new(keys, POLICY))
}

#[unsafe(no_mangle)]
#[inline(never)]
fn measured(verifier: &Prepared, token: &[u8], buffer: &mut [u8]) -> bool {
    let Some(verifier) = verifier else { return false };
    verifier.verify(token, black_box(Time::Known(harness::NOW)), buffer).is_ok()
}
