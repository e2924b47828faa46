//! Verifies tokens from the command line or from standard input.
//!
//! Prints a line for each token on standard output: `ok`, a tab and the claims set as JSON, or
//! `error`, a tab, the error's name, a tab and its text. The exit code is 0 if all tokens are
//! valid, 1 if one is refused, and 2 if the options can't be used.

use std::error::Error;
use std::ffi::OsString;
use std::io::{self, BufRead as _, Write};
use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use clap::{Arg, ArgAction, ArgGroup, ArgMatches, Command, value_parser};
use embedded_jwt::{
    Algorithm, AnyAlgorithm, AnyKey, Hs256, Hs384, Hs512, Jws, JwsVerifier, Key, KeySet, Keys,
    Policy, PolicyBuilder, Replay, ReplayGuard, Revocations, StreamingMac, Time, Token, Verifier,
    WhenFull,
};

/// Up to 256 keys, with names of up to 256 bytes.
type JwkSet = KeySet<'static, AnyKey, 256, 256>;

/// How many tokens `--once` remembers at most, in 1.5 MiB.
const TOKENS: usize = 65_536;

/// How often `--revoke-jti` can be given.
const REVOCATIONS: usize = 1_024;

/// More than the main thread has on every system: without optimization, a value that is boxed is on
/// the stack first.
const STACK: usize = 16 << 20;

fn main() -> ExitCode {
    let options = command().get_matches();
    let run = thread::Builder::new().stack_size(STACK).spawn(move || answer(&options));
    match run.map(thread::JoinHandle::join) {
        Ok(Ok(code)) => code,
        _ => ExitCode::from(2),
    }
}

fn answer(options: &ArgMatches) -> ExitCode {
    match run(options) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("verify: {error}");
            ExitCode::from(2)
        }
    }
}

fn command() -> Command {
    let value = |name: &'static str, what: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(what).help(help)
    };
    let seconds = |name, help| value(name, "SECONDS", help).value_parser(value_parser!(u32));
    let switch =
        |name: &'static str, help| Arg::new(name).long(name).action(ArgAction::SetTrue).help(help);
    Command::new("verify")
        .about("Verifies HMAC-signed JSON Web Tokens")
        .arg(
            value("alg", "ALGORITHM", "The key's algorithm; of a JWK Set, that of keys that name none")
                .required_unless_present("jwks")
                .value_parser(["HS256", "HS384", "HS512"]),
        )
        .arg(
            value("secret-base64url", "TEXT", "The key in Base64URL without padding")
                .allow_hyphen_values(true),
        )
        .arg(
            value("secret-file", "PATH", "A file that holds the key's raw bytes")
                .value_parser(value_parser!(OsString)),
        )
        .arg(
            value("jwks", "FILE", "A JWK Set, or a JSON Web Key")
                .value_parser(value_parser!(OsString)),
        )
        .group(
            ArgGroup::new("secret")
                .args(["secret-base64url", "secret-file", "jwks"])
                .required(true),
        )
        .arg(
            switch("allow-missing-kid", "Try each key of a JWK Set for tokens that name none")
                .conflicts_with_all(["secret-base64url", "secret-file"]),
        )
        .arg(
            value("now", "SECONDS", "The time since 1970 [default: the system's clock]")
                .value_parser(value_parser!(u64)),
        )
        .arg(seconds("leeway", "How far clocks may differ [default: 0]"))
        .arg(value("iss", "ISSUER", "The issuer that is accepted").allow_hyphen_values(true))
        .arg(value("sub", "SUBJECT", "The subject that is accepted").allow_hyphen_values(true))
        .arg(value("aud", "AUDIENCE", "Who we are").allow_hyphen_values(true))
        .arg(value("typ", "TYPE", "The kind of token that is accepted").allow_hyphen_values(true))
        .arg(switch("allow-missing-exp", "Accept tokens that never expire"))
        .arg(seconds("max-age", "How long ago a token may have been issued"))
        .arg(seconds("max-lifetime", "How long a token may be valid"))
        .arg(
            value("revoke-jti", "JTI", "A token that was revoked, by its ID; may be repeated")
                .allow_hyphen_values(true)
                .action(ArgAction::Append),
        )
        .arg(switch("once", "Accept each token once; one without jti is known by its signature"))
        .arg(switch("jws", "Accept any payload, and print it in Base64URL").conflicts_with_all([
            "iss",
            "sub",
            "aud",
            "max-age",
            "max-lifetime",
            "revoke-jti",
            "once",
        ]))
        .arg(
            value("chunk", "BYTES", "Verify each token while it arrives in pieces of so many bytes")
                .value_parser(value_parser!(NonZeroUsize)),
        )
        .arg(
            Arg::new("TOKEN")
                .required(true)
                .action(ArgAction::Append)
                .value_parser(value_parser!(OsString))
                .help("Tokens, after -- if one begins with a dash; - reads them from standard input, one a line"),
        )
}

