//! Where both sides of a mapping stand, on worlds with random edits: the classes add up, and they say what a run would
//! do.

use couplet_engine::coupling::{RowId, SystemId};
use couplet_engine::matching::MatchError;
use couplet_engine::parity::{Ambiguity, Assessment, Parity, ParityClass};
use couplet_engine::planning::{Comparison, FieldState, Input, Mode, Pass, Planner, Run, Selection};
use couplet_engine::{Direction, Side, Value};
use proptest::prelude::*;
use uuid::Uuid;

use crate::properties;
use crate::scenarios::{BC, DV};
use crate::world::{World, text};

fn with_input<T>(world: &World, f: impl FnOnce(Input<'_>) -> T) -> T {
    let views = world.views();
    let run = Run::scheduled(&world.mapping);
    f(world.input(&run, &views))
}

fn assess(world: &World) -> Parity {
    with_input(world, |input| Assessment::finish_now(input).unwrap())
}

/// The class of a record by its id: rows stand in the order of the ids.
fn class(world: &World, parity: &Parity, side: Side, id: Uuid) -> ParityClass {
    parity.class(side, place(world, side, id)).unwrap()
}

fn place(world: &World, side: Side, id: Uuid) -> usize {
    let table = match side {
        Side::BusinessCentral => &world.business_central,
        Side::Dataverse => &world.dataverse,
    };
    let place = table.rows.keys().position(|it| *it == id).unwrap();
    if world.reversed { table.rows.len() - 1 - place } else { place }
}

fn counts(parity: &Parity, side: Side) -> [usize; 6] {
    ParityClass::ALL.map(|class| parity.count(side, class))
}

#[test]
fn each_record_is_in_its_class() {
    let mut world = World::customers();
    let (equal, equal_row) = world.pair("Equal");
    let (different, different_row) = world.pair("Different");
    world.edit(DV, different_row, &[("address1_city", text("Lyon"))]);
    let (lonely, gone_row) = world.pair("Partner deleted");
    world.delete(DV, gone_row);
    let (gone, lonely_row) = world.pair("Record deleted");
    world.delete(BC, gone);
    let (lost, lost_row) = world.pair("Both deleted");
    world.delete(BC, lost);
    world.delete(DV, lost_row);
    let only_record = world.customer("Only in Business Central");
    let only_row = world.account("Only in Dataverse");
    let blocked = world.customer("Blocked");
    world.edit(BC, blocked, &[("Blocked", Value::Option(3))]);
    let foreign = world.account("Of nobody");
    world.edit(DV, foreign, &[("bcbi_companyid", Value::Guid(Uuid::from_u128(0xF0)))]);
    let twins = (world.customer("Twin"), world.account("Twin"), world.account("Twin"));

    world.field_mapping("name").use_for_match_based_coupling = true;
    let parity = assess(&world);
    let expected = [
        (BC, equal, ParityClass::Equal),
        (DV, equal_row, ParityClass::Equal),
        (BC, different, ParityClass::Different),
        (DV, different_row, ParityClass::Different),
        (BC, lonely, ParityClass::Broken),
        (DV, lonely_row, ParityClass::Broken),
        (BC, only_record, ParityClass::OnlyHere),
        (DV, only_row, ParityClass::OnlyHere),
        (BC, blocked, ParityClass::Excluded),
        (DV, foreign, ParityClass::Excluded),
        (BC, twins.0, ParityClass::Ambiguous),
        (DV, twins.1, ParityClass::Ambiguous),
        (DV, twins.2, ParityClass::Ambiguous),
    ];
    for (side, id, expected) in expected {
        assert_eq!(class(&world, &parity, side, id), expected, "{side:?} {id}");
    }
    assert_eq!(parity.lost, [SystemId(lost)]);
    let city = world.mapping.field_mappings.iter().find(|it| it.column.as_deref() == Some("address1_city"));
    assert_eq!(parity.fields_out_of_step(), [(city.unwrap().number, 1)]);
    assert_eq!(parity.candidates(BC, place(&world, BC, twins.0)).len(), 2);
    assert!(matches!(&parity.ambiguity, Ambiguity::ByCriteria(fields) if fields.len() == 1));
}

#[test]
fn one_changed_record_moves_one_unit() {
    let mut world = World::customers();
    let pairs: Vec<_> = (0..5).map(|number| world.pair(&format!("pair {number}"))).collect();
    assert_eq!(counts(&assess(&world), BC), [5, 0, 0, 0, 0, 0]);
    world.edit(BC, pairs[2].0, &[("City", text("Bern"))]);
    assert_eq!(counts(&assess(&world), BC), [4, 1, 0, 0, 0, 0]);
    world.synchronize();
    assert_eq!(counts(&assess(&world), BC), [5, 0, 0, 0, 0, 0]);
}

#[test]
fn coupled_records_outside_the_filter_are_told() {
    let mut world = World::customers();
    let (record, _) = world.pair("Blocked later");
    world.edit(BC, record, &[("Blocked", Value::Option(3))]);
    let parity = assess(&world);
    assert_eq!(parity.count(BC, ParityClass::Equal), 1);
    assert_eq!(parity.count_outside(BC, ParityClass::Equal), 1);
    assert!(parity.is_outside(BC, 0) && !parity.is_outside(DV, 0));
}

#[test]
fn one_possible_partner_is_named_and_one_row_for_two_records_is_ambiguous() {
    let mut world = World::customers();
    world.field_mapping("name").use_for_match_based_coupling = true;
    let (record, row) = (world.customer("Unique"), world.account("Unique"));
    let wanted = (world.customer("Wanted"), world.customer("Wanted"), world.account("Wanted"));
    let parity = assess(&world);
    assert_eq!(class(&world, &parity, BC, record), ParityClass::OnlyHere);
    assert_eq!(parity.candidates(BC, place(&world, BC, record)), [place(&world, DV, row) as u32]);
    for (side, id) in [(BC, wanted.0), (BC, wanted.1), (DV, wanted.2)] {
        assert_eq!(class(&world, &parity, side, id), ParityClass::Ambiguous);
    }
    assert_eq!(parity.candidates(DV, place(&world, DV, wanted.2)).len(), 2);
}

#[test]
fn without_criteria_the_key_tells_and_without_key_nothing_is_said() {
    let mut world = World::customers();
    world.customer("Same");
    world.account("Same");
    world.account("Same");
    let parity = assess(&world);
    assert!(matches!(&parity.ambiguity, Ambiguity::ByKey(_)), "{:?}", parity.ambiguity);
    assert_eq!(parity.count(BC, ParityClass::Ambiguous), 1);
    world.mapping.field_mappings.retain(|it| !matches!(it.column.as_deref(), Some("name" | "accountnumber")));
    let parity = assess(&world);
    assert_eq!(parity.ambiguity, Ambiguity::NotJudged(MatchError::NoCriterion));
    assert_eq!(parity.count(BC, ParityClass::Ambiguous), 0);
}

#[test]
fn a_field_out_of_reach_is_named_and_not_compared() {
    let mut world = World::customers();
    let (_, row) = world.pair("Pair");
    world.edit(DV, row, &[("address1_city", text("Lyon"))]);
    let field = world.business_central.schema.fields.iter_mut().find(|it| it.name == "City").unwrap();
    field.access = couplet_engine::FieldAccess::OutOfReach;
    let parity = assess(&world);
    assert_eq!(parity.count(BC, ParityClass::Equal), 1);
    assert!(parity.left_out.iter().any(|it| it.field == "City"), "{:?}", parity.left_out);
}

#[test]
fn a_value_that_no_run_can_make_is_out_of_step_with_its_reason() {
    let mut world = World::customers();
    let (record, row) = world.pair("Pair");
    world.edit(BC, record, &[("Currency Code", text("USD"))]);
    let fields = with_input(&world, |input| {
        let comparison = Comparison::bind(input).unwrap();
        comparison.compare(place(&world, BC, record), place(&world, DV, row))
    });
    let unknown: Vec<_> = fields.iter().filter(|it| matches!(it.state, FieldState::Unknown(_))).collect();
    assert_eq!(unknown.len(), 1);
    assert_eq!(unknown[0].values.field.as_deref(), Some("Currency Code"));
    assert_eq!(assess(&world).count(BC, ParityClass::Different), 1);
}

#[test]
fn a_two_way_field_that_one_direction_finds_the_same_is_in_step() {
    let mut world = World::customers();
    let (record, row) = world.pair("Pair");
    // Business Central stores codes in upper case: the text that Dataverse holds becomes the code that is there.
    let post_code =
        world.mapping.field_mappings.iter().find(|it| it.column.as_deref() == Some("address1_postalcode"));
    assert_eq!(post_code.unwrap().direction, Direction::Bidirectional);
    world.edit(BC, record, &[("Post Code", text("SW1A"))]);
    world.edit(DV, row, &[("address1_postalcode", text("sw1a"))]);
    assert_eq!(assess(&world).count(BC, ParityClass::Equal), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn the_classes_add_up_to_both_totals(world in properties::world()) {
        let parity = assess(&world);
        prop_assert_eq!(counts(&parity, BC).iter().sum::<usize>(), world.business_central.rows.len());
        prop_assert_eq!(counts(&parity, DV).iter().sum::<usize>(), world.dataverse.rows.len());
        for class in [ParityClass::Equal, ParityClass::Different] {
            prop_assert_eq!(parity.count(BC, class), parity.count(DV, class));
        }
    }

    /// A forced run in one direction writes to exactly the pairs that are different.
    #[test]
    fn different_is_what_a_forced_run_would_write(world in properties::world()) {
        let mut world = world;
        world.mapping.direction = Direction::ToIntegrationTable;
        let parity = assess(&world);
        let run = Run { mode: Mode::Forced, selection: everything(&world), ..Run::scheduled(&world.mapping) };
        let views = world.views();
        let plan = Planner::bind(world.input(&run, &views)).unwrap().plan();
        for action in plan.actions.iter().filter(|it| it.pass == Pass::ToIntegrationTable) {
            let state = action.record.and_then(|record| world.state.couplings.get(record));
            let is_pair = state.is_some_and(|state| world.dataverse.rows.contains_key(&state.coupling.row.id().0));
            let shelved = state.is_some_and(|state| state.coupling.skipped == couplet_engine::coupling::Skipped::Yes);
            if is_pair && !shelved {
                let place = place(&world, BC, action.record.unwrap().0);
                let is_different = parity.class(BC, place) == Some(ParityClass::Different);
                prop_assert_eq!(is_different, action.writes(), "{:?}", action);
            }
        }
    }

    #[test]
    fn the_order_of_rows_does_not_matter(world in properties::world()) {
        let mut reversed = world.clone();
        reversed.reversed = !world.reversed;
        prop_assert_eq!(counts(&assess(&world), BC), counts(&assess(&reversed), BC));
        prop_assert_eq!(counts(&assess(&world), DV), counts(&assess(&reversed), DV));
    }
}

fn everything(world: &World) -> Selection {
    Selection::Chosen {
        records: world.business_central.rows.keys().map(|id| SystemId(*id)).collect(),
        rows: world.dataverse.rows.keys().map(|id| RowId(*id)).collect(),
    }
}
