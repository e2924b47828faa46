//! Key sets that change, and tokens made up member by member that name one of the keys, or none, or
//! another: the judge's answer.
#![no_main]

use embedded_jwt_fuzz::key_set::MadeSet;

libfuzzer_sys::fuzz_target!(|made: MadeSet| {
    let _ = made.check();
});
