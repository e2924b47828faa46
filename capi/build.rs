//! Finds out whether the library is built for one algorithm: then no key is asked for its own. And
//! whether it is built at a level of optimization that takes more of the stack.

use std::env;

fn main() {
    println!("cargo::rustc-check-cfg=cfg(one_algorithm, deep_stack)");
    if matches!(env::var("OPT_LEVEL").as_deref(), Ok("1" | "z")) {
        println!("cargo::rustc-cfg=deep_stack");
    }
    let is_on = |name: &&str| env::var_os(format!("CARGO_FEATURE_{name}")).is_some();
    let algorithms = ["HS256", "HS384", "HS512"].iter().filter(|name| is_on(name)).count();
    match (algorithms, is_on(&"ENGINE")) {
        (0, false) => panic!("choose a feature of hs256, hs384, hs512 and engine"),
        (1, false) => println!("cargo::rustc-cfg=one_algorithm"),
        _ => {}
    }
}
