//! Key sets: which key verifies a token, for which issuer and when a key is valid, and how keys
//! are rotated.

mod common;

use common::every_way::{JwsVerifier, Verifier};
use common::{sign, verify};
use embedded_jwt::Error::{self, *};
use embedded_jwt::{
    AnyAlgorithm, AnyKey, Hs256, Hs384, Hs512, Key, KeyEntry, KeySet, Policy, PolicyBuilder, Time,
};

const ONE: [u8; 64] = [1; 64];
const TWO: [u8; 64] = [2; 64];
const THREE: [u8; 64] = [3; 64];

const ISSUER: &str = "https://id.example";

type Keys = KeySet<'static, AnyKey, 6, 12>;

fn entry(algorithm: AnyAlgorithm, secret: &[u8]) -> KeyEntry<'static, AnyKey> {
    KeyEntry::new(AnyKey::new(algorithm, secret).unwrap())
}

/// Keys for all algorithms. `one` and `uno` have the same secret.
fn keys() -> Keys {
    let mut keys = Keys::new();
    for (key_id, entry) in [
        ("one", entry(AnyAlgorithm::Hs256, &ONE)),
        ("two", entry(AnyAlgorithm::Hs384, &TWO)),
        ("three", entry(AnyAlgorithm::Hs512, &THREE)),
        ("uno", entry(AnyAlgorithm::Hs256, &ONE).issuer(ISSUER)),
        ("\"\\\n\u{e4}", entry(AnyAlgorithm::Hs256, &TWO)),
        ("", entry(AnyAlgorithm::Hs256, &THREE)),
    ] {
        keys.add(key_id, entry).unwrap();
    }
    keys
}

fn policy(rules: impl Fn(PolicyBuilder<'static>) -> PolicyBuilder<'static>) -> Policy<'static> {
    rules(Policy::builder()).build().unwrap()
}

#[track_caller]
fn check(keys: &Keys, time: Time, token: &[u8]) -> Result<(), Error> {
    let mut buffer = vec![0; token.len()];
    let outcome =
        Verifier::new(keys, policy(|policy| policy)).verify(token, time, &mut buffer).map(drop);
    assert!(outcome.is_ok() || buffer.iter().all(|&byte| byte == 0), "left in the buffer");
    outcome
}

/// A token, and whether a set of [`keys`] accepts it.
struct Row {
    name: &'static str,
    header: &'static str,
    algorithm: &'static str,
    secret: [u8; 64],
    outcome: Result<(), Error>,
    /// The outcome if the set allows a missing `kid`.
    lenient: Result<(), Error>,
}

/// A token with an HS256 signature by the secret `ONE`.
const fn row(name: &'static str, header: &'static str) -> Row {
    Row { name, header, algorithm: "HS256", secret: ONE, outcome: Ok(()), lenient: Ok(()) }
}

impl Row {
    const fn signed_with(self, algorithm: &'static str, secret: [u8; 64]) -> Self {
        Self { algorithm, secret, ..self }
    }

    const fn accepted(self) -> Self {
        Self { outcome: Ok(()), lenient: Ok(()), ..self }
    }

    const fn refused(self, error: Error) -> Self {
        Self { outcome: Err(error), lenient: Err(error), ..self }
    }

    /// A missing `kid` is refused, unless the set allows it.
    const fn without_key_id(self, lenient: Result<(), Error>) -> Self {
        Self { outcome: Err(MissingKeyId), lenient, ..self }
    }
}

