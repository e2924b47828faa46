//! The bytes of a string that need no look.

/// The index from `at` on of the first byte that may not stand for itself: all ASCII does but quote,
/// backslash and control characters. Four look-ups a turn.
#[inline(always)]
pub(super) fn skip_plain<B>(text: &[B], mut at: usize, byte: impl Fn(&B) -> u8) -> usize {
    let is_plain = |of: &B| PLAIN.get(usize::from(byte(of))).is_some_and(|plain| *plain);
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

/// The bytes that stand for themselves in a string, whatever stands around them.
#[allow(clippy::indexing_slicing, reason = "evaluated when compiled")]
static PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut byte = b' ';
    while byte.is_ascii() {
        plain[byte as usize] = !matches!(byte, b'"' | b'\\');
        byte += 1;
    }
    plain
};
