//! The MAC of bytes that are encoded on their way to it, and kept nowhere.

use crate::Error;
use crate::base64url::encode;
use crate::key::mac::{StreamingMac, Tag};

/// A running MAC of a signing input, whose payload comes as bytes.
pub(crate) struct EncodedMac<'k, M: StreamingMac> {
    key: &'k M,
    running: M::Running,
    /// Bytes that do not fill a group of three yet.
    group: [u8; 3],
    waiting: usize,
}

impl<'k, M: StreamingMac> EncodedMac<'k, M> {
    /// Begins with the header segment, and the dot behind it.
    pub(crate) fn new(key: &'k M, header: &[u8]) -> Result<Self, Error> {
        let begun = Self::begin(key, header);
        // What is left on the stack is enough to forge a MAC.
        key.wipe_after_mac();
        begun
    }

    /// Not inlined, so that all that it leaves on the stack is below its caller's frame.
    #[inline(never)]
    fn begin(key: &'k M, header: &[u8]) -> Result<Self, Error> {
        let mut running = key.begin()?;
        key.update(&mut running, header)?;
        key.update(&mut running, b".")?;
        Ok(Self { key, running, group: [0; 3], waiting: 0 })
    }

    /// Takes more of the payload.
    pub(crate) fn update(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let mut rest = bytes;
        while self.waiting > 0 || rest.len() < 3 {
            let Some((&byte, behind)) = rest.split_first() else { return Ok(()) };
            if let Some(place) = self.group.get_mut(self.waiting) {
                *place = byte;
            }
            (self.waiting, rest) = (self.waiting + 1, behind);
            if self.waiting == 3 {
                let group = self.group;
                self.hash(&group)?;
                self.waiting = 0;
            }
        }
        let (groups, rest) = rest.split_at(rest.len() / 3 * 3);
        groups.chunks(48).try_for_each(|block| self.hash(block))?;
        if let Some(place) = self.group.get_mut(..rest.len()) {
            place.copy_from_slice(rest);
        }
        self.waiting = rest.len();
        Ok(())
    }

    /// Encodes up to 48 bytes and hashes that.
    fn hash(&mut self, block: &[u8]) -> Result<(), Error> {
        let mut symbols = [0; 64];
        self.key.update(&mut self.running, encode(block, &mut symbols))
    }

    /// Overwrites what [`finish`](Self::finish) leaves on the stack.
    #[cfg(feature = "sign")]
    pub(crate) fn wipe_stack(&self) {
        self.key.wipe_after_mac();
    }

    /// Ends the payload, and returns the MAC. The caller wipes the stack.
    pub(crate) fn finish(&mut self) -> Result<Tag<M>, Error> {
        let group = self.group;
        self.hash(group.get(..self.waiting).unwrap_or_default())?;
        self.key.finish(&mut self.running)
    }
}
