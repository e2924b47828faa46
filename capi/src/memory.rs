//! Pointers and lengths from C: checks what can be checked, and makes references of them.
//!
//! What can't be checked is said in the header: that a pointer leads to as many bytes as its length
//! says, and that no other thread changes them during the call.

use core::ffi::{c_char, c_void};
use core::{ptr, slice};

use zeroize::Zeroize;

use crate::error::{
    EJWT_MISALIGNED, EJWT_NOT_BUILT, EJWT_NOT_INITIALIZED, EJWT_NOT_UTF8, EJWT_NULL_POINTER,
    EJWT_OVERLAP, EJWT_TOO_LONG, EJWT_WRONG_SIZE, Refusal,
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
    let tagged = place.cast::<Tagged<O::Object>>();
    // SAFETY: the place is aligned, and as large as the C type, which is large enough.
    unsafe {
        (&raw mut (*tagged).tag).write(O::TAG);
        (&raw mut (*tagged).object).write(object);
    }
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
    // SAFETY: as the caller promises; the tag is what memory of the type begins with.
    unsafe { has_tag(place.cast(), align_of::<O>(), O::TAG) }?;
    Ok(place.cast())
}

/// Checks that an object is there. Not inlined, as it is needed for every object.
///
/// # Safety
/// `place` is null or leads to a number, if it is a multiple of `alignment`.
#[inline(never)]
unsafe fn has_tag(place: *const u32, alignment: usize, tag: u32) -> Result<(), Refusal> {
    is_multiple(place.addr(), alignment)?;
    // SAFETY: the place is aligned, and any bytes are a number.
    if unsafe { place.read() } == tag { Ok(()) } else { Err(EJWT_NOT_INITIALIZED.into()) }
}

/// Makes memory of the caller hold no object, without wiping it.
///
/// # Safety
/// `place` leads to memory of the type, is aligned, and nobody else uses it.
pub(crate) unsafe fn forget<O: Opaque>(place: *mut O) {
    // SAFETY: the tag is what memory of the type begins with.
    unsafe { place.cast::<u32>().write(0) };
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
    is_multiple(place.addr(), align_of::<T>())
}

/// Not inlined, as it is needed for every object.
#[inline(never)]
fn is_multiple(address: usize, alignment: usize) -> Result<(), Refusal> {
    if address == 0 {
        Err(EJWT_NULL_POINTER.into())
    } else if address & (alignment - 1) != 0 {
        Err(EJWT_MISALIGNED.into())
    } else {
        Ok(())
    }
}

/// A plain struct of the caller.
///
/// # Safety
/// `place` is null or leads to a value of the type, which nobody writes as long as the result
/// lives.
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

/// Bytes of the caller to write to. What is in them is not read.
///
/// # Safety
/// `start` is null or leads to so many bytes, which nobody else uses as long as the result lives.
pub(crate) unsafe fn bytes_mut<'b>(
    start: *mut c_void,
    length: usize,
) -> Result<&'b mut [u8], Refusal> {
    let span = Span::new(start, length);
    span.check(&[])?;
    // SAFETY: it was checked, and the caller promises the rest.
    Ok(unsafe { span.bytes_mut() })
}

/// A text of the caller, if there is one.
///
/// # Safety
/// As for [`needed_text`], or `start` is null.
pub(crate) unsafe fn text<'t>(
    start: *const c_char,
    written: &[Span],
) -> Result<Option<&'t str>, Refusal> {
    if start.is_null() {
        return Ok(None);
    }
    // SAFETY: as the caller promises.
    unsafe { needed_text(start, written) }.map(Some)
}

/// A text of the caller that has to be there, apart from what the call writes.
///
/// # Safety
/// `start` is null or leads to a text that ends with a zero byte, which nobody writes as long as
/// the result lives.
pub(crate) unsafe fn needed_text<'t>(
    start: *const c_char,
    written: &[Span],
) -> Result<&'t str, Refusal> {
    // SAFETY: as the caller promises. So many bytes were read, and are UTF-8.
    unsafe {
        let length = length_of_text(start, written)?;
        Ok(str::from_utf8_unchecked(slice::from_raw_parts(start.cast(), length)))
    }
}

