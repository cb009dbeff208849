//! The services' limits (A56, B56), the time that requests take, and what a run cost.

use std::collections::BTreeMap;

use couplet_sandbox::{
    BusinessCentralLimits, DataverseLimits, Limits, OperationKind, RequestForm, Sandbox, System, Timing,
};
use serde_json::json;

use crate::client::{Answer, Client, sandbox};

const DV: &str = "/api/data/v9.2/WhoAmI";
const BC: &str = "/api/v2.0/companies";

fn client(sandbox: &Sandbox, system: System) -> Client<'_> {
    Client { sandbox, system }
}

fn header<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
    answer.response.header_value(name)
}

fn timing(latency_ms: u64, read_ms: u64) -> Timing {
    Timing { latency_ms, operation_ms: BTreeMap::from([(OperationKind::Read, read_ms)]) }
}

#[test]
fn b56_requests_in_the_window() {
    let sandbox = sandbox(20);
    let client = client(&sandbox, System::Dataverse);
    sandbox.set_limits(Limits::documented());
    for number in 1..=6_000_u32 {
        let answer = client.get(DV);
        assert_eq!(answer.status, 200);
        let left = header(&answer, "x-ms-ratelimit-burst-remaining-xrm-requests");
        assert_eq!(left, Some((6_000 - number).to_string().as_str()));
        sandbox.advance_clock(10);
    }
    let over = client.get(DV);
    assert_eq!((over.status, over.code()), (429, "0x80072322"));
    // The first request was a minute ago: it leaves the window in four minutes, the one refused stays.
    assert_eq!(header(&over, "Retry-After"), Some("241"));
    sandbox.advance_clock(239_000);
    assert_eq!(client.get(DV).status, 429, "going on makes it longer");
    sandbox.advance_clock(1_200);
    assert_eq!(client.get(DV).status, 200);
    let bc = Client { sandbox: &sandbox, system: System::BusinessCentral };
    assert_eq!(bc.get(BC).status, 200, "each system counts for itself");
}

#[test]
fn b56_execution_time_and_concurrency() {
    let sandbox = sandbox(20);
    let client = client(&sandbox, System::Dataverse);
    sandbox.set_limits(Limits { dataverse: Some(DataverseLimits::default()), business_central: None });
    sandbox.set_timing(timing(0, 10_000));
    for number in 0..52 {
        let answer = client.get(DV);
        assert_eq!((answer.status, answer.response.delay_ms), (200, 10_000), "{number}");
    }
    let over = client.get(DV);
    assert_eq!((over.status, over.code()), (429, "0x80072326"), "52 at the same time");
    assert!(header(&over, "Retry-After").is_some());
    sandbox.advance_clock(10_001);
    for _ in 0..52 {
        assert_eq!(client.get(DV).status, 200);
    }
    sandbox.advance_clock(10_001);
    let mut last = client.get(DV);
    while last.status == 200 {
        last = client.get(DV);
    }
    assert_eq!(last.code(), "0x80072321", "1,200 seconds together");
    let seconds: i64 = header(&last, "Retry-After").and_then(|it| it.parse().ok()).expect("seconds");
    sandbox.advance_clock(seconds * 1_000);
    assert_eq!(client.get(DV).status, 200, "after the time it named");
}

#[test]
fn a56_five_at_once_and_a_queue() {
    let sandbox = sandbox(20);
    let client = client(&sandbox, System::BusinessCentral);
    sandbox.set_limits(Limits::documented());
    sandbox.set_timing(timing(50, 1_000));
    let delays: Vec<u64> = (0..12).map(|_| client.get(BC).response.delay_ms).collect();
    let expected: Vec<u64> = [1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3].iter().map(|it| it * 1_000 + 50).collect();
    assert_eq!(delays, expected, "five are processed, the others wait");
    let statuses: Vec<u16> = (12..101).map(|_| client.get(BC).status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 88, "95 wait at most");
    let over = client.get(BC);
    assert_eq!((over.status, over.code()), (429, "Application_TooManyRequests"));
    assert_eq!(header(&over, "Retry-After"), None, "none is documented for 429");
    sandbox.advance_clock(20_000);
    assert_eq!(client.get(BC).response.delay_ms, 1_050);
    let short = BusinessCentralLimits { requests: 3, ..BusinessCentralLimits::default() };
    sandbox.set_limits(Limits { business_central: Some(short), dataverse: None });
    sandbox.set_timing(timing(0, 0));
    let statuses: Vec<u16> = (0..4).map(|_| client.get(BC).status).collect();
    assert_eq!(statuses, [200, 200, 200, 429]);
    sandbox.advance_clock(300_000);
    assert_eq!(client.get(BC).status, 200);
    let slow = BusinessCentralLimits { processed: 1, ..BusinessCentralLimits::default() };
    sandbox.set_limits(Limits { business_central: Some(slow), dataverse: None });
    sandbox.set_timing(timing(0, 300_000));
    let answers: Vec<Answer> = (0..3).map(|_| client.get(BC)).collect();
    assert_eq!([answers[0].status, answers[1].status], [200, 200]);
    assert_eq!(
        (answers[2].status, header(&answers[2], "Retry-After")),
        (503, Some("60")),
        "more than 8 minutes"
    );
}

