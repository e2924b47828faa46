//! A door that opens for tokens, under the executor of embassy. They come over a serial line, one
//! per line, and each line gets one line as an answer:
//!
//! | line | what happens |
//! |---|---|
//! | `stream`, a space, a token | it is verified as it arrives, with a key in flash |
//! | `element`, a space, a token | it is verified by the secure element, which has the keys |
//! | `fail`, a space, a number | that transfer to the element will fail, counted from 1 |
//!
//! Lines that begin with `#` are log messages.

#![no_std]
#![no_main]

mod board;
mod door;
mod element;
mod line;
mod mock;

use core::fmt::{Debug, Write};
use core::panic::PanicInfo;
use core::sync::atomic::{AtomicU32, Ordering};

use board::Sender;
use door::Refusal;
use element::Element;
use embassy_executor::Spawner;
use embassy_futures::yield_now;
use embedded_jwt::{Error, Key, Token};
use line::Line;
use mock::MockBus;

/// Lives in flash. This one is in the repository, for demonstration.
static SECRET: [u8; 32] = [0xf1; 32];

/// The longest token that the element verifies, in characters.
const LONGEST: usize = 640;
/// Enough for its header and payload: decoded, they take three quarters of their characters.
const BUFFER: usize = 480;

#[embassy_executor::main]
async fn main(spawner: Spawner) {
    let (receiver, mut sender) = board::uart();
    if let Ok(task) = other_work() {
        spawner.spawn(task);
    }
    if let Err(error) = serve(receiver, &mut sender).await {
        say(&mut sender, format_args!("# {error:?}"));
    }
}

/// Stands for everything else that a product does.
#[embassy_executor::task]
async fn other_work() {
    loop {
        TURNS.fetch_add(1, Ordering::Relaxed);
        yield_now().await;
    }
}

/// How often the other work had its turn.
static TURNS: AtomicU32 = AtomicU32::new(0);

async fn serve(mut receiver: board::Receiver, sender: &mut Sender) -> Result<(), Error> {
    let key = Key::new(&SECRET)?;
    let flash_verifier = door::flash_verifier(&key);
    let element_verifier = door::element_verifier()?;
    let mut element = Element::new(MockBus::new()?);
    let (mut token, mut buffer) = ([0; LONGEST], [0; BUFFER]);
    say(sender, format_args!("# embassy-door is ready"));
    loop {
        let mut line = Line::new(&mut receiver);
        // This board's serial port can't fail: all these patterns always match.
        let Ok(word) = line.word(&mut token).await;
        match word {
            Some(b"stream") => {
                tell(sender, door::verify_arriving(&flash_verifier, &mut line, &mut buffer).await);
            }
            Some(b"element") => {
                let Ok(word) = line.word(&mut token).await;
                let (turns, transfers) = (TURNS.load(Ordering::Relaxed), element.bus.transfers);
                let answer = match word {
                    Some(token) => {
                        door::verify_by_element(&element_verifier, &mut element, token, &mut buffer)
                            .await
                    }
                    None => Err(Refusal::Token(Error::TokenTooLong)),
                };
                tell(sender, answer);
                let transfers = element.bus.transfers - transfers;
                let other_work = match TURNS.load(Ordering::Relaxed).wrapping_sub(turns) {
                    0 => "",
                    _ => ", other work went on",
                };
                say(sender, format_args!("# {transfers} transfers{other_work}"));
            }
            Some(b"fail") => {
                let Ok(word) = line.word(&mut token).await;
                let number: Option<u32> = word
                    .and_then(|word| str::from_utf8(word).ok())
                    .and_then(|number| number.parse().ok());
                element.bus.fails_at = number.map(|number| element.bus.transfers + number);
            }
            Some(b"") if line.has_ended() => {} // an empty line
            _ => say(sender, format_args!("# unknown")),
        }
        let Ok(()) = line.skip().await;
    }
}

/// Answers a token.
fn tell<E: Debug>(sender: &mut Sender, answer: Result<Token<'_>, Refusal<E>>) {
    match answer {
        Ok(token) => match token.claims().subject() {
            // Prints the name as JSON, in quotes: a line break in it must not look like a new
            // answer.
            Some(subject) => say(sender, format_args!("open {subject:?}")),
            None => say(sender, format_args!("open")),
        },
        Err(refusal) => say(sender, format_args!("refused {refusal}")),
    }
}

fn say(sender: &mut Sender, line: core::fmt::Arguments<'_>) {
    // Can't fail: it waits until the serial line has taken everything.
    _ = writeln!(sender, "{line}");
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {
        cortex_m::asm::wfi();
    }
}
