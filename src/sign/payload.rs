//! What is signed: a claims set that is a value or a text, or anything else.

use serde::Serialize;

use super::json::{self, Outermost};
use super::names::is_any_twice;
use super::stamp::Stamp;
use super::writer::Writer;
use crate::Error;
use crate::claims::{self, Dates};
use crate::json::{MAX_DEPTH, Object, Spans};

/// What is signed. A type for each kind, so that only those are linked that are used.
pub(super) trait Payload {
    const IS_CLAIMS_SET: bool;

    /// Whether the check leaves the normal form of what was written.
    const IS_CHANGED_BY_CHECK: bool;

    /// What is known of the payload once it is written.
    type Noted;

    /// Writes the payload, which begins at an index. If it begins before the end of what is there,
    /// these are the first members of an object.
    fn write(&self, start: usize, writer: &mut Writer<'_>) -> Result<Self::Noted, Error>;

    /// Checks what was written, as a verifier does, and that no name stands twice.
    fn check(
        &self,
        noted: Self::Noted,
        allow_missing_expiration: bool,
        written: &mut [u8],
    ) -> Result<(), Error>;
}

/// A value that serializes to a claims set. It is written in normal form, and only once, since a
/// type could write something else the next time.
pub(super) struct Value<'p, T: ?Sized>(pub(super) &'p T);

impl<T: Serialize + ?Sized> Payload for Value<'_, T> {
    const IS_CLAIMS_SET: bool = true;
    const IS_CHANGED_BY_CHECK: bool = false;

    /// Where the registered claims are, and whether a name may stand twice.
    type Noted = (Spans, bool);

    fn write(&self, start: usize, writer: &mut Writer<'_>) -> Result<Self::Noted, Error> {
        let mut outermost = Outermost::new(start, writer.length() > start);
        json::write(self.0, writer, &mut outermost)?;
        Ok((outermost.spans, outermost.seen.is_any_again()))
    }

    fn check(
        &self,
        (spans, is_any_again): Self::Noted,
        allow_missing_expiration: bool,
        text: &mut [u8],
    ) -> Result<(), Error> {
        if is_any_again {
            return check_text(text, allow_missing_expiration);
        }
        // Nothing but an object ends with a brace.
        if !text.ends_with(b"}") {
            return Err(Error::InvalidJson);
        }
        let has_expiration = claims::check_written(&Object { text, spans: &spans })?;
        check_expiration(has_expiration, allow_missing_expiration)
    }
}

/// A claims set as JSON text. It is signed as it is, or its members are, where others are before.
pub(super) struct Text<'p, const IS_OPEN: bool>(pub(super) &'p str);

impl<const IS_OPEN: bool> Payload for Text<'_, IS_OPEN> {
    const IS_CLAIMS_SET: bool = true;
    const IS_CHANGED_BY_CHECK: bool = true;
    type Noted = ();

    fn write(&self, _: usize, writer: &mut Writer<'_>) -> Result<(), Error> {
        if IS_OPEN {
            writer.put_members_of(self.0);
        } else {
            writer.put(self.0.as_bytes());
        }
        Ok(())
    }

    fn check(&self, (): (), allow_missing_expiration: bool, text: &mut [u8]) -> Result<(), Error> {
        check_text(text, allow_missing_expiration)
    }
}

/// A claims set whose first members are a stamp's.
pub(super) struct Stamped<'p, P> {
    pub(super) stamp: &'p Stamp<'p>,
    pub(super) claims: P,
}

impl<P: Payload> Payload for Stamped<'_, P> {
    const IS_CLAIMS_SET: bool = true;
    const IS_CHANGED_BY_CHECK: bool = P::IS_CHANGED_BY_CHECK;
    type Noted = P::Noted;

    fn write(&self, start: usize, writer: &mut Writer<'_>) -> Result<P::Noted, Error> {
        self.stamp.write(writer);
        self.claims.write(start, writer)
    }

    /// A stamp has an expiration.
    fn check(&self, noted: P::Noted, _: bool, written: &mut [u8]) -> Result<(), Error> {
        self.claims.check(noted, true, written)
    }
}

/// Checks a claims set in any form, and leaves its normal form.
fn check_text(text: &mut [u8], allow_missing_expiration: bool) -> Result<(), Error> {
    let (mut spans, mut dates) = (Spans::default(), Dates::default());
    let text = claims::parse(text, MAX_DEPTH, false, &mut spans, &mut dates)?;
    if is_any_twice(text) {
        return Err(Error::DuplicateClaim);
    }
    check_expiration(dates.expiration.is_some(), allow_missing_expiration)
}

fn check_expiration(is_there: bool, allow_missing: bool) -> Result<(), Error> {
    if is_there || allow_missing { Ok(()) } else { Err(Error::MissingExpiration) }
}

/// Anything, which is not checked.
impl Payload for &[u8] {
    const IS_CLAIMS_SET: bool = false;
    const IS_CHANGED_BY_CHECK: bool = false;
    type Noted = ();

    fn write(&self, _: usize, writer: &mut Writer<'_>) -> Result<(), Error> {
        writer.put(self);
        Ok(())
    }

    fn check(&self, (): (), _: bool, _: &mut [u8]) -> Result<(), Error> {
        Ok(())
    }
}
