//! Flash, as far as QEMU goes: a region of RAM that no reset clears. A real board takes the
//! `NorFlash` of its HAL, and this file goes.

use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashErrorKind, ReadNorFlash, check_erase, check_read, check_write,
};

use firmware_update::slots::CAPACITY;

use crate::board::FLASH;

/// Both slots, with a page each for its record.
const SIZE: usize = 2 * (CAPACITY as usize + Flash::ERASE_SIZE);
/// The byte of RAM after them is for the test: 1 lets each write fail, 2 lets the flash keep
/// nothing.
const FAULT: *const u8 = FLASH.wrapping_add(SIZE);

/// Each byte of RAM is the complement of one in flash: QEMU's RAM is zero at first, erased flash is
/// 0xff.
pub struct Flash(());

impl Flash {
    /// # Safety
    /// There may be only one.
    pub const unsafe fn new() -> Self {
        Self(())
    }

    /// The cells from an offset on.
    fn cells(offset: u32) -> impl Iterator<Item = *mut u8> {
        (offset as usize..).map(|at| FLASH.wrapping_add(at))
    }
}

impl ErrorType for Flash {
    type Error = NorFlashErrorKind;
}

impl ReadNorFlash for Flash {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), NorFlashErrorKind> {
        check_read(self, offset, bytes.len())?;
        for (byte, cell) in bytes.iter_mut().zip(Self::cells(offset)) {
            // SAFETY: the cell was checked to be in the region, which is RAM of its own.
            *byte = !unsafe { cell.read_volatile() };
        }
        Ok(())
    }

    fn capacity(&self) -> usize {
        SIZE
    }
}

impl NorFlash for Flash {
    const WRITE_SIZE: usize = 8;
    const ERASE_SIZE: usize = 4096;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), NorFlashErrorKind> {
        check_erase(self, from, to)?;
        for cell in Self::cells(from).take((to - from) as usize) {
            // SAFETY: as in `read`.
            unsafe { cell.write_volatile(0) };
        }
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), NorFlashErrorKind> {
        check_write(self, offset, bytes.len())?;
        // SAFETY: it is behind the region, in RAM that nothing else uses.
        match unsafe { FAULT.read_volatile() } {
            0 => {}
            1 => return Err(NorFlashErrorKind::Other),
            _ => return Ok(()),
        }
        for (byte, cell) in bytes.iter().zip(Self::cells(offset)) {
            // Writing only clears bits, as in flash.
            // SAFETY: as in `read`.
            unsafe { cell.write_volatile(cell.read_volatile() | !byte) };
        }
        Ok(())
    }
}
