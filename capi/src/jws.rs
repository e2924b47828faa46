//! Tokens whose payload is no claims set, and payloads that travel apart from their token.

use core::cell::UnsafeCell;
use core::ffi::{c_char, c_void};
use core::mem::MaybeUninit;

use embedded_jwt::{
    DetachedStream, Error, Jws, JwsVerifier, Keys, Mac, StreamingJwsVerifier, StreamingMac, Time,
};

use crate::check::Checks;
use crate::error::{EJWT_ENDED, Refusal, code_of, ejwt_code};
use crate::incoming::{ejwt_incoming, place_of_buffer};
use crate::key::{MAC_REACH, ejwt_key, wiping};
#[cfg(feature = "key-set")]
use crate::key_set::ejwt_key_set;
use crate::memory::{Span, check_arguments, get, get_mut, text};
use crate::stream::{Kept, Machine, Streaming, TokenStream, begin, ejwt_stream, once};
use crate::token::{Verified, ejwt_token};
use crate::verify::answer;

/// A verifier for this kind of token, whose name is apart from what the call writes.
///
/// # Safety
/// `typ` is null or leads to a text.
unsafe fn verifier<'t, K: Keys>(
    keys: Result<K, Refusal>,
    typ: *const c_char,
    written: &[Span],
) -> Result<JwsVerifier<'t, K>, Refusal> {
    let verifier = JwsVerifier::new(keys?);
    // SAFETY: as the caller promises.
    Ok(match unsafe { text(typ, written) }? {
        Some(typ) => verifier.typ(typ),
        None => verifier,
    })
}

/// # Safety
/// The pointers are null or lead to what they are for.
unsafe fn verify<K: Keys<Key: Mac>>(
    (keys, place_of_keys): (Result<K, Refusal>, Span),
    typ: *const c_char,
    token: Span,
    buffer: Span,
    verified: *mut ejwt_token,
) -> ejwt_code {
    let written = [buffer, Span::of(verified)];
    // SAFETY: they were checked, and the caller promises the rest.
    unsafe {
        answer(verified, check_arguments(&written, &[token, place_of_keys]), || {
            let verifier = verifier(keys, typ, &written)?;
            Ok(Verified::Jws(verifier.verify(token.bytes(), buffer.bytes_mut())?))
        })
    }
}

/// Verifies a token whose payload is no claims set. Nothing of the payload is looked at; read it by
/// `ejwt_payload`. `typ` is the kind of token that is accepted, or null for any.
///
/// # Safety
/// `key` leads to a key, `typ` to a text, `token` to `token_length` bytes, `buffer` to
/// `buffer_size` bytes, `verified` to a token's memory.
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
    let (token, buffer) = (Span::new(token, token_length), Span::new(buffer, buffer_size));
    // SAFETY: as the caller promises.
    unsafe { verify((get(key), Span::of(key)), typ, token, buffer, verified) }
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
    let (token, buffer) = (Span::new(token, token_length), Span::new(buffer, buffer_size));
    // SAFETY: as the caller promises.
    unsafe { verify((get(set), Span::of(set)), typ, token, buffer, verified) }
}

/// # Safety
/// The pointers are null or lead to what they are for.
unsafe fn verify_detached<K: Keys<Key: StreamingMac>>(
    (keys, place_of_keys): (Result<K, Refusal>, Span),
    typ: *const c_char,
    token: Span,
    payload: Span,
    buffer: Span,
    verified: *mut ejwt_token,
) -> ejwt_code {
    let written = [buffer, Span::of(verified)];
    // SAFETY: they were checked, and the caller promises the rest.
    unsafe {
        answer(verified, check_arguments(&written, &[token, payload, place_of_keys]), || {
            let verifier = verifier(keys, typ, &written)?;
            let (token, payload, buffer) = (token.bytes(), payload.bytes(), buffer.bytes_mut());
            let header =
                wiping::<MAC_REACH, _>(|| verifier.verify_detached(token, payload, buffer))?;
            Ok(Verified::Detached(header))
        })
    }
}

