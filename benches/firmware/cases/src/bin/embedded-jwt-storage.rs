//! As `embedded-jwt-time-floor-saved`, with the floor saved by the door lock's `storage.rs`, in
//! flash that is simulated in RAM.

#![no_std]
#![no_main]

use core::cell::RefCell;
use core::hint::black_box;

use cases::{RULES, policy};
use embedded_jwt::{Hs256, Key, Policy, Time, TimeFloor, Verifier};
use embedded_storage::nor_flash::{ErrorType, NorFlash, NorFlashErrorKind, ReadNorFlash};
use storage::Storage;

#[path = "../../../../../examples/door-lock/src/storage.rs"]
#[allow(dead_code, reason = "a firmware need not use all of it")]
mod storage;

harness::firmware!(HS256);

/// Accepts tokens that may have expired since the floor.
const POLICY: Policy = policy(RULES.allow_uncertain_time());

const BUILT: u64 = 1_690_000_000;
const YEAR: u32 = 365 * 24 * 60 * 60;
const FRAME: usize = storage::frame_size(TimeFloor::SAVED_LENGTH);
const PAGE: usize = 128;
const VERSION: u16 = 1;

/// As little as a driver can be.
struct Flash([u8; 3 * PAGE]);

impl Flash {
    fn part(&mut self, from: u32, length: usize) -> Result<&mut [u8], NorFlashErrorKind> {
        let rest = self.0.get_mut(from as usize..).ok_or(NorFlashErrorKind::OutOfBounds)?;
        rest.get_mut(..length).ok_or(NorFlashErrorKind::OutOfBounds)
    }
}

impl ErrorType for Flash {
    type Error = NorFlashErrorKind;
}

impl ReadNorFlash for Flash {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), NorFlashErrorKind> {
        bytes.copy_from_slice(self.part(offset, bytes.len())?);
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.0.len()
    }
}

impl NorFlash for Flash {
    const WRITE_SIZE: usize = 8;
    const ERASE_SIZE: usize = PAGE;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), NorFlashErrorKind> {
        self.part(from, to.saturating_sub(from) as usize)?.fill(0xff);
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), NorFlashErrorKind> {
        self.part(offset, bytes.len())?.copy_from_slice(bytes);
        Ok(())
    }
}

type Prepared =
    Option<(Verifier<'static, Key<Hs256>>, RefCell<(TimeFloor, Storage<Flash, 3, FRAME>)>)>;

fn prepare() -> Prepared {
    let key = Key::new(black_box(&harness::SECRET)).ok()?;
    let mut floor = TimeFloor::new(BUILT, YEAR);
    let flash = Flash([black_box(0xff); 3 * PAGE]);
    let mut storage = Storage::new(flash, 0..3 * PAGE as u32, VERSION);
    if let Some(saved) = storage.load().ok()? {
        floor.restore(saved).ok()?;
    }
    Some((Verifier::new(key, POLICY), RefCell::new((floor, storage))))
}

#[unsafe(no_mangle)]
#[inline(never)]
fn measured(prepared: &Prepared, token: &[u8], buffer: &mut [u8]) -> bool {
    let Some((verifier, kept)) = prepared else { return false };
    let Ok(mut kept) = kept.try_borrow_mut() else { return false };
    let (floor, storage) = &mut *kept;
    let Ok(token) = verifier.verify(token, floor.with_clock(Time::Unknown), buffer) else {
        return false;
    };
    floor.raise(&token);
    storage.save(&floor.to_bytes()).is_ok()
}
