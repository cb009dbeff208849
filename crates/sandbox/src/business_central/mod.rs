//! Business Central's addresses and verbs (A1 to A7): which set a path means, and who answers it.

mod actions;
mod address;
mod batch;
mod documents;
mod errors;
mod expand;
mod metadata;
mod platform;
mod read;
mod rules;
mod subscriptions;
mod webhooks;
mod write;

use std::sync::{Arc, PoisonError, RwLock};

use address::{API, Part};
use errors::{Refusal, refuse, unknown_set};
pub(crate) use errors::{fault, limited};
use read::Target;
pub(crate) use webhooks::{Receiver, Webhooks};
pub use webhooks::{WebhookAnswer, WebhookCall};

use crate::sandbox::Call;
use crate::schema::EntitySet;
use crate::wire::{Plus, Request, Response, percent_decode, split_outside_quotes};
use crate::world::World;

/// A57: longest body of a request, in bytes.
const MAX_BODY: usize = 350 * 1024 * 1024;

/// Answers one request to Business Central, batches included.
pub(crate) fn handle(world: &RwLock<World>, call: &Call<'_>, request: &Request<'_>) -> Response {
    if request.path.ends_with("/$batch") {
        return batch::answer(world, call, request).unwrap_or_else(|refusal| *refusal);
    }
    single(world, call, request)
}

/// Answers one request that is no batch.
fn single(world: &RwLock<World>, call: &Call<'_>, request: &Request<'_>) -> Response {
    if let Some(answer) = subscriptions::answer(world, call, request) {
        return answer.unwrap_or_else(|refusal| *refusal);
    }
    let answer = if request.method == "GET" {
        read_request(&world.read().unwrap_or_else(PoisonError::into_inner), call, request)
    } else {
        write_request(&mut world.write().unwrap_or_else(PoisonError::into_inner), call, request)
    };
    answer.unwrap_or_else(|refusal| *refusal)
}

/// Answers one request with the whole world at hand, as a part of a transaction.
fn within(world: &mut World, call: &Call<'_>, request: &Request<'_>) -> Response {
    let answer = if request.method == "GET" {
        read_request(world, call, request)
    } else {
        write_request(world, call, request)
    };
    answer.unwrap_or_else(|refusal| *refusal)
}

/// The parts of a path below an API root.
fn segments(rest: &str) -> Vec<&str> {
    split_outside_quotes(rest, &['/']).into_iter().filter(|it| !it.is_empty()).collect()
}

fn read_request(world: &World, call: &Call<'_>, request: &Request<'_>) -> Result<Response, Refusal> {
    let path = percent_decode(request.path, Plus::IsPlus).into_owned();
    if let Some(answer) = platform::read(world, call, request, &path) {
        return answer;
    }
    let (root, rest) = address::api_root(&path, call)?;
    let sets = sets(world, root);
    let address = format!("{}{root}", call.options.business_central_base_url);
    let segments = segments(rest);
    match segments.first().copied() {
        None => return Ok(metadata::service_document(&address, sets)),
        Some("$metadata") => return Ok(metadata::document(sets)),
        Some("entityDefinitions") => return Ok(metadata::entity_definitions(&address, sets)),
        Some(_) => {}
    }
    let (company, segments) = address::company(world, request, &segments)?;
    let start = Target::start(call, request, sets, &address, company).ok_or_else(|| unknown_set(&path))?;
    let (target, part) = address::locate(world, &start, sets, segments)?;
    match part {
        Part::Set => read::collection(world, &target),
        Part::Count => read::count(world, &target),
        Part::Record(row) => read::record(world, &target, row),
        Part::Nothing => Ok(Response::empty(204)),
        Part::Action(..) => Err(not_allowed("GET")),
    }
}

fn write_request(world: &mut World, call: &Call<'_>, request: &Request<'_>) -> Result<Response, Refusal> {
    let path = percent_decode(request.path, Plus::IsPlus).into_owned();
    if request.header("Data-Access-Intent").is_some_and(|it| it.eq_ignore_ascii_case("ReadOnly")) {
        let message = "Data-Access-Intent ReadOnly is only allowed with GET.";
        return Err(refuse(400, "BadRequest", message)); // A19
    }
    if request.body.len() > MAX_BODY {
        return Err(refuse(413, "BadRequest", "The request body is too large.")); // A57
    }
    if let Some(answer) = platform::write(world, call, request, &path) {
        return answer;
    }
    let (root, rest) = address::api_root(&path, call)?;
    let schema = Arc::clone(&world.schema);
    let sets = if root == API { &schema.bc.api } else { &schema.bc.companion };
    let address = format!("{}{root}", call.options.business_central_base_url);
    let segments = segments(rest);
    let described = matches!(segments.first(), None | Some(&("$metadata" | "entityDefinitions")));
    if described {
        return Err(not_allowed(request.method));
    }
    let (company, segments) = address::company(world, request, &segments)?;
    let start = Target::start(call, request, sets, &address, company).ok_or_else(|| unknown_set(&path))?;
    let (target, part) = address::locate(world, &start, sets, segments)?;
    match (request.method, part) {
        ("POST", Part::Set) => write::insert(world, &target),
        ("PATCH", Part::Record(row)) => write::update(world, &target, row),
        ("DELETE", Part::Record(row)) => write::delete(world, &target, row),
        ("POST", Part::Action(row, name)) => actions::run(world, &target, row, &name),
        (method, _) => Err(not_allowed(method)),
    }
}

fn sets<'a>(world: &'a World, root: &str) -> &'a [EntitySet] {
    if root == API { &world.schema.bc.api } else { &world.schema.bc.companion }
}

fn not_allowed(method: &str) -> Refusal {
    let message = format!("The method '{method}' is not allowed on this resource.");
    refuse(405, "BadRequest_MethodNotAllowed", &message)
}
