//! Verification in two steps, whose MAC somebody else computes.
//!
//! The other tests also verify every token in two steps, and expect the same outcome: see
//! `common::every_way`. The tests here are about what only this way can do.

mod common;

use common::{SECRET, sign};
use embedded_jwt::{
    AnyAlgorithm, AnyKey, Check, Error, Hs256, Hs512, JwsVerifier, Key, KeyEntry, KeyHandle,
    KeySet, Mac, Policy, PolicyBuilder, Presented, ReplayGuard, Time, Verifier, WhenFull,
};

const NOW: Time = Time::Known(1000);
const CLAIMS: &[u8] = br#"{"exp":2000,"jti":"1"}"#;

/// A slot of a secure element.
type Slot = KeyHandle<Hs256, u8>;

fn policy() -> Policy<'static> {
    Policy::builder().build().unwrap()
}

/// The secret in a slot.
fn secret(slot: u8) -> [u8; 32] {
    [slot; 32]
}

/// What the secure element computes, unless its bus fails.
fn hmac(slot: u8, message: &[u8]) -> [u8; 32] {
    Key::<Hs256>::new(&secret(slot)).unwrap().mac(message).unwrap()
}

/// Keys 1 and 2 have one name, for two issuers; 3 is retired, and 4 is for any issuer.
fn slots() -> KeySet<'static, Slot, 4> {
    let mut keys = KeySet::new();
    keys.add("a", KeyEntry::new(Slot::new(1)).issuer("one")).unwrap();
    keys.add("a", KeyEntry::new(Slot::new(2)).issuer("two")).unwrap();
    keys.add("old", KeyEntry::new(Slot::new(3)).retired_after(500)).unwrap();
    keys.add("new", KeyEntry::new(Slot::new(4))).unwrap();
    keys
}

/// Verifies a token, and returns the slots that were asked.
fn ask(keys: &KeySet<'_, Slot, 4>, token: &[u8]) -> (Vec<u8>, Result<(), Error>) {
    let verifier = Verifier::new(keys, policy());
    let mut buffer = [0; 200];
    let mut asked = Vec::new();
    let outcome = verifier.begin(token, &mut buffer).and_then(|mut pending| {
        while let Some(key) = pending.key() {
            assert_eq!(pending.key().map(KeyHandle::get), Some(key.get()), "asked twice");
            asked.push(*key.get());
            pending.computed_mac(&mut hmac(*key.get(), pending.signing_input()));
        }
        pending.finish(NOW).map(drop)
    });
    assert!(outcome.is_ok() || buffer == [0; 200], "left in the buffer");
    (asked, outcome)
}

