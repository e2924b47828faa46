//! Sets of keys, of which a token's `kid` picks one.

use core::ffi::{c_char, c_void};
use core::ptr;

use embedded_jwt::{AnyAlgorithm, Error, KeyEntry, KeyName, KeySet, Mac};

use crate::capacity::{EJWT_KEY_ID_CAPACITY, EJWT_KEY_SET_CAPACITY};
use crate::check::ejwt_checks;
use crate::error::{EJWT_OK, EJWT_UNKNOWN_VALUE, Refusal, code_of, ejwt_code};
use crate::key::{
    EJWT_KEY_SIZE, KEY_REACH, Secret, algorithm, ejwt_key, ejwt_make_key, mac_length, wiping,
};
use crate::memory::{
    EJWT_WORD_SIZE, Opaque, Span, aligned, check_arguments, ejwt_word, get, get_mut, needed_text,
    plain, plain_mut, put, size_is, take, text, wipe,
};
use crate::policy::ejwt_policy;
use crate::time::ejwt_time;
use crate::token::ejwt_token;
use crate::verify::Given;

/// What a key of a set takes beside the key and its name, in bytes.
#[cfg(target_pointer_width = "64")]
pub const EJWT_KEY_LIMITS_SIZE: usize = 48;
/// What a key of a set takes beside the key and its name, in bytes.
#[cfg(not(target_pointer_width = "64"))]
pub const EJWT_KEY_LIMITS_SIZE: usize = 24;
/// The size of a key set in words of `EJWT_WORD_SIZE` bytes.
pub const EJWT_KEY_SET_WORDS: usize = 3 + EJWT_KEY_SET_CAPACITY
    * ((EJWT_KEY_SIZE + EJWT_KEY_LIMITS_SIZE + EJWT_KEY_ID_CAPACITY + EJWT_WORD_SIZE - 1)
        / EJWT_WORD_SIZE);
/// The size of a key set in bytes.
pub const EJWT_KEY_SET_SIZE: usize = EJWT_WORD_SIZE * EJWT_KEY_SET_WORDS;

/// Up to `EJWT_KEY_SET_CAPACITY` keys, of which a token's `kid` picks one. Made by
/// `ejwt_key_set_init`. A name has up to `EJWT_KEY_ID_CAPACITY` bytes.
#[repr(C)]
pub struct ejwt_key_set {
    /// Not for the program.
    opaque: [ejwt_word; EJWT_KEY_SET_WORDS],
}

/// The stack that keys may be left on when they are moved into a set, with names beside them.
const REACH: usize = KEY_REACH + 1024 + 4 * EJWT_KEY_ID_CAPACITY;

pub(crate) type Set = KeySet<'static, Secret, EJWT_KEY_SET_CAPACITY, EJWT_KEY_ID_CAPACITY>;

// SAFETY: it is plain memory.
unsafe impl Opaque for ejwt_key_set {
    type Object = Set;
    const TAG: u32 = 0x656a_7331;
}

/// What a key of a set is limited to. All zeros are no limits, and so is a null pointer to it.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ejwt_key_limits {
    /// Binds the key to one issuer: its tokens must have exactly this `iss`. The text must stay as
    /// long as the key is in the set. Null is any issuer.
    pub issuer: *const c_char,
    /// The key verifies tokens from this time on, in seconds since 1970.
    pub not_before: u64,
    /// The key verifies tokens up to this time, in seconds since 1970. 0 is for ever.
    pub retired_after: u64,
}

/// Which keys of a set to change.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ejwt_key_name {
    /// The keys with this name.
    pub key_id: *const c_char,
    /// Of these, only a key that is bound to this issuer. Null is any, bound or not.
    pub issuer: *const c_char,
    /// Of these, only a key for `EJWT_HS256`, `EJWT_HS384` or `EJWT_HS512`. 0 is any.
    pub algorithm: u32,
    /// `EJWT_WITHOUT_ISSUER` or 0.
    pub flags: u32,
}

/// Only a key that is not bound to an issuer.
pub const EJWT_WITHOUT_ISSUER: u32 = 1;

/// Accepts tokens without `kid`, by trying every key with the header's algorithm.
pub const EJWT_ALLOW_MISSING_KEY_ID: u32 = 1;

