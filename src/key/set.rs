//! Keys that rotate: a set in fixed storage, from which a token's `kid` picks one.

use core::fmt;

use heapless::{String, Vec};

use super::mac::AnyAlgorithm;
use super::{Keys, sealed};
use crate::Error;
use crate::claims::ISSUER;
use crate::json::{JsonString, Object};
use crate::time::Now;

/// A key of a [`KeySet`], and for whom and when it is good: for any issuer and at any time, unless
/// it says otherwise.
///
/// Size: that of the key, 24 bytes more on a 32-bit target and 32 on a 64-bit one.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct KeyEntry<'i, K> {
    pub(crate) key: K,
    pub(crate) limits: KeyLimits<'i>,
}

/// For whom and when a key of a set is good.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeyLimits<'i> {
    pub(crate) issuer: Option<&'i str>,
    not_before: i64,
    retired_after: i64,
}

impl KeyLimits<'_> {
    /// The token has to be of the key's issuer, and the time one at which the key is good.
    pub(crate) fn check(&self, claims: &Object<'_, '_>, now: &mut Now) -> Result<(), Error> {
        if let Some(issuer) = self.issuer
            && claims.named_string(ISSUER).is_none_or(|named| named != issuer)
        {
            return Err(Error::KeyOfAnotherIssuer);
        }
        now.is_from(Error::KeyNotYetValid, self.not_before)?;
        if self.retired_after == NEVER {
            return Ok(());
        }
        now.is_until(Error::KeyRetired, self.retired_after)
    }
}

impl<'i, K> KeyEntry<'i, K> {
    /// A key that is good for any issuer and at any time.
    pub const fn new(key: K) -> Self {
        let limits = KeyLimits { issuer: None, not_before: 0, retired_after: NEVER };
        Self { key, limits }
    }

    /// Binds the key to one issuer: a token that it signed has to have this `iss`, byte by byte
    /// (RFC 8725 section 3.8).
    pub const fn issuer(mut self, issuer: &'i str) -> Self {
        self.limits.issuer = Some(issuer);
        self
    }

    /// The first second, since 1970, at which tokens are accepted by this key, less the policy's
    /// leeway.
    pub const fn not_before(mut self, seconds: u64) -> Self {
        self.limits.not_before = up_to_never(seconds);
        self
    }

    /// The last second, since 1970, at which tokens are accepted by this key, and the policy's
    /// leeway after it.
    pub const fn retired_after(mut self, seconds: u64) -> Self {
        self.limits.retired_after = up_to_never(seconds);
        self
    }

    const fn by_reference(&self) -> KeyEntry<'i, &K> {
        KeyEntry { key: &self.key, limits: self.limits }
    }
}

/// For a key that is not retired. An earlier time can take a leeway.
const NEVER: i64 = i64::MAX / 2;

const fn up_to_never(seconds: u64) -> i64 {
    if seconds > NEVER as u64 { NEVER } else { seconds as i64 }
}

/// An entry and its name. A key without one is only ever tried for a token without one.
struct Named<'i, K, const KEY_ID: usize> {
    key_id: Option<String<KEY_ID>>,
    entry: KeyEntry<'i, K>,
}

/// Up to `KEYS` keys in fixed storage, of which a token's `kid` picks one; a name has up to
/// `KEY_ID` bytes.
///
/// A [`Verifier`](crate::Verifier) takes it in the place of a key. It reads the header before the
/// MAC holds, by the same strict pass. `kid` is compared after decoding, byte by byte: a token that
/// names a key that is not there is refused, never verified with another
/// ([`Error::UnknownKeyId`]). So is a token that names none ([`Error::MissingKeyId`]), unless
/// [`allow_missing_key_id`](Self::allow_missing_key_id) has been called. A key is used with its own
/// algorithm alone.
///
/// `K` is a [`Key`](crate::Key), if all keys have one algorithm, an [`AnyKey`](crate::AnyKey) if
/// not, or an engine that implements [`Mac`](crate::Mac).
///
/// ```
/// use embedded_jwt::{Error, Hs256, Key, KeyEntry, KeySet, Policy, Time, Verifier};
///
/// # const OLD: [u8; 32] = [1; 32];
/// # const NEW: [u8; 32] = [2; 32];
/// let mut keys: KeySet<Key<Hs256>, 4> = KeySet::new();
/// keys.add("2026-10", KeyEntry::new(Key::new(&OLD)?).retired_after(1_798_761_600))?;
/// keys.add("2026-11", KeyEntry::new(Key::new(&NEW)?).issuer("https://id.example"))?;
/// assert_eq!(keys.add("2026-11", KeyEntry::new(Key::new(&NEW)?)), Err(Error::DuplicateKeyId));
///
/// let verifier = Verifier::new(&keys, Policy::builder().build()?);
/// # let token = b"eyJhbGciOiJIUzI1NiIsImtpZCI6IjIwMjYtMTIifQ.e30.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
/// # let error = verifier.verify(token, Time::Known(0), &mut [0; 128]).err();
/// # assert_eq!(error, Some(Error::UnknownKeyId));
/// # Ok::<(), embedded_jwt::Error>(())
/// ```
///
/// Size: for each key its [`KeyEntry`], `KEY_ID` bytes, and 8 (16 on a 64-bit target) for their length;
/// 8 (16) for the set. Keys are wiped when they are removed, replaced or dropped; a key that is moved
/// into the set leaves a copy where it was.
pub struct KeySet<'i, K, const KEYS: usize, const KEY_ID: usize = 64> {
    keys: Vec<Named<'i, K, KEY_ID>, KEYS>,
    allow_missing_key_id: bool,
}

