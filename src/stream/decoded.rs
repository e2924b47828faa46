//! The MAC of a token that is decoded: that of its segments, which are encoded again.

use zeroize::Zeroize;

use crate::Error;
use crate::authenticate::{Authentic, check_mac_and_header, detached_if};
use crate::base64url::encode;
use crate::header::HeaderRules;
use crate::json::{Spans, cut};
use crate::key::mac::sealed::HashFunction;
use crate::key::mac::{Mac, StreamingMac, Tag};
use crate::key::{Keys, compute_and_compare};

/// The segments of a token whose text has ended.
pub(super) struct Decoded<'s> {
    pub(super) header: &'s mut [u8],
    pub(super) payload: &'s mut [u8],
    /// What is left of the buffer.
    pub(super) room: &'s mut [u8],
    pub(super) signature: &'s [u8],
}

impl<'s> Decoded<'s> {
    /// Checks MAC and header. Returns the payload as well.
    pub(super) fn authenticate<'k, K: Keys<Key: StreamingMac>>(
        self,
        keys: &'k K,
        rules: HeaderRules<'_>,
        spans: &mut Spans,
    ) -> Result<(Authentic<'k, 's, K>, &'s mut [u8]), Error> {
        let Self { header, payload, room, signature } = self;
        // A set's header is parsed in place before it is hashed. If that may change it, a copy is
        // hashed.
        let is_changed = K::NAMED_BY_HEADER && may_change(header);
        let length = if is_changed { header.len() } else { 0 };
        let needed = header.len() + payload.len() + length;
        let copy = room.get_mut(..length).ok_or(Error::buffer_too_small(needed))?;
        copy.copy_from_slice(cut(header, length));
        let check_signature = |key: &K::Key, header: &[u8]| {
            let header = if is_changed { &*copy } else { header };
            let outcome = compute_and_compare(key, signature, |key, mac| {
                *mac = encoded_mac(key, header, payload)?;
                Ok(())
            });
            // Encoding takes more of the stack than `check_mac` wipes.
            <K::Key as Mac>::Algorithm::wipe_after_encoding();
            outcome
        };
        let authentic =
            check_mac_and_header(keys, signature, check_signature, header, rules, spans);
        copy.zeroize();
        match authentic {
            Ok(authentic) => Ok((authentic, payload)),
            Err(error) => Err(detached_if(payload.is_empty(), error)),
        }
    }
}

/// Whether the strict pass may change a header: it removes escapes, and white space outside
/// strings.
fn may_change(header: &[u8]) -> bool {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
    let mut outside_strings = header.split(|&byte| byte == b'"').step_by(2);
    header.contains(&b'\\') || outside_strings.any(|part| part.iter().any(is_space))
}

/// The MAC of a decoded token's signing input, which is encoded again. It is the text that came: a
/// segment is only accepted if it is canonical.
fn encoded_mac<M: StreamingMac>(key: &M, header: &[u8], payload: &[u8]) -> Result<Tag<M>, Error> {
    let mut running = key.begin()?;
    let mut symbols = [0; 64];
    for (index, segment) in [header, payload].into_iter().enumerate() {
        if index > 0 {
            key.update(&mut running, b".")?;
        }
        for block in segment.chunks(48) {
            key.update(&mut running, encode(block, &mut symbols))?;
        }
    }
    key.finish(&mut running)
}
