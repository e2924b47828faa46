//! The claims set: reads registered and other claims (RFC 7519 section 4).

use core::fmt;

use serde::Deserialize;

use crate::Error;
use crate::deserialize::{read, read_string};
use crate::json::{JsonString, Names, Object, Slot, Spans, elements, forget_nulls, normalize};
use crate::numeric_date::NumericDate;
use crate::time::Now;

/// The registered claims (RFC 7519 section 4.1).
pub(crate) const NAMES: Names = Names::new(&["aud", "exp", "iat", "iss", "jti", "nbf", "sub"]);

pub(crate) const AUDIENCE: Slot = NAMES.slot("aud");
const EXPIRATION: Slot = NAMES.slot("exp");
const ISSUED_AT: Slot = NAMES.slot("iat");
pub(crate) const ISSUER: Slot = NAMES.slot("iss");
pub(crate) const JWT_ID: Slot = NAMES.slot("jti");
const NOT_BEFORE: Slot = NAMES.slot("nbf");
pub(crate) const SUBJECT: Slot = NAMES.slot("sub");

/// The dates of a claims set.
#[derive(Default)]
pub(crate) struct Dates {
    pub(crate) expiration: Option<NumericDate>,
    pub(crate) not_before: Option<NumericDate>,
    pub(crate) issued_at: Option<NumericDate>,
}

impl Dates {
    /// Reads the dates. Each one that is present must be a number, even if no rule needs it.
    fn read(&mut self, claims: &Object<'_, '_>) -> Result<(), Error> {
        for (date, slot, otherwise) in [
            (&mut self.expiration, EXPIRATION, Error::InvalidExpiration),
            (&mut self.not_before, NOT_BEFORE, Error::InvalidNotBefore),
            (&mut self.issued_at, ISSUED_AT, Error::InvalidIssuedAt),
        ] {
            if let Some(value) = claims.named(slot) {
                *date = Some(NumericDate::parse(value, otherwise)?);
            }
        }
        Ok(())
    }

    /// `iat`, where a rule measures by it: an age, a lifetime, a revocation. It must be present,
    /// and not in the future: such a date would slip by any bound. Returns its whole seconds,
    /// rounded down.
    #[inline]
    pub(crate) fn issued_at_not_in_future(&self, now: &mut Now) -> Result<i64, Error> {
        let Some(issued_at) = &self.issued_at else { return Err(Error::MissingIssuedAt) };
        now.is_from(Error::IssuedInFuture, issued_at.rounded_up())?;
        Ok(issued_at.seconds)
    }
}

/// Parses a claims set, and checks the registered claims' types, even if no rule needs them.
/// Returns its normal form.
#[inline]
pub(crate) fn parse<'c>(
    text: &'c mut [u8],
    depth: u8,
    allow_mistyped: bool,
    spans: &mut Spans,
    dates: &mut Dates,
) -> Result<&'c [u8], Error> {
    let text = normalize(text, depth, &NAMES, Error::DuplicateClaim, spans)?;
    if allow_mistyped {
        forget_nulls(text, spans);
    }
    check(&Object { text, spans }, allow_mistyped, dates)?;
    Ok(text)
}

/// Checks the registered claims' types, even if no rule needs them, and reads the dates. Verifying
/// and signing share this function.
fn check(claims: &Object<'_, '_>, allow_mistyped: bool, dates: &mut Dates) -> Result<(), Error> {
    check_types(claims, allow_mistyped)?;
    dates.read(claims)
}

/// Checks the types of registered claims that were just written, each once. Returns whether there
/// is an expiration.
///
/// Reads no date, which saves 400 instructions of a typical token: in valid JSON, what begins as a
/// number is one.
#[cfg(feature = "sign")]
pub(crate) fn check_written(claims: &Object<'_, '_>) -> Result<bool, Error> {
    check_types(claims, false)?;
    for (slot, otherwise) in [
        (EXPIRATION, Error::InvalidExpiration),
        (NOT_BEFORE, Error::InvalidNotBefore),
        (ISSUED_AT, Error::InvalidIssuedAt),
    ] {
        if !matches!(claims.named(slot), None | Some([b'-' | b'0'..=b'9', ..])) {
            return Err(otherwise);
        }
    }
    Ok(claims.named(EXPIRATION).is_some())
}

