//! [`Error`]: a variant for each rule that a token, a key or a policy can break, with its text.

use core::fmt;

/// Why a token, a key or a policy was refused. Size: 4 bytes.
///
/// The variants are in the order of the checks: text, MAC, header, claims set, time, revocation,
/// replay. If a token breaks several rules, you get the first one. Details:
///
/// - With a key set, the header is checked before the MAC.
/// - If the key's algorithm is not known before run time, a signature with the length of another
///   algorithm's MAC is refused when the MAC is checked.
/// - Errors in a JSON text, duplicate members included, come in the order of the text.
/// - The dates are checked one after the other. All errors of one date, and
///   [`TimeUnknown`](Self::TimeUnknown), come before those of the next.
///
/// # Whom to tell
///
/// Log the variant on the device. Tell the peer only [`Error::to_peer`]: a precise answer tells a
/// forger which guess was right. An error holds no byte of a key, a MAC or a claim, so you may log
/// it anywhere.
///
/// Anyone can cause the errors up to [`SignatureMismatch`](Self::SignatureMismatch). With a single
/// key, only someone who holds the key can cause the others: the token is authentic, so look at the
/// issuer or the clock. With a key set, anyone can also cause the header's errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Error {
    // Building a key or a policy.
    /// The key is shorter than the hash's output (RFC 7518 section 3.2): 32, 48 or 64 bytes for
    /// HS256, HS384 and HS512.
    KeyTooShort,
    /// The policy's leeway is above [`MAX_LEEWAY`](crate::MAX_LEEWAY).
    LeewayTooLong,
    /// The policy's JSON depth is not in 1 to [`MAX_DEPTH`](crate::MAX_DEPTH).
    DepthOutOfRange,
    /// The policy allows a missing `exp` and sets a maximum lifetime or requires `exp`.
    ContradictoryExpiration,
    /// The policy allows any audience and expects one, or requires `aud` and accepts none.
    ContradictoryAudience,
    /// The policy allows a missing `jti` and requires `jti`.
    ContradictoryJwtId,

    // Changing a key set.
    /// The key set has no room for another key.
    KeySetFull,
    /// The key set already has a key with this name, or a JWK Set has two (RFC 7517 section 4.5).
    DuplicateKeyId,
    /// The key's name has more bytes than the key set has room for.
    KeyIdTooLong,

    // Reading a JSON Web Key or a JWK Set, besides the errors of JSON and of keys.
    /// The text is longer than 65,535 bytes.
    JwkTooLong,
    /// `keys` of a JWK Set is not an array (RFC 7517 section 5.1).
    InvalidKeys,
    /// A member that a rule needs appears twice (RFC 7517 section 4).
    DuplicateJwkMember,
    /// `kty` is missing (RFC 7517 section 4.1).
    MissingKeyType,
    /// `kty` is not a string (RFC 7517 section 4.1).
    InvalidKeyType,
    /// `kty` is not `oct` (RFC 7518 section 6.4).
    UnsupportedKeyType,
    /// `use` is not a string (RFC 7517 section 4.2).
    InvalidKeyUse,
    /// `key_ops` is not an array of up to 32 strings, each once (RFC 7517 section 4.3).
    InvalidKeyOperations,
    /// `use` or `key_ops` says that the key is not for signatures (RFC 7517 sections 4.2 and 4.3).
    KeyNotForSignatures,
    /// An algorithm's name is not HS256, HS384 or HS512.
    UnsupportedAlgorithm,
    /// `k` is missing (RFC 7518 section 6.4.1).
    MissingKeyValue,
    /// `k` is not a string (RFC 7518 section 6.4.1).
    InvalidKeyValue,

    // Revoking tokens, and restoring saved state.
    /// The list of revocations has no room for another name.
    RevocationsFull,
    /// The saved state is incomplete, damaged, of another version, or something else.
    InvalidSavedState,

    // The token's text.
    /// The token is longer than [`MAX_TOKEN_LENGTH`](crate::MAX_TOKEN_LENGTH) bytes.
    TokenTooLong,
    /// Not a JWS compact serialization, three segments and two dots (RFC 7515 section 7.1).
    NotCompactSerialization,
    /// The signature segment does not have the length of the algorithm's MAC
    /// (RFC 7518 section 3.2).
    SignatureLength,
    /// The buffer is too small, for example for the decoded header and payload.
    BufferTooSmall {
        /// The number of bytes needed.
        needed: u16,
    },
    /// A segment or a key is not canonical Base64URL without padding: it has a character outside
    /// the alphabet, an impossible length or leftover bits (RFC 7515 section 2, RFC 4648 section
    /// 3.5).
    InvalidBase64Url,

    // The MAC.
    /// The engine that computes the MAC failed. The token may be good or bad.
    MacEngine,
    /// The signature is not the MAC of this header and payload under this key
    /// (RFC 7515 section 5.2).
    SignatureMismatch,

    // JSON, in the header or in the claims set.
    /// Not exactly one valid JSON object (RFC 8259). A byte-order mark or trailing bytes are
    /// refused too.
    InvalidJson,
    /// The JSON text is not valid UTF-8 (RFC 8259 section 8.1).
    InvalidUtf8,
    /// A `\u` escape is half of a surrogate pair (RFC 8259 section 8.2).
    LoneSurrogate,
    /// The JSON text is nested deeper than the policy allows (32 levels by default).
    NestingTooDeep,

    // The JOSE header.
    /// A header parameter that a rule needs, or that was asked for, appears twice
    /// (RFC 7515 section 4).
    DuplicateHeaderParameter,
    /// `alg` is missing (RFC 7515 section 4.1.1).
    MissingAlgorithm,
    /// `alg` is not a string (RFC 7515 section 4.1.1).
    InvalidAlgorithm,
    /// `kid` is not a string (RFC 7515 section 4.1.4).
    InvalidKeyId,
    /// `cty` is not a string (RFC 7515 section 4.1.10).
    InvalidContentType,
    /// `typ` is not a string (RFC 7515 section 4.1.9).
    InvalidType,
    /// `kid` is missing, and the key set needs it to pick a key (RFC 7515 section 4.1.4).
    MissingKeyId,
    /// The key set has no key with this name (RFC 7515 section 4.1.4).
    UnknownKeyId,
    /// `alg` is not the key's algorithm (RFC 8725 section 3.1).
    AlgorithmMismatch,
    /// `crit` is present, and no extension is supported (RFC 7515 section 4.1.11).
    CriticalExtension,
    /// `b64` is present, so the payload may be unencoded (RFC 7797 section 7).
    UnencodedPayload,
    /// `cty` is `JWT`: tokens inside a token are not supported (RFC 7519 section 5.2).
    NestedToken,
    /// `typ` is expected and missing (RFC 8725 section 3.11).
    MissingType,
    /// `typ` is not the expected one (RFC 8725 section 3.11).
    TypeMismatch,

    // The claims set.
    /// A claim that a rule needs, or that was asked for, appears twice (RFC 7519 section 4).
    DuplicateClaim,
    /// `iss` is not a string (RFC 7519 section 4.1.1).
    InvalidIssuer,
    /// `sub` is not a string (RFC 7519 section 4.1.2).
    InvalidSubject,
    /// `jti` is not a string (RFC 7519 section 4.1.7).
    InvalidJwtId,
    /// `aud` is neither a string nor an array of strings (RFC 7519 section 4.1.3).
    InvalidAudience,
    /// `exp`, `nbf` or `iat` is too large: it has more than 18 digits before the decimal point.
    NumericDateOutOfRange,
    /// `exp` is not a number (RFC 7519 section 4.1.4).
    InvalidExpiration,
    /// `nbf` is not a number (RFC 7519 section 4.1.5).
    InvalidNotBefore,
    /// `iat` is not a number (RFC 7519 section 4.1.6).
    InvalidIssuedAt,
    /// A claim that the policy requires is missing or `null`.
    MissingClaim,
    /// `iss` is expected and missing.
    MissingIssuer,
    /// `iss` is not the expected one (RFC 7519 section 4.1.1).
    IssuerMismatch,
    /// `sub` is expected and missing.
    MissingSubject,
    /// `sub` is not the expected one (RFC 7519 section 4.1.2).
    SubjectMismatch,
    /// `aud` is expected and missing (RFC 8725 section 3.9).
    MissingAudience,
    /// `aud` does not name the expected audience (RFC 7519 section 4.1.3).
    AudienceMismatch,
    /// `aud` is present and the policy expects none: the token is for someone else
    /// (RFC 7519 section 4.1.3).
    UnexpectedAudience,

    // Time.
    /// `exp` is missing, and the policy requires it (the default).
    MissingExpiration,
    /// `iat` is missing, and a maximum age or lifetime needs it. Also returned after all checks of
    /// the time, if a revocation needs it.
    MissingIssuedAt,
    /// `exp` is further from `iat` than the policy's maximum lifetime.
    LifetimeTooLong,
    /// The time is at or after `exp` (RFC 7519 section 4.1.4).
    Expired,
    /// The time is before `nbf` (RFC 7519 section 4.1.5).
    NotYetValid,
    /// `iat` is in the future.
    IssuedInFuture,
    /// The token is older than the policy's maximum age.
    TooOld,
    /// The key is bound to an issuer, and `iss` is missing or different (RFC 8725 section 3.8).
    KeyOfAnotherIssuer,
    /// The time is before the key's start.
    KeyNotYetValid,
    /// The time is after the key's end.
    KeyRetired,
    /// Too little is known of the time to tell whether the token is valid now.
    TimeUnknown,

    // Revocation and replay.
    /// The token was revoked, or its subject's tokens, or all tokens issued before some time.
    Revoked,
    /// `jti` is missing, and the replay guard needs it to recognize the token
    /// (RFC 7519 section 4.1.7).
    MissingJwtId,
    /// The token was accepted before.
    Replayed,
    /// The replay guard has forgotten a token that expires no earlier. This may be that token.
    ReplayNotExcluded,
    /// The replay guard has no room for another token.
    ReplayGuardFull,
    /// The application could not read its records, so the token may be replayed or revoked.
    RecordsUnavailable,

    // Reading a verified token.
    /// No claim or header parameter has the name asked for.
    MissingMember,
    /// A value doesn't fit the type it is read into: another JSON type, a number out of range, a
    /// missing member, or a string with an escape for a `&str`.
    UnreadableValue,
    /// A string with an escape needs memory for decoding, or more than was given.
    ScratchTooSmall,
}

