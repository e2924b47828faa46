//! Generates values of every kind, and says which JSON text a signer must write for each.

use arbitrary::{Result as Made, Unstructured};
use embedded_jwt::{Error, MAX_DEPTH};

use crate::json::{self, quoted};
use crate::paste;
use crate::random::{long_text, near, rarely};
use crate::value::Value;

/// Names that are known at compile time, as serde wants those of fields and variants.
const NAMES: [&str; 12] =
    ["a", "exp", "nbf", "iat", "iss", "sub", "aud", "jti", "b", "", "\\\"\n", "\u{e4}\u{1d11e}"];

/// The text that a signer must write: shortest strings, and floats as `Debug` shows them.
#[derive(Default)]
struct Writer {
    text: String,
    changes: u32,
}

impl Value {
    /// Returns the text, or the first reason that there is none.
    pub fn to_text(&self) -> Result<String, Error> {
        let mut writer = Writer::default();
        writer.value(self, 0)?;
        Ok(writer.text)
    }
}

impl Writer {
    fn put(&mut self, text: &str) -> Result<(), Error> {
        self.text += text;
        Ok(())
    }

    fn value(&mut self, value: &Value, depth: u8) -> Result<(), Error> {
        match value {
            Value::None | Value::Unit | Value::UnitStruct => self.put("null"),
            Value::Bool(value) => self.put(&value.to_string()),
            Value::F32(value) if value.is_finite() => self.put(&format!("{value:?}")),
            Value::F64(value) if value.is_finite() => self.put(&format!("{value:?}")),
            Value::F32(_) | Value::F64(_) | Value::Refusing => Err(Error::UnwritableValue),
            Value::Bytes(bytes) => {
                self.list(bytes.iter().map(|byte| Value::U8(*byte)).collect::<Vec<_>>(), depth)
            }
            Value::Some(value) | Value::NewtypeStruct(value) => self.value(value, depth),
            Value::Seq(values) | Value::Tuple(values) | Value::TupleStruct(values) => {
                self.list(values.clone(), depth)
            }
            Value::NewtypeVariant(name, value) => {
                self.variant(name, depth, |writer| writer.value(value, depth + 1))
            }
            Value::TupleVariant(name, values) => {
                self.variant(name, depth, |writer| writer.list(values.clone(), depth + 1))
            }
            Value::StructVariant(name, members) => {
                self.variant(name, depth, |writer| writer.members(named(members), depth + 1))
            }
            Value::Map(members) => self.members(members.clone(), depth),
            Value::Struct(members) => self.members(named(members), depth),
            Value::Json(value) => self.value(&from_json(value), depth),
            // Numbers and strings can be names as well.
            other => {
                let text = self.number_or_text(other).expect("all others are matched above");
                self.put(&text)
            }
        }
    }

    /// The text of a whole number or a string; none for anything else.
    fn number_or_text(&mut self, value: &Value) -> Option<String> {
        Some(match value {
            Value::I8(value) => value.to_string(),
            Value::I16(value) => value.to_string(),
            Value::I32(value) => value.to_string(),
            Value::I64(value) => value.to_string(),
            Value::I128(value) => value.to_string(),
            Value::U8(value) => value.to_string(),
            Value::U16(value) => value.to_string(),
            Value::U32(value) => value.to_string(),
            Value::U64(value) => value.to_string(),
            Value::U128(value) => value.to_string(),
            Value::Changing => {
                self.changes += 1;
                (self.changes - 1).to_string()
            }
            Value::Char(value) => quoted(&value.to_string()),
            Value::Text(value) => quoted(value),
            Value::Shown(pieces) => quoted(&pieces.concat()),
            Value::UnitVariant(name) => quoted(name),
            _ => return None,
        })
    }

    fn name(&mut self, name: &Value) -> Result<(), Error> {
        match name {
            Value::Some(name) | Value::NewtypeStruct(name) => self.name(name),
            Value::Bool(name) => self.put(&format!("\"{name}\"")),
            Value::Json(name) => self.name(&from_json(name)),
            name => {
                let text = self.number_or_text(name).ok_or(Error::UnwritableValue)?;
                let is_quoted = text.starts_with('"');
                self.put(&if is_quoted { text } else { format!("\"{text}\"") })
            }
        }
    }

