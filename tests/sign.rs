//! Tokens that are made here.

#![cfg(feature = "sign")]

mod common;

use std::cell::Cell;
use std::collections::BTreeMap;

use common::{SECRET, decode, detach, sign};
use embedded_jwt::Error::{self, *};
use embedded_jwt::{
    AnyAlgorithm, AnyKey, Hs256, Hs384, Hs512, JwsVerifier, Key, KeyEntry, KeySet,
    MAX_TOKEN_LENGTH, Mac, Policy, Signer, Stamp, StreamingMac, Tag, Time, Verifier,
};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::json;

const NOW: Time = Time::Known(1000);

fn key() -> Key<Hs256> {
    Key::new(&SECRET).unwrap()
}

fn policy() -> Policy<'static> {
    Policy::builder().allow_any_audience().allow_missing_expiration().build().unwrap()
}

/// The header and the payload of a token, after it was verified.
fn verified(token: &[u8]) -> (String, String) {
    let token = core::str::from_utf8(token).unwrap();
    let verifier = Verifier::new(AnyKey::new(algorithm(token), &SECRET).unwrap(), policy());
    let mut buffer = vec![0; token.len()];
    verifier.verify(token.as_bytes(), NOW, &mut buffer).unwrap();
    let mut segments =
        token.split('.').map(|segment| String::from_utf8(decode(segment)).unwrap_or_default());
    (segments.next().unwrap(), segments.next().unwrap())
}

fn algorithm(token: &str) -> AnyAlgorithm {
    let header: serde_json::Value =
        serde_json::from_slice(&decode(token.split('.').next().unwrap())).unwrap();
    AnyAlgorithm::from_name(header["alg"].as_str().unwrap()).unwrap()
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Unit,
    Newtype(u8),
    Tuple(u8, char),
    Struct { a: Option<bool> },
}

#[derive(Serialize)]
struct Unit;

#[derive(Serialize)]
struct Newtype(i32);

#[derive(Serialize)]
struct Pair(u8, &'static str);

#[derive(Serialize)]
struct With<T> {
    exp: u64,
    a: T,
}

struct Bytes;

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&[0, 255, 7])
    }
}

/// Written by `collect_str`.
struct Shown;

impl Serialize for Shown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}\"{}", 1, 'ü'))
    }
}

#[derive(Serialize)]
struct Everything {
    exp: u64,
    text: &'static str,
    kinds: [Kind; 4],
    unit: Unit,
    newtype: Newtype,
    pair: Pair,
    bytes: Bytes,
    shown: Shown,
    #[serde(skip_serializing_if = "Option::is_none")]
    skipped: Option<u8>,
    none: Option<u8>,
    nothing: (),
    small: (i8, i16, i32, i64, u8, u16, u32, u64),
    large: (i128, u128),
    float: (f32, f64, f64, f64, f64),
    letter: char,
    list: Vec<Vec<u8>>,
    by_text: BTreeMap<&'static str, u8>,
    by_number: BTreeMap<i8, u8>,
    by_truth: BTreeMap<bool, u8>,
    by_letter: BTreeMap<char, u8>,
    nested: BTreeMap<String, BTreeMap<String, Vec<u8>>>,
}

fn everything() -> Everything {
    Everything {
        exp: 2000,
        text: "\0\u{1f}\u{8}\u{c}\n\r\t\"\\/ü€😀\u{7f}\u{2028}",
        kinds: [Kind::Unit, Kind::Newtype(1), Kind::Tuple(1, 'ü'), Kind::Struct { a: Some(true) }],
        unit: Unit,
        newtype: Newtype(-1),
        pair: Pair(1, "x"),
        bytes: Bytes,
        shown: Shown,
        skipped: None,
        none: None,
        nothing: (),
        small: (i8::MIN, i16::MIN, i32::MIN, i64::MIN, u8::MAX, u16::MAX, u32::MAX, u64::MAX),
        large: (i128::MIN, u128::MAX),
        float: (1.5, 0.1, 1e300, -2.5e-10, 1e15),
        letter: '"',
        list: vec![vec![], vec![1, 2]],
        by_text: [("", 1), ("a\"", 2)].into(),
        by_number: [(-1, 1), (1, 2)].into(),
        by_truth: [(false, 1), (true, 2)].into(),
        by_letter: [('\n', 1)].into(),
        nested: [("a".to_owned(), [("b".to_owned(), vec![1])].into())].into(),
    }
}

#[test]
fn size_of_a_signer_is_documented() {
    let pointer = size_of::<usize>();
    assert_eq!(size_of::<Signer<Key<Hs256>>>(), size_of::<Key<Hs256>>() + 10 * pointer);
}

/// What is written reads as what `serde_json` writes.
#[test]
fn every_type_of_serde_is_written_as_serde_json_does() {
    let mut buffer = [0; 2000];
    let token = Signer::new(key()).sign(&everything(), &mut buffer).unwrap();
    let (header, payload) = verified(token);
    assert_eq!(header, r#"{"alg":"HS256","typ":"JWT"}"#);
    let read: serde_json::Value = serde_json::from_str(&payload).unwrap();
    let expected = serde_json::to_string(&everything()).unwrap();
    assert_eq!(read, serde_json::from_str::<serde_json::Value>(&expected).unwrap());
    // Numbers of any size are written in full, which `Value` does not show.
    assert!(payload.contains(&format!("[{},{}]", i128::MIN, u128::MAX)));
}

/// A map with one key.
struct KeyedBy<K>(K);

impl<K: Serialize> Serialize for KeyedBy<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("exp", &2000)?;
        map.serialize_entry(&self.0, &1)?;
        map.end()
    }
}

