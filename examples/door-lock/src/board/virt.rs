//! QEMU's `virt` machine with a RISC-V. It has no pins: only the log shows whether the door is
//! open.

use core::fmt;

/// The serial port (NS16550A).
const UART_DATA: *mut u8 = 0x1000_0000 as *mut u8;
const UART_LINE_STATUS: *mut u8 = 0x1000_0005 as *mut u8;
const DATA_READY: u8 = 1 << 0;
const TRANSMIT_EMPTY: u8 = 1 << 5;

/// The machine timer, 64 bits.
const TIME_LOW: *mut u32 = 0x0200_bff8 as *mut u32;
const TIME_HIGH: *mut u32 = 0x0200_bffc as *mut u32;
const TICKS_PER_SECOND: u64 = 10_000_000;

/// Where `flash.rs` has its RAM: behind what `memory.x` names.
pub const FLASH: *mut u8 = 0x8020_0000 as *mut u8;

pub struct Board;

impl Board {
    pub fn new() -> Self {
        Self
    }

    /// Seconds since the start.
    pub fn uptime(&mut self) -> u64 {
        loop {
            let (high, low) = (read(TIME_HIGH), read(TIME_LOW));
            if high == read(TIME_HIGH) {
                return (u64::from(high) << 32 | u64::from(low)) / TICKS_PER_SECOND;
            }
        }
    }

    /// The next byte, if one has arrived.
    pub fn receive(&mut self) -> Option<u8> {
        (read(UART_LINE_STATUS) & DATA_READY != 0).then(|| read(UART_DATA))
    }

    /// Does nothing: there is no bolt.
    pub fn draw_bolt(&mut self, _drawn: bool) {}

    /// Does nothing: there are no LEDs.
    pub fn show(&mut self, _code: u8) {}
}

/// Sends text over the serial line, which can't fail.
impl fmt::Write for Board {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            while read(UART_LINE_STATUS) & TRANSMIT_EMPTY == 0 {}
            // SAFETY: this is the serial port's register.
            unsafe { UART_DATA.write_volatile(byte) };
        }
        Ok(())
    }
}

fn read<T: Copy>(register: *mut T) -> T {
    // SAFETY: `register` is one of the constants above, and this machine has them all.
    unsafe { register.read_volatile() }
}
