//! The JOSE header: checks it, and reads its parameters (RFC 7515 section 4).

use core::fmt;

use serde::Deserialize;

use crate::deserialize::{read, read_string};
use crate::json::{JsonString, Names, Object, Slot, Span, Spans, normalize};
use crate::key::mac::AnyAlgorithm;
use crate::{Error, SMALL};

/// The header parameters that the rules need. `jku`, `jwk`, `x5u`, `x5c` and the like are missing:
/// a key never comes from a token (RFC 8725 section 3.10).
pub(crate) const NAMES: Names = Names::new(&["alg", "b64", "crit", "cty", "kid", "typ", "zip"]);

const ALGORITHM: Slot = NAMES.slot("alg");
const BASE64_ENCODED: Slot = NAMES.slot("b64");
const CRITICAL: Slot = NAMES.slot("crit");
const CONTENT_TYPE: Slot = NAMES.slot("cty");
pub(crate) const KEY_ID: Slot = NAMES.slot("kid");
const TYPE: Slot = NAMES.slot("typ");
const COMPRESSION: Slot = NAMES.slot("zip");

/// The headers that most issuers write, with the spans of `alg` and `typ`.
macro_rules! usual {
    ($name:literal) => {
        [
            (concat!(r#"{"alg":""#, $name, r#"","typ":"JWT"}"#), (7, 14), (21, 26)),
            (concat!(r#"{"typ":"JWT","alg":""#, $name, r#""}"#), (19, 26), (7, 12)),
            (concat!(r#"{"alg":""#, $name, r#""}"#), (7, 14), (0, 0)),
        ]
    };
}

/// The usual headers for an algorithm.
const fn usual(algorithm: AnyAlgorithm) -> [(&'static str, Span, Span); 3] {
    match algorithm {
        AnyAlgorithm::Hs256 => usual!("HS256"),
        AnyAlgorithm::Hs384 => usual!("HS384"),
        AnyAlgorithm::Hs512 => usual!("HS512"),
    }
}

/// Recognizes a usual header byte by byte, and notes its members. Such a header is in normal form,
/// and only the rule for `typ` can refuse it, so it needs no parsing.
#[inline]
fn recognize(header: &[u8], algorithm: AnyAlgorithm, spans: &mut Spans) -> bool {
    let usual = usual(algorithm);
    let mut usual = usual.iter().take(if SMALL { 1 } else { usual.len() });
    usual.any(|(text, of_algorithm, of_type)| {
        header == text.as_bytes()
            && ALGORITHM.note(*of_algorithm, spans)
            && TYPE.note(*of_type, spans)
    })
}

/// What the policy says about headers.
#[derive(Clone, Copy)]
pub(crate) struct HeaderRules<'p> {
    pub(crate) depth: u8,
    pub(crate) typ: Option<&'p str>,
}

/// Parses and checks a header for a key of this algorithm. Returns the length of its normal form.
#[inline]
pub(crate) fn read_header(
    header: &mut [u8],
    algorithm: AnyAlgorithm,
    rules: HeaderRules<'_>,
    spans: &mut Spans,
) -> Result<usize, Error> {
    if recognize(header, algorithm, spans) {
        check_typ(&Object { text: header, spans }, rules.typ)?;
        return Ok(header.len());
    }
    let text = parse(header, rules.depth, spans)?;
    let parsed = Object { text, spans };
    if !is_for(&parsed, algorithm) {
        return Err(Error::AlgorithmMismatch);
    }
    check(&parsed, rules.typ)?;
    Ok(text.len())
}

/// Parses a header, and checks its parameters' types. Returns its normal form.
#[inline]
pub(crate) fn parse<'h>(
    header: &'h mut [u8],
    depth: u8,
    spans: &mut Spans,
) -> Result<&'h [u8], Error> {
    let text = normalize(header, depth, &NAMES, Error::DuplicateHeaderParameter, spans)?;
    check_types(&Object { text, spans })?;
    Ok(text)
}

/// Checks every rule except the one for `alg`. The parameters' types have been checked.
#[inline]
pub(crate) fn check(header: &Object<'_, '_>, typ: Option<&str>) -> Result<(), Error> {
    if header.named(CRITICAL).is_some() {
        return Err(Error::CriticalExtension);
    }
    if header.named(BASE64_ENCODED).is_some() {
        return Err(Error::UnencodedPayload);
    }
    if header.named_string(CONTENT_TYPE).is_some_and(|content| same_media_type(content, "JWT")) {
        return Err(Error::NestedToken);
    }
    check_typ(header, typ)
}

/// Whether `alg` is this algorithm.
pub(crate) fn is_for(header: &Object<'_, '_>, algorithm: AnyAlgorithm) -> bool {
    header.named_string(ALGORITHM).is_some_and(|named| named == algorithm.name())
}

/// Whether `zip` is present. It says nothing of a JWS, and is ignored where the payload is JSON
/// (RFC 7515 section 4).
pub(crate) fn names_compression(spans: &Spans) -> bool {
    COMPRESSION.read(spans).1 > 0
}

/// Checks `typ`, if the policy expects one. Only this rule can refuse a header that was
/// [recognized](recognize).
fn check_typ(header: &Object<'_, '_>, typ: Option<&str>) -> Result<(), Error> {
    match (typ, header.named_string(TYPE)) {
        (None, _) => Ok(()),
        (Some(_), None) => Err(Error::MissingType),
        (Some(expected), Some(named)) if same_media_type(named, expected) => Ok(()),
        (Some(_), Some(_)) => Err(Error::TypeMismatch),
    }
}

/// `alg` must be present, and each of these parameters a string.
#[inline]
fn check_types(header: &Object<'_, '_>) -> Result<(), Error> {
    header.named(ALGORITHM).ok_or(Error::MissingAlgorithm)?;
    header.is_string_if_present(ALGORITHM, Error::InvalidAlgorithm)?;
    header.is_string_if_present(KEY_ID, Error::InvalidKeyId)?;
    header.is_string_if_present(CONTENT_TYPE, Error::InvalidContentType)?;
    header.is_string_if_present(TYPE, Error::InvalidType)
}

/// Compares media types. Case doesn't matter, and a name without a slash may omit `application/`
/// (RFC 7515 sections 4.1.9 and 4.1.10). No media type has a character that JSON escapes.
fn same_media_type(named: JsonString<'_>, expected: &str) -> bool {
    let (named, expected) = (named.encoded(), expected.as_bytes());
    let (long, short) =
        if named.len() < expected.len() { (expected, named) } else { (named, expected) };
    let (before, end) = long.split_at_checked(long.len() - short.len()).unwrap_or_default();
    let may_be_left_out = before.eq_ignore_ascii_case(b"application/");
    end.eq_ignore_ascii_case(short)
        && short.iter().all(|&byte| byte != b'\\' && !(may_be_left_out && byte == b'/'))
        && (may_be_left_out || before.is_empty())
}

/// The JOSE header of a verified token. Borrows the caller's buffer.
///
/// Size: 40 bytes on a 32-bit target, 80 on a 64-bit one.
#[derive(Clone, Copy)]
pub struct Header<'b> {
    text: &'b [u8],
    spans: Spans,
}

impl<'b> Header<'b> {
    pub(crate) const fn new(text: &'b [u8], spans: Spans) -> Self {
        Self { text, spans }
    }

    const fn object(&self) -> Object<'b, '_> {
        Object { text: self.text, spans: &self.spans }
    }

    pub(crate) fn algorithm(&self) -> Option<JsonString<'b>> {
        self.object().named_string(ALGORITHM)
    }

    /// `kid`: the name of the key that the issuer used (RFC 7515 section 4.1.4).
    #[must_use]
    pub fn key_id(&self) -> Option<JsonString<'b>> {
        self.object().named_string(KEY_ID)
    }

    /// `typ`: the kind of token (RFC 7515 section 4.1.9).
    #[must_use]
    pub fn typ(&self) -> Option<JsonString<'b>> {
        self.object().named_string(TYPE)
    }

    /// `cty`: the kind of payload (RFC 7515 section 4.1.10).
    #[must_use]
    pub fn content_type(&self) -> Option<JsonString<'b>> {
        self.object().named_string(CONTENT_TYPE)
    }

    /// Reads any header parameter by its name, as [`Claims::get`](crate::Claims::get) does.
    ///
    /// # Errors
    /// [`Error::MissingMember`] if the parameter is missing, [`Error::DuplicateHeaderParameter`] if
    /// it appears twice, [`Error::UnreadableValue`] if it doesn't fit `T`,
    /// [`Error::ScratchTooSmall`] if it has a string that is too long to be decoded.
    pub fn get<T: Deserialize<'b>>(&self, name: &str) -> Result<T, Error> {
        read(self.text, self.find(name)?, &mut [])
    }

    /// Reads a string parameter by its name. Unlike a `&str`, it may contain escapes.
    ///
    /// # Errors
    /// [`Error::MissingMember`] if the parameter is missing, [`Error::DuplicateHeaderParameter`] if
    /// it appears twice, [`Error::UnreadableValue`] if it isn't a string.
    pub fn string(&self, name: &str) -> Result<JsonString<'b>, Error> {
        read_string(self.text, self.find(name)?)
    }

    fn find(&self, name: &str) -> Result<&'b [u8], Error> {
        let value = self.object().find_by(&NAMES, name, Error::DuplicateHeaderParameter)?;
        value.ok_or(Error::MissingMember)
    }

    /// The whole header as JSON, in normal form: without white space and needless escapes.
    #[must_use]
    pub fn as_json(&self) -> &'b str {
        self.object().as_json()
    }
}

