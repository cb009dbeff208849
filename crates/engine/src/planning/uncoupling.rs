//! What uncoupling comes to (S3.45 to S3.48): the coupling goes, the records stay; where the mapping says so, the row
//! loses the company, and persons follow their customer or vendor.

use couplet_filter::FieldValue;
use rustc_hash::FxHashSet;
use uuid::Uuid;

use super::couplings::Couplings;
use super::input::Records;
use crate::columns::ColumnTable;
use crate::configuration::Company;
use crate::coupling::{RowId, SystemId};
use crate::mapping::IntegrationTableMapping;

/// What happens to the company of the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowCompany {
    /// It stays as it is, or there is none of ours.
    Stays,
    /// It is cleared, as it is this company's (S3.46).
    Cleared,
}

/// One coupling that is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Uncoupling {
    /// The Business Central record.
    pub record: SystemId,
    /// The Dataverse row.
    pub row: RowId,
    /// What happens to the company of the row; must have succeeded before the coupling goes.
    pub company: RowCompany,
}

/// The uncoupling of chosen records, each once, by record. A record that is not coupled is left out.
pub fn uncouple(
    mapping: &IntegrationTableMapping,
    company: Option<&Company>,
    couplings: &Couplings,
    dataverse: Records<'_>,
    chosen: &FxHashSet<SystemId>,
) -> Vec<Uncoupling> {
    let cleared: FxHashSet<Uuid> = match company.filter(|_| mapping.uncouple_by_job) {
        Some(company) => {
            with_value(dataverse.rows, &dataverse.schema.key_field, "bcbi_companyid", company.id)
        }
        None => FxHashSet::default(),
    };
    let uncoupling = |record: &SystemId| {
        let row = couplings.row_of(*record)?;
        let company = if cleared.contains(&row.0) { RowCompany::Cleared } else { RowCompany::Stays };
        Some(Uncoupling { record: *record, row, company })
    };
    let mut uncouplings: Vec<_> = chosen.iter().filter_map(uncoupling).collect();
    uncouplings.sort_by_key(|it| it.record);
    uncouplings
}

/// The persons that are uncoupled with their customer or vendor (S3.48): those of its company contact whose coupled row
/// belongs to its account.
pub fn followers(
    company_contact: &str,
    account: RowId,
    contacts: Records<'_>,
    dataverse_contacts: Records<'_>,
    couplings: &Couplings,
) -> FxHashSet<SystemId> {
    let rows = with_value(
        dataverse_contacts.rows,
        &dataverse_contacts.schema.key_field,
        "parentcustomerid",
        account.0,
    );
    let (Some(keys), Some(companies)) =
        (contacts.rows.column(&contacts.schema.key_field), contacts.rows.column("Company No."))
    else {
        return FxHashSet::default();
    };
    let person = |row: usize| match (keys.get(row), companies.get(row)) {
        (FieldValue::Guid(id), FieldValue::Text(company)) if company == company_contact => Some(SystemId(id)),
        _ => None,
    };
    let follows = |record: &SystemId| couplings.row_of(*record).is_some_and(|row| rows.contains(&row.0));
    (0..contacts.rows.n_rows()).filter_map(person).filter(follows).collect()
}

/// Keys of the rows whose column holds a GUID.
fn with_value(rows: &ColumnTable, key: &str, column: &str, wanted: Uuid) -> FxHashSet<Uuid> {
    let (Some(keys), Some(column)) = (rows.column(key), rows.column(column)) else {
        return FxHashSet::default();
    };
    let hit = |row: usize| match keys.get(row) {
        FieldValue::Guid(id) if column.get(row) == FieldValue::Guid(wanted) => Some(id),
        _ => None,
    };
    (0..rows.n_rows()).filter_map(hit).collect()
}
