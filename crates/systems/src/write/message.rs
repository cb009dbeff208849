//! One change as one request, and what the answer to it means. Batches are made of the same requests and answers.

use std::borrow::Cow;

use couplet_engine::Side;
use serde::Deserialize;
use uuid::Uuid;

use super::{Change, Outcome, WriteTarget};
use crate::error::{ServiceError, ServiceErrorKind};
use crate::http::{Method, Request, Response};
use crate::values::date_time;

/// Whether a change was sent before without its answer coming back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Certainty {
    /// It was never sent, or refused as a whole.
    First,
    /// It may have been made already.
    MaybeDone,
}

/// The request for a change, without the headers that belong to the service as a whole.
pub(super) fn request(target: &WriteTarget, change: &Change) -> Request {
    let json = |method, path, body: String| Request {
        method,
        path,
        headers: vec![
            ("Accept", "application/json".to_owned()),
            ("Content-Type", "application/json".to_owned()),
        ],
        body: Some(body.into_bytes()),
    };
    match change {
        // Create only: whoever is there already is left alone (B41).
        Change::Create { id: Some(id), body } if target.side() == Side::Dataverse => {
            json(Method::Patch, target.record(*id), body.json()).with("If-None-Match", "*")
        }
        Change::Create { body, .. } => json(Method::Post, target.source.path.clone(), body.json()),
        Change::Update { id, precondition, body } => {
            json(Method::Patch, target.record(*id), body.json()).with("If-Match", precondition.header())
        }
        Change::Upsert { id, body } => json(Method::Patch, target.record(*id), body.json()),
        Change::Delete { id, precondition } => {
            let headers = vec![("Accept", "application/json".to_owned())];
            Request { method: Method::Delete, path: target.record(*id), headers, body: None }
                .with("If-Match", precondition.header())
        }
    }
}

/// Asks that the answer to a change tells when its record was changed last: Business Central always does, Dataverse
/// answers with the row only where it is asked to (B6).
pub(super) fn telling_time(side: Side, mut request: Request) -> Request {
    if side == Side::BusinessCentral || request.method == Method::Delete {
        return request;
    }
    request.path.push_str("?$select=modifiedon");
    request.with("Prefer", "return=representation")
}

/// Adds what the service wants of every request (B3).
pub(super) fn for_service(side: Side, request: Request) -> Request {
    match side {
        Side::BusinessCentral => request,
        Side::Dataverse => request.with("OData-MaxVersion", "4.0").with("OData-Version", "4.0"),
    }
}

/// What the answer to a change says of it.
pub(super) fn outcome(side: Side, change: &Change, certainty: Certainty, response: &Response) -> Outcome {
    if response.is_success() {
        return success(change, response);
    }
    let error = ServiceError::from_response(side, response);
    match (change, certainty, error.kind) {
        // It was made when it was sent before: nobody else knows the id.
        (Change::Create { id: Some(id), .. }, Certainty::MaybeDone, ServiceErrorKind::Conflict) => {
            Outcome::Created { id: Some(*id), etag: None, modified_at: None }
        }
        (Change::Delete { .. }, Certainty::MaybeDone, ServiceErrorKind::NotFound) => Outcome::Deleted,
        // Changed by the lost request or by somebody else: only reading tells.
        (Change::Update { .. } | Change::Delete { .. }, Certainty::MaybeDone, ServiceErrorKind::Conflict) => {
            Outcome::Unknown
        }
        (_, _, ServiceErrorKind::TimedOut) => Outcome::Unknown,
        // This refusal says nothing of what the lost request did.
        (
            _,
            Certainty::MaybeDone,
            ServiceErrorKind::Throttled
            | ServiceErrorKind::Unavailable
            | ServiceErrorKind::Unauthorized
            | ServiceErrorKind::Server,
        ) => Outcome::Unknown,
        _ => Outcome::Refused(error),
    }
}

/// What is kept of a record that comes back.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Written<'a> {
    #[serde(rename = "@odata.etag", borrow, default)]
    etag: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    system_id: Option<Cow<'a, str>>,
    /// Its name in API v2.0 (A37), in the companion, and in Dataverse (B20).
    #[serde(
        borrow,
        default,
        rename = "lastModifiedDateTime",
        alias = "systemModifiedAt",
        alias = "modifiedon"
    )]
    modified_at: Option<Cow<'a, str>>,
}

fn success(change: &Change, response: &Response) -> Outcome {
    let written: Written<'_> = serde_json::from_slice(&response.body).unwrap_or_default();
    let etag = written.etag.map(Cow::into_owned).or_else(|| response.header("ETag").map(str::to_owned));
    let modified_at = written.modified_at.and_then(|text| date_time(text.as_bytes())?.timestamp());
    match change {
        Change::Create { id, .. } => {
            let told = [written.system_id, written.id].into_iter().flatten();
            let of_body = told.filter_map(|text| Uuid::try_parse(&text).ok()).next();
            let of_header = || response.header("OData-EntityId").and_then(key_of);
            Outcome::Created { id: id.or(of_body).or_else(of_header), etag, modified_at }
        }
        Change::Update { .. } | Change::Upsert { .. } => Outcome::Updated { etag, modified_at },
        Change::Delete { .. } => Outcome::Deleted,
    }
}

/// The id in `https://…/accounts(…)` (B38).
fn key_of(address: &str) -> Option<Uuid> {
    let (_, key) = address.trim_end_matches(')').rsplit_once('(')?;
    Uuid::try_parse(key).ok()
}
