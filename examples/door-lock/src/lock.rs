//! What the door makes of a line. Knows nothing of the board.
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

use embedded_jwt::{Error, Hs256, JsonString, Key, Policy, PolicyBuilder, Time, Verifier};

use crate::line::LineTooLong;

/// Which door this is: the audience of its tokens.
pub const DOOR: &str = "door-7";
const ISSUER: &str = "https://id.example";

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

/// What a line has brought about.
pub enum Event<'b> {
    /// The line was empty.
    Nothing,
    Open {
        subject: JsonString<'b>,
    },
    ClockSet {
        now: u64,
    },
}

/// Why it has not.
pub enum Refusal {
    Line(LineTooLong),
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

    /// Hears a line, `uptime` seconds after the start. The buffer is what a token is decoded into.
    pub fn hear<'b>(
        &mut self,
        line: &[u8],
        uptime: u64,
        buffer: &'b mut [u8],
    ) -> Result<Event<'b>, Refusal> {
        if line.is_empty() {
            return Ok(Event::Nothing);
        }
        if let Some(token) = line.strip_prefix(b"time ") {
            let token = self.time.verify(token, Time::Unknown, buffer)?;
            let issued_at = token.claims().issued_at().ok_or(Error::MissingIssuedAt)?;
            let now = issued_at.seconds().try_into().map_err(|_| Error::NumericDateOutOfRange)?;
            self.clock.set(now, uptime)?;
            return Ok(Event::ClockSet { now });
        }
        let token = self.access.verify(line, self.clock.time(uptime), buffer)?;
        let subject = token.claims().subject().ok_or(Error::MissingSubject)?;
        Ok(Event::Open { subject })
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
            Self::Line(error) => write!(f, "{error:?}"),
            Self::Token(error) => write!(f, "{error:?}"),
            Self::ClockWouldGoBack => f.write_str("ClockWouldGoBack"),
        }
    }
}
