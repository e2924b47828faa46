//! RISC-V on QEMU's `virt` machine: counts with `minstret`, writes to the serial port.

use core::arch::asm;

use riscv_rt as _;

/// The serial port's transmit register, which is always ready in QEMU.
const SERIAL: *mut u8 = 0x1000_0000 as *mut u8;
/// The register that ends QEMU.
const FINISHER: *mut u32 = 0x10_0000 as *mut u32;

pub fn start_counter() {}

pub fn ticks() -> usize {
    let ticks;
    // SAFETY: this only reads a counter.
    unsafe { asm!("csrr {}, minstret", out(reg) ticks, options(nostack)) };
    ticks
}

pub fn ticks_since(start: usize) -> usize {
    ticks().wrapping_sub(start)
}

#[inline(always)]
pub fn stack_pointer() -> usize {
    let pointer;
    // SAFETY: this only reads a register.
    unsafe { asm!("mv {}, sp", out(reg) pointer, options(nomem, nostack, preserves_flags)) };
    pointer
}

/// The lowest address that the stack can grow to.
pub fn stack_end() -> usize {
    unsafe extern "C" {
        static __sheap: u8;
    }
    &raw const __sheap as usize
}

pub fn write_byte(byte: u8) {
    // SAFETY: this is the serial port's register.
    unsafe { SERIAL.write_volatile(byte) };
}

pub fn exit(success: bool) -> ! {
    const PASS: u32 = 0x5555;
    const FAIL_WITH_1: u32 = 0x1_3333;
    // SAFETY: this is the finisher's register.
    unsafe { FINISHER.write_volatile(if success { PASS } else { FAIL_WITH_1 }) };
    #[allow(clippy::empty_loop, reason = "not reached")]
    loop {}
}
