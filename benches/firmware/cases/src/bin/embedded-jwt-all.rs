//! As `embedded-jwt`, with everything: a key set from a JWK Set, revocations, a replay guard that
//! is saved after each token, and a time floor.

#![no_std]
#![no_main]

use core::cell::{Cell, RefCell};
use core::hint::black_box;

use cases::{RULES, policy};
use embedded_jwt::{
    Hs256, Key, KeySet, Policy, ReplayGuard, Revocations, Time, TimeFloor, Verifier, WhenFull,
};

harness::firmware!(HS256_KID);

const POLICY: Policy = policy(RULES.allow_missing_jwt_id().allow_uncertain_time());

const BUILT: u64 = 1_690_000_000;
const YEAR: u32 = 365 * 24 * 60 * 60;

struct Prepared {
    verifier: Verifier<'static, KeySet<'static, Key<Hs256>, 4>>,
    revocations: Revocations<16>,
    guard: RefCell<ReplayGuard<16>>,
    floor: Cell<TimeFloor>,
}

fn prepare() -> Option<Prepared> {
    let mut text = *black_box(&harness::KEYS);
    let mut keys: KeySet<Key<Hs256>, 4> = KeySet::new();
    keys.read_jwks(&mut text, Some(harness::ISSUER)).ok()?;
    keys.retire("2026-11", harness::NOW).ok()?;

    let mut revocations = Revocations::new();
    revocations.revoke_subject("device-4711", 1_700_000_000).ok()?;

    let mut guard = ReplayGuard::new(WhenFull::EvictFirstToExpire);
    let mut memory = [0; ReplayGuard::<16>::MAX_SAVED_LENGTH];
    let saved = guard.save(&mut memory).ok()?;
    guard.restore(black_box(saved)).ok()?;

    let mut floor = TimeFloor::new(BUILT, YEAR);
    let saved = floor.to_bytes();
    floor.restore(black_box(&saved)).ok()?;

    Some(Prepared {
        verifier: Verifier::new(keys, POLICY),
        revocations,
        guard: RefCell::new(guard),
        floor: Cell::new(floor),
    })
}

#[unsafe(no_mangle)]
#[inline(never)]
fn measured(prepared: &Option<Prepared>, token: &[u8], buffer: &mut [u8]) -> bool {
    let Some(Prepared { verifier, revocations, guard, floor }) = prepared else { return false };
    let Ok(mut guard) = guard.try_borrow_mut() else { return false };
    let mut latest = floor.get();
    let Ok(token) = verifier.verify_with(
        token,
        latest.with_clock(Time::Unknown),
        revocations,
        &mut *guard,
        buffer,
    ) else {
        return false;
    };
    latest.raise(&token);
    floor.set(latest);
    // A device saves the guard before it acts on the token. The buffer is free again by now.
    guard.save(buffer).is_ok()
}
