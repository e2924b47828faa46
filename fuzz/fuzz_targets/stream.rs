//! Tokens that arrive in pieces, one to three on one streaming verifier, some of them given up: each
//! answer, each token and the buffer are those of the slice, however the tokens are cut.
#![no_main]

use embedded_jwt_fuzz::arrivals::Arrivals;

libfuzzer_sys::fuzz_target!(|arrivals: Arrivals| arrivals.check());
