//! Keys: an object in memory of the caller.

use core::ffi::c_void;

use base64ct::{Base64UrlUnpadded, Encoding};
use embedded_jwt::{Algorithm, Error, Key};
use zeroize::{Zeroize, zeroize_stack};

use crate::error::{EJWT_NULL_POINTER, EJWT_OK, Refusal, code_of, ejwt_code};
use crate::memory::{
    EJWT_WORD_SIZE, Opaque, Span, aligned, bytes_mut, check_arguments, ejwt_word, put, wipe,
};

/// The size of a key in words of `EJWT_WORD_SIZE` bytes.
#[cfg(target_pointer_width = "64")]
pub const EJWT_KEY_WORDS: usize = 12;
/// The size of a key in words of `EJWT_WORD_SIZE` bytes.
#[cfg(not(target_pointer_width = "64"))]
pub const EJWT_KEY_WORDS: usize = 22;
/// The size of a key in bytes.
pub const EJWT_KEY_SIZE: usize = EJWT_WORD_SIZE * EJWT_KEY_WORDS;

/// A secret shared with the issuer, for one algorithm: the two hash states of HMAC, in memory of
/// the caller. Made by `ejwt_key_hs256`, `ejwt_key_engine` and the like. It may be copied, and is
/// wiped by `ejwt_key_wipe`.
#[repr(C)]
pub struct ejwt_key {
    /// Not for the program.
    opaque: [ejwt_word; EJWT_KEY_WORDS],
}

#[cfg(feature = "key-set")]
impl ejwt_key {
    pub(crate) const EMPTY: Self = Self { opaque: [ejwt_word::ZERO; _] };
}

// SAFETY: it is plain memory.
unsafe impl Opaque for ejwt_key {
    type Object = Secret;
    const TAG: u32 = 0x656a_6b31;
}

/// The key that the memory holds. If the library is built for one algorithm, nothing has to be
/// found out at run time.
#[cfg(one_algorithm)]
pub(crate) type Secret = Key<crate::OnlyAlgorithm>;
/// The key that the memory holds.
#[cfg(not(one_algorithm))]
pub(crate) type Secret = crate::any_key::AnyKey;

/// HMAC with SHA-256: a MAC of 32 bytes.
pub const EJWT_HS256: u32 = 1;
/// HMAC with SHA-384: a MAC of 48 bytes.
pub const EJWT_HS384: u32 = 2;
/// HMAC with SHA-512: a MAC of 64 bytes.
pub const EJWT_HS512: u32 = 3;

/// The algorithm with this number.
#[cfg(any(feature = "engine", feature = "key-set"))]
pub(crate) fn algorithm(number: u32) -> Result<embedded_jwt::AnyAlgorithm, Refusal> {
    use embedded_jwt::AnyAlgorithm;
    match number {
        EJWT_HS256 => Ok(AnyAlgorithm::Hs256),
        EJWT_HS384 => Ok(AnyAlgorithm::Hs384),
        EJWT_HS512 => Ok(AnyAlgorithm::Hs512),
        _ => Err(crate::error::EJWT_UNKNOWN_VALUE.into()),
    }
}

/// The length of an algorithm's MAC in bytes, which is the least that its key has.
#[cfg(any(feature = "engine", feature = "key-set"))]
pub(crate) fn mac_length(algorithm: embedded_jwt::AnyAlgorithm) -> usize {
    use embedded_jwt::{AnyAlgorithm, Hs256, Hs384, Hs512};
    match algorithm {
        AnyAlgorithm::Hs256 => Hs256::TAG_LENGTH,
        AnyAlgorithm::Hs384 => Hs384::TAG_LENGTH,
        AnyAlgorithm::Hs512 => Hs512::TAG_LENGTH,
    }
}

/// The stack that a key may be left on when it is moved. As much as the library wipes after HS256's
/// keys on a device, so that one function does both.
pub(crate) const KEY_REACH: usize = if cfg!(target_os = "none") { 1280 } else { 2048 };

/// The stack that a key's hash states may be left on when a MAC under way is moved.
#[cfg(feature = "jws")]
pub(crate) const MAC_REACH: usize = match (cfg!(target_os = "none"), cfg!(deep_stack)) {
    (true, false) => 2560,
    (true, true) => 4608,
    (false, _) => 6144,
};

/// Runs what moves a key or a MAC under way, and so leaves copies, and wipes these as far as they
/// reach.
#[inline(always)]
pub(crate) fn wiping<const REACH: usize, T>(run: impl FnOnce() -> T) -> T {
    /// Not inlined, so that all that it leaves on the stack is below its caller's frame.
    #[inline(never)]
    fn alone<T>(run: impl FnOnce() -> T) -> T {
        run()
    }
    let outcome = alone(run);
    zeroize_stack::<REACH>();
    outcome
}

/// Makes a key in memory of the caller. If it can't be made, the memory is wiped, unless an
/// argument is wrong.
///
/// # Safety
/// `key` is null or leads to a key's memory, `secret` is null or leads to so many bytes.
#[inline(always)]
unsafe fn make<A: Algorithm>(key: *mut ejwt_key, secret: *const c_void, length: usize) -> ejwt_code
where
    Secret: From<Key<A>>,
{
    // SAFETY: as the caller promises.
    let outcome = unsafe { make_in_place::<A>(key, secret, length) };
    // The key was moved to its place, which leaves copies. `wiping` would take 24 bytes more on a
    // Cortex-M0.
    zeroize_stack::<KEY_REACH>();
    code_of(outcome)
}

