//! Skips the plain bytes of a string: those that need no check, whatever is around them.

use crate::byte_table::{KINDS, SPECIAL};

/// The index of the first byte from `at` on that is not plain: a quote, a backslash, a control
/// character or no ASCII. It looks up four bytes a turn.
#[inline(always)]
pub(crate) fn skip_plain<B>(text: &[B], mut at: usize, byte: impl Fn(&B) -> u8) -> usize {
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

fn is_plain(byte: u8) -> bool {
    KINDS.get(usize::from(byte)) != Some(&SPECIAL)
}
