//! The services' limits (A56, B56), switched on and off, and the time that requests take. Knows no wire format:
//! a refusal says why, and the system puts it into words.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use crate::operations::{OperationKind, Operations};
use crate::wire::System;

/// Which limits hold; none of them in the beginning.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Limits {
    /// Service protection of Dataverse (B56).
    pub dataverse: Option<DataverseLimits>,
    /// Operational limits of Business Central (A56).
    pub business_central: Option<BusinessCentralLimits>,
}

impl Limits {
    /// The documented limits of both services.
    #[must_use]
    pub fn documented() -> Self {
        Self {
            dataverse: Some(DataverseLimits::default()),
            business_central: Some(BusinessCentralLimits::default()),
        }
    }
}

/// Limits of one user of Dataverse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DataverseLimits {
    /// Requests in the window.
    pub requests: u32,
    /// Combined execution time in the window, in milliseconds.
    pub execution_ms: u64,
    /// Requests at the same time.
    pub concurrent: u32,
    /// Length of the sliding window, in milliseconds.
    pub window_ms: i64,
    /// How many requests at once the service advises in `x-ms-dop-hint`; none: it says nothing.
    pub parallelism_hint: Option<u32>,
}

impl Default for DataverseLimits {
    fn default() -> Self {
        Self {
            requests: 6_000,
            execution_ms: 1_200_000,
            concurrent: 52,
            window_ms: 300_000,
            parallelism_hint: None,
        }
    }
}

/// Limits of one user of Business Central.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct BusinessCentralLimits {
    /// Requests in the window.
    pub requests: u32,
    /// Requests processed at the same time.
    pub processed: u32,
    /// Requests that may wait for it.
    pub queued: u32,
    /// Longest wait, in milliseconds.
    pub max_wait_ms: i64,
    /// Length of the sliding window, in milliseconds.
    pub window_ms: i64,
}

impl Default for BusinessCentralLimits {
    fn default() -> Self {
        Self { requests: 6_000, processed: 5, queued: 95, max_wait_ms: 480_000, window_ms: 300_000 }
    }
}

/// How long requests take, in milliseconds; nothing in the beginning.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Timing {
    /// The way to the service and back, for every request.
    pub latency_ms: u64,
    /// Work of the service, for every operation of a kind.
    pub operation_ms: BTreeMap<OperationKind, u64>,
}

impl Timing {
    /// The work of one request.
    pub(crate) fn execution_ms(&self, operations: &Operations) -> u64 {
        let of = |kind: &OperationKind| self.operation_ms.get(kind).copied().unwrap_or_default();
        operations.counts.iter().map(|(kind, count)| of(kind).saturating_mul(*count)).sum()
    }
}

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Excess {
    Requests,
    ExecutionTime,
    Concurrency,
    /// The queue of Business Central is full.
    Queue,
    /// It waited in the queue for too long.
    Wait,
}

/// What the limits say to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Admission {
    /// It may run after waiting so long; on Dataverse with what remains of requests and time.
    Granted { wait_ms: u64, remaining: Option<(u32, u64)> },
    /// It may not; on Dataverse with the seconds to wait.
    Refused { excess: Excess, retry_after: Option<u32> },
}

/// One system's requests of the past window.
#[derive(Debug, Default)]
struct Past {
    /// Moment and work of the requests of the window.
    requests: VecDeque<(i64, u64)>,
    execution_ms: u64,
    /// When the requests end that were begun.
    ends: Vec<i64>,
    /// When the queued requests begin.
    starts: Vec<i64>,
}

impl Past {
    fn forget(&mut self, now_ms: i64, window_ms: i64) {
        while let Some((_, work)) = self.requests.front().copied().filter(|(at, _)| at + window_ms <= now_ms)
        {
            self.requests.pop_front();
            self.execution_ms = self.execution_ms.saturating_sub(work);
        }
        self.ends.retain(|end| *end > now_ms);
        self.starts.retain(|start| *start > now_ms);
    }

    fn count(&self) -> u32 {
        u32::try_from(self.requests.len()).unwrap_or(u32::MAX)
    }

    fn note(&mut self, now_ms: i64, work_ms: u64) {
        self.requests.push_back((now_ms, work_ms));
        self.execution_ms = self.execution_ms.saturating_add(work_ms);
    }

