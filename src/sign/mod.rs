//! [`Signer`]: makes tokens, and only such as a [`Verifier`](crate::Verifier) takes.

mod detached;
mod json;
mod names;
mod stamp;
mod writer;

use serde::Serialize;
use zeroize::Zeroize;

use crate::Error;
use crate::base64url::{encode_in_place, encoded_length};
use crate::claims::{self, Dates};
use crate::compact::MAX_TOKEN_LENGTH;
use crate::header::{self, HeaderRules};
use crate::json::{MAX_DEPTH, Spans, cut};
use crate::key::mac::Mac;
pub use detached::DetachedSigner;
use names::is_any_twice;
pub use stamp::Stamp;
use writer::Writer;

/// Makes tokens with one key (RFC 7515 section 5.1, RFC 7519 section 7.1).
///
/// It only makes what a [`Verifier`](crate::Verifier) takes: strict JSON, each name once, registered
/// claims of their types, nested at most [`MAX_DEPTH`] deep, at most [`MAX_TOKEN_LENGTH`] bytes. What
/// breaks a rule is refused with the error that a verifier would return.
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
/// object. Size: that of the key, and 32 bytes on a 32-bit target, 64 on a 64-bit one.
#[derive(Clone, Copy, Debug)]
pub struct Signer<'h, M> {
    key: M,
    typ: Type<'h>,
    key_id: Option<&'h str>,
    parameters: Option<&'h str>,
    allow_missing_expiration: bool,
}

/// What the header says of the token's type.
#[derive(Clone, Copy, Debug)]
enum Type<'h> {
    /// `JWT` where the payload is a claims set.
    ByPayload,
    Absent,
    Named(&'h str),
}

impl<'h, M: Mac> Signer<'h, M> {
    /// A signer with this key. Its tokens have `alg`, and `typ` is `JWT`.
    pub const fn new(key: M) -> Self {
        Self {
            key,
            typ: Type::ByPayload,
            key_id: None,
            parameters: None,
            allow_missing_expiration: false,
        }
    }

    /// Names the key in the header: `kid` (RFC 7515 section 4.1.4).
    #[must_use]
    pub const fn key_id(mut self, key_id: &'h str) -> Self {
        self.key_id = Some(key_id);
        self
    }

    /// Says another type than `JWT` (RFC 7515 section 4.1.9, RFC 8725 section 3.11).
    #[must_use]
    pub const fn typ(mut self, typ: &'h str) -> Self {
        self.typ = Type::Named(typ);
        self
    }

    /// Leaves `typ` out.
    #[must_use]
    pub const fn without_typ(mut self) -> Self {
        self.typ = Type::Absent;
        self
    }

    /// Adds the members of a JSON object to the header.
    #[must_use]
    pub const fn header_parameters(mut self, object: &'h str) -> Self {
        self.parameters = Some(object);
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
        self.make(buffer, Payload::Value, &|writer| json::write(claims, writer))
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
        self.make(buffer, Payload::Value, &|writer| {
            stamp.write(writer);
            writer.join_members(|writer| json::write(claims, writer))
        })
    }

