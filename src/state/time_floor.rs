//! A floor under the time, for devices whose clock may have been reset.

use super::saved;
use crate::Error;
use crate::time::Time;
use crate::token::Token;

/// The latest time that is known to have passed: the build time, or the newest `iat` of a verified
/// token. It feeds [`Time::AtLeast`].
///
/// A device without a battery for its clock wakes up in 1970. What it can know all the same is that
/// it is later than when its firmware was built, and later than when the newest token that it
/// has verified was issued. The floor only rises:
///
/// - by a token that was verified, so a forged one does nothing;
/// - by at most `maximum_step` seconds for each token. One that claims to be from further in the
///   future, because an issuer's clock was wrong for a moment, is passed over, and moves nothing.
///
/// So a single token moves the floor by at most `maximum_step`, and several, each further in the future,
/// by a step each. Choose for it the longest time that
/// the device may be without any token, such as a year; when it has been longer, only a newer build
/// time helps. While a clock is set, [`refuse_issued_in_future`](crate::PolicyBuilder::refuse_issued_in_future)
/// keeps tokens from the future away from the floor.
///
/// A floor that is too high never accepts what has expired. It refuses tokens that are still good, and
/// takes those for good whose `nbf` is up to as far in the future, and so with keys that are not good
/// yet.
///
/// Size: 16 bytes. [`to_bytes`](Self::to_bytes) is for persisting it: after a power loss the floor is
/// what was saved last.
///
/// ```
/// use embedded_jwt::{Time, TimeFloor};
///
/// const BUILT: u64 = 1_800_000_000;
/// const YEAR: u32 = 365 * 24 * 60 * 60;
/// # let saved = TimeFloor::new(1_800_000_123, YEAR).to_bytes();
/// let mut floor = TimeFloor::new(BUILT, YEAR);
/// floor.restore(&saved)?; // from flash
/// assert_eq!(floor.time(), Time::AtLeast(1_800_000_123));
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
    pub const SAVED_LENGTH: usize = saved::length(0, 0);

    /// A floor at the build time, in seconds since 1970, which a token raises by at most
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

    /// What is known of the time: it is the floor or later.
    #[must_use]
    pub const fn time(&self) -> Time {
        Time::AtLeast(self.seconds)
    }

    /// Raises the floor to the time at which a verified token was issued: its `iat`, or its `nbf`
    /// if it has no `iat`, rounded down. Whether it rose, and is to be saved.
    ///
    /// `nbf` is the weaker witness: an issuer may make tokens for next week. With `iat` in all
    /// tokens, it is not looked at.
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

    /// The floor as bytes: `F`, the version 1, the seconds with the most significant byte first,
    /// and the first 8 bytes of the SHA-256 of these 10.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Self::SAVED_LENGTH] {
        let mut saved = [0; Self::SAVED_LENGTH];
        saved::write(Self::KIND, self.seconds.cast_signed(), core::iter::empty(), &mut saved);
        saved
    }

    /// Raises the floor to one that was saved. A newer build time stays.
    ///
    /// # Errors
    /// [`Error::InvalidSavedState`] for bytes that are damaged or something else, such as erased
    /// flash; the floor is as it was.
    pub fn restore(&mut self, saved: &[u8]) -> Result<(), Error> {
        match saved::read::<1>(Self::KIND, saved)? {
            (seconds, []) => {
                self.seconds = self.seconds.max(seconds.cast_unsigned());
                Ok(())
            }
            _ => Err(Error::InvalidSavedState),
        }
    }
}
