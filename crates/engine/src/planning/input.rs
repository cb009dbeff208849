//! What a plan is made from: records, run, settings. Reading them is the callers' part.

use couplet_filter::Bitmap;
use jiff::Timestamp;
use rustc_hash::{FxHashMap, FxHashSet};
use uuid::Uuid;

use super::couplings::MappingState;
use super::references::References;
use crate::columns::ColumnTable;
use crate::configuration::{Company, OwnershipModel};
use crate::coupling::{RowId, SystemId};
use crate::mapping::{Direction, IntegrationTableMapping};
use crate::schema::TableSchema;
use crate::transformation::TransformationRules;

/// The records of one side: every candidate of the run, and the partner of every candidate. A partner that is not
/// among them counts as deleted.
#[derive(Debug, Clone, Copy)]
pub struct Records<'a> {
    /// What the metadata says of the table.
    pub schema: &'a TableSchema,
    /// The records with their key, their time of change and their mapped fields.
    pub rows: &'a ColumnTable,
    /// Records inside the mapping's filter.
    pub in_filter: &'a Bitmap,
    /// Records that a rule behind the filter leaves out (S2.12); none when there is no such rule.
    pub ignored: Option<&'a Bitmap>,
    /// Name of the field with the time of the last change: `SystemModifiedAt`, `modifiedon`.
    pub modified_field: &'a str,
    /// Name of the field with who made the last change; none when it was not read.
    pub modified_by_field: Option<&'a str>,
}

/// Whether a run asks what changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Only changes are taken over (S4.8).
    #[default]
    Ordinary,
    /// The source wins, changed or not; no conflict is looked for (S4.19).
    Forced,
    /// Partners are created for records that have none; a coupling to a deleted partner is replaced (S3.20).
    CreateNew,
}

/// Which records a run looks at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Selection {
    /// Those in the filter that changed after the watermark, and those that failed (S2.4 to S2.9).
    #[default]
    Changed,
    /// All in the filter.
    All,
    /// These, inside the filter or not (S1.8b).
    Chosen {
        /// Business Central records.
        records: FxHashSet<SystemId>,
        /// Dataverse rows.
        rows: FxHashSet<RowId>,
    },
}

/// Whether a run creates partners.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Creation {
    /// It does.
    Allowed,
    /// Only coupled records are synchronized.
    OnlyCoupledRecords,
}

/// What kind of run it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Which passes; must be allowed by the mapping.
    pub direction: Direction,
    /// Whether it asks what changed.
    pub mode: Mode,
    /// Which records.
    pub selection: Selection,
    /// Whether it creates partners.
    pub creation: Creation,
}

impl Run {
    /// The scheduled run of a mapping, also "Synchronize Modified Records" (S5.11).
    pub fn scheduled(mapping: &IntegrationTableMapping) -> Self {
        let creation = match mapping.synch_only_coupled_records {
            true => Creation::OnlyCoupledRecords,
            false => Creation::Allowed,
        };
        Run { direction: mapping.direction, mode: Mode::Ordinary, selection: Selection::Changed, creation }
    }

    /// "Run Full Synchronization" of a mapping: everything in the filter is looked at, whatever the watermarks; what did
    /// not change stays as it is (S5.12).
    pub fn all(mapping: &IntegrationTableMapping) -> Self {
        Run { selection: Selection::All, ..Run::scheduled(mapping) }
    }

    /// "Run Unconditional Full Synchronization": everything in the filter counts as changed (S5.13). The reference offers
    /// it for mappings of one direction.
    pub fn unconditional(mapping: &IntegrationTableMapping) -> Self {
        Run { mode: Mode::Forced, ..Run::all(mapping) }
    }

    /// A full synchronization from the review page: everything in the filter, forced, partners created (S5.32, S5.35).
    pub fn full(mapping: &IntegrationTableMapping) -> Self {
        Run {
            mode: Mode::Forced,
            selection: Selection::All,
            creation: Creation::Allowed,
            ..Run::scheduled(mapping)
        }
    }

    /// A manual synchronization of chosen records in one direction (S3.25, S3.26).
    pub fn chosen(mapping: &IntegrationTableMapping, direction: Direction, selection: Selection) -> Self {
        Run { direction, mode: Mode::Forced, selection, ..Run::scheduled(mapping) }
    }

    /// Partners for chosen records of one side (S3.20, S3.21).
    pub fn create_new(direction: Direction, selection: Selection) -> Self {
        Run { direction, mode: Mode::CreateNew, selection, creation: Creation::Allowed }
    }
}

/// Who wins where both sides changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Winner {
    /// Business Central: its value is sent.
    BusinessCentral,
    /// Dataverse: its value is taken.
    Dataverse,
}

/// How records that changed on both sides are treated.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum UpdateConflicts {
    /// As in the reference: one side wins for the whole record, or a person decides (S4.15). A mapping that remembers
    /// winners of fields is merged by field all the same.
    #[default]
    WholeRecord,
    /// Edits of different fields go both ways; only a field that was edited on both sides is a conflict.
    ByField {
        /// Decisions for this run: record, number of the field mapping.
        decisions: FxHashMap<(SystemId, u32), Winner>,
    },
}

/// What is set up beside the mapping.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Settings {
    /// Who owns new rows.
    pub ownership: OwnershipModel,
    /// The company row in Dataverse.
    pub company: Option<Company>,
    /// The company's default owning team.
    pub owning_team: Option<Uuid>,
    /// The user that the integration writes with: its own changes of bidirectional mappings are passed over (S2.8).
    pub integration_user: Option<Uuid>,
    /// Records that changed on both sides.
    pub update_conflicts: UpdateConflicts,
    /// Transformation rules.
    pub transformations: TransformationRules,
}

/// Everything a plan is made from.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// The mapping.
    pub mapping: &'a IntegrationTableMapping,
    /// The run.
    pub run: &'a Run,
    /// Settings.
    pub settings: &'a Settings,
    /// Business Central records.
    pub business_central: Records<'a>,
    /// Dataverse rows.
    pub dataverse: Records<'a>,
    /// What the last runs left behind.
    pub state: &'a MappingState,
    /// What fields point to.
    pub references: &'a References,
    /// The moment the run begins: no watermark goes beyond it (S2.30).
    pub now: Timestamp,
}