#[test]
fn keys_of_maps_are_written_as_serde_json_does() {
    fn check<K: Serialize>(name: &str, key_of_map: K, expected: Option<&str>) {
        let map = KeyedBy(key_of_map);
        let mut buffer = [0; 300];
        let made = Signer::new(key()).sign(&map, &mut buffer).map(|token| verified(token).1);
        let shown = expected.map(|key| format!(r#"{{"exp":2000,"{key}":1}}"#));
        assert_eq!(made.as_ref().ok(), shown.as_ref(), "{name}: {made:?}");
        match made {
            Ok(made) => assert_eq!(made, serde_json::to_string(&map).unwrap(), "{name}"),
            Err(error) => assert_eq!(error, UnwritableValue, "{name}"),
        }
    }
    check("string", "a\"b", Some(r#"a\"b"#));
    check("empty string", "", Some(""));
    check("char", 'ü', Some("ü"));
    check("bool", true, Some("true"));
    check("i8", i8::MIN, Some("-128"));
    check("i16", i16::MIN, Some("-32768"));
    check("i32", i32::MIN, Some("-2147483648"));
    check("i64", i64::MIN, Some("-9223372036854775808"));
    check("i128", i128::MIN, Some("-170141183460469231731687303715884105728"));
    check("zero", 0_i32, Some("0"));
    check("u8", u8::MAX, Some("255"));
    check("u16", u16::MAX, Some("65535"));
    check("u32", u32::MAX, Some("4294967295"));
    check("u64", u64::MAX, Some("18446744073709551615"));
    check("u128", u128::MAX, Some("340282366920938463463374607431768211455"));
    check("some string", Some("a"), Some("a"));
    check("newtype", Newtype(-1), Some("-1"));
    check("variant", Kind::Unit, Some("unit"));
    check("what a value shows", Shown, Some(r#"1\"ü"#));
    check("f32", 1.5_f32, None);
    check("f64", 1.5_f64, None);
    check("bytes", Bytes, None);
    check("none", None::<&str>, None);
    check("unit", (), None);
    check("unit struct", Unit, None);
    check("variant with a value", Kind::Newtype(1), None);
    check("variant with two values", Kind::Tuple(1, 'a'), None);
    check("variant with members", Kind::Struct { a: None }, None);
    check("array", [1, 2], None);
    check("list", vec![1], None);
    check("tuple struct", Pair(1, "a"), None);
    check("map", BTreeMap::from([("a", 1)]), None);
    check("struct", With { exp: 1, a: 1 }, None);
}

/// A computer copies eight bytes at a time, and looks at all of them at once.
#[test]
fn any_character_at_any_place_of_a_string_is_written_as_serde_json_does() {
    let mut buffer = [0; 300];
    for special in "\0\u{1}\u{8}\n\u{1f} !\"#[\\]\u{7f}\u{80}ü\u{a0}\u{2028}😀".chars() {
        for length in 1..20 {
            for at in 0..length {
                let mut text = "a".repeat(length);
                text.replace_range(at..=at, special.encode_utf8(&mut [0; 4]));
                for map in
                    [BTreeMap::from([("a", &text)]), BTreeMap::from([(text.as_str(), &text)])]
                {
                    let signer = Signer::new(key()).allow_missing_expiration();
                    let token = signer.sign(&map, &mut buffer).unwrap();
                    let payload = token.split(|byte| *byte == b'.').nth(1).unwrap();
                    let payload = decode(core::str::from_utf8(payload).unwrap());
                    assert_eq!(payload, serde_json::to_vec(&map).unwrap(), "{text:?}");
                }
            }
        }
    }
}

#[test]
fn floats_read_as_the_same_number() {
    let mut buffer = [0; 200];
    for float in [
        0.0,
        -0.0,
        1.0,
        -1.5,
        0.1,
        1e-5,
        9.999e-6,
        1e15,
        1e16,
        123_456_789.123,
        f64::MAX,
        f64::MIN,
        f64::MIN_POSITIVE,
        5e-324,
        f64::EPSILON,
        1.0 / 3.0,
    ] {
        let claims = BTreeMap::from([("exp", 2000.0), ("f", float)]);
        let token = Signer::new(key()).sign(&claims, &mut buffer).unwrap();
        let read: serde_json::Value = serde_json::from_str(&verified(token).1).unwrap();
        let read = read["f"].as_f64().unwrap();
        assert_eq!(read.to_bits() | 1 << 63, float.to_bits() | 1 << 63, "{float}");
        assert!(token.len() < 160, "{float}: short");
    }
    for float in [f32::MAX, f32::MIN_POSITIVE, 0.1, 16_777_216.0] {
        let claims = BTreeMap::from([("exp", 2000.0), ("f", float)]);
        let token = Signer::new(key()).sign(&claims, &mut buffer).unwrap();
        let read: BTreeMap<String, f32> = serde_json::from_str(&verified(token).1).unwrap();
        assert_eq!(read["f"].to_bits(), float.to_bits());
    }
}

#[test]
fn text_is_signed_as_it_is_and_is_what_others_make() {
    let claims = "{ \"exp\" : 2000,\n\t\"a\\u0062\": \"\\u00fc\" }\r\n";
    let mut buffer = [0; 400];
    for (name, typed) in [("HS256", true), ("HS384", false), ("HS512", true)] {
        let key = AnyKey::new(AnyAlgorithm::from_name(name).unwrap(), &SECRET).unwrap();
        let signer = Signer::new(key);
        let (token, header) = if typed {
            let header = format!(r#"{{"alg":"{name}","typ":"JWT"}}"#);
            (signer.sign_json(claims, &mut buffer), header)
        } else {
            (signer.without_typ().sign_json(claims, &mut buffer), format!(r#"{{"alg":"{name}"}}"#))
        };
        let expected = sign(name, &SECRET, header.as_bytes(), claims.as_bytes());
        assert_eq!(token.unwrap(), expected);
        assert_eq!(verified(token.unwrap()).1, claims);
    }
}

#[test]
fn header_has_what_was_asked_for() {
    let mut buffer = [0; 400];
    let key = key();
    let signer = Signer::new(&key).allow_missing_expiration();
    for (name, signer, expected) in [
        ("plain", signer, Ok(r#"{"alg":"HS256","typ":"JWT"}"#)),
        ("type", signer.typ("at+jwt"), Ok(r#"{"alg":"HS256","typ":"at+jwt"}"#)),
        ("no type", signer.without_typ(), Ok(r#"{"alg":"HS256"}"#)),
        (
            "key with a quote",
            signer.key_id("a\"\n"),
            Ok(r#"{"alg":"HS256","typ":"JWT","kid":"a\"\n"}"#),
        ),
        (
            "parameters",
            signer.key_id("a").header_parameters(r#" {"x": [1, {"y":2}]} "#),
            Ok(r#"{"alg":"HS256","typ":"JWT","kid":"a","x": [1, {"y":2}]} "#),
        ),
        ("no parameters", signer.header_parameters("{ }"), Ok(r#"{"alg":"HS256","typ":"JWT" }"#)),
        ("twice alg", signer.header_parameters(r#"{"alg":"none"}"#), Err(DuplicateHeaderParameter)),
        ("twice typ", signer.header_parameters(r#"{"typ":"x"}"#), Err(DuplicateHeaderParameter)),
        (
            "twice another",
            signer.header_parameters(r#"{"x":1,"\u0078":2}"#),
            Err(DuplicateHeaderParameter),
        ),
        ("kid", signer.header_parameters(r#"{"kid":7}"#), Err(InvalidKeyId)),
        ("crit", signer.header_parameters(r#"{"crit":["x"],"x":1}"#), Err(CriticalExtension)),
        ("b64", signer.header_parameters(r#"{"b64":false}"#), Err(UnencodedPayload)),
        ("nested", signer.header_parameters(r#"{"cty":"jwt"}"#), Err(NestedToken)),
        ("not JSON", signer.header_parameters(r#"{"x":01}"#), Err(InvalidJson)),
        ("no object", signer.header_parameters(r#""x":1}"#), Err(InvalidJson)),
        ("array", signer.header_parameters("[1]"), Err(InvalidJson)),
        ("not closed", signer.header_parameters(r#"{"x":1"#), Err(InvalidJson)),
        ("empty", signer.header_parameters(""), Err(InvalidJson)),
        ("more", signer.header_parameters(r#"{"x":1}{}"#), Err(InvalidJson)),
        ("comma", signer.header_parameters(r#"{,"x":1}"#), Err(InvalidJson)),
    ] {
        let made = signer.sign_json("{}", &mut buffer).map(|token| verified(token).0);
        assert_eq!(made.as_deref().map_err(|error| *error), expected, "{name}");
        assert!(made.is_ok() || buffer == [0; 400], "{name}: left in the buffer");
    }
}

#[test]
fn what_a_verifier_refuses_is_not_made() {
    let deep =
        |depth: usize| format!(r#"{{"exp":1,"a":{}{}}}"#, "[".repeat(depth), "]".repeat(depth));
    let mut buffer = [0; 400];
    for (claims, expected) in [
        (r#"{"exp":1}"#, Ok(())),
        ("", Err(InvalidJson)),
        ("{}", Err(MissingExpiration)),
        ("[]", Err(InvalidJson)),
        (r#"{"exp":1} x"#, Err(InvalidJson)),
        ("\u{feff}{}", Err(InvalidJson)),
        (r#"{"exp":1,"a":"\ud800"}"#, Err(LoneSurrogate)),
        (r#"{"exp":1,"exp":1}"#, Err(DuplicateClaim)),
        (r#"{"exp":1,"a":1,"a":1}"#, Err(DuplicateClaim)),
        (r#"{"exp":1,"a":1,"\u0061":1}"#, Err(DuplicateClaim)),
        (r#"{"exp":1,"a":[{"b":1,"b":2}]}"#, Err(DuplicateClaim)),
        (r#"{"exp":"1"}"#, Err(InvalidExpiration)),
        (r#"{"exp":null}"#, Err(InvalidExpiration)),
        (r#"{"exp":1,"nbf":[]}"#, Err(InvalidNotBefore)),
        (r#"{"exp":1,"iat":true}"#, Err(InvalidIssuedAt)),
        (r#"{"exp":1,"iss":7}"#, Err(InvalidIssuer)),
        (r#"{"exp":1,"sub":7}"#, Err(InvalidSubject)),
        (r#"{"exp":1,"jti":7}"#, Err(InvalidJwtId)),
        (r#"{"exp":1,"aud":["a",1]}"#, Err(InvalidAudience)),
        (&deep(31), Ok(())),
        (&deep(32), Err(NestingTooDeep)),
    ] {
        let made = Signer::new(key()).sign_json(claims, &mut buffer).map(drop);
        assert_eq!(made, expected, "{claims}");
        assert!(made.is_ok() || buffer == [0; 400], "{claims}: left in the buffer");
    }
    let lax = Signer::new(key()).allow_missing_expiration();
    assert!(lax.sign_json("{}", &mut buffer).is_ok());
}

/// Values that have no JSON, or none that a token may have.
#[test]
fn structs_that_break_a_rule_are_refused_with_its_error() {
    struct Refusing;
    impl Serialize for Refusing {
        fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("no"))
        }
    }
    /// Lists in lists, so many.
    struct Deep(u8);
    impl Serialize for Deep {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            match self.0 {
                0 => serializer.serialize_unit(),
                left => serializer.collect_seq([Self(left - 1)]),
            }
        }
    }
    #[derive(Serialize)]
    enum DeepVariant {
        In(Box<DeepVariant>),
        End,
    }
    #[derive(Serialize)]
    struct Flattened {
        exp: u64,
        #[serde(flatten)]
        others: BTreeMap<&'static str, u8>,
    }
    fn variants(depth: u8) -> DeepVariant {
        (0..depth).fold(DeepVariant::End, |inner, _| DeepVariant::In(Box::new(inner)))
    }
    fn check(name: &str, claims: &impl Serialize, expected: Result<(), Error>) {
        let mut buffer = [0; 800];
        let made = Signer::new(key()).sign(claims, &mut buffer).map(drop);
        assert_eq!(made, expected, "{name}");
        assert!(made.is_ok() || buffer == [0; 800], "{name}: left in the buffer");
        // The same where there is no room: what can't be written comes first.
        let made = Signer::new(key()).sign(claims, &mut []).map(drop);
        assert!(matches!(made, Err(BufferTooSmall { .. })) || made == expected, "{name}: {made:?}");
    }
    let with = |a| With { exp: 1, a };
    check("number", &with(1.0), Ok(()));
    check("not a number", &with(f64::NAN), Err(UnwritableValue));
    check("infinite", &with(f64::NEG_INFINITY), Err(UnwritableValue));
    check("f32", &With { exp: 1, a: f32::INFINITY }, Err(UnwritableValue));
    check("refused by its type", &With { exp: 1, a: Refusing }, Err(UnwritableValue));
    check("list as a name", &BTreeMap::from([([1, 2], 1)]), Err(UnwritableValue));
    check("nothing as a name", &BTreeMap::from([((), 1)]), Err(UnwritableValue));
    check("option as a name", &BTreeMap::from([(None::<&str>, 1)]), Err(UnwritableValue));
    check("deep", &With { exp: 1, a: Deep(31) }, Ok(()));
    check("too deep", &With { exp: 1, a: Deep(32) }, Err(NestingTooDeep));
    check("deep variants", &With { exp: 1, a: variants(31) }, Ok(()));
    check("variants too deep", &With { exp: 1, a: variants(32) }, Err(NestingTooDeep));
    check("very deep", &With { exp: 1, a: Deep(255) }, Err(NestingTooDeep));
    check("no object", &[1], Err(InvalidJson));
    check("text", &r#"{"exp":1}"#, Err(InvalidJson));
    check("number alone", &1, Err(InvalidJson));
    let flattened = |name| Flattened { exp: 1, others: [(name, 1)].into() };
    check("flattened", &flattened("a"), Ok(()));
    check("flattened twice", &flattened("exp"), Err(DuplicateClaim));
    check("no exp", &BTreeMap::from([("a", 1)]), Err(MissingExpiration));
    check("mistyped", &With { exp: 1, a: json!({"exp": "x"}) }, Ok(()));
    check("mistyped exp", &json!({"exp": "x"}), Err(InvalidExpiration));
    check("variant that is a list", &Variant::Aud(1, 2), Err(InvalidAudience));
    check("variant that is an object", &Variant::Iat { exp: 1 }, Err(InvalidIssuedAt));
    check("variant with one value", &Variant::Iss(1), Err(InvalidIssuer));
    check("value without a name", &Misused::ValueFirst, Err(UnwritableValue));
    check("name without a value", &Misused::NameLast, Err(UnwritableValue));
    check("two names", &Misused::TwoNames, Err(UnwritableValue));
    // A name that stands twice comes first, as in a verifier, and only after the types if it is
    // deeper than a verifier looks.
    let twice = Mistyped { nbf: None, others: [("nbf", 1)].into() };
    check("mistyped twice", &twice, Err(DuplicateClaim));
    let inner = Twice { a: 1, others: [("a", 1)].into() };
    let deeper = Mistyped { nbf: None, others: [("b", inner)].into() };
    check("mistyped, and twice deeper", &deeper, Err(InvalidNotBefore));
    let stamped = Signer::new(key())
        .sign_with(
            &Mistyped::<i32> { nbf: None, others: [].into() },
            &Stamp::new(1, 1),
            &mut [0; 800],
        )
        .map(drop);
    assert_eq!(stamped, Err(DuplicateClaim), "as the stamp has it");
}

/// Claims sets whose only claim has the name of a variant.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Variant {
    Aud(i32, i32),
    Iat { exp: u32 },
    Iss(i32),
}

#[derive(Serialize)]
struct Mistyped<T: Serialize> {
    nbf: Option<u32>,
    #[serde(flatten)]
    others: BTreeMap<&'static str, T>,
}

/// Has a name twice if the others have it.
#[derive(Serialize)]
struct Twice {
    a: u32,
    #[serde(flatten)]
    others: BTreeMap<&'static str, u32>,
}

/// Maps that call serde's methods in a wrong order.
enum Misused {
    ValueFirst,
    NameLast,
    TwoNames,
}

impl Serialize for Misused {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("exp", &1)?;
        match self {
            Self::ValueFirst => map.serialize_value(&1)?,
            Self::NameLast => map.serialize_key("a")?,
            Self::TwoNames => {
                map.serialize_key("a")?;
                map.serialize_key("b")?;
                map.serialize_value(&1)?;
            }
        }
        map.end()
    }
}

#[test]
fn stamp_sets_the_times_and_the_name() {
    let mut buffer = [0; 300];
    let stamp = Stamp::new(1000, 300);
    let named = stamp.jwt_id(&[0xff, 0xfe, 0xfd, 0xfc]);
    let times = r#""iat":1000,"nbf":1000,"exp":1300"#;
    for (stamp, claims, expected) in [
        (stamp, "{}", Ok(format!("{{{times}}}"))),
        (stamp, " { } ", Ok(format!("{{{times} }} "))),
        (stamp, r#"{"a":1}"#, Ok(format!(r#"{{{times},"a":1}}"#))),
        (named, r#"{ "a":1}"#, Ok(format!(r#"{{{times},"jti":"__79_A", "a":1}}"#))),
        (stamp.jwt_id(&[]), "{}", Ok(format!(r#"{{{times},"jti":""}}"#))),
        (stamp, r#"{"exp":1}"#, Err(DuplicateClaim)),
        (stamp, r#"{"iat":1}"#, Err(DuplicateClaim)),
        (stamp, r#"{"nbf":1}"#, Err(DuplicateClaim)),
        (named, r#"{"jti":"1"}"#, Err(DuplicateClaim)),
        (stamp, r#""a":1}"#, Err(InvalidJson)),
        (stamp, "", Err(InvalidJson)),
        (stamp, "{}}", Err(InvalidJson)),
        (stamp, r#"{,"a":1}"#, Err(InvalidJson)),
        (stamp, "[]", Err(InvalidJson)),
        (stamp, "null", Err(InvalidJson)),
    ] {
        let made = Signer::new(key()).sign_json_with(claims, &stamp, &mut buffer);
        let made = made.map(|token| verified(token).1);
        assert_eq!(made, expected, "{claims}");
        assert!(made.is_ok() || buffer == [0; 300], "{claims}: left in the buffer");
        let Ok(value) = serde_json::from_str::<serde_json::Value>(claims) else { continue };
        let made = Signer::new(key()).sign_with(&value, &stamp, &mut buffer);
        let made = made.map(|token| verified(token).1);
        assert_eq!(made, expected.map(|text| text.replace(' ', "")), "{claims} from a value");
    }
    let far = Stamp::new(u64::MAX, u32::MAX);
    assert!(Signer::new(key()).sign_json_with("{}", &far, &mut buffer).is_ok());
    // A claims set that is empty, from a type with a fixed set of members.
    #[derive(Serialize)]
    struct Empty {}
    let made = Signer::new(key()).sign_with(&Empty {}, &stamp, &mut buffer).unwrap();
    assert_eq!(verified(made).1, format!("{{{times}}}"));
}

#[test]
fn stamp_is_good_from_the_first_second_and_for_its_lifetime() {
    let strict_policy = Policy::builder().build().unwrap();
    let lenient_policy = Policy::builder().leeway(1).build().unwrap();
    for (lifetime, now, strict, lenient) in [
        (10, 998, Err(NotYetValid), Err(NotYetValid)),
        (10, 999, Err(NotYetValid), Ok(())),
        (10, 1000, Ok(()), Ok(())),
        (10, 1009, Ok(()), Ok(())),
        (10, 1010, Err(Expired), Ok(())),
        (10, 1011, Err(Expired), Err(Expired)),
        (0, 999, Err(NotYetValid), Ok(())),
        (0, 1000, Err(Expired), Ok(())),
    ] {
        let mut buffer = [0; 200];
        let stamp = Stamp::new(1000, lifetime);
        let token = Signer::new(key()).sign_json_with("{}", &stamp, &mut buffer).unwrap();
        for (policy, expected) in [(strict_policy, strict), (lenient_policy, lenient)] {
            let time = Time::Known(now);
            let verified =
                Verifier::new(key(), policy).verify(token, time, &mut [0; 200]).map(drop);
            assert_eq!(verified, expected, "good for {lifetime} from 1000, now {now}");
        }
    }
}

/// For every room: either all of the token, or how much it needs, and nothing.
#[test]
fn a_buffer_that_is_too_small_is_told_what_is_needed() {
    let signer = Signer::new(key()).key_id("a\"").header_parameters(r#" { "x" : 1 } "#);
    let stamp = Stamp::new(1000, 10);
    type Make<'m> = &'m dyn for<'b> Fn(&'b mut [u8]) -> Result<&'b [u8], Error>;
    let ways: [(&str, Make<'_>); 6] = [
        ("struct", &|buffer| signer.sign(&everything(), buffer)),
        ("struct with a stamp", &|buffer| signer.sign_with(&json!({"a": 1}), &stamp, buffer)),
        ("empty struct", &|buffer| signer.sign_with(&json!({}), &stamp, buffer)),
        ("text", &|buffer| signer.sign_json(r#"{"exp": 1}"#, buffer)),
        ("payload", &|buffer| signer.sign_payload(&[7; 100], buffer)),
        ("detached", &|buffer| signer.sign_detached(&[7; 100], buffer)),
    ];
    for (name, make) in ways {
        let mut large = vec![1; 4000];
        let token = make(&mut large).unwrap().to_vec();
        assert!(large[token.len()..].iter().all(|byte| *byte == 1), "{name}: behind the token");
        for room in (0..token.len()).chain([token.len()]) {
            let mut buffer = vec![1; room];
            let expected = if room < token.len() {
                Err(BufferTooSmall { needed: token.len() as u16 })
            } else {
                Ok(token.as_slice())
            };
            assert_eq!(make(&mut buffer), expected, "{name} {room}");
            let is_left = |byte: &u8| *byte != 0 && *byte != 1;
            assert!(room == token.len() || !buffer.iter().any(is_left), "{name} {room}: left");
        }
    }
}

#[test]
fn a_token_that_is_too_long_is_refused() {
    let mut buffer = vec![0; MAX_TOKEN_LENGTH + 100];
    let signer = Signer::new(key()).allow_missing_expiration();
    let longest = |length| format!(r#"{{"a":"{}"}}"#, "x".repeat(length));
    let fits = (65_400..65_600)
        .rev()
        .find(|length| signer.sign_json(&longest(*length), &mut buffer).is_ok());
    let token = signer.sign_json(&longest(fits.unwrap()), &mut buffer).unwrap();
    assert_eq!(token.len(), MAX_TOKEN_LENGTH);
    assert_eq!(verified(token).1.len(), fits.unwrap() + 8);
    let too_long = signer.sign_json(&longest(fits.unwrap() + 1), &mut buffer).map(drop);
    assert_eq!(too_long, Err(TokenTooLong));
    assert_eq!(signer.sign_payload(&[0; 70_000], &mut buffer).map(drop), Err(TokenTooLong));
    // A payload apart does not count, but the header does.
    for (length, expected) in [(65_400, Ok(())), (65_480, Err(TokenTooLong))] {
        let typ = "x".repeat(length);
        let made = Signer::new(key()).typ(&typ).sign_detached(b"", &mut buffer).map(drop);
        assert_eq!(made, expected, "{length}");
    }
}

/// An engine that works, but for one call: the one that has `left` calls before it.
struct Engine {
    key: Key<Hs384>,
    left: Cell<usize>,
}

impl Engine {
    fn new(left: usize) -> Self {
        Self { key: Key::new(&SECRET).unwrap(), left: Cell::new(left) }
    }

    fn call(&self) -> Result<(), Error> {
        let left = self.left.get();
        self.left.set(left.wrapping_sub(1));
        if left == 0 { Err(MacEngine) } else { Ok(()) }
    }
}

impl Mac for Engine {
    type Algorithm = Hs384;

    fn mac(&self, message: &[u8]) -> Result<Tag<Self>, Error> {
        self.call()?;
        self.key.mac(message)
    }
}

impl StreamingMac for Engine {
    type Running = <Key<Hs384> as StreamingMac>::Running;

    fn begin(&self) -> Result<Self::Running, Error> {
        self.call()?;
        self.key.begin()
    }

    fn update(&self, running: &mut Self::Running, piece: &[u8]) -> Result<(), Error> {
        self.call()?;
        self.key.update(running, piece)
    }

    fn finish(&self, running: &mut Self::Running) -> Result<Tag<Self>, Error> {
        self.call()?;
        self.key.finish(running)
    }
}

#[test]
fn an_engine_signs_and_its_failure_leaves_nothing() {
    let mut buffer = [0; 200];
    let token = Signer::new(Engine::new(1)).sign_json(r#"{"exp":2000}"#, &mut buffer).unwrap();
    assert_eq!(
        token,
        sign("HS384", &SECRET, br#"{"alg":"HS384","typ":"JWT"}"#, br#"{"exp":2000}"#)
    );
    // A payload that is encoded in several steps.
    for length in [47, 48, 49, 95, 96, 97, 1000, 5000] {
        let (payload, mut buffer) = (vec![7; length], [0; 8000]);
        let token = Signer::new(Engine::new(1)).sign_payload(&payload, &mut buffer).unwrap();
        let expected = sign("HS384", &SECRET, br#"{"alg":"HS384"}"#, &payload);
        assert_eq!(token, expected, "{length}");
    }
    let failed = Signer::new(Engine::new(0)).sign_json(r#"{"exp":2000}"#, &mut buffer).map(drop);
    assert_eq!((failed, buffer), (Err(MacEngine), [0; 200]));
    for left in 0..20 {
        let signer = Signer::new(Engine::new(left));
        let made = signer.sign_detached(&[7; 100], &mut buffer).map(drop);
        if made.is_ok() {
            assert!(left >= 6, "begin, header, dot, two blocks and the rest, finish");
            return;
        }
        assert_eq!((made, buffer), (Err(MacEngine), [0; 200]));
    }
    panic!("never made");
}

/// What an engine failed to hash must not be left out: not even if the caller goes on as if it were
/// hashed, and the engine works again.
#[test]
fn a_piece_that_an_engine_fails_at_is_not_left_out() {
    let pieces = [[1; 48], [2; 48], [3; 48]];
    let header = br#"{"alg":"HS384"}"#;
    let token = |payload: &[u8]| detach(&sign("HS384", &SECRET, header, payload));
    let whole = token(&pieces.concat());
    let without = |out: usize| {
        let rest = pieces.iter().enumerate().filter(|(at, _)| *at != out);
        token(&rest.flat_map(|(_, piece)| *piece).collect::<Vec<_>>())
    };
    // Before the first piece: begin, header, dot. The pieces are as long as the blocks that are
    // encoded, so each is hashed when it is pushed.
    for (name, calls, out) in [("first", 3, 0), ("second", 4, 1), ("last", 5, 2)] {
        let mut buffer = [0; 100];
        let signer = Signer::new(Engine::new(calls));
        let mut stream = signer.stream_detached(&mut buffer).unwrap();
        let pushed = pieces.map(|piece| stream.push(&piece));
        let expected = [0, 1, 2].map(|at| if at < out { Ok(()) } else { Err(MacEngine) });
        assert_eq!(pushed, expected, "{name}");
        let made = stream.finish().map(drop);
        assert_eq!((made, buffer), (Err(MacEngine), [0; 100]), "{name}");
        for token in [&whole, &without(out)] {
            let mut room = [0; 60];
            let verifier = JwsVerifier::new(Engine::new(calls));
            let mut stream = verifier.stream_detached(token.as_bytes(), &mut room).unwrap();
            assert_eq!(pieces.map(|piece| stream.push(&piece)), expected, "{name}");
            let verified = stream.finish().map(drop);
            assert_eq!((verified, room), (Err(MacEngine), [0; 60]), "{name}");
        }
    }
}

#[test]
fn debug_shows_nothing_of_a_key_or_a_token() {
    let mut buffer = [0; 200];
    let signer = Signer::new(key()).header_parameters(r#"{"a":1}"#);
    let shown = format!("{signer:?}");
    assert!(shown.contains(r#"key: Key { algorithm: "HS256", .. }"#), "{shown}");
    assert!(shown.contains(r#"{\"a\":1}"#), "{shown}");
    let stream = signer.stream_detached(&mut buffer).unwrap();
    assert_eq!(format!("{stream:?}"), "DetachedSigner { .. }");
    let token = stream.finish().unwrap();
    let (verifier, mut room) = (JwsVerifier::new(key()), [0; 60]);
    let stream = verifier.stream_detached(token, &mut room).unwrap();
    assert_eq!(format!("{stream:?}"), "DetachedStream { .. }");
}

#[test]
fn other_payloads_are_signed_too() {
    let mut buffer = [0; 400];
    for payload in [&b""[..], b"$.02", b"\0\xff", &[7; 100]] {
        let token = Signer::new(Key::<Hs512>::new(&SECRET).unwrap())
            .sign_payload(payload, &mut buffer)
            .unwrap();
        let expected = sign("HS512", &SECRET, br#"{"alg":"HS512"}"#, payload);
        assert_eq!(token, expected);
        let verifier = JwsVerifier::new(Key::<Hs512>::new(&SECRET).unwrap());
        assert_eq!(
            verifier.verify(token, &mut [0; 200]).map(|jws| jws.payload().to_vec()),
            Ok(payload.to_vec())
        );
    }
}

/// A detached payload in pieces of any length, and the token that carries it in between its dots.
#[test]
fn a_payload_apart_is_verified_whole_and_in_pieces() {
    for length in (0..200).chain([1000, 100_000]) {
        let payload: Vec<u8> = (0..length).map(|at| (at * 31 % 251) as u8).collect();
        let full = sign("HS256", &SECRET, br#"{"alg":"HS256","typ":"x"}"#, &payload);
        let first = full.iter().position(|&byte| byte == b'.').unwrap();
        let last = full.iter().rposition(|&byte| byte == b'.').unwrap();
        let token = [&full[..=first], &full[last..]].concat();
        let mut buffer = [0; 100];
        let made = Signer::new(key()).typ("x").sign_detached(&payload, &mut buffer).unwrap();
        assert_eq!(made, token, "{length}");
        let verifier = JwsVerifier::new(key()).typ("x");
        for piece in [1, 2, 3, 47, 48, 49, 64, 4096] {
            if length == 100_000 && piece < 47 {
                continue;
            }
            let mut room = [0; 60];
            let mut stream = verifier.stream_detached(&token, &mut room).unwrap();
            payload.chunks(piece).try_for_each(|piece| stream.push(piece)).unwrap();
            let header = stream.finish().unwrap();
            assert_eq!(header.as_json(), r#"{"alg":"HS256","typ":"x"}"#);
            let mut buffer = [0; 100];
            let signer = Signer::new(key()).typ("x");
            let mut stream = signer.stream_detached(&mut buffer).unwrap();
            payload.chunks(piece).try_for_each(|piece| stream.push(piece)).unwrap();
            assert_eq!(stream.finish().unwrap(), token, "{length} {piece}");
        }
        let mut room = [0; 60];
        assert!(verifier.verify_detached(&token, &payload, &mut room).is_ok());
        let more = [&payload[..], b"x"].concat();
        let outcome = verifier.verify_detached(&token, &more, &mut room).map(drop);
        assert_eq!((outcome, room), (Err(SignatureMismatch), [0; 60]), "{length}");
    }
}

#[test]
fn detached_tokens_are_as_strict_as_others() {
    let token = |header: &str| detach(&sign("HS256", &SECRET, header.as_bytes(), b"payload"));
    let good = token(r#"{"alg":"HS256","kid":"a"}"#);
    let one = JwsVerifier::new(AnyKey::new(AnyAlgorithm::Hs256, &SECRET).unwrap());
    let mut keys: KeySet<AnyKey, 4> = KeySet::new();
    let entry = || KeyEntry::new(AnyKey::new(AnyAlgorithm::Hs256, &SECRET).unwrap());
    keys.add("a", entry()).unwrap();
    keys.add("b", entry().issuer("one")).unwrap();
    keys.add("c", entry().issuer("one")).unwrap();
    keys.add("c", entry().issuer("two")).unwrap();
    let set = JwsVerifier::new(keys);
    let long = detach(&sign("HS512", &SECRET, br#"{"alg":"HS256","kid":"a"}"#, b"payload"));
    for (name, token, with_one, with_set) in [
        ("good", good.clone(), Ok(()), Ok(())),
        ("white space", token(r#"{ "alg":"HS256", "kid":"a" }"#), Ok(()), Ok(())),
        ("no kid", token(r#"{"alg":"HS256"}"#), Ok(()), Err(MissingKeyId)),
        ("unknown", token(r#"{"alg":"HS256","kid":"?"}"#), Ok(()), Err(UnknownKeyId)),
        ("several", token(r#"{"alg":"HS256","kid":"c"}"#), Ok(()), Err(AmbiguousKeyId)),
        ("of an issuer", token(r#"{"alg":"HS256","kid":"b"}"#), Ok(()), Err(KeyOfAnotherIssuer)),
        (
            "algorithm",
            token(r#"{"alg":"HS512","kid":"a"}"#),
            Err(AlgorithmMismatch),
            Err(AlgorithmMismatch),
        ),
        (
            "crit",
            token(r#"{"alg":"HS256","kid":"a","crit":["b64"],"b64":false}"#),
            Err(CriticalExtension),
            Err(CriticalExtension),
        ),
        (
            "b64",
            token(r#"{"alg":"HS256","kid":"a","b64":false}"#),
            Err(UnencodedPayload),
            Err(UnencodedPayload),
        ),
        (
            "has a payload",
            good.replace("..", ".YQ."),
            Err(PayloadNotDetached),
            Err(PayloadNotDetached),
        ),
        (
            "three dots",
            good.replace("..", "..."),
            Err(NotCompactSerialization),
            Err(NotCompactSerialization),
        ),
        (
            "one dot",
            good.replace("..", "."),
            Err(NotCompactSerialization),
            Err(NotCompactSerialization),
        ),
        ("longer MAC", long, Err(SignatureLength), Err(SignatureLength)),
    ] {
        for (way, verifier, expected) in
            [("one", &one.verify_as(), with_one), ("set", &set.verify_as(), with_set)]
        {
            let mut buffer = [0; 100];
            let outcome = verifier(token.as_bytes(), &mut buffer);
            assert_eq!(outcome, expected, "{name}, {way}");
            assert!(outcome.is_ok() || buffer == [0; 100], "{name}, {way}: left in the buffer");
        }
    }
}

type Verify<'v> = Box<dyn Fn(&[u8], &mut [u8]) -> Result<(), Error> + 'v>;

/// Verifies the payload that the tokens of the test above are for.
trait VerifyAs {
    fn verify_as(&self) -> Verify<'_>;
}

impl<K: embedded_jwt::Keys<Key: StreamingMac>> VerifyAs for JwsVerifier<'_, K> {
    fn verify_as(&self) -> Verify<'_> {
        Box::new(|token, buffer| self.verify_detached(token, b"payload", buffer).map(drop))
    }
}

/// A type may count how often it is serialized, or hand out its members only once.
#[test]
fn what_is_signed_is_what_was_checked_even_if_a_type_changes() {
    struct Changing(Cell<u8>);
    impl Serialize for Changing {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            self.0.set(self.0.get() + 1);
            serializer.collect_map([("exp", 2000 + u16::from(self.0.get()))])
        }
    }
    let mut buffer = [0; 200];
    let token = Signer::new(key()).sign(&Changing(Cell::new(0)), &mut buffer).unwrap();
    assert_eq!(verified(token).1, r#"{"exp":2001}"#);
    struct Emptied(Cell<&'static str>);
    impl Serialize for Emptied {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_map([("exp", 2000)].into_iter().filter(|_| self.0.take() != ""))
        }
    }
    let token = Signer::new(key()).sign(&Emptied(Cell::new("full")), &mut buffer).unwrap();
    assert_eq!(verified(token).1, r#"{"exp":2000}"#);
}
