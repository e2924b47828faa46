//! JSON objects with the text of their values, and numbers without rounding.

#![allow(dead_code, reason = "each example uses a part")]

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The JSON object in a segment of a token, even if the crate refuses its members. Not verified.
pub(crate) fn object_in(segment: &[u8]) -> Option<String> {
    let json = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(segment).ok()?).ok()?;
    Members::parse(&json).is_ok().then_some(json)
}

/// The members of an object in the order of the text, with those that appear twice.
#[derive(Default)]
pub(crate) struct Members<'t>(pub(crate) Vec<(String, &'t RawValue)>);

impl<'t> Members<'t> {
    pub(crate) fn parse(text: &'t str) -> serde_json::Result<Self> {
        serde_json::from_str(text)
    }

    /// The value of each member with this name.
    pub(crate) fn named(&self, name: &str) -> impl Iterator<Item = &'t str> {
        self.0.iter().filter(move |(member, _)| member == name).map(|(_, value)| value.get())
    }

    /// The first member with this name that is a number.
    pub(crate) fn number(&self, name: &str) -> Option<&'t str> {
        self.named(name).find(|value| value.starts_with(|first| matches!(first, '-' | '0'..='9')))
    }
}

impl<'t> Deserialize<'t> for Members<'t> {
    fn deserialize<D: Deserializer<'t>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'t> Visitor<'t> for Collect {
            type Value = Members<'t>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<Members<'t>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Collect)
    }
}

/// A number as digits and a power of ten, exactly: neither the first digit nor the last is 0.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Decimal {
    negative: bool,
    digits: String,
    exponent: i64,
}

/// Exponents from here on are not told apart.
const VAST: i64 = i64::MAX / 4;

impl Decimal {
    /// Reads a valid JSON number.
    pub(crate) fn parse(number: &str) -> Self {
        let (negative, number) = match number.strip_prefix('-') {
            Some(number) => (true, number),
            None => (false, number),
        };
        let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
        let (integer, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = [integer, fraction].concat();
        let digits = all.trim_start_matches('0').trim_end_matches('0');
        if digits.is_empty() {
            return Self { negative: false, digits: String::new(), exponent: 0 };
        }
        let zeros = all.len() - all.trim_end_matches('0').len();
        let vast = if exponent.starts_with('-') { -VAST } else { VAST };
        let exponent = exponent.parse().unwrap_or(vast).clamp(-VAST, VAST);
        let exponent = exponent + zeros as i64 - fraction.len() as i64;
        Self { negative, digits: digits.to_owned(), exponent }
    }

    /// Whether the exponent is small enough to be known.
    pub(crate) fn is_exact(&self) -> bool {
        self.exponent.abs() < VAST / 2
    }

    pub(crate) fn is_negative(&self) -> bool {
        self.negative
    }

    /// Seconds as nanoseconds, without what is smaller. `None` for 10^21 s or more.
    pub(crate) fn nanoseconds(&self) -> Option<i128> {
        let length = self.exponent + 9 + self.digits.len() as i64;
        let whole = usize::try_from(length.clamp(0, 30)).ok().filter(|_| length <= 30)?;
        let digits = self.digits.get(..whole).unwrap_or(&self.digits);
        let nanoseconds: i128 = format!("{digits:0<whole$}").parse().unwrap_or(0);
        Some(if self.negative { -nanoseconds } else { nanoseconds })
    }
}

/// Valid JSON without white space outside strings.
fn compact(json: &str) -> String {
    let mut compact = String::with_capacity(json.len());
    let (mut in_string, mut escaped) = (false, false);
    for character in json.chars() {
        if in_string || !character.is_ascii_whitespace() {
            compact.push(character);
        }
        in_string ^= character == '"' && !escaped;
        escaped = in_string && character == '\\' && !escaped;
    }
    compact
}

/// Escapes the characters that a terminal, or a program that reads lines, may act upon.
pub(crate) fn printable(json: &str) -> String {
    let mut printable = String::with_capacity(json.len());
    for character in json.chars() {
        match character {
            // Controls, line separators, and what changes the direction of text. JSON allows these
            // only in strings, where they can be escaped.
            '\u{7f}'..='\u{9f}'
            | '\u{61c}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}' => {
                printable.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            _ => printable.push(character),
        }
    }
    printable
}

/// JSON in one line, without anything that a terminal may act upon.
pub(crate) fn shown(json: &str) -> String {
    printable(&compact(json))
}
