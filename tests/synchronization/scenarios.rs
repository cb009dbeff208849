//! Scenarios of the reference again, through the wire: each test names its id. The engine's own tests have them on simulated
//! sides; here both services answer.

use couplet_engine::coupling::{Skipped, SystemId};
use couplet_engine::job::JobKind;
use couplet_engine::planning::{PlanError, Run};
use couplet_engine::{
    DeletionConflictResolution, Direction, FieldMappingStatus, OwnershipModel, Side, UpdateConflictResolution,
};
use couplet_synchronization::{Goal, RunError};
use rustc_hash::FxHashSet;
use serde_json::Value as Json;

use super::office::{Office, finish};
use super::plain::{NAME, chosen, from, id, office, pair, to};

#[test]
fn syn_004_a_changed_source_modifies_and_the_coupling_keeps_both_times_017() {
    let office = office();
    let (record, row) = pair(&office);
    office.edit_customer(record, "faxNo", "0123");
    let (_, job) = office.synchronize(NAME);
    assert_eq!(to(&job).modified, 1, "{:?}", office.causes());
    assert_eq!(office.account(row)["fax"], "0123");
    let state = office.state(NAME);
    let coupling = state.couplings.get(record).unwrap();
    let told = |row: &Json, field: &str| row[field].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    let customer = told(&office.customer(record), "systemModifiedAt");
    assert_eq!(coupling.modified_at(Side::BusinessCentral), Some(customer));
    assert_eq!(coupling.modified_at(Side::Dataverse), Some(told(&office.account(row), "modifiedon")));
}

#[test]
fn syn_006_a_newer_row_updates_its_customer() {
    let office = office();
    let (record, row) = pair(&office);
    office.synchronize(NAME);
    office.edit_account(row, "fax", "0456");
    let (_, job) = office.synchronize(NAME);
    assert_eq!((to(&job).modified, from(&job).modified), (0, 1), "{:?}", office.causes());
    assert_eq!(office.customer(record)["faxNo"], "0456");
}

#[test]
fn syn_009_a_one_way_mapping_cannot_be_run_the_other_way() {
    let mut office = office();
    office.mapping_mut(NAME).direction = Direction::ToIntegrationTable;
    let run = Run { direction: Direction::FromIntegrationTable, ..Run::scheduled(office.mapping(NAME)) };
    let refused = finish(office.run(NAME, run, JobKind::Modified)).unwrap();
    assert_eq!(refused.err(), Some(RunError::Plan(PlanError::DirectionNotConfigured)));
}

#[test]
fn syn_012_uncoupled_sources_are_passed_over() {
    let office = office();
    let (record, row) = pair(&office);
    let n_customers = office.customers().len();
    office.edit_account(row, "name", "New Name");
    let (_, job) = office.synchronize(NAME);
    assert_eq!(from(&job).inserted, 0);
    assert_eq!(office.customer(record)["name"], "New Name");
    assert_eq!(office.customers().len(), n_customers);
}

#[test]
fn syn_018_many_chosen_records_are_read_in_pieces() {
    let mut office = Office::new(250, OwnershipModel::Team);
    for field in &mut office.mapping_mut(NAME).field_mappings {
        if field.column.as_deref() != Some("name") {
            field.status = FieldMappingStatus::Disabled;
        }
    }
    let customers = office.customers();
    let records: Vec<SystemId> = customers.iter().map(|row| SystemId(id(row, "systemId"))).collect();
    assert!(records.len() > 200, "more than two pieces of 100");
    let run = Run::create_new(Direction::ToIntegrationTable, chosen(records.iter().copied()));
    let (_, job) = finish(office.run(NAME, run, JobKind::Chosen)).unwrap().unwrap();
    assert_eq!(to(&job).inserted, records.len(), "{:?}", office.causes());
    assert!(records.iter().all(|record| office.state(NAME).couplings.row_of(*record).is_some()));
}

#[test]
fn syn_021_a_coupled_record_is_not_created_again() {
    let office = office();
    let (record, _) = pair(&office);
    let n_accounts = office.accounts().len();
    let run = Run::create_new(Direction::ToIntegrationTable, chosen([record]));
    let (_, job) = finish(office.run(NAME, run, JobKind::Chosen)).unwrap().unwrap();
    assert_eq!((to(&job).inserted, to(&job).skipped), (0, 1));
    assert_eq!(office.accounts().len(), n_accounts);
}

