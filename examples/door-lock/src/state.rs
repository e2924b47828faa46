//! What the door must not forget when it loses power, saved in one go.

use embedded_jwt::{Error, ReplayGuard, Revocations, TimeFloor, WhenFull};

/// When this firmware was built, in seconds since 1970. A product takes it from its build script.
const BUILT: u64 = 1_790_000_000;
/// How far a token may raise the floor: a year.
const STEP: u32 = 365 * 24 * 60 * 60;
/// How many accepted tokens are remembered until they expire.
const TOKENS: usize = 16;
/// How many subjects can be revoked one by one.
const SUBJECTS: usize = 8;

type Guard = ReplayGuard<TOKENS>;
type Revoked = Revocations<SUBJECTS>;

pub struct State {
    pub guard: Guard,
    pub revocations: Revoked,
    pub floor: TimeFloor,
}

impl State {
    /// Of the saved form: the floor, the guard's length (2 bytes), the guard, the revocations.
    /// Raise it with each change of that, and when one of the sizes above gets smaller.
    pub const VERSION: u16 = 1;

    /// The most bytes that [`save`](Self::save) writes.
    pub const MAX_SAVED_LENGTH: usize =
        TimeFloor::SAVED_LENGTH + 2 + Guard::MAX_SAVED_LENGTH + Revoked::MAX_SAVED_LENGTH;

    /// The state of a door that has seen no token.
    pub const fn blank() -> Self {
        Self {
            // The tokens that this door gets live equally long, so the first to expire is the
            // oldest.
            guard: Guard::new(WhenFull::EvictFirstToExpire),
            revocations: Revoked::new(),
            floor: TimeFloor::new(BUILT, STEP),
        }
    }

    /// Writes the state to the start of `memory`, and returns what it wrote.
    pub fn save<'m>(
        &self,
        memory: &'m mut [u8; Self::MAX_SAVED_LENGTH],
    ) -> Result<&'m [u8], Error> {
        let (floor, rest) = memory.split_at_mut(TimeFloor::SAVED_LENGTH);
        let (length, rest) = rest.split_at_mut(2);
        let guard = self.guard.save(rest)?.len();
        let revocations = self.revocations.save(rest.get_mut(guard..).ok_or(BAD)?)?.len();
        floor.copy_from_slice(&self.floor.to_bytes());
        length.copy_from_slice(&(guard as u16).to_be_bytes());
        let used = TimeFloor::SAVED_LENGTH + 2 + guard + revocations;
        memory.get(..used).ok_or(BAD)
    }

    /// Restores what was saved. On an error it may be incomplete, and must not be used.
    pub fn restore(&mut self, saved: &[u8]) -> Result<(), Error> {
        let (floor, rest) = saved.split_at_checked(TimeFloor::SAVED_LENGTH).ok_or(BAD)?;
        let (length, rest) = rest.split_first_chunk().ok_or(BAD)?;
        let (guard, revocations) =
            rest.split_at_checked(u16::from_be_bytes(*length).into()).ok_or(BAD)?;
        self.floor.restore(floor)?;
        self.guard.restore(guard)?;
        self.revocations.restore(revocations)
    }
}

const BAD: Error = Error::InvalidSavedState;
