//! Algorithms, and the traits by which a key or an engine computes a MAC.

use sha2::{Sha256, Sha384, Sha512};
use zeroize::zeroize_stack;

use crate::Error;
use crate::json::JsonString;
use crate::key::no_work;

/// HMAC with SHA-256: keys of at least 32 bytes, a MAC of 32 bytes (RFC 7518 section 3.2).
#[derive(Clone, Copy, Debug)]
pub enum Hs256 {}

/// HMAC with SHA-384: keys of at least 48 bytes, a MAC of 48 bytes (RFC 7518 section 3.2).
#[derive(Clone, Copy, Debug)]
pub enum Hs384 {}

/// HMAC with SHA-512: keys of at least 64 bytes, a MAC of 64 bytes (RFC 7518 section 3.2).
#[derive(Clone, Copy, Debug)]
pub enum Hs512 {}

/// An algorithm as a type: [`Hs256`], [`Hs384`] or [`Hs512`]. Sealed: there are no others.
///
/// A key's type fixes its algorithm. The token's `alg` never selects one (RFC 8725 section 3.1),
/// and a firmware links only the algorithms that it names. There is no `none`.
pub trait Algorithm: sealed::HashFunction {
    /// The name in a JOSE header's `alg`.
    const NAME: &'static str = Self::VALUE.name();
    /// A whole MAC: `[u8; 32]`, `[u8; 48]` or `[u8; 64]`.
    type Tag: AsRef<[u8]> + AsMut<[u8]> + Copy;
    /// A MAC of zeros, as a place to write to.
    const ZERO_TAG: Self::Tag;
    /// The length of a MAC in bytes, and the least length of a key: 32, 48 or 64.
    const TAG_LENGTH: usize = size_of::<Self::Tag>();
    /// The same algorithm as a value.
    const VALUE: AnyAlgorithm;
}

/// An algorithm as a value, for code that learns it at run time. 1 byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[allow(clippy::exhaustive_enums, reason = "RFC 7518 has no other HMAC algorithms")]
pub enum AnyAlgorithm {
    /// [`Hs256`].
    Hs256,
    /// [`Hs384`].
    Hs384,
    /// [`Hs512`].
    Hs512,
}

impl AnyAlgorithm {
    pub(crate) const ALL: &'static [Self] = &[Self::Hs256, Self::Hs384, Self::Hs512];

    /// The name that `alg` has in a JOSE header or in a JSON Web Key (RFC 7518 section 3.1).
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Hs384 => "HS384",
            Self::Hs512 => "HS512",
        }
    }

    /// Finds the algorithm with this name. Case matters.
    ///
    /// # Errors
    /// [`Error::UnsupportedAlgorithm`] for any other name, `none` included.
    pub fn from_name(name: &str) -> Result<Self, Error> {
        Self::find(|known| known == name)
    }

    pub(crate) fn from_json(name: JsonString<'_>) -> Result<Self, Error> {
        Self::find(|known| name == known)
    }

    fn find(is_name: impl Fn(&'static str) -> bool) -> Result<Self, Error> {
        let found = Self::ALL.iter().find(|algorithm| is_name(algorithm.name()));
        found.copied().ok_or(Error::UnsupportedAlgorithm)
    }

    /// The length of a MAC in bytes.
    pub(crate) const fn tag_length(self) -> usize {
        match self {
            Self::Hs256 => Hs256::TAG_LENGTH,
            Self::Hs384 => Hs384::TAG_LENGTH,
            Self::Hs512 => Hs512::TAG_LENGTH,
        }
    }
}

/// A key that computes the MAC of a message.
///
/// [`Key`](crate::Key) does that in software. For a hardware engine, or a secure element whose key
/// never enters RAM, implement this trait: only `Algorithm` and [`mac`](Self::mac) are required.
/// The verifier compares the MAC itself, in constant time. If the engine needs `&mut`, keep it in a
/// `RefCell` or behind a critical section. An engine that has to be awaited can't implement this:
/// give it a [`KeyHandle`](crate::KeyHandle), and verify in two steps, by
/// [`Verifier::begin`](crate::Verifier::begin).
///
/// ```
/// use embedded_jwt::{Error, Hs256, Mac, Policy, Tag, Verifier};
///
/// # struct Peripheral;
/// # impl Peripheral { fn hmac(&self, _: &[u8]) -> Result<[u8; 32], ()> { Ok([0; 32]) } }
/// struct Engine(Peripheral);
///
/// impl Mac for Engine {
///     type Algorithm = Hs256;
///
///     fn mac(&self, message: &[u8]) -> Result<Tag<Self>, Error> {
///         self.0.hmac(message).map_err(|_| Error::MacEngine)
///     }
/// }
///
/// let verifier = Verifier::new(Engine(Peripheral), Policy::builder().build()?);
/// # Ok::<(), embedded_jwt::Error>(())
/// ```
pub trait Mac {
    /// The algorithm. If it is only known at run time, name the one with the longest MAC.
    type Algorithm: Algorithm;

