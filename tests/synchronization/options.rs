//! Option mappings over the wire: values are added once, failures are tried again, and a run of them is paused, cancelled and
//! stopped as any other.

use std::cell::Cell;
use std::collections::BTreeMap;

use couplet_engine::executor::End;
use couplet_engine::job::{JobEnd, JobKind, SynchJob};
use couplet_engine::planning::Run;
use couplet_engine::{OwnershipModel, Side};
use couplet_sandbox::{Fault, FaultEffect, FaultWindow, System};
use couplet_synchronization::{Approval, Canary, Control, Progressed, apply};

use super::office::{Office, finish};
use super::plain::to;

/// Payment terms of Business Central against a choice of accounts.
const NAME: &str = "PAYMENT TERMS";

fn office() -> Office {
    let mut office = Office::new(20, OwnershipModel::Team);
    office.mapping_mut(NAME).synch_only_coupled_records = false;
    office
}

/// A fault that strikes requests that add a value.
fn on_values(when: FaultWindow, effect: FaultEffect) -> Fault {
    let path_contains = "InsertOptionValue".to_owned();
    Fault { system: Some(System::Dataverse), path_contains, when, effect }
}

/// How often each label is among the values, as the metadata says.
fn labels(office: &Office) -> BTreeMap<String, usize> {
    let address = "/api/data/v9.2/EntityDefinitions(LogicalName='account')/Attributes\
                   /Microsoft.Dynamics.CRM.PicklistAttributeMetadata\
                   ?$select=LogicalName&$expand=OptionSet,GlobalOptionSet";
    let column = office.mapping(NAME).integration_uid.column();
    let choices = office.rows(Side::Dataverse, address);
    let choice = choices.iter().find(|it| it["LogicalName"] == *column).unwrap();
    let options = ["OptionSet", "GlobalOptionSet"].map(|set| choice[set]["Options"].as_array());
    let mut labels = BTreeMap::new();
    for option in options.into_iter().flatten().next().unwrap() {
        let label = option["Label"]["UserLocalizedLabel"]["Label"].as_str().unwrap();
        *labels.entry(label.to_owned()).or_default() += 1;
    }
    labels
}

/// A full synchronization with a person at its side.
fn watched(office: &Office, canary: Canary, control: &Control, told: &dyn Fn(Progressed)) -> SynchJob {
    let run = Run::full(office.mapping(NAME));
    let mut prepared = finish(office.prepare(NAME, run, JobKind::Full)).unwrap().unwrap();
    let planned = prepared.plan().unwrap();
    let approval = Approval { planned: &planned, canary };
    let job = apply(&office.session, &office.store, &mut prepared, approval, control, told);
    finish(job).unwrap().unwrap()
}

/// The service adds a value for every request: one whose answer is lost is looked for before it is asked for again.
#[test]
fn a_value_whose_answer_is_lost_is_added_once() {
    let expected = {
        let office = office();
        office.synchronize_fully(NAME);
        labels(&office)
    };
    for effect in [
        FaultEffect::LostResponse,
        FaultEffect::Stopped,
        FaultEffect::StatusAfterWork { status: 504, retry_after: None },
        FaultEffect::Status { status: 429, retry_after: Some(2) },
    ] {
        let office = office();
        office.ports.driver.sandbox.set_faults(vec![on_values(FaultWindow::Next(1), effect.clone())]);
        let (_, job) = office.synchronize_fully(NAME);
        assert_eq!(to(&job).failed, 0, "{effect:?}: {:?}", office.causes());
        assert_eq!(labels(&office), expected, "{effect:?}");
    }
}

/// S2.32: the watermark passes the record by, and a run that asks for changes adds its value all the same.
#[test]
fn a_value_that_was_refused_is_added_by_the_next_run() {
    let office = office();
    let refused = FaultEffect::Status { status: 403, retry_after: None };
    office.ports.driver.sandbox.set_faults(vec![on_values(FaultWindow::Only(1), refused)]);
    let (_, job) = office.synchronize_fully(NAME);
    assert_eq!((to(&job).failed, office.state(NAME).failed_records.len()), (1, 1));
    office.pass(jiff::SignedDuration::from_mins(5));
    let (_, job) = office.synchronize(NAME);
    assert_eq!((to(&job).failed, to(&job).inserted), (0, 1), "{:?}", office.causes());
    assert!(office.state(NAME).failed_records.is_empty());
    office.pass(jiff::SignedDuration::from_mins(5));
    assert!(office.synchronize(NAME).0.is_empty());
}

/// A paused run waits between two values; what it has is kept when it is cancelled.
#[test]
fn a_run_of_values_is_paused_and_cancelled() {
    let office = office();
    let control = Control::new();
    let (paused, n_settled) = (Cell::new(0), Cell::new(0));
    let told = |progressed: Progressed| match progressed {
        Progressed::Settled { .. } => {
            n_settled.set(n_settled.get() + 1);
            control.pause();
        }
        Progressed::Paused => {
            paused.set(paused.get() + 1);
            if paused.get() == 3 {
                control.cancel();
            }
        }
        _ => {}
    };
    let job = watched(&office, Canary::Off, &control, &told);
    assert_eq!((job.end, paused.get(), n_settled.get()), (Some(JobEnd::Ran(End::Cancelled)), 3, 1));
    assert_eq!(office.state(NAME).local_watermark, None);
}

/// A run whose first value is refused adds no other.
#[test]
fn a_canary_stops_a_run_of_values() {
    for (max_failed_percent, end) in [(20, JobEnd::TooManyErrors), (100, JobEnd::Ran(End::Completed))] {
        let office = office();
        let refused = FaultEffect::Status { status: 403, retry_after: None };
        office.ports.driver.sandbox.set_faults(vec![on_values(FaultWindow::From(1), refused)]);
        let job = watched(&office, Canary::On { max_failed_percent }, &Control::new(), &|_| {});
        assert_eq!(job.end, Some(end));
        assert_eq!(to(&job).failed == 1, max_failed_percent == 20, "{job:?}");
    }
}

/// The session may be another one than that of the plan, which has sent nothing yet.
#[test]
fn a_plan_is_carried_out_in_a_new_session() {
    let mut office = office();
    let run = Run::full(office.mapping(NAME));
    let mut prepared = finish(office.prepare(NAME, run, JobKind::Full)).unwrap().unwrap();
    let n_reading = prepared.n_requests();
    office.write_as_somebody_else();
    let planned = prepared.plan().unwrap();
    let approval = Approval { planned: &planned, canary: Canary::Off };
    let control = Control::new();
    let job = apply(&office.session, &office.store, &mut prepared, approval, &control, &|_| {});
    let job = finish(job).unwrap().unwrap();
    assert_eq!(job.n_requests, n_reading + office.session.n_requests());
}
