//! Searches the stack below an operation that has ended for the secret, for the key's hash states,
//! and for the right MAC of a token that was refused. Exits with 1 and a name if anything is found.
//! `tests/dead_stack.rs` does the same on a computer.

#![no_std]
#![no_main]

use core::hint::black_box;
use core::{ptr, slice};

use cases::{RULES, policy};
use embedded_jwt::{
    Algorithm, AnyAlgorithm, AnyKey, Error, Hs256, Hs512, IncomingToken, Key, KeyEntry, KeySet,
    Keys, Mac, Policy, StreamingMac, Time, Verifier,
};
use harness::SECRET;

const POLICY: Policy<'static> = policy(RULES);

/// The most stack that is searched.
const SEARCHED: usize = 4096;

/// Longer than a block, so that HMAC hashes it first.
static LONG: [u8; 136] = {
    let mut secret = [0; 136];
    let mut at = 0;
    while at < secret.len() {
        secret[at] = 255 - at as u8;
        at += 1;
    }
    secret
};

#[unsafe(no_mangle)]
extern "C" fn main() -> ! {
    harness::end(search().err())
}

/// Returns the name of an operation that fails or leaves a secret. A `Result`, so that `?` on what
/// can't be made doesn't look like success.
fn search() -> Result<(), &'static str> {
    if !is_left(&SECRET, &|| leave(&SECRET)) {
        return Err("the search finds nothing");
    }
    let secret = |length| black_box(&SECRET[..length]);
    let operations: [(&str, &[u8], &dyn Fn() -> bool); 5] = [
        ("HS256, short", &SECRET, &|| is_made(&Key::<Hs256>::new(secret(32)))),
        ("HS256, block", &SECRET, &|| is_made(&Key::<Hs256>::new(secret(64)))),
        ("HS256, long", &LONG, &|| is_made(&Key::<Hs256>::new(black_box(&LONG)))),
        ("HS512, short", &SECRET, &|| is_made(&Key::<Hs512>::new(secret(64)))),
        ("HS512, long", &LONG, &|| is_made(&Key::<Hs512>::new(black_box(&LONG)))),
    ];
    for (name, secret, operation) in operations {
        if is_left(secret, operation) {
            return Err(name);
        }
    }
    let hs256 = || Key::<Hs256>::new(&SECRET).map_err(|_| "making a key of HS256");
    let hs512 = || Key::<Hs512>::new(&SECRET).map_err(|_| "making a key of HS512");
    let any = || AnyKey::new(AnyAlgorithm::Hs256, &SECRET).map_err(|_| "making any key");
    let short = hs256()?;
    let long = hs512()?;
    forgery("key, HS256", harness::HS256[1], &short, &short)?;
    forgery("key, HS512", harness::HS512[1], &long, &long)?;
    forgery("any key", harness::HS256[1], &short, any()?)?;
    forgery("key set", harness::HS256[1], &short, set_of(hs256()?)?)?;
    forgery("key set of any", harness::HS256[1], &short, set_of(any()?)?)
}

fn set_of<K: Mac>(key: K) -> Result<KeySet<'static, K, 1, 12>, &'static str> {
    let mut set = KeySet::new().allow_missing_key_id();
    set.add("key", KeyEntry::new(key)).map_err(|_| "making a key set")?;
    Ok(set)
}

/// Verifies a token that was changed, whole and in pieces, with and without a verifier, and begins
/// one that is dropped. Returns the name if its right MAC or the key's hash states are left.
fn forgery<A: Algorithm, K: Keys<Key: StreamingMac>>(
    name: &'static str,
    token: &[u8],
    key: &Key<A>,
    keys: K,
) -> Result<(), &'static str> {
    let mut forged = [0; 640];
    let forged = &mut forged[..token.len()];
    forged.copy_from_slice(token);
    forged[100] = if forged[100] == b'A' { b'B' } else { b'A' };
    let dot = forged.iter().rposition(|&byte| byte == b'.').unwrap_or_default();
    let right = key.mac(&forged[..dot]).map_err(|_| name)?;
    let verifier = Verifier::new(keys, POLICY);
    let now = Time::Known(harness::NOW);
    let whole = || {
        let refusal = verifier.verify(forged, now, &mut [0; 512]).err();
        refusal == Some(Error::SignatureMismatch)
    };
    let in_pieces = || {
        let mut buffer = [0; 512];
        let mut streaming = verifier.stream(&mut buffer);
        let pushed = forged.chunks(50).try_for_each(|piece| streaming.push(piece));
        pushed.is_ok() && streaming.finish(now).err() == Some(Error::SignatureMismatch)
    };
    let incoming = || {
        let mut buffer = [0; 512];
        let mut incoming = IncomingToken::new(&mut buffer);
        let pushed = forged.chunks(50).try_for_each(|piece| incoming.push(piece));
        pushed.is_ok() && incoming.verify(&verifier, now).err() == Some(Error::SignatureMismatch)
    };
    let dropped = || {
        let mut buffer = [0; 512];
        verifier.stream(&mut buffer).push(&forged[..100]).is_ok()
    };
    // SAFETY: a key is two states, each some words and a length, without padding.
    let states =
        unsafe { slice::from_raw_parts(ptr::from_ref(key).cast::<u8>(), size_of_val(key)) };
    let operations: [&dyn Fn() -> bool; 4] = [&whole, &in_pieces, &incoming, &dropped];
    let is_left = |operation| is_left(right.as_ref(), operation) || is_left(states, operation);
    if operations.into_iter().any(is_left) { Err(name) } else { Ok(()) }
}

fn is_made<A: Algorithm>(key: &Result<Key<A>, Error>) -> bool {
    black_box(key).is_ok()
}

/// Leaves a secret on the stack, to show that it is found.
#[inline(never)]
fn leave(secret: &[u8; 64]) -> bool {
    black_box(&(*secret, [0; 64]));
    true
}

/// Whether an operation fails, or leaves eight bytes in a row of a secret, plain or as HMAC pads
/// it, in the order of the bytes or of words. Parts of zeros are not searched for: a key's length
/// beside its hash states has them, and is no secret.
fn is_left(secret: &[u8], operation: &dyn Fn() -> bool) -> bool {
    let mut copy = [[0; size_of::<usize>()]; SEARCHED / size_of::<usize>()];
    let done = harness::copy_dead_stack(operation, &mut copy);
    let stack = copy.as_flattened();
    !done
        || [0, 0x36, 0x5c].into_iter().any(|pad| {
            [1, 4, 8].into_iter().any(|word| {
                let byte = |at: usize| secret[at ^ (word - 1)] ^ pad;
                let has_zeros =
                    |from| (from..from + 5).any(|from| (from..from + 4).all(|at| secret[at] == 0));
                let is_part = |part: &[u8], from: usize| {
                    part.iter().enumerate().all(|(at, &found)| found == byte(from + at))
                };
                let mut parts = (0..=secret.len() - 8).filter(|from| !has_zeros(*from));
                parts.any(|from| stack.windows(8).any(|part| is_part(part, from)))
            })
        })
}
