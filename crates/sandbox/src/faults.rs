//! Faults on demand (S6) and the count of requests: what a test or the proxy's control route switches on.

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::wire::{Delivery, Response, System};

/// One fault: where it strikes, when, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Fault {
    /// The system it strikes; both when absent.
    #[serde(default)]
    pub system: Option<System>,
    /// A part of the path and query (`/accounts`); empty matches every request.
    #[serde(default)]
    pub path_contains: String,
    /// Which of the matching requests it strikes.
    pub when: FaultWindow,
    /// What happens to them.
    pub effect: FaultEffect,
}

/// Which of the matching requests a fault strikes, counted from the moment it was set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FaultWindow {
    /// The next matching requests, so many of them; later ones are served.
    Next(u32),
    /// The matching request of this number (the first is 1) and all after it.
    From(u32),
    /// Only the matching request of this number (the first is 1).
    Only(u32),
}

impl FaultWindow {
    fn strikes(self, number: u32) -> bool {
        match self {
            Self::Next(count) => number <= count,
            Self::From(first) => number >= first,
            Self::Only(wanted) => number == wanted,
        }
    }
}

/// What a fault does to a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FaultEffect {
    /// The request is not processed and answered with this status, in the system's own error shape.
    #[serde(rename_all = "camelCase")]
    Status {
        /// The HTTP status: 401, 403, 409, 412, 429, 500, 503, 504.
        status: u16,
        /// Seconds for the `Retry-After` header; without it the header is left out.
        #[serde(default)]
        retry_after: Option<u32>,
    },
    /// The request is processed, then the connection breaks in the middle of the body.
    BrokenConnection,
    /// The row of this number (the first is 0) in the page carries a member of the wrong type.
    MalformedRow {
        /// Position of the row in the page.
        row: usize,
    },
    /// The answer comes this much later.
    Delay {
        /// Milliseconds for the host to wait.
        milliseconds: u64,
    },
    /// The service does not answer at all.
    Stopped,
}

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

/// Faults in force with their progress.
#[derive(Debug, Default)]
pub(crate) struct FaultBoard {
    faults: Vec<(Fault, u32)>,
}

/// What the faults in force mean for one request.
#[derive(Debug, Default)]
pub(crate) struct Strike {
    /// Answer this instead of processing the request.
    pub(crate) instead: Option<(u16, Option<u32>)>,
    /// Break the connection.
    pub(crate) broken: bool,
    /// Do not answer at all.
    pub(crate) stopped: bool,
    /// Damage this row of the page.
    pub(crate) malformed_row: Option<usize>,
    /// Wait this long.
    pub(crate) delay_ms: u64,
}

impl FaultBoard {
    pub(crate) fn set(&mut self, faults: Vec<Fault>) {
        self.faults = faults.into_iter().map(|fault| (fault, 0)).collect();
    }

    /// Counts the request against every fault that matches it and tells what strikes it.
    pub(crate) fn strike(&mut self, system: System, address: &str) -> Strike {
        let mut strike = Strike::default();
        for (fault, seen) in &mut self.faults {
            let here = fault.system.is_none_or(|it| it == system) && address.contains(&fault.path_contains);
            if !here {
                continue;
            }
            *seen = seen.saturating_add(1);
            if !fault.when.strikes(*seen) {
                continue;
            }
            match &fault.effect {
                FaultEffect::Status { status, retry_after } => strike.instead = Some((*status, *retry_after)),
                FaultEffect::BrokenConnection => strike.broken = true,
                FaultEffect::MalformedRow { row } => strike.malformed_row = Some(*row),
                FaultEffect::Delay { milliseconds } => {
                    strike.delay_ms = strike.delay_ms.saturating_add(*milliseconds)
                }
                FaultEffect::Stopped => strike.stopped = true,
            }
        }
        strike
    }
}

impl Strike {
    /// Applies what concerns the delivery of an answer.
    pub(crate) fn deliver(&self, mut response: Response) -> Response {
        response.delay_ms = response.delay_ms.saturating_add(self.delay_ms);
        if self.broken {
            response.delivery = Delivery::CutAfter(response.body.len() / 2);
        }
        response
    }
}

/// Requests counted by kind.
#[derive(Debug, Default)]
pub(crate) struct RequestLog {
    counts: FxHashMap<(System, String, String, u16), u64>,
}

impl RequestLog {
    pub(crate) fn note(&mut self, system: System, method: &str, path: &str, status: u16) {
        let key = (system, method.to_owned(), without_keys(path), status);
        *self.counts.entry(key).or_default() += 1;
    }

    pub(crate) fn clear(&mut self) {
        self.counts.clear();
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
