//! What a device remembers between tokens: accepted tokens, revocations, and the latest time.

use core::ffi::{c_char, c_void};

use embedded_jwt::{
    Check, Error, Presented, Replay, ReplayGuard, Revocations, TimeFloor, WhenFull,
};

use crate::capacity::{EJWT_REPLAY_GUARD_CAPACITY, EJWT_REVOCATIONS_CAPACITY};
use crate::claims::reading;
use crate::error::{EJWT_UNKNOWN_VALUE, Refusal, code_of, ejwt_code};
use crate::memory::{
    EJWT_WORD_SIZE, Opaque, Span, aligned, check_arguments, ejwt_word, get, get_mut, needed_text,
    plain_mut, put, size_is,
};
use crate::time::ejwt_time;
use crate::token::ejwt_token;

/// The size of a replay guard in words of `EJWT_WORD_SIZE` bytes.
pub const EJWT_REPLAY_GUARD_WORDS: usize =
    (48 + 24 * EJWT_REPLAY_GUARD_CAPACITY + EJWT_WORD_SIZE - 1) / EJWT_WORD_SIZE;
/// The size of a replay guard in bytes.
pub const EJWT_REPLAY_GUARD_SIZE: usize = EJWT_WORD_SIZE * EJWT_REPLAY_GUARD_WORDS;

/// Remembers up to `EJWT_REPLAY_GUARD_CAPACITY` accepted tokens until they expire, and refuses them
/// when they come again. No token is ever accepted twice, however small the guard, and even if the
/// clock is set back. Made by `ejwt_replay_guard_init`, and used by `ejwt_checks`.
#[repr(C)]
pub struct ejwt_replay_guard {
    /// Not for the program.
    opaque: [ejwt_word; EJWT_REPLAY_GUARD_WORDS],
}

/// A replay guard, with the function that asks it: so the guard's code is linked only where one is
/// made.
pub(crate) struct Guard {
    pub(crate) admit: fn(&mut Tokens, &Presented<'_>) -> Result<(), Error>,
    pub(crate) tokens: Tokens,
}

type Tokens = ReplayGuard<EJWT_REPLAY_GUARD_CAPACITY>;

// SAFETY: it is plain memory.
unsafe impl Opaque for ejwt_replay_guard {
    type Object = Guard;
    const TAG: u32 = 0x656a_7231;
}

/// A full guard refuses a new token with `EJWT_REPLAY_GUARD_FULL` until one of the others has
/// expired.
pub const EJWT_WHEN_FULL_REFUSE: u32 = 0;
/// A full guard forgets the token that expires first. From then on, it refuses tokens that expire
/// no later than that one with `EJWT_REPLAY_NOT_EXCLUDED`.
pub const EJWT_WHEN_FULL_EVICT: u32 = 1;

/// Makes a replay guard that remembers nothing yet. `size` is `sizeof` the object, so that a header
/// with another capacity than the library's is found out. `when_full` is `EJWT_WHEN_FULL_REFUSE` or
/// `EJWT_WHEN_FULL_EVICT`.
///
/// # Safety
/// `guard` leads to `size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_replay_guard_init(
    guard: *mut ejwt_replay_guard,
    size: usize,
    when_full: u32,
) -> ejwt_code {
    let when_full = match when_full {
        EJWT_WHEN_FULL_REFUSE => WhenFull::Refuse,
        EJWT_WHEN_FULL_EVICT => WhenFull::EvictFirstToExpire,
        _ => return EJWT_UNKNOWN_VALUE,
    };
    let object = Guard { admit: Replay::admit, tokens: ReplayGuard::new(when_full) };
    // SAFETY: as the caller promises.
    code_of(size_is::<ejwt_replay_guard>(size).and_then(|()| unsafe { put(guard, object) }))
}

/// The most bytes that `ejwt_replay_guard_save` writes.
pub const EJWT_REPLAY_GUARD_SAVED_SIZE: usize = 18 + 24 * EJWT_REPLAY_GUARD_CAPACITY;

