//! What holds for every plan, on random pairs of tables with random edits, strategies and directions.

use couplet_engine::coupling::SystemId;
use couplet_engine::planning::{
    ActionKind, Creation, DecidedBy, Reason, Run, Selection, UpdateConflicts, Winner,
};
use couplet_engine::{
    DeletionConflictResolution, Direction, FieldMappingStatus, Side, UpdateConflictResolution, Value,
};
use proptest::prelude::*;
use uuid::Uuid;

use crate::scenarios::{BC, DV};
use crate::world::{World, kinds, text};

/// Fields that random edits touch: Business Central name, Dataverse name.
const FIELDS: [(&str, &str); 4] = [
    ("Name", "name"),
    ("City", "address1_city"),
    ("Fax No.", "fax"),
    // Sent only, as in the standard setup.
    ("Credit Limit (LCY)", "creditlimit"),
];

#[derive(Debug, Clone, Copy)]
pub(crate) enum Step {
    Customer,
    Account,
    Pair,
    Edit { side: Side, which: usize, field: usize, value: u8 },
    Delete { side: Side, which: usize },
    Block { which: usize },
    Uncouple { which: usize },
}

fn side() -> impl Strategy<Value = Side> {
    prop_oneof![Just(BC), Just(DV)]
}

pub(crate) fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        1 => Just(Step::Customer),
        1 => Just(Step::Account),
        3 => Just(Step::Pair),
        8 => (side(), 0..20_usize, 0..FIELDS.len(), 0..4_u8)
            .prop_map(|(side, which, field, value)| Step::Edit { side, which, field, value }),
        1 => (side(), 0..20_usize).prop_map(|(side, which)| Step::Delete { side, which }),
        1 => (0..20_usize).prop_map(|which| Step::Block { which }),
        1 => (0..20_usize).prop_map(|which| Step::Uncouple { which }),
    ]
}

fn by_field() -> UpdateConflicts {
    UpdateConflicts::ByField { decisions: Default::default() }
}

pub(crate) fn world() -> impl Strategy<Value = World> {
    let directions = prop_oneof![
        4 => Just(Direction::Bidirectional),
        1 => Just(Direction::ToIntegrationTable),
        1 => Just(Direction::FromIntegrationTable),
    ];
    let update = prop_oneof![
        2 => Just(UpdateConflictResolution::None),
        1 => Just(UpdateConflictResolution::SendUpdateToIntegration),
        1 => Just(UpdateConflictResolution::GetUpdateFromIntegration),
    ];
    let deletion = prop_oneof![
        Just(DeletionConflictResolution::None),
        Just(DeletionConflictResolution::RestoreRecords),
        Just(DeletionConflictResolution::RemoveCoupling),
    ];
    let settings = (directions, update, deletion, any::<[bool; 3]>());
    (prop::collection::vec(step(), 1..40), settings).prop_map(
        |(steps, (direction, update, deletion, flags))| {
            let mut world = World::customers();
            world.mapping.direction = direction;
            world.mapping.update_conflict_resolution = update;
            world.mapping.deletion_conflict_resolution = deletion;
            world.mapping.synch_only_coupled_records = flags[0];
            if flags[1] {
                world.settings.update_conflicts = by_field();
            }
            if flags[2] {
                world.settings.integration_user = Some(Uuid::from_u128(0xB07));
            }
            for (number, step) in steps.into_iter().enumerate() {
                take(&mut world, step, number);
            }
            world
        },
    )
}

pub(crate) fn take(world: &mut World, step: Step, number: usize) {
    let nth = |world: &World, side: Side, which: usize| {
        let rows = match side {
            Side::BusinessCentral => &world.business_central.rows,
            Side::Dataverse => &world.dataverse.rows,
        };
        let n = rows.len();
        rows.keys().nth(which % n.max(1)).copied()
    };
    match step {
        Step::Customer => drop(world.customer(&format!("customer {number}"))),
        Step::Account => drop(world.account(&format!("account {number}"))),
        Step::Pair => drop(world.pair(&format!("pair {number}"))),
        Step::Edit { side, which, field, value } => {
            let Some(id) = nth(world, side, which) else { return };
            let (name, column) = FIELDS[field];
            let value = match field {
                3 => Value::Decimal(i64::from(value).into()),
                _ => text(&format!("value {value}")),
            };
            world.edit(side, id, &[(if side == BC { name } else { column }, value)]);
        }
        Step::Delete { side, which } => {
            if let Some(id) = nth(world, side, which) {
                world.delete(side, id);
            }
        }
        Step::Block { which } => {
            if let Some(id) = nth(world, BC, which) {
                world.edit(BC, id, &[("Blocked", Value::Option(3))]);
            }
        }
        Step::Uncouple { which } => {
            if let Some(id) = nth(world, BC, which) {
                world.state.couplings.remove(SystemId(id));
            }
        }
    }
}

/// Columns that a run may write beside the mapped ones.
const GIVEN: [&str; 5] = ["bcbi_companyid", "ownerid", "owneridtype", "customertypecode", "Blocked"];

