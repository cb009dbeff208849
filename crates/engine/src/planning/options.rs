//! The plan of an option mapping: records of a Business Central table against the values of a choice (S4.60 to S4.64).
//! No fields and no conflicts of edits: a code and a label.

use couplet_filter::{FieldType, FieldValue};
use jiff::Timestamp;
use rustc_hash::{FxHashMap, FxHashSet};
use uuid::Uuid;

use super::couplings::TOLERANCE_MS;
use super::input::{Creation, Records, Run, Selection};
use super::plan::{Counters, Pass, Reason};
use super::planner::PlanError;
use super::{ActionKind, Failure, Shelves};
use crate::coupling::{OptionCoupling, RowId, Skipped, SynchResult, SystemId};
use crate::mapping::{DeletionConflictResolution, Direction, IntegrationTableMapping};
use crate::transfer::code;

/// One value of a choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Dataverse's own number.
    pub value: i32,
    /// Its label.
    pub label: Box<str>,
}

/// A value of a choice in the place of a row's id: where records and values stand in one list, or are chosen together.
pub fn value_id(value: i32) -> Uuid {
    Uuid::from_u128(u128::try_from(value).unwrap_or_default())
}

/// Everything an option plan is made from.
#[derive(Debug, Clone, Copy)]
pub struct OptionInput<'a> {
    /// The mapping.
    pub mapping: &'a IntegrationTableMapping,
    /// The run.
    pub run: &'a Run,
    /// Business Central records: every candidate, and the partner of every value.
    pub business_central: Records<'a>,
    /// All values of the choice.
    pub choices: &'a [Choice],
    /// The mapping's option couplings.
    pub couplings: &'a [OptionCoupling],
    /// Business Central changes up to this moment were looked at.
    pub local_watermark: Option<Timestamp>,
    /// Records whose value could not be added: tried again as long as they are in the filter, unlike in the reference
    /// (S2.32).
    pub failed_records: &'a FxHashSet<SystemId>,
    /// The moment the run begins.
    pub now: Timestamp,
}

/// What happens to one record or value. Creations towards Dataverse add a value to the choice, updates change its
/// label; the other way they create a record, or rename it.
#[derive(Debug, Clone, PartialEq)]
pub struct OptionAction {
    /// The pass.
    pub pass: Pass,
    /// What happens.
    pub kind: ActionKind,
    /// The record; none while it does not exist.
    pub record: Option<SystemId>,
    /// The value; none while it does not exist.
    pub value: Option<i32>,
    /// Why.
    pub reason: Reason,
    /// The label or code that is there now; blank for a creation.
    pub now: Box<str>,
    /// The label or code that is written; none when nothing is.
    pub write: Option<Box<str>>,
    /// When the record was last changed, as read.
    pub modified_at: Option<Timestamp>,
}

/// What a run of an option mapping will do.
#[derive(Debug, Clone, PartialEq)]
pub struct OptionPlan {
    /// Actions, by record or value.
    pub actions: Vec<OptionAction>,
    /// Counters as the job will show them when every action succeeds.
    pub counters: Counters,
    /// Records or values that are not coupled, in a run that only takes coupled ones.
    pub n_not_coupled: usize,
    /// The watermark of the pass, when it moves.
    pub watermark: Option<Timestamp>,
}

/// The plan of an option mapping.
///
/// # Errors
/// When the mapping is none, runs another way or both ways (S1.9), or its code was not read.
pub fn plan_options(input: OptionInput<'_>) -> Result<OptionPlan, PlanError> {
    if !input.mapping.is_option_mapping() {
        return Err(PlanError::NotOptionMapping);
    }
    let pass = match (input.mapping.direction, input.run.direction) {
        (Direction::ToIntegrationTable, Direction::ToIntegrationTable) => Pass::ToIntegrationTable,
        (Direction::FromIntegrationTable, Direction::FromIntegrationTable) => Pass::FromIntegrationTable,
        _ => return Err(PlanError::DirectionNotConfigured),
    };
    let codes = Codes::read(&input).ok_or(PlanError::KeyNotRead { side: crate::Side::BusinessCentral })?;
    let planner = OptionPlanner { input, codes };
    let mut plan = match pass {
        Pass::ToIntegrationTable => planner.plan_records(),
        Pass::FromIntegrationTable => planner.plan_values(),
    };
    // Those that were not chosen were not looked at.
    if matches!(input.run.selection, Selection::Chosen { .. }) {
        plan.watermark = None;
    }
    Ok(plan)
}

/// Whether a run in this direction finds nothing to write: the label is the code, or the code is the label as a field of
/// this type stores it (S4.63).
pub(crate) fn option_is_same(
    direction: Direction,
    code_now: &str,
    label: &str,
    field_type: &FieldType,
) -> bool {
    let max_length = match field_type {
        FieldType::Code { max_length } | FieldType::Text { max_length } => *max_length,
        _ => None,
    };
    match direction {
        Direction::FromIntegrationTable => code_now.to_uppercase() == code(label, max_length),
        _ => code_now == label,
    }
}

