//! A MAC engine of the program, as functions: a hash peripheral, a secure element.

use core::ffi::c_void;

use embedded_jwt::{Error, Hs256};

use crate::any_key::{
    AnyKey, Functions, KeyState, LongestTag, Meanwhile, RunningState, wipe_after_mac,
};
use crate::error::{EJWT_NULL_POINTER, Refusal, code_of, ejwt_code};
use crate::key::{algorithm, ejwt_key, mac_length};
use crate::memory::{Span, aligned, check_arguments, plain, put, wipe};

/// The size of the memory that an engine has for a message that comes in pieces, in bytes.
pub const EJWT_ENGINE_RUNNING_SIZE: usize = 256;

/// A MAC engine: functions of the program. Each returns 0, or anything else if it failed, and then
/// the token is refused with `EJWT_MAC_ENGINE`. The library compares the MAC, in constant time.
///
/// Set `mac`, or `begin`, `update` and `finish`, or all four. Without `mac`, a whole message is one
/// piece. Without the others, the engine can't take tokens in pieces or detached payloads.
///
/// The place for the MAC is zero at first. If it still is when a function returns 0, the engine has
/// failed.
///
/// The functions must return, and must not use the objects of the call that called them.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ejwt_engine {
    /// `EJWT_HS256`, `EJWT_HS384` or `EJWT_HS512`.
    pub algorithm: u32,
    /// The first argument of all functions.
    pub context: *mut c_void,
    /// Computes the MAC of a whole message: 32, 48 or 64 bytes.
    pub mac: Option<
        unsafe extern "C" fn(
            context: *mut c_void,
            message: *const u8,
            length: usize,
            mac: *mut u8,
        ) -> i32,
    >,
    /// Begins a message. `running` leads to `EJWT_ENGINE_RUNNING_SIZE` bytes, aligned to 8 and all
    /// zero, for what the engine has to keep of it. They may be moved from one call to the next,
    /// and are wiped in the end, also if the message is never finished.
    pub begin: Option<unsafe extern "C" fn(context: *mut c_void, running: *mut c_void) -> i32>,
    /// Takes the next piece of the message.
    pub update: Option<
        unsafe extern "C" fn(
            context: *mut c_void,
            running: *mut c_void,
            piece: *const u8,
            length: usize,
        ) -> i32,
    >,
    /// Ends the message and writes its MAC: 32, 48 or 64 bytes.
    pub finish: Option<
        unsafe extern "C" fn(context: *mut c_void, running: *mut c_void, mac: *mut u8) -> i32,
    >,
}

/// What an engine keeps of a message.
#[repr(C, align(8))]
struct Running([u8; EJWT_ENGINE_RUNNING_SIZE]);

const FUNCTIONS: &Functions =
    &Functions { mac, begin, update, finish, wipe: wipe_after_mac::<Hs256> };

/// Makes a key of an engine, which has the secret. `engine` is copied; what its `context` leads to
/// must stay. If the key can't be made, `key` is wiped, unless `key` or `engine` is a wrong
/// pointer.
///
/// # Safety
/// `key` leads to a key's memory, `engine` to an engine, whose functions do what they should.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_key_engine(
    key: *mut ejwt_key,
    engine: *const ejwt_engine,
) -> ejwt_code {
    // SAFETY: as the caller promises.
    code_of(unsafe { make(key, engine) })
}

/// # Safety
/// As for [`ejwt_key_engine`].
unsafe fn make(key: *mut ejwt_key, engine: *const ejwt_engine) -> Result<(), Refusal> {
    aligned(key)?;
    check_arguments(&[Span::of(key)], &[Span::of(engine)])?;
    // SAFETY: as the caller promises.
    let engine = *unsafe { plain(engine) }?;
    // SAFETY: it is aligned, and the caller promises the rest.
    unsafe { wipe(key) };
    let pieces = [engine.begin.is_some(), engine.update.is_some(), engine.finish.is_some()];
    // None of the three, and then `mac`; or all of them.
    if pieces != [true; 3] && (pieces != [false; 3] || engine.mac.is_none()) {
        return Err(EJWT_NULL_POINTER.into());
    }
    let algorithm = algorithm(engine.algorithm)?;
    // SAFETY: the functions are for an engine.
    let made = unsafe { AnyKey::new(FUNCTIONS, algorithm, engine) };
    // SAFETY: as the caller promises.
    unsafe { put(key, made) }
}

