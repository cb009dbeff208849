//! JSON `$batch` (A51, A52): parts in order, stopping or going on after a failure, alone or as one transaction.

use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};

use serde::Deserialize;
use serde_json::value::RawValue;

use super::address;
use super::errors::{Refusal, refuse};
use super::read::JSON;
use super::{not_allowed, single, within};
use crate::odata::json;
use crate::sandbox::Call;
use crate::wire::{Request, Response, System};
use crate::world::World;

/// A51: most parts of a batch.
const MAX_PARTS: usize = 100;

#[derive(Deserialize)]
struct Batch {
    requests: Vec<Part>,
}

#[derive(Deserialize)]
struct Part {
    id: String,
    method: String,
    url: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: Option<Box<RawValue>>,
}

/// What follows after a part that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AfterFailure {
    Stop,
    GoOn,
}

/// Answers a batch: always 200, each part with its own status.
pub(crate) fn answer(
    world: &RwLock<World>,
    call: &Call<'_>,
    request: &Request<'_>,
) -> Result<Response, Refusal> {
    let (root, rest) = address::api_root(request.path, call)?;
    if rest != "/$batch" {
        return Err(super::unknown_set(rest));
    }
    if request.method != "POST" {
        return Err(not_allowed(request.method));
    }
    let media = request.header("Content-Type").unwrap_or_default().to_ascii_lowercase();
    if !media.starts_with("application/json") {
        let message = "The sandbox reads JSON batches only; multipart is unverified (A51).";
        return Err(refuse(415, "BadRequest", message));
    }
    let batch: Batch = serde_json::from_slice(request.body)
        .map_err(|error| refuse(400, "BadRequest", &format!("Invalid JSON: {error}.")))?;
    if batch.requests.len() > MAX_PARTS {
        let message = format!("The number of operations in a batch must not exceed {MAX_PARTS}.");
        return Err(refuse(400, "BadRequest", &message));
    }
    let after = match request.preference("odata.continue-on-error").as_deref() {
        Some("" | "true") => AfterFailure::GoOn, // A21
        _ => AfterFailure::Stop,
    };
    let runner = Runner { call, root, outer: request, after };
    let snapshot = request.header("Isolation").is_some_and(|it| it.eq_ignore_ascii_case("snapshot"));
    let answers = if snapshot {
        runner.transaction(world, &batch.requests)
    } else {
        runner.one_by_one(world, &batch.requests)
    };
    let body = format!("{{\"responses\":[{}]}}", answers.join(","));
    Ok(Response::with_body(200, JSON, body.into_bytes()).header("OData-Version", "4.0"))
}

struct Runner<'a> {
    call: &'a Call<'a>,
    root: &'static str,
    outer: &'a Request<'a>,
    after: AfterFailure,
}

impl Runner<'_> {
    /// A52: parts commit one by one.
    fn one_by_one(&self, world: &RwLock<World>, parts: &[Part]) -> Vec<String> {
        let mut answers = Vec::new();
        for part in parts {
            let response = self.part(part, |request| single(world, self.call, request));
            let failed = response.status >= 400;
            answers.push(written(&part.id, &response));
            if failed && self.after == AfterFailure::Stop {
                break;
            }
        }
        answers
    }

    /// A52 with `Isolation: snapshot`: a failure undoes all, and earlier parts still show their status.
    fn transaction(&self, world: &RwLock<World>, parts: &[Part]) -> Vec<String> {
        let mut world = world.write().unwrap_or_else(PoisonError::into_inner);
        let run = |world: &mut World| {
            let mut answers = Vec::new();
            for part in parts {
                let response = self.part(part, |request| within(world, self.call, request));
                answers.push(written(&part.id, &response));
                if response.status >= 400 {
                    return Err(answers);
                }
            }
            Ok(answers)
        };
        world.atomically(run).unwrap_or_else(|answers| answers)
    }

    /// Runs one part; a fault may strike it alone (S6).
    fn part(&self, part: &Part, run: impl FnOnce(&Request<'_>) -> Response) -> Response {
        let (path, query) = part.url.split_once('?').unwrap_or((&part.url, ""));
        let path = format!("{}/{}", self.root, path.trim_start_matches('/'));
        if path.ends_with("/$batch") {
            return *refuse(400, "BadRequest", "A batch cannot hold a batch.");
        }
        if let Some(status) = self.call.failing_part(System::BusinessCentral, &format!("{path}?{query}")) {
            return super::fault(status);
        }
        let mut headers: Vec<(String, String)> =
            part.headers.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        for name in ["Accept-Language", "Company"] {
            let known = headers.iter().any(|(key, _)| key.eq_ignore_ascii_case(name));
            if let Some(value) = self.outer.header(name).filter(|_| !known) {
                headers.push((name.to_owned(), value.to_owned()));
            }
        }
        let body = part.body.as_ref().map_or("", |body| body.get());
        let method = part.method.to_ascii_uppercase();
        run(&Request { method: &method, path: &path, query, headers: &headers, body: body.as_bytes() })
    }
}

fn written(id: &str, response: &Response) -> String {
    let headers: Vec<String> = response
        .headers
        .iter()
        .map(|(name, value)| format!("{}:{}", json::quoted(&name.to_ascii_lowercase()), json::quoted(value)))
        .collect();
    let body = match String::from_utf8_lossy(&response.body) {
        text if text.is_empty() => String::new(),
        text if response
            .header_value("Content-Type")
            .is_some_and(|it| it.starts_with("application/json")) =>
        {
            format!(",\"body\":{text}")
        }
        text => format!(",\"body\":{}", json::quoted(&text)),
    };
    format!(
        "{{\"id\":{},\"status\":{},\"headers\":{{{}}}{body}}}",
        json::quoted(id),
        response.status,
        headers.join(",")
    )
}
