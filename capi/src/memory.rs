//! Pointers and lengths from C: checks what can be checked, and makes references of them.
//!
//! What can't be checked is said in the header: that a pointer leads to as many bytes as its length
//! says, and that no other thread changes them during the call.

use core::ffi::{c_char, c_void};
use core::{ptr, slice};

use zeroize::Zeroize;

use crate::error::{
    EJWT_MISALIGNED, EJWT_NOT_INITIALIZED, EJWT_NOT_UTF8, EJWT_NULL_POINTER, EJWT_OVERLAP,
    EJWT_TOO_LONG, EJWT_WRONG_SIZE, Refusal,
};

/// What the memory of objects is made of: aligned as the hash states need it.
#[cfg(target_pointer_width = "64")]
#[repr(C, align(16))]
#[derive(Clone, Copy)]
pub struct ejwt_word([u64; 2]);
/// What the memory of objects is made of: aligned as the hash states need it.
#[cfg(not(target_pointer_width = "64"))]
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ejwt_word([u64; 1]);

impl ejwt_word {
    pub(crate) const ZERO: Self = Self([0; _]);
}

/// The size of what the memory of objects is made of.
#[cfg(target_pointer_width = "64")]
pub const EJWT_WORD_SIZE: usize = 16;
/// The size of what the memory of objects is made of.
#[cfg(not(target_pointer_width = "64"))]
pub const EJWT_WORD_SIZE: usize = 8;

/// Memory of the caller that holds an object of this library: the C type.
///
/// # Safety
/// The type is plain memory: any bytes are valid for it.
pub(crate) unsafe trait Opaque: Sized {
    /// What the memory holds.
    type Object;
    /// Tells the kinds of objects apart, and memory that holds none. Never 0.
    const TAG: u32;

    /// How much of the memory is for the object.
    const SIZE: usize = size_of::<Self>();

    /// The object must fit. Every function that touches an object asks this at compile time.
    const FITS: () = assert!(
        size_of::<Tagged<Self::Object>>() <= Self::SIZE
            && align_of::<Tagged<Self::Object>>() <= align_of::<Self>(),
        "the C type is too small for its object"
    );
}

/// An object and what tells that it is there.
#[repr(C)]
pub(crate) struct Tagged<T> {
    tag: u32,
    object: T,
}

/// Puts an object into memory of the caller. What was there is forgotten.
///
/// # Safety
/// `place` is null or leads to memory of the type.
pub(crate) unsafe fn put<O: Opaque>(place: *mut O, object: O::Object) -> Result<(), Refusal> {
    const { O::FITS };
    aligned(place)?;
    // SAFETY: the place is aligned, and as large as the C type, which is large enough.
    unsafe { place.cast::<Tagged<O::Object>>().write(Tagged { tag: O::TAG, object }) };
    Ok(())
}

/// The object in memory of the caller.
///
/// # Safety
/// `place` is null or leads to memory of the type, which nobody writes as long as the result lives.
pub(crate) unsafe fn get<'o, O: Opaque>(place: *const O) -> Result<&'o O::Object, Refusal> {
    // SAFETY: as the caller promises.
    let tagged = unsafe { tagged(place.cast_mut()) }?;
    // SAFETY: the tag says that the object is there.
    Ok(unsafe { &(*tagged).object })
}

/// The object in memory of the caller, to change it.
///
/// # Safety
/// `place` is null or leads to memory of the type, which nobody else uses as long as the result
/// lives.
pub(crate) unsafe fn get_mut<'o, O: Opaque>(place: *mut O) -> Result<&'o mut O::Object, Refusal> {
    // SAFETY: as the caller promises.
    let tagged = unsafe { tagged(place) }?;
    // SAFETY: the tag says that the object is there.
    Ok(unsafe { &mut (*tagged).object })
}

/// Takes the object out of memory of the caller, and wipes that.
///
/// # Safety
/// As for [`get_mut`].
pub(crate) unsafe fn take<O: Opaque>(place: *mut O) -> Result<O::Object, Refusal> {
    // SAFETY: as the caller promises.
    let tagged = unsafe { tagged(place) }?;
    // SAFETY: the tag says that the object is there. Wiping forgets it, so that it is there once.
    let object = unsafe { ptr::read(&raw const (*tagged).object) };
    // SAFETY: as the caller promises.
    unsafe { wipe(place) };
    Ok(object)
}

/// # Safety
/// As for [`get`].
unsafe fn tagged<O: Opaque>(place: *mut O) -> Result<*mut Tagged<O::Object>, Refusal> {
    const { O::FITS };
    aligned(place)?;
    let tagged = place.cast::<Tagged<O::Object>>();
    // SAFETY: the place is aligned, and any bytes are a number.
    if unsafe { (&raw const (*tagged).tag).read() } == O::TAG {
        Ok(tagged)
    } else {
        Err(EJWT_NOT_INITIALIZED.into())
    }
}

