//! [`Policy`]: which tokens to accept, and the checks of their claims and dates against it.

use core::slice;

use crate::Error;
use crate::claims::{AUDIENCE, Dates, ISSUER, SUBJECT, audiences};
use crate::header::HeaderRules;
use crate::json::{JsonString, MAX_DEPTH, Object, equal};
use crate::time::{Now, Time};

/// The longest leeway that a policy can have, in seconds: "no more than a few minutes"
/// (RFC 7519 section 4.1.4).
pub const MAX_LEEWAY: u32 = 600;

/// What a verifier requires of a token besides a valid signature.
///
/// Build it with [`Policy::builder`]. If you know it at compile time, make it a `const`: then it
/// lives in flash, and a contradiction doesn't compile:
///
/// ```
/// use embedded_jwt::Policy;
///
/// const POLICY: Policy = match Policy::builder()
///     .issuer("https://id.example")
///     .audience("door-7")
///     .leeway(60)
///     .build()
/// {
///     Ok(policy) => policy,
///     Err(error) => panic!("{}", error.as_str()), // a compile error, never code in the image
/// };
/// ```
///
/// Size: 84 bytes on a 32-bit target, 136 bytes on a 64-bit one.
#[derive(Clone, Copy, Debug)]
pub struct Policy<'p> {
    issuer: Accepted<'p>,
    subject: Option<&'p str>,
    audience: Accepted<'p>,
    typ: Option<&'p str>,
    required_claims: &'p [&'p str],
    leeway: u32,
    maximum_age: Option<u32>,
    maximum_lifetime: Option<u32>,
    maximum_remaining_lifetime: Option<u32>,
    maximum_depth: u8,
    allow_missing_expiration: bool,
    allow_any_audience: bool,
    refuse_issued_in_future: bool,
    allow_uncertain_time: bool,
    allow_missing_jwt_id: bool,
    allow_mistyped_registered_claims: bool,
}

/// Which strings a rule accepts.
#[derive(Clone, Copy, Debug)]
enum Accepted<'p> {
    Any,
    One(&'p str),
    OneOf(&'p [&'p str]),
}

impl Accepted<'_> {
    const fn is_any(&self) -> bool {
        matches!(self, Self::Any)
    }

    fn contains(&self, string: JsonString<'_>) -> bool {
        let list = match self {
            Self::Any => &[],
            Self::One(one) => slice::from_ref(one),
            Self::OneOf(list) => *list,
        };
        list.iter().any(|one| string == *one)
    }
}

