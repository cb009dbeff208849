//! Coupling codes and values of a choice by a person: a job of its own that changes no record of either system.

use couplet_engine::IntegrationTableMapping;
use couplet_engine::coupling::{CouplingEnd, JobId, OptionCoupling, Skipped, SystemId};
use couplet_engine::executor::End;
use couplet_engine::job::{JobEnd, JobKind, PassCounters, SynchJob};
use couplet_engine::planning::{ActionKind, Choice, Counters, Pass, Reason, Shelves};
use couplet_synchronization::{Progress, Recording, Store, StoreError};

use crate::browser::clock;
use crate::browser::ports::new_id;
use crate::state::synchronization::Synchronization;

/// Couples a code with a value; a coupling that either had before gives way to it.
///
/// # Errors
/// When the couplings cannot be read or kept; nothing is coupled then.
pub async fn couple_option(
    store: Synchronization,
    mapping: &IntegrationTableMapping,
    record: SystemId,
    choice: &Choice,
) -> Result<(), StoreError> {
    let known = store.store().option_couplings(&mapping.name).await?;
    let before = known.iter().filter(|it| it.record.id() != record && it.value == choice.value);
    let coupling = OptionCoupling {
        table: mapping.table.number,
        record: CouplingEnd::new(record),
        integration_table: mapping.integration_table.clone(),
        column: mapping.integration_uid.column().to_owned(),
        value: choice.value,
        label: choice.label.to_string(),
        last_run_to_integration: None,
        skipped: Skipped::No,
    };
    let recording = Recording {
        put_option_couplings: vec![coupling],
        delete_option_couplings: before.map(|it| it.record.id()).collect(),
        ..recording(store, mapping, JobKind::Coupling).await?
    };
    store.store().record(&recording).await
}

/// Removes the coupling of a code.
///
/// # Errors
/// When what is kept cannot be read or changed; the coupling stays then.
pub async fn uncouple_option(
    store: Synchronization,
    mapping: &IntegrationTableMapping,
    record: SystemId,
) -> Result<(), StoreError> {
    let recording = Recording {
        delete_option_couplings: vec![record],
        ..recording(store, mapping, JobKind::Uncoupling).await?
    };
    store.store().record(&recording).await
}

/// A job that is over with one action.
async fn recording(
    store: Synchronization,
    mapping: &IntegrationTableMapping,
    kind: JobKind,
) -> Result<Recording, StoreError> {
    let progress = Progress::of(&store.store().mapping_state(&mapping.name).await?);
    let mut counters = Counters::default();
    let action = match kind {
        JobKind::Uncoupling => ActionKind::RemoveCoupling,
        _ => ActionKind::Couple,
    };
    counters.count_chosen(action, &Reason::Chosen, Shelves::No);
    let now = clock::now();
    let pass = Pass::of(mapping.direction).first().copied().unwrap_or(Pass::ToIntegrationTable);
    let job = SynchJob {
        id: JobId(new_id()),
        mapping: mapping.name.clone(),
        kind,
        started_at: now,
        finished_at: Some(now),
        end: Some(JobEnd::Ran(End::Completed)),
        passes: vec![PassCounters { pass, counters }],
        n_requests: 0,
    };
    Ok(Recording { job: Some(job), ..Recording::new(mapping.name.clone(), progress) })
}