/// Overwrites memory of the caller with zeros, so that it holds no object.
///
/// # Safety
/// `place` leads to memory of the type, is aligned, and nobody else uses it.
pub(crate) unsafe fn wipe<T>(place: *mut T) {
    // SAFETY: any memory is bytes.
    unsafe { slice::from_raw_parts_mut(place.cast::<u8>(), size_of::<T>()) }.zeroize();
}

/// Refuses an object of another size than the library's.
pub(crate) fn size_is<O>(size: usize) -> Result<(), Refusal> {
    if size == size_of::<O>() { Ok(()) } else { Err(EJWT_WRONG_SIZE.into()) }
}

/// Checks a pointer to a value.
pub(crate) fn aligned<T>(place: *const T) -> Result<(), Refusal> {
    if place.is_null() {
        Err(EJWT_NULL_POINTER.into())
    } else if !place.is_aligned() {
        Err(EJWT_MISALIGNED.into())
    } else {
        Ok(())
    }
}

/// A plain struct of the caller.
///
/// # Safety
/// `place` is null or leads to a value of the type, which nobody writes as long as the result lives.
pub(crate) unsafe fn plain<'p, T>(place: *const T) -> Result<&'p T, Refusal> {
    aligned(place)?;
    // SAFETY: it is aligned, and the caller promises the rest.
    Ok(unsafe { &*place })
}

/// A place for a result.
///
/// # Safety
/// `place` is null or leads to a value of the type, which nobody else uses as long as the result
/// lives.
pub(crate) unsafe fn plain_mut<'p, T>(place: *mut T) -> Result<&'p mut T, Refusal> {
    aligned(place)?;
    // SAFETY: it is aligned, and the caller promises the rest.
    Ok(unsafe { &mut *place })
}

/// Bytes of the caller. A null pointer has no bytes.
///
/// # Safety
/// `start` is null or leads to so many bytes, which nobody writes as long as the result lives.
pub(crate) unsafe fn bytes<'b>(start: *const c_void, length: usize) -> Result<&'b [u8], Refusal> {
    check(start, length)?;
    if length == 0 {
        return Ok(&[]);
    }
    // SAFETY: the pointer isn't null, the length is one that Rust allows, and the caller promises
    // the rest.
    Ok(unsafe { slice::from_raw_parts(start.cast(), length) })
}

/// Bytes of the caller to write to. What is in them is not read.
///
/// # Safety
/// `start` is null or leads to so many bytes, which nobody else uses as long as the result lives.
pub(crate) unsafe fn bytes_mut<'b>(
    start: *mut c_void,
    length: usize,
) -> Result<&'b mut [u8], Refusal> {
    check(start, length)?;
    if length == 0 {
        return Ok(&mut []);
    }
    // SAFETY: as in `bytes`.
    Ok(unsafe { slice::from_raw_parts_mut(start.cast(), length) })
}

/// A text of the caller, if there is one.
///
/// # Safety
/// `start` is null or leads to a text that ends with a zero byte, which nobody writes as long as the
/// result lives.
pub(crate) unsafe fn text<'t>(start: *const c_char) -> Result<Option<&'t str>, Refusal> {
    if start.is_null() {
        return Ok(None);
    }
    let (mut rule, mut length) = (Utf8::NEW, 0);
    // SAFETY: no byte behind the zero byte is read, which ends the loop or breaks the rule.
    while let byte = unsafe { start.cast::<u8>().add(length).read() }
        && !(byte == 0 && rule.is_complete())
    {
        if !rule.takes(byte) {
            return Err(EJWT_NOT_UTF8.into());
        }
        length += 1;
    }
    // SAFETY: these bytes were read, and are UTF-8.
    Ok(Some(unsafe { str::from_utf8_unchecked(slice::from_raw_parts(start.cast(), length)) }))
}

/// Whether bytes are UTF-8 (RFC 3629 section 4), byte by byte: `core::str::from_utf8` takes three
/// times the code, and would need the length first.
struct Utf8 {
    /// The least and the greatest value of the next byte, if it belongs to the one before.
    least: u8,
    greatest: u8,
    /// How many bytes belong to the one before.
    following: u8,
}

impl Utf8 {
    const NEW: Self = Self { least: 0x80, greatest: 0xbf, following: 0 };

    fn is_complete(&self) -> bool {
        self.following == 0
    }

