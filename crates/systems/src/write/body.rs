//! The values of a record as JSON, each as its service writes it (A46 to A49, B20, B43).

use couplet_engine::{FieldAccess, FieldSchema, Side};
use couplet_filter::{FieldType, FieldValue, OptionMember};
use uuid::Uuid;

use crate::names::encode_member;

/// Why a value cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotWritable {
    /// No binding reaches the field, or it is only read (A40).
    #[error("the field cannot be written")]
    ReadOnly,
    /// The option has no member with this number.
    #[error("the option has no member {0}")]
    NoMember(i32),
    /// The value is of another type than the field.
    #[error("the value is of another type than the field")]
    WrongType,
    /// Fields of this type are not written.
    #[error("fields of this type are not written")]
    UnsupportedType,
}

impl NotWritable {
    /// Key of its text in the locale files.
    pub fn code(&self) -> &'static str {
        match self {
            NotWritable::ReadOnly => "write.read-only",
            NotWritable::NoMember(_) => "write.no-member",
            NotWritable::WrongType => "write.wrong-type",
            NotWritable::UnsupportedType => "write.unsupported-type",
        }
    }
}

/// The number of no choice at all.
const NO_CHOICE: i32 = -1;

/// The members of a JSON object, without its braces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordBody {
    side: Side,
    members: String,
}

impl RecordBody {
    /// Nothing yet.
    pub fn new(side: Side) -> Self {
        RecordBody { side, members: String::new() }
    }

    /// Whether no value was set.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Sets a field. A null is written as blank in Business Central, whose values are never null (A46); a blank date,
    /// GUID or text is written as null in Dataverse.
    ///
    /// # Errors
    /// When the field cannot hold the value; nothing is set then.
    pub fn set(&mut self, field: &FieldSchema, value: FieldValue<'_>) -> Result<(), NotWritable> {
        let property = field.property.as_deref().ok_or(NotWritable::ReadOnly)?;
        if matches!(field.access, FieldAccess::Read | FieldAccess::OutOfReach) || property.contains('@') {
            return Err(NotWritable::ReadOnly);
        }
        // A choice has no blank value: 0 is a number like any other in Dataverse.
        let is_choice = self.side == Side::Dataverse && matches!(field.field_type, FieldType::Option(_));
        let value = match value {
            FieldValue::Null if is_choice => FieldValue::Option(NO_CHOICE),
            FieldValue::Null => field.field_type.blank(),
            value => value,
        };
        let json = match self.side {
            Side::BusinessCentral => business_central(field, value)?,
            Side::Dataverse => dataverse(field, value)?,
        };
        self.member(property, &json);
        Ok(())
    }

    /// Points a lookup of Dataverse to a record, or to none: `primarycontactid@odata.bind` (B38, B43). `navigation` is
    /// the navigation property, `entity_set` that of the table it points to.
    pub fn bind(&mut self, navigation: &str, entity_set: &str, id: Option<Uuid>) {
        match id {
            Some(id) => {
                let link = quote(&format!("/{entity_set}({})", id.hyphenated()));
                self.member(&format!("{navigation}@odata.bind"), &link);
            }
            None => self.member(navigation, "null"),
        }
    }

    fn member(&mut self, name: &str, json: &str) {
        if !self.members.is_empty() {
            self.members.push(',');
        }
        self.members.push_str(&quote(name));
        self.members.push(':');
        self.members.push_str(json);
    }

    /// The object.
    pub(super) fn json(&self) -> String {
        format!("{{{}}}", self.members)
    }

    /// The object with these members before its own.
    pub(super) fn json_with(&self, first: &[(&str, &str)]) -> String {
        let mut whole = RecordBody::new(self.side);
        for (name, text) in first {
            whole.member(name, &quote(text));
        }
        if !self.is_empty() {
            whole.members.push(',');
            whole.members.push_str(&self.members);
        }
        whole.json()
    }
}

