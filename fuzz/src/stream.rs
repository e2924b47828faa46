//! Verifies a token in pieces and in two steps, and compares the result with the same token
//! verified whole.

use std::cell::Cell;
use std::iter;

use embedded_jwt::{
    Check, Error, IncomingToken, Jws, JwsVerifier, Keys, MAX_TOKEN_LENGTH, Mac, Presented,
    StreamingJwsVerifier, StreamingMac, StreamingVerifier, Time, Token, Verifier,
};

use crate::judge::Decoded;
use crate::paste;
use crate::sign::Algorithm;

/// The byte that fills a buffer before it is used.
pub const UNTOUCHED: u8 = 0xaa;

/// Everything that a token contains, or why it was refused.
pub type Answer = Result<Contents, Error>;

/// Header and claims as text, and the payload if it is not a claims set.
type Contents = (String, Vec<u8>);

/// Either kind of verifier, and the time if it needs one.
pub enum Either<'p, K> {
    Jwt(Verifier<'p, K>, Time),
    Jws(JwsVerifier<'p, K>),
}

/// Either kind of streaming verifier, and the time if it needs one.
pub enum Streaming<'v, 'b, K: Keys<Key: StreamingMac>> {
    Jwt(StreamingVerifier<'v, 'b, K>, Time),
    Jws(StreamingJwsVerifier<'v, 'b, K>),
}

impl<K: Keys<Key: StreamingMac>> Either<'_, K> {
    pub fn verify(&self, token: &[u8], buffer: &mut [u8]) -> Answer {
        match self {
            Self::Jwt(verifier, time) => {
                verifier.verify(token, *time, buffer).map(|token| contents(&token))
            }
            Self::Jws(verifier) => verifier.verify(token, buffer).map(|jws| jws_contents(&jws)),
        }
    }

    /// Verifies a token in two steps. The MACs are computed here. If it is a JWT, the application
    /// is asked three times, and accepts it or not at the last time. It must not be asked about a
    /// token that is invalid.
    fn verify_in_two_steps(&self, token: &[u8], accepts: bool, buffer: &mut [u8]) -> Answer {
        match self {
            Self::Jwt(verifier, time) => {
                let mut pending = verifier.begin(token, buffer)?;
                while let Some(key) = pending.key() {
                    pending.computed_mac(&mut mac::<K>(key, pending.signing_input())?);
                }
                let asked = Cell::new(0);
                let check = |_: &Presented<'_>| {
                    asked.set(asked.get() + 1);
                    asked.get() < 3 || accepts
                };
                let checks: [&dyn Check; 2] = [&check, &(&check, &check)];
                let answer = pending.finish_with(*time, &checks[..], &mut ());
                let is_valid = matches!(answer, Ok(_) | Err(Error::RefusedByApplication));
                assert_eq!(asked.get(), if is_valid { 3 } else { 0 }, "the application was asked");
                answer.map(|token| contents(&token))
            }
            Self::Jws(verifier) => {
                let mut pending = verifier.begin(token, buffer)?;
                while let Some(key) = pending.key() {
                    pending.computed_mac(&mut mac::<K>(key, pending.signing_input())?);
                }
                pending.finish().map(|jws| jws_contents(&jws))
            }
        }
    }

    /// Ends a token that has come without a verifier.
    fn verify_incoming(&self, incoming: &mut IncomingToken<'_>) -> Answer {
        match self {
            Self::Jwt(verifier, time) => {
                incoming.verify(verifier, *time).map(|token| contents(&token))
            }
            Self::Jws(verifier) => incoming.verify_jws(verifier).map(|jws| jws_contents(&jws)),
        }
    }

    pub fn stream<'v, 'b>(&'v self, buffer: &'b mut [u8]) -> Streaming<'v, 'b, K> {
        match self {
            Self::Jwt(verifier, time) => Streaming::Jwt(verifier.stream(buffer), *time),
            Self::Jws(verifier) => Streaming::Jws(verifier.stream(buffer)),
        }
    }
}

impl<K: Keys<Key: StreamingMac>> Streaming<'_, '_, K> {
    fn push(&mut self, piece: &[u8]) -> Result<(), Error> {
        match self {
            Self::Jwt(streaming, _) => streaming.push(piece),
            Self::Jws(streaming) => streaming.push(piece),
        }
    }

    fn is_refused(&self) -> bool {
        match self {
            Self::Jwt(streaming, _) => streaming.is_refused(),
            Self::Jws(streaming) => streaming.is_refused(),
        }
    }

