//! Reads a token that is not verified, to find the key to verify it with.

use core::ffi::{c_char, c_void};

use embedded_jwt::{
    Error, JsonString, UnverifiedClaims, UnverifiedHeader, unverified_claims, unverified_header,
};

use crate::claims::{compare, copy, give};
use crate::error::{EJWT_UNKNOWN_VALUE, Refusal, code_of, ejwt_code};
use crate::memory::{
    EJWT_WORD_SIZE, Opaque, Span, aligned, check_arguments, ejwt_word, get, needed_text, put, wipe,
};

/// The size of what is read unverified, in words of `EJWT_WORD_SIZE` bytes.
pub const EJWT_UNVERIFIED_WORDS: usize = 6;
/// The size of what is read unverified, in bytes, without its buffer.
pub const EJWT_UNVERIFIED_SIZE: usize = EJWT_WORD_SIZE * EJWT_UNVERIFIED_WORDS;

/// The claims or the header of a token that was NOT verified: anyone may have written them. Made by
/// `ejwt_unverified_claims` and `ejwt_unverified_header`, to find the key to verify the token with.
/// Its text is in the buffer that it was decoded into.
///
/// It is no proof: `ejwt_claim_string` and its like refuse it with `EJWT_NOT_INITIALIZED`. Verify
/// the token, and read all that you rely on from the `ejwt_token`.
#[repr(C)]
pub struct ejwt_unverified {
    /// Not for the program.
    opaque: [ejwt_word; EJWT_UNVERIFIED_WORDS],
}

// SAFETY: it is plain memory.
unsafe impl Opaque for ejwt_unverified {
    type Object = Unverified;
    const TAG: u32 = 0x656a_7531;
}

/// What was read.
pub(crate) enum Unverified {
    Claims(UnverifiedClaims<'static>),
    Header(UnverifiedHeader<'static>),
}

impl Unverified {
    fn string(&self, name: &str) -> Result<JsonString<'static>, Refusal> {
        let found = match self {
            Self::Claims(claims) => claims.string(name),
            Self::Header(header) => match name {
                "alg" => Some(header.algorithm()),
                "kid" => header.key_id(),
                "typ" => header.typ(),
                _ => return Err(EJWT_UNKNOWN_VALUE.into()),
            },
        };
        found.ok_or(Error::MissingMember.into())
    }

    fn as_json(&self) -> &'static str {
        match self {
            Self::Claims(claims) => claims.as_json(),
            Self::Header(header) => header.as_json(),
        }
    }
}

/// What was read unverified, to read it to what is written: apart from it and its text.
///
/// # Safety
/// `place` is null or leads to what was read, whose buffer still holds it.
unsafe fn reading<'u>(
    place: *const ejwt_unverified,
    written: &[Span],
) -> Result<&'u Unverified, Refusal> {
    // SAFETY: as the caller promises.
    let read = unsafe { get(place) }?;
    let text = Span::of_bytes(read.as_json().as_bytes());
    check_arguments(written, &[Span::of(place), text])?;
    Ok(read)
}

/// Reads a part of a token. If the call is itself wrong, nothing is touched. Otherwise what `place`
/// held is gone.
///
/// # Safety
/// The pointers are null or lead to what they are for.
unsafe fn read(
    token: Span,
    buffer: Span,
    place: *mut ejwt_unverified,
    read: impl FnOnce(&[u8], &'static mut [u8]) -> Result<Unverified, Error>,
) -> ejwt_code {
    let checked = check_arguments(&[buffer, Span::of(place)], &[token]);
    code_of(checked.and_then(|()| aligned(place)).and_then(|()| {
        // SAFETY: they were checked, and the caller promises the rest.
        unsafe {
            wipe(place);
            put(place, read(token.bytes(), buffer.bytes_mut())?)
        }
    }))
}

/// Reads the claims of a token WITHOUT verifying it, to look up whose key to verify it with. Anyone
/// may have written them, so:
///
/// 1. Look up. Search your own list of issuers or customers for the name, best by
///    `ejwt_unverified_is`. Build no path, query or address from it.
/// 2. Verify the token, by `ejwt_verify` with the key that you found, and a policy that asks for
///    the issuer that you found. Otherwise one customer could make tokens in the name of another.
/// 3. Believe nothing that was read here. Read it again from the verified token.
///
/// The claims are decoded into `buffer`, which needs three quarters of the token's length, and must
/// not overlap the token. `ejwt_verify` may use the same buffer: what was read here is gone then.
/// They have to be JSON as a verification demands it, but types and dates are not checked. Header
/// and signature are ignored. If it fails, what was written to `buffer` is wiped, and what
/// `unverified` held is gone; with codes from 256 on, nothing is touched.
///
/// # Safety
/// `token` leads to `token_length` bytes, `buffer` to `buffer_size` bytes, `unverified` to its
/// memory.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_unverified_claims(
    token: *const c_void,
    token_length: usize,
    buffer: *mut c_void,
    buffer_size: usize,
    unverified: *mut ejwt_unverified,
) -> ejwt_code {
    let (token, buffer) = (Span::new(token, token_length), Span::new(buffer, buffer_size));
    // SAFETY: as the caller promises.
    unsafe {
        read(token, buffer, unverified, |token, buffer| {
            unverified_claims(token, buffer).map(Unverified::Claims)
        })
    }
}

