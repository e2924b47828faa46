//! Tests whether the time of a verification depends on the MAC or the key, by the method of dudect
//! ("dude, is my code constant time?", Reparaz, Balasch, Verbauwhede, 2017): each bench times two
//! classes of inputs in random order, and Welch's t-test tells whether their times differ.
//!
//! Run it with `cargo run --release`, on a machine that does nothing else. If `max t` is above 5 or
//! below -5, and is so again in a second run, the times differ. The benches whose names begin with
//! `control` show how much is noise, and that a difference would be found.
//!
//! A received MAC is not secret, and is decoded by a table. The time of decoding must not decide
//! the test, so each sample has its own message, and the MACs of both classes look random: the
//! classes differ only in how many bytes of the MAC are right.

use std::cell::Cell;
use std::hint::black_box;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use dudect_bencher::rand::{Rng as _, RngExt as _};
use dudect_bencher::{BenchRng, Class, CtRunner, ctbench_main};
use embedded_jwt::{Error, Hs256, Key, Mac, Policy, Tag, Time, Verifier};

const SAMPLES: usize = 500_000;

const SECRET: &[u8; 32] = b"32 bytes that make up a test key";

/// `{"alg":"HS256","typ":"JWT"}`.
const HEADER: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";

/// A class of received MACs, made from the right MAC and a random one.
type Received = fn(right: [u8; 32], random: [u8; 32]) -> [u8; 32];

const RIGHT: Received = |right, _| right;
const FIRST_BYTE_WRONG: Received = |mut right, random| {
    right[0] ^= random[0] | 1;
    right
};
const LAST_BYTE_WRONG: Received = |mut right, random| {
    right[31] ^= random[0] | 1;
    right
};
const RANDOM: Received = |_, random| random;

/// Times the verification of tokens with MACs of two classes. `engine` makes the key for a token
/// from the right MAC.
fn verify<M: Mac<Algorithm = Hs256>>(
    runner: &mut CtRunner,
    rng: &mut BenchRng,
    engine: fn([u8; 32]) -> M,
    classes: [Received; 2],
) {
    let policy = Policy::builder().build().expect("no contradiction");
    let buffer = Cell::new([0; 128]);
    for _ in 0..SAMPLES {
        let claims = format!(r#"{{"exp":1900000000,"jti":"{:032x}"}}"#, rng.random::<u128>());
        let input = format!("{HEADER}.{}", BASE64_URL_SAFE_NO_PAD.encode(claims));
        let right = key(SECRET).mac(input.as_bytes()).expect("a software key does not fail");
        let random = rng.random();
        let received = classes.map(|received| received(right, random));
        let (class, received) = one_of(rng, &received);
        let token = format!("{input}.{}", BASE64_URL_SAFE_NO_PAD.encode(received));
        let verifier = Verifier::new(engine(right), policy);
        runner.run_one(class, || {
            let mut buffer = buffer.get();
            verifier.verify(token.as_bytes(), Time::Known(1), &mut buffer).is_ok()
        });
    }
}

fn one_of<'t, T>(rng: &mut BenchRng, both: &'t [T; 2]) -> (Class, &'t T) {
    let index = rng.next_u32() as usize % 2;
    ([Class::Left, Class::Right][index], black_box(&both[index]))
}

fn key(secret: &[u8]) -> Key<Hs256> {
    Key::new(secret).expect("it is long enough")
}

/// The crate's own key, which computes the MAC.
fn in_software(_right: [u8; 32]) -> Key<Hs256> {
    key(SECRET)
}

/// An engine that knows the MAC, so that little besides the comparison is timed.
struct Known([u8; 32]);

impl Mac for Known {
    type Algorithm = Hs256;

    fn mac(&self, _message: &[u8]) -> Result<Tag<Self>, Error> {
        Ok(self.0)
    }
}

fn verify_first_or_last_byte_wrong(runner: &mut CtRunner, rng: &mut BenchRng) {
    verify(runner, rng, in_software, [FIRST_BYTE_WRONG, LAST_BYTE_WRONG]);
}

fn verify_last_byte_or_all_wrong(runner: &mut CtRunner, rng: &mut BenchRng) {
    verify(runner, rng, in_software, [LAST_BYTE_WRONG, RANDOM]);
}

fn compare_first_or_last_byte_wrong(runner: &mut CtRunner, rng: &mut BenchRng) {
    verify(runner, rng, Known, [FIRST_BYTE_WRONG, LAST_BYTE_WRONG]);
}

fn compare_last_byte_or_all_wrong(runner: &mut CtRunner, rng: &mut BenchRng) {
    verify(runner, rng, Known, [LAST_BYTE_WRONG, RANDOM]);
}

/// Both classes are the same, so any difference is noise.
fn control_no_difference(runner: &mut CtRunner, rng: &mut BenchRng) {
    verify(runner, rng, Known, [RANDOM, RANDOM]);
}

/// A right MAC takes longer, because parsing begins. That is no secret: the token is accepted.
fn control_right_or_last_byte_wrong(runner: &mut CtRunner, rng: &mut BenchRng) {
    verify(runner, rng, in_software, [RIGHT, LAST_BYTE_WRONG]);
}

/// A comparison that stops at the first difference, which nobody should write.
fn control_comparison_that_stops_early(runner: &mut CtRunner, rng: &mut BenchRng) {
    for _ in 0..SAMPLES {
        let (right, random) = (rng.random(), rng.random());
        let received = [FIRST_BYTE_WRONG, LAST_BYTE_WRONG].map(|received| received(right, random));
        let (class, received) = one_of(rng, &received);
        runner.run_one(class, || received.iter().zip(&right).all(|(a, b)| black_box(a == b)));
    }
}

/// A secret of zeros or of random bytes. Both are made by the same steps.
fn secret(rng: &mut BenchRng) -> (Class, [u8; 32]) {
    let random: [u8; 32] = rng.random();
    let (class, mask) = one_of(rng, &[0x00, 0xff]);
    (class, random.map(|byte| byte & mask))
}

fn key_of_zeros_or_random_mac(runner: &mut CtRunner, rng: &mut BenchRng) {
    for _ in 0..SAMPLES {
        let (class, secret) = secret(rng);
        let key = key(&secret);
        runner.run_one(class, || key.mac(HEADER.as_bytes()));
    }
}

fn key_of_zeros_or_random_new(runner: &mut CtRunner, rng: &mut BenchRng) {
    for _ in 0..SAMPLES {
        let (class, secret) = secret(rng);
        runner.run_one(class, || key(&secret));
    }
}

fn key_of_zeros_or_random_from_base64url(runner: &mut CtRunner, rng: &mut BenchRng) {
    for _ in 0..SAMPLES {
        let (class, secret) = secret(rng);
        let text = BASE64_URL_SAFE_NO_PAD.encode(secret);
        runner.run_one(class, || Key::<Hs256>::from_base64url(text.as_bytes(), &mut [0; 32]));
    }
}

ctbench_main!(
    compare_first_or_last_byte_wrong,
    compare_last_byte_or_all_wrong,
    control_comparison_that_stops_early,
    control_no_difference,
    control_right_or_last_byte_wrong,
    key_of_zeros_or_random_from_base64url,
    key_of_zeros_or_random_mac,
    key_of_zeros_or_random_new,
    verify_first_or_last_byte_wrong,
    verify_last_byte_or_all_wrong
);
