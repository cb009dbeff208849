//! Faults on demand (S6), counts, reset, and the sandbox's mark (S7).

use couplet_sandbox::{Delivery, Fault, FaultEffect, FaultWindow, Sandbox, System};
use serde_json::{Value, json};

use crate::client::{Client, sandbox};

const USERS: &str = "/api/data/v9.2/systemusers?$select=fullname,jobtitle";

fn client(sandbox: &Sandbox) -> Client<'_> {
    Client { sandbox, system: System::Dataverse }
}

fn fault(path_contains: &str, when: FaultWindow, effect: FaultEffect) -> Fault {
    Fault { system: Some(System::Dataverse), path_contains: path_contains.to_owned(), when, effect }
}

#[test]
fn s6_statuses_strike_as_often_as_told() {
    let sandbox = sandbox(20);
    let client = client(&sandbox);
    for (status, code) in [(429, "0x80072322"), (503, ""), (500, "0x80040216"), (401, "")] {
        let effect = FaultEffect::Status { status, retry_after: Some(7) };
        sandbox.set_faults(vec![fault("/systemusers", FaultWindow::Next(2), effect)]);
        assert_eq!(client.get("/api/data/v9.2/teams").status, 200, "another path");
        for _ in 0..2 {
            let answer = client.get(USERS);
            assert_eq!((answer.status, answer.code()), (status, code));
            assert_eq!(answer.response.header_value("Retry-After"), Some("7"));
        }
        assert_eq!(client.get(USERS).status, 200);
    }
    let effect = FaultEffect::Status { status: 503, retry_after: None };
    sandbox.set_faults(vec![fault("", FaultWindow::From(2), effect.clone())]);
    let statuses = [client.get(USERS).status, client.get(USERS).status, client.get(USERS).status];
    assert_eq!(statuses, [200, 503, 503]);
    sandbox.set_faults(vec![fault("", FaultWindow::Only(2), effect)]);
    let statuses = [client.get(USERS).status, client.get(USERS).status, client.get(USERS).status];
    assert_eq!(statuses, [200, 503, 200]);
}

#[test]
fn s6_connections_delays_and_malformed_rows() {
    let sandbox = sandbox(20);
    let client = client(&sandbox);
    let set = |effect| sandbox.set_faults(vec![fault("", FaultWindow::Next(1), effect)]);
    set(FaultEffect::BrokenConnection);
    let broken = client.get(USERS).response;
    assert_eq!(broken.delivery, Delivery::CutAfter(broken.body.len() / 2));
    set(FaultEffect::Stopped);
    assert_eq!(client.get(USERS).response.delivery, Delivery::Refused);
    set(FaultEffect::Delay { milliseconds: 250 });
    assert_eq!(client.get(USERS).response.delay_ms, 250);
    set(FaultEffect::MalformedRow { row: 3 });
    let rows = client.rows(USERS);
    let damaged: Vec<usize> =
        rows.iter().enumerate().filter(|(_, row)| row["jobtitle"].is_object()).map(|(at, _)| at).collect();
    assert_eq!(damaged, [3]);
    let bc = Client { sandbox: &sandbox, system: System::BusinessCentral };
    let fault = Fault {
        system: None,
        path_contains: "customers".to_owned(),
        when: FaultWindow::Next(1),
        effect: FaultEffect::MalformedRow { row: 0 },
    };
    sandbox.set_faults(vec![fault]);
    assert!(bc.rows("/api/v2.0/customers?$select=number")[0]["number"].is_object());
}

#[test]
fn faults_read_from_json_as_the_control_route_gets_them() {
    let text = json!([
        {"system": "dataverse", "pathContains": "/accounts", "when": {"next": 1}, "effect": {"status": {"status": 429, "retryAfter": 2}}},
        {"when": {"from": 3}, "effect": "stopped"},
        {"when": {"only": 1}, "effect": {"malformedRow": {"row": 2}}}
    ]);
    let faults: Vec<Fault> = serde_json::from_value(text).expect("readable");
    assert_eq!(faults[0].effect, FaultEffect::Status { status: 429, retry_after: Some(2) });
    assert_eq!(
        faults[1],
        Fault {
            system: None,
            path_contains: String::new(),
            when: FaultWindow::From(3),
            effect: FaultEffect::Stopped
        }
    );
}

#[test]
fn s2_s7_reset_counts_and_mark() {
    let sandbox = sandbox(20);
    let client = client(&sandbox);
    let before = client.get(USERS);
    assert_eq!(before.response.header_value("X-Sandbox"), Some("dataverse"));
    let id = before.rows()[0]["systemuserid"].as_str().expect("an id").to_owned();
    assert_eq!(client.send("DELETE", &format!("/api/data/v9.2/systemusers({id})"), &[], "").status, 204);
    let counts = serde_json::to_value(sandbox.request_counts()).expect("counts");
    let deleted = counts.as_array().expect("a list").iter().find(|it| it["method"] == "DELETE");
    assert_eq!(
        deleted,
        Some(
            &json!({"system": "dataverse", "method": "DELETE", "path": "/api/data/v9.2/systemusers({key})", "status": 204, "count": 1})
        )
    );
    sandbox.reset();
    assert!(sandbox.request_counts().is_empty());
    assert_eq!(client.get(USERS).json, before.json);
    assert_eq!(client.get("/api/data/v9.2/teams?$select=fullname").json["value"], Value::Null);
}
