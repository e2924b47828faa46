//! What comes in pieces: tokens, and detached payloads to verify and to sign.
//!
//! One C type for all of them: an object knows its own functions, put there by the call that begins
//! it, so that a program links only the kinds that it begins.

use core::cell::UnsafeCell;
use core::ffi::c_void;
use core::mem::MaybeUninit;

use embedded_jwt::{Error, Keys, StreamingMac, StreamingVerifier, Time, Token, Verifier};

use crate::check::{Checks, ejwt_checks, places};
use crate::error::{EJWT_ENDED, EJWT_MOVED, EJWT_NOT_INITIALIZED, Refusal, code_of, ejwt_code};
use crate::key::ejwt_key;
#[cfg(feature = "key-set")]
use crate::key_set::ejwt_key_set;
#[cfg(feature = "sign")]
use crate::memory::plain_mut;
use crate::memory::{EJWT_WORD_SIZE, Span, aligned, check_arguments, ejwt_word, get, wipe};
use crate::policy::{Listed, ejwt_policy};
use crate::time::ejwt_time;
use crate::token::{Verified, ejwt_token};
use crate::verify::answer;

/// The size of a stream in words of `EJWT_WORD_SIZE` bytes.
#[cfg(target_pointer_width = "64")]
pub const EJWT_STREAM_WORDS: usize = 66;
/// The size of a stream in words of `EJWT_WORD_SIZE` bytes.
#[cfg(not(target_pointer_width = "64"))]
pub const EJWT_STREAM_WORDS: usize = 92;
/// The size of a stream in bytes.
pub const EJWT_STREAM_SIZE: usize = EJWT_WORD_SIZE * EJWT_STREAM_WORDS;

/// A token that is verified while it arrives, or a detached payload that is verified or signed.
/// Made by `ejwt_stream_begin` and its like. It must stay where it is until `ejwt_stream_end`, and
/// so must the key, the set, the policy and the buffer, unchanged. End it before it begins anew:
/// otherwise the start of a token may stay in the buffer.
#[repr(C)]
pub struct ejwt_stream {
    /// Not for the program.
    opaque: [ejwt_word; EJWT_STREAM_WORDS],
}

const TAG: u32 = 0x656a_7071;

/// How a stream begins.
#[repr(C)]
struct Head {
    tag: u32,
    /// What the keys began with. A program that wipes them too early is found out.
    tag_of_keys: u32,
    kept: Kept,
    /// What is behind the head. It leads to the stream itself, which therefore can't be moved.
    machine: *mut dyn Machine,
}

/// Where the caller's memory is that a stream keeps using.
#[derive(Clone, Copy)]
pub(crate) struct Kept {
    pub(crate) buffer: Span,
    pub(crate) keys: Span,
}

/// What takes pieces. Its parts lead to each other, so nothing has it for itself: what changes is
/// in an `UnsafeCell`.
pub(crate) trait Machine {
    fn push(&self, piece: &[u8]) -> Result<(), Error>;

    fn is_refused(&self) -> bool {
        false
    }

    /// Ends what came, and returns the proof that it holds.
    fn finish(&self, time: Time, checks: &mut Checks<'_>) -> Result<Verified, Refusal>;

    /// Ends what came, and returns the token that was made.
    fn finish_signing(&self) -> Result<&'static [u8], Refusal> {
        Err(EJWT_NOT_INITIALIZED.into())
    }

    /// Gives up what came.
    fn reset(&self) -> Result<(), Refusal>;
}

/// Where the machine begins in a stream.
const OFFSET: usize = size_of::<Head>().next_multiple_of(align_of::<ejwt_stream>());

/// Begins a stream that keeps using this memory. `start` builds the machine at its place.
///
/// # Safety
/// `stream` is null or leads to a stream's memory. If `start` succeeds, it has built the machine.
pub(crate) unsafe fn begin<M: Machine + 'static>(
    stream: *mut ejwt_stream,
    kept: Kept,
    start: impl FnOnce(*mut M) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    const {
        assert!(OFFSET + size_of::<M>() <= EJWT_STREAM_SIZE);
        assert!(align_of::<M>() <= align_of::<ejwt_stream>());
    }
    aligned(stream)?;
    // SAFETY: it is aligned, and the caller promises the rest.
    unsafe { wipe(stream) };
    // SAFETY: the machine fits into the stream.
    let machine = unsafe { stream.cast::<u8>().add(OFFSET).cast::<M>() };
    if let Err(refusal) = start(machine) {
        // SAFETY: as above.
        unsafe { wipe(stream) };
        return Err(refusal);
    }
    // SAFETY: the keys are there, and the head fits before the machine.
    unsafe {
        let head = Head { tag: TAG, tag_of_keys: kept.keys.tag(), kept, machine };
        stream.cast::<Head>().write(head);
    }
    Ok(())
}

