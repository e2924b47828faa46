//! As `embedded-jwt`, without a clock: the time is at least a floor, which tokens raise.

#![no_std]
#![no_main]

use core::cell::Cell;
use core::hint::black_box;

use cases::{RULES, policy};
use embedded_jwt::{Hs256, Key, Policy, Time, TimeFloor, Verifier};

harness::firmware!(HS256);

/// Accepts tokens that may have expired since the floor.
const POLICY: Policy = policy(RULES.allow_uncertain_time());

const BUILT: u64 = 1_690_000_000;
const YEAR: u32 = 365 * 24 * 60 * 60;

type Prepared = Option<(Verifier<'static, Key<Hs256>>, Cell<TimeFloor>)>;

fn prepare() -> Prepared {
    let key = Key::new(black_box(&harness::SECRET)).ok()?;
    let floor = TimeFloor::new(black_box(BUILT), YEAR);
    Some((Verifier::new(key, POLICY), Cell::new(floor)))
}

#[unsafe(no_mangle)]
#[inline(never)]
fn measured(prepared: &Prepared, token: &[u8], buffer: &mut [u8]) -> bool {
    let Some((verifier, floor)) = prepared else { return false };
    let mut latest = floor.get();
    let Ok(token) = verifier.verify(token, latest.with_clock(Time::Unknown), buffer) else {
        return false;
    };
    latest.raise(&token);
    floor.set(latest);
    true
}
