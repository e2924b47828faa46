//! JWS compact serialization: the only place that knows about dots.
//!
//! ```text
//! BASE64URL(UTF8(JWS Protected Header)) || '.' || BASE64URL(JWS Payload) || '.' ||
//! BASE64URL(JWS Signature)                                    (RFC 7515 section 7.1)
//! ```

use crate::Error;
use crate::base64url::{Decoding, decode, decoded_length, encoded_length};

/// The longest token that is looked at, in bytes: whatever it decodes to can be addressed with
/// 16 bits, which keeps every position that is noted down small.
pub const MAX_TOKEN_LENGTH: usize = 87_380;

/// How long the header segments are that most issuers write: with `alg` and `typ`, and with `alg`
/// alone. A dot behind so many bytes is the first, or there is one too many.
const USUAL_HEADER_LENGTHS: [usize; 2] = [36, 20];

/// The longer of the headers that most issuers write, encoded and decoded.
const USUAL_HEADERS: [(&[u8; 36], &[u8; 27]); 6] = [
    (b"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9", br#"{"alg":"HS256","typ":"JWT"}"#),
    (b"eyJhbGciOiJIUzM4NCIsInR5cCI6IkpXVCJ9", br#"{"alg":"HS384","typ":"JWT"}"#),
    (b"eyJhbGciOiJIUzUxMiIsInR5cCI6IkpXVCJ9", br#"{"alg":"HS512","typ":"JWT"}"#),
    (b"eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9", br#"{"typ":"JWT","alg":"HS256"}"#),
    (b"eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzM4NCJ9", br#"{"typ":"JWT","alg":"HS384"}"#),
    (b"eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzUxMiJ9", br#"{"typ":"JWT","alg":"HS512"}"#),
];

/// The three segments of a token, still encoded.
#[derive(Clone, Copy)]
pub(crate) struct Compact<'t> {
    /// What the MAC covers: header segment, dot, payload segment, as received.
    pub(crate) signing_input: &'t [u8],
    /// Holds a dot, as may the others, only if the token has more than two.
    pub(crate) header: &'t [u8],
    payload: &'t [u8],
    signature: &'t [u8],
    /// All of it.
    token: &'t [u8],
}

impl<'t> Compact<'t> {
    /// Cuts a token whose MAC has one of these lengths, the shortest first, after its own length
    /// was checked.
    ///
    /// The MAC's length says where the last dot is, so at most the header is searched for one, and
    /// not all of the token. A dot too many is no symbol of Base64URL, and comes to light when the
    /// segments are decoded.
    pub(crate) fn parse(token: &'t [u8], tag_lengths: &[usize]) -> Result<Self, Error> {
        check_length(token)?;
        for &length in tag_lengths {
            if let Some(compact) = Self::cut(token, length) {
                return Ok(compact);
            }
        }
        Err(refusal(token, Error::SignatureLength))
    }

    fn cut(token: &'t [u8], tag_length: usize) -> Option<Self> {
        let last_dot = token.len().checked_sub(encoded_length(tag_length) + 1)?;
        let (signing_input, signature) = token.split_at_checked(last_dot)?;
        let signature = signature.strip_prefix(b".")?;
        let mut usual = USUAL_HEADER_LENGTHS.into_iter();
        let dot = usual
            .find(|&at| signing_input.get(at) == Some(&b'.'))
            .or_else(|| first_dot(signing_input))?;
        let (header, payload) = split_at(signing_input, dot)?;
        Some(Self { signing_input, header, payload, signature, token })
    }

    /// Room for the decoded header and payload, of just their lengths, at the start of `buffer`.
    pub(crate) fn reserve<'b>(
        &self,
        buffer: &'b mut [u8],
    ) -> Result<(&'b mut [u8], &'b mut [u8]), Error> {
        let header = decoded_length(self.header.len());
        let needed = header + decoded_length(self.payload.len());
        let room = buffer.get_mut(..needed).and_then(|room| room.split_at_mut_checked(header));
        room.ok_or_else(|| self.refusal(Error::BufferTooSmall { needed: needed as u16 }))
    }

    /// The start of `room` that the decoded signature takes. It has one of these lengths, and there is
    /// room for the longest.
    pub(crate) fn place_for_tag<'r>(
        &self,
        room: &'r mut [u8],
        tag_lengths: &[usize],
    ) -> &'r mut [u8] {
        match tag_lengths {
            [_] => room,
            _ => room.get_mut(..decoded_length(self.signature.len())).unwrap_or_default(),
        }
    }

    /// Decodes each segment to the whole of its place.
    ///
    /// This comes before the MAC is compared, so that an ill-formed text is told from a wrong key
    /// whoever sent it, and whether it comes at once or in pieces; a decoder of public text has
    /// nothing to hide.
    pub(crate) fn decode(
        &self,
        header: &mut [u8],
        payload: &mut [u8],
        tag: &mut [u8],
    ) -> Result<(), Error> {
        decode(self.header, header)
            .and_then(|()| decode(self.payload, payload))
            .and_then(|()| decode(self.signature, tag))
            .map_err(|error| self.refusal(error))
    }

    /// The same, where the payload is decoded while the MAC is computed: header and signature now, and what is left of
    /// the payload by [`end_decoding`](Self::end_decoding), which comes before the MAC tells anything.
    pub(crate) fn begin_decoding<'b>(
        &self,
        header: &mut [u8],
        payload: &'b mut [u8],
        tag: &mut [u8],
    ) -> Result<Decoding<'t, 'b>, Error> {
        decode_header(self.header, header)
            .and_then(|()| decode(self.signature, tag))
            .map(|()| Decoding::new(self.payload, payload))
            .map_err(|error| self.refusal(error))
    }

    pub(crate) fn end_decoding(&self, decoding: &mut Decoding<'_, '_>) -> Result<(), Error> {
        decoding.finish().map_err(|error| self.refusal(error))
    }

    fn refusal(&self, otherwise: Error) -> Error {
        refusal(self.token, otherwise)
    }
}

/// The error of a token in which something is wrong: a dot too many or too few comes before all else.
#[inline(never)]
fn refusal(token: &[u8], otherwise: Error) -> Error {
    if dots(token) == 2 { otherwise } else { Error::NotCompactSerialization }
}

/// Copies a usual header, and decodes any other.
fn decode_header(symbols: &[u8], bytes: &mut [u8]) -> Result<(), Error> {
    if let Some((_, decoded)) = USUAL_HEADERS.iter().find(|(encoded, _)| symbols == *encoded)
        && let Some(place) = bytes.first_chunk_mut()
    {
        *place = **decoded;
        return Ok(());
    }
    decode(symbols, bytes)
}

/// The header segment alone, of a token whose algorithm is not known.
pub(crate) fn header_segment(token: &[u8]) -> Result<&[u8], Error> {
    check_length(token)?;
    match split_at_dot(token) {
        Some((header, rest)) if dots(rest) == 1 => Ok(header),
        _ => Err(Error::NotCompactSerialization),
    }
}

const fn check_length(token: &[u8]) -> Result<(), Error> {
    if token.len() > MAX_TOKEN_LENGTH { Err(Error::TokenTooLong) } else { Ok(()) }
}

/// What stands before the first dot, and what stands behind it.
fn split_at_dot(text: &[u8]) -> Option<(&[u8], &[u8])> {
    split_at(text, first_dot(text)?)
}

fn first_dot(text: &[u8]) -> Option<usize> {
    text.iter().position(|&byte| byte == b'.')
}

fn split_at(text: &[u8], dot: usize) -> Option<(&[u8], &[u8])> {
    let (before, from_dot) = text.split_at_checked(dot)?;
    Some((before, from_dot.get(1..)?))
}

fn dots(text: &[u8]) -> usize {
    text.iter().filter(|&&byte| byte == b'.').count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MEMORY_IS_SHORT;
    use crate::header::recognize;
    use crate::json::Spans;

    #[test]
    fn exactly_two_dots() {
        use Error::{InvalidBase64Url, NotCompactSerialization, SignatureLength};
        const MAC: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        let table: [(&[&str], Result<(), Error>); 20] = [
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
            (&["Y!.Yg.", MAC], Err(InvalidBase64Url)),
            // A dot where that of a usual header is.
            (&["YQ.AAAAAAAAAAAAAAAAA.Yg.", MAC], Err(NotCompactSerialization)),
            (&["YQ.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA.Yg.", MAC], Err(NotCompactSerialization)),
            (&["YQ.AAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAA.", MAC], Err(NotCompactSerialization)),
        ];
        for (token, expected) in table {
            let token = token.concat();
            let [mut header, mut payload] = [[0; 1]; 2];
            let decoded = Compact::parse(token.as_bytes(), &[32])
                .and_then(|compact| compact.decode(&mut header, &mut payload, &mut [0; 32]));
            assert_eq!(decoded, expected, "{token}");
            let decoded = Compact::parse(token.as_bytes(), &[32]).and_then(|compact| {
                let tag = &mut [0; 32];
                let mut decoding = compact.begin_decoding(&mut header, &mut payload, tag)?;
                compact.end_decoding(&mut decoding)
            });
            assert_eq!(decoded, expected, "{token}");
        }
    }

    #[test]
    fn usual_headers_are_what_they_decode_to() {
        let algorithms = ["HS256", "HS384", "HS512"].iter().cycle();
        for ((encoded, decoded), algorithm) in USUAL_HEADERS.iter().zip(algorithms) {
            assert_eq!(encoded.len(), USUAL_HEADER_LENGTHS[0]);
            let mut bytes = [0; 27];
            assert_eq!(decode(*encoded, &mut bytes), Ok(()));
            assert_eq!(bytes, **decoded);
            // Where memory is short, fewer are.
            let recognized = recognize(&bytes, algorithm, &mut Spans::default());
            assert!(recognized || MEMORY_IS_SHORT);
            for place in 0..encoded.len() {
                let mut symbols = **encoded;
                symbols[place] = b'A';
                let [mut header, mut bytes] = [[0; 27]; 2];
                assert_eq!(decode_header(&symbols, &mut header), decode(&symbols, &mut bytes));
                assert_eq!(header, bytes, "{place}");
            }
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
            let compact = Compact::parse(token.as_bytes(), &[32]).unwrap();
            assert_eq!(compact.reserve(&mut [0; 1]).err(), Some(expected));
        }
    }

    #[test]
    fn segments_and_signing_input_are_sub_slices() {
        let compact = Compact::parse(b"ab.cde.fg", &[1]).unwrap();
        assert_eq!(compact.signing_input, b"ab.cde");
        assert_eq!(compact.header, b"ab");
        assert_eq!(compact.payload, b"cde");
        assert_eq!(compact.signature, b"fg");
        assert_eq!(header_segment(b"ab.cde.fg"), Ok(&b"ab"[..]));
        assert_eq!(header_segment(b"ab.cdefg"), Err(Error::NotCompactSerialization));
        assert_eq!(header_segment(b"ab.cd.ef.g"), Err(Error::NotCompactSerialization));
    }

    #[test]
    fn length_is_checked_first() {
        static LONG: [u8; MAX_TOKEN_LENGTH + 1] = [b'.'; MAX_TOKEN_LENGTH + 1];
        assert_eq!(Compact::parse(&LONG, &[32]).err(), Some(Error::TokenTooLong));
        let longest = Compact::parse(&LONG[1..], &[32]).unwrap();
        assert_eq!(longest.reserve(&mut []).err(), Some(Error::NotCompactSerialization));
        assert_eq!(header_segment(&LONG), Err(Error::TokenTooLong));
    }
}
