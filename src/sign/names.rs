//! Finds names that stand twice.

use crate::SMALL;
use crate::json::value_end;

const WORDS: usize = if SMALL { 0 } else { 16 };

/// The names that were written, by their hashes: says in most cases that none stands twice, so that
/// a computer need neither search nor parse. The small path notes nothing, and does both.
pub(super) struct Seen {
    words: [u64; WORDS],
    is_any_again: bool,
}

impl Seen {
    pub(super) const fn new() -> Self {
        Self { words: [0; WORDS], is_any_again: SMALL }
    }

    /// Notes a name of an object.
    pub(super) fn note(&mut self, object: usize, name: &[u8]) {
        let hash = hash(object, name);
        match self.words.get_mut(hash >> 6 & 0xf) {
            Some(word) if *word >> (hash & 0x3f) & 1 == 0 => *word |= 1 << (hash & 0x3f),
            _ => self.is_any_again = true,
        }
    }

    /// Whether a name may stand twice in an object. Two names may have one hash.
    pub(super) const fn is_any_again(&self) -> bool {
        self.is_any_again
    }
}

/// Mixes an object's number with the length, the first four and the last four bytes of a name.
fn hash(object: usize, name: &[u8]) -> usize {
    let word = |bytes: &[u8; 4]| u32::from_le_bytes(*bytes);
    let (first, last) = match (name.first_chunk(), name.last_chunk()) {
        (Some(first), Some(last)) => (word(first), word(last)),
        _ => (name.iter().fold(0, |word, byte| word << 8 | u32::from(*byte)), 0),
    };
    let mixed = u64::from(first) << 32 | u64::from(last) ^ (object << 8 ^ name.len()) as u64;
    // The golden ratio. The upper bits depend on all bits.
    (mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 54) as usize
}

/// Whether any object of a text in normal form has a name twice.
pub(super) fn is_any_twice(text: &[u8]) -> bool {
    let mut rest = text;
    while let Some(byte) = rest.first() {
        let length = if *byte == b'"' { value_end(rest, 0) } else { 1 };
        let (name, behind) = rest.split_at_checked(length).unwrap_or_default();
        if stands_again(name, behind) {
            return true;
        }
        rest = behind;
    }
    false
}

/// Whether a name stands again in its object, by what is behind it. In normal form, equal names
/// have equal text, and a colon is right behind a name and behind nothing else.
fn stands_again(name: &[u8], mut behind: &[u8]) -> bool {
    while behind.first() == Some(&b':') {
        let value = behind.split_at_checked(value_end(behind, 1)).unwrap_or_default();
        let Some(next) = value.1.strip_prefix(b",") else { break };
        let (other, rest) = next.split_at_checked(value_end(next, 0)).unwrap_or_default();
        if other == name {
            return true;
        }
        behind = rest;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_within_each_object() {
        for (text, expected) in [
            (r#"{}"#, false),
            (r#"{"a":1}"#, false),
            (r#"{"a":1,"b":2}"#, false),
            (r#"{"a":1,"a":2}"#, true),
            (r#"{"a":1,"b":2,"a":3}"#, true),
            (r#"{"a":1,"b":2,"b":3}"#, true),
            (r#"{"a":{"a":1},"b":{"a":2}}"#, false),
            (r#"{"a":{"b":1},"b":2}"#, false),
            (r#"{"a":{"b":1,"b":2}}"#, true),
            (r#"{"a":[{},{"b":1},{"b":2}]}"#, false),
            (r#"{"a":[{},[{"b":1,"c":[],"b":2}]]}"#, true),
            (r#"{"a":[[[{"b":{}}]]],"b":[[{"c":1}]]}"#, false),
            (r#"{"a":"{\"b\":1,\"b\":2}"}"#, false),
            (r#"{"a\"":1,"a":2}"#, false),
            (r#"{"a\"":1,"a\"":2}"#, true),
            (r#"{"":1,"":2}"#, true),
        ] {
            assert_eq!(is_any_twice(text.as_bytes()), expected, "{text}");
        }
    }
}