    /// Ends a token, and keeps the streaming verifier for the next one.
    pub fn finish(&mut self) -> Answer {
        match self {
            Self::Jwt(streaming, time) => streaming.finish(*time).map(|token| contents(&token)),
            Self::Jws(streaming) => streaming.finish().map(|jws| jws_contents(&jws)),
        }
    }

    /// Ends the last token.
    pub fn into_answer(self) -> Answer {
        match self {
            Self::Jwt(streaming, time) => streaming.into_token(time).map(|token| contents(&token)),
            Self::Jws(streaming) => streaming.into_jws().map(|jws| jws_contents(&jws)),
        }
    }

    pub fn reset(&mut self) {
        match self {
            Self::Jwt(streaming, _) => streaming.reset(),
            Self::Jws(streaming) => streaming.reset(),
        }
    }

    /// Pushes a token in pieces of these lengths, without ending it. Returns whether it is refused
    /// by then. It may be refused early, but then it must stay refused.
    pub fn take(&mut self, token: &[u8], lengths: &[u8]) -> bool {
        let (mut pushed, mut was_refused) = (0, false);
        for piece in pieces(token, lengths) {
            let error = self.push(piece).err();
            pushed += piece.len();
            let is_too_long = pushed > MAX_TOKEN_LENGTH;
            let is_refused = self.is_refused();
            match error {
                Some(Error::TokenTooLong) => assert!(is_too_long, "not too long yet"),
                Some(Error::MacEngine) => assert!(is_refused, "an engine has failed"),
                other => assert_eq!((other, is_too_long), (None, false), "in a piece"),
            }
            assert!(is_refused || !was_refused, "a refusal was taken back");
            assert!(is_refused || !is_too_long, "a token that is too long was not refused");
            was_refused = is_refused;
        }
        assert!(was_refused || !has_many_dots(token), "too many dots, and not refused");
        was_refused
    }
}

/// Reads everything that a token contains, in every way that the API has.
pub fn contents(token: &Token<'_>) -> Contents {
    let (header, claims) = (token.header(), token.claims());
    let texts = (header.as_json(), claims.as_json());
    let of_header = [header.key_id(), header.typ(), header.content_type()];
    let of_claims = [claims.issuer(), claims.subject(), claims.jwt_id()];
    let audiences: Vec<_> = claims.audiences().collect();
    let dates = [claims.expiration(), claims.not_before(), claims.issued_at()];
    (format!("{texts:?} {of_header:?} {of_claims:?} {audiences:?} {dates:?}"), Vec::new())
}

pub fn jws_contents(jws: &Jws<'_>) -> Contents {
    let header = jws.header();
    let names = [header.key_id(), header.typ(), header.content_type()];
    (format!("{:?} {names:?}", header.as_json()), jws.payload().to_vec())
}

/// Whether a token that has come has too many dots where it has been decoded: in its whole blocks of
/// 64 bytes.
pub fn has_many_dots(token: &[u8]) -> bool {
    let decoded = &token[..token.len() / 64 * 64];
    decoded.iter().filter(|&&byte| byte == b'.').count() > 2
}

/// Cuts a token into pieces of these lengths, which repeat. The token stays whole if they are all
/// zero. Of a token of over 1000 bytes, only the last 1000 are cut.
pub fn pieces<'t>(token: &'t [u8], lengths: &[u8]) -> impl Iterator<Item = &'t [u8]> {
    let is_cut = lengths.iter().any(|&length| length > 0);
    let first = if is_cut { token.len().saturating_sub(1000) } else { token.len() };
    let (first, mut rest) = token.split_at(first);
    let mut lengths = lengths.iter().cycle();
    let others = iter::from_fn(move || {
        let length = lengths.next().filter(|_| !rest.is_empty())?;
        let piece;
        (piece, rest) = rest.split_at(rest.len().min((*length).into()));
        Some(piece)
    });
    iter::once(first).chain(others)
}

/// The lengths that leave a token whole.
pub const WHOLE: [u8; 3] = [0; 3];

/// Derives lengths from the token's text. Half of the short tokens are cut into single bytes.
pub fn lengths_from(token: &[u8]) -> [u8; 3] {
    let sum = token.iter().fold(token.len(), |sum, &byte| sum.wrapping_mul(31) + usize::from(byte));
    match token.len() {
        0..=80 if sum.is_multiple_of(2) => [1; 3],
        _ => [(sum % 83) as u8, (sum / 83 % 5) as u8, (sum / 415 % 131) as u8],
    }
}

