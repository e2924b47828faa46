//! Gives the linker the memory map and the linker script of the run-time.

use std::env;
use std::fs;
use std::path::Path;

fn main() {
    println!("cargo:rerun-if-changed=memory.x");
    if env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os != "none") {
        return; // a computer, for `sign-image` and the tests
    }
    let out = env::var("OUT_DIR").expect("cargo gives a folder");
    fs::copy("memory.x", Path::new(&out).join("memory.x")).expect("the folder can be written");
    println!("cargo:rustc-link-search={out}");
    println!("cargo:rustc-link-arg-bins=-Tlink.x");
}