#[test]
fn keys_come_one_after_the_other_until_a_mac_matches() {
    use Error::{
        AlgorithmMismatch, KeyOfAnotherIssuer, KeyRetired, MissingKeyId, SignatureMismatch,
        UnknownKeyId,
    };
    let (strict, lax) = (slots(), slots().allow_missing_key_id());
    let named_a = r#"{"alg":"HS256","kid":"a"}"#;
    let unnamed = r#"{"alg":"HS256"}"#;
    for (name, keys, header, claims, signer, expected) in [
        ("first of a name", &strict, named_a, r#"{"exp":2000,"iss":"one"}"#, 1, (&[1][..], Ok(()))),
        ("second of a name", &strict, named_a, r#"{"exp":2000,"iss":"two"}"#, 2, (&[1, 2], Ok(()))),
        (
            "of another issuer",
            &strict,
            named_a,
            r#"{"exp":2000,"iss":"two"}"#,
            1,
            (&[1], Err(KeyOfAnotherIssuer)),
        ),
        ("by no key of the name", &strict, named_a, "{}", 4, (&[1, 2], Err(SignatureMismatch))),
        (
            "white space in the header",
            &strict,
            r#"{ "alg" : "HS256", "kid" : "new" }"#,
            r#"{"exp":2000}"#,
            4,
            (&[4], Ok(())),
        ),
        (
            "retired",
            &strict,
            r#"{"alg":"HS256","kid":"old"}"#,
            r#"{"exp":2000}"#,
            3,
            (&[3], Err(KeyRetired)),
        ),
        ("no name", &strict, unnamed, "{}", 1, (&[], Err(MissingKeyId))),
        ("unknown", &strict, r#"{"alg":"HS256","kid":"?"}"#, "{}", 1, (&[], Err(UnknownKeyId))),
        (
            "of another algorithm",
            &strict,
            r#"{"alg":"HS512","kid":"a"}"#,
            "{}",
            1,
            (&[], Err(AlgorithmMismatch)),
        ),
        ("tried one by one", &lax, unnamed, r#"{"exp":2000}"#, 4, (&[1, 2, 3, 4], Ok(()))),
        ("by none", &lax, unnamed, r#"{"exp":2000}"#, 9, (&[1, 2, 3, 4], Err(SignatureMismatch))),
    ] {
        let token = sign("HS256", &secret(signer), header.as_bytes(), claims.as_bytes());
        let (asked, outcome) = ask(keys, &token);
        assert_eq!((asked.as_slice(), outcome), expected, "{name}");
    }
}

/// One secret may be in a set for two issuers: equal handles are the same key.
#[test]
fn equal_handles_are_the_same_key() {
    let mut keys: KeySet<Slot, 4> = KeySet::new().allow_missing_key_id();
    keys.add("a", KeyEntry::new(Slot::new(1)).issuer("one")).unwrap();
    keys.add("b", KeyEntry::new(Slot::new(1)).issuer("two")).unwrap();
    keys.add("c", KeyEntry::new(Slot::new(2)).issuer("three")).unwrap();
    for (issuer, expected) in
        [("one", Ok(())), ("two", Ok(())), ("three", Err(Error::KeyOfAnotherIssuer))]
    {
        let claims = format!(r#"{{"exp":2000,"iss":"{issuer}"}}"#);
        let token = sign("HS256", &secret(1), br#"{"alg":"HS256"}"#, claims.as_bytes());
        assert_eq!(ask(&keys, &token), (vec![1], expected), "{issuer}");
    }
}

/// If the other keys are not asked, a token is refused as one that they did not sign either: trying
/// again would not help.
#[test]
fn a_set_whose_other_keys_are_not_asked_refuses() {
    let keys = slots().allow_missing_key_id();
    let token = sign("HS256", &secret(4), br#"{"alg":"HS256"}"#, CLAIMS);
    let verifier = Verifier::new(&keys, policy());
    for (macs, expected) in [(0, Error::MacEngine), (1, Error::SignatureMismatch)] {
        let mut buffer = [0; 100];
        let mut pending = verifier.begin(&token, &mut buffer).unwrap();
        for _ in 0..macs {
            pending.computed_mac(&mut hmac(1, pending.signing_input()));
        }
        assert_eq!(pending.finish(NOW).map(drop), Err(expected));
    }
}

/// What was computed is what counts. A MAC that is missing is not one that matches.
#[test]
fn a_token_is_accepted_only_by_the_mac_that_was_asked_for() {
    let token = sign("HS256", &secret(1), br#"{"alg":"HS256","typ":"JWT"}"#, CLAIMS);
    let verifier = Verifier::new(Slot::new(1), policy());
    let right = hmac(1, &token[..token.len() - 44]);
    let mut changed = right;
    changed[31] ^= 1;
    for (name, macs, expected) in [
        ("none", &[][..], Err(Error::MacEngine)),
        ("right", &[right], Ok(())),
        ("wrong", &[[0; 32]], Err(Error::SignatureMismatch)),
        ("wrong in the last bit", &[changed], Err(Error::SignatureMismatch)),
        ("right, then wrong", &[right, [0; 32]], Ok(())),
        ("wrong, then right", &[[0; 32], right], Err(Error::SignatureMismatch)),
    ] {
        let mut buffer = [0; 100];
        let mut pending = verifier.begin(&token, &mut buffer).unwrap();
        for mac in macs {
            let mut mac = *mac;
            pending.computed_mac(&mut mac);
            assert_eq!(mac, [0; 32], "{name}: wiped");
        }
        assert_eq!(pending.key().is_some(), macs.is_empty(), "{name}");
        let outcome = pending.finish(NOW).map(drop);
        assert_eq!(outcome, expected, "{name}");
        assert_eq!(buffer == [0; 100], expected.is_err(), "{name}: wiped");
    }
}

#[test]
fn a_token_that_is_given_up_is_wiped() {
    let token = sign("HS256", &secret(1), br#"{"alg":"HS256"}"#, CLAIMS);
    let verifier = Verifier::new(Slot::new(1), policy());
    let jws_verifier = JwsVerifier::new(Slot::new(1));
    for computed in [false, true] {
        let mut buffer = [0; 100];
        let mut pending = verifier.begin(&token, &mut buffer).unwrap();
        if computed {
            pending.computed_mac(&mut hmac(1, pending.signing_input()));
        }
        drop(pending);
        assert_eq!(buffer, [0; 100]);
        let mut pending = jws_verifier.begin(&token, &mut buffer).unwrap();
        if computed {
            pending.computed_mac(&mut hmac(1, pending.signing_input()));
        }
        drop(pending);
        assert_eq!(buffer, [0; 100]);
    }
}

/// What stands in front of the MAC is refused before anything is computed; the rest after it.
#[test]
fn the_first_step_refuses_what_no_mac_can_save() {
    let good = sign("HS256", &secret(1), br#"{"alg":"HS256"}"#, CLAIMS);
    let with_crit = sign("HS256", &secret(1), br#"{"alg":"HS256","crit":["b64"]}"#, CLAIMS);
    let verifier = Verifier::new(Slot::new(1), policy());
    let begin = |token: &[u8], room| {
        verifier.begin(token, &mut vec![0; room]).map(|pending| pending.key().is_some())
    };
    assert_eq!(begin(b"a.b", 100), Err(Error::NotCompactSerialization));
    assert_eq!(begin(&good, 10), Err(Error::BufferTooSmall { needed: 37 }));
    assert_eq!(begin(&good[..good.len() - 1], 100), Err(Error::SignatureLength));
    // With one key, nothing is parsed before its MAC holds; a set's header names the key.
    assert_eq!(begin(&with_crit, 100), Ok(true));
    let mut keys: KeySet<Slot, 1> = KeySet::new().allow_missing_key_id();
    keys.add("a", KeyEntry::new(Slot::new(1))).unwrap();
    let set = Verifier::new(keys, policy());
    let refused = set.begin(&with_crit, &mut [0; 100]).map(drop);
    assert_eq!(refused, Err(Error::CriticalExtension));
}

#[test]
fn checks_and_the_replay_guard_are_asked_at_the_end() {
    let token = sign("HS256", &secret(1), br#"{"alg":"HS256"}"#, CLAIMS);
    let verifier = Verifier::new(Slot::new(1), policy());
    let mut guard: ReplayGuard<4> = ReplayGuard::new(WhenFull::Refuse);
    let mut verify = |check: &dyn Check| {
        let mut buffer = [0; 100];
        let mut pending = verifier.begin(&token, &mut buffer)?;
        pending.computed_mac(&mut hmac(1, pending.signing_input()));
        pending.finish_with(NOW, check, &mut guard).map(drop)
    };
    let refuses = |_: &Presented<'_>| false;
    assert_eq!(verify(&refuses), Err(Error::RefusedByApplication));
    assert_eq!(verify(&()), Ok(()));
    assert_eq!(verify(&()), Err(Error::Replayed));
}

/// A set of software keys of several algorithms: a signature as long as another algorithm's MAC is
/// refused before that MAC is computed.
#[test]
fn a_signature_of_another_length_is_not_computed() {
    let mut keys: KeySet<AnyKey, 2> = KeySet::new();
    let key = AnyKey::new(AnyAlgorithm::Hs512, &SECRET).unwrap();
    keys.add("a", KeyEntry::new(key)).unwrap();
    let verifier = Verifier::new(keys, policy());
    let header = br#"{"alg":"HS512","kid":"a"}"#;
    let short = sign("HS256", &SECRET, header, CLAIMS);
    let outcome = verifier.begin(&short, &mut [0; 100]).map(drop);
    assert_eq!(outcome, Err(Error::SignatureLength));
    let token = sign("HS512", &SECRET, header, CLAIMS);
    let mut buffer = [0; 100];
    let mut pending = verifier.begin(&token, &mut buffer).unwrap();
    let key = pending.key().unwrap();
    pending.computed_mac(&mut key.mac(pending.signing_input()).unwrap());
    assert!(pending.finish(NOW).is_ok());
}

/// Without `jti`, a token is recognized by its MAC: the same one, however long the longest may be.
#[test]
fn a_token_is_recognized_in_whatever_way_it_is_verified() {
    let token = sign("HS256", &SECRET, br#"{"alg":"HS256"}"#, br#"{"exp":2000}"#);
    let policy = Policy::builder().allow_missing_jwt_id().build().unwrap();
    let verifier = Verifier::new(AnyKey::new(AnyAlgorithm::Hs256, &SECRET).unwrap(), policy);
    let mut guard: ReplayGuard<4> = ReplayGuard::new(WhenFull::Refuse);
    let mut buffer = [0; 100];
    assert!(verifier.verify_with(&token, NOW, &(), &mut guard, &mut buffer).is_ok());
    let mut pending = verifier.begin(&token, &mut buffer).unwrap();
    let key = pending.key().unwrap();
    pending.computed_mac(&mut key.mac(pending.signing_input()).unwrap());
    assert_eq!(pending.finish_with(NOW, &(), &mut guard).map(drop), Err(Error::Replayed));
}

#[test]
fn longer_macs_and_other_payloads_work_as_well() {
    let verifier = JwsVerifier::new(KeyHandle::<Hs512, &str>::new("slot")).typ("x");
    let token = sign("HS512", &SECRET, br#"{"alg":"HS512","typ":"x"}"#, b"\0\xff");
    let other = sign("HS512", &SECRET, br#"{"alg":"HS512","typ":"y"}"#, b"\0\xff");
    let key = Key::<Hs512>::new(&SECRET).unwrap();
    for (token, expected) in [(&token, Ok(&b"\0\xff"[..])), (&other, Err(Error::TypeMismatch))] {
        let mut buffer = [0; 100];
        let mut pending = verifier.begin(token, &mut buffer).unwrap();
        assert_eq!(pending.key().map(KeyHandle::get), Some(&"slot"));
        pending.computed_mac(&mut key.mac(pending.signing_input()).unwrap());
        assert_eq!(pending.finish().map(|jws| jws.payload()), expected);
    }
}

#[test]
fn debug_shows_nothing_of_the_token() {
    let token = sign("HS256", &secret(1), br#"{"alg":"HS256"}"#, CLAIMS);
    let verifier = Verifier::new(Slot::new(1), policy());
    let shown = format!("{:?}", verifier.begin(&token, &mut [0; 100]).unwrap());
    assert_eq!(shown, "PendingToken { .. }");
    let verifier = JwsVerifier::new(Slot::new(1));
    let shown = format!("{:?}", verifier.begin(&token, &mut [0; 100]).unwrap());
    assert_eq!(shown, "PendingJws { .. }");
    let shown = format!("{:?}", KeyHandle::<Hs256, _>::new("slot"));
    assert_eq!(shown, "KeyHandle { algorithm: \"HS256\", .. }");
}

/// An empty payload whose signature does not match is probably elsewhere.
#[test]
fn a_detached_payload_is_told_as_such() {
    let token = sign("HS256", &secret(1), br#"{"alg":"HS256"}"#, b"");
    let verifier = Verifier::new(Slot::new(1), PolicyBuilder::build(Policy::builder()).unwrap());
    let mut buffer = [0; 100];
    let mut pending = verifier.begin(&token, &mut buffer).unwrap();
    pending.computed_mac(&mut [0; 32]);
    assert_eq!(pending.finish(NOW).map(drop), Err(Error::DetachedPayload));
}
