//! [`Signer`]: makes tokens, and only such as a [`Verifier`](crate::Verifier) takes.

mod detached;
mod header;
mod json;
mod names;
mod payload;
mod segment;
mod stamp;
mod writer;

use serde::Serialize;
use zeroize::Zeroize;

use crate::base64url::{Encoding, encoded_length};
use crate::compact::MAX_TOKEN_LENGTH;
use crate::json::cut;
use crate::key::mac::{Algorithm, Mac};
use crate::key::no_work;
use crate::{Error, SMALL};
pub use detached::DetachedSigner;
use header::{Header, Parameters, Type};
use payload::{Payload, Stamped, Text, Value};
use segment::{Segment, put_dot};
pub use stamp::Stamp;
use writer::Writer;

/// Makes tokens with one key (RFC 7515 section 5.1, RFC 7519 section 7.1).
///
/// It only makes what a [`Verifier`](crate::Verifier) takes: strict JSON, each name once,
/// registered claims of their types, nested at most [`MAX_DEPTH`](crate::MAX_DEPTH) deep, at most
/// [`MAX_TOKEN_LENGTH`] bytes. What breaks a rule is refused with the error that a verifier would
/// return.
///
/// The token is made in the caller's buffer, and nothing else is needed: no heap, and no second
/// buffer. On an error, nothing is left in it.
///
/// ```
/// use embedded_jwt::{Error, Hs256, Key, Policy, Signer, Stamp, Time, Verifier};
///
/// #[derive(serde::Serialize)]
/// struct Access<'a> {
///     sub: &'a str,
///     door: &'a str,
/// }
///
/// let key = Key::<Hs256>::new(b"32 random bytes go here, no text")?;
/// let signer = Signer::new(&key).key_id("2026-12");
/// let (now, random) = (1_800_000_000, [7; 8]);
/// let stamp = Stamp::new(now, 300).jwt_id(&random); // good for 300 seconds
/// let mut buffer = [0; 256];
/// let access = Access { sub: "erika", door: "7b" };
/// let token = signer.sign_with(&access, &stamp, &mut buffer)?;
///
/// let verifier = Verifier::new(&key, Policy::builder().build()?);
/// let mut buffer = [0; 192];
/// let token = verifier.verify(token, Time::Known(now), &mut buffer)?;
/// assert_eq!(token.claims().get("door"), Ok("7b"));
/// # Ok::<(), Error>(())
/// ```
///
/// The time to check that no name stands twice grows with the square of the number of members of an
/// object. Size: that of the key, and 40 bytes on a 32-bit target, 80 on a 64-bit one.
#[derive(Clone, Copy, Debug)]
pub struct Signer<'h, M> {
    key: M,
    header: Header<'h>,
    allow_missing_expiration: bool,
}

impl<'h, M: Mac> Signer<'h, M> {
    /// A signer with this key. Its tokens have `alg`, and `typ` is `JWT`.
    pub const fn new(key: M) -> Self {
        Self {
            key,
            header: Header { typ: Type::ByPayload, key_id: None, parameters: None },
            allow_missing_expiration: false,
        }
    }

    /// Names the key in the header: `kid` (RFC 7515 section 4.1.4).
    #[must_use]
    pub const fn key_id(mut self, key_id: &'h str) -> Self {
        self.header.key_id = Some(key_id);
        self
    }

    /// Says another type than `JWT` (RFC 7515 section 4.1.9, RFC 8725 section 3.11).
    #[must_use]
    pub const fn typ(mut self, typ: &'h str) -> Self {
        self.header.typ = Type::Named(typ);
        self
    }

    /// Leaves `typ` out.
    #[must_use]
    pub const fn without_typ(mut self) -> Self {
        self.header.typ = Type::Absent;
        self
    }

    /// Adds the members of a JSON object to the header.
    #[must_use]
    pub const fn header_parameters(mut self, object: &'h str) -> Self {
        self.header.parameters = Some(Parameters::new(object));
        self
    }

    /// Makes tokens without `exp` as well. They are good for ever, and a verifier refuses them
    /// unless its policy allows that too.
    #[must_use]
    pub const fn allow_missing_expiration(mut self) -> Self {
        self.allow_missing_expiration = true;
        self
    }

