//! Tokens made up member by member, with escapes, duplicates, wrong types and a change or two,
//! under rules that they nearly keep: the judge's answer.
#![no_main]

use embedded_jwt_fuzz::check::check;
use embedded_jwt_fuzz::generate::Made;

libfuzzer_sys::fuzz_target!(|made: Made| {
    let _ = check(made.algorithm, &made.rules, &made.token, made.room);
});
