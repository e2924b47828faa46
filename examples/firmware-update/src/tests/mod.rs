//! Installs good and bad images on a flash that loses power.

mod sim;

use std::iter;

use embedded_io::{ErrorKind, ErrorType, Read};
use embedded_jwt::{Error, Hs256, Hs512, JwsVerifier, Key, KeyEntry, Signer};
use embedded_storage::nor_flash::NorFlashErrorKind;

use crate::install::{Keys, Refusal, STATE, TYPE, install};
use crate::slots::{CAPACITY, Fault, Image, Slot, Slots};
use sim::{Event, SimFlash};

const WHOLE_SLOT: usize = CAPACITY as usize;
const PAGE: usize = 4096;
/// Three pages, the last of which is not full, nor is its last word.
const SMALL: usize = 2 * PAGE + 1003;
const KEY_ID: &str = "device-7";
const VERSION_8: &str = r#"{"version":8}"#;
const SECRET: &[u8; 32] = &[0x51; 32];

const FLASH_ERROR: Refusal = Refusal::Fault(Fault::Flash(NorFlashErrorKind::Other));
const MISMATCH: Refusal = Refusal::Token(Error::SignatureMismatch);
const UNKNOWN_KEY_ID: Refusal = Refusal::Token(Error::UnknownKeyId);
const TYPE_MISMATCH: Refusal = Refusal::Token(Error::TypeMismatch);
/// The position in the header where the version is.
const UNREADABLE: Refusal = Refusal::Token(Error::UnreadableValue { position: 65 });
const NOT_NEWER: Refusal = Refusal::NotNewer { in_use: 7 };
const TOO_LONG: Refusal = Refusal::Fault(Fault::ImageTooLong);

const OLD: Image = Image { slot: Slot::B, version: 6, length: 1 };
const IN_USE: Image = Image { slot: Slot::A, version: 7, length: 2 };
const NEW: Image = Image { slot: Slot::B, version: 8, length: SMALL as u32 };

fn key() -> Key<Hs256> {
    Key::new(SECRET).unwrap()
}

/// A token for this image.
fn token(version: &str, image: &[u8]) -> String {
    let parameters = format!(r#"{{"version":{version}}}"#);
    let signer = Signer::new(key()).typ(TYPE).key_id(KEY_ID);
    signed(signer.header_parameters(&parameters).sign_detached(image, &mut [0; 512]))
}

fn signed(token: Result<&[u8], Error>) -> String {
    str::from_utf8(token.unwrap()).unwrap().to_owned()
}

fn image(length: usize) -> Vec<u8> {
    let numbers =
        iter::successors(Some(1_u32), |n| Some(n.wrapping_mul(1_664_525).wrapping_add(1)));
    numbers.map(|number| (number >> 24) as u8).take(length).collect()
}

/// A radio that brings so many bytes at once.
struct Radio<'i> {
    image: &'i [u8],
    at_once: usize,
    /// Whether it breaks off instead of ending.
    breaks_off: bool,
}

impl ErrorType for Radio<'_> {
    type Error = ErrorKind;
}

impl Read for Radio<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> Result<usize, ErrorKind> {
        let count = self.at_once.min(bytes.len()).min(self.image.len());
        let (piece, rest) = self.image.split_at(count);
        if count == 0 && self.breaks_off {
            return Err(ErrorKind::TimedOut);
        }
        bytes[..count].copy_from_slice(piece);
        self.image = rest;
        Ok(count)
    }
}

fn receive(flash: &mut SimFlash, token: &str, radio: &mut Radio<'_>) -> Result<u32, Refusal> {
    let mut keys = Keys::new();
    keys.add(KEY_ID, KeyEntry::new(key())).unwrap();
    let verifier = JwsVerifier::new(keys).typ(TYPE);
    install(&mut Slots::new(flash), &verifier, token.as_bytes(), radio)
}

fn send(flash: &mut SimFlash, token: &str, image: &[u8]) -> Result<u32, Refusal> {
    receive(flash, token, &mut Radio { image, at_once: 256, breaks_off: false })
}