/// The machine of a stream.
///
/// # Safety
/// `stream` is null or leads to a stream's memory, which nobody else uses as long as the result
/// lives.
unsafe fn machine<'m>(stream: *const ejwt_stream) -> Result<&'m dyn Machine, Refusal> {
    // SAFETY: as the caller promises.
    let head = unsafe { head(stream) }?;
    // SAFETY: the keys stay where they are, as the header says.
    if unsafe { head.kept.keys.tag() } != head.tag_of_keys {
        return Err(EJWT_NOT_INITIALIZED.into());
    }
    // SAFETY: the machine is where it was built.
    Ok(unsafe { &*head.machine })
}

/// The head of a stream that is where it was begun.
///
/// # Safety
/// `stream` is null or leads to a stream's memory.
unsafe fn head<'h>(stream: *const ejwt_stream) -> Result<&'h Head, Refusal> {
    aligned(stream)?;
    let head = stream.cast::<Head>();
    // SAFETY: it is aligned, and any bytes are a number.
    if unsafe { (&raw const (*head).tag).read() } != TAG {
        return Err(EJWT_NOT_INITIALIZED.into());
    }
    // SAFETY: the tag says that the head is there.
    let head = unsafe { &*head };
    if head.machine.addr() == stream.addr() + OFFSET { Ok(head) } else { Err(EJWT_MOVED.into()) }
}

/// What a stream keeps using, if there is one.
///
/// # Safety
/// `stream` is null or leads to a stream's memory.
unsafe fn kept(stream: *const ejwt_stream) -> Kept {
    let nothing = Kept { buffer: Span::NONE, keys: Span::NONE };
    // SAFETY: as the caller promises.
    unsafe { head(stream) }.map_or(nothing, |head| head.kept)
}

/// A verifier of the library that takes pieces.
pub(crate) trait Streaming {
    fn push(&mut self, piece: &[u8]) -> Result<(), Error>;
    fn is_refused(&self) -> bool;
    fn finish(&mut self, time: Time, checks: &mut Checks<'_>) -> Result<Verified, Refusal>;
    fn reset(&mut self);
}

impl<K: Keys<Key: StreamingMac>> Streaming for StreamingVerifier<'static, 'static, K> {
    fn push(&mut self, piece: &[u8]) -> Result<(), Error> {
        self.push(piece)
    }

    fn is_refused(&self) -> bool {
        self.is_refused()
    }

    fn finish(&mut self, time: Time, checks: &mut Checks<'_>) -> Result<Verified, Refusal> {
        let (check, replay) = checks.parts();
        let token = self.finish_with(time, check, replay)?;
        // SAFETY: the token is in the caller's buffer, and the header says how long it stays there.
        Ok(Verified::Token(unsafe { core::mem::transmute::<Token<'_>, Token<'static>>(token) }))
    }

