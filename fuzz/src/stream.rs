//! Tokens that arrive in pieces, held against the same tokens as slices: the same answer, the same
//! token, the same bytes in a buffer of the same length.

use std::{fmt, iter};

use arbitrary::{Arbitrary, Unstructured};
use embedded_jwt::{
    Algorithm as Kind, AnyKey, Error, Hs256, Hs384, Hs512, Jws, JwsVerifier, Key, Keys,
    MAX_TOKEN_LENGTH, Mac, RunningHmac, StreamingJwsVerifier, StreamingKey, StreamingMac,
    StreamingVerifier, Tag, Time, Token, Verifier,
};

use crate::check::UNTOUCHED;
use crate::generate::{header, rarely, token};
use crate::judge::KnownKey;
use crate::keys::{KEYS, Set, SetKey, entry, key};
use crate::rules::Rules;
use crate::sign::{Algorithm, encode};

/// All that a token says, or why it is refused.
pub type Answer = Result<Told, Error>;

/// A payload that is no claims set stands beside the rest.
type Told = (String, Vec<u8>);

/// Either verifier, and all that it is asked.
pub enum Either<'p, K> {
    Jwt(Verifier<'p, K>, Time),
    Jws(JwsVerifier<'p, K>),
}

/// The same for tokens that arrive in pieces.
enum Streaming<'v, 'b, K: Keys<Key: StreamingKey>> {
    Jwt(StreamingVerifier<'v, 'b, K>, Time),
    Jws(StreamingJwsVerifier<'v, 'b, K>),
}

impl<K: Keys<Key: StreamingKey>> Either<'_, K> {
    pub fn verify(&self, token: &[u8], buffer: &mut [u8]) -> Answer {
        match self {
            Self::Jwt(verifier, time) => verifier.verify(token, *time, buffer).map(|t| tell(&t)),
            Self::Jws(verifier) => verifier.verify(token, buffer).map(|jws| tell_jws(&jws)),
        }
    }

    fn stream<'v, 'b>(&'v self, buffer: &'b mut [u8]) -> Streaming<'v, 'b, K> {
        match self {
            Self::Jwt(verifier, time) => Streaming::Jwt(verifier.stream(buffer), *time),
            Self::Jws(verifier) => Streaming::Jws(verifier.stream(buffer)),
        }
    }
}

impl<K: Keys<Key: StreamingKey>> Streaming<'_, '_, K> {
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

    fn finish(&mut self) -> Answer {
        match self {
            Self::Jwt(streaming, time) => streaming.finish(*time).map(|token| tell(&token)),
            Self::Jws(streaming) => streaming.finish().map(|jws| tell_jws(&jws)),
        }
    }

    /// As `finish`, for the last token.
    fn into_answer(self) -> Answer {
        match self {
            Self::Jwt(streaming, time) => streaming.into_token(time).map(|token| tell(&token)),
            Self::Jws(streaming) => streaming.into_jws().map(|jws| tell_jws(&jws)),
        }
    }

    fn reset(&mut self) {
        match self {
            Self::Jwt(streaming, _) => streaming.reset(),
            Self::Jws(streaming) => streaming.reset(),
        }
    }

    /// Takes a token up to its end, and returns whether it is refused by then. That it is may be told
    /// early, but then it stays.
    fn take(&mut self, token: &[u8], lengths: &[u8]) -> bool {
        let (mut come, mut was_refused) = (0, false);
        for piece in pieces(token, lengths) {
            let pushed = self.push(piece);
            come += piece.len();
            let is_too_long = come > MAX_TOKEN_LENGTH;
            assert_eq!(pushed.err(), is_too_long.then_some(Error::TokenTooLong));
            let is_refused = self.is_refused();
            assert!(is_refused || !(was_refused || is_too_long), "taken back, or overlooked");
            was_refused = is_refused;
        }
        // The first 64 bytes, and the next, have been looked at.
        let dots = token[..come / 64 * 64].iter().filter(|&&byte| byte == b'.').count();
        assert!(was_refused || dots <= 2, "a dot too many");
        was_refused
    }
}

/// All that a token says, in each way to ask for it.
pub fn tell(token: &Token<'_>) -> Told {
    let (header, claims) = (token.header(), token.claims());
    let texts = (header.as_json(), claims.as_json());
    let of_header = [header.key_id(), header.typ(), header.content_type()];
    let of_claims = [claims.issuer(), claims.subject(), claims.jwt_id()];
    let audiences: Vec<_> = claims.audiences().collect();
    let dates = [claims.expiration(), claims.not_before(), claims.issued_at()];
    (format!("{texts:?} {of_header:?} {of_claims:?} {audiences:?} {dates:?}"), Vec::new())
}

