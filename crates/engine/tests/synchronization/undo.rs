//! Taking a job back: an untouched world is as it was before, and what somebody changed since stays.

use std::collections::BTreeMap;

use couplet_engine::coupling::{JobId, RowId, SystemId};
use couplet_engine::executor::{
    Answer, Command, End, EntryId, Event, Executor, Found, Limits, Operation, OperationKind,
    OperationOutcome, Settlement,
};
use couplet_engine::planning::{
    ActionKind, Counters, CouplingState, Couplings, Creation, Kept, LeftAlone, Plan, Reason, Run, Selection,
    settle,
};
use couplet_engine::undo::{CreatedRecords, UndoInput, undo, undo_reads};
use couplet_engine::{DeletionConflictResolution, Side, Value};
use jiff::Timestamp;
use proptest::prelude::*;
use uuid::Uuid;

use crate::properties::{step, take, world};
use crate::scenarios::{BC, DV};
use crate::world::{Stored, World, kinds, records, text};

/// The plan that takes a job back.
pub(crate) fn plan(world: &World, settlements: &[Settlement], created: CreatedRecords) -> Plan {
    let views = world.views();
    let input = UndoInput {
        mapping: &world.mapping.name,
        settlements,
        business_central: records(&views.0, "SystemModifiedAt", None),
        dataverse: records(&views.1, "modifiedon", Some("modifiedby")),
        couplings: &world.state.couplings,
        created,
    };
    undo(input).unwrap()
}

/// Carries a plan out through the executor; `loses` says of which batch the answer is lost.
fn carry_out(world: &mut World, plan: &Plan, loses: Option<usize>) -> (Vec<Settlement>, Counters) {
    let mut executor = Executor::for_undo(&world.mapping.name, &plan.actions, EntryId(1), Limits::default());
    let (mut event, mut done, mut n_sent) = (Event::Started, Vec::new(), 0);
    let mut counters = Counters::default();
    loop {
        event = match executor.step(event).remove(0) {
            Command::Store(_) => Event::Stored,
            Command::Send(entry) => {
                let outcomes = entry.operations.iter().map(|it| write(world, it)).collect();
                n_sent += 1;
                Event::Answered(if loses == Some(n_sent) {
                    Answer::Lost
                } else {
                    Answer::Operations(outcomes)
                })
            }
            Command::Look(operations) => {
                Event::Looked(Some(operations.iter().map(|it| find(world, it)).collect()))
            }
            Command::Record { settlements, .. } => {
                let (table, job) = (world.table_number(), JobId(Uuid::from_u128(99)));
                for it in &settlements {
                    settle(&mut world.state, table, job, &it.action, &it.outcome, &mut counters);
                }
                done.extend(settlements);
                Event::Stored
            }
            Command::Wait(_) => Event::Waited,
            Command::Finish(end) => {
                assert_eq!(end, End::Completed);
                return (done, counters);
            }
        };
    }
}

/// A service at work, with its preconditions.
fn write(world: &mut World, operation: &Operation) -> OperationOutcome {
    world.clock += 1_000;
    let at = world.time(operation.side());
    let rows = &mut world.table(operation.side()).rows;
    let present = rows.get(&operation.id).map(|row| row.modified_at);
    let read = operation.action.destination_modified_at.map(Timestamp::as_millisecond);
    let is_open = match operation.kind {
        OperationKind::Create => present.is_none(),
        OperationKind::Update | OperationKind::Delete => present.is_some() && present == read,
    };
    if !is_open {
        return OperationOutcome::PreconditionFailed;
    }
    if operation.kind == OperationKind::Delete {
        rows.remove(&operation.id);
        return OperationOutcome::Done { given: None, modified_at: None };
    }
    let fresh = Stored { values: BTreeMap::new(), modified_at: at, modified_by: Uuid::nil() };
    let row = rows.entry(operation.id).or_insert(fresh);
    for (name, value) in operation.values() {
        row.values.insert(name.to_string(), value.clone());
    }
    row.modified_at = at;
    OperationOutcome::Done { given: None, modified_at: Some(Timestamp::from_millisecond(at).unwrap()) }
}

