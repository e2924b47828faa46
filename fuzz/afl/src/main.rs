//! Runs one of the targets under AFL++. Its name is the argument, with `_small` behind it for the
//! small code path: `afl stream_small`.

use std::env;

const UNKNOWN: &str = "there is such a target";

fn main() {
    let name = env::args().nth(1).expect("the name of a target");
    // Without AFL's hook, which aborts before a test to paste is printed.
    match name.strip_suffix("_small") {
        Some(name) => {
            let target = small::targets::Target::named(name).expect(UNKNOWN);
            afl::fuzz_nohook!(|input: &[u8]| small::targets::run_or_abort(&target, input));
        }
        None => {
            let target = wide::targets::Target::named(&name).expect(UNKNOWN);
            afl::fuzz_nohook!(|input: &[u8]| wide::targets::run_or_abort(&target, input));
        }
    }
}
