//! Gives the linker the memory map of the target and the linker script of the run-time.

use std::env;
use std::fs;
use std::path::Path;

fn main() {
    let target = env::var("TARGET").expect("cargo tells the target");
    let out = env::var("OUT_DIR").expect("cargo gives a folder");
    let mut map = fs::read_to_string(format!("memory/{target}.x"))
        .expect("memory/ has a map for each target");
    // Without optimization 16 KiB of RAM are not enough. QEMU's machines have more.
    if env::var("PROFILE").is_ok_and(|profile| profile == "debug") {
        map = map.replace("LENGTH = 16K", "LENGTH = 256K");
    }
    fs::write(Path::new(&out).join("memory.x"), map).expect("cargo's folder can be written to");
    println!("cargo:rerun-if-changed=memory");
    println!("cargo:rustc-link-search={out}");
    if target.starts_with("riscv") {
        println!("cargo:rustc-link-arg-bins=-Tmemory.x"); // Cortex-M's link.x includes it
    }
    println!("cargo:rustc-link-arg-bins=-Tlink.x");
}
