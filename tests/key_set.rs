//! Key sets: which key verifies a token, for which issuer and when a key is valid, and how keys
//! are rotated.

mod common;

use std::cell::Cell;

use common::every_way::{JwsVerifier, Verifier};
use common::{sign, verify};
use embedded_jwt::Error::{self, *};
use embedded_jwt::{
    AnyAlgorithm, AnyKey, AnyRunningHmac, Hs256, Hs384, Hs512, IncomingToken, Key, KeyEntry,
    KeyName, KeySet, Mac, Policy, PolicyBuilder, RunningHmac, StreamingMac, Tag, Time,
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

const FOUR: [u8; 64] = [4; 64];

/// Keys that share names. Some share secrets too.
fn alike() -> KeySet<'static, AnyKey, 11> {
    use AnyAlgorithm::{Hs256, Hs384, Hs512};
    let mut keys = KeySet::new();
    for (key_id, entry) in [
        // Two issuers name their keys alike, and one of them has another algorithm.
        ("1", entry(Hs256, &ONE).issuer("a")),
        ("1", entry(Hs256, &TWO).issuer("b").retired_after(1500)),
        ("1", entry(Hs512, &THREE)),
        // One secret is for two issuers, and then retired for one.
        ("2", entry(Hs256, &FOUR).issuer("a")),
        ("2", entry(Hs256, &FOUR).issuer("b").retired_after(999)),
        // One secret, and two algorithms.
        ("3", entry(Hs256, &ONE).issuer("a")),
        ("3", entry(Hs384, &ONE).issuer("b")),
        // One secret with and without an issuer.
        ("4", entry(Hs256, &ONE).issuer("a").retired_after(999)),
        ("4", entry(Hs256, &ONE)),
        ("5", entry(Hs256, &TWO)),
        ("5", entry(Hs256, &TWO).issuer("a").retired_after(999)),
    ] {
        keys.add(key_id, entry).unwrap();
    }
    keys
}

