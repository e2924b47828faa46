//! The fuzz targets: what each does with the bytes of an input. Any engine can call them.

use std::fmt::Debug;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::{panic, process};

use arbitrary::{Arbitrary, Unstructured};
use base64ct::{Base64UrlUnpadded, Encoding as _};
use embedded_jwt::{Hs256, Key, Time, Verifier};

use crate::arrivals::Arrivals;
use crate::check::{check, check_key, check_roomy, check_times};
use crate::date::Date;
use crate::generate::Made;
use crate::json::{Value, read};
use crate::judge::needed;
use crate::jwk::{JWK_PARTS, check_jwk};
use crate::key_set::MadeSet;
use crate::long::Long;
use crate::peers::{self, Peer, is_reserved, now};
use crate::reading::check_readings;
use crate::replay::Life;
use crate::rules::Rules;
use crate::saved::{check_restore, frame};
use crate::sign::Algorithm::{self, Hs256 as HS256};
use crate::sign::{SECRET, decode};
use crate::signing::Signing;
use crate::two_texts;

/// A target.
#[derive(Clone, Copy)]
pub struct Target {
    pub name: &'static str,
    /// Panics if an answer is wrong.
    pub run: fn(&[u8]),
    /// Shows what an input stands for.
    pub show: fn(&[u8]) -> String,
}

// Each program names one of these, and so links nothing of the others: after each execution,
// libFuzzer goes through the counters of all code that is linked.

pub const TOKEN: Target = of_text("token", token);
pub const SIGNED: Target = of_text("signed", signed);
pub const JSON: Target = of_text("json", json);
pub const SEGMENTS: Target = of_text("segments", segments);
pub const NUMERIC_DATE: Target = of_text("numeric_date", numeric_date);
pub const POLICY: Target = of_text("policy", policy);
pub const STRUCTURED: Target =
    Target { name: "structured", run: structured, show: |input| shown::<Made>(input) };
pub const READING: Target = of_text("reading", reading);
pub const LONG: Target =
    Target { name: "long", run: long, show: |input| format!("{:?}", Long::read(input)) };
pub const PEERS: Target = of_text("peers", peers);
pub const JWK: Target = of_text("jwk", jwk);
pub const KEY_SET: Target =
    Target { name: "key_set", run: key_set, show: |input| shown::<MadeSet>(input) };
pub const STREAM: Target =
    Target { name: "stream", run: stream, show: |input| shown::<Arrivals>(input) };
pub const REPLAY: Target =
    Target { name: "replay", run: replay, show: |input| shown::<Life>(input) };
pub const RESTORE: Target = of_text("restore", restore);
pub const SIGN: Target = Target { name: "sign", run: sign, show: |input| shown::<Signing>(input) };

/// All targets.
pub const TARGETS: [Target; 16] = [
    TOKEN,
    SIGNED,
    JSON,
    SEGMENTS,
    NUMERIC_DATE,
    POLICY,
    STRUCTURED,
    READING,
    LONG,
    PEERS,
    JWK,
    KEY_SET,
    STREAM,
    REPLAY,
    RESTORE,
    SIGN,
];

const fn of_text(name: &'static str, run: fn(&[u8])) -> Target {
    Target { name, run, show: |input| input.escape_ascii().to_string() }
}

impl Target {
    /// The target with this name.
    pub fn named(name: &str) -> Option<Self> {
        TARGETS.into_iter().find(|target| target.name == name)
    }
}

/// Whether an engine fuzzes.
static IS_FUZZED: AtomicBool = AtomicBool::new(false);

/// Runs a target for an engine that takes an abort for a finding. Everything is unwound first, so
/// that a test is printed (`paste.rs`).
pub fn run_or_abort(target: &Target, input: &[u8]) {
    // libFuzzer has set a hook that aborts at once.
    if !IS_FUZZED.swap(true, Ordering::Relaxed) {
        drop(panic::take_hook());
    }
    if panic::catch_unwind(|| (target.run)(input)).is_err() {
        process::abort();
    }
}

/// Generates a value from all bytes of an input.
fn generated<'a, T: Arbitrary<'a>>(input: &'a [u8]) -> Option<T> {
    T::arbitrary_take_rest(Unstructured::new(input)).ok()
}

fn shown<T: for<'a> Arbitrary<'a> + Debug>(input: &[u8]) -> String {
    generated::<T>(input).map_or("nothing".to_owned(), |value| format!("{value:#?}"))
}

