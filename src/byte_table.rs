//! One table for two questions about a byte: its value in Base64URL, and whether it is plain in
//! JSON.

/// The six bits of a Base64URL symbol. A byte that is no symbol has a negative number: [`SPECIAL`]
/// if it needs a check in a JSON string, and -1 if it is plain there.
#[allow(clippy::indexing_slicing, reason = "evaluated when compiled")]
pub(crate) static KINDS: [i8; 256] = {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut kinds = [SPECIAL; 256];
    let mut byte = b' ';
    while byte.is_ascii() {
        if !matches!(byte, b'"' | b'\\') {
            kinds[byte as usize] = -1;
        }
        byte += 1;
    }
    let mut value = 0;
    while value < 64 {
        kinds[alphabet[value] as usize] = value as i8;
        value += 1;
    }
    kinds
};

/// Stands for a quote, a backslash, a control character, or a byte that is no ASCII.
pub(crate) const SPECIAL: i8 = -2;
