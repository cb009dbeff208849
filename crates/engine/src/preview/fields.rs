//! Which fields a preview reads: what identifies a record to a program and to a person, and what the rules look at.
//! Nothing else is asked of the systems.

use super::bind::PreviewRules;
use crate::mapping::IntegrationTableMapping;
use crate::schema::{FieldAccess, Side, TableSchema};

/// Fields by which people recognize a record, in order of preference; those that a table has are shown.
const IDENTIFYING: [&str; 10] = [
    "No.",
    "Code",
    "Name",
    "Description",
    "City",
    "isocurrencycode",
    "accountnumber",
    "address1_city",
    "internalemailaddress",
    "emailaddress1",
];

/// Fields that identify a record to a person: at most four, the name among them.
pub fn identifying_fields(schema: &TableSchema) -> Vec<&str> {
    let name = schema.primary_name_field.as_deref();
    let mut fields: Vec<&str> = Vec::new();
    if schema.side == Side::Dataverse {
        fields.extend(name);
    }
    for candidate in IDENTIFYING.into_iter().chain(name) {
        let reached = schema.field(candidate).filter(|field| field.access != FieldAccess::OutOfReach);
        if let Some(field) = reached
            && !fields.contains(&field.name.as_str())
        {
            fields.push(&field.name);
        }
    }
    fields.truncate(4);
    fields
}

/// Every field that a preview of `mapping` reads on the side of `schema`, without repetition.
pub fn fields_to_read<'a>(
    mapping: &'a IntegrationTableMapping,
    rules: Option<&'a PreviewRules>,
    schema: &'a TableSchema,
) -> Vec<&'a str> {
    let mut fields = vec![schema.key_field.as_str()];
    let conditions = mapping.filter(schema.side).conditions.iter().map(|condition| condition.field.as_str());
    let ruled = rules.map(PreviewRules::fields).unwrap_or_default();
    for candidate in identifying_fields(schema).into_iter().chain(conditions).chain(ruled) {
        let reached = schema.field(candidate).filter(|field| field.access != FieldAccess::OutOfReach);
        if let Some(field) = reached
            && !fields.contains(&field.name.as_str())
        {
            fields.push(&field.name);
        }
    }
    fields
}
