//! Key sets that change, and generated tokens that name one of the keys, another one, or none. The
//! answers must be the judge's.
#![no_main]

use embedded_jwt_fuzz::key_set::MadeSet;

libfuzzer_sys::fuzz_target!(|made: MadeSet| {
    let _ = made.check();
});
