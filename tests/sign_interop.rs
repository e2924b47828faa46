//! Tokens that are made here, for other libraries to read: `vectors/interop/embedded-jwt.tsv`.
//! This test checks that they are still made so. The script `read` beside them checks that PyJWT
//! and, in JavaScript, jose and jsonwebtoken read them. A test of `fuzz` checks that the crate
//! jsonwebtoken does.

#![cfg(feature = "sign")]

mod common;

use std::collections::BTreeMap;
use std::path::Path;

use common::{decode, encode};
use embedded_jwt::{AnyAlgorithm, AnyKey, Error, Signer, Stamp};
use serde::Serialize;
use serde_json::json;

const FILE: &str = "tests/vectors/interop/embedded-jwt.tsv";

/// The time at which the tokens are read.
const NOW: u64 = 1_800_000_000;
const EXPIRES: u64 = NOW + 200_000_000;
const TEXT: &str = "Grüße, 世界, Ω, 😀, \u{10ffff}";

type Make<'m> = &'m dyn for<'b> Fn(Signer<'m, &AnyKey>, &'b mut [u8]) -> Result<&'b [u8], Error>;

/// A token, and what has to be known to read it.
fn row(name: &str, algorithm: &str, secret_length: u8, make: Make<'_>) -> String {
    let secret: Vec<u8> = (0..secret_length).collect();
    let key = AnyKey::new(AnyAlgorithm::from_name(algorithm).unwrap(), &secret).unwrap();
    let mut buffer = [0; 4_000];
    let token =
        make(Signer::new(&key), &mut buffer).unwrap_or_else(|error| panic!("{name}: {error}"));
    let token = str::from_utf8(token).unwrap();
    let claims = match decode(token.split('.').nth(1).unwrap()) {
        payload if payload.is_empty() => DETACHED.to_owned(),
        payload => String::from_utf8(payload).unwrap(),
    };
    // Outside strings, a line feed and a tab are white space like any other.
    let claims = claims.replace(['\n', '\t'], " ");
    [name, algorithm, &encode(secret), token, &claims].join("\t")
}

/// The claims of the token that doesn't carry them.
const DETACHED: &str = r#"{"exp":2000000000,"sub":"apart"}"#;

fn value(name: &str, claims: &impl Serialize) -> String {
    row(name, "HS256", 32, &|signer, buffer| signer.sign(claims, buffer))
}

fn text(name: &str, claims: &str) -> String {
    row(name, "HS256", 32, &|signer, buffer| signer.sign_json(claims, buffer))
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Unit,
    Newtype(u8),
    Tuple(u8, char),
    Struct { a: Option<bool> },
}

/// What serde knows beyond JSON.
#[derive(Serialize)]
struct Kinds<'a> {
    exp: u64,
    kinds: [Kind; 4],
    unit: (),
    letter: char,
    bytes: &'a [u8],
    some: Option<&'a str>,
    none: Option<&'a str>,
    by_number: BTreeMap<i8, bool>,
}

