//! What reaches a real service and what comes back: headers, paths, redirects, addresses, bodies.

use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use futures_util::stream;

use crate::harness::{Proxy, Service, Setup, connection};

#[tokio::test]
async fn only_named_headers_pass_in_both_directions() {
    let service = Service::start().await;
    let proxy = service.proxy();
    let session = proxy.open_session().await;
    let sent = session
        .changing("PATCH", "/api/systems/crm/api/data/v9.2/accounts(1)?$select=name,%20x")
        .header("if-match", "W/\"1\"")
        .header("prefer", "return=representation")
        .header("odata-version", "4.0")
        .header("mscrm.suppressduplicatedetection", "false")
        .header("consistency", "Strong")
        .header("authorization", "Bearer stolen")
        .header("x-forwarded-for", "10.0.0.1")
        .header("x-http-method-override", "DELETE")
        .body(Body::from("{\"name\":\"B\"}"))
        .unwrap();
    let answer = proxy.send(sent).await;
    assert_eq!(answer.status, StatusCode::OK);

    let received = service.received();
    let [received] = received.as_slice() else { panic!("{received:?}") };
    assert_eq!(received.method, "PATCH");
    assert_eq!(received.uri, "/base/api/data/v9.2/accounts(1)?$select=name,%20x");
    assert_eq!(received.body, "{\"name\":\"B\"}");
    for name in ["if-match", "prefer", "odata-version", "mscrm.suppressduplicatedetection", "consistency"] {
        assert!(received.headers.contains_key(name), "{name} is missing");
    }
    for name in [
        "cookie",
        "authorization",
        "origin",
        "sec-fetch-site",
        "x-couplet-anti-forgery",
        "x-forwarded-for",
        "x-http-method-override",
    ] {
        assert!(!received.headers.contains_key(name), "{name} was passed on");
    }
    assert_eq!(received.headers["host"], format!("127.0.0.1:{}", service.port));

    for (name, value) in [
        ("etag", "W/\"1\""),
        ("date", "Sun, 06 Nov 1994 08:49:37 GMT"),
        ("retry-after", "3"),
        ("date", "Sun, 06 Nov 1994 08:49:37 GMT"),
        ("odata-version", "4.0"),
        ("odata-entityid", "https://x.invalid/accounts(1)"),
        ("preference-applied", "odata.maxpagesize=10"),
        ("x-ms-ratelimit-burst-remaining-xrm-requests", "5999"),
        ("content-type", "application/json"),
    ] {
        assert_eq!(answer.header(name), value, "{name}");
    }
    for name in ["set-cookie", "server", "x-powered-by", "access-control-allow-origin"] {
        assert_eq!(answer.header(name), "", "{name} came through");
    }
    assert_eq!(answer.text(), "{\"value\":[{\"name\":\"A\"}]}");
}

#[tokio::test]
async fn paths_that_leave_the_base_never_reach_the_service() {
    let service = Service::start().await;
    let proxy = service.proxy();
    let session = proxy.open_session().await;
    for path in [
        "/api/systems/crm/api/data/../x",
        "/api/systems/crm/api/data/%2e%2e/x",
        "/api/systems/crm/api/data/%252e%252e/x",
        "/api/systems/crm/api/data/a/..%2f..%2fx",
        "/api/systems/crm/api/data/a%5c..%5cx",
        "/api/systems/crm/api/data//evil.example/x",
        "/api/systems/crm//evil.example/api/data/x",
        "/api/systems/crm/@evil.example/x",
        "/api/systems/crm/main.aspx",
        "/api/systems/crm/api/data/a%00b",
    ] {
        let answer = proxy.read(&session, path).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (StatusCode::BAD_REQUEST, "proxy.path-refused"),
            "{path}"
        );
    }
    assert_eq!(service.received().len(), 0);
    let answer = proxy.read(&session, "/api/systems/crm/api/data/@evil.example/x").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(service.received()[0].uri, "/base/api/data/@evil.example/x");
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let service = Service::start().await;
    let proxy = service.proxy();
    let session = proxy.open_session().await;
    let answer = proxy.read(&session, "/api/systems/crm/api/data/redirect").await;
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::BAD_GATEWAY, "proxy.redirect-refused"));
    assert_eq!(answer.header("location"), "");
    assert_eq!(service.received().len(), 1);
}

#[tokio::test]
async fn a_named_host_may_have_a_local_address() {
    let service = Service::start().await;
    let proxy = Proxy::new(Setup {
        connections: connection("crm", &format!("http://localhost:{}", service.port)),
        allowed_hosts: vec![format!("localhost:{}", service.port)],
        without_sandbox: true,
        ..Setup::default()
    });
    let session = proxy.open_session().await;
    assert_eq!(proxy.read(&session, "/api/systems/crm/api/data/x").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_service_that_is_away_is_told_from_one_that_answers() {
    let unused = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = unused.local_addr().unwrap().port();
    drop(unused);
    let proxy = Proxy::new(Setup {
        connections: connection("crm", &format!("http://127.0.0.1:{port}")),
        allowed_hosts: vec![format!("127.0.0.1:{port}")],
        without_sandbox: true,
        ..Setup::default()
    });
    let session = proxy.open_session().await;
    let answer = proxy.read(&session, "/api/systems/crm/api/data/x").await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (StatusCode::BAD_GATEWAY, "proxy.service-unreachable")
    );
    assert!(!answer.text().contains(&port.to_string()), "the answer names an internal address");
}

#[tokio::test]
async fn bodies_are_limited_and_streamed() {
    let service = Service::start().await;
    let proxy = service.proxy();
    let session = proxy.open_session().await;
    let announced = session
        .changing("POST", "/api/systems/crm/api/data/x")
        .header("content-length", (400_u64 * 1024 * 1024).to_string())
        .body(Body::empty())
        .unwrap();
    let answer = proxy.send(announced).await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (StatusCode::PAYLOAD_TOO_LARGE, "proxy.body-too-large")
    );
    assert_eq!(service.received().len(), 0);

    let pieces = (0..100).map(|_| Ok::<_, std::io::Error>(Bytes::from_static(&[b'x'; 10_000])));
    let streamed = session
        .changing("POST", "/api/systems/crm/api/data/x")
        .header("transfer-encoding", "chunked")
        .body(Body::from_stream(stream::iter(pieces)))
        .unwrap();
    assert_eq!(proxy.send(streamed).await.status, StatusCode::OK);
    assert_eq!(service.received()[0].body.len(), 1_000_000);
}

#[tokio::test]
async fn connections_are_listed_without_secrets() {
    let service = Service::start().await;
    let proxy = service.proxy();
    let session = proxy.open_session().await;
    let listed = proxy.read(&session, "/api/connections").await.json();
    let expected = serde_json::json!([{
        "id": "crm", "system": "dataverse", "kind": "online", "name": "Test", "environment": "", "demo": false,
        "baseUrl": format!("http://127.0.0.1:{}/base", service.port), "status": "sign-in-missing",
        "cloud": "global", "tenant": "", "fixed": true,
        "signIn": {
            "method": "none", "clientId": "", "userName": "", "hasSecret": false, "thumbprint": null, "account": null
        }
    }]);
    assert_eq!(listed, expected);
    // The routes of the sandbox exist only with it.
    assert_eq!(proxy.read(&session, "/api/sandbox/counts").await.status, StatusCode::NOT_FOUND);
}
