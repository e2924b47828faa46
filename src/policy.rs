//! What a claims set has to say: the only place that compares claims with expectations and time.

use crate::Error;
use crate::claims::{AUDIENCE, Dates, ISSUER, SUBJECT, audiences};
use crate::header::HeaderRules;
use crate::json::{JsonString, MAX_DEPTH, Object, equal};
use crate::time::{Now, Time};

/// The longest leeway that a policy can have, in seconds: "no more than a few minutes"
/// (RFC 7519 section 4.1.4).
pub const MAX_LEEWAY: u32 = 600;

/// What a verifier asks of a token beside the right signature.
///
/// Made by [`Policy::builder`], in a `const` if it is known at compile time, so that it lives in
/// flash and a contradiction does not compile:
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
/// Size: 68 bytes on a 32-bit target, 112 bytes on a 64-bit one.
#[derive(Clone, Copy, Debug)]
pub struct Policy<'p> {
    issuer: Option<&'p str>,
    subject: Option<&'p str>,
    audience: Option<&'p str>,
    typ: Option<&'p str>,
    required_claims: &'p [&'p str],
    leeway: u32,
    maximum_age: Option<u32>,
    maximum_lifetime: Option<u32>,
    maximum_depth: u8,
    allow_missing_expiration: bool,
    allow_any_audience: bool,
    refuse_issued_in_future: bool,
    allow_uncertain_time: bool,
    allow_missing_jwt_id: bool,
}

impl<'p> Policy<'p> {
    /// A policy with its defaults, to be changed and [built](PolicyBuilder::build):
    ///
    /// | rule | default | changed by |
    /// |---|---|---|
    /// | `exp` | required, and not reached | [`allow_missing_expiration`](PolicyBuilder::allow_missing_expiration) |
    /// | `nbf` | reached, if there is one | |
    /// | `iat` | a number, if there is one | [`refuse_issued_in_future`](PolicyBuilder::refuse_issued_in_future), [`maximum_age`](PolicyBuilder::maximum_age) |
    /// | `exp` less `iat` | any | [`maximum_lifetime`](PolicyBuilder::maximum_lifetime) |
    /// | leeway | 0 seconds | [`leeway`](PolicyBuilder::leeway) |
    /// | `iss` | any | [`issuer`](PolicyBuilder::issuer) |
    /// | `sub` | any | [`subject`](PolicyBuilder::subject) |
    /// | `aud` | absent | [`audience`](PolicyBuilder::audience), [`allow_any_audience`](PolicyBuilder::allow_any_audience) |
    /// | `typ` | any | [`typ`](PolicyBuilder::typ) |
    /// | `jti` | may be absent, unless there is a replay guard | [`allow_missing_jwt_id`](PolicyBuilder::allow_missing_jwt_id) |
    /// | other claims | may be absent | [`required_claims`](PolicyBuilder::required_claims) |
    /// | JSON depth | 32 | [`maximum_depth`](PolicyBuilder::maximum_depth) |
    /// | a time not known | refused | [`allow_uncertain_time`](PolicyBuilder::allow_uncertain_time) |
    ///
    /// Registered claims of a wrong type are refused under every policy, and so is `crit`.
    pub const fn builder() -> PolicyBuilder<'p> {
        PolicyBuilder {
            policy: Self {
                issuer: None,
                subject: None,
                audience: None,
                typ: None,
                required_claims: &[],
                leeway: 0,
                maximum_age: None,
                maximum_lifetime: None,
                maximum_depth: MAX_DEPTH,
                allow_missing_expiration: false,
                allow_any_audience: false,
                refuse_issued_in_future: false,
                allow_uncertain_time: false,
                allow_missing_jwt_id: false,
            },
        }
    }

    pub(crate) const fn header_rules(&self) -> HeaderRules<'p> {
        HeaderRules { depth: self.maximum_depth, typ: self.typ }
    }

    pub(crate) const fn allows_missing_jwt_id(&self) -> bool {
        self.allow_missing_jwt_id
    }

    pub(crate) const fn depth(&self) -> u8 {
        self.maximum_depth
    }

    /// What it may be now, before the first rule is looked at.
    pub(crate) fn now(&self, time: Time) -> Now {
        Now::new(time, self.leeway, self.allow_uncertain_time)
    }

    /// Checks every rule for a claims set whose registered claims have their types. `now` is what is
    /// known of the time; each rule narrows it to the times at which the token is valid.
    pub(crate) fn check(
        &self,
        claims: &Object<'_, '_>,
        dates: &Dates,
        now: &mut Now,
    ) -> Result<(), Error> {
        for name in self.required_claims {
            if matches!(claims.find(name, Error::DuplicateClaim)?, None | Some(b"null")) {
                return Err(Error::MissingClaim);
            }
        }
        let issuer = claims.named_string(ISSUER);
        check_equal(issuer, self.issuer, Error::MissingIssuer, Error::IssuerMismatch)?;
        let subject = claims.named_string(SUBJECT);
        check_equal(subject, self.subject, Error::MissingSubject, Error::SubjectMismatch)?;
        self.check_audience(claims)?;
        self.check_lifetime(dates)?;
        self.check_time(dates, now)
    }

    fn check_audience(&self, claims: &Object<'_, '_>) -> Result<(), Error> {
        match (self.audience, claims.named(AUDIENCE)) {
            (None, None) => Ok(()),
            (None, Some(_)) if self.allow_any_audience => Ok(()),
            (None, Some(_)) => Err(Error::UnexpectedAudience),
            (Some(_), None) => Err(Error::MissingAudience),
            (Some(expected), Some(_)) if audiences(claims).any(|name| name == expected) => Ok(()),
            (Some(_), Some(_)) => Err(Error::AudienceMismatch),
        }
    }

    /// `exp` against `iat`: the issuer's clock made both, so there is no leeway.
    fn check_lifetime(&self, dates: &Dates) -> Result<(), Error> {
        let Some(maximum) = self.maximum_lifetime else { return Ok(()) };
        let expiration = dates.expiration.ok_or(Error::MissingExpiration)?;
        let issued_at = dates.issued_at.ok_or(Error::MissingIssuedAt)?;
        if expiration.is_within(i64::from(maximum), issued_at) {
            Ok(())
        } else {
            Err(Error::LifetimeTooLong)
        }
    }

    /// Each rule leaves a range of times at which the token is valid by it.
    fn check_time(&self, dates: &Dates, now: &mut Now) -> Result<(), Error> {
        match dates.expiration {
            Some(expiration) => now.is_until(Error::Expired, expiration.rounded_up() - 1)?,
            None if self.allow_missing_expiration => {}
            None => return Err(Error::MissingExpiration),
        }
        if let Some(not_before) = dates.not_before {
            now.is_from(Error::NotYetValid, not_before.rounded_up())?;
        }
        if let Some(issued_at) = dates.issued_at
            && (self.refuse_issued_in_future || self.maximum_age.is_some())
        {
            now.is_from(Error::IssuedInFuture, issued_at.rounded_up())?;
        }
        if let Some(maximum) = self.maximum_age {
            let issued_at = dates.issued_at.ok_or(Error::MissingIssuedAt)?;
            now.is_until(Error::TooOld, issued_at.seconds() + i64::from(maximum))?;
        }
        Ok(())
    }
}

