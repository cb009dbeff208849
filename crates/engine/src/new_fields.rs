//! Field mappings that a person adds to a table mapping from two lists of names (S1.14): which can be added, and why the
//! others cannot.

use rustc_hash::FxHashSet;

use crate::mapping::{
    Direction, FieldKey, FieldMapping, FieldMappingStatus, IntegrationTableMapping, TransformationDirection,
    UpdateConflictResolution,
};
use crate::schema::TableSchema;

/// What comes of a list of fields to add.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NewFields {
    /// To be added: disabled until a person enables them, numbered after the present ones.
    pub added: Vec<FieldMapping>,
    /// Not added.
    pub rejected: Vec<(FieldKey, NewFieldError)>,
}

/// Why a pair of fields is not added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewFieldError {
    /// One of the two names is missing.
    Incomplete,
    /// The Business Central table has no such field.
    UnknownField,
    /// The Dataverse table has no such column.
    UnknownColumn,
}

impl NewFieldError {
    /// Stable code, the key of its text.
    pub fn code(self) -> &'static str {
        match self {
            NewFieldError::Incomplete => "new-field.incomplete",
            NewFieldError::UnknownField => "new-field.unknown-field",
            NewFieldError::UnknownColumn => "new-field.unknown-column",
        }
    }
}

/// The field mappings for a list of pairs. What the mapping has already, or the list names twice, is dropped without a
/// word. Names are found ignoring case and taken over as the metadata spells them.
pub fn new_fields(
    mapping: &IntegrationTableMapping,
    wanted: &[FieldKey],
    business_central: &TableSchema,
    dataverse: &TableSchema,
) -> NewFields {
    let mut present: FxHashSet<FieldKey> = mapping.field_mappings.iter().map(FieldMapping::key).collect();
    let mut number = mapping.field_mappings.iter().map(|field| field.number).max().unwrap_or_default();
    let mut new = NewFields::default();
    for key in wanted {
        let found = match (&key.field, &key.column) {
            (Some(field), Some(column)) => {
                let field = business_central.field(field).ok_or(NewFieldError::UnknownField);
                field.and_then(|field| {
                    Ok((field, dataverse.field(column).ok_or(NewFieldError::UnknownColumn)?))
                })
            }
            _ => Err(NewFieldError::Incomplete),
        };
        match found {
            Err(error) => new.rejected.push((key.clone(), error)),
            Ok((field, column)) => {
                let key = FieldKey { field: Some(field.name.clone()), column: Some(column.name.clone()) };
                if present.insert(key.clone()) {
                    number += 1;
                    new.added.push(disabled(number, key, field.number, mapping.direction));
                }
            }
        }
    }
    new
}

fn disabled(number: u32, key: FieldKey, field_number: Option<u32>, direction: Direction) -> FieldMapping {
    FieldMapping {
        number,
        field: key.field,
        field_number,
        column: key.column,
        direction,
        constant_value: None,
        validate_field: false,
        validate_integration_table_field: false,
        clear_value_on_failed_sync: false,
        not_null: false,
        update_conflict_resolution: UpdateConflictResolution::None,
        status: FieldMappingStatus::Disabled,
        transformation_rule: None,
        transformation_direction: match direction {
            Direction::FromIntegrationTable => TransformationDirection::FromIntegrationTable,
            Direction::ToIntegrationTable | Direction::Bidirectional => {
                TransformationDirection::ToIntegrationTable
            }
        },
        use_for_match_based_coupling: false,
        case_sensitive_matching: false,
        match_priority: 0,
        user_defined: true,
    }
}
