//! Base64URL without padding, strict and canonical (RFC 4648 section 5, RFC 7515 section 2).
//!
//! The segments of a token are public, so they are decoded by a table, at 20 instructions for four
//! symbols. A table is not constant-time: no secret is decoded here.

use crate::Error;

/// The number of bytes that `symbols` symbols decode to, if they decode at all.
pub(crate) const fn decoded_length(symbols: usize) -> usize {
    symbols / 4 * 3 + symbols % 4 * 3 / 4
}

/// The number of symbols that `bytes` bytes are encoded in.
pub(crate) const fn encoded_length(bytes: usize) -> usize {
    (bytes * 4).div_ceil(3)
}

/// Decodes `symbols` to the whole of `bytes`, which has [`decoded_length`].
///
/// A character outside the alphabet, padding, white space, an impossible length and bits left
/// over are refused (RFC 4648 sections 3.1 to 3.5).
pub(crate) fn decode(symbols: &[u8], bytes: &mut [u8]) -> Result<(), Error> {
    let taken = decode_groups(symbols, bytes);
    let tail = symbols.get(taken..).unwrap_or_default();
    let rest = bytes.get_mut(decoded_length(taken)..).unwrap_or_default();
    // Negative if one symbol was: a sign is kept by shifting up and by OR.
    let (bits, left_over) = match (tail, rest) {
        (&[], []) => (0, 0),
        (&[a, b], [first]) => {
            let bits = value(a) << 6 | value(b);
            *first = (bits >> 4) as u8;
            (bits, bits & 0b1111)
        }
        (&[a, b, c], [first, second]) => {
            let bits = value(a) << 12 | value(b) << 6 | value(c);
            (*first, *second) = ((bits >> 10) as u8, (bits >> 2) as u8);
            (bits, bits & 0b11)
        }
        _ => return Err(Error::InvalidBase64Url),
    };
    if bits >= 0 && left_over == 0 { Ok(()) } else { Err(Error::InvalidBase64Url) }
}

/// Decodes whole groups of four symbols to three bytes each, as long as there is room, up to the first group
/// with a character outside the alphabet. Returns how many symbols that were.
#[inline(never)]
pub(crate) fn decode_groups(symbols: &[u8], bytes: &mut [u8]) -> usize {
    let (groups, places) = (symbols.as_chunks().0, bytes.as_chunks_mut().0);
    let at_most = groups.len().min(places.len());
    for (at, (&[a, b, c, d], place)) in groups.iter().zip(places).enumerate() {
        let bits = value(a) << 18 | value(b) << 12 | value(c) << 6 | value(d);
        if bits < 0 {
            return at * 4;
        }
        *place = [(bits >> 16) as u8, (bits >> 8) as u8, bits as u8];
    }
    at_most * 4
}

/// The six bits of a symbol, or -1.
fn value(symbol: u8) -> i32 {
    VALUES.get(usize::from(symbol)).map_or(-1, |&value| i32::from(value))
}

#[allow(clippy::indexing_slicing, reason = "evaluated when compiled")]
static VALUES: [i8; 256] = {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut values = [-1; 256];
    let mut value = 0;
    while value < 64 {
        values[alphabet[value] as usize] = value as i8;
        value += 1;
    }
    values
};

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;
    use base64ct::{Base64UrlUnpadded, Encoding as _};
    use std::vec;
    use std::vec::Vec;

    use super::*;

    fn decoded(symbols: &[u8]) -> Option<Vec<u8>> {
        let mut bytes = vec![0; decoded_length(symbols.len())];
        decode(symbols, &mut bytes).ok().map(|()| bytes)
    }

    /// What two other crates make of it, strict and canonical as well.
    fn judged(symbols: &[u8]) -> Option<Vec<u8>> {
        let judged = BASE64_URL_SAFE_NO_PAD.decode(symbols).ok();
        let mut bytes = vec![0; symbols.len()];
        assert_eq!(Base64UrlUnpadded::decode(symbols, &mut bytes).ok(), judged.as_deref());
        judged
    }

    #[test]
    fn rfc_4648_section_10() {
        for (symbols, bytes) in [
            ("", ""),
            ("Zg", "f"),
            ("Zm8", "fo"),
            ("Zm9v", "foo"),
            ("Zm9vYg", "foob"),
            ("Zm9vYmE", "fooba"),
            ("Zm9vYmFy", "foobar"),
        ] {
            assert_eq!(decoded(symbols.as_bytes()).as_deref(), Some(bytes.as_bytes()), "{symbols}");
            assert_eq!(encoded_length(bytes.len()), symbols.len());
        }
    }

    #[test]
    fn every_tail_of_one_and_two_bytes_and_many_of_three_are_judged_alike() {
        let alphabet = b"-_+/=. AZaz09\0\n\x7f\x80\xff";
        for first in 0..=255 {
            assert_eq!(decoded(&[first]), None);
            for second in 0..=255 {
                assert_eq!(decoded(&[first, second]), judged(&[first, second]));
                for third in *alphabet {
                    let tail = [first, second, third];
                    assert_eq!(decoded(&tail), judged(&tail), "{tail:x?}");
                }
            }
        }
    }

    #[test]
    fn every_byte_at_every_place_of_a_group_is_judged_alike() {
        for place in 0..8 {
            for byte in 0..=255 {
                let mut symbols = *b"Zm9vYmFy";
                symbols[place] = byte;
                assert_eq!(decoded(&symbols), judged(&symbols), "{place} {byte:x}");
            }
        }
    }
}
