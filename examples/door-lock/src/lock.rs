//! Checks a line and acts on it. Uses the door, but not the board.
//!
//! One issuer signs two kinds of token with the same keys: access tokens open the door, time
//! messages set its clock. `typ` tells them apart, and each kind has a policy that refuses the
//! other (RFC 8725 sections 3.11 and 3.12).
//!
//! Each access token opens the door once. What the door has to remember for that is in flash before
//! the bolt is drawn: if the power fails in between, a token is lost, not used twice.
//!
//! The clock trusts the issuer, who could open the door anyway. It is never set back, nor to before
//! the latest time that a token has told, even after a power loss. One attack remains: someone
//! records a time message and keeps it from the door, and sends it later when the door has lost
//! power and has heard nothing newer. Then tokens of that time that were never used open the door.
//! To prevent this, send a random number that the time message has to repeat.

use core::fmt;

use door_lock::state::State;
use door_lock::storage::{Storage, frame_size};
use embedded_jwt::{
    Error, IncomingToken, Policy, PolicyBuilder, Presented, Revocations, Time, Token, Verifier,
};
use serde::Deserialize;

use crate::BUFFER;
use crate::door::Door;
use crate::flash::{self, Flash};
use crate::keys::{self, Keys, LIFETIME};

/// The name of this door, which is the audience of its tokens.
pub const DOOR: &str = "door-7";
const ISSUER: &str = "https://id.example";
/// The start of a line that sets the clock. A token has no space, so none starts like this.
const TIME_PREFIX: [u8; 5] = *b"time ";
/// How many seconds the bolt stays drawn, if the token doesn't say.
const OPEN_FOR: u8 = 3;

/// For access tokens: they have `exp`, which is the default, and `sub` and `jti`. The maximum
/// lifetime requires `iat`, too.
const ACCESS: Policy = built(
    common().typ("JWT").leeway(30).required_claims(&["sub", "jti"]).maximum_lifetime(LIFETIME),
);
/// For time messages: they set the clock to their `iat`. They have no `exp`, which could not be
/// checked before the clock is set. Nor can a key's times.
const TIME: Policy = built(
    common()
        .typ("time+jwt")
        .leeway(30)
        .required_claims(&["iat"])
        .allow_missing_expiration()
        .allow_uncertain_time(),
);

const fn common() -> PolicyBuilder<'static> {
    Policy::builder().issuer(ISSUER).audience(DOOR)
}

