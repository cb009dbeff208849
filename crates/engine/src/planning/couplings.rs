//! The couplings of one mapping with what a plan has to remember of them. Making and breaking a coupling (S3.1 to
//! S3.3); what a run writes into them stands in `settle`.

use std::num::NonZeroU32;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use rustc_hash::{FxHashMap, FxHashSet};

use super::plan::Pass;
use crate::coupling::{
    ArchivedSalesOrder, CoupledRecord, Coupling, CouplingEnd, RowId, Skipped, SynchResult, SystemId,
};
use crate::schema::Side;
use crate::value::Value;

/// Dataverse keeps whole seconds in places: rows this much older than the watermark are looked at again (S2.7).
const OVERLAP: SignedDuration = SignedDuration::from_millis(999);

/// Two times closer than this are the same (S4.21).
pub(crate) const TOLERANCE_MS: i64 = 10;

/// The values of the mapped fields as both records held them after their last synchronization.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LastSynchronized {
    record: Vec<(Arc<str>, Value)>,
    row: Vec<(Arc<str>, Value)>,
}

impl LastSynchronized {
    /// The value of a field of one side; none when it was not mapped at the time.
    pub fn get(&self, side: Side, field: &str) -> Option<&Value> {
        let values = self.values(side);
        let at = values.binary_search_by(|(name, _)| name.as_ref().cmp(field)).ok()?;
        values.get(at).map(|(_, value)| value)
    }

    /// Sets the value of a field of one side.
    pub fn set(&mut self, side: Side, field: &Arc<str>, value: Value) {
        let values = match side {
            Side::BusinessCentral => &mut self.record,
            Side::Dataverse => &mut self.row,
        };
        match values.binary_search_by(|(name, _)| name.cmp(field)) {
            Ok(at) => {
                if let Some(entry) = values.get_mut(at) {
                    entry.1 = value;
                }
            }
            Err(at) => values.insert(at, (field.clone(), value)),
        }
    }

    /// Takes over the values of a later synchronization; fields it does not name keep theirs.
    pub fn merge(&mut self, later: &LastSynchronized) {
        for side in [Side::BusinessCentral, Side::Dataverse] {
            for (field, value) in later.values(side) {
                self.set(side, field, value.clone());
            }
        }
    }

    /// Field names and values of one side, by name.
    pub fn values(&self, side: Side) -> &[(Arc<str>, Value)] {
        match side {
            Side::BusinessCentral => &self.record,
            Side::Dataverse => &self.row,
        }
    }
}

/// Passes that still have to look at a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pending {
    /// None.
    #[default]
    None,
    /// One.
    One(Pass),
    /// Both.
    Both,
}

impl Pending {
    /// Whether this pass is among them.
    pub fn has(self, pass: Pass) -> bool {
        self == Pending::Both || self == Pending::One(pass)
    }

    /// With this pass.
    #[must_use]
    pub fn with(self, pass: Pass) -> Self {
        match self {
            Pending::None => Pending::One(pass),
            Pending::One(other) if other != pass => Pending::Both,
            same => same,
        }
    }

    /// Without this pass.
    #[must_use]
    pub fn without(self, pass: Pass) -> Self {
        match self {
            Pending::Both => Pending::One(pass.opposite()),
            Pending::One(other) if other == pass => Pending::None,
            same => same,
        }
    }
}

/// A coupling with what its last runs left behind.
#[derive(Debug, Clone, PartialEq)]
pub struct CouplingState {
    /// The coupling.
    pub coupling: Coupling,
    /// What both records held then; none for a coupling that was never synchronized.
    pub last: Option<LastSynchronized>,
    /// What the last failed run towards Dataverse said (S3.51); none after a success.
    pub failed_to: Option<Box<str>>,
    /// The same from Dataverse.
    pub failed_from: Option<Box<str>>,
    /// Passes that still have to bring a change, whatever time stamps and watermarks tell (S4.24-b).
    pub pending: Pending,
}

impl CouplingState {
    /// A coupling that was never synchronized.
    pub fn new(table: NonZeroU32, record: SystemId, row: RowId) -> Self {
        let record = CoupledRecord::InTable { table, end: CouplingEnd::new(record) };
        CouplingState {
            coupling: Coupling {
                row: CouplingEnd::new(row),
                record,
                skipped: Skipped::No,
                statistics_uploaded: false,
                archived_sales_order: ArchivedSalesOrder::No,
            },
            last: None,
            failed_to: None,
            failed_from: None,
            pending: Pending::None,
        }
    }

    /// What the last run of this pass said when it failed.
    pub fn failed(&self, pass: Pass) -> Option<&str> {
        match pass {
            Pass::ToIntegrationTable => self.failed_to.as_deref(),
            Pass::FromIntegrationTable => self.failed_from.as_deref(),
        }
    }

