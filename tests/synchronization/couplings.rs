//! Coupling, uncoupling and taking back over the wire.

use couplet_engine::coupling::{CoupledRecord, CouplingEnd, RowId, SystemId};
use couplet_engine::job::{JobKind, SynchJob};
use couplet_engine::planning::{
    ActionKind, Counters, CouplingState, DecidedBy, DeletedPartners, InitialSynchronization, Mended, Reason,
    Run,
};
use couplet_engine::undo::CreatedRecords;
use couplet_engine::{OwnershipModel, Side, UpdateConflictResolution};
use couplet_synchronization::{Goal, Planned};
use rustc_hash::FxHashSet;
use serde_json::Value as Json;

use super::office::{Office, finish};

#[track_caller]
fn reach(office: &Office, name: &str, goal: &Goal, kind: JobKind) -> (Planned, SynchJob) {
    finish(office.reach(name, goal, kind)).unwrap().unwrap()
}

fn total(job: &SynchJob) -> Counters {
    job.passes.first().map(|it| it.counters).unwrap_or_default()
}

#[track_caller]
fn key(row: &Json, name: &str) -> uuid::Uuid {
    row[name].as_str().unwrap().parse().unwrap()
}

/// S3.30: currencies are matched by their code.
#[test]
fn criteria_couple_what_is_the_same() {
    let mut office = Office::new(20, OwnershipModel::Team);
    let mapping = office.mapping_mut("CURRENCY");
    (mapping.synch_after_bulk_coupling, mapping.create_new_in_case_of_no_match) = (false, false);
    let (planned, job) = reach(&office, "CURRENCY", &Goal::Match { chosen: None }, JobKind::Coupling);
    let Planned::Records(plan) = planned else { panic!("records") };
    assert!(!plan.actions.is_empty());
    assert!(plan.actions.iter().all(|action| action.kind == ActionKind::Couple && !action.writes()));
    assert_eq!(total(&job).coupled, plan.actions.len());
    let state = office.state("CURRENCY");
    let currencies = office.rows(Side::Dataverse, "/api/data/v9.2/transactioncurrencies");
    for action in &plan.actions {
        assert_eq!(state.couplings.row_of(action.record.unwrap()), action.row);
        assert!(currencies.iter().any(|row| key(row, "transactioncurrencyid") == action.row.unwrap().0));
    }
}

/// S3.38, S3.39: as the standard setup says, the job that matches currencies synchronizes them and creates those that
/// Dataverse lacks.
#[test]
fn what_follows_a_match_is_part_of_its_job() {
    let office = Office::new(20, OwnershipModel::Team);
    let (planned, job) = reach(&office, "CURRENCY", &Goal::Match { chosen: None }, JobKind::Coupling);
    let Planned::Records(plan) = planned else { panic!("records") };
    let of_kind = |kind: ActionKind| plan.actions.iter().filter(|it| it.kind == kind).count();
    let (n_coupled, n_created) = (of_kind(ActionKind::Couple), of_kind(ActionKind::Create));
    assert!(n_coupled > 0 && n_created > 0, "{plan:?}");
    let counters = total(&job);
    assert_eq!((counters.coupled, counters.inserted), (n_coupled, n_created), "{:?}", office.causes());
    let currencies = office.rows(Side::BusinessCentral, &office.companion("currencies"));
    assert_eq!(office.state("CURRENCY").couplings.len(), currencies.len());
    // Each of them has been written or looked at once, so nothing is left to do.
    let (planned, _) = office.synchronize("CURRENCY");
    assert!(planned.is_empty(), "{planned:?}");
}

/// S3.12: the first synchronization is part of the job that couples, and goes with it when that is taken back.
#[test]
fn a_coupling_is_synchronized_in_its_own_job() {
    for (first, winner) in [
        (InitialSynchronization::ToIntegrationTable, "customer"),
        (InitialSynchronization::FromIntegrationTable, "account"),
    ] {
        let office = super::plain::office();
        let record = super::plain::customer(&office, "customer");
        let row = super::plain::account(&office, 1, "account");
        let goal = Goal::Couple { pairs: vec![(record, row)], first };
        let (planned, job) = reach(&office, super::plain::NAME, &goal, JobKind::Coupling);
        let Planned::Records(plan) = planned else { panic!("records") };
        let told: Vec<_> = plan.actions.iter().map(|it| (it.kind, &it.reason)).collect();
        assert_eq!(told, [(ActionKind::Couple, &Reason::Chosen), (ActionKind::Update, &Reason::Forced)]);
        assert_eq!(job.kind, JobKind::Coupling);
        let [counters] = job.passes.as_slice() else { panic!("one pass: {job:?}") };
        assert_eq!((counters.counters.coupled, counters.counters.modified), (1, 1), "{:?}", office.causes());
        let names = || (office.customer(record)["name"].clone(), office.account(row)["name"].clone());
        assert_eq!(names(), (winner.into(), winner.into()));
        assert!(office.synchronize(super::plain::NAME).0.is_empty(), "nothing is left to do");
        let goal = Goal::Undo { job: job.id, created: CreatedRecords::Kept };
        reach(&office, super::plain::NAME, &goal, JobKind::Undo { of: job.id });
        assert_eq!(names(), ("customer".into(), "account".into()));
        assert_eq!(office.state(super::plain::NAME).couplings.row_of(record), None);
    }
}

