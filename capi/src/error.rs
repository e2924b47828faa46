//! Codes: what a call returns, with the text and the class of each.

use core::ffi::c_char;
use core::num::NonZeroU32;

use embedded_jwt::{Error, ErrorClass, Segment};

/// What a call returns: `EJWT_OK`, or why it was refused. A number keeps its meaning in all later
/// versions. Codes up to 255 are those of the Rust library, by the same numbers. Those from 256 on
/// are of this interface: the call itself was wrong, except with `EJWT_EMBEDDED_NUL` and
/// `EJWT_DIFFERENT`, which say what a claim is.
pub type ejwt_code = i32;

/// The call did what it says.
pub const EJWT_OK: ejwt_code = 0;
/// Key is shorter than the hash's output.
pub const EJWT_KEY_TOO_SHORT: ejwt_code = 1;
/// Key is not canonical Base64URL without padding.
pub const EJWT_KEY_NOT_BASE64URL: ejwt_code = 2;
/// Leeway is longer than 600 seconds.
pub const EJWT_LEEWAY_TOO_LONG: ejwt_code = 3;
/// JSON depth is not in 1 to 32.
pub const EJWT_DEPTH_OUT_OF_RANGE: ejwt_code = 4;
/// Policy sets the same rule twice.
pub const EJWT_RULE_SET_TWICE: ejwt_code = 5;
/// Policy's list of issuers or audiences is empty.
pub const EJWT_EMPTY_LIST: ejwt_code = 6;
/// Policy allows a missing exp and sets a rule that needs it.
pub const EJWT_CONTRADICTORY_EXPIRATION: ejwt_code = 7;
/// Policy's rules for aud contradict each other.
pub const EJWT_CONTRADICTORY_AUDIENCE: ejwt_code = 8;
/// Policy allows a missing jti and requires jti.
pub const EJWT_CONTRADICTORY_JWT_ID: ejwt_code = 9;
/// Key set is full.
pub const EJWT_KEY_SET_FULL: ejwt_code = 10;
/// Key set has a key of this name, algorithm and issuer.
pub const EJWT_DUPLICATE_KEY_ID: ejwt_code = 11;
/// Several keys of the set have this name.
pub const EJWT_AMBIGUOUS_KEY_ID: ejwt_code = 12;
/// Key's name is too long.
pub const EJWT_KEY_ID_TOO_LONG: ejwt_code = 13;
/// JSON Web Key or JWK Set is longer than 65,535 bytes.
pub const EJWT_JWK_TOO_LONG: ejwt_code = 14;
/// `keys` is not an array.
pub const EJWT_INVALID_KEYS: ejwt_code = 15;
/// Member of a JSON Web Key appears twice.
pub const EJWT_DUPLICATE_JWK_MEMBER: ejwt_code = 16;
/// `kty` is missing.
pub const EJWT_MISSING_KEY_TYPE: ejwt_code = 17;
/// `kty` is not a string.
pub const EJWT_INVALID_KEY_TYPE: ejwt_code = 18;
/// `kty` is not oct.
pub const EJWT_UNSUPPORTED_KEY_TYPE: ejwt_code = 19;
/// `use` is not a string.
pub const EJWT_INVALID_KEY_USE: ejwt_code = 20;
/// `key_ops` is not an array of up to 32 different strings.
pub const EJWT_INVALID_KEY_OPERATIONS: ejwt_code = 21;
/// `use` or key_ops says that the key is not for signatures.
pub const EJWT_KEY_NOT_FOR_SIGNATURES: ejwt_code = 22;
/// Algorithm is none of HS256, HS384 and HS512.
pub const EJWT_UNSUPPORTED_ALGORITHM: ejwt_code = 23;
/// `k` is missing.
pub const EJWT_MISSING_KEY_VALUE: ejwt_code = 24;
/// `k` is not a string.
pub const EJWT_INVALID_KEY_VALUE: ejwt_code = 25;
/// JWK Set has no usable key.
pub const EJWT_NO_USABLE_KEY: ejwt_code = 26;
/// List of revocations is full.
pub const EJWT_REVOCATIONS_FULL: ejwt_code = 27;
/// Saved state can't be restored.
pub const EJWT_INVALID_SAVED_STATE: ejwt_code = 28;
/// Token is too long.
pub const EJWT_TOKEN_TOO_LONG: ejwt_code = 29;
/// Token is not three segments separated by two dots.
pub const EJWT_NOT_COMPACT_SERIALIZATION: ejwt_code = 30;
/// Signature does not have the length of the algorithm's MAC.
pub const EJWT_SIGNATURE_LENGTH: ejwt_code = 31;
/// Buffer is too small.
pub const EJWT_BUFFER_TOO_SMALL: ejwt_code = 32;
/// Segment is not canonical Base64URL without padding.
pub const EJWT_INVALID_BASE64URL: ejwt_code = 33;
/// Engine failed to compute the MAC.
pub const EJWT_MAC_ENGINE: ejwt_code = 34;
/// Signature does not match.
pub const EJWT_SIGNATURE_MISMATCH: ejwt_code = 35;
/// Signature does not match, and the payload is missing.
pub const EJWT_DETACHED_PAYLOAD: ejwt_code = 36;
/// Text is not one valid JSON object.
pub const EJWT_INVALID_JSON: ejwt_code = 37;
/// JSON text is not valid UTF-8.
pub const EJWT_INVALID_UTF8: ejwt_code = 38;
/// JSON escape is half of a surrogate pair.
pub const EJWT_LONE_SURROGATE: ejwt_code = 39;
/// JSON text is nested too deep.
pub const EJWT_NESTING_TOO_DEEP: ejwt_code = 40;
/// Header parameter appears twice.
pub const EJWT_DUPLICATE_HEADER_PARAMETER: ejwt_code = 41;
/// `alg` is missing.
pub const EJWT_MISSING_ALGORITHM: ejwt_code = 42;
/// `alg` is not a string.
pub const EJWT_INVALID_ALGORITHM: ejwt_code = 43;
/// `kid` is not a string.
pub const EJWT_INVALID_KEY_ID: ejwt_code = 44;
/// `cty` is not a string.
pub const EJWT_INVALID_CONTENT_TYPE: ejwt_code = 45;
/// `typ` is not a string.
pub const EJWT_INVALID_TYPE: ejwt_code = 46;
/// `kid` is missing.
pub const EJWT_MISSING_KEY_ID: ejwt_code = 47;
/// `kid` names no key of the set.
pub const EJWT_UNKNOWN_KEY_ID: ejwt_code = 48;
/// `alg` is not the key's algorithm.
pub const EJWT_ALGORITHM_MISMATCH: ejwt_code = 49;
/// `crit` names extensions, and none is supported.
pub const EJWT_CRITICAL_EXTENSION: ejwt_code = 50;
/// `b64` is not supported.
pub const EJWT_UNENCODED_PAYLOAD: ejwt_code = 51;
/// Nested tokens are not supported.
pub const EJWT_NESTED_TOKEN: ejwt_code = 52;
/// `typ` is missing.
pub const EJWT_MISSING_TYPE: ejwt_code = 53;
/// `typ` is not the expected one.
pub const EJWT_TYPE_MISMATCH: ejwt_code = 54;
/// Payload is no JSON, and zip says that it is compressed.
pub const EJWT_COMPRESSED_PAYLOAD: ejwt_code = 55;
/// Claim appears twice.
pub const EJWT_DUPLICATE_CLAIM: ejwt_code = 56;
/// `iss` is not a string.
pub const EJWT_INVALID_ISSUER: ejwt_code = 57;
/// `sub` is not a string.
pub const EJWT_INVALID_SUBJECT: ejwt_code = 58;
/// `jti` is not a string.
pub const EJWT_INVALID_JWT_ID: ejwt_code = 59;
/// `aud` is neither a string nor an array of strings.
pub const EJWT_INVALID_AUDIENCE: ejwt_code = 60;
/// `exp` is not a number.
pub const EJWT_INVALID_EXPIRATION: ejwt_code = 61;
/// `nbf` is not a number.
pub const EJWT_INVALID_NOT_BEFORE: ejwt_code = 62;
/// `iat` is not a number.
pub const EJWT_INVALID_ISSUED_AT: ejwt_code = 63;
/// Required claim is missing.
pub const EJWT_MISSING_CLAIM: ejwt_code = 64;
/// `iss` is missing.
pub const EJWT_MISSING_ISSUER: ejwt_code = 65;
/// `iss` is not the expected one.
pub const EJWT_ISSUER_MISMATCH: ejwt_code = 66;
/// `sub` is missing.
pub const EJWT_MISSING_SUBJECT: ejwt_code = 67;
/// `sub` is not the expected one.
pub const EJWT_SUBJECT_MISMATCH: ejwt_code = 68;
/// `aud` is missing.
pub const EJWT_MISSING_AUDIENCE: ejwt_code = 69;
/// `aud` does not name the expected audience.
pub const EJWT_AUDIENCE_MISMATCH: ejwt_code = 70;
/// `aud` is present and none is expected.
pub const EJWT_UNEXPECTED_AUDIENCE: ejwt_code = 71;
/// `exp` is missing.
pub const EJWT_MISSING_EXPIRATION: ejwt_code = 72;
/// `iat` is missing.
pub const EJWT_MISSING_ISSUED_AT: ejwt_code = 73;
/// Token lives longer than the maximum lifetime.
pub const EJWT_LIFETIME_TOO_LONG: ejwt_code = 74;
/// Token has expired.
pub const EJWT_EXPIRED: ejwt_code = 75;
/// Token expires later than the maximum remaining lifetime allows.
pub const EJWT_EXPIRES_TOO_LATE: ejwt_code = 76;
/// Token is not valid yet.
pub const EJWT_NOT_YET_VALID: ejwt_code = 77;
/// Token was issued in the future.
pub const EJWT_ISSUED_IN_FUTURE: ejwt_code = 78;
/// Token is older than the maximum age.
pub const EJWT_TOO_OLD: ejwt_code = 79;
/// Key is bound to another issuer.
pub const EJWT_KEY_OF_ANOTHER_ISSUER: ejwt_code = 80;
/// Key is not valid yet.
pub const EJWT_KEY_NOT_YET_VALID: ejwt_code = 81;
/// Key is retired.
pub const EJWT_KEY_RETIRED: ejwt_code = 82;
/// Time is not known well enough.
pub const EJWT_TIME_UNKNOWN: ejwt_code = 83;
/// Token is revoked.
pub const EJWT_REVOKED: ejwt_code = 84;
/// Application refused the token.
pub const EJWT_REFUSED_BY_APPLICATION: ejwt_code = 85;
/// `jti` is missing.
pub const EJWT_MISSING_JWT_ID: ejwt_code = 86;
/// Token was accepted before.
pub const EJWT_REPLAYED: ejwt_code = 87;
/// Token may have been accepted before, and been forgotten.
pub const EJWT_REPLAY_NOT_EXCLUDED: ejwt_code = 88;
/// Replay guard is full.
pub const EJWT_REPLAY_GUARD_FULL: ejwt_code = 89;
/// Records of tokens can't be looked up.
pub const EJWT_RECORDS_UNAVAILABLE: ejwt_code = 90;
/// Member asked for is missing.
pub const EJWT_MISSING_MEMBER: ejwt_code = 91;
/// Value does not fit the type that it is read into.
pub const EJWT_UNREADABLE_VALUE: ejwt_code = 92;
/// String with escapes needs more memory for decoding.
pub const EJWT_SCRATCH_TOO_SMALL: ejwt_code = 93;
/// Value can't be written as JSON.
pub const EJWT_UNWRITABLE_VALUE: ejwt_code = 94;
/// Token has a payload, beside the one that is verified.
pub const EJWT_PAYLOAD_NOT_DETACHED: ejwt_code = 95;

