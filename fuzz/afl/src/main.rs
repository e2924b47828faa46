//! Runs one of the targets under AFL++. Its name is the argument, with `_small` behind it for the
//! small code path: `afl stream_small`.

use std::env;

fn main() {
    let name = env::args().nth(1).expect("the name of a target");
    // Without AFL's hook, which aborts before a test to paste is printed.
    match name.strip_suffix("_small") {
        Some(name) => afl::fuzz_nohook!(|input: &[u8]| small::targets::run_or_abort(name, input)),
        None => afl::fuzz_nohook!(|input: &[u8]| wide::targets::run_or_abort(&name, input)),
    }
}
