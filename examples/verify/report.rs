//! A report on a token, for people: a line on what it is, and a row for each thing to know.

#![allow(dead_code, reason = "each example uses a part")]

use std::fmt::Display;
use std::io::{self, Write as _};

use crate::dates::describe;
use crate::json::Members;

/// Writes a line to standard error. If that fails, answers and exit codes stay what they are.
pub(crate) fn tell(message: impl Display) {
    let _ = writeln!(io::stderr(), "{message}");
}

pub(crate) struct Report(String);

impl Report {
    pub(crate) fn new(line: String) -> Self {
        Self(line)
    }

    pub(crate) fn row(&mut self, name: &str, value: &str) {
        self.0.push_str(&format!("\n    {name:<8}{value}"));
    }

    /// A row for each date.
    pub(crate) fn dates(&mut self, claims: &Members<'_>, now: Option<u64>) {
        for name in ["exp", "nbf", "iat"] {
            if let Some(number) = claims.number(name) {
                self.row(name, &describe(number, now));
            }
        }
    }

    pub(crate) fn into_text(self) -> String {
        self.0
    }
}