/// A token that was verified whole. In pieces, it must give the same result, except that a key set
/// may need more room for it.
pub struct Whole<'w> {
    pub token: &'w [u8],
    /// None if the token is abandoned: then its pieces must leave no trace.
    pub answer: Option<Answer>,
    /// The buffer before and after the verification.
    pub before: &'w [u8],
    pub after: &'w [u8],
    /// The algorithms that a key can have.
    pub algorithms: &'w [Algorithm],
    pub is_set: bool,
}

/// What a token in pieces must come to.
struct Expected {
    answer: Option<Answer>,
    /// The part of the buffer that header and payload need.
    token: Contained,
    /// The length of the header's copy after them, which must be wiped.
    copied: usize,
}

/// What a token in pieces must come to, for a test to paste.
#[derive(Default)]
pub struct Ending {
    /// The length that the buffer needs, if that is more than for the whole token.
    pub too_small: Option<usize>,
    /// Code that compares the buffer.
    pub buffer: String,
}

enum Contained {
    /// What the whole token left there.
    SameAsWhole,
    Zeros,
    /// Whatever was there before, or zeros: it depends on how far the token was decoded.
    BeforeOrZeros,
}

impl Whole<'_> {
    /// Verifies the token in pieces of these lengths.
    pub fn check_in_pieces<K: Keys<Key: StreamingMac>>(
        &self,
        verifier: &Either<'_, K>,
        lengths: &[u8],
    ) {
        let mut buffer = self.before.to_vec();
        let mut streaming = verifier.stream(&mut buffer);
        let is_refused = streaming.take(self.token, lengths);
        let answer = Some(streaming.into_answer());
        self.check(&answer, is_refused, &buffer);

        let mut buffer = self.before.to_vec();
        let mut incoming = IncomingToken::new(&mut buffer);
        let is_too_long = self.token.len() > MAX_TOKEN_LENGTH;
        let pushed = pieces(self.token, lengths).try_for_each(|piece| incoming.push(piece));
        assert_eq!(pushed.err(), is_too_long.then_some(Error::TokenTooLong));
        let is_refused = incoming.is_refused();
        let answer = Some(verifier.verify_incoming(&mut incoming));
        drop(incoming);
        self.check(&answer, is_refused, &buffer);
    }

    /// Verifies the token in two steps. If it is a valid JWT, the application refuses it, half of
    /// the time.
    pub fn check_in_two_steps<K: Keys<Key: StreamingMac>>(&self, verifier: &Either<'_, K>) {
        let accepts = self.token.iter().rev().nth(3).is_none_or(|symbol| symbol % 2 == 0);
        let is_refused =
            !accepts && matches!((verifier, &self.answer), (Either::Jwt(..), Some(Ok(_))));
        let (refused, mut wiped) = (Some(Err(Error::RefusedByApplication)), Vec::new());
        let (expected, after) = if is_refused {
            wiped.extend(self.after);
            wiped[..self.needed()].fill(0);
            (&refused, &wiped[..])
        } else {
            (&self.answer, self.after)
        };
        let mut buffer = self.before.to_vec();
        let answer = Some(verifier.verify_in_two_steps(self.token, accepts, &mut buffer));
        assert_eq!(&answer, expected, "in two steps: {}", self.words());
        assert_eq!(buffer, after, "left after two steps: {}", self.words());
    }

    /// Does the same in the smallest buffer that is large enough for a copy of the header, and in
    /// one that is a byte shorter, if a copy is made.
    pub fn check_room_to_copy<K: Keys<Key: StreamingMac>>(
        &self,
        verifier: &Either<'_, K>,
        lengths: &[u8],
    ) {
        let Some(decoded) = self.decoded() else { return };
        let copied = self.copied_length(&decoded);
        if copied == 0 {
            return;
        }
        let needed = decoded.header.len() + decoded.payload.len() + copied;
        for room in [needed - 1, needed] {
            let resized = |bytes: &[u8]| {
                let mut bytes = bytes.to_vec();
                bytes.resize(room, UNTOUCHED);
                bytes
            };
            let (before, after) = (&resized(self.before), &resized(self.after));
            let whole = Whole { answer: self.answer.clone(), before, after, ..*self };
            whole.check_in_pieces(verifier, lengths);
        }
    }

    /// Compares the result in pieces, whether the token was refused before its end, and what is
    /// left in the buffer.
    pub fn check(&self, answer: &Option<Answer>, is_refused: bool, left: &[u8]) {
        let expected = self.expected();
        assert_eq!(*answer, expected.answer, "in pieces, and expected: {}", self.words());
        assert!(!is_refused || !matches!(answer, Some(Ok(_))), "refused first, then accepted");

        let needed = self.needed();
        let (token, rest) = left.split_at(needed);
        let (token_before, rest_before) = self.before.split_at(token.len());
        let holds = match expected.token {
            Contained::SameAsWhole => token == &self.after[..needed],
            Contained::Zeros => is_zero(token),
            Contained::BeforeOrZeros => {
                let mut pairs = token.iter().zip(token_before);
                pairs.all(|(byte, before)| byte == before || *byte == 0)
            }
        };
        assert!(holds, "wrong bytes left in the buffer: {}", self.words());
        let (copy, rest) = rest.split_at(expected.copied);
        assert!(is_zero(copy), "the copy of the header was not wiped: {}", self.words());
        let untouched = &rest_before[expected.copied..];
        assert!(rest == untouched, "written after the end of the token: {}", self.words());
    }

    /// What the token must come to.
    pub fn ending(&self) -> Ending {
        let expected = self.expected();
        let needed = self.needed();
        let mut code = format!("let (token, rest) = buffer.split_at({needed});\n");
        code += &match expected.token {
            Contained::SameAsWhole => {
                format!("assert_eq!(token, {});\n", paste::bytes(&self.after[..needed]))
            }
            Contained::Zeros => "assert!(token.iter().all(|&byte| byte == 0));\n".to_owned(),
            Contained::BeforeOrZeros => format!(
                "let before: &[u8] = {};\n\
                let mut pairs = token.iter().zip(before);\n\
                assert!(pairs.all(|(byte, before)| byte == before || *byte == 0));\n",
                paste::bytes(&self.before[..needed])
            ),
        };
        if expected.copied > 0 {
            code += &format!(
                "let (copy, rest) = rest.split_at({});\n\
                assert!(copy.iter().all(|&byte| byte == 0));\n",
                expected.copied
            );
        }
        let untouched = &self.before[needed + expected.copied..];
        code += &format!("assert_eq!(rest, {});", paste::bytes(untouched));
        let too_small = match (&expected.answer, &self.answer) {
            (Some(Err(Error::BufferTooSmall { needed })), answer) if expected.answer != *answer => {
                Some(usize::from(*needed))
            }
            _ => None,
        };
        Ending { too_small, buffer: code }
    }

    /// How many bytes of the buffer header and payload need, as far as it is long enough.
    fn needed(&self) -> usize {
        let segments = self.token.split(|&byte| byte == b'.').take(2);
        let needed: usize = segments.map(|segment| segment.len() * 3 / 4).sum();
        needed.min(self.before.len())
    }

    fn expected(&self) -> Expected {
        let Some(decoded) = self.decoded() else {
            let (answer, token) = (self.answer.clone(), Contained::BeforeOrZeros);
            return Expected { answer, token, copied: 0 };
        };
        let copied = self.copied_length(&decoded);
        let needed = decoded.header.len() + decoded.payload.len() + copied;
        if needed > self.before.len() {
            let needed = needed.try_into().unwrap_or(u16::MAX);
            let answer = Some(Err(Error::BufferTooSmall { needed }));
            return Expected { answer, token: Contained::Zeros, copied: 0 };
        }
        Expected { answer: self.answer.clone(), token: Contained::SameAsWhole, copied }
    }

    /// The segments, if the token is well-formed, fits in the buffer, and isn't abandoned.
    fn decoded(&self) -> Option<Decoded> {
        self.answer.as_ref()?;
        Decoded::read(self.algorithms, self.token, self.before.len()).ok()
    }

    /// The length of the copy that is made of the header. A key set's header is parsed in place
    /// before it is hashed, so a copy is hashed if the parser may change it: if it has an escape,
    /// or white space outside strings.
    fn copied_length(&self, decoded: &Decoded) -> usize {
        let mut is_in_string = false;
        let mut may_change = false;
        for byte in &decoded.header {
            match byte {
                b'"' => is_in_string = !is_in_string,
                b'\\' => may_change = true,
                b' ' | b'\t' | b'\n' | b'\r' if !is_in_string => may_change = true,
                _ => {}
            }
        }
        if self.is_set && may_change { decoded.header.len() } else { 0 }
    }

    fn words(&self) -> String {
        self.token.escape_ascii().to_string()
    }
}

/// The MAC, as a verification in two steps takes it.
fn mac<K: Keys<Key: Mac>>(key: &K::Key, message: &[u8]) -> Result<K::Signature, Error> {
    let mut mac = K::ZERO_SIGNATURE;
    mac.as_mut().copy_from_slice(key.mac(message)?.as_ref());
    Ok(mac)
}

fn is_zero(bytes: &[u8]) -> bool {
    bytes.iter().all(|&byte| byte == 0)
}
