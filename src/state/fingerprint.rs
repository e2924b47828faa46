//! What is remembered of a name of any length: 16 bytes.

use sha2::{Digest, Sha256};

/// The first 16 bytes of a hash.
///
/// To find two names that share one takes some 2^64 hashes of whoever chooses both, and they would
/// be taken for one name. To find another name for that of somebody else takes 2^128.
pub(crate) type Fingerprint = [u8; FINGERPRINT_LENGTH];

pub(crate) const FINGERPRINT_LENGTH: usize = 16;

/// Stands between the parts of a name, for it is no byte of UTF-8.
pub(crate) const SEPARATOR: u8 = 0xff;

/// Of a name of some kind, by SHA-256.
pub(crate) fn of_name(kind: &str, name: impl Iterator<Item = u8>) -> Fingerprint {
    let mut hash = Sha256::new();
    hash.update(kind);
    hash.update([SEPARATOR]);
    for byte in name {
        hash.update([byte]);
    }
    first_bytes(&hash.finalize())
}

/// The fingerprint of a signature, which is a hash already.
pub(crate) fn of_signature(signature: &[u8]) -> Fingerprint {
    first_bytes(signature)
}

fn first_bytes(hash: &[u8]) -> Fingerprint {
    hash.first_chunk().copied().unwrap_or_default()
}
