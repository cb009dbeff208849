//! From records to a plan: which records each pass looks at (S2.4 to S2.18, S2.30), one decision each (`pair`).

use couplet_filter::{Bitmap, FieldValue};
use jiff::Timestamp;
use rustc_hash::FxHashMap;
use uuid::Uuid;

use super::counterpart::CreatedBefore;
use super::couplings::{CouplingState, LastSynchronized};
use super::fields::PassFields;
use super::input::{Creation, Input, Mode, Records, Run, Selection};
use super::pair::Pair;
use super::plan::{Action, ActionKind, Pass, PassedOver, Plan, Reason};
use super::steps::PlanSteps;
use super::templates::Templates;
use crate::columns::Column;
use crate::coupling::{RowId, Skipped, SystemId};
use crate::mapping::{DeletionConflictResolution, Direction, FieldMappingStatus, IntegrationTableMapping};
use crate::schema::Side;
use crate::value::Value;

/// Why a run cannot be planned at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// The mapping does not run in this direction (S5.1).
    #[error("the mapping does not run in this direction")]
    DirectionNotConfigured,
    /// No enabled field mapping takes part (S1.14b).
    #[error("expected field mappings of the pass, found none")]
    NoFieldMapping,
    /// The values of a choice are no records: they are planned as options (S1.9).
    #[error("expected a record mapping, found an option mapping")]
    OptionMapping,
    /// A mapping of records is not planned as options.
    #[error("expected an option mapping, found a record mapping")]
    NotOptionMapping,
    /// The key of the records, or the code of an option mapping, was not read.
    #[error("the key of the records was not read")]
    KeyNotRead {
        /// The side.
        side: Side,
    },
    /// The filter of a template for new records cannot be read, or its field is out of reach (S4.55).
    #[error("the filter of a template cannot be read")]
    TemplateFilter {
        /// The side of the records that it tests.
        side: Side,
    },
}

impl PlanError {
    /// Stable code, the key of its text.
    pub fn code(self) -> &'static str {
        match self {
            PlanError::DirectionNotConfigured => "plan.direction-not-configured",
            PlanError::NoFieldMapping => "plan.no-field-mapping",
            PlanError::OptionMapping => "plan.option-mapping",
            PlanError::NotOptionMapping => "plan.not-option-mapping",
            PlanError::KeyNotRead { .. } => "plan.key-not-read",
            PlanError::TemplateFilter { .. } => "plan.template-filter",
        }
    }
}

/// One side's records, found by their id.
#[derive(Debug, Clone)]
pub(crate) struct SideRows<'a> {
    pub(crate) records: Records<'a>,
    keys: &'a Column,
    by_id: FxHashMap<Uuid, usize>,
    modified: Option<&'a Column>,
    modified_by: Option<&'a Column>,
}

impl<'a> SideRows<'a> {
    pub(crate) fn new(records: Records<'a>) -> Result<Self, PlanError> {
        let mut side = Self::without_index(records)?;
        for row in 0..records.rows.n_rows() {
            if let FieldValue::Guid(id) = side.keys.get(row) {
                side.by_id.insert(id, row);
            }
        }
        Ok(side)
    }

    /// The records of known rows: none is found by its id.
    fn without_index(records: Records<'a>) -> Result<Self, PlanError> {
        let column = |name: &str| {
            let schema = records.schema.field(name);
            records.rows.column(schema.map_or(name, |field| field.name.as_str()))
        };
        let side = records.schema.side;
        let keys = column(&records.schema.key_field).ok_or(PlanError::KeyNotRead { side })?;
        let modified = column(records.modified_field);
        let modified_by = records.modified_by_field.and_then(column);
        Ok(SideRows { records, keys, by_id: FxHashMap::default(), modified, modified_by })
    }

    pub(super) fn id(&self, row: usize) -> Uuid {
        match self.keys.get(row) {
            FieldValue::Guid(id) => id,
            _ => Uuid::nil(),
        }
    }

    pub(crate) fn row(&self, id: Uuid) -> Option<usize> {
        self.by_id.get(&id).copied()
    }