/// A pointer is null that must not be.
pub const EJWT_NULL_POINTER: ejwt_code = 256;
/// A pointer to an object is not aligned as the object has to be.
pub const EJWT_MISALIGNED: ejwt_code = 257;
/// A length is more than the address space has behind its pointer.
pub const EJWT_TOO_LONG: ejwt_code = 258;
/// Two arguments overlap that must not: what the call writes, such as the buffer, and anything
/// else, or what that leads to, such as a policy's text.
pub const EJWT_OVERLAP: ejwt_code = 259;
/// An object was not initialized, or has been wiped, or is of another kind.
pub const EJWT_NOT_INITIALIZED: ejwt_code = 260;
/// An object was moved or copied that must stay where it was initialized.
pub const EJWT_MOVED: ejwt_code = 261;
/// A text is not UTF-8.
pub const EJWT_NOT_UTF8: ejwt_code = 262;
/// A number is none of those that are defined for it, or an unknown bit is set.
pub const EJWT_UNKNOWN_VALUE: ejwt_code = 263;
/// A policy's lists have more than `EJWT_MAX_LISTED` entries together.
pub const EJWT_LIST_TOO_LONG: ejwt_code = 264;
/// The caller's object has another size: its header and the library were built with different
/// capacities.
pub const EJWT_WRONG_SIZE: ejwt_code = 265;
/// A string has a zero byte in it, so a C string can't hold it.
pub const EJWT_EMBEDDED_NUL: ejwt_code = 266;
/// The claim or header parameter is another string.
pub const EJWT_DIFFERENT: ejwt_code = 267;
/// A detached payload was ended already, or can't begin again.
pub const EJWT_ENDED: ejwt_code = 268;
/// The library was built without what the call needs.
pub const EJWT_NOT_BUILT: ejwt_code = 269;

