//! Keeps some bytes in flash, so that a power loss at any moment leaves the old bytes or the new
//! ones. To use it elsewhere, copy this file and its tests.
//!
//! A region of flash is divided into places of equal size. Each save erases the next place and
//! writes one frame there, so the frame before it stays whole until the new one is:
//!
//! ```text
//! mark (4 bytes) | version (2) | length (2) | number (8) | content | check (16)
//! ```
//!
//! The number counts the saves. The check is the first 16 bytes of the SHA-256 of all before it.
//! It detects torn and worn flash. It is no MAC: anyone who can write the flash can forge it.
//!
//! - **Two places** are enough if a word that was half written when the power failed reads alike
//!   ever after. **Three** are safe even if it doesn't, from the second save on. Each place more
//!   makes the flash last longer.
//! - **Save once at the very first start**, before anything happens that must not be forgotten:
//!   the first frame has none before it.
//! - A frame that was whole and got damaged later looks like one that was being written. Then the
//!   one before it is taken, unless all are damaged.

use core::ops::Range;

use embedded_storage::nor_flash::NorFlash;
use sha2::{Digest, Sha256};

const MARK: [u8; 4] = *b"SAVE";
const HEADER: usize = 16;
const CHECK: usize = 16;
/// Frames have a multiple of this size, which the flash's units for reading and writing divide.
const UNIT: usize = 64;

/// The size of a frame with this many bytes of content.
pub const fn frame_size(content: usize) -> usize {
    (HEADER + content + CHECK).next_multiple_of(UNIT)
}

/// `PLACES` places for a frame of up to `FRAME` bytes, which [`frame_size`] calculates.
pub struct Storage<F, const PLACES: u32, const FRAME: usize> {
    flash: F,
    region: Range<u32>,
    version: u16,
    /// Whether `newest` is known. Nothing is saved before.
    is_loaded: bool,
    /// `None` before the first save.
    newest: Option<Saved>,
    frame: [u8; FRAME],
}

/// Where a frame is. The one with the higher number is newer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Saved {
    number: u64,
    place: u32,
}

/// A frame that is whole, and where in it its content is.
struct Frame {
    number: u64,
    version: u16,
    content: Range<usize>,
}

/// Why nothing is loaded or saved.
#[derive(Debug, PartialEq, Eq)]
pub enum Error<E> {
    /// What the flash's driver says.
    Flash(E),
    /// The region's places are not whole erase blocks, or too small for a frame.
    Region,
    /// There were frames, and none is whole, or none fits into memory. Nobody knows what was saved
    /// last.
    Damaged,
    /// The newest frame has this version: another firmware wrote it.
    Version(u16),
    /// The content does not fit into a frame.
    TooLong,
    /// The flash does not keep what was written to it: it is worn out.
    NotKept,
}

impl<F: NorFlash, const PLACES: u32, const FRAME: usize> Storage<F, PLACES, FRAME> {
    /// A storage in a region of flash. `version` is that of the content's format: raise it with
    /// each change.
    pub const fn new(flash: F, region: Range<u32>, version: u16) -> Self {
        const {
            assert!(PLACES >= 2, "a save may not erase what was saved before");
            assert!(FRAME.is_multiple_of(UNIT) && FRAME >= frame_size(0), "use `frame_size`");
            assert!(UNIT.is_multiple_of(F::WRITE_SIZE) && HEADER.is_multiple_of(F::READ_SIZE));
        }
        Self { flash, region, version, is_loaded: false, newest: None, frame: [0; FRAME] }
    }

    /// Finds the newest whole frame. Returns its content, or `None` if nothing was saved yet.
    ///
    /// # Errors
    /// [`Error::Damaged`], [`Error::Version`], [`Error::Region`], [`Error::Flash`]. The flash stays
    /// unchanged, and nothing can be saved. To give up what it has, [`erase`](Self::erase) it.
    pub fn load(&mut self) -> Result<Option<&[u8]>, Error<F::Error>> {
        self.is_loaded = false;
        let size = self.place_size() as usize;
        if !size.is_multiple_of(F::ERASE_SIZE) || size < FRAME {
            return Err(Error::Region);
        }
        // From the newest down: one that was being written when the power failed is not whole, and
        // its number may have read higher than it is.
        let mut next = self.newest_before(Saved { number: u64::MAX, place: PLACES })?;
        while let Some(saved) = next {
            if let Some(found) = self.read(saved.place)?
                && found.number == saved.number
            {
                if found.version != self.version {
                    return Err(Error::Version(found.version));
                }
                (self.is_loaded, self.newest) = (true, next);
                return Ok(self.frame.get(found.content));
            }
            next = self.newest_before(saved)?;
        }
        // Nothing was saved yet, but the first save, to place 0, may have been cut off.
        for place in 1..PLACES {
            if self.header(place)? != [0xff; HEADER] {
                return Err(Error::Damaged);
            }
        }
        (self.is_loaded, self.newest) = (true, None);
        Ok(None)
    }

