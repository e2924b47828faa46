//! A key whose algorithm is known at run time only.

use crate::base64url::Decoding;
use crate::json::JsonString;
use crate::key::RunningHmac;
use crate::keys::{StreamingKey, VerificationKey};
use crate::mac::{Algorithm, StreamingMac};
use crate::{Error, Hs256, Hs384, Hs512, Key};

/// The name of an algorithm, where it is known at run time only. 1 byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    const ALL: [Self; 3] = [Self::Hs256, Self::Hs384, Self::Hs512];

    /// The name in a JOSE header's `alg` and in a key's (RFC 7518 section 3.1).
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hs256 => Hs256::NAME,
            Self::Hs384 => Hs384::NAME,
            Self::Hs512 => Hs512::NAME,
        }
    }

    /// The algorithm of this name, case-sensitive.
    ///
    /// # Errors
    /// [`Error::UnsupportedAlgorithm`] for any other name, `none` among them.
    pub fn from_name(name: &str) -> Result<Self, Error> {
        Self::named(|known| known == name)
    }

    pub(crate) fn from_json(name: JsonString<'_>) -> Result<Self, Error> {
        Self::named(|known| name == known)
    }

    fn named(is: impl Fn(&'static str) -> bool) -> Result<Self, Error> {
        Self::ALL.into_iter().find(|one| is(one.name())).ok_or(Error::UnsupportedAlgorithm)
    }
}

/// A key for one algorithm, which is known at run time only: for key sets that mix algorithms, and
/// for tools. It links all three. Where the algorithm is known, take a [`Key`].
///
/// A key has its algorithm for good all the same, and a token never chooses it
/// (RFC 8725 section 3.1). Size: 160 bytes and up to 16 for alignment.
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
    /// Takes the bytes of a secret, as [`Key::new`] does.
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

impl VerificationKey for AnyKey {
    type Tag = [u8; 64];
    const ZERO_TAG: Self::Tag = [0; 64];
    const TAG_LENGTHS: &'static [usize] =
        &[Hs256::TAG_LENGTH, Hs384::TAG_LENGTH, Hs512::TAG_LENGTH];

    fn algorithm(&self) -> &'static str {
        self.algorithm().name()
    }

    fn tag_length(&self) -> usize {
        match self {
            Self::Hs256(_) => Hs256::TAG_LENGTH,
            Self::Hs384(_) => Hs384::TAG_LENGTH,
            Self::Hs512(_) => Hs512::TAG_LENGTH,
        }
    }

    fn verify(&self, message: &[u8], tag: &[u8]) -> Result<(), Error> {
        match self {
            Self::Hs256(key) => key.verify(message, tag),
            Self::Hs384(key) => key.verify(message, tag),
            Self::Hs512(key) => key.verify(message, tag),
        }
    }

    fn verify_while_decoding(
        &self,
        message: &[u8],
        tag: &[u8],
        decoding: &mut Decoding<'_, '_>,
    ) -> Result<(), Error> {
        match self {
            Self::Hs256(key) => key.verify_while_decoding(message, tag, decoding),
            Self::Hs384(key) => key.verify_while_decoding(message, tag, decoding),
            Self::Hs512(key) => key.verify_while_decoding(message, tag, decoding),
        }
    }
}

impl VerificationKey for &AnyKey {
    type Tag = <AnyKey as VerificationKey>::Tag;
    const ZERO_TAG: Self::Tag = AnyKey::ZERO_TAG;
    const TAG_LENGTHS: &'static [usize] = AnyKey::TAG_LENGTHS;

    fn algorithm(&self) -> &'static str {
        VerificationKey::algorithm(*self)
    }

    fn tag_length(&self) -> usize {
        (**self).tag_length()
    }

    fn verify(&self, message: &[u8], tag: &[u8]) -> Result<(), Error> {
        (**self).verify(message, tag)
    }

    fn verify_while_decoding(
        &self,
        message: &[u8],
        tag: &[u8],
        decoding: &mut Decoding<'_, '_>,
    ) -> Result<(), Error> {
        (**self).verify_while_decoding(message, tag, decoding)
    }
}

/// The MAC of a message that comes in pieces, by an [`AnyKey`]. Size: 288 bytes and up to 16 for alignment.
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

impl StreamingKey for AnyKey {
    type Running = AnyRunningHmac;

    fn begin(&self) -> AnyRunningHmac {
        match self {
            Self::Hs256(key) => AnyRunningHmac::Hs256(StreamingMac::begin(key)),
            Self::Hs384(key) => AnyRunningHmac::Hs384(StreamingMac::begin(key)),
            Self::Hs512(key) => AnyRunningHmac::Hs512(StreamingMac::begin(key)),
        }
    }

    fn update(&self, running: &mut AnyRunningHmac, piece: &[u8]) {
        match running {
            AnyRunningHmac::Hs256(running) => running.update(piece),
            AnyRunningHmac::Hs384(running) => running.update(piece),
            AnyRunningHmac::Hs512(running) => running.update(piece),
        }
    }

    fn finish(&self, running: &mut AnyRunningHmac) -> Result<Self::Tag, Error> {
        let mut tag = Self::ZERO_TAG;
        match running {
            AnyRunningHmac::Hs256(running) => running.finish(&mut tag),
            AnyRunningHmac::Hs384(running) => running.finish(&mut tag),
            AnyRunningHmac::Hs512(running) => running.finish(&mut tag),
        }
        Ok(tag)
    }
}

impl StreamingKey for &AnyKey {
    type Running = AnyRunningHmac;

    fn begin(&self) -> AnyRunningHmac {
        (**self).begin()
    }

    fn update(&self, running: &mut AnyRunningHmac, piece: &[u8]) {
        (**self).update(running, piece);
    }

    fn finish(&self, running: &mut AnyRunningHmac) -> Result<Self::Tag, Error> {
        (**self).finish(running)
    }
}
