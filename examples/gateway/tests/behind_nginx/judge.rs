//! Whether the answers to the copies of a token are right, with what happens meanwhile.

use std::fmt;

/// What a client got: a status, or no answer at all.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Got {
    Status(u16),
    Lost,
}

/// How many of the copies of a token must be let in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expected {
    One,
    None,
    OneOrNone,
}

/// Whether the answers to all copies of one token are right.
pub(crate) fn judge(
    got: &[Got],
    expected: Expected,
    refused: u16,
    may_be_503: bool,
    may_be_lost: bool,
) -> Result<(), &'static str> {
    let count = |one: Got| got.iter().filter(|got| **got == one).count();
    let (let_in, put_off, lost) =
        (count(Got::Status(200)), count(Got::Status(503)), count(Got::Lost));
    if let_in + put_off + lost + count(Got::Status(refused)) < got.len() {
        return Err("another answer");
    }
    if let_in > 1 {
        return Err("let in more than once");
    }
    if let_in > 0 && expected == Expected::None {
        return Err("wrongly let in");
    }
    if put_off > 0 && !may_be_503 || lost > 0 && !may_be_lost {
        return Err("no outage explains it");
    }
    // If one copy has no clear answer, it may have used the token up.
    if expected == Expected::One && let_in + put_off + lost == 0 {
        return Err("wrongly refused");
    }
    Ok(())
}

impl fmt::Display for Got {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => status.fmt(f),
            Self::Lost => f.write_str("lost"),
        }
    }
}

/// The judge itself is tested first: it has to find what is wrong.
pub(crate) fn test_the_judge() {
    use Expected::{None, One, OneOrNone};
    let (yes, no, late, lost) = (Got::Status(200), Got::Status(401), Got::Status(503), Got::Lost);
    for (got, expected, may_be_503, may_be_lost, is_right) in [
        (&[yes][..], One, false, false, true),
        (&[yes, no, no], One, false, false, true),
        (&[yes, yes], One, true, true, false),
        (&[no], One, false, false, false),
        (&[no, no], One, true, true, false),
        (&[late], One, false, false, false),
        (&[late, no], One, true, false, true),
        (&[lost], One, true, false, false),
        (&[lost, no], One, false, true, true),
        (&[no], None, false, false, true),
        (&[yes], None, true, true, false),
        (&[late], None, false, false, false),
        (&[late], None, true, false, true),
        (&[Got::Status(400)], None, true, true, false),
        (&[Got::Status(500)], One, true, true, false),
        (&[no, no], OneOrNone, false, false, true),
        (&[yes, no], OneOrNone, false, false, true),
        (&[yes, yes], OneOrNone, false, false, false),
    ] {
        let judged = judge(got, expected, 401, may_be_503, may_be_lost).is_ok();
        let got: Vec<_> = got.iter().map(Got::to_string).collect();
        assert_eq!(judged, is_right, "{got:?}");
    }
}
