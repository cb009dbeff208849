//! Bodies of writing requests: values, lookups to bind (B38, B43), related rows to create (deep insert).

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::errors::{INVALID_ARGUMENT, MALFORMED_PAYLOAD};
use super::{Refusal, Target, address, refuse};
use crate::odata::filter::scaled;
use crate::schema::{EntitySet, Kind, Property, Source};
use crate::store::{Guid, NULL, Reference, format_millis, parse_millis};
use crate::world::World;

/// A record as it was sent, property by property.
pub(super) type Body = BTreeMap<String, Box<RawValue>>;

/// What a body changes.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// Storage columns and what comes into them, the last one winning.
    pub(super) cells: Vec<(usize, NewCell)>,
    /// The primary key in the body.
    pub(super) id: Option<Guid>,
    /// Rows to create before this one, with the navigation property that will point to them.
    pub(super) before: Vec<(String, Body)>,
    /// Rows of collections to create after this one.
    pub(super) after: Vec<(String, Vec<Body>)>,
    /// Addresses of rows to put into collections after this one.
    pub(super) bind_after: Vec<(String, Vec<String>)>,
}

/// The content of a cell that is not stored yet.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum NewCell {
    Text(String),
    Number(u32),
}

/// Whether a row is made or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    Create,
    Update,
}

impl Changes {
    /// The new content of a column.
    pub(super) fn get(&self, column: usize) -> Option<&NewCell> {
        self.cells.iter().rev().find(|(at, _)| *at == column).map(|(_, cell)| cell)
    }

    /// The new number in a column.
    pub(super) fn number(&self, column: usize) -> Option<u32> {
        match self.get(column) {
            Some(NewCell::Number(number)) => Some(*number),
            _ => None,
        }
    }

    /// Replaces the new content of a column.
    pub(super) fn put(&mut self, column: usize, cell: NewCell) {
        self.cells.retain(|(at, _)| *at != column);
        self.cells.push((column, cell));
    }
}

pub(super) fn malformed(message: &str) -> Refusal {
    refuse(400, MALFORMED_PAYLOAD, &format!("Error identified in Payload provided by the user. {message}"))
}

pub(super) fn read_body(target: &Target<'_>) -> Result<Body, Refusal> {
    serde_json::from_slice(target.request.body).map_err(|error| malformed(&error.to_string()))
}

/// Reads what a body changes in a row of the target's table.
pub(super) fn read_changes(
    world: &World,
    target: &Target<'_>,
    body: &Body,
    operation: Operation,
) -> Result<Changes, Refusal> {
    let set = &target.table.set;
    let mut changes = Changes::default();
    for (name, raw) in body {
        if let Some(navigation) = name.strip_suffix("@odata.bind") {
            if raw.get().starts_with('[') {
                let addresses: Vec<String> = serde_json::from_str(raw.get())
                    .map_err(|_| malformed("Bind addresses must be texts."))?;
                changes.bind_after.push((navigation.to_owned(), addresses));
                continue;
            }
            let cell = bind(world, target, navigation, raw.get(), operation)?;
            changes.cells.push(cell);
        } else if name.contains('@') {
            // Annotations that came with a read are no changes.
        } else if let Some((_, property)) = set.find(name) {
            change(property, raw.get(), operation, &mut changes)?;
        } else if let Some((lookup, _)) = set.navigation(name) {
            let Source::Reference { column, .. } = lookup.source else { continue };
            match raw.get() {
                "null" => changes.cells.push((column, NewCell::Number(0))), // B43
                object => {
                    let nested: Body = serde_json::from_str(object)
                        .map_err(|_| malformed(&format!("'{name}' must be an object.")))?;
                    changes.before.push((name.clone(), nested)); // B38
                }
            }
        } else if raw.get().starts_with('[') && is_collection(world, target, name) {
            let nested: Vec<Body> = serde_json::from_str(raw.get())
                .map_err(|_| malformed(&format!("'{name}' must be an array of objects.")))?;
            changes.after.push((name.clone(), nested)); // B38
        } else {
            let message = format!(
                "The property '{name}' does not exist on type 'Microsoft.Dynamics.CRM.{}'.",
                set.entity_type
            );
            return Err(malformed(&message));
        }
    }
    if operation == Operation::Update && !(changes.before.is_empty() && changes.after.is_empty()) {
        return Err(malformed("Related records cannot be created in an update."));
    }
    Ok(changes)
}

fn is_collection(world: &World, target: &Target<'_>, name: &str) -> bool {
    crate::odata::filter::Collection::find(world, target.table, name).is_some()
}

/// B38, B43: `"primarycontactid@odata.bind": "/contacts(guid)"`, relative or absolute, or null.
fn bind(
    world: &World,
    target: &Target<'_>,
    navigation: &str,
    raw: &str,
    operation: Operation,
) -> Result<(usize, NewCell), Refusal> {
    let set = &target.table.set;
    let (lookup, _) = set.navigation(navigation).ok_or_else(|| {
        malformed(&format!(
            "An undeclared property '{navigation}' which only has property annotations was found."
        ))
    })?;
    let Source::Reference { column, only: None } = lookup.source else {
        return Err(malformed(&format!("The property '{navigation}' cannot be changed.")));
    };
    if lookup.read_only || (lookup.create_only && operation == Operation::Update) {
        return Err(malformed(&format!("The property '{navigation}' cannot be changed.")));
    }
    if raw == "null" {
        return Ok((column, NewCell::Number(0)));
    }
    let address: String =
        serde_json::from_str(raw).map_err(|_| malformed("A bind address must be a text."))?;
    let (table, row) = address::row_at(world, target, &address)?;
    let position = target_of(lookup, navigation, &table.info.logical_name)?;
    Ok((column, NewCell::Number(Reference { target: position, row }.to_cell())))
}

/// The position among a lookup's targets that a navigation property means for a table.
pub(super) fn target_of(lookup: &Property, navigation: &str, table: &str) -> Result<u32, Refusal> {
    let mut pairs = (0_u32..).zip(lookup.targets.iter().zip(&lookup.navigation));
    let found = pairs.find(|(_, (target, name))| *target == table && *name == navigation);
    found.map(|(position, _)| position).ok_or_else(|| {
        let expected = lookup.targets.join("' or '");
        malformed(&format!("'{navigation}' points to '{expected}', not to '{table}'."))
    })
}

/// Reads the new value of one property.
pub(super) fn change(
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
    let cell = new_cell(property, raw)?;
    changes.cells.push((column, cell));
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

fn new_cell(property: &Property, raw: &str) -> Result<NewCell, Refusal> {
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

/// The lookup behind a navigation property that a request may change.
pub(super) fn writable_lookup<'a>(
    set: &'a EntitySet,
    navigation: &str,
) -> Result<(&'a Property, usize), Refusal> {
    let found = set.navigation(navigation).map(|(lookup, _)| lookup);
    let lookup = found.ok_or_else(|| super::unknown_property(navigation, &set.entity_type))?;
    match lookup.source {
        Source::Reference { column, only: None } if !lookup.read_only => Ok((lookup, column)),
        _ => Err(malformed(&format!("The property '{navigation}' cannot be changed."))),
    }
}
