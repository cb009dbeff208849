//! What has to be read of both tables before a mapping can be planned. Reading it is the callers' part.

use super::fields::OWNER;
use super::table_rules::COMPANY;
use crate::mapping::{FieldMappingStatus, IntegrationTableMapping};
use crate::schema::{FieldAccess, Side, TableSchema};

/// By Dataverse table, the fields of both sides that the small rules of the tables look at
/// (S6.14, S6.21, S6.22, S6.31, S6.32).
const RULES: [(&str, &[&str]); 4] = [
    ("account", &["Blocked", "statuscode"]),
    ("contact", &["Company No.", "parentcustomerid", "parentcustomeridtype"]),
    (
        "transactioncurrency",
        &["Code", "isocurrencycode", "currencyprecision", "currencysymbol", "exchangerate"],
    ),
    ("systemuser", &["Code"]),
];

/// The field with the time of the last change of a record.
pub fn modified_field(side: Side) -> &'static str {
    match side {
        Side::BusinessCentral => "SystemModifiedAt",
        Side::Dataverse => "modifiedon",
    }
}

/// The field with who made the last change; none where nobody asks (S2.5).
pub fn modified_by_field(side: Side) -> Option<&'static str> {
    match side {
        Side::BusinessCentral => None,
        Side::Dataverse => Some("modifiedby"),
    }
}

/// Every field of the table that a plan of `mapping` looks at, as far as a binding reaches it and each once: key, time
/// of change, fields of enabled field mappings, of templates, and of the rules of the table. Filters name theirs
/// themselves.
pub fn fields_to_plan<'s>(mapping: &IntegrationTableMapping, schema: &'s TableSchema) -> Vec<&'s str> {
    let needed = fields_needed(mapping, schema.side, Some(schema));
    let mut found: Vec<&str> = Vec::new();
    for name in std::iter::once(schema.key_field.as_str()).chain(needed) {
        let reached = schema.field(name).filter(|field| field.access != FieldAccess::OutOfReach);
        if let Some(field) = reached
            && !found.contains(&field.name.as_str())
        {
            found.push(&field.name);
        }
    }
    found
}

/// The same whether a binding reaches it or not, beside the key, and by the names that mapping and rules use. What the
/// rules look at is named as far as the schema is known to have it.
pub fn fields_needed<'m>(
    mapping: &'m IntegrationTableMapping,
    side: Side,
    schema: Option<&TableSchema>,
) -> Vec<&'m str> {
    let mut names = vec![modified_field(side)];
    names.extend(modified_by_field(side));
    for field in mapping.field_mappings.iter().filter(|it| it.status == FieldMappingStatus::Enabled) {
        names.extend(match side {
            Side::BusinessCentral => field.field.as_deref(),
            Side::Dataverse => field.column.as_deref(),
        });
    }
    let rules = RULES.iter().filter(|(table, _)| *table == mapping.integration_table);
    let of_rules = rules.flat_map(|(_, fields)| fields.iter().copied());
    names.extend(of_rules.filter(|name| schema.is_some_and(|schema| schema.field(name).is_some())));
    let template = match side {
        Side::BusinessCentral => &mapping.table_template,
        Side::Dataverse => &mapping.integration_table_template,
    };
    names.extend(template.iter().flat_map(|it| &it.values).map(|(name, _)| name.as_str()));
    for it in &mapping.templates {
        match it.side == side {
            true => names.extend(it.template.values.iter().map(|(name, _)| name.as_str())),
            // Its filter tests the records that new ones are made of.
            false => names.extend(it.filter.conditions.iter().map(|condition| condition.field.as_str())),
        }
    }
    if side == Side::Dataverse {
        names.extend([COMPANY, OWNER, "owneridtype"]);
    }
    names
}