/// S3.55: a coupling that has lost a record goes, or gets its record back; a whole one is no matter of mending.
#[test]
fn couplings_without_a_partner_are_mended() {
    for deleted in [DeletedPartners::Uncoupled, DeletedPartners::Restored] {
        let office = super::plain::office();
        let [whole, lost_row, lost_record] = [0, 1, 2].map(|_| super::plain::pair(&office));
        office.delete_account(lost_row.1);
        office.delete_customer(lost_record.0);
        let goal = Goal::Mend { chosen: None, deleted };
        let (planned, job) = reach(&office, super::plain::NAME, &goal, JobKind::Mending);
        let Planned::Records(plan) = planned else { panic!("records") };
        assert_eq!(plan.actions.len(), 2, "{plan:?}");
        let couplings = office.state(super::plain::NAME).couplings;
        assert_eq!(couplings.row_of(whole.0), Some(whole.1));
        let partners = (couplings.row_of(lost_row.0), couplings.record_of(lost_record.1));
        match deleted {
            DeletedPartners::Uncoupled => {
                assert_eq!(total(&job).uncoupled, 2, "{job:?}");
                assert_eq!(partners, (None, None));
            }
            DeletedPartners::Restored => {
                let (row, record) = (partners.0.unwrap(), partners.1.unwrap());
                assert_ne!((row, record), (lost_row.1, lost_record.0));
                assert_eq!(office.account(row)["name"], office.customer(lost_row.0)["name"]);
                assert_eq!(office.customer(record)["name"], office.account(lost_record.1)["name"]);
            }
        }
        let (planned, _) = reach(&office, super::plain::NAME, &goal, JobKind::Mending);
        assert!(planned.is_empty(), "nothing is left to mend");
    }
}

/// S2.22: couplings that have lost their table are found again by their record, else by their row, in whichever mapping.
#[test]
fn couplings_without_a_table_are_mended() {
    let office = Office::new(20, OwnershipModel::Team);
    let customers = office.customers();
    let vendors = office.rows(Side::BusinessCentral, &office.companion("vendors"));
    let accounts = office.accounts();
    let account = |at: usize| RowId(key(&accounts[at], "accountid"));
    let customer = SystemId(key(&customers[0], "systemId"));
    let vendor = SystemId(key(&vendors[0], "systemId"));
    let nobody = (SystemId(uuid::Uuid::from_u128(7)), RowId(uuid::Uuid::from_u128(8)));
    let pairs = [(customer, account(0)), (vendor, account(1)), nobody];
    let name = couplet_engine::MappingName::new("CUSTOMER").unwrap();
    let table = std::num::NonZeroU32::new(18).unwrap();
    for (record, row) in pairs {
        let mut state = CouplingState::new(table, record, row);
        state.coupling.record = CoupledRecord::Broken(CouplingEnd::new(record));
        office.store.kept.borrow_mut().states.entry(name.clone()).or_default().couplings.insert(state);
    }
    let goal = Goal::Mend { chosen: None, deleted: DeletedPartners::default() };
    let (planned, job) = reach(&office, "CUSTOMER", &goal, JobKind::Mending);
    let Planned::Records(plan) = planned else { panic!("records") };
    let reason =
        |record: SystemId| plan.actions.iter().find(|it| it.record == Some(record)).unwrap().reason.clone();
    assert_eq!(reason(customer), Reason::Mended(Mended::TableFound));
    let vendors = couplet_engine::MappingName::new("VENDOR").unwrap();
    assert_eq!(reason(vendor), Reason::Mended(Mended::BelongsElsewhere { mapping: vendors }));
    assert_eq!(reason(nobody.0), Reason::Mended(Mended::NeitherFound));
    assert_eq!((total(&job).coupled, total(&job).uncoupled), (1, 2));
    let customers = office.state("CUSTOMER").couplings;
    assert_eq!(customers.len(), 1);
    assert!(matches!(customers.get(customer).unwrap().coupling.record, CoupledRecord::InTable { .. }));
    let vendors = office.state("VENDOR").couplings;
    assert_eq!((vendors.len(), vendors.row_of(vendor)), (1, Some(account(1))));
}

/// A decision that the field mapping remembers decides scheduled runs, and the plan says so.
#[test]
fn a_remembered_winner_decides_the_next_run() {
    let mut office = super::plain::office();
    let (record, row) = super::plain::pair(&office);
    let fields = &mut office.mapping_mut(super::plain::NAME).field_mappings;
    let fax = fields.iter_mut().find(|it| it.column.as_deref() == Some("fax")).unwrap();
    fax.update_conflict_resolution = UpdateConflictResolution::GetUpdateFromIntegration;
    office.edit_customer(record, "faxNo", "1");
    office.edit_account(row, "fax", "2");
    office.edit_account(row, "address1_line1", "Quai 3");
    let (planned, _) = office.synchronize(super::plain::NAME);
    let Planned::Records(plan) = planned else { panic!("records") };
    let decided: Vec<_> = plan.actions.iter().flat_map(|it| &it.fields).filter_map(|it| it.decided).collect();
    assert!(!decided.is_empty() && decided.iter().all(|by| *by == DecidedBy::FieldMapping), "{plan:?}");
    assert_eq!(office.customer(record)["faxNo"], "2");
    assert_eq!(office.customer(record)["address"], "Quai 3");
    assert_eq!(office.account(row)["fax"], "2");
}

