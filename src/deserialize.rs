//! Deserializes claims and header parameters into the user's types, by serde.
//!
//! This file reads structure and strings from the normal form (see [`json`](crate::json));
//! `serde-json-core` reads the scalars. On its own, that crate would return half-decoded strings,
//! recurse into ignored values, read `null` as a number, and panic at a map key that is no `&str`.

use core::fmt::{self, Display};
use core::marker::PhantomData;
use core::str::FromStr;

use serde::de::value::BorrowedStrDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor,
};
use serde::{Deserialize, forward_to_deserialize_any};

use crate::Error;
use crate::json::{JsonString, elements, members};

/// Strings with escapes are decoded on the stack up to this length, in bytes.
const BLOCK: usize = 256;

/// Reads a value, a part of `text`, which is in normal form. Strings with escapes are decoded in
/// `scratch` if that is longer than the block on the stack.
pub(crate) fn read<'de, T: Deserialize<'de>>(
    text: &[u8],
    value: &'de [u8],
    scratch: &mut [u8],
) -> Result<T, Error> {
    Value { value, scratch }.read(PhantomData).map_err(|failure| match failure {
        Failure::ScratchTooSmall(needed) => Error::ScratchTooSmall { needed },
        Failure::At(address) => unreadable(text, address),
        Failure::Here => unreadable(text, address(value)),
    })
}

/// Reads a value, a part of `text`, as a string in place.
pub(crate) fn read_string<'b>(text: &[u8], value: &'b [u8]) -> Result<JsonString<'b>, Error> {
    JsonString::parse(value).ok_or_else(|| unreadable(text, address(value)))
}

/// The error for the value at an address in `text`.
fn unreadable(text: &[u8], address_of_value: u16) -> Error {
    Error::UnreadableValue { position: address_of_value.wrapping_sub(address(text)) }
}

/// Where a value begins: the low 16 bits of its address. No text is longer than 65,535 bytes, so
/// they are enough to tell two places in a text apart.
fn address(value: &[u8]) -> u16 {
    value.as_ptr().addr() as u16
}

/// Why a value can't be read, and where that is.
#[derive(Debug)]
enum Failure {
    /// The value that is being read doesn't fit. Errors that serde or the user's types raise know
    /// no more than that. The innermost [`Value::read`] on their way out adds the address.
    Here,
    /// The value at this [`address`] doesn't fit.
    At(u16),
    /// A string with escapes needs this many bytes of memory.
    ScratchTooSmall(u16),
}

impl Failure {
    /// Adds the address of the value that was being read, if there is none yet.
    fn at(self, address: u16) -> Self {
        match self {
            Self::Here => Self::At(address),
            located => located,
        }
    }
}

/// The message is dropped: there is no memory for it.
impl serde::de::Error for Failure {
    fn custom<T: Display>(_: T) -> Self {
        Self::Here
    }
}

impl core::error::Error for Failure {}

/// What a user's type sees if it shows the error. Only [`Error`] says where.
impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("value does not fit")
    }
}

/// Visits a string, decoded if it has escapes.
fn visit_text<'de, V: Visitor<'de>>(
    string: JsonString<'de>,
    scratch: &mut [u8],
    visitor: V,
) -> Result<V::Value, Failure> {
    match string.as_str() {
        Some(text) => visitor.visit_borrowed_str(text),
        None => visit_decoded(string, scratch, visitor),
    }
}

/// Decodes a string, and visits the result. Not inlined, so that the block is on the stack only
/// while a string with escapes is visited, and once, however deep types are nested.
#[inline(never)]
fn visit_decoded<'de, V: Visitor<'de>>(
    string: JsonString<'de>,
    scratch: &mut [u8],
    visitor: V,
) -> Result<V::Value, Failure> {
    let mut block = [0; BLOCK];
    let memory = if scratch.len() > BLOCK { scratch } else { &mut block };
    match string.copy_to(memory) {
        Ok(text) => visitor.visit_str(text),
        Err(_) => visit_longer(string, visitor),
    }
}

