//! Reads verified tokens, and compares the values with what `serde_json` reads.

use std::fmt::Debug;

use embedded_jwt::{Claims, Error, Header, JsonString, NumericDate};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::date::NANOSECONDS;
use crate::json::{Members, Object, Value, quoted, read};
use crate::judge::{KnownKeys, audiences, date};
use crate::paste::{self, IfPanics};
use crate::rules::Rules;
use crate::sign::{Algorithm, SECRET};
use crate::types::*;

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

/// Reads every claim of a verified token into many types, and the claims set into structs and maps.
pub fn check_readings(token: &[u8], claims: &Claims<'_>) {
    let text = claims.as_json();
    let reading = Reading { token, whole: text, text, name: None, has_scratch: false };
    let mut scratch = vec![0; text.len()];
    macro_rules! types {
        ($($type:ty,)*) => {$(
            let with_scratch = Reading { has_scratch: true, ..reading };
            let read = || claims.read_with_scratch::<$type>(&mut scratch);
            with_scratch.compare(stringify!($type), read);
            reading.compare(stringify!($type), || claims.read::<$type>());
        )*};
    }
    types!(
        Whole, Wrapper<Whole>, Rest, Closed, Inside, Beside, LinearMap<Text<8>, Option<u8>, 4>,
        LinearMap<&str, u32, 4>, BTreeMap<u8, u8>, BTreeMap<String, Any>,
    );

    let Members(members) = serde_json::from_str(text).expect("accepted claims are JSON");
    for (name, value) in members.iter().take(16) {
        let reading = Reading { text: value.get(), name: Some(name), ..reading };
        if members.iter().filter(|(other, _)| other == name).count() > 1 {
            reading.refuse(claims, Error::DuplicateClaim);
        } else {
            reading.check_value(claims, name);
        }
    }
    Reading { name: Some("\0\0no such claim"), ..reading }.refuse(claims, Error::MissingMember);
}

/// Strings with escapes are read up to this length without scratch memory.
const BLOCK: usize = 256;

/// What is read: a claim, or the whole claims set. It must be what `serde_json` reads, with a few
/// exceptions.
#[derive(Clone, Copy)]
struct Reading<'t> {
    /// The verified token.
    token: &'t [u8],
    /// The text of the claims set.
    whole: &'t str,
    /// The text of the value, a part of the whole text.
    text: &'t str,
    /// The name of the claim.
    name: Option<&'t str>,
    /// Whether there is scratch memory as long as the value.
    has_scratch: bool,
}

impl<'t> Reading<'t> {
    /// There must be no such claim to read, for this reason.
    fn refuse(&self, claims: &Claims<'_>, error: Error) {
        let _paste = IfPanics(|| self.as_test("()", &[format!("Err({error:?})")]));
        assert_eq!(claims.get::<()>(self.name.unwrap_or_default()), Err(error));
    }

    fn check_value(&self, claims: &Claims<'_>, name: &str) {
        macro_rules! types {
            ($($type:ty,)*) => {
                $(self.compare(stringify!($type), || claims.get::<$type>(name));)*
            };
        }
        types!(
            (), bool, u8, u16, u32, u64, u128, i8, i16, i32, i64, i128, char, &str, Text<8>, String,
            Box<str>, Either, Option<u8>, Option<&str>, Option<String>, Option<()>, List<u8, 3>,
            List<&str, 3>, Vec<String>, List<List<bool, 2>, 2>, [u8; 2], (u8, bool),
            (&str, Option<i8>), Choice, Option<Choice>, Inside, Beside, Inner, Wrapper<u8>,
            Wrapper<Wrapper<Inner>>, Pair, Unit, Any, LinearMap<&str, u8, 4>,
            LinearMap<Text<2>, Inner, 2>, BTreeMap<String, String>, BTreeMap<u8, Any>,
            BTreeMap<u16, ()>, BTreeMap<u32, &str>, BTreeMap<u64, u8>, BTreeMap<u128, u8>,
            BTreeMap<i8, u8>, BTreeMap<i16, u8>, BTreeMap<i32, u8>, BTreeMap<i64, String>,
            BTreeMap<i128, u8>, BTreeMap<char, u8>, BTreeMap<Choice, u8>, BTreeMap<Option<u8>, u8>,
            BTreeMap<Wrapper<Option<String>>, u8>,
        );
        self.check_flags(claims, name);
        self.check_float(claims, name);
        let mut scratch = vec![0; self.text.len()];
        let reading = Self { has_scratch: true, ..*self };
        reading.compare("String", || claims.get_with_scratch::<String>(name, &mut scratch));
        reading.compare("Any", || claims.get_with_scratch::<Any>(name, &mut scratch));
    }

