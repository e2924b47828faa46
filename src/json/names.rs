//! A hash table of the member names that the rules need, and the slots that note where members are.

use core::cell::Cell;

use super::{Span, Spans};
use crate::SMALL;

/// The most names that a table may have. For more, raise it: a name takes 4 bytes of each header
/// and claims set, whose documented sizes change.
const MAX_NAMES: usize = 7;

/// Places of a table. With 32, names that end with different letters have places of their own.
const PLACES: usize = if SMALL { 16 } else { 32 };

// A search ends at a place without a name.
const _: () = assert!(MAX_NAMES < PLACES);

/// Stands for a place without a name: no index of one.
const NONE: u8 = MAX_NAMES as u8;

/// Slots for the members that are not in a table, by the first bytes of their names: one, or more
/// where speed matters, so that few members share one.
const OTHERS: usize = if SMALL { 1 } else { 8 };

/// Slots of a text's members, those that are not in the table first.
pub(crate) const SLOTS: usize = OTHERS + MAX_NAMES;

/// Which of the [`Spans`] notes where a member stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Slot(usize);

impl Slot {
    /// The slot of a name of the table, by its index there.
    const fn named(index: usize) -> Self {
        Self(OTHERS + index)
    }

    /// The slot that names with this first byte share if they are not in the table.
    #[allow(clippy::modulo_one, reason = "there may be one slot for all")]
    fn other(first_byte: u8) -> Self {
        Self(usize::from(first_byte) % OTHERS)
    }

    /// Whether it is for members that are not in the table.
    pub(crate) const fn is_other(self) -> bool {
        self.0 < OTHERS
    }

    /// What was noted in it.
    pub(crate) fn read(self, spans: &Spans) -> Span {
        spans.get(self.0).copied().unwrap_or_default()
    }

    /// Notes where a member stands. Returns false for a member of the table that was noted before.
    /// Of the others that share a slot, it notes from where the first begins to where the last
    /// ends.
    pub(crate) fn note(self, span: Span, spans: &mut Spans) -> bool {
        match spans.get_mut(self.0) {
            Some(noted) if noted.1 == 0 => *noted = span,
            Some(noted) if self.is_other() => noted.1 = span.1,
            _ => return false,
        }
        true
    }
}

