//! The replay guard: which tokens are the same, how long they are remembered, what a full guard
//! does, and how it is saved and restored.

mod common;

use std::collections::HashMap;

use common::every_way::Verifier;
use common::{SECRET, sign};
use embedded_jwt::Error::{self, *};
use embedded_jwt::{
    Hs256, Key, Policy, PolicyBuilder, Presented, Replay, ReplayGuard, Time, TimeFloor, WhenFull,
};
use sha2::{Digest as _, Sha256};

const STRICT: Rules = |policy| policy;
const BY_TAG: Rules = |policy| policy.allow_missing_jwt_id();
const LEEWAY: Rules = |policy| policy.leeway(10);

type Rules = fn(PolicyBuilder<'static>) -> PolicyBuilder<'static>;

fn present(guard: &mut impl Replay, rules: Rules, time: Time, claims: &str) -> Result<(), Error> {
    present_token(guard, rules, time, &token(claims))
}

fn token(claims: &str) -> Vec<u8> {
    sign("HS256", &SECRET, br#"{"alg":"HS256"}"#, claims.as_bytes())
}

fn present_token(
    guard: &mut impl Replay,
    rules: Rules,
    time: Time,
    token: &[u8],
) -> Result<(), Error> {
    let policy = rules(Policy::builder().allow_missing_expiration()).build()?;
    let verifier = Verifier::new(Key::<Hs256>::new(&SECRET)?, policy);
    let mut buffer = vec![0; token.len()];
    let outcome = verifier.verify_with(token, time, &(), guard, &mut buffer).map(drop);
    assert!(outcome.is_ok() || buffer.iter().all(|&byte| byte == 0), "left in the buffer");
    outcome
}

fn saved<const N: usize>(guard: &ReplayGuard<N>) -> Vec<u8> {
    guard.save(&mut [0; 4096]).unwrap().to_vec()
}

#[test]
fn token_is_identified_by_iss_and_jti() {
    const FIRST: &str = r#"{"exp":2000,"iss":"a","jti":"b"}"#;
    for (name, claims, expected) in [
        ("itself", FIRST, Err(Replayed)),
        ("escaped", r#"{"jti":"\u0062","iss":"\u0061","exp":2000}"#, Err(Replayed)),
        ("with other claims", r#"{"exp":3000,"iss":"a","jti":"b","x":1}"#, Err(Replayed)),
        ("another jti", r#"{"exp":2000,"iss":"a","jti":"B"}"#, Ok(())),
        ("jti of another issuer", r#"{"exp":2000,"iss":"c","jti":"b"}"#, Ok(())),
        ("no issuer", r#"{"exp":2000,"jti":"b"}"#, Ok(())),
        ("issuer in the jti", r#"{"exp":2000,"jti":"ab"}"#, Ok(())),
        ("cut elsewhere", r#"{"exp":2000,"iss":"","jti":"ab"}"#, Ok(())),
        ("swapped", r#"{"exp":2000,"iss":"b","jti":"a"}"#, Ok(())),
        ("empty jti", r#"{"exp":2000,"iss":"a","jti":""}"#, Ok(())),
        ("no jti", r#"{"exp":2000,"iss":"a"}"#, Err(MissingJwtId)),
        ("jti that is null", r#"{"exp":2000,"jti":null}"#, Err(InvalidJwtId)),
    ] {
        let mut guard: ReplayGuard<4> = ReplayGuard::new(WhenFull::Refuse);
        assert_eq!(present(&mut guard, STRICT, Time::Known(0), FIRST), Ok(()));
        assert_eq!(present(&mut guard, STRICT, Time::Known(0), claims), expected, "{name}");
        assert_eq!(guard.len(), 1 + usize::from(expected.is_ok()), "{name}");
    }
}

#[test]
fn token_without_jti_is_identified_by_its_mac_if_the_policy_allows_it() {
    let mut guard: ReplayGuard<4> = ReplayGuard::new(WhenFull::Refuse);
    let mut present = |claims| present(&mut guard, BY_TAG, Time::Known(0), claims);
    assert_eq!(present(r#"{"exp":2000}"#), Ok(()));
    assert_eq!(present(r#"{"exp":2000}"#), Err(Replayed));
    assert_eq!(present(r#"{"exp":2001}"#), Ok(()), "another token");
    assert_eq!(present(r#"{"exp":2000,"jti":"x"}"#), Ok(()));
    assert_eq!(
        present(r#"{"exp":2001,"jti":"x"}"#),
        Err(Replayed),
        "the jti is used if there is one"
    );
    let contradiction = Policy::builder().allow_missing_jwt_id().required_claims(&["jti"]).build();
    assert_eq!(contradiction.err(), Some(ContradictoryJwtId));
}

#[test]
fn refused_tokens_are_not_remembered() {
    let mut guard: ReplayGuard<4> = ReplayGuard::new(WhenFull::Refuse);
    let good = token(r#"{"exp":2000,"jti":"x"}"#);
    let mut forged = good.clone();
    *forged.last_mut().unwrap() = if good.ends_with(b"A") { b'E' } else { b'A' };
    for (time, token, error) in [
        (Time::Known(0), &forged, SignatureMismatch),
        (Time::Known(2000), &good, Expired),
        (Time::Unknown, &good, TimeUnknown),
    ] {
        assert_eq!(present_token(&mut guard, STRICT, time, token), Err(error));
    }
    assert!(guard.is_empty());
    assert_eq!(present_token(&mut guard, STRICT, Time::Known(0), &good), Ok(()));
    assert!(!guard.is_empty());
    assert_eq!(format!("{guard:?}"), "ReplayGuard { len: 1, .. }");
    assert_eq!(present_token(&mut guard, STRICT, Time::Known(0), &good), Err(Replayed));
    assert_eq!(
        present_token(&mut (), STRICT, Time::Known(0), &good),
        Ok(()),
        "`()` admits every token"
    );
}

#[test]
fn token_is_remembered_until_it_expires_and_refused_if_the_clock_is_set_back() {
    let mut guard: ReplayGuard<1> = ReplayGuard::new(WhenFull::Refuse);
    assert_eq!(present(&mut guard, LEEWAY, Time::Known(0), r#"{"exp":99.5,"jti":"a"}"#), Ok(()));
    let b = r#"{"exp":300,"jti":"b"}"#;
    // It expires at 100, and is valid for ten seconds more because of the leeway.
    for time in [Time::Known(109), Time::AtLeast(109), Time::Unknown] {
        let rules: Rules = |policy| policy.leeway(10).allow_uncertain_time();
        assert_eq!(present(&mut guard, rules, time, b), Err(ReplayGuardFull), "{time:?}");
    }
    assert_eq!(present(&mut guard, LEEWAY, Time::Known(110), b), Ok(()));
    // The clock is set back. The first token was forgotten, but is still refused.
    let back = Time::Known(50);
    assert_eq!(
        present(&mut guard, LEEWAY, back, r#"{"exp":99.5,"jti":"a"}"#),
        Err(ReplayNotExcluded)
    );
    assert_eq!(
        present(&mut guard, LEEWAY, back, r#"{"exp":100,"jti":"c"}"#),
        Err(ReplayNotExcluded)
    );
    assert_eq!(present(&mut guard, LEEWAY, back, r#"{"exp":101,"jti":"c"}"#), Err(ReplayGuardFull));
    assert_eq!(present(&mut guard, LEEWAY, back, b), Err(Replayed));
}

#[test]
fn uncertain_time_makes_the_guard_forget_nothing() {
    const OPEN: Rules = |policy| policy.allow_uncertain_time();
    let mut guard: ReplayGuard<1> = ReplayGuard::new(WhenFull::Refuse);
    assert_eq!(present(&mut guard, OPEN, Time::AtLeast(0), r#"{"exp":100,"jti":"a"}"#), Ok(()));
    // It may be valid: the time may be 500 or later.
    let later = r#"{"exp":900,"nbf":500,"jti":"b"}"#;
    assert_eq!(present(&mut guard, OPEN, Time::AtLeast(0), later), Err(ReplayGuardFull));
    assert_eq!(
        present(&mut guard, OPEN, Time::AtLeast(0), r#"{"exp":100,"jti":"a"}"#),
        Err(Replayed)
    );
}

#[test]
fn jti_of_an_expired_token_can_be_used_again() {
    let mut guard: ReplayGuard<1> = ReplayGuard::new(WhenFull::Refuse);
    let mut present = |now, claims| present(&mut guard, STRICT, Time::Known(now), claims);
    assert_eq!(present(0, r#"{"exp":100,"jti":"a"}"#), Ok(()));
    assert_eq!(present(99, r#"{"exp":200,"jti":"a"}"#), Err(Replayed));
    assert_eq!(present(100, r#"{"exp":200,"jti":"a"}"#), Ok(()));
    assert_eq!(present(100, r#"{"exp":200,"jti":"a"}"#), Err(Replayed));
    assert_eq!(present(0, r#"{"exp":100,"jti":"a"}"#), Err(Replayed), "the clock is set back");
}

#[test]
fn full_guard_refuses_or_forgets_the_first_to_expire() {
    use WhenFull::{EvictFirstToExpire, Refuse};
    /// Presents a token to a guard that is full with A and B, then A and B again.
    struct Row {
        name: &'static str,
        when_full: WhenFull,
        claims: &'static str,
        expected: Result<(), Error>,
        then_a: Error,
        then_b: Error,
    }
    const REFUSED: Row = Row {
        name: "refuse",
        when_full: Refuse,
        claims: r#"{"exp":250,"jti":"c"}"#,
        expected: Err(ReplayGuardFull),
        then_a: Replayed,
        then_b: Replayed,
    };
    const EVICTED: Row = Row {
        name: "evict",
        when_full: EvictFirstToExpire,
        claims: r#"{"exp":250,"jti":"c"}"#,
        expected: Ok(()),
        then_a: Replayed,
        then_b: ReplayNotExcluded,
    };
    const A: &str = r#"{"exp":300,"jti":"a"}"#;
    const B: &str = r#"{"exp":200,"jti":"b"}"#;
    for Row { name, when_full, claims, expected, then_a, then_b } in [
        REFUSED,
        EVICTED,
        Row { name: "last to expire", claims: r#"{"exp":301,"jti":"c"}"#, ..EVICTED },
        Row { name: "never expires", claims: r#"{"jti":"c"}"#, ..EVICTED },
        Row {
            name: "first to expire",
            when_full: EvictFirstToExpire,
            claims: r#"{"exp":199,"jti":"c"}"#,
            ..REFUSED
        },
        Row {
            name: "expires with the first",
            when_full: EvictFirstToExpire,
            claims: r#"{"exp":200,"jti":"c"}"#,
            ..REFUSED
        },
    ] {
        let mut guard: ReplayGuard<2> = ReplayGuard::new(when_full);
        let mut present = |claims| present(&mut guard, STRICT, Time::Known(0), claims);
        assert_eq!((present(A), present(B)), (Ok(()), Ok(())));
        assert_eq!(present(claims), expected, "{name}");
        assert_eq!(present(A), Err(then_a), "{name}");
        assert_eq!(present(B), Err(then_b), "{name}");
        if expected.is_ok() {
            assert_eq!(present(claims), Err(Replayed), "{name}");
            assert_eq!(present(r#"{"exp":200,"jti":"d"}"#), Err(ReplayNotExcluded), "{name}");
        }
    }
    // A token that never expires is never forgotten.
    let mut guard: ReplayGuard<1> = ReplayGuard::new(EvictFirstToExpire);
    assert_eq!(present(&mut guard, STRICT, Time::Known(0), r#"{"jti":"a"}"#), Ok(()));
    for claims in [r#"{"jti":"b"}"#, r#"{"jti":"b","exp":999999999999999999}"#] {
        let outcome = present(&mut guard, STRICT, Time::Known(0), claims);
        assert_eq!(outcome, Err(ReplayGuardFull), "{claims}");
    }
    let end = present(&mut guard, STRICT, Time::Known(u64::MAX), r#"{"jti":"b"}"#);
    assert_eq!(end, Err(ReplayGuardFull), "not even at the highest time");
    let mut none: ReplayGuard<0> = ReplayGuard::new(EvictFirstToExpire);
    assert_eq!(present(&mut none, STRICT, Time::Known(0), A), Err(ReplayGuardFull));
}

#[test]
fn second_copy_is_refused_before_the_first_is_acted_on() {
    let mut guard: ReplayGuard<4> = ReplayGuard::new(WhenFull::Refuse);
    let verifier =
        Verifier::new(Key::<Hs256>::new(&SECRET).unwrap(), Policy::builder().build().unwrap());
    let token = token(r#"{"exp":100,"jti":"a"}"#);
    let (mut one, mut other) = ([0; 200], [0; 200]);
    // Both are verified before either is acted on.
    let first = verifier.verify_with(&token, Time::Known(0), &(), &mut guard, &mut one);
    let second = verifier.verify_with(&token, Time::Known(0), &(), &mut guard, &mut other);
    assert!(first.is_ok());
    assert_eq!(second.err(), Some(Replayed));
}

#[test]
fn saved_guard_is_restored() {
    let mut guard: ReplayGuard<2> = ReplayGuard::new(WhenFull::EvictFirstToExpire);
    for claims in [r#"{"exp":100,"jti":"a"}"#, r#"{"exp":300,"jti":"b"}"#, r#"{"jti":"c"}"#] {
        assert_eq!(present(&mut guard, STRICT, Time::Known(0), claims), Ok(()));
    }
    let bytes = saved(&guard);
    assert_eq!(bytes.len(), 18 + 2 * 24);
    assert_eq!(bytes.len(), ReplayGuard::<2>::MAX_SAVED_LENGTH);
    assert_eq!(bytes[..10], [b'R', 1, 0, 0, 0, 0, 0, 0, 0, 100]);
    for room in 0..bytes.len() {
        let too_small = Err(BufferTooSmall { needed: 66 });
        assert_eq!(guard.save(&mut vec![0; room]), too_small);
    }
    let mut restored: ReplayGuard<3> = ReplayGuard::new(WhenFull::Refuse);
    assert_eq!(restored.restore(&bytes), Ok(()));
    assert_eq!(saved(&restored), bytes);
    for (claims, expected) in [
        (r#"{"exp":100,"jti":"a"}"#, Err(ReplayNotExcluded)),
        (r#"{"exp":300,"jti":"b"}"#, Err(Replayed)),
        (r#"{"jti":"c"}"#, Err(Replayed)),
        (r#"{"exp":101,"jti":"d"}"#, Ok(())),
    ] {
        assert_eq!(present(&mut restored, STRICT, Time::Known(0), claims), expected, "{claims}");
    }
}

#[test]
fn damaged_state_is_refused_and_changes_nothing() {
    let mut guard: ReplayGuard<2> = ReplayGuard::new(WhenFull::Refuse);
    for claims in [r#"{"exp":100,"jti":"a"}"#, r#"{"exp":300,"jti":"b"}"#] {
        assert_eq!(present(&mut guard, STRICT, Time::Known(0), claims), Ok(()));
    }
    let bytes = saved(&guard);
    let mut other: ReplayGuard<1> = ReplayGuard::new(WhenFull::Refuse);
    assert_eq!(present(&mut other, STRICT, Time::Known(0), r#"{"exp":9,"jti":"x"}"#), Ok(()));
    let before = saved(&other);
    assert_eq!(other.restore(&bytes), Err(ReplayGuardFull));
    for length in 0..bytes.len() {
        assert_eq!(other.restore(&bytes[..length]), Err(InvalidSavedState), "cut to {length}");
        // Power is lost while the state is written over another one.
        for rest in [0x00, 0xff] {
            let mut torn = bytes.clone();
            torn[length..].fill(rest);
            let expected = if torn == bytes { ReplayGuardFull } else { InvalidSavedState };
            assert_eq!(other.restore(&torn), Err(expected), "torn at {length}");
        }
    }
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << bit;
            assert_eq!(other.restore(&damaged), Err(InvalidSavedState), "byte {at}, bit {bit}");
        }
    }
    for wrong in [&b""[..], &[0; 18], &[0xff; 66], &[&bytes[..], &[0]].concat()] {
        assert_eq!(other.restore(wrong), Err(InvalidSavedState));
    }
    assert_eq!(saved(&other), before, "unchanged");
    // The hash is right, but the format is not.
    let framed = |kind: u8, version: u8, content: &[u8]| {
        let framed = [&[kind, version], content].concat();
        let hash = Sha256::digest(&framed);
        [&framed[..], &hash[..8]].concat()
    };
    let content = &bytes[2..bytes.len() - 8];
    let mut guard: ReplayGuard<2> = ReplayGuard::new(WhenFull::Refuse);
    for (name, state, expected) in [
        ("unchanged", framed(b'R', 1, content), Ok(())),
        ("another version", framed(b'R', 2, content), Err(InvalidSavedState)),
        ("another kind", framed(b'V', 1, content), Err(InvalidSavedState)),
        ("one more byte", framed(b'R', 1, &[content, &[0]].concat()), Err(InvalidSavedState)),
        (
            "a truncated record",
            framed(b'R', 1, &content[..content.len() - 1]),
            Err(InvalidSavedState),
        ),
        ("a truncated header", framed(b'R', 1, &[0; 7]), Err(InvalidSavedState)),
        ("no tokens", framed(b'R', 1, &[0; 8]), Ok(())),
    ] {
        assert_eq!(guard.restore(&state), expected, "{name}");
    }
    assert!(guard.is_empty(), "the last restored state has no tokens");
    let mut floor = TimeFloor::new(0, 1);
    assert_eq!(floor.restore(&framed(b'F', 1, &[0; 8])), Ok(()));
    assert_eq!(floor.restore(&framed(b'F', 1, &[0; 9])), Err(InvalidSavedState));
}

#[test]
fn needed_length_above_u16_max_is_reported_as_u16_max() {
    const TOKENS: usize = 2_800;
    let record = [7; 24];
    let framed = [&[b'R', 1][..], &[0; 8], &record.repeat(TOKENS)].concat();
    let state = [&framed[..], &Sha256::digest(&framed)[..8]].concat();
    let mut guard: Box<ReplayGuard<TOKENS>> = Box::new(ReplayGuard::new(WhenFull::Refuse));
    assert_eq!(guard.restore(&state), Ok(()));
    assert_eq!(guard.save(&mut []), Err(BufferTooSmall { needed: u16::MAX }));
}

/// A device's flash with room for two states, numbered in the order in which they were written.
#[derive(Default)]
struct Flash([(u32, Vec<u8>); 2]);

impl Flash {
    /// Overwrites the older state.
    fn write(&mut self, state: &[u8]) {
        let number = self.0.iter().map(|(number, _)| *number).max().unwrap() + 1;
        *self.0.iter_mut().min_by_key(|(number, _)| *number).unwrap() = (number, state.to_vec());
    }

    /// Restores the newest state that is not damaged.
    fn read(&self) -> ReplayGuard<4> {
        let mut places: Vec<_> = self.0.iter().collect();
        places.sort_by_key(|(number, _)| *number);
        let mut guard = ReplayGuard::new(WhenFull::Refuse);
        let restored = places.iter().rev().any(|(_, state)| guard.restore(state).is_ok());
        assert!(restored, "one of the two is not damaged");
        guard
    }
}

/// Power is lost once: before a token is verified, before the state is saved, while it is saved, or
/// before the device acts. Then the token is presented again.
#[test]
fn no_token_is_acted_on_twice_after_a_power_loss() {
    let tokens = ["a", "b", "c", "d"].map(|jti| token(&format!(r#"{{"exp":100,"jti":"{jti}"}}"#)));
    for fails_at in 0..4 * tokens.len() {
        let mut flash = Flash::default();
        flash.write(&saved(&ReplayGuard::<4>::new(WhenFull::Refuse)));
        let mut guard = flash.read();
        let mut acted = [0; 4];
        for (at, token) in tokens.iter().enumerate() {
            for power_is_lost in [true, false] {
                let lost = |step| power_is_lost && fails_at == 4 * at + step;
                if lost(0) {
                    guard = flash.read();
                    continue;
                }
                let accepted = present_token(&mut guard, STRICT, Time::Known(0), token).is_ok();
                if accepted && !lost(1) {
                    let state = saved(&guard);
                    flash.write(if lost(2) { &state[..state.len() / 2] } else { &state });
                    acted[at] += u32::from(!lost(2) && !lost(3));
                }
                if lost(1) || lost(2) || lost(3) {
                    guard = flash.read();
                }
            }
        }
        let mut expected = [1; 4];
        if fails_at % 4 == 3 {
            expected[fails_at / 4] = 0; // saved, and never acted on
        }
        assert_eq!(acted, expected, "lost at step {fails_at}");
    }
}

/// A gateway's own store.
struct Database {
    tokens: HashMap<[u8; 16], i64>,
    reachable: bool,
}

impl Replay for Database {
    fn admit(&mut self, token: &Presented<'_>) -> Result<(), Error> {
        assert_eq!(format!("{token:?}"), "Presented { .. }");
        if !self.reachable {
            return Err(RecordsUnavailable);
        }
        self.tokens.retain(|_, expiration| !token.is_past(*expiration));
        match self.tokens.insert(token.fingerprint()?, token.expiration()) {
            None => Ok(()),
            Some(_) => Err(Replayed),
        }
    }
}

#[test]
fn database_can_replace_the_guard() {
    let mut database = Database { tokens: HashMap::new(), reachable: true };
    let claims = r#"{"exp":100,"jti":"a"}"#;
    assert_eq!(present(&mut database, LEEWAY, Time::Known(0), claims), Ok(()));
    assert_eq!(present(&mut database, LEEWAY, Time::Known(109), claims), Err(Replayed));
    assert_eq!(present(&mut database, LEEWAY, Time::Known(0), r#"{"exp":1}"#), Err(MissingJwtId));
    assert_eq!(present(&mut database, BY_TAG, Time::Known(110), r#"{"exp":200}"#), Ok(()));
    assert_eq!(database.tokens.len(), 1, "the first has expired");
    database.reachable = false;
    assert_eq!(present(&mut database, BY_TAG, Time::Known(0), claims), Err(RecordsUnavailable));
}

/// A simple model of the guard, which also counts how often each token was accepted.
#[derive(Default)]
struct Model {
    /// The expiration of each remembered token, by `jti`.
    remembered: HashMap<u8, i64>,
    /// How often each token was accepted, by `jti` and expiration.
    accepted: HashMap<(u8, i64), usize>,
    /// The latest expiration of a forgotten token.
    forgotten: Option<i64>,
}

impl Model {
    fn admit(
        &mut self,
        jti: u8,
        expiration: i64,
        now: i64,
        capacity: usize,
        evict: bool,
    ) -> Result<(), Error> {
        let is_past = |expiration: i64| expiration != i64::MAX && now >= expiration + 10;
        if let Some(known) = self.remembered.get_mut(&jti) {
            if !is_past(*known) {
                return Err(Replayed);
            }
            *known = expiration;
        } else {
            if self.forgotten.is_some_and(|forgotten| expiration <= forgotten) {
                return Err(ReplayNotExcluded);
            }
            if self.remembered.len() == capacity {
                let past: Vec<_> =
                    self.remembered.extract_if(|_, expiration| is_past(*expiration)).collect();
                self.forgotten = self.forgotten.max(past.into_iter().map(|(_, past)| past).max());
            }
            if self.remembered.len() == capacity {
                let first = *self.remembered.values().min().unwrap();
                if !evict || expiration <= first {
                    return Err(ReplayGuardFull);
                }
                let goes = *self.remembered.iter().find(|(_, known)| **known == first).unwrap().0;
                self.remembered.remove(&goes);
                self.forgotten = self.forgotten.max(Some(first));
            }
            self.remembered.insert(jti, expiration);
        }
        *self.accepted.entry((jti, expiration)).or_default() += 1;
        Ok(())
    }
}

/// A generator that makes the same numbers in each run (`SplitMix64`).
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ mixed >> 31) % end
    }
}

#[test]
fn guard_answers_like_a_simple_model() {
    const CAPACITY: usize = 3;
    let policy = LEEWAY(Policy::builder().allow_missing_expiration()).build().unwrap();
    let verifier = Verifier::new(Key::<Hs256>::new(&SECRET).unwrap(), policy);
    let mut answers: HashMap<String, usize> = HashMap::new();
    for seed in 0..300 {
        let mut random = Random(seed);
        let evict = seed % 2 == 0;
        let when_full = if evict { WhenFull::EvictFirstToExpire } else { WhenFull::Refuse };
        let mut guard: ReplayGuard<CAPACITY> = ReplayGuard::new(when_full);
        let mut model = Model::default();
        let mut now = 10_000_i64;
        for _ in 0..60 {
            // The clock is set back now and then.
            now += if random.below(8) == 0 { -20 } else { random.below(6) as i64 };
            let jti = random.below(6) as u8;
            let expiration = match random.below(10) {
                0 => i64::MAX,
                // No two tokens expire together, as it is not defined which is forgotten first.
                later => (now / 6 + later as i64 - 3) * 6 + i64::from(jti),
            };
            let exp = if expiration == i64::MAX {
                String::new()
            } else {
                format!(r#","exp":{expiration}"#)
            };
            let claims = format!(r#"{{"jti":"{jti}"{exp}}}"#);
            let expected = if expiration != i64::MAX && now >= expiration + 10 {
                Err(Expired)
            } else {
                model.admit(jti, expiration, now, CAPACITY, evict)
            };
            // Once, not in every way: of those, only the first asks the guard.
            let time = Time::Known(now as u64);
            let token = token(&claims);
            let outcome =
                (*verifier).verify_with(&token, time, &(), &mut guard, &mut [0; 100]).map(drop);
            assert_eq!(outcome, expected, "seed {seed}, {claims} at {now}");
            *answers.entry(format!("{outcome:?}")).or_default() += 1;
            if random.below(4) == 0 {
                let state = saved(&guard);
                guard = ReplayGuard::new(when_full);
                guard.restore(&state).unwrap();
            }
        }
        let twice: Vec<_> = model.accepted.iter().filter(|(_, times)| **times > 1).collect();
        assert!(twice.is_empty(), "seed {seed}: accepted twice: {twice:?}");
    }
    assert_eq!(answers.len(), 5, "every answer occurs: {answers:?}");
    assert!(answers.values().all(|times| *times > 100), "{answers:?}");
}
