//! The MAC: which algorithms there are, and what computes them.

use sha2::{Sha256, Sha384, Sha512};

use crate::Error;
use crate::base64url::Decoding;

/// HMAC with SHA-256: keys of at least 32 bytes, a MAC of 32 bytes (RFC 7518 section 3.2).
#[derive(Clone, Copy, Debug)]
pub enum Hs256 {}

/// HMAC with SHA-384: keys of at least 48 bytes, a MAC of 48 bytes (RFC 7518 section 3.2).
#[derive(Clone, Copy, Debug)]
pub enum Hs384 {}

/// HMAC with SHA-512: keys of at least 64 bytes, a MAC of 64 bytes (RFC 7518 section 3.2).
#[derive(Clone, Copy, Debug)]
pub enum Hs512 {}

/// One of [`Hs256`], [`Hs384`] and [`Hs512`].
///
/// The algorithm is a type: a key has one for good, the token's `alg` never selects it
/// (RFC 8725 section 3.1), and a firmware links only what it names. There is no `none`.
pub trait Algorithm: sealed::HashFunction {
    /// The name in a JOSE header's `alg`.
    const NAME: &'static str;
    /// A whole MAC: `[u8; 32]`, `[u8; 48]` or `[u8; 64]`.
    type Tag: AsRef<[u8]> + AsMut<[u8]> + Copy;
    /// A MAC of zeros, to be written over.
    const ZERO_TAG: Self::Tag;
    /// The length of a MAC in bytes, and the least length of a key: 32, 48 or 64.
    const TAG_LENGTH: usize;
}

/// What computes the MAC of a message under a key that it holds.
///
/// [`Key`](crate::Key) is the one in software. A hardware engine, or a secure element whose key
/// never enters RAM, implements this trait to stand in for it; the comparison stays with the
/// verifier. An engine that needs `&mut` keeps it in a `RefCell` or behind a critical section.
pub trait Mac {
    /// The one algorithm that this key is for.
    type Algorithm: Algorithm;

    /// The whole MAC of `message`, untruncated.
    ///
    /// # Errors
    /// [`Error::MacEngine`] when the engine did not do it. The token is refused.
    fn mac(&self, message: &[u8]) -> Result<Tag<Self>, Error>;

    /// The same, to a place.
    #[doc(hidden)]
    fn mac_to(&self, message: &[u8], place: &mut Tag<Self>) -> Result<(), Error> {
        *place = self.mac(message)?;
        Ok(())
    }

    /// The same, for a token of which something is still to be decoded: before, or meanwhile. What can't be decoded is not
    /// worth a MAC.
    #[doc(hidden)]
    fn mac_while_decoding(
        &self,
        message: &[u8],
        decoding: &mut Decoding<'_, '_>,
    ) -> Result<Tag<Self>, Error> {
        decoding.finish()?;
        self.mac(message)
    }
}

/// A [`Mac`] that takes its message in pieces, as a token arrives: for a
/// [`StreamingVerifier`](crate::StreamingVerifier).
///
/// [`Key`](crate::Key) is the one in software. An engine implements it beside [`Mac`], if it can; the
/// MAC has to be the same, whatever the pieces. With one key, a stream begins one message for each
/// token; with a key set it may begin several, one after the other, of which each is dropped or finished
/// before the next.
pub trait StreamingMac: Mac {
    /// A MAC that is being computed. It is dropped when a token is given up.
    type Running;

    /// Begins a message.
    fn begin(&self) -> Self::Running;

    /// Takes the next piece of the message. What an engine can't do is told by
    /// [`finish`](Self::finish).
    fn update(&self, running: &mut Self::Running, piece: &[u8]);

    /// The whole MAC of the message, untruncated. `running` is spent then, and dropped next.
    ///
    /// # Errors
    /// [`Error::MacEngine`] when the engine did not do it. The token is refused.
    fn finish(&self, running: &mut Self::Running) -> Result<Tag<Self>, Error>;
}

/// The MAC that an engine computes: 32, 48 or 64 bytes.
pub type Tag<M> = <<M as Mac>::Algorithm as Algorithm>::Tag;

impl<M: Mac + ?Sized> Mac for &M {
    type Algorithm = M::Algorithm;

    fn mac(&self, message: &[u8]) -> Result<Tag<Self>, Error> {
        (**self).mac(message)
    }

    fn mac_while_decoding(
        &self,
        message: &[u8],
        decoding: &mut Decoding<'_, '_>,
    ) -> Result<Tag<Self>, Error> {
        (**self).mac_while_decoding(message, decoding)
    }
}

impl<M: StreamingMac + ?Sized> StreamingMac for &M {
    type Running = M::Running;

    fn begin(&self) -> Self::Running {
        (**self).begin()
    }

    fn update(&self, running: &mut Self::Running, piece: &[u8]) {
        (**self).update(running, piece);
    }

    fn finish(&self, running: &mut Self::Running) -> Result<Tag<Self>, Error> {
        (**self).finish(running)
    }
}

impl Algorithm for Hs256 {
    const NAME: &'static str = "HS256";
    type Tag = [u8; 32];
    const ZERO_TAG: Self::Tag = [0; 32];
    const TAG_LENGTH: usize = 32;
}

impl Algorithm for Hs384 {
    const NAME: &'static str = "HS384";
    type Tag = [u8; 48];
    const ZERO_TAG: Self::Tag = [0; 48];
    const TAG_LENGTH: usize = 48;
}

impl Algorithm for Hs512 {
    const NAME: &'static str = "HS512";
    type Tag = [u8; 64];
    const ZERO_TAG: Self::Tag = [0; 64];
    const TAG_LENGTH: usize = 64;
}

impl sealed::HashFunction for Hs256 {
    type Hash = Sha256;
}

impl sealed::HashFunction for Hs384 {
    type Hash = Sha384;
}

impl sealed::HashFunction for Hs512 {
    type Hash = Sha512;
}

/// Keeps the hash functions out of the public API, and other algorithms out of the crate.
pub(crate) mod sealed {
    pub trait HashFunction {
        type Hash: hmac::EagerHash;
    }
}
