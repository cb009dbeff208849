//! Alternate keys of tables: listing, adding and removing them (B36).

use std::sync::Arc;

use rustc_hash::FxHashSet;
use serde::Deserialize;
use serde_json::{Value, json};

use super::values::metadata_id;
use super::{MALFORMED_QUERY, Refusal, find_table, not_covered, parenthesized, refuse};
use crate::dataverse::body::malformed;
use crate::dataverse::errors::INVALID_ARGUMENT;
use crate::dataverse::key_index;
use crate::schema::dataverse::{AlternateKey, DvTable, TableInfo};
use crate::wire::{Request, Response};
use crate::world::World;

/// B36: no more keys in a table, and no more columns in a key.
const MOST_KEYS: usize = 10;
const MOST_COLUMNS: usize = 16;

/// The keys of a table as the metadata service writes them.
pub(super) fn values(info: &TableInfo) -> Vec<Value> {
    let keys = info.keys.iter();
    keys.map(|key| {
        json!({
            "MetadataId": metadata_id(&info.logical_name, &key.name).to_string(),
            "SchemaName": key.name,
            "LogicalName": key.name.to_lowercase(),
            "EntityLogicalName": info.logical_name,
            "KeyAttributes": key.columns,
            "EntityKeyIndexStatus": if key.failed { "Failed" } else { "Active" },
            "IsManaged": false,
        })
    })
    .collect()
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NewKey {
    schema_name: String,
    key_attributes: Vec<String>,
}

/// POST on `EntityDefinitions(…)/Keys`, DELETE on one of them; no other metadata can be changed.
pub(crate) fn change(
    world: &mut World,
    root: &str,
    request: &Request<'_>,
    segments: &[&str],
) -> Result<Response, Refusal> {
    let first = segments.first().copied().unwrap_or_default();
    let key = first.strip_prefix("EntityDefinitions").and_then(parenthesized);
    let (Some(key), Some(list), 2) = (key, segments.get(1), segments.len()) else {
        return Err(not_covered("B31 (changing metadata)"));
    };
    let schema = Arc::clone(&world.schema);
    let table = find_table(&schema.dv, key)?;
    let named = list.strip_prefix("Keys").and_then(parenthesized);
    match (request.method, *list, named) {
        ("POST", "Keys", _) => {
            let new: NewKey =
                serde_json::from_slice(request.body).map_err(|error| malformed(&error.to_string()))?;
            check(table, &new)?;
            let failed = has_duplicates(world, table, &new.key_attributes);
            let id = metadata_id(&table.info.logical_name, &new.schema_name);
            let added = AlternateKey { name: new.schema_name, columns: new.key_attributes, failed };
            edit(world, &table.info.logical_name, |keys| keys.push(added));
            let address =
                format!("{root}/EntityDefinitions({})/Keys({id})", metadata_id(&table.info.logical_name, ""));
            Ok(Response::empty(204).header("OData-Version", "4.0").header("OData-EntityId", address))
        }
        ("DELETE", _, Some(named)) => {
            let name = named.strip_prefix("LogicalName=").unwrap_or(named).trim_matches('\'');
            let is = |key: &AlternateKey| {
                let id = metadata_id(&table.info.logical_name, &key.name).to_string();
                key.name.to_lowercase() == name || id == name
            };
            if !table.info.keys.iter().any(is) {
                let message = format!("Could not find a key with specified name or id: {name}");
                return Err(refuse(404, MALFORMED_QUERY, &message));
            }
            edit(world, &table.info.logical_name, |keys| keys.retain(|key| !is(key)));
            Ok(Response::empty(204).header("OData-Version", "4.0"))
        }
        _ => Err(not_covered("B31 (changing metadata)")),
    }
}

fn check(table: &DvTable, new: &NewKey) -> Result<(), Refusal> {
    let wrong = |message: &str| Err(refuse(400, INVALID_ARGUMENT, message));
    if table.info.keys.len() >= MOST_KEYS {
        return wrong("The table has the maximum of 10 keys.");
    }
    if table.info.keys.iter().any(|key| key.name == new.schema_name) {
        return wrong("A key with this name exists.");
    }
    if new.key_attributes.is_empty() || new.key_attributes.len() > MOST_COLUMNS {
        return wrong("A key has 1 to 16 columns.");
    }
    let known = |name: &String| {
        table.info.attributes.iter().any(|it| {
            let types = ["String", "Integer", "Decimal", "DateTime", "Lookup", "Picklist"];
            it.name == *name && !it.companion && types.contains(&it.attribute_type.as_str())
        })
    };
    if new.key_attributes.iter().all(known) { Ok(()) } else { wrong("A column cannot be part of a key.") }
}

/// Whether two rows have the same values in all columns of a key, none of them blank.
fn has_duplicates(world: &World, table: &DvTable, columns: &[String]) -> bool {
    let Some(rows) = world.table(table.set.table) else { return false };
    let key_columns = table.key_columns(columns);
    let mut seen = FxHashSet::default();
    rows.rows_from(0).any(|row| {
        key_index::values_of(world, table, row, &key_columns).is_some_and(|values| !seen.insert(values))
    })
}

fn edit(world: &mut World, table: &str, change: impl FnOnce(&mut Vec<AlternateKey>)) {
    let schema = Arc::make_mut(&mut world.schema);
    let dv = Arc::make_mut(&mut schema.dv);
    if let Some(table) = dv.tables.iter_mut().find(|it| it.info.logical_name == table) {
        change(&mut table.info.keys);
    }
    dv.version += 1;
}
