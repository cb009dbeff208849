//! Functions and actions that belong to no table: connection tests (B16 to B18), options of choices (B34).

use serde::Deserialize;
use serde_json::{Value, json};

use super::errors::{INVALID_ARGUMENT, JSON, MALFORMED_PAYLOAD};
use super::{Refusal, refuse, unknown_segment};
use crate::odata::json;
use crate::store::Guid;
use crate::wire::{Request, Response};
use crate::world::World;

/// B16 to B18.
pub(super) fn function(
    world: &World,
    root: &str,
    name: &str,
    arguments: &str,
    caller: u32,
) -> Result<Response, Refusal> {
    let id = |table: &str, row: u32| {
        let position = world.schema.dv.by_logical_name(table).map(|it| it.set.table);
        position.and_then(|it| world.table(it)).and_then(|it| it.id(row)).unwrap_or(Guid::ZERO)
    };
    let context = json::quoted(&format!("{root}/$metadata#Microsoft.Dynamics.CRM.{name}Response"));
    let content = match name {
        "WhoAmI" => format!(
            "\"BusinessUnitId\":\"{}\",\"UserId\":\"{}\",\"OrganizationId\":\"{}\"",
            id("businessunit", 0),
            id("systemuser", caller),
            id("organization", 0)
        ),
        "RetrieveVersion" => "\"Version\":\"9.2.25093.00168\"".to_owned(),
        _ => {
            let names: Vec<&str> =
                arguments.split('\'').skip(1).step_by(2).filter(|name| !name.trim().is_empty()).collect();
            let mut counts = Vec::new();
            for name in &names {
                let table = world.schema.dv.by_logical_name(name).ok_or_else(|| unknown_segment(name))?;
                counts.push(world.table(table.set.table).map_or(0, |it| it.alive()).to_string());
            }
            let keys = names.iter().map(|name| json::quoted(name)).collect::<Vec<_>>().join(",");
            let (count, values) = (names.len(), counts.join(","));
            format!(
                "\"EntityRecordCountCollection\":{{\"Count\":{count},\"IsReadOnly\":false,\"Keys\":[{keys}],\
                 \"Values\":[{values}]}}"
            )
        }
    };
    let body = format!("{{\"@odata.context\":{context},{content}}}");
    Ok(Response::with_body(200, JSON, body.into_bytes()).header("OData-Version", "4.0"))
}

/// An action on nothing in particular; none when the name is none of theirs.
pub(super) fn unbound(
    world: &mut World,
    root: &str,
    name: &str,
    request: &Request<'_>,
) -> Option<Result<Response, Refusal>> {
    if !matches!(name, "InsertOptionValue" | "UpdateOptionValue" | "DeleteOptionValue") {
        return None;
    }
    Some(change_option(world, root, name, request))
}

/// What the three actions on options take.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OptionChange {
    option_set_name: Option<String>,
    entity_logical_name: Option<String>,
    attribute_logical_name: Option<String>,
    value: Option<i32>,
    #[serde(default)]
    label: Value,
}

impl OptionChange {
    /// The label in a language; none where it was not given.
    fn label(&self, language: u32) -> Option<String> {
        let labels = self.label.get("LocalizedLabels").and_then(Value::as_array).into_iter().flatten();
        let user = self.label.get("UserLocalizedLabel");
        let mut labels = labels.chain(user);
        let found =
            labels.find(|it| it.get("LanguageCode").and_then(Value::as_u64) == Some(u64::from(language)));
        found?.get("Label")?.as_str().map(str::to_owned)
    }
}

/// B34: adds, renames or removes an option of a choice, or of the global one behind it.
fn change_option(
    world: &mut World,
    root: &str,
    name: &str,
    request: &Request<'_>,
) -> Result<Response, Refusal> {
    let change: OptionChange = serde_json::from_slice(request.body)
        .map_err(|error| refuse(400, MALFORMED_PAYLOAD, &error.to_string()))?;
    let dv = &world.schema.dv;
    let places = match (&change.option_set_name, &change.entity_logical_name, &change.attribute_logical_name)
    {
        (Some(set), ..) if !set.is_empty() => dv.users_of_global_set(set),
        (_, Some(table), Some(column)) => {
            let at = dv.tables.iter().position(|it| it.info.logical_name == *table);
            let place = at.and_then(|at| Some((at, dv.tables.get(at)?.info.column(column)?)));
            place.into_iter().collect()
        }
        _ => Vec::new(),
    };
    let options = places.first().and_then(|(table, column)| {
        let attribute = dv.tables.get(*table)?.info.attributes.get(*column)?;
        (attribute.attribute_type == "Picklist").then(|| attribute.options.clone())
    });
    let wrong = |message: &str| refuse(400, INVALID_ARGUMENT, message);
    let options = options.ok_or_else(|| wrong("The option set could not be found."))?;
    let known = |value: i32| options.iter().any(|(it, ..)| *it == value);
    let (english, french) = (change.label(1_033), change.label(1_036));
    let value = match (name, change.value) {
        ("InsertOptionValue", Some(value)) if known(value) => {
            return Err(wrong("The option value is already in use."));
        }
        ("InsertOptionValue", value) => {
            let next = options.iter().map(|(it, ..)| it.saturating_add(1)).max().unwrap_or(1);
            value.unwrap_or(next)
        }
        (_, Some(value)) if known(value) => value,
        _ => return Err(wrong("The option value does not exist.")),
    };
    if name == "InsertOptionValue" && english.is_none() && french.is_none() {
        return Err(wrong("A label is needed for the option."));
    }
    edit(world, places, name, value, (english, french));
    if name != "InsertOptionValue" {
        return Ok(Response::empty(204).header("OData-Version", "4.0"));
    }
    let context = format!("{root}/$metadata#Microsoft.Dynamics.CRM.InsertOptionValueResponse");
    let body = json!({"@odata.context": context, "NewOptionValue": value});
    Ok(Response::with_body(200, JSON, body.to_string().into_bytes()).header("OData-Version", "4.0"))
}

/// Changes the options of all columns concerned.
fn edit(
    world: &mut World,
    places: Vec<(usize, usize)>,
    name: &str,
    value: i32,
    (english, french): (Option<String>, Option<String>),
) {
    let schema = std::sync::Arc::make_mut(&mut world.schema);
    let schema = std::sync::Arc::make_mut(&mut schema.dv);
    for place in places {
        let (english, french) = (english.clone(), french.clone());
        schema.change_options(place, |options| match name {
            "DeleteOptionValue" => options.retain(|(it, ..)| *it != value),
            "UpdateOptionValue" => {
                for option in options.iter_mut().filter(|(it, ..)| *it == value) {
                    if let Some(label) = &english {
                        option.1.clone_from(label);
                    }
                    if let Some(label) = &french {
                        option.2.clone_from(label);
                    }
                }
            }
            _ => {
                let first = english.clone().or_else(|| french.clone()).unwrap_or_default();
                options.push((value, first.clone(), french.clone().unwrap_or(first)));
            }
        });
    }
}