const _: () = assert!(EJWT_REPLAY_GUARD_SAVED_SIZE == Tokens::MAX_SAVED_LENGTH);
const _: () =
    assert!(EJWT_REPLAY_GUARD_SAVED_SIZE <= 0xffff, "the guard has too many tokens to be saved");

/// Saves the guard to the start of `memory`. Save it after a token is accepted and before you act
/// on it: a power loss erases what was not saved. `length` gets the number of bytes written, or
/// with `EJWT_BUFFER_TOO_SMALL` the number needed.
///
/// # Safety
/// `guard` leads to a guard, `memory` to `size` bytes, `length` to a number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_replay_guard_save(
    guard: *const ejwt_replay_guard,
    memory: *mut c_void,
    size: usize,
    length: *mut usize,
) -> ejwt_code {
    // SAFETY: as the caller promises.
    code_of(unsafe { save(guard, |guard, memory| guard.tokens.save(memory), memory, size, length) })
}

/// Replaces what the guard remembers by what was saved. If that can't be restored, the guard stays
/// as it is.
///
/// # Safety
/// `guard` leads to a guard, `saved` to so many bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_replay_guard_restore(
    guard: *mut ejwt_replay_guard,
    saved: *const c_void,
    saved_length: usize,
) -> ejwt_code {
    // SAFETY: as the caller promises.
    code_of(unsafe {
        restore(guard, |guard, saved| guard.tokens.restore(saved), saved, saved_length)
    })
}

/// The number of tokens that the guard remembers, or 0 if there is no guard.
///
/// # Safety
/// `guard` leads to a guard.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_replay_guard_length(guard: *const ejwt_replay_guard) -> usize {
    // SAFETY: as the caller promises.
    unsafe { get(guard) }.map_or(0, |guard| guard.tokens.len())
}

/// Saves an object to memory of the caller.
///
/// # Safety
/// `place` is null or leads to the object, `memory` to `size` bytes, `length` to a number.
unsafe fn save<O: Opaque<Object: 'static>>(
    place: *const O,
    write: impl for<'m> FnOnce(&O::Object, &'m mut [u8]) -> Result<&'m [u8], Error>,
    memory: *mut c_void,
    size: usize,
    length: *mut usize,
) -> Result<(), Refusal> {
    // SAFETY: as the caller promises.
    let object = unsafe { get(place) }?;
    let memory = Span::new(memory, size);
    check_arguments(&[memory, Span::of(length)], &[Span::of(place)])?;
    // SAFETY: it was checked, and the caller promises the rest.
    let (length, memory) = unsafe { (plain_mut(length)?, memory.bytes_mut()) };
    match write(object, memory).map_err(Refusal::from) {
        Ok(saved) => {
            *length = saved.len();
            Ok(())
        }
        Err(refusal) => {
            *length = refusal.detail() as usize;
            Err(refusal)
        }
    }
}

/// Restores an object from memory of the caller.
///
/// # Safety
/// `place` is null or leads to the object, `saved` to so many bytes.
unsafe fn restore<O: Opaque<Object: 'static>>(
    place: *mut O,
    read: impl FnOnce(&mut O::Object, &[u8]) -> Result<(), Error>,
    saved: *const c_void,
    length: usize,
) -> Result<(), Refusal> {
    let saved = Span::new(saved, length);
    check_arguments(&[Span::of(place)], &[saved])?;
    // SAFETY: it was checked, and the caller promises the rest.
    unsafe { Ok(read(get_mut(place)?, saved.bytes())?) }
}

/// The size of a list of revocations in words of `EJWT_WORD_SIZE` bytes.
pub const EJWT_REVOCATIONS_WORDS: usize =
    (40 + 32 * EJWT_REVOCATIONS_CAPACITY + EJWT_WORD_SIZE - 1) / EJWT_WORD_SIZE;
/// The size of a list of revocations in bytes.
pub const EJWT_REVOCATIONS_SIZE: usize = EJWT_WORD_SIZE * EJWT_REVOCATIONS_WORDS;

