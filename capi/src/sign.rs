//! Makes tokens.

use core::cell::UnsafeCell;
use core::ffi::{c_char, c_void};
use core::mem::MaybeUninit;

use embedded_jwt::{DetachedSigner, Error, MAX_TOKEN_LENGTH, Signer, Stamp, Time};

use crate::check::Checks;
use crate::error::{
    EJWT_ENDED, EJWT_NOT_INITIALIZED, EJWT_UNKNOWN_VALUE, Refusal, code_of, ejwt_code,
};
use crate::key::{MAC_REACH, Secret, ejwt_key, wiping};
use crate::memory::{Span, aligned, check_arguments, get, needed_text, plain, plain_mut, text};
use crate::stream::{Kept, Machine, begin, ejwt_stream, finish_signing, once};
use crate::token::Verified;

/// What stands in the header of a token that is made. All zeros, or a null pointer to it, are the
/// usual header: `alg`, and `typ` is `JWT` if the payload is a claims set.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ejwt_signing {
    /// Names the key: `kid`. Null is no name.
    pub key_id: *const c_char,
    /// Another type than `JWT`. Null is the usual one.
    pub typ: *const c_char,
    /// A JSON object, whose members are added to the header. Null adds none.
    pub header_parameters: *const c_char,
    /// A sum of `EJWT_WITHOUT_TYP` and `EJWT_ALLOW_UNLIMITED`.
    pub flags: u32,
}

/// Leaves `typ` out.
pub const EJWT_WITHOUT_TYP: u32 = 1;
/// Makes tokens without `exp` as well, which are good for ever.
pub const EJWT_ALLOW_UNLIMITED: u32 = 2;

/// The claims that are new in every token: `iat`, `nbf`, `exp`, and perhaps `jti`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ejwt_stamp {
    /// The time now, in seconds since 1970.
    pub now: u64,
    /// For how many seconds the token is good. With 0, a verification takes it only with a leeway.
    pub lifetime: u32,
    /// Names the token by these bytes: random ones, at least 8, or a counter that never comes back.
    /// Null is no name.
    pub jwt_id: *const c_void,
    /// The number of these bytes.
    pub jwt_id_length: usize,
}

impl ejwt_signing {
    /// A signer for this header, whose texts are apart from what the call writes.
    ///
    /// # Safety
    /// The pointers are null or lead to what they are for.
    unsafe fn signer<'s>(
        place: *const Self,
        key: *const ejwt_key,
        written: &[Span],
    ) -> Result<Signer<'s, &'s Secret>, Refusal> {
        // SAFETY: as the caller promises.
        let mut signer = Signer::new(unsafe { get(key) }?);
        if place.is_null() {
            return Ok(signer);
        }
        // SAFETY: as the caller promises.
        let given = unsafe { plain(place) }?;
        let texts = [given.key_id, given.typ, given.header_parameters];
        // SAFETY: as the caller promises.
        let [key_id, typ, object] = texts.map(|start| unsafe { text(start, written) });
        if let Some(key_id) = key_id? {
            signer = signer.key_id(key_id);
        }
        if let Some(typ) = typ? {
            signer = signer.typ(typ);
        }
        if let Some(object) = object? {
            signer = signer.header_parameters(object);
        }
        if given.flags & !(EJWT_WITHOUT_TYP | EJWT_ALLOW_UNLIMITED) != 0
            || given.flags & EJWT_WITHOUT_TYP != 0 && !given.typ.is_null()
        {
            return Err(EJWT_UNKNOWN_VALUE.into());
        }
        if given.flags & EJWT_WITHOUT_TYP != 0 {
            signer = signer.without_typ();
        }
        if given.flags & EJWT_ALLOW_UNLIMITED != 0 {
            signer = signer.allow_missing_expiration();
        }
        Ok(signer)
    }
}

impl ejwt_stamp {
    /// The stamp, if there is one, whose bytes are apart from what the call writes.
    ///
    /// # Safety
    /// `place` is null or leads to a stamp and its bytes.
    unsafe fn read<'s>(place: *const Self, written: &[Span]) -> Result<Option<Stamp<'s>>, Refusal> {
        if place.is_null() {
            return Ok(None);
        }
        // SAFETY: as the caller promises.
        let given = unsafe { plain(place) }?;
        let stamp = Stamp::new(given.now, given.lifetime);
        if given.jwt_id.is_null() {
            return Ok(Some(stamp));
        }
        let id = Span::new(given.jwt_id, given.jwt_id_length);
        id.check(written)?;
        // SAFETY: it was checked, and the caller promises the rest.
        Ok(Some(stamp.jwt_id(unsafe { id.bytes() })))
    }
}

/// Where a token is made: a buffer, with a zero byte behind the token, and its length.
#[derive(Clone, Copy)]
struct Place {
    buffer: *mut c_char,
    size: usize,
    length: *mut usize,
}

