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

/// Puts tokens into their own section, which isn't counted as flash.
macro_rules! tokens {
    ($name:ident, $tiny:literal, $typical:literal, $large:literal) => {
        pub static $name: Tokens = {
            #[unsafe(link_section = ".tokens")]
            static TINY: [u8; include_bytes!($tiny).len()] = *include_bytes!($tiny);
            #[unsafe(link_section = ".tokens")]
            static TYPICAL: [u8; include_bytes!($typical).len()] = *include_bytes!($typical);
            #[unsafe(link_section = ".tokens")]
            static LARGE: [u8; include_bytes!($large).len()] = *include_bytes!($large);
            [&TINY, &TYPICAL, &LARGE]
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
    tokens: &Tokens,
    prepared: &P,
    verification: Verification<P>,
    heap: fn() -> usize,
) -> ! {
    static mut BUFFER: [u8; BUFFER_LENGTH] = [0; BUFFER_LENGTH];
    let buffer = &raw mut BUFFER;
    // SAFETY: this function doesn't return, so it is entered once, and there are no interrupts.
    let buffer = unsafe { &mut *buffer };
    // The compiler must not use what it could know about the arguments.
    let prepared = black_box(prepared);
    machine::start_counter();

    let (_, nothing, _) = measure(black_box(does_nothing), prepared, b"", buffer);
    for token in tokens {
        heap();
        let (holds, ticks, stack) =
            measure(black_box(verification), prepared, black_box(token), buffer);
        if !holds {
            machine::exit(false);
        }
        for number in [ticks - nothing, stack, heap()] {
            write(number);
        }
        machine::write_byte(b'\n');
    }
    machine::exit(true)
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

/// Paints the stack below the frame that this is inlined into. No interrupt can use the stack.
#[inline(always)]
fn paint(top: usize) {
    let mut at = machine::stack_end();
    while at < top {
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

/// Defines the firmware of a case. The module has `prepare`, and `measured` as its
/// [`Verification`].
#[macro_export]
macro_rules! firmware {
    ($tokens:ident, $heap:expr) => {
        /// The run-time calls this when memory is set up.
        #[unsafe(no_mangle)]
        extern "C" fn main() -> ! {
            $crate::run(&$crate::$tokens, &prepare(), measured, $heap)
        }

        $crate::size!("PREPARED", $crate::size_of_result(prepare));
    };
    ($tokens:ident) => {
        $crate::firmware!($tokens, || 0); // no allocator is linked
    };
}
