//! One table for both alphabets: what a byte is in Base64URL, and whether it stands for itself in JSON.

/// Of a symbol of Base64URL its six bits. Of any other byte a negative number: [`SPECIAL`], if it can't stand for
/// itself in a JSON string whatever stands around it.
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

/// Quote, backslash, control characters, and what is no ASCII.
pub(crate) const SPECIAL: i8 = -2;
