//! Associations (B44): rows into and out of collections, and lookups, by their `$ref`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::body::{malformed, writable_lookup};
use super::write::{bury, point, store, touch};
use super::{Refusal, Target, address, name_and_key, refuse, security, unknown_property};
use crate::odata::filter::{Collection, intersect_rows};
use crate::schema::dataverse::{Association, DvTable};
use crate::schema::privileges::Access;
use crate::store::{Guid, Reference};
use crate::wire::{Response, query_pairs};
use crate::world::World;

#[derive(Deserialize)]
struct Link {
    #[serde(rename = "@odata.id")]
    id: String,
}

/// A relationship of a row, owned so that the world can change.
enum Found {
    Lookup { table: String, attribute: String, target: u32 },
    Pairs { association: Association, side: usize },
}

/// POST, PUT and DELETE on `…/{navigation}/$ref`.
pub(super) fn answer(
    world: &mut World,
    target: &Target<'_>,
    row: u32,
    navigation: &str,
) -> Result<Response, Refusal> {
    let (name, key) = name_and_key(navigation);
    let link = || -> Result<String, Refusal> {
        let link: Link =
            serde_json::from_slice(target.request.body).map_err(|error| malformed(&error.to_string()))?;
        Ok(link.id)
    };
    let single = target.table.set.navigation(name).is_some();
    match (target.request.method, single) {
        ("PUT", true) => point(world, target, row, name, Some(&link()?))?,
        ("DELETE", true) => point(world, target, row, name, None)?,
        ("POST", false) => add(world, target, row, name, &link()?)?,
        ("DELETE", false) => {
            let pairs: BTreeMap<String, String> = query_pairs(target.request.query).into_iter().collect();
            let other = match (key, pairs.get("$id")) {
                (Some(key), _) => format!("{}({key})", other_set(world, target, name)?),
                (None, Some(address)) => address.clone(),
                (None, None) => return Err(malformed("The address of the record to remove is missing.")),
            };
            remove(world, target, row, name, &other)?;
        }
        (method, _) => return Err(super::not_allowed(method)),
    }
    Ok(Response::empty(204).header("OData-Version", "4.0"))
}

fn other_set(world: &World, target: &Target<'_>, name: &str) -> Result<String, Refusal> {
    let unknown = || unknown_property(name, &target.table.set.entity_type);
    let collection = Collection::find(world, target.table, name).ok_or_else(unknown)?;
    let table = world.schema.dv.by_logical_name(collection.table_name()).ok_or_else(unknown)?;
    Ok(table.info.entity_set.clone())
}

fn find(world: &World, target: &Target<'_>, name: &str) -> Result<Found, Refusal> {
    match Collection::find(world, target.table, name) {
        Some(Collection::Referencing(it)) => Ok(Found::Lookup {
            table: it.referencing.clone(),
            attribute: it.attribute.clone(),
            target: it.target,
        }),
        Some(Collection::Paired(it, side)) => Ok(Found::Pairs { association: it.clone(), side }),
        None => Err(unknown_property(name, &target.table.set.entity_type)),
    }
}

/// Both rows are appended to each other; the privileges of a role are changed by actions of its own.
fn check(world: &World, target: &Target<'_>, other: &DvTable, found: &Found) -> Result<(), Refusal> {
    if let Found::Pairs { association, .. } = found
        && association.intersect == "roleprivileges"
    {
        let message = "The privileges of a role are changed with AddPrivilegesRole and RemovePrivilegeRole.";
        return Err(refuse(405, "0x80040800", message));
    }
    security::require(world, target, other, Access::Append)?;
    security::require(world, target, target.table, Access::AppendTo)
}

/// Puts a row into a collection of another one.
pub(super) fn add(
    world: &mut World,
    target: &Target<'_>,
    row: u32,
    name: &str,
    other: &str,
) -> Result<(), Refusal> {
    let found = find(world, target, name)?;
    let (table, there) = related(world, target, other, &found)?;
    check(world, target, &table, &found)?;
    match found {
        Found::Lookup { attribute, target: position, .. } => set_lookup(
            world,
            target,
            &table,
            there,
            &attribute,
            Reference { target: position, row }.to_cell(),
        ),
        Found::Pairs { association, side } => {
            let pair = if side == 0 { (row, there) } else { (there, row) };
            if intersect_rows(world, &association).iter().any(|(_, a, b)| (*a, *b) == pair) {
                return Err(refuse(412, "0x80040237", "Cannot insert duplicate key."));
            }
            let moment = target.call.now_ms.div_euclid(1_000) * 1_000;
            insert_pair(world, &association, pair, moment);
            Ok(())
        }
    }
}

