//! Arm's MPS2 board with a Cortex-M4 (application note 386), as QEMU emulates it. On a chip of your
//! own, its HAL has all of this.

use core::convert::Infallible;
use core::fmt;
use core::future::poll_fn;
use core::task::Poll;

use embassy_sync::waitqueue::AtomicWaker;
use embedded_io_async::{ErrorType, Read};

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

/// The board's interrupts up to the last one in use. The run-time puts them behind the exceptions.
// SAFETY: the run-time's linker script expects this name in this section, and nothing else has it.
#[unsafe(no_mangle)]
#[unsafe(link_section = ".vector_table.interrupts")]
static __INTERRUPTS: [extern "C" fn(); 1] = [uart_received];

/// Interrupt 0 comes with each byte that the serial port has received.
extern "C" fn uart_received() {
    write(UART_INTERRUPT, RECEIVED);
    UART_WAKER.wake();
}

/// Wakes the task that waits for a byte.
static UART_WAKER: AtomicWaker = AtomicWaker::new();

/// The receiving half of the serial port.
pub struct Receiver(());

/// The sending half.
pub struct Sender(());

/// The serial port. Call it once: there is one serial port.
pub fn uart() -> (Receiver, Sender) {
    write(UART_BAUD_DIVISOR, CLOCK / BAUD);
    write(UART_CONTROL, ENABLE_BOTH | ENABLE_RECEIVE_INTERRUPT);
    write(NVIC_ENABLE, 1 << 0);
    (Receiver(()), Sender(()))
}

impl ErrorType for Receiver {
    type Error = Infallible;
}

/// Waits for a byte without holding up other tasks. QEMU's port holds a single byte, and keeps the
/// others back; on a real board, take a driver that buffers, such as a HAL's `BufferedUart`.
impl Read for Receiver {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Infallible> {
        let Some(first) = buffer.first_mut() else { return Ok(0) };
        *first = poll_fn(|context| {
            // Before the check: a byte that arrives after it has to wake this task.
            UART_WAKER.register(context.waker());
            match read(UART_STATE) & RECEIVE_FULL {
                0 => Poll::Pending,
                _ => Poll::Ready(read(UART_DATA) as u8),
            }
        })
        .await;
        Ok(1)
    }
}

/// Sends text. This holds up other tasks, which is good enough for a demonstration.
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
