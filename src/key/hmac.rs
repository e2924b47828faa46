//! The key in software: HMAC by the crates `hmac` and `sha2`.

use core::fmt;
use core::slice;

use base64ct::{Base64UrlUnpadded, Encoding};
use hmac::block_api::HmacCore;
use hmac::digest::KeyInit;
use hmac::digest::block_api::{Buffer, FixedOutputCore, UpdateCore};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::mac::sealed::HashFunction;
use super::mac::{Algorithm, Mac, StreamingMac, Tag};
use crate::base64url::decoded_length;
use crate::{Error, SMALL};

/// A secret that is shared with the issuer, for one algorithm.
///
/// Both hash states of HMAC are computed when the key is built, which saves two compressions on
/// each token. They are wiped when the key is dropped, and [`Debug`](fmt::Debug) shows nothing
/// of them. There is no comparison and no way back to the bytes. A value that is moved leaves
/// its old bytes behind, as any in Rust: build a key where it stays.
///
/// Size: 80 bytes for [`Hs256`](crate::Hs256), 160 bytes for [`Hs384`](crate::Hs384) and
/// [`Hs512`](crate::Hs512).
///
/// What the algorithm is can't be mixed up:
///
/// ```compile_fail
/// # use embedded_jwt::{Hs256, Hs512, Key};
/// fn wants(key: &Key<Hs512>) {}
/// wants(&Key::<Hs256>::new(&[7; 64])?);
/// # Ok::<(), embedded_jwt::Error>(())
/// ```
pub struct Key<A: Algorithm> {
    /// The inner and the outer hash, each with its padded key taken in.
    states: HmacCore<<A as HashFunction>::Hash>,
}

impl<A: Algorithm> Key<A> {
    /// Takes the bytes of a secret: random ones, not a password (RFC 7518 section 8.8).
    ///
    /// Bytes and no `&str`, for a text is no key: decode its Base64 or hexadecimal form first.
    ///
    /// # Errors
    /// [`Error::KeyTooShort`] for fewer bytes than the hash's output has: 32, 48 or 64
    /// (RFC 7518 section 3.2).
    pub fn new(secret: &[u8]) -> Result<Self, Error> {
        if secret.len() < A::TAG_LENGTH {
            return Err(Error::KeyTooShort);
        }
        let states = HmacCore::new_from_slice(secret).map_err(|_| Error::KeyTooShort)?;
        Ok(Self { states })
    }

    /// Takes a secret in Base64URL without padding, the form that JSON Web Keys have it in
    /// (RFC 7518 section 6.4.1).
    ///
    /// It is decoded in constant time, to `scratch`, which is wiped before this returns. Three
    /// quarters of the text's length are enough.
    ///
    /// # Errors
    /// [`Error::BufferTooSmall`] says how many bytes `scratch` needs, [`Error::InvalidBase64Url`]
    /// refuses a text that is not canonical, [`Error::KeyTooShort`] is as for [`new`](Self::new).
    pub fn from_base64url(text: &[u8], scratch: &mut [u8]) -> Result<Self, Error> {
        let needed = decoded_length(text.len());
        let too_small = Error::BufferTooSmall { needed: needed.try_into().unwrap_or(u16::MAX) };
        let scratch = scratch.get_mut(..needed).ok_or(too_small)?;
        let key = match Base64UrlUnpadded::decode(text, scratch) {
            Ok(secret) => Self::new(secret),
            Err(_) => Err(Error::InvalidBase64Url),
        };
        scratch.zeroize();
        key
    }

    /// Writes the MAC to the start of `place`, which has room for it.
    ///
    /// On a computer, calls `meanwhile` after each block: each step of a hash waits for the one
    /// before, and a CPU with SHA instructions does other work while it waits.
    pub(crate) fn write_mac(
        &self,
        message: &[u8],
        mut meanwhile: impl FnMut() -> Result<bool, Error>,
        place: &mut [u8],
    ) -> Result<(), Error> {
        let mut running = RunningHmac::new(self);
        let (mut more, mut outcome) = (true, Ok(()));
        if SMALL {
            running.update(message);
        } else {
            let RunningHmac { states, block } = &mut running;
            block.digest_blocks(message, |blocks| {
                for one in blocks {
                    states.update_blocks(slice::from_ref(one));
                    if more {
                        match meanwhile() {
                            Ok(left) => more = left,
                            Err(error) => (more, outcome) = (false, Err(error)),
                        }
                    }
                }
            });
        }
        outcome?;
        while more {
            more = meanwhile()?;
        }
        running.finish(place);
        Ok(())
    }
}

