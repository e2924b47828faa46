//! Key sets and changes to them, and the judge for these changes.

use arbitrary::Unstructured;
use embedded_jwt::{AnyAlgorithm, AnyKey, Error, JwkError, Key, KeyEntry, KeySet, StreamingMac};

use crate::judge::{KnownKey, KnownKeys, Scope};
use crate::random::{near, rarely};
use crate::rules::NAMES;
use crate::sign::{Algorithm, encode};

/// The capacity of a set.
pub const KEYS: usize = 3;

/// The maximum length of a key's name. One of `NAMES` is longer, and one has exactly this length.
pub const KEY_ID: usize = 8;

pub type Set<K> = KeySet<'static, K, KEYS, KEY_ID>;

/// A type of key that a set can contain.
pub trait SetKey: StreamingMac + Sized {
    /// The algorithms that such a key can have.
    fn algorithms() -> Vec<Algorithm>;

    fn make(algorithm: Algorithm, secret: &[u8]) -> Self;

    fn from_jwk(text: &mut [u8], default: Option<Algorithm>) -> Result<Self, Error>;

    fn read_jwks(
        set: &mut Set<Self>,
        text: &mut [u8],
        issuer: Option<&'static str>,
        default: Option<Algorithm>,
    ) -> Result<usize, JwkError>;
}

impl SetKey for AnyKey {
    fn algorithms() -> Vec<Algorithm> {
        Algorithm::ALL.to_vec()
    }

    fn make(algorithm: Algorithm, secret: &[u8]) -> Self {
        Self::new(any(algorithm), secret).expect("long enough")
    }

    fn from_jwk(text: &mut [u8], default: Option<Algorithm>) -> Result<Self, Error> {
        Self::from_jwk(text, default.map(any))
    }

    fn read_jwks(
        set: &mut Set<Self>,
        text: &mut [u8],
        issuer: Option<&'static str>,
        default: Option<Algorithm>,
    ) -> Result<usize, JwkError> {
        set.read_jwks(text, issuer, default.map(any))
    }
}

/// Its algorithm is fixed, so the default has no effect.
impl<A: embedded_jwt::Algorithm> SetKey for Key<A> {
    fn algorithms() -> Vec<Algorithm> {
        Algorithm::named(A::NAME).into_iter().collect()
    }

    fn make(_: Algorithm, secret: &[u8]) -> Self {
        Self::new(secret).expect("long enough")
    }

    fn from_jwk(text: &mut [u8], _: Option<Algorithm>) -> Result<Self, Error> {
        Self::from_jwk(text)
    }

    fn read_jwks(
        set: &mut Set<Self>,
        text: &mut [u8],
        issuer: Option<&'static str>,
        _: Option<Algorithm>,
    ) -> Result<usize, JwkError> {
        set.read_jwks(text, issuer)
    }
}

fn any(algorithm: Algorithm) -> AnyAlgorithm {
    AnyAlgorithm::from_name(algorithm.name()).expect("each has a name")
}

