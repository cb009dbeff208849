//! The scenarios of the reference about jobs, the review of the full synchronization, and links.

use couplet_engine::configuration::{JobQueueEntry, JobStatus, OwnershipModel};
use couplet_engine::default_setup::build;
use couplet_engine::full_synchronization::{
    Line, LineStatus, PassStatus, Recommendation, may_start, recommend, regenerate, startable,
};
use couplet_engine::links::{list_link, record_link};
use couplet_engine::planning::{Counters, Pass};
use couplet_engine::schedule::{ActiveJobs, NextRun, RunEnd, active_jobs, after_run, wake};
use couplet_engine::{Direction, MappingName};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::scenarios::BC;
use crate::world::{World, company, text};

fn job(name: &str) -> JobQueueEntry {
    let setup = build(OwnershipModel::Person, Some(&company()));
    setup.job(&MappingName::new(name).unwrap()).unwrap().clone()
}

fn now() -> Timestamp {
    Timestamp::from_second(1_780_000_000).unwrap()
}

fn minutes(minutes: i64) -> Timestamp {
    now() + SignedDuration::from_mins(minutes)
}

#[test]
fn syn_078_a_job_that_changed_nothing_rests() {
    let counters = [Counters { unchanged: 5, skipped: 2, ..Counters::default() }, Counters::default()];
    let mut job = job("PAYMENT TERMS");
    assert_eq!(job.inactivity_timeout_minutes, 1440);
    let rests = after_run(&job, RunEnd::Finished(&counters), 0, now());
    assert_eq!(rests, NextRun::OnHoldWithInactivityTimeout { at: Some(minutes(1440)) });
    job.inactivity_timeout_minutes = 0;
    let rests = after_run(&job, RunEnd::Finished(&counters), 0, now());
    assert_eq!(rests, NextRun::OnHoldWithInactivityTimeout { at: None });
}

#[test]
fn syn_079_a_job_that_changed_something_stays_ready() {
    let mut world = World::customers();
    let (customer, _) = world.pair("A");
    world.edit(BC, customer, &[("Name", text("B"))]);
    let ran = world.synchronize();
    let next = after_run(&job("CUSTOMER"), RunEnd::Finished(&[ran.to, ran.from]), 3, now());
    assert_eq!(next, NextRun::Ready { at: minutes(30), failed_attempts: 0 });
}

#[test]
fn syn_084_the_counter_of_active_jobs() {
    let ready = ["CUSTOMER", "VENDOR", "CONTACT"].map(|name| (job(name), None));
    let count = |jobs: &[(JobQueueEntry, Option<NextRun>)]| {
        let counted = active_jobs(jobs.iter().map(|(job, next)| (job, *next)));
        let ActiveJobs { active, all } = counted;
        (active, all)
    };
    assert_eq!(count(&ready), (3, 3));
    let failed = [&ready[..], &[(job("CURRENCY"), Some(NextRun::Error))]].concat();
    assert_eq!(count(&failed), (3, 4));
    // A disabled connection has no jobs that count.
    assert_eq!(count(&[]), (0, 0));
    let resting = NextRun::OnHoldWithInactivityTimeout { at: None };
    let held = JobQueueEntry { status: JobStatus::OnHold, ..job("CONTACT") };
    assert_eq!(count(&[(job("VENDOR"), Some(resting)), (held, None)]), (0, 2));
}

#[test]
fn syn_083_a_broken_connection_is_tried_again() {
    let job = job("CUSTOMER");
    let first = after_run(&job, RunEnd::Broken, 0, now());
    assert_eq!(first, NextRun::Ready { at: now() + SignedDuration::from_millis(30_010), failed_attempts: 1 });
    // The delays of S5.20-b: 40 s at the fourth attempt, six hours from the eighth, then it waits for a person.
    let fourth = after_run(&job, RunEnd::Broken, 3, now());
    assert_eq!(fourth, NextRun::Ready { at: now() + SignedDuration::from_secs(40), failed_attempts: 4 });
    let eighth = after_run(&job, RunEnd::Broken, 7, now());
    let at = now() + SignedDuration::from_hours(6) + SignedDuration::from_secs(30);
    assert_eq!(eighth, NextRun::Ready { at, failed_attempts: 8 });
    assert_eq!(after_run(&job, RunEnd::Broken, 9, now()), NextRun::Error);
}

#[test]
fn a_change_wakes_a_job_that_would_run_later() {
    let soon = NextRun::Ready { at: now() + SignedDuration::from_secs(59), failed_attempts: 0 };
    assert_eq!(wake(soon, now()), None);
    let woken = Some(NextRun::Ready { at: now() + SignedDuration::from_secs(30), failed_attempts: 0 });
    assert_eq!(wake(NextRun::Ready { at: minutes(20), failed_attempts: 2 }, now()), woken);
    assert_eq!(wake(NextRun::OnHoldWithInactivityTimeout { at: None }, now()), woken);
    assert_eq!(wake(NextRun::Error, now()), None);
}

#[test]
fn syn_085_every_mapping_has_one_job_a_direction() {
    let setup = build(OwnershipModel::Person, Some(&company()));
    let passes: Vec<usize> = setup.mappings.iter().map(|it| Pass::of(it.direction).len()).collect();
    assert_eq!(passes.iter().sum::<usize>(), 3 * 2 + 5);
    assert_eq!(Pass::of(Direction::Bidirectional), [Pass::ToIntegrationTable, Pass::FromIntegrationTable]);
}