/// A device with two small images.
fn device() -> SimFlash {
    let mut flash = SimFlash::blank(2 * (WHOLE_SLOT + PAGE));
    for (version, length) in [("5", 3), ("6", 1), ("7", 2)] {
        let image = image(length);
        assert!(send(&mut flash, &token(version, &image), &image).is_ok());
    }
    assert_eq!(found(&mut flash), [Some(IN_USE), Some(OLD)]);
    flash
}

/// What can be started, after the power was off.
fn found(flash: &mut SimFlash) -> [Option<Image>; 2] {
    flash.restart();
    let mut slots = Slots::new(flash);
    let found = [Slot::A, Slot::B].map(|slot| slots.image(slot).unwrap());
    let newest = found.into_iter().flatten().max_by_key(|image| image.version);
    assert_eq!(slots.newest(), Ok(newest));
    found
}

/// Installs version 8, which has to succeed.
fn assert_takes_new(flash: &mut SimFlash, case: &str) {
    let image = image(SMALL);
    assert_eq!(send(flash, &token("8", &image), &image), Ok(8), "{case}");
    assert_eq!(found(flash), [Some(IN_USE), Some(NEW)], "{case}");
    assert!(has_in_slot_b(flash, &image), "{case}");
}

/// Whether slot B has this image.
fn has_in_slot_b(flash: &SimFlash, image: &[u8]) -> bool {
    let start = WHOLE_SLOT + PAGE;
    flash.bytes(start..start + image.len()).eq(image.iter().copied())
}

/// The header of one token with the signature of another.
fn spliced(header_of: &str, signature_of: &str) -> String {
    let (header, signature) = (header_of.split('.').next(), signature_of.split('.').next_back());
    format!("{}..{}", header.unwrap(), signature.unwrap())
}

#[test]
fn good_images_are_installed() {
    for (name, length) in [
        ("one byte", 1),
        ("one word", 8),
        ("one page", PAGE),
        ("one page and a byte", PAGE + 1),
        ("the last page is not full", SMALL),
        ("one byte less than the slot", WHOLE_SLOT - 1),
        ("the whole slot", WHOLE_SLOT),
    ] {
        let (mut flash, image) = (device(), image(length));
        assert_eq!(send(&mut flash, &token("8", &image), &image), Ok(8), "{name}");
        let new = Image { slot: Slot::B, version: 8, length: length as u32 };
        assert_eq!(found(&mut flash), [Some(IN_USE), Some(new)], "{name}");
        assert!(has_in_slot_b(&flash, &image), "{name}");
    }
}

#[test]
fn blank_device_takes_any_version() {
    let (mut flash, image) = (SimFlash::blank(2 * (WHOLE_SLOT + PAGE)), image(SMALL));
    assert_eq!(found(&mut flash), [None, None]);
    assert_eq!(send(&mut flash, &token("0", &image), &image), Ok(0));
    let new = Image { slot: Slot::A, version: 0, length: SMALL as u32 };
    assert_eq!(found(&mut flash), [Some(new), None]);
}

