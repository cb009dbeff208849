//! Business Central's addresses and verbs (A1 to A7): which set a path means, and who answers it.

mod errors;
mod metadata;
mod read;
mod write;

use std::sync::{Arc, PoisonError, RwLock};

use crate::sandbox::{Call, Companion};
use crate::store::Guid;
use crate::wire::{Plus, Request, Response, percent_decode, query_pairs, split_outside_quotes};
use crate::world::{Schema, World};

pub(crate) use errors::fault;
use errors::{Refusal, not_covered, refuse, unknown_record, unknown_set};
use read::Target;

const API: &str = "/api/v2.0";
const COMPANION: &str = "/api/couplet/integration/v1.0";

/// Sets of API v2.0 that exist in the service and not in the sandbox.
const NOT_SERVED: [&str; 26] = [
    "subscriptions",
    "customerFinancialDetails",
    "contactsInformation",
    "customerContacts",
    "unitsOfMeasure",
    "items",
    "itemVariants",
    "itemCategories",
    "itemLedgerEntries",
    "locations",
    "opportunities",
    "salesInvoices",
    "salesInvoiceLines",
    "salesOrders",
    "salesOrderLines",
    "salesQuotes",
    "salesQuoteLines",
    "salesShipments",
    "salesShipmentLines",
    "taxAreas",
    "taxGroups",
    "defaultDimensions",
    "dimensionSetLines",
    "pdfDocument",
    "jobQueueEntries",
    "jobQueueLogEntries",
];

/// Answers one request to Business Central.
pub(crate) fn handle(world: &RwLock<World>, call: &Call<'_>, request: &Request<'_>) -> Response {
    route(world, call, request).unwrap_or_else(|refusal| *refusal)
}

/// What the end of a path addresses.
enum Part {
    Set,
    Record(Guid),
    Count,
}

fn route(world: &RwLock<World>, call: &Call<'_>, request: &Request<'_>) -> Result<Response, Refusal> {
    let path = percent_decode(request.path, Plus::IsPlus).into_owned();
    let modifies = request.method != "GET";
    if modifies && request.header("Data-Access-Intent").is_some_and(|it| it.eq_ignore_ascii_case("ReadOnly"))
    {
        let message = "Data-Access-Intent ReadOnly is only allowed with GET.";
        return Err(refuse(400, "BadRequest", message)); // A19
    }
    let (root, rest) = api_root(&path, call)?;
    let schema = Arc::clone(&world.read().unwrap_or_else(PoisonError::into_inner).schema);
    let sets = if root == API { &schema.bc.api } else { &schema.bc.companion };
    let address = format!("{}{root}", call.options.business_central_base_url);
    let segments: Vec<&str> =
        split_outside_quotes(rest, &['/']).into_iter().filter(|it| !it.is_empty()).collect();
    match segments.first().copied() {
        None => return Ok(metadata::service_document(&address, sets)),
        Some("$metadata") => return Ok(metadata::document(sets)),
        Some("entityDefinitions") => return Ok(metadata::entity_definitions(&address, sets)),
        Some("$batch") => return Err(not_covered("A51 ($batch)")),
        Some(_) => {}
    }
    let (company, segments) = company(world, &schema, request, &segments)?;
    let (name, key) = name_and_key(segments.first().copied().unwrap_or_default());
    let Some(set) = sets.iter().find(|set| set.name == name) else {
        let covered = root != API || !NOT_SERVED.contains(&name);
        return Err(if covered { unknown_set(name) } else { not_covered("D1 (entity set)") });
    };
    let part = match (key, segments.get(1).copied(), segments.len()) {
        (None, None, _) => Part::Set,
        (None, Some("$count"), 2) => Part::Count,
        (Some(key), None, _) => Part::Record(parse_key(key)?),
        (Some(_), Some(_), _) => return Err(not_covered("A28 (parts below a record)")),
        _ => return Err(unknown_set(&path)),
    };
    let company = company.filter(|_| set.name != "companies");
    let target = Target { call, request, set, root: &address, company };
    serve(world, &target, &part)
}

