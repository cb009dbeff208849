//! Writing of Business Central's records: validation, number series, tags (A38 to A42, S3).

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::errors::{Refusal, refuse, unknown_member, unknown_property};
use super::read::{Target, etag, whole_record};
use crate::odata::filter::scaled;
use crate::odata::pattern::upper_code;
use crate::schema::{EntitySet, Kind, Property, Source};
use crate::store::{Guid, format_date, format_millis, parse_millis};
use crate::wire::Response;
use crate::world::World;

/// What a body changes.
#[derive(Debug, Default)]
struct Changes {
    /// Column and the text or number to store there.
    cells: Vec<(usize, NewCell)>,
    /// A SystemId chosen by the client (A30).
    id: Option<Guid>,
}

#[derive(Debug, Clone, PartialEq)]
enum NewCell {
    Text(String),
    Number(u32),
}

type Body = BTreeMap<String, Box<RawValue>>;

/// POST on a set: 201 with the whole record (A38).
pub(crate) fn insert(world: &mut World, target: &Target<'_>) -> Result<Response, Refusal> {
    if !target.set.rights.insert {
        return Err(not_allowed("insert"));
    }
    let body = read_body(target)?;
    let mut changes = read_changes(world, target.set, &body, Operation::Insert)?;
    check_required(target.set, &changes)?;
    number_series(world, target.set, &mut changes);
    check_unique(world, target.set, &changes)?;
    let version = world.next_version();
    let now = target.call.now_ms;
    let Some(table) = world.tables.get_mut(target.set.table) else { return Err(not_allowed("insert")) };
    if changes.id.is_some_and(|id| table.find(id).is_some()) {
        return Err(same_key());
    }
    let row = table.insert(changes.id, now, now, version);
    store(world, target, row, &changes);
    let mut response = whole_record(world, target, row, 201);
    if let Some(id) = world.table(target.set.table).and_then(|table| table.id(row)) {
        response = response.header("Location", format!("{}({id})", target.set.name));
    }
    Ok(response)
}

/// PATCH on a record: 200 with the whole record (A38).
pub(crate) fn update(world: &mut World, target: &Target<'_>, row: u32) -> Result<Response, Refusal> {
    if !target.set.rights.update {
        return Err(not_allowed("modify"));
    }
    check_tag(world, target, row)?;
    let body = read_body(target)?;
    let changes = read_changes(world, target.set, &body, Operation::Update)?;
    for (column, _) in required_columns(target.set) {
        if changes.cells.contains(&(column, NewCell::Text(String::new()))) {
            return Err(must_be_filled(target.set, column));
        }
    }
    let version = world.next_version();
    if let Some(table) = world.tables.get_mut(target.set.table) {
        table.touch(row, target.call.now_ms, version);
    }
    store(world, target, row, &changes);
    Ok(whole_record(world, target, row, 200))
}

/// DELETE on a record: 204 (A38).
pub(crate) fn delete(world: &mut World, target: &Target<'_>, row: u32) -> Result<Response, Refusal> {
    if !target.set.rights.delete {
        return Err(not_allowed("delete"));
    }
    check_tag(world, target, row)?;
    world.next_version();
    if let Some(table) = world.tables.get_mut(target.set.table) {
        table.delete(row);
    }
    Ok(Response::empty(204))
}

fn not_allowed(what: &str) -> Refusal {
    refuse(405, "BadRequest_MethodNotAllowed", &format!("Entity does not support {what}."))
}

fn same_key() -> Refusal {
    refuse(400, "Internal_EntityWithSameKeyExists", "The record already exists.")
}

/// A16, A42: the tag is required, and must be the current one or `*`.
fn check_tag(world: &World, target: &Target<'_>, row: u32) -> Result<(), Refusal> {
    let Some(tag) = target.request.header("If-Match") else {
        let message = "A valid If-Match header is required for this request.";
        return Err(refuse(400, "BadRequest_InvalidToken", message));
    };
    if tag == "*" || tag == etag(world, target.set.table, row) {
        return Ok(());
    }
    let message = "Another user has already changed the record.";
    Err(refuse(409, "Request_EntityChanged", message))
}

