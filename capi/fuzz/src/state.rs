//! What a device remembers, through both interfaces: tokens are verified, names revoked, state is
//! saved, spoilt and restored, in any order.

use std::ffi::{CString, c_void};
use std::ptr;

use arbitrary::Arbitrary;
use embedded_jwt::{
    AnyAlgorithm, AnyKey, Check, Error, Policy, Presented, ReplayGuard, Revocations, Signer, Time,
    TimeFloor, Verifier, WhenFull,
};
use embedded_jwt_c::*;

use crate::{key_in_c, key_of, time_in_c, zeroed};

const NAMES: [&str; 6] = ["a", "b", "", "\u{e4}", "c", "d"];
const NOW: u64 = 1_800_000_000;

/// What is done, in this order.
#[derive(Arbitrary, Debug)]
pub struct Course {
    evicts: bool,
    build_time: Date,
    maximum_step: u32,
    steps: Vec<Step>,
}

/// A time near now, or any.
#[derive(Arbitrary, Clone, Copy, Debug)]
enum Date {
    Near(i8),
    Any(u64),
}

impl Date {
    fn seconds(self) -> u64 {
        match self {
            Self::Near(seconds) => NOW.saturating_add_signed(seconds.into()),
            Self::Any(seconds) => seconds,
        }
    }
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Clock {
    Known(Date),
    AtLeast(Date),
    Unknown,
}

impl Clock {
    fn time(self) -> Time {
        match self {
            Self::Known(date) => Time::Known(date.seconds()),
            Self::AtLeast(date) => Time::AtLeast(date.seconds()),
            Self::Unknown => Time::Unknown,
        }
    }
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Kind {
    Guard,
    Revocations,
    Floor,
}

#[derive(Arbitrary, Debug)]
enum Step {
    Verify {
        token: Token,
        clock: Clock,
        with_floor: bool,
        /// What the program's own check answers.
        answer: Option<u8>,
    },
    /// Accepts tokens with these numbers.
    Fill {
        from: u8,
        count: u8,
    },
    RevokeJwtId(u8, Date),
    RevokeSubject(u8, Date),
    RevokeIssuedBefore(Date),
    ReinstateJwtId(u8),
    ReinstateSubject(u8),
    ForgetExpired(Clock),
    Save(Kind),
    /// Restores the latest state of this kind that was saved, or the one before, with a change.
    Restore {
        kind: Kind,
        before: bool,
        change: Option<(u16, u8)>,
        cut: u8,
    },
}

#[derive(Arbitrary, Debug)]
struct Token {
    expiration: Option<Date>,
    issued_at: Option<Date>,
    not_before: Option<i8>,
    jwt_id: Option<u8>,
    subject: Option<u8>,
}

impl Token {
    fn claims(&self) -> String {
        let mut claims = String::from("{");
        let mut add = |name: &str, value: String| claims += &format!("\"{name}\":{value},");
        if let Some(date) = self.expiration {
            add("exp", date.seconds().to_string());
        }
        if let Some(date) = self.issued_at {
            add("iat", date.seconds().to_string());
        }
        if let Some(seconds) = self.not_before {
            add("nbf", Date::Near(seconds).seconds().to_string());
        }
        if let Some(name) = self.jwt_id {
            add("jti", format!("\"{}\"", name_of(name)));
        }
        if let Some(name) = self.subject {
            add("sub", format!("\"{}\"", name_of(name)));
        }
        if claims.ends_with(',') {
            claims.pop();
        }
        claims + "}"
    }
}

/// A few names that come again, and others.
fn name_of(number: u8) -> String {
    NAMES.get(usize::from(number)).map_or_else(|| number.to_string(), |name| (*name).to_owned())
}

/// The state by the Rust library.
struct State {
    guard: ReplayGuard<32>,
    revocations: Revocations<16>,
    floor: TimeFloor,
}

/// The state by the C interface.
struct StateInC {
    guard: Box<ejwt_replay_guard>,
    revocations: Box<ejwt_revocations>,
    floor: Box<ejwt_time_floor>,
}

/// The revocations, and then what the program answers.
struct Asked<'a>(&'a Revocations<16>, ejwt_code);

impl Check for Asked<'_> {
    fn check(&self, token: &Presented<'_>) -> Result<(), Error> {
        self.0.check(token)?;
        match self.1 {
            EJWT_OK => Ok(()),
            EJWT_REVOKED => Err(Error::Revoked),
            EJWT_RECORDS_UNAVAILABLE => Err(Error::RecordsUnavailable),
            _ => Err(Error::RefusedByApplication),
        }
    }
}

/// The program's check, which answers what its context says.
unsafe extern "C" fn answer(context: *mut c_void, _: *const ejwt_token) -> ejwt_code {
    // SAFETY: the context is a code.
    unsafe { *context.cast() }
}

fn code_of<T>(answer: Result<T, Error>) -> ejwt_code {
    answer.map_or_else(|error| error.code().into(), |_| EJWT_OK)
}

