//! Marks keys as undefined for valgrind, so that it reports each branch and each address that
//! depends on a key, or on a MAC that is computed with it. `run` says which of these are meant.
//! The argument is the case: one of `CASES`.

use std::env;
use std::hint::black_box;
use std::process::ExitCode;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use crabgrind::memcheck::{MemState, mark_mem};
use embedded_jwt::{
    Algorithm, AnyAlgorithm, AnyKey, Error, Hs256, Hs384, Hs512, IncomingToken, JwsVerifier, Key,
    KeyEntry, KeySet, Keys, Mac, Policy, Signer, Stamp, StreamingMac, Tag, Time, Verifier,
};

type Case = (&'static str, fn());

/// What must not be reported, and behind it what must be: the lines that end with `// planted`.
const CASES: [Case; 14] = [
    ("keys", keys),
    ("base64url", base64url),
    ("jwk", jwk),
    ("one-key", one_key),
    ("set", set),
    ("same-key", same_key),
    ("two-steps", two_steps),
    ("detached", detached),
    ("sign", sign),
    ("control-comparison-that-stops-early", control_comparison),
    ("control-table", control_table),
    ("control-jwk", control_jwk),
    ("control-same-key", control_same_key),
    ("control-sign", control_sign),
];

const SECRET: [u8; 64] = *b"64 bytes that make up a test key, as long as HS512 needs a key: ";
const OTHER: [u8; 64] = *b"Another test key, for the other entry of a key set: as long.....";
const CLAIMS: &str = r#"{"iss":"joe","exp":1900000000,"jti":"1"}"#;
const NOW: Time = Time::Known(1_800_000_000);

fn main() -> ExitCode {
    let name = env::args().nth(1).unwrap_or_default();
    let Some((_, case)) = CASES.into_iter().find(|(case, _)| *case == name) else {
        CASES.iter().for_each(|(name, _)| println!("{name}"));
        return ExitCode::from(2);
    };
    case();
    ExitCode::SUCCESS
}

/// A copy that valgrind takes for undefined.
fn secret<T: AsMut<[u8]> + Copy>(bytes: T) -> T {
    let mut copy = black_box(bytes);
    mark(copy.as_mut(), MemState::Undefined);
    copy
}

fn mark(bytes: &mut [u8], state: MemState) {
    // This version takes valgrind's answer for an error. That it works is what the controls show.
    let _ = mark_mem(bytes.as_mut_ptr().cast(), bytes.len(), state);
}

/// Keys of every algorithm, shorter than a block, of a block and longer.
fn keys() {
    let short = secret(SECRET);
    let long = secret([7; 200]);
    for length in [32, 48, 63, 64] {
        black_box(Key::<Hs256>::new(&short[..length]).is_ok());
        black_box(Key::<Hs384>::new(&short[..length]).is_ok());
        black_box(AnyKey::new(AnyAlgorithm::Hs256, &short[..length]).is_ok());
    }
    black_box(Key::<Hs512>::new(&short).is_ok());
    for length in [65, 127, 128, 129, 200] {
        black_box(Key::<Hs256>::new(&long[..length]).is_ok());
        black_box(Key::<Hs384>::new(&long[..length]).is_ok());
        black_box(Key::<Hs512>::new(&long[..length]).is_ok());
        black_box(AnyKey::new(AnyAlgorithm::Hs512, &long[..length]).is_ok());
    }
}

/// Keys of each remainder of a length by three, and texts that are no Base64URL.
fn base64url() {
    for length in [32, 33, 34, 64] {
        let mut text = BASE64_URL_SAFE_NO_PAD.encode(&SECRET[..length]).into_bytes();
        mark(&mut text, MemState::Undefined);
        let key = Key::<Hs256>::from_base64url(&text, &mut [0; 64]);
        assert!(key.is_ok());
        mark(&mut text, MemState::Defined);
        text[20] = b'+';
        mark(&mut text, MemState::Undefined);
        let key = Key::<Hs256>::from_base64url(&text, &mut [0; 64]);
        assert_eq!(key.err(), Some(Error::KeyNotBase64Url));
    }
}

/// JSON Web Keys of each remainder of a length by three, texts that are no Base64URL, and a set
/// that has a key twice. The texts have spaces, so they are moved before `k` is decoded.
fn jwk() {
    for length in [32, 33, 34, 64] {
        let symbols = BASE64_URL_SAFE_NO_PAD.encode(&SECRET[..length]);
        assert!(Key::<Hs256>::from_jwk(&mut secret_jwk(&symbols)).is_ok());
        assert!(AnyKey::from_jwk(&mut secret_jwk(&symbols), None).is_ok());
        let wrong = format!("{}+{}", &symbols[..20], &symbols[21..]);
        let key = Key::<Hs256>::from_jwk(&mut secret_jwk(&wrong));
        assert_eq!(key.err(), Some(Error::KeyNotBase64Url));
    }
    let keys = [SECRET, OTHER, SECRET].map(|key| secret_jwk(&BASE64_URL_SAFE_NO_PAD.encode(key)));
    let mut text = [b"{\"keys\": [", &*keys.join(&b','), b"]}"].concat();
    let mut set = KeySet::<Key<Hs256>, 3, 8>::new();
    let read = set.read_jwks(&mut text, None).unwrap();
    assert_eq!((read.added(), read.repeated(), read.passed_over()), (2, 1, 0));
}

/// A JSON Web Key of which nothing is secret but the symbols of `k`: how many they are is known.
fn secret_jwk(symbols: &str) -> Vec<u8> {
    let [before, behind] = ["{ \"kty\": \"oct\", \"alg\": \"HS256\", \"k\": \"", "\" }"];
    let mut text = [before, symbols, behind].concat().into_bytes();
    mark(&mut text[before.len()..][..symbols.len()], MemState::Undefined);
    text
}

fn one_key() {
    verify(&Key::<Hs256>::new(&secret(SECRET)).unwrap(), Hs256::NAME, &[None]);
    verify(&Key::<Hs384>::new(&secret(SECRET)).unwrap(), Hs384::NAME, &[None]);
    verify(&Key::<Hs512>::new(&secret(SECRET)).unwrap(), Hs512::NAME, &[None]);
    verify(&AnyKey::new(AnyAlgorithm::Hs384, &secret(SECRET)).unwrap(), Hs384::NAME, &[None]);
}

/// Sets in which a `kid` names one key, two keys, and in which all are tried.
fn set() {
    let [one, other] = [SECRET, OTHER].map(secret);
    let mut set = KeySet::<Key<Hs256>, 3, 8>::new().allow_missing_key_id();
    set.add("one", KeyEntry::new(Key::new(&one).unwrap())).unwrap();
    set.add("other", KeyEntry::new(Key::new(&other).unwrap())).unwrap();
    verify(&set, Hs256::NAME, &[None, Some("one"), Some("other")]);

    let mut set = KeySet::<AnyKey, 3, 8>::new().allow_missing_key_id();
    let key = |secret: &[u8]| AnyKey::new(AnyAlgorithm::Hs512, secret).unwrap();
    set.add("one", KeyEntry::new(key(&one)).issuer("joe")).unwrap();
    set.add("one", KeyEntry::new(key(&other)).issuer("sue")).unwrap();
    set.add("other", KeyEntry::new(AnyKey::new(AnyAlgorithm::Hs256, &one).unwrap())).unwrap();
    verify(&set, Hs512::NAME, &[None, Some("one")]);
}

/// Sets whose signer is of another issuer than the token, and has the same secret as the entry of
/// the token's issuer, or another one.
fn same_key() {
    compare(Hs256::NAME, |secret| Key::<Hs256>::new(secret).unwrap());
    compare(Hs384::NAME, |secret| Key::<Hs384>::new(secret).unwrap());
    compare(Hs512::NAME, |secret| Key::<Hs512>::new(secret).unwrap());
    compare(Hs384::NAME, |secret| AnyKey::new(AnyAlgorithm::Hs384, secret).unwrap());
}

fn compare<K: StreamingMac>(algorithm: &str, key: impl Fn(&[u8]) -> K) {
    let [one, other] = [SECRET, OTHER].map(secret);
    for (of_joe, right) in [(one, Ok(())), (other, Err(Error::KeyOfAnotherIssuer))] {
        let mut set = KeySet::<K, 2, 8>::new();
        set.add("one", KeyEntry::new(key(&one)).issuer("sue")).unwrap();
        set.add("one", KeyEntry::new(key(&of_joe)).issuer("joe")).unwrap();
        verify_tokens(&set, algorithm, &[Some("one")], right);
    }
}

fn verify<K: Keys<Key: StreamingMac>>(keys: K, algorithm: &str, key_ids: &[Option<&str>]) {
    verify_tokens(keys, algorithm, key_ids, Ok(()));
}

/// Verifies a right and two wrong tokens whole, in pieces, and in pieces without a verifier.
fn verify_tokens<K: Keys<Key: StreamingMac>>(
    keys: K,
    algorithm: &str,
    key_ids: &[Option<&str>],
    right: Expected,
) {
    let policy = Policy::builder().build().unwrap();
    let verifier = Verifier::new(keys, policy);
    for key_id in key_ids {
        for (token, expected) in tokens(algorithm, *key_id, right) {
            let mut buffer = [0; 256];
            let answer = verifier.verify(&token, NOW, &mut buffer).map(drop);
            assert_eq!(answer, expected, "whole");

            let mut buffer = [0; 256];
            let mut streaming = verifier.stream(&mut buffer);
            token.chunks(50).try_for_each(|piece| streaming.push(piece)).unwrap();
            assert_eq!(streaming.finish(NOW).map(drop), expected, "in pieces");

            let mut buffer = [0; 256];
            let mut incoming = IncomingToken::new(&mut buffer);
            token.chunks(50).try_for_each(|piece| incoming.push(piece)).unwrap();
            assert_eq!(incoming.verify(&verifier, NOW).map(drop), expected, "incoming");
        }
    }
}

type Expected = Result<(), Error>;

/// A token whose MAC is right, one whose MAC is wrong at its end, and one whose MAC is wrong at its
/// start.
fn tokens(algorithm: &str, key_id: Option<&str>, right: Expected) -> [(Vec<u8>, Expected); 3] {
    let key_id = key_id.map(|key_id| format!(r#","kid":"{key_id}""#)).unwrap_or_default();
    let header = format!(r#"{{"alg":"{algorithm}"{key_id}}}"#);
    let [header, claims] = [&header, CLAIMS].map(|text| BASE64_URL_SAFE_NO_PAD.encode(text));
    let input = format!("{header}.{claims}");
    // The test's own key: nothing here is undefined.
    let secret = if key_id.contains("other") && algorithm == "HS256" { &OTHER } else { &SECRET };
    let tag = match algorithm {
        "HS256" => Key::<Hs256>::new(secret).unwrap().mac(input.as_bytes()).unwrap().to_vec(),
        "HS384" => Key::<Hs384>::new(secret).unwrap().mac(input.as_bytes()).unwrap().to_vec(),
        _ => Key::<Hs512>::new(secret).unwrap().mac(input.as_bytes()).unwrap().to_vec(),
    };
    let changed = |place: Option<usize>| {
        let mut tag = tag.clone();
        place.into_iter().for_each(|place| tag[place] ^= 1);
        format!("{input}.{}", BASE64_URL_SAFE_NO_PAD.encode(tag)).into_bytes()
    };
    let wrong = Err(Error::SignatureMismatch);
    [(changed(None), right), (changed(Some(tag.len() - 1)), wrong), (changed(Some(0)), wrong)]
}

/// A MAC that someone else computes and hands over.
fn two_steps() {
    let key = Key::<Hs256>::new(&secret(SECRET)).unwrap();
    let policy = Policy::builder().build().unwrap();
    let verifier = Verifier::new(&key, policy);
    for (token, expected) in tokens(Hs256::NAME, None, Ok(())) {
        let mut buffer = [0; 256];
        let mut pending = verifier.begin(&token, &mut buffer).unwrap();
        let mut mac = key.mac(pending.signing_input()).unwrap();
        pending.computed_mac(&mut mac);
        assert_eq!(pending.finish(NOW).map(drop), expected, "in two steps");
    }
}

/// A payload that travels apart, with one key and with a set.
fn detached() {
    let [one, other] = [SECRET, OTHER].map(secret);
    verify_detached(Key::<Hs256>::new(&one).unwrap(), None);
    let mut set = KeySet::<Key<Hs256>, 2, 8>::new();
    set.add("other", KeyEntry::new(Key::new(&other).unwrap())).unwrap();
    set.add("one", KeyEntry::new(Key::new(&one).unwrap())).unwrap();
    verify_detached(&set, Some("one"));
}

fn verify_detached<K: Keys<Key: StreamingMac>>(keys: K, key_id: Option<&str>) {
    let verifier = JwsVerifier::new(keys);
    for (token, expected) in tokens(Hs256::NAME, key_id, Ok(())) {
        let text = String::from_utf8(token).unwrap();
        let segments: Vec<_> = text.split('.').collect();
        let token = format!("{}..{}", segments[0], segments[2]);
        let mut buffer = [0; 128];
        let answer = verifier.verify_detached(token.as_bytes(), CLAIMS.as_bytes(), &mut buffer);
        assert_eq!(answer.map(drop), expected, "detached");
    }
}

/// Signs a claims set, with and without a stamp, and a payload, also one that travels apart.
fn sign() {
    sign_tokens(|secret| Key::<Hs256>::new(secret).unwrap());
    sign_tokens(|secret| Key::<Hs384>::new(secret).unwrap());
    sign_tokens(|secret| Key::<Hs512>::new(secret).unwrap());
    sign_tokens(|secret| AnyKey::new(AnyAlgorithm::Hs384, secret).unwrap());
}

fn sign_tokens<M: StreamingMac>(key: impl Fn(&[u8]) -> M) {
    // The test's own key makes the tokens that are expected: nothing there is undefined.
    let [key, own] = [key(&secret(SECRET)), key(&SECRET)];
    let [signer, own] = [Signer::new(&key).key_id("one"), Signer::new(&own).key_id("one")];
    let stamp = Stamp::new(1_800_000_000, 300).jwt_id(&[7; 8]);
    same_tokens(&signer, &own, |signer, buffer| signer.sign_json(CLAIMS, buffer));
    same_tokens(&signer, &own, |signer, buffer| signer.sign_json_with("{}", &stamp, buffer));
    same_tokens(&signer, &own, |signer, buffer| signer.sign_payload(&[7; 100], buffer));
    same_tokens(&signer, &own, |signer, buffer| signer.sign_detached(&[7; 100], buffer));
}

/// Makes a token by both. A token is public once it is made, and is declared so here.
fn same_tokens<S>(
    signer: &S,
    own: &S,
    make: impl for<'b> Fn(&S, &'b mut [u8]) -> Result<&'b [u8], Error>,
) {
    let [mut buffer, mut expected] = [[0; 320]; 2];
    let length = make(signer, &mut buffer).unwrap().len();
    mark(&mut buffer, MemState::Defined);
    assert_eq!(&buffer[..length], make(own, &mut expected).unwrap());
}

/// A comparison that nobody should write.
fn control_comparison() {
    let right: Tag<Key<Hs256>> = Key::<Hs256>::new(&secret(SECRET)).unwrap().mac(b"").unwrap();
    stop_early(&right);
}

fn stop_early(bytes: &[u8]) {
    black_box(bytes.iter().zip(&[0; 32]).all(|(a, b)| black_box(a == b))); // planted
}

/// A table that is looked up by a key's bytes.
fn control_table() {
    static TABLE: [u8; 256] = [1; 256];
    let secret = secret(SECRET);
    black_box(black_box(&TABLE)[usize::from(secret[0])]); // planted
}

/// A key that looks at its bytes after `k` is decoded.
fn control_jwk() {
    let mut text = secret_jwk(&BASE64_URL_SAFE_NO_PAD.encode(SECRET));
    let mut set = KeySet::<Key<Hs256>, 1, 8>::new();
    let make = |_, secret: &[u8]| {
        stop_early(secret);
        Key::new(secret)
    };
    black_box(set.read_jwks_with(&mut text, None, None, make).is_ok());
}

/// A key that compares its MAC of all that is no token: only of what keys are compared by.
fn control_same_key() {
    let [sue, joe] = [SECRET; 2].map(|key| StopsEarly(Key::new(&secret(key)).unwrap(), false));
    let mut set = KeySet::<StopsEarly, 2, 8>::new();
    set.add("one", KeyEntry::new(sue).issuer("sue")).unwrap();
    set.add("one", KeyEntry::new(joe).issuer("joe")).unwrap();
    let verifier = Verifier::new(&set, Policy::builder().build().unwrap());
    let [(token, _), ..] = tokens(Hs256::NAME, Some("one"), Ok(()));
    black_box(verifier.verify(&token, NOW, &mut [0; 256]).is_ok());
}

/// A key that compares its MAC before the signer writes it.
fn control_sign() {
    let key = StopsEarly(Key::new(&secret(SECRET)).unwrap(), true);
    black_box(Signer::new(key).sign_json(CLAIMS, &mut [0; 256]).is_ok());
}

/// A key that leaks MACs: those of tokens, or all others.
struct StopsEarly(Key<Hs256>, bool);

impl Mac for StopsEarly {
    type Algorithm = Hs256;

    fn mac(&self, message: &[u8]) -> Result<Tag<Self>, Error> {
        let mac = self.0.mac(message)?;
        if message.contains(&b'.') == self.1 {
            stop_early(&mac);
        }
        Ok(mac)
    }
}
