//! Scenarios of the reference through the wire: what arrives in fields, who owns a row, and what fails because of it.

use couplet_engine::coupling::{RowId, Skipped, SynchResult, SystemId};
use couplet_engine::mapping::FieldMapping;
use couplet_engine::planning::Run;
use couplet_engine::{Direction, MappingName, OwnershipModel, Side};
use serde_json::{Value as Json, json};

use super::office::Office;
use super::plain::{
    NAME, chosen, chosen_rows, couple, customer, from, id, marks, office, office_of, pair, push, to,
};

const TO: Direction = Direction::ToIntegrationTable;
const FROM: Direction = Direction::FromIntegrationTable;
const SALESPEOPLE: &str = "SALESPEOPLE";

/// An office in which rows are owned by persons.
fn office_of_persons() -> Office {
    office_of(OwnershipModel::Person, &["name", "fax", "ownerid", "owneridtype"])
}

/// The codes and ids of the salespeople.
fn salespeople(office: &Office) -> Vec<(String, SystemId)> {
    let rows = office.rows(Side::BusinessCentral, &office.companion("salespersonsPurchasers"));
    rows.iter().map(|row| (row["code"].as_str().unwrap().to_owned(), SystemId(id(row, "systemId")))).collect()
}

/// Users who may own rows: neither disabled nor without license, no integration users.
fn users(office: &Office) -> Vec<Json> {
    let mut users = office.rows(Side::Dataverse, "/api/data/v9.2/systemusers");
    users.retain(|it| {
        it["isdisabled"] == false && it["islicensed"] == true && it["isintegrationuser"] == false
    });
    users
}

fn user_id(user: &Json) -> RowId {
    RowId(id(user, "systemuserid"))
}

/// A coupled customer whose salesperson was set to one who is not coupled.
fn with_uncoupled_salesperson(office: &Office) -> (SystemId, RowId) {
    let (record, row) = pair(office);
    office.edit_customer(record, "salespersonCode", salespeople(office)[0].0.as_str());
    (record, row)
}

/// The salesperson of that customer is coupled after all.
fn couple_salesperson(office: &Office) -> RowId {
    let user = user_id(&users(office)[0]);
    couple(office, SALESPEOPLE, &[(salespeople(office)[0].1, user)]);
    assert_eq!(office.state(SALESPEOPLE).couplings.len(), 1);
    user
}

fn skipped(office: &Office, record: SystemId) -> Skipped {
    office.state(NAME).couplings.get(record).unwrap().coupling.skipped
}

#[test]
fn syn_020_a_list_selection_counts_what_it_leaves_out() {
    let office = office_of_persons();
    let (fine, row) = pair(&office);
    office.edit_customer(fine, "faxNo", "7");
    let (failing, _) = with_uncoupled_salesperson(&office);
    let (shelved, _) = pair(&office);
    let name = MappingName::new(NAME).unwrap();
    let mut kept = office.store.kept.borrow_mut();
    let couplings = &mut kept.states.get_mut(&name).unwrap().couplings;
    couplings.get_mut(shelved).unwrap().coupling.skipped = Skipped::Yes;
    drop(kept);
    let uncoupled = customer(&office, "Sans partenaire");
    let job = push(&office, NAME, TO, chosen([fine, failing, shelved, uncoupled]));
    assert_eq!((to(&job).modified, to(&job).failed, to(&job).skipped), (1, 1, 2), "{:?}", office.causes());
    assert_eq!(office.account(row)["fax"], "7");
}

#[test]
fn syn_032_coupling_a_salesperson_pulls_dataverse_data() {
    let office = office_of_persons();
    let user = users(&office).remove(1);
    let (_, record) = salespeople(&office)[0];
    couple(&office, SALESPEOPLE, &[(record, user_id(&user))]);
    let job = push(&office, SALESPEOPLE, FROM, chosen_rows([user_id(&user)]));
    assert_eq!(from(&job).modified, 1, "{:?}", office.causes());
    let rows = office.rows(Side::BusinessCentral, &office.companion("salespersonsPurchasers"));
    let row = rows.iter().find(|row| id(row, "systemId") == record.0).unwrap();
    assert_eq!(row["name"], user["fullname"]);
    assert_eq!(users(&office)[1]["fullname"], user["fullname"]);
}

#[test]
fn syn_046_a_forced_run_overrides_unchanged_checks() {
    let office = office();
    let (record, row) = pair(&office);
    office.synchronize(NAME);
    office.edit_account(row, "fax", "3");
    let run = Run { direction: TO, ..Run::scheduled(office.mapping(NAME)) };
    let ran = super::office::finish(office.run(NAME, run, couplet_engine::job::JobKind::Modified));
    assert_eq!(to(&ran.unwrap().unwrap().1).modified, 0);
    assert_eq!(office.account(row)["fax"], "3");
    let job = push(&office, NAME, TO, chosen([record]));
    assert_eq!(to(&job).modified, 1, "{:?}", office.causes());
    assert_ne!(office.account(row)["fax"], "3");
}