/// The lines of the Dataverse mappings under ownership model Person.
fn lines() -> Vec<Line> {
    let setup = build(OwnershipModel::Person, Some(&company()));
    setup.mappings.iter().map(|mapping| Line::new(mapping, Recommendation::FullSynchronization)).collect()
}

fn line<'l>(lines: &'l mut [Line], name: &str) -> &'l mut Line {
    lines.iter_mut().find(|line| line.mapping.as_str() == name).unwrap()
}

fn names(names: &[MappingName]) -> Vec<&str> {
    let mut names: Vec<&str> = names.iter().map(MappingName::as_str).collect();
    names.sort_unstable();
    names
}

#[test]
fn syn_089_regenerating_keeps_started_lines() {
    let mut old = lines();
    let started = line(&mut old, "SALESPEOPLE");
    started.status = LineStatus::OnHold;
    started.dependencies = vec![MappingName::new("CURRENCY").unwrap()];
    let expected = started.clone();
    let mut fresh = regenerate(&old, lines());
    assert_eq!(*line(&mut fresh, "SALESPEOPLE"), expected);
    assert_eq!(fresh.iter().filter(|line| line.status != LineStatus::Blank).count(), 1);
}

#[test]
fn syn_090_lines_without_dependencies_start_first() {
    let expected = ["CURRENCY", "PAYMENT TERMS", "SALESPEOPLE", "SHIPMENT METHOD", "SHIPPING AGENT"];
    assert_eq!(names(&startable(&lines())), expected);
}

#[test]
fn syn_091_the_last_parent_starts_its_dependents() {
    let mut lines = lines();
    for name in ["CURRENCY", "PAYMENT TERMS", "SALESPEOPLE", "SHIPMENT METHOD"] {
        line(&mut lines, name).status = LineStatus::Finished;
    }
    line(&mut lines, "SHIPPING AGENT").status = LineStatus::InProcess;
    assert!(startable(&lines).is_empty());
    line(&mut lines, "SHIPPING AGENT").status = LineStatus::Finished;
    assert_eq!(names(&startable(&lines)), ["CUSTOMER", "VENDOR"]);
}

#[test]
fn syn_092_a_restart_starts_what_is_left() {
    let mut lines = lines();
    for name in ["CURRENCY", "PAYMENT TERMS", "SALESPEOPLE", "SHIPMENT METHOD"] {
        line(&mut lines, name).status = LineStatus::Finished;
    }
    line(&mut lines, "SHIPPING AGENT").recommendation = Recommendation::NoRecords;
    line(&mut lines, "VENDOR").status = LineStatus::InProcess;
    assert_eq!(names(&startable(&lines)), ["CUSTOMER"]);
}

#[test]
fn syn_093_a_bidirectional_line_shows_two_statuses() {
    let mut lines = lines();
    let customer = line(&mut lines, "CUSTOMER");
    for pass in Pass::of(Direction::Bidirectional) {
        customer.pass_started(*pass);
        assert_eq!(customer.status, LineStatus::InProcess);
        customer.pass_ended(*pass, &Counters::default());
    }
    assert_eq!((customer.to, customer.from), (PassStatus::Success, PassStatus::Success));
    customer.pass_ended(Pass::FromIntegrationTable, &Counters { failed: 1, ..Counters::default() });
    assert_eq!((customer.to, customer.from), (PassStatus::Success, PassStatus::Error));
}

#[test]
fn syn_095_when_start_is_available() {
    let mut lines = lines();
    line(&mut lines, "CURRENCY").status = LineStatus::InProcess;
    assert!(!may_start(&lines, |_| true));
    assert!(may_start(&lines, |_| false));
    for line in &mut lines {
        line.status = LineStatus::Finished;
    }
    assert!(!may_start(&lines, |_| false));
}

#[test]
fn recommendations_come_from_counts() {
    assert_eq!(recommend(0, 0), Recommendation::NoRecords);
    assert_eq!(
        (recommend(3, 0), recommend(0, 3)),
        (Recommendation::FullSynchronization, Recommendation::FullSynchronization)
    );
    assert_eq!(recommend(3, 3), Recommendation::CoupleRecords);
}

#[test]
fn syn_118_a_link_to_a_record() {
    let link = record_link("https://org.crm4.dynamics.com/", "account", Uuid::from_u128(7));
    let expected = "https://org.crm4.dynamics.com/main.aspx?pagetype=entityrecord&etn=account\
                    &id=00000000-0000-0000-0000-000000000007";
    assert_eq!(link, expected);
}

#[test]
fn syn_119_a_link_to_a_list() {
    let link = list_link("https://org.crm4.dynamics.com", "opportunity", None);
    let expected =
        "https://org.crm4.dynamics.com/main.aspx?pagetype=entitylist&etn=opportunity&navbar=on&cmdbar=true";
    assert_eq!(link, expected);
    assert_eq!(
        list_link("https://org.crm4.dynamics.com", "opportunity", Some("sales")),
        format!("{expected}&appname=sales")
    );
}