impl<'p> Policy<'p> {
    /// Starts with these defaults. Change them, then [build](PolicyBuilder::build) the policy.
    ///
    /// | rule | default | changed by |
    /// |---|---|---|
    /// | `exp` | required, and not reached | [`allow_missing_expiration`](PolicyBuilder::allow_missing_expiration) |
    /// | `nbf` | reached, if there is one | |
    /// | `iat` | a number, if there is one | [`refuse_issued_in_future`](PolicyBuilder::refuse_issued_in_future), [`maximum_age`](PolicyBuilder::maximum_age), [`maximum_lifetime`](PolicyBuilder::maximum_lifetime) |
    /// | `exp` less `iat` | any | [`maximum_lifetime`](PolicyBuilder::maximum_lifetime) |
    /// | `exp` less now | any | [`maximum_remaining_lifetime`](PolicyBuilder::maximum_remaining_lifetime) |
    /// | leeway | 0 seconds | [`leeway`](PolicyBuilder::leeway) |
    /// | `iss` | any | [`issuer`](PolicyBuilder::issuer), [`issuers`](PolicyBuilder::issuers) |
    /// | `sub` | any | [`subject`](PolicyBuilder::subject) |
    /// | `aud` | absent | [`audience`](PolicyBuilder::audience), [`audiences`](PolicyBuilder::audiences), [`allow_any_audience`](PolicyBuilder::allow_any_audience) |
    /// | `typ` | any | [`typ`](PolicyBuilder::typ) |
    /// | `jti` | may be absent, unless there is a replay guard | [`allow_missing_jwt_id`](PolicyBuilder::allow_missing_jwt_id) |
    /// | other claims | may be absent | [`required_claims`](PolicyBuilder::required_claims) |
    /// | registered claims of a wrong type, `null` | refused | [`allow_mistyped_registered_claims`](PolicyBuilder::allow_mistyped_registered_claims) |
    /// | JSON depth | 32 | [`maximum_depth`](PolicyBuilder::maximum_depth) |
    /// | the time is too uncertain | refused | [`allow_uncertain_time`](PolicyBuilder::allow_uncertain_time) |
    ///
    /// Every policy refuses `crit`.
    pub const fn builder() -> PolicyBuilder<'p> {
        PolicyBuilder {
            sets_twice: false,
            policy: Self {
                issuer: Accepted::Any,
                subject: None,
                audience: Accepted::Any,
                typ: None,
                required_claims: &[],
                leeway: 0,
                maximum_age: None,
                maximum_lifetime: None,
                maximum_remaining_lifetime: None,
                maximum_depth: MAX_DEPTH,
                allow_missing_expiration: false,
                allow_any_audience: false,
                refuse_issued_in_future: false,
                allow_uncertain_time: false,
                allow_missing_jwt_id: false,
                allow_mistyped_registered_claims: false,
            },
        }
    }

    pub(crate) const fn header_rules(&self) -> HeaderRules<'p> {
        HeaderRules { depth: self.maximum_depth, typ: self.typ }
    }

    pub(crate) const fn allows_missing_jwt_id(&self) -> bool {
        self.allow_missing_jwt_id
    }

    pub(crate) const fn allows_mistyped_registered_claims(&self) -> bool {
        self.allow_mistyped_registered_claims
    }

    pub(crate) const fn depth(&self) -> u8 {
        self.maximum_depth
    }

    /// The times that it may be now, before any rule narrows them.
    pub(crate) fn now(&self, time: Time) -> Now {
        Now::new(time, self.leeway, self.allow_uncertain_time)
    }

    /// Checks every rule for a claims set whose registered claims have the right types. Each rule
    /// narrows `now` to the times at which the token is valid.
    pub(crate) fn check(
        &self,
        claims: &Object<'_, '_>,
        dates: &Dates,
        now: &mut Now,
    ) -> Result<(), Error> {
        for (index, name) in self.required_claims.iter().enumerate() {
            // Nothing but `null` begins with this letter.
            if matches!(claims.find(name, Error::DuplicateClaim)?, None | Some([b'n', ..])) {
                return Err(Error::MissingClaim { index: index.min(0xffff) as u16 });
            }
        }
        let issuer = claims.named_string(ISSUER);
        if !self.issuer.is_any() && !self.issuer.contains(issuer.ok_or(Error::MissingIssuer)?) {
            return Err(Error::IssuerMismatch);
        }
        if let Some(expected) = self.subject {
            let subject = claims.string(SUBJECT, Error::InvalidSubject)?;
            if subject.ok_or(Error::MissingSubject)? != *expected {
                return Err(Error::SubjectMismatch);
            }
        }
        self.check_audience(claims)?;
        self.check_lifetime(dates)?;
        self.check_time(dates, now)
    }

    fn check_audience(&self, claims: &Object<'_, '_>) -> Result<(), Error> {
        match (self.audience.is_any(), claims.named(AUDIENCE)) {
            (true, None) => Ok(()),
            (true, Some(_)) if self.allow_any_audience => Ok(()),
            (true, Some(_)) => Err(Error::UnexpectedAudience),
            (false, None) => Err(Error::MissingAudience),
            (false, Some(_)) if audiences(claims).any(|name| self.audience.contains(name)) => {
                Ok(())
            }
            (false, Some(_)) => Err(Error::AudienceMismatch),
        }
    }

    /// Compares `exp` with `iat`, without leeway: both are from the issuer's clock.
    fn check_lifetime(&self, dates: &Dates) -> Result<(), Error> {
        let Some(maximum) = self.maximum_lifetime else { return Ok(()) };
        let expiration = dates.expiration.as_ref().ok_or(Error::MissingExpiration)?;
        let issued_at = dates.issued_at.as_ref().ok_or(Error::MissingIssuedAt)?;
        if expiration.is_within(maximum, issued_at) { Ok(()) } else { Err(Error::LifetimeTooLong) }
    }

    /// Checks the dates. Each rule narrows `now` to a range of times.
    fn check_time(&self, dates: &Dates, now: &mut Now) -> Result<(), Error> {
        match dates.expiration {
            Some(expiration) => {
                let expiration = expiration.rounded_up();
                now.is_until(Error::Expired, expiration - 1)?;
                if let Some(maximum) = self.maximum_remaining_lifetime {
                    now.is_from(Error::ExpiresTooLate, expiration - i64::from(maximum))?;
                }
            }
            None if self.allow_missing_expiration => {}
            None => return Err(Error::MissingExpiration),
        }
        if let Some(not_before) = dates.not_before {
            now.is_from(Error::NotYetValid, not_before.rounded_up())?;
        }
        let is_measure = self.maximum_age.is_some() || self.maximum_lifetime.is_some();
        if is_measure || (self.refuse_issued_in_future && dates.issued_at.is_some()) {
            let issued_at = dates.issued_at_not_in_future(now)?;
            if let Some(maximum) = self.maximum_age {
                now.is_until(Error::TooOld, issued_at + i64::from(maximum))?;
            }
        }
        Ok(())
    }
}

