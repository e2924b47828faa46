//! What a verification asks besides the policy: a list of revocations, a function of the program, a
//! replay guard.

use core::ffi::c_void;

use embedded_jwt::{Check, Claims, Error, Presented, Replay};

use crate::error::{EJWT_OK, EJWT_RECORDS_UNAVAILABLE, EJWT_REVOKED, Refusal, ejwt_code};
use crate::memory::{Span, get, get_mut, plain, put};
use crate::state::{Guard, Revoked, ejwt_replay_guard, ejwt_revocations};
use crate::token::{Verified, ejwt_token};

/// What a verification asks last, in this order. Null asks nothing. All zeros (`EJWT_CHECKS`) ask
/// nothing at all.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ejwt_checks {
    /// Revoked tokens and subjects.
    pub revocations: *const ejwt_revocations,
    /// A function of the program, which looks at the claims of an authentic token that the policy
    /// accepts. It returns `EJWT_OK` to accept it. `EJWT_REVOKED` and `EJWT_RECORDS_UNAVAILABLE`
    /// refuse it with that code, anything else with `EJWT_REFUSED_BY_APPLICATION`. A token that is
    /// refused here is not used up. It must not use the objects of the call that called it, and the
    /// claims are gone when it returns.
    pub check:
        Option<unsafe extern "C" fn(context: *mut c_void, claims: *const ejwt_token) -> ejwt_code>,
    /// The first argument of `check`.
    pub context: *mut c_void,
    /// Accepts each token once.
    pub replay_guard: *mut ejwt_replay_guard,
}

/// The same, checked.
pub(crate) struct Checks<'c> {
    asked: Asked<'c>,
    guard: Admission<'c>,
}

/// What is asked before the replay guard.
struct Asked<'c> {
    revoked: Option<&'c Revoked>,
    given: Option<&'c ejwt_checks>,
}

/// The replay guard, if there is one.
struct Admission<'c>(Option<&'c mut Guard>);

/// Where the objects of checks are, if there are any: the replay guard, which is written, and the
/// list of revocations.
///
/// # Safety
/// `place` is null or leads to checks.
pub(crate) unsafe fn places(place: *const ejwt_checks) -> [Span; 2] {
    // SAFETY: as the caller promises.
    unsafe { plain(place) }.map_or([Span::NONE; 2], |given| {
        [Span::of_any(given.replay_guard), Span::of_any(given.revocations)]
    })
}

impl<'c> Checks<'c> {
    /// # Safety
    /// `place` is null or leads to checks, and its pointers to what they are for.
    pub(crate) unsafe fn read(place: *const ejwt_checks) -> Result<Self, Refusal> {
        let (mut asked, mut guard) = (Asked { revoked: None, given: None }, None);
        if !place.is_null() {
            // SAFETY: as the caller promises, here and below.
            let given: &ejwt_checks = unsafe { plain(place) }?;
            asked.given = Some(given);
            if !given.revocations.is_null() {
                // SAFETY: as above.
                asked.revoked = Some(unsafe { get(given.revocations) }?);
            }
            if !given.replay_guard.is_null() {
                // SAFETY: as above.
                guard = Some(unsafe { get_mut(given.replay_guard) }?);
            }
        }
        Ok(Self { asked, guard: Admission(guard) })
    }

    /// What `verify_with` of the library takes.
    pub(crate) fn parts(&mut self) -> (&impl Check, &mut impl Replay) {
        (&self.asked, &mut self.guard)
    }
}

impl Check for Asked<'_> {
    fn check(&self, token: &Presented<'_>) -> Result<(), Error> {
        if let Some(revoked) = self.revoked {
            (revoked.check)(&revoked.names, token)?;
        }
        match self.given {
            Some(&ejwt_checks { check: Some(check), context, .. }) => ask(check, context, token),
            _ => Ok(()),
        }
    }
}

/// The claims for as long as the program's function runs.
///
/// # Safety
/// The result isn't used any longer than the claims live.
unsafe fn forever(claims: Claims<'_>) -> Claims<'static> {
    // SAFETY: as the caller promises; only the lifetime differs.
    unsafe { core::mem::transmute::<Claims<'_>, Claims<'static>>(claims) }
}

/// Asks a function of the program.
fn ask(
    check: unsafe extern "C" fn(*mut c_void, *const ejwt_token) -> ejwt_code,
    context: *mut c_void,
    token: &Presented<'_>,
) -> Result<(), Error> {
    let mut claims = ejwt_token::EMPTY;
    // SAFETY: the claims live until the function returns, and it may not use them any longer.
    let code = unsafe {
        let place = &raw mut claims;
        put(place, Verified::Presented(forever(token.claims())))
            .map_err(|_| Error::RefusedByApplication)?;
        check(context, place)
    };
    match code {
        EJWT_OK => Ok(()),
        EJWT_REVOKED => Err(Error::Revoked),
        EJWT_RECORDS_UNAVAILABLE => Err(Error::RecordsUnavailable),
        _ => Err(Error::RefusedByApplication),
    }
}

impl Replay for Admission<'_> {
    fn admit(&mut self, token: &Presented<'_>) -> Result<(), Error> {
        match &mut self.0 {
            Some(guard) => (guard.admit)(&mut guard.tokens, token),
            None => Ok(()),
        }
    }
}
