//! Taking a job back (M-27): from what became of its actions, and both sides as they are now, to a plan that the executor
//! carries out like any other. Only what the job wrote and what still is as it left it is touched.
//!
//! The plan is not the plan of a run: couplings keep the times of the source's changes, so that the next run does not
//! write again what was taken back. It does when the source record changes, or when a run is forced.

use std::sync::Arc;

use jiff::Timestamp;
use rustc_hash::{FxHashMap, FxHashSet};
use uuid::Uuid;

use crate::coupling::{RowId, SystemId};
use crate::executor::Settlement;
use crate::mapping::MappingName;
use crate::planning::{
    Action, ActionKind, Counters, Couplings, FieldDifference, Kept, Layer, LeftAlone, Mended, Outcome, Pass,
    PassSummary, PassedOver, Plan, PlanError, Reason, Records, Shelves, SideRows, TOLERANCE_MS,
};
use crate::schema::Side;
use crate::value::Value;

/// What becomes of the records that the job created.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CreatedRecords {
    /// They stay, and lose their coupling.
    #[default]
    Kept,
    /// Those that nobody changed since are deleted.
    Deleted,
}

/// What a job is taken back from.
#[derive(Debug, Clone, Copy)]
pub struct UndoInput<'a> {
    /// The mapping of the job.
    pub mapping: &'a MappingName,
    /// What became of its actions, in their order.
    pub settlements: &'a [Settlement],
    /// Business Central records as of now, at least those of [`undo_reads`] that still exist.
    pub business_central: Records<'a>,
    /// Dataverse rows as of now, likewise.
    pub dataverse: Records<'a>,
    /// Couplings as of now.
    pub couplings: &'a Couplings,
    /// What becomes of the records that the job created.
    pub created: CreatedRecords,
}

/// What has to be read before a job can be taken back, beside key and time of change.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UndoReads {
    /// Business Central records.
    pub records: FxHashSet<SystemId>,
    /// Business Central fields, by name.
    pub fields: Vec<Arc<str>>,
    /// Dataverse rows.
    pub rows: FxHashSet<RowId>,
    /// Dataverse columns, by name.
    pub columns: Vec<Arc<str>>,
}

/// The records and fields that the job wrote, with their partners.
pub fn undo_reads(settlements: &[Settlement]) -> UndoReads {
    let mut reads = UndoReads::default();
    for effect in effects(settlements) {
        reads.records.insert(effect.record);
        reads.rows.insert(effect.row);
        for field in &effect.fields {
            reads.fields.extend(field.field.clone());
            reads.columns.extend(field.column.clone());
        }
    }
    for names in [&mut reads.fields, &mut reads.columns] {
        names.sort();
        names.dedup();
    }
    reads
}

/// The plan that takes a job back, what it did last first.
///
/// # Errors
/// When the key of the records of one side was not read.
pub fn undo(input: UndoInput<'_>) -> Result<Plan, PlanError> {
    let mut undoing = Undoing {
        business_central: SideRows::new(input.business_central)?,
        dataverse: SideRows::new(input.dataverse)?,
        input,
        freed: FxHashSet::default(),
        actions: Vec::new(),
    };
    for effect in effects(input.settlements).iter().rev() {
        match effect.made {
            Made::Created { replaced } => undoing.created(effect, replaced),
            Made::Changed => undoing.changed(effect),
            Made::Deleted => undoing.deleted(effect),
        }
    }
    Ok(Plan { mapping: input.mapping.clone(), passes: summaries(&undoing.actions), actions: undoing.actions })
}

/// What a job made of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Made {
    /// It was there.
    Changed,
    Created {
        /// The deleted partner that it stands in for.
        replaced: Option<Uuid>,
    },
    Deleted,
}

/// What a job made of a coupling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coupled {
    Untouched,
    Made,
    Removed,
}

/// Everything a job did to one record.
#[derive(Debug, Clone)]
struct Effect {
    pass: Pass,
    record: SystemId,
    row: RowId,
    made: Made,
    coupled: Coupled,
    /// What was written: the value before, the value last written.
    fields: Vec<FieldDifference>,
    /// When the record was changed by the last of it, as the service said.
    modified_at: Option<Timestamp>,
}

