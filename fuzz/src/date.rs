//! Reads and compares NumericDates in exact decimal arithmetic.

pub const NANOSECONDS: i128 = 1_000_000_000;

/// Later than every other date and time, in nanoseconds: stands for dates that never come.
const NEVER: i128 = 10_i128.pow(37);

/// A date in nanoseconds since 1970, rounded down and up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Date {
    pub floor: i128,
    pub ceiling: i128,
}

impl Date {
    /// Reads a JSON number by moving its decimal point.
    pub fn read(number: &str) -> Self {
        let (negative, number) = match number.strip_prefix('-') {
            Some(number) => (true, number),
            None => (false, number),
        };
        let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
        let (integer, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = [integer, fraction].concat();
        let leading_zeros = digits.len() - digits.trim_start_matches('0').len();
        let digits = &digits[leading_zeros..];
        if digits.is_empty() {
            return Self { floor: 0, ceiling: 0 };
        }
        // The number of digits before the decimal point, in seconds.
        let point = integer.len() as i128 - leading_zeros as i128 + saturating(exponent);
        if point > 18 {
            let never = if negative { -NEVER } else { NEVER };
            return Self { floor: never, ceiling: never };
        }
        // The same, in nanoseconds.
        let point = usize::try_from(point + 9).unwrap_or(0);
        let whole = digits.chars().chain(std::iter::repeat('0')).take(point).collect::<String>();
        let floor = if whole.is_empty() { 0 } else { whole.parse().expect("up to 27 digits") };
        let rest = digits.get(point..).unwrap_or("").trim_matches('0');
        let ceiling = if rest.is_empty() { floor } else { floor + 1 };
        if negative { Self { floor: -ceiling, ceiling: -floor } } else { Self { floor, ceiling } }
    }

    /// Whether it is later than any time.
    pub fn never_comes(self) -> bool {
        self.floor == NEVER
    }

    pub fn of_seconds(seconds: u64) -> Self {
        let date = i128::from(seconds) * NANOSECONDS;
        Self { floor: date, ceiling: date }
    }

    /// Returns seconds, rounded down.
    pub fn seconds(self) -> i128 {
        self.floor.div_euclid(NANOSECONDS)
    }

    pub fn seconds_rounded_up(self) -> i128 {
        -(-self.ceiling).div_euclid(NANOSECONDS)
    }

    pub fn is_after(self, seconds: i128) -> bool {
        self.ceiling > seconds * NANOSECONDS
    }

    pub fn is_before(self, seconds: i128) -> bool {
        self.floor < seconds * NANOSECONDS
    }
}

/// Reads an exponent. One that doesn't fit is clamped, which is beyond what any mantissa makes up
/// for.
fn saturating(exponent: &str) -> i128 {
    let beyond = if exponent.starts_with('-') { -i128::from(u64::MAX) } else { u64::MAX.into() };
    exponent.parse::<i64>().map_or(beyond, i128::from)
}
