//! Which member names matter: a table that is looked up by one multiplication; and where the members stand, those
//! with the names in the table and all others.

use core::cell::Cell;

use super::{Span, Spans};
use crate::MEMORY_IS_SHORT;

/// Places in a table: up to seven names have one each, and place 0 has the empty name, which is one of the others.
const PLACES: usize = 8;

/// Slots for the members that are not in a table, by the first bytes of their names: one, or more where memory is
/// not short, so that few share one.
const OTHERS: usize = if MEMORY_IS_SHORT { 1 } else { 8 };

/// Slots of a text's members, those that are not in the table first.
pub(crate) const SLOTS: usize = OTHERS + PLACES - 1;

/// Which of the [`Spans`] notes where a member stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Slot(usize);

impl Slot {
    /// Of the name that the table has at a place.
    const fn named(place: usize) -> Self {
        Self(OTHERS - 1 + place)
    }

    /// Of all names that are not in the table and have this first byte in normal form, among others.
    #[allow(clippy::modulo_one, reason = "there may be one for all")]
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

    /// Notes where a member stands. Of one that is not in the table, it is noted where the first that shares its slot
    /// begins and the last ends; of one in the table, false if it was noted before.
    pub(crate) fn note(self, span: Span, spans: &mut Spans) -> bool {
        match spans.get_mut(self.0) {
            Some(noted) if noted.1 == 0 => *noted = span,
            Some(noted) if self.is_other() => noted.1 = span.1,
            _ => return false,
        }
        true
    }
}

/// Up to seven names in a perfect hash table: the last letter of a name gives its place, by a
/// multiplier that is searched for when the table is compiled.
pub(crate) struct Names {
    multiplier: usize,
    table: [&'static str; PLACES],
}

impl Names {
    /// A table of these names, for a `const`: two with the same last letter do not compile.
    pub(crate) const fn new(names: &[&'static str]) -> Self {
        let mut multiplier = 0;
        loop {
            multiplier += 1;
            assert!(multiplier < 256, "the last letters do not tell the names apart");
            if let Some(table) = arrange(names, multiplier) {
                return Self { multiplier, table };
            }
        }
    }

    /// The slot of a name that is in the table.
    pub(crate) const fn slot(&self, name: &str) -> Slot {
        Slot::named(place(name.as_bytes().last(), self.multiplier))
    }

    /// The slot of any name.
    pub(crate) fn find(&self, name: &str) -> Slot {
        let place = place(name.as_bytes().last(), self.multiplier);
        if self.table.get(place) == Some(&name) {
            Slot::named(place)
        } else {
            Slot::other(name.bytes().next().map_or(0, first_in_normal_form))
        }
    }

    /// The slot of a name in the table, if it has three letters, as nearly all have, and a text begins
    /// with it and a quote. It saves a computer much of the pass; a microcontroller it would save nothing.
    pub(crate) fn recognize(&self, text: &[Cell<u8>]) -> Option<Slot> {
        if MEMORY_IS_SHORT {
            return None;
        }
        let [a, b, c, quote] = text.first_chunk()?.each_ref().map(Cell::get);
        let place = place(Some(&c), self.multiplier);
        let known = self.table.get(place)?.as_bytes();
        (quote == b'"' && known == [a, b, c]).then_some(Slot::named(place))
    }

    /// The slot of a decoded name of a JSON text.
    pub(crate) fn look_up(&self, name: &[Cell<u8>]) -> Slot {
        let place = place(name.last().map(Cell::get).as_ref(), self.multiplier);
        let known = self.table.get(place).map_or(&b""[..], |known| known.as_bytes());
        let equal = known.len() == name.len() && known.iter().zip(name).all(|(a, b)| *a == b.get());
        if equal { Slot::named(place) } else { Slot::other(name.first().map_or(0, Cell::get)) }
    }
}

/// The first byte in normal form of what begins with this one.
const fn first_in_normal_form(byte: u8) -> u8 {
    if matches!(byte, 0..0x20 | b'"' | b'\\') { b'\\' } else { byte }
}

/// The table with this multiplier, if each name gets a place of its own behind place 0.
#[allow(clippy::indexing_slicing, reason = "evaluated when compiled; a place is below PLACES")]
const fn arrange(mut names: &[&'static str], multiplier: usize) -> Option<[&'static str; PLACES]> {
    let mut table = [""; PLACES];
    while let Some((name, rest)) = names.split_first() {
        let place = place(name.as_bytes().last(), multiplier);
        if place == 0 || !table[place].is_empty() {
            return None;
        }
        table[place] = name;
        names = rest;
    }
    Some(table)
}

const fn place(last_letter: Option<&u8>, multiplier: usize) -> usize {
    match last_letter {
        Some(letter) => ((*letter as usize * multiplier) >> 7) % PLACES,
        None => 0,
    }
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
        assert_eq!(slots, std::vec::Vec::from_iter(OTHERS..SLOTS));
    }

    /// On a computer: elsewhere nothing is recognized, and all names are looked up.
    #[cfg(target_pointer_width = "64")]
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

    #[test]
    fn whole_names_only() {
        for name in ["", "p", "xp", "xxp", "Exp", "EXP", "exp ", "expp", "eexp", "exq", "iss\0"] {
            assert!(look_up(name).is_other(), "{name}");
            assert_eq!(NAMES.find(name), look_up(name), "{name}");
        }
    }
}
