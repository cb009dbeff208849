//! What a plan is made of: actions with their reason and their differences field by field, and what the passes looked
//! at. Plain values without a life of their own.

use std::sync::Arc;

use jiff::Timestamp;

use super::failure::Failure;
use super::fields::LeftOut;
use crate::coupling::{RowId, SystemId};
use crate::mapping::{Direction, MappingName, TransformationDirection};
use crate::schema::Side;
use crate::value::Value;

/// One pass over one side's records (S2.1, S2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pass {
    /// From Business Central to Dataverse; comes first.
    ToIntegrationTable,
    /// From Dataverse to Business Central.
    FromIntegrationTable,
}

impl Pass {
    /// The passes of a direction, in their order.
    pub fn of(direction: Direction) -> &'static [Pass] {
        match direction {
            Direction::Bidirectional => &[Pass::ToIntegrationTable, Pass::FromIntegrationTable],
            Direction::ToIntegrationTable => &[Pass::ToIntegrationTable],
            Direction::FromIntegrationTable => &[Pass::FromIntegrationTable],
        }
    }

    /// The pass that looks at the records of a side.
    pub fn from(side: Side) -> Self {
        match side {
            Side::BusinessCentral => Pass::ToIntegrationTable,
            Side::Dataverse => Pass::FromIntegrationTable,
        }
    }

    /// The side whose records it looks at.
    pub fn source(self) -> Side {
        match self {
            Pass::ToIntegrationTable => Side::BusinessCentral,
            Pass::FromIntegrationTable => Side::Dataverse,
        }
    }

    /// The side it writes.
    pub fn destination(self) -> Side {
        match self {
            Pass::ToIntegrationTable => Side::Dataverse,
            Pass::FromIntegrationTable => Side::BusinessCentral,
        }
    }

    /// The other pass.
    pub fn opposite(self) -> Pass {
        match self {
            Pass::ToIntegrationTable => Pass::FromIntegrationTable,
            Pass::FromIntegrationTable => Pass::ToIntegrationTable,
        }
    }

    /// Whether a mapping of this direction takes part in the pass (S1.14b).
    pub fn takes(self, direction: Direction) -> bool {
        Pass::of(direction).contains(&self)
    }

    /// Whether a transformation of this direction works in the pass.
    pub fn transforms(self, direction: TransformationDirection) -> bool {
        match self {
            Pass::ToIntegrationTable => direction == TransformationDirection::ToIntegrationTable,
            Pass::FromIntegrationTable => direction == TransformationDirection::FromIntegrationTable,
        }
    }
}

/// What happens to a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ActionKind {
    /// A destination record is created and coupled.
    Create,
    /// The coupling to a deleted record is removed, and the record is created anew.
    Restore,
    /// The destination record is changed.
    Update,
    /// It was looked at, and there is nothing to write.
    Unchanged,
    /// It is left alone on purpose.
    Skip,
    /// Both sides changed, and a person has to decide; nothing is written.
    Conflict,
    /// It cannot be written.
    Fail,
    /// The coupling is removed: to a deleted record, or of a job that is taken back. What is to be written with it comes
    /// first.
    RemoveCoupling,
    /// The two are coupled again, after what is to be written with it.
    Couple,
    /// The destination record is deleted, and its coupling with it.
    Delete,
}

