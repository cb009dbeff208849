//! Option mappings: the records of their Dataverse side are the values of a choice column (D5).

use couplet_engine::schema::OptionLabel;
use couplet_engine::{ColumnTable, FieldAccess, FieldSchema, Labels, Language, Side, TableSchema};
use couplet_filter::{FieldType, FieldValue, OptionMember};

/// Name of the key column of an option set's rows.
pub const OPTION_VALUE: &str = "value";
/// Name of the column with the caption.
pub const OPTION_LABEL: &str = "label";

/// The values of a choice column as a table of its own, with its rows; none when the table has no such column or it
/// is no choice. The key is the number, the label is in `language`.
pub fn option_set_rows(
    schema: &TableSchema,
    column: &str,
    language: Language,
) -> Option<(TableSchema, ColumnTable)> {
    let field = schema.field(column).filter(|field| matches!(field.field_type, FieldType::Option(_)))?;
    let column_schema = |name: &str, labels: Labels, field_type: FieldType| FieldSchema {
        name: name.to_owned(),
        number: None,
        labels,
        field_type,
        property: Some(name.to_owned()),
        access: FieldAccess::Read,
        options: Vec::new(),
        targets: Vec::new(),
    };
    let fields = vec![
        column_schema(OPTION_VALUE, Labels::same(OPTION_VALUE), FieldType::Integer),
        column_schema(OPTION_LABEL, field.labels.clone(), FieldType::Text { max_length: None }),
    ];
    let mut table =
        ColumnTable::new(fields.iter().map(|field| (field.name.clone(), field.field_type.clone())));
    for option in &field.options {
        let value = FieldValue::Integer(i64::from(option.value));
        let label = FieldValue::Text(option.labels.get(language));
        // Both columns were made for these types two lines above.
        if table.push(0, value).is_ok() && table.push(1, label).is_ok() {
            table.end_row();
        }
    }
    let rows_schema = TableSchema {
        side: Side::Dataverse,
        name: format!("{}.{}", schema.name, field.name),
        number: None,
        labels: field.labels.clone(),
        key_field: OPTION_VALUE.to_owned(),
        primary_name_field: Some(OPTION_LABEL.to_owned()),
        fields,
    };
    Some((rows_schema, table))
}

/// An option with its captions as the filter language takes them.
pub(crate) fn schema_option_member(option: &OptionLabel) -> OptionMember {
    let mut captions: Vec<String> = Vec::new();
    for caption in [&option.labels.english, &option.labels.french] {
        if !caption.is_empty() && *caption != option.name && !captions.contains(caption) {
            captions.push(caption.clone());
        }
    }
    OptionMember { ordinal: option.value, name: option.name.clone(), captions }
}
