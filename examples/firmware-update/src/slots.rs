//! Two slots of flash for firmware images. The newest image is started, the next one is written to
//! the other slot.
//!
//! ```text
//! image (1 MiB) | record (a page, of which two words are used)
//!
//! record: version (4) | length (4) | mark (8)
//! ```
//!
//! A slot can be started if its mark is there: the first word of the record with all bits inverted.
//! The mark is written last, when everything else is known to be right, and erased first, before
//! the image changes. So a power loss at any moment leaves a whole image with a mark, or no mark.
//!
//! A page that was being erased when the power failed may have any of its bits set. Then no record
//! reads as another one: for each bit of the first word that gets set, one of the mark would have
//! to be cleared. So an old image can't get a higher version by this.

use embedded_storage::nor_flash::{NorFlash, NorFlashError, NorFlashErrorKind};

/// The longest image, in bytes.
pub const CAPACITY: u32 = 1 << 20;
/// What is written at once. The flash's units for reading and writing divide it.
const WORD: usize = 8;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    A,
    B,
}

impl Slot {
    const fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }
}

/// An image that can be started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Image {
    pub slot: Slot,
    pub version: u32,
    pub length: u32,
}

/// Why flash can't take an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// What the flash's driver says.
    Flash(NorFlashErrorKind),
    /// The flash does not keep what was written to it: it is worn out.
    NotKept,
    /// The image is longer than a slot.
    ImageTooLong,
}

impl Fault {
    fn of_flash(error: impl NorFlashError) -> Self {
        Self::Flash(error.kind())
    }
}

/// The two slots, one behind the other from the start of a flash.
pub struct Slots<F> {
    flash: F,
}

impl<F: NorFlash> Slots<F> {
    const PAGE: u32 = F::ERASE_SIZE as u32;

    pub const fn new(flash: F) -> Self {
        const {
            assert!(CAPACITY.is_multiple_of(Self::PAGE), "an image has pages of its own");
            assert!(WORD.is_multiple_of(F::WRITE_SIZE) && WORD.is_multiple_of(F::READ_SIZE));
        }
        Self { flash }
    }

    /// The image that is to be started: of those that can be, the one with the highest version.
    ///
    /// # Errors
    /// [`Fault::Flash`].
    pub fn newest(&mut self) -> Result<Option<Image>, Fault> {
        let [a, b] = [self.image(Slot::A)?, self.image(Slot::B)?];
        Ok(a.into_iter().chain(b).max_by_key(|image| image.version))
    }

    /// Clears the slot that is not in use, and returns it to be written. It can't be started from
    /// now on, until it is marked.
    ///
    /// # Errors
    /// [`Fault::Flash`].
    pub fn clear_spare(&mut self) -> Result<SpareSlot<'_, F>, Fault> {
        let slot = self.newest()?.map_or(Slot::A, |newest| newest.slot.other());
        let (start, record) = (Self::start_of(slot), Self::record_of(slot));
        self.flash.erase(record, record + Self::PAGE).map_err(Fault::of_flash)?;
        Ok(SpareSlot { slots: self, start, length: 0, erased: 0 })
    }

    /// The image in a slot, if it can be started.
    ///
    /// # Errors
    /// [`Fault::Flash`].
    pub fn image(&mut self, slot: Slot) -> Result<Option<Image>, Fault> {
        let record = Self::record_of(slot);
        let mut words = [[0; WORD]; 2];
        self.flash.read(record, words.as_flattened_mut()).map_err(Fault::of_flash)?;
        let [word, mark] = words.map(u64::from_le_bytes);
        let (version, length) = (word as u32, (word >> 32) as u32);
        Ok((mark == !word).then_some(Image { slot, version, length }))
    }

    const fn start_of(slot: Slot) -> u32 {
        match slot {
            Slot::A => 0,
            Slot::B => CAPACITY + Self::PAGE,
        }
    }

    const fn record_of(slot: Slot) -> u32 {
        Self::start_of(slot) + CAPACITY
    }

    /// Writes whole words, and reads them again to see whether the flash keeps them.
    fn write(&mut self, start: u32, words: &[u8]) -> Result<(), Fault> {
        self.flash.write(start, words).map_err(Fault::of_flash)?;
        for (word, at) in words.chunks_exact(WORD).zip((start..).step_by(WORD)) {
            let mut kept = [0; WORD];
            self.flash.read(at, &mut kept).map_err(Fault::of_flash)?;
            if kept != word {
                return Err(Fault::NotKept);
            }
        }
        Ok(())
    }
}

/// The slot that is not in use, while an image is written to it.
pub struct SpareSlot<'s, F> {
    slots: &'s mut Slots<F>,
    start: u32,
    /// How much has been written.
    length: u32,
    /// How much has been erased: whole pages, each when its first byte comes.
    erased: u32,
}

impl<F: NorFlash> SpareSlot<'_, F> {
    /// Writes the next piece of an image. Every piece but the last has whole words.
    ///
    /// # Errors
    /// Any [`Fault`].
    pub fn write(&mut self, piece: &[u8]) -> Result<(), Fault> {
        let room = CAPACITY - self.length;
        let length = u32::try_from(piece.len()).ok().filter(|&length| length <= room);
        let (at, end) = (self.length, self.length + length.ok_or(Fault::ImageTooLong)?);
        while self.erased < end {
            let page = self.start + self.erased;
            self.slots.flash.erase(page, page + Slots::<F>::PAGE).map_err(Fault::of_flash)?;
            self.erased += Slots::<F>::PAGE;
        }
        let (words, rest) = piece.split_at(piece.len() / WORD * WORD);
        self.slots.write(self.start + at, words)?;
        if !rest.is_empty() {
            let mut word = [0xff; WORD];
            word[..rest.len()].copy_from_slice(rest);
            self.slots.write(self.start + at + words.len() as u32, &word)?;
        }
        self.length = end;
        Ok(())
    }

    /// Marks the image as one that can be started.
    ///
    /// # Errors
    /// [`Fault::Flash`] and [`Fault::NotKept`].
    pub fn mark(self, version: u32) -> Result<(), Fault> {
        let record = self.start + CAPACITY;
        let word = u64::from(version) | u64::from(self.length) << 32;
        self.slots.write(record, &word.to_le_bytes())?;
        self.slots.write(record + WORD as u32, &(!word).to_le_bytes())
    }
}