fn find(world: &mut World, operation: &Operation) -> Found {
    let read = operation.action.destination_modified_at.map(Timestamp::as_millisecond);
    match world.table(operation.side()).rows.get(&operation.id) {
        None => Found::Absent,
        Some(row) if operation.kind != OperationKind::Create && Some(row.modified_at) == read => {
            Found::AsRead
        }
        Some(_) => Found::Written,
    }
}

/// Records with their values by name.
pub(crate) type Values = BTreeMap<Uuid, BTreeMap<String, Value>>;

/// All values of a side, without those that say nothing.
pub(crate) fn values(world: &World, side: Side) -> Values {
    let table = if side == BC { &world.business_central } else { &world.dataverse };
    let is_said = |name: &str, value: &Value| {
        let schema = table.schema.field(name);
        schema.is_none_or(|schema| !value.is_blank(&schema.field_type))
    };
    let values = |row: &Stored| {
        let values = row.values.iter().filter(|(name, value)| is_said(name, value));
        values.map(|(name, value)| (name.clone(), value.clone())).collect()
    };
    table.rows.iter().map(|(id, row)| (*id, values(row))).collect()
}

/// Coupled records in their order.
pub(crate) fn pairs(couplings: &Couplings) -> Vec<(SystemId, RowId)> {
    let pair = |state: &CouplingState| (state.record_end().unwrap().id(), state.coupling.row.id());
    let mut pairs: Vec<_> = couplings.iter().map(pair).collect();
    pairs.sort();
    pairs
}

/// What both sides hold and how many are coupled, whatever the records' ids: what is created again gets another.
fn contents(world: &World) -> [Vec<String>; 3] {
    let sorted = |side: Side| {
        let mut rows: Vec<String> = values(world, side).values().map(|row| format!("{row:?}")).collect();
        rows.sort();
        rows
    };
    [sorted(BC), sorted(DV), vec![world.state.couplings.len().to_string()]]
}

