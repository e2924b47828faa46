//! The key in software.

use core::fmt;
use core::slice;

use base64ct::{Base64UrlUnpadded, Encoding};
use hmac::block_api::HmacCore;
use hmac::digest::KeyInit;
use hmac::digest::block_api::{Buffer, FixedOutputCore, UpdateCore};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::Error;
use crate::base64url::{Decoding, decoded_length};
use crate::mac::sealed::HashFunction;
use crate::mac::{Algorithm, Mac, StreamingMac, Tag};

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
}

impl<A: Algorithm> Mac for Key<A> {
    type Algorithm = A;

    fn mac(&self, message: &[u8]) -> Result<Tag<Self>, Error> {
        let mut tag = A::ZERO_TAG;
        self.mac_to(message, &mut tag)?;
        Ok(tag)
    }

    fn mac_to(&self, message: &[u8], place: &mut Tag<Self>) -> Result<(), Error> {
        let mut running = self.begin();
        self.update(&mut running, message);
        running.finish(place.as_mut());
        Ok(())
    }

    /// Each step of a hash waits for the one before. A CPU with SHA instructions decodes while it waits; one without loses
    /// the little that it takes to go from one to the other.
    fn mac_while_decoding(
        &self,
        message: &[u8],
        decoding: &mut Decoding<'_, '_>,
    ) -> Result<Tag<Self>, Error> {
        let mut running = self.begin();
        let RunningHmac { states, block } = &mut running;
        block.digest_blocks(message, |blocks| {
            for one in blocks {
                states.update_blocks(slice::from_ref(one));
                decoding.go_on();
            }
        });
        decoding.finish()?;
        self.finish(&mut running)
    }
}

impl<A: Algorithm> StreamingMac for Key<A> {
    type Running = RunningHmac<A>;

    fn begin(&self) -> Self::Running {
        RunningHmac { block: Default::default(), states: self.states.clone() }
    }

    fn update(&self, running: &mut Self::Running, piece: &[u8]) {
        running.update(piece);
    }

    fn finish(&self, running: &mut Self::Running) -> Result<Tag<Self>, Error> {
        let mut tag = A::ZERO_TAG;
        running.finish(tag.as_mut());
        Ok(tag)
    }
}

/// The MAC of a message that comes in pieces, by a [`Key`]: copies of the key's two hash states, and a
/// block of the message. It is wiped when it is dropped.
///
/// Size: 144 bytes for [`Hs256`](crate::Hs256), 288 bytes for [`Hs384`](crate::Hs384) and
/// [`Hs512`](crate::Hs512).
pub struct RunningHmac<A: Algorithm> {
    states: HmacCore<<A as HashFunction>::Hash>,
    block: Buffer<HmacCore<<A as HashFunction>::Hash>>,
}

impl<A: Algorithm> RunningHmac<A> {
    pub(crate) fn update(&mut self, piece: &[u8]) {
        let Self { states, block } = self;
        block.digest_blocks(piece, |blocks| states.update_blocks(blocks));
    }

    /// Writes the MAC to the start of a place that has room for it. What runs is spent then.
    pub(crate) fn finish(&mut self, place: &mut [u8]) {
        let mut tag = Default::default();
        self.states.finalize_fixed_core(&mut self.block, &mut tag);
        if let Some(place) = place.get_mut(..tag.len()) {
            place.copy_from_slice(&tag);
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
    use std::vec;
    use std::vec::Vec;

    use super::*;
    use crate::{Hs256, Hs384, Hs512};

    #[test]
    fn a_mac_is_the_same_while_something_is_decoded() {
        same_while_decoding::<Hs256>();
        same_while_decoding::<Hs384>();
        same_while_decoding::<Hs512>();
    }

    /// Messages of any length, with texts of any length; and ill-formed ones, wherever.
    fn same_while_decoding<A: Algorithm>() {
        let key = &Key::<A>::new(&[7; 64]).unwrap();
        let message: Vec<u8> = (0..=255).chain(0..=255).collect();
        let text = "Zm9v".repeat(150);
        let whole = "foo".repeat(150);
        for length in 0..=message.len() {
            let message = &message[..length];
            for groups in [0, 1, 15, 16, 17, 32, 150, length % 150] {
                let mut bytes = vec![0; groups * 3];
                let mut text = text.as_bytes()[..groups * 4].to_vec();
                let mac = key.mac_while_decoding(message, &mut Decoding::new(&text, &mut bytes));
                assert_eq!(mac.unwrap().as_ref(), key.mac(message).unwrap().as_ref(), "{length}");
                assert_eq!(bytes, &whole.as_bytes()[..groups * 3]);
                if let Some(symbol) = text.get_mut(length % 600) {
                    *symbol = b'.';
                    let mac =
                        key.mac_while_decoding(message, &mut Decoding::new(&text, &mut bytes));
                    assert_eq!(mac.err(), Some(Error::InvalidBase64Url), "{length} {groups}");
                }
            }
        }
    }
}
