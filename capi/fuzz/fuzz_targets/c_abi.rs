//! Tokens that are signed, under rules that they nearly follow: the C interface must answer as the
//! Rust library does, for a whole token, in pieces, and with a key set, and read the same claims.
#![no_main]

use embedded_jwt_capi_fuzz::Case;

libfuzzer_sys::fuzz_target!(|case: Case| case.check());
