//! Verifies a whole token.

use core::ffi::c_void;

use embedded_jwt::{Check, Keys, Mac, Policy, Replay, Time, Verifier};

#[cfg(feature = "state")]
use crate::check::{Checks, ejwt_checks};
use crate::error::{EJWT_OK, Refusal, ejwt_code};
use crate::key::ejwt_key;
use crate::memory::{Span, aligned, bytes, bytes_mut, get, put};
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
/// was written to `buffer` is wiped.
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
    let keys = Span::of(key);
    let given = Given { keys, policy, token, token_length, now, buffer, buffer_size, verified };
    // SAFETY: as the caller promises.
    unsafe { given.verify(|whole| whole.verify(get(key)?, &(), &mut ())) }
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
    let keys = Span::of(key);
    let given = Given { keys, policy, token, token_length, now, buffer, buffer_size, verified };
    // SAFETY: as the caller promises.
    unsafe { given.verify_with(get(key), checks) }
}

/// The arguments of a verification.
pub(crate) struct Given {
    /// Where the key is, or the set.
    pub(crate) keys: Span,
    pub(crate) policy: *const ejwt_policy,
    pub(crate) token: *const c_void,
    pub(crate) token_length: usize,
    pub(crate) now: ejwt_time,
    pub(crate) buffer: *mut c_void,
    pub(crate) buffer_size: usize,
    pub(crate) verified: *mut ejwt_token,
}

/// The same, checked.
pub(crate) struct Whole<'w> {
    policy: Policy<'w>,
    token: &'w [u8],
    time: Time,
    buffer: &'static mut [u8],
}

impl Whole<'_> {
    pub(crate) fn verify<K: Keys<Key: Mac>>(
        self,
        keys: K,
        check: &impl Check,
        replay: &mut impl Replay,
    ) -> Result<Verified, Refusal> {
        let Self { policy, token, time, buffer } = self;
        let verifier = Verifier::new(keys, policy);
        Ok(Verified::Token(verifier.verify_with(token, time, check, replay, buffer)?))
    }
}

impl Given {
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
        // SAFETY: as the caller promises.
        unsafe {
            self.verify(|whole| {
                let mut checks = Checks::read(checks)?;
                let buffer = Span::new(self.buffer, self.buffer_size)?;
                checks.are_apart_from(buffer, Span::of(self.verified))?;
                let (check, replay) = checks.parts();
                whole.verify(keys?, check, replay)
            })
        }
    }

    /// # Safety
    /// The arguments are what `ejwt_verify` asks for.
    pub(crate) unsafe fn verify(
        &self,
        verify: impl FnOnce(Whole<'_>) -> Result<Verified, Refusal>,
    ) -> ejwt_code {
        let are_apart = || {
            let token = Span::new(self.token, self.token_length)?;
            let buffer = Span::new(self.buffer, self.buffer_size)?;
            let verified = Span::of(self.verified);
            let policy = Span::of(self.policy);
            for read in [token, self.keys, policy] {
                buffer.is_apart_from(read)?;
                verified.is_apart_from(read)?;
            }
            verified.is_apart_from(buffer)
        };
        // SAFETY: as the caller promises.
        let run = || unsafe {
            let mut listed = [""; _];
            let whole = Whole {
                policy: ejwt_policy::read(self.policy, &mut listed)?,
                token: bytes(self.token, self.token_length)?,
                time: self.now.read()?,
                buffer: bytes_mut(self.buffer, self.buffer_size)?,
            };
            verify(whole)
        };
        // SAFETY: as the caller promises.
        unsafe { answer(self.verified, are_apart, run) }
    }
}

/// Makes a proof in memory of the caller, or says why not.
///
/// `is_well_called` looks at the arguments only: if they are wrong, nothing is touched. Otherwise the
/// memory is cleared before `run`, so that it never holds the proof of another token.
///
/// # Safety
/// `verified` is null or leads to a token's memory.
pub(crate) unsafe fn answer(
    verified: *mut ejwt_token,
    is_well_called: impl FnOnce() -> Result<(), Refusal>,
    run: impl FnOnce() -> Result<Verified, Refusal>,
) -> ejwt_code {
    if let Err(refusal) = aligned(verified).and_then(|()| is_well_called()) {
        return refusal.code();
    }
    // SAFETY: it is aligned, and the caller promises the rest.
    unsafe { verified.write(ejwt_token::EMPTY) };
    match run() {
        // SAFETY: as above.
        Ok(token) => match unsafe { put(verified, token) } {
            Ok(()) => EJWT_OK,
            Err(refusal) => refusal.code(),
        },
        Err(refusal) => {
            // SAFETY: as above.
            unsafe { (*verified).detail = refusal.detail() };
            refusal.code()
        }
    }
}