/// Takes a row out of a collection of another one.
fn remove(world: &mut World, target: &Target<'_>, row: u32, name: &str, other: &str) -> Result<(), Refusal> {
    let found = find(world, target, name)?;
    let (table, there) = related(world, target, other, &found)?;
    check(world, target, &table, &found)?;
    match found {
        Found::Lookup { attribute, target: position, .. } => {
            let expected = Reference { target: position, row }.to_cell();
            let column = table.info.column(&attribute).unwrap_or(usize::MAX);
            let points_here =
                world.table(table.set.table).is_some_and(|it| it.cell(there, column) == expected);
            // Removing what is not there changes nothing.
            if points_here { set_lookup(world, target, &table, there, &attribute, 0) } else { Ok(()) }
        }
        Found::Pairs { association, side } => {
            let pair = if side == 0 { (row, there) } else { (there, row) };
            let rows = intersect_rows(world, &association);
            let schema = std::sync::Arc::clone(&world.schema);
            let Some(table) = schema.dv.by_logical_name(&association.intersect) else { return Ok(()) };
            for (intersect, ..) in rows.into_iter().filter(|(_, a, b)| (*a, *b) == pair) {
                bury(world, &Target { table, ..*target }, intersect);
            }
            Ok(())
        }
    }
}

/// The other row, which must be of the relationship's other table.
fn related(
    world: &World,
    target: &Target<'_>,
    other: &str,
    found: &Found,
) -> Result<(DvTable, u32), Refusal> {
    let (table, row) = address::row_at(world, target, other)?;
    let expected = match found {
        Found::Lookup { table, .. } => table,
        Found::Pairs { association, side } => {
            association.sides.get(1 - (*side).min(1)).map_or(&association.intersect, |(table, _)| table)
        }
    };
    if table.info.logical_name != *expected {
        return Err(malformed(&format!("A record of '{expected}' was expected, not '{other}'.")));
    }
    Ok((table.clone(), row))
}

fn set_lookup(
    world: &mut World,
    target: &Target<'_>,
    table: &DvTable,
    row: u32,
    attribute: &str,
    cell: u32,
) -> Result<(), Refusal> {
    let there = Target { table, ..*target };
    let property = table.set.properties.iter().find(|it| it.column_name == attribute);
    let navigation = property.and_then(|it| it.navigation.first()).map_or(attribute, String::as_str);
    let (_, column) = writable_lookup(&table.set, navigation)?;
    let changes = super::body::Changes {
        cells: vec![(column, super::body::NewCell::Number(cell))],
        ..super::body::Changes::default()
    };
    touch(world, &there, row);
    store(world, &there, row, &changes);
    Ok(())
}

/// Adds a pair to a relationship, those of its first side first; answers the row of the intersect table.
pub(crate) fn insert_pair(
    world: &mut World,
    association: &Association,
    pair: (u32, u32),
    moment: i64,
) -> Option<u32> {
    let schema = std::sync::Arc::clone(&world.schema);
    let table = schema.dv.by_logical_name(&association.intersect)?;
    let version = world.next_version();
    let row = world.tables.get_mut(table.set.table)?.insert(None, moment, moment, version);
    for ((side, column), there) in association.sides.iter().zip([pair.0, pair.1]) {
        let id = schema.dv.by_logical_name(side).and_then(|it| world.table(it.set.table)?.id(there));
        let text = world.texts.intern(&id.unwrap_or(Guid::ZERO).to_string());
        let column = table.info.column(column).unwrap_or(usize::MAX);
        if let Some(rows) = world.tables.get_mut(table.set.table) {
            rows.set(row, column, text);
        }
    }
    Some(row)
}
