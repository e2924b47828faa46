//! If a token has two faults, the error is the one that comes first in [`Error`].

mod common;

use std::collections::BTreeMap;

use common::SECRET;
use common::every_way::Verifier;
use embedded_jwt::Error::{self, *};
use embedded_jwt::{
    Hs256, Key, KeyEntry, KeySet, Keys, Policy, Presented, ReplayGuard, Revocations, Segment,
    StreamingMac, Time, WhenFull,
};

/// A token in parts, so that faults can be added. Member values are JSON text.
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
                ("kind", "1"),
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

    /// Verifies the token with one key.
    fn verify(&self) -> Result<(), Error> {
        verify(Key::<Hs256>::new(&SECRET)?, &self.token())
    }

    /// Verifies it with a set that has the key under several names, with limits for some of them.
    fn verify_with_set(&self) -> Result<(), Error> {
        let key = || Key::<Hs256>::new(&SECRET).map(KeyEntry::new);
        let mut keys: KeySet<Key<Hs256>, 4> = KeySet::new();
        keys.add("good", key()?)?;
        keys.add("foreign", key()?.issuer("j"))?;
        keys.add("future", key()?.not_before(1_051))?;
        keys.add("retired", key()?.retired_after(1_049))?;
        verify(&keys, &self.token())
    }
}