/// Verifies a payload that travels apart from its token, which has two dots and nothing between
/// them (RFC 7515 appendix F). The header is decoded into `buffer`.
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
    let token = Span::new(token, token_length);
    let payload = Span::new(payload, payload_length);
    let buffer = Span::new(buffer, buffer_size);
    // SAFETY: as the caller promises.
    unsafe { verify_detached((get(key), Span::of(key)), typ, token, payload, buffer, verified) }
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
    let token = Span::new(token, token_length);
    let payload = Span::new(payload, payload_length);
    let buffer = Span::new(buffer, buffer_size);
    // SAFETY: as the caller promises.
    unsafe { verify_detached((get(set), Span::of(set)), typ, token, payload, buffer, verified) }
}

impl<K: Keys<Key: StreamingMac>> Streaming for StreamingJwsVerifier<'static, 'static, K> {
    fn push(&mut self, piece: &[u8]) -> Result<(), Error> {
        self.push(piece)
    }

    fn is_refused(&self) -> bool {
        self.is_refused()
    }

    fn finish(&mut self, _: Time, _: &mut Checks<'_>) -> Result<Verified, Refusal> {
        let jws = self.finish()?;
        // SAFETY: the token is in the caller's buffer, and the header says how long it stays there.
        Ok(Verified::Jws(unsafe { core::mem::transmute::<Jws<'_>, Jws<'static>>(jws) }))
    }

    fn reset(&mut self) {
        self.reset();
    }
}

/// # Safety
/// The pointers are null or lead to what they are for.
unsafe fn begin_jws<K: Keys<Key: StreamingMac> + 'static>(
    stream: *mut ejwt_stream,
    (keys, place_of_keys): (Result<K, Refusal>, Span),
    typ: *const c_char,
    buffer: Span,
) -> ejwt_code {
    let written = [buffer, Span::of(stream)];
    // SAFETY: they were checked, and the caller promises the rest.
    code_of(check_arguments(&written, &[place_of_keys]).and_then(|()| unsafe {
        let verifier = verifier(keys, typ, &written)?;
        let kept = Kept { buffer, keys: place_of_keys };
        let buffer = buffer.bytes_mut();
        begin(stream, kept, |place| {
            let verifier = |_: &mut _| Ok(verifier);
            TokenStream::start(place, verifier, |verifier| verifier.stream(buffer))
        })
    }))
}

/// Begins to verify tokens that arrive in pieces and whose payload is no claims set, as
/// `ejwt_stream_begin` does for claims. `ejwt_payload` reads what `ejwt_stream_finish` has
/// verified.
///
/// # Safety
/// `stream` leads to a stream's memory, `key` to a key, `typ` to a text, `buffer` to `buffer_size`
/// bytes. All of them stay until `ejwt_stream_end`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_stream_begin_jws(
    stream: *mut ejwt_stream,
    key: *const ejwt_key,
    typ: *const c_char,
    buffer: *mut c_void,
    buffer_size: usize,
) -> ejwt_code {
    let buffer = Span::new(buffer, buffer_size);
    // SAFETY: as the caller promises.
    unsafe { begin_jws(stream, (get(key), Span::of(key)), typ, buffer) }
}

/// Begins to verify tokens that arrive in pieces and whose payload is no claims set, with a key
/// set. Don't change the set before `ejwt_stream_end`.
///
/// # Safety
/// As for `ejwt_stream_begin_jws`; `set` leads to a set.
#[cfg(feature = "key-set")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_key_set_stream_begin_jws(
    stream: *mut ejwt_stream,
    set: *const ejwt_key_set,
    typ: *const c_char,
    buffer: *mut c_void,
    buffer_size: usize,
) -> ejwt_code {
    let buffer = Span::new(buffer, buffer_size);
    // SAFETY: as the caller promises.
    unsafe { begin_jws(stream, (get(set), Span::of(set)), typ, buffer) }
}