    /// `serde_json` loses its place in a key that should be a `bool` and isn't, and may panic.
    fn check_flags(&self, claims: &Claims<'_>, name: &str) {
        if self.may_be_zero() {
            return;
        }
        let flags: Option<BTreeMap<bool, u8>> =
            serde_json::from_str::<Members>(self.text).ok().and_then(|Members(members)| {
                let flag = |(name, value): (String, &RawValue)| {
                    Some((name.parse().ok()?, serde_json::from_str(value.get()).ok()?))
                };
                members.into_iter().map(flag).collect()
            });
        let _paste = IfPanics(|| {
            let allowed =
                flags.as_ref().map_or("Err(".to_owned(), |flags| format!("Ok({flags:?})"));
            self.as_test("std::collections::BTreeMap<bool, u8>", &[allowed])
        });
        assert_eq!(claims.get(name).ok(), flags, "{}", self.text);
    }

    /// A number must read as its nearest float, if that is finite.
    fn check_float(&self, claims: &Claims<'_>, name: &str) {
        let is_number = self.text.starts_with(|first: char| first == '-' || first.is_ascii_digit());
        let read = is_number.then(|| self.text.parse().expect("accepted numbers are numbers"));
        let otherwise = Error::UnreadableValue { position: self.place() as u16 };
        let expected = read.filter(|float: &f64| float.is_finite()).ok_or(otherwise);
        let _paste = IfPanics(|| self.as_test("f64", &[format!("{expected:?}")]));
        let found = claims.get::<f64>(name);
        assert_eq!(found.map(f64::to_bits), expected.map(f64::to_bits), "{}", self.text);
    }

