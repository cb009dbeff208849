//! Writing of Business Central's records: validation, number series, tags (A38 to A42, S3).

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::address::Scope;
use super::documents;
use super::errors::{Refusal, refuse, unknown_member, unknown_property};
use super::read::{Target, etag, whole_record};
use super::rules::{self, Operation, Record};
use super::webhooks::ChangeKind;
use crate::odata::filter::scaled;
use crate::odata::pattern::upper_code;
use crate::schema::{EntitySet, Kind, Link, Multiplicity, Property, Source};
use crate::store::{Guid, format_millis, parse_millis};
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

/// POST on a set: 201 with the whole record (A38); nested records are inserted with it (A39).
pub(crate) fn insert(world: &mut World, target: &Target<'_>) -> Result<Response, Refusal> {
    let body = read_body(target)?;
    let record = world.atomically(|world| insert_record(world, target, &body))?;
    let response = whole_record(world, target, record.row, 201);
    Ok(response.header("Location", format!("{}({})", target.address(), record.id(world))))
}

fn insert_record(world: &mut World, target: &Target<'_>, body: &Body) -> Result<Record, Refusal> {
    if !target.set.rights.insert {
        return Err(not_allowed("insert"));
    }
    let (nested, own) = part_nested(target, body);
    let mut changes = read_changes(world, target.set, &own, Operation::Insert)?;
    if let Some(scope) = &target.scope
        && let Some(cell) = change(world, scope.property, &format!("\"{}\"", scope.id))?
    {
        changes.add(scope.property, cell)?;
    }
    check_required(world, target.set, &changes)?;
    number_series(world, target.set, &mut changes);
    check_unique(world, target.set, &changes)?;
    let version = world.next_version();
    let now = target.call.now_ms;
    let Some(table) = world.tables.get_mut(target.set.table) else { return Err(not_allowed("insert")) };
    if changes.id.is_some_and(|id| table.find(id).is_some()) {
        return Err(same_key());
    }
    let row = table.insert(changes.id, now, now, version);
    let record = Record { table: target.set.table, row };
    for (column, cell) in &target.set.fixed {
        if let Some(table) = world.tables.get_mut(record.table) {
            table.set(row, *column, *cell);
        }
    }
    store(world, record, &changes);
    rules::after_store(world, record, &changes.columns(), now, Operation::Insert)?;
    for (link, elements) in nested {
        insert_below(world, target, record, link, &elements)?;
    }
    note(world, record, ChangeKind::Created, now);
    Ok(record)
}

