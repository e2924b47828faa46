//! The policy: a plain struct, whose zero value is the strict default.

use core::ffi::c_char;

use embedded_jwt::{Policy, PolicyBuilder};

#[cfg(feature = "lists")]
use crate::error::EJWT_LIST_TOO_LONG;
#[cfg(not(feature = "lists"))]
use crate::error::EJWT_NOT_BUILT;
use crate::error::{EJWT_UNKNOWN_VALUE, Refusal, code_of, ejwt_code};
#[cfg(feature = "lists")]
use crate::memory::{aligned, needed_text};
use crate::memory::{plain, text};

/// What a token must have besides a valid signature. All zeros (`EJWT_POLICY`) are the strict
/// default: `exp` is required, `aud` must be absent, there is no leeway. Change what you need, by
/// name.
///
/// Texts end with a zero byte, and null says that there is no such rule. A policy is read at each
/// verification, so keep it and its texts where they are; both may be in flash.
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
    /// The policy that a caller describes.
    ///
    /// # Safety
    /// `place` is null or leads to a policy, and its pointers to texts and lists of texts.
    pub(crate) unsafe fn read<'p>(
        place: *const Self,
        listed: &'p mut Listed<'p>,
    ) -> Result<Policy<'p>, Refusal> {
        // SAFETY: as the caller promises.
        let given = unsafe { plain(place) }?;
        let mut builder = Policy::builder();
        let read = |start| {
            // SAFETY: as the caller promises.
            unsafe { text(start) }
        };
        if let Some(issuer) = read(given.issuer)? {
            builder = builder.issuer(issuer);
        }
        if let Some(subject) = read(given.subject)? {
            builder = builder.subject(subject);
        }
        if let Some(audience) = read(given.audience)? {
            builder = builder.audience(audience);
        }
        if let Some(typ) = read(given.typ)? {
            builder = builder.typ(typ);
        }
        // SAFETY: as the caller promises.
        builder = unsafe { given.read_lists(builder, listed) }?;
        builder = builder.leeway(given.leeway);
        if given.maximum_age > 0 {
            builder = builder.maximum_age(given.maximum_age);
        }
        if given.maximum_lifetime > 0 {
            builder = builder.maximum_lifetime(given.maximum_lifetime);
        }
        if given.maximum_remaining_lifetime > 0 {
            builder = builder.maximum_remaining_lifetime(given.maximum_remaining_lifetime);
        }
        if given.maximum_depth > 0 {
            builder = builder.maximum_depth(given.maximum_depth.try_into().unwrap_or(u8::MAX));
        }
        let flags = given.flags;
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
        Ok(builder.build()?)
    }

    /// # Safety
    /// The pointers lead to lists of texts.
    #[cfg(feature = "lists")]
    unsafe fn read_lists<'p>(
        &self,
        mut builder: PolicyBuilder<'p>,
        listed: &'p mut Listed<'p>,
    ) -> Result<PolicyBuilder<'p>, Refusal> {
        let mut room = listed.as_mut_slice();
        let mut read = |start, length| {
            // SAFETY: as the caller promises.
            unsafe { list(start, length, &mut room) }
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

    /// The library was built without lists.
    #[cfg(not(feature = "lists"))]
    #[inline(always)]
    unsafe fn read_lists<'p>(
        &self,
        builder: PolicyBuilder<'p>,
        _: &'p mut Listed<'p>,
    ) -> Result<PolicyBuilder<'p>, Refusal> {
        if self.issuers.is_null() && self.audiences.is_null() && self.required_claims.is_null() {
            Ok(builder)
        } else {
            Err(EJWT_NOT_BUILT.into())
        }
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
) -> Result<Option<&'l [&'l str]>, Refusal> {
    if start.is_null() && length == 0 {
        return Ok(None);
    }
    aligned(start)?;
    let Some((places, rest)) = core::mem::take(room).split_at_mut_checked(length) else {
        return Err(EJWT_LIST_TOO_LONG.into());
    };
    *room = rest;
    for (index, place) in places.iter_mut().enumerate() {
        // SAFETY: the caller promises that the list is so long, and that it holds texts.
        *place = unsafe { needed_text(start.add(index).read()) }?;
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
    let mut listed = [""; _];
    // SAFETY: as the caller promises.
    code_of(unsafe { ejwt_policy::read(policy, &mut listed) }.map(drop))
}