/// Makes a set without keys, which refuses every token. `size` is `sizeof` the object, so that a
/// header with another capacity than the library's is found out. `flags` is
/// `EJWT_ALLOW_MISSING_KEY_ID` or 0.
///
/// # Safety
/// `set` leads to `size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_key_set_init(
    set: *mut ejwt_key_set,
    size: usize,
    flags: u32,
) -> ejwt_code {
    code_of(size_is::<ejwt_key_set>(size).and_then(|()| {
        // Constants: the memory of a set that was made here would be what was on the stack.
        let keys = match flags {
            0 => const { Set::new() },
            EJWT_ALLOW_MISSING_KEY_ID => const { Set::new().allow_missing_key_id() },
            _ => return Err(EJWT_UNKNOWN_VALUE.into()),
        };
        // SAFETY: as the caller promises.
        unsafe { put(set, keys) }
    }))
}

/// A key of the caller as an entry with limits. The key stays with the caller as well.
///
/// # Safety
/// The pointers are null or lead to what they are for.
unsafe fn entry(
    key: *const ejwt_key,
    limits: *const ejwt_key_limits,
    written: &[Span],
) -> Result<KeyEntry<'static, Secret>, Refusal> {
    // SAFETY: as the caller promises. A key is plain data, which is wiped when it is dropped.
    let key = unsafe { ptr::read(get(key)?) };
    let mut entry = KeyEntry::new(key);
    if limits.is_null() {
        return Ok(entry);
    }
    // SAFETY: as the caller promises.
    let limits = unsafe { plain(limits) }?;
    // SAFETY: as the caller promises.
    if let Some(issuer) = unsafe { text(limits.issuer, written) }? {
        entry = entry.issuer(issuer);
    }
    entry = entry.not_before(limits.not_before);
    if limits.retired_after > 0 {
        entry = entry.retired_after(limits.retired_after);
    }
    Ok(entry)
}

/// Changes a set by a key, which moves into it: the caller's is wiped.
///
/// # Safety
/// The pointers are null or lead to what they are for.
unsafe fn move_in(
    set: *mut ejwt_key_set,
    key: *mut ejwt_key,
    limits: *const ejwt_key_limits,
    name: Span,
    change: impl FnOnce(&mut Set, KeyEntry<'static, Secret>, &[Span]) -> Result<(), Refusal>,
) -> ejwt_code {
    let written = [Span::of(key), Span::of(set)];
    let checked = check_arguments(&written, &[Span::of_any(limits), name]);
    // SAFETY: as the caller promises.
    code_of(checked.and_then(|()| unsafe {
        let keys = get_mut(set)?;
        wiping::<REACH, _>(|| change(keys, entry(key, limits, &written)?, &written))?;
        wipe(key);
        Ok(())
    }))
}

/// Adds a key, under a name and with limits, which may be null. The key moves into the set, and the
/// caller's is wiped. If it can't be added, set and key stay as they are.
///
/// # Safety
/// `set` leads to a set, `key_id` to a text, `key` to a key, `limits` to limits.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_key_set_add(
    set: *mut ejwt_key_set,
    key_id: *const c_char,
    key: *mut ejwt_key,
    limits: *const ejwt_key_limits,
) -> ejwt_code {
    // SAFETY: as the caller promises.
    unsafe {
        move_in(set, key, limits, Span::NONE, |keys, entry, written| {
            Ok(keys.add(needed_text(key_id, written)?, entry)?)
        })
    }
}

/// Replaces a key, and its limits. If several keys have the name, it replaces the one for the same
/// algorithm and issuer as the new one, unless `name` says which. If that can't be done, set and
/// key stay as they are.
///
/// # Safety
/// `set` leads to a set, `name` to a name and its texts, `key` to a key, `limits` to limits.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_key_set_replace(
    set: *mut ejwt_key_set,
    name: *const ejwt_key_name,
    key: *mut ejwt_key,
    limits: *const ejwt_key_limits,
) -> ejwt_code {
    // SAFETY: as the caller promises.
    unsafe {
        move_in(set, key, limits, Span::of(name), |keys, entry, written| {
            Ok(keys.replace(ejwt_key_name::read(name, written)?, entry)?)
        })
    }
}

impl ejwt_key_name {
    /// # Safety
    /// `place` is null or leads to a name and its texts.
    unsafe fn read<'n>(place: *const Self, written: &[Span]) -> Result<KeyName<'n>, Refusal> {
        // SAFETY: as the caller promises.
        let given = unsafe { plain(place) }?;
        // SAFETY: as the caller promises.
        let key_id = unsafe { needed_text(given.key_id, written) }?;
        let mut name = KeyName::new(key_id);
        if given.algorithm != 0 {
            name = name.algorithm(algorithm(given.algorithm)?);
        }
        // SAFETY: as the caller promises.
        match (unsafe { text(given.issuer, written) }?, given.flags) {
            (None, 0) => Ok(name),
            (Some(issuer), 0) => Ok(name.issuer(issuer)),
            (None, EJWT_WITHOUT_ISSUER) => Ok(name.without_issuer()),
            _ => Err(EJWT_UNKNOWN_VALUE.into()),
        }
    }
}

