//! Signs tokens, whatever they contain, with `hmac` and `sha2`.

use std::sync::LazyLock;

use arbitrary::Arbitrary;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::digest::KeyInit as _;
use hmac::{Hmac, Mac as _};
use sha2::{Sha256, Sha384, Sha512};

/// The key of RFC 7515 appendix A.1. It is long enough for HS512.
pub static SECRET: LazyLock<Vec<u8>> = LazyLock::new(|| {
    const SYMBOLS: &[u8] =
        b"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
    decode(SYMBOLS).expect("the RFC's own Base64URL")
});

/// The algorithm of a key.
#[derive(Arbitrary, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    Hs256,
    Hs384,
    Hs512,
}

impl Algorithm {
    pub const ALL: [Self; 3] = [Self::Hs256, Self::Hs384, Self::Hs512];

    /// The algorithm with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }

    /// The first algorithm whose name is in a header, so that the token isn't refused for it. HS256
    /// if there is none.
    pub fn named_in(header: &[u8]) -> Self {
        let names = |name: &[u8]| Self::ALL.into_iter().find(|one| one.name().as_bytes() == name);
        header.windows(5).find_map(names).unwrap_or(Self::Hs256)
    }

    /// The name in a header's `alg`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Hs384 => "HS384",
            Self::Hs512 => "HS512",
        }
    }

    /// The length of a MAC in bytes, and the least length of a key.
    pub fn length(self) -> usize {
        match self {
            Self::Hs256 => 32,
            Self::Hs384 => 48,
            Self::Hs512 => 64,
        }
    }

    /// Computes a MAC.
    pub fn mac(self, secret: &[u8], message: &[u8]) -> Vec<u8> {
        macro_rules! hmac {
            ($hash:ty) => {{
                let key = Hmac::<$hash>::new_from_slice(secret).expect("any key will do");
                key.chain_update(message).finalize().into_bytes().to_vec()
            }};
        }
        match self {
            Self::Hs256 => hmac!(Sha256),
            Self::Hs384 => hmac!(Sha384),
            Self::Hs512 => hmac!(Sha512),
        }
    }

    /// Encodes and signs a header and a payload.
    pub fn sign(self, header: &[u8], payload: &[u8]) -> Vec<u8> {
        self.sign_with(&SECRET, header, payload)
    }

    /// Does the same with another key.
    pub fn sign_with(self, secret: &[u8], header: &[u8], payload: &[u8]) -> Vec<u8> {
        let [header, payload] = [header, payload].map(encode);
        self.sign_segments_with(secret, header.as_bytes(), payload.as_bytes())
    }

    /// Signs two segments as they are, whether they are Base64URL or not.
    pub fn sign_segments(self, header: &[u8], payload: &[u8]) -> Vec<u8> {
        self.sign_segments_with(&SECRET, header, payload)
    }

    /// Does the same with another key.
    pub fn sign_segments_with(self, secret: &[u8], header: &[u8], payload: &[u8]) -> Vec<u8> {
        let input = [header, payload].join(&b'.');
        let signature = encode(self.mac(secret, &input));
        [&input, signature.as_bytes()].join(&b'.')
    }
}

pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// Decodes Base64URL strictly, with the `base64` crate.
pub fn decode(symbols: &[u8]) -> Option<Vec<u8>> {
    BASE64_URL_SAFE_NO_PAD.decode(symbols).ok()
}
