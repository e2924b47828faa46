//! One to three tokens that arrive one after another, some of them abandoned.

use std::cell::OnceCell;
use std::{fmt, slice};

use arbitrary::{Arbitrary, Unstructured};
use embedded_jwt::{
    Algorithm as Kind, AnyKey, Error, Hs256, Hs384, Hs512, JwsVerifier, Key, Keys,
    MAX_TOKEN_LENGTH, Mac, RunningHmac, StreamingMac, Tag, Verifier,
};

use crate::generate::{header, token};
use crate::judge::{KnownKey, KnownKeys};
use crate::keys::{Change as KeyChange, KEYS, Set, SetKey, check_length, entry, key};
use crate::paste::{self, IfPanics};
use crate::random::{bytes, rarely};
use crate::rules::Rules;
use crate::sign::{Algorithm, encode};
use crate::stream::{Answer, Either, Ending, UNTOUCHED, Whole, has_many_dots, pieces};

/// Tokens that arrive one after another, and what they are verified with.
#[derive(Debug)]
pub struct Arrivals {
    /// The algorithm of all keys if it is known at compile time. Then the keys are engines.
    algorithm: Option<Algorithm>,
    keys: Vec<MadeKey>,
    /// Otherwise only the first key is used.
    is_set: bool,
    allow_missing_key_id: bool,
    rules: Rules,
    /// The length of the buffer.
    room: usize,
    tokens: Vec<Arrival>,
}

#[derive(Debug)]
struct MadeKey {
    known: KnownKey,
    flaw: Flaw,
}

/// What is wrong with an engine.
#[derive(Clone, Copy, Debug)]
enum Flaw {
    None,
    /// It never computes a MAC.
    Fails(Call),
    /// The MAC of an empty message is all zeros. No token's signing input is empty, so no token
    /// may be accepted with it.
    ZerosForEmptyMessage,
}

/// A call to a streaming engine.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Call {
    Begin,
    Update,
    Finish,
}

impl Call {
    /// Picks a call by the number that a key's secret is made of.
    fn of_secret(secret: u8) -> Self {
        match secret {
            0 => Self::Begin,
            1 => Self::Update,
            _ => Self::Finish,
        }
    }
}

/// A token that arrives, or the beginning of one.
struct Arrival {
    token: Vec<u8>,
    /// The lengths of its pieces.
    lengths: Vec<u8>,
    end: End,
}

#[derive(Arbitrary, Clone, Copy, Debug, PartialEq)]
enum End {
    /// The token is finished, and the same streaming verifier takes the next one.
    Finish,
    /// The token is finished, and a new streaming verifier takes the next one.
    Last,
    /// The token is abandoned, and the same streaming verifier takes the next one.
    Reset,
    /// The token is abandoned, and a new streaming verifier takes the next one.
    Drop,
}

