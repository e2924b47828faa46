//! Choices that generators make from the fuzzer's bytes.

use arbitrary::{Result, Unstructured};

/// Returns true once in 16 times, and false if no bytes are left.
pub fn rarely(u: &mut Unstructured<'_>) -> Result<bool> {
    Ok(u.int_in_range(0..=15)? == 15)
}

/// Returns a number at most `distance` from `middle`, and `middle` if no bytes are left.
pub fn near(u: &mut Unstructured<'_>, middle: u64, distance: u64) -> Result<u64> {
    let step = u.int_in_range(0..=2 * distance)?;
    Ok(if step > distance { middle + distance - step } else { middle + step })
}

/// Returns up to `at_most` bytes.
pub fn bytes<'a>(u: &mut Unstructured<'a>, at_most: usize) -> Result<&'a [u8]> {
    let length = u.int_in_range(0..=at_most)?;
    u.bytes(length.min(u.len()))
}

/// Returns a text that is about as long as the payload of a token can be, once in 16 times, and
/// otherwise a short one.
pub fn long_text(u: &mut Unstructured<'_>) -> Result<String> {
    let length = if rarely(u)? { near(u, 65_350, 180)? } else { u.int_in_range(0..=100)? };
    Ok("x".repeat(length as usize))
}
