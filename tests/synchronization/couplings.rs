//! Coupling, uncoupling and taking back over the wire.

use couplet_engine::coupling::{RowId, SystemId};
use couplet_engine::job::{JobKind, SynchJob};
use couplet_engine::planning::{ActionKind, Counters, Run};
use couplet_engine::undo::CreatedRecords;
use couplet_engine::{OwnershipModel, Side};
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

/// S3.30: currencies are matched by their code; those without a partner are created afterwards by the ones that are left.
#[test]
fn criteria_couple_what_is_the_same() {
    let office = Office::new(20, OwnershipModel::Team);
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
    let goal = Goal::Couple { pairs: vec![pair] };
    let (_, job) = reach(&office, "CUSTOMER", &goal, JobKind::Coupling);
    assert_eq!(total(&job).coupled, 1);
    assert_eq!(office.state("CUSTOMER").couplings.row_of(pair.0), Some(pair.1));
    // The row has a partner in this table: it is left to it.
    let (planned, _) = reach(&office, "CUSTOMER", &Goal::Couple { pairs: vec![other] }, JobKind::Coupling);
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
