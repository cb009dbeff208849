//! Writing of Dataverse rows: create, update, upsert, delete, single properties (B38 to B43, B45, S4). Always
//! within a transaction, so that a refusal leaves nothing behind.

use super::address::{Key, missing_row};
use super::body::{Body, Changes, NewCell, Operation, change, malformed, read_body, read_changes, target_of};
use super::errors::INVALID_ARGUMENT;
use super::read::representation;
use super::rows::{etag, row_address};
use super::{Refusal, Target, address, associate, duplicates, key_index, refuse, rules, security};
use crate::odata::filter::{Collection, scaled};
use crate::schema::privileges::Access;
use crate::schema::{Kind, Property, Source};
use crate::store::{Guid, Reference};
use crate::wire::Response;
use crate::world::World;

/// What a row gets besides its body.
#[derive(Debug, Default)]
pub(super) struct Given {
    /// The id in the address of an upsert.
    pub(super) id: Option<Guid>,
    /// Cells that the address or the parent of a deep insert decides; the body wins over them (B40).
    pub(super) cells: Vec<(usize, NewCell)>,
}

/// POST on a set (B38).
pub(super) fn post(world: &mut World, target: &Target<'_>) -> Result<Response, Refusal> {
    let body = read_body(target)?;
    let row = create(world, target, &body, Given::default())?;
    finish(world, target, row, 201)
}

/// Makes a row with all that hangs on it.
pub(super) fn create(
    world: &mut World,
    target: &Target<'_>,
    body: &Body,
    given: Given,
) -> Result<u32, Refusal> {
    let info = &target.table.info;
    if info.intersect {
        // B30: changed through associations only.
        let message =
            format!("The 'Create' method does not support entities of type '{}'.", info.logical_name);
        return Err(refuse(405, "0x80040800", &message));
    }
    security::require(world, target, target.table, Access::Create)?;
    let mut changes = read_changes(world, target, body, Operation::Create)?;
    for (column, cell) in given.cells {
        if changes.get(column).is_none() {
            changes.cells.push((column, cell));
        }
    }
    for (navigation, nested) in std::mem::take(&mut changes.before) {
        let cell = create_before(world, target, &navigation, &nested)?;
        changes.cells.push(cell);
    }
    security::require_lookups(world, target, &changes)?;
    rules::before_create(world, target, &mut changes)?;
    check_state(world, target, None, &mut changes)?;
    check_required(target, &changes)?;
    let set = &target.table.set;
    // B40: on create values of the body win over the key in the URL.
    let id = changes.id.or(given.id);
    let table = world.table(set.table);
    if let Some(id) = id.filter(|id| table.is_some_and(|table| table.find(*id).is_some())) {
        let message = format!("A record with matching key values already exists: {id}.");
        return Err(refuse(412, "0x80040237", &message));
    }
    let version = world.next_version();
    let now = whole_second(target);
    let row = world.tables.get_mut(set.table).map_or(0, |table| table.insert(id, now, now, version));
    defaults(world, target, row, &changes);
    store(world, target, row, &changes);
    check_keys(world, target, row)?;
    duplicates::check(world, target, row, &changes)?;
    rules::after_create(world, target, row)?;
    create_after(world, target, row, changes)?;
    rules::after_change(world, target, row)?;
    Ok(row)
}

/// Deep insert of the row that a lookup will point to.
fn create_before(
    world: &mut World,
    target: &Target<'_>,
    navigation: &str,
    nested: &Body,
) -> Result<(usize, NewCell), Refusal> {
    let (lookup, column) = super::body::writable_lookup(&target.table.set, navigation)?;
    let other = lookup.targets.iter().zip(&lookup.navigation).find(|(_, name)| *name == navigation);
    let schema = std::sync::Arc::clone(&world.schema);
    let table = other.and_then(|(logical, _)| schema.dv.by_logical_name(logical));
    let table = table.ok_or_else(|| malformed(&format!("'{navigation}' leads to no table.")))?;
    let row = create(world, &Target { table, ..*target }, nested, Given::default())?;
    let position = target_of(lookup, navigation, &table.info.logical_name)?;
    Ok((column, NewCell::Number(Reference { target: position, row }.to_cell())))
}