/// A run that does as much as it may: a full one creates and overwrites, a scheduled one removes couplings.
fn run_of(world: &World, full: bool) -> Run {
    match full {
        true => Run::full(&world.mapping),
        false => {
            Run { creation: Creation::Allowed, selection: Selection::All, ..Run::scheduled(&world.mapping) }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Both sides and the couplings are as before the job; whether an answer is lost on the way makes no difference.
    #[test]
    fn an_untouched_world_is_as_it_was(
        mut world in world(),
        full in any::<bool>(),
        loses in prop::option::of(1..3_usize),
    ) {
        let before = (values(&world, BC), values(&world, DV), pairs(&world.state.couplings));
        let ran = world.run(&run_of(&world, full)).unwrap();
        let after = contents(&world);
        let plan = plan(&world, &ran.settlements, CreatedRecords::Deleted);
        let left = plan.actions.iter().find(|it| matches!(it.reason, Reason::LeftAlone(_)));
        prop_assert!(left.is_none(), "{left:?}");
        let (undone, counters) = carry_out(&mut world, &plan, loses);
        prop_assert_eq!((values(&world, BC), values(&world, DV), pairs(&world.state.couplings)), before);
        let n_created = ran.to.inserted + ran.from.inserted;
        prop_assert_eq!(plan.passes.iter().map(|it| it.counters.deleted).sum::<usize>(), n_created);
        prop_assert_eq!(counters.deleted, n_created);
        prop_assert_eq!(counters.failed, 0);
        // Taking back what took it back gives all of it again: the mapped values, and new records where some went.
        if loses.is_none() {
            let again = self::plan(&world, &undone, CreatedRecords::Deleted);
            carry_out(&mut world, &again, None);
            prop_assert_eq!(contents(&world), after);
        }
    }

    /// Whatever anybody did after the job is there after it was taken back.
    #[test]
    fn nothing_that_somebody_changed_is_touched(
        mut world in world(),
        steps in prop::collection::vec(step(), 1..20),
        full in any::<bool>(),
        deletes in any::<bool>(),
    ) {
        let ran = world.run(&run_of(&world, full)).unwrap();
        let after_job = world.clone();
        for (number, step) in steps.into_iter().enumerate() {
            take(&mut world, step, 100 + number);
        }
        let edited = world.clone();
        let created = if deletes { CreatedRecords::Deleted } else { CreatedRecords::Kept };
        let plan = plan(&world, &ran.settlements, created);
        carry_out(&mut world, &plan, None);
        for side in [BC, DV] {
            let (job, edited, now) = (values(&after_job, side), values(&edited, side), values(&world, side));
            for (id, row) in &edited {
                let at_job = job.get(id);
                if at_job != Some(row) {
                    prop_assert!(now.contains_key(id), "{side:?} {id} was changed and is gone");
                }
                for (name, value) in row {
                    if at_job.and_then(|row| row.get(name)) != Some(value) {
                        prop_assert_eq!(now[id].get(name), Some(value), "{:?} {} {}", side, id, name);
                    }
                }
            }
            prop_assert!(now.keys().all(|id| edited.contains_key(id)), "a deleted record came back");
            prop_assert!(deletes || edited.keys().all(|id| now.contains_key(id)), "a record was deleted unasked");
        }
        // Couplings that a person made or removed since stay so.
        let (job, edited, now) = (pairs(&after_job.state.couplings), pairs(&edited.state.couplings), pairs(&world.state.couplings));
        prop_assert!(edited.iter().all(|pair| job.contains(pair) || now.contains(pair)));
    }
}

#[test]
fn fields_that_were_changed_since_are_left_one_by_one() {
    let mut world = World::customers();
    let (customer, account) = world.pair("A");
    world.edit(DV, account, &[("fax", text("0"))]);
    world.couple_settled(customer, account);
    world.edit(BC, customer, &[("Name", text("B")), ("City", text("Lyon")), ("Fax No.", text("1"))]);
    let ran = world.synchronize();
    world.edit(DV, account, &[("address1_city", text("Paris"))]);
    let plan = plan(&world, &ran.settlements, CreatedRecords::Kept);
    let [action] = &plan.actions[..] else { panic!("{:?}", kinds(&plan)) };
    assert_eq!((action.kind, action.reason.code()), (ActionKind::Update, "plan.taken-back"));
    let field = |column: &str| {
        let field = action.fields.iter().find(|it| it.column.as_deref() == Some(column)).unwrap();
        (field.dataverse.clone(), field.write.clone(), field.kept)
    };
    assert_eq!(field("name"), (text("B"), Some(text("A")), None));
    assert_eq!(field("fax"), (text("1"), Some(text("0")), None));
    assert_eq!(field("address1_city"), (text("Paris"), None, Some(Kept::ChangedSince)));
    carry_out(&mut world, &plan, None);
    assert_eq!(world.dataverse.get(account, "name"), text("A"));
    assert_eq!(world.dataverse.get(account, "address1_city"), text("Paris"));
    // The edit that was left alone is still brought by the next run.
    let next = world.synchronize();
    let brings =
        |it: &&couplet_engine::planning::Action| it.record == Some(SystemId(customer)) && it.writes();
    assert_eq!(next.plan.actions.iter().filter(brings).count(), 1);
    assert_eq!(world.business_central.get(customer, "City"), text("Paris"));
}

#[test]
fn the_next_run_does_not_do_again_what_was_taken_back() {
    let mut world = World::customers();
    let (customer, account) = world.pair("A");
    world.edit(BC, customer, &[("Name", text("B"))]);
    let ran = world.synchronize();
    let plan = plan(&world, &ran.settlements, CreatedRecords::Kept);
    carry_out(&mut world, &plan, None);
    assert!(world.synchronize().plan.actions.iter().all(|it| !it.writes()));
    assert_eq!(world.dataverse.get(account, "name"), text("A"));
    world.edit(BC, customer, &[("City", text("Lyon"))]);
    world.synchronize();
    assert_eq!(world.dataverse.get(account, "name"), text("B"));
}

#[test]
fn created_records_stay_unless_their_deletion_is_asked_for() {
    let mut world = World::customers();
    let (left, changed) = (world.customer("left"), world.customer("changed"));
    let ran = world.run(&Run::full(&world.mapping)).unwrap();
    let row_of = |world: &World, record| world.coupling(record).unwrap().coupling.row.id().0;
    let (row_left, row_changed) = (row_of(&world, left), row_of(&world, changed));
    // A column that no field mapping knows.
    world.edit(DV, row_changed, &[("description", text("mine"))]);
    let summary = |plan: &Plan| -> Vec<_> {
        let mut found: Vec<_> =
            plan.actions.iter().map(|it| (it.record.unwrap().0, it.kind, it.reason.clone())).collect();
        found.sort_by_key(|it| it.0);
        found
    };
    let kept = plan(&world, &ran.settlements, CreatedRecords::Kept);
    let uncoupled = |record, why| (record, ActionKind::RemoveCoupling, Reason::LeftAlone(why));
    let expected = vec![uncoupled(left, LeftAlone::Created), uncoupled(changed, LeftAlone::Created)];
    assert_eq!(summary(&kept), expected);
    let deleted = plan(&world, &ran.settlements, CreatedRecords::Deleted);
    let expected =
        vec![(left, ActionKind::Delete, Reason::TakenBack), uncoupled(changed, LeftAlone::ChangedSince)];
    assert_eq!(summary(&deleted), expected);
    carry_out(&mut world, &deleted, None);
    assert!(world.state.couplings.is_empty());
    assert_eq!(world.dataverse.rows.keys().collect::<Vec<_>>(), [&row_changed]);
    assert!(!world.dataverse.rows.contains_key(&row_left));
}

#[test]
fn a_restored_record_goes_and_the_coupling_to_the_deleted_one_comes_back() {
    let mut world = World::customers();
    world.mapping.deletion_conflict_resolution = DeletionConflictResolution::RestoreRecords;
    let (customer, account) = world.pair("A");
    world.delete(DV, account);
    world.edit(BC, customer, &[("Name", text("B"))]);
    let ran = world.synchronize();
    assert_eq!(ran.to.inserted, 1);
    let plan = plan(&world, &ran.settlements, CreatedRecords::Deleted);
    let (_, counters) = carry_out(&mut world, &plan, None);
    assert_eq!((counters.deleted, counters.coupled), (1, 1));
    assert_eq!(pairs(&world.state.couplings), [(SystemId(customer), RowId(account))]);
    assert!(world.dataverse.rows.is_empty());
}

#[test]
fn a_refusal_leaves_the_coupling_without_a_failure() {
    let mut world = World::customers();
    let (customer, _) = world.pair("A");
    world.edit(BC, customer, &[("Name", text("B"))]);
    let ran = world.synchronize();
    let before = world.coupling(customer).cloned();
    let plan = plan(&world, &ran.settlements, CreatedRecords::Kept);
    let mut counters = Counters::default();
    let refused = couplet_engine::planning::Outcome::Refused { text: "403".into() };
    let (table, job) = (world.table_number(), JobId(Uuid::from_u128(9)));
    settle(&mut world.state, table, job, &plan.actions[0], &refused, &mut counters);
    assert_eq!(counters.failed, 1);
    assert_eq!(world.coupling(customer).cloned(), before);
}

#[test]
fn what_has_to_be_read_is_what_was_written_and_its_partner() {
    let mut world = World::customers();
    let (customer, account) = world.pair("A");
    world.pair("untouched");
    world.edit(BC, customer, &[("Name", text("B"))]);
    let ran = world.synchronize();
    let reads = undo_reads(&ran.settlements);
    assert_eq!(reads.records.into_iter().collect::<Vec<_>>(), [SystemId(customer)]);
    assert_eq!(reads.rows.into_iter().collect::<Vec<_>>(), [RowId(account)]);
    assert_eq!(reads.fields, ["Name".into()]);
    assert!(reads.columns.contains(&"name".into()), "{:?}", reads.columns);
}