    pub(crate) fn modified_at(&self, row: usize) -> Option<Timestamp> {
        match self.modified?.get(row) {
            FieldValue::DateTime(moment) => moment.timestamp(),
            _ => None,
        }
    }

    fn modified_by(&self, row: usize) -> Option<Uuid> {
        match self.modified_by?.get(row) {
            FieldValue::Guid(user) => Some(user),
            _ => None,
        }
    }
}

/// What the first pass makes of a coupled pair, for the second.
#[derive(Debug, Clone, Default)]
pub(super) struct Earlier {
    /// The pass took over the change of its source.
    pub(super) settled: bool,
    /// The second pass has to bring the change of the other side.
    pending: bool,
    /// What it writes to Dataverse.
    pub(super) writes: Vec<(std::sync::Arc<str>, Value)>,
}

/// Makes the plan of a run, and the values that are remembered of what was done.
#[derive(Debug, Clone)]
pub struct Planner<'a> {
    pub(super) input: Input<'a>,
    pub(super) business_central: SideRows<'a>,
    pub(super) dataverse: SideRows<'a>,
    pub(super) passes: Vec<PassFields<'a>>,
    pub(super) created_before: CreatedBefore,
    pub(super) templates: Templates<'a>,
}

impl<'a> Planner<'a> {
    /// Binds the mapping to the columns of both sides.
    ///
    /// # Errors
    /// When the run is not possible at all: nothing is written then.
    pub fn bind(input: Input<'a>) -> Result<Self, PlanError> {
        let configured = Pass::of(input.mapping.direction);
        if input.mapping.is_option_mapping() {
            return Err(PlanError::OptionMapping);
        }
        let wanted = Pass::of(input.run.direction);
        if wanted.iter().any(|pass| !configured.contains(pass)) {
            return Err(PlanError::DirectionNotConfigured);
        }
        let mut passes = Vec::new();
        for &pass in wanted {
            passes.push(PassFields::bind(&input, pass).ok_or(PlanError::NoFieldMapping)?);
        }
        let business_central = SideRows::new(input.business_central)?;
        let dataverse = SideRows::new(input.dataverse)?;
        let created_before = CreatedBefore::default();
        let templates = match input.run.creation {
            Creation::Allowed => Templates::bind(&input)?,
            Creation::OnlyCoupledRecords => match input.mapping.deletion_conflict_resolution {
                DeletionConflictResolution::RestoreRecords => Templates::bind(&input)?,
                _ => Templates::default(),
            },
        };
        let planner = Planner { input, business_central, dataverse, passes, created_before, templates };
        let created_before = match input.run.creation {
            Creation::Allowed => planner.created_before(),
            Creation::OnlyCoupledRecords => CreatedBefore::default(),
        };
        Ok(Planner { created_before, ..planner })
    }

    /// Binds the mapping to compare records whose rows are known: no record is found by its id, and a pass without
    /// field mappings is left out.
    pub(super) fn for_rows(input: Input<'a>) -> Result<Self, PlanError> {
        if input.mapping.is_option_mapping() {
            return Err(PlanError::OptionMapping);
        }
        let passes = Pass::of(input.mapping.direction).iter();
        Ok(Planner {
            input,
            business_central: SideRows::without_index(input.business_central)?,
            dataverse: SideRows::without_index(input.dataverse)?,
            passes: passes.filter_map(|pass| PassFields::bind(&input, *pass)).collect(),
            created_before: CreatedBefore::default(),
            templates: Templates::default(),
        })
    }

    /// The plan.
    pub fn plan(&self) -> Plan {
        let mut steps = PlanSteps::default();
        loop {
            if let Some(plan) = self.step(&mut steps, usize::MAX) {
                return plan;
            }
        }
    }

    /// What has to be remembered of these actions, which are a plan of this planner.
    pub fn memory(&self, actions: &[Action]) -> Memory<'_, 'a> {
        let mut earlier = FxHashMap::default();
        for action in actions {
            remember(action, &mut earlier);
        }
        Memory { planner: self, earlier }
    }

    fn rows_of(&self, action: &Action) -> (Option<usize>, Option<usize>) {
        let record = action.record.and_then(|record| self.business_central.row(record.0));
        let row = action.row.and_then(|row| self.dataverse.row(row.0));
        match action.pass {
            Pass::ToIntegrationTable => (record, row),
            Pass::FromIntegrationTable => (row, record),
        }
    }

