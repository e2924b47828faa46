//! The policy: a plain struct, whose zero value is the strict default.

use core::ffi::c_char;

use embedded_jwt::Policy;
#[cfg(any(feature = "rules", feature = "lists"))]
use embedded_jwt::PolicyBuilder;

#[cfg(feature = "lists")]
use crate::error::EJWT_LIST_TOO_LONG;
#[cfg(feature = "rules")]
use crate::error::EJWT_UNKNOWN_VALUE;
use crate::error::{EJWT_NOT_BUILT, Refusal, code_of, ejwt_code};
#[cfg(feature = "lists")]
use crate::memory::aligned;
use crate::memory::{Span, needed_text, plain};

/// What a token must have besides a valid signature. All zeros (`EJWT_POLICY`) are the strict
/// default: `exp` is required, `aud` must be absent, there is no leeway. Change what you need, by
/// name.
///
/// Texts end with a zero byte, and null says that there is no such rule. A policy is read at each
/// verification, so keep it and its texts where they are; both may be in flash. A policy that asks
/// for what the library was built without is refused with `EJWT_NOT_BUILT`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ejwt_policy {
    /// Accepts only this issuer: `iss` must be present and equal.
    pub issuer: *const c_char,
    /// Accepts only these issuers. Set this or `issuer`.
    pub issuers: *const *const c_char,
    /// The number of `issuers`.
    pub issuers_length: usize,
    /// Accepts only this subject: `sub` must be present and equal.
    pub subject: *const c_char,
    /// Accepts only tokens for this audience: `aud` must equal or contain it. Without a rule for
    /// audiences, a token with `aud` is refused: it is for someone else.
    pub audience: *const c_char,
    /// Accepts only tokens for at least one of these audiences. Set this or `audience`.
    pub audiences: *const *const c_char,
    /// The number of `audiences`.
    pub audiences_length: usize,
    /// Accepts only this kind of token: the header's `typ` must be this media type.
    pub typ: *const c_char,
    /// Requires the claims with these names: each must be present, and not be `null`.
    pub required_claims: *const *const c_char,
    /// The number of `required_claims`.
    pub required_claims_length: usize,
    /// How far the clocks of the issuer and of this device may differ, in seconds: up to 600.
    pub leeway: u32,
    /// Refuses tokens that were issued more than so many seconds ago. 0 is no rule.
    pub maximum_age: u32,
    /// Refuses tokens whose `exp` is more than so many seconds after `iat`. 0 is no rule.
    pub maximum_lifetime: u32,
    /// Refuses tokens whose `exp` is more than so many seconds after now. 0 is no rule.
    pub maximum_remaining_lifetime: u32,
    /// How deep arrays and objects may be nested, from 1 to 32. 0 is 32.
    pub maximum_depth: u32,
    /// A sum of `EJWT_ALLOW_...` and `EJWT_REFUSE_...`.
    pub flags: u32,
}

/// Accepts tokens without `exp`. They stay valid for ever.
pub const EJWT_ALLOW_MISSING_EXPIRATION: u32 = 1;
/// Accepts tokens for any audience: `aud` isn't compared.
pub const EJWT_ALLOW_ANY_AUDIENCE: u32 = 2;
/// Accepts a token if any time that it may be now makes it valid.
pub const EJWT_ALLOW_UNCERTAIN_TIME: u32 = 4;
/// Lets a replay guard recognize a token without `jti` by its MAC.
pub const EJWT_ALLOW_MISSING_JWT_ID: u32 = 8;
/// Accepts registered claims that are `null`, and a `sub` or `jti` that is no string.
pub const EJWT_ALLOW_MISTYPED_REGISTERED_CLAIMS: u32 = 16;
/// Refuses a token whose `iat` is in the future.
pub const EJWT_REFUSE_ISSUED_IN_FUTURE: u32 = 32;

const ALL_FLAGS: u32 = 63;

/// The most entries that the lists of a policy may have together.
pub const EJWT_MAX_LISTED: usize = 12;

/// Room for a policy's lists.
pub(crate) type Listed<'l> = [&'l str; if cfg!(feature = "lists") { EJWT_MAX_LISTED } else { 0 }];