/// Returns whether all tokens are valid.
fn run(options: &ArgMatches) -> Result<bool, Box<dyn Error>> {
    if let Some(path) = options.get_one::<OsString>("jwks") {
        return run_with(&jwk_set(options, path)?, options);
    }
    match text(options, "alg") {
        Some("HS256") => run_with(key::<Hs256>(options)?, options),
        Some("HS384") => run_with(key::<Hs384>(options)?, options),
        _ => run_with(key::<Hs512>(options)?, options),
    }
}

fn run_with(
    keys: impl Keys<Key: StreamingMac>,
    options: &ArgMatches,
) -> Result<bool, Box<dyn Error>> {
    let policy = policy(options)?;
    let chunk = options.get_one::<NonZeroUsize>("chunk").map(|length| length.get());
    if options.get_flag("jws") {
        let verifier = JwsVerifier::new(keys);
        let verifier = match text(options, "typ") {
            Some(typ) => verifier.typ(typ),
            None => verifier,
        };
        let answer = |jws: Jws<'_>| BASE64_URL_SAFE_NO_PAD.encode(jws.payload());
        for_each_token(options, |token, buffer| {
            let Some(length) = chunk else { return verifier.verify(token, buffer).map(answer) };
            let mut streaming = verifier.stream(buffer);
            token.chunks(length).try_for_each(|piece| streaming.push(piece))?;
            streaming.finish().map(answer)
        })
    } else {
        let verifier = Verifier::new(keys, policy);
        let revocations = revocations(options)?;
        let mut guard: Box<dyn Replay> = if options.get_flag("once") {
            Box::new(ReplayGuard::<TOKENS>::new(WhenFull::EvictFirstToExpire))
        } else {
            Box::new(())
        };
        let answer = |token: Token<'_>| printable(token.claims().as_json());
        for_each_token(options, |token, buffer| {
            let time = time(options);
            let Some(length) = chunk else {
                let verified = verifier.verify_with(token, time, &revocations, &mut *guard, buffer);
                return verified.map(answer);
            };
            let mut streaming = verifier.stream(buffer);
            token.chunks(length).try_for_each(|piece| streaming.push(piece))?;
            streaming.finish_with(time, &revocations, &mut *guard).map(answer)
        })
    }
}

fn jwk_set(options: &ArgMatches, path: &OsString) -> Result<JwkSet, Box<dyn Error>> {
    let refused = |error: &dyn Error| format!("--jwks: {error}");
    let algorithm = text(options, "alg").map(AnyAlgorithm::from_name).transpose()?;
    let mut set = JwkSet::new();
    if options.get_flag("allow-missing-kid") {
        set = set.allow_missing_key_id();
    }
    let mut json = std::fs::read(path).map_err(|error| refused(&error))?;
    set.read_jwks(&mut json, None, algorithm).map_err(|error| refused(&error))?;
    Ok(set)
}

fn revocations(options: &ArgMatches) -> Result<Revocations<REVOCATIONS>, embedded_jwt::Error> {
    let mut revocations = Revocations::new();
    for jwt_id in options.get_many::<String>("revoke-jti").into_iter().flatten() {
        revocations.revoke_jwt_id(jwt_id, u64::MAX)?;
    }
    Ok(revocations)
}

