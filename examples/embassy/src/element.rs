//! The driver of a secure element: it computes HMACs with keys that never leave it. It works with
//! any bus that implements `embedded-hal-async`, and knows neither the executor nor the crate
//! `embedded-jwt`.

use embedded_hal_async::i2c::I2c;

/// The element's address.
pub const ADDRESS: u8 = 0x60;
/// Begins a message. The number of the key's slot follows.
pub const BEGIN: u8 = 1;
/// Takes the next piece of the message, which follows: at most [`PIECE`] bytes.
pub const UPDATE: u8 = 2;
/// Ends the message. The MAC can be read next; until it is computed, the element holds the clock
/// line.
pub const FINISH: u8 = 3;
pub const PIECE: usize = 64;

/// A secure element on a bus.
pub struct Element<I> {
    pub bus: I,
}

impl<I: I2c> Element<I> {
    pub const fn new(bus: I) -> Self {
        Self { bus }
    }

    /// Computes the HMAC-SHA256 of a message with the key in a slot.
    pub async fn hmac(&mut self, slot: u8, message: &[u8]) -> Result<[u8; 32], I::Error> {
        self.bus.write(ADDRESS, &[BEGIN, slot]).await?;
        for piece in message.chunks(PIECE) {
            let mut command = [UPDATE; 1 + PIECE];
            let (_, content) = command.split_at_mut(1);
            content[..piece.len()].copy_from_slice(piece);
            self.bus.write(ADDRESS, &command[..1 + piece.len()]).await?;
        }
        let mut mac = [0; 32];
        self.bus.write_read(ADDRESS, &[FINISH], &mut mac).await?;
        Ok(mac)
    }
}
