//! Tokens whose payload is no claims set, and payloads that travel apart from their token.

use core::cell::UnsafeCell;
use core::ffi::{c_char, c_void};
use core::mem::MaybeUninit;

use embedded_jwt::{DetachedStream, Error, JwsVerifier, Keys, Mac, StreamingMac, Time};

use crate::check::Checks;
use crate::error::{EJWT_ENDED, Refusal, code_of, ejwt_code};
use crate::key::ejwt_key;
#[cfg(feature = "key-set")]
use crate::key_set::ejwt_key_set;
use crate::memory::{Span, bytes, bytes_mut, get, text};
use crate::stream::{Machine, begin, ejwt_stream, once};
use crate::token::{Verified, ejwt_token};
use crate::verify::answer;

/// Bytes of the caller.
#[derive(Clone, Copy)]
struct Given {
    start: *const c_void,
    length: usize,
}

impl Given {
    fn span(self) -> Result<Span, Refusal> {
        Span::new(self.start, self.length)
    }
}

/// Refuses arguments that overlap what is written.
fn are_apart(read: [Span; 3], buffer: Given, verified: *const ejwt_token) -> Result<(), Refusal> {
    let (buffer, verified) = (buffer.span()?, Span::of(verified));
    verified.is_apart_from(buffer)?;
    for one in read {
        buffer.is_apart_from(one)?;
        verified.is_apart_from(one)?;
    }
    Ok(())
}

/// A verifier for this kind of token.
///
/// # Safety
/// `typ` is null or leads to a text.
unsafe fn verifier<'t, K: Keys>(
    keys: Result<K, Refusal>,
    typ: *const c_char,
) -> Result<JwsVerifier<'t, K>, Refusal> {
    let verifier = JwsVerifier::new(keys?);
    // SAFETY: as the caller promises.
    Ok(match unsafe { text(typ) }? {
        Some(typ) => verifier.typ(typ),
        None => verifier,
    })
}

/// # Safety
/// The pointers are null or lead to what they are for.
unsafe fn verify<K: Keys<Key: Mac>>(
    (keys, place_of_keys): (Result<K, Refusal>, Span),
    typ: *const c_char,
    token: Given,
    buffer: *mut c_void,
    buffer_size: usize,
    verified: *mut ejwt_token,
) -> ejwt_code {
    let place = Given { start: buffer, length: buffer_size };
    // SAFETY: as the caller promises.
    unsafe {
        answer(
            verified,
            || are_apart([token.span()?, place_of_keys, place_of_keys], place, verified),
            || {
                let buffer = bytes_mut(buffer, buffer_size)?;
                let token = bytes(token.start, token.length)?;
                Ok(Verified::Jws(verifier(keys, typ)?.verify(token, buffer)?))
            },
        )
    }
}

/// Verifies a token whose payload is no claims set. Nothing of the payload is looked at; read it by
/// `ejwt_payload`. `typ` is the kind of token that is accepted, or null for any.
///
/// # Safety
/// `key` leads to a key, `typ` to a text, `token` to `token_length` bytes, `buffer` to `buffer_size`
/// bytes, `verified` to a token's memory.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_verify_jws(
    key: *const ejwt_key,
    typ: *const c_char,
    token: *const c_void,
    token_length: usize,
    buffer: *mut c_void,
    buffer_size: usize,
    verified: *mut ejwt_token,
) -> ejwt_code {
    let token = Given { start: token, length: token_length };
    // SAFETY: as the caller promises.
    unsafe { verify((get(key), Span::of(key)), typ, token, buffer, buffer_size, verified) }
}

/// Verifies a token whose payload is no claims set, with a key set.
///
/// # Safety
/// As for `ejwt_verify_jws`; `set` leads to a set.
#[cfg(feature = "key-set")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_key_set_verify_jws(
    set: *const ejwt_key_set,
    typ: *const c_char,
    token: *const c_void,
    token_length: usize,
    buffer: *mut c_void,
    buffer_size: usize,
    verified: *mut ejwt_token,
) -> ejwt_code {
    let token = Given { start: token, length: token_length };
    // SAFETY: as the caller promises.
    unsafe { verify((get(set), Span::of(set)), typ, token, buffer, buffer_size, verified) }
}

/// # Safety
/// The pointers are null or lead to what they are for.
unsafe fn verify_detached<K: Keys<Key: StreamingMac>>(
    (keys, place_of_keys): (Result<K, Refusal>, Span),
    typ: *const c_char,
    token: Given,
    payload: Given,
    buffer: *mut c_void,
    buffer_size: usize,
    verified: *mut ejwt_token,
) -> ejwt_code {
    let place = Given { start: buffer, length: buffer_size };
    // SAFETY: as the caller promises.
    unsafe {
        answer(
            verified,
            || are_apart([token.span()?, payload.span()?, place_of_keys], place, verified),
            || {
                let buffer = bytes_mut(buffer, buffer_size)?;
                let token = bytes(token.start, token.length)?;
                let payload = bytes(payload.start, payload.length)?;
                let header = verifier(keys, typ)?.verify_detached(token, payload, buffer)?;
                Ok(Verified::Detached(header))
            },
        )
    }
}

/// Verifies a payload that travels apart from its token, which has two dots and nothing between them
/// (RFC 7515 appendix F). The header is decoded into `buffer`.
///
/// # Safety
/// As for `ejwt_verify_jws`; `payload` leads to `payload_length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_verify_detached(
    key: *const ejwt_key,
    typ: *const c_char,
    token: *const c_void,
    token_length: usize,
    payload: *const c_void,
    payload_length: usize,
    buffer: *mut c_void,
    buffer_size: usize,
    verified: *mut ejwt_token,
) -> ejwt_code {
    let token = Given { start: token, length: token_length };
    let payload = Given { start: payload, length: payload_length };
    // SAFETY: as the caller promises.
    unsafe {
        verify_detached(
            (get(key), Span::of(key)),
            typ,
            token,
            payload,
            buffer,
            buffer_size,
            verified,
        )
    }
}

