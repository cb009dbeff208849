//! Facts A59 and A60: subscriptions, their handshake, and what subscribers are told.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use couplet_sandbox::{WebhookAnswer, WebhookCall};
use serde_json::{Value, json};

use crate::business_central_sales::{API, client, post, refused, text};
use crate::client::{BC_BASE, sandbox};

const JSON: (&str, &str) = ("Content-Type", "application/json");
const URL: &str = "http://127.0.0.1:9/hook";

fn told(call: &WebhookCall) -> Vec<Value> {
    let body: Value = serde_json::from_str(&call.body).expect("JSON");
    body["value"].as_array().expect("a list").clone()
}

#[test]
fn a57_a59_subscribing_needs_the_token_back() {
    let sandbox = sandbox(20);
    let client = client(&sandbox);
    let url = format!("{API}/subscriptions");
    let company = client.rows("/api/v2.0/companies")[0]["id"].clone();
    let body = |resource: &str| {
        let resource = format!("/api/v2.0/companies({})/{resource}", company.as_str().expect("an id"));
        json!({"notificationUrl": URL, "resource": resource, "clientState": "mine"})
    };
    let made = post(client, &url, &body("customers"));
    assert_eq!((text(&made, "clientState"), text(&made, "notificationUrl")), ("mine", URL));
    let calls = sandbox.outbox();
    let token = calls[0].validation_token.clone().expect("a handshake");
    assert_eq!(calls[0].url, format!("{URL}?validationToken={token}"));
    let expiration = text(&made, "expirationDateTime").to_owned();
    sandbox.set_webhook_receiver(Arc::new(|_| WebhookAnswer { status: 200, body: "other".to_owned() }));
    let refusal = client.send("POST", &url, &[JSON], &body("vendors").to_string());
    refused(&refusal, 400, "BadRequest");
    assert_eq!(client.rows(&url).len(), 1, "only written when the handshake succeeds");
    let echo = |call: &WebhookCall| WebhookAnswer {
        status: 200,
        body: call.validation_token.clone().unwrap_or_default(),
    };
    sandbox.set_webhook_receiver(Arc::new(echo));
    for resource in ["contacts", "jobQueueEntries", "nothings"] {
        let answer = client.send("POST", &url, &[JSON], &body(resource).to_string());
        assert!(matches!(answer.status, 400 | 404), "{resource}: {}", answer.status);
    }
    let long = json!({"notificationUrl": URL, "resource": "x", "clientState": "c".repeat(2_049)});
    refused(&client.send("POST", &url, &[JSON], &long.to_string()), 400, "Application_StringExceededLength");
    refused(&client.send("POST", &url, &[JSON], "{}"), 400, "BadRequest_RequiredParamNotProvided");
    let one = format!("{url}('{}')", text(&made, "subscriptionId"));
    refused(&client.send("PATCH", &one, &[JSON], "{}"), 400, "BadRequest_InvalidToken");
    refused(
        &client.send("PATCH", &one, &[JSON, ("If-Match", "W/\"x\"")], "{}"),
        409,
        "Request_EntityChanged",
    );
    sandbox.advance_clock(86_400_000);
    let renewed = client.send("PATCH", &one, &[JSON, ("If-Match", text(&made, "@odata.etag"))], "{}");
    assert_eq!(renewed.status, 200);
    assert!(text(&renewed.json, "expirationDateTime") > expiration.as_str());
    refused(&client.send("DELETE", &one, &[], ""), 400, "BadRequest_InvalidToken");
    assert_eq!(client.send("DELETE", &one, &[("If-Match", "*")], "").status, 204);
    refused(&client.get(&one), 404, "Internal_RecordNotFound");
    for _ in 0..200 {
        post(client, &url, &body("items"));
    }
    let over = client.send("POST", &url, &[JSON], &body("items").to_string());
    refused(&over, 400, "Application_DialogException"); // A57: 200 at most
    sandbox.advance_clock(3 * 86_400_000);
    assert!(client.rows(&url).is_empty(), "expires after three days");
    let supported = "/api/microsoft/runtime/beta/webhookSupportedResources";
    let resources = client.rows(supported);
    let has = |name: &str| resources.iter().any(|it| text(it, "resource").ends_with(&format!("/{name}")));
    assert!(has("customers") && has("salesOrders") && !has("contacts"), "A60");
}

