//! JSON as `serde_json` reads it, but with every member and every digit kept.

use std::fmt;

use embedded_jwt::Error;
use serde::Deserialize;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::refusal::Refusal;

/// Any JSON value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Null,
    Bool(bool),
    /// Its text.
    Number(String),
    Text(String),
    Array(Vec<Value>),
    Object(Object),
}

/// A JSON object: all its members in order, including those with the same name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Object(pub Vec<(String, Value)>);

impl Object {
    /// The values of all members with this name.
    pub fn all<'o>(&'o self, name: &str) -> impl Iterator<Item = &'o Value> {
        self.0.iter().filter(move |(member, _)| member == name).map(|(_, value)| value)
    }

    /// The value of the first member with this name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.all(name).next()
    }

    /// Does the same, if it is a string.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.get(name) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    pub fn has_twice(&self, name: &str) -> bool {
        self.all(name).count() > 1
    }
}

/// Reads an object that is nested at most `depth` deep, and has no duplicate of `names`.
///
/// If a text breaks several rules, any of their errors is allowed.
pub fn read_object(
    text: &[u8],
    depth: u8,
    names: &[&str],
    twice: Error,
) -> Result<Object, Refusal> {
    let too_deep = levels(text) > usize::from(depth);
    match str::from_utf8(text).ok().filter(|_| !too_deep).and_then(read) {
        Some(Value::Object(object)) if names.iter().any(|name| object.has_twice(name)) => {
            Err(twice.into())
        }
        Some(Value::Object(object)) => Ok(object),
        Some(_) => Err(Error::InvalidJson.into()),
        None => {
            // A duplicate may come before the text's first fault.
            let mut broken = vec![twice];
            if too_deep {
                broken.push(Error::NestingTooDeep);
            }
            if str::from_utf8(text).is_err() {
                broken.push(Error::InvalidUtf8);
            }
            if has_surrogate_escape(text) {
                broken.push(Error::LoneSurrogate);
            }
            if !is_object(&String::from_utf8_lossy(text)) {
                broken.push(Error::InvalidJson);
            }
            Err(Refusal(broken))
        }
    }
}

/// Whether a text follows the grammar of an object, at any depth, with any surrogates in escapes.
fn is_object(text: &str) -> bool {
    serde_json::from_str::<&RawValue>(text).is_ok_and(|text| text.get().starts_with('{'))
}

/// Reads a JSON text, if it is one.
pub fn read(text: &str) -> Option<Value> {
    // `RawValue` removes white space around a value, and keeps its digits.
    let text = serde_json::from_str::<&RawValue>(text).ok()?.get();
    Some(match text.as_bytes()[0] {
        b'{' => Value::Object(Object(
            serde_json::from_str::<Members>(text)
                .ok()?
                .0
                .into_iter()
                .map(|(name, value)| Some((name, read(value.get())?)))
                .collect::<Option<_>>()?,
        )),
        b'[' => Value::Array(
            serde_json::from_str::<Vec<&RawValue>>(text)
                .ok()?
                .into_iter()
                .map(|value| read(value.get()))
                .collect::<Option<_>>()?,
        ),
        b'"' => Value::Text(serde_json::from_str(text).ok()?),
        b't' => Value::Bool(true),
        b'f' => Value::Bool(false),
        b'n' => Value::Null,
        _ => Value::Number(text.to_owned()),
    })
}

/// The members of an object, with unread values.
pub struct Members<'t>(pub Vec<(String, &'t RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersVisitor;

        impl<'de> Visitor<'de> for MembersVisitor {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(MembersVisitor)
    }
}

/// Returns how deep brackets are nested, outside strings.
fn levels(text: &[u8]) -> usize {
    let (mut level, mut deepest) = (0_usize, 0);
    let mut in_string = false;
    let mut bytes = text.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => in_string = !in_string,
            b'\\' if in_string => drop(bytes.next()),
            b'[' | b'{' if !in_string => level += 1,
            b']' | b'}' if !in_string => level = level.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(level);
    }
    deepest
}

/// Whether there is a `\u` escape of a surrogate, paired or not.
fn has_surrogate_escape(text: &[u8]) -> bool {
    text.windows(4).any(|escape| {
        matches!(escape, [b'\\', b'u', b'd' | b'D', b'8' | b'9' | b'a'..=b'f' | b'A'..=b'F'])
    })
}

/// Writes the shortest equal text, which is the crate's normal form.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Number(digits) => f.write_str(digits),
            Self::Text(text) => f.write_str(&quoted(text)),
            Self::Array(values) => {
                f.write_str("[")?;
                for (index, value) in values.iter().enumerate() {
                    write!(f, "{}{value}", if index > 0 { "," } else { "" })?;
                }
                f.write_str("]")
            }
            Self::Object(object) => write!(f, "{object}"),
        }
    }
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        for (index, (name, value)) in self.0.iter().enumerate() {
            write!(f, "{}{}:{value}", if index > 0 { "," } else { "" }, quoted(name))?;
        }
        f.write_str("}")
    }
}

/// Quotes a string with as few escapes as possible, as `serde_json` does.
pub fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("any string can be written")
}
