//! The issuer's keys: an old one, the current one, and the next, so that issuer and doors need not
//! change over at the same moment.
//!
//! A product has them in a page of flash that is written at provisioning, and that can't be read
//! from outside. Each door has its own: whoever has a key can sign for every door that has it.

use embedded_jwt::{Error, Hs256, Key, KeyEntry, KeySet};

/// The longest lifetime of an access token.
pub const LIFETIME: u32 = 8 * 60 * 60;
/// When the issuer began to sign with the current key, and will with the next: the first seconds of
/// January and February 2027.
const JANUARY: u64 = 1_798_761_600;
const FEBRUARY: u64 = 1_801_440_000;

/// In the repository, for demonstration. Random bytes, 32 for each key.
static SECRETS: &[u8; 96] = include_bytes!("../demo.key");

pub type Keys = KeySet<'static, Key<Hs256>, 3, 8>;

/// A key is good from the changeover to it, until the last token that was signed before the next
/// changeover has expired. Where the time isn't known, `Keys::remove` alone ends the use of a key.
pub fn provision(keys: &mut Keys) -> Result<(), Error> {
    let [old, current, next] = SECRETS.as_chunks::<32>().0 else { return Err(Error::NoUsableKey) };
    keys.add("2026-12", KeyEntry::new(Key::new(old)?).retired_after(last_use(JANUARY)))?;
    let entry = KeyEntry::new(Key::new(current)?).not_before(JANUARY);
    keys.add("2027-01", entry.retired_after(last_use(FEBRUARY)))?;
    keys.add("2027-02", KeyEntry::new(Key::new(next)?).not_before(FEBRUARY))
}

const fn last_use(changeover: u64) -> u64 {
    changeover + LIFETIME as u64
}