#[test]
fn a60_changes_are_told_after_the_delay() {
    let sandbox = sandbox(20);
    let client = client(&sandbox);
    let subscribe = |resource: &str| {
        post(client, &format!("{API}/subscriptions"), &json!({"notificationUrl": URL, "resource": resource}))
    };
    let customers = subscribe("/api/v2.0/customers");
    subscribe("api/v2.0/salesOrders");
    let made = post(client, "/api/v2.0/customers", &json!({"displayName": "A"}));
    let gone = client.rows("/api/v2.0/customers?$top=1")[0].clone();
    let any = [JSON, ("If-Match", "*")];
    let url = |row: &Value| format!("{API}/customers({})", text(row, "id"));
    assert_eq!(client.send("PATCH", &url(&made), &any, r#"{"city":"Sion"}"#).status, 200);
    let line = client.rows("/api/v2.0/salesOrders?$top=1&$expand=salesOrderLines")[0].clone();
    let below = format!(
        "{API}/salesOrders({})/salesOrderLines({})",
        text(&line, "id"),
        text(&line["salesOrderLines"][0], "id")
    );
    assert_eq!(client.send("PATCH", &below, &any, r#"{"quantity":7}"#).status, 200);
    sandbox.advance_clock(29_000);
    assert_eq!(sandbox.outbox().len(), 2, "the handshakes only");
    sandbox.advance_clock(1_000);
    let calls = sandbox.outbox();
    assert_eq!(calls.len(), 3, "several subscriptions with one address share a call");
    let entries = told(&calls[2]);
    assert_eq!(entries.len(), 2);
    assert_eq!(
        (text(&entries[0], "changeType"), &entries[0]["subscriptionId"]),
        ("created", &customers["subscriptionId"])
    );
    let company = client.rows("/api/v2.0/companies")[0].clone();
    let address =
        format!("{BC_BASE}/api/v2.0/companies({})/customers({})", text(&company, "id"), text(&made, "id"));
    assert_eq!(text(&entries[0], "resource"), address);
    assert_eq!(text(&entries[1], "changeType"), "updated");
    assert!(
        text(&entries[1], "resource").ends_with(&format!("salesOrders({})", text(&line, "id"))),
        "the header"
    );
    assert_eq!(client.send("DELETE", &url(&made), &any, "").status, 204);
    let failed = client.send("PATCH", &url(&gone), &any, r#"{"city":"Sion","currencyCode":"ZZZ"}"#);
    assert_eq!(failed.status, 400);
    sandbox.advance_clock(30_000);
    let entries = told(sandbox.outbox().last().expect("a call"));
    assert_eq!((entries.len(), text(&entries[0], "changeType")), (1, "deleted"));
}

#[test]
fn a60_many_changes_are_one_collection_and_failures_are_repeated() {
    let sandbox = sandbox(20);
    let client = client(&sandbox);
    let resource = json!({"notificationUrl": URL, "resource": "/api/v2.0/paymentTerms"});
    post(client, &format!("{API}/subscriptions"), &resource);
    for number in 0..1_001 {
        post(client, "/api/v2.0/paymentTerms", &json!({"code": format!("T{number}")}));
    }
    let status = Arc::new(AtomicU16::new(503));
    let answered = Arc::clone(&status);
    sandbox.set_webhook_receiver(Arc::new(move |_| WebhookAnswer {
        status: answered.load(Ordering::SeqCst),
        body: String::new(),
    }));
    sandbox.advance_clock(30_000);
    let entries = told(sandbox.outbox().last().expect("a call"));
    assert_eq!((entries.len(), text(&entries[0], "changeType")), (1, "collection"));
    assert!(text(&entries[0], "resource").contains("lastModifiedDateTime%20gt%20"));
    let calls = || sandbox.outbox().len();
    assert_eq!(calls(), 2);
    for (minutes, expected) in [(1, 3), (1, 4), (1, 5), (9, 5), (1, 6), (100, 7), (999, 7), (1, 8)] {
        sandbox.advance_clock(minutes * 60_000);
        assert_eq!(calls(), expected, "1 minute three times, then 10, 100, 1000");
    }
    status.store(400, Ordering::SeqCst);
    post(client, "/api/v2.0/paymentTerms", &json!({"code": "LAST"}));
    sandbox.advance_clock(30_000);
    assert!(
        client.rows(&format!("{API}/subscriptions")).is_empty(),
        "any other refusal deletes the subscription"
    );
}
