//! [`Key`], which computes HMAC in software, by the crates `hmac` and `sha2`.

use core::fmt;
use core::mem;
use core::slice;

use base64ct::{Base64UrlUnpadded, Encoding};
use hmac::block_api::HmacCore;
use hmac::digest::KeyInit;
use hmac::digest::block_api::{Buffer, FixedOutputCore, UpdateCore};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::mac::sealed::HashFunction;
use super::mac::{Algorithm, Mac, StreamingMac, Tag};
use super::no_work;
use crate::base64url::decoded_length;
use crate::{Error, SMALL};

/// A secret shared with the issuer, for one algorithm.
///
/// Building the key computes both hash states of HMAC, which saves two compressions for each token.
/// The states are wiped when the key is dropped, and [`Debug`](fmt::Debug) doesn't show them. Keys
/// can't be compared, nor read back.
///
/// What is left on the stack is wiped as well: the secret after a key is made, the right MAC and
/// the hash states after a [`Verifier`](crate::Verifier) has compared the MAC, and the states after
/// a streaming verifier begins a token. [`mac`](Mac::mac) wipes too. If you call
/// [`mac_while`](Mac::mac_while) or the methods of [`StreamingMac`] yourself, wiping is up to you.
///
/// This holds for optimized builds: `opt-level` 1, 2, 3, s or z. A build without optimization (a
/// debug build, as a rule) makes more copies than can be found again, of the secret too: give real
/// secrets to optimized builds only. On a microcontroller, also link them with `lto = "fat"` and
/// `codegen-units = 1`: without that at `opt-level` s and z, and at 1 in any case, hashing takes
/// more stack than is wiped, and a few bytes of the MAC or of the hash states may stay, though not
/// of the secret.
///
/// Not wiped is what is out of reach: the caller's copy of the secret, registers, and the copies of
/// the hash states that remain when a key, a [`RunningHmac`], or a streaming verifier that has
/// begun a token is moved, as always in Rust; `into_token` and `into_jws` move theirs. So build a
/// key in its final place, and end a stream with `finish` if its stack may be read. Tests search
/// the stack after optimized builds on x86-64, Cortex-M and RISC-V; a compiler or a hash
/// implementation that needs more stack than theirs can leave a part.
///
/// Size: 80 bytes for [`Hs256`](crate::Hs256), 160 bytes for [`Hs384`](crate::Hs384) and
/// [`Hs512`](crate::Hs512).
///
/// The compiler catches a key for another algorithm:
///
/// ```compile_fail
/// # use embedded_jwt::{Hs256, Hs512, Key};
/// fn wants(key: &Key<Hs512>) {}
/// wants(&Key::<Hs256>::new(&[7; 64])?);
/// # Ok::<(), embedded_jwt::Error>(())
/// ```
pub struct Key<A: Algorithm> {
    /// The inner and the outer hash, each after its padded key.
    states: HmacCore<<A as HashFunction>::Hash>,
}

impl<A: Algorithm> Key<A> {
    const TOO_SHORT: Error = Error::KeyTooShort { needed: A::TAG_LENGTH as u8 };

    /// Makes a key from the bytes of a secret: random bytes, not a password (RFC 7518 section 8.8).
    ///
    /// If the secret is written in Base64 or hexadecimal, decode it first.
    ///
    /// # Errors
    /// [`Error::KeyTooShort`] for fewer bytes than the hash's output has: 32, 48 or 64
    /// (RFC 7518 section 3.2).
    pub fn new(secret: &[u8]) -> Result<Self, Error> {
        if secret.len() < A::TAG_LENGTH {
            return Err(Self::TOO_SHORT);
        }
        let key = Self::hash(secret);
        A::wipe_after_key();
        key
    }

    /// Not inlined, so that all that it leaves on the stack is below its caller's frame.
    #[inline(never)]
    fn hash(secret: &[u8]) -> Result<Self, Error> {
        let states = HmacCore::new_from_slice(secret).map_err(|_| Self::TOO_SHORT)?;
        Ok(Self { states })
    }

    /// Makes a key from a secret in Base64URL without padding, the form used in JSON Web Keys
    /// (RFC 7518 section 6.4.1).
    ///
    /// Decodes it to `scratch` in constant time, and wipes `scratch` before it returns. `scratch`
    /// needs three quarters of the text's length.
    ///
    /// # Errors
    /// [`Error::BufferTooSmall`] says how many bytes `scratch` needs, [`Error::KeyNotBase64Url`]
    /// means that the text is not canonical, [`Error::KeyTooShort`] is as for [`new`](Self::new).
    pub fn from_base64url(text: &[u8], scratch: &mut [u8]) -> Result<Self, Error> {
        let needed = decoded_length(text.len());
        let scratch = scratch.get_mut(..needed).ok_or(Error::buffer_too_small(needed))?;
        let key = match Base64UrlUnpadded::decode(text, scratch) {
            Ok(secret) => Self::new(secret),
            Err(_) => Err(Error::KeyNotBase64Url),
        };
        scratch.zeroize();
        key
    }

