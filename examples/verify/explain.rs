//! `--explain`: what a person wants to know of a token that was accepted or refused.
//!
//! Nothing of the payload is shown unless its MAC holds, and never a byte of a secret.

use clap::ArgMatches;
use embedded_jwt::{Error, MAX_TOKEN_LENGTH, unverified_header};

use crate::arguments::{seconds, text, texts};
use crate::dates::{describe_seconds, length, nanoseconds, since, thousands};
use crate::expected::Expected;
use crate::json::{Decimal, Members, object_in, printable, shown};
use crate::report::Report;

/// A token, and what became of it.
pub(crate) struct Attempt<'a> {
    pub(crate) options: &'a ArgMatches,
    /// The names of the keys of a JWK Set; `None` for a single key.
    pub(crate) key_ids: Option<&'a [Option<String>]>,
    /// Counted from 1.
    pub(crate) number: usize,
    pub(crate) token: &'a [u8],
    pub(crate) now: Option<u64>,
    pub(crate) refusal: Option<Error>,
    /// The header and the payload, if MAC and header hold, whatever the policy says.
    pub(crate) opened: Result<(String, Vec<u8>), Error>,
}

/// What became of a token's MAC.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Mac {
    Holds,
    DoesNotHold,
    NotComputed,
}

impl Attempt<'_> {
    pub(crate) fn report(&self) -> String {
        let number = self.number;
        let mut report = Report::new(match self.refusal {
            None => format!("token {number}: accepted"),
            Some(error) => format!("token {number}: refused with {}: {error}", name(error)),
        });
        report.row("header", &self.header());
        report.row("MAC", self.mac().1);
        let (line, claims) = self.claims();
        report.row("claims", &line);
        if let Some(now) = self.now {
            report.row("now", &describe_seconds(now));
        }
        report.dates(&claims, self.now);
        if let Some(why) = self.refusal.and_then(|error| self.why(error, &claims)) {
            report.row("why", &why);
        }
        report.into_text()
    }

    /// The claims set of an authentic token, in one line and by its members; of any other, why it
    /// is not shown, and no members.
    fn claims(&self) -> (String, Members<'_>) {
        let none = |why: String| (why, Members::default());
        let Ok((_, payload)) = &self.opened else {
            return none(match self.mac().0 {
                Mac::Holds => "not shown: the header is refused".to_owned(),
                _ => "not shown".to_owned(),
            });
        };
        if self.options.get_flag("jws") {
            return none(format!("not read, for --jws: {} bytes", payload.len()));
        }
        let text = match std::str::from_utf8(payload) {
            Ok(text) => text,
            Err(error) => return none(format!("not a JSON object: {error}")),
        };
        match Members::parse(text) {
            Ok(members) => (shown(text), members),
            Err(error) => none(format!("not a JSON object: {error}")),
        }
    }

    fn header(&self) -> String {
        match (&self.opened, self.unverified_header()) {
            (Ok((header, _)), _) => shown(header),
            (Err(_), Ok(header)) if self.mac().0 == Mac::Holds => shown(&header),
            (Err(_), Ok(header)) => format!("{} (not verified)", shown(&header)),
            (Err(_), Err(error)) => format!("can't be read: {error}"),
        }
    }

    fn unverified_header(&self) -> Result<String, Error> {
        let mut buffer = vec![0; self.token.len()];
        match unverified_header(self.token, &mut buffer) {
            Ok(header) => Ok(header.as_json().to_owned()),
            Err(error) => object_in(self.segments().next().unwrap_or_default()).ok_or(error),
        }
    }

    /// What stands in a parameter of the header.
    fn parameter(&self, name: &str) -> String {
        let header = self.unverified_header().unwrap_or_default();
        state(&Members::parse(&header).unwrap_or_default(), name)
    }

    /// What became of the MAC, and the same in words. A single key looks at the header after the
    /// MAC, a set before.
    pub(crate) fn mac(&self) -> (Mac, &'static str) {
        match self.opened {
            Ok(_) => (Mac::Holds, "holds"),
            Err(Error::SignatureMismatch | Error::DetachedPayload) => {
                (Mac::DoesNotHold, "does not hold")
            }
            Err(
                Error::TokenTooLong
                | Error::NotCompactSerialization
                | Error::SignatureLength
                | Error::InvalidBase64Url { .. },
            ) => (Mac::NotComputed, "not computed: the token is malformed"),
            Err(_) if self.key_ids.is_none() => (Mac::Holds, "holds, but the header is refused"),
            Err(_) => (Mac::NotComputed, "not computed: the header is refused"),
        }
    }

    /// The values that met where a rule refused the token.
    fn why(&self, error: Error, claims: &Members<'_>) -> Option<String> {
        let options = self.options;
        let at_most = |option| {
            let [limit, _] = length(nanoseconds(seconds(options, option).unwrap_or(0).into()));
            format!("at most {limit} are accepted")
        };
        let date = |name| Decimal::parse(claims.number(name)?).nanoseconds();
        let since = |name| Some(since(claims.number(name)?, self.now?));
        let leeway = match seconds(options, "leeway") {
            None | Some(0) => String::new(),
            Some(leeway) => format!("; the leeway is {leeway} s"),
        };
        let of_accepted = |claim: &str, option| {
            let accepted = quoted(texts(options, option));
            Some(format!("{}; accepted: {accepted}", state(claims, claim)))
        };
        Some(match error {
            Error::TokenTooLong => {
                let [length, limit] =
                    [self.token.len(), MAX_TOKEN_LENGTH].map(|bytes| thousands(bytes as i128));
                format!("it has {length} bytes; at most {limit} are accepted")
            }
            Error::NotCompactSerialization => match self.segments().count() {
                1 => "it has no dot; two are needed".to_owned(),
                2 => "it has 1 of the two dots".to_owned(),
                5 => "it has five segments: an encrypted token (JWE)".to_owned(),
                count => format!("it has {} dots; two are needed", count - 1),
            },
            Error::SignatureLength => {
                let length = self.segments().last().unwrap_or_default().len();
                format!("the signature has {length} characters; HS256 has 43, HS384 64, HS512 86")
            }
            Error::InvalidBase64Url { .. } => self.stray_character(),
            Error::SignatureMismatch => "the key is another, or the token was changed".to_owned(),
            Error::DetachedPayload => {
                "the payload is empty: it may have to be put back in (RFC 7515 appendix F)"
                    .to_owned()
            }
            Error::AlgorithmMismatch => {
                let algorithm = self.parameter("alg");
                match text(options, "alg") {
                    Some(of_key) if self.key_ids.is_none() => {
                        format!("{algorithm}; the key is for {of_key}")
                    }
                    _ if self.parameter("kid") == "there is no kid" => {
                        format!("{algorithm}; the set has no key for it")
                    }
                    _ => format!("{algorithm}; the set has no key of that name for it"),
                }
            }
            Error::UnknownKeyId | Error::MissingKeyId => {
                let named = self.key_ids.unwrap_or_default().iter().flatten();
                let named = quoted(named.map(String::as_str));
                let named = if named.is_empty() { "no named key" } else { &named };
                format!("{}; the set has {named}", self.parameter("kid"))
            }
            Error::TypeMismatch | Error::MissingType => {
                format!("{}; accepted: {}", self.parameter("typ"), quoted(texts(options, "typ")))
            }
            Error::MissingClaim { index } => {
                state(claims, texts(options, "require").get(usize::from(index))?)
            }
            Error::RefusedByApplication => {
                let all = Expected::all(options);
                let unmet = all.iter().find(|expected| expected.is_met_by(claims) == Ok(false))?;
                let (name, json) = (&unmet.name, shown(&unmet.json));
                format!("{}; accepted: {json}", state(claims, name))
            }
            Error::DuplicateClaim => name_given_twice(claims)?,
            Error::InvalidIssuer => state(claims, "iss"),
            Error::InvalidSubject => state(claims, "sub"),
            Error::InvalidJwtId | Error::Revoked => state(claims, "jti"),
            Error::Replayed => match claims.named("jti").next() {
                Some(_) => state(claims, "jti"),
                None => "without jti, it is known by its signature".to_owned(),
            },
            Error::InvalidAudience => state(claims, "aud"),
            Error::InvalidExpiration | Error::MissingExpiration => state(claims, "exp"),
            Error::InvalidNotBefore => state(claims, "nbf"),
            Error::InvalidIssuedAt | Error::MissingIssuedAt => state(claims, "iat"),
            Error::IssuerMismatch | Error::MissingIssuer => return of_accepted("iss", "iss"),
            Error::SubjectMismatch | Error::MissingSubject => return of_accepted("sub", "sub"),
            Error::AudienceMismatch | Error::MissingAudience => return of_accepted("aud", "aud"),
            Error::UnexpectedAudience => {
                format!("{}; no --aud says who we are", state(claims, "aud"))
            }
            Error::LifetimeTooLong => {
                let both = ["exp", "iat"].map(|name| state(claims, name)).join(", ");
                let at_most = at_most("max-lifetime");
                match (date("exp"), date("iat")) {
                    (Some(exp), Some(iat)) if exp < iat => format!("{both}: exp comes before iat"),
                    (Some(exp), Some(iat)) => {
                        let [exact, rounded] = length(exp - iat);
                        format!("valid for {exact}{rounded} from iat to exp; {at_most}")
                    }
                    _ => format!("{both}; {at_most}"),
                }
            }
            Error::ExpiresTooLate => {
                format!("expires {}; {}{leeway}", since("exp")?, at_most("max-remaining"))
            }
            Error::Expired => format!("expired {}{leeway}", since("exp")?),
            Error::NotYetValid => format!("becomes valid {}{leeway}", since("nbf")?),
            Error::IssuedInFuture => format!("iat comes {}{leeway}", since("iat")?),
            Error::TooOld => {
                format!("issued {}; {}{leeway}", since("iat")?, at_most("max-age"))
            }
            _ => return None,
        })
    }

    fn segments(&self) -> impl Iterator<Item = &[u8]> {
        self.token.split(|&byte| byte == b'.')
    }

    /// Says where a character stands that is no Base64URL symbol.
    fn stray_character(&self) -> String {
        for (segment, name) in self.segments().zip(["header", "payload", "signature"]) {
            let is_symbol = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_".contains(byte);
            if let Some(at) = segment.iter().position(|byte| !is_symbol(byte)) {
                let what = match segment[at] {
                    b'\r' => "a carriage return".to_owned(),
                    b' ' => "a space".to_owned(),
                    b'=' => "=, padding".to_owned(),
                    byte if byte.is_ascii_graphic() => char::from(byte).to_string(),
                    byte => format!("the byte 0x{byte:02x}"),
                };
                let (place, all) = (at + 1, segment.len());
                return format!("character {place} of {all} of the {name} is {what}");
            }
        }
        "a segment has an impossible length, or bits are left over at its end".to_owned()
    }
}

/// What stands in a claim.
fn state(claims: &Members<'_>, name: &str) -> String {
    let value = claims.named(name).next();
    let name = name.escape_debug(); // for the terminal
    match value {
        Some(value) => format!("{name} is {}", shown(value)),
        None => format!("there is no {name}"),
    }
}

/// The first name that appears twice.
fn name_given_twice(claims: &Members<'_>) -> Option<String> {
    let mut names = claims.0.iter().map(|(name, _)| name.as_str());
    let twice = names.find(|name| claims.named(name).count() > 1)?;
    Some(format!("{} appears twice", quoted([twice])))
}

fn quoted<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    let quoted = |name| printable(&serde_json::Value::from(name).to_string());
    names.into_iter().map(quoted).collect::<Vec<_>>().join(", ")
}

/// An error's name, without its fields.
pub(crate) fn name(error: Error) -> String {
    let debug = format!("{error:?}");
    debug.split(' ').next().unwrap_or_default().to_owned()
}
