//! The options of the command line.

use std::num::NonZeroUsize;

use clap::{Command, value_parser};

use crate::arguments::{now, repeatable, seconds_value, switch, value};
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
    Command::new("verify")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Verifies HMAC-signed JSON Web Tokens")
        .args(secret::arguments())
        .group(secret::group())
        .arg(
            switch("allow-missing-kid", "Try each key of a JWK Set for tokens that name none")
                .conflicts_with_all(secret::TEXTS)
                .conflicts_with("secret-file"),
        )
        .arg(now())
        .arg(seconds_value("leeway", "How far clocks may differ [default: 0]"))
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
        .arg(seconds_value("max-age", "How long ago a token may have been issued"))
        .arg(seconds_value(
            "max-lifetime",
            "How long a token may be valid, from when it was issued",
        ))
        .arg(seconds_value("max-remaining", "How long a token may still be valid"))
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
