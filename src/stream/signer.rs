//! Who signed a token that arrives in pieces: the one key, or the key of a set that its header names.

use base64ct::{Base64UrlUnpadded, Encoding};

use crate::Error;
use crate::header::KEY_ID;
use crate::json::{Object, Spans};
use crate::jws::parse_header;
use crate::keys::{Keys, StreamingKey};

/// Whose signature a token has, as far as it is known.
pub(super) struct Signer<'v, K: StreamingKey> {
    /// That of this key; and the MAC of what has come.
    key: Option<(&'v K, K::Running)>,
    /// Any key of the set may be the one: each is tried at the end.
    may_be_any: bool,
}

impl<'v, K: StreamingKey> Signer<'v, K> {
    /// It is not known yet; or there is none that the header could be accepted with.
    pub(super) const UNKNOWN: Self = Self { key: None, may_be_any: false };

    /// It is this key, unless it is known already.
    pub(super) fn is(&mut self, key: &'v K) {
        self.key.get_or_insert_with(|| (key, key.begin()));
    }

    /// Takes more of the signing input.
    pub(super) fn update(&mut self, input: &[u8]) {
        if let Some((key, running)) = &mut self.key {
            key.update(running, input);
        }
    }

    /// It is the key of a set that the header names. `room` is what the buffer has behind the header.
    ///
    /// The strict pass rewrites what it reads, so it reads a copy. The MAC covers the header as it came:
    /// encoded again it is the same text, for a segment is only taken if it is canonical. Whether
    /// the header holds is told at the end, by the pass over the header itself. Where there is no room for the
    /// copy, the header does not say in time whose it is.
    pub(super) fn is_named(
        &mut self,
        keys: &'v impl Keys<Key = K>,
        depth: u8,
        header: &[u8],
        room: &mut [u8],
    ) {
        let Some(copy) = room.get_mut(..header.len()) else {
            self.may_be_any = true;
            return;
        };
        copy.copy_from_slice(header);
        let mut spans = Spans::default();
        if let Ok(text) = parse_header(copy, depth, &mut spans) {
            match (Object { text, spans: &spans }).named_string(KEY_ID) {
                Some(key_id) => {
                    if let Some(entry) = keys.find(key_id) {
                        self.is(entry.key());
                        encode(header, |symbols| self.update(symbols));
                    }
                }
                None => self.may_be_any = keys.allows_missing_key_id(),
            }
        }
        copy.fill(0);
    }

    /// The end of the token, before the strict pass rewrites the header.
    pub(super) fn prove(
        &mut self,
        keys: &'v impl Keys<Key = K>,
        header: &[u8],
        payload: &[u8],
        tag: &[u8],
    ) -> Proof<'v, K> {
        if let Some((key, running)) = &mut self.key {
            return Proof::Key(*key, key.verify_running(running, tag));
        }
        if keys.only().is_some() || !self.may_be_any {
            return Proof::Nobody;
        }
        let is_signer = |key: &&K| {
            let mut running = key.begin();
            encode(header, |symbols| key.update(&mut running, symbols));
            key.update(&mut running, b".");
            encode(payload, |symbols| key.update(&mut running, symbols));
            key.verify_running(&mut running, tag).is_ok()
        };
        let signer = keys.entries().map(|entry| entry.key()).find(is_signer);
        let of_nothing = signer.and_then(|key| key.finish(&mut key.begin()).ok());
        Proof::KeyThatMakes(of_nothing.unwrap_or(K::ZERO_TAG), tag.len())
    }
}

/// Whose signature a token has.
pub(super) enum Proof<'v, K: StreamingKey> {
    /// Nobody's that the header could be accepted with.
    Nobody,
    /// Whether it is this key's.
    Key(&'v K, Result<(), Error>),
    /// That of the key that makes this MAC, of this length, of an empty message. Keys are not compared
    /// themselves.
    KeyThatMakes(K::Tag, usize),
}

impl<K: StreamingKey> Proof<'_, K> {
    /// Whether the signature is the MAC by a key.
    pub(super) fn is_mac_of(&self, key: &K) -> Result<(), Error> {
        match self {
            Self::Key(signer, outcome) if core::ptr::eq(*signer, key) => *outcome,
            Self::KeyThatMakes(tag, length) => {
                key.verify(b"", tag.as_ref().get(..*length).unwrap_or_default())
            }
            _ => Err(Error::SignatureMismatch),
        }
    }
}

/// Encodes bytes in Base64URL, piece by piece.
fn encode(bytes: &[u8], mut take: impl FnMut(&[u8])) {
    let mut symbols = [0; 64];
    for block in bytes.chunks(48) {
        if let Ok(text) = Base64UrlUnpadded::encode(block, &mut symbols) {
            take(text.as_bytes());
        }
    }
}
