//! Finds names that stand twice.

use crate::SMALL;
use crate::json::string_end;

/// Whether any object of a text in normal form has a name twice.
pub(super) fn is_any_twice(text: &[u8]) -> bool {
    if !SMALL && are_all_different(text) {
        return false;
    }
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        if *byte != b'"' {
            at += 1;
            continue;
        }
        let end = string_end(text, at);
        if text.get(end) == Some(&b':') && stands_again(text, at, end) {
            return true;
        }
        at = end;
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

/// Whether the name between two indexes stands again in the rest of its object. In normal form,
/// equal names have equal text, and a colon is right behind a name.
fn stands_again(text: &[u8], start: usize, end: usize) -> bool {
    let (mut at, mut depth) = (end, 0_usize);
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => {
                let start_of_other = at;
                at = string_end(text, at);
                if depth == 0
                    && text.get(at) == Some(&b':')
                    && text.get(start_of_other..at) == text.get(start..end)
                {
                    return true;
                }
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth == 0 => return false,
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        at += 1;
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
