//! Writing against scripted services that know the wire formats and nothing else: what is sent, what a bad record costs,
//! and random faults, after which no record may be missing, doubled or misjudged.

use std::collections::BTreeSet;
use std::time::Duration;

use couplet_engine::schema::OptionLabel;
use couplet_engine::{FieldAccess, FieldSchema, Labels, Side};
use couplet_filter::{DateKey, DateTimeKey, FieldType, FieldValue, OptionMember};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use rustc_hash::FxHashMap;
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::http::{Method, REQUEST_ID, Request, Response};
use crate::pace::{Pace, PaceLimits};

const RUN: Uuid = Uuid::from_u128(0x11110000_0000_4000_8000_000000000000);

fn target(side: Side) -> WriteTarget {
    let (path, key_field) = match side {
        Side::BusinessCentral => {
            ("/api/v2.0/companies(1f0a3c52-0000-4c11-8a00-00000000c001)/customers", "SystemId")
        }
        Side::Dataverse => ("/api/data/v9.2/accounts", "accountid"),
    };
    let source = TableSource {
        side,
        base_url: "https://x.example".to_owned(),
        path: path.to_owned(),
        key_field: key_field.to_owned(),
    };
    WriteTarget { source, logical_name: "account".to_owned(), part_address: PartAddress::Rooted }
}

fn id(at: usize) -> Uuid {
    Uuid::from_u128(0xa0000000_0000_4000_8000_000000000000 + at as u128)
}

fn field(name: &str, field_type: FieldType) -> FieldSchema {
    FieldSchema {
        name: name.to_owned(),
        number: None,
        labels: Labels::default(),
        field_type,
        property: Some(name.to_owned()),
        access: FieldAccess::Full,
        options: Vec::new(),
        targets: Vec::new(),
    }
}

fn text() -> FieldType {
    FieldType::Text { max_length: None }
}

fn body(side: Side, name: &str) -> RecordBody {
    let mut body = RecordBody::new(side);
    body.set(&field("name", text()), FieldValue::Text(name)).unwrap();
    body
}

/// A service with one table. Records whose name is `bad` are refused.
struct Service {
    side: Side,
    /// How often each record was made, and its name.
    rows: FxHashMap<Uuid, (u32, String)>,
    has_bulk: bool,
    has_batch: bool,
    goes_on_after_errors: bool,
    max_parts: usize,
    n_created: u128,
    /// Verb, address and number of parts of each request.
    log: Vec<(String, usize)>,
}

impl Service {
    fn new(side: Side) -> Self {
        Service {
            side,
            rows: FxHashMap::default(),
            has_bulk: true,
            has_batch: true,
            goes_on_after_errors: true,
            max_parts: 10_000,
            n_created: 0,
            log: Vec::new(),
        }
    }

    fn refuse(status: u16) -> Response {
        let body = json!({ "error": { "code": format!("code{status}"), "message": "no" } });
        Response { status, headers: Vec::new(), body: body.to_string().into_bytes() }
    }

    fn answer(&mut self, request: &Request) -> Response {
        assert!(request.header(REQUEST_ID).is_some(), "a request without an id");
        let path = request.path.clone();
        let body = request.body.clone().unwrap_or_default();
        let (n_parts, response) = if path.ends_with("/$batch") {
            self.batch(request, &body)
        } else if let Some((_, message)) = path.split_once("/Microsoft.Dynamics.CRM.") {
            let targets: Value = serde_json::from_slice(&body).unwrap();
            let targets = targets["Targets"].as_array().unwrap().clone();
            (targets.len(), self.bulk(message, &targets))
        } else {
            (1, self.single(request.method, &path, &request.headers, &body))
        };
        let what = path.rsplit(['/', '.']).next().unwrap_or_default();
        self.log.push((format!("{} {what}", request.method.as_str()), n_parts));
        response
    }

