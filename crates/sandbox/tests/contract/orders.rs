//! Orders that are kept while rows change, and rows found by alternate key: the same as made anew.

use couplet_sandbox::{Sandbox, System};
use serde_json::{Value, json};

use crate::client::{BC_BASE, Client, options, query, sandbox};

const API: &str = "/api/data/v9.2";

fn ids(client: &Client<'_>, options: &str) -> Vec<String> {
    let rows =
        client.all(&format!("{API}/accounts?{}", query(options)), &[("Prefer", "odata.maxpagesize=50")]);
    rows.iter().map(|row| row["accountid"].as_str().expect("an id").to_owned()).collect()
}

const QUESTIONS: [&str; 5] = [
    "$select=name&$orderby=name desc,accountid",
    "$select=name&$orderby=modifiedon,name",
    "$select=name&$orderby=statecode desc,address1_city,name&$filter=statecode eq 0",
    "$select=name&$orderby=name&$filter=contains(name,'siège')",
    "$select=name&$orderby=_ownerid_value,accountid&$filter=name ne null",
];

#[test]
fn b25_b26_orders_follow_the_changes_of_their_rows() {
    let sandbox = sandbox(300);
    let client = Client { sandbox: &sandbox, system: System::Dataverse };
    let before: Vec<_> = QUESTIONS.iter().map(|it| ids(&client, it)).collect();
    let victims = ids(&client, "$select=name&$orderby=accountid&$top=60");
    for (number, id) in victims.iter().enumerate() {
        sandbox.advance_clock(1_000);
        let at = format!("{API}/accounts({id})");
        let answer = match number % 4 {
            0 => client.send("DELETE", &at, &[], ""),
            1 => client.send("PATCH", &at, &[], &json!({"name": format!("Äpfel {number}")}).to_string()),
            2 => client.send("PATCH", &at, &[], r#"{"statecode":1,"statuscode":2}"#),
            _ => client.send("POST", &format!("{API}/accounts"), &[], r#"{"name":"Nouveau (siège)"}"#),
        };
        assert_eq!(answer.status, 204, "{}", answer.message());
    }
    // A refusal in a change set takes back what was written before it.
    let bulk = json!({"Targets": [
        {"@odata.type": "Microsoft.Dynamics.CRM.account", "name": "Aaa"},
        {"@odata.type": "Microsoft.Dynamics.CRM.account", "name": null},
    ]});
    let refused = client.send(
        "POST",
        &format!("{API}/accounts/Microsoft.Dynamics.CRM.CreateMultiple"),
        &[],
        &bulk.to_string(),
    );
    assert_eq!(refused.status, 400);
    // The same rows in a sandbox that never sorted them before.
    let fresh = Sandbox::new(options(300));
    fresh.load(&sandbox.save()).expect("the same demo data");
    let fresh = Client { sandbox: &fresh, system: System::Dataverse };
    for (question, before) in QUESTIONS.iter().zip(before) {
        let after = ids(&client, question);
        assert_eq!(after, ids(&fresh, question), "{question}");
        assert_ne!(after, before, "{question}");
    }
}

#[test]
fn b27_sorted_pages_count_what_passes() {
    let sandbox = sandbox(300);
    let client = Client { sandbox: &sandbox, system: System::Dataverse };
    for filter in ["statecode eq 0", "contains(name,'siège')", "name ne null"] {
        let plain = format!("{API}/accounts?{}", query(&format!("$select=name&$filter={filter}")));
        let all = client.all(&plain, &[]).len();
        let sorted = format!("{plain}&{}", query("$orderby=name,accountid&$count=true&$top=3"));
        let page = client.get(&sorted).json;
        assert_eq!(page["@odata.count"].as_u64(), u64::try_from(all).ok(), "{filter}");
        assert_eq!(page["value"].as_array().map(Vec::len), Some(3));
    }
}

#[test]
fn a27_sorted_rows_are_skipped_after_filtering() {
    let sandbox = sandbox(300);
    let client = Client { sandbox: &sandbox, system: System::BusinessCentral };
    assert!(BC_BASE.ends_with("/sandbox"));
    let url = |options: &str| format!("/api/v2.0/customers?{}", query(options));
    let all = client.rows(&url("$select=number&$orderby=displayName desc&$filter=blocked eq ' '"));
    let some =
        client.rows(&url("$select=number&$orderby=displayName desc&$filter=blocked eq ' '&$skip=7&$top=5"));
    let number = |rows: &[Value]| -> Vec<Value> { rows.iter().map(|row| row["number"].clone()).collect() };
    assert_eq!(number(&some), number(&all[7..12]));
}

#[test]
fn b36_b46_rows_are_found_by_keys_while_they_change() {
    let sandbox = sandbox(300);
    let client = Client { sandbox: &sandbox, system: System::Dataverse };
    let key = json!({"SchemaName": "couplet_employee", "KeyAttributes": ["employeeid"]});
    let made = client.send(
        "POST",
        &format!("{API}/EntityDefinitions(LogicalName='contact')/Keys"),
        &[],
        &key.to_string(),
    );
    assert_eq!(made.status, 204, "{}", made.message());
    let at = |value: &str| format!("{API}/contacts(employeeid='{value}')");
    let put = |value: &str, name: &str| {
        client.send("PATCH", &at(value), &[], &json!({"lastname": name}).to_string()).status
    };
    let first = client.send("PATCH", &at("P-1"), &[], r#"{"lastname":"Un"}"#);
    assert_eq!(first.status, 204, "{}", first.message());
    assert_eq!((put("P-1", "Un"), put("P-2", "Deux"), put("p-1", "Eins")), (204, 204, 204));
    assert_eq!(client.get(&at("P-1")).json["lastname"], "Eins", "case is ignored");
    let renamed = client.send("PATCH", &at("P-1").replace("P-1", "P-2"), &[], r#"{"lastname":"Zwei"}"#);
    assert_eq!(renamed.status, 204);
    let id = client.get(&at("P-1")).json["contactid"].as_str().expect("an id").to_owned();
    let by_id = format!("{API}/contacts({id})");
    assert_eq!(
        client.send("PATCH", &by_id, &[], r#"{"employeeid":"P-2"}"#).status,
        412,
        "another row has it"
    );
    assert_eq!(client.send("PATCH", &by_id, &[], r#"{"employeeid":"P-3"}"#).status, 204);
    assert_eq!((client.get(&at("P-1")).status, client.get(&at("P-3")).status), (404, 200));
    assert_eq!(client.get(&at("P%253")).status, 404, "no wildcard is meant");
    assert_eq!(client.send("DELETE", &by_id, &[], "").status, 204);
    assert_eq!((client.get(&at("P-3")).status, put("P-3", "Trois")), (404, 204));
}