    /// Saves content, and reads it again to see whether the flash keeps it. If the power fails
    /// meanwhile, what was saved before is found at the next start, or this.
    ///
    /// # Errors
    /// [`Error::TooLong`], [`Error::NotKept`], [`Error::Flash`], and those of [`load`](Self::load),
    /// which has to come first. What was saved before stays.
    pub fn save(&mut self, content: &[u8]) -> Result<(), Error<F::Error>> {
        if !self.is_loaded {
            self.load()?;
        }
        let saved = match self.newest {
            None => Saved { number: 0, place: 0 },
            Some(Saved { number, place }) => {
                Saved { number: number.saturating_add(1), place: (place + 1) % PLACES }
            }
        };
        let used = self.fill_frame(content, saved.number).ok_or(Error::TooLong)?;
        let start = self.start_of(saved.place);
        self.flash.erase(start, start + self.place_size()).map_err(Error::Flash)?;
        let words = self.frame.get(..used.next_multiple_of(F::WRITE_SIZE)).ok_or(Error::TooLong)?;
        self.flash.write(start, words).map_err(Error::Flash)?;
        match self.read(saved.place)? {
            Some(found) if found.number == saved.number => {
                self.newest = Some(saved);
                Ok(())
            }
            _ => Err(Error::NotKept),
        }
    }

    /// Erases the region: then nothing was saved yet.
    ///
    /// # Errors
    /// [`Error::Flash`], [`Error::Region`].
    pub fn erase(&mut self) -> Result<(), Error<F::Error>> {
        self.flash.erase(self.region.start, self.region.end).map_err(Error::Flash)?;
        self.load().map(|_| ())
    }

    /// Writes a frame to memory. Returns its length, or `None` if the content is too long.
    fn fill_frame(&mut self, content: &[u8], number: u64) -> Option<usize> {
        let length = u16::try_from(content.len()).ok()?;
        let mut header = [0; HEADER];
        header[..4].copy_from_slice(&MARK);
        header[4..6].copy_from_slice(&self.version.to_be_bytes());
        header[6..8].copy_from_slice(&length.to_be_bytes());
        header[8..].copy_from_slice(&number.to_be_bytes());

        let end = HEADER + content.len();
        self.frame.fill(0xff);
        self.frame.get_mut(..HEADER)?.copy_from_slice(&header);
        self.frame.get_mut(HEADER..end)?.copy_from_slice(content);
        let check = check_of(self.frame.get(..end)?);
        self.frame.get_mut(end..end + CHECK)?.copy_from_slice(&check);
        Some(end + CHECK)
    }

    /// Reads a frame to memory. Returns what it is, if it is whole.
    fn read(&mut self, place: u32) -> Result<Option<Frame>, Error<F::Error>> {
        let start = self.start_of(place);
        self.flash.read(start, &mut self.frame).map_err(Error::Flash)?;
        Ok(self.parse_frame())
    }

    fn parse_frame(&self) -> Option<Frame> {
        let (mark, rest) = self.frame.split_first_chunk()?;
        let (version, rest) = rest.split_first_chunk()?;
        let (length, rest) = rest.split_first_chunk()?;
        let (number, _) = rest.split_first_chunk()?;
        let end = HEADER + usize::from(u16::from_be_bytes(*length));
        let is_whole =
            *mark == MARK && self.frame.get(end..end + CHECK)? == check_of(self.frame.get(..end)?);
        is_whole.then_some(Frame {
            number: u64::from_be_bytes(*number),
            version: u16::from_be_bytes(*version),
            content: HEADER..end,
        })
    }

    /// Of the places before `limit`, the one with the highest number in its header. It may hold
    /// anything.
    fn newest_before(&mut self, limit: Saved) -> Result<Option<Saved>, Error<F::Error>> {
        let mut newest = None;
        for place in 0..PLACES {
            let number = self.header(place)?.last_chunk().copied().unwrap_or_default();
            let saved = Saved { number: u64::from_be_bytes(number), place };
            newest = newest.max(Some(saved).filter(|saved| *saved < limit));
        }
        Ok(newest)
    }

    fn header(&mut self, place: u32) -> Result<[u8; HEADER], Error<F::Error>> {
        let mut header = [0; HEADER];
        self.flash.read(self.start_of(place), &mut header).map_err(Error::Flash)?;
        Ok(header)
    }

    fn start_of(&self, place: u32) -> u32 {
        self.region.start + place * self.place_size()
    }

    fn place_size(&self) -> u32 {
        self.region.end.saturating_sub(self.region.start) / PLACES
    }
}

fn check_of(bytes: &[u8]) -> [u8; CHECK] {
    Sha256::digest(bytes).first_chunk().copied().unwrap_or_default()
}
