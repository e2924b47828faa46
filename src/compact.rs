//! JWS compact serialization: the only place that knows about dots.
//!
//! ```text
//! BASE64URL(UTF8(JWS Protected Header)) || '.' || BASE64URL(JWS Payload) || '.' ||
//! BASE64URL(JWS Signature)                                    (RFC 7515 section 7.1)
//! ```

use crate::Error;
use crate::base64url::{decoded_length, encoded_length};

/// The longest token that is looked at, in bytes: whatever it decodes to can be addressed with
/// 16 bits, which keeps every position that is noted down small.
pub const MAX_TOKEN_LENGTH: usize = 87_380;

/// The three segments of a token, still encoded.
#[derive(Clone, Copy)]
pub(crate) struct Compact<'t> {
    /// What the MAC covers: header segment, dot, payload segment, as received.
    pub(crate) signing_input: &'t [u8],
    pub(crate) header: &'t [u8],
    pub(crate) payload: &'t [u8],
    pub(crate) signature: &'t [u8],
}

impl<'t> Compact<'t> {
    /// Cuts a token at its two dots, after its length was checked.
    pub(crate) fn parse(token: &'t [u8]) -> Result<Self, Error> {
        if token.len() > MAX_TOKEN_LENGTH {
            return Err(Error::TokenTooLong);
        }
        Self::cut(token).ok_or(Error::NotCompactSerialization)
    }

    /// The signature is as long as a MAC of `bytes` bytes, which is public.
    pub(crate) const fn check_signature_length(&self, bytes: usize) -> Result<(), Error> {
        if self.signature.len() == encoded_length(bytes) {
            Ok(())
        } else {
            Err(Error::SignatureLength)
        }
    }

    /// Room for the decoded header, of just its length, at the start of `buffer`.
    pub(crate) fn reserve_header<'b>(&self, buffer: &'b mut [u8]) -> Result<&'b mut [u8], Error> {
        let needed = decoded_length(self.header.len());
        buffer.get_mut(..needed).ok_or(Error::BufferTooSmall { needed: needed as u16 })
    }

    /// Room for the decoded header and payload, of just their lengths, at the start of `buffer`.
    pub(crate) fn reserve<'b>(
        &self,
        buffer: &'b mut [u8],
    ) -> Result<(&'b mut [u8], &'b mut [u8]), Error> {
        let header = decoded_length(self.header.len());
        let needed = header + decoded_length(self.payload.len());
        let too_small = Error::BufferTooSmall { needed: needed as u16 };
        let room = buffer.get_mut(..needed).ok_or(too_small)?;
        room.split_at_mut_checked(header).ok_or(too_small)
    }

    fn cut(token: &'t [u8]) -> Option<Self> {
        let (header, rest) = split_at_dot(token)?;
        let (payload, signature) = split_at_dot(rest)?;
        if signature.contains(&b'.') {
            return None;
        }
        let signing_input = token.get(..header.len() + 1 + payload.len())?;
        Some(Self { signing_input, header, payload, signature })
    }
}

/// What stands before the first dot, and what stands behind it.
fn split_at_dot(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let dot = text.iter().position(|&byte| byte == b'.')?;
    let (before, from_dot) = text.split_at_checked(dot)?;
    Some((before, from_dot.get(1..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_two_dots() {
        for (token, ok) in [
            ("", false),
            (".", false),
            ("..", true),
            ("...", false),
            ("a", false),
            ("a.b", false),
            ("a.b.c", true),
            ("a.b.c.", false),
            (".a.b.c", false),
            ("a.b.c.d", false),
            ("a..c", true),
        ] {
            assert_eq!(Compact::parse(token.as_bytes()).is_ok(), ok, "{token}");
        }
    }

    #[test]
    fn segments_and_signing_input_are_sub_slices() {
        let compact = Compact::parse(b"ab.cde.f").unwrap();
        assert_eq!(compact.signing_input, b"ab.cde");
        assert_eq!(compact.header, b"ab");
        assert_eq!(compact.payload, b"cde");
        assert_eq!(compact.signature, b"f");
    }

    #[test]
    fn length_is_checked_first() {
        static LONG: [u8; MAX_TOKEN_LENGTH + 1] = [b'.'; MAX_TOKEN_LENGTH + 1];
        assert_eq!(Compact::parse(&LONG).err(), Some(Error::TokenTooLong));
        assert_eq!(Compact::parse(&LONG[1..]).err(), Some(Error::NotCompactSerialization));
    }
}