#[test]
fn bad_images_are_refused_and_the_next_good_one_is_installed() {
    // What is left in the other slot: the image before, or none that can be started.
    const KEPT: Option<Image> = Some(OLD);
    const CLEARED: Option<Image> = None;

    let (small, full) = (image(SMALL), image(WHOLE_SLOT));
    let good = token("8", &small);
    let of_full = token("8", &full);
    let flipped = |byte: usize| {
        let mut image = full.clone();
        image[byte] ^= 0x10;
        image
    };
    let (first, middle, last) = (flipped(0), flipped(WHOLE_SLOT / 2), flipped(WHOLE_SLOT - 1));
    let (longer, too_long) = ([&small[..], &[0]].concat(), [&full[..], &[0]].concat());
    let pages_too_long = image(WHOLE_SLOT + 2 * PAGE);

    let (key, stranger) = (&key(), &Key::new(&[0x52; 32]).unwrap());
    let sign = |signer: Signer<'_, &Key<_>>| signed(signer.sign_detached(&small, &mut [0; 512]));
    let unnamed = Signer::new(key).typ(TYPE).header_parameters(VERSION_8);
    let ours = unnamed.key_id(KEY_ID);
    let theirs = Signer::new(stranger).typ(TYPE).header_parameters(VERSION_8).key_id(KEY_ID);
    let hs512 = Signer::new(Key::<Hs512>::new(&[0x51; 64]).unwrap()).typ(TYPE).key_id(KEY_ID);
    let hs512 = hs512.header_parameters(VERSION_8);
    let hs512 = signed(hs512.sign_detached(&small, &mut [0; 512]));

    // Name, token, image, why it is refused, what is left in the other slot.
    type Row<'r> = (&'r str, &'r str, &'r [u8], Refusal, Option<Image>);
    let rows: [Row<'_>; 24] = [
        ("first byte changed", &of_full, &first, MISMATCH, CLEARED),
        ("byte in the middle changed", &of_full, &middle, MISMATCH, CLEARED),
        ("last byte changed", &of_full, &last, MISMATCH, CLEARED),
        ("a byte is missing", &of_full, &full[..WHOLE_SLOT - 1], MISMATCH, CLEARED),
        ("a byte is missing at the start", &of_full, &full[1..], MISMATCH, CLEARED),
        ("a byte too many", &good, &longer, MISMATCH, CLEARED),
        ("no image", &good, b"", MISMATCH, CLEARED),
        ("a byte longer than the slot", &token("8", &too_long), &too_long, TOO_LONG, CLEARED),
        (
            "two pages longer than the slot",
            &token("8", &pages_too_long),
            &pages_too_long,
            TOO_LONG,
            CLEARED,
        ),
        ("another key", &sign(theirs), &small, MISMATCH, CLEARED),
        ("key of another name", &sign(ours.key_id("device-8")), &small, UNKNOWN_KEY_ID, KEPT),
        ("key without a name", &sign(unnamed), &small, Refusal::Token(Error::MissingKeyId), KEPT),
        ("another algorithm", &hs512, &small, Refusal::Token(Error::SignatureLength), KEPT),
        ("another type", &sign(ours.typ("config")), &small, TYPE_MISMATCH, KEPT),
        ("no type", &sign(ours.without_typ()), &small, Refusal::Token(Error::MissingType), KEPT),
        ("an older version", &token("6", &small), &small, NOT_NEWER, CLEARED),
        ("the same version", &token("7", &small), &small, NOT_NEWER, CLEARED),
        (
            "an older version with a newer number",
            &spliced(&good, &token("6", &small)),
            &small,
            MISMATCH,
            CLEARED,
        ),
        (
            "no version",
            &sign(ours.header_parameters("{}")),
            &small,
            Refusal::Token(Error::MissingMember),
            CLEARED,
        ),
        ("version that is no number", &token("\"8\"", &small), &small, UNREADABLE, CLEARED),
        ("version that is too high", &token("4294967296", &small), &small, UNREADABLE, CLEARED),
        ("negative version", &token("-1", &small), &small, UNREADABLE, CLEARED),
        (
            "the image in the token",
            &signed(ours.sign_payload(b"image", &mut [0; 512])),
            b"",
            Refusal::Token(Error::PayloadNotDetached),
            KEPT,
        ),
        ("no token", "", &small, Refusal::Token(Error::NotCompactSerialization), KEPT),
    ];
    let mut before = device();
    for (name, token, image, refusal, left) in rows {
        let mut flash = before.clone();
        assert_eq!(send(&mut flash, token, image), Err(refusal), "{name}");
        assert_eq!(found(&mut flash), [Some(IN_USE), left], "{name}");
        assert_takes_new(&mut flash, name);
    }
    assert_takes_new(&mut before, "nothing was refused");
}

#[test]
fn image_that_breaks_off_is_refused() {
    let image = image(SMALL);
    let token = token("8", &image);
    for length in [0, 1, 256, PAGE, SMALL - 1, SMALL] {
        let mut flash = device();
        let mut radio = Radio { image: &image[..length], at_once: 100, breaks_off: true };
        let timed_out = Err(Refusal::Link(ErrorKind::TimedOut));
        assert_eq!(receive(&mut flash, &token, &mut radio), timed_out, "{length}");
        assert_eq!(found(&mut flash), [Some(IN_USE), None], "{length}");
        assert_takes_new(&mut flash, "after it has broken off");
    }
}