/// Why an action was chosen.
#[derive(Debug, Clone, PartialEq)]
pub enum Reason {
    /// The record has no partner, and the run may create one.
    NotCoupled,
    /// A partner was recognized by its key and is coupled instead of creating a second one.
    CounterpartFound,
    /// An earlier run created the partner and could not remember it: the two are coupled, and what was edited since is
    /// for the next run to see.
    CreatedBefore,
    /// The record changed after its last synchronization.
    SourceChanged,
    /// The last run failed for it, so it is tried again.
    RetriedAfterFailure,
    /// The run is forced: it does not ask what changed.
    Forced,
    /// Both changed, and the mapping's strategy or a decision lets this side win.
    ConflictWon,
    /// Both changed in different fields: each edit goes its own way.
    Merged,
    /// The record did not change after its last synchronization.
    SourceUnchanged,
    /// It changed, but no mapped field differs.
    NothingDiffers,
    /// It is shelved until it is retried.
    Shelved,
    /// It is not coupled, and the run only takes coupled records.
    OnlyCoupledRecords,
    /// A partner exists, so none is created.
    AlreadyCoupled,
    /// Both changed, and the mapping's strategy lets the other side win.
    ConflictLost,
    /// Both changed, and nothing says who wins.
    BothChanged {
        /// The first field in which they differ.
        field: Arc<str>,
    },
    /// A person chose it.
    Chosen,
    /// The partner was deleted.
    PartnerDeleted,
    /// A record was created to which this one refers, or the other way round.
    Follows(Following),
    /// The coupling is broken, and is mended.
    Mended(Mended),
    /// The job that did it is taken back.
    TakenBack,
    /// The job that did it is taken back, but for this record or at least its fields.
    LeftAlone(LeftAlone),
    /// It cannot be written.
    Failure(Failure),
}

/// How a broken coupling is mended (S2.22, S3.55).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mended {
    /// Its table was lost, and its record or row belongs to this mapping.
    TableFound,
    /// Its table was lost, and its record or row belongs to another mapping, which gets it.
    BelongsElsewhere {
        /// That mapping.
        mapping: MappingName,
    },
    /// Its table was lost, and no mapping knows its record or its row.
    NeitherFound,
    /// One or both of its records were deleted.
    PartnerDeleted,
}

/// What a creation brings about in another record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Following {
    /// It gets the primary contact that it was created without (S6.17).
    PrimaryContact,
    /// The account of a new customer or vendor becomes this company's (S6.15).
    NewCompany,
    /// A person is uncoupled with its customer or vendor (S3.48).
    Uncoupled,
}

/// Why a record stays as a job left it although the job is taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeftAlone {
    /// It was deleted after the job.
    DeletedSince,
    /// It was changed after the job: of an update every field that the job wrote, of a created record anything at all.
    ChangedSince,
    /// It has another partner since.
    CoupledSince,
    /// It is as it was before the job.
    AsBefore,
    /// The job created it, and nobody asked for its deletion.
    Created,
}