/// Parts the arrays of contained records off a body.
fn part_nested<'a>(target: &Target<'a>, body: &Body) -> (Vec<(&'a Link, Vec<Body>)>, Body) {
    let mut nested = Vec::new();
    let mut own = Body::new();
    for (name, raw) in body {
        let link = target.set.links.iter().find(|link| link.name == *name);
        let elements = link.and_then(|link| Some((link, serde_json::from_str::<Vec<Body>>(raw.get()).ok()?)));
        match elements {
            Some((link, elements)) if link.multiplicity == Multiplicity::Many => {
                nested.push((link, elements))
            }
            _ => {
                own.insert(name.clone(), raw.clone());
            }
        }
    }
    (nested, own)
}

fn insert_below(
    world: &mut World,
    target: &Target<'_>,
    parent: Record,
    link: &Link,
    elements: &[Body],
) -> Result<(), Refusal> {
    let Some(set) = target.sets.get(link.target) else { return Ok(()) };
    let Some(property) = set.properties.get(link.other) else { return Ok(()) };
    let id = parent.id(world);
    let scope = Some(Scope { property, id });
    let path = format!("{}({id})/{}", target.path, link.name);
    let below = Target { set, scope, path, ..target.clone() };
    elements.iter().try_for_each(|body| insert_record(world, &below, body).map(|_| ()))
}

/// PATCH on a record: 200 with the whole record (A38).
pub(crate) fn update(world: &mut World, target: &Target<'_>, row: u32) -> Result<Response, Refusal> {
    if !target.set.rights.update {
        return Err(not_allowed("modify"));
    }
    check_tag(world, target, row)?;
    let body = read_body(target)?;
    if let Some(name) = body.keys().find(|name| target.set.links.iter().any(|link| link.name == **name)) {
        let message = format!("The navigation property '{name}' cannot be changed with its record.");
        return Err(refuse(400, "BadRequest", &message)); // A39
    }
    let changes = read_changes(world, target.set, &body, Operation::Update)?;
    for (column, _) in required_columns(target.set) {
        if changes.cells.contains(&(column, NewCell::Text(String::new()))) {
            return Err(must_be_filled(target.set, column));
        }
    }
    let record = Record { table: target.set.table, row };
    world.atomically(|world| update_record(world, target, record, &changes))?;
    Ok(whole_record(world, target, row, 200))
}

fn update_record(
    world: &mut World,
    target: &Target<'_>,
    record: Record,
    changes: &Changes,
) -> Result<(), Refusal> {
    let code = |world: &World| {
        let cell = world.table(record.table).map_or(0, |rows| rows.cell(record.row, 0));
        world.texts.get(cell).to_owned()
    };
    let old = code(world);
    let renamed = changes.cells.iter().any(|(at, cell)| *at == 0 && *cell != NewCell::Text(old.clone()));
    if renamed {
        check_unique(world, target.set, changes)?;
    }
    record.touch(world, target.call.now_ms);
    store(world, record, changes);
    if renamed {
        rules::rename(world, record, &old);
    }
    rules::after_store(world, record, &changes.columns(), target.call.now_ms, Operation::Update)?;
    note(world, record, ChangeKind::Updated, target.call.now_ms);
    Ok(())
}

/// DELETE on a record: 204 (A38).
pub(crate) fn delete(world: &mut World, target: &Target<'_>, row: u32) -> Result<Response, Refusal> {
    if !target.set.rights.delete {
        return Err(not_allowed("delete"));
    }
    check_tag(world, target, row)?;
    let record = Record { table: target.set.table, row };
    rules::before_delete(world, record)?;
    let header = documents::header_of(world, record);
    note(world, record, ChangeKind::Deleted, target.call.now_ms);
    world.next_version();
    if let Some(table) = world.tables.get_mut(record.table) {
        table.delete(row);
    }
    if let Some(header) = header {
        documents::total(world, header);
        header.touch(world, target.call.now_ms);
    }
    Ok(Response::empty(204))
}

/// Tells the subscriptions of a change; a changed line changes its document (A60).
pub(crate) fn note(world: &mut World, record: Record, kind: ChangeKind, now_ms: i64) {
    if world.webhooks.subscriptions.is_empty() {
        return;
    }
    if let Some(header) = documents::header_of(world, record) {
        note(world, header, ChangeKind::Updated, now_ms);
    }
    let id = record.id(world);
    let Some(rows) = world.tables.get(record.table) else { return };
    world.webhooks.note(id, kind, now_ms, |subscription| {
        let fixed =
            || subscription.fixed.iter().all(|(column, cell)| rows.cell(record.row, *column) == *cell);
        subscription.table == record.table && fixed()
    });
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
        if let Some(cell) = change(world, property, raw.get())? {
            changes.add(property, cell)?;
        }
        if let Source::IdOfCode { when: Some((column, cell)), .. } = &property.source {
            changes.add(property, (*column, NewCell::Number(*cell)))?;
        }
    }
    Ok(changes)
}

impl Changes {
    /// Adds a cell; two properties over one column must agree (A41).
    fn add(&mut self, property: &Property, (column, cell): (usize, NewCell)) -> Result<(), Refusal> {
        if self.cells.iter().any(|(at, known)| *at == column && *known != cell) {
            let name = &property.name;
            let message = format!("The values of '{name}' and of the property it belongs with do not match.");
            return Err(refuse(400, "Application_DialogException", &message));
        }
        self.cells.push((column, cell));
        Ok(())
    }

