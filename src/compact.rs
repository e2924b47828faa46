//! JWS compact serialization: cuts a token at its dots, and decodes its segments.
//!
//! ```text
//! BASE64URL(UTF8(JWS Protected Header)) || '.' || BASE64URL(JWS Payload) || '.' ||
//! BASE64URL(JWS Signature)                                    (RFC 7515 section 7.1)
//! ```

use core::mem;

use crate::Error;
use crate::base64url::{decode, decoded_length, encoded_length, is_symbol};
use crate::error::Segment;
use crate::key::mac::AnyAlgorithm;

/// The longest token that is looked at, in bytes. What it decodes to is below 64 KiB, so that every
/// position fits into 16 bits.
pub const MAX_TOKEN_LENGTH: usize = 87_380;

/// The length of the usual header, `{"alg":"HS256","typ":"JWT"}`. If a dot follows so many bytes,
/// it ends the header, or the token is malformed.
const USUAL_HEADER_LENGTH: usize = 36;

/// The three segments of a token, still encoded.
#[derive(Clone, Copy)]
pub(crate) struct Compact<'t> {
    token: &'t [u8],
    /// What the MAC covers: header segment, dot, payload segment, as received.
    pub(crate) signing_input: &'t [u8],
    /// In a token with more than two dots, a segment contains a dot.
    pub(crate) header: &'t [u8],
    pub(crate) payload: &'t [u8],
    signature: &'t [u8],
}

impl<'t> Compact<'t> {
    /// Cuts a token into its segments. The key is for one of these algorithms, the one with the
    /// shortest MAC first.
    ///
    /// The length of the MAC says where the last dot is, so only the header is searched for a dot.
    /// A dot too many is found when the segments are decoded, since it is no Base64URL symbol.
    pub(crate) fn parse(token: &'t [u8], algorithms: &[AnyAlgorithm]) -> Result<Self, Error> {
        check_length(token)?;
        for algorithm in algorithms {
            if let Some(compact) = Self::cut(token, algorithm.tag_length()) {
                return Ok(compact);
            }
        }
        Err(refusal(token, Error::SignatureLength))
    }

    fn cut(token: &'t [u8], tag_length: usize) -> Option<Self> {
        let last_dot = token.len().checked_sub(encoded_length(tag_length) + 1)?;
        let (signing_input, signature) = token.split_at_checked(last_dot)?;
        let signature = signature.strip_prefix(b".")?;
        let usual = signing_input.get(USUAL_HEADER_LENGTH) == Some(&b'.');
        let dot = if usual { USUAL_HEADER_LENGTH } else { first_dot(signing_input)? };
        let (header, payload) = split_at(signing_input, dot)?;
        Some(Self { token, signing_input, header, payload, signature })
    }

    /// Reserves room for the decoded header and payload, of exactly their lengths, at the start of
    /// `buffer`.
    pub(crate) fn reserve<'b>(
        &self,
        buffer: &'b mut [u8],
    ) -> Result<(&'b mut [u8], &'b mut [u8]), Error> {
        let header = decoded_length(self.header.len());
        let needed = header + decoded_length(self.payload.len());
        let room = buffer.get_mut(..needed).and_then(|room| room.split_at_mut_checked(header));
        room.ok_or_else(|| self.refusal(Error::BufferTooSmall { needed: needed as u16 }))
    }

    /// The start of `room` for the decoded signature. `room` is as long as the longest MAC.
    pub(crate) fn place_for_signature<'r>(
        &self,
        room: &'r mut [u8],
        algorithms: &[AnyAlgorithm],
    ) -> &'r mut [u8] {
        match algorithms {
            [_] => room,
            _ => room.get_mut(..decoded_length(self.signature.len())).unwrap_or_default(),
        }
    }

    /// Decodes each segment to the whole of its place.
    pub(crate) fn decode(
        &self,
        header: &mut [u8],
        payload: &mut [u8],
        signature: &mut [u8],
    ) -> Result<(), Error> {
        let segment = if !decode(self.header, header) {
            Segment::Header
        } else if !decode(self.payload, payload) {
            Segment::Payload
        } else if !decode(self.signature, signature) {
            Segment::Signature
        } else {
            return Ok(());
        };
        Err(self.refusal(Error::InvalidBase64Url { segment }))
    }

    /// Decodes header and signature, and returns what decodes the payload.
    pub(crate) fn decode_all_but_payload<'b>(
        &self,
        header: &mut [u8],
        payload: &'b mut [u8],
        signature: &mut [u8],
    ) -> Result<Decoding<'t, 'b>, Error> {
        let mut decoding = Decoding { symbols: self.payload, bytes: payload, is_well_formed: true };
        let segment = if !decode(self.header, header) {
            Segment::Header
        } else if decode(self.signature, signature) {
            return Ok(decoding);
        } else if decoding.finish().is_err() {
            Segment::Payload
        } else {
            Segment::Signature
        };
        Err(self.refusal(Error::InvalidBase64Url { segment }))
    }

    pub(crate) fn refusal(&self, otherwise: Error) -> Error {
        refusal(self.token, otherwise)
    }
}

