//! Verifies tokens with the HASH peripheral of an STM32, by the driver in `embassy-stm32`. This is
//! only checked by the compiler, for two chips, since QEMU has no such peripheral: test it on your
//! chip before you rely on it.
//!
//! On chips with version 2 of the peripheral, DMA feeds it, and other tasks run meanwhile.
//! `embassy-stm32` 0.6 drives the other versions without DMA. The loop is the same.

#![no_std]

#[cfg(feature = "stm32f439zi")]
use embassy_stm32::mode::Async as Mode;
#[cfg(feature = "stm32h7r3r8")]
use embassy_stm32::mode::Blocking as Mode;

use embassy_stm32::hash::{Algorithm, DataType, Hash, InterruptHandler};
use embassy_stm32::peripherals::HASH;
use embassy_stm32::{Peri, bind_interrupts};
use embedded_jwt::{Error, Hs256, KeyHandle, KeySet, Time, Token, Verifier};

#[cfg(feature = "stm32f439zi")]
bind_interrupts!(struct Interrupts {
    HASH_RNG => InterruptHandler<HASH>;
    DMA2_STREAM7 => embassy_stm32::dma::InterruptHandler<embassy_stm32::peripherals::DMA2_CH7>;
});
#[cfg(feature = "stm32h7r3r8")]
bind_interrupts!(struct Interrupts {
    HASH => InterruptHandler<HASH>;
});

/// The HASH peripheral, and the keys of which a [`KeyHandle`] names one by its place.
pub struct Engine<'d> {
    hash: Hash<'d, HASH, Mode>,
    secrets: &'d [[u8; 32]],
}

impl<'d> Engine<'d> {
    /// Takes what `embassy_stm32::init` gives.
    #[cfg(feature = "stm32f439zi")]
    pub fn new(
        hash: Peri<'d, HASH>,
        dma: Peri<'d, embassy_stm32::peripherals::DMA2_CH7>,
        secrets: &'d [[u8; 32]],
    ) -> Self {
        Self { hash: Hash::new(hash, dma, Interrupts), secrets }
    }

    /// Takes what `embassy_stm32::init` gives.
    #[cfg(feature = "stm32h7r3r8")]
    pub fn new(hash: Peri<'d, HASH>, secrets: &'d [[u8; 32]]) -> Self {
        Self { hash: Hash::new_blocking(hash, Interrupts), secrets }
    }

    /// Computes the HMAC-SHA256 of a message. DMA has to reach the key and the message, so they
    /// can't be in core-coupled memory, and the stack is often there.
    async fn hmac(&mut self, key: usize, message: &[u8]) -> Result<[u8; 32], Error> {
        let key = self.secrets.get(key).ok_or(Error::MacEngine)?;
        let mut context = self.hash.start(Algorithm::SHA256, DataType::Width8, Some(key));
        let mut mac = [0; 32];
        // `update` of `embassy-stm32` 0.6 panics if the length is a multiple of 128, and anyone can
        // send such a token. `update_blocking` does not.
        #[cfg(feature = "stm32f439zi")]
        if !message.len().is_multiple_of(128) {
            self.hash.update(&mut context, message).await;
            self.hash.finish(context, &mut mac).await;
            return Ok(mac);
        }
        self.hash.update_blocking(&mut context, message);
        self.hash.finish_blocking(context, &mut mac);
        Ok(mac)
    }
}

/// Verifies a token. `buffer` takes its decoded header and payload.
pub async fn verify<'b, const KEYS: usize>(
    verifier: &Verifier<'_, KeySet<'_, KeyHandle<Hs256, usize>, KEYS>>,
    engine: &mut Engine<'_>,
    token: &[u8],
    time: Time,
    buffer: &'b mut [u8],
) -> Result<Token<'b>, Error> {
    let mut pending = verifier.begin(token, buffer)?;
    while let Some(key) = pending.key() {
        let mut mac = engine.hmac(*key.get(), pending.signing_input()).await?;
        pending.computed_mac(&mut mac);
    }
    pending.finish(time)
}
