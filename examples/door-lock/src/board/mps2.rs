//! Arm's MPS2 board with a Cortex-M4 (application note 386), as QEMU emulates it.

use core::fmt;

/// The first serial port (CMSDK APB UART).
const UART_DATA: *mut u32 = 0x4000_4000 as *mut u32;
const UART_STATE: *mut u32 = 0x4000_4004 as *mut u32;
const UART_CONTROL: *mut u32 = 0x4000_4008 as *mut u32;
const UART_BAUD_DIVISOR: *mut u32 = 0x4000_4010 as *mut u32;
const TRANSMIT_FULL: u32 = 1 << 0;
const RECEIVE_FULL: u32 = 1 << 1;
const ENABLE_BOTH: u32 = 0b11;

/// The board's first LED stands for the bolt's magnet.
const LEDS: *mut u32 = 0x4002_8000 as *mut u32;
/// Eight more LEDs, of the board's controller.
const CODE_LEDS: *mut u32 = 0x4002_f004 as *mut u32;

const SYSTICK_CONTROL: *mut u32 = 0xe000_e010 as *mut u32;
const SYSTICK_RELOAD: *mut u32 = 0xe000_e014 as *mut u32;
const SYSTICK_CURRENT: *mut u32 = 0xe000_e018 as *mut u32;
/// Runs on the core's clock, without interrupt.
const SYSTICK_ENABLE: u32 = 0b101;
/// Set when the counter reaches zero; cleared when it is read.
const SYSTICK_WRAPPED: u32 = 1 << 16;

/// Where `flash.rs` has its RAM: the start of the PSRAM, which `memory.x` leaves out.
pub const FLASH: *mut u8 = 0x2100_0000 as *mut u8;

const CLOCK: u32 = 25_000_000;
const BAUD: u32 = 115_200;
const TICKS_PER_SECOND: u32 = 10;

pub struct Board {
    ticks: u32,
    seconds: u64,
}

impl Board {
    pub fn new() -> Self {
        write(UART_BAUD_DIVISOR, CLOCK / BAUD);
        write(UART_CONTROL, ENABLE_BOTH);
        write(SYSTICK_RELOAD, CLOCK / TICKS_PER_SECOND - 1);
        write(SYSTICK_CURRENT, 0);
        write(SYSTICK_CONTROL, SYSTICK_ENABLE);
        Self { ticks: 0, seconds: 0 }
    }

    /// Seconds since the start. Has to be called at least ten times per second, which waiting for a
    /// byte does.
    pub fn uptime(&mut self) -> u64 {
        if read(SYSTICK_CONTROL) & SYSTICK_WRAPPED != 0 {
            self.ticks += 1;
            if self.ticks == TICKS_PER_SECOND {
                self.ticks = 0;
                self.seconds += 1;
            }
        }
        self.seconds
    }

    /// The next byte, if one has arrived.
    pub fn receive(&mut self) -> Option<u8> {
        (read(UART_STATE) & RECEIVE_FULL != 0).then(|| read(UART_DATA) as u8)
    }

    /// Unlocks the door, or locks it.
    pub fn draw_bolt(&mut self, drawn: bool) {
        write(LEDS, u32::from(drawn));
    }

    /// Shows a number on the LEDs, in binary; 0 turns them off.
    pub fn show(&mut self, code: u8) {
        write(CODE_LEDS, u32::from(code));
    }
}

/// Sends text over the serial line, which can't fail.
impl fmt::Write for Board {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            while read(UART_STATE) & TRANSMIT_FULL != 0 {}
            write(UART_DATA, u32::from(byte));
        }
        Ok(())
    }
}

fn read(register: *mut u32) -> u32 {
    // SAFETY: `register` is one of the constants above, and this board has them all.
    unsafe { register.read_volatile() }
}

fn write(register: *mut u32, value: u32) {
    // SAFETY: as above.
    unsafe { register.write_volatile(value) }
}
