//! What of the firmware needs no board, so that it can be tested on a computer: `cargo test`.

#![cfg_attr(not(test), no_std)]

pub mod install;
pub mod slots;

#[cfg(test)]
mod tests;
