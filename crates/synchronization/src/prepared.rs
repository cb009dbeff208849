//! Everything a plan is made from, read and owned, and the questions a person asks of it. Nothing here asks a service.

use std::sync::Arc;

use couplet_engine::coupling::{OptionCoupling, RowId, SystemId};
use couplet_engine::job::JobKind;
use couplet_engine::planning::{
    Choice, FirstSynchronization, Input, MappingState, OptionInput, Pass, Plan, PlanError, PlanSteps,
    Planner, Records, References, Run, Settings, UpdateConflicts, modified_by_field, modified_field,
    plan_options,
};
use couplet_engine::preparation::{Finding, Foresight, readiness};
use couplet_engine::preview::identifying_fields;
use couplet_engine::transfer::text_of;
use couplet_engine::{ColumnTable, IntegrationTableMapping, Side, TableSchema};
use couplet_filter::{Bitmap, FieldValue};
use couplet_systems::ETAG;
use jiff::Timestamp;
use rustc_hash::{FxHashMap, FxHashSet};
use uuid::Uuid;

use crate::clocks::Clocks;
use crate::follow_up::Neighbor;
use crate::forecast::{Forecast, forecast};
use crate::goal::Aim;
use crate::prepare::retried;
use crate::reading::{cell, guid, text};
use crate::session::Place;
use crate::store::{Store, StoreError};
use crate::task::Planned;

/// Records that are decided about in one step of a plan.
const RECORDS_A_STEP: usize = 64;

/// One table as it was read.
#[derive(Debug, Clone)]
pub(crate) struct SideTable {
    pub(crate) place: Place,
    pub(crate) rows: ColumnTable,
    /// Rows that the pass of this side may look at: inside the filter, and not idle.
    pub(crate) in_filter: Bitmap,
    /// Rows that a rule behind the filter leaves out (S2.12).
    pub(crate) ignored: Bitmap,
    /// The latest change of rows that were read and need nothing: the watermark moves over them (S2.30).
    pub(crate) idle_until: Option<Timestamp>,
    /// How many of them.
    pub(crate) n_idle: usize,
    by_id: FxHashMap<Uuid, usize>,
}

impl SideTable {
    pub(crate) fn new(place: Place, rows: ColumnTable) -> Self {
        let n_rows = rows.n_rows();
        let keys = rows.column(&place.schema.key_field);
        let id = |row: usize| Some((guid(keys?.get(row))?, row));
        SideTable {
            in_filter: Bitmap::filled(n_rows, true),
            ignored: Bitmap::filled(n_rows, false),
            idle_until: None,
            n_idle: 0,
            by_id: (0..n_rows).filter_map(id).collect(),
            place,
            rows,
        }
    }

    pub(crate) fn side(&self) -> Side {
        self.place.side()
    }

    pub(crate) fn schema(&self) -> &TableSchema {
        &self.place.schema
    }

    pub(crate) fn row(&self, id: Uuid) -> Option<usize> {
        self.by_id.get(&id).copied()
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = (Uuid, usize)> {
        self.by_id.iter().map(|(id, row)| (*id, *row))
    }

    pub(crate) fn modified_at(&self, row: usize) -> Option<Timestamp> {
        match cell(&self.rows, modified_field(self.side()), row) {
            FieldValue::DateTime(moment) => moment.timestamp(),
            _ => None,
        }
    }

    /// The tag that the record was read with (A23, B20).
    pub(crate) fn etag(&self, id: Uuid) -> Option<&str> {
        Some(text(&self.rows, ETAG, self.row(id)?)).filter(|tag| !tag.is_empty())
    }

    pub(crate) fn records(&self) -> Records<'_> {
        Records {
            schema: self.schema(),
            rows: &self.rows,
            in_filter: &self.in_filter,
            ignored: Some(&self.ignored),
            modified_field: modified_field(self.side()),
            modified_by_field: modified_by_field(self.side()),
        }
    }

    /// What a person recognizes a record by: its first identifying fields, in order.
    pub(crate) fn name(&self, id: Uuid) -> Option<String> {
        let row = self.row(id)?;
        let mut parts: Vec<String> = Vec::new();
        for name in identifying_fields(self.schema()) {
            let Some(field) = self.schema().field(name) else { continue };
            let part = text_of(cell(&self.rows, &field.name, row), &field.field_type);
            if !part.is_empty() {
                parts.push(part.into_owned());
            }
        }
        (!parts.is_empty()).then(|| parts.join(" "))
    }
}

/// Both tables of a record mapping with all that planning needs.
#[derive(Debug, Clone)]
pub(crate) struct RecordTables {
    pub(crate) business_central: SideTable,
    pub(crate) dataverse: SideTable,
    pub(crate) state: MappingState,
    pub(crate) references: References,
    pub(crate) unable_owners: FxHashSet<Uuid>,
    /// Records of other mappings that what is created may complete.
    pub(crate) neighbors: Vec<Neighbor>,
}

