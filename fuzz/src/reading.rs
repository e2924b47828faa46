//! Reads verified tokens, and compares the values with what `serde_json` reads.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Debug;

use crate::date::NANOSECONDS;
use embedded_jwt::{Claims, Error, Header, JsonString, NumericDate};
use heapless::{LinearMap, String as Text, Vec as List};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::json::{Members, Object, Value, quoted, read};
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
        let needed = expected.len() as u16;
        assert_eq!(found.copy_to(less), Err(Error::ScratchTooSmall { needed }));
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
    for ((name, value), place) in expected.0.iter().zip(places(expected)).take(16) {
        let twice = expected.has_twice(name).then_some(Error::DuplicateHeaderParameter);
        check_string(header.string(name), value, twice.unwrap_or(place));
        let flag = match value {
            Value::Bool(flag) => Ok(*flag),
            _ => Err(place),
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
    for ((name, value), place) in expected.0.iter().zip(places(expected)).take(16) {
        let twice = expected.has_twice(name).then_some(Error::DuplicateClaim);
        check_string(claims.string(name), value, twice.unwrap_or(place));
        let absent = format!("{name}\0");
        if expected.get(&absent).is_none() {
            assert_eq!(claims.string(&absent), Err(Error::MissingMember));
        }
    }
}

fn check_date(found: Option<NumericDate>, claims: &Object, name: &str) {
    let expected = date(claims, name, Error::InvalidExpiration).expect("its type was checked");
    assert_eq!(
        found.map(|date| (date.seconds().into(), date.subsec_nanoseconds().into())),
        expected.map(|date| match date.seconds() {
            seconds if seconds.abs() >= 10_i128.pow(18) && date.floor > 0 => (i64::MAX.into(), 0),
            seconds if seconds.abs() > 10_i128.pow(18) => (i64::MIN.into(), 0),
            seconds => (seconds, date.floor.rem_euclid(NANOSECONDS)),
        }),
    );
}

/// The error for each member whose value doesn't fit.
fn places(object: &Object) -> impl Iterator<Item = Error> {
    let mut end = 0;
    object.0.iter().map(move |(name, value)| {
        // A bracket or a comma, the name, and a colon.
        let position = end + 1 + quoted(name).len() + 1;
        end = position + value.to_string().len();
        Error::UnreadableValue { position: position as u16 }
    })
}

/// A name that is there twice, or a value that is no string, gives the error `otherwise`.
fn check_string(found: Result<JsonString<'_>, Error>, value: &Value, otherwise: Error) {
    match (otherwise, value) {
        (Error::UnreadableValue { .. }, Value::Text(text)) => {
            check_text(Some(found.expect("a string")), Some(text));
        }
        _ => assert_eq!(found, Err(otherwise)),
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

#[derive(Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd)]
enum Choice {
    One,
    Two(u8),
    Three(u8, bool),
    Four { z: Text<4> },
}

#[derive(Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd)]
struct Wrapper<T>(T);

/// A string that borrows if it can.
#[derive(Debug, Deserialize, PartialEq)]
struct Either<'a>(#[serde(borrow)] Cow<'a, str>);

/// The other ways to say which variant it is.
#[derive(Debug, Deserialize, PartialEq)]
#[serde(tag = "x")]
enum Inside {
    One,
    #[serde(rename = "\"")]
    Two {
        y: String,
    },
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(tag = "x", content = "y")]
enum Beside {
    One,
    #[serde(rename = "\"")]
    Two(String),
}

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
    let judge = Judge { whole: text, text, memory: text.len() };
    macro_rules! types {
        ($($type:ty,)*) => {$(
            judge.compare(claims.read_with_scratch::<$type>(&mut scratch));
            Judge { memory: BLOCK, ..judge }.compare(claims.read::<$type>());
        )*};
    }
    types!(
        Whole, Wrapper<Whole>, Rest, Closed, Inside, Beside, LinearMap<Text<8>, Option<u8>, 4>,
        LinearMap<&str, u32, 4>, BTreeMap<u8, u8>, BTreeMap<String, Any>,
    );
}

fn check_value(claims: &Claims<'_>, name: &str, value: &str) {
    let judge = Judge { whole: claims.as_json(), text: value, memory: BLOCK };
    macro_rules! types {
        ($($type:ty,)*) => { $(judge.compare(claims.get::<$type>(name));)* };
    }
    types!(
        (), bool, u8, u16, u32, u64, u128, i8, i16, i32, i64, i128, char, &str, Text<8>, String,
        Box<str>, Either, Option<u8>, Option<&str>, Option<String>, Option<()>, List<u8, 3>,
        List<&str, 3>, Vec<String>, List<List<bool, 2>, 2>, [u8; 2], (u8, bool), (&str, Option<i8>),
        Choice, Option<Choice>, Inside, Beside, Inner, Wrapper<u8>, Wrapper<Wrapper<Inner>>, Pair,
        Unit, Any, LinearMap<&str, u8, 4>, LinearMap<Text<2>, Inner, 2>, BTreeMap<String, String>,
        BTreeMap<u8, Any>, BTreeMap<u16, ()>, BTreeMap<u32, &str>, BTreeMap<u64, u8>,
        BTreeMap<u128, u8>, BTreeMap<i8, u8>, BTreeMap<i16, u8>, BTreeMap<i32, u8>,
        BTreeMap<i64, String>, BTreeMap<i128, u8>, BTreeMap<char, u8>,
        BTreeMap<Choice, u8>, BTreeMap<Option<u8>, u8>, BTreeMap<Wrapper<Option<String>>, u8>,
    );
    // `serde_json` loses its place in a key that should be a `bool` and isn't, and may panic.
    let flags: Option<BTreeMap<bool, u8>> =
        serde_json::from_str::<Members>(value).ok().and_then(|Members(members)| {
            let flag = |(name, value): (String, &RawValue)| {
                Some((name.parse().ok()?, serde_json::from_str(value.get()).ok()?))
            };
            members.into_iter().map(flag).collect()
        });
    if !value.contains("-0") {
        assert_eq!(claims.get(name).ok(), flags, "{value}");
    }
    let mut scratch = vec![0; value.len()];
    let judge = Judge { memory: value.len(), ..judge };
    judge.compare(claims.get_with_scratch::<String>(name, &mut scratch));
    judge.compare(claims.get_with_scratch::<Any>(name, &mut scratch));
    check_float(claims.get(name), value, judge.place());
}

/// A number must read as its nearest float, if that is finite.
fn check_float(found: Result<f64, Error>, value: &str, position: usize) {
    let number = value.starts_with(|first: char| first == '-' || first.is_ascii_digit());
    let read = number.then(|| value.parse().expect("accepted numbers are numbers"));
    let otherwise = Error::UnreadableValue { position: position as u16 };
    let expected = read.filter(|float: &f64| float.is_finite()).ok_or(otherwise);
    assert_eq!(found.map(f64::to_bits), expected.map(f64::to_bits), "{value}");
}

/// Strings with escapes are read up to this length without scratch memory.
const BLOCK: usize = 256;

/// Says what may be read from a value: what `serde_json` reads, with a few exceptions.
#[derive(Clone, Copy)]
struct Judge<'t> {
    whole: &'t str,
    /// The value, a part of the whole text.
    text: &'t str,
    /// The longest string with escapes that can be decoded.
    memory: usize,
}