    /// Takes the next byte. Returns false if no text goes on like this.
    fn takes(&mut self, byte: u8) -> bool {
        if self.following > 0 {
            let is_good = (self.least..=self.greatest).contains(&byte);
            *self = Self { following: self.following - 1, ..Self::NEW };
            return is_good;
        }
        self.following = match byte {
            0..0x80 => 0,
            0xc2..0xe0 => 1,
            0xe0..0xf0 => 2,
            0xf0..0xf5 => 3,
            _ => return false,
        };
        match byte {
            0xe0 => self.least = 0xa0,
            0xed => self.greatest = 0x9f,
            0xf0 => self.least = 0x90,
            0xf4 => self.greatest = 0x8f,
            _ => {}
        }
        true
    }
}

/// A text of the caller that has to be there.
///
/// # Safety
/// As for [`text`].
pub(crate) unsafe fn needed_text<'t>(start: *const c_char) -> Result<&'t str, Refusal> {
    // SAFETY: as the caller promises.
    unsafe { text(start) }?.ok_or(EJWT_NULL_POINTER.into())
}

/// Checks a pointer to bytes, and their number.
#[inline(never)]
fn check(start: *const c_void, length: usize) -> Result<(), Refusal> {
    if start.is_null() && length > 0 {
        return Err(EJWT_NULL_POINTER.into());
    }
    if length > isize::MAX as usize || start.addr().checked_add(length).is_none() {
        return Err(EJWT_TOO_LONG.into());
    }
    Ok(())
}

/// Where an argument begins and ends, to find out whether two of them overlap.
#[derive(Clone, Copy)]
pub(crate) struct Span {
    start: usize,
    length: usize,
}

impl Span {
    /// Bytes of the caller.
    pub(crate) fn new(start: *const c_void, length: usize) -> Result<Self, Refusal> {
        check(start, length)?;
        Ok(Self { start: start.addr(), length })
    }

    /// An object of the caller, whose pointer has been checked or will be.
    pub(crate) fn of<T>(place: *const T) -> Self {
        Self { start: place.addr(), length: size_of::<T>() }
    }

    /// Refuses two arguments that overlap. No bytes overlap nothing.
    #[inline(never)]
    pub(crate) fn is_apart_from(self, other: Self) -> Result<(), Refusal> {
        // Each distance wraps if the other one begins before this one.
        if other.start.wrapping_sub(self.start) < self.length && other.length > 0
            || self.start.wrapping_sub(other.start) < other.length && self.length > 0
        {
            return Err(EJWT_OVERLAP.into());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bytes at which an answer can change.
    const EDGES: [u8; 26] = [
        0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec,
        0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xf8, 0xfe, 0xff,
    ];

    #[test]
    fn text_is_utf8_where_core_says_so() {
        // 0 ends a text.
        let edges = EDGES.get(1..).unwrap_or_default();
        let all = edges.len() as u32;
        for length in 0..=4_u32 {
            for number in 0..all.pow(length) {
                let byte = |at| edges[(number / all.pow(at) % all) as usize];
                let mut bytes = [0; 5];
                for at in 0..length {
                    bytes[at as usize] = byte(at);
                }
                let expected = core::str::from_utf8(&bytes[..length as usize]);
                // SAFETY: a zero byte ends it.
                let found = unsafe { text(bytes.as_ptr().cast()) };
                assert_eq!(found.ok().flatten(), expected.ok(), "{bytes:x?}");
            }
        }
    }

    #[test]
    fn spans_are_apart_or_overlap() {
        let span = |start, length| Span { start, length };
        for (one, other, apart) in [
            (span(10, 10), span(20, 10), true),
            (span(10, 10), span(19, 10), false),
            (span(10, 10), span(0, 10), true),
            (span(10, 10), span(0, 11), false),
            (span(10, 10), span(12, 3), false),
            (span(10, 10), span(10, 10), false),
            (span(10, 0), span(10, 10), true),
            (span(15, 0), span(10, 10), true),
            (span(0, 0), span(0, 0), true),
            (span(0, 10), span(usize::MAX - 5, 5), true),
            (span(usize::MAX - 5, 5), span(usize::MAX - 1, 1), false),
        ] {
            for (one, other) in [(one, other), (other, one)] {
                let case = (one.start, one.length, other.start, other.length);
                assert_eq!(one.is_apart_from(other).is_ok(), apart, "{case:?}");
            }
        }
    }

    #[test]
    fn lengths_stay_in_the_address_space() {
        let null = ptr::null::<c_void>();
        let end = ptr::without_provenance::<c_void>(usize::MAX - 4);
        for (start, length, expected) in [
            (null, 0, Ok(())),
            (null, 1, Err(EJWT_NULL_POINTER)),
            (end, 4, Ok(())),
            (end, 5, Err(EJWT_TOO_LONG)),
            (end, usize::MAX, Err(EJWT_TOO_LONG)),
            (ptr::without_provenance(8), isize::MAX as usize + 1, Err(EJWT_TOO_LONG)),
        ] {
            let span = Span::new(start, length).map(drop).map_err(Refusal::code);
            assert_eq!(span, expected, "{start:?} {length}");
        }
    }
}
