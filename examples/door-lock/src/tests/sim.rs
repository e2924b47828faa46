//! A flash that loses power.

use std::ops::Range;

use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash, check_erase, check_read,
    check_write,
};

/// The flash's units, in bytes.
pub const WRITE: usize = 8;
pub const ERASE: usize = 1024;

/// What becomes of a word or a page if the power fails while it is written or erased.
#[derive(Clone, Copy, Debug)]
pub enum Cut {
    /// It is as before.
    Before,
    /// It is as it should be; nothing follows.
    After,
    /// Some of its bits have changed that should.
    SomeBits,
    /// It has any content.
    Garbage,
    /// It reads differently each time, as before, as it should be, or anything between, until it is
    /// erased.
    Unstable,
}

/// Writing clears bits, a word at a time and each word once. Erasing sets all bits of a page.
#[derive(Clone)]
pub struct SimFlash {
    pub bytes: Vec<u8>,
    /// Of each word, whether it was written since it was erased.
    is_written: Vec<bool>,
    unstable: Vec<Unstable>,
    /// The word of a page that keeps nothing.
    pub worn: Option<usize>,
    /// The number of words and pages until the power fails, and how.
    cut: Option<(usize, Cut)>,
    is_off: bool,
    /// The seed of what is random.
    pub random: u64,
}

#[derive(Clone)]
struct Unstable {
    start: usize,
    before: Vec<u8>,
    after: Vec<u8>,
}

#[derive(Debug, PartialEq, Eq)]
pub enum SimError {
    PowerLoss,
    Usage(NorFlashErrorKind),
}

impl NorFlashError for SimError {
    fn kind(&self) -> NorFlashErrorKind {
        NorFlashErrorKind::Other
    }
}

impl SimFlash {
    pub fn blank(pages: u32) -> Self {
        let size = pages as usize * ERASE;
        Self {
            bytes: vec![0xff; size],
            is_written: vec![false; size / WRITE],
            unstable: vec![],
            worn: None,
            cut: None,
            is_off: false,
            random: 0,
        }
    }

    /// Lets the power fail at a word or a page: 0 is the next.
    pub fn cut_at(&mut self, step: usize, cut: Cut) {
        self.cut = Some((step, cut));
        self.random ^= (step as u64) << 32; // different things happen at each step
    }

    /// Turns the power on again.
    pub fn restart(&mut self) {
        self.cut = None;
        self.is_off = false;
    }

    /// Writes random bytes, as no flash would.
    pub fn damage(&mut self, range: Range<usize>) {
        for at in range {
            self.bytes[at] = self.random();
        }
    }

    fn random(&mut self) -> u8 {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.random >> 56) as u8
    }

    /// Changes a word or a page, or loses power meanwhile.
    fn change(&mut self, start: usize, after: Vec<u8>) -> Result<(), SimError> {
        if self.is_off {
            return Err(SimError::PowerLoss);
        }
        let range = start..start + after.len();
        let before = self.bytes[range.clone()].to_vec();
        self.unstable.retain(|unstable| {
            !range.contains(&unstable.start) || after.len() < unstable.after.len()
        });
        let Some((steps, cut)) = self.cut else {
            self.bytes[range].copy_from_slice(&after);
            return Ok(());
        };
        if steps > 0 {
            self.cut = Some((steps - 1, cut));
            self.bytes[range].copy_from_slice(&after);
            return Ok(());
        }
        self.is_off = true;
        for (at, (before, after)) in range.zip(before.iter().zip(&after)) {
            let random = self.random();
            self.bytes[at] = match cut {
                Cut::Before => *before,
                Cut::After | Cut::Unstable => *after,
                Cut::SomeBits => before & random | after & !random,
                Cut::Garbage => random,
            };
        }
        if matches!(cut, Cut::Unstable) {
            self.unstable.push(Unstable { start, before, after });
        }
        Err(SimError::PowerLoss)
    }
}

impl ErrorType for SimFlash {
    type Error = SimError;
}

impl ReadNorFlash for SimFlash {
    const READ_SIZE: usize = 4;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), SimError> {
        check_read(self, offset, bytes.len()).map_err(SimError::Usage)?;
        for index in 0..self.unstable.len() {
            let Unstable { start, before, after } = self.unstable[index].clone();
            let kind = self.random() % 3;
            for (at, (before, after)) in before.iter().zip(&after).enumerate() {
                let random = self.random();
                self.bytes[start + at] = match kind {
                    0 => *before,
                    1 => *after,
                    _ => before & random | after & !random,
                };
            }
        }
        let start = offset as usize;
        bytes.copy_from_slice(&self.bytes[start..start + bytes.len()]);
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.bytes.len()
    }
}

impl NorFlash for SimFlash {
    const WRITE_SIZE: usize = WRITE;
    const ERASE_SIZE: usize = ERASE;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), SimError> {
        check_erase(self, from, to).map_err(SimError::Usage)?;
        for page in (from as usize..to as usize).step_by(ERASE) {
            self.is_written[page / WRITE..(page + ERASE) / WRITE].fill(false);
            self.change(page, vec![0xff; ERASE])?;
        }
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), SimError> {
        check_write(self, offset, bytes.len()).map_err(SimError::Usage)?;
        for (index, word) in bytes.chunks_exact(WRITE).enumerate() {
            let start = offset as usize + index * WRITE;
            assert!(!self.is_written[start / WRITE], "a word may be written only once");
            self.is_written[start / WRITE] = true;
            if self.worn == Some(start % ERASE / WRITE) {
                continue;
            }
            let after = self.bytes[start..].iter().zip(word).map(|(old, new)| old & new).collect();
            self.change(start, after)?;
        }
        Ok(())
    }
}
