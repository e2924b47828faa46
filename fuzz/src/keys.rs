//! Key sets and changes to them, and the judge for these changes.

use arbitrary::Unstructured;
use embedded_jwt::{
    AnyAlgorithm, AnyKey, Error, JwkError, JwksReport, Key, KeyEntry, KeyName, KeySet, StreamingMac,
};

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
    ) -> Result<JwksReport, JwkError>;
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
    ) -> Result<JwksReport, JwkError> {
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
    ) -> Result<JwksReport, JwkError> {
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
    Replace(Name, KnownKey),
    Remove(Name),
    Start(Name, u64),
    Retire(Name, u64),
}

/// What names keys: their `kid`, and for which algorithm and issuer they are, if that matters.
#[derive(Clone, Copy, Debug)]
pub struct Name {
    pub key_id: &'static str,
    pub algorithm: Option<Algorithm>,
    pub issuer: Option<Option<&'static str>>,
}

impl Name {
    fn to_crate(self) -> KeyName<'static> {
        let mut name = KeyName::from(self.key_id);
        if let Some(algorithm) = self.algorithm {
            name = name.algorithm(any(algorithm));
        }
        match self.issuer {
            None => name,
            Some(None) => name.without_issuer(),
            Some(Some(issuer)) => name.issuer(issuer),
        }
    }

    fn is_of(self, key: &KnownKey) -> bool {
        key.key_id.as_deref() == Some(self.key_id)
            && self.algorithm.unwrap_or(key.algorithm) == key.algorithm
            && self.issuer.unwrap_or(key.scope.issuer) == key.scope.issuer
    }
}

impl Change {
    /// Makes the change.
    pub fn apply<K: SetKey>(&self, keys: &mut Set<K>) -> Result<(), Error> {
        match self {
            Self::Add(key) => match &key.key_id {
                Some(key_id) => keys.add(key_id, known_entry(key)),
                None => add_as_jwk(key, keys),
            },
            Self::Replace(name, key) => keys.replace(name.to_crate(), known_entry(key)),
            Self::Remove(name) => keys.remove(name.to_crate()),
            Self::Start(name, first) => keys.start(name.to_crate(), *first),
            Self::Retire(name, last) => keys.retire(name.to_crate(), *last),
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
            Change::Add(key) if key.key_id.is_none() => drop(self.judge_read(key)?),
            Change::Add(key) => {
                check_length(key)?;
                if self.like(key).next().is_some() {
                    return Err(Error::DuplicateKeyId);
                }
                self.push(key)?;
            }
            Change::Replace(name, key) => {
                let key = KnownKey { key_id: Some(name.key_id.to_owned()), ..key.clone() };
                let like = self.like(&key).next();
                let replaced = match like {
                    Some(like) if name.is_of(&self.keys[like]) => like,
                    _ => self.position(*name)?,
                };
                if like.is_some_and(|like| like != replaced) {
                    return Err(Error::DuplicateKeyId);
                }
                self.keys[replaced] = key;
            }
            Change::Remove(name) => {
                let before = self.keys.len();
                self.keys.retain(|key| !name.is_of(key));
                if self.keys.len() == before {
                    return Err(Error::UnknownKeyId);
                }
            }
            Change::Start(name, first) => {
                let at = self.position(*name)?;
                self.keys[at].scope.not_before = Some(*first);
            }
            Change::Retire(name, last) => {
                let at = self.position(*name)?;
                self.keys[at].scope.retired_after = Some(*last);
            }
        }
        Ok(())
    }

    /// Judges whether a key of a JWK Set can be added, and adds it. Returns false if it is there.
    pub fn judge_read(&mut self, key: &KnownKey) -> Result<bool, Error> {
        // Keys are the same if they make the same MAC: HMAC pads short ones with zeros.
        let mac = |key: &KnownKey| key.algorithm.mac(&key.secret, b"");
        let like: Vec<_> = self.like(key).map(|like| &self.keys[like]).collect();
        if like.iter().any(|like| mac(like) == mac(key)) {
            return Ok(false);
        }
        if key.key_id.is_some() && !like.is_empty() {
            return Err(Error::DuplicateKeyId);
        }
        self.push(key)?;
        Ok(true)
    }

    fn push(&mut self, key: &KnownKey) -> Result<(), Error> {
        if self.keys.len() == KEYS {
            return Err(Error::KeySetFull);
        }
        self.keys.push(key.clone());
        Ok(())
    }

    /// The indices of the keys that only the secret and the times tell from this one.
    fn like(&self, key: &KnownKey) -> impl Iterator<Item = usize> {
        let same = |known: &KnownKey| {
            (&known.key_id, known.algorithm, known.scope.issuer)
                == (&key.key_id, key.algorithm, key.scope.issuer)
        };
        (0..self.keys.len()).filter(move |&index| same(&self.keys[index]))
    }

    /// The index of the one key with this name.
    fn position(&self, name: Name) -> Result<usize, Error> {
        let named = |index: &usize| name.is_of(&self.keys[*index]);
        match (0..self.keys.len()).filter(named).collect::<Vec<_>>()[..] {
            [] => Err(Error::UnknownKeyId),
            [one] => Ok(one),
            _ => Err(Error::AmbiguousKeyId),
        }
    }

    pub fn key_ids(&self) -> impl Iterator<Item = Option<&str>> {
        self.keys.iter().map(|key| key.key_id.as_deref())
    }
}

/// Checks that a set has room for a key's name.
pub fn check_length(key: &KnownKey) -> Result<(), Error> {
    let is_too_long = key.key_id.as_ref().is_some_and(|key_id| key_id.len() > KEY_ID);
    if is_too_long { Err(Error::KeyIdTooLong) } else { Ok(()) }
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

/// Panics unless both sets have keys of the same names, in the same order.
pub fn check_names<K: SetKey>(keys: &Set<K>, known: &KnownKeys) {
    assert!(keys.key_ids().eq(known.key_ids()), "{known:?}");
    assert_eq!(keys.len(), known.keys.len());
    assert_eq!(keys.is_empty(), known.keys.is_empty());
}
