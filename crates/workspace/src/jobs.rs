//! Synchronization jobs and their errors (S1.17, S5.5 to S5.7), and how long they are kept.

use couplet_engine::coupling::{JobId, RowId, SystemId};
use couplet_engine::executor::End;
use couplet_engine::job::{JobEnd, JobKind, PassCounters, SynchJob, SynchJobError};
use couplet_engine::planning::{Counters, Pass};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Damage;
use super::history::needed;
use super::scalars::{StoredId, StoredMoment, StoredName};

/// How long jobs, their errors and their journal are kept (S5.7: a month).
const KEPT_FOR: SignedDuration = SignedDuration::from_hours(31 * 24);

/// Jobs that began before this moment are forgotten at `now`.
pub fn kept_since(now: Timestamp) -> Timestamp {
    now.checked_sub(KEPT_FOR).unwrap_or(Timestamp::MIN)
}

/// A moment as a key: texts of this form sort by time.
pub fn moment_key(moment: Timestamp) -> String {
    format!("{moment:.9}")
}

/// A synchronization job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StoredSynchJob {
    id: StoredId,
    mapping: StoredName,
    kind: StoredKind,
    /// The job that was taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    of: Option<StoredId>,
    started_at: StoredMoment,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    finished_at: Option<StoredMoment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    end: Option<StoredEnd>,
    /// Why it could not run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    passes: Vec<StoredPassCounters>,
    requests: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum StoredKind {
    Modified,
    Chosen,
    Full,
    Coupling,
    Uncoupling,
    Mending,
    FollowUp,
    Undo,
}

spelled!(StoredKind {
    Modified = "modified",
    Chosen = "chosen",
    Full = "full",
    Coupling = "coupling",
    Uncoupling = "uncoupling",
    Mending = "mending",
    FollowUp = "followUp",
    Undo = "undo",
});

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum StoredEnd {
    Completed,
    Cancelled,
    GaveUp,
    TooManyErrors,
    Broken,
}

spelled!(StoredEnd {
    Completed = "completed",
    Cancelled = "cancelled",
    GaveUp = "gaveUp",
    TooManyErrors = "tooManyErrors",
    Broken = "broken",
});

/// A pass, by the direction in which it writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StoredPass {
    /// To Dataverse.
    To,
    /// From Dataverse.
    From,
}

spelled!(StoredPass { To = "to", From = "from" });

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredPassCounters {
    pass: StoredPass,
    inserted: usize,
    modified: usize,
    unchanged: usize,
    skipped: usize,
    failed: usize,
    #[serde(default, skip_serializing_if = "is_zero")]
    deleted: usize,
    #[serde(default, skip_serializing_if = "is_zero")]
    uncoupled: usize,
    #[serde(default, skip_serializing_if = "is_zero")]
    coupled: usize,
}

/// Whether a counter is left out: only a job that takes another back counts it.
fn is_zero(counter: &usize) -> bool {
    *counter == 0
}

/// A record that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredJobError {
    job: StoredId,
    pass: StoredPass,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    record: Option<StoredId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    row: Option<StoredId>,
    cause: String,
    detail: String,
    at: StoredMoment,
}

impl From<Pass> for StoredPass {
    fn from(pass: Pass) -> Self {
        match pass {
            Pass::ToIntegrationTable => StoredPass::To,
            Pass::FromIntegrationTable => StoredPass::From,
        }
    }
}

impl From<StoredPass> for Pass {
    fn from(pass: StoredPass) -> Self {
        match pass {
            StoredPass::To => Pass::ToIntegrationTable,
            StoredPass::From => Pass::FromIntegrationTable,
        }
    }
}

