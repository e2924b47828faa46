//! A policy and the time, as words that can be written by hand, or made up from random bytes.

use arbitrary::{Arbitrary, Unstructured};
use embedded_jwt::{Error, MAX_DEPTH, Policy, Time};

use crate::random::rarely;

/// A policy and the time.
///
/// Its text is a list of words: `issuer=A issuers=A,B subject=A audience=A audiences=A,B typ=A
/// require=A,B leeway=1 age=1 lifetime=1 remaining=1 depth=1 no-exp no-jti any-audience no-future
/// mistyped open now=1 since=1`.
#[derive(Clone, Debug)]
pub struct Rules {
    pub issuer: Option<String>,
    pub issuers: Option<Vec<String>>,
    pub subject: Option<String>,
    pub audience: Option<String>,
    pub audiences: Option<Vec<String>>,
    pub typ: Option<String>,
    pub required: Vec<String>,
    pub leeway: u32,
    pub maximum_age: Option<u32>,
    pub maximum_lifetime: Option<u32>,
    pub maximum_remaining_lifetime: Option<u32>,
    pub depth: u8,
    pub allow_missing_expiration: bool,
    pub allow_missing_jwt_id: bool,
    pub allow_any_audience: bool,
    pub refuse_issued_in_future: bool,
    pub allow_mistyped: bool,
    pub allow_uncertain_time: bool,
    pub time: Time,
}

impl Default for Rules {
    /// The crate's defaults, and an unknown time.
    fn default() -> Self {
        Self {
            issuer: None,
            issuers: None,
            subject: None,
            audience: None,
            audiences: None,
            typ: None,
            required: Vec::new(),
            leeway: 0,
            maximum_age: None,
            maximum_lifetime: None,
            maximum_remaining_lifetime: None,
            depth: MAX_DEPTH,
            allow_missing_expiration: false,
            allow_missing_jwt_id: false,
            allow_any_audience: false,
            refuse_issued_in_future: false,
            allow_mistyped: false,
            allow_uncertain_time: false,
            time: Time::Unknown,
        }
    }
}

impl Rules {
    /// Rules that accept any claims set with the right types.
    pub fn mild() -> Self {
        Self { allow_missing_expiration: true, allow_any_audience: true, ..Self::open() }
    }

    fn open() -> Self {
        Self { allow_uncertain_time: true, ..Self::default() }
    }

    /// Reads a list of words. Unknown words are skipped.
    pub fn read(text: &[u8]) -> Self {
        let mut rules = Self::default();
        for word in String::from_utf8_lossy(text).split_ascii_whitespace() {
            rules.apply(word);
        }
        rules
    }

    fn apply(&mut self, word: &str) -> Option<()> {
        let (name, value) = word.split_once('=').unwrap_or((word, ""));
        let list = || value.split(',').map(str::to_owned).collect();
        match name {
            "issuer" => self.issuer = Some(value.to_owned()),
            "subject" => self.subject = Some(value.to_owned()),
            "audience" => self.audience = Some(value.to_owned()),
            "typ" => self.typ = Some(value.to_owned()),
            "issuers" => self.issuers = Some(list()),
            "audiences" => self.audiences = Some(list()),
            "require" => self.required = list(),
            "leeway" => self.leeway = value.parse().ok()?,
            "age" => self.maximum_age = Some(value.parse().ok()?),
            "lifetime" => self.maximum_lifetime = Some(value.parse().ok()?),
            "remaining" => self.maximum_remaining_lifetime = Some(value.parse().ok()?),
            "depth" => self.depth = value.parse().ok()?,
            "no-exp" => self.allow_missing_expiration = true,
            "no-jti" => self.allow_missing_jwt_id = true,
            "any-audience" => self.allow_any_audience = true,
            "no-future" => self.refuse_issued_in_future = true,
            "mistyped" => self.allow_mistyped = true,
            "open" => self.allow_uncertain_time = true,
            "now" => self.time = Time::Known(value.parse().ok()?),
            "since" => self.time = Time::AtLeast(value.parse().ok()?),
            _ => {}
        }
        Some(())
    }

