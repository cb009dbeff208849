//! Faults on the way and runs that die: whatever happens, both systems come to rest without a record twice and without a
//! lost edit.

use std::collections::BTreeMap;

use couplet_engine::executor::End;
use couplet_engine::job::{JobEnd, JobKind};
use couplet_engine::planning::Run;
use couplet_engine::undo::CreatedRecords;
use couplet_engine::{Direction, OwnershipModel, Side};
use couplet_sandbox::{Fault, FaultEffect, FaultWindow, System};
use couplet_synchronization::{Goal, RunError};
use jiff::SignedDuration;
use serde_json::Value as Json;

use super::office::{Office, SIGN_IN_EXPIRED, finish};
use super::plain;

/// Everything that the customers' fields point to is there and coupled.
fn furnished(customers: u32) -> Office {
    let office = Office::new(customers, OwnershipModel::Team);
    for name in ["CURRENCY", "PAYMENT TERMS", "SHIPMENT METHOD", "SHIPPING AGENT"] {
        office.synchronize_fully(name);
    }
    office
}

/// How often each value of a field occurs.
fn counted(rows: &[Json], field: &str) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for row in rows {
        *counts.entry(row[field].as_str().unwrap_or_default().to_owned()).or_default() += 1;
    }
    counts
}

/// What both systems hold in the end: names of customers and accounts.
type Holdings = (BTreeMap<String, usize>, BTreeMap<String, usize>);

fn holdings(office: &Office) -> Holdings {
    (counted(&office.customers(), "name"), counted(&office.accounts(), "name"))
}

/// What an undisturbed full synchronization of customers leaves.
fn undisturbed(customers: u32) -> Holdings {
    let office = furnished(customers);
    office.synchronize_fully("CUSTOMER");
    holdings(&office)
}

/// A fault that strikes the first request with changes.
fn write_fault(system: System, effect: FaultEffect) -> Fault {
    let path_contains = "$batch".to_owned();
    Fault { system: Some(system), path_contains, when: FaultWindow::Next(1), effect }
}

/// Runs until nothing is left open, as a person would start again.
fn run_to_rest(office: &mut Office) {
    for _ in 0..6 {
        let run = Run::full(office.mapping("CUSTOMER"));
        let ended = finish(office.run("CUSTOMER", run, JobKind::Full));
        office.pass(SignedDuration::from_mins(10));
        match ended {
            Some(Ok((_, job))) if job.end == Some(JobEnd::Ran(End::Completed)) => return,
            Some(_) => {}
            None => office.reopen(),
        }
    }
    panic!("no rest after six runs");
}

#[test]
fn faults_neither_double_nor_lose_a_record() {
    let expected = undisturbed(12);
    let effects = [
        FaultEffect::LostResponse,
        FaultEffect::BrokenConnection,
        FaultEffect::Stopped,
        FaultEffect::Status { status: 401, retry_after: None },
        FaultEffect::Status { status: 412, retry_after: None },
        FaultEffect::Status { status: 429, retry_after: Some(3) },
        FaultEffect::Status { status: 503, retry_after: None },
        FaultEffect::StatusAfterWork { status: 504, retry_after: None },
        FaultEffect::StatusAfterWork { status: 502, retry_after: None },
        FaultEffect::RolledBack,
    ];
    for system in [System::BusinessCentral, System::Dataverse] {
        for effect in &effects {
            let mut office = furnished(12);
            let fault = write_fault(system, effect.clone());
            office.ports.driver.sandbox.set_faults(vec![fault]);
            run_to_rest(&mut office);
            assert_eq!(holdings(&office), expected, "{system:?} {effect:?}: {:?}", office.causes());
            assert!(office.store.kept.borrow().open.is_empty());
        }
    }
}

/// A part of a batch that is refused fails alone, and goes through with the next run.
#[test]
fn a_refused_part_fails_alone() {
    let expected = undisturbed(12);
    let mut office = furnished(12);
    let fault = Fault {
        system: Some(System::Dataverse),
        path_contains: "/accounts(".to_owned(),
        when: FaultWindow::Only(3),
        effect: FaultEffect::FailedPart { status: 500 },
    };
    office.ports.driver.sandbox.set_faults(vec![fault]);
    let (_, job) = office.synchronize_fully("CUSTOMER");
    let to = job.passes.first().unwrap().counters;
    assert_eq!(to.failed, 1, "{:?}", office.causes());
    assert_eq!(office.state("CUSTOMER").failed_records.len(), 1);
    run_to_rest(&mut office);
    assert_eq!(holdings(&office), expected);
    assert!(office.state("CUSTOMER").failed_records.is_empty());
}

