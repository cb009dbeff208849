//! Scenarios of the reference through the wire: which records a run takes, what it creates, which marks it leaves behind.

use couplet_engine::coupling::{RowId, Skipped, SynchResult};
use couplet_engine::executor::End;
use couplet_engine::job::{JobEnd, JobKind};
use couplet_engine::planning::{Counters, Pass, PlanError, Run};
use couplet_engine::{Direction, FilterCondition, MappingName, OwnershipModel, Side, Template};
use couplet_sandbox::System;
use couplet_synchronization::{Planned, RunError};
use jiff::{SignedDuration, Timestamp};

use super::office::{Office, finish};
use super::plain::{
    NAME, account, both_changed, chosen, chosen_rows, counters, couple, create, customer, from, id, marks,
    office, pair, push, to,
};

const TO: Direction = Direction::ToIntegrationTable;
const FROM: Direction = Direction::FromIntegrationTable;

/// An office whose mapping creates partners, after everything of the demo data has one.
fn creating(direction: Direction) -> Office {
    let mut office = office();
    let mapping = office.mapping_mut(NAME);
    mapping.synch_only_coupled_records = false;
    mapping.direction = direction;
    office.synchronize(NAME);
    office.pass(SignedDuration::from_mins(1));
    office
}

fn modified_at(office: &Office, row: RowId) -> Timestamp {
    office.account(row)["modifiedon"].as_str().unwrap().parse().unwrap()
}

#[test]
fn syn_001_a_mapping_without_field_rows_fails_before_any_record() {
    for direction in [TO, FROM] {
        let mut office = office();
        office.mapping_mut(NAME).field_mappings.clear();
        let before = (office.customers(), office.accounts());
        let run = Run { direction, ..Run::full(office.mapping(NAME)) };
        let refused = finish(office.run(NAME, run, JobKind::Full)).unwrap();
        assert_eq!(refused.err(), Some(RunError::Plan(PlanError::NoFieldMapping)));
        assert_eq!((office.customers(), office.accounts()), before);
    }
}

#[test]
fn syn_002_no_rows_is_a_success() {
    let mut office = office();
    for (side, field) in [(Side::BusinessCentral, "Name"), (Side::Dataverse, "name")] {
        let nobody = FilterCondition { field: field.to_owned(), text: "Nobody is called this".to_owned() };
        office.mapping_mut(NAME).filter_mut(side).conditions.push(nobody);
    }
    let (_, job) = office.synchronize_fully(NAME);
    assert_eq!(job.end, Some(JobEnd::Ran(End::Completed)));
    assert_eq!((to(&job), from(&job)), (Counters::default(), Counters::default()));
}

#[test]
fn syn_003_only_new_rows_are_inserted() {
    let office = creating(FROM);
    account(&office, 1, "Premier");
    let (_, first) = office.synchronize(NAME);
    assert_eq!(from(&first).inserted, 1, "{:?}", office.causes());
    account(&office, 2, "Deuxième");
    account(&office, 3, "Troisième");
    let (_, second) = office.synchronize(NAME);
    assert_eq!(from(&second).inserted, 2, "{:?}", office.causes());
}

#[test]
fn syn_005_uncoupled_records_are_created_and_coupled_both_ways_035() {
    let office = office();
    let (record, row) = pair(&office);
    assert_eq!(office.account(row)["name"], office.customer(record)["name"]);
    let row = account(&office, 1, "Nouveau Compte");
    let job = create(&office, FROM, chosen_rows([row]));
    assert_eq!(from(&job).inserted, 1, "{:?}", office.causes());
    let record = office.state(NAME).couplings.record_of(row).unwrap();
    assert_eq!(office.customer(record)["name"], "Nouveau Compte");
}

#[test]
fn syn_010_a_bidirectional_run_counts_for_each_direction() {
    for (direction, passes) in [
        (Direction::Bidirectional, &[Pass::ToIntegrationTable, Pass::FromIntegrationTable][..]),
        (TO, &[Pass::ToIntegrationTable]),
        (FROM, &[Pass::FromIntegrationTable]),
    ] {
        let mut office = office();
        office.mapping_mut(NAME).direction = direction;
        let (_, job) = office.synchronize(NAME);
        assert_eq!(job.passes.iter().map(|it| it.pass).collect::<Vec<_>>(), passes);
    }
}

