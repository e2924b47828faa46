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
#![doc = include_str!("lib.md")]
// What is not there without a feature links to the table of features instead.
#![cfg_attr(
    not(feature = "sign"),
    doc = "",
    doc = "[`Signer`]: #features",
    doc = "[`Signer::sign_detached`]: #features",
    doc = "[`Signer::stream_detached`]: #features",
    doc = "[`Stamp`]: #features"
)]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(test)]
extern crate std;

mod authenticate;
mod base64url;
mod byte_table;
mod check;
mod claims;
mod compact;
#[cfg(feature = "defmt")]
mod defmt;
mod deserialize;
mod error;
mod header;
mod json;
mod key;
mod numeric_date;
mod pending;
mod policy;
#[cfg(feature = "sign")]
mod sign;
mod state;
mod stream;
mod time;
mod token;
mod unverified;
mod verifier;

pub use check::{Check, Presented};
pub use claims::Claims;
pub use compact::MAX_TOKEN_LENGTH;
pub use error::{Error, ErrorClass, Segment};
pub use header::Header;
pub use json::{JsonString, MAX_DEPTH};
pub use key::Keys;
pub use key::any::{AnyKey, AnyRunningHmac};
pub use key::entry::KeyEntry;
pub use key::handle::KeyHandle;
pub use key::hmac::{Key, RunningHmac};
pub use key::jwk::{JwkError, JwksReport};
pub use key::mac::{Algorithm, AnyAlgorithm, Hs256, Hs384, Hs512, Mac, StreamingMac, Tag};
pub use key::name::KeyName;
pub use key::set::KeySet;
pub use numeric_date::NumericDate;
pub use pending::{PendingJws, PendingToken};
pub use policy::{MAX_LEEWAY, Policy, PolicyBuilder};
#[cfg(feature = "sign")]
pub use sign::{DetachedSigner, Signer, Stamp};
pub use state::replay::{Replay, ReplayGuard, WhenFull};
pub use state::revocation::Revocations;
pub use state::time_floor::TimeFloor;
pub use stream::detached::DetachedStream;
pub use stream::incoming::IncomingToken;
pub use stream::{StreamingJwsVerifier, StreamingVerifier};
pub use time::Time;
pub use token::{Jws, Token};
pub use unverified::{UnverifiedClaims, UnverifiedHeader, unverified_claims, unverified_header};
pub use verifier::{JwsVerifier, Verifier};

/// Whether to be small rather than fast: on targets with pointers of less than 64 bits, and
/// anywhere with `--cfg embedded_jwt_small`, which lets a computer test the code that ships in
/// firmware.
const SMALL: bool = cfg!(any(embedded_jwt_small, not(target_pointer_width = "64")));

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

#[cfg(doctest)]
#[doc = include_str!("../FOOTPRINT.md")]
mod footprint {}

#[doc = include_str!("../FIELD.md")]
pub mod in_the_field {}
