//! Dataverse's addresses and verbs (B1 to B5): what a path means, and who answers it.

mod actions;
mod address;
mod aggregate;
mod apply;
mod associate;
mod batch;
mod body;
mod bulk;
mod closing;
mod delta;
mod discovery;
mod duplicates;
mod edmx;
mod errors;
mod expand;
mod fetch;
mod format;
mod key_index;
mod limits;
mod metadata;
mod multipart;
mod privileges;
mod read;
mod rows;
mod rules;
mod security;
mod write;

use std::sync::{Arc, PoisonError, RwLock};

use rustc_hash::FxHashMap;

use crate::odata::Dialect;
use crate::sandbox::Call;
use crate::schema::dataverse::{DataverseSchema, DvTable};
use crate::schema::privileges::{ACT_ON_BEHALF, Access};
use crate::store::Guid;
use crate::wire::{Plus, Request, Response, percent_decode, split_outside_quotes};
use crate::world::World;

pub(crate) use associate::insert_pair;
pub(crate) use discovery::{environments, is_discovery};
pub(crate) use errors::fault;
use errors::{MALFORMED_QUERY, Refusal, not_covered, refuse, unknown_property, unknown_row, unknown_segment};
pub(crate) use key_index::KeyIndexes;
pub(crate) use limits::limited;
pub(crate) use privileges::grant;
pub(crate) use security::{KnownRights, give_roles, role_named, user_named};

const ROOT: &str = "/api/data/v9.";
const NAMESPACE: &str = "Microsoft.Dynamics.CRM.";
/// B5: longest address; the status of a longer one is unverified.
const LONGEST_URL: usize = 32_768;

/// Addresses that earlier parts of a change set made, by their Content-ID (B52).
type Links = FxHashMap<String, String>;

/// What all requests of a call share.
#[derive(Debug, Clone, Copy)]
struct Scene<'a> {
    call: &'a Call<'a>,
    links: &'a Links,
}

/// One addressed table with all that reading and writing need.
#[derive(Debug, Clone, Copy)]
struct Target<'a> {
    call: &'a Call<'a>,
    request: &'a Request<'a>,
    table: &'a DvTable,
    /// Address of the API root, such as `…/api/data/v9.2`.
    root: &'a str,
    links: &'a Links,
    /// The row of the user for whom the request is made (B11).
    caller: u32,
    /// The row of the user who makes it in another's name.
    delegate: Option<u32>,
}

impl Target<'_> {
    fn dialect(&self) -> Dialect {
        Dialect::Dataverse { now_ms: self.call.now_ms, caller: self.caller }
    }
}

/// A path below the API root, taken apart.
struct Route {
    root: String,
    segments: Vec<String>,
}

impl Route {
    fn of(call: &Call<'_>, path: &str) -> Result<Self, Refusal> {
        let path = percent_decode(path, Plus::IsPlus).into_owned();
        let after = path.strip_prefix(ROOT).ok_or_else(|| unknown_segment(&path))?;
        // B2: earlier versions are kept.
        let (minor, rest) = after.split_once('/').unwrap_or((after, ""));
        if !matches!(minor, "0" | "1" | "2") {
            return Err(unknown_segment(&path));
        }
        let segments = split_outside_quotes(rest, &['/']).into_iter().filter(|it| !it.is_empty());
        Ok(Self {
            root: format!("{}{ROOT}{minor}", call.options.dataverse_base_url),
            segments: segments.map(str::to_owned).collect(),
        })
    }

    fn segments(&self) -> Vec<&str> {
        self.segments.iter().map(String::as_str).collect()
    }
}

/// `accounts(…)` into name and key.
fn name_and_key(segment: &str) -> (&str, Option<&str>) {
    match segment.split_once('(') {
        Some((name, key)) => (name, key.strip_suffix(')')),
        None => (segment, None),
    }
}

/// Answers one request to Dataverse.
pub(crate) fn handle(world: &RwLock<World>, call: &Call<'_>, request: &Request<'_>) -> Response {
    if request.path.len() + request.query.len() > LONGEST_URL {
        return *refuse(414, MALFORMED_QUERY, "The address is longer than 32,768 characters.");
    }
    let links = Links::default();
    let scene = Scene { call, links: &links };
    let is_batch = Route::of(call, request.path).is_ok_and(|it| it.segments() == ["$batch"]);
    let outcome = if is_batch {
        batch::answer(world, scene, request)
    } else if request.method == "GET" {
        answer_read(&world.read().unwrap_or_else(PoisonError::into_inner), scene, request)
    } else {
        let mut world = world.write().unwrap_or_else(PoisonError::into_inner);
        world.atomically(|world| answer_write(world, scene, request))
    };
    outcome.unwrap_or_else(|refusal| errors::detailed(*refusal, request))
}

