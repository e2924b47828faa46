//! A token that is hashed while it arrives.

use super::pieces::Pieces;
use crate::Error;
use crate::authenticate::{Authentic, check_mac_and_header, detached_if, only_key};
use crate::header::HeaderRules;
use crate::json::Spans;
use crate::key::mac::StreamingMac;
use crate::key::{Keys, check_mac};

/// A token as far as it has come, and its MAC so far. With a key set, the MAC is computed at the
/// end.
pub(super) struct Hashed<'v, 'b, K: Keys<Key: StreamingMac>> {
    keys: &'v K,
    pieces: Pieces<'b, K::Signature>,
    mac: RunningMac<K::Key>,
}

impl<'v, 'b, K: Keys<Key: StreamingMac>> Hashed<'v, 'b, K> {
    pub(super) fn new(keys: &'v K, buffer: &'b mut [u8]) -> Self {
        Self { keys, pieces: Pieces::new(buffer, K::ZERO_SIGNATURE), mac: RunningMac(None) }
    }

    /// Takes the next piece.
    pub(super) fn push(&mut self, piece: &[u8]) -> Result<(), Error> {
        let Self { keys, pieces, mac } = self;
        pieces.push(piece, mac.hasher(*keys))?;
        mac.error().map_or(Ok(()), Err)
    }

    /// Whether the token will be refused, whatever follows.
    pub(super) fn is_refused(&self) -> bool {
        self.pieces.is_refused() || self.mac.error().is_some()
    }

    /// Ends the token: checks its text, its MAC and its header. Returns the payload as well.
    pub(super) fn authenticate(
        &mut self,
        rules: HeaderRules<'_>,
        spans: &mut Spans,
    ) -> Result<(Authentic<'v, '_, K>, &mut [u8]), Error> {
        let Self { keys, pieces, mac } = self;
        let decoded = pieces.end_text(K::ALGORITHMS, mac.hasher(*keys))?;
        if K::NAMED_BY_HEADER {
            return decoded.authenticate(*keys, rules, spans);
        }
        let (header, payload, signature) = (decoded.header, decoded.payload, decoded.signature);
        let running = &mut mac.0;
        let check_signature = |key: &K::Key, _: &[u8]| {
            check_mac(key, signature, |key, mac| {
                let running = running.as_mut().ok_or(Error::MacEngine)?;
                *mac = key.finish(running.as_mut().map_err(|error| *error)?)?;
                Ok(())
            })
        };
        match check_mac_and_header(*keys, signature, check_signature, header, rules, spans) {
            Ok(authentic) => Ok((authentic, payload)),
            Err(error) => Err(detached_if(payload.is_empty(), error)),
        }
    }

    /// Ends a token, and wipes it unless it is accepted. The next piece begins another.
    pub(super) fn end(&mut self, accepted: bool) -> [&[u8]; 2] {
        self.mac.0 = None;
        self.pieces.end(accepted)
    }

    /// Header and payload of a token that is accepted. Nothing else is kept.
    pub(super) fn release(&mut self) -> [&'b [u8]; 2] {
        self.pieces.release()
    }

    /// Overwrites all that was kept of the token.
    pub(super) fn wipe(&mut self) {
        self.pieces.wipe();
    }
}

/// With one key, the MAC of what has come, or the engine's error.
struct RunningMac<M: StreamingMac>(Option<Result<M::Running, Error>>);

impl<M: StreamingMac> RunningMac<M> {
    /// What hashes each part of the signing input. It has one type, so that what calls it is linked
    /// once.
    fn hasher<K: Keys<Key = M>>(&mut self, keys: &K) -> impl FnMut(&[u8]) {
        |input| self.hash(keys, input)
    }

    /// Hashes more of the signing input, with one key. After the first part, wipes what that left
    /// on the stack: the key's hash states, which begin a MAC and are enough to forge one.
    fn hash<K: Keys<Key = M>>(&mut self, keys: &K, input: &[u8]) {
        if K::NAMED_BY_HEADER {
            return;
        }
        let is_first = self.0.is_none();
        self.hash_more(keys, input);
        if is_first && let Ok(entry) = only_key(keys) {
            entry.key.wipe_after_mac();
        }
    }

    /// An engine that has failed is not asked again. Not inlined, so that all that it leaves on the
    /// stack is below its caller's frame.
    #[inline(never)]
    fn hash_more<K: Keys<Key = M>>(&mut self, keys: &K, input: &[u8]) {
        let Ok(entry) = only_key(keys) else { return };
        let running = self.0.get_or_insert_with(|| entry.key.begin());
        if let Ok(hash) = running
            && let Err(error) = entry.key.update(hash, input)
        {
            *running = Err(error);
        }
    }

    fn error(&self) -> Option<Error> {
        self.0.as_ref()?.as_ref().err().copied()
    }
}