impl Course {
    /// Takes each step. Panics as soon as the C interface answers anything else than the Rust
    /// library, or remembers anything else.
    pub fn check(&self) {
        let when_full = if self.evicts { WhenFull::EvictFirstToExpire } else { WhenFull::Refuse };
        let (build_time, step) = (self.build_time.seconds(), self.maximum_step);
        let state = State {
            guard: ReplayGuard::new(when_full),
            revocations: Revocations::new(),
            floor: TimeFloor::new(build_time, step),
        };
        let mut in_c = StateInC { guard: zeroed(), revocations: zeroed(), floor: zeroed() };
        // SAFETY: the objects are there.
        let codes = unsafe {
            let (guard, revocations) = (&mut *in_c.guard, &mut *in_c.revocations);
            [
                ejwt_replay_guard_init(guard, size_of::<ejwt_replay_guard>(), self.evicts.into()),
                ejwt_revocations_init(revocations, size_of::<ejwt_revocations>()),
                ejwt_time_floor_init(&mut *in_c.floor, build_time, step),
            ]
        };
        assert_eq!(codes, [EJWT_OK; 3]);
        let key = key_of(AnyAlgorithm::Hs256);
        let mut both = Both { state, in_c, key, saved: Default::default() };
        for step in self.steps.iter().take(64) {
            both.take(step);
            for kind in [Kind::Guard, Kind::Revocations, Kind::Floor] {
                assert_eq!(both.in_c.save(kind), both.state.save(kind), "{step:?} of {self:?}");
            }
        }
    }
}

struct Both {
    state: State,
    in_c: StateInC,
    key: AnyKey,
    /// What was saved of each kind.
    saved: [Vec<Vec<u8>>; 3],
}

impl Both {
    fn take(&mut self, step: &Step) {
        let (list, in_c) = (&mut self.state.revocations, &raw mut *self.in_c.revocations);
        let text = |number| CString::new(name_of(number)).expect("no zero bytes");
        let there_was = |one| if one { EJWT_OK } else { EJWT_MISSING_MEMBER };
        // SAFETY: the objects and the texts are there.
        let [code, expected] = unsafe {
            match step {
                Step::Verify { token, clock, with_floor, answer } => {
                    let answer = answer.map_or(EJWT_OK, ejwt_code::from);
                    return self.verify(&token.claims(), *clock, *with_floor, answer);
                }
                Step::Fill { from, count } => {
                    let all = (*from..=u8::MAX).take(usize::from(count % 48));
                    for number in all {
                        let expiration = NOW + u64::from(number ^ 0x55) + 1;
                        let claims = format!("{{\"exp\":{expiration},\"jti\":\"{number}\"}}");
                        self.verify(&claims, Clock::Known(Date::Near(0)), false, EJWT_OK);
                    }
                    return;
                }
                Step::RevokeJwtId(name, date) => [
                    ejwt_revoke_jwt_id(in_c, text(*name).as_ptr(), date.seconds()),
                    code_of(list.revoke_jwt_id(&name_of(*name), date.seconds())),
                ],
                Step::RevokeSubject(name, date) => [
                    ejwt_revoke_subject(in_c, text(*name).as_ptr(), date.seconds()),
                    code_of(list.revoke_subject(&name_of(*name), date.seconds())),
                ],
                Step::RevokeIssuedBefore(date) => {
                    list.revoke_issued_before(date.seconds());
                    [ejwt_revoke_issued_before(in_c, date.seconds()), EJWT_OK]
                }
                Step::ReinstateJwtId(name) => [
                    ejwt_reinstate_jwt_id(in_c, text(*name).as_ptr()),
                    there_was(list.reinstate_jwt_id(&name_of(*name))),
                ],
                Step::ReinstateSubject(name) => [
                    ejwt_reinstate_subject(in_c, text(*name).as_ptr()),
                    there_was(list.reinstate_subject(&name_of(*name))),
                ],
                Step::ForgetExpired(clock) => {
                    list.forget_expired(clock.time());
                    [ejwt_revocations_forget_expired(in_c, time_in_c(clock.time())), EJWT_OK]
                }
                Step::Save(kind) => {
                    let saved = self.state.save(*kind);
                    self.saved[*kind as usize].push(saved);
                    return;
                }
                Step::Restore { kind, before, change, cut } => {
                    let saved = self.saved[*kind as usize].iter().rev();
                    let mut saved =
                        saved.clone().nth((*before).into()).cloned().unwrap_or_default();
                    saved.truncate(saved.len().saturating_sub((cut / 32).into()));
                    if let Some((at, bits)) = change
                        && !saved.is_empty()
                    {
                        let at = usize::from(*at) % saved.len();
                        saved[at] ^= bits;
                    }
                    [self.in_c.restore(*kind, &saved), self.state.restore(*kind, &saved)]
                }
            }
        };
        assert_eq!(code, expected, "{step:?}");
        // SAFETY: the objects are there.
        let lengths = unsafe {
            [
                ejwt_revocations_length(&*self.in_c.revocations),
                ejwt_replay_guard_length(&*self.in_c.guard),
            ]
        };
        assert_eq!(lengths, [self.state.revocations.len(), self.state.guard.len()], "{step:?}");
    }

