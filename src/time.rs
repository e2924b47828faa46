//! [`Time`], what the caller knows of the time, and [`Now`], what the rules make of it.

use crate::Error;
use crate::numeric_date::NEVER;

/// What you know of the time now, in whole seconds since 1970-01-01T00:00:00Z without leap seconds,
/// as a NumericDate counts them (RFC 7519 section 2). 16 bytes.
///
/// A clock of whole seconds is up to a second behind. If the issuer writes fractions of a second, a
/// token's `nbf` or `iat` may then seem to lie in the future: allow for a
/// [leeway](crate::PolicyBuilder::leeway) of at least 1.
///
/// The crate reads no clock: you say what you know, and how well. If that doesn't tell whether a
/// token is valid, the token is refused with [`Error::TimeUnknown`](crate::Error::TimeUnknown),
/// unless the policy accepts it. Never pass a clock that may have been reset as
/// [`Known`](Self::Known): a [`TimeFloor`](crate::TimeFloor) finds out some that were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "there is no fourth state of knowledge")]
pub enum Time {
    /// It is this time: the clock was set and can be trusted.
    Known(u64),
    /// It is this time or later, nobody knows how much later: the clock may have been reset, and
    /// the time is a floor such as the build time or the newest authenticated `iat`.
    ///
    /// A token that had expired by then has expired, and an `nbf` that was reached by then is
    /// reached. Nobody knows whether a token has expired since.
    AtLeast(u64),
    /// You know nothing of the time.
    Unknown,
}

/// The times that it may be now. Each rule narrows them to those at which the token is valid.
#[derive(Clone)]
pub(crate) struct Now {
    first: i64,
    last: i64,
    /// How far the clocks of the issuer and of this device may differ, in seconds.
    leeway: i64,
    allow_uncertain: bool,
}

/// The latest time that it may be, in seconds since 1970: after every date but those that never
/// come, so that nothing overflows where a leeway or a lifetime is added.
const LATEST: i64 = NEVER / 2;

impl Now {
    pub(crate) fn new(time: Time, leeway: u32, allow_uncertain: bool) -> Self {
        let (first, last) = match time {
            Time::Known(now) => (now, now),
            Time::AtLeast(floor) => (floor, u64::MAX),
            Time::Unknown => (0, u64::MAX),
        };
        let [first, last] = [first, last].map(|time| time.min(LATEST as u64) as i64);
        Self { first, last, leeway: i64::from(leeway), allow_uncertain }
    }

    /// Requires that it is `first` or later, with the leeway; returns the error otherwise.
    #[inline(never)]
    pub(crate) fn is_from(&mut self, otherwise: Error, first: i64) -> Result<(), Error> {
        let first = first - self.leeway;
        if first > self.last {
            return Err(otherwise);
        }
        if first > self.first {
            self.first = first;
            return self.check_uncertain();
        }
        Ok(())
    }

    /// Requires that it is `last` or earlier, with the leeway; returns the error otherwise.
    #[inline(never)]
    pub(crate) fn is_until(&mut self, otherwise: Error, last: i64) -> Result<(), Error> {
        let last = last + self.leeway;
        if last < self.first {
            return Err(otherwise);
        }
        if last < self.last {
            self.last = last;
            return self.check_uncertain();
        }
        Ok(())
    }

    /// Decides about a token that is valid at only some of the times that it may be now.
    const fn check_uncertain(&self) -> Result<(), Error> {
        if self.allow_uncertain { Ok(()) } else { Err(Error::TimeUnknown) }
    }

    /// Whether a token with this expiration, rounded up, has expired at every time that it may be
    /// now. `i64::MAX` never expires.
    pub(crate) fn is_past(&self, expiration: i64) -> bool {
        self.first >= expiration.saturating_add(self.leeway)
    }
}

/// Converts seconds of the public API to those of dates. Larger ones become `i64::MAX`.
pub(crate) fn to_i64(seconds: u64) -> i64 {
    i64::try_from(seconds).unwrap_or(i64::MAX)
}
