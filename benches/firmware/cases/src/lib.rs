//! What the cases share: the policy, a verifier with one key, verification at once and in pieces.

#![no_std]

use core::hint::black_box;

use embedded_jwt::{
    AnyKey, Hs256, Hs384, Hs512, Key, Policy, PolicyBuilder, StreamingVerifier, Time, Verifier,
};

/// `iss`, `aud`, `exp`, `nbf` and a leeway.
pub const RULES: PolicyBuilder<'static> =
    Policy::builder().issuer(harness::ISSUER).audience(harness::AUDIENCE).leeway(60);

/// Builds a policy for a `const`: rules that contradict each other don't compile.
pub const fn policy(rules: PolicyBuilder<'static>) -> Policy<'static> {
    match rules.build() {
        Ok(policy) => policy,
        Err(error) => panic!("{}", error.as_str()),
    }
}

/// A verifier with one HS256 key, under these rules.
pub type Prepared = Option<Verifier<'static, Key<Hs256>>>;

const POLICY: Policy<'static> = policy(RULES);

pub fn prepare() -> Prepared {
    let key = Key::new(black_box(&harness::SECRET)).ok()?;
    Some(Verifier::new(key, POLICY))
}

/// Verifies a token at once.
#[inline(always)]
pub fn verify(verifier: &Verifier<'_, Key<Hs256>>, token: &[u8], buffer: &mut [u8]) -> bool {
    verifier.verify(token, black_box(Time::Known(harness::NOW)), buffer).is_ok()
}

/// Verifies a token in pieces of this length.
pub fn stream(
    verifier: &Verifier<'_, Key<Hs256>>,
    token: &[u8],
    length: usize,
    buffer: &mut [u8],
) -> bool {
    let mut streaming = verifier.stream(buffer);
    let mut rest = token;
    while let Some((piece, after)) = rest.split_at_checked(length.min(rest.len()))
        && !piece.is_empty()
    {
        if streaming.push(piece).is_err() {
            return false;
        }
        rest = after;
    }
    streaming.finish(black_box(Time::Known(harness::NOW))).is_ok()
}

/// The size of a streaming verifier in bytes, without its buffer.
pub const STREAM: usize = size_of::<StreamingVerifier<'_, '_, Key<Hs256>>>();

// The documentation states these sizes for 32-bit targets.
const _: () = assert!(STREAM == 304);
const _: () = assert!(size_of::<StreamingVerifier<'_, '_, Key<Hs384>>>() == 464);
const _: () = assert!(size_of::<StreamingVerifier<'_, '_, Key<Hs512>>>() == 480);
const _: () = assert!(size_of::<StreamingVerifier<'_, '_, AnyKey>>() == 480);
