//! Deserializes claims and header parameters into the user's types, by serde.
//!
//! This file reads structure and strings from the normal form (see [`json`](crate::json));
//! `serde-json-core` reads the scalars. On its own, that crate would return half-decoded strings,
//! recurse into ignored values, read `null` as a number, and panic at a map key that is no `&str`.

use serde::de::value::{BorrowedStrDeserializer, StrDeserializer};
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor,
};
use serde::{Deserialize, forward_to_deserialize_any};
use serde_json_core::de::Error as ReadError;

use crate::Error;
use crate::json::{JsonString, elements, members};

/// Reads a value in normal form. Strings with escapes are decoded in `scratch`.
pub(crate) fn read<'de, T: Deserialize<'de>>(
    value: &'de [u8],
    scratch: &mut [u8],
) -> Result<T, Error> {
    T::deserialize(Value { value, scratch }).map_err(|error| match error {
        ReadError::EscapedStringIsTooLong => Error::ScratchTooSmall,
        _ => Error::UnreadableValue,
    })
}

struct Value<'de, 's> {
    value: &'de [u8],
    scratch: &'s mut [u8],
}

impl<'de> Value<'de, '_> {
    /// Reads the whole value as one scalar.
    fn scalar<T: Deserialize<'de>>(&self) -> Result<T, ReadError> {
        serde_json_core::from_slice(self.value).map(|(read, _)| read)
    }

    /// Reads a floating-point number. Refuses one out of range, which would become infinite.
    fn float<T: Deserialize<'de> + Into<f64> + Copy>(&self) -> Result<T, ReadError> {
        match self.value {
            [b'-' | b'0'..=b'9', ..] => {}
            _ => return Err(ReadError::InvalidType),
        }
        let read = self.scalar::<T>()?;
        if read.into().is_finite() { Ok(read) } else { Err(ReadError::InvalidNumber) }
    }

    /// Visits the members of an object. For a struct, `fields` are the names of its fields.
    fn visit_members<V: Visitor<'de>>(
        self,
        fields: Option<&'static [&'static str]>,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        if !self.value.starts_with(b"{") {
            return Err(ReadError::InvalidType);
        }
        let members = members(self.value);
        visitor.visit_map(Members { members, fields, value: b"", scratch: self.scratch })
    }
}

