//! Walks through an object or an array in normal form: nothing is checked a second time.

use super::JsonString;
use super::plain::skip_plain;
use crate::MEMORY_IS_SHORT;

/// Names and values of an object's members, in order.
pub(crate) fn members<'b>(object: &'b [u8]) -> impl Iterator<Item = (JsonString<'b>, &'b [u8])> {
    members_of_part(inside(object))
}

/// The same, of what stands in an object from one member to another.
pub(super) fn members_of_part<'b>(
    part: &'b [u8],
) -> impl Iterator<Item = (JsonString<'b>, &'b [u8])> {
    let mut at = 0;
    core::iter::from_fn(move || {
        let colon = string_end(part, at);
        let comma = value_end(part, colon + 1);
        let name = part.get(at + 1..colon - 1)?;
        let value = part.get(colon + 1..comma)?;
        at = comma + 1;
        Some((JsonString::from_encoded(name), value))
    })
}

/// The elements of an array, in order; none for a value that is no array.
pub(crate) fn elements(array: &[u8]) -> impl Iterator<Item = &[u8]> {
    let list = if array.first() == Some(&b'[') { inside(array) } else { b"" };
    let mut at = 0;
    core::iter::from_fn(move || {
        let comma = value_end(list, at);
        let value = list.get(at..comma).filter(|value| !value.is_empty());
        at = comma + 1;
        value
    })
}

/// What stands between the brackets of an object or an array.
fn inside(container: &[u8]) -> &[u8] {
    match container {
        [_, inside @ .., _] => inside,
        _ => b"",
    }
}

/// Where the value ends that begins at an index of a list: at the comma behind it, or the list's end.
pub(crate) fn value_end(list: &[u8], mut at: usize) -> usize {
    let mut depth = 0_usize;
    while let Some(byte) = list.get(at) {
        match byte {
            b'"' => {
                at = string_end(list, at);
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => break,
            _ => {}
        }
        at += 1;
    }
    at
}

/// Where the string ends that begins at an index: behind its closing quote.
fn string_end(text: &[u8], mut at: usize) -> usize {
    at += 1;
    loop {
        // Otherwise byte by byte will do.
        if !MEMORY_IS_SHORT {
            at = skip_plain(text, at, |byte| *byte);
        }
        at += match text.get(at) {
            Some(b'"') => return at + 1,
            Some(b'\\') => 2,
            Some(_) => 1,
            None => return at,
        };
    }
}
