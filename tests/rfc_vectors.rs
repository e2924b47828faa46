//! The examples of the RFCs, as printed, and again with a right MAC, so that only the rule under
//! test can refuse them.

mod common;

use common::every_way::{JwsVerifier, Verifier};
use common::{SECRET, decode, encode, sign, sign_segments, verify, verify_jws};
use embedded_jwt::Error::{self, *};
use embedded_jwt::{Hs256, Hs384, Hs512, Key, Policy, Segment, Time};

macro_rules! vector {
    ($name:literal) => {
        include_bytes!(concat!("vectors/rfc/", $name))
    };
}

/// RFC 7515 appendix A.1, which is RFC 7519 section 3.1.
const A1: &[u8] = vector!("rfc7515-a1.jwt");
/// RFC 7519 section 6.1: `alg` is `none`, the signature is empty.
const UNSECURED: &[u8] = vector!("rfc7519-6.1-unsecured.jwt");
/// RFC 7515 appendix E: `crit` names an unknown extension.
const CRITICAL: &[u8] = vector!("rfc7515-app-e-crit.jws");
/// RFC 7797 section 4.1: the payload is `$.02`.
const ENCODED: &[u8] = vector!("rfc7797-4.1.jws");
/// RFC 7797 section 4.2: the same payload, detached and unencoded.
const UNENCODED: &[u8] = vector!("rfc7797-4.2.jws");
/// RFC 7520 section 4.4: the payload is English text.
const TEXT: &[u8] = vector!("rfc7520-4.4.jws");
/// RFC 7520 section 4.5: the same, detached.
const DETACHED: &[u8] = vector!("rfc7520-4.5-detached.jws");

/// One second before the `exp` of RFC 7515 appendix A.1.
const IN_TIME: Time = Time::Known(1_300_819_379);

/// A policy that expects nothing.
fn any() -> Policy<'static> {
    Policy::builder().allow_missing_expiration().allow_any_audience().build().unwrap()
}

/// The key of RFC 7520 section 3.5.
fn secret_of_rfc_7520() -> Vec<u8> {
    decode("hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg")
}

/// The encoded header, payload and signature.
fn segments(token: &[u8]) -> [&[u8]; 3] {
    token.split(|&byte| byte == b'.').collect::<Vec<_>>().try_into().unwrap()
}

/// The same header and payload with a right MAC.
fn with_good_mac(token: &[u8]) -> Vec<u8> {
    let [header, payload, _] = segments(token);
    sign_segments("HS256", &SECRET, header, payload)
}

/// The same token with some text in its header replaced, and a right MAC.
fn with_header(token: &[u8], from: &str, to: &str) -> Vec<u8> {
    let [header, payload, _] = segments(token);
    let header = String::from_utf8(decode(str::from_utf8(header).unwrap())).unwrap();
    assert!(header.contains(from), "{header}");
    let header = encode(header.replace(from, to));
    sign_segments("HS256", &SECRET, header.as_bytes(), payload)
}

/// A vector, and its outcome as a JWT.
struct Vector<'v> {
    name: &'static str,
    secret: &'v [u8],
    token: &'v [u8],
    outcome: Result<(), Error>,
}

/// A token that the key `SECRET` does not verify.
fn refused<'v>(error: Error) -> Vector<'v> {
    Vector { name: "", secret: &SECRET, token: b"", outcome: Err(error) }
}

#[test]
fn valid_vectors_are_accepted_as_jws_and_as_jwt_if_they_have_claims() {
    let rfc7520 = &*secret_of_rfc_7520();
    for Vector { name, secret, token, outcome: as_jwt } in [
        Vector { name: "RFC 7515 A.1", secret: &SECRET, token: A1, outcome: Ok(()) },
        Vector { name: "RFC 7797 4.1", secret: &SECRET, token: ENCODED, outcome: Err(InvalidJson) },
        Vector { name: "RFC 7520 4.4", secret: rfc7520, token: TEXT, outcome: Err(InvalidJson) },
        // A detached payload is empty, and the MAC covers just that.
        Vector {
            name: "RFC 7520 4.5, good MAC",
            secret: &SECRET,
            token: &with_good_mac(DETACHED),
            outcome: Err(InvalidJson),
        },
    ] {
        assert_eq!(verify_jws::<Hs256>(secret, token).map(drop), Ok(()), "{name}");
        assert_eq!(verify::<Hs256>(secret, any(), IN_TIME, token), as_jwt, "{name}");
    }
}

