//! [`NumericDate`]: reads a JSON number of seconds since 1970 exactly (RFC 7519 section 2).

use crate::Error;

/// A claim's date, in seconds since 1970-01-01T00:00:00Z without leap seconds. 16 bytes.
///
/// The date is compared exactly, in whatever form the JSON number was written (`1300819380`,
/// `1300819380.5`, `1.30081938e9`, negative). Issuers also write a date that never comes, such as
/// 9223372036854775807 or 1e300: a date with more than 18 digits before the decimal point is later
/// than any time, or earlier if it is negative, and nothing else is kept of it.
#[derive(Clone, Copy, Debug)]
pub struct NumericDate {
    /// Rounded down. [`NEVER`] for a date that never comes, and the same negative.
    pub(crate) seconds: i64,
    /// The rest in nanoseconds, rounded down.
    nanoseconds: u32,
    /// Whether a digit after the nanoseconds isn't 0.
    inexact: bool,
}

/// Later than any time. Halved, so that a leeway or a lifetime can be added and nothing overflows.
pub(crate) const NEVER: i64 = i64::MAX / 2;

impl NumericDate {
    /// Whole seconds, rounded down. `i64::MAX` or `i64::MIN` for a date with more than 18 digits
    /// before the decimal point.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        match self.seconds {
            NEVER => i64::MAX,
            seconds if seconds == -NEVER => i64::MIN,
            seconds => seconds,
        }
    }

    /// Nanoseconds to add to [`seconds`](Self::seconds), rounded down.
    #[must_use]
    pub const fn subsec_nanoseconds(self) -> u32 {
        self.nanoseconds
    }

    /// Whole seconds, rounded up: the first full second at or after this date.
    pub(crate) const fn rounded_up(self) -> i64 {
        self.seconds + (self.nanoseconds > 0 || self.inexact) as i64
    }

    /// Whether this date is at most `seconds` later than another, and not in a second before it.
    /// False if only digits after the nanoseconds could tell.
    pub(crate) fn is_within(&self, seconds: u32, after: &Self) -> bool {
        // A negative difference becomes a large number.
        let whole_seconds = (self.seconds - after.seconds).cast_unsigned();
        (whole_seconds, self.nanoseconds, self.inexact)
            <= (u64::from(seconds), after.nanoseconds, false)
    }

    /// Reads a JSON number. Returns the error `otherwise` for any other JSON value.
    pub(crate) fn parse(value: &[u8], otherwise: Error) -> Result<Self, Error> {
        let negative = value.starts_with(b"-");
        let number = value.get(usize::from(negative)..).unwrap_or_default();
        if !number.first().is_some_and(u8::is_ascii_digit) {
            return Err(otherwise);
        }
        let date = match parse_integer(number) {
            Some(seconds) => Self { seconds, nanoseconds: 0, inexact: false },
            None => Self::parse_unsigned(number),
        };
        Ok(if negative { date.negated() } else { date })
    }

    #[inline]
    fn parse_unsigned(number: &[u8]) -> Self {
        let (mantissa, exponent) = split_exponent(number);
        let integer_digits = mantissa.iter().take_while(|&&byte| byte != b'.').count();
        // The number of digits still to come before the decimal point.
        let mut before_point = integer_digits as i32 + exponent;

        let mut seconds = 0;
        let mut nanoseconds = 0;
        let mut inexact = false;
        let mut digits = mantissa.iter().filter(|&&byte| byte != b'.');
        loop {
            let digit = match digits.next() {
                Some(byte) => byte & 0x0f,
                // A zero that the exponent stands for.
                None if before_point > -9 && (seconds != 0 || nanoseconds != 0) => 0,
                None => return Self { seconds, nanoseconds, inexact },
            };
            if before_point > 0 {
                if seconds >= 100_000_000_000_000_000 {
                    return Self { seconds: NEVER, nanoseconds: 0, inexact: false };
                }
                seconds = seconds * 10 + i64::from(digit);
            } else if before_point > -9 {
                nanoseconds = nanoseconds * 10 + u32::from(digit);
            } else {
                inexact |= digit != 0;
            }
            before_point -= 1;
        }
    }

    /// The date as long before 1970 as this one is after it, rounded down too.
    const fn negated(self) -> Self {
        let Self { seconds, nanoseconds, inexact } = self;
        if nanoseconds == 0 && !inexact {
            return Self { seconds: -seconds, ..self };
        }
        let whole = if inexact { 999_999_999 } else { 1_000_000_000 };
        Self { seconds: -seconds - 1, nanoseconds: whole - nanoseconds, inexact }
    }
}

/// A number of up to 18 digits and nothing else, as nearly all dates are. The last nine, and those
/// before them, are read in 32 bits each: a Cortex-M0 would call a function to multiply 64.
#[inline]
fn parse_integer(number: &[u8]) -> Option<i64> {
    let (high, low) = number.split_at_checked(number.len().saturating_sub(9))?;
    if high.len() > 9 {
        return None;
    }
    let mut values = [0_u32; 2];
    for (value, digits) in values.iter_mut().zip([high, low]) {
        for byte in digits {
            let digit = u32::from(byte.wrapping_sub(b'0'));
            if digit > 9 {
                return None;
            }
            *value = *value * 10 + digit;
        }
    }
    let [high, low] = values;
    Some(i64::from(high) * 1_000_000_000 + i64::from(low))
}

