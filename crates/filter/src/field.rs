//! What the language knows of a field: its type, and one cell of it. No names of tables or fields.

use std::fmt;
use std::sync::Arc;

use rust_decimal::Decimal;
use uuid::Uuid;

use crate::keys::{DateKey, DateTimeKey, TimeKey};

/// The Business Central type of the field that a filter constrains (filter language, section 4).
///
/// # Example
///
/// ```
/// use couplet_filter::FieldType;
///
/// assert_eq!(FieldType::Code { max_length: Some(20) }.to_string(), "a code");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum FieldType {
    /// Text, compared as [`TextComparison`] says.
    Text {
        /// Longest value in characters, where known.
        max_length: Option<u32>,
    },
    /// Code: stored in upper case without outer spaces.
    Code {
        /// Longest value in characters, where known.
        max_length: Option<u32>,
    },
    /// 32-bit whole number.
    Integer,
    /// 64-bit whole number.
    BigInteger,
    /// Exact decimal number.
    Decimal,
    /// Yes or no.
    Boolean,
    /// Option or enum with its members.
    Option(Arc<[OptionMember]>),
    /// Day, blank or closing date.
    Date,
    /// Moment in UTC.
    DateTime,
    /// Time of day.
    Time,
    /// Length of time in milliseconds.
    Duration,
    /// GUID, also a lookup of Dataverse.
    Guid,
    /// BLOB, Media, MediaSet, RecordId, images: a filter on it is an error.
    Unfilterable,
}

impl FieldType {
    /// The value that a null is read as (filter language, section 5).
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::{DateKey, FieldType, FieldValue};
    ///
    /// assert_eq!(FieldType::Date.blank(), FieldValue::Date(DateKey::BLANK));
    /// ```
    #[must_use]
    pub fn blank(&self) -> FieldValue<'static> {
        match self {
            Self::Text { .. } | Self::Code { .. } => FieldValue::Text(""),
            Self::Integer | Self::BigInteger => FieldValue::Integer(0),
            Self::Decimal => FieldValue::Decimal(Decimal::ZERO),
            Self::Boolean => FieldValue::Boolean(false),
            Self::Option(members) => {
                FieldValue::Option(if members.iter().any(|member| member.ordinal == -1) { -1 } else { 0 })
            }
            Self::Date => FieldValue::Date(DateKey::BLANK),
            Self::DateTime => FieldValue::DateTime(DateTimeKey::BLANK),
            Self::Time => FieldValue::Time(TimeKey::BLANK),
            Self::Duration => FieldValue::Duration(0),
            Self::Guid => FieldValue::Guid(Uuid::nil()),
            Self::Unfilterable => FieldValue::Null,
        }
    }
}

/// What a user calls a value of the type, for messages: `a whole number`.
impl fmt::Display for FieldType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text { .. } => f.write_str("a text"),
            Self::Code { .. } => f.write_str("a code"),
            Self::Integer => f.write_str("a whole number from -2147483648 to 2147483647"),
            Self::BigInteger => f.write_str("a whole number"),
            Self::Decimal => f.write_str("a number"),
            Self::Boolean => f.write_str("yes or no"),
            Self::Option(members) => {
                let names: Vec<_> = members.iter().map(|member| format!("`{}`", member.name)).collect();
                write!(f, "one of {}", names.join(", "))
            }
            Self::Date => f.write_str("a date"),
            Self::DateTime => f.write_str("a date and time"),
            Self::Time => f.write_str("a time"),
            Self::Duration => f.write_str("a duration"),
            Self::Guid => f.write_str("a GUID"),
            Self::Unfilterable => f.write_str("nothing: the field cannot be filtered"),
        }
    }
}

/// One member of an Option or Enum field.
///
/// # Example
///
/// ```
/// use couplet_filter::{FieldType, OptionMember};
///
/// let member = |ordinal, name: &str, caption: &str| OptionMember {
///     ordinal,
///     name: name.to_owned(),
///     captions: vec![caption.to_owned()],
/// };
/// let status = FieldType::Option([member(0, "Open", "Ouvert"), member(1, "Released", "Lancé")].into());
/// assert_eq!(status.to_string(), "one of `Open`, `Released`");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OptionMember {
    /// Stored number; members need not be numbered without gaps.
    pub ordinal: i32,
    /// Name in the metadata; a zero-length name is never matched.
    pub name: String,
    /// Names in the user's language, which match like `name`.
    pub captions: Vec<String>,
}

/// How Text fields compare, chosen by the side a field belongs to (filter language, section 4.1).
///
/// # Example
///
/// ```
/// use couplet_filter::{Context, FieldType, FieldValue, TextComparison, compile};
/// use jiff::{Timestamp, tz::TimeZone};
///
/// let context = Context::new(Timestamp::UNIX_EPOCH, TimeZone::UTC);
/// let passes = |comparison| {
///     let filter = compile("lyon", &FieldType::Text { max_length: None }, comparison, &context).unwrap();
///     filter.passes(FieldValue::Text("Lyon"))
/// };
/// assert!(!passes(TextComparison::BusinessCentral));
/// assert!(passes(TextComparison::Dataverse));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum TextComparison {
    /// Case-sensitive, except for values with a leading `@`.
    #[default]
    BusinessCentral,
    /// Case is ignored everywhere.
    Dataverse,
}

/// One cell, borrowed from wherever the row is kept.
///
/// # Example
///
/// ```
/// use couplet_filter::{Context, FieldType, FieldValue, TextComparison, compile};
/// use jiff::{Timestamp, tz::TimeZone};
///
/// let context = Context::new(Timestamp::UNIX_EPOCH, TimeZone::UTC);
/// let filter = compile("0", &FieldType::Integer, TextComparison::default(), &context).unwrap();
/// assert!(filter.passes(FieldValue::Integer(0)));
/// assert!(filter.passes(FieldValue::Null));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum FieldValue<'a> {
    /// A null of Dataverse, read as the blank value of the field's type.
    Null,
    /// Text or Code; empty is blank.
    Text(&'a str),
    /// Integer or BigInteger.
    Integer(i64),
    /// Decimal.
    Decimal(Decimal),
    /// Boolean.
    Boolean(bool),
    /// Stored number of an Option.
    Option(i32),
    /// Date.
    Date(DateKey),
    /// DateTime.
    DateTime(DateTimeKey),
    /// Time.
    Time(TimeKey),
    /// Milliseconds.
    Duration(i64),
    /// Guid; the zero GUID is blank.
    Guid(Uuid),
}
