//! One to three tokens in pieces on one streaming verifier, some of them abandoned. However they
//! are cut, answers, tokens and buffer must be those of the whole tokens.
#![no_main]

use embedded_jwt_fuzz::arrivals::Arrivals;

libfuzzer_sys::fuzz_target!(|arrivals: Arrivals| arrivals.check());
