//! Compares the crate's answers with the judge's.

use std::cell::{Cell, RefCell};
use std::sync::LazyLock;

use embedded_jwt::{
    Algorithm as Kind, AnyKey, Error, Hs256, Hs384, Hs512, JwsVerifier, Key, Keys, MAX_DEPTH, Mac,
    RunningHmac, Segment, StreamingMac, Tag, Time, Verifier, unverified_claims, unverified_header,
};

use crate::judge::{
    Authentic, Decoded, KnownKeys, Verified, judge_policy, judge_unverified,
    judge_unverified_claims, needed, without_nulls,
};
use crate::keys::{Set, SetKey};
use crate::paste::{self, IfPanics};
use crate::reading::{check_claims, check_header, check_text};
use crate::refusal::agree;
use crate::rules::Rules;
use crate::sign::{Algorithm, SECRET, decode};
use crate::stream::{
    Answer, Either, UNTOUCHED, WHOLE, Whole, contents, jws_contents, lengths_from,
};

pub static HS256: LazyLock<Key<Hs256>> = LazyLock::new(|| Key::new(&SECRET).expect("long enough"));
pub static HS384: LazyLock<Key<Hs384>> = LazyLock::new(|| Key::new(&SECRET).expect("long enough"));
pub static HS512: LazyLock<Key<Hs512>> = LazyLock::new(|| Key::new(&SECRET).expect("long enough"));

/// The same three keys, with algorithms that are only known at run time.
pub static ANY: LazyLock<[AnyKey; 3]> =
    LazyLock::new(|| Algorithm::ALL.map(|algorithm| SetKey::make(algorithm, &SECRET)));

/// Verifies a token in every way that the API has, with a buffer of `room` bytes. Panics if an
/// answer differs from the judge's, or if the buffer isn't left as documented. Returns the answer
/// of `Verifier`, or the error in the policy.
pub fn check(
    algorithm: Algorithm,
    rules: &Rules,
    token: &[u8],
    room: usize,
) -> Result<Verified, Error> {
    check_unverified_header(token, room);
    check_unverified_claims(token, room);
    let known = KnownKeys::one(algorithm, &SECRET, &Algorithm::ALL);
    let _ = Check { keys: &ANY[algorithm as usize], known: &known, rules, token, room }.all();
    let known = KnownKeys::one(algorithm, &SECRET, &[algorithm]);
    match algorithm {
        Algorithm::Hs256 => check_counting(&HS256, &known, rules, token, room),
        Algorithm::Hs384 => check_counting(&HS384, &known, rules, token, room),
        Algorithm::Hs512 => check_counting(&HS512, &known, rules, token, room),
    }
}

/// Does the same with a buffer that is large enough.
pub fn check_roomy(algorithm: Algorithm, rules: &Rules, token: &[u8]) -> Result<Verified, Error> {
    check(algorithm, rules, token, token.len())
}

/// A test of `Verifier` with this token, to paste, or one of `JwsVerifier`.
pub fn as_test(algorithm: Algorithm, rules: &Rules, token: &[u8], is_jws: bool) -> String {
    let known = KnownKeys::one(algorithm, &SECRET, &Algorithm::ALL);
    let keys = &ANY[algorithm as usize];
    let check = Check { keys, known: &known, rules, token, room: token.len() };
    if is_jws { check.as_jws() } else { check.as_jwt() }
}

/// Verifies a token at several times. Only the comparison with the dates differs from time to time,
/// so the rest of [`check`] needs no repetition.
pub fn check_times(algorithm: Algorithm, rules: &Rules, token: &[u8], times: &[Time]) {
    let known = KnownKeys::one(algorithm, &SECRET, &[algorithm]);
    let text = known.judge_text(token, token.len(), rules.depth, rules.typ.as_deref());
    let mut buffer = vec![UNTOUCHED; token.len()];
    for &time in times {
        let rules = &Rules { time, ..rules.clone() };
        let _paste = IfPanics(|| as_test(algorithm, rules, token, false));
        let expected = text.as_ref().map_err(Clone::clone).and_then(|text| text.judge(rules));
        let answer = rules.with_policy(|policy| {
            let verifier = Verifier::new(&ANY[algorithm as usize], policy);
            verifier.verify(token, rules.time, &mut buffer).map(drop)
        });
        let answer = answer.expect("no contradiction");
        agree(&answer, &expected, || format!("{rules:?}\n{}", token.escape_ascii()));
    }
}