/// Not inlined, so that all that it leaves on the stack is below its caller's frame.
///
/// # Safety
/// As for [`make`].
#[inline(never)]
unsafe fn make_in_place<A: Algorithm>(
    key: *mut ejwt_key,
    secret: *const c_void,
    length: usize,
) -> Result<(), Refusal>
where
    Secret: From<Key<A>>,
{
    let secret = Span::new(secret, length);
    check_arguments(&[Span::of(key)], &[secret])?;
    aligned(key)?;
    // SAFETY: they were checked, and the caller promises the rest.
    unsafe {
        wipe(key);
        match Key::<A>::new(secret.bytes()) {
            Ok(made) => put(key, made.into()),
            Err(error) => Err(error.into()),
        }
    }
}

/// Makes a key for HS256 from the bytes of a secret: at least 32 random bytes. Wipe your copy of
/// the secret afterwards, by `ejwt_wipe`. If the key can't be made, `key` is wiped, except with
/// codes from 256 on.
///
/// # Safety
/// `key` leads to a key's memory, and `secret` to so many bytes.
#[cfg(feature = "hs256")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_key_hs256(
    key: *mut ejwt_key,
    secret: *const c_void,
    secret_length: usize,
) -> ejwt_code {
    // SAFETY: as the caller promises.
    unsafe { make::<embedded_jwt::Hs256>(key, secret, secret_length) }
}

/// Makes a key for HS384, of at least 48 bytes, as `ejwt_key_hs256` does.
///
/// # Safety
/// As for `ejwt_key_hs256`.
#[cfg(feature = "hs384")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_key_hs384(
    key: *mut ejwt_key,
    secret: *const c_void,
    secret_length: usize,
) -> ejwt_code {
    // SAFETY: as the caller promises.
    unsafe { make::<embedded_jwt::Hs384>(key, secret, secret_length) }
}

/// Makes a key for HS512, of at least 64 bytes, as `ejwt_key_hs256` does.
///
/// # Safety
/// As for `ejwt_key_hs256`.
#[cfg(feature = "hs512")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_key_hs512(
    key: *mut ejwt_key,
    secret: *const c_void,
    secret_length: usize,
) -> ejwt_code {
    // SAFETY: as the caller promises.
    unsafe { make::<embedded_jwt::Hs512>(key, secret, secret_length) }
}

/// A function that makes a key from a secret's bytes: `ejwt_key_hs256` and its like.
pub type ejwt_make_key = Option<
    unsafe extern "C" fn(
        key: *mut ejwt_key,
        secret: *const c_void,
        secret_length: usize,
    ) -> ejwt_code,
>;

/// Makes a key from a secret in Base64URL without padding, the form of a JSON Web Key. `make` says
/// which key: `ejwt_key_hs256` and its like. `scratch` takes the decoded secret, three quarters of
/// the text's length, and is wiped. If the key can't be made, `key` is wiped, unless an argument is
/// wrong (codes from 256 on).
///
/// # Safety
/// `key` leads to a key's memory, `text` and `scratch` to so many bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_key_from_base64url(
    key: *mut ejwt_key,
    make: ejwt_make_key,
    text: *const c_void,
    text_length: usize,
    scratch: *mut c_void,
    scratch_size: usize,
) -> ejwt_code {
    // SAFETY: as the caller promises.
    let made = unsafe { make_from_base64url(key, make, text, text_length, scratch, scratch_size) };
    made.unwrap_or_else(Refusal::code)
}

/// Makes a key, and returns what `make` returns.
///
/// # Safety
/// As for [`ejwt_key_from_base64url`].
unsafe fn make_from_base64url(
    key: *mut ejwt_key,
    make: ejwt_make_key,
    text: *const c_void,
    length: usize,
    scratch: *mut c_void,
    scratch_size: usize,
) -> Result<ejwt_code, Refusal> {
    let make = make.ok_or(EJWT_NULL_POINTER)?;
    aligned(key)?;
    let (text, scratch) = (Span::new(text, length), Span::new(scratch, scratch_size));
    check_arguments(&[scratch, Span::of(key)], &[text])?;
    // SAFETY: it was checked, and the caller promises the rest.
    unsafe { wipe(key) };
    // SAFETY: they were checked, and the caller promises the rest.
    let (text, scratch) = unsafe { (text.bytes(), scratch.bytes_mut()) };
    let needed = length / 4 * 3 + length % 4 * 3 / 4;
    let needed_bytes = u16::try_from(needed).unwrap_or(u16::MAX);
    let too_small = Error::BufferTooSmall { needed: needed_bytes };
    let scratch = scratch.get_mut(..needed).ok_or(too_small)?;
    let code = match Base64UrlUnpadded::decode(text, scratch) {
        // SAFETY: the key's memory and the secret are there.
        Ok(secret) => unsafe { make(key, secret.as_ptr().cast(), secret.len()) },
        Err(_) => Error::KeyNotBase64Url.code().into(),
    };
    scratch.zeroize();
    if code != EJWT_OK {
        // SAFETY: as above. `make` may be the program's.
        unsafe { wipe(key) };
    }
    Ok(code)
}

/// Overwrites a key with zeros. Wipes any memory of a key's size, whether it holds a key or not.
///
/// # Safety
/// `key` leads to a key's memory.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_key_wipe(key: *mut ejwt_key) -> ejwt_code {
    code_of(aligned(key).map(|()| {
        // SAFETY: it is aligned, and as the caller promises.
        unsafe { wipe(key) };
    }))
}

/// Overwrites memory with zeros, which no compiler leaves out: for your copies of secrets.
///
/// # Safety
/// `memory` leads to `size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_wipe(memory: *mut c_void, size: usize) -> ejwt_code {
    // SAFETY: as the caller promises.
    code_of(unsafe { bytes_mut(memory, size) }.map(|memory| memory.zeroize()))
}