fn read_body(target: &Target<'_>) -> Result<Body, Refusal> {
    let media = target.request.header("Content-Type").unwrap_or_default();
    if !media.to_ascii_lowercase().starts_with("application/json") {
        let message = "The Content-Type of the request is not supported.";
        return Err(refuse(415, "BadRequest", message)); // A22
    }
    serde_json::from_slice(target.request.body)
        .map_err(|error| refuse(400, "BadRequest", &format!("Invalid JSON: {error}.")))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    Insert,
    Update,
}

fn read_changes(
    world: &World,
    set: &EntitySet,
    body: &Body,
    operation: Operation,
) -> Result<Changes, Refusal> {
    let mut changes = Changes::default();
    for (name, raw) in body.iter().filter(|(name, _)| !name.contains('@')) {
        let (_, property) = set.find(name).ok_or_else(|| unknown_property(name, &set.entity_type))?;
        let companion_id = matches!(property.source, Source::Id) && property.name == "systemId";
        if companion_id && operation == Operation::Insert {
            // A30: an API page of an extension stores the SystemId given on POST.
            let text = string(property, raw.get())?;
            changes.id = Some(Guid::parse(&text).ok_or_else(|| wrong_type(property))?);
            continue;
        }
        if property.read_only {
            let message = format!("Could not validate the request: control '{name}' is read-only.");
            return Err(refuse(400, "BadRequest_InvalidOperation", &message)); // A40
        }
        if let Some((column, cell)) = change(world, property, raw.get())? {
            let clash = changes.cells.iter().any(|(at, known)| *at == column && *known != cell);
            if clash {
                let message =
                    format!("The values of '{name}' and of the property it belongs with do not match.");
                return Err(refuse(400, "Application_DialogException", &message)); // A41
            }
            changes.cells.push((column, cell));
        }
    }
    Ok(changes)
}

fn wrong_type(property: &Property) -> Refusal {
    let message = format!("Cannot convert the value of property '{}' to the expected type.", property.name);
    refuse(400, "BadRequest", &message)
}

fn string(property: &Property, raw: &str) -> Result<String, Refusal> {
    serde_json::from_str(raw).map_err(|_| wrong_type(property))
}

fn change(world: &World, property: &Property, raw: &str) -> Result<Option<(usize, NewCell)>, Refusal> {
    match &property.source {
        Source::Column(column) => column_value(world, property, raw).map(|cell| Some((*column, cell))),
        Source::IdOfCode { column, table, code } => {
            let id = Guid::parse(&string(property, raw)?).ok_or_else(|| wrong_type(property))?;
            if id == Guid::ZERO {
                return Ok(Some((*column, NewCell::Text(String::new()))));
            }
            let rows = world.table(*table);
            let row = rows.and_then(|rows| rows.find(id)).ok_or_else(|| missing_reference(property))?;
            let cell = rows.map_or(0, |rows| rows.cell(row, *code));
            Ok(Some((*column, NewCell::Text(world.texts.get(cell).to_owned()))))
        }
        Source::LocalCurrency { column: Some(column) } => {
            let code = string(property, raw)?.trim().to_uppercase();
            // A50 and the rules of the set: the local currency is stored as blank.
            let code = if code == world.local_currency { String::new() } else { code };
            let table = world.schema.bc.table(4).unwrap_or_default();
            if !code.is_empty() && world.row_of_code(table, 0, &code).is_none() {
                return Err(missing_reference(property));
            }
            Ok(Some((*column, NewCell::Text(code))))
        }
        _ => Ok(None),
    }
}

/// A41: a reference must exist.
fn missing_reference(property: &Property) -> Refusal {
    let message = format!("The value of '{}' does not match a record.", property.name);
    refuse(400, "Application_DialogException", &message)
}