/// Verifies a token with a key set, and compares the answers with the judge's for `known`.
pub fn check_set<K: SetKey>(
    keys: &Set<K>,
    known: &KnownKeys,
    rules: &Rules,
    token: &[u8],
    room: usize,
) -> Result<Verified, Error> {
    Check { keys, known, rules, token, room }.all()
}

/// Decodes a key from Base64URL, with a scratch of exactly its length, and with a byte less.
pub fn check_key(symbols: &[u8]) {
    let needed = symbols.len() * 3 / 4;
    let secret = decode(symbols);
    let mut scratch = vec![UNTOUCHED; needed];
    let key = Key::<Hs256>::from_base64url(symbols, &mut scratch);
    assert!(scratch.iter().all(|&byte| byte == 0), "bytes of the key left in the scratch");
    match (key, secret) {
        (Ok(key), Some(secret)) => {
            assert!(secret.len() >= 32);
            assert_eq!(
                key.mac(symbols),
                Key::<Hs256>::new(&secret).and_then(|key| key.mac(symbols))
            );
        }
        (Err(Error::KeyTooShort { needed: 32 }), Some(secret)) => assert!(secret.len() < 32),
        (Err(Error::KeyNotBase64Url), None) => {}
        (key, secret) => panic!("{:?} {secret:?}", key.err()),
    }
    if let Some((_, scratch)) = scratch.split_last_mut() {
        let error = Key::<Hs256>::from_base64url(symbols, scratch).err();
        let needed = needed.try_into().unwrap_or(u16::MAX);
        assert_eq!(error, Some(Error::BufferTooSmall { needed }));
    }
}

/// An error has a text for the log, and one for every peer that says only who is at fault.
fn check_words(error: Error) {
    let words = error.to_string();
    assert!(words.starts_with(error.as_str()));
    let to_peer = match error {
        Error::BufferTooSmall { .. } => "server_error",
        Error::MacEngine | Error::TimeUnknown => "temporarily_unavailable",
        _ => "invalid_token",
    };
    assert_eq!(error.to_peer(), to_peer, "{error:?}");
    assert!(words.is_ascii() && !words.is_empty());
}

/// Verifies a token with a key that counts MACs. Each verification must compute one for a
/// well-formed token, and none for any other.
fn check_counting<K: Kind>(
    key: &Key<K>,
    known: &KnownKeys,
    rules: &Rules,
    token: &[u8],
    room: usize,
) -> Result<Verified, Error> {
    let engine = Engine { key, used: Cell::new(0), begun: RefCell::default() };
    let check = Check { keys: &engine, known, rules, token, room };
    let is_well_formed = check.is_well_formed();
    check.jws();
    engine.check_use(token, is_well_formed, 1);
    let answer = check.jwt();
    engine.check_use(token, is_well_formed, judge_policy(rules).is_ok().into());
    answer
}

fn check_unverified_header(token: &[u8], room: usize) {
    let mut buffer = vec![UNTOUCHED; room];
    let expected = judge_unverified(token, room);
    let answer = unverified_header(token, &mut buffer);
    agree(&answer, &expected, || token.escape_ascii().to_string());
    let error = answer.err();
    if let (Ok(header), Ok(expected)) = (answer, expected) {
        check_text(Some(header.algorithm()), expected.text("alg"));
        check_text(header.key_id(), expected.text("kid"));
        check_text(header.typ(), expected.text("typ"));
    }
    let header = token.split(|&byte| byte == b'.').next().unwrap_or_default();
    check_buffer(&buffer, Some(header.len() * 3 / 4), error);
}