    fn single(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&'static str, String)],
        body: &[u8],
    ) -> Response {
        let header =
            |name: &str| headers.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_str());
        let key = path
            .rsplit_once('(')
            .filter(|(before, _)| before.ends_with("customers") || before.ends_with("accounts"));
        let key = key.and_then(|(_, key)| Uuid::try_parse(key.trim_end_matches(')')).ok());
        let name = || serde_json::from_slice::<Value>(body).unwrap()["name"].as_str().unwrap().to_owned();
        let known = key.is_some_and(|key| self.rows.contains_key(&key));
        if method == Method::Delete {
            let gone = key.and_then(|key| self.rows.remove(&key));
            return if gone.is_some() { ok(204, String::new()) } else { Self::refuse(404) };
        }
        if name() == "bad" {
            return Self::refuse(400);
        }
        match (method, key) {
            (Method::Post, None) => {
                self.n_created += 1;
                let key = Uuid::from_u128(self.n_created);
                self.rows.insert(key, (1, name()));
                ok(
                    201,
                    json!({ "@odata.etag": "W/\"1\"", "id": key.to_string(), "name": name() }).to_string(),
                )
            }
            (Method::Patch, Some(_)) if header("If-None-Match") == Some("*") && known => Self::refuse(412),
            (Method::Patch, Some(_)) if header("If-Match").is_some() && !known => Self::refuse(404),
            (Method::Patch, Some(_)) if header("If-Match").is_some_and(|tag| tag == "W/\"old\"") => {
                Self::refuse(if self.side == Side::Dataverse { 412 } else { 409 })
            }
            (Method::Patch, Some(key)) => {
                let n_made = self.rows.get(&key).map_or(1, |(n_made, _)| *n_made);
                self.rows.insert(key, (n_made, name()));
                ok(200, json!({ "@odata.etag": "W/\"2\"" }).to_string())
            }
            other => panic!("{other:?}"),
        }
    }

    fn bulk(&mut self, message: &str, targets: &[Value]) -> Response {
        if !self.has_bulk {
            return Self::refuse(405);
        }
        if targets.len() > self.max_parts {
            return Self::refuse(413);
        }
        let key = |row: &Value| Uuid::try_parse(row["accountid"].as_str().unwrap()).unwrap();
        let is_refused = |row: &Value| {
            assert_eq!(row["@odata.type"], "Microsoft.Dynamics.CRM.account");
            let is_known = self.rows.contains_key(&key(row));
            row["name"] == "bad"
                || message == "CreateMultiple" && is_known
                || message == "UpdateMultiple" && !is_known
        };
        if targets.iter().any(is_refused) {
            return Self::refuse(400);
        }
        for row in targets {
            let n_made = self.rows.get(&key(row)).map_or(1, |(n_made, _)| *n_made);
            self.rows.insert(key(row), (n_made, row["name"].as_str().unwrap().to_owned()));
        }
        ok(if message == "CreateMultiple" { 200 } else { 204 }, String::new())
    }

    fn batch(&mut self, request: &Request, body: &[u8]) -> (usize, Response) {
        let parts = match self.side {
            Side::BusinessCentral => json_parts(body),
            Side::Dataverse => multipart_parts(request.header("Content-Type").unwrap(), body),
        };
        if !self.has_batch {
            return (parts.len(), Self::refuse(404));
        }
        if parts.len() > self.max_parts {
            return (parts.len(), Self::refuse(413));
        }
        let mut answers = Vec::new();
        for (method, path, headers, body) in &parts {
            let answer = self.single(*method, path, headers, body);
            let is_end = !answer.is_success() && !self.goes_on_after_errors;
            answers.push(answer);
            if is_end {
                break;
            }
        }
        let response = match self.side {
            Side::BusinessCentral => json_answer(&answers),
            Side::Dataverse => multipart_answer(&answers),
        };
        (parts.len(), response)
    }
}

