//! The lower bound of the time: what raises it, by how much, and how it survives a power loss.

mod common;

use common::every_way::Verifier;
use common::{SECRET, sign};
use embedded_jwt::Error::{Expired, InvalidSavedState, SignatureMismatch, TimeUnknown};
use embedded_jwt::{
    Error, Hs256, Key, Policy, PolicyBuilder, ReplayGuard, Time, TimeFloor, WhenFull,
};

const BUILT: u64 = 1_000;
const STEP: u32 = 100;

fn floor() -> TimeFloor {
    TimeFloor::new(BUILT, STEP)
}

/// Verifies a token like a device without a clock, and raises the floor with it.
fn present(floor: &mut TimeFloor, secret: &[u8], claims: &str) -> Result<bool, Error> {
    let policy = Policy::builder().allow_missing_expiration().allow_uncertain_time().build()?;
    let token = sign("HS256", secret, br#"{"alg":"HS256"}"#, claims.as_bytes());
    let verifier = Verifier::new(Key::<Hs256>::new(&SECRET)?, policy);
    let mut buffer = [0; 200];
    let token = verifier.verify(&token, floor.with_clock(Time::Unknown), &mut buffer)?;
    Ok(floor.raise(&token))
}

#[test]
fn accepted_token_raises_the_floor_by_one_step_at_most() {
    for (claims, expected, seconds) in [
        ("{}", Ok(false), BUILT),
        (r#"{"iat":1001}"#, Ok(true), 1_001),
        (r#"{"iat":1099.9}"#, Ok(true), 1_099),
        (r#"{"iat":1.1e3}"#, Ok(true), 1_100),
        (r#"{"iat":1100.5}"#, Ok(true), 1_100),
        (r#"{"iat":1101}"#, Ok(false), BUILT),
        (r#"{"iat":999999999999999999}"#, Ok(false), BUILT),
        (r#"{"iat":1000}"#, Ok(false), BUILT),
        (r#"{"iat":999}"#, Ok(false), BUILT),
        (r#"{"iat":-5}"#, Ok(false), BUILT),
        (r#"{"nbf":1050}"#, Ok(true), 1_050),
        (r#"{"nbf":1101}"#, Ok(false), BUILT),
        // The earlier one counts: a token made today may be for next week.
        (r#"{"iat":1010,"nbf":1090}"#, Ok(true), 1_010),
        (r#"{"iat":900,"nbf":1090}"#, Ok(false), BUILT),
        (r#"{"iat":1050,"exp":1000}"#, Err(Expired), BUILT),
    ] {
        let mut floor = floor();
        assert_eq!(present(&mut floor, &SECRET, claims), expected, "{claims}");
        assert_eq!(floor.seconds(), seconds, "{claims}");
        assert_eq!(floor.with_clock(Time::Unknown), Time::AtLeast(seconds));
    }
}

#[test]
fn forged_and_far_future_tokens_do_not_raise_the_floor() {
    let mut floor = floor();
    for _ in 0..1_000 {
        let forged = present(&mut floor, &[7; 64], r#"{"iat":1050}"#);
        assert_eq!(forged, Err(SignatureMismatch));
        assert_eq!(present(&mut floor, &SECRET, r#"{"iat":4000000000}"#), Ok(false));
    }
    assert_eq!(floor.seconds(), BUILT);
    let mut highest = TimeFloor::new(u64::MAX - 1, u32::MAX);
    assert!(!present(&mut highest, &SECRET, r#"{"iat":999999999999999999}"#).unwrap());
}

#[test]
fn clock_below_the_floor_is_not_believed() {
    let floor = floor();
    assert_eq!(floor.seconds(), BUILT);
    for (clock, joined) in [
        (Time::Unknown, Time::AtLeast(BUILT)),
        (Time::Known(0), Time::AtLeast(BUILT)),
        (Time::Known(BUILT - 1), Time::AtLeast(BUILT)),
        (Time::Known(BUILT), Time::Known(BUILT)),
        (Time::Known(BUILT + 1), Time::Known(BUILT + 1)),
        (Time::Known(u64::MAX), Time::Known(u64::MAX)),
        (Time::AtLeast(0), Time::AtLeast(BUILT)),
        (Time::AtLeast(BUILT), Time::AtLeast(BUILT)),
        (Time::AtLeast(BUILT + 1), Time::AtLeast(BUILT + 1)),
    ] {
        assert_eq!(floor.with_clock(clock), joined, "{clock:?}");
    }
    // A GPS clock that is 1,024 weeks back does not open the door to what has expired.
    const BUILD_TIME: u64 = 1_800_000_000;
    let floor = TimeFloor::new(BUILD_TIME, STEP);
    let policy = PolicyBuilder::build(Policy::builder()).unwrap();
    let verifier = Verifier::new(Key::<Hs256>::new(&SECRET).unwrap(), policy);
    let claims = format!(r#"{{"exp":{}}}"#, BUILD_TIME - 86_400);
    let token = sign("HS256", &SECRET, br#"{"alg":"HS256"}"#, claims.as_bytes());
    let clock = Time::Known(BUILD_TIME - 1_024 * 7 * 86_400);
    let outcome = verifier.verify(&token, floor.with_clock(clock), &mut [0; 100]).map(drop);
    assert_eq!(outcome, Err(Expired));
}

#[test]
#[expect(deprecated, reason = "whoever still uses a former name gets what it meant")]
fn former_names_do_what_they_did() {
    assert_eq!(floor().time(), Time::AtLeast(BUILT));
    let uncertain = Policy::builder().accept_what_an_unknown_time_leaves_open().build().unwrap();
    let token = sign("HS256", &SECRET, br#"{"alg":"HS256"}"#, br#"{"exp":2000}"#);
    let verifier = Verifier::new(Key::<Hs256>::new(&SECRET).unwrap(), uncertain);
    let outcome = verifier.verify(&token, Time::Unknown, &mut [0; 200]).map(drop);
    assert_eq!(outcome, Ok(()));
}

#[test]
fn token_expired_at_the_floor_is_refused() {
    let mut floor = floor();
    let yesterday = r#"{"iat":1010,"exp":1040}"#;
    assert_eq!(present(&mut floor, &SECRET, yesterday), Ok(true));
    assert_eq!(present(&mut floor, &SECRET, r#"{"iat":1050,"exp":1080}"#), Ok(true));
    assert_eq!(present(&mut floor, &SECRET, yesterday), Err(Expired));
    // Without the opt-in, a token with `exp` is refused anyway.
    let policy = PolicyBuilder::build(Policy::builder()).unwrap();
    let token = sign("HS256", &SECRET, br#"{"alg":"HS256"}"#, br#"{"exp":1080}"#);
    let outcome = Verifier::new(Key::<Hs256>::new(&SECRET).unwrap(), policy)
        .verify(&token, floor.with_clock(Time::Unknown), &mut [0; 100])
        .map(drop);
    assert_eq!(outcome, Err(TimeUnknown));
}

#[test]
fn floor_after_a_power_loss_is_the_saved_one_or_the_build_time() {
    let mut before = floor();
    assert_eq!(present(&mut before, &SECRET, r#"{"iat":1050}"#), Ok(true));
    let saved = before.to_bytes();
    assert_eq!(saved.len(), 18);
    assert_eq!(saved[..10], [b'F', 1, 0, 0, 0, 0, 0, 0, 4, 26]);
    // What the floor learned after it was saved is lost.
    assert_eq!(present(&mut before, &SECRET, r#"{"iat":1090}"#), Ok(true));
    let mut after = floor();
    assert_eq!(after.restore(&saved), Ok(()));
    assert_eq!(after.seconds(), 1_050);
    // A newer firmware has a later build time.
    let mut updated = TimeFloor::new(5_000, STEP);
    assert_eq!(updated.restore(&saved), Ok(()));
    assert_eq!(updated.seconds(), 5_000);
    let mut memory = [0; 100];
    let guard: ReplayGuard<1> = ReplayGuard::new(WhenFull::Refuse);
    let mut damaged: Vec<Vec<u8>> = vec![
        vec![],
        vec![0xff; 18], // erased flash
        vec![0; 18],
        [&saved[..], &[0]].concat(),
        guard.save(&mut memory).unwrap().to_vec(),
    ];
    damaged.extend((0..18).map(|length| saved[..length].to_vec()));
    damaged.extend((0..18).map(|at| {
        let mut saved = saved.to_vec();
        saved[at] ^= 1;
        saved
    }));
    for bytes in damaged {
        let mut floor = floor();
        assert_eq!(floor.restore(&bytes), Err(InvalidSavedState), "{bytes:x?}");
        assert_eq!(floor.seconds(), BUILT);
    }
}
