//! The count of requests: by address and status, and by what they do, for tests and the benchmark.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use serde::Serialize;

use crate::operations::{OperationKind, Operations, RequestForm};
use crate::wire::{Request, Response, System};

/// How often a kind of request was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestCount {
    /// The system addressed.
    pub system: System,
    /// The verb.
    pub method: String,
    /// The path, with every key replaced by `{key}`.
    pub path: String,
    /// The status answered; 0 when the connection was refused.
    pub status: u16,
    /// How many of them.
    pub count: u64,
}

/// What a run cost one system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Cost {
    /// The system addressed.
    pub system: System,
    /// Requests by the way they carry operations.
    pub requests: BTreeMap<RequestForm, u64>,
    /// Operations by what they do, the parts of batches and the rows of bulk messages included.
    pub operations: BTreeMap<OperationKind, u64>,
    /// Requests answered 429.
    pub throttled: u64,
    /// Bytes of the answers' bodies.
    pub response_bytes: u64,
    /// Time of the service by [`Timing`](crate::Timing), in milliseconds.
    pub execution_ms: u64,
}

/// Requests counted by kind.
#[derive(Debug, Default)]
pub(crate) struct RequestLog {
    counts: FxHashMap<(System, String, String, u16), u64>,
    costs: BTreeMap<System, Cost>,
}

impl RequestLog {
    pub(crate) fn note(
        &mut self,
        system: System,
        request: &Request<'_>,
        response: &Response,
        operations: &Operations,
        execution_ms: u64,
    ) {
        let key = (system, request.method.to_owned(), without_keys(request.path), response.status);
        *self.counts.entry(key).or_default() += 1;
        let cost = self.costs.entry(system).or_insert_with(|| Cost {
            system,
            requests: BTreeMap::new(),
            operations: BTreeMap::new(),
            throttled: 0,
            response_bytes: 0,
            execution_ms: 0,
        });
        *cost.requests.entry(operations.form).or_default() += 1;
        for (kind, count) in &operations.counts {
            *cost.operations.entry(*kind).or_default() += count;
        }
        cost.throttled += u64::from(response.status == 429);
        cost.response_bytes += u64::try_from(response.body.len()).unwrap_or_default();
        cost.execution_ms += execution_ms;
    }

    /// What the requests so far cost, one entry for each system that was called.
    pub(crate) fn costs(&self) -> Vec<Cost> {
        self.costs.values().cloned().collect()
    }

    pub(crate) fn clear(&mut self) {
        self.counts.clear();
        self.costs.clear();
    }

    pub(crate) fn read(&self) -> Vec<RequestCount> {
        let mut counts: Vec<RequestCount> = self
            .counts
            .iter()
            .map(|((system, method, path, status), count)| RequestCount {
                system: *system,
                method: method.clone(),
                path: path.clone(),
                status: *status,
                count: *count,
            })
            .collect();
        counts.sort_by(|a, b| {
            (a.system, &a.path, &a.method, a.status).cmp(&(b.system, &b.path, &b.method, b.status))
        });
        counts
    }
}

fn without_keys(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let mut depth = 0_u32;
    for character in path.chars() {
        match character {
            '(' => {
                if depth == 0 {
                    out.push_str("({key}");
                }
                depth += 1;
            }
            ')' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    out.push(')');
                }
            }
            _ if depth > 0 => {}
            _ => out.push(character),
        }
    }
    out
}
