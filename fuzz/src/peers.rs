//! Other crates under an equal policy, and their known differences from us.
//!
//! They must accept what we accept, with equal claims, unless [`Peer::known_refusal`] returns a
//! difference; then they must refuse it. `peer-differences.tsv` has an example of each difference
//! and the reason for it.

use std::collections::HashSet;
use std::fmt::Display;
use std::sync::LazyLock;
use std::time::{SystemTime, UNIX_EPOCH};

use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{DecodingKey, Validation, decode};
use jwt_simple::claims::{Audiences, JWTClaims};
use jwt_simple::prelude::{Duration, HS256Key, MACLike as _, UnixTimeStamp, VerificationOptions};
use serde_json::{Map, Value as Claim};

use crate::json::{Object, Value};
use crate::rules::Rules;
use crate::sign::SECRET;

/// The columns are: peer, its verdict, our answer, the difference, header, claims, reason.
pub const DIFFERENCES: &str = include_str!("../peer-differences.tsv");

const ISSUER: &str = "joe";
const AUDIENCE: &str = "door-7";

/// Another crate that verifies HS256 tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    JsonWebToken,
    JwtSimple,
}

/// The rules for us and for the peers.
pub fn rules(now: u64) -> Rules {
    Rules::read(format!("issuer={ISSUER} audience={AUDIENCE} no-future now={now}").as_bytes())
}

/// The time of the system, because `jsonwebtoken` takes no other.
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970").as_secs()
}

/// Whether an object has a name that `serde_json` reserves: it reads such an object as something
/// else.
pub fn is_reserved(object: &Object) -> bool {
    object.to_string().contains("$serde_json::private::")
}

impl Peer {
    pub const ALL: [Self; 2] = [Self::JsonWebToken, Self::JwtSimple];

    /// Its name in `peer-differences.tsv`.
    pub fn name(self) -> &'static str {
        match self {
            Self::JsonWebToken => "jsonwebtoken",
            Self::JwtSimple => "jwt-simple",
        }
    }

    /// Verifies a token with the peer. Panics if it accepts it and reads other claims than these.
    pub fn verify(self, token: &str, now: u64, claims: Option<&Object>) -> Result<(), String> {
        let parsed = |claims: &Object| {
            serde_json::from_str::<Map<_, _>>(&claims.to_string()).expect("the peer reads it")
        };
        match self {
            Self::JsonWebToken => {
                let found = verify_by_jsonwebtoken(token)?;
                assert!(claims.is_none_or(|claims| parsed(claims) == found), "{found:?}");
            }
            Self::JwtSimple => {
                let found = verify_by_jwt_simple(token, now)?;
                assert!(claims.is_none_or(|claims| are_equal(parsed(claims), &found)), "{found:?}");
            }
        }
        Ok(())
    }

    /// Returns the difference for which the peer refuses a token that we accept, if any. Panics if
    /// the difference isn't in the file.
    pub fn known_refusal(self, header: &Object, claims: &Object) -> Option<&'static str> {
        let known = match self {
            Self::JsonWebToken => jsonwebtoken_refuses(header, claims),
            Self::JwtSimple => jwt_simple_refuses(header, claims),
        }?;
        let row = format!("{}\trefuses\tAccepted\t{known}\t", self.name());
        assert!(DIFFERENCES.contains(&row), "{known}: no such row");
        Some(known)
    }
}

fn verify_by_jsonwebtoken(token: &str) -> Result<Map<String, Claim>, String> {
    static KEY: LazyLock<DecodingKey> = LazyLock::new(|| DecodingKey::from_secret(&SECRET));
    static VALIDATION: LazyLock<Validation> = LazyLock::new(|| {
        let mut validation = Validation { leeway: 0, validate_nbf: true, ..Validation::default() };
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        validation
    });
    decode(token, &KEY, &VALIDATION).map(|token| token.claims).map_err(text)
}

fn verify_by_jwt_simple(token: &str, now: u64) -> Result<JWTClaims<Map<String, Claim>>, String> {
    static KEY: LazyLock<HS256Key> = LazyLock::new(|| HS256Key::from_bytes(&SECRET));
    let options = VerificationOptions {
        allowed_issuers: Some(HashSet::from([ISSUER.to_owned()])),
        allowed_audiences: Some(HashSet::from([AUDIENCE.to_owned()])),
        time_tolerance: Some(Duration::from_secs(0)),
        max_header_length: Some(usize::MAX),
        artificial_time: Some(UnixTimeStamp::from_secs(now)),
        ..VerificationOptions::default()
    };
    KEY.verify_token(token, Some(options)).map_err(text)
}

fn text(error: impl Display) -> String {
    error.to_string()
}

