//! The door's tokens, verified in two ways: as they arrive, with a key in flash; or when they have
//! arrived, with keys in a secure element that is awaited.

use core::fmt::{self, Debug};

use embedded_hal_async::i2c::I2c;
use embedded_io_async::Read;
use embedded_jwt::{
    Error, Hs256, Key, KeyEntry, KeyHandle, KeySet, Policy, PolicyBuilder, Time, Token, Verifier,
};

use crate::element::Element;
use crate::line::Line;

/// Two issuers have tokens for this door.
const ISSUERS: [&str; 2] = ["https://id.example", "https://id.other.example"];
const POLICY: Policy = match common().build() {
    Ok(policy) => policy,
    Err(error) => panic!("{}", error.as_str()),
};

const fn common() -> PolicyBuilder<'static> {
    Policy::builder().issuers(&ISSUERS).audience("door-7").required_claims(&["sub"])
}

/// A product has a clock.
const NOW: Time = Time::Known(1_800_000_000);

/// The keys in the element: a `KeyHandle` names a slot, and `KeyHandle`s in a `KeySet` take the
/// place of keys.
pub type Slots = KeySet<'static, KeyHandle<Hs256, u8>, 3, 16>;

/// Why a token is refused. The error of a bus stays what its driver says.
pub enum Refusal<B> {
    /// The serial port or the element's bus failed. The token may be good: try again.
    Bus(B),
    Token(Error),
}

impl<B> From<Error> for Refusal<B> {
    fn from(error: Error) -> Self {
        Self::Token(error)
    }
}

impl<B: Debug> fmt::Display for Refusal<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bus(error) => write!(f, "Bus({error:?})"),
            Self::Token(error) => write!(f, "{error:?}"),
        }
    }
}

pub fn flash_verifier(key: &Key<Hs256>) -> Verifier<'static, &Key<Hs256>> {
    Verifier::new(key, POLICY)
}

pub fn element_verifier() -> Result<Verifier<'static, Slots>, Error> {
    // Both issuers have a key of the name "1". Tokens without a name are tried with each key.
    let mut slots = Slots::new().allow_missing_key_id();
    slots.add("1", KeyEntry::new(KeyHandle::new(0)).issuer(ISSUERS[0]))?;
    slots.add("1", KeyEntry::new(KeyHandle::new(1)).issuer(ISSUERS[1]))?;
    slots.add("2", KeyEntry::new(KeyHandle::new(2)))?;
    Ok(Verifier::new(slots, POLICY))
}

/// Verifies the rest of a line while it arrives.
pub async fn verify_arriving<'b, R: Read>(
    verifier: &Verifier<'_, &Key<Hs256>>,
    line: &mut Line<'_, R>,
    buffer: &'b mut [u8],
) -> Result<Token<'b>, Refusal<R::Error>> {
    let mut stream = verifier.stream(buffer);
    line.copy_to(&mut stream).await.map_err(Refusal::Bus)?;
    Ok(stream.into_token(NOW)?)
}

/// Verifies a token by a secure element, which may be asked for several MACs.
pub async fn verify_by_element<'b, I: I2c>(
    verifier: &Verifier<'_, Slots>,
    element: &mut Element<I>,
    token: &[u8],
    buffer: &'b mut [u8],
) -> Result<Token<'b>, Refusal<I::Error>> {
    let mut pending = verifier.begin(token, buffer)?;
    while let Some(key) = pending.key() {
        let mut mac =
            element.hmac(*key.get(), pending.signing_input()).await.map_err(Refusal::Bus)?;
        pending.computed_mac(&mut mac);
    }
    Ok(pending.finish(NOW)?)
}
