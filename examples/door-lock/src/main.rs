//! A door that opens for tokens. They come over a serial line, one a line, and each line is answered by one:
//!
//! | line | answer |
//! |---|---|
//! | a token of type `JWT` | `open door-7 "erika"`, and the bolt is drawn for some seconds |
//! | `time`, a space, a token of type `time+jwt` | `clock 1800000000` |
//! | any other, or a token that does not hold | `refused`, a space, the name of the reason |
//!
//! Lines that begin with `#` are the log.
//!
//! The serial line is polled, which is enough in QEMU: it holds back what is not fetched yet. On a real board, bytes that
//! come while a token is verified would be lost. There, an interrupt puts them into a queue.
//!
//! The clock starts as unknown, and then nothing with an expiry opens the door. What sets it is trusted because it is
//! signed: `lock.rs` says by whom, and what that does not help against.

#![no_std]
#![no_main]

#[cfg_attr(target_arch = "arm", path = "board/mps2.rs")]
#[cfg_attr(target_arch = "riscv32", path = "board/virt.rs")]
mod board;
mod line;
mod lock;

use core::fmt::{Result, Write};
use core::panic::PanicInfo;

use board::Board;
use embedded_jwt::{Hs256, Key};
use line::Line;
use lock::{Event, Lock, Refusal};

/// In flash. For this demonstration it is in the repository too: a real door has a key of its own, made at random and
/// written when the device is provisioned.
static SECRET: &[u8; 32] = include_bytes!("../demo.key");

/// Takes a token of up to 600 bytes with room for `time`.
const LONGEST_LINE: usize = 640;
/// Three quarters of what a token is long are always enough.
const BUFFER: usize = LONGEST_LINE / 4 * 3;
/// For how many seconds the bolt stays drawn.
const OPEN_FOR: u64 = 3;

#[cfg_attr(target_arch = "arm", cortex_m_rt::entry)]
#[cfg_attr(target_arch = "riscv32", riscv_rt::entry)]
fn main() -> ! {
    let mut board = Board::new();
    // Cannot fail: the board's serial line takes everything.
    let _ = run(&mut board);
    idle()
}

fn run(board: &mut Board) -> Result {
    let Ok(key) = Key::<Hs256>::new(SECRET) else {
        return writeln!(board, "# the key is too short");
    };
    let mut lock = Lock::new(&key);
    let mut line = Line::<LONGEST_LINE>::new();
    let mut lock_again_at = None;
    board.draw_bolt(false);
    writeln!(board, "# door-lock: {} is locked, the clock is unknown", lock::DOOR)?;
    loop {
        let uptime = board.uptime();
        if lock_again_at.is_some_and(|at| uptime >= at) {
            lock_again_at = None;
            board.draw_bolt(false);
            writeln!(board, "# locked")?;
        }
        let Some(byte) = board.receive() else { continue };
        let Some(text) = line.push(byte) else { continue };
        let mut buffer = [0; BUFFER];
        match text.map_err(Refusal::Line).and_then(|text| lock.hear(text, uptime, &mut buffer)) {
            Ok(Event::Nothing) => {}
            Ok(Event::Open { subject }) => {
                board.draw_bolt(true);
                lock_again_at = Some(uptime + OPEN_FOR);
                // As JSON, in quotes: a name with a line break in it must not look like another answer.
                writeln!(board, "open {} {subject:?}", lock::DOOR)?;
            }
            Ok(Event::ClockSet { now }) => writeln!(board, "clock {now}")?,
            // Who reads this line is the owner of the door. A peer over radio is told no more than `Error::to_peer`.
            Err(refusal) => writeln!(board, "refused {refusal}")?,
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