/// Shows nothing of the token.
impl fmt::Debug for Header<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Header").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::format;

    use super::*;
    use crate::json::normalize;

    #[test]
    fn recognized_header_has_the_spans_that_parsing_gives() {
        for &algorithm in AnyAlgorithm::ALL {
            let name = algorithm.name();
            let headers = [
                format!(r#"{{"alg":"{name}","typ":"JWT"}}"#),
                format!(r#"{{"typ":"JWT","alg":"{name}"}}"#),
                format!(r#"{{"alg":"{name}"}}"#),
            ];
            for header in &headers[..if SMALL { 1 } else { 3 }] {
                let (mut recognized, mut passed) = (Spans::default(), Spans::default());
                assert!(recognize(header.as_bytes(), algorithm, &mut recognized), "{header}");
                let mut text = header.clone().into_bytes();
                let twice = Error::DuplicateHeaderParameter;
                let normal = normalize(&mut text, 1, &NAMES, twice, &mut passed);
                assert_eq!(normal, Ok(header.as_bytes()));
                assert_eq!(recognized, passed, "{header}");
            }
        }
    }

    #[test]
    fn other_headers_are_not_recognized() {
        let recognize =
            |header: &[u8]| recognize(header, AnyAlgorithm::Hs256, &mut Spans::default());
        for other in [
            "",
            r#"{"alg":"HS512"}"#,
            r#"{"alg":"HS256" }"#,
            r#"{"alg":"HS512","typ":"JWT"}"#,
            r#"{"typ":"JWT","alg":"HS512"}"#,
            r#"{"typ":"JWT","alg":"HS256","typ":"JWT"}"#,
            r#"{"alg":"HS256","typ":"JWT"} "#,
            r#"{"alg":"HS256","typ":"JWT","crit":[]}"#,
            r#"{"alg":"HS256","typ":"jwt"}"#,
        ] {
            assert!(!recognize(other.as_bytes()), "{other}");
        }
        for (header, ..) in usual(AnyAlgorithm::Hs256) {
            for place in 0..header.len() {
                let mut other = std::vec::Vec::from(header);
                other[place] ^= 1;
                assert!(!recognize(&other), "{place}");
            }
        }
    }

    #[test]
    fn media_types_match_in_any_case_and_without_application() {
        for (named, expected, same) in [
            ("JWT", "JWT", true),
            ("jwt", "JWT", true),
            ("application/jwt", "JWT", true),
            ("APPLICATION/JWT", "jwt", true),
            ("JWT", "application/JWT", true),
            ("at+jwt", "application/at+JWT", true),
            ("text/jwt", "TEXT/JWT", true),
            ("JWT", "JWS", false),
            ("JW", "JWT", false),
            ("", "JWT", false),
            ("text/jwt", "jwt", false),
            ("application/text/jwt", "text/jwt", false),
            ("application/", "", true),
            ("applicationjwt", "jwt", false),
            // In JSON, this is a line feed; in the policy, a backslash and an n.
            (r"a\n", r"a\n", false),
        ] {
            let named_string = JsonString::from_encoded(named.as_bytes());
            assert_eq!(same_media_type(named_string, expected), same, "{named} {expected}");
        }
    }
}