const ROWS: &[Row] = &[
    row("HS256", r#"{"alg":"HS256","kid":"one"}"#).accepted(),
    row("HS384", r#"{"alg":"HS384","kid":"two"}"#).signed_with("HS384", TWO).accepted(),
    row("HS512", r#"{"kid":"three","alg":"HS512"}"#).signed_with("HS512", THREE).accepted(),
    row("typ", r#"{"alg":"HS256","typ":"JWT","kid":"one"}"#).accepted(),
    row("escaped", r#"{"alg":"HS256","k\u0069d":"\u006fne"}"#).accepted(),
    row("escapes", r#"{"alg":"HS256","kid":"\"\\\n\u00E4"}"#).signed_with("HS256", TWO).accepted(),
    row("not escaped", r#"{"alg":"HS256","kid":"\u0022\u005c\u000aä"}"#)
        .signed_with("HS256", TWO)
        .accepted(),
    row("empty", r#"{"alg":"HS256","kid":""}"#).signed_with("HS256", THREE).accepted(),
    // If `kid` is unknown, no key is tried, even if `kid` may be missing.
    row("another case", r#"{"alg":"HS256","kid":"One"}"#).refused(UnknownKeyId),
    row("a prefix", r#"{"alg":"HS256","kid":"on"}"#).refused(UnknownKeyId),
    row("a trailing space", r#"{"alg":"HS256","kid":"one "}"#).refused(UnknownKeyId),
    row("a trailing NUL", r#"{"alg":"HS256","kid":"one\u0000"}"#).refused(UnknownKeyId),
    row("an escaped backslash", r#"{"alg":"HS256","kid":"\\u006fne"}"#).refused(UnknownKeyId),
    row("long", r#"{"alg":"HS256","kid":"one-one-one-one"}"#).refused(UnknownKeyId),
    row("unknown key", r#"{"alg":"HS256","kid":"four"}"#)
        .signed_with("HS256", [4; 64])
        .refused(UnknownKeyId),
    row("number", r#"{"alg":"HS256","kid":1}"#).refused(InvalidKeyId),
    row("null", r#"{"alg":"HS256","kid":null}"#).refused(InvalidKeyId),
    row("twice", r#"{"alg":"HS256","kid":"one","kid":"two"}"#).refused(DuplicateHeaderParameter),
    // Only the named key is tried, with its own algorithm.
    row("another key", r#"{"alg":"HS256","kid":"one"}"#)
        .signed_with("HS256", THREE)
        .refused(SignatureMismatch),
    row("another alg", r#"{"alg":"HS384","kid":"one"}"#)
        .signed_with("HS384", ONE)
        .refused(AlgorithmMismatch),
    row("the MAC of another alg", r#"{"alg":"HS384","kid":"one"}"#).refused(AlgorithmMismatch),
    row("none", r#"{"alg":"none","kid":"one"}"#).refused(AlgorithmMismatch),
    row("another length", r#"{"alg":"HS256","kid":"one"}"#)
        .signed_with("HS512", ONE)
        .refused(SignatureLength),
    row("no alg", r#"{"kid":"one"}"#).refused(MissingAlgorithm),
    // No `kid`.
    row("no kid", r#"{"alg":"HS256"}"#).without_key_id(Ok(())),
    row("no kid, second key", r#"{"alg":"HS256","typ":"JWT"}"#)
        .signed_with("HS256", TWO)
        .without_key_id(Ok(())),
    row("no kid, third key", r#"{"alg":"HS256"}"#)
        .signed_with("HS256", THREE)
        .without_key_id(Ok(())),
    row("no kid, HS512", r#"{"alg":"HS512"}"#).signed_with("HS512", THREE).without_key_id(Ok(())),
    row("no kid, no such key", r#"{"alg":"HS512"}"#)
        .signed_with("HS512", ONE)
        .without_key_id(Err(SignatureMismatch)),
    row("no kid, alg none", r#"{"alg":"none"}"#).without_key_id(Err(AlgorithmMismatch)),
    row("no kid, another alg", r#"{"alg":"HS384"}"#)
        .signed_with("HS384", ONE)
        .without_key_id(Err(SignatureMismatch)),
    row("no kid, crit", r#"{"alg":"HS256","crit":["b64"]}"#).without_key_id(Err(CriticalExtension)),
    row("crit", r#"{"alg":"HS256","kid":"one","crit":["b64"]}"#).refused(CriticalExtension),
];

#[test]
fn kid_selects_the_key() {
    for row in ROWS {
        let (name, lenient) = (row.name, row.lenient);
        let token = sign(row.algorithm, &row.secret, row.header.as_bytes(), br#"{"exp":2000}"#);
        assert_eq!(check(&keys(), Time::Known(1000), &token), row.outcome, "{name}");
        let keys = keys().allow_missing_key_id();
        assert_eq!(check(&keys, Time::Known(1000), &token), lenient, "{name}, lenient");
        let outcome = JwsVerifier::new(&keys).verify(&token, &mut [0; 200]).map(drop);
        assert_eq!(outcome, lenient, "{name}, JWS");
    }
}

#[test]
fn key_bound_to_an_issuer_refuses_tokens_of_another() {
    let header = br#"{"alg":"HS256","kid":"uno"}"#;
    for (claims, expected) in [
        (r#"{"exp":2000,"iss":"https://id.example"}"#, Ok(())),
        (r#"{"exp":2000,"iss":"https:\/\/id.ex\u0061mple"}"#, Ok(())),
        (r#"{"exp":2000,"iss":"https://id.example/"}"#, Err(KeyOfAnotherIssuer)),
        (r#"{"exp":2000}"#, Err(KeyOfAnotherIssuer)),
        (r#"{"exp":2000,"iss":1}"#, Err(InvalidIssuer)),
        (r#"{"exp":1000,"iss":"x"}"#, Err(Expired)),
    ] {
        let token = sign("HS256", &ONE, header, claims.as_bytes());
        assert_eq!(check(&keys(), Time::Known(1000), &token), expected, "{claims}");
    }
    // The policy's issuer is checked first. Both must match.
    let token = sign("HS256", &ONE, header, br#"{"exp":2000,"iss":"https://id.example"}"#);
    for (issuer, expected) in [(ISSUER, Ok(())), ("another", Err(IssuerMismatch))] {
        let verifier = Verifier::new(keys(), policy(|policy| policy.issuer(issuer)));
        let outcome = verifier.verify(&token, Time::Known(1000), &mut [0; 200]).map(drop);
        assert_eq!(outcome, expected);
    }
    // A JWS has no issuer, since its payload may be anything.
    let outcome = JwsVerifier::new(&keys()).verify(&token, &mut [0; 200]).map(drop);
    assert_eq!(outcome, Err(KeyOfAnotherIssuer));
}

/// The limits of the key that made the MAC apply, even if the header is read last. A second key
/// with other limits can't be used to get around them.
#[test]
fn limits_of_the_key_that_made_the_mac_apply() {
    let mut keys = KeySet::<AnyKey, 2, 12>::new().allow_missing_key_id();
    let bound = entry(AnyAlgorithm::Hs256, &ONE).issuer("https://another.example");
    keys.add("one", bound).unwrap();
    keys.add("two", entry(AnyAlgorithm::Hs256, &TWO)).unwrap();
    for (header, secret, expected) in [
        (r#"{"alg":"HS256"}"#, TWO, Ok(())),
        (r#"{"alg":"HS256"}"#, ONE, Err(KeyOfAnotherIssuer)),
        (r#"{"alg":"HS256"}"#, THREE, Err(SignatureMismatch)),
        (r#"{"alg":"HS256", "kid":"one"}"#, ONE, Err(KeyOfAnotherIssuer)),
        (r#"{"alg":"HS256", "kid":"one"}"#, TWO, Err(SignatureMismatch)),
        (r#"{"alg":"HS256", "kid":"two"}"#, TWO, Ok(())),
    ] {
        let claims = br#"{"exp":2000}"#;
        let token = sign("HS256", &secret, header.as_bytes(), claims);
        let verifier = Verifier::new(&keys, policy(|policy| policy));
        // In pieces, a header with white space is kept twice.
        for room in [2 * header.len() + claims.len(), 200] {
            let mut buffer = vec![0; room];
            let outcome = verifier.verify(&token, Time::Known(1000), &mut buffer).map(drop);
            assert_eq!(outcome, expected, "{header}");
        }
    }
}

#[test]
fn key_is_valid_from_not_before_to_retired_after() {
    use Time::{AtLeast, Known, Unknown};
    type Rules = fn(PolicyBuilder<'static>) -> PolicyBuilder<'static>;
    const OPEN: Rules = |policy| policy.allow_uncertain_time();
    const STRICT: Rules = |policy| policy;
    const LEEWAY: Rules = |policy| policy.leeway(10);
    let token =
        |claims: &str| sign("HS256", &ONE, br#"{"alg":"HS256","kid":"k"}"#, claims.as_bytes());
    let plain = token(r#"{"exp":9000}"#);
    let later = token(r#"{"exp":9000,"nbf":2001}"#);
    // A row is a name, the time, and the outcome.
    let check = |rules: Rules, token: &[u8], rows: &[(&str, Time, Result<(), Error>)]| {
        for &(name, time, expected) in rows {
            let mut keys = Keys::new();
            let good = entry(AnyAlgorithm::Hs256, &ONE).not_before(1000).retired_after(2000);
            keys.add("k", good).unwrap();
            let verifier = Verifier::new(&keys, policy(rules));
            assert_eq!(verifier.verify(token, time, &mut [0; 200]).map(drop), expected, "{name}");
            let outcome = JwsVerifier::new(&keys).verify(token, &mut [0; 200]).map(drop);
            assert_eq!(outcome, Err(TimeUnknown), "{name}: a JWS has no time");
        }
    };
    check(
        STRICT,
        &plain,
        &[
            ("before", Known(999), Err(KeyNotYetValid)),
            ("first", Known(1000), Ok(())),
            ("last", Known(2000), Ok(())),
            ("after", Known(2001), Err(KeyRetired)),
            ("lower bound, strict", AtLeast(2000), Err(TimeUnknown)),
            ("far future", Known(u64::MAX), Err(Expired)),
        ],
    );
    check(
        LEEWAY,
        &plain,
        &[
            ("first, leeway", Known(990), Ok(())),
            ("before, leeway", Known(989), Err(KeyNotYetValid)),
            ("last, leeway", Known(2010), Ok(())),
            ("after, leeway", Known(2011), Err(KeyRetired)),
        ],
    );
    check(
        OPEN,
        &plain,
        &[
            ("lower bound after", AtLeast(2001), Err(KeyRetired)),
            ("lower bound", AtLeast(2000), Ok(())),
            ("unknown", Unknown, Ok(())),
        ],
    );
    // There must be one time at which both the token and the key are valid.
    check(OPEN, &later, &[("never together", Unknown, Err(KeyRetired))]);
    // Without a limit, the time is not needed.
    let mut keys = Keys::new();
    keys.add("k", entry(AnyAlgorithm::Hs256, &ONE).retired_after(u64::MAX)).unwrap();
    let rules = policy(|policy| policy.allow_missing_expiration());
    for time in [Unknown, AtLeast(5), AtLeast(u64::MAX), Known(u64::MAX)] {
        let verifier = Verifier::new(&keys, rules);
        assert!(verifier.verify(&token("{}"), time, &mut [0; 200]).is_ok(), "{time:?}");
    }
    keys.start("k", u64::MAX).unwrap();
    let verifier = Verifier::new(&keys, rules);
    let outcome = verifier.verify(&token("{}"), Known(1), &mut [0; 200]).map(drop);
    assert_eq!(outcome, Err(KeyNotYetValid));
}

#[test]
fn keys_can_be_added_replaced_and_removed_and_a_refused_change_has_no_effect() {
    let names = |keys: &Keys| -> Vec<String> {
        keys.key_ids().map(|name| name.unwrap().to_owned()).collect()
    };
    let key = |secret: &[u8]| entry(AnyAlgorithm::Hs256, secret);
    let verifies = |keys: &Keys, kid: &str, secret: &[u8]| {
        let header = format!(r#"{{"alg":"HS256","kid":"{kid}"}}"#);
        let token = sign("HS256", secret, header.as_bytes(), br#"{"exp":2000}"#);
        check(keys, Time::Known(1000), &token)
    };
    let mut keys = Keys::default();
    assert!(keys.is_empty());
    assert_eq!(verifies(&keys, "a", &ONE), Err(UnknownKeyId));
    for name in ["a", "b", "c", "d", "e"] {
        assert_eq!(keys.add(name, key(&ONE)), Ok(()));
    }
    assert_eq!(keys.add("a", key(&TWO)), Err(DuplicateKeyId));
    assert_eq!(verifies(&keys, "a", &ONE), Ok(()), "unchanged");
    assert_eq!(keys.add("thirteen-byte", key(&TWO)), Err(KeyIdTooLong));
    assert_eq!(keys.add("twelve-bytes", key(&TWO)), Ok(()));
    assert_eq!(keys.add("f", key(&TWO)), Err(KeySetFull));
    assert_eq!(
        keys.add("a", key(&TWO)),
        Err(DuplicateKeyId),
        "a duplicate is reported before a full set"
    );
    assert_eq!(names(&keys), ["a", "b", "c", "d", "e", "twelve-bytes"]);
    assert_eq!(keys.len(), 6);
    assert!(!keys.is_empty());

    assert_eq!(keys.replace("c", key(&TWO)), Ok(()));
    assert_eq!(keys.replace("f", key(&TWO)), Err(UnknownKeyId));
    assert_eq!(verifies(&keys, "c", &ONE), Err(SignatureMismatch));
    assert_eq!(verifies(&keys, "c", &TWO), Ok(()));

    assert_eq!(keys.remove("f"), Err(UnknownKeyId));
    assert_eq!(keys.remove("b"), Ok(()));
    assert_eq!(keys.remove("b"), Err(UnknownKeyId));
    assert_eq!(names(&keys), ["a", "twelve-bytes", "c", "d", "e"]);
    assert_eq!(verifies(&keys, "b", &ONE), Err(UnknownKeyId));
    assert_eq!(verifies(&keys, "c", &TWO), Ok(()), "the others are unchanged");
    assert_eq!(verifies(&keys, "twelve-bytes", &TWO), Ok(()));
    for name in ["twelve-bytes", "a", "d", "e", "c"] {
        assert_eq!(keys.remove(name), Ok(()));
    }
    assert!(keys.is_empty());
    assert_eq!(keys.start("a", 1), Err(UnknownKeyId));
    assert_eq!(keys.retire("a", 1), Err(UnknownKeyId));
    assert_eq!(format!("{keys:?}"), "KeySet { len: 0, .. }");
}

#[test]
fn changed_limits_apply_at_once() {
    let mut keys = Keys::new();
    keys.add("k", entry(AnyAlgorithm::Hs256, &ONE).issuer(ISSUER).retired_after(500)).unwrap();
    let mut verifier = Verifier::new(keys, policy(|policy| policy.leeway(600)));
    let token = sign("HS256", &ONE, br#"{"alg":"HS256","kid":"k"}"#, br#"{"exp":9000}"#);
    let mut verify = |change: fn(&mut Keys)| {
        change(verifier.keys_mut());
        verifier.verify(&token, Time::Known(2000), &mut [0; 200]).map(drop)
    };
    assert_eq!(verify(|_| {}), Err(KeyOfAnotherIssuer));
    let plain = |keys: &mut Keys| {
        keys.replace("k", entry(AnyAlgorithm::Hs256, &ONE)).unwrap();
    };
    assert_eq!(verify(plain), Ok(()), "the old limits are gone");
    assert_eq!(verify(|keys| keys.start("k", 2601).unwrap()), Err(KeyNotYetValid));
    assert_eq!(verify(|keys| keys.start("k", 500).unwrap()), Ok(()));
    assert_eq!(verify(|keys| keys.retire("k", 1399).unwrap()), Err(KeyRetired));
    assert_eq!(verify(|keys| keys.retire("k", 1400).unwrap()), Ok(()));
    // The highest times, plus the leeway, do not overflow.
    for time in [i64::MAX as u64 - 5, i64::MAX as u64, u64::MAX] {
        let mut keys = Keys::new();
        keys.add("k", entry(AnyAlgorithm::Hs256, &ONE).retired_after(time)).unwrap();
        let verifier = Verifier::new(keys, policy(|policy| policy.leeway(600)));
        assert!(verifier.verify(&token, Time::Known(2000), &mut [0; 200]).is_ok(), "{time}");
    }
}

#[test]
fn refused_jws_is_wiped_from_the_buffer() {
    let token = sign("HS256", &THREE, br#"{"alg":"HS256","kid":"one"}"#, b"payload");
    let mut buffer = [0xaa; 200];
    let outcome = JwsVerifier::new(&keys()).verify(&token, &mut buffer).map(drop);
    assert_eq!(outcome, Err(SignatureMismatch));
    assert_eq!(buffer[..34], [0; 34]);
    assert_eq!(buffer[34..], [0xaa; 166]);
}

#[test]
fn keys_rotate_without_a_gap() {
    const DAY: u64 = 86_400;
    let mut keys: KeySet<Key<Hs256>, 2> = KeySet::new();
    keys.add("october", KeyEntry::new(Key::new(&ONE).unwrap())).unwrap();
    let verify = |keys: &KeySet<Key<Hs256>, 2>, kid: &str, secret: &[u8], day: u64| {
        let header = format!(r#"{{"alg":"HS256","kid":"{kid}"}}"#);
        let claims = format!(r#"{{"exp":{}}}"#, (day + 1) * DAY);
        let token = sign("HS256", secret, header.as_bytes(), claims.as_bytes());
        let time = Time::Known(day * DAY);
        Verifier::new(keys, policy(|policy| policy)).verify(&token, time, &mut [0; 200]).map(drop)
    };
    let old = |keys: &_, day| verify(keys, "october", &ONE, day);
    let new = |keys: &_, day| verify(keys, "november", &TWO, day);

    // Only the old key.
    assert_eq!((old(&keys, 1), new(&keys, 1)), (Ok(()), Err(UnknownKeyId)));
    // The new key arrives before it is valid.
    let entry = KeyEntry::new(Key::new(&TWO).unwrap()).not_before(30 * DAY);
    keys.add("november", entry).unwrap();
    keys.retire("october", 40 * DAY).unwrap();
    assert_eq!((old(&keys, 29), new(&keys, 29)), (Ok(()), Err(KeyNotYetValid)));
    // Both are valid while tokens of the old key are in use.
    assert_eq!((old(&keys, 30), new(&keys, 30)), (Ok(()), Ok(())));
    assert_eq!((old(&keys, 40), new(&keys, 40)), (Ok(()), Ok(())));
    // The old key retires by itself.
    assert_eq!((old(&keys, 41), new(&keys, 41)), (Err(KeyRetired), Ok(())));
    // The old key is removed to make room for the next one.
    assert_eq!(keys.add("december", KeyEntry::new(Key::new(&THREE).unwrap())), Err(KeySetFull));
    keys.remove("october").unwrap();
    keys.add("december", KeyEntry::new(Key::new(&THREE).unwrap())).unwrap();
    assert_eq!((old(&keys, 42), new(&keys, 42)), (Err(UnknownKeyId), Ok(())));
    // A leaked key is replaced at once.
    keys.replace("november", KeyEntry::new(Key::new(&THREE).unwrap())).unwrap();
    assert_eq!(new(&keys, 43), Err(SignatureMismatch));
}

#[test]
fn set_for_one_algorithm_refuses_signatures_of_another_length() {
    let mut keys: KeySet<Key<Hs384>, 1> = KeySet::new();
    keys.add("k", KeyEntry::new(Key::new(&ONE).unwrap())).unwrap();
    for (algorithm, expected) in
        [("HS256", Err(SignatureLength)), ("HS384", Ok(())), ("HS512", Err(SignatureLength))]
    {
        // `alg` is right, so only the length is wrong. It is checked before the header.
        for header in [r#"{"alg":"HS384","kid":"k"}"#, r#"{"alg":"HS384","kid":1}"#] {
            let token = sign(algorithm, &ONE, header.as_bytes(), br#"{"exp":2000}"#);
            let outcome = Verifier::new(&keys, policy(|policy| policy))
                .verify(&token, Time::Known(1000), &mut [0; 200])
                .map(drop);
            let expected =
                if header.contains('1') { expected.and(Err(InvalidKeyId)) } else { expected };
            assert_eq!(outcome, expected, "{algorithm} {header}");
        }
    }
}

/// A MAC is compared in full: cut to the length of another algorithm's, or followed by zeros, it is
/// refused, by a key alone and in a set.
#[test]
fn mac_of_another_length_is_refused() {
    for (algorithm, length) in
        [(AnyAlgorithm::Hs256, 32), (AnyAlgorithm::Hs384, 48), (AnyAlgorithm::Hs512, 64)]
    {
        let name = algorithm.name();
        let header = format!(r#"{{"alg":"{name}","kid":"k"}}"#);
        let signed = sign(name, &ONE, header.as_bytes(), br#"{"exp":2000}"#);
        let dot = signed.iter().rposition(|&byte| byte == b'.').unwrap();
        let mut mac = common::decode(std::str::from_utf8(&signed[dot + 1..]).unwrap());
        assert_eq!(mac.len(), length);
        mac.resize(64, 0);
        let alone = Verifier::new(AnyKey::new(algorithm, &ONE).unwrap(), policy(|policy| policy));
        let mut keys = Keys::new();
        keys.add("k", entry(algorithm, &ONE)).unwrap();
        let set = Verifier::new(keys, policy(|policy| policy));
        for other in [32, 48, 64] {
            let token = [&signed[..=dot], common::encode(&mac[..other]).as_bytes()].concat();
            let expected = if other == length { Ok(()) } else { Err(SignatureLength) };
            let now = Time::Known(1000);
            let outcome = alone.verify(&token, now, &mut [0; 200]).map(drop);
            assert_eq!(outcome, expected, "{name}, {other} bytes, alone");
            let outcome = set.verify(&token, now, &mut [0; 200]).map(drop);
            assert_eq!(outcome, expected, "{name}, {other} bytes, in a set");
        }
    }
    // Whoever calls the trait's own method gets no yes for part of a MAC either.
    let key = Key::<Hs256>::new(&ONE).unwrap();
    let mac = common::mac("HS256", &ONE, b"message");
    let verify = |signature: &[u8]| {
        <Key<Hs256> as embedded_jwt::Keys>::verify(&key, b"message", || Ok(false), signature)
    };
    assert_eq!(verify(&mac), Ok(()));
    assert_eq!(verify(&[0; 32]), Err(SignatureMismatch));
    for length in (0..32).chain([33]) {
        let signature = [&mac[..], &[0]].concat();
        assert_eq!(verify(&signature[..length]), Err(SignatureLength), "{length}");
    }
}

#[test]
fn any_key_verifies_like_the_typed_key() {
    for (algorithm, name) in [
        (AnyAlgorithm::Hs256, "HS256"),
        (AnyAlgorithm::Hs384, "HS384"),
        (AnyAlgorithm::Hs512, "HS512"),
    ] {
        assert_eq!(algorithm.name(), name);
        assert_eq!(AnyAlgorithm::from_name(name), Ok(algorithm));
        let key = AnyKey::new(algorithm, &ONE).unwrap();
        assert_eq!(key.algorithm(), algorithm);
        let verifier = Verifier::new(&key, policy(|policy| policy));
        for token_algorithm in ["HS256", "HS384", "HS512"] {
            let header = format!(r#"{{"alg":"{token_algorithm}"}}"#);
            let token = sign(token_algorithm, &ONE, header.as_bytes(), br#"{"exp":2000}"#);
            let outcome = verifier.verify(&token, Time::Known(1000), &mut [0; 200]).map(drop);
            let expected = if token_algorithm == name { Ok(()) } else { Err(SignatureLength) };
            assert_eq!(outcome, expected, "{name} {token_algorithm}");
            let typed = match name {
                "HS256" => verify::<Hs256>,
                "HS384" => verify::<Hs384>,
                _ => verify::<Hs512>,
            };
            let outcome = typed(&ONE, policy(|policy| policy), Time::Known(1000), &token);
            assert_eq!(outcome, expected, "{name} {token_algorithm}, typed");
        }
    }
    for name in ["", "none", "hs256", "HS256 ", "HS1", "RS256", "A256GCM"] {
        assert_eq!(AnyAlgorithm::from_name(name), Err(UnsupportedAlgorithm), "{name}");
    }
    assert_eq!(AnyKey::new(AnyAlgorithm::Hs384, &ONE[..47]).err(), Some(KeyTooShort));
}
