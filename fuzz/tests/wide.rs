//! The tests, on the code path of 64-bit targets.

extern crate wide as embedded_jwt_fuzz;

// What instrumented libraries call.
#[cfg(fuzzing)]
use libfuzzer_sys as _;

mod dates;
mod exhaustive;
mod limits;
mod made_here;
mod paste;
mod pasted;
mod peers;
mod seeds;
