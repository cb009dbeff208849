//! What is kept of synchronization between runs, as a port. Each method that writes is one durable transaction: it has
//! happened, or nothing of it has.

use std::any::Any;
use std::future::Future;

use couplet_engine::MappingName;
use couplet_engine::coupling::{JobId, OptionCoupling, RowId, SystemId};
use couplet_engine::executor::{EntryId, JournalEntry, Settlement};
use couplet_engine::job::{SynchJob, SynchJobError};
use couplet_engine::planning::{CouplingState, MappingState};
use jiff::Timestamp;

use crate::pair::Pair;

/// Why something could not be kept or found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreError {
    /// No room is left.
    QuotaExceeded,
    /// What is stored cannot be read.
    Damaged {
        /// Where, as a path into the record.
        path: String,
        /// What was expected there.
        detail: String,
    },
    /// The storage refused.
    Refused {
        /// Its own words.
        detail: String,
    },
}

/// A batch of writes whose outcome was not kept.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenEntry {
    /// The job that sent it.
    pub job: JobId,
    /// The mapping of that job.
    pub mapping: MappingName,
    /// When it was kept by the clock of the service that it is for, before anything was sent: a record made by it is not
    /// older.
    pub stored_at: Timestamp,
    /// The writes.
    pub entry: JournalEntry,
}

/// What one step of a job changes in the store, all at once.
#[derive(Debug, Clone, PartialEq)]
pub struct Recording {
    /// The mapping of the couplings.
    pub mapping: MappingName,
    /// The job with its counters as of now; none while what a job left open is settled that is forgotten.
    pub job: Option<SynchJob>,
    /// The journal entry that is complete now.
    pub completed: Option<EntryId>,
    /// How its actions ended, kept with the entry so that the job can be looked at and taken back.
    pub settlements: Vec<Settlement>,
    /// Couplings of the mapping that are new or changed.
    pub put_couplings: Vec<CouplingState>,
    /// Business Central records of couplings that are gone.
    pub delete_couplings: Vec<SystemId>,
    /// Option couplings that are new or changed, by their record.
    pub put_option_couplings: Vec<OptionCoupling>,
    /// Records of option couplings that are gone.
    pub delete_option_couplings: Vec<SystemId>,
    /// Watermarks and failed creations of the mapping as of now; the couplings in it are not looked at.
    pub progress: Progress,
    /// Errors to add.
    pub errors: Vec<SynchJobError>,
}

impl Recording {
    /// Nothing but the progress of a mapping.
    pub fn new(mapping: MappingName, progress: Progress) -> Self {
        Recording {
            mapping,
            job: None,
            completed: None,
            settlements: Vec::new(),
            put_couplings: Vec::new(),
            delete_couplings: Vec::new(),
            put_option_couplings: Vec::new(),
            delete_option_couplings: Vec::new(),
            progress,
            errors: Vec::new(),
        }
    }
}

/// What is kept of a mapping beside its couplings.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Progress {
    /// As of which change of Business Central records everything was looked at (S2.4).
    pub local_watermark: Option<Timestamp>,
    /// The same of Dataverse rows.
    pub integration_watermark: Option<Timestamp>,
    /// Business Central records whose creation in Dataverse failed.
    pub failed_records: Vec<SystemId>,
    /// Dataverse rows whose creation in Business Central failed.
    pub failed_rows: Vec<RowId>,
}

impl Progress {
    /// What a mapping's state holds beside its couplings; lists in the order of their ids.
    pub fn of(state: &MappingState) -> Self {
        let mut progress = Progress {
            local_watermark: state.local_watermark,
            integration_watermark: state.integration_watermark,
            failed_records: state.failed_records.iter().copied().collect(),
            failed_rows: state.failed_rows.iter().copied().collect(),
        };
        progress.failed_records.sort_unstable();
        progress.failed_rows.sort_unstable();
        progress
    }
}

/// The right to settle what earlier runs left open, for as long as it is held.
pub type Alone = Box<dyn Any>;

/// Couplings, watermarks, journal and jobs of one workspace.
pub trait Store {
    /// The right to settle open batches; none while a run is under way elsewhere: then an open batch is not left over, it
    /// is being sent. A store that one process opens at a time always gives it.
    fn alone(&self) -> impl Future<Output = Option<Alone>> {
        std::future::ready(Some(Box::new(()) as Alone))
    }

    /// What the runs of a mapping left behind; empty before the first.
    fn mapping_state(&self, mapping: &MappingName) -> impl Future<Output = Result<MappingState, StoreError>>;

    /// Option couplings of a mapping.
    fn option_couplings(
        &self,
        mapping: &MappingName,
    ) -> impl Future<Output = Result<Vec<OptionCoupling>, StoreError>>;

    /// Journal entries without an outcome, of every mapping, by number.
    fn open_entries(&self) -> impl Future<Output = Result<Vec<OpenEntry>, StoreError>>;

    /// A number above every number in the journal.
    fn next_entry(&self) -> impl Future<Output = Result<EntryId, StoreError>>;

    /// How the actions of a job ended, in the order of its journal: what taking it back needs. Empty once the
    /// journal of the job is gone (S5.7).
    fn settlements(&self, job: JobId) -> impl Future<Output = Result<Vec<Settlement>, StoreError>>;

    /// A job as it was kept last; none when it is forgotten.
    fn job(&self, job: JobId) -> impl Future<Output = Result<Option<SynchJob>, StoreError>>;

    /// Keeps a batch before it is sent.
    fn store_entry(&self, entry: &OpenEntry) -> impl Future<Output = Result<(), StoreError>>;

    /// Keeps what a step changed.
    fn record(&self, recording: &Recording) -> impl Future<Output = Result<(), StoreError>>;

    /// The pair of systems that everything kept belongs to; none before the first run.
    fn pair(&self) -> impl Future<Output = Result<Option<Pair>, StoreError>>;

    /// Says to which pair everything kept belongs from now on.
    fn keep_pair(&self, pair: &Pair) -> impl Future<Output = Result<(), StoreError>>;
}