/// A text as JSON.
pub(crate) fn quote(text: &str) -> String {
    let mut json = String::with_capacity(text.len() + 2);
    json.push('"');
    for character in text.chars() {
        match character {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '\n' => json.push_str("\\n"),
            '\r' => json.push_str("\\r"),
            '\t' => json.push_str("\\t"),
            control if control < ' ' => json.push_str(&format!("\\u{:04x}", u32::from(control))),
            other => json.push(other),
        }
    }
    json.push('"');
    json
}

fn business_central(field: &FieldSchema, value: FieldValue<'_>) -> Result<String, NotWritable> {
    match (&field.field_type, value) {
        (FieldType::Option(members), FieldValue::Option(value)) => {
            // Options of the old kind travel as they are written (A49), enums encoded (A48).
            let plain = field.option(value).and_then(|option| option.wire.as_deref());
            let encoded = || member(members, value).map(|name| quote(&encode_member(name)));
            plain.map(quote).or_else(encoded).ok_or(NotWritable::NoMember(value))
        }
        (FieldType::Date, FieldValue::Date(value)) if value.is_blank() => Ok(quote("0001-01-01")),
        (FieldType::DateTime, FieldValue::DateTime(value)) if value.milliseconds().is_none() => {
            Ok(quote("0001-01-01T00:00:00Z"))
        }
        (_, value) => plain(&field.field_type, value),
    }
}

fn dataverse(field: &FieldSchema, value: FieldValue<'_>) -> Result<String, NotWritable> {
    let is_null = match value {
        FieldValue::Text(text) => text.is_empty(),
        FieldValue::Date(value) => value.is_blank(),
        FieldValue::DateTime(value) => value.milliseconds().is_none(),
        FieldValue::Guid(value) => value.is_nil(),
        FieldValue::Option(value) => value == NO_CHOICE,
        _ => false,
    };
    match (&field.field_type, value) {
        (_, FieldValue::Null) => Err(NotWritable::UnsupportedType),
        (FieldType::Option(_), FieldValue::Option(value)) if !is_null => Ok(value.to_string()),
        // Lookups are bound, not set.
        (FieldType::Guid, FieldValue::Guid(_)) if !field.targets.is_empty() => {
            Err(NotWritable::UnsupportedType)
        }
        (field_type, value) if is_null => plain(field_type, value).map(|_| "null".to_owned()),
        (field_type, value) => plain(field_type, value),
    }
}

fn member(members: &[OptionMember], value: i32) -> Option<&str> {
    members.iter().find(|member| member.ordinal == value).map(|member| member.name.as_str())
}

/// What both services write alike.
fn plain(field_type: &FieldType, value: FieldValue<'_>) -> Result<String, NotWritable> {
    Ok(match (field_type, value) {
        (FieldType::Text { .. } | FieldType::Code { .. }, FieldValue::Text(text)) => quote(text),
        (FieldType::Integer | FieldType::BigInteger, FieldValue::Integer(value)) => value.to_string(),
        (FieldType::Decimal, FieldValue::Decimal(value)) => value.to_string(),
        (FieldType::Decimal, FieldValue::Integer(value)) => value.to_string(),
        (FieldType::Boolean, FieldValue::Boolean(value)) => value.to_string(),
        // Only a choice that is empty comes here.
        (FieldType::Option(_), FieldValue::Option(_)) => "null".to_owned(),
        // A closing date is a date of Business Central's own (filter language 4.6); its day travels.
        (FieldType::Date, FieldValue::Date(value)) => {
            value.civil().map_or_else(|| "null".to_owned(), |date| quote(&date.to_string()))
        }
        (FieldType::DateTime, FieldValue::DateTime(value)) => quote(&value.to_iso()),
        (FieldType::Time, FieldValue::Time(value)) => quote(&value.to_iso()),
        (FieldType::Guid, FieldValue::Guid(value)) => quote(&value.hyphenated().to_string()),
        (FieldType::Unfilterable | FieldType::Duration, _) => return Err(NotWritable::UnsupportedType),
        _ => return Err(NotWritable::WrongType),
    })
}