/// Records and values of an option mapping.
#[derive(Debug, Clone)]
pub(crate) struct OptionTables {
    pub(crate) business_central: SideTable,
    pub(crate) choices: Vec<Choice>,
    pub(crate) couplings: Vec<OptionCoupling>,
    pub(crate) state: MappingState,
}

/// What was read.
#[derive(Debug, Clone)]
pub(crate) enum Content {
    Records(Box<RecordTables>),
    Options(Box<OptionTables>),
}

/// Everything a plan is made from.
#[derive(Debug, Clone)]
pub struct Prepared {
    pub(crate) mapping: IntegrationTableMapping,
    pub(crate) run: Run,
    pub(crate) kind: JobKind,
    pub(crate) settings: Settings,
    pub(crate) content: Content,
    pub(crate) aim: Aim,
    /// What is synchronized once the couplings of the aim are made.
    pub(crate) first: Option<Box<FirstSynchronization>>,
    /// When the reading began, by the slower clock of both services: no watermark goes beyond it.
    pub(crate) now: Timestamp,
    /// What the session heard of their clocks.
    pub(crate) clocks: Clocks,
    pub(crate) n_requests: u64,
}

impl Prepared {
    /// The mapping as it was when the reading began.
    pub fn mapping(&self) -> &IntegrationTableMapping {
        &self.mapping
    }

    /// The run that it was read for.
    pub fn run(&self) -> &Run {
        &self.run
    }

    /// Requests that the reading took.
    pub fn n_requests(&self) -> u64 {
        self.n_requests
    }

    /// What the metadata says of a table; of an option mapping only that of Business Central.
    pub fn schema(&self, side: Side) -> Option<&Arc<TableSchema>> {
        self.table(side).map(|table| &table.place.schema)
    }

    /// What a person recognizes a record by, where it was read.
    pub fn name_of(&self, side: Side, id: Uuid) -> Option<String> {
        self.table(side)?.name(id)
    }

    /// The label of a value of an option mapping.
    pub fn label_of(&self, value: i32) -> Option<&str> {
        let Content::Options(tables) = &self.content else { return None };
        tables.choices.iter().find(|choice| choice.value == value).map(|choice| choice.label.as_ref())
    }

    /// The couplings and watermarks that the plan starts from.
    pub fn state(&self) -> &MappingState {
        match &self.content {
            Content::Records(tables) => &tables.state,
            Content::Options(tables) => &tables.state,
        }
    }

    /// Whether the store still holds what the plan starts from: another tab may have run the mapping since, or a person
    /// coupled by hand.
    pub(crate) async fn is_current<S: Store>(&self, store: &S) -> Result<bool, StoreError> {
        let name = &self.mapping.name;
        if let Content::Options(tables) = &self.content
            && store.option_couplings(name).await? != tables.couplings
        {
            return Ok(false);
        }
        Ok(store.mapping_state(name).await? == *self.state())
    }

    /// Records whose creation failed before, and that are not there any more although the run asked for them: nothing is
    /// left to try.
    pub(crate) fn gone(&self) -> FxHashSet<Uuid> {
        let mut gone = FxHashSet::default();
        if !matches!(self.aim, Aim::Run) {
            return gone;
        }
        for table in [Side::BusinessCentral, Side::Dataverse].into_iter().filter_map(|side| self.table(side))
        {
            let asked = retried(&self.run, self.state(), table.side());
            gone.extend(asked.filter(|id| table.row(*id).is_none()));
        }
        gone
    }

    /// Takes over decisions about records that changed on both sides, and those that field mappings of `mapping` remember
    /// by now; plan anew after it.
    pub fn set_update_conflicts(
        &mut self,
        mapping: &IntegrationTableMapping,
        update_conflicts: UpdateConflicts,
    ) {
        self.settings.update_conflicts = update_conflicts;
        for field in &mut self.mapping.field_mappings {
            let now = mapping.field_mappings.iter().find(|it| it.key() == field.key());
            if let Some(now) = now {
                field.update_conflict_resolution = now.update_conflict_resolution;
            }
        }
    }

