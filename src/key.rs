//! The key in software.

use core::fmt;

use hmac::Hmac;
use hmac::block_api::HmacCore;
use hmac::digest::block_api::CoreProxy;
use hmac::digest::{FixedOutput, KeyInit, Update};
use zeroize::ZeroizeOnDrop;

use crate::Error;
use crate::mac::sealed::HashFunction;
use crate::mac::{Algorithm, Mac, Tag};

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
}

impl<A: Algorithm> Mac for Key<A> {
    type Algorithm = A;

    fn mac(&self, message: &[u8]) -> Result<Tag<Self>, Error> {
        let mut hmac = Hmac::compose(self.states.clone(), Default::default());
        hmac.update(message);
        let mut tag = A::ZERO_TAG;
        for (to, from) in tag.as_mut().iter_mut().zip(hmac.finalize_fixed()) {
            *to = from;
        }
        Ok(tag)
    }
}

impl<A: Algorithm> ZeroizeOnDrop for Key<A> {}

impl<A: Algorithm> fmt::Debug for Key<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("algorithm", &A::NAME).finish_non_exhaustive()
    }
}
