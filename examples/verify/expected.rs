//! Claims with a value each, as `--claim` gives them: a token must have them, or gets them.

#![allow(dead_code, reason = "each example uses a part")]

use std::collections::BTreeMap;

use clap::ArgMatches;
use embedded_jwt::{Check, Error, MAX_DEPTH, Presented};
use serde::de::Error as _;
use serde_json::value::RawValue;

use crate::json::{Decimal, Members};

/// A claim that must be present once and have this value.
#[derive(Clone, Debug)]
pub(crate) struct Expected {
    pub(crate) name: String,
    /// As it was given.
    pub(crate) json: String,
    value: Value,
}

impl Expected {
    /// Reads `NAME=JSON`. The name ends at the first equals sign.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (name, json) = text.split_once('=').ok_or("there is no = after the name")?;
        let value =
            Value::parse(json, MAX_DEPTH).map_err(|error| match json.trim_start().as_bytes() {
                _ if error.is_data() => error.to_string(),
                [b'"' | b'[' | b'{', ..] => format!("no JSON value: {error}"),
                _ => {
                    let quoted = serde_json::Value::from(json);
                    format!("no JSON value: {error}; a string needs quotes: {name}={quoted}")
                }
            })?;
        Ok(Self { name: name.to_owned(), json: json.to_owned(), value })
    }

    /// Each `--claim`.
    pub(crate) fn all(options: &ArgMatches) -> Vec<&Self> {
        options.get_many("claim").into_iter().flatten().collect()
    }

    /// Whether a claims set fulfils it.
    ///
    /// # Errors
    /// [`Error::DuplicateClaim`] if the claim appears twice.
    pub(crate) fn is_met_by(&self, claims: &Members<'_>) -> Result<bool, Error> {
        let mut values = claims.named(&self.name);
        match (values.next(), values.next()) {
            (_, Some(_)) => Err(Error::DuplicateClaim),
            (Some(value), None) => {
                Ok(Value::parse(value, MAX_DEPTH).is_ok_and(|value| value == self.value))
            }
            (None, None) => Ok(false),
        }
    }
}

/// Accepts tokens that fulfil all of them.
pub(crate) struct AllExpected<'o>(pub(crate) Vec<&'o Expected>);

impl Check for AllExpected<'_> {
    fn check(&self, token: &Presented<'_>) -> Result<(), Error> {
        if self.0.is_empty() {
            return Ok(());
        }
        let claims = token.claims();
        let claims = Members::parse(claims.as_json()).map_err(|_| Error::RefusedByApplication)?;
        for expected in &self.0 {
            if !expected.is_met_by(&claims)? {
                return Err(Error::RefusedByApplication);
            }
        }
        Ok(())
    }
}

/// A JSON value. Two are equal if they mean the same: numbers by value, however they are written,
/// and objects in any order of their members.
#[derive(Clone, Debug, PartialEq)]
enum Value {
    Literal(String),
    Number(Decimal),
    Text(String),
    Array(Vec<Value>),
    Object(BTreeMap<String, Value>),
}

impl Value {
    /// Refuses an object with two members of one name, which has no certain meaning, and more than
    /// `depth` levels of arrays and objects.
    fn parse(text: &str, depth: u8) -> serde_json::Result<Self> {
        let text = serde_json::from_str::<&RawValue>(text)?.get();
        let inner = |text: &RawValue| Self::parse(text.get(), depth - 1);
        Ok(match text.as_bytes().first() {
            Some(b'{' | b'[') if depth == 0 => {
                return Err(serde_json::Error::custom(format!("more than {MAX_DEPTH} levels")));
            }
            Some(b'{') => {
                let mut object = BTreeMap::new();
                for (name, value) in Members::parse(text)?.0 {
                    if object.insert(name, inner(value)?).is_some() {
                        return Err(serde_json::Error::custom("a name appears twice"));
                    }
                }
                Self::Object(object)
            }
            Some(b'[') => {
                let elements = serde_json::from_str::<Vec<&RawValue>>(text)?;
                Self::Array(elements.into_iter().map(inner).collect::<Result<_, _>>()?)
            }
            Some(b'"') => Self::Text(serde_json::from_str(text)?),
            Some(b'-' | b'0'..=b'9') => {
                let number = Decimal::parse(text);
                if !number.is_exact() {
                    return Err(serde_json::Error::custom("an exponent is out of range"));
                }
                Self::Number(number)
            }
            _ => Self::Literal(text.to_owned()),
        })
    }
}
