//! Claims and detached payloads that are signed, in headers that they nearly may have: the C
//! interface must make the same tokens as the Rust library, or refuse as it does.
#![no_main]

use embedded_jwt_capi_fuzz::signing::Signing;

libfuzzer_sys::fuzz_target!(|signing: Signing| signing.check());
