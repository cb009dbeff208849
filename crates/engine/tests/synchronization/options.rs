//! Option mappings: payment terms against the values of a choice (S4.60 to S4.64).

use couplet_engine::coupling::{CouplingEnd, JobId, LastRun, OptionCoupling, Skipped, SynchResult, SystemId};
use couplet_engine::planning::{
    ActionKind, Choice, OptionInput, OptionPlan, PlanError, Run, Selection, plan_options,
};
use couplet_engine::{DeletionConflictResolution, Direction, OwnershipModel};
use jiff::Timestamp;
use rustc_hash::FxHashSet;
use uuid::Uuid;

use crate::scenarios::BC;
use crate::world::{World, records, text};

/// Payment terms with couplings: codes, and the value each is coupled to as of its last change.
fn world(codes: &[(&str, Option<i32>)]) -> (World, Vec<OptionCoupling>) {
    let mut world = World::new("PAYMENT TERMS", OwnershipModel::Team);
    let mut couplings = Vec::new();
    for (code, value) in codes {
        let id = world.add(BC, &[("Code", text(code))]);
        let run = LastRun { result: SynchResult::Success, job: JobId(Uuid::from_u128(1)) };
        let seen = Timestamp::from_millisecond(world.business_central.rows[&id].modified_at).unwrap();
        couplings.extend(value.map(|value| OptionCoupling {
            table: 3,
            record: CouplingEnd::new(SystemId(id)).synchronized(Some(seen), run),
            integration_table: "account".to_owned(),
            column: "paymenttermscode".to_owned(),
            value,
            label: (*code).to_owned(),
            last_run_to_integration: Some(run),
            skipped: Skipped::No,
        }));
    }
    (world, couplings)
}

/// What earlier runs left behind beside couplings.
#[derive(Default)]
struct Before {
    watermark: Option<Timestamp>,
    failed: FxHashSet<SystemId>,
}

fn plan(
    world: &World,
    couplings: &[OptionCoupling],
    choices: &[(i32, &str)],
) -> Result<OptionPlan, PlanError> {
    plan_of(world, &Run::scheduled(&world.mapping), couplings, choices, &Before::default())
}

fn plan_of(
    world: &World,
    run: &Run,
    couplings: &[OptionCoupling],
    choices: &[(i32, &str)],
    before: &Before,
) -> Result<OptionPlan, PlanError> {
    let choices: Vec<Choice> =
        choices.iter().map(|(value, label)| Choice { value: *value, label: (*label).into() }).collect();
    let views = world.views();
    plan_options(OptionInput {
        mapping: &world.mapping,
        run,
        business_central: records(&views.0, "SystemModifiedAt", None),
        choices: &choices,
        couplings,
        local_watermark: before.watermark,
        failed_records: &before.failed,
        now: world.now(),
    })
}

fn told(plan: &OptionPlan) -> Vec<(ActionKind, Option<i32>, Option<&str>)> {
    plan.actions.iter().map(|it| (it.kind, it.value, it.write.as_deref())).collect()
}

#[test]
fn codes_become_values_and_labels() {
    let (mut world, couplings) = world(&[("30 DAYS", Some(1)), ("45 DAYS", Some(2)), ("COD", None)]);
    world.mapping.synch_only_coupled_records = false;
    let renamed = couplings[1].record.id().0;
    world.edit(BC, renamed, &[("Code", text("60 DAYS"))]);
    let plan = plan(&world, &couplings, &[(1, "30 DAYS"), (2, "45 DAYS")]).unwrap();
    assert_eq!(
        told(&plan),
        [
            (ActionKind::Unchanged, Some(1), None),
            (ActionKind::Update, Some(2), Some("60 DAYS")),
            (ActionKind::Create, None, Some("COD")),
        ]
    );
    assert_eq!((plan.counters.inserted, plan.counters.modified, plan.counters.unchanged), (1, 1, 1));
    assert_eq!(plan.watermark.unwrap().as_millisecond(), world.business_central.rows[&renamed].modified_at);
}

