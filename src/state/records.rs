//! Records of fixed size in a list, and the bytes in which an application saves them.
//!
//! ```text
//! kind (1 byte) | version (1 byte) | number (8 bytes) | records | hash (8 bytes)
//! ```
//!
//! A record is a fingerprint and one or more times. Numbers and times have their most significant
//! byte first. The hash is the first 8 bytes of the SHA-256 of everything before it. It detects
//! torn and damaged state. It is no MAC: whoever can write the saved state can forge it.

use heapless::Vec;
use sha2::{Digest, Sha256};

use super::fingerprint::{FINGERPRINT_LENGTH, Fingerprint};
use crate::Error;

const VERSION: u8 = 1;
const START: usize = 2;
const NUMBER: usize = 8;
const HASH: usize = 8;

/// What is remembered of one name.
#[derive(Clone, Copy)]
pub(crate) struct Record<const TIMES: usize> {
    pub(crate) fingerprint: Fingerprint,
    /// In seconds since 1970.
    pub(crate) times: [i64; TIMES],
}

impl<const TIMES: usize> Record<TIMES> {
    const LENGTH: usize = FINGERPRINT_LENGTH + TIMES * NUMBER;

    fn from_bytes(bytes: &[u8]) -> Self {
        let (fingerprint, times) = bytes.split_first_chunk().unwrap_or((&[0; _], &[]));
        let mut times = times.as_chunks().0.iter().copied().map(i64::from_be_bytes);
        let times = core::array::from_fn(|_| times.next().unwrap_or(i64::MAX));
        Self { fingerprint: *fingerprint, times }
    }
}

/// The latest of several times, in seconds since 1970; `i64::MIN` at first. Then all its bits are
/// zero, so that a `static` with it takes no room in an image.
#[derive(Clone, Copy)]
pub(crate) struct Latest(i64);

impl Latest {
    pub(crate) const NONE: Self = Self::new(i64::MIN);

    pub(crate) const fn new(time: i64) -> Self {
        Self(time ^ i64::MIN)
    }

    pub(crate) const fn get(self) -> i64 {
        self.0 ^ i64::MIN
    }

    pub(crate) fn raise(&mut self, time: i64) {
        *self = Self::new(time.max(self.get()));
    }
}

/// Removes the records for which `goes` is true. The last record moves into each gap.
pub(crate) fn remove<const TIMES: usize, const N: usize>(
    records: &mut Vec<Record<TIMES>, N>,
    mut goes: impl FnMut(&Record<TIMES>) -> bool,
) {
    let mut at = 0;
    while let Some(record) = records.get(at) {
        if !goes(record) {
            at += 1;
            continue;
        }
        // `swap_remove` would do the same, but the compiler keeps its panic.
        if let Some((last, others)) = records.split_last_mut()
            && let Some(gap) = others.get_mut(at)
        {
            core::mem::swap(gap, last);
        }
        records.pop();
    }
}

/// The length in bytes of `count` saved records.
pub(crate) const fn saved_length<const TIMES: usize>(count: usize) -> usize {
    START + NUMBER + count * Record::<TIMES>::LENGTH + HASH
}

/// Saves the number and the records to the start of `memory`.
pub(crate) fn save<'m, const TIMES: usize>(
    kind: u8,
    number: i64,
    records: &[Record<TIMES>],
    memory: &'m mut [u8],
) -> Result<&'m [u8], Error> {
    let needed = saved_length::<TIMES>(records.len());
    let saved = memory.get_mut(..needed).ok_or(Error::buffer_too_small(needed))?;
    write(kind, number, records, saved);
    Ok(saved)
}

/// Replaces the records by those that [`save`] wrote, and returns the number. If they don't fit,
/// the error is `full`. On an error, the records stay unchanged.
pub(crate) fn restore<const TIMES: usize, const N: usize>(
    kind: u8,
    saved: &[u8],
    records: &mut Vec<Record<TIMES>, N>,
    full: Error,
) -> Result<i64, Error> {
    let (number, bytes) = read(kind, saved)?;
    let length = Record::<TIMES>::LENGTH;
    if !bytes.len().is_multiple_of(length) {
        return Err(Error::InvalidSavedState);
    }
    if bytes.len() > N * length {
        return Err(full);
    }
    records.clear();
    for record in bytes.chunks_exact(length) {
        // There is room: their number was checked.
        let _ = records.push(Record::from_bytes(record));
    }
    Ok(number)
}

/// Fills the whole of `saved`, which has the records' [`saved_length`].
pub(crate) fn write<const TIMES: usize>(
    kind: u8,
    number: i64,
    records: &[Record<TIMES>],
    saved: &mut [u8],
) {
    let Some((framed, hash)) = saved.split_last_chunk_mut() else { return };
    let mut places = framed.iter_mut();
    let mut put = |bytes: &[u8]| {
        for (byte, place) in bytes.iter().zip(&mut places) {
            *place = *byte;
        }
    };
    put(&[kind, VERSION]);
    put(&number.to_be_bytes());
    for record in records {
        put(&record.fingerprint);
        for time in record.times {
            put(&time.to_be_bytes());
        }
    }
    *hash = hash_of(framed);
}

/// Reads the number and the bytes of all records that [`write()`] wrote.
pub(crate) fn read(kind: u8, saved: &[u8]) -> Result<(i64, &[u8]), Error> {
    match saved.split_last_chunk() {
        Some((framed @ [of, VERSION, content @ ..], hash))
            if *of == kind && *hash == hash_of(framed) =>
        {
            let (number, records) = content.split_first_chunk().ok_or(Error::InvalidSavedState)?;
            Ok((i64::from_be_bytes(*number), records))
        }
        _ => Err(Error::InvalidSavedState),
    }
}

fn hash_of(framed: &[u8]) -> [u8; HASH] {
    Sha256::digest(framed).first_chunk().copied().unwrap_or_default()
}
