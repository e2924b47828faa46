//! Of two faults in one token, the one that stands first in [`Error`] is told.

mod common;

use std::collections::BTreeMap;

use common::SECRET;
use common::every_way::Verifier;
use embedded_jwt::{
    Error, Hs256, Key, KeyEntry, KeySet, Keys, Policy, ReplayGuard, Revocations, StreamingKey,
    Time, WhenFull,
};

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
            header: BTreeMap::from([
                ("alg", r#""HS256""#),
                ("typ", r#""JWT""#),
                ("kid", r#""good""#),
            ]),
            claims: BTreeMap::from([
                ("iss", r#""i""#),
                ("sub", r#""s""#),
                ("aud", r#""a""#),
                ("exp", "1100"),
                ("nbf", "1000"),
                ("iat", "1000"),
                ("door", "7"),
                ("jti", r#""new""#),
            ]),
            signature: |signature| signature,
            text: |text| text,
        }
    }

    fn token(&self) -> Vec<u8> {
        let object = |members: &BTreeMap<&str, &str>| {
            let members: Vec<_> = members.iter().map(|(k, v)| format!(r#""{k}":{v}"#)).collect();
            format!("{{{}}}", members.join(","))
        };
        let (header, claims) = (object(&self.header), object(&self.claims));
        let token = common::sign("HS256", &SECRET, header.as_bytes(), claims.as_bytes());
        let token = (self.text)(String::from_utf8(token).unwrap());
        let (signing_input, signature) = token.rsplit_once('.').unwrap_or((&token, ""));
        format!("{signing_input}.{}", (self.signature)(signature.to_owned())).into_bytes()
    }

    /// With one key.
    fn verify(&self) -> Result<(), Error> {
        verify(Key::<Hs256>::new(&SECRET)?, &self.token())
    }

    /// With a set in which this key has several names, and limits by some of them.
    fn verify_with_set(&self) -> Result<(), Error> {
        let key = || Key::<Hs256>::new(&SECRET).map(KeyEntry::new);
        let mut keys: KeySet<Key<Hs256>, 4> = KeySet::new();
        keys.add("good", key()?)?;
        keys.add("of another issuer", key()?.issuer("j"))?;
        keys.add("of tomorrow", key()?.not_before(1_051))?;
        keys.add("of yesterday", key()?.retired_after(1_049))?;
        verify(&keys, &self.token())
    }
}

fn verify(keys: impl Keys<Key: StreamingKey>, token: &[u8]) -> Result<(), Error> {
    let policy = Policy::builder()
        .issuer("i")
        .subject("s")
        .audience("a")
        .typ("JWT")
        .required_claims(&["door"])
        .maximum_lifetime(500)
        .maximum_age(200)
        .build()?;
    let verifier = Verifier::new(keys, policy);
    let mut revocations: Revocations<1> = Revocations::new();
    revocations.revoke_jwt_id("revoked", 9_999)?;
    let mut guard: ReplayGuard<2> = ReplayGuard::new(WhenFull::Refuse);
    let mut seen = Parts::good();
    seen.claims.insert("jti", r#""seen""#);
    let mut verify = |token: &[u8]| {
        let mut buffer = vec![0; token.len()];
        let time = Time::Known(1_050);
        let outcome = verifier.verify_with(token, time, &revocations, &mut guard, &mut buffer);
        let outcome = outcome.map(drop);
        assert!(outcome.is_ok() || buffer.iter().all(|&byte| byte == 0), "left in the buffer");
        outcome
    };
    verify(&seen.token())?;
    verify(token)
}

/// What a fault touches: two that touch the same can't be had together.
type Fault = (&'static str, Error, fn(&mut Parts));

const FAULTS: [Fault; 41] = [
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
    ("jti", Error::Revoked, |parts| _ = parts.claims.insert("jti", r#""revoked""#)),
    ("jti", Error::MissingJwtId, |parts| _ = parts.claims.remove("jti")),
    ("jti", Error::Replayed, |parts| _ = parts.claims.insert("jti", r#""seen""#)),
];

/// What can be wrong with a key set only, each before the fault of [`FAULTS`] that is named first.
const FAULTS_OF_SETS: [(Error, Fault); 5] = [
    (
        Error::AlgorithmMismatch,
        ("kid", Error::MissingKeyId, |parts| _ = parts.header.remove("kid")),
    ),
    (
        Error::AlgorithmMismatch,
        ("kid", Error::UnknownKeyId, |parts| _ = parts.header.insert("kid", r#""Good""#)),
    ),
    (
        Error::Revoked,
        ("kid", Error::KeyOfAnotherIssuer, |parts| {
            parts.header.insert("kid", r#""of another issuer""#);
        }),
    ),
    (
        Error::Revoked,
        ("kid", Error::KeyNotYetValid, |parts| _ = parts.header.insert("kid", r#""of tomorrow""#)),
    ),
    (
        Error::Revoked,
        ("kid", Error::KeyRetired, |parts| _ = parts.header.insert("kid", r#""of yesterday""#)),
    ),
];

#[test]
fn the_good_token_is_accepted() {
    assert_eq!(Parts::good().verify(), Ok(()));
}

#[test]
fn each_fault_has_a_text_of_its_own() {
    let of_sets = FAULTS_OF_SETS.iter().map(|(_, fault)| fault);
    let mut texts: Vec<_> =
        FAULTS.iter().chain(of_sets).map(|(_, error, _)| error.as_str()).collect();
    for error in [
        Error::KeyTooShort,
        Error::LeewayTooLong,
        Error::DepthOutOfRange,
        Error::ContradictoryExpiration,
        Error::ContradictoryAudience,
        Error::ContradictoryJwtId,
        Error::KeySetFull,
        Error::DuplicateKeyId,
        Error::KeyIdTooLong,
        Error::JwkTooLong,
        Error::InvalidKeys,
        Error::DuplicateJwkMember,
        Error::MissingKeyType,
        Error::InvalidKeyType,
        Error::UnsupportedKeyType,
        Error::UnsupportedAlgorithm,
        Error::InvalidKeyUse,
        Error::InvalidKeyOperations,
        Error::KeyNotForSignatures,
        Error::MissingKeyValue,
        Error::InvalidKeyValue,
        Error::RevocationsFull,
        Error::InvalidSavedState,
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
        Error::ReplayNotExcluded,
        Error::ReplayGuardFull,
        Error::RecordsUnavailable,
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
    check(&FAULTS, Parts::verify);
}

#[test]
fn with_a_key_set_the_header_comes_before_the_mac() {
    let mut faults = FAULTS.to_vec();
    let place = |faults: &[Fault], error| faults.iter().position(|fault| fault.1 == error).unwrap();
    for (before, fault) in FAULTS_OF_SETS {
        faults.insert(place(&faults, before), fault);
    }
    let mac = faults.remove(place(&faults, Error::SignatureMismatch));
    faults.insert(place(&faults, Error::TypeMismatch) + 1, mac);
    check(&faults, Parts::verify_with_set);
}

fn check(faults: &[Fault], verify: fn(&Parts) -> Result<(), Error>) {
    for (index, (touched, error, spoil)) in faults.iter().enumerate() {
        let mut parts = Parts::good();
        spoil(&mut parts);
        assert_eq!(verify(&parts), Err(*error), "alone");
        for (also_touched, later, also_spoil) in &faults[index + 1..] {
            if also_touched == touched {
                continue;
            }
            let mut parts = Parts::good();
            spoil(&mut parts);
            also_spoil(&mut parts);
            assert_eq!(verify(&parts), Err(*error), "{error:?} before {later:?}");
        }
    }
}
