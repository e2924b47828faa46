//! Cuts a token that arrives in pieces at its dots, decodes its segments, hashes its text, and
//! authenticates it at the end.

use base64ct::{Base64UrlUnpadded, Encoding};
use zeroize::Zeroize;

use crate::Error;
use crate::authenticate::{Authentic, check_mac_and_header, detached_if};
use crate::base64url::{decode, decode_groups, decoded_length, encoded_length, is_symbol};
use crate::error::Segment;
use crate::header::HeaderRules;
use crate::json::{Spans, cut};
use crate::key::mac::sealed::HashFunction;
use crate::key::mac::{Mac, StreamingMac, Tag};
use crate::key::{Keys, check_mac, compute_and_compare};

// The segments, by the number of dots before them.
const HEADER: u8 = 0;
const PAYLOAD: u8 = 1;
const SIGNATURE: u8 = 2;
const TOO_MANY: u8 = 3;

/// The segments of a token. Header and payload are decoded into the buffer, one behind the other,
/// as by [`Verifier::verify`](crate::Verifier::verify).
pub(super) struct Segments<'v, 'b, K: Keys<Key: StreamingMac>> {
    keys: &'v K,
    /// The segment that the next byte belongs to.
    segment: u8,
    /// The first segment that can't be decoded or has no room, or the signature if there is a dot
    /// too many. From then on dots and symbols are only counted.
    refused: Option<Segment>,
    /// Whether the signature has a character outside the alphabet.
    signature_is_foreign: bool,
    /// The last symbols of the segment that do not fill a group of four.
    group: [u8; 4],
    /// The number of symbols of the segment that have come.
    symbols: usize,
    /// The number of decoded bytes, of header and payload, or of the signature.
    decoded: usize,
    /// The decoded lengths of the segments that have ended, whether there was room for them or not.
    header_length: usize,
    payload_length: usize,
    buffer: &'b mut [u8],
    signature: K::Signature,
    /// With one key, the MAC of what has come, or the engine's error. A set begins at the end.
    running: Option<Result<<K::Key as StreamingMac>::Running, Error>>,
}

impl<'v, 'b, K: Keys<Key: StreamingMac>> Segments<'v, 'b, K> {
    pub(super) fn new(keys: &'v K, buffer: &'b mut [u8]) -> Self {
        Self {
            keys,
            segment: HEADER,
            refused: None,
            signature_is_foreign: false,
            group: [0; 4],
            symbols: 0,
            decoded: 0,
            header_length: 0,
            payload_length: 0,
            buffer,
            signature: K::ZERO_SIGNATURE,
            running: None,
        }
    }

    /// Takes more of the text.
    pub(super) fn take(&mut self, text: &[u8]) {
        let mut rest = text;
        loop {
            if self.symbols.is_multiple_of(4) && self.refused.is_none() {
                rest = self.take_groups(rest);
            }
            let Some((&byte, behind)) = rest.split_first() else { break };
            if byte == b'.' {
                self.end_segment();
                if self.segment == SIGNATURE {
                    self.hash(cut(text, text.len() - rest.len()));
                }
            } else {
                self.take_symbol(byte);
            }
            rest = behind;
        }
        if self.segment < SIGNATURE {
            self.hash(text);
        }
    }

