//! Writes text to a place of the caller, and counts on when that is full.

use core::{fmt, slice};

use super::segment::Segment;
use crate::SMALL;
use crate::byte_table::{KINDS, SPECIAL};
use crate::json::{escape, skip_plain};

/// As many as the largest number has.
const MAX_DIGITS: usize = 20;

/// Lengths are not counted any further.
const MAX_COUNTED: usize = usize::MAX / 16;

/// Text in the caller's memory, as far as there is room, and the length of all of it.
pub(super) struct Writer<'p> {
    place: &'p mut [u8],
    length: usize,
}

impl<'p> Writer<'p> {
    pub(super) const fn new(place: &'p mut [u8]) -> Self {
        Self::behind(place, 0)
    }

    /// A writer that goes on behind what is there already.
    pub(super) const fn behind(place: &'p mut [u8], length: usize) -> Self {
        Self { place, length }
    }

    /// The length of what was written, whether there was room for it or not.
    pub(super) const fn length(&self) -> usize {
        self.length
    }

    #[cfg_attr(any(embedded_jwt_small, not(target_pointer_width = "64")), inline(never))]
    pub(super) fn put(&mut self, text: &[u8]) {
        let rest = self.place.get_mut(self.length..).unwrap_or_default();
        if let Some((place, _)) = rest.split_at_mut_checked(text.len()) {
            place.copy_from_slice(text);
        }
        // Far more than a token may have, and far less than what could overflow.
        self.length = (self.length + text.len()).min(MAX_COUNTED);
    }

    /// Writes a number in decimal digits. The small path divides 16 bits at a time: a function that
    /// divides 64 would take more of a small device's flash than all of this file.
    #[inline(never)]
    pub(super) fn put_number(&mut self, mut number: u64) {
        if !SMALL && self.put_number_in_place(number) {
            return;
        }
        let (mut digits, mut first) = ([0; MAX_DIGITS], MAX_DIGITS);
        loop {
            let mut rest = 0;
            // The highest part goes out at one end, and its quotient comes in at the other.
            for _ in 0..4 {
                let part = rest << 16 | (number >> 48) as u32;
                number = number << 16 | u64::from(part / 10);
                rest = part % 10;
            }
            first -= 1;
            if let Some(digit) = digits.get_mut(first) {
                *digit = b'0' + rest as u8;
            }
            if number == 0 {
                return self.put(digits.get(first..).unwrap_or_default());
            }
        }
    }

    /// Writes a number two digits at a time, if there is room. Returns whether it did.
    fn put_number_in_place(&mut self, mut number: u64) -> bool {
        let end = self.length + number.checked_ilog10().unwrap_or(0) as usize + 1;
        let Some(digits) = self.place.get_mut(self.length..end) else { return false };
        let (first, pairs) = digits.as_rchunks_mut();
        for pair in pairs.iter_mut().rev() {
            let rest = (number % 100) as u8;
            *pair = [b'0' + rest / 10, b'0' + rest % 10];
            number /= 100;
        }
        if let [digit] = first {
            *digit = b'0' + number as u8;
        }
        self.length = end;
        true
    }

    /// Writes a member with its value, if it has one. The name comes with all that is before the
    /// value.
    #[inline(never)]
    pub(super) fn put_member(&mut self, name: &[u8; 7], value: Option<&str>) {
        if let Some(value) = value {
            self.put(name);
            self.put_string(value);
        }
    }

    /// Writes a member whose value is a date.
    #[inline(never)]
    pub(super) fn put_date(&mut self, name: &[u8; 7], date: u64) {
        self.put(name);
        self.put_number(date);
    }

    /// Writes a JSON string, in normal form.
    #[inline(never)]
    pub(super) fn put_string(&mut self, text: &str) {
        if !SMALL && self.put_plain(text.as_bytes(), b"\"") {
            return;
        }
        self.put(b"\"");
        self.put_escaped(text);
        self.put(b"\"");
    }

    /// Writes a JSON string that needs no escape, with the closing quote and what is behind it, if
    /// there is room. Returns whether it did.
    pub(super) fn put_plain<const N: usize>(&mut self, text: &[u8], close: &[u8; N]) -> bool {
        let end = self.length + 1 + text.len() + N;
        let Some((open, rest)) =
            self.place.get_mut(self.length..end).and_then(<[u8]>::split_first_mut)
        else {
            return false;
        };
        let Some((place, last)) = rest.split_last_chunk_mut() else { return false };
        (*open, *last) = (b'"', *close);
        let is_plain = copy_plain(text, place);
        if is_plain {
            self.length = end;
        }
        is_plain
    }

