//! Strings of a text in normal form.

use core::fmt::{self, Write as _};

use crate::{Error, SMALL};

/// A JSON string of a verified token, read in place. 8 bytes on a 32-bit target.
///
/// It is compared and shown decoded. Few strings have a character that JSON can only write as an
/// escape (`"`, `\`, U+0000 to U+001F); [`as_str`](Self::as_str) gives all others as a `&str`.
#[derive(Clone, Copy, Default)]
pub struct JsonString<'b> {
    /// The text between the quotes, in normal form.
    encoded: &'b [u8],
}

impl<'b> JsonString<'b> {
    /// The string that a value is, if it is one.
    pub(crate) fn parse(value: &'b [u8]) -> Option<Self> {
        match value {
            // In normal form, a value that begins with a quote ends with one.
            [b'"', encoded @ .., _] => Some(Self::from_encoded(encoded)),
            _ => None,
        }
    }

    /// The string with this text between its quotes, in normal form.
    pub(crate) const fn from_encoded(encoded: &'b [u8]) -> Self {
        Self { encoded }
    }

    /// The text between the quotes, in normal form.
    pub(crate) const fn encoded(self) -> &'b [u8] {
        self.encoded
    }

    /// The string, or `None` if it has an escape: such a string can be compared, copied or shown.
    #[must_use]
    pub fn as_str(self) -> Option<&'b str> {
        if self.encoded.contains(&b'\\') {
            return None;
        }
        core::str::from_utf8(self.encoded).ok()
    }

    /// The string's bytes in UTF-8, decoded one by one.
    pub fn bytes(self) -> impl Iterator<Item = u8> + 'b {
        let mut rest = self.encoded.iter();
        core::iter::from_fn(move || decode_next(&mut rest))
    }

    /// The length of the decoded string in bytes. No text is longer than 65,535 bytes.
    pub(crate) fn length(self) -> u16 {
        self.bytes().count() as u16
    }

    /// Copies the decoded string to `memory`. As many bytes as the token has are always enough.
    ///
    /// # Errors
    /// [`Error::ScratchTooSmall`] if the string is longer than `memory`.
    pub fn copy_to(self, memory: &mut [u8]) -> Result<&str, Error> {
        let mut length = 0;
        for byte in self.bytes() {
            let Some(place) = memory.get_mut(length) else {
                return Err(Error::ScratchTooSmall { needed: self.length() });
            };
            *place = byte;
            length += 1;
        }
        let copied = memory.get(..length).map(core::str::from_utf8);
        Ok(copied.and_then(Result::ok).unwrap_or_default())
    }
}

/// Decodes the next byte of a string in normal form.
#[inline]
fn decode_next(rest: &mut core::slice::Iter<'_, u8>) -> Option<u8> {
    match *rest.next()? {
        b'\\' => decode_escape(rest),
        byte => Some(byte),
    }
}

/// Decodes what follows a backslash.
#[inline(never)]
fn decode_escape(rest: &mut core::slice::Iter<'_, u8>) -> Option<u8> {
    match *rest.next()? {
        b'b' => Some(0x08),
        b'f' => Some(0x0c),
        b'n' => Some(b'\n'),
        b'r' => Some(b'\r'),
        b't' => Some(b'\t'),
        // `00`, then `0` or `1`, then a hexadecimal digit.
        b'u' => {
            let high = *rest.nth(2)? & 1;
            let low = char::from(*rest.next()?).to_digit(16)?;
            Some(high << 4 | low as u8)
        }
        quote_or_backslash => Some(quote_or_backslash),
    }
}

/// The escape in normal form, and its length, of a byte that JSON can only write as an escape.
#[inline(never)]
pub(crate) fn escape(byte: u8) -> ([u8; 6], usize) {
    let low = byte & 0xf;
    let digit = low + if low < 10 { b'0' } else { b'a' - 10 };
    let mut form = [b'\\', b'u', b'0', b'0', b'0' + (byte >> 4), digit];
    let letters = b"\x08b\x0cf\nn\rr\tt\"\"\\\\".as_chunks().0;
    match letters.iter().find(|[of, _]| *of == byte) {
        Some([_, letter]) => {
            form[1] = *letter;
            (form, 2)
        }
        None => (form, 6),
    }
}

/// Compares the decoded strings byte by byte, without case folding or Unicode normalization
/// (RFC 7519 section 2, RFC 8259 section 8.3).
impl PartialEq<str> for JsonString<'_> {
    #[inline(never)]
    fn eq(&self, other: &str) -> bool {
        // Text without a backslash has no escapes.
        if !SMALL && self.encoded == other.as_bytes() {
            return !other.contains('\\');
        }
        let mut encoded = self.encoded.iter();
        other.bytes().all(|byte| {
            if matches!(byte, 0..0x20 | b'"' | b'\\') {
                let (form, length) = escape(byte);
                form.iter().take(length).all(|byte| encoded.next() == Some(byte))
            } else {
                encoded.next() == Some(&byte)
            }
        }) && encoded.next().is_none()
    }
}

impl PartialEq<&str> for JsonString<'_> {
    fn eq(&self, other: &&str) -> bool {
        *self == **other
    }
}

/// Compares the strings. In normal form, equal strings have equal text.
impl PartialEq for JsonString<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.encoded == other.encoded
    }
}

impl Eq for JsonString<'_> {}

/// Shows the string decoded.
impl fmt::Display for JsonString<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = *self;
        while let Some(at) = rest.encoded.iter().position(|&byte| byte == b'\\') {
            let (plain, escape) = rest.encoded.split_at(at);
            f.write_str(Self { encoded: plain }.as_str().unwrap_or_default())?;
            let length = if escape.get(1) == Some(&b'u') { 6 } else { 2 };
            if let Some(decoded) = (Self { encoded: escape }).bytes().next() {
                f.write_char(char::from(decoded))?;
            }
            rest.encoded = escape.get(length..).unwrap_or_default();
        }
        f.write_str(rest.as_str().unwrap_or_default())
    }
}

/// Shows the string as JSON, between quotes.
impl fmt::Debug for JsonString<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", core::str::from_utf8(self.encoded).unwrap_or_default())
    }
}