    pub(super) fn side(&self, side: Side) -> &SideRows<'a> {
        match side {
            Side::BusinessCentral => &self.business_central,
            Side::Dataverse => &self.dataverse,
        }
    }

    /// The coupling of a record of one side.
    pub(super) fn coupling_of(&self, side: Side, id: Uuid) -> Option<&'a CouplingState> {
        match side {
            Side::BusinessCentral => self.input.state.couplings.get(SystemId(id)),
            Side::Dataverse => self.input.state.couplings.of_row(RowId(id)),
        }
    }

    pub(super) fn select(&self, pass: Pass, earlier: &FxHashMap<SystemId, Earlier>) -> Selected {
        let side = self.side(pass.source());
        let mut selected = Selected::default();
        for row in 0..side.records.rows.n_rows() {
            let id = side.id(row);
            if id.is_nil() || side.row(id) != Some(row) {
                continue;
            }
            let state = self.coupling_of(pass.source(), id);
            let is_pending = state.and_then(CouplingState::record_end).and_then(|end| earlier.get(&end.id()));
            let retried = self.is_retried(pass, side, row, state);
            if !retried
                && !is_pending.is_some_and(|it| it.pending)
                && !self.is_candidate(pass, side, row, id, &mut selected.passed_over)
            {
                continue;
            }
            selected.latest = selected.latest.max(side.modified_at(row));
            if is_set(side.records.ignored, row) {
                selected.passed_over.ignored += 1;
            } else if state.is_none() && self.is_held_back() {
                selected.passed_over.not_coupled += 1;
            } else {
                selected.rows.push(row);
            }
        }
        selected.rows.sort_by_key(|row| side.id(*row));
        selected
    }

    /// Uncoupled records are passed over by a table run that takes coupled ones only (S2.15).
    fn is_held_back(&self) -> bool {
        self.input.run.creation == Creation::OnlyCoupledRecords
            && !matches!(self.input.run.selection, Selection::Chosen { .. })
    }

    /// Coupled records whose last run failed, in the filter or not (S2.6, S2.9); and in the filter those that the other
    /// pass left pending and those whose creation failed.
    fn is_retried(&self, pass: Pass, side: &SideRows<'_>, row: usize, state: Option<&CouplingState>) -> bool {
        if matches!(self.input.run.selection, Selection::Chosen { .. }) {
            return false;
        }
        let id = side.id(row);
        match (state, pass) {
            (Some(state), pass) if state.coupling.skipped == Skipped::No => {
                let in_filter = || is_set(Some(side.records.in_filter), row);
                state.has_failed(pass) || state.pending.has(pass) && in_filter()
            }
            (Some(_), _) => false,
            (None, _) if self.is_held_back() || !is_set(Some(side.records.in_filter), row) => false,
            (None, Pass::ToIntegrationTable) => self.input.state.failed_records.contains(&SystemId(id)),
            (None, Pass::FromIntegrationTable) => self.input.state.failed_rows.contains(&RowId(id)),
        }
    }

    fn is_candidate(
        &self,
        pass: Pass,
        side: &SideRows<'_>,
        row: usize,
        id: Uuid,
        passed_over: &mut PassedOver,
    ) -> bool {
        match &self.input.run.selection {
            Selection::Chosen { records, rows } => match pass {
                Pass::ToIntegrationTable => records.contains(&SystemId(id)),
                Pass::FromIntegrationTable => rows.contains(&RowId(id)),
            },
            Selection::All => is_set(Some(side.records.in_filter), row),
            Selection::Changed => {
                let changed = match self.input.state.looked_at_until(pass) {
                    None => true,
                    Some(watermark) => side.modified_at(row).is_none_or(|modified| modified > watermark),
                };
                let selected = changed && is_set(Some(side.records.in_filter), row);
                if selected && self.is_own_change(pass, side, row) {
                    passed_over.own_changes += 1;
                    return false;
                }
                selected
            }
        }
    }

    /// Changes by the integration user are left out of bidirectional mappings without an enabled From field (S2.8).
    fn is_own_change(&self, pass: Pass, side: &SideRows<'_>, row: usize) -> bool {
        pass == Pass::FromIntegrationTable
            && self.input.settings.integration_user.is_some()
            && side.modified_by(row) == self.input.settings.integration_user
            && leaves_out_own_changes(self.input.mapping, self.input.run)
    }

    /// The latest change that was looked at, not beyond the beginning of the run, and only forward (S2.30, S2.31).
    pub(super) fn watermark(&self, pass: Pass, latest: Option<Timestamp>) -> Option<Timestamp> {
        if matches!(self.input.run.selection, Selection::Chosen { .. }) {
            return None;
        }
        let stored = self.input.state.watermark(pass);
        let reached = latest?.min(self.input.now);
        Some(reached).filter(|reached| stored.is_none_or(|stored| *reached > stored))
    }
}

