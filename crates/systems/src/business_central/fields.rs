//! Fields of Business Central tables as metadata tells them, before a way to them is known.

use std::sync::Arc;

use couplet_engine::Labels;
use couplet_engine::schema::OptionLabel;
use couplet_filter::{FieldType, OptionMember};
use serde::Deserialize;

use crate::edmx::{EdmProperty, Edmx};

/// A row of the companion's `tableFields`, which shows the virtual table Field.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TableField {
    pub(super) table_no: u32,
    #[serde(default)]
    pub(super) table_name: String,
    pub(super) no: u32,
    pub(super) field_name: String,
    #[serde(default)]
    pub(super) field_caption: String,
    #[serde(rename = "type")]
    pub(super) type_name: String,
    #[serde(default)]
    pub(super) len: u32,
    #[serde(default)]
    pub(super) option_members: String,
    #[serde(default)]
    pub(super) option_captions: String,
    /// The table whose records the field names; 0 for none.
    #[serde(default)]
    pub(super) relation_table_no: u32,
    #[serde(default)]
    pub(super) is_primary_key: bool,
}

/// The columns of [`TableField`].
pub(super) const TABLE_FIELD_COLUMNS: &str = "tableNo,tableName,no,fieldName,fieldCaption,type,len,optionMembers,\
    optionCaptions,relationTableNo,isPrimaryKey";

/// One field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FieldInfo {
    pub(super) number: u32,
    pub(super) name: String,
    pub(super) labels: Labels,
    pub(super) field_type: FieldType,
    pub(super) options: Vec<OptionLabel>,
    /// The table whose records it names, where that is known.
    pub(super) relation: Option<u32>,
    /// Whether it is known to be in the primary key.
    pub(super) is_key: bool,
}

impl FieldInfo {
    /// From the English row and, where there is one, the French row of the same field. The property's enum knows ordinals
    /// that are not consecutive; an option without an enum travels as plain text (A49).
    pub(super) fn new(
        english: &TableField,
        french: Option<&TableField>,
        property: Option<&EdmProperty>,
        edmx: Option<&Edmx>,
    ) -> Self {
        let caption = |row: &TableField| row.field_caption.clone();
        let labels = Labels { english: caption(english), french: french.map(caption).unwrap_or_default() };
        let mut options = Vec::new();
        if english.type_name == "Option" {
            let members = property.and_then(|property| edmx?.members(&property.edm_type));
            options = self::options(english, french, members);
        }
        if property.is_some_and(|property| property.edm_type == "Edm.String") {
            for option in &mut options {
                option.wire = Some(option.name.clone());
            }
        }
        let max_length = (english.len > 0).then_some(english.len);
        let field_type = match english.type_name.as_str() {
            "Text" => FieldType::Text { max_length },
            "Code" => FieldType::Code { max_length },
            // Date formulas travel as text (A46).
            "DateFormula" => FieldType::Text { max_length: None },
            "Integer" => FieldType::Integer,
            "BigInteger" => FieldType::BigInteger,
            "Decimal" => FieldType::Decimal,
            "Boolean" => FieldType::Boolean,
            "Option" => FieldType::Option(members(&options)),
            "Date" => FieldType::Date,
            "DateTime" => FieldType::DateTime,
            "Time" => FieldType::Time,
            "Duration" => FieldType::Duration,
            "Guid" | "GUID" => FieldType::Guid,
            _ => FieldType::Unfilterable,
        };
        FieldInfo {
            number: english.no,
            name: english.field_name.clone(),
            labels,
            field_type,
            options,
            relation: Some(english.relation_table_no).filter(|table| *table > 0),
            is_key: english.is_primary_key,
        }
    }

    /// From a property alone: API v2.0 says no field type, so Code cannot be told from Text.
    pub(super) fn of_property(number: u32, name: &str, property: Option<&EdmProperty>, edmx: &Edmx) -> Self {
        let mut options = Vec::new();
        let edm_type = property.map_or("Edm.String", |property| property.edm_type.as_str());
        let field_type = match edm_type {
            "Edm.String" => FieldType::Text { max_length: property.and_then(|property| property.max_length) },
            "Edm.Int16" | "Edm.Int32" => FieldType::Integer,
            "Edm.Int64" => FieldType::BigInteger,
            "Edm.Decimal" | "Edm.Double" => FieldType::Decimal,
            "Edm.Boolean" => FieldType::Boolean,
            "Edm.Date" => FieldType::Date,
            "Edm.DateTimeOffset" => FieldType::DateTime,
            "Edm.TimeOfDay" => FieldType::Time,
            "Edm.Duration" => FieldType::Duration,
            "Edm.Guid" => FieldType::Guid,
            other => match edmx.members(other) {
                Some(members_of_enum) => {
                    let labels = members_of_enum.iter().map(|(name, value)| OptionLabel {
                        value: *value,
                        name: name.clone(),
                        labels: Labels::same(name.clone()),
                        wire: None,
                    });
                    options = labels.collect();
                    FieldType::Option(members(&options))
                }
                None => FieldType::Unfilterable,
            },
        };
        FieldInfo { options, ..FieldInfo::system(number, name, field_type) }
    }

    /// A field that every table has and no list names.
    pub(super) fn system(number: u32, name: &str, field_type: FieldType) -> Self {
        FieldInfo {
            number,
            name: name.to_owned(),
            labels: Labels::same(name),
            field_type,
            options: Vec::new(),
            relation: None,
            is_key: false,
        }
    }
}

/// Members from the comma-separated names (` ,Ship,Invoice,All`), which number from 0 unless the enum says more.
fn options(
    english: &TableField,
    french: Option<&TableField>,
    enum_members: Option<&[(String, i32)]>,
) -> Vec<OptionLabel> {
    if english.option_members.is_empty() {
        return Vec::new();
    }
    let captions =
        |row: &TableField| -> Vec<String> { row.option_captions.split(',').map(str::to_owned).collect() };
    let english_captions = captions(english);
    let french_captions = french.map(captions).unwrap_or_default();
    let names = (0i32..).zip(english.option_members.split(','));
    let labels = names.enumerate().map(|(at, (position, name))| {
        let of_enum = enum_members.unwrap_or_default().iter().find(|(known, _)| known.trim() == name.trim());
        OptionLabel {
            value: of_enum.map_or(position, |(_, value)| *value),
            name: name.to_owned(),
            labels: Labels {
                english: english_captions
                    .get(at)
                    .filter(|it| !it.is_empty())
                    .cloned()
                    .unwrap_or_else(|| name.to_owned()),
                french: french_captions.get(at).cloned().unwrap_or_default(),
            },
            wire: None,
        }
    });
    labels.collect()
}

fn members(options: &[OptionLabel]) -> Arc<[OptionMember]> {
    options.iter().map(crate::schema_option_member).collect()
}
