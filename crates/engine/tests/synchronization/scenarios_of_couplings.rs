//! The scenarios of the reference about matching and uncoupling, the coupling dialogs, and the standard setup as far as
//! synchronization depends on it.

use couplet_engine::coupling::{RowId, SystemId};
use couplet_engine::default_setup::{build, priority_order};
use couplet_engine::matching::match_records;
use couplet_engine::planning::{
    InitialSynchronization, Partner, Presence, Repair, RowCompany, Run, Selection, followers,
    initial_synchronization, offers_create_new, repairs, uncouple,
};
use couplet_engine::{Direction, MappingName, OwnershipModel, UpdateConflictResolution, Value};
use rustc_hash::FxHashSet;
use uuid::Uuid;

use crate::scenarios::{BC, DV, chosen_records, contacts, dataverse_contact, parent, person};
use crate::world::{World, company, records, text};

/// Five customers and five accounts with pairwise equal phone numbers and different names.
fn five_pairs() -> (World, Vec<Uuid>, Vec<Uuid>) {
    let mut world = World::customers();
    world.mapping.update_conflict_resolution = UpdateConflictResolution::SendUpdateToIntegration;
    world.field_mapping("telephone1").use_for_match_based_coupling = true;
    let (mut customers, mut accounts) = (Vec::new(), Vec::new());
    for number in 0..5 {
        let phone = text(&format!("555-{number}"));
        customers.push(world.customer(&format!("customer {number}")));
        world.edit(BC, customers[number], &[("Phone No.", phone.clone())]);
        accounts.push(world.account(&format!("account {number}")));
        world.edit(DV, accounts[number], &[("telephone1", phone)]);
    }
    (world, customers, accounts)
}

/// Couples what matches: the number of couplings made.
fn couple_matches(world: &mut World, chosen: Option<&[Uuid]>) -> usize {
    let chosen: Option<FxHashSet<SystemId>> = chosen.map(|ids| ids.iter().map(|id| SystemId(*id)).collect());
    let views = world.views();
    let (left, right) = (records(&views.0, "SystemModifiedAt", None), records(&views.1, "modifiedon", None));
    let found = match_records(&world.mapping, left, right, &world.state.couplings, chosen.as_ref()).unwrap();
    for pair in &found.matched {
        world.couple(pair.record.0, pair.row.0);
    }
    found.matched.len()
}

#[test]
fn syn_030_the_preset_of_the_coupling_dialog() {
    let mapping = World::customers().mapping;
    let preset = |partner| initial_synchronization(&mapping, partner);
    assert_eq!(preset(Partner::None), InitialSynchronization::ToIntegrationTable);
    assert_eq!(preset(Partner::Coupled), InitialSynchronization::DoNotSynchronize);
}

#[test]
fn syn_033_where_create_new_is_offered() {
    let customers = World::customers().mapping;
    let salespeople = World::new("SALESPEOPLE", OwnershipModel::Person).mapping;
    assert!(!offers_create_new(&customers, Partner::Coupled));
    assert!(!offers_create_new(&salespeople, Partner::None));
    assert!(offers_create_new(&customers, Partner::None));
}

#[test]
fn syn_074_the_other_half_of_a_deleted_record_can_be_deleted() {
    for (record, row) in [(Presence::Deleted, Presence::Exists), (Presence::Exists, Presence::Deleted)] {
        let offered = repairs(record, row);
        assert_eq!(offered, [Repair::RestoreRecord, Repair::DeleteRecord, Repair::DeleteCoupling]);
    }
    assert!(!repairs(Presence::Exists, Presence::Exists).contains(&Repair::DeleteRecord));
}

#[test]
fn syn_076_a_coupling_without_records_can_only_go() {
    assert_eq!(repairs(Presence::Deleted, Presence::Deleted), []);
}

#[test]
fn syn_125_one_match_is_coupled_and_then_synchronized() {
    let (mut world, customers, accounts) = five_pairs();
    assert_eq!(couple_matches(&mut world, Some(&customers[2..3])), 1);
    // Send Update to Integration: the follow-up goes to Dataverse (S3.39).
    let run = Run::chosen(&world.mapping, Direction::ToIntegrationTable, chosen_records(&customers[2..3]));
    assert_eq!(world.run(&run).unwrap().to.modified, 1);
    let names: Vec<Value> = accounts.iter().map(|id| world.dataverse.get(*id, "name")).collect();
    assert_eq!(names, ["account 0", "account 1", "customer 2", "account 3", "account 4"].map(text));
}

