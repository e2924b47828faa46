//! What the device knows of the time.

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

impl Time {
    /// The earliest and the latest time that it may be now.
    pub(crate) fn bounds(self) -> (i64, i64) {
        let seconds = |seconds: u64| i64::try_from(seconds).unwrap_or(i64::MAX);
        match self {
            Self::Known(now) => (seconds(now), seconds(now)),
            Self::AtLeast(floor) => (seconds(floor), i64::MAX),
            Self::Unknown => (0, i64::MAX),
        }
    }
}