fn check_unverified_claims(token: &[u8], room: usize) {
    let mut buffer = vec![UNTOUCHED; room];
    let expected = judge_unverified_claims(token, room);
    let answer = unverified_claims(token, &mut buffer);
    agree(&answer, &expected, || token.escape_ascii().to_string());
    let error = answer.err();
    if let (Ok(claims), Ok(expected)) = (answer, expected) {
        check_text(claims.issuer(), expected.text("iss"));
        for (name, _) in &expected.0 {
            let text = expected.text(name).filter(|_| !expected.has_twice(name));
            check_text(claims.string(name), text);
        }
    }
    let payload = token.split(|&byte| byte == b'.').nth(1).unwrap_or_default();
    check_buffer(&buffer, Some(payload.len() * 3 / 4), error);
}

/// A token, and what it is verified with.
struct Check<'c, V> {
    keys: V,
    known: &'c KnownKeys,
    rules: &'c Rules,
    token: &'c [u8],
    room: usize,
}

impl<V: Keys<Key: StreamingMac> + Copy> Check<'_, V> {
    fn all(&self) -> Result<Verified, Error> {
        self.jws();
        self.jwt()
    }

    fn jwt(&self) -> Result<Verified, Error> {
        let _paste = IfPanics(|| self.as_jwt());
        let &Self { keys, known, rules, token, room } = self;
        let mut buffer = vec![UNTOUCHED; room];
        let answer = rules.with_policy(|policy| {
            let expected = known.judge_text(token, room, rules.depth, rules.typ.as_deref());
            let expected = expected.and_then(|text| text.judge(rules));
            let verifier = Verifier::new(keys, policy);
            let answer = verifier.verify(token, rules.time, &mut buffer);
            agree(&answer, &expected, || self.words());
            if let (Ok(token), Ok(verified)) = (&answer, &expected) {
                assert_eq!(format!("{token:?}"), "Token { .. }");
                check_header(token.header(), &verified.header);
                // What is `null` is absent by its name, and stands in the text.
                if without_nulls(&verified.claims, rules) == verified.claims {
                    check_claims(token.claims(), &verified.claims);
                }
            }
            let answer = answer.map(|token| contents(&token));
            let verifier = Either::Jwt(verifier, rules.time);
            self.in_pieces(&verifier, lengths_from(self.token), answer.clone(), &buffer);
            answer.inspect_err(|error| check_words(*error))?;
            Ok(expected.expect("they agree"))
        });
        assert_eq!(answer.as_ref().map(drop).map_err(|error| *error), judge_policy(rules));
        let answer = answer?;
        check_buffer(&buffer, needed(&known.algorithms, token), answer.as_ref().err().copied());
        answer
    }

    fn jws(&self) {
        let _paste = IfPanics(|| self.as_jws());
        let &Self { keys, known, rules, token, room } = self;
        let mut verifier = JwsVerifier::new(keys);
        if let Some(typ) = &rules.typ {
            verifier = verifier.typ(typ);
        }
        let mut buffer = vec![UNTOUCHED; room];
        let text = known.judge_text(token, room, MAX_DEPTH, rules.typ.as_deref());
        let expected = text.as_ref().map_err(Clone::clone).and_then(Authentic::judge_jws);
        let answer = verifier.verify(token, &mut buffer);
        agree(&answer, &expected, || self.words());
        if let (Ok(jws), Ok(expected)) = (&answer, &expected) {
            check_header(jws.header(), &expected.header);
            assert_eq!(jws.payload(), expected.payload);
        }
        let answer = answer.map(|jws| jws_contents(&jws));
        let error = answer.as_ref().err().copied();
        self.in_pieces(&Either::Jws(verifier), WHOLE, answer, &buffer);
        check_buffer(&buffer, needed(&known.algorithms, token), error);
    }

    /// Verifies the token in pieces of these lengths, and compares the result with the whole one.
    fn in_pieces(&self, verifier: &Either<'_, V>, lengths: [u8; 3], answer: Answer, after: &[u8]) {
        let KnownKeys { algorithms, is_set, .. } = self.known;
        let (answer, before, is_set) = (Some(answer), &vec![UNTOUCHED; self.room], *is_set);
        let whole = Whole { token: self.token, answer, before, after, algorithms, is_set };
        whole.check_in_pieces(verifier, &lengths);
        whole.check_in_two_steps(verifier);
        whole.check_room_to_copy(verifier, &lengths);
    }

    /// A test of `Verifier` with this token.
    fn as_jwt(&self) -> String {
        let &Self { known, rules, token, room, .. } = self;
        if judge_policy(rules).is_err() {
            return String::new();
        }
        let expected = known.judge_text(token, room, rules.depth, rules.typ.as_deref());
        let expected = expected.and_then(|text| text.judge(rules));
        let verifier = "let verifier = Verifier::new(&keys, policy);";
        let lines = [
            self.declared(),
            paste::policy(rules),
            paste::line(verifier),
            paste::allowed(&expected, |found| paste::texts(&found.header, &found.claims)),
            self.answers(
                &format!("verify(token, {}, &mut buffer)", paste::time(rules.time)),
                &format!("into_token({})", paste::time(rules.time)),
                "[token.header().as_json().to_owned(), token.claims().as_json().to_owned()]",
                lengths_from(token),
                expected.is_err(),
            ),
        ];
        paste::test(&lines)
    }

    /// A test of `JwsVerifier` with this token.
    fn as_jws(&self) -> String {
        let &Self { known, rules, token, room, .. } = self;
        let text = known.judge_text(token, room, MAX_DEPTH, rules.typ.as_deref());
        let expected = text.as_ref().map_err(Clone::clone).and_then(Authentic::judge_jws);
        let typ = rules.typ.as_ref().map(|typ| format!(".typ({typ:?})"));
        let verifier =
            format!("let verifier = JwsVerifier::new(&keys){};", typ.unwrap_or_default());
        let lines = [
            self.declared(),
            paste::line(verifier),
            paste::allowed(&expected, |found| {
                let payload = paste::bytes(found.payload);
                format!("({:?}.to_owned(), {payload}.to_vec())", found.header.to_string())
            }),
            self.answers(
                "verify(token, &mut buffer)",
                "into_jws()",
                "(token.header().as_json().to_owned(), token.payload().to_vec())",
                WHOLE,
                expected.is_err(),
            ),
        ];
        paste::test(&lines)
    }

    /// Declares the token and the keys.
    fn declared(&self) -> String {
        paste::line(format!("let token = {};", paste::bytes(self.token))) + &paste::keys(self.known)
    }

    /// Verifies the token whole, and in pieces of these lengths.
    fn answers(
        &self,
        whole: &str,
        last: &str,
        contents: &str,
        lengths: [u8; 3],
        is_refused: bool,
    ) -> String {
        let &Self { known, token, room, .. } = self;
        let needed = needed(&known.algorithms, token).filter(|needed| *needed <= room);
        let header = token.split(|&byte| byte == b'.').next().unwrap_or_default();
        // A set may need room for a copy of the header.
        let more = if needed.is_some() { header.len() * 3 / 4 } else { 0 };
        let wiped = needed.filter(|_| is_refused && self.is_well_formed());
        let wiped = wiped.map_or(String::new(), |needed| {
            paste::line(format!("assert_eq!(buffer[..{needed}], [0; {needed}]);"))
        });
        let [first, second, third] = lengths;
        let pieces = if lengths == WHOLE {
            "let _ = streaming.push(token);".to_owned()
        } else {
            format!(
                "let (mut rest, mut lengths) = (&token[..], [{first}, {second}, {third}].into_iter().cycle());\n\
                while !rest.is_empty() {{\n    \
                    let (piece, behind) = rest.split_at(rest.len().min(lengths.next().unwrap()));\n    \
                    let _ = streaming.push(piece);\n    rest = behind;\n}}"
            )
        };
        [
            paste::line(format!("let mut buffer = vec![{UNTOUCHED}; {room}];")),
            paste::line(format!("let answer = verifier.{whole}.map(|token| {contents});")),
            paste::compare(),
            wiped.clone(),
            paste::line(format!("\nlet mut buffer = vec![{UNTOUCHED}; {}];", room + more)),
            paste::line("let mut streaming = verifier.stream(&mut buffer);"),
            paste::line(pieces),
            paste::line(format!("let answer = streaming.{last}.map(|token| {contents});")),
            paste::compare(),
            wiped,
        ]
        .concat()
    }

    fn is_well_formed(&self) -> bool {
        Decoded::read(&self.known.algorithms, self.token, self.room).is_ok()
    }

    fn words(&self) -> String {
        format!("{:?} {:?}\n{}", self.known, self.rules, self.token.escape_ascii())
    }
}

