//! Tokens made of text, of any value that serde knows, and for payloads that travel apart. Each must
//! be the one that an independent signer makes, and a verifier must accept it. What is refused must
//! be refused by a verifier too, or have a name twice, or lack `exp`.
#![no_main]

use embedded_jwt_fuzz::signing::Signing;

libfuzzer_sys::fuzz_target!(|signing: Signing| {
    let _ = signing.check();
});
