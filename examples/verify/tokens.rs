//! Tokens from the command line and from standard input.

use std::error::Error;
use std::ffi::OsString;
use std::io::{self, BufRead};

use clap::{Arg, ArgAction, ArgMatches, value_parser};

/// The argument for tokens.
pub(crate) fn argument() -> Arg {
    Arg::new("TOKEN")
        .required(true)
        .action(ArgAction::Append)
        .value_parser(value_parser!(OsString))
        .help("Tokens, after -- if one begins with a dash; - reads them from standard input, one a line")
}

pub(crate) fn tokens(options: &ArgMatches) -> impl Iterator<Item = &OsString> {
    options.get_many("TOKEN").into_iter().flatten()
}

/// Calls `answer` with each token. Standard input has to have at least one, if it is read.
pub(crate) fn for_each_token(
    options: &ArgMatches,
    mut answer: impl FnMut(&[u8]) -> io::Result<()>,
) -> Result<(), Box<dyn Error>> {
    let mut lines = 0;
    for token in tokens(options) {
        if token == "-" {
            lines += for_each_line(&mut io::stdin().lock(), &mut answer)?;
            if lines == 0 {
                return Err("standard input has no line, so there is no token".into());
            }
        } else {
            answer(token.as_encoded_bytes())?;
        }
    }
    Ok(())
}

/// Calls `answer` with each line, without the line feed at its end, or carriage return and line
/// feed. All else is the token: also a space, or nothing. Returns the number of lines.
fn for_each_line(
    input: &mut impl BufRead,
    mut answer: impl FnMut(&[u8]) -> io::Result<()>,
) -> Result<usize, Box<dyn Error>> {
    let mut line = Vec::new();
    let mut number = 0;
    loop {
        line.clear();
        let read = input.read_until(b'\n', &mut line);
        if read.map_err(|error| format!("standard input: {error}"))? == 0 {
            return Ok(number);
        }
        number += 1;
        let end = [&b"\r\n"[..], b"\n"].into_iter().find(|end| line.ends_with(end));
        answer(line.strip_suffix(end.unwrap_or_default()).unwrap_or(&line))?;
    }
}