/// Reads the header of a token WITHOUT verifying it, to find a key by its `kid`. Anyone may have
/// written it: compare `kid` with the names of your own keys, and choose no algorithm by `alg`,
/// since a key has its own. A key set (`ejwt_key_set_verify`) does this for you.
///
/// Works as `ejwt_unverified_claims`. Payload and signature are ignored.
///
/// # Safety
/// As for `ejwt_unverified_claims`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_unverified_header(
    token: *const c_void,
    token_length: usize,
    buffer: *mut c_void,
    buffer_size: usize,
    unverified: *mut ejwt_unverified,
) -> ejwt_code {
    let (token, buffer) = (Span::new(token, token_length), Span::new(buffer, buffer_size));
    // SAFETY: as the caller promises.
    unsafe {
        read(token, buffer, unverified, |token, buffer| {
            unverified_header(token, buffer).map(Unverified::Header)
        })
    }
}

/// A string that was read unverified, by its name.
///
/// # Safety
/// As for [`reading`], and `name` is null or leads to a text.
unsafe fn string(
    unverified: *const ejwt_unverified,
    name: *const c_char,
    written: &[Span],
) -> Result<JsonString<'static>, Refusal> {
    // SAFETY: as the caller promises.
    unsafe { reading(unverified, written)?.string(needed_text(name, written)?) }
}

/// Compares an unverified string with a text, such as the name of one of your keys: `EJWT_OK` if it
/// is that string, `EJWT_DIFFERENT` if it is another. Needs no memory. Names as for
/// `ejwt_unverified_string`.
///
/// # Safety
/// `unverified` leads to what was read, `name` and `expected` to texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_unverified_is(
    unverified: *const ejwt_unverified,
    name: *const c_char,
    expected: *const c_char,
) -> ejwt_code {
    // SAFETY: as the caller promises.
    code_of(unsafe { string(unverified, name, &[]).and_then(|string| compare(string, expected)) })
}

/// Copies an unverified string to `memory`, as `ejwt_claim_string` does. `name` is that of any
/// claim, such as `iss`, or of the header's `alg`, `kid` or `typ`; another name of the header gets
/// `EJWT_UNKNOWN_VALUE`. `EJWT_MISSING_MEMBER` if there is no such string, or if there are two.
///
/// # Safety
/// `unverified` leads to what was read, `name` to a text, `memory` to `size` bytes, `length` to a
/// number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_unverified_string(
    unverified: *const ejwt_unverified,
    name: *const c_char,
    memory: *mut c_char,
    size: usize,
    length: *mut usize,
) -> ejwt_code {
    // SAFETY: as the caller promises.
    code_of(unsafe {
        string(unverified, name, &[Span::new(memory.cast(), size), Span::of_any(length)])
            .and_then(|string| copy(string, memory, size, length))
    })
}

/// Finds the JSON text of unverified claims, or of an unverified header, where it is in the buffer:
/// to show it, marked as not verified. It has no zero byte behind it.
///
/// # Safety
/// `unverified` leads to what was read, `text` to a pointer, `length` to a number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_unverified_json(
    unverified: *const ejwt_unverified,
    text: *mut *const c_char,
    length: *mut usize,
) -> ejwt_code {
    // SAFETY: as the caller promises.
    code_of(unsafe {
        reading(unverified, &[Span::of(text), Span::of(length)])
            .and_then(|read| give(read.as_json(), text, length))
    })
}