/// One record with its code.
#[derive(Debug, Clone)]
struct Record {
    id: SystemId,
    code: Box<str>,
    modified_at: Option<Timestamp>,
    in_filter: bool,
}

#[derive(Debug)]
struct Codes {
    records: Vec<Record>,
    max_length: Option<u32>,
}

impl Codes {
    /// The first field mapping names the code, whatever its own direction (S4.61, S4.65).
    fn read(input: &OptionInput<'_>) -> Option<Self> {
        let Records { schema, rows, in_filter, modified_field, .. } = input.business_central;
        let field = input.mapping.field_mappings.iter().min_by_key(|field| field.number)?.field.as_deref()?;
        let field = schema.field(field)?;
        let (codes, keys) = (rows.column(&field.name)?, rows.column(&schema.key_field)?);
        let modified = rows.column(modified_field);
        let record = |row: usize| {
            let FieldValue::Guid(id) = keys.get(row) else { return None };
            let code = match codes.get(row) {
                FieldValue::Text(code) => code.into(),
                _ => Box::default(),
            };
            let modified_at = match modified.map(|column| column.get(row)) {
                Some(FieldValue::DateTime(moment)) => moment.timestamp(),
                _ => None,
            };
            let in_filter = row < in_filter.len() && in_filter.get(row);
            Some(Record { id: SystemId(id), code, modified_at, in_filter })
        };
        let mut records: Vec<Record> = (0..rows.n_rows()).filter_map(record).collect();
        records.sort_by_key(|record| record.id);
        let max_length = match field.field_type {
            FieldType::Code { max_length } | FieldType::Text { max_length } => max_length,
            _ => None,
        };
        Some(Codes { records, max_length })
    }
}

struct OptionPlanner<'a> {
    input: OptionInput<'a>,
    codes: Codes,
}

