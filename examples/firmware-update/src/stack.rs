//! How much of the stack has been used. The run-time fills it with a value at the start.

use cortex_m_rt::STACK_PAINT_VALUE;

unsafe extern "C" {
    // The linker script's: the lowest address of the stack, and the one behind the highest.
    static _stack_end: u32;
    static _stack_start: u32;
}

/// The most bytes that were on the stack since the start.
pub fn used() -> usize {
    let (mut word, start) = (&raw const _stack_end, &raw const _stack_start);
    // SAFETY: these are words of the stack, and what is not used yet is not written meanwhile.
    while word < start && unsafe { word.read_volatile() } == STACK_PAINT_VALUE {
        word = word.wrapping_add(1);
    }
    start as usize - word as usize
}
