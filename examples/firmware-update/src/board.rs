//! Arm's MPS2 board with a Cortex-M4 (application note 386), as QEMU emulates it, with semihosting
//! for a radio: what arrives comes from a pipe with that name, what is sent goes to QEMU's standard
//! output. QEMU's serial port would take more than a minute for an image.

use core::fmt;

use embedded_io::ErrorKind;
use semihosting::fs::File;
use semihosting::io::{Read, Stdout, Write};

const RESET_CONTROL: *mut u32 = 0xe000_ed0c as *mut u32;
const RESET: u32 = 0x05fa_0004;

/// Where `flash.rs` has its RAM: the start of the PSRAM, which `memory.x` leaves out.
pub const FLASH: *mut u8 = 0x2100_0000 as *mut u8;

pub struct Radio {
    receiver: File,
    sender: Stdout,
}

impl Radio {
    pub fn new() -> Option<Self> {
        let (receiver, sender) = (File::open(c"radio").ok()?, semihosting::io::stdout().ok()?);
        Some(Self { receiver, sender })
    }

    /// Sends a line.
    pub fn say(&mut self, line: fmt::Arguments<'_>) {
        // There is nobody else who could be told.
        _ = writeln!(self.sender, "{line}");
    }
}

impl embedded_io::ErrorType for Radio {
    type Error = ErrorKind;
}

/// Waits until something has arrived.
impl embedded_io::Read for Radio {
    fn read(&mut self, bytes: &mut [u8]) -> Result<usize, ErrorKind> {
        match self.receiver.read(bytes) {
            Ok(0) | Err(_) => Err(ErrorKind::Other),
            Ok(length) => Ok(length),
        }
    }
}

/// Starts the board again.
pub fn reset() -> ! {
    // SAFETY: this register exists in each Cortex-M.
    unsafe { RESET_CONTROL.write_volatile(RESET) };
    idle()
}

#[allow(clippy::empty_loop, reason = "there is nothing left to do")]
pub fn idle() -> ! {
    loop {}
}