    /// The same as [`Prepared::plan`], made step by step.
    ///
    /// # Errors
    /// When the run is not possible at all.
    pub fn steps(&self) -> Result<Steps<'_>, PlanError> {
        let planner = match &self.content {
            Content::Records(tables) if matches!(self.aim, Aim::Run) => Some(self.planner(tables)?),
            _ => None,
        };
        Ok(Steps { prepared: self, planner, made: PlanSteps::default() })
    }

    /// What the run will do. The same every time, until a decision is taken over.
    ///
    /// # Errors
    /// When the run is not possible at all.
    pub fn plan(&self) -> Result<Planned, PlanError> {
        match &self.content {
            Content::Options(tables) => plan_options(self.option_input(tables)).map(Planned::Options),
            Content::Records(tables) => {
                if let Some(plan) = self.plan_of_goal(tables) {
                    return plan.map(Planned::Records);
                }
                let mut plan = self.planner(tables)?.plan();
                self.count_idle(tables, &mut plan);
                Ok(Planned::Records(plan))
            }
        }
    }

    /// Every error that the data foretells, with its records; none for options.
    pub fn readiness(&self, planned: &Planned) -> Vec<Finding> {
        let (Content::Records(tables), Planned::Records(plan)) = (&self.content, planned) else {
            return Vec::new();
        };
        let required = tables.dataverse.schema().primary_name_field.as_deref();
        let foresight = Foresight {
            business_central: tables.business_central.schema(),
            dataverse: tables.dataverse.schema(),
            required: required.as_slice(),
            unable_owners: &tables.unable_owners,
        };
        readiness(plan, foresight)
    }

    /// What carrying the plan out will cost.
    pub fn forecast(&self, planned: &Planned) -> Forecast {
        forecast(planned)
    }

    /// The run whose plan is made: of a goal that couples, the one after it.
    pub(crate) fn planned_run(&self) -> &Run {
        self.first.as_ref().map_or(&self.run, |first| &first.run)
    }

    pub(crate) fn planner<'a>(&'a self, tables: &'a RecordTables) -> Result<Planner<'a>, PlanError> {
        Planner::bind(Input {
            mapping: &self.mapping,
            run: self.planned_run(),
            settings: &self.settings,
            business_central: tables.business_central.records(),
            dataverse: tables.dataverse.records(),
            state: self.first.as_ref().map_or(&tables.state, |first| &first.state),
            references: &tables.references,
            now: self.now,
        })
    }

    fn option_input<'a>(&'a self, tables: &'a OptionTables) -> OptionInput<'a> {
        OptionInput {
            mapping: &self.mapping,
            run: &self.run,
            business_central: tables.business_central.records(),
            choices: &tables.choices,
            couplings: &tables.couplings,
            local_watermark: tables.state.local_watermark,
            failed_records: &tables.state.failed_records,
            now: self.now,
        }
    }

    /// Rows that were read and need nothing are passed over like own changes, and the watermark moves over them.
    fn count_idle(&self, tables: &RecordTables, plan: &mut Plan) {
        for summary in &mut plan.passes {
            let table = match summary.pass {
                Pass::ToIntegrationTable => &tables.business_central,
                Pass::FromIntegrationTable => &tables.dataverse,
            };
            let stored = tables.state.watermark(summary.pass);
            summary.passed_over.own_changes += table.n_idle;
            let reached = summary.watermark.max(table.idle_until.map(|until| until.min(self.now)));
            summary.watermark = reached.filter(|it| stored.is_none_or(|stored| *it > stored));
        }
    }

    pub(crate) fn table(&self, side: Side) -> Option<&SideTable> {
        match (&self.content, side) {
            (Content::Records(tables), Side::BusinessCentral) => Some(&tables.business_central),
            (Content::Records(tables), Side::Dataverse) => Some(&tables.dataverse),
            (Content::Options(tables), Side::BusinessCentral) => Some(&tables.business_central),
            (Content::Options(_), Side::Dataverse) => None,
        }
    }
}

/// A plan that is being made.
#[derive(Debug)]
pub struct Steps<'p> {
    prepared: &'p Prepared,
    /// None for what is planned at once: values of a choice, and goals other than a run.
    planner: Option<Planner<'p>>,
    made: PlanSteps,
}

impl Steps<'_> {
    /// Actions that are decided so far.
    pub fn n_actions(&self) -> usize {
        self.made.n_actions()
    }

    /// A little more of the plan: well under a millisecond of work, but for the selecting of records and for what is
    /// planned at once. The plan, once it is whole.
    ///
    /// # Errors
    /// As [`Prepared::plan`].
    pub fn step(&mut self) -> Result<Option<Planned>, PlanError> {
        let (Some(planner), Content::Records(tables)) = (&self.planner, &self.prepared.content) else {
            return self.prepared.plan().map(Some);
        };
        let plan = planner.step(&mut self.made, RECORDS_A_STEP);
        Ok(plan.map(|mut plan| {
            self.prepared.count_idle(tables, &mut plan);
            Planned::Records(plan)
        }))
    }
}

/// The partner of a record of one side.
pub(crate) fn partner(state: &MappingState, side: Side, id: Uuid) -> Option<Uuid> {
    match side {
        Side::BusinessCentral => state.couplings.row_of(SystemId(id)).map(|row| row.0),
        Side::Dataverse => state.couplings.record_of(RowId(id)).map(|record| record.0),
    }
}
