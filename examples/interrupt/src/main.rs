//! A door that opens for tokens, without a framework: the serial port's interrupt takes a token as
//! it arrives, and the main loop verifies it when it is complete. Each line is a token, and gets
//! one line as an answer: `open "erika"`, or `refused` and the number of the reason
//! ([`Error::code`]), which a product would show by an LED.
//!
//! The interrupt needs no key, so keys can be replaced while a token arrives: it is verified with
//! the keys that the main loop has at its end.
//!
//! Three bytes belong to no line, and stand for what happens elsewhere in a product:
//!
//! | byte | what happens |
//! |---|---|
//! | Ctrl-R | a key is replaced: key 1 by key 2, or the other way round |
//! | Ctrl-S | the main loop is busy with something else, and verifies no tokens |
//! | Ctrl-Q | it goes on |
//!
//! Lines that begin with `#` are log messages.

#![no_std]
#![no_main]

mod board;
mod receiver;

use core::cell::RefCell;
use core::panic::PanicInfo;
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use critical_section::Mutex;
use embedded_jwt::{
    Error, Hs256, IncomingToken, Key, KeyEntry, KeySet, Policy, PolicyBuilder, Time, Token,
    Verifier,
};
use heapless::spsc::{Consumer, Producer, Queue};
use receiver::{Incoming, Lost, Receiver};

/// Names and secrets of the two keys, for demonstration. A product gets a new key by a message.
static KEYS: [(&str, [u8; 32]); 2] = [("1", [0x51; 32]), ("2", [0x52; 32])];

const POLICY: Policy = match policy().build() {
    Ok(policy) => policy,
    Err(error) => panic!("{}", error.as_str()),
};

const fn policy() -> PolicyBuilder<'static> {
    Policy::builder().issuer("https://id.example").audience("door-7").required_claims(&["sub"])
}

/// A product has a clock.
const NOW: Time = Time::Known(1_800_000_000);

/// Enough for a token whose header and payload have up to 640 characters together: decoded, they
/// take three quarters of that.
const BUFFER: usize = 480;

/// How many tokens go round.
const TOKENS: usize = 2;
/// A queue with room for all of them: it always has one place more than it can hold.
type Tokens = Queue<Incoming, { TOKENS + 1 }>;

/// The interrupt's, once the main loop has set it up.
static RECEIVER: Mutex<RefCell<Option<Receiver>>> = Mutex::new(RefCell::new(None));

static REPLACE_KEY: AtomicBool = AtomicBool::new(false);
static BUSY: AtomicBool = AtomicBool::new(false);
static LOST: AtomicU32 = AtomicU32::new(0);

/// Takes a byte from the serial port.
pub extern "C" fn uart_received() {
    match board::received() {
        None => {}
        Some(0x12) => REPLACE_KEY.store(true, Ordering::Relaxed),
        Some(0x13) => BUSY.store(true, Ordering::Relaxed),
        Some(0x11) => BUSY.store(false, Ordering::Relaxed),
        Some(byte) => critical_section::with(|section| {
            if let Some(receiver) = RECEIVER.borrow_ref_mut(section).as_mut()
                && let Err(Lost) = receiver.take(byte)
            {
                // Nothing else writes it, so no addition is lost.
                LOST.store(LOST.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
            }
        }),
    }
}

#[cortex_m_rt::entry]
fn main() -> ! {
    // `entry` makes references to these, which only `main` has.
    static mut BUFFERS: [[u8; BUFFER]; TOKENS] = [[0; BUFFER]; TOKENS];
    static mut INCOMING: [Option<IncomingToken<'static>>; TOKENS] = [const { None }; TOKENS];
    static mut ARRIVED: Tokens = Queue::new();
    static mut EMPTY: Tokens = Queue::new();

    let (arrived_in, arrived) = ARRIVED.split();
    let (mut empty, empty_out) = EMPTY.split();
    for (place, buffer) in INCOMING.iter_mut().zip(BUFFERS) {
        // The queue has room for all tokens that there are.
        _ = empty.enqueue(place.insert(IncomingToken::new(buffer)));
    }
    let receiver = Receiver::new(arrived_in, empty_out);
    critical_section::with(|section| RECEIVER.replace(section, Some(receiver)));
    board::start_uart();
    board::say(format_args!("# interrupt-door is ready"));
    if let Err(error) = serve(arrived, empty) {
        board::say(format_args!("# stopped: {}", error.code()));
    }
    idle()
}

/// Verifies what arrives, with the keys that there are then.
fn serve(
    mut arrived: Consumer<'static, Incoming>,
    mut empty: Producer<'static, Incoming>,
) -> Result<(), Error> {
    let mut verifier = Verifier::new(KeySet::<Key<Hs256>, 2, 8>::new(), POLICY);
    let [mut present, mut next] = KEYS.each_ref();
    verifier.keys_mut().add(present.0, KeyEntry::new(Key::new(&present.1)?))?;
    let (mut lost, mut busy) = (0, false);
    loop {
        if REPLACE_KEY.load(Ordering::Relaxed) {
            REPLACE_KEY.store(false, Ordering::Relaxed);
            verifier.keys_mut().remove(present.0)?;
            verifier.keys_mut().add(next.0, KeyEntry::new(Key::new(&next.1)?))?;
            board::say(format_args!("# key {} replaces key {}", next.0, present.0));
            core::mem::swap(&mut present, &mut next);
        }
        if LOST.load(Ordering::Relaxed) != lost {
            lost += 1;
            board::say(format_args!("# a line is lost"));
        }
        if BUSY.load(Ordering::Relaxed) != busy {
            busy = !busy;
            board::say(format_args!("# {}", if busy { "busy" } else { "not busy" }));
        }
        if !busy && let Some(token) = arrived.dequeue() {
            answer(token.verify(&verifier, NOW));
            // The queue has room for all tokens that there are.
            _ = empty.enqueue(token);
            continue;
        }
        // Returns at once if an interrupt has come since the checks above.
        cortex_m::asm::wfe();
    }
}

/// Answers a token.
fn answer(token: Result<Token<'_>, Error>) {
    match token.map(|token| token.claims().subject()) {
        // Prints the name as JSON, in quotes: a line break in it must not look like a new answer.
        Ok(Some(subject)) => board::say(format_args!("open {subject:?}")),
        Ok(None) => board::say(format_args!("open")),
        Err(error) => board::say(format_args!("refused {}", error.code())),
    }
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    idle()
}

fn idle() -> ! {
    loop {
        cortex_m::asm::wfi();
    }
}
