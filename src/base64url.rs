//! Base64URL without padding, strict and canonical (RFC 4648 section 5, RFC 7515 section 2).
//!
//! The segments of a token are public, so a table decodes them: 20 instructions for four symbols on
//! a Cortex-M4. A table is not constant-time, so no secret is decoded here.

use crate::SMALL;
use crate::byte_table::KINDS;

/// The number of bytes that so many symbols decode to, if they are well-formed.
pub(crate) const fn decoded_length(symbols: usize) -> usize {
    symbols - symbols.div_ceil(4)
}

/// The number of symbols that encode so many bytes.
pub(crate) const fn encoded_length(bytes: usize) -> usize {
    (bytes * 4).div_ceil(3)
}

/// Decodes `symbols` to the whole of `bytes`, whose length is [`decoded_length`]. Returns whether
/// they are well-formed.
///
/// Refuses characters outside the alphabet, padding, white space, an impossible length, and
/// left-over bits (RFC 4648 sections 3.1 to 3.5).
#[must_use]
pub(crate) fn decode(symbols: &[u8], bytes: &mut [u8]) -> bool {
    let (groups, tail) = symbols.as_chunks();
    // The length is a multiple of three, so that a Cortex-M0, which can't divide, needs no
    // division.
    let Some((triples, rest)) = bytes.split_at_mut_checked(groups.len() * 3) else {
        return false;
    };
    // Negative as soon as one symbol is bad, since OR keeps the sign.
    let mut any = 0;
    for (group, triple) in groups.iter().zip(triples.as_chunks_mut().0) {
        let bits = bits_of(group);
        any |= bits;
        *triple = triple_of(bits);
    }
    let left_over = match (tail, rest) {
        (&[], []) => 0,
        (&[a, b], [first]) => {
            let bits = value(a) << 6 | value(b);
            any |= bits;
            *first = (bits >> 4) as u8;
            bits & 0b1111
        }
        (&[a, b, c], [first, second]) => {
            let bits = value(a) << 12 | value(b) << 6 | value(c);
            any |= bits;
            (*first, *second) = ((bits >> 10) as u8, (bits >> 2) as u8);
            bits & 0b11
        }
        _ => return false,
    };
    any >= 0 && left_over == 0
}

/// The symbols, by their values.
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Encodes up to 48 bytes, and returns the text.
pub(crate) fn encode<'s>(bytes: &[u8], symbols: &'s mut [u8; 64]) -> &'s [u8] {
    let symbols = symbols.get_mut(..encoded_length(bytes.len())).unwrap_or_default();
    for (place, byte) in symbols.iter_mut().zip(bytes) {
        *place = *byte;
    }
    encode_in_place(symbols, bytes.len());
    symbols
}

/// Encodes the first `length` bytes of `place` to the whole of it, whose length is
/// [`encoded_length`].
pub(crate) fn encode_in_place(place: &mut [u8], length: usize) {
    // From the end, so that no byte is written over before it is read. The bits behind the last
    // byte are 0.
    if !SMALL {
        // Six bytes are looked up at once. A caller in C may leave its memory as it was.
        place.iter_mut().skip(length).take(5).for_each(|behind| *behind = 0);
        for index in (0..place.len().div_ceil(8)).rev() {
            wide::encode_six(place, index * 6, index * 8);
        }
        return;
    }
    if let Some(behind) = place.get_mut(length) {
        *behind = 0;
    }
    for at in (0..place.len()).rev() {
        let bit = at * 6;
        let byte = |at| place.get(at).copied().map_or(0, u32::from);
        let bits = (byte(bit / 8) << 8 | byte(bit / 8 + 1)) >> (10 - bit % 8);
        if let Some(symbol) = place.get_mut(at) {
            *symbol = symbol_of(bits);
        }
    }
}

/// An encoding under way, in place. It goes forward, so that what is encoded can be hashed while
/// the rest is encoded.
#[cfg(feature = "sign")]
pub(crate) struct Encoding {
    /// Where the next byte is.
    from: usize,
    /// Where the next symbol goes.
    to: usize,
}

#[cfg(feature = "sign")]
impl Encoding {
    /// Begins to encode the `length` bytes at an index of `text`, to all that is behind the index,
    /// whose length is [`encoded_length`]. Moves the bytes to the end, so that none is written over
    /// before it is read.
    pub(crate) fn begin(text: &mut [u8], start: usize, length: usize) -> Self {
        let place = text.get_mut(start..).unwrap_or_default();
        let gap = place.len().saturating_sub(length);
        place.copy_within(..place.len() - gap, gap);
        Self { from: start + gap, to: start }
    }

    /// Encodes the next 48 bytes. Returns where the text ends that is encoded.
    pub(crate) fn step(&mut self, text: &mut [u8]) -> usize {
        let end = self.to + 64;
        // Eight bytes are read for each six.
        let bytes = text.get(self.from..self.from + 50).and_then(<[u8]>::first_chunk::<50>);
        if let Some(words) = bytes.map(wide::words_of)
            && let Some(places) = text.get_mut(self.to..end)
        {
            for (eight, word) in places.as_chunks_mut().0.iter_mut().zip(words) {
                *eight = wide::symbols_of(word).to_le_bytes();
            }
            (self.from, self.to) = (self.from + 48, end);
            return end;
        }
        let end = end.min(text.len());
        while self.to < end {
            wide::encode_six(text, self.from, self.to);
            (self.from, self.to) = (self.from + 6, self.to + 8);
        }
        end
    }
}

