//! What the radio brings: the line with the token, and the packets of the image.

use embedded_io::{ErrorKind, ErrorType, Read, ReadExactError};
use embedded_jwt::Error;
use firmware_update::install::Refusal;

use crate::board::Radio;

/// Reads a line, which ends with `\n`. One that is too long is read to its end.
pub fn read_line<'b>(radio: &mut Radio, buffer: &'b mut [u8]) -> Result<&'b [u8], Refusal> {
    let mut length = 0_usize;
    loop {
        let [byte] = read(radio).map_err(Refusal::Link)?;
        if byte == b'\n' {
            return buffer.get(..length).ok_or(Refusal::Token(Error::TokenTooLong));
        }
        if let Some(place) = buffer.get_mut(length) {
            *place = byte;
        }
        length = length.saturating_add(1);
    }
}

/// An image that arrives in packets.
pub struct Packets<'r> {
    radio: &'r mut Radio,
    /// How many bytes of the packet are to come.
    left: usize,
    has_ended: bool,
}

impl<'r> Packets<'r> {
    pub fn new(radio: &'r mut Radio) -> Self {
        Self { radio, left: 0, has_ended: false }
    }

    /// Skips what is left of a packet if the image is refused in its middle: the next byte begins a
    /// line.
    pub fn skip_packet(&mut self) {
        while self.left > 0 {
            self.left -= self.radio.read(&mut [0; 64][..self.left.min(64)]).unwrap_or(self.left);
        }
    }
}

/// A product's radio gives up if nothing arrives for some seconds, and returns an error.
impl ErrorType for Packets<'_> {
    type Error = ErrorKind;
}

impl Read for Packets<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> Result<usize, ErrorKind> {
        if self.left == 0 && !self.has_ended {
            self.radio.say(format_args!("more"));
            self.left = u16::from_be_bytes(read(self.radio)?).into();
            self.has_ended = self.left == 0;
        }
        if self.has_ended {
            return Ok(0);
        }
        let most = self.left.min(bytes.len());
        let count = self.radio.read(&mut bytes[..most])?;
        self.left -= count;
        Ok(count)
    }
}

/// Waits for this many bytes.
fn read<const N: usize>(radio: &mut Radio) -> Result<[u8; N], ErrorKind> {
    let mut bytes = [0; N];
    radio.read_exact(&mut bytes).map_err(|error| match error {
        ReadExactError::UnexpectedEof => ErrorKind::Other,
        ReadExactError::Other(error) => error,
    })?;
    Ok(bytes)
}
