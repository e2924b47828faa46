//! A firmware's own Rust parts. The C interface of the verifier comes along.
#![no_std]

// Its functions are exported from this library.
pub use embedded_jwt_c::*;

/// Something of the product's own.
#[unsafe(no_mangle)]
pub extern "C" fn product_open(door: u32) -> u32 {
    door ^ 0x5a
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    #[allow(clippy::empty_loop, reason = "not reached")]
    loop {}
}