impl<A: Algorithm> Mac for Key<A> {
    type Algorithm = A;

    fn mac(&self, message: &[u8]) -> Result<Tag<Self>, Error> {
        let mut running = RunningHmac::new(self);
        running.update(message);
        let mut tag = A::ZERO_TAG;
        running.finish(tag.as_mut());
        Ok(tag)
    }

    fn mac_while(
        &self,
        message: &[u8],
        meanwhile: impl FnMut() -> Result<bool, Error>,
        tag: &mut Tag<Self>,
    ) -> Result<(), Error> {
        self.write_mac(message, meanwhile, tag.as_mut())
    }
}

impl<A: Algorithm> StreamingMac for Key<A> {
    type Running = RunningHmac<A>;

    fn begin(&self) -> Result<Self::Running, Error> {
        Ok(RunningHmac::new(self))
    }

    fn update(&self, running: &mut Self::Running, piece: &[u8]) -> Result<(), Error> {
        running.update(piece);
        Ok(())
    }

    fn finish(&self, running: &mut Self::Running) -> Result<Tag<Self>, Error> {
        let mut tag = A::ZERO_TAG;
        running.finish(tag.as_mut());
        Ok(tag)
    }
}

/// The MAC of a message that arrives in pieces, by a [`Key`]: copies of the key's two hash states,
/// and a block of the message. Wiped when it is dropped.
///
/// Size: 144 bytes for [`Hs256`](crate::Hs256), 288 bytes for [`Hs384`](crate::Hs384) and
/// [`Hs512`](crate::Hs512).
pub struct RunningHmac<A: Algorithm> {
    states: HmacCore<<A as HashFunction>::Hash>,
    block: Buffer<HmacCore<<A as HashFunction>::Hash>>,
}

impl<A: Algorithm> RunningHmac<A> {
    #[inline]
    fn new(key: &Key<A>) -> Self {
        Self { block: Default::default(), states: key.states.clone() }
    }

    pub(crate) fn update(&mut self, piece: &[u8]) {
        let Self { states, block } = self;
        block.digest_blocks(piece, |blocks| states.update_blocks(blocks));
    }

    /// Writes the MAC to the start of `place`. Must not be used afterwards.
    pub(crate) fn finish(&mut self, place: &mut [u8]) {
        let Self { states, block } = self;
        if let Some(Ok(place)) = place.get_mut(..A::TAG_LENGTH).map(TryInto::try_into) {
            states.finalize_fixed_core(block, place);
        }
    }
}

impl<A: Algorithm> ZeroizeOnDrop for RunningHmac<A> {}

impl<A: Algorithm> fmt::Debug for RunningHmac<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunningHmac").field("algorithm", &A::NAME).finish_non_exhaustive()
    }
}

impl<A: Algorithm> ZeroizeOnDrop for Key<A> {}

impl<A: Algorithm> fmt::Debug for Key<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("algorithm", &A::NAME).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;
    use crate::{Hs256, Hs384, Hs512};

    #[test]
    fn mac_is_the_same_with_other_work_in_between() {
        same_with_work::<Hs256>();
        same_with_work::<Hs384>();
        same_with_work::<Hs512>();
    }

    /// Messages of any length, with less work than blocks, and with more.
    fn same_with_work<A: Algorithm>() {
        let key = &Key::<A>::new(&[7; 64]).unwrap();
        let message: Vec<u8> = (0..=255).chain(0..=255).collect();
        for length in 0..=message.len() {
            let message = &message[..length];
            for parts in [1, 2, 3, 9, 20] {
                let mut left = parts;
                let mut mac = A::ZERO_TAG;
                let outcome = key.mac_while(
                    message,
                    || {
                        left -= 1;
                        Ok(left > 0)
                    },
                    &mut mac,
                );
                assert_eq!(outcome, Ok(()));
                assert_eq!(mac.as_ref(), key.mac(message).unwrap().as_ref(), "{length}");
                assert_eq!(left, 0, "all of the work is done, and no more: {length}");
                let mut left = parts;
                let failed = key.mac_while(
                    message,
                    || {
                        left -= 1;
                        if left > 0 { Ok(true) } else { Err(Error::InvalidBase64Url) }
                    },
                    &mut mac,
                );
                assert_eq!(failed, Err(Error::InvalidBase64Url), "{length} {parts}");
            }
        }
    }
}