    /// Makes a token of a claims set: a struct or a map of yours.
    ///
    /// Numbers that are whole are written in digits, others with the fewest digits that read as the
    /// same number, bytes as an array of numbers, and a map's key as a string if it is one, a
    /// character, a whole number, a `bool` or a variant without data: as `serde_json` does it.
    ///
    /// # Errors
    /// The first of these: [`Error::UnwritableValue`] for a float that is no number, for a map's
    /// key of another type, and for what a type of yours refuses; [`Error::TokenTooLong`];
    /// [`Error::BufferTooSmall`] says how many bytes are needed; the errors of a
    /// [`Verifier`](crate::Verifier) for JSON, claims set and header, also
    /// [`Error::MissingExpiration`] unless [allowed](Self::allow_missing_expiration), and
    /// [`Error::DuplicateClaim`] and [`Error::DuplicateHeaderParameter`] for any name that stands
    /// twice; what an engine returns.
    pub fn sign<'b>(
        &self,
        claims: &(impl Serialize + ?Sized),
        buffer: &'b mut [u8],
    ) -> Result<&'b [u8], Error> {
        self.make(&Value(claims), buffer)
    }

    /// As [`sign`](Self::sign), and sets `iat`, `nbf`, `exp` and perhaps `jti`. The claims set must
    /// not have them.
    ///
    /// # Errors
    /// Those of [`sign`](Self::sign).
    pub fn sign_with<'b>(
        &self,
        claims: &(impl Serialize + ?Sized),
        stamp: &Stamp<'_>,
        buffer: &'b mut [u8],
    ) -> Result<&'b [u8], Error> {
        self.make(&Stamped { stamp, claims: Value(claims) }, buffer)
    }

    /// Makes a token of a claims set that is JSON text already. It is signed as it is, white space
    /// and escapes too.
    ///
    /// # Errors
    /// Those of [`sign`](Self::sign).
    pub fn sign_json<'b>(&self, claims: &str, buffer: &'b mut [u8]) -> Result<&'b [u8], Error> {
        self.make(&Text::<false>(claims), buffer)
    }

    /// As [`sign_json`](Self::sign_json), and sets `iat`, `nbf`, `exp` and perhaps `jti`. The
    /// claims set must not have them.
    ///
    /// # Errors
    /// Those of [`sign`](Self::sign).
    pub fn sign_json_with<'b>(
        &self,
        claims: &str,
        stamp: &Stamp<'_>,
        buffer: &'b mut [u8],
    ) -> Result<&'b [u8], Error> {
        self.make(&Stamped { stamp, claims: Text::<true>(claims) }, buffer)
    }

    /// Makes a JWS of a payload of any kind, for a [`JwsVerifier`](crate::JwsVerifier). `typ` is
    /// left out unless it is [set](Self::typ).
    ///
    /// # Errors
    /// Those of [`sign`](Self::sign) for buffer, length, header and engine.
    pub fn sign_payload<'b>(
        &self,
        payload: &[u8],
        buffer: &'b mut [u8],
    ) -> Result<&'b [u8], Error> {
        self.make(&payload, buffer)
    }

    /// Makes a token, and wipes what was written if it can't be made.
    fn make<'b>(&self, payload: &impl Payload, buffer: &'b mut [u8]) -> Result<&'b [u8], Error> {
        match self.write_token(payload, buffer) {
            Ok(length) => Ok(cut(buffer, length)),
            Err(error) => {
                buffer.zeroize();
                Err(error)
            }
        }
    }

    /// Writes the token to the start of the buffer. Returns its length.
    ///
    /// Header and payload are written to the place where they will stand encoded, checked there,
    /// and then encoded in place.
    fn write_token<P: Payload>(&self, payload: &P, buffer: &mut [u8]) -> Result<usize, Error> {
        let algorithm = self.key.algorithm();
        let mut writer = Writer::new(buffer);
        let header = self.header.write(algorithm, P::IS_CLAIMS_SET, &mut writer);
        let start = writer.length();
        let noted = payload.write(start, &mut writer)?;
        let body = writer.end_segment(start);
        let length = writer.length() + encoded_length(algorithm.tag_length());
        check_length(length, buffer.len())?;
        let token = buffer.get_mut(..length).unwrap_or_default();
        payload.check(noted, self.allow_missing_expiration, body.text(token))?;
        if P::IS_CHANGED_BY_CHECK {
            payload.write(0, &mut Writer::new(body.text(token)))?;
        }
        self.header.finish(algorithm, P::IS_CLAIMS_SET, header, token)?;
        let outcome = self.write_signature(body, token);
        self.key.wipe_after_mac();
        outcome.map(|()| length)
    }

    /// Encodes the payload, and writes the last segment: the MAC of all that is before it. A
    /// computer encodes the payload while it computes the MAC.
    ///
    /// Not inlined, so that all that it leaves on the stack is below its caller's frame.
    #[inline(never)]
    fn write_signature(&self, body: Segment, token: &mut [u8]) -> Result<(), Error> {
        let mut tag = M::Algorithm::ZERO_TAG;
        let end;
        if SMALL {
            end = body.encode(token);
            self.key.mac_while(cut(token, end), no_work, &mut tag)?;
        } else {
            end = body.end();
            let message = token.get_mut(..end).unwrap_or_default();
            let mut encoding = Encoding::begin(message, body.start, body.length);
            self.key.mac_while_written(message, |text| encoding.step(text), &mut tag)?;
            put_dot(token, end);
        }
        let tag = cut(tag.as_ref(), self.key.algorithm().tag_length());
        Writer::behind(token, end + 1).put_base64url(tag);
        Ok(())
    }
}

/// Checks the length of a token, and that there is room for it.
fn check_length(length: usize, room: usize) -> Result<(), Error> {
    match length {
        _ if length > MAX_TOKEN_LENGTH => Err(Error::TokenTooLong),
        _ if length > room => Err(Error::buffer_too_small(length)),
        _ => Ok(()),
    }
}
