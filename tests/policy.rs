//! Claims, policy and time: a table for each rule, edge cases first.

mod common;

use common::{SECRET, sign};
use embedded_jwt::Error::{self, *};
use embedded_jwt::{Hs256, Policy, PolicyBuilder, Time};

type Rules = fn(PolicyBuilder<'static>) -> PolicyBuilder<'static>;

/// Verifies a token with these claims and a right MAC.
fn verify(rules: Rules, time: Time, claims: &str) -> Result<(), Error> {
    let token = sign("HS256", &SECRET, br#"{"alg":"HS256"}"#, claims.as_bytes());
    let policy = rules(Policy::builder()).build().expect("a policy without contradictions");
    common::verify::<Hs256>(&SECRET, policy, time, &token)
}

/// What the tokens of a table have in common.
struct Setting {
    rules: Rules,
    time: Time,
}

const fn with(rules: Rules, time: Time) -> Setting {
    Setting { rules, time }
}

impl Setting {
    /// Verifies a table of tokens. A row is a claims set and its outcome.
    #[track_caller]
    fn check(&self, table: &[(&str, Result<(), Error>)]) {
        let Self { rules, time } = *self;
        for (claims, expected) in table {
            assert_eq!(verify(rules, time, claims), *expected, "{time:?} {claims}");
        }
    }
}

const NOW: Time = Time::Known(1_000);
const DEFAULT: Rules = |policy| policy;
const ANY_EXP: Rules = |policy| policy.allow_missing_expiration();

#[test]
fn expiration() {
    const LEEWAY: Rules = |policy| policy.leeway(10);
    with(DEFAULT, NOW).check(&[
        (r#"{}"#, Err(MissingExpiration)),
        (r#"{"exp":1001}"#, Ok(())),
        (r#"{"exp":1000}"#, Err(Expired)),
        (r#"{"exp":999}"#, Err(Expired)),
        (r#"{"exp":0}"#, Err(Expired)),
        (r#"{"exp":-1}"#, Err(Expired)),
        (r#"{"exp":1000.000000000000000001}"#, Ok(())),
        (r#"{"exp":1000.000000000000000000}"#, Err(Expired)),
        (r#"{"exp":999.999999999999999999}"#, Err(Expired)),
        (r#"{"exp":1.001e3}"#, Ok(())),
        (r#"{"exp":1.0E+3}"#, Err(Expired)),
        (r#"{"exp":999999999999999999}"#, Ok(())),
        // Dates that never come.
        (r#"{"exp":1e18}"#, Ok(())),
        (r#"{"exp":9223372036854775807}"#, Ok(())),
        (r#"{"exp":9223372036854775808}"#, Ok(())),
        (r#"{"exp":9223372036854775}"#, Ok(())),
        (r#"{"exp":1e300}"#, Ok(())),
        (r#"{"exp":1e400}"#, Ok(())),
        (r#"{"exp":-1e18}"#, Err(Expired)),
        (r#"{"exp":-9223372036854775808}"#, Err(Expired)),
        (r#"{"exp":-1e400}"#, Err(Expired)),
    ]);
    with(ANY_EXP, NOW).check(&[
        (r#"{}"#, Ok(())),
        (r#"{"exp":999}"#, Err(Expired)),
        (r#"{"exp":"2000"}"#, Err(InvalidExpiration)),
        (r#"{"exp":null}"#, Err(InvalidExpiration)),
        (r#"{"exp":true}"#, Err(InvalidExpiration)),
        (r#"{"exp":[2000]}"#, Err(InvalidExpiration)),
        (r#"{"exp":{}}"#, Err(InvalidExpiration)),
        (r#"{"exp":""}"#, Err(InvalidExpiration)),
    ]);
    with(DEFAULT, Time::Known(0))
        .check(&[(r#"{"exp":0}"#, Err(Expired)), (r#"{"exp":1e-30}"#, Ok(()))]);
    with(DEFAULT, Time::Known(u64::MAX)).check(&[
        (r#"{"exp":999999999999999999}"#, Err(Expired)),
        (r#"{"exp":1e18}"#, Ok(())),
        (r#"{"exp":-1e18}"#, Err(Expired)),
    ]);
    with(DEFAULT, Time::Unknown).check(&[
        (r#"{"exp":999999999999999999}"#, Err(TimeUnknown)),
        (r#"{"exp":1e18}"#, Ok(())),
        (r#"{"exp":-1e18}"#, Err(Expired)),
    ]);
    with(LEEWAY_600, Time::Known(u64::MAX))
        .check(&[(r#"{"exp":999999999999999999}"#, Err(Expired)), (r#"{"exp":1e18}"#, Ok(()))]);
    with(LEEWAY, NOW).check(&[(r#"{"exp":991}"#, Ok(())), (r#"{"exp":990}"#, Err(Expired))]);
    with(LEEWAY, Time::Known(0))
        .check(&[(r#"{"exp":-9}"#, Ok(())), (r#"{"exp":-10}"#, Err(Expired))]);
}

/// The most leeway that a policy can have.
const LEEWAY_600: Rules = |policy| policy.leeway(600);

#[test]
fn not_before() {
    const LEEWAY: Rules = |policy| policy.allow_missing_expiration().leeway(10);
    const UNCERTAIN: Rules =
        |policy| policy.allow_missing_expiration().leeway(600).allow_uncertain_time();
    with(ANY_EXP, NOW).check(&[
        (r#"{"nbf":1000}"#, Ok(())),
        (r#"{"nbf":1001}"#, Err(NotYetValid)),
        (r#"{"nbf":1000.000000000000000001}"#, Err(NotYetValid)),
        (r#"{"nbf":999.9}"#, Ok(())),
        (r#"{"nbf":0}"#, Ok(())),
        (r#"{"nbf":-1e5}"#, Ok(())),
        (r#"{"nbf":999999999999999999}"#, Err(NotYetValid)),
        (r#"{"nbf":1e19}"#, Err(NotYetValid)),
        (r#"{"nbf":-1e19}"#, Ok(())),
        (r#"{"nbf":"0"}"#, Err(InvalidNotBefore)),
        (r#"{"nbf":null}"#, Err(InvalidNotBefore)),
    ]);
    with(ANY_EXP, Time::Known(u64::MAX))
        .check(&[(r#"{"nbf":999999999999999999}"#, Ok(())), (r#"{"nbf":1e18}"#, Err(NotYetValid))]);
    with(UNCERTAIN, Time::Unknown).check(&[
        (r#"{"nbf":999999999999999999}"#, Ok(())),
        (r#"{"nbf":1e18}"#, Err(NotYetValid)),
        (r#"{"nbf":-1e18}"#, Ok(())),
    ]);
    with(LEEWAY, NOW).check(&[(r#"{"nbf":1010}"#, Ok(())), (r#"{"nbf":1011}"#, Err(NotYetValid))]);
}

#[test]
fn issued_at() {
    const REFUSE: Rules = |policy| policy.allow_missing_expiration().refuse_issued_in_future();
    const LEEWAY: Rules =
        |policy| policy.allow_missing_expiration().refuse_issued_in_future().leeway(10);
    with(ANY_EXP, NOW).check(&[
        (r#"{"iat":2000}"#, Ok(())),
        (r#"{"iat":"1000"}"#, Err(InvalidIssuedAt)),
        (r#"{"iat":false}"#, Err(InvalidIssuedAt)),
        (r#"{"iat":1e99}"#, Ok(())),
        (r#"{"iat":-1e99}"#, Ok(())),
    ]);
    with(REFUSE, NOW).check(&[
        (r#"{"iat":1000}"#, Ok(())),
        (r#"{"iat":1000.5}"#, Err(IssuedInFuture)),
        (r#"{"iat":1001}"#, Err(IssuedInFuture)),
        (r#"{}"#, Ok(())),
    ]);
    with(LEEWAY, NOW)
        .check(&[(r#"{"iat":1010}"#, Ok(())), (r#"{"iat":1011}"#, Err(IssuedInFuture))]);
}

/// An issuer with a finer clock issues a token in the second that this device's clock shows.
#[test]
fn a_leeway_of_a_second_makes_up_for_a_clock_of_whole_seconds() {
    const EXACT: Rules = |policy| policy.refuse_issued_in_future();
    const LEEWAY: Rules = |policy| policy.refuse_issued_in_future().leeway(1);
    const JUST_NOW: [&str; 2] =
        [r#"{"exp":2000,"nbf":1000.999}"#, r#"{"exp":2000,"iat":1000.999}"#];
    with(EXACT, NOW).check(&[(JUST_NOW[0], Err(NotYetValid)), (JUST_NOW[1], Err(IssuedInFuture))]);
    with(LEEWAY, NOW).check(&[(JUST_NOW[0], Ok(())), (JUST_NOW[1], Ok(()))]);
}

#[test]
fn age_and_lifetime() {
    const AGE: Rules = |policy| policy.allow_missing_expiration().maximum_age(100);
    const AGE_LEEWAY: Rules =
        |policy| policy.allow_missing_expiration().maximum_age(100).leeway(10);
    const AGE_MOST: Rules =
        |policy| policy.allow_missing_expiration().maximum_age(u32::MAX).leeway(600);
    const LIFETIME: Rules = |policy| policy.maximum_lifetime(100).leeway(600);
    with(AGE, NOW).check(&[
        (r#"{}"#, Err(MissingIssuedAt)),
        (r#"{"iat":900}"#, Ok(())),
        (r#"{"iat":899}"#, Err(TooOld)),
        (r#"{"iat":899.999999999999}"#, Err(TooOld)),
        (r#"{"iat":1000}"#, Ok(())),
        (r#"{"iat":1001}"#, Err(IssuedInFuture)),
        (r#"{"iat":-999999999999999999}"#, Err(TooOld)),
    ]);
    with(AGE_LEEWAY, NOW).check(&[
        (r#"{"iat":890}"#, Ok(())),
        (r#"{"iat":889}"#, Err(TooOld)),
        (r#"{"iat":1010}"#, Ok(())),
        (r#"{"iat":1011}"#, Err(IssuedInFuture)),
    ]);
    with(AGE_MOST, NOW).check(&[(r#"{"iat":0}"#, Ok(()))]);
    with(AGE_MOST, Time::Known(0)).check(&[(r#"{"iat":-1}"#, Ok(()))]);
    with(AGE_MOST, Time::Known(u64::MAX)).check(&[(r#"{"iat":0}"#, Err(TooOld))]);
    with(LIFETIME, NOW).check(&[
        (r#"{"exp":1100,"iat":1000}"#, Ok(())),
        (r#"{"exp":1101,"iat":1000}"#, Err(LifetimeTooLong)),
        (r#"{"exp":1100.5,"iat":1000.5}"#, Ok(())),
        (r#"{"exp":1100.5,"iat":1000.4}"#, Err(LifetimeTooLong)),
        (r#"{"exp":1100}"#, Err(MissingIssuedAt)),
        (r#"{"iat":1000}"#, Err(MissingExpiration)),
        (r#"{"exp":999999999999999999,"iat":-999999999999999999}"#, Err(LifetimeTooLong)),
    ]);
}

#[test]
fn lifetime_is_bounded_by_an_iat_that_is_bounded_itself() {
    const LIFETIME: Rules = |policy| policy.maximum_lifetime(3_600);
    const LEEWAY: Rules = |policy| policy.maximum_lifetime(3_600).leeway(10);
    const UNCERTAIN: Rules = |policy| policy.maximum_lifetime(3_600).allow_uncertain_time();
    const AGE: Rules = |policy| policy.maximum_age(3_600);
    // Issuers wrote `iat` in milliseconds, and `exp` in seconds.
    let issuers = Time::Known(1_900_000_000);
    let mixed = r#"{"iat":1900000000148,"exp":4102444800}"#;
    with(LIFETIME, issuers).check(&[(mixed, Err(LifetimeTooLong))]);
    with(LEEWAY, issuers).check(&[(mixed, Err(LifetimeTooLong))]);
    with(AGE, issuers).check(&[(mixed, Err(IssuedInFuture))]);
    with(LIFETIME, NOW).check(&[
        (r#"{"iat":1000,"exp":1001}"#, Ok(())),
        (r#"{"iat":1001,"exp":1002}"#, Err(IssuedInFuture)),
        (r#"{"iat":1000.5,"exp":1002}"#, Err(IssuedInFuture)),
        (r#"{"iat":1500,"exp":1600}"#, Err(IssuedInFuture)),
        (r#"{"iat":1500,"exp":1600,"nbf":1500}"#, Err(NotYetValid)),
        (r#"{"iat":1602,"exp":1600}"#, Err(LifetimeTooLong)),
        (r#"{"iat":1e300,"exp":1600}"#, Err(LifetimeTooLong)),
        (r#"{"iat":1e300,"exp":1e300}"#, Err(IssuedInFuture)),
        (r#"{"iat":0,"exp":1e300}"#, Err(LifetimeTooLong)),
        (r#"{"iat":-1e300,"exp":1001}"#, Err(LifetimeTooLong)),
    ]);
    with(LEEWAY, NOW).check(&[
        (r#"{"iat":1010,"exp":1100}"#, Ok(())),
        (r#"{"iat":1011,"exp":1100}"#, Err(IssuedInFuture)),
    ]);
    // `iat` behind `exp` needs no clock; otherwise nobody knows whether it is in the future.
    with(LIFETIME, Time::Unknown).check(&[
        (r#"{"iat":1600,"exp":1500}"#, Err(LifetimeTooLong)),
        (r#"{"iat":1400,"exp":1500}"#, Err(TimeUnknown)),
    ]);
    with(UNCERTAIN, Time::Unknown).check(&[
        (r#"{"iat":1400,"exp":1500}"#, Ok(())),
        (r#"{"iat":1500,"exp":1500}"#, Err(IssuedInFuture)),
        (r#"{"iat":1501,"exp":1500}"#, Err(LifetimeTooLong)),
    ]);
}

#[test]
fn remaining_lifetime_is_bounded_without_iat() {
    const REMAINING: Rules = |policy| policy.maximum_remaining_lifetime(100);
    const LEEWAY: Rules = |policy| policy.maximum_remaining_lifetime(100).leeway(10);
    const MOST: Rules = |policy| policy.maximum_remaining_lifetime(u32::MAX).leeway(600);
    const UNCERTAIN: Rules = |policy| policy.maximum_remaining_lifetime(100).allow_uncertain_time();
    with(REMAINING, NOW).check(&[
        (r#"{"exp":1100}"#, Ok(())),
        (r#"{"exp":1100.000000000000001}"#, Err(ExpiresTooLate)),
        (r#"{"exp":1101}"#, Err(ExpiresTooLate)),
        (r#"{"exp":1900000000000}"#, Err(ExpiresTooLate)),
        (r#"{"exp":9223372036854775807}"#, Err(ExpiresTooLate)),
        (r#"{"exp":1000}"#, Err(Expired)),
        (r#"{}"#, Err(MissingExpiration)),
        (r#"{"exp":1101,"nbf":2000}"#, Err(ExpiresTooLate)),
        (r#"{"exp":1100,"nbf":2000}"#, Err(NotYetValid)),
    ]);
    with(LEEWAY, NOW)
        .check(&[(r#"{"exp":1110}"#, Ok(())), (r#"{"exp":1111}"#, Err(ExpiresTooLate))]);
    with(MOST, NOW).check(&[
        (r#"{"exp":4294968895}"#, Ok(())),
        (r#"{"exp":4294968896}"#, Err(ExpiresTooLate)),
        (r#"{"exp":1e300}"#, Err(ExpiresTooLate)),
    ]);
    with(REMAINING, Time::AtLeast(1_000))
        .check(&[(r#"{"exp":1050}"#, Err(TimeUnknown)), (r#"{"exp":1000}"#, Err(Expired))]);
    with(UNCERTAIN, Time::AtLeast(1_000)).check(&[
        (r#"{"exp":1050}"#, Ok(())),
        (r#"{"exp":5000}"#, Ok(())),
        (r#"{"exp":1e300}"#, Err(ExpiresTooLate)),
    ]);
}

#[test]
fn one_of_several_issuers_and_audiences() {
    const SEVERAL: Rules = |policy| {
        policy.allow_missing_expiration().issuers(&["i", "", "A\\\""]).audiences(&["a", "b"])
    };
    const ONE: Rules = |policy| policy.allow_missing_expiration().issuers(&["i"]).audiences(&["a"]);
    with(SEVERAL, NOW).check(&[
        (r#"{"iss":"i","aud":"a"}"#, Ok(())),
        (r#"{"iss":"","aud":"b"}"#, Ok(())),
        (r#"{"iss":"A\\\"","aud":["c","b"]}"#, Ok(())),
        (r#"{"iss":"i","aud":["b","a"]}"#, Ok(())),
        (r#"{"iss":"\u0069","aud":"\u0061"}"#, Ok(())),
        (r#"{"iss":"j","aud":"a"}"#, Err(IssuerMismatch)),
        (r#"{"iss":"ii","aud":"a"}"#, Err(IssuerMismatch)),
        (r#"{"iss":"I","aud":"a"}"#, Err(IssuerMismatch)),
        (r#"{"aud":"a"}"#, Err(MissingIssuer)),
        (r#"{"iss":["i"],"aud":"a"}"#, Err(InvalidIssuer)),
        (r#"{"iss":"i","aud":"c"}"#, Err(AudienceMismatch)),
        (r#"{"iss":"i","aud":["ab"]}"#, Err(AudienceMismatch)),
        (r#"{"iss":"i","aud":[]}"#, Err(AudienceMismatch)),
        (r#"{"iss":"i"}"#, Err(MissingAudience)),
        (r#"{"iss":"i","aud":[1]}"#, Err(InvalidAudience)),
    ]);
    with(ONE, NOW).check(&[
        (r#"{"iss":"i","aud":"a"}"#, Ok(())),
        (r#"{"iss":"j","aud":"a"}"#, Err(IssuerMismatch)),
        (r#"{"iss":"i","aud":"b"}"#, Err(AudienceMismatch)),
    ]);
}

#[test]
fn mistyped_claims_are_taken_for_what_they_are_if_the_policy_says_so() {
    const MISTYPED: Rules = |policy| policy.allow_mistyped_registered_claims();
    const NO_EXP: Rules =
        |policy| policy.allow_mistyped_registered_claims().allow_missing_expiration();
    const SUBJECT: Rules = |policy| NO_EXP(policy).subject("12");
    const ISSUER: Rules = |policy| NO_EXP(policy).issuer("i");
    const AUDIENCE: Rules = |policy| NO_EXP(policy).audience("a");
    const AGE: Rules = |policy| NO_EXP(policy).maximum_age(100);
    const REQUIRED: Rules = |policy| NO_EXP(policy).required_claims(&["sub"]);
    with(MISTYPED, NOW).check(&[
        (r#"{"exp":2000,"sub":12,"jti":42}"#, Ok(())),
        (r#"{"exp":2000,"sub":true,"jti":{"a":[1]}}"#, Ok(())),
        (r#"{"exp":2000,"sub":["12"],"jti":[]}"#, Ok(())),
        (r#"{"exp":2000,"sub":null,"jti":null,"iss":null,"aud":null}"#, Ok(())),
        (r#"{"exp":2000,"nbf":null,"iat":null}"#, Ok(())),
        (r#"{"exp":null}"#, Err(MissingExpiration)),
        (r#"{"exp":"2000"}"#, Err(InvalidExpiration)),
        (r#"{"exp":2000,"nbf":"0"}"#, Err(InvalidNotBefore)),
        (r#"{"exp":2000,"iat":"0"}"#, Err(InvalidIssuedAt)),
        (r#"{"exp":2000,"iss":1}"#, Err(InvalidIssuer)),
        (r#"{"exp":2000,"aud":1}"#, Err(InvalidAudience)),
        (r#"{"exp":2000,"aud":[null]}"#, Err(InvalidAudience)),
        (r#"{"exp":2000,"aud":"a"}"#, Err(UnexpectedAudience)),
        (r#"{"exp":2000,"sub":12,"sub":12}"#, Err(DuplicateClaim)),
        (r#"{"exp":2000,"sub":null,"sub":"12"}"#, Err(DuplicateClaim)),
    ]);
    with(NO_EXP, NOW).check(&[(r#"{"exp":null}"#, Ok(())), (r#"{"exp":1}"#, Err(Expired))]);
    with(SUBJECT, NOW).check(&[
        (r#"{"sub":"12"}"#, Ok(())),
        (r#"{"sub":12}"#, Err(InvalidSubject)),
        (r#"{"sub":["12"]}"#, Err(InvalidSubject)),
        (r#"{"sub":null}"#, Err(MissingSubject)),
        (r#"{}"#, Err(MissingSubject)),
    ]);
    with(ISSUER, NOW).check(&[(r#"{"iss":null}"#, Err(MissingIssuer))]);
    with(AUDIENCE, NOW).check(&[(r#"{"aud":null}"#, Err(MissingAudience))]);
    with(AGE, NOW).check(&[(r#"{"iat":null}"#, Err(MissingIssuedAt))]);
    with(REQUIRED, NOW)
        .check(&[(r#"{"sub":12}"#, Ok(())), (r#"{"sub":null}"#, Err(MissingClaim { index: 0 }))]);
}

#[test]
fn issuer_subject_and_jwt_id() {
    const ISSUER: Rules = |policy| policy.allow_missing_expiration().issuer("https://id.example/");
    const SUBJECT: Rules = |policy| policy.allow_missing_expiration().subject("A\\\"\n\u{1d11e}");
    with(ISSUER, NOW).check(&[
        (r#"{"iss":"https://id.example/"}"#, Ok(())),
        (r#"{"iss":"https:\/\/id.ex\u0061mple\u002f"}"#, Ok(())),
        (r#"{"\u0069ss":"https://id.example/"}"#, Ok(())),
        (r#"{}"#, Err(MissingIssuer)),
        (r#"{"iss":""}"#, Err(IssuerMismatch)),
        (r#"{"iss":"https://id.example"}"#, Err(IssuerMismatch)),
        (r#"{"iss":"https://id.example//"}"#, Err(IssuerMismatch)),
        (r#"{"iss":"https://ID.example/"}"#, Err(IssuerMismatch)),
        (r#"{"iss":["https://id.example/"]}"#, Err(InvalidIssuer)),
        (r#"{"iss":null}"#, Err(InvalidIssuer)),
    ]);
    with(ANY_EXP, NOW).check(&[
        (r#"{"iss":1}"#, Err(InvalidIssuer)),
        (r#"{"sub":1}"#, Err(InvalidSubject)),
        (r#"{"sub":{}}"#, Err(InvalidSubject)),
        (r#"{"jti":1}"#, Err(InvalidJwtId)),
        (r#"{"jti":"1"}"#, Ok(())),
    ]);
    with(SUBJECT, NOW).check(&[
        (r#"{"sub":"A\\\"\n\ud834\udd1e"}"#, Ok(())),
        (r#"{"sub":"A\u005c\u0022\u000A𝄞"}"#, Ok(())),
        (r#"{"sub":"A\\\\\"\\n𝄞"}"#, Err(SubjectMismatch)),
        (r#"{"sub":"A"}"#, Err(SubjectMismatch)),
        (r#"{}"#, Err(MissingSubject)),
    ]);
}

#[test]
fn audience() {
    const AUDIENCE: Rules = |policy| policy.allow_missing_expiration().audience("door-7");
    const ANY: Rules = |policy| policy.allow_missing_expiration().allow_any_audience();
    const EMPTY: Rules = |policy| policy.allow_missing_expiration().audience("");
    with(AUDIENCE, NOW).check(&[
        (r#"{"aud":"door-7"}"#, Ok(())),
        (r#"{"aud":["door-7"]}"#, Ok(())),
        (r#"{"aud":["door-6","door\u002d7"]}"#, Ok(())),
        (r#"{"aud":["a,b","[","door-7"]}"#, Ok(())),
        (r#"{"aud":"door-70"}"#, Err(AudienceMismatch)),
        (r#"{"aud":"Door-7"}"#, Err(AudienceMismatch)),
        (r#"{"aud":["door-6","door-8"]}"#, Err(AudienceMismatch)),
        (r#"{"aud":[]}"#, Err(AudienceMismatch)),
        (r#"{"aud":""}"#, Err(AudienceMismatch)),
        (r#"{"aud":"[\"door-7\"]"}"#, Err(AudienceMismatch)),
        (r#"{}"#, Err(MissingAudience)),
        (r#"{"aud":["door-7",1]}"#, Err(InvalidAudience)),
        (r#"{"aud":[["door-7"]]}"#, Err(InvalidAudience)),
        (r#"{"aud":{"door-7":1}}"#, Err(InvalidAudience)),
        (r#"{"aud":null}"#, Err(InvalidAudience)),
    ]);
    with(ANY_EXP, NOW).check(&[
        (r#"{}"#, Ok(())),
        (r#"{"aud":"door-7"}"#, Err(UnexpectedAudience)),
        (r#"{"aud":[]}"#, Err(UnexpectedAudience)),
        (r#"{"aud":1}"#, Err(InvalidAudience)),
    ]);
    with(ANY, NOW).check(&[
        (r#"{"aud":"door-7"}"#, Ok(())),
        (r#"{"aud":[]}"#, Ok(())),
        (r#"{}"#, Ok(())),
        (r#"{"aud":[null]}"#, Err(InvalidAudience)),
    ]);
    with(EMPTY, NOW)
        .check(&[(r#"{"aud":[]}"#, Err(AudienceMismatch)), (r#"{"aud":[""]}"#, Ok(()))]);
}

#[test]
fn required_claims() {
    const REQUIRED: Rules =
        |policy| policy.allow_missing_expiration().required_claims(&["door", "jti"]);
    const ODD: Rules =
        |policy| policy.allow_missing_expiration().required_claims(&["", "a\"\u{e4}"]);
    with(REQUIRED, NOW).check(&[
        (r#"{"door":"7","jti":"1"}"#, Ok(())),
        (r#"{"jti":"1","d\u006for":0}"#, Ok(())),
        (r#"{"door":"","jti":""}"#, Ok(())),
        (r#"{}"#, Err(MissingClaim { index: 0 })),
        (r#"{"door":"7"}"#, Err(MissingClaim { index: 1 })),
        (r#"{"jti":"1"}"#, Err(MissingClaim { index: 0 })),
        (r#"{"jti":"1","door":null}"#, Err(MissingClaim { index: 0 })),
        (r#"{"jti":"1","x":{"door":1}}"#, Err(MissingClaim { index: 0 })),
        (r#"{"jti":"1","door ":1}"#, Err(MissingClaim { index: 0 })),
        (r#"{"jti":"1","door":1,"door":1}"#, Err(DuplicateClaim)),
        (r#"{"jti":"1","door":1,"\u0064oor":2}"#, Err(DuplicateClaim)),
    ]);
    with(ODD, NOW).check(&[
        (r#"{"":1,"a\"\u00e4":2}"#, Ok(())),
        (r#"{"":1,"a\\\"\u00e4":2}"#, Err(MissingClaim { index: 1 })),
    ]);
}

#[test]
fn token_is_refused_if_the_time_is_too_uncertain_unless_the_policy_allows_it() {
    const AGE: Rules = |policy| policy.allow_missing_expiration().maximum_age(100);
    const FUTURE: Rules = |policy| policy.allow_missing_expiration().refuse_issued_in_future();
    const OPEN: Rules = |policy| policy.allow_missing_expiration().allow_uncertain_time();
    const OPEN_AGE: Rules =
        |policy| policy.allow_missing_expiration().allow_uncertain_time().maximum_age(100);
    const LIFETIME: Rules = |policy| policy.maximum_lifetime(10);
    const FLOOR: Time = Time::AtLeast(1_000);
    // Expired at the lower bound means expired. Otherwise it may have expired since.
    with(DEFAULT, FLOOR).check(&[
        (r#"{"exp":1000}"#, Err(Expired)),
        (r#"{"exp":1001}"#, Err(TimeUnknown)),
        (r#"{"exp":999999999999999999}"#, Err(TimeUnknown)),
    ]);
    with(OPEN, FLOOR).check(&[(r#"{"exp":1000}"#, Err(Expired)), (r#"{"exp":1001}"#, Ok(()))]);
    with(DEFAULT, Time::Unknown)
        .check(&[(r#"{"exp":1}"#, Err(TimeUnknown)), (r#"{"exp":0}"#, Err(Expired))]);
    with(OPEN, Time::Unknown).check(&[(r#"{"exp":1}"#, Ok(()))]);
    with(DEFAULT, Time::AtLeast(u64::MAX))
        .check(&[(r#"{"exp":999999999999999999}"#, Err(Expired))]);
    // Valid at the lower bound means valid. Otherwise it may be valid by now.
    with(ANY_EXP, FLOOR)
        .check(&[(r#"{"nbf":1000}"#, Ok(())), (r#"{"nbf":1001}"#, Err(TimeUnknown))]);
    with(OPEN, FLOOR).check(&[(r#"{"nbf":1001}"#, Ok(()))]);
    with(ANY_EXP, Time::Unknown)
        .check(&[(r#"{"nbf":0}"#, Ok(())), (r#"{"nbf":1}"#, Err(TimeUnknown))]);
    with(OPEN, Time::Unknown).check(&[(r#"{"nbf":1}"#, Ok(()))]);
    // Issued after the lower bound may be in the future, or not.
    with(FUTURE, FLOOR)
        .check(&[(r#"{"iat":1000}"#, Ok(())), (r#"{"iat":1001}"#, Err(TimeUnknown))]);
    with(FUTURE, Time::Unknown).check(&[(r#"{"iat":1}"#, Err(TimeUnknown))]);
    // Too old at the lower bound means too old. Otherwise it may be too old by now.
    with(AGE, FLOOR)
        .check(&[(r#"{"iat":899}"#, Err(TooOld)), (r#"{"iat":900}"#, Err(TimeUnknown))]);
    with(OPEN_AGE, FLOOR).check(&[
        (r#"{"iat":899}"#, Err(TooOld)),
        (r#"{"iat":900}"#, Ok(())),
        (r#"{}"#, Err(MissingIssuedAt)),
    ]);
    with(OPEN_AGE, Time::Unknown).check(&[(r#"{"iat":900}"#, Ok(()))]);
    // There must be one time at which all rules hold.
    with(OPEN, FLOOR).check(&[
        (r#"{"exp":1500,"nbf":1499}"#, Ok(())),
        (r#"{"exp":1500,"nbf":1500}"#, Err(NotYetValid)),
    ]);
    with(OPEN, Time::Unknown).check(&[(r#"{"exp":1500,"nbf":2000}"#, Err(NotYetValid))]);
    with(OPEN_AGE, FLOOR).check(&[
        (r#"{"iat":1500,"nbf":1600}"#, Ok(())),
        (r#"{"iat":1500,"nbf":1601}"#, Err(TooOld)),
    ]);
    with(OPEN_AGE, Time::Unknown).check(&[
        (r#"{"iat":5000,"exp":5000}"#, Err(IssuedInFuture)),
        (r#"{"iat":5000,"exp":5001}"#, Ok(())),
    ]);
    // Rules that need no clock are not affected.
    with(LIFETIME, FLOOR).check(&[(r#"{"exp":2000,"iat":1000}"#, Err(LifetimeTooLong))]);
    with(ANY_EXP, Time::Unknown).check(&[(r#"{}"#, Ok(())), (r#"{"iat":5000}"#, Ok(()))]);
}

#[test]
fn types_are_checked_even_under_the_most_lenient_policy() {
    const LENIENT: Rules = |policy| {
        policy.allow_missing_expiration().allow_any_audience().allow_uncertain_time().leeway(600)
    };
    with(LENIENT, Time::Unknown).check(&[
        (r#"{"exp":"1"}"#, Err(InvalidExpiration)),
        (r#"{"nbf":"1"}"#, Err(InvalidNotBefore)),
        (r#"{"iat":"1"}"#, Err(InvalidIssuedAt)),
        (r#"{"iss":1}"#, Err(InvalidIssuer)),
        (r#"{"sub":1}"#, Err(InvalidSubject)),
        (r#"{"aud":1}"#, Err(InvalidAudience)),
        (r#"{"jti":1}"#, Err(InvalidJwtId)),
        (r#"{"exp":1,"nbf":2,"iat":3,"iss":"","sub":"","aud":"","jti":""}"#, Ok(())),
    ]);
}

#[test]
fn contradictory_policy_is_not_built() {
    let table: [(&str, Rules, Option<Error>); 37] = [
        ("defaults", DEFAULT, None),
        ("longest leeway", |policy| policy.leeway(600), None),
        ("leeway too long", |policy| policy.leeway(601), Some(LeewayTooLong)),
        ("highest leeway", |policy| policy.leeway(u32::MAX), Some(LeewayTooLong)),
        ("no depth", |policy| policy.maximum_depth(0), Some(DepthOutOfRange)),
        ("lowest depth", |policy| policy.maximum_depth(1), None),
        ("highest depth", |policy| policy.maximum_depth(32), None),
        ("depth too high", |policy| policy.maximum_depth(33), Some(DepthOutOfRange)),
        (
            "exp may be missing, but has a lifetime",
            |policy| policy.allow_missing_expiration().maximum_lifetime(1),
            Some(ContradictoryExpiration),
        ),
        (
            "exp may be missing, but is required",
            |policy| policy.required_claims(&["a", "exp"]).allow_missing_expiration(),
            Some(ContradictoryExpiration),
        ),
        ("exp required twice", |policy| policy.required_claims(&["exp"]), None),
        (
            "any audience allowed, but one expected",
            |policy| policy.audience("a").allow_any_audience(),
            Some(ContradictoryAudience),
        ),
        (
            "aud required, but none expected",
            |policy| policy.required_claims(&["aud"]),
            Some(ContradictoryAudience),
        ),
        (
            "aud required and expected",
            |policy| policy.required_claims(&["aud"]).audience("a"),
            None,
        ),
        (
            "aud required, any allowed",
            |policy| policy.required_claims(&["aud"]).allow_any_audience(),
            None,
        ),
        (
            "required names similar to aud",
            |policy| policy.required_claims(&["au", "audi", ""]),
            None,
        ),
        (
            "exp may be missing, but is bounded from now",
            |policy| policy.allow_missing_expiration().maximum_remaining_lifetime(1),
            Some(ContradictoryExpiration),
        ),
        ("both lifetimes", |p| p.maximum_lifetime(1).maximum_remaining_lifetime(1), None),
        ("several issuers", |policy| policy.issuers(&["a", "b"]), None),
        ("no issuers", |policy| policy.issuers(&[]), Some(EmptyList)),
        ("issuer twice", |policy| policy.issuer("a").issuer("a"), Some(RuleSetTwice)),
        ("issuers twice", |policy| policy.issuers(&["a"]).issuers(&["b"]), Some(RuleSetTwice)),
        ("issuer, then issuers", |p| p.issuer("a").issuers(&["b"]), Some(RuleSetTwice)),
        ("issuers, then issuer", |p| p.issuers(&["b"]).issuer("a"), Some(RuleSetTwice)),
        ("no issuers, then one", |p| p.issuers(&[]).issuer("a"), Some(RuleSetTwice)),
        ("several audiences", |policy| policy.audiences(&["a", "b"]), None),
        ("no audiences", |policy| policy.audiences(&[]), Some(EmptyList)),
        ("audience twice", |policy| policy.audience("a").audience("b"), Some(RuleSetTwice)),
        ("audiences twice", |p| p.audiences(&["a"]).audiences(&["b"]), Some(RuleSetTwice)),
        ("audience, then audiences", |p| p.audience("a").audiences(&["b"]), Some(RuleSetTwice)),
        ("audiences, then audience", |p| p.audiences(&["b"]).audience("a"), Some(RuleSetTwice)),
        (
            "any audience allowed, but several expected",
            |policy| policy.audiences(&["a", "b"]).allow_any_audience(),
            Some(ContradictoryAudience),
        ),
        (
            "aud required and several expected",
            |policy| policy.required_claims(&["aud"]).audiences(&["a", "b"]),
            None,
        ),
        ("subject twice", |policy| policy.subject("a").subject("b"), Some(RuleSetTwice)),
        ("typ twice", |policy| policy.typ("a").typ("b"), Some(RuleSetTwice)),
        (
            "required claims twice",
            |policy| policy.required_claims(&["a"]).required_claims(&["b"]),
            Some(RuleSetTwice),
        ),
        ("leeway changed", |policy| policy.leeway(601).leeway(1), None),
    ];
    for (name, rules, error) in table {
        assert_eq!(rules(Policy::builder()).build().err(), error, "{name}");
    }
}
