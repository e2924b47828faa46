//! Restores saved state from any bytes, with a correct hash, so that the code after the hash is
//! reached.

use embedded_jwt::{
    Error, MAX_LEEWAY, Policy, ReplayGuard, Revocations, Time, TimeFloor, Verifier, WhenFull,
};
use sha2::{Digest as _, Sha256};

use crate::check::HS256;
use crate::paste::{self, IfPanics};
use crate::sign::Algorithm;

/// Frames a content as saved state: kind, version, content, and the first 8 bytes of their hash.
pub fn frame(kind: u8, version: u8, content: &[u8]) -> Vec<u8> {
    let framed = [&[kind, version], content].concat();
    let hash = Sha256::digest(&framed);
    [&framed, &hash[..8]].concat()
}

/// A state that can be saved and restored.
trait State {
    const KIND: u8;
    /// The capacity in records.
    const RECORDS: usize;
    /// The length of a record in bytes.
    const RECORD: usize;
    /// The error if there are more records.
    const TOO_MANY: Error;
    /// A new state, as code.
    const NEW: &str;

    fn save<'m>(&self, memory: &'m mut [u8]) -> Result<&'m [u8], Error>;

    fn restore(&mut self, saved: &[u8]) -> Result<(), Error>;
}

const ROOM: usize = 2;

impl State for ReplayGuard<ROOM> {
    const KIND: u8 = b'R';
    const RECORDS: usize = ROOM;
    const RECORD: usize = 24;
    const TOO_MANY: Error = Error::ReplayGuardFull;
    const NEW: &str = "ReplayGuard::<2>::new(WhenFull::EvictFirstToExpire)";

    fn save<'m>(&self, memory: &'m mut [u8]) -> Result<&'m [u8], Error> {
        self.save(memory)
    }

    fn restore(&mut self, saved: &[u8]) -> Result<(), Error> {
        self.restore(saved)
    }
}

impl State for Revocations<ROOM> {
    const KIND: u8 = b'V';
    const RECORDS: usize = ROOM;
    const RECORD: usize = 32;
    const TOO_MANY: Error = Error::RevocationsFull;
    const NEW: &str = "Revocations::<2>::new()";

    fn save<'m>(&self, memory: &'m mut [u8]) -> Result<&'m [u8], Error> {
        self.save(memory)
    }

    fn restore(&mut self, saved: &[u8]) -> Result<(), Error> {
        self.restore(saved)
    }
}

impl State for TimeFloor {
    const KIND: u8 = b'F';
    const RECORDS: usize = 0;
    const RECORD: usize = 1;
    const TOO_MANY: Error = Error::InvalidSavedState;
    const NEW: &str = "TimeFloor::new(0, 10)";

    fn save<'m>(&self, memory: &'m mut [u8]) -> Result<&'m [u8], Error> {
        let needed = Self::SAVED_LENGTH as u16;
        let saved = memory.get_mut(..Self::SAVED_LENGTH).ok_or(Error::BufferTooSmall { needed })?;
        saved.copy_from_slice(&self.to_bytes());
        Ok(saved)
    }

    fn restore(&mut self, saved: &[u8]) -> Result<(), Error> {
        self.restore(saved)
    }
}

/// Restores any bytes as every kind of state. Panics if an answer differs from the judge's, if
/// refused bytes have changed the state, or if restored state isn't saved as the same bytes.
pub fn check_restore(saved: &[u8]) {
    let mut guard = ReplayGuard::new(WhenFull::EvictFirstToExpire);
    let mut revocations = Revocations::new();
    let restored = [check_state(&mut guard, saved), check_state(&mut revocations, saved)];
    if restored.contains(&Ok(())) {
        verify_tokens(&revocations, &mut guard);
        revocations.forget_expired(Time::Known(u64::MAX));
    }
    // Now over an existing state.
    check_state(&mut guard, &frame(b'R', 1, &[7; 8 + ROOM * 24])).expect("there is room");
    let _ = check_state(&mut guard, saved);
    check_state(&mut revocations, &frame(b'V', 1, &[7; 8 + ROOM * 32])).expect("there is room");
    let _ = check_state(&mut revocations, saved);

    let _ = check_state(&mut TimeFloor::new(0, 10), saved);
    let mut floor = TimeFloor::new(1000, 10);
    let seconds = floor
        .restore(saved)
        .map_or(0, |()| u64::from_be_bytes(saved[2..10].try_into().expect("eight bytes")));
    assert_eq!(floor.seconds(), seconds.max(1000));
}

fn check_state<S: State>(state: &mut S, saved: &[u8]) -> Result<(), Error> {
    let before = save(state);
    let _paste = IfPanics(|| {
        let (before, expected) = (paste::bytes(&before), paste::outcome(&judge::<S>(saved), ()));
        paste::test(&[
            paste::line(format!("let mut state = {};", S::NEW)),
            paste::line(format!("state.restore({before}).unwrap();")),
            paste::line(format!("assert_eq!(state.restore({}), {expected});", paste::bytes(saved))),
        ])
    });
    let answer = state.restore(saved);
    assert_eq!(answer, judge::<S>(saved), "{}", saved.escape_ascii());
    assert_eq!(save(state), if answer.is_ok() { saved } else { &before });
    answer
}

fn judge<S: State>(saved: &[u8]) -> Result<(), Error> {
    let [_, _, content @ .., _, _, _, _, _, _, _, _] = saved else {
        return Err(Error::InvalidSavedState);
    };
    let Some(records) = content.get(8..).filter(|_| saved == frame(S::KIND, 1, content)) else {
        return Err(Error::InvalidSavedState);
    };
    match records.len() {
        length if length % S::RECORD > 0 => Err(Error::InvalidSavedState),
        length if length / S::RECORD > S::RECORDS => Err(S::TOO_MANY),
        _ => Ok(()),
    }
}

/// Saves a state. With a byte less it must fail, and nothing may be written after its end.
fn save<S: State>(state: &S) -> Vec<u8> {
    let mut memory = [0xaa; 8 + 10 + ROOM * 32 + 1];
    let saved = state.save(&mut memory).expect("large enough").to_vec();
    assert!(
        memory[saved.len()..].iter().all(|&byte| byte == 0xaa),
        "written after the end of the state"
    );
    let needed = saved.len() as u16;
    let too_small = state.save(&mut memory[..saved.len() - 1]);
    assert_eq!(too_small, Err(Error::BufferTooSmall { needed }));
    saved
}

/// Verifies tokens, which must not panic, whatever was restored.
fn verify_tokens(revocations: &Revocations<ROOM>, guard: &mut ReplayGuard<ROOM>) {
    let policy = Policy::builder().allow_missing_expiration().leeway(MAX_LEEWAY).build();
    let verifier = Verifier::new(&*HS256, policy.expect("no contradiction"));
    for time in [0, 1000, u64::MAX] {
        for claims in [r#"{"jti":"a"}"#, r#"{"jti":"b","iat":0,"exp":999999999999999999}"#] {
            let token = Algorithm::Hs256.sign(br#"{"alg":"HS256"}"#, claims.as_bytes());
            let time = Time::Known(time);
            let _ = verifier.verify_with(&token, time, revocations, guard, &mut [0; 80]);
        }
    }
}
