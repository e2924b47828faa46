//! Verification of a payload that travels apart from its token (RFC 7515 appendix F).

use core::{fmt, mem};

use zeroize::Zeroize;

use super::encoded::EncodedMac;
use crate::Error;
use crate::authenticate::{Authentic, candidates, only_key};
use crate::compact::Compact;
use crate::header::{self, Header, HeaderRules};
use crate::json::{Object, Spans, cut};
use crate::key::entry::KeyEntry;
use crate::key::mac::StreamingMac;
use crate::key::{Keys, check_mac};
use crate::verifier::JwsVerifier;

impl<K: Keys<Key: StreamingMac>> JwsVerifier<'_, K> {
    /// Verifies a payload that travels apart from its token, and returns the token's header
    /// (RFC 7515 appendix F). The token has two dots and nothing between them.
    ///
    /// The header is decoded into `buffer`, which needs three quarters of its length. The payload
    /// may be of any length: it is signed in Base64URL, and encoded on its way to the MAC.
    ///
    /// # Errors
    /// Those of [`stream_detached`](Self::stream_detached) and of [`DetachedStream::finish`].
    pub fn verify_detached<'b>(
        &self,
        token: &[u8],
        payload: &[u8],
        buffer: &'b mut [u8],
    ) -> Result<Header<'b>, Error> {
        let mut stream = self.stream_detached(token, buffer)?;
        stream.push(payload)?;
        stream.finish()
    }

    /// Verifies a payload that travels apart from its token and arrives in pieces: a firmware
    /// image, say, while it is written to flash. Nothing of it is kept.
    ///
    /// # Errors
    /// Those of [`verify`](Self::verify) for the token's text, and with a key set for its header.
    /// [`Error::PayloadNotDetached`] if the token has a payload of its own, and
    /// [`Error::AmbiguousKeyId`] if several keys of a set come into question, since the payload
    /// comes only once. What an engine returns.
    pub fn stream_detached<'v, 'b>(
        &'v self,
        token: &[u8],
        buffer: &'b mut [u8],
    ) -> Result<DetachedStream<'v, 'b, K>, Error> {
        DetachedStream::new(self, token, buffer)
    }
}

/// Verifies a payload that travels apart from its token, while it arrives. Made by
/// [`JwsVerifier::stream_detached`].
///
/// ```
/// use embedded_jwt::{Error, Hs256, JwsVerifier, Key};
///
/// # let image = [7; 1000];
/// # let token = b"eyJhbGciOiJIUzI1NiIsInR5cCI6ImltYWdlIn0..zneDZlNAvIanOGxgPPwp4hlNp3ChcNM64n_WjiJSjow";
/// let key = Key::<Hs256>::new(b"32 random bytes go here, no text")?;
/// let verifier = JwsVerifier::new(key).typ("image");
/// let mut buffer = [0; 64];
/// let mut stream = verifier.stream_detached(token, &mut buffer)?;
/// for piece in image.chunks(256) {
///     // Write the piece to flash, where it stays unused until the end, and:
///     stream.push(piece)?;
/// }
/// let header = stream.finish()?; // Now the image may be started.
/// assert!(header.typ().is_some());
/// # Ok::<(), Error>(())
/// ```
///
/// Size on a 32-bit target: 248 bytes for [`Hs256`](crate::Hs256), 408 for [`Hs384`](crate::Hs384),
/// 424 for [`Hs512`](crate::Hs512), 32 of them to find the header's parameters; on a 64-bit target
/// 304, 480 and 496.
pub struct DetachedStream<'v, 'b, K: Keys<Key: StreamingMac>> {
    verifier: &'v JwsVerifier<'v, K>,
    mac: EncodedMac<'v, K::Key>,
    header: &'b mut [u8],
    /// The length of the header's normal form. Only a set's header is parsed before the MAC holds.
    header_length: usize,
    spans: Spans,
    signature: K::Signature,
    signature_length: usize,
    failed: Option<Error>,
}

