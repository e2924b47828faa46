//! Serializes a user's types to JSON in normal form, by serde (RFC 8259).
//!
//! `serde-json-core` would panic at a `char`, at a tuple variant, and at an error that a type
//! raises; it can't count past the end of its buffer, and writes `null` for a float that is none.

use core::fmt::{self, Display, Write as _};

use serde::ser::{
    self, Impossible, Serialize, SerializeMap, SerializeSeq, SerializeStruct,
    SerializeStructVariant, SerializeTuple, SerializeTupleStruct, SerializeTupleVariant,
};

use super::names::Seen;
use super::stamp;
use super::writer::{Escaped, Writer};
use crate::claims;
use crate::json::{MAX_DEPTH, Slot, Spans};
use crate::{Error, SMALL};

/// What is known of the outermost object while it is written.
pub(super) struct Outermost {
    /// Where it begins.
    pub(super) start: usize,
    /// Whether it is open already, and has members.
    pub(super) is_open: bool,
    /// Where the registered claims are.
    pub(super) spans: Spans,
    /// The names in all objects.
    pub(super) seen: Seen,
}

impl Outermost {
    pub(super) fn new(start: usize, is_open: bool) -> Self {
        Self { start, is_open, spans: Spans::default(), seen: Seen::new() }
    }

    /// Notes a name in normal form, of the object that begins at an index. Returns its slot.
    #[inline(always)]
    fn note_name(&mut self, object: usize, name: &[u8]) -> Slot {
        const { assert!(claims::NAMES.have_three_letters(), "look for other names here too") };
        self.seen.note(object, name);
        let found = name.try_into().ok().and_then(|letters| claims::NAMES.find_three(letters));
        found.unwrap_or_default()
    }
}

/// A member of an object whose value is being written.
struct Member {
    slot: Slot,
    value_start: usize,
}

/// Writes a value, and notes where its registered claims are.
pub(super) fn write<T: Serialize + ?Sized>(
    value: &T,
    writer: &mut Writer<'_>,
    outermost: &mut Outermost,
) -> Result<(), Error> {
    value.serialize(Value { writer, outermost, depth: 0 }).map_err(|Failure(error)| error)
}

/// Why a value can't be written.
#[derive(Debug)]
struct Failure(Error);

const UNWRITABLE: Failure = Failure(Error::UnwritableValue);

