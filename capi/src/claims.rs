//! Reads claims and header parameters of verified tokens.

use core::ffi::{c_char, c_void};

use embedded_jwt::{Claims, Error, Header, JsonString, NumericDate};
use serde::{Deserialize, Deserializer};

use crate::error::{
    EJWT_DIFFERENT, EJWT_EMBEDDED_NUL, EJWT_NOT_INITIALIZED, EJWT_UNKNOWN_VALUE, Refusal, code_of,
    ejwt_code,
};
use crate::memory::{Span, bytes_mut, check_arguments, get, needed_text, plain_mut};
use crate::token::{Verified, ejwt_token};

/// A token, to read it to what is written: apart from the token and its texts.
///
/// # Safety
/// `token` is null or leads to a token, whose buffer still holds it.
pub(crate) unsafe fn reading<'t>(
    token: *const ejwt_token,
    written: &[Span],
) -> Result<&'t Verified, Refusal> {
    // SAFETY: as the caller promises.
    let verified = unsafe { get(token) }?;
    let [header, payload] = verified.texts().map(Span::of_bytes);
    check_arguments(written, &[Span::of(token), header, payload])?;
    Ok(verified)
}

/// The claims of a token, to read one by its name to what is written.
///
/// # Safety
/// `token` is null or leads to a token, whose buffer still holds it; `name` is null or leads to a
/// text.
unsafe fn claims<'t>(
    token: *const ejwt_token,
    name: *const c_char,
    written: &[Span],
) -> Result<(&'t Claims<'static>, &'t str), Refusal> {
    // SAFETY: as the caller promises.
    Ok(unsafe { (reading(token, written)?.claims()?, needed_text(name, written)?) })
}

/// The header of a token, to read a parameter by its name to what is written.
///
/// # Safety
/// As for [`claims`].
unsafe fn header<'t>(
    token: *const ejwt_token,
    name: *const c_char,
    written: &[Span],
) -> Result<(&'t Header<'static>, &'t str), Refusal> {
    // SAFETY: as the caller promises.
    Ok(unsafe { (reading(token, written)?.header()?, needed_text(name, written)?) })
}

/// Copies a string to memory of the caller, with a zero byte behind it. If it can't be copied, the
/// memory is left as it is.
///
/// # Safety
/// `memory` is null or leads to `size` bytes, `length` is null or leads to a number.
pub(crate) unsafe fn copy(
    string: JsonString<'_>,
    memory: *mut c_char,
    size: usize,
    length: *mut usize,
) -> Result<(), Refusal> {
    // SAFETY: as the caller promises.
    let memory = unsafe { bytes_mut(memory.cast::<c_void>(), size) }?;
    let (mut needed, mut has_zero) = (1, false);
    for byte in string.bytes() {
        needed += 1;
        has_zero |= byte == 0;
    }
    if has_zero {
        return Err(EJWT_EMBEDDED_NUL.into());
    }
    let fits = needed <= memory.len();
    if !length.is_null() {
        // SAFETY: as the caller promises.
        *unsafe { plain_mut(length) }? = if fits { needed - 1 } else { needed };
    }
    if !fits {
        return Err(
            Error::BufferTooSmall { needed: u16::try_from(needed).unwrap_or(u16::MAX) }.into()
        );
    }
    for (place, byte) in memory.iter_mut().zip(string.bytes().chain([0])) {
        *place = byte;
    }
    Ok(())
}

/// Gives the caller a part of the token's text.
///
/// # Safety
/// `text` and `length` are null or lead to a pointer and to a number, and were checked to be apart.
pub(crate) unsafe fn give(
    found: &str,
    text: *mut *const c_char,
    length: *mut usize,
) -> Result<(), Refusal> {
    // SAFETY: as the caller promises.
    let (text, length) = unsafe { (plain_mut(text)?, plain_mut(length)?) };
    (*text, *length) = (found.as_ptr().cast(), found.len());
    Ok(())
}

