//! Verifies a whole token.

use core::ffi::c_void;

use embedded_jwt::{Check, Keys, Mac, Replay, Time, Verifier};

#[cfg(feature = "state")]
use crate::check::{Checks, ejwt_checks, places};
use crate::error::{EJWT_OK, Refusal, ejwt_code};
use crate::key::ejwt_key;
use crate::memory::{Span, aligned, check_arguments, forget, get, put};
use crate::policy::ejwt_policy;
use crate::time::ejwt_time;
use crate::token::{Verified, ejwt_token};

/// Verifies a token in compact serialization with one key, under a policy.
///
/// Header and claims are decoded into `buffer`, which needs three quarters of the token's length.
/// It must not overlap the token. `verified` is the proof, and is read by `ejwt_claim_string` and
/// its like.
///
/// Returns `EJWT_OK`, or the first rule that the token breaks. Then `verified` is no token, and
/// what was written to `buffer` is wiped. Codes from 256 on say that the call itself is wrong. Then
/// `buffer` is untouched, and `verified` may still be an earlier token.
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
    let written = [buffer, Span::of(verified)];
    let read = [token, Span::of(key), Span::of(policy)];
    // SAFETY: they are checked, and the caller promises the rest.
    unsafe {
        answer(verified, check_arguments(&written, &read), || {
            let mut listed = [""; _];
            let key = get(key)?;
            // With `?`, the compiler copies the policy once more: 36 bytes of flash on a Cortex-M0.
            let verifier = match ejwt_policy::read(policy, &mut listed, &written) {
                Ok(policy) => Verifier::new(key, policy),
                Err(refusal) => return Err(refusal),
            };
            let time = now.read()?;
            verify(&verifier, token.bytes(), time, &(), &mut (), buffer.bytes_mut())
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
    // SAFETY: as the caller promises.
    unsafe {
        Given { keys: get(key), place_of_keys: Span::of(key), policy, token, now, checks, buffer }
            .verify(verified)
    }
}

/// The arguments of a verification with checks.
#[cfg(feature = "state")]
pub(crate) struct Given<K> {
    /// A key, or a set.
    pub(crate) keys: Result<K, Refusal>,
    pub(crate) place_of_keys: Span,
    pub(crate) policy: *const ejwt_policy,
    pub(crate) token: Span,
    pub(crate) now: ejwt_time,
    pub(crate) checks: *const ejwt_checks,
    pub(crate) buffer: Span,
}

#[cfg(feature = "state")]
impl<K: Keys<Key: Mac>> Given<K> {
    /// # Safety
    /// The arguments are what `ejwt_verify_with` asks for.
    pub(crate) unsafe fn verify(self, verified: *mut ejwt_token) -> ejwt_code {
        let Self { keys, place_of_keys, policy, token, now, checks, buffer } = self;
        // SAFETY: they are checked, and the caller promises the rest.
        unsafe {
            let [guard, list] = places(checks);
            let written = [buffer, Span::of(verified), guard];
            let read = [token, place_of_keys, Span::of(policy), Span::of_any(checks), list];
            answer(verified, check_arguments(&written, &read), || {
                let mut listed = [""; _];
                let policy = ejwt_policy::read(policy, &mut listed, &written)?;
                let verifier = Verifier::new(keys?, policy);
                let mut checks = Checks::read(checks)?;
                let (check, replay) = checks.parts();
                verify(&verifier, token.bytes(), now.read()?, check, replay, buffer.bytes_mut())
            })
        }
    }
}

/// Not inlined: what comes after so many checks is rare in the compiler's eyes, and then it does
/// not inline what is called nowhere else.
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
/// If the arguments are not `well_called`, nothing is touched. Otherwise the memory then holds the
/// new proof or none, never that of another token.
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
    let refusal = run().and_then(|token| unsafe { put(verified, token) }).err();
    if refusal.is_some() {
        // SAFETY: as above.
        unsafe { forget(verified) };
    }
    let (code, detail) = refusal.map_or((EJWT_OK, 0), |refusal| (refusal.code(), refusal.detail()));
    // SAFETY: as above.
    unsafe { (*verified).detail = detail };
    code
}