/// S2.30: what was chosen says nothing of the other changes, which the next run still has to look at.
#[test]
fn chosen_records_move_no_watermark() {
    let (world, couplings) = world(&[("30 DAYS", Some(1)), ("45 DAYS", Some(2))]);
    let records = [couplings[1].record.id()].into_iter().collect();
    let selection = Selection::Chosen { records, rows: FxHashSet::default() };
    let run = Run::chosen(&world.mapping, Direction::ToIntegrationTable, selection);
    let plan =
        plan_of(&world, &run, &couplings, &[(1, "30 DAYS"), (2, "45 DAYS")], &Before::default()).unwrap();
    assert_eq!((plan.actions.len(), plan.watermark), (1, None));
}

/// S2.32: a value that could not be added is added by a later run, although the watermark has passed its record.
#[test]
fn a_failed_creation_is_tried_again() {
    let (mut world, _) = world(&[("30 DAYS", None), ("45 DAYS", None)]);
    world.mapping.synch_only_coupled_records = false;
    let failed = world.business_central.rows.keys().copied().map(SystemId).next().unwrap();
    let before = Before { watermark: Some(world.now()), failed: [failed].into_iter().collect() };
    let plan = plan_of(&world, &Run::scheduled(&world.mapping), &[], &[], &before).unwrap();
    assert_eq!(
        plan.actions.iter().map(|it| (it.kind, it.record)).collect::<Vec<_>>(),
        [(ActionKind::Create, Some(failed))]
    );
}

#[test]
fn uncoupled_codes_are_passed_over_by_default() {
    let (world, couplings) = world(&[("30 DAYS", None)]);
    let plan = plan(&world, &couplings, &[]).unwrap();
    assert_eq!((plan.actions.len(), plan.n_not_coupled), (0, 1));
}

#[test]
fn labels_become_codes_cut_to_their_length() {
    let (mut world, mut couplings) = world(&[("30 DAYS", Some(1)), ("OLD", Some(2))]);
    world.mapping.direction = Direction::FromIntegrationTable;
    world.mapping.synch_only_coupled_records = false;
    couplings[0].skipped = Skipped::Yes;
    let choices = [(1, "Net 30"), (2, "Net 45 days end of month"), (3, "Prepaid")];
    let plan = plan(&world, &couplings, &choices).unwrap();
    assert_eq!(
        told(&plan),
        [
            (ActionKind::Skip, Some(1), None),
            (ActionKind::Update, Some(2), Some("NET 45 DAY")),
            (ActionKind::Create, Some(3), Some("PREPAID")),
        ]
    );
    assert_eq!(plan.watermark, Some(world.now()));
}

#[test]
fn a_deleted_value_follows_the_strategy() {
    for (resolution, kind, write) in [
        (DeletionConflictResolution::None, ActionKind::Fail, None),
        (DeletionConflictResolution::RestoreRecords, ActionKind::Restore, Some("30 DAYS")),
        (DeletionConflictResolution::RemoveCoupling, ActionKind::RemoveCoupling, None),
    ] {
        let (mut world, couplings) = world(&[("30 DAYS", Some(1))]);
        world.mapping.deletion_conflict_resolution = resolution;
        assert_eq!(told(&plan(&world, &couplings, &[]).unwrap()), [(kind, Some(1), write)]);
    }
}

#[test]
fn an_option_mapping_runs_one_way() {
    let (mut world, couplings) = world(&[]);
    world.mapping.direction = Direction::Bidirectional;
    assert_eq!(plan(&world, &couplings, &[]).unwrap_err(), PlanError::DirectionNotConfigured);
    let customers = World::customers();
    assert_eq!(plan(&customers, &couplings, &[]).unwrap_err(), PlanError::NotOptionMapping);
    let views = world.views();
    let run = Run::scheduled(&world.mapping);
    let bound = couplet_engine::planning::Planner::bind(world.input(&run, &views));
    assert_eq!(bound.unwrap_err(), PlanError::OptionMapping);
}
