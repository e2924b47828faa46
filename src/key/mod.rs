//! Keys: what a verifier takes to verify with, one key or a set of them.

pub(crate) mod any;
pub(crate) mod entry;
pub(crate) mod handle;
pub(crate) mod hmac;
pub(crate) mod jwk;
pub(crate) mod mac;
pub(crate) mod name;
pub(crate) mod set;

use subtle::{Choice, ConstantTimeEq};

use crate::Error;
use crate::json::{JsonString, cut};
use entry::KeyEntry;
use mac::{Algorithm, AnyAlgorithm, Mac, Tag};

/// What a [`Verifier`](crate::Verifier) takes: a [`Key`](crate::Key), an [`AnyKey`](crate::AnyKey),
/// an engine that implements [`Mac`], a [`KeySet`](crate::KeySet) of any of them, or a reference to
/// one; also a [`KeyHandle`](crate::KeyHandle), or a set of handles. Sealed: implement [`Mac`] for
/// a key of your own.
///
/// What a key can do is said by its own type. [`verify`](crate::Verifier::verify) needs keys that
/// implement [`Mac`], [`stream`](crate::Verifier::stream) those that implement
/// [`StreamingMac`](crate::StreamingMac), and [`begin`](crate::Verifier::begin) takes all.
pub trait Keys: sealed::Sealed {
    /// One of the keys.
    type Key;

    /// Room for the longest signature: `[u8; 32]`, `[u8; 48]` or `[u8; 64]`.
    type Signature: AsRef<[u8]> + AsMut<[u8]> + Copy;

    /// A signature of zeros, to be written over.
    const ZERO_SIGNATURE: Self::Signature;

    /// The algorithms that the keys may have, the one with the shortest signature first.
    const ALGORITHMS: &'static [AnyAlgorithm];

    /// Whether the JOSE header names the key. Then the header is read before the signature is
    /// verified; otherwise nothing is parsed before the signature holds.
    const NAMED_BY_HEADER: bool;

    /// The keys that may have signed a token with this `kid`, in order. Those for its `alg` are
    /// tried. A single key is tried for every token.
    ///
    /// # Errors
    /// [`Error::UnknownKeyId`] if no key has this name, [`Error::MissingKeyId`] if the token has no
    /// `kid` and the set needs one.
    fn candidates<'k>(
        &'k self,
        key_id: Option<JsonString<'_>>,
    ) -> Result<impl Iterator<Item = KeyEntry<'k, &'k Self::Key>>, Error>
    where
        Self::Key: 'k;

    /// The algorithm of one of the keys.
    fn algorithm(key: &Self::Key) -> AnyAlgorithm;

    /// Whether two keys have the same algorithm and the same secret. Compares a MAC of theirs in
    /// constant time, or handles.
    ///
    /// # Errors
    /// What an engine returns.
    fn is_same(key: &Self::Key, other: &Self::Key) -> Result<bool, Error>;
}

impl<M: Mac> Keys for M {
    type Key = M;
    type Signature = Tag<M>;

    const ZERO_SIGNATURE: Tag<M> = M::Algorithm::ZERO_TAG;
    const ALGORITHMS: &'static [AnyAlgorithm] = M::ALGORITHMS;
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

    fn algorithm(key: &M) -> AnyAlgorithm {
        key.algorithm()
    }

    fn is_same(key: &M, other: &M) -> Result<bool, Error> {
        let outcome = compare(key, other);
        key.wipe_after_mac();
        outcome
    }
}

impl<M: Mac> sealed::Sealed for M {}

/// Prevents other implementations.
mod sealed {
    pub trait Sealed {}
}

/// Nothing to do while a MAC is computed. A function has one type, so it is linked once.
pub(crate) const fn no_work() -> Result<bool, Error> {
    Ok(false)
}

/// Not inlined, so that all that it leaves on the stack is below its caller's frame.
#[inline(never)]
fn compare<M: Mac>(key: &M, other: &M) -> Result<bool, Error> {
    let algorithm = key.algorithm();
    if other.algorithm() != algorithm {
        return Ok(false);
    }
    let mut mac = M::Algorithm::ZERO_TAG;
    key.mac_while(SAMPLE, no_work, &mut mac)?;
    let expected = cut(mac.as_ref(), algorithm.tag_length());
    match verify(other, SAMPLE, no_work, expected) {
        Ok(()) => Ok(true),
        Err(Error::SignatureMismatch) => Ok(false),
        Err(error) => Err(error),
    }
}

/// What keys are compared by. It has no dot, so its MAC signs no token.
const SAMPLE: &[u8] = b"is this the same key?";

/// Checks that `signature` is the MAC of `message` by this key. `meanwhile` is called as by
/// [`Mac::mac_while`].
///
/// # Errors
/// [`Error::SignatureMismatch`] if it isn't, [`Error::SignatureLength`] if it has another length
/// than the key's, and what an engine or `meanwhile` returns.
pub(crate) fn verify<M: Mac>(
    key: &M,
    message: &[u8],
    meanwhile: impl FnMut() -> Result<bool, Error>,
    signature: &[u8],
) -> Result<(), Error> {
    check_mac(key, signature, |key, mac| key.mac_while(message, meanwhile, mac))
}

/// Checks that `signature` is the MAC that `compute` writes with this key. Then wipes what that
/// left on the stack: with the right MAC, a refused forgery would be accepted.
///
/// # Errors
/// [`Error::SignatureMismatch`] if it isn't, [`Error::SignatureLength`] if it has another length,
/// and those of `compute`.
pub(crate) fn check_mac<M: Mac>(
    key: &M,
    signature: &[u8],
    compute: impl FnOnce(&M, &mut Tag<M>) -> Result<(), Error>,
) -> Result<(), Error> {
    let outcome = compute_and_compare(key, signature, compute);
    key.wipe_after_mac();
    outcome
}

/// The same, but the caller wipes. Not inlined, so that all that it leaves on the stack is below
/// its caller's frame.
#[inline(never)]
pub(crate) fn compute_and_compare<M: Mac>(
    key: &M,
    signature: &[u8],
    compute: impl FnOnce(&M, &mut Tag<M>) -> Result<(), Error>,
) -> Result<(), Error> {
    if signature.len() != key.algorithm().tag_length() {
        return Err(Error::SignatureLength);
    }
    let mut mac = M::Algorithm::ZERO_TAG;
    compute(key, &mut mac)?;
    if are_equal(signature, mac.as_ref()) { Ok(()) } else { Err(Error::SignatureMismatch) }
}

/// Compares a signature with the MAC at the start of `computed`, in constant time. Its length, a
/// MAC's, is a multiple of eight bytes, so it is compared one register at a time.
pub(crate) fn are_equal(signature: &[u8], computed: &[u8]) -> bool {
    let words = computed.as_chunks().0.iter().zip(signature.as_chunks().0);
    let equal = words.fold(Choice::from(1), |equal, (a, b)| {
        equal & usize::from_ne_bytes(*a).ct_eq(&usize::from_ne_bytes(*b))
    });
    equal.into()
}
