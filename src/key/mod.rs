//! What a verifier verifies with: one key, or a set of keys.

pub(crate) mod any;
pub(crate) mod hmac;
pub(crate) mod jwk;
pub(crate) mod mac;
pub(crate) mod set;

use subtle::{Choice, ConstantTimeEq};

use crate::Error;
use crate::json::JsonString;
use mac::{Algorithm, Mac, Tag};
use set::KeyEntry;
#[allow(unused_imports, reason = "named in the documentation")]
use set::KeySet;

/// What a [`Verifier`](crate::Verifier) takes: a [`Key`](crate::Key), an
/// [`AnyKey`](crate::AnyKey), an engine that implements [`Mac`], a [`KeySet`] of any of them, or a
/// reference to one. Sealed: implement [`Mac`] for a key of your own.
pub trait Keys: sealed::Sealed {
    /// One of the keys.
    type Key: Mac;

    /// Whether the JOSE header names the key. Then the header is read before the MAC is verified;
    /// otherwise nothing is parsed before the MAC holds.
    const NAMED_BY_HEADER: bool;

    /// The keys that may have authenticated a token with this `kid`, in the order in which they
    /// are tried. One key is a candidate for every token.
    ///
    /// # Errors
    /// [`Error::UnknownKeyId`] if no key has this name, [`Error::MissingKeyId`] if a name is needed
    /// to find the key.
    fn candidates<'k>(
        &'k self,
        key_id: Option<JsonString<'_>>,
    ) -> Result<impl Iterator<Item = KeyEntry<'k, &'k Self::Key>>, Error>
    where
        Self::Key: 'k;
}

impl<M: Mac> Keys for M {
    type Key = M;

    const NAMED_BY_HEADER: bool = false;

    fn candidates<'k>(
        &'k self,
        _key_id: Option<JsonString<'_>>,
    ) -> Result<impl Iterator<Item = KeyEntry<'k, &'k M>>, Error>
    where
        M: 'k,
    {
        Ok(core::iter::once(KeyEntry::new(self)))
    }
}

impl<M: Mac> sealed::Sealed for M {}

/// Keeps other implementations out.
mod sealed {
    pub trait Sealed {}
}

/// Room for the longest signature that these keys verify.
pub(crate) const fn zero_tag<K: Keys>() -> Tag<K::Key> {
    <K::Key as Mac>::Algorithm::ZERO_TAG
}

/// The signature has to have the length of this key's MAC.
pub(crate) fn check_length(key: &impl Mac, signature: &[u8]) -> Result<(), Error> {
    let length = key.algorithm().tag_length();
    if signature.len() == length { Ok(()) } else { Err(Error::SignatureLength) }
}

/// Compares a signature with the MAC at the start of `computed`, in constant time. It has a MAC's
/// length, a multiple of eight bytes, and is compared a register at a time.
pub(crate) fn is_mac(signature: &[u8], computed: &[u8]) -> bool {
    let words = computed.as_chunks().0.iter().zip(signature.as_chunks().0);
    let equal = words.fold(Choice::from(1), |equal, (a, b)| {
        equal & usize::from_ne_bytes(*a).ct_eq(&usize::from_ne_bytes(*b))
    });
    equal.into()
}