    fn open(&mut self, bracket: &str, depth: u8) -> Result<(), Error> {
        if depth == MAX_DEPTH { Err(Error::NestingTooDeep) } else { self.put(bracket) }
    }

    fn list(&mut self, values: Vec<Value>, depth: u8) -> Result<(), Error> {
        self.open("[", depth)?;
        for (index, value) in values.iter().enumerate() {
            self.put(if index > 0 { "," } else { "" })?;
            self.value(value, depth + 1)?;
        }
        self.put("]")
    }

    fn members(&mut self, members: Vec<(Value, Value)>, depth: u8) -> Result<(), Error> {
        self.open("{", depth)?;
        for (index, (name, value)) in members.iter().enumerate() {
            self.put(if index > 0 { "," } else { "" })?;
            self.name(name)?;
            self.put(":")?;
            self.value(value, depth + 1)?;
        }
        self.put("}")
    }

    fn variant(
        &mut self,
        name: &str,
        depth: u8,
        value: impl FnOnce(&mut Self) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.open("{", depth)?;
        self.put(&quoted(name))?;
        self.put(":")?;
        value(self)?;
        self.put("}")
    }
}

fn named(members: &[(&'static str, Value)]) -> Vec<(Value, Value)> {
    members.iter().map(|(name, value)| (Value::UnitVariant(name), value.clone())).collect()
}

/// A value as code, of the type in `value.rs`.
pub fn code(value: &Value) -> String {
    let list = |values: &[Value]| values.iter().map(code).collect::<Vec<_>>().join(", ");
    let fields = |members: &[(&'static str, Value)]| {
        let member = |(name, value): &(&str, Value)| format!("({name:?}, {})", code(value));
        members.iter().map(member).collect::<Vec<_>>().join(", ")
    };
    let inside = match value {
        Value::F32(float) => format!("F32(f32::from_bits({:#x}))", float.to_bits()),
        Value::F64(float) => format!("F64(f64::from_bits({:#x}))", float.to_bits()),
        Value::Text(text) => format!("Text({}.to_owned())", paste::text(text)),
        Value::Bytes(bytes) => format!("Bytes({}.to_vec())", paste::bytes(bytes)),
        Value::Shown(pieces) => {
            let piece = |piece: &String| format!("{piece:?}.to_owned()");
            let pieces: Vec<_> = pieces.iter().map(piece).collect();
            format!("Shown(vec![{}])", pieces.join(", "))
        }
        Value::Some(value) => format!("Some(Box::new({}))", code(value)),
        Value::NewtypeStruct(value) => format!("NewtypeStruct(Box::new({}))", code(value)),
        Value::NewtypeVariant(name, value) => {
            format!("NewtypeVariant({name:?}, Box::new({}))", code(value))
        }
        Value::Seq(values) => format!("Seq(vec![{}])", list(values)),
        Value::Tuple(values) => format!("Tuple(vec![{}])", list(values)),
        Value::TupleStruct(values) => format!("TupleStruct(vec![{}])", list(values)),
        Value::TupleVariant(name, values) => {
            format!("TupleVariant({name:?}, vec![{}])", list(values))
        }
        Value::Map(members) => {
            let member =
                |(name, value): &(Value, Value)| format!("({}, {})", code(name), code(value));
            format!("Map(vec![{}])", members.iter().map(member).collect::<Vec<_>>().join(", "))
        }
        Value::Struct(members) => format!("Struct(vec![{}])", fields(members)),
        Value::StructVariant(name, members) => {
            format!("StructVariant({name:?}, vec![{}])", fields(members))
        }
        Value::Json(json) => {
            format!("Json(serde_json::to_value({}).unwrap())", code(&from_json(json)))
        }
        // All others are shown as they are written.
        other => format!("{other:?}"),
    };
    format!("Value::{inside}")
}

fn from_json(value: &serde_json::Value) -> Value {
    use serde_json::Value as Json;
    match value {
        Json::Null => Value::Unit,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
            (Some(number), ..) => Value::U64(number),
            (_, Some(number), _) => Value::I64(number),
            (_, _, Some(number)) => Value::F64(number),
            _ => unreachable!("a number is one of these"),
        },
        Json::String(text) => Value::Text(text.clone()),
        Json::Array(values) => Value::Seq(values.iter().map(from_json).collect()),
        Json::Object(members) => {
            let member =
                |(name, value): (&String, _)| (Value::Text(name.clone()), from_json(value));
            Value::Map(members.iter().map(member).collect())
        }
    }
}

/// Whether two values are equal, floats by the number that their digits stand for.
pub fn reads_as(one: &json::Value, other: &json::Value) -> bool {
    match (one, other) {
        (json::Value::Number(one), json::Value::Number(other)) => {
            // Two texts of one `f32` can be as short, and different.
            let is_float = |digits: &str| digits.contains(['.', 'e']);
            let is_short = |digits: &str| digits.bytes().filter(u8::is_ascii_digit).count() < 14;
            let [wide, other_wide] = [one, other].map(|digits| digits.parse::<f64>().ok());
            let [narrow, other_narrow] = [one, other].map(|digits| digits.parse::<f32>().ok());
            one == other
                || is_float(one) && is_float(other) && wide == other_wide
                || is_float(one) && is_short(one) && is_short(other) && narrow == other_narrow
        }
        (json::Value::Array(one), json::Value::Array(other)) => {
            one.len() == other.len()
                && one.iter().zip(other).all(|(one, other)| reads_as(one, other))
        }
        (json::Value::Object(one), json::Value::Object(other)) => {
            let mut pairs = one.0.iter().zip(&other.0);
            one.0.len() == other.0.len()
                && pairs.all(|(one, other)| one.0 == other.0 && reads_as(&one.1, &other.1))
        }
        (one, other) => one == other,
    }
}

/// Generates a claims set, except for a few faults.
pub fn claims(u: &mut Unstructured<'_>) -> Made<Value> {
    let mut members: Vec<(&'static str, Value)> = Vec::new();
    for (name, seconds) in [("exp", 2300), ("nbf", 1700), ("iat", 1800)] {
        if name == "exp" && !rarely(u)? || u.arbitrary()? {
            members.push((name, if rarely(u)? { value(u, 2)? } else { date(u, seconds)? }));
        }
    }
    for name in ["iss", "sub", "jti", "aud"] {
        if rarely(u)? {
            members.push((name, if rarely(u)? { value(u, 2)? } else { text(u)? }));
        }
    }
    for _ in 0..u.int_in_range(0..=4)? {
        members.push((*u.choose(&NAMES)?, value(u, 4)?));
    }
    Ok(match u.int_in_range(0..=7)? {
        0..=2 => Value::Struct(members),
        3 => Value::NewtypeStruct(Box::new(Value::Some(Box::new(Value::Struct(members))))),
        4..=5 => {
            let mut members = named(&members);
            for _ in 0..u.int_in_range(0..=2)? {
                let name = if rarely(u)? { value(u, 2)? } else { name(u)? };
                members.push((name, value(u, 4)?));
            }
            Value::Map(members)
        }
        6 => {
            let text = Value::Struct(members).to_text();
            let json = text.ok().and_then(|text| serde_json::from_str(&text).ok());
            json.map_or(Value::Unit, Value::Json)
        }
        _ => value(u, 4)?,
    })
}

fn date(u: &mut Unstructured<'_>, seconds: u64) -> Made<Value> {
    let seconds = near(u, seconds, 310)?;
    Ok(match u.int_in_range(0..=5)? {
        0..=2 => Value::U64(seconds),
        3 => Value::I32(seconds as i32),
        4 => Value::F64(seconds as f64 + 0.5),
        _ => Value::F32(seconds as f32),
    })
}

fn text(u: &mut Unstructured<'_>) -> Made<Value> {
    Ok(match u.int_in_range(0..=7)? {
        0 => Value::UnitVariant(u.choose(&NAMES)?),
        1 => Value::Char(u.arbitrary()?),
        2 => Value::Shown(u.arbitrary()?),
        3 => Value::Seq(vec![Value::Text(u.arbitrary()?), Value::Char('a')]),
        4 => Value::Text(long_text(u)?),
        _ => Value::Text(u.arbitrary()?),
    })
}

/// Generates something that can be a member's name.
fn name(u: &mut Unstructured<'_>) -> Made<Value> {
    Ok(match u.int_in_range(0..=7)? {
        0 => Value::UnitVariant(u.choose(&NAMES)?),
        1 => Value::Bool(u.arbitrary()?),
        2 => number(u)?,
        3 => Value::Some(Box::new(Value::Text(u.arbitrary()?))),
        4 => Value::NewtypeStruct(Box::new(Value::Char(u.arbitrary()?))),
        _ => text(u)?,
    })
}

fn number(u: &mut Unstructured<'_>) -> Made<Value> {
    Ok(match u.int_in_range(0..=10)? {
        0 => Value::I8(u.arbitrary()?),
        1 => Value::I16(u.arbitrary()?),
        2 => Value::I32(u.arbitrary()?),
        3 => Value::I64(u.arbitrary()?),
        4 => Value::I128(u.arbitrary()?),
        5 => Value::U8(u.arbitrary()?),
        6 => Value::U16(u.arbitrary()?),
        7 => Value::U32(u.arbitrary()?),
        8 => Value::U64(u.arbitrary()?),
        9 => Value::U128(u.arbitrary()?),
        _ => Value::Changing,
    })
}

fn value(u: &mut Unstructured<'_>, depth: usize) -> Made<Value> {
    let values = |u: &mut Unstructured<'_>| -> Made<Vec<Value>> {
        (0..u.int_in_range(0..=3)?).map(|_| value(u, depth - 1)).collect()
    };
    let members = |u: &mut Unstructured<'_>| -> Made<Vec<(&'static str, Value)>> {
        (0..u.int_in_range(0..=3)?)
            .map(|_| Ok((*u.choose(&NAMES)?, value(u, depth - 1)?)))
            .collect()
    };
    Ok(match u.int_in_range(0..=if depth > 0 { 21 } else { 9 })? {
        0 => Value::None,
        1 => Value::Unit,
        2 => Value::UnitStruct,
        3 => Value::Bool(u.arbitrary()?),
        4..=5 => number(u)?,
        6 => float(u)?,
        7 => text(u)?,
        8 => Value::Bytes(u.arbitrary()?),
        9 => {
            if rarely(u)? {
                Value::Refusing
            } else {
                Value::Changing
            }
        }
        10 => Value::Some(Box::new(value(u, depth - 1)?)),
        11 => Value::NewtypeStruct(Box::new(value(u, depth - 1)?)),
        12 => Value::NewtypeVariant(u.choose(&NAMES)?, Box::new(value(u, depth - 1)?)),
        13 => Value::Seq(values(u)?),
        14 => Value::Tuple(values(u)?),
        15 => Value::TupleStruct(values(u)?),
        16 => Value::TupleVariant(u.choose(&NAMES)?, values(u)?),
        17 => {
            let mut members = named(&members(u)?);
            if u.arbitrary()? {
                members.push((name(u)?, value(u, depth - 1)?));
            }
            if rarely(u)? {
                members.push((value(u, depth - 1)?, Value::Unit));
            }
            Value::Map(members)
        }
        18 => Value::Struct(members(u)?),
        19 => Value::StructVariant(u.choose(&NAMES)?, members(u)?),
        20 => {
            let innermost = value(u, 0)?;
            nest(u, innermost)?
        }
        _ => {
            let text = value(u, depth - 1)?.to_text();
            let json = text.ok().and_then(|text| serde_json::from_str(&text).ok());
            json.map_or(Value::Unit, Value::Json)
        }
    })
}

/// Any float, among them those near the ends of what `Debug` writes without an exponent.
fn float(u: &mut Unstructured<'_>) -> Made<Value> {
    Ok(match u.int_in_range(0..=4)? {
        0 => Value::F64(u.arbitrary()?),
        1 => Value::F32(u.arbitrary()?),
        2 => Value::F64(f64::from(u.arbitrary::<i32>()?) * 1e-9),
        3 => Value::F64(f64::from(u.arbitrary::<u16>()?) * 1e13),
        _ => Value::F32(f32::from(u.arbitrary::<i16>()?) * 1e-6),
    })
}

/// Nests a value up to 40 levels deep.
fn nest(u: &mut Unstructured<'_>, mut value: Value) -> Made<Value> {
    let way: u8 = u.int_in_range(0..=5)?;
    for _ in 0..u.int_in_range(20..=40)? {
        value = match way {
            0 => Value::Seq(vec![value]),
            1 => Value::Struct(vec![("a", value)]),
            2 => Value::NewtypeVariant("a", Box::new(value)),
            3 => Value::TupleVariant("a", vec![value]),
            4 => Value::StructVariant("a", vec![("b", value)]),
            _ => Value::Some(Box::new(value)),
        };
    }
    Ok(value)
}
