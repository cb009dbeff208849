//! One value that a plan, a coupling or a journal keeps: a cell that owns its text. How cells are stored in columns
//! stands in `columns`, how they are converted in `transfer`.

use couplet_filter::{DateKey, DateTimeKey, FieldType, FieldValue, TimeKey};
use rust_decimal::Decimal;
use uuid::Uuid;

/// One value of a field, on its own.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Value {
    /// No value: a null of Dataverse.
    #[default]
    Null,
    /// Text or Code; empty is blank.
    Text(Box<str>),
    /// Integer or BigInteger.
    Integer(i64),
    /// Decimal, exact.
    Decimal(Decimal),
    /// Boolean.
    Boolean(bool),
    /// AL ordinal of an Option, or the number of a Dataverse choice.
    Option(i32),
    /// Date.
    Date(DateKey),
    /// DateTime.
    DateTime(DateTimeKey),
    /// Time.
    Time(TimeKey),
    /// Milliseconds.
    Duration(i64),
    /// Guid or lookup; the zero GUID is blank.
    Guid(Uuid),
}

impl Value {
    /// A text.
    pub fn text(text: impl Into<Box<str>>) -> Self {
        Value::Text(text.into())
    }

    /// The value as columns and filters read it.
    pub fn as_field_value(&self) -> FieldValue<'_> {
        match self {
            Value::Null => FieldValue::Null,
            Value::Text(text) => FieldValue::Text(text),
            Value::Integer(value) => FieldValue::Integer(*value),
            Value::Decimal(value) => FieldValue::Decimal(*value),
            Value::Boolean(value) => FieldValue::Boolean(*value),
            Value::Option(value) => FieldValue::Option(*value),
            Value::Date(value) => FieldValue::Date(*value),
            Value::DateTime(value) => FieldValue::DateTime(*value),
            Value::Time(value) => FieldValue::Time(*value),
            Value::Duration(value) => FieldValue::Duration(*value),
            Value::Guid(value) => FieldValue::Guid(*value),
        }
    }

    /// Whether it is nothing, or what a null is read as in a field of this type (filter language, section 5).
    pub fn is_blank(&self, field_type: &FieldType) -> bool {
        same(self.as_field_value(), FieldValue::Null, field_type)
    }

    /// Whether both mean the same in a field of this type: a null and the blank value do.
    pub fn is_same(&self, other: &Value, field_type: &FieldType) -> bool {
        same(self.as_field_value(), other.as_field_value(), field_type)
    }
}

impl From<FieldValue<'_>> for Value {
    fn from(value: FieldValue<'_>) -> Self {
        match value {
            FieldValue::Null => Value::Null,
            FieldValue::Text(text) => Value::text(text),
            FieldValue::Integer(value) => Value::Integer(value),
            FieldValue::Decimal(value) => Value::Decimal(value),
            FieldValue::Boolean(value) => Value::Boolean(value),
            FieldValue::Option(value) => Value::Option(value),
            FieldValue::Date(value) => Value::Date(value),
            FieldValue::DateTime(value) => Value::DateTime(value),
            FieldValue::Time(value) => Value::Time(value),
            FieldValue::Duration(value) => Value::Duration(value),
            FieldValue::Guid(value) => Value::Guid(value),
        }
    }
}

/// Whether two cells mean the same in a field of this type.
pub(crate) fn same(left: FieldValue<'_>, right: FieldValue<'_>, field_type: &FieldType) -> bool {
    match (left, right) {
        (FieldValue::Null, FieldValue::Null) => true,
        (FieldValue::Null, other) | (other, FieldValue::Null) => other == field_type.blank(),
        (FieldValue::Integer(integer), FieldValue::Decimal(decimal))
        | (FieldValue::Decimal(decimal), FieldValue::Integer(integer)) => Decimal::from(integer) == decimal,
        (left, right) => left == right,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_the_blank_value_of_the_type() {
        let text = FieldType::Text { max_length: None };
        assert!(Value::Null.is_blank(&text) && Value::text("").is_blank(&text));
        assert!(!Value::text(" ").is_blank(&text));
        assert!(Value::Guid(Uuid::nil()).is_same(&Value::Null, &FieldType::Guid));
        assert!(Value::Integer(0).is_blank(&FieldType::Integer));
        assert!(!Value::Integer(1).is_same(&Value::Null, &FieldType::Integer));
        assert!(Value::Decimal(Decimal::new(100, 2)).is_same(&Value::Integer(1), &FieldType::Decimal));
    }

    #[test]
    fn a_cell_comes_back_as_it_was() {
        for cell in
            [FieldValue::Text("a"), FieldValue::Option(3), FieldValue::Null, FieldValue::Boolean(true)]
        {
            assert_eq!(Value::from(cell).as_field_value(), cell);
        }
    }
}