/// A field takes part in the directions that are its own and its table's.
#[test]
fn syn_053_field_and_table_direction() {
    let both = Direction::Bidirectional;
    for (table, field, is_sent, is_taken) in
        [(both, both, true, true), (TO, TO, true, false), (FROM, FROM, false, true), (TO, both, true, false)]
    {
        let mut office = office();
        let pairs = [pair(&office), pair(&office)];
        office.synchronize(NAME);
        let mapping = office.mapping_mut(NAME);
        mapping.direction = table;
        let fax = mapping.field_mappings.iter_mut().find(|it| it.column.as_deref() == Some("fax")).unwrap();
        fax.direction = field;
        office.edit_customer(pairs[0].0, "faxNo", "1");
        office.edit_account(pairs[1].1, "fax", "2");
        office.synchronize(NAME);
        let found = (office.account(pairs[0].1)["fax"] == "1", office.customer(pairs[1].0)["faxNo"] == "2");
        assert_eq!(found, (is_sent, is_taken), "{table:?} {field:?}: {:?}", office.causes());
    }
}

#[test]
fn syn_057_not_null_protects_the_owner() {
    let office = office_of_persons();
    let (record, row) = pair(&office);
    let user = user_id(&users(&office)[0]);
    office.edit_account(row, "ownerid@odata.bind", format!("/systemusers({})", user.0));
    office.edit_customer(record, "faxNo", "8");
    let job = push(&office, NAME, TO, chosen([record]));
    assert_eq!(to(&job).modified, 1, "{:?}", office.causes());
    let after = office.account(row);
    assert_eq!((id(&after, "_ownerid_value"), &after["fax"]), (user.0, &"8".into()));
}

#[test]
fn syn_059_county_is_state_or_province() {
    let office = office_of(OwnershipModel::Team, &["name", "address1_stateorprovince"]);
    let (record, row) = pair(&office);
    office.edit_customer(record, "county", "Texas");
    office.synchronize(NAME);
    assert_eq!(office.account(row)["address1_stateorprovince"], "Texas");
    office.edit_account(row, "address1_stateorprovince", "Vaud");
    office.synchronize(NAME);
    assert_eq!(office.customer(record)["county"], "Vaud", "{:?}", office.causes());
}

#[test]
fn syn_060_an_inactive_account_blocks_its_customer() {
    let mut office = office();
    let filter = &mut office.mapping_mut(NAME).integration_table_filter.conditions;
    filter.retain(|condition| condition.field != "statecode");
    let (record, row) = pair(&office);
    office.synchronize(NAME);
    office.edit_account(row, "statecode", 1);
    let job = push(&office, NAME, FROM, chosen_rows([row]));
    assert_eq!(from(&job).failed, 0, "{:?}", office.causes());
    assert_eq!(office.customer(record)["blocked"], "All");
    // An active account does not unblock.
    office.edit_account(row, "statecode", 0);
    push(&office, NAME, FROM, chosen_rows([row]));
    assert_eq!(office.customer(record)["blocked"], "All");
}

#[test]
fn syn_061_a_team_is_no_salesperson() {
    let mut office = office_of_persons();
    let mapping = office.mapping_mut(NAME);
    let owner = mapping.field_mappings.iter_mut().find(|it| it.column.as_deref() == Some("ownerid")).unwrap();
    owner.direction = Direction::Bidirectional;
    let (record, row) = pair(&office);
    office.edit_account(row, "fax", "5");
    let job = push(&office, NAME, FROM, chosen_rows([row]));
    assert_eq!((from(&job).modified, from(&job).failed), (1, 0), "{:?}", office.causes());
    assert_eq!(office.customer(record)["salespersonCode"], "");
    let user = user_id(&users(&office)[0]);
    office.edit_account(row, "ownerid@odata.bind", format!("/systemusers({})", user.0));
    let job = push(&office, NAME, FROM, chosen_rows([row]));
    assert_eq!(from(&job).failed, 1);
}

#[test]
fn syn_063_an_uncoupled_salesperson_blocks_the_push() {
    let office = office_of_persons();
    let (record, row) = with_uncoupled_salesperson(&office);
    let owner = office.account(row)["_ownerid_value"].clone();
    let job = push(&office, NAME, TO, chosen([record]));
    assert_eq!((to(&job).failed, to(&job).modified), (1, 0), "{:?}", office.causes());
    assert_eq!(office.account(row)["_ownerid_value"], owner);
    // The variant: there is no mapping SALESPEOPLE.
    let mut office = office_of_persons();
    let (record, row) = with_uncoupled_salesperson(&office);
    let owner = office.account(row)["_ownerid_value"].clone();
    office.configuration.mappings.retain(|it| it.name.as_str() != "SALESPEOPLE");
    let job = push(&office, NAME, TO, chosen([record]));
    assert_eq!((to(&job).failed, to(&job).modified), (1, 0), "{:?}", office.causes());
    assert_eq!(office.account(row)["_ownerid_value"], owner);
}