fn verify(keys: impl Keys<Key: StreamingMac>, token: &[u8]) -> Result<(), Error> {
    let policy = Policy::builder()
        .issuer("i")
        .subject("s")
        .audience("a")
        .typ("JWT")
        .required_claims(&["kind", "door"])
        .maximum_lifetime(1_000)
        .maximum_remaining_lifetime(400)
        .maximum_age(200)
        .build()?;
    let verifier = Verifier::new(keys, policy);
    let mut revocations: Revocations<1> = Revocations::new();
    revocations.revoke_jwt_id("revoked", 9_999)?;
    let is_in_zone = |token: &Presented<'_>| token.claims().get("zone") != Ok("out");
    let mut guard: ReplayGuard<2> = ReplayGuard::new(WhenFull::Refuse);
    let mut seen = Parts::good();
    seen.claims.insert("jti", r#""seen""#);
    let time = Time::Known(1_050);
    let checks = (&revocations, &is_in_zone);
    // By the crate's own verifier: the other one would only do more work.
    (*verifier).verify_with(&seen.token(), time, &checks, &mut guard, &mut [0; 300])?;
    let mut buffer = vec![0; token.len()];
    let outcome = verifier.verify_with(token, time, &checks, &mut guard, &mut buffer).map(drop);
    assert!(outcome.is_ok() || buffer == vec![0; token.len()], "left in the buffer");
    outcome
}

#[derive(Clone, Copy)]
struct Fault {
    /// What it changes. Two faults that change the same part can't be combined.
    part: &'static str,
    error: Error,
    spoil: fn(&mut Parts),
}

const fn fault(part: &'static str, error: Error, spoil: fn(&mut Parts)) -> Fault {
    Fault { part, error, spoil }
}

const MALFORMED_HEADER: Error = InvalidBase64Url { segment: Segment::Header };
const MALFORMED_SIGNATURE: Error = InvalidBase64Url { segment: Segment::Signature };

const FAULTS: [Fault; 46] = [
    fault("text", TokenTooLong, |parts| parts.text = |text| "e".repeat(90_000) + &text),
    fault("text", NotCompactSerialization, |parts| parts.text = |text| text.replace('.', "..")),
    fault("signature", MALFORMED_SIGNATURE, |parts| {
        parts.signature = |signature| signature + "\r";
    }),
    fault("signature", SignatureLength, |parts| parts.signature = |signature| signature + "AA"),
    fault("text", MALFORMED_HEADER, |parts| parts.text = |text| text.replacen('J', "!", 1)),
    fault("signature", SignatureMismatch, |parts| {
        parts.signature = |signature| signature.chars().rev().skip(1).collect::<String>() + "A";
    }),
    fault("A", InvalidJson, |parts| _ = parts.header.insert("A", "tru")),
    fault("alg", DuplicateHeaderParameter, |parts| _ = parts.header.insert(r"\u0061lg", "1")),
    fault("alg", MissingAlgorithm, |parts| _ = parts.header.remove("alg")),
    fault("alg", InvalidAlgorithm, |parts| _ = parts.header.insert("alg", "1")),
    fault("kid", InvalidKeyId, |parts| _ = parts.header.insert("kid", "1")),
    fault("cty", InvalidContentType, |parts| _ = parts.header.insert("cty", "1")),
    fault("typ", InvalidType, |parts| _ = parts.header.insert("typ", "1")),
    fault("alg", AlgorithmMismatch, |parts| _ = parts.header.insert("alg", r#""none""#)),
    fault("crit", CriticalExtension, |parts| _ = parts.header.insert("crit", "1")),
    fault("b64", UnencodedPayload, |parts| _ = parts.header.insert("b64", "true")),
    fault("cty", NestedToken, |parts| _ = parts.header.insert("cty", r#""jwt""#)),
    fault("typ", MissingType, |parts| _ = parts.header.remove("typ")),
    fault("typ", TypeMismatch, |parts| _ = parts.header.insert("typ", r#""at+jwt""#)),
    fault("A", LoneSurrogate, |parts| _ = parts.claims.insert("A", r#""\ud800""#)),
    fault("iat", DuplicateClaim, |parts| _ = parts.claims.insert(r"\u0069at", "1000")),
    fault("iss", InvalidIssuer, |parts| _ = parts.claims.insert("iss", "1")),
    fault("sub", InvalidSubject, |parts| _ = parts.claims.insert("sub", "1")),
    fault("jti", InvalidJwtId, |parts| _ = parts.claims.insert("jti", "1")),
    fault("aud", InvalidAudience, |parts| _ = parts.claims.insert("aud", "1")),
    fault("exp", InvalidExpiration, |parts| _ = parts.claims.insert("exp", r#""1""#)),
    fault("nbf", InvalidNotBefore, |parts| _ = parts.claims.insert("nbf", r#""1""#)),
    fault("iat", InvalidIssuedAt, |parts| _ = parts.claims.insert("iat", r#""1""#)),
    fault("door", MissingClaim { index: 1 }, |parts| _ = parts.claims.remove("door")),
    fault("iss", MissingIssuer, |parts| _ = parts.claims.remove("iss")),
    fault("iss", IssuerMismatch, |parts| _ = parts.claims.insert("iss", r#""j""#)),
    fault("sub", MissingSubject, |parts| _ = parts.claims.remove("sub")),
    fault("sub", SubjectMismatch, |parts| _ = parts.claims.insert("sub", r#""t""#)),
    fault("aud", MissingAudience, |parts| _ = parts.claims.remove("aud")),
    fault("aud", AudienceMismatch, |parts| _ = parts.claims.insert("aud", r#"["b"]"#)),
    fault("exp", MissingExpiration, |parts| _ = parts.claims.remove("exp")),
    fault("iat", MissingIssuedAt, |parts| _ = parts.claims.remove("iat")),
    fault("exp", LifetimeTooLong, |parts| _ = parts.claims.insert("exp", "99999")),
    fault("exp", Expired, |parts| _ = parts.claims.insert("exp", "1050")),
    fault("exp", ExpiresTooLate, |parts| _ = parts.claims.insert("exp", "1451")),
    fault("nbf", NotYetValid, |parts| _ = parts.claims.insert("nbf", "1051")),
    fault("iat", TooOld, |parts| _ = parts.claims.insert("iat", "849")),
    fault("jti", Revoked, |parts| _ = parts.claims.insert("jti", r#""revoked""#)),
    fault("zone", RefusedByApplication, |parts| _ = parts.claims.insert("zone", r#""out""#)),
    fault("jti", MissingJwtId, |parts| _ = parts.claims.remove("jti")),
    fault("jti", Replayed, |parts| _ = parts.claims.insert("jti", r#""seen""#)),
];

/// A fault that only a verifier with a key set reports, just before an error of [`FAULTS`].
struct SetFault {
    before: Error,
    fault: Fault,
}

const SET_FAULTS: [SetFault; 5] = [
    SetFault {
        before: AlgorithmMismatch,
        fault: fault("kid", MissingKeyId, |parts| _ = parts.header.remove("kid")),
    },
    SetFault {
        before: AlgorithmMismatch,
        fault: fault("kid", UnknownKeyId, |parts| _ = parts.header.insert("kid", r#""Good""#)),
    },
    SetFault {
        before: Revoked,
        fault: fault("kid", KeyOfAnotherIssuer, |parts| {
            _ = parts.header.insert("kid", r#""foreign""#);
        }),
    },
    SetFault {
        before: Revoked,
        fault: fault("kid", KeyNotYetValid, |parts| _ = parts.header.insert("kid", r#""future""#)),
    },
    SetFault {
        before: Revoked,
        fault: fault("kid", KeyRetired, |parts| _ = parts.header.insert("kid", r#""retired""#)),
    },
];

#[test]
fn token_without_faults_is_accepted() {
    assert_eq!(Parts::good().verify(), Ok(()));
}

#[test]
fn every_error_has_its_own_text() {
    let set_faults = SET_FAULTS.iter().map(|row| &row.fault);
    let mut texts: Vec<_> =
        FAULTS.iter().chain(set_faults).map(|fault| fault.error.to_string()).collect();
    for error in [
        KeyTooShort { needed: 32 },
        KeyNotBase64Url,
        RuleSetTwice,
        EmptyList,
        LeewayTooLong,
        DepthOutOfRange,
        ContradictoryExpiration,
        ContradictoryAudience,
        ContradictoryJwtId,
        KeySetFull,
        DuplicateKeyId,
        AmbiguousKeyId,
        KeyIdTooLong,
        JwkTooLong,
        InvalidKeys,
        DuplicateJwkMember,
        MissingKeyType,
        InvalidKeyType,
        UnsupportedKeyType,
        UnsupportedAlgorithm,
        InvalidKeyUse,
        InvalidKeyOperations,
        KeyNotForSignatures,
        MissingKeyValue,
        InvalidKeyValue,
        NoUsableKey,
        RevocationsFull,
        InvalidSavedState,
        BufferTooSmall { needed: 1 },
        MacEngine,
        InvalidUtf8,
        NestingTooDeep,
        DetachedPayload,
        CompressedPayload,
        IssuedInFuture,
        UnexpectedAudience,
        TimeUnknown,
        ReplayNotExcluded,
        ReplayGuardFull,
        RecordsUnavailable,
        MissingMember,
        UnreadableValue { position: 0 },
        ScratchTooSmall { needed: 0 },
    ] {
        texts.push(error.to_string());
    }
    texts.sort_unstable();
    assert!(texts.windows(2).all(|pair| pair[0] != pair[1]), "{texts:?}");
    assert!(texts.iter().all(|text| !text.is_empty() && !text.ends_with('.')));
}

#[test]
fn first_of_two_faults_is_reported() {
    check(&FAULTS, Parts::verify);
}

#[test]
fn header_is_checked_before_the_mac_with_a_key_set() {
    let mut faults = FAULTS.to_vec();
    let place =
        |faults: &[Fault], error| faults.iter().position(|fault| fault.error == error).unwrap();
    for SetFault { before, fault } in SET_FAULTS {
        faults.insert(place(&faults, before), fault);
    }
    let mac = faults.remove(place(&faults, SignatureMismatch));
    faults.insert(place(&faults, TypeMismatch) + 1, mac);
    check(&faults, Parts::verify_with_set);
}

fn check(faults: &[Fault], verify: fn(&Parts) -> Result<(), Error>) {
    for (index, first) in faults.iter().enumerate() {
        let mut parts = Parts::good();
        (first.spoil)(&mut parts);
        assert_eq!(verify(&parts), Err(first.error), "alone");
        for second in faults[index + 1..].iter().filter(|second| second.part != first.part) {
            let mut parts = Parts::good();
            (first.spoil)(&mut parts);
            (second.spoil)(&mut parts);
            let (first, second) = (first.error, second.error);
            assert_eq!(verify(&parts), Err(first), "{first:?} before {second:?}");
        }
    }
}