impl From<&SynchJob> for StoredSynchJob {
    fn from(job: &SynchJob) -> Self {
        let (kind, of) = match job.kind {
            JobKind::Modified => (StoredKind::Modified, None),
            JobKind::Chosen => (StoredKind::Chosen, None),
            JobKind::Full => (StoredKind::Full, None),
            JobKind::Coupling => (StoredKind::Coupling, None),
            JobKind::Uncoupling => (StoredKind::Uncoupling, None),
            JobKind::Mending => (StoredKind::Mending, None),
            JobKind::FollowUp { of } => (StoredKind::FollowUp, Some(StoredId(of.0))),
            JobKind::Undo { of } => (StoredKind::Undo, Some(StoredId(of.0))),
        };
        let (code, detail) = match &job.end {
            Some(JobEnd::Broken { code, detail }) => (Some(code.clone()), Some(detail.clone())),
            _ => (None, None),
        };
        StoredSynchJob {
            id: StoredId(job.id.0),
            mapping: StoredName(job.mapping.clone()),
            kind,
            of,
            started_at: StoredMoment(job.started_at),
            finished_at: job.finished_at.map(StoredMoment),
            end: job.end.as_ref().map(|end| match end {
                JobEnd::Ran(End::Completed) => StoredEnd::Completed,
                JobEnd::Ran(End::Cancelled) => StoredEnd::Cancelled,
                JobEnd::Ran(End::GaveUp) => StoredEnd::GaveUp,
                JobEnd::TooManyErrors => StoredEnd::TooManyErrors,
                JobEnd::Broken { .. } => StoredEnd::Broken,
            }),
            code,
            detail,
            passes: job.passes.iter().map(StoredPassCounters::from).collect(),
            requests: job.n_requests,
        }
    }
}

impl StoredSynchJob {
    /// The job.
    ///
    /// # Errors
    /// A member that its kind or its end has to have is missing.
    pub fn read(self) -> Result<SynchJob, Damage> {
        let (code, detail) = (self.code, self.detail);
        let end = self.end.map(|end| {
            Ok(match end {
                StoredEnd::Completed => JobEnd::Ran(End::Completed),
                StoredEnd::Cancelled => JobEnd::Ran(End::Cancelled),
                StoredEnd::GaveUp => JobEnd::Ran(End::GaveUp),
                StoredEnd::TooManyErrors => JobEnd::TooManyErrors,
                StoredEnd::Broken => {
                    JobEnd::Broken { code: needed(code, "code")?, detail: needed(detail, "detail")? }
                }
            })
        });
        Ok(SynchJob {
            id: JobId(self.id.0),
            mapping: self.mapping.0,
            kind: match self.kind {
                StoredKind::Modified => JobKind::Modified,
                StoredKind::Chosen => JobKind::Chosen,
                StoredKind::Full => JobKind::Full,
                StoredKind::Coupling => JobKind::Coupling,
                StoredKind::Uncoupling => JobKind::Uncoupling,
                StoredKind::Mending => JobKind::Mending,
                StoredKind::FollowUp => JobKind::FollowUp { of: JobId(needed(self.of, "of")?.0) },
                StoredKind::Undo => JobKind::Undo { of: JobId(needed(self.of, "of")?.0) },
            },
            started_at: self.started_at.0,
            finished_at: self.finished_at.map(|it| it.0),
            end: end.transpose()?,
            passes: self.passes.into_iter().map(PassCounters::from).collect(),
            n_requests: self.requests,
        })
    }
}

impl From<&PassCounters> for StoredPassCounters {
    fn from(value: &PassCounters) -> Self {
        let Counters { inserted, modified, unchanged, skipped, failed, deleted, uncoupled, coupled } =
            value.counters;
        let pass = value.pass.into();
        StoredPassCounters {
            pass,
            inserted,
            modified,
            unchanged,
            skipped,
            failed,
            deleted,
            uncoupled,
            coupled,
        }
    }
}

impl From<StoredPassCounters> for PassCounters {
    fn from(value: StoredPassCounters) -> Self {
        let StoredPassCounters {
            pass,
            inserted,
            modified,
            unchanged,
            skipped,
            failed,
            deleted,
            uncoupled,
            coupled,
        } = value;
        let counters =
            Counters { inserted, modified, unchanged, skipped, failed, deleted, uncoupled, coupled };
        PassCounters { pass: pass.into(), counters }
    }
}

impl From<&SynchJobError> for StoredJobError {
    fn from(error: &SynchJobError) -> Self {
        StoredJobError {
            job: StoredId(error.job.0),
            pass: error.pass.into(),
            record: error.record.map(|it| StoredId(it.0)),
            row: error.row.map(|it| StoredId(it.0)),
            cause: error.cause.clone(),
            detail: error.detail.clone(),
            at: StoredMoment(error.at),
        }
    }
}

impl From<StoredJobError> for SynchJobError {
    fn from(error: StoredJobError) -> Self {
        SynchJobError {
            job: JobId(error.job.0),
            pass: error.pass.into(),
            record: error.record.map(|it| SystemId(it.0)),
            row: error.row.map(|it| RowId(it.0)),
            cause: error.cause,
            detail: error.detail,
            at: error.at.0,
        }
    }
}