pub fn tell_jws(jws: &Jws<'_>) -> Told {
    let header = jws.header();
    let names = [header.key_id(), header.typ(), header.content_type()];
    (format!("{:?} {names:?}", header.as_json()), jws.payload().to_vec())
}

/// Cuts a token to pieces of these lengths, over and over: of a long one, its last thousand bytes. It
/// stays whole if the lengths are all zero.
fn pieces<'t>(token: &'t [u8], lengths: &[u8]) -> impl Iterator<Item = &'t [u8]> {
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

/// Lengths that the token's own text chooses: single bytes for half of the short ones.
pub fn chosen(token: &[u8]) -> [u8; 3] {
    let sum = token.iter().fold(token.len(), |sum, &byte| sum.wrapping_mul(31) + usize::from(byte));
    match token.len() {
        0..=80 if sum.is_multiple_of(2) => [1; 3],
        _ => [(sum % 83) as u8, (sum / 83 % 5) as u8, (sum / 415 % 131) as u8],
    }
}

/// A token as a slice, and what has come of it: the same has to come of its pieces.
pub struct Slice<'s> {
    pub token: &'s [u8],
    /// None if the token is given up.
    pub answer: Option<Answer>,
    /// The buffer before and behind.
    pub before: &'s [u8],
    pub after: &'s [u8],
    /// With a key set, what is behind the token may be zeroed.
    pub is_set: bool,
}

impl Slice<'_> {
    /// Verifies the token in pieces of these lengths.
    pub fn check_in_pieces<K: Keys<Key: StreamingKey>>(
        &self,
        verifier: &Either<'_, K>,
        lengths: &[u8],
    ) {
        let mut buffer = self.before.to_vec();
        let mut streaming = verifier.stream(&mut buffer);
        let is_refused = streaming.take(self.token, lengths);
        let answer = Some(streaming.into_answer());
        self.check(&answer, is_refused, &buffer);
    }

    fn check(&self, answer: &Option<Answer>, is_refused: bool, left: &[u8]) {
        assert_eq!(*answer, self.answer, "in pieces, and as a slice: {}", self.words());
        assert!(!is_refused || !matches!(answer, Some(Ok(_))), "refused, and accepted then");
        let segments = self.token.split(|&byte| byte == b'.').take(2);
        let needed: usize = segments.map(|segment| segment.len() * 3 / 4).sum();
        let (token, rest) = left.split_at(needed.min(left.len()));
        if is_decoded(answer) {
            assert!(token == &self.after[..needed], "not what the slice leaves: {}", self.words());
        } else {
            assert!(is_left(token, self.before, true), "left in the buffer: {}", self.words());
        }
        let before = &self.before[token.len()..];
        assert!(is_left(rest, before, self.is_set), "written behind: {}", self.words());
    }

    fn words(&self) -> String {
        self.token.escape_ascii().to_string()
    }
}

/// Whether a slice has been decoded as a whole, and is wiped as a whole if it is refused.
fn is_decoded(answer: &Option<Answer>) -> bool {
    match answer {
        None => false,
        Some(Ok(_)) => true,
        Some(Err(error)) => !matches!(
            error,
            Error::TokenTooLong
                | Error::NotCompactSerialization
                | Error::SignatureLength
                | Error::BufferTooSmall { .. }
                | Error::InvalidBase64Url
        ),
    }
}

/// Whether each byte is as it was before, or zero if it may be.
fn is_left(bytes: &[u8], before: &[u8], may_be_zero: bool) -> bool {
    let mut pairs = bytes.iter().zip(before);
    bytes == before || may_be_zero && pairs.all(|(byte, before)| byte == before || *byte == 0)
}

/// Tokens that arrive one behind the other, and what they are verified with.
#[derive(Debug)]
pub struct Line {
    /// The algorithm of all keys, if it is known at compile time: they are engines then.
    algorithm: Option<Algorithm>,
    keys: Vec<MadeKey>,
    /// Otherwise there is one key.
    is_set: bool,
    allow_missing_key_id: bool,
    rules: Rules,
    /// The length of the buffer.
    room: usize,
    arrivals: Vec<Arrival>,
}

#[derive(Debug)]
struct MadeKey {
    known: KnownKey,
    flaw: Flaw,
}

