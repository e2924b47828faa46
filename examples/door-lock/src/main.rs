//! A door that opens for tokens. They come over a serial line, one a line, and each line is answered by one:
//!
//! | line | answer |
//! |---|---|
//! | a token of type `JWT` | `open door-7 "erika"`, and the bolt is drawn for some seconds |
//! | `time`, a space, a token of type `time+jwt` | `clock 1800000000` |
//! | any other, or a token that does not hold | `refused`, a space, the reason by its name |
//!
//! Lines that begin with `#` are the log.
//!
//! No line is stored. Each byte goes straight to a verifier, which hashes the token and decodes it into the one buffer,
//! a block at a time. At the line's end, only the end of the MAC, the JSON and the policy are left to do.
//!
//! The serial line is polled, which is enough in QEMU: it holds back what is not fetched yet. On a real board, bytes
//! that come while a block is hashed, or while a token is judged and answered at its line's end, would be lost. There,
//! an interrupt puts them into a queue.
//!
//! The clock starts as unknown, and then nothing with an expiry opens the door. What sets it is trusted because it is
//! signed: `lock.rs` says by whom, and what that does not help against.

#![no_std]
#![no_main]

#[cfg_attr(target_arch = "arm", path = "board/mps2.rs")]
#[cfg_attr(target_arch = "riscv32", path = "board/virt.rs")]
mod board;
mod door;
mod lock;

use core::panic::PanicInfo;

use board::Board;
use door::Door;
use embedded_jwt::{Hs256, Key};
use lock::Lock;

/// In flash. For this demonstration it is in the repository too: a real door has a key of its own, made at random and
/// written when the device is provisioned.
static SECRET: &[u8; 32] = include_bytes!("../demo.key");

/// Takes a token whose header and payload have up to 640 characters together: decoded, they are three quarters of that.
const BUFFER: usize = 480;

#[cfg_attr(target_arch = "arm", cortex_m_rt::entry)]
#[cfg_attr(target_arch = "riscv32", riscv_rt::entry)]
fn main() -> ! {
    let mut door = Door::new();
    let Ok(key) = Key::<Hs256>::new(SECRET) else {
        door.say(format_args!("# the key is too short"));
        idle()
    };
    let mut lock = Lock::new(&key);
    let mut buffer = [0; BUFFER];
    door.say(format_args!("# door-lock: {} is locked, the clock is unknown", lock::DOOR));
    loop {
        if let Err(refusal) = lock.hear(&mut door, &mut buffer) {
            // Who reads this line is the owner of the door. A peer over radio is told no more than `Error::to_peer`.
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
