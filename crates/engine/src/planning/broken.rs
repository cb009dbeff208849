//! Couplings whose Business Central table was lost (S2.22): found again by the record, else by the row, else removed.
//! Asked before a run; the caller keeps what comes of it.

use std::num::NonZeroU32;

use rustc_hash::FxHashSet;

use crate::coupling::{CoupledRecord, Coupling, RowId, SystemId};
use crate::mapping::MappingName;

/// One mapping with what of it may be the other end of a broken coupling.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    /// The mapping.
    pub mapping: &'a MappingName,
    /// Number of its Business Central table.
    pub table: NonZeroU32,
    /// Records of the table, inside the filter or not.
    pub records: &'a FxHashSet<SystemId>,
    /// Dataverse rows inside the mapping's filter.
    pub rows: &'a FxHashSet<RowId>,
}

/// What becomes of a broken coupling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mend {
    /// It belongs to this mapping.
    Belongs {
        /// The mapping.
        mapping: MappingName,
        /// The coupling with its table; its past stays.
        coupling: Coupling,
    },
    /// Neither end is known to any mapping: it goes.
    Remove {
        /// The Business Central end.
        record: SystemId,
        /// The Dataverse end.
        row: RowId,
    },
}

impl Mend {
    /// The Business Central end of the coupling; the null id for a marker, which is never mended.
    pub fn record(&self) -> SystemId {
        match self {
            Mend::Belongs { coupling, .. } => match coupling.record {
                CoupledRecord::InTable { end, .. } | CoupledRecord::Broken(end) => end.id(),
                CoupledRecord::Marker => SystemId(uuid::Uuid::nil()),
            },
            Mend::Remove { record, .. } => *record,
        }
    }
}

/// What becomes of each broken coupling, in their order. Others are passed over, as are the markers of won quotes (S6.93).
///
/// `candidates` are asked in their order, that of the mappings.
pub fn mend_broken<'c>(
    couplings: impl IntoIterator<Item = &'c Coupling>,
    candidates: &[Candidate<'_>],
) -> Vec<Mend> {
    let mend = |coupling: &Coupling| {
        let CoupledRecord::Broken(end) = coupling.record else { return None };
        let (record, row) = (end.id(), coupling.row.id());
        let by_record = candidates.iter().find(|it| it.records.contains(&record));
        let found = by_record.or_else(|| candidates.iter().find(|it| it.rows.contains(&row)));
        Some(match found {
            Some(found) => Mend::Belongs {
                mapping: found.mapping.clone(),
                coupling: Coupling {
                    record: CoupledRecord::InTable { table: found.table, end },
                    ..*coupling
                },
            },
            None => Mend::Remove { record, row },
        })
    };
    couplings.into_iter().filter_map(mend).collect()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::coupling::{ArchivedSalesOrder, CouplingEnd, Skipped};

    fn coupling(record: CoupledRecord, row: u128) -> Coupling {
        Coupling {
            row: CouplingEnd::new(RowId(Uuid::from_u128(row))),
            record,
            skipped: Skipped::No,
            statistics_uploaded: false,
            archived_sales_order: ArchivedSalesOrder::No,
        }
    }

    fn broken(record: u128, row: u128) -> Coupling {
        coupling(CoupledRecord::Broken(CouplingEnd::new(SystemId(Uuid::from_u128(record)))), row)
    }

    #[test]
    fn the_record_tells_the_table_then_the_row_and_the_rest_goes() {
        let names = ["CUSTOMER", "VENDOR"].map(|name| MappingName::new(name).unwrap());
        let records = [1, 2].map(|id| [SystemId(Uuid::from_u128(id))].into_iter().collect());
        let rows = [12, 13].map(|id| [RowId(Uuid::from_u128(id))].into_iter().collect());
        let tables = [18, 23].map(|table| NonZeroU32::new(table).unwrap());
        let candidates = [0, 1].map(|at| Candidate {
            mapping: &names[at],
            table: tables[at],
            records: &records[at],
            rows: &rows[at],
        });
        let end = CouplingEnd::new(SystemId(Uuid::from_u128(1)));
        let couplings = [
            // Its row would say CUSTOMER.
            broken(2, 12),
            broken(9, 13),
            broken(9, 99),
            coupling(CoupledRecord::InTable { table: tables[0], end }, 12),
            coupling(CoupledRecord::Marker, 13),
        ];
        let told = mend_broken(&couplings, &candidates).into_iter().map(|mend| match mend {
            Mend::Belongs { mapping, coupling } => {
                let CoupledRecord::InTable { table, .. } = coupling.record else { panic!() };
                (mapping.as_str().to_owned(), table.get())
            }
            Mend::Remove { row, .. } => ("gone".to_owned(), row.0.as_u128() as u32),
        });
        let expected = [("VENDOR", 23), ("VENDOR", 23), ("gone", 99)];
        assert_eq!(told.collect::<Vec<_>>(), expected.map(|(name, number)| (name.to_owned(), number)));
    }
}