/// A refused token must be wiped from the buffer. Nothing is ever written after its end.
fn check_buffer(buffer: &[u8], needed: Option<usize>, error: Option<Error>) {
    let wiped = buffer.iter().position(|&byte| byte != 0).unwrap_or(buffer.len());
    let used = match error {
        Some(Error::TokenTooLong | Error::BufferTooSmall { .. }) => 0,
        // The signature may have the length of another algorithm. Then the token was decoded.
        Some(Error::SignatureLength) => needed.unwrap_or(0),
        // A third dot, or a character in the signature, may be noticed after segments were decoded.
        Some(
            Error::NotCompactSerialization
            | Error::InvalidBase64Url { segment: Segment::Signature },
        ) => wiped,
        None | Some(_) => needed.expect("it was decoded"),
    };
    assert!(error.is_none() || wiped >= used, "bytes of a refused token left in the buffer");
    assert!(
        buffer[used..].iter().all(|&byte| byte == UNTOUCHED),
        "written after the end of the token"
    );
}

/// A key that counts its MACs.
struct Engine<'k, K: Kind> {
    key: &'k Key<K>,
    /// The number of MACs of whole messages.
    used: Cell<usize>,
    /// The messages that arrived in pieces.
    begun: RefCell<Vec<Message>>,
}