fn column_value(world: &World, property: &Property, raw: &str) -> Result<NewCell, Refusal> {
    match property.kind {
        Kind::Boolean => match raw {
            "true" => Ok(NewCell::Number(1)),
            "false" => Ok(NewCell::Number(0)),
            _ => Err(wrong_type(property)),
        },
        Kind::Choice => {
            let text = string(property, raw)?;
            let found = property.members.iter().find(|it| it.name == text || it.caption.english == text);
            let members =
                || property.members.iter().map(|it| it.name.as_str()).collect::<Vec<_>>().join(", ");
            found
                .map(|member| NewCell::Number(member.value.cast_unsigned()))
                .ok_or_else(|| unknown_member(&text, &members()))
        }
        Kind::Int => {
            let number: i32 = raw.parse().map_err(|_| wrong_type(property))?;
            Ok(NewCell::Number(number.cast_unsigned()))
        }
        Kind::BigInt => {
            let number: i64 = raw.parse().map_err(|_| wrong_type(property))?;
            Ok(NewCell::Text(number.to_string()))
        }
        Kind::Decimal => {
            scaled(raw).ok_or_else(|| wrong_type(property))?;
            Ok(NewCell::Text(if scaled(raw) == Some(0) { String::new() } else { raw.to_owned() }))
        }
        Kind::Date => {
            let text = string(property, raw)?;
            parse_millis(&text).filter(|_| text.len() == 10).ok_or_else(|| wrong_type(property))?;
            Ok(NewCell::Text(if text == "0001-01-01" { String::new() } else { text }))
        }
        Kind::Text => text_value(world, property, raw).map(NewCell::Text),
        Kind::Guid => Guid::parse(&string(property, raw)?)
            .map(|id| NewCell::Text(id.to_string()))
            .ok_or_else(|| wrong_type(property)),
        Kind::DateTime => {
            let millis = parse_millis(&string(property, raw)?).ok_or_else(|| wrong_type(property))?;
            Ok(NewCell::Text(format_millis(millis)))
        }
        Kind::Lookup => Err(wrong_type(property)),
    }
}

fn text_value(world: &World, property: &Property, raw: &str) -> Result<String, Refusal> {
    let text = string(property, raw)?;
    // S3: codes are upper-cased and trimmed.
    let text = if property.upper_cased { upper_code(text.trim()) } else { text };
    let length = text.chars().count();
    if let Some(max) = property.max_length.filter(|max| length > *max) {
        let message = format!(
            "The length of the string is {length}, but it must be less than or equal to {max} characters. Value: \
             {text}"
        );
        return Err(refuse(400, "Application_StringExceededLength", &message));
    }
    if let Some((table, code)) = property.relation.filter(|_| !text.is_empty())
        && world.row_of_code(table, code, &text).is_none()
    {
        return Err(missing_reference(property));
    }
    Ok(text)
}

/// Columns that must not be blank, and whether a number series fills them.
fn required_columns(set: &EntitySet) -> impl Iterator<Item = (usize, &Property)> {
    set.properties.iter().filter(|property| property.required).filter_map(|property| match property.source {
        Source::Column(column) => Some((column, property)),
        _ => None,
    })
}

fn must_be_filled(set: &EntitySet, column: usize) -> Refusal {
    let name = required_columns(set).find(|(at, _)| *at == column).map_or("", |(_, it)| it.name.as_str());
    refuse(400, "Application_DialogException", &format!("A {name} is needed."))
}

fn has_number_series(set: &EntitySet) -> Option<&'static str> {
    match set.entity_type.as_str() {
        "customer" => Some("C"),
        "vendor" => Some("V"),
        "contact" => Some("CT"),
        _ => None,
    }
}

fn check_required(set: &EntitySet, changes: &Changes) -> Result<(), Refusal> {
    for (column, _) in required_columns(set) {
        let numbered = column == 0 && has_number_series(set).is_some();
        let filled =
            changes.cells.iter().any(|(at, cell)| *at == column && *cell != NewCell::Text(String::new()));
        if !filled && !numbered {
            return Err(must_be_filled(set, column));
        }
    }
    Ok(())
}