#[test]
fn invalid_vectors_are_refused_as_jws_and_as_jwt() {
    let rfc7520 = &*secret_of_rfc_7520();
    let critical_hs256 = with_header(CRITICAL, "none", "HS256");
    let unencoded_not_critical = with_header(UNENCODED, r#","crit":["b64"]"#, "");
    let [header, _, signature] = segments(UNENCODED);
    let attached = [header, b"$.02", signature].join(&b'.');
    for Vector { name, secret, token, outcome } in [
        Vector {
            name: "RFC 7515 A.1, key without its first byte",
            secret: &SECRET[1..],
            token: A1,
            ..refused(SignatureMismatch)
        },
        Vector { name: "RFC 7519 6.1", token: UNSECURED, ..refused(SignatureLength) },
        Vector {
            name: "RFC 7519 6.1, good MAC",
            token: &with_good_mac(UNSECURED),
            ..refused(AlgorithmMismatch)
        },
        Vector { name: "RFC 7515 E", token: CRITICAL, ..refused(SignatureLength) },
        Vector {
            name: "RFC 7515 E, good MAC",
            token: &with_good_mac(CRITICAL),
            ..refused(AlgorithmMismatch)
        },
        Vector {
            name: "RFC 7515 E, HS256, good MAC",
            token: &critical_hs256,
            ..refused(CriticalExtension)
        },
        Vector { name: "RFC 7797 4.2", token: UNENCODED, ..refused(DetachedPayload) },
        Vector {
            name: "RFC 7797 4.2, attached",
            token: &attached,
            ..refused(NotCompactSerialization)
        },
        Vector {
            name: "RFC 7797 4.2, good MAC",
            token: &with_good_mac(UNENCODED),
            ..refused(CriticalExtension)
        },
        Vector {
            name: "RFC 7797 4.2, no crit, good MAC",
            token: &unencoded_not_critical,
            ..refused(UnencodedPayload)
        },
        Vector { name: "RFC 7520 4.4, another key", token: TEXT, ..refused(SignatureMismatch) },
        Vector {
            name: "RFC 7520 4.5",
            secret: rfc7520,
            token: DETACHED,
            ..refused(DetachedPayload)
        },
    ] {
        assert_eq!(verify_jws::<Hs256>(secret, token).map(drop), outcome, "{name}");
        assert_eq!(verify::<Hs256>(secret, any(), IN_TIME, token), outcome, "{name}");
    }
}

#[test]
fn rfc_7515_a1_has_the_printed_claims() {
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
fn rfc_7515_a1_is_refused_with_another_algorithm() {
    let [header, payload, _] = segments(A1);
    let hs384 = sign_segments("HS384", &SECRET, header, payload);
    let hs512 = sign_segments("HS512", &SECRET, header, payload);
    assert_eq!(verify::<Hs384>(&SECRET, any(), IN_TIME, &hs384), Err(AlgorithmMismatch));
    assert_eq!(verify::<Hs512>(&SECRET, any(), IN_TIME, &hs512), Err(AlgorithmMismatch));
}

/// The last symbol is `k`. Its two low bits are not part of the MAC, so a lenient decoder gives the
/// same bytes for `l`, `m` and `n`.
#[test]
fn rfc_7515_a1_is_refused_with_another_last_symbol() {
    const CANONICAL: &str = "AEIMQUYcgkosw048";
    let (last, rest) = A1.split_last().unwrap();
    assert_eq!(*last, b'k');
    for symbol in 0..=u8::MAX {
        let expected = match symbol {
            b'k' => Ok(()),
            b'.' => Err(NotCompactSerialization),
            _ if CANONICAL.as_bytes().contains(&symbol) => Err(SignatureMismatch),
            _ => Err(InvalidBase64Url { segment: Segment::Signature }),
        };
        let token = [rest, &[symbol]].concat();
        let outcome = verify::<Hs256>(&SECRET, any(), IN_TIME, &token);
        assert_eq!(outcome, expected, "{:?}", char::from(symbol));
    }
}

#[test]
fn rfc_7515_a1_is_refused_if_truncated() {
    let input = A1.len() - segments(A1)[2].len();
    for length in 0..A1.len() {
        let expected = if length < input { NotCompactSerialization } else { SignatureLength };
        let outcome = verify::<Hs256>(&SECRET, any(), IN_TIME, &A1[..length]);
        assert_eq!(outcome, Err(expected), "{length}");
    }
}

#[test]
fn jws_vectors_have_the_printed_payloads() {
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

/// The helpers make the same token as the RFC.
#[test]
fn test_helpers_sign_like_the_rfc() {
    let header = b"{\"typ\":\"JWT\",\r\n \"alg\":\"HS256\"}";
    let payload = b"{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \
        \"http://example.com/is_root\":true}";
    assert_eq!(sign("HS256", &SECRET, header, payload), A1);
    assert_eq!(with_good_mac(A1), A1);
}
