//! Coupling and uncoupling by a person. Both are jobs: with counters and a journal, and they can be taken back.

use couplet_engine::IntegrationTableMapping;
use couplet_engine::coupling::{RowId, SystemId};
use couplet_engine::job::JobKind;
use couplet_engine::planning::{Counters, InitialSynchronization};
use couplet_synchronization::Goal;
use rustc_hash::FxHashSet;

use crate::state::runs::RunProblem;
use crate::tasks::run::Runner;

/// What became of a wish to couple.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Coupled {
    /// Pairs that are coupled now.
    pub n_coupled: usize,
    /// Pairs of which one record was deleted, or coupled to another, meanwhile (S3.2).
    pub n_refused: usize,
}

/// Couples pairs of records. No record of either system changes.
///
/// # Errors
/// When a system is not connected, or it or the storage fails; what was done until then is kept.
pub async fn couple(
    runner: Runner,
    mapping: &IntegrationTableMapping,
    pairs: Vec<(SystemId, RowId)>,
) -> Result<Coupled, RunProblem> {
    let goal = Goal::Couple { pairs, first: InitialSynchronization::DoNotSynchronize };
    let counters = runner.reach(mapping, JobKind::Coupling, goal).await?;
    Ok(Coupled { n_coupled: counters.coupled, n_refused: not_done(counters) })
}

/// Removes the couplings of records, and gives how many. Where the mapping says so, rows lose the company (S3.46); else
/// only the couplings go (S3.45).
///
/// # Errors
/// As for [`couple`].
pub async fn uncouple(
    runner: Runner,
    mapping: &IntegrationTableMapping,
    records: FxHashSet<SystemId>,
) -> Result<usize, RunProblem> {
    let counters = runner.reach(mapping, JobKind::Uncoupling, Goal::Uncouple { records }).await?;
    Ok(counters.uncoupled)
}

fn not_done(counters: Counters) -> usize {
    counters.failed + counters.skipped
}
