//! A key whose kind is known at run time only, with the functions of its kind beside it.
//!
//! The functions are put there by the call that makes the key, so that a program links only the
//! algorithms whose keys it makes.

use core::mem::MaybeUninit;
use core::slice;

use embedded_jwt::{Algorithm, AnyAlgorithm, Error, Hs512, Key, Mac, StreamingMac, Tag};
use zeroize::{Zeroize, zeroize_stack};

use crate::memory::{EJWT_WORD_SIZE, ejwt_word};

/// The longest MAC.
pub(crate) type LongestTag = [u8; 64];

/// Room for a key of any algorithm, or for an engine.
#[repr(C)]
pub(crate) struct KeyState([MaybeUninit<ejwt_word>; 160 / EJWT_WORD_SIZE]);

/// Room for a MAC under way. Wiped when it is dropped.
#[repr(C)]
pub(crate) struct RunningState([MaybeUninit<ejwt_word>; 288 / EJWT_WORD_SIZE]);

/// Other work to do while a MAC is computed.
pub(crate) type Meanwhile<'m> = &'m mut dyn FnMut() -> Result<bool, Error>;

/// What a key of one kind does. Each function gets a state of that kind.
pub(crate) struct Functions {
    pub(crate) mac:
        unsafe fn(&KeyState, &[u8], Meanwhile<'_>, &mut LongestTag) -> Result<(), Error>,
    pub(crate) begin: unsafe fn(&KeyState, &mut RunningState) -> Result<(), Error>,
    pub(crate) update: unsafe fn(&KeyState, &mut RunningState, &[u8]) -> Result<(), Error>,
    pub(crate) finish:
        unsafe fn(&KeyState, &mut RunningState, &mut LongestTag) -> Result<(), Error>,
    /// Overwrites what the others leave on the stack.
    pub(crate) wipe: fn(),
}

/// A key of any kind.
#[repr(C)]
pub(crate) struct AnyKey {
    functions: &'static Functions,
    algorithm: AnyAlgorithm,
    state: KeyState,
}

impl AnyKey {
    /// A key of this kind with this state.
    ///
    /// # Safety
    /// The functions are for such a state.
    pub(crate) const unsafe fn new<S>(
        functions: &'static Functions,
        algorithm: AnyAlgorithm,
        state: S,
    ) -> Self {
        const {
            assert!(size_of::<S>() <= size_of::<KeyState>());
            assert!(align_of::<S>() <= align_of::<KeyState>());
        }
        // Not what was on the stack, which may have been another key.
        let mut place = KeyState([MaybeUninit::new(ejwt_word::ZERO); _]);
        // SAFETY: it is large enough, and aligned.
        unsafe { (&raw mut place).cast::<S>().write(state) };
        Self { functions, algorithm, state: place }
    }
}

impl<A: Algorithm> From<Key<A>> for AnyKey {
    fn from(key: Key<A>) -> Self {
        // SAFETY: the functions are for this key.
        unsafe { Self::new(Software::<A>::FUNCTIONS, A::VALUE, key) }
    }
}

/// Overwrites a state with zeros.
fn wipe_words(words: &mut [MaybeUninit<ejwt_word>]) {
    // SAFETY: any memory is bytes.
    unsafe { slice::from_raw_parts_mut(words.as_mut_ptr().cast::<u8>(), size_of_val(words)) }
        .zeroize();
}

impl KeyState {
    /// # Safety
    /// The state holds this.
    pub(crate) unsafe fn get<S>(&self) -> &S {
        // SAFETY: as the caller promises.
        unsafe { &*(&raw const *self).cast::<S>() }
    }
}

impl RunningState {
    pub(crate) const fn new() -> Self {
        Self([MaybeUninit::uninit(); _])
    }

    /// # Safety
    /// The state holds this.
    pub(crate) unsafe fn get<S>(&mut self) -> &mut S {
        // SAFETY: as the caller promises.
        unsafe { &mut *(&raw mut *self).cast::<S>() }
    }

    pub(crate) fn put<S>(&mut self, running: S) {
        const {
            assert!(size_of::<S>() <= size_of::<RunningState>());
            assert!(align_of::<S>() <= align_of::<RunningState>());
        }
        // SAFETY: it is large enough, and aligned.
        unsafe { (&raw mut *self).cast::<S>().write(running) };
    }
}

/// Wipes a key that is taken out of a set.
impl Drop for AnyKey {
    fn drop(&mut self) {
        wipe_words(&mut self.state.0);
    }
}

impl AnyKey {
    /// Not inlined, so that all that it leaves on the stack is below its caller's frame.
    #[inline(never)]
    fn write_mac(&self, message: &[u8], tag: &mut LongestTag) -> Result<(), Error> {
        self.mac_while(message, || Ok(false), tag)
    }
}

impl Mac for AnyKey {
    type Algorithm = Hs512;

