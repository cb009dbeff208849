//! The executor step by step: what is stored before what is sent, and how trouble ends.

use couplet_engine::executor::{
    Answer, Command, End, EntryId, Event, Executor, Found, Limits, OperationKind, OperationOutcome,
};
use couplet_engine::planning::{Outcome, Planner, Run};

use crate::scenarios::{BC, DV, creating};
use crate::world::{World, text};

const LIMITS: Limits = Limits { batch_size: 2, attempts: 3, first_wait: 100 };

/// An executor for the scheduled run of a world.
fn executor(world: &World) -> Executor {
    let views = world.views();
    let run = Run::scheduled(&world.mapping);
    let planner = Planner::bind(world.input(&run, &views)).unwrap();
    let plan = planner.plan();
    Executor::new(&planner, &world.mapping.name, &plan.actions, EntryId(7), LIMITS)
}

/// Three customers without partner.
fn three_creations() -> Executor {
    let mut world = creating(World::customers());
    for name in ["A", "B", "C"] {
        world.customer(name);
    }
    executor(&world)
}

fn one(mut commands: Vec<Command>) -> Command {
    assert_eq!(commands.len(), 1);
    commands.remove(0)
}

fn done() -> OperationOutcome {
    OperationOutcome::Done { given: None, modified_at: None }
}

#[test]
fn an_entry_is_stored_before_its_batch_is_sent_and_recorded_after() {
    let mut executor = three_creations();
    for (number, size) in [(7, 2), (8, 1)] {
        let event = if number == 7 { Event::Started } else { Event::Stored };
        let Command::Store(entry) = one(executor.step(event)) else { panic!() };
        assert_eq!((entry.id, entry.operations.len()), (EntryId(number), size));
        assert!(entry.operations.iter().all(|it| it.kind == OperationKind::Create));
        let Command::Send(sent) = one(executor.step(Event::Stored)) else { panic!() };
        assert_eq!(sent, entry);
        let outcomes = vec![done(); size];
        let Command::Record { entry, settlements } =
            one(executor.step(Event::Answered(Answer::Operations(outcomes))))
        else {
            panic!()
        };
        assert_eq!((entry, settlements.len()), (Some(EntryId(number)), size));
    }
    assert_eq!(one(executor.step(Event::Stored)), Command::Finish(End::Completed));
}

#[test]
fn a_busy_service_is_asked_again_and_then_left() {
    let mut executor = three_creations();
    executor.step(Event::Started);
    executor.step(Event::Stored);
    let busy = |wait| Event::Answered(Answer::NotNow { wait });
    assert_eq!(one(executor.step(busy(Some(5_000)))), Command::Wait(5_000));
    assert!(matches!(one(executor.step(Event::Waited)), Command::Send(_)));
    assert_eq!(one(executor.step(busy(None))), Command::Wait(200));
    executor.step(Event::Waited);
    assert_eq!(one(executor.step(busy(None))), Command::Finish(End::GaveUp));
}

#[test]
fn only_what_did_not_happen_is_sent_again() {
    let mut executor = three_creations();
    executor.step(Event::Started);
    executor.step(Event::Stored);
    let Command::Look(asked) = one(executor.step(Event::Answered(Answer::Lost))) else { panic!() };
    assert_eq!(asked.len(), 2);
    let found = vec![Found::Written, Found::Absent];
    assert_eq!(one(executor.step(Event::Looked(Some(found)))), Command::Wait(0));
    let Command::Send(again) = one(executor.step(Event::Waited)) else { panic!() };
    assert_eq!(again.operations, asked[1..]);
    let refused = OperationOutcome::Refused { text: "403 no".into() };
    let Command::Record { settlements, .. } =
        one(executor.step(Event::Answered(Answer::Operations(vec![refused]))))
    else {
        panic!()
    };
    assert!(matches!(settlements[0].outcome, Outcome::Done { .. }));
    assert_eq!(settlements[1].outcome, Outcome::Refused { text: "403 no".into() });
}

