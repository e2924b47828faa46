//! The target `policy` (`src/targets.rs`), for libFuzzer.
#![cfg_attr(fuzzing, no_main)]
embedded_jwt_fuzz::program!(POLICY);
