//! The counts of the preview against two others: one made here over the services' own JSON, and the servers' own.

use couplet_engine::default_setup::build;
use couplet_engine::preview::{PreviewRules, Related, RuleSubject, fields_to_read};
use couplet_engine::{ColumnTable, IntegrationTableMapping, Language, OwnershipModel, Side};
use couplet_filter::FieldValue;
use couplet_systems::{
    Count, OPTION_LABEL, OPTION_VALUE, Precision, Pushed, ReadOptions, combine, option_set_rows, push,
};
use serde_json::Value;

use crate::driver::Connected;
use crate::previews::{SidePreview, context};

const WEB_API: &str = "/api/data/v9.2";
const PARENT_TABLE: &str = "_parentcustomerid_value@Microsoft.Dynamics.CRM.lookuplogicalname";

#[track_caller]
fn check(mapping: &str, side: Side, expected: (usize, usize)) {
    let connected = Connected::shared();
    let setup = build(OwnershipModel::Person, connected.company.as_ref());
    let mapping = setup.mappings.iter().find(|it| it.name.as_str() == mapping).unwrap();
    let preview = SidePreview::new(connected, mapping, OwnershipModel::Person, side);
    assert_eq!((preview.verdicts.n_in, preview.verdicts.n_out), expected, "{} {side:?}", mapping.name);
}

/// How many rows match and how many do not; both occur, or the comparison would prove little.
#[track_caller]
fn split(rows: &[Value], matches: impl Fn(&Value) -> bool) -> (usize, usize) {
    let n_in = rows.iter().filter(|row| matches(row)).count();
    assert!(n_in > 0 && n_in < rows.len(), "{n_in} of {}", rows.len());
    (n_in, rows.len() - n_in)
}

fn api(set: &str) -> Vec<Value> {
    let connected = Connected::shared();
    let address = format!("/api/v2.0/companies({})/{set}", connected.bc_company.id);
    connected.driver.raw_rows(Side::BusinessCentral, &address)
}

fn companion(set: &str) -> Vec<Value> {
    let connected = Connected::shared();
    let address = format!("/api/couplet/integration/v1.0/companies({})/{set}", connected.bc_company.id);
    connected.driver.raw_rows(Side::BusinessCentral, &address)
}

fn dataverse(set: &str) -> Vec<Value> {
    Connected::shared().driver.raw_rows(Side::Dataverse, &format!("{WEB_API}/{set}"))
}

/// Whether a row belongs to the connected company or to none.
fn is_ours(row: &Value) -> bool {
    let company = Connected::shared().company.as_ref().unwrap().id.to_string();
    row["_bcbi_companyid_value"].is_null() || row["_bcbi_companyid_value"] == company
}

#[test]
fn customers_and_vendors_of_business_central() {
    // The standard API and the companion show the same table: counted here in the one, previewed through the other.
    check("CUSTOMER", Side::BusinessCentral, split(&api("customers"), |row| row["blocked"] == "_x0020_"));
    check("VENDOR", Side::BusinessCentral, split(&api("vendors"), |row| row["blocked"] == "_x0020_"));
}

#[test]
fn contacts_of_business_central_with_the_rule_behind_the_filter() {
    let setup = &companion("marketingSetups")[0];
    let codes = [
        ("Customer", setup["busRelCodeForCustomers"].clone()),
        ("Vendor", setup["busRelCodeForVendors"].clone()),
    ];
    let relations = companion("contactBusinessRelations");
    let has_relation = |number: &Value| {
        relations.iter().any(|relation| {
            let is_partner = codes.iter().any(|(table, code)| {
                relation["linkToTable"] == *table && relation["businessRelationCode"] == *code
            });
            is_partner && relation["contactNo"] == *number
        })
    };
    let rows = api("contacts");
    let by_filter = |row: &Value| row["type"] == "Person" && row["companyNumber"] != "";
    let expected = split(&rows, |row| by_filter(row) && has_relation(&row["companyNumber"]));
    assert!(expected.0 < rows.iter().filter(|row| by_filter(row)).count(), "the rule excludes nobody");
    check("CONTACT", Side::BusinessCentral, expected);
}

#[test]
fn accounts_of_dataverse_for_customers_and_vendors() {
    let accounts = dataverse("accounts");
    for (mapping, kind) in [("CUSTOMER", 3), ("VENDOR", 11)] {
        let passes = |row: &Value| row["statecode"] == 0 && row["customertypecode"] == kind && is_ours(row);
        check(mapping, Side::Dataverse, split(&accounts, passes));
    }
}

#[test]
fn contacts_and_users_of_dataverse() {
    let passes = |row: &Value| {
        let has_parent = !row["_parentcustomerid_value"].is_null();
        has_parent && row[PARENT_TABLE] == "account" && row["statecode"] == 0 && is_ours(row)
    };
    check("CONTACT", Side::Dataverse, split(&dataverse("contacts"), passes));
    let passes = |row: &Value| {
        row["isdisabled"] == false && row["islicensed"] == true && row["isintegrationuser"] == false
    };
    check("SALESPEOPLE", Side::Dataverse, split(&dataverse("systemusers"), passes));
}

