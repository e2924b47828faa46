//! Cuts a token that arrives in pieces at its dots, and decodes its segments.

use zeroize::Zeroize;

use super::decoded::Decoded;
use crate::base64url::{decode, decode_groups, decoded_length, encoded_length, is_symbol};
use crate::error::Segment;
use crate::json::cut;
use crate::{AnyAlgorithm, Error};

// The segments, by the number of dots before them.
const HEADER: u8 = 0;
const PAYLOAD: u8 = 1;
const SIGNATURE: u8 = 2;
const TOO_MANY: u8 = 3;

/// The segments of a token. Header and payload are decoded into the buffer, one behind the other,
/// as by [`Verifier::verify`](crate::Verifier::verify).
pub(super) struct Segments<'b, S> {
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
    signature: S,
}

impl<'b, S: AsRef<[u8]> + AsMut<[u8]>> Segments<'b, S> {
    pub(super) const fn new(buffer: &'b mut [u8], zero_signature: S) -> Self {
        Self {
            segment: HEADER,
            refused: None,
            signature_is_foreign: false,
            group: [0; 4],
            symbols: 0,
            decoded: 0,
            header_length: 0,
            payload_length: 0,
            buffer,
            signature: zero_signature,
        }
    }

    /// Takes more of the text. Calls `hash` with what of it belongs to the signing input, unless
    /// the token is refused.
    pub(super) fn take(&mut self, text: &[u8], hash: &mut impl FnMut(&[u8])) {
        let mut rest = text;
        loop {
            if self.symbols.is_multiple_of(4) && self.refused.is_none() {
                rest = self.take_groups(rest);
            }
            let Some((&byte, behind)) = rest.split_first() else { break };
            if byte == b'.' {
                self.end_segment();
                if self.segment == SIGNATURE && self.refused.is_none() {
                    hash(cut(text, text.len() - rest.len()));
                }
            } else {
                self.take_symbol(byte);
            }
            rest = behind;
        }
        if self.segment < SIGNATURE && self.refused.is_none() {
            hash(text);
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

    pub(super) fn are_refused(&self) -> bool {
        self.refused.is_some()
    }

    /// Checks the text at the end of the token, and returns its segments.
    pub(super) fn end_text(&mut self, algorithms: &[AnyAlgorithm]) -> Result<Decoded<'_>, Error> {
        if self.segment != SIGNATURE {
            return Err(Error::NotCompactSerialization);
        }
        if self.signature_is_foreign {
            return Err(Error::InvalidBase64Url { segment: Segment::Signature });
        }
        let mut lengths = algorithms.iter().map(|algorithm| algorithm.tag_length());
        let length = lengths.find(|length| encoded_length(*length) == self.symbols);
        let signature_length = length.ok_or(Error::SignatureLength)?;
        let token = self.header_length + self.payload_length;
        if token > self.buffer.len() {
            return Err(Error::buffer_too_small(token));
        }
        self.store(self.symbols % 4);
        if let Some(segment) = self.refused {
            return Err(Error::InvalidBase64Url { segment });
        }
        let signature = cut(self.signature.as_ref(), signature_length);
        let (token, room) = self.buffer.split_at_mut_checked(token).unwrap_or_default();
        let (header, payload) = token.split_at_mut_checked(self.header_length).unwrap_or_default();
        Ok(Decoded { header, payload, room, signature })
    }

    pub(super) fn end(&mut self) -> [&[u8]; 2] {
        let (header_length, payload_length) = (self.header_length, self.payload_length);
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

/// Header and payload, which stand one behind the other.
fn split(buffer: &[u8], header: usize, payload: usize) -> [&[u8]; 2] {
    cut(buffer, header + payload).split_at_checked(header).unwrap_or_default().into()
}
