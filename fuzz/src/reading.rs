//! Reads verified tokens, and compares the values with what `serde_json` reads.

use std::collections::BTreeMap;
use std::fmt::Debug;

use embedded_jwt::{Claims, Error, Header, JsonString, NumericDate};
use heapless::{LinearMap, String as Text, Vec as List};
use serde::Deserialize;

use crate::date::NANOSECONDS;
use crate::json::{Members, Object, Value, quoted};
use crate::judge::{audiences, date};

/// Reads a string in every way that the API has. Each must give the expected one.
pub fn check_text(found: Option<JsonString<'_>>, expected: Option<&str>) {
    let (Some(found), Some(expected)) = (found, expected) else {
        assert_eq!(found.map(|found| found.to_string()).as_deref(), expected);
        return;
    };
    assert!(found == *expected && found == expected, "{found:?}, not {expected:?}");
    assert!(found.bytes().eq(expected.bytes()));
    assert_eq!(found.to_string(), expected);
    assert_eq!(format!("{found:?}"), quoted(expected));
    let needs_escapes = quoted(expected).len() != expected.len() + 2;
    assert_eq!(found.as_str(), (!needs_escapes).then_some(expected));
    let mut memory = vec![0; expected.len()];
    assert_eq!(found.copy_to(&mut memory), Ok(expected));
    if let Some((_, less)) = memory.split_last_mut() {
        assert_eq!(found.copy_to(less), Err(Error::ScratchTooSmall));
    }
    // It must not equal any other string.
    assert!(found != *format!("{expected}\0"));
    let mut less = expected.chars();
    if less.next_back().is_some() {
        assert!(found != *less.as_str());
    }
}

pub fn check_header(header: &Header<'_>, expected: &Object) {
    assert_eq!(header.as_json(), expected.to_string());
    check_text(header.key_id(), expected.text("kid"));
    assert_eq!(header.key_id(), header.string("kid").ok());
    check_text(header.typ(), expected.text("typ"));
    check_text(header.content_type(), expected.text("cty"));
    for (name, value) in expected.0.iter().take(16) {
        let twice = expected.has_twice(name).then_some(Error::DuplicateHeaderParameter);
        check_string(header.string(name), value, twice);
        let flag = match value {
            Value::Bool(flag) => Ok(*flag),
            _ => Err(Error::UnreadableValue),
        };
        assert_eq!(header.get(name), twice.map_or(flag, Err));
    }
}

pub fn check_claims(claims: &Claims<'_>, expected: &Object) {
    assert_eq!(claims.as_json(), expected.to_string());
    check_text(claims.issuer(), expected.text("iss"));
    assert_eq!(claims.issuer(), claims.string("iss").ok());
    check_text(claims.subject(), expected.text("sub"));
    check_text(claims.jwt_id(), expected.text("jti"));
    check_date(claims.expiration(), expected, "exp");
    check_date(claims.not_before(), expected, "nbf");
    check_date(claims.issued_at(), expected, "iat");
    let names = audiences(expected).unwrap_or_default();
    assert_eq!(claims.audiences().count(), names.len());
    for (found, name) in claims.audiences().zip(names) {
        check_text(Some(found), Some(name));
    }
    for (name, value) in expected.0.iter().take(16) {
        let twice = expected.has_twice(name).then_some(Error::DuplicateClaim);
        check_string(claims.string(name), value, twice);
        let absent = format!("{name}\0");
        if expected.get(&absent).is_none() {
            assert_eq!(claims.string(&absent), Err(Error::MissingMember));
        }
    }
}

fn check_date(found: Option<NumericDate>, claims: &Object, name: &str) {
    let expected = date(claims, name, Error::UnreadableValue).expect("its type was checked");
    assert_eq!(
        found.map(|date| (date.seconds().into(), date.subsec_nanoseconds().into())),
        expected.map(|date| match date.seconds() {
            seconds if seconds.abs() >= 10_i128.pow(18) && date.floor > 0 => (i64::MAX.into(), 0),
            seconds if seconds.abs() > 10_i128.pow(18) => (i64::MIN.into(), 0),
            seconds => (seconds, date.floor.rem_euclid(NANOSECONDS)),
        }),
    );
}

fn check_string(found: Result<JsonString<'_>, Error>, value: &Value, twice: Option<Error>) {
    match (twice, value) {
        (Some(twice), _) => assert_eq!(found, Err(twice)),
        (None, Value::Text(text)) => check_text(Some(found.expect("a string")), Some(text)),
        (None, _) => assert_eq!(found, Err(Error::UnreadableValue)),
    }
}

/// A struct into which users may read a claims set.
#[derive(Debug, Deserialize, PartialEq)]
struct Whole<'a> {
    iss: Option<&'a str>,
    sub: Option<Text<8>>,
    exp: Option<u64>,
    a: Option<Inner<'a>>,
    b: Option<List<u8, 3>>,
    #[serde(rename = "A\"")]
    quoted: Option<bool>,
    #[serde(default)]
    door: i16,
}

/// A struct that refuses members without a field.
#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Closed<'a> {
    iss: Option<&'a str>,
    exp: Option<u64>,
    #[serde(borrow, alias = "b")]
    a: Option<Any<'a>>,
    #[serde(rename = "A\"")]
    quoted: Option<Text<8>>,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Inner<'a> {
    x: &'a str,
    y: Option<Choice>,
}

