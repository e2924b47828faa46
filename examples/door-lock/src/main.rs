//! A door that opens for tokens. They come over a serial line, one per line, and each line gets one
//! line as an answer:
//!
//! | line | answer |
//! |---|---|
//! | a token of type `JWT` | `open door-7 "erika"`, and the bolt is drawn for some seconds |
//! | `time`, a space, a token of type `time+jwt` | `clock 1800000000` |
//! | anything else, or a token that is not valid | `refused`, a space, the name of the reason |
//!
//! Lines that begin with `#` are log messages.
//!
//! No line is stored. Each byte goes straight into an `IncomingToken`, which decodes the token into
//! a buffer, block by block. When the line ends, a verifier finds the key, computes the MAC, parses
//! the JSON and applies the policy.
//!
//! The serial line is polled. That is enough in QEMU, which holds bytes back until they are
//! fetched. A real board would lose the bytes that arrive while a token is checked and answered:
//! there, an interrupt has to put them into a queue.
//!
//! At the start the time is unknown, and no token that expires opens the door. A signed message
//! sets the clock: `lock.rs` says who signs it, and which attack remains.

#![no_std]
#![no_main]

#[cfg(not(target_os = "none"))]
compile_error!("build it for a board: --target thumbv7em-none-eabi");

#[cfg_attr(target_arch = "arm", path = "board/mps2.rs")]
#[cfg_attr(target_arch = "riscv32", path = "board/virt.rs")]
mod board;
mod door;
mod flash;
mod keys;
mod lock;

use core::panic::PanicInfo;

use board::Board;
use door::Door;
use embedded_jwt::IncomingToken;
use flash::Flash;
use lock::Lock;

/// Enough for a token whose header and payload have up to 640 characters together: decoded, they
/// take three quarters of that.
const BUFFER: usize = 480;

#[cfg_attr(target_arch = "arm", cortex_m_rt::entry)]
#[cfg_attr(target_arch = "riscv32", riscv_rt::entry)]
fn main() -> ! {
    let mut door = Door::new();
    // SAFETY: `main` runs once, and nothing else makes one.
    let flash = unsafe { Flash::new() };
    let mut lock = Lock::new(flash);
    if let Err(failure) = lock.start() {
        // Without its state, the door can't tell which tokens were used. It stays locked.
        door.show(failure.code());
        door.say(format_args!("# the door can't start: {failure}"));
        idle()
    }
    let mut buffer = [0; BUFFER];
    let mut incoming = IncomingToken::new(&mut buffer);
    door.say(format_args!("# door-lock: {} is locked, the clock is unknown", lock::DOOR));
    loop {
        if let Err(refusal) = lock.hear(&mut door, &mut incoming) {
            door.show(refusal.code());
            // The owner of the door reads this line. Over radio, tell the peer only
            // `Error::to_peer`.
            door.say(format_args!("refused {refusal}"));
        }
    }
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    Board::new().draw_bolt(false);
    idle()
}

#[allow(clippy::empty_loop, reason = "there is nothing left to do")]
fn idle() -> ! {
    loop {}
}
