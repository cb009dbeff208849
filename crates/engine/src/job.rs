//! Synchronization jobs: what one run of one mapping was asked to do, what came of it, and its errors (S1.17, S5.5 to
//! S5.7). What a run does stands in `planning`, when one runs in `schedule`.

use jiff::Timestamp;
use rustc_hash::FxHashMap;

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
    /// Broken couplings were mended (S2.22, S3.55).
    Mending,
    /// What an earlier job created brought about in other records (S6.15, S6.17).
    FollowUp {
        /// That job.
        of: JobId,
    },
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

/// Errors of one cause, folded into one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorGroup {
    /// What they have in common.
    pub cause: String,
    /// The pass.
    pub pass: Pass,
    /// How many there are.
    pub n_errors: usize,
    /// The words of the first of them.
    pub example: String,
    /// When the first happened.
    pub first: Timestamp,
    /// When the last happened.
    pub last: Timestamp,
    /// Their Business Central records, each once, as far as they exist.
    pub records: Vec<SystemId>,
    /// Their Dataverse rows, each once.
    pub rows: Vec<RowId>,
}

/// Folds errors by cause and pass, most frequent first, and among equals by cause.
pub fn fold_errors<'e>(errors: impl IntoIterator<Item = &'e SynchJobError>) -> Vec<ErrorGroup> {
    let mut places: FxHashMap<(&str, Pass), usize> = FxHashMap::default();
    let mut groups: Vec<ErrorGroup> = Vec::new();
    for error in errors {
        let place = *places.entry((error.cause.as_str(), error.pass)).or_insert_with(|| {
            groups.push(ErrorGroup {
                cause: error.cause.clone(),
                pass: error.pass,
                n_errors: 0,
                example: error.detail.clone(),
                first: error.at,
                last: error.at,
                records: Vec::new(),
                rows: Vec::new(),
            });
            groups.len() - 1
        });
        let Some(group) = groups.get_mut(place) else { continue };
        group.n_errors += 1;
        if error.at < group.first {
            group.first = error.at;
            group.example.clone_from(&error.detail);
        }
        group.last = group.last.max(error.at);
        group.records.extend(error.record);
        group.rows.extend(error.row);
    }
    for group in &mut groups {
        group.records.sort_unstable();
        group.records.dedup();
        group.rows.sort_unstable();
        group.rows.dedup();
    }
    groups.sort_by(|one, other| {
        other
            .n_errors
            .cmp(&one.n_errors)
            .then_with(|| one.cause.cmp(&other.cause))
            .then(one.pass.cmp(&other.pass))
    });
    groups
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn error(cause: &str, record: u128, second: i64) -> SynchJobError {
        SynchJobError {
            job: JobId(Uuid::from_u128(1)),
            pass: Pass::ToIntegrationTable,
            record: Some(SystemId(Uuid::from_u128(record))),
            row: None,
            cause: cause.to_owned(),
            detail: format!("{cause} of {record}"),
            at: Timestamp::from_second(second).unwrap(),
        }
    }

    #[test]
    fn errors_of_one_cause_are_one_line_with_the_first_of_them() {
        let errors = [error("b", 3, 30), error("a", 1, 20), error("b", 2, 10), error("b", 3, 40)];
        let groups = fold_errors(&errors);
        let told: Vec<(&str, usize)> = groups.iter().map(|it| (it.cause.as_str(), it.n_errors)).collect();
        assert_eq!(told, [("b", 3), ("a", 1)]);
        assert_eq!(groups[0].example, "b of 2");
        assert_eq!((groups[0].first.as_second(), groups[0].last.as_second()), (10, 40));
        assert_eq!(groups[0].records.len(), 2);
    }

    #[test]
    fn passes_are_kept_apart() {
        let from = SynchJobError { pass: Pass::FromIntegrationTable, ..error("a", 1, 20) };
        assert_eq!(fold_errors(&[error("a", 1, 10), from]).len(), 2);
        assert!(fold_errors(&[]).is_empty());
    }
}