/// The length of a text, if it is UTF-8.
///
/// That is found out byte by byte: `core::str::from_utf8` takes four times the code, and would need
/// the length first.
///
/// # Safety
/// As for [`needed_text`].
#[inline(never)]
unsafe fn length_of_text(start: *const c_char, written: &[Span]) -> Result<usize, Refusal> {
    if start.is_null() {
        return Err(EJWT_NULL_POINTER.into());
    }
    // How many bytes of the same character follow.
    let (mut length, mut previous, mut following) = (0, 0, 0);
    loop {
        // SAFETY: no byte behind the zero byte is read, which ends the loop in one way or the
        // other.
        let byte = u32::from(unsafe { start.cast::<u8>().add(length).read() });
        length += 1;
        // RFC 3629 section 4.
        let is_good = if following == 0 {
            if byte == 0 {
                Span::new(start.cast(), length).check(written)?;
                return Ok(length - 1);
            }
            if !cfg!(feature = "unicode") && byte >= 0x80 {
                return Err(EJWT_NOT_BUILT.into());
            }
            following = u32::from(byte >= 0xc2) + u32::from(byte >= 0xe0) + u32::from(byte >= 0xf0);
            !(0x80..0xc2).contains(&byte)
        } else {
            following -= 1;
            // Longer than needed, a surrogate, or above U+10FFFF.
            byte & 0xc0 == 0x80
                && !matches!(
                    previous << 8 | byte,
                    0xe000..0xe0a0 | 0xeda0..0xee00 | 0xf000..0xf090 | 0xf490..
                )
        };
        if !is_good {
            return Err(EJWT_NOT_UTF8.into());
        }
        previous = byte;
    }
}

/// Where an argument is: a pointer of the caller, and how many bytes are there.
#[derive(Clone, Copy)]
pub(crate) struct Span {
    start: *mut u8,
    length: usize,
}

impl Span {
    /// No argument.
    pub(crate) const NONE: Self = Self { start: ptr::null_mut(), length: 0 };

    /// Bytes of the caller.
    pub(crate) fn new(start: *const c_void, length: usize) -> Self {
        Self { start: start.cast_mut().cast(), length }
    }

    /// Bytes that are there.
    pub(crate) fn of_bytes(bytes: &[u8]) -> Self {
        Self::new(bytes.as_ptr().cast(), bytes.len())
    }

    /// An object of the caller.
    pub(crate) fn of<T>(place: *const T) -> Self {
        Self::new(place.cast(), size_of::<T>())
    }

    /// An object of the caller, if there is one.
    pub(crate) fn of_any<T>(place: *const T) -> Self {
        if place.is_null() { Self::NONE } else { Self::of(place) }
    }

    /// What the object here begins with: the same as long as it is there.
    ///
    /// # Safety
    /// The span is that of an object.
    #[cfg(feature = "pieces")]
    pub(crate) unsafe fn tag(self) -> u32 {
        // SAFETY: objects are aligned, and begin with a number.
        unsafe { self.start.cast::<u32>().read() }
    }

    /// The bytes. A null pointer has no bytes.
    ///
    /// # Safety
    /// The span was checked, and leads to so many bytes, which nobody writes as long as the result
    /// lives.
    pub(crate) unsafe fn bytes<'b>(self) -> &'b [u8] {
        if self.length == 0 {
            return &[];
        }
        // SAFETY: the pointer isn't null, the length is one that Rust allows, and the caller
        // promises the rest.
        unsafe { slice::from_raw_parts(self.start, self.length) }
    }

    /// The bytes, to write to. What is in them is not read.
    ///
    /// # Safety
    /// The span was checked, and leads to so many bytes, which nobody else uses as long as the
    /// result lives.
    pub(crate) unsafe fn bytes_mut<'b>(self) -> &'b mut [u8] {
        if self.length == 0 {
            return &mut [];
        }
        // SAFETY: as in `bytes`.
        unsafe { slice::from_raw_parts_mut(self.start, self.length) }
    }

