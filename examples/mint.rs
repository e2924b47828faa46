//! Makes a token, and prints it on standard output: the other end of the example `verify`.
//!
//! The exit code is 0 if the token was made, 1 if it is refused, and 2 if the options are unusable.
//! What is refused is what a verifier would refuse at any time, and what would never expire.
//! Messages go to standard error.

#[path = "verify/arguments.rs"]
mod arguments;
#[path = "verify/dates.rs"]
mod dates;
#[path = "verify/expected.rs"]
mod expected;
#[path = "verify/json.rs"]
mod json;
#[path = "verify/report.rs"]
mod report;
#[path = "verify/secret.rs"]
mod secret;

use std::ffi::OsString;
use std::io::{self, Read as _, Write as _};
use std::process::ExitCode;

use clap::{Arg, ArgMatches, Command};
use embedded_jwt::{
    Algorithm, AnyAlgorithm, AnyKey, Error as JwtError, Key, MAX_TOKEN_LENGTH, Signer, Stamp,
};
use serde_json::value::RawValue;

use arguments::{now, repeatable, seconds, seconds_value, switch, text, value};
use expected::Expected;
use json::{Members, printable};
use report::tell;

fn command() -> Command {
    Command::new("mint")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Makes an HMAC-signed JSON Web Token")
        .args(secret::arguments())
        .group(secret::group())
        .arg(value("kid", "KEY_ID", "The key's name; of a JWK Set, picks the key"))
        .arg(value("typ", "TYPE", "The kind of token [default: JWT, or none with --jws]"))
        .arg(
            repeatable(value(
                "claim",
                "NAME=JSON",
                "A claim and its value; a name can't contain =; may be repeated",
            ))
            .value_parser(Expected::parse),
        )
        .arg(seconds_value("expires-in", "How long the token is valid: sets iat, nbf and exp"))
        .arg(now())
        .arg(
            switch("allow-missing-exp", "Make a token that never expires")
                .conflicts_with("expires-in"),
        )
        .arg(switch("jws", "Sign standard input as it is, whatever it is").conflicts_with_all([
            "claim",
            "expires-in",
            "allow-missing-exp",
        ]))
        .arg(Arg::new("INPUT").value_parser(["-"]).help(
            "- reads claims from standard input, as a JSON object; so does no --claim at all",
        ))
}

fn main() -> ExitCode {
    match run(&command().get_matches()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure { code, why }) => {
            tell(format_args!("mint: {why}"));
            ExitCode::from(code)
        }
    }
}

/// Why there is no token.
struct Failure {
    code: u8,
    why: String,
}

/// Options that can't be used.
impl From<String> for Failure {
    fn from(why: String) -> Self {
        Self { code: 2, why }
    }
}

fn refused(why: String) -> Failure {
    Failure { code: 1, why: format!("refused: {why}") }
}

fn run(options: &ArgMatches) -> Result<(), Failure> {
    let (key, key_id) = match options.get_one::<OsString>("jwks") {
        Some(path) => key_of_set(options, path)?,
        None => (key(options)?, text(options, "kid").map(str::to_owned)),
    };
    let mut signer = Signer::new(&key);
    if let Some(key_id) = &key_id {
        signer = signer.key_id(key_id);
    }
    if let Some(typ) = text(options, "typ") {
        signer = signer.typ(typ);
    }
    if options.get_flag("allow-missing-exp") {
        signer = signer.allow_missing_expiration();
    }
    let mut input = Vec::new();
    if reads_input(options) {
        let read = io::stdin().read_to_end(&mut input);
        read.map_err(|error| format!("standard input: {error}"))?;
    }
    let mut buffer = vec![0; MAX_TOKEN_LENGTH];
    let token = if options.get_flag("jws") {
        signer.sign_payload(&input, &mut buffer).map_err(|error| refused(told(error)))?
    } else {
        let claims = claims(input, options).map_err(refused)?;
        let made = match stamp(options)? {
            Some(stamp) => signer.sign_json_with(&claims, &stamp, &mut buffer),
            None => signer.sign_json(&claims, &mut buffer),
        };
        made.map_err(|error| refused(explain(error, &claims, options)))?
    };
    let written = io::stdout().write_all(&[token, b"\n"].concat());
    Ok(written.map_err(|error| format!("standard output: {error}"))?)
}

/// The key of the options for one secret. Tells what may be wrong with a file.
fn key(options: &ArgMatches) -> Result<AnyKey, String> {
    fn with<A: Algorithm>(
        options: &ArgMatches,
        any: fn(Key<A>) -> AnyKey,
    ) -> Result<AnyKey, String> {
        let (key, hint) = secret::key(options)?;
        if let Some(hint) = hint {
            tell(format_args!("mint: {hint}"));
        }
        Ok(any(key))
    }
    match text(options, "alg") {
        Some("HS256") => with(options, AnyKey::Hs256),
        Some("HS384") => with(options, AnyKey::Hs384),
        _ => with(options, AnyKey::Hs512),
    }
}