    /// Builds the policy, and calls `work` with it.
    pub fn with_policy<T>(&self, work: impl FnOnce(Policy<'_>) -> T) -> Result<T, Error> {
        fn texts(list: &[String]) -> Vec<&str> {
            list.iter().map(String::as_str).collect()
        }
        let required = texts(&self.required);
        let [issuers, audiences] =
            [&self.issuers, &self.audiences].map(|list| list.as_deref().map(texts));
        let mut builder = Policy::builder()
            .required_claims(&required)
            .leeway(self.leeway)
            .maximum_depth(self.depth);
        if let Some(issuer) = &self.issuer {
            builder = builder.issuer(issuer);
        }
        if let Some(subject) = &self.subject {
            builder = builder.subject(subject);
        }
        if let Some(audience) = &self.audience {
            builder = builder.audience(audience);
        }
        if let Some(issuers) = &issuers {
            builder = builder.issuers(issuers);
        }
        if let Some(audiences) = &audiences {
            builder = builder.audiences(audiences);
        }
        if let Some(typ) = &self.typ {
            builder = builder.typ(typ);
        }
        if let Some(seconds) = self.maximum_age {
            builder = builder.maximum_age(seconds);
        }
        if let Some(seconds) = self.maximum_lifetime {
            builder = builder.maximum_lifetime(seconds);
        }
        if let Some(seconds) = self.maximum_remaining_lifetime {
            builder = builder.maximum_remaining_lifetime(seconds);
        }
        if self.allow_mistyped {
            builder = builder.allow_mistyped_registered_claims();
        }
        if self.allow_missing_expiration {
            builder = builder.allow_missing_expiration();
        }
        if self.allow_missing_jwt_id {
            builder = builder.allow_missing_jwt_id();
        }
        if self.allow_any_audience {
            builder = builder.allow_any_audience();
        }
        if self.refuse_issued_in_future {
            builder = builder.refuse_issued_in_future();
        }
        if self.allow_uncertain_time {
            builder = builder.allow_uncertain_time();
        }
        Ok(work(builder.build()?))
    }
}

/// Names for rules. Claims are given the same names, so that they often match.
pub const NAMES: [&str; 6] =
    ["", "door-", "door-7", "https://id.example/", "A\\\"\n\u{1d11e}", "JWT"];

impl<'a> Arbitrary<'a> for Rules {
    /// Most of them make a valid policy, at 2000 seconds after 1970.
    fn arbitrary(u: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        let name = |u: &mut Unstructured<'a>| {
            Ok(if u.int_in_range(0..=3)? == 3 {
                Some((*u.choose(&NAMES)?).to_owned())
            } else {
                None
            })
        };
        let seconds = |u: &mut Unstructured<'a>| {
            Ok(match u.int_in_range(0..=7)? {
                6 => Some(u.int_in_range(0..=700)?),
                7 => Some(u.arbitrary()?),
                _ => None,
            })
        };
        let names = |u: &mut Unstructured<'a>| {
            Ok(match u.int_in_range(0..=31)? {
                0 => Some(Vec::new()),
                1..=4 => {
                    Some(vec![(*u.choose(&NAMES)?).to_owned(), (*u.choose(&NAMES)?).to_owned()])
                }
                _ => None,
            })
        };
        let now = if rarely(u)? { u.arbitrary()? } else { 2000 };
        Ok(Self {
            issuer: name(u)?,
            issuers: names(u)?,
            subject: name(u)?,
            audience: name(u)?,
            audiences: names(u)?,
            typ: name(u)?,
            required: match u.int_in_range(0..=7)? {
                6 => vec![(*u.choose(&["a", "exp", "iss", "aud", "jti", ""])?).to_owned()],
                7 => vec!["a".to_owned(), "nbf".to_owned()],
                _ => Vec::new(),
            },
            leeway: seconds(u)?.unwrap_or(0),
            maximum_age: seconds(u)?,
            maximum_lifetime: seconds(u)?,
            maximum_remaining_lifetime: seconds(u)?,
            depth: if rarely(u)? { u.int_in_range(0..=40)? } else { MAX_DEPTH },
            allow_missing_expiration: rarely(u)?,
            allow_missing_jwt_id: rarely(u)?,
            allow_any_audience: rarely(u)?,
            refuse_issued_in_future: u.arbitrary()?,
            allow_mistyped: u.arbitrary()?,
            allow_uncertain_time: u.arbitrary()?,
            time: match u.int_in_range(0..=7)? {
                6 => Time::AtLeast(now),
                7 => Time::Unknown,
                _ => Time::Known(now),
            },
        })
    }
}
