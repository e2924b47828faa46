//! Any text as a JSON Web Key and as a JWK Set: the judge's keys and no others, or its refusal and
//! no key at all. Input: the text.
#![no_main]

use embedded_jwt_fuzz::jwk::check_jwk;

libfuzzer_sys::fuzz_target!(|text: &[u8]| check_jwk(text));