/// A string without escapes, as it stands in the token.
fn in_place(string: JsonString<'static>) -> Result<&'static str, Refusal> {
    string.as_str().ok_or(Error::UnreadableValue { position: 0 }.into())
}

/// Compares a string with a text of the caller.
///
/// # Safety
/// `expected` is null or leads to a text.
pub(crate) unsafe fn compare(
    string: JsonString<'_>,
    expected: *const c_char,
) -> Result<(), Refusal> {
    // SAFETY: as the caller promises.
    if string == unsafe { needed_text(expected, &[]) }? {
        Ok(())
    } else {
        Err(EJWT_DIFFERENT.into())
    }
}

/// Gives the caller a value.
///
/// # Safety
/// `place` is null or leads to a value of the type.
unsafe fn store<T>(value: T, place: *mut T) -> Result<(), Refusal> {
    // SAFETY: as the caller promises.
    *unsafe { plain_mut(place) }? = value;
    Ok(())
}

/// No value fits this type, so reading it tells where the value begins.
#[derive(Debug)]
enum Located {}

impl<'de> Deserialize<'de> for Located {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(serde::de::Error::custom(""))
    }
}

/// The value that a text in normal form has at the place that reading it told.
fn value_at(text: &str, located: Result<Located, Error>) -> Result<&str, Refusal> {
    let position = match located {
        Err(Error::UnreadableValue { position }) => usize::from(position),
        Err(error) => return Err(error.into()),
        Ok(never) => match never {},
    };
    let rest = text.get(position..).unwrap_or_default();
    Ok(rest.get(..value_length(rest.as_bytes())).unwrap_or_default())
}

/// The length of the JSON value that a text in normal form begins with.
fn value_length(text: &[u8]) -> usize {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for (index, byte) in text.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' | b',' if depth == 0 => return index,
            b'}' | b']' => depth -= 1,
            _ => {}
        }
    }
    text.len()
}

/// Copies a claim that is a string to `memory`, with a zero byte behind it. `length` may be null;
/// it gets the string's length without the zero byte, or with `EJWT_BUFFER_TOO_SMALL` the bytes
/// needed with it. A string that has a zero byte in it is refused with `EJWT_EMBEDDED_NUL`.
/// `memory` is written only if the claim is copied.
///
/// # Safety
/// `token` leads to a token, `name` to a text, `memory` to `size` bytes, `length` to a number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_claim_string(
    token: *const ejwt_token,
    name: *const c_char,
    memory: *mut c_char,
    size: usize,
    length: *mut usize,
) -> ejwt_code {
    // SAFETY: as the caller promises.
    code_of(unsafe {
        let written = [Span::new(memory.cast(), size), Span::of_any(length)];
        claims(token, name, &written)
            .and_then(|(claims, name)| copy(claims.string(name)?, memory, size, length))
    })
}

/// Finds a claim that is a string, where it is in the token's buffer. It has no zero byte behind
/// it. A string with an escape (a quote, a backslash, a control character) is refused with
/// `EJWT_UNREADABLE_VALUE`: copy it.
///
/// # Safety
/// `token` leads to a token, `name` to a text, `text` to a pointer, `length` to a number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_claim_slice(
    token: *const ejwt_token,
    name: *const c_char,
    text: *mut *const c_char,
    length: *mut usize,
) -> ejwt_code {
    // SAFETY: as the caller promises.
    code_of(unsafe {
        claims(token, name, &[Span::of(text), Span::of(length)])
            .and_then(|(claims, name)| give(in_place(claims.string(name)?)?, text, length))
    })
}

/// Compares a claim with a text: `EJWT_OK` if it is that string, `EJWT_DIFFERENT` if it is another.
/// Needs no memory.
///
/// # Safety
/// `token` leads to a token, `name` and `expected` to texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_claim_is(
    token: *const ejwt_token,
    name: *const c_char,
    expected: *const c_char,
) -> ejwt_code {
    // SAFETY: as the caller promises.
    code_of(unsafe {
        claims(token, name, &[]).and_then(|(claims, name)| compare(claims.string(name)?, expected))
    })
}

