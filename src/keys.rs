//! What a verifier holds: one key, or a set of keys that a token's header picks from.

use subtle::{Choice, ConstantTimeEq};

use crate::Error;
use crate::json::JsonString;
use crate::key_set::KeyEntry;
use crate::mac::{Algorithm, Mac};

/// A key for one algorithm: a [`Key`](crate::Key), an engine that implements [`Mac`], or an
/// [`AnyKey`](crate::AnyKey), whose algorithm is known at run time only.
///
/// Implement [`Mac`] for a key of your own.
pub trait VerificationKey {
    /// Room for the longest signature that such a key verifies.
    #[doc(hidden)]
    type Tag: AsRef<[u8]> + AsMut<[u8]> + Copy;
    #[doc(hidden)]
    const ZERO_TAG: Self::Tag;
    /// How long signatures are, in bytes, the shortest first.
    #[doc(hidden)]
    const TAG_LENGTHS: &'static [usize];

    /// The name in a JOSE header's `alg`.
    #[doc(hidden)]
    fn algorithm(&self) -> &'static str;

    /// Whether `tag` is the MAC of `message`, told in constant time; its length is public.
    #[doc(hidden)]
    fn verify(&self, message: &[u8], tag: &[u8]) -> Result<(), Error>;
}

impl<M: Mac> VerificationKey for M {
    type Tag = <M::Algorithm as Algorithm>::Tag;
    const ZERO_TAG: Self::Tag = M::Algorithm::ZERO_TAG;
    const TAG_LENGTHS: &'static [usize] = &[M::Algorithm::TAG_LENGTH];

    fn algorithm(&self) -> &'static str {
        M::Algorithm::NAME
    }

    fn verify(&self, message: &[u8], tag: &[u8]) -> Result<(), Error> {
        if tag.len() != M::Algorithm::TAG_LENGTH {
            return Err(Error::SignatureLength);
        }
        let computed = self.mac(message)?;
        if equal(computed.as_ref(), tag) { Ok(()) } else { Err(Error::SignatureMismatch) }
    }
}

/// Whether two MACs of one length are equal, in constant time. Four bytes a turn, for a MAC's
/// length is a multiple of four.
fn equal(one: &[u8], other: &[u8]) -> bool {
    let words = one.as_chunks().0.iter().zip(other.as_chunks().0);
    words
        .fold(Choice::from(1), |equal, (a, b)| {
            equal & u32::from_ne_bytes(*a).ct_eq(&u32::from_ne_bytes(*b))
        })
        .into()
}

/// What a verifier holds: any [`VerificationKey`], a [`KeySet`](crate::KeySet), or a reference to
/// one.
pub trait Keys {
    /// What a key is.
    #[doc(hidden)]
    type Key: VerificationKey;

    /// The key, if there is no choice.
    #[doc(hidden)]
    fn only(&self) -> Option<&Self::Key>;

    /// The key of this name.
    #[doc(hidden)]
    fn find(&self, key_id: JsonString<'_>) -> Option<&KeyEntry<'_, Self::Key>>;

    /// The keys to try for a token that names none.
    #[doc(hidden)]
    fn without_key_id(&self) -> Result<impl Iterator<Item = &KeyEntry<'_, Self::Key>>, Error>;
}

impl<K: VerificationKey> Keys for K {
    type Key = K;

    fn only(&self) -> Option<&K> {
        Some(self)
    }

    fn find(&self, _key_id: JsonString<'_>) -> Option<&KeyEntry<'_, K>> {
        None
    }

    fn without_key_id(&self) -> Result<impl Iterator<Item = &KeyEntry<'_, K>>, Error> {
        Ok(core::iter::empty())
    }
}