/// S3.2, S3.46: chosen pairs are coupled, and uncoupled again; the row loses its company before the coupling goes.
#[test]
fn chosen_pairs_are_coupled_and_uncoupled() {
    let office = Office::new(20, OwnershipModel::Team);
    let company = office.session.systems().dataverse.company.clone().unwrap();
    let customers = office.customers();
    let accounts = office.accounts();
    let ours = |row: &&Json| row["_bcbi_companyid_value"].as_str() == Some(&company.id.to_string());
    let account = accounts.iter().find(ours).unwrap();
    let pair = (SystemId(key(&customers[0], "systemId")), RowId(key(account, "accountid")));
    let other = (SystemId(key(&customers[1], "systemId")), pair.1);
    let goal = Goal::Couple { pairs: vec![pair], first: InitialSynchronization::DoNotSynchronize };
    let (_, job) = reach(&office, "CUSTOMER", &goal, JobKind::Coupling);
    assert_eq!(total(&job).coupled, 1);
    assert_eq!(office.state("CUSTOMER").couplings.row_of(pair.0), Some(pair.1));
    // The row has a partner in this table: it is left to it.
    let goal = Goal::Couple { pairs: vec![other], first: InitialSynchronization::DoNotSynchronize };
    let (planned, _) = reach(&office, "CUSTOMER", &goal, JobKind::Coupling);
    assert!(planned.is_empty());
    let goal = Goal::Uncouple { records: FxHashSet::from_iter([pair.0]) };
    let (_, job) = reach(&office, "CUSTOMER", &goal, JobKind::Uncoupling);
    assert_eq!(total(&job).uncoupled, 1);
    assert!(office.state("CUSTOMER").couplings.is_empty());
    let after = office.accounts();
    let row = after.iter().find(|row| key(row, "accountid") == pair.1.0).unwrap();
    assert!(row["_bcbi_companyid_value"].is_null(), "the row still belongs to the company");
}

/// A full synchronization is taken back: created records are deleted where nobody changed them, and both systems hold what
/// they held before.
#[test]
fn a_job_is_taken_back() {
    let office = Office::new(20, OwnershipModel::Team);
    for name in ["CURRENCY", "PAYMENT TERMS", "SHIPMENT METHOD", "SHIPPING AGENT"] {
        office.synchronize_fully(name);
    }
    let names = |rows: Vec<Json>, field: &str| {
        let mut names: Vec<String> = rows.iter().map(|row| row[field].to_string()).collect();
        names.sort();
        names
    };
    let before = (names(office.customers(), "name"), names(office.accounts(), "name"));
    let (_, job) = office.synchronize_fully("CUSTOMER");
    assert_ne!(names(office.accounts(), "name"), before.1);
    let goal = Goal::Undo { job: job.id, created: CreatedRecords::Deleted };
    let (planned, undone) = reach(&office, "CUSTOMER", &goal, JobKind::Undo { of: job.id });
    assert!(!planned.is_empty());
    let n_deleted: usize = undone.passes.iter().map(|it| it.counters.deleted).sum();
    let n_inserted: usize = job.passes.iter().map(|it| it.counters.inserted).sum();
    assert_eq!(n_deleted, n_inserted, "{:?}", office.causes());
    assert_eq!((names(office.customers(), "name"), names(office.accounts(), "name")), before);
    assert!(office.state("CUSTOMER").couplings.is_empty());
}

/// S3.20: partners are created for chosen records, whatever the mapping says of uncoupled ones.
#[test]
fn partners_are_created_for_chosen_records() {
    let office = Office::new(20, OwnershipModel::Team);
    for name in ["CURRENCY", "PAYMENT TERMS", "SHIPMENT METHOD", "SHIPPING AGENT"] {
        office.synchronize_fully(name);
    }
    let customers = office.customers();
    let chosen: FxHashSet<SystemId> =
        customers.iter().take(3).map(|row| SystemId(key(row, "systemId"))).collect();
    let selection =
        couplet_engine::planning::Selection::Chosen { records: chosen.clone(), rows: FxHashSet::default() };
    let run = Run::create_new(couplet_engine::Direction::ToIntegrationTable, selection);
    let (_, job) = finish(office.run("CUSTOMER", run, JobKind::Chosen)).unwrap().unwrap();
    assert_eq!(total(&job).inserted, 3, "{:?}", office.causes());
    let state = office.state("CUSTOMER");
    assert!(chosen.iter().all(|record| state.couplings.row_of(*record).is_some()));
    assert_eq!(state.local_watermark, None, "chosen records do not move the watermark");
}
