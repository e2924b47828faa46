//! Types into which users may read claims. A test that `reading.rs` prints has those that it needs.

pub use std::borrow::Cow;
pub use std::collections::BTreeMap;

pub use heapless::{LinearMap, String as Text, Vec as List};
use serde::Deserialize;

/// A struct into which users may read a claims set.
#[derive(Debug, Deserialize, PartialEq)]
pub struct Whole<'a> {
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
pub struct Closed<'a> {
    iss: Option<&'a str>,
    exp: Option<u64>,
    #[serde(borrow, alias = "b")]
    a: Option<Any<'a>>,
    #[serde(rename = "A\"")]
    quoted: Option<Text<8>>,
}

#[derive(Debug, Deserialize, PartialEq)]
pub struct Inner<'a> {
    x: &'a str,
    y: Option<Choice>,
}

#[derive(Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd)]
pub enum Choice {
    One,
    Two(u8),
    Three(u8, bool),
    Four { z: Text<4> },
}

#[derive(Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd)]
pub struct Wrapper<T>(T);

/// A string that borrows if it can.
#[derive(Debug, Deserialize, PartialEq)]
pub struct Either<'a>(#[serde(borrow)] Cow<'a, str>);

/// The other ways to say which variant it is.
#[derive(Debug, Deserialize, PartialEq)]
#[serde(tag = "x")]
pub enum Inside {
    One,
    #[serde(rename = "\"")]
    Two {
        y: String,
    },
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(tag = "x", content = "y")]
pub enum Beside {
    One,
    #[serde(rename = "\"")]
    Two(String),
}

#[derive(Debug, Deserialize, PartialEq)]
pub struct Pair(u8, Option<String>);

#[derive(Debug, Deserialize, PartialEq)]
pub struct Unit;

/// Any value.
#[derive(Debug, Deserialize, PartialEq)]
#[serde(untagged)]
pub enum Any<'a> {
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
pub struct Rest<'a> {
    iss: Option<String>,
    #[serde(borrow, flatten)]
    rest: BTreeMap<String, Any<'a>>,
}
