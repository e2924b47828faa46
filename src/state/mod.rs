//! What a device remembers between tokens: accepted tokens, revocations, and the latest time.

pub(crate) mod fingerprint;
mod records;
pub(crate) mod replay;
pub(crate) mod revocation;
pub(crate) mod time_floor;
