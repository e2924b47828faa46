//! `unverified_claims`: what it reads of a token, and what it leaves in the buffer.

mod common;

use std::mem::size_of;

use common::encode;
use embedded_jwt::{
    Claims, Error, JsonString, UnverifiedClaims, unverified_claims, unverified_header,
};

/// A token with this payload, and neither a header nor a signature.
fn token(payload: impl AsRef<[u8]>) -> Vec<u8> {
    format!(".{}.", encode(payload)).into_bytes()
}

fn text(string: JsonString<'_>) -> String {
    string.to_string()
}

#[test]
fn issuer_is_read_only_if_it_is_a_string() {
    for (claims, issuer, json) in [
        ("{}", None, "{}"),
        (r#"{"iss":"acme"}"#, Some("acme"), r#"{"iss":"acme"}"#),
        ("{ \"\\u0069ss\" : \"a\\/\\\"\" }", Some("a/\""), r#"{"iss":"a/\""}"#),
        (r#"{"iss":null}"#, None, r#"{"iss":null}"#),
        (r#"{"iss":["acme"]}"#, None, r#"{"iss":["acme"]}"#),
        (r#"{"x":{"iss":"acme"}}"#, None, r#"{"x":{"iss":"acme"}}"#),
        // Verification refuses these. The key must be found first.
        (r#"{"iss":"acme","sub":12}"#, Some("acme"), r#"{"iss":"acme","sub":12}"#),
        (r#"{"iss":"acme","exp":"x"}"#, Some("acme"), r#"{"iss":"acme","exp":"x"}"#),
    ] {
        let mut buffer = [0; 128];
        let token = token(claims);
        let read = unverified_claims(&token, &mut buffer).unwrap();
        assert_eq!(read.issuer().map(text).as_deref(), issuer, "{claims}");
        assert_eq!(read.as_json(), json, "{claims}");
        assert_eq!(format!("{read:?}"), "UnverifiedClaims { .. }");
    }
}

#[test]
fn string_claim_is_read_by_its_name() {
    let token = token(r#"{"sub":"\u00e4","tenant":"7\n","n":1,"a":"","a":"","z":null}"#);
    let mut buffer = [0; 128];
    let claims = unverified_claims(&token, &mut buffer).unwrap();
    for (name, expected) in [
        ("sub", Some("\u{e4}")),
        ("tenant", Some("7\n")),
        ("iss", None),
        ("Tenant", None),
        ("n", None),
        ("z", None),
        ("a", None),
    ] {
        assert_eq!(claims.string(name).map(text).as_deref(), expected, "{name}");
    }
}

#[test]
fn refused_token_is_wiped_from_the_buffer() {
    let deep = |levels: usize| [r#"{"x":"#, &"[".repeat(levels), &"]".repeat(levels), "}"].concat();
    let long = [b".".to_vec(), vec![b'A'; 87_379], b".".to_vec()].concat();
    for (name, token, expected) in [
        ("empty", b"".to_vec(), Error::NotCompactSerialization),
        ("one dot", b"a.e30".to_vec(), Error::NotCompactSerialization),
        ("three dots", b".e30..".to_vec(), Error::NotCompactSerialization),
        ("too long", long, Error::TokenTooLong),
        ("no JSON", token(""), Error::InvalidJson),
        ("trailing comma", token(r#"{"iss":"acme",}"#), Error::InvalidJson),
        ("no object", token(r#"["iss"]"#), Error::InvalidJson),
        ("two objects", token("{}{}"), Error::InvalidJson),
        ("two issuers", token(r#"{"iss":"a","iss":"b"}"#), Error::DuplicateClaim),
        ("escaped issuer", token(r#"{"iss":"a","\u0069ss":"b"}"#), Error::DuplicateClaim),
        ("two expirations", token(r#"{"exp":1,"exp":1}"#), Error::DuplicateClaim),
        ("no UTF-8", token(b"{\"iss\":\"\xff\"}"), Error::InvalidUtf8),
        ("surrogate", token(r#"{"iss":"\ud800"}"#), Error::LoneSurrogate),
        ("deep", token(deep(32)), Error::NestingTooDeep),
    ] {
        let mut buffer = [0xaa; 128];
        assert_eq!(unverified_claims(&token, &mut buffer).err(), Some(expected), "{name}");
        assert!(buffer.iter().all(|&byte| byte == 0 || byte == 0xaa), "{name}");
    }
    assert!(unverified_claims(&token(deep(31)), &mut [0; 128]).is_ok());
    let mut buffer = [0xaa; 128];
    let error = unverified_claims(b".e3=.", &mut buffer).err();
    assert!(matches!(error, Some(Error::InvalidBase64Url { .. })), "{error:?}");
    assert!(buffer.iter().all(|&byte| byte == 0 || byte == 0xaa));
}

#[test]
fn only_the_payload_needs_room_and_is_looked_at() {
    let mut buffer = [0xaa; 16];
    let token = b"no header.eyJpc3MiOiJhY21lIn0.no signature";
    assert!(unverified_claims(token, &mut buffer[..14]).is_ok());
    assert_eq!(buffer[14..], [0xaa; 2]);
    let mut buffer = [0xaa; 16];
    let error = unverified_claims(token, &mut buffer[..13]).err();
    assert_eq!(error, Some(Error::BufferTooSmall { needed: 14 }));
    assert_eq!(buffer, [0xaa; 16], "nothing was written");
}

#[test]
fn header_is_shown_in_normal_form() {
    let token = format!("{}..", encode(r#"{ "alg":"none", "x":"\u0061" }"#));
    let mut buffer = [0; 64];
    let header = unverified_header(token.as_bytes(), &mut buffer).unwrap();
    assert_eq!(header.as_json(), r#"{"alg":"none","x":"a"}"#);
}

#[test]
fn size_is_that_of_claims() {
    assert_eq!(size_of::<UnverifiedClaims>(), size_of::<Claims>());
}