/// Reads a claim that is a whole number.
///
/// # Safety
/// `token` leads to a token, `name` to a text, `value` to a number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_claim_i64(
    token: *const ejwt_token,
    name: *const c_char,
    value: *mut i64,
) -> ejwt_code {
    // SAFETY: as the caller promises.
    code_of(unsafe {
        claims(token, name, &[Span::of(value)])
            .and_then(|(claims, name)| store(claims.get(name)?, value))
    })
}

/// Reads a claim that is a whole number from 0 on.
///
/// # Safety
/// `token` leads to a token, `name` to a text, `value` to a number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_claim_u64(
    token: *const ejwt_token,
    name: *const c_char,
    value: *mut u64,
) -> ejwt_code {
    // SAFETY: as the caller promises.
    code_of(unsafe {
        claims(token, name, &[Span::of(value)])
            .and_then(|(claims, name)| store(claims.get(name)?, value))
    })
}

/// Reads a claim that is a whole number of up to 32 bits. On a small device, this links less than
/// `ejwt_claim_i64`.
///
/// # Safety
/// `token` leads to a token, `name` to a text, `value` to a number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_claim_i32(
    token: *const ejwt_token,
    name: *const c_char,
    value: *mut i32,
) -> ejwt_code {
    // SAFETY: as the caller promises.
    code_of(unsafe {
        claims(token, name, &[Span::of(value)])
            .and_then(|(claims, name)| store(claims.get(name)?, value))
    })
}

/// Reads a claim that is true or false.
///
/// # Safety
/// `token` leads to a token, `name` to a text, `value` to a `bool`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_claim_bool(
    token: *const ejwt_token,
    name: *const c_char,
    value: *mut bool,
) -> ejwt_code {
    // SAFETY: as the caller promises.
    code_of(unsafe {
        claims(token, name, &[Span::of(value)])
            .and_then(|(claims, name)| store(claims.get(name)?, value))
    })
}

/// Reads one of the dates `exp`, `nbf` and `iat`, in seconds since 1970, rounded down.
/// `nanoseconds` may be null; it gets what to add. A date that never comes is `INT64_MAX`.
///
/// # Safety
/// `token` leads to a token, `name` to a text, `seconds` and `nanoseconds` to numbers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_claim_date(
    token: *const ejwt_token,
    name: *const c_char,
    seconds: *mut i64,
    nanoseconds: *mut u32,
) -> ejwt_code {
    // SAFETY: as the caller promises.
    code_of(unsafe {
        let written = [Span::of(seconds), Span::of_any(nanoseconds)];
        claims(token, name, &written).and_then(|(claims, name)| {
            let date = date(claims, name)?;
            let seconds = plain_mut(seconds)?;
            if !nanoseconds.is_null() {
                store(date.subsec_nanoseconds(), nanoseconds)?;
            }
            *seconds = date.seconds();
            Ok(())
        })
    })
}

fn date(claims: &Claims<'_>, name: &str) -> Result<NumericDate, Refusal> {
    let date = match name {
        "exp" => claims.expiration(),
        "nbf" => claims.not_before(),
        "iat" => claims.issued_at(),
        _ => return Err(EJWT_UNKNOWN_VALUE.into()),
    };
    date.ok_or(Error::MissingMember.into())
}

/// Finds the JSON text of a claim of any kind, without white space and needless escapes, where it
/// is in the token's buffer. It has no zero byte behind it.
///
/// # Safety
/// `token` leads to a token, `name` to a text, `text` to a pointer, `length` to a number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_claim_json(
    token: *const ejwt_token,
    name: *const c_char,
    text: *mut *const c_char,
    length: *mut usize,
) -> ejwt_code {
    // SAFETY: as the caller promises.
    code_of(unsafe {
        claims(token, name, &[Span::of(text), Span::of(length)]).and_then(|(claims, name)| {
            give(value_at(claims.as_json(), claims.get(name))?, text, length)
        })
    })
}

