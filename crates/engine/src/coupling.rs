//! Couplings: which Business Central record and which Dataverse record are the same thing (S1.15, S1.16). Only what
//! they are; making, breaking and repairing them comes with synchronization.

use jiff::Timestamp;
use uuid::Uuid;

/// `SystemId` of a Business Central record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SystemId(pub Uuid);

/// Key of a Dataverse row: `CRM ID` of the reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowId(pub Uuid);

/// Id of a synchronization job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub Uuid);

/// How a synchronization of a coupled record ended (S1.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SynchResult {
    /// It worked.
    Success,
    /// It failed.
    Failure,
}

/// The last time a coupled record was written in one direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LastRun {
    /// How it ended.
    pub result: SynchResult,
    /// The job.
    pub job: JobId,
}

/// One end of a coupling with what belongs to that end, so that another record starts without a past: coupling
/// another record means another end, and its last synchronization is blank (S1.15 fields 2 and 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CouplingEnd<Id> {
    id: Id,
    modified_at: Option<Timestamp>,
    last_run: Option<LastRun>,
}

impl<Id: Copy> CouplingEnd<Id> {
    /// An end that was never synchronized.
    pub fn new(id: Id) -> Self {
        CouplingEnd { id, modified_at: None, last_run: None }
    }

    /// The same record after it was synchronized; `modified_at` is the time of its last change as of then.
    #[must_use]
    pub fn synchronized(self, modified_at: Option<Timestamp>, last_run: LastRun) -> Self {
        CouplingEnd { modified_at, last_run: Some(last_run), ..self }
    }

    /// The same record after its partner was written from it: only its change is known now, no run wrote it (S4.23).
    /// A stored time moves forward only.
    #[must_use]
    pub fn seen(self, modified_at: Option<Timestamp>) -> Self {
        CouplingEnd { modified_at: self.modified_at.max(modified_at), ..self }
    }

    /// The same record after a run that did not succeed: the time of its last change stays as it was (S3.50).
    #[must_use]
    pub fn ran(self, last_run: LastRun) -> Self {
        CouplingEnd { last_run: Some(last_run), ..self }
    }

    /// The record.
    pub fn id(&self) -> Id {
        self.id
    }

    /// When the record had last been changed, as of its last synchronization.
    pub fn modified_at(&self) -> Option<Timestamp> {
        self.modified_at
    }

    /// The last run that wrote this end.
    pub fn last_run(&self) -> Option<LastRun> {
        self.last_run
    }
}

/// What the Business Central end of a coupling is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CoupledRecord {
    /// A record of a known table.
    InTable {
        /// Table number; never 0.
        table: std::num::NonZeroU32,
        /// The record.
        end: CouplingEnd<SystemId>,
    },
    /// The table was lost: a broken coupling, repaired before the next run (S2.22).
    Broken(CouplingEnd<SystemId>),
    /// No record: the marker of a won quote (S6.93).
    Marker,
}

/// Coupling of a record and a row (table 5331, S1.15).
///
/// Within one Business Central table a row is coupled once and a record is coupled once; the same row may be coupled
/// to records of different tables, as an account is to a customer and a vendor. That no single coupling can hold:
/// whoever keeps them looks after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Coupling {
    /// Dataverse end: `CRM ID`, `Last Synch. CRM Modified On`, `Last Synch. CRM Result`, `Last Synch. CRM Job ID`.
    pub row: CouplingEnd<RowId>,
    /// Business Central end: `Integration ID`, `Last Synch. Modified On`, `Last Synch. Result`, `Last Synch. Job ID`.
    pub record: CoupledRecord,
    /// Left out of synchronization until it is retried.
    pub skipped: Skipped,
    /// Account statistics have been sent once.
    pub statistics_uploaded: bool,
    /// What became of a sales order that was posted or deleted.
    pub archived_sales_order: ArchivedSalesOrder,
}

/// Whether a coupling takes part in synchronization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Skipped {
    /// It does.
    #[default]
    No,
    /// Shelved after failures until a person retries it.
    Yes,
}

/// Archive state of a coupled sales order (S1.15 fields 14 and 15): an update without an archive cannot be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ArchivedSalesOrder {
    /// The order is there, or the record is no order.
    #[default]
    No,
    /// Only its archive is left.
    Archived,
    /// Only its archive is left, and its final version was sent.
    ArchivedAndSent,
}

/// Coupling of a record and a value of a choice (table 5334, S1.16). The record is its key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OptionCoupling {
    /// Number of the Business Central table.
    pub table: u32,
    /// Business Central end.
    pub record: CouplingEnd<SystemId>,
    /// Logical name of the Dataverse table with the choice column.
    pub integration_table: String,
    /// Logical name of the choice column.
    pub column: String,
    /// The value, in Dataverse's own numbers.
    pub value: i32,
    /// Its label; at most 250 characters in the reference.
    pub label: String,
    /// The last run towards Dataverse.
    pub last_run_to_integration: Option<LastRun>,
    /// Left out of synchronization until it is retried.
    pub skipped: Skipped,
}
