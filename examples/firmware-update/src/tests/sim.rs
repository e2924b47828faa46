//! A flash that loses power, fails, and wears out.

use std::collections::BTreeMap;
use std::mem;
use std::ops::Range;

use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashErrorKind, ReadNorFlash, check_erase, check_read, check_write,
};

const WRITE: usize = 8;
const ERASE: usize = 4096;

/// What happens at a step: a word that is written, or a page that is erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The power fails before it.
    PowerLossBefore,
    /// The power fails after it.
    PowerLossAfter,
    /// The power fails meanwhile: some of the bits have changed that should.
    PowerLossMeanwhile,
    /// It fails, this time.
    Error,
    /// It seems to succeed, and changes nothing.
    Worn,
}

/// Writing clears bits, a word at a time and each word once. Erasing sets all bits of a page.
#[derive(Clone)]
pub struct SimFlash {
    size: usize,
    /// By number. The others are blank.
    pages: BTreeMap<usize, Page>,
    /// The number of steps until something happens.
    event: Option<(usize, Event)>,
    is_off: bool,
    pub steps: usize,
    /// The seed of what is random.
    pub random: u64,
}

#[derive(Clone)]
struct Page {
    bytes: [u8; ERASE],
    /// Of each word, whether it was written since the page was erased.
    is_written: [bool; ERASE / WRITE],
}

impl Page {
    const BLANK: Self = Self { bytes: [0xff; ERASE], is_written: [false; ERASE / WRITE] };
}

impl SimFlash {
    pub fn blank(size: usize) -> Self {
        Self { size, pages: BTreeMap::new(), event: None, is_off: false, steps: 0, random: 0 }
    }

    /// Lets something happen at a step: 0 is the next.
    pub fn at(&mut self, step: usize, event: Event) {
        (self.steps, self.event) = (0, Some((step, event)));
    }

    /// Turns the power on again.
    pub fn restart(&mut self) {
        self.event = None;
        self.is_off = false;
    }

    fn page(&mut self, address: usize) -> &mut Page {
        self.pages.entry(address / ERASE).or_insert(Page::BLANK)
    }

    pub fn bytes(&self, range: Range<usize>) -> impl Iterator<Item = u8> {
        range.map(|at| self.pages.get(&(at / ERASE)).map_or(0xff, |page| page.bytes[at % ERASE]))
    }

    /// Changes a word or a page.
    fn change(&mut self, start: usize, after: &[u8]) -> Result<(), NorFlashErrorKind> {
        if self.is_off {
            return Err(NorFlashErrorKind::Other);
        }
        let event = self.event.filter(|(step, _)| *step == self.steps).map(|(_, event)| event);
        self.steps += 1;
        let page = self.pages.entry(start / ERASE).or_insert(Page::BLANK);
        for (byte, &after) in page.bytes[start % ERASE..].iter_mut().zip(after) {
            match event {
                None | Some(Event::PowerLossAfter) => *byte = after,
                Some(Event::PowerLossMeanwhile) => {
                    self.random =
                        self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    let random = (self.random >> 56) as u8;
                    *byte = *byte & random | after & !random;
                }
                Some(_) => {}
            }
        }
        match event {
            None | Some(Event::Worn) => Ok(()),
            Some(event) => {
                self.is_off = event != Event::Error;
                Err(NorFlashErrorKind::Other)
            }
        }
    }
}

impl ErrorType for SimFlash {
    type Error = NorFlashErrorKind;
}

impl ReadNorFlash for SimFlash {
    const READ_SIZE: usize = 4;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), NorFlashErrorKind> {
        check_read(self, offset, bytes.len())?;
        let start = offset as usize;
        for (byte, content) in bytes.iter_mut().zip(self.bytes(start..self.size)) {
            *byte = content;
        }
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.size
    }
}

impl NorFlash for SimFlash {
    const WRITE_SIZE: usize = WRITE;
    const ERASE_SIZE: usize = ERASE;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), NorFlashErrorKind> {
        check_erase(self, from, to)?;
        for page in (from as usize..to as usize).step_by(ERASE) {
            self.change(page, &[0xff; ERASE])?;
            self.page(page).is_written.fill(false);
        }
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), NorFlashErrorKind> {
        check_write(self, offset, bytes.len())?;
        for (start, word) in (offset as usize..).step_by(WRITE).zip(bytes.chunks_exact(WRITE)) {
            let is_written = &mut self.page(start).is_written[start % ERASE / WRITE];
            assert!(!mem::replace(is_written, true), "a word may be written only once");
            let mut after = [0; WRITE];
            for (after, (old, new)) in after.iter_mut().zip(self.bytes(start..self.size).zip(word))
            {
                *after = old & new;
            }
            self.change(start, &after)?;
        }
        Ok(())
    }
}
