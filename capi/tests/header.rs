//! The codes of the header are the numbers of the library's errors, by the same names.

use std::collections::BTreeMap;

/// What the header defines as a number.
fn defined() -> BTreeMap<String, i64> {
    let header = include_str!("../include/embedded_jwt.h");
    let defines = header.lines().filter_map(|line| line.strip_prefix("#define "));
    let pairs = defines.filter_map(|define| define.split_once(' '));
    pairs.filter_map(|(name, value)| Some((name.to_owned(), value.parse().ok()?))).collect()
}

/// `KeyNotBase64Url` as `EJWT_KEY_NOT_BASE64URL`.
fn name_in_c(variant: &str) -> String {
    let mut name = "EJWT".to_owned();
    for letter in variant.replace("Base64Url", "Base64url").chars() {
        if letter.is_uppercase() {
            name.push('_');
        }
        name.push(letter.to_ascii_uppercase());
    }
    name
}

#[test]
fn codes_are_those_of_the_library() {
    let defined = defined();
    let table = include_str!("../../tests/vectors/error_codes.tsv");
    let rows: Vec<_> = table.lines().filter_map(|line| line.split_once('\t')).collect();
    assert!(rows.len() >= 95);
    for (code, variant) in rows {
        let name = name_in_c(variant);
        assert_eq!(defined.get(&name).map(i64::to_string).as_deref(), Some(code), "{name}");
    }
}

#[test]
fn version_is_that_of_the_package() {
    let defined = defined();
    let parts = ["MAJOR", "MINOR", "PATCH"].map(|part| defined[&format!("EJWT_VERSION_{part}")]);
    let [major, minor, patch] = parts;
    assert_eq!(format!("{major}.{minor}.{patch}"), env!("CARGO_PKG_VERSION"));
}