/// A hash table of up to [`MAX_NAMES`] names, any names. A name's last byte gives its place; if
/// that is taken, the name goes to the next free one.
pub(crate) struct Names {
    names: [&'static str; MAX_NAMES],
    /// Indices of names, or [`NONE`].
    places: [u8; PLACES],
}

impl Names {
    /// A table of these names, for a `const`.
    #[allow(clippy::indexing_slicing, reason = "evaluated when compiled")]
    pub(crate) const fn new(names: &[&'static str]) -> Self {
        assert!(names.len() <= MAX_NAMES, "too many names: raise MAX_NAMES");
        let mut table = Self { names: [""; MAX_NAMES], places: [NONE; PLACES] };
        let mut index = 0;
        while index < names.len() {
            let mut place = first_place(names[index].as_bytes().last());
            while table.places[place % PLACES] != NONE {
                place += 1;
            }
            table.places[place % PLACES] = index as u8;
            table.names[index] = names[index];
            index += 1;
        }
        table
    }

    /// The slot of a name that is in the table, for a `const`.
    #[allow(clippy::indexing_slicing, reason = "evaluated when compiled")]
    pub(crate) const fn slot(&self, name: &str) -> Slot {
        let mut index = 0;
        while !equal(self.names[index].as_bytes(), name.as_bytes()) {
            index += 1;
        }
        Slot::named(index)
    }

    /// The slot of any name.
    pub(crate) fn find(&self, name: &str) -> Slot {
        let found = self.search(name.as_bytes().last(), |known| known == name);
        found.unwrap_or_else(|| Slot::other(name.bytes().next().map_or(0, first_in_normal_form)))
    }

    /// The slot of a name of the table with three letters, as most have, if a text begins with the
    /// name and a quote. This saves a computer 2 % of a typical token and 3 % of a short one, and a
    /// microcontroller nothing.
    pub(crate) fn recognize(&self, text: &[Cell<u8>]) -> Option<Slot> {
        let [a, b, c, quote] = text.first_chunk()?.each_ref().map(Cell::get);
        if quote != b'"' {
            return None;
        }
        self.find_three([a, b, c])
    }

    /// The slot of a name of the table with these three letters.
    pub(crate) fn find_three(&self, letters: [u8; 3]) -> Option<Slot> {
        self.search(letters.last(), |known| known.as_bytes() == letters)
    }

    /// Whether all names of the table have three letters, for a `const`.
    #[cfg(feature = "sign")]
    #[allow(clippy::indexing_slicing, reason = "evaluated when compiled")]
    pub(crate) const fn have_three_letters(&self) -> bool {
        let mut index = 0;
        while index < MAX_NAMES && self.names[index].len() == 3 {
            index += 1;
        }
        index == MAX_NAMES || self.names[index].is_empty()
    }

    /// The slot of a decoded name of a JSON text.
    pub(crate) fn look_up(&self, name: &[Cell<u8>]) -> Slot {
        let last = name.last().map(Cell::get);
        let found = self.search(last.as_ref(), |known| {
            known.len() == name.len() && known.bytes().zip(name).all(|(a, b)| a == b.get())
        });
        found.unwrap_or_else(|| Slot::other(name.first().map_or(0, Cell::get)))
    }

    fn search(&self, last: Option<&u8>, is: impl Fn(&str) -> bool) -> Option<Slot> {
        let mut place = first_place(last);
        loop {
            let index = usize::from(*self.places.get(place % PLACES)?);
            if is(self.names.get(index)?) {
                return Some(Slot::named(index));
            }
            place += 1;
        }
    }
}

/// The first byte in normal form of what begins with this one.
const fn first_in_normal_form(byte: u8) -> u8 {
    if matches!(byte, 0..0x20 | b'"' | b'\\') { b'\\' } else { byte }
}

const fn first_place(last: Option<&u8>) -> usize {
    match last {
        Some(byte) => *byte as usize,
        None => 0,
    }
}

/// Compares as `==` does, which a `const fn` can't call yet.
pub(crate) const fn equal(mut one: &[u8], mut other: &[u8]) -> bool {
    while let (Some((a, one_rest)), Some((b, other_rest))) =
        (one.split_first(), other.split_first())
    {
        if *a != *b {
            return false;
        }
        (one, other) = (one_rest, other_rest);
    }
    one.is_empty() && other.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: Names = Names::new(&["aud", "exp", "iat", "iss", "jti", "nbf", "sub"]);

    fn look_up(name: &str) -> Slot {
        let mut bytes = std::vec::Vec::from(name);
        NAMES.look_up(Cell::from_mut(&mut bytes[..]).as_slice_of_cells())
    }

    #[test]
    fn each_name_has_its_slot() {
        let mut slots: std::vec::Vec<usize> = ["aud", "exp", "iat", "iss", "jti", "nbf", "sub"]
            .map(|name| {
                assert_eq!(look_up(name), NAMES.slot(name), "{name}");
                assert_eq!(NAMES.find(name), NAMES.slot(name), "{name}");
                NAMES.slot(name).0
            })
            .into();
        slots.sort_unstable();
        assert_eq!(slots, std::vec::Vec::from_iter(OTHERS..OTHERS + 7));
    }

    #[test]
    fn what_is_recognized_is_what_is_looked_up() {
        for name in ["aud", "exp", "iat", "iss", "jti", "nbf", "sub"] {
            for place in 0..4 {
                for byte in 0..=255 {
                    let mut text = [name.as_bytes(), br#"":1"#].concat();
                    text[place] = byte;
                    let cells = Cell::from_mut(&mut text[..]).as_slice_of_cells();
                    let slot = Some(NAMES.look_up(&cells[..3])).filter(|slot| !slot.is_other());
                    let expected = slot.filter(|_| cells[3].get() == b'"');
                    assert_eq!(NAMES.recognize(cells), expected, "{name} {place} {byte:x}");
                }
            }
        }
        for text in ["", "exp", "\":1", "exp:", "expp\"", "crit\"", "xp\"1"] {
            let mut text = std::vec::Vec::from(text);
            let cells = Cell::from_mut(&mut text[..]).as_slice_of_cells();
            assert_eq!(NAMES.recognize(cells), None, "{text:?}");
        }
    }

    /// Names that share their last bytes, their first, their lengths, or nearly all of them.
    #[test]
    fn any_names_make_a_table() {
        const ALIKE: Names = Names::new(&["azp", "exp", "a", "aa", "typ", "x5t#S256", "zp"]);
        for name in ALIKE.names.iter().filter(|name| !name.is_empty()) {
            let mut bytes = std::vec::Vec::from(*name);
            let cells = Cell::from_mut(&mut bytes[..]).as_slice_of_cells();
            assert_eq!(ALIKE.look_up(cells), ALIKE.slot(name), "{name}");
            assert_eq!(ALIKE.find(name), ALIKE.slot(name), "{name}");
        }
        for name in ["", "p", "ap", "aap", "aaa", "eyp", "tyP", "x5t#S25"] {
            assert!(ALIKE.find(name).is_other(), "{name}");
        }
    }

    #[test]
    fn whole_names_only() {
        for name in ["", "p", "xp", "xxp", "Exp", "EXP", "exp ", "expp", "eexp", "exq", "iss\0"] {
            assert!(look_up(name).is_other(), "{name}");
            assert_eq!(NAMES.find(name), look_up(name), "{name}");
        }
    }
}