    /// Writes what stands between the quotes of a JSON string.
    pub(super) fn put_escaped(&mut self, text: &str) {
        let mut rest = text.as_bytes();
        while let Some((first, behind)) = rest.split_first() {
            // The small path goes byte by byte.
            let plain = if SMALL { 0 } else { skip_plain(rest, 0, |byte| *byte) };
            if plain > 0 {
                self.put(rest.get(..plain).unwrap_or_default());
                rest = rest.get(plain..).unwrap_or_default();
                continue;
            }
            if is_special(*first) {
                let (form, length) = escape(*first);
                self.put(form.get(..length).unwrap_or_default());
            } else {
                self.put(slice::from_ref(first));
            }
            rest = behind;
        }
    }

    /// Writes bytes in Base64URL.
    #[inline(never)]
    pub(super) fn put_base64url(&mut self, bytes: &[u8]) {
        let segment = Segment { start: self.length, length: bytes.len() };
        self.put(bytes);
        self.length = segment.encode(self.place);
    }

    /// Writes the members of an object to the end of one that is not closed yet, and closes it.
    pub(super) fn put_members_of(&mut self, object: &str) {
        // What is no object leaves the other one open, which is no valid text.
        let Some(members) = trim_start(object.as_bytes()).strip_prefix(b"{") else { return };
        if !trim_start(members).starts_with(b"}") {
            self.put(b",");
        }
        self.put(members);
    }

    /// Ends the segment that begins at an index, and leaves room for it to be encoded, and for the
    /// dot behind it.
    pub(super) const fn end_segment(&mut self, start: usize) -> Segment {
        let segment = Segment { start, length: self.length - start };
        self.length = segment.end() + 1;
        segment
    }

    /// What was written from an index on, if there was room.
    pub(super) fn text_from(&self, start: usize) -> &[u8] {
        self.place.get(start..self.length).unwrap_or_default()
    }
}

/// Copies a text to a place of its length. Returns whether all of it is ASCII that needs no escape;
/// ends where it is not.
///
/// Copies eight bytes at a time, then the last eight, of which some are there already; a shorter
/// text by its first and last four. Since each turn may end it, the compiler calls no function to
/// copy a few bytes. Together this saves half of the instructions that a string takes.
#[inline]
fn copy_plain(text: &[u8], place: &mut [u8]) -> bool {
    if let (Some(last), Some(last_place)) = (text.last_chunk(), place.last_chunk_mut()) {
        *last_place = *last;
        if !is_word_plain(u64::from_ne_bytes(*last)) {
            return false;
        }
        for (word, place) in text.as_chunks().0.iter().zip(place.as_chunks_mut().0) {
            if !is_word_plain(u64::from_ne_bytes(*word)) {
                return false;
            }
            *place = *word;
        }
        return true;
    }
    if let (Some(first), Some(last)) = (text.first_chunk(), text.last_chunk()) {
        if let Some(place) = place.first_chunk_mut() {
            *place = *first;
        }
        if let Some(place) = place.last_chunk_mut() {
            *place = *last;
        }
        let [first, last] = [first, last].map(|half| u64::from(u32::from_ne_bytes(*half)));
        return is_word_plain(first << 32 | last);
    }
    for (byte, place) in text.iter().zip(place) {
        if KINDS.get(usize::from(*byte)) == Some(&SPECIAL) {
            return false;
        }
        *place = *byte;
    }
    true
}

/// Whether eight bytes are ASCII that needs no escape. Looks at all of them at once, by the highest
/// bit of each.
const fn is_word_plain(word: u64) -> bool {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    let below_space = word.wrapping_sub(ONES * 0x20);
    let quote = (word ^ (ONES * b'"' as u64)).wrapping_sub(ONES);
    let backslash = (word ^ (ONES * b'\\' as u64)).wrapping_sub(ONES);
    ((below_space | quote | backslash) & !word | word) & ONES << 7 == 0
}

/// Whether JSON can write a byte only as an escape.
const fn is_special(byte: u8) -> bool {
    matches!(byte, 0..0x20 | b'"' | b'\\')
}

/// The text behind white space (RFC 8259 section 2).
#[inline(never)]
fn trim_start(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t' | b'\n' | b'\r', rest @ ..] = text {
        text = rest;
    }
    text
}

/// Writes what needs no escape, such as a number.
impl fmt::Write for Writer<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.put(text.as_bytes());
        Ok(())
    }
}

/// Writes what may need escapes.
pub(super) struct Escaped<'w, 'p>(pub(super) &'w mut Writer<'p>);

impl fmt::Write for Escaped<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.put_escaped(text);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::*;

    #[test]
    fn numbers_are_written_in_decimal_digits() {
        let powers = (0..20).map(|exponent| 10_u64.pow(exponent));
        let edges = powers.flat_map(|power| [power - 1, power, power + 1]);
        let bits = (0..64).flat_map(|bit| [1_u64 << bit, (1 << bit) - 1]);
        for number in edges.chain(bits).chain([u64::MAX, 1_800_000_000, 65_536_000]) {
            let mut place = [0; 20];
            let mut writer = Writer::new(&mut place);
            writer.put_number(number);
            let length = writer.length();
            assert_eq!(&place[..length], number.to_string().as_bytes());
        }
    }
}
