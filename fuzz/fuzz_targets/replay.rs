//! The life of a device: repeated tokens, revocations, saves, power losses, and clocks that are set
//! back. The answers must be those of a simple model, and no token may be accepted twice.
#![no_main]

use embedded_jwt_fuzz::replay::Life;

libfuzzer_sys::fuzz_target!(|life: Life| life.check());