    /// Makes a token of a claims set that is JSON text already. It is signed as it is, white space
    /// and escapes too.
    ///
    /// # Errors
    /// Those of [`sign`](Self::sign).
    pub fn sign_json<'b>(&self, claims: &str, buffer: &'b mut [u8]) -> Result<&'b [u8], Error> {
        self.make(buffer, Payload::Text, &|writer| {
            writer.put(claims.as_bytes());
            Ok(())
        })
    }

    /// As [`sign_json`](Self::sign_json), and sets `iat`, `nbf`, `exp` and perhaps `jti`. The claims
    /// set must not have them.
    ///
    /// # Errors
    /// Those of [`sign`](Self::sign).
    pub fn sign_json_with<'b>(
        &self,
        claims: &str,
        stamp: &Stamp<'_>,
        buffer: &'b mut [u8],
    ) -> Result<&'b [u8], Error> {
        self.make(buffer, Payload::Text, &|writer| {
            stamp.write(writer);
            writer.put_members_of(claims);
            Ok(())
        })
    }

    /// Makes a JWS of a payload of any kind, for a [`JwsVerifier`](crate::JwsVerifier). `typ` is left
    /// out unless it is [set](Self::typ).
    ///
    /// # Errors
    /// Those of [`sign`](Self::sign) for buffer, length, header and engine.
    pub fn sign_payload<'b>(
        &self,
        payload: &[u8],
        buffer: &'b mut [u8],
    ) -> Result<&'b [u8], Error> {
        self.make(buffer, Payload::Other, &|writer| {
            writer.put(payload);
            Ok(())
        })
    }

    /// Makes a token of the payload that `write_payload` writes, and wipes what was written if it
    /// can't be made.
    fn make<'b>(
        &self,
        buffer: &'b mut [u8],
        kind: Payload,
        write_payload: WritePayload<'_>,
    ) -> Result<&'b [u8], Error> {
        match self.write_token(buffer, kind, write_payload) {
            Ok(length) => Ok(cut(buffer, length)),
            Err(error) => {
                buffer.zeroize();
                Err(error)
            }
        }
    }

    /// Writes the token to the start of the buffer. Returns its length.
    ///
    /// Both segments are written as JSON to the place where they will stand encoded, checked there,
    /// and then encoded in place.
    fn write_token(
        &self,
        buffer: &mut [u8],
        kind: Payload,
        write_payload: WritePayload<'_>,
    ) -> Result<usize, Error> {
        let is_claims_set = kind != Payload::Other;
        let header_length = self.header_length(is_claims_set);
        let header_symbols = encoded_length(header_length);
        let room = buffer.get_mut(header_symbols + 1..).unwrap_or_default();
        let mut writer = Writer::new(room);
        write_payload(&mut writer)?;
        let payload_length = writer.length();

        let payload_end = header_symbols + 1 + encoded_length(payload_length);
        let tag_length = self.key.algorithm().tag_length();
        let length = payload_end + 1 + encoded_length(tag_length);
        if length > MAX_TOKEN_LENGTH {
            return Err(Error::TokenTooLong);
        }
        let token = buffer.get_mut(..length).ok_or(Error::buffer_too_small(length))?;
        let payload = part(token, header_symbols + 1, payload_end);
        if is_claims_set {
            self.check_claims(part(payload, 0, payload_length))?;
        }
        if kind == Payload::Text {
            // The check leaves the normal form. What is signed is what was written.
            write_payload(&mut Writer::new(payload))?;
        }
        encode_in_place(payload, payload_length);
        let header = part(token, 0, header_symbols);
        self.write_checked_header(is_claims_set, header_length, header)?;
        for dot in [header_symbols, payload_end] {
            Writer::new(part(token, dot, length)).put(b".");
        }
        let tag = self.key.mac(part(token, 0, payload_end))?;
        let signature = part(token, payload_end + 1, length);
        Writer::new(signature).put(cut(tag.as_ref(), tag_length));
        encode_in_place(signature, tag_length);
        Ok(length)
    }

    /// The length of the header, before it is encoded.
    fn header_length(&self, is_claims_set: bool) -> usize {
        let mut counted = Writer::new(&mut []);
        self.write_header(is_claims_set, &mut counted);
        counted.length()
    }

    /// Writes the header, of this length before it is encoded, to the whole of its place.
    fn write_checked_header(
        &self,
        is_claims_set: bool,
        length: usize,
        place: &mut [u8],
    ) -> Result<(), Error> {
        self.write_header(is_claims_set, &mut Writer::new(place));
        self.check_header(part(place, 0, length))?;
        // The check leaves the normal form. What is signed is what was written.
        self.write_header(is_claims_set, &mut Writer::new(place));
        encode_in_place(place, length);
        Ok(())
    }

    fn write_header(&self, is_claims_set: bool, writer: &mut Writer<'_>) {
        writer.put(br#"{"alg":""#);
        writer.put(self.key.algorithm().name().as_bytes());
        writer.put(b"\"");
        let typ = match self.typ {
            Type::ByPayload if is_claims_set => Some("JWT"),
            Type::ByPayload | Type::Absent => None,
            Type::Named(typ) => Some(typ),
        };
        for (name, value) in [(&br#","typ":"#[..], typ), (br#","kid":"#, self.key_id)] {
            if let Some(value) = value {
                writer.put(name);
                writer.put_string(value);
            }
        }
        match self.parameters {
            Some(parameters) => writer.put_members_of(parameters),
            None => writer.put(b"}"),
        }
    }

    /// Checks a header as a verifier does, and that no name stands twice.
    fn check_header(&self, header: &mut [u8]) -> Result<(), Error> {
        let rules = HeaderRules { depth: MAX_DEPTH, typ: None };
        let mut spans = Spans::default();
        let algorithm = self.key.algorithm();
        let length = header::read_header(header, algorithm, rules, &mut spans)?;
        match is_any_twice(cut(header, length)) {
            true => Err(Error::DuplicateHeaderParameter),
            false => Ok(()),
        }
    }

    /// Checks a claims set as a verifier does, and that no name stands twice.
    fn check_claims(&self, claims: &mut [u8]) -> Result<(), Error> {
        let (mut spans, mut dates) = (Spans::default(), Dates::default());
        let text = claims::parse(claims, MAX_DEPTH, false, &mut spans, &mut dates)?;
        if is_any_twice(text) {
            return Err(Error::DuplicateClaim);
        }
        if dates.expiration.is_none() && !self.allow_missing_expiration {
            return Err(Error::MissingExpiration);
        }
        Ok(())
    }
}

/// What is signed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Payload {
    /// A claims set in normal form, which the check leaves as it is. It is written only once, since
    /// a type could write something else the next time.
    Value,
    /// A claims set as its text came.
    Text,
    /// Anything, which is not checked.
    Other,
}

/// Writes the payload. One type for all kinds, so that what makes the token around it is linked
/// once.
type WritePayload<'w> = &'w dyn Fn(&mut Writer<'_>) -> Result<(), Error>;

/// A part of a text that is long enough.
#[inline(never)]
fn part(text: &mut [u8], from: usize, to: usize) -> &mut [u8] {
    text.get_mut(from..to).unwrap_or_default()
}
