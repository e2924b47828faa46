//! Takes a firmware image in pieces, and checks it while it is written to flash.

use embedded_io::{Error as _, ErrorKind, Read};
use embedded_jwt::{DetachedStream, Error, Hs256, JwsVerifier, Key, KeySet};
use embedded_storage::nor_flash::NorFlash;

use crate::slots::{Fault, Slots};

/// `typ` of an image's token, which no other token by the same key has.
pub const TYPE: &str = "firmware-image";
/// The header parameter with the version of the image, from 0 to 2^32 - 1.
pub const VERSION: &str = "version";

/// One key, with a name of up to 16 bytes: this device's own.
pub type Keys = KeySet<'static, Key<Hs256>, 1, 16>;

/// For the decoded header of a token.
const HEADER: usize = 128;
/// How many bytes are hashed and written at once. The image comes in pieces of any length.
const PIECE: usize = 256;

/// What is kept of an image that arrives, with what is needed to find the header's parameters.
pub const STATE: usize = size_of::<DetachedStream<'_, '_, Keys>>();
// On a computer, pointers are larger.
const _: () = assert!(size_of::<usize>() > 4 || STATE <= 400);

/// Why an image is not installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The token, or an image that is not the token's.
    Token(Error),
    /// The image is older than the one in use, or the same.
    NotNewer { in_use: u32 },
    /// The flash.
    Fault(Fault),
    /// The image has not arrived as a whole.
    Link(ErrorKind),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Token(error)
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Installs an image: writes it to the slot that is not in use, and marks it if its token holds.
/// Returns its version. The device has to be started again before the next one.
///
/// # Errors
/// Any [`Refusal`]. The image in use stays as it is. What was in the other slot stays too if the
/// token is refused before the first piece is read; after that, the slot has no mark. Only if the
/// flash fails while the mark is written, it may have one: then the image is whole.
pub fn install(
    slots: &mut Slots<impl NorFlash>,
    verifier: &JwsVerifier<'_, Keys>,
    token: &[u8],
    image: &mut impl Read,
) -> Result<u32, Refusal> {
    let in_use = slots.newest()?.map(|image| image.version);
    let mut header = [0; HEADER];
    let mut stream = verifier.stream_detached(token, &mut header)?;
    let mut slot = slots.clear_spare()?;
    let mut buffer = [0; PIECE];
    loop {
        let piece = read_piece(image, &mut buffer)?;
        if piece.is_empty() {
            break;
        }
        slot.write(piece)?;
        stream.push(piece)?;
    }
    // What the header says counts from here on.
    let version = stream.finish()?.get(VERSION)?;
    if let Some(in_use) = in_use
        && version <= in_use
    {
        return Err(Refusal::NotNewer { in_use });
    }
    slot.mark(version)?;
    Ok(version)
}

/// Reads until the buffer is full or the image ends.
fn read_piece<'b>(image: &mut impl Read, buffer: &'b mut [u8]) -> Result<&'b [u8], Refusal> {
    let mut length = 0;
    while length < buffer.len() {
        match image.read(&mut buffer[length..]) {
            Ok(0) => break,
            Ok(count) => length += count,
            Err(error) => return Err(Refusal::Link(error.kind())),
        }
    }
    Ok(&buffer[..length])
}