impl Error {
    /// The answer for the token's sender, the same for every error: `invalid_token`, the code in
    /// RFC 6750 section 3.1 for tokens that are "expired, revoked, malformed, or invalid for other
    /// reasons".
    #[must_use]
    pub const fn to_peer(self) -> &'static str {
        "invalid_token"
    }

    /// The error as a fixed text, for the device's own log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::KeyTooShort => "key is shorter than the hash's output",
            Self::LeewayTooLong => "leeway is longer than 600 seconds",
            Self::DepthOutOfRange => "JSON depth is not in 1 to 32",
            Self::ContradictoryExpiration => {
                "policy allows a missing exp and sets a rule that needs it"
            }
            Self::ContradictoryAudience => "policy's rules for aud contradict each other",
            Self::ContradictoryJwtId => "policy allows a missing jti and requires jti",
            Self::KeySetFull => "key set is full",
            Self::DuplicateKeyId => "key set has a key of this name",
            Self::KeyIdTooLong => "key's name is too long",
            Self::JwkTooLong => "JSON Web Key or JWK Set is longer than 65,535 bytes",
            Self::InvalidKeys => "keys is not an array",
            Self::DuplicateJwkMember => "member of a JSON Web Key appears twice",
            Self::MissingKeyType => "kty is missing",
            Self::InvalidKeyType => "kty is not a string",
            Self::UnsupportedKeyType => "kty is not oct",
            Self::UnsupportedAlgorithm => "algorithm is none of HS256, HS384 and HS512",
            Self::InvalidKeyUse => "use is not a string",
            Self::InvalidKeyOperations => "key_ops is not an array of up to 32 different strings",
            Self::KeyNotForSignatures => "use or key_ops says that the key is not for signatures",
            Self::MissingKeyValue => "k is missing",
            Self::InvalidKeyValue => "k is not a string",
            Self::RevocationsFull => "list of revocations is full",
            Self::InvalidSavedState => "saved state can't be restored",
            Self::TokenTooLong => "token is too long",
            Self::NotCompactSerialization => "token is not three segments separated by two dots",
            Self::SignatureLength => "signature does not have the length of the algorithm's MAC",
            Self::BufferTooSmall { .. } => "buffer is too small for the decoded token",
            Self::InvalidBase64Url => "segment is not canonical Base64URL without padding",
            Self::MacEngine => "engine failed to compute the MAC",
            Self::SignatureMismatch => "signature does not match",
            Self::InvalidJson => "text is not one valid JSON object",
            Self::InvalidUtf8 => "JSON text is not valid UTF-8",
            Self::LoneSurrogate => "JSON escape is half of a surrogate pair",
            Self::NestingTooDeep => "JSON text is nested too deep",
            Self::DuplicateHeaderParameter => "header parameter appears twice",
            Self::MissingAlgorithm => "alg is missing",
            Self::InvalidAlgorithm => "alg is not a string",
            Self::InvalidKeyId => "kid is not a string",
            Self::InvalidContentType => "cty is not a string",
            Self::InvalidType => "typ is not a string",
            Self::MissingKeyId => "kid is missing",
            Self::UnknownKeyId => "kid names no key of the set",
            Self::AlgorithmMismatch => "alg is not the key's algorithm",
            Self::CriticalExtension => "crit names extensions, and none is supported",
            Self::UnencodedPayload => "b64 is not supported",
            Self::NestedToken => "nested tokens are not supported",
            Self::MissingType => "typ is missing",
            Self::TypeMismatch => "typ is not the expected one",
            Self::DuplicateClaim => "claim appears twice",
            Self::InvalidIssuer => "iss is not a string",
            Self::InvalidSubject => "sub is not a string",
            Self::InvalidJwtId => "jti is not a string",
            Self::InvalidAudience => "aud is neither a string nor an array of strings",
            Self::NumericDateOutOfRange => "date is out of range",
            Self::InvalidExpiration => "exp is not a number",
            Self::InvalidNotBefore => "nbf is not a number",
            Self::InvalidIssuedAt => "iat is not a number",
            Self::MissingClaim => "claim is missing",
            Self::MissingIssuer => "iss is missing",
            Self::IssuerMismatch => "iss is not the expected one",
            Self::MissingSubject => "sub is missing",
            Self::SubjectMismatch => "sub is not the expected one",
            Self::MissingAudience => "aud is missing",
            Self::AudienceMismatch => "aud does not name the expected audience",
            Self::UnexpectedAudience => "aud is present and none is expected",
            Self::MissingExpiration => "exp is missing",
            Self::MissingIssuedAt => "iat is missing",
            Self::LifetimeTooLong => "token lives longer than the maximum lifetime",
            Self::Expired => "token has expired",
            Self::NotYetValid => "token is not valid yet",
            Self::IssuedInFuture => "token was issued in the future",
            Self::TooOld => "token is older than the maximum age",
            Self::KeyOfAnotherIssuer => "key is bound to another issuer",
            Self::KeyNotYetValid => "key is not valid yet",
            Self::KeyRetired => "key is retired",
            Self::TimeUnknown => "time is not known well enough",
            Self::Revoked => "token is revoked",
            Self::MissingJwtId => "jti is missing",
            Self::Replayed => "token was accepted before",
            Self::ReplayNotExcluded => "token may have been accepted before, and been forgotten",
            Self::ReplayGuardFull => "replay guard is full",
            Self::RecordsUnavailable => "records of tokens can't be looked up",
            Self::MissingMember => "member asked for is missing",
            Self::UnreadableValue => "value does not fit the type that it is read into",
            Self::ScratchTooSmall => "string with escapes needs more memory for decoding",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())?;
        match self {
            Self::BufferTooSmall { needed } => write!(f, ": {needed} bytes are needed"),
            _ => Ok(()),
        }
    }
}

impl core::error::Error for Error {}
