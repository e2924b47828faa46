//! Payloads of any kind, in the token and apart from it, that are signed, changed and verified: the
//! C interface must answer as the Rust library does, whole and in pieces, with a key and with a
//! set.
#![no_main]

use embedded_jwt_capi_fuzz::payloads::Payload;

libfuzzer_sys::fuzz_target!(|payload: Payload| payload.check());
