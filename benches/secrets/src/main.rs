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
    KeyEntry, KeySet, Keys, Mac, Policy, StreamingMac, Tag, Time, Verifier,
};

type Case = (&'static str, fn());

/// What must not be reported, and behind it what must be.
const CASES: [Case; 8] = [
    ("keys", keys),
    ("base64url", base64url),
    ("one-key", one_key),
    ("set", set),
    ("two-steps", two_steps),
    ("detached", detached),
    ("control-comparison-that-stops-early", control_comparison),
    ("control-table", control_table),
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

/// Verifies a right and two wrong tokens whole, in pieces, and in pieces without a verifier.
fn verify<K: Keys<Key: StreamingMac>>(keys: K, algorithm: &str, key_ids: &[Option<&str>]) {
    let policy = Policy::builder().build().unwrap();
    let verifier = Verifier::new(keys, policy);
    for key_id in key_ids {
        for (token, expected) in tokens(algorithm, *key_id) {
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

/// A right token, one whose MAC is wrong at its end, and one whose MAC is wrong at its start.
fn tokens(algorithm: &str, key_id: Option<&str>) -> [(Vec<u8>, Expected); 3] {
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
    [(changed(None), Ok(())), (changed(Some(tag.len() - 1)), wrong), (changed(Some(0)), wrong)]
}

/// A MAC that someone else computes and hands over.
fn two_steps() {
    let key = Key::<Hs256>::new(&secret(SECRET)).unwrap();
    let policy = Policy::builder().build().unwrap();
    let verifier = Verifier::new(&key, policy);
    for (token, expected) in tokens(Hs256::NAME, None) {
        let mut buffer = [0; 256];
        let mut pending = verifier.begin(&token, &mut buffer).unwrap();
        let mut mac = key.mac(pending.signing_input()).unwrap();
        pending.computed_mac(&mut mac);
        assert_eq!(pending.finish(NOW).map(drop), expected, "in two steps");
    }
}

/// A payload that travels apart.
fn detached() {
    let key = Key::<Hs256>::new(&secret(SECRET)).unwrap();
    let verifier = JwsVerifier::new(&key);
    for (token, expected) in tokens(Hs256::NAME, None) {
        let text = String::from_utf8(token).unwrap();
        let segments: Vec<_> = text.split('.').collect();
        let token = format!("{}..{}", segments[0], segments[2]);
        let mut buffer = [0; 64];
        let answer = verifier.verify_detached(token.as_bytes(), CLAIMS.as_bytes(), &mut buffer);
        assert_eq!(answer.map(drop), expected, "detached");
    }
}

/// A comparison that nobody should write.
fn control_comparison() {
    let right: Tag<Key<Hs256>> = Key::<Hs256>::new(&secret(SECRET)).unwrap().mac(b"").unwrap();
    black_box(right.iter().zip(&[0; 32]).all(|(a, b)| black_box(a == b)));
}

/// A table that is looked up by a key's bytes.
fn control_table() {
    static TABLE: [u8; 256] = [1; 256];
    let secret = secret(SECRET);
    black_box(black_box(&TABLE)[usize::from(secret[0])]);
}
