//! Holds what the crate answers against what the judge says.

use std::cell::Cell;
use std::sync::LazyLock;

use embedded_jwt::{
    Algorithm as Kind, Error, Hs256, Hs384, Hs512, JwsVerifier, Key, Mac, Tag, Verifier,
    unverified_header,
};

use crate::judge::{
    Authentic, Refusal, Verified, judge_policy, judge_text, judge_unverified, needed,
};
use crate::reading::{check_claims, check_header, check_text};
use crate::rules::Rules;
use crate::sign::{Algorithm, SECRET, decode};

static HS256: LazyLock<Key<Hs256>> = LazyLock::new(|| Key::new(&SECRET).expect("long enough"));
static HS384: LazyLock<Key<Hs384>> = LazyLock::new(|| Key::new(&SECRET).expect("long enough"));
static HS512: LazyLock<Key<Hs512>> = LazyLock::new(|| Key::new(&SECRET).expect("long enough"));

/// What the buffer is filled with.
const UNTOUCHED: u8 = 0xaa;

/// Verifies a token in every way there is, in a buffer of `room` bytes. Panics if an answer is
/// not the judge's, or if the buffer does not hold what is documented. Returns the answer of
/// `Verifier`, or why there is no such policy.
pub fn check(
    algorithm: Algorithm,
    rules: &Rules,
    token: &[u8],
    room: usize,
) -> Result<Verified, Error> {
    match algorithm {
        Algorithm::Hs256 => Check { key: &*HS256, algorithm, rules, token, room }.all(),
        Algorithm::Hs384 => Check { key: &*HS384, algorithm, rules, token, room }.all(),
        Algorithm::Hs512 => Check { key: &*HS512, algorithm, rules, token, room }.all(),
    }
}

/// The same, in a buffer that is large enough.
pub fn check_roomy(algorithm: Algorithm, rules: &Rules, token: &[u8]) -> Result<Verified, Error> {
    check(algorithm, rules, token, token.len())
}

/// Takes a key in Base64URL, in a scratch of just its length and in one that is a byte too short.
pub fn check_key(symbols: &[u8]) {
    let needed = symbols.len() * 3 / 4;
    let secret = decode(symbols);
    let mut scratch = vec![UNTOUCHED; needed];
    let key = Key::<Hs256>::from_base64url(symbols, &mut scratch);
    assert!(scratch.iter().all(|&byte| byte == 0), "left in the scratch");
    match (key, secret) {
        (Ok(key), Some(secret)) => {
            assert!(secret.len() >= 32);
            assert_eq!(
                key.mac(symbols),
                Key::<Hs256>::new(&secret).and_then(|key| key.mac(symbols))
            );
        }
        (Err(Error::KeyTooShort), Some(secret)) => assert!(secret.len() < 32),
        (Err(Error::InvalidBase64Url), None) => {}
        (key, secret) => panic!("{:?} {secret:?}", key.err()),
    }
    if let Some((_, scratch)) = scratch.split_last_mut() {
        let error = Key::<Hs256>::from_base64url(symbols, scratch).err();
        let needed = needed.try_into().unwrap_or(u16::MAX);
        assert_eq!(error, Some(Error::BufferTooSmall { needed }));
    }
}

/// An error has words for the log, one answer for all peers, and shows nothing of the token.
fn check_words(error: Error) {
    let words = error.to_string();
    assert!(words.starts_with(error.as_str()) && error.to_peer() == "invalid_token");
    assert!(words.is_ascii() && !words.is_empty());
}

struct Check<'c, K: Kind> {
    key: &'c Key<K>,
    algorithm: Algorithm,
    rules: &'c Rules,
    token: &'c [u8],
    room: usize,
}

