//! The options of the command line.

use std::ffi::OsString;
use std::num::NonZeroUsize;

use clap::{Arg, ArgAction, ArgGroup, ArgMatches, Command, value_parser};

use crate::expected::Expected;
use crate::{secret, tokens};

/// The options that `--jws` refuses.
const FOR_CLAIMS: [&str; 12] = [
    "iss",
    "sub",
    "aud",
    "allow-any-audience",
    "require",
    "claim",
    "allow-mistyped",
    "max-age",
    "max-lifetime",
    "max-remaining",
    "revoke-jti",
    "once",
];

pub(crate) fn command() -> Command {
    let value = |name: &'static str, what: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(what).help(help).allow_hyphen_values(true)
    };
    let path = |name, help| {
        value(name, "FILE", help).value_parser(value_parser!(OsString)).allow_hyphen_values(false)
    };
    let seconds = |name, help| {
        value(name, "SECONDS", help).value_parser(value_parser!(u32)).allow_hyphen_values(false)
    };
    let switch =
        |name: &'static str, help| Arg::new(name).long(name).action(ArgAction::SetTrue).help(help);
    Command::new("verify")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Verifies HMAC-signed JSON Web Tokens")
        .arg(
            value(
                "alg",
                "ALGORITHM",
                "The key's algorithm; of a JWK Set, that of keys that name none",
            )
            .allow_hyphen_values(false)
            .required_unless_present("jwks")
            .value_parser(["HS256", "HS384", "HS512"]),
        )
        .arg(value("secret-base64url", "TEXT", "The key in Base64URL without padding"))
        .arg(value("secret-base64", "TEXT", "The key in Base64, with padding or without"))
        .arg(value("secret-hex", "TEXT", "The key in hexadecimal"))
        .arg(value("secret-text", "TEXT", "The key as text: its bytes in UTF-8"))
        .arg(path("secret-file", "A file that holds the key's raw bytes"))
        .arg(path("jwks", "A JWK Set, or a JSON Web Key; - reads it from standard input"))
        .group(
            ArgGroup::new("secret")
                .args(secret::TEXTS)
                .args(["secret-file", "jwks"])
                .required(true),
        )
        .arg(
            switch("allow-missing-kid", "Try each key of a JWK Set for tokens that name none")
                .conflicts_with_all(secret::TEXTS)
                .conflicts_with("secret-file"),
        )
        .arg(
            value("now", "SECONDS", "The time since 1970 [default: the system's clock]")
                .allow_hyphen_values(false)
                .value_parser(value_parser!(u64)),
        )
        .arg(seconds("leeway", "How far clocks may differ [default: 0]"))
        .arg(repeatable(value("iss", "ISSUER", "An issuer that is accepted; may be repeated")))
        .arg(value("sub", "SUBJECT", "The subject that is accepted"))
        .arg(repeatable(value("aud", "AUDIENCE", "Who we are; may be repeated")))
        .arg(switch("allow-any-audience", "Accept tokens for anyone"))
        .arg(value("typ", "TYPE", "The kind of token that is accepted"))
        .arg(repeatable(value("require", "NAME", "A claim that must be present; may be repeated")))
        .arg(
            repeatable(value(
                "claim",
                "NAME=JSON",
                "A claim that must be present once and equal this JSON value; \
                 a name can't contain =; may be repeated",
            ))
            .value_parser(Expected::parse),
        )
        .arg(switch("allow-mistyped", "Accept sub and jti of other types; null counts as absent"))
        .arg(switch("allow-missing-exp", "Accept tokens that never expire"))
        .arg(seconds("max-age", "How long ago a token may have been issued"))
        .arg(seconds("max-lifetime", "How long a token may be valid, from when it was issued"))
        .arg(seconds("max-remaining", "How long a token may still be valid"))
        .arg(repeatable(value(
            "revoke-jti",
            "JTI",
            "A token that was revoked, by its ID; may be repeated",
        )))
        .arg(switch("once", "Accept each token once; one without jti is known by its signature"))
        .arg(
            switch("jws", "Accept any payload, and print it in Base64URL")
                .conflicts_with_all(FOR_CLAIMS),
        )
        .arg(
            value(
                "chunk",
                "BYTES",
                "Verify each token while it arrives in pieces of so many bytes",
            )
            .allow_hyphen_values(false)
            .value_parser(value_parser!(NonZeroUsize)),
        )
        .arg(switch(
            "explain",
            "Report on each token, on standard error: dates, and why it is refused",
        ))
        .arg(tokens::argument())
}

fn repeatable(option: Arg) -> Arg {
    option.action(ArgAction::Append)
}

pub(crate) fn text<'o>(options: &'o ArgMatches, name: &str) -> Option<&'o str> {
    options.get_one::<String>(name).map(String::as_str)
}

/// Each value of an option that may be repeated.
pub(crate) fn texts<'o>(options: &'o ArgMatches, name: &str) -> Vec<&'o str> {
    options.get_many::<String>(name).into_iter().flatten().map(String::as_str).collect()
}

pub(crate) fn seconds(options: &ArgMatches, name: &str) -> Option<u32> {
    options.get_one::<u32>(name).copied()
}
