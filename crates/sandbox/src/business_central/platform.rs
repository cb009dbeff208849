//! What stands beside the entity sets: environments (A8), the push from Dataverse (A61), the list of sets that
//! notify (A60).

use serde::Deserialize;

use super::address::{self, API};
use super::errors::{Refusal, refuse, unknown_set};
use super::read::JSON;
use super::rules::Record;
use crate::identity::DEMO_TENANT_ID;
use crate::odata::json;
use crate::sandbox::Call;
use crate::store::Guid;
use crate::wire::{Request, Response};
use crate::world::World;

const DATAVERSE: &str = "/api/microsoft/dataverse/v1.0";
const RUNTIME: &str = "/api/microsoft/runtime/beta";

/// A61: which jobs a Dataverse table's changes wake, by the default setup: mappings whose direction is not to
/// Dataverse.
const JOBS: [(&str, &[&str]); 6] = [
    ("account", &["CUSTOMER", "VENDOR"]),
    ("contact", &["CONTACT"]),
    ("systemuser", &["SALESPEOPLE"]),
    ("product", &["ITEM-PRODUCT", "RESOURCE-PRODUCT"]),
    ("opportunity", &["OPPORTUNITY"]),
    ("salesorder", &["SALESORDER-ORDER"]),
];

/// Answers a GET that addresses no entity set; none when it does.
pub(crate) fn read(
    world: &World,
    call: &Call<'_>,
    request: &Request<'_>,
    path: &str,
) -> Option<Result<Response, Refusal>> {
    if path == "/environments/v1.2" {
        return Some(Ok(environments(call)));
    }
    let rest = path.strip_prefix(RUNTIME)?;
    Some(supported_resources(world, call, request, rest))
}

/// Answers a modifying request that addresses no entity set; none when it does.
pub(crate) fn write(
    world: &mut World,
    call: &Call<'_>,
    request: &Request<'_>,
    path: &str,
) -> Option<Result<Response, Refusal>> {
    let rest = path.strip_prefix(DATAVERSE)?;
    Some(entity_changed(world, call, request, rest))
}

/// A8.
fn environments(call: &Call<'_>) -> Response {
    let url = json::quoted(&call.options.business_central_base_url);
    let body = format!(
        "{{\"value\":[{{\"aadTenantId\":\"{DEMO_TENANT_ID}\",\"applicationFamily\":\
         \"BusinessCentral\",\"type\":\"sandbox\",\"name\":\"sandbox\",\"countryCode\":\"CH\",\
         \"webServiceUrl\":{url},\"webClientLoginUrl\":{url},\"ringName\":\"DEMO\"}}]}}"
    );
    Response::with_body(200, JSON, body.into_bytes())
}

/// A60: the sets of API v2.0 that notify.
fn supported_resources(
    world: &World,
    call: &Call<'_>,
    request: &Request<'_>,
    rest: &str,
) -> Result<Response, Refusal> {
    let segments = super::segments(rest);
    let (company, segments) = address::company(world, request, &segments)?;
    if *segments != ["webhookSupportedResources"] {
        return Err(unknown_set(rest));
    }
    let company = company.unwrap_or(Guid::ZERO);
    let sets = world.schema.bc.api.iter().filter(|set| set.notifies);
    let entries: Vec<String> = sets
        .map(|set| {
            format!("{{\"resource\":{}}}", json::quoted(&format!("v2.0/companies({company})/{}", set.name)))
        })
        .collect();
    let root = format!("{}{RUNTIME}", call.options.business_central_base_url);
    let context = json::quoted(&format!("{root}/$metadata#webhookSupportedResources"));
    let body = format!("{{\"@odata.context\":{context},\"value\":[{}]}}", entries.join(","));
    Ok(Response::with_body(200, JSON, body.into_bytes()))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct EntityChange {
    entity_name: String,
}

/// A61: wakes the synchronization jobs of a Dataverse table.
fn entity_changed(
    world: &mut World,
    call: &Call<'_>,
    request: &Request<'_>,
    rest: &str,
) -> Result<Response, Refusal> {
    let segments = super::segments(rest);
    let (_, segments) = address::company(world, request, &segments)?;
    if *segments != ["dataverseEntityChanges"] {
        return Err(unknown_set(rest));
    }
    if request.method != "POST" {
        return Err(super::not_allowed(request.method));
    }
    let change: EntityChange = serde_json::from_slice(request.body)
        .map_err(|error| refuse(400, "BadRequest", &format!("Invalid JSON: {error}.")))?;
    let length = change.entity_name.chars().count();
    if length > 248 {
        let message = format!(
            "The length of the string is {length}, but it must be less than or equal to 248 characters."
        );
        return Err(refuse(400, "Application_StringExceededLength", &message));
    }
    let jobs = JOBS.iter().find(|(table, _)| *table == change.entity_name).map_or(&[][..], |(_, jobs)| *jobs);
    wake(world, call.now_ms, jobs);
    let root = format!("{}{DATAVERSE}", call.options.business_central_base_url);
    let body = format!(
        "{{\"@odata.context\":{},\"entityName\":{}}}",
        json::quoted(&format!("{root}/$metadata#dataverseEntityChanges/$entity")),
        json::quoted(&change.entity_name)
    );
    Ok(Response::with_body(201, JSON, body.into_bytes()))
}

/// Sets the jobs of mappings ready that wait on hold with an inactivity time-out.
fn wake(world: &mut World, now_ms: i64, mappings: &[&str]) {
    const ON_HOLD_WITH_INACTIVITY_TIMEOUT: u32 = 5;
    let Some(table) = world.schema.bc.table(472) else { return };
    let rows: Vec<u32> = world.table(table).map(|rows| rows.rows_from(0).collect()).unwrap_or_default();
    for row in rows {
        let job = Record { table, row };
        let description = job.text(world, "Description");
        let wanted =
            mappings.iter().any(|mapping| description.trim_start().starts_with(&format!("{mapping} -")));
        if wanted && job.number(world, "Status") == ON_HOLD_WITH_INACTIVITY_TIMEOUT {
            job.make_ready(world, now_ms);
        }
    }
}

/// Whether a path is the root of an API with subscriptions.
pub(crate) fn has_subscriptions(root: &str) -> bool {
    root == API || root == address::COMPANION
}
