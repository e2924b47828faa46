//! Helpers for the integration tests: tokens made by hand, and ways to verify them.

#![allow(dead_code, reason = "each test uses a part")]

pub(crate) mod every_way;
pub(crate) mod example;

use std::sync::LazyLock;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use embedded_jwt::{Algorithm, Error, Key, Policy, Time};
use hmac::digest::KeyInit as _;
use hmac::{Hmac, Mac as _};
use sha2::{Sha256, Sha384, Sha512};

use every_way::{JwsVerifier, Verifier};

/// The key of RFC 7515 appendix A.1: 64 bytes, enough for all three algorithms.
pub(crate) static SECRET: LazyLock<Vec<u8>> = LazyLock::new(|| {
    decode("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow")
});

pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn decode(text: &str) -> Vec<u8> {
    BASE64_URL_SAFE_NO_PAD.decode(text).unwrap()
}

/// The MAC as `hmac` and `sha2` compute it, for a key of any length.
pub(crate) fn mac(algorithm: &str, secret: &[u8], message: &[u8]) -> Vec<u8> {
    macro_rules! hmac {
        ($hash:ty) => {{
            let hmac = Hmac::<$hash>::new_from_slice(secret).unwrap();
            hmac.chain_update(message).finalize().into_bytes().to_vec()
        }};
    }
    match algorithm {
        "HS256" => hmac!(Sha256),
        "HS384" => hmac!(Sha384),
        "HS512" => hmac!(Sha512),
        other => panic!("no MAC for {other}"),
    }
}

/// A token with this header and payload.
pub(crate) fn sign(algorithm: &str, secret: &[u8], header: &[u8], payload: &[u8]) -> Vec<u8> {
    let (header, payload) = (encode(header), encode(payload));
    sign_segments(algorithm, secret, header.as_bytes(), payload.as_bytes())
}

/// A token with these encoded segments, malformed or not, and a right MAC.
pub(crate) fn sign_segments(
    algorithm: &str,
    secret: &[u8],
    header: &[u8],
    payload: &[u8],
) -> Vec<u8> {
    let input = [header, payload].join(&b'.');
    let signature = encode(mac(algorithm, secret, &input));
    [&input, signature.as_bytes()].join(&b'.')
}

/// The same token without its payload, which then travels apart.
pub(crate) fn detach(token: &[u8]) -> String {
    let text = str::from_utf8(token).unwrap();
    let (header, rest) = text.split_once('.').unwrap();
    format!("{header}..{}", rest.split_once('.').unwrap().1)
}

/// Verifies a token with a [`Verifier`], and checks that a refused token is wiped from the buffer.
pub(crate) fn verify<A: Algorithm>(
    secret: &[u8],
    policy: Policy<'_>,
    time: Time,
    token: &[u8],
) -> Result<(), Error> {
    let verifier = Verifier::new(Key::<A>::new(secret)?, policy);
    let mut buffer = vec![0; token.len()];
    let outcome = verifier.verify(token, time, &mut buffer).map(drop);
    assert!(outcome.is_ok() || buffer.iter().all(|&byte| byte == 0), "left in the buffer");
    outcome
}

/// Verifies a token with a [`JwsVerifier`] and returns its payload. Checks that a refused token is
/// wiped from the buffer.
pub(crate) fn verify_jws<A: Algorithm>(secret: &[u8], token: &[u8]) -> Result<Vec<u8>, Error> {
    let verifier = JwsVerifier::new(Key::<A>::new(secret)?);
    let mut buffer = vec![0; token.len()];
    let outcome = verifier.verify(token, &mut buffer).map(|jws| jws.payload().to_vec());
    assert!(outcome.is_ok() || buffer.iter().all(|&byte| byte == 0), "left in the buffer");
    outcome
}