#[test]
fn syn_126_all_selected_records_match() {
    let (mut world, customers, _) = five_pairs();
    assert_eq!(couple_matches(&mut world, Some(&customers)), 5);
    let (mut world, ..) = five_pairs();
    let (other, partner) = world.pair("coupled before");
    assert_eq!(couple_matches(&mut world, None), 5);
    assert_eq!(world.state.couplings.row_of(SystemId(other)), Some(RowId(partner)));
}

fn uncoupled(world: &mut World, chosen: &[Uuid]) -> (usize, usize) {
    let chosen: FxHashSet<SystemId> = chosen.iter().map(|id| SystemId(*id)).collect();
    let views = world.views();
    let rows = records(&views.1, "modifiedon", None);
    let found = uncouple(&world.mapping, Some(&company()), &world.state.couplings, rows, &chosen);
    for it in &found {
        if it.company == RowCompany::Cleared {
            world.edit(DV, it.row.0, &[("bcbi_companyid", Value::Null)]);
        }
        world.state.couplings.remove(it.record);
    }
    (found.len(), found.iter().filter(|it| it.company == RowCompany::Cleared).count())
}

#[test]
fn syn_128_simple_tables_are_uncoupled_without_touching_records() {
    let mut world = World::new("CURRENCY", OwnershipModel::Team);
    let record = world.add(BC, &[("Code", text("USD"))]);
    let row = world.add(DV, &[("bcbi_companyid", Value::Guid(company().id))]);
    world.couple_settled(record, row);
    let before = world.dataverse.clone();
    assert!(!world.mapping.uncouple_by_job);
    assert_eq!(uncoupled(&mut world, &[record]), (1, 0));
    assert!(world.state.couplings.is_empty() && world.dataverse == before);
}

#[test]
fn syn_129_customers_lose_their_company_with_the_coupling() {
    let mut world = World::customers();
    let pairs: Vec<_> = ["A", "B", "C"].iter().map(|name| world.pair(name)).collect();
    assert!(world.mapping.uncouple_by_job);
    assert_eq!(uncoupled(&mut world, &[pairs[0].0, pairs[1].0]), (2, 2));
    assert_eq!(world.dataverse.get(pairs[0].1, "bcbi_companyid"), Value::Null);
    assert_eq!(world.dataverse.get(pairs[2].1, "bcbi_companyid"), Value::Guid(company().id));
    assert!(world.coupling(pairs[2].0).is_some());
    assert_eq!(uncoupled(&mut world, &[pairs[2].0]), (1, 1));
}

#[test]
fn syn_130_other_mappings_keep_their_couplings() {
    let mut customers = World::customers();
    let mut others = contacts();
    let customer = customers.pair("A").0;
    let contact = person(&mut others, "CT0001");
    let row = dataverse_contact(&mut others, parent());
    others.couple_settled(contact, row);
    let before = others.state.clone();
    assert_eq!(uncoupled(&mut customers, &[customer]), (1, 1));
    assert_eq!(others.state, before);
    assert_eq!(others.dataverse.get(row, "bcbi_companyid"), Value::Guid(company().id));
}

#[test]
fn syn_131_a_record_listed_twice_counts_once() {
    let mut world = World::customers();
    let (first, second) = (world.pair("A").0, world.pair("B").0);
    assert_eq!(uncoupled(&mut world, &[first, first, second, second]), (2, 2));
}

#[test]
fn syn_132_contacts_follow_their_customer() {
    let mut world = contacts();
    let other = RowId(Uuid::from_u128(0x404));
    let mut coupled = |company: &str, account: RowId| {
        let contact = person(&mut world, company);
        let row = dataverse_contact(&mut world, account);
        world.couple_settled(contact, row);
        SystemId(contact)
    };
    let expected: FxHashSet<SystemId> =
        [coupled("CT0001", parent()), coupled("CT0001", parent())].into_iter().collect();
    coupled("CT0001", other);
    coupled("CT0099", parent());
    let views = world.views();
    let (left, right) = (records(&views.0, "SystemModifiedAt", None), records(&views.1, "modifiedon", None));
    assert_eq!(followers("CT0001", parent(), left, right, &world.state.couplings), expected);
}

#[test]
fn syn_094_a_full_run_creates_uncoupled_records_inside_the_filters() {
    let mut world = World::customers();
    let customer = world.customer("A");
    let account = world.account("B");
    let blocked = world.customer("C");
    world.edit(BC, blocked, &[("Blocked", Value::Option(3))]);
    assert!(world.mapping.synch_only_coupled_records);
    let run = Run::full(&world.mapping);
    assert_eq!(run.selection, Selection::All);
    let ran = world.run(&run).unwrap();
    assert_eq!((ran.to.inserted, ran.from.inserted), (1, 1));
    assert!(world.coupling(customer).is_some() && world.coupling(blocked).is_none());
    assert!(world.state.couplings.of_row(RowId(account)).is_some());
    assert!(world.mapping.synch_only_coupled_records);
}