/// Deep insert of the rows of collections, and binding of those that exist (B38).
fn create_after(world: &mut World, target: &Target<'_>, row: u32, changes: Changes) -> Result<(), Refusal> {
    let schema = std::sync::Arc::clone(&world.schema);
    for (navigation, bodies) in changes.after {
        let relationship = schema.dv.one_to_many(&target.table.info, &navigation);
        let name = relationship.map_or("", |it| it.referencing.as_str());
        let Some((relationship, table)) = relationship.zip(schema.dv.by_logical_name(name)) else {
            return Err(malformed(&format!("Records of '{navigation}' cannot be created with this one.")));
        };
        let column = table.info.column(&relationship.attribute).unwrap_or(usize::MAX);
        let reference = Reference { target: relationship.target, row }.to_cell();
        for body in &bodies {
            let given = Given { id: None, cells: vec![(column, NewCell::Number(reference))] };
            create(world, &Target { table, ..*target }, body, given)?;
        }
    }
    for (navigation, addresses) in changes.bind_after {
        if Collection::find(world, target.table, &navigation).is_none() {
            return Err(malformed(&format!("'{navigation}' is not a collection.")));
        }
        for address in addresses {
            associate::add(world, target, row, &navigation, &address)?;
        }
    }
    Ok(())
}

/// PATCH: update, or upsert without `If-Match` (B39 to B41).
pub(super) fn patch(world: &mut World, target: &Target<'_>, key: &str) -> Result<Response, Refusal> {
    let key = Key::read(target.table, key)?;
    let row = key.find(world, target)?;
    let body = read_body(target)?;
    let Some(row) = row else {
        if target.request.header("If-Match").is_some() {
            return Err(missing_row(target, &key));
        }
        let row = create(world, target, &body, given_by(&key)?)?;
        return finish(world, target, row, 201);
    };
    if target.request.header("If-None-Match") == Some("*") {
        return Err(refuse(412, "0x80040237", "A record with matching key values already exists."));
    }
    check_tag(world, target, row)?;
    update(world, target, row, &without_key(body, &key))?;
    finish(world, target, row, 200)
}

/// What the key in an address gives to a row that an upsert creates.
pub(super) fn given_by(key: &Key<'_>) -> Result<Given, Refusal> {
    match key {
        Key::Id(id) => Ok(Given { id: Some(*id), cells: Vec::new() }),
        Key::Alternate(named) => {
            let mut given = Changes::default();
            for (property, value) in named {
                if property.kind == Kind::Lookup {
                    return Err(malformed("A lookup of the key must be bound in the body of a new record."));
                }
                let quoted = matches!(property.kind, Kind::Text | Kind::Guid | Kind::DateTime | Kind::Date);
                let raw = if quoted { crate::odata::json::quoted(value) } else { value.clone() };
                change(property, &raw, Operation::Create, &mut given)?;
            }
            Ok(Given { id: None, cells: given.cells })
        }
    }
}

/// B40: on update the key columns in the body are dropped.
pub(super) fn without_key(mut body: Body, key: &Key<'_>) -> Body {
    if let Key::Alternate(named) = key {
        for (property, _) in named {
            body.remove(&property.name);
        }
    }
    body
}

/// Changes a row.
pub(super) fn update(world: &mut World, target: &Target<'_>, row: u32, body: &Body) -> Result<(), Refusal> {
    let mut changes = read_changes(world, target, body, Operation::Update)?;
    apply_changes(world, target, row, &mut changes)?;
    create_after(world, target, row, changes)
}

/// Changes a row, with the rules of its table.
pub(super) fn apply_changes(
    world: &mut World,
    target: &Target<'_>,
    row: u32,
    changes: &mut Changes,
) -> Result<(), Refusal> {
    security::require(world, target, target.table, Access::Write)?;
    security::require_lookups(world, target, changes)?;
    check_state(world, target, Some(row), changes)?;
    rules::before_update(world, target, row, changes)?;
    touch(world, target, row);
    store(world, target, row, changes);
    check_keys(world, target, row)?;
    duplicates::check(world, target, row, changes)?;
    rules::after_change(world, target, row)
}

/// DELETE on a row (B42).
pub(super) fn delete(world: &mut World, target: &Target<'_>, row: u32) -> Result<Response, Refusal> {
    check_tag(world, target, row)?;
    if target.table.info.intersect {
        let name = &target.table.info.logical_name;
        let message = format!("The 'Delete' method does not support entities of type '{name}'.");
        return Err(refuse(405, "0x80040800", &message));
    }
    remove(world, target, row)?;
    Ok(Response::empty(204).header("OData-Version", "4.0"))
}

/// Deletes a row and what belongs to it.
pub(super) fn remove(world: &mut World, target: &Target<'_>, row: u32) -> Result<(), Refusal> {
    security::require(world, target, target.table, Access::Delete)?;
    rules::before_delete(world, target, row)?;
    bury(world, target, row);
    rules::after_delete(world, target, row)
}

/// Deletes one row and nothing else; its version says when (B50).
pub(super) fn bury(world: &mut World, target: &Target<'_>, row: u32) {
    let version = world.next_version();
    let now = whole_second(target);
    if let Some(table) = world.tables.get_mut(target.table.set.table) {
        table.touch(row, now, version);
        table.delete(row);
    }
}