/// Changes the defaults of a [`Policy`], which [`Policy::builder`] lists.
///
/// Texts and lists can be set once; [`build`](Self::build) refuses a second one, which would not
/// add to the first. Of numbers, the last counts.
///
/// Size: 88 bytes on a 32-bit target, 144 bytes on a 64-bit one.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct PolicyBuilder<'p> {
    policy: Policy<'p>,
    sets_twice: bool,
}

impl<'p> PolicyBuilder<'p> {
    /// Notes whether a rule is set that was set before.
    const fn sets(mut self, was_set: bool) -> Self {
        self.sets_twice |= was_set;
        self
    }

    /// Accepts only this issuer: `iss` must be present and equal, byte by byte
    /// (RFC 7519 section 4.1.1).
    pub const fn issuer(self, issuer: &'p str) -> Self {
        self.accept_issuers(Accepted::One(issuer))
    }

    /// Accepts only these issuers: `iss` must be present and equal one of them, byte by byte.
    pub const fn issuers(self, issuers: &'p [&'p str]) -> Self {
        self.accept_issuers(Accepted::OneOf(issuers))
    }

    const fn accept_issuers(mut self, issuers: Accepted<'p>) -> Self {
        self = self.sets(!self.policy.issuer.is_any());
        self.policy.issuer = issuers;
        self
    }

    /// Accepts only this subject: `sub` must be present and equal, byte by byte
    /// (RFC 7519 section 4.1.2).
    pub const fn subject(mut self, subject: &'p str) -> Self {
        self = self.sets(self.policy.subject.is_some());
        self.policy.subject = Some(subject);
        self
    }

    /// Accepts only tokens for this audience: `aud` must be present, and equal it or contain it,
    /// byte by byte (RFC 7519 section 4.1.3).
    pub const fn audience(self, audience: &'p str) -> Self {
        self.accept_audiences(Accepted::One(audience))
    }

    /// Accepts only tokens for at least one of these audiences: `aud` must be present, and equal or
    /// contain one of them, byte by byte.
    pub const fn audiences(self, audiences: &'p [&'p str]) -> Self {
        self.accept_audiences(Accepted::OneOf(audiences))
    }

    const fn accept_audiences(mut self, audiences: Accepted<'p>) -> Self {
        self = self.sets(!self.policy.audience.is_any());
        self.policy.audience = audiences;
        self
    }

    /// Accepts tokens for any audience: `aud` isn't compared. Another service's token is then
    /// accepted too, unless another rule refuses it (RFC 8725 section 3.9).
    pub const fn allow_any_audience(mut self) -> Self {
        self.policy.allow_any_audience = true;
        self
    }

    /// Accepts only this kind of token: `typ` must be present and be this media type, in any case,
    /// with or without `application/` before it (RFC 8725 section 3.11).
    pub const fn typ(mut self, typ: &'p str) -> Self {
        self = self.sets(self.policy.typ.is_some());
        self.policy.typ = Some(typ);
        self
    }

    /// Requires the claims with these names: each must be present once, and not be `null`.
    pub const fn required_claims(mut self, names: &'p [&'p str]) -> Self {
        self = self.sets(!self.policy.required_claims.is_empty());
        self.policy.required_claims = names;
        self
    }

    /// Allows the clocks of the issuer and of this device to differ by so many seconds, at most
    /// [`MAX_LEEWAY`]: a token expires so much later, and becomes valid so much earlier
    /// (RFC 7519 sections 4.1.4 and 4.1.5). At least 1 is needed where the issuer writes fractions
    /// of a second, since [`Time`] counts whole ones.
    pub const fn leeway(mut self, seconds: u32) -> Self {
        self.policy.leeway = seconds;
        self
    }

    /// Accepts tokens without `exp`. They stay valid for ever; only a new key or a revocation ends
    /// them.
    pub const fn allow_missing_expiration(mut self) -> Self {
        self.policy.allow_missing_expiration = true;
        self
    }

    /// Refuses tokens that were issued more than so many seconds ago. `iat` must be present, and
    /// not in the future.
    pub const fn maximum_age(mut self, seconds: u32) -> Self {
        self.policy.maximum_age = Some(seconds);
        self
    }

    /// Refuses tokens whose `exp` is more than so many seconds after `iat`, or before it. Both must
    /// be present. Both are from the issuer's clock, so no leeway is added. Dates are compared to
    /// the nanosecond. An `iat` in the future is refused too, with the leeway: otherwise it would
    /// move the end of the lifetime as far as the issuer likes.
    pub const fn maximum_lifetime(mut self, seconds: u32) -> Self {
        self.policy.maximum_lifetime = Some(seconds);
        self
    }

    /// Refuses tokens whose `exp` is more than so many seconds after now, plus the leeway. `iat`
    /// may be missing. If the time isn't known well enough to tell, the token is refused with
    /// [`Error::TimeUnknown`], unless [`allow_uncertain_time`](Self::allow_uncertain_time) is set.
    pub const fn maximum_remaining_lifetime(mut self, seconds: u32) -> Self {
        self.policy.maximum_remaining_lifetime = Some(seconds);
        self
    }

    /// Refuses a token whose `iat` is in the future. By default such tokens are accepted: RFC 7519
    /// doesn't forbid them, and the device's clock may be slow.
    pub const fn refuse_issued_in_future(mut self) -> Self {
        self.policy.refuse_issued_in_future = true;
        self
    }

    /// Limits how deep arrays and objects are nested in the header and in the claims set, counting
    /// the outermost object: 1 to [`MAX_DEPTH`]. This also limits the stack for reading claims into
    /// nested types.
    pub const fn maximum_depth(mut self, depth: u8) -> Self {
        self.policy.maximum_depth = depth;
        self
    }

    /// Accepts a token if any time consistent with [`Time`] makes it valid, instead of refusing it
    /// with [`Error::TimeUnknown`]. Use it only if the device must work before its clock is set: a
    /// token that has expired since the floor is then accepted. As long as the clock is not set,
    /// nobody knows what is in the future either, so a lifetime, an age and a revocation by time
    /// don't bound a token that is dated far ahead.
    pub const fn allow_uncertain_time(mut self) -> Self {
        self.policy.allow_uncertain_time = true;
        self
    }

    /// The former name of [`allow_uncertain_time`](Self::allow_uncertain_time).
    #[deprecated(since = "0.2.0", note = "renamed to `allow_uncertain_time`")]
    pub const fn accept_what_an_unknown_time_leaves_open(self) -> Self {
        self.allow_uncertain_time()
    }

    /// Lets a replay guard recognize a token without `jti` by its MAC. The guard then refuses only
    /// exact copies: if the issuer makes a second token for the same purpose an hour later, that is
    /// another token.
    pub const fn allow_missing_jwt_id(mut self) -> Self {
        self.policy.allow_missing_jwt_id = true;
        self
    }

    /// Accepts what RFC 7519 forbids and some issuers write: a registered claim that is `null` is
    /// taken for absent, and `sub` and `jti` need not be strings, so that
    /// [`Claims::get`](crate::Claims::get) reads them as the numbers they are.
    ///
    /// Where a rule, a list of revoked names or a replay guard needs a `sub` or `jti` that is no
    /// string, the token is still refused: `12` is not `"12"`, nor is it absent. In a check of your
    /// own, ask [`Presented::subject`](crate::Presented::subject) and
    /// [`jwt_id`](crate::Presented::jwt_id), which refuse it too; `Claims::subject` and
    /// `Claims::jwt_id` return `None` for it. A `null` is absent for every method that takes a
    /// name, and stands in `as_json`.
    pub const fn allow_mistyped_registered_claims(mut self) -> Self {
        self.policy.allow_mistyped_registered_claims = true;
        self
    }

    /// Builds the policy.
    ///
    /// # Errors
    /// [`Error::RuleSetTwice`] if the issuers, the subject, the audiences, `typ` or the required
    /// claims are set twice, [`Error::EmptyList`] for an empty list of issuers or audiences,
    /// [`Error::LeewayTooLong`], [`Error::DepthOutOfRange`], or [`Error::ContradictoryExpiration`],
    /// [`Error::ContradictoryAudience`] and [`Error::ContradictoryJwtId`] for rules that contradict
    /// each other: every token would be refused, or one of the rules would have no effect.
    #[inline]
    pub const fn build(self) -> Result<Policy<'p>, Error> {
        match self.check() {
            Ok(()) => Ok(self.policy),
            Err(error) => Err(error),
        }
    }

    /// Checks the rules by themselves. Apart from [`build`](Self::build), so that a policy that is
    /// built at run time is copied only once.
    const fn check(&self) -> Result<(), Error> {
        let policy = &self.policy;
        if self.sets_twice {
            return Err(Error::RuleSetTwice);
        }
        if matches!(policy.issuer, Accepted::OneOf(&[]))
            || matches!(policy.audience, Accepted::OneOf(&[]))
        {
            return Err(Error::EmptyList);
        }
        if policy.leeway > MAX_LEEWAY {
            return Err(Error::LeewayTooLong);
        }
        if policy.maximum_depth == 0 || policy.maximum_depth > MAX_DEPTH {
            return Err(Error::DepthOutOfRange);
        }
        let (mut exp, mut aud, mut jti) = (false, false, false);
        let mut required = policy.required_claims;
        while let Some((name, rest)) = required.split_first() {
            exp |= equal(name.as_bytes(), b"exp");
            aud |= equal(name.as_bytes(), b"aud");
            jti |= equal(name.as_bytes(), b"jti");
            required = rest;
        }
        if policy.allow_missing_expiration
            && (policy.maximum_lifetime.is_some()
                || policy.maximum_remaining_lifetime.is_some()
                || exp)
        {
            return Err(Error::ContradictoryExpiration);
        }
        let contradictory = if policy.audience.is_any() {
            !policy.allow_any_audience && aud
        } else {
            policy.allow_any_audience
        };
        if contradictory {
            return Err(Error::ContradictoryAudience);
        }
        if policy.allow_missing_jwt_id && jti {
            return Err(Error::ContradictoryJwtId);
        }
        Ok(())
    }
}
