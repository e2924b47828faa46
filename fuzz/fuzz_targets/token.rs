//! The target `token` (`src/targets.rs`), for libFuzzer.
#![cfg_attr(fuzzing, no_main)]
embedded_jwt_fuzz::program!(TOKEN);
