//! Signs a payload that travels apart from its token (RFC 7515 appendix F).

use core::fmt;

use zeroize::Zeroize;

use super::segment::Segment;
use super::writer::Writer;
use super::{Signer, check_length};
use crate::Error;
use crate::base64url::encoded_length;
use crate::json::cut;
use crate::key::mac::{AnyAlgorithm, StreamingMac};
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
    algorithm: AnyAlgorithm,
    /// The place of the token: its header is there already.
    token: &'b mut [u8],
    header: Segment,
    failed: Option<Error>,
}

impl<'s, 'b, M: StreamingMac> DetachedSigner<'s, 'b, M> {
    fn new(signer: &'s Signer<'_, M>, buffer: &'b mut [u8]) -> Result<Self, Error> {
        let algorithm = signer.key.algorithm();
        let mut writer = Writer::new(buffer);
        let header = signer.header.write(algorithm, false, &mut writer);
        // The other dot is behind the payload, which is empty.
        let length = writer.length() + 1 + encoded_length(algorithm.tag_length());
        let begun = check_length(length, buffer.len())
            .and_then(|()| signer.header.finish(algorithm, false, header, buffer))
            .and_then(|()| EncodedMac::new(&signer.key, cut(buffer, header.end())));
        match begun {
            Ok(mac) => {
                let token = buffer.get_mut(..length).unwrap_or_default();
                Ok(Self { mac, algorithm, token, header, failed: None })
            }
            Err(error) => {
                buffer.zeroize();
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
        self.mac.wipe_stack();
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
        let payload = Segment { start: self.header.end() + 1, length: 0 };
        let end = payload.encode(self.token);
        let tag = cut(tag.as_ref(), self.algorithm.tag_length());
        Writer::behind(self.token, end + 1).put_base64url(tag);
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
