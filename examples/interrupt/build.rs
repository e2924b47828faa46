//! Gives the linker the memory map and the linker script of the run-time.

use std::env;
use std::fs;
use std::path::Path;

fn main() {
    let out = env::var("OUT_DIR").expect("cargo gives a folder");
    fs::copy("memory.x", Path::new(&out).join("memory.x")).expect("memory.x is here");
    // Empty: it is for names of interrupts, and `board.rs` has the functions themselves.
    fs::write(Path::new(&out).join("device.x"), "").expect("the folder can be written");
    println!("cargo:rerun-if-changed=memory.x");
    println!("cargo:rustc-link-search={out}");
    println!("cargo:rustc-link-arg-bins=-Tlink.x");
}