#[test]
fn syn_011_a_bidirectional_run_fills_both_systems() {
    let office = creating(Direction::Bidirectional);
    let before = (office.customers().len(), office.accounts().len());
    let records = ["A", "B"].map(|name| customer(&office, name));
    let rows = [(1, "C"), (2, "D")].map(|(number, name)| account(&office, number, name));
    let (_, job) = office.synchronize(NAME);
    assert_eq!((to(&job).inserted, from(&job).inserted), (2, 2), "{:?}", office.causes());
    assert_eq!((office.customers().len(), office.accounts().len()), (before.0 + 4, before.1 + 4));
    let couplings = office.state(NAME).couplings;
    assert!(records.iter().all(|record| couplings.row_of(*record).is_some()));
    assert!(rows.iter().all(|row| couplings.record_of(*row).is_some()));
}

#[test]
fn syn_013_a_from_run_moves_only_the_dataverse_watermark() {
    let office = office();
    let row = account(&office, 1, "Le dernier");
    let run = Run { direction: FROM, ..Run::scheduled(office.mapping(NAME)) };
    finish(office.run(NAME, run, JobKind::Modified)).unwrap().unwrap();
    let state = office.state(NAME);
    assert_eq!(state.integration_watermark, Some(modified_at(&office, row)));
    assert_eq!(state.local_watermark, None);
}

#[test]
fn syn_014_the_watermark_filters_rows() {
    for is_set in [false, true] {
        let mut office = office();
        office.mapping_mut(NAME).synch_only_coupled_records = false;
        office.mapping_mut(NAME).direction = FROM;
        let rows = [(1, "T+0"), (2, "T+20")].map(|(number, name)| account(&office, number, name));
        if is_set {
            let watermark = modified_at(&office, rows[0]) + SignedDuration::from_secs(2);
            let name = MappingName::new(NAME).unwrap();
            let mut kept = office.store.kept.borrow_mut();
            kept.states.entry(name).or_default().integration_watermark = Some(watermark);
        }
        office.synchronize(NAME);
        let is_there = |row: &RowId| office.state(NAME).couplings.record_of(*row).is_some();
        assert_eq!(rows.each_ref().map(is_there), [!is_set, true]);
    }
}

/// The row that the reference looks at and counts as unchanged is passed over and counted there (docs/differences.md).
#[test]
fn syn_015_nothing_to_synchronize_leaves_watermarks_alone() {
    for skew_ms in [0, -300_000, 300_000] {
        let office = office();
        office.ports.driver.sandbox.set_clock_skew(System::Dataverse, skew_ms);
        let (record, _) = pair(&office);
        // A watermark is never later than the run that set it: it waits for the slower clock.
        office.pass(SignedDuration::from_mins(10));
        office.synchronize(NAME);
        let before = office.state(NAME);
        office.pass(SignedDuration::from_mins(1));
        let (planned, job) = office.synchronize(NAME);
        assert_eq!((to(&job), from(&job)), (Counters::default(), Counters::default()), "{skew_ms}");
        let Planned::Records(plan) = planned else { panic!("records") };
        let passed_over = plan.passes.iter().map(|it| it.passed_over.own_changes);
        assert_eq!(passed_over.sum::<usize>(), 1, "{skew_ms}");
        let after = office.state(NAME);
        assert_eq!(after.couplings.get(record), before.couplings.get(record));
        let marks = |state: &couplet_engine::planning::MappingState| {
            (state.local_watermark, state.integration_watermark)
        };
        assert_eq!(marks(&after), marks(&before), "{skew_ms}");
    }
}

#[test]
fn syn_016_two_changes_in_a_row_arrive_despite_clock_skew() {
    for skew_ms in [-300_000, 300_000] {
        let office = office();
        office.ports.driver.sandbox.set_clock_skew(System::Dataverse, skew_ms);
        let (record, row) = pair(&office);
        for fax in ["01", "02"] {
            office.edit_customer(record, "faxNo", fax);
            let (_, job) = office.synchronize(NAME);
            assert_eq!(to(&job).modified, 1, "{skew_ms}: {:?}", office.causes());
            assert_eq!((from(&job).modified, from(&job).failed), (0, 0), "{skew_ms}");
            assert_eq!(office.account(row)["fax"], fax);
        }
    }
}