/// Checks the types of the other registered claims, even if no rule needs them. `sub` and `jti` may
/// be allowed to be mistyped.
#[inline]
fn check_types(claims: &Object<'_, '_>, allow_mistyped: bool) -> Result<(), Error> {
    claims.is_string_if_present(ISSUER, Error::InvalidIssuer)?;
    if !allow_mistyped {
        claims.is_string_if_present(SUBJECT, Error::InvalidSubject)?;
        claims.is_string_if_present(JWT_ID, Error::InvalidJwtId)?;
    }
    let mut audiences = elements(claims.named(AUDIENCE).unwrap_or_default());
    if audiences.all(|name| name.starts_with(b"\"")) { Ok(()) } else { Err(Error::InvalidAudience) }
}

/// The one audience, or each one in the array.
pub(crate) fn audiences<'b>(
    claims: &Object<'b, '_>,
) -> impl Iterator<Item = JsonString<'b>> + use<'b> {
    elements(claims.named(AUDIENCE).unwrap_or_default()).filter_map(JsonString::parse)
}

/// The claims set of a verified token. Borrows the caller's buffer.
///
/// Size: 40 bytes on a 32-bit target, 80 on a 64-bit one.
#[derive(Clone, Copy)]
pub struct Claims<'b> {
    text: &'b [u8],
    spans: Spans,
}

impl<'b> Claims<'b> {
    pub(crate) const fn new(text: &'b [u8], spans: Spans) -> Self {
        Self { text, spans }
    }

    const fn object(&self) -> Object<'b, '_> {
        Object { text: self.text, spans: &self.spans }
    }