/// The parts of an execution that do not depend on one another, as numbers from 0 on. While an
/// engine fuzzes, each input goes through one of them, which its bytes pick: a corpus has many
/// inputs that are alike, and most of them would repeat most of the work. Everywhere else, it goes
/// through all of them.
fn parts(input: &[u8], count: usize) -> Range<usize> {
    if IS_FUZZED.load(Ordering::Relaxed) {
        let hash = input.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, &byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        let part = (hash >> 32) as usize % count;
        part..part + 1
    } else {
        0..count
    }
}

/// Any bytes as a token. The answer must be the judge's, with one MAC at most, and a refused token
/// must be wiped from the buffer.
fn token(token: &[u8]) {
    for part in parts(token, 12) {
        let algorithm = Algorithm::ALL[part % 3];
        let needed = needed(&[algorithm], token).unwrap_or(0);
        let room = [0, needed.saturating_sub(1), needed, token.len()][part / 3];
        let _ = check(algorithm, &Rules::mild(), token, room);
    }
}

/// Any header and payload with a valid MAC. The answer must be the judge's. Input: the header, an
/// empty line, the payload.
fn signed(input: &[u8]) {
    let (header, payload) = two_texts(input);
    let algorithm = Algorithm::named_in(header);
    let token = algorithm.sign(header, payload);
    for part in parts(input, 2) {
        let rules = match part {
            0 => Rules::read(b"issuer=joe typ=JWT leeway=30 now=1300819380"),
            _ => Rules::mild(),
        };
        let _ = check_roomy(algorithm, &rules, &token);
    }
}

