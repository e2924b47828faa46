//! Chooses the small code path.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(embedded_jwt_small)");
    println!("cargo::rustc-cfg=embedded_jwt_small");
}
