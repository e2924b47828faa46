//! [`KeyHandle`], the name of a key that is elsewhere.

use core::fmt;
use core::marker::PhantomData;

use super::entry::KeyEntry;
use super::mac::{Algorithm, AnyAlgorithm};
use super::{Keys, sealed};
use crate::Error;
use crate::json::JsonString;

/// The name of a key that is elsewhere, and whose MAC is awaited: the slot of a secure element on a
/// bus, or the register of an engine that computes by DMA.
///
/// It can't compute, so a [`Verifier`](crate::Verifier) or a [`KeySet`](crate::KeySet) that has it
/// verifies in two steps: see [`begin`](crate::Verifier::begin). `H` is a type of yours that says
/// which key it is, such as a number; equal handles are the same key. It implements `PartialEq` and
/// borrows nothing. Don't make a secret the handle, but name its place: a handle is not wiped, and
/// not compared in constant time. Size: that of `H`.
///
/// ```
/// use embedded_jwt::{Error, Hs256, KeyEntry, KeyHandle, KeySet};
///
/// // The keys are in slots 3 and 4 of the secure element.
/// let mut keys: KeySet<KeyHandle<Hs256, u8>, 2> = KeySet::new();
/// keys.add("2026-11", KeyEntry::new(KeyHandle::new(3)).retired_after(1_798_761_600))?;
/// keys.add("2026-12", KeyEntry::new(KeyHandle::new(4)))?;
/// # Ok::<(), Error>(())
/// ```
///
/// What has to be awaited does not compile where nothing waits:
///
/// ```compile_fail,E0277
/// # use embedded_jwt::{Hs256, KeyHandle, Policy, Time, Verifier};
/// let verifier = Verifier::new(KeyHandle::<Hs256, u8>::new(3), Policy::builder().build()?);
/// let token = verifier.verify(b"e30.e30.AAAA", Time::Unknown, &mut [0; 64])?;
/// # Ok::<(), embedded_jwt::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct KeyHandle<A, H> {
    handle: H,
    algorithm: PhantomData<fn() -> A>,
}

impl<A: Algorithm, H> KeyHandle<A, H> {
    /// Names a key for this algorithm.
    pub const fn new(handle: H) -> Self {
        Self { handle, algorithm: PhantomData }
    }

    /// What names the key.
    pub const fn get(&self) -> &H {
        &self.handle
    }
}

impl<A: Algorithm, H: PartialEq + 'static> Keys for KeyHandle<A, H> {
    type Key = Self;
    type Signature = A::Tag;

    const ZERO_SIGNATURE: A::Tag = A::ZERO_TAG;
    const ALGORITHMS: &'static [AnyAlgorithm] = &[A::VALUE];
    const NAMED_BY_HEADER: bool = false;

    fn candidates<'k>(
        &'k self,
        _key_id: Option<JsonString<'_>>,
    ) -> Result<impl Iterator<Item = KeyEntry<'k, &'k Self>>, Error>
    where
        Self::Key: 'k,
    {
        Ok(core::iter::once(KeyEntry::new(self)))
    }

    fn algorithm(_key: &Self) -> AnyAlgorithm {
        A::VALUE
    }

    fn is_same(key: &Self, other: &Self) -> Result<bool, Error> {
        Ok(key.handle == other.handle)
    }
}

impl<A: Algorithm, H> sealed::Sealed for KeyHandle<A, H> {}

/// Doesn't show the handle.
impl<A: Algorithm, H> fmt::Debug for KeyHandle<A, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyHandle").field("algorithm", &A::NAME).finish_non_exhaustive()
    }
}
