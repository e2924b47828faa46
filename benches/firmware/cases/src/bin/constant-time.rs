//! Counts the instructions of verifications of tokens with a wrong MAC: they must be the same
//! wherever the MAC differs, and for every key of a length. So must those of making a key. Exits
//! with 1 and a name if they differ. QEMU must let an instruction take longer than a tick.

#![no_std]
#![no_main]

use core::hint::black_box;

use cases::{RULES, policy};
use embedded_jwt::{
    AnyAlgorithm, AnyKey, Error, Hs256, Hs512, Key, KeyEntry, KeySet, Keys, Policy, StreamingMac,
    Time, Verifier,
};

const POLICY: Policy<'static> = policy(RULES);

/// Cortex-M counts ticks, 16 or 26 for each instruction, and a count may begin and end between
/// them. RISC-V counts instructions.
const ROUNDED: usize = if cfg!(target_arch = "riscv32") { 0 } else { 8 };

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Secrets of one length. All verify all tokens as wrong.
const SECRETS: [[u8; 64]; 5] = [[0; 64], [0xff; 64], [0x36; 64], [0x5c; 64], counted()];

const fn counted() -> [u8; 64] {
    let mut secret = [0; 64];
    let mut at = 0;
    while at < secret.len() {
        secret[at] = 255 - 3 * at as u8;
        at += 1;
    }
    secret
}

#[unsafe(no_mangle)]
extern "C" fn main() -> ! {
    harness::run_until_failure(|| all().err())
}

/// Returns the name of what takes more or fewer instructions, or is not refused.
fn all() -> Result<(), &'static str> {
    let stops_early =
        |other: &[u8]| black_box(SECRETS[0]).iter().zip(other).all(|(a, b)| black_box(a == b));
    let mut early = Same::default();
    let mut late = [0; 64];
    late[1] = 1;
    early.check("", || !stops_early(&[1; 64]))?;
    if early.check("", || !stops_early(&late)).is_ok() {
        return Err("a comparison that stops early is not found");
    }

    let [mut short, mut long] = [Same::default(), Same::default()];
    for secret in &SECRETS {
        short.check("making a key of HS256", || black_box(hs256(secret)).is_some())?;
        long.check("making a key of HS512", || black_box(hs512(secret)).is_some())?;
    }
    for secret in &SECRETS {
        wherever_it_differs("a wrong MAC, HS256", harness::HS256[0], hs256(secret))?;
        wherever_it_differs("a wrong MAC, HS512", harness::HS512[0], hs512(secret))?;
        wherever_it_differs("a wrong MAC, any algorithm", harness::HS256[0], any(secret))?;
        wherever_it_differs("a wrong MAC, a set", harness::HS256[0], set(secret))?;
    }
    wherever_it_differs("a MAC nearly right", harness::HS256[0], hs256(&harness::SECRET))?;
    wherever_it_differs("a MAC nearly right, a set", harness::HS256[0], set(&harness::SECRET))?;
    whatever_the_secret("a secret of HS256", harness::HS256[0], hs256)?;
    whatever_the_secret("a secret of HS512", harness::HS512[0], hs512)?;
    whatever_the_secret("a secret of any algorithm", harness::HS256[0], any)?;
    whatever_the_secret("the secrets of a set", harness::HS256[0], set)
}

fn hs256(secret: &[u8; 64]) -> Option<Key<Hs256>> {
    Key::new(black_box(secret)).ok()
}

fn hs512(secret: &[u8; 64]) -> Option<Key<Hs512>> {
    Key::new(black_box(secret)).ok()
}

fn any(secret: &[u8; 64]) -> Option<AnyKey> {
    AnyKey::new(AnyAlgorithm::Hs256, black_box(secret)).ok()
}

fn set(secret: &[u8; 64]) -> Option<KeySet<'static, AnyKey, 2, 4>> {
    let mut set = KeySet::new().allow_missing_key_id();
    let other = AnyKey::new(AnyAlgorithm::Hs256, &secret[1..]).ok()?;
    set.add("a", KeyEntry::new(any(secret)?)).ok()?;
    set.add("b", KeyEntry::new(other)).ok()?;
    Some(set)
}

/// A number of instructions that all checks must take.
#[derive(Default)]
struct Same(Option<usize>);

impl Same {
    /// Runs an operation, which must return true and take as many instructions as the others did.
    fn check(
        &mut self,
        name: &'static str,
        mut operation: impl FnMut() -> bool,
    ) -> Result<(), &'static str> {
        let ticks = harness::ticks_of(&mut operation).ok_or(name)?;
        let first = *self.0.get_or_insert(ticks);
        if ticks.abs_diff(first) > ROUNDED { Err(name) } else { Ok(()) }
    }
}

/// Verifies a token with each symbol of its signature replaced by another, and with all of them.
fn wherever_it_differs<K: Keys<Key: StreamingMac>>(
    name: &'static str,
    token: &[u8],
    keys: Option<K>,
) -> Result<(), &'static str> {
    let verifier = Verifier::new(keys.ok_or(name)?, POLICY);
    let signature = token.iter().rposition(|&byte| byte == b'.').ok_or(name)? + 1;
    let [mut whole, mut in_pieces] = [Same::default(), Same::default()];
    for place in signature..=token.len() {
        let mut memory = [0; 256];
        let wrong = memory.get_mut(..token.len()).ok_or(name)?;
        wrong.copy_from_slice(token);
        let replaced = if place < token.len() { place..place + 1 } else { signature..place };
        for symbol in &mut wrong[replaced] {
            // The other half of the alphabet leaves the unused bits of the last symbol as they are.
            let index = ALPHABET.iter().position(|other| other == symbol).ok_or(name)?;
            *symbol = ALPHABET[index ^ 32];
        }
        whole.check(name, || is_refused(&verifier, wrong))?;
        in_pieces.check(name, || is_refused_in_pieces(&verifier, wrong))?;
    }
    Ok(())
}

/// Verifies a token with each of the secrets, none of which it was signed with.
fn whatever_the_secret<K: Keys<Key: StreamingMac>>(
    name: &'static str,
    token: &[u8],
    make: impl Fn(&[u8; 64]) -> Option<K>,
) -> Result<(), &'static str> {
    let [mut whole, mut in_pieces] = [Same::default(), Same::default()];
    for secret in &SECRETS {
        let verifier = Verifier::new(make(secret).ok_or(name)?, POLICY);
        whole.check(name, || is_refused(&verifier, token))?;
        in_pieces.check(name, || is_refused_in_pieces(&verifier, token))?;
    }
    Ok(())
}

fn is_refused<K: Keys<Key: StreamingMac>>(verifier: &Verifier<'_, K>, token: &[u8]) -> bool {
    let mut buffer = [0; 256];
    let answer = verifier.verify(black_box(token), Time::Known(harness::NOW), &mut buffer);
    answer.err() == Some(Error::SignatureMismatch)
}

fn is_refused_in_pieces<K: Keys<Key: StreamingMac>>(
    verifier: &Verifier<'_, K>,
    token: &[u8],
) -> bool {
    let mut buffer = [0; 256];
    let mut streaming = verifier.stream(&mut buffer);
    let pushed = black_box(token).chunks(50).try_for_each(|piece| streaming.push(piece));
    let answer = streaming.finish(Time::Known(harness::NOW));
    pushed.is_ok() && answer.err() == Some(Error::SignatureMismatch)
}
