//! Runs of the default mappings against demo data: what they come to, and what they cost.

use std::cell::Cell;

use couplet_engine::executor::End;
use couplet_engine::job::{JobEnd, JobKind};
use couplet_engine::planning::Run;
use couplet_engine::{DeletionConflictResolution, Direction, FieldMappingStatus, OwnershipModel};
use couplet_sandbox::{Fault, FaultEffect, FaultWindow, System};
use couplet_synchronization::{Approval, Canary, Control, Progressed, RunError, Session, apply};
use jiff::SignedDuration;
use uuid::Uuid;

use super::office::{Office, finish};
use super::plain::{self, NAME};

/// The mappings in the order of a full synchronization.
pub(crate) const ORDER: [&str; 7] =
    ["CURRENCY", "PAYMENT TERMS", "SHIPMENT METHOD", "SHIPPING AGENT", "CUSTOMER", "VENDOR", "CONTACT"];

/// Everything is created on both sides, the plan after it is empty, and when nothing changed a run costs a request a
/// side.
#[test]
fn the_default_mappings_come_to_rest() {
    let office = Office::new(60, OwnershipModel::Team);
    for name in ORDER {
        let (planned, job) = office.synchronize_fully(name);
        assert_eq!(job.end, Some(JobEnd::Ran(End::Completed)), "{name}");
        let n_inserted: usize = job.passes.iter().map(|it| it.counters.inserted).sum();
        assert!(n_inserted > 0 && !planned.is_empty(), "{name}: nothing was created");
    }
    office.n_requests();
    for round in 0..2 {
        office.pass(SignedDuration::from_mins(5));
        for name in ORDER {
            let (planned, job) = office.synchronize(name);
            assert!(planned.is_empty(), "{name} in round {round}: {planned:?}");
            assert!(job.passes.iter().all(|it| it.counters.failed == 0), "{name}: {:?}", job.passes);
            let n_requests = office.n_requests();
            assert!(n_requests <= 2, "{name}: {n_requests} requests with nothing changed");
        }
    }
}

/// Couplings mean nothing to another company, whoever made the plan: nothing is even asked for.
#[test]
fn what_is_kept_of_one_pair_of_systems_is_not_used_for_another() {
    let mut office = Office::new(5, OwnershipModel::Team);
    office.synchronize_fully("CURRENCY");
    let own = office.store.kept.borrow().pair.clone().unwrap();
    assert!(own.is_same(&office.session.systems().pair()));
    let prepare = |office: &Office| {
        let run = Run::scheduled(office.mapping("CURRENCY"));
        finish(office.prepare("CURRENCY", run, JobKind::Modified)).unwrap()
    };
    let mut prepared = prepare(&office).unwrap();
    let planned = prepared.plan().unwrap();
    let mut systems = office.session.systems().clone();
    systems.business_central.company = Uuid::from_u128(7);
    office.session = Session::new(office.ports.clone(), systems);
    office.n_requests();
    assert!(matches!(prepare(&office), Err(RunError::OtherPair { .. })));
    let approval = Approval { planned: &planned, canary: Canary::Off };
    let control = Control::new();
    let applied = apply(&office.session, &office.store, &mut prepared, approval, &control, &|_| {});
    assert!(matches!(finish(applied).unwrap(), Err(RunError::OtherPair { .. })));
    assert_eq!(office.n_requests(), 0);
    assert_eq!(office.store.kept.borrow().pair, Some(own));
}

/// A run asks for no more than the floor: what has to be read once, and a request for a hundred changes.
#[test]
fn requests_stay_near_the_floor() {
    let mut office = Office::new(400, OwnershipModel::Team);
    for field in &mut office.mapping_mut("CUSTOMER").field_mappings {
        if field.column.as_deref() != Some("name") {
            field.status = FieldMappingStatus::Disabled;
        }
    }
    let (_, warm) = office.synchronize_fully("CURRENCY");
    assert_eq!(warm.end, Some(JobEnd::Ran(End::Completed)));
    let run = Run::full(office.mapping("CUSTOMER"));
    let prepared = finish(office.prepare("CUSTOMER", run, JobKind::Full)).unwrap().unwrap();
    office.n_requests();
    let (planned, job) = office.synchronize_fully("CUSTOMER");
    let n_requests = office.n_requests();
    let forecast = prepared.forecast(&planned);
    let n_changes = forecast.n_business_central + forecast.n_dataverse;
    let counters = job.passes.iter().map(|it| it.counters.inserted + it.counters.modified);
    assert_eq!(counters.sum::<usize>(), n_changes, "{:?}", office.causes());
    assert!(n_changes > 400);
    // A page of each table, the lookups of accounts and how their tables are called once, and the writes.
    let floor = 4 + forecast.n_requests;
    assert!(n_requests * 10 <= floor * 11, "{n_requests} requests, {floor} at the least");
}