impl<'i, K, const KEYS: usize, const KEY_ID: usize> KeySet<'i, K, KEYS, KEY_ID> {
    /// A set without keys, which refuses every token.
    #[must_use]
    pub const fn new() -> Self {
        Self { keys: Vec::new(), allow_missing_key_id: false }
    }

    /// Tries every key of the header's algorithm for a token without `kid`: up to `KEYS` MACs for
    /// each token, whoever sent it, and two more for one that arrives in pieces. The first key whose MAC it is counts, with its issuer and its
    /// times; keys with one secret are in no order.
    #[must_use]
    pub fn allow_missing_key_id(mut self) -> Self {
        self.allow_missing_key_id = true;
        self
    }

    /// Adds a key.
    ///
    /// # Errors
    /// [`Error::DuplicateKeyId`] if the set has a key of this name, [`Error::KeyIdTooLong`] for a
    /// name of more than `KEY_ID` bytes, [`Error::KeySetFull`] if there are `KEYS` keys. The set is
    /// as it was.
    pub fn add(&mut self, key_id: &str, entry: KeyEntry<'i, K>) -> Result<(), Error> {
        let key_id = String::try_from(key_id).map_err(|_| Error::KeyIdTooLong)?;
        self.add_named(Some(key_id), entry)
    }

    pub(crate) fn add_named(
        &mut self,
        key_id: Option<String<KEY_ID>>,
        entry: KeyEntry<'i, K>,
    ) -> Result<(), Error> {
        if key_id.as_ref().is_some_and(|key_id| self.position(key_id).is_some()) {
            return Err(Error::DuplicateKeyId);
        }
        self.keys.push(Named { key_id, entry }).map_err(|_| Error::KeySetFull)
    }

    /// Puts a key in the place of the one of this name.
    ///
    /// # Errors
    /// [`Error::UnknownKeyId`] if there is none.
    pub fn replace(&mut self, key_id: &str, entry: KeyEntry<'i, K>) -> Result<(), Error> {
        self.named_mut(key_id)?.entry = entry;
        Ok(())
    }

    /// Removes a key, and wipes it.
    ///
    /// # Errors
    /// [`Error::UnknownKeyId`] if there is none of this name.
    pub fn remove(&mut self, key_id: &str) -> Result<(), Error> {
        let at = self.position(key_id).ok_or(Error::UnknownKeyId)?;
        if let Some((last, others)) = self.keys.split_last_mut()
            && let Some(removed) = others.get_mut(at)
        {
            core::mem::swap(removed, last);
        }
        // It is dropped where it then is: taken out, it would leave a copy there.
        self.truncate(self.len().saturating_sub(1));
        Ok(())
    }

    /// Removes the keys from this one on, and wipes them.
    pub(crate) fn truncate(&mut self, length: usize) {
        self.keys.truncate(length);
    }

    /// Says from when on a key is good, as [`KeyEntry::not_before`].
    ///
    /// # Errors
    /// [`Error::UnknownKeyId`] if there is none of this name.
    pub fn start(&mut self, key_id: &str, not_before: u64) -> Result<(), Error> {
        self.named_mut(key_id)?.entry.limits.not_before = up_to_never(not_before);
        Ok(())
    }

