//! `embedded-jwt` behind a C interface: `include/embedded_jwt.h`, which cbindgen writes from this
//! crate.
//!
//! Every function checks its pointers for what can be checked, and returns a code. Nothing is
//! allocated: objects live in memory of the caller. What a C program doesn't call isn't linked.
#![no_std]
// A library that has less has parts that nothing uses.
#![cfg_attr(
    not(all(
        feature = "key-set",
        feature = "pieces",
        feature = "jws",
        feature = "sign",
        feature = "lists"
    )),
    allow(dead_code)
)]
#![deny(missing_docs)]
#![warn(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unreachable,
    clippy::unwrap_used
)]

// Hosts have the standard library, and with it a panic handler.
#[cfg(not(target_os = "none"))]
extern crate std;

#[cfg(not(one_algorithm))]
mod any_key;
#[allow(clippy::panic, reason = "a wrong capacity does not compile")]
mod capacity;
#[cfg(feature = "state")]
mod check;
#[cfg(feature = "claims")]
mod claims;
#[cfg(feature = "engine")]
mod engine;
#[allow(clippy::indexing_slicing, reason = "tables are made while compiling")]
mod error;
#[cfg(feature = "pieces")]
mod incoming;
#[cfg(feature = "jws")]
mod jws;
mod key;
#[cfg(feature = "key-set")]
mod key_set;
mod memory;
mod policy;
#[cfg(feature = "sign")]
mod sign;
#[cfg(feature = "state")]
mod state;
#[cfg(feature = "pieces")]
mod stream;
mod time;
mod token;
#[cfg(feature = "claims")]
mod unverified;
mod verify;

#[cfg(feature = "state")]
pub use check::*;
#[cfg(feature = "claims")]
pub use claims::*;
#[cfg(feature = "engine")]
pub use engine::*;
pub use error::*;
#[cfg(feature = "pieces")]
pub use incoming::*;
#[cfg(feature = "jws")]
pub use jws::*;
pub use key::*;
#[cfg(feature = "key-set")]
pub use key_set::*;
pub use memory::{EJWT_WORD_SIZE, ejwt_word};
pub use policy::*;
#[cfg(feature = "sign")]
pub use sign::*;
#[cfg(feature = "state")]
pub use state::*;
#[cfg(feature = "pieces")]
pub use stream::*;
pub use time::*;
pub use token::*;
#[cfg(feature = "claims")]
pub use unverified::*;
pub use verify::*;

/// The algorithm, if the library is built for one.
#[cfg(all(one_algorithm, feature = "hs256"))]
type OnlyAlgorithm = embedded_jwt::Hs256;
/// The algorithm, if the library is built for one.
#[cfg(all(one_algorithm, feature = "hs384"))]
type OnlyAlgorithm = embedded_jwt::Hs384;
/// The algorithm, if the library is built for one.
#[cfg(all(one_algorithm, feature = "hs512"))]
type OnlyAlgorithm = embedded_jwt::Hs512;

/// The version of this header, which is that of the library: MAJOR.MINOR.PATCH.
pub const EJWT_VERSION_MAJOR: u32 = 0;
/// The second part of the version.
pub const EJWT_VERSION_MINOR: u32 = 1;
/// The third part of the version.
pub const EJWT_VERSION_PATCH: u32 = 0;

/// The version of the library that is linked, as a text: "0.1.0".
#[unsafe(no_mangle)]
pub extern "C" fn ejwt_version() -> *const core::ffi::c_char {
    const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\0");
    VERSION.as_ptr().cast()
}

/// Rust asks for a handler. No function of this library panics, so it is not linked.
#[cfg(all(target_os = "none", feature = "panic-handler"))]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    #[allow(clippy::empty_loop, reason = "not reached")]
    loop {}
}
