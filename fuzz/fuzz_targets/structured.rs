//! Tokens generated member by member, with escapes, duplicates, wrong types and other faults, under
//! rules that they nearly follow. The answers must be the judge's.
#![no_main]

use embedded_jwt_fuzz::check::check;
use embedded_jwt_fuzz::generate::Made;

libfuzzer_sys::fuzz_target!(|made: Made| {
    let _ = check(made.algorithm, &made.rules, &made.token, made.room);
});