fn outcome(returned: i32) -> Result<(), Error> {
    if returned == 0 { Ok(()) } else { Err(Error::MacEngine) }
}

/// What became of a MAC, whose place held zeros. An engine that writes nothing there and reports
/// success has failed: otherwise, zeros would be a good signature.
fn computed(engine: &ejwt_engine, returned: i32, tag: &LongestTag) -> Result<(), Error> {
    let length = algorithm(engine.algorithm).map_or(tag.len(), mac_length);
    let bits = tag.iter().take(length).fold(0, |bits, byte| bits | byte);
    outcome(if bits == 0 { -1 } else { returned })
}

/// # Safety
/// The state holds an engine.
unsafe fn mac(
    state: &KeyState,
    message: &[u8],
    meanwhile: Meanwhile<'_>,
    tag: &mut LongestTag,
) -> Result<(), Error> {
    while meanwhile()? {}
    // SAFETY: as the caller promises.
    let engine = unsafe { state.get::<ejwt_engine>() };
    if let Some(function) = engine.mac {
        // SAFETY: the message has this length, and the tag is as long as the longest MAC.
        let returned =
            unsafe { function(engine.context, message.as_ptr(), message.len(), tag.as_mut_ptr()) };
        return computed(engine, returned, tag);
    }
    let mut running = RunningState::new();
    // SAFETY: the state is that of an engine, and the running state what `begin` puts there.
    unsafe {
        begin(state, &mut running)?;
        update(state, &mut running, message)?;
        finish(state, &mut running, tag)
    }
}

/// # Safety
/// The state holds an engine.
unsafe fn begin(state: &KeyState, running: &mut RunningState) -> Result<(), Error> {
    // SAFETY: as the caller promises.
    let engine = unsafe { state.get::<ejwt_engine>() };
    let function = engine.begin.ok_or(Error::MacEngine)?;
    running.put(Running([0; _]));
    // SAFETY: it was put there.
    let memory = unsafe { running.get::<Running>() };
    // SAFETY: the memory is as large as the header says.
    outcome(unsafe { function(engine.context, memory.0.as_mut_ptr().cast()) })
}

/// # Safety
/// The states hold an engine, and what `begin` put there.
unsafe fn update(state: &KeyState, running: &mut RunningState, piece: &[u8]) -> Result<(), Error> {
    // SAFETY: as the caller promises.
    let (engine, memory) = unsafe { (state.get::<ejwt_engine>(), running.get::<Running>()) };
    let function = engine.update.ok_or(Error::MacEngine)?;
    // SAFETY: the memory is as large as the header says, and the piece has this length.
    outcome(unsafe {
        function(engine.context, memory.0.as_mut_ptr().cast(), piece.as_ptr(), piece.len())
    })
}

/// # Safety
/// The states hold an engine, and what `begin` put there.
unsafe fn finish(
    state: &KeyState,
    running: &mut RunningState,
    tag: &mut LongestTag,
) -> Result<(), Error> {
    // SAFETY: as the caller promises.
    let (engine, memory) = unsafe { (state.get::<ejwt_engine>(), running.get::<Running>()) };
    let function = engine.finish.ok_or(Error::MacEngine)?;
    // SAFETY: the memory is as large as the header says, and the tag as long as the longest MAC.
    let returned =
        unsafe { function(engine.context, memory.0.as_mut_ptr().cast(), tag.as_mut_ptr()) };
    computed(engine, returned, tag)
}
