//! What a device remembers of other tokens, and of the time.

mod fingerprint;
mod list;
pub(crate) mod replay;
pub(crate) mod revocation;
mod saved;
pub(crate) mod time_floor;