    /// Whether the last run of this pass failed.
    pub fn has_failed(&self, pass: Pass) -> bool {
        let last_run = match pass {
            Pass::ToIntegrationTable => self.coupling.row.last_run(),
            Pass::FromIntegrationTable => self.record_end().and_then(|end| end.last_run()),
        };
        last_run.is_some_and(|run| run.result == SynchResult::Failure)
    }

    /// Whether a pass has to look at the pair whatever changed: its last run failed, or another left it pending.
    pub fn asks_for(&self, pass: Pass) -> bool {
        self.has_failed(pass) && self.coupling.skipped == Skipped::No || self.pending.has(pass)
    }

    /// Whether the record of one side changed after its last synchronization (S4.20, S4.21).
    pub fn has_changed(&self, side: Side, modified_at: Option<Timestamp>) -> bool {
        match (self.modified_at(side), modified_at) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(stored), Some(now)) => now.as_millisecond() - stored.as_millisecond() >= TOLERANCE_MS,
        }
    }

    /// The Business Central end, broken couplings included; none for a marker.
    pub fn record_end(&self) -> Option<CouplingEnd<SystemId>> {
        match self.coupling.record {
            CoupledRecord::InTable { end, .. } | CoupledRecord::Broken(end) => Some(end),
            CoupledRecord::Marker => None,
        }
    }

    /// When the record of one side had last been changed, as of its last synchronization.
    pub fn modified_at(&self, side: Side) -> Option<Timestamp> {
        match side {
            Side::BusinessCentral => self.record_end().and_then(|end| end.modified_at()),
            Side::Dataverse => self.coupling.row.modified_at(),
        }
    }
}

/// Why two records cannot be coupled (S3.1, S3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CouplingError {
    /// The Business Central record has another partner.
    #[error("the Business Central record is coupled to another Dataverse row")]
    RecordCoupled {
        /// Its partner.
        row: RowId,
    },
    /// The Dataverse row has another partner in this table.
    #[error("the Dataverse row is coupled to another record of the table")]
    RowCoupled {
        /// Its partner.
        record: SystemId,
    },
}

impl CouplingError {
    /// Stable code, the key of its text.
    pub fn code(self) -> &'static str {
        match self {
            CouplingError::RecordCoupled { .. } => "coupling.record-coupled",
            CouplingError::RowCoupled { .. } => "coupling.row-coupled",
        }
    }
}

/// The couplings of one Business Central table: each record once, each row once (S1.15).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Couplings {
    by_record: FxHashMap<SystemId, CouplingState>,
    by_row: FxHashMap<RowId, SystemId>,
}

impl Couplings {
    /// Couples a record and a row; the same pair again changes nothing (S3.1).
    ///
    /// # Errors
    /// When one of them is coupled to another partner; both couplings stay as they are.
    pub fn couple(&mut self, table: NonZeroU32, record: SystemId, row: RowId) -> Result<(), CouplingError> {
        match (self.row_of(record), self.record_of(row)) {
            (Some(coupled), _) if coupled == row => Ok(()),
            (Some(row), _) => Err(CouplingError::RecordCoupled { row }),
            (_, Some(record)) => Err(CouplingError::RowCoupled { record }),
            (None, None) => {
                self.insert(CouplingState::new(table, record, row));
                Ok(())
            }
        }
    }

    /// Couples a record that may have a partner to another row (S3.2): one coupling stays, and its Dataverse half
    /// starts without a past. A coupling of the two that has lost its table gets it back (S2.22).
    ///
    /// # Errors
    /// When the row is coupled to another record.
    pub fn repoint(&mut self, table: NonZeroU32, record: SystemId, row: RowId) -> Result<(), CouplingError> {
        if let Some(other) = self.record_of(row).filter(|other| *other != record) {
            return Err(CouplingError::RowCoupled { record: other });
        }
        let Some(mut state) = self.remove(record) else {
            return self.couple(table, record, row);
        };
        if let CoupledRecord::Broken(end) = state.coupling.record {
            state.coupling.record = CoupledRecord::InTable { table, end };
        }
        if state.coupling.row.id() != row {
            state = CouplingState {
                coupling: Coupling { row: CouplingEnd::new(row), skipped: Skipped::No, ..state.coupling },
                ..CouplingState::new(table, record, row)
            };
        }
        self.insert(state);
        Ok(())
    }

    /// Keeps a coupling that was stored before; it replaces those of its record and its row.
    pub fn insert(&mut self, state: CouplingState) {
        let Some(end) = state.record_end() else { return };
        self.remove(end.id());
        if let Some(other) = self.record_of(state.coupling.row.id()) {
            self.remove(other);
        }
        self.by_row.insert(state.coupling.row.id(), end.id());
        self.by_record.insert(end.id(), state);
    }