    fn columns(&self) -> Vec<usize> {
        self.cells.iter().map(|(column, _)| *column).collect()
    }
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
        Source::IdOfCode { column, table, code, .. } => {
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
        // An id of a table that the sandbox does not hold: no record can match.
        Source::Blank if property.kind == Kind::Guid => match Guid::parse(&string(property, raw)?) {
            Some(Guid::ZERO) => Ok(None),
            _ => Err(missing_reference(property)),
        },
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
        Kind::DateTime => {
            let text = string(property, raw)?;
            let moment = parse_millis(&text).ok_or_else(|| wrong_type(property))?;
            let blank = text.starts_with("0001-01-01");
            Ok(NewCell::Text(if blank { String::new() } else { format_millis(moment) }))
        }
        Kind::Guid => {
            let id = Guid::parse(&string(property, raw)?).ok_or_else(|| wrong_type(property))?;
            Ok(NewCell::Text(if id == Guid::ZERO { String::new() } else { id.to_string() }))
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

fn check_required(world: &World, set: &EntitySet, changes: &Changes) -> Result<(), Refusal> {
    let has_series = world.schema.bc.tables.get(set.table).is_some_and(|table| table.series.is_some());
    for (column, _) in required_columns(set) {
        let filled =
            changes.cells.iter().any(|(at, cell)| *at == column && *cell != NewCell::Text(String::new()));
        let numbered = column == 0 && has_series;
        if !filled && !numbered {
            return Err(must_be_filled(set, column));
        }
    }
    Ok(())
}

/// S3: a blank number comes from the table's series.
fn number_series(world: &World, set: &EntitySet, changes: &mut Changes) {
    let has_series = world.schema.bc.tables.get(set.table).is_some_and(|table| table.series.is_some());
    let given = changes.cells.iter().any(|(at, cell)| *at == 0 && *cell != NewCell::Text(String::new()));
    if given || !has_series {
        return;
    }
    changes.cells.retain(|(at, _)| *at != 0);
    changes.cells.push((0, NewCell::Text(next_number(world, set.table))));
}

/// The next free number of a table's series; blank when it has none.
pub(crate) fn next_number(world: &World, table: usize) -> String {
    let series = world.schema.bc.tables.get(table).and_then(|info| info.series.as_ref());
    let Some(series) = series else { return String::new() };
    let mut next = world.table(table).map_or(1, |rows| rows.end() + 1);
    loop {
        let number = format!("{}{next:0digits$}", series.prefix, digits = series.digits);
        if world.row_of_code(table, 0, &number).is_none() {
            return number;
        }
        next += 1;
    }
}

/// A record with the same key must not exist.
fn check_unique(world: &World, set: &EntitySet, changes: &Changes) -> Result<(), Refusal> {
    let Some(info) = world.schema.bc.tables.get(set.table) else { return Ok(()) };
    let keys: Vec<usize> =
        info.fields.iter().enumerate().filter(|(_, field)| field.key).map(|(column, _)| column).collect();
    if keys.is_empty() {
        return Ok(());
    }
    let new = |column: usize| changes.cells.iter().find(|(at, _)| *at == column).map(|(_, cell)| cell);
    let Some(NewCell::Text(first)) = new(0) else { return Ok(()) };
    if keys.len() == 1 {
        return if world.row_of_code(set.table, 0, first).is_some() { Err(same_key()) } else { Ok(()) };
    }
    let Some(rows) = world.table(set.table) else { return Ok(()) };
    let fixed = |column: usize| set.fixed.iter().find(|(at, _)| *at == column).map_or(0, |(_, cell)| *cell);
    let same = |row: u32| {
        keys.iter().all(|column| {
            let cell = rows.cell(row, *column);
            match new(*column) {
                Some(NewCell::Text(text)) => world.texts.get(cell) == text,
                Some(NewCell::Number(number)) => cell == *number,
                None => cell == fixed(*column),
            }
        })
    };
    if rows.rows_from(0).any(same) { Err(same_key()) } else { Ok(()) }
}

fn store(world: &mut World, record: Record, changes: &Changes) {
    for (column, cell) in &changes.cells {
        let cell = match cell {
            NewCell::Text(text) => world.texts.intern(text),
            NewCell::Number(number) => *number,
        };
        if let Some(table) = world.tables.get_mut(record.table) {
            table.set(record.row, *column, cell);
        }
    }
}