fn key<A: Algorithm>(options: &ArgMatches) -> Result<Key<A>, Box<dyn Error>> {
    if let Some(path) = options.get_one::<OsString>("secret-file") {
        let secret = std::fs::read(path).map_err(|error| format!("--secret-file: {error}"))?;
        return Ok(Key::new(&secret)?);
    }
    let secret = text(options, "secret-base64url").unwrap_or_default();
    let key = Key::from_base64url(secret.as_bytes(), &mut vec![0; secret.len()]);
    key.map_err(|error| format!("--secret-base64url: {error}").into())
}

fn policy(options: &ArgMatches) -> Result<Policy<'_>, embedded_jwt::Error> {
    fn set<'p, T>(
        policy: PolicyBuilder<'p>,
        value: Option<T>,
        rule: fn(PolicyBuilder<'p>, T) -> PolicyBuilder<'p>,
    ) -> PolicyBuilder<'p> {
        match value {
            Some(value) => rule(policy, value),
            None => policy,
        }
    }
    let seconds = |name| options.get_one::<u32>(name).copied();

    let mut policy = Policy::builder();
    policy = set(policy, seconds("leeway"), PolicyBuilder::leeway);
    policy = set(policy, text(options, "iss"), PolicyBuilder::issuer);
    policy = set(policy, text(options, "sub"), PolicyBuilder::subject);
    policy = set(policy, text(options, "aud"), PolicyBuilder::audience);
    policy = set(policy, text(options, "typ"), PolicyBuilder::typ);
    policy = set(policy, seconds("max-age"), PolicyBuilder::maximum_age);
    policy = set(policy, seconds("max-lifetime"), PolicyBuilder::maximum_lifetime);
    if options.get_flag("allow-missing-exp") {
        policy = policy.allow_missing_expiration();
    }
    if options.get_flag("once") {
        policy = policy.allow_missing_jwt_id();
    }
    policy.build()
}

/// Escapes the characters that a terminal, or a program that reads lines, may act upon.
fn printable(json: &str) -> String {
    let mut printable = String::with_capacity(json.len());
    for character in json.chars() {
        match character {
            // JSON allows these only in strings, where they can be escaped.
            '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' => {
                printable.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            _ => printable.push(character),
        }
    }
    printable
}

fn text<'o>(options: &'o ArgMatches, name: &str) -> Option<&'o str> {
    options.get_one::<String>(name).map(String::as_str)
}

/// The time from the options, or from the system's clock, which is read for each token.
fn time(options: &ArgMatches) -> Time {
    match options.get_one::<u64>("now") {
        Some(now) => Time::Known(*now),
        None => SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(Time::Unknown, |since| Time::Known(since.as_secs())),
    }
}

/// Verifies each token and prints a line for it. Returns whether all are valid.
fn for_each_token(
    options: &ArgMatches,
    mut verify: impl FnMut(&[u8], &mut [u8]) -> Result<String, embedded_jwt::Error>,
) -> Result<bool, Box<dyn Error>> {
    let mut output = io::stdout().lock();
    let mut all_are_valid = true;
    let mut answer = |token: &[u8]| -> io::Result<()> {
        // Three quarters of the token's length hold the decoded token. With `--chunk` and a JWK
        // Set, a header with white space or escapes needs room twice. So that the answer is the
        // same whole and in pieces, the buffer has twice the token's length.
        match verify(token, &mut vec![0; token.len() * 2]) {
            Ok(content) => writeln!(output, "ok\t{content}"),
            Err(error) => {
                all_are_valid = false;
                let debug = format!("{error:?}");
                let name = debug.split(' ').next().unwrap_or_default();
                writeln!(output, "error\t{name}\t{error}")
            }
        }
    };
    for token in options.get_many::<OsString>("TOKEN").into_iter().flatten() {
        if token == "-" {
            // Everything up to the line feed is the token, also a carriage return.
            for line in io::stdin().lock().split(b'\n') {
                answer(&line?)?;
            }
        } else {
            answer(token.as_encoded_bytes())?;
        }
    }
    Ok(all_are_valid)
}