/// A payload that is decoded part by part.
pub(crate) struct Decoding<'t, 'b> {
    /// The symbols that are still to be decoded, to the whole of `bytes`.
    symbols: &'t [u8],
    bytes: &'b mut [u8],
    /// Once false, it stays so, and each call that follows is refused.
    is_well_formed: bool,
}

impl Decoding<'_, '_> {
    /// Decodes the next 64 symbols, the length of a block of SHA-256. Returns whether any are left.
    pub(crate) fn step(&mut self) -> Result<bool, Error> {
        let (part, symbols) = self.symbols.split_at(self.symbols.len().min(64));
        let all = mem::take(&mut self.bytes);
        let (place, bytes) = all.split_at_mut(all.len().min(48));
        (self.symbols, self.bytes) = (symbols, bytes);
        self.is_well_formed &= decode(part, place);
        self.outcome().map(|()| !symbols.is_empty())
    }

    /// Decodes all that is left.
    pub(crate) fn finish(&mut self) -> Result<(), Error> {
        while !self.symbols.is_empty() {
            self.step()?;
        }
        self.outcome()
    }

    /// Whether what was decoded so far is well-formed.
    const fn outcome(&self) -> Result<(), Error> {
        if self.is_well_formed {
            Ok(())
        } else {
            Err(Error::InvalidBase64Url { segment: Segment::Payload })
        }
    }
}

/// The error for a malformed token. Two come before the others: a wrong number of dots, and a
/// signature with a character outside the alphabet, such as a carriage return behind it, which
/// would otherwise be told as a wrong length.
#[inline(never)]
fn refusal(token: &[u8], otherwise: Error) -> Error {
    let (mut dots, mut ends_in_dot) = (0, false);
    for &byte in token.iter().filter(|&&byte| !is_symbol(byte)) {
        ends_in_dot = byte == b'.';
        dots += usize::from(ends_in_dot);
    }
    if dots != 2 {
        Error::NotCompactSerialization
    } else if ends_in_dot {
        otherwise
    } else {
        Error::InvalidBase64Url { segment: Segment::Signature }
    }
}

/// The header segment of a token whose algorithm is not known.
pub(crate) fn header_segment(token: &[u8]) -> Result<&[u8], Error> {
    check_length(token)?;
    match first_dot(token).and_then(|dot| split_at(token, dot)) {
        Some((header, rest)) if dots(rest) == 1 => Ok(header),
        _ => Err(Error::NotCompactSerialization),
    }
}

const fn check_length(token: &[u8]) -> Result<(), Error> {
    if token.len() > MAX_TOKEN_LENGTH { Err(Error::TokenTooLong) } else { Ok(()) }
}

fn first_dot(text: &[u8]) -> Option<usize> {
    text.iter().position(|&byte| byte == b'.')
}

