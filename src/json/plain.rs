//! The bytes of a string that need no look.

use crate::byte_table::{KINDS, SPECIAL};

/// The index from `at` on of the first byte that may not stand for itself: all ASCII does but quote,
/// backslash and control characters. Four look-ups a turn.
#[inline(always)]
pub(super) fn skip_plain<B>(text: &[B], mut at: usize, byte: impl Fn(&B) -> u8) -> usize {
    let is_plain = |of: &B| is_plain(byte(of));
    let (quads, rest) = text.get(at..).unwrap_or_default().as_chunks();
    for [a, b, c, d] in quads {
        if !is_plain(a) {
            return at;
        }
        if !is_plain(b) {
            return at + 1;
        }
        if !is_plain(c) {
            return at + 2;
        }
        if !is_plain(d) {
            return at + 3;
        }
        at += 4;
    }
    at + rest.iter().take_while(|of| is_plain(of)).count()
}

/// Whether a byte stands for itself in a string, whatever stands around it.
fn is_plain(byte: u8) -> bool {
    KINDS.get(usize::from(byte)) != Some(&SPECIAL)
}
