//! JSON objects with the text of their values, and numbers without rounding.

#![allow(dead_code, reason = "each example uses a part")]

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

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

impl Decimal {
    /// Reads a valid JSON number. `None` if its exponent doesn't fit.
    pub(crate) fn parse(number: &str) -> Option<Self> {
        let (negative, number) = match number.strip_prefix('-') {
            Some(number) => (true, number),
            None => (false, number),
        };
        let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
        let (integer, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = [integer, fraction].concat();
        let digits = all.trim_start_matches('0').trim_end_matches('0');
        if digits.is_empty() {
            return Some(Self { negative: false, digits: String::new(), exponent: 0 });
        }
        let zeros = all.len() - all.trim_end_matches('0').len();
        let exponent = exponent.parse::<i64>().ok()?;
        let exponent = exponent.checked_add(zeros as i64)?.checked_sub(fraction.len() as i64)?;
        Some(Self { negative, digits: digits.to_owned(), exponent })
    }

    pub(crate) fn is_negative(&self) -> bool {
        self.negative
    }

    /// Seconds as nanoseconds, without what is smaller. `None` if they are farther away than any
    /// date.
    pub(crate) fn nanoseconds(&self) -> Option<i128> {
        let length = self.exponent.saturating_add(9).saturating_add(self.digits.len() as i64);
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
            // JSON allows these only in strings, where they can be escaped.
            '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' => {
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
