//! Verifies tokens from the command line or from standard input.
//!
//! Prints a line for each token on standard output: `ok`, a tab and the claims set as JSON, or
//! `error`, a tab, the error's name, a tab and its text. The exit code is 0 if all tokens are
//! valid, 1 if one is refused, and 2 if the options can't be used. Whatever else there is to say
//! goes to standard error.

mod arguments;
mod dates;
mod expected;
mod explain;
mod json;
mod options;
mod report;
mod secret;
mod tokens;

use std::error::Error;
use std::ffi::OsString;
use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use clap::ArgMatches;
use embedded_jwt::{
    Algorithm, AnyAlgorithm, AnyKey, Hs256, Hs384, Hs512, Jws, JwsVerifier, KeySet, Keys, Policy,
    PolicyBuilder, Replay, ReplayGuard, Revocations, StreamingMac, Time, Token, Verifier, WhenFull,
};

use arguments::{seconds, text, texts};
use expected::{AllExpected, Expected};
use explain::{Attempt, Mac};
use json::printable;
use report::tell;
use tokens::{for_each_token, tokens};

/// Up to 256 keys, with names of up to 256 bytes.
type JwkSet = KeySet<'static, AnyKey, 256, 256>;

/// How often `--revoke-jti` can be given.
const REVOCATIONS: usize = 1_024;

// What is large is a `static`, which is made in place. Without optimization, `Box::new` would make
// it on the stack first, and a function that returns it would have several copies there.

/// The keys of `--jwks`. A `static` is never dropped, so they aren't wiped at the end: a service
/// would own its set, and drop it.
static SET: Mutex<JwkSet> = Mutex::new(JwkSet::new());

/// The same with `--allow-missing-kid`.
static SET_OF_ANY: Mutex<JwkSet> = Mutex::new(JwkSet::new().allow_missing_key_id());

/// What `--once` remembers: up to 65,536 tokens, in 1.5 MiB. It is searched from end to end, which
/// is simple; a service would look so many up in a map or a database.
static GUARD: Mutex<ReplayGuard<65_536>> =
    Mutex::new(ReplayGuard::new(WhenFull::EvictFirstToExpire));

fn main() -> ExitCode {
    match run(&options::command().get_matches()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            tell(format_args!("verify: {error}"));
            ExitCode::from(2)
        }
    }
}

/// Returns whether all tokens are valid.
fn run(options: &ArgMatches) -> Result<bool, Box<dyn Error>> {
    if let Some(path) = options.get_one::<OsString>("jwks") {
        let set = if options.get_flag("allow-missing-kid") { &SET_OF_ANY } else { &SET };
        let mut set = set.lock().unwrap_or_else(PoisonError::into_inner);
        read_jwks(&mut set, options, path)?;
        let key_ids: Vec<_> = set.key_ids().map(|name| name.map(str::to_owned)).collect();
        return verify_all(&*set, Some(&key_ids), None, options);
    }
    match text(options, "alg") {
        Some("HS256") => verify_all_with_secret::<Hs256>(options),
        Some("HS384") => verify_all_with_secret::<Hs384>(options),
        _ => verify_all_with_secret::<Hs512>(options),
    }
}

fn verify_all_with_secret<A: Algorithm>(options: &ArgMatches) -> Result<bool, Box<dyn Error>> {
    let (key, hint) = secret::key::<A>(options)?;
    verify_all(&key, None, hint, options)
}

fn verify_all(
    keys: impl Keys<Key: StreamingMac> + Copy,
    key_ids: Option<&[Option<String>]>,
    hint: Option<String>,
    options: &ArgMatches,
) -> Result<bool, Box<dyn Error>> {
    let chunk = options.get_one::<NonZeroUsize>("chunk").map(|length| length.get());
    let open = |token: &[u8]| {
        let mut buffer = buffer_for(token);
        let jws = JwsVerifier::new(keys).verify(token, &mut buffer)?;
        Ok((jws.header().as_json().to_owned(), jws.payload().to_vec()))
    };
    let session = Session { options, key_ids, hint, open };
    let [issuers, audiences, required] = ["iss", "aud", "require"].map(|name| texts(options, name));
    let policy = policy(options, &issuers, &audiences, &required).build()?;
    if options.get_flag("jws") {
        let verifier = JwsVerifier::new(keys);
        let verifier = match text(options, "typ") {
            Some(typ) => verifier.typ(typ),
            None => verifier,
        };
        let answer = |jws: Jws<'_>| BASE64_URL_SAFE_NO_PAD.encode(jws.payload());
        session.answer_all(|token, _, buffer| {
            let Some(length) = chunk else { return verifier.verify(token, buffer).map(answer) };
            let mut streaming = verifier.stream(buffer);
            token.chunks(length).try_for_each(|piece| streaming.push(piece))?;
            streaming.finish().map(answer)
        })
    } else {
        let verifier = Verifier::new(keys, policy);
        let checks = (&revocations(options)?, &AllExpected(Expected::all(options)));
        let mut guard = GUARD.lock().unwrap_or_else(PoisonError::into_inner);
        let replay: &mut dyn Replay = if options.get_flag("once") { &mut *guard } else { &mut () };
        let answer = |token: Token<'_>| printable(token.claims().as_json());
        session.answer_all(|token, time, buffer| {
            let Some(length) = chunk else {
                let verified = verifier.verify_with(token, time, &checks, replay, buffer);
                return verified.map(answer);
            };
            let mut streaming = verifier.stream(buffer);
            token.chunks(length).try_for_each(|piece| streaming.push(piece))?;
            streaming.finish_with(time, &checks, replay).map(answer)
        })
    }
}

