//! The scenarios of the reference about fields, skipped records, result marks and filters; and what else the rules say
//! of single fields.

use couplet_engine::coupling::{RowId, Skipped, SynchResult, SystemId};
use couplet_engine::new_fields::{NewFieldError, new_fields};
use couplet_engine::planning::{
    ActionKind, Failure, Kept, Layer, LookupTable, OptionTable, Pass, PlanError, Reason, Run,
};
use couplet_engine::transformation::TransformationRules;
use couplet_engine::{
    BcTable, Direction, FieldKey, FieldMapping, FieldMappingStatus, MappingName, OwnershipModel,
    TransformationDirection, Value,
};
use couplet_filter::{DateKey, DateTimeKey, FieldType, TimeKey};
use uuid::Uuid;

use crate::scenarios::{
    BC, DV, chosen_records, chosen_rows, contacts, creating, currencies, dataverse_contact, one_way,
    only_failure, parent, person, user, with_salespeople,
};
use crate::world::{World, company, field, kinds, options, text};

/// A one-way mapping of one field for each of the types.
fn all_types() -> (World, Vec<(&'static str, Value)>) {
    let mut world = World::customers();
    let values = vec![
        ("BigInteger", FieldType::BigInteger, Value::Integer(9_007_199_254_740_993)),
        ("Boolean", FieldType::Boolean, Value::Boolean(true)),
        ("Code", FieldType::Code { max_length: Some(10) }, text("CODE")),
        ("Date", FieldType::Date, Value::Date(DateKey::from_iso("2026-02-28").unwrap())),
        (
            "DateTime",
            FieldType::DateTime,
            Value::DateTime(DateTimeKey::from_iso("2026-02-28T10:11:12Z").unwrap()),
        ),
        ("Decimal", FieldType::Decimal, Value::Decimal("10.1".parse().unwrap())),
        ("Duration", FieldType::Duration, Value::Duration(90_000)),
        ("Integer", FieldType::Integer, Value::Integer(-7)),
        ("Option", options(&[" ", "One", "Two"]), Value::Option(2)),
        ("Text", FieldType::Text { max_length: Some(50) }, text("Text é")),
        ("Time", FieldType::Time, Value::Time(TimeKey::from_iso("10:11:12").unwrap())),
        ("Blob", FieldType::Unfilterable, text("blob")),
        ("Guid", FieldType::Guid, Value::Guid(Uuid::from_u128(77))),
    ];
    let standard = world.mapping.field_mappings[0].clone();
    world.mapping.field_mappings = values
        .iter()
        .zip(1..)
        .map(|((name, ..), number)| FieldMapping {
            number,
            field: Some((*name).to_owned()),
            column: Some(name.to_lowercase()),
            ..standard.clone()
        })
        .collect();
    for (name, kind, _) in &values {
        world.business_central.schema.fields.push(field(name, kind.clone()));
        world.dataverse.schema.fields.push(field(&name.to_lowercase(), kind.clone()));
    }
    let values = values.into_iter().map(|(name, _, value)| (name, value)).collect();
    (creating(world), values)
}

#[test]
fn syn_051_values_of_all_types_arrive_unchanged() {
    let (mut world, values) = all_types();
    world.mapping.field_mappings.push(FieldMapping {
        number: 99,
        field: Some("SystemId".to_owned()),
        column: Some("accountid".to_owned()),
        ..world.mapping.field_mappings[0].clone()
    });
    let mut given: Vec<(&str, Value)> = values.clone();
    given.push(("Blocked", Value::Option(0)));
    let customer = world.add(BC, &given);
    let ran = world.synchronize();
    assert_eq!(ran.to.inserted, 1);
    let row = world.coupling(customer).unwrap().coupling.row.id().0;
    for (name, value) in &values {
        assert_eq!(world.dataverse.get(row, &name.to_lowercase()), *value, "{name}");
    }
    let left_out = &ran.plan.pass(Pass::ToIntegrationTable).unwrap().left_out;
    assert_eq!(
        left_out.iter().map(|it| (it.number, it.reason.code())).collect::<Vec<_>>(),
        [(99, "left-out.key")]
    );
    assert!(world.synchronize().plan.is_empty());
}

#[test]
fn syn_053_a_field_takes_part_in_its_own_and_its_tables_direction() {
    use Direction::{Bidirectional as Both, FromIntegrationTable as From, ToIntegrationTable as To};
    for (table, own, to, from) in [
        (Both, Both, true, true),
        (To, To, true, false),
        (From, From, false, true),
        (To, Both, true, false),
        (To, From, false, false),
    ] {
        let mut world = one_way(creating(World::customers()), table);
        world.field_mapping("fax").direction = own;
        let customer = world.add(BC, &[("Fax No.", text("1")), ("Blocked", Value::Option(0))]);
        let account = world.account("A");
        world.edit(DV, account, &[("fax", text("2"))]);
        world.synchronize();
        let row = world.state.couplings.row_of(SystemId(customer));
        let record = world.state.couplings.record_of(RowId(account));
        assert_eq!(
            row.is_some_and(|row| world.dataverse.get(row.0, "fax") == text("1")),
            to,
            "{table:?} {own:?}"
        );
        let arrived = record.is_some_and(|it| world.business_central.get(it.0, "Fax No.") == text("2"));
        assert_eq!(arrived, from, "{table:?} {own:?}");
    }
}

#[test]
fn syn_054_disabled_field_rows() {
    let with_enabled = |enabled: &[&str]| {
        let mut world = currencies();
        for field in &mut world.mapping.field_mappings {
            if !enabled.contains(&field.column.as_deref().unwrap()) {
                field.status = FieldMappingStatus::Disabled;
            }
        }
        let usd =
            world.add(BC, &[("Code", text("USD")), ("Symbol", text("$")), ("Description", text("Dollar"))]);
        let run = Run::create_new(Direction::ToIntegrationTable, chosen_records(&[usd]));
        let ran = world.run(&run);
        (ran.map(|_| world.coupling(usd).unwrap().coupling.row.id().0), world)
    };
    let (ran, world) = with_enabled(&[]);
    assert_eq!(ran.unwrap_err(), PlanError::NoFieldMapping);
    assert!(world.dataverse.rows.is_empty());
    let (row, world) = with_enabled(&["isocurrencycode"]);
    let row = row.unwrap();
    assert_eq!(world.dataverse.get(row, "isocurrencycode"), text("USD"));
    assert_eq!(world.dataverse.get(row, "currencyname"), Value::Null);
    // A blank symbol becomes the code (S6.31), which the scenario's test stand does not do.
    assert_eq!(world.dataverse.get(row, "currencysymbol"), text("USD"));
    let (row, world) = with_enabled(&["isocurrencycode", "currencysymbol", "currencyname"]);
    let row = row.unwrap();
    assert_eq!(world.dataverse.get(row, "currencysymbol"), text("$"));
    assert_eq!(world.dataverse.get(row, "currencyname"), text("Dollar"));
}

/// CUSTOMER with the contacts `CT1` (not coupled) and `CT2` (coupled).
fn with_contacts(mut world: World) -> World {
    let mut contacts = LookupTable::new(MappingName::new("CONTACT").unwrap(), "contact");
    contacts.add("CT1", None);
    contacts.add("CT2", Some(contact_row()));
    world.references.lookups.push(contacts);
    world
}

fn contact_row() -> RowId {
    RowId(Uuid::from_u128(0xC2))
}

#[test]
fn syn_056_clear_value_on_failed_sync_in_both_directions() {
    let mut world = with_contacts(World::customers());
    let (customer, account) = world.pair("A");
    world.edit(DV, account, &[("primarycontactid", Value::Guid(contact_row().0))]);
    world.couple_settled(customer, account);
    world.edit(BC, customer, &[("Primary Contact No.", text("CT1"))]);
    let ran = world.synchronize();
    assert_eq!((ran.to.modified, ran.to.failed), (1, 0));
    assert_eq!(world.dataverse.get(account, "primarycontactid"), Value::Guid(Uuid::nil()));
    let mut world = with_contacts(World::customers());
    let (customer, account) = world.pair("A");
    world.edit(BC, customer, &[("Primary Contact No.", text("CT2"))]);
    world.couple_settled(customer, account);
    world.edit(DV, account, &[("primarycontactid", Value::Guid(Uuid::from_u128(0x404)))]);
    let ran = world.synchronize();
    assert_eq!((ran.from.modified, ran.from.failed), (1, 0));
    assert_eq!(world.business_central.get(customer, "Primary Contact No."), text(""));
}

#[test]
fn syn_057_not_null_protects_the_owner() {
    let mut world = with_salespeople();
    let (customer, account) = world.pair("A");
    world.edit(DV, account, &[("ownerid", Value::Guid(user().0))]);
    world.couple_settled(customer, account);
    world.edit(BC, customer, &[("Name", text("B"))]);
    let ran = world.synchronize();
    assert_eq!(ran.to.modified, 1);
    assert_eq!(world.dataverse.get(account, "ownerid"), Value::Guid(user().0));
    let kept: Vec<_> = ran.plan.actions[0].fields.iter().filter_map(|it| it.kept).collect();
    assert_eq!(kept, [Kept::NotNull]);
}

#[test]
fn syn_058_a_contacts_currency_arrives() {
    let mut world = contacts();
    let mut lookup = LookupTable::new(MappingName::new("CURRENCY").unwrap(), "transactioncurrency");
    lookup.add("USD", Some(RowId(Uuid::from_u128(0x05D))));
    world.references.lookups.push(lookup);
    let values =
        [("Type", Value::Option(1)), ("Company No.", text("CT0001")), ("Currency Code", text("USD"))];
    let contact = world.add(BC, &values);
    let run = Run::create_new(Direction::ToIntegrationTable, chosen_records(&[contact]));
    let ran = world.run(&run).unwrap();
    let row = world.coupling(contact).unwrap().coupling.row.id().0;
    assert_eq!(world.dataverse.get(row, "transactioncurrencyid"), Value::Guid(Uuid::from_u128(0x05D)));
    assert_eq!(world.dataverse.get(row, "parentcustomerid"), Value::Guid(parent().0));
    let currency =
        ran.plan.actions[0].fields.iter().find(|it| it.column.as_deref() == Some("transactioncurrencyid"));
    assert_eq!(currency.unwrap().layer, Layer::Lookup { mapping: MappingName::new("CURRENCY").unwrap() });
}

#[test]
fn syn_059_county_is_state_or_province() {
    let mut world = World::customers();
    let (customer, account) = world.pair("A");
    world.edit(BC, customer, &[("County", text("Texas"))]);
    world.synchronize();
    assert_eq!(world.dataverse.get(account, "address1_stateorprovince"), text("Texas"));
    let mut world = contacts();
    let contact = world.add(BC, &[("Type", Value::Option(1)), ("Company No.", text("CT0001"))]);
    let row = dataverse_contact(&mut world, parent());
    world.couple_settled(contact, row);
    world.edit(DV, row, &[("address1_stateorprovince", text("Texas"))]);
    world.synchronize();
    assert_eq!(world.business_central.get(contact, "County"), text("Texas"));
}

#[test]
fn syn_060_an_inactive_account_blocks_its_customer() {
    for (status, blocked, expected) in [(2, 0, 3), (2, 3, 3), (1, 3, 3), (1, 0, 0)] {
        let mut world = World::customers();
        let (customer, account) = world.pair("A");
        world.edit(BC, customer, &[("Blocked", Value::Option(blocked))]);
        world.couple_settled(customer, account);
        world.edit(DV, account, &[("statuscode", Value::Option(status)), ("name", text("B"))]);
        world.synchronize();
        assert_eq!(
            world.business_central.get(customer, "Blocked"),
            Value::Option(expected),
            "{status} {blocked}"
        );
        assert_eq!(world.business_central.get(customer, "Name"), text("B"));
    }
}

#[test]
fn syn_061_a_team_is_no_salesperson() {
    for (owner, owner_type, failure) in [
        (Uuid::from_u128(0x7EA), "team", None),
        (Uuid::from_u128(0x404), "systemuser", Some("failure.owner-not-coupled")),
    ] {
        let mut world = with_salespeople();
        world.field_mapping("ownerid").direction = Direction::FromIntegrationTable;
        let (customer, account) = world.pair("A");
        world.edit(BC, customer, &[("Salesperson Code", text("JR"))]);
        world.couple_settled(customer, account);
        world.edit(DV, account, &[("ownerid", Value::Guid(owner)), ("owneridtype", text(owner_type))]);
        let ran = world.synchronize();
        assert_eq!(ran.from.failed, usize::from(failure.is_some()));
        let found = ran.plan.actions.iter().find(|it| it.kind == ActionKind::Fail).map(|it| it.reason.code());
        assert_eq!(found, failure);
        assert_eq!(world.business_central.get(customer, "Salesperson Code"), text("JR"));
    }
}

#[test]
fn syn_062_an_owner_update_sets_the_owner_type() {
    let mut world = with_salespeople();
    let other = RowId(Uuid::from_u128(0xB));
    world.references.lookups[0].add("BB", Some(other));
    let (customer, account) = world.pair("A");
    world.edit(BC, customer, &[("Salesperson Code", text("JR"))]);
    world.edit(DV, account, &[("ownerid", Value::Guid(user().0)), ("owneridtype", text("systemuser"))]);
    let run = Run::chosen(&world.mapping, Direction::ToIntegrationTable, chosen_records(&[customer]));
    assert_eq!(world.run(&run).unwrap().to.unchanged, 1);
    world.edit(
        DV,
        account,
        &[("ownerid", Value::Guid(Uuid::from_u128(0x7EA))), ("owneridtype", text("team"))],
    );
    world.edit(BC, customer, &[("Salesperson Code", text("BB"))]);
    assert_eq!(world.run(&run).unwrap().to.modified, 1);
    assert_eq!(world.dataverse.get(account, "ownerid"), Value::Guid(other.0));
    assert_eq!(world.dataverse.get(account, "owneridtype"), text("systemuser"));
}

#[test]
fn syn_063_an_uncoupled_salesperson_blocks_the_push() {
    let mut world = with_salespeople();
    let (customer, _) = world.pair("A");
    world.edit(BC, customer, &[("Salesperson Code", text("XX"))]);
    let run = Run { direction: Direction::ToIntegrationTable, ..Run::scheduled(&world.mapping) };
    let ran = world.run(&run).unwrap();
    assert_eq!(only_failure(&ran), Failure::OwnerNotCoupled { value: "XX".into() });
    assert_eq!(ran.to.failed, 1);
    // Without the mapping SALESPEOPLE it is the same failure.
    let mut world = with_salespeople();
    let (customer, _) = world.pair("A");
    world.edit(BC, customer, &[("Salesperson Code", text("XX"))]);
    world.references.lookups.retain(|lookup| lookup.table != "systemuser");
    let ran = world.run(&run).unwrap();
    assert_eq!(only_failure(&ran), Failure::OwnerNotCoupled { value: "XX".into() });
}

#[test]
fn syn_064_a_new_contact_needs_a_coupled_parent() {
    let mut world = contacts();
    let orphan = dataverse_contact(&mut world, RowId(Uuid::from_u128(0x404)));
    let child = dataverse_contact(&mut world, parent());
    let run = Run::create_new(Direction::FromIntegrationTable, chosen_rows(&[orphan, child]));
    let ran = world.run(&run).unwrap();
    assert_eq!((ran.from.failed, ran.from.inserted), (1, 1));
    let failed = ran.plan.actions.iter().find(|it| it.row == Some(RowId(orphan))).unwrap();
    assert_eq!(failed.reason, Reason::Failure(Failure::ParentNotCoupled));
    let record = world.state.couplings.record_of(RowId(child)).unwrap().0;
    assert_eq!(world.business_central.get(record, "Company No."), text("CT0001"));
    assert_eq!(world.business_central.get(record, "Type"), Value::Option(1));
}

#[test]
fn syn_066_the_primary_contact_travels_in_both_directions() {
    let mut world = with_contacts(World::customers());
    let (customer, account) = world.pair("A");
    world.edit(BC, customer, &[("Primary Contact No.", text("CT2"))]);
    world.synchronize();
    assert_eq!(world.dataverse.get(account, "primarycontactid"), Value::Guid(contact_row().0));
    let mut world = with_contacts(World::customers());
    let (customer, account) = world.pair("A");
    world.edit(DV, account, &[("primarycontactid", Value::Guid(contact_row().0))]);
    world.synchronize();
    assert_eq!(world.business_central.get(customer, "Primary Contact No."), text("CT2"));
}

/// A coupled customer whose salesperson is not coupled.
fn failing() -> (World, Uuid) {
    let mut world = with_salespeople();
    let (customer, _) = world.pair("A");
    world.edit(BC, customer, &[("Salesperson Code", text("XX"))]);
    (world, customer)
}

fn skipped(world: &World, customer: Uuid) -> Skipped {
    world.coupling(customer).unwrap().coupling.skipped
}

#[test]
fn syn_068_one_failure_does_not_skip() {
    let (mut world, customer) = failing();
    assert_eq!(world.synchronize().to.failed, 1);
    assert_eq!(skipped(&world, customer), Skipped::No);
    world.references.lookups[0].add("XX", Some(RowId(Uuid::from_u128(5))));
    assert_eq!(world.synchronize().to.modified, 1);
    let coupling = world.coupling(customer).unwrap();
    assert_eq!(coupling.coupling.row.last_run().unwrap().result, SynchResult::Success);
    assert_eq!(skipped(&world, customer), Skipped::No);
}

#[test]
fn syn_069_the_same_error_twice_skips() {
    let (mut world, customer) = failing();
    assert_eq!(world.synchronize().to.failed, 1);
    let second = world.synchronize();
    assert_eq!((second.to.skipped, second.to.failed), (1, 0));
    let coupling = world.coupling(customer).unwrap();
    assert_eq!(coupling.coupling.skipped, Skipped::Yes);
    assert_eq!(coupling.coupling.row.last_run().unwrap().result, SynchResult::Failure);
    // Another text keeps it retrying (S3.51).
    let (mut world, customer) = failing();
    world.synchronize();
    world.references.lookups[0].add("YY", None);
    world.edit(BC, customer, &[("Salesperson Code", text("YY"))]);
    assert_eq!(world.synchronize().to.failed, 1);
    assert_eq!(skipped(&world, customer), Skipped::No);
}

#[test]
fn syn_070_a_skipped_record_is_ignored() {
    let (mut world, customer) = failing();
    world.synchronize();
    world.synchronize();
    world.edit(BC, customer, &[("Name", text("B")), ("Salesperson Code", text("JR"))]);
    let manual = Run::chosen(&world.mapping, Direction::ToIntegrationTable, chosen_records(&[customer]));
    for run in [manual, Run::scheduled(&world.mapping)] {
        let ran = world.run(&run).unwrap();
        assert_eq!((ran.to.skipped, ran.to.modified), (1, 0));
        assert_eq!(ran.plan.actions[0].reason, Reason::Shelved);
    }
}

#[test]
fn syn_071_a_failed_record_is_retried_although_it_did_not_change() {
    let mut world = World::customers();
    let (first, first_account) = world.pair("1");
    let (second, second_account) = world.pair("2");
    world.synchronize();
    world.edit(BC, first, &[("Fax No.", text("2"))]);
    world.edit(DV, first_account, &[("fax", text("3"))]);
    world.edit(DV, second_account, &[("name", text("new"))]);
    let one = world.synchronize();
    assert_eq!(one.to.failed + one.from.failed, 2);
    assert_eq!((one.to.modified + one.from.modified, one.to.unchanged), (1, 0));
    assert_eq!(skipped(&world, first), Skipped::No);
    let two = world.synchronize();
    assert_eq!((two.to.skipped + two.from.skipped, two.to.failed + two.from.failed), (2, 0));
    assert_eq!((skipped(&world, first), skipped(&world, second)), (Skipped::Yes, Skipped::No));
}

#[test]
fn syn_072_retry_of_one_of_a_selection_and_of_all() {
    let mut world = World::customers();
    let ids: Vec<Uuid> = (0..3).map(|number| world.pair(&number.to_string()).0).collect();
    let skip_all = |world: &mut World| {
        for id in &ids {
            world.state.couplings.get_mut(SystemId(*id)).unwrap().coupling.skipped = Skipped::Yes;
        }
    };
    for n in 1..=3 {
        skip_all(&mut world);
        let restored = world.state.couplings.retry(ids.iter().take(n).map(|id| SystemId(*id)));
        assert_eq!(restored, n);
        let left = ids.iter().filter(|id| skipped(&world, **id) == Skipped::Yes).count();
        assert_eq!(left, 3 - n);
    }
}

#[test]
fn syn_073_a_restored_and_repaired_record_synchronizes() {
    let (mut world, customer) = failing();
    world.synchronize();
    world.synchronize();
    world.state.couplings.retry([SystemId(customer)]);
    world.references.lookups[0].add("XX", Some(RowId(Uuid::from_u128(5))));
    assert_eq!(world.synchronize().to.modified, 1);
    assert_eq!(skipped(&world, customer), Skipped::No);
    assert_eq!(
        world.coupling(customer).unwrap().coupling.row.last_run().unwrap().result,
        SynchResult::Success
    );
}

#[test]
fn syn_077_a_deleted_counterpart_fails_once_and_is_skipped_the_second_time() {
    let mut world = World::customers();
    let (first, account) = world.pair("1");
    world.delete(DV, account);
    let (second, second_account) = world.pair("2");
    world.edit(BC, second, &[("Fax No.", text("2"))]);
    world.edit(DV, second_account, &[("fax", text("3"))]);
    world.synchronize();
    let results = |world: &World, customer: Uuid| {
        let coupling = world.coupling(customer).unwrap();
        let from = coupling.record_end().unwrap().last_run().map(|run| run.result);
        (coupling.coupling.row.last_run().map(|run| run.result), from, coupling.coupling.skipped)
    };
    let failure = Some(SynchResult::Failure);
    let success = Some(SynchResult::Success);
    assert_eq!(results(&world, first), (failure, success, Skipped::No));
    assert_eq!(results(&world, second), (failure, failure, Skipped::No));
    world.synchronize();
    assert_eq!(results(&world, first).2, Skipped::Yes);
    assert_eq!(results(&world, second).2, Skipped::Yes);
    assert_eq!(world.state.couplings.len(), 2);
}

#[test]
fn syn_087_result_marks_on_the_coupling() {
    let mut world = World::customers();
    let (customer, account) = world.pair("A");
    world.state.couplings.remove(SystemId(customer));
    world.couple(customer, account);
    let marks = |world: &World| {
        let coupling = world.coupling(customer).unwrap();
        (coupling.coupling.row.last_run(), coupling.record_end().unwrap().last_run())
    };
    assert_eq!(marks(&world), (None, None));
    let to = Run::chosen(&world.mapping, Direction::ToIntegrationTable, chosen_records(&[customer]));
    world.edit(BC, customer, &[("Name", text("B"))]);
    world.run(&to).unwrap();
    let (sent, got) = marks(&world);
    assert_eq!((sent.unwrap().result, got), (SynchResult::Success, None));
    world.edit(BC, customer, &[("Name", text("C"))]);
    world.run_refusing(&to, &|_| Some("0x80040265: the plug-in refuses")).unwrap();
    let (refused, _) = marks(&world);
    assert_eq!(refused.unwrap().result, SynchResult::Failure);
    assert_ne!(refused.unwrap().job, sent.unwrap().job);
    let mut world = World::customers();
    let customer = world.pair("A").0;
    let before = world.coupling(customer).cloned();
    world.synchronize();
    assert_eq!(world.coupling(customer).cloned(), before);
}

#[test]
fn syn_108_new_rows_belong_to_the_team_or_to_the_salespersons_user() {
    assert_eq!(OwnershipModel::default(), OwnershipModel::Team);
    let owner = |mut world: World, salesperson: &str| {
        let customer =
            world.add(BC, &[("Blocked", Value::Option(0)), ("Salesperson Code", text(salesperson))]);
        let run = Run::create_new(Direction::ToIntegrationTable, chosen_records(&[customer]));
        world.run(&run).unwrap();
        let row = world.coupling(customer).unwrap().coupling.row.id().0;
        (world.dataverse.get(row, "ownerid"), world.dataverse.get(row, "owneridtype"))
    };
    let team = (Value::Guid(Uuid::from_u128(0x7EA)), text("team"));
    assert_eq!(owner(World::customers(), "JR"), team);
    assert_eq!(owner(with_salespeople(), ""), team);
    assert_eq!(owner(with_salespeople(), "JR"), (Value::Guid(user().0), text("systemuser")));
}

#[test]
fn syn_109_written_rows_get_the_company() {
    let mut world = World::customers();
    let (customer, account) = world.pair("A");
    world.edit(DV, account, &[("bcbi_companyid", Value::Guid(Uuid::nil()))]);
    world.couple_settled(customer, account);
    assert!(world.synchronize().plan.is_empty());
    world.edit(BC, customer, &[("Name", text("B"))]);
    world.synchronize();
    assert_eq!(world.dataverse.get(account, "bcbi_companyid"), Value::Guid(company().id));
}

#[test]
fn syn_121_the_bc_filter_limits_what_is_created() {
    let mut world = creating(one_way(World::customers(), Direction::ToIntegrationTable));
    let ids: Vec<Uuid> = ["A", "B", "C"].iter().map(|name| world.customer(name)).collect();
    world.edit(BC, ids[2], &[("Blocked", Value::Option(3))]);
    assert_eq!(world.synchronize().to.inserted, 2);
    world.mapping.table_filter.conditions.clear();
    let account = world.account("C");
    world.couple(ids[2], account);
    world.edit(BC, ids[2], &[("Name", text("abc"))]);
    assert_eq!(world.synchronize().to.modified, 1);
    assert_eq!(world.dataverse.get(account, "name"), text("abc"));
}

#[test]
fn syn_122_the_dataverse_filter_limits_what_is_imported() {
    let mut world = creating(one_way(World::customers(), Direction::FromIntegrationTable));
    for (name, kind) in [("A", 3), ("B", 1), ("C", 2)] {
        let account = world.account(name);
        world.edit(DV, account, &[("customertypecode", Value::Option(kind))]);
    }
    assert_eq!(world.synchronize().from.inserted, 1);
    assert_eq!(world.business_central.rows.len(), 1);
}

#[test]
fn a_transformation_changes_what_arrives_and_names_its_layer() {
    let mut world = World::customers();
    world.settings.transformations = TransformationRules::standard();
    let city = world.field_mapping("address1_city");
    city.transformation_rule = Some("UPPERCASE".to_owned());
    city.transformation_direction = TransformationDirection::ToIntegrationTable;
    let (customer, account) = world.pair("A");
    world.edit(BC, customer, &[("City", text("Lyon"))]);
    let ran = world.synchronize();
    assert_eq!(world.dataverse.get(account, "address1_city"), text("LYON"));
    assert_eq!(ran.plan.actions[0].fields[0].layer, Layer::Transformation { rule: "UPPERCASE".into() });
    // The other direction is not transformed.
    world.edit(DV, account, &[("address1_city", text("Nice"))]);
    world.synchronize();
    assert_eq!(world.business_central.get(customer, "City"), text("Nice"));
    world.field_mapping("address1_city").transformation_rule = Some("GONE".to_owned());
    world.edit(BC, customer, &[("City", text("Brest"))]);
    let ran = world.synchronize();
    assert_eq!(ran.plan.actions[0].reason.code(), "transformation.unknown-rule");
}

#[test]
fn option_couplings_translate_codes() {
    let mut world = World::customers();
    let mut terms = OptionTable::new("paymenttermscode");
    terms.add("30 DAYS", Some(1));
    terms.add("45 DAYS", None);
    world.references.options.push(terms);
    let (customer, account) = world.pair("A");
    world.edit(BC, customer, &[("Payment Terms Code", text("30 DAYS"))]);
    let ran = world.synchronize();
    assert_eq!(world.dataverse.get(account, "paymenttermscode"), Value::Option(1));
    assert_eq!(ran.plan.actions[0].fields[0].layer, Layer::OptionMapping);
    world.edit(BC, customer, &[("Payment Terms Code", text("45 DAYS"))]);
    let failed = world.synchronize().plan.actions[0].reason.clone();
    let expected = Failure::OptionNotCoupled { field: "Payment Terms Code".into(), value: "45 DAYS".into() };
    assert_eq!(failed, Reason::Failure(expected));
}

/// Business Central itself gives a company contact the name of its customer; the contacts' run must take that neither
/// for a conflict nor for work.
#[test]
fn syn_065_a_renamed_customer_does_not_disturb_its_contacts() {
    let mut customers = World::customers();
    let (customer, account) = customers.pair("A");
    customers.edit(DV, account, &[("name", text("B"))]);
    assert_eq!(customers.synchronize().from.modified, 1);
    assert_eq!(customers.business_central.get(customer, "Name"), text("B"));

    let mut world = contacts();
    let company = world.add(BC, &[("Type", Value::Option(0)), ("No.", text("CT0001")), ("Name", text("A"))]);
    let person = person(&mut world, "CT0001");
    let contact = dataverse_contact(&mut world, parent());
    world.couple_settled(person, contact);
    world.edit(BC, company, &[("Name", text("B"))]);
    world.edit(BC, person, &[("Company Name", text("B"))]);
    world.edit(DV, contact, &[("description", text("the account was renamed"))]);
    let before = (world.business_central.clone(), world.dataverse.clone());
    let ran = world.synchronize();
    let expected = [Pass::ToIntegrationTable, Pass::FromIntegrationTable]
        .map(|pass| (pass, ActionKind::Unchanged, "plan.nothing-differs"));
    assert_eq!(kinds(&ran.plan), expected);
    assert_eq!((world.business_central, world.dataverse), before);
}

#[test]
fn syn_067_field_rows_added_by_hand() {
    let world = World::customers();
    let key = |field: &str, column: &str| FieldKey {
        field: Some(field.to_owned()).filter(|name| !name.is_empty()),
        column: Some(column.to_owned()).filter(|name| !name.is_empty()),
    };
    let wanted = [
        key("location code", "PARENTCUSTOMERIDTYPE"),
        key("Location Code", "parentcustomeridtype"),
        key("Location Code", "no_such_column"),
        key("No Such Field", "parentcustomeridtype"),
        key("Location Code", ""),
        // The standard mapping has it.
        key("Name", "name"),
    ];
    let schemas = (&world.business_central.schema, &world.dataverse.schema);
    let new = new_fields(&world.mapping, &wanted, schemas.0, schemas.1);
    let [added] = &new.added[..] else { panic!("{:?}", new.added) };
    assert_eq!(added.key(), wanted[1]);
    assert_eq!((added.status, added.user_defined), (FieldMappingStatus::Disabled, true));
    assert!(world.mapping.field_mappings.iter().all(|field| field.number < added.number));
    let rejected = [NewFieldError::UnknownColumn, NewFieldError::UnknownField, NewFieldError::Incomplete];
    assert_eq!(new.rejected.iter().map(|(_, error)| *error).collect::<Vec<_>>(), rejected);
    assert!(new.rejected.iter().zip(&wanted[2..5]).all(|((key, _), wanted)| key == wanted));
}

#[test]
fn a_template_wins_over_the_mapping_and_says_so() {
    let mut world = creating(one_way(World::customers(), Direction::FromIntegrationTable));
    world.mapping.table_template = Some(couplet_engine::Template {
        code: "BCICUST".to_owned(),
        description: String::new(),
        values: vec![("City".to_owned(), "Paris".to_owned())],
    });
    let account = world.account("A");
    world.edit(DV, account, &[("address1_city", text("Lyon"))]);
    let ran = world.synchronize();
    let city = ran.plan.actions[0].fields.iter().find(|it| it.field.as_deref() == Some("City")).unwrap();
    assert_eq!((&city.write, &city.dataverse), (&Some(text("Paris")), &text("Lyon")));
    assert_eq!(city.layer, Layer::Template { code: "BCICUST".into() });
}

#[test]
fn changes_by_the_integration_user_are_passed_over_and_counted() {
    let mut world = World::customers();
    let (_, account) = world.pair("A");
    world.settings.integration_user = Some(Uuid::from_u128(0xBEEF));
    world.edit(DV, account, &[("name", text("B"))]);
    let run = Run { direction: Direction::FromIntegrationTable, ..Run::scheduled(&world.mapping) };
    let ran = world.run(&run).unwrap();
    assert!(ran.plan.actions.is_empty(), "{:?}", kinds(&ran.plan));
    assert_eq!(ran.plan.passes[0].passed_over.own_changes, 1);
    // One enabled From field switches the condition off (S2.8).
    world.field_mapping("fax").direction = Direction::FromIntegrationTable;
    assert_eq!(world.run(&run).unwrap().from.modified, 1);
}

#[test]
fn a_failed_creation_is_tried_again() {
    let mut world = creating(World::customers());
    world.mapping.table = BcTable { name: "Customer".to_owned(), number: 18 };
    world.customer("A");
    let run = Run::scheduled(&world.mapping);
    assert_eq!(world.run_refusing(&run, &|_| Some("busy")).unwrap().to.failed, 1);
    assert_eq!(world.synchronize().to.inserted, 1);
    assert!(world.state.failed_records.is_empty());
}

#[test]
fn readiness_tells_causes_with_their_records() {
    use couplet_engine::preparation::{Cause, Foresight, Severity, readiness};
    let mut world = creating(with_salespeople());
    let long = "x".repeat(101);
    let disabled = RowId(Uuid::from_u128(0xD15));
    world.references.lookups[0].add("DD", Some(disabled));
    for salesperson in ["XX", "XX", "DD"] {
        let values =
            [("Name", text("A")), ("Blocked", Value::Option(0)), ("Salesperson Code", text(salesperson))];
        world.add(BC, &values);
    }
    let account = world.account(&long);
    world.edit(DV, account, &[("ownerid", Value::Guid(user().0))]);
    world.add(BC, &[("Blocked", Value::Option(0))]);
    let plan = world.plan(&Run::scheduled(&world.mapping)).unwrap();
    let unable = [disabled.0].into_iter().collect();
    let foresight = Foresight {
        business_central: &world.business_central.schema,
        dataverse: &world.dataverse.schema,
        required: &["name"],
        unable_owners: &unable,
    };
    let found = readiness(&plan, foresight);
    let told: Vec<_> =
        found.iter().map(|it| (it.cause.code(), it.cause.severity(), it.records.len())).collect();
    assert_eq!(
        told,
        [
            ("failure.owner-not-coupled", Severity::Error, 2),
            ("readiness.owner-unable", Severity::Error, 1),
            ("readiness.required-blank", Severity::Error, 1),
            ("readiness.text-cut", Severity::Warning, 1),
        ]
    );
    assert_eq!(found[3].cause, Cause::TextCut { field: "Name".into(), max_length: 100 });
    assert_eq!(found[3].records, [(None, Some(RowId(account)))]);
}