    /// `iss`: the issuer (RFC 7519 section 4.1.1).
    #[must_use]
    pub fn issuer(&self) -> Option<JsonString<'b>> {
        self.object().named_string(ISSUER)
    }

    /// `sub`: the subject, whom or what the token is about (RFC 7519 section 4.1.2). `None` also
    /// for one that is no string, which only
    /// [`allow_mistyped_registered_claims`](crate::PolicyBuilder::allow_mistyped_registered_claims)
    /// lets in.
    #[must_use]
    pub fn subject(&self) -> Option<JsonString<'b>> {
        self.object().named_string(SUBJECT)
    }

    /// `aud`: the audiences, for whom the token is: the one string, or each one in the array
    /// (RFC 7519 section 4.1.3).
    pub fn audiences(&self) -> impl Iterator<Item = JsonString<'b>> + use<'b> {
        audiences(&self.object())
    }

    /// `exp`: when the token stops being valid (RFC 7519 section 4.1.4).
    #[must_use]
    pub fn expiration(&self) -> Option<NumericDate> {
        self.date(EXPIRATION)
    }

    /// `nbf`: when the token starts being valid (RFC 7519 section 4.1.5).
    #[must_use]
    pub fn not_before(&self) -> Option<NumericDate> {
        self.date(NOT_BEFORE)
    }

    /// `iat`: when the token was issued (RFC 7519 section 4.1.6).
    #[must_use]
    pub fn issued_at(&self) -> Option<NumericDate> {
        self.date(ISSUED_AT)
    }

    fn date(&self, slot: Slot) -> Option<NumericDate> {
        NumericDate::parse(self.object().named(slot)?, Error::InvalidExpiration).ok()
    }

    /// `jti`: the token's ID (RFC 7519 section 4.1.7). `None` also for one that is no string, as
    /// [`subject`](Self::subject).
    #[must_use]
    pub fn jwt_id(&self) -> Option<JsonString<'b>> {
        self.object().named_string(JWT_ID)
    }

    /// Reads any claim by its name: a number, a `bool`, a string, a struct, an `Option` for a claim
    /// that may be `null`, and so on, by the rules of [`read`](Self::read).
    ///
    /// # Errors
    /// [`Error::MissingMember`] if the claim is missing, [`Error::DuplicateClaim`] if it appears
    /// twice, [`Error::UnreadableValue`] if it doesn't fit `T`, [`Error::ScratchTooSmall`] if it
    /// has a string that is too long to be decoded.
    pub fn get<T: Deserialize<'b>>(&self, name: &str) -> Result<T, Error> {
        self.get_with_scratch(name, &mut [])
    }

    /// Reads any claim by its name, with memory for decoding strings, as
    /// [`read_with_scratch`](Self::read_with_scratch) does.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn get_with_scratch<T: Deserialize<'b>>(
        &self,
        name: &str,
        scratch: &mut [u8],
    ) -> Result<T, Error> {
        read(self.text, self.find(name)?, scratch)
    }

    /// Reads a string claim by its name. Unlike a `&str`, it may contain escapes.
    ///
    /// # Errors
    /// [`Error::MissingMember`] if the claim is missing, [`Error::DuplicateClaim`] if it appears
    /// twice, [`Error::UnreadableValue`] if it isn't a string.
    pub fn string(&self, name: &str) -> Result<JsonString<'b>, Error> {
        read_string(self.text, self.find(name)?)
    }

    fn find(&self, name: &str) -> Result<&'b [u8], Error> {
        let value = self.object().find_by(&NAMES, name, Error::DuplicateClaim)?;
        value.ok_or(Error::MissingMember)
    }

    /// Reads the claims into a struct of your own that derives `Deserialize`.
    ///
    /// Claims without a field are skipped, unless the struct denies unknown fields. If a field's
    /// name appears twice, the claims set is refused; a map keeps the last of equal names (RFC 7519
    /// section 4 allows both). A map's keys can be strings, characters, integers, `bool`s, and
    /// enums without content. A number must fit its type. Nested types need stack for each level.
    ///
    /// A few strings need escapes in JSON: those with `"`, `\` or a control character, as in
    /// `"CORP\\erika"`. All types that own their string, such as `String`, `heapless::String` or an
    /// owned `Cow`, take these decoded. A `&str` borrows the buffer, where the escapes are, so it
    /// refuses them, and never gets them half decoded. Decoding such a string takes 256 bytes of
    /// stack, and allows 256 bytes of string, for the time that the string is copied; a longer one
    /// needs [`read_with_scratch`](Self::read_with_scratch), or the feature `alloc`, which decodes
    /// it on the heap.
    ///
    /// A verified token can be read as often as you like. So if reading fails, read again in
    /// another way; don't verify again, which a replay guard would refuse.
    ///
    /// # Errors
    /// [`Error::UnreadableValue`] if a field is missing, appears twice or doesn't fit; it says
    /// where. [`Error::ScratchTooSmall`] if a string is too long to be decoded; it says how long.
    pub fn read<T: Deserialize<'b>>(&self) -> Result<T, Error> {
        self.read_with_scratch(&mut [])
    }

    /// Reads the claims into a struct of your own, with memory for decoding strings.
    ///
    /// Use it if strings with escapes may be longer than 256 bytes. `scratch` must be as long as
    /// the longest of them. As many bytes as the token has are always enough.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn read_with_scratch<T: Deserialize<'b>>(&self, scratch: &mut [u8]) -> Result<T, Error> {
        read(self.text, self.text, scratch)
    }

    /// The whole claims set as JSON, in normal form: without white space and needless escapes.
    ///
    /// Claims that nothing has read may appear twice in it, and parsers differ in which one they
    /// take. So rather [`get`](Self::get) the claims you need than parse this again.
    #[must_use]
    pub fn as_json(&self) -> &'b str {
        self.object().as_json()
    }
}

/// Shows nothing of the token.
impl fmt::Debug for Claims<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claims").finish_non_exhaustive()
    }
}
