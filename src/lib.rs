#![no_std]
#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![warn(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::std_instead_of_core,
    clippy::unreachable,
    clippy::unwrap_used
)]
#![doc = include_str!("../README.md")]

#[cfg(test)]
extern crate std;

mod any_key;
mod base64url;
mod claims;
mod compact;
mod deserialize;
mod error;
mod fingerprint;
mod header;
mod json;
mod jwk;
mod jws;
mod key;
mod key_set;
mod keys;
mod kinds;
mod list;
mod mac;
mod numeric_date;
mod policy;
mod replay;
mod revocation;
mod saved;
mod stream;
mod time;
mod time_floor;
mod unverified;
mod verifier;

pub use any_key::{AnyAlgorithm, AnyKey, AnyRunningHmac};
pub use claims::Claims;
pub use compact::MAX_TOKEN_LENGTH;
pub use error::Error;
pub use header::Header;
pub use json::{JsonString, MAX_DEPTH};
pub use jwk::JwkError;
pub use jws::{Jws, JwsVerifier};
pub use key::{Key, RunningHmac};
pub use key_set::{KeyEntry, KeySet};
pub use keys::{Keys, StreamingKey, VerificationKey};
pub use mac::{Algorithm, Hs256, Hs384, Hs512, Mac, StreamingMac, Tag};
pub use numeric_date::NumericDate;
pub use policy::{MAX_LEEWAY, Policy, PolicyBuilder};
pub use replay::{Presented, Replay, ReplayGuard, WhenFull};
pub use revocation::{Revocation, Revocations};
pub use stream::{StreamingJwsVerifier, StreamingVerifier};
pub use time::Time;
pub use time_floor::TimeFloor;
pub use unverified::{UnverifiedHeader, unverified_header};
pub use verifier::{Token, Verifier};

/// Whether flash and RAM are what is short, and not time: on microcontrollers, and on what else has no 64 bits.
const MEMORY_IS_SHORT: bool = usize::BITS < 64;

#[doc = include_str!("../FIELD.md")]
pub mod in_the_field {}
