//! What the device knows of the time.

use crate::Error;

/// What is known of the time now, in whole seconds since 1970-01-01T00:00:00Z without leap
/// seconds, as NumericDate counts them (RFC 7519 section 2). 16 bytes.
///
/// The crate reads no clock: the caller says what it knows, and how well. What can't be told
/// from that is refused with [`Error::TimeUnknown`](crate::Error::TimeUnknown), unless the policy
/// opts out of it. Nothing is accepted because a clock reads 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[allow(clippy::exhaustive_enums, reason = "there is no fourth state of knowledge")]
pub enum Time {
    /// A clock that was set and is trusted.
    Known(u64),
    /// It is this time or later, how much later is not known: a clock that may have been reset,
    /// and a floor such as the build time or the newest authenticated `iat`.
    ///
    /// A token that had expired by then has expired; a token whose `nbf` was reached by then is
    /// valid as to `nbf`. Whether a token has expired since can't be told.
    AtLeast(u64),
    /// Nothing is known.
    Unknown,
}

/// The seconds that it may be now, as the rules that were looked at leave them.
pub(crate) struct Now {
    first: i64,
    last: i64,
    /// How far the clocks of the issuer and of this device may differ, in seconds.
    leeway: i64,
    accept_what_is_open: bool,
}

impl Now {
    pub(crate) fn new(time: Time, leeway: u32, accept_what_is_open: bool) -> Self {
        let (first, last) = match time {
            Time::Known(now) => (to_i64(now), to_i64(now)),
            Time::AtLeast(floor) => (to_i64(floor), i64::MAX),
            Time::Unknown => (0, i64::MAX),
        };
        Self { first, last, leeway: i64::from(leeway), accept_what_is_open }
    }

    /// It has to be `first` or later, give or take the leeway; else the error. Dates have no more
    /// than 18 digits, so nothing overflows, here and below.
    #[inline(never)]
    pub(crate) fn is_from(&mut self, otherwise: Error, first: i64) -> Result<(), Error> {
        let first = first - self.leeway;
        if first > self.last {
            return Err(otherwise);
        }
        if first > self.first {
            self.first = first;
            return self.accept_what_is_open();
        }
        Ok(())
    }

    /// It has to be `last` or earlier, give or take the leeway; else the error.
    #[inline(never)]
    pub(crate) fn is_until(&mut self, otherwise: Error, last: i64) -> Result<(), Error> {
        let last = last + self.leeway;
        if last < self.first {
            return Err(otherwise);
        }
        if last < self.last {
            self.last = last;
            return self.accept_what_is_open();
        }
        Ok(())
    }

    /// Some of the times that it may be now have fallen away: it is open whether the token is valid.
    const fn accept_what_is_open(&self) -> Result<(), Error> {
        if self.accept_what_is_open { Ok(()) } else { Err(Error::TimeUnknown) }
    }

    /// Whether a token with this expiration, rounded up, has expired whatever the time is. `i64::MAX` is
    /// never.
    pub(crate) fn is_past(&self, expiration: i64) -> bool {
        expiration < i64::MAX && self.first >= expiration.saturating_add(self.leeway)
    }
}

/// Seconds of the public API in the range of dates: the end of time for what is beyond it.
pub(crate) fn to_i64(seconds: u64) -> i64 {
    i64::try_from(seconds).unwrap_or(i64::MAX)
}