/// What is wrong with an engine.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Flaw {
    None,
    /// It makes no MAC.
    Fails,
    /// It makes zeros of an empty message, which no token's is.
    ZerosOfNothing,
}

/// A token that arrives, or the beginning of one.
struct Arrival {
    token: Vec<u8>,
    /// Of its pieces.
    lengths: Vec<u8>,
    end: End,
}

#[derive(Arbitrary, Clone, Copy, Debug, PartialEq)]
enum End {
    Finish,
    /// It is finished, and so is the streaming verifier: another takes the next.
    Last,
    /// It is given up, and the streaming verifier takes the next.
    Reset,
    /// It is given up, and so is the streaming verifier: another takes the next.
    Drop,
}

impl End {
    fn gives_up(self) -> bool {
        matches!(self, Self::Reset | Self::Drop)
    }

    fn is_last(self) -> bool {
        matches!(self, Self::Last | Self::Drop)
    }
}

/// Shows the token as text.
impl fmt::Debug for Arrival {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { token, lengths, end } = self;
        write!(f, "{} in pieces of {lengths:?}, {end:?}", token.escape_ascii())
    }
}

impl<'a> Arbitrary<'a> for Line {
    fn arbitrary(u: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        // What the tokens are takes all bytes that there are: how they come is chosen before.
        let mut arrivals = Vec::new();
        for _ in 0..u.int_in_range(1..=3)? {
            arrivals.push(Plan::arbitrary(u)?);
        }
        let room = Room::arbitrary(u)?;
        let algorithm = if u.arbitrary()? { Some(u.arbitrary()?) } else { None };
        let [is_set, allow_missing_key_id] = u.arbitrary()?;
        let mut keys = Vec::new();
        for _ in 0..if is_set { u.int_in_range(1..=KEYS)? } else { 1 } {
            // Few secrets, so that two names have the same now and then.
            let secret = u.int_in_range(0..=3)?;
            let known = key(u, algorithm, secret)?;
            let flaw = match u.int_in_range(0..=7)? {
                6 => Flaw::ZerosOfNothing,
                7 => Flaw::Fails,
                _ => Flaw::None,
            };
            keys.push(MadeKey { known, flaw });
        }
        let rules = if u.arbitrary()? { Rules::mild() } else { u.arbitrary()? };
        let mut make = |plan: Plan| {
            let key = &u.choose(&keys)?.known;
            let is_named = is_set && !(allow_missing_key_id && u.arbitrary()?);
            plan.make(u, &rules, key, key.key_id.as_deref().filter(|_| is_named))
        };
        let arrivals: Vec<_> = arrivals.into_iter().map(&mut make).collect::<Result<_, _>>()?;
        let room = room.of(&arrivals);
        Ok(Self { algorithm, keys, is_set, allow_missing_key_id, rules, room, arrivals })
    }
}

/// What is to arrive, and how.
struct Plan {
    kind: TokenKind,
    change: Option<Change>,
    /// From where on nothing comes.
    cut_at: Option<u16>,
    lengths: Vec<u8>,
    end: End,
}

impl<'a> Arbitrary<'a> for Plan {
    fn arbitrary(u: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        let end = match u.int_in_range(0..=7)? {
            5 => End::Last,
            6 => End::Reset,
            7 => End::Drop,
            _ => End::Finish,
        };
        let change = if u.int_in_range(0..=7)? == 7 { Some(Change::arbitrary(u)?) } else { None };
        let cut_at = if end.gives_up() || rarely(u)? { Some(u.arbitrary()?) } else { None };
        let lengths = match u.int_in_range(0..=5)? {
            0 => vec![1],
            1 => vec![*u.choose(&[63, 64, 65, 128])?],
            _ => bytes(u, 6)?.to_vec(),
        };
        let kind = match u.int_in_range(0..=31)? {
            31 if u.arbitrary()? => {
                TokenKind::Long(u.int_in_range(MAX_TOKEN_LENGTH - 3..=MAX_TOKEN_LENGTH + 3)?)
            }
            29..=31 => TokenKind::Bytes,
            27..=28 => TokenKind::SignedBytes,
            23..=26 => TokenKind::ShortPayload,
            22 => TokenKind::OfAnyAlgorithm,
            _ => TokenKind::Good,
        };
        Ok(Self { kind, change, cut_at, lengths, end })
    }
}

/// A byte that is another, or that comes in between.
struct Change {
    /// Places are counted round the token, again and again.
    at: u16,
    byte: u8,
    is_new: bool,
}

