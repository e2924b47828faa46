//! Tokens with a MAC that holds, whatever they say.

use std::sync::LazyLock;

use arbitrary::Arbitrary;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::digest::KeyInit as _;
use hmac::{Hmac, Mac as _};
use sha2::{Sha256, Sha384, Sha512};

/// The key of RFC 7515 appendix A.1, as long as HS512 asks for.
pub static SECRET: LazyLock<Vec<u8>> = LazyLock::new(|| {
    const SYMBOLS: &[u8] =
        b"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
    decode(SYMBOLS).expect("the RFC's own Base64URL")
});

/// The algorithm that a key is for.
#[derive(Arbitrary, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    Hs256,
    Hs384,
    Hs512,
}

impl Algorithm {
    pub const ALL: [Self; 3] = [Self::Hs256, Self::Hs384, Self::Hs512];

    /// The first that a header names, so that a token gets past it. HS256 if there is none.
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

    /// The MAC as `hmac` and `sha2` compute it.
    pub fn mac(self, message: &[u8]) -> Vec<u8> {
        macro_rules! hmac {
            ($hash:ty) => {{
                static KEY: LazyLock<Hmac<$hash>> =
                    LazyLock::new(|| Hmac::new_from_slice(&SECRET).expect("any key will do"));
                KEY.clone().chain_update(message).finalize().into_bytes().to_vec()
            }};
        }
        match self {
            Self::Hs256 => hmac!(Sha256),
            Self::Hs384 => hmac!(Sha384),
            Self::Hs512 => hmac!(Sha512),
        }
    }

    /// A token of a header and a payload.
    pub fn sign(self, header: &[u8], payload: &[u8]) -> Vec<u8> {
        self.sign_segments(encode(header).as_bytes(), encode(payload).as_bytes())
    }

    /// A token of two segments as they are, however dirty: the MAC covers them.
    pub fn sign_segments(self, header: &[u8], payload: &[u8]) -> Vec<u8> {
        let input = [header, payload].join(&b'.');
        let signature = encode(self.mac(&input));
        [&input, signature.as_bytes()].join(&b'.')
    }
}

pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// The strict decoder of the `base64` crate.
pub fn decode(symbols: &[u8]) -> Option<Vec<u8>> {
    BASE64_URL_SAFE_NO_PAD.decode(symbols).ok()
}