/// PUT or DELETE of one property (B39).
pub(super) fn property(
    world: &mut World,
    target: &Target<'_>,
    row: u32,
    property: &Property,
) -> Result<Response, Refusal> {
    check_tag(world, target, row)?;
    let body = if target.request.method == "PUT" { read_body(target)? } else { Body::new() };
    let raw = match (target.request.method, body.get("value")) {
        ("PUT", None) => return Err(malformed("The property 'value' is missing.")),
        ("PUT", Some(raw)) => raw.get(),
        _ => "null",
    };
    let mut changes = Changes::default();
    change(property, raw, Operation::Update, &mut changes)?;
    apply_changes(world, target, row, &mut changes)?;
    Ok(Response::empty(204).header("OData-Version", "4.0"))
}

/// The answer to a row that was written (B6, B38 to B40).
pub(super) fn finish(world: &World, target: &Target<'_>, row: u32, status: u16) -> Result<Response, Refusal> {
    if target.request.preference("return").as_deref() == Some("representation") {
        return representation(world, target, row, status);
    }
    let id = world.table(target.table.set.table).and_then(|table| table.id(row)).unwrap_or(Guid::ZERO);
    let address = row_address(target.root, target.table, id);
    Ok(Response::empty(204).header("OData-Version", "4.0").header("OData-EntityId", address))
}

/// B41: another version than the caller's is a conflict.
pub(super) fn check_tag(world: &World, target: &Target<'_>, row: u32) -> Result<(), Refusal> {
    match target.request.header("If-Match") {
        None | Some("*") => Ok(()),
        Some(tag) if tag == etag(world, target.table.set.table, row) => Ok(()),
        Some(_) => {
            let message =
                "The version of the existing record doesn't match the RowVersion property provided.";
            Err(refuse(412, "0x80060882", message))
        }
    }
}

/// B45: state and status reason must belong together; one alone brings the other along where it can.
fn check_state(
    world: &World,
    target: &Target<'_>,
    row: Option<u32>,
    changes: &mut Changes,
) -> Result<(), Refusal> {
    let info = &target.table.info;
    let (Some(state), Some(status)) = (info.column("statecode"), info.column("statuscode")) else {
        return Ok(());
    };
    let pairs = info.state_pairs();
    let table = world.table(target.table.set.table);
    let cell = |column| row.and_then(|row| table.map(|it| it.cell(row, column).cast_signed()));
    let first = pairs.first().copied().unwrap_or((0, 1));
    let current = (cell(state).unwrap_or(first.0), cell(status).unwrap_or(first.1));
    let given = |column| changes.number(column).map(u32::cast_signed);
    let reason_of =
        |wanted: i32| pairs.iter().find(|(state, _)| *state == wanted).map_or(i32::MIN, |(_, it)| *it);
    let pair = match (given(state), given(status)) {
        (None, None) if row.is_some() => return Ok(()),
        (None, None) => first,
        (Some(state), None) if state == current.0 => (state, current.1),
        (Some(state), None) => (state, reason_of(state)),
        (None, Some(status)) => (current.0, status),
        (Some(state), Some(status)) => (state, status),
    };
    if !pairs.contains(&pair) {
        let message = format!(
            "{} is not a valid status code for state code {} on {}.",
            pair.1, pair.0, info.logical_name
        );
        return Err(refuse(400, "0x80048408", &message));
    }
    changes.put(state, NewCell::Number(pair.0.cast_unsigned()));
    changes.put(status, NewCell::Number(pair.1.cast_unsigned()));
    Ok(())
}

/// A row cannot be made without what the platform itself requires.
fn check_required(target: &Target<'_>, changes: &Changes) -> Result<(), Refusal> {
    let info = &target.table.info;
    for (column, attribute) in info.attributes.iter().enumerate() {
        let required =
            attribute.required.as_deref() == Some("SystemRequired") && attribute.name != info.primary_id;
        let absent = match changes.get(column) {
            None => true,
            Some(NewCell::Text(text)) => text.is_empty(),
            Some(NewCell::Number(number)) => attribute.kind() == Kind::Lookup && *number == 0,
        };
        if required && absent {
            let message = format!("Attribute {} cannot be set to NULL", attribute.name);
            return Err(refuse(400, INVALID_ARGUMENT, &message));
        }
    }
    let rate = info.column("exchangerate").filter(|_| info.logical_name == "transactioncurrency");
    let zero = |cell: &NewCell| matches!(cell, NewCell::Text(text) if scaled(text) == Some(0));
    if changes.cells.iter().any(|(at, cell)| Some(*at) == rate && zero(cell)) {
        return Err(refuse(400, INVALID_ARGUMENT, "The exchange rate must be greater than zero."));
    }
    Ok(())
}