impl<'a> Arbitrary<'a> for Change {
    fn arbitrary(u: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        let byte = if u.arbitrary()? { *u.choose(b".=A")? } else { u.arbitrary()? };
        Ok(Self { at: u.arbitrary()?, byte, is_new: u.arbitrary()? })
    }
}

enum TokenKind {
    /// It nearly keeps the rules.
    Good,
    /// It leaves little room for a copy of the header.
    ShortPayload,
    /// Whatever its header says.
    OfAnyAlgorithm,
    SignedBytes,
    Bytes,
    /// Of this length, with a payload of zeros.
    Long(usize),
}

impl Plan {
    fn make(
        self,
        u: &mut Unstructured<'_>,
        rules: &Rules,
        key: &KnownKey,
        key_id: Option<&str>,
    ) -> arbitrary::Result<Arrival> {
        let Self { kind, change, cut_at, lengths, end } = self;
        let KnownKey { algorithm, ref secret, .. } = *key;
        let mut token = match kind {
            TokenKind::Good => token(u, rules, key_id, algorithm, secret)?,
            TokenKind::ShortPayload => {
                let header = header(u, algorithm, key_id)?;
                algorithm.sign_with(secret, &header, bytes(u, 30)?)
            }
            TokenKind::OfAnyAlgorithm => {
                let signed_as: Algorithm = u.arbitrary()?;
                let header = header(u, algorithm, key_id)?;
                signed_as.sign_with(secret, &header, b"{}")
            }
            TokenKind::SignedBytes => algorithm.sign_with(secret, bytes(u, 100)?, bytes(u, 100)?),
            TokenKind::Bytes => bytes(u, 300)?.to_vec(),
            TokenKind::Long(length) => {
                let header = encode(header(u, algorithm, key_id)?);
                let signature = (algorithm.length() * 4).div_ceil(3);
                let payload = vec![b'A'; length.saturating_sub(header.len() + signature + 2)];
                algorithm.sign_segments_with(secret, header.as_bytes(), &payload)
            }
        };
        if let Some(Change { at, byte, is_new }) = change {
            let at = usize::from(at) % (token.len() + 1);
            let until = if is_new { at } else { token.len().min(at + 1) };
            token.splice(at..until, [byte]);
        }
        if let Some(at) = cut_at {
            token.truncate(usize::from(at) % (token.len() + 1));
        }
        Ok(Arrival { token, lengths, end })
    }
}

/// Up to so many bytes.
fn bytes<'a>(u: &mut Unstructured<'a>, at_most: usize) -> arbitrary::Result<&'a [u8]> {
    let length = u.int_in_range(0..=at_most)?;
    u.bytes(length.min(u.len()))
}

/// How long the buffer is.
#[derive(Arbitrary)]
enum Room {
    ForAll,
    /// Just long enough for one of the tokens.
    For(u8),
    /// One byte less.
    TooLittleFor(u8),
    /// One byte less than a header and a copy of it take.
    TooLittleToCopy(u8),
    Some(u8),
}

impl Room {
    fn of(self, arrivals: &[Arrival]) -> usize {
        // What header and payload of one of the tokens take.
        let needed = |index: u8| {
            let token = &arrivals[usize::from(index) % arrivals.len()].token;
            let mut segments = token.split(|&byte| byte == b'.');
            [segments.next(), segments.next()].map(|part| part.unwrap_or_default().len() * 3 / 4)
        };
        let sum = |[header, payload]: [usize; 2]| header + payload;
        match self {
            Self::ForAll => arrivals.iter().map(|arrival| arrival.token.len()).max().unwrap_or(0),
            Self::For(index) => sum(needed(index)),
            Self::TooLittleFor(index) => sum(needed(index)).saturating_sub(1),
            Self::TooLittleToCopy(index) => (2 * needed(index)[0]).saturating_sub(1),
            Self::Some(room) => room.into(),
        }
    }
}

impl Line {
    /// Verifies each token in its turn, by both verifiers. Panics if anything differs from the slice.
    pub fn check(&self) {
        match self.algorithm {
            None => self.check_keys(|key| AnyKey::make(key.known.algorithm, &key.known.secret)),
            Some(Algorithm::Hs256) => self.check_keys(Engine::<Hs256>::make),
            Some(Algorithm::Hs384) => self.check_keys(Engine::<Hs384>::make),
            Some(Algorithm::Hs512) => self.check_keys(Engine::<Hs512>::make),
        }
    }

