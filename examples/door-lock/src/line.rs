//! Lines of bounded length.

/// Collects the bytes of a line, up to `N` of them without its end.
pub struct Line<const N: usize> {
    bytes: [u8; N],
    /// How many bytes have come since the last line's end; those beyond `N` are dropped.
    length: usize,
    ended: bool,
}

/// The line was longer than there is room. It has been dropped to its end.
#[derive(Debug)]
pub struct LineTooLong;

impl<const N: usize> Line<N> {
    pub fn new() -> Self {
        Self { bytes: [0; N], length: 0, ended: false }
    }

    /// Takes a byte. If it ends a line, gives that line: `\n` from a program, `\r` from a terminal's Enter. Both together
    /// end a line and an empty one.
    pub fn push(&mut self, byte: u8) -> Option<Result<&[u8], LineTooLong>> {
        if self.ended {
            (self.length, self.ended) = (0, false);
        }
        if matches!(byte, b'\n' | b'\r') {
            self.ended = true;
            return Some(self.bytes.get(..self.length).ok_or(LineTooLong));
        }
        if let Some(place) = self.bytes.get_mut(self.length) {
            *place = byte;
        }
        self.length = self.length.saturating_add(1);
        None
    }
}
