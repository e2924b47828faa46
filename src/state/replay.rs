//! Tokens that were accepted before: remembered until they expire.

use core::fmt;

use heapless::Vec;

use super::fingerprint::{self, FINGERPRINT_LENGTH, Fingerprint, SEPARATOR};
use super::{list, saved};
use crate::Error;
use crate::claims::{Dates, ISSUER, JWT_ID};
use crate::json::Object;
use crate::time::Now;

/// What a verification asks last of all: whether a token was accepted before.
///
/// [`ReplayGuard`] is the one in fixed storage, and `()` asks nothing. A gateway with a database that
/// several processes share implements this trait to stand in for it.
pub trait Replay {
    /// Remembers a token about which everything else holds.
    ///
    /// Looking up and remembering have to be one step: of two that come with one token at the same
    /// time, one is refused.
    ///
    /// # Errors
    /// [`Error::Replayed`] for a token that was accepted before, [`Error::MissingJwtId`] for one that
    /// can't be told from another, [`Error::RecordsUnavailable`] if there is no answer to be had. The
    /// token is refused, and not to be remembered.
    fn admit(&mut self, token: &Presented<'_>) -> Result<(), Error>;
}

/// Any token may be presented again and again until it expires.
impl Replay for () {
    fn admit(&mut self, _token: &Presented<'_>) -> Result<(), Error> {
        Ok(())
    }
}

/// A token about which everything else holds, as [`Replay`] sees it.
pub struct Presented<'t> {
    pub(crate) claims: &'t Object<'t, 't>,
    pub(crate) dates: &'t Dates,
    pub(crate) signature: &'t [u8],
    /// Whether the signature stands in for a missing `jti`.
    pub(crate) by_signature: bool,
    /// As the caller said it, before any rule narrowed it.
    pub(crate) now: Now,
}

impl Presented<'_> {
    /// 16 bytes that tell this token from others: of the SHA-256 of its `iss` and `jti`, or, if the
    /// policy [allows](crate::PolicyBuilder::allow_missing_jwt_id) a missing `jti`, of its MAC.
    ///
    /// A `jti` of one issuer says nothing of another issuer's.
    ///
    /// # Errors
    /// [`Error::MissingJwtId`] if there is none.
    pub fn fingerprint(&self) -> Result<[u8; FINGERPRINT_LENGTH], Error> {
        let Some(jwt_id) = self.claims.named_string(JWT_ID) else {
            return if self.by_signature {
                Ok(fingerprint::of_signature(self.signature))
            } else {
                Err(Error::MissingJwtId)
            };
        };
        let issuer = self.claims.named_string(ISSUER);
        let issuer = issuer.into_iter().flat_map(|issuer| issuer.bytes().chain([SEPARATOR]));
        Ok(fingerprint::of_name("token", issuer.chain(jwt_id.bytes())))
    }

    /// `exp` in whole seconds, rounded up; `i64::MAX` for a token that never expires.
    #[must_use]
    pub fn expiration(&self) -> i64 {
        self.dates.expiration.map_or(i64::MAX, |expiration| expiration.rounded_up())
    }

    /// Whether a token with this expiration can't be accepted any more, whatever the time is now:
    /// then there is no need to remember it. The policy's leeway is included.
    #[must_use]
    pub fn is_past(&self, expiration: i64) -> bool {
        self.now.is_past(expiration)
    }
}

/// Shows nothing of the token.
impl fmt::Debug for Presented<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Presented").finish_non_exhaustive()
    }
}

/// What a [`ReplayGuard`] does with a new token when it is full of tokens that may not have expired.
/// 1 byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "either the new token or an old one has to go")]
pub enum WhenFull {
    /// Refuses it ([`Error::ReplayGuardFull`]), until one of the others has expired.
    Refuse,
    /// Forgets the token that expires first to make room for it. From then on, whatever expires no
    /// later than the forgotten one is refused ([`Error::ReplayNotExcluded`]), for it may be that
    /// one. If the new token itself is the one that expires first, it is refused, as above.
    EvictFirstToExpire,
}

/// Remembers up to `N` accepted tokens until they expire, and refuses them when they come again.
///
/// Given to [`Verifier::verify_with`](crate::Verifier::verify_with), which asks it after all else: a
/// forged, expired or revoked token is never remembered. Looking up and remembering is one step, so
/// that of two copies verified one after the other the second is refused, whatever becomes of the
/// first.
///
/// **No token is ever accepted twice**, however small the guard, and if the clock is set back: the
/// guard keeps the latest expiration of all tokens that it has forgotten, because they had expired or
/// for want of room, and refuses whatever expires no later. What it costs to be too small is
/// [`WhenFull`]'s to say. Tokens without `exp` are never forgotten.
///
/// Size: 24 bytes a token, and 24. Each verification compares with each remembered token.
///
/// # Power loss
///
/// What is not saved is forgotten without a trace. So [`save`](Self::save) it **after** a token was
/// accepted and **before** acting on it, to two places in turn, each beside its length and a number that
/// counts up, for the saved form has neither. At the start, [`restore`](Self::restore) the one of the
/// higher number, or the other if that is not whole: a power loss at any moment then costs one token
/// unused at most, and never has one used twice. If none is whole, and it is not the first start, what
/// was accepted is not known.
pub struct ReplayGuard<const N: usize> {
    tokens: Vec<Remembered, N>,
    /// The latest expiration of all tokens that were forgotten.
    forgotten: i64,
    when_full: WhenFull,
}