impl Place {
    /// Makes a token here, of what `prepare` has read. If it can't be made, nothing is left of it.
    /// If it can't be read, nothing is touched.
    ///
    /// # Safety
    /// The pointers are null or lead to what they are for.
    unsafe fn make<P>(
        self,
        read: [Span; 4],
        prepare: impl FnOnce(&[Span]) -> Result<P, Refusal>,
        make: impl FnOnce(P, &'static mut [u8]) -> Result<&'static [u8], Error>,
    ) -> Result<(), Refusal> {
        let buffer = Span::new(self.buffer.cast(), self.size);
        let written = [buffer, Span::of(self.length)];
        check_arguments(&written, &read)?;
        aligned(self.length)?;
        let prepared = prepare(&written)?;
        // SAFETY: they were checked, what was read is apart, and the caller promises the rest.
        let (length, buffer) = unsafe { (plain_mut(self.length)?, buffer.bytes_mut()) };
        *length = 0;
        // A byte is left for the zero.
        let (rest, room) = match buffer.split_last_mut() {
            Some((last, room)) => (Some(last), room),
            None => (None, <&mut [u8]>::default()),
        };
        match make(prepared, room) {
            Ok(token) => {
                *length = token.len();
                let end = self.buffer.wrapping_add(token.len());
                if rest.is_some() {
                    // SAFETY: the token is in the buffer without its last byte.
                    unsafe { end.write(0) };
                }
                Ok(())
            }
            Err(error) => {
                if let Error::BufferTooSmall { needed } = error {
                    *length = 1 + match needed {
                        // Or more, which is all that this error can say.
                        u16::MAX => MAX_TOKEN_LENGTH,
                        _ => usize::from(needed),
                    };
                }
                Err(error.into())
            }
        }
    }
}

/// Makes a token of a claims set, which is JSON text and ends with a zero byte. `signing` and
/// `stamp` may be null. With a stamp, `iat`, `nbf`, `exp` and perhaps `jti` are set, and the claims
/// set must not have them. The token is made in `buffer`, with a zero byte behind it.
///
/// Only such tokens are made as `ejwt_verify` takes, at a time when they are good, under a policy
/// that asks for no more. Otherwise returns the code that it would return, and nothing is left in
/// the buffer. `length` gets the token's length, or with `EJWT_BUFFER_TOO_SMALL` the bytes needed
/// with the zero byte (if these are more than 65,535, then as many as the longest token needs), and
/// otherwise 0. Codes from 256 on say that the call itself is wrong. Then nothing is touched.
///
/// # Safety
/// `key` leads to a key, `signing` to a signing and its texts, `claims` to a text, `stamp` to a
/// stamp and its bytes, `buffer` to `buffer_size` bytes, `length` to a number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_sign(
    key: *const ejwt_key,
    signing: *const ejwt_signing,
    claims: *const c_char,
    stamp: *const ejwt_stamp,
    buffer: *mut c_char,
    buffer_size: usize,
    length: *mut usize,
) -> ejwt_code {
    let place = Place { buffer, size: buffer_size, length };
    let read = [Span::of(key), Span::of_any(signing), Span::NONE, Span::of_any(stamp)];
    // SAFETY: as the caller promises.
    let prepare = |written: &[Span]| unsafe {
        let claims = needed_text(claims, written)?;
        let signer = ejwt_signing::signer(signing, key, written)?;
        Ok((signer, claims, ejwt_stamp::read(stamp, written)?))
    };
    // SAFETY: as the caller promises.
    code_of(unsafe {
        place.make(read, prepare, |(signer, claims, stamp), buffer| match stamp {
            Some(stamp) => signer.sign_json_with(claims, &stamp, buffer),
            None => signer.sign_json(claims, buffer),
        })
    })
}

/// # Safety
/// As for `ejwt_sign_payload`.
unsafe fn sign_bytes(
    key: *const ejwt_key,
    signing: *const ejwt_signing,
    payload: *const c_void,
    payload_length: usize,
    place: Place,
    sign: impl FnOnce(
        &Signer<'static, &'static Secret>,
        &[u8],
        &'static mut [u8],
    ) -> Result<&'static [u8], Error>,
) -> ejwt_code {
    let payload = Span::new(payload, payload_length);
    let read = [Span::of(key), Span::of_any(signing), payload, Span::NONE];
    // SAFETY: as the caller promises.
    let prepare = |written: &[Span]| unsafe { ejwt_signing::signer(signing, key, written) };
    // SAFETY: the payload was checked, and the caller promises the rest.
    code_of(unsafe {
        place.make(read, prepare, |signer, buffer| sign(&signer, payload.bytes(), buffer))
    })
}