impl Reason {
    /// Stable code, the key of its text.
    pub fn code(&self) -> &'static str {
        match self {
            Reason::NotCoupled => "plan.not-coupled",
            Reason::CounterpartFound => "plan.counterpart-found",
            Reason::CreatedBefore => "plan.created-before",
            Reason::SourceChanged => "plan.source-changed",
            Reason::RetriedAfterFailure => "plan.retried-after-failure",
            Reason::Forced => "plan.forced",
            Reason::ConflictWon => "plan.conflict-won",
            Reason::Merged => "plan.merged",
            Reason::SourceUnchanged => "plan.source-unchanged",
            Reason::NothingDiffers => "plan.nothing-differs",
            Reason::Shelved => "plan.shelved",
            Reason::OnlyCoupledRecords => "plan.only-coupled-records",
            Reason::AlreadyCoupled => "plan.already-coupled",
            Reason::ConflictLost => "plan.conflict-lost",
            Reason::BothChanged { .. } => "plan.both-changed",
            Reason::Chosen => "plan.chosen",
            Reason::PartnerDeleted => "plan.partner-deleted",
            Reason::Follows(Following::PrimaryContact) => "plan.follows-primary-contact",
            Reason::Follows(Following::NewCompany) => "plan.follows-new-company",
            Reason::Follows(Following::Uncoupled) => "plan.follows-uncoupled",
            Reason::Mended(Mended::TableFound) => "plan.mended-table-found",
            Reason::Mended(Mended::BelongsElsewhere { .. }) => "plan.mended-belongs-elsewhere",
            Reason::Mended(Mended::NeitherFound) => "plan.mended-neither-found",
            Reason::Mended(Mended::PartnerDeleted) => "plan.mended-partner-deleted",
            Reason::TakenBack => "plan.taken-back",
            Reason::LeftAlone(LeftAlone::DeletedSince) => "plan.left-deleted-since",
            Reason::LeftAlone(LeftAlone::ChangedSince) => "plan.left-changed-since",
            Reason::LeftAlone(LeftAlone::CoupledSince) => "plan.left-coupled-since",
            Reason::LeftAlone(LeftAlone::AsBefore) => "plan.left-as-before",
            Reason::LeftAlone(LeftAlone::Created) => "plan.left-created",
            Reason::Failure(failure) => failure.code(),
        }
    }

    /// Whether it belongs to the plan that takes a job back.
    pub fn takes_back(&self) -> bool {
        matches!(self, Reason::TakenBack | Reason::LeftAlone(_))
    }

    /// Number of the rule in the reference that decided.
    pub fn rule(&self) -> &'static str {
        match self {
            Reason::NotCoupled | Reason::OnlyCoupledRecords => "S4.7",
            Reason::CounterpartFound | Reason::CreatedBefore => "S4.6",
            Reason::SourceChanged | Reason::SourceUnchanged => "S4.8",
            Reason::RetriedAfterFailure => "S4.20",
            Reason::Forced => "S4.19",
            Reason::ConflictWon | Reason::ConflictLost | Reason::BothChanged { .. } => "S4.15",
            Reason::Merged => "S4.17",
            Reason::NothingDiffers => "S4.9",
            Reason::Shelved => "S4.3",
            Reason::AlreadyCoupled => "S3.20",
            Reason::Chosen => "S3.2",
            Reason::PartnerDeleted => "S4.12",
            Reason::Follows(Following::PrimaryContact) => "S6.17",
            Reason::Follows(Following::NewCompany) => "S6.15",
            Reason::Follows(Following::Uncoupled) => "S3.48",
            Reason::Mended(Mended::PartnerDeleted) => "S3.55",
            Reason::Mended(_) => "S2.22",
            Reason::TakenBack | Reason::LeftAlone(_) => "M-27",
            Reason::Failure(failure) => failure.rule(),
        }
    }
}

/// The layer a value comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum Layer {
    /// Copied from the mapped field (S4.36).
    Mapping,
    /// The field mapping's constant (S4.32).
    Constant,
    /// The result of a transformation rule (S4.50).
    Transformation {
        /// Code of the rule.
        rule: Arc<str>,
    },
    /// An option mapping (S4.47).
    OptionMapping,
    /// The partner of the record that the field points to (S4.48).
    Lookup {
        /// The mapping that couples them.
        mapping: MappingName,
    },
    /// The local currency, which is blank in Business Central (S4.45).
    LocalCurrency,
    /// The owner that goes with the salesperson (S4.42, S4.43).
    Owner,
    /// The template for new records (S4.56).
    Template {
        /// Code of the template.
        code: Arc<str>,
    },
    /// What every row of this company gets (S4.57).
    Default,
    /// What the record held before the job that is taken back.
    Journal,
    /// A rule of this table.
    TableRule {
        /// Number of the rule in the reference.
        rule: Arc<str>,
    },
}

/// Why a field is not written although it is mapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// The value cannot be read as the destination's type (S4.37).
    NotTransferable,
    /// The null GUID never overwrites this field (S4.35).
    NotNull,
    /// Owners are not synchronized under ownership model Team (S4.42, S4.43).
    TeamOwns,
    /// The row is not owned by a user (S4.43).
    OwnerIsNoUser,
    /// The present contact is not coupled, so a blank does not replace it (S4.44).
    ContactNotCoupled,
    /// The other side's edit of this field goes the other way (merge by field).
    OtherSideEdited,
    /// The field was edited on both sides and waits for a decision (merge by field).
    Conflict,
    /// It no longer holds what the job wrote that is taken back.
    ChangedSince,
    /// Its value was not read, so nobody knows whether it still holds what the job wrote that is taken back.
    NotRead,
}

/// What decided about a field that was edited on both sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DecidedBy {
    /// A person, for this record.
    Person,
    /// The field mapping, which remembers a decision.
    FieldMapping,
    /// The strategy of the table mapping (S4.15).
    TableMapping,
}