/// Up to `EJWT_REVOCATIONS_CAPACITY` revoked token IDs and subjects, and a time before which all
/// tokens are revoked. Made by `ejwt_revocations_init`, and used by `ejwt_checks`.
#[repr(C)]
pub struct ejwt_revocations {
    /// Not for the program.
    opaque: [ejwt_word; EJWT_REVOCATIONS_WORDS],
}

/// A list of revocations, with the function that asks it.
pub(crate) struct Revoked {
    pub(crate) check: fn(&Names, &Presented<'_>) -> Result<(), Error>,
    pub(crate) names: Names,
}

type Names = Revocations<EJWT_REVOCATIONS_CAPACITY>;

// SAFETY: it is plain memory.
unsafe impl Opaque for ejwt_revocations {
    type Object = Revoked;
    const TAG: u32 = 0x656a_7631;
}

/// Makes a list that revokes nothing. `size` is `sizeof` the object, so that a header with another
/// capacity than the library's is found out.
///
/// # Safety
/// `revocations` leads to `size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_revocations_init(
    revocations: *mut ejwt_revocations,
    size: usize,
) -> ejwt_code {
    let object = Revoked { check: Check::check, names: Revocations::new() };
    // SAFETY: as the caller promises.
    code_of(size_is::<ejwt_revocations>(size).and_then(|()| unsafe { put(revocations, object) }))
}

/// Changes a list, with a name that the caller gives.
///
/// # Safety
/// `place` is null or leads to a list, `name` is null or leads to a text.
unsafe fn change<T>(
    place: *mut ejwt_revocations,
    name: *const c_char,
    change: impl FnOnce(&mut Names, &str) -> Result<T, Error>,
) -> Result<T, Refusal> {
    // SAFETY: as the caller promises.
    let (revoked, name) = unsafe { (get_mut(place)?, needed_text(name, &[Span::of(place)])?) };
    Ok(change(&mut revoked.names, name)?)
}

/// Revokes the tokens with this `jti`. `expiration` is the latest time at which one of them
/// expires, in seconds since 1970, or `UINT64_MAX` if you don't know it.
///
/// # Safety
/// `revocations` leads to a list, `jwt_id` to a text.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_revoke_jwt_id(
    revocations: *mut ejwt_revocations,
    jwt_id: *const c_char,
    expiration: u64,
) -> ejwt_code {
    // SAFETY: as the caller promises.
    code_of(unsafe { change(revocations, jwt_id, |list, id| list.revoke_jwt_id(id, expiration)) })
}

/// Revokes the tokens with this `sub` that were issued before a time, in seconds since 1970: now +
/// 1 for all up to now, `UINT64_MAX` for all of them, future ones too.
///
/// # Safety
/// `revocations` leads to a list, `subject` to a text.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_revoke_subject(
    revocations: *mut ejwt_revocations,
    subject: *const c_char,
    issued_before: u64,
) -> ejwt_code {
    // SAFETY: as the caller promises.
    code_of(unsafe {
        change(revocations, subject, |list, subject| list.revoke_subject(subject, issued_before))
    })
}

/// Revokes all tokens that were issued before a time, in seconds since 1970.
///
/// # Safety
/// `revocations` leads to a list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_revoke_issued_before(
    revocations: *mut ejwt_revocations,
    seconds: u64,
) -> ejwt_code {
    // SAFETY: as the caller promises.
    let list = unsafe { get_mut(revocations) };
    code_of(list.map(|list| list.names.revoke_issued_before(seconds)))
}

/// Removes the revocation of a `jti`. `EJWT_MISSING_MEMBER` if there is none.
///
/// # Safety
/// `revocations` leads to a list, `jwt_id` to a text.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_reinstate_jwt_id(
    revocations: *mut ejwt_revocations,
    jwt_id: *const c_char,
) -> ejwt_code {
    // SAFETY: as the caller promises.
    code_of(unsafe { change(revocations, jwt_id, |list, id| there_was(list.reinstate_jwt_id(id))) })
}