#[test]
fn recovery_asks_and_sends_nothing() {
    let mut executor = three_creations();
    let Command::Store(entry) = one(executor.step(Event::Started)) else { panic!() };
    let mut recovery = Executor::recover([entry.clone()], LIMITS);
    let Command::Look(asked) = one(recovery.step(Event::Started)) else { panic!() };
    assert_eq!(asked, entry.operations);
    let found = Event::Looked(Some(vec![Found::Written, Found::Absent]));
    let Command::Record { entry: completed, settlements } = one(recovery.step(found)) else { panic!() };
    assert_eq!(completed, Some(entry.id));
    assert!(matches!(settlements[0].outcome, Outcome::Done { .. }));
    // What did not happen is left to the next plan.
    assert_eq!(settlements[1].outcome, Outcome::Deferred);
    assert_eq!(one(recovery.step(Event::Stored)), Command::Finish(End::Completed));
}

#[test]
fn a_cancelled_run_finishes_its_batch() {
    let mut executor = three_creations();
    executor.step(Event::Started);
    executor.step(Event::Stored);
    assert!(executor.step(Event::Cancelled).is_empty());
    let answer = Event::Answered(Answer::Operations(vec![done(), done()]));
    assert!(matches!(one(executor.step(answer)), Command::Record { .. }));
    assert_eq!(one(executor.step(Event::Stored)), Command::Finish(End::Cancelled));
}

/// Whoever cancels while the service asks to wait does not wait for it: what was not done is left to the next run.
#[test]
fn a_run_that_is_cancelled_while_it_waits_is_no_broken_one() {
    let not_now = || Event::Answered(Answer::NotNow { wait: Some(60_000) });
    for cancels_first in [true, false] {
        let mut executor = three_creations();
        executor.step(Event::Started);
        executor.step(Event::Stored);
        let put_off = if cancels_first {
            executor.step(Event::Cancelled);
            executor.step(not_now())
        } else {
            executor.step(not_now());
            executor.step(Event::Cancelled);
            executor.step(Event::Waited)
        };
        let Command::Record { entry: Some(_), settlements } = one(put_off) else { panic!() };
        assert!(settlements.iter().all(|it| it.outcome == Outcome::Deferred), "{settlements:?}");
        assert_eq!(one(executor.step(Event::Stored)), Command::Finish(End::Cancelled));
    }
    // What became of these nobody knows: the entry stays open.
    let mut executor = three_creations();
    executor.step(Event::Started);
    executor.step(Event::Stored);
    executor.step(Event::Answered(Answer::Lost));
    executor.step(Event::Cancelled);
    assert_eq!(one(executor.step(Event::Looked(None))), Command::Finish(End::Cancelled));
}

/// What the second pass planned for a pair counts on the first pass: when that fails, it is put off.
#[test]
fn a_second_pass_is_put_off_when_the_first_fails() {
    let mut world = World::customers();
    world.field_mapping("fax").direction = couplet_engine::Direction::FromIntegrationTable;
    let (customer, account) = world.pair("A");
    world.edit(BC, customer, &[("Credit Limit (LCY)", couplet_engine::Value::Decimal(5.into()))]);
    world.edit(DV, account, &[("fax", text("1"))]);
    let mut executor = executor(&world);
    executor.step(Event::Started);
    executor.step(Event::Stored);
    let refused = OperationOutcome::Refused { text: "no".into() };
    executor.step(Event::Answered(Answer::Operations(vec![refused])));
    let Command::Record { entry: None, settlements } = one(executor.step(Event::Stored)) else { panic!() };
    assert_eq!(settlements.len(), 1);
    assert_eq!(settlements[0].outcome, Outcome::Deferred);
    assert_eq!(one(executor.step(Event::Stored)), Command::Finish(End::Completed));
}

/// An event that nobody waits for changes nothing.
#[test]
fn stray_events_are_passed_over() {
    let mut executor = three_creations();
    executor.step(Event::Started);
    for stray in [Event::Waited, Event::Started, Event::Looked(None), Event::Answered(Answer::Lost)] {
        assert!(executor.step(stray).is_empty());
    }
    assert!(matches!(one(executor.step(Event::Stored)), Command::Send(_)));
}