/// Of the keys with the token's `kid` and `alg`, the first counts whose MAC and issuer fit.
#[test]
fn kid_alg_mac_and_issuer_pick_the_key() {
    for (name, header, signed, claims, expected) in [
        ("first issuer", r#"{"alg":"HS256","kid":"1"}"#, ("HS256", ONE), "a", Ok(())),
        ("second issuer", r#"{"alg":"HS256","kid":"1"}"#, ("HS256", TWO), "b", Ok(())),
        (
            "key of the first for the second",
            r#"{"alg":"HS256","kid":"1"}"#,
            ("HS256", ONE),
            "b",
            Err(KeyOfAnotherIssuer),
        ),
        (
            "key of the second for the first",
            r#"{"alg":"HS256","kid":"1"}"#,
            ("HS256", TWO),
            "a",
            Err(KeyOfAnotherIssuer),
        ),
        (
            "another issuer",
            r#"{"alg":"HS256","kid":"1"}"#,
            ("HS256", ONE),
            "c",
            Err(KeyOfAnotherIssuer),
        ),
        ("another algorithm", r#"{"alg":"HS512","kid":"1"}"#, ("HS512", THREE), "c", Ok(())),
        (
            "no key of this algorithm",
            r#"{"alg":"HS384","kid":"1"}"#,
            ("HS384", ONE),
            "a",
            Err(AlgorithmMismatch),
        ),
        (
            "secret of another algorithm",
            r#"{"alg":"HS512","kid":"1"}"#,
            ("HS512", ONE),
            "a",
            Err(SignatureMismatch),
        ),
        (
            "secret of another name",
            r#"{"alg":"HS256","kid":"1"}"#,
            ("HS256", FOUR),
            "a",
            Err(SignatureMismatch),
        ),
        (
            "crit",
            r#"{"alg":"HS256","kid":"1","crit":["x"]}"#,
            ("HS256", THREE),
            "a",
            Err(CriticalExtension),
        ),
        ("one secret, first issuer", r#"{"alg":"HS256","kid":"2"}"#, ("HS256", FOUR), "a", Ok(())),
        (
            "one secret, second issuer, whose times apply",
            r#"{"alg":"HS256","kid":"2"}"#,
            ("HS256", FOUR),
            "b",
            Err(KeyRetired),
        ),
        (
            "one secret, another issuer",
            r#"{"alg":"HS256","kid":"2"}"#,
            ("HS256", FOUR),
            "c",
            Err(KeyOfAnotherIssuer),
        ),
        (
            "one secret, and the issuer's key is for another algorithm",
            r#"{"alg":"HS256","kid":"3"}"#,
            ("HS256", ONE),
            "b",
            Err(KeyOfAnotherIssuer),
        ),
        ("the other algorithm", r#"{"alg":"HS384","kid":"3"}"#, ("HS384", ONE), "b", Ok(())),
        (
            "the first that fits has an issuer",
            r#"{"alg":"HS256","kid":"4"}"#,
            ("HS256", ONE),
            "a",
            Err(KeyRetired),
        ),
        ("only one without issuer", r#"{"alg":"HS256","kid":"4"}"#, ("HS256", ONE), "c", Ok(())),
        (
            "the first that fits has no issuer",
            r#"{"alg":"HS256","kid":"5"}"#,
            ("HS256", TWO),
            "a",
            Ok(()),
        ),
    ] {
        let (algorithm, secret) = signed;
        let claims = format!(r#"{{"exp":2000,"iss":"{claims}"}}"#);
        let token = sign(algorithm, &secret, header.as_bytes(), claims.as_bytes());
        for keys in [alike(), alike().allow_missing_key_id()] {
            let verifier = Verifier::new(keys, policy(|policy| policy));
            let outcome = verifier.verify(&token, Time::Known(1000), &mut [0; 200]).map(drop);
            assert_eq!(outcome, expected, "{name}");
        }
    }
}

/// Without `kid`, a secret may be that of keys of several names.
#[test]
fn without_kid_the_first_key_whose_mac_and_issuer_fit_counts() {
    let keys = alike().allow_missing_key_id();
    let verifier = Verifier::new(&keys, policy(|policy| policy));
    for (algorithm, secret, claims, expected) in [
        ("HS256", ONE, r#"{"exp":2000,"iss":"a"}"#, Ok(())),
        ("HS256", ONE, r#"{"exp":2000,"iss":"b"}"#, Ok(())), // the key "4"
        ("HS256", TWO, r#"{"exp":2000,"iss":"b"}"#, Ok(())),
        ("HS256", TWO, r#"{"exp":2000}"#, Ok(())), // the key "5"
        ("HS256", FOUR, r#"{"exp":2000,"iss":"a"}"#, Ok(())),
        ("HS256", FOUR, r#"{"exp":2000,"iss":"b"}"#, Err(KeyRetired)),
        ("HS256", FOUR, r#"{"exp":2000}"#, Err(KeyOfAnotherIssuer)),
        ("HS384", ONE, r#"{"exp":2000,"iss":"b"}"#, Ok(())),
        ("HS384", ONE, r#"{"exp":2000,"iss":"a"}"#, Err(KeyOfAnotherIssuer)),
        ("HS384", THREE, r#"{"exp":2000,"iss":"b"}"#, Err(SignatureMismatch)),
        // No claim is read before a MAC holds.
        ("HS384", THREE, "junk", Err(SignatureMismatch)),
        ("HS384", ONE, "junk", Err(InvalidJson)),
        ("HS384", ONE, r#"{"exp":1000,"iss":"c"}"#, Err(Expired)),
    ] {
        let header = format!(r#"{{"alg":"{algorithm}"}}"#);
        let token = sign(algorithm, &secret, header.as_bytes(), claims.as_bytes());
        let outcome = verifier.verify(&token, Time::Known(1000), &mut [0; 200]).map(drop);
        assert_eq!(outcome, expected, "{algorithm} {} {claims}", secret[0]);
    }
}

/// A JWS has no issuer, so only keys that are not bound to one verify it.
#[test]
fn jws_is_verified_by_a_key_without_issuer() {
    for (kid, secret, expected) in [
        ("1", ONE, Err(KeyOfAnotherIssuer)),
        ("2", FOUR, Err(KeyOfAnotherIssuer)),
        ("4", ONE, Ok(())),
        ("5", TWO, Ok(())),
    ] {
        let header = format!(r#"{{"alg":"HS256","kid":"{kid}"}}"#);
        let token = sign("HS256", &secret, header.as_bytes(), b"any payload");
        let outcome = JwsVerifier::new(alike()).verify(&token, &mut [0; 200]).map(drop);
        assert_eq!(outcome, expected, "{kid}");
    }
}

/// An engine that counts its MACs, and may fail to compute one of a message other than a token's.
struct Engine<'c> {
    key: AnyKey,
    count: &'c Cell<usize>,
    fails: bool,
}

impl Mac for Engine<'_> {
    type Algorithm = Hs512;

    const ALGORITHMS: &'static [AnyAlgorithm] = AnyKey::ALGORITHMS;

    fn algorithm(&self) -> AnyAlgorithm {
        self.key.algorithm()
    }

    fn mac(&self, message: &[u8]) -> Result<Tag<Self>, Error> {
        self.count.set(self.count.get() + 1);
        if self.fails && !message.contains(&b'.') {
            return Err(MacEngine);
        }
        let mut tag = self.key.mac(message)?;
        // What is behind a MAC that is shorter has no meaning.
        let length = if self.algorithm() == AnyAlgorithm::Hs256 { 32 } else { 64 };
        tag[length..].fill(self.count.get() as u8);
        Ok(tag)
    }
}

impl StreamingMac for Engine<'_> {
    type Running = AnyRunningHmac;

    fn begin(&self) -> Result<AnyRunningHmac, Error> {
        self.count.set(self.count.get() + 1);
        self.key.begin()
    }

    fn update(&self, running: &mut AnyRunningHmac, piece: &[u8]) -> Result<(), Error> {
        self.key.update(running, piece)
    }

    fn finish(&self, running: &mut AnyRunningHmac) -> Result<Tag<Self>, Error> {
        self.key.finish(running)
    }
}

/// An engine on a bus that works, but for one transfer: the one that has `left` before it.
struct Bus {
    key: Key<Hs256>,
    left: Cell<usize>,
}

impl Bus {
    fn transfer(&self) -> Result<(), Error> {
        let left = self.left.get();
        self.left.set(left.wrapping_sub(1));
        if left == 0 { Err(MacEngine) } else { Ok(()) }
    }
}

impl Mac for Bus {
    type Algorithm = Hs256;

    fn mac(&self, message: &[u8]) -> Result<Tag<Self>, Error> {
        self.transfer()?;
        self.key.mac(message)
    }
}

impl StreamingMac for Bus {
    type Running = RunningHmac<Hs256>;

    fn begin(&self) -> Result<Self::Running, Error> {
        self.transfer()?;
        self.key.begin()
    }

    fn update(&self, running: &mut Self::Running, piece: &[u8]) -> Result<(), Error> {
        self.transfer()?;
        self.key.update(running, piece)
    }

    fn finish(&self, running: &mut Self::Running) -> Result<Tag<Self>, Error> {
        self.transfer()?;
        self.key.finish(running)
    }
}

/// If the first key's engine fails, nobody knows whether that key would have fitted: the next one
/// is not asked, whole and in pieces, whichever transfer fails.
#[test]
fn failure_of_an_engine_is_told_and_no_other_key_is_tried() {
    let bus = |secret: &[u8], left| {
        let left = Cell::new(left);
        KeyEntry::new(Bus { key: Key::new(secret).unwrap(), left })
    };
    let verifier = |left, working| {
        let mut keys: KeySet<Bus, 2> = KeySet::new().allow_missing_key_id();
        keys.add("first", bus(&ONE, left)).unwrap();
        keys.add("second", bus(&TWO, working)).unwrap();
        embedded_jwt::Verifier::new(keys, policy(|policy| policy))
    };
    for header in [r#"{"alg":"HS256"}"#, r#"{"alg": "HS256"}"#] {
        let token = sign("HS256", &TWO, header.as_bytes(), br#"{"exp":2000}"#);
        let time = Time::Known(1000);
        let whole =
            |left, working| verifier(left, working).verify(&token, time, &mut [0; 200]).map(drop);
        assert_eq!(whole(0, 9), Err(MacEngine));
        assert_eq!(whole(9, 0), Err(MacEngine));
        assert_eq!(whole(9, 9), Ok(()));
        for length in [1, 7, 64, token.len()] {
            let pieces = |left, working| {
                let (verifier, mut buffer) = (verifier(left, working), [0; 200]);
                let mut streaming = verifier.stream(&mut buffer);
                token.chunks(length).try_for_each(|piece| streaming.push(piece))?;
                streaming.finish(time).map(drop)
            };
            let at_the_end = |left, working| {
                let (verifier, mut buffer) = (verifier(left, working), [0; 200]);
                let mut incoming = IncomingToken::new(&mut buffer);
                token.chunks(length).try_for_each(|piece| incoming.push(piece))?;
                incoming.verify(&verifier, time).map(drop)
            };
            let ways: [&dyn Fn(usize, usize) -> Result<(), Error>; 2] = [&pieces, &at_the_end];
            for verify in ways {
                let needed = (0..).find(|left| verify(*left, usize::MAX) == Ok(())).unwrap();
                assert!(needed >= 5, "begin, header, dot, payload, finish");
                for left in 0..needed {
                    assert_eq!(verify(left, usize::MAX), Err(MacEngine), "{length} {left}");
                    assert_eq!(verify(usize::MAX, left), Err(MacEngine), "{length} {left}");
                }
                assert_eq!(verify(needed, needed), Ok(()), "{length}");
            }
        }
    }
}

/// Engines are compared by what they compute, and only for a token that one of them has signed.
#[test]
fn engines_with_one_secret_for_two_issuers_are_compared_after_the_mac() {
    let count = Cell::new(0);
    let engines = |failing: &str| {
        let engine = |secret: &[u8], issuer: &'static str| {
            let key = AnyKey::new(AnyAlgorithm::Hs256, secret).unwrap();
            let fails = failing.contains(issuer);
            KeyEntry::new(Engine { key, count: &count, fails }).issuer(issuer)
        };
        let mut keys: KeySet<Engine<'_>, 4> = KeySet::new();
        keys.add("k", engine(&ONE, "a")).unwrap();
        keys.add("k", engine(&TWO, "b")).unwrap();
        keys.add("k", engine(&ONE, "b")).unwrap_err();
        keys.add("k", engine(&ONE, "c")).unwrap();
        keys.add("j", engine(&ONE, "d")).unwrap();
        keys
    };
    for (secret, issuer, failing, expected, macs) in [
        (ONE, "a", "abc", Ok(()), 1),
        (TWO, "b", "abc", Ok(()), 2),
        // Both engines of the comparison compute a MAC.
        (ONE, "c", "", Ok(()), 3),
        (ONE, "c", "c", Err(MacEngine), 2),
        (ONE, "c", "a", Err(MacEngine), 3),
        (ONE, "b", "", Err(KeyOfAnotherIssuer), 3),
        (TWO, "a", "", Err(KeyOfAnotherIssuer), 4),
        // No key of this name is for this issuer.
        (ONE, "d", "abc", Err(KeyOfAnotherIssuer), 1),
        (THREE, "c", "abc", Err(SignatureMismatch), 3),
    ] {
        let claims = format!(r#"{{"exp":2000,"iss":"{issuer}"}}"#);
        let token = sign("HS256", &secret, br#"{"alg":"HS256","kid":"k"}"#, claims.as_bytes());
        let verifier = Verifier::new(engines(failing), policy(|policy| policy));
        let outcome = verifier.verify(&token, Time::Known(1000), &mut [0; 200]).map(drop);
        assert_eq!(outcome, expected, "{} {issuer} {failing:?}", secret[0]);
        count.set(0);
        let mut buffer = [0; 200];
        let whole =
            embedded_jwt::Verifier::verify(&verifier, &token, Time::Known(1000), &mut buffer);
        assert_eq!(whole.map(drop), expected);
        assert_eq!(count.take(), macs, "MACs for {} {issuer} {failing:?}", secret[0]);
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
    assert_eq!(names(&keys), ["a", "c", "d", "e", "twelve-bytes"]);
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

/// A name, a change, and its outcome.
type Changed = (&'static str, fn(&mut Keys) -> Result<(), Error>, Result<(), Error>);

#[test]
fn keys_of_one_name_are_changed_by_algorithm_and_issuer() {
    use AnyAlgorithm::{Hs256, Hs384, Hs512};
    const K: KeyName<'_> = KeyName::new("k");
    // A change, and the keys that are good after it.
    let rows: &[(Changed, &str)] = &[
        (("nothing", |_| Ok(()), Ok(())), "256- 256a 256b 512-"),
        // A name alone.
        (("retire", |keys| keys.retire("k", 0), Err(AmbiguousKeyId)), "256- 256a 256b 512-"),
        (("start", |keys| keys.start("k", 2000), Err(AmbiguousKeyId)), "256- 256a 256b 512-"),
        (("remove", |keys| keys.remove("k"), Ok(())), ""),
        // The algorithm.
        (("retire HS512", |keys| keys.retire(K.algorithm(Hs512), 0), Ok(())), "256- 256a 256b"),
        (
            ("retire HS256", |keys| keys.retire(K.algorithm(Hs256), 0), Err(AmbiguousKeyId)),
            "256- 256a 256b 512-",
        ),
        (
            ("retire HS384", |keys| keys.retire(K.algorithm(Hs384), 0), Err(UnknownKeyId)),
            "256- 256a 256b 512-",
        ),
        (("remove HS256", |keys| keys.remove(K.algorithm(Hs256)), Ok(())), "512-"),
        (
            ("remove HS384", |keys| keys.remove(K.algorithm(Hs384)), Err(UnknownKeyId)),
            "256- 256a 256b 512-",
        ),
        // The issuer.
        (("start a", |keys| keys.start(K.issuer("a"), 2000), Ok(())), "256- 256b 512-"),
        (
            ("start c", |keys| keys.start(K.issuer("c"), 2000), Err(UnknownKeyId)),
            "256- 256a 256b 512-",
        ),
        (
            (
                "start without issuer",
                |keys| keys.start(K.without_issuer(), 2000),
                Err(AmbiguousKeyId),
            ),
            "256- 256a 256b 512-",
        ),
        (("remove b", |keys| keys.remove(K.issuer("b")), Ok(())), "256- 256a 512-"),
        (("remove without issuer", |keys| keys.remove(K.without_issuer()), Ok(())), "256a 256b"),
        // Both.
        (
            (
                "start HS256 without issuer",
                |keys| keys.start(K.without_issuer().algorithm(Hs256), 2000),
                Ok(()),
            ),
            "256a 256b 512-",
        ),
        (
            (
                "start HS512 of a",
                |keys| keys.start(K.algorithm(Hs512).issuer("a"), 2000),
                Err(UnknownKeyId),
            ),
            "256- 256a 256b 512-",
        ),
    ];
    for ((name, change, expected), left) in rows {
        let mut keys = shared();
        assert_eq!(change(&mut keys), *expected, "{name}");
        assert_eq!(good(&keys, &SHARED), *left, "{name}");
        assert_eq!(good(&keys, &[FOUR]), "", "{name}");
        // Another name's key stays.
        assert_eq!(keys.remove("j"), Ok(()), "{name}");
    }
    // The same, and the key that replaces one.
    let rows: &[(Changed, &str, &str)] = &[
        // A name alone: the one with the new key's algorithm and issuer.
        (
            ("like the first", |keys| keys.replace("k", entry(Hs256, &FOUR)), Ok(())),
            "256a 256b 512-",
            "256-",
        ),
        (
            ("like the second", |keys| keys.replace("k", entry(Hs256, &FOUR).issuer("a")), Ok(())),
            "256- 256b 512-",
            "256a",
        ),
        (
            (
                "like none",
                |keys| keys.replace("k", entry(Hs512, &FOUR).issuer("a")),
                Err(AmbiguousKeyId),
            ),
            "256- 256a 256b 512-",
            "",
        ),
        (
            ("unknown", |keys| keys.replace("i", entry(Hs256, &FOUR)), Err(UnknownKeyId)),
            "256- 256a 256b 512-",
            "",
        ),
        // Said which.
        (
            (
                "HS512 by HS384",
                |keys| keys.replace(K.algorithm(Hs512), entry(Hs384, &FOUR)),
                Ok(()),
            ),
            "256- 256a 256b",
            "384-",
        ),
        (
            ("a by c", |keys| keys.replace(K.issuer("a"), entry(Hs256, &FOUR).issuer("c")), Ok(())),
            "256- 256b 512-",
            "256c",
        ),
        (
            (
                "HS512 by one that is like another",
                |keys| keys.replace(K.algorithm(Hs512), entry(Hs256, &FOUR)),
                Err(DuplicateKeyId),
            ),
            "256- 256a 256b 512-",
            "",
        ),
        (
            (
                "several by one that is like another",
                |keys| keys.replace(K.algorithm(Hs256), entry(Hs512, &FOUR)),
                Err(AmbiguousKeyId),
            ),
            "256- 256a 256b 512-",
            "",
        ),
        (
            (
                "several, of which one is alike",
                |keys| keys.replace(K.algorithm(Hs256), entry(Hs256, &FOUR).issuer("b")),
                Ok(()),
            ),
            "256- 256a 512-",
            "256b",
        ),
        (
            (
                "none by one that is like another",
                |keys| keys.replace(K.issuer("c"), entry(Hs256, &FOUR)),
                Err(UnknownKeyId),
            ),
            "256- 256a 256b 512-",
            "",
        ),
    ];
    for ((name, change, expected), left, replaced) in rows {
        let mut keys = shared();
        assert_eq!(change(&mut keys), *expected, "{name}");
        assert_eq!(good(&keys, &SHARED), *left, "{name}");
        assert_eq!(good(&keys, &[FOUR]), *replaced, "{name}");
        assert_eq!(keys.len(), 5, "{name}");
    }
    // One more key of the name is added unless nothing but the secret tells it apart.
    let mut keys = shared();
    let new = || entry(Hs256, &FOUR);
    for (entry, expected) in [
        (new(), Err(DuplicateKeyId)),
        (entry(Hs256, &SHARED[0]), Err(DuplicateKeyId)),
        (new().issuer("a"), Err(DuplicateKeyId)),
        (new().issuer("b").not_before(1), Err(DuplicateKeyId)),
        (entry(Hs512, &FOUR), Err(DuplicateKeyId)),
        (new().issuer("c"), Ok(())),
        (new().issuer("d"), Err(KeySetFull)),
    ] {
        assert_eq!(keys.add("k", entry), expected);
    }
    // A name that is unique is enough.
    assert_eq!(keys.replace("j", entry(Hs512, &FOUR).issuer("c")), Ok(()));
    assert_eq!(keys.retire("j", 0), Ok(()));
}

/// The secrets of the keys of the name `k`.
const SHARED: [[u8; 64]; 4] = [[11; 64], [12; 64], [13; 64], [14; 64]];

/// Four keys of the name `k`, and one of another name.
fn shared() -> Keys {
    let [first, second, third, fourth] = &SHARED;
    let mut keys = Keys::new();
    for (key_id, entry) in [
        ("k", entry(AnyAlgorithm::Hs256, first)),
        ("k", entry(AnyAlgorithm::Hs256, second).issuer("a")),
        ("j", entry(AnyAlgorithm::Hs256, second).issuer("a")),
        ("k", entry(AnyAlgorithm::Hs256, third).issuer("b")),
        ("k", entry(AnyAlgorithm::Hs512, fourth)),
    ] {
        keys.add(key_id, entry).unwrap();
    }
    keys
}

/// The keys of the name `k` with these secrets that are good now: each key's algorithm and issuer,
/// or `-` for any issuer.
fn good(keys: &Keys, secrets: &[[u8; 64]]) -> String {
    let mut good = Vec::new();
    for secret in secrets {
        for algorithm in ["256", "384", "512"] {
            let name = format!("HS{algorithm}");
            let header = format!(r#"{{"alg":"{name}","kid":"k"}}"#);
            let issuer = ["-", "a", "b", "c"].into_iter().find(|issuer| {
                let claims = format!(r#"{{"exp":2000,"iss":"{issuer}"}}"#);
                let token = sign(&name, secret, header.as_bytes(), claims.as_bytes());
                check(keys, Time::Known(1000), &token).is_ok()
            });
            good.extend(issuer.map(|issuer| format!("{algorithm}{issuer}")));
        }
    }
    good.join(" ")
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
    assert_eq!(
        AnyKey::new(AnyAlgorithm::Hs384, &ONE[..47]).err(),
        Some(KeyTooShort { needed: 48 })
    );
}