#[test]
fn pieces_may_have_any_length() {
    let image = image(SMALL);
    let token = token("8", &image);
    for at_once in (1..=9).chain([100, 255, 256, 257, SMALL]) {
        let mut flash = device();
        let mut radio = Radio { image: &image, at_once, breaks_off: false };
        assert_eq!(receive(&mut flash, &token, &mut radio), Ok(8), "{at_once}");
        assert_eq!(found(&mut flash), [Some(IN_USE), Some(NEW)], "{at_once}");
        assert!(has_in_slot_b(&flash, &image), "{at_once}");
    }
}

/// Installs version 8, and lets something happen at each step in turn. The closure is told what
/// came of it and what can be started then.
fn at_each_step(event: Event, mut check: impl FnMut(usize, Result<u32, Refusal>, Option<Image>)) {
    let image = image(SMALL);
    let (before, token) = (device(), token("8", &image));
    let mut flash = before.clone();
    (flash.steps, flash.random) = (0, 0);
    assert_eq!(send(&mut flash, &token, &image), Ok(8));
    let steps = flash.steps;
    // The record is erased, then three pages; words are written, among them two for the record.
    assert_eq!(steps, 1 + 3 + SMALL.div_ceil(8) + 2);

    for step in 0..steps {
        let mut flash = before.clone();
        flash.random = step as u64;
        flash.at(step, event);
        let outcome = send(&mut flash, &token, &image);
        let case = format!("{event:?}, step {step}: {outcome:?}");
        let [in_slot_a, in_slot_b] = found(&mut flash);
        assert_eq!(in_slot_a, Some(IN_USE), "{case}");
        if in_slot_b == Some(NEW) {
            assert!(has_in_slot_b(&flash, &image), "{case}");
        } else {
            let untouched = step == 0 && in_slot_b == Some(OLD);
            assert!(untouched || in_slot_b.is_none(), "{case}: {in_slot_b:?}");
            assert_takes_new(&mut flash, &case);
        }
        check(steps - step, outcome, in_slot_b);
    }
}

#[test]
fn power_loss_at_any_step_leaves_a_whole_image() {
    for event in [Event::PowerLossBefore, Event::PowerLossMeanwhile, Event::PowerLossAfter] {
        at_each_step(event, |to_go, outcome, found| {
            assert_eq!(outcome, Err(FLASH_ERROR));
            // Only the last word makes the difference.
            let is_marked = to_go == 1 && event == Event::PowerLossAfter;
            assert_eq!(found == Some(NEW), is_marked, "{event:?}, {to_go} steps to go");
        });
    }
}

#[test]
fn flash_that_fails_at_any_step_is_noticed() {
    at_each_step(Event::Error, |to_go, outcome, found| {
        assert_eq!((outcome, found == Some(NEW)), (Err(FLASH_ERROR), false), "{to_go} steps to go");
    });
}

#[test]
fn flash_that_keeps_nothing_is_noticed() {
    let not_kept = Err(Refusal::Fault(Fault::NotKept));
    at_each_step(Event::Worn, |to_go, outcome, found| match found {
        // A page was blank already, and needed no erasing.
        Some(NEW) => assert_eq!(outcome, Ok(8), "{to_go} steps to go"),
        _ => assert_eq!(outcome, not_kept, "{to_go} steps to go"),
    });
}

#[test]
fn half_erased_record_reads_as_the_old_one_or_none() {
    let image = image(SMALL);
    let (before, token) = (device(), token("8", &image));
    let mut seen_none = false;
    for seed in 0..1000 {
        let mut flash = before.clone();
        flash.random = seed;
        flash.at(0, Event::PowerLossMeanwhile);
        assert_eq!(send(&mut flash, &token, &image), Err(FLASH_ERROR));
        let [in_slot_a, in_slot_b] = found(&mut flash);
        assert_eq!(in_slot_a, Some(IN_USE));
        assert!(in_slot_b.is_none_or(|image| image == OLD), "seed {seed}: {in_slot_b:?}");
        seen_none |= in_slot_b.is_none();
    }
    assert!(seen_none);
}

/// The same on a computer, where pointers are larger: the firmware prints its own size.
#[test]
fn state_is_small() {
    assert_eq!(STATE, if size_of::<usize>() == 8 { 304 } else { 248 });
}
