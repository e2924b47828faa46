//! A bus with a secure element on it, in software, which stands for the real one in QEMU: there the
//! board has neither. It takes its time, and it can be told to fail.

use embassy_futures::yield_now;
use embedded_hal_async::i2c::{ErrorKind, ErrorType, I2c, NoAcknowledgeSource, Operation};
use embedded_jwt::{Hs256, Key, RunningHmac, StreamingMac};

use crate::element::{ADDRESS, BEGIN, FINISH, UPDATE};

/// How often a transfer is polled before it ends.
const POLLS: u32 = 5;

pub struct MockBus {
    /// The keys by slot.
    slots: [Key<Hs256>; 3],
    /// The slot and the message under way.
    running: Option<(usize, RunningHmac<Hs256>)>,
    /// The transfers so far.
    pub transfers: u32,
    /// The transfer that fails, counted as those.
    pub fails_at: Option<u32>,
}

impl MockBus {
    /// Keys for demonstration: slot 0 has 32 bytes of 0x10, slot 1 of 0x11, slot 2 of 0x12.
    pub fn new() -> Result<Self, embedded_jwt::Error> {
        let slots = [Key::new(&[0x10; 32])?, Key::new(&[0x11; 32])?, Key::new(&[0x12; 32])?];
        Ok(Self { slots, running: None, transfers: 0, fails_at: None })
    }

    /// What the element does with the bytes that are written to it.
    fn take(&mut self, bytes: &[u8]) -> Option<()> {
        match *bytes {
            [BEGIN, slot] => {
                let slot = usize::from(slot);
                self.running = Some((slot, self.slots.get(slot)?.begin().ok()?));
            }
            [UPDATE, ref piece @ ..] => {
                let (slot, running) = self.running.as_mut()?;
                self.slots[*slot].update(running, piece).ok()?;
            }
            [FINISH] => {}
            _ => return None,
        }
        Some(())
    }

    /// What is read from the element: the MAC.
    fn give(&mut self, bytes: &mut [u8]) -> Option<()> {
        let (slot, mut running) = self.running.take()?;
        let mac = self.slots[slot].finish(&mut running).ok()?;
        bytes.copy_from_slice(mac.get(..bytes.len())?);
        Some(())
    }
}

impl ErrorType for MockBus {
    type Error = ErrorKind;
}

impl I2c for MockBus {
    async fn transaction(
        &mut self,
        address: u8,
        operations: &mut [Operation<'_>],
    ) -> Result<(), ErrorKind> {
        for _ in 0..POLLS {
            yield_now().await;
        }
        self.transfers += 1;
        if self.fails_at == Some(self.transfers) {
            return Err(ErrorKind::ArbitrationLoss);
        }
        if address != ADDRESS {
            return Err(ErrorKind::NoAcknowledge(NoAcknowledgeSource::Address));
        }
        for operation in operations {
            match operation {
                Operation::Write(bytes) => self.take(bytes),
                Operation::Read(bytes) => self.give(bytes),
            }
            .ok_or(ErrorKind::NoAcknowledge(NoAcknowledgeSource::Data))?;
        }
        Ok(())
    }
}
