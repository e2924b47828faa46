//! A replay guard on Redis that several gateways share.
//!
//! A verification can't wait for the network: it would block a worker. So it ends with [`Noted`],
//! which accepts a token that has passed every other check and notes what the store has to be
//! asked. The gateway lets the token in when [`RedisGuard::ask`] says so, and not before. Forged,
//! expired and revoked tokens never get that far.
//!
//! - **One step**: a script looks up and remembers, so of two copies, at two gateways, one is
//!   accepted.
//! - **Kept long enough**: a token is remembered until it has expired, with the leeway and a minute
//!   for gateways whose clocks differ. The store counts that down by itself, so its own clock does
//!   not matter.
//! - **Bounded**: a question takes no longer than twice the timeout, and only 256 wait at a time.
//!   Any trouble refuses the token with `RecordsUnavailable`: 503. Such a token may have been
//!   remembered, if only the answer was lost, and is then refused for good: get another.
//! - **A store that lost its memory** is noticed: it has lost the time of its beginning, too. It
//!   gets a new one, by the clock of the gateway that asks first, and tokens that were issued
//!   before it are refused with `ReplayNotExcluded`. For that, clocks must differ by no more than
//!   the leeway.
//!
//! The store must not forget by itself: `maxmemory-policy noeviction`, and `appendfsync always` if
//! it is to remember, over its own crash, what it has said.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use embedded_jwt::{Error, Presented, Replay};
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, Cmd, RedisError};
use tokio::sync::Semaphore;

/// How many seconds longer a token is remembered than by the clock of the gateway that asks:
/// another one's may be that far behind.
const MARGIN: i64 = 60;

/// How many questions may wait for the store at a time.
const MOST_QUESTIONS: usize = 256;

/// One name before all keys, in braces, so that a cluster keeps them together.
const PREFIX: &str = "{embedded-jwt}";

/// KEYS: the beginning, the token. ARGV: the beginning if there is none yet, the token's `iat`, for
/// how many seconds to remember it.
const SCRIPT: &str = "
local from = redis.call('GET', KEYS[1])
if not from then
    from = ARGV[1]
    redis.call('SET', KEYS[1], from)
end
if tonumber(ARGV[2]) < tonumber(from) then return 'unsure' end
if redis.call('SET', KEYS[2], '', 'NX', 'EX', ARGV[3]) then return 'new' end
return 'known'";

/// Notes the token that a verification accepts, to ask a store later.
#[derive(Default)]
pub struct Noted(Option<Question>);

/// What a store has to know of a token.
struct Question {
    fingerprint: [u8; 16],
    issued_at: i64,
    expiration: i64,
}

impl Replay for Noted {
    fn admit(&mut self, token: &Presented<'_>) -> Result<(), Error> {
        let issued_at = token.claims().issued_at().ok_or(Error::MissingIssuedAt)?;
        self.0 = Some(Question {
            fingerprint: token.fingerprint()?,
            issued_at: issued_at.seconds(),
            expiration: token.expiration(),
        });
        Ok(())
    }
}

/// A connection to the store.
pub struct RedisGuard {
    connection: ConnectionManager,
    questions: Semaphore,
    timeout: Duration,
    leeway: u32,
    /// Whether the last question was answered: a change is logged once.
    is_up: AtomicBool,
}

impl RedisGuard {
    /// A guard that connects when it is first asked. Needs a tokio runtime.
    ///
    /// # Errors
    /// Says what is wrong with the address, without repeating it: it may hold a password.
    pub fn new(address: &str, timeout: Duration, leeway: u32) -> Result<Self, String> {
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(0)
            .set_connection_timeout(Some(timeout))
            .set_response_timeout(Some(timeout));
        let client = Client::open(address).map_err(|error| error.to_string())?;
        let connection = ConnectionManager::new_lazy_with_config(client, config);
        Ok(Self {
            connection: connection.map_err(|error| error.to_string())?,
            questions: Semaphore::new(MOST_QUESTIONS),
            timeout,
            leeway,
            is_up: AtomicBool::new(true),
        })
    }

    /// Asks whether the noted token is new, and remembers it. `now` is in seconds since 1970.
    ///
    /// # Errors
    /// [`Error::Replayed`], [`Error::ReplayNotExcluded`], [`Error::RecordsUnavailable`].
    pub async fn ask(&self, noted: Noted, now: i64) -> Result<(), Error> {
        let question = noted.0.ok_or(Error::RecordsUnavailable)?;
        let remaining = question.expiration.saturating_sub(now).max(0);
        let kept = remaining.saturating_add(MARGIN).saturating_add(self.leeway.into());
        let mut command = redis::cmd("EVAL");
        command.arg(SCRIPT).arg(2).arg(format!("{PREFIX}:from"));
        command.arg([PREFIX.as_bytes(), b":", &question.fingerprint].concat());
        command.arg(super::remembers_from(now, self.leeway)).arg(question.issued_at).arg(kept);
        match self.send(&command).await.as_deref() {
            Some("new") => Ok(()),
            Some("known") => Err(Error::Replayed),
            Some("unsure") => Err(Error::ReplayNotExcluded),
            _ => Err(Error::RecordsUnavailable),
        }
    }

    /// Whether the store answers.
    pub async fn is_ready(&self) -> bool {
        self.send(&redis::cmd("PING")).await.is_some()
    }

    /// The answer to a command, or `None` for any trouble, which is logged when it begins and ends.
    async fn send(&self, command: &Cmd) -> Option<String> {
        let Ok(_permit) = self.questions.try_acquire() else { return None };
        let mut connection = self.connection.clone();
        // The first bound is for connecting, the second for the answer.
        let answer = tokio::time::timeout(2 * self.timeout, command.query_async(&mut connection));
        let answer: Result<String, RedisError> = match answer.await {
            Ok(answer) => answer,
            Err(_) => Err(RedisError::from((redis::ErrorKind::Io, "timed out"))),
        };
        if self.is_up.swap(answer.is_ok(), Ordering::Relaxed) != answer.is_ok() {
            match &answer {
                Ok(_) => tracing::info!("replay guard's store answers again"),
                Err(error) => tracing::error!(%error, "replay guard's store does not answer"),
            }
        }
        answer.ok()
    }
}