/// Decodes a string on the heap, and visits the result.
#[cfg(feature = "alloc")]
fn visit_longer<'de, V: Visitor<'de>>(
    string: JsonString<'de>,
    visitor: V,
) -> Result<V::Value, Failure> {
    let mut memory = alloc::vec::Vec::new();
    // A heap without room must not end the program.
    if memory.try_reserve_exact(string.length().into()).is_err() {
        return Err(Failure::ScratchTooSmall(string.length()));
    }
    memory.extend(string.bytes());
    visitor.visit_string(alloc::string::String::from_utf8(memory).unwrap_or_default())
}

/// Refuses a string that neither the block nor the scratch memory has room for.
#[cfg(not(feature = "alloc"))]
fn visit_longer<'de, V: Visitor<'de>>(string: JsonString<'de>, _: V) -> Result<V::Value, Failure> {
    Err(Failure::ScratchTooSmall(string.length()))
}

struct Value<'de, 's> {
    value: &'de [u8],
    scratch: &'s mut [u8],
}

impl<'de, 's> Value<'de, 's> {
    /// Reads the value. Errors without an address get that of the value.
    fn read<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Failure> {
        let address = address(self.value);
        seed.deserialize(self).map_err(|failure| failure.at(address))
    }

    /// Reads the whole value as one scalar.
    fn scalar<T: Deserialize<'de>>(&self) -> Result<T, Failure> {
        serde_json_core::from_slice(self.value).map(|(read, _)| read).map_err(|_| Failure::Here)
    }

    /// Reads an integer of 128 bits, which `serde-json-core` can't read.
    fn wide<T: FromStr>(&self) -> Result<T, Failure> {
        let text = core::str::from_utf8(self.value).unwrap_or_default();
        text.parse().map_err(|_| Failure::Here)
    }

    /// Reads a floating-point number. Refuses one out of range, which would become infinite.
    fn float<T: Deserialize<'de> + Into<f64> + Copy>(&self) -> Result<T, Failure> {
        match self.value {
            [b'-' | b'0'..=b'9', ..] => {}
            _ => return Err(Failure::Here),
        }
        let read = self.scalar::<T>()?;
        if read.into().is_finite() { Ok(read) } else { Err(Failure::Here) }
    }

    /// The members, if the value is an object.
    fn members(
        self,
    ) -> Result<Members<'de, 's, impl Iterator<Item = (JsonString<'de>, &'de [u8])>>, Failure> {
        if !self.value.starts_with(b"{") {
            return Err(Failure::Here);
        }
        Ok(Members { members: members(self.value), value: b"", scratch: self.scratch })
    }
}

/// Reads each type of scalar with a method above, and gives it to a method of the visitor.
macro_rules! scalars {
    ($($deserialize:ident $read:ident $visit:ident)*) => {$(
        fn $deserialize<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
            visitor.$visit(self.$read()?)
        }
    )*};
}

