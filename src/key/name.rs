//! [`KeyName`]: which keys of a set to change.

use super::mac::AnyAlgorithm;

/// Names keys of a [`KeySet`](crate::KeySet) to change them. A `&str` is enough where the name is
/// unique; where several keys share it, also say for which algorithm or issuer the key is.
///
/// ```
/// use embedded_jwt::{Error, Hs256, Key, KeyEntry, KeyName, KeySet};
///
/// # const OURS: [u8; 32] = [1; 32];
/// # const THEIRS: [u8; 32] = [2; 32];
/// let mut keys: KeySet<Key<Hs256>, 4> = KeySet::new();
/// keys.add("1", KeyEntry::new(Key::new(&OURS)?).issuer("https://id.example"))?;
/// keys.add("1", KeyEntry::new(Key::new(&THEIRS)?).issuer("https://other.example"))?;
///
/// assert_eq!(keys.retire("1", 1_798_761_600), Err(Error::AmbiguousKeyId));
/// keys.retire(KeyName::new("1").issuer("https://other.example"), 1_798_761_600)?;
/// # Ok::<(), Error>(())
/// ```
///
/// Size: 20 bytes on a 32-bit target, 40 on a 64-bit one.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct KeyName<'n> {
    pub(super) key_id: &'n str,
    algorithm: Option<AnyAlgorithm>,
    is_of_any_issuer: bool,
    issuer: Option<&'n str>,
}

impl<'n> KeyName<'n> {
    /// All keys of this name.
    pub const fn new(key_id: &'n str) -> Self {
        Self { key_id, algorithm: None, is_of_any_issuer: true, issuer: None }
    }

    /// Of these, only a key for this algorithm.
    pub const fn algorithm(mut self, algorithm: AnyAlgorithm) -> Self {
        self.algorithm = Some(algorithm);
        self
    }

    /// Of these, only a key that is bound to this issuer.
    pub const fn issuer(mut self, issuer: &'n str) -> Self {
        self.is_of_any_issuer = false;
        self.issuer = Some(issuer);
        self
    }

    /// Of these, only a key that is not bound to an issuer.
    pub const fn without_issuer(mut self) -> Self {
        self.is_of_any_issuer = false;
        self.issuer = None;
        self
    }

    /// Whether it names a key with these properties.
    pub(super) fn is_of(
        &self,
        key_id: Option<&str>,
        algorithm: AnyAlgorithm,
        issuer: Option<&str>,
    ) -> bool {
        key_id == Some(self.key_id)
            && self.algorithm.is_none_or(|named| named == algorithm)
            && (self.is_of_any_issuer || self.issuer == issuer)
    }
}

impl<'n> From<&'n str> for KeyName<'n> {
    fn from(key_id: &'n str) -> Self {
        Self::new(key_id)
    }
}