/// Names of the fields that a run in the mapping's direction may write on a side.
fn writable(world: &World, side: Side) -> Vec<String> {
    let (opposite, own) = match side {
        Side::BusinessCentral => (Direction::ToIntegrationTable, world.mapping.direction),
        Side::Dataverse => (Direction::FromIntegrationTable, world.mapping.direction),
    };
    if own == opposite {
        return Vec::new();
    }
    let fields = world
        .mapping
        .field_mappings
        .iter()
        .filter(|field| field.status == FieldMappingStatus::Enabled && field.direction != opposite);
    let name = |field: &couplet_engine::FieldMapping| match side {
        Side::BusinessCentral => field.field.clone(),
        Side::Dataverse => field.column.clone(),
    };
    fields.filter_map(name).chain(GIVEN.map(str::to_owned)).collect()
}

fn check_writes(before: &World, after: &World, side: Side) -> Result<(), TestCaseError> {
    let (old, new) = match side {
        Side::BusinessCentral => (&before.business_central, &after.business_central),
        Side::Dataverse => (&before.dataverse, &after.dataverse),
    };
    let writable = writable(before, side);
    for (id, row) in &new.rows {
        for (name, value) in &row.values {
            if old.get(*id, name) != *value {
                prop_assert!(writable.contains(name), "{side:?} {name} was written");
            }
        }
    }
    prop_assert!(old.rows.keys().all(|id| new.rows.contains_key(id)), "a record was deleted");
    prop_assert!(!writable.is_empty() || old.rows == new.rows, "{side:?} was written against the direction");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// What a run did is not planned again: nothing is written a second time.
    #[test]
    fn a_plan_after_its_application_writes_nothing(mut world in world()) {
        // A record whose coupling was removed is created anew by the next run, unless only coupled ones are taken:
        // that is what S1.11 warns of and S4.13 says.
        prop_assume!(
            world.mapping.deletion_conflict_resolution != DeletionConflictResolution::RemoveCoupling
                || world.mapping.synch_only_coupled_records
        );
        let first = world.synchronize();
        let second = world.synchronize();
        // Who loses a conflict as a whole sends its one-way fields with the next run (S4.18, S4.24).
        let lost = first.plan.actions.iter().any(|it| it.reason == Reason::ConflictLost);
        prop_assert!(lost || second.plan.actions.iter().all(|it| !it.writes()), "{:?}", kinds(&second.plan));
        // Once failures are shelved there is nothing left at all; conflicts by field wait for a person.
        let third = world.synchronize();
        prop_assert!(third.plan.actions.iter().all(|it| !it.writes()), "{:?}", kinds(&third.plan));
        let rest = third.plan.actions.iter().filter(|it| it.kind == ActionKind::Fail).count();
        prop_assert_eq!(rest, 0, "{:?}", kinds(&third.plan));
    }

    #[test]
    fn nothing_outside_mapping_and_direction_is_written(world in world(), full in any::<bool>()) {
        let mut after = world.clone();
        let run = if full { Run::full(&world.mapping) } else { Run::scheduled(&world.mapping) };
        after.run(&run).unwrap();
        check_writes(&world, &after, BC)?;
        check_writes(&world, &after, DV)?;
    }

    /// Only records inside the filter, and those whose last run failed, are looked at.
    #[test]
    fn nothing_outside_the_filter_is_planned(world in world()) {
        for run in [Run::scheduled(&world.mapping), Run::full(&world.mapping)] {
            let plan = world.plan(&run).unwrap();
            for action in plan.actions.iter().filter(|it| it.pass.source() == BC) {
                let id = action.record.unwrap().0;
                prop_assert_eq!(world.business_central.get(id, "Blocked"), Value::Option(0));
            }
            for action in plan.actions.iter().filter(|it| it.pass.source() == DV) {
                let id = action.row.unwrap().0;
                prop_assert_eq!(world.dataverse.get(id, "customertypecode"), Value::Option(3));
            }
        }
    }

    #[test]
    fn the_same_input_gives_the_same_plan_in_any_order_of_rows(world in world()) {
        let run = Run { creation: Creation::Allowed, selection: Selection::All, ..Run::scheduled(&world.mapping) };
        let plan = world.plan(&run).unwrap();
        prop_assert_eq!(&plan, &world.plan(&run).unwrap());
        let mut reversed = world.clone();
        reversed.reversed = true;
        // Couplings kept in another order come to the same as well.
        reversed.state.couplings = Default::default();
        let mut states: Vec<_> = world.state.couplings.iter().cloned().collect();
        states.sort_by_key(|state| std::cmp::Reverse(state.coupling.row.id()));
        for state in states {
            reversed.state.couplings.insert(state);
        }
        prop_assert_eq!(&plan, &reversed.plan(&run).unwrap());
    }

    /// The same two-way field edited on both sides stays as it is and is reported, as long as nothing says who wins.
    #[test]
    fn no_conflict_is_resolved_silently(mut world in world()) {
        world.mapping.direction = Direction::Bidirectional;
        world.mapping.update_conflict_resolution = UpdateConflictResolution::None;
        world.settings.integration_user = None;
        let mut contested = Vec::new();
        for state in world.state.couplings.iter() {
            let (record, row) = (state.record_end().unwrap().id().0, state.coupling.row.id().0);
            let Some(last) = &state.last else { continue };
            for (name, column) in &FIELDS[..3] {
                let now = (world.business_central.get(record, name), world.dataverse.get(row, column));
                let edited = (last.get(BC, name) != Some(&now.0), last.get(DV, column) != Some(&now.1));
                let inside = world.business_central.get(record, "Blocked") == Value::Option(0);
                let exist = world.business_central.rows.contains_key(&record) && world.dataverse.rows.contains_key(&row);
                if edited == (true, true) && now.0 != now.1 && inside && exist {
                    contested.push((record, row, *name, *column, now));
                }
            }
        }
        let ran = world.synchronize();
        for (record, row, name, column, now) in contested {
            prop_assert_eq!(world.business_central.get(record, name), now.0);
            prop_assert_eq!(world.dataverse.get(row, column), now.1);
            let reported = ran.plan.actions.iter().any(|it| {
                it.kind == ActionKind::Conflict && it.record.is_some_and(|it| it.0 == record)
            });
            prop_assert!(reported, "{:?}", kinds(&ran.plan));
        }
    }

    /// Merge by field: an edit of one side only reaches the other side, whatever else was edited there.
    #[test]
    fn edits_of_different_fields_both_arrive(edits in prop::collection::vec((side(), 0..3_usize, 0..3_u8), 1..8)) {
        let mut world = World::customers();
        world.settings.update_conflicts = by_field();
        let (customer, account) = world.pair("start");
        let mut editors: [Vec<Side>; 3] = Default::default();
        for (side, field, value) in edits {
            let value = text(&format!("{side:?} {value}"));
            let (name, column) = FIELDS[field];
            let (id, name) = if side == BC { (customer, name) } else { (account, column) };
            world.edit(side, id, &[(name, value)]);
            editors[field].push(side);
        }
        let before = world.clone();
        let ran = world.synchronize();
        let mut n_conflicts = 0;
        for (field, sides) in editors.iter().enumerate() {
            let (name, column) = FIELDS[field];
            let now = (world.business_central.get(customer, name), world.dataverse.get(account, column));
            let old = (before.business_central.get(customer, name), before.dataverse.get(account, column));
            match (sides.contains(&BC), sides.contains(&DV)) {
                (true, true) => {
                    prop_assert_eq!(&now, &old);
                    n_conflicts += 1;
                }
                (true, false) => prop_assert_eq!(&now, &(old.0.clone(), old.0)),
                (false, true) => prop_assert_eq!(&now, &(old.1.clone(), old.1)),
                (false, false) => prop_assert!(now == old),
            }
        }
        let reported: Vec<usize> = ran.plan.actions.iter()
            .filter(|it| it.kind == ActionKind::Conflict)
            .map(|it| it.fields.len())
            .collect();
        prop_assert!(reported.iter().all(|n| *n == n_conflicts), "{reported:?} {n_conflicts}");
        prop_assert_eq!(reported.is_empty(), n_conflicts == 0);
    }
}