/// Reads each type, whose method has these other arguments, just as another type.
macro_rules! aliases {
    ($($deserialize:ident($($ignored:ty),*) $as:ident)*) => {$(
        fn $deserialize<V: Visitor<'de>>(
            self,
            $(_: $ignored,)*
            visitor: V,
        ) -> Result<V::Value, Failure> {
            self.$as(visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for Value<'de, '_> {
    type Error = Failure;

    scalars! {
        deserialize_bool scalar visit_bool
        deserialize_i8 scalar visit_i8
        deserialize_i16 scalar visit_i16
        deserialize_i32 scalar visit_i32
        deserialize_i64 scalar visit_i64
        deserialize_u8 scalar visit_u8
        deserialize_u16 scalar visit_u16
        deserialize_u32 scalar visit_u32
        deserialize_u64 scalar visit_u64
        deserialize_i128 wide visit_i128
        deserialize_u128 wide visit_u128
        deserialize_f32 float visit_f32
        deserialize_f64 float visit_f64
    }

    aliases! {
        deserialize_tuple(usize) deserialize_seq
        deserialize_tuple_struct(&'static str, usize) deserialize_seq
        deserialize_unit_struct(&'static str) deserialize_unit
        deserialize_char() deserialize_str
        deserialize_string() deserialize_str
        // A variant's name, where it is the value of a member. No number stands for it.
        deserialize_identifier() deserialize_str
    }

    forward_to_deserialize_any! { bytes byte_buf }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        let string = JsonString::parse(self.value).ok_or(Failure::Here)?;
        visit_text(string, self.scratch, visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        if self.value == b"null" { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        if self.value == b"null" { visitor.visit_unit() } else { Err(Failure::Here) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        if !self.value.starts_with(b"[") {
            return Err(Failure::Here);
        }
        let mut list = List { elements: elements(self.value), scratch: self.scratch };
        let read = visitor.visit_seq(&mut list)?;
        match list.elements.next() {
            None => Ok(read),
            Some(_) => Err(Failure::Here),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_map(self.members()?)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        visitor.visit_map(Fields { members: self.members()?, fields })
    }

    /// Reads the variant's name, or an object of one member: the variant's name and its content.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        if let Some(name) = JsonString::parse(self.value) {
            return visitor.visit_enum(BorrowedStrDeserializer::new(one_of(name, variants)?));
        }
        let mut members = self.members()?;
        let (name, value) = members.members.next().ok_or(Failure::Here)?;
        if members.members.next().is_some() {
            return Err(Failure::Here);
        }
        let content = Value { value, scratch: members.scratch };
        visitor.visit_enum(Variant { name: one_of(name, variants)?, content })
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_unit()
    }

    /// Lets the JSON type decide, for types that take several.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match self.value {
            [b'"', ..] => self.deserialize_str(visitor),
            [b'{', ..] => self.deserialize_map(visitor),
            [b'[', ..] => self.deserialize_seq(visitor),
            [b't' | b'f', ..] => self.deserialize_bool(visitor),
            [b'n', ..] => self.deserialize_unit(visitor),
            // What no integer of 64 bits holds is read as a float, as is what is written as one.
            [b'-', ..] => match self.scalar() {
                Ok(integer) => visitor.visit_i64(integer),
                Err(_) => self.deserialize_f64(visitor),
            },
            _ => match self.scalar() {
                Ok(integer) => visitor.visit_u64(integer),
                Err(_) => self.deserialize_f64(visitor),
            },
        }
    }
}

struct List<'s, I> {
    elements: I,
    scratch: &'s mut [u8],
}

impl<'de, I: Iterator<Item = &'de [u8]>> SeqAccess<'de> for List<'_, I> {
    type Error = Failure;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Failure> {
        let scratch = &mut *self.scratch;
        self.elements.next().map(|value| Value { value, scratch }.read(seed)).transpose()
    }
}

struct Members<'de, 's, I> {
    members: I,
    /// The value of the member whose name was read last.
    value: &'de [u8],
    scratch: &'s mut [u8],
}

impl<'de, I: Iterator<Item = (JsonString<'de>, &'de [u8])>> Members<'de, '_, I> {
    /// Takes the next member, and reads its name.
    fn next_name<T>(
        &mut self,
        read: impl FnOnce(JsonString<'de>, &mut [u8]) -> Result<T, Failure>,
    ) -> Result<Option<T>, Failure> {
        let Some((name, value)) = self.members.next() else {
            return Ok(None);
        };
        self.value = value;
        // The place of a name is its quote.
        let address = address(name.encoded()).wrapping_sub(1);
        read(name, self.scratch).map(Some).map_err(|failure| failure.at(address))
    }
}

/// The members of a map.
impl<'de, I: Iterator<Item = (JsonString<'de>, &'de [u8])>> MapAccess<'de> for Members<'de, '_, I> {
    type Error = Failure;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Failure> {
        self.next_name(|name, scratch| seed.deserialize(Name { name, scratch }))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Failure> {
        Value { value: self.value, scratch: self.scratch }.read(seed)
    }
}

/// The members of a struct.
struct Fields<'de, 's, I> {
    members: Members<'de, 's, I>,
    fields: &'static [&'static str],
}

impl<'de, I: Iterator<Item = (JsonString<'de>, &'de [u8])>> MapAccess<'de> for Fields<'de, '_, I> {
    type Error = Failure;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Failure> {
        let fields = self.fields;
        self.members.next_name(|name, _| {
            seed.deserialize(BorrowedStrDeserializer::new(one_of(name, fields)?))
        })
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Failure> {
        self.members.next_value_seed(seed)
    }
}

/// The name of a field or a variant. One with an escape is looked for among those that are `known`,
/// without memory to decode it. If it is none of them, returns a name that none of them has; if
/// none is known, that would be a wrong name, so it is refused.
fn one_of<'de>(name: JsonString<'de>, known: &'static [&'static str]) -> Result<&'de str, Failure> {
    if let Some(name) = name.as_str() {
        return Ok(name);
    }
    let found = known.iter().find(|known| name == **known);
    let mut strangers = ["\0", "\u{1}"].iter().filter(|_| !known.is_empty());
    let stranger = strangers.find(|stranger| !known.contains(stranger));
    found.or(stranger).copied().ok_or(Failure::Here)
}

/// The name of a map's member: a string that also stands for what JSON has no names for.
struct Name<'de, 's> {
    name: JsonString<'de>,
    scratch: &'s mut [u8],
}

impl<'de, 's> Name<'de, 's> {
    /// The text in the name, to be read as an integer, if it is written as JSON writes one.
    fn integer(self) -> Result<Value<'de, 's>, Failure> {
        let value = self.name.encoded();
        let digits = value.strip_prefix(b"-").unwrap_or(value);
        if !digits.iter().all(u8::is_ascii_digit) || (digits.starts_with(b"0") && digits != b"0") {
            return Err(Failure::Here);
        }
        Ok(Value { value, scratch: self.scratch })
    }
}

/// Reads each type of integer from the text in a name.
macro_rules! integers {
    ($($deserialize:ident)*) => {$(
        fn $deserialize<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
            self.integer()?.$deserialize(visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for Name<'de, '_> {
    type Error = Failure;

    integers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
    }

    forward_to_deserialize_any! {
        f32 f64 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct
        identifier
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visit_text(self.name, self.scratch, visitor)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match self.name.encoded() {
            b"true" => visitor.visit_bool(true),
            b"false" => visitor.visit_bool(false),
            _ => Err(Failure::Here),
        }
    }

    /// No name stands for `null`.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        visitor.visit_enum(BorrowedStrDeserializer::new(one_of(self.name, variants)?))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_unit()
    }
}

/// A variant with its content.
struct Variant<'de, 's> {
    name: &'de str,
    content: Value<'de, 's>,
}

impl<'de, 's> EnumAccess<'de> for Variant<'de, 's> {
    type Error = Failure;
    type Variant = Value<'de, 's>;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Value<'de, 's>), Failure> {
        let variant = seed.deserialize(BorrowedStrDeserializer::new(self.name))?;
        Ok((variant, self.content))
    }
}

/// The content of a variant.
impl<'de> VariantAccess<'de> for Value<'de, '_> {
    type Error = Failure;

    fn unit_variant(self) -> Result<(), Failure> {
        self.read(PhantomData)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Failure> {
        self.read(seed)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _len: usize, visitor: V) -> Result<V::Value, Failure> {
        let address = address(self.value);
        self.deserialize_seq(visitor).map_err(|failure| failure.at(address))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        let address = address(self.value);
        self.deserialize_struct("", fields, visitor).map_err(|failure| failure.at(address))
    }
}