    /// The algorithms that keys of this type may have, ordered by the MAC's length, shortest first.
    /// A type lists more than one only if its algorithm is not known before run time.
    const ALGORITHMS: &'static [AnyAlgorithm] = &[Self::Algorithm::VALUE];

    /// This key's algorithm: one of [`ALGORITHMS`](Self::ALGORITHMS).
    fn algorithm(&self) -> AnyAlgorithm {
        Self::Algorithm::VALUE
    }

    /// Computes the MAC of `message`, untruncated. If it is shorter than `Tag`, it goes to the
    /// start of `Tag`. The caller owns the MAC, and wipes it if it has to stay secret.
    ///
    /// # Errors
    /// [`Error::MacEngine`] if the engine failed. The token is refused.
    fn mac(&self, message: &[u8]) -> Result<Tag<Self>, Error>;

    /// Computes the same MAC into `tag`, and calls `meanwhile` to do other work while the hash is
    /// busy. The verifier calls this method.
    ///
    /// Each call of `meanwhile` does a part of that work, and returns whether any is left. The
    /// verifier uses it to decode the payload while an engine computes on its own, by DMA or in a
    /// pipeline. The provided method does all of that work first, then calls [`mac`](Self::mac).
    ///
    /// The verifier wipes the stack afterwards, so [`Key`](crate::Key) doesn't. If you call this
    /// method yourself, wiping is up to you.
    ///
    /// # Errors
    /// Those of [`mac`](Self::mac), and any error from `meanwhile`, which ends the computation.
    fn mac_while(
        &self,
        message: &[u8],
        mut meanwhile: impl FnMut() -> Result<bool, Error>,
        tag: &mut Tag<Self>,
    ) -> Result<(), Error> {
        while meanwhile()? {}
        *tag = self.mac(message)?;
        Ok(())
    }

    /// Overwrites what computing and comparing a MAC leaves on the stack.
    #[doc(hidden)]
    fn wipe_after_mac(&self) {
        <Self::Algorithm as sealed::HashFunction>::wipe_after_mac();
    }

    /// Computes the MAC of a message that is still being written: each call of `write` writes more
    /// of it, and returns up to where it is complete. Wiping the stack is up to the caller.
    #[doc(hidden)]
    fn mac_while_written(
        &self,
        message: &mut [u8],
        mut write: impl FnMut(&mut [u8]) -> usize,
        tag: &mut Tag<Self>,
    ) -> Result<(), Error> {
        while write(message) < message.len() {}
        self.mac_while(message, no_work, tag)
    }
}

/// A [`Mac`] that takes its message in pieces, as a token arrives. A
/// [`StreamingVerifier`](crate::StreamingVerifier) needs it.
///
/// [`Key`](crate::Key) does that in software. Implement it for an engine that can take pieces. The
/// MAC must not depend on where the message is cut. A message is finished or dropped before the
/// next one begins.
///
/// With one key, a message begins with a token's first 64 bytes and ends with the token. If the
/// engine can only work on one message, a sender that is slow, or that never ends its token, keeps
/// it from all others: [`reset`](crate::StreamingVerifier::reset) the stream after a time, or
/// collect tokens with [`IncomingToken`](crate::IncomingToken), which asks the engine only at the
/// end.
pub trait StreamingMac: Mac {
    /// A MAC under way. It is dropped if its token is abandoned.
    type Running;

    /// Begins a message.
    ///
    /// # Errors
    /// [`Error::MacEngine`] if the engine failed. The token is refused.
    fn begin(&self) -> Result<Self::Running, Error>;

    /// Takes the next piece of the message.
    ///
    /// # Errors
    /// [`Error::MacEngine`] if the engine failed. The token is refused.
    fn update(&self, running: &mut Self::Running, piece: &[u8]) -> Result<(), Error>;

    /// Ends the message and returns its MAC, as [`mac`](Mac::mac) does. `running` is dropped next.
    ///
    /// # Errors
    /// [`Error::MacEngine`] if the engine failed. The token is refused.
    fn finish(&self, running: &mut Self::Running) -> Result<Tag<Self>, Error>;
}

/// The MAC that a key computes: 32, 48 or 64 bytes.
pub type Tag<M> = <<M as Mac>::Algorithm as Algorithm>::Tag;

impl<M: Mac> Mac for &M {
    type Algorithm = M::Algorithm;

    const ALGORITHMS: &'static [AnyAlgorithm] = M::ALGORITHMS;

    fn algorithm(&self) -> AnyAlgorithm {
        (**self).algorithm()
    }

