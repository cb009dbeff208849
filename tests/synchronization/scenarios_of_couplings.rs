//! Scenarios of the reference through the wire: how records come together, by hand and by criteria, and apart again.

use couplet_engine::coupling::{RowId, SynchResult, SystemId};
use couplet_engine::job::JobKind;
use couplet_engine::planning::{PlanError, Run};
use couplet_engine::{Direction, FieldMappingStatus, OwnershipModel, Side};
use couplet_synchronization::{Goal, RunError};
use rustc_hash::FxHashSet;

use super::office::{Office, finish};
use super::plain::{
    NAME, account, chosen, chosen_rows, couple, create, customer, from, id, keep_fields, office, office_of,
    pair, push, to,
};

const TO: Direction = Direction::ToIntegrationTable;
const FROM: Direction = Direction::FromIntegrationTable;
const CURRENCIES: &str = "/api/data/v9.2/transactioncurrencies";

/// A third attempt of the reference, another row for a record that has one, is re-pointing here: 027.
#[test]
fn syn_026_double_coupling_is_refused() {
    let office = office();
    let ((a, row_a), (b, row_b)) = (pair(&office), pair(&office));
    let c = customer(&office, "C");
    for record in [c, b] {
        assert!(couple(&office, NAME, &[(record, row_a)]).is_empty());
    }
    let couplings = office.state(NAME).couplings;
    assert_eq!([a, b, c].map(|it| couplings.row_of(it)), [Some(row_a), Some(row_b), None]);
}

#[test]
fn syn_027_repointing_keeps_one_coupling() {
    let office = office();
    let (record, row) = pair(&office);
    let other = account(&office, 1, "X");
    couple(&office, NAME, &[(record, other)]);
    let couplings = office.state(NAME).couplings;
    assert_eq!((couplings.len(), couplings.row_of(record)), (1, Some(other)));
    assert_eq!(couplings.record_of(row), None);
}

#[test]
fn syn_031_coupling_a_customer_pushes_its_data() {
    let office = office();
    let record = customer(&office, "C");
    let row = account(&office, 1, "A");
    couple(&office, NAME, &[(record, row)]);
    let job = push(&office, NAME, TO, chosen([record]));
    assert_eq!(to(&job).modified, 1, "{:?}", office.causes());
    assert_eq!((&office.account(row)["name"], &office.customer(record)["name"]), (&"C".into(), &"C".into()));
}

/// A currency without a counterpart.
fn new_currency(office: &Office) -> serde_json::Value {
    let rows = office.rows(Side::Dataverse, CURRENCIES);
    let mut currencies = office.rows(Side::BusinessCentral, &office.companion("currencies"));
    currencies.retain(|it| rows.iter().all(|row| row["isocurrencycode"] != it["code"]));
    currencies.swap_remove(0)
}

#[test]
fn syn_036_a_currency_is_created_with_code_and_precision() {
    let office = Office::new(20, OwnershipModel::Team);
    let before = office.rows(Side::Dataverse, CURRENCIES);
    let currency = new_currency(&office);
    let record = SystemId(id(&currency, "systemId"));
    let run = Run::create_new(TO, chosen([record]));
    let (_, job) = finish(office.run("CURRENCY", run, JobKind::Chosen)).unwrap().unwrap();
    assert_eq!(to(&job).inserted, 1, "{:?}", office.causes());
    let after = office.rows(Side::Dataverse, CURRENCIES);
    assert_eq!(after.len(), before.len() + 1);
    let state = office.state("CURRENCY");
    let coupling = state.couplings.get(record).unwrap();
    let row = after.iter().find(|row| id(row, "transactioncurrencyid") == coupling.coupling.row.id().0);
    assert_eq!(row.unwrap()["isocurrencycode"], currency["code"]);
    assert_ne!(row.unwrap()["currencyprecision"], 0);
    assert_eq!(coupling.coupling.row.last_run().unwrap().result, SynchResult::Success);
}

#[test]
fn syn_041_a_broken_coupling_heals_on_explicit_create() {
    let office = office();
    let (record, row) = pair(&office);
    office.delete_account(row);
    let job = create(&office, TO, chosen([record]));
    assert_eq!(to(&job).inserted, 1, "{:?}", office.causes());
    let new = office.state(NAME).couplings.row_of(record).unwrap();
    assert_ne!(new, row);
    assert_eq!(office.account(new)["name"], office.customer(record)["name"]);
    office.delete_customer(record);
    let job = create(&office, FROM, chosen_rows([new]));
    assert_eq!(from(&job).inserted, 1, "{:?}", office.causes());
    let again = office.state(NAME).couplings.record_of(new).unwrap();
    assert_ne!(again, record);
    assert_eq!(office.customer(again)["name"], office.account(new)["name"]);
}

