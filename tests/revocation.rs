//! Revocation by token, by subject and by time.

mod common;

use common::every_way::Verifier;
use common::{SECRET, sign};
use embedded_jwt::Error::{self, *};
use embedded_jwt::{
    Check, Hs256, Key, Policy, Presented, ReplayGuard, Revocations, Time, WhenFull,
};

type List = Revocations<4>;

fn check(list: &(impl Check + ?Sized), claims: &str) -> Result<(), Error> {
    let policy = Policy::builder().allow_missing_expiration().build()?;
    let token = sign("HS256", &SECRET, br#"{"alg":"HS256"}"#, claims.as_bytes());
    let mut buffer = vec![0; token.len()];
    let outcome = Verifier::new(Key::<Hs256>::new(&SECRET)?, policy)
        .verify_with(&token, Time::Known(1000), list, &mut (), &mut buffer)
        .map(drop);
    assert!(outcome.is_ok() || buffer.iter().all(|&byte| byte == 0), "left in the buffer");
    outcome
}

/// Adds revocations to a list.
type Setup = fn(&mut List);

#[test]
fn only_revoked_tokens_are_refused() {
    const NOTHING: Setup = |_| {};
    const TOKEN: Setup = |list| list.revoke_jwt_id("a\"b", u64::MAX).unwrap();
    const SUBJECT: Setup = |list| list.revoke_subject("erika", u64::MAX).unwrap();
    const SUBJECT_BEFORE: Setup = |list| list.revoke_subject("erika", 500).unwrap();
    const BEFORE: Setup = |list| list.revoke_issued_before(500);
    const SUBJECT_AND_ALL: Setup = |list| {
        list.revoke_subject("erika", 500).unwrap();
        list.revoke_issued_before(700);
    };
    // A row is a name, a claims set, and the outcome.
    type Rows = [(&'static str, &'static str, Result<(), Error>)];
    let tables: [(Setup, &Rows); 6] = [
        (NOTHING, &[("nothing", r#"{"jti":"a\"b","sub":"erika"}"#, Ok(()))]),
        (
            TOKEN,
            &[
                ("jti", r#"{"jti":"a\"b"}"#, Err(Revoked)),
                ("jti, escaped", r#"{"jti":"\u0061\u0022b","iat":999}"#, Err(Revoked)),
                ("jti, another case", r#"{"jti":"A\"b"}"#, Ok(())),
                ("jti, a prefix", r#"{"jti":"a\""}"#, Ok(())),
                ("jti as a subject", r#"{"sub":"a\"b"}"#, Ok(())),
                ("no jti", "{}", Ok(())),
                ("iat is not looked at", r#"{"jti":"b","iat":9999}"#, Ok(())),
                // Revocation is checked last.
                ("iat is not a number", r#"{"jti":"a\"b","iat":"1"}"#, Err(InvalidIssuedAt)),
                ("expired", r#"{"jti":"a\"b","exp":1}"#, Err(Expired)),
            ],
        ),
        (
            SUBJECT,
            &[
                ("subject", r#"{"sub":"erika"}"#, Err(Revoked)),
                ("subject, any iat", r#"{"sub":"erika","iat":9999}"#, Err(Revoked)),
                ("subject as a jti", r#"{"jti":"erika"}"#, Ok(())),
                ("another subject", r#"{"sub":"max"}"#, Ok(())),
            ],
        ),
        (
            SUBJECT_BEFORE,
            &[
                ("subject, before", r#"{"sub":"erika","iat":499.9}"#, Err(Revoked)),
                ("subject, at the time", r#"{"sub":"erika","iat":500}"#, Ok(())),
                ("subject, no iat", r#"{"sub":"erika"}"#, Err(MissingIssuedAt)),
                ("subject, in the future", r#"{"sub":"erika","iat":1001}"#, Err(IssuedInFuture)),
                ("another subject, in the future", r#"{"sub":"max","iat":1001}"#, Ok(())),
                ("another subject, before", r#"{"sub":"max","iat":1}"#, Ok(())),
                ("another subject, no iat", r#"{"sub":"max"}"#, Ok(())),
            ],
        ),
        (
            BEFORE,
            &[
                ("before", r#"{"iat":499}"#, Err(Revoked)),
                ("long before", r#"{"iat":-1}"#, Err(Revoked)),
                ("at the time", r#"{"iat":500}"#, Ok(())),
                ("now", r#"{"iat":1000}"#, Ok(())),
                ("in the future", r#"{"iat":1001}"#, Err(IssuedInFuture)),
                ("in milliseconds", r#"{"iat":1000000}"#, Err(IssuedInFuture)),
                ("never", r#"{"iat":1e300}"#, Err(IssuedInFuture)),
                ("before all times", r#"{"iat":-1e300}"#, Err(Revoked)),
                ("no iat", "{}", Err(MissingIssuedAt)),
            ],
        ),
        (
            SUBJECT_AND_ALL,
            &[
                ("before both", r#"{"sub":"erika","iat":499}"#, Err(Revoked)),
                ("before one", r#"{"sub":"erika","iat":600}"#, Err(Revoked)),
                ("at the later time", r#"{"sub":"erika","iat":700}"#, Ok(())),
            ],
        ),
    ];
    for (setup, rows) in tables {
        let mut list = List::new();
        setup(&mut list);
        let mut memory = [0; List::MAX_SAVED_LENGTH];
        let mut restored: Revocations<1> = Revocations::new();
        restored.restore(list.save(&mut memory).unwrap()).unwrap();
        for &(name, claims, expected) in rows {
            assert_eq!(check(&list, claims), expected, "{name}");
            assert_eq!(check(&restored, claims), expected, "{name}, restored");
        }
    }
    assert_eq!(check(&(), r#"{"jti":"a"}"#), Ok(()));
}

/// A time that everything was issued before is "now + 1": a token of this second is refused as
/// well.
#[test]
fn all_up_to_now_are_revoked_by_the_next_second() {
    let mut list = List::new();
    list.revoke_issued_before(1000);
    assert_eq!(check(&list, r#"{"iat":1000}"#), Ok(()));
    list.revoke_issued_before(1000 + 1);
    assert_eq!(check(&list, r#"{"iat":1000}"#), Err(Revoked));
    list.revoke_subject("erika", 1000 + 1).unwrap();
    assert_eq!(check(&list, r#"{"iat":1000,"sub":"erika"}"#), Err(Revoked));
}

/// Without a clock, nobody knows whether an `iat` is in the future. A token that was issued before
/// the time is refused without that.
#[test]
fn revocation_by_time_needs_to_know_that_iat_is_not_in_the_future() {
    let mut list = List::new();
    list.revoke_issued_before(500);
    let policy = Policy::builder().allow_missing_expiration();
    let certain = policy.build().unwrap();
    let uncertain = policy.allow_uncertain_time().build().unwrap();
    let late = Time::AtLeast(600);
    for (name, policy, time, claims, expected) in [
        ("before", certain, Time::Unknown, r#"{"iat":499}"#, Err(Revoked)),
        ("after", certain, Time::Unknown, r#"{"iat":500}"#, Err(TimeUnknown)),
        ("after, before a floor", certain, late, r#"{"iat":600}"#, Ok(())),
        ("after a floor", certain, late, r#"{"iat":601}"#, Err(TimeUnknown)),
        ("allowed", uncertain, Time::Unknown, r#"{"iat":9999}"#, Ok(())),
        // It would be valid only while its `iat` is in the future.
        ("after exp", uncertain, late, r#"{"iat":9999,"exp":9999}"#, Err(IssuedInFuture)),
    ] {
        let token = sign("HS256", &SECRET, br#"{"alg":"HS256"}"#, claims.as_bytes());
        let verifier = Verifier::new(Key::<Hs256>::new(&SECRET).unwrap(), policy);
        let outcome = verifier.verify_with(&token, time, &list, &mut (), &mut [0; 100]).map(drop);
        assert_eq!(outcome, expected, "{name}");
    }
}

/// A revoked `"12"` must not be slipped by with `12`.
#[test]
fn list_refuses_a_mistyped_name_that_it_needs() {
    let policy = Policy::builder().allow_missing_expiration().allow_mistyped_registered_claims();
    let policy = policy.build().unwrap();
    let verifier = Verifier::new(Key::<Hs256>::new(&SECRET).unwrap(), policy);
    let by_time: Setup = |list| list.revoke_issued_before(500);
    let by_subject: Setup = |list| list.revoke_subject("12", u64::MAX).unwrap();
    for (name, setup, claims, expected) in [
        ("a subject", by_subject, r#"{"sub":"12"}"#, Err(Revoked)),
        ("a number", by_subject, r#"{"sub":12}"#, Err(InvalidSubject)),
        ("a list", by_subject, r#"{"sub":["12"]}"#, Err(InvalidSubject)),
        ("a jti that is a number", by_subject, r#"{"jti":12}"#, Err(InvalidJwtId)),
        ("null", by_subject, r#"{"sub":null,"jti":null}"#, Ok(())),
        ("no names in the list", by_time, r#"{"sub":12,"jti":12,"iat":500}"#, Ok(())),
        ("iat null", by_time, r#"{"iat":null}"#, Err(MissingIssuedAt)),
    ] {
        let mut list = List::new();
        setup(&mut list);
        let token = sign("HS256", &SECRET, br#"{"alg":"HS256"}"#, claims.as_bytes());
        let now = Time::Known(1000);
        let outcome = verifier.verify_with(&token, now, &list, &mut (), &mut [0; 100]).map(drop);
        assert_eq!(outcome, expected, "{name}");
    }
}

#[test]
fn later_revocation_never_weakens_an_earlier_one() {
    let mut list = List::default();
    assert!(list.is_empty());
    list.revoke_subject("erika", 500).unwrap();
    list.revoke_subject("erika", 400).unwrap();
    list.revoke_issued_before(300);
    list.revoke_issued_before(200);
    assert_eq!(list.len(), 1);
    assert_eq!(check(&list, r#"{"sub":"erika","iat":499}"#), Err(Revoked));
    assert_eq!(check(&list, r#"{"sub":"max","iat":299}"#), Err(Revoked));
    list.revoke_jwt_id("a", 900).unwrap();
    list.revoke_jwt_id("a", 100).unwrap();
    list.forget_expired(Time::Known(1400));
    assert_eq!(check(&list, r#"{"jti":"a","iat":400}"#), Err(Revoked));
    assert!(list.reinstate_subject("erika"));
    assert!(!list.reinstate_subject("erika"));
    assert!(!list.reinstate_subject("a"), "the jti is not a subject");
    assert!(list.reinstate_jwt_id("a"));
    assert!(!list.reinstate_jwt_id("a"));
    assert_eq!(check(&list, r#"{"jti":"a","sub":"erika","iat":300}"#), Ok(()));
}

#[test]
fn full_list_is_an_error_and_expired_revocations_make_room() {
    let mut list = List::new();
    for jwt_id in ["a", "b", "c"] {
        list.revoke_jwt_id(jwt_id, 1000).unwrap();
    }
    list.revoke_subject("erika", u64::MAX).unwrap();
    assert_eq!(list.revoke_jwt_id("d", 2000), Err(RevocationsFull));
    assert_eq!(list.revoke_subject("max", 2000), Err(RevocationsFull));
    assert_eq!(list.revoke_jwt_id("a", 2000), Ok(()), "it is already in the list");
    assert_eq!(check(&list, r#"{"jti":"d"}"#), Ok(()));
    // The longest leeway makes a token valid for 600 seconds more, and for one more if it expires
    // at 1000.5, which `NumericDate::seconds` rounds down.
    for (time, left) in [
        (Time::Unknown, 4),
        (Time::Known(1600), 4),
        (Time::AtLeast(1601), 2),
        (Time::Known(2601), 1),
        (Time::Known(u64::MAX), 1),
    ] {
        list.forget_expired(time);
        assert_eq!(list.len(), left, "{time:?}");
    }
    assert_eq!(check(&list, r#"{"sub":"erika"}"#), Err(Revoked), "a subject does not expire");
    assert!(!list.is_empty());
    assert_eq!(format!("{list:?}"), "Revocations { len: 1, .. }");
}

#[test]
fn saved_list_is_restored_and_a_damaged_one_is_refused() {
    let mut list = List::new();
    list.revoke_jwt_id("a", 1000).unwrap();
    list.revoke_subject("erika", 500).unwrap();
    list.revoke_issued_before(300);
    let mut memory = [0; List::MAX_SAVED_LENGTH];
    assert_eq!(memory.len(), 18 + 4 * 32);
    let saved = list.save(&mut memory).unwrap().to_vec();
    assert_eq!(saved.len(), 18 + 2 * 32);
    assert_eq!(saved[..10], [b'V', 1, 0, 0, 0, 0, 0, 0, 1, 44]);
    assert_eq!(list.save(&mut memory[..81]), Err(BufferTooSmall { needed: 82 }));
    let mut restored = List::new();
    restored.restore(&saved).unwrap();
    assert_eq!(restored.save(&mut memory).unwrap(), saved);
    assert_eq!(Revocations::<1>::new().restore(&saved), Err(RevocationsFull));
    for length in 0..saved.len() {
        assert_eq!(restored.restore(&saved[..length]), Err(InvalidSavedState));
    }
    for at in 0..saved.len() {
        let mut damaged = saved.clone();
        damaged[at] ^= 0x10;
        assert_eq!(restored.restore(&damaged), Err(InvalidSavedState));
    }
    // Restoring replaces what is in the list.
    let mut other: Revocations<2> = Revocations::new();
    other.revoke_jwt_id("earlier", 1).unwrap();
    other.restore(&saved).unwrap();
    assert_eq!(other.save(&mut memory).unwrap(), saved);
    // The state of a replay guard is refused.
    let guard: ReplayGuard<1> = ReplayGuard::new(WhenFull::Refuse);
    assert_eq!(restored.restore(guard.save(&mut memory).unwrap()), Err(InvalidSavedState));
    assert_eq!(restored.save(&mut memory).unwrap(), saved, "unchanged");
}

#[test]
fn revocation_is_kept_until_the_token_has_expired() {
    let claims = r#"{"jti":"x","exp":1000.5}"#;
    let token = sign("HS256", &SECRET, br#"{"alg":"HS256"}"#, claims.as_bytes());
    let policy = Policy::builder().leeway(600).build().unwrap();
    let verifier = Verifier::new(Key::<Hs256>::new(&SECRET).unwrap(), policy);
    let mut list = List::new();
    let mut buffer = [0; 200];
    let verified = verifier.verify(&token, Time::Known(0), &mut buffer).unwrap();
    let expiration = verified.claims().expiration().unwrap().seconds();
    list.revoke_jwt_id("x", expiration.try_into().unwrap()).unwrap();
    for now in 995..1_700 {
        let now = Time::Known(now);
        list.forget_expired(now);
        let outcome = verifier.verify_with(&token, now, &list, &mut (), &mut buffer).map(drop);
        assert!(matches!(outcome, Err(Revoked | Expired)), "{now:?}: {outcome:?}");
    }
    assert!(list.is_empty());
}

#[test]
fn revoked_token_does_not_reach_the_replay_guard() {
    let token = sign("HS256", &SECRET, br#"{"alg":"HS256"}"#, br#"{"jti":"x","exp":9000}"#);
    let policy = Policy::builder().build().unwrap();
    let verifier = Verifier::new(Key::<Hs256>::new(&SECRET).unwrap(), policy);
    let mut list = List::new();
    list.revoke_jwt_id("x", u64::MAX).unwrap();
    let mut guard: ReplayGuard<1> = ReplayGuard::new(WhenFull::Refuse);
    let outcome =
        verifier.verify_with(&token, Time::Known(0), &list, &mut guard, &mut [0; 200]).map(drop);
    assert_eq!(outcome, Err(Revoked));
    assert!(guard.is_empty());
}

/// A gateway's own list.
struct Directory;

impl Check for Directory {
    fn check(&self, token: &Presented<'_>) -> Result<(), Error> {
        match token.subject()? {
            Some(subject) if subject == "erika" => Ok(()),
            Some(_) => Err(Revoked),
            None => Err(RecordsUnavailable),
        }
    }
}

#[test]
fn directory_can_replace_the_list() {
    assert_eq!(check(&Directory, r#"{"sub":"erika"}"#), Ok(()));
    assert_eq!(check(&Directory, r#"{"sub":"max"}"#), Err(Revoked));
    assert_eq!(check(&Directory, "{}"), Err(RecordsUnavailable));
}
