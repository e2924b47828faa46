//! Values for the user's types.
//!
//! Structure and strings are taken from the normal form (see [`json`](crate::json)) as they are,
//! and `serde-json-core` reads the scalars in it. On its own, it would hand out strings half
//! decoded, follow what is ignored recursively, read `null` as a number, and panic at a map's key
//! that is no `&str`.

use serde::de::value::{BorrowedStrDeserializer, StrDeserializer};
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor,
};
use serde::{Deserialize, forward_to_deserialize_any};
use serde_json_core::de::{Deserializer as ScalarDeserializer, Error as ReadError};

use crate::Error;
use crate::json::{JsonString, elements, members};

/// Reads a value in normal form. `scratch` is for decoding strings with escapes.
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
    /// The whole value, as one scalar.
    fn scalar<T: Deserialize<'de>>(&self) -> Result<T, ReadError> {
        let mut scalar = ScalarDeserializer::new(self.value, None);
        let read = T::deserialize(&mut scalar)?;
        scalar.end()?;
        Ok(read)
    }

    /// The same, for a number in floating point: out of its range, it would be infinite.
    fn float<T: Deserialize<'de> + Into<f64> + Copy>(&self) -> Result<T, ReadError> {
        match self.value {
            [b'-' | b'0'..=b'9', ..] => {}
            _ => return Err(ReadError::InvalidType),
        }
        let read = self.scalar::<T>()?;
        if read.into().is_finite() { Ok(read) } else { Err(ReadError::InvalidNumber) }
    }
}

/// How the visitor takes a scalar of each type.
macro_rules! scalars {
    ($($deserialize:ident $read:ident $visit:ident)*) => {$(
        fn $deserialize<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
            visitor.$visit(self.$read()?)
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

    /// A variant's name, or an object of one member: the variant's name and its content.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        let Self { value, scratch } = self;
        if let Some(name) = JsonString::parse(value) {
            return visitor.visit_enum(Variant { name, content: None, scratch });
        }
        let mut members = value.starts_with(b"{").then(|| members(value)).into_iter().flatten();
        match (members.next(), members.next()) {
            (Some((name, content)), None) => {
                visitor.visit_enum(Variant { name, content: Some(content), scratch })
            }
            _ => Err(ReadError::InvalidType),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_unit()
    }

    /// For types that take what comes.
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

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        self.deserialize_str(visitor)
    }

    /// The name of a variant in a member: no number stands for one.
    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        self.deserialize_str(visitor)
    }

    forward_to_deserialize_any! { i128 u128 bytes byte_buf }
}

impl<'de> Value<'de, '_> {
    /// The members of an object, of which a struct takes those with its fields' names.
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

/// A string with escapes, in scratch memory.
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
    /// The value behind the name that was handed out last.
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

/// For a name with an escape, which would need memory for decoding: the field of that name, or a
/// name that no field has.
fn field_or_stranger(
    name: JsonString<'_>,
    fields: &'static [&'static str],
) -> Result<&'static str, ReadError> {
    let field = fields.iter().find(|field| name == **field);
    let stranger = ["\0", "\u{1}"].iter().find(|stranger| !fields.contains(stranger));
    field.or(stranger).copied().ok_or(ReadError::CustomError)
}

struct Variant<'de, 's> {
    name: JsonString<'de>,
    content: Option<&'de [u8]>,
    scratch: &'s mut [u8],
}

impl<'de> EnumAccess<'de> for Variant<'de, '_> {
    type Error = ReadError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), ReadError> {
        let read = match self.name.as_str() {
            Some(name) => seed.deserialize(BorrowedStrDeserializer::new(name)),
            None => seed.deserialize(StrDeserializer::new(decode(self.name, self.scratch)?)),
        };
        read.map(|variant| (variant, self))
    }
}

impl<'s, 'de> Variant<'de, 's> {
    fn value(self) -> Result<Value<'de, 's>, ReadError> {
        let value = self.content.ok_or(ReadError::InvalidType)?;
        Ok(Value { value, scratch: self.scratch })
    }
}

impl<'de> VariantAccess<'de> for Variant<'de, '_> {
    type Error = ReadError;

    fn unit_variant(self) -> Result<(), ReadError> {
        match self.content {
            None | Some(b"null") => Ok(()),
            Some(_) => Err(ReadError::InvalidType),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, ReadError> {
        seed.deserialize(self.value()?)
    }

    fn tuple_variant<V: Visitor<'de>>(
        self,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        self.value()?.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        self.value()?.visit_members(Some(fields), visitor)
    }
}