fn ok(status: u16, body: String) -> Response {
    Response { status, headers: Vec::new(), body: body.into_bytes() }
}

type Part = (Method, String, Vec<(&'static str, String)>, Vec<u8>);

fn method(name: &str) -> Method {
    [Method::Get, Method::Post, Method::Patch, Method::Delete]
        .into_iter()
        .find(|it| it.as_str() == name)
        .unwrap()
}

fn known_header(name: &str) -> Option<&'static str> {
    ["If-Match", "If-None-Match"].into_iter().find(|known| known.eq_ignore_ascii_case(name))
}

fn json_parts(body: &[u8]) -> Vec<Part> {
    let batch: Value = serde_json::from_slice(body).unwrap();
    let part = |part: &Value| {
        let headers = part["headers"].as_object().unwrap().iter();
        let headers =
            headers.filter_map(|(name, value)| Some((known_header(name)?, value.as_str()?.to_owned())));
        let url = part["url"].as_str().unwrap().to_owned();
        assert!(url.starts_with("companies("), "{url}");
        (
            method(part["method"].as_str().unwrap()),
            url,
            headers.collect(),
            part["body"].to_string().into_bytes(),
        )
    };
    batch["requests"].as_array().unwrap().iter().map(part).collect()
}

fn json_answer(answers: &[Response]) -> Response {
    let part = |(idx, answer): (usize, &Response)| {
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        json!({ "id": idx.to_string(), "status": answer.status, "headers": { "Content-Type": "application/json" }, "body": body })
    };
    let parts: Vec<Value> = answers.iter().enumerate().map(part).collect();
    ok(200, json!({ "responses": parts }).to_string())
}

fn multipart_parts(content_type: &str, body: &[u8]) -> Vec<Part> {
    let boundary = content_type.split("boundary=").nth(1).unwrap();
    let text = String::from_utf8(body.to_vec()).unwrap();
    let mut parts: Vec<&str> = text.split(&format!("--{boundary}")).collect();
    assert_eq!((parts.remove(0), parts.pop().unwrap()), ("", "--\r\n"));
    let part = |part: &&str| {
        let (_, request) = part.split_once("\r\n\r\n").unwrap();
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        let mut lines = head.split("\r\n");
        let mut line = lines.next().unwrap().split(' ');
        let (verb, path) = (line.next().unwrap(), line.next().unwrap());
        assert_eq!(line.next(), Some("HTTP/1.1"));
        assert!(path.starts_with("/api/data/v9.2/accounts"), "{path}");
        let headers = lines.filter_map(|line| line.split_once(": "));
        let headers = headers.filter_map(|(name, value)| Some((known_header(name)?, value.to_owned())));
        (method(verb), path.to_owned(), headers.collect(), body.trim_end().as_bytes().to_vec())
    };
    parts.iter().map(part).collect()
}

fn multipart_answer(answers: &[Response]) -> Response {
    let mut body = String::new();
    for answer in answers {
        body.push_str("--batchresponse_7\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n");
        body.push_str(&format!("HTTP/1.1 {} Whatever\r\nOData-Version: 4.0\r\n\r\n", answer.status));
        body.push_str(&String::from_utf8_lossy(&answer.body));
        body.push_str("\r\n");
    }
    body.push_str("--batchresponse_7--\r\n");
    let headers = vec![("content-type".to_owned(), "multipart/mixed; boundary=batchresponse_7".to_owned())];
    Response { status: 200, headers, body: body.into_bytes() }
}

/// What happens to a request on its way.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    None,
    LostBefore,
    LostAfter,
    Throttled,
    Unauthorized,
    TimedOutAfter,
    CutAfter,
}

