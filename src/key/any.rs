//! [`AnyKey`], a key whose algorithm is not known before run time.

use super::hmac::{Key, RunningHmac};
use super::mac::sealed::HashFunction;
use super::mac::{Algorithm, AnyAlgorithm, Hs256, Hs384, Hs512, Mac, StreamingMac, Tag};
use super::no_work;
use crate::Error;

/// A key whose algorithm is not known before run time, for key sets that mix algorithms and for
/// tools. It links all three hash functions. If you know the algorithm, use a [`Key`].
///
/// The key's algorithm never changes, and a token never chooses it (RFC 8725 section 3.1).
/// Size: 160 bytes and up to 16 for alignment.
#[derive(Debug)]
#[allow(clippy::exhaustive_enums, reason = "RFC 7518 has no other HMAC algorithms")]
pub enum AnyKey {
    /// A key for HS256.
    Hs256(Key<Hs256>),
    /// A key for HS384.
    Hs384(Key<Hs384>),
    /// A key for HS512.
    Hs512(Key<Hs512>),
}

impl AnyKey {
    /// Makes a key from a secret's bytes, as [`Key::new`] does.
    ///
    /// # Errors
    /// [`Error::KeyTooShort`] for fewer bytes than the hash's output has: 32, 48 or 64
    /// (RFC 7518 section 3.2).
    pub fn new(algorithm: AnyAlgorithm, secret: &[u8]) -> Result<Self, Error> {
        match algorithm {
            AnyAlgorithm::Hs256 => Key::new(secret).map(Self::Hs256),
            AnyAlgorithm::Hs384 => Key::new(secret).map(Self::Hs384),
            AnyAlgorithm::Hs512 => Key::new(secret).map(Self::Hs512),
        }
    }

    /// The key's algorithm.
    #[must_use]
    pub const fn algorithm(&self) -> AnyAlgorithm {
        match self {
            Self::Hs256(_) => AnyAlgorithm::Hs256,
            Self::Hs384(_) => AnyAlgorithm::Hs384,
            Self::Hs512(_) => AnyAlgorithm::Hs512,
        }
    }
}

/// Computes a MAC of 32, 48 or 64 bytes, at the start of a tag of 64.
impl AnyKey {
    /// Not inlined, so that all that it leaves on the stack is below its caller's frame.
    #[inline(never)]
    fn write_mac_alone(&self, message: &[u8], tag: &mut Tag<Self>) -> Result<(), Error> {
        self.mac_while(message, no_work, tag)
    }
}

impl Mac for AnyKey {
    type Algorithm = Hs512;

    const ALGORITHMS: &'static [AnyAlgorithm] = AnyAlgorithm::ALL;

    fn algorithm(&self) -> AnyAlgorithm {
        self.algorithm()
    }

    /// Wipes what it leaves on the stack.
    fn mac(&self, message: &[u8]) -> Result<Tag<Self>, Error> {
        let mut tag = Hs512::ZERO_TAG;
        let outcome = self.write_mac_alone(message, &mut tag);
        Hs512::wipe_after_mac();
        outcome.map(|()| tag)
    }

    fn mac_while(
        &self,
        message: &[u8],
        meanwhile: impl FnMut() -> Result<bool, Error>,
        tag: &mut Tag<Self>,
    ) -> Result<(), Error> {
        match self {
            Self::Hs256(key) => key.write_mac(message, meanwhile, tag),
            Self::Hs384(key) => key.write_mac(message, meanwhile, tag),
            Self::Hs512(key) => key.write_mac(message, meanwhile, tag),
        }
    }

    fn mac_while_written(
        &self,
        message: &mut [u8],
        write: impl FnMut(&mut [u8]) -> usize,
        tag: &mut Tag<Self>,
    ) -> Result<(), Error> {
        match self {
            Self::Hs256(key) => key.write_mac_while_written(message, write, tag),
            Self::Hs384(key) => key.write_mac_while_written(message, write, tag),
            Self::Hs512(key) => key.write_mac_while_written(message, write, tag),
        }
        Ok(())
    }
}

/// The MAC of a message in pieces, by an [`AnyKey`]. Size: 288 bytes and up to 16 for alignment.
#[derive(Debug)]
#[allow(clippy::exhaustive_enums, reason = "RFC 7518 has no other HMAC algorithms")]
pub enum AnyRunningHmac {
    /// By a key for HS256.
    Hs256(RunningHmac<Hs256>),
    /// By a key for HS384.
    Hs384(RunningHmac<Hs384>),
    /// By a key for HS512.
    Hs512(RunningHmac<Hs512>),
}

impl StreamingMac for AnyKey {
    type Running = AnyRunningHmac;

    fn begin(&self) -> Result<AnyRunningHmac, Error> {
        Ok(match self {
            Self::Hs256(key) => AnyRunningHmac::Hs256(key.begin()?),
            Self::Hs384(key) => AnyRunningHmac::Hs384(key.begin()?),
            Self::Hs512(key) => AnyRunningHmac::Hs512(key.begin()?),
        })
    }

    fn update(&self, running: &mut AnyRunningHmac, piece: &[u8]) -> Result<(), Error> {
        match running {
            AnyRunningHmac::Hs256(running) => running.update(piece),
            AnyRunningHmac::Hs384(running) => running.update(piece),
            AnyRunningHmac::Hs512(running) => running.update(piece),
        }
        Ok(())
    }

    fn finish(&self, running: &mut AnyRunningHmac) -> Result<Tag<Self>, Error> {
        let mut tag = Hs512::ZERO_TAG;
        match running {
            AnyRunningHmac::Hs256(running) => running.finish(&mut tag),
            AnyRunningHmac::Hs384(running) => running.finish(&mut tag),
            AnyRunningHmac::Hs512(running) => running.finish(&mut tag),
        }
        Ok(tag)
    }
}