/// Whose fault it is, if a call returned a code.
pub type ejwt_class = u32;

/// Nobody's: `EJWT_OK`.
pub const EJWT_CLASS_NONE: ejwt_class = 0;
/// The token's: it is refused, and stays refused. Answer 401.
pub const EJWT_CLASS_TOKEN: ejwt_class = 1;
/// The configuration's: a key, a policy or a buffer has to change. Answer 500.
pub const EJWT_CLASS_CONFIGURATION: ejwt_class = 2;
/// The device's: its clock, its engine or its records. The token may be good, and a later try may
/// succeed. Answer 503.
pub const EJWT_CLASS_DEVICE: ejwt_class = 3;
/// The reader's: a verified token does not have what was asked for, or not as it was asked. This
/// includes `EJWT_EMBEDDED_NUL` and `EJWT_DIFFERENT`.
pub const EJWT_CLASS_READING: ejwt_class = 4;
/// The program's: the call itself is wrong. All other codes from 256 on, and numbers that are no
/// code.
pub const EJWT_CLASS_PROGRAM: ejwt_class = 5;

/// Why a call is refused: the code, and above it the detail. Both have 16 bits, so that a result is
/// one number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Refusal(NonZeroU32);

impl Refusal {
    pub(crate) fn code(self) -> ejwt_code {
        (self.0.get() & 0xffff) as ejwt_code
    }

