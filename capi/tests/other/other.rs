//! A static library of Rust that has nothing to do with this one, but its own panic handler.
#![no_std]

/// Panics if the index is out of range, so the handler is linked.
#[unsafe(no_mangle)]
pub extern "C" fn other_letter(index: usize) -> u8 {
    b"abc"[index]
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}