/// Who asks: the caller, or the user named by B11's headers, with the caller as the delegate.
fn callers(world: &World, request: &Request<'_>) -> Result<(u32, Option<u32>), Refusal> {
    let named = |header: &str| request.header(header).filter(|it| !it.is_empty());
    let Some(users) = world.schema.dv.by_logical_name("systemuser") else { return Ok((world.caller, None)) };
    let rows = world.table(users.set.table);
    let cell = |row: u32, column: &str| {
        rows.map_or(0, |rows| rows.cell(row, users.info.column(column).unwrap_or(usize::MAX)))
    };
    let (id, found) = if let Some(id) = named("CallerObjectId") {
        let object = Guid::parse(id).and_then(|id| world.texts.find(&id.to_string()));
        let mut all = rows.into_iter().flat_map(|rows| rows.rows_from(0));
        let is = |row: &u32| object.is_some_and(|it| cell(*row, "azureactivedirectoryobjectid") == it);
        (id, all.find(is))
    } else if let Some(id) = named("MSCRMCallerID") {
        (id, Guid::parse(id).and_then(|id| rows?.find(id)))
    } else {
        return Ok((world.caller, None));
    };
    let usable = found.filter(|row| cell(*row, "isdisabled") != 1);
    let row = usable.ok_or_else(|| {
        refuse(403, "0x80041d1f", &format!("The user with id {id} cannot be impersonated."))
    })?;
    security::check(world, world.caller, ACT_ON_BEHALF, None)?;
    Ok((row, Some(world.caller)))
}

fn table_of<'a>(schema: &'a DataverseSchema, name: &str) -> Result<&'a DvTable, Refusal> {
    schema.by_entity_set(name).ok_or_else(|| unknown_segment(name))
}

/// GET.
fn answer_read(world: &World, scene: Scene<'_>, request: &Request<'_>) -> Result<Response, Refusal> {
    let route = Route::of(scene.call, request.path)?;
    let segments = route.segments();
    let root = route.root.as_str();
    let (name, key) = name_and_key(segments.first().copied().unwrap_or_default());
    let (caller, delegate) = callers(world, request)?;
    match name {
        "" => return Ok(metadata::service_document(root, &world.schema.dv)),
        "WhoAmI" | "RetrieveVersion" | "RetrieveTotalRecordCount" => {
            return actions::function(world, root, name, key.unwrap_or_default(), caller);
        }
        "EntityDefinitions" | "GlobalOptionSetDefinitions" | "RelationshipDefinitions" => {
            return metadata::answer(&world.schema.dv, root, request, &segments);
        }
        "RetrieveRolePrivilegesRole" => return privileges::of_role(world, root, key.unwrap_or_default()),
        "$metadata" => return Ok(edmx::answer(&world.schema.dv)),
        _ => {}
    }
    let table = table_of(&world.schema.dv, name)?;
    let target = Target { call: scene.call, request, table, root, links: scene.links, caller, delegate };
    security::require(world, &target, table, Access::Read)?;
    let Some(key) = key else {
        return match segments.get(1).copied() {
            None => read::collection(world, &target, None),
            Some("$count") if segments.len() == 2 => read::count(world, &target, None),
            Some(other) => Err(unknown_segment(other)),
        };
    };
    let row = address::existing_row(world, &target, key)?;
    match segments.get(1).copied() {
        None => read::record(world, &target, row),
        Some(next) => below_row(world, &target, row, next, segments.get(2..).unwrap_or_default()),
    }
}

