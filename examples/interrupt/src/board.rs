//! Arm's MPS2 board with a Cortex-M4 (application note 386), as QEMU emulates it.

use core::fmt;

/// The first serial port (CMSDK APB UART).
const UART_DATA: *mut u32 = 0x4000_4000 as *mut u32;
const UART_STATE: *mut u32 = 0x4000_4004 as *mut u32;
const UART_CONTROL: *mut u32 = 0x4000_4008 as *mut u32;
const UART_INTERRUPT: *mut u32 = 0x4000_400c as *mut u32;
const UART_BAUD_DIVISOR: *mut u32 = 0x4000_4010 as *mut u32;
const TRANSMIT_FULL: u32 = 1 << 0;
const RECEIVE_FULL: u32 = 1 << 1;
const ENABLE_BOTH: u32 = 0b11;
const ENABLE_RECEIVE_INTERRUPT: u32 = 1 << 3;
const RECEIVED: u32 = 1 << 1;

/// Enables interrupts 0 to 31.
const NVIC_ENABLE: *mut u32 = 0xe000_e100 as *mut u32;

const CLOCK: u32 = 25_000_000;
const BAUD: u32 = 115_200;

/// The board's interrupts up to the last one in use: number 0 comes with each byte that the serial
/// port has received. The run-time puts them behind the exceptions.
// SAFETY: the run-time's linker script expects this name in this section, and nothing else has it.
#[unsafe(no_mangle)]
#[unsafe(link_section = ".vector_table.interrupts")]
static __INTERRUPTS: [extern "C" fn(); 1] = [crate::uart_received];

/// Starts the serial port. Its interrupt comes from now on.
pub fn start_uart() {
    write(UART_BAUD_DIVISOR, CLOCK / BAUD);
    write(UART_CONTROL, ENABLE_BOTH | ENABLE_RECEIVE_INTERRUPT);
    write(NVIC_ENABLE, 1 << 0);
}

/// For the interrupt: the byte that has arrived. The next one raises the interrupt again.
pub fn received() -> Option<u8> {
    write(UART_INTERRUPT, RECEIVED);
    (read(UART_STATE) & RECEIVE_FULL != 0).then(|| read(UART_DATA) as u8)
}

/// Sends a line.
pub fn say(line: fmt::Arguments<'_>) {
    // Can't fail: it waits until the serial line has taken everything.
    _ = fmt::write(&mut Sender, format_args!("{line}\n"));
}

struct Sender;

impl fmt::Write for Sender {
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
