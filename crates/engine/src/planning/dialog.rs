//! What the dialogs about single records offer: the first synchronization of a new coupling (S3.11), and what can be
//! done with a coupling that failed or lost a record (S3.55).

use crate::mapping::{Direction, IntegrationTableMapping};

/// What is synchronized right after two records were coupled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InitialSynchronization {
    /// Nothing.
    DoNotSynchronize,
    /// Business Central's values are sent.
    ToIntegrationTable,
    /// Dataverse's values are taken.
    FromIntegrationTable,
}

/// Whether a record has a partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Partner {
    /// It is coupled.
    Coupled,
    /// It is not.
    None,
}

/// Whether a record of a coupling still exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It does.
    Exists,
    /// It was deleted.
    Deleted,
}

/// What can be done with a coupling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repair {
    /// Let it take part again.
    Retry,
    /// The same, and synchronize it now.
    Synchronize,
    /// Remove the coupling and create the other record anew.
    RestoreRecord,
    /// Delete the record that is left, and the coupling.
    DeleteRecord,
    /// Remove the coupling.
    DeleteCoupling,
}

/// What the coupling dialog proposes (S3.11).
pub fn initial_synchronization(
    mapping: &IntegrationTableMapping,
    partner: Partner,
) -> InitialSynchronization {
    match (partner, mapping.direction) {
        (Partner::Coupled, _) => InitialSynchronization::DoNotSynchronize,
        (Partner::None, Direction::FromIntegrationTable) => InitialSynchronization::FromIntegrationTable,
        (Partner::None, _) => InitialSynchronization::ToIntegrationTable,
    }
}

/// Whether the coupling dialog offers to create a new Dataverse row (S3.11).
pub fn offers_create_new(mapping: &IntegrationTableMapping, partner: Partner) -> bool {
    initial_synchronization(mapping, partner) == InitialSynchronization::ToIntegrationTable
}

/// What can be done with a coupling, by which of its records exist (S3.55); nothing where both are gone: such a
/// coupling is removed when it is seen.
pub fn repairs(record: Presence, row: Presence) -> &'static [Repair] {
    match (record, row) {
        (Presence::Exists, Presence::Exists) => &[Repair::Retry, Repair::Synchronize, Repair::DeleteCoupling],
        (Presence::Deleted, Presence::Deleted) => &[],
        _ => &[Repair::RestoreRecord, Repair::DeleteRecord, Repair::DeleteCoupling],
    }
}
