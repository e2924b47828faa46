//! Revocation by token, by subject and by time.

mod common;

use common::every_way::Verifier;
use common::{SECRET, sign};
use embedded_jwt::Error::{self, *};
use embedded_jwt::{
    Claims, Hs256, Key, Policy, ReplayGuard, Revocation, Revocations, Time, WhenFull,
};

type List = Revocations<4>;

fn check(revocation: &impl Revocation, claims: &str) -> Result<(), Error> {
    let policy = Policy::builder().allow_missing_expiration().build()?;
    let token = sign("HS256", &SECRET, br#"{"alg":"HS256"}"#, claims.as_bytes());
    let mut buffer = vec![0; token.len()];
    let outcome = Verifier::new(Key::<Hs256>::new(&SECRET)?, policy)
        .verify_with(&token, Time::Known(1000), revocation, &mut (), &mut buffer)
        .map(drop);
    assert!(outcome.is_ok() || buffer.iter().all(|&byte| byte == 0), "left in the buffer");
    outcome
}

/// What is revoked.
type Setup = fn(&mut List);

#[test]
fn what_is_revoked_is_refused_and_nothing_else() {
    const NOTHING: Setup = |_| {};
    const TOKEN: Setup = |list| list.revoke_jwt_id("a\"b", u64::MAX).unwrap();
    const SUBJECT: Setup = |list| list.revoke_subject("erika", u64::MAX).unwrap();
    const SUBJECT_BEFORE: Setup = |list| list.revoke_subject("erika", 500).unwrap();
    const BEFORE: Setup = |list| list.revoke_issued_before(500);
    const SUBJECT_AND_ALL: Setup = |list| {
        list.revoke_subject("erika", 500).unwrap();
        list.revoke_issued_before(700);
    };
    for (name, setup, claims, expected) in [
        ("nothing", NOTHING, r#"{"jti":"a\"b","sub":"erika"}"#, Ok(())),
        ("jti", TOKEN, r#"{"jti":"a\"b"}"#, Err(Revoked)),
        ("jti, escaped", TOKEN, r#"{"jti":"\u0061\u0022b","iat":999}"#, Err(Revoked)),
        ("jti, case", TOKEN, r#"{"jti":"A\"b"}"#, Ok(())),
        ("jti, part", TOKEN, r#"{"jti":"a\""}"#, Ok(())),
        ("jti as a subject", TOKEN, r#"{"sub":"a\"b"}"#, Ok(())),
        ("no jti", TOKEN, "{}", Ok(())),
        ("subject", SUBJECT, r#"{"sub":"erika"}"#, Err(Revoked)),
        ("subject, whenever", SUBJECT, r#"{"sub":"erika","iat":9999}"#, Err(Revoked)),
        ("subject as a jti", SUBJECT, r#"{"jti":"erika"}"#, Ok(())),
        ("another subject", SUBJECT, r#"{"sub":"max"}"#, Ok(())),
        ("subject, before", SUBJECT_BEFORE, r#"{"sub":"erika","iat":499.9}"#, Err(Revoked)),
        ("subject, then", SUBJECT_BEFORE, r#"{"sub":"erika","iat":500}"#, Ok(())),
        ("subject, unknown", SUBJECT_BEFORE, r#"{"sub":"erika"}"#, Err(MissingIssuedAt)),
        ("another, before", SUBJECT_BEFORE, r#"{"sub":"max","iat":1}"#, Ok(())),
        ("another, unknown", SUBJECT_BEFORE, r#"{"sub":"max"}"#, Ok(())),
        ("before", BEFORE, r#"{"iat":499}"#, Err(Revoked)),
        ("long before", BEFORE, r#"{"iat":-1}"#, Err(Revoked)),
        ("then", BEFORE, r#"{"iat":500}"#, Ok(())),
        ("unknown", BEFORE, "{}", Err(MissingIssuedAt)),
        ("both, subject", SUBJECT_AND_ALL, r#"{"sub":"erika","iat":499}"#, Err(Revoked)),
        ("both, all", SUBJECT_AND_ALL, r#"{"sub":"erika","iat":600}"#, Err(Revoked)),
        ("both, neither", SUBJECT_AND_ALL, r#"{"sub":"erika","iat":700}"#, Ok(())),
        // Only what everything else has let through is asked for.
        ("forged types", TOKEN, r#"{"jti":"a\"b","iat":"1"}"#, Err(InvalidIssuedAt)),
        ("expired", TOKEN, r#"{"jti":"a\"b","exp":1}"#, Err(Expired)),
    ] {
        let mut list = List::new();
        setup(&mut list);
        assert_eq!(check(&list, claims), expected, "{name}");
        // What is restored is what was saved.
        let mut memory = [0; List::MAX_SAVED_LENGTH];
        let mut restored: Revocations<1> = Revocations::new();
        restored.restore(list.save(&mut memory).unwrap()).unwrap();
        assert_eq!(check(&restored, claims), expected, "{name}, restored");
    }
    assert_eq!(check(&(), r#"{"jti":"a"}"#), Ok(()));
}

#[test]
fn revoking_never_weakens_what_was_revoked() {
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
    assert!(!list.reinstate_subject("a"), "a jti is no subject");
    assert!(list.reinstate_jwt_id("a"));
    assert!(!list.reinstate_jwt_id("a"));
    assert_eq!(check(&list, r#"{"jti":"a","sub":"erika","iat":300}"#), Ok(()));
}

#[test]
fn a_full_list_says_so_and_makes_room_for_what_has_expired() {
    let mut list = List::new();
    for jwt_id in ["a", "b", "c"] {
        list.revoke_jwt_id(jwt_id, 1000).unwrap();
    }
    list.revoke_subject("erika", u64::MAX).unwrap();
    assert_eq!(list.revoke_jwt_id("d", 2000), Err(RevocationsFull));
    assert_eq!(list.revoke_subject("max", 2000), Err(RevocationsFull));
    assert_eq!(list.revoke_jwt_id("a", 2000), Ok(()), "it is there already");
    assert_eq!(check(&list, r#"{"jti":"d"}"#), Ok(()));
    // Under the longest leeway, a token is good for 600 seconds more, and one more if it expires at
    // 1000.5, which its `NumericDate::seconds` rounds down.
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
fn a_saved_list_is_restored_or_refused() {
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
    // Restored over something that is there.
    let mut other: Revocations<2> = Revocations::new();
    other.revoke_jwt_id("of before", 1).unwrap();
    other.restore(&saved).unwrap();
    assert_eq!(other.save(&mut memory).unwrap(), saved);
    // The state of something else.
    let guard: ReplayGuard<1> = ReplayGuard::new(WhenFull::Refuse);
    assert_eq!(restored.restore(guard.save(&mut memory).unwrap()), Err(InvalidSavedState));
    assert_eq!(restored.save(&mut memory).unwrap(), saved, "as it was");
}

#[test]
fn a_revocation_outlives_its_token() {
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
fn a_revoked_token_is_not_remembered_as_used() {
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

impl Revocation for Directory {
    fn check(&self, claims: &Claims<'_>) -> Result<(), Error> {
        match claims.subject() {
            Some(subject) if subject == "erika" => Ok(()),
            Some(_) => Err(Revoked),
            None => Err(RecordsUnavailable),
        }
    }
}

#[test]
fn a_directory_stands_in_for_the_list() {
    assert_eq!(check(&Directory, r#"{"sub":"erika"}"#), Ok(()));
    assert_eq!(check(&Directory, r#"{"sub":"max"}"#), Err(Revoked));
    assert_eq!(check(&Directory, "{}"), Err(RecordsUnavailable));
}
