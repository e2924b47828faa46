//! The segments of a token that is being made.

use crate::base64url::{encode_in_place, encoded_length};

/// Where a segment stands in the token. Its bytes stand at the start of the place that it takes
/// once it is encoded.
#[derive(Clone, Copy)]
pub(super) struct Segment {
    pub(super) start: usize,
    /// How many bytes it has, before it is encoded.
    pub(super) length: usize,
}

impl Segment {
    /// Where it ends once it is encoded.
    #[cfg_attr(any(embedded_jwt_small, not(target_pointer_width = "64")), inline(never))]
    pub(super) const fn end(self) -> usize {
        self.start + encoded_length(self.length)
    }

    /// Its bytes, before it is encoded.
    pub(super) fn text(self, token: &mut [u8]) -> &mut [u8] {
        token.get_mut(self.start..self.start + self.length).unwrap_or_default()
    }

    /// Encodes it, and writes the dot behind it. Returns where that is.
    #[inline(never)]
    pub(super) fn encode(self, token: &mut [u8]) -> usize {
        let end = self.end();
        encode_in_place(token.get_mut(self.start..end).unwrap_or_default(), self.length);
        put_dot(token, end);
        end
    }
}

/// Writes the dot behind a segment.
#[inline]
pub(super) fn put_dot(token: &mut [u8], end: usize) {
    // The signature has none.
    if let Some(dot) = token.get_mut(end) {
        *dot = b'.';
    }
}
