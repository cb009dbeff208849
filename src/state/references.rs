//! What the fields of a mapping point to, from tables in memory: they are read when a mapping asks for them, and what
//! is taken from them is the engine's.

use couplet_engine::coupling::RowId;
use couplet_engine::planning::{Currencies, References, code_field, lookup_table, option_table, pointed};
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
    Some(references)
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
    let handle = Tables::expect().handle(key);
    if Connections::expect().is_ready(key.side()) {
        schema::ensure(handle);
    }
    if handle.access.with(|access| matches!(access, Load::Failed(_))) {
        return Read::Missing;
    }
    let Some(schema) = handle.schema() else { return Read::Waiting };
    let Some(field) = field(&schema).and_then(|name| schema.field(name)).filter(|it| it.property.is_some())
    else {
        return Read::Missing;
    };
    let fields = [schema.key_field.as_str(), field.name.as_str()];
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