#[test]
fn tables_without_a_filter_pass_whole() {
    for (mapping, set) in [
        ("SALESPEOPLE", "salespersonsPurchasers"),
        ("CURRENCY", "currencies"),
        ("PAYMENT TERMS", "paymentTerms"),
        ("SHIPMENT METHOD", "shipmentMethods"),
        ("SHIPPING AGENT", "shippingAgents"),
    ] {
        check(mapping, Side::BusinessCentral, (companion(set).len(), 0));
    }
    check("CURRENCY", Side::Dataverse, (dataverse("transactioncurrencies").len(), 0));
}

#[test]
fn option_values_are_previewed_like_records() {
    let connected = Connected::shared();
    let setup = build(OwnershipModel::Team, connected.company.as_ref());
    for (name, n_values) in [("PAYMENT TERMS", 4), ("SHIPMENT METHOD", 2), ("SHIPPING AGENT", 7)] {
        let mapping = setup.mappings.iter().find(|it| it.name.as_str() == name).unwrap();
        let account = &connected.dataverse_table(&mapping.integration_table).schema;
        let column = mapping.integration_uid.column();
        let (schema, rows) = option_set_rows(account, column, Language::English).unwrap();
        let filter = mapping.filter(Side::Dataverse);
        let rules = PreviewRules::bind(mapping, OwnershipModel::Team, filter, &schema, &context()).unwrap();
        let verdicts = rules.evaluate(&rows, &Related::default());
        assert_eq!((verdicts.n_in, verdicts.n_out), (n_values, 0), "{name}");
        let read = fields_to_read(mapping, Some(&rules), &schema);
        assert_eq!(read, [OPTION_VALUE, OPTION_LABEL], "{name}");
    }
}

/// Rows that pass every clause of the filter, whatever the rules behind it say; by their keys.
fn passing_clauses(preview: &SidePreview<'_>) -> Vec<String> {
    let is_clause = |idx: usize| matches!(preview.rules.rules[idx].subject, RuleSubject::Clause { .. });
    let clauses: Vec<usize> = (0..preview.rules.rules.len()).filter(|&idx| is_clause(idx)).collect();
    let passes = |row: usize| clauses.iter().all(|&idx| preview.verdicts.passes[idx].get(row));
    let rows = (0..preview.rows.n_rows()).filter(|&row| passes(row));
    sorted(rows.map(|row| key(&preview.rows, &preview.rules.key_field, row)))
}

pub(super) fn key(rows: &ColumnTable, field: &str, row: usize) -> String {
    match rows.column(field).unwrap().get(row) {
        FieldValue::Guid(id) => id.to_string(),
        other => panic!("{other:?} is no key"),
    }
}

pub(super) fn sorted(keys: impl Iterator<Item = String>) -> Vec<String> {
    let mut keys: Vec<String> = keys.collect();
    keys.sort();
    keys
}

#[test]
fn servers_pass_what_the_standard_filters_say_or_more() {
    let connected = Connected::shared();
    let setup = build(OwnershipModel::Person, connected.company.as_ref());
    let mut n_filters = 0;
    for mapping in setup.mappings.iter().filter(|mapping| !mapping.is_option_mapping()) {
        for side in [Side::BusinessCentral, Side::Dataverse] {
            if !mapping.filter(side).is_empty() {
                check_pushed(connected, mapping, side);
                n_filters += 1;
            }
        }
    }
    assert_eq!(n_filters, 7);
}

#[track_caller]
fn check_pushed(connected: &Connected, mapping: &IntegrationTableMapping, side: Side) {
    let preview = SidePreview::new(connected, mapping, OwnershipModel::Person, side);
    let clauses: Vec<Pushed> = preview
        .rules
        .rules
        .iter()
        .filter_map(|rule| match &rule.subject {
            RuleSubject::Clause { field, filter, .. } => Some(push(side, field, filter)),
            _ => None,
        })
        .collect();
    let pushed = combine(&clauses);
    let told = format!("{} {side:?}: {pushed:?}", mapping.name);
    assert_ne!(pushed.precision, Precision::NotPushed, "{told}");
    let expected = passing_clauses(&preview);
    let n_server = match connected.driver.count(&preview.source, &pushed) {
        Count::Exact(count) => count as usize,
        Count::AtLeast(_) => panic!("{told}: more rows than the demo data has"),
    };
    let options = ReadOptions { filter: Some(pushed.clone()), ..ReadOptions::default() };
    let (rows, _) = connected.driver.read(&preview.source, preview.schema, [], options);
    let sent = sorted((0..rows.n_rows()).map(|row| key(&rows, &preview.rules.key_field, row)));
    assert_eq!(sent.len(), n_server, "{told}: the server's count and its rows");
    if pushed.precision == Precision::Exact {
        assert_eq!(sent, expected, "{told}");
    }
    assert!(expected.iter().all(|key| sent.binary_search(key).is_ok()), "{told}: a passing row is not sent");
    assert!(sent.len() < preview.rows.n_rows(), "{told}: nothing is left out");
}