/// S3: a blank number comes from the table's series.
fn number_series(world: &World, set: &EntitySet, changes: &mut Changes) {
    let Some(prefix) = has_number_series(set) else { return };
    let given = changes.cells.iter().any(|(at, cell)| *at == 0 && *cell != NewCell::Text(String::new()));
    if given {
        return;
    }
    changes.cells.retain(|(at, _)| *at != 0);
    let mut next = world.table(set.table).map_or(1, |table| table.end() + 1);
    while world.row_of_code(set.table, 0, &format!("{prefix}{next:06}")).is_some() {
        next += 1;
    }
    changes.cells.push((0, NewCell::Text(format!("{prefix}{next:06}"))));
}

fn check_unique(world: &World, set: &EntitySet, changes: &Changes) -> Result<(), Refusal> {
    let keys =
        world.schema.bc.tables.get(set.table).map(|table| table.fields.iter().filter(|it| it.key).count());
    if keys != Some(1) {
        return Ok(());
    }
    let number = changes.cells.iter().find(|(at, _)| *at == 0);
    match number {
        Some((_, NewCell::Text(text))) if world.row_of_code(set.table, 0, text).is_some() => Err(same_key()),
        _ => Ok(()),
    }
}

fn store(world: &mut World, target: &Target<'_>, row: u32, changes: &Changes) {
    for (column, cell) in &changes.cells {
        let cell = match cell {
            NewCell::Text(text) => world.texts.intern(text),
            NewCell::Number(number) => *number,
        };
        if let Some(table) = world.tables.get_mut(target.set.table) {
            table.set(row, *column, cell);
        }
    }
    let schema = std::sync::Arc::clone(&world.schema);
    let Some(table) = schema.bc.tables.get(target.set.table) else { return };
    if let Some(column) = table.column("Last Date Modified") {
        let today = world.texts.intern(&format_date(target.call.now_ms.div_euclid(86_400_000)));
        set_cell(world, target.set.table, row, column, today);
    }
    if table.no == 5050 {
        contact_rules(world, target.set.table, row, changes);
    }
}

fn set_cell(world: &mut World, table: usize, row: u32, column: usize, cell: u32) {
    if let Some(table) = world.tables.get_mut(table) {
        table.set(row, column, cell);
    }
}

/// A person's name and its parts follow each other; a company contact is its own company.
fn contact_rules(world: &mut World, table: usize, row: u32, changes: &Changes) {
    let schema = std::sync::Arc::clone(&world.schema);
    let Some(info) = schema.bc.tables.get(table) else { return };
    let column = |name: &str| info.column(name).unwrap_or(usize::MAX);
    let cell = |world: &World, name: &str| world.table(table).map_or(0, |rows| rows.cell(row, column(name)));
    let changed = |name: &str| changes.cells.iter().any(|(at, _)| *at == column(name));
    if cell(world, "Type") == 0 {
        let number = cell(world, "No.");
        set_cell(world, table, row, column("Company No."), number);
        return;
    }
    let parts = ["First Name", "Middle Name", "Surname"];
    if parts.iter().any(|part| changed(part)) {
        let names = parts.map(|part| world.texts.get(cell(world, part)).to_owned());
        let whole = names.iter().filter(|it| !it.is_empty()).cloned().collect::<Vec<_>>().join(" ");
        let whole = world.texts.intern(&whole);
        set_cell(world, table, row, column("Name"), whole);
    } else if changed("Name") {
        let name = world.texts.get(cell(world, "Name")).to_owned();
        let mut words: Vec<&str> = name.split_whitespace().collect();
        let last = words.pop().unwrap_or_default();
        let first = if words.is_empty() { "" } else { words.remove(0) };
        for (part, text) in parts.into_iter().zip([first, &words.join(" "), last]) {
            let text = world.texts.intern(text);
            set_cell(world, table, row, column(part), text);
        }
    }
    if changed("Company No.") {
        let number = world.texts.get(cell(world, "Company No.")).to_owned();
        let company = world.row_of_code(table, column("No."), &number);
        let name =
            company.map_or(0, |company| world.table(table).map_or(0, |it| it.cell(company, column("Name"))));
        set_cell(world, table, row, column("Company Name"), name);
    }
}