/// Reads each type of scalar with a method above, and gives it to a method of the visitor.
macro_rules! scalars {
    ($($deserialize:ident $read:ident $visit:ident)*) => {$(
        fn $deserialize<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
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
        ) -> Result<V::Value, ReadError> {
            self.$as(visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for Value<'de, '_> {
    type Error = ReadError;

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

    forward_to_deserialize_any! { i128 u128 bytes byte_buf }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        let string = JsonString::parse(self.value).ok_or(ReadError::InvalidType)?;
        match string.as_str() {
            Some(text) => visitor.visit_borrowed_str(text),
            None => visitor.visit_str(decode(string, self.scratch)?),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        if self.value == b"null" { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        if self.value == b"null" { visitor.visit_unit() } else { Err(ReadError::InvalidType) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        if !self.value.starts_with(b"[") {
            return Err(ReadError::InvalidType);
        }
        let mut list = List { elements: elements(self.value), scratch: self.scratch };
        let read = visitor.visit_seq(&mut list)?;
        match list.elements.next() {
            None => Ok(read),
            Some(_) => Err(ReadError::TrailingCharacters),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        self.visit_members(None, visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        self.visit_members(Some(fields), visitor)
    }

    /// Reads the variant's name, or an object of one member: the variant's name and its content.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        let Self { value, scratch } = self;
        if let Some(name) = JsonString::parse(value) {
            return match name.as_str() {
                Some(name) => visitor.visit_enum(BorrowedStrDeserializer::new(name)),
                None => visitor.visit_enum(StrDeserializer::new(decode(name, scratch)?)),
            };
        }
        if !value.starts_with(b"{") || members(value).count() != 1 {
            return Err(ReadError::InvalidType);
        }
        visitor.visit_enum(Members { members: members(value), fields: None, value: b"", scratch })
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_unit()
    }

    /// Lets the JSON type decide, for types that take several.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match self.value {
            [b'"', ..] => self.deserialize_str(visitor),
            [b'{', ..] => self.deserialize_map(visitor),
            [b'[', ..] => self.deserialize_seq(visitor),
            [b't' | b'f', ..] => self.deserialize_bool(visitor),
            [b'n', ..] => self.deserialize_unit(visitor),
            number if number.iter().any(|byte| matches!(byte, b'.' | b'e' | b'E')) => {
                self.deserialize_f64(visitor)
            }
            [b'-', ..] => self.deserialize_i64(visitor),
            _ => self.deserialize_u64(visitor),
        }
    }
}

/// Decodes a string with escapes into scratch memory.
fn decode<'s>(string: JsonString<'_>, scratch: &'s mut [u8]) -> Result<&'s str, ReadError> {
    string.copy_to(scratch).map_err(|_| ReadError::EscapedStringIsTooLong)
}

struct List<'s, I> {
    elements: I,
    scratch: &'s mut [u8],
}

impl<'de, I: Iterator<Item = &'de [u8]>> SeqAccess<'de> for List<'_, I> {
    type Error = ReadError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, ReadError> {
        let scratch = &mut *self.scratch;
        self.elements.next().map(|value| seed.deserialize(Value { value, scratch })).transpose()
    }
}

struct Members<'de, 's, I> {
    members: I,
    fields: Option<&'static [&'static str]>,
    /// The value of the member whose name was read last.
    value: &'de [u8],
    scratch: &'s mut [u8],
}

impl<'de, I: Iterator<Item = (JsonString<'de>, &'de [u8])>> MapAccess<'de> for Members<'de, '_, I> {
    type Error = ReadError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, ReadError> {
        let Some((name, value)) = self.members.next() else {
            return Ok(None);
        };
        self.value = value;
        let name = match (name.as_str(), self.fields) {
            (Some(name), _) => name,
            (None, Some(fields)) => field_or_stranger(name, fields)?,
            (None, None) => {
                let name = decode(name, self.scratch)?;
                return seed.deserialize(StrDeserializer::new(name)).map(Some);
            }
        };
        seed.deserialize(BorrowedStrDeserializer::new(name)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, ReadError> {
        seed.deserialize(Value { value: self.value, scratch: self.scratch })
    }
}

/// Finds the field named by a string with an escape, without memory to decode it. If there is none,
/// returns a name that no field has.
fn field_or_stranger(
    name: JsonString<'_>,
    fields: &'static [&'static str],
) -> Result<&'static str, ReadError> {
    let field = fields.iter().find(|field| name == **field);
    let stranger = ["\0", "\u{1}"].iter().find(|stranger| !fields.contains(stranger));
    field.or(stranger).copied().ok_or(ReadError::CustomError)
}

/// The first member is a variant: its name and its content.
impl<'de, 's, I: Iterator<Item = (JsonString<'de>, &'de [u8])>> EnumAccess<'de>
    for Members<'de, 's, I>
{
    type Error = ReadError;
    type Variant = Value<'de, 's>;

    fn variant_seed<V: DeserializeSeed<'de>>(
        mut self,
        seed: V,
    ) -> Result<(V::Value, Value<'de, 's>), ReadError> {
        let variant = self.next_key_seed(seed)?.ok_or(ReadError::InvalidType)?;
        Ok((variant, Value { value: self.value, scratch: self.scratch }))
    }
}

impl<'de> VariantAccess<'de> for Value<'de, '_> {
    type Error = ReadError;

    fn unit_variant(self) -> Result<(), ReadError> {
        Deserialize::deserialize(self)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, ReadError> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(
        self,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        self.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        self.visit_members(Some(fields), visitor)
    }
}
