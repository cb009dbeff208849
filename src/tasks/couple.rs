//! Coupling and uncoupling by a person: couplings are kept here and change no record of either system.

use std::num::NonZeroU32;

use couplet_engine::IntegrationTableMapping;
use couplet_engine::coupling::{RowId, SystemId};
use couplet_engine::planning::MappingState;
use couplet_synchronization::StoreError;

use crate::state::synchronization::{CouplingsChange, Synchronization};

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

/// Removes the couplings of records; the records stay as they are.
///
/// # Errors
/// When the couplings cannot be read or kept; nothing is uncoupled then.
pub async fn uncouple(
    store: Synchronization,
    mapping: &IntegrationTableMapping,
    records: &[SystemId],
) -> Result<usize, StoreError> {
    let mut n_uncoupled = 0;
    let change = |state: &MappingState| {
        let delete: Vec<SystemId> =
            records.iter().copied().filter(|record| state.couplings.get(*record).is_some()).collect();
        n_uncoupled = delete.len();
        CouplingsChange { delete, ..CouplingsChange::default() }
    };
    store.change_couplings(&mapping.name, change).await?;
    Ok(n_uncoupled)
}
