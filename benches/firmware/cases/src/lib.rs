//! What the cases share: the policy, a verifier with one key, verification at once and in pieces.

#![no_std]

use core::hint::black_box;

use embedded_jwt::{
    AnyKey, DetachedStream, Hs256, Hs384, Hs512, IncomingToken, Key, KeyEntry, KeySet, Keys,
    Policy, PolicyBuilder, StreamingMac, StreamingVerifier, Time, Verifier,
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

/// A key set under these rules. The tokens' `kid` picks the second key, which is limited to an
/// issuer and a time.
pub type PreparedSet = Option<Verifier<'static, KeySet<'static, Key<Hs256>, 4>>>;

pub fn prepare_set() -> PreparedSet {
    let secret: &[u8] = black_box(&harness::SECRET);
    let (older, newer) = secret.split_at_checked(32)?;
    let mut keys = KeySet::new();
    for (key_id, secret) in [("2026-10", older), ("2026-11", secret), ("2026-12", newer)] {
        let entry = KeyEntry::new(Key::new(secret).ok()?)
            .issuer(harness::ISSUER)
            .not_before(harness::NOW)
            .retired_after(harness::NOW);
        keys.add(key_id, entry).ok()?;
    }
    Some(Verifier::new(keys, POLICY))
}

/// Verifies a token at once.
#[inline(always)]
pub fn verify(verifier: &Verifier<'_, Key<Hs256>>, token: &[u8], buffer: &mut [u8]) -> bool {
    verifier.verify(token, black_box(Time::Known(harness::NOW)), buffer).is_ok()
}

/// Verifies a token in pieces of the length of this round.
pub fn stream<K: Keys<Key: StreamingMac>>(
    verifier: &Verifier<'_, K>,
    token: &[u8],
    buffer: &mut [u8],
) -> bool {
    let mut streaming = verifier.stream(buffer);
    push_all(token, |piece| streaming.push(piece).is_ok())
        && streaming.finish(black_box(Time::Known(harness::NOW))).is_ok()
}

/// Splits a token into pieces of the length of this round. Ends early if one is refused.
#[inline(always)]
pub fn push_all(token: &[u8], mut push: impl FnMut(&[u8]) -> bool) -> bool {
    let length = harness::piece_length();
    let mut rest = token;
    while let Some((piece, after)) = rest.split_at_checked(length.min(rest.len()))
        && !piece.is_empty()
    {
        if !push(piece) {
            return false;
        }
        rest = after;
    }
    true
}

/// The size of a streaming verifier in bytes, without its buffer.
pub const STREAM: usize = size_of::<StreamingVerifier<'_, '_, Key<Hs256>>>();

/// The size of a token that arrives without a verifier, in bytes, without its buffer.
pub const INCOMING: usize = size_of::<IncomingToken<'_>>();

// The documentation states these sizes for 32-bit targets.
const _: () = assert!(STREAM == 304);
const _: () = assert!(INCOMING == 168);
const _: () = assert!(size_of::<DetachedStream<'_, '_, Key<Hs256>>>() == 248);
const _: () = assert!(size_of::<DetachedStream<'_, '_, Key<Hs384>>>() == 408);
const _: () = assert!(size_of::<DetachedStream<'_, '_, Key<Hs512>>>() == 424);
const _: () = assert!(size_of::<StreamingVerifier<'_, '_, Key<Hs384>>>() == 464);
const _: () = assert!(size_of::<StreamingVerifier<'_, '_, Key<Hs512>>>() == 480);
const _: () = assert!(size_of::<StreamingVerifier<'_, '_, AnyKey>>() == 480);
