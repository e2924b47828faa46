//! The segments of a token that arrives in pieces: its text is taken apart, decoded and hashed.

use zeroize::Zeroize;

use super::signer::Signer;
use crate::Error;
use crate::base64url::{decode, decode_groups, decoded_length, encoded_length};
use crate::json::{Spans, cut};
use crate::jws::{Authentic, HeaderRules, check_mac_and_header};
use crate::keys::{Keys, StreamingKey, VerificationKey};

// The segments, by how many dots are before them.
const HEADER: u8 = 0;
const PAYLOAD: u8 = 1;
const SIGNATURE: u8 = 2;
const TOO_MANY: u8 = 3;

/// The segments of a token. Header and payload are decoded one behind the other into the buffer, as by
/// [`Verifier::verify`](crate::Verifier::verify).
pub(super) struct Segments<'v, 'b, K: Keys<Key: StreamingKey>> {
    keys: &'v K,
    /// How deep the header may be nested.
    depth: u8,
    /// Which segment has begun.
    segment: u8,
    /// Something can't be decoded, there is no room for it, or a dot is one too many: from then on, dots and
    /// symbols are only counted.
    are_refused: bool,
    /// The last symbols of the segment, if they are no whole group of four.
    group: [u8; 4],
    /// How many symbols of the segment have come.
    symbols: usize,
    /// How many bytes have been decoded, of header and payload or of the signature.
    decoded: usize,
    /// What the segments that have ended decode to, written or not.
    header_length: usize,
    payload_length: usize,
    buffer: &'b mut [u8],
    tag: <K::Key as VerificationKey>::Tag,
    /// Who signed the token, as far as it is known, and the MAC of what has come.
    signer: Signer<'v, K::Key>,
}

impl<'v, 'b, K: Keys<Key: StreamingKey>> Segments<'v, 'b, K> {
    pub(super) fn new(keys: &'v K, depth: u8, buffer: &'b mut [u8]) -> Self {
        Self {
            keys,
            depth,
            segment: HEADER,
            are_refused: false,
            group: [0; 4],
            symbols: 0,
            decoded: 0,
            header_length: 0,
            payload_length: 0,
            buffer,
            tag: <K::Key as VerificationKey>::ZERO_TAG,
            signer: Signer::UNKNOWN,
        }
    }

    /// Takes more of the text.
    pub(super) fn take(&mut self, text: &[u8]) {
        let (mut input, mut rest) = (text, text);
        loop {
            if self.symbols.is_multiple_of(4) && !self.are_refused {
                rest = self.take_groups(rest);
            }
            let Some((&byte, after)) = rest.split_first() else { break };
            if byte == b'.' {
                self.end_segment();
                if self.segment == PAYLOAD && self.keys.only().is_none() {
                    self.find_key();
                    input = rest;
                } else if self.segment == SIGNATURE {
                    self.hash(cut(input, input.len() - rest.len()));
                }
            } else {
                self.take_symbol(byte);
            }
            rest = after;
        }
        if self.segment < SIGNATURE {
            self.hash(input);
        }
    }

