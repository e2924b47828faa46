//! A case for the fuzz target `c_abi`: a policy, a token, and how it is verified. What the other
//! targets share.

use std::collections::BTreeMap;
use std::ffi::{CString, c_char};
use std::ptr;

use arbitrary::{Arbitrary, Unstructured};
use embedded_jwt::{
    AnyAlgorithm, AnyKey, Claims, Error, IncomingToken, KeyEntry, KeySet, Policy, ReplayGuard,
    Signer, Time, Verifier, WhenFull,
};
use embedded_jwt_c::*;
use serde_json::value::RawValue;

pub mod payloads;
pub mod signing;
pub mod state;
mod unverified;

const SECRET: [u8; 64] = [7; 64];
const ALGORITHMS: [AnyAlgorithm; 3] =
    [AnyAlgorithm::Hs256, AnyAlgorithm::Hs384, AnyAlgorithm::Hs512];
const NAMES: [&str; 12] = [
    "iss",
    "sub",
    "aud",
    "exp",
    "nbf",
    "iat",
    "jti",
    "door",
    "a\\\"b",
    "s\\u0075b",
    "",
    "\\ud83d\\ude00",
];
const VALUES: [&str; 20] = [
    "\"a\"",
    "\"b\"",
    "\"\"",
    "[\"a\",\"b\"]",
    "[]",
    "[1]",
    "1",
    "1800000000",
    "1799999999.5",
    "1800000001",
    "1900000000",
    "-1e300",
    "18446744073709551615",
    "-9223372036854775808",
    "true",
    "null",
    "{\"a\":[{}]}",
    "\"\\u0000\"",
    "\"a\\/\\\\\\n\"",
    "\"\u{e4}\"",
];
const TEXTS: [&str; 4] = ["a", "b", "\u{e4}", "https://id.example"];
const TYPES: [&str; 3] = ["JWT", "at+jwt", "a"];

/// A policy, a token, and how it is verified.
#[derive(Debug)]
pub struct Case {
    algorithm: AnyAlgorithm,
    rules: Rules,
    token: Vec<u8>,
    room: usize,
    piece: usize,
    time: Time,
    key_id: bool,
}

/// The rules of a policy, as both interfaces can say them.
#[derive(Debug, Default)]
struct Rules {
    issuer: Option<&'static str>,
    issuers: Option<Vec<&'static str>>,
    subject: Option<&'static str>,
    audience: Option<&'static str>,
    audiences: Option<Vec<&'static str>>,
    typ: Option<&'static str>,
    required: Vec<&'static str>,
    leeway: u32,
    age: u32,
    lifetime: u32,
    remaining: u32,
    depth: u8,
    flags: u32,
}

/// One of the list, rarely.
fn some<T: Copy>(u: &mut Unstructured<'_>, list: &[T]) -> arbitrary::Result<Option<T>> {
    if u.ratio(1, 4)? { Ok(Some(*u.choose(list)?)) } else { Ok(None) }
}