/// Finds the JSON text of the whole claims set, where it is in the token's buffer. It has no zero
/// byte behind it.
///
/// # Safety
/// `token` leads to a token, `text` to a pointer, `length` to a number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_claims_json(
    token: *const ejwt_token,
    text: *mut *const c_char,
    length: *mut usize,
) -> ejwt_code {
    // SAFETY: as the caller promises.
    code_of(unsafe {
        reading(token, &[Span::of(text), Span::of(length)])
            .and_then(|token| give(token.claims()?.as_json(), text, length))
    })
}

/// Copies one of the audiences, `aud`, to `memory`, as `ejwt_claim_string` does. `index` counts
/// from 0; `EJWT_MISSING_MEMBER` says that there are no more.
///
/// # Safety
/// `token` leads to a token, `memory` to `size` bytes, `length` to a number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_audience(
    token: *const ejwt_token,
    index: usize,
    memory: *mut c_char,
    size: usize,
    length: *mut usize,
) -> ejwt_code {
    // SAFETY: as the caller promises.
    code_of(unsafe {
        reading(token, &[Span::new(memory.cast(), size), Span::of_any(length)]).and_then(|token| {
            let audience = token.claims()?.audiences().nth(index).ok_or(Error::MissingMember)?;
            copy(audience, memory, size, length)
        })
    })
}

/// Copies a header parameter that is a string, such as `kid`, `typ` or `alg`, as
/// `ejwt_claim_string` does a claim.
///
/// # Safety
/// As for `ejwt_claim_string`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_header_string(
    token: *const ejwt_token,
    name: *const c_char,
    memory: *mut c_char,
    size: usize,
    length: *mut usize,
) -> ejwt_code {
    // SAFETY: as the caller promises.
    code_of(unsafe {
        header(token, name, &[Span::new(memory.cast(), size), Span::of_any(length)])
            .and_then(|(header, name)| copy(header.string(name)?, memory, size, length))
    })
}

/// Compares a header parameter with a text, as `ejwt_claim_is` does a claim.
///
/// # Safety
/// As for `ejwt_claim_is`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_header_is(
    token: *const ejwt_token,
    name: *const c_char,
    expected: *const c_char,
) -> ejwt_code {
    // SAFETY: as the caller promises.
    code_of(unsafe {
        header(token, name, &[]).and_then(|(header, name)| compare(header.string(name)?, expected))
    })
}

/// Finds the JSON text of a header parameter, as `ejwt_claim_json` does that of a claim.
///
/// # Safety
/// As for `ejwt_claim_json`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_header_parameter_json(
    token: *const ejwt_token,
    name: *const c_char,
    text: *mut *const c_char,
    length: *mut usize,
) -> ejwt_code {
    // SAFETY: as the caller promises.
    code_of(unsafe {
        header(token, name, &[Span::of(text), Span::of(length)]).and_then(|(header, name)| {
            give(value_at(header.as_json(), header.get(name))?, text, length)
        })
    })
}

/// Finds the JSON text of the whole header, as `ejwt_claims_json` does that of the claims set.
///
/// # Safety
/// As for `ejwt_claims_json`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_header_json(
    token: *const ejwt_token,
    text: *mut *const c_char,
    length: *mut usize,
) -> ejwt_code {
    // SAFETY: as the caller promises.
    code_of(unsafe {
        reading(token, &[Span::of(text), Span::of(length)])
            .and_then(|token| give(token.header()?.as_json(), text, length))
    })
}

/// Finds the payload of a JWS that was verified by `ejwt_verify_jws` and its like, where it is in
/// the token's buffer.
///
/// # Safety
/// `token` leads to a token, `payload` to a pointer, `length` to a number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_payload(
    token: *const ejwt_token,
    payload: *mut *const c_void,
    length: *mut usize,
) -> ejwt_code {
    // SAFETY: as the caller promises.
    code_of(unsafe {
        reading(token, &[Span::of(payload), Span::of(length)]).and_then(|token| match token {
            Verified::Jws(jws) => {
                let (payload, length) = (plain_mut(payload)?, plain_mut(length)?);
                (*payload, *length) = (jws.payload().as_ptr().cast(), jws.payload().len());
                Ok(())
            }
            _ => Err(EJWT_NOT_INITIALIZED.into()),
        })
    })
}
