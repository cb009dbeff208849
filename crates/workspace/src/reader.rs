//! Reading a JSON value into a stored type, with the place of what does not fit.
//!
//! Instead of `serde_json`'s own reader inside `serde_path_to_error`: that pair makes code for members in the form of
//! a list, and a wrapper around every visitor, which together are as large again as what is needed.

use std::fmt::Display;

use serde::de::value::StrDeserializer;
use serde::de::{self, DeserializeSeed, Deserializer, Expected, IntoDeserializer, Unexpected, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::Value;

use super::{Damage, Problem};

/// A value to be read; a damage inside it is located from here.
pub(super) struct Reader(pub(super) Value);

impl de::Error for Damage {
    fn custom<T: Display>(message: T) -> Self {
        Damage::new(".", Problem::Shape { detail: message.to_string() })
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        match found {
            Unexpected::Unit => de::Error::custom(format_args!("invalid type: null, expected {expected}")),
            _ => de::Error::custom(format_args!("invalid type: {found}, expected {expected}")),
        }
    }
}

impl std::error::Error for Damage {}

impl Display for Damage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {:?}", self.path, self.problem)
    }
}

impl<'de> Deserializer<'de> for Reader {
    type Error = Damage;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Damage> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(flag) => visitor.visit_bool(flag),
            Value::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
                (Some(number), ..) => visitor.visit_u64(number),
                (_, Some(number), _) => visitor.visit_i64(number),
                (.., number) => visitor.visit_f64(number.unwrap_or(f64::NAN)),
            },
            Value::String(text) => visitor.visit_string(text),
            Value::Array(items) => visitor.visit_seq(Items { items: items.into_iter(), idx: 0 }),
            Value::Object(members) => {
                visitor.visit_map(Members { members: members.into_iter(), current: None })
            }
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Damage> {
        match self.0 {
            Value::Bool(flag) => visitor.visit_bool(flag),
            other => Err(unfit(&other, &visitor)),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Damage> {
        match self.0 {
            Value::String(text) => visitor.visit_string(text),
            other => Err(unfit(&other, &visitor)),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Damage> {
        match self.0 {
            Value::Array(items) => visitor.visit_seq(Items { items: items.into_iter(), idx: 0 }),
            other => Err(unfit(&other, &visitor)),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Damage> {
        match self.0 {
            Value::Object(members) => {
                visitor.visit_map(Members { members: members.into_iter(), current: None })
            }
            other => Err(unfit(&other, &visitor)),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Damage> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            value => visitor.visit_some(Reader(value)),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Damage> {
        visitor.visit_unit()
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Damage> {
        self.number(visitor)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Damage> {
        self.number(visitor)
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Damage> {
        self.number(visitor)
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i128 u8 u16 u128 f32 f64 char str bytes byte_buf unit unit_struct newtype_struct tuple
        tuple_struct map enum identifier
    }
}

impl Reader {
    fn number<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Damage> {
        let Value::Number(number) = &self.0 else { return Err(unfit(&self.0, &visitor)) };
        if let Some(number) = number.as_u64() {
            visitor.visit_u64(number)
        } else if let Some(number) = number.as_i64() {
            visitor.visit_i64(number)
        } else {
            Err(unfit(&self.0, &visitor))
        }
    }
}

/// The damage of a value that is not of the kind expected.
fn unfit(value: &Value, expected: &dyn Expected) -> Damage {
    let found = match value {
        Value::Null => Unexpected::Unit,
        Value::Bool(flag) => Unexpected::Bool(*flag),
        Value::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
            (Some(number), ..) => Unexpected::Unsigned(number),
            (_, Some(number), _) => Unexpected::Signed(number),
            (.., number) => Unexpected::Float(number.unwrap_or(f64::NAN)),
        },
        Value::String(text) => Unexpected::Str(text),
        Value::Array(_) => Unexpected::Seq,
        Value::Object(_) => Unexpected::Map,
    };
    de::Error::invalid_type(found, expected)
}

/// The items of a list.
struct Items {
    items: std::vec::IntoIter<Value>,
    /// Index of the next one.
    idx: usize,
}

impl<'de> de::SeqAccess<'de> for Items {
    type Error = Damage;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Damage> {
        let Some(item) = self.items.next() else { return Ok(None) };
        let idx = self.idx;
        self.idx += 1;
        seed.deserialize(Reader(item)).map(Some).map_err(|damage| damage.inside(&format!("[{idx}]")))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

/// The members of an object.
struct Members {
    members: serde_json::map::IntoIter,
    /// The member whose name was read last.
    current: Option<(String, Value)>,
}

impl<'de> de::MapAccess<'de> for Members {
    type Error = Damage;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Damage> {
        let Some((name, value)) = self.members.next() else { return Ok(None) };
        let key: StrDeserializer<'_, Damage> = name.as_str().into_deserializer();
        let key = seed.deserialize(key).map_err(|damage| damage.inside(&name))?;
        self.current = Some((name, value));
        Ok(Some(key))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Damage> {
        let (name, value) =
            self.current.take().ok_or_else(|| de::Error::custom("a value before its name"))?;
        seed.deserialize(Reader(value)).map_err(|damage| damage.inside(&name))
    }
}
