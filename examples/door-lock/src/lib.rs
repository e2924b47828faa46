//! What of the door lock needs no board, so that it can be tested on a computer: `cargo test`.

#![cfg_attr(not(test), no_std)]

pub mod state;
pub mod storage;

#[cfg(test)]
mod tests;
