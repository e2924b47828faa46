//! Finds names that stand twice.

use crate::SMALL;
use crate::json::{string_end, value_end};

/// Whether any object of a text in normal form has a name twice.
pub(super) fn is_any_twice(text: &[u8]) -> bool {
    if !SMALL && are_all_different(text) {
        return false;
    }
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

/// Whether all names of a text are different, by their hashes. Two different names may have the same
/// one, and names may stand again in another object: then the answer is no.
fn are_all_different(text: &[u8]) -> bool {
    let (mut seen, mut at) = ([0_u64; 16], 0);
    while let Some(byte) = text.get(at) {
        let start = at;
        at = if *byte == b'"' { string_end(text, at) } else { at + 1 };
        if text.get(at) != Some(&b':') {
            continue;
        }
        let name = text.get(start..at).unwrap_or_default();
        let hash = name
            .iter()
            .fold(0_u32, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193));
        let bit = 1 << (hash >> 26);
        match seen.get_mut((hash >> 22 & 0xf) as usize) {
            Some(word) if *word & bit == 0 => *word |= bit,
            _ => return false,
        }
    }
    true
}

/// Whether a name stands again in its object, by what is behind it. In normal form, equal names have
/// equal text, and a colon is right behind a name and behind nothing else.
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
