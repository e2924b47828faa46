//! Shows the header and the claims of tokens **without verifying them**: anyone may have written
//! what it shows. It needs no key. To verify tokens, use the example `verify`.
//!
//! The exit code is 0 if all tokens can be read, 1 if one can't, and 2 if the options can't be
//! used.

#[path = "verify/arguments.rs"]
mod arguments;
#[path = "verify/dates.rs"]
mod dates;
#[path = "verify/json.rs"]
mod json;
#[path = "verify/report.rs"]
mod report;
#[path = "verify/tokens.rs"]
mod tokens;

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::{ArgMatches, Command};
use embedded_jwt::{unverified_claims, unverified_header};

use json::{Members, object_in, printable, shown};
use report::{Report, tell};

fn main() -> ExitCode {
    let command = Command::new("inspect")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Shows the header and the claims of tokens, not verified")
        .arg(arguments::now())
        .arg(tokens::argument());
    match run(&command.get_matches()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            tell(format_args!("inspect: {error}"));
            ExitCode::from(2)
        }
    }
}

/// Returns whether all tokens could be read.
fn run(options: &ArgMatches) -> Result<bool, Box<dyn Error>> {
    let now = options.get_one("now").copied().or_else(dates::system_clock);
    let mut output = io::stdout().lock();
    let (mut number, mut all_are_read) = (0, true);
    tokens::for_each_token(options, |token| {
        number += 1;
        let (report, is_read) = inspect(number, token, now);
        all_are_read &= is_read;
        writeln!(output, "{report}")
    })?;
    Ok(all_are_read)
}

/// Returns the report on a token, and whether it could be read.
fn inspect(number: usize, token: &[u8], now: Option<u64>) -> (String, bool) {
    let line = format!("token {number}: NOT VERIFIED, anyone may have written this");
    let mut report = Report::new(line);
    let mut buffer = vec![0; token.len()];
    let header = unverified_header(token, &mut buffer).map(|header| header.as_json().to_owned());
    let claims = unverified_claims(token, &mut buffer).map(|claims| claims.as_json());
    let mut segments = token.split(|&byte| byte == b'.');
    for (name, json) in
        [("header", header.as_deref()), ("claims", claims.as_ref().map(|json| *json))]
    {
        let row = match (json, object_in(segments.next().unwrap_or_default())) {
            (Ok(json), _) => printable(json),
            (Err(error), Some(json)) => format!("{} (refused: {error})", shown(&json)),
            (Err(error), None) => format!("can't be read: {error}"),
        };
        report.row(name, &row);
    }
    let members = claims.as_ref().ok().and_then(|json| Members::parse(json).ok());
    report.dates(&members.unwrap_or_default(), now);
    (report.into_text(), header.is_ok() && claims.is_ok())
}
