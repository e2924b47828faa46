//! Checks a line and acts on it. Uses the door, but not the board.
//!
//! One issuer signs two kinds of token with the same key: access tokens open the door, time
//! messages set its clock. `typ` tells them apart, and each kind has a policy that refuses the
//! other (RFC 8725 sections 3.11 and 3.12).
//!
//! The clock trusts the issuer, who could open the door anyway. It is never set back, nor to before
//! the firmware was built. One attack remains: someone records a time message, and sends it again
//! after the door has lost power. It sets the clock to the time of the recording, and tokens of that
//! time open the door again. To prevent this, save the floor in flash whenever a token raises it, or
//! send a random number that the time message has to repeat.

use core::fmt;

use embedded_jwt::{Error, Hs256, Key, Policy, PolicyBuilder, Time, TimeFloor, Verifier};

use crate::door::Door;

/// The name of this door, which is the audience of its tokens.
pub const DOOR: &str = "door-7";
const ISSUER: &str = "https://id.example";
/// The start of a line that sets the clock. A token has no space, so none starts like this.
const TIME_PREFIX: [u8; 5] = *b"time ";

/// For access tokens: they have `exp`, which is the default, and `sub`.
const ACCESS: Policy = built(common().typ("JWT").leeway(30).required_claims(&["sub"]));
/// For time messages: they set the clock to their `iat`. They have no `exp`, which could not be
/// checked before the clock is set.
const TIME: Policy =
    built(common().typ("time+jwt").allow_missing_expiration().required_claims(&["iat"]));

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

/// When this firmware was built, in seconds since 1970. A product takes it from its build script.
const BUILT: u64 = 1_790_000_000;
/// How far a token may raise the floor: a year.
const STEP: u32 = 365 * 24 * 60 * 60;

pub struct Lock<'k> {
    access: Verifier<'static, &'k Key<Hs256>>,
    time: Verifier<'static, &'k Key<Hs256>>,
    clock: Clock,
}

/// Why a line is refused.
pub enum Refusal {
    Token(Error),
    /// A time message is older than the clock.
    ClockWouldGoBack,
}

impl<'k> Lock<'k> {
    pub fn new(key: &'k Key<Hs256>) -> Self {
        Self {
            access: Verifier::new(key, ACCESS),
            time: Verifier::new(key, TIME),
            clock: Clock { floor: TimeFloor::new(BUILT, STEP), set: None },
        }
    }

    /// Reads a line to its end and acts on it. An empty line is ignored. The token is decoded into
    /// `buffer` as it arrives.
    pub fn hear(&mut self, door: &mut Door, buffer: &mut [u8]) -> Result<(), Refusal> {
        let mut line = door.line().peekable();
        if line.peek().is_none() {
            return Ok(());
        }
        // The first bytes tell which verifier a line is for. The bytes read so far are those of the
        // prefix, so their number is enough to give them to the other verifier.
        let mut matched = 0;
        while let Some(byte) = TIME_PREFIX.get(matched)
            && line.next_if_eq(byte).is_some()
        {
            matched += 1;
        }
        // Reads each line to its end, even after an error: `finish` returns that error again.
        if matched == TIME_PREFIX.len() {
            let mut stream = self.time.stream(buffer);
            for byte in line {
                _ = stream.push(&[byte]);
            }
            let token = stream.finish(Time::Unknown)?;
            let issued_at = token.claims().issued_at().ok_or(Error::MissingIssuedAt)?;
            let now = issued_at.seconds().try_into().map_err(|_| Error::InvalidIssuedAt)?;
            self.clock.set(now, door.uptime())?;
            self.clock.floor.raise(&token);
            door.say(format_args!("clock {now}"));
        } else {
            let mut stream = self.access.stream(buffer);
            for byte in TIME_PREFIX.into_iter().take(matched).chain(line) {
                _ = stream.push(&[byte]);
            }
            // Takes the time at the end of the line: a token that expires while it arrives is
            // refused.
            let token = stream.finish(self.clock.time(door.uptime()))?;
            let subject = token.claims().subject().ok_or(Error::MissingSubject)?;
            door.open();
            // Prints the name as JSON, in quotes: a line break in it must not look like a new
            // answer.
            door.say(format_args!("open {DOOR} {subject:?}"));
        }
        Ok(())
    }
}

/// A clock that is unknown until it is set, and the floor below it.
struct Clock {
    floor: TimeFloor,
    /// The time to which it was set, and the uptime at that moment.
    set: Option<(u64, u64)>,
}

impl Clock {
    fn time(&self, uptime: u64) -> Time {
        self.floor.with_clock(match self.set {
            Some((time, when)) => Time::Known(time.saturating_add(uptime.saturating_sub(when))),
            None => Time::Unknown,
        })
    }

    fn set(&mut self, now: u64, uptime: u64) -> Result<(), Refusal> {
        if matches!(self.time(uptime), Time::Known(time) | Time::AtLeast(time) if now < time) {
            return Err(Refusal::ClockWouldGoBack);
        }
        self.set = Some((now, uptime));
        Ok(())
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
            Self::ClockWouldGoBack => f.write_str("ClockWouldGoBack"),
        }
    }
}
