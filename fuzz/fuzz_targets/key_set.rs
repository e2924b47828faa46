//! The target `key_set` (`src/targets.rs`), for libFuzzer.
#![cfg_attr(fuzzing, no_main)]
embedded_jwt_fuzz::program!(KEY_SET);
