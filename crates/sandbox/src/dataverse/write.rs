//! Writing of Dataverse rows: create, update, upsert, delete, single properties (B38 to B45, S4).

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::errors::{INVALID_ARGUMENT, MALFORMED_PAYLOAD, Refusal, not_covered, refuse, unknown_row};
use super::read::{Target, etag, representation};
use crate::odata::filter::scaled;
use crate::schema::{EntitySet, Kind, Property, Source};
use crate::store::{Guid, NULL, Reference, format_millis, parse_millis};
use crate::wire::Response;
use crate::world::World;

type Body = BTreeMap<String, Box<RawValue>>;

/// What a body changes.
#[derive(Debug, Default)]
struct Changes {
    cells: Vec<(usize, NewCell)>,
    /// The primary key in the body.
    id: Option<Guid>,
}

#[derive(Debug, Clone, PartialEq)]
enum NewCell {
    Text(String),
    Number(u32),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    Create,
    Update,
}

/// POST, or a PATCH that found nothing (B38, B40).
pub(crate) fn create(
    world: &mut World,
    target: &Target<'_>,
    url_id: Option<Guid>,
) -> Result<Response, Refusal> {
    let set = &target.table.set;
    let body = read_body(target)?;
    let mut changes = read_changes(world, set, &body, Operation::Create)?;
    check_state(world, target, None, &mut changes)?;
    check_required(target, &changes)?;
    // B40: on create values of the body win over the key in the URL.
    let id = changes.id.or(url_id);
    let table = world.table(set.table);
    if let Some(id) = id.filter(|id| table.is_some_and(|table| table.find(*id).is_some())) {
        let message = format!("A record with matching key values already exists: {id}.");
        return Err(refuse(412, "0x80040237", &message));
    }
    let version = world.next_version();
    let now = target.call.now_ms.div_euclid(1_000) * 1_000;
    let row = world.tables.get_mut(set.table).map_or(0, |table| table.insert(id, now, now, version));
    defaults(world, target, row, &changes);
    store(world, target, row, &changes);
    finish(world, target, row, 201)
}

/// PATCH: update, or upsert without `If-Match` (B39 to B41).
pub(crate) fn patch(world: &mut World, target: &Target<'_>, id: Guid) -> Result<Response, Refusal> {
    let set = &target.table.set;
    let row = world.table(set.table).and_then(|table| table.find(id));
    let if_match = target.request.header("If-Match");
    let if_none_match = target.request.header("If-None-Match");
    let Some(row) = row else {
        return match if_match {
            Some(_) => Err(unknown_row(&target.table.info.logical_name, id)),
            None => create(world, target, Some(id)),
        };
    };
    if if_none_match == Some("*") {
        return Err(refuse(412, "0x80040237", "A record with matching key values already exists."));
    }
    check_tag(world, target, row)?;
    let body = read_body(target)?;
    let mut changes = read_changes(world, set, &body, Operation::Update)?;
    check_state(world, target, Some(row), &mut changes)?;
    touch(world, target, row);
    store(world, target, row, &changes);
    finish(world, target, row, 200)
}

/// DELETE on a row (B42).
pub(crate) fn delete(world: &mut World, target: &Target<'_>, row: u32) -> Result<Response, Refusal> {
    check_tag(world, target, row)?;
    world.next_version();
    if let Some(table) = world.tables.get_mut(target.table.set.table) {
        table.delete(row);
    }
    Ok(Response::empty(204).header("OData-Version", "4.0"))
}

/// PUT or DELETE of one property (B39).
pub(crate) fn property(
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
    check_state(world, target, Some(row), &mut changes)?;
    touch(world, target, row);
    store(world, target, row, &changes);
    Ok(Response::empty(204).header("OData-Version", "4.0"))
}

fn finish(world: &World, target: &Target<'_>, row: u32, status: u16) -> Result<Response, Refusal> {
    if target.request.preference("return").as_deref() == Some("representation") {
        return representation(world, target, row, status);
    }
    let id = world.table(target.table.set.table).and_then(|table| table.id(row)).unwrap_or(Guid::ZERO);
    Ok(Response::empty(204).header("OData-Version", "4.0").header("OData-EntityId", target.row_address(id)))
}

