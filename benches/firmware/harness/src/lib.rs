//! What all measured firmware shares. It verifies each token once, counts instructions, finds out
//! how deep the stack went, and writes a line per token. It exits with 1 if a token is refused.
//!
//! It links as little as possible: no formatting, no division, no `memcpy`. Otherwise the empty
//! firmware would contain parts that a case needs, and they would not be counted for the case.

#![no_std]

#[cfg_attr(target_arch = "arm", path = "cortex_m.rs")]
#[cfg_attr(target_arch = "riscv32", path = "riscv.rs")]
mod machine;

use core::hint::black_box;
use core::panic::PanicInfo;
use core::sync::atomic::{AtomicUsize, Ordering};

/// The secret of all cases: 0, 1, 2, … HS256 uses all of it as well.
pub static SECRET: [u8; 64] = {
    let mut secret = [0; 64];
    let mut at = 0;
    while at < secret.len() {
        secret[at] = at as u8;
        at += 1;
    }
    secret
};

/// A time at which all tokens are valid.
pub const NOW: u64 = 1_800_000_000;
/// The issuer of the tokens.
pub const ISSUER: &str = "id.example";
/// The audience of the tokens.
pub const AUDIENCE: &str = "door-7";

/// A tiny, a typical and a large token. `tokens.py` made them.
pub type Tokens = [&'static [u8]; 3];

/// The length of the pieces in which a case takes these tokens, if it takes pieces.
pub type Round = (usize, &'static Tokens);

static PIECE_LENGTH: AtomicUsize = AtomicUsize::new(0);

/// The length of the pieces in this round.
pub fn piece_length() -> usize {
    PIECE_LENGTH.load(Ordering::Relaxed)
}

/// Copying takes more instructions from an odd address, so the linker must not choose it.
#[repr(align(4))]
struct Aligned<const N: usize>([u8; N]);

/// Puts tokens into their own section, which isn't counted as flash.
macro_rules! tokens {
    ($name:ident, $tiny:literal, $typical:literal, $large:literal) => {
        #[unsafe(link_section = ".tokens")]
        pub static $name: Tokens = {
            #[unsafe(link_section = ".tokens")]
            static TINY: Aligned<{ include_bytes!($tiny).len() }> = Aligned(*include_bytes!($tiny));
            #[unsafe(link_section = ".tokens")]
            static TYPICAL: Aligned<{ include_bytes!($typical).len() }> =
                Aligned(*include_bytes!($typical));
            #[unsafe(link_section = ".tokens")]
            static LARGE: Aligned<{ include_bytes!($large).len() }> =
                Aligned(*include_bytes!($large));
            [&TINY.0, &TYPICAL.0, &LARGE.0]
        };
    };
}

tokens!(
    HS256,
    "../tokens/hs256-tiny.jwt",
    "../tokens/hs256-typical.jwt",
    "../tokens/hs256-large.jwt"
);
tokens!(
    HS512,
    "../tokens/hs512-tiny.jwt",
    "../tokens/hs512-typical.jwt",
    "../tokens/hs512-large.jwt"
);
tokens!(
    HS256_KID,
    "../tokens/hs256-kid-tiny.jwt",
    "../tokens/hs256-kid-typical.jwt",
    "../tokens/hs256-kid-large.jwt"
);
tokens!(
    HS256_ESCAPED,
    "../tokens/hs256-escaped-tiny.jwt",
    "../tokens/hs256-escaped-typical.jwt",
    "../tokens/hs256-escaped-large.jwt"
);
tokens!(
    HS256_SPACED,
    "../tokens/hs256-spaced-tiny.jwt",
    "../tokens/hs256-spaced-typical.jwt",
    "../tokens/hs256-spaced-large.jwt"
);

/// A JWK Set with the key for tokens that have a `kid`, and two more keys. It isn't counted as
/// flash, since a device would receive it.
#[unsafe(link_section = ".tokens")]
pub static KEYS: [u8; include_bytes!("../tokens/keys.jwks").len()] =
    *include_bytes!("../tokens/keys.jwks");

/// The length of the caller's buffer.
const BUFFER_LENGTH: usize = 4096;

/// A verification, from what was prepared, a token and the caller's buffer. Returns whether the
/// token is valid.
pub type Verification<P> = fn(&P, &[u8], &mut [u8]) -> bool;

/// The program. `heap` returns the most bytes of heap that were in use since its last call.
pub fn run<P>(
    rounds: &[Round],
    prepared: &P,
    verification: Verification<P>,
    heap: fn() -> usize,
) -> ! {
    let buffer = buffer();
    // The compiler must not use what it could know about the arguments.
    let prepared = black_box(prepared);
    machine::start_counter();

    let (_, nothing, _) = measure(black_box(does_nothing), prepared, b"", buffer);
    for (length, tokens) in rounds {
        // Kept even if no case reads it, so that all firmwares have it.
        black_box(&PIECE_LENGTH).store(*length, Ordering::Relaxed);
        for token in *tokens {
            heap();
            let (holds, ticks, stack) =
                measure(black_box(verification), prepared, black_box(token), buffer);
            if !holds {
                machine::exit(false);
            }
            write_line([ticks - nothing, stack, heap()]);
        }
    }
    machine::exit(true)
}

/// The caller's buffer.
fn buffer() -> &'static mut [u8] {
    static mut BUFFER: [u8; BUFFER_LENGTH] = [0; BUFFER_LENGTH];
    let buffer = &raw mut BUFFER;
    // SAFETY: only functions that don't return call this, so it is called once, and there are no
    // interrupts.
    unsafe { &mut *buffer }
}

/// A program that measures the steps of verifications one by one. `steps` gets the caller's buffer
/// and returns whether all tokens are valid.
pub fn run_steps(steps: fn(&mut [u8]) -> bool) -> ! {
    machine::start_counter();
    machine::exit(steps(buffer()))
}

/// A program that counts, and writes the name of what failed.
pub fn run_until_failure(failure: fn() -> Option<&'static str>) -> ! {
    machine::start_counter();
    end(failure())
}

/// Runs a step. Returns the ticks that it took, or `None` if it returned `false`.
#[inline(never)]
pub fn ticks_of(step: &mut dyn FnMut() -> bool) -> Option<usize> {
    let of = |step: &mut dyn FnMut() -> bool| {
        let start = machine::ticks();
        let done = black_box(step)();
        (machine::ticks_since(start), done)
    };
    let (nothing, _) = of(&mut || true);
    let (ticks, done) = of(step);
    done.then_some(ticks - nothing)
}

/// Measured to know the cost of the call and of reading the counter.
fn does_nothing<P>(_prepared: &P, _token: &[u8], _buffer: &mut [u8]) -> bool {
    true
}

/// Runs a verification. Returns its result, the ticks that it took, and the bytes of stack.
#[inline(never)]
fn measure<P>(
    verification: Verification<P>,
    prepared: &P,
    token: &[u8],
    buffer: &mut [u8],
) -> (bool, usize, usize) {
    let top = machine::stack_pointer();
    paint(top);
    let start = machine::ticks();
    let holds = verification(prepared, token, buffer);
    let ticks = machine::ticks_since(start);
    (holds, ticks, top - deepest(top))
}

const PAINT: usize = 0x5a17_c0de;
/// Not painted, for without optimization painting needs stack itself.
const MARGIN: usize = if cfg!(debug_assertions) { 512 } else { 0 };

/// Paints the stack below the frame that this is inlined into. No interrupt can use the stack.
#[inline(always)]
fn paint(top: usize) {
    let mut at = machine::stack_end();
    while at < top - MARGIN {
        // SAFETY: nothing is in use between the end of the statics and the stack pointer.
        unsafe { (at as *mut usize).write_volatile(PAINT) };
        at += size_of::<usize>();
    }
}

/// The lowest address that is no longer painted.
fn deepest(top: usize) -> usize {
    let mut at = machine::stack_end();
    // SAFETY: this memory was painted before.
    while at < top && unsafe { (at as *const usize).read_volatile() } == PAINT {
        at += size_of::<usize>();
    }
    at
}

/// Runs an operation, and copies the stack that it leaves below this frame. Returns its result.
#[inline(never)]
pub fn copy_dead_stack(
    operation: &dyn Fn() -> bool,
    copy: &mut [[u8; size_of::<usize>()]],
) -> bool {
    let top = machine::stack_pointer();
    paint(top);
    let done = black_box(operation)();
    // Calls nothing, which would overwrite what is copied.
    let mut at = top - size_of_val(copy);
    for word in copy {
        // SAFETY: this memory was painted before.
        *word = unsafe { (at as *const usize).read_volatile() }.to_ne_bytes();
        at += size_of::<usize>();
    }
    done
}

/// Ends the program, and writes what failed.
pub fn end(failure: Option<&str>) -> ! {
    for byte in failure.unwrap_or_default().bytes().chain(*b"\n") {
        machine::write_byte(byte);
    }
    machine::exit(failure.is_none())
}

/// Writes numbers on a line.
pub fn write_line<const N: usize>(numbers: [usize; N]) {
    for number in numbers {
        write(number);
    }
    machine::write_byte(b'\n');
}

/// Writes a space and eight hexadecimal digits.
fn write(number: usize) {
    machine::write_byte(b' ');
    for digit in (0..8).rev() {
        let digit = (number >> (4 * digit) & 0xf) as u8;
        machine::write_byte(if digit < 10 { b'0' + digit } else { b'a' - 10 + digit });
    }
}

/// The size of a function's result.
pub const fn size_of_result<P>(_function: fn() -> P) -> usize {
    size_of::<P>()
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    machine::exit(false)
}

/// Defines a symbol with a size, which can be read from the image. It takes no space there.
#[macro_export]
macro_rules! size {
    ($name:literal, $size:expr) => {
        core::arch::global_asm!(
            concat!(".global ", $name),
            concat!(".set ", $name, ", 0"),
            concat!(".size ", $name, ", {}"),
            const $size
        );
    };
}

/// Defines the firmware of a case, which verifies these tokens, maybe in several [`Round`]s. The
/// module has `prepare`, and `measured` as its [`Verification`].
#[macro_export]
macro_rules! firmware {
    ([$(($length:literal, $tokens:ident)),+], $heap:expr) => {
        /// The run-time calls this when memory is set up.
        #[unsafe(no_mangle)]
        extern "C" fn main() -> ! {
            #[unsafe(link_section = ".tokens")]
            static ROUNDS: [$crate::Round; [$($length),+].len()] =
                [$(($length, &$crate::$tokens)),+];
            $crate::run(&ROUNDS, &prepare(), measured, $heap)
        }

        $crate::size!("PREPARED", $crate::size_of_result(prepare));
    };
    ([$($round:tt),+]) => {
        $crate::firmware!([$($round),+], || 0); // no allocator is linked
    };
    ($tokens:ident, $heap:expr) => {
        $crate::firmware!([(64, $tokens)], $heap);
    };
    ($tokens:ident) => {
        $crate::firmware!([(64, $tokens)]);
    };
}