    /// Panics if we read something that `serde_json` doesn't, or the other way round, if the values
    /// differ, or if an error doesn't say what is wrong. Takes the type as code.
    #[track_caller]
    fn compare<T: Debug + Deserialize<'t> + PartialEq>(
        &self,
        code: &str,
        read: impl FnOnce() -> Result<T, Error>,
    ) {
        let expected = serde_json::from_str::<T>(self.text);
        let _paste = IfPanics(|| {
            let value = expected.as_ref().ok().map(|value| format!("Ok({value:?})"));
            self.as_test(code, &self.allowed(value, expected.as_ref().err()))
        });
        let found = read();
        let is_right = match (&found, &expected) {
            (Ok(found), Ok(expected)) => found == expected,
            (Ok(_), Err(_)) => self.may_be_zero(),
            (Err(error), expected) => self.allows(*error, expected.as_ref().err()),
        };
        let text = self.text;
        assert!(is_right, "{text} as {code}: {found:?}, but serde_json says {expected:?}");
    }

    /// Whether we may return this error where `serde_json` returns the other, or none.
    fn allows(&self, error: Error, theirs: Option<&serde_json::Error>) -> bool {
        match error {
            Error::UnreadableValue { position } => {
                let Some(value) = self.value_at(position.into()) else { return false };
                // `serde_json` also reads a struct from an array of its fields in order.
                let Some(theirs) = theirs else { return value.contains('[') };
                // It goes on for longer after what it reads and we don't.
                let later = value.starts_with('[') || is_wide(value);
                let place = self.place() + theirs.column();
                let around = usize::from(position)..=usize::from(position) + value.len() + 1;
                theirs.line() == 0 || self.may_be_zero() || later || around.contains(&place)
            }
            Error::ScratchTooSmall { needed } => {
                let needed = usize::from(needed);
                let memory = if self.has_scratch { self.text.len() } else { BLOCK };
                needed > memory && has_escaped(&read(self.text).expect("JSON"), needed)
            }
            _ => false,
        }
    }

    /// The beginnings of all answers that are right, as `Debug` shows them. Takes what `serde_json`
    /// reads, or its error.
    fn allowed(&self, value: Option<String>, theirs: Option<&serde_json::Error>) -> Vec<String> {
        let end = u16::try_from(self.whole.len()).unwrap_or(u16::MAX);
        let errors = (0..=end)
            .flat_map(|at| {
                [Error::UnreadableValue { position: at }, Error::ScratchTooSmall { needed: at }]
            })
            .filter(|error| self.allows(*error, theirs));
        let mut allowed: Vec<_> = errors.map(|error| format!("Err({error:?})")).collect();
        allowed.extend(value.or(self.may_be_zero().then(|| "Ok(".to_owned())));
        allowed
    }

    /// Whether there is a `-0`, which is a float to `serde_json`, and the integer 0 to
    /// `serde-json-core`.
    fn may_be_zero(&self) -> bool {
        self.text.contains("-0")
    }

    /// Where the value begins.
    fn place(&self) -> usize {
        self.text.as_ptr().addr() - self.whole.as_ptr().addr()
    }

    /// The value or the name that begins at this position of the claims set, if it is in the value.
    fn value_at(&self, position: usize) -> Option<&'t str> {
        let (before, rest) = self.whole.split_at_checked(position)?;
        let begins = before.is_empty() || before.ends_with(['[', '{', ',', ':']);
        let end = self.place() + self.text.len();
        if !begins || !(self.place()..end).contains(&position) {
            return None;
        }
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<&RawValue>();
        Some(values.next()?.ok()?.get())
    }

    /// A test that reads the same. Takes the type as code, and the beginnings of all right answers.
    fn as_test(&self, code: &str, allowed: &[String]) -> String {
        let &Self { token, text, name, has_scratch, .. } = self;
        let mut arguments: Vec<String> = name.map(|name| format!("{name:?}")).into_iter().collect();
        let mut scratch = String::new();
        if has_scratch {
            arguments.push("&mut scratch".to_owned());
            scratch = paste::line(format!("let mut scratch = vec![0; {}];", text.len()));
        }
        let method = format!(
            "{}{}",
            if name.is_some() { "get" } else { "read" },
            if has_scratch { "_with_scratch" } else { "" },
        );
        let known = KnownKeys::one(Algorithm::Hs256, &SECRET, &[Algorithm::Hs256]);
        paste::test(&[
            paste::line(needed_types(code)),
            paste::line(format!("let token = {};", paste::bytes(token))),
            paste::keys(&known),
            paste::policy(&Rules::mild()),
            paste::line(format!("let mut buffer = vec![0; {}];", token.len())),
            scratch,
            paste::line("let verifier = Verifier::new(&keys, policy);"),
            paste::line("let token = verifier.verify(token, Time::Unknown, &mut buffer).unwrap();"),
            paste::line(format!(
                "let answer = token.claims().{method}::<{code}>({});",
                arguments.join(", ")
            )),
            paste::line("let answer = format!(\"{answer:?}\");"),
            paste::line(format!("let allowed = {allowed:?};")),
            paste::line(
                "assert!(allowed.iter().any(|allowed| answer.starts_with(allowed)), \"{answer}\");",
            ),
        ])
    }
}

/// The items of `types.rs` that this type needs, as code.
fn needed_types(code: &str) -> String {
    let is_separator = |one: char| !one.is_alphanumeric();
    let mut items: Vec<&str> = include_str!("types.rs").split("\n\n").skip(1).collect();
    let mut needed = code.to_owned();
    // What is no type is there for all of them.
    while let Some(index) = items.iter().position(|item| {
        let declared = item.split_once("pub struct ").or_else(|| item.split_once("pub enum "));
        let name = declared.and_then(|(_, rest)| rest.split(is_separator).next());
        name.is_none_or(|name| needed.split(is_separator).any(|word| word == name))
    }) {
        needed = needed + "\n\n" + items.remove(index).trim_end();
    }
    needed.split_off(code.len()).trim_start().to_owned() + "\n"
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
