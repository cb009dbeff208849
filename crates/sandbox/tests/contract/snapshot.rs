//! The state as a snapshot: saved, loaded, compared, and the transactions under it.

use couplet_sandbox::{Sandbox, SandboxOptions, Snapshot, SnapshotError, System};
use serde_json::{Value, json};

use crate::client::{Client, options, sandbox};

const CUSTOMERS: &str = "/api/v2.0/customers";
const JSON: (&str, &str) = ("Content-Type", "application/json");
const ANY: [(&str, &str); 2] = [JSON, ("If-Match", "*")];

fn bc(sandbox: &Sandbox) -> Client<'_> {
    Client { sandbox, system: System::BusinessCentral }
}

fn dv(sandbox: &Sandbox) -> Client<'_> {
    Client { sandbox, system: System::Dataverse }
}

fn first(client: Client<'_>, set: &str, key: &str) -> String {
    let row = client.get(&format!("{set}?$top=1")).rows()[0].clone();
    format!("{set}({})", row[key].as_str().expect("an id"))
}

#[test]
fn saved_states_are_loaded_as_they_were() {
    let sandbox = sandbox(40);
    let (bc, dv) = (bc(&sandbox), dv(&sandbox));
    let everything = || [bc.get(CUSTOMERS).json, dv.get("/api/data/v9.2/accounts").json];
    let generated = everything();
    let empty = sandbox.save();
    assert_eq!(empty.n_rows(), 0);
    let account = first(dv, "/api/data/v9.2/accounts", "accountid");
    let customer = first(bc, CUSTOMERS, "id");
    let made = bc.send("POST", CUSTOMERS, &[JSON], r#"{"displayName":"Alpes","creditLimit":2.5}"#);
    assert_eq!(bc.send("PATCH", &customer, &ANY, r#"{"city":"Sion"}"#).status, 200);
    assert_eq!(dv.send("PATCH", &account, &ANY, r#"{"name":"Other","revenue":7}"#).status, 204);
    let contact = first(dv, "/api/data/v9.2/contacts", "contactid");
    assert_eq!(dv.send("DELETE", &contact, &[], "").status, 204);
    let later = everything();
    let saved = sandbox.save();
    assert_eq!(saved.n_rows(), 4);
    sandbox.load(&empty).expect("the same data");
    assert_eq!(everything(), generated);
    let again = bc.send("POST", CUSTOMERS, &[JSON], r#"{"displayName":"Alpes"}"#);
    assert_eq!(again.json["id"], made.json["id"], "ids start again too");
    let file = serde_json::to_string(&saved).expect("JSON");
    let read: Snapshot = serde_json::from_str(&file).expect("JSON");
    sandbox.load(&read).expect("the same data");
    assert_eq!(everything(), later);
    assert_eq!(dv.get(&contact).status, 404);
    assert_eq!(sandbox.save(), saved);
    let other = Sandbox::new(SandboxOptions { seed: 9, ..options(40) });
    assert_eq!(other.load(&saved), Err(SnapshotError::OtherData));
    let broken = file.replace("\"City\"", "\"Citty\"");
    let broken: Snapshot = serde_json::from_str(&broken).expect("JSON");
    assert_eq!(sandbox.load(&broken), Err(SnapshotError::UnknownPart { name: "Citty".to_owned() }));
    assert_eq!(everything(), later, "nothing was loaded");
}

#[test]
fn states_are_compared_by_what_they_hold() {
    let (one, two) = (sandbox(30), sandbox(30));
    let customer = first(bc(&one), CUSTOMERS, "id");
    let patch = |sandbox: &Sandbox, body: &str| {
        assert_eq!(bc(sandbox).send("PATCH", &customer, &ANY, body).status, 200);
    };
    patch(&one, r#"{"city":"Sion"}"#);
    patch(&two, r#"{"city":"Bern"}"#);
    two.advance_clock(60_000);
    patch(&two, r#"{"city":"Sion"}"#);
    assert_eq!(one.save().differences(&two.save()), [], "moments and versions do not count");
    patch(&two, r#"{"city":"Bern","blocked":"All"}"#);
    let differences = serde_json::to_value(one.save().differences(&two.save())).expect("JSON");
    let columns: Vec<&Value> =
        differences.as_array().expect("a list").iter().map(|it| &it["column"]).collect();
    assert_eq!(columns, ["Blocked", "City"]);
    assert_eq!((&differences[1]["first"], &differences[1]["second"]), (&json!("Sion"), &json!("Bern")));
    patch(&two, r#"{"city":"Sion","blocked":" "}"#);
    let account = first(dv(&one), "/api/data/v9.2/accounts", "accountid");
    assert_eq!(dv(&one).send("DELETE", &account, &[], "").status, 204);
    let differences = one.save().differences(&two.save());
    assert_eq!(differences.len(), 1);
    assert_eq!(
        (differences[0].table.as_str(), differences[0].first.as_deref()),
        ("account", Some("deleted"))
    );
}

#[test]
fn b34_b36_changed_metadata_belongs_to_the_state() {
    let sandbox = sandbox(20);
    let client = dv(&sandbox);
    let empty = sandbox.save();
    let at = "/api/data/v9.2/EntityDefinitions(LogicalName='account')";
    let read = || {
        let options = client.get(&format!(
            "{at}/Attributes(LogicalName='paymenttermscode')/Microsoft.Dynamics.CRM.PicklistAttributeMetadata?$expand=OptionSet"
        ));
        let keys = client.get(&format!("{at}/Keys"));
        (options.json["OptionSet"]["Options"].as_array().map(Vec::len), keys.rows().len())
    };
    let (before, no_keys) = read();
    let option = json!({
        "EntityLogicalName": "account", "AttributeLogicalName": "paymenttermscode", "Value": 1000,
        "Label": {"LocalizedLabels": [{"Label": "Net 90", "LanguageCode": 1033}]},
    });
    let inserted = client.send("POST", "/api/data/v9.2/InsertOptionValue", &[JSON], &option.to_string());
    assert_eq!(inserted.status, 200, "{}", inserted.message());
    let key = r#"{"SchemaName":"couplet_sic","KeyAttributes":["sic"]}"#;
    assert_eq!(client.send("POST", &format!("{at}/Keys"), &[JSON], key).status, 204);
    let changed = read();
    assert_eq!(changed, (before.map(|it| it + 1), no_keys + 1));
    let saved = sandbox.save();
    let differences = empty.differences(&saved);
    let columns: Vec<_> = differences.iter().filter_map(|it| it.column.as_deref()).collect();
    assert_eq!(columns, ["paymenttermscode", "keys"]);
    sandbox.load(&empty).expect("the same data");
    assert_eq!(read(), (before, no_keys));
    let file = serde_json::to_string(&saved).expect("JSON");
    sandbox.load(&serde_json::from_str(&file).expect("JSON")).expect("the same data");
    assert_eq!((read(), sandbox.save().differences(&saved)), (changed, Vec::new()));
}