/// Whether a run passes over Dataverse rows that the integration user changed last (S2.8).
pub fn leaves_out_own_changes(mapping: &IntegrationTableMapping, run: &Run) -> bool {
    let has_from_field = || {
        mapping.field_mappings.iter().any(|field| {
            field.direction == Direction::FromIntegrationTable
                && field.status == FieldMappingStatus::Enabled
                && field.column.is_some()
        })
    };
    run.mode == Mode::Ordinary
        && run.selection == Selection::Changed
        && mapping.direction == Direction::Bidirectional
        && !has_from_field()
}

/// What records hold once their actions succeeded, to be remembered with their couplings.
#[derive(Debug, Clone)]
pub struct Memory<'p, 'a> {
    planner: &'p Planner<'a>,
    earlier: FxHashMap<SystemId, Earlier>,
}

impl Memory<'_, '_> {
    /// What both records of an action hold after it succeeded. A field that is kept on purpose is left out, so that it
    /// keeps its memory.
    pub fn of(&self, action: &Action) -> LastSynchronized {
        let mut last = LastSynchronized::default();
        let planner = self.planner;
        let Some(fields) = planner.passes.iter().find(|fields| fields.pass == action.pass) else {
            return last;
        };
        let (Some(source), destination) = planner.rows_of(action) else { return last };
        let earlier = action.record.and_then(|record| self.earlier.get(&record));
        let pair = Pair { source, destination, earlier };
        for field in &fields.fields {
            let difference = action.fields.iter().find(|it| it.number == Some(field.mapping.number));
            if difference.is_some_and(|it| it.kept.is_some()) {
                continue;
            }
            let side = fields.pass.source();
            if let (Some(_), Some(name)) = (field.source, field.name(side)) {
                last.set(side, name, Value::from(planner.source_value(fields.pass, field, pair)));
            }
            let side = fields.pass.destination();
            let Some(name) = field.name(side) else { continue };
            let written = difference.and_then(|it| it.write.clone());
            let now = || destination.map(|row| Value::from(field.destination.column.get(row)));
            last.set(side, name, written.or_else(now).unwrap_or_default());
        }
        last
    }
}

/// The records that a pass looks at.
#[derive(Debug, Default)]
pub(super) struct Selected {
    pub(super) rows: Vec<usize>,
    pub(super) passed_over: PassedOver,
    pub(super) latest: Option<Timestamp>,
}

fn is_set(bitmap: Option<&Bitmap>, row: usize) -> bool {
    bitmap.is_some_and(|bitmap| row < bitmap.len() && bitmap.get(row))
}

pub(super) fn remember(action: &Action, earlier: &mut FxHashMap<SystemId, Earlier>) {
    let Some(record) = action.record.filter(|_| action.pass == Pass::ToIntegrationTable) else { return };
    let took_over = action.kind == ActionKind::Update
        || action.kind == ActionKind::Unchanged && action.reason == Reason::NothingDiffers;
    let entry = earlier.entry(record).or_default();
    entry.settled |= took_over;
    // What loses here is brought by the other pass, whoever changed the row last.
    entry.pending |= action.opposite_pending || action.reason == Reason::ConflictLost;
    if action.writes() {
        entry.writes.extend(action.values().map(|(name, value)| (name.clone(), value.clone())));
    }
}
