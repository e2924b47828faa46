//! As `embedded-jwt`, with a key set: the token's `kid` picks a key that is limited to an issuer
//! and a time.

#![no_std]
#![no_main]

use core::hint::black_box;

use cases::{RULES, policy};
use embedded_jwt::{Hs256, Key, KeyEntry, KeySet, Policy, Time, Verifier};

harness::firmware!(HS256_KID);

const POLICY: Policy = policy(RULES);

type Prepared = Option<Verifier<'static, KeySet<'static, Key<Hs256>, 4>>>;

fn prepare() -> Prepared {
    let secret: &[u8] = black_box(&harness::SECRET);
    let (older, newer) = secret.split_at_checked(32)?;
    let mut keys = KeySet::new();
    for (key_id, secret) in [("2026-10", older), ("2026-11", secret), ("2026-12", newer)] {
        let entry = KeyEntry::new(Key::new(secret).ok()?)
            .issuer(harness::ISSUER)
            .not_before(harness::NOW)
            .retired_after(harness::NOW);
        keys.add(key_id, entry).ok()?;
    }
    Some(Verifier::new(keys, POLICY))
}

#[unsafe(no_mangle)]
#[inline(never)]
fn measured(verifier: &Prepared, token: &[u8], buffer: &mut [u8]) -> bool {
    let Some(verifier) = verifier else { return false };
    verifier.verify(token, black_box(Time::Known(harness::NOW)), buffer).is_ok()
}