fn read_jwks(
    set: &mut JwkSet,
    options: &ArgMatches,
    path: &OsString,
) -> Result<(), Box<dyn Error>> {
    if path == "-" && tokens(options).any(|token| token == "-") {
        return Err("standard input can't have both the JWK Set and the tokens".into());
    }
    let algorithm = text(options, "alg").map(AnyAlgorithm::from_name).transpose()?;
    let (mut json, option) = secret::read_jwks(path)?;
    let report = set.read_jwks(&mut json, None, algorithm);
    let report = report.map_err(|error| format!("{option}: {error}"))?;
    if let Some(first) = report.first_passed_over() {
        let (used, passed_over) = (report.added(), report.passed_over());
        tell(format_args!(
            "verify: {option}: keys used: {used}, passed over: {passed_over}; the first: {first}"
        ));
    }
    Ok(())
}

fn revocations(options: &ArgMatches) -> Result<Revocations<REVOCATIONS>, embedded_jwt::Error> {
    let mut revocations = Revocations::new();
    for jwt_id in texts(options, "revoke-jti") {
        revocations.revoke_jwt_id(jwt_id, u64::MAX)?;
    }
    Ok(revocations)
}

fn policy<'p>(
    options: &'p ArgMatches,
    issuers: &'p [&'p str],
    audiences: &'p [&'p str],
    required: &'p [&'p str],
) -> PolicyBuilder<'p> {
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
    let given = |list: &'p [&'p str]| Some(list).filter(|list| !list.is_empty());

    let mut policy = Policy::builder().required_claims(required);
    policy = set(policy, given(issuers), PolicyBuilder::issuers);
    policy = set(policy, given(audiences), PolicyBuilder::audiences);
    for (option, rule) in
        [("sub", PolicyBuilder::subject as fn(_, _) -> _), ("typ", PolicyBuilder::typ)]
    {
        policy = set(policy, text(options, option), rule);
    }
    for (option, rule) in [
        ("leeway", PolicyBuilder::leeway as fn(_, _) -> _),
        ("max-age", PolicyBuilder::maximum_age),
        ("max-lifetime", PolicyBuilder::maximum_lifetime),
        ("max-remaining", PolicyBuilder::maximum_remaining_lifetime),
    ] {
        policy = set(policy, seconds(options, option), rule);
    }
    for (option, rule) in [
        ("allow-missing-exp", PolicyBuilder::allow_missing_expiration as fn(_) -> _),
        ("allow-any-audience", PolicyBuilder::allow_any_audience),
        ("allow-mistyped", PolicyBuilder::allow_mistyped_registered_claims),
        ("once", PolicyBuilder::allow_missing_jwt_id),
    ] {
        if options.get_flag(option) {
            policy = rule(policy);
        }
    }
    policy
}

/// Three quarters of the token's length hold the decoded token. With `--chunk` and a JWK Set, a
/// header with white space or escapes needs room twice. So that the answer is the same whole and in
/// pieces, the buffer has twice the token's length.
fn buffer_for(token: &[u8]) -> Vec<u8> {
    vec![0; token.len() * 2]
}

/// The time from the options, or from the system's clock, which is read for each token.
fn now(options: &ArgMatches) -> Option<u64> {
    options.get_one("now").copied().or_else(dates::system_clock)
}

/// What all tokens are answered with.
struct Session<'o, O> {
    options: &'o ArgMatches,
    key_ids: Option<&'o [Option<String>]>,
    /// What may be wrong if no token's MAC holds.
    hint: Option<String>,
    /// Returns the header and the payload of a token whose MAC and header hold, whatever the policy
    /// says.
    open: O,
}

impl<O: Fn(&[u8]) -> Result<(String, Vec<u8>), embedded_jwt::Error>> Session<'_, O> {
    /// Verifies each token and prints a line for it. Returns whether all are valid.
    fn answer_all(
        &self,
        mut verify: impl FnMut(&[u8], Time, &mut [u8]) -> Result<String, embedded_jwt::Error>,
    ) -> Result<bool, Box<dyn Error>> {
        let &Self { options, key_ids, ref hint, ref open } = self;
        let explain = options.get_flag("explain");
        let mut output = io::stdout().lock();
        let (mut number, mut all_are_valid) = (0, true);
        let [mut any_mac_holds, mut any_mismatch] = [false; 2];
        let mut answer = |token: &[u8]| -> io::Result<()> {
            let now = now(options);
            let time = now.map_or(Time::Unknown, Time::Known);
            let verified = verify(token, time, &mut buffer_for(token));
            all_are_valid &= verified.is_ok();
            number += 1;
            let refusal = verified.as_ref().err().copied();
            if hint.is_some() || explain {
                let opened = open(token);
                let attempt = Attempt { options, key_ids, number, token, now, refusal, opened };
                any_mac_holds |= attempt.mac().0 == Mac::Holds;
                any_mismatch |= attempt.mac().0 == Mac::DoesNotHold;
                if explain {
                    tell(attempt.report());
                }
            }
            match verified {
                Ok(content) => writeln!(output, "ok\t{content}"),
                Err(error) => writeln!(output, "error\t{}\t{error}", explain::name(error)),
            }
        };
        for_each_token(options, &mut answer)?;
        if any_mismatch
            && !any_mac_holds
            && let Some(hint) = hint
        {
            tell(format_args!("verify: {hint}"));
        }
        Ok(all_are_valid)
    }
}
