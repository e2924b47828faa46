//! Claims, policy and time: a table for each rule, edges first.

mod common;

use common::{SECRET, sign};
use embedded_jwt::{Error, Hs256, Policy, PolicyBuilder, Time};

type Rules = fn(PolicyBuilder<'static>) -> PolicyBuilder<'static>;

/// Verifies an authentic token with these claims.
fn verify(rules: Rules, time: Time, claims: &str) -> Result<(), Error> {
    let token = sign("HS256", &SECRET, br#"{"alg":"HS256"}"#, claims.as_bytes());
    let policy = rules(Policy::builder()).build().expect("a policy without contradictions");
    common::verify::<Hs256>(&SECRET, policy, time, &token)
}

/// Rows of rules, time, claims and what is expected.
#[track_caller]
fn check(table: &[(Rules, Time, &str, Result<(), Error>)]) {
    for (row, (rules, time, claims, expected)) in table.iter().enumerate() {
        assert_eq!(verify(*rules, *time, claims), *expected, "row {row}: {time:?} {claims}");
    }
}

const NOW: Time = Time::Known(1_000);
const DEFAULT: Rules = |policy| policy;
const ANY_EXP: Rules = |policy| policy.allow_missing_expiration();

#[test]
fn expiration() {
    const LEEWAY: Rules = |policy| policy.leeway(10);
    check(&[
        (DEFAULT, NOW, r#"{}"#, Err(Error::MissingExpiration)),
        (ANY_EXP, NOW, r#"{}"#, Ok(())),
        (DEFAULT, NOW, r#"{"exp":1001}"#, Ok(())),
        (DEFAULT, NOW, r#"{"exp":1000}"#, Err(Error::Expired)),
        (DEFAULT, NOW, r#"{"exp":999}"#, Err(Error::Expired)),
        (ANY_EXP, NOW, r#"{"exp":999}"#, Err(Error::Expired)),
        (DEFAULT, NOW, r#"{"exp":0}"#, Err(Error::Expired)),
        (DEFAULT, NOW, r#"{"exp":-1}"#, Err(Error::Expired)),
        (DEFAULT, NOW, r#"{"exp":1000.000000000000000001}"#, Ok(())),
        (DEFAULT, NOW, r#"{"exp":1000.000000000000000000}"#, Err(Error::Expired)),
        (DEFAULT, NOW, r#"{"exp":999.999999999999999999}"#, Err(Error::Expired)),
        (DEFAULT, NOW, r#"{"exp":1.001e3}"#, Ok(())),
        (DEFAULT, NOW, r#"{"exp":1.0E+3}"#, Err(Error::Expired)),
        (DEFAULT, NOW, r#"{"exp":999999999999999999}"#, Ok(())),
        (DEFAULT, NOW, r#"{"exp":1e18}"#, Err(Error::NumericDateOutOfRange)),
        (DEFAULT, NOW, r#"{"exp":1e400}"#, Err(Error::NumericDateOutOfRange)),
        (DEFAULT, NOW, r#"{"exp":-1e400}"#, Err(Error::NumericDateOutOfRange)),
        (DEFAULT, NOW, r#"{"exp":9223372036854775808}"#, Err(Error::NumericDateOutOfRange)),
        (DEFAULT, Time::Known(0), r#"{"exp":0}"#, Err(Error::Expired)),
        (DEFAULT, Time::Known(0), r#"{"exp":1e-30}"#, Ok(())),
        (DEFAULT, Time::Known(u64::MAX), r#"{"exp":999999999999999999}"#, Err(Error::Expired)),
        (LEEWAY, NOW, r#"{"exp":991}"#, Ok(())),
        (LEEWAY, NOW, r#"{"exp":990}"#, Err(Error::Expired)),
        (LEEWAY, Time::Known(0), r#"{"exp":-9}"#, Ok(())),
        (LEEWAY, Time::Known(0), r#"{"exp":-10}"#, Err(Error::Expired)),
        (ANY_EXP, NOW, r#"{"exp":"2000"}"#, Err(Error::InvalidExpiration)),
        (ANY_EXP, NOW, r#"{"exp":null}"#, Err(Error::InvalidExpiration)),
        (ANY_EXP, NOW, r#"{"exp":true}"#, Err(Error::InvalidExpiration)),
        (ANY_EXP, NOW, r#"{"exp":[2000]}"#, Err(Error::InvalidExpiration)),
        (ANY_EXP, NOW, r#"{"exp":{}}"#, Err(Error::InvalidExpiration)),
        (ANY_EXP, NOW, r#"{"exp":""}"#, Err(Error::InvalidExpiration)),
    ]);
}

#[test]
fn not_before() {
    const LEEWAY: Rules = |policy| policy.allow_missing_expiration().leeway(10);
    check(&[
        (ANY_EXP, NOW, r#"{"nbf":1000}"#, Ok(())),
        (ANY_EXP, NOW, r#"{"nbf":1001}"#, Err(Error::NotYetValid)),
        (ANY_EXP, NOW, r#"{"nbf":1000.000000000000000001}"#, Err(Error::NotYetValid)),
        (ANY_EXP, NOW, r#"{"nbf":999.9}"#, Ok(())),
        (ANY_EXP, NOW, r#"{"nbf":0}"#, Ok(())),
        (ANY_EXP, NOW, r#"{"nbf":-1e5}"#, Ok(())),
        (ANY_EXP, NOW, r#"{"nbf":999999999999999999}"#, Err(Error::NotYetValid)),
        (ANY_EXP, NOW, r#"{"nbf":1e19}"#, Err(Error::NumericDateOutOfRange)),
        (ANY_EXP, Time::Known(u64::MAX), r#"{"nbf":999999999999999999}"#, Ok(())),
        (LEEWAY, NOW, r#"{"nbf":1010}"#, Ok(())),
        (LEEWAY, NOW, r#"{"nbf":1011}"#, Err(Error::NotYetValid)),
        (ANY_EXP, NOW, r#"{"nbf":"0"}"#, Err(Error::InvalidNotBefore)),
        (ANY_EXP, NOW, r#"{"nbf":null}"#, Err(Error::InvalidNotBefore)),
    ]);
}

#[test]
fn issued_at() {
    const REFUSE: Rules = |policy| policy.allow_missing_expiration().refuse_issued_in_future();
    const LEEWAY: Rules =
        |policy| policy.allow_missing_expiration().refuse_issued_in_future().leeway(10);
    check(&[
        (ANY_EXP, NOW, r#"{"iat":2000}"#, Ok(())),
        (REFUSE, NOW, r#"{"iat":1000}"#, Ok(())),
        (REFUSE, NOW, r#"{"iat":1000.5}"#, Err(Error::IssuedInFuture)),
        (REFUSE, NOW, r#"{"iat":1001}"#, Err(Error::IssuedInFuture)),
        (REFUSE, NOW, r#"{}"#, Ok(())),
        (LEEWAY, NOW, r#"{"iat":1010}"#, Ok(())),
        (LEEWAY, NOW, r#"{"iat":1011}"#, Err(Error::IssuedInFuture)),
        (ANY_EXP, NOW, r#"{"iat":"1000"}"#, Err(Error::InvalidIssuedAt)),
        (ANY_EXP, NOW, r#"{"iat":false}"#, Err(Error::InvalidIssuedAt)),
        (ANY_EXP, NOW, r#"{"iat":1e99}"#, Err(Error::NumericDateOutOfRange)),
    ]);
}

#[test]
fn age_and_lifetime() {
    const AGE: Rules = |policy| policy.allow_missing_expiration().maximum_age(100);
    const AGE_LEEWAY: Rules =
        |policy| policy.allow_missing_expiration().maximum_age(100).leeway(10);
    const AGE_MOST: Rules =
        |policy| policy.allow_missing_expiration().maximum_age(u32::MAX).leeway(600);
    const LIFETIME: Rules = |policy| policy.maximum_lifetime(100).leeway(600);
    check(&[
        (AGE, NOW, r#"{}"#, Err(Error::MissingIssuedAt)),
        (AGE, NOW, r#"{"iat":900}"#, Ok(())),
        (AGE, NOW, r#"{"iat":899}"#, Err(Error::TooOld)),
        (AGE, NOW, r#"{"iat":899.999999999999}"#, Err(Error::TooOld)),
        (AGE, NOW, r#"{"iat":1000}"#, Ok(())),
        (AGE, NOW, r#"{"iat":1001}"#, Err(Error::IssuedInFuture)),
        (AGE, NOW, r#"{"iat":-999999999999999999}"#, Err(Error::TooOld)),
        (AGE_LEEWAY, NOW, r#"{"iat":890}"#, Ok(())),
        (AGE_LEEWAY, NOW, r#"{"iat":889}"#, Err(Error::TooOld)),
        (AGE_LEEWAY, NOW, r#"{"iat":1010}"#, Ok(())),
        (AGE_LEEWAY, NOW, r#"{"iat":1011}"#, Err(Error::IssuedInFuture)),
        (AGE_MOST, NOW, r#"{"iat":0}"#, Ok(())),
        (AGE_MOST, Time::Known(0), r#"{"iat":-1}"#, Ok(())),
        (AGE_MOST, Time::Known(u64::MAX), r#"{"iat":0}"#, Err(Error::TooOld)),
        (LIFETIME, NOW, r#"{"exp":1100,"iat":1000}"#, Ok(())),
        (LIFETIME, NOW, r#"{"exp":1101,"iat":1000}"#, Err(Error::LifetimeTooLong)),
        (LIFETIME, NOW, r#"{"exp":1100.5,"iat":1000.5}"#, Ok(())),
        (LIFETIME, NOW, r#"{"exp":1100.5,"iat":1000.4}"#, Err(Error::LifetimeTooLong)),
        (LIFETIME, NOW, r#"{"exp":1100}"#, Err(Error::MissingIssuedAt)),
        (LIFETIME, NOW, r#"{"iat":1000}"#, Err(Error::MissingExpiration)),
        (
            LIFETIME,
            NOW,
            r#"{"exp":999999999999999999,"iat":-999999999999999999}"#,
            Err(Error::LifetimeTooLong),
        ),
    ]);
}

#[test]
fn issuer_subject_and_token_name() {
    const ISSUER: Rules = |policy| policy.allow_missing_expiration().issuer("https://id.example/");
    const SUBJECT: Rules = |policy| policy.allow_missing_expiration().subject("A\\\"\n\u{1d11e}");
    check(&[
        (ISSUER, NOW, r#"{"iss":"https://id.example/"}"#, Ok(())),
        (ISSUER, NOW, r#"{"iss":"https:\/\/id.ex\u0061mple\u002f"}"#, Ok(())),
        (ISSUER, NOW, r#"{"\u0069ss":"https://id.example/"}"#, Ok(())),
        (ISSUER, NOW, r#"{}"#, Err(Error::MissingIssuer)),
        (ISSUER, NOW, r#"{"iss":""}"#, Err(Error::IssuerMismatch)),
        (ISSUER, NOW, r#"{"iss":"https://id.example"}"#, Err(Error::IssuerMismatch)),
        (ISSUER, NOW, r#"{"iss":"https://id.example//"}"#, Err(Error::IssuerMismatch)),
        (ISSUER, NOW, r#"{"iss":"https://ID.example/"}"#, Err(Error::IssuerMismatch)),
        (ISSUER, NOW, r#"{"iss":["https://id.example/"]}"#, Err(Error::InvalidIssuer)),
        (ISSUER, NOW, r#"{"iss":null}"#, Err(Error::InvalidIssuer)),
        (ANY_EXP, NOW, r#"{"iss":1}"#, Err(Error::InvalidIssuer)),
        (SUBJECT, NOW, r#"{"sub":"A\\\"\n\ud834\udd1e"}"#, Ok(())),
        (SUBJECT, NOW, r#"{"sub":"A\u005c\u0022\u000A𝄞"}"#, Ok(())),
        (SUBJECT, NOW, r#"{"sub":"A\\\\\"\\n𝄞"}"#, Err(Error::SubjectMismatch)),
        (SUBJECT, NOW, r#"{"sub":"A"}"#, Err(Error::SubjectMismatch)),
        (SUBJECT, NOW, r#"{}"#, Err(Error::MissingSubject)),
        (ANY_EXP, NOW, r#"{"sub":1}"#, Err(Error::InvalidSubject)),
        (ANY_EXP, NOW, r#"{"sub":{}}"#, Err(Error::InvalidSubject)),
        (ANY_EXP, NOW, r#"{"jti":1}"#, Err(Error::InvalidJwtId)),
        (ANY_EXP, NOW, r#"{"jti":"1"}"#, Ok(())),
    ]);
}

#[test]
fn audience() {
    const AUDIENCE: Rules = |policy| policy.allow_missing_expiration().audience("door-7");
    const ANY: Rules = |policy| policy.allow_missing_expiration().allow_any_audience();
    const EMPTY: Rules = |policy| policy.allow_missing_expiration().audience("");
    check(&[
        (AUDIENCE, NOW, r#"{"aud":"door-7"}"#, Ok(())),
        (AUDIENCE, NOW, r#"{"aud":["door-7"]}"#, Ok(())),
        (AUDIENCE, NOW, r#"{"aud":["door-6","door\u002d7"]}"#, Ok(())),
        (AUDIENCE, NOW, r#"{"aud":["a,b","[","door-7"]}"#, Ok(())),
        (AUDIENCE, NOW, r#"{"aud":"door-70"}"#, Err(Error::AudienceMismatch)),
        (AUDIENCE, NOW, r#"{"aud":"Door-7"}"#, Err(Error::AudienceMismatch)),
        (AUDIENCE, NOW, r#"{"aud":["door-6","door-8"]}"#, Err(Error::AudienceMismatch)),
        (AUDIENCE, NOW, r#"{"aud":[]}"#, Err(Error::AudienceMismatch)),
        (AUDIENCE, NOW, r#"{"aud":""}"#, Err(Error::AudienceMismatch)),
        (AUDIENCE, NOW, r#"{"aud":"[\"door-7\"]"}"#, Err(Error::AudienceMismatch)),
        (AUDIENCE, NOW, r#"{}"#, Err(Error::MissingAudience)),
        (AUDIENCE, NOW, r#"{"aud":["door-7",1]}"#, Err(Error::InvalidAudience)),
        (AUDIENCE, NOW, r#"{"aud":[["door-7"]]}"#, Err(Error::InvalidAudience)),
        (AUDIENCE, NOW, r#"{"aud":{"door-7":1}}"#, Err(Error::InvalidAudience)),
        (AUDIENCE, NOW, r#"{"aud":null}"#, Err(Error::InvalidAudience)),
        (ANY_EXP, NOW, r#"{}"#, Ok(())),
        (ANY_EXP, NOW, r#"{"aud":"door-7"}"#, Err(Error::UnexpectedAudience)),
        (ANY_EXP, NOW, r#"{"aud":[]}"#, Err(Error::UnexpectedAudience)),
        (ANY_EXP, NOW, r#"{"aud":1}"#, Err(Error::InvalidAudience)),
        (ANY, NOW, r#"{"aud":"door-7"}"#, Ok(())),
        (ANY, NOW, r#"{"aud":[]}"#, Ok(())),
        (ANY, NOW, r#"{}"#, Ok(())),
        (ANY, NOW, r#"{"aud":[null]}"#, Err(Error::InvalidAudience)),
        (EMPTY, NOW, r#"{"aud":[]}"#, Err(Error::AudienceMismatch)),
        (EMPTY, NOW, r#"{"aud":[""]}"#, Ok(())),
    ]);
}

#[test]
fn required_claims() {
    const REQUIRED: Rules =
        |policy| policy.allow_missing_expiration().required_claims(&["door", "jti"]);
    const ODD: Rules =
        |policy| policy.allow_missing_expiration().required_claims(&["", "a\"\u{e4}"]);
    check(&[
        (REQUIRED, NOW, r#"{"door":"7","jti":"1"}"#, Ok(())),
        (REQUIRED, NOW, r#"{"jti":"1","d\u006for":0}"#, Ok(())),
        (REQUIRED, NOW, r#"{"door":"","jti":""}"#, Ok(())),
        (REQUIRED, NOW, r#"{"door":"7"}"#, Err(Error::MissingClaim)),
        (REQUIRED, NOW, r#"{"jti":"1"}"#, Err(Error::MissingClaim)),
        (REQUIRED, NOW, r#"{"jti":"1","door":null}"#, Err(Error::MissingClaim)),
        (REQUIRED, NOW, r#"{"jti":"1","x":{"door":1}}"#, Err(Error::MissingClaim)),
        (REQUIRED, NOW, r#"{"jti":"1","door ":1}"#, Err(Error::MissingClaim)),
        (REQUIRED, NOW, r#"{"jti":"1","door":1,"door":1}"#, Err(Error::DuplicateClaim)),
        (REQUIRED, NOW, r#"{"jti":"1","door":1,"\u0064oor":2}"#, Err(Error::DuplicateClaim)),
        (ODD, NOW, r#"{"":1,"a\"\u00e4":2}"#, Ok(())),
        (ODD, NOW, r#"{"":1,"a\\\"\u00e4":2}"#, Err(Error::MissingClaim)),
    ]);
}

#[test]
fn what_the_time_leaves_open_is_refused_unless_the_policy_takes_it() {
    const AGE: Rules = |policy| policy.allow_missing_expiration().maximum_age(100);
    const FUTURE: Rules = |policy| policy.allow_missing_expiration().refuse_issued_in_future();
    const OPEN: Rules =
        |policy| policy.allow_missing_expiration().accept_what_an_unknown_time_leaves_open();
    const OPEN_AGE: Rules = |policy| {
        policy.allow_missing_expiration().accept_what_an_unknown_time_leaves_open().maximum_age(100)
    };
    const LIFETIME: Rules = |policy| policy.maximum_lifetime(10);
    const FLOOR: Time = Time::AtLeast(1_000);
    check(&[
        // What has expired by the floor has expired; what has not may have since.
        (DEFAULT, FLOOR, r#"{"exp":1000}"#, Err(Error::Expired)),
        (DEFAULT, FLOOR, r#"{"exp":1001}"#, Err(Error::TimeUnknown)),
        (DEFAULT, FLOOR, r#"{"exp":999999999999999999}"#, Err(Error::TimeUnknown)),
        (OPEN, FLOOR, r#"{"exp":1000}"#, Err(Error::Expired)),
        (OPEN, FLOOR, r#"{"exp":1001}"#, Ok(())),
        (DEFAULT, Time::Unknown, r#"{"exp":1}"#, Err(Error::TimeUnknown)),
        (DEFAULT, Time::Unknown, r#"{"exp":0}"#, Err(Error::Expired)),
        (OPEN, Time::Unknown, r#"{"exp":1}"#, Ok(())),
        (DEFAULT, Time::AtLeast(u64::MAX), r#"{"exp":999999999999999999}"#, Err(Error::Expired)),
        // What is valid from the floor on is valid; what is not yet may be by now.
        (ANY_EXP, FLOOR, r#"{"nbf":1000}"#, Ok(())),
        (ANY_EXP, FLOOR, r#"{"nbf":1001}"#, Err(Error::TimeUnknown)),
        (OPEN, FLOOR, r#"{"nbf":1001}"#, Ok(())),
        (ANY_EXP, Time::Unknown, r#"{"nbf":0}"#, Ok(())),
        (ANY_EXP, Time::Unknown, r#"{"nbf":1}"#, Err(Error::TimeUnknown)),
        (OPEN, Time::Unknown, r#"{"nbf":1}"#, Ok(())),
        // Issued in the future?
        (FUTURE, FLOOR, r#"{"iat":1000}"#, Ok(())),
        (FUTURE, FLOOR, r#"{"iat":1001}"#, Err(Error::TimeUnknown)),
        (FUTURE, Time::Unknown, r#"{"iat":1}"#, Err(Error::TimeUnknown)),
        // Too old by the floor is too old; what is not may be by now.
        (AGE, FLOOR, r#"{"iat":899}"#, Err(Error::TooOld)),
        (AGE, FLOOR, r#"{"iat":900}"#, Err(Error::TimeUnknown)),
        (OPEN_AGE, FLOOR, r#"{"iat":899}"#, Err(Error::TooOld)),
        (OPEN_AGE, FLOOR, r#"{"iat":900}"#, Ok(())),
        (OPEN_AGE, FLOOR, r#"{}"#, Err(Error::MissingIssuedAt)),
        (OPEN_AGE, Time::Unknown, r#"{"iat":900}"#, Ok(())),
        // There has to be one time at which all rules hold.
        (OPEN, FLOOR, r#"{"exp":1500,"nbf":1499}"#, Ok(())),
        (OPEN, FLOOR, r#"{"exp":1500,"nbf":1500}"#, Err(Error::NotYetValid)),
        (OPEN, Time::Unknown, r#"{"exp":1500,"nbf":2000}"#, Err(Error::NotYetValid)),
        (OPEN_AGE, FLOOR, r#"{"iat":1500,"nbf":1600}"#, Ok(())),
        (OPEN_AGE, FLOOR, r#"{"iat":1500,"nbf":1601}"#, Err(Error::TooOld)),
        (OPEN_AGE, Time::Unknown, r#"{"iat":5000,"exp":5000}"#, Err(Error::IssuedInFuture)),
        (OPEN_AGE, Time::Unknown, r#"{"iat":5000,"exp":5001}"#, Ok(())),
        // Rules without a clock hold as ever.
        (LIFETIME, FLOOR, r#"{"exp":2000,"iat":1000}"#, Err(Error::LifetimeTooLong)),
        (ANY_EXP, Time::Unknown, r#"{}"#, Ok(())),
        (ANY_EXP, Time::Unknown, r#"{"iat":5000}"#, Ok(())),
    ]);
}

#[test]
fn types_are_checked_under_the_mildest_policy() {
    const MILD: Rules = |policy| {
        policy
            .allow_missing_expiration()
            .allow_any_audience()
            .accept_what_an_unknown_time_leaves_open()
            .leeway(600)
    };
    check(&[
        (MILD, Time::Unknown, r#"{"exp":"1"}"#, Err(Error::InvalidExpiration)),
        (MILD, Time::Unknown, r#"{"nbf":"1"}"#, Err(Error::InvalidNotBefore)),
        (MILD, Time::Unknown, r#"{"iat":"1"}"#, Err(Error::InvalidIssuedAt)),
        (MILD, Time::Unknown, r#"{"iss":1}"#, Err(Error::InvalidIssuer)),
        (MILD, Time::Unknown, r#"{"sub":1}"#, Err(Error::InvalidSubject)),
        (MILD, Time::Unknown, r#"{"aud":1}"#, Err(Error::InvalidAudience)),
        (MILD, Time::Unknown, r#"{"jti":1}"#, Err(Error::InvalidJwtId)),
        (
            MILD,
            Time::Unknown,
            r#"{"exp":1,"nbf":2,"iat":3,"iss":"","sub":"","aud":"","jti":""}"#,
            Ok(()),
        ),
    ]);
}

#[test]
fn contradictions_are_refused_when_the_policy_is_built() {
    let table: [(&str, Rules, Option<Error>); 16] = [
        ("defaults", DEFAULT, None),
        ("leeway at the cap", |policy| policy.leeway(600), None),
        ("leeway above", |policy| policy.leeway(601), Some(Error::LeewayTooLong)),
        ("leeway at most", |policy| policy.leeway(u32::MAX), Some(Error::LeewayTooLong)),
        ("no depth", |policy| policy.maximum_depth(0), Some(Error::DepthOutOfRange)),
        ("least depth", |policy| policy.maximum_depth(1), None),
        ("most depth", |policy| policy.maximum_depth(32), None),
        ("deeper", |policy| policy.maximum_depth(33), Some(Error::DepthOutOfRange)),
        (
            "no exp, but a lifetime",
            |policy| policy.allow_missing_expiration().maximum_lifetime(1),
            Some(Error::ContradictoryExpiration),
        ),
        (
            "no exp, but required",
            |policy| policy.required_claims(&["a", "exp"]).allow_missing_expiration(),
            Some(Error::ContradictoryExpiration),
        ),
        ("exp required twice", |policy| policy.required_claims(&["exp"]), None),
        (
            "any audience, but one",
            |policy| policy.audience("a").allow_any_audience(),
            Some(Error::ContradictoryAudience),
        ),
        (
            "aud required, but none taken",
            |policy| policy.required_claims(&["aud"]),
            Some(Error::ContradictoryAudience),
        ),
        (
            "aud required and expected",
            |policy| policy.required_claims(&["aud"]).audience("a"),
            None,
        ),
        ("aud required, any", |policy| policy.required_claims(&["aud"]).allow_any_audience(), None),
        ("names that only begin alike", |policy| policy.required_claims(&["au", "audi", ""]), None),
    ];
    for (name, rules, error) in table {
        assert_eq!(rules(Policy::builder()).build().err(), error, "{name}");
    }
}
