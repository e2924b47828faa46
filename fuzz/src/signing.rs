//! Makes tokens with the crate, and compares them with those of an independent signer.

use std::fmt;

use arbitrary::{Arbitrary, Result as Made, Unstructured};
use embedded_jwt::{
    Error, JwsVerifier, KeyEntry, KeySet, Keys, MAX_TOKEN_LENGTH, Signer, Stamp, StreamingMac,
    Verifier,
};

use crate::check::{self, ANY, HS256, HS384, HS512};
use crate::generate;
use crate::json::{self, Object, quoted, read};
use crate::judge::KnownKeys;
use crate::paste::{self, IfPanics};
use crate::random::{bytes, long_text, near, rarely};
use crate::rules::{NAMES, Rules};
use crate::sign::{Algorithm, SECRET, encode};
use crate::stream::{UNTOUCHED, pieces};
use crate::value::{self, Value};
use crate::values::{self, reads_as};

/// A token to make.
pub struct Signing {
    algorithm: Algorithm,
    /// Whether the algorithm is only known at run time.
    is_any: bool,
    typ: Typ,
    key_id: Option<String>,
    parameters: Option<String>,
    allow_missing_expiration: bool,
    stamp: Option<Times>,
    payload: Payload,
    /// The length of the buffer, besides those that are always tried.
    room: usize,
    /// The lengths of the pieces of a payload that travels apart.
    lengths: [u8; 3],
}

#[derive(Debug)]
enum Typ {
    ByPayload,
    Absent,
    Named(String),
}

/// What a stamp is made of.
#[derive(Debug)]
struct Times {
    now: u64,
    lifetime: u32,
    jwt_id: Option<Vec<u8>>,
}

#[derive(Debug)]
enum Payload {
    Text(String),
    Value(Value),
    /// No claims set.
    Bytes(Vec<u8>),
}

/// Prints payload bytes as text.
impl fmt::Debug for Signing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { algorithm, is_any, typ, key_id, parameters, stamp, room, lengths, .. } = self;
        writeln!(f, "{algorithm:?}, known at run time: {is_any}, {room} bytes of buffer")?;
        writeln!(f, "{typ:?}, kid {key_id:?}, and {parameters:?}")?;
        writeln!(f, "{stamp:?}, no exp allowed: {}", self.allow_missing_expiration)?;
        match &self.payload {
            Payload::Bytes(bytes) => write!(f, "{} in {lengths:?}", bytes.escape_ascii()),
            claims => write!(f, "{claims:?}"),
        }
    }
}

impl<'a> Arbitrary<'a> for Signing {
    fn arbitrary(u: &mut Unstructured<'a>) -> Made<Self> {
        let [allow_missing_expiration, is_any] = [rarely(u)?, u.arbitrary()?];
        let name = |u: &mut Unstructured<'a>| match u.int_in_range(0..=7)? {
            0 => u.arbitrary(),
            1 if rarely(u)? => long_text(u),
            _ => u.choose(&NAMES).map(|name| (*name).to_owned()),
        };
        let algorithm = u.arbitrary()?;
        let typ = match u.int_in_range(0..=3)? {
            2 => Typ::Absent,
            3 => Typ::Named(name(u)?),
            _ => Typ::ByPayload,
        };
        let key_id = if u.arbitrary()? { Some(name(u)?) } else { None };
        let parameters = match u.int_in_range(0..=7)? {
            5 => Some(mutated(u, generate::parameters)?),
            6..=7 => Some(String::from_utf8_lossy(&generate::parameters(u)?).into_owned()),
            _ => None,
        };
        let stamp = if u.arbitrary()? { Some(Times::arbitrary(u)?) } else { None };
        let (room, lengths) = (u.int_in_range(0..=300)?, u.arbitrary()?);
        let payload = match u.int_in_range(0..=9)? {
            0..=3 => Payload::Value(values::claims(u)?),
            4..=5 => Payload::Text(String::from_utf8_lossy(&claims(u)?).into_owned()),
            6 => Payload::Text(mutated(u, claims)?),
            7 => Payload::Text(String::from_utf8_lossy(bytes(u, 200)?).into_owned()),
            _ => {
                let times = if rarely(u)? { 700 } else { 1 };
                Payload::Bytes(bytes(u, 300)?.repeat(times))
            }
        };
        Ok(Self {
            algorithm,
            is_any,
            typ,
            key_id,
            parameters,
            allow_missing_expiration,
            stamp,
            payload,
            room,
            lengths,
        })
    }
}

