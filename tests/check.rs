//! What the application asks of an authentic token, before the replay guard remembers it.

mod common;

use std::cell::{Cell, RefCell};

use common::every_way::Verifier;
use common::{SECRET, sign};
use embedded_jwt::Error::{self, *};
use embedded_jwt::{
    Check, Hs256, Key, Policy, Presented, ReplayGuard, Revocations, Time, WhenFull,
};

const NOW: Time = Time::Known(1000);

fn token(claims: &str) -> Vec<u8> {
    sign("HS256", &SECRET, br#"{"alg":"HS256"}"#, claims.as_bytes())
}

fn verifier(policy: Policy<'_>) -> Verifier<'_, Key<Hs256>> {
    Verifier::new(Key::new(&SECRET).unwrap(), policy)
}

fn verify(check: &(impl Check + ?Sized), claims: &str) -> Result<(), Error> {
    let verifier = verifier(Policy::builder().build()?);
    let token = token(claims);
    let mut buffer = vec![0; token.len()];
    let outcome = verifier.verify_with(&token, NOW, check, &mut (), &mut buffer).map(drop);
    assert!(outcome.is_ok() || buffer.iter().all(|&byte| byte == 0), "left in the buffer");
    outcome
}

#[test]
fn closure_decides_about_authentic_claims_that_the_policy_accepts() {
    let asked = Cell::new(0);
    let is_for_7b = |token: &Presented<'_>| {
        asked.set(asked.get() + 1);
        token.claims().get("door") == Ok("7b")
    };
    for (name, claims, expected) in [
        ("right", r#"{"exp":2000,"door":"7b"}"#, Ok(())),
        ("another", r#"{"exp":2000,"door":"8a"}"#, Err(RefusedByApplication)),
        ("missing", r#"{"exp":2000}"#, Err(RefusedByApplication)),
        ("twice", r#"{"exp":2000,"door":"7b","door":"7b"}"#, Err(RefusedByApplication)),
        ("another type", r#"{"exp":2000,"door":7}"#, Err(RefusedByApplication)),
    ] {
        asked.set(0);
        assert_eq!(verify(&is_for_7b, claims), expected, "{name}");
        assert!(asked.get() > 0, "{name}");
    }
    // A check that fails to read a claim refuses the token: it is not the reader who is at fault.
    struct Door;
    impl Check for Door {
        fn check(&self, token: &Presented<'_>) -> Result<(), Error> {
            let door: &str = token.claims().get("door")?;
            if door == "7b" { Ok(()) } else { Err(RecordsUnavailable) }
        }
    }
    for (name, claims, expected) in [
        ("right", r#"{"exp":2000,"door":"7b"}"#, Ok(())),
        ("another", r#"{"exp":2000,"door":"8a"}"#, Err(RecordsUnavailable)),
        ("missing", r#"{"exp":2000}"#, Err(RefusedByApplication)),
        ("another type", r#"{"exp":2000,"door":7}"#, Err(RefusedByApplication)),
        ("twice", r#"{"exp":2000,"door":"7b","door":"7b"}"#, Err(DuplicateClaim)),
    ] {
        assert_eq!(verify(&Door, claims), expected, "{name}, by a type of one's own");
    }
    for (name, claims, expected) in [
        ("expired", r#"{"exp":1000,"door":"7b"}"#, Err(Expired)),
        ("audience", r#"{"exp":2000,"door":"7b","aud":"a"}"#, Err(UnexpectedAudience)),
    ] {
        asked.set(0);
        assert_eq!(verify(&is_for_7b, claims), expected, "{name}");
        assert_eq!(asked.get(), 0, "{name}");
    }
    let mut forged = token(r#"{"exp":2000,"door":"7b"}"#);
    forged[25] ^= 1;
    let outcome = verifier(Policy::builder().build().unwrap())
        .verify_with(&forged, NOW, &is_for_7b, &mut (), &mut [0; 100])
        .map(drop);
    assert_eq!(outcome, Err(SignatureMismatch));
    assert_eq!(asked.get(), 0, "nothing of a forged token is shown");
}

#[test]
fn token_that_the_application_refuses_is_not_used_up() {
    let verifier = verifier(Policy::builder().build().unwrap());
    let mut guard: ReplayGuard<1> = ReplayGuard::new(WhenFull::Refuse);
    let token = token(r#"{"exp":2000,"jti":"x","door":"7b"}"#);
    let buffer = &mut [0; 100];
    let is_open = Cell::new(false);
    let is_accepted = |_: &Presented<'_>| is_open.get();
    let outcome = verifier.verify_with(&token, NOW, &is_accepted, &mut guard, buffer).map(drop);
    assert_eq!(outcome, Err(RefusedByApplication));
    assert!(guard.is_empty());
    is_open.set(true);
    assert!(verifier.verify_with(&token, NOW, &is_accepted, &mut guard, buffer).is_ok());
    let again = verifier.verify_with(&token, NOW, &is_accepted, &mut guard, buffer).map(drop);
    assert_eq!(again, Err(Replayed));
}

/// Notes its name, and answers.
struct Noted<'n> {
    name: &'static str,
    notes: &'n RefCell<Vec<&'static str>>,
    answer: Result<(), Error>,
}

impl Check for Noted<'_> {
    fn check(&self, _token: &Presented<'_>) -> Result<(), Error> {
        self.notes.borrow_mut().push(self.name);
        self.answer
    }
}

#[test]
fn several_checks_are_asked_in_order_until_one_refuses() {
    const CLAIMS: &str = r#"{"exp":2000}"#;
    let notes = RefCell::new(Vec::new());
    let noted = |name, answer| Noted { name, notes: &notes, answer };
    let (first, second) = (noted("first", Ok(())), noted("second", Ok(())));
    let offline = noted("offline", Err(RecordsUnavailable));
    let asked = |check: &dyn Check| {
        let verifier = embedded_jwt::Verifier::new(
            Key::<Hs256>::new(&SECRET).unwrap(),
            Policy::builder().build().unwrap(),
        );
        let token = token(CLAIMS);
        let outcome = verifier.verify_with(&token, NOW, check, &mut (), &mut [0; 100]).map(drop);
        (outcome, notes.take())
    };
    let refuses = |_: &Presented<'_>| false;
    assert_eq!(asked(&(&first, &second)), (Ok(()), vec!["first", "second"]));
    assert_eq!(asked(&(&offline, &second)), (Err(RecordsUnavailable), vec!["offline"]));
    assert_eq!(asked(&(&first, &refuses)), (Err(RefusedByApplication), vec!["first"]));
    assert_eq!(asked(&(&refuses, &first)), (Err(RefusedByApplication), vec![]));
    assert_eq!(
        asked(&(&first, &(&second, &offline))),
        (Err(RecordsUnavailable), vec!["first", "second", "offline"])
    );
    let revocations: Revocations<1> = Revocations::new();
    let slice: &[&dyn Check] = &[&first, &revocations, &second, &refuses, &offline];
    assert_eq!(verify(slice, CLAIMS), Err(RefusedByApplication));
    assert_eq!(verify(&[] as &[&dyn Check], CLAIMS), Ok(()));
}

/// What a check is told of a token.
#[test]
fn check_sees_the_dates_and_what_is_known_of_the_time() {
    fn sees(policy: Policy<'_>, time: Time, claims: &str, sees: impl Fn(&Presented<'_>) -> bool) {
        let token = token(claims);
        let verifier = verifier(policy);
        let outcome = verifier.verify_with(&token, time, &sees, &mut (), &mut [0; 150]).map(drop);
        assert_eq!(outcome, Ok(()), "{claims}");
    }
    let strict = Policy::builder().leeway(10).build().unwrap();
    let lenient = Policy::builder()
        .allow_missing_expiration()
        .allow_uncertain_time()
        .allow_mistyped_registered_claims()
        .build()
        .unwrap();
    sees(strict, NOW, r#"{"exp":1999.5,"iat":990,"sub":"a\"b","jti":"x"}"#, |token| {
        token.expiration() == 2000
            && token.is_issued_before(991) == Ok(true)
            && token.is_issued_before(990) == Ok(false)
            && token.is_past(990)
            && !token.is_past(991)
            && token.time() == NOW
            && token.subject().is_ok_and(|sub| sub.is_some_and(|sub| sub == "a\"b"))
            && token.jwt_id().is_ok_and(|id| id.is_some_and(|id| id == "x"))
            && token.claims().as_json().ends_with(r#""jti":"x"}"#)
            && format!("{token:?}") == "Presented { .. }"
    });
    for (claims, expiration) in
        [(r#"{"exp":1e300}"#, i64::MAX), (r#"{"exp":999999999999999999}"#, 999_999_999_999_999_999)]
    {
        sees(strict, NOW, claims, |token| token.expiration() == expiration);
    }
    sees(strict, NOW, r#"{"exp":2000,"iat":1010}"#, |token| token.is_issued_before(1) == Ok(false));
    sees(strict, NOW, r#"{"exp":2000,"iat":1011}"#, |token| {
        token.is_issued_before(1012) == Ok(true) && token.is_issued_before(1) == Err(IssuedInFuture)
    });
    sees(strict, NOW, r#"{"exp":2000}"#, |token| {
        token.is_issued_before(1) == Err(MissingIssuedAt)
            && token.subject() == Ok(None)
            && token.fingerprint() == Err(MissingJwtId)
    });
    sees(lenient, Time::Unknown, r#"{"sub":12,"jti":[],"iat":5}"#, |token| {
        token.expiration() == i64::MAX
            && token.subject() == Err(InvalidSubject)
            && token.jwt_id() == Err(InvalidJwtId)
            && token.fingerprint() == Err(InvalidJwtId)
            && token.claims().subject().is_none()
            && token.claims().get("sub") == Ok(12)
            && token.is_issued_before(1) == Ok(false)
    });
    sees(lenient, NOW, r#"{"sub":null,"exp":null}"#, |token| {
        token.subject() == Ok(None)
            && token.claims().get::<Option<u8>>("sub") == Err(MissingMember)
            && token.expiration() == i64::MAX
    });
}

#[test]
fn guard_refuses_a_mistyped_jti_and_does_not_take_the_mac_for_it() {
    let policy = Policy::builder().allow_mistyped_registered_claims().allow_missing_jwt_id();
    let verifier = verifier(policy.build().unwrap());
    for (jwt_id, expected) in [("42", Err(InvalidJwtId)), ("null", Ok(())), (r#""42""#, Ok(()))] {
        let mut guard: ReplayGuard<2> = ReplayGuard::new(WhenFull::Refuse);
        let token = token(&format!(r#"{{"exp":2000,"jti":{jwt_id}}}"#));
        let outcome = verifier.verify_with(&token, NOW, &(), &mut guard, &mut [0; 100]).map(drop);
        assert_eq!(outcome, expected, "{jwt_id}");
        assert_eq!(guard.is_empty(), outcome.is_err(), "{jwt_id}");
    }
}
