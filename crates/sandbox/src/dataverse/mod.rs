//! Dataverse's addresses and verbs (B1 to B5, B16 to B19): what a path means, and who answers it.

mod errors;
mod format;
mod metadata;
mod read;
mod write;

use std::sync::{Arc, PoisonError, RwLock};

use crate::odata::json;
use crate::sandbox::Call;
use crate::schema::EntitySet;
use crate::store::Guid;
use crate::wire::{Plus, Request, Response, percent_decode, split_outside_quotes};
use crate::world::World;

pub(crate) use errors::fault;
use errors::{
    JSON, MALFORMED_QUERY, Refusal, not_covered, refuse, unknown_property, unknown_row, unknown_segment,
};
use read::Target;

const ROOT: &str = "/api/data/v9.";

/// Tables of the reference that exist in the service and not in the sandbox, by entity set.
const NOT_SERVED: [&str; 34] = [
    "products",
    "uomschedules",
    "uoms",
    "pricelevels",
    "productpricelevels",
    "opportunities",
    "quotes",
    "quotedetails",
    "salesorders",
    "salesorderdetails",
    "invoices",
    "invoicedetails",
    "roles",
    "cdm_companies",
    "nav_connections",
    "nav_accountstatisticses",
    "annotations",
    "posts",
    "msdyn_postconfigs",
    "appmodules",
    "systemuserrolescollection",
    "teammemberships",
    "teamrolescollection",
    "fieldsecurityprofiles",
    "systemuserprofilescollection",
    "customeraddresses",
    "discounts",
    "discounttypes",
    "contracts",
    "incidents",
    "incidentresolutions",
    "msdyn_businesscentralvirtualentities",
    "dyn365bc_businesscentralentities",
    "dyn365bc_syntheticrelations",
];

/// Answers one request to Dataverse.
pub(crate) fn handle(world: &RwLock<World>, call: &Call<'_>, request: &Request<'_>) -> Response {
    route(world, call, request).unwrap_or_else(|refusal| *refusal)
}

fn route(world: &RwLock<World>, call: &Call<'_>, request: &Request<'_>) -> Result<Response, Refusal> {
    let path = percent_decode(request.path, Plus::IsPlus).into_owned();
    let after = path.strip_prefix(ROOT).ok_or_else(|| unknown_segment(&path))?;
    // B2: earlier versions are kept.
    let (minor, rest) = after.split_once('/').unwrap_or((after, ""));
    if !matches!(minor, "0" | "1" | "2") {
        return Err(unknown_segment(&path));
    }
    let root = format!("{}{ROOT}{minor}", call.options.dataverse_base_url);
    let segments: Vec<&str> =
        split_outside_quotes(rest, &['/']).into_iter().filter(|it| !it.is_empty()).collect();
    let first = segments.first().copied().unwrap_or_default();
    let schema = Arc::clone(&world.read().unwrap_or_else(PoisonError::into_inner).schema);
    let (name, key) = match first.split_once('(') {
        Some((name, key)) => (name, key.strip_suffix(')')),
        None => (first, None),
    };
    match name {
        "" => return Ok(metadata::service_document(&root, &schema.dv)),
        "WhoAmI" | "RetrieveVersion" | "RetrieveTotalRecordCount" if request.method == "GET" => {
            let world = world.read().unwrap_or_else(PoisonError::into_inner);
            return function(&world, &root, name, key.unwrap_or_default());
        }
        "EntityDefinitions" if request.method == "GET" => {
            return metadata::answer(&schema.dv, &root, request, &segments);
        }
        "EntityDefinitions" => return Err(not_covered("B31 (changing metadata)")),
        "GlobalOptionSetDefinitions" => return Err(not_covered("B34 (global option sets)")),
        "RelationshipDefinitions" => return Err(not_covered("B35 (RelationshipDefinitions)")),
        "$metadata" => return Err(not_covered("B31 ($metadata document)")),
        "$batch" => return Err(not_covered("B51 ($batch)")),
        _ if NOT_SERVED.contains(&name) => return Err(not_covered("D3 (table)")),
        _ => {}
    }
    let table = schema.dv.by_entity_set(name).ok_or_else(|| unknown_segment(name))?;
    let target = Target { call, request, table, root: &root };
    match (key, segments.get(1).copied(), segments.len()) {
        (None, None, _) => on_set(world, &target),
        (None, Some("$count"), 2) if request.method == "GET" => {
            read::count(&world.read().unwrap_or_else(PoisonError::into_inner), &target)
        }
        (None, Some(action), 2) if action.starts_with("Microsoft.Dynamics.CRM.") => {
            Err(not_covered("B47 (bulk messages and actions)"))
        }
        (Some(key), None, _) => on_row(world, &target, parse_key(&table.set, key)?),
        (Some(key), Some(property), 2) => on_property(world, &target, parse_key(&table.set, key)?, property),
        (Some(_), Some(_), 3) if segments.last() == Some(&"$ref") => Err(not_covered("B44 (associate)")),
        (Some(_), ..) => Err(not_covered("B30 (paths below a row)")),
        _ => Err(unknown_segment(&path)),
    }
}