    fn reset(&mut self) {
        self.reset();
    }
}

/// A token that is verified while it arrives: `V` is a verifier, and `S` what it streams to.
pub(crate) struct TokenStream<V, S> {
    listed: UnsafeCell<Listed<'static>>,
    verifier: MaybeUninit<V>,
    streaming: UnsafeCell<MaybeUninit<S>>,
}

impl<V: 'static, S: Streaming> TokenStream<V, S> {
    /// Builds a stream at its place, whose parts lead to each other. `verifier` may keep texts in
    /// the list.
    ///
    /// # Safety
    /// `place` leads to memory for it, and what the verifier leads to lives as long as the stream.
    pub(crate) unsafe fn start(
        place: *mut Self,
        verifier: impl FnOnce(&'static mut Listed<'static>) -> Result<V, Refusal>,
        stream: impl FnOnce(&'static V) -> S,
    ) -> Result<(), Refusal> {
        // SAFETY: the place is there, and each part is built before one that leads to it.
        unsafe {
            let listed = (&raw mut (*place).listed).cast::<Listed<'static>>();
            listed.write([""; _]);
            let place_of_verifier = (&raw mut (*place).verifier).cast::<V>();
            place_of_verifier.write(verifier(&mut *listed)?);
            let streaming = (&raw mut (*place).streaming).cast::<S>();
            streaming.write(stream(&*place_of_verifier));
        }
        Ok(())
    }

    #[allow(clippy::mut_from_ref, reason = "one call at a time uses a stream, as the header says")]
    fn streaming(&self) -> &mut S {
        // SAFETY: `start` has built it, and nobody else uses it.
        unsafe { (*self.streaming.get()).assume_init_mut() }
    }
}

impl<V: 'static, S: Streaming> Machine for TokenStream<V, S> {
    fn push(&self, piece: &[u8]) -> Result<(), Error> {
        self.streaming().push(piece)
    }

    fn is_refused(&self) -> bool {
        self.streaming().is_refused()
    }

    fn finish(&self, time: Time, checks: &mut Checks<'_>) -> Result<Verified, Refusal> {
        self.streaming().finish(time, checks)
    }

    fn reset(&self) -> Result<(), Refusal> {
        self.streaming().reset();
        Ok(())
    }
}

/// Wipes a token that is not finished.
impl<V, S> Drop for TokenStream<V, S> {
    fn drop(&mut self) {
        // SAFETY: `start` has built it, and nothing uses it any more.
        unsafe { self.streaming.get_mut().assume_init_drop() };
    }
}

/// Begins a stream of tokens.
///
/// # Safety
/// The pointers are null or lead to what they are for.
unsafe fn begin_tokens<K: Keys<Key: StreamingMac> + 'static>(
    stream: *mut ejwt_stream,
    (keys, place_of_keys): (Result<K, Refusal>, Span),
    policy: *const ejwt_policy,
    buffer: Span,
) -> ejwt_code {
    let written = [buffer, Span::of(stream)];
    code_of(check_arguments(&written, &[place_of_keys, Span::of(policy)]).and_then(|()| {
        let keys = keys?;
        // SAFETY: it was checked, and the caller promises the rest.
        unsafe {
            // A wrong policy is refused before anything is written.
            ejwt_policy::check(policy, &written)?;
            let kept = Kept { buffer, keys: place_of_keys };
            let buffer = buffer.bytes_mut();
            begin(stream, kept, |place| {
                let verifier = |listed: &'static mut Listed<'static>| {
                    Ok(Verifier::new(keys, ejwt_policy::read(policy, listed, &written)?))
                };
                TokenStream::start(place, verifier, |verifier| verifier.stream(buffer))
            })
        }
    }))
}

/// Begins to verify tokens that arrive in pieces, with one key, under a policy. Each is decoded
/// into `buffer`, which needs three quarters of its length; its text need not be stored.
///
/// # Safety
/// `stream` leads to a stream's memory, `key` to a key, `policy` to a policy, `buffer` to
/// `buffer_size` bytes. All of them stay until `ejwt_stream_end`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_stream_begin(
    stream: *mut ejwt_stream,
    key: *const ejwt_key,
    policy: *const ejwt_policy,
    buffer: *mut c_void,
    buffer_size: usize,
) -> ejwt_code {
    let buffer = Span::new(buffer, buffer_size);
    // SAFETY: as the caller promises.
    unsafe { begin_tokens(stream, (get(key), Span::of(key)), policy, buffer) }
}

/// Begins to verify tokens that arrive in pieces, with a key set. A header that has escapes, or
/// white space outside strings, needs its own length in `buffer` again. Don't change the set before
/// `ejwt_stream_end`; if it has to change meanwhile, use `ejwt_incoming`.
///
/// # Safety
/// As for `ejwt_stream_begin`; `set` leads to a set.
#[cfg(feature = "key-set")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_key_set_stream_begin(
    stream: *mut ejwt_stream,
    set: *const ejwt_key_set,
    policy: *const ejwt_policy,
    buffer: *mut c_void,
    buffer_size: usize,
) -> ejwt_code {
    let buffer = Span::new(buffer, buffer_size);
    // SAFETY: as the caller promises.
    unsafe { begin_tokens(stream, (get(set), Span::of(set)), policy, buffer) }
}

