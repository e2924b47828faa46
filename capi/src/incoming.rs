//! Tokens that arrive before their key is known.

use core::ffi::c_void;

use embedded_jwt::{IncomingToken, Keys, StreamingMac, Token, Verifier};

use crate::check::{Checks, ejwt_checks, places};
use crate::error::{Refusal, code_of, ejwt_code};
use crate::key::ejwt_key;
#[cfg(feature = "key-set")]
use crate::key_set::ejwt_key_set;
use crate::memory::{
    EJWT_WORD_SIZE, Opaque, Span, aligned, check_arguments, ejwt_word, get, get_mut, put, take,
};
use crate::policy::ejwt_policy;
use crate::time::ejwt_time;
use crate::token::{Verified, ejwt_token};
use crate::verify::answer;

/// The size of an incoming token in words of `EJWT_WORD_SIZE` bytes.
#[cfg(target_pointer_width = "64")]
pub const EJWT_INCOMING_WORDS: usize = 14;
/// The size of an incoming token in words of `EJWT_WORD_SIZE` bytes.
#[cfg(not(target_pointer_width = "64"))]
pub const EJWT_INCOMING_WORDS: usize = 23;
/// The size of an incoming token in bytes.
pub const EJWT_INCOMING_SIZE: usize = EJWT_WORD_SIZE * EJWT_INCOMING_WORDS;

/// A token that arrives in pieces, without a key: an interrupt takes the pieces, say, and a task
/// verifies the token with the keys that are good by then. Made by `ejwt_incoming_init`.
#[repr(C)]
pub struct ejwt_incoming {
    /// Not for the program.
    opaque: [ejwt_word; EJWT_INCOMING_WORDS],
}

/// An incoming token, and where its buffer is.
pub(crate) struct Incoming {
    buffer: Span,
    pub(crate) token: IncomingToken<'static>,
}

// SAFETY: it is plain memory.
unsafe impl Opaque for ejwt_incoming {
    type Object = Incoming;
    const TAG: u32 = 0x656a_6931;
}

/// Makes an incoming token, and gives it the buffer that it is decoded into: three quarters of the
/// longest token, and with a key set its header again, if that has escapes, or white space outside
/// strings.
///
/// # Safety
/// `incoming` leads to an incoming token's memory, `buffer` to `buffer_size` bytes, which stay
/// until `ejwt_incoming_end`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_incoming_init(
    incoming: *mut ejwt_incoming,
    buffer: *mut c_void,
    buffer_size: usize,
) -> ejwt_code {
    let buffer = Span::new(buffer, buffer_size);
    code_of(check_arguments(&[buffer, Span::of(incoming)], &[]).and_then(|()| {
        aligned(incoming)?;
        // SAFETY: they were checked, and the caller promises the rest.
        unsafe {
            let token = IncomingToken::new(buffer.bytes_mut());
            put(incoming, Incoming { buffer, token })
        }
    }))
}

/// Where the buffer of an incoming token is, if there is one.
///
/// # Safety
/// `incoming` is null or leads to an incoming token's memory.
pub(crate) unsafe fn place_of_buffer(incoming: *const ejwt_incoming) -> Span {
    // SAFETY: as the caller promises.
    unsafe { get(incoming) }.map_or(Span::NONE, |incoming| incoming.buffer)
}

/// Takes the next piece, of any length. Returns `EJWT_TOKEN_TOO_LONG` as soon as the token is.
///
/// # Safety
/// `incoming` leads to an incoming token, `piece` to so many bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_incoming_push(
    incoming: *mut ejwt_incoming,
    piece: *const c_void,
    piece_length: usize,
) -> ejwt_code {
    let piece = Span::new(piece, piece_length);
    // SAFETY: as the caller promises.
    code_of(unsafe {
        check_arguments(&[Span::of(incoming), place_of_buffer(incoming)], &[piece])
            .and_then(|()| Ok(get_mut(incoming)?.token.push(piece.bytes())?))
    })
}

