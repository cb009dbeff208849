//! The embedded sandbox behind the proxy: forwarding, links, faults, counts, reset.

use axum::body::Body;
use axum::http::StatusCode;
use serde_json::json;

use crate::harness::{Answer, Proxy, Session, Setup, request};

async fn connected() -> (Proxy, Session) {
    let proxy = Proxy::new(Setup::default());
    let session = proxy.open_session().await;
    (proxy, session)
}

/// The base addresses as the app learns them.
async fn base_url(proxy: &Proxy, session: &Session, id: &str) -> String {
    let listed = proxy.read(session, "/api/connections").await.json();
    let connection = listed.as_array().unwrap().iter().find(|it| it["id"] == id).unwrap().clone();
    assert_eq!((connection["demo"].as_bool(), connection["status"].as_str()), (Some(true), Some("ready")));
    connection["baseUrl"].as_str().unwrap().to_owned()
}

/// One page of accounts, three rows at most.
async fn accounts_page(proxy: &Proxy, session: &Session, address: &str) -> Answer {
    let asked = request("GET", address)
        .header("cookie", &session.cookie)
        .header("accept", "application/json")
        .header("prefer", "odata.maxpagesize=3")
        .body(Body::empty())
        .unwrap();
    proxy.send(asked).await
}

const ACCOUNTS: &str = "/api/systems/sandbox-dataverse/api/data/v9.2/accounts?$select=name";

#[tokio::test]
async fn both_stand_ins_answer() {
    let (proxy, session) = connected().await;
    let companies = proxy.read(&session, "/api/systems/sandbox-bc/api/v2.0/companies").await;
    assert_eq!((companies.status, companies.header("x-sandbox")), (StatusCode::OK, "bc"));
    assert!(!companies.json()["value"].as_array().unwrap().is_empty());
    let who = proxy.read(&session, "/api/systems/sandbox-dataverse/api/data/v9.2/WhoAmI").await;
    assert_eq!((who.status, who.header("x-sandbox")), (StatusCode::OK, "dataverse"));
    assert!(who.json()["UserId"].is_string());
}

#[tokio::test]
async fn next_links_lead_back_through_the_proxy() {
    let (proxy, session) = connected().await;
    let base = base_url(&proxy, &session, "sandbox-dataverse").await;
    let first = accounts_page(&proxy, &session, ACCOUNTS).await.json();
    assert_eq!(first["value"].as_array().unwrap().len(), 3);
    let link = first["@odata.nextLink"].as_str().unwrap();
    let rest = link.strip_prefix(&base).unwrap_or_else(|| panic!("{link} is not below {base}"));
    let second = accounts_page(&proxy, &session, &format!("/api/systems/sandbox-dataverse{rest}")).await;
    assert_eq!(second.status, StatusCode::OK);
    assert_ne!(second.json()["value"], first["value"]);
}

#[tokio::test]
async fn faults_strike_until_they_are_cleared() {
    let (proxy, session) = connected().await;
    let faults = json!([{
        "system": "dataverse", "pathContains": "/accounts", "when": {"next": 1},
        "effect": {"status": {"status": 429, "retryAfter": 2}}
    }]);
    let set = proxy.write(&session, "POST", "/api/sandbox/faults", &faults.to_string()).await;
    assert_eq!(set.status, StatusCode::NO_CONTENT);
    let struck = accounts_page(&proxy, &session, ACCOUNTS).await;
    assert_eq!((struck.status, struck.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, "2"));
    assert_eq!(accounts_page(&proxy, &session, ACCOUNTS).await.status, StatusCode::OK);

    let stopped = json!([{"when": {"from": 1}, "effect": "stopped"}]);
    proxy.write(&session, "POST", "/api/sandbox/faults", &stopped.to_string()).await;
    let refused = accounts_page(&proxy, &session, ACCOUNTS).await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (StatusCode::BAD_GATEWAY, "proxy.service-unreachable")
    );
    proxy.write(&session, "POST", "/api/sandbox/faults", "[]").await;
    assert_eq!(accounts_page(&proxy, &session, ACCOUNTS).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_cut_answer_is_a_broken_transfer() {
    let (proxy, session) = connected().await;
    let cut = json!([{"when": {"next": 1}, "effect": "brokenConnection"}]);
    proxy.write(&session, "POST", "/api/sandbox/faults", &cut.to_string()).await;
    let broken = accounts_page(&proxy, &session, ACCOUNTS).await;
    assert_eq!(broken.status, StatusCode::OK);
    assert!(broken.body.is_none(), "the body came whole");
}

#[tokio::test]
async fn unreadable_faults_are_refused_and_change_nothing() {
    let (proxy, session) = connected().await;
    for body in ["", "{", "[{\"effect\":\"unheard-of\"}]"] {
        let refused = proxy.write(&session, "POST", "/api/sandbox/faults", body).await;
        assert_eq!(
            (refused.status, refused.code().as_str()),
            (StatusCode::BAD_REQUEST, "proxy.body-unreadable")
        );
    }
    assert_eq!(accounts_page(&proxy, &session, ACCOUNTS).await.status, StatusCode::OK);
}

#[tokio::test]
async fn requests_are_counted_and_reset() {
    let (proxy, session) = connected().await;
    accounts_page(&proxy, &session, ACCOUNTS).await;
    accounts_page(&proxy, &session, ACCOUNTS).await;
    let counts = proxy.read(&session, "/api/sandbox/counts").await.json();
    let [counted] = counts.as_array().unwrap().as_slice() else { panic!("{counts}") };
    assert_eq!((counted["count"].as_u64(), counted["status"].as_u64()), (Some(2), Some(200)));
    let reset = proxy.write(&session, "POST", "/api/sandbox/reset", "").await;
    assert_eq!(reset.status, StatusCode::NO_CONTENT);
    assert_eq!(proxy.read(&session, "/api/sandbox/counts").await.json(), json!([]));
}

#[tokio::test]
async fn limits_timing_and_state_are_told_through_the_control_route() {
    let (proxy, session) = connected().await;
    let limits = r#"{"dataverse":{"requests":1}}"#;
    let set = proxy.write(&session, "POST", "/api/sandbox/limits", limits).await;
    assert_eq!(set.status, StatusCode::NO_CONTENT);
    assert_eq!(accounts_page(&proxy, &session, ACCOUNTS).await.status, StatusCode::OK);
    let over = accounts_page(&proxy, &session, ACCOUNTS).await;
    assert_eq!(over.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(!over.header("retry-after").is_empty());
    let costs = proxy.read(&session, "/api/sandbox/costs").await.json();
    assert_eq!((&costs[0]["operations"]["read"], &costs[0]["throttled"]), (&json!(2), &json!(1)));
    let snapshot = proxy.read(&session, "/api/sandbox/snapshot").await;
    let text = snapshot.json().to_string();
    let loaded = proxy.write(&session, "POST", "/api/sandbox/snapshot", &text).await;
    assert_eq!(loaded.status, StatusCode::NO_CONTENT);
    assert_eq!(proxy.read(&session, "/api/sandbox/nothing").await.status, StatusCode::NOT_FOUND);
}
