//! Who signed a token that arrives in pieces: the one key, or the key of a set that its header names.

use base64ct::{Base64UrlUnpadded, Encoding};
use zeroize::Zeroize;

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
    /// The MAC covers the header as it came: encoded again it is the same text, for a segment is only taken
    /// if it is canonical. So it must not be changed here. The strict pass changes nothing in a header
    /// that holds no white space and no backslash; of any other it reads a copy. Where there is no room
    /// for the copy, the header does not say in time whose it is. Whether it holds is told at the end.
    pub(super) fn is_named(
        &mut self,
        keys: &'v impl Keys<Key = K>,
        depth: u8,
        header: &mut [u8],
        room: &mut [u8],
    ) {
        let mut spans = Spans::default();
        let key = if header.iter().all(|&byte| byte > b' ' && byte != b'\\') {
            named(keys, parse_header(header, depth, &mut spans), &spans)
        } else if let Some(copy) = room.get_mut(..header.len()) {
            copy.copy_from_slice(header);
            let key = named(keys, parse_header(copy, depth, &mut spans), &spans);
            copy.zeroize();
            key
        } else {
            Named::Unread
        };
        match key {
            Named::Key(key) => {
                self.is(key);
                encode(header, |symbols| self.update(symbols));
            }
            Named::Nobody => {}
            Named::Unread => self.may_be_any = true,
        }
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
        let of_tag = signer.and_then(|key| {
            let mut running = key.begin();
            key.update(&mut running, tag);
            key.finish(&mut running).ok()
        });
        of_tag.map_or(Proof::Nobody, Proof::KeyThatMakes)
    }
}

/// Which key of a set a header names.
enum Named<'v, K> {
    Key(&'v K),
    /// None that the token could be accepted with.
    Nobody,
    /// That can't be told yet, or it names none, and the set has any tried.
    Unread,
}

fn named<'v, K: StreamingKey>(
    keys: &'v impl Keys<Key = K>,
    header: Result<&[u8], Error>,
    spans: &Spans,
) -> Named<'v, K> {
    let Ok(text) = header else { return Named::Nobody };
    match (Object { text, spans }).named_string(KEY_ID) {
        Some(key_id) => keys.find(key_id).map_or(Named::Nobody, |entry| Named::Key(entry.key())),
        None if keys.allows_missing_key_id() => Named::Unread,
        None => Named::Nobody,
    }
}

/// Whose signature a token has.
pub(super) enum Proof<'v, K: StreamingKey> {
    /// That of no key that was asked.
    Nobody,
    /// Whether it is this key's.
    Key(&'v K, Result<(), Error>),
    /// That of the key that makes this MAC of the signature itself: keys are not compared, but what they
    /// make.
    KeyThatMakes(K::Tag),
}

impl<K: StreamingKey> Proof<'_, K> {
    /// Whether the signature `tag` is the MAC by a key; the key is one of a set, or there is no choice.
    pub(super) fn is_mac_of(&self, key: &K, is_of_set: bool, tag: &[u8]) -> Result<(), Error> {
        match self {
            Self::Key(signer, outcome) if core::ptr::eq(*signer, key) => *outcome,
            Self::KeyThatMakes(of_tag) if is_of_set => {
                key.verify(tag, of_tag.as_ref().get(..tag.len()).unwrap_or_default())
            }
            // What else may be wrong with the signature, or with an engine, is told all the same.
            _ if is_of_set => key.verify(tag, tag).and(Err(Error::SignatureMismatch)),
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