/// The one key of a JWK Set that `--kid` and `--alg` leave, and its name.
fn key_of_set(options: &ArgMatches, path: &OsString) -> Result<(AnyKey, Option<String>), String> {
    if path == "-" && reads_input(options) {
        return Err("standard input can't have both the JWK Set and the claims".to_owned());
    }
    let (json, option) = secret::read_jwks(path)?;
    let json = String::from_utf8(json).map_err(|_| format!("{option}: not UTF-8"))?;
    let algorithm = text(options, "alg").and_then(|name| AnyAlgorithm::from_name(name).ok());
    let wanted = text(options, "kid");
    // The errors of `serde_json` would show what stands there, which may be a secret.
    let invalid = |_| format!("{option}: {}", told(JwtError::InvalidJson));
    let whole: &RawValue = serde_json::from_str(&json).map_err(invalid)?;
    let keys: Vec<&RawValue> = match Members::parse(&json).unwrap_or_default().named("keys").next()
    {
        Some(keys) => serde_json::from_str(keys).unwrap_or_default(),
        None => vec![whole],
    };
    let (mut found, mut why) = (Vec::new(), "there is no such key".to_owned());
    for key in keys.into_iter().map(RawValue::get) {
        let members = Members::parse(key).unwrap_or_default();
        let key_id = members.named("kid").next().and_then(|kid| serde_json::from_str(kid).ok());
        if wanted.is_some() && wanted != key_id.as_deref() {
            continue;
        }
        match AnyKey::from_jwk(&mut key.as_bytes().to_vec(), algorithm) {
            Ok(key) if algorithm.is_none_or(|algorithm| algorithm == key.algorithm()) => {
                found.push((key, key_id));
            }
            Ok(_) => why = told(JwtError::AlgorithmMismatch),
            Err(error) => why = told(error),
        }
    }
    match found.len() {
        0 => Err(format!("{option}: {why}")),
        1 => Ok(found.remove(0)),
        _ => Err(format!("{option}: there are several keys: --kid and --alg pick one")),
    }
}

fn reads_input(options: &ArgMatches) -> bool {
    options.contains_id("INPUT") || !options.contains_id("claim")
}

/// The claims set of standard input and of each `--claim`.
fn claims(input: Vec<u8>, options: &ArgMatches) -> Result<String, String> {
    let input = String::from_utf8(input).map_err(|_| "standard input is not UTF-8")?;
    let input = input.trim_matches([' ', '\t', '\r', '\n']);
    let given = Expected::all(options);
    if given.is_empty() {
        return Ok(input.to_owned());
    }
    let mut members = Vec::new();
    if reads_input(options) {
        let parsed = Members::parse(input);
        let parsed = parsed.map_err(|error| format!("claims on standard input: {error}"))?;
        members = parsed.0.iter().map(|(name, value)| member(name, value.get())).collect();
    }
    members.extend(given.iter().map(|claim| member(&claim.name, claim.json.trim())));
    Ok(format!("{{{}}}", members.join(",")))
}

fn member(name: &str, json: &str) -> String {
    format!("{}:{json}", serde_json::Value::from(name))
}

/// What `--expires-in` sets.
const STAMPED: [&str; 3] = ["iat", "nbf", "exp"];

fn stamp(options: &ArgMatches) -> Result<Option<Stamp<'static>>, String> {
    let Some(lifetime) = seconds(options, "expires-in") else { return Ok(None) };
    let now = options.get_one("now").copied().or_else(dates::system_clock);
    let now = now.ok_or("the system's clock is not set: --now says what time it is")?;
    Ok(Some(Stamp::new(now, lifetime)))
}

/// Why the claims are refused, and what can be done.
fn explain(error: JwtError, claims: &str, options: &ArgMatches) -> String {
    let more = match (error, Members::parse(claims)) {
        (JwtError::MissingExpiration, _) => {
            "--expires-in sets it, --allow-missing-exp does without".to_owned()
        }
        (JwtError::InvalidJson, _) if claims.is_empty() => "there are no claims".to_owned(),
        (JwtError::InvalidJson | JwtError::DuplicateClaim, Err(error)) => error.to_string(),
        (JwtError::DuplicateClaim, Ok(claims)) => {
            let is_set = |name| seconds(options, "expires-in").is_some() && STAMPED.contains(&name);
            let mut names = claims.0.iter().map(|(name, _)| name.as_str());
            match names.find(|name| is_set(name) || claims.named(name).count() > 1) {
                Some(name) if is_set(name) => format!("--expires-in sets {name}"),
                Some(name) => printable(&serde_json::Value::from(name).to_string()),
                None => return told(error),
            }
        }
        _ => return told(error),
    };
    format!("{}: {more}", told(error))
}

/// An error's name and text.
fn told(error: JwtError) -> String {
    let name = format!("{error:?}");
    format!("{}: {error}", name.split(' ').next().unwrap_or_default())
}
