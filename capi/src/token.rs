//! Verified tokens.

use embedded_jwt::Token;
#[cfg(feature = "claims")]
use embedded_jwt::{Claims, Header, Jws};

#[cfg(feature = "claims")]
use crate::error::{EJWT_NOT_INITIALIZED, Refusal};
use crate::memory::{EJWT_WORD_SIZE, Opaque, ejwt_word};

/// The size of a verified token, without its detail, in words of `EJWT_WORD_SIZE` bytes.
pub const EJWT_TOKEN_WORDS: usize = 11;
/// The size of a verified token in bytes, without its buffer.
pub const EJWT_TOKEN_SIZE: usize = EJWT_WORD_SIZE * EJWT_TOKEN_WORDS + EJWT_WORD_SIZE;

/// A verified token: the proof that its signature, its header and its claims hold. Only a
/// verification makes one. Its text is in the buffer that it was decoded into, so it may be read
/// until that is used for something else.
#[repr(C)]
pub struct ejwt_token {
    /// Not for the program.
    opaque: [ejwt_word; EJWT_TOKEN_WORDS],
    /// If the token was refused, what its code leaves open: for `EJWT_BUFFER_TOO_SMALL` the bytes
    /// needed (65,535 if it is more; for a token in pieces, what is known by then), for
    /// `EJWT_INVALID_BASE64URL` the segment (0 is the header, 1 the payload, 2 the signature), for
    /// `EJWT_MISSING_CLAIM` its index in the policy's list. With other codes up to 255, it is 0;
    /// with those from 256 on, it means nothing.
    pub detail: u32,
    /// Not for the program.
    reserved: u32,
}

// SAFETY: it is plain memory.
unsafe impl Opaque for ejwt_token {
    type Object = Verified;
    const TAG: u32 = 0x656a_7431;
    /// The detail is not for the object.
    const SIZE: usize = EJWT_WORD_SIZE * EJWT_TOKEN_WORDS;
}

impl ejwt_token {
    pub(crate) const EMPTY: Self = Self { opaque: [ejwt_word::ZERO; _], detail: 0, reserved: 0 };
}

/// What a verification proves: without the feature `claims`, no more than that there was one.
#[cfg(not(feature = "claims"))]
pub(crate) struct Verified;

#[cfg(not(feature = "claims"))]
impl From<Token<'static>> for Verified {
    fn from(_: Token<'static>) -> Self {
        Self
    }
}

#[cfg(feature = "claims")]
impl From<Token<'static>> for Verified {
    fn from(token: Token<'static>) -> Self {
        Self::Token(token)
    }
}

/// What a verification proves.
#[cfg(feature = "claims")]
#[derive(Clone, Copy)]
pub(crate) enum Verified {
    /// Header and claims.
    Token(Token<'static>),
    /// Header and a payload of any kind.
    Jws(Jws<'static>),
    /// A header, of a payload that travels apart.
    Detached(Header<'static>),
    /// The claims of a token that is being verified.
    Presented(Claims<'static>),
}

#[cfg(feature = "claims")]
impl Verified {
    pub(crate) fn claims(&self) -> Result<&Claims<'static>, Refusal> {
        match self {
            Self::Token(token) => Ok(token.claims()),
            Self::Presented(claims) => Ok(claims),
            Self::Jws(_) | Self::Detached(_) => Err(EJWT_NOT_INITIALIZED.into()),
        }
    }

    pub(crate) fn header(&self) -> Result<&Header<'static>, Refusal> {
        match self {
            Self::Token(token) => Ok(token.header()),
            Self::Jws(jws) => Ok(jws.header()),
            Self::Detached(header) => Ok(header),
            Self::Presented(_) => Err(EJWT_NOT_INITIALIZED.into()),
        }
    }

    /// Where it is read from: the header, and the claims or the payload.
    pub(crate) fn texts(&self) -> [&'static [u8]; 2] {
        match self {
            Self::Token(token) => {
                [token.header().as_json().as_bytes(), token.claims().as_json().as_bytes()]
            }
            Self::Jws(jws) => [jws.header().as_json().as_bytes(), jws.payload()],
            Self::Detached(header) => [header.as_json().as_bytes(), &[]],
            Self::Presented(claims) => [claims.as_json().as_bytes(), &[]],
        }
    }

    pub(crate) fn token(&self) -> Result<&Token<'static>, Refusal> {
        match self {
            Self::Token(token) => Ok(token),
            _ => Err(EJWT_NOT_INITIALIZED.into()),
        }
    }
}
