//! Walks through an object or an array in normal form: nothing is checked a second time.

use super::JsonString;
use super::plain::skip_plain;

/// Names and values of an object's members, in order.
pub(crate) fn members<'b>(object: &'b [u8]) -> impl Iterator<Item = (JsonString<'b>, &'b [u8])> {
    members_of_part(inside(object))
}

/// The same, of what stands in an object from one member to another.
pub(super) fn members_of_part<'b>(
    part: &'b [u8],
) -> impl Iterator<Item = (JsonString<'b>, &'b [u8])> {
    let mut rest = part;
    core::iter::from_fn(move || {
        let (name, from_colon) = rest.split_at_checked(string_length(rest))?;
        let (value, after) = split_value(from_colon.get(1..)?)?;
        rest = after;
        Some((JsonString::parse(name)?, value))
    })
}

/// The elements of an array, in order; none for a value that is no array.
pub(crate) fn elements(array: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = if array.first() == Some(&b'[') { inside(array) } else { b"" };
    core::iter::from_fn(move || {
        let (value, after) = split_value(rest)?;
        rest = after;
        Some(value)
    })
}

/// What stands between the brackets of an object or an array.
fn inside(container: &[u8]) -> &[u8] {
    match container {
        [_, inside @ .., _] => inside,
        _ => b"",
    }
}

/// The first value of a list, and the list behind its comma. `None` for the empty list.
#[inline(never)]
fn split_value(list: &[u8]) -> Option<(&[u8], &[u8])> {
    if list.is_empty() {
        return None;
    }
    let (value, from_comma) = list.split_at_checked(value_length(list))?;
    Some((value, from_comma.get(1..).unwrap_or_default()))
}

/// The length of the value that the list begins with: up to the comma behind it, or all.
pub(crate) fn value_length(list: &[u8]) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(byte) = list.get(at) {
        match byte {
            b'"' => {
                at += string_length(list.get(at..).unwrap_or_default());
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

/// The length of the string that `text` begins with, quotes included.
fn string_length(text: &[u8]) -> usize {
    let mut at = 1;
    loop {
        // On a microcontroller, byte by byte will do: flash is what is short there.
        if cfg!(target_pointer_width = "64") {
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
