//! Strict JSON in place (RFC 8259).
//!
//! [`normalize`] is the one pass that untrusted text goes through. It validates the whole text,
//! rewrites it to its **normal form** and notes where the members stand that matter. Everything
//! else of the crate, and `serde-json-core`, only ever reads normal form:
//!
//! - one object, no white space outside strings, valid UTF-8, at most as deep as allowed;
//! - in strings, every escape that can be a plain character is one; `"` and `\` stand as `\"` and
//!   `\\`, control characters as `\b \f \n \r \t` or `\u00` and two lower-case digits. So equal
//!   strings have equal text, and each escape stands for one byte;
//! - numbers as they came.

mod members;
mod names;
mod normalize;
mod plain;
mod string;
#[cfg(test)]
mod tests;

use members::members_of_part;
pub(crate) use members::{elements, members, value_end};
pub(crate) use names::{Names, Slot, equal};
pub use normalize::MAX_DEPTH;
pub(crate) use normalize::normalize;
pub use string::JsonString;

use crate::Error;

/// Where a value stands in the normal form, from and to, in bytes. Empty: there is none.
pub(crate) type Span = (u16, u16);

/// Where the members of an object stand, by their [`Slot`]: of one with a name of a [`Names`] table its value, of others
/// from the first to the last that share a slot.
pub(crate) type Spans = [Span; names::SLOTS];

/// The normal form of this length that the pass left in a text.
pub(crate) fn cut(text: &[u8], length: usize) -> &[u8] {
    text.get(..length).unwrap_or_default()
}

/// A JSON object in normal form, and where its members are.
#[derive(Clone, Copy)]
pub(crate) struct Object<'b, 's> {
    /// The normal form.
    pub(crate) text: &'b [u8],
    pub(crate) spans: &'s Spans,
}

impl<'b> Object<'b, '_> {
    /// What is noted in a slot: the value of the member with a name of the table, or the members that share it.
    #[cfg_attr(any(embedded_jwt_small, not(target_pointer_width = "64")), inline(never))]
    pub(crate) fn named(&self, slot: Slot) -> Option<&'b [u8]> {
        let (from, to) = slot.read(self.spans);
        self.text.get(usize::from(from)..usize::from(to)).filter(|value| !value.is_empty())
    }

    /// The same, if it is a string.
    pub(crate) fn named_string(&self, slot: Slot) -> Option<JsonString<'b>> {
        self.named(slot).and_then(JsonString::parse)
    }

    /// A member with a name of the table that has to be a string, or absent.
    pub(crate) fn is_string_if_present(&self, slot: Slot, otherwise: Error) -> Result<(), Error> {
        match self.named(slot) {
            Some([b'"', ..]) | None => Ok(()),
            Some(_) => Err(otherwise),
        }
    }

    /// The value of the one member called `name`, whatever it is; `twice` if there are several.
    pub(crate) fn find(&self, name: &str, twice: Error) -> Result<Option<&'b [u8]>, Error> {
        one_called(name, members(self.text), twice)
    }

    /// The same, with the help of what was noted by the table `names`: what is not in it has to be looked for,
    /// from the first to the last of the members that share its slot.
    pub(crate) fn find_by(
        &self,
        names: &Names,
        name: &str,
        twice: Error,
    ) -> Result<Option<&'b [u8]>, Error> {
        let slot = names.find(name);
        let noted = self.named(slot);
        if slot.is_other() {
            return one_called(name, members_of_part(noted.unwrap_or_default()), twice);
        }
        Ok(noted)
    }

    /// The normal form.
    pub(crate) fn as_json(&self) -> &'b str {
        core::str::from_utf8(self.text).unwrap_or_default()
    }
}

fn one_called<'b>(
    name: &str,
    members: impl Iterator<Item = (JsonString<'b>, &'b [u8])>,
    twice: Error,
) -> Result<Option<&'b [u8]>, Error> {
    let mut found = None;
    for (member, value) in members {
        if member == *name && found.replace(value).is_some() {
            return Err(twice);
        }
    }
    Ok(found)
}