fn with_template(office: &mut Office, field: &str) {
    office.mapping_mut(NAME).table_template = Some(Template {
        code: "BCICUST".to_owned(),
        description: String::new(),
        values: vec![(field.to_owned(), "EAST".to_owned())],
    });
}

#[test]
fn syn_022_the_template_is_for_new_records_only() {
    let mut office = office();
    with_template(&mut office, "Address 2");
    let row = account(&office, 1, "Nouveau Compte");
    let job = create(&office, FROM, chosen_rows([row]));
    assert_eq!(from(&job).inserted, 1, "{:?}", office.causes());
    let record = office.state(NAME).couplings.record_of(row).unwrap();
    assert_eq!(office.customer(record)["address2"], "EAST");
    office.edit_customer(record, "address2", "WEST");
    office.edit_account(row, "fax", "9");
    let job = push(&office, NAME, FROM, chosen_rows([row]));
    assert_eq!(from(&job).modified, 1, "{:?}", office.causes());
    assert_eq!(office.customer(record)["address2"], "WEST");
}

#[test]
fn syn_023_a_template_that_cannot_be_applied_fails_the_record() {
    let mut office = office();
    with_template(&mut office, "No Such Field");
    let row = account(&office, 1, "Nouveau Compte");
    let job = create(&office, FROM, chosen_rows([row]));
    assert_eq!((from(&job).failed, from(&job).inserted), (1, 0));
    assert!(office.causes().keys().any(|cause| cause.contains("template")), "{:?}", office.causes());
    assert_eq!(office.state(NAME).couplings.record_of(row), None);
}

#[test]
fn syn_025_company_contacts_are_never_synchronized() {
    let office = Office::new(20, OwnershipModel::Team);
    let contacts = office.rows(Side::BusinessCentral, &office.companion("contacts"));
    let is_company = |row: &&serde_json::Value| row["type"] == "Company";
    let company = contacts.iter().find(is_company).expect("a company contact");
    let record = couplet_engine::coupling::SystemId(id(company, "systemId"));
    let before = office.rows(Side::Dataverse, "/api/data/v9.2/contacts").len();
    let job = push(&office, "CONTACT", TO, chosen([record]));
    assert_eq!((to(&job).inserted, to(&job).modified, to(&job).failed), (0, 0, 0));
    assert_eq!(office.rows(Side::Dataverse, "/api/data/v9.2/contacts").len(), before);
}

#[test]
fn syn_049_a_conflict_marks_the_coupling_in_both_directions() {
    let office = office();
    let (record, _) = both_changed(&office);
    office.synchronize(NAME);
    let (sent, taken) = marks(&office, record);
    assert_eq!(sent.unwrap().result, SynchResult::Failure);
    assert_eq!(taken.unwrap().result, SynchResult::Failure);
}

#[test]
fn syn_071_a_failed_record_is_retried_although_it_did_not_change() {
    let office = office();
    let ((first, first_row), (second, second_row)) = (pair(&office), pair(&office));
    office.synchronize(NAME);
    office.edit_customer(first, "faxNo", "2");
    office.edit_account(first_row, "fax", "3");
    office.edit_account(second_row, "fax", "4");
    let sum = |job: &couplet_engine::job::SynchJob| {
        let (to, from) = (to(job), from(job));
        (to.failed + from.failed, to.modified + from.modified, to.skipped + from.skipped)
    };
    let (_, job) = office.synchronize(NAME);
    assert_eq!(sum(&job), (2, 1, 0), "{:?}", office.causes());
    let skipped = |record| office.state(NAME).couplings.get(record).unwrap().coupling.skipped;
    assert_eq!(skipped(first), Skipped::No);
    let (_, job) = office.synchronize(NAME);
    assert_eq!(sum(&job), (0, 0, 2), "{:?}", office.causes());
    assert_eq!((skipped(first), skipped(second)), (Skipped::Yes, Skipped::No));
}

