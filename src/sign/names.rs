//! Finds names that stand twice.

use crate::json::{members, string_end, value_end};

/// Whether any object of a text in normal form has a name twice.
pub(super) fn is_any_twice(text: &[u8]) -> bool {
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        match rest.first() {
            Some(b'"') => at = string_end(text, at),
            Some(b'{') if has_twice(rest) => return true,
            _ => at += 1,
        }
    }
    false
}

/// Whether the object at the start of a text has a name twice.
fn has_twice(text: &[u8]) -> bool {
    // What closes the objects and arrays around it may be left behind its end, and is no member.
    let object = text.get(..value_end(text, 0)).unwrap_or_default();
    members(object)
        .enumerate()
        .any(|(index, (name, _))| members(object).skip(index + 1).any(|(other, _)| other == name))
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
