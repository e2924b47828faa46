//! The replay guard: refuses a token that was accepted before.

use core::fmt;

use heapless::Vec;

use super::records::{self, Latest, Record};
use crate::Error;
use crate::check::Presented;

/// The last question of a verification: was this token accepted before?
///
/// [`ReplayGuard`] answers it from fixed storage; `()` accepts every token. A gateway can implement
/// this trait with a database that several processes share.
pub trait Replay {
    /// Remembers a token that has passed every other check.
    ///
    /// Look up and remember in one step, so that one of two simultaneous copies is refused.
    ///
    /// # Errors
    /// [`Error::Replayed`] for a token that was accepted before, [`Error::MissingJwtId`] for one
    /// that can't be told from others, [`Error::RecordsUnavailable`] if the records can't be read.
    /// The token is refused, and must not be remembered.
    fn admit(&mut self, token: &Presented<'_>) -> Result<(), Error>;
}

/// Accepts a token again and again until it expires.
impl Replay for () {
    fn admit(&mut self, _token: &Presented<'_>) -> Result<(), Error> {
        Ok(())
    }
}

/// What a [`ReplayGuard`] does with a new token when it is full and none of its tokens has
/// certainly expired. 1 byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[allow(clippy::exhaustive_enums, reason = "either the new token or an old one has to go")]
pub enum WhenFull {
    /// Refuses it ([`Error::ReplayGuardFull`]) until one of the others has expired.
    Refuse,
    /// Forgets the token that expires first, to make room. From then on, tokens that expire no
    /// later than the forgotten one are refused ([`Error::ReplayNotExcluded`]), since each of them
    /// might be the forgotten one. If the new token itself expires first, it is refused
    /// ([`Error::ReplayGuardFull`]).
    EvictFirstToExpire,
}

/// Remembers up to `N` accepted tokens until they expire, and refuses them when they come again.
///
/// Pass it to [`Verifier::verify_with`](crate::Verifier::verify_with). It is asked after every
/// other check, so a forged, expired or revoked token is never remembered. It looks up and
/// remembers in one step: if two copies of a token are verified, the second is refused, even if
/// the first was never used.
///
/// **One guard never accepts a token twice**, however small it is, and even if the clock is set
/// back. A new one knows nothing of what was accepted before: [`restore`](Self::restore) it, or
/// refuse tokens that were issued before it was made. The guard keeps the latest expiration of all
/// tokens that it has forgotten, whether they had expired or made room for others, and refuses
/// every new token that expires no later. If the guard is too small, good tokens are refused: see
/// [`WhenFull`]. Tokens without `exp` are never forgotten.
///
/// Size: 24 bytes for each token, and 24. Each verification compares with each remembered token.
///
/// # Power loss
///
/// A power loss erases what was not saved. So [`save`](Self::save) the guard **after** a token is
/// accepted and **before** you act on it. Save to three places in turn, each with the length, a
/// number that counts up, and a check over all; the saved form includes none of them. At the start,
/// [`restore`](Self::restore) from the whole place with the highest number. A power loss then costs
/// at most one unused token, and no token is used twice. If no place is whole, and this is not the
/// first start, nobody knows which tokens were accepted. `examples/door-lock/src/storage.rs` does
/// all that.
pub struct ReplayGuard<const N: usize> {
    tokens: Vec<Remembered, N>,
    /// The latest expiration of all tokens that were forgotten.
    forgotten: Latest,
    when_full: WhenFull,
}

/// A token and its expiration.
type Remembered = Record<1>;

impl<const N: usize> ReplayGuard<N> {
    const KIND: u8 = b'R';

    /// The most bytes that [`save`](Self::save) writes: 18, and 24 for each of `N` tokens.
    pub const MAX_SAVED_LENGTH: usize = records::saved_length::<1>(N);

    /// A guard that remembers nothing yet.
    #[must_use]
    pub const fn new(when_full: WhenFull) -> Self {
        Self { tokens: Vec::new(), forgotten: Latest::NONE, when_full }
    }

    /// The number of remembered tokens. Some of them may have expired.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Whether no token is remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    /// Writes the guard to the start of `memory` and returns the written bytes: `R`, the version 1,
    /// the latest forgotten expiration (8 bytes), for each token its fingerprint (16) and its
    /// expiration (8), and the first 8 bytes of the SHA-256 of everything before. Numbers have
    /// their most significant byte first.
    ///
    /// # Errors
    /// [`Error::BufferTooSmall`] says how many bytes are needed, up to 65,535.
    pub fn save<'m>(&self, memory: &'m mut [u8]) -> Result<&'m [u8], Error> {
        records::save(Self::KIND, self.forgotten.get(), &self.tokens, memory)
    }

    /// Replaces everything remembered by what was saved. Call it at the start, before the first
    /// token.
    ///
    /// # Errors
    /// [`Error::InvalidSavedState`] for bytes that are incomplete, damaged or something else,
    /// [`Error::ReplayGuardFull`] for more than `N` tokens. The guard stays unchanged.
    pub fn restore(&mut self, saved: &[u8]) -> Result<(), Error> {
        let full = Error::ReplayGuardFull;
        self.forgotten = Latest::new(records::restore(Self::KIND, saved, &mut self.tokens, full)?);
        Ok(())
    }

    /// Forgets tokens that have certainly expired.
    fn forget_past(&mut self, token: &Presented<'_>) {
        let forgotten = &mut self.forgotten;
        records::remove(&mut self.tokens, |remembered| {
            let [expiration] = remembered.times;
            let is_past = token.is_past(expiration);
            if is_past {
                forgotten.raise(expiration);
            }
            is_past
        });
    }

    /// Replaces the token that expires first by a new one, if [`WhenFull`] allows that and the new
    /// one expires later.
    fn evict_for(&mut self, token: Remembered) -> Result<(), Error> {
        let first = self.tokens.iter_mut().min_by_key(|remembered| remembered.times[0]);
        match (self.when_full, first) {
            (WhenFull::EvictFirstToExpire, Some(first)) if first.times[0] < token.times[0] => {
                self.forgotten.raise(first.times[0]);
                *first = token;
                Ok(())
            }
            _ => Err(Error::ReplayGuardFull),
        }
    }
}

impl<const N: usize> Replay for ReplayGuard<N> {
    fn admit(&mut self, token: &Presented<'_>) -> Result<(), Error> {
        let fingerprint = token.fingerprint()?;
        let expiration = token.expiration();
        let known = self.tokens.iter_mut().find(|known| known.fingerprint == fingerprint);
        match known {
            Some(known) if !token.is_past(known.times[0]) => Err(Error::Replayed),
            // The issuer reused the `jti` of an expired token.
            Some(known) => {
                known.times[0] = expiration.max(known.times[0]);
                Ok(())
            }
            None if expiration <= self.forgotten.get() => Err(Error::ReplayNotExcluded),
            None => {
                if self.tokens.is_full() {
                    self.forget_past(token);
                }
                let new = Record { fingerprint, times: [expiration] };
                self.tokens.push(new).or_else(|new| self.evict_for(new))
            }
        }
    }
}

/// Shows how many tokens are remembered, and nothing else.
impl<const N: usize> fmt::Debug for ReplayGuard<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplayGuard").field("len", &self.len()).finish_non_exhaustive()
    }
}