/// One field of an action: last synchronized, each side now, and what is written.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldDifference {
    /// Number of the field mapping; none for values that no field mapping gives.
    pub number: Option<u32>,
    /// Business Central field; none for a constant.
    pub field: Option<Arc<str>>,
    /// Dataverse column; none for a constant.
    pub column: Option<Arc<str>>,
    /// What Business Central held after the last synchronization, where known.
    pub last_business_central: Option<Value>,
    /// What Dataverse held after the last synchronization, where known.
    pub last_dataverse: Option<Value>,
    /// What Business Central holds now; null without a record or field.
    pub business_central: Value,
    /// What Dataverse holds now.
    pub dataverse: Value,
    /// What is written to the destination of the pass; none when the field is kept.
    pub write: Option<Value>,
    /// Where the value comes from.
    pub layer: Layer,
    /// Why it is kept.
    pub kept: Option<Kept>,
    /// What decided, where both sides edited it and a decision was needed.
    pub decided: Option<DecidedBy>,
}

impl FieldDifference {
    /// Name of the field on one side.
    pub fn name(&self, side: Side) -> Option<&Arc<str>> {
        match side {
            Side::BusinessCentral => self.field.as_ref(),
            Side::Dataverse => self.column.as_ref(),
        }
    }
}

/// Whether a failure shelves the coupling (S3.51).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Shelves {
    /// It is tried again by the next run.
    #[default]
    No,
    /// The same failure for the second time: left out until a person retries it.
    Yes,
}

/// What a run does to one record.
#[derive(Debug, Clone, PartialEq)]
pub struct Action {
    /// The pass.
    pub pass: Pass,
    /// What happens.
    pub kind: ActionKind,
    /// The Business Central record; none while it does not exist.
    pub record: Option<SystemId>,
    /// The Dataverse row; none while it does not exist.
    pub row: Option<RowId>,
    /// Why.
    pub reason: Reason,
    /// The fields that are written or kept on purpose.
    pub fields: Vec<FieldDifference>,
    /// When the source was last changed, as read.
    pub source_modified_at: Option<Timestamp>,
    /// When the destination was last changed, as read: it must not have changed since when it is written.
    pub destination_modified_at: Option<Timestamp>,
    /// The destination had changed too, and its change is still to be brought by the other pass (S4.24).
    pub opposite_pending: bool,
    /// Whether the failure shelves the coupling.
    pub shelves: Shelves,
}

impl Action {
    /// Whether it sends anything to a service. An update that only couples does not.
    pub fn writes(&self) -> bool {
        match self.kind {
            ActionKind::Create | ActionKind::Restore | ActionKind::Delete => true,
            ActionKind::Update | ActionKind::RemoveCoupling | ActionKind::Couple => {
                self.values().next().is_some()
            }
            ActionKind::Unchanged | ActionKind::Skip | ActionKind::Conflict | ActionKind::Fail => false,
        }
    }

    /// Whether its outcome is known with the plan: nothing is sent and nothing kept (S4.3, S4.8).
    pub fn is_settled(&self) -> bool {
        self.kind == ActionKind::Skip || self.reason == Reason::SourceUnchanged
    }

    /// Names and values that are written to the destination.
    pub fn values(&self) -> impl Iterator<Item = (&Arc<str>, &Value)> {
        let side = self.pass.destination();
        self.fields.iter().filter_map(move |field| Some((field.name(side)?, field.write.as_ref()?)))
    }
}

/// Counters of a job (S1.17, S5.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Created.
    pub inserted: usize,
    /// Changed.
    pub modified: usize,
    /// Deleted.
    pub deleted: usize,
    /// Looked at and left as they are.
    pub unchanged: usize,
    /// Left alone on purpose.
    pub skipped: usize,
    /// Not written.
    pub failed: usize,
    /// Couplings that were removed on purpose.
    pub uncoupled: usize,
    /// Couplings that were made without a write of their own.
    pub coupled: usize,
}