impl ser::Error for Failure {
    fn custom<T: Display>(_message: T) -> Self {
        UNWRITABLE
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl ser::StdError for Failure {}

/// A place for a value, in so many objects and arrays.
struct Value<'w, 'p> {
    writer: &'w mut Writer<'p>,
    outermost: &'w mut Outermost,
    depth: u8,
}

impl<'w, 'p> Value<'w, 'p> {
    fn put(self, text: &[u8]) -> Result<(), Failure> {
        self.writer.put(text);
        Ok(())
    }

    fn put_number(self, number: impl Display) -> Result<(), Failure> {
        write!(self.writer, "{number}").map_err(|_| UNWRITABLE)
    }

    /// Writes a float with the fewest digits that read as the same number. `Debug` does it, with a
    /// decimal point or an exponent.
    fn put_float(self, is_finite: bool, value: impl fmt::Debug) -> Result<(), Failure> {
        if !is_finite {
            return Err(UNWRITABLE);
        }
        write!(self.writer, "{value:?}").map_err(|_| UNWRITABLE)
    }

    /// Opens an array or an object. `end` closes it.
    fn open(self, start: &[u8], end: &'static [u8]) -> Result<Container<'w, 'p>, Failure> {
        let Self { writer, outermost, depth } = self;
        if depth >= MAX_DEPTH {
            return Err(Failure(Error::NestingTooDeep));
        }
        let place = writer.length();
        let is_open = depth == 0 && outermost.is_open;
        if !is_open {
            writer.put(start);
        } else if !SMALL {
            stamp::NAMES.iter().for_each(|name| outermost.seen.note(place, name));
        }
        let (depth, is_empty) = (depth + 1, !is_open);
        Ok(Container {
            writer,
            outermost,
            depth,
            is_empty,
            start: place,
            end,
            member: None,
            variant: None,
        })
    }

    /// Opens an object whose only member has this name, and a container as its value. `end` closes
    /// both.
    fn open_variant(
        self,
        name: &str,
        start: &[u8],
        end: &'static [u8],
    ) -> Result<Container<'w, 'p>, Failure> {
        let mut object = self.open(b"{", b"}")?;
        object.name(name);
        let Container { writer, outermost, depth, member, .. } = object;
        let inner = Value { writer, outermost, depth }.open(start, end)?;
        Ok(Container { variant: member, ..inner })
    }
}

impl<'w, 'p> ser::Serializer for Value<'w, 'p> {
    type Ok = ();
    type Error = Failure;
    type SerializeSeq = Container<'w, 'p>;
    type SerializeTuple = Container<'w, 'p>;
    type SerializeTupleStruct = Container<'w, 'p>;
    type SerializeTupleVariant = Container<'w, 'p>;
    type SerializeMap = Container<'w, 'p>;
    type SerializeStruct = Container<'w, 'p>;
    type SerializeStructVariant = Container<'w, 'p>;

    fn serialize_bool(self, value: bool) -> Result<(), Failure> {
        self.put(if value { b"true" } else { b"false" })
    }

    fn serialize_i8(self, value: i8) -> Result<(), Failure> {
        self.serialize_i64(value.into())
    }

    fn serialize_i16(self, value: i16) -> Result<(), Failure> {
        self.serialize_i64(value.into())
    }

    fn serialize_i32(self, value: i32) -> Result<(), Failure> {
        self.serialize_i64(value.into())
    }

    fn serialize_i64(self, value: i64) -> Result<(), Failure> {
        if value < 0 {
            self.writer.put(b"-");
        }
        self.serialize_u64(value.unsigned_abs())
    }

    fn serialize_i128(self, value: i128) -> Result<(), Failure> {
        self.put_number(value)
    }

    fn serialize_u8(self, value: u8) -> Result<(), Failure> {
        self.serialize_u64(value.into())
    }

    fn serialize_u16(self, value: u16) -> Result<(), Failure> {
        self.serialize_u64(value.into())
    }

    fn serialize_u32(self, value: u32) -> Result<(), Failure> {
        self.serialize_u64(value.into())
    }

    fn serialize_u64(self, value: u64) -> Result<(), Failure> {
        self.writer.put_number(value);
        Ok(())
    }

    fn serialize_u128(self, value: u128) -> Result<(), Failure> {
        self.put_number(value)
    }

    fn serialize_f32(self, value: f32) -> Result<(), Failure> {
        self.put_float(value.is_finite(), value)
    }

    fn serialize_f64(self, value: f64) -> Result<(), Failure> {
        self.put_float(value.is_finite(), value)
    }

    fn serialize_char(self, value: char) -> Result<(), Failure> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result<(), Failure> {
        self.writer.put_string(value);
        Ok(())
    }

    /// As an array of numbers, since JSON has no bytes.
    fn serialize_bytes(self, value: &[u8]) -> Result<(), Failure> {
        let mut array = self.open(b"[", b"]")?;
        value.iter().try_for_each(|byte| array.element(byte))?;
        array.close()
    }

    fn serialize_none(self) -> Result<(), Failure> {
        self.put(b"null")
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Failure> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Failure> {
        self.put(b"null")
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<(), Failure> {
        self.put(b"null")
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<(), Failure> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<(), Failure> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Failure> {
        let mut object = self.open(b"{", b"}")?;
        object.member(variant, value)?;
        object.close()
    }

    fn serialize_seq(self, _length: Option<usize>) -> Result<Container<'w, 'p>, Failure> {
        self.open(b"[", b"]")
    }

    fn serialize_tuple(self, _length: usize) -> Result<Container<'w, 'p>, Failure> {
        self.open(b"[", b"]")
    }

    fn serialize_tuple_struct(
        self,
        _name: &'static str,
        _length: usize,
    ) -> Result<Container<'w, 'p>, Failure> {
        self.open(b"[", b"]")
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _length: usize,
    ) -> Result<Container<'w, 'p>, Failure> {
        self.open_variant(variant, b"[", b"]}")
    }

    fn serialize_map(self, _length: Option<usize>) -> Result<Container<'w, 'p>, Failure> {
        self.open(b"{", b"}")
    }

    fn serialize_struct(
        self,
        _name: &'static str,
        _length: usize,
    ) -> Result<Container<'w, 'p>, Failure> {
        self.open(b"{", b"}")
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _length: usize,
    ) -> Result<Container<'w, 'p>, Failure> {
        self.open_variant(variant, b"{", b"}}")
    }

    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<(), Failure> {
        put_shown(self.writer, value)
    }
}

/// Writes as a string what a value shows.
fn put_shown<T: Display + ?Sized>(writer: &mut Writer<'_>, value: &T) -> Result<(), Failure> {
    writer.put(b"\"");
    write!(Escaped(&mut *writer), "{value}").map_err(|_| UNWRITABLE)?;
    writer.put(b"\"");
    Ok(())
}

/// An array or an object that is open.
struct Container<'w, 'p> {
    writer: &'w mut Writer<'p>,
    outermost: &'w mut Outermost,
    depth: u8,
    is_empty: bool,
    start: usize,
    /// What closes it, and perhaps the object whose only member it is.
    end: &'static [u8],
    /// The last name's, until its value is written.
    member: Option<Member>,
    /// This, if it is the only member of an object.
    variant: Option<Member>,
}

impl Container<'_, '_> {
    /// Separates what comes next from what is there.
    fn next(&mut self) {
        if !self.is_empty {
            self.writer.put(b",");
        }
        self.is_empty = false;
    }

    fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failure> {
        let Self { writer, outermost, depth, .. } = self;
        value.serialize(Value { writer, outermost, depth: *depth })
    }

    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failure> {
        self.next();
        self.value(value)
    }

    fn member<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), Failure> {
        self.name(name);
        self.value(value)?;
        self.end_member();
        Ok(())
    }

    fn name(&mut self, name: &str) {
        self.next();
        let start = self.writer.length();
        if !SMALL && self.writer.put_plain(name.as_bytes(), b"\":") {
            let slot = self.outermost.note_name(self.start, name.as_bytes());
            self.begin_value(slot);
        } else {
            self.writer.put_string(name);
            self.end_name(start);
        }
    }

    /// Ends a name that begins at an index.
    fn end_name(&mut self, start: usize) {
        let slot = match self.writer.text_from(start) {
            [b'"', name @ .., b'"'] if !SMALL => self.outermost.note_name(self.start, name),
            _ => Slot::default(),
        };
        self.writer.put(b":");
        self.begin_value(slot);
    }

    fn begin_value(&mut self, slot: Slot) {
        self.member = Some(Member { slot, value_start: self.writer.length() });
    }

    /// Notes where the member is that was written, if it is one of the outermost object.
    fn end_member(&mut self) {
        let Outermost { start, spans, .. } = &mut *self.outermost;
        if let Some(Member { slot, value_start }) = self.member.take()
            && !SMALL
            && self.depth == 1
        {
            // No text is longer than 65,535 bytes. If a name stands twice, this is not used.
            let position = |at| (at - *start) as u16;
            slot.note((position(value_start), position(self.writer.length())), spans);
        }
    }

    fn close(mut self) -> Result<(), Failure> {
        let (end, of_variant) = self.end.split_at_checked(1).unwrap_or_default();
        self.writer.put(end);
        if !of_variant.is_empty() {
            self.depth -= 1;
            self.member = self.variant.take();
            self.end_member();
            self.writer.put(of_variant);
        }
        Ok(())
    }
}

impl SerializeSeq for Container<'_, '_> {
    type Ok = ();
    type Error = Failure;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failure> {
        self.element(value)
    }

    fn end(self) -> Result<(), Failure> {
        self.close()
    }
}

impl SerializeTuple for Container<'_, '_> {
    type Ok = ();
    type Error = Failure;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failure> {
        self.element(value)
    }

    fn end(self) -> Result<(), Failure> {
        self.close()
    }
}

impl SerializeTupleStruct for Container<'_, '_> {
    type Ok = ();
    type Error = Failure;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failure> {
        self.element(value)
    }

    fn end(self) -> Result<(), Failure> {
        self.close()
    }
}

impl SerializeTupleVariant for Container<'_, '_> {
    type Ok = ();
    type Error = Failure;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failure> {
        self.element(value)
    }

    fn end(self) -> Result<(), Failure> {
        self.close()
    }
}

impl SerializeMap for Container<'_, '_> {
    type Ok = ();
    type Error = Failure;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Failure> {
        if self.member.is_some() {
            return Err(UNWRITABLE);
        }
        self.next();
        let start = self.writer.length();
        key.serialize(Name { writer: self.writer })?;
        self.end_name(start);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failure> {
        if self.member.is_none() {
            return Err(UNWRITABLE);
        }
        self.value(value)?;
        self.end_member();
        Ok(())
    }

    fn end(self) -> Result<(), Failure> {
        match self.member {
            None => self.close(),
            Some(_) => Err(UNWRITABLE),
        }
    }
}

impl SerializeStruct for Container<'_, '_> {
    type Ok = ();
    type Error = Failure;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Failure> {
        self.member(name, value)
    }

    fn end(self) -> Result<(), Failure> {
        self.close()
    }
}

impl SerializeStructVariant for Container<'_, '_> {
    type Ok = ();
    type Error = Failure;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Failure> {
        self.member(name, value)
    }

    fn end(self) -> Result<(), Failure> {
        self.close()
    }
}

/// A place for a member's name: a string, or what is written as one, as `serde_json` does it.
struct Name<'w, 'p> {
    writer: &'w mut Writer<'p>,
}

impl<'w, 'p> Name<'w, 'p> {
    /// Writes a number or a `bool` between quotes.
    fn quoted<T: Serialize>(self, value: T) -> Result<(), Failure> {
        let outermost = &mut Outermost::new(0, false);
        self.writer.put(b"\"");
        value.serialize(Value { writer: &mut *self.writer, outermost, depth: 1 })?;
        self.writer.put(b"\"");
        Ok(())
    }
}

impl<'w, 'p> ser::Serializer for Name<'w, 'p> {
    type Ok = ();
    type Error = Failure;
    type SerializeSeq = Impossible<(), Failure>;
    type SerializeTuple = Impossible<(), Failure>;
    type SerializeTupleStruct = Impossible<(), Failure>;
    type SerializeTupleVariant = Impossible<(), Failure>;
    type SerializeMap = Impossible<(), Failure>;
    type SerializeStruct = Impossible<(), Failure>;
    type SerializeStructVariant = Impossible<(), Failure>;

    fn serialize_bool(self, value: bool) -> Result<(), Failure> {
        self.quoted(value)
    }

    fn serialize_i8(self, value: i8) -> Result<(), Failure> {
        self.quoted(value)
    }

    fn serialize_i16(self, value: i16) -> Result<(), Failure> {
        self.quoted(value)
    }

    fn serialize_i32(self, value: i32) -> Result<(), Failure> {
        self.quoted(value)
    }

    fn serialize_i64(self, value: i64) -> Result<(), Failure> {
        self.quoted(value)
    }

    fn serialize_i128(self, value: i128) -> Result<(), Failure> {
        self.quoted(value)
    }

    fn serialize_u8(self, value: u8) -> Result<(), Failure> {
        self.quoted(value)
    }

    fn serialize_u16(self, value: u16) -> Result<(), Failure> {
        self.quoted(value)
    }

    fn serialize_u32(self, value: u32) -> Result<(), Failure> {
        self.quoted(value)
    }

    fn serialize_u64(self, value: u64) -> Result<(), Failure> {
        self.quoted(value)
    }

    fn serialize_u128(self, value: u128) -> Result<(), Failure> {
        self.quoted(value)
    }

    fn serialize_f32(self, _value: f32) -> Result<(), Failure> {
        Err(UNWRITABLE)
    }

    fn serialize_f64(self, _value: f64) -> Result<(), Failure> {
        Err(UNWRITABLE)
    }

    fn serialize_char(self, value: char) -> Result<(), Failure> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result<(), Failure> {
        self.writer.put_string(value);
        Ok(())
    }

    fn serialize_bytes(self, _value: &[u8]) -> Result<(), Failure> {
        Err(UNWRITABLE)
    }

    fn serialize_none(self) -> Result<(), Failure> {
        Err(UNWRITABLE)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Failure> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Failure> {
        Err(UNWRITABLE)
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<(), Failure> {
        Err(UNWRITABLE)
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<(), Failure> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<(), Failure> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _value: &T,
    ) -> Result<(), Failure> {
        Err(UNWRITABLE)
    }

    fn serialize_seq(self, _length: Option<usize>) -> Result<Self::SerializeSeq, Failure> {
        Err(UNWRITABLE)
    }

    fn serialize_tuple(self, _length: usize) -> Result<Self::SerializeTuple, Failure> {
        Err(UNWRITABLE)
    }

    fn serialize_tuple_struct(
        self,
        _name: &'static str,
        _length: usize,
    ) -> Result<Self::SerializeTupleStruct, Failure> {
        Err(UNWRITABLE)
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _length: usize,
    ) -> Result<Self::SerializeTupleVariant, Failure> {
        Err(UNWRITABLE)
    }

    fn serialize_map(self, _length: Option<usize>) -> Result<Self::SerializeMap, Failure> {
        Err(UNWRITABLE)
    }

    fn serialize_struct(
        self,
        _name: &'static str,
        _length: usize,
    ) -> Result<Self::SerializeStruct, Failure> {
        Err(UNWRITABLE)
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _length: usize,
    ) -> Result<Self::SerializeStructVariant, Failure> {
        Err(UNWRITABLE)
    }

    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<(), Failure> {
        put_shown(self.writer, value)
    }
}