/// # Safety
/// The pointers are null or lead to what they are for.
unsafe fn verify_incoming<K: Keys<Key: StreamingMac>>(
    incoming: *mut ejwt_incoming,
    (keys, place_of_keys): (Result<K, Refusal>, Span),
    typ: *const c_char,
    verified: *mut ejwt_token,
) -> ejwt_code {
    // SAFETY: they are checked, and the caller promises the rest.
    unsafe {
        let written = [place_of_buffer(incoming), Span::of(incoming), Span::of(verified)];
        answer(verified, check_arguments(&written, &[place_of_keys]), || {
            let verifier = verifier(keys, typ, &written)?;
            let jws = get_mut(incoming)?.token.verify_jws(&verifier)?;
            // The token is in the caller's buffer, and the header says how long it stays there.
            Ok(Verified::Jws(core::mem::transmute::<Jws<'_>, Jws<'static>>(jws)))
        })
    }
}

/// Ends a token that came without a key and whose payload is no claims set, and makes the proof
/// that it holds, as `ejwt_verify_jws` does for a whole one. It stays in the buffer until the next
/// piece.
///
/// # Safety
/// `incoming` leads to an incoming token, `key` to a key, `typ` to a text, `verified` to a token's
/// memory.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_incoming_verify_jws(
    incoming: *mut ejwt_incoming,
    key: *const ejwt_key,
    typ: *const c_char,
    verified: *mut ejwt_token,
) -> ejwt_code {
    // SAFETY: as the caller promises.
    unsafe { verify_incoming(incoming, (get(key), Span::of(key)), typ, verified) }
}

/// Ends a token that came without a key and whose payload is no claims set, with a key set.
///
/// # Safety
/// As for `ejwt_incoming_verify_jws`; `set` leads to a set.
#[cfg(feature = "key-set")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_key_set_incoming_verify_jws(
    incoming: *mut ejwt_incoming,
    set: *const ejwt_key_set,
    typ: *const c_char,
    verified: *mut ejwt_token,
) -> ejwt_code {
    // SAFETY: as the caller promises.
    unsafe { verify_incoming(incoming, (get(set), Span::of(set)), typ, verified) }
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
        verifier: JwsVerifier<'static, K>,
        token: &[u8],
        buffer: &'static mut [u8],
    ) -> Result<(), Refusal> {
        // SAFETY: the place is there, and each part is built before one that leads to it.
        unsafe {
            let place_of_verifier = (&raw mut (*place).verifier).cast::<JwsVerifier<'static, K>>();
            place_of_verifier.write(verifier);
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
        wiping::<MAC_REACH, _>(|| Ok(Verified::Detached(once(&self.stream)?.finish()?)))
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
    token: Span,
    buffer: Span,
) -> ejwt_code {
    let written = [buffer, Span::of(stream)];
    // SAFETY: they were checked, and the caller promises the rest.
    code_of(check_arguments(&written, &[token, place_of_keys]).and_then(|()| unsafe {
        let verifier = verifier(keys, typ, &written)?;
        let kept = Kept { buffer, keys: place_of_keys };
        let (token, buffer) = (token.bytes(), buffer.bytes_mut());
        let start = |place| PayloadStream::start(place, verifier, token, buffer);
        wiping::<MAC_REACH, _>(|| begin(stream, kept, start))
    }))
}

/// Begins to verify a payload that travels apart from its token and arrives in pieces: a firmware
/// image, while it is written to flash. `ejwt_stream_push` takes the pieces, and
/// `ejwt_stream_finish` makes the proof, once. The token is needed only for this call. If it is
/// refused, `stream` is wiped, whatever it was.
///
/// # Safety
/// `stream` leads to a stream's memory; the rest as for `ejwt_verify_jws`. Key, `typ` and buffer
/// stay until `ejwt_stream_end`.
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
    let (token, buffer) = (Span::new(token, token_length), Span::new(buffer, buffer_size));
    // SAFETY: as the caller promises.
    unsafe { begin_detached(stream, (get(key), Span::of(key)), typ, token, buffer) }
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
    let (token, buffer) = (Span::new(token, token_length), Span::new(buffer, buffer_size));
    // SAFETY: as the caller promises.
    unsafe { begin_detached(stream, (get(set), Span::of(set)), typ, token, buffer) }
}
