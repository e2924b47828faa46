//! No verification: only what all firmware has in common.

#![no_std]
#![no_main]

harness::firmware!(HS256);

fn prepare() {}

#[unsafe(no_mangle)]
#[inline(never)]
fn measured(_prepared: &(), token: &[u8], _buffer: &mut [u8]) -> bool {
    !token.is_empty()
}
