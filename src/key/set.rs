//! [`KeySet`]: keys in fixed storage, of which a token's `kid` picks one.

use core::fmt;

use heapless::{String, Vec};

use super::entry::{KeyEntry, up_to_never};
use super::mac::AnyAlgorithm;
use super::name::KeyName;
use super::{Keys, sealed};
use crate::Error;
use crate::json::JsonString;

/// An entry and its name, if it has one.
struct Named<'i, K, const KEY_ID: usize> {
    name: Name<KEY_ID>,
    entry: KeyEntry<'i, K>,
}

/// A key's name, if it has one. What the text leaves free of its memory is zeros: otherwise it would
/// be what was on the stack there, maybe a part of a key, and stay in the set when that is removed.
struct Name<const KEY_ID: usize> {
    key_id: String<KEY_ID>,
    is_there: bool,
}

impl<const KEY_ID: usize> Name<KEY_ID> {
    fn new(key_id: Option<&str>) -> Result<Self, Error> {
        let mut name = String::new();
        while name.push('\0').is_ok() {}
        name.clear();
        name.push_str(key_id.unwrap_or_default()).map_err(|_| Error::KeyIdTooLong)?;
        Ok(Self { key_id: name, is_there: key_id.is_some() })
    }

    fn get(&self) -> Option<&str> {
        self.is_there.then_some(&self.key_id)
    }
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
/// Several keys may have one name, if their algorithms or their issuers differ: two issuers may
/// both call a key "1". `alg` then tells which ones are tried, in the order in which they were
/// added. The first whose MAC matches and whose issuer is the token's counts, with its times. No
/// claim is read before a MAC matches. A [`KeyName`] tells them apart when one is to be changed.
///
/// `K` is a [`Key`](crate::Key) if all keys have one algorithm, an [`AnyKey`](crate::AnyKey) if
/// not, an engine that implements [`Mac`](crate::Mac), or a [`KeyHandle`](crate::KeyHandle).
///
/// ```
/// use embedded_jwt::{Error, Hs256, Key, KeyEntry, KeySet, Policy, Time, Verifier};
///
/// # const OLD: [u8; 32] = [1; 32];
/// # const NEW: [u8; 32] = [2; 32];
/// let mut keys: KeySet<Key<Hs256>, 4> = KeySet::new();
/// keys.add("2026-10", KeyEntry::new(Key::new(&OLD)?).retired_after(1_798_761_600))?;
/// keys.add("2026-11", KeyEntry::new(Key::new(&NEW)?).issuer("https://id.example"))?;
/// assert_eq!(keys.add("2026-10", KeyEntry::new(Key::new(&NEW)?)), Err(Error::DuplicateKeyId));
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
    /// then cost you up to `KEYS` MACs for each token. The first key whose MAC matches and whose
    /// issuer is the token's counts, with its times.
    ///
    /// If the set has exactly one key, and that has no name, it also accepts tokens with any `kid`.
    #[must_use]
    pub const fn allow_missing_key_id(mut self) -> Self {
        self.allow_missing_key_id = true;
        self
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

    /// The keys' names, in the order in which they were added. A key read from a JSON Web Key
    /// without `kid` has none.
    pub fn key_ids(&self) -> impl Iterator<Item = Option<&str>> {
        self.keys.iter().map(|named| named.name.get())
    }

    /// Removes all keys but the first `length`, and wipes them.
    pub(super) fn truncate(&mut self, length: usize) {
        self.keys.truncate(length);
    }
}

impl<'i, K: Keys<Key = K>, const KEYS: usize, const KEY_ID: usize> KeySet<'i, K, KEYS, KEY_ID> {
    /// Adds a key.
    ///
    /// # Errors
    /// [`Error::DuplicateKeyId`] if the set has a key of this name, for the same algorithm and the
    /// same issuer, even if it is the same key; [`Error::KeyIdTooLong`] for a name of more than
    /// `KEY_ID` bytes, [`Error::KeySetFull`] if there are `KEYS` keys. The set stays unchanged.
    pub fn add(&mut self, key_id: &str, entry: KeyEntry<'i, K>) -> Result<(), Error> {
        let name = Name::new(Some(key_id))?;
        if self.keys.iter().any(|known| known.is_like(Some(key_id), &entry)) {
            return Err(Error::DuplicateKeyId);
        }
        self.push(name, entry)
    }

    /// Adds a key that was read from a JSON Web Key, and may have no name. Returns false if the set
    /// has the same key. Keys without a name are told apart by their secrets.
    pub(super) fn add_read(
        &mut self,
        key_id: Option<&str>,
        entry: KeyEntry<'i, K>,
    ) -> Result<bool, Error> {
        for known in self.keys.iter().filter(|known| known.is_like(key_id, &entry)) {
            if K::is_same(&known.entry.key, &entry.key)? {
                return Ok(false);
            }
            if key_id.is_some() {
                return Err(Error::DuplicateKeyId);
            }
        }
        self.push(Name::new(key_id)?, entry)?;
        Ok(true)
    }

    fn push(&mut self, name: Name<KEY_ID>, entry: KeyEntry<'i, K>) -> Result<(), Error> {
        self.keys.push(Named { name, entry }).map_err(|_| Error::KeySetFull)
    }

