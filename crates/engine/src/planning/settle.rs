//! What an outcome leaves behind: couplings, time stamps, results (S3.50, S3.51, S4.23, S4.24). The only place that
//! changes what is kept between runs.

use std::num::NonZeroU32;

use jiff::Timestamp;

use super::couplings::{CouplingState, LastSynchronized, MappingState, Pending};
use super::pair::conflict_text;
use super::plan::{Action, ActionKind, Counters, Pass, Reason, Shelves};
use crate::coupling::{CoupledRecord, JobId, LastRun, RowId, Skipped, SynchResult, SystemId};
use crate::schema::Side;

/// How an action ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It is done; for an action that sends nothing, it was looked at.
    Done {
        /// The Business Central record, the created one included.
        record: Option<SystemId>,
        /// The Dataverse row, the created one included.
        row: Option<RowId>,
        /// When the destination says that it was last changed, after the write.
        destination_modified_at: Option<Timestamp>,
        /// What both records hold now, as far as the action looked at it.
        last: LastSynchronized,
    },
    /// The destination changed after it was read, or an earlier action of the pair did not succeed: the next run looks at
    /// the record again.
    Deferred,
    /// The service refused it.
    Refused {
        /// What tells this refusal from others: the service's code and words.
        text: Box<str>,
    },
}

/// Keeps the outcome of an action with the mapping's state, and counts it.
///
/// An action that was planned to fail is settled with any outcome: its reason is its text.
pub fn settle(
    state: &mut MappingState,
    table: NonZeroU32,
    job: JobId,
    action: &Action,
    outcome: &Outcome,
    counters: &mut Counters,
) {
    if action.reason.takes_back() || matches!(action.reason, Reason::Follows(_)) {
        keep_beside(state, table, action, outcome, counters);
        return;
    }
    if *outcome == Outcome::Deferred {
        defer(state, action);
        return;
    }
    let failed = match (&action.kind, outcome) {
        (ActionKind::Fail | ActionKind::Conflict, _) => Some((planned_text(&action.reason), action.shelves)),
        (_, Outcome::Refused { text }) => {
            let same = coupled(state, action).is_some_and(|it| {
                it.has_failed(action.pass) && it.failed(action.pass) == Some(text.as_ref())
            });
            Some((text.to_string(), if same { Shelves::Yes } else { Shelves::No }))
        }
        (_, Outcome::Done { .. } | Outcome::Deferred) => None,
    };
    match failed {
        Some((text, shelves)) => {
            counters.count(ActionKind::Fail, shelves);
            fail(state, job, action, &text, shelves);
        }
        None => {
            counters.count_chosen(action.kind, &action.reason, Shelves::No);
            succeed(state, table, job, action, outcome);
        }
    }
}

/// What is written beside the runs of a mapping leaves no trace of a failure or of work to do: the next run must not do
/// again what a person wants undone. The time of the source's last change stays what it was, so that its edits since are
/// still seen.
fn keep_beside(
    state: &mut MappingState,
    table: NonZeroU32,
    action: &Action,
    outcome: &Outcome,
    counters: &mut Counters,
) {
    let (record, row, modified_at, last) = match outcome {
        Outcome::Done { record: Some(record), row: Some(row), destination_modified_at, last } => {
            (*record, *row, *destination_modified_at, last)
        }
        Outcome::Refused { .. } => return counters.count(ActionKind::Fail, Shelves::No),
        Outcome::Done { .. } | Outcome::Deferred => return,
    };
    let is_coupled = state.couplings.row_of(record) == Some(row);
    match action.kind {
        ActionKind::Delete | ActionKind::RemoveCoupling if is_coupled => {
            state.couplings.remove(record);
        }
        // Somebody else coupled one of them meanwhile.
        ActionKind::Couple | ActionKind::Create if state.couplings.couple(table, record, row).is_err() => {
            return;
        }
        _ => {}
    }
    counters.count_taken_back(action.kind);
    let Some(coupling) = state.couplings.get_mut(record).filter(|it| it.coupling.row.id() == row) else {
        return;
    };
    match action.pass.destination() {
        Side::BusinessCentral => set_record(coupling, |end| end.seen(modified_at)),
        Side::Dataverse => coupling.coupling.row = coupling.coupling.row.seen(modified_at),
    }
    if action.opposite_pending {
        coupling.pending = coupling.pending.with(action.pass.opposite());
    }
    if let Some(remembered) = &mut coupling.last {
        remembered.merge(last);
    }
}

/// Nothing is counted; the watermark may pass the record by, so it is remembered apart.
fn defer(state: &mut MappingState, action: &Action) {
    let is_coupled = coupled(state, action).is_some();
    if let Some(coupling) = action.record.filter(|_| is_coupled).and_then(|it| state.couplings.get_mut(it)) {
        coupling.pending = coupling.pending.with(action.pass);
    } else {
        remember_creation(state, action);
    }
}