    /// Takes whole groups of symbols at once, up to a dot. Returns what is behind them.
    fn take_groups<'t>(&mut self, text: &'t [u8]) -> &'t [u8] {
        let place = self.place();
        let taken = decode_groups(text, place);
        self.symbols += taken;
        self.decoded += decoded_length(taken);
        text.get(taken..).unwrap_or_default()
    }

    /// Takes one symbol.
    fn take_symbol(&mut self, symbol: u8) {
        if let Some(place) = self.group.get_mut(self.symbols % 4) {
            *place = symbol;
        }
        self.symbols += 1;
        if self.symbols.is_multiple_of(4) {
            self.store(4);
        }
    }

    /// Decodes this many symbols: a group, or the last of a segment.
    fn store(&mut self, symbols: usize) {
        if self.are_refused {
            return;
        }
        let (group, length) = (self.group, decoded_length(symbols));
        match self.place().get_mut(..length) {
            Some(place) => self.are_refused = decode(cut(&group, symbols), place).is_err(),
            None => self.are_refused = true,
        }
        self.decoded += length;
    }

    /// Where the next symbols are decoded to.
    fn place(&mut self) -> &mut [u8] {
        let place = if self.segment < SIGNATURE { &mut *self.buffer } else { self.tag.as_mut() };
        place.get_mut(self.decoded..).unwrap_or_default()
    }

    /// A dot.
    fn end_segment(&mut self) {
        self.store(self.symbols % 4);
        let length = decoded_length(self.symbols);
        match self.segment {
            HEADER => self.header_length = length,
            PAYLOAD => (self.payload_length, self.decoded) = (length, 0),
            _ => self.are_refused = true,
        }
        self.symbols = 0;
        self.segment = (self.segment + 1).min(TOO_MANY);
    }

    fn hash(&mut self, input: &[u8]) {
        if self.are_refused {
            return;
        }
        if let Some(key) = self.keys.only() {
            self.signer.is(key);
        }
        self.signer.update(input);
    }

    /// The key of a set, once the header has come. From there on the text is hashed.
    fn find_key(&mut self) {
        if !self.are_refused
            && let Some((header, room)) = self.buffer.split_at_mut_checked(self.header_length)
        {
            self.signer.is_named(self.keys, self.depth, header, room);
        }
    }

    pub(super) fn are_refused(&self) -> bool {
        self.are_refused
    }

    pub(super) fn authenticate(
        &mut self,
        rules: HeaderRules<'_>,
        spans: &mut Spans,
    ) -> Result<Authentic<'v>, Error> {
        if self.segment != SIGNATURE {
            return Err(Error::NotCompactSerialization);
        }
        let lengths = <K::Key as VerificationKey>::TAG_LENGTHS;
        let of_tag = lengths.iter().find(|length| encoded_length(**length) == self.symbols);
        let tag_length = *of_tag.ok_or(Error::SignatureLength)?;
        let needed = self.header_length + self.payload_length;
        if needed > self.buffer.len() {
            return Err(Error::BufferTooSmall { needed: needed as u16 });
        }
        self.store(self.symbols % 4);
        if self.are_refused {
            return Err(Error::InvalidBase64Url);
        }
        let tag = cut(self.tag.as_ref(), tag_length);
        let (header, payload) = split(self.buffer, self.header_length, self.payload_length);
        let proof = self.signer.prove(self.keys, header, payload, tag);
        let is_of_set = self.keys.only().is_none();
        let is_mac_of = |key: &K::Key| proof.is_mac_of(key, is_of_set, tag);
        check_mac_and_header(self.keys, is_mac_of, tag, header, rules, spans)
    }

    pub(super) fn decoded(&mut self) -> (&mut [u8], &mut [u8]) {
        split(self.buffer, self.header_length, self.payload_length)
    }

    pub(super) fn end(&mut self) -> (&mut [u8], &mut [u8]) {
        let (header_length, payload_length) = (self.header_length, self.payload_length);
        self.signer = Signer::UNKNOWN;
        (self.segment, self.are_refused) = (HEADER, false);
        (self.symbols, self.decoded, self.header_length, self.payload_length) = (0, 0, 0, 0);
        split(self.buffer, header_length, payload_length)
    }

    pub(super) fn release(&mut self) -> (&'b mut [u8], &'b mut [u8]) {
        let buffer = core::mem::take(&mut self.buffer);
        split(buffer, self.header_length, self.payload_length)
    }

    pub(super) fn wipe(&mut self) {
        let in_buffer = match self.segment {
            HEADER | PAYLOAD => self.decoded,
            _ => self.header_length + self.payload_length,
        };
        let length = in_buffer.min(self.buffer.len());
        if let Some(written) = self.buffer.get_mut(..length) {
            written.zeroize();
        }
        self.group.zeroize();
        self.tag.as_mut().zeroize();
    }
}

fn split(buffer: &mut [u8], first: usize, second: usize) -> (&mut [u8], &mut [u8]) {
    let both = buffer.get_mut(..first + second).unwrap_or_default();
    both.split_at_mut_checked(first).unwrap_or_default()
}