    /// Writes the MAC to the start of `place`, which is long enough. The caller wipes the stack, so
    /// this doesn't wipe its hash states one by one.
    ///
    /// Always inlined, so that the depth of the stack that it uses, and that is wiped, does not
    /// depend on how many others call it.
    #[inline(always)]
    pub(crate) fn write_mac(
        &self,
        message: &[u8],
        mut meanwhile: impl FnMut() -> Result<bool, Error>,
        place: &mut [u8],
    ) -> Result<(), Error> {
        let mut running = RunningHmac::new(self);
        if SMALL {
            while meanwhile()? {}
            running.complete(message, place);
        } else {
            running.update_while(message, meanwhile)?;
            running.finish(place);
        }
        mem::forget(running);
        Ok(())
    }

    /// Hashes a message while it is written, as [`write_mac`](Self::write_mac) does other work.
    #[inline(always)]
    pub(crate) fn write_mac_while_written(
        &self,
        message: &mut [u8],
        mut write: impl FnMut(&mut [u8]) -> usize,
        place: &mut [u8],
    ) {
        let mut running = RunningHmac::new(self);
        let (mut hashed, mut written) = (0, 0);
        while written < message.len() {
            // A CPU reads fast only what was not written just now, so this stays one call behind.
            let ready = written - written % (A::TAG_LENGTH * 2);
            written = write(message);
            running.update(message.get(hashed..ready).unwrap_or_default());
            hashed = ready;
        }
        running.complete(message.get(hashed..).unwrap_or_default(), place);
        mem::forget(running);
    }

    /// Not inlined, so that all that it leaves on the stack is below its caller's frame.
    #[inline(never)]
    fn write_mac_alone(&self, message: &[u8], place: &mut [u8]) -> Result<(), Error> {
        self.write_mac(message, no_work, place)
    }
}

impl<A: Algorithm> Mac for Key<A> {
    type Algorithm = A;

    /// Wipes what it leaves on the stack.
    fn mac(&self, message: &[u8]) -> Result<Tag<Self>, Error> {
        let mut tag = A::ZERO_TAG;
        let outcome = self.write_mac_alone(message, tag.as_mut());
        A::wipe_after_mac();
        outcome.map(|()| tag)
    }

    /// Leaves the stack to be wiped by the caller, as a verifier does.
    fn mac_while(
        &self,
        message: &[u8],
        meanwhile: impl FnMut() -> Result<bool, Error>,
        tag: &mut Tag<Self>,
    ) -> Result<(), Error> {
        self.write_mac(message, meanwhile, tag.as_mut())
    }

    fn mac_while_written(
        &self,
        message: &mut [u8],
        write: impl FnMut(&mut [u8]) -> usize,
        tag: &mut Tag<Self>,
    ) -> Result<(), Error> {
        self.write_mac_while_written(message, write, tag.as_mut());
        Ok(())
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

/// The MAC of a message in pieces, by a [`Key`]: copies of the key's two hash states, and one block
/// of the message. It is wiped when it is dropped; moving it leaves a copy behind.
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

    /// Takes a whole message, and writes its MAC. Verifying and signing share this function.
    fn complete(&mut self, message: &[u8], place: &mut [u8]) {
        self.update(message);
        self.finish(place);
    }

    /// Takes a message, and calls `meanwhile` after each block. Each step of a hash waits for the
    /// one before; a CPU with SHA instructions can do other work in that time.
    #[inline(always)]
    fn update_while(
        &mut self,
        message: &[u8],
        mut meanwhile: impl FnMut() -> Result<bool, Error>,
    ) -> Result<(), Error> {
        let Self { states, block } = self;
        let (mut more, mut outcome) = (true, Ok(()));
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
        outcome?;
        while more {
            more = meanwhile()?;
        }
        Ok(())
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
    use crate::{AnyAlgorithm, AnyKey, Hs256, Hs384, Hs512};

    #[test]
    fn mac_is_the_same_with_other_work_between_blocks() {
        same_with_work::<Hs256>();
        same_with_work::<Hs384>();
        same_with_work::<Hs512>();
    }

    #[test]
    fn mac_is_the_same_of_a_message_that_is_written_meanwhile() {
        let text: Vec<u8> = (0..=255).chain(0..=255).collect();
        same_while_written(&Key::<Hs256>::new(&[7; 64]).unwrap(), &text);
        same_while_written(&Key::<Hs384>::new(&[7; 64]).unwrap(), &text);
        same_while_written(&Key::<Hs512>::new(&[7; 64]).unwrap(), &text);
        same_while_written(&AnyKey::new(AnyAlgorithm::Hs384, &[7; 64]).unwrap(), &text);
    }

    fn same_while_written<M: Mac>(key: &M, text: &[u8]) {
        for length in 0..=text.len() {
            let text = &text[..length];
            for step in [1, 48, 64, 200, 1000] {
                let mut message = std::vec![0; length];
                let mut end = 0;
                let write = |message: &mut [u8]| {
                    let start = end;
                    end = (end + step).min(length);
                    message[start..end].copy_from_slice(&text[start..end]);
                    end
                };
                let mut mac = M::Algorithm::ZERO_TAG;
                assert_eq!(key.mac_while_written(&mut message, write, &mut mac), Ok(()));
                assert_eq!(mac.as_ref(), key.mac(text).unwrap().as_ref(), "{length} {step}");
            }
        }
    }

    /// Tries messages of many lengths, with fewer and with more parts of work than blocks.
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
                        if left > 0 { Ok(true) } else { Err(Error::MacEngine) }
                    },
                    &mut mac,
                );
                assert_eq!(failed, Err(Error::MacEngine), "{length} {parts}");
            }
        }
    }
}
