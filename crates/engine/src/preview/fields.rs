//! Which fields a preview reads: what identifies a record to a program and to a person, and what the rules look at.
//! Nothing else is asked of the systems.

use super::bind::PreviewRules;
use crate::mapping::IntegrationTableMapping;
use crate::schema::{FieldAccess, Side, TableSchema};

/// Fields by which people recognize a record, in order of preference.
const IDENTIFYING: [&str; 9] = [
    "No.",
    "Code",
    "Name",
    "City",
    "isocurrencycode",
    "address1_city",
    "internalemailaddress",
    "emailaddress1",
    "accountnumber",
];
/// Shown where a table has no name.
const DESCRIBING: &str = "Description";

/// Fields that identify a record to a person, the name among them: two, and a number before them where the table has one.
pub fn identifying_fields(schema: &TableSchema) -> Vec<&str> {
    let name = schema.primary_name_field.as_deref();
    let lead = match schema.side {
        Side::Dataverse => name,
        Side::BusinessCentral => None,
    };
    let mut fields: Vec<&str> = Vec::new();
    for candidate in lead.into_iter().chain(IDENTIFYING).chain(name) {
        add_reached(schema, candidate, &mut fields);
    }
    let n_shown = match schema.side {
        Side::BusinessCentral => 3,
        Side::Dataverse => 2,
    };
    fields.truncate(n_shown);
    if fields.len() < 2 {
        add_reached(schema, DESCRIBING, &mut fields);
    }
    fields
}

fn add_reached<'a>(schema: &'a TableSchema, name: &str, fields: &mut Vec<&'a str>) {
    let reached = schema.field(name).filter(|field| field.access != FieldAccess::OutOfReach);
    if let Some(field) = reached
        && !fields.contains(&field.name.as_str())
    {
        fields.push(&field.name);
    }
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
        add_reached(schema, candidate, &mut fields);
    }
    fields
}
