//! A firmware that installs firmware. It takes images from a radio, checks each one while it
//! writes it to flash, and starts the newest:
//!
//! | the sender | the firmware |
//! |---|---|
//! | sends a line with the image's token | `more`, or `refused` and the reason |
//! | sends a packet: its length in two bytes, then that many bytes of the image | `more`, or `refused` and the reason |
//! | sends a packet of length 0: the image has ended | `installed 8`, or `refused` and the reason |
//!
//! The sender waits for `more` before each packet: many microcontrollers stand still while they
//! erase or write their flash, and would lose what arrives. Lines that begin with `#` are log
//! messages.
//!
//! A product would jump to the image that is to be started. This one says which it is, and waits
//! for the next.

#![no_std]
#![no_main]

#[cfg(not(target_os = "none"))]
compile_error!("build it for a board: --target thumbv7em-none-eabi");

mod board;
mod flash;
mod link;
mod stack;

use core::panic::PanicInfo;

use board::{Radio, idle, reset};
use embedded_jwt::{JwsVerifier, Key, KeyEntry};
use firmware_update::install::{self, Keys, Refusal, STATE, install};
use firmware_update::slots::Slots;
use flash::Flash;
use link::Packets;

/// The name of this device's key, and the key, for demonstration. A product has its key in a page
/// of flash that is written at provisioning, and that can't be read from outside.
const KEY_ID: &str = "device-7";
static SECRET: &[u8; 32] = include_bytes!("../demo.key");

/// The longest token.
const TOKEN: usize = 256;

#[cortex_m_rt::entry]
fn main() -> ! {
    let Some(mut radio) = Radio::new() else { idle() };
    // SAFETY: `main` runs once, and nothing else makes one.
    let mut slots = Slots::new(unsafe { Flash::new() });
    match slots.newest() {
        Ok(Some(image)) => radio.say(format_args!(
            "# slot {:?}: version {}, {} bytes",
            image.slot, image.version, image.length
        )),
        Ok(None) => radio.say(format_args!("# nothing to start")),
        Err(fault) => radio.say(format_args!("# flash: {fault:?}")),
    }
    let mut keys = Keys::new();
    if let Err(error) = Key::new(SECRET).and_then(|key| keys.add(KEY_ID, KeyEntry::new(key))) {
        radio.say(format_args!("# no key: {error:?}"));
        idle()
    }
    let verifier = JwsVerifier::new(keys).typ(install::TYPE);
    loop {
        let outcome = take(&mut radio, &mut slots, &verifier);
        radio.say(format_args!("# state: {STATE} bytes, stack: {} bytes", stack::used()));
        match outcome {
            Ok(version) => {
                radio.say(format_args!("installed {version}"));
                reset()
            }
            Err(refusal) => radio.say(format_args!("refused {refusal:?}")),
        }
    }
}

/// Takes a token and an image.
fn take(
    radio: &mut Radio,
    slots: &mut Slots<Flash>,
    verifier: &JwsVerifier<'_, Keys>,
) -> Result<u32, Refusal> {
    let mut line = [0; TOKEN];
    let token = link::read_line(radio, &mut line)?;
    let mut image = Packets::new(radio);
    let outcome = install(slots, verifier, token, &mut image);
    image.skip_packet();
    outcome
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    idle()
}
