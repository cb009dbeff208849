//! The demo data: deterministic, in proportion, and with every exclusion reason of the default filters.

use couplet_sandbox::{Sandbox, SandboxOptions, System};
use serde_json::Value;

use crate::client::{Client, options, sandbox};

const COMPANION: &str = "/api/couplet/integration/v1.0";
const API: &str = "/api/data/v9.2";
const ALL: (&str, &str) = ("Prefer", "odata.include-annotations=\"*\"");
const PARENT: &str = "_parentcustomerid_value@Microsoft.Dynamics.CRM.lookuplogicalname";

struct Data {
    customers: Vec<Value>,
    vendors: Vec<Value>,
    contacts: Vec<Value>,
    relations: Vec<Value>,
    accounts: Vec<Value>,
    dv_contacts: Vec<Value>,
    users: Vec<Value>,
    companies: Vec<Value>,
    company: String,
}

fn read(sandbox: &Sandbox) -> Data {
    let bc = Client { sandbox, system: System::BusinessCentral };
    let dv = Client { sandbox, system: System::Dataverse };
    let companion = |set: &str| bc.all(&format!("{COMPANION}/{set}"), &[]);
    let dataverse = |set: &str| dv.all(&format!("{API}/{set}"), &[ALL]);
    Data {
        customers: companion("customers"),
        vendors: companion("vendors"),
        contacts: companion("contacts"),
        relations: companion("contactBusinessRelations"),
        accounts: dataverse("accounts"),
        dv_contacts: dataverse("contacts"),
        users: dataverse("systemusers"),
        companies: dataverse("bcbi_companies"),
        company: companion("companies")[0]["id"].as_str().expect("an id").to_owned(),
    }
}

fn count(rows: &[Value], matches: impl Fn(&Value) -> bool) -> usize {
    rows.iter().filter(|row| matches(row)).count()
}

#[test]
fn every_exclusion_reason_occurs_on_both_sides() {
    for customers in [50, 2_000] {
        let data = read(&sandbox(customers));
        let own = data
            .companies
            .iter()
            .find(|it| it["bcbi_externalid"] == data.company.as_str())
            .expect("own company");
        let own = own["bcbi_companyid"].clone();
        let occurs = |what: &str, found: usize| assert!(found > 0, "{what} does not occur among {customers}");
        for blocked in ["_x0020_", "Ship", "Invoice", "All"] {
            occurs(blocked, count(&data.customers, |row| row["blocked"] == blocked));
        }
        for blocked in ["_x0020_", "Payment", "All"] {
            occurs(blocked, count(&data.vendors, |row| row["blocked"] == blocked));
        }
        occurs("company contact", count(&data.contacts, |row| row["type"] == "Company"));
        occurs("person", count(&data.contacts, |row| row["type"] == "Person" && row["companyNo"] != ""));
        occurs(
            "person without company",
            count(&data.contacts, |row| row["type"] == "Person" && row["companyNo"] == ""),
        );
        let partner = |no: &Value| {
            let own = |it: &&Value| it["contactNo"] == *no;
            data.relations
                .iter()
                .filter(own)
                .any(|it| it["linkToTable"] == "Customer" || it["linkToTable"] == "Vendor")
        };
        let hidden =
            |row: &Value| row["type"] == "Person" && row["companyNo"] != "" && !partner(&row["companyNo"]);
        occurs("hidden contact rule", count(&data.contacts, hidden));
        occurs("other relation", count(&data.relations, |it| it["linkToTable"] == "Bank_x0020_Account"));
        occurs("inactive account", count(&data.accounts, |row| row["statecode"] == 1));
        for kind in [Value::Null, 3.into(), 11.into(), 8.into(), 1.into()] {
            occurs("account type", count(&data.accounts, |row| row["customertypecode"] == kind));
        }
        let company = |row: &Value| row["_bcbi_companyid_value"].clone();
        for rows in [&data.accounts, &data.dv_contacts] {
            occurs("own company", count(rows, |row| company(row) == own));
            occurs("no company", count(rows, |row| company(row).is_null()));
            occurs("other company", count(rows, |row| !company(row).is_null() && company(row) != own));
        }
        occurs("parent account", count(&data.dv_contacts, |row| row[PARENT] == "account"));
        occurs("parent contact", count(&data.dv_contacts, |row| row[PARENT] == "contact"));
        occurs("no parent", count(&data.dv_contacts, |row| row["_parentcustomerid_value"].is_null()));
        occurs("inactive contact", count(&data.dv_contacts, |row| row["statecode"] == 1));
        occurs("disabled user", count(&data.users, |row| row["isdisabled"] == true));
        occurs("unlicensed user", count(&data.users, |row| row["islicensed"] == false));
        occurs("integration user", count(&data.users, |row| row["isintegrationuser"] == true));
    }
}