    /// Checks pointer and length, and that none of these others overlaps.
    #[inline(never)]
    pub(crate) fn check(self, others: &[Self]) -> Result<(), Refusal> {
        if self.length == 0 {
            return Ok(());
        }
        if self.start.is_null() {
            return Err(EJWT_NULL_POINTER.into());
        }
        if self.length > isize::MAX as usize || self.start.addr() > usize::MAX - self.length {
            return Err(EJWT_TOO_LONG.into());
        }
        let apart = !others.iter().any(|other| self.overlaps(*other));
        if apart { Ok(()) } else { Err(EJWT_OVERLAP.into()) }
    }

    /// Whether this argument, which has bytes, overlaps another. One that has none overlaps it if
    /// it begins after the first.
    fn overlaps(self, other: Self) -> bool {
        let from = other.start.addr().wrapping_sub(self.start.addr());
        let reach = other.length.wrapping_sub(1);
        from.wrapping_add(reach) < self.length.wrapping_add(reach)
    }
}

/// Checks the arguments of a call: what it writes, which must not overlap anything else, and what
/// it only reads.
///
/// A call does this before it writes anything. Of objects, it has read before no more than their
/// tag, and what they lead to. A text is checked as it is read ([`needed_text`]).
#[inline(never)]
pub(crate) fn check_arguments<'s>(
    mut written: &'s [Span],
    mut read: &'s [Span],
) -> Result<(), Refusal> {
    loop {
        for place in read {
            place.check(written)?;
        }
        let Some((place, others)) = written.split_first() else {
            return Ok(());
        };
        (written, read) = (others, slice::from_ref(place));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bytes at which an answer can change.
    #[cfg(feature = "unicode")]
    const EDGES: [u8; 26] = [
        0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec,
        0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xf8, 0xfe, 0xff,
    ];

    #[test]
    #[cfg(feature = "unicode")]
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
                let found = unsafe { text(bytes.as_ptr().cast(), &[]) };
                assert_eq!(found.ok().flatten(), expected.ok(), "{bytes:x?}");
            }
        }
    }

    #[test]
    fn spans_are_apart_or_overlap() {
        let span = |start, length| Span::new(ptr::without_provenance(start), length);
        for (one, other, apart) in [
            (span(10, 10), span(20, 10), true),
            (span(10, 10), span(19, 10), false),
            (span(10, 10), span(1, 9), true),
            (span(10, 10), span(1, 10), false),
            (span(10, 10), span(12, 3), false),
            (span(10, 10), span(10, 10), false),
            (span(10, 0), span(10, 10), true),
            (span(0, 0), span(0, 0), true),
            (span(0, 0), span(1, 10), true),
            (span(1, 10), span(usize::MAX - 5, 5), true),
            (span(usize::MAX - 5, 5), span(usize::MAX - 1, 1), false),
        ] {
            let expected = if apart { Ok(()) } else { Err(EJWT_OVERLAP) };
            for (one, other) in [(one, other), (other, one)] {
                let case = (one.start, one.length, other.start, other.length);
                assert_eq!(one.check(&[other]).map_err(Refusal::code), expected, "{case:?}");
                let written = check_arguments(&[one, other], &[]).map_err(Refusal::code);
                assert_eq!(written, expected, "{case:?}, both written");
                let read = check_arguments(&[one], &[other]).map_err(Refusal::code);
                assert_eq!(read, expected, "{case:?}, one written");
                let read = check_arguments(&[], &[one, other]).map_err(Refusal::code);
                assert_eq!(read, Ok(()), "{case:?}, only read");
            }
        }
        let inside = check_arguments(&[span(10, 10)], &[span(12, 0)]);
        assert_eq!(inside, Ok(()), "no bytes to read");
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
            let span = Span::new(start, length).check(&[]).map_err(Refusal::code);
            assert_eq!(span, expected, "{start:?} {length}");
        }
    }
}