/// Removes the revocation of a `sub`. `EJWT_MISSING_MEMBER` if there is none.
///
/// # Safety
/// `revocations` leads to a list, `subject` to a text.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_reinstate_subject(
    revocations: *mut ejwt_revocations,
    subject: *const c_char,
) -> ejwt_code {
    // SAFETY: as the caller promises.
    code_of(unsafe {
        change(revocations, subject, |list, subject| there_was(list.reinstate_subject(subject)))
    })
}

fn there_was(one: bool) -> Result<(), Error> {
    if one { Ok(()) } else { Err(Error::MissingMember) }
}

/// Makes room: forgets the names whose tokens have certainly expired.
///
/// # Safety
/// `revocations` leads to a list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_revocations_forget_expired(
    revocations: *mut ejwt_revocations,
    now: ejwt_time,
) -> ejwt_code {
    // SAFETY: as the caller promises.
    let list = unsafe { get_mut(revocations) };
    code_of(list.and_then(|list| {
        list.names.forget_expired(now.read()?);
        Ok(())
    }))
}

/// The number of revoked names, or 0 if there is no list.
///
/// # Safety
/// `revocations` leads to a list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_revocations_length(revocations: *const ejwt_revocations) -> usize {
    // SAFETY: as the caller promises.
    unsafe { get(revocations) }.map_or(0, |list| list.names.len())
}

/// The most bytes that `ejwt_revocations_save` writes.
pub const EJWT_REVOCATIONS_SAVED_SIZE: usize = 18 + 32 * EJWT_REVOCATIONS_CAPACITY;

const _: () = assert!(EJWT_REVOCATIONS_SAVED_SIZE == Names::MAX_SAVED_LENGTH);
const _: () =
    assert!(EJWT_REVOCATIONS_SAVED_SIZE <= 0xffff, "the list has too many names to be saved");

/// Saves the list to the start of `memory`. `length` gets the number of bytes written, or with
/// `EJWT_BUFFER_TOO_SMALL` the number needed.
///
/// # Safety
/// `revocations` leads to a list, `memory` to `size` bytes, `length` to a number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_revocations_save(
    revocations: *const ejwt_revocations,
    memory: *mut c_void,
    size: usize,
    length: *mut usize,
) -> ejwt_code {
    // SAFETY: as the caller promises.
    code_of(unsafe {
        save(revocations, |list, memory| list.names.save(memory), memory, size, length)
    })
}

/// Replaces all revocations by those that were saved. If they can't be restored, the list stays as
/// it is.
///
/// # Safety
/// `revocations` leads to a list, `saved` to so many bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_revocations_restore(
    revocations: *mut ejwt_revocations,
    saved: *const c_void,
    saved_length: usize,
) -> ejwt_code {
    // SAFETY: as the caller promises.
    code_of(unsafe {
        restore(revocations, |list, saved| list.names.restore(saved), saved, saved_length)
    })
}

/// The size of a time floor in words of `EJWT_WORD_SIZE` bytes.
#[cfg(target_pointer_width = "64")]
pub const EJWT_TIME_FLOOR_WORDS: usize = 2;
/// The size of a time floor in words of `EJWT_WORD_SIZE` bytes.
#[cfg(not(target_pointer_width = "64"))]
pub const EJWT_TIME_FLOOR_WORDS: usize = 3;
/// The size of a time floor in bytes.
pub const EJWT_TIME_FLOOR_SIZE: usize = EJWT_WORD_SIZE * EJWT_TIME_FLOOR_WORDS;

/// The latest time known to have passed, for devices whose clock may be reset. Made by
/// `ejwt_time_floor_init`.
#[repr(C)]
pub struct ejwt_time_floor {
    /// Not for the program.
    opaque: [ejwt_word; EJWT_TIME_FLOOR_WORDS],
}

// SAFETY: it is plain memory.
unsafe impl Opaque for ejwt_time_floor {
    type Object = TimeFloor;
    const TAG: u32 = 0x656a_6631;
}