/// Verifies a payload that travels apart from its token, with a key set.
///
/// # Safety
/// As for `ejwt_verify_detached`; `set` leads to a set.
#[cfg(feature = "key-set")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_key_set_verify_detached(
    set: *const ejwt_key_set,
    typ: *const c_char,
    token: *const c_void,
    token_length: usize,
    payload: *const c_void,
    payload_length: usize,
    buffer: *mut c_void,
    buffer_size: usize,
    verified: *mut ejwt_token,
) -> ejwt_code {
    let token = Given { start: token, length: token_length };
    let payload = Given { start: payload, length: payload_length };
    // SAFETY: as the caller promises.
    unsafe {
        verify_detached(
            (get(set), Span::of(set)),
            typ,
            token,
            payload,
            buffer,
            buffer_size,
            verified,
        )
    }
}

/// A detached payload that is verified while it arrives.
struct PayloadStream<K: Keys<Key: StreamingMac> + 'static> {
    verifier: MaybeUninit<JwsVerifier<'static, K>>,
    stream: UnsafeCell<Option<DetachedStream<'static, 'static, K>>>,
}

impl<K: Keys<Key: StreamingMac>> PayloadStream<K> {
    /// Builds a stream at its place, whose parts lead to each other.
    ///
    /// # Safety
    /// `place` leads to memory for it, and the other pointers to what they are for, as long as the
    /// stream lives.
    unsafe fn start(
        place: *mut Self,
        keys: Result<K, Refusal>,
        typ: *const c_char,
        token: &[u8],
        buffer: &'static mut [u8],
    ) -> Result<(), Refusal> {
        // SAFETY: the place is there, and each part is built before one that leads to it.
        unsafe {
            let place_of_verifier = (&raw mut (*place).verifier).cast::<JwsVerifier<'static, K>>();
            place_of_verifier.write(verifier(keys, typ)?);
            let stream = (*place_of_verifier).stream_detached(token, buffer)?;
            (&raw mut (*place).stream).write(UnsafeCell::new(Some(stream)));
        }
        Ok(())
    }
}

impl<K: Keys<Key: StreamingMac>> Machine for PayloadStream<K> {
    fn push(&self, piece: &[u8]) -> Result<(), Error> {
        // SAFETY: one call at a time uses a stream.
        let stream = unsafe { &mut *self.stream.get() };
        // What has ended takes nothing more, and `finish` says so.
        stream.as_mut().map_or(Ok(()), |stream| stream.push(piece))
    }

    fn finish(&self, _: Time, _: &mut Checks<'_>) -> Result<Verified, Refusal> {
        Ok(Verified::Detached(once(&self.stream)?.finish()?))
    }

    fn reset(&self) -> Result<(), Refusal> {
        Err(EJWT_ENDED.into())
    }
}

/// # Safety
/// The pointers are null or lead to what they are for.
unsafe fn begin_detached<K: Keys<Key: StreamingMac> + 'static>(
    stream: *mut ejwt_stream,
    (keys, place_of_keys): (Result<K, Refusal>, Span),
    typ: *const c_char,
    token: Given,
    buffer: *mut c_void,
    buffer_size: usize,
) -> ejwt_code {
    let place = Given { start: buffer, length: buffer_size };
    let are_apart = || {
        place.span()?.is_apart_from(token.span()?)?;
        place.span()?.is_apart_from(place_of_keys)?;
        token.span()?.is_apart_from(Span::of(stream))?;
        place.span()?.is_apart_from(Span::of(stream))
    };
    // SAFETY: as the caller promises.
    code_of(are_apart().and_then(|()| unsafe {
        let token = bytes(token.start, token.length)?;
        let buffer = bytes_mut(buffer, buffer_size)?;
        begin(stream, |place| PayloadStream::start(place, keys, typ, token, buffer))
    }))
}

/// Begins to verify a payload that travels apart from its token and arrives in pieces: a firmware
/// image, while it is written to flash. `ejwt_stream_push` takes the pieces, and
/// `ejwt_stream_finish` makes the proof, once. The token is needed only for this call.
///
/// # Safety
/// `stream` leads to a stream's memory; the rest as for `ejwt_verify_jws`. Key, `typ` and buffer stay
/// until `ejwt_stream_end`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_stream_begin_detached(
    stream: *mut ejwt_stream,
    key: *const ejwt_key,
    typ: *const c_char,
    token: *const c_void,
    token_length: usize,
    buffer: *mut c_void,
    buffer_size: usize,
) -> ejwt_code {
    let token = Given { start: token, length: token_length };
    // SAFETY: as the caller promises.
    unsafe { begin_detached(stream, (get(key), Span::of(key)), typ, token, buffer, buffer_size) }
}

/// Begins to verify a payload that travels apart from its token, with a key set.
///
/// # Safety
/// As for `ejwt_stream_begin_detached`; `set` leads to a set.
#[cfg(feature = "key-set")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_key_set_stream_begin_detached(
    stream: *mut ejwt_stream,
    set: *const ejwt_key_set,
    typ: *const c_char,
    token: *const c_void,
    token_length: usize,
    buffer: *mut c_void,
    buffer_size: usize,
) -> ejwt_code {
    let token = Given { start: token, length: token_length };
    // SAFETY: as the caller promises.
    unsafe { begin_detached(stream, (get(set), Span::of(set)), typ, token, buffer, buffer_size) }
}