    pub(crate) fn detail(self) -> u32 {
        self.0.get() >> 16
    }

    fn new(code: u32, detail: u16) -> Self {
        debug_assert_ne!(code, 0, "EJWT_OK is no refusal");
        // SAFETY: no code of a refusal is 0.
        Self(unsafe { NonZeroU32::new_unchecked(u32::from(detail) << 16 | code) })
    }
}

impl From<ejwt_code> for Refusal {
    fn from(code: ejwt_code) -> Self {
        Self::new(code as u32, 0)
    }
}

impl From<Error> for Refusal {
    /// Not inlined, as it is needed in every call.
    #[inline(never)]
    fn from(error: Error) -> Self {
        // Those that `ejwt_token` tells.
        let detail = match error {
            Error::BufferTooSmall { needed } => needed,
            Error::MissingClaim { index } => index,
            Error::InvalidBase64Url { segment } => segment as u16,
            _ => 0,
        };
        Self::new(error.code().into(), detail)
    }
}

/// The code of an outcome.
pub(crate) fn code_of(outcome: Result<(), Refusal>) -> ejwt_code {
    match outcome {
        Ok(()) => EJWT_OK,
        Err(refusal) => refusal.code(),
    }
}

/// All errors of the Rust library. Their details don't matter.
const ALL: &[Error] = &[
    Error::KeyTooShort { needed: 0 },
    Error::KeyNotBase64Url,
    Error::LeewayTooLong,
    Error::DepthOutOfRange,
    Error::RuleSetTwice,
    Error::EmptyList,
    Error::ContradictoryExpiration,
    Error::ContradictoryAudience,
    Error::ContradictoryJwtId,
    Error::KeySetFull,
    Error::DuplicateKeyId,
    Error::AmbiguousKeyId,
    Error::KeyIdTooLong,
    Error::JwkTooLong,
    Error::InvalidKeys,
    Error::DuplicateJwkMember,
    Error::MissingKeyType,
    Error::InvalidKeyType,
    Error::UnsupportedKeyType,
    Error::InvalidKeyUse,
    Error::InvalidKeyOperations,
    Error::KeyNotForSignatures,
    Error::UnsupportedAlgorithm,
    Error::MissingKeyValue,
    Error::InvalidKeyValue,
    Error::NoUsableKey,
    Error::RevocationsFull,
    Error::InvalidSavedState,
    Error::TokenTooLong,
    Error::NotCompactSerialization,
    Error::SignatureLength,
    Error::BufferTooSmall { needed: 0 },
    Error::InvalidBase64Url { segment: Segment::Header },
    Error::MacEngine,
    Error::SignatureMismatch,
    Error::DetachedPayload,
    Error::InvalidJson,
    Error::InvalidUtf8,
    Error::LoneSurrogate,
    Error::NestingTooDeep,
    Error::DuplicateHeaderParameter,
    Error::MissingAlgorithm,
    Error::InvalidAlgorithm,
    Error::InvalidKeyId,
    Error::InvalidContentType,
    Error::InvalidType,
    Error::MissingKeyId,
    Error::UnknownKeyId,
    Error::AlgorithmMismatch,
    Error::CriticalExtension,
    Error::UnencodedPayload,
    Error::NestedToken,
    Error::MissingType,
    Error::TypeMismatch,
    Error::CompressedPayload,
    Error::DuplicateClaim,
    Error::InvalidIssuer,
    Error::InvalidSubject,
    Error::InvalidJwtId,
    Error::InvalidAudience,
    Error::InvalidExpiration,
    Error::InvalidNotBefore,
    Error::InvalidIssuedAt,
    Error::MissingClaim { index: 0 },
    Error::MissingIssuer,
    Error::IssuerMismatch,
    Error::MissingSubject,
    Error::SubjectMismatch,
    Error::MissingAudience,
    Error::AudienceMismatch,
    Error::UnexpectedAudience,
    Error::MissingExpiration,
    Error::MissingIssuedAt,
    Error::LifetimeTooLong,
    Error::Expired,
    Error::ExpiresTooLate,
    Error::NotYetValid,
    Error::IssuedInFuture,
    Error::TooOld,
    Error::KeyOfAnotherIssuer,
    Error::KeyNotYetValid,
    Error::KeyRetired,
    Error::TimeUnknown,
    Error::Revoked,
    Error::RefusedByApplication,
    Error::MissingJwtId,
    Error::Replayed,
    Error::ReplayNotExcluded,
    Error::ReplayGuardFull,
    Error::RecordsUnavailable,
    Error::MissingMember,
    Error::UnreadableValue { position: 0 },
    Error::ScratchTooSmall { needed: 0 },
    Error::UnwritableValue,
    Error::PayloadNotDetached,
];