/// A currency without its name, the reference's middle variant, is one that Dataverse refuses: the name is required there.
#[test]
fn syn_054_disabled_field_rows() {
    for is_disabled in [true, false] {
        let mut office = Office::new(20, OwnershipModel::Team);
        if is_disabled {
            keep_fields(&mut office, "CURRENCY", &[]);
        }
        let before = office.rows(Side::Dataverse, CURRENCIES);
        let record = SystemId(id(&new_currency(&office), "systemId"));
        let ran = finish(office.run("CURRENCY", Run::create_new(TO, chosen([record])), JobKind::Chosen));
        let after = office.rows(Side::Dataverse, CURRENCIES);
        if is_disabled {
            assert_eq!(ran.unwrap().err(), Some(RunError::Plan(PlanError::NoFieldMapping)));
            assert_eq!(after, before);
            continue;
        }
        let row = office.state("CURRENCY").couplings.row_of(record).unwrap();
        let new = after.iter().find(|it| id(it, "transactioncurrencyid") == row.0).unwrap();
        for column in ["isocurrencycode", "currencyname", "currencysymbol"] {
            assert!(new[column].as_str().is_some_and(|text| !text.is_empty()), "{column}: {new}");
        }
        assert!(new["isocurrencycode"].as_str().unwrap().len() <= 5);
    }
}

/// Customers and accounts with pairwise equal telephone numbers and different names, coupled by that number.
fn five_pairs() -> (Office, Vec<SystemId>, Vec<RowId>) {
    let mut office = office_of(OwnershipModel::Team, &["name", "telephone1"]);
    let mut fields = office.mapping_mut(NAME).field_mappings.iter_mut();
    let phone = fields.find(|it| it.column.as_deref() == Some("telephone1")).unwrap();
    assert_eq!(phone.status, FieldMappingStatus::Enabled);
    phone.use_for_match_based_coupling = true;
    let (mut records, mut rows) = (Vec::new(), Vec::new());
    for number in 0..5 {
        let record = customer(&office, &format!("customer {number}"));
        office.edit_customer(record, "phoneNo", format!("+99 {number}"));
        let row = account(&office, number, &format!("account {number}"));
        office.edit_account(row, "telephone1", format!("+99 {number}"));
        records.push(record);
        rows.push(row);
    }
    (office, records, rows)
}

fn match_records(office: &Office, only: Option<&[SystemId]>) -> usize {
    let goal = Goal::Match { chosen: only.map(|records| records.iter().copied().collect()) };
    let (_, job) = finish(office.reach(NAME, &goal, JobKind::Coupling)).unwrap().unwrap();
    to(&job).coupled
}

#[test]
fn syn_125_one_match_is_coupled_and_then_synchronized() {
    let (office, records, rows) = five_pairs();
    assert_eq!(match_records(&office, Some(&records[2..3])), 1);
    let job = push(&office, NAME, TO, chosen([records[2]]));
    assert_eq!(to(&job).modified, 1, "{:?}", office.causes());
    let names: Vec<_> = rows.iter().map(|row| office.account(*row)["name"].clone()).collect();
    assert_eq!(names, ["account 0", "account 1", "customer 2", "account 3", "account 4"]);
    assert_eq!(office.state(NAME).couplings.len(), 1);
}

#[test]
fn syn_126_all_selected_records_match() {
    let (office, records, rows) = five_pairs();
    let (other, partner) = pair(&office);
    assert_eq!(match_records(&office, Some(&records)), 5);
    let couplings = office.state(NAME).couplings;
    assert_eq!(couplings.row_of(other), Some(partner));
    assert!(records.iter().zip(&rows).all(|(record, row)| couplings.row_of(*record) == Some(*row)));
    // The whole mapping finds the same.
    let (office, records, rows) = five_pairs();
    assert!(match_records(&office, None) >= 5);
    let couplings = office.state(NAME).couplings;
    assert!(records.iter().zip(&rows).all(|(record, row)| couplings.row_of(*record) == Some(*row)));
}

#[test]
fn syn_129_customers_lose_their_company_with_the_coupling() {
    let office = office();
    let pairs = [pair(&office), pair(&office), pair(&office)];
    let goal = Goal::Uncouple { records: FxHashSet::from_iter([pairs[0].0, pairs[1].0]) };
    let (_, job) = finish(office.reach(NAME, &goal, JobKind::Uncoupling)).unwrap().unwrap();
    assert_eq!(to(&job).uncoupled, 2);
    let has_company = |row: RowId| office.account(row)["_bcbi_companyid_value"].is_string();
    assert_eq!(pairs.map(|(_, row)| has_company(row)), [false, false, true]);
    let couplings = office.state(NAME).couplings;
    assert_eq!(pairs.map(|(record, _)| couplings.row_of(record).is_some()), [false, false, true]);
}