    /// Verifies a token, and raises the floor if it holds.
    fn verify(&mut self, claims: &str, clock: Clock, with_floor: bool, mut own: ejwt_code) {
        let mut memory = [0; 512];
        let signer = Signer::new(&self.key).allow_missing_expiration();
        let signed = signer.sign_json(claims, &mut memory);
        // Dates beyond what a token may have can't be signed.
        let Ok(token) = signed else { return };
        let (start, length) = (token.as_ptr().cast(), token.len());

        // In C.
        let key = key_in_c(AnyAlgorithm::Hs256);
        let mut buffer = [0_u8; 512];
        let (mut proof, mut rose) = (zeroed::<ejwt_token>(), false);
        // SAFETY: plain memory; all of zeros is the strict default.
        let policy: ejwt_policy = unsafe { std::mem::zeroed() };
        // SAFETY: all pointers lead to what they are for.
        let in_c = unsafe {
            let checks = ejwt_checks {
                revocations: &*self.in_c.revocations,
                check: Some(answer),
                context: (&raw mut own).cast(),
                replay_guard: &mut *self.in_c.guard,
            };
            let (floor, mut now) = (&raw mut *self.in_c.floor, time_in_c(clock.time()));
            if with_floor {
                assert_eq!(ejwt_time_floor_with_clock(floor, now, &mut now), EJWT_OK);
            }
            let (place, size) = (buffer.as_mut_ptr().cast(), buffer.len());
            let (key, proof) = (&raw const *key, &raw mut *proof);
            let code =
                ejwt_verify_with(key, &policy, start, length, now, &checks, place, size, proof);
            let raised = ejwt_time_floor_raise(floor, proof, &mut rose);
            assert_eq!(raised, if code == EJWT_OK { EJWT_OK } else { EJWT_NOT_INITIALIZED });
            code
        };

        let State { guard, revocations, floor } = &mut self.state;
        let time = if with_floor { floor.with_clock(clock.time()) } else { clock.time() };
        let policy = Policy::builder().build().expect("the strict default");
        let verifier = Verifier::new(&self.key, policy);
        let mut buffer = [0; 512];
        let asked = Asked(revocations, own);
        let answer = verifier.verify_with(token, time, &asked, guard, &mut buffer);
        let did_rise = answer.is_ok_and(|token| floor.raise(&token));
        assert_eq!((in_c, rose), (code_of(answer), did_rise), "{claims} {clock:?}");
    }
}

impl State {
    fn save(&self, kind: Kind) -> Vec<u8> {
        let mut memory = [0; 1024];
        match kind {
            Kind::Guard => self.guard.save(&mut memory).expect("enough room").to_vec(),
            Kind::Revocations => self.revocations.save(&mut memory).expect("enough room").to_vec(),
            Kind::Floor => self.floor.to_bytes().to_vec(),
        }
    }

    fn restore(&mut self, kind: Kind, saved: &[u8]) -> ejwt_code {
        code_of(match kind {
            Kind::Guard => self.guard.restore(saved),
            Kind::Revocations => self.revocations.restore(saved),
            Kind::Floor => self.floor.restore(saved),
        })
    }
}

impl StateInC {
    /// Saves, with exactly enough room, after it was found out how much that is.
    fn save(&self, kind: Kind) -> Vec<u8> {
        let save = |memory: *mut c_void, size, length| {
            // SAFETY: the objects, and so many bytes, are there.
            unsafe {
                match kind {
                    Kind::Guard => ejwt_replay_guard_save(&*self.guard, memory, size, length),
                    Kind::Revocations => {
                        ejwt_revocations_save(&*self.revocations, memory, size, length)
                    }
                    Kind::Floor => ejwt_time_floor_save(&*self.floor, memory, size, length),
                }
            }
        };
        let mut length = 0;
        assert_eq!(save(ptr::null_mut(), 0, &mut length), EJWT_BUFFER_TOO_SMALL);
        let mut memory = vec![0; length];
        assert_eq!(save(memory.as_mut_ptr().cast(), length, &mut length), EJWT_OK);
        assert_eq!(length, memory.len());
        memory
    }

    fn restore(&mut self, kind: Kind, saved: &[u8]) -> ejwt_code {
        let (start, length) = (saved.as_ptr().cast(), saved.len());
        // SAFETY: the objects, and so many bytes, are there.
        unsafe {
            match kind {
                Kind::Guard => ejwt_replay_guard_restore(&mut *self.guard, start, length),
                Kind::Revocations => {
                    ejwt_revocations_restore(&mut *self.revocations, start, length)
                }
                Kind::Floor => ejwt_time_floor_restore(&mut *self.floor, start, length),
            }
        }
    }
}