/// B41: another version than the caller's is a conflict.
fn check_tag(world: &World, target: &Target<'_>, row: u32) -> Result<(), Refusal> {
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

fn malformed(message: &str) -> Refusal {
    refuse(400, MALFORMED_PAYLOAD, &format!("Error identified in Payload provided by the user. {message}"))
}

fn read_body(target: &Target<'_>) -> Result<Body, Refusal> {
    serde_json::from_slice(target.request.body).map_err(|error| malformed(&error.to_string()))
}

fn read_changes(
    world: &World,
    set: &EntitySet,
    body: &Body,
    operation: Operation,
) -> Result<Changes, Refusal> {
    let mut changes = Changes::default();
    for (name, raw) in body {
        if let Some(navigation) = name.strip_suffix("@odata.bind") {
            let cell = bind(world, set, navigation, raw.get())?;
            changes.cells.push(cell);
        } else if name.contains('@') {
            // Annotations that came with a read are no changes.
        } else if let Some((_, property)) = set.find(name) {
            change(property, raw.get(), operation, &mut changes)?;
        } else if let Some((lookup, _)) = set.navigation(name) {
            let Source::Reference { column, .. } = lookup.source else { continue };
            if raw.get() != "null" {
                return Err(not_covered("B38 (deep insert)"));
            }
            changes.cells.push((column, NewCell::Number(0))); // B43
        } else {
            let message = format!(
                "The property '{name}' does not exist on type 'Microsoft.Dynamics.CRM.{}'.",
                set.entity_type
            );
            return Err(malformed(&message));
        }
    }
    Ok(changes)
}

/// B38, B43: `"primarycontactid@odata.bind": "/contacts(guid)"`, relative or absolute, or null.
fn bind(world: &World, set: &EntitySet, navigation: &str, raw: &str) -> Result<(usize, NewCell), Refusal> {
    let (lookup, target) = set.navigation(navigation).ok_or_else(|| {
        malformed(&format!(
            "An undeclared property '{navigation}' which only has property annotations was found."
        ))
    })?;
    let Source::Reference { column, only: None } = lookup.source else {
        return Err(malformed(&format!("The property '{navigation}' cannot be changed.")));
    };
    if raw == "null" {
        return Ok((column, NewCell::Number(0)));
    }
    let address: String =
        serde_json::from_str(raw).map_err(|_| malformed("A bind address must be a text."))?;
    let last = address.rsplit('/').next().unwrap_or_default();
    let parts =
        last.split_once('(').and_then(|(name, key)| Some((name, Guid::parse(key.strip_suffix(')')?)?)));
    let (name, id) = parts.ok_or_else(|| malformed(&format!("'{address}' is not the address of a row.")))?;
    let table = world.schema.dv.by_entity_set(name).ok_or_else(|| super::errors::unknown_segment(name))?;
    let wanted = |position: usize, logical: &String| {
        let same_navigation = lookup.navigation.get(position).map(String::as_str) == Some(navigation);
        *logical == table.info.logical_name && same_navigation
    };
    let position =
        lookup.targets.iter().enumerate().position(|(position, logical)| wanted(position, logical));
    let Some(position) = position.and_then(|it| u32::try_from(it).ok()) else {
        let expected =
            usize::try_from(target).ok().and_then(|at| lookup.targets.get(at)).cloned().unwrap_or_default();
        return Err(malformed(&format!("'{navigation}' points to '{expected}', not to '{name}'.")));
    };
    let row = world.table(table.set.table).and_then(|rows| rows.find(id));
    let row = row.ok_or_else(|| unknown_row(&table.info.logical_name, id))?;
    Ok((column, NewCell::Number(Reference { target: position, row }.to_cell())))
}

fn change(
    property: &Property,
    raw: &str,
    operation: Operation,
    changes: &mut Changes,
) -> Result<(), Refusal> {
    if matches!(property.source, Source::Id) {
        // B40: on update the key columns in the body are dropped.
        if operation == Operation::Create {
            let text: String = serde_json::from_str(raw).map_err(|_| wrong_type(property))?;
            changes.id = Some(Guid::parse(&text).ok_or_else(|| wrong_type(property))?);
        }
        return Ok(());
    }
    let Source::Column(column) = property.source else {
        if property.kind == Kind::Lookup {
            if raw == "null"
                && let Source::Reference { column, only: None } = property.source
            {
                changes.cells.push((column, NewCell::Number(0)));
                return Ok(());
            }
            let message = format!(
                "CRM do not support direct update of Entity Reference properties, use '{}@odata.bind'.",
                property.column_name
            );
            return Err(malformed(&message));
        }
        // Stamps and version are the server's, whatever is sent.
        return Ok(());
    };
    if property.read_only {
        return Ok(());
    }
    if property.create_only && operation == Operation::Update {
        let message = format!("The property '{}' cannot be changed.", property.name);
        return Err(refuse(400, INVALID_ARGUMENT, &message));
    }
    if raw == "null" {
        if property.required {
            let message = format!("Attribute {} cannot be set to NULL", property.name);
            return Err(refuse(400, INVALID_ARGUMENT, &message)); // B39, S4
        }
        changes.cells.push((column, null_cell(property)));
        return Ok(());
    }
    changes.cells.push((column, column_value(property, raw)?));
    Ok(())
}

fn null_cell(property: &Property) -> NewCell {
    match property.kind {
        Kind::Boolean | Kind::Int | Kind::Choice => NewCell::Number(NULL),
        _ => NewCell::Text(String::new()),
    }
}

fn wrong_type(property: &Property) -> Refusal {
    malformed(&format!("Cannot convert the literal to the expected type of '{}'.", property.name))
}

fn column_value(property: &Property, raw: &str) -> Result<NewCell, Refusal> {
    let text = || serde_json::from_str::<String>(raw).map_err(|_| wrong_type(property));
    match property.kind {
        Kind::Boolean => match raw {
            "true" => Ok(NewCell::Number(1)),
            "false" => Ok(NewCell::Number(0)),
            _ => Err(wrong_type(property)),
        },
        Kind::BigInt => {
            let number: i64 = raw.parse().map_err(|_| wrong_type(property))?;
            Ok(NewCell::Text(number.to_string()))
        }
        Kind::Int | Kind::Choice => {
            let number: i32 = raw.parse().map_err(|_| wrong_type(property))?;
            let known = property.members.is_empty() || property.member(i64::from(number)).is_some();
            if property.kind == Kind::Choice && !known {
                let message =
                    format!("The value {number} of '{}' is outside the valid range.", property.name);
                return Err(refuse(400, INVALID_ARGUMENT, &message));
            }
            Ok(NewCell::Number(number.cast_unsigned()))
        }
        Kind::Decimal => {
            scaled(raw).ok_or_else(|| wrong_type(property))?;
            Ok(NewCell::Text(raw.to_owned()))
        }
        Kind::Date => {
            let text = text()?;
            parse_millis(&text).filter(|_| text.len() == 10).ok_or_else(|| wrong_type(property))?;
            Ok(NewCell::Text(text))
        }
        Kind::DateTime => {
            let millis = parse_millis(&text()?).ok_or_else(|| wrong_type(property))?;
            Ok(NewCell::Text(format_millis(millis)))
        }
        Kind::Guid => {
            Guid::parse(&text()?).map(|id| NewCell::Text(id.to_string())).ok_or_else(|| wrong_type(property))
        }
        Kind::Text => {
            let text = text()?;
            let length = text.encode_utf16().count();
            match property.max_length.filter(|max| length > *max) {
                Some(max) => {
                    let message = format!(
                        "A validation error occurred. The length of the '{}' attribute exceeded the maximum allowed \
                         length of '{max}'.",
                        property.name
                    );
                    Err(refuse(400, "0x80044331", &message)) // B55
                }
                None => Ok(NewCell::Text(text)),
            }
        }
        Kind::Lookup => Err(wrong_type(property)),
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
    let given = |column: usize| {
        changes.cells.iter().find(|(at, _)| *at == column).and_then(|(_, cell)| match cell {
            NewCell::Number(number) => Some(*number),
            NewCell::Text(_) => None,
        })
    };
    let current =
        row.map_or(0, |row| world.table(target.table.set.table).map_or(0, |it| it.cell(row, state)));
    let (new_state, new_status) = match (given(state), given(status)) {
        (None, None) if row.is_some() => return Ok(()),
        (None, None) => (0, 1),
        (Some(state), None) => (state, state.wrapping_add(1)),
        (None, Some(status)) => (current, status),
        (Some(state), Some(status)) => (state, status),
    };
    // In all tables served, status 1 belongs to state 0 and status 2 to state 1.
    if new_status != new_state.wrapping_add(1) {
        let message = format!(
            "{new_status} is not a valid status code for state code {new_state} on {}.",
            info.logical_name
        );
        return Err(refuse(400, "0x80048408", &message));
    }
    changes.cells.retain(|(at, _)| *at != state && *at != status);
    changes.cells.extend([(state, NewCell::Number(new_state)), (status, NewCell::Number(new_status))]);
    Ok(())
}

/// A row cannot be made without what the platform itself requires.
fn check_required(target: &Target<'_>, changes: &Changes) -> Result<(), Refusal> {
    let info = &target.table.info;
    for (column, attribute) in info.attributes.iter().enumerate() {
        let required =
            attribute.required.as_deref() == Some("SystemRequired") && attribute.name != info.primary_id;
        if required && !changes.cells.iter().any(|(at, _)| *at == column) {
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

/// S4: the owner defaults to the caller; stamps and business unit are filled.
fn defaults(world: &mut World, target: &Target<'_>, row: u32, changes: &Changes) {
    let caller = Reference { target: 0, row: world.caller }.to_cell();
    let unit = Reference { target: 0, row: 0 }.to_cell();
    let values =
        [("ownerid", caller), ("createdby", caller), ("modifiedby", caller), ("owningbusinessunit", unit)];
    for (name, cell) in values {
        let given = |column| changes.cells.iter().any(|(at, _)| *at == column);
        if let Some(column) = target.table.info.column(name).filter(|column| !given(*column))
            && let Some(table) = world.tables.get_mut(target.table.set.table)
        {
            table.set(row, column, cell);
        }
    }
}

fn touch(world: &mut World, target: &Target<'_>, row: u32) {
    let version = world.next_version();
    let caller = Reference { target: 0, row: world.caller }.to_cell();
    let now = target.call.now_ms.div_euclid(1_000) * 1_000;
    if let Some(table) = world.tables.get_mut(target.table.set.table) {
        table.touch(row, now, version);
        if let Some(column) = target.table.info.column("modifiedby") {
            table.set(row, column, caller);
        }
    }
}

fn store(world: &mut World, target: &Target<'_>, row: u32, changes: &Changes) {
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