fn rows() -> Vec<String> {
    let stamp = Stamp::new(NOW - 60, 200_000_060);
    let random = stamp.jwt_id(&[0xfb, 0xff, 0xbe, 0x5a, 0, 1, 2, 3]);
    let plain = json!({"iss": "https://id.example", "sub": "device-7", "aud": "door-7"});
    let plain = &plain;
    let controls: String = (0..0xa0).map(char::from).collect();
    let lists = ["[".repeat(31), "]".repeat(31)].concat();
    let mut rows = Vec::new();
    for (algorithm, length) in [
        ("HS256", 32),
        ("HS384", 48),
        ("HS512", 64),
        ("HS256", 64),
        ("HS256", 65),
        ("HS384", 129),
        ("HS512", 200),
    ] {
        let name = format!("{algorithm}, secret of {length} bytes");
        rows.push(row(&name, algorithm, length, &|signer, buffer| {
            signer.sign_with(plain, &random, buffer)
        }));
    }
    rows.extend([
        // Header
        row("key and type", "HS256", 32, &|signer, buffer| {
            signer.key_id("key \"1\"\n").typ("at+jwt").sign_with(plain, &stamp, buffer)
        }),
        row("no type", "HS256", 32, &|signer, buffer| {
            signer.without_typ().sign_with(plain, &stamp, buffer)
        }),
        row("key beyond ASCII", "HS256", 32, &|signer, buffer| {
            signer.key_id(TEXT).sign_with(plain, &stamp, buffer)
        }),
        row("more in the header", "HS256", 32, &|signer, buffer| {
            let more = r#"{ "x" : [1, {"y": null}], "jku": "https://id.example/keys" }"#;
            signer.header_parameters(more).sign_with(plain, &stamp, buffer)
        }),
        // Claims of a value
        value("beyond ASCII", &json!({"exp": EXPIRES, "text": TEXT, TEXT: [TEXT], "sub": TEXT})),
        value("all control characters", &json!({"exp": EXPIRES, "text": controls})),
        value(
            "quotes, backslashes, slashes",
            &json!({"exp": EXPIRES, "a": "\"\\\"", "b": "a/b", "c": "\\u0041"}),
        ),
        value("line separators", &json!({"exp": EXPIRES, "text": "\r\n\u{85}\u{2028}\u{2029}"})),
        value("empty strings", &json!({"exp": EXPIRES, "sub": "", "aud": "", "": ""})),
        value("audiences", &json!({"exp": EXPIRES, "aud": ["door-7", "", "Tür", "door\\8"]})),
        value(
            "kinds of serde",
            &Kinds {
                exp: EXPIRES,
                kinds: [
                    Kind::Unit,
                    Kind::Newtype(1),
                    Kind::Tuple(1, 'ü'),
                    Kind::Struct { a: Some(true) },
                ],
                unit: (),
                letter: '"',
                bytes: &[0, 255],
                some: Some("a"),
                none: None,
                by_number: [(-1, true), (1, false)].into(),
            },
        ),
        value(
            "whole numbers",
            &BTreeMap::from([
                ("exp", i128::from(EXPIRES)),
                ("a", i64::MIN.into()),
                ("b", u64::MAX.into()),
                ("c", i128::MIN),
                ("d", 0),
            ]),
        ),
        value(
            "floats",
            &BTreeMap::from([
                ("exp", 2e9),
                ("nbf", 1_799_999_999.75),
                ("a", 0.1),
                ("b", f64::MAX),
                ("c", f64::MIN_POSITIVE),
                ("d", 5e-324),
                ("e", -0.0),
                ("f", -2.5e-10),
                ("g", 1e15),
                ("h", 1e16),
                ("i", 1.0 / 3.0),
            ]),
        ),
        value("short floats", &BTreeMap::from([("exp", 2e9_f32), ("a", 0.1), ("b", f32::MAX)])),
        value("nested", &json!({"exp": EXPIRES, "a": {"b": [[2, {"d": [{}, []]}]], "exp": 1}})),
        value("long", &json!({"exp": EXPIRES, "a": "x".repeat(1_000)})),
        // Claims that are text
        text("white space", "\n{ \"exp\" :\t2000000000 ,\n\t\"a\" : [ 1 , { } ] }\n"),
        text("escapes", r#"{"\u0065xp":2e9,"text":"\u0022\u005C\u002f\uD83D\ude00\b\f\n\r\t\/"}"#),
        text("exponents", r#"{"exp":2.0E+9,"nbf":17000000005e-1,"iat":0.17e10}"#),
        text("as deep as allowed", &format!(r#"{{"exp":2e9,"a":{lists}}}"#)),
        row("never expires", "HS256", 32, &|signer, buffer| {
            signer.allow_missing_expiration().sign_json("{}", buffer)
        }),
        // To be put in between the two dots by who reads it.
        row("payload apart", "HS256", 32, &|signer, buffer| {
            signer.sign_detached(DETACHED.as_bytes(), buffer)
        }),
    ]);
    rows
}

#[test]
fn tokens_for_other_libraries_are_made_as_before() {
    let head = "# embedded-jwt\n\
        # cargo test --features sign --test sign_interop\n\
        # name, alg, secret (Base64URL), token, claims set\n";
    let made = format!("{head}{}\n", rows().join("\n"));
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    if std::fs::read_to_string(&file).unwrap_or_default() != made {
        let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("embedded-jwt.tsv");
        std::fs::write(&place, made).unwrap();
        panic!("{FILE} has other tokens than {}, which was made now", place.display());
    }
}