    /// Seconds until the oldest requests have left the window so far that `enough` holds of what is left.
    fn seconds_until(&self, now_ms: i64, window_ms: i64, enough: impl Fn(usize, u64) -> bool) -> u32 {
        let (mut count, mut work) = (self.requests.len(), self.execution_ms);
        for (at, cost) in &self.requests {
            (count, work) = (count - 1, work.saturating_sub(*cost));
            if enough(count, work) {
                let wait = (at + window_ms - now_ms).max(1);
                return u32::try_from((wait + 999) / 1_000).unwrap_or(u32::MAX);
            }
        }
        1
    }
}

/// The limits with what was asked of them.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    limits: Limits,
    dataverse: Past,
    business_central: Past,
}

impl Gate {
    pub(crate) fn set(&mut self, limits: Limits) {
        *self = Self { limits, ..Self::default() };
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Lets a request through, makes it wait or refuses it.
    pub(crate) fn admit(&mut self, system: System, now_ms: i64, work_ms: u64) -> Admission {
        match system {
            System::Dataverse => match self.limits.dataverse {
                Some(limits) => self.dataverse.admit_dataverse(limits, now_ms, work_ms),
                None => Admission::Granted { wait_ms: 0, remaining: None },
            },
            System::BusinessCentral => match self.limits.business_central {
                Some(limits) => self.business_central.admit_business_central(limits, now_ms, work_ms),
                None => Admission::Granted { wait_ms: 0, remaining: None },
            },
        }
    }
}

impl Past {
    /// B56: concurrency is refused at once, the others until the window has moved; going on makes it longer,
    /// because refused requests count too.
    fn admit_dataverse(&mut self, limits: DataverseLimits, now_ms: i64, work_ms: u64) -> Admission {
        self.forget(now_ms, limits.window_ms);
        let running = u32::try_from(self.ends.len()).unwrap_or(u32::MAX);
        if running >= limits.concurrent {
            return Admission::Refused { excess: Excess::Concurrency, retry_after: Some(1) };
        }
        let most = usize::try_from(limits.requests).unwrap_or(usize::MAX);
        if self.requests.len() >= most {
            self.note(now_ms, 0);
            let seconds = self.seconds_until(now_ms, limits.window_ms, |count, _| count < most);
            return Admission::Refused { excess: Excess::Requests, retry_after: Some(seconds) };
        }
        if self.execution_ms >= limits.execution_ms {
            self.note(now_ms, 0);
            let enough = |_, work| work < limits.execution_ms;
            let seconds = self.seconds_until(now_ms, limits.window_ms, enough);
            return Admission::Refused { excess: Excess::ExecutionTime, retry_after: Some(seconds) };
        }
        self.note(now_ms, work_ms);
        self.ends.push(now_ms.saturating_add_unsigned(work_ms));
        let remaining = (
            limits.requests.saturating_sub(self.count()),
            limits.execution_ms.saturating_sub(self.execution_ms),
        );
        Admission::Granted { wait_ms: 0, remaining: Some(remaining) }
    }

    /// A56: five at once, the next ones wait, and who would wait too long is refused.
    fn admit_business_central(
        &mut self,
        limits: BusinessCentralLimits,
        now_ms: i64,
        work_ms: u64,
    ) -> Admission {
        self.forget(now_ms, limits.window_ms);
        let refused = |excess| Admission::Refused { excess, retry_after: None };
        if self.count() >= limits.requests {
            return refused(Excess::Requests);
        }
        let processed = usize::try_from(limits.processed).unwrap_or(usize::MAX);
        self.ends.sort_unstable();
        // The request begins when fewer than `processed` of the earlier ones are still to end.
        let free_at = self.ends.len().checked_sub(processed).and_then(|at| self.ends.get(at)).copied();
        let start = free_at.unwrap_or(now_ms);
        let queued = u32::try_from(self.starts.len()).unwrap_or(u32::MAX);
        if start > now_ms && queued >= limits.queued {
            return refused(Excess::Queue);
        }
        if start - now_ms > limits.max_wait_ms {
            return refused(Excess::Wait);
        }
        self.note(now_ms, work_ms);
        self.ends.push(start.saturating_add_unsigned(work_ms));
        if start > now_ms {
            self.starts.push(start);
        }
        Admission::Granted { wait_ms: u64::try_from(start - now_ms).unwrap_or_default(), remaining: None }
    }
}