#[test]
fn the_two_sides_look_like_one_company() {
    let data = read(&sandbox(2_000));
    let names: std::collections::BTreeSet<&str> =
        data.accounts.iter().filter_map(|row| row["name"].as_str()).collect();
    let same = count(&data.customers, |row| row["name"].as_str().is_some_and(|name| names.contains(name)));
    assert!((1_200..1_700).contains(&same), "{same} customers have an account of the same name");
    let customers: std::collections::BTreeSet<&str> =
        data.customers.iter().filter_map(|row| row["name"].as_str()).collect();
    assert_eq!(customers.len(), 2_000, "customers of this size have names of their own");
    let shared =
        count(&data.vendors, |row| row["name"].as_str().is_some_and(|name| customers.contains(name)));
    assert!(shared >= 40, "{shared} vendors are customers too");
    assert!((2_050..2_250).contains(&data.accounts.len()), "{} accounts", data.accounts.len());
    assert!((2_800..3_400).contains(&data.contacts.len()), "{} contacts", data.contacts.len());
    assert_eq!((data.vendors.len(), data.users.len(), data.companies.len()), (200, 30, 2));
    let mails: Vec<&Value> = data.users.iter().map(|row| &row["internalemailaddress"]).collect();
    let sandbox = sandbox(20);
    let bc = Client { sandbox: &sandbox, system: System::BusinessCentral };
    let people = bc.rows(&format!("{COMPANION}/salespersonsPurchasers"));
    let missing = count(&people, |row| !mails.contains(&&row["eMail"]));
    assert_eq!((people.len(), missing), (12, 3), "missing owners");
    let primary = count(&data.customers, |row| row["primaryContactNo"] != "");
    assert!(primary > 1_000);
    let linked = count(&data.accounts, |row| !row["_primarycontactid_value"].is_null());
    assert!(linked > 500);
}

#[test]
fn lengths_and_references_hold() {
    let data = read(&sandbox(2_000));
    let numbers: std::collections::BTreeSet<&str> =
        data.contacts.iter().filter_map(|row| row["no"].as_str()).collect();
    assert_eq!(numbers.len(), data.contacts.len());
    for row in &data.contacts {
        let company = row["companyNo"].as_str().expect("text");
        assert!(company.is_empty() || numbers.contains(company));
        for (name, max) in [
            ("name", 100),
            ("city", 30),
            ("phoneNo", 30),
            ("eMail", 80),
            ("postCode", 20),
            ("county", 30),
            ("mobilePhoneNo", 30),
        ] {
            assert!(row[name].as_str().expect("text").chars().count() <= max, "{name} of {row}");
        }
    }
    for row in &data.accounts {
        for (name, max) in [
            ("name", 160),
            ("address1_city", 80),
            ("telephone1", 50),
            ("emailaddress1", 100),
            ("accountnumber", 20),
            ("address1_stateorprovince", 50),
        ] {
            assert!(row[name].as_str().unwrap_or_default().chars().count() <= max, "{name} of {row}");
        }
    }
    let odd = count(&data.customers, |row| row["currencyCode"].as_str().is_some_and(|code| code.len() > 5));
    assert!(odd > 0, "a currency code longer than Dataverse's five characters");
}

