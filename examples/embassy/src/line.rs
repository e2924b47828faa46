//! Lines of a serial port, by `embedded-io-async`.

use embedded_io_async::{ErrorType, Read, Write};

/// The rest of the line that a reader is in. Its end is the end of what can be read: `\n` from a
/// program, `\r` from a terminal's Enter. Both together end the line and an empty one.
pub struct Line<'r, R> {
    reader: &'r mut R,
    ended: bool,
}

impl<'r, R: Read> Line<'r, R> {
    pub const fn new(reader: &'r mut R) -> Self {
        Self { reader, ended: false }
    }

    /// The bytes up to the next space, which is left out, or up to the line's end. Returns `None`
    /// if they don't fit into `buffer`.
    pub async fn word<'b>(&mut self, buffer: &'b mut [u8]) -> Result<Option<&'b [u8]>, R::Error> {
        let mut length = 0;
        let mut byte = [0];
        while self.read(&mut byte).await? == 1 && byte != *b" " {
            let Some(place) = buffer.get_mut(length) else { return Ok(None) };
            [*place] = byte;
            length += 1;
        }
        Ok(buffer.get(..length))
    }

    /// Gives what is left of the line to `sink`, in pieces. Goes on to the end of the line even if
    /// `sink` fails: a streaming verifier gives its error again when it is asked for the token.
    pub async fn copy_to(&mut self, sink: &mut impl Write) -> Result<(), R::Error> {
        let mut piece = [0; 32];
        loop {
            let length = self.read(&mut piece).await?;
            if length == 0 {
                return Ok(());
            }
            _ = sink.write_all(&piece[..length]).await;
        }
    }

    /// Whether the end of the line has been read.
    pub const fn has_ended(&self) -> bool {
        self.ended
    }

    /// Reads to the end of the line.
    pub async fn skip(&mut self) -> Result<(), R::Error> {
        while self.read(&mut [0]).await? != 0 {}
        Ok(())
    }
}

impl<R: Read> ErrorType for Line<'_, R> {
    type Error = R::Error;
}

impl<R: Read> Read for Line<'_, R> {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, R::Error> {
        let Some(first) = buffer.first_mut() else { return Ok(0) };
        if self.ended {
            return Ok(0);
        }
        // One byte, which can't be of the next line.
        let length = self.reader.read(core::slice::from_mut(first)).await?;
        self.ended = length == 0 || matches!(first, b'\n' | b'\r');
        Ok(if self.ended { 0 } else { length })
    }
}
