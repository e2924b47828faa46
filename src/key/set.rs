//! [`KeySet`]: keys in fixed storage, of which a token's `kid` picks one.

use core::{fmt, slice};

use heapless::{String, Vec};

use super::entry::{KeyEntry, up_to_never};
use super::mac::AnyAlgorithm;
use super::{Keys, sealed};
use crate::Error;
use crate::json::JsonString;

/// An entry and its name. A key without a name is tried only for tokens without a `kid`.
struct Named<'i, K, const KEY_ID: usize> {
    key_id: Option<String<KEY_ID>>,
    entry: KeyEntry<'i, K>,
}

/// Up to `KEYS` keys in fixed storage, of which a token's `kid` picks one. A name has up to
/// `KEY_ID` bytes.
///
/// A [`Verifier`](crate::Verifier) takes it in place of a key. It then parses the header before it
/// verifies the MAC, as strictly as always. `kid` is compared after decoding, byte by byte. A token
/// whose `kid` names no key is refused ([`Error::UnknownKeyId`]), never tried with another key. So
/// is a token without `kid` ([`Error::MissingKeyId`]), unless
/// [`allow_missing_key_id`](Self::allow_missing_key_id) has been called. A key is only used with
/// its own algorithm.
///
/// `K` is a [`Key`](crate::Key) if all keys have one algorithm, an [`AnyKey`](crate::AnyKey) if
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
/// Size: for each key its [`KeyEntry`], `KEY_ID` bytes, and 8 (16 on a 64-bit target) for their
/// length; 8 (16) for the set. Keys are wiped when they are removed, replaced or dropped. Moving a
/// key into the set leaves a copy where it was.
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

    /// Accepts tokens without `kid`, by trying every key with the header's algorithm. Anyone can
    /// then cost you up to `KEYS` MACs for each token. The first key whose MAC matches counts, with
    /// its issuer and its times. If several keys have the same secret, any of them may be the
    /// first.
    #[must_use]
    pub fn allow_missing_key_id(mut self) -> Self {
        self.allow_missing_key_id = true;
        self
    }

    /// Adds a key.
    ///
    /// # Errors
    /// [`Error::DuplicateKeyId`] if the set has a key of this name, [`Error::KeyIdTooLong`] for a
    /// name of more than `KEY_ID` bytes, [`Error::KeySetFull`] if there are `KEYS` keys. The set
    /// stays unchanged.
    pub fn add(&mut self, key_id: &str, entry: KeyEntry<'i, K>) -> Result<(), Error> {
        self.add_named(Some(key_id), entry)
    }

    /// The same, for a key that may have no name.
    pub(crate) fn add_named(
        &mut self,
        key_id: Option<&str>,
        entry: KeyEntry<'i, K>,
    ) -> Result<(), Error> {
        let name = key_id.map(String::try_from).transpose().map_err(|_| Error::KeyIdTooLong)?;
        if key_id.is_some_and(|key_id| self.position(key_id).is_some()) {
            return Err(Error::DuplicateKeyId);
        }
        self.keys.push(Named { key_id: name, entry }).map_err(|_| Error::KeySetFull)
    }

    /// Replaces the key with this name.
    ///
    /// # Errors
    /// [`Error::UnknownKeyId`] if no key has this name.
    pub fn replace(&mut self, key_id: &str, entry: KeyEntry<'i, K>) -> Result<(), Error> {
        self.named_mut(key_id)?.entry = entry;
        Ok(())
    }

    /// Removes the key with this name, and wipes it.
    ///
    /// # Errors
    /// [`Error::UnknownKeyId`] if no key has this name.
    pub fn remove(&mut self, key_id: &str) -> Result<(), Error> {
        let at = self.position(key_id).ok_or(Error::UnknownKeyId)?;
        if let Some((last, others)) = self.keys.split_last_mut()
            && let Some(removed) = others.get_mut(at)
        {
            core::mem::swap(removed, last);
        }
        // Drop it in place: to move it out would leave a copy there.
        self.truncate(self.len().saturating_sub(1));
        Ok(())
    }

    /// Removes all keys but the first `length`, and wipes them.
    pub(crate) fn truncate(&mut self, length: usize) {
        self.keys.truncate(length);
    }

    /// Sets the time from which the key verifies tokens, as [`KeyEntry::not_before`] does.
    ///
    /// # Errors
    /// [`Error::UnknownKeyId`] if no key has this name.
    pub fn start(&mut self, key_id: &str, not_before: u64) -> Result<(), Error> {
        self.named_mut(key_id)?.entry.limits.not_before = up_to_never(not_before);
        Ok(())
    }

    /// Sets the time up to which the key verifies tokens, as [`KeyEntry::retired_after`] does.
    ///
    /// # Errors
    /// [`Error::UnknownKeyId`] if no key has this name.
    pub fn retire(&mut self, key_id: &str, after: u64) -> Result<(), Error> {
        self.named_mut(key_id)?.entry.limits.retired_after = up_to_never(after);
        Ok(())
    }

    /// The number of keys.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether the set has no key.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The keys' names, in any order. A key read from a JSON Web Key without `kid` has none.
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
                let named = at.and_then(|at| self.keys.get(at)).ok_or(Error::UnknownKeyId)?;
                slice::from_ref(named)
            }
            None if self.allow_missing_key_id => &self.keys,
            None => return Err(Error::MissingKeyId),
        };
        Ok(candidates
            .iter()
            .map(|Named { entry, .. }| KeyEntry { key: &entry.key, limits: entry.limits }))
    }

    fn algorithm(key: &K) -> AnyAlgorithm {
        K::algorithm(key)
    }

    fn verify(
        key: &K,
        message: &[u8],
        meanwhile: impl FnMut() -> Result<bool, Error>,
        signature: &[u8],
    ) -> Result<(), Error> {
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
    ) -> Result<(), Error> {
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

/// Shows how many keys there are, and nothing else.
impl<K, const KEYS: usize, const KEY_ID: usize> fmt::Debug for KeySet<'_, K, KEYS, KEY_ID> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeySet").field("len", &self.len()).finish_non_exhaustive()
    }
}
