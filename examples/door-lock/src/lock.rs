//! What the door makes of a line. Knows the door, but nothing of the board.
//!
//! One issuer signs two kinds of token with the same key: those that open the door, and those that set its clock. `typ`
//! tells them apart, and each kind has a policy that refuses the other (RFC 8725 sections 3.11 and 3.12).
//!
//! The clock believes the issuer: whoever can sign tokens for this door could open it anyway. It only ever goes
//! forwards. What this does not help against: a time message that was recorded, and is sent again after the door has
//! lost its power, sets the clock to the time of the recording, and tokens of that time open again. A door that has to
//! withstand this keeps the time over a reset, by a battery or by a floor in flash, or sends a random number that the
//! time message has to repeat.

use core::fmt;

use embedded_jwt::{Error, Hs256, Key, Policy, PolicyBuilder, Time, Verifier};

use crate::door::Door;

/// Which door this is: the audience of its tokens.
pub const DOOR: &str = "door-7";
const ISSUER: &str = "https://id.example";
/// What a line that sets the clock begins with. No token does: none has a space in it.
const TIME_PREFIX: [u8; 5] = *b"time ";

/// Opens the door: has an `exp`, as the defaults ask for, and names somebody.
const ACCESS: Policy = built(common().typ("JWT").leeway(30).required_claims(&["sub"]));
/// Sets the clock to its `iat`. An `exp` could not be judged by a clock that is yet to be set.
const TIME: Policy =
    built(common().typ("time+jwt").allow_missing_expiration().required_claims(&["iat"]));

const fn common() -> PolicyBuilder<'static> {
    Policy::builder().issuer(ISSUER).audience(DOOR)
}

/// Evaluated when compiled.
const fn built(builder: PolicyBuilder<'static>) -> Policy<'static> {
    match builder.build() {
        Ok(policy) => policy,
        Err(error) => panic!("{}", error.as_str()),
    }
}

pub struct Lock<'k> {
    access: Verifier<'static, &'k Key<Hs256>>,
    time: Verifier<'static, &'k Key<Hs256>>,
    clock: Clock,
}

/// Why a line has brought nothing about.
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
            clock: Clock::default(),
        }
    }

    /// Hears a line to its end and does what it says. An empty one says nothing. The buffer is what a token is decoded
    /// into, while it comes.
    pub fn hear(&mut self, door: &mut Door, buffer: &mut [u8]) -> Result<(), Refusal> {
        let mut line = door.line().peekable();
        if line.peek().is_none() {
            return Ok(());
        }
        // Which verifier a line is for shows in its first few bytes. Those that are taken by then are the prefix's own,
        // so how many they are is all there is to remember.
        let mut matched = 0;
        while let Some(byte) = TIME_PREFIX.get(matched)
            && line.next_if_eq(byte).is_some()
        {
            matched += 1;
        }
        // Each line is taken to its end, whatever is wrong with it: an error stays, and `finish` tells it.
        if matched == TIME_PREFIX.len() {
            let mut stream = self.time.stream(buffer);
            for byte in line {
                _ = stream.push(&[byte]);
            }
            let token = stream.finish(Time::Unknown)?;
            let issued_at = token.claims().issued_at().ok_or(Error::MissingIssuedAt)?;
            let now = issued_at.seconds().try_into().map_err(|_| Error::NumericDateOutOfRange)?;
            self.clock.set(now, door.uptime())?;
            door.say(format_args!("clock {now}"));
        } else {
            let mut stream = self.access.stream(buffer);
            for byte in TIME_PREFIX.into_iter().take(matched).chain(line) {
                _ = stream.push(&[byte]);
            }
            // The time is that of the line's end: or a token could be begun in time, and ended when it has expired.
            let token = stream.finish(self.clock.time(door.uptime()))?;
            let subject = token.claims().subject().ok_or(Error::MissingSubject)?;
            door.open();
            // As JSON, in quotes: a name with a line break in it must not look like another answer.
            door.say(format_args!("open {DOOR} {subject:?}"));
        }
        Ok(())
    }
}

/// A clock that starts as unknown.
#[derive(Default)]
struct Clock {
    /// The time, and the uptime when it was set.
    set: Option<(u64, u64)>,
}

impl Clock {
    fn time(&self, uptime: u64) -> Time {
        match self.set {
            Some((time, when)) => Time::Known(time.saturating_add(uptime.saturating_sub(when))),
            None => Time::Unknown,
        }
    }

    fn set(&mut self, now: u64, uptime: u64) -> Result<(), Refusal> {
        if matches!(self.time(uptime), Time::Known(time) if now < time) {
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

/// Shows its name.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token(error) => write!(f, "{error:?}"),
            Self::ClockWouldGoBack => f.write_str("ClockWouldGoBack"),
        }
    }
}
