//! `defmt::Format`, for a log on a probe, where deriving it would show too much or nothing
//! readable. What belongs to a token or a key is shown as by `Debug`.

use defmt::{Format, Formatter, write};

use crate::json::JsonString;
use crate::key::set::KeySet;
use crate::numeric_date::NumericDate;
use crate::state::replay::ReplayGuard;
use crate::state::revocation::Revocations;
use crate::state::time_floor::TimeFloor;
use crate::time::Time;

/// A time in seconds since 1970, as a date if its year has four digits: a decoder may know no
/// other.
struct Seconds(i64);

impl Format for Seconds {
    fn format(&self, f: Formatter<'_>) {
        match self.0 {
            seconds @ 0..=253_402_300_799 => write!(f, "{=u64:iso8601s}", seconds.cast_unsigned()),
            seconds => write!(f, "{=i64}", seconds),
        }
    }
}

/// A date that no `i64` has is as far away as one that does.
impl From<u64> for Seconds {
    fn from(seconds: u64) -> Self {
        Self(seconds.try_into().unwrap_or(i64::MAX))
    }
}

/// Shows date and time, and a fraction of a second behind it.
impl Format for NumericDate {
    fn format(&self, f: Formatter<'_>) {
        match self.subsec_nanoseconds() {
            0 => write!(f, "{}", Seconds(self.seconds())),
            fraction => write!(f, "{} + {=u32} ns", Seconds(self.seconds()), fraction),
        }
    }
}

/// Shows date and time.
impl Format for Time {
    fn format(&self, f: Formatter<'_>) {
        match *self {
            Self::Known(seconds) => write!(f, "Known({})", Seconds::from(seconds)),
            Self::AtLeast(seconds) => write!(f, "AtLeast({})", Seconds::from(seconds)),
            Self::Unknown => write!(f, "Unknown"),
        }
    }
}

/// Shows date and time.
impl Format for TimeFloor {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "TimeFloor({})", Seconds::from(self.seconds()));
    }
}

/// Shows the string as JSON, between quotes.
impl Format for JsonString<'_> {
    fn format(&self, f: Formatter<'_>) {
        let text = core::str::from_utf8(self.encoded()).unwrap_or_default();
        write!(f, "\"{=str}\"", text);
    }
}

/// Shows how many tokens it remembers, of how many.
impl<const N: usize> Format for ReplayGuard<N> {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "ReplayGuard({=usize} of {=usize})", self.len(), N);
    }
}

/// Shows how many names it has, of how many.
impl<const N: usize> Format for Revocations<N> {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "Revocations({=usize} of {=usize})", self.len(), N);
    }
}

/// Shows how many keys there are, of how many, and nothing else.
impl<K, const KEYS: usize, const KEY_ID: usize> Format for KeySet<'_, K, KEYS, KEY_ID> {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "KeySet({=usize} of {=usize})", self.len(), KEYS);
    }
}
