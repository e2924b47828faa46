//! As `embedded-jwt`, with revocations: of another token, another subject, and older tokens of the
//! same subject. They are restored at the start and saved after each token.

#![no_std]
#![no_main]

use core::hint::black_box;

use cases::{RULES, policy};
use embedded_jwt::{Hs256, Key, Policy, Revocations, Time, Verifier};

harness::firmware!(HS256);

const POLICY: Policy = policy(RULES);

type Prepared = Option<(Verifier<'static, Key<Hs256>>, Revocations<16>)>;

fn prepare() -> Prepared {
    let key = Key::new(black_box(&harness::SECRET)).ok()?;
    let mut revocations = Revocations::new();
    revocations.revoke_jwt_id("ce1a1c2e-9d0c-11d1-b245-5ffdce74fad2", harness::NOW).ok()?;
    revocations.revoke_subject("device-4710", u64::MAX).ok()?;
    // The subject of the tokens. Without `revoke_issued_before`: the tiny token has no `iat`.
    revocations.revoke_subject("device-4711", 1_700_000_000).ok()?;
    let mut memory = [0; Revocations::<16>::MAX_SAVED_LENGTH];
    let saved = revocations.save(&mut memory).ok()?;
    revocations.restore(black_box(saved)).ok()?;
    Some((Verifier::new(key, POLICY), revocations))
}

#[unsafe(no_mangle)]
#[inline(never)]
fn measured(prepared: &Prepared, token: &[u8], buffer: &mut [u8]) -> bool {
    let Some((verifier, revocations)) = prepared else { return false };
    let time = black_box(Time::Known(harness::NOW));
    verifier.verify_with(token, time, revocations, &mut (), buffer).is_ok()
        && revocations.save(buffer).is_ok()
}
