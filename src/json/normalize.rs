//! The strict pass: validates a JSON text, and rewrites it in place to its normal form.
//!
//! It is a pull scanner without recursion. It moves text only when it removes something: white
//! space or an escape. Until then the run of text before that stays where it is: `start` is where
//! the run begins, `shift` how far it has to move towards the front. A text that is already in
//! normal form is only read.
//!
//! Steps return the next index, and no `Result`. A step that finds an error notes it and returns
//! the end of the text. A read past the end gives 0, which no rule accepts, so the scan ends there.

use core::cell::Cell;

use super::plain::skip_plain;
use super::string::escape;
use super::{Names, Slot, Span, Spans};
use crate::{Error, SMALL};

/// The deepest nesting that can be allowed, the outermost object included. A level takes a bit.
pub const MAX_DEPTH: u8 = 32;

/// The longest text that is scanned, in bytes: every position in it fits into 16 bits.
const MAX_LENGTH: usize = 65_535;

/// Rewrites `text` to its normal form, which is never longer, and returns that. Notes in `spans`
/// where the members of the outermost object are. If a name of the table `names` appears twice, the
/// error is `twice`.
///
/// `depth` is 1 to [`MAX_DEPTH`].
pub(crate) fn normalize<'t>(
    text: &'t mut [u8],
    depth: u8,
    names: &Names,
    twice: Error,
    spans: &mut Spans,
) -> Result<&'t [u8], Error> {
    if text.len() > MAX_LENGTH {
        return Err(Error::TokenTooLong);
    }
    let cells = Cell::from_mut(&mut *text).as_slice_of_cells();
    let mut scanner = Scanner { text: cells, start: 0, shift: 0, error: None };
    let length = scanner.object(depth, names, twice, spans);
    match scanner.error {
        None => Ok(text.get(..length).unwrap_or_default()),
        Some(error) => Err(error),
    }
}

struct Scanner<'t> {
    text: &'t [Cell<u8>],
    /// Where the run begins that has not been moved yet.
    start: usize,
    /// How many bytes were removed before it: how far it has to move towards the front.
    shift: usize,
    /// The first error.
    error: Option<Error>,
}

