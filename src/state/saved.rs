//! The plain byte form in which state is saved by the application, and restored.
//!
//! ```text
//! kind (1 byte) | version (1 byte) | content | the first 8 bytes of SHA-256 of all before
//! ```
//!
//! The content is a number of 8 bytes, and records of one length. Numbers have their most
//! significant byte first. The hash tells what was torn or damaged. It is no MAC: whoever can write
//! where the state is saved can write another.

use sha2::{Digest, Sha256};

use crate::Error;

const VERSION: u8 = 1;
const START: usize = 2;
const NUMBER: usize = 8;
const HASH: usize = 8;

/// How many bytes `count` records of `record` bytes take.
pub(crate) const fn length(count: usize, record: usize) -> usize {
    START + NUMBER + count * record + HASH
}

/// Writes the number and the bytes of all records to the whole of `saved`.
pub(crate) fn write(kind: u8, number: i64, records: impl Iterator<Item = u8>, saved: &mut [u8]) {
    let Some((framed, hash)) = saved.split_last_chunk_mut() else { return };
    let content = number.to_be_bytes().into_iter().chain(records);
    for (to, byte) in framed.iter_mut().zip([kind, VERSION].into_iter().chain(content)) {
        *to = byte;
    }
    *hash = hash_of(framed);
}

/// The same, to the start of memory that may be too small.
pub(crate) fn write_to(
    kind: u8,
    number: i64,
    records: impl Iterator<Item = u8>,
    length: usize,
    memory: &mut [u8],
) -> Result<&[u8], Error> {
    let too_small = Error::BufferTooSmall { needed: length.try_into().unwrap_or(u16::MAX) };
    let saved = memory.get_mut(..length).ok_or(too_small)?;
    write(kind, number, records, saved);
    Ok(saved)
}

/// The number and the records of what [`write()`] wrote.
pub(crate) fn read<const RECORD: usize>(
    kind: u8,
    saved: &[u8],
) -> Result<(i64, &[[u8; RECORD]]), Error> {
    let (framed, hash) = saved.split_last_chunk::<HASH>().ok_or(Error::InvalidSavedState)?;
    let Some(([of, VERSION], content)) = framed.split_first_chunk::<START>() else {
        return Err(Error::InvalidSavedState);
    };
    let (number, records) = content.split_first_chunk().ok_or(Error::InvalidSavedState)?;
    let (records, rest) = records.as_chunks();
    if *of == kind && rest.is_empty() && *hash == hash_of(framed) {
        Ok((i64::from_be_bytes(*number), records))
    } else {
        Err(Error::InvalidSavedState)
    }
}

fn hash_of(framed: &[u8]) -> [u8; HASH] {
    Sha256::digest(framed).first_chunk().copied().unwrap_or_default()
}
