//! What the application asks of an authentic token, before anything of it is remembered.

use core::fmt;

use crate::Error;
use crate::claims::{Claims, Dates, ISSUER, JWT_ID, SUBJECT};
use crate::json::{JsonString, Object};
use crate::numeric_date::NEVER;
use crate::policy::Policy;
use crate::state::fingerprint::{self, FINGERPRINT_LENGTH, SEPARATOR};
use crate::time::{Now, Time};

/// What a verification asks after the policy and before the replay guard: does the application
/// accept this token?
///
/// These implement it:
///
/// - a closure that returns a `bool`: `false` refuses the token
///   ([`Error::RefusedByApplication`]);
/// - [`Revocations`](crate::Revocations), a list of revoked tokens and subjects;
/// - a type of your own, such as a store that several processes share;
/// - two of them together, as a pair of references `(&first, &second)`, each of which may be a pair
///   again, or any number of them, as a slice of `&dyn Check`. They are asked in order;
/// - `()`, which accepts every token.
///
/// A token that is refused here is not used up: the replay guard never sees it.
///
/// ```
/// use embedded_jwt::{Error, Hs256, Key, Policy, Presented, Revocations, Time, Verifier};
///
/// let policy = Policy::builder().audience("door-7").build()?;
/// # let secret = b"32 random bytes go here, no text";
/// # let token = b"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUiLCJzdWIiOiJlcmlrYSIsImF1ZCI6ImRvb3ItNyIsImV4cCI6MTkwMDAwMDAwMCwiZG9vciI6IjdiIiwidXNlcyI6M30.cII7kdxLIcgUiuKdsQxMVU1RJKOMddhksp11I1ytEhQ";
/// # let now = Time::Known(1_800_000_000);
/// let verifier = Verifier::new(Key::<Hs256>::new(secret)?, policy);
/// let revocations: Revocations<16> = Revocations::new();
/// let is_for_7b = |token: &Presented<'_>| token.claims().get("door") == Ok("7b");
/// let checks = (&revocations, &is_for_7b);
/// let mut buffer = [0; 192];
/// assert!(verifier.verify_with(token, now, &checks, &mut (), &mut buffer).is_ok());
///
/// let is_for_8a = |token: &Presented<'_>| token.claims().get("door") == Ok("8a");
/// let refused = verifier.verify_with(token, now, &is_for_8a, &mut (), &mut buffer);
/// assert_eq!(refused.err(), Some(Error::RefusedByApplication));
/// # Ok::<(), Error>(())
/// ```
pub trait Check {
    /// Accepts or refuses an authentic token that the policy accepts.
    ///
    /// # Errors
    /// The token is refused with the error: [`Error::RefusedByApplication`] or [`Error::Revoked`]
    /// where the token is at fault, [`Error::RecordsUnavailable`] where the answer can't be found.
    /// What reading a claim returns, such as [`Error::MissingMember`], becomes
    /// `RefusedByApplication`: the token does not have what the application needs.
    fn check(&self, token: &Presented<'_>) -> Result<(), Error>;
}

/// Accepts every token.
impl Check for () {
    fn check(&self, _token: &Presented<'_>) -> Result<(), Error> {
        Ok(())
    }
}

/// Accepts the tokens for which the closure returns `true`.
impl<F: Fn(&Presented<'_>) -> bool> Check for F {
    fn check(&self, token: &Presented<'_>) -> Result<(), Error> {
        if self(token) { Ok(()) } else { Err(Error::RefusedByApplication) }
    }
}

/// Accepts the tokens that both accept.
impl<A: Check + ?Sized, B: Check + ?Sized> Check for (&A, &B) {
    fn check(&self, token: &Presented<'_>) -> Result<(), Error> {
        self.0.check(token)?;
        self.1.check(token)
    }
}

/// Accepts the tokens that all accept.
impl Check for [&dyn Check] {
    fn check(&self, token: &Presented<'_>) -> Result<(), Error> {
        self.iter().try_for_each(|check| check.check(token))
    }
}

/// An authentic token that the policy accepts, as a [`Check`] and the replay guard see it.
pub struct Presented<'t> {
    pub(crate) claims: &'t Object<'t, 't>,
    pub(crate) dates: &'t Dates,
    pub(crate) signature: &'t [u8],
    pub(crate) policy: &'t Policy<'t>,
    /// What the caller knows of the time.
    pub(crate) time: Time,
    /// The times at which the policy accepts the token.
    pub(crate) valid: Now,
}