impl Scanner<'_> {
    /// Scans the whole text, one object. Returns the length of the normal form.
    fn object(&mut self, depth: u8, names: &Names, twice: Error, spans: &mut Spans) -> usize {
        // Open objects are 1 and arrays 0, the innermost last. The leading 1 is the outermost
        // object.
        let mut levels = 1_u32;
        let deepest = 1_u32.wrapping_shl(u32::from(depth).wrapping_sub(1));
        // An empty object records an empty span.
        let mut slot = Slot::default();
        let mut noted = 0;

        let text = self.text;
        let (mut at, mut byte) = self.skip_white_space(text, 0);
        if byte != b'{' {
            return self.fail(Error::InvalidJson);
        }
        (at, byte) = self.skip_white_space(text, at + 1);
        let mut empty = byte == b'}';
        loop {
            if !empty {
                if levels & 1 == 1 {
                    if byte != b'"' {
                        return self.fail(Error::InvalidJson);
                    }
                    let (name, place) = (at + 1, self.position(at + 1));
                    let behind_quote = text.get(at + 1..).unwrap_or_default();
                    if !SMALL
                        && levels == 1
                        && let Some(named) = names.recognize(behind_quote)
                    {
                        slot = named;
                        at += 5;
                    } else {
                        at = self.string(text, at + 1);
                        if levels == 1 {
                            slot = names.look_up(self.name_to(name, place, at));
                        }
                    }
                    (at, byte) = self.skip_white_space(text, at);
                    if byte != b':' {
                        return self.fail(Error::InvalidJson);
                    }
                    (at, byte) = self.skip_white_space(text, at + 1);
                    if levels == 1 {
                        // A name that is not in the table belongs to the span.
                        noted = if slot.is_other() { place - 1 } else { self.position(at) };
                    }
                }
                at = match byte {
                    b'"' => self.string(text, at + 1),
                    b'-' | b'0'..=b'9' => self.number(at),
                    b't' => self.literal(at, b"true"),
                    b'f' => self.literal(at, b"false"),
                    b'n' => self.literal(at, b"null"),
                    b'{' | b'[' => {
                        if levels >= deepest {
                            return self.fail(Error::NestingTooDeep);
                        }
                        levels = levels << 1 | u32::from(byte == b'{');
                        (at, byte) = self.skip_white_space(text, at + 1);
                        empty = byte == closing(levels);
                        continue;
                    }
                    _ => return self.fail(Error::InvalidJson),
                };
            }
            // A value or an empty container has ended. Close what ends with it, up to a comma.
            empty = false;
            loop {
                if levels == 1 && !slot.note(span(noted, self.position(at)), spans) {
                    return self.fail(twice);
                }
                (at, byte) = self.skip_white_space(text, at);
                if byte == b',' {
                    (at, byte) = self.skip_white_space(text, at + 1);
                    break;
                }
                if byte != closing(levels) {
                    return self.fail(Error::InvalidJson);
                }
                at += 1;
                if levels == 1 {
                    return self.finish(at);
                }
                levels >>= 1;
            }
        }
    }

    /// Checks that only white space follows.
    fn finish(&mut self, at: usize) -> usize {
        self.settle(at);
        let length = self.position(at);
        if self.skip_white_space(self.text, at).0 != self.text.len() {
            self.fail(Error::InvalidJson);
        }
        length
    }

    /// The name that ends with the quote before `at`. If a part of it has been moved, the rest is
    /// moved as well, so that the name is in one piece.
    fn name_to(&mut self, name: usize, place: usize, at: usize) -> &[Cell<u8>] {
        let (from, to) = if self.start > name {
            self.settle(at);
            (place, self.position(at))
        } else {
            (name, at)
        };
        self.text.get(from..to.saturating_sub(1)).unwrap_or_default()
    }

    /// Scans a string's bytes and its closing quote.
    #[inline(always)]
    fn string(&mut self, text: &[Cell<u8>], at: usize) -> usize {
        let at = plain_end(text, at);
        if byte_at(text, at) == b'"' { at + 1 } else { self.rest_of_string(at) }
    }

    /// Scans a string from its first byte that is special: a quote, an escape, a control character
    /// or no ASCII.
    #[inline(never)]
    fn rest_of_string(&mut self, mut at: usize) -> usize {
        loop {
            at = match self.byte(at) {
                b'"' => return at + 1,
                b'\\' => self.escape(at),
                0x80.. => self.utf8_sequence(at),
                _ => return self.fail(Error::InvalidJson),
            };
            at = plain_end(self.text, at);
        }
    }

    /// Scans an escape from its backslash (RFC 8259 section 7).
    fn escape(&mut self, at: usize) -> usize {
        match self.byte(at + 1) {
            // These stay: they have no shorter form.
            b'"' | b'\\' | b'b' | b'f' | b'n' | b'r' | b't' => at + 2,
            b'/' => self.replace(at, at + 2, b"/"),
            b'u' => self.unicode_escape(at),
            _ => self.fail(Error::InvalidJson),
        }
    }

    /// Scans `\uXXXX`, or a surrogate pair of them, and writes the character.
    fn unicode_escape(&mut self, at: usize) -> usize {
        const SURROGATE: u32 = 0xd800;
        const LOW_SURROGATE: u32 = 0xdc00;
        let mut code = self.hexadecimal(at);
        let mut after = at + 6;
        if code & 0xfc00 == SURROGATE {
            let low = self.hexadecimal(after);
            if low & 0xfc00 == LOW_SURROGATE {
                code = 0x1_0000 + ((code & 0x3ff) << 10 | low & 0x3ff);
                after += 6;
            }
        }
        let Some(character) = char::from_u32(code) else {
            return self.fail(match code {
                NO_DIGITS => Error::InvalidJson,
                _ => Error::LoneSurrogate,
            });
        };
        let (form, length) = match character {
            '\0'..' ' | '"' | '\\' => escape(code as u8),
            _ => {
                let mut utf8 = [0; 6];
                let length = character.encode_utf8(&mut utf8).len();
                (utf8, length)
            }
        };
        self.replace(at, after, form.get(..length).unwrap_or_default())
    }

    /// `\u` and four hexadecimal digits.
    #[inline(never)]
    fn hexadecimal(&self, at: usize) -> u32 {
        let mut value = 0;
        if self.byte(at) != b'\\' || self.byte(at + 1) != b'u' {
            return NO_DIGITS;
        }
        for index in at + 2..at + 6 {
            let Some(digit) = char::from(self.byte(index)).to_digit(16) else { return NO_DIGITS };
            value = value << 4 | digit;
        }
        value
    }

    /// Scans a character of two to four bytes (RFC 3629 section 4).
    fn utf8_sequence(&mut self, at: usize) -> usize {
        let (length, second) = match self.byte(at) {
            0xc2..=0xdf => (2, 0x80..=0xbf),
            0xe0 => (3, 0xa0..=0xbf),
            0xed => (3, 0x80..=0x9f),
            0xe1..=0xef => (3, 0x80..=0xbf),
            0xf0 => (4, 0x90..=0xbf),
            0xf1..=0xf3 => (4, 0x80..=0xbf),
            0xf4 => (4, 0x80..=0x8f),
            _ => return self.fail(Error::InvalidUtf8),
        };
        let mut continued = second.contains(&self.byte(at + 1));
        for index in at + 2..at + length {
            continued &= matches!(self.byte(index), 0x80..=0xbf);
        }
        if continued { at + length } else { self.fail(Error::InvalidUtf8) }
    }

    /// Scans a number (RFC 8259 section 6).
    fn number(&mut self, mut at: usize) -> usize {
        if self.byte(at) == b'-' {
            at += 1;
        }
        at = if self.byte(at) == b'0' { at + 1 } else { self.digits(at) };
        if self.byte(at) == b'.' {
            at = self.digits(at + 1);
        }
        if matches!(self.byte(at), b'e' | b'E') {
            at += 1;
            if matches!(self.byte(at), b'+' | b'-') {
                at += 1;
            }
            at = self.digits(at);
        }
        at
    }

    /// Scans one digit or more.
    fn digits(&mut self, at: usize) -> usize {
        let mut after = at;
        while self.byte(after).is_ascii_digit() {
            after += 1;
        }
        if after > at { after } else { self.fail(Error::InvalidJson) }
    }

    /// Scans `true`, `false` or `null`.
    fn literal(&mut self, mut at: usize, literal: &[u8]) -> usize {
        for &byte in literal {
            if self.byte(at) != byte {
                return self.fail(Error::InvalidJson);
            }
            at += 1;
        }
        at
    }

    /// Removes white space (RFC 8259 section 2). Returns the index of the next byte, and the byte.
    ///
    /// Most white space is a single space. A computer removes that without a call, which saves half
    /// of the time.
    #[inline(always)]
    fn skip_white_space(&mut self, text: &[Cell<u8>], at: usize) -> (usize, u8) {
        let byte = byte_at(text, at);
        if byte > b' ' {
            return (at, byte);
        }
        let next = byte_at(text, at + 1);
        if !SMALL && byte == b' ' && next > b' ' {
            self.remove(at, at + 1);
            return (at + 1, next);
        }
        self.remove_white_space(at)
    }

    #[inline(never)]
    fn remove_white_space(&mut self, at: usize) -> (usize, u8) {
        let text = self.text;
        let mut after = at;
        let mut byte = byte_at(text, after);
        while matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
            after += 1;
            byte = byte_at(text, after);
        }
        self.remove(at, after);
        (after, byte)
    }

    /// Removes the bytes from `at` up to `after`.
    fn remove(&mut self, at: usize, after: usize) {
        self.settle(at);
        self.start = after;
        self.shift += after - at;
    }

    /// Replaces the bytes from `at` up to `after` by `with`, which is no longer. Returns `after`.
    fn replace(&mut self, at: usize, after: usize, with: &[u8]) -> usize {
        self.settle(at);
        let place = self.text.get(self.position(at)..).unwrap_or_default();
        for (to, byte) in place.iter().zip(with) {
            to.set(*byte);
        }
        self.start = after;
        self.shift += after - at - with.len();
        after
    }

    /// Moves the run up to `at` to its place, which is at or before where it is.
    fn settle(&mut self, at: usize) {
        if self.shift > 0 {
            let run = self.text.get(self.start..at).unwrap_or_default();
            let place = self.text.get(self.position(self.start)..).unwrap_or_default();
            move_to(place, run);
        }
        self.start = at;
    }

    /// The position in the normal form of the byte at an index.
    fn position(&self, at: usize) -> usize {
        at - self.shift
    }

    fn byte(&self, at: usize) -> u8 {
        byte_at(self.text, at)
    }

    /// Notes the first error, and returns the end of the text, where every further step fails.
    #[cold]
    #[inline(never)]
    fn fail(&mut self, error: Error) -> usize {
        self.error.get_or_insert(error);
        self.text.len()
    }
}

/// No value of four digits, and no surrogate.
const NO_DIGITS: u32 = u32::MAX;

/// Copies a run to a place that begins before it. They may overlap, so the first byte comes first.
fn move_to(place: &[Cell<u8>], run: &[Cell<u8>]) {
    for (place, byte) in place.iter().zip(run) {
        place.set(byte.get());
    }
}

/// The byte at an index, or 0 past the end. A text that is passed beside the scanner stays in
/// registers.
fn byte_at(text: &[Cell<u8>], at: usize) -> u8 {
    text.get(at).map_or(0, Cell::get)
}

/// The index of the first special byte of a string, from an index on.
fn plain_end(text: &[Cell<u8>], at: usize) -> usize {
    skip_plain(text, at, Cell::get)
}

/// The byte that closes the innermost open level.
const fn closing(levels: u32) -> u8 {
    if levels & 1 == 1 { b'}' } else { b']' }
}

/// Positions fit into 16 bits, since no longer text is scanned.
const fn span(from: usize, to: usize) -> Span {
    (from as u16, to as u16)
}
