//! A replay guard in memory that all threads share: a map in shards, each with a lock of its own.
//!
//! As the crate's `ReplayGuard`, it never accepts a token twice, even if the clock is set back, and
//! refuses new tokens while it is full. That one compares with each remembered token; this one
//! looks up in constant time, and so is of use for millions.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};

use embedded_jwt::{Error, Presented, Replay, Time};

/// Enough that threads seldom meet at one.
const SHARDS: usize = 64;

/// Remembers tokens until they expire.
pub struct ShardedGuard {
    shards: Vec<Mutex<Shard>>,
    /// The most tokens of a shard.
    room: usize,
    remembers_from: i64,
}

#[derive(Default)]
struct Shard {
    /// By fingerprint, each token's expiration.
    tokens: HashMap<[u8; 16], i64>,
    /// When expired tokens were last removed.
    purged: Option<Time>,
    /// The latest expiration of all tokens that were removed.
    forgotten: Option<i64>,
}

impl ShardedGuard {
    /// A guard for about so many tokens: they are spread over shards by chance, and the first shard
    /// may be full when the guard has room for some percent more.
    ///
    /// `now` is the time of its start, in seconds since 1970. Tokens that were issued earlier are
    /// refused with [`Error::ReplayNotExcluded`]: a gateway that was killed may have accepted them.
    pub fn new(capacity: usize, now: i64, leeway: u32) -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            room: capacity.div_ceil(SHARDS),
            remembers_from: super::remembers_from(now, leeway),
        }
    }

    /// The number of tokens that are remembered. Some of them may have expired.
    pub fn len(&self) -> usize {
        self.shards.iter().filter_map(|shard| Some(shard.lock().ok()?.tokens.len())).sum()
    }

    /// Whether no token is remembered.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The most tokens that can be remembered.
    pub fn capacity(&self) -> usize {
        self.room * SHARDS
    }

    /// The shard of a fingerprint. The fingerprint is a hash, so any byte of it will do.
    fn shard(&self, fingerprint: &[u8; 16]) -> Result<MutexGuard<'_, Shard>, Error> {
        let shard = self.shards.get(usize::from(fingerprint[0]) % SHARDS);
        // A thread that panicked may have left a shard in any state.
        shard.and_then(|shard| shard.lock().ok()).ok_or(Error::RecordsUnavailable)
    }
}

impl Replay for &ShardedGuard {
    fn admit(&mut self, token: &Presented<'_>) -> Result<(), Error> {
        let fingerprint = token.fingerprint()?;
        if token.is_issued_before(self.remembers_from)? {
            return Err(Error::ReplayNotExcluded);
        }
        self.shard(&fingerprint)?.admit(token, fingerprint, self.room)
    }
}

impl Shard {
    fn admit(
        &mut self,
        token: &Presented<'_>,
        fingerprint: [u8; 16],
        room: usize,
    ) -> Result<(), Error> {
        // Once a second, so that the work for a token is small and the memory is soon free.
        if self.purged != Some(token.time()) {
            self.purged = Some(token.time());
            self.purge(token);
        }
        let expiration = token.expiration();
        match self.tokens.get(&fingerprint) {
            Some(_) => Err(Error::Replayed),
            None if Some(expiration) <= self.forgotten => Err(Error::ReplayNotExcluded),
            None if self.tokens.len() >= room => Err(Error::ReplayGuardFull),
            None => {
                self.tokens.insert(fingerprint, expiration);
                Ok(())
            }
        }
    }