impl<'t> Presented<'t> {
    /// The claims set.
    ///
    /// If the policy [allows mistyped
    /// claims](crate::PolicyBuilder::allow_mistyped_registered_claims), [`Claims::subject`] and
    /// [`Claims::jwt_id`] return `None` for one that is no string. So ask
    /// [`subject`](Self::subject) and [`jwt_id`](Self::jwt_id), which refuse the token then.
    #[must_use]
    pub fn claims(&self) -> Claims<'t> {
        Claims::new(self.claims.text, *self.claims.spans)
    }

    /// `sub`, if the token has one.
    ///
    /// # Errors
    /// [`Error::InvalidSubject`] if it is no string.
    pub fn subject(&self) -> Result<Option<JsonString<'t>>, Error> {
        self.claims.string(SUBJECT, Error::InvalidSubject)
    }

    /// `jti`, if the token has one.
    ///
    /// # Errors
    /// [`Error::InvalidJwtId`] if it is no string.
    pub fn jwt_id(&self) -> Result<Option<JsonString<'t>>, Error> {
        self.claims.string(JWT_ID, Error::InvalidJwtId)
    }

    /// Whether the token was issued (`iat`) before a time, in seconds since 1970.
    ///
    /// A token whose `iat` is in the future is refused: such a date would slip by any bound. If the
    /// policy [allows an uncertain time](crate::PolicyBuilder::allow_uncertain_time), that is only
    /// refused which is in the future for certain.
    ///
    /// # Errors
    /// [`Error::MissingIssuedAt`], [`Error::IssuedInFuture`], and [`Error::TimeUnknown`] if too
    /// little is known of the time to tell whether `iat` is in the future.
    pub fn is_issued_before(&self, seconds: i64) -> Result<bool, Error> {
        let issued_at = self.dates.issued_at.ok_or(Error::MissingIssuedAt)?;
        if issued_at.seconds < seconds {
            return Ok(true);
        }
        self.dates.issued_at_not_in_future(&mut self.valid.clone()).map(|_| false)
    }

    /// `exp` in whole seconds, rounded up; `i64::MAX` if it is missing or never comes.
    #[must_use]
    pub fn expiration(&self) -> i64 {
        match &self.dates.expiration {
            Some(expiration) if expiration.seconds < NEVER => expiration.rounded_up(),
            _ => i64::MAX,
        }
    }

    /// Whether a token with this expiration has certainly expired, under the policy's leeway and
    /// at any time that it may be now. Such a token need not be remembered.
    #[must_use]
    pub fn is_past(&self, expiration: i64) -> bool {
        self.policy.now(self.time).is_past(expiration)
    }

    /// What the caller knows of the time.
    #[must_use]
    pub const fn time(&self) -> Time {
        self.time
    }

    /// 16 bytes that tell this token from others: the start of the SHA-256 of its `iss` and `jti`.
    /// If `jti` is missing and the policy
    /// [allows that](crate::PolicyBuilder::allow_missing_jwt_id), the start of its MAC.
    ///
    /// The same `jti` under two issuers gives two fingerprints.
    ///
    /// # Errors
    /// [`Error::MissingJwtId`] if `jti` is missing and the policy doesn't allow that,
    /// [`Error::InvalidJwtId`] if it is no string.
    pub fn fingerprint(&self) -> Result<[u8; FINGERPRINT_LENGTH], Error> {
        match self.jwt_id()? {
            Some(jwt_id) => {
                let issuer = self.claims.named_string(ISSUER).into_iter();
                let issuer = issuer.flat_map(|issuer| issuer.bytes().chain([SEPARATOR]));
                Ok(fingerprint::of_name("token", issuer.chain(jwt_id.bytes())))
            }
            None if self.policy.allows_missing_jwt_id() => {
                Ok(fingerprint::first_bytes(self.signature))
            }
            None => Err(Error::MissingJwtId),
        }
    }
}

/// Shows nothing of the token.
impl fmt::Debug for Presented<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Presented").finish_non_exhaustive()
    }
}