/// A string claim is the expected one, if one is expected.
fn check_equal(
    claim: Option<JsonString<'_>>,
    expected: Option<&str>,
    missing: Error,
    mismatch: Error,
) -> Result<(), Error> {
    match (expected, claim) {
        (None, _) => Ok(()),
        (Some(_), None) => Err(missing),
        (Some(expected), Some(claim)) if claim == expected => Ok(()),
        (Some(_), Some(_)) => Err(mismatch),
    }
}

/// Changes the defaults of a [`Policy`], which are listed at [`Policy::builder`].
///
/// Size: that of a [`Policy`].
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct PolicyBuilder<'p> {
    policy: Policy<'p>,
}

impl<'p> PolicyBuilder<'p> {
    /// The one issuer that is accepted: `iss` has to be there and equal, byte by byte
    /// (RFC 7519 section 4.1.1).
    pub const fn issuer(mut self, issuer: &'p str) -> Self {
        self.policy.issuer = Some(issuer);
        self
    }

    /// The one subject that is accepted: `sub` has to be there and equal, byte by byte
    /// (RFC 7519 section 4.1.2).
    pub const fn subject(mut self, subject: &'p str) -> Self {
        self.policy.subject = Some(subject);
        self
    }

    /// Who we are: `aud` has to be there and be this or contain it, byte by byte
    /// (RFC 7519 section 4.1.3).
    pub const fn audience(mut self, audience: &'p str) -> Self {
        self.policy.audience = Some(audience);
        self
    }

    /// Accepts tokens that say for whom they are without looking whether that is us. Another
    /// service's token is then as good here, unless something else tells them apart
    /// (RFC 8725 section 3.9).
    pub const fn allow_any_audience(mut self) -> Self {
        self.policy.allow_any_audience = true;
        self
    }