/// A change to a key set. A key without a name is added as a JSON Web Key.
#[derive(Clone, Debug)]
pub enum Change {
    Add(KnownKey),
    Replace(&'static str, KnownKey),
    Remove(&'static str),
    Start(&'static str, u64),
    Retire(&'static str, u64),
}

impl Change {
    /// Makes the change.
    pub fn apply<K: SetKey>(&self, keys: &mut Set<K>) -> Result<(), Error> {
        match self {
            Self::Add(key) => match &key.key_id {
                Some(key_id) => keys.add(key_id, known_entry(key)),
                None => add_as_jwk(key, keys),
            },
            Self::Replace(key_id, key) => keys.replace(key_id, known_entry(key)),
            Self::Remove(key_id) => keys.remove(key_id),
            Self::Start(key_id, first) => keys.start(key_id, *first),
            Self::Retire(key_id, last) => keys.retire(key_id, *last),
        }
    }
}

fn known_entry<K: SetKey>(key: &KnownKey) -> KeyEntry<'static, K> {
    entry(K::make(key.algorithm, &key.secret), &key.scope)
}

/// Returns an entry for a key with these limits.
pub fn entry<K: StreamingMac>(key: K, scope: &Scope) -> KeyEntry<'static, K> {
    let mut entry = KeyEntry::new(key);
    if let Some(issuer) = scope.issuer {
        entry = entry.issuer(issuer);
    }
    if let Some(first) = scope.not_before {
        entry = entry.not_before(first);
    }
    if let Some(last) = scope.retired_after {
        entry = entry.retired_after(last);
    }
    entry
}

/// Writes a key as a JSON Web Key, and adds it to a set.
fn add_as_jwk<K: SetKey>(key: &KnownKey, keys: &mut Set<K>) -> Result<(), Error> {
    let (name, k) = (key.algorithm.name(), encode(&key.secret));
    let mut text = format!(r#"{{"kty":"oct","alg":"{name}","k":"{k}"}}"#).into_bytes();
    let read = K::read_jwks(keys, &mut text, key.scope.issuer, None);
    read.map(drop).map_err(JwkError::error)
}

impl KnownKeys {
    /// An empty set.
    pub fn no_keys<K: SetKey>() -> Self {
        let algorithms = K::algorithms();
        Self { keys: Vec::new(), algorithms, is_set: true, allow_missing_key_id: false }
    }

    /// Judges a change, and makes it here too if it is allowed.
    pub fn judge_change(&mut self, change: &Change) -> Result<(), Error> {
        match change {
            Change::Add(key) => {
                self.judge_new(key.key_id.as_deref())?;
                self.keys.push(key.clone());
            }
            Change::Replace(key_id, key) => {
                let known = self.named_mut(key_id)?;
                *known = KnownKey { key_id: known.key_id.take(), ..key.clone() };
            }
            Change::Remove(key_id) => {
                self.named_mut(key_id)?;
                self.keys.retain(|key| key.key_id.as_deref() != Some(key_id));
            }
            Change::Start(key_id, first) => {
                self.named_mut(key_id)?.scope.not_before = Some(*first);
            }
            Change::Retire(key_id, last) => {
                self.named_mut(key_id)?.scope.retired_after = Some(*last);
            }
        }
        Ok(())
    }

    /// Judges whether a new key with this name can be added.
    pub fn judge_new(&self, key_id: Option<&str>) -> Result<(), Error> {
        if key_id.is_some_and(|key_id| key_id.len() > KEY_ID) {
            Err(Error::KeyIdTooLong)
        } else if key_id.is_some() && self.key_ids().any(|known| known == key_id) {
            Err(Error::DuplicateKeyId)
        } else if self.keys.len() == KEYS {
            Err(Error::KeySetFull)
        } else {
            Ok(())
        }
    }

    pub fn key_ids(&self) -> impl Iterator<Item = Option<&str>> {
        self.keys.iter().map(|key| key.key_id.as_deref())
    }

    fn named_mut(&mut self, key_id: &str) -> Result<&mut KnownKey, Error> {
        let mut keys = self.keys.iter_mut();
        keys.find(|key| key.key_id.as_deref() == Some(key_id)).ok_or(Error::UnknownKeyId)
    }
}

/// Makes up a key. Its secret repeats a byte.
pub fn key(
    u: &mut Unstructured<'_>,
    algorithm: Option<Algorithm>,
    secret: u8,
) -> arbitrary::Result<KnownKey> {
    let key_id = Some((*u.choose(&NAMES)?).to_owned());
    let algorithm = if let Some(only) = algorithm { only } else { u.arbitrary()? };
    let secret = vec![secret; 64];
    let mut scope = Scope::default();
    if u.int_in_range(0..=3)? == 3 {
        scope.issuer = Some(u.choose(&NAMES)?);
    }
    if u.int_in_range(0..=3)? == 3 {
        scope.not_before = Some(seconds(u, 1700)?);
    }
    if u.int_in_range(0..=3)? == 3 {
        scope.retired_after = Some(seconds(u, 2300)?);
    }
    Ok(KnownKey { key_id, algorithm, secret, scope })
}

/// Returns a time near `middle`, or any up to the year 2106.
pub fn seconds(u: &mut Unstructured<'_>, middle: u64) -> arbitrary::Result<u64> {
    if rarely(u)? { u.arbitrary::<u32>().map(u64::from) } else { near(u, middle, 310) }
}

/// Panics unless both sets have keys of the same names.
pub fn check_names<K: SetKey>(keys: &Set<K>, known: &KnownKeys) {
    let [mut found, mut expected]: [Vec<_>; 2] =
        [keys.key_ids().collect(), known.key_ids().collect()];
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected, "{known:?}");
    assert_eq!(keys.len(), known.keys.len());
    assert_eq!(keys.is_empty(), known.keys.is_empty());
}
