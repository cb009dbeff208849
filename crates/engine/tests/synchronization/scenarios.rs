//! The scenarios of the reference that are about selecting, coupling, conflicts, fields, skipping and filters. Each test
//! is named after its scenario; where it does it in another way, `docs/differences.md` says why.

use couplet_engine::coupling::{RowId, Skipped, SynchResult, SystemId};
use couplet_engine::planning::{
    ActionKind, Creation, Currencies, Failure, LookupTable, Mode, Pass, PlanError, Reason, RelatedCompany,
    Run, Selection,
};
use couplet_engine::{
    DeletionConflictResolution, Direction, FieldMappingStatus, MappingName, OwnershipModel, Side, Template,
    UpdateConflictResolution, Value,
};
use jiff::Timestamp;
use rustc_hash::FxHashSet;
use uuid::Uuid;

use crate::world::{START, World, company, kinds, text};

pub(crate) const BC: Side = Side::BusinessCentral;
pub(crate) const DV: Side = Side::Dataverse;

pub(crate) fn chosen_records(ids: &[Uuid]) -> Selection {
    Selection::Chosen { records: ids.iter().map(|id| SystemId(*id)).collect(), rows: FxHashSet::default() }
}

pub(crate) fn chosen_rows(ids: &[Uuid]) -> Selection {
    Selection::Chosen { records: FxHashSet::default(), rows: ids.iter().map(|id| RowId(*id)).collect() }
}

pub(crate) fn one_way(mut world: World, direction: Direction) -> World {
    world.mapping.direction = direction;
    world
}

pub(crate) fn creating(mut world: World) -> World {
    world.mapping.synch_only_coupled_records = false;
    world
}

/// CUSTOMER under ownership model Person, with the salespeople `JR` (coupled) and `XX` (not).
pub(crate) fn with_salespeople() -> World {
    let mut world = World::new("CUSTOMER", OwnershipModel::Person);
    let mut users = LookupTable::new(MappingName::new("SALESPEOPLE").unwrap(), "systemuser");
    users.add("JR", Some(user()));
    users.add("XX", None);
    world.references.lookups.push(users);
    world
}

pub(crate) fn user() -> RowId {
    RowId(Uuid::from_u128(0x05E4))
}

pub(crate) fn moment(at: i64) -> Option<Timestamp> {
    Some(Timestamp::from_millisecond(at).unwrap())
}