/// The texts for the codes of this interface.
const OF_THE_PROGRAM: &[(ejwt_code, &str)] = &[
    (EJWT_OK, "ok"),
    (EJWT_NULL_POINTER, "pointer is null"),
    (EJWT_MISALIGNED, "pointer to an object is not aligned"),
    (EJWT_TOO_LONG, "length is more than there can be behind its pointer"),
    (EJWT_OVERLAP, "two arguments overlap"),
    (EJWT_NOT_INITIALIZED, "object is not initialized, or of another kind"),
    (EJWT_MOVED, "object was moved since it was initialized"),
    (EJWT_NOT_UTF8, "text is not UTF-8"),
    (EJWT_UNKNOWN_VALUE, "number is none of those that are defined"),
    (EJWT_LIST_TOO_LONG, "policy's lists are too long"),
    (EJWT_WRONG_SIZE, "header and library were built with different capacities"),
    (EJWT_EMBEDDED_NUL, "string has a zero byte in it"),
    (EJWT_DIFFERENT, "string is another one"),
    (EJWT_ENDED, "detached payload has ended"),
    (EJWT_NOT_BUILT, "library was built without what the call needs"),
];

const UNKNOWN: &str = "unknown code";

/// The number of texts, with that for a number that is no code, which is the last.
const COUNT: usize = ALL.len() + OF_THE_PROGRAM.len() + 1;

