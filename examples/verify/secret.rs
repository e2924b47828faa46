//! The secret, in each form that an option can give it. No error and no hint shows a byte of it.
//!
//! A [`Key`] wipes its secret when it is dropped. What it is made from isn't wiped here: the
//! process ends soon, and its arguments can't be wiped. A service should wipe it.

use std::ffi::OsString;
use std::fmt::Display;
use std::io::{self, Read as _};
use std::path::Path;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};
use clap::{Arg, ArgGroup, ArgMatches};
use embedded_jwt::{Algorithm, Key};

use crate::arguments::{path_value, text, value};

/// The options for a secret as text, in the order in which `--help` lists them.
pub(crate) const TEXTS: [&str; 4] =
    ["secret-base64url", "secret-base64", "secret-hex", "secret-text"];

/// The options that say which key it is.
pub(crate) fn arguments() -> [Arg; 7] {
    let algorithm = "The key's algorithm; of a JWK Set, that of keys that name none";
    [
        value("alg", "ALGORITHM", algorithm)
            .allow_hyphen_values(false)
            .required_unless_present("jwks")
            .value_parser(["HS256", "HS384", "HS512"]),
        value("secret-base64url", "TEXT", "The key in Base64URL without padding"),
        value("secret-base64", "TEXT", "The key in Base64, with padding or without"),
        value("secret-hex", "TEXT", "The key in hexadecimal"),
        value("secret-text", "TEXT", "The key as text: its bytes in UTF-8"),
        path_value("secret-file", "A file that holds the key's raw bytes"),
        path_value("jwks", "A JWK Set, or a JSON Web Key; - reads it from standard input"),
    ]
}

/// The key is given once.
pub(crate) fn group() -> ArgGroup {
    ArgGroup::new("secret").args(TEXTS).args(["secret-file", "jwks"]).required(true)
}

/// Reads what `--jwks` names. Also returns the option as messages show it.
pub(crate) fn read_jwks(path: &OsString) -> Result<(Vec<u8>, String), String> {
    let is_input = path == "-";
    let file = if is_input { Path::new("standard input") } else { Path::new(path) };
    let option = format!("--jwks {}", file.display());
    let mut json = Vec::new();
    let read = match is_input {
        true => io::stdin().read_to_end(&mut json).map(drop),
        false => std::fs::read(path).map(|bytes| json = bytes),
    };
    match read {
        Ok(()) => Ok((json, option)),
        Err(error) => Err(format!("{option}: {error}")),
    }
}

/// Makes the key from the one option that was given. For a file, also returns what may be wrong
/// with it if it makes no token's MAC.
pub(crate) fn key<A: Algorithm>(options: &ArgMatches) -> Result<(Key<A>, Option<String>), String> {
    if let Some(path) = options.get_one::<OsString>("secret-file") {
        let option = format!("--secret-file {}", Path::new(path).display());
        let secret = std::fs::read(path).map_err(|error| format!("{option}: {error}"))?;
        let key = Key::new(&secret).map_err(|error| format!("{option}: {error}"))?;
        return Ok((key, hint(&secret).map(|hint| format!("{option} {hint}"))));
    }
    let given = TEXTS.into_iter().find_map(|name| Some((name, text(options, name)?)));
    let (name, text) = given.unwrap_or_default();
    let refused = |error: &dyn Display| format!("--{name}: {error}");
    let key = match name {
        "secret-base64url" => Key::from_base64url(text.as_bytes(), &mut vec![0; text.len()]),
        // The errors of these crates show what can't be decoded.
        "secret-base64" => {
            Key::new(&decode_base64(text.as_bytes()).ok_or_else(|| refused(&"not Base64"))?)
        }
        "secret-hex" => Key::new(&hex::decode(text).map_err(|_| refused(&"not hexadecimal"))?),
        _ => Key::new(text.as_bytes()),
    };
    Ok((key.map_err(|error| refused(&error))?, None))
}

/// Decodes the standard alphabet, with all of its padding or without any.
fn decode_base64(text: &[u8]) -> Option<Vec<u8>> {
    let engine = if text.ends_with(b"=") { BASE64_STANDARD } else { BASE64_STANDARD_NO_PAD };
    engine.decode(text).ok()
}

/// What may be wrong with the contents of a file.
fn hint(secret: &[u8]) -> Option<String> {
    let begin = &secret[..secret.len() - secret.trim_ascii_start().len()];
    let end = &secret[secret.trim_ascii_end().len()..];
    let space = |verb, space: &[u8]| {
        let what = if space.contains(&b'\n') { "a line feed" } else { "white space" };
        (!space.is_empty()).then(|| format!("{verb} {what}, which counts as part of the secret"))
    };
    let text = secret.trim_ascii();
    let symbols: Vec<u8> = text.iter().copied().filter(|byte| !b"\r\n".contains(byte)).collect();
    let lines = if symbols.len() < text.len() { ", without line breaks" } else { "" };
    let looks = looks_like(&symbols).map(|(form, option)| {
        format!("looks like {form}, and would then have to be decoded: try {option}{lines}")
    });
    let findings = [space("begins with", begin), space("ends in", end), looks];
    let findings: Vec<_> = findings.into_iter().flatten().collect();
    (!findings.is_empty()).then(|| findings.join("; and it "))
}

/// The encoding that a text seems to be in, and the option for it.
fn looks_like(symbols: &[u8]) -> Option<(&'static str, &'static str)> {
    if symbols.is_empty() {
        None
    } else if hex::decode(symbols).is_ok() {
        Some(("hexadecimal", "--secret-hex"))
    } else if BASE64_URL_SAFE_NO_PAD.decode(symbols).is_ok() {
        Some(("Base64URL", "--secret-base64url"))
    } else {
        decode_base64(symbols).map(|_| ("Base64", "--secret-base64"))
    }
}
