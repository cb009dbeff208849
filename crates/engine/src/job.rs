//! Synchronization jobs: what one run of one mapping was asked to do, what came of it, and its errors (S1.17, S5.5 to
//! S5.7). What a run does stands in `planning`, when one runs in `schedule`.

use jiff::Timestamp;

use crate::coupling::{JobId, RowId, SystemId};
use crate::executor::End;
use crate::mapping::MappingName;
use crate::planning::{Counters, Pass};

/// What a job was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum JobKind {
    /// What changed, by the clock or by "Synchronize Modified Records" (S5.11).
    Modified,
    /// Records that a person chose (S3.25).
    Chosen,
    /// Everything in the filter (S5.30).
    Full,
    /// Records were coupled (S3.30).
    Coupling,
    /// Couplings were removed (S3.45).
    Uncoupling,
    /// An earlier job was taken back.
    Undo {
        /// That job.
        of: JobId,
    },
}

/// How a job ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobEnd {
    /// Its plan was carried out as far as this says. Records that failed are no error of the job.
    Ran(End),
    /// It stopped by itself, as too many of its records failed.
    TooManyErrors,
    /// It could not run.
    Broken {
        /// Stable code of the reason, the key of its text.
        code: String,
        /// Words of the service or of the browser, as they came; empty when there are none.
        detail: String,
    },
}

/// Counters of one pass of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PassCounters {
    /// The pass.
    pub pass: Pass,
    /// What it counted.
    pub counters: Counters,
}

/// One run of one mapping (Integration Synch. Job, table 5338).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SynchJob {
    /// Its id, which couplings remember.
    pub id: JobId,
    /// The mapping.
    pub mapping: MappingName,
    /// What it was for.
    pub kind: JobKind,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended; none while it runs, or when its tab died.
    pub finished_at: Option<Timestamp>,
    /// How it ended; none as long as it has not.
    pub end: Option<JobEnd>,
    /// Its passes in their order.
    pub passes: Vec<PassCounters>,
    /// Requests that it sent.
    pub n_requests: u64,
}

/// A record that failed in a job (Integration Synch. Job Errors, table 5339).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SynchJobError {
    /// The job.
    pub job: JobId,
    /// The pass.
    pub pass: Pass,
    /// The Business Central record; none while it does not exist.
    pub record: Option<SystemId>,
    /// The Dataverse row; none while it does not exist.
    pub row: Option<RowId>,
    /// What it has in common with other errors of the same cause: a stable code, or the service's own code.
    pub cause: String,
    /// The service's or the plan's own words, with what tells this error from others of its cause.
    pub detail: String,
    /// When.
    pub at: Timestamp,
}