/// A code and its text.
const fn entry(index: usize) -> (ejwt_code, &'static str) {
    if index < ALL.len() {
        (ALL[index].code() as ejwt_code, ALL[index].as_str())
    } else if index < COUNT - 1 {
        OF_THE_PROGRAM[index - ALL.len()]
    } else {
        (-1, UNKNOWN)
    }
}

/// All texts, each with a zero byte behind it.
static TEXTS: [u8; {
    let (mut length, mut index) = (0, 0);
    while index < COUNT {
        length += entry(index).1.len() + 1;
        index += 1;
    }
    length
}] = {
    let mut texts = [0; _];
    let (mut at, mut index) = (0, 0);
    while index < COUNT {
        let (text, mut from) = (entry(index).1.as_bytes(), 0);
        while from < text.len() {
            texts[at + from] = text[from];
            from += 1;
        }
        at += from + 1;
        index += 1;
    }
    texts
};

/// The code of each text, and where the text begins.
static INDEX: [(u16, u16); COUNT] = {
    let mut codes = [(0, 0); COUNT];
    let (mut at, mut index) = (0, 0);
    while index < COUNT {
        let (code, text) = entry(index);
        codes[index] = (code as u16, at);
        at += text.len() as u16 + 1;
        index += 1;
    }
    codes
};

/// The text for a code, for a log of the device: English, lower case, without a full stop. A number
/// that is no code has a text too. All texts take 4 KB of flash, if this function is called at all.
#[unsafe(no_mangle)]
pub extern "C" fn ejwt_error_text(code: ejwt_code) -> *const c_char {
    let found = INDEX.iter().find(|(known, _)| ejwt_code::from(*known) == code);
    let start = match found.or(INDEX.last()) {
        Some((_, start)) => usize::from(*start),
        None => 0,
    };
    TEXTS.get(start..).map_or(c"".as_ptr(), |text| text.as_ptr().cast())
}

/// Whose fault it is, if a verification returned the code: whether to tell the peer to get another
/// token, or to try this one again.
#[unsafe(no_mangle)]
pub extern "C" fn ejwt_error_class(code: ejwt_code) -> ejwt_class {
    /// By the code, which is the index.
    static CLASSES: [u8; ALL.len() + 1] = {
        let mut classes = [EJWT_CLASS_NONE as u8; _];
        let mut index = 0;
        while index < ALL.len() {
            let class = match ALL[index].class() {
                ErrorClass::Token => EJWT_CLASS_TOKEN,
                ErrorClass::Configuration => EJWT_CLASS_CONFIGURATION,
                ErrorClass::Device => EJWT_CLASS_DEVICE,
                ErrorClass::Reading => EJWT_CLASS_READING,
            };
            classes[ALL[index].code() as usize] = class as u8;
            index += 1;
        }
        classes
    };
    if matches!(code, EJWT_EMBEDDED_NUL | EJWT_DIFFERENT) {
        return EJWT_CLASS_READING;
    }
    let class = usize::try_from(code).ok().and_then(|code| CLASSES.get(code));
    class.map_or(EJWT_CLASS_PROGRAM, |class| (*class).into())
}