/// Changes the keys with a name.
///
/// # Safety
/// The pointers are null or lead to what they are for.
unsafe fn change_named(
    set: *mut ejwt_key_set,
    name: *const ejwt_key_name,
    change: impl FnOnce(&mut Set, KeyName<'_>) -> Result<(), Error>,
) -> ejwt_code {
    // SAFETY: as the caller promises.
    code_of(unsafe {
        let written = [Span::of(set)];
        check_arguments(&written, &[Span::of(name)]).and_then(|()| {
            let name = ejwt_key_name::read(name, &written)?;
            Ok(change(get_mut(set)?, name)?)
        })
    })
}

/// Removes all keys with this name, and wipes them.
///
/// # Safety
/// `set` leads to a set, `name` to a name and its texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_key_set_remove(
    set: *mut ejwt_key_set,
    name: *const ejwt_key_name,
) -> ejwt_code {
    // SAFETY: as the caller promises.
    unsafe { change_named(set, name, |keys, name| keys.remove(name)) }
}

/// Sets the time from which a key verifies tokens, in seconds since 1970.
///
/// # Safety
/// `set` leads to a set, `name` to a name and its texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_key_set_start(
    set: *mut ejwt_key_set,
    name: *const ejwt_key_name,
    not_before: u64,
) -> ejwt_code {
    // SAFETY: as the caller promises.
    unsafe { change_named(set, name, |keys, name| keys.start(name, not_before)) }
}

/// Sets the time up to which a key verifies tokens, in seconds since 1970.
///
/// # Safety
/// `set` leads to a set, `name` to a name and its texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_key_set_retire(
    set: *mut ejwt_key_set,
    name: *const ejwt_key_name,
    after: u64,
) -> ejwt_code {
    // SAFETY: as the caller promises.
    unsafe { change_named(set, name, |keys, name| keys.retire(name, after)) }
}

/// Which algorithms the keys of a JWK Set may have: those whose function is set. Only these are
/// linked.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ejwt_makers {
    /// `ejwt_key_hs256`, or null if keys for HS256 are passed over.
    pub hs256: ejwt_make_key,
    /// `ejwt_key_hs384`, or null if keys for HS384 are passed over.
    pub hs384: ejwt_make_key,
    /// `ejwt_key_hs512`, or null if keys for HS512 are passed over.
    pub hs512: ejwt_make_key,
    /// The algorithm of keys without `alg`: `EJWT_HS256`, `EJWT_HS384` or `EJWT_HS512`, or 0 to
    /// pass them over.
    pub algorithm: u32,
}

/// What became of the keys of a JWK Set.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct ejwt_jwks_report {
    /// The number of keys that were added.
    pub added: usize,
    /// The number of keys that the set had already.
    pub repeated: usize,
    /// The number of keys that can't be used here.
    pub passed_over: usize,
    /// Why the first key was passed over, or 0.
    pub first_code: ejwt_code,
    /// The index of the key that `first_code` is about, or that the whole text is refused for.
    pub first_index: u32,
}

/// Adds the keys of a JWK Set, or of one JSON Web Key, that can be used here (RFC 7517 section 5).
/// The text is strict JSON of up to 65,535 bytes, and is wiped, whether it is accepted or not. All
/// keys are bound to `issuer`, which may be null, and must stay. `report` may be null. If the text
/// is refused, none of its keys stays; `EJWT_NO_USABLE_KEY` says that all were passed over. Codes
/// from 256 on say that the call itself is wrong. Then nothing is touched.
///
/// # Safety
/// `set` leads to a set, `makers` to makers, `text` to so many bytes, `issuer` to a text, `report`
/// to a report.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_key_set_read_jwks(
    set: *mut ejwt_key_set,
    makers: *const ejwt_makers,
    text: *mut c_void,
    text_length: usize,
    issuer: *const c_char,
    report: *mut ejwt_jwks_report,
) -> ejwt_code {
    // SAFETY: as the caller promises.
    code_of(unsafe { read_jwks(set, makers, text, text_length, issuer, report) })
}