#[track_caller]
pub(crate) fn only_failure(ran: &crate::world::Ran) -> Failure {
    let [action] = ran.plan.actions.as_slice() else { panic!("one action expected: {:?}", kinds(&ran.plan)) };
    match &action.reason {
        Reason::Failure(failure) => failure.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn syn_001_a_mapping_without_field_rows_fails_before_any_record() {
    let mut world = creating(World::customers());
    world.customer("A");
    world.mapping.field_mappings.clear();
    for direction in [Direction::ToIntegrationTable, Direction::FromIntegrationTable] {
        let run = Run { direction, ..Run::scheduled(&world.mapping) };
        assert_eq!(world.run(&run).unwrap_err(), PlanError::NoFieldMapping);
    }
    assert!(world.dataverse.rows.is_empty());
}

#[test]
fn syn_002_no_rows_is_a_success() {
    let mut world = World::customers();
    let ran = world.synchronize();
    assert!(ran.plan.actions.is_empty());
    assert_eq!((ran.to, ran.from), Default::default());
}

#[test]
fn syn_003_only_new_rows_are_inserted() {
    let mut world = creating(one_way(World::customers(), Direction::FromIntegrationTable));
    world.account("A");
    assert_eq!(world.synchronize().from.inserted, 1);
    world.account("B");
    world.account("C");
    assert_eq!(world.synchronize().from.inserted, 2);
    assert_eq!(world.business_central.rows.len(), 3);
}

#[test]
fn syn_004_a_changed_source_modifies() {
    let mut world = one_way(World::customers(), Direction::FromIntegrationTable);
    let (customer, account) = world.pair("A");
    world.clock += 86_400_000;
    world.edit(DV, account, &[("name", text("New"))]);
    assert_eq!(world.synchronize().from.modified, 1);
    assert_eq!(world.business_central.get(customer, "Name"), text("New"));
}

#[test]
fn syn_005_uncoupled_records_are_created_and_coupled_both_ways() {
    let mut world = creating(World::customers());
    let customer = world.customer("A");
    let account = world.account("B");
    let to = Run::create_new(Direction::ToIntegrationTable, chosen_records(&[customer]));
    assert_eq!(world.run(&to).unwrap().to.inserted, 1);
    let from = Run::create_new(Direction::FromIntegrationTable, chosen_rows(&[account]));
    assert_eq!(world.run(&from).unwrap().from.inserted, 1);
    let row = world.coupling(customer).unwrap().coupling.row.id();
    assert_eq!(world.dataverse.get(row.0, "name"), text("A"));
    let record = world.state.couplings.record_of(RowId(account)).unwrap();
    assert_eq!(world.business_central.get(record.0, "Name"), text("B"));
}

#[test]
fn syn_006_a_newer_source_updates_its_counterpart_both_ways() {
    for side in [BC, DV] {
        let mut world = World::customers();
        let (customer, account) = world.pair("A");
        let (id, name) = if side == BC { (customer, "Name") } else { (account, "name") };
        world.edit(side, id, &[(name, text("New"))]);
        let ran = world.synchronize();
        assert_eq!((ran.to.modified, ran.from.modified), if side == BC { (1, 0) } else { (0, 1) });
        assert_eq!(world.business_central.get(customer, "Name"), text("New"));
        assert_eq!(world.dataverse.get(account, "name"), text("New"));
    }
}

pub(crate) fn currencies() -> World {
    let mut world = World::new("CURRENCY", OwnershipModel::Team);
    world.references.currencies = Some(Currencies {
        local_code: "EUR".into(),
        base_code: "EUR".into(),
        base_symbol: "€".into(),
        precision: 2,
        factors: [("USD".into(), "1.1".parse().unwrap())].into_iter().collect(),
        local_row: None,
    });
    world
}

#[test]
fn syn_007_a_proposed_counterpart_is_coupled_instead_of_inserted() {
    let mut world = creating(currencies());
    let usd = world.add(BC, &[("Code", text("USD")), ("Description", text("US dollar"))]);
    let row = world.add(DV, &[("isocurrencycode", text("USD"))]);
    let ran = world.synchronize();
    assert_eq!((ran.to.modified, ran.to.inserted, ran.to.failed), (1, 0, 0));
    assert_eq!(world.coupling(usd).unwrap().coupling.row.id(), RowId(row));
    assert_eq!(world.dataverse.rows.len(), 1);
}

#[test]
fn syn_008_an_error_while_looking_for_the_counterpart_fails_the_record() {
    let mut world = creating(currencies());
    world.add(BC, &[("Code", text("USD"))]);
    world.add(DV, &[("isocurrencycode", text("USD"))]);
    world.add(DV, &[("isocurrencycode", text("USD"))]);
    let ran = world.synchronize();
    assert_eq!(only_failure(&ran), Failure::AmbiguousCounterpart { key: "USD".into() });
    assert_eq!(
        (ran.to.failed, ran.to.inserted, ran.to.modified, ran.to.unchanged, ran.to.skipped),
        (1, 0, 0, 0, 0)
    );
}

#[test]
fn syn_009_a_one_way_mapping_cannot_be_run_the_other_way() {
    let ways = [Direction::ToIntegrationTable, Direction::FromIntegrationTable];
    for (own, other) in [(ways[0], ways[1]), (ways[1], ways[0])] {
        let mut world = one_way(World::customers(), own);
        world.pair("A");
        let run = Run { direction: other, ..Run::scheduled(&world.mapping) };
        assert_eq!(world.run(&run).unwrap_err(), PlanError::DirectionNotConfigured);
    }
}

#[test]
fn syn_010_a_bidirectional_run_has_two_jobs() {
    for (direction, passes) in [
        (Direction::Bidirectional, vec![Pass::ToIntegrationTable, Pass::FromIntegrationTable]),
        (Direction::ToIntegrationTable, vec![Pass::ToIntegrationTable]),
        (Direction::FromIntegrationTable, vec![Pass::FromIntegrationTable]),
    ] {
        let ran = one_way(World::customers(), direction).synchronize();
        assert_eq!(ran.plan.passes.iter().map(|it| it.pass).collect::<Vec<_>>(), passes);
    }
}

#[test]
fn syn_011_a_bidirectional_run_fills_both_systems() {
    let mut world = creating(World::customers());
    for name in ["A", "B"] {
        world.customer(name);
        world.account(&format!("{name} of Dataverse"));
    }
    world.synchronize();
    assert_eq!((world.business_central.rows.len(), world.dataverse.rows.len()), (4, 4));
    assert_eq!(world.state.couplings.len(), 4);
}

#[test]
fn syn_012_uncoupled_sources_are_passed_over() {
    let mut world = World::customers();
    let (customer, account) = world.pair("Old name");
    world.account("Uncoupled");
    world.edit(DV, account, &[("name", text("New Name"))]);
    let ran = world.synchronize();
    assert_eq!(world.business_central.get(customer, "Name"), text("New Name"));
    assert_eq!(world.business_central.rows.len(), 1);
    assert_eq!(ran.plan.pass(Pass::FromIntegrationTable).unwrap().passed_over.not_coupled, 1);
}

#[test]
fn syn_013_a_from_run_moves_only_the_dataverse_watermark() {
    let mut world = creating(one_way(World::customers(), Direction::FromIntegrationTable));
    world.account("A");
    let last = world.account("B");
    world.synchronize();
    assert_eq!(world.state.integration_watermark, moment(world.dataverse.rows[&last].modified_at));
    assert_eq!(world.state.local_watermark, None);
}

#[test]
fn syn_014_the_watermark_filters_rows() {
    let mut world = creating(one_way(World::customers(), Direction::FromIntegrationTable));
    let first = world.account("A");
    let second = world.account("B");
    world.table(DV).rows.get_mut(&first).unwrap().modified_at = START;
    world.table(DV).rows.get_mut(&second).unwrap().modified_at = START + 3_000;
    let rows = |world: &World| {
        let plan = world.plan(&Run::scheduled(&world.mapping)).unwrap();
        plan.actions.iter().map(|action| action.row.unwrap().0).collect::<Vec<_>>()
    };
    assert_eq!(rows(&world), [first, second]);
    world.state.integration_watermark = moment(START + 2_000);
    assert_eq!(rows(&world), [second]);
}

#[test]
fn syn_015_nothing_to_synchronize_leaves_watermarks_alone() {
    for skew in [0, -300_000, 300_000] {
        let mut world = World::customers();
        world.skew = skew;
        let (customer, account) = world.pair("A");
        world.state.local_watermark = moment(world.business_central.rows[&customer].modified_at);
        world.state.integration_watermark = moment(world.dataverse.rows[&account].modified_at);
        let before = world.state.clone();
        let ran = world.synchronize();
        assert_eq!(ran.to, Default::default(), "skew {skew}");
        assert_eq!((ran.from.unchanged, ran.from.modified, ran.from.failed), (1, 0, 0), "skew {skew}");
        assert_eq!(world.state, before, "skew {skew}");
    }
}

#[test]
fn syn_016_two_changes_in_a_row_arrive_despite_clock_skew() {
    for (skew, integration_user) in
        [(-300_000, None), (300_000, None), (300_000, Some(Uuid::from_u128(0xB07)))]
    {
        let mut world = World::customers();
        world.skew = skew;
        world.settings.integration_user = integration_user;
        let (customer, account) = world.pair("A");
        for name in ["B", "C"] {
            world.edit(BC, customer, &[("Name", text(name))]);
            let ran = world.synchronize();
            assert_eq!((ran.to.modified, ran.from.modified, ran.from.failed), (1, 0, 0), "skew {skew}");
            assert_eq!(world.dataverse.get(account, "name"), text(name));
        }
        let echo = world.synchronize();
        assert!(echo.plan.is_empty(), "{:?}", kinds(&echo.plan));
        assert_eq!(echo.from.unchanged, usize::from(integration_user.is_none()), "skew {skew}");
    }
}

#[test]
fn syn_017_the_coupling_stores_the_times_of_both_records() {
    let mut world = World::customers();
    world.skew = 120_000;
    let (customer, account) = world.pair("A");
    world.edit(BC, customer, &[("Name", text("B"))]);
    world.synchronize();
    let coupling = world.coupling(customer).unwrap();
    assert_eq!(coupling.modified_at(BC), moment(world.business_central.rows[&customer].modified_at));
    assert_eq!(coupling.modified_at(DV), moment(world.dataverse.rows[&account].modified_at));
    assert_ne!(coupling.modified_at(DV), Some(world.now()));
}

#[test]
fn syn_020_a_list_selection_counts_what_it_leaves_out() {
    let mut world = with_salespeople();
    let uncoupled = world.customer("uncoupled");
    let skipped = world.pair("skipped").0;
    let good = world.pair("good").0;
    let bad = world.pair("bad").0;
    world.state.couplings.get_mut(SystemId(skipped)).unwrap().coupling.skipped = Skipped::Yes;
    world.edit(BC, good, &[("City", text("Lyon"))]);
    world.edit(BC, bad, &[("Salesperson Code", text("XX"))]);
    let all = chosen_records(&[uncoupled, skipped, good, bad]);
    let run = Run::chosen(&world.mapping, Direction::ToIntegrationTable, all);
    let ran = world.run(&run).unwrap();
    assert_eq!((ran.to.skipped, ran.to.modified, ran.to.failed), (2, 1, 1));
    let failed = ran.plan.actions.iter().find(|it| it.kind == ActionKind::Fail).unwrap();
    assert_eq!(failed.reason, Reason::Failure(Failure::OwnerNotCoupled { value: "XX".into() }));
}

#[test]
fn syn_021_a_coupled_record_is_not_created_again() {
    let mut world = World::customers();
    let (customer, _) = world.pair("A");
    let run = Run::create_new(Direction::ToIntegrationTable, chosen_records(&[customer]));
    let ran = world.run(&run).unwrap();
    assert_eq!(kinds(&ran.plan), [(Pass::ToIntegrationTable, ActionKind::Skip, "plan.already-coupled")]);
    assert_eq!(world.dataverse.rows.len(), 1);
}

fn with_template(mut world: World, field: &str) -> World {
    world.mapping.table_template = Some(Template {
        code: "BCICUST".to_owned(),
        description: String::new(),
        values: vec![(field.to_owned(), "EAST".to_owned())],
    });
    world
}

#[test]
fn syn_022_the_template_is_for_new_records_only() {
    let mut world = with_template(creating(World::customers()), "Location Code");
    let account = world.account("A");
    world.synchronize();
    let customer = world.state.couplings.record_of(RowId(account)).unwrap().0;
    assert_eq!(world.business_central.get(customer, "Location Code"), text("EAST"));
    world.edit(BC, customer, &[("Location Code", text("WEST"))]);
    world.synchronize();
    world.edit(DV, account, &[("name", text("B"))]);
    assert_eq!(world.synchronize().from.modified, 1);
    assert_eq!(world.business_central.get(customer, "Location Code"), text("WEST"));
}

#[test]
fn syn_023_a_template_that_cannot_be_applied_fails_the_record() {
    let mut world = with_template(creating(World::customers()), "No Such Field");
    world.account("A");
    let ran = world.synchronize();
    assert!(matches!(only_failure(&ran), Failure::TemplateField { .. }));
    assert_eq!(ran.from.failed, 1);
    assert!(world.state.couplings.is_empty() && world.business_central.rows.is_empty());
}

pub(crate) fn contacts() -> World {
    let mut world = World::new("CONTACT", OwnershipModel::Team);
    world.references.companies.insert("CT0001".into(), RelatedCompany::Account(parent()));
    world.references.company_contacts.insert(parent(), "CT0001".into());
    world.related.related_contacts = Some(["CT0001".to_owned()].into_iter().collect());
    world
}

pub(crate) fn parent() -> RowId {
    RowId(Uuid::from_u128(0xACC))
}

pub(crate) fn person(world: &mut World, company: &str) -> Uuid {
    let values = [("Type", Value::Option(1)), ("Company No.", text(company)), ("First Name", text("Ann"))];
    world.add(BC, &values)
}

pub(crate) fn dataverse_contact(world: &mut World, parent: RowId) -> Uuid {
    let values = [
        ("parentcustomerid", Value::Guid(parent.0)),
        ("parentcustomeridtype", text("account")),
        ("statecode", Value::Option(0)),
        ("bcbi_companyid", Value::Guid(company().id)),
        ("firstname", text("Ann")),
    ];
    world.add(DV, &values)
}

#[test]
fn syn_024_a_contact_without_company_is_outside_the_filter() {
    let mut world = creating(contacts());
    person(&mut world, "");
    let coupled = person(&mut world, "");
    let row = dataverse_contact(&mut world, parent());
    world.couple_settled(coupled, row);
    world.edit(BC, coupled, &[("First Name", text("Eve"))]);
    let run = Run { direction: Direction::ToIntegrationTable, ..Run::scheduled(&world.mapping) };
    let ran = world.run(&run).unwrap();
    assert!(ran.plan.actions.is_empty());
    assert_eq!(world.dataverse.get(row, "firstname"), text("Ann"));
}

#[test]
fn syn_025_company_contacts_are_never_synchronized() {
    let mut world = creating(contacts());
    world.add(BC, &[("Type", Value::Option(0)), ("Company No.", text("CT0001"))]);
    let changed = person(&mut world, "CT0001");
    let row = dataverse_contact(&mut world, parent());
    world.couple_settled(changed, row);
    world.edit(BC, changed, &[("Type", Value::Option(0))]);
    let run = Run { direction: Direction::ToIntegrationTable, ..Run::scheduled(&world.mapping) };
    let ran = world.run(&run).unwrap();
    assert_eq!((ran.to.modified, ran.to.failed, ran.to.inserted), (0, 0, 0));
}

#[test]
fn syn_026_double_coupling_is_refused() {
    let mut world = World::customers();
    let (customer_a, account_a) = world.pair("A");
    let (customer_b, _) = world.pair("B");
    let customer_c = world.customer("C");
    let table = std::num::NonZeroU32::new(18).unwrap();
    let before = world.state.clone();
    let couplings = &mut world.state.couplings;
    let mut check = |record, row, code: &str| {
        let error = couplings.couple(table, SystemId(record), RowId(row)).unwrap_err();
        assert_eq!(error.code(), code);
    };
    check(customer_c, account_a, "coupling.row-coupled");
    check(customer_b, account_a, "coupling.record-coupled");
    check(customer_a, Uuid::from_u128(9), "coupling.record-coupled");
    assert!(couplings.repoint(table, SystemId(customer_b), RowId(account_a)).is_err());
    assert_eq!(world.state, before);
}

#[test]
fn syn_027_repointing_keeps_one_coupling() {
    let mut world = World::customers();
    let (customer, account) = world.pair("A");
    let other = world.account("X");
    let table = std::num::NonZeroU32::new(18).unwrap();
    world.state.couplings.repoint(table, SystemId(customer), RowId(other)).unwrap();
    assert_eq!(world.state.couplings.len(), 1);
    let coupling = world.coupling(customer).unwrap();
    assert_eq!(coupling.coupling.row.id(), RowId(other));
    // The Dataverse half starts without a past, the other half keeps its own (S3.2).
    assert_eq!(coupling.modified_at(DV), None);
    assert!(coupling.modified_at(BC).is_some());
    assert_eq!(world.state.couplings.record_of(RowId(account)), None);
}

#[test]
fn syn_028_removing_a_coupling_is_idempotent() {
    let mut world = World::customers();
    let (customer, _) = world.pair("A");
    let sides = (world.business_central.clone(), world.dataverse.clone());
    let removed: Vec<bool> =
        (0..4).map(|_| world.state.couplings.remove(SystemId(customer)).is_some()).collect();
    assert_eq!(removed, [true, false, false, false]);
    assert_eq!((world.business_central, world.dataverse), sides);
}

#[test]
fn syn_029_deleting_a_coupled_customer_keeps_the_coupling() {
    let mut world = World::customers();
    let (customer, _) = world.pair("A");
    world.delete(BC, customer);
    world.synchronize();
    assert_eq!(world.coupling(customer).unwrap().coupling.skipped, Skipped::No);
}

#[test]
fn syn_031_coupling_a_customer_pushes_its_data() {
    let mut world = World::customers();
    let (customer, account) = (world.customer("C"), world.account("A"));
    world.couple(customer, account);
    let run = Run::chosen(&world.mapping, Direction::ToIntegrationTable, chosen_records(&[customer]));
    assert_eq!(world.run(&run).unwrap().to.modified, 1);
    assert_eq!(world.dataverse.get(account, "name"), text("C"));
}

#[test]
fn syn_032_coupling_a_salesperson_pulls_dataverse_data() {
    let mut world = World::new("SALESPEOPLE", OwnershipModel::Person);
    let salesperson = world.add(BC, &[("Name", text("S"))]);
    let user = world.add(DV, &[("fullname", text("U"))]);
    world.couple(salesperson, user);
    let before = world.dataverse.clone();
    let run = Run::chosen(&world.mapping, Direction::FromIntegrationTable, chosen_rows(&[user]));
    assert_eq!(world.run(&run).unwrap().from.modified, 1);
    assert_eq!(world.business_central.get(salesperson, "Name"), text("U"));
    assert_eq!(world.dataverse, before);
}

#[test]
fn syn_034_counterparts_are_listed_inside_the_filter() {
    let mut world = World::customers();
    let inside = world.account("A");
    let outside = world.account("B");
    world.edit(DV, outside, &[("customertypecode", Value::Option(1))]);
    // A full run looks at exactly the rows that the list shows.
    let mut full = Run::full(&world.mapping);
    full.direction = Direction::FromIntegrationTable;
    let plan = world.plan(&full).unwrap();
    assert_eq!(plan.actions.iter().map(|it| it.row.unwrap().0).collect::<Vec<_>>(), [inside]);
}

#[test]
fn syn_035_creating_from_dataverse_couples_and_inserts() {
    let mut world = World::customers();
    let account = world.account("A");
    let run = Run::create_new(Direction::FromIntegrationTable, chosen_rows(&[account]));
    assert_eq!(world.run(&run).unwrap().from.inserted, 1);
    let mut world = contacts();
    let contact = dataverse_contact(&mut world, parent());
    let run = Run::create_new(Direction::FromIntegrationTable, chosen_rows(&[contact]));
    assert_eq!(world.run(&run).unwrap().from.inserted, 1);
    assert!(world.state.couplings.of_row(RowId(contact)).is_some());
}

#[test]
fn syn_036_a_currency_is_created_with_code_precision_and_rate() {
    let mut world = currencies();
    let usd = world.add(BC, &[("Code", text("USD"))]);
    let run = Run::create_new(Direction::ToIntegrationTable, chosen_records(&[usd]));
    assert_eq!(world.run(&run).unwrap().to.inserted, 1);
    let coupling = world.coupling(usd).unwrap();
    let row = coupling.coupling.row.id().0;
    assert_eq!(world.dataverse.get(row, "isocurrencycode"), text("USD"));
    assert_eq!(world.dataverse.get(row, "currencysymbol"), text("USD"));
    assert_eq!(world.dataverse.get(row, "currencyprecision"), Value::Integer(2));
    assert_eq!(world.dataverse.get(row, "exchangerate"), Value::Decimal("1.1".parse().unwrap()));
    assert_eq!(coupling.coupling.row.last_run().unwrap().result, SynchResult::Success);
}

#[test]
fn syn_041_a_broken_coupling_heals_on_explicit_create() {
    for deleted in [BC, DV] {
        let mut world = World::customers();
        let (customer, account) = world.pair("A");
        world.delete(deleted, if deleted == BC { customer } else { account });
        let run = match deleted {
            BC => Run::create_new(Direction::FromIntegrationTable, chosen_rows(&[account])),
            DV => Run::create_new(Direction::ToIntegrationTable, chosen_records(&[customer])),
        };
        let ran = world.run(&run).unwrap();
        assert_eq!(ran.to.inserted + ran.from.inserted, 1);
        assert_eq!(world.state.couplings.len(), 1);
        let coupling = world.state.couplings.iter().next().unwrap();
        assert!(world.dataverse.rows.contains_key(&coupling.coupling.row.id().0));
        assert!(world.business_central.rows.contains_key(&coupling.record_end().unwrap().id().0));
    }
}

/// A pair that was changed on both sides, in the mapped or unmapped fax.
pub(crate) fn both_changed(mut world: World) -> (World, Uuid, Uuid) {
    let (customer, account) = world.pair("A");
    world.edit(BC, customer, &[("Fax No.", text("2"))]);
    world.edit(DV, account, &[("fax", text("3"))]);
    (world, customer, account)
}

pub(crate) fn faxes(world: &World, customer: Uuid, account: Uuid) -> (Value, Value) {
    (world.business_central.get(customer, "Fax No."), world.dataverse.get(account, "fax"))
}

#[test]
fn syn_042_one_way_mappings_overwrite_the_destination() {
    for (direction, expected) in
        [(Direction::ToIntegrationTable, "2"), (Direction::FromIntegrationTable, "3")]
    {
        let (mut world, customer, account) = both_changed(one_way(World::customers(), direction));
        let ran = world.synchronize();
        assert_eq!(ran.to.modified + ran.from.modified, 1);
        assert_eq!(faxes(&world, customer, account), (text(expected), text(expected)));
    }
}

#[test]
fn syn_043_changes_of_unmapped_fields_are_no_conflict() {
    let mut world = World::customers();
    world.field_mapping("fax").status = FieldMappingStatus::Disabled;
    let (mut world, customer, account) = both_changed(world);
    let ran = world.synchronize();
    assert_eq!((ran.to.unchanged, ran.to.failed), (1, 0));
    assert_eq!((ran.from.unchanged, ran.from.failed), (1, 0));
    assert_eq!(faxes(&world, customer, account), (text("2"), text("3")));
}

#[test]
fn syn_044_the_same_field_changed_on_both_sides_is_a_conflict() {
    for direction in [Direction::ToIntegrationTable, Direction::FromIntegrationTable] {
        let (mut world, customer, account) = both_changed(World::customers());
        let run = Run { direction, ..Run::scheduled(&world.mapping) };
        let ran = world.run(&run).unwrap();
        let counters = if direction == Direction::ToIntegrationTable { ran.to } else { ran.from };
        assert_eq!((counters.failed, counters.modified, counters.unchanged), (1, 0, 0));
        assert_eq!(faxes(&world, customer, account), (text("2"), text("3")));
        let [action] = ran.plan.actions.as_slice() else { panic!() };
        assert_eq!(action.reason, Reason::BothChanged { field: "Fax No.".into() });
        let [field] = action.fields.as_slice() else { panic!() };
        assert_eq!(
            (&field.business_central, &field.dataverse, &field.write),
            (&text("2"), &text("3"), &None)
        );
        assert_eq!(field.last_business_central, Some(Value::Null));
    }
}

#[test]
fn syn_045_a_strategy_resolves_the_conflict() {
    for (strategy, direction, winner) in [
        (UpdateConflictResolution::SendUpdateToIntegration, Direction::ToIntegrationTable, "2"),
        (UpdateConflictResolution::GetUpdateFromIntegration, Direction::FromIntegrationTable, "3"),
    ] {
        let (mut world, customer, account) = both_changed(World::customers());
        world.mapping.update_conflict_resolution = strategy;
        let mut whole = world.clone();
        let run = Run { direction, ..Run::scheduled(&world.mapping) };
        let ran = world.run(&run).unwrap();
        assert_eq!(ran.to.modified + ran.from.modified, 1);
        assert_eq!(faxes(&world, customer, account), (text(winner), text(winner)));
        // Both passes of one run come to the same, and leave nothing to do.
        let ran = whole.synchronize();
        assert_eq!(ran.to.failed + ran.from.failed, 0);
        assert_eq!(faxes(&whole, customer, account), (text(winner), text(winner)));
        let again = whole.synchronize();
        assert!(again.plan.is_empty(), "{:?}", kinds(&again.plan));
    }
}

#[test]
fn syn_046_a_forced_run_overrides_unchanged_and_conflict_checks() {
    let mut world = World::customers();
    let (customer, account) = world.pair("A");
    world.edit(DV, account, &[("name", text("B"))]);
    let run = |mode| Run {
        direction: Direction::ToIntegrationTable,
        mode,
        selection: chosen_records(&[customer]),
        creation: Creation::OnlyCoupledRecords,
    };
    assert_eq!(world.run(&run(Mode::Ordinary)).unwrap().to.unchanged, 1);
    assert_eq!(world.dataverse.get(account, "name"), text("B"));
    assert_eq!(world.run(&run(Mode::Forced)).unwrap().to.modified, 1);
    assert_eq!(world.dataverse.get(account, "name"), text("A"));
}

/// A customer that was deleted while its account was changed, in the four variants of the scenarios.
fn deleted_customers(resolution: DeletionConflictResolution) -> Vec<(World, Uuid)> {
    let mut worlds = Vec::new();
    for direction in [Direction::Bidirectional, Direction::FromIntegrationTable] {
        for only_coupled in [true, false] {
            let mut world = one_way(World::customers(), direction);
            world.mapping.synch_only_coupled_records = only_coupled;
            world.mapping.deletion_conflict_resolution = resolution;
            let (customer, account) = world.pair("A");
            world.delete(BC, customer);
            world.edit(DV, account, &[("name", text("B"))]);
            worlds.push((world, account));
        }
    }
    worlds
}

#[test]
fn syn_047_a_deleted_record_with_remove_coupling() {
    for (mut world, account) in deleted_customers(DeletionConflictResolution::RemoveCoupling) {
        let before = world.dataverse.rows[&account].clone();
        let ran = world.synchronize();
        assert_eq!((ran.from.skipped, ran.from.failed, ran.from.unchanged), (0, 0, 1));
        assert!(world.state.couplings.is_empty());
        assert_eq!(world.dataverse.rows[&account], before);
    }
}

#[test]
fn syn_048_a_deleted_record_without_strategy() {
    for (mut world, account) in deleted_customers(DeletionConflictResolution::None) {
        let first = world.synchronize();
        assert_eq!((first.from.failed, first.from.skipped), (1, 0));
        let second = world.synchronize();
        assert_eq!((second.from.failed, second.from.skipped), (0, 1));
        assert!(world.state.couplings.of_row(RowId(account)).is_some());
    }
}

#[test]
fn syn_049_a_conflict_marks_the_coupling_in_both_directions() {
    let (mut world, customer, _) = both_changed(World::customers());
    world.synchronize();
    let coupling = world.coupling(customer).unwrap();
    let to = coupling.coupling.row.last_run().unwrap();
    let from = coupling.record_end().unwrap().last_run().unwrap();
    assert_eq!((to.result, from.result), (SynchResult::Failure, SynchResult::Failure));
    assert_ne!(to.job, from.job);
}

#[test]
fn syn_050_a_person_decides_a_conflict_by_a_direction() {
    for (direction, winner) in [(Direction::ToIntegrationTable, "2"), (Direction::FromIntegrationTable, "3")]
    {
        let (mut world, customer, account) = both_changed(World::customers());
        let selection = match direction {
            Direction::FromIntegrationTable => chosen_rows(&[account]),
            _ => chosen_records(&[customer]),
        };
        let run = Run::chosen(&world.mapping, direction, selection);
        let ran = world.run(&run).unwrap();
        assert_eq!(ran.to.modified + ran.from.modified, 1);
        assert_eq!(faxes(&world, customer, account), (text(winner), text(winner)));
    }
}
