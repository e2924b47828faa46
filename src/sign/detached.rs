//! Signs a payload that travels apart from its token (RFC 7515 appendix F).

use core::fmt;

use zeroize::Zeroize;

use super::Signer;
use super::writer::Writer;
use crate::Error;
use crate::base64url::{encode_in_place, encoded_length};
use crate::compact::MAX_TOKEN_LENGTH;
use crate::json::cut;
use crate::key::mac::StreamingMac;
use crate::key::mac::sealed::HashFunction;
use crate::stream::encoded::EncodedMac;

impl<M: StreamingMac> Signer<'_, M> {
    /// Makes a token for a payload that travels apart from it, of any length. `typ` is left out
    /// unless it is [set](Self::typ).
    ///
    /// # Errors
    /// Those of [`sign_payload`](Self::sign_payload), for the token without its payload.
    pub fn sign_detached<'b>(
        &self,
        payload: &[u8],
        buffer: &'b mut [u8],
    ) -> Result<&'b [u8], Error> {
        let mut stream = self.stream_detached(buffer)?;
        stream.push(payload)?;
        stream.finish()
    }

    /// Makes a token for a payload that travels apart from it and comes in pieces. Nothing of it is
    /// kept.
    ///
    /// # Errors
    /// Those of [`sign_payload`](Self::sign_payload), for the token without its payload.
    pub fn stream_detached<'s, 'b>(
        &'s self,
        buffer: &'b mut [u8],
    ) -> Result<DetachedSigner<'s, 'b, M>, Error> {
        DetachedSigner::new(self, buffer)
    }
}

/// Signs a payload that travels apart from its token, while it comes. Made by
/// [`Signer::stream_detached`].
pub struct DetachedSigner<'s, 'b, M: StreamingMac> {
    mac: EncodedMac<'s, M>,
    tag_length: usize,
    /// The place of the token: its header is there already.
    token: &'b mut [u8],
    header_symbols: usize,
    failed: Option<Error>,
}

impl<'s, 'b, M: StreamingMac> DetachedSigner<'s, 'b, M> {
    fn new(signer: &'s Signer<'_, M>, buffer: &'b mut [u8]) -> Result<Self, Error> {
        let tag_length = signer.key.algorithm().tag_length();
        let header_length = signer.header_length(false);
        let header_symbols = encoded_length(header_length);
        let length = header_symbols + 2 + encoded_length(tag_length);
        if length > MAX_TOKEN_LENGTH {
            return Err(Error::TokenTooLong);
        }
        let token = buffer.get_mut(..length).ok_or(Error::buffer_too_small(length))?;
        let header = token.get_mut(..header_symbols).unwrap_or_default();
        let begun = signer
            .write_checked_header(false, header_length, header)
            .and_then(|()| EncodedMac::new(&signer.key, header));
        match begun {
            Ok(mac) => Ok(Self { mac, tag_length, token, header_symbols, failed: None }),
            Err(error) => {
                token.zeroize();
                Err(error)
            }
        }
    }

    /// Takes the next piece of the payload, of any length.
    ///
    /// # Errors
    /// What an engine returns. [`finish`](Self::finish) returns it as well.
    pub fn push(&mut self, piece: &[u8]) -> Result<(), Error> {
        if self.failed.is_none() {
            self.failed = self.mac.update(piece).err();
        }
        self.failed.map_or(Ok(()), Err)
    }

    /// Ends the payload, and returns the token.
    ///
    /// # Errors
    /// What an engine returns.
    pub fn finish(mut self) -> Result<&'b [u8], Error> {
        let outcome = self.write_signature();
        M::Algorithm::wipe_after_mac();
        outcome?;
        let token = core::mem::take(&mut self.token);
        Ok(token)
    }

    /// Not inlined, so that all that it leaves on the stack is below its caller's frame.
    #[inline(never)]
    fn write_signature(&mut self) -> Result<(), Error> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let tag = self.mac.finish()?;
        let rest = self.token.get_mut(self.header_symbols..).unwrap_or_default();
        let (dots, signature) = rest.split_at_mut_checked(2).unwrap_or_default();
        dots.fill(b'.');
        Writer::new(signature).put(cut(tag.as_ref(), self.tag_length));
        encode_in_place(signature, self.tag_length);
        Ok(())
    }
}

/// Wipes a token that is not finished.
impl<M: StreamingMac> Drop for DetachedSigner<'_, '_, M> {
    fn drop(&mut self) {
        self.token.zeroize();
    }
}

/// Shows nothing of the token.
impl<M: StreamingMac> fmt::Debug for DetachedSigner<'_, '_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DetachedSigner").finish_non_exhaustive()
    }
}
