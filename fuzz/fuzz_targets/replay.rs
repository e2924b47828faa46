//! The life of a device: tokens that come again, revocations, what is saved, power losses and clocks
//! that are set back. Each answer is that of a plain model, and no token is accepted twice.
#![no_main]

use embedded_jwt_fuzz::replay::Life;

libfuzzer_sys::fuzz_target!(|life: Life| life.check());