impl ejwt_policy {
    /// The policy that a caller describes, apart from what the call writes.
    ///
    /// # Safety
    /// `place` is null or leads to a policy, and its pointers to texts and lists of texts.
    pub(crate) unsafe fn read<'p>(
        place: *const Self,
        #[cfg_attr(not(feature = "lists"), allow(unused_variables))] listed: &'p mut Listed<'p>,
        written: &[Span],
    ) -> Result<Policy<'p>, Refusal> {
        // SAFETY: as the caller promises.
        let given = unsafe { plain(place) }?;
        if !given.is_built() {
            return Err(EJWT_NOT_BUILT.into());
        }
        let mut builder = Policy::builder();
        // SAFETY: as the caller promises, here and below.
        let read = |start| unsafe { needed_text(start, written) };
        if !given.issuer.is_null() {
            builder = builder.issuer(read(given.issuer)?);
        }
        if !given.audience.is_null() {
            builder = builder.audience(read(given.audience)?);
        }
        builder = builder.leeway(given.leeway);
        #[cfg(feature = "rules")]
        {
            // SAFETY: as above.
            builder = unsafe { given.read_rules(builder, written) }?;
        }
        #[cfg(feature = "lists")]
        {
            // SAFETY: as above.
            builder = unsafe { given.read_lists(builder, listed, written) }?;
        }
        Ok(builder.build()?)
    }

    /// Checks a policy, and that it is apart from what a call writes.
    ///
    /// # Safety
    /// As for [`read`](Self::read).
    pub(crate) unsafe fn check(place: *const Self, written: &[Span]) -> Result<(), Refusal> {
        let mut listed = [""; _];
        // SAFETY: as the caller promises.
        unsafe { Self::read(place, &mut listed, written) }.map(drop)
    }

    /// Whether the library was built with what this policy sets.
    fn is_built(&self) -> bool {
        let mut not_built = 0;
        if !cfg!(feature = "lists") {
            not_built |= self.required_claims_length | self.required_claims.addr();
            not_built |= self.audiences_length | self.audiences.addr();
            not_built |= self.issuers_length | self.issuers.addr();
        }
        if !cfg!(feature = "rules") {
            not_built |= self.subject.addr() | self.typ.addr() | self.flags as usize;
            not_built |= self.maximum_age as usize | self.maximum_lifetime as usize;
            not_built |= self.maximum_remaining_lifetime as usize | self.maximum_depth as usize;
        }
        not_built == 0
    }

    /// Reads the rules that most policies don't have.
    ///
    /// # Safety
    /// The pointers lead to texts.
    #[cfg(feature = "rules")]
    unsafe fn read_rules<'p>(
        &self,
        mut builder: PolicyBuilder<'p>,
        written: &[Span],
    ) -> Result<PolicyBuilder<'p>, Refusal> {
        // SAFETY: as the caller promises.
        let read = |start| unsafe { needed_text(start, written) };
        if !self.subject.is_null() {
            builder = builder.subject(read(self.subject)?);
        }
        if !self.typ.is_null() {
            builder = builder.typ(read(self.typ)?);
        }
        if self.maximum_age > 0 {
            builder = builder.maximum_age(self.maximum_age);
        }
        if self.maximum_lifetime > 0 {
            builder = builder.maximum_lifetime(self.maximum_lifetime);
        }
        if self.maximum_remaining_lifetime > 0 {
            builder = builder.maximum_remaining_lifetime(self.maximum_remaining_lifetime);
        }
        if self.maximum_depth > 0 {
            builder = builder.maximum_depth(self.maximum_depth.try_into().unwrap_or(u8::MAX));
        }
        let flags = self.flags;
        if flags & !ALL_FLAGS != 0 {
            return Err(EJWT_UNKNOWN_VALUE.into());
        }
        if flags & EJWT_ALLOW_MISSING_EXPIRATION != 0 {
            builder = builder.allow_missing_expiration();
        }
        if flags & EJWT_ALLOW_ANY_AUDIENCE != 0 {
            builder = builder.allow_any_audience();
        }
        if flags & EJWT_ALLOW_UNCERTAIN_TIME != 0 {
            builder = builder.allow_uncertain_time();
        }
        if flags & EJWT_ALLOW_MISSING_JWT_ID != 0 {
            builder = builder.allow_missing_jwt_id();
        }
        if flags & EJWT_ALLOW_MISTYPED_REGISTERED_CLAIMS != 0 {
            builder = builder.allow_mistyped_registered_claims();
        }
        if flags & EJWT_REFUSE_ISSUED_IN_FUTURE != 0 {
            builder = builder.refuse_issued_in_future();
        }
        Ok(builder)
    }

    /// # Safety
    /// The pointers lead to lists of texts.
    #[cfg(feature = "lists")]
    unsafe fn read_lists<'p>(
        &self,
        mut builder: PolicyBuilder<'p>,
        listed: &'p mut Listed<'p>,
        written: &[Span],
    ) -> Result<PolicyBuilder<'p>, Refusal> {
        let mut room = listed.as_mut_slice();
        let mut read = |start, length| {
            // SAFETY: as the caller promises.
            unsafe { list(start, length, &mut room, written) }
        };
        if let Some(issuers) = read(self.issuers, self.issuers_length)? {
            builder = builder.issuers(issuers);
        }
        if let Some(audiences) = read(self.audiences, self.audiences_length)? {
            builder = builder.audiences(audiences);
        }
        if let Some(names) = read(self.required_claims, self.required_claims_length)? {
            builder = builder.required_claims(names);
        }
        Ok(builder)
    }
}

