//! The part of a snapshot that is no row: options of choices and alternate keys of Dataverse that were changed.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Difference, SnapshotError};
use crate::sandbox::SandboxOptions;
use crate::schema::dataverse::{AlternateKey, DataverseSchema};
use crate::wire::System;
use crate::world::World;

/// An option: its value and its English and French labels.
type ChoiceOption = (i32, String, String);

/// What differs from the built-in metadata of one table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct TableMetadata {
    table: String,
    /// All keys of the table, where they differ.
    keys: Option<Vec<AlternateKey>>,
    /// All options of a column, where they differ.
    options: BTreeMap<String, Vec<ChoiceOption>>,
}

fn built_in(world: &World, options: &SandboxOptions) -> DataverseSchema {
    DataverseSchema::load(world.schema.bc.tables.len(), &options.custom_tables)
}

/// What differs from the built-in metadata.
pub(super) fn save(world: &World, options: &SandboxOptions) -> Vec<TableMetadata> {
    let dv = &world.schema.dv;
    if dv.version == 0 {
        return Vec::new();
    }
    let first = built_in(world, options);
    let tables = first.tables.iter().zip(&dv.tables).filter_map(|(first, now)| {
        let columns = first.info.attributes.iter().zip(&now.info.attributes);
        let changed = columns.filter(|(first, now)| first.options != now.options);
        let found = TableMetadata {
            table: now.info.logical_name.clone(),
            keys: (first.info.keys != now.info.keys).then(|| now.info.keys.clone()),
            options: changed.map(|(_, now)| (now.name.clone(), now.options.clone())).collect(),
        };
        (found.keys.is_some() || !found.options.is_empty()).then_some(found)
    });
    tables.collect()
}

/// The metadata that was saved; none when it is that of now.
///
/// # Errors
///
/// When it names a table or a column that does not exist.
pub(super) fn load(
    saved: &[TableMetadata],
    world: &World,
    options: &SandboxOptions,
) -> Result<Option<DataverseSchema>, SnapshotError> {
    if save(world, options) == saved {
        return Ok(None);
    }
    let unknown = |name: &String| SnapshotError::UnknownPart { name: name.clone() };
    let mut dv = built_in(world, options);
    for it in saved {
        let at = dv.tables.iter().position(|table| table.info.logical_name == it.table);
        let at = at.ok_or_else(|| unknown(&it.table))?;
        for (name, options) in &it.options {
            let column = dv.tables.get(at).and_then(|table| table.info.column(name));
            let column = column.ok_or_else(|| unknown(name))?;
            dv.change_options((at, column), |now| now.clone_from(options));
        }
        if let (Some(table), Some(keys)) = (dv.tables.get_mut(at), &it.keys) {
            table.info.keys.clone_from(keys);
        }
    }
    // Metadata that was read before is not that of now (B37).
    dv.version = world.schema.dv.version + 1;
    Ok(Some(dv))
}

/// Puts loaded metadata in the place of the old.
pub(super) fn replace(world: &mut World, dv: DataverseSchema) {
    Arc::make_mut(&mut world.schema).dv = Arc::new(dv);
}

/// Where the metadata of two states differs.
pub(super) fn differences(first: &[TableMetadata], second: &[TableMetadata]) -> Vec<Difference> {
    let mut names: Vec<&str> = first.iter().chain(second).map(|it| it.table.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let none = TableMetadata::default();
    let mut found = Vec::new();
    for name in names {
        let of = |list: &'_ [TableMetadata]| list.iter().find(|it| it.table == name).cloned();
        let (a, b) = (of(first).unwrap_or_else(|| none.clone()), of(second).unwrap_or_else(|| none.clone()));
        let mut columns: Vec<&String> = a.options.keys().chain(b.options.keys()).collect();
        columns.sort_unstable();
        columns.dedup();
        let text = |options: Option<&Vec<ChoiceOption>>| {
            options.map(|it| {
                it.iter().map(|(value, label, _)| format!("{value} {label}")).collect::<Vec<_>>().join(", ")
            })
        };
        let keys = |it: &TableMetadata| {
            it.keys.as_ref().map(|it| it.iter().map(|key| key.name.clone()).collect::<Vec<_>>().join(", "))
        };
        let cases =
            columns.into_iter().map(|it| (it.as_str(), text(a.options.get(it)), text(b.options.get(it))));
        for (column, first, second) in cases.chain([("keys", keys(&a), keys(&b))]) {
            if first != second {
                found.push(Difference {
                    system: System::Dataverse,
                    table: name.to_owned(),
                    id: "metadata".to_owned(),
                    column: Some(column.to_owned()),
                    first,
                    second,
                });
            }
        }
    }
    found
}
