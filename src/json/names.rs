//! Which member names matter: a table that is looked up by one multiplication.

use core::cell::Cell;

use super::{Span, Spans};

/// Places in a table: up to seven names, and place 0 for all that is not in it.
pub(crate) const SLOTS: usize = 8;

/// A place in a table of names, below [`SLOTS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot(usize);

impl Slot {
    /// Where the members go that are not in the table.
    pub(crate) const OTHER: Self = Self(0);

    /// Where the member of this name stands.
    pub(crate) fn read(self, spans: &Spans) -> Span {
        spans.get(self.0).copied().unwrap_or_default()
    }

    /// Notes where the member of this name stands; false if one was noted before. Of those that are not in
    /// the table, it is noted where the first begins and the last ends.
    pub(crate) fn note(self, span: Span, spans: &mut Spans) -> bool {
        match spans.get_mut(self.0) {
            Some(noted) if *noted == Span::default() => *noted = span,
            Some(noted) if self == Self::OTHER => noted.1 = span.1,
            _ => return false,
        }
        true
    }
}

/// Up to seven names in a perfect hash table: the last letter of a name gives its place, by a
/// multiplier that is searched for when the table is compiled.
pub(crate) struct Names {
    multiplier: usize,
    table: [&'static str; SLOTS],
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

    /// The place of a name.
    pub(crate) const fn slot(&self, name: &str) -> Slot {
        Slot(place(name.as_bytes().last(), self.multiplier))
    }

    /// The place of any name, or [`Slot::OTHER`].
    pub(crate) fn find(&self, name: &str) -> Slot {
        let slot = self.slot(name);
        if self.table.get(slot.0) == Some(&name) { slot } else { Slot::OTHER }
    }

    /// The place of a decoded name of a JSON text, or [`Slot::OTHER`].
    pub(crate) fn look_up(&self, name: &[Cell<u8>]) -> Slot {
        let slot = Slot(place(name.last().map(Cell::get).as_ref(), self.multiplier));
        let known = self.table.get(slot.0).map_or(&b""[..], |known| known.as_bytes());
        let equal = known.len() == name.len() && known.iter().zip(name).all(|(a, b)| *a == b.get());
        if equal { slot } else { Slot::OTHER }
    }
}

/// The table with this multiplier, if each name gets a place of its own behind place 0.
#[allow(clippy::indexing_slicing, reason = "evaluated when compiled; a place is below SLOTS")]
const fn arrange(mut names: &[&'static str], multiplier: usize) -> Option<[&'static str; SLOTS]> {
    let mut table = [""; SLOTS];
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
        Some(letter) => ((*letter as usize * multiplier) >> 7) % SLOTS,
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
    fn each_name_has_its_place() {
        let mut places: std::vec::Vec<usize> = ["aud", "exp", "iat", "iss", "jti", "nbf", "sub"]
            .map(|name| {
                assert_eq!(look_up(name), NAMES.slot(name), "{name}");
                NAMES.slot(name).0
            })
            .into();
        places.sort_unstable();
        assert_eq!(places, [1, 2, 3, 4, 5, 6, 7]);
    }

    #[test]
    fn whole_names_only() {
        for name in ["", "p", "xp", "xxp", "Exp", "EXP", "exp ", "expp", "eexp", "exq", "iss\0"] {
            assert_eq!(look_up(name), Slot::OTHER, "{name}");
        }
    }
}