/// The API a path belongs to and the rest of the path.
fn api_root<'a>(path: &'a str, call: &Call<'_>) -> Result<(&'static str, &'a str), Refusal> {
    let roots = [API, COMPANION];
    let found = roots.into_iter().find_map(|root| path.strip_prefix(root).map(|rest| (root, rest)));
    match found.filter(|(_, rest)| rest.is_empty() || rest.starts_with('/')) {
        Some((COMPANION, _)) if call.options.companion == Companion::Missing => Err(unknown_set(path)), // A67
        Some(found) => Ok(found),
        None if path.starts_with("/api/microsoft/") => Err(not_covered("A3 (Microsoft's other APIs)")),
        None if path.starts_with("/ODataV4") => Err(not_covered("A4 (OData V4 web services)")),
        None => Err(unknown_set(path)),
    }
}

/// Takes the company off a path (A6); the rest of the path addresses a set.
fn company<'a, 'b>(
    world: &RwLock<World>,
    schema: &Schema,
    request: &Request<'_>,
    segments: &'b [&'a str],
) -> Result<(Option<Guid>, &'b [&'a str]), Refusal> {
    let world = world.read().unwrap_or_else(PoisonError::into_inner);
    let companies = schema.bc.table(2_000_000_006).and_then(|table| world.table(table));
    let exists = |id: &Guid| companies.is_some_and(|companies| companies.find(*id).is_some());
    let not_found = || refuse(404, "Internal_CompanyNotFound", "Cannot find company.");
    if let (Some(("companies", Some(key))), true) =
        (segments.first().map(|segment| name_and_key(segment)), segments.len() > 1)
    {
        let id = Guid::parse(key).filter(exists).ok_or_else(not_found)?;
        return Ok((Some(id), segments.get(1..).unwrap_or_default()));
    }
    let named = query_pairs(request.query).into_iter().find(|(name, _)| name == "company");
    let id = match named {
        Some((_, text)) => Some(Guid::parse(&text).filter(exists).ok_or_else(not_found)?),
        // The only company is the fallback.
        None => companies.and_then(|companies| companies.id(0)),
    };
    Ok((id, segments))
}

/// `customers(5d9c…)` is the set and the key.
fn name_and_key(segment: &str) -> (&str, Option<&str>) {
    match segment.split_once('(') {
        Some((name, key)) => (name, key.strip_suffix(')')),
        None => (segment, None),
    }
}

/// A24: keys are GUIDs without quotes; `id=…` names the only key.
fn parse_key(key: &str) -> Result<Guid, Refusal> {
    let text = key.strip_prefix("id=").or_else(|| key.strip_prefix("systemId=")).unwrap_or(key);
    Guid::parse(text.trim())
        .ok_or_else(|| refuse(400, "Application_InvalidGUID", &format!("'{key}' is not a valid key.")))
}

fn serve(world: &RwLock<World>, target: &Target<'_>, part: &Part) -> Result<Response, Refusal> {
    let find = |world: &World, id: &Guid| {
        world.table(target.set.table).and_then(|table| table.find(*id)).ok_or_else(unknown_record)
    };
    match (target.request.method, part) {
        ("GET", part) => {
            let world = world.read().unwrap_or_else(PoisonError::into_inner);
            match part {
                Part::Set => read::collection(&world, target),
                Part::Count => read::count(&world, target),
                Part::Record(id) => read::record(&world, target, find(&world, id)?),
            }
        }
        ("POST", Part::Set) => {
            write::insert(&mut world.write().unwrap_or_else(PoisonError::into_inner), target)
        }
        ("PATCH", Part::Record(id)) => {
            let mut world = world.write().unwrap_or_else(PoisonError::into_inner);
            let row = find(&world, id)?;
            write::update(&mut world, target, row)
        }
        ("DELETE", Part::Record(id)) => {
            let mut world = world.write().unwrap_or_else(PoisonError::into_inner);
            let row = find(&world, id)?;
            write::delete(&mut world, target, row)
        }
        (method, _) => {
            let message = format!("The method '{method}' is not allowed on this resource.");
            Err(refuse(405, "BadRequest_MethodNotAllowed", &message))
        }
    }
}
