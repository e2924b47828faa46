//! RISC-V on QEMU's `virt` machine: `minstret` counts, the serial port tells.

use core::arch::asm;

use riscv_rt as _;

/// The serial port's transmit register; QEMU's is always ready.
const SERIAL: *mut u8 = 0x1000_0000 as *mut u8;
/// Ends QEMU.
const FINISHER: *mut u32 = 0x10_0000 as *mut u32;

pub fn start_counter() {}

pub fn ticks() -> usize {
    let ticks;
    // SAFETY: it only reads a counter.
    unsafe { asm!("csrr {}, minstret", out(reg) ticks, options(nostack)) };
    ticks
}

pub fn ticks_since(start: usize) -> usize {
    ticks().wrapping_sub(start)
}

#[inline(always)]
pub fn stack_pointer() -> usize {
    let pointer;
    // SAFETY: it only reads a register.
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
    // SAFETY: it is the serial port's register.
    unsafe { SERIAL.write_volatile(byte) };
}

pub fn exit(success: bool) -> ! {
    const PASS: u32 = 0x5555;
    const FAIL_WITH_1: u32 = 0x1_3333;
    // SAFETY: it is the finisher's register.
    unsafe { FINISHER.write_volatile(if success { PASS } else { FAIL_WITH_1 }) };
    #[allow(clippy::empty_loop, reason = "not reached")]
    loop {}
}
