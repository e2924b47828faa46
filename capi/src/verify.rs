//! Verifies a whole token.

use core::ffi::c_void;

use embedded_jwt::{Check, Keys, Mac, Replay, Time, Verifier};

#[cfg(feature = "state")]
use crate::check::{Checks, ejwt_checks, places};
use crate::error::{EJWT_OK, Refusal, ejwt_code};
use crate::key::ejwt_key;
use crate::memory::{Span, Written, aligned, check_arguments, forget, get, put};
use crate::policy::ejwt_policy;
use crate::time::ejwt_time;
use crate::token::{Verified, ejwt_token};

/// Verifies a token in compact serialization with one key, under a policy.
///
/// Header and claims are decoded into `buffer`, which needs three quarters of the token's length. It
/// must not overlap the token. `verified` is the proof, and is read by `ejwt_claim_string` and its
/// like.
///
/// Returns `EJWT_OK`, or the first rule that the token breaks. Then `verified` is no token, and what
/// was written to `buffer` is wiped. If a pointer is wrong, nothing is touched.
///
/// # Safety
/// `key` leads to a key, `policy` to a policy, `token` to `token_length` bytes, `buffer` to
/// `buffer_size` bytes, `verified` to a token's memory.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_verify(
    key: *const ejwt_key,
    policy: *const ejwt_policy,
    token: *const c_void,
    token_length: usize,
    now: ejwt_time,
    buffer: *mut c_void,
    buffer_size: usize,
    verified: *mut ejwt_token,
) -> ejwt_code {
    let (token, buffer) = (Span::new(token, token_length), Span::new(buffer, buffer_size));
    let given = Given { keys: Span::of(key), policy, token, now, buffer, verified };
    let arguments = given.arguments();
    let [written @ .., _token, _key, _policy] = &arguments;
    // SAFETY: as the caller promises.
    unsafe {
        answer(verified, check_arguments(2, &arguments), || {
            given.verify(get(key), written, &(), &mut ())
        })
    }
}

/// Verifies a token, and asks `checks` as well, which may be null. They are asked last, the replay
/// guard after all else, so that it remembers only accepted tokens.
///
/// # Safety
/// As for `ejwt_verify`; `checks` leads to checks, and its pointers to what they are for.
#[cfg(feature = "state")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_verify_with(
    key: *const ejwt_key,
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
    let given = Given { keys: Span::of(key), policy, token, now, buffer, verified };
    // SAFETY: as the caller promises.
    unsafe { given.verify_with(get(key), checks) }
}

/// The arguments of a verification.
pub(crate) struct Given {
    /// Where the key is, or the set.
    pub(crate) keys: Span,
    pub(crate) policy: *const ejwt_policy,
    pub(crate) token: Span,
    pub(crate) now: ejwt_time,
    pub(crate) buffer: Span,
    pub(crate) verified: *mut ejwt_token,
}

impl Given {
    /// All arguments. The first two are written.
    fn arguments(&self) -> [Span; 5] {
        [self.buffer, Span::of(self.verified), self.token, self.keys, Span::of(self.policy)]
    }

    /// Verifies, and asks `checks` as well.
    ///
    /// # Safety
    /// The arguments are what `ejwt_verify_with` asks for.
    #[cfg(feature = "state")]
    pub(crate) unsafe fn verify_with<K: Keys<Key: Mac>>(
        &self,
        keys: Result<K, Refusal>,
        checks: *const ejwt_checks,
    ) -> ejwt_code {
        let [buffer, verified, token, place_of_keys, policy] = self.arguments();
        // SAFETY: as the caller promises.
        unsafe {
            let places = places(checks);
            let well_called = places.and_then(|[guard, list]| {
                let (keys, checks) = (place_of_keys, Span::of_any(checks));
                check_arguments(3, &[buffer, verified, guard, token, keys, policy, checks, list])
            });
            answer(self.verified, well_called, || {
                let [guard, _] = places?;
                ejwt_policy::check(self.policy, &[guard, Span::NONE])?;
                let mut checks = Checks::read(checks)?;
                let (check, replay) = checks.parts();
                self.verify(keys, &[buffer, verified], check, replay)
            })
        }
    }

    /// # Safety
    /// The arguments are what `ejwt_verify` asks for, and were checked.
    unsafe fn verify<K: Keys<Key: Mac>>(
        &self,
        keys: Result<K, Refusal>,
        written: &Written,
        check: &impl Check,
        replay: &mut impl Replay,
    ) -> Result<Verified, Refusal> {
        let mut listed = [""; _];
        // SAFETY: as the caller promises.
        let policy = unsafe { ejwt_policy::read(self.policy, &mut listed, written) };
        let time = self.now.read()?;
        let verifier = Verifier::new(keys?, policy?);
        // SAFETY: as the caller promises.
        let (token, buffer) = unsafe { (self.token.bytes(), self.buffer.bytes_mut()) };
        verify(&verifier, token, time, check, replay, buffer)
    }
}

/// Not inlined: what comes after so many checks is rare in the compiler's eyes, and then it does not
/// inline what is called nowhere else.
#[inline(never)]
fn verify<K: Keys<Key: Mac>>(
    verifier: &Verifier<'_, K>,
    token: &[u8],
    time: Time,
    check: &impl Check,
    replay: &mut impl Replay,
    buffer: &'static mut [u8],
) -> Result<Verified, Refusal> {
    Ok(verifier.verify_with(token, time, check, replay, buffer)?.into())
}

/// Makes a proof in memory of the caller, or says why not.
///
/// If an argument is wrong, nothing is touched. Otherwise the memory then holds the new proof or none,
/// never that of another token.
///
/// # Safety
/// `verified` is null or leads to a token's memory.
pub(crate) unsafe fn answer(
    verified: *mut ejwt_token,
    well_called: Result<(), Refusal>,
    run: impl FnOnce() -> Result<Verified, Refusal>,
) -> ejwt_code {
    if let Err(refusal) = well_called.and_then(|()| aligned(verified)) {
        return refusal.code();
    }
    // SAFETY: it was checked, and the caller promises the rest.
    let outcome = run().and_then(|token| unsafe { put(verified, token) });
    let (code, detail) = match outcome {
        Ok(()) => (EJWT_OK, 0),
        Err(refusal) => {
            // SAFETY: as above.
            unsafe { forget(verified) };
            (refusal.code(), refusal.detail())
        }
    };
    // SAFETY: as above.
    unsafe { (*verified).detail = detail };
    code
}
