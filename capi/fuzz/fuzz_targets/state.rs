//! A replay guard, revocations and a time floor, through tokens, changes, power losses and spoilt
//! flash: the C interface must answer and remember as the Rust library does.
#![no_main]

use embedded_jwt_capi_fuzz::state::Course;

libfuzzer_sys::fuzz_target!(|course: Course| course.check());