/// B30: a property of a row, the row a lookup points to, or the rows of a collection.
fn below_row(
    world: &World,
    target: &Target<'_>,
    row: u32,
    name: &str,
    rest: &[&str],
) -> Result<Response, Refusal> {
    let set = &target.table.set;
    if let ([], Some(call)) = (rest, name.strip_prefix(NAMESPACE)) {
        return privileges::function(world, target, row, call);
    }
    if let Some((_, property)) = set.find(name) {
        return match rest {
            [] => Ok(read::property(world, target, row, property)),
            ["$value"] => Ok(read::raw_value(world, target, row, property)),
            _ => Err(unknown_segment(rest.concat().as_str())),
        };
    }
    if let Some((lookup, position)) = set.navigation(name) {
        let found = world.follow(set.table, row, lookup).filter(|(it, _)| it.target == position);
        let Some((reference, _)) = found else {
            return Ok(Response::empty(204).header("OData-Version", "4.0"));
        };
        let logical = usize::try_from(position).ok().and_then(|at| lookup.targets.get(at));
        let table = logical.and_then(|logical| world.schema.dv.by_logical_name(logical));
        let table = table.ok_or_else(|| unknown_segment(name))?;
        let target = Target { table, ..*target };
        security::require(world, &target, table, Access::Read)?;
        return match rest {
            [] => read::record(world, &target, reference.row),
            ["$ref"] => Ok(read::reference(world, &target, reference.row)),
            _ => Err(unknown_segment(rest.concat().as_str())),
        };
    }
    let (other, rows) = expand::rows_below(world, target.table, row, name)
        .ok_or_else(|| unknown_property(name, &set.entity_type))?;
    let table = world.schema.dv.by_logical_name(&other).ok_or_else(|| unknown_segment(name))?;
    let target = Target { table, ..*target };
    security::require(world, &target, table, Access::Read)?;
    match rest {
        [] => read::collection(world, &target, Some(rows)),
        ["$count"] => read::count(world, &target, Some(rows)),
        ["$ref"] => Ok(read::references(world, &target, &rows)),
        _ => Err(unknown_segment(rest.concat().as_str())),
    }
}

/// POST, PATCH, PUT and DELETE; to be called in a transaction.
fn answer_write(world: &mut World, scene: Scene<'_>, request: &Request<'_>) -> Result<Response, Refusal> {
    let route = Route::of(scene.call, request.path)?;
    let segments = route.segments();
    let root = route.root.as_str();
    let (name, key) = name_and_key(segments.first().copied().unwrap_or_default());
    let (caller, delegate) = callers(world, request)?;
    if let (1, None, "POST") = (segments.len(), key, request.method)
        && let Some(answer) = actions::unbound(world, root, name, request)
    {
        return answer;
    }
    if name == "EntityDefinitions" {
        return metadata::keys::change(world, root, request, &segments);
    }
    let schema = Arc::clone(&world.schema);
    let closing = schema.dv.by_logical_name(closing::table_of(name).unwrap_or_default());
    let table = closing.map_or_else(|| table_of(&schema.dv, name), Ok)?;
    let target = Target { call: scene.call, request, table, root, links: scene.links, caller, delegate };
    if closing.is_some() {
        return match request.method {
            "POST" => closing::answer(world, &target, name),
            method => Err(not_allowed(method)),
        };
    }
    let Some(key) = key else {
        return match (segments.get(1).copied(), segments.len(), request.method) {
            (None, _, "POST") => write::post(world, &target),
            (None, ..) => Err(not_allowed(request.method)),
            (Some(action), 2, "POST") if action.starts_with(NAMESPACE) => {
                bulk::answer(world, &target, action.trim_start_matches(NAMESPACE))
            }
            (Some(other), ..) => Err(unknown_segment(other)),
        };
    };
    match (segments.get(1).copied(), segments.get(2..).unwrap_or_default(), request.method) {
        (None, _, "PATCH") => write::patch(world, &target, key),
        (None, _, "DELETE") => {
            let row = address::existing_row(world, &target, key)?;
            write::delete(world, &target, row)
        }
        (Some(navigation), ["$ref"], "POST" | "PUT" | "DELETE") => {
            let row = address::existing_row(world, &target, key)?;
            associate::answer(world, &target, row, navigation)
        }
        (Some(action), [], "POST") if action.starts_with(NAMESPACE) => {
            let row = address::existing_row(world, &target, key)?;
            privileges::change_role(world, &target, row, action.trim_start_matches(NAMESPACE))
        }
        (Some(property), [], "PUT" | "DELETE") => {
            let row = address::existing_row(world, &target, key)?;
            let found = table.set.find(property).map(|(_, it)| it);
            let found = found.ok_or_else(|| unknown_property(property, &table.set.entity_type))?;
            write::property(world, &target, row, found)
        }
        (Some(other), [_, ..], _) => Err(unknown_segment(other)),
        _ => Err(not_allowed(request.method)),
    }
}

fn not_allowed(method: &str) -> Refusal {
    refuse(405, MALFORMED_QUERY, &format!("The HTTP verb {method} is not supported on this resource."))
}