impl Effect {
    /// What a settled action did; none when nothing came of it.
    fn of(settlement: &Settlement) -> Option<Self> {
        let Settlement { action, outcome } = settlement;
        let Outcome::Done { record: Some(record), row: Some(row), destination_modified_at, .. } = outcome
        else {
            return None;
        };
        let replaced = || match action.pass.destination() {
            Side::BusinessCentral => action.record.map(|it| it.0),
            Side::Dataverse => action.row.map(|it| it.0),
        };
        let couples = matches!(action.reason, Reason::CounterpartFound | Reason::CreatedBefore);
        let (made, coupled) = match action.kind {
            ActionKind::Create => (Made::Created { replaced: None }, Coupled::Made),
            ActionKind::Restore => (Made::Created { replaced: replaced() }, Coupled::Made),
            ActionKind::Update if couples => (Made::Changed, Coupled::Made),
            ActionKind::Update => (Made::Changed, Coupled::Untouched),
            // A table that was found again is not lost again.
            ActionKind::Couple if action.reason == Reason::Mended(Mended::TableFound) => return None,
            ActionKind::Couple => (Made::Changed, Coupled::Made),
            ActionKind::RemoveCoupling => (Made::Changed, Coupled::Removed),
            ActionKind::Delete => (Made::Deleted, Coupled::Removed),
            ActionKind::Unchanged | ActionKind::Skip | ActionKind::Conflict | ActionKind::Fail => {
                return None;
            }
        };
        let is_written = |field: &&FieldDifference| field.write.is_some() || made == Made::Deleted;
        Some(Effect {
            pass: action.pass,
            record: *record,
            row: *row,
            made,
            coupled,
            fields: action.fields.iter().filter(is_written).cloned().collect(),
            modified_at: *destination_modified_at,
        })
    }

    fn destination(&self) -> Uuid {
        match self.pass.destination() {
            Side::BusinessCentral => self.record.0,
            Side::Dataverse => self.row.0,
        }
    }

    /// Takes over what a later action of the same job did to the record.
    fn then(&mut self, later: Effect) {
        let side = self.pass.destination();
        for field in later.fields {
            match self.fields.iter_mut().find(|it| it.name(side) == field.name(side)) {
                Some(earlier) => earlier.write = field.write,
                None => self.fields.push(field),
            }
        }
        if later.coupled != Coupled::Untouched {
            self.coupled = later.coupled;
        }
        self.modified_at = later.modified_at;
    }
}

/// What a job did, one effect a record, in the order of its actions.
fn effects(settlements: &[Settlement]) -> Vec<Effect> {
    let mut effects: Vec<Effect> = Vec::new();
    let mut by_record: FxHashMap<(Pass, Uuid), usize> = FxHashMap::default();
    for effect in settlements.iter().filter_map(Effect::of) {
        let key = (effect.pass, effect.destination());
        match by_record.get(&key).and_then(|at| effects.get_mut(*at)) {
            Some(earlier) => earlier.then(effect),
            None => {
                by_record.insert(key, effects.len());
                effects.push(effect);
            }
        }
    }
    effects
}

/// The plan in the making.
struct Undoing<'a> {
    input: UndoInput<'a>,
    business_central: SideRows<'a>,
    dataverse: SideRows<'a>,
    /// Records that lose their coupling by what is planned so far.
    freed: FxHashSet<SystemId>,
    actions: Vec<Action>,
}

