//! What is synchronized in the same job right after a coupling (S3.12, S3.38, S3.39): a forced run over the couplings as
//! they will be, so that the dry run shows both and one job does both.

use std::num::NonZeroU32;

use rustc_hash::FxHashSet;

use super::couplings::MappingState;
use super::dialog::InitialSynchronization;
use super::input::{Creation, Mode, Run, Selection};
use super::plan::{ActionKind, Pass, Plan};
use crate::coupling::{RowId, SystemId};
use crate::mapping::{Direction, IntegrationTableMapping, UpdateConflictResolution};
use crate::matching::Unmatched;

/// The run after a coupling.
#[derive(Debug, Clone, PartialEq)]
pub struct FirstSynchronization {
    /// Which records, which way; always forced (S3.12).
    pub run: Run,
    /// What is kept of the mapping, with the couplings that the plan makes.
    pub state: MappingState,
}

impl InitialSynchronization {
    /// The pass that it asks for.
    pub fn pass(self) -> Option<Pass> {
        match self {
            InitialSynchronization::DoNotSynchronize => None,
            InitialSynchronization::ToIntegrationTable => Some(Pass::ToIntegrationTable),
            InitialSynchronization::FromIntegrationTable => Some(Pass::FromIntegrationTable),
        }
    }
}

impl FirstSynchronization {
    /// What a person chose for the pairs of a coupling (S3.12): none where nothing was asked for or is coupled.
    pub fn of_chosen(
        mapping: &IntegrationTableMapping,
        state: &MappingState,
        couplings: &Plan,
        pairs: &[(SystemId, RowId)],
        first: InitialSynchronization,
    ) -> Option<Self> {
        let direction = match first.pass()? {
            Pass::ToIntegrationTable => Direction::ToIntegrationTable,
            Pass::FromIntegrationTable => Direction::FromIntegrationTable,
        };
        let state = coupled(mapping, state, couplings)?;
        let pairs = pairs.iter().filter(|(record, row)| state.couplings.row_of(*record) == Some(*row));
        let (records, rows): (FxHashSet<_>, FxHashSet<_>) = pairs.copied().unzip();
        (!records.is_empty()).then(|| FirstSynchronization {
            run: run(direction, records, rows, Creation::OnlyCoupledRecords),
            state,
        })
    }

    /// What the mapping says of pairs that criteria found and of records without one (S3.38, S3.39); none where it says
    /// nothing.
    pub fn of_matched(
        mapping: &IntegrationTableMapping,
        state: &MappingState,
        couplings: &Plan,
        unmatched: &[Unmatched],
    ) -> Option<Self> {
        let state = coupled(mapping, state, couplings)?;
        let matched = |pass: Pass| {
            let is_synchronized = mapping.synch_after_bulk_coupling && pass.takes(after_matching(mapping));
            couplings.actions.iter().filter(move |it| is_synchronized && it.kind == ActionKind::Couple)
        };
        let mut records: FxHashSet<SystemId> =
            matched(Pass::ToIntegrationTable).filter_map(|it| it.record).collect();
        let rows: FxHashSet<RowId> = matched(Pass::FromIntegrationTable).filter_map(|it| it.row).collect();
        let creates =
            mapping.create_new_in_case_of_no_match && Pass::ToIntegrationTable.takes(mapping.direction);
        let creation = if creates { Creation::Allowed } else { Creation::OnlyCoupledRecords };
        if creates {
            records.extend(unmatched.iter().map(|it| it.record));
        }
        let direction = match (records.is_empty(), rows.is_empty()) {
            (true, true) => return None,
            (false, true) => Direction::ToIntegrationTable,
            (true, false) => Direction::FromIntegrationTable,
            (false, false) => Direction::Bidirectional,
        };
        Some(FirstSynchronization { run: run(direction, records, rows, creation), state })
    }
}

/// A plan that couples and, after it, synchronizes: one job.
#[must_use]
pub fn followed_by(couplings: Plan, first: Plan) -> Plan {
    let mut plan = couplings;
    plan.actions.extend(first.actions);
    for summary in first.passes {
        match plan.passes.iter_mut().find(|it| it.pass == summary.pass) {
            Some(known) => {
                known.counters.add(summary.counters);
                known.left_out = summary.left_out;
                known.passed_over = summary.passed_over;
            }
            None => plan.passes.push(summary),
        }
    }
    plan.passes.sort_by_key(|summary| summary.pass);
    plan
}

/// Which way matched records are synchronized (S3.39): the strategy of a bidirectional mapping decides, without one both
/// passes run and Business Central wins.
fn after_matching(mapping: &IntegrationTableMapping) -> Direction {
    match (mapping.direction, mapping.update_conflict_resolution) {
        (Direction::Bidirectional, UpdateConflictResolution::SendUpdateToIntegration) => {
            Direction::ToIntegrationTable
        }
        (Direction::Bidirectional, UpdateConflictResolution::GetUpdateFromIntegration) => {
            Direction::FromIntegrationTable
        }
        (direction, _) => direction,
    }
}

fn run(
    direction: Direction,
    records: FxHashSet<SystemId>,
    rows: FxHashSet<RowId>,
    creation: Creation,
) -> Run {
    Run { direction, mode: Mode::Forced, selection: Selection::Chosen { records, rows }, creation }
}

/// What is kept of the mapping once the plan's couplings are made.
fn coupled(
    mapping: &IntegrationTableMapping,
    state: &MappingState,
    couplings: &Plan,
) -> Option<MappingState> {
    let table = NonZeroU32::new(mapping.table.number)?;
    let mut state = state.clone();
    for action in couplings.actions.iter().filter(|it| it.kind == ActionKind::Couple) {
        let (record, row) = action.record.zip(action.row)?;
        state.couplings.repoint(table, record, row).ok()?;
    }
    Some(state)
}