/// `modifiedon` counts whole seconds: an account that a person edits in the very second in which a run wrote it, and again
/// in that in which a run read it, keeps its time. Both edits come over, and nothing after them.
#[test]
fn an_edit_in_the_second_of_a_run_is_seen() {
    let mut office = Office::new(20, OwnershipModel::Team);
    office.write_as_somebody_else();
    for name in ["CURRENCY", "PAYMENT TERMS", "SHIPMENT METHOD", "SHIPPING AGENT", "CUSTOMER"] {
        office.synchronize_fully(name);
    }
    let state = office.state("CUSTOMER");
    let coupled = state.couplings.iter().next().unwrap();
    let (record, row) = (coupled.record_end().unwrap().id(), coupled.coupling.row.id());
    for phone in ["030 111", "030 222"] {
        office.edit_account_at_once(row, "telephone1", phone);
        let (_, job) = office.synchronize("CUSTOMER");
        assert!(job.passes.iter().all(|it| it.counters.failed == 0), "{:?}", job.passes);
        assert_eq!(office.customer(record)["phoneNo"], phone);
    }
    office.pass(SignedDuration::from_mins(5));
    let (planned, _) = office.synchronize("CUSTOMER");
    assert!(planned.is_empty(), "{planned:?}");
}

/// The canary sends one record, then ten, and stops by itself when too many of them fail; a run that is cancelled keeps
/// what it has.
#[test]
fn a_canary_stops_a_run_that_goes_wrong() {
    for (max_failed_percent, end) in [(20, JobEnd::TooManyErrors), (100, JobEnd::Ran(End::Completed))] {
        let mut office = Office::new(20, OwnershipModel::Team);
        // Every new account gets a value that the service refuses.
        office.mapping_mut("CUSTOMER").field_mappings.retain(|field| field.column.as_deref() == Some("name"));
        let fault = Fault {
            system: Some(System::Dataverse),
            path_contains: "/accounts(".to_owned(),
            when: FaultWindow::Next(4),
            effect: FaultEffect::Status { status: 403, retry_after: None },
        };
        office.ports.driver.sandbox.set_faults(vec![fault]);
        let run = Run::full(office.mapping("CUSTOMER"));
        let mut prepared = finish(office.prepare("CUSTOMER", run, JobKind::Full)).unwrap().unwrap();
        let planned = prepared.plan().unwrap();
        let approval = Approval { planned: &planned, canary: Canary::On { max_failed_percent } };
        let control = Control::new();
        let job = apply(&office.session, &office.store, &mut prepared, approval, &control, &|_| {});
        let job = finish(job).unwrap().unwrap();
        assert_eq!(job.end, Some(end), "{max_failed_percent}");
        let counters = job.passes.first().unwrap().counters;
        assert!(counters.failed >= 1, "{counters:?}");
        // Watermarks move with a run that came to its end only.
        let moved = office.state("CUSTOMER").local_watermark.is_some();
        assert_eq!(moved, max_failed_percent == 100);
    }
}

#[test]
fn a_cancelled_run_keeps_what_it_has_and_a_paused_one_waits() {
    let mut office = Office::new(20, OwnershipModel::Team);
    office.mapping_mut("CUSTOMER").field_mappings.retain(|field| field.column.as_deref() == Some("name"));
    let run = Run::full(office.mapping("CUSTOMER"));
    let mut prepared = finish(office.prepare("CUSTOMER", run, JobKind::Full)).unwrap().unwrap();
    let planned = prepared.plan().unwrap();
    let approval = Approval { planned: &planned, canary: Canary::On { max_failed_percent: 100 } };
    let control = Control::new();
    let (paused, settled) = (Cell::new(0), Cell::new(0));
    let told = |progressed: Progressed| match progressed {
        Progressed::Settled { n_done, .. } if settled.get() == 0 => {
            settled.set(n_done);
            control.pause();
        }
        // A person thinks for a moment, and ends it.
        Progressed::Paused => {
            paused.set(paused.get() + 1);
            if paused.get() == 3 {
                control.cancel();
            }
        }
        _ => {}
    };
    let job = apply(&office.session, &office.store, &mut prepared, approval, &control, &told);
    let job = finish(job).unwrap().unwrap();
    assert_eq!((job.end, paused.get()), (Some(JobEnd::Ran(End::Cancelled)), 3));
    // The batch that was under way when it was paused is finished: the first record. No other was begun.
    assert_eq!(office.state("CUSTOMER").couplings.len(), 1);
    assert!(office.store.kept.borrow().open.is_empty());
}