fn list(u: &mut Unstructured<'_>) -> arbitrary::Result<Option<Vec<&'static str>>> {
    if !u.ratio(1, 6)? {
        return Ok(None);
    }
    let length = u.int_in_range(0..=3)?;
    (0..length).map(|_| u.choose(&TEXTS).copied()).collect::<Result<_, _>>().map(Some)
}

/// A claims set, nearly as it has to be.
fn claims_set(u: &mut Unstructured<'_>) -> arbitrary::Result<Vec<u8>> {
    let mut claims = b"{".to_vec();
    if u.ratio(3, 4)? {
        claims.extend(b"\"exp\":1900000000,");
    }
    for _ in 0..u.int_in_range(0..=6)? {
        let (name, value) = (u.choose(&NAMES)?, u.choose(&VALUES)?);
        claims.extend(format!("\"{name}\":{value},").bytes());
    }
    claims.pop_if(|byte| *byte == b',');
    claims.push(b'}');
    if u.ratio(1, 8)? {
        let at = u.choose_index(claims.len())?;
        claims[at] = u.arbitrary()?;
    }
    Ok(claims)
}

fn key_of(algorithm: AnyAlgorithm) -> AnyKey {
    AnyKey::new(algorithm, &SECRET).expect("a secret for all algorithms")
}

/// The same key in C.
fn key_in_c(algorithm: AnyAlgorithm) -> Box<ejwt_key> {
    let mut key = zeroed::<ejwt_key>();
    let make = [ejwt_key_hs256, ejwt_key_hs384, ejwt_key_hs512][algorithm as usize];
    // SAFETY: the memory and the secret are there.
    assert_eq!(unsafe { make(&mut *key, SECRET.as_ptr().cast(), SECRET.len()) }, EJWT_OK);
    key
}

/// The types of the C interface whose bytes may be any.
trait Plain {}
impl Plain for ejwt_key {}
impl Plain for ejwt_key_set {}
impl Plain for ejwt_incoming {}
impl Plain for ejwt_replay_guard {}
impl Plain for ejwt_revocations {}
impl Plain for ejwt_stream {}
impl Plain for ejwt_time_floor {}
impl Plain for ejwt_token {}
impl Plain for ejwt_unverified {}

/// Memory for an object of C.
fn zeroed<T: Plain>() -> Box<T> {
    // SAFETY: any bytes are such an object.
    Box::new(unsafe { std::mem::zeroed() })
}

fn time_in_c(time: Time) -> ejwt_time {
    match time {
        Time::Known(now) => ejwt_time_known(now),
        Time::AtLeast(now) => ejwt_time_at_least(now),
        Time::Unknown => ejwt_time_unknown(),
    }
}

impl<'a> Arbitrary<'a> for Rules {
    fn arbitrary(u: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        let number = |u: &mut Unstructured<'a>| -> arbitrary::Result<u32> {
            Ok(some(u, &[1, 10, 600, 601, u32::MAX])?.unwrap_or(0))
        };
        let mut rules = Self {
            issuer: some(u, &TEXTS)?,
            issuers: list(u)?,
            subject: some(u, &TEXTS)?,
            audience: some(u, &TEXTS)?,
            audiences: list(u)?,
            typ: some(u, &TYPES)?,
            leeway: number(u)?,
            age: number(u)?,
            lifetime: number(u)?,
            remaining: number(u)?,
            depth: some(u, &[1, 2, 3, 32, 33, 255])?.unwrap_or(0),
            flags: if u.arbitrary()? { 1 | 2 | 4 } else { u.int_in_range(0..=63)? },
            ..Self::default()
        };
        if u.ratio(1, 6)? {
            for _ in 0..u.int_in_range(1..=2)? {
                rules.required.push(u.choose(&["door", "exp", "aud", "jti", "a\"b"])?);
            }
        }
        Ok(rules)
    }
}

impl<'a> Arbitrary<'a> for Case {
    fn arbitrary(u: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        let algorithm = *u.choose(&ALGORITHMS)?;
        let rules = u.arbitrary()?;
        let key = key_of(algorithm);
        let time = match u.int_in_range(0..=7)? {
            0 => Time::Unknown,
            1 => Time::AtLeast(1_800_000_000),
            2 => Time::Known(u.arbitrary()?),
            _ => Time::Known(1_800_000_000),
        };
        let [key_id, is_named] = [u.ratio(1, 2)?, !u.ratio(1, 8)?];
        let payload = claims_set(u)?;
        let mut signer = Signer::new(&key).typ(u.choose(&TYPES)?);
        if key_id && is_named {
            signer = signer.key_id("key");
        }
        if let Some(parameters) = some(u, &["{\"crit\":[]}", "{\"cty\":\"JWT\"}", "{\"x\":[1]}"])? {
            signer = signer.header_parameters(parameters);
        }
        let mut memory = [0; 1024];
        let mut token = signer.sign_payload(&payload, &mut memory).unwrap_or_default().to_vec();
        if u.ratio(1, 8)? && !token.is_empty() {
            let at = u.choose_index(token.len())?;
            token[at] = *u.choose(b".A=_\x00")?;
        }
        if u.ratio(1, 16)? {
            token.truncate(u.int_in_range(0..=token.len())?);
        }
        let room = if u.ratio(1, 8)? { u.int_in_range(0..=300)? } else { token.len() };
        let piece = *u.choose(&[1, 7, 63, 64, 65, 2000])?;
        Ok(Self { algorithm, rules, token, room, piece, time, key_id })
    }
}