/// Makes a floor at the build time, in seconds since 1970. One token raises it by at most
/// `maximum_step` seconds: the longest time that the device may go without any token, such as a
/// year.
///
/// # Safety
/// `floor` leads to a floor's memory.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_time_floor_init(
    floor: *mut ejwt_time_floor,
    build_time: u64,
    maximum_step: u32,
) -> ejwt_code {
    // SAFETY: as the caller promises.
    code_of(unsafe { put(floor, TimeFloor::new(build_time, maximum_step)) })
}

/// The time for a verification: what the clock says, where that does not contradict the floor. A
/// clock that is behind the floor lies. If the call fails, `time` is not known; if a pointer is
/// wrong, it is not touched.
///
/// # Safety
/// `floor` leads to a floor, `time` to a time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_time_floor_with_clock(
    floor: *const ejwt_time_floor,
    clock: ejwt_time,
    time: *mut ejwt_time,
) -> ejwt_code {
    // SAFETY: as the caller promises.
    code_of(unsafe {
        check_arguments(&[Span::of(time)], &[Span::of(floor)]).and_then(|()| {
            aligned(floor)?;
            let time = plain_mut(time)?;
            *time = ejwt_time { seconds: 0, knowledge: 0 };
            *time = ejwt_time::write(get(floor)?.with_clock(clock.read()?));
            Ok(())
        })
    })
}

/// Raises the floor to a verified token's `iat`, or to its `nbf` if it has no `iat`. `rose` may be
/// null; it tells whether the floor rose, and should be saved.
///
/// # Safety
/// `floor` leads to a floor, `token` to a token, `rose` to a `bool`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_time_floor_raise(
    floor: *mut ejwt_time_floor,
    token: *const ejwt_token,
    rose: *mut bool,
) -> ejwt_code {
    // SAFETY: as the caller promises.
    code_of(unsafe {
        reading(token, &[Span::of(floor), Span::of_any(rose)]).and_then(|token| {
            let did_rise = get_mut(floor)?.raise(token.token()?);
            if !rose.is_null() {
                rose.write(did_rise);
            }
            Ok(())
        })
    })
}

/// The length of a saved time floor in bytes.
pub const EJWT_TIME_FLOOR_SAVED_SIZE: usize = 18;

const _: () = assert!(EJWT_TIME_FLOOR_SAVED_SIZE == TimeFloor::SAVED_LENGTH);

/// Saves the floor to the start of `memory`. `length` gets the number of bytes written, or with
/// `EJWT_BUFFER_TOO_SMALL` the number needed.
///
/// # Safety
/// `floor` leads to a floor, `memory` to `size` bytes, `length` to a number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_time_floor_save(
    floor: *const ejwt_time_floor,
    memory: *mut c_void,
    size: usize,
    length: *mut usize,
) -> ejwt_code {
    let write = |floor: &TimeFloor, memory: &mut [u8]| -> Result<(), Error> {
        let saved = floor.to_bytes();
        let needed = Error::BufferTooSmall { needed: TimeFloor::SAVED_LENGTH as u16 };
        memory.first_chunk_mut().map(|place| *place = saved).ok_or(needed)
    };
    // SAFETY: as the caller promises.
    code_of(unsafe {
        save(
            floor,
            |floor, memory| {
                write(floor, memory)?;
                Ok(memory.get(..TimeFloor::SAVED_LENGTH).unwrap_or_default())
            },
            memory,
            size,
            length,
        )
    })
}

/// Raises the floor to a saved one. If that can't be restored, the floor stays as it is.
///
/// # Safety
/// `floor` leads to a floor, `saved` to so many bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_time_floor_restore(
    floor: *mut ejwt_time_floor,
    saved: *const c_void,
    saved_length: usize,
) -> ejwt_code {
    // SAFETY: as the caller promises.
    code_of(unsafe { restore(floor, TimeFloor::restore, saved, saved_length) })
}