    /// Takes whole groups of symbols, up to a dot. Returns the rest.
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
        self.signature_is_foreign |= self.segment == SIGNATURE && !is_symbol(symbol);
        self.symbols += 1;
        if self.symbols.is_multiple_of(4) {
            self.store(4);
        }
    }

    /// Decodes the group: four symbols, or the last ones of a segment.
    fn store(&mut self, symbols: usize) {
        if self.refused.is_some() {
            return;
        }
        let (group, length) = (self.group, decoded_length(symbols));
        let place = self.place().get_mut(..length);
        if !place.is_some_and(|place| decode(cut(&group, symbols), place)) {
            self.refuse();
        }
        self.decoded += length;
    }

    /// Refuses the segment, unless one was refused before.
    fn refuse(&mut self) {
        self.refused.get_or_insert(match self.segment {
            HEADER => Segment::Header,
            PAYLOAD => Segment::Payload,
            _ => Segment::Signature,
        });
    }

    /// The place that the next symbols are decoded to.
    fn place(&mut self) -> &mut [u8] {
        let place =
            if self.segment < SIGNATURE { &mut *self.buffer } else { self.signature.as_mut() };
        place.get_mut(self.decoded..).unwrap_or_default()
    }

    /// Ends a segment at a dot.
    fn end_segment(&mut self) {
        self.store(self.symbols % 4);
        let length = decoded_length(self.symbols);
        match self.segment {
            HEADER => self.header_length = length,
            PAYLOAD => (self.payload_length, self.decoded) = (length, 0),
            _ => self.refuse(),
        }
        self.symbols = 0;
        self.segment = (self.segment + 1).min(TOO_MANY);
    }

    /// Hashes more of the signing input, with one key. After the first part, wipes what that left on
    /// the stack: the key's hash states, which begin a MAC and are enough to forge one.
    fn hash(&mut self, input: &[u8]) {
        if K::NAMED_BY_HEADER || self.refused.is_some() {
            return;
        }
        let is_first = self.running.is_none();
        self.hash_more(input);
        if is_first {
            <K::Key as Mac>::Algorithm::wipe_after_mac();
        }
    }

    /// An engine that has failed is not asked again. Not inlined, so that all that it leaves on the
    /// stack is below its caller's frame.
    #[inline(never)]
    fn hash_more(&mut self, input: &[u8]) {
        let key = self.keys.candidates(None).ok().and_then(|mut keys| keys.next());
        let Some(key) = key.map(|entry| entry.key) else { return };
        let running = self.running.get_or_insert_with(|| key.begin());
        if let Ok(hash) = running
            && let Err(error) = key.update(hash, input)
        {
            *running = Err(error);
        }
    }

    pub(super) fn are_refused(&self) -> bool {
        self.refused.is_some()
    }

    /// Checks text, MAC and header at the end of the token. Returns the decoded payload as well.
    pub(super) fn authenticate(
        &mut self,
        rules: HeaderRules<'_>,
        spans: &mut Spans,
    ) -> Result<(Authentic<'v, '_, K>, &mut [u8]), Error> {
        if self.segment != SIGNATURE {
            return Err(Error::NotCompactSerialization);
        }
        if self.signature_is_foreign {
            return Err(Error::InvalidBase64Url { segment: Segment::Signature });
        }
        let mut lengths = K::ALGORITHMS.iter().map(|algorithm| algorithm.tag_length());
        let length = lengths.find(|length| encoded_length(*length) == self.symbols);
        let signature_length = length.ok_or(Error::SignatureLength)?;
        let token = self.header_length + self.payload_length;
        if token > self.buffer.len() {
            return Err(too_small(token));
        }
        self.store(self.symbols % 4);
        if let Some(segment) = self.refused {
            return Err(Error::InvalidBase64Url { segment });
        }
        let signature = cut(self.signature.as_ref(), signature_length);
        let (token, room) = self.buffer.split_at_mut_checked(token).unwrap_or_default();
        let (header, payload) = token.split_at_mut_checked(self.header_length).unwrap_or_default();
        let authentic = if K::NAMED_BY_HEADER {
            // The header is parsed in place before it is hashed. If that may change it, a copy is
            // hashed.
            let is_changed = may_change(header);
            let length = if is_changed { header.len() } else { 0 };
            let copy = room.get_mut(..length).ok_or(too_small(header.len() * 2 + payload.len()))?;
            copy.copy_from_slice(cut(header, length));
            let check_signature = |key: &K::Key, header: &[u8]| {
                let header = if is_changed { &*copy } else { header };
                let outcome = compute_and_compare(key, signature, |key, mac| {
                    *mac = encoded_mac(key, header, payload)?;
                    Ok(())
                });
                // Encoding takes more of the stack than `check_mac` wipes.
                <K::Key as Mac>::Algorithm::wipe_after_key();
                outcome
            };
            let authentic =
                check_mac_and_header(self.keys, signature, check_signature, header, rules, spans);
            copy.zeroize();
            authentic
        } else {
            let running = &mut self.running;
            let check_signature = |key: &K::Key, _: &[u8]| {
                check_mac(key, signature, |key, mac| {
                    let running = running
                        .as_mut()
                        .ok_or(Error::MacEngine)?
                        .as_mut()
                        .map_err(|error| *error)?;
                    *mac = key.finish(running)?;
                    Ok(())
                })
            };
            check_mac_and_header(self.keys, signature, check_signature, header, rules, spans)
        };
        match authentic {
            Ok(authentic) => Ok((authentic, payload)),
            Err(error) => Err(detached_if(payload.is_empty(), error)),
        }
    }

    pub(super) fn end(&mut self) -> [&[u8]; 2] {
        let (header_length, payload_length) = (self.header_length, self.payload_length);
        self.running = None;
        (self.segment, self.refused, self.signature_is_foreign) = (HEADER, None, false);
        (self.symbols, self.decoded, self.header_length, self.payload_length) = (0, 0, 0, 0);
        split(self.buffer, header_length, payload_length)
    }

    pub(super) fn release(&mut self) -> [&'b [u8]; 2] {
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
        self.signature.as_mut().zeroize();
    }
}

fn too_small(needed: usize) -> Error {
    Error::BufferTooSmall { needed: needed.try_into().unwrap_or(u16::MAX) }
}

/// Whether the strict pass may change a header: it removes escapes, and white space outside
/// strings.
fn may_change(header: &[u8]) -> bool {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
    let mut outside_strings = header.split(|&byte| byte == b'"').step_by(2);
    header.contains(&b'\\') || outside_strings.any(|part| part.iter().any(is_space))
}

/// The MAC of a decoded token's signing input, which is encoded again. It is the text that came: a
/// segment is only accepted if it is canonical.
fn encoded_mac<M: StreamingMac>(key: &M, header: &[u8], payload: &[u8]) -> Result<Tag<M>, Error> {
    let mut running = key.begin()?;
    let mut symbols = [0; 64];
    for (index, segment) in [header, payload].into_iter().enumerate() {
        if index > 0 {
            key.update(&mut running, b".")?;
        }
        for block in segment.chunks(48) {
            if let Ok(text) = Base64UrlUnpadded::encode(block, &mut symbols) {
                key.update(&mut running, text.as_bytes())?;
            }
        }
    }
    key.finish(&mut running)
}

/// Header and payload, which stand one behind the other.
fn split(buffer: &[u8], header: usize, payload: usize) -> [&[u8]; 2] {
    cut(buffer, header + payload).split_at_checked(header).unwrap_or_default().into()
}