#[test]
fn syn_077_a_deleted_counterpart_fails_once_and_is_skipped_the_second_time() {
    let office = office();
    let (first, first_row) = pair(&office);
    let (second, _) = both_changed(&office);
    office.delete_account(first_row);
    office.synchronize(NAME);
    let failed = |record| {
        let (sent, taken) = marks(&office, record);
        (sent.map(|it| it.result), taken.map(|it| it.result))
    };
    assert_eq!(failed(first), (Some(SynchResult::Failure), None), "{:?}", office.causes());
    assert_eq!(failed(second), (Some(SynchResult::Failure), Some(SynchResult::Failure)));
    let skipped = |record| office.state(NAME).couplings.get(record).unwrap().coupling.skipped;
    assert_eq!((skipped(first), skipped(second)), (Skipped::No, Skipped::No));
    office.synchronize(NAME);
    assert_eq!((skipped(first), skipped(second)), (Skipped::Yes, Skipped::Yes));
}

#[test]
fn syn_087_result_marks_on_the_coupling() {
    let office = office();
    let record = customer(&office, "Ensemble");
    let row = account(&office, 1, "Ensemble");
    couple(&office, NAME, &[(record, row)]);
    assert_eq!(marks(&office, record), (None, None));
    office.edit_customer(record, "faxNo", "1");
    let sent = push(&office, NAME, TO, chosen([record]));
    let mark = marks(&office, record).0.unwrap();
    assert_eq!((mark.result, mark.job), (SynchResult::Success, sent.id));
    assert_eq!(marks(&office, record).1, None);
    office.edit_account(row, "fax", "2");
    let taken = push(&office, NAME, FROM, chosen_rows([row]));
    let mark = marks(&office, record).1.unwrap();
    assert_eq!((mark.result, mark.job), (SynchResult::Success, taken.id), "{:?}", office.causes());
    // What is found unchanged keeps its marks.
    let before = marks(&office, record);
    office.synchronize(NAME);
    assert_eq!(marks(&office, record), before);
}

#[test]
fn syn_094_a_full_run_creates_uncoupled_records_inside_the_filters() {
    let office = office();
    let (_, job) = office.synchronize_fully(NAME);
    assert!(counters(&job, Pass::ToIntegrationTable).inserted > 0, "{:?}", office.causes());
    let couplings = office.state(NAME).couplings;
    let customers = office.customers();
    let is_blocked = |row: &serde_json::Value| row["blocked"] != "_x0020_" && row["blocked"] != " ";
    assert!(customers.iter().any(is_blocked) && !customers.iter().all(is_blocked));
    for row in &customers {
        let record = couplet_engine::coupling::SystemId(id(row, "systemId"));
        assert_eq!(couplings.row_of(record).is_none(), is_blocked(row), "{}", row["name"]);
    }
    assert!(office.mapping(NAME).synch_only_coupled_records);
}

#[test]
fn syn_121_the_bc_filter_limits_what_is_created() {
    let mut office = creating(TO);
    let records = ["A", "B", "C"].map(|name| customer(&office, name));
    office.edit_customer(records[2], "blocked", "All");
    let (_, job) = office.synchronize(NAME);
    assert_eq!(to(&job).inserted, 2, "{:?}", office.causes());
    office.mapping_mut(NAME).table_filter.conditions.clear();
    let row = account(&office, 1, "C");
    couple(&office, NAME, &[(records[2], row)]);
    office.edit_customer(records[2], "name", "abc");
    let (_, job) = office.synchronize(NAME);
    assert_eq!(to(&job).modified, 1, "{:?}", office.causes());
    assert_eq!(office.account(row)["name"], "abc");
}

#[test]
fn syn_122_the_dataverse_filter_limits_what_is_imported() {
    let office = creating(FROM);
    let n_customers = office.customers().len();
    let rows = [(1, "A"), (2, "B"), (3, "C")].map(|(number, name)| account(&office, number, name));
    office.edit_account(rows[1], "customertypecode", 1);
    office.edit_account(rows[2], "customertypecode", 2);
    let (_, job) = office.synchronize(NAME);
    assert_eq!(from(&job).inserted, 1, "{:?}", office.causes());
    assert_eq!(office.customers().len(), n_customers + 1);
    assert!(office.state(NAME).couplings.record_of(rows[0]).is_some());
}