    /// Replaces a key, and its limits. If several keys have this name, it replaces the one for the
    /// same algorithm and issuer as the new one, unless a [`KeyName`] says which.
    ///
    /// # Errors
    /// [`Error::UnknownKeyId`] if no key has this name, [`Error::AmbiguousKeyId`] if several have
    /// it and none is like the new one, [`Error::DuplicateKeyId`] if another key than the one to
    /// replace is. The set stays unchanged.
    pub fn replace<'n>(
        &mut self,
        key: impl Into<KeyName<'n>>,
        entry: KeyEntry<'i, K>,
    ) -> Result<(), Error> {
        let key = key.into();
        let like = self.keys.iter_mut().find(|known| known.is_like(Some(key.key_id), &entry));
        let is_another = match like {
            Some(like) if like.is_named(&key) => {
                like.entry = entry;
                return Ok(());
            }
            like => like.is_some(),
        };
        let replaced = self.named_mut(&key)?;
        if is_another {
            return Err(Error::DuplicateKeyId);
        }
        replaced.entry = entry;
        Ok(())
    }

    /// Removes all keys with this name, and wipes them. A [`KeyName`] may name only some of them.
    ///
    /// # Errors
    /// [`Error::UnknownKeyId`] if no key has this name.
    pub fn remove<'n>(&mut self, key: impl Into<KeyName<'n>>) -> Result<(), Error> {
        let key = key.into();
        // What stays is swapped to the front, and the rest is dropped, and so wiped, in place.
        let mut kept = 0;
        for at in 0..self.len() {
            let Some((before, [named, ..])) = self.keys.split_at_mut_checked(at) else { break };
            if named.is_named(&key) {
                continue;
            }
            if let Some(place) = before.get_mut(kept) {
                core::mem::swap(place, named);
            }
            kept += 1;
        }
        if kept == self.len() {
            return Err(Error::UnknownKeyId);
        }
        self.truncate(kept);
        Ok(())
    }

    /// Sets the time from which a key verifies tokens, as [`KeyEntry::not_before`] does.
    ///
    /// # Errors
    /// [`Error::UnknownKeyId`] if no key has this name, [`Error::AmbiguousKeyId`] if several have.
    pub fn start<'n>(&mut self, key: impl Into<KeyName<'n>>, not_before: u64) -> Result<(), Error> {
        self.named_mut(&key.into())?.entry.limits.not_before = up_to_never(not_before);
        Ok(())
    }

    /// Sets the time up to which a key verifies tokens, as [`KeyEntry::retired_after`] does. If the
    /// set has the same secret in several entries, retire each of them: the first whose issuer fits
    /// counts.
    ///
    /// # Errors
    /// [`Error::UnknownKeyId`] if no key has this name, [`Error::AmbiguousKeyId`] if several have.
    pub fn retire<'n>(&mut self, key: impl Into<KeyName<'n>>, after: u64) -> Result<(), Error> {
        self.named_mut(&key.into())?.entry.limits.retired_after = up_to_never(after);
        Ok(())
    }

    /// The one key with this name.
    fn named_mut(&mut self, key: &KeyName<'_>) -> Result<&mut Named<'i, K, KEY_ID>, Error> {
        let mut named = self.keys.iter_mut().filter(|known| known.is_named(key));
        match (named.next(), named.next()) {
            (Some(one), None) => Ok(one),
            (Some(_), Some(_)) => Err(Error::AmbiguousKeyId),
            (None, _) => Err(Error::UnknownKeyId),
        }
    }
}

impl<K: Keys<Key = K>, const KEY_ID: usize> Named<'_, K, KEY_ID> {
    /// Whether nothing but the secret can tell it from a key with this name.
    fn is_like(&self, key_id: Option<&str>, entry: &KeyEntry<'_, K>) -> bool {
        self.name.get() == key_id
            && K::algorithm(&self.entry.key) == K::algorithm(&entry.key)
            && self.entry.limits.issuer == entry.limits.issuer
    }

    fn is_named(&self, key: &KeyName<'_>) -> bool {
        let KeyEntry { key: own, limits } = &self.entry;
        key.is_of(self.name.get(), K::algorithm(own), limits.issuer)
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
        // A key that is alone and has no name may be meant by any `kid`.
        let is_alone = matches!(&*self.keys, [Named { name, .. }] if name.get().is_none());
        let are_all = self.allow_missing_key_id && (key_id.is_none() || is_alone);
        if key_id.is_none() && !are_all {
            return Err(Error::MissingKeyId);
        }
        let is_candidate = move |known: &&Named<'_, K, KEY_ID>| {
            let names = known.name.get().zip(key_id);
            are_all || names.is_some_and(|(known, key_id)| key_id == known)
        };
        if key_id.is_some() && self.keys.iter().find(is_candidate).is_none() {
            return Err(Error::UnknownKeyId);
        }
        let candidates = self.keys.iter().filter(is_candidate);
        Ok(candidates.map(|Named { entry, .. }| KeyEntry { key: &entry.key, limits: entry.limits }))
    }

    fn algorithm(key: &K) -> AnyAlgorithm {
        K::algorithm(key)
    }

    fn is_same(key: &K, other: &K) -> Result<bool, Error> {
        K::is_same(key, other)
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

    fn is_same(key: &K, other: &K) -> Result<bool, Error> {
        K::is_same(key, other)
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
