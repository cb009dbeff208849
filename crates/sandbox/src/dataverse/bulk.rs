//! Bulk messages (B47): many rows of one table in one transaction, all or nothing.

use serde::Deserialize;
use serde_json::json;

use super::address::Key;
use super::body::{Body, malformed};
use super::errors::JSON;
use super::write::{Given, create, given_by, update, without_key};
use super::{NAMESPACE, Refusal, Target, address, name_and_key, unknown_row, unknown_segment};
use crate::store::Guid;
use crate::wire::Response;
use crate::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Message {
    targets: Vec<Body>,
}

/// POST `/{set}/Microsoft.Dynamics.CRM.{message}`; what one row fails for, all fail for.
pub(super) fn answer(world: &mut World, target: &Target<'_>, message: &str) -> Result<Response, Refusal> {
    if !matches!(message, "CreateMultiple" | "UpdateMultiple" | "UpsertMultiple") {
        return Err(unknown_segment(&format!("{NAMESPACE}{message}")));
    }
    let body: Message =
        serde_json::from_slice(target.request.body).map_err(|error| malformed(&error.to_string()))?;
    for row in &body.targets {
        check_type(target, row)?;
    }
    let mut ids = Vec::new();
    for row in &body.targets {
        match message {
            "CreateMultiple" => {
                let row = create(world, target, row, Given::default())?;
                let id = world.table(target.table.set.table).and_then(|it| it.id(row));
                ids.push(id.unwrap_or(Guid::ZERO).to_string());
            }
            "UpdateMultiple" => {
                let id = primary_key(target, row)?
                    .ok_or_else(|| malformed("The primary key of a record is missing."))?;
                let found = world.table(target.table.set.table).and_then(|it| it.find(id));
                let found = found.ok_or_else(|| unknown_row(&target.table.info.logical_name, id))?;
                update(world, target, found, row)?;
            }
            _ => upsert(world, target, row)?,
        }
    }
    if message != "CreateMultiple" {
        return Ok(Response::empty(204).header("OData-Version", "4.0"));
    }
    let context = format!("{}/$metadata#Microsoft.Dynamics.CRM.CreateMultipleResponse", target.root);
    let body = json!({"@odata.context": context, "Ids": ids});
    Ok(Response::with_body(200, JSON, body.to_string().into_bytes()).header("OData-Version", "4.0"))
}

/// B47: every row says its type.
fn check_type(target: &Target<'_>, row: &Body) -> Result<(), Refusal> {
    let expected = format!("{NAMESPACE}{}", target.table.info.logical_name);
    let given: Option<String> = row.get("@odata.type").and_then(|it| serde_json::from_str(it.get()).ok());
    match given {
        Some(given) if given.trim_start_matches('#') == expected => Ok(()),
        _ => Err(malformed(&format!("Each record in Targets needs '@odata.type': '{expected}'."))),
    }
}

fn primary_key(target: &Target<'_>, row: &Body) -> Result<Option<Guid>, Refusal> {
    let Some(raw) = row.get(&target.table.info.primary_id) else { return Ok(None) };
    let text: Option<String> = serde_json::from_str(raw.get()).ok();
    let id = text.and_then(|text| Guid::parse(&text));
    id.map(Some).ok_or_else(|| malformed("The primary key of a record is not an id."))
}

/// The row named by `@odata.id` (with any key) or by its primary key, made when there is none.
fn upsert(world: &mut World, target: &Target<'_>, row: &Body) -> Result<(), Refusal> {
    let named: Option<String> = row.get("@odata.id").and_then(|it| serde_json::from_str(it.get()).ok());
    let Some(named) = named else {
        let id = primary_key(target, row)?;
        let found = id.and_then(|id| world.table(target.table.set.table)?.find(id));
        return match found {
            Some(found) => update(world, target, found, row),
            None => create(world, target, row, Given::default()).map(|_| ()),
        };
    };
    let named = address::resolve_link(target.links, &named)?;
    let last =
        crate::wire::split_outside_quotes(&named, &['/']).last().copied().unwrap_or_default().to_owned();
    let (set, key) = name_and_key(&last);
    if set != target.table.info.entity_set {
        return Err(malformed(&format!("'{named}' is not of the table '{}'.", target.table.info.entity_set)));
    }
    let key = Key::read(target.table, key.unwrap_or_default())?;
    let row: Body = row.iter().map(|(name, raw)| (name.clone(), raw.clone())).collect();
    match key.find(world, target)? {
        Some(found) => update(world, target, found, &without_key(row, &key)),
        None => create(world, target, &row, given_by(&key)?).map(|_| ()),
    }
}
