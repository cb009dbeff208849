//! What is known of a table and its fields: read from the two systems' own metadata, never from code.

use couplet_filter::{FieldType, TextComparison};

/// One of the two systems.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// Business Central: the "local" side of the reference.
    BusinessCentral,
    /// Dataverse: the "integration" side of the reference.
    Dataverse,
}

impl Side {
    /// How the side's own server compares text (filter language 4.1): chosen by the side, by nobody else.
    pub fn text_comparison(self) -> TextComparison {
        match self {
            Side::BusinessCentral => TextComparison::BusinessCentral,
            Side::Dataverse => TextComparison::Dataverse,
        }
    }
}

/// A language of the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// French.
    French,
}

/// A caption in the languages of the console; a missing one falls back to the other.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Labels {
    /// English caption.
    pub english: String,
    /// French caption; empty when the system gave none.
    pub french: String,
}

impl Labels {
    /// The same text in every language.
    pub fn same(text: impl Into<String>) -> Self {
        Labels { english: text.into(), french: String::new() }
    }

    /// The caption in `language`, or in the other one when that is empty.
    pub fn get(&self, language: Language) -> &str {
        let (first, second) = match language {
            Language::English => (&self.english, &self.french),
            Language::French => (&self.french, &self.english),
        };
        if first.is_empty() { second } else { first }
    }
}

/// What may be done with a field through the binding in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldAccess {
    /// Read and written.
    Full,
    /// Written only when the record is created.
    Insert,
    /// Written only on an existing record.
    Modify,
    /// Read only.
    Read,
    /// The system has the field, but no binding reaches it.
    OutOfReach,
}

/// One option (choice) value of a field with its captions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptionLabel {
    /// AL ordinal on the Business Central side, Dataverse's own number on the other.
    pub value: i32,
    /// The member's name: `Ship`, or the English label on the Dataverse side.
    pub name: String,
    /// What a person reads.
    pub labels: Labels,
    /// Name in requests and answers where it travels as it is written (A49); none where that follows from the name or
    /// the value.
    pub wire: Option<String>,
}

/// One field (Business Central) or column (Dataverse).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldSchema {
    /// The name mappings and filters use: `Blocked`, `customertypecode`.
    pub name: String,
    /// Business Central field number; on the Dataverse side the number of the AL proxy field where it is known.
    pub number: Option<u32>,
    /// Captions.
    pub labels: Labels,
    /// Type, with length or option members.
    pub field_type: FieldType,
    /// Name in requests and answers (`blocked`, `_ownerid_value`); none when out of reach.
    pub property: Option<String>,
    /// What may be done with it.
    pub access: FieldAccess,
    /// Captions of the option members; empty for other types.
    pub options: Vec<OptionLabel>,
    /// Logical names of the tables a lookup points to; empty for other types.
    pub targets: Vec<String>,
}

impl FieldSchema {
    /// The option member with this value.
    pub fn option(&self, value: i32) -> Option<&OptionLabel> {
        self.options.iter().find(|option| option.value == value)
    }
}

/// One table as one side's metadata describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableSchema {
    /// Which system.
    pub side: Side,
    /// `Customer` or `account`.
    pub name: String,
    /// Business Central table number; none on the Dataverse side.
    pub number: Option<u32>,
    /// Captions.
    pub labels: Labels,
    /// Name of the field that identifies a record: `SystemId`, `accountid`.
    pub key_field: String,
    /// Name of the field a person recognizes a record by: `Name`, `name`.
    pub primary_name_field: Option<String>,
    /// Fields in the order of the metadata.
    pub fields: Vec<FieldSchema>,
}

impl TableSchema {
    /// The field with this name, ignoring ASCII case.
    pub fn field(&self, name: &str) -> Option<&FieldSchema> {
        self.fields.iter().find(|field| field.name.eq_ignore_ascii_case(name))
    }

    /// The field with this number.
    pub fn field_by_number(&self, number: u32) -> Option<&FieldSchema> {
        self.fields.iter().find(|field| field.number == Some(number))
    }
}
