//! What scenarios begin with: an office whose customers and accounts share few fields, a coupled pair in it, and the
//! counters of a job. No expectation.

use couplet_engine::coupling::{CouplingEnd, LastRun, RowId, SystemId};
use couplet_engine::job::{JobKind, SynchJob};
use couplet_engine::planning::{Counters, InitialSynchronization, Pass, Run, Selection};
use couplet_engine::{Direction, FieldMappingStatus, OwnershipModel};
use couplet_synchronization::{Goal, Planned};
use rustc_hash::FxHashSet;
use serde_json::Value as Json;

use super::office::{Office, finish};

/// The mapping of customers and accounts.
pub(crate) const NAME: &str = "CUSTOMER";
/// Columns with texts that point to nothing.
const PLAIN: [&str; 4] = ["name", "address1_line1", "fax", "websiteurl"];

/// An office whose customers and accounts share plain texts only, with the last change by nobody's integration user.
pub(crate) fn office() -> Office {
    office_of(OwnershipModel::Team, &PLAIN)
}

/// An office whose customers and accounts share these columns only.
pub(crate) fn office_of(ownership: OwnershipModel, columns: &[&str]) -> Office {
    let mut office = Office::new(20, ownership);
    keep_fields(&mut office, NAME, columns);
    office.write_as_somebody_else();
    office
}

/// Only the field mappings of these columns take part.
pub(crate) fn keep_fields(office: &mut Office, mapping: &str, columns: &[&str]) {
    for field in &mut office.mapping_mut(mapping).field_mappings {
        let is_kept = field.column.as_deref().is_some_and(|column| columns.contains(&column));
        field.status = if is_kept { FieldMappingStatus::Enabled } else { FieldMappingStatus::Disabled };
    }
}

#[track_caller]
pub(crate) fn id(row: &Json, key: &str) -> uuid::Uuid {
    row[key].as_str().unwrap().parse().unwrap()
}

/// A new customer.
pub(crate) fn customer(office: &Office, name: &str) -> SystemId {
    SystemId(id(&office.add_customer(name), "systemId"))
}

/// A new account.
pub(crate) fn account(office: &Office, number: u128, name: &str) -> RowId {
    let row = RowId(uuid::Uuid::from_u128(0xA_0000 + number));
    office.add_account(row, name);
    row
}

/// A new customer with its new account.
#[track_caller]
pub(crate) fn pair(office: &Office) -> (SystemId, RowId) {
    let record = customer(office, "Nouveau Client");
    let job = create(office, Direction::ToIntegrationTable, chosen([record]));
    assert_eq!(to(&job).inserted, 1, "{:?}", office.causes());
    office.pass(jiff::SignedDuration::from_secs(30));
    (record, office.state(NAME).couplings.row_of(record).unwrap())
}

/// A coupled pair of which both sides were edited in the same field.
#[track_caller]
pub(crate) fn both_changed(office: &Office) -> (SystemId, RowId) {
    let (record, row) = pair(office);
    office.edit_customer(record, "faxNo", "2");
    office.edit_account(row, "fax", "3");
    (record, row)
}

pub(crate) fn chosen(records: impl IntoIterator<Item = SystemId>) -> Selection {
    Selection::Chosen { records: records.into_iter().collect(), rows: FxHashSet::default() }
}

pub(crate) fn chosen_rows(rows: impl IntoIterator<Item = RowId>) -> Selection {
    Selection::Chosen { records: FxHashSet::default(), rows: rows.into_iter().collect() }
}

/// "Create new" for chosen records.
#[track_caller]
pub(crate) fn create(office: &Office, direction: Direction, selection: Selection) -> SynchJob {
    let run = Run::create_new(direction, selection);
    finish(office.run(NAME, run, JobKind::Chosen)).unwrap().unwrap().1
}

/// "Synchronize now" for chosen records of a mapping, forced as a person's choice is.
#[track_caller]
pub(crate) fn push(office: &Office, name: &str, direction: Direction, selection: Selection) -> SynchJob {
    let run = Run::chosen(office.mapping(name), direction, selection);
    finish(office.run(name, run, JobKind::Chosen)).unwrap().unwrap().1
}

/// Couples chosen pairs.
#[track_caller]
pub(crate) fn couple(office: &Office, name: &str, pairs: &[(SystemId, RowId)]) -> Planned {
    let goal = Goal::Couple { pairs: pairs.to_vec(), first: InitialSynchronization::DoNotSynchronize };
    finish(office.reach(name, &goal, JobKind::Coupling)).unwrap().unwrap().0
}

#[track_caller]
pub(crate) fn counters(job: &SynchJob, pass: Pass) -> Counters {
    job.passes.iter().find(|it| it.pass == pass).unwrap().counters
}

#[track_caller]
pub(crate) fn to(job: &SynchJob) -> Counters {
    counters(job, Pass::ToIntegrationTable)
}

#[track_caller]
pub(crate) fn from(job: &SynchJob) -> Counters {
    counters(job, Pass::FromIntegrationTable)
}

/// The last results towards Dataverse and from it.
#[track_caller]
pub(crate) fn marks(office: &Office, record: SystemId) -> (Option<LastRun>, Option<LastRun>) {
    let state = office.state(NAME);
    let coupling = state.couplings.get(record).unwrap();
    (coupling.coupling.row.last_run(), coupling.record_end().as_ref().and_then(CouplingEnd::last_run))
}
