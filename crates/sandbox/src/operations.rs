//! What a request costs: its operations by kind, and how it carries them. Reads only the request.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::wire::Request;

/// What an operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OperationKind {
    /// A page, a record, a count.
    Read,
    /// A new record.
    Create,
    /// A changed record, an upsert included.
    Update,
    /// A deleted record.
    Delete,
    /// An action, a function call by POST, an association.
    Action,
    /// Descriptions of the service.
    Metadata,
}

/// How a request carries its operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RequestForm {
    /// One operation.
    Single,
    /// `$batch` (A51, B51).
    Batch,
    /// `CreateMultiple` and its kin (B47).
    Bulk,
}

/// The operations of one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Operations {
    pub(crate) form: RequestForm,
    pub(crate) counts: BTreeMap<OperationKind, u64>,
}

impl Operations {
    /// Reads a request; a body that cannot be read counts as one operation.
    pub(crate) fn of(request: &Request<'_>) -> Self {
        let path = request.path;
        if path.ends_with("/$batch") {
            return Self { form: RequestForm::Batch, counts: batch(request.body) };
        }
        let last = path.rsplit('/').next().unwrap_or_default();
        let bulk = match last.strip_prefix("Microsoft.Dynamics.CRM.") {
            Some("CreateMultiple") => Some(OperationKind::Create),
            Some("UpdateMultiple" | "UpsertMultiple") => Some(OperationKind::Update),
            Some("DeleteMultiple") => Some(OperationKind::Delete),
            _ => None,
        };
        match bulk {
            Some(kind) => {
                let counts = BTreeMap::from([(kind, targets(request.body).max(1))]);
                Self { form: RequestForm::Bulk, counts }
            }
            None => {
                let counts = BTreeMap::from([(kind(request.method, path), 1)]);
                Self { form: RequestForm::Single, counts }
            }
        }
    }
}

fn kind(method: &str, path: &str) -> OperationKind {
    const DESCRIPTIONS: [&str; 5] = [
        "/$metadata",
        "/entityDefinitions",
        "/EntityDefinitions",
        "/GlobalOptionSetDefinitions",
        "/RelationshipDefinitions",
    ];
    let last = path.rsplit('/').next().unwrap_or_default();
    match method {
        "GET" if DESCRIPTIONS.iter().any(|it| path.contains(it)) => OperationKind::Metadata,
        "GET" => OperationKind::Read,
        "POST" if last.contains('.') || last == "$ref" => OperationKind::Action,
        "POST" => OperationKind::Create,
        "DELETE" => OperationKind::Delete,
        _ => OperationKind::Update,
    }
}

#[derive(Deserialize)]
struct JsonBatch {
    requests: Vec<JsonPart>,
}

#[derive(Deserialize)]
struct JsonPart {
    method: String,
    url: String,
}

/// The operations of a batch in JSON (A51) or multipart (B51).
fn batch(body: &[u8]) -> BTreeMap<OperationKind, u64> {
    let mut counts = BTreeMap::new();
    let mut count = |method: &str, url: &str| {
        let path = url.split('?').next().unwrap_or_default();
        *counts.entry(kind(method, path)).or_default() += 1;
    };
    if let Ok(batch) = serde_json::from_slice::<JsonBatch>(body) {
        batch.requests.iter().for_each(|part| count(&part.method, &format!("/{}", part.url)));
        return counts;
    }
    for line in String::from_utf8_lossy(body).lines() {
        let mut words = line.split(' ');
        if let (Some(method), Some(url), Some(version)) = (words.next(), words.next(), words.next())
            && version.starts_with("HTTP/1.")
            && matches!(method, "GET" | "POST" | "PATCH" | "PUT" | "DELETE")
        {
            count(method, url);
        }
    }
    counts
}

#[derive(Deserialize)]
struct Bulk {
    #[serde(rename = "Targets")]
    targets: Vec<Box<RawValue>>,
}

fn targets(body: &[u8]) -> u64 {
    let bulk = serde_json::from_slice::<Bulk>(body);
    bulk.map_or(0, |bulk| u64::try_from(bulk.targets.len()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(method: &str, path: &str, body: &str, form: RequestForm, expected: &[(OperationKind, u64)]) {
        let request = Request { method, path, query: "", headers: &[], body: body.as_bytes() };
        let expected = Operations { form, counts: expected.iter().copied().collect() };
        assert_eq!(Operations::of(&request), expected, "{method} {path}");
    }

    #[test]
    fn requests_are_told_apart_by_what_they_do() {
        use OperationKind::{Action, Create, Delete, Metadata, Read, Update};
        let single = RequestForm::Single;
        check("GET", "/api/v2.0/companies(1)/customers", "", single, &[(Read, 1)]);
        check("GET", "/api/v2.0/$metadata", "", single, &[(Metadata, 1)]);
        check("POST", "/api/v2.0/salesOrders(1)/Microsoft.NAV.shipAndInvoice", "", single, &[(Action, 1)]);
        check("PATCH", "/api/data/v9.2/accounts(1)", "{}", single, &[(Update, 1)]);
        check("DELETE", "/api/data/v9.2/accounts(1)", "", single, &[(Delete, 1)]);
        let json = r#"{"requests":[{"id":"1","method":"GET","url":"items"},{"id":"2","method":"POST","url":"items"}]}"#;
        check("POST", "/api/v2.0/$batch", json, RequestForm::Batch, &[(Read, 1), (Create, 1)]);
        let multipart = "--b\r\nContent-Type: application/http\r\n\r\nPATCH /api/data/v9.2/accounts(1) HTTP/1.1\r\n\r\n{}\r\n--b--";
        check("POST", "/api/data/v9.2/$batch", multipart, RequestForm::Batch, &[(Update, 1)]);
        let bulk = "/api/data/v9.2/accounts/Microsoft.Dynamics.CRM.UpdateMultiple";
        check("POST", bulk, r#"{"Targets":[{},{},{}]}"#, RequestForm::Bulk, &[(Update, 3)]);
    }
}