/// The tab is killed after every number of requests; the next one finishes what it finds.
#[test]
fn a_run_that_dies_anywhere_is_finished_by_the_next() {
    let expected = undisturbed(3);
    let whole = furnished(3);
    whole.n_requests();
    whole.synchronize_fully("CUSTOMER");
    let n_requests = whole.n_requests();
    let whole = furnished(3);
    let run = Run::full(whole.mapping("CUSTOMER"));
    let prepared = finish(whole.prepare("CUSTOMER", run, JobKind::Full)).unwrap().unwrap();
    let n_reading = usize::try_from(prepared.n_requests()).unwrap();
    assert!(n_requests > n_reading + 1, "{n_requests} requests, {n_reading} of them to read");
    let untouched = holdings(&furnished(3));
    for life in 0..n_requests {
        let mut office = furnished(3);
        office.ports.around.life.set(Some(life));
        let run = Run::full(office.mapping("CUSTOMER"));
        assert!(finish(office.run("CUSTOMER", run, JobKind::Full)).is_none(), "outlived {life} requests");
        office.reopen();
        if life <= n_reading {
            assert_eq!(holdings(&office), untouched, "changed by the {life} requests that read");
        }
        run_to_rest(&mut office);
        assert_eq!(holdings(&office), expected, "killed after {life} requests");
        assert!(office.store.kept.borrow().open.is_empty());
    }
}

/// The answer to the last batch is lost with the tab: the records are there, and only the journal knows of them.
#[test]
fn a_batch_whose_answer_died_with_the_tab_is_found() {
    let expected = undisturbed(12);
    for system in [System::BusinessCentral, System::Dataverse] {
        let mut office = furnished(12);
        let side = match system {
            System::BusinessCentral => Side::BusinessCentral,
            System::Dataverse => Side::Dataverse,
        };
        office.ports.around.dies_with.set(Some(side));
        let run = Run::full(office.mapping("CUSTOMER"));
        assert!(finish(office.run("CUSTOMER", run, JobKind::Full)).is_none());
        assert_eq!(office.store.kept.borrow().open.len(), 1, "{system:?}");
        office.ports.around.dies_with.set(None);
        office.reopen();
        run_to_rest(&mut office);
        assert_eq!(holdings(&office), expected, "{system:?}");
        assert!(office.store.kept.borrow().open.is_empty());
    }
}

/// An office whose last run died with its tab, after it had sent changes to this side.
fn died(side: Side) -> Office {
    let mut office = furnished(12);
    office.ports.around.dies_with.set(Some(side));
    let run = Run::full(office.mapping("CUSTOMER"));
    assert!(finish(office.run("CUSTOMER", run, JobKind::Full)).is_none());
    office.ports.around.dies_with.set(None);
    office.reopen();
    office
}

/// The job is kept before its first batch: what recovery finds of that batch is counted in it and taken back with it.
#[test]
fn a_run_that_dies_in_its_first_batch_is_a_job() {
    let office = died(Side::Dataverse);
    let begun = office.store.kept.borrow().jobs.last().unwrap().clone();
    assert_eq!((begun.end.clone(), begun.finished_at), (None, None));
    let run = Run::full(office.mapping("CUSTOMER"));
    finish(office.prepare("CUSTOMER", run, JobKind::Full)).unwrap().unwrap();
    let job = office.store.kept.borrow().jobs.iter().find(|it| it.id == begun.id).unwrap().clone();
    let interrupted = JobEnd::Broken { code: "run.interrupted".to_owned(), detail: String::new() };
    assert_eq!(job.end, Some(interrupted));
    let n_made: usize = job.passes.iter().map(|it| it.counters.inserted).sum();
    assert!(n_made > 0 && job.finished_at.is_some() && job.n_requests > begun.n_requests, "{job:?}");
    assert_eq!(office.state("CUSTOMER").couplings.len(), n_made);
    let goal = Goal::Undo { job: job.id, created: CreatedRecords::Kept };
    finish(office.reach("CUSTOMER", &goal, JobKind::Undo { of: job.id })).unwrap().unwrap();
    assert!(office.state("CUSTOMER").couplings.is_empty(), "{:?}", office.causes());
}