#[derive(Clone, Copy)]
struct Remembered {
    fingerprint: Fingerprint,
    expiration: i64,
}

const RECORD: usize = FINGERPRINT_LENGTH + size_of::<i64>();

impl<const N: usize> ReplayGuard<N> {
    const KIND: u8 = b'R';

    /// How long the saved form can get, in bytes: 18, and 24 for each of `N` tokens.
    pub const MAX_SAVED_LENGTH: usize = saved::length(N, RECORD);

    /// A guard that remembers nothing yet.
    #[must_use]
    pub const fn new(when_full: WhenFull) -> Self {
        Self { tokens: Vec::new(), forgotten: i64::MIN, when_full }
    }

    /// The number of tokens that are remembered, which some of may have expired.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Whether no token is remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    /// What is remembered, written to the start of `memory` in a plain form: `R`, the version 1, the
    /// latest expiration forgotten (8 bytes), for each token its fingerprint (16) and its expiration
    /// (8), and the first 8 bytes of the SHA-256 of all before. Numbers have their most significant
    /// byte first.
    ///
    /// # Errors
    /// [`Error::BufferTooSmall`] says how many bytes are needed, up to 65,535.
    pub fn save<'m>(&self, memory: &'m mut [u8]) -> Result<&'m [u8], Error> {
        let length = saved::length(self.tokens.len(), RECORD);
        let records = self
            .tokens
            .iter()
            .flat_map(|token| token.fingerprint.into_iter().chain(token.expiration.to_be_bytes()));
        saved::write_to(Self::KIND, self.forgotten, records, length, memory)
    }

    /// Remembers what was saved, in the place of all that is remembered now: for the start, before
    /// the first token.
    ///
    /// # Errors
    /// [`Error::InvalidSavedState`] for bytes that are incomplete, damaged or something else,
    /// [`Error::ReplayGuardFull`] for more than `N` tokens. The guard is as it was.
    pub fn restore(&mut self, saved: &[u8]) -> Result<(), Error> {
        let (forgotten, records) = saved::read::<RECORD>(Self::KIND, saved)?;
        if records.len() > N {
            return Err(Error::ReplayGuardFull);
        }
        self.forgotten = forgotten;
        self.tokens = list::collect(records.iter().map(Remembered::from_record));
        Ok(())
    }

    /// Forgets what can't be accepted any more.
    fn forget_past(&mut self, token: &Presented<'_>) {
        let forgotten = &mut self.forgotten;
        list::remove(&mut self.tokens, |remembered| {
            let is_past = token.is_past(remembered.expiration);
            if is_past {
                *forgotten = remembered.expiration.max(*forgotten);
            }
            is_past
        });
    }

    /// Puts a new token in the place of the one that expires first, if that is allowed, and if it is
    /// not the new one.
    fn evict_for(&mut self, token: Remembered) -> Result<(), Error> {
        let first = self.tokens.iter_mut().min_by_key(|remembered| remembered.expiration);
        match (self.when_full, first) {
            (WhenFull::EvictFirstToExpire, Some(first)) if first.expiration < token.expiration => {
                self.forgotten = first.expiration.max(self.forgotten);
                *first = token;
                Ok(())
            }
            _ => Err(Error::ReplayGuardFull),
        }
    }
}

impl Remembered {
    fn from_record(record: &[u8; RECORD]) -> Self {
        let (fingerprint, expiration) = record.split_first_chunk().unwrap_or((&[0; _], &[]));
        let expiration = expiration.first_chunk().copied().unwrap_or_default();
        Self { fingerprint: *fingerprint, expiration: i64::from_be_bytes(expiration) }
    }
}

impl<const N: usize> Replay for ReplayGuard<N> {
    fn admit(&mut self, token: &Presented<'_>) -> Result<(), Error> {
        let fingerprint = token.fingerprint()?;
        let expiration = token.expiration();
        let known = self.tokens.iter_mut().find(|known| known.fingerprint == fingerprint);
        match known {
            Some(known) if !token.is_past(known.expiration) => Err(Error::Replayed),
            // The issuer gave the name of an expired token to a new one.
            Some(known) => {
                known.expiration = expiration.max(known.expiration);
                Ok(())
            }
            None if expiration <= self.forgotten => Err(Error::ReplayNotExcluded),
            None => {
                if self.tokens.is_full() {
                    self.forget_past(token);
                }
                let new = Remembered { fingerprint, expiration };
                self.tokens.push(new).or_else(|new| self.evict_for(new))
            }
        }
    }
}

/// Shows how many tokens are remembered, and nothing of them.
impl<const N: usize> fmt::Debug for ReplayGuard<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplayGuard").field("len", &self.len()).finish_non_exhaustive()
    }
}