/// B16 to B18.
fn function(world: &World, root: &str, name: &str, arguments: &str) -> Result<Response, Refusal> {
    let id = |table: &str, row: u32| {
        let position = world.schema.dv.by_logical_name(table).map(|it| it.set.table);
        position.and_then(|it| world.table(it)).and_then(|it| it.id(row)).unwrap_or(Guid::ZERO)
    };
    let context = json::quoted(&format!("{root}/$metadata#Microsoft.Dynamics.CRM.{name}Response"));
    let content = match name {
        "WhoAmI" => format!(
            "\"BusinessUnitId\":\"{}\",\"UserId\":\"{}\",\"OrganizationId\":\"{}\"",
            id("businessunit", 0),
            id("systemuser", world.caller),
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

/// Rows by their id, bare or named by the primary key; alternate keys are not covered (B46).
fn parse_key(set: &EntitySet, key: &str) -> Result<Guid, Refusal> {
    let primary = set.properties.get(set.key).map_or("", |property| property.name.as_str());
    let text = match key.split_once('=') {
        Some((name, value)) if name.trim() == primary => value.trim(),
        Some((name, _)) if set.find(name.trim()).is_some() => {
            return Err(not_covered("B46 (alternate keys)"));
        }
        Some((name, _)) => return Err(unknown_property(name.trim(), &set.entity_type)),
        None => key.trim(),
    };
    Guid::parse(text.trim_matches('\'')).ok_or_else(|| {
        refuse(
            400,
            MALFORMED_QUERY,
            &format!("Bad Request - Error in query syntax: '{key}' is not a valid key."),
        )
    })
}

fn on_set(world: &RwLock<World>, target: &Target<'_>) -> Result<Response, Refusal> {
    match target.request.method {
        "GET" => read::collection(&world.read().unwrap_or_else(PoisonError::into_inner), target),
        "POST" => write::create(&mut world.write().unwrap_or_else(PoisonError::into_inner), target, None),
        method => Err(not_allowed(method)),
    }
}

fn on_row(world: &RwLock<World>, target: &Target<'_>, id: Guid) -> Result<Response, Refusal> {
    match target.request.method {
        "GET" => {
            let world = world.read().unwrap_or_else(PoisonError::into_inner);
            let row = find(&world, target, id)?;
            read::record(&world, target, row)
        }
        "PATCH" => write::patch(&mut world.write().unwrap_or_else(PoisonError::into_inner), target, id),
        "DELETE" => {
            let mut world = world.write().unwrap_or_else(PoisonError::into_inner);
            let row = find(&world, target, id)?;
            write::delete(&mut world, target, row)
        }
        method => Err(not_allowed(method)),
    }
}

/// GET, PUT and DELETE of one property (B39).
fn on_property(
    world: &RwLock<World>,
    target: &Target<'_>,
    id: Guid,
    name: &str,
) -> Result<Response, Refusal> {
    let set = &target.table.set;
    let Some((_, property)) = set.find(name) else {
        let covered = set.navigation(name).is_none();
        return Err(if covered {
            unknown_property(name, &set.entity_type)
        } else {
            not_covered("B30 (paths below a row)")
        });
    };
    match target.request.method {
        "GET" => {
            let world = world.read().unwrap_or_else(PoisonError::into_inner);
            let row = find(&world, target, id)?;
            Ok(read::property(&world, target, row, property))
        }
        "PUT" | "DELETE" => {
            let mut world = world.write().unwrap_or_else(PoisonError::into_inner);
            let row = find(&world, target, id)?;
            write::property(&mut world, target, row, property)
        }
        method => Err(not_allowed(method)),
    }
}

fn find(world: &World, target: &Target<'_>, id: Guid) -> Result<u32, Refusal> {
    let table = world.table(target.table.set.table);
    table.and_then(|table| table.find(id)).ok_or_else(|| unknown_row(&target.table.info.logical_name, id))
}

fn not_allowed(method: &str) -> Refusal {
    refuse(405, MALFORMED_QUERY, &format!("The HTTP verb {method} is not supported on this resource."))
}