/// Splits a number into the part before `e` or `E` and the exponent after it. Larger exponents
/// become 100,000: no text that is scanned has enough digits to make a difference.
fn split_exponent(number: &[u8]) -> (&[u8], i32) {
    let mut parts = number.splitn(2, |byte| matches!(byte, b'e' | b'E'));
    let mantissa = parts.next().unwrap_or_default();
    let exponent = parts.next().unwrap_or_default();
    let mut value = 0_i32;
    for byte in exponent.iter().filter(|byte| byte.is_ascii_digit()) {
        value = (value * 10 + i32::from(byte & 0x0f)).min(100_000);
    }
    (mantissa, if exponent.first() == Some(&b'-') { -value } else { value })
}

#[cfg(test)]
mod tests {
    use std::format;

    use super::*;

    const LATER: Result<(i64, u32, bool), Error> = Ok((NEVER, 0, false));
    const EARLIER: Result<(i64, u32, bool), Error> = Ok((-NEVER, 0, false));
    const NO_NUMBER: Result<(i64, u32, bool), Error> = Err(Error::InvalidExpiration);

    #[test]
    fn numbers_are_read_exactly() {
        for (text, expected) in [
            ("0", Ok((0, 0, false))),
            ("-0", Ok((0, 0, false))),
            ("0.0e5", Ok((0, 0, false))),
            ("0e999999999999", Ok((0, 0, false))),
            ("1300819380", Ok((1_300_819_380, 0, false))),
            ("1300819380.5", Ok((1_300_819_380, 500_000_000, false))),
            ("1300819380.000000001", Ok((1_300_819_380, 1, false))),
            ("1300819380.0000000001", Ok((1_300_819_380, 0, true))),
            ("1300819380.0000000000", Ok((1_300_819_380, 0, false))),
            ("1.30081938e9", Ok((1_300_819_380, 0, false))),
            ("1.30081938E+09", Ok((1_300_819_380, 0, false))),
            ("13008193805e-1", Ok((1_300_819_380, 500_000_000, false))),
            ("13008193805000000000000e-13", Ok((1_300_819_380, 500_000_000, false))),
            ("0.0000013e15", Ok((1_300_000_000, 0, false))),
            ("1e-5", Ok((0, 10_000, false))),
            ("1e-9", Ok((0, 1, false))),
            ("1e-10", Ok((0, 0, true))),
            (&format!("0.{}13e3001", "0".repeat(3_000)), Ok((1, 300_000_000, false))),
            (&format!("13{}e-3001", "0".repeat(3_000)), Ok((1, 300_000_000, false))),
            ("1e-999999999999", Ok((0, 0, true))),
            ("999999999999999999", Ok((999_999_999_999_999_999, 0, false))),
            ("1e17", Ok((100_000_000_000_000_000, 0, false))),
            ("1000000000000000000", LATER),
            ("9223372036854775807", LATER),
            ("9223372036854775.807", Ok((9_223_372_036_854_775, 807_000_000, false))),
            ("1e18", LATER),
            ("1e300", LATER),
            ("1e99999999999999999999", LATER),
            ("-1e18", EARLIER),
            ("-1000000000000000000.5", EARLIER),
            ("-1", Ok((-1, 0, false))),
            ("-1.25", Ok((-2, 750_000_000, false))),
            ("-0.0000000001", Ok((-1, 999_999_999, true))),
            ("-1.9999999999", Ok((-2, 0, true))),
            ("\"1300819380\"", NO_NUMBER),
            ("null", NO_NUMBER),
            ("true", NO_NUMBER),
            ("[1]", NO_NUMBER),
            ("{}", NO_NUMBER),
        ] {
            let date = NumericDate::parse(text.as_bytes(), Error::InvalidExpiration);
            let date = date.map(|date| (date.seconds, date.nanoseconds, date.inexact));
            assert_eq!(date, expected, "{text}");
        }
    }

    #[test]
    fn seconds_of_a_date_that_never_comes_are_the_last_ones() {
        for (text, seconds) in [
            ("999999999999999999", 999_999_999_999_999_999),
            ("1e18", i64::MAX),
            ("-1e18", i64::MIN),
            ("-999999999999999999.5", -1_000_000_000_000_000_000),
        ] {
            let date = NumericDate::parse(text.as_bytes(), Error::InvalidExpiration).unwrap();
            assert_eq!(date.seconds(), seconds, "{text}");
        }
    }

    #[test]
    fn dates_compare_to_the_last_digit() {
        let date =
            |text: &str| NumericDate::parse(text.as_bytes(), Error::InvalidExpiration).unwrap();
        for (text, rounded_up) in [
            ("5", 5),
            ("5.0", 5),
            ("5.000000001", 6),
            ("5.0000000000000000001", 6),
            ("4.9999999999999999999", 5),
            ("-5", -5),
            ("-4.9", -4),
            ("-5.1", -5),
        ] {
            assert_eq!(date(text).rounded_up(), rounded_up, "{text}");
        }
        for (text, seconds, after, within) in [
            ("10", 5, "5", true),
            ("11", 5, "5", false),
            ("10.5", 5, "5.5", true),
            ("10.5", 5, "5.500000001", true),
            ("10.500000001", 5, "5.5", false),
            ("10.5", 5, "5.5000000000001", true),
            ("10.5000000000001", 5, "5.5", false),
            // Nanoseconds can't tell, so the answer is no.
            ("10.5000000000001", 5, "5.5000000000001", false),
            ("5", 0, "5", true),
            ("5", 0, "5.0000000001", true),
            ("5.5", 0, "5.500000001", true),
            ("4", 5, "5", false),
            ("3", 5, "7", false),
            ("-5", 5, "-10", true),
            ("-5", 4, "-10", false),
            ("1e300", u32::MAX, "-1e300", false),
            ("1e300", u32::MAX, "1e17", false),
            ("-1e300", u32::MAX, "1e300", false),
        ] {
            assert_eq!(date(text).is_within(seconds, &date(after)), within, "{text} {after}");
        }
    }
}