#[test]
fn syn_068_one_failure_does_not_skip_and_108_the_salespersons_user_owns_the_row() {
    let office = office_of_persons();
    let (record, row) = with_uncoupled_salesperson(&office);
    let (_, job) = office.synchronize(NAME);
    assert_eq!(to(&job).failed, 1);
    assert_eq!(skipped(&office, record), Skipped::No);
    let user = couple_salesperson(&office);
    let (_, job) = office.synchronize(NAME);
    assert_eq!(to(&job).modified, 1, "{:?}", office.causes());
    assert_eq!(skipped(&office, record), Skipped::No);
    assert_eq!(marks(&office, record).0.unwrap().result, SynchResult::Success);
    assert_eq!(id(&office.account(row), "_ownerid_value"), user.0);
    // Under Team the company's default team owns what is created.
    let office = super::plain::office();
    let (_, row) = pair(&office);
    let companies = office.rows(Side::Dataverse, "/api/data/v9.2/bcbi_companies");
    let account = office.account(row);
    let ours = companies.iter().find(|it| it["bcbi_companyid"] == account["_bcbi_companyid_value"]).unwrap();
    assert_eq!(account["_ownerid_value"], ours["_bcbi_defaultowningteam_value"]);
}

#[test]
fn syn_069_the_same_error_twice_skips_and_073_a_restored_and_repaired_record_synchronizes() {
    let office = office_of_persons();
    let (record, _) = with_uncoupled_salesperson(&office);
    let (_, first) = office.synchronize(NAME);
    assert_eq!(to(&first).failed, 1);
    let (_, second) = office.synchronize(NAME);
    assert_eq!((to(&second).skipped, to(&second).failed), (1, 0));
    assert_eq!(skipped(&office, record), Skipped::Yes);
    assert_eq!(marks(&office, record).0.unwrap().result, SynchResult::Failure);
    couple_salesperson(&office);
    let name = MappingName::new(NAME).unwrap();
    let restored = office.store.kept.borrow_mut().states.get_mut(&name).unwrap().couplings.retry([record]);
    assert_eq!(restored, 1);
    let (_, third) = office.synchronize(NAME);
    assert_eq!(to(&third).modified, 1, "{:?}", office.causes());
    assert_eq!(skipped(&office, record), Skipped::No);
    assert_eq!(marks(&office, record).0.unwrap().result, SynchResult::Success);
}

#[test]
fn syn_109_written_rows_get_the_company() {
    let office = office();
    let (record, row) = pair(&office);
    let company = office.account(row)["_bcbi_companyid_value"].clone();
    assert!(company.is_string());
    office.edit_account(row, "bcbi_companyid@odata.bind", json!(null));
    assert!(office.account(row)["_bcbi_companyid_value"].is_null());
    office.edit_customer(record, "faxNo", "6");
    push(&office, NAME, TO, chosen([record]));
    assert_eq!(office.account(row)["_bcbi_companyid_value"], company, "{:?}", office.causes());
}

/// Two fields that point to the same mapping, each with a code of its own.
#[test]
fn two_fields_may_point_to_one_mapping() {
    let mut office = office_of_persons();
    let mapping = office.mapping_mut(NAME);
    let owner = mapping.field_mappings.iter().find(|it| it.column.as_deref() == Some("ownerid")).unwrap();
    let second = FieldMapping {
        number: 1 + mapping.field_mappings.iter().map(|it| it.number).max().unwrap(),
        field: Some("Territory Code".to_owned()),
        field_number: None,
        column: Some("preferredsystemuserid".to_owned()),
        ..owner.clone()
    };
    mapping.field_mappings.push(second);
    let (record, row) = pair(&office);
    let (salespeople, users) = (salespeople(&office), users(&office));
    let couplings = [0, 1].map(|idx| (salespeople[idx].1, user_id(&users[idx])));
    couple(&office, SALESPEOPLE, &couplings);
    office.edit_customer(record, "salespersonCode", salespeople[0].0.as_str());
    office.edit_customer(record, "territoryCode", salespeople[1].0.as_str());
    let job = push(&office, NAME, TO, chosen([record]));
    assert_eq!(to(&job).modified, 1, "{:?}", office.causes());
    let account = office.account(row);
    assert_eq!(id(&account, "_ownerid_value"), couplings[0].1.0);
    assert_eq!(id(&account, "_preferredsystemuserid_value"), couplings[1].1.0);
}