/// What a verification answers: header and claims as JSON, or the code and its detail.
type Answer = Result<[String; 2], (i32, u32)>;

fn detail(error: Error) -> u32 {
    match error {
        Error::BufferTooSmall { needed } => needed.into(),
        Error::MissingClaim { index } => index.into(),
        Error::InvalidBase64Url { segment } => segment as u32,
        _ => 0,
    }
}

fn refused(error: Error) -> (i32, u32) {
    (error.code().into(), detail(error))
}

impl Case {
    /// Verifies in all ways. Panics if the C interface answers anything else than the Rust library.
    pub fn check(&self) {
        unverified::check(&self.token, self.room);
        let expected = self.with_policy(|policy| self.verify(policy));
        let expected =
            expected.unwrap_or_else(|error| std::array::from_fn(|_| Err(refused(error))));
        for (way, expected) in ["whole", "stream", "incoming"].into_iter().zip(expected) {
            assert_eq!(self.verify_c(way), expected, "{way}: {self:?}");
        }
    }

    fn with_policy<T>(&self, work: impl FnOnce(Policy<'_>) -> T) -> Result<T, Error> {
        let rules = &self.rules;
        let mut builder = Policy::builder().leeway(rules.leeway);
        if let Some(issuer) = rules.issuer {
            builder = builder.issuer(issuer);
        }
        if let Some(subject) = rules.subject {
            builder = builder.subject(subject);
        }
        if let Some(audience) = rules.audience {
            builder = builder.audience(audience);
        }
        if let Some(typ) = rules.typ {
            builder = builder.typ(typ);
        }
        if let Some(issuers) = &rules.issuers {
            builder = builder.issuers(issuers);
        }
        if let Some(audiences) = &rules.audiences {
            builder = builder.audiences(audiences);
        }
        builder = builder.required_claims(&rules.required);
        if rules.age > 0 {
            builder = builder.maximum_age(rules.age);
        }
        if rules.lifetime > 0 {
            builder = builder.maximum_lifetime(rules.lifetime);
        }
        if rules.remaining > 0 {
            builder = builder.maximum_remaining_lifetime(rules.remaining);
        }
        if rules.depth > 0 {
            builder = builder.maximum_depth(rules.depth);
        }
        let is_on = |flag| rules.flags & flag != 0;
        if is_on(EJWT_ALLOW_MISSING_EXPIRATION) {
            builder = builder.allow_missing_expiration();
        }
        if is_on(EJWT_ALLOW_ANY_AUDIENCE) {
            builder = builder.allow_any_audience();
        }
        if is_on(EJWT_ALLOW_UNCERTAIN_TIME) {
            builder = builder.allow_uncertain_time();
        }
        if is_on(EJWT_ALLOW_MISSING_JWT_ID) {
            builder = builder.allow_missing_jwt_id();
        }
        if is_on(EJWT_ALLOW_MISTYPED_REGISTERED_CLAIMS) {
            builder = builder.allow_mistyped_registered_claims();
        }
        if is_on(EJWT_REFUSE_ISSUED_IN_FUTURE) {
            builder = builder.refuse_issued_in_future();
        }
        builder.build().map(work)
    }

    /// The answers of the Rust library: whole, as a stream, and as an incoming token.
    fn verify(&self, policy: Policy<'_>) -> [Answer; 3] {
        let mut guard = ReplayGuard::<32>::new(WhenFull::Refuse);
        macro_rules! verify {
            ($keys:expr) => {{
                let keys = $keys;
                let verifier = Verifier::new(&keys, policy);
                let mut buffers = [const { Vec::new() }; 3].map(|_: Vec<u8>| vec![0; self.room]);
                let [whole, stream, incoming] = &mut buffers;
                let replay = &mut guard;
                let whole = verifier.verify_with(&self.token, self.time, &(), replay, whole);
                let mut streaming = verifier.stream(stream);
                let mut arriving = IncomingToken::new(incoming);
                for piece in self.token.chunks(self.piece) {
                    let _ = streaming.push(piece);
                    let _ = arriving.push(piece);
                }
                let answer = |token: Result<embedded_jwt::Token<'_>, Error>| -> Answer {
                    let token = token.map_err(refused)?;
                    Ok([token.header().as_json().to_owned(), read(token.claims())])
                };
                [
                    answer(whole),
                    answer(streaming.finish(self.time)),
                    answer(arriving.verify(&verifier, self.time)),
                ]
            }};
        }
        if self.key_id {
            let mut keys: KeySet<AnyKey, 4> = KeySet::new();
            keys.add("key", KeyEntry::new(key_of(self.algorithm))).expect("room for a key");
            verify!(keys)
        } else {
            verify!(key_of(self.algorithm))
        }
    }

