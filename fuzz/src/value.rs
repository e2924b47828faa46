//! Values of every kind that serde knows. Tests that `signing.rs` prints have this file.

use std::cell::Cell;

use serde::Serialize;
use serde::ser::{
    Error as _, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant,
    SerializeTuple, SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

thread_local! {
    /// How many `Changing` values were serialized so far.
    static CHANGES: Cell<u32> = const { Cell::new(0) };
}

/// A value of any kind.
#[derive(Clone, Debug)]
pub enum Value {
    None,
    Unit,
    UnitStruct,
    Bool(bool),
    I8(i8),
    I16(i16),
    I32(i32),
    I64(i64),
    I128(i128),
    U8(u8),
    U16(u16),
    U32(u32),
    U64(u64),
    U128(u128),
    F32(f32),
    F64(f64),
    Char(char),
    Text(String),
    Bytes(Vec<u8>),
    /// A text that is formatted in pieces.
    Shown(Vec<String>),
    Some(Box<Value>),
    NewtypeStruct(Box<Value>),
    UnitVariant(&'static str),
    NewtypeVariant(&'static str, Box<Value>),
    Seq(Vec<Value>),
    Tuple(Vec<Value>),
    TupleStruct(Vec<Value>),
    TupleVariant(&'static str, Vec<Value>),
    Map(Vec<(Value, Value)>),
    Struct(Vec<(&'static str, Value)>),
    StructVariant(&'static str, Vec<(&'static str, Value)>),
    Json(serde_json::Value),
    /// Its type refuses to be serialized.
    Refusing,
    /// A number that is another one each time that it is serialized.
    Changing,
}

/// Lets values that change begin again.
pub fn restart() {
    CHANGES.set(0);
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::None => serializer.serialize_none(),
            Self::Unit => serializer.serialize_unit(),
            Self::UnitStruct => serializer.serialize_unit_struct("U"),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::I8(value) => serializer.serialize_i8(*value),
            Self::I16(value) => serializer.serialize_i16(*value),
            Self::I32(value) => serializer.serialize_i32(*value),
            Self::I64(value) => serializer.serialize_i64(*value),
            Self::I128(value) => serializer.serialize_i128(*value),
            Self::U8(value) => serializer.serialize_u8(*value),
            Self::U16(value) => serializer.serialize_u16(*value),
            Self::U32(value) => serializer.serialize_u32(*value),
            Self::U64(value) => serializer.serialize_u64(*value),
            Self::U128(value) => serializer.serialize_u128(*value),
            Self::F32(value) => serializer.serialize_f32(*value),
            Self::F64(value) => serializer.serialize_f64(*value),
            Self::Char(value) => serializer.serialize_char(*value),
            Self::Text(value) => serializer.serialize_str(value),
            Self::Bytes(value) => serializer.serialize_bytes(value),
            Self::Shown(pieces) => serializer.collect_str(&Shown(pieces)),
            Self::Some(value) => serializer.serialize_some(&**value),
            Self::NewtypeStruct(value) => serializer.serialize_newtype_struct("N", &**value),
            Self::UnitVariant(name) => serializer.serialize_unit_variant("E", 0, name),
            Self::NewtypeVariant(name, value) => {
                serializer.serialize_newtype_variant("E", 0, name, &**value)
            }
            Self::Seq(values) => {
                let mut seq = serializer.serialize_seq(None)?;
                values.iter().try_for_each(|value| seq.serialize_element(value))?;
                seq.end()
            }
            Self::Tuple(values) => {
                let mut tuple = serializer.serialize_tuple(values.len())?;
                values.iter().try_for_each(|value| tuple.serialize_element(value))?;
                tuple.end()
            }
            Self::TupleStruct(values) => {
                let mut tuple = serializer.serialize_tuple_struct("T", values.len())?;
                values.iter().try_for_each(|value| tuple.serialize_field(value))?;
                tuple.end()
            }
            Self::TupleVariant(name, values) => {
                let mut tuple = serializer.serialize_tuple_variant("E", 0, name, values.len())?;
                values.iter().try_for_each(|value| tuple.serialize_field(value))?;
                tuple.end()
            }
            Self::Map(members) => {
                let mut map = serializer.serialize_map(None)?;
                members.iter().try_for_each(|(name, value)| map.serialize_entry(name, value))?;
                map.end()
            }
            Self::Struct(members) => {
                let mut fields = serializer.serialize_struct("S", members.len())?;
                members.iter().try_for_each(|(name, value)| fields.serialize_field(name, value))?;
                fields.end()
            }
            Self::StructVariant(name, members) => {
                let length = members.len();
                let mut fields = serializer.serialize_struct_variant("E", 0, name, length)?;
                members.iter().try_for_each(|(name, value)| fields.serialize_field(name, value))?;
                fields.end()
            }
            Self::Json(value) => value.serialize(serializer),
            Self::Refusing => Err(S::Error::custom("it refuses")),
            Self::Changing => {
                let changes = CHANGES.replace(CHANGES.get() + 1);
                serializer.serialize_u32(changes)
            }
        }
    }
}

struct Shown<'p>(&'p [String]);

impl std::fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|piece| f.write_str(piece))
    }
}
