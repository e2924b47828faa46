//! Cortex-M: counts with SysTick, writes by semihosting.

use core::arch::asm;

use cortex_m_rt as _;

/// SysTick's registers (ARMv6-M and ARMv7-M Architecture Reference Manuals).
const CONTROL: *mut usize = 0xe000_e010 as *mut usize;
const RELOAD: *mut usize = 0xe000_e014 as *mut usize;
const CURRENT: *mut usize = 0xe000_e018 as *mut usize;
/// The counter has 24 bits, and counts down from here.
const MAXIMUM: usize = 0xff_ffff;

pub fn start_counter() {
    // SAFETY: these are SysTick's registers, and nothing else uses them.
    unsafe {
        RELOAD.write_volatile(MAXIMUM);
        CURRENT.write_volatile(0);
        CONTROL.write_volatile(0b101); // the core's clock, no interrupt, on
    }
}

pub fn ticks() -> usize {
    // SAFETY: reading has no effect.
    unsafe { CURRENT.read_volatile() }
}

pub fn ticks_since(start: usize) -> usize {
    start.wrapping_sub(ticks()) & MAXIMUM
}

#[inline(always)]
pub fn stack_pointer() -> usize {
    let pointer;
    // SAFETY: this only reads a register.
    unsafe { asm!("mov {}, sp", out(reg) pointer, options(nomem, nostack, preserves_flags)) };
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
    const SYS_WRITEC: usize = 0x03;
    semihosting(SYS_WRITEC, &raw const byte as usize);
}

pub fn exit(success: bool) -> ! {
    const SYS_EXIT: usize = 0x18;
    const APPLICATION_EXIT: usize = 0x2_0026;
    const RUN_TIME_ERROR: usize = 0x2_0023;
    semihosting(SYS_EXIT, if success { APPLICATION_EXIT } else { RUN_TIME_ERROR });
    #[allow(clippy::empty_loop, reason = "not reached")]
    loop {}
}

fn semihosting(operation: usize, parameter: usize) {
    // SAFETY: the parameter points to what the operation reads.
    unsafe { asm!("bkpt #0xab", inout("r0") operation => _, in("r1") parameter, options(nostack)) };
}
