//! The interrupt's half: it takes a token byte by byte, which only decodes, and hands it over.
//!
//! Two tokens go round, each with its buffer: the interrupt fills one while the main loop verifies
//! the other. The interrupt never waits. If both are still with the main loop when a line begins,
//! that line is lost, and counted.

use embedded_jwt::IncomingToken;
use heapless::spsc::{Consumer, Producer};

/// A token and its buffer, by reference: handing it over moves nothing.
pub type Incoming = &'static mut IncomingToken<'static>;

pub struct Receiver {
    /// The token that arrives.
    token: Option<Incoming>,
    /// Whether a line has begun.
    in_line: bool,
    /// Tokens whose line has ended, to the main loop.
    arrived: Producer<'static, Incoming>,
    /// Tokens that the main loop has given back.
    empty: Consumer<'static, Incoming>,
}

/// A line was lost.
pub struct Lost;

impl Receiver {
    pub const fn new(
        arrived: Producer<'static, Incoming>,
        empty: Consumer<'static, Incoming>,
    ) -> Self {
        Self { token: None, in_line: false, arrived, empty }
    }

    /// Takes a byte. A line ends with `\n` from a program, `\r` from a terminal's Enter. An empty
    /// one, as between the two, is ignored.
    pub fn take(&mut self, byte: u8) -> Result<(), Lost> {
        if !matches!(byte, b'\n' | b'\r') {
            if !self.in_line {
                self.in_line = true;
                self.token = self.empty.dequeue();
            }
            if let Some(token) = &mut self.token {
                // An error stays until the token is verified, which gives it again.
                _ = token.push(&[byte]);
            }
            return Ok(());
        }
        if !self.in_line {
            return Ok(());
        }
        self.in_line = false;
        let token = self.token.take().ok_or(Lost)?;
        // The queue has room for all tokens that there are.
        self.arrived.enqueue(token).map_err(|_| Lost)
    }
}