/// Evaluated at compile time.
const fn built(builder: PolicyBuilder<'static>) -> Policy<'static> {
    match builder.build() {
        Ok(policy) => policy,
        Err(error) => panic!("{}", error.as_str()),
    }
}

/// What an access token says besides its registered claims.
#[derive(Deserialize)]
struct Access {
    role: Role,
    /// How many seconds the bolt stays drawn.
    open_for: Option<u8>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Role {
    Resident,
    Guest,
}

impl Access {
    /// The rules of this application: residents may hold the door open for a minute, guests not.
    fn is_allowed(&self) -> bool {
        match self.role {
            Role::Resident => self.open_for.is_none_or(|seconds| seconds <= 60),
            Role::Guest => self.open_for.is_none(),
        }
    }
}

/// Asked before the replay guard, so a token that is refused here is not used up.
fn may_open(token: &Presented<'_>) -> bool {
    token.claims().read().is_ok_and(|access: Access| access.is_allowed())
}

pub struct Lock {
    keys: Keys,
    memory: Memory,
}

impl Lock {
    /// A lock without keys, which has to be [started](Self::start).
    pub const fn new(flash: Flash) -> Self {
        Self { keys: Keys::new(), memory: Memory::new(flash) }
    }

    /// Takes its keys, and the state that was saved last.
    pub fn start(&mut self) -> Result<(), Refusal> {
        keys::provision(&mut self.keys)?;
        self.memory.load()
    }

    /// Reads a line to its end and acts on it. An empty line is ignored.
    pub fn hear(
        &mut self,
        door: &mut Door,
        incoming: &mut IncomingToken<'_>,
    ) -> Result<(), Refusal> {
        let mut line = door.line().peekable();
        if line.peek().is_none() {
            return Ok(());
        }
        // The bytes read so far are those of the prefix. If it isn't whole, they belong to a token.
        let mut matched = 0;
        while let Some(byte) = TIME_PREFIX.get(matched)
            && line.next_if_eq(byte).is_some()
        {
            matched += 1;
        }
        let sets_clock = matched == TIME_PREFIX.len();
        let start = if sets_clock { 0 } else { matched };
        // Reads each line to its end, even after an error: verification returns that error again.
        for byte in TIME_PREFIX.into_iter().take(start).chain(line) {
            _ = incoming.push(&[byte]);
        }
        // Takes the time at the end of the line: a token that expires while it arrives is refused.
        if sets_clock { self.set_clock(door, incoming) } else { self.open(door, incoming) }
    }

    fn set_clock(
        &mut self,
        door: &mut Door,
        incoming: &mut IncomingToken<'_>,
    ) -> Result<(), Refusal> {
        let Self { keys, memory } = self;
        let uptime = door.uptime();
        let time = memory.time(uptime);
        let token = incoming.verify(&Verifier::new(&*keys, TIME), time)?;
        let news = memory.take_news(&token, time);
        // A late message may have revoked something, too.
        memory.save()?;
        let now = news?;
        memory.clock = Some((now, uptime));
        door.say(format_args!("clock {now}"));
        Ok(())
    }

    fn open(&mut self, door: &mut Door, incoming: &mut IncomingToken<'_>) -> Result<(), Refusal> {
        let Self { keys, memory } = self;
        let time = memory.time(door.uptime());
        let State { guard, revocations, floor } = &mut memory.state;
        let checks = (&*revocations, &may_open);
        let token = incoming.verify_with(&Verifier::new(&*keys, ACCESS), time, &checks, guard)?;
        let access: Access = token.claims().read()?;
        let subject = token.claims().subject().ok_or(Error::MissingSubject)?;
        floor.raise(&token);
        memory.save()?;
        door.open(access.open_for.unwrap_or(OPEN_FOR));
        door.show(0);
        // Prints the name as JSON, in quotes: a line break in it must not look like a new answer.
        door.say(format_args!("open {DOOR} {subject:?}"));
        Ok(())
    }
}

/// What changes: the state, which survives a power loss, and the clock, which does not.
struct Memory {
    state: State,
    storage: Storage<Flash, 3, { frame_size(State::MAX_SAVED_LENGTH) }>,
    /// The time to which the clock was set, and the uptime at that moment.
    clock: Option<(u64, u64)>,
}

impl Memory {
    const fn new(flash: Flash) -> Self {
        let storage = Storage::new(flash, 0..flash::SIZE as u32, State::VERSION);
        Self { state: State::blank(), storage, clock: None }
    }

    fn load(&mut self) -> Result<(), Refusal> {
        match self.storage.load() {
            Ok(Some(saved)) => Ok(self.state.restore(saved)?),
            // The very first start.
            Ok(None) => self.save(),
            Err(_) => Err(Refusal::NoState),
        }
    }

    fn save(&mut self) -> Result<(), Refusal> {
        let mut room = [0; State::MAX_SAVED_LENGTH];
        let saved = self.state.save(&mut room)?;
        // Spares the flash if nothing is new: anyone can send a recorded time message again.
        if matches!(self.storage.load(), Ok(Some(last)) if last == saved) {
            return Ok(());
        }
        self.storage.save(saved).map_err(|_| Refusal::NotSaved)
    }

    /// The time by the clock. A token that is newer shows that the clock is slow.
    fn time(&self, uptime: u64) -> Time {
        let floor = &self.state.floor;
        floor.with_clock(match self.clock {
            Some((time, when)) => {
                let now = time.saturating_add(uptime.saturating_sub(when));
                Time::Known(now.max(floor.seconds()))
            }
            None => Time::Unknown,
        })
    }

    /// Revokes what the subject that a time message names got up to then, also if the message comes
    /// late: only its own time counts, so one that was recorded takes no newer token away. Returns
    /// the time, if the clock may be set to it.
    fn take_news(&mut self, token: &Token<'_>, time: Time) -> Result<u64, Refusal> {
        let claims = token.claims();
        let issued_at = claims.issued_at().ok_or(Error::MissingIssuedAt)?;
        let now = issued_at.seconds().try_into().map_err(|_| Error::InvalidIssuedAt)?;
        // As a `&str`, it could have no `"` or `\`.
        let mut decoded = [0; BUFFER];
        let revoked = match claims.string("revoke") {
            Ok(subject) => Some(subject.copy_to(&mut decoded)?),
            Err(Error::MissingMember) => None,
            Err(error) => return Err(error.into()),
        };
        let State { revocations, floor, .. } = &mut self.state;
        // The floor itself is refused too: it is the time of a message that was used.
        let is_behind = now <= floor.seconds() || matches!(time, Time::Known(time) if now < time);
        floor.raise(token);
        if now > floor.seconds() {
            return Err(Refusal::ClockTooFarAhead);
        }
        if let Some(subject) = revoked
            && revocations.revoke_subject(subject, now + 1).is_err()
        {
            // The list is full. One time for all takes its place: all have to get new tokens. It is
            // the floor's, which is behind no message, so each name in the list stays revoked.
            *revocations = Revocations::new();
            revocations.revoke_issued_before(floor.seconds() + 1);
        }
        if is_behind { Err(Refusal::ClockWouldGoBack) } else { Ok(now) }
    }
}

/// Why a line is refused, or the door can't start.
#[derive(Debug)]
pub enum Refusal {
    Token(Error),
    /// A time message is older than the clock, or was used already. What it revokes is revoked.
    ClockWouldGoBack,
    /// A time message is further ahead than the floor may rise. It changes nothing.
    ClockTooFarAhead,
    /// The flash does not work: what happened can't be remembered.
    NotSaved,
    /// The flash has no state that this firmware can read.
    NoState,
}

impl Refusal {
    /// A number for LEDs. Those of tokens are [`Error::code`], which go up from 1.
    pub fn code(&self) -> u8 {
        match self {
            Self::Token(error) => error.code(),
            Self::ClockWouldGoBack => 255,
            Self::ClockTooFarAhead => 254,
            Self::NotSaved => 253,
            Self::NoState => 252,
        }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Token(error)
    }
}

/// Shows the name of the reason.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token(error) => write!(f, "{error:?}"),
            own => write!(f, "{own:?}"),
        }
    }
}
