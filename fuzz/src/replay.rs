//! The life of a device that remembers tokens, and a simple model of it.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use arbitrary::{Arbitrary, Unstructured};
use embedded_jwt::{
    Error, MAX_LEEWAY, Presented, Replay, ReplayGuard, Revocations, Time, TimeFloor, Verifier,
    WhenFull,
};

use crate::check::HS256;
use crate::date::Date;
use crate::json::Object;
use crate::judge::{KnownKeys, date, is_issued_before, text_or_absent, without_nulls};
use crate::paste::{self, IfPanics};
use crate::random::{near, rarely};
use crate::refusal::{Refusal, agree};
use crate::rules::Rules;
use crate::sign::{Algorithm, SECRET};

/// The events in the life of a device.
#[derive(Debug)]
pub struct Life {
    /// How many tokens it can remember: 1 to 4.
    room: usize,
    when_full: WhenFull,
    steps: Vec<Step>,
}

#[derive(Debug)]
enum Step {
    Verify {
        rules: Box<Rules>,
        claims: String,
    },
    Save,
    /// The state is restored from the last save, or from this many saves before it.
    LosePower(usize),
    Change(Change),
}

/// A change to the revocations.
#[derive(Debug)]
enum Change {
    RevokeJwtId(&'static str, u64),
    RevokeSubject(&'static str, u64),
    RevokeIssuedBefore(u64),
    ReinstateJwtId(&'static str),
    ReinstateSubject(&'static str),
    ForgetExpired(Time),
}

/// Names of tokens, subjects and issuers. There are few, so that they often match.
const NAMES: [&str; 3] = ["a", "b", ""];

/// How many names can be revoked.
const REVOCATIONS: usize = 2;

/// The start of the time floor, and the most by which a token raises it.
const BUILT: u64 = 980;
const STEP: u32 = 5;

impl<'a> Arbitrary<'a> for Life {
    fn arbitrary(u: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        let room = u.int_in_range(1..=4)?;
        let when_full = *u.choose(&[WhenFull::Refuse, WhenFull::EvictFirstToExpire])?;
        let mut steps = Vec::new();
        while !u.is_empty() && steps.len() < 40 {
            steps.push(step(u)?);
        }
        Ok(Self { room, when_full, steps })
    }
}

/// Makes up an event: a token, most of the time.
fn step(u: &mut Unstructured<'_>) -> arbitrary::Result<Step> {
    Ok(match u.int_in_range(0..=15)? {
        13..=15 => Step::Change(change(u)?),
        12 => Step::LosePower(u.int_in_range(0..=3)?),
        10..=11 => Step::Save,
        _ => Step::Verify { rules: Box::new(rules(u)?), claims: claims(u)? },
    })
}

fn change(u: &mut Unstructured<'_>) -> arbitrary::Result<Change> {
    Ok(match u.int_in_range(0..=5)? {
        0 => Change::RevokeJwtId(u.choose(&NAMES)?, seconds(u, 1000)?),
        1 => Change::RevokeSubject(u.choose(&NAMES)?, seconds(u, 990)?),
        2 => Change::RevokeIssuedBefore(seconds(u, 990)?),
        3 => Change::ReinstateJwtId(u.choose(&NAMES)?),
        4 => Change::ReinstateSubject(u.choose(&NAMES)?),
        _ => Change::ForgetExpired(time(u, 1000 + u64::from(MAX_LEEWAY))?),
    })
}

/// Makes up rules that don't contradict each other. They differ from token to token, as if several
/// verifiers shared the state.
fn rules(u: &mut Unstructured<'_>) -> arbitrary::Result<Rules> {
    Ok(Rules {
        leeway: if u.arbitrary()? { u.int_in_range(0..=4)? } else { 0 },
        allow_missing_expiration: !rarely(u)?,
        allow_missing_jwt_id: u.arbitrary()?,
        allow_uncertain_time: u.arbitrary()?,
        allow_mistyped: u.arbitrary()?,
        time: time(u, 1000)?,
        ..Rules::default()
    })
}

/// Makes up the claims of a token that expires soon after 1000. Tokens with the same `jti` may
/// differ.
fn claims(u: &mut Unstructured<'_>) -> arbitrary::Result<String> {
    let mut members = Vec::new();
    for (name, of_8) in [("jti", 7), ("iss", 2), ("sub", 2)] {
        if u.ratio(of_8, 8)? {
            let name_or_other =
                if rarely(u)? { *u.choose(&["1", "null", "[]", "\"\\u0061\""])? } else { "" };
            members.push(match name_or_other {
                "" => format!(r#""{name}":"{}""#, u.choose(&NAMES)?),
                other => format!(r#""{name}":{other}"#),
            });
        }
    }
    for (name, middle, of_8) in [("exp", 1004, 7), ("iat", 990, 2), ("nbf", 990, 2)] {
        if u.ratio(of_8, 8)? {
            let fraction = if rarely(u)? { *u.choose(&[".5", "e40", "000"])? } else { "" };
            members.push(format!(r#""{name}":{}{fraction}"#, near(u, middle, 6)?));
        }
    }
    if rarely(u)? {
        members.push(r#""more":1"#.to_owned());
    }
    Ok(format!("{{{}}}", members.join(",")))
}

/// Makes up the time: most of the time, from a clock that is a few seconds wrong.
fn time(u: &mut Unstructured<'_>, middle: u64) -> arbitrary::Result<Time> {
    Ok(match u.int_in_range(0..=7)? {
        7 => Time::Unknown,
        6 => Time::AtLeast(seconds(u, middle)?),
        _ => Time::Known(seconds(u, middle)?),
    })
}

/// Returns a time near `middle`, or the first or last one.
fn seconds(u: &mut Unstructured<'_>, middle: u64) -> arbitrary::Result<u64> {
    if rarely(u)? { Ok(*u.choose(&[u64::MAX, 0])?) } else { near(u, middle, 6) }
}

impl Life {
    /// Runs the events. Panics if the device's answers or state differ from the model's, or if it
    /// accepts a token twice.
    pub fn check(&self) {
        match self.room {
            1 => self.check_with::<1>(),
            2 => self.check_with::<2>(),
            3 => self.check_with::<3>(),
            _ => self.check_with::<4>(),
        }
    }

    fn check_with<const ROOM: usize>(&self) {
        let mut device = Device::<ROOM>::new(self.when_full);
        let mut model = Model::new(self);
        let mut saves = vec![(device.save(), model.clone())];
        let expected = RefCell::new(Expected::default());
        let _paste = IfPanics(|| self.as_test(&expected.borrow()));
        for step in &self.steps {
            let words = || format!("{step:?} of {self:?}");
            expected.borrow_mut().begun += 1;
            let expect = |outcome: Option<Outcome>, model: &Model| {
                let mut expected = expected.borrow_mut();
                expected.outcomes.push(outcome);
                expected.memory = Some(model.memory());
            };
            match step {
                Step::Verify { rules, claims } => {
                    let token = Algorithm::Hs256.sign(br#"{"alg":"HS256"}"#, claims.as_bytes());
                    let (answer, seen) = device.verify(rules, &token);
                    let (outcome, told) =
                        model.verify(rules, &token, seen.as_ref(), &device.memory());
                    expect(Some(Outcome::Verified(outcome.clone())), &model);
                    agree(&answer, &outcome, words);
                    assert_eq!(
                        answer.ok(),
                        outcome.ok(),
                        "whether the time floor rises: {}",
                        words()
                    );
                    let seen = seen.map(|seen| (seen.fingerprint.err(), seen.expiration.into()));
                    assert_eq!(seen, told, "what the guard was told: {}", words());
                }
                Step::Save => {
                    saves.push((device.save(), model.clone()));
                    expect(None, &model);
                }
                Step::LosePower(back) => {
                    let (state, then) = &saves[saves.len().saturating_sub(back + 1)];
                    assert_eq!(device.floor.restore(&state[2]), Ok(()));
                    let highest = model.floor.max(then.floor);
                    assert_eq!(device.floor.seconds(), highest, "an older state lowers it");
                    device = Device::new(self.when_full);
                    device.restore(state);
                    model = then.clone();
                    expect(None, &model);
                }
                Step::Change(change) => {
                    let changed = device.change(change);
                    let outcome = model.change(change);
                    expect(Some(Outcome::Changed(outcome)), &model);
                    assert_eq!(changed, outcome, "{}", words());
                }
            }
            assert_eq!(Some(device.memory()), expected.borrow().memory, "{}", words());
            device.check_clocks();
        }
    }
}

/// What the model says of the steps so far.
#[derive(Default)]
struct Expected {
    /// The number of steps that were begun. The device may panic in the last of them.
    begun: usize,
    outcomes: Vec<Option<Outcome>>,
    /// The state after the last outcome.
    memory: Option<Memory>,
}

enum Outcome {
    Verified(Result<bool, Refusal>),
    Changed(Result<bool, Error>),
}

impl Life {
    /// A test with the steps so far, and with the state that they must come to.
    fn as_test(&self, expected: &Expected) -> String {
        let Self { room, when_full, steps } = self;
        let new = |name: &str| match name {
            "guard" => format!("ReplayGuard::<{room}>::new(WhenFull::{when_full:?})"),
            "revocations" => format!("Revocations::<{REVOCATIONS}>::new()"),
            _ => format!("TimeFloor::new({BUILT}, {STEP})"),
        };
        let states = ["guard", "revocations", "floor"];
        let mut lines = vec![
            "fn saved(save: impl FnOnce(&mut [u8]) -> usize) -> Vec<u8> {\n    \
                let mut memory = [0; 200];\n    \
                let length = save(&mut memory);\n    memory[..length].to_vec()\n}\n\n"
                .to_owned(),
        ];
        lines.extend(states.map(|name| format!("let mut {name} = {};\n", new(name))));
        let save = "saves.push([\n    \
            saved(|memory| guard.save(memory).unwrap().len()),\n    \
            saved(|memory| revocations.save(memory).unwrap().len()),\n    \
            floor.to_bytes().to_vec(),\n]);\n";
        lines.push(format!("let mut saves: Vec<[Vec<u8>; 3]> = Vec::new();\n{save}"));
        for (index, step) in steps.iter().take(expected.begun).enumerate() {
            let outcome = expected.outcomes.get(index).and_then(Option::as_ref);
            match step {
                Step::Verify { rules, claims } => {
                    let token = Algorithm::Hs256.sign(br#"{"alg":"HS256"}"#, claims.as_bytes());
                    lines.push(format!("\n// {claims}\nlet token = {};\n", paste::bytes(&token)));
                    let known = KnownKeys::one(Algorithm::Hs256, &SECRET, &[Algorithm::Hs256]);
                    // The helpers indent for a function's body.
                    let body = [paste::keys(&known), paste::policy(rules)].concat();
                    lines.push(body.lines().map(|line| format!("{}\n", &line[4..])).collect());
                    lines.push(format!(
                        "let verifier = Verifier::new(keys, policy);\n\
                        let mut buffer = vec![0; token.len()];\n\
                        let answer = verifier\n    \
                        .verify_with(token, {}, &revocations, &mut guard, &mut buffer)\n    \
                        .map(|token| floor.raise(&token));\n",
                        paste::time(rules.time)
                    ));
                    if let Some(Outcome::Verified(answer)) = outcome {
                        let code = paste::allowed(answer, bool::to_string) + &paste::compare();
                        lines.push(code.lines().map(|line| format!("{}\n", &line[4..])).collect());
                    }
                }
                Step::Save => lines.push(save.to_owned()),
                Step::LosePower(back) => {
                    lines.push(format!(
                        "let last = &saves[saves.len().saturating_sub({})];\n\
                        let seconds = floor.seconds();\n\
                        floor.restore(&last[2]).unwrap();\n\
                        assert!(floor.seconds() >= seconds);\n",
                        back + 1
                    ));
                    lines.extend(states.map(|name| format!("{name} = {};\n", new(name))));
                    for (index, name) in states.into_iter().enumerate() {
                        lines.push(format!("{name}.restore(&last[{index}]).unwrap();\n"));
                    }
                }
                Step::Change(change) => lines.push(change.as_code(outcome)),
            }
            if index + 1 == expected.outcomes.len() {
                lines.extend(expected.memory.as_ref().map(Memory::as_code));
                lines.push(CLOCKS.to_owned());
            }
        }
        paste::test(&[paste::line(lines.concat())])
    }
}

/// What [`Device::check_clocks`] checks, as code.
const CLOCKS: &str =
    "for now in [0, floor.seconds() - 1, floor.seconds(), floor.seconds() + 1, u64::MAX] {
    let at_least = Time::AtLeast(now.max(floor.seconds()));
    let known = if now < floor.seconds() { at_least } else { Time::Known(now) };
    assert_eq!(floor.with_clock(Time::Known(now)), known);
    assert_eq!(floor.with_clock(Time::AtLeast(now)), at_least);
}
assert_eq!(floor.with_clock(Time::Unknown), Time::AtLeast(floor.seconds()));
";

impl Change {
    /// The change, as code that compares what it returns.
    fn as_code(&self, outcome: Option<&Outcome>) -> String {
        let revoked = |call: String| match outcome {
            Some(Outcome::Changed(outcome)) => {
                format!("assert_eq!({call}, {});\n", paste::outcome(outcome, ()))
            }
            _ => format!("let _ = {call};\n"),
        };
        let reinstated = |call: String| match outcome {
            Some(Outcome::Changed(Ok(true))) => format!("assert!({call});\n"),
            Some(Outcome::Changed(Ok(false))) => format!("assert!(!{call});\n"),
            _ => format!("{call};\n"),
        };
        match self {
            Self::RevokeJwtId(name, expiration) => {
                revoked(format!("revocations.revoke_jwt_id({name:?}, {expiration})"))
            }
            Self::RevokeSubject(name, before) => {
                revoked(format!("revocations.revoke_subject({name:?}, {before})"))
            }
            Self::RevokeIssuedBefore(before) => {
                format!("revocations.revoke_issued_before({before});\n")
            }
            Self::ReinstateJwtId(name) => {
                reinstated(format!("revocations.reinstate_jwt_id({name:?})"))
            }
            Self::ReinstateSubject(name) => {
                reinstated(format!("revocations.reinstate_subject({name:?})"))
            }
            Self::ForgetExpired(time) => {
                format!("revocations.forget_expired({});\n", paste::time(*time))
            }
        }
    }
}

/// The state of a device: the latest expiration of a forgotten token, the tokens by their
/// fingerprints, the number of revoked names, and the time floor.
#[derive(Debug, PartialEq)]
struct Memory {
    forgotten: i128,
    tokens: HashMap<Fingerprint, i128>,
    revoked: usize,
    floor: u64,
}

impl Memory {
    /// Code that compares the state. If several tokens expire first, it is not known which of them
    /// is forgotten, so only the expirations are compared.
    fn as_code(&self) -> String {
        let mut expirations: Vec<_> = self.tokens.values().collect();
        expirations.sort();
        let Self { forgotten, tokens, revoked, floor } = self;
        format!(
            "\nlet counted = (guard.len(), revocations.len(), floor.seconds());\n\
            assert_eq!(counted, ({}, {revoked}, {floor}));\n\
            let state = saved(|memory| guard.save(memory).unwrap().len());\n\
            let number = |bytes: &[u8]| i64::from_be_bytes(bytes.try_into().unwrap());\n\
            assert_eq!(number(&state[2..10]), {forgotten}, \"the latest that was forgotten\");\n\
            let records = state[10..state.len() - 8].chunks(24);\n\
            let mut expirations: Vec<_> = records.map(|record| number(&record[16..])).collect();\n\
            expirations.sort();\n\
            assert_eq!(expirations, {expirations:?} as [i64; {}]);\n",
            tokens.len(),
            tokens.len()
        )
    }
}

type Fingerprint = [u8; 16];

struct Device<const ROOM: usize> {
    guard: ReplayGuard<ROOM>,
    revocations: Revocations<REVOCATIONS>,
    floor: TimeFloor,
}

/// What the guard is told about a token.
struct Seen {
    fingerprint: Result<Fingerprint, Error>,
    expiration: i64,
}

/// What the guard must be told: the error in place of the name, and the expiration.
type Told = (Option<Error>, i128);

/// Records what the guard is told.
struct Spy<'g, const ROOM: usize> {
    guard: &'g mut ReplayGuard<ROOM>,
    seen: Option<Seen>,
}

impl<const ROOM: usize> Replay for Spy<'_, ROOM> {
    fn admit(&mut self, token: &Presented<'_>) -> Result<(), Error> {
        let seen = Seen { fingerprint: token.fingerprint(), expiration: token.expiration() };
        assert!(self.seen.replace(seen).is_none(), "the guard was asked twice");
        self.guard.admit(token)
    }
}

impl<const ROOM: usize> Device<ROOM> {
    fn new(when_full: WhenFull) -> Self {
        Self {
            guard: ReplayGuard::new(when_full),
            revocations: Revocations::new(),
            floor: TimeFloor::new(BUILT, STEP),
        }
    }

    /// Verifies a token. Returns whether it raised the time floor, and what the guard was told, if
    /// it was asked.
    fn verify(&mut self, rules: &Rules, token: &[u8]) -> (Result<bool, Error>, Option<Seen>) {
        let Self { guard, revocations, floor } = self;
        let mut spy = Spy { guard, seen: None };
        let mut buffer = vec![0; token.len()];
        let answer = rules.with_policy(|policy| {
            let verifier = Verifier::new(&*HS256, policy);
            let token =
                verifier.verify_with(token, rules.time, &*revocations, &mut spy, &mut buffer)?;
            Ok(floor.raise(&token))
        });
        (answer.expect("no contradiction"), spy.seen)
    }

    /// A clock that is before the floor must not be believed. Any other must.
    fn check_clocks(&self) {
        let floor = self.floor.seconds();
        for now in [0, floor - 1, floor, floor + 1, u64::MAX] {
            let at_least = Time::AtLeast(now.max(floor));
            let known = if now < floor { at_least } else { Time::Known(now) };
            assert_eq!(self.floor.with_clock(Time::Known(now)), known);
            assert_eq!(self.floor.with_clock(Time::AtLeast(now)), at_least);
        }
        assert_eq!(self.floor.with_clock(Time::Unknown), Time::AtLeast(floor));
    }

    /// Changes the revocations. Returns whether there was something to change.
    fn change(&mut self, change: &Change) -> Result<bool, Error> {
        let revocations = &mut self.revocations;
        match *change {
            Change::RevokeJwtId(name, expiration) => revocations.revoke_jwt_id(name, expiration)?,
            Change::RevokeSubject(name, before) => revocations.revoke_subject(name, before)?,
            Change::RevokeIssuedBefore(before) => revocations.revoke_issued_before(before),
            Change::ReinstateJwtId(name) => return Ok(revocations.reinstate_jwt_id(name)),
            Change::ReinstateSubject(name) => return Ok(revocations.reinstate_subject(name)),
            Change::ForgetExpired(time) => revocations.forget_expired(time),
        }
        Ok(true)
    }

    fn save(&self) -> [Vec<u8>; 3] {
        let mut memory = [0; 18 + 4 * 32];
        let guard = self.guard.save(&mut memory).expect("long enough").to_vec();
        let revocations = self.revocations.save(&mut memory).expect("long enough").to_vec();
        [guard, revocations, self.floor.to_bytes().to_vec()]
    }

    fn restore(&mut self, [guard, revocations, floor]: &[Vec<u8>; 3]) {
        assert_eq!(self.guard.restore(guard), Ok(()));
        assert_eq!(self.revocations.restore(revocations), Ok(()));
        assert_eq!(self.floor.restore(floor), Ok(()));
    }

    /// Reads the state from its documented saved form.
    fn memory(&self) -> Memory {
        let [guard, ..] = self.save();
        let number = |bytes: &[u8]| i64::from_be_bytes(bytes.try_into().expect("8 bytes")).into();
        let (records, rest) = guard[10..guard.len() - 8].as_chunks::<24>();
        assert!(rest.is_empty() && records.len() == self.guard.len());
        let token = |record: &[u8; 24]| {
            let (fingerprint, expiration) = record.split_at(16);
            (fingerprint.try_into().expect("16 bytes"), number(expiration))
        };
        Memory {
            forgotten: number(&guard[2..10]),
            tokens: records.iter().map(token).collect(),
            revoked: self.revocations.len(),
            floor: self.floor.seconds(),
        }
    }
}

/// The judge for a device's state.
#[derive(Clone)]
struct Model {
    room: usize,
    when_full: WhenFull,
    tokens: HashMap<Name, Remembered>,
    /// The latest expiration of all tokens that were forgotten.
    forgotten: i128,
    jwt_ids: HashMap<&'static str, u64>,
    subjects: HashMap<&'static str, u64>,
    issued_before: Option<u64>,
    floor: u64,
    /// All accepted tokens, except those that were lost in a power failure. This alone shows that
    /// no token is accepted twice.
    accepted: HashSet<Vec<u8>>,
}

/// What identifies a token.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Name {
    JwtId {
        issuer: Option<String>,
        jwt_id: String,
    },
    /// The whole token, if it has no `jti`.
    Token(Vec<u8>),
}

#[derive(Clone)]
struct Remembered {
    fingerprint: Fingerprint,
    expiration: i128,
}

/// The expiration of a token that never expires.
const NEVER: i128 = i64::MAX as i128;

impl Model {
    fn new(life: &Life) -> Self {
        Self {
            room: life.room,
            when_full: life.when_full,
            tokens: HashMap::new(),
            forgotten: i64::MIN.into(),
            jwt_ids: HashMap::new(),
            subjects: HashMap::new(),
            issued_before: None,
            floor: BUILT,
            accepted: HashSet::new(),
        }
    }

    fn memory(&self) -> Memory {
        let tokens = self.tokens.values();
        Memory {
            forgotten: self.forgotten,
            tokens: tokens.map(|token| (token.fingerprint, token.expiration)).collect(),
            revoked: self.jwt_ids.len() + self.subjects.len(),
            floor: self.floor,
        }
    }

    /// Judges `Device::verify`, and what the guard must have been told, if it had to be asked.
    /// `seen` is what it was told, and `memory` is the device's state afterwards: both say only
    /// what the model leaves open.
    fn verify(
        &mut self,
        rules: &Rules,
        token: &[u8],
        seen: Option<&Seen>,
        memory: &Memory,
    ) -> (Result<bool, Refusal>, Option<Told>) {
        let claims = match self.judge(rules, token) {
            Ok(claims) => claims,
            Err(refusal) => return (Err(refusal), None),
        };
        let name = name(&claims, token, rules);
        let expiration = date(&claims, "exp", Error::InvalidExpiration).expect("a date");
        let expiration = expiration.filter(|date| !date.never_comes());
        let expiration = expiration.map_or(NEVER, Date::seconds_rounded_up);
        let told = (name.as_ref().err().copied(), expiration);
        let fingerprint = seen.and_then(|seen| seen.fingerprint.ok()).unwrap_or_default();
        let outcome = name.map_err(Refusal::from).and_then(|name| {
            self.admit(&name, Remembered { fingerprint, expiration }, rules, memory)?;
            self.accept(&claims, token)
        });
        (outcome, Some(told))
    }

    /// Judges what comes after the guard. Returns whether the time floor rises.
    fn accept(&mut self, claims: &Object, token: &[u8]) -> Result<bool, Refusal> {
        if !self.accepted.insert(token.to_vec()) {
            return Err(Refusal(vec![Error::Replayed, Error::ReplayNotExcluded]));
        }
        let witness = date(claims, "iat", Error::InvalidIssuedAt)?;
        let witness = witness.or(date(claims, "nbf", Error::InvalidNotBefore)?);
        let seconds = witness.and_then(|date| u64::try_from(date.seconds()).ok()).unwrap_or(0);
        let rises = self.floor < seconds && seconds <= self.floor + u64::from(STEP);
        if rises {
            self.floor = seconds;
        }
        Ok(rises)
    }

    /// Judges everything that comes before the guard.
    fn judge(&self, rules: &Rules, token: &[u8]) -> Result<Object, Refusal> {
        let known = KnownKeys::one(Algorithm::Hs256, &SECRET, &[Algorithm::Hs256]);
        let text = known.judge_text(token, token.len(), rules.depth, None)?;
        let claims = without_nulls(&text.judge(rules)?.claims, rules);
        if !self.jwt_ids.is_empty() || !self.subjects.is_empty() {
            text_or_absent(&claims, "jti", Error::InvalidJwtId)?;
            text_or_absent(&claims, "sub", Error::InvalidSubject)?;
        }
        if claims.text("jti").is_some_and(|name| self.jwt_ids.contains_key(name)) {
            return Err(Error::Revoked.into());
        }
        let of_subject = claims.text("sub").and_then(|name| self.subjects.get(name)).copied();
        for before in [of_subject, self.issued_before].into_iter().flatten() {
            if before == u64::MAX || is_issued_before(&claims, rules, before.into())? {
                return Err(Error::Revoked.into());
            }
        }
        Ok(claims)
    }

    /// Judges the guard.
    fn admit(
        &mut self,
        name: &Name,
        token: Remembered,
        rules: &Rules,
        memory: &Memory,
    ) -> Result<(), Error> {
        let is_past = |token: &Remembered| is_past(token.expiration, rules.time, rules.leeway);
        match self.tokens.get(name) {
            Some(known) if !is_past(known) => return Err(Error::Replayed),
            // The old token has expired, and a new one takes its name.
            Some(_) => {}
            None if token.expiration <= self.forgotten => return Err(Error::ReplayNotExcluded),
            None if self.tokens.len() == self.room => {
                let past = self.tokens.values().filter(|known| is_past(known));
                self.forgotten =
                    past.fold(self.forgotten, |latest, past| latest.max(past.expiration));
                self.tokens.retain(|_, known| !is_past(known));
                if self.tokens.len() == self.room {
                    self.evict(&token, memory)?;
                }
            }
            None => {}
        }
        self.tokens.insert(name.clone(), token);
        Ok(())
    }

    /// Forgets the token that expires first, if it expires before the new one. If several do, it
    /// forgets the one that the device forgot.
    fn evict(&mut self, token: &Remembered, memory: &Memory) -> Result<(), Error> {
        let first = self.tokens.values().map(|token| token.expiration).min();
        let first = first.filter(|first| *first < token.expiration);
        if self.when_full == WhenFull::Refuse {
            return Err(Error::ReplayGuardFull);
        }
        let first = first.ok_or(Error::ReplayGuardFull)?;
        self.forgotten = self.forgotten.max(first);
        let open = self.tokens.iter().filter(|(_, token)| token.expiration == first);
        // If the device forgot none of them, or several, the states will differ.
        let gone = open.min_by_key(|(_, token)| memory.tokens.contains_key(&token.fingerprint));
        if let Some(name) = gone.map(|(name, _)| name.clone()) {
            self.tokens.remove(&name);
        }
        Ok(())
    }

    /// Judges `Device::change`.
    fn change(&mut self, change: &Change) -> Result<bool, Error> {
        let is_full = self.jwt_ids.len() + self.subjects.len() == REVOCATIONS;
        let revoke = |names: &mut HashMap<_, _>, name, seconds: u64| {
            if is_full && !names.contains_key(name) {
                return Err(Error::RevocationsFull);
            }
            let known = names.entry(name).or_insert(seconds);
            *known = seconds.max(*known);
            Ok(true)
        };
        match *change {
            Change::RevokeJwtId(name, expiration) => revoke(&mut self.jwt_ids, name, expiration),
            Change::RevokeSubject(name, before) => revoke(&mut self.subjects, name, before),
            Change::RevokeIssuedBefore(before) => {
                self.issued_before = self.issued_before.max(Some(before));
                Ok(true)
            }
            Change::ReinstateJwtId(name) => Ok(self.jwt_ids.remove(name).is_some()),
            Change::ReinstateSubject(name) => Ok(self.subjects.remove(name).is_some()),
            Change::ForgetExpired(time) => {
                self.jwt_ids.retain(|_, expiration| match *expiration {
                    u64::MAX => true,
                    // The expiration may have been rounded down.
                    expiration => !is_past(expiration.into(), time, MAX_LEEWAY + 1),
                });
                Ok(true)
            }
        }
    }
}

fn name(claims: &Object, token: &[u8], rules: &Rules) -> Result<Name, Error> {
    text_or_absent(claims, "jti", Error::InvalidJwtId)?;
    match claims.text("jti") {
        Some(jwt_id) => Ok(Name::JwtId {
            issuer: claims.text("iss").map(str::to_owned),
            jwt_id: jwt_id.to_owned(),
        }),
        None if rules.allow_missing_jwt_id => Ok(Name::Token(token.to_vec())),
        None => Err(Error::MissingJwtId),
    }
}

/// Whether a token with this expiration has expired at every possible time.
fn is_past(expiration: i128, time: Time, leeway: u32) -> bool {
    let earliest = match time {
        Time::Known(now) | Time::AtLeast(now) => now,
        Time::Unknown => 0,
    };
    expiration != NEVER && i128::from(earliest) >= expiration + i128::from(leeway)
}
