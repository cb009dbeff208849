//! Which Business Central tables and fields the mappings need: what they synchronize, filter, set and look at.

use couplet_engine::planning::fields_needed;
use couplet_engine::preview::{CONTACT_BUSINESS_RELATIONS, MARKETING_SETUP};
use couplet_engine::{IntegrationTableMapping, PostFilter, Side, TableSchema};

use crate::pages::PageAccess;

/// One table with the fields that are needed of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeededTable {
    /// Its number.
    pub number: u32,
    /// Its name.
    pub name: String,
    /// Names of fields, each once, the ones that identify a record first.
    pub fields: Vec<String>,
    /// Whether records are written.
    pub access: PageAccess,
}

/// Fields by which records are recognized, where a table has them.
const IDENTIFYING: [&str; 4] = ["No.", "Code", "Name", "Description"];

/// What identifies the records of the standard tables, also where their schema is not known in full: the key that other
/// records name them by, and the name.
const STANDARD: [(u32, &[&str]); 8] = [
    (3, &["Code", "Description"]),
    (4, &["Code", "Description"]),
    (10, &["Code", "Description"]),
    (13, &["Code", "Name"]),
    (18, &["No.", "Name"]),
    (23, &["No.", "Name"]),
    (291, &["Code", "Name"]),
    (5050, &["No.", "Name"]),
];

/// Currencies: their mapping needs exchange rates and the local currency (S6.32).
const CURRENCY: u32 = 4;

/// Tables that are only read, with the fields of them that runs look at.
const CURRENCY_TABLES: [(u32, &str, &[&str]); 2] = [
    (98, "General Ledger Setup", &["LCY Code"]),
    (
        330,
        "Currency Exchange Rate",
        &[
            "Currency Code",
            "Starting Date",
            "Exchange Rate Amount",
            "Relational Currency Code",
            "Relational Exch. Rate Amount",
        ],
    ),
];

/// The tables that these mappings need, by number.
pub fn needed_tables(mappings: &[IntegrationTableMapping], schemas: &[TableSchema]) -> Vec<NeededTable> {
    let mut tables: Vec<NeededTable> = Vec::new();
    for mapping in mappings {
        let schema = schemas.iter().find(|schema| schema.number == Some(mapping.table.number));
        let table = table(&mut tables, mapping.table.number, &mapping.table.name, PageAccess::ReadWrite);
        for name in fields_of(mapping, schema) {
            add(&mut table.fields, schema, &name);
        }
    }
    for (number, name, fields) in read_only(mappings) {
        let table = table(&mut tables, number, name, PageAccess::ReadOnly);
        fields.iter().for_each(|field| add(&mut table.fields, None, field));
    }
    tables.sort_by_key(|table| table.number);
    tables
}

/// The table with this number, added if it is new. Whoever writes it decides.
fn table<'t>(
    tables: &'t mut Vec<NeededTable>,
    number: u32,
    name: &str,
    access: PageAccess,
) -> &'t mut NeededTable {
    let at = tables.iter().position(|table| table.number == number);
    let at = at.unwrap_or(tables.len());
    if at == tables.len() {
        tables.push(NeededTable { number, name: name.to_owned(), fields: Vec::new(), access });
    }
    #[expect(clippy::indexing_slicing, reason = "the place was found or has just been filled")]
    &mut tables[at]
}

fn fields_of(mapping: &IntegrationTableMapping, schema: Option<&TableSchema>) -> Vec<String> {
    let standard = STANDARD.iter().find(|(number, _)| *number == mapping.table.number);
    let mut names: Vec<&str> = standard.into_iter().flat_map(|(_, fields)| fields.iter().copied()).collect();
    names.extend(IDENTIFYING.iter().filter(|name| schema.is_some_and(|schema| schema.field(name).is_some())));
    names.extend(fields_needed(mapping, Side::BusinessCentral, schema));
    names.extend(mapping.table_filter.conditions.iter().map(|condition| condition.field.as_str()));
    names.into_iter().map(str::to_owned).collect()
}

fn read_only(mappings: &[IntegrationTableMapping]) -> Vec<(u32, &'static str, &'static [&'static str])> {
    let mut tables = Vec::new();
    if mappings.iter().any(|mapping| mapping.post_filter == Some(PostFilter::ContactBusinessRelation)) {
        let related = [CONTACT_BUSINESS_RELATIONS, MARKETING_SETUP];
        tables.extend(related.map(|related| (related.number, related.name, related.fields)));
        // Runs ask which customer or vendor it is (S6.21).
        tables.push((CONTACT_BUSINESS_RELATIONS.number, CONTACT_BUSINESS_RELATIONS.name, &["No."]));
    }
    if mappings.iter().any(|mapping| mapping.table.number == CURRENCY) {
        tables.extend(CURRENCY_TABLES);
    }
    tables
}

/// Adds a field once, as the schema spells it. System fields are on every page anyway.
fn add(fields: &mut Vec<String>, schema: Option<&TableSchema>, name: &str) {
    let name = schema.and_then(|schema| schema.field(name)).map_or(name, |field| field.name.as_str());
    let is_known = fields.iter().any(|field| field.eq_ignore_ascii_case(name));
    if !is_known && !name.is_empty() && !name.to_ascii_lowercase().starts_with("system") {
        fields.push(name.to_owned());
    }
}