    /// Removes the coupling of a record; nothing happens when there is none.
    pub fn remove(&mut self, record: SystemId) -> Option<CouplingState> {
        let state = self.by_record.remove(&record)?;
        self.by_row.remove(&state.coupling.row.id());
        Some(state)
    }

    /// Lets shelved couplings take part again (S3.54): the number of those that were shelved.
    pub fn retry(&mut self, records: impl IntoIterator<Item = SystemId>) -> usize {
        let mut n_restored = 0;
        for record in records {
            let Some(state) = self.get_mut(record).filter(|state| state.coupling.skipped == Skipped::Yes)
            else {
                continue;
            };
            state.coupling.skipped = Skipped::No;
            // Only chosen couplings lose this mark (S1.15 field 13).
            state.coupling.statistics_uploaded = false;
            n_restored += 1;
        }
        n_restored
    }

    /// The coupling of a record.
    pub fn get(&self, record: SystemId) -> Option<&CouplingState> {
        self.by_record.get(&record)
    }

    /// The coupling of a record, to change it.
    pub fn get_mut(&mut self, record: SystemId) -> Option<&mut CouplingState> {
        self.by_record.get_mut(&record)
    }

    /// The coupling of a row.
    pub fn of_row(&self, row: RowId) -> Option<&CouplingState> {
        self.get(self.record_of(row)?)
    }

    /// The partner of a record.
    pub fn row_of(&self, record: SystemId) -> Option<RowId> {
        self.get(record).map(|state| state.coupling.row.id())
    }

    /// The partner of a row.
    pub fn record_of(&self, row: RowId) -> Option<SystemId> {
        self.by_row.get(&row).copied()
    }

    /// All couplings, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = &CouplingState> {
        self.by_record.values()
    }

    /// Number of couplings.
    pub fn len(&self) -> usize {
        self.by_record.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.by_record.is_empty()
    }
}

/// Everything that is kept between two runs of a mapping.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MappingState {
    /// Its couplings.
    pub couplings: Couplings,
    /// Business Central changes up to this moment were looked at: `Synch. Int. Tbl. Mod. On Fltr.` (S1.7 field 12).
    pub local_watermark: Option<Timestamp>,
    /// Dataverse changes up to this moment were looked at: `Synch. Modified On Filter` (field 13).
    pub integration_watermark: Option<Timestamp>,
    /// Records whose creation in Dataverse failed: tried again by every run, unlike in the reference (S2.32).
    pub failed_records: FxHashSet<SystemId>,
    /// Rows whose creation in Business Central failed.
    pub failed_rows: FxHashSet<RowId>,
}

impl MappingState {
    /// Up to which change the records that a pass looks at were looked at.
    pub fn watermark(&self, pass: Pass) -> Option<Timestamp> {
        match pass {
            Pass::ToIntegrationTable => self.local_watermark,
            Pass::FromIntegrationTable => self.integration_watermark,
        }
    }

    /// From which moment on a pass looks at changes: its watermark, of Dataverse less the overlap (S2.4, S2.7).
    pub fn looked_at_until(&self, pass: Pass) -> Option<Timestamp> {
        let watermark = self.watermark(pass)?;
        match pass {
            Pass::ToIntegrationTable => Some(watermark),
            Pass::FromIntegrationTable => Some(watermark.checked_sub(OVERLAP).unwrap_or(watermark)),
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const TABLE: NonZeroU32 = NonZeroU32::new(18).unwrap();

    fn record(number: u128) -> SystemId {
        SystemId(Uuid::from_u128(number))
    }

    fn row(number: u128) -> RowId {
        RowId(Uuid::from_u128(1000 + number))
    }

    #[test]
    fn last_values_are_found_by_side_and_name() {
        let mut last = LastSynchronized::default();
        for name in ["Name", "City", "Address"] {
            last.set(Side::BusinessCentral, &name.into(), Value::text(name));
        }
        last.set(Side::BusinessCentral, &"City".into(), Value::text("Lyon"));
        assert_eq!(last.get(Side::BusinessCentral, "City"), Some(&Value::text("Lyon")));
        assert_eq!(last.get(Side::BusinessCentral, "Address"), Some(&Value::text("Address")));
        assert_eq!(last.get(Side::Dataverse, "City"), None);
    }

    #[test]
    fn a_stored_coupling_replaces_those_of_its_ends() {
        let mut couplings = Couplings::default();
        couplings.couple(TABLE, record(1), row(1)).unwrap();
        couplings.couple(TABLE, record(2), row(2)).unwrap();
        couplings.insert(CouplingState::new(TABLE, record(1), row(2)));
        assert_eq!(couplings.len(), 1);
        assert_eq!(couplings.record_of(row(2)), Some(record(1)));
        assert_eq!((couplings.record_of(row(1)), couplings.row_of(record(2))), (None, None));
    }
}
