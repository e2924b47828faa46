//! Shortens a name of any length to 16 bytes, by SHA-256.

use sha2::{Digest, Sha256};

/// The first 16 bytes of a hash.
///
/// Two names with the same fingerprint are taken for one. Someone who chooses both names needs
/// about 2^64 hashes to find such a pair; to match somebody else's name takes 2^128.
pub(crate) type Fingerprint = [u8; FINGERPRINT_LENGTH];

pub(crate) const FINGERPRINT_LENGTH: usize = 16;

/// Separates the parts of a name. It never occurs in UTF-8.
pub(crate) const SEPARATOR: u8 = 0xff;

/// The fingerprint of a name. The same name under another `kind` has another fingerprint.
pub(crate) fn of_name(kind: &str, name: impl Iterator<Item = u8>) -> Fingerprint {
    let mut hash = Sha256::new();
    hash.update(kind);
    hash.update([SEPARATOR]);
    for byte in name {
        hash.update([byte]);
    }
    first_bytes(&hash.finalize())
}

/// The first 16 bytes of something that is a hash already, such as a signature.
pub(crate) fn first_bytes(hash: &[u8]) -> Fingerprint {
    hash.first_chunk().copied().unwrap_or_default()
}