impl OptionPlanner<'_> {
    fn plan_records(&self) -> OptionPlan {
        let by_record: FxHashMap<SystemId, &OptionCoupling> =
            self.input.couplings.iter().map(|coupling| (coupling.record.id(), coupling)).collect();
        let labels: FxHashMap<i32, &str> =
            self.input.choices.iter().map(|choice| (choice.value, choice.label.as_ref())).collect();
        let mut plan = self.empty();
        let mut latest = None;
        for record in self.codes.records.iter().filter(|record| self.is_candidate(record)) {
            latest = latest.max(record.modified_at);
            let coupling = by_record.get(&record.id).copied();
            let action = |kind, reason, now: &str, write: Option<&str>| OptionAction {
                pass: Pass::ToIntegrationTable,
                kind,
                record: Some(record.id),
                value: coupling.map(|coupling| coupling.value),
                reason,
                now: now.into(),
                write: write.map(Into::into),
                modified_at: record.modified_at,
            };
            let Some(coupling) = coupling else {
                match self.input.run.creation {
                    Creation::OnlyCoupledRecords => plan.n_not_coupled += 1,
                    Creation::Allowed => {
                        plan.actions.push(action(
                            ActionKind::Create,
                            Reason::NotCoupled,
                            "",
                            Some(&record.code),
                        ));
                    }
                }
                continue;
            };
            let label = labels.get(&coupling.value).copied();
            plan.actions.push(match label {
                _ if coupling.skipped == Skipped::Yes => action(ActionKind::Skip, Reason::Shelved, "", None),
                None => {
                    let (kind, reason) = self.deleted();
                    let write = (kind == ActionKind::Restore).then_some(record.code.as_ref());
                    action(kind, reason, "", write)
                }
                Some(label) if !is_changed(record, coupling) => {
                    action(ActionKind::Unchanged, Reason::SourceUnchanged, label, None)
                }
                Some(label) if self.is_same(&record.code, label) => {
                    action(ActionKind::Unchanged, Reason::NothingDiffers, label, None)
                }
                Some(label) => action(ActionKind::Update, Reason::SourceChanged, label, Some(&record.code)),
            });
        }
        let stored = self.input.local_watermark;
        let reached = latest.filter(|_| self.looks_at_all()).map(|latest| latest.min(self.input.now));
        plan.watermark = reached.filter(|it| stored.is_none_or(|stored| *it > stored));
        counted(plan)
    }

    /// All values, every time (S4.60); of chosen ones only these.
    fn plan_values(&self) -> OptionPlan {
        let by_value: FxHashMap<i32, &OptionCoupling> =
            self.input.couplings.iter().map(|coupling| (coupling.value, coupling)).collect();
        let records: FxHashMap<SystemId, &Record> =
            self.codes.records.iter().map(|record| (record.id, record)).collect();
        let mut plan = self.empty();
        let is_chosen = |choice: &&Choice| match &self.input.run.selection {
            Selection::Chosen { rows, .. } => rows.contains(&RowId(value_id(choice.value))),
            Selection::All | Selection::Changed => true,
        };
        let mut choices: Vec<&Choice> = self.input.choices.iter().filter(is_chosen).collect();
        choices.sort_by_key(|choice| choice.value);
        for choice in choices {
            let coupling = by_value.get(&choice.value).copied();
            let wanted = code(&choice.label, self.codes.max_length);
            let record = coupling.and_then(|coupling| records.get(&coupling.record.id()).copied());
            let action = |kind, reason, write: Option<&str>| OptionAction {
                pass: Pass::FromIntegrationTable,
                kind,
                record: coupling.map(|coupling| coupling.record.id()),
                value: Some(choice.value),
                reason,
                now: record.map(|record| record.code.clone()).unwrap_or_default(),
                write: write.map(Into::into),
                modified_at: record.and_then(|record| record.modified_at),
            };
            let Some(coupling) = coupling else {
                match self.input.run.creation {
                    Creation::OnlyCoupledRecords => plan.n_not_coupled += 1,
                    Creation::Allowed => {
                        plan.actions.push(action(ActionKind::Create, Reason::NotCoupled, Some(&wanted)));
                    }
                }
                continue;
            };
            plan.actions.push(match record {
                _ if coupling.skipped == Skipped::Yes => action(ActionKind::Skip, Reason::Shelved, None),
                None => {
                    let (kind, reason) = self.deleted();
                    action(kind, reason, (kind == ActionKind::Restore).then_some(wanted.as_str()))
                }
                Some(record) if self.is_same(&record.code, &choice.label) => {
                    action(ActionKind::Unchanged, Reason::SourceUnchanged, None)
                }
                Some(_) => action(ActionKind::Update, Reason::SourceChanged, Some(&wanted)),
            });
        }
        if !plan.actions.is_empty() && self.looks_at_all() {
            plan.watermark = Some(self.input.now);
        }
        counted(plan)
    }

    /// Whether every change since the watermark is looked at: chosen records leave the others to the next run (S2.30).
    fn looks_at_all(&self) -> bool {
        !matches!(self.input.run.selection, Selection::Chosen { .. })
    }

    fn is_same(&self, code: &str, label: &str) -> bool {
        let field_type = FieldType::Code { max_length: self.codes.max_length };
        option_is_same(self.input.mapping.direction, code, label, &field_type)
    }

    fn empty(&self) -> OptionPlan {
        OptionPlan { actions: Vec::new(), counters: Counters::default(), n_not_coupled: 0, watermark: None }
    }

    fn is_candidate(&self, record: &Record) -> bool {
        match &self.input.run.selection {
            Selection::Chosen { records, .. } => records.contains(&record.id),
            Selection::All => record.in_filter,
            Selection::Changed => {
                let failed = |it: &OptionCoupling| it.record.id() == record.id && has_failed(it);
                let watermark = self.input.local_watermark;
                let changed =
                    watermark.is_none_or(|at| record.modified_at.is_none_or(|modified| modified > at));
                let changed = changed || self.input.failed_records.contains(&record.id);
                record.in_filter && changed || self.input.couplings.iter().any(failed)
            }
        }
    }

    /// S4.64.
    fn deleted(&self) -> (ActionKind, Reason) {
        match self.input.mapping.deletion_conflict_resolution {
            DeletionConflictResolution::None => (ActionKind::Fail, Reason::Failure(Failure::PartnerDeleted)),
            DeletionConflictResolution::RestoreRecords => (ActionKind::Restore, Reason::PartnerDeleted),
            DeletionConflictResolution::RemoveCoupling => {
                (ActionKind::RemoveCoupling, Reason::PartnerDeleted)
            }
        }
    }
}

/// A failed option is tried again, unlike in the reference, whose list is always empty (S4.64).
fn has_failed(coupling: &OptionCoupling) -> bool {
    coupling.skipped == Skipped::No
        && coupling.last_run_to_integration.is_some_and(|run| run.result == SynchResult::Failure)
}

/// S4.62, S4.21.
fn is_changed(record: &Record, coupling: &OptionCoupling) -> bool {
    has_failed(coupling)
        || match (coupling.record.modified_at(), record.modified_at) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(stored), Some(now)) => now.as_millisecond() - stored.as_millisecond() >= TOLERANCE_MS,
        }
}

fn counted(mut plan: OptionPlan) -> OptionPlan {
    for action in &plan.actions {
        plan.counters.count(action.kind, Shelves::No);
    }
    plan
}