    fn check_keys<K: StreamingKey>(&self, make: impl Fn(&MadeKey) -> K) {
        if self.is_set {
            self.check_with(|| self.set(&make));
        } else {
            self.check_with(|| make(&self.keys[0]));
        }
    }

    fn set<K: StreamingKey>(&self, make: impl Fn(&MadeKey) -> K) -> Set<K> {
        let mut set = Set::new();
        for key in &self.keys {
            // A name that is there already is left out, and so is one that is too long.
            let key_id = key.known.key_id.as_deref().unwrap_or_default();
            let _ = set.add(key_id, entry(make(key), &key.known.scope));
        }
        if self.allow_missing_key_id { set.allow_missing_key_id() } else { set }
    }

    fn check_with<K: Keys<Key: StreamingKey>>(&self, keys: impl Fn() -> K) {
        let mut verifier = JwsVerifier::new(keys());
        if let Some(typ) = &self.rules.typ {
            verifier = verifier.typ(typ);
        }
        self.check_all(&Either::Jws(verifier));
        let _ = self.rules.with_policy(|policy| {
            self.check_all(&Either::Jwt(Verifier::new(keys(), policy), self.rules.time));
        });
    }

    /// One token, then two, then three, so that the buffer is seen behind each.
    fn check_all<K: Keys<Key: StreamingKey>>(&self, verifier: &Either<'_, K>) {
        let mut before = vec![UNTOUCHED; self.room];
        for count in 1..=self.arrivals.len() {
            let (arrivals, is_set) = (&self.arrivals[..count], self.is_set);
            let Arrival { token, end, .. } = &self.arrivals[count - 1];
            let mut after = before.clone();
            let answer = (!end.gives_up()).then(|| verifier.verify(token, &mut after));
            let (found, is_refused, left) = self.run(verifier, arrivals);
            let slice = Slice { token, answer, before: &before, after: &after, is_set };
            slice.check(&found, is_refused, &left);
            before = left;
        }
    }

    /// Takes tokens one behind the other. What the last one comes to, and what is in the buffer then.
    fn run<K: Keys<Key: StreamingKey>>(
        &self,
        verifier: &Either<'_, K>,
        arrivals: &[Arrival],
    ) -> (Option<Answer>, bool, Vec<u8>) {
        let mut buffer = vec![UNTOUCHED; self.room];
        let (mut answer, mut is_refused) = (None, false);
        for arrivals in arrivals.split_inclusive(|arrival| arrival.end.is_last()) {
            let mut streaming = verifier.stream(&mut buffer);
            for Arrival { token, lengths, end } in arrivals {
                is_refused = streaming.take(token, lengths);
                answer = match end {
                    End::Finish => Some(streaming.finish()),
                    End::Reset => {
                        streaming.reset();
                        None
                    }
                    End::Last => {
                        answer = Some(streaming.into_answer());
                        break;
                    }
                    End::Drop => None,
                };
            }
        }
        (answer, is_refused, buffer)
    }
}

/// A key behind an engine.
struct Engine<A: Kind> {
    key: Key<A>,
    flaw: Flaw,
}

impl<A: Kind> Engine<A> {
    fn make(key: &MadeKey) -> Self {
        Self { key: Key::make(key.known.algorithm, &key.known.secret), flaw: key.flaw }
    }

    fn flawed(&self, is_empty: bool, tag: Result<Tag<Self>, Error>) -> Result<Tag<Self>, Error> {
        match self.flaw {
            Flaw::Fails => Err(Error::MacEngine),
            Flaw::ZerosOfNothing if is_empty => Ok(A::ZERO_TAG),
            _ => tag,
        }
    }
}

impl<A: Kind> Mac for Engine<A> {
    type Algorithm = A;

    fn mac(&self, message: &[u8]) -> Result<Tag<Self>, Error> {
        self.flawed(message.is_empty(), self.key.mac(message))
    }
}

impl<A: Kind> StreamingMac for Engine<A> {
    /// The MAC, and whether nothing has come.
    type Running = (RunningHmac<A>, bool);

    fn begin(&self) -> Self::Running {
        (StreamingMac::begin(&self.key), true)
    }

    fn update(&self, (running, is_empty): &mut Self::Running, piece: &[u8]) {
        *is_empty &= piece.is_empty();
        StreamingMac::update(&self.key, running, piece);
    }

    fn finish(&self, (running, is_empty): &mut Self::Running) -> Result<Tag<Self>, Error> {
        self.flawed(*is_empty, StreamingMac::finish(&self.key, running))
    }
}