#[derive(Debug, Deserialize, PartialEq)]
enum Choice {
    One,
    Two(u8),
    Three(u8, bool),
    Four { z: Text<4> },
}

#[derive(Debug, Deserialize, PartialEq)]
struct Wrapper<T>(T);

#[derive(Debug, Deserialize, PartialEq)]
struct Pair(u8, Option<String>);

#[derive(Debug, Deserialize, PartialEq)]
struct Unit;

/// Any value.
#[derive(Debug, Deserialize, PartialEq)]
#[serde(untagged)]
enum Any<'a> {
    Nothing,
    Flag(bool),
    Number(i64),
    #[serde(borrow)]
    Borrowed(&'a str),
    Owned(String),
    List(Vec<Any<'a>>),
    Members(BTreeMap<String, Any<'a>>),
}

/// A struct that keeps members without a field.
#[derive(Debug, Deserialize, PartialEq)]
struct Rest<'a> {
    iss: Option<String>,
    #[serde(borrow, flatten)]
    rest: BTreeMap<String, Any<'a>>,
}

/// Reads every claim into many types, and the claims set into structs and maps.
pub fn check_readings(claims: &Claims<'_>) {
    let text = claims.as_json();
    let Members(members) = serde_json::from_str(text).expect("accepted claims are JSON");
    for (name, value) in members.iter().take(16) {
        if members.iter().filter(|(other, _)| other == name).count() > 1 {
            assert_eq!(claims.get::<()>(name), Err(Error::DuplicateClaim));
        } else {
            check_value(claims, name, value.get());
        }
    }
    assert_eq!(claims.get::<()>("\0\0no such claim"), Err(Error::MissingMember));

    let mut scratch = vec![0; text.len()];
    let known = Excuses { text, no_scratch: false };
    known.compare(claims.read_with_scratch::<Whole>(&mut scratch), serde_json::from_str(text));
    known.compare(
        claims.read_with_scratch::<Wrapper<Whole>>(&mut scratch),
        serde_json::from_str(text),
    );
    known.compare(
        claims.read_with_scratch::<LinearMap<Text<8>, Option<u8>, 4>>(&mut scratch),
        serde_json::from_str(text),
    );
    known.compare(claims.read_with_scratch::<Rest>(&mut scratch), serde_json::from_str(text));
    known.compare(claims.read_with_scratch::<Closed>(&mut scratch), serde_json::from_str(text));
    let known = Excuses { text, no_scratch: true };
    known.compare(claims.read::<Whole>(), serde_json::from_str(text));
    known.compare(claims.read::<LinearMap<&str, u32, 4>>(), serde_json::from_str(text));
}

fn check_value(claims: &Claims<'_>, name: &str, value: &str) {
    let known = Excuses { text: value, no_scratch: true };
    macro_rules! types {
        ($($type:ty,)*) => {
            $(known.compare(claims.get::<$type>(name), serde_json::from_str(value));)*
        };
    }
    types!(
        (), bool, u8, u16, u32, u64, i8, i16, i32, i64, char, &str, Text<8>, Option<u8>,
        Option<&str>, Option<()>, List<u8, 3>, List<&str, 3>, List<List<bool, 2>, 2>, [u8; 2],
        (u8, bool), (&str, Option<i8>), Choice, Option<Choice>, Inner, Wrapper<u8>,
        Wrapper<Wrapper<Inner>>, Pair, Unit, Any, LinearMap<&str, u8, 4>, LinearMap<Text<2>, Inner, 2>,
    );
    check_float(claims.get(name), value);
}

/// A number must read as its nearest float, if that is finite.
fn check_float(found: Result<f64, Error>, value: &str) {
    let number = value.starts_with(|first: char| first == '-' || first.is_ascii_digit());
    let read = number.then(|| value.parse().expect("accepted numbers are numbers"));
    let expected = read.filter(|float: &f64| float.is_finite()).ok_or(Error::UnreadableValue);
    assert_eq!(found.map(f64::to_bits), expected.map(f64::to_bits), "{value}");
}

/// The cases in which `serde_json` may read something else, with the reasons.
struct Excuses<'t> {
    text: &'t str,
    /// There is no memory to decode strings, so one with an escape is refused.
    no_scratch: bool,
}

impl Excuses<'_> {
    /// Panics if we read something that `serde_json` doesn't, or the other way round, or if the
    /// values differ.
    #[track_caller]
    fn compare<T: Debug + PartialEq>(
        &self,
        found: Result<T, Error>,
        expected: serde_json::Result<T>,
    ) {
        match (found, expected) {
            (Ok(found), Ok(expected)) => assert_eq!(found, expected, "{}", self.text),
            (Err(Error::UnreadableValue | Error::ScratchTooSmall), Err(_)) => {}
            // `-0` is a float to `serde_json`, and the integer 0 to `serde-json-core`.
            (Ok(_), Err(_)) if self.text.contains("-0") => {}
            // `serde_json` also reads a struct from an array of its fields in order.
            (Err(Error::UnreadableValue), Ok(_)) if self.text.contains('[') => {}
            (Err(Error::ScratchTooSmall), Ok(_)) if self.no_scratch && self.has_escape() => {}
            (found, expected) => {
                panic!("{}: {found:?}, but serde_json says {expected:?}", self.text)
            }
        }
    }

    fn has_escape(&self) -> bool {
        self.text.contains('\\')
    }
}
