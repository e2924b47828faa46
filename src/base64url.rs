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