/// # Safety
/// As for [`ejwt_key_set_read_jwks`].
unsafe fn read_jwks(
    set: *mut ejwt_key_set,
    makers: *const ejwt_makers,
    start: *mut c_void,
    length: usize,
    issuer: *const c_char,
    report: *mut ejwt_jwks_report,
) -> Result<(), Refusal> {
    let place = Span::new(start, length);
    let written = [place, Span::of(set), Span::of_any(report)];
    check_arguments(&written, &[Span::of(makers)])?;
    // SAFETY: as the caller promises.
    let (issuer, keys, makers) =
        unsafe { (text(issuer, &written)?, get_mut(set)?, plain(makers)?) };
    // SAFETY: they were checked, and the caller promises the rest.
    let (text, report) = unsafe {
        (place.bytes_mut(), if report.is_null() { None } else { Some(plain_mut(report)?) })
    };
    let otherwise = match makers.algorithm {
        0 => None,
        number => Some(algorithm(number)?),
    };
    let read = wiping::<REACH, _>(|| {
        keys.read_jwks_with(text, issuer, otherwise, |algorithm, secret| {
            makers.make(algorithm, secret)
        })
    });
    let counts = read.as_ref().map_or(ejwt_jwks_report::default(), |read| ejwt_jwks_report {
        added: read.added(),
        repeated: read.repeated(),
        passed_over: read.passed_over(),
        ..Default::default()
    });
    // Why the first key was passed over, or which key the text is refused for.
    let first = match &read {
        Ok(read) => read.first_passed_over().map(|first| (Some(first.error()), first.index())),
        Err(error) => Some((error.passed_over(), error.index())),
    };
    let (error, index) = first.unwrap_or_default();
    if let Some(report) = report {
        *report = ejwt_jwks_report {
            first_code: error.map_or(0, |error| error.code().into()),
            first_index: index.map_or(0, u32::from),
            ..counts
        };
    }
    read.map(drop).map_err(|error| error.error().into())
}

impl ejwt_makers {
    /// Makes a key with the function for its algorithm.
    fn make(&self, algorithm: AnyAlgorithm, secret: &[u8]) -> Result<Secret, Error> {
        let make = match algorithm {
            AnyAlgorithm::Hs256 => self.hs256,
            AnyAlgorithm::Hs384 => self.hs384,
            AnyAlgorithm::Hs512 => self.hs512,
        };
        let make = make.ok_or(Error::UnsupportedAlgorithm)?;
        let mut key = ejwt_key::EMPTY;
        // SAFETY: key and secret are there, and a key that was made is moved out of its memory.
        unsafe {
            if make(&raw mut key, secret.as_ptr().cast(), secret.len()) != EJWT_OK {
                wipe(&raw mut key);
                return Err(Error::KeyTooShort { needed: mac_length(algorithm) as u8 });
            }
            let key = take(&raw mut key).map_err(|_| Error::MacEngine)?;
            // The key of a JWK is for the algorithm that the JWK says, whatever function makes it.
            if key.algorithm() == algorithm { Ok(key) } else { Err(Error::UnsupportedAlgorithm) }
        }
    }
}

/// The number of keys, or 0 if there is no set.
///
/// # Safety
/// `set` leads to a set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_key_set_length(set: *const ejwt_key_set) -> usize {
    // SAFETY: as the caller promises.
    unsafe { get(set) }.map_or(0, Set::len)
}

/// Wipes all keys of a set. It has to be initialized before it is used again.
///
/// # Safety
/// `set` leads to a set's memory.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_key_set_wipe(set: *mut ejwt_key_set) -> ejwt_code {
    code_of(aligned(set).map(|()| {
        // SAFETY: it is aligned, and as the caller promises.
        unsafe { wipe(set) };
    }))
}

/// Verifies a token with the key of a set that its `kid` names, as `ejwt_verify_with` does with one
/// key. `checks` may be null.
///
/// # Safety
/// As for `ejwt_verify_with`; `set` leads to a set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_key_set_verify(
    set: *const ejwt_key_set,
    policy: *const ejwt_policy,
    token: *const c_void,
    token_length: usize,
    now: ejwt_time,
    checks: *const ejwt_checks,
    buffer: *mut c_void,
    buffer_size: usize,
    verified: *mut ejwt_token,
) -> ejwt_code {
    let (token, buffer) = (Span::new(token, token_length), Span::new(buffer, buffer_size));
    // SAFETY: as the caller promises.
    unsafe {
        Given { keys: get(set), place_of_keys: Span::of(set), policy, token, now, checks, buffer }
            .verify(verified)
    }
}