/// The symbol of the lowest six bits.
fn symbol_of(bits: u32) -> u8 {
    ALPHABET.get((bits & 0x3f) as usize).copied().unwrap_or_default()
}

/// Whether a character is in the alphabet.
pub(crate) fn is_symbol(character: u8) -> bool {
    value(character) >= 0
}

/// Decodes groups of four symbols while there is room, up to the first group with a character
/// outside the alphabet. Returns the number of symbols decoded.
pub(crate) fn decode_groups(symbols: &[u8], bytes: &mut [u8]) -> usize {
    let groups = symbols.as_chunks().0;
    // A third, without the division that a Cortex-M0 would call a function for.
    let room = (bytes.len().min(0xffff) * 0xaaab) >> 17;
    let count = groups.len().min(room);
    let places = bytes.get_mut(..count * 3).unwrap_or_default().as_chunks_mut().0;
    for (index, (group, triple)) in groups.iter().zip(places).enumerate() {
        let bits = bits_of(group);
        if bits < 0 {
            return index * 4;
        }
        *triple = triple_of(bits);
    }
    count * 4
}

/// The 24 bits of four symbols, for [`triple_of`]; negative if one of them is no symbol.
fn bits_of(group: &[u8; 4]) -> i32 {
    if SMALL { narrow::bits_of(group) } else { wide::bits_of(group) }
}

fn triple_of(bits: i32) -> [u8; 3] {
    if SMALL { narrow::triple_of(bits) } else { wide::triple_of(bits) }
}

/// Looks each symbol up in the one table of 256 bytes.
mod narrow {
    use super::value;

    pub(super) fn bits_of(&[a, b, c, d]: &[u8; 4]) -> i32 {
        value(a) << 18 | value(b) << 12 | value(c) << 6 | value(d)
    }

    pub(super) const fn triple_of(bits: i32) -> [u8; 3] {
        [(bits >> 16) as u8, (bits >> 8) as u8, bits as u8]
    }
}

/// Looks the four symbols up in a table each, 4 KiB in all, whose values are shifted already. It
/// saves a computer 6 % of a typical token.
mod wide {
    use crate::byte_table::KINDS;

    /// The first byte is in the lowest bits.
    pub(super) fn bits_of(&[a, b, c, d]: &[u8; 4]) -> i32 {
        let [first, second, third, fourth] = &TABLES;
        let bits = |table: &[i32; 256], symbol: u8| {
            table.get(usize::from(symbol)).map_or(-1, |bits| *bits)
        };
        bits(first, a) | bits(second, b) | bits(third, c) | bits(fourth, d)
    }

    pub(super) const fn triple_of(bits: i32) -> [u8; 3] {
        let [first, second, third, _] = bits.to_le_bytes();
        [first, second, third]
    }

    /// Each six of 48 bytes, in the highest bits.
    #[cfg(feature = "sign")]
    pub(super) fn words_of(bytes: &[u8; 50]) -> [u64; 8] {
        core::array::from_fn(|index| {
            let eight = bytes.get(index * 6..).and_then(<[u8]>::first_chunk);
            u64::from_be_bytes(eight.copied().unwrap_or_default())
        })
    }

    /// Encodes the six bytes at an index to the eight symbols at another, or as many as are left.
    pub(super) fn encode_six(text: &mut [u8], from: usize, to: usize) {
        let bits = match text.get(from..from + 8).and_then(<[u8]>::first_chunk) {
            Some(eight) => u64::from_be_bytes(*eight),
            None => {
                let bytes = text.get(from..).unwrap_or_default().iter().rev();
                bytes.fold(0, |bits, byte| u64::from(*byte) << 56 | bits >> 8)
            }
        };
        let mut symbols = symbols_of(bits);
        if let Some(places) = text.get_mut(to..to + 8).and_then(<[u8]>::first_chunk_mut) {
            *places = symbols.to_le_bytes();
            return;
        }
        for place in text.get_mut(to..).unwrap_or_default() {
            *place = symbols as u8;
            symbols >>= 8;
        }
    }

    /// The eight symbols of the highest 48 bits, by pairs: a table of 8 KiB. The first symbol is in
    /// the lowest bits.
    pub(super) fn symbols_of(bits: u64) -> u64 {
        let pair = |bits: u64| u64::from(PAIRS.get((bits & 0xfff) as usize).copied().unwrap_or(0));
        let [a, b, c, d] = [52, 40, 28, 16].map(|shift| pair(bits >> shift));
        a | b << 16 | c << 32 | d << 48
    }