impl Undoing<'_> {
    /// The coupling goes; the record too, if that is asked for and nobody changed it.
    fn created(&mut self, effect: &Effect, replaced: Option<Uuid>) {
        if self.has_other_partner(effect) {
            return self.push(
                effect,
                ActionKind::Skip,
                Reason::LeftAlone(LeftAlone::CoupledSince),
                Vec::new(),
            );
        }
        let exists = self.row(effect).is_some();
        let (kind, reason) = match (exists, self.input.created) {
            (false, _) => (None, Reason::LeftAlone(LeftAlone::DeletedSince)),
            (true, CreatedRecords::Kept) => (None, Reason::LeftAlone(LeftAlone::Created)),
            (true, CreatedRecords::Deleted) if self.is_as_written(effect) => {
                (Some(ActionKind::Delete), Reason::TakenBack)
            }
            (true, CreatedRecords::Deleted) => (None, Reason::LeftAlone(LeftAlone::ChangedSince)),
        };
        let is_coupled = self.is_coupled(effect);
        let without = if is_coupled { ActionKind::RemoveCoupling } else { ActionKind::Skip };
        let held = effect.fields.iter().map(|field| {
            let held = self.difference(effect, field);
            FieldDifference { write: None, kept: None, ..held }
        });
        let held = if kind.is_some() { held.collect() } else { Vec::new() };
        self.push(effect, kind.unwrap_or(without), reason, held);
        if is_coupled {
            self.freed.insert(effect.record);
        }
        let Some(replaced) = replaced else { return };
        let (record, row) = match effect.pass.destination() {
            Side::BusinessCentral => (SystemId(replaced), effect.row),
            Side::Dataverse => (effect.record, RowId(replaced)),
        };
        if self.is_free(record, row) {
            let before = Effect { record, row, fields: Vec::new(), ..effect.clone() };
            self.push(&before, ActionKind::Couple, Reason::TakenBack, Vec::new());
        }
    }

    /// Fields get back what they held, as far as they still hold what was written; a coupling that came goes, and one
    /// that went comes back.
    fn changed(&mut self, effect: &Effect) {
        let exists = self.row(effect).is_some();
        let fields = if exists { self.differences(effect) } else { Vec::new() };
        let coupling = match effect.coupled {
            Coupled::Made if self.is_coupled(effect) => Some(ActionKind::RemoveCoupling),
            Coupled::Removed if self.is_free(effect.record, effect.row) => Some(ActionKind::Couple),
            _ => None,
        };
        let writes = fields.iter().any(|field| field.write.is_some());
        let (kind, reason) = match coupling {
            Some(kind) => (kind, Reason::TakenBack),
            None if writes => (ActionKind::Update, Reason::TakenBack),
            None if !exists => (ActionKind::Skip, Reason::LeftAlone(LeftAlone::DeletedSince)),
            None if fields.is_empty() => (ActionKind::Skip, Reason::LeftAlone(LeftAlone::AsBefore)),
            None => (ActionKind::Skip, Reason::LeftAlone(LeftAlone::ChangedSince)),
        };
        if kind == ActionKind::RemoveCoupling {
            self.freed.insert(effect.record);
        }
        self.push(effect, kind, reason, fields);
    }

    /// What taking back deleted is created anew, with what it held of the mapped fields.
    fn deleted(&mut self, effect: &Effect) {
        if self.row(effect).is_some() || !self.is_free(effect.record, effect.row) {
            return self.push(
                effect,
                ActionKind::Skip,
                Reason::LeftAlone(LeftAlone::CoupledSince),
                Vec::new(),
            );
        }
        let side = effect.pass.destination();
        let field = |field: &FieldDifference| FieldDifference {
            write: Some(before(field, side).clone()),
            layer: Layer::Journal,
            business_central: Value::Null,
            dataverse: Value::Null,
            decided: None,
            ..field.clone()
        };
        let fields = effect.fields.iter().map(field).collect();
        self.push(effect, ActionKind::Create, Reason::TakenBack, fields);
        if let Some(action) = self.actions.last_mut() {
            match side {
                Side::BusinessCentral => action.record = None,
                Side::Dataverse => action.row = None,
            }
        }
    }

    /// The fields of an update, those that somebody changed since among them.
    fn differences(&self, effect: &Effect) -> Vec<FieldDifference> {
        let side = effect.pass.destination();
        // What somebody gave back already is no difference.
        let is_as_before = |now: &FieldDifference, written: &FieldDifference| {
            self.is_same(side, written, before(now, side), before(written, side))
        };
        let fields = effect.fields.iter().filter_map(|field| {
            Some(self.difference(effect, field)).filter(|now| now.kept.is_none() || !is_as_before(now, field))
        });
        let mut fields: Vec<FieldDifference> = fields.collect();
        // A reference and the column with its table are one value.
        let kept: Vec<(Arc<str>, Kept)> =
            fields.iter().filter_map(|field| Some((field.name(side)?.clone(), field.kept?))).collect();
        for field in &mut fields {
            let Some(name) = field.name(side) else { continue };
            let is_one = |other: &str| is_table_of(other, name) || is_table_of(name, other);
            if let Some((_, reason)) = kept.iter().find(|(other, _)| is_one(other)) {
                (field.write, field.kept) = (None, Some(*reason));
            }
        }
        fields
    }

    /// One written field: what it holds now, and what it gets back if that is what the job wrote.
    fn difference(&self, effect: &Effect, field: &FieldDifference) -> FieldDifference {
        let now = |side: Side| self.value(effect, side, field.name(side)?);
        let side = effect.pass.destination();
        let kept = match (now(side), &field.write) {
            (None, _) => Some(Kept::NotRead),
            (Some(now), Some(written)) if self.is_same(side, field, &now, written) => None,
            (Some(_), _) => Some(Kept::ChangedSince),
        };
        let state = self.input.couplings.get(effect.record);
        let state = state.filter(|state| state.coupling.row.id() == effect.row);
        let last = |side: Side| state?.last.as_ref()?.get(side, field.name(side)?).cloned();
        FieldDifference {
            last_business_central: last(Side::BusinessCentral),
            last_dataverse: last(Side::Dataverse),
            business_central: now(Side::BusinessCentral).unwrap_or_default(),
            dataverse: now(Side::Dataverse).unwrap_or_default(),
            write: kept.is_none().then(|| before(field, side).clone()),
            layer: Layer::Journal,
            kept,
            decided: None,
            ..field.clone()
        }
    }

    /// Whether nobody changed a created record: not one of its written fields, nor anything else.
    fn is_as_written(&self, effect: &Effect) -> bool {
        let (Some(row), Some(written_at)) = (self.row(effect), effect.modified_at) else { return false };
        let now = self.side(effect.pass.destination()).modified_at(row);
        let is_untouched =
            now.is_some_and(|now| (now.as_millisecond() - written_at.as_millisecond()).abs() < TOLERANCE_MS);
        is_untouched && effect.fields.iter().all(|field| self.difference(effect, field).kept.is_none())
    }

    fn is_same(&self, side: Side, field: &FieldDifference, now: &Value, written: &Value) -> bool {
        let schema = field.name(side).and_then(|name| self.side(side).records.schema.field(name));
        schema.is_some_and(|schema| now.is_same(written, &schema.field_type))
    }

    /// What a record holds now; none when it is gone or the field was not read.
    fn value(&self, effect: &Effect, side: Side, name: &str) -> Option<Value> {
        let id = match side {
            Side::BusinessCentral => effect.record.0,
            Side::Dataverse => effect.row.0,
        };
        let rows = self.side(side);
        let column = rows.records.rows.column(&rows.records.schema.field(name)?.name)?;
        Some(column.get(rows.row(id)?).into())
    }

    fn side(&self, side: Side) -> &SideRows<'_> {
        match side {
            Side::BusinessCentral => &self.business_central,
            Side::Dataverse => &self.dataverse,
        }
    }

    /// The written record as of now; none when it is gone.
    fn row(&self, effect: &Effect) -> Option<usize> {
        self.side(effect.pass.destination()).row(effect.destination())
    }

    fn is_coupled(&self, effect: &Effect) -> bool {
        self.input.couplings.row_of(effect.record) == Some(effect.row)
    }

    fn has_other_partner(&self, effect: &Effect) -> bool {
        let couplings = self.input.couplings;
        couplings.row_of(effect.record).is_some_and(|row| row != effect.row)
            || couplings.record_of(effect.row).is_some_and(|record| record != effect.record)
    }

    /// Whether neither has a partner once what is planned so far is done.
    fn is_free(&self, record: SystemId, row: RowId) -> bool {
        let keeps = |record: SystemId| !self.freed.contains(&record);
        let couplings = self.input.couplings;
        let has_row = couplings.row_of(record).is_some() && keeps(record);
        !(has_row || couplings.record_of(row).is_some_and(keeps))
    }

    fn push(&mut self, effect: &Effect, kind: ActionKind, reason: Reason, fields: Vec<FieldDifference>) {
        let side = effect.pass.destination();
        let now = self.row(effect).and_then(|row| self.side(side).modified_at(row));
        let state = self.input.couplings.get(effect.record).filter(|_| self.is_coupled(effect));
        // What somebody else changed is still for the other pass to bring.
        let is_newer = |now: Timestamp, stored: Option<Timestamp>| {
            stored.is_none_or(|stored| now.as_millisecond() - stored.as_millisecond() >= TOLERANCE_MS)
        };
        let opposite_pending = kind == ActionKind::Update
            && state.zip(now).is_some_and(|(state, now)| is_newer(now, state.modified_at(side)));
        self.actions.push(Action {
            pass: effect.pass,
            kind,
            record: Some(effect.record),
            row: Some(effect.row),
            reason,
            fields,
            source_modified_at: None,
            destination_modified_at: now,
            opposite_pending,
            shelves: Shelves::No,
        });
    }
}

/// What the written side held before.
fn before(field: &FieldDifference, side: Side) -> &Value {
    match side {
        Side::BusinessCentral => &field.business_central,
        Side::Dataverse => &field.dataverse,
    }
}

/// Whether a column names the table that a reference points into: `owneridtype` of `ownerid`.
fn is_table_of(name: &str, reference: &str) -> bool {
    name.strip_suffix("type").is_some_and(|start| start == reference)
}

fn summaries(actions: &[Action]) -> Vec<PassSummary> {
    let summary = |pass: Pass| {
        let mut counters = Counters::default();
        let of_pass = actions.iter().filter(|action| action.pass == pass);
        of_pass.for_each(|action| counters.count_taken_back(action.kind));
        PassSummary {
            pass,
            counters,
            passed_over: PassedOver::default(),
            watermark: None,
            left_out: Vec::new(),
        }
    };
    let passes = [Pass::ToIntegrationTable, Pass::FromIntegrationTable].into_iter();
    passes.filter(|pass| actions.iter().any(|action| action.pass == *pass)).map(summary).collect()
}
