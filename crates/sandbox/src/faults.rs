//! Faults on demand (S6): what a test or the control route switches on, by rule and by seed.

use serde::{Deserialize, Serialize};

use crate::store::mix;
use crate::wire::{Delivery, Response, System};

/// Largest clock skew, in seconds.
const MAX_SKEW: i32 = 300;

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
    /// So many of a thousand matching requests, chosen by a seed: the same seed strikes the same ones.
    #[serde(rename_all = "camelCase")]
    Chance {
        /// Decides which ones.
        seed: u64,
        /// How many of a thousand.
        per_thousand: u32,
    },
}

impl FaultWindow {
    fn strikes(self, number: u32) -> bool {
        match self {
            Self::Next(count) => number <= count,
            Self::From(first) => number >= first,
            Self::Only(wanted) => number == wanted,
            Self::Chance { seed, per_thousand } => {
                mix(seed ^ (u64::from(number) << 20)) % 1_000 < u64::from(per_thousand)
            }
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
    /// The request is processed, and its answer is lost.
    LostResponse,
    /// The request is processed and answered with this status nevertheless, as a gateway does that gave up.
    #[serde(rename_all = "camelCase")]
    StatusAfterWork {
        /// The HTTP status, such as 504.
        status: u16,
        /// Seconds for the `Retry-After` header; without it the header is left out.
        #[serde(default)]
        retry_after: Option<u32>,
    },
    /// Inside a batch: the part is not processed and fails with this status. The address is that of the part.
    FailedPart {
        /// The HTTP status of the part.
        status: u16,
    },
    /// The request is refused as a whole and nothing of it is stored, as a bulk message of which one row fails
    /// (B47) or a transaction (A52).
    RolledBack,
    /// After a page was served, a row of its table changes.
    RowChanged {
        /// Position among the rows of the table.
        row: usize,
    },
    /// After a page was served, a row of its table is deleted.
    RowDeleted {
        /// Position among the rows of the table.
        row: usize,
    },
    /// The service's clock differs by this much, at most 300 either way.
    ClockSkew {
        /// Seconds; negative when it is slow.
        seconds: i32,
    },
}

/// What else happens to a table after one of its pages was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Disturbance {
    Change(usize),
    Delete(usize),
}

/// A mixture of every fault that a client must survive, chosen by a seed.
///
/// `per_thousand` is how many of a thousand requests each of them strikes. Nothing in it stays: a client that tries
/// again gets through.
#[must_use]
pub fn faults_of_seed(seed: u64, per_thousand: u32) -> Vec<Fault> {
    let effects = [
        FaultEffect::Status { status: 401, retry_after: None },
        FaultEffect::Status { status: 429, retry_after: Some(1) },
        FaultEffect::Status { status: 503, retry_after: Some(1) },
        FaultEffect::Status { status: 504, retry_after: None },
        FaultEffect::StatusAfterWork { status: 504, retry_after: None },
        FaultEffect::BrokenConnection,
        FaultEffect::LostResponse,
        FaultEffect::Stopped,
        FaultEffect::FailedPart { status: 503 },
        FaultEffect::Delay { milliseconds: 200 },
    ];
    let numbered = (1_u64..).zip(effects);
    numbered
        .map(|(number, effect)| Fault {
            system: None,
            path_contains: String::new(),
            when: FaultWindow::Chance { seed: mix(seed ^ (number << 40)), per_thousand },
            effect,
        })
        .collect()
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
    /// Process the request and lose the answer.
    pub(crate) lost: bool,
    /// Process the request and answer this instead.
    pub(crate) after_work: Option<(u16, Option<u32>)>,
    /// What happens to the table after a page of it was read.
    pub(crate) disturbance: Option<Disturbance>,
    /// How far the service's clock is off.
    pub(crate) skew_ms: i64,
}

impl FaultBoard {
    pub(crate) fn set(&mut self, faults: Vec<Fault>) {
        self.faults = faults.into_iter().map(|fault| (fault, 0)).collect();
    }

    /// Counts the request against every fault that matches it and tells what strikes it.
    pub(crate) fn strike(&mut self, system: System, address: &str) -> Strike {
        let mut strike = Strike::default();
        for (fault, seen) in &mut self.faults {
            let of_parts = matches!(fault.effect, FaultEffect::FailedPart { .. });
            if of_parts || !fault.strikes(seen, system, address) {
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
                FaultEffect::LostResponse => strike.lost = true,
                FaultEffect::StatusAfterWork { status, retry_after } => {
                    strike.after_work = Some((*status, *retry_after));
                }
                FaultEffect::RolledBack => strike.instead = Some((400, None)),
                FaultEffect::RowChanged { row } => strike.disturbance = Some(Disturbance::Change(*row)),
                FaultEffect::RowDeleted { row } => strike.disturbance = Some(Disturbance::Delete(*row)),
                FaultEffect::ClockSkew { seconds } => {
                    strike.skew_ms = i64::from((*seconds).clamp(-MAX_SKEW, MAX_SKEW)) * 1_000;
                }
                FaultEffect::FailedPart { .. } => {}
            }
        }
        strike
    }

    /// The status that strikes one part of a batch, whose own address is given.
    pub(crate) fn strike_part(&mut self, system: System, address: &str) -> Option<u16> {
        let mut struck = None;
        for (fault, seen) in &mut self.faults {
            if let FaultEffect::FailedPart { status } = fault.effect
                && fault.strikes(seen, system, address)
            {
                struck = Some(status);
            }
        }
        struck
    }
}

impl Fault {
    /// Counts a request that matches and tells whether it is struck.
    fn strikes(&self, seen: &mut u32, system: System, address: &str) -> bool {
        let here = self.system.is_none_or(|it| it == system) && address.contains(&self.path_contains);
        if !here {
            return false;
        }
        *seen = seen.saturating_add(1);
        self.when.strikes(*seen)
    }
}

impl Strike {
    /// Applies what concerns the delivery of an answer.
    pub(crate) fn deliver(&self, mut response: Response) -> Response {
        response.delay_ms = response.delay_ms.saturating_add(self.delay_ms);
        if self.broken {
            response.delivery = Delivery::CutAfter(response.body.len() / 2);
        }
        if self.lost {
            response.delivery = Delivery::Refused;
        }
        response
    }
}