    /// The answer of the C interface.
    fn verify_c(&self, way: &str) -> Answer {
        let mut texts = Texts::default();
        let policy = texts.policy(&self.rules);
        let now = time_in_c(self.time);
        let mut buffer = vec![0xee_u8; self.room];
        let (room, size) = (buffer.as_mut_ptr().cast(), buffer.len());
        let (token, length) = (self.token.as_ptr().cast(), self.token.len());
        // SAFETY: all objects are plain memory, and all pointers lead to what they are for.
        unsafe {
            let mut key = key_in_c(self.algorithm);
            let mut set = zeroed::<ejwt_key_set>();
            let mut guard = zeroed::<ejwt_replay_guard>();
            let mut stream = zeroed::<ejwt_stream>();
            let mut incoming = zeroed::<ejwt_incoming>();
            let mut verified = zeroed::<ejwt_token>();
            if self.key_id {
                assert_eq!(ejwt_key_set_init(&mut *set, size_of::<ejwt_key_set>(), 0), EJWT_OK);
                let added = ejwt_key_set_add(&mut *set, c"key".as_ptr(), &mut *key, ptr::null());
                assert_eq!(added, EJWT_OK);
            }
            let (key, set) = (&raw const *key, &raw const *set);
            let guard_size = size_of::<ejwt_replay_guard>();
            assert_eq!(ejwt_replay_guard_init(&mut *guard, guard_size, 0), EJWT_OK);
            let checks = ejwt_checks {
                revocations: ptr::null(),
                check: None,
                context: ptr::null_mut(),
                replay_guard: &mut *guard,
            };
            let pushed = |push: &mut dyn FnMut(*const std::ffi::c_void, usize) -> i32| {
                for piece in self.token.chunks(self.piece) {
                    push(piece.as_ptr().cast(), piece.len());
                }
            };
            let proof = &raw mut *verified;
            let code = match (way, self.key_id) {
                ("whole", false) => {
                    ejwt_verify_with(key, &policy, token, length, now, &checks, room, size, proof)
                }
                ("whole", true) => ejwt_key_set_verify(
                    set, &policy, token, length, now, &checks, room, size, proof,
                ),
                ("stream", _) => {
                    let stream = &raw mut *stream;
                    let begun = if self.key_id {
                        ejwt_key_set_stream_begin(stream, set, &policy, room, size)
                    } else {
                        ejwt_stream_begin(stream, key, &policy, room, size)
                    };
                    if begun != EJWT_OK {
                        return Err((begun, 0));
                    }
                    pushed(&mut |piece, length| ejwt_stream_push(stream, piece, length));
                    ejwt_stream_finish(stream, now, ptr::null(), proof)
                }
                _ => {
                    let incoming = &raw mut *incoming;
                    assert_eq!(ejwt_incoming_init(incoming, room, size), EJWT_OK);
                    pushed(&mut |piece, length| ejwt_incoming_push(incoming, piece, length));
                    if self.key_id {
                        ejwt_key_set_incoming_verify(
                            incoming,
                            set,
                            &policy,
                            now,
                            ptr::null(),
                            proof,
                        )
                    } else {
                        ejwt_incoming_verify(incoming, key, &policy, now, ptr::null(), proof)
                    }
                }
            };
            let answer = if code == EJWT_OK {
                Ok([json_of(proof, ejwt_header_json), read_c(proof)])
            } else {
                Err((code, (*proof).detail))
            };
            match way {
                "stream" => assert_eq!(ejwt_stream_end(&mut *stream), EJWT_OK),
                "incoming" => assert_eq!(ejwt_incoming_end(&mut *incoming), EJWT_OK),
                _ => {}
            }
            // Of a token that is refused, nothing that was decoded stays.
            let is_wiped = buffer.iter().all(|byte| matches!(byte, 0 | 0xee));
            assert!(answer.is_ok() || is_wiped, "{way}: {self:?}");
            answer
        }
    }
}