#[test]
fn costs_tell_what_a_run_was() {
    let sandbox = sandbox(20);
    sandbox.set_timing(timing(50, 5));
    let dv = client(&sandbox, System::Dataverse);
    let bc = client(&sandbox, System::BusinessCentral);
    assert_eq!(dv.get(DV).response.delay_ms, 55);
    let part = |id: &str| json!({"id": id, "method": "GET", "url": "companies"});
    let body = json!({"requests": [part("1"), part("2"), part("3")]}).to_string();
    let json = [("Content-Type", "application/json")];
    assert_eq!(bc.send("POST", "/api/v2.0/$batch", &json, &body).response.delay_ms, 65);
    bc.get("/api/v2.0/$metadata");
    let costs = sandbox.costs();
    assert_eq!(costs.len(), 2);
    assert_eq!(costs[0].requests, BTreeMap::from([(RequestForm::Single, 1), (RequestForm::Batch, 1)]));
    let operations = BTreeMap::from([(OperationKind::Read, 3), (OperationKind::Metadata, 1)]);
    assert_eq!((&costs[0].operations, costs[0].execution_ms), (&operations, 15));
    assert!(costs[0].response_bytes > 10_000);
    assert_eq!((costs[1].system, costs[1].throttled), (System::Dataverse, 0));
    sandbox.reset();
    assert!(sandbox.costs().is_empty());
    assert_eq!(dv.get(DV).response.delay_ms, 0, "timing is cleared too");
}

#[test]
fn the_control_route_sets_and_shows() {
    let sandbox = sandbox(20);
    let control = |method: &str, name: &str, body: &str| {
        let answer = sandbox.control(method, name, body.as_bytes());
        let json: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        (answer.status, json)
    };
    assert_eq!(control("POST", "limits", r#"{"dataverse":{"requests":1}}"#).0, 204);
    let shown = control("GET", "limits", "").1;
    assert_eq!((&shown["dataverse"]["requests"], &shown["dataverse"]["concurrent"]), (&json!(1), &json!(52)));
    assert_eq!(control("POST", "timing", r#"{"latencyMs":7,"operationMs":{"read":2}}"#).0, 204);
    let dv = client(&sandbox, System::Dataverse);
    assert_eq!(dv.get(DV).response.delay_ms, 9);
    assert_eq!(dv.get(DV).status, 429);
    let costs = control("GET", "costs", "").1;
    assert_eq!((&costs[0]["throttled"], &costs[0]["operations"]["read"]), (&json!(1), &json!(2)));
    assert_eq!(control("GET", "counts", "").1.as_array().map(Vec::len), Some(2));
    assert_eq!(control("POST", "faults", r#"{"seed":7,"perThousand":1000}"#).0, 204);
    assert_ne!(client(&sandbox, System::BusinessCentral).get(BC).status, 200);
    assert_eq!(control("POST", "clock", r#"{"advanceMs":5,"dataverseSkewMs":1000}"#).0, 204);
    assert_eq!(control("POST", "reset", "").0, 204);
    assert_eq!(dv.get(DV).status, 200);
    assert_eq!(control("GET", "outbox", "").1, json!([]));
    assert_eq!(control("POST", "timing", "nonsense").0, 400);
    assert_eq!(control("GET", "nothing", "").0, 404);
}
