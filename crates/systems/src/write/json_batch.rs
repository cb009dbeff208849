//! `$batch` as JSON, which Business Central takes (A51, A52).

use std::borrow::Cow;

use rustc_hash::FxHashMap;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::WriteTarget;
use super::body::quote;
use crate::http::{Method, Request, Response};

/// One batch of these requests. Names of headers are in lower case, as the OData JSON format wants them. Without `Isolation: snapshot` each part commits on its own; whether going on after a
/// failed part is honored is unverified (A21), so answers may end early.
pub(super) fn encode(target: &WriteTarget, parts: &[Request]) -> Request {
    let root = target.root();
    let mut body = String::from("{\"requests\":[");
    for (idx, part) in parts.iter().enumerate() {
        if idx > 0 {
            body.push(',');
        }
        let url = part.path.strip_prefix(root).unwrap_or(&part.path).trim_start_matches('/');
        body.push_str(&format!(
            "{{\"id\":\"{idx}\",\"method\":\"{}\",\"url\":{}",
            part.method.as_str(),
            quote(url)
        ));
        let headers: Vec<String> = part
            .headers
            .iter()
            .map(|(name, value)| format!("{}:{}", quote(&name.to_ascii_lowercase()), quote(value)))
            .collect();
        body.push_str(&format!(",\"headers\":{{{}}}", headers.join(",")));
        if let Some(json) = &part.body {
            body.push_str(",\"body\":");
            body.push_str(&String::from_utf8_lossy(json));
        }
        body.push('}');
    }
    body.push_str("]}");
    let headers = vec![
        ("Accept", "application/json".to_owned()),
        ("Content-Type", "application/json".to_owned()),
        ("Prefer", "odata.continue-on-error".to_owned()),
    ];
    Request { method: Method::Post, path: format!("{root}/$batch"), headers, body: Some(body.into_bytes()) }
}

#[derive(Deserialize)]
struct Batch<'a> {
    #[serde(borrow)]
    responses: Vec<Part<'a>>,
}

#[derive(Deserialize)]
struct Part<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    status: u16,
    #[serde(default)]
    headers: FxHashMap<String, String>,
    #[serde(borrow, default)]
    body: Option<&'a RawValue>,
}

/// The answers to the parts, by the part's position; none for a part that was not reached.
///
/// # Errors
/// When the body is no answer to a batch; says why.
pub(super) fn decode(response: &Response, n_parts: usize) -> Result<Vec<Option<Response>>, String> {
    let batch: Batch<'_> = serde_json::from_slice(&response.body).map_err(|error| error.to_string())?;
    let mut answers = vec![None; n_parts];
    for part in batch.responses {
        let position = part.id.parse::<usize>().ok();
        let Some(answer) = position.and_then(|position| answers.get_mut(position)) else {
            return Err(format!("part `{}` was not asked for", part.id));
        };
        *answer = Some(Response {
            status: part.status,
            headers: part.headers.into_iter().collect(),
            body: part.body.map(|body| body.get().as_bytes().to_vec()).unwrap_or_default(),
        });
    }
    Ok(answers)
}