/// The names of claims that are read, as their text is.
const READ: [&str; 8] = ["iss", "sub", "aud", "exp", "jti", "door", "a\"b", "none"];

/// What reading the claims answers, by the Rust library.
fn read(claims: &Claims<'_>) -> String {
    let mut lines = claims.as_json().to_owned();
    let all: BTreeMap<String, Box<RawValue>> =
        serde_json::from_str(claims.as_json()).expect("verified claims are JSON");
    for name in READ {
        let string = claims.string(name).map(|string| string.bytes().collect::<Vec<u8>>());
        let string = string.map_err(|error| error.code()).and_then(|bytes| {
            if bytes.contains(&0) { Err(255) } else { Ok(String::from_utf8(bytes).unwrap()) }
        });
        let code = |error: Error| error.code();
        let numbers = (
            claims.get::<i32>(name).map_err(code),
            claims.get::<i64>(name).map_err(code),
            claims.get::<u64>(name).map_err(code),
            claims.get::<bool>(name).map_err(code),
        );
        // Whether the claim is there, and only once.
        let json = match claims.get::<serde_json::Value>(name).map_err(code) {
            Err(error @ (56 | 91)) => Err(error),
            _ => Ok(all[name].get().to_owned()),
        };
        lines += &format!("{name}: {string:?} {numbers:?} {json:?}\n");
    }
    for date in [claims.expiration(), claims.not_before(), claims.issued_at()] {
        lines += &format!("{:?}\n", date.map(|date| (date.seconds(), date.subsec_nanoseconds())));
    }
    for audience in claims.audiences() {
        lines += &format!("{:?}\n", audience.bytes().collect::<Vec<u8>>());
    }
    lines
}

type Json = unsafe extern "C" fn(*const ejwt_token, *mut *const c_char, *mut usize) -> ejwt_code;

/// A JSON text of a token.
///
/// # Safety
/// It is a token.
unsafe fn json_of(token: *const ejwt_token, read: Json) -> String {
    let (mut text, mut length) = (ptr::null(), 0);
    // SAFETY: as the caller promises.
    unsafe {
        assert_eq!(read(token, &mut text, &mut length), EJWT_OK);
        text_of(text, length)
    }
}

/// # Safety
/// There are so many bytes.
unsafe fn text_of(text: *const c_char, length: usize) -> String {
    // SAFETY: as the caller promises.
    let bytes = unsafe { std::slice::from_raw_parts(text.cast::<u8>(), length) };
    String::from_utf8(bytes.to_vec()).expect("texts of a token are UTF-8")
}