/// Whether the token will be refused, whatever follows. True if there is no incoming token.
///
/// # Safety
/// `incoming` leads to an incoming token.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_incoming_is_refused(incoming: *const ejwt_incoming) -> bool {
    // SAFETY: as the caller promises.
    unsafe { get(incoming) }.map_or(true, |incoming| incoming.token.is_refused())
}

/// Ends the token, and makes the proof that it holds, with one key, as `ejwt_verify_with` does for
/// a whole one. It stays in the buffer until the next piece. `checks` may be null.
///
/// If the call itself is wrong (codes from 256 on), or the policy is, the token is not ended, and
/// may be verified by another call.
///
/// # Safety
/// `incoming` leads to an incoming token; the rest as for `ejwt_verify_with`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_incoming_verify(
    incoming: *mut ejwt_incoming,
    key: *const ejwt_key,
    policy: *const ejwt_policy,
    now: ejwt_time,
    checks: *const ejwt_checks,
    verified: *mut ejwt_token,
) -> ejwt_code {
    // SAFETY: as the caller promises.
    unsafe { verify(incoming, (get(key), Span::of(key)), policy, now, checks, verified) }
}

/// Ends the token, and makes the proof that it holds, with a key set.
///
/// # Safety
/// As for `ejwt_incoming_verify`; `set` leads to a set.
#[cfg(feature = "key-set")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_key_set_incoming_verify(
    incoming: *mut ejwt_incoming,
    set: *const ejwt_key_set,
    policy: *const ejwt_policy,
    now: ejwt_time,
    checks: *const ejwt_checks,
    verified: *mut ejwt_token,
) -> ejwt_code {
    // SAFETY: as the caller promises.
    unsafe { verify(incoming, (get(set), Span::of(set)), policy, now, checks, verified) }
}

/// # Safety
/// The pointers are null or lead to what they are for.
unsafe fn verify<K: Keys<Key: StreamingMac>>(
    incoming: *mut ejwt_incoming,
    (keys, place_of_keys): (Result<K, Refusal>, Span),
    policy: *const ejwt_policy,
    now: ejwt_time,
    checks: *const ejwt_checks,
    verified: *mut ejwt_token,
) -> ejwt_code {
    // SAFETY: as the caller promises.
    unsafe {
        let [guard, list] = places(checks);
        let written = [place_of_buffer(incoming), Span::of(incoming), Span::of(verified), guard];
        let read = [place_of_keys, Span::of(policy), Span::of_any(checks), list];
        answer(verified, check_arguments(&written, &read), || {
            let mut listed = [""; _];
            let policy = ejwt_policy::read(policy, &mut listed, &written)?;
            let verifier = Verifier::new(keys?, policy);
            let mut checks = Checks::read(checks)?;
            let (check, replay) = checks.parts();
            let incoming = &mut get_mut(incoming)?.token;
            let token = incoming.verify_with(&verifier, now.read()?, check, replay)?;
            // The token is in the caller's buffer, and the header says how long it stays there.
            Ok(Verified::Token(core::mem::transmute::<Token<'_>, Token<'static>>(token)))
        })
    }
}

/// Gives up the token that has come so far, and wipes it. The next piece begins another one.
///
/// # Safety
/// `incoming` leads to an incoming token.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_incoming_reset(incoming: *mut ejwt_incoming) -> ejwt_code {
    // SAFETY: as the caller promises.
    code_of(unsafe { get_mut(incoming) }.map(|incoming| incoming.token.reset()))
}

/// Wipes an incoming token, and what of it is in the buffer and was not verified. It has to be
/// initialized before it is used again.
///
/// # Safety
/// `incoming` leads to an incoming token.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_incoming_end(incoming: *mut ejwt_incoming) -> ejwt_code {
    // SAFETY: as the caller promises.
    code_of(unsafe { take(incoming) }.map(drop))
}
