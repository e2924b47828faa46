//! Reads a token's header without verifying the token, for example to pick a key.

use zeroize::Zeroize;

use crate::base64url;
use crate::compact::header_segment;
use crate::error::{Error, Segment};
use crate::header::{self, Header};
use crate::json::{JsonString, MAX_DEPTH, Spans, cut};

/// Reads the header of a token that is **not** verified, to pick a key by its `kid`.
///
/// The header is parsed as strictly as in a verification, but anyone may have written it. It is
/// decoded into `buffer`, for which three quarters of the token's length are always enough. On an
/// error, what was written there is overwritten with zeros.
///
/// ```
/// use embedded_jwt::unverified_header;
///
/// let token =
/// b"eyJhbGciOiJIUzI1NiIsImtpZCI6IjIwMjYtMTEifQ.e30.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
/// let mut buffer = [0; 128]; let header = unverified_header(token, &mut buffer)?;
/// assert!(header.key_id().is_some_and(|kid| kid == "2026-11"));
/// # Ok::<(), embedded_jwt::Error>(())
/// ```
///
/// The types of `alg`, `kid`, `cty` and `typ` are checked. Only a verification refuses `crit`,
/// `b64` and nested tokens. Payload and signature are ignored.
///
/// # Errors
/// [`Error::TokenTooLong`], [`Error::NotCompactSerialization`], [`Error::BufferTooSmall`], which
/// says how many bytes are needed, [`Error::InvalidBase64Url`], and the errors of JSON and of the
/// four parameters' types.
pub fn unverified_header<'b>(
    token: &[u8],
    buffer: &'b mut [u8],
) -> Result<UnverifiedHeader<'b>, Error> {
    let segment = header_segment(token)?;
    let needed = base64url::decoded_length(segment.len());
    let too_small = Error::BufferTooSmall { needed: needed as u16 };
    let room = buffer.get_mut(..needed).ok_or(too_small)?;
    let mut spans = Spans::default();
    let length = if base64url::decode(segment, room) {
        header::parse(room, MAX_DEPTH, &mut spans).map(<[u8]>::len)
    } else {
        Err(Error::InvalidBase64Url { segment: Segment::Header })
    };
    match length {
        Ok(length) => Ok(UnverifiedHeader(Header::new(cut(room, length), spans))),
        Err(error) => {
            room.zeroize();
            Err(error)
        }
    }
}

/// The JOSE header of a token that was **not** verified: anyone may have written it.
///
/// Made by [`unverified_header`]. Size: 40 bytes on a 32-bit target, 80 on a 64-bit one.
#[derive(Clone, Copy, Debug)]
pub struct UnverifiedHeader<'b>(Header<'b>);

impl<'b> UnverifiedHeader<'b> {
    /// `alg`, as claimed (RFC 7515 section 4.1.1). Never choose an algorithm by it: a key has its
    /// own.
    #[must_use]
    pub fn algorithm(&self) -> JsonString<'b> {
        self.0.algorithm().unwrap_or_default()
    }

    /// `kid`, as claimed: a hint at the key to verify with (RFC 7515 section 4.1.4). Compare it
    /// with your keys' names. Don't build a path or a query from it (RFC 8725 section 3.10).
    #[must_use]
    pub fn key_id(&self) -> Option<JsonString<'b>> {
        self.0.key_id()
    }

    /// `typ`, as claimed (RFC 7515 section 4.1.9).
    #[must_use]
    pub fn typ(&self) -> Option<JsonString<'b>> {
        self.0.typ()
    }
}
