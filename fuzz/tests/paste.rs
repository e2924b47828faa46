//! What a finding prints compiles, and holds for what is right: `pasted.rs` has the tests that some
//! seeds print.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use embedded_jwt_fuzz::paste::collect;
use embedded_jwt_fuzz::targets::Target;

/// A target, and one of its seeds.
const SEEDS: [(&str, &str); 21] = [
    ("token", "rfc7515-a1"),
    ("policy", "everything-at-once"),
    ("policy", "exp-within-the-leeway"),
    ("key_set", "accepted-one-of-a-name"),
    ("key_set", "change-replace-ambiguous"),
    ("key_set", "key-retired"),
    ("jwk", "k6-one-too-many-among-others"),
    ("jwk", "rfc7515-a1"),
    ("stream", "accepted-then-signature-mismatch"),
    ("stream", "open-set-accepted-three-times"),
    ("stream", "accepted-then-dropped"),
    ("replay", "replay-guard-full"),
    ("replay", "revoked"),
    ("restore", "two-tokens"),
    ("reading", "whole-struct"),
    ("reading", "escapes-of-1536-bytes-for-256"),
    ("sign", "text-made-with-parameters"),
    ("sign", "text-invalid-json-with-a-stamp"),
    ("sign", "value-made-changing"),
    ("sign", "value-made-with-a-stamp"),
    ("sign", "apart-made"),
];

#[test]
fn tests_that_are_printed_are_those_in_pasted_rs() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut text =
        "//! What `paste.rs` prints for some seeds. Written by `PASTE=1 cargo test`.\n\n\
        #![allow(dead_code, unused_assignments, unused_imports, unused_mut, unused_variables)]\n"
            .to_owned();
    for (target, seed) in SEEDS {
        let input = fs::read(folder.join("../seeds").join(target).join(seed)).unwrap();
        let target = Target::named(target).unwrap();
        let tests = collect(|| (target.run)(&input));
        assert!(!tests.is_empty(), "{seed}");
        for (index, test) in tests.iter().filter(|test| !test.is_empty()).enumerate().take(5) {
            let name = seed.replace('-', "_").to_lowercase();
            let head = format!("mod {}_{name}_{index} {{", target.name);
            let uses = "use embedded_jwt_fuzz::embedded_jwt;";
            write!(text, "\n#[rustfmt::skip]\n{head}\n{uses}\n\n{test}}}\n").unwrap();
        }
    }
    let file = folder.join("pasted.rs");
    if env::var_os("PASTE").is_some() {
        fs::write(&file, &text).unwrap();
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), text, "PASTE=1 cargo test writes the file");
}
