//! Writes text to a place of the caller, and counts on when that is full.

use core::fmt;

use crate::SMALL;
use crate::base64url::{encode_in_place, encoded_length};
use crate::json::{escape, skip_plain};

/// Text in the caller's memory, as far as there is room, and the length of all of it.
pub(super) struct Writer<'p> {
    place: &'p mut [u8],
    length: usize,
}

impl<'p> Writer<'p> {
    pub(super) const fn new(place: &'p mut [u8]) -> Self {
        Self { place, length: 0 }
    }

    /// The length of what was written, whether there was room for it or not.
    pub(super) const fn length(&self) -> usize {
        self.length
    }

    #[inline(never)]
    pub(super) fn put(&mut self, text: &[u8]) {
        let rest = self.place.get_mut(self.length..).unwrap_or_default();
        if let Some((place, _)) = rest.split_at_mut_checked(text.len()) {
            place.copy_from_slice(text);
        }
        self.length = self.length.saturating_add(text.len());
    }

    /// Writes a number in decimal digits. Divides 16 bits at a time: a function that divides 64 would
    /// take more of a small device's flash than all of this file.
    #[inline(never)]
    pub(super) fn put_number(&mut self, number: u64) {
        let mut limbs = [48, 32, 16, 0].map(|shift| (number >> shift) as u32 & 0xffff);
        let (mut digits, mut length) = ([0; 20], 0);
        for place in digits.iter_mut().rev() {
            let mut rest = 0;
            for limb in &mut limbs {
                let part = rest << 16 | *limb;
                (*limb, rest) = (part / 10, part % 10);
            }
            *place = b'0' + rest as u8;
            length += 1;
            if limbs == [0; 4] {
                break;
            }
        }
        self.put(digits.get(digits.len() - length..).unwrap_or_default());
    }

    /// Writes a JSON string, in normal form.
    #[inline(never)]
    pub(super) fn put_string(&mut self, text: &str) {
        self.put(b"\"");
        self.put_escaped(text);
        self.put(b"\"");
    }

    /// Writes what stands between the quotes of a JSON string.
    pub(super) fn put_escaped(&mut self, text: &str) {
        let mut rest = text.as_bytes();
        while let Some((plain, others)) = rest.split_at_checked(plain_length(rest))
            && !others.is_empty()
        {
            self.put(plain);
            if let Some((&special, behind)) = others.split_first() {
                let (form, length) = escape(special);
                self.put(form.get(..length).unwrap_or_default());
                rest = behind;
            }
        }
        self.put(rest);
    }

    /// Writes bytes in Base64URL.
    pub(super) fn put_base64url(&mut self, bytes: &[u8]) {
        let end = self.length + encoded_length(bytes.len());
        let place = self.place.get_mut(self.length..end).unwrap_or_default();
        Writer::new(place).put(bytes);
        encode_in_place(place, bytes.len());
        self.length = end;
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

    /// Lets `write` write an object, and joins it with the one before, which is not closed yet. If
    /// it writes anything else, the text is not valid.
    pub(super) fn join_members<E>(
        &mut self,
        write: impl FnOnce(&mut Self) -> Result<(), E>,
    ) -> Result<(), E> {
        let start = self.length;
        write(self)?;
        let is_empty = self.length == start + 2;
        match self.place.get_mut(start..) {
            Some([brace @ b'{', b'}', ..]) if is_empty => {
                *brace = b'}';
            }
            Some([brace @ b'{', ..]) => *brace = b',',
            _ => {}
        }
        if is_empty {
            self.length -= 1;
        }
        Ok(())
    }
}

/// The number of bytes before the first one that needs an escape.
fn plain_length(text: &[u8]) -> usize {
    let mut at = 0;
    loop {
        // The small path goes byte by byte.
        if !SMALL {
            at = skip_plain(text, at, |byte| *byte);
        }
        match text.get(at) {
            None | Some(0..0x20 | b'"' | b'\\') => return at,
            Some(_) => at += 1,
        }
    }
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
