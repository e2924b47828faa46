//! "Use it" in the README, as a new crate that has just the dependencies named there. That the code
//! also does what it says is a test of the documentation.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

/// The text of the first code block in a language, from a heading on.
fn block(heading: &str, language: &str) -> String {
    let readme = include_str!("../README.md");
    let (_, section) = readme.split_once(heading).expect("heading in README.md");
    let (_, block) = section.split_once(&format!("```{language}\n")).expect("block in README.md");
    block.split_once("```").expect("end of the block").0.to_owned()
}

#[test]
#[cfg_attr(
    any(embedded_jwt_small, not(debug_assertions), not(target_pointer_width = "64")),
    ignore = "one build shows it"
)]
fn a_new_crate_needs_only_what_use_it_shows() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let temporary = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let place = temporary.join("use-it");
    fs::create_dir_all(place.join("src")).unwrap();
    let version = "embedded-jwt = \"0.1\"\n";
    let dependencies = block("## Use it", "toml");
    assert!(dependencies.contains(version));
    let here = format!("embedded-jwt = {{ path = {root:?} }}\n");
    let manifest = format!(
        "[package]\nname = \"use-it\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n{}",
        dependencies.replace(version, &here)
    );
    fs::write(place.join("Cargo.toml"), manifest).unwrap();
    fs::write(place.join("src/main.rs"), block("## Use it", "rust")).unwrap();
    // The same versions as here, which are there already.
    fs::copy(root.join("Cargo.lock"), place.join("Cargo.lock")).unwrap();
    let check = Command::new(env!("CARGO"))
        .args(["check", "--quiet", "--offline"])
        .current_dir(&place)
        // Macros are compiled there already.
        .env("CARGO_TARGET_DIR", temporary.parent().unwrap())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&check.stderr);
    assert!(check.status.success(), "{told}");
    assert_eq!(told, "", "warnings");
}