/// Another tab carries out the same plan first: carrying it out again would create everything a second time.
#[test]
fn a_plan_that_others_overtook_is_not_carried_out() {
    for name in ["CUSTOMER", "PAYMENT TERMS"] {
        let office = Office::new(20, OwnershipModel::Team);
        let run = Run::full(office.mapping(name));
        let mut prepared = finish(office.prepare(name, run, JobKind::Full)).unwrap().unwrap();
        let planned = prepared.plan().unwrap();
        office.synchronize_fully(name);
        let before = (office.customers(), office.accounts(), office.store.kept.borrow().jobs.len());
        let approval = Approval { planned: &planned, canary: Canary::Off };
        let control = Control::new();
        let refused = apply(&office.session, &office.store, &mut prepared, approval, &control, &|_| {});
        assert_eq!(finish(refused).unwrap().err(), Some(RunError::PlanOutdated), "{name}");
        assert_eq!((office.customers(), office.accounts(), office.store.kept.borrow().jobs.len()), before);
    }
}

/// What the plan foretold to fail is no sign that something goes wrong, and a run with nothing left has nothing to stop.
#[test]
fn a_canary_counts_refused_writes_only() {
    let carried_out = |office: &Office, run: Run| {
        let mut prepared = finish(office.prepare(NAME, run, JobKind::Chosen)).unwrap().unwrap();
        let planned = prepared.plan().unwrap();
        let approval = Approval { planned: &planned, canary: Canary::On { max_failed_percent: 10 } };
        let control = Control::new();
        let job = apply(&office.session, &office.store, &mut prepared, approval, &control, &|_| {});
        finish(job).unwrap().unwrap()
    };
    let mut office = plain::office();
    office.mapping_mut(NAME).deletion_conflict_resolution = DeletionConflictResolution::None;
    for _ in 0..2 {
        let (_, row) = plain::pair(&office);
        office.delete_account(row);
    }
    let job = carried_out(&office, Run::full(office.mapping(NAME)));
    assert_eq!(job.end, Some(JobEnd::Ran(End::Completed)));
    assert!(plain::to(&job).failed >= 2 && plain::to(&job).inserted > 10, "{job:?}");

    let office = plain::office();
    let record = plain::customer(&office, "Nouveau Client");
    office.ports.driver.sandbox.set_faults(vec![Fault {
        system: Some(System::Dataverse),
        path_contains: "/accounts(".to_owned(),
        when: FaultWindow::Next(4),
        effect: FaultEffect::Status { status: 403, retry_after: None },
    }]);
    let run = Run::create_new(Direction::ToIntegrationTable, plain::chosen([record]));
    let job = carried_out(&office, run);
    assert_eq!((job.end.clone(), plain::to(&job).failed), (Some(JobEnd::Ran(End::Completed)), 1));
}

/// S2.32: a creation that failed is tried by every run, until its record is deleted: then nobody asks for it again.
#[test]
fn a_failed_creation_is_forgotten_with_its_record() {
    let office = plain::office();
    office.synchronize_fully(NAME);
    let record = plain::customer(&office, "Nouveau Client");
    office.ports.driver.sandbox.set_faults(vec![Fault {
        system: Some(System::Dataverse),
        path_contains: "/accounts(".to_owned(),
        when: FaultWindow::Next(4),
        effect: FaultEffect::Status { status: 403, retry_after: None },
    }]);
    office.synchronize_fully(NAME);
    assert!(office.state(NAME).failed_records.contains(&record), "{:?}", office.causes());
    office.ports.driver.sandbox.set_faults(Vec::new());
    office.delete_customer(record);
    office.synchronize_fully(NAME);
    assert!(office.state(NAME).failed_records.is_empty());
}
