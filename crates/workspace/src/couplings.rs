//! Couplings with what their last runs left behind, option couplings, and how far the runs of a mapping have come.

use std::num::NonZeroU32;

use couplet_engine::coupling::{
    ArchivedSalesOrder, CoupledRecord, Coupling, CouplingEnd, LastRun, OptionCoupling, RowId, Skipped,
    SystemId,
};
use couplet_engine::planning::{CouplingState, LastSynchronized, Pass, Pending};
use couplet_engine::schema::Side;
use couplet_synchronization::Progress;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::scalars::{StoredId, StoredMoment, StoredRun};
use super::values::{last_text, read_last};
use super::words::Words;
use super::{Damage, Problem};

/// A coupling (S1.15). Field names are numbers of the mapping's [`Words`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StoredCoupling {
    /// None for the marker of a won quote (S6.93).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    record: Option<StoredId>,
    row: StoredId,
    /// None for a broken coupling (S2.22) and for a marker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    table: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    record_modified_at: Option<StoredMoment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    record_run: Option<StoredRun>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    row_modified_at: Option<StoredMoment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    row_run: Option<StoredRun>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    skipped: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    statistics_uploaded: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    archived_sales_order: Option<Archived>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failed_to: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failed_from: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pending: Option<StoredPending>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last: Option<StoredLast>,
}

/// What both records held after their last synchronization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoredLast {
    record: String,
    row: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Archived {
    Archived,
    ArchivedAndSent,
}

spelled!(Archived { Archived = "archived", ArchivedAndSent = "archivedAndSent" });

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum StoredPending {
    To,
    From,
    Both,
}

spelled!(StoredPending { To = "to", From = "from", Both = "both" });

/// A coupling of a record and a value of a choice (S1.16).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StoredOptionCoupling {
    table: u32,
    record: StoredId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    record_modified_at: Option<StoredMoment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    record_run: Option<StoredRun>,
    integration_table: String,
    column: String,
    value: i64,
    label: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    run_to_integration: Option<StoredRun>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    skipped: bool,
}

/// How far the runs of a mapping have come, and the words that its couplings say by number.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StoredProgress {
    words: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    local_watermark: Option<StoredMoment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    integration_watermark: Option<StoredMoment>,
    failed_records: Vec<StoredId>,
    failed_rows: Vec<StoredId>,
}

impl StoredCoupling {
    /// The stored form of a coupling; names that `words` lacks are added to it.
    pub fn of(state: &CouplingState, words: &mut Words) -> Self {
        let coupling = &state.coupling;
        let end = state.record_end();
        StoredCoupling {
            record: end.map(|end| StoredId(end.id().0)),
            row: StoredId(coupling.row.id().0),
            table: match coupling.record {
                CoupledRecord::InTable { table, .. } => Some(table.get()),
                CoupledRecord::Broken(_) | CoupledRecord::Marker => None,
            },
            record_modified_at: end.and_then(|end| end.modified_at()).map(StoredMoment),
            record_run: end.and_then(|end| end.last_run()).map(StoredRun),
            row_modified_at: coupling.row.modified_at().map(StoredMoment),
            row_run: coupling.row.last_run().map(StoredRun),
            skipped: coupling.skipped == Skipped::Yes,
            statistics_uploaded: coupling.statistics_uploaded,
            archived_sales_order: match coupling.archived_sales_order {
                ArchivedSalesOrder::No => None,
                ArchivedSalesOrder::Archived => Some(Archived::Archived),
                ArchivedSalesOrder::ArchivedAndSent => Some(Archived::ArchivedAndSent),
            },
            failed_to: state.failed_to.as_deref().map(str::to_owned),
            failed_from: state.failed_from.as_deref().map(str::to_owned),
            pending: match state.pending {
                Pending::None => None,
                Pending::One(Pass::ToIntegrationTable) => Some(StoredPending::To),
                Pending::One(Pass::FromIntegrationTable) => Some(StoredPending::From),
                Pending::Both => Some(StoredPending::Both),
            },
            last: state.last.as_ref().map(|last| StoredLast::of(last, words)),
        }
    }

    /// The key within its mapping: the record, else the row.
    pub fn key(&self) -> String {
        self.record.as_ref().unwrap_or(&self.row).0.as_simple().to_string()
    }

    /// The row, as it is stored.
    pub fn row_key(&self) -> String {
        self.row.0.as_simple().to_string()
    }

