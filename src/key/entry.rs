//! A key of a set, and its limits: for which issuer it is, and when.

use crate::Error;
use crate::json::JsonString;
use crate::numeric_date::NEVER;
use crate::time::Now;

/// A key of a [`KeySet`](crate::KeySet) with its limits. Without limits, it verifies tokens of any
/// issuer, at any time.
///
/// Size: the key's, and 24 bytes on a 32-bit target or 32 on a 64-bit one.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct KeyEntry<'i, K> {
    pub(crate) key: K,
    pub(crate) limits: KeyLimits<'i>,
}

/// The issuer whose tokens a key may verify, and the times at which it may.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeyLimits<'i> {
    pub(crate) issuer: Option<&'i str>,
    pub(super) not_before: i64,
    pub(super) retired_after: i64,
}

impl KeyLimits<'_> {
    /// Whether the key may verify the tokens of this issuer.
    pub(crate) fn is_for(&self, issuer: Option<JsonString<'_>>) -> bool {
        self.issuer.is_none_or(|own| issuer.is_some_and(|named| named == own))
    }

    /// Checks that the key is good now.
    pub(crate) fn check_times(&self, now: &mut Now) -> Result<(), Error> {
        now.is_from(Error::KeyNotYetValid, self.not_before)?;
        if self.retired_after == NEVER {
            return Ok(());
        }
        now.is_until(Error::KeyRetired, self.retired_after)
    }
}

impl<'i, K> KeyEntry<'i, K> {
    /// An entry without limits: for any issuer, at any time.
    pub const fn new(key: K) -> Self {
        let limits = KeyLimits { issuer: None, not_before: 0, retired_after: NEVER };
        Self { key, limits }
    }

    /// Binds the key to one issuer: its tokens must have exactly this `iss` (RFC 8725 section 3.8).
    pub const fn issuer(mut self, issuer: &'i str) -> Self {
        self.limits.issuer = Some(issuer);
        self
    }

    /// The key verifies tokens from this time on, in seconds since 1970, less the policy's leeway.
    pub const fn not_before(mut self, seconds: u64) -> Self {
        self.limits.not_before = up_to_never(seconds);
        self
    }

    /// The key verifies tokens up to this time, in seconds since 1970, plus the policy's leeway.
    pub const fn retired_after(mut self, seconds: u64) -> Self {
        self.limits.retired_after = up_to_never(seconds);
        self
    }
}

/// Seconds of the public API, at most [`NEVER`]: the end of a key that isn't retired.
pub(super) const fn up_to_never(seconds: u64) -> i64 {
    if seconds > NEVER as u64 { NEVER } else { seconds as i64 }
}
