//! The same tests, on the code path of 32-bit targets.

extern crate small as embedded_jwt_fuzz;

// What instrumented libraries call.
#[cfg(fuzzing)]
use libfuzzer_sys as _;

mod dates;
mod exhaustive;
mod limits;
mod paste;
mod pasted;
mod peers;
mod seeds;