impl Signing {
    /// The text of a claims set, to be signed by itself.
    pub fn of_text(text: &str) -> Self {
        Self::of(Payload::Text(text.to_owned()))
    }

    /// A claims set, to be signed by itself.
    pub fn of_value(claims: Value) -> Self {
        Self::of(Payload::Value(claims))
    }

    fn of(payload: Payload) -> Self {
        Self {
            algorithm: Algorithm::Hs256,
            is_any: false,
            typ: Typ::ByPayload,
            key_id: None,
            parameters: None,
            allow_missing_expiration: true,
            stamp: None,
            payload,
            room: 0,
            lengths: [0; 3],
        }
    }
}

impl Times {
    fn arbitrary(u: &mut Unstructured<'_>) -> Made<Self> {
        let now = if rarely(u)? { far(u.arbitrary()?) } else { near(u, 2000, 10)? };
        let lifetime = if rarely(u)? { u.arbitrary()? } else { 300 };
        let jwt_id = if u.arbitrary()? { Some(bytes(u, 16)?.to_vec()) } else { None };
        Ok(Self { now, lifetime, jwt_id })
    }

    fn stamp(&self) -> Stamp<'_> {
        let stamp = Stamp::new(self.now, self.lifetime);
        self.jwt_id.as_ref().map_or(stamp, |bytes| stamp.jwt_id(bytes))
    }

    /// The beginning of the claims set.
    fn opened(&self) -> String {
        let Self { now, lifetime, jwt_id } = self;
        let expiration = now.saturating_add(u64::from(*lifetime));
        let jwt_id = jwt_id.as_ref().map(|bytes| format!(r#","jti":"{}""#, encode(bytes)));
        format!(r#"{{"iat":{now},"nbf":{now},"exp":{expiration}{}"#, jwt_id.unwrap_or_default())
    }
}

/// Any time, and half of the times one of the last that there are, with which an expiration would
/// be out of range.
fn far(number: u64) -> u64 {
    if number.is_multiple_of(2) { u64::MAX - number % 1000 } else { number }
}

/// Generates the text of a claims set.
fn claims(u: &mut Unstructured<'_>) -> Made<Vec<u8>> {
    let [issuer, audience] = ["a", "door-7"].map(|name| Some(name.to_owned()));
    generate::claims(u, &Rules { issuer, audience, ..Rules::mild() })
}

/// Generates a text with one change.
fn mutated(
    u: &mut Unstructured<'_>,
    make: impl FnOnce(&mut Unstructured<'_>) -> Made<Vec<u8>>,
) -> Made<String> {
    let mut text = make(u)?;
    generate::mutate(u, &mut text)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// Joins the members of an object to one that is not closed. None if it isn't an object.
fn joined(opened: &str, object: &str) -> Option<String> {
    let is_space = |character| matches!(character, ' ' | '\t' | '\n' | '\r');
    let members = object.trim_start_matches(is_space).strip_prefix('{')?;
    let is_empty = members.trim_start_matches(is_space).starts_with('}');
    Some(format!("{opened}{}{members}", if is_empty { "" } else { "," }))
}

/// The token to be made, or the error to be returned in a large enough buffer, and the length of
/// the token, which a smaller buffer is told.
struct Expected {
    answer: Result<Vec<u8>, Error>,
    length: usize,
}

impl Expected {
    /// Whether this may be made in a buffer of `room` bytes.
    fn allows(&self, made: &Result<Vec<u8>, Error>, room: usize) -> bool {
        let Self { answer, length } = self;
        let is_too_long = answer == &Err(Error::TokenTooLong);
        match made {
            _ if room < *length && !is_too_long => {
                made == &Err(Error::BufferTooSmall { needed: shown(*length) })
            }
            // The length isn't known of what isn't an object.
            Err(Error::BufferTooSmall { .. } | Error::TokenTooLong) if *length == 0 => {
                answer == &Err(Error::InvalidJson)
            }
            made => made == answer,
        }
    }

    /// The arms of a `match` for what may be made, as code.
    fn arms(&self) -> String {
        let Self { answer, length } = self;
        let pattern = match answer {
            Ok(token) => format!("Ok({})", paste::bytes(token)),
            Err(error) => format!("Err(Error::{error:?})"),
        };
        let is_too_long = answer == &Err(Error::TokenTooLong);
        let smaller = match length {
            _ if is_too_long => String::new(),
            0 if answer == &Err(Error::InvalidJson) => {
                "    Err(Error::BufferTooSmall { .. } | Error::TokenTooLong) => {}\n".to_owned()
            }
            _ => format!(
                "    _ if room < {length} => \
                    assert_eq!(made, Err(Error::BufferTooSmall {{ needed: {} }})),\n",
                shown(*length),
            ),
        };
        format!("{smaller}    {pattern} => {{}}\n")
    }
}

impl Signing {
    /// Makes the token in buffers of several lengths. Panics if one of them isn't as expected.
    /// Returns the answer with a large buffer.
    pub fn check(&self) -> Result<(), Error> {
        let Self { algorithm, is_any, .. } = *self;
        match algorithm {
            _ if is_any => self.check_with(&ANY[algorithm as usize]),
            Algorithm::Hs256 => self.check_with(&*HS256),
            Algorithm::Hs384 => self.check_with(&*HS384),
            Algorithm::Hs512 => self.check_with(&*HS512),
        }
    }

    fn check_with<K: Keys<Key = K> + StreamingMac + Copy>(&self, key: K) -> Result<(), Error> {
        let mut signer = Signer::new(key);
        signer = match &self.typ {
            Typ::ByPayload => signer,
            Typ::Absent => signer.without_typ(),
            Typ::Named(typ) => signer.typ(typ),
        };
        if let Some(key_id) = &self.key_id {
            signer = signer.key_id(key_id);
        }
        if let Some(parameters) = &self.parameters {
            signer = signer.header_parameters(parameters);
        }
        if self.allow_missing_expiration {
            signer = signer.allow_missing_expiration();
        }
        let expected = match &self.payload {
            Payload::Bytes(payload) => {
                let expected = self.expected_jws(payload);
                self.check_rooms(
                    &expected,
                    "signer.sign_payload(&payload, &mut buffer)",
                    |buffer| signer.sign_payload(payload, buffer),
                );
                self.check_detached(key, &signer, payload);
                expected
            }
            Payload::Value(value) => {
                let expected = self.expected_of_value(key, value);
                let call = match &self.stamp {
                    Some(_) => "signer.sign_with(&value, &stamp, &mut buffer)",
                    None => "signer.sign(&value, &mut buffer)",
                };
                self.check_rooms(&expected, call, |buffer| {
                    value::restart();
                    match &self.stamp {
                        Some(times) => signer.sign_with(value, &times.stamp(), buffer),
                        None => signer.sign(value, buffer),
                    }
                });
                expected
            }
            Payload::Text(text) => {
                let opened = self.stamp.as_ref().map(|times| times.opened());
                let payload = match &opened {
                    Some(opened) => joined(opened, text).unwrap_or_else(|| opened.clone()),
                    None => text.clone(),
                };
                let expected = self.expected(key, &payload);
                let call = match &self.stamp {
                    Some(_) => "signer.sign_json_with(&text, &stamp, &mut buffer)",
                    None => "signer.sign_json(&text, &mut buffer)",
                };
                self.check_rooms(&expected, call, |buffer| match &self.stamp {
                    Some(times) => signer.sign_json_with(text, &times.stamp(), buffer),
                    None => signer.sign_json(text, buffer),
                });
                expected
            }
        };
        expected.answer.map(drop)
    }

    /// The header's text.
    fn header(&self) -> String {
        let mut header = format!(r#"{{"alg":"{}""#, self.algorithm.name());
        let typ = match &self.typ {
            Typ::ByPayload if !matches!(self.payload, Payload::Bytes(_)) => Some("JWT"),
            Typ::ByPayload | Typ::Absent => None,
            Typ::Named(typ) => Some(typ.as_str()),
        };
        for (name, value) in [("typ", typ), ("kid", self.key_id.as_deref())] {
            if let Some(value) = value {
                header += &format!(r#","{name}":{}"#, quoted(value));
            }
        }
        match &self.parameters {
            Some(parameters) => joined(&header, parameters).unwrap_or(header),
            None => header + "}",
        }
    }

    /// What is made of a claims set that is a value. It must read as what `serde_json` writes.
    fn expected_of_value<K: Keys<Key: StreamingMac> + Copy>(
        &self,
        key: K,
        value: &Value,
    ) -> Expected {
        let text = match value.to_text() {
            Ok(text) => text,
            Err(error) => return Expected { answer: Err(error), length: 0 },
        };
        value::restart();
        let reference = serde_json::to_string(value).expect("it has a text");
        let [ours, theirs] = [&text, &reference].map(|text| read(text).expect("it is JSON"));
        assert!(reads_as(&ours, &theirs), "{text}, but serde_json writes {reference}");
        match &self.stamp {
            None => self.expected(key, &text),
            Some(times) => match joined(&times.opened(), &text) {
                Some(text) => self.expected(key, &text),
                None => Expected { answer: Err(Error::InvalidJson), length: 0 },
            },
        }
    }

    /// What is made of the text of a claims set. A verifier refuses what is refused, for the same
    /// reason, unless a name stands twice or `exp` is missing.
    fn expected<K: Keys<Key: StreamingMac> + Copy>(&self, key: K, payload: &str) -> Expected {
        let header = self.header();
        let token = self.algorithm.sign(header.as_bytes(), payload.as_bytes());
        let length = token.len();
        if length > MAX_TOKEN_LENGTH {
            return Expected { answer: Err(Error::TokenTooLong), length };
        }
        let plain = format!(r#"{{"alg":"{}"}}"#, self.algorithm.name());
        let plain = self.algorithm.sign(plain.as_bytes(), payload.as_bytes());
        let bare = self.algorithm.sign(header.as_bytes(), b"");
        let _paste = [(&plain, false), (&bare, true), (&token, false)]
            .map(|(token, is_jws)| self.paste_verification(token, is_jws));
        let by_claims = verify(key, &plain);
        let by_header = verify_jws(key, &bare);
        let verified = verify(key, &token);
        assert_eq!(verified.is_ok(), by_claims.is_ok() && by_header.is_ok(), "{verified:?}");
        let answer = by_claims
            .and_then(|_| self.check_names_and_expiration(payload))
            .and(by_header)
            .and_then(|_| check_names(&header, Error::DuplicateHeaderParameter))
            .map(|_| token.clone());
        if answer.is_ok() {
            let normal = |text: &str| read(text).expect("it was verified").to_string();
            if let Ok(Some(texts)) = verified {
                assert_eq!(texts, [normal(&header), normal(payload)]);
            }
        }
        Expected { answer, length }
    }

    fn check_names_and_expiration(&self, payload: &str) -> Result<(), Error> {
        let claims = check_names(payload, Error::DuplicateClaim)?;
        match claims.get("exp") {
            None if !self.allow_missing_expiration => Err(Error::MissingExpiration),
            _ => Ok(()),
        }
    }

    /// What is made of a payload of any kind.
    fn expected_jws(&self, payload: &[u8]) -> Expected {
        let header = self.header();
        let token = self.algorithm.sign(header.as_bytes(), payload);
        let length = token.len();
        if length > MAX_TOKEN_LENGTH {
            return Expected { answer: Err(Error::TokenTooLong), length };
        }
        let _paste = self.paste_verification(&token, true);
        let answer = verify_jws(&ANY[self.algorithm as usize], &token)
            .and_then(|found| {
                assert_eq!(found, payload);
                check_names(&header, Error::DuplicateHeaderParameter)
            })
            .map(|_| token.clone());
        Expected { answer, length }
    }

    /// Prints a test that verifies this token, or its payload of any kind.
    fn paste_verification(&self, token: &[u8], is_jws: bool) -> IfPanics<impl Fn() -> String> {
        IfPanics(move || check::as_test(self.algorithm, &Rules::mild(), token, is_jws))
    }

    /// Makes a token in a large buffer, in one of exactly its length, in one a byte shorter, and in
    /// any other. Takes the call also as code.
    fn check_rooms(
        &self,
        expected: &Expected,
        call: &str,
        make: impl for<'b> Fn(&'b mut [u8]) -> Result<&'b [u8], Error>,
    ) {
        let _paste = IfPanics(|| self.as_test(expected, call));
        for room in self.rooms(expected.length) {
            let mut buffer = vec![UNTOUCHED; room];
            let made = make(&mut buffer).map(<[u8]>::to_vec);
            assert!(expected.allows(&made, room), "{self:?}: {made:?}");
            let (left, filler) = match &made {
                Ok(token) => (&buffer[token.len()..], UNTOUCHED),
                Err(_) => (&buffer[..], 0),
            };
            assert!(left.iter().all(|&byte| byte == filler), "left in the buffer: {self:?}");
        }
    }

    /// The lengths of the buffers for a token of this length.
    fn rooms(&self, length: usize) -> [usize; 4] {
        [length + 100, length, length.saturating_sub(1), self.room]
    }

    /// Makes a token for a payload that travels apart, and verifies it, whole and in pieces.
    fn check_detached<K: Keys<Key = K> + StreamingMac + Copy>(
        &self,
        key: K,
        signer: &Signer<'_, K>,
        payload: &[u8],
    ) {
        let header = self.header();
        let full = self.algorithm.sign(header.as_bytes(), payload);
        let first = encode(&header).len();
        let token = [&full[..first], b".", &full[first + 1 + encode(payload).len()..]].concat();
        let length = token.len();
        let answer = if length > MAX_TOKEN_LENGTH {
            Err(Error::TokenTooLong)
        } else {
            verify_jws(key, &self.algorithm.sign(header.as_bytes(), b""))
                .and_then(|_| check_names(&header, Error::DuplicateHeaderParameter))
                .map(|_| token.clone())
        };
        let is_made = answer.is_ok();
        let expected = Expected { answer, length };
        self.check_rooms(&expected, "signer.sign_detached(&payload, &mut buffer)", |buffer| {
            signer.sign_detached(payload, buffer)
        });
        let call = "signer.stream_detached(&mut buffer).and_then(|mut stream| {\n    \
            pieces.iter().try_for_each(|piece| stream.push(piece))?;\n    stream.finish()\n})";
        self.check_rooms(&expected, call, |buffer| {
            let mut stream = signer.stream_detached(buffer)?;
            pieces(payload, &self.lengths).try_for_each(|piece| stream.push(piece))?;
            stream.finish()
        });
        if is_made {
            self.verify_detached(key, &token, payload, &full);
            self.verify_detached_by_name(key, &token, payload);
        }
    }

    /// Verifies a payload that travels apart with a set. The key is found by its name. If two keys
    /// have this name, the token must be refused: which of them is meant depends on the issuer, and
    /// there are no claims.
    fn verify_detached_by_name<K>(&self, key: K, token: &[u8], payload: &[u8])
    where
        K: Keys<Key = K> + StreamingMac + Copy,
    {
        let Some(name) = &self.key_id else { return };
        let mut keys = KeySet::<K, 2, 64>::new();
        if keys.add(name, KeyEntry::new(key)).is_err() {
            return;
        }
        let header = self.header();
        let normal = read(&header).expect("it was verified").to_string();
        let verify = |keys: &KeySet<'_, K, 2, 64>, buffer: &mut [u8]| {
            let answer = JwsVerifier::new(keys).verify_detached(token, payload, buffer);
            answer.map(|header| header.as_json().to_owned())
        };
        let mut buffer = vec![UNTOUCHED; header.len()];
        assert_eq!(verify(&keys, &mut buffer), Ok(normal), "apart, by name: {self:?}");
        let other = keys.add(name, KeyEntry::new(key).issuer("another"));
        assert_eq!(other, Ok(()));
        assert_eq!(verify(&keys, &mut buffer), Err(Error::AmbiguousKeyId), "{self:?}");
        assert!(buffer.iter().all(|&byte| byte == 0), "left in the buffer");
    }

    /// Verifies a payload that travels apart, and refuses another one.
    fn verify_detached<K: Keys<Key: StreamingMac>>(
        &self,
        key: K,
        token: &[u8],
        payload: &[u8],
        full: &[u8],
    ) {
        let _paste = IfPanics(|| self.as_verification(token, payload));
        let verifier = JwsVerifier::new(key);
        let header = self.header();
        let normal = read(&header).expect("it was verified").to_string();
        let needed = header.len();
        for room in [needed - 1, needed, needed + 9] {
            let expected = match room < needed {
                true => Err(Error::BufferTooSmall { needed: shown(needed) }),
                false => Ok(normal.clone()),
            };
            let mut buffer = vec![UNTOUCHED; room];
            let answer = verifier.verify_detached(token, payload, &mut buffer);
            let answer = answer.map(|header| header.as_json().to_owned());
            assert_eq!(answer, expected, "apart: {self:?}");
            let behind = buffer.get(needed..).unwrap_or(&buffer);
            assert!(behind.iter().all(|&byte| byte == UNTOUCHED), "behind the header");

            let mut buffer = vec![UNTOUCHED; room];
            let answer = verifier.stream_detached(token, &mut buffer).and_then(|mut stream| {
                pieces(payload, &self.lengths).try_for_each(|piece| stream.push(piece))?;
                stream.finish().map(|header| header.as_json().to_owned())
            });
            assert_eq!(answer, expected, "apart, in pieces: {self:?}");
        }
        for payload in self.others(payload) {
            let mut buffer = vec![UNTOUCHED; needed];
            let answer = verifier.verify_detached(token, &payload, &mut buffer).map(drop);
            assert_eq!(answer, Err(Error::SignatureMismatch), "another payload: {self:?}");
            assert!(buffer.iter().all(|&byte| byte == 0), "left in the buffer");
        }
        if !payload.is_empty() && full.len() <= MAX_TOKEN_LENGTH {
            let mut buffer = vec![UNTOUCHED; full.len()];
            let answer = verifier.verify_detached(full, payload, &mut buffer).map(drop);
            assert_eq!(answer, Err(Error::PayloadNotDetached));
        }
    }
}

impl Signing {
    /// Payloads that are nearly this one.
    fn others(&self, payload: &[u8]) -> [Vec<u8>; 2] {
        let mut other = payload.to_vec();
        match other.get_mut(usize::from(self.lengths[0]).min(payload.len().saturating_sub(1))) {
            Some(byte) => *byte ^= 1,
            None => other.push(0),
        }
        [other, [payload, b"\0"].concat()]
    }

    /// Declares the key, as code.
    fn declared_key(&self) -> String {
        let algorithms = if self.is_any { &Algorithm::ALL[..] } else { &[self.algorithm] };
        paste::keys(&KnownKeys::one(self.algorithm, &SECRET, algorithms))
    }

    /// Declares the key, the signer and what is signed, as code.
    fn declared(&self) -> String {
        let mut lines = vec![self.declared_key()];
        let mut calls = String::new();
        let typ = match &self.typ {
            Typ::ByPayload => None,
            Typ::Absent => {
                calls += ".without_typ()";
                None
            }
            Typ::Named(typ) => Some(typ),
        };
        for (name, text) in [
            ("typ", typ),
            ("key_id", self.key_id.as_ref()),
            ("header_parameters", self.parameters.as_ref()),
        ] {
            if let Some(text) = text {
                lines.push(paste::line(format!("let {name} = {};", paste::text(text))));
                calls += &format!(".{name}(&{name})");
            }
        }
        if self.allow_missing_expiration {
            calls += ".allow_missing_expiration()";
        }
        lines.push(paste::line(format!("let signer = Signer::new(&keys){calls};")));
        if let Some(Times { now, lifetime, jwt_id }) = &self.stamp {
            let jwt_id = jwt_id.as_ref().map(|bytes| format!(".jwt_id({})", paste::bytes(bytes)));
            let jwt_id = jwt_id.unwrap_or_default();
            lines.push(paste::line(format!("let stamp = Stamp::new({now}, {lifetime}){jwt_id};")));
        }
        match &self.payload {
            Payload::Text(text) => {
                lines.push(paste::line(format!("let text = {};", paste::text(text))));
            }
            Payload::Value(value) => {
                let is_doc = |line: &&str| line.starts_with("//!");
                let file = include_str!("value.rs").lines().skip_while(is_doc);
                lines.push(paste::line(file.collect::<Vec<_>>().join("\n")));
                lines.push(paste::line(format!("let value = {};", values::code(value))));
            }
            Payload::Bytes(bytes) => lines.push(self.declared_payload(bytes)),
        }
        lines.concat()
    }

    /// Declares a payload, whole and in pieces.
    fn declared_payload(&self, payload: &[u8]) -> String {
        let pieces: Vec<_> = pieces(payload, &self.lengths).map(paste::bytes).collect();
        let pieces = format!("let pieces: &[&[u8]] = &[{}];", pieces.join(", "));
        paste::line(pieces) + &paste::line("let payload = pieces.concat();")
    }

    /// A test that makes the token by this call in buffers of several lengths.
    fn as_test(&self, expected: &Expected, call: &str) -> String {
        let restart = match self.payload {
            Payload::Value(_) => "    restart();\n",
            _ => "",
        };
        let code = format!(
            "for room in {:?} {{\n    let mut buffer = vec![{UNTOUCHED}; room];\n{restart}    \
            let made = {call};\n    \
            let length = made.map_or(0, <[u8]>::len);\n    \
            let filler = if made.is_ok() {{ {UNTOUCHED} }} else {{ 0 }};\n    \
            match made {{\n{}    _ => panic!(\"{{made:?}} in {{room}} bytes\"),\n    }}\n    \
            assert!(buffer[length..].iter().all(|&byte| byte == filler), \"left in the buffer\");\n}}",
            self.rooms(expected.length),
            expected.arms(),
        );
        paste::test(&[self.declared(), paste::line(code)])
    }

    /// A test that verifies a payload that travels apart.
    fn as_verification(&self, token: &[u8], payload: &[u8]) -> String {
        let header = self.header();
        let normal = read(&header).map(|header| header.to_string()).unwrap_or_default();
        let others = self.others(payload).map(|other| format!("{}.to_vec()", paste::bytes(&other)));
        let needed = header.len();
        let code = format!(
            "let verifier = JwsVerifier::new(&keys);\n\
            for room in [{}, {needed}, {}] {{\n    \
                let expected = match room < {needed} {{\n        \
                    true => Err(Error::BufferTooSmall {{ needed: {} }}),\n        \
                    false => Ok({normal:?}.to_owned()),\n    }};\n    \
                let mut buffer = vec![{UNTOUCHED}; room];\n    \
                let answer = verifier.verify_detached(token, &payload, &mut buffer);\n    \
                assert_eq!(answer.map(|header| header.as_json().to_owned()), expected);\n    \
                let mut buffer = vec![{UNTOUCHED}; room];\n    \
                let answer = verifier.stream_detached(token, &mut buffer).and_then(|mut stream| {{\n        \
                    pieces.iter().try_for_each(|piece| stream.push(piece))?;\n        \
                    stream.finish().map(|header| header.as_json().to_owned())\n    }});\n    \
                assert_eq!(answer, expected);\n}}\n\
            for other in [{}] {{\n    \
                let mut buffer = vec![{UNTOUCHED}; {needed}];\n    \
                let answer = verifier.verify_detached(token, &other, &mut buffer).map(drop);\n    \
                assert_eq!(answer, Err(Error::SignatureMismatch));\n    \
                assert!(buffer.iter().all(|&byte| byte == 0), \"left in the buffer\");\n}}",
            needed - 1,
            needed + 9,
            shown(needed),
            others.join(", "),
        );
        paste::test(&[
            self.declared_key(),
            paste::line(format!("let token = {};", paste::bytes(token))),
            self.declared_payload(payload),
            paste::line(code),
        ])
    }
}

/// A length as an error shows it.
fn shown(length: usize) -> u16 {
    length.try_into().unwrap_or(u16::MAX)
}

/// Verifies a token under rules that accept any claims set with the right types. Returns the texts
/// of header and claims set, or nothing if there is no time at which the token is valid.
fn verify<K: Keys<Key: StreamingMac>>(key: K, token: &[u8]) -> Result<Option<[String; 2]>, Error> {
    let rules = Rules::mild();
    let mut buffer = vec![0; token.len()];
    let answer = rules.with_policy(|policy| {
        let token = Verifier::new(key, policy).verify(token, rules.time, &mut buffer)?;
        Ok([token.header().as_json().to_owned(), token.claims().as_json().to_owned()])
    });
    match answer.expect("the rules agree") {
        Err(Error::Expired | Error::NotYetValid) => Ok(None),
        answer => answer.map(Some),
    }
}

/// Verifies a JWS, and returns its payload.
fn verify_jws<K: Keys<Key: StreamingMac>>(key: K, token: &[u8]) -> Result<Vec<u8>, Error> {
    let mut buffer = vec![0; token.len()];
    JwsVerifier::new(key).verify(token, &mut buffer).map(|jws| jws.payload().to_vec())
}

/// Reads an object in which no name stands twice, at any depth.
fn check_names(text: &str, twice: Error) -> Result<Object, Error> {
    fn has_twice(value: &json::Value) -> bool {
        match value {
            json::Value::Array(values) => values.iter().any(has_twice),
            json::Value::Object(object) => {
                object.0.iter().any(|(name, value)| object.has_twice(name) || has_twice(value))
            }
            _ => false,
        }
    }
    match read(text).expect("it was verified") {
        value if has_twice(&value) => Err(twice),
        json::Value::Object(object) => Ok(object),
        other => panic!("not an object: {other}"),
    }
}
