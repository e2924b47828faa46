//! Values for the user's types, by `serde-json-core`.
//!
//! It only ever sees text in normal form (see [`json`](crate::json)), and of a struct's members
//! only those that the struct has a field for: ignored values, which it would follow recursively
//! and decode, are skipped here.

use serde::de::value::{BorrowedStrDeserializer, UnitDeserializer};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, forward_to_deserialize_any};
use serde_json_core::de::{Deserializer as ValueDeserializer, Error as ReadError};

use crate::Error;
use crate::json::{JsonString, members};

/// One value. `scratch` is for decoding strings with escapes.
pub(crate) fn read_value<'de, T: Deserialize<'de>>(
    value: &'de [u8],
    scratch: &mut [u8],
) -> Result<T, Error> {
    let mut deserializer = ValueDeserializer::new(value, Some(scratch));
    let read = T::deserialize(&mut deserializer).map_err(refusal)?;
    deserializer.end().map_err(refusal)?;
    Ok(read)
}

/// The members of an object.
pub(crate) fn read_object<'de, T: Deserialize<'de>>(
    object: &'de [u8],
    scratch: &mut [u8],
) -> Result<T, Error> {
    T::deserialize(ObjectDeserializer { object, scratch }).map_err(refusal)
}

fn refusal(error: ReadError) -> Error {
    match error {
        ReadError::EscapedStringIsTooLong => Error::ScratchTooSmall,
        _ => Error::UnreadableValue,
    }
}

struct ObjectDeserializer<'de, 's> {
    object: &'de [u8],
    scratch: &'s mut [u8],
}

impl<'de> Deserializer<'de> for ObjectDeserializer<'de, '_> {
    type Error = ReadError;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        visitor.visit_map(Fields {
            members: members(self.object),
            fields,
            value: None,
            scratch: self.scratch,
        })
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        visitor.visit_newtype_struct(self)
    }

    /// Anything else that an object can be read into, a map above all.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        ValueDeserializer::new(self.object, Some(self.scratch)).deserialize_map(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// Hands a struct's visitor its members, and the others as `()`.
struct Fields<'de, 's, M: Iterator<Item = (JsonString<'de>, &'de [u8])>> {
    members: M,
    fields: &'static [&'static str],
    /// The value behind the name handed out last, if it is a field's.
    value: Option<&'de [u8]>,
    scratch: &'s mut [u8],
}

impl<'de, M: Iterator<Item = (JsonString<'de>, &'de [u8])>> MapAccess<'de> for Fields<'de, '_, M> {
    type Error = ReadError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, ReadError> {
        let Some((name, value)) = self.members.next() else {
            return Ok(None);
        };
        let field = self.fields.iter().find(|field| name == **field);
        self.value = field.and(Some(value));
        // A name with escapes that is no field's is shown as one that no field can have.
        let name = field.copied().or(name.as_str()).unwrap_or("\0");
        seed.deserialize(BorrowedStrDeserializer::new(name)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, ReadError> {
        match self.value {
            Some(value) => {
                let mut deserializer = ValueDeserializer::new(value, Some(self.scratch));
                let read = seed.deserialize(&mut deserializer)?;
                deserializer.end()?;
                Ok(read)
            }
            None => seed.deserialize(UnitDeserializer::new()),
        }
    }
}