/// Writes everything, with a fault per request; the answers come in another order than the requests. Gives the
/// outcomes and the time it took.
fn write(
    service: &mut Service,
    changes: Vec<Change>,
    faults: &mut dyn FnMut() -> Fault,
) -> (Vec<Outcome>, SignedDuration) {
    let mut pace = Pace::new(PaceLimits::of(service.side));
    let mut writer = Writer::new(target(service.side), changes, pace.parallelism(), RUN);
    let start = Timestamp::from_second(1_770_000_000).unwrap();
    let mut now = start;
    let mut under_way: Vec<(Ticket, Request)> = Vec::new();
    let mut ids = BTreeSet::new();
    loop {
        match writer.turn(&mut pace, now) {
            Turn::Done => break,
            Turn::Send { ticket, request } => {
                assert!(ids.insert(request.header(REQUEST_ID).unwrap().to_owned()), "an id twice");
                under_way.push((ticket, request));
                let limit = if service.side == Side::BusinessCentral { 5 } else { 52 };
                assert!(under_way.len() <= limit);
            }
            Turn::Wait(wait) if under_way.is_empty() => now += SignedDuration::try_from(wait).unwrap(),
            Turn::Wait(_) | Turn::Answer => {
                let (ticket, request) = under_way.remove(under_way.len() / 2);
                let fault = faults();
                let response = match fault {
                    Fault::None | Fault::LostAfter | Fault::TimedOutAfter | Fault::CutAfter => {
                        service.answer(&request)
                    }
                    Fault::Throttled => {
                        let headers = vec![("Retry-After".to_owned(), "9".to_owned())];
                        Response { headers, ..Service::refuse(429) }
                    }
                    Fault::Unauthorized => Service::refuse(401),
                    Fault::LostBefore => Response::default(),
                };
                let (timed_out, cut) =
                    (Service::refuse(504), Response { body: b"{\"respon".to_vec(), ..response.clone() });
                let answer = match fault {
                    Fault::LostBefore | Fault::LostAfter => Answer::Lost,
                    Fault::TimedOutAfter => Answer::Received(&timed_out),
                    // A body that ends early is no whole answer where it can be told: in a batch.
                    Fault::CutAfter if request.path.ends_with("$batch") => Answer::Received(&cut),
                    _ => Answer::Received(&response),
                };
                writer.answered(&mut pace, ticket, answer, now);
            }
        }
    }
    (writer.into_outcomes(), now.duration_since(start))
}

fn calmly(service: &mut Service, changes: Vec<Change>) -> Vec<Outcome> {
    write(service, changes, &mut || Fault::None).0
}

fn updates(side: Side, n: usize, is_bad: impl Fn(usize) -> bool) -> Vec<Change> {
    let update = |at: usize| Change::Update {
        id: id(at),
        precondition: Precondition::Exists,
        body: body(side, if is_bad(at) { "bad" } else { "new" }),
    };
    (0..n).map(update).collect()
}

fn filled(side: Side, n: usize) -> Service {
    let mut service = Service::new(side);
    service.rows.extend((0..n).map(|at| (id(at), (1, "old".to_owned()))));
    service
}

