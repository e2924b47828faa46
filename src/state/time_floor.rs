//! The time floor: the latest time known to have passed, for devices whose clock may be reset.

use super::records;
use crate::Error;
use crate::time::Time;
use crate::token::Token;

/// The latest time known to have passed: the build time, or the newest `iat` of a verified token.
/// With a clock, or without one, it gives the [`Time`] of a verification.
///
/// A device without a battery for its clock wakes up in 1970. It still knows that the time is later
/// than its firmware's build, and later than the newest token that it has verified. The floor only
/// rises:
///
/// - Only a verified token raises it; a forged one does nothing.
/// - A token raises it by at most `maximum_step` seconds. A token from further in the future, for
///   example because an issuer's clock was wrong for a moment, is ignored.
///
/// So one token moves the floor by at most `maximum_step`; several tokens, each further in the
/// future, move it by one step each. Choose the longest time that the device may go without any
/// token, such as a year. After a longer gap, only a newer build time helps. While the clock is
/// set, [`refuse_issued_in_future`](crate::PolicyBuilder::refuse_issued_in_future) keeps tokens
/// from the future away from the floor.
///
/// A floor that is too high never accepts an expired token. It refuses tokens that are still valid,
/// and it accepts tokens and keys too early: those whose `nbf` or start lies between the real time
/// and the floor.
///
/// Size: 16 bytes. Save it with [`to_bytes`](Self::to_bytes): after a power loss, the floor is the
/// last saved one.
///
/// ```
/// use embedded_jwt::{Time, TimeFloor};
///
/// const BUILT: u64 = 1_800_000_000;
/// const YEAR: u32 = 365 * 24 * 60 * 60;
/// # let saved = TimeFloor::new(1_800_000_123, YEAR).to_bytes();
/// let mut floor = TimeFloor::new(BUILT, YEAR);
/// floor.restore(&saved)?; // from flash
/// // The clock is not set, is behind the floor, or can be believed:
/// assert_eq!(floor.with_clock(Time::Unknown), Time::AtLeast(1_800_000_123));
/// assert_eq!(floor.with_clock(Time::Known(0)), Time::AtLeast(1_800_000_123));
/// assert_eq!(floor.with_clock(Time::Known(1_800_000_200)), Time::Known(1_800_000_200));
/// # Ok::<(), embedded_jwt::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct TimeFloor {
    seconds: u64,
    maximum_step: u32,
}

impl TimeFloor {
    const KIND: u8 = b'F';

    /// The length of a saved floor in bytes.
    pub const SAVED_LENGTH: usize = records::saved_length::<0>(0);

    /// A floor at the build time, in seconds since 1970. One token raises it by at most
    /// `maximum_step` seconds.
    #[must_use]
    pub const fn new(build_time: u64, maximum_step: u32) -> Self {
        Self { seconds: build_time, maximum_step }
    }

    /// The floor in seconds since 1970.
    #[must_use]
    pub const fn seconds(&self) -> u64 {
        self.seconds
    }

    /// The time for a verification: what the clock says, where it does not contradict the floor.
    ///
    /// A clock that is behind the floor lies, as one does that was reset, or set by GPS to a time
    /// 1,024 weeks ago. Then it is known only that the floor has passed.
    #[must_use]
    pub fn with_clock(&self, clock: Time) -> Time {
        match clock {
            Time::Known(now) if now >= self.seconds => clock,
            Time::Known(_) | Time::Unknown => Time::AtLeast(self.seconds),
            Time::AtLeast(other) => Time::AtLeast(self.seconds.max(other)),
        }
    }

    /// The floor without a clock. It is easily passed over where a clock is set.
    #[doc(hidden)]
    #[deprecated(since = "0.2.0", note = "use `with_clock`, which also refuses a clock that lies")]
    #[must_use]
    pub const fn time(&self) -> Time {
        Time::AtLeast(self.seconds)
    }

    /// Raises the floor to a verified token's `iat`, or to its `nbf` if it has no `iat`, rounded
    /// down. Returns whether the floor rose; if so, save it.
    ///
    /// `nbf` is less reliable, because an issuer may make tokens for next week. Tokens with `iat`
    /// avoid it.
    pub fn raise(&mut self, token: &Token<'_>) -> bool {
        let claims = token.claims();
        let witness = claims.issued_at().or(claims.not_before());
        let Some(seconds) = witness.and_then(|date| u64::try_from(date.seconds()).ok()) else {
            return false;
        };
        let highest = self.seconds.saturating_add(u64::from(self.maximum_step));
        let rises = seconds > self.seconds && seconds <= highest;
        if rises {
            self.seconds = seconds;
        }
        rises
    }

    /// The floor as bytes: `F`, the version 1, the seconds with their most significant byte first
    /// (8 bytes), and the first 8 bytes of the SHA-256 of these 10.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Self::SAVED_LENGTH] {
        let mut saved = [0; Self::SAVED_LENGTH];
        records::write::<0>(Self::KIND, self.seconds.cast_signed(), &[], &mut saved);
        saved
    }

    /// Raises the floor to a saved one. A newer build time stays.
    ///
    /// # Errors
    /// [`Error::InvalidSavedState`] for bytes that are damaged or something else, such as erased
    /// flash. The floor stays unchanged.
    pub fn restore(&mut self, saved: &[u8]) -> Result<(), Error> {
        match records::read(Self::KIND, saved)? {
            (seconds, []) => {
                self.seconds = self.seconds.max(seconds.cast_unsigned());
                Ok(())
            }
            _ => Err(Error::InvalidSavedState),
        }
    }
}
