//! Coupling and uncoupling by a person. Coupling changes no record of either system.

use std::num::NonZeroU32;

use couplet_engine::IntegrationTableMapping;
use couplet_engine::coupling::{RowId, SystemId};
use couplet_engine::planning::MappingState;
use couplet_synchronization::StoreError;
use rustc_hash::FxHashSet;

use crate::state::runs::RunProblem;
use crate::state::synchronization::{CouplingsChange, Synchronization};
use crate::tasks::run::Runner;

/// What became of a wish to couple.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Coupled {
    /// Pairs that are coupled now.
    pub n_coupled: usize,
    /// Pairs of which one record had been coupled to another meanwhile (S3.2).
    pub n_refused: usize,
}

/// Couples pairs of records, all in one transaction.
///
/// # Errors
/// When the couplings cannot be read or kept; nothing is coupled then.
pub async fn couple(
    store: Synchronization,
    mapping: &IntegrationTableMapping,
    pairs: &[(SystemId, RowId)],
) -> Result<Coupled, StoreError> {
    let mut coupled = Coupled::default();
    let Some(table) = NonZeroU32::new(mapping.table.number) else {
        return Ok(Coupled { n_refused: pairs.len(), ..coupled });
    };
    let change = |state: &MappingState| {
        let mut couplings = state.couplings.clone();
        let mut change = CouplingsChange::default();
        for (record, row) in pairs {
            match couplings.couple(table, *record, *row) {
                Ok(()) => {
                    coupled.n_coupled += 1;
                    change.put.extend(couplings.get(*record).cloned());
                }
                Err(_) => coupled.n_refused += 1,
            }
        }
        change
    };
    store.change_couplings(&mapping.name, change).await?;
    Ok(coupled)
}

/// Why records could not be uncoupled.
#[derive(Debug, Clone, PartialEq)]
pub enum UncoupleError {
    /// The couplings cannot be read or kept.
    Store(StoreError),
    /// The job could not run.
    Run(RunProblem),
}

/// Removes the couplings of records, and gives how many. Where the mapping says so it is a job that also clears the
/// company of the rows (S3.46); else only the couplings go (S3.45).
///
/// # Errors
/// When a system or the storage fails; what was done until then is kept.
pub async fn uncouple(
    runner: Runner,
    store: Synchronization,
    mapping: &IntegrationTableMapping,
    records: FxHashSet<SystemId>,
) -> Result<usize, UncoupleError> {
    if mapping.uncouple_by_job {
        let n_asked = records.len();
        let job = runner.uncouple(mapping, records).await.map_err(UncoupleError::Run)?;
        let left: usize = job.passes.iter().map(|it| it.counters.failed + it.counters.skipped).sum();
        return Ok(n_asked.saturating_sub(left));
    }
    let mut n_uncoupled = 0;
    let change = |state: &MappingState| {
        let delete: Vec<SystemId> =
            records.into_iter().filter(|record| state.couplings.get(*record).is_some()).collect();
        n_uncoupled = delete.len();
        CouplingsChange { delete, ..CouplingsChange::default() }
    };
    store.change_couplings(&mapping.name, change).await.map_err(UncoupleError::Store)?;
    Ok(n_uncoupled)
}
