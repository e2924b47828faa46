//! Options of the command line: how they are declared and read.

#![allow(dead_code, reason = "each example uses a part")]

use std::ffi::OsString;

use clap::{Arg, ArgAction, ArgMatches, value_parser};

/// An option with a value, which may begin with a dash.
pub(crate) fn value(name: &'static str, what: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(what).help(help).allow_hyphen_values(true)
}

pub(crate) fn path_value(name: &'static str, help: &'static str) -> Arg {
    value(name, "FILE", help).value_parser(value_parser!(OsString)).allow_hyphen_values(false)
}

pub(crate) fn seconds_value(name: &'static str, help: &'static str) -> Arg {
    value(name, "SECONDS", help).value_parser(value_parser!(u32)).allow_hyphen_values(false)
}

pub(crate) fn switch(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
}

pub(crate) fn repeatable(option: Arg) -> Arg {
    option.action(ArgAction::Append)
}

/// `--now`.
pub(crate) fn now() -> Arg {
    value("now", "SECONDS", "The time since 1970 [default: the system's clock]")
        .allow_hyphen_values(false)
        .value_parser(value_parser!(u64))
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