/// B36: no two rows with the same values in the columns of an alternate key; rows without one of them are free.
fn check_keys(world: &World, target: &Target<'_>, row: u32) -> Result<(), Refusal> {
    let info = &target.table.info;
    for key in info.keys.iter().filter(|key| !key.failed) {
        let columns = target.table.key_columns(&key.columns);
        let Some(own) = key_index::values_of(world, target.table, row, &columns) else { continue };
        if key_index::find(world, target.table, &columns, &own, Some(row)).is_some() {
            let message = format!(
                "A record that has the attribute values {} already exists. The entity key {} requires that this \
                 set of attributes contains unique values.",
                key.columns.join(", "),
                key.name
            );
            return Err(refuse(412, "0x80060892", &message));
        }
    }
    Ok(())
}

/// S4: the owner defaults to the caller; stamps and business unit are filled.
fn defaults(world: &mut World, target: &Target<'_>, row: u32, changes: &Changes) {
    let user = |row: u32| Reference { target: 0, row }.to_cell();
    let mut values = vec![
        ("ownerid", user(target.caller)),
        ("createdby", user(target.caller)),
        ("modifiedby", user(target.caller)),
        ("owningbusinessunit", Reference { target: 0, row: 0 }.to_cell()),
    ];
    if let Some(delegate) = target.delegate {
        // B11
        values.extend([("createdonbehalfby", user(delegate)), ("modifiedonbehalfby", user(delegate))]);
    }
    for (name, cell) in values {
        if let Some(column) = target.table.info.column(name).filter(|column| changes.get(*column).is_none())
            && let Some(table) = world.tables.get_mut(target.table.set.table)
        {
            table.set(row, column, cell);
        }
    }
}

fn whole_second(target: &Target<'_>) -> i64 {
    target.call.now_ms.div_euclid(1_000) * 1_000
}

/// The stamps of a change.
pub(super) fn touch(world: &mut World, target: &Target<'_>, row: u32) {
    let version = world.next_version();
    let now = whole_second(target);
    let user = |row: Option<u32>| row.map_or(0, |row| Reference { target: 0, row }.to_cell());
    if let Some(table) = world.tables.get_mut(target.table.set.table) {
        table.touch(row, now, version);
        for (name, cell) in
            [("modifiedby", user(Some(target.caller))), ("modifiedonbehalfby", user(target.delegate))]
        {
            if let Some(column) = target.table.info.column(name) {
                table.set(row, column, cell);
            }
        }
    }
}

/// Puts what changes into its cells.
pub(super) fn store(world: &mut World, target: &Target<'_>, row: u32, changes: &Changes) {
    let position = target.table.set.table;
    for (column, cell) in &changes.cells {
        let cell = match cell {
            NewCell::Text(text) => world.texts.intern(text),
            NewCell::Number(number) => *number,
        };
        if let Some(table) = world.tables.get_mut(position) {
            table.set(row, *column, cell);
        }
    }
    // The full name is computed by the service.
    let info = &target.table.info;
    let parts = ["firstname", "middlename", "lastname"].map(|name| info.column(name));
    if let (Some(full), [Some(first), Some(middle), Some(last)]) = (info.column("fullname"), parts) {
        let names: Vec<&str> = [first, middle, last]
            .into_iter()
            .map(|column| world.texts.get(world.table(position).map_or(0, |table| table.cell(row, column))))
            .filter(|name| !name.is_empty())
            .collect();
        let name = names.join(" ");
        let name = world.texts.intern(&name);
        if let Some(table) = world.tables.get_mut(position) {
            table.set(row, full, name);
        }
    }
}

/// Points a lookup of a row somewhere, with the stamps of a change (B44).
pub(super) fn point(
    world: &mut World,
    target: &Target<'_>,
    row: u32,
    navigation: &str,
    address: Option<&str>,
) -> Result<(), Refusal> {
    let (lookup, column) = super::body::writable_lookup(&target.table.set, navigation)?;
    let cell = match address {
        None => 0,
        Some(address) => {
            let (table, there) = address::row_at(world, target, address)?;
            let position = target_of(lookup, navigation, &table.info.logical_name)?;
            Reference { target: position, row: there }.to_cell()
        }
    };
    let mut changes = Changes { cells: vec![(column, NewCell::Number(cell))], ..Changes::default() };
    debug_assert!(matches!(lookup.source, Source::Reference { .. }));
    apply_changes(world, target, row, &mut changes)
}