/// A list of texts, in the room that is left. Null is no list.
///
/// # Safety
/// `start` is null or leads to so many texts.
#[cfg(feature = "lists")]
#[inline(never)]
unsafe fn list<'l>(
    start: *const *const c_char,
    length: usize,
    room: &mut &'l mut [&'l str],
    written: &[Span],
) -> Result<Option<&'l [&'l str]>, Refusal> {
    if start.is_null() && length == 0 {
        return Ok(None);
    }
    aligned(start)?;
    let Some((places, rest)) = core::mem::take(room).split_at_mut_checked(length) else {
        return Err(EJWT_LIST_TOO_LONG.into());
    };
    *room = rest;
    Span::new(start.cast(), length * size_of::<*const c_char>()).check(written)?;
    for (index, place) in places.iter_mut().enumerate() {
        // SAFETY: the caller promises that the list is so long, and that it holds texts.
        *place = unsafe { needed_text(start.add(index).read(), written) }?;
    }
    Ok(Some(places))
}

/// Checks a policy as each verification does, at the start of the program: whether its texts are
/// UTF-8, its numbers in range, and its rules free of contradictions.
///
/// # Safety
/// `policy` leads to a policy, and its pointers to texts and lists of texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ejwt_policy_check(policy: *const ejwt_policy) -> ejwt_code {
    // SAFETY: as the caller promises.
    code_of(unsafe { ejwt_policy::check(policy, &[]) })
}

#[cfg(all(test, not(feature = "rules"), not(feature = "lists")))]
mod tests {
    use core::ptr;

    use super::*;
    use crate::error::EJWT_OK;

    const STRICT: ejwt_policy = ejwt_policy {
        issuer: ptr::null(),
        issuers: ptr::null(),
        issuers_length: 0,
        subject: ptr::null(),
        audience: ptr::null(),
        audiences: ptr::null(),
        audiences_length: 0,
        typ: ptr::null(),
        required_claims: ptr::null(),
        required_claims_length: 0,
        leeway: 0,
        maximum_age: 0,
        maximum_lifetime: 0,
        maximum_remaining_lifetime: 0,
        maximum_depth: 0,
        flags: 0,
    };

    #[test]
    fn rule_that_is_not_built_is_refused() {
        let text = c"text".as_ptr();
        let list: *const *const c_char = &raw const text;
        let accented = c"\u{e9}".as_ptr();
        for (name, policy, expected) in [
            ("strict", STRICT, EJWT_OK),
            ("issuer", ejwt_policy { issuer: text, ..STRICT }, EJWT_OK),
            ("audience", ejwt_policy { audience: text, ..STRICT }, EJWT_OK),
            ("leeway", ejwt_policy { leeway: 600, ..STRICT }, EJWT_OK),
            ("accent", ejwt_policy { issuer: accented, ..STRICT }, EJWT_NOT_BUILT),
            ("issuers", ejwt_policy { issuers: list, ..STRICT }, EJWT_NOT_BUILT),
            ("audiences", ejwt_policy { audiences: list, ..STRICT }, EJWT_NOT_BUILT),
            ("claims", ejwt_policy { required_claims: list, ..STRICT }, EJWT_NOT_BUILT),
            ("no issuers", ejwt_policy { issuers_length: 1, ..STRICT }, EJWT_NOT_BUILT),
            ("no audiences", ejwt_policy { audiences_length: 1, ..STRICT }, EJWT_NOT_BUILT),
            ("no claims", ejwt_policy { required_claims_length: 1, ..STRICT }, EJWT_NOT_BUILT),
            ("subject", ejwt_policy { subject: text, ..STRICT }, EJWT_NOT_BUILT),
            ("typ", ejwt_policy { typ: text, ..STRICT }, EJWT_NOT_BUILT),
            ("age", ejwt_policy { maximum_age: 1, ..STRICT }, EJWT_NOT_BUILT),
            ("lifetime", ejwt_policy { maximum_lifetime: 1, ..STRICT }, EJWT_NOT_BUILT),
            ("remaining", ejwt_policy { maximum_remaining_lifetime: 1, ..STRICT }, EJWT_NOT_BUILT),
            ("depth", ejwt_policy { maximum_depth: 1, ..STRICT }, EJWT_NOT_BUILT),
            ("flags", ejwt_policy { flags: 1, ..STRICT }, EJWT_NOT_BUILT),
        ] {
            // SAFETY: the policy and its texts are there.
            assert_eq!(unsafe { ejwt_policy_check(&raw const policy) }, expected, "{name}");
        }
    }
}
