//! Guards that accept each token once: one for the threads of a process, and one for several
//! gateways.

#[cfg(feature = "redis")]
pub mod redis;
pub mod sharded;

#[cfg(feature = "redis")]
use self::redis::RedisGuard;
use self::sharded::ShardedGuard;

/// Which guard a gateway has.
pub enum Guard {
    /// Tokens are good until they expire, as often as they come.
    None,
    /// Each token is good once at this gateway.
    Memory(ShardedGuard),
    /// Each token is good once at all gateways that share the store.
    #[cfg(feature = "redis")]
    Redis(RedisGuard),
}

impl Guard {
    /// Whether the guard can be asked now.
    pub async fn is_ready(&self) -> bool {
        match self {
            Self::None | Self::Memory(_) => true,
            #[cfg(feature = "redis")]
            Self::Redis(guard) => guard.is_ready().await,
        }
    }

    /// How many tokens a guard in memory remembers, and how many it can.
    pub fn fill(&self) -> Option<(usize, usize)> {
        match self {
            Self::Memory(guard) => Some((guard.len(), guard.capacity())),
            _ => None,
        }
    }
}

/// The first second of `iat` at which a guard that begins now can tell whether a token was accepted
/// before: one that was issued earlier may have been, by the guard that was there before it.
/// The issuer's clock may be ahead by the leeway.
fn remembers_from(now: i64, leeway: u32) -> i64 {
    now.saturating_add(leeway.into()).saturating_add(1)
}
