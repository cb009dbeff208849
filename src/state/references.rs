//! What the fields of a mapping point to, from tables in memory: they are read when a mapping asks for them, and what
//! is taken from them is the engine's.

use couplet_engine::coupling::RowId;
use couplet_engine::planning::{
    CompanyLink, Currencies, References, add_companies, code_field, lookup_table, option_table, pointed,
};
use couplet_engine::preview::CONTACT_BUSINESS_RELATIONS;
use couplet_engine::{IntegrationTableMapping, Side, TableSchema};
use couplet_filter::FieldValue;
use leptos::prelude::*;

use crate::queries::{read_table, schema};
use crate::state::configuration::ConfigurationStore;
use crate::state::connections::Connections;
use crate::state::load::Load;
use crate::state::previews::table_key;
use crate::state::synchronization::Synchronization;
use crate::state::tables::{Reading, TableHandle, TableKey, Tables};

/// Business Central table of contacts.
const CONTACT: u32 = 5050;
/// Dataverse table of currencies.
const CURRENCIES: &str = "transactioncurrency";

/// A table as far as it can be had.
enum Read {
    /// It is on its way.
    Waiting,
    /// There is none, or it cannot be read.
    Missing,
    /// All rows are here.
    Here(TableHandle),
}

/// What the fields of `mapping` point to; none while tables are on their way. A table that cannot be read is left out.
pub fn references(mapping: &IntegrationTableMapping, dataverse: &TableSchema) -> Option<References> {
    let mut references = References::default();
    let configuration = ConfigurationStore::expect().configuration;
    configuration.with(|configuration| {
        for target in pointed(configuration, mapping, dataverse) {
            let key = table_key(target.mapping, Side::BusinessCentral);
            let handle = match table(&key, |schema| code_field(schema).map(|field| field.name.as_str())) {
                Read::Waiting => return None,
                Read::Missing => continue,
                Read::Here(handle) => handle,
            };
            let schema = handle.schema()?;
            let kept = Synchronization::expect();
            if target.mapping.is_option_mapping() {
                let couplings = kept.option_couplings(&target.mapping.name);
                let table = couplings.with(|load| {
                    let couplings = load.ready()?;
                    Some(handle.rows.with(|rows| option_table(target.mapping, &schema, rows, couplings)))
                })?;
                references.options.push(table);
            } else {
                let state = kept.mapping(&target.mapping.name);
                let table = state.with(|load| {
                    let couplings = &load.ready()?.couplings;
                    Some(handle.rows.with(|rows| lookup_table(target.mapping, &schema, rows, couplings)))
                })?;
                references.lookups.push(table);
            }
        }
        Some(())
    })?;
    let points_to_currency = mapping
        .field_mappings
        .iter()
        .filter_map(|it| dataverse.field(it.column.as_deref()?))
        .any(|column| column.targets.iter().any(|target| target == CURRENCIES));
    if points_to_currency {
        references.currencies = currencies()?;
    }
    if mapping.table.number == CONTACT {
        add_companies_of_contacts(&mut references)?;
    }
    Some(references)
}

/// The customers and vendors of company contacts (S6.21, S6.22); none while tables are on their way.
fn add_companies_of_contacts(references: &mut References) -> Option<()> {
    let key = TableKey::BusinessCentral {
        name: CONTACT_BUSINESS_RELATIONS.name.to_owned(),
        number: CONTACT_BUSINESS_RELATIONS.number,
    };
    let mut fields = CONTACT_BUSINESS_RELATIONS.fields.to_vec();
    fields.push("No.");
    let relations = match table_with(&key, |_| Some(fields.clone())) {
        Read::Waiting => return None,
        Read::Missing => return Some(()),
        Read::Here(handle) => handle,
    };
    let configuration = ConfigurationStore::expect().configuration;
    configuration.with(|configuration| {
        for link in CompanyLink::ALL {
            let mut mappings = configuration.mappings.iter();
            let is_meant =
                |it: &&IntegrationTableMapping| it.table.number == link.table() && !it.is_option_mapping();
            let Some(mapping) = mappings.find(is_meant) else { continue };
            let key = table_key(mapping, Side::BusinessCentral);
            let partners = match table(&key, |schema| code_field(schema).map(|field| field.name.as_str())) {
                Read::Waiting => return None,
                Read::Missing => continue,
                Read::Here(handle) => handle,
            };
            let schema = partners.schema()?;
            Synchronization::expect().mapping(&mapping.name).with(|load| {
                let couplings = &load.ready()?.couplings;
                relations.rows.with(|relations| {
                    partners.rows.with(|partners| {
                        add_companies(references, relations, link, (&*schema, partners), couplings);
                    });
                });
                Some(())
            })?;
        }
        Some(())
    })
}

/// The local currency on both sides; none inside when it cannot be known.
fn currencies() -> Option<Option<Currencies>> {
    let setup = TableKey::BusinessCentral { name: "General Ledger Setup".to_owned(), number: 98 };
    let rows = TableKey::Dataverse { name: CURRENCIES.to_owned() };
    let (setup, rows) = match (table(&setup, |_| Some("LCY Code")), table(&rows, |_| Some("isocurrencycode")))
    {
        (Read::Waiting, _) | (_, Read::Waiting) => return None,
        (Read::Here(setup), Read::Here(rows)) => (setup, rows),
        _ => return Some(None),
    };
    let local_code = setup.rows.with(|setup| match setup.column("LCY Code").map(|column| column.get(0)) {
        Some(FieldValue::Text(code)) => Box::<str>::from(code),
        _ => Box::default(),
    });
    let key_field = rows.schema()?.key_field.clone();
    let local_row = rows.rows.with(|rows| {
        let (codes, keys) = (rows.column("isocurrencycode")?, rows.column(&key_field)?);
        let row = (0..rows.n_rows()).find(|row| codes.get(*row) == FieldValue::Text(&local_code))?;
        match keys.get(row) {
            FieldValue::Guid(id) => Some(RowId(id)),
            _ => None,
        }
    });
    Some(Some(Currencies { local_code, local_row, ..Currencies::default() }))
}

/// A table with its key and one field, which the schema may not have.
fn table(key: &TableKey, field: impl Fn(&TableSchema) -> Option<&str>) -> Read {
    table_with(key, |schema| field(schema).map(|name| vec![name]))
}

/// The same with several fields.
fn table_with(key: &TableKey, fields: impl Fn(&TableSchema) -> Option<Vec<&str>>) -> Read {
    let handle = Tables::expect().handle(key);
    if Connections::expect().is_ready(key.side()) {
        schema::ensure(handle);
    }
    if handle.access.with(|access| matches!(access, Load::Failed(_))) {
        return Read::Missing;
    }
    let Some(schema) = handle.schema() else { return Read::Waiting };
    let is_reached = |name: &&str| schema.field(name).is_some_and(|field| field.property.is_some());
    let Some(mut fields) = fields(&schema).filter(|fields| fields.iter().all(is_reached)) else {
        return Read::Missing;
    };
    fields.insert(0, &schema.key_field);
    read_table::ensure(handle, &fields);
    match handle.reading.get() {
        Reading::Failed(_) => Read::Missing,
        Reading::Done { .. } if holds(handle, &fields) => Read::Here(handle),
        _ => Read::Waiting,
    }
}

/// Whether the rows that are here have these columns: a reading with more of them may be about to begin.
pub fn holds(handle: TableHandle, fields: &[&str]) -> bool {
    handle.rows.with(|rows| fields.iter().all(|field| rows.column(field).is_some()))
}