#[test]
fn a46_a48_b38_values_are_written_as_each_service_wants() {
    let blocked = FieldType::Option(
        [(0, " "), (3, "In Review")]
            .map(|(ordinal, name)| OptionMember { ordinal, name: name.to_owned(), captions: vec![] })
            .into(),
    );
    let cases = [
        (
            field("no", text()),
            FieldValue::Text("a\"b\\\n\u{1}é"),
            r#""a\"b\\\n\u0001é""#,
            r#""a\"b\\\n\u0001é""#,
        ),
        (field("no", text()), FieldValue::Text(""), r#""""#, "null"),
        (field("blocked", blocked.clone()), FieldValue::Option(3), r#""In_x0020_Review""#, "3"),
        (field("blocked", blocked.clone()), FieldValue::Null, r#""_x0020_""#, "null"),
        (field("limit", FieldType::Decimal), FieldValue::Decimal("12.10".parse().unwrap()), "12.10", "12.10"),
        (
            field("since", FieldType::Date),
            FieldValue::Date(DateKey::from_iso("2026-03-02").unwrap()),
            r#""2026-03-02""#,
            r#""2026-03-02""#,
        ),
        (field("since", FieldType::Date), FieldValue::Null, r#""0001-01-01""#, "null"),
        (
            field("at", FieldType::DateTime),
            FieldValue::DateTime(DateTimeKey::BLANK),
            r#""0001-01-01T00:00:00Z""#,
            "null",
        ),
        (
            field("owner", FieldType::Guid),
            FieldValue::Guid(id(1)),
            r#""a0000000-0000-4000-8000-000000000001""#,
            r#""a0000000-0000-4000-8000-000000000001""#,
        ),
        (
            field("owner", FieldType::Guid),
            FieldValue::Null,
            r#""00000000-0000-0000-0000-000000000000""#,
            "null",
        ),
        (field("on", FieldType::Boolean), FieldValue::Null, "false", "false"),
    ];
    for (field, value, bc, dv) in cases {
        for (side, expected) in [(Side::BusinessCentral, bc), (Side::Dataverse, dv)] {
            let mut body = RecordBody::new(side);
            body.set(&field, value).unwrap();
            assert_eq!(body.json(), format!("{{\"{}\":{expected}}}", field.name), "{side:?}");
            assert!(serde_json::from_str::<Value>(&body.json()).is_ok());
        }
    }
    let mut body = RecordBody::new(Side::Dataverse);
    body.bind("primarycontactid", "contacts", Some(id(2)));
    body.bind("ownerid", "systemusers", None);
    let expected =
        r#"{"primarycontactid@odata.bind":"/contacts(a0000000-0000-4000-8000-000000000002)","ownerid":null}"#;
    assert_eq!(body.json(), expected);
    let label = OptionLabel {
        value: 3,
        name: "In Review".to_owned(),
        labels: Labels::default(),
        wire: Some("In Review".to_owned()),
    };
    let mut body = RecordBody::new(Side::BusinessCentral);
    let status = FieldSchema { options: vec![label], ..field("status", blocked.clone()) };
    body.set(&status, FieldValue::Option(3)).unwrap();
    assert_eq!(body.json(), r#"{"status":"In Review"}"#, "A49");
    let mut body = RecordBody::new(Side::BusinessCentral);
    assert_eq!(body.set(&field("blocked", blocked), FieldValue::Option(7)), Err(NotWritable::NoMember(7)));
    assert_eq!(
        body.set(&field("limit", FieldType::Decimal), FieldValue::Text("x")),
        Err(NotWritable::WrongType)
    );
    let read_only = FieldSchema { access: FieldAccess::Read, ..field("no", text()) };
    assert_eq!(body.set(&read_only, FieldValue::Text("x")), Err(NotWritable::ReadOnly));
    assert!(body.is_empty());
}

#[test]
fn a51_business_central_is_written_in_batches_of_a_hundred() {
    let mut service = filled(Side::BusinessCentral, 250);
    let outcomes = calmly(&mut service, updates(Side::BusinessCentral, 250, |_| false));
    assert!(
        outcomes
            .iter()
            .all(|it| *it == Outcome::Updated { etag: Some("W/\"2\"".to_owned()), modified_at: None })
    );
    let mut sizes: Vec<usize> = service.log.iter().map(|(_, n_parts)| *n_parts).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [50, 100, 100]);
    assert!(service.rows.values().all(|(_, name)| name == "new"));
}

#[test]
fn b47_dataverse_is_written_in_bulk_messages() {
    let mut service = filled(Side::Dataverse, 10_000);
    let outcomes = calmly(&mut service, updates(Side::Dataverse, 10_000, |_| false));
    assert_eq!(outcomes, vec![Outcome::Updated { etag: None, modified_at: None }; 10_000]);
    assert!(service.log.iter().all(|(what, n_rows)| what == "POST UpdateMultiple" && *n_rows <= 1_000));
    assert_eq!(service.log.len(), 16, "enough to keep eight under way, no more");
}

#[test]
fn one_change_travels_alone() {
    for side in [Side::BusinessCentral, Side::Dataverse] {
        let mut service = filled(side, 1);
        calmly(&mut service, updates(side, 1, |_| false));
        assert_eq!(service.log.len(), 1);
        assert!(service.log[0].0.starts_with("PATCH "), "{:?}", service.log);
    }
}

#[test]
fn b47_a_bad_record_costs_a_batch_and_no_neighbor() {
    let mut service = filled(Side::Dataverse, 300);
    let outcomes = calmly(&mut service, updates(Side::Dataverse, 300, |at| at == 7 || at == 250));
    for (at, outcome) in outcomes.iter().enumerate() {
        match at {
            7 | 250 => assert_eq!(outcome.refusal().unwrap().code, "code400"),
            _ => assert!(matches!(outcome, Outcome::Updated { .. }), "{at}: {outcome:?}"),
        }
    }
    assert_eq!(service.log.len(), 5, "three messages, two of them once more as a batch: {:?}", service.log);
}

#[test]
fn a52_a_batch_that_stops_at_the_first_error_goes_on_behind_it() {
    let mut service = filled(Side::BusinessCentral, 100);
    service.goes_on_after_errors = false;
    let outcomes = calmly(&mut service, updates(Side::BusinessCentral, 100, |at| at % 40 == 3));
    let refused: Vec<usize> = (0..100).filter(|&at| outcomes[at].refusal().is_some()).collect();
    assert_eq!(refused, [3, 43, 83]);
    let sizes: Vec<usize> = service.log.iter().map(|(_, n_parts)| *n_parts).collect();
    assert_eq!(sizes, [100, 96, 56, 16]);
    assert_eq!(service.rows.values().filter(|(_, name)| name == "new").count(), 97);
}

#[test]
fn b47_a_table_without_bulk_messages_is_asked_once() {
    let mut service = filled(Side::Dataverse, 1_600);
    service.has_bulk = false;
    let outcomes = calmly(&mut service, updates(Side::Dataverse, 1_600, |_| false));
    assert!(outcomes.iter().all(|it| matches!(it, Outcome::Updated { .. })));
    let n_bulk = service.log.iter().filter(|(what, _)| what.ends_with("UpdateMultiple")).count();
    // Those under way when the first refusal came.
    assert!(n_bulk <= 8 && service.log.len() == 16 + n_bulk, "{n_bulk} of {}", service.log.len());
}

#[test]
fn what_is_too_large_goes_in_halves_and_without_batches_alone() {
    let mut service = filled(Side::Dataverse, 400);
    service.max_parts = 60;
    let outcomes = calmly(&mut service, updates(Side::Dataverse, 400, |at| at == 5));
    assert_eq!(outcomes.iter().filter(|it| it.refusal().is_some()).count(), 1);
    assert_eq!(service.rows.values().filter(|(_, name)| name == "new").count(), 399);
    let mut service = filled(Side::BusinessCentral, 30);
    service.has_batch = false;
    let outcomes = calmly(&mut service, updates(Side::BusinessCentral, 30, |at| at == 5));
    assert_eq!(outcomes.iter().filter(|it| it.refusal().is_some()).count(), 1);
    assert_eq!(service.log.len(), 31);
}

#[test]
fn a42_b41_a_record_that_changed_is_a_conflict_of_its_own() {
    for (side, status) in [(Side::BusinessCentral, 409), (Side::Dataverse, 412)] {
        let mut service = filled(side, 50);
        let mut changes = updates(side, 50, |_| false);
        changes[9] = Change::Update {
            id: id(9),
            precondition: Precondition::Unchanged("W/\"old\"".to_owned()),
            body: body(side, "new"),
        };
        let outcomes = calmly(&mut service, changes);
        assert_eq!(outcomes[9].refusal().unwrap().status, status);
        assert_eq!(service.rows.values().filter(|(_, name)| name == "new").count(), 49);
    }
}

#[test]
fn b41_a_create_whose_answer_was_lost_makes_one_record() {
    let create = |at: usize| Change::Create { id: Some(id(at)), body: body(Side::Dataverse, "new") };
    for n in [1, 40] {
        let mut service = Service::new(Side::Dataverse);
        let mut faults = vec![Fault::LostAfter].into_iter();
        let (outcomes, _) =
            write(&mut service, (0..n).map(create).collect(), &mut || faults.next().unwrap_or(Fault::None));
        for (at, outcome) in outcomes.iter().enumerate() {
            assert_eq!(*outcome, Outcome::Created { id: Some(id(at)), etag: None, modified_at: None });
        }
        assert_eq!(service.rows.len(), n);
        let sent: Vec<&str> = service.log.iter().map(|(what, _)| what.as_str()).collect();
        let again = ["POST CreateMultiple", "POST $batch"];
        assert!(n == 1 || sent == again, "not as a message again, which one known id would cost: {sent:?}");
    }
}

#[test]
fn a30_a_create_of_business_central_whose_answer_was_lost_is_unknown() {
    let create = || Change::Create { id: None, body: body(Side::BusinessCentral, "new") };
    let mut service = Service::new(Side::BusinessCentral);
    let outcomes = calmly(&mut service, vec![create(), create()]);
    assert_eq!(
        outcomes[1],
        Outcome::Created {
            id: Some(Uuid::from_u128(2)),
            etag: Some("W/\"1\"".to_owned()),
            modified_at: None
        }
    );
    let mut faults = vec![Fault::LostAfter].into_iter();
    let (outcomes, _) = write(&mut service, vec![create()], &mut || faults.next().unwrap_or(Fault::None));
    assert_eq!((outcomes, service.rows.len()), (vec![Outcome::Unknown], 3));
}

#[test]
fn a56_b56_the_service_is_left_alone_as_long_as_it_asks() {
    let mut service = filled(Side::Dataverse, 300);
    let mut faults = vec![Fault::Throttled, Fault::None, Fault::Throttled].into_iter();
    let changes = updates(Side::Dataverse, 300, |_| false);
    let (outcomes, time) = write(&mut service, changes, &mut || faults.next().unwrap_or(Fault::None));
    assert!(outcomes.iter().all(|it| matches!(it, Outcome::Updated { .. })));
    assert_eq!(time.as_secs(), 9, "both complaints came before the pause was over");
}

#[test]
fn what_was_not_sent_when_it_was_cancelled_says_so() {
    let mut pace = Pace::new(PaceLimits { in_flight: 1, start: 1, requests: 100 });
    let mut writer =
        Writer::new(target(Side::BusinessCentral), updates(Side::BusinessCentral, 300, |_| false), 1, RUN);
    let now = Timestamp::from_second(1_770_000_000).unwrap();
    let Turn::Send { ticket, .. } = writer.turn(&mut pace, now) else { panic!("nothing to send") };
    assert_eq!(writer.turn(&mut pace, now), Turn::Answer);
    writer.cancel();
    assert_eq!(writer.turn(&mut pace, now), Turn::Answer, "the request under way is waited for");
    let judged = writer.answered(&mut pace, ticket, Answer::Lost, now);
    assert_eq!((judged.len(), writer.turn(&mut pace, now)), (100, Turn::Done));
    let outcomes = writer.into_outcomes();
    assert!(outcomes[..100].iter().all(|it| *it == Outcome::Unknown));
    assert!(outcomes[100..].iter().all(|it| *it == Outcome::NotSent));
}

/// Changes of every kind for a service with records 0 to 39.
fn mixed(side: Side, kinds: &[u8]) -> Vec<Change> {
    let change = |(at, kind): (usize, &u8)| {
        let body = body(side, if kind % 7 == 6 { "bad" } else { "new" });
        let is_new = at >= 40;
        match (side, kind % 3) {
            (Side::Dataverse, 0) if is_new => Change::Create { id: Some(id(at)), body },
            (Side::Dataverse, 1) => Change::Upsert { id: id(at), body },
            (Side::BusinessCentral, _) if is_new => Change::Create { id: None, body },
            (_, 2) => Change::Delete { id: id(at), precondition: Precondition::Exists },
            _ => Change::Update { id: id(at), precondition: Precondition::Exists, body },
        }
    };
    kinds.iter().enumerate().map(change).collect()
}

fn check_outcome(service: &Service, at: usize, change: &Change, outcome: &Outcome) {
    let row = service.rows.get(&id(at));
    let is_bad = |body: &RecordBody| body.json().contains("bad");
    match (change, outcome) {
        (_, Outcome::NotSent) => panic!("{at} was not sent"),
        (_, Outcome::Unknown) => {}
        (
            Change::Create { body, .. } | Change::Upsert { body, .. } | Change::Update { body, .. },
            Outcome::Refused(error),
        ) => {
            assert!(
                is_bad(body) || error.status == 404 || error.status == 429 || error.status == 401,
                "{at}: {error}"
            );
        }
        (Change::Delete { .. }, Outcome::Refused(error)) => {
            assert!(row.is_none() || [401, 429].contains(&error.status), "{error}")
        }
        (Change::Create { id: None, .. }, outcome) => {
            assert!(
                matches!(outcome, Outcome::Created { id: Some(key), .. } if service.rows[key].1 == "new")
            );
        }
        (Change::Delete { .. }, outcome) => assert!(row.is_none() && *outcome == Outcome::Deleted),
        (Change::Create { .. }, outcome) => {
            assert!(
                row.is_some_and(|row| row.1 == "new") && matches!(outcome, Outcome::Created { .. }),
                "{at}"
            );
        }
        (_, outcome) => {
            assert!(
                row.is_some_and(|row| row.1 == "new") && matches!(outcome, Outcome::Updated { .. }),
                "{at}: {outcome:?}"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_fault_doubles_loses_or_misjudges_a_change(
        kinds in prop::collection::vec(any::<u8>(), 1..260),
        faults in prop::collection::vec(0u8..20, 60),
        is_bc in any::<bool>(), has_bulk in any::<bool>(), goes_on in any::<bool>(), max_parts in 3usize..200,
    ) {
        let side = if is_bc { Side::BusinessCentral } else { Side::Dataverse };
        let mut service = filled(side, 40);
        service.has_bulk = has_bulk;
        service.goes_on_after_errors = goes_on;
        service.max_parts = max_parts;
        let changes = mixed(side, &kinds);
        let mut faults = faults.into_iter();
        let mut next = || match faults.next() {
            Some(0) => Fault::LostBefore,
            Some(1) => Fault::LostAfter,
            Some(2) => Fault::Throttled,
            Some(3) => Fault::Unauthorized,
            Some(4) => Fault::TimedOutAfter,
            Some(5) => Fault::CutAfter,
            _ => Fault::None,
        };
        let (outcomes, time) = write(&mut service, changes.clone(), &mut next);
        prop_assert_eq!(outcomes.len(), changes.len());
        for (at, (change, outcome)) in changes.iter().zip(&outcomes).enumerate() {
            check_outcome(&service, at, change, outcome);
        }
        let told = outcomes.iter().filter(|it| matches!(it, Outcome::Created { .. } | Outcome::Unknown)).count();
        prop_assert!(service.n_created as usize <= told, "a record that no outcome tells of");
        prop_assert!(Duration::try_from(time).unwrap() < Duration::from_secs(3_600));
    }
}