#[test]
fn the_same_seed_gives_the_same_data() {
    let bodies = |seed: u64| {
        let sandbox = Sandbox::new(SandboxOptions { seed, ..options(100) });
        let bc = Client { sandbox: &sandbox, system: System::BusinessCentral }
            .get("/api/v2.0/customers")
            .response
            .body;
        (
            bc,
            Client { sandbox: &sandbox, system: System::Dataverse }
                .get("/api/data/v9.2/accounts")
                .response
                .body,
        )
    };
    assert!(bodies(7) == bodies(7));
    assert!(bodies(7) != bodies(8));
}

/// Rows of Sales on both sides, so that its mappings can be tried; the amounts are those that Sales computes.
#[test]
fn sales_has_rows_on_both_sides() {
    let sandbox = sandbox(2_000);
    let dv = Client { sandbox: &sandbox, system: System::Dataverse };
    let bc = Client { sandbox: &sandbox, system: System::BusinessCentral };
    let all = |set: &str| dv.all(&format!("/api/data/v9.2/{set}"), &[]);
    let products = all("products");
    let numbers: std::collections::BTreeSet<&str> =
        products.iter().filter_map(|row| row["productnumber"].as_str()).collect();
    assert_eq!(numbers.len(), products.len(), "numbers are unique");
    let items = bc.rows("/api/v2.0/items?$select=number");
    let known = count(&items, |item| item["number"].as_str().is_some_and(|it| numbers.contains(it)));
    assert!(known > items.len() / 2 && known < items.len(), "{known} of {} items", items.len());
    for (kind, expected) in [(1, 60), (2, 1), (3, 15)] {
        assert!(count(&products, |row| row["producttypecode"] == kind) >= expected, "type {kind}");
    }
    assert!(
        count(&products, |row| row["statecode"] == 1) > 5
            && count(&products, |row| row["statecode"] == 2) > 0
    );
    let groups = all("uomschedules");
    assert_eq!(count(&groups, |row| row["name"].as_str().is_some_and(|it| it.starts_with("NAV "))), 8);
    assert!(all("productpricelevels").len() > 300 && all("opportunities").len() > 50);
    for (set, lines, states) in [
        ("quotes", "quote_details", 4),
        ("salesorders", "order_details", 4),
        ("invoices", "invoice_details", 3),
    ] {
        let rows = dv.all(&format!("/api/data/v9.2/{set}?$expand={lines}"), &[]);
        let seen: std::collections::BTreeSet<i64> =
            rows.iter().filter_map(|row| row["statecode"].as_i64()).collect();
        assert_eq!(seen.len(), states, "{set}");
        for row in &rows {
            let lines = row[lines].as_array().expect("lines");
            assert!(!lines.is_empty());
            let number = |row: &Value, name: &str| row[name].as_f64().unwrap_or_default();
            let sum: f64 = lines.iter().map(|line| number(line, "extendedamount")).sum();
            let total = number(row, "totalamount");
            assert!((sum + number(row, "freightamount") - total).abs() < 0.005, "{set}: {row}");
            assert!(row["_customerid_value"].is_string() && row["_pricelevelid_value"].is_string());
        }
    }
    // Any change computes an order's totals anew: they stay what they were.
    let order = dv.rows("/api/data/v9.2/salesorders?$filter=statecode%20eq%200&$top=1")[0].clone();
    let at = format!("/api/data/v9.2/salesorders({})", order["salesorderid"].as_str().expect("an id"));
    assert_eq!(dv.send("PATCH", &at, &[], r#"{"description":"x"}"#).status, 204);
    assert_eq!(dv.get(&at).json["totalamount"], order["totalamount"]);
    let won = dv.rows(
        "/api/data/v9.2/salesorders?$filter=_quoteid_value%20ne%20null&$expand=quoteid($select=statecode)",
    );
    assert!(
        !won.is_empty() && won.iter().all(|row| row["quoteid"]["statecode"] == 2),
        "orders of won quotes"
    );
}