impl<K: Kind> Check<'_, K> {
    fn all(&self) -> Result<Verified, Error> {
        let text = judge_text(self.algorithm, self.token, self.room);
        self.unverified_header();
        self.jws(&text);
        self.jwt(&text)
    }

    fn jwt(&self, text: &Result<Authentic, Error>) -> Result<Verified, Error> {
        let &Self { algorithm, rules, token, room, .. } = self;
        let engine = Engine::new(self.key);
        let mut buffer = vec![UNTOUCHED; room];
        let answer = rules.with_policy(|policy| {
            let verifier = Verifier::new(&engine, policy);
            let expected = text.as_ref().map_err(|error| Refusal::from(*error));
            let expected = expected.and_then(|text| text.judge(algorithm, rules));
            let answer = verifier.verify(token, rules.time, &mut buffer);
            self.agree(&answer.as_ref().map(drop).map_err(|error| *error), &expected);
            let token = answer.inspect_err(|error| check_words(*error))?;
            assert_eq!(format!("{token:?}"), "Token { .. }");
            let verified = expected.expect("they agree");
            check_header(token.header(), &verified.header);
            check_claims(token.claims(), &verified.claims);
            Ok(verified)
        });
        assert_eq!(answer.as_ref().map(drop).map_err(|error| *error), judge_policy(rules));
        let answer = answer?;
        let error = answer.as_ref().err();
        self.check_buffer(&buffer, needed(algorithm, token), error);
        engine.check(error);
        answer
    }

    fn jws(&self, text: &Result<Authentic, Error>) {
        let &Self { algorithm, rules, token, room, .. } = self;
        let engine = Engine::new(self.key);
        let mut verifier = JwsVerifier::new(&engine);
        if let Some(typ) = &rules.typ {
            verifier = verifier.typ(typ);
        }
        let mut buffer = vec![UNTOUCHED; room];
        let expected = text.as_ref().map_err(|error| Refusal::from(*error));
        let expected = expected.and_then(|text| text.judge_jws(algorithm, rules.typ.as_deref()));
        let answer = verifier.verify(token, &mut buffer);
        self.agree(&answer.as_ref().map(drop).map_err(|error| *error), &expected);
        let error = answer.as_ref().err().copied();
        if let (Ok(jws), Ok(expected)) = (answer, expected) {
            check_header(jws.header(), &expected.header);
            assert_eq!(jws.payload(), expected.payload);
        }
        self.check_buffer(&buffer, needed(algorithm, token), error.as_ref());
        engine.check(error.as_ref());
    }

    fn unverified_header(&self) {
        let &Self { token, room, .. } = self;
        let mut buffer = vec![UNTOUCHED; room];
        let expected = judge_unverified(token, room);
        let answer = unverified_header(token, &mut buffer);
        self.agree(&answer.map(drop), &expected);
        let error = answer.err();
        if let (Ok(header), Ok(expected)) = (answer, expected) {
            check_text(Some(header.algorithm()), expected.text("alg"));
            check_text(header.key_id(), expected.text("kid"));
            check_text(header.typ(), expected.text("typ"));
        }
        let header = token.split(|&byte| byte == b'.').next().unwrap_or_default();
        self.check_buffer(&buffer, Some(header.len() * 3 / 4), error.as_ref());
    }

    fn agree<T>(&self, answer: &Result<(), Error>, expected: &Result<T, Refusal>) {
        let agreed = match (answer, expected) {
            (Ok(()), Ok(_)) => true,
            (Err(error), Err(Refusal(broken))) => broken.contains(error),
            _ => false,
        };
        assert!(
            agreed,
            "{answer:?}, but the judge says {:?}\n{:?} {:?}\n{}",
            expected.as_ref().map(drop),
            self.algorithm,
            self.rules,
            self.token.escape_ascii()
        );
    }

    /// What was decoded is gone if it was refused, and nothing is written behind it ever.
    fn check_buffer(&self, buffer: &[u8], needed: Option<usize>, error: Option<&Error>) {
        let wiped = buffer.iter().position(|&byte| byte != 0).unwrap_or(buffer.len());
        let used = match error {
            Some(Error::TokenTooLong | Error::SignatureLength | Error::BufferTooSmall { .. }) => 0,
            // A dot too many may be seen while the segments are decoded.
            Some(Error::NotCompactSerialization) => wiped,
            None | Some(_) => needed.expect("a token that was decoded has a length"),
        };
        assert!(error.is_none() || wiped >= used, "left in the buffer");
        assert!(buffer[used..].iter().all(|&byte| byte == UNTOUCHED), "written behind the end");
    }
}

/// A key that counts how often it is used.
struct Engine<'k, K: Kind> {
    key: &'k Key<K>,
    used: Cell<usize>,
}

impl<'k, K: Kind> Engine<'k, K> {
    fn new(key: &'k Key<K>) -> Self {
        Self { key, used: Cell::new(0) }
    }

    /// One MAC for a token whose text is well-formed, and none for any other.
    fn check(&self, error: Option<&Error>) {
        use Error::{
            BufferTooSmall, InvalidBase64Url, NotCompactSerialization, SignatureLength,
            TokenTooLong,
        };
        let ill_formed = matches!(
            error,
            Some(
                TokenTooLong
                    | NotCompactSerialization
                    | SignatureLength
                    | BufferTooSmall { .. }
                    | InvalidBase64Url
            )
        );
        assert_eq!(self.used.get(), usize::from(!ill_formed), "{error:?}");
    }
}

impl<K: Kind> Mac for Engine<'_, K> {
    type Algorithm = K;

    fn mac(&self, message: &[u8]) -> Result<Tag<Self>, Error> {
        self.used.set(self.used.get() + 1);
        self.key.mac(message)
    }
}
