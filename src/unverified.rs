//! Reads a token's header or claims without verifying the token, to pick a key.

use core::fmt;

use zeroize::Zeroize;

use crate::compact::header_segment;
use crate::header::{self, Header};
use crate::json::{JsonString, MAX_DEPTH, Object, Spans, cut, normalize};
use crate::{Error, Segment, base64url, claims};

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
    let mut spans = Spans::default();
    let text = read(header_segment(token)?, Segment::Header, buffer, |header| {
        Ok(header::parse(header, MAX_DEPTH, &mut spans)?.len())
    })?;
    Ok(UnverifiedHeader(Header::new(text, spans)))
}

/// Decodes a segment into `buffer` and parses it there. `parse` returns the length of the normal
/// form.
fn read<'b>(
    symbols: &[u8],
    segment: Segment,
    buffer: &'b mut [u8],
    parse: impl FnOnce(&mut [u8]) -> Result<usize, Error>,
) -> Result<&'b [u8], Error> {
    let needed = base64url::decoded_length(symbols.len());
    let room = buffer.get_mut(..needed).ok_or(Error::buffer_too_small(needed))?;
    let decoded = base64url::decode(symbols, room);
    let length = if decoded { parse(room) } else { Err(Error::InvalidBase64Url { segment }) };
    match length {
        Ok(length) => Ok(cut(room, length)),
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

    /// The whole header as JSON, in normal form: to show it, marked as not verified.
    #[must_use]
    pub fn as_json(&self) -> &'b str {
        self.0.as_json()
    }
}

/// Reads the claims of a token that is **not** verified, to look up whose token it claims to be.
///
/// A gateway with thousands of tenants can't hold all their keys in one
/// [`KeySet`](crate::KeySet). It picks the tenant by `iss`, or by a claim of its own, and then
/// verifies the token with that tenant's key:
///
/// 1. **Look up.** Search your own list for the name. Build no path, query or address from it, and
///    fetch nothing: anyone may have written it (RFC 8725 section 3.10).
/// 2. **Verify** with that tenant's key, and with a policy that requires that tenant's issuer.
///    Otherwise one tenant could sign tokens in another's name.
/// 3. **Never trust** anything read here: read the claims again from the verified token. Log no
///    name without saying that it is a mere claim. Answer an unknown tenant as you answer a bad
///    token.
///
/// ```
/// use std::collections::HashMap;
///
/// use embedded_jwt::{
///     Error, Hs256, JsonString, Key, Policy, Time, Token, Verifier, unverified_claims,
/// };
///
/// /// Verifies a token of any tenant. The tenants' keys are found by their issuers.
/// fn verify<'b>(
///     tenants: &HashMap<String, Key<Hs256>>,
///     token: &[u8],
///     now: u64,
///     buffer: &'b mut [u8],
/// ) -> Result<Token<'b>, Error> {
///     let claims = unverified_claims(token, buffer)?;
///     let claimed = claims.issuer().and_then(JsonString::as_str).ok_or(Error::MissingIssuer)?;
///     let (issuer, key) = tenants.get_key_value(claimed).ok_or(Error::UnknownKeyId)?;
///     let policy = Policy::builder().issuer(issuer).audience("gateway").build()?;
///     Verifier::new(key, policy).verify(token, Time::Known(now), buffer) // reuses the buffer
/// }
///
/// let key = |secret| Key::new(&[secret; 32]);
/// let tenants = HashMap::from([("acme".to_owned(), key(1)?), ("umbrella".to_owned(), key(2)?)]);
/// # let signed = b"eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJhY21lIiwiYXVkIjoiZ2F0ZXdheSIsImV4cCI6MTkwMDAwMDAwMH0.txAJx7zMkgfA-yJ-6FQhJR7mqtvStV3MpIFPFBl6BpI";
/// # let mut buffer = [0; 128];
/// # assert!(verify(&tenants, signed, 1_800_000_000, &mut buffer).is_ok());
/// # let forged = b"eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJhY21lIiwiYXVkIjoiZ2F0ZXdheSIsImV4cCI6MTkwMDAwMDAwMH0.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
/// # let refused = verify(&tenants, forged, 1_800_000_000, &mut buffer).err();
/// # assert_eq!(refused, Some(Error::SignatureMismatch));
/// # Ok::<(), Error>(())
/// ```
///
/// The payload is parsed as strictly as in a verification, with at most
/// [`MAX_DEPTH`](crate::MAX_DEPTH) levels. It is decoded into `buffer`, for which three quarters of
/// the token's length are always enough. On an error, what was written there is overwritten with
/// zeros. Types and dates are not checked: verification does that. Header and signature are
/// ignored.
///
/// # Errors
/// [`Error::TokenTooLong`], [`Error::NotCompactSerialization`], [`Error::BufferTooSmall`], which
/// says how many bytes are needed, [`Error::InvalidBase64Url`], the errors of JSON, and
/// [`Error::DuplicateClaim`] if a registered claim appears twice.
pub fn unverified_claims<'b>(
    token: &[u8],
    buffer: &'b mut [u8],
) -> Result<UnverifiedClaims<'b>, Error> {
    let header = header_segment(token)?;
    let mut others = token.get(header.len() + 1..).unwrap_or_default().split(|&byte| byte == b'.');
    let payload = others.next().unwrap_or_default();
    let mut spans = Spans::default();
    let text = read(payload, Segment::Payload, buffer, |payload| {
        let twice = Error::DuplicateClaim;
        Ok(normalize(payload, MAX_DEPTH, &claims::NAMES, twice, &mut spans)?.len())
    })?;
    Ok(UnverifiedClaims { text, spans })
}

/// The claims set of a token that was **not** verified: anyone may have written it.
///
/// Made by [`unverified_claims`], which says what it may be used for. It can't be turned into
/// [`Claims`](crate::Claims), and has no dates: there is nothing to check them for.
///
/// Size: 40 bytes on a 32-bit target, 80 on a 64-bit one.
#[derive(Clone, Copy)]
pub struct UnverifiedClaims<'b> {
    text: &'b [u8],
    spans: Spans,
}

impl<'b> UnverifiedClaims<'b> {
    const fn object(&self) -> Object<'b, '_> {
        Object { text: self.text, spans: &self.spans }
    }

    /// `iss`, as claimed: a hint at whose key to verify with (RFC 7519 section 4.1.1). `None` if it
    /// is missing or no string.
    #[must_use]
    pub fn issuer(&self) -> Option<JsonString<'b>> {
        self.object().named_string(claims::ISSUER)
    }

    /// A string claim by its name, as claimed: for tenants that are told apart by another claim
    /// than `iss`. `None` if it is missing or no string, or if it appears twice.
    #[must_use]
    pub fn string(&self, name: &str) -> Option<JsonString<'b>> {
        let value = self.object().find_by(&claims::NAMES, name, Error::DuplicateClaim).ok()??;
        JsonString::parse(value)
    }

    /// The whole claims set as JSON, in normal form: to show it, marked as not verified.
    #[must_use]
    pub fn as_json(&self) -> &'b str {
        self.object().as_json()
    }
}

/// Shows nothing of the token.
impl fmt::Debug for UnverifiedClaims<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnverifiedClaims").finish_non_exhaustive()
    }
}
