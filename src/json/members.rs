//! Walks through an object or an array in normal form, which needs no second check.

use super::JsonString;
use super::plain::skip_plain;
use crate::SMALL;

/// The names and values of an object's members, in order.
pub(crate) fn members<'b>(object: &'b [u8]) -> impl Iterator<Item = (JsonString<'b>, &'b [u8])> {
    members_of_part(inside(object))
}

/// The names and values of the members in a part of an object.
pub(super) fn members_of_part<'b>(
    mut part: &'b [u8],
) -> impl Iterator<Item = (JsonString<'b>, &'b [u8])> {
    core::iter::from_fn(move || {
        let name = take_value(&mut part)?;
        Some((JsonString::parse(name)?, take_value(&mut part)?))
    })
}

/// The elements of an array, in order. A value that is no array is its own only element.
pub(crate) fn elements(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut list = if value.first() == Some(&b'[') { inside(value) } else { value };
    core::iter::from_fn(move || take_value(&mut list))
}

/// The text between the brackets of an object or an array.
fn inside(container: &[u8]) -> &[u8] {
    match container {
        [_, inside @ .., _] => inside,
        _ => b"",
    }
}

/// Takes the first value off a list. In a list of members, names and values take turns.
fn take_value<'b>(list: &mut &'b [u8]) -> Option<&'b [u8]> {
    let (value, rest) = list.split_at_checked(value_end(list, 0))?;
    *list = rest.get(1..).unwrap_or_default();
    (!value.is_empty()).then_some(value)
}

/// The end of the value that begins at an index: the comma, colon or bracket behind it, or the
/// text's end.
pub(crate) fn value_end(list: &[u8], mut at: usize) -> usize {
    let mut depth = 0_usize;
    while let Some(byte) = list.get(at) {
        match byte {
            b'"' => {
                at = string_end(list, at);
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' | b',' | b':' if depth == 0 => break,
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        at += 1;
    }
    at
}

/// The end of the string that begins at an index: behind its closing quote.
pub(super) fn string_end(text: &[u8], mut at: usize) -> usize {
    at += 1;
    loop {
        // The small path goes byte by byte.
        if !SMALL {
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
