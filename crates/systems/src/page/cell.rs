//! One cell: from the JSON value to the value of its column, as each service writes it (A46, A48, B20, B22).

use couplet_engine::{FieldSchema, Side};
use couplet_filter::{FieldType, FieldValue};
use serde::Deserialize;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;
use uuid::Uuid;

use super::State;
use crate::error::{Expected, Found, PageError};
use crate::names::{decode_member, encode_member};
use crate::values;

/// Whose way of writing values a page follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Conventions {
    /// Option members by name, every selected property present (A48).
    BusinessCentral,
    /// Choices by number, annotations of nulls left out (B20, B22).
    Dataverse,
    /// As OData v4 says: enum members by name, nulls anywhere.
    Standard,
}

impl From<Side> for Conventions {
    fn from(side: Side) -> Self {
        match side {
            Side::BusinessCentral => Conventions::BusinessCentral,
            Side::Dataverse => Conventions::Dataverse,
        }
    }
}

/// How the values of a column travel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum CellKind {
    Text,
    Integer,
    Decimal,
    Boolean,
    /// Enum members by their name on the wire (A48), with their ordinals.
    Member(Vec<(Box<str>, i32)>),
    /// Option members by their name, which travels as it is (A49), with their ordinals.
    PlainMember(Vec<(Box<str>, i32)>),
    /// A choice number (B20).
    Choice,
    Date,
    DateTime,
    Time,
    Duration,
    Guid,
    /// Kept as text where it is text, skipped otherwise.
    Opaque,
}

/// One column of the plan.
#[derive(Debug)]
pub(super) struct CellPlan {
    /// Name of the field, which is the name of the column.
    pub(super) field: Box<str>,
    /// Member of the record.
    pub(super) property: Box<str>,
    /// Business Central never leaves a selected property out; Dataverse leaves out annotations of nulls (B20, B22).
    pub(super) is_required: bool,
    pub(super) kind: CellKind,
}

impl CellPlan {
    pub(super) fn new(conventions: Conventions, field: &FieldSchema) -> Option<Self> {
        let property: Box<str> = field.property.as_deref()?.into();
        let kind = match (&field.field_type, conventions) {
            (FieldType::Text { .. } | FieldType::Code { .. }, _) => CellKind::Text,
            (FieldType::Integer | FieldType::BigInteger, _) => CellKind::Integer,
            (FieldType::Decimal, _) => CellKind::Decimal,
            (FieldType::Boolean, _) => CellKind::Boolean,
            (FieldType::Option(_), Conventions::BusinessCentral)
                if field.options.iter().any(|option| option.wire.is_some()) =>
            {
                let named = field
                    .options
                    .iter()
                    .filter_map(|option| Some((option.wire.as_deref()?.into(), option.value)));
                CellKind::PlainMember(named.collect())
            }
            (FieldType::Option(_), Conventions::Dataverse) => CellKind::Choice,
            (FieldType::Option(members), _) => {
                let encoded =
                    members.iter().map(|member| (encode_member(&member.name).into(), member.ordinal));
                CellKind::Member(encoded.collect())
            }
            (FieldType::Date, _) => CellKind::Date,
            (FieldType::DateTime, _) => CellKind::DateTime,
            (FieldType::Time, _) => CellKind::Time,
            (FieldType::Duration, _) => CellKind::Duration,
            (FieldType::Guid, _) => CellKind::Guid,
            (FieldType::Unfilterable, _) => CellKind::Opaque,
        };
        Some(CellPlan {
            field: field.name.as_str().into(),
            property,
            is_required: conventions == Conventions::BusinessCentral,
            kind,
        })
    }
}

impl CellKind {
    fn expected(&self) -> Expected {
        match self {
            CellKind::Text | CellKind::Opaque => Expected::Text,
            CellKind::Integer => Expected::Integer,
            CellKind::Decimal => Expected::Decimal,
            CellKind::Boolean => Expected::Boolean,
            CellKind::Member(_) | CellKind::PlainMember(_) | CellKind::Choice => Expected::Option,
            CellKind::Date => Expected::Date,
            CellKind::DateTime => Expected::DateTime,
            CellKind::Time => Expected::Time,
            CellKind::Duration => Expected::Duration,
            CellKind::Guid => Expected::Guid,
        }
    }

    /// The value that a JSON text stands for.
    pub(super) fn of_text<'t>(&self, text: &'t str) -> Option<FieldValue<'t>> {
        match self {
            CellKind::Text | CellKind::Opaque => Some(FieldValue::Text(text)),
            CellKind::Member(members) => member(members, text).map(FieldValue::Option),
            CellKind::PlainMember(members) => plain_member(members, text).map(FieldValue::Option),
            CellKind::Date => values::date(text).map(FieldValue::Date),
            CellKind::DateTime => values::date_time(text).map(FieldValue::DateTime),
            CellKind::Time => values::time(text).map(FieldValue::Time),
            CellKind::Duration => values::duration(text).map(FieldValue::Duration),
            CellKind::Guid => Uuid::try_parse(text).ok().map(FieldValue::Guid),
            // A service that was asked for exact numbers quotes them.
            CellKind::Integer => text.parse().ok().map(FieldValue::Integer),
            CellKind::Decimal | CellKind::Boolean | CellKind::Choice => None,
        }
    }

    /// The value that a whole JSON number stands for.
    pub(super) fn of_integer(&self, value: i64) -> Option<FieldValue<'static>> {
        match self {
            CellKind::Integer => Some(FieldValue::Integer(value)),
            CellKind::Choice => i32::try_from(value).ok().map(FieldValue::Option),
            CellKind::Duration => Some(FieldValue::Duration(value)),
            CellKind::Opaque => Some(FieldValue::Null),
            _ => None,
        }
    }
}