impl End {
    fn is_abandoned(self) -> bool {
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

impl<'a> Arbitrary<'a> for Arrivals {
    fn arbitrary(u: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        // Making the tokens uses up all bytes, so how they arrive is chosen first.
        let mut plans = Vec::new();
        for _ in 0..u.int_in_range(1..=3)? {
            plans.push(Plan::arbitrary(u)?);
        }
        let room = Room::arbitrary(u)?;
        let algorithm = if u.arbitrary()? { Some(u.arbitrary()?) } else { None };
        let [is_set, allow_missing_key_id] = u.arbitrary()?;
        let mut keys = Vec::new();
        for _ in 0..if is_set { u.int_in_range(1..=KEYS)? } else { 1 } {
            // There are few secrets, so that sometimes two names have the same one.
            let secret = u.int_in_range(0..=3)?;
            let known = key(u, algorithm, secret)?;
            let flaw = match u.int_in_range(0..=7)? {
                6 => Flaw::ZerosForEmptyMessage,
                7 => Flaw::Fails(Call::of_secret(secret)),
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
        let tokens: Vec<_> = plans.into_iter().map(&mut make).collect::<Result<_, _>>()?;
        let room = room.length(&tokens);
        Ok(Self { algorithm, keys, is_set, allow_missing_key_id, rules, room, tokens })
    }
}

/// What will arrive, and how.
struct Plan {
    kind: TokenKind,
    change: Option<Change>,
    /// Where the token ends early.
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
        let cut_at = if end.is_abandoned() || rarely(u)? { Some(u.arbitrary()?) } else { None };
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

/// A byte that replaces another, or that is inserted.
struct Change {
    /// An offset in the token, modulo its length plus one.
    at: u16,
    byte: u8,
    is_inserted: bool,
}

impl<'a> Arbitrary<'a> for Change {
    fn arbitrary(u: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        let byte = if u.arbitrary()? { *u.choose(b".=A")? } else { u.arbitrary()? };
        Ok(Self { at: u.arbitrary()?, byte, is_inserted: u.arbitrary()? })
    }
}

enum TokenKind {
    /// It follows the rules, with a fault or two at most.
    Good,
    /// It has any bytes as a short payload, so its header is most of it.
    ShortPayload,
    /// It is signed with any algorithm, whatever its header says.
    OfAnyAlgorithm,
    /// It has any bytes as header and payload, with a valid MAC.
    SignedBytes,
    /// It is any bytes.
    Bytes,
    /// It has this length, and a payload of zeros.
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
        if let Some(Change { at, byte, is_inserted }) = change {
            let at = usize::from(at) % (token.len() + 1);
            let until = if is_inserted { at } else { token.len().min(at + 1) };
            token.splice(at..until, [byte]);
        }
        if let Some(at) = cut_at {
            token.truncate(usize::from(at) % (token.len() + 1));
        }
        Ok(Arrival { token, lengths, end })
    }
}

/// How long the buffer is. An index picks one of the tokens.
#[derive(Arbitrary)]
enum Room {
    /// Long enough for every token.
    ForAll,
    /// Exactly long enough for header and payload.
    Exact(u8),
    /// A byte less.
    TooSmall(u8),
    /// Exactly long enough for a copy of the header as well if the highest bit is set, or else a
    /// byte less.
    ToCopy(u8),
    Any(u8),
}

impl Room {
    fn length(self, tokens: &[Arrival]) -> usize {
        // The decoded lengths of header and payload.
        let decoded = |index: u8| {
            let token = &tokens[usize::from(index) % tokens.len()].token;
            let mut segments = token.split(|&byte| byte == b'.');
            [segments.next(), segments.next()].map(|part| part.unwrap_or_default().len() * 3 / 4)
        };
        let sum = |[header, payload]: [usize; 2]| header + payload;
        match self {
            Self::ForAll => tokens.iter().map(|arrival| arrival.token.len()).max().unwrap_or(0),
            Self::Exact(index) => sum(decoded(index)),
            Self::TooSmall(index) => sum(decoded(index)).saturating_sub(1),
            Self::ToCopy(index) => {
                let [header, payload] = decoded(index & 0x7f);
                (2 * header + payload).saturating_sub(usize::from(index < 0x80))
            }
            Self::Any(room) => room.into(),
        }
    }
}

impl Arrivals {
    /// The number of parts of [`check`](Self::check).
    pub fn parts(&self) -> usize {
        2 * self.tokens.len()
    }

    /// Verifies the first tokens one after another, as many as the part says, with one of the two
    /// kinds of verifier. Panics if anything differs from the whole tokens.
    pub fn check(&self, part: usize) {
        match self.algorithm {
            None => {
                let make = |key: &MadeKey| AnyKey::make(key.known.algorithm, &key.known.secret);
                self.check_keys(part, make);
            }
            Some(Algorithm::Hs256) => self.check_keys(part, Engine::<Hs256>::make),
            Some(Algorithm::Hs384) => self.check_keys(part, Engine::<Hs384>::make),
            Some(Algorithm::Hs512) => self.check_keys(part, Engine::<Hs512>::make),
        }
    }

    fn check_keys<K: StreamingMac>(&self, part: usize, make: impl Fn(&MadeKey) -> K) {
        if self.is_set {
            self.check_with(part, self.set(&make));
        } else {
            self.check_with(part, make(&self.keys[0]));
        }
    }

    fn set<K: StreamingMac>(&self, make: impl Fn(&MadeKey) -> K) -> Set<K> {
        let mut set = Set::new();
        for key in &self.keys {
            // A key is left out if its name is taken or too long.
            let key_id = key.known.key_id.as_deref().unwrap_or_default();
            let _ = set.add(key_id, entry(make(key), &key.known.scope));
        }
        if self.allow_missing_key_id { set.allow_missing_key_id() } else { set }
    }

    fn check_with<K: Keys<Key: StreamingMac>>(&self, part: usize, keys: K) {
        let count = part / 2 + 1;
        if part.is_multiple_of(2) {
            let mut verifier = JwsVerifier::new(keys);
            if let Some(typ) = &self.rules.typ {
                verifier = verifier.typ(typ);
            }
            return self.check_last(count, &Either::Jws(verifier));
        }
        let _ = self.rules.with_policy(|policy| {
            let verifier = Either::Jwt(Verifier::new(keys, policy), self.rules.time);
            self.check_last(count, &verifier);
        });
    }

    /// Sends so many tokens, and compares the result of the last one and the buffer.
    fn check_last<K: Keys<Key: StreamingMac>>(&self, count: usize, verifier: &Either<'_, K>) {
        let tokens = &self.tokens[..count];
        let Arrival { token, end, .. } = &tokens[count - 1];
        let (algorithms, is_set) = (self.algorithms(), self.is_set);
        // The answer, and the buffer before and after, once they are known.
        let known = OnceCell::<(Option<Answer>, Vec<u8>, Vec<u8>)>::new();
        let whole = || {
            known.get().map(|(answer, before, after)| Whole {
                token,
                answer: answer.clone(),
                before,
                after,
                algorithms,
                is_set,
            })
        };
        let _paste = IfPanics(|| {
            let ending = whole().map(|whole| whole.ending()).unwrap_or_default();
            self.as_test(tokens, verifier, &ending)
        });
        let (_, _, before) = self.run(verifier, &tokens[..count - 1]);
        let mut after = before.clone();
        let answer = (!end.is_abandoned()).then(|| verifier.verify(token, &mut after));
        let (found, is_refused, left) = self.run(verifier, tokens);
        known.set((answer, before, after)).expect("it is set once");
        let whole = whole().expect("it is known now");
        whole.check(&found, is_refused, &left);
        if whole.answer.is_some() {
            whole.check_in_two_steps(verifier);
        }
    }

    fn algorithms(&self) -> &[Algorithm] {
        self.algorithm.as_ref().map_or(&Algorithm::ALL[..], slice::from_ref)
    }

    /// A test that sends the tokens in their pieces, and compares the answers with those of the
    /// whole tokens, and the buffer after the last one. An engine with a flaw is replaced by a key,
    /// of which other answers are expected.
    fn as_test<K: Keys<Key: StreamingMac>>(
        &self,
        tokens: &[Arrival],
        verifier: &Either<'_, K>,
        ending: &Ending,
    ) -> String {
        let mut known = KnownKeys::no_keys::<AnyKey>();
        known.algorithms = self.algorithms().to_vec();
        (known.is_set, known.allow_missing_key_id) = (self.is_set, self.allow_missing_key_id);
        let keys = self.keys.iter().map(|key| &key.known);
        if self.is_set {
            for key in keys {
                if check_length(key).is_ok() {
                    let _ = known.judge_change(&KeyChange::Add(key.clone()));
                }
            }
        } else {
            known.keys = keys.take(1).cloned().collect();
        }
        let flaws: Vec<_> = self.keys.iter().map(|key| format!("{:?}", key.flaw)).collect();
        let is_flawed = flaws.iter().any(|flaw| flaw != "None");
        let mut lines = vec![paste::keys(&known)];
        if is_flawed {
            lines.push(paste::line(format!("// The keys are engines with flaws: {flaws:?}.")));
        }
        let (time, contents) = match verifier {
            Either::Jwt(_, time) => {
                lines.push(paste::policy(&self.rules));
                lines.push(paste::line("let verifier = Verifier::new(&keys, policy);"));
                (paste::time(*time), "token.claims().as_json().to_owned()")
            }
            Either::Jws(_) => {
                let typ = self.rules.typ.as_ref().map(|typ| format!(".typ({typ:?})"));
                let typ = typ.unwrap_or_default();
                lines.push(paste::line(format!("let verifier = JwsVerifier::new(&keys){typ};")));
                (String::new(), "token.payload().to_vec()")
            }
        };
        let jws = time.is_empty();
        let comma = if jws { "" } else { ", " };
        lines.push(paste::line(format!("let mut buffer = vec![{UNTOUCHED}; {}];", self.room)));
        lines.push(paste::line("let mut streaming = verifier.stream(&mut buffer);"));
        for (index, Arrival { token, lengths, end }) in tokens.iter().enumerate() {
            if end.is_abandoned() {
                lines.push("\n".to_owned());
            } else {
                lines.push(paste::line(format!("\nlet token = {};", paste::bytes(token))));
            }
            let pieces: Vec<_> = pieces(token, lengths)
                .filter(|piece| !piece.is_empty())
                .map(paste::bytes)
                .collect();
            let pieces = pieces.join(", ");
            lines.push(paste::line(format!("let pieces: &[&[u8]] = &[{pieces}];")));
            lines.push(paste::line(
                "let mut length = 0;\n\
                for piece in pieces {\n    \
                    let was_refused = streaming.is_refused();\n    \
                    length += piece.len();\n    \
                    let is_too_long = length > MAX_TOKEN_LENGTH;\n    \
                    let error = is_too_long.then_some(Error::TokenTooLong);\n    \
                    assert_eq!(streaming.push(piece).err(), error);\n    \
                    assert!(streaming.is_refused() || !was_refused && !is_too_long);\n\
                }\n\
                let is_refused = streaming.is_refused();",
            ));
            if has_many_dots(token) {
                lines.push(paste::line("assert!(is_refused, \"too many dots\");"));
            }
            if end.is_abandoned() {
                lines.push(paste::line(match end {
                    End::Reset => "streaming.reset();",
                    _ => "drop(streaming);\nstreaming = verifier.stream(&mut buffer);",
                }));
                continue;
            }
            let whole = format!(
                "let mut other = vec![{UNTOUCHED}; {}];\n\
                let whole = verifier.verify(token{comma}{time}, &mut other).map(|token| {contents});",
                self.room
            );
            lines.push(paste::line(whole));
            let finish = match end {
                End::Last if jws => "into_jws",
                End::Last => "into_token",
                _ => "finish",
            };
            let answer =
                format!("let answer = streaming.{finish}({time}).map(|token| {contents});");
            lines.push(paste::line(answer));
            lines.push(paste::line("assert!(!is_refused || answer.is_err());"));
            // A set may need more room in pieces, for a copy of the header. How much is known of
            // the last token only.
            let is_known = index + 1 == tokens.len() && !is_flawed;
            lines.push(paste::line(match ending.too_small.filter(|_| is_known) {
                Some(needed) => {
                    format!(
                        "assert_eq!(answer, Err(Error::BufferTooSmall {{ needed: {needed} }}));"
                    )
                }
                None if is_known || !self.is_set => "assert_eq!(answer, whole);".to_owned(),
                None => "assert!(answer == whole || \
                    matches!(answer, Err(Error::BufferTooSmall { .. })));"
                    .to_owned(),
            }));
            if end.is_last() {
                lines.push(paste::line("streaming = verifier.stream(&mut buffer);"));
            }
        }
        lines.push(paste::line("drop(streaming);"));
        if !is_flawed {
            lines.push(paste::line(&ending.buffer));
        }
        paste::test(&lines)
    }

    /// Sends these tokens one after another. Returns the answer to the last one, whether it was
    /// refused before its end, and the buffer.
    fn run<K: Keys<Key: StreamingMac>>(
        &self,
        verifier: &Either<'_, K>,
        tokens: &[Arrival],
    ) -> (Option<Answer>, bool, Vec<u8>) {
        let mut buffer = vec![UNTOUCHED; self.room];
        let (mut answer, mut is_refused) = (None, false);
        for tokens in tokens.split_inclusive(|arrival| arrival.end.is_last()) {
            let mut streaming = verifier.stream(&mut buffer);
            for Arrival { token, lengths, end } in tokens {
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

/// An engine, which may have a flaw.
struct Engine<A: Kind> {
    key: Key<A>,
    flaw: Flaw,
}

/// A message that an engine has begun.
struct Message<A: Kind> {
    running: RunningHmac<A>,
    is_empty: bool,
    has_failed: bool,
}

impl<A: Kind> Engine<A> {
    fn make(key: &MadeKey) -> Self {
        Self { key: Key::make(key.known.algorithm, &key.known.secret), flaw: key.flaw }
    }

    /// Fails if this is the call that the engine fails in.
    fn call(&self, called: Call) -> Result<(), Error> {
        match self.flaw {
            Flaw::Fails(call) if call == called => Err(Error::MacEngine),
            _ => Ok(()),
        }
    }

    /// Returns the flawed MAC of an empty message, and this one otherwise.
    fn tag(&self, is_empty: bool, tag: Result<Tag<Self>, Error>) -> Result<Tag<Self>, Error> {
        match self.flaw {
            Flaw::ZerosForEmptyMessage if is_empty => Ok(A::ZERO_TAG),
            _ => tag,
        }
    }
}

impl<A: Kind> Mac for Engine<A> {
    type Algorithm = A;

    fn mac(&self, message: &[u8]) -> Result<Tag<Self>, Error> {
        if let Flaw::Fails(_) = self.flaw {
            return Err(Error::MacEngine);
        }
        self.tag(message.is_empty(), self.key.mac(message))
    }
}

impl<A: Kind> StreamingMac for Engine<A> {
    type Running = Message<A>;

    fn begin(&self) -> Result<Self::Running, Error> {
        self.call(Call::Begin)?;
        let running = StreamingMac::begin(&self.key)?;
        Ok(Message { running, is_empty: true, has_failed: false })
    }

    fn update(&self, message: &mut Self::Running, piece: &[u8]) -> Result<(), Error> {
        assert!(!message.has_failed, "an engine that failed was asked again");
        message.has_failed = self.call(Call::Update).is_err();
        self.call(Call::Update)?;
        message.is_empty &= piece.is_empty();
        StreamingMac::update(&self.key, &mut message.running, piece)
    }

    fn finish(&self, message: &mut Self::Running) -> Result<Tag<Self>, Error> {
        assert!(!message.has_failed, "an engine that failed was asked again");
        self.call(Call::Finish)?;
        self.tag(message.is_empty, StreamingMac::finish(&self.key, &mut message.running))
    }
}