/// Takes the next piece, of any length. After `ejwt_stream_finish`, the next piece begins another
/// token. Returns `EJWT_TOKEN_TOO_LONG` as soon as the token is, and `EJWT_MAC_ENGINE` as soon as
/// the engine fails; all other codes come from `ejwt_stream_finish`.
///
/// # Safety
/// `stream` leads to a stream, `piece` to so many bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_stream_push(
    stream: *mut ejwt_stream,
    piece: *const c_void,
    piece_length: usize,
) -> ejwt_code {
    let piece = Span::new(piece, piece_length);
    // SAFETY: as the caller promises.
    code_of(unsafe {
        check_arguments(&[Span::of(stream), kept(stream).buffer], &[piece])
            .and_then(|()| Ok(machine(stream)?.push(piece.bytes())?))
    })
}

/// Whether the token will be refused, whatever follows. Then the sender may be cut off, and
/// `ejwt_stream_finish` says why. True if there is no stream.
///
/// # Safety
/// `stream` leads to a stream.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_stream_is_refused(stream: *const ejwt_stream) -> bool {
    // SAFETY: as the caller promises.
    unsafe { machine(stream) }.map_or(true, |machine| machine.is_refused())
}

/// Ends a token, and makes the proof that it holds, as `ejwt_verify_with` does for a whole one. It
/// stays in the buffer until the next piece or the end of the stream. `checks` may be null. For a
/// payload that is no claims set, time and checks make no difference, but have to be valid.
///
/// # Safety
/// `stream` leads to a stream, `checks` to checks and what they lead to, `verified` to a token's
/// memory.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_stream_finish(
    stream: *mut ejwt_stream,
    now: ejwt_time,
    checks: *const ejwt_checks,
    verified: *mut ejwt_token,
) -> ejwt_code {
    // SAFETY: as the caller promises.
    unsafe {
        let Kept { buffer, keys } = kept(stream);
        let [guard, list] = places(checks);
        let written = [buffer, Span::of(stream), Span::of(verified), guard];
        let read = [keys, Span::of_any(checks), list];
        answer(verified, check_arguments(&written, &read), || {
            let machine = machine(stream)?;
            machine.finish(now.read()?, &mut Checks::read(checks)?)
        })
    }
}

/// Gives up the token that has come so far, and wipes it. The next piece begins another one. A
/// detached payload can't be begun again: `EJWT_ENDED`.
///
/// # Safety
/// `stream` leads to a stream.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_stream_reset(stream: *mut ejwt_stream) -> ejwt_code {
    // SAFETY: as the caller promises.
    code_of(unsafe { machine(stream).and_then(|machine| machine.reset()) })
}

/// Ends a stream, and wipes it. What of a token is in the buffer and was not verified is wiped too.
///
/// # Safety
/// `stream` leads to a stream.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_stream_end(stream: *mut ejwt_stream) -> ejwt_code {
    // SAFETY: as the caller promises.
    let machine = unsafe { head(stream) }.map(|head| head.machine);
    code_of(machine.map(|machine| {
        // SAFETY: nothing uses the machine any more, and wiping the stream forgets it.
        unsafe {
            core::ptr::drop_in_place(machine);
            wipe(stream);
        }
    }))
}

/// What can be ended only once.
pub(crate) fn once<T>(part: &UnsafeCell<Option<T>>) -> Result<T, Refusal> {
    // SAFETY: one call at a time uses a stream, and this keeps no reference.
    unsafe { (*part.get()).take() }.ok_or(EJWT_ENDED.into())
}

/// The token that a stream has signed. `length` gets its length.
///
/// # Safety
/// As for [`machine`], and `length` is null or leads to a number.
#[cfg(feature = "sign")]
pub(crate) unsafe fn finish_signing(
    stream: *mut ejwt_stream,
    length: *mut usize,
) -> Result<(), Refusal> {
    // SAFETY: as the caller promises.
    unsafe {
        let Kept { buffer, keys } = kept(stream);
        check_arguments(&[Span::of(stream), buffer, Span::of(length)], &[keys])?;
        let length = plain_mut(length)?;
        *length = machine(stream)?.finish_signing()?.len();
    }
    Ok(())
}
