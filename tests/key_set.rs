//! Key sets: which key a token is verified with, for whom and when a key is good, and how keys
//! rotate.

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

/// Keys of all algorithms. `one` and `uno` are equal but for their names.
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

#[test]
fn the_header_names_the_key_and_nothing_else_will_do() {
    type Row =
        (&'static str, &'static str, &'static str, [u8; 64], Result<(), Error>, Result<(), Error>);
    // Name, header, algorithm of the MAC, secret, outcome, outcome if `kid` may be missing.
    const TABLE: &[Row] = &[
        ("HS256", r#"{"alg":"HS256","kid":"one"}"#, "HS256", ONE, Ok(()), Ok(())),
        ("HS384", r#"{"alg":"HS384","kid":"two"}"#, "HS384", TWO, Ok(()), Ok(())),
        ("HS512", r#"{"kid":"three","alg":"HS512"}"#, "HS512", THREE, Ok(()), Ok(())),
        ("typ", r#"{"alg":"HS256","typ":"JWT","kid":"one"}"#, "HS256", ONE, Ok(()), Ok(())),
        ("escaped", r#"{"alg":"HS256","k\u0069d":"\u006fne"}"#, "HS256", ONE, Ok(()), Ok(())),
        ("escapes", r#"{"alg":"HS256","kid":"\"\\\n\u00E4"}"#, "HS256", TWO, Ok(()), Ok(())),
        (
            "as it is",
            r#"{"alg":"HS256","kid":"\u0022\u005c\u000aä"}"#,
            "HS256",
            TWO,
            Ok(()),
            Ok(()),
        ),
        ("empty", r#"{"alg":"HS256","kid":""}"#, "HS256", THREE, Ok(()), Ok(())),
        // An unknown name is never tried, whatever the set allows.
        (
            "case",
            r#"{"alg":"HS256","kid":"One"}"#,
            "HS256",
            ONE,
            Err(UnknownKeyId),
            Err(UnknownKeyId),
        ),
        (
            "part",
            r#"{"alg":"HS256","kid":"on"}"#,
            "HS256",
            ONE,
            Err(UnknownKeyId),
            Err(UnknownKeyId),
        ),
        (
            "more",
            r#"{"alg":"HS256","kid":"one "}"#,
            "HS256",
            ONE,
            Err(UnknownKeyId),
            Err(UnknownKeyId),
        ),
        (
            "NUL",
            r#"{"alg":"HS256","kid":"one\u0000"}"#,
            "HS256",
            ONE,
            Err(UnknownKeyId),
            Err(UnknownKeyId),
        ),
        (
            "undecoded",
            r#"{"alg":"HS256","kid":"\\u006fne"}"#,
            "HS256",
            ONE,
            Err(UnknownKeyId),
            Err(UnknownKeyId),
        ),
        (
            "long",
            r#"{"alg":"HS256","kid":"one-one-one-one"}"#,
            "HS256",
            ONE,
            Err(UnknownKeyId),
            Err(UnknownKeyId),
        ),
        (
            "stranger",
            r#"{"alg":"HS256","kid":"four"}"#,
            "HS256",
            [4; 64],
            Err(UnknownKeyId),
            Err(UnknownKeyId),
        ),
        (
            "number",
            r#"{"alg":"HS256","kid":1}"#,
            "HS256",
            ONE,
            Err(InvalidKeyId),
            Err(InvalidKeyId),
        ),
        (
            "null",
            r#"{"alg":"HS256","kid":null}"#,
            "HS256",
            ONE,
            Err(InvalidKeyId),
            Err(InvalidKeyId),
        ),
        (
            "twice",
            r#"{"alg":"HS256","kid":"one","kid":"two"}"#,
            "HS256",
            ONE,
            Err(DuplicateHeaderParameter),
            Err(DuplicateHeaderParameter),
        ),
        // The key of that name, and no other, with its own algorithm.
        (
            "another key",
            r#"{"alg":"HS256","kid":"one"}"#,
            "HS256",
            THREE,
            Err(SignatureMismatch),
            Err(SignatureMismatch),
        ),
        (
            "another alg",
            r#"{"alg":"HS384","kid":"one"}"#,
            "HS384",
            ONE,
            Err(AlgorithmMismatch),
            Err(AlgorithmMismatch),
        ),
        (
            "its MAC",
            r#"{"alg":"HS384","kid":"one"}"#,
            "HS256",
            ONE,
            Err(AlgorithmMismatch),
            Err(AlgorithmMismatch),
        ),
        (
            "none",
            r#"{"alg":"none","kid":"one"}"#,
            "HS256",
            ONE,
            Err(AlgorithmMismatch),
            Err(AlgorithmMismatch),
        ),
        (
            "another length",
            r#"{"alg":"HS256","kid":"one"}"#,
            "HS512",
            ONE,
            Err(SignatureLength),
            Err(SignatureLength),
        ),
        ("no alg", r#"{"kid":"one"}"#, "HS256", ONE, Err(MissingAlgorithm), Err(MissingAlgorithm)),
        // No name at all.
        ("no kid", r#"{"alg":"HS256"}"#, "HS256", ONE, Err(MissingKeyId), Ok(())),
        ("known", r#"{"alg":"HS256","typ":"JWT"}"#, "HS256", TWO, Err(MissingKeyId), Ok(())),
        ("third", r#"{"alg":"HS256"}"#, "HS256", THREE, Err(MissingKeyId), Ok(())),
        ("no kid 512", r#"{"alg":"HS512"}"#, "HS512", THREE, Err(MissingKeyId), Ok(())),
        (
            "no such key",
            r#"{"alg":"HS512"}"#,
            "HS512",
            ONE,
            Err(MissingKeyId),
            Err(SignatureMismatch),
        ),
        (
            "no kid, alg",
            r#"{"alg":"none"}"#,
            "HS256",
            ONE,
            Err(MissingKeyId),
            Err(AlgorithmMismatch),
        ),
        (
            "confusion",
            r#"{"alg":"HS384"}"#,
            "HS384",
            ONE,
            Err(MissingKeyId),
            Err(SignatureMismatch),
        ),
        (
            "no kid, crit",
            r#"{"alg":"HS256","crit":["b64"]}"#,
            "HS256",
            ONE,
            Err(MissingKeyId),
            Err(CriticalExtension),
        ),
        (
            "crit",
            r#"{"alg":"HS256","kid":"one","crit":["b64"]}"#,
            "HS256",
            ONE,
            Err(CriticalExtension),
            Err(CriticalExtension),
        ),
    ];
    for (name, header, algorithm, secret, strict, lenient) in TABLE {
        let token = sign(algorithm, secret, header.as_bytes(), br#"{"exp":2000}"#);
        assert_eq!(check(&keys(), Time::Known(1000), &token), *strict, "{name}");
        let keys = keys().allow_missing_key_id();
        assert_eq!(check(&keys, Time::Known(1000), &token), *lenient, "{name}, lenient");
        // The same rules without claims.
        let outcome = JwsVerifier::new(&keys).verify(&token, &mut [0; 200]).map(drop);
        assert_eq!(outcome, *lenient, "{name}, JWS");
    }
}

#[test]
fn a_key_of_an_issuer_accepts_no_other() {
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
    // The policy's issuer comes before, and both have to hold.
    let token = sign("HS256", &ONE, header, br#"{"exp":2000,"iss":"https://id.example"}"#);
    for (issuer, expected) in [(ISSUER, Ok(())), ("another", Err(IssuerMismatch))] {
        let verifier = Verifier::new(keys(), policy(|policy| policy.issuer(issuer)));
        let outcome = verifier.verify(&token, Time::Known(1000), &mut [0; 200]).map(drop);
        assert_eq!(outcome, expected);
    }
    // A payload of any kind has no issuer.
    let outcome = JwsVerifier::new(&keys()).verify(&token, &mut [0; 200]).map(drop);
    assert_eq!(outcome, Err(KeyOfAnotherIssuer));
}

/// Whose signature it is is told by the MAC, also where that comes last: a key that is limited otherwise is no way around.
#[test]
fn a_token_is_of_the_key_that_made_its_mac() {
    let mut keys = KeySet::<AnyKey, 2, 12>::new().allow_missing_key_id();
    let of_another = entry(AnyAlgorithm::Hs256, &ONE).issuer("https://another.example");
    keys.add("one", of_another).unwrap();
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
        // Where there is no room for a copy of the header, it is read when all of the token has come.
        for room in [header.len() + claims.len(), 200] {
            let mut buffer = vec![0; room];
            let outcome = verifier.verify(&token, Time::Known(1000), &mut buffer).map(drop);
            assert_eq!(outcome, expected, "{header}");
        }
    }
}

#[test]
fn a_key_is_good_from_its_first_second_to_its_last() {
    use Time::{AtLeast, Known, Unknown};
    const OPEN: fn(PolicyBuilder<'static>) -> PolicyBuilder<'static> =
        |policy| policy.accept_what_an_unknown_time_leaves_open();
    const STRICT: fn(PolicyBuilder<'static>) -> PolicyBuilder<'static> = |policy| policy;
    const LEEWAY: fn(PolicyBuilder<'static>) -> PolicyBuilder<'static> = |policy| policy.leeway(10);
    let token =
        |claims: &str| sign("HS256", &ONE, br#"{"alg":"HS256","kid":"k"}"#, claims.as_bytes());
    let plain = token(r#"{"exp":9000}"#);
    let later = token(r#"{"exp":9000,"nbf":2001}"#);
    for (name, time, rules, token, expected) in [
        ("before", Known(999), STRICT, &plain, Err(KeyNotYetValid)),
        ("first", Known(1000), STRICT, &plain, Ok(())),
        ("last", Known(2000), STRICT, &plain, Ok(())),
        ("behind", Known(2001), STRICT, &plain, Err(KeyRetired)),
        ("first, leeway", Known(990), LEEWAY, &plain, Ok(())),
        ("before, leeway", Known(989), LEEWAY, &plain, Err(KeyNotYetValid)),
        ("last, leeway", Known(2010), LEEWAY, &plain, Ok(())),
        ("behind, leeway", Known(2011), LEEWAY, &plain, Err(KeyRetired)),
        ("floor behind", AtLeast(2001), OPEN, &plain, Err(KeyRetired)),
        ("floor", AtLeast(2000), OPEN, &plain, Ok(())),
        ("floor, strict", AtLeast(2000), STRICT, &plain, Err(TimeUnknown)),
        ("unknown", Unknown, OPEN, &plain, Ok(())),
        // There has to be one time at which both the token and the key are good.
        ("never together", Unknown, OPEN, &later, Err(KeyRetired)),
        ("far future", Known(u64::MAX), STRICT, &plain, Err(Expired)),
    ] {
        let mut keys = Keys::new();
        let good = entry(AnyAlgorithm::Hs256, &ONE).not_before(1000).retired_after(2000);
        keys.add("k", good).unwrap();
        let outcome =
            Verifier::new(&keys, policy(rules)).verify(token, time, &mut [0; 200]).map(drop);
        assert_eq!(outcome, expected, "{name}");
        let outcome = JwsVerifier::new(&keys).verify(token, &mut [0; 200]).map(drop);
        assert_eq!(outcome, Err(TimeUnknown), "{name}: a JWS has no time");
    }
    // Without a limit, no time is asked for.
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
fn keys_come_and_go_and_a_refused_change_changes_nothing() {
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
    assert_eq!(verifies(&keys, "a", &ONE), Ok(()), "as before");
    assert_eq!(keys.add("thirteen-byte", key(&TWO)), Err(KeyIdTooLong));
    assert_eq!(keys.add("twelve-bytes", key(&TWO)), Ok(()));
    assert_eq!(keys.add("f", key(&TWO)), Err(KeySetFull));
    assert_eq!(keys.add("a", key(&TWO)), Err(DuplicateKeyId), "before it is full");
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
    assert_eq!(verifies(&keys, "c", &TWO), Ok(()), "the others are as they were");
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
fn a_change_counts_whichever_way_it_goes() {
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
    assert_eq!(verify(plain), Ok(()), "neither the old issuer nor the old time");
    assert_eq!(verify(|keys| keys.start("k", 2601).unwrap()), Err(KeyNotYetValid));
    assert_eq!(verify(|keys| keys.start("k", 500).unwrap()), Ok(()));
    assert_eq!(verify(|keys| keys.retire("k", 1399).unwrap()), Err(KeyRetired));
    assert_eq!(verify(|keys| keys.retire("k", 1400).unwrap()), Ok(()));
    // As far as times go, with the leeway on top.
    for time in [i64::MAX as u64 - 5, i64::MAX as u64, u64::MAX] {
        let mut keys = Keys::new();
        keys.add("k", entry(AnyAlgorithm::Hs256, &ONE).retired_after(time)).unwrap();
        let verifier = Verifier::new(keys, policy(|policy| policy.leeway(600)));
        assert!(verifier.verify(&token, Time::Known(2000), &mut [0; 200]).is_ok(), "{time}");
    }
}

#[test]
fn a_refused_jws_leaves_nothing_of_its_header() {
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

    // The old key alone.
    assert_eq!((old(&keys, 1), new(&keys, 1)), (Ok(()), Err(UnknownKeyId)));
    // The new one is delivered ahead of its time.
    let entry = KeyEntry::new(Key::new(&TWO).unwrap()).not_before(30 * DAY);
    keys.add("november", entry).unwrap();
    keys.retire("october", 40 * DAY).unwrap();
    assert_eq!((old(&keys, 29), new(&keys, 29)), (Ok(()), Err(KeyNotYetValid)));
    // Both, while tokens of the old one are still about.
    assert_eq!((old(&keys, 30), new(&keys, 30)), (Ok(()), Ok(())));
    assert_eq!((old(&keys, 40), new(&keys, 40)), (Ok(()), Ok(())));
    // The new one alone, with nobody having to do anything.
    assert_eq!((old(&keys, 41), new(&keys, 41)), (Err(KeyRetired), Ok(())));
    // There is room for the next.
    assert_eq!(keys.add("december", KeyEntry::new(Key::new(&THREE).unwrap())), Err(KeySetFull));
    keys.remove("october").unwrap();
    keys.add("december", KeyEntry::new(Key::new(&THREE).unwrap())).unwrap();
    assert_eq!((old(&keys, 42), new(&keys, 42)), (Err(UnknownKeyId), Ok(())));
    // A key that leaked is replaced at once.
    keys.replace("november", KeyEntry::new(Key::new(&THREE).unwrap())).unwrap();
    assert_eq!(new(&keys, 43), Err(SignatureMismatch));
}

#[test]
fn a_set_of_one_algorithm_has_signatures_of_one_length() {
    let mut keys: KeySet<Key<Hs384>, 1> = KeySet::new();
    keys.add("k", KeyEntry::new(Key::new(&ONE).unwrap())).unwrap();
    for (algorithm, expected) in
        [("HS256", Err(SignatureLength)), ("HS384", Ok(())), ("HS512", Err(SignatureLength))]
    {
        // With `alg` right, so that only the length is wrong, and is told before the header's faults.
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

#[test]
fn an_any_key_verifies_as_the_key_in_it() {
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
        for of_token in ["HS256", "HS384", "HS512"] {
            let header = format!(r#"{{"alg":"{of_token}"}}"#);
            let token = sign(of_token, &ONE, header.as_bytes(), br#"{"exp":2000}"#);
            let outcome = verifier.verify(&token, Time::Known(1000), &mut [0; 200]).map(drop);
            let expected = if of_token == name { Ok(()) } else { Err(SignatureLength) };
            assert_eq!(outcome, expected, "{name} {of_token}");
            let typed = match name {
                "HS256" => verify::<Hs256>,
                "HS384" => verify::<Hs384>,
                _ => verify::<Hs512>,
            };
            let outcome = typed(&ONE, policy(|policy| policy), Time::Known(1000), &token);
            assert_eq!(outcome, expected, "{name} {of_token}, typed");
        }
    }
    for name in ["", "none", "hs256", "HS256 ", "HS1", "RS256", "A256GCM"] {
        assert_eq!(AnyAlgorithm::from_name(name), Err(UnsupportedAlgorithm), "{name}");
    }
    assert_eq!(AnyKey::new(AnyAlgorithm::Hs384, &ONE[..47]).err(), Some(KeyTooShort));
}
