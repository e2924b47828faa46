//! As `embedded-jwt-all`, with a token that arrives in pieces, claims that are read into a struct,
//! and all state saved after each token.

#![no_std]
#![no_main]

use core::cell::{Cell, RefCell};
use core::hint::black_box;

use cases::{RULES, policy, push_all};
use embedded_jwt::{
    Hs256, Key, KeySet, Policy, ReplayGuard, Revocations, Time, TimeFloor, Verifier, WhenFull,
};
use serde::Deserialize;

harness::firmware!(HS256_KID);

const POLICY: Policy = policy(RULES.allow_missing_jwt_id().allow_uncertain_time());

const BUILT: u64 = 1_690_000_000;
const YEAR: u32 = 365 * 24 * 60 * 60;

#[derive(Deserialize)]
struct Access<'a> {
    exp: u64,
    sub: Option<&'a str>,
    role: Option<&'a str>,
    uses: Option<u16>,
    site: Option<&'a str>,
}

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
    let mut memory = [0; Revocations::<16>::MAX_SAVED_LENGTH];
    let saved = revocations.save(&mut memory).ok()?;
    revocations.restore(black_box(saved)).ok()?;

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
    let mut streaming = verifier.stream(buffer);
    if !push_all(token, |piece| streaming.push(piece).is_ok()) {
        return false;
    }
    let time = latest.with_clock(Time::Unknown);
    let Ok(token) = streaming.finish_with(time, revocations, &mut *guard) else { return false };
    let Ok(access) = token.claims().read::<Access>() else { return false };
    black_box((access.exp, access.sub, access.role, access.uses, access.site));
    latest.raise(&token);
    floor.set(latest);
    black_box(latest.to_bytes());
    // A device saves its state before it acts on the token. The buffer is free again then.
    drop(streaming);
    guard.save(buffer).is_ok() && revocations.save(buffer).is_ok()
}
