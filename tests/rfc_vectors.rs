//! The examples of the RFCs, as they are printed and with a MAC that holds, so that nothing but
//! the rule in question can refuse them.

mod common;

use common::every_way::{JwsVerifier, Verifier};
use common::{SECRET, decode, encode, sign, sign_segments, verify, verify_jws};
use embedded_jwt::Error::*;
use embedded_jwt::{Hs256, Hs384, Hs512, Key, Policy, Time};

macro_rules! vector {
    ($name:literal) => {
        include_bytes!(concat!("vectors/rfc/", $name))
    };
}

/// RFC 7515 appendix A.1, which is RFC 7519 section 3.1.
const A1: &[u8] = vector!("rfc7515-a1.jwt");
/// RFC 7519 section 6.1: `alg` is `none`, the signature is empty.
const UNSECURED: &[u8] = vector!("rfc7519-6.1-unsecured.jwt");
/// RFC 7515 appendix E: `crit` names an extension that nobody has.
const CRITICAL: &[u8] = vector!("rfc7515-app-e-crit.jws");
/// RFC 7797 section 4.1: the payload is `$.02`.
const ENCODED: &[u8] = vector!("rfc7797-4.1.jws");
/// RFC 7797 section 4.2: the same, detached, and its MAC covers it unencoded.
const UNENCODED: &[u8] = vector!("rfc7797-4.2.jws");
/// RFC 7520 section 4.4: the payload is a text.
const TEXT: &[u8] = vector!("rfc7520-4.4.jws");
/// RFC 7520 section 4.5: the same, detached.
const DETACHED: &[u8] = vector!("rfc7520-4.5-detached.jws");

/// One second before the `exp` of RFC 7515 appendix A.1.
const IN_TIME: Time = Time::Known(1_300_819_379);

/// A policy without expectations.
fn any() -> Policy<'static> {
    Policy::builder().allow_missing_expiration().allow_any_audience().build().unwrap()
}

/// RFC 7520 section 3.5.
fn secret_of_rfc_7520() -> Vec<u8> {
    decode("hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg")
}

/// Header, payload and signature as they are.
fn segments(token: &[u8]) -> [&[u8]; 3] {
    token.split(|&byte| byte == b'.').collect::<Vec<_>>().try_into().unwrap()
}

/// The same header and payload with a MAC that holds.
fn with_good_mac(token: &[u8]) -> Vec<u8> {
    let [header, payload, _] = segments(token);
    sign_segments("HS256", &SECRET, header, payload)
}

/// The decoded header with one text in it replaced, and the same payload, with a MAC that holds.
fn with_header(token: &[u8], from: &str, to: &str) -> Vec<u8> {
    let [header, payload, _] = segments(token);
    let header = String::from_utf8(decode(str::from_utf8(header).unwrap())).unwrap();
    assert!(header.contains(from), "{header}");
    let header = encode(header.replace(from, to));
    sign_segments("HS256", &SECRET, header.as_bytes(), payload)
}

#[test]
fn vectors_that_hold_are_a_jws_and_those_with_claims_are_a_jwt() {
    let rfc7520 = &*secret_of_rfc_7520();
    for (name, secret, token, as_jwt) in [
        ("RFC 7515 A.1", &**SECRET, A1, Ok(())),
        ("RFC 7797 4.1", &SECRET, ENCODED, Err(InvalidJson)),
        ("RFC 7520 4.4", rfc7520, TEXT, Err(InvalidJson)),
        // Detached content is the empty payload, once a MAC covers just that.
        ("RFC 7520 4.5, good MAC", &SECRET, &with_good_mac(DETACHED), Err(InvalidJson)),
    ] {
        assert_eq!(verify_jws::<Hs256>(secret, token).map(drop), Ok(()), "{name}");
        assert_eq!(verify::<Hs256>(secret, any(), IN_TIME, token), as_jwt, "{name}");
    }
}