/// The ordinal of a member by its plain name (A49), outer spaces and case aside where no name is the same.
fn plain_member(members: &[(Box<str>, i32)], text: &str) -> Option<i32> {
    let same = members.iter().find(|(name, _)| **name == *text);
    let like = || members.iter().find(|(name, _)| name.trim().eq_ignore_ascii_case(text.trim()));
    same.or_else(like).map(|(_, ordinal)| *ordinal)
}

/// The ordinal of a member by its name on the wire, encoded or not; blank is written in several ways (A48).
fn member(members: &[(Box<str>, i32)], text: &str) -> Option<i32> {
    if let Some((_, ordinal)) = members.iter().find(|(name, _)| **name == *text) {
        return Some(*ordinal);
    }
    let name = decode_member(text);
    let wanted = encode_member(name.trim());
    let found = members.iter().find(|(known, _)| known.eq_ignore_ascii_case(&wanted));
    found.map(|(_, ordinal)| *ordinal)
}

/// Reads one cell into its column.
pub(super) struct CellSeed<'a, 's> {
    pub(super) state: &'a mut State<'s>,
    pub(super) cell_idx: usize,
}

impl CellSeed<'_, '_> {
    fn kind(&self) -> &CellKind {
        self.state.plan.cells.get(self.cell_idx).map_or(&CellKind::Opaque, |cell| &cell.kind)
    }

    fn push<E: serde::de::Error>(
        self,
        value: Option<FieldValue<'_>>,
        found: impl FnOnce() -> Found,
    ) -> Result<(), E> {
        let target = self.state.targets.get(self.cell_idx).copied().flatten();
        let pushed = match (value, target) {
            (Some(_), None) => Ok(()),
            (Some(value), Some(column_idx)) => self.state.table.push(column_idx, value).map_err(drop),
            (None, _) => Err(()),
        };
        pushed.map_err(|()| {
            let (row, expected) = (self.state.n_rows + 1, self.kind().expected());
            let property = self.state.property(self.cell_idx);
            self.state.failure = Some(PageError::MalformedRow { row, property, expected, found: found() });
            E::custom("a malformed cell")
        })
    }

    /// A number by its text: never through floating point.
    fn push_decimal<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        let text = text.trim_ascii();
        let number = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
        let value = match number.as_bytes().first() {
            Some(b'-' | b'0'..=b'9') => values::decimal(number).map(FieldValue::Decimal),
            Some(b'n') if number == text => Some(FieldValue::Null),
            _ => None,
        };
        self.push(value, || found(text))
    }
}

/// What a JSON text is.
fn found(json: &str) -> Found {
    match json.as_bytes().first() {
        Some(b'"') => Found::text(&serde_json::from_str::<String>(json).unwrap_or_default()),
        Some(b'[') => Found::List,
        Some(b'{') => Found::Object,
        Some(b't') => Found::Boolean(true),
        Some(b'f') => Found::Boolean(false),
        Some(b'n') => Found::Null,
        _ => Found::Number(crate::error::shorten(json, 80)),
    }
}

impl<'de> DeserializeSeed<'de> for CellSeed<'_, '_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if *self.kind() == CellKind::Decimal {
            let raw = <&'de RawValue>::deserialize(deserializer)?;
            return self.push_decimal(raw.get());
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for CellSeed<'_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a cell")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        self.push(Some(FieldValue::Null), || Found::Null)
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<(), E> {
        let cell = match self.kind() {
            CellKind::Boolean => Some(FieldValue::Boolean(value)),
            CellKind::Opaque => Some(FieldValue::Null),
            _ => None,
        };
        self.push(cell, || Found::Boolean(value))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<(), E> {
        let cell = self.kind().of_integer(value);
        self.push(cell, || Found::Number(value.to_string()))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<(), E> {
        let cell = i64::try_from(value).ok().and_then(|value| self.kind().of_integer(value));
        self.push(cell, || Found::Number(value.to_string()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<(), E> {
        let cell = (*self.kind() == CellKind::Opaque).then_some(FieldValue::Null);
        self.push(cell, || Found::Number(value.to_string()))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        let cell = self.kind().of_text(text);
        self.push(cell, || Found::text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<(), A::Error> {
        while sequence.next_element::<IgnoredAny>()?.is_some() {}
        let cell = (*self.kind() == CellKind::Opaque).then_some(FieldValue::Null);
        self.push(cell, || Found::List)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        let cell = (*self.kind() == CellKind::Opaque).then_some(FieldValue::Null);
        self.push(cell, || Found::Object)
    }
}
