//! The door: a board with a serial line and a bolt. It waits for the next byte most of the time.

use core::fmt::{self, Write};
use core::iter;

use crate::board::Board;

pub struct Door {
    board: Board,
    /// If the door is open: the uptime at which it is locked again.
    lock_again_at: Option<u64>,
}

impl Door {
    /// A locked door.
    pub fn new() -> Self {
        let mut board = Board::new();
        board.draw_bolt(false);
        Self { board, lock_again_at: None }
    }

    /// The bytes of the next line as they arrive, up to its end: `\n` from a program, `\r` from a
    /// terminal's Enter. Both together end the line and an empty one. If it is not read to its end,
    /// the next call continues with the rest.
    pub fn line(&mut self) -> impl Iterator<Item = u8> {
        iter::repeat_with(|| self.next_byte()).take_while(|byte| !matches!(byte, b'\n' | b'\r'))
    }

    /// Waits for a byte, and locks the door in time even if none comes: a line may stop anywhere.
    fn next_byte(&mut self) -> u8 {
        loop {
            self.lock_in_time();
            if let Some(byte) = self.board.receive() {
                return byte;
            }
        }
    }

    fn lock_in_time(&mut self) {
        let uptime = self.uptime();
        if self.lock_again_at.is_some_and(|at| uptime >= at) {
            self.lock_again_at = None;
            self.board.draw_bolt(false);
            self.say(format_args!("# locked"));
        }
    }

    /// Draws the bolt for some seconds.
    pub fn open(&mut self, seconds: u8) {
        self.board.draw_bolt(true);
        self.lock_again_at = Some(self.uptime() + u64::from(seconds));
    }

    /// Shows the number of an error on LEDs, and in the log; 0 turns them off.
    pub fn show(&mut self, code: u8) {
        self.board.show(code);
        if code != 0 {
            self.say(format_args!("# code {code}"));
        }
    }

    /// Seconds since the start.
    pub fn uptime(&mut self) -> u64 {
        self.board.uptime()
    }

    /// Sends a line.
    pub fn say(&mut self, line: fmt::Arguments<'_>) {
        // Can't fail: the board waits until the serial line has taken everything.
        _ = writeln!(self.board, "{line}");
    }
}
