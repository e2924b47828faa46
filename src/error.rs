//! [`Error`]: a variant for each rule that a token, a key or a policy can break, with its text.

use core::fmt;

/// Declares [`Error`] from its variants, each with its text.
macro_rules! errors {
    (
        $(#[$meta:meta])*
        pub enum Error {
            $($(#[$doc:meta])* $name:ident $({ $($field:tt)* })? => $text:literal,)*
        }
    ) => {
        $(#[$meta])*
        pub enum Error {
            $($(#[$doc])* $name $({ $($field)* })?,)*
        }

        impl Error {
            /// The error as a fixed text, for the device's own log.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name { .. } => $text,)*
                }
            }
        }
    };
}

errors! {
    /// Why a token, a key or a policy was refused. Size: 4 bytes.
    ///
    /// The variants are in the order of the checks: text, MAC, header, claims set, time,
    /// revocation, replay. If a token breaks several rules, you get the first one. Details:
    ///
    /// - With a key set, the header is checked before the MAC.
    /// - If the key's algorithm is not known before run time, a signature with the length of
    ///   another algorithm's MAC is refused when the MAC is checked.
    /// - Errors in a JSON text, duplicate members included, come in the order of the text.
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
        /// The key is shorter than the hash's output (RFC 7518 section 3.2): 32, 48 or 64 bytes for
        /// HS256, HS384 and HS512.
        KeyTooShort => "key is shorter than the hash's output",
        /// The policy's leeway is above [`MAX_LEEWAY`](crate::MAX_LEEWAY).
        LeewayTooLong => "leeway is longer than 600 seconds",
        /// The policy's JSON depth is not in 1 to [`MAX_DEPTH`](crate::MAX_DEPTH).
        DepthOutOfRange => "JSON depth is not in 1 to 32",
        /// The policy allows a missing `exp` and sets a maximum lifetime or requires `exp`.
        ContradictoryExpiration => "policy allows a missing exp and sets a rule that needs it",
        /// The policy allows any audience and expects one, or requires `aud` and accepts none.
        ContradictoryAudience => "policy's rules for aud contradict each other",
        /// The policy allows a missing `jti` and requires `jti`.
        ContradictoryJwtId => "policy allows a missing jti and requires jti",

        // Changing a key set.
        /// The key set has no room for another key.
        KeySetFull => "key set is full",
        /// The key set already has a key with this name, algorithm and issuer, or a JWK Set has
        /// another one (RFC 7517 section 4.5).
        DuplicateKeyId => "key set has a key of this name, algorithm and issuer",
        /// Several keys of the set have the name of the one to change: say for which algorithm or
        /// issuer it is, by a [`KeyName`](crate::KeyName).
        AmbiguousKeyId => "several keys of the set have this name",
        /// The key's name has more bytes than the key set has room for.
        KeyIdTooLong => "key's name is too long",

        // Reading a JSON Web Key or a JWK Set, besides the errors of JSON and of keys.
        /// The text is longer than 65,535 bytes.
        JwkTooLong => "JSON Web Key or JWK Set is longer than 65,535 bytes",
        /// `keys` of a JWK Set is not an array (RFC 7517 section 5.1).
        InvalidKeys => "keys is not an array",
        /// A member that a rule needs appears twice (RFC 7517 section 4).
        DuplicateJwkMember => "member of a JSON Web Key appears twice",
        /// `kty` is missing (RFC 7517 section 4.1).
        MissingKeyType => "kty is missing",
        /// `kty` is not a string (RFC 7517 section 4.1).
        InvalidKeyType => "kty is not a string",
        /// `kty` is not `oct` (RFC 7518 section 6.4).
        UnsupportedKeyType => "kty is not oct",
        /// `use` is not a string (RFC 7517 section 4.2).
        InvalidKeyUse => "use is not a string",
        /// `key_ops` is not an array of up to 32 strings, each once (RFC 7517 section 4.3).
        InvalidKeyOperations => "key_ops is not an array of up to 32 different strings",
        /// `use` or `key_ops` says that the key is not for signatures (RFC 7517 sections 4.2 and
        /// 4.3).
        KeyNotForSignatures => "use or key_ops says that the key is not for signatures",
        /// An algorithm's name is not HS256, HS384 or HS512.
        UnsupportedAlgorithm => "algorithm is none of HS256, HS384 and HS512",
        /// `k` is missing (RFC 7518 section 6.4.1).
        MissingKeyValue => "k is missing",
        /// `k` is not a string (RFC 7518 section 6.4.1).
        InvalidKeyValue => "k is not a string",
        /// A JWK Set has no key that this key set can use (RFC 7517 section 5).
        NoUsableKey => "JWK Set has no usable key",

        // Revoking tokens, and restoring saved state.
        /// The list of revocations has no room for another name.
        RevocationsFull => "list of revocations is full",
        /// The saved state is incomplete, damaged, of another version, or something else.
        InvalidSavedState => "saved state can't be restored",

        // The token's text.
        /// The token is longer than [`MAX_TOKEN_LENGTH`](crate::MAX_TOKEN_LENGTH) bytes.
        TokenTooLong => "token is too long",
        /// Not a JWS compact serialization, three segments and two dots (RFC 7515 section 7.1).
        NotCompactSerialization => "token is not three segments separated by two dots",
        /// The signature segment does not have the length of the algorithm's MAC
        /// (RFC 7518 section 3.2).
        SignatureLength => "signature does not have the length of the algorithm's MAC",
        /// The buffer is too small, for example for the decoded header and payload.
        BufferTooSmall {
            /// The number of bytes needed; 65,535 if it is more.
            needed: u16,
        } => "buffer is too small for the decoded token",
        /// A segment or a key is not canonical Base64URL without padding: it has a character
        /// outside the alphabet, an impossible length or leftover bits (RFC 7515 section 2, RFC
        /// 4648 section 3.5).
        InvalidBase64Url => "segment is not canonical Base64URL without padding",

        // The MAC.
        /// The engine that computes the MAC failed. The token may be good or bad.
        MacEngine => "engine failed to compute the MAC",
        /// The signature is not the MAC of this header and payload under this key
        /// (RFC 7515 section 5.2).
        SignatureMismatch => "signature does not match",

        // JSON, in the header or in the claims set.
        /// Not exactly one valid JSON object (RFC 8259). A byte-order mark or trailing bytes are
        /// refused too.
        InvalidJson => "text is not one valid JSON object",
        /// The JSON text is not valid UTF-8 (RFC 8259 section 8.1).
        InvalidUtf8 => "JSON text is not valid UTF-8",
        /// A `\u` escape is half of a surrogate pair (RFC 8259 section 8.2).
        LoneSurrogate => "JSON escape is half of a surrogate pair",
        /// The JSON text is nested deeper than the policy allows (32 levels by default).
        NestingTooDeep => "JSON text is nested too deep",

        // The JOSE header.
        /// A header parameter that a rule needs, or that was asked for, appears twice
        /// (RFC 7515 section 4).
        DuplicateHeaderParameter => "header parameter appears twice",
        /// `alg` is missing (RFC 7515 section 4.1.1).
        MissingAlgorithm => "alg is missing",
        /// `alg` is not a string (RFC 7515 section 4.1.1).
        InvalidAlgorithm => "alg is not a string",
        /// `kid` is not a string (RFC 7515 section 4.1.4).
        InvalidKeyId => "kid is not a string",
        /// `cty` is not a string (RFC 7515 section 4.1.10).
        InvalidContentType => "cty is not a string",
        /// `typ` is not a string (RFC 7515 section 4.1.9).
        InvalidType => "typ is not a string",
        /// `kid` is missing, and the key set needs it to pick a key (RFC 7515 section 4.1.4).
        MissingKeyId => "kid is missing",
        /// The key set has no key with this name (RFC 7515 section 4.1.4).
        UnknownKeyId => "kid names no key of the set",
        /// `alg` is not the key's algorithm (RFC 8725 section 3.1).
        AlgorithmMismatch => "alg is not the key's algorithm",
        /// `crit` is present, and no extension is supported (RFC 7515 section 4.1.11).
        CriticalExtension => "crit names extensions, and none is supported",
        /// `b64` is present, so the payload may be unencoded (RFC 7797 section 7).
        UnencodedPayload => "b64 is not supported",
        /// `cty` is `JWT`: tokens inside a token are not supported (RFC 7519 section 5.2).
        NestedToken => "nested tokens are not supported",
        /// `typ` is expected and missing (RFC 8725 section 3.11).
        MissingType => "typ is missing",
        /// `typ` is not the expected one (RFC 8725 section 3.11).
        TypeMismatch => "typ is not the expected one",

        // The claims set.
        /// A claim that a rule needs, or that was asked for, appears twice (RFC 7519 section 4).
        DuplicateClaim => "claim appears twice",
        /// `iss` is not a string (RFC 7519 section 4.1.1).
        InvalidIssuer => "iss is not a string",
        /// `sub` is not a string (RFC 7519 section 4.1.2).
        InvalidSubject => "sub is not a string",
        /// `jti` is not a string (RFC 7519 section 4.1.7).
        InvalidJwtId => "jti is not a string",
        /// `aud` is neither a string nor an array of strings (RFC 7519 section 4.1.3).
        InvalidAudience => "aud is neither a string nor an array of strings",
        /// `exp`, `nbf` or `iat` is too large: it has more than 18 digits before the decimal point.
        NumericDateOutOfRange => "date is out of range",
        /// `exp` is not a number (RFC 7519 section 4.1.4).
        InvalidExpiration => "exp is not a number",
        /// `nbf` is not a number (RFC 7519 section 4.1.5).
        InvalidNotBefore => "nbf is not a number",
        /// `iat` is not a number (RFC 7519 section 4.1.6).
        InvalidIssuedAt => "iat is not a number",
        /// A claim that the policy requires is missing or `null`.
        MissingClaim => "claim is missing",
        /// `iss` is expected and missing.
        MissingIssuer => "iss is missing",
        /// `iss` is not the expected one (RFC 7519 section 4.1.1).
        IssuerMismatch => "iss is not the expected one",
        /// `sub` is expected and missing.
        MissingSubject => "sub is missing",
        /// `sub` is not the expected one (RFC 7519 section 4.1.2).
        SubjectMismatch => "sub is not the expected one",
        /// `aud` is expected and missing (RFC 8725 section 3.9).
        MissingAudience => "aud is missing",
        /// `aud` does not name the expected audience (RFC 7519 section 4.1.3).
        AudienceMismatch => "aud does not name the expected audience",
        /// `aud` is present and the policy expects none: the token is for someone else
        /// (RFC 7519 section 4.1.3).
        UnexpectedAudience => "aud is present and none is expected",

        // Time.
        /// `exp` is missing, and the policy requires it (the default).
        MissingExpiration => "exp is missing",
        /// `iat` is missing, and a maximum age or lifetime needs it. Also returned after all checks
        /// of the time, if a revocation needs it.
        MissingIssuedAt => "iat is missing",
        /// `exp` is further from `iat` than the policy's maximum lifetime.
        LifetimeTooLong => "token lives longer than the maximum lifetime",
        /// The time is at or after `exp` (RFC 7519 section 4.1.4).
        Expired => "token has expired",
        /// The time is before `nbf` (RFC 7519 section 4.1.5).
        NotYetValid => "token is not valid yet",
        /// `iat` is in the future.
        IssuedInFuture => "token was issued in the future",
        /// The token is older than the policy's maximum age.
        TooOld => "token is older than the maximum age",
        /// The key is bound to an issuer, and `iss` is missing or different (RFC 8725 section 3.8).
        KeyOfAnotherIssuer => "key is bound to another issuer",
        /// The time is before the key's start.
        KeyNotYetValid => "key is not valid yet",
        /// The time is after the key's end.
        KeyRetired => "key is retired",
        /// Too little is known of the time to tell whether the token is valid now.
        TimeUnknown => "time is not known well enough",

        // Revocation and replay.
        /// The token was revoked, or its subject's tokens, or all tokens issued before some time.
        Revoked => "token is revoked",
        /// `jti` is missing, and the replay guard needs it to recognize the token
        /// (RFC 7519 section 4.1.7).
        MissingJwtId => "jti is missing",
        /// The token was accepted before.
        Replayed => "token was accepted before",
        /// The replay guard has forgotten a token that expires no earlier. This may be that token.
        ReplayNotExcluded => "token may have been accepted before, and been forgotten",
        /// The replay guard has no room for another token.
        ReplayGuardFull => "replay guard is full",
        /// The application could not read its records, so the token may be replayed or revoked.
        RecordsUnavailable => "records of tokens can't be looked up",

        // Reading a verified token.
        /// No claim or header parameter has the name asked for.
        MissingMember => "member asked for is missing",
        /// A value doesn't fit the type it is read into: another JSON type, a number out of range,
        /// a missing member, or a string with an escape for a `&str`.
        UnreadableValue => "value does not fit the type that it is read into",
        /// A string with an escape needs memory for decoding, or more than was given.
        ScratchTooSmall => "string with escapes needs more memory for decoding",
    }
}

impl Error {
    /// The answer for the token's sender, the same for every error: `invalid_token`, the code in
    /// RFC 6750 section 3.1 for tokens that are "expired, revoked, malformed, or invalid for other
    /// reasons".
    #[must_use]
    pub const fn to_peer(self) -> &'static str {
        "invalid_token"
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
