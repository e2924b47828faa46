//! Base64URL without padding, strict and canonical (RFC 4648 section 5, RFC 7515 section 2).
//!
//! `base64ct` decodes; nothing else of the crate knows that.

use base64ct::{Base64UrlUnpadded, Encoding};

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
/// A character outside the alphabet, padding, white space and bits left over are refused
/// (RFC 4648 sections 3.1 to 3.5). `decode_in_place` of the same crate would let the last pass.
pub(crate) fn decode(symbols: &[u8], bytes: &mut [u8]) -> Result<(), Error> {
    match Base64UrlUnpadded::decode(symbols, bytes) {
        Ok(_) => Ok(()),
        Err(_) => Err(Error::InvalidBase64Url),
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;
    use std::vec;
    use std::vec::Vec;

    use super::*;

    fn decoded(symbols: &[u8]) -> Option<Vec<u8>> {
        let mut bytes = vec![0; decoded_length(symbols.len())];
        decode(symbols, &mut bytes).ok().map(|()| bytes)
    }

    /// What another crate makes of it, strict and canonical as well.
    fn judged(symbols: &[u8]) -> Option<Vec<u8>> {
        BASE64_URL_SAFE_NO_PAD.decode(symbols).ok()
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