impl Counters {
    /// Counts an action once (S5.5); a failure that shelves counts as skipped (S3.51), a removed coupling as unchanged
    /// (S4.13).
    pub fn count(&mut self, kind: ActionKind, shelves: Shelves) {
        let counter = match (kind, shelves) {
            (ActionKind::Create | ActionKind::Restore, _) => &mut self.inserted,
            (ActionKind::Update, _) => &mut self.modified,
            (ActionKind::Delete, _) => &mut self.deleted,
            (ActionKind::Couple, _) => &mut self.coupled,
            (ActionKind::Unchanged | ActionKind::RemoveCoupling, _) => &mut self.unchanged,
            (ActionKind::Skip, _) | (_, Shelves::Yes) => &mut self.skipped,
            (ActionKind::Conflict | ActionKind::Fail, Shelves::No) => &mut self.failed,
        };
        *counter += 1;
    }

    /// The same for an action of any plan: a coupling that a person removes is uncoupled, not unchanged.
    pub fn count_chosen(&mut self, kind: ActionKind, reason: &Reason, shelves: Shelves) {
        match (kind, reason) {
            (ActionKind::RemoveCoupling, Reason::Chosen | Reason::Mended(_)) => self.uncoupled += 1,
            _ => self.count(kind, shelves),
        }
    }

    /// Adds what another pass or plan counted.
    pub fn add(&mut self, other: Counters) {
        self.inserted += other.inserted;
        self.modified += other.modified;
        self.deleted += other.deleted;
        self.unchanged += other.unchanged;
        self.skipped += other.skipped;
        self.failed += other.failed;
        self.uncoupled += other.uncoupled;
        self.coupled += other.coupled;
    }

    /// Counts an action of a plan that takes a job back: there a coupling goes because it is to go.
    pub fn count_taken_back(&mut self, kind: ActionKind) {
        match kind {
            ActionKind::RemoveCoupling => self.uncoupled += 1,
            kind => self.count(kind, Shelves::No),
        }
    }
}

impl std::iter::Sum for Counters {
    fn sum<I: Iterator<Item = Counters>>(counters: I) -> Counters {
        counters.fold(Counters::default(), |mut sum, other| {
            sum.add(other);
            sum
        })
    }
}

/// Records that a pass looked at without an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PassedOver {
    /// A rule behind the filter hits them (S2.12).
    pub ignored: usize,
    /// Not coupled, and the run only takes coupled records (S2.15).
    pub not_coupled: usize,
    /// Last changed by the integration user (S2.8).
    pub own_changes: usize,
}

/// What one pass comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct PassSummary {
    /// The pass.
    pub pass: Pass,
    /// Counters as the job will show them when every action succeeds.
    pub counters: Counters,
    /// Records without an action.
    pub passed_over: PassedOver,
    /// The watermark after the pass, when it moves (S2.30, S2.31).
    pub watermark: Option<Timestamp>,
    /// Field mappings that cannot take part, and why.
    pub left_out: Vec<LeftOut>,
}

/// What a run will do.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The mapping.
    pub mapping: MappingName,
    /// Actions, those of the first pass first, within a pass by the id of the source record.
    pub actions: Vec<Action>,
    /// One summary a pass.
    pub passes: Vec<PassSummary>,
}

impl Plan {
    /// The summary of a pass that the plan has.
    pub fn pass(&self, pass: Pass) -> Option<&PassSummary> {
        self.passes.iter().find(|summary| summary.pass == pass)
    }

    /// The counters of a pass before anything is sent: records that the plan alone settles. Outcomes are added to them
    /// as they come in.
    pub fn settled_counters(&self, pass: Pass) -> Counters {
        let mut counters = Counters::default();
        for action in self.actions.iter().filter(|action| action.pass == pass && action.is_settled()) {
            counters.count(action.kind, action.shelves);
        }
        counters
    }

    /// Whether nothing is sent and no coupling changes.
    pub fn is_empty(&self) -> bool {
        let idle = |action: &Action| matches!(action.kind, ActionKind::Unchanged | ActionKind::Skip);
        self.actions.iter().all(idle)
    }
}
