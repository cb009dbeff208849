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
    let example =
        include_str!("../../README.md").split("```json").nth(1).and_then(|it| it.split("```").next());
    let documented: Vec<Fault> = serde_json::from_str(example.expect("an example")).expect("readable");
    assert_eq!(documented[6].when, FaultWindow::Chance { seed: 7, per_thousand: 20 });
    assert_eq!(documented[10].effect, FaultEffect::ClockSkew { seconds: -300 });
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

#[test]
fn s6_work_done_and_answer_lost() {
    let sandbox = sandbox(20);
    let bc = Client { sandbox: &sandbox, system: System::BusinessCentral };
    let strike = |path: &str, effect| {
        let when = FaultWindow::Next(1);
        sandbox.set_faults(vec![Fault { system: None, path_contains: path.to_owned(), when, effect }]);
    };
    let count = || bc.get("/api/v2.0/paymentTerms/$count").json.as_i64().expect("a number");
    let json = [("Content-Type", "application/json")];
    let create =
        |code: &str| bc.send("POST", "/api/v2.0/paymentTerms", &json, &format!(r#"{{"code":"{code}"}}"#));
    let before = count();
    strike("/paymentTerms", FaultEffect::LostResponse);
    assert_eq!(create("L1").response.delivery, Delivery::Refused);
    strike("/paymentTerms", FaultEffect::StatusAfterWork { status: 504, retry_after: None });
    assert_eq!(create("L2").status, 504);
    strike("/paymentTerms", FaultEffect::RolledBack);
    assert_eq!(create("L3").status, 400);
    assert_eq!(count(), before + 2, "done twice although it looked undone, undone once");
    strike("paymentTerms(", FaultEffect::FailedPart { status: 409 });
    let row = bc.rows("/api/v2.0/paymentTerms?$top=1")[0].clone();
    let id = row["id"].as_str().expect("an id");
    let part = |number: u32| {
        let headers = json!({"If-Match": "*", "Content-Type": "application/json"});
        json!({"id": number.to_string(), "method": "PATCH", "url": format!("paymentTerms({id})"),
            "headers": headers, "body": {"displayName": "X"}})
    };
    let body = json!({"requests": [part(1), part(2)]}).to_string();
    let headers = [json[0], ("Prefer", "odata.continue-on-error")];
    let answer = bc.send("POST", "/api/v2.0/$batch", &headers, &body);
    let statuses: Vec<&Value> =
        answer.json["responses"].as_array().expect("a list").iter().map(|it| &it["status"]).collect();
    assert_eq!(statuses, [409, 200], "one part of the batch fails");
}

#[test]
fn s6_one_part_of_a_dataverse_batch_fails() {
    let sandbox = sandbox(20);
    let client = client(&sandbox);
    let effect = FaultEffect::FailedPart { status: 412 };
    sandbox.set_faults(vec![fault("/teams", FaultWindow::Only(2), effect)]);
    let part = "--b\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n\
                GET /api/data/v9.2/teams?$select=name HTTP/1.1\r\n\r\n\r\n";
    let body = format!("{}--b--\r\n", part.repeat(3));
    let headers = [("Content-Type", "multipart/mixed;boundary=b"), ("Prefer", "odata.continue-on-error")];
    let answer = client.send("POST", "/api/data/v9.2/$batch", &headers, &body);
    let text = String::from_utf8(answer.response.body).expect("text");
    let statuses: Vec<&str> =
        text.lines().filter_map(|line| line.strip_prefix("HTTP/1.1 ")?.get(..3)).collect();
    assert_eq!((answer.status, statuses), (200, vec!["200", "412", "200"]));
    let costs = sandbox.costs();
    assert_eq!(costs[0].operations.values().sum::<u64>(), 3, "parts are counted one by one");
}

#[test]
fn s6_rows_change_between_two_pages() {
    let sandbox = sandbox(40);
    for (system, url, modified) in [
        (System::BusinessCentral, "/api/v2.0/customers", "lastModifiedDateTime"),
        (System::Dataverse, "/api/data/v9.2/accounts", "modifiedon"),
    ] {
        let client = Client { sandbox: &sandbox, system };
        let read = || client.all(url, &[("Prefer", "odata.maxpagesize=10")]);
        let before = read();
        let strike = |effect| {
            let fault = Fault {
                system: Some(system),
                path_contains: String::new(),
                when: FaultWindow::Next(1),
                effect,
            };
            sandbox.set_faults(vec![fault]);
        };
        strike(FaultEffect::RowChanged { row: 15 });
        let changed = read();
        assert_ne!(changed[15][modified], before[15][modified]);
        assert_eq!(changed[16], before[16]);
        strike(FaultEffect::RowDeleted { row: 15 });
        let fewer = read();
        assert_eq!((fewer.len(), &fewer[15]), (before.len() - 1, &before[16]));
    }
}

#[test]
fn s6_faults_by_seed_and_clock_skew() {
    let sandbox = sandbox(20);
    let bc = Client { sandbox: &sandbox, system: System::BusinessCentral };
    let run = |seed: u64| -> Vec<(u16, Delivery)> {
        sandbox.set_faults(couplet_sandbox::faults_of_seed(seed, 40));
        let answers = (0..300).map(|_| bc.get("/api/v2.0/companies").response);
        answers.map(|answer| (answer.status, answer.delivery)).collect()
    };
    let first = run(7);
    assert_eq!(first, run(7), "the same seed strikes the same requests");
    assert_ne!(first, run(8));
    let good = first.iter().filter(|it| **it == (200, Delivery::Whole)).count();
    assert!((150..295).contains(&good), "{good} of 300 get through");
    sandbox.set_faults(Vec::new());
    let json = [("Content-Type", "application/json")];
    let modified = |code: &str| {
        let body = format!(r#"{{"code":"{code}"}}"#);
        let made = bc.send("POST", "/api/v2.0/shipmentMethods", &json, &body);
        made.json["lastModifiedDateTime"].as_str().expect("a moment").to_owned()
    };
    let right = modified("S1");
    assert_eq!(right, "2026-03-20T09:46:40Z");
    sandbox.set_clock_skew(System::BusinessCentral, -900_000);
    assert_eq!(modified("S2"), "2026-03-20T09:41:40Z", "300 seconds at most");
    sandbox.set_clock_skew(System::BusinessCentral, 0);
    let skewed = |system, seconds| Fault {
        system: Some(system),
        ..fault("", FaultWindow::Next(1), FaultEffect::ClockSkew { seconds })
    };
    sandbox.set_faults(vec![skewed(System::BusinessCentral, 10), skewed(System::Dataverse, 20)]);
    assert_eq!(modified("S3"), "2026-03-20T09:46:50Z");
    assert_eq!(modified("S4"), right);
}