#[test]
fn vectors_that_do_not_hold_are_neither() {
    let rfc7520 = &*secret_of_rfc_7520();
    let critical_hs256 = with_header(CRITICAL, "none", "HS256");
    let unencoded_not_critical = with_header(UNENCODED, r#","crit":["b64"]"#, "");
    let [header, _, signature] = segments(UNENCODED);
    let attached = [header, b"$.02", signature].join(&b'.');
    for (name, secret, token, error) in [
        ("RFC 7515 A.1, key without its first byte", &SECRET[1..], A1, SignatureMismatch),
        ("RFC 7519 6.1", &SECRET, UNSECURED, SignatureLength),
        ("RFC 7519 6.1, good MAC", &SECRET, &with_good_mac(UNSECURED), AlgorithmMismatch),
        ("RFC 7515 E", &SECRET, CRITICAL, SignatureLength),
        ("RFC 7515 E, good MAC", &SECRET, &with_good_mac(CRITICAL), AlgorithmMismatch),
        ("RFC 7515 E, HS256, good MAC", &SECRET, &critical_hs256, CriticalExtension),
        ("RFC 7797 4.2", &SECRET, UNENCODED, SignatureMismatch),
        ("RFC 7797 4.2, attached", &SECRET, &attached, NotCompactSerialization),
        ("RFC 7797 4.2, good MAC", &SECRET, &with_good_mac(UNENCODED), CriticalExtension),
        ("RFC 7797 4.2, no crit, good MAC", &SECRET, &unencoded_not_critical, UnencodedPayload),
        ("RFC 7520 4.4, another key", &SECRET, TEXT, SignatureMismatch),
        ("RFC 7520 4.5", rfc7520, DETACHED, SignatureMismatch),
    ] {
        assert_eq!(verify_jws::<Hs256>(secret, token), Err(error), "{name}");
        assert_eq!(verify::<Hs256>(secret, any(), IN_TIME, token), Err(error), "{name}");
    }
}

#[test]
fn rfc_7515_a1_reads_as_printed() {
    let policy = Policy::builder().issuer("joe").typ("JWT").build().unwrap();
    let verifier = Verifier::new(Key::<Hs256>::new(&SECRET).unwrap(), policy);
    let mut buffer = [0; 100];
    let token = verifier.verify(A1, IN_TIME, &mut buffer).unwrap();
    assert!(token.claims().issuer().is_some_and(|issuer| issuer == "joe"));
    assert_eq!(token.claims().expiration().map(|date| date.seconds()), Some(1_300_819_380));
    assert_eq!(token.claims().get("http://example.com/is_root"), Ok(true));
    assert_eq!(
        token.claims().as_json(),
        r#"{"iss":"joe","exp":1300819380,"http://example.com/is_root":true}"#
    );
    assert_eq!(token.header().as_json(), r#"{"typ":"JWT","alg":"HS256"}"#);
}

#[test]
fn rfc_7515_a1_expires_at_exp() {
    let at = |now| verify::<Hs256>(&SECRET, any(), Time::Known(now), A1);
    assert_eq!(at(1_300_819_379), Ok(()));
    assert_eq!(at(1_300_819_380), Err(Expired));
}

#[test]
fn rfc_7515_a1_holds_for_its_algorithm_alone() {
    let [header, payload, _] = segments(A1);
    let hs384 = sign_segments("HS384", &SECRET, header, payload);
    let hs512 = sign_segments("HS512", &SECRET, header, payload);
    assert_eq!(verify::<Hs384>(&SECRET, any(), IN_TIME, &hs384), Err(AlgorithmMismatch));
    assert_eq!(verify::<Hs512>(&SECRET, any(), IN_TIME, &hs512), Err(AlgorithmMismatch));
}

/// Its last symbol is `k`, and the low two of its bits are no part of the MAC: `l`, `m` and `n`
/// decode to the same bytes where they are let pass.
#[test]
fn the_last_symbol_of_rfc_7515_a1_can_not_be_changed() {
    const CANONICAL: &str = "AEIMQUYcgkosw048";
    let (last, rest) = A1.split_last().unwrap();
    assert_eq!(*last, b'k');
    for symbol in 0..=u8::MAX {
        let expected = match symbol {
            b'k' => Ok(()),
            b'.' => Err(NotCompactSerialization),
            _ if CANONICAL.as_bytes().contains(&symbol) => Err(SignatureMismatch),
            _ => Err(InvalidBase64Url),
        };
        let token = [rest, &[symbol]].concat();
        let outcome = verify::<Hs256>(&SECRET, any(), IN_TIME, &token);
        assert_eq!(outcome, expected, "{:?}", char::from(symbol));
    }
}

#[test]
fn no_part_of_rfc_7515_a1_holds() {
    let input = A1.len() - segments(A1)[2].len();
    for length in 0..A1.len() {
        let expected = if length < input { NotCompactSerialization } else { SignatureLength };
        let outcome = verify::<Hs256>(&SECRET, any(), IN_TIME, &A1[..length]);
        assert_eq!(outcome, Err(expected), "{length}");
    }
}

#[test]
fn the_payloads_of_jws_vectors_read_as_printed() {
    let text = "It\u{2019}s a dangerous business, Frodo, going out your door. You step onto the \
        road, and if you don't keep your feet, there\u{2019}s no knowing where you might be swept \
        off to.";
    assert_eq!(verify_jws::<Hs256>(&SECRET, ENCODED).unwrap(), b"$.02");
    assert_eq!(verify_jws::<Hs256>(&secret_of_rfc_7520(), TEXT).unwrap(), text.as_bytes());
    assert_eq!(verify_jws::<Hs256>(&SECRET, &with_good_mac(DETACHED)).unwrap(), b"");

    let verifier = JwsVerifier::new(Key::<Hs256>::new(&secret_of_rfc_7520()).unwrap());
    let mut buffer = [0; 300];
    let jws = verifier.verify(TEXT, &mut buffer).unwrap();
    let kid = jws.header().key_id().unwrap();
    assert_eq!(kid.as_str(), Some("018c0ae5-4d9b-471b-bfd6-eef314bc7037"));
}

/// What we sign is what the RFC signed: the helpers of these tests are right.
#[test]
fn the_helpers_sign_as_the_rfc_does() {
    let header = b"{\"typ\":\"JWT\",\r\n \"alg\":\"HS256\"}";
    let payload = b"{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \
        \"http://example.com/is_root\":true}";
    assert_eq!(sign("HS256", &SECRET, header, payload), A1);
    assert_eq!(with_good_mac(A1), A1);
}