    /// The coupling.
    ///
    /// # Errors
    /// A table number 0, a table without a record, or a value that cannot be read.
    pub fn read(self, words: &Words) -> Result<CouplingState, Damage> {
        let table = self.table.map(|table| {
            NonZeroU32::new(table).ok_or_else(|| shape("table", "expected a table number above 0".to_owned()))
        });
        let record = match (self.record, table.transpose()?) {
            (Some(StoredId(id)), table) => {
                let end = end(SystemId(id), self.record_modified_at, self.record_run);
                table.map_or(CoupledRecord::Broken(end), |table| CoupledRecord::InTable { table, end })
            }
            (None, None) => CoupledRecord::Marker,
            (None, Some(_)) => return Err(shape("record", "missing field `record`".to_owned())),
        };
        Ok(CouplingState {
            coupling: Coupling {
                row: end(RowId(self.row.0), self.row_modified_at, self.row_run),
                record,
                skipped: skipped(self.skipped),
                statistics_uploaded: self.statistics_uploaded,
                archived_sales_order: match self.archived_sales_order {
                    None => ArchivedSalesOrder::No,
                    Some(Archived::Archived) => ArchivedSalesOrder::Archived,
                    Some(Archived::ArchivedAndSent) => ArchivedSalesOrder::ArchivedAndSent,
                },
            },
            last: self
                .last
                .map(|last| last.read(words).map_err(|damage| damage.inside("last")))
                .transpose()?,
            failed_to: self.failed_to.map(String::into_boxed_str),
            failed_from: self.failed_from.map(String::into_boxed_str),
            pending: match self.pending {
                None => Pending::None,
                Some(StoredPending::To) => Pending::One(Pass::ToIntegrationTable),
                Some(StoredPending::From) => Pending::One(Pass::FromIntegrationTable),
                Some(StoredPending::Both) => Pending::Both,
            },
        })
    }
}

impl StoredLast {
    pub(crate) fn of(last: &LastSynchronized, words: &mut Words) -> Self {
        StoredLast {
            record: last_text(last, Side::BusinessCentral, words),
            row: last_text(last, Side::Dataverse, words),
        }
    }

    pub(crate) fn read(&self, words: &Words) -> Result<LastSynchronized, Damage> {
        let mut last = LastSynchronized::default();
        let record = read_last(&self.record, Side::BusinessCentral, words, &mut last);
        record.map_err(|damage| damage.inside("record"))?;
        let row = read_last(&self.row, Side::Dataverse, words, &mut last);
        row.map_err(|damage| damage.inside("row"))?;
        Ok(last)
    }
}

impl From<&OptionCoupling> for StoredOptionCoupling {
    fn from(value: &OptionCoupling) -> Self {
        StoredOptionCoupling {
            table: value.table,
            record: StoredId(value.record.id().0),
            record_modified_at: value.record.modified_at().map(StoredMoment),
            record_run: value.record.last_run().map(StoredRun),
            integration_table: value.integration_table.clone(),
            column: value.column.clone(),
            value: value.value.into(),
            label: value.label.clone(),
            run_to_integration: value.last_run_to_integration.map(StoredRun),
            skipped: value.skipped == Skipped::Yes,
        }
    }
}

impl StoredOptionCoupling {
    /// The key within its mapping.
    pub fn key(&self) -> String {
        self.record.0.as_simple().to_string()
    }

    /// The option coupling.
    ///
    /// # Errors
    /// A value that is no number of a choice.
    pub fn read(self) -> Result<OptionCoupling, Damage> {
        let value = i32::try_from(self.value);
        Ok(OptionCoupling {
            table: self.table,
            record: end(SystemId(self.record.0), self.record_modified_at, self.record_run),
            integration_table: self.integration_table,
            column: self.column,
            value: value.map_err(|error| shape("value", error.to_string()))?,
            label: self.label,
            last_run_to_integration: self.run_to_integration.map(|run| run.0),
            skipped: skipped(self.skipped),
        })
    }
}

impl StoredProgress {
    /// The stored form of a mapping's progress, with the words of its couplings.
    pub fn of(progress: &Progress, words: &Words) -> Self {
        StoredProgress {
            words: words.list(),
            local_watermark: progress.local_watermark.map(StoredMoment),
            integration_watermark: progress.integration_watermark.map(StoredMoment),
            failed_records: progress.failed_records.iter().map(|it| StoredId(it.0)).collect(),
            failed_rows: progress.failed_rows.iter().map(|it| StoredId(it.0)).collect(),
        }
    }

    /// The progress, and the words of the mapping's couplings.
    ///
    /// # Errors
    /// A word that is there twice.
    pub fn read(self) -> Result<(Progress, Words), Damage> {
        let words = Words::read(self.words).map_err(|damage| damage.inside("words"))?;
        let progress = Progress {
            local_watermark: self.local_watermark.map(|it| it.0),
            integration_watermark: self.integration_watermark.map(|it| it.0),
            failed_records: self.failed_records.into_iter().map(|it| SystemId(it.0)).collect(),
            failed_rows: self.failed_rows.into_iter().map(|it| RowId(it.0)).collect(),
        };
        Ok((progress, words))
    }
}

/// The end of a coupling with these facts.
fn end<Id: Copy>(id: Id, modified_at: Option<StoredMoment>, run: Option<StoredRun>) -> CouplingEnd<Id> {
    let modified_at: Option<Timestamp> = modified_at.map(|it| it.0);
    let run: Option<LastRun> = run.map(|it| it.0);
    let end = CouplingEnd::new(id);
    match run {
        Some(run) => end.synchronized(modified_at, run),
        None => end.seen(modified_at),
    }
}

fn skipped(flag: bool) -> Skipped {
    if flag { Skipped::Yes } else { Skipped::No }
}

fn shape(path: &str, detail: String) -> Damage {
    Damage::new(path, Problem::Shape { detail })
}

/// An id as it stands in keys.
pub fn id_key(id: Uuid) -> String {
    id.as_simple().to_string()
}
