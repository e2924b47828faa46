//! What the caller knows of the time.

use embedded_jwt::Time;

use crate::error::{EJWT_UNKNOWN_VALUE, Refusal};

/// What you know of the time now, in whole seconds since 1970-01-01T00:00:00Z without leap seconds.
/// The library reads no clock. If what you know doesn't tell whether a token is valid, it is
/// refused with `EJWT_TIME_UNKNOWN`, unless the policy accepts it. All zeros say that nothing is
/// known.
///
/// Made by `ejwt_time_known`, `ejwt_time_at_least` and `ejwt_time_unknown`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ejwt_time {
    /// Seconds since 1970.
    pub seconds: u64,
    /// How well it is known: `EJWT_KNOWN`, `EJWT_AT_LEAST`, or 0 for not at all.
    pub knowledge: u32,
}

/// It is this time: the clock was set and can be trusted.
pub const EJWT_KNOWN: u32 = 1;
/// It is this time or later, nobody knows how much later.
pub const EJWT_AT_LEAST: u32 = 2;

impl ejwt_time {
    pub(crate) fn read(self) -> Result<Time, Refusal> {
        match self.knowledge {
            0 => Ok(Time::Unknown),
            EJWT_KNOWN => Ok(Time::Known(self.seconds)),
            EJWT_AT_LEAST => Ok(Time::AtLeast(self.seconds)),
            _ => Err(EJWT_UNKNOWN_VALUE.into()),
        }
    }

    pub(crate) fn write(time: Time) -> Self {
        let (seconds, knowledge) = match time {
            Time::Known(seconds) => (seconds, EJWT_KNOWN),
            Time::AtLeast(seconds) => (seconds, EJWT_AT_LEAST),
            Time::Unknown => (0, 0),
        };
        Self { seconds, knowledge }
    }
}

/// It is this time, in seconds since 1970: the clock was set and can be trusted. Never pass a clock
/// that may have been reset.
#[unsafe(no_mangle)]
pub extern "C" fn ejwt_time_known(seconds: u64) -> ejwt_time {
    ejwt_time { seconds, knowledge: EJWT_KNOWN }
}

/// It is this time or later, in seconds since 1970: the clock may have been reset, and the time is
/// a floor, such as the build time or the newest `iat` of a verified token.
#[unsafe(no_mangle)]
pub extern "C" fn ejwt_time_at_least(seconds: u64) -> ejwt_time {
    ejwt_time { seconds, knowledge: EJWT_AT_LEAST }
}

/// Nothing is known of the time.
#[unsafe(no_mangle)]
pub extern "C" fn ejwt_time_unknown() -> ejwt_time {
    ejwt_time { seconds: 0, knowledge: 0 }
}