/// A person's decision, and a remembered one, settle a field; the rest of the record is not asked.
#[test]
fn a_decision_settles_one_field() {
    for (remembered, winner, expected) in [
        (false, Winner::BusinessCentral, "2"),
        (false, Winner::Dataverse, "3"),
        (true, Winner::Dataverse, "3"),
    ] {
        let mut world = World::customers();
        world.settings.update_conflicts = by_field();
        let (customer, account) = world.pair("A");
        world.edit(BC, customer, &[("Fax No.", text("2")), ("Name", text("B"))]);
        world.edit(DV, account, &[("fax", text("3")), ("address1_city", text("Lyon"))]);
        let ran = world.synchronize();
        assert_eq!(ran.plan.actions.iter().filter(|it| it.kind == ActionKind::Conflict).count(), 2);
        assert_eq!(world.dataverse.get(account, "name"), text("B"));
        assert_eq!(world.business_central.get(customer, "City"), text("Lyon"));
        assert_eq!(world.dataverse.get(account, "fax"), text("3"));
        let fax = world.field_mapping("fax").clone();
        world.settings.update_conflicts = if remembered {
            world.field_mapping("fax").update_conflict_resolution = winner.resolution();
            // Nobody has to ask for it.
            UpdateConflicts::WholeRecord
        } else {
            UpdateConflicts::ByField {
                decisions: [((SystemId(customer), fax.number), winner)].into_iter().collect(),
            }
        };
        let ran = world.synchronize();
        let decided = ran.plan.actions.iter().flat_map(|it| &it.fields).find_map(|it| it.decided);
        let expected_by = if remembered { DecidedBy::FieldMapping } else { DecidedBy::Person };
        assert_eq!(decided, Some(expected_by));
        assert_eq!(world.business_central.get(customer, "Fax No."), text(expected));
        assert_eq!(world.dataverse.get(account, "fax"), text(expected));
        assert!(world.synchronize().plan.is_empty());
    }
}
