//! What a verifier holds: one key, or a set of keys that a token's header picks from.

use subtle::{Choice, ConstantTimeEq};

use crate::Error;
use crate::base64url::Decoding;
use crate::json::JsonString;
use crate::key_set::KeyEntry;
use crate::mac::{Algorithm, Mac, StreamingMac};

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

    /// The length of its MACs, in bytes.
    #[doc(hidden)]
    fn tag_length(&self) -> usize;

    /// Whether `tag` is the MAC of `message`, told in constant time; its length is public.
    #[doc(hidden)]
    fn verify(&self, message: &[u8], tag: &[u8]) -> Result<(), Error>;

    /// The same, as [`Mac::mac_while_decoding`].
    #[doc(hidden)]
    fn verify_while_decoding(
        &self,
        message: &[u8],
        tag: &[u8],
        decoding: &mut Decoding<'_, '_>,
    ) -> Result<(), Error>;
}

impl<M: Mac> VerificationKey for M {
    type Tag = <M::Algorithm as Algorithm>::Tag;
    const ZERO_TAG: Self::Tag = M::Algorithm::ZERO_TAG;
    const TAG_LENGTHS: &'static [usize] = &[M::Algorithm::TAG_LENGTH];

    fn algorithm(&self) -> &'static str {
        M::Algorithm::NAME
    }

    fn tag_length(&self) -> usize {
        M::Algorithm::TAG_LENGTH
    }

    fn verify(&self, message: &[u8], tag: &[u8]) -> Result<(), Error> {
        check_length(self, tag)?;
        let mut computed = Self::ZERO_TAG;
        self.mac_to(message, &mut computed)?;
        check_equal(computed.as_ref(), tag)
    }

    fn verify_while_decoding(
        &self,
        message: &[u8],
        tag: &[u8],
        decoding: &mut Decoding<'_, '_>,
    ) -> Result<(), Error> {
        check_length(self, tag)?;
        check_equal(self.mac_while_decoding(message, decoding)?.as_ref(), tag)
    }
}

/// A key that takes the message in pieces, as a token arrives: a [`Key`](crate::Key), an
/// [`AnyKey`](crate::AnyKey), or an engine that implements [`StreamingMac`].
pub trait StreamingKey: VerificationKey {
    /// A MAC that is being computed.
    #[doc(hidden)]
    type Running;

    #[doc(hidden)]
    fn begin(&self) -> Self::Running;

    #[doc(hidden)]
    fn update(&self, running: &mut Self::Running, piece: &[u8]);

    /// The MAC, at the start of the room for the longest.
    #[doc(hidden)]
    fn finish(&self, running: &mut Self::Running) -> Result<Self::Tag, Error>;

    /// As [`VerificationKey::verify`], of the message that has come.
    #[doc(hidden)]
    fn verify_running(&self, running: &mut Self::Running, tag: &[u8]) -> Result<(), Error> {
        check_length(self, tag)?;
        check_equal(self.finish(running)?.as_ref(), tag)
    }
}

impl<M: StreamingMac> StreamingKey for M {
    type Running = M::Running;

    fn begin(&self) -> Self::Running {
        StreamingMac::begin(self)
    }

    fn update(&self, running: &mut Self::Running, piece: &[u8]) {
        StreamingMac::update(self, running, piece);
    }

    fn finish(&self, running: &mut Self::Running) -> Result<Self::Tag, Error> {
        StreamingMac::finish(self, running)
    }
}

fn check_length(key: &(impl VerificationKey + ?Sized), tag: &[u8]) -> Result<(), Error> {
    if tag.len() == key.tag_length() { Ok(()) } else { Err(Error::SignatureLength) }
}

/// The signature has to be the MAC at the start of `computed`, which is told in constant time. A register
/// a turn, for a MAC's length, which `tag` has by [`check_length`], is a multiple of eight bytes.
fn check_equal(computed: &[u8], tag: &[u8]) -> Result<(), Error> {
    let words = computed.as_chunks().0.iter().zip(tag.as_chunks().0);
    let equal = words.fold(Choice::from(1), |equal, (a, b)| {
        equal & usize::from_ne_bytes(*a).ct_eq(&usize::from_ne_bytes(*b))
    });
    if equal.into() { Ok(()) } else { Err(Error::SignatureMismatch) }
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

    /// All keys of a set.
    #[doc(hidden)]
    fn entries(&self) -> impl Iterator<Item = &KeyEntry<'_, Self::Key>>;

    /// Whether a token that names no key is verified with any.
    #[doc(hidden)]
    fn allows_missing_key_id(&self) -> bool;
}

impl<K: VerificationKey> Keys for K {
    type Key = K;

    fn only(&self) -> Option<&K> {
        Some(self)
    }

    fn find(&self, _key_id: JsonString<'_>) -> Option<&KeyEntry<'_, K>> {
        None
    }

    fn entries(&self) -> impl Iterator<Item = &KeyEntry<'_, K>> {
        core::iter::empty()
    }

    fn allows_missing_key_id(&self) -> bool {
        false
    }
}