#[test]
fn syn_028_removing_a_coupling_is_idempotent() {
    let office = office();
    let (record, row) = pair(&office);
    for _ in 0..4 {
        let goal = Goal::Uncouple { records: FxHashSet::from_iter([record]) };
        finish(office.reach(NAME, &goal, JobKind::Uncoupling)).unwrap().unwrap();
        assert!(office.state(NAME).couplings.is_empty());
    }
    assert!(office.customer(record)["name"].is_string() && office.account(row)["name"].is_string());
}

#[test]
fn syn_042_one_way_mappings_overwrite_the_destination() {
    let mut office = office();
    office.mapping_mut(NAME).direction = Direction::ToIntegrationTable;
    let (record, row) = pair(&office);
    office.edit_customer(record, "faxNo", "2");
    office.edit_account(row, "fax", "3");
    let (_, job) = office.synchronize(NAME);
    assert_eq!((to(&job).modified, to(&job).failed), (1, 0), "{:?}", office.causes());
    assert_eq!(office.account(row)["fax"], "2");
}

#[test]
fn syn_043_changes_of_unmapped_fields_are_no_conflict() {
    let mut office = office();
    let mapping = office.mapping_mut(NAME);
    mapping.field_mappings.retain(|field| field.column.as_deref() != Some("fax"));
    let (record, row) = pair(&office);
    office.edit_customer(record, "faxNo", "2");
    office.edit_account(row, "fax", "3");
    let (_, job) = office.synchronize(NAME);
    assert_eq!((to(&job).modified, to(&job).failed, from(&job).failed), (0, 0, 0));
    assert_eq!((&office.customer(record)["faxNo"], &office.account(row)["fax"]), (&"2".into(), &"3".into()));
}

#[test]
fn syn_044_the_same_field_changed_on_both_sides_is_a_conflict_and_050_a_person_decides() {
    let office = office();
    let (record, row) = pair(&office);
    office.edit_customer(record, "faxNo", "2");
    office.edit_account(row, "fax", "3");
    let (_, job) = office.synchronize(NAME);
    assert_eq!((to(&job).failed, to(&job).modified), (1, 0));
    assert_eq!((&office.customer(record)["faxNo"], &office.account(row)["fax"]), (&"2".into(), &"3".into()));
    let run = Run::chosen(office.mapping(NAME), Direction::ToIntegrationTable, chosen([record]));
    let (_, job) = finish(office.run(NAME, run, JobKind::Chosen)).unwrap().unwrap();
    assert_eq!(to(&job).modified, 1);
    assert_eq!(office.account(row)["fax"], "2");
}

#[test]
fn syn_045_a_strategy_resolves_the_conflict() {
    for (strategy, kept) in [
        (UpdateConflictResolution::SendUpdateToIntegration, "2"),
        (UpdateConflictResolution::GetUpdateFromIntegration, "3"),
    ] {
        let mut office = office();
        office.mapping_mut(NAME).update_conflict_resolution = strategy;
        let (record, row) = pair(&office);
        office.edit_customer(record, "faxNo", "2");
        office.edit_account(row, "fax", "3");
        office.synchronize(NAME);
        assert_eq!(
            (&office.customer(record)["faxNo"], &office.account(row)["fax"]),
            (&kept.into(), &kept.into())
        );
    }
}

#[test]
fn syn_047_a_deleted_record_with_remove_coupling() {
    let mut office = office();
    office.mapping_mut(NAME).deletion_conflict_resolution = DeletionConflictResolution::RemoveCoupling;
    let (record, row) = pair(&office);
    office.delete_customer(record);
    office.edit_account(row, "fax", "9");
    office.synchronize(NAME);
    assert!(office.state(NAME).couplings.is_empty());
    assert_eq!(office.account(row)["fax"], "9");
}

#[test]
fn syn_048_a_deleted_record_without_strategy_fails_and_is_then_skipped_070() {
    let office = office();
    let (record, row) = pair(&office);
    office.delete_customer(record);
    office.edit_account(row, "fax", "9");
    let (_, first) = office.synchronize(NAME);
    assert_eq!(from(&first).failed, 1);
    let (_, second) = office.synchronize(NAME);
    assert_eq!((from(&second).failed, from(&second).skipped), (0, 1));
    assert_eq!(office.state(NAME).couplings.get(record).unwrap().coupling.skipped, Skipped::Yes);
    let (_, third) = office.synchronize(NAME);
    assert_eq!(from(&third).failed, 0);
}
