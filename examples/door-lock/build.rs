//! Gives the linker the memory map of the target and the linker script of the run-time.

use std::env;
use std::fs;
use std::path::Path;

fn main() {
    println!("cargo:rerun-if-changed=memory");
    let target = env::var("TARGET").expect("cargo tells the target");
    let map = format!("memory/{target}.x");
    if !Path::new(&map).exists() {
        return; // a computer, for the tests
    }
    let out = env::var("OUT_DIR").expect("cargo gives a folder");
    fs::copy(map, Path::new(&out).join("memory.x")).expect("the folder can be written");
    println!("cargo:rustc-link-search={out}");
    if target.starts_with("riscv") {
        println!("cargo:rustc-link-arg-bins=-Tmemory.x"); // Cortex-M's link.x includes it
    }
    println!("cargo:rustc-link-arg-bins=-Tlink.x");
}