/// Whether jwt-simple has read these claims.
fn are_equal(mut claims: Map<String, Claim>, found: &JWTClaims<Map<String, Claim>>) -> bool {
    let mut text = |name| match claims.remove(name) {
        Some(Claim::String(text)) => Some(text),
        _ => None,
    };
    let texts = ["iss", "sub", "jti", "nonce"].map(&mut text)
        == [&found.issuer, &found.subject, &found.jwt_id, &found.nonce].map(Clone::clone);
    let audiences = match claims.remove("aud") {
        Some(Claim::String(name)) => found.audiences == Some(Audiences::AsString(name)),
        Some(Claim::Array(names)) => {
            let names =
                names.iter().map(|name| name.as_str().expect("its type was checked").to_owned());
            found.audiences == Some(Audiences::AsSet(names.collect()))
        }
        _ => found.audiences.is_none(),
    };
    // Whole seconds in 32 bits: floats are truncated, and larger numbers are clamped.
    let seconds = |claim: Claim| {
        let seconds = claim.as_u64().unwrap_or_else(|| claim.as_f64().expect("a number") as u64);
        seconds.min(u32::MAX.into())
    };
    let dates = ["exp", "nbf", "iat"].map(|name| claims.remove(name).map(seconds))
        == [found.expires_at, found.invalid_before, found.issued_at]
            .map(|date| date.map(|date| date.as_secs()));
    texts && audiences && dates && claims == found.custom
}

fn jsonwebtoken_refuses(header: &Object, claims: &Object) -> Option<&'static str> {
    const TEXTS: [&str; 8] = ["jku", "x5u", "x5t", "x5t#S256", "enc", "zip", "url", "nonce"];
    if TEXTS.iter().any(|name| !header.all(name).all(is_text_or_null)) {
        return Some("header parameter of another type");
    }
    if !header.all("x5c").all(is_texts_or_null) {
        return Some("certificates of another type");
    }
    if TEXTS.iter().chain(&["x5c", "jwk"]).any(|name| header.has_twice(name)) {
        return Some("header parameter twice");
    }
    let is_key = |value: &Value| {
        *value == Value::Null || serde_json::from_str::<Jwk>(&value.to_string()).is_ok()
    };
    if !header.all("jwk").all(is_key) {
        return Some("key of another form");
    }
    if has_huge_number(header) {
        return Some("huge number in the header");
    }
    if has_huge_number(claims) {
        return Some("huge number");
    }
    let date = |name| match claims.get(name) {
        Some(Value::Number(number)) => as_float(number),
        _ => None,
    };
    if date("exp").is_some_and(|date| date >= u64::MAX as f64) {
        return Some("date that never comes");
    }
    date("nbf").is_some_and(|date| date < 0.0).then_some("date before 1970")
}

fn jwt_simple_refuses(header: &Object, claims: &Object) -> Option<&'static str> {
    const TEXTS: [&str; 5] = ["jku", "jwk", "x5u", "x5t", "x5t#S256"];
    if TEXTS.iter().any(|name| !header.all(name).all(is_text_or_null)) {
        return Some("header parameter of another type");
    }
    if !header.all("x5c").all(is_texts_or_null) {
        return Some("certificates of another type");
    }
    if header.all("salt").any(|value| *value != Value::Null) {
        return Some("salt");
    }
    if TEXTS.iter().chain(&["x5c", "salt"]).any(|name| header.has_twice(name)) {
        return Some("header parameter twice");
    }
    let typ = header.text("typ").unwrap_or("JWT").to_uppercase();
    if typ != "JWT" && !typ.ends_with("+JWT") {
        return Some("type that is no token");
    }
    if !claims.all("nonce").all(is_text_or_null) {
        return Some("nonce of another type");
    }
    if claims.has_twice("nonce") {
        return Some("nonce twice");
    }
    if has_huge_number(claims) {
        return Some("huge number");
    }
    let negative = ["nbf", "iat"].iter().any(|name| match claims.get(name) {
        Some(Value::Number(number)) => number.parse::<i64>().is_ok_and(|number| number < 0),
        _ => false,
    });
    negative.then_some("date before 1970")
}

fn is_text_or_null(value: &Value) -> bool {
    matches!(value, Value::Text(_) | Value::Null)
}

fn is_texts_or_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(values) => values.iter().all(|value| matches!(value, Value::Text(_))),
        _ => false,
    }
}

/// Whether there is a number anywhere that isn't a finite float: `serde_json` refuses it.
fn has_huge_number(object: &Object) -> bool {
    fn is_huge(value: &Value) -> bool {
        match value {
            Value::Number(number) => as_float(number).is_none(),
            Value::Array(values) => values.iter().any(is_huge),
            Value::Object(object) => has_huge_number(object),
            _ => false,
        }
    }
    object.0.iter().any(|(_, value)| is_huge(value))
}

fn as_float(number: &str) -> Option<f64> {
    serde_json::from_str(number).ok()
}