    #[allow(clippy::indexing_slicing, reason = "evaluated when compiled")]
    static PAIRS: [u16; 4096] = {
        let mut pairs = [0; 4096];
        let mut at = 0;
        while at < 4096 {
            pairs[at] = u16::from_le_bytes([super::ALPHABET[at >> 6], super::ALPHABET[at & 0x3f]]);
            at += 1;
        }
        pairs
    };

    static TABLES: [[i32; 256]; 4] = [table(18), table(12), table(6), table(0)];

    #[allow(clippy::indexing_slicing, reason = "evaluated when compiled")]
    const fn table(shift: u32) -> [i32; 256] {
        let mut table = [-1; 256];
        let mut symbol = 0;
        while symbol < 256 {
            if KINDS[symbol] >= 0 {
                table[symbol] = ((KINDS[symbol] as i32) << shift << 8).swap_bytes();
            }
            symbol += 1;
        }
        table
    }
}

/// The six bits of a symbol, or a negative number.
fn value(symbol: u8) -> i32 {
    KINDS.get(usize::from(symbol)).map_or(-1, |&value| i32::from(value))
}

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
        decode(symbols, &mut bytes).then_some(bytes)
    }

    /// What two other crates make of it, strict and canonical as well.
    fn judged(symbols: &[u8]) -> Option<Vec<u8>> {
        let judged = BASE64_URL_SAFE_NO_PAD.decode(symbols).ok();
        let mut bytes = vec![0; symbols.len()];
        assert_eq!(Base64UrlUnpadded::decode(symbols, &mut bytes).ok(), judged.as_deref());
        judged
    }

    #[test]
    fn bytes_are_encoded_as_another_crate_does() {
        for length in 0..=48 {
            for shift in [0, 7, 101, 200] {
                let bytes: Vec<u8> = (0..length).map(|at| (at * 37 + shift) as u8).collect();
                let expected = BASE64_URL_SAFE_NO_PAD.encode(&bytes);
                let mut symbols = [b'='; 64];
                assert_eq!(encode(&bytes, &mut symbols), expected.as_bytes());
                assert!(symbols.iter().skip(expected.len()).all(|&byte| byte == b'='));
            }
        }
    }

    #[test]
    fn bytes_are_encoded_in_place() {
        for length in (0..200).chain([1000]) {
            let bytes: Vec<u8> = (0..length).map(|at| (at * 37 % 251) as u8).collect();
            let expected = BASE64_URL_SAFE_NO_PAD.encode(&bytes);
            let mut place = bytes;
            place.resize(expected.len(), 0);
            encode_in_place(&mut place, length);
            assert_eq!(place, expected.as_bytes(), "{length}");
        }
    }

    #[test]
    #[cfg(feature = "sign")]
    fn bytes_are_encoded_forwards_behind_what_is_there() {
        for length in (0..200).chain([1000]) {
            for start in [0, 1, 37] {
                let bytes: Vec<u8> = (0..length).map(|at| (at * 37 % 251) as u8).collect();
                let expected = BASE64_URL_SAFE_NO_PAD.encode(&bytes);
                let expected = [&b".".repeat(start), expected.as_bytes()].concat();
                let mut text = [b".".repeat(start), bytes].concat();
                text.resize(expected.len(), 0);
                let mut encoding = Encoding::begin(&mut text, start, length);
                let mut end = 0;
                while end < text.len() {
                    end = encoding.step(&mut text);
                    assert_eq!(text[..end], expected[..end], "{start} {length}");
                }
            }
        }
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
    fn every_byte_at_every_place_is_decoded_alike_by_one_table_and_by_four() {
        for others in [b'A', b'_', b'5', b'.', 0xff] {
            for place in 0..4 {
                for byte in 0..=255 {
                    let mut symbols = [others; 4];
                    symbols[place] = byte;
                    let [one, four] = [narrow::bits_of(&symbols), wide::bits_of(&symbols)];
                    assert_eq!(one < 0, four < 0, "{place} {byte:x}");
                    if one >= 0 {
                        assert_eq!(
                            narrow::triple_of(one),
                            wide::triple_of(four),
                            "{place} {byte:x}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn groups_are_decoded_up_to_the_first_that_is_none_or_has_no_room() {
        for (symbols, room, taken, bytes) in [
            ("", 9, 0, ""),
            ("Zm9", 9, 0, ""),
            ("Zm9vYmF", 9, 4, "foo"),
            ("Zm9vYmFy", 9, 8, "foobar"),
            ("Zm9vYmFy", 5, 4, "foo"),
            ("Zm9vYmFy", 2, 0, ""),
            ("Zm9vYm.y", 9, 4, "foo"),
            (".m9vYmFy", 9, 0, ""),
            ("Zm9vYmFyZm9=Zm9v", 12, 8, "foobar"),
        ] {
            let mut place = vec![0; room];
            assert_eq!(decode_groups(symbols.as_bytes(), &mut place), taken, "{symbols}");
            let (decoded, rest) = place.split_at(bytes.len());
            assert_eq!(decoded, bytes.as_bytes(), "{symbols}");
            assert!(rest.iter().all(|&byte| byte == 0), "{symbols}: written behind");
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
