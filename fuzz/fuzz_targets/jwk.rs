//! Any text as a JSON Web Key and as a JWK Set. Exactly the judge's keys must be read, or none if
//! the judge refuses the text. Input: the text.
#![no_main]

use embedded_jwt_fuzz::jwk::check_jwk;

libfuzzer_sys::fuzz_target!(|text: &[u8]| check_jwk(text));