/// The text before a dot, and the text behind it.
fn split_at(text: &[u8], dot: usize) -> Option<(&[u8], &[u8])> {
    Some((text.get(..dot)?, text.get(dot + 1..)?))
}

fn dots(text: &[u8]) -> usize {
    text.iter().filter(|&&byte| byte == b'.').count()
}

#[cfg(test)]
mod tests {
    use std::vec;
    use std::vec::Vec;

    use super::*;
    use AnyAlgorithm::Hs256;

    #[test]
    fn exactly_two_dots() {
        use Error::{NotCompactSerialization, SignatureLength};
        const MAC: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        let malformed = |segment| Err(Error::InvalidBase64Url { segment });
        let table: [(&[&str], Result<(), Error>); 36] = [
            (&[""], Err(NotCompactSerialization)),
            (&["."], Err(NotCompactSerialization)),
            (&[".", "."], Err(SignatureLength)),
            (&["...", MAC], Err(NotCompactSerialization)),
            (&["aa"], Err(NotCompactSerialization)),
            (&[MAC], Err(NotCompactSerialization)),
            (&[".", MAC], Err(NotCompactSerialization)),
            (&["aa.", MAC], Err(NotCompactSerialization)),
            (&["aa.aa.", MAC, "A"], Err(SignatureLength)),
            (&["aa.aa.A", MAC, "AAAA"], Err(SignatureLength)),
            (&["aa.aa.", MAC, "."], Err(NotCompactSerialization)),
            (&["aa.aa.aa.", MAC], Err(NotCompactSerialization)),
            (&["aa.aa..", &MAC[1..]], Err(NotCompactSerialization)),
            (&[".aa.aa.", MAC], Err(NotCompactSerialization)),
            (&["!.!.!.", MAC], Err(NotCompactSerialization)),
            (&["YQ.Yg.", MAC], Ok(())),
            (&["Y!.Yg.", MAC], malformed(Segment::Header)),
            (&["Y!.Y!.!", &MAC[1..]], malformed(Segment::Signature)),
            (&["Y!.Y!.", MAC], malformed(Segment::Header)),
            (&["YQ.Y!.", MAC], malformed(Segment::Payload)),
            (&["YQ.Y!.!", &MAC[1..]], malformed(Segment::Signature)),
            (&["YQ.YR.", &MAC[1..], "B"], malformed(Segment::Payload)),
            (&["YQ.Yg.!", &MAC[1..]], malformed(Segment::Signature)),
            // Leftover bits.
            (&["YQ.Yg.", &MAC[1..], "B"], malformed(Segment::Signature)),
            (&["YR.Yg.", MAC], malformed(Segment::Header)),
            // The last segment has another length because of what is behind it.
            (&["YQ.Yg.", MAC, "\r"], malformed(Segment::Signature)),
            (&["YQ.Yg.", MAC, "="], malformed(Segment::Signature)),
            (&["YQ.Yg.", MAC, "\""], malformed(Segment::Signature)),
            (&["YQ.Yg. ", MAC], malformed(Segment::Signature)),
            (&["YQ.Yg.", MAC, "\0"], malformed(Segment::Signature)),
            (&["YQ.Yg.", &MAC[2..], "\u{e9}"], malformed(Segment::Signature)),
            (&["Y!.Yg.", MAC, "A"], Err(SignatureLength)),
            (&["Y!.Yg.", MAC, "\n"], malformed(Segment::Signature)),
            // A dot where that of a usual header is.
            (&["YQ.AAAAAAAAAAAAAAAAA.Yg.", MAC], Err(NotCompactSerialization)),
            (&["YQ.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA.Yg.", MAC], Err(NotCompactSerialization)),
            (&["YQ.AAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAA.", MAC], Err(NotCompactSerialization)),
        ];
        for (token, expected) in table {
            let token = token.concat();
            let compact = Compact::parse(token.as_bytes(), &[Hs256]);
            let [mut header, mut payload] = [[0; 1]; 2];
            let at_once =
                compact.and_then(|compact| compact.decode(&mut header, &mut payload, &mut [0; 32]));
            let in_steps = compact.and_then(|compact| {
                let place = &mut payload;
                let mut decoding =
                    compact.decode_all_but_payload(&mut header, place, &mut [0; 32])?;
                let mut outcome = decoding.step();
                while outcome == Ok(true) {
                    outcome = decoding.step();
                }
                outcome.and(decoding.finish()).map_err(|error| compact.refusal(error))
            });
            assert_eq!(at_once, expected, "{token}");
            assert_eq!(in_steps, expected, "{token}");
        }
    }