    fn mac(&self, message: &[u8]) -> Result<Tag<Self>, Error> {
        (**self).mac(message)
    }

    fn mac_while(
        &self,
        message: &[u8],
        meanwhile: impl FnMut() -> Result<bool, Error>,
        tag: &mut Tag<Self>,
    ) -> Result<(), Error> {
        (**self).mac_while(message, meanwhile, tag)
    }

    fn mac_while_written(
        &self,
        message: &mut [u8],
        write: impl FnMut(&mut [u8]) -> usize,
        tag: &mut Tag<Self>,
    ) -> Result<(), Error> {
        (**self).mac_while_written(message, write, tag)
    }

    fn wipe_after_mac(&self) {
        (**self).wipe_after_mac();
    }
}

impl<M: StreamingMac> StreamingMac for &M {
    type Running = M::Running;

    fn begin(&self) -> Result<Self::Running, Error> {
        (**self).begin()
    }

    fn update(&self, running: &mut Self::Running, piece: &[u8]) -> Result<(), Error> {
        (**self).update(running, piece)
    }

    fn finish(&self, running: &mut Self::Running) -> Result<Tag<Self>, Error> {
        (**self).finish(running)
    }
}

impl Algorithm for Hs256 {
    type Tag = [u8; 32];
    const ZERO_TAG: Self::Tag = [0; 32];
    const VALUE: AnyAlgorithm = AnyAlgorithm::Hs256;
}

impl Algorithm for Hs384 {
    type Tag = [u8; 48];
    const ZERO_TAG: Self::Tag = [0; 48];
    const VALUE: AnyAlgorithm = AnyAlgorithm::Hs384;
}

impl Algorithm for Hs512 {
    type Tag = [u8; 64];
    const ZERO_TAG: Self::Tag = [0; 64];
    const VALUE: AnyAlgorithm = AnyAlgorithm::Hs512;
}

impl sealed::HashFunction for Hs256 {
    type Hash = Sha256;

    fn wipe_after_key() {
        zeroize_stack::<{ reach(1280, 4096) }>();
    }

    fn wipe_after_encoding() {
        zeroize_stack::<{ reach(1024, 4096) }>();
    }

    fn wipe_after_mac() {
        zeroize_stack::<{ reach(656, 2048) }>();
    }
}

impl sealed::HashFunction for Hs384 {
    type Hash = Sha384;

    fn wipe_after_key() {
        zeroize_stack::<{ reach(2560, 6144) }>();
    }

    fn wipe_after_mac() {
        zeroize_stack::<{ reach(1792, 4096) }>();
    }
}

impl sealed::HashFunction for Hs512 {
    type Hash = Sha512;

    fn wipe_after_key() {
        zeroize_stack::<{ reach(2560, 6144) }>();
    }

    fn wipe_after_mac() {
        zeroize_stack::<{ reach(1792, 4096) }>();
    }
}

/// How far below the caller's frame HMAC may write to the stack, in bytes, on a microcontroller or
/// on a computer, whose stack is long and whose compiler holds more in registers that are saved
/// there. The tests that search dead stack fail if it is too little.
///
/// The arguments are for optimized code, at any `opt-level` but 0. On a microcontroller, those of a
/// key are enough however it is linked. Those of a MAC set how much stack a verification takes, so
/// they are just enough at levels 2 and 3, and at s and z with link-time optimization: without it,
/// and at level 1, hashing takes up to 110 bytes more, and some bytes may stay.
///
/// Debug assertions stand for a build without optimization, whose frames are larger, since a crate
/// can't see its `opt-level`. The larger size covers this crate unoptimized with `sha2` optimized,
/// as in its own tests. If `sha2` is not optimized either, or debug assertions are off at
/// `opt-level` 0, a part may stay. On a microcontroller it would overflow the stack, so a debug
/// build wipes no more there.
const fn reach(on_a_microcontroller: usize, on_a_computer: usize) -> usize {
    let is_computer = cfg!(any(
        target_pointer_width = "64",
        target_os = "android",
        target_os = "freebsd",
        target_os = "linux",
        target_os = "windows",
    ));
    match (is_computer, cfg!(debug_assertions)) {
        (false, _) => on_a_microcontroller,
        (true, false) => on_a_computer,
        (true, true) => 8192,
    }
}

/// Keeps the hash functions private, and prevents other algorithms.
pub(crate) mod sealed {
    pub trait HashFunction: 'static {
        type Hash: hmac::EagerHash;

        /// Overwrites the stack below the caller's frame, as far as hashing a key reaches.
        fn wipe_after_key();

        /// The same after encoding a token again to compute its MAC, and comparing it.
        fn wipe_after_encoding() {
            Self::wipe_after_key();
        }

        /// The same after computing a MAC and comparing it.
        fn wipe_after_mac();
    }
}
