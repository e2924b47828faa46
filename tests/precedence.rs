//! Of two faults in one token, the one that stands first in [`Error`] is told.

mod common;

use std::collections::BTreeMap;

use common::SECRET;
use embedded_jwt::{Error, Hs256, Policy, Time};

/// A token in parts, to be spoilt. Member values are JSON, as they are.
struct Parts {
    header: BTreeMap<&'static str, &'static str>,
    claims: BTreeMap<&'static str, &'static str>,
    signature: fn(String) -> String,
    text: fn(String) -> String,
}

impl Parts {
    /// A token that is accepted.
    fn good() -> Self {
        Self {
            header: BTreeMap::from([("alg", r#""HS256""#), ("typ", r#""JWT""#)]),
            claims: BTreeMap::from([
                ("iss", r#""i""#),
                ("sub", r#""s""#),
                ("aud", r#""a""#),
                ("exp", "1100"),
                ("nbf", "1000"),
                ("iat", "1000"),
                ("door", "7"),
            ]),
            signature: |signature| signature,
            text: |text| text,
        }
    }

    fn verify(&self) -> Result<(), Error> {
        let object = |members: &BTreeMap<&str, &str>| {
            let members: Vec<_> = members.iter().map(|(k, v)| format!(r#""{k}":{v}"#)).collect();
            format!("{{{}}}", members.join(","))
        };
        let (header, claims) = (object(&self.header), object(&self.claims));
        let token = common::sign("HS256", &SECRET, header.as_bytes(), claims.as_bytes());
        let token = (self.text)(String::from_utf8(token).unwrap());
        let (signing_input, signature) = token.rsplit_once('.').unwrap_or((&token, ""));
        let token = format!("{signing_input}.{}", (self.signature)(signature.to_owned()));
        let policy = Policy::builder()
            .issuer("i")
            .subject("s")
            .audience("a")
            .typ("JWT")
            .required_claims(&["door"])
            .maximum_lifetime(500)
            .maximum_age(200)
            .build()?;
        common::verify::<Hs256>(&SECRET, policy, Time::Known(1_050), token.as_bytes())
    }
}

/// What a fault touches: two that touch the same can't be had together.
type Fault = (&'static str, Error, fn(&mut Parts));

const FAULTS: [Fault; 38] = [
    ("text", Error::TokenTooLong, |parts| parts.text = |text| "e".repeat(90_000) + &text),
    ("text", Error::NotCompactSerialization, |parts| parts.text = |text| text.replace('.', "..")),
    ("signature", Error::SignatureLength, |parts| parts.signature = |signature| signature + "AA"),
    ("text", Error::InvalidBase64Url, |parts| parts.text = |text| text.replacen('J', "!", 1)),
    ("signature", Error::SignatureMismatch, |parts| {
        parts.signature = |signature| signature.chars().rev().skip(1).collect::<String>() + "A";
    }),
    ("A", Error::InvalidJson, |parts| _ = parts.header.insert("A", "tru")),
    ("alg", Error::DuplicateHeaderParameter, |parts| _ = parts.header.insert(r"\u0061lg", "1")),
    ("alg", Error::MissingAlgorithm, |parts| _ = parts.header.remove("alg")),
    ("alg", Error::InvalidAlgorithm, |parts| _ = parts.header.insert("alg", "1")),
    ("kid", Error::InvalidKeyId, |parts| _ = parts.header.insert("kid", "1")),
    ("cty", Error::InvalidContentType, |parts| _ = parts.header.insert("cty", "1")),
    ("typ", Error::InvalidType, |parts| _ = parts.header.insert("typ", "1")),
    ("alg", Error::AlgorithmMismatch, |parts| _ = parts.header.insert("alg", r#""none""#)),
    ("crit", Error::CriticalExtension, |parts| _ = parts.header.insert("crit", "1")),
    ("b64", Error::UnencodedPayload, |parts| _ = parts.header.insert("b64", "true")),
    ("cty", Error::NestedToken, |parts| _ = parts.header.insert("cty", r#""jwt""#)),
    ("typ", Error::MissingType, |parts| _ = parts.header.remove("typ")),
    ("typ", Error::TypeMismatch, |parts| _ = parts.header.insert("typ", r#""at+jwt""#)),
    ("A", Error::LoneSurrogate, |parts| _ = parts.claims.insert("A", r#""\ud800""#)),
    ("iat", Error::DuplicateClaim, |parts| _ = parts.claims.insert(r"\u0069at", "1000")),
    ("iss", Error::InvalidIssuer, |parts| _ = parts.claims.insert("iss", "1")),
    ("sub", Error::InvalidSubject, |parts| _ = parts.claims.insert("sub", "1")),
    ("jti", Error::InvalidJwtId, |parts| _ = parts.claims.insert("jti", "1")),
    ("aud", Error::InvalidAudience, |parts| _ = parts.claims.insert("aud", "1")),
    ("exp", Error::InvalidExpiration, |parts| _ = parts.claims.insert("exp", r#""1""#)),
    ("nbf", Error::InvalidNotBefore, |parts| _ = parts.claims.insert("nbf", r#""1""#)),
    ("iat", Error::InvalidIssuedAt, |parts| _ = parts.claims.insert("iat", r#""1""#)),
    ("door", Error::MissingClaim, |parts| _ = parts.claims.remove("door")),
    ("iss", Error::MissingIssuer, |parts| _ = parts.claims.remove("iss")),
    ("iss", Error::IssuerMismatch, |parts| _ = parts.claims.insert("iss", r#""j""#)),
    ("sub", Error::MissingSubject, |parts| _ = parts.claims.remove("sub")),
    ("sub", Error::SubjectMismatch, |parts| _ = parts.claims.insert("sub", r#""t""#)),
    ("aud", Error::MissingAudience, |parts| _ = parts.claims.remove("aud")),
    ("aud", Error::AudienceMismatch, |parts| _ = parts.claims.insert("aud", r#"["b"]"#)),
    ("exp", Error::MissingExpiration, |parts| _ = parts.claims.remove("exp")),
    ("iat", Error::MissingIssuedAt, |parts| _ = parts.claims.remove("iat")),
    ("exp", Error::Expired, |parts| _ = parts.claims.insert("exp", "1050")),
    ("nbf", Error::NotYetValid, |parts| _ = parts.claims.insert("nbf", "1051")),
];

#[test]
fn the_good_token_is_accepted() {
    assert_eq!(Parts::good().verify(), Ok(()));
}

#[test]
fn each_fault_has_a_text_of_its_own() {
    let mut texts: Vec<_> = FAULTS.iter().map(|(_, error, _)| error.as_str()).collect();
    for error in [
        Error::KeyTooShort,
        Error::LeewayTooLong,
        Error::DepthOutOfRange,
        Error::ContradictoryExpiration,
        Error::ContradictoryAudience,
        Error::BufferTooSmall { needed: 1 },
        Error::MacEngine,
        Error::InvalidUtf8,
        Error::NestingTooDeep,
        Error::NumericDateOutOfRange,
        Error::UnexpectedAudience,
        Error::LifetimeTooLong,
        Error::IssuedInFuture,
        Error::TooOld,
        Error::TimeUnknown,
        Error::MissingMember,
        Error::UnreadableValue,
        Error::ScratchTooSmall,
    ] {
        texts.push(error.as_str());
    }
    texts.sort_unstable();
    assert!(texts.windows(2).all(|pair| pair[0] != pair[1]), "{texts:?}");
    assert!(texts.iter().all(|text| !text.is_empty() && !text.ends_with('.')));
}

#[test]
fn of_two_faults_the_first_is_told() {
    for (index, (touched, error, spoil)) in FAULTS.iter().enumerate() {
        let mut parts = Parts::good();
        spoil(&mut parts);
        assert_eq!(parts.verify(), Err(*error), "alone");
        for (also_touched, later, also_spoil) in &FAULTS[index + 1..] {
            if also_touched == touched {
                continue;
            }
            let mut parts = Parts::good();
            spoil(&mut parts);
            also_spoil(&mut parts);
            assert_eq!(parts.verify(), Err(*error), "{error:?} before {later:?}");
        }
    }
}