/// Recovery that gets no answer says which system does not answer.
#[test]
fn recovery_names_the_side_that_does_not_answer() {
    for (side, system, path) in [
        (Side::BusinessCentral, System::BusinessCentral, "/customers?"),
        (Side::Dataverse, System::Dataverse, "/accounts?"),
    ] {
        let office = died(side);
        let run = Run::full(office.mapping("CUSTOMER"));
        office.ports.driver.sandbox.set_faults(vec![Fault {
            system: Some(system),
            path_contains: path.to_owned(),
            when: FaultWindow::From(1),
            effect: FaultEffect::Stopped,
        }]);
        let refused = finish(office.prepare("CUSTOMER", run, JobKind::Full)).unwrap().err();
        assert_eq!(refused, Some(RunError::NoAnswer { side, detail: "lost".to_owned() }));
        assert_eq!(office.store.kept.borrow().open.len(), 1);
    }
}

/// A sign-in that is over is nothing to wait for: the run ends at once, its job says why, and the next run goes on.
#[test]
fn a_run_whose_sign_in_expires_ends_at_once() {
    let expected = undisturbed(12);
    let whole = furnished(12);
    whole.n_requests();
    whole.synchronize_fully("CUSTOMER");
    let n_requests = whole.n_requests();
    let run = Run::full(furnished(12).mapping("CUSTOMER"));
    for signed_in in [n_requests - 1, n_requests - 2] {
        let mut office = furnished(12);
        office.n_requests();
        office.ports.around.signed_in.set(Some(signed_in));
        let refused = finish(office.run("CUSTOMER", run.clone(), JobKind::Full)).unwrap().err();
        let code = SIGN_IN_EXPIRED.to_owned();
        assert!(
            matches!(&refused, Some(RunError::NotPassedOn { code: of, .. }) if *of == code),
            "{refused:?}"
        );
        assert_eq!(office.n_requests(), signed_in + 1, "asked again");
        let job = office.store.kept.borrow().jobs.last().unwrap().clone();
        assert_eq!(job.end, Some(JobEnd::Broken { code, detail: String::new() }));
        office.ports.around.signed_in.set(None);
        run_to_rest(&mut office);
        assert_eq!(holdings(&office), expected);
    }
}

/// Accounts that are all the same, more of them than go into one request: the answer to the second request is lost. The
/// customers that the first one made are not taken for those of the second.
#[test]
fn twins_of_a_lost_batch_are_each_coupled() {
    let office = plain::office();
    let n_before = office.customers().len();
    let rows: Vec<_> = (0..110).map(|number| plain::account(&office, number, "Nouveau Client")).collect();
    let mut fault = write_fault(System::BusinessCentral, FaultEffect::LostResponse);
    fault.when = FaultWindow::Only(2);
    office.ports.driver.sandbox.set_faults(vec![fault]);
    let job =
        plain::create(&office, Direction::FromIntegrationTable, plain::chosen_rows(rows.iter().copied()));
    assert_eq!(plain::from(&job).inserted, rows.len(), "{:?}", office.causes());
    assert_eq!(office.customers().len(), n_before + rows.len());
    let couplings = office.state(plain::NAME).couplings;
    assert!(rows.iter().all(|row| couplings.record_of(*row).is_some()), "{} are coupled", couplings.len());
}

/// Our clock is an hour ahead of both services: what was made is looked for by their clocks, and a change that comes while a
/// run reads is not passed by.
#[test]
fn a_clock_that_is_ahead_neither_doubles_nor_loses() {
    let expected = undisturbed(12);
    let mut office = furnished(12);
    office.set_our_clock(SignedDuration::from_hours(1));
    office.ports.around.dies_with.set(Some(Side::BusinessCentral));
    let run = Run::full(office.mapping("CUSTOMER"));
    assert!(finish(office.run("CUSTOMER", run, JobKind::Full)).is_none());
    office.ports.around.dies_with.set(None);
    office.reopen();
    run_to_rest(&mut office);
    assert_eq!(holdings(&office), expected, "{:?}", office.causes());
}

/// A watermark does not go beyond the moment that it is at the service, whatever our clock shows: changes until then may have
/// come behind the reader.
#[test]
fn a_clock_that_is_ahead_moves_no_watermark() {
    let office = plain::office();
    let sandbox = &office.ports.driver.sandbox;
    sandbox.set_clock_skew(System::BusinessCentral, 200_000);
    plain::customer(&office, "Nouveau Client");
    sandbox.set_clock_skew(System::BusinessCentral, 0);
    office.set_our_clock(SignedDuration::from_hours(1));
    office.synchronize_fully(plain::NAME);
    let watermark = office.state(plain::NAME).local_watermark.unwrap();
    assert!(watermark.as_millisecond() <= sandbox.system_now_ms(System::BusinessCentral), "{watermark}");
}