impl<'t> Judge<'t> {
    /// Where the value begins.
    fn place(&self) -> usize {
        self.text.as_ptr().addr() - self.whole.as_ptr().addr()
    }

    /// Panics if we read something that `serde_json` doesn't, or the other way round, if the values
    /// differ, or if an error doesn't say what is wrong.
    #[track_caller]
    fn compare<T: Debug + Deserialize<'t> + PartialEq>(&self, found: Result<T, Error>) {
        let expected = serde_json::from_str::<T>(self.text);
        let no_sooner = self.text.contains("-0");
        match (found, expected) {
            (Ok(found), Ok(expected)) => assert_eq!(found, expected, "{}", self.text),
            (Err(Error::UnreadableValue { position }), Err(error)) => {
                let value = self.value_at(position.into());
                // `serde_json` goes on for longer after what it reads and we don't.
                let later = value.starts_with('[') || is_wide(value);
                if error.line() != 0 && !no_sooner && !later {
                    let place = self.place() + error.column();
                    let around = usize::from(position)..=usize::from(position) + value.len() + 1;
                    assert!(around.contains(&place), "{}: {value}, {error}", self.text);
                }
            }
            // `-0` is a float to `serde_json`, and the integer 0 to `serde-json-core`.
            (Ok(_), Err(_)) if no_sooner => {}
            // `serde_json` also reads a struct from an array of its fields in order.
            (Err(Error::UnreadableValue { position }), Ok(_)) => {
                let value = self.value_at(position.into());
                assert!(value.contains('['), "{}: {value}", self.text);
            }
            (Err(Error::ScratchTooSmall { needed }), _) => {
                let needed = needed.into();
                let is_there = has_escaped(&read(self.text).expect("JSON"), needed);
                assert!(needed > self.memory && is_there, "{}", self.text);
            }
            (found, expected) => {
                panic!("{}: {found:?}, but serde_json says {expected:?}", self.text)
            }
        }
    }

    /// The value or the name that begins at this position: one must begin there.
    #[track_caller]
    fn value_at(&self, position: usize) -> &'t str {
        let (before, rest) = self.whole.split_at(position);
        assert!(before.is_empty() || before.ends_with(['[', '{', ',', ':']), "{before}");
        let end = self.place() + self.text.len();
        assert!((self.place()..end).contains(&position), "{} {position}", self.text);
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<&RawValue>();
        values.next().expect("a value").expect("JSON").get()
    }
}

/// Whether a value is an integer out of range, or a float.
fn is_wide(value: &str) -> bool {
    let is_integer = value.parse::<i64>().is_ok() || value.parse::<u64>().is_ok();
    !is_integer && value.parse::<f64>().is_ok()
}

/// Whether a string or a name in this value has escapes, and this length.
fn has_escaped(value: &Value, length: usize) -> bool {
    let is_it = |text: &str| text.len() == length && quoted(text).len() > length + 2;
    match value {
        Value::Text(text) => is_it(text),
        Value::Array(values) => values.iter().any(|value| has_escaped(value, length)),
        Value::Object(object) => {
            object.0.iter().any(|(name, value)| is_it(name) || has_escaped(value, length))
        }
        _ => false,
    }
}