/// The text of a message so far, and how often its MAC was requested.
#[derive(Default)]
struct Message {
    text: Vec<u8>,
    used: usize,
}

impl<K: Kind> Engine<'_, K> {
    /// Checks the MACs of this many verifications of a token, each of them whole, in two steps, in
    /// pieces, and in pieces that are hashed at the end.
    fn check_use(&self, token: &[u8], is_well_formed: bool, verifications: usize) {
        assert_eq!(self.used.take(), if is_well_formed { 2 * verifications } else { 0 });
        let begun = self.begun.take();
        if is_well_formed {
            let signing_input = &token[..token.iter().rposition(|&byte| byte == b'.').unwrap()];
            assert_eq!(begun.len(), 2 * verifications);
            assert!(begun.iter().all(|message| message.text == signing_input && message.used == 1));
        } else {
            assert!(begun.len() <= verifications, "more than one MAC for a token");
            assert!(begun.iter().all(|message| token.starts_with(&message.text)));
            assert!(begun.iter().all(|message| message.used == 0), "a MAC of a malformed token");
        }
    }
}

impl<K: Kind> Mac for Engine<'_, K> {
    type Algorithm = K;

    fn mac(&self, message: &[u8]) -> Result<Tag<Self>, Error> {
        self.used.set(self.used.get() + 1);
        self.key.mac(message)
    }
}

impl<K: Kind> StreamingMac for Engine<'_, K> {
    /// The index of the message, and its MAC.
    type Running = (usize, RunningHmac<K>);

    fn begin(&self) -> Result<Self::Running, Error> {
        let mut begun = self.begun.borrow_mut();
        begun.push(Message::default());
        Ok((begun.len() - 1, StreamingMac::begin(self.key)?))
    }

    fn update(&self, (index, running): &mut Self::Running, piece: &[u8]) -> Result<(), Error> {
        self.begun.borrow_mut()[*index].text.extend(piece);
        StreamingMac::update(self.key, running, piece)
    }

    fn finish(&self, (index, running): &mut Self::Running) -> Result<Tag<Self>, Error> {
        self.begun.borrow_mut()[*index].used += 1;
        StreamingMac::finish(self.key, running)
    }
}
