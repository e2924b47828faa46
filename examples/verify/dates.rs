//! Dates as people read them: RFC 3339, and how long ago or ahead.

#![allow(dead_code, reason = "each example uses a part")]

use std::time::{SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::json::Decimal;

const SECOND: i128 = 1_000_000_000;

/// The system's clock, in seconds since 1970.
pub(crate) fn system_clock() -> Option<u64> {
    SystemTime::now().duration_since(UNIX_EPOCH).ok().map(|since| since.as_secs())
}

/// A JSON number of seconds as a date, and how long ago or ahead that is, if the time is known.
pub(crate) fn describe(number: &str, now: Option<u64>) -> String {
    let date = Decimal::parse(number);
    let text = date.nanoseconds().and_then(rfc_3339).unwrap_or_else(|| far(&date).to_owned());
    match (now, date.nanoseconds()) {
        (Some(now), Some(_)) => format!("{text}, {}", since(number, now)),
        _ => text,
    }
}

/// How long ago or ahead a date is, if that can be said in seconds.
pub(crate) fn since(number: &str, now: u64) -> String {
    let date = Decimal::parse(number);
    match date.nanoseconds() {
        Some(date) => ago(nanoseconds(now) - date),
        None => far(&date).to_owned(),
    }
}

/// Where a date is that has no year of four digits.
fn far(date: &Decimal) -> &'static str {
    if date.is_negative() { "before the year 0" } else { "after the year 9999" }
}

/// Seconds since 1970 as a date.
pub(crate) fn describe_seconds(seconds: u64) -> String {
    rfc_3339(nanoseconds(seconds)).unwrap_or_else(|| "after the year 9999".to_owned())
}

pub(crate) fn nanoseconds(seconds: u64) -> i128 {
    i128::from(seconds) * SECOND
}

fn rfc_3339(nanoseconds: i128) -> Option<String> {
    OffsetDateTime::from_unix_timestamp_nanos(nanoseconds).ok()?.format(&Rfc3339).ok()
}

/// `3,600 s ago (60 minutes)`, or `in 3,600 s (60 minutes)` for a negative time.
fn ago(nanoseconds: i128) -> String {
    let [exact, rounded] = length(nanoseconds.abs());
    match nanoseconds {
        0.. => format!("{exact} ago{rounded}"),
        _ => format!("in {exact}{rounded}"),
    }
}

/// A length of time in seconds, and roughly in a larger unit if there is one.
pub(crate) fn length(nanoseconds: i128) -> [String; 2] {
    let seconds = nanoseconds / SECOND;
    let fraction = format!("{:09}", nanoseconds % SECOND);
    let exact = match fraction.trim_end_matches('0') {
        "" => format!("{} s", thousands(seconds)),
        fraction => format!("{}.{fraction} s", thousands(seconds)),
    };
    let unit = [(86_400, "days"), (3_600, "hours"), (60, "minutes")]
        .into_iter()
        .find(|(unit, _)| seconds >= 2 * unit);
    let rounded = unit.map(|(unit, name)| format!(" ({} {name})", thousands(seconds / unit)));
    [exact, rounded.unwrap_or_default()]
}

/// A number with commas.
pub(crate) fn thousands(number: i128) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