    /// The kind of token that is accepted: `typ` has to be there and be this media type; case
    /// does not matter, nor does `application/` before it (RFC 8725 section 3.11).
    pub const fn typ(mut self, typ: &'p str) -> Self {
        self.policy.typ = Some(typ);
        self
    }

    /// Claims that have to be there, once and not `null`, by their names.
    pub const fn required_claims(mut self, names: &'p [&'p str]) -> Self {
        self.policy.required_claims = names;
        self
    }

    /// For how many seconds the clocks of the issuer and of this device may differ, at most
    /// [`MAX_LEEWAY`]: so much later a token expires, and so much earlier it starts being valid.
    pub const fn leeway(mut self, seconds: u32) -> Self {
        self.policy.leeway = seconds;
        self
    }

    /// Accepts tokens without `exp`, which are good for ever: nothing but a new key ends them.
    pub const fn allow_missing_expiration(mut self) -> Self {
        self.policy.allow_missing_expiration = true;
        self
    }

    /// How many seconds ago a token may have been issued: `iat` has to be there, and not to be
    /// in the future.
    pub const fn maximum_age(mut self, seconds: u32) -> Self {
        self.policy.maximum_age = Some(seconds);
        self
    }

    /// How many seconds may lie between `iat` and `exp`, both of which have to be there. The
    /// issuer's clock made both, so no leeway is added. Dates are told apart to the nanosecond.
    pub const fn maximum_lifetime(mut self, seconds: u32) -> Self {
        self.policy.maximum_lifetime = Some(seconds);
        self
    }

    /// Refuses a token whose `iat` is in the future. By default it is not a limit, as RFC 7519
    /// makes it none and a device's clock may be slow.
    pub const fn refuse_issued_in_future(mut self) -> Self {
        self.policy.refuse_issued_in_future = true;
        self
    }

    /// How deep arrays and objects may be nested in header and claims set, the outermost object
    /// included: 1 to [`MAX_DEPTH`]. It bounds the stack of reading claims into types that
    /// nest.
    pub const fn maximum_depth(mut self, depth: u8) -> Self {
        self.policy.maximum_depth = depth;
        self
    }

    /// Accepts a token when what is known of the time can't tell whether it is valid now: it is
    /// enough that there is one time that it may be now at which the token is valid. For devices
    /// that have to work before their clock is set, and know what that means: a token that has
    /// expired since the floor opens them.
    pub const fn allow_uncertain_time(mut self) -> Self {
        self.policy.allow_uncertain_time = true;
        self
    }

    /// The former name of [`allow_uncertain_time`](Self::allow_uncertain_time).
    #[deprecated(since = "0.2.0", note = "renamed to `allow_uncertain_time`")]
    pub const fn accept_what_an_unknown_time_leaves_open(self) -> Self {
        self.allow_uncertain_time()
    }

    /// Has a replay guard tell a token without `jti` by its MAC. It is then the same token only if
    /// it is the same to the byte: an issuer that makes a second one for the same purpose, an hour
    /// later, has made another token.
    pub const fn allow_missing_jwt_id(mut self) -> Self {
        self.policy.allow_missing_jwt_id = true;
        self
    }

    /// The policy.
    ///
    /// # Errors
    /// [`Error::LeewayTooLong`], [`Error::DepthOutOfRange`], or [`Error::ContradictoryExpiration`],
    /// [`Error::ContradictoryAudience`] and [`Error::ContradictoryJwtId`] for rules that can't be
    /// meant together: each token would be refused, or one of the rules would have no effect.
    pub const fn build(self) -> Result<Policy<'p>, Error> {
        let policy = self.policy;
        if policy.leeway > MAX_LEEWAY {
            return Err(Error::LeewayTooLong);
        }
        if policy.maximum_depth == 0 || policy.maximum_depth > MAX_DEPTH {
            return Err(Error::DepthOutOfRange);
        }
        if policy.allow_missing_expiration
            && (policy.maximum_lifetime.is_some() || contains(policy.required_claims, "exp"))
        {
            return Err(Error::ContradictoryExpiration);
        }
        let audience_expected = policy.audience.is_some();
        if audience_expected && policy.allow_any_audience
            || !audience_expected
                && !policy.allow_any_audience
                && contains(policy.required_claims, "aud")
        {
            return Err(Error::ContradictoryAudience);
        }
        if policy.allow_missing_jwt_id && contains(policy.required_claims, "jti") {
            return Err(Error::ContradictoryJwtId);
        }
        Ok(policy)
    }
}

const fn contains(mut names: &[&str], name: &str) -> bool {
    while let Some((first, rest)) = names.split_first() {
        if equal(first.as_bytes(), name.as_bytes()) {
            return true;
        }
        names = rest;
    }
    false
}