    /// Says until when a key is good, as [`KeyEntry::retired_after`].
    ///
    /// # Errors
    /// [`Error::UnknownKeyId`] if there is none of this name.
    pub fn retire(&mut self, key_id: &str, after: u64) -> Result<(), Error> {
        self.named_mut(key_id)?.entry.limits.retired_after = up_to_never(after);
        Ok(())
    }

    /// The number of keys.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is no key.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The names of the keys, in no order. A key that came from a JSON Web Key without `kid` has
    /// none.
    pub fn key_ids(&self) -> impl Iterator<Item = Option<&str>> {
        self.keys.iter().map(|named| named.key_id.as_deref())
    }

    fn position(&self, key_id: &str) -> Option<usize> {
        self.key_ids().position(|known| known == Some(key_id))
    }

    fn named_mut(&mut self, key_id: &str) -> Result<&mut Named<'i, K, KEY_ID>, Error> {
        let at = self.position(key_id).ok_or(Error::UnknownKeyId)?;
        self.keys.get_mut(at).ok_or(Error::UnknownKeyId)
    }
}

impl<K, const KEYS: usize, const KEY_ID: usize> Default for KeySet<'_, K, KEYS, KEY_ID> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Keys<Key = K>, const KEYS: usize, const KEY_ID: usize> Keys
    for KeySet<'_, K, KEYS, KEY_ID>
{
    type Key = K;
    type Signature = K::Signature;

    const ZERO_SIGNATURE: K::Signature = K::ZERO_SIGNATURE;
    const ALGORITHMS: &'static [AnyAlgorithm] = K::ALGORITHMS;
    const NAMED_BY_HEADER: bool = true;

    fn candidates<'k>(
        &'k self,
        key_id: Option<JsonString<'_>>,
    ) -> Result<impl Iterator<Item = KeyEntry<'k, &'k K>>, Error>
    where
        K: 'k,
    {
        let candidates = match key_id {
            Some(key_id) => {
                let mut names = self.key_ids();
                let at = names.position(|known| known.is_some_and(|known| key_id == known));
                self.keys.get(at.ok_or(Error::UnknownKeyId)?..).unwrap_or_default().get(..1)
            }
            None if self.allow_missing_key_id => Some(self.keys.as_slice()),
            None => return Err(Error::MissingKeyId),
        };
        Ok(candidates.unwrap_or_default().iter().map(|named| named.entry.by_reference()))
    }

    fn algorithm(key: &K) -> AnyAlgorithm {
        K::algorithm(key)
    }

    fn verify(
        key: &K,
        message: &[u8],
        meanwhile: impl FnMut() -> Result<bool, Error>,
        signature: &[u8],
    ) -> Result<bool, Error> {
        K::verify(key, message, meanwhile, signature)
    }
}

impl<K: Keys<Key = K>, const KEYS: usize, const KEY_ID: usize> Keys
    for &KeySet<'_, K, KEYS, KEY_ID>
{
    type Key = K;
    type Signature = K::Signature;

    const ZERO_SIGNATURE: K::Signature = K::ZERO_SIGNATURE;
    const ALGORITHMS: &'static [AnyAlgorithm] = K::ALGORITHMS;
    const NAMED_BY_HEADER: bool = true;

    fn candidates<'k>(
        &'k self,
        key_id: Option<JsonString<'_>>,
    ) -> Result<impl Iterator<Item = KeyEntry<'k, &'k K>>, Error>
    where
        K: 'k,
    {
        (**self).candidates(key_id)
    }

    fn algorithm(key: &K) -> AnyAlgorithm {
        K::algorithm(key)
    }

    fn verify(
        key: &K,
        message: &[u8],
        meanwhile: impl FnMut() -> Result<bool, Error>,
        signature: &[u8],
    ) -> Result<bool, Error> {
        K::verify(key, message, meanwhile, signature)
    }
}

impl<K: Keys<Key = K>, const KEYS: usize, const KEY_ID: usize> sealed::Sealed
    for KeySet<'_, K, KEYS, KEY_ID>
{
}

impl<K: Keys<Key = K>, const KEYS: usize, const KEY_ID: usize> sealed::Sealed
    for &KeySet<'_, K, KEYS, KEY_ID>
{
}

/// Shows how many keys there are, and nothing of them.
impl<K, const KEYS: usize, const KEY_ID: usize> fmt::Debug for KeySet<'_, K, KEYS, KEY_ID> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeySet").field("len", &self.len()).finish_non_exhaustive()
    }
}
