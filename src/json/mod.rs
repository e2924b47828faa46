//! Strict JSON in place (RFC 8259).
//!
//! [`normalize`] is the one pass over untrusted text. It validates the whole text, rewrites it to
//! its **normal form**, and notes where the members are that matter. The rest of the crate, and
//! `serde-json-core`, read only normal form:
//!
//! - one object, without white space outside strings, in valid UTF-8, no deeper than allowed;
//! - in strings, characters instead of escapes wherever possible. `"` and `\` are written `\"` and
//!   `\\`, control characters `\b \f \n \r \t` or `\u00` and two lower-case digits. So equal
//!   strings have equal text, and each escape is one byte;
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
#[cfg(feature = "sign")]
pub(crate) use plain::skip_plain;
pub use string::JsonString;
#[cfg(feature = "sign")]
pub(crate) use string::escape;

use crate::Error;

/// Where a value starts and ends in the normal form, in bytes. An empty span means no value.
pub(crate) type Span = (u16, u16);

/// Where the members of an object are, by their [`Slot`]. For a name of a [`Names`] table it is the
/// span of the value; for all other names, from the first to the last member that share the slot.
pub(crate) type Spans = [Span; names::SLOTS];

/// Forgets the members of a [`Names`] table whose value is `null`, as if they were absent.
pub(crate) fn forget_nulls(text: &[u8], spans: &mut Spans) {
    for span in spans {
        // No other value begins with this letter, nor does the span of other members.
        if text.get(usize::from(span.0)) == Some(&b'n') {
            *span = Span::default();
        }
    }
}

/// The first `length` bytes of `text`, or nothing if it is shorter.
pub(crate) fn cut(text: &[u8], length: usize) -> &[u8] {
    text.get(..length).unwrap_or_default()
}

/// A JSON object in normal form, with the spans of its members.
#[derive(Clone, Copy)]
pub(crate) struct Object<'b, 's> {
    /// The normal form.
    pub(crate) text: &'b [u8],
    pub(crate) spans: &'s Spans,
}

impl<'b> Object<'b, '_> {
    /// What the span of a slot covers: one value, or the members that share the slot.
    #[cfg_attr(any(embedded_jwt_small, not(target_pointer_width = "64")), inline(never))]
    pub(crate) fn named(&self, slot: Slot) -> Option<&'b [u8]> {
        let (from, to) = slot.read(self.spans);
        self.text.get(usize::from(from)..usize::from(to)).filter(|value| !value.is_empty())
    }

    /// The value in a slot, if it is a string.
    pub(crate) fn named_string(&self, slot: Slot) -> Option<JsonString<'b>> {
        self.named(slot).and_then(JsonString::parse)
    }

    /// The string in a slot, if there is a value. The error `otherwise` for any other value.
    pub(crate) fn string(
        &self,
        slot: Slot,
        otherwise: Error,
    ) -> Result<Option<JsonString<'b>>, Error> {
        match self.named(slot) {
            Some(value) => JsonString::parse(value).map(Some).ok_or(otherwise),
            None => Ok(None),
        }
    }

    /// Checks that the value in a slot is a string, if there is one.
    pub(crate) fn is_string_if_present(&self, slot: Slot, otherwise: Error) -> Result<(), Error> {
        self.string(slot, otherwise).map(drop)
    }

    /// The value of the member called `name`, whatever its type. Two such members are the error
    /// `twice`.
    pub(crate) fn find(&self, name: &str, twice: Error) -> Result<Option<&'b [u8]>, Error> {
        one_called(name, members(self.text), twice)
    }

    /// As [`find`](Self::find), but looks only where the spans say: `names` is the table by which
    /// they were noted.
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