fn names(names: &[&str]) -> Vec<MappingName> {
    names.iter().map(|name| MappingName::new(name).unwrap()).collect()
}

#[test]
fn syn_081_job_descriptions_name_mapping_and_service() {
    for ownership in [OwnershipModel::Person, OwnershipModel::Team] {
        for job in build(ownership, Some(&company())).job_queue_entries {
            assert!(job.description.contains(job.mapping.as_str()), "{}", job.description);
            assert!(
                job.description.contains("Dataverse") && !job.description.contains('%'),
                "{}",
                job.description
            );
        }
    }
}

#[test]
fn syn_082_every_default_mapping_has_one_job() {
    let setup = build(OwnershipModel::Person, Some(&company()));
    for mapping in &setup.mappings {
        assert_eq!(setup.job_queue_entries.iter().filter(|job| job.mapping == mapping.name).count(), 1);
    }
}

#[test]
fn syn_088_dependencies_of_the_default_mappings() {
    for ownership in [OwnershipModel::Person, OwnershipModel::Team] {
        let setup = build(ownership, Some(&company()));
        let of =
            |name: &str| setup.mapping(&MappingName::new(name).unwrap()).unwrap().dependency_filter.clone();
        let mut expected =
            names(&["SALESPEOPLE", "CURRENCY", "PAYMENT TERMS", "SHIPMENT METHOD", "SHIPPING AGENT"]);
        if ownership == OwnershipModel::Team {
            expected.remove(0);
        }
        assert_eq!((of("CUSTOMER"), of("VENDOR")), (expected.clone(), expected));
        assert_eq!(of("CONTACT"), names(&["CUSTOMER", "VENDOR"]));
        for blank in ["CURRENCY", "PAYMENT TERMS", "SHIPMENT METHOD", "SHIPPING AGENT"] {
            assert_eq!(of(blank), []);
        }
    }
}

#[test]
fn syn_096_the_order_of_a_manual_run_of_all() {
    let order: Vec<MappingName> = priority_order().collect();
    assert_eq!(order, names(&["SALESPEOPLE", "CURRENCY", "CUSTOMER", "VENDOR", "CONTACT"]));
}

#[test]
fn syn_097_default_directions() {
    let setup = build(OwnershipModel::Person, Some(&company()));
    for mapping in &setup.mappings {
        let expected = match mapping.name.as_str() {
            "CUSTOMER" | "VENDOR" | "CONTACT" => Direction::Bidirectional,
            "SALESPEOPLE" => Direction::FromIntegrationTable,
            _ => Direction::ToIntegrationTable,
        };
        assert_eq!(mapping.direction, expected, "{}", mapping.name);
    }
}

/// The conditions of both sides of a default mapping, as text.
fn filters(name: &str) -> (String, String) {
    let setup = build(OwnershipModel::Team, Some(&company()));
    let mapping = setup.mapping(&MappingName::new(name).unwrap()).unwrap();
    (mapping.table_filter.to_string(), mapping.integration_table_filter.to_string())
}

#[test]
fn syn_098_default_filters_of_customers_and_vendors() {
    for (name, kind) in [("CUSTOMER", "customertypecode: 3"), ("VENDOR", "customertypecode: 11")] {
        let (bc, dataverse) = filters(name);
        assert_eq!(bc, "Blocked: ' '");
        assert!(dataverse.contains(kind) && dataverse.contains("statecode: 0"), "{dataverse}");
        let lower = dataverse.to_lowercase();
        assert!(
            lower.contains(&company().id.to_string()) && lower.contains(&Uuid::nil().to_string()),
            "{dataverse}"
        );
    }
}

#[test]
fn syn_099_default_filter_of_contacts() {
    let (bc, dataverse) = filters("CONTACT");
    assert!(bc.contains("Type: ") && bc.contains("Company No.: <>''"), "{bc}");
    for part in ["statecode: 0", "parentcustomerid: ", "parentcustomeridtype: ", "bcbi_companyid: "] {
        assert!(dataverse.contains(part), "{dataverse}");
    }
}

#[test]
fn syn_101_only_coupled_records_by_default() {
    assert!(
        build(OwnershipModel::Person, None).mappings.iter().all(|mapping| mapping.synch_only_coupled_records)
    );
}
