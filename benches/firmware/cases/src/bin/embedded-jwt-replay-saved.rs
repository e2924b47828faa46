//! As `embedded-jwt`, with a replay guard that remembers each token, and is restored at the start
//! and saved after each token.

#![no_std]
#![no_main]

use core::cell::RefCell;
use core::hint::black_box;

use cases::{RULES, policy};
use embedded_jwt::{Hs256, Key, Policy, ReplayGuard, Time, Verifier, WhenFull};

harness::firmware!(HS256);

/// The tiny token has no `jti`.
const POLICY: Policy = policy(RULES.allow_missing_jwt_id());

/// The guard outlives each verification, so it isn't on the measured stack.
type Prepared = Option<(Verifier<'static, Key<Hs256>>, RefCell<ReplayGuard<16>>)>;

fn prepare() -> Prepared {
    let key = Key::new(black_box(&harness::SECRET)).ok()?;
    let mut guard = ReplayGuard::new(WhenFull::EvictFirstToExpire);
    let mut memory = [0; ReplayGuard::<16>::MAX_SAVED_LENGTH];
    let saved = guard.save(&mut memory).ok()?;
    guard.restore(black_box(saved)).ok()?;
    Some((Verifier::new(key, POLICY), RefCell::new(guard)))
}

#[unsafe(no_mangle)]
#[inline(never)]
fn measured(prepared: &Prepared, token: &[u8], buffer: &mut [u8]) -> bool {
    let Some((verifier, guard)) = prepared else { return false };
    let Ok(mut guard) = guard.try_borrow_mut() else { return false };
    let time = black_box(Time::Known(harness::NOW));
    verifier.verify_with(token, time, &(), &mut *guard, buffer).is_ok()
        && guard.save(buffer).is_ok()
}