impl<'v, 'b, K: Keys<Key: StreamingMac>> DetachedStream<'v, 'b, K> {
    fn new(
        verifier: &'v JwsVerifier<'v, K>,
        token: &[u8],
        buffer: &'b mut [u8],
    ) -> Result<Self, Error> {
        let compact = Compact::parse(token, K::ALGORITHMS)?;
        if !compact.payload.is_empty() {
            return Err(compact.refusal(Error::PayloadNotDetached));
        }
        let (header, payload) = compact.reserve(buffer)?;
        let mut signature = K::ZERO_SIGNATURE;
        let place = compact.place_for_signature(signature.as_mut(), K::ALGORITHMS);
        let signature_length = place.len();
        let mut spans = Spans::default();
        let chosen = compact
            .decode(header, payload, place)
            .and_then(|()| choose(verifier.keys(), header, verifier.header_rules(), &mut spans));
        let begun = chosen.and_then(|(entry, header_length)| {
            if signature_length != K::algorithm(entry.key).tag_length() {
                return Err(Error::SignatureLength);
            }
            Ok((header_length, EncodedMac::new(entry.key, compact.header)?))
        });
        match begun {
            Ok((header_length, mac)) => Ok(Self {
                verifier,
                mac,
                header,
                header_length,
                spans,
                signature,
                signature_length,
                failed: None,
            }),
            Err(error) => {
                header.zeroize();
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

    /// Ends the payload, and returns the header as the proof that both hold.
    ///
    /// # Errors
    /// [`Error::SignatureMismatch`] if the payload or the header is not what was signed, then those
    /// of [`JwsVerifier::verify`] for the header, and what an engine returns.
    pub fn finish(mut self) -> Result<Header<'b>, Error> {
        let length = self.check()?;
        let spans = self.spans;
        let header = mem::take(&mut self.header);
        Ok(Header::new(cut(header, length), spans))
    }

    /// The key that was chosen at the beginning. It is not kept, to keep this small.
    fn entry(&self) -> Result<KeyEntry<'v, &'v K::Key>, Error> {
        let keys = self.verifier.keys();
        if !K::NAMED_BY_HEADER {
            return only_key(keys);
        }
        let header = Object { text: cut(self.header, self.header_length), spans: &self.spans };
        candidates(keys, &header)?.next().ok_or(Error::UnknownKeyId)
    }

    /// Checks MAC and header. Returns the length of the header's normal form.
    fn check(&mut self) -> Result<usize, Error> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let entry = self.entry()?;
        let Self { verifier, mac, header, spans, .. } = self;
        let signature = cut(self.signature.as_ref(), self.signature_length);
        check_mac(entry.key, signature, |_, tag| {
            *tag = mac.finish()?;
            Ok(())
        })?;
        let (length, rules) = (self.header_length, verifier.header_rules());
        let authentic = Authentic::after_mac(entry, signature, header, length, rules, spans)?;
        verifier.check_limits(&authentic)
    }
}

/// The one key that may have signed a token with this header, and the length of the header's normal
/// form if it had to be parsed for that.
fn choose<'k, K: Keys>(
    keys: &'k K,
    header: &mut [u8],
    rules: HeaderRules<'_>,
    spans: &mut Spans,
) -> Result<(KeyEntry<'k, &'k K::Key>, usize), Error> {
    if !K::NAMED_BY_HEADER {
        return Ok((only_key(keys)?, 0));
    }
    let text = header::parse(header, rules.depth, spans)?;
    let header = Object { text, spans };
    let mut candidates = candidates(keys, &header)?;
    let entry = candidates.next().ok_or(Error::AlgorithmMismatch)?;
    header::check(&header, rules.typ)?;
    if candidates.next().is_some() {
        return Err(Error::AmbiguousKeyId);
    }
    Ok((entry, text.len()))
}

/// Wipes the header of a token that is not accepted.
impl<K: Keys<Key: StreamingMac>> Drop for DetachedStream<'_, '_, K> {
    fn drop(&mut self) {
        self.header.zeroize();
        self.signature.as_mut().zeroize();
    }
}

/// Shows nothing of the token.
impl<K: Keys<Key: StreamingMac>> fmt::Debug for DetachedStream<'_, '_, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DetachedStream").finish_non_exhaustive()
    }
}
