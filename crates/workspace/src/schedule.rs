//! Whether job queue entries run by themselves in this browser, and when each runs next. Not part of the workspace file:
//! whoever imports one decides for themselves whether anything runs.

use couplet_engine::schedule::{NextRun, Schedule};
use serde::{Deserialize, Serialize};

use super::history::needed;
use super::scalars::{StoredMoment, StoredName};
use super::{Damage, Problem};

/// The schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StoredSchedule {
    on: bool,
    next_runs: Vec<StoredNextRun>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct StoredNextRun {
    mapping: StoredName,
    kind: Kind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at: Option<StoredMoment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failed_attempts: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Ready,
    OnHoldWithInactivityTimeout,
    Error,
}

spelled!(Kind {
    Ready = "ready",
    OnHoldWithInactivityTimeout = "onHoldWithInactivityTimeout",
    Error = "error",
});

impl From<&Schedule> for StoredSchedule {
    fn from(schedule: &Schedule) -> Self {
        let next_runs = schedule.next_runs().iter().map(|(mapping, next)| {
            let (kind, at, failed_attempts) = match *next {
                NextRun::Ready { at, failed_attempts } => (Kind::Ready, Some(at), Some(failed_attempts)),
                NextRun::OnHoldWithInactivityTimeout { at } => (Kind::OnHoldWithInactivityTimeout, at, None),
                NextRun::Error => (Kind::Error, None, None),
            };
            StoredNextRun {
                mapping: StoredName(mapping.clone()),
                kind,
                at: at.map(StoredMoment),
                failed_attempts,
            }
        });
        StoredSchedule { on: schedule.is_on, next_runs: next_runs.collect() }
    }
}

impl StoredSchedule {
    /// The schedule.
    ///
    /// # Errors
    /// A member that its kind has to have is missing, or a mapping is there twice.
    pub fn read(self) -> Result<Schedule, Damage> {
        let n_runs = self.next_runs.len();
        let next =
            self.next_runs.into_iter().enumerate().map(|(idx, stored)| {
                stored.read().map_err(|damage| damage.inside(&format!("nextRuns[{idx}]")))
            });
        let schedule = Schedule::new(self.on, next.collect::<Result<Vec<_>, _>>()?);
        if schedule.next_runs().len() == n_runs {
            return Ok(schedule);
        }
        let detail = "expected every mapping once".to_owned();
        Err(Damage::new("nextRuns", Problem::Shape { detail }))
    }
}

impl StoredNextRun {
    fn read(self) -> Result<(couplet_engine::MappingName, NextRun), Damage> {
        let at = self.at.map(|at| at.0);
        let next = match self.kind {
            Kind::Ready => NextRun::Ready {
                at: needed(at, "at")?,
                failed_attempts: needed(self.failed_attempts, "failedAttempts")?,
            },
            Kind::OnHoldWithInactivityTimeout => NextRun::OnHoldWithInactivityTimeout { at },
            Kind::Error => NextRun::Error,
        };
        Ok((self.mapping.0, next))
    }
}