/// Makes a token of a payload of any kind, for `ejwt_verify_jws`. `typ` is left out unless it is
/// set.
///
/// # Safety
/// As for `ejwt_sign`; `payload` leads to so many bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_sign_payload(
    key: *const ejwt_key,
    signing: *const ejwt_signing,
    payload: *const c_void,
    payload_length: usize,
    buffer: *mut c_char,
    buffer_size: usize,
    length: *mut usize,
) -> ejwt_code {
    let place = Place { buffer, size: buffer_size, length };
    // SAFETY: as the caller promises.
    unsafe { sign_bytes(key, signing, payload, payload_length, place, Signer::sign_payload) }
}

/// Makes a token for a payload that travels apart from it, for `ejwt_verify_detached`.
///
/// # Safety
/// As for `ejwt_sign_payload`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_sign_detached(
    key: *const ejwt_key,
    signing: *const ejwt_signing,
    payload: *const c_void,
    payload_length: usize,
    buffer: *mut c_char,
    buffer_size: usize,
    length: *mut usize,
) -> ejwt_code {
    let place = Place { buffer, size: buffer_size, length };
    // SAFETY: as the caller promises.
    unsafe {
        sign_bytes(key, signing, payload, payload_length, place, |signer, payload, buffer| {
            wiping::<MAC_REACH, _>(|| signer.sign_detached(payload, buffer))
        })
    }
}

/// A detached payload that is signed while it comes.
struct SigningStream {
    signer: MaybeUninit<Signer<'static, &'static Secret>>,
    stream: UnsafeCell<Option<DetachedSigner<'static, 'static, &'static Secret>>>,
}

impl SigningStream {
    /// Builds a stream at its place, whose parts lead to each other.
    ///
    /// # Safety
    /// `place` leads to memory for it, and the other pointers to what they are for, as long as the
    /// stream lives.
    unsafe fn start(
        place: *mut Self,
        signer: Signer<'static, &'static Secret>,
        buffer: &'static mut [u8],
    ) -> Result<(), Refusal> {
        // SAFETY: the place is there, and each part is built before one that leads to it.
        unsafe {
            let place_of_signer =
                (&raw mut (*place).signer).cast::<Signer<'static, &'static Secret>>();
            place_of_signer.write(signer);
            let stream = (*place_of_signer).stream_detached(buffer)?;
            (&raw mut (*place).stream).write(UnsafeCell::new(Some(stream)));
        }
        Ok(())
    }
}

impl Machine for SigningStream {
    fn push(&self, piece: &[u8]) -> Result<(), Error> {
        // SAFETY: one call at a time uses a stream.
        let stream = unsafe { &mut *self.stream.get() };
        // What has ended takes nothing more, and `finish_signing` says so.
        stream.as_mut().map_or(Ok(()), |stream| stream.push(piece))
    }

    fn finish(&self, _: Time, _: &mut Checks<'_>) -> Result<Verified, Refusal> {
        Err(EJWT_NOT_INITIALIZED.into())
    }

    fn finish_signing(&self) -> Result<&'static [u8], Refusal> {
        wiping::<MAC_REACH, _>(|| Ok(once(&self.stream)?.finish()?))
    }

    fn reset(&self) -> Result<(), Refusal> {
        Err(EJWT_ENDED.into())
    }
}

/// Begins to sign a payload that travels apart from its token and comes in pieces.
/// `ejwt_stream_push` takes the pieces, and `ejwt_stream_finish_signing` makes the token in
/// `buffer`, once. If the header can't be made, `stream` is wiped, whatever it was.
///
/// # Safety
/// `stream` leads to a stream's memory; the rest as for `ejwt_sign`. Key, texts and buffer stay
/// until `ejwt_stream_end`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_stream_begin_signing(
    stream: *mut ejwt_stream,
    key: *const ejwt_key,
    signing: *const ejwt_signing,
    buffer: *mut c_char,
    buffer_size: usize,
) -> ejwt_code {
    let buffer = Span::new(buffer.cast(), buffer_size);
    let written = [buffer, Span::of(stream)];
    let checked = check_arguments(&written, &[Span::of(key), Span::of_any(signing)]);
    // SAFETY: they were checked, and the caller promises the rest.
    code_of(checked.and_then(|()| unsafe {
        let signer = ejwt_signing::signer(signing, key, &written)?;
        let kept = Kept { buffer, keys: Span::of(key) };
        let buffer = buffer.bytes_mut();
        wiping::<MAC_REACH, _>(|| {
            begin(stream, kept, |place| SigningStream::start(place, signer, buffer))
        })
    }))
}

/// Ends a payload that is signed, and makes its token at the start of the buffer, without a zero
/// byte behind it. `length` gets the token's length, and is untouched if there is none.
///
/// # Safety
/// `stream` leads to a stream, `length` to a number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_stream_finish_signing(
    stream: *mut ejwt_stream,
    length: *mut usize,
) -> ejwt_code {
    // SAFETY: as the caller promises.
    code_of(unsafe { finish_signing(stream, length) })
}