    #[test]
    fn payload_is_the_same_decoded_step_by_step() {
        for length in 0..260 {
            let payload: Vec<u8> = b"AQIDBA-_zz09".iter().copied().cycle().take(length).collect();
            let token = [b"e30.".as_slice(), &payload, b".", &[b'A'; 43]].concat();
            let compact = Compact::parse(&token, &[Hs256]).unwrap();
            for dirty in [None, Some(0), length.checked_sub(1), Some(length / 2)] {
                let dirty = dirty.filter(|at| *at < length);
                let mut token = token.clone();
                if let Some(symbol) = dirty.and_then(|at| token.get_mut(4 + at)) {
                    *symbol = b'!';
                }
                let compact = Compact::parse(&token, &[Hs256]).unwrap();
                let mut judged = vec![0; decoded_length(length)];
                let expected = decode(compact.payload, &mut judged);
                for steps in 0..6 {
                    let mut bytes = vec![0; judged.len()];
                    let mut decoding = compact
                        .decode_all_but_payload(&mut [0; 2], &mut bytes, &mut [0; 32])
                        .unwrap();
                    let outcome = (0..steps).try_for_each(|_| decoding.step().map(drop));
                    let outcome = outcome.and_then(|()| decoding.finish());
                    assert_eq!(outcome.is_ok(), expected, "{length}");
                    assert!(!expected || bytes == judged, "{length} {steps}");
                }
            }
            assert_eq!(compact.payload, payload);
        }
    }

    #[test]
    fn a_dot_too_many_comes_before_a_small_buffer() {
        let mac = "A".repeat(43);
        for (token, expected) in [
            ("YQ.Yg.", Error::BufferTooSmall { needed: 2 }),
            ("YQ.Yg.Yg.", Error::NotCompactSerialization),
        ] {
            let token = [token, &mac].concat();
            let compact = Compact::parse(token.as_bytes(), &[Hs256]).unwrap();
            assert_eq!(compact.reserve(&mut [0; 1]).err(), Some(expected));
        }
    }

    #[test]
    fn segments_and_signing_input_are_sub_slices() {
        let mac = [b'A'; 43];
        let token = [b"ab.cde.".as_slice(), &mac].concat();
        let compact = Compact::parse(&token, &[Hs256]).unwrap();
        assert_eq!(compact.signing_input, b"ab.cde");
        assert_eq!(compact.header, b"ab");
        assert_eq!(compact.payload, b"cde");
        assert_eq!(compact.signature, mac);
        assert_eq!(header_segment(b"ab.cde.fg"), Ok(&b"ab"[..]));
        assert_eq!(header_segment(b"ab.cdefg"), Err(Error::NotCompactSerialization));
        assert_eq!(header_segment(b"ab.cd.ef.g"), Err(Error::NotCompactSerialization));
    }

    #[test]
    fn length_is_checked_first() {
        static LONG: [u8; MAX_TOKEN_LENGTH + 1] = [b'.'; MAX_TOKEN_LENGTH + 1];
        assert_eq!(Compact::parse(&LONG, &[Hs256]).err(), Some(Error::TokenTooLong));
        let longest = Compact::parse(&LONG[1..], &[Hs256]).unwrap();
        assert_eq!(longest.reserve(&mut []).err(), Some(Error::NotCompactSerialization));
        assert_eq!(header_segment(&LONG), Err(Error::TokenTooLong));
    }
}