/// What reading the claims answers, by the C interface.
///
/// # Safety
/// It is a token.
unsafe fn read_c(token: *const ejwt_token) -> String {
    /// A value, or the code as the library has it. A zero byte is C's own.
    fn answer<T>(code: ejwt_code, value: T) -> Result<T, u8> {
        match code {
            EJWT_OK => Ok(value),
            EJWT_EMBEDDED_NUL => Err(255),
            code => Err(u8::try_from(code).expect("a code of the library")),
        }
    }
    // SAFETY: as the caller promises, and all places are large enough.
    unsafe {
        let mut lines = json_of(token, ejwt_claims_json);
        for name in READ {
            let text = CString::new(name).expect("no zero bytes");
            let name_of = text.as_ptr();
            let (mut memory, mut length) = ([0 as c_char; 1024], 0);
            let code =
                ejwt_claim_string(token, name_of, memory.as_mut_ptr(), memory.len(), &mut length);
            let string = answer(code, ()).map(|()| text_of(memory.as_ptr(), length));
            let (mut i32, mut i64, mut u64, mut boolean) = (0, 0, 0, false);
            let numbers = (
                answer(ejwt_claim_i32(token, name_of, &mut i32), ()).map(|()| i32),
                answer(ejwt_claim_i64(token, name_of, &mut i64), ()).map(|()| i64),
                answer(ejwt_claim_u64(token, name_of, &mut u64), ()).map(|()| u64),
                answer(ejwt_claim_bool(token, name_of, &mut boolean), ()).map(|()| boolean),
            );
            let (mut start, mut length) = (ptr::null(), 0);
            let code = ejwt_claim_json(token, name_of, &mut start, &mut length);
            let json = answer(code, ()).map(|()| text_of(start, length));
            lines += &format!("{name}: {string:?} {numbers:?} {json:?}\n");
        }
        for name in [c"exp", c"nbf", c"iat"] {
            let (mut seconds, mut nanoseconds) = (0_i64, 0_u32);
            let code = ejwt_claim_date(token, name.as_ptr(), &mut seconds, &mut nanoseconds);
            let date = answer(code, ()).ok().map(|()| (seconds, nanoseconds));
            lines += &format!("{date:?}\n");
        }
        for index in 0.. {
            let (mut memory, mut length) = ([0 as c_char; 1024], 0);
            let place = memory.as_mut_ptr();
            match ejwt_audience(token, index, place, memory.len(), &mut length) {
                EJWT_OK => lines += &format!("{:?}\n", text_of(place, length).into_bytes()),
                EJWT_EMBEDDED_NUL => lines += "[0]\n",
                code => {
                    assert_eq!(code, EJWT_MISSING_MEMBER);
                    break;
                }
            }
        }
        lines
    }
}

/// Texts that end with a zero byte, and lists of them, as long as a policy needs them.
#[derive(Default)]
struct Texts {
    texts: Vec<CString>,
    lists: Vec<Vec<*const c_char>>,
}

impl Texts {
    fn text(&mut self, text: &str) -> *const c_char {
        self.texts.push(CString::new(text).expect("no zero bytes"));
        self.texts.last().map_or(ptr::null(), |text| text.as_ptr())
    }

    /// A pointer that is not null, even if the list is empty.
    fn list(&mut self, list: &[&str]) -> (*const *const c_char, usize) {
        let mut texts: Vec<_> = list.iter().map(|text| self.text(text)).collect();
        texts.reserve(1);
        self.lists.push(texts);
        self.lists.last().map_or((ptr::null(), 0), |texts| (texts.as_ptr(), texts.len()))
    }

    fn policy(&mut self, rules: &Rules) -> ejwt_policy {
        let mut text = |text: Option<&str>| text.map_or(ptr::null(), |text| self.text(text));
        let [issuer, subject] = [text(rules.issuer), text(rules.subject)];
        let [audience, typ] = [text(rules.audience), text(rules.typ)];
        let mut list =
            |list: Option<&[&str]>| list.map_or((ptr::null(), 0), |list| self.list(list));
        let (issuers, issuers_length) = list(rules.issuers.as_deref());
        let (audiences, audiences_length) = list(rules.audiences.as_deref());
        let required = (!rules.required.is_empty()).then_some(&rules.required[..]);
        let (required_claims, required_claims_length) = list(required);
        ejwt_policy {
            issuer,
            issuers,
            issuers_length,
            subject,
            audience,
            audiences,
            audiences_length,
            typ,
            required_claims,
            required_claims_length,
            leeway: rules.leeway,
            maximum_age: rules.age,
            maximum_lifetime: rules.lifetime,
            maximum_remaining_lifetime: rules.remaining,
            maximum_depth: rules.depth.into(),
            flags: rules.flags,
        }
    }
}