/// Any text as payload, as a claim and as a header parameter. `serde_json` must accept the same
/// texts. The normal form must be the shortest equal text, and parsing it again must change
/// nothing.
fn json(text: &[u8]) {
    const HEADER: &[u8] = br#"{"alg":"HS256"}"#;
    let as_parameter = [br#"{"alg":"HS256","":"#, text, b"}"].concat();
    let as_claim = [br#"{"":"#, text, b"}"].concat();
    for part in parts(text, 3) {
        let (header, payload): (&[u8], &[u8]) =
            [(HEADER, text), (HEADER, &as_claim[..]), (&as_parameter[..], b"{}")][part];
        let first = check_roomy(HS256, &Rules::mild(), &HS256.sign(header, payload));
        if let Ok(first) = first {
            let (header, claims) = (first.header.to_string(), first.claims.to_string());
            let again = HS256.sign(header.as_bytes(), claims.as_bytes());
            assert_eq!(check_roomy(HS256, &Rules::mild(), &again), Ok(first));
        }
    }
}

/// Any symbols as each of the three segments, signed as they are, and as a key. The `base64` and
/// `base64ct` crates must decode or refuse them alike.
fn segments(symbols: &[u8]) {
    let by_base64ct = str::from_utf8(symbols).map(Base64UrlUnpadded::decode_vec);
    assert_eq!(decode(symbols), by_base64ct.ok().and_then(Result::ok));
    check_key(symbols);
    for part in parts(symbols, 12) {
        let algorithm = Algorithm::ALL[part % 3];
        let good = algorithm.sign_segments(b"e30", b"e30");
        let (start, tag) = good.split_at(8);
        let token = match part / 3 {
            0 => algorithm.sign_segments(symbols, b"e30"),
            1 => algorithm.sign_segments(b"e30", symbols),
            2 => [start, symbols].concat(),
            _ => [start, &tag[..tag.len() - symbols.len().min(tag.len())], symbols].concat(),
        };
        let _ = check_roomy(algorithm, &Rules::default(), &token);
    }
}

/// Any numbers as `exp`, `nbf` and `iat`, at every second where the answer changes. They must be
/// compared as in exact decimal arithmetic. Input: one number a line.
fn numeric_date(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    let numbers: Vec<&str> = text.lines().take(3).collect();
    let mut members = Vec::new();
    for (name, number) in ["exp", "nbf", "iat"].into_iter().zip(&numbers) {
        members.push(format!("\"{name}\":{number}"));
    }
    let token = HS256.sign(br#"{"alg":"HS256"}"#, format!("{{{}}}", members.join(",")).as_bytes());
    let mut times = vec![Time::Known(0), Time::Known(u64::MAX)];
    for number in numbers {
        let Some(Value::Number(number)) = read(number) else { continue };
        let seconds = Date::read(&number).seconds();
        let near = (seconds - 1..=seconds + 1).filter_map(|second| u64::try_from(second).ok());
        times.extend(near.map(Time::Known));
    }
    const RULES: [&str; 3] = ["no-exp", "lifetime=1 leeway=1", "no-exp no-future age=1"];
    for part in parts(input, RULES.len()) {
        let rules = Rules { time: times[0], ..Rules::read(RULES[part].as_bytes()) };
        let _ = check_roomy(HS256, &rules, &token);
        check_times(HS256, &rules, &token, &times[1..]);
    }
}

/// Any rules and time, and any claims. The answer must be the judge's, and a contradictory policy
/// must be refused. Input: the rules as words, an empty line, the claims.
fn policy(input: &[u8]) {
    let (rules, claims) = two_texts(input);
    let token = HS256.sign(br#"{"alg":"HS256","typ":"JWT"}"#, claims);
    let _ = check_roomy(HS256, &Rules::read(rules), &token);
}

/// Tokens generated member by member, with escapes, duplicates, wrong types and other faults, under
/// rules that they nearly follow. The answers must be the judge's.
fn structured(input: &[u8]) {
    let Some(made) = generated::<Made>(input) else { return };
    let _ = check(made.algorithm, &made.rules, &made.token, made.room);
}

/// Any claims, read into numbers, strings, lists, enums, structs and maps. The values must be those
/// that `serde_json` reads. Input: the claims.
fn reading(claims: &[u8]) {
    let token = HS256.sign(br#"{"alg":"HS256"}"#, claims);
    let key = Key::<Hs256>::new(&SECRET).expect("it is long enough");
    let mut buffer = vec![0; token.len()];
    let answer = Rules::mild().with_policy(|policy| {
        if let Ok(found) = Verifier::new(key, policy).verify(&token, Time::Unknown, &mut buffer) {
            check_readings(&token, found.claims());
        }
    });
    answer.expect("no contradiction");
}

/// Long tokens from short inputs (`long.rs`). The answers must be the judge's.
fn long(input: &[u8]) {
    Long::read(input).check();
}

/// Any header and claims, verified by `jsonwebtoken` and `jwt-simple` under an equal policy. They
/// must accept what we accept, with equal claims, except for the differences in
/// `peer-differences.tsv`: then they must refuse. Input: the header, an empty line, the claims.
fn peers(input: &[u8]) {
    let (header, claims) = two_texts(input);
    let token = HS256.sign(header, claims);
    let now = now();
    let Ok(ours) = check_roomy(HS256, &peers::rules(now), &token) else { return };
    if is_reserved(&ours.header) || is_reserved(&ours.claims) {
        return;
    }
    for peer in Peer::ALL {
        let token = str::from_utf8(&token).expect("it was accepted");
        let theirs = peer.verify(token, now, Some(&ours.claims));
        let known = peer.known_refusal(&ours.header, &ours.claims);
        assert_eq!(theirs.is_err(), known.is_some(), "{peer:?}: {theirs:?}, known: {known:?}");
    }
}

/// Any text as a JSON Web Key and as a JWK Set. Exactly the judge's keys must be read, or none if
/// the judge refuses the text. Input: the text.
fn jwk(text: &[u8]) {
    parts(text, JWK_PARTS).for_each(|part| check_jwk(text, part));
}

/// Key sets that change, and generated tokens that name one of the keys, another one, or none. The
/// answers must be the judge's.
fn key_set(input: &[u8]) {
    if let Some(made) = generated::<MadeSet>(input) {
        let _ = made.check();
    }
}

/// One to three tokens in pieces on one streaming verifier, some of them abandoned. However they
/// are cut, answers, tokens and buffer must be those of the whole tokens.
fn stream(input: &[u8]) {
    let Some(arrivals) = generated::<Arrivals>(input) else { return };
    parts(input, arrivals.parts()).for_each(|part| arrivals.check(part));
}

/// The life of a device: repeated tokens, revocations, saves, power losses, and clocks that are set
/// back. The answers must be those of a simple model, and no token may be accepted twice.
fn replay(input: &[u8]) {
    if let Some(life) = generated::<Life>(input) {
        life.check();
    }
}

/// Any bytes as the saved state of a replay guard, of revocations and of a time floor, unchanged
/// and with a correct frame. They must be restored exactly, or refused without a change.
fn restore(content: &[u8]) {
    for part in parts(content, 4) {
        match part {
            0 => check_restore(content),
            _ => {
                let kind = b"RVF"[part - 1];
                let framed = frame(kind, 1, content);
                check_restore(&framed);
                check_restore(&framed[..framed.len() - 1]);
                check_restore(&frame(kind, 2, content));
            }
        }
    }
}

/// Tokens made of text, of any value that serde knows, and for payloads that travel apart. Each
/// must be the one that an independent signer makes, and a verifier must accept it. What is refused
/// must be refused by a verifier too, or have a name twice, or lack `exp`.
fn sign(input: &[u8]) {
    if let Some(signing) = generated::<Signing>(input) {
        let _ = signing.check();
    }
}
