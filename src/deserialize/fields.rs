//! The members of an object whose members were noted, for a struct: each is found by its field's name, and no other is
//! walked past.

use core::mem::take;

use serde::de::value::BorrowedStrDeserializer;
use serde::de::{DeserializeSeed, MapAccess};
use serde_json_core::de::Error as ReadError;

use super::{Value, stranger};
use crate::Error;
use crate::json::{Names, Object, length_in_normal_form};

/// Those with the names of fields, in the order of the fields. If there are others, one stands for them all at the end:
/// what denies unknown fields has to see it.
pub(super) struct Fields<'de, 's> {
    object: Object<'de, 's>,
    names: &'s Names,
    fields: &'static [&'static str],
    /// The fields that were not looked for yet.
    rest: &'static [&'static str],
    /// How many bytes the members take that were not found, each with the comma or bracket behind it.
    others: usize,
    /// The value behind the name that was handed out last.
    value: &'de [u8],
    scratch: &'s mut [u8],
}

impl<'de, 's> Fields<'de, 's> {
    pub(super) const fn new(
        object: Object<'de, 's>,
        names: &'s Names,
        fields: &'static [&'static str],
        scratch: &'s mut [u8],
    ) -> Self {
        let others = match object.text {
            b"{}" => 0,
            text => text.len().saturating_sub(1),
        };
        Self { object, names, fields, rest: fields, others, value: b"", scratch }
    }
}

impl<'de> MapAccess<'de> for Fields<'de, '_> {
    type Error = ReadError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, ReadError> {
        while let Some((name, rest)) = self.rest.split_first() {
            self.rest = rest;
            let found = self.object.find_by(self.names, name, Error::UnreadableValue);
            if let Some(value) = found.map_err(|_| ReadError::CustomError)? {
                // Two quotes, a colon, and what stands behind it.
                let taken = length_in_normal_form(name) + value.len() + 4;
                self.others = self.others.saturating_sub(taken);
                self.value = value;
                return seed.deserialize(BorrowedStrDeserializer::new(name)).map(Some);
            }
        }
        if take(&mut self.others) == 0 {
            return Ok(None);
        }
        self.value = b"null";
        seed.deserialize(BorrowedStrDeserializer::new(stranger(self.fields)?)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, ReadError> {
        seed.deserialize(Value::new(self.value, self.scratch))
    }
}
