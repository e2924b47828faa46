//! [`Error`]: a variant for each rule that a token, a key or a policy can break, with its number,
//! its text, and whose fault it is.

use core::fmt;

/// Declares [`Error`] from its variants, each with its number, its class and its text.
macro_rules! errors {
    (
        $(#[$meta:meta])*
        pub enum Error {
            $(
                $(#[$doc:meta])*
                $name:ident $({ $($field:tt)* })? = $code:literal => $class:ident, $text:literal,
            )*
        }
    ) => {
        $(#[$meta])*
        #[repr(u8)]
        pub enum Error {
            $($(#[$doc])* $name $({ $($field)* })? = $code,)*
        }

        /// The errors' numbers, and their texts in the same order, each with a zero byte behind it.
        const CODES: &[u8] = &[$($code),*];
        const TEXTS: &str = concat!($($text, "\0"),*);

        #[cfg(test)]
        const NAMES: &[&str] = &[$(stringify!($name)),*];

        impl Error {
            /// The error as a number: for LEDs, radio messages and logs, where a text is too long
            /// or its memory too dear. It is never 0. A number keeps its meaning in all later
            /// versions, and is never used for another error; new errors get new numbers.
            ///
            /// | Code | Error | Text |
            /// | ---: | --- | --- |
            $(#[doc = concat!("| ", $code, " | `", stringify!($name), "` | ", $text, " |")])*
            #[must_use]
            pub const fn code(self) -> u8 {
                match self {
                    $(Self::$name { .. } => $code,)*
                }
            }

            /// Whose fault it is, if a verification returned the error: whether to tell the peer to
            /// get another token, or to try this one again. What reading a key, a JWK Set or saved
            /// state returns is never a token's fault, whatever its class.
            #[must_use]
            pub const fn class(self) -> ErrorClass {
                match self {
                    $(Self::$name { .. } => ErrorClass::$class,)*
                }
            }
        }
    };
}

errors! {
    /// Why a token, a key or a policy was refused. Size: 4 bytes.
    ///
    /// The variants are in the order of the checks: text, MAC, header, claims set, time, the
    /// application's checks (revocations among them), replay. If a token breaks several rules, you
    /// get the first one. Details:
    ///
    /// - With a key set, the header is checked before the MAC.
    /// - If the key's algorithm is not known before run time, a signature with the length of
    ///   another algorithm's MAC is refused when the MAC is checked.
    /// - Errors in a JSON text, duplicate members included, come in the order of the text.
    /// - If the policy allows mistyped claims, [`InvalidSubject`](Self::InvalidSubject) and
    ///   [`InvalidJwtId`](Self::InvalidJwtId) come where a rule, a list or a guard needs the claim.
    /// - The dates are checked one after the other. All errors of one date, and
    ///   [`TimeUnknown`](Self::TimeUnknown), come before those of the next.
    ///
    /// # Whom to tell
    ///
    /// Log the variant on the device. Tell the peer only [`Error::to_peer`]: a precise answer tells
    /// a forger which guess was right. An error holds no byte of a key, a MAC or a claim, so you
    /// may log it anywhere.
    ///
    /// Anyone can cause the errors up to [`SignatureMismatch`](Self::SignatureMismatch). With a
    /// single key, only someone who holds the key can cause the others: the token is authentic, so
    /// look at the issuer or the clock. With a key set, anyone can also cause the header's errors.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    #[cfg_attr(feature = "defmt", derive(defmt::Format))]
    #[non_exhaustive]
    pub enum Error {
        // Building a key or a policy.
        /// The key is shorter than the hash's output (RFC 7518 section 3.2).
        KeyTooShort {
            /// The number of bytes needed: 32, 48 or 64 for HS256, HS384 and HS512.
            needed: u8,
        } = 1 => Configuration, "key is shorter than the hash's output",
        /// The key's text is not canonical Base64URL without padding: it has a character outside
        /// the alphabet, an impossible length or leftover bits (RFC 7518 section 6.4.1, RFC 4648
        /// section 3.5).
        KeyNotBase64Url = 2 => Configuration, "key is not canonical Base64URL without padding",
        /// The policy's leeway is above [`MAX_LEEWAY`](crate::MAX_LEEWAY).
        LeewayTooLong = 3 => Configuration, "leeway is longer than 600 seconds",
        /// The policy's JSON depth is not in 1 to [`MAX_DEPTH`](crate::MAX_DEPTH).
        DepthOutOfRange = 4 => Configuration, "JSON depth is not in 1 to 32",
        /// The policy sets the issuer, the subject, the audience, `typ` or the required claims
        /// twice, or both one issuer and several, or both one audience and several.
        RuleSetTwice = 5 => Configuration, "policy sets the same rule twice",
        /// The policy's list of issuers or of audiences is empty, so it would accept no token.
        EmptyList = 6 => Configuration, "policy's list of issuers or audiences is empty",
        /// The policy allows a missing `exp` and sets a maximum lifetime or a maximum remaining
        /// lifetime, or requires `exp`.
        ContradictoryExpiration = 7 => Configuration,
            "policy allows a missing exp and sets a rule that needs it",
        /// The policy allows any audience and expects one, or requires `aud` and accepts none.
        ContradictoryAudience = 8 => Configuration, "policy's rules for aud contradict each other",
        /// The policy allows a missing `jti` and requires `jti`.
        ContradictoryJwtId = 9 => Configuration, "policy allows a missing jti and requires jti",

        // Changing a key set.
        /// The key set has no room for another key.
        KeySetFull = 10 => Configuration, "key set is full",
        /// The key set already has a key with this name, algorithm and issuer, or a JWK Set has
        /// another one (RFC 7517 section 4.5).
        DuplicateKeyId = 11 => Configuration,
            "key set has a key of this name, algorithm and issuer",
        /// Several keys of the set have the name of the one to change: say for which algorithm or
        /// issuer it is, by a [`KeyName`](crate::KeyName).
        AmbiguousKeyId = 12 => Configuration, "several keys of the set have this name",
        /// The key's name has more bytes than the key set has room for.
        KeyIdTooLong = 13 => Configuration, "key's name is too long",

        // Reading a JSON Web Key or a JWK Set, besides the errors of JSON and of keys.
        /// The text is longer than 65,535 bytes.
        JwkTooLong = 14 => Configuration, "JSON Web Key or JWK Set is longer than 65,535 bytes",
        /// `keys` of a JWK Set is not an array (RFC 7517 section 5.1).
        InvalidKeys = 15 => Configuration, "keys is not an array",
        /// A member that a rule needs appears twice (RFC 7517 section 4).
        DuplicateJwkMember = 16 => Configuration, "member of a JSON Web Key appears twice",
        /// `kty` is missing (RFC 7517 section 4.1).
        MissingKeyType = 17 => Configuration, "kty is missing",
        /// `kty` is not a string (RFC 7517 section 4.1).
        InvalidKeyType = 18 => Configuration, "kty is not a string",
        /// `kty` is not `oct` (RFC 7518 section 6.4).
        UnsupportedKeyType = 19 => Configuration, "kty is not oct",
        /// `use` is not a string (RFC 7517 section 4.2).
        InvalidKeyUse = 20 => Configuration, "use is not a string",
        /// `key_ops` is not an array of up to 32 strings, each once (RFC 7517 section 4.3).
        InvalidKeyOperations = 21 => Configuration,
            "key_ops is not an array of up to 32 different strings",
        /// `use` or `key_ops` says that the key is not for signatures (RFC 7517 sections 4.2 and
        /// 4.3).
        KeyNotForSignatures = 22 => Configuration,
            "use or key_ops says that the key is not for signatures",
        /// An algorithm's name is not HS256, HS384 or HS512.
        UnsupportedAlgorithm = 23 => Configuration, "algorithm is none of HS256, HS384 and HS512",
        /// `k` is missing (RFC 7518 section 6.4.1).
        MissingKeyValue = 24 => Configuration, "k is missing",
        /// `k` is not a string (RFC 7518 section 6.4.1).
        InvalidKeyValue = 25 => Configuration, "k is not a string",
        /// A JWK Set has no key that this key set can use (RFC 7517 section 5).
        NoUsableKey = 26 => Configuration, "JWK Set has no usable key",

        // Revoking tokens, and restoring saved state.
        /// The list of revocations has no room for another name.
        RevocationsFull = 27 => Configuration, "list of revocations is full",
        /// The saved state is incomplete, damaged, of another version, or something else.
        InvalidSavedState = 28 => Device, "saved state can't be restored",

        // The token's text.
        /// The token is longer than [`MAX_TOKEN_LENGTH`](crate::MAX_TOKEN_LENGTH) bytes.
        TokenTooLong = 29 => Token, "token is too long",
        /// Not a JWS compact serialization, three segments and two dots (RFC 7515 section 7.1).
        NotCompactSerialization = 30 => Token, "token is not three segments separated by two dots",
        /// The signature segment does not have the length of the algorithm's MAC
        /// (RFC 7518 section 3.2).
        SignatureLength = 31 => Token, "signature does not have the length of the algorithm's MAC",
        /// The buffer is too small, for example for the decoded header and payload.
        BufferTooSmall {
            /// The number of bytes needed; 65,535 if it is more.
            needed: u16,
        } = 32 => Configuration, "buffer is too small",
        /// A segment is not canonical Base64URL without padding: it has a character outside the
        /// alphabet, an impossible length or leftover bits (RFC 7515 section 2, RFC 4648 section
        /// 3.5). A character outside the alphabet in the signature comes before
        /// [`SignatureLength`](Self::SignatureLength).
        InvalidBase64Url {
            /// The first such segment.
            segment: Segment,
        } = 33 => Token, "segment is not canonical Base64URL without padding",

        // The MAC.
        /// The engine that computes the MAC failed, or was not asked. The token may be good or bad.
        MacEngine = 34 => Device, "engine failed to compute the MAC",
        /// The signature is not the MAC of this header and payload under this key
        /// (RFC 7515 section 5.2).
        SignatureMismatch = 35 => Token, "signature does not match",
        /// The signature does not match and the payload is empty: it probably travels apart from
        /// the token (RFC 7515 appendix F).
        DetachedPayload = 36 => Token, "signature does not match, and the payload is missing",

        // JSON, in the header or in the claims set.
        /// Not exactly one valid JSON object (RFC 8259). A byte-order mark or trailing bytes are
        /// refused too.
        InvalidJson = 37 => Token, "text is not one valid JSON object",
        /// The JSON text is not valid UTF-8 (RFC 8259 section 8.1).
        InvalidUtf8 = 38 => Token, "JSON text is not valid UTF-8",
        /// A `\u` escape is half of a surrogate pair (RFC 8259 section 8.2).
        LoneSurrogate = 39 => Token, "JSON escape is half of a surrogate pair",
        /// The JSON text is nested deeper than the policy allows (32 levels by default).
        NestingTooDeep = 40 => Token, "JSON text is nested too deep",

        /// A payload is verified beside the token, and the token has one of its own
        /// (RFC 7515 appendix F).
        PayloadNotDetached = 95 => Token, "token has a payload, beside the one that is verified",

        // The JOSE header.
        /// A header parameter that a rule needs, or that was asked for, appears twice
        /// (RFC 7515 section 4).
        DuplicateHeaderParameter = 41 => Token, "header parameter appears twice",
        /// `alg` is missing (RFC 7515 section 4.1.1).
        MissingAlgorithm = 42 => Token, "alg is missing",
        /// `alg` is not a string (RFC 7515 section 4.1.1).
        InvalidAlgorithm = 43 => Token, "alg is not a string",
        /// `kid` is not a string (RFC 7515 section 4.1.4).
        InvalidKeyId = 44 => Token, "kid is not a string",
        /// `cty` is not a string (RFC 7515 section 4.1.10).
        InvalidContentType = 45 => Token, "cty is not a string",
        /// `typ` is not a string (RFC 7515 section 4.1.9).
        InvalidType = 46 => Token, "typ is not a string",
        /// `kid` is missing, and the key set needs it to pick a key (RFC 7515 section 4.1.4).
        MissingKeyId = 47 => Token, "kid is missing",
        /// The key set has no key with this name (RFC 7515 section 4.1.4).
        UnknownKeyId = 48 => Token, "kid names no key of the set",
        /// `alg` is not the key's algorithm (RFC 8725 section 3.1).
        AlgorithmMismatch = 49 => Token, "alg is not the key's algorithm",
        /// `crit` is present, and no extension is supported (RFC 7515 section 4.1.11).
        CriticalExtension = 50 => Token, "crit names extensions, and none is supported",
        /// `b64` is present, so the payload may be unencoded (RFC 7797 section 7).
        UnencodedPayload = 51 => Token, "b64 is not supported",
        /// `cty` is `JWT`: tokens inside a token are not supported (RFC 7519 section 5.2).
        NestedToken = 52 => Token, "nested tokens are not supported",
        /// `typ` is expected and missing (RFC 8725 section 3.11).
        MissingType = 53 => Token, "typ is missing",
        /// `typ` is not the expected one (RFC 8725 section 3.11).
        TypeMismatch = 54 => Token, "typ is not the expected one",

        // The claims set.
        /// The payload is no JSON, and the header has `zip`: it is probably compressed, which JWS
        /// does not support (RFC 7516 section 4.1.3 defines `zip` for encrypted tokens).
        CompressedPayload = 55 => Token, "payload is no JSON, and zip says that it is compressed",
        /// A claim that a rule needs, or that was asked for, appears twice (RFC 7519 section 4).
        DuplicateClaim = 56 => Token, "claim appears twice",
        /// `iss` is not a string (RFC 7519 section 4.1.1).
        InvalidIssuer = 57 => Token, "iss is not a string",
        /// `sub` is not a string (RFC 7519 section 4.1.2).
        InvalidSubject = 58 => Token, "sub is not a string",
        /// `jti` is not a string (RFC 7519 section 4.1.7).
        InvalidJwtId = 59 => Token, "jti is not a string",
        /// `aud` is neither a string nor an array of strings (RFC 7519 section 4.1.3).
        InvalidAudience = 60 => Token, "aud is neither a string nor an array of strings",
        /// `exp` is not a number (RFC 7519 section 4.1.4).
        InvalidExpiration = 61 => Token, "exp is not a number",
        /// `nbf` is not a number (RFC 7519 section 4.1.5).
        InvalidNotBefore = 62 => Token, "nbf is not a number",
        /// `iat` is not a number (RFC 7519 section 4.1.6).
        InvalidIssuedAt = 63 => Token, "iat is not a number",
        /// A claim that the policy requires is missing or `null`.
        MissingClaim {
            /// Its index in the list of required claims, from 0; 65,535 if it is more.
            index: u16,
        } = 64 => Token, "required claim is missing",
        /// `iss` is expected and missing.
        MissingIssuer = 65 => Token, "iss is missing",
        /// `iss` is not the expected one (RFC 7519 section 4.1.1).
        IssuerMismatch = 66 => Token, "iss is not the expected one",
        /// `sub` is expected and missing.
        MissingSubject = 67 => Token, "sub is missing",
        /// `sub` is not the expected one (RFC 7519 section 4.1.2).
        SubjectMismatch = 68 => Token, "sub is not the expected one",
        /// `aud` is expected and missing (RFC 8725 section 3.9).
        MissingAudience = 69 => Token, "aud is missing",
        /// `aud` does not name the expected audience (RFC 7519 section 4.1.3).
        AudienceMismatch = 70 => Token, "aud does not name the expected audience",
        /// `aud` is present and the policy expects none: the token is for someone else
        /// (RFC 7519 section 4.1.3).
        UnexpectedAudience = 71 => Token, "aud is present and none is expected",

        // Time.
        /// `exp` is missing, and the policy requires it (the default).
        MissingExpiration = 72 => Token, "exp is missing",
        /// `iat` is missing, and a maximum age or lifetime needs it. Also returned after all checks
        /// of the time, if a revocation needs it.
        MissingIssuedAt = 73 => Token, "iat is missing",
        /// `exp` is further from `iat` than the policy's maximum lifetime, or before `iat`.
        LifetimeTooLong = 74 => Token, "token lives longer than the maximum lifetime",
        /// The time is at or after `exp` (RFC 7519 section 4.1.4).
        Expired = 75 => Token, "token has expired",
        /// `exp` is further from now than the policy's maximum remaining lifetime.
        ExpiresTooLate = 76 => Token,
            "token expires later than the maximum remaining lifetime allows",
        /// The time is before `nbf` (RFC 7519 section 4.1.5).
        NotYetValid = 77 => Token, "token is not valid yet",
        /// `iat` is in the future, and the policy refuses that, or a maximum age or lifetime or a
        /// revocation measures by it. In the last case it is returned after all checks of the time.
        IssuedInFuture = 78 => Token, "token was issued in the future",
        /// The token is older than the policy's maximum age.
        TooOld = 79 => Token, "token is older than the maximum age",
        /// The key is bound to an issuer, and `iss` is missing or different (RFC 8725 section 3.8).
        KeyOfAnotherIssuer = 80 => Token, "key is bound to another issuer",
        /// The time is before the key's start.
        KeyNotYetValid = 81 => Token, "key is not valid yet",
        /// The time is after the key's end.
        KeyRetired = 82 => Token, "key is retired",
        /// Too little is known of the time to tell whether the token is valid now.
        TimeUnknown = 83 => Device, "time is not known well enough",

        // The application's checks, revocations among them, and replay.
        /// The token was revoked, or its subject's tokens, or all tokens issued before some time.
        Revoked = 84 => Token, "token is revoked",
        /// The application refused the token, by a [`Check`](crate::Check) of its own.
        RefusedByApplication = 85 => Token, "application refused the token",
        /// `jti` is missing, and the replay guard needs it to recognize the token
        /// (RFC 7519 section 4.1.7).
        MissingJwtId = 86 => Token, "jti is missing",
        /// The token was accepted before.
        Replayed = 87 => Token, "token was accepted before",
        /// The replay guard has forgotten a token that expires no earlier. This may be that token.
        ReplayNotExcluded = 88 => Device, "token may have been accepted before, and been forgotten",
        /// The replay guard has no room for another token.
        ReplayGuardFull = 89 => Device, "replay guard is full",
        /// The application could not read its records, so the token may be replayed or revoked.
        RecordsUnavailable = 90 => Device, "records of tokens can't be looked up",

        // Making a token, besides the errors of its header and its claims set.
        /// A value can't be written as JSON: a float that is no number, a map's key that is no
        /// string, or what a type of yours refuses.
        UnwritableValue = 94 => Configuration, "value can't be written as JSON",

        // Reading a verified token.
        /// No claim or header parameter has the name asked for.
        MissingMember = 91 => Reading, "member asked for is missing",
        /// A value doesn't fit the type it is read into: another JSON type, a number out of range,
        /// an object without a member that is needed, a string with an escape for a `&str`, or
        /// whatever a type of your own refuses.
        UnreadableValue {
            /// Where the value begins in `as_json` of the claims or the header, in bytes. It is the
            /// innermost value, or a member's name, that doesn't fit.
            position: u16,
        } = 92 => Reading, "value does not fit the type that it is read into",
        /// A string with escapes needs more memory for decoding.
        ScratchTooSmall {
            /// The decoded string's length in bytes.
            needed: u16,
        } = 93 => Reading, "string with escapes needs more memory for decoding",
    }
}

impl Error {
    /// The error as a fixed text, for the device's own log. All texts take 3 KiB of flash, more
    /// than a quarter of what verification takes: [`code`](Self::code) takes none.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        // One string, walked from the start, since a table of strings takes 8 more bytes for each.
        let (mut texts, mut codes) = (TEXTS, CODES);
        while let [code, other_codes @ ..] = codes {
            let (text, other_texts) = cut_at_zero(texts);
            if *code == self.code() {
                return text;
            }
            (texts, codes) = (other_texts, other_codes);
        }
        ""
    }

    /// A buffer of fewer bytes than are needed.
    pub(crate) fn buffer_too_small(needed: usize) -> Self {
        Self::BufferTooSmall { needed: needed.try_into().unwrap_or(u16::MAX) }
    }

    /// The answer for the token's sender, by the [class](Self::class): `invalid_token` if the
    /// token is at fault (RFC 6750 section 3.1), with status 401; `temporarily_unavailable` if the
    /// device is, for now, with status 503, so that the sender keeps the token and tries again;
    /// otherwise `server_error`, with status 500 (both from RFC 6749 section 4.1.2.1).
    #[must_use]
    pub const fn to_peer(self) -> &'static str {
        match self.class() {
            ErrorClass::Token => "invalid_token",
            ErrorClass::Device => "temporarily_unavailable",
            ErrorClass::Configuration | ErrorClass::Reading => "server_error",
        }
    }
}

/// The text before the first zero byte, and the text behind it.
const fn cut_at_zero(text: &str) -> (&str, &str) {
    let (mut rest, mut length) = (text.as_bytes(), 0);
    while let [byte, others @ ..] = rest
        && *byte != 0
    {
        (rest, length) = (others, length + 1);
    }
    match text.split_at_checked(length) {
        Some((before, behind)) => match behind.split_at_checked(1) {
            Some((_, behind)) => (before, behind),
            None => (before, ""),
        },
        None => ("", ""),
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())?;
        match self {
            Self::BufferTooSmall { needed } | Self::ScratchTooSmall { needed } => {
                write!(f, ": {needed} bytes are needed")
            }
            Self::KeyTooShort { needed } => write!(f, ": {needed} bytes are needed"),
            Self::InvalidBase64Url { segment } => write!(f, ": the {segment}"),
            Self::MissingClaim { index } => write!(f, ": the one at index {index}"),
            Self::UnreadableValue { position } => write!(f, ": byte {position} of the JSON text"),
            _ => Ok(()),
        }
    }
}

impl core::error::Error for Error {}

/// Whose fault an error of a verification is. See [`Error::class`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[allow(clippy::exhaustive_enums, reason = "an answer for each is all that a service needs")]
pub enum ErrorClass {
    /// The token's: it is refused, and stays refused. Answer 401.
    Token,
    /// The configuration's: a key, a policy or a buffer has to change. Answer 500.
    Configuration,
    /// The device's: its clock, its engine or its records. The token may be good, and a later try
    /// may succeed. Answer 503. Only [`Error::ReplayNotExcluded`] stays for this token: get
    /// another.
    Device,
    /// The reader's: a verified token does not have what was asked for, or not as it was asked.
    Reading,
}

/// A segment of a token (RFC 7515 section 7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[allow(clippy::exhaustive_enums, reason = "a token has three segments")]
pub enum Segment {
    /// The JOSE header.
    Header,
    /// The payload: the claims set of a JWT.
    Payload,
    /// The signature.
    Signature,
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Header => "header",
            Self::Payload => "payload",
            Self::Signature => "signature",
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::string::ToString;
    use std::vec::Vec;

    use super::*;

    /// A line for each error: its number and its name. Lines are added, and never changed.
    const PINNED: &str = include_str!("../tests/vectors/error_codes.tsv");

    #[test]
    fn numbers_are_those_that_were_given_once() {
        let mut known: Vec<_> = CODES.iter().zip(NAMES).collect();
        known.sort();
        let pinned: Vec<_> = PINNED.lines().map(|line| line.split_once('\t').unwrap()).collect();
        for ((code, name), (pinned_code, pinned_name)) in known.iter().zip(&pinned) {
            assert_eq!((code.to_string().as_str(), **name), (*pinned_code, *pinned_name));
        }
        assert_eq!(known.len(), pinned.len(), "a new error needs a line in error_codes.tsv");
        let codes: BTreeSet<_> = CODES.iter().collect();
        assert_eq!(codes.len(), CODES.len(), "no number is given twice");
        assert!(!codes.contains(&0));
    }

    #[test]
    fn each_error_has_its_number_and_its_text() {
        for (error, code, text) in [
            (Error::KeyTooShort { needed: 32 }, 1, "key is shorter than the hash's output"),
            (Error::KeyNotBase64Url, 2, "key is not canonical Base64URL without padding"),
            (Error::BufferTooSmall { needed: 1 }, 32, "buffer is too small"),
            (Error::SignatureMismatch, 35, "signature does not match"),
            (Error::Expired, 75, "token has expired"),
            (
                Error::ScratchTooSmall { needed: 9 },
                93,
                "string with escapes needs more memory for decoding",
            ),
        ] {
            assert_eq!((error.code(), error.as_str()), (code, text));
        }
        const IN_A_CONSTANT: &str = Error::Expired.as_str();
        assert_eq!(IN_A_CONSTANT, "token has expired");
    }

    #[test]
    fn a_text_has_no_zero_byte_and_is_the_only_one_of_its_kind() {
        let texts: Vec<_> = TEXTS.split_terminator('\0').collect();
        assert_eq!(texts.len(), CODES.len());
        assert_eq!(texts.iter().collect::<BTreeSet<_>>().len(), texts.len());
    }
}