    /// Forgets tokens that have certainly expired.
    fn purge(&mut self, token: &Presented<'_>) {
        let forgotten = &mut self.forgotten;
        self.tokens.retain(|_, &mut expiration| {
            let is_past = token.is_past(expiration);
            if is_past {
                *forgotten = (*forgotten).max(Some(expiration));
            }
            !is_past
        });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use embedded_jwt::{Hs256, Key, Policy, Signer, Verifier};

    use super::*;

    const START: i64 = 1_800_000_000;
    const LEEWAY: u32 = 2;
    const SECRET: &[u8; 32] = b"32 random bytes go here, no text";

    fn token(jwt_id: &str, issued_at: i64, expiration: i64) -> Vec<u8> {
        let claims = format!(r#"{{"jti":"{jwt_id}","iat":{issued_at},"exp":{expiration}}}"#);
        let mut buffer = [0; 512];
        let signer = Signer::new(Key::<Hs256>::new(SECRET).unwrap());
        signer.sign_json(&claims, &mut buffer).unwrap().to_vec()
    }

    fn verify(guard: &ShardedGuard, token: &[u8], now: i64) -> Result<(), Error> {
        let policy = Policy::builder().leeway(LEEWAY).maximum_lifetime(300).build()?;
        let verifier = Verifier::new(Key::<Hs256>::new(SECRET)?, policy);
        let now = Time::Known(now.try_into().unwrap());
        verifier.verify_with(token, now, &(), &mut &*guard, &mut [0; 384]).map(drop)
    }

    #[test]
    fn each_token_is_accepted_once_while_it_is_valid() {
        let guard = ShardedGuard::new(1_000, START, LEEWAY);
        let begin = START + 3;
        let (replayed, unsure) = (Err(Error::Replayed), Err(Error::ReplayNotExcluded));
        for (name, jwt_id, issued_at, expiration, now, expected) in [
            ("before the start", "0", START - 1, START + 60, begin, unsure),
            ("in the second of the start", "0", START, START + 60, begin, unsure),
            ("by a clock that was ahead", "0", START + 2, START + 60, begin, unsure),
            ("first", "1", begin, begin + 60, begin, Ok(())),
            ("again", "1", begin, begin + 60, begin, replayed),
            ("another with its jti", "1", begin, begin + 90, begin, replayed),
            ("another", "2", begin, begin + 60, begin, Ok(())),
            ("again, expired, in the leeway", "1", begin, begin + 60, begin + 61, replayed),
            ("again, expired", "1", begin, begin + 60, begin + 62, Err(Error::Expired)),
            ("its jti anew", "1", begin + 62, begin + 120, begin + 62, Ok(())),
            ("the clock is set back", "1", begin, begin + 60, begin + 59, replayed),
            ("and for the other, forgotten or not", "2", begin, begin + 60, begin + 59, replayed),
        ] {
            let token = token(jwt_id, issued_at, expiration);
            assert_eq!(verify(&guard, &token, now), expected, "{name}");
        }
    }

    #[test]
    fn a_forgotten_token_is_refused_when_the_clock_is_set_back() {
        let guard = ShardedGuard::new(1_000, START, LEEWAY);
        let begin = START + 3;
        // Enough tokens that all shards have seen the later time.
        let tokens =
            |issued_at| (0..1_000).map(move |n| token(&n.to_string(), issued_at, issued_at + 9));
        for early in tokens(begin) {
            let _ = verify(&guard, &early, begin);
        }
        for late in tokens(begin + 100) {
            let _ = verify(&guard, &late, begin + 100);
        }
        for early in tokens(begin) {
            let refused = verify(&guard, &early, begin).unwrap_err();
            assert!(matches!(refused, Error::Replayed | Error::ReplayNotExcluded), "{refused}");
        }
    }

    #[test]
    fn memory_is_bounded_and_free_again_when_tokens_expire() {
        let guard = ShardedGuard::new(640, START, LEEWAY);
        let begin = START + 3;
        let mut refused = 0;
        for n in 0..2_000 {
            match verify(&guard, &token(&n.to_string(), begin, begin + 10), begin) {
                Ok(()) => {}
                Err(error) => {
                    assert_eq!(error, Error::ReplayGuardFull);
                    refused += 1;
                }
            }
        }
        assert_eq!((guard.len(), guard.capacity(), refused), (640, 640, 2_000 - 640));
        // What was refused was not remembered, and what was remembered is still refused.
        for n in 0..2_000 {
            let again = verify(&guard, &token(&n.to_string(), begin, begin + 10), begin + 1);
            assert!(matches!(again, Err(Error::Replayed | Error::ReplayGuardFull)));
        }
        let later = begin + 12;
        let accepted = (0..320)
            .filter(|n| verify(&guard, &token(&n.to_string(), later, later + 10), later).is_ok());
        assert!(accepted.count() > 300);
    }

    #[test]
    fn of_many_threads_with_one_token_exactly_one_gets_in() {
        const THREADS: usize = 8;
        let guard = ShardedGuard::new(1_000, START, LEEWAY);
        let now = START + 3;
        for round in 0..200 {
            let token = token(&round.to_string(), now, now + 60);
            let (accepted, barrier) = (AtomicUsize::new(0), Barrier::new(THREADS));
            std::thread::scope(|scope| {
                for _ in 0..THREADS {
                    scope.spawn(|| {
                        barrier.wait();
                        match verify(&guard, &token, now) {
                            Ok(()) => accepted.fetch_add(1, Ordering::Relaxed),
                            Err(error) => {
                                assert_eq!(error, Error::Replayed);
                                0
                            }
                        };
                    });
                }
            });
            assert_eq!(accepted.into_inner(), 1, "round {round}");
        }
    }
}