fn remember_creation(state: &mut MappingState, action: &Action) {
    match action.pass {
        Pass::ToIntegrationTable => state.failed_records.extend(action.record),
        Pass::FromIntegrationTable => state.failed_rows.extend(action.row),
    }
}

fn planned_text(reason: &Reason) -> String {
    match reason {
        Reason::Failure(failure) => failure.fingerprint(),
        reason => conflict_text(reason),
    }
}

fn coupled<'s>(state: &'s MappingState, action: &Action) -> Option<&'s CouplingState> {
    state.couplings.get(action.record?).filter(|it| Some(it.coupling.row.id()) == action.row)
}

fn fail(state: &mut MappingState, job: JobId, action: &Action, text: &str, shelves: Shelves) {
    let is_coupled = coupled(state, action).is_some();
    let Some(coupling) = action.record.filter(|_| is_coupled).and_then(|it| state.couplings.get_mut(it))
    else {
        remember_creation(state, action);
        return;
    };
    let run = LastRun { result: SynchResult::Failure, job };
    match action.pass {
        Pass::ToIntegrationTable => {
            coupling.coupling.row = coupling.coupling.row.ran(run);
            coupling.failed_to = Some(text.into());
        }
        Pass::FromIntegrationTable => {
            set_record(coupling, |end| end.ran(run));
            coupling.failed_from = Some(text.into());
        }
    }
    if shelves == Shelves::Yes {
        coupling.coupling.skipped = Skipped::Yes;
    }
}

fn set_record(
    state: &mut CouplingState,
    change: impl Fn(crate::coupling::CouplingEnd<SystemId>) -> crate::coupling::CouplingEnd<SystemId>,
) {
    match &mut state.coupling.record {
        CoupledRecord::InTable { end, .. } | CoupledRecord::Broken(end) => *end = change(*end),
        CoupledRecord::Marker => {}
    }
}

/// A pair that was coupled without a run has no past (S3.1, S3.2).
fn couple(state: &mut MappingState, table: NonZeroU32, action: &Action) {
    let (Some(record), Some(row)) = (action.record, action.row) else { return };
    // Somebody else may have coupled the row meanwhile: it is left to them.
    if state.couplings.repoint(table, record, row).is_ok() {
        state.failed_records.remove(&record);
        state.failed_rows.remove(&row);
    }
}

fn succeed(state: &mut MappingState, table: NonZeroU32, job: JobId, action: &Action, outcome: &Outcome) {
    let Outcome::Done { record, row, destination_modified_at, last } = outcome else { return };
    let stamps = match action.kind {
        ActionKind::RemoveCoupling => {
            if let Some(record) = action.record {
                state.couplings.remove(record);
            }
            return;
        }
        ActionKind::Couple => return couple(state, table, action),
        ActionKind::Skip => return,
        ActionKind::Unchanged if action.reason == Reason::SourceUnchanged => return,
        ActionKind::Unchanged => action.destination_modified_at,
        _ => *destination_modified_at,
    };
    let (Some(record), Some(row)) = (record.or(action.record), row.or(action.row)) else { return };
    if state.couplings.row_of(record) != Some(row) {
        state.couplings.insert(CouplingState::new(table, record, row));
        state.failed_records.remove(&record);
        state.failed_rows.remove(&row);
    }
    let Some(coupling) = state.couplings.get_mut(record) else { return };
    if action.reason == Reason::CreatedBefore {
        coupling.pending = Pending::Both;
        return;
    }
    let run = LastRun { result: SynchResult::Success, job };
    let later = |stored: Option<Timestamp>, seen: Option<Timestamp>| stored.max(seen);
    let (seen_record, seen_row) = match action.pass.source() {
        Side::BusinessCentral => (action.source_modified_at, stamps),
        Side::Dataverse => (stamps, action.source_modified_at),
    };
    match action.pass {
        Pass::ToIntegrationTable => {
            let end = coupling.coupling.row;
            coupling.coupling.row = end.synchronized(later(end.modified_at(), seen_row), run);
            set_record(coupling, |end| end.seen(seen_record));
            coupling.failed_to = None;
        }
        Pass::FromIntegrationTable => {
            coupling.coupling.row = coupling.coupling.row.seen(seen_row);
            set_record(coupling, |end| end.synchronized(later(end.modified_at(), seen_record), run));
            coupling.failed_from = None;
        }
    }
    coupling.pending = coupling.pending.without(action.pass);
    // Without a time nobody knows what else was changed: the other pass looks.
    if action.opposite_pending || action.writes() && destination_modified_at.is_none() {
        coupling.pending = coupling.pending.with(action.pass.opposite());
    }
    coupling.last.get_or_insert_default().merge(last);
}