    const ALGORITHMS: &'static [AnyAlgorithm] =
        &[AnyAlgorithm::Hs256, AnyAlgorithm::Hs384, AnyAlgorithm::Hs512];

    fn algorithm(&self) -> AnyAlgorithm {
        self.algorithm
    }

    fn mac(&self, message: &[u8]) -> Result<Tag<Self>, Error> {
        let mut tag = Hs512::ZERO_TAG;
        let outcome = self.write_mac(message, &mut tag);
        self.wipe_after_mac();
        outcome.map(|()| tag)
    }

    fn mac_while(
        &self,
        message: &[u8],
        mut meanwhile: impl FnMut() -> Result<bool, Error>,
        tag: &mut Tag<Self>,
    ) -> Result<(), Error> {
        // SAFETY: the functions are for this state.
        unsafe { (self.functions.mac)(&self.state, message, &mut meanwhile, tag) }
    }

    fn wipe_after_mac(&self) {
        (self.functions.wipe)();
    }
}

impl Drop for RunningState {
    fn drop(&mut self) {
        wipe_words(&mut self.0);
    }
}

impl StreamingMac for AnyKey {
    type Running = RunningState;

    fn begin(&self) -> Result<RunningState, Error> {
        let mut running = RunningState::new();
        // SAFETY: the functions are for this state, as in the others.
        unsafe { (self.functions.begin)(&self.state, &mut running) }?;
        Ok(running)
    }

    fn update(&self, running: &mut RunningState, piece: &[u8]) -> Result<(), Error> {
        // SAFETY: as in `begin`, which made the running state.
        unsafe { (self.functions.update)(&self.state, running, piece) }
    }

    fn finish(&self, running: &mut RunningState) -> Result<Tag<Self>, Error> {
        let mut tag = Hs512::ZERO_TAG;
        // SAFETY: as in `begin`, which made the running state.
        unsafe { (self.functions.finish)(&self.state, running, &mut tag) }?;
        Ok(tag)
    }
}

/// Overwrites the stack below the caller's frame, as far as a MAC reaches and the function of
/// [`Functions`] that computes it. Enough for an engine too, which has its own stack to care for.
pub(crate) fn wipe_after_mac<A: Algorithm>() {
    match (A::VALUE, cfg!(target_os = "none")) {
        (AnyAlgorithm::Hs256, true) => {
            zeroize_stack::<{ if cfg!(deep_stack) { 2048 } else { 768 } }>();
        }
        (AnyAlgorithm::Hs256, false) => zeroize_stack::<2048>(),
        (_, true) => zeroize_stack::<1920>(),
        (_, false) => zeroize_stack::<4096>(),
    }
}

/// The functions of a key in software.
struct Software<A>(A);

impl<A: Algorithm> Software<A> {
    const FUNCTIONS: &'static Functions = &Functions {
        mac: Self::mac,
        begin: Self::begin,
        update: Self::update,
        finish: Self::finish,
        wipe: wipe_after_mac::<A>,
    };

    /// # Safety
    /// The state holds such a key.
    unsafe fn mac(
        state: &KeyState,
        message: &[u8],
        meanwhile: Meanwhile<'_>,
        tag: &mut LongestTag,
    ) -> Result<(), Error> {
        // SAFETY: as the caller promises.
        let key = unsafe { state.get::<Key<A>>() };
        let mut own = A::ZERO_TAG;
        key.mac_while(message, meanwhile, &mut own)?;
        copy_tag(own.as_ref(), tag);
        Ok(())
    }

    /// # Safety
    /// The state holds such a key.
    unsafe fn begin(state: &KeyState, running: &mut RunningState) -> Result<(), Error> {
        // SAFETY: as the caller promises.
        let key = unsafe { state.get::<Key<A>>() };
        running.put(key.begin()?);
        Ok(())
    }

    /// # Safety
    /// The states hold such a key, and what its `begin` put there.
    unsafe fn update(
        state: &KeyState,
        running: &mut RunningState,
        piece: &[u8],
    ) -> Result<(), Error> {
        // SAFETY: as the caller promises.
        let (key, running) = unsafe { (state.get::<Key<A>>(), running.get()) };
        key.update(running, piece)
    }

    /// # Safety
    /// The states hold such a key, and what its `begin` put there.
    unsafe fn finish(
        state: &KeyState,
        running: &mut RunningState,
        tag: &mut LongestTag,
    ) -> Result<(), Error> {
        // SAFETY: as the caller promises.
        let (key, running) = unsafe { (state.get::<Key<A>>(), running.get()) };
        copy_tag(key.finish(running)?.as_ref(), tag);
        Ok(())
    }
}

/// Copies a MAC to the start of the longest.
fn copy_tag(own: &[u8], tag: &mut LongestTag) {
    for (place, byte) in tag.iter_mut().zip(own) {
        *place = *byte;
    }
}
