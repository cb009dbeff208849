//! Who gets in: the start-up token, the cookie, the anti-forgery header, the origin, the methods.

use axum::body::Body;
use axum::http::StatusCode;

use crate::harness::{HOST, Proxy, Setup, request};

#[tokio::test]
async fn the_start_token_opens_a_session() {
    let proxy = Proxy::new(Setup::default());
    let opened = proxy.get(&format!("/api/session/open?token={}", proxy.start_token)).await;
    assert_eq!(opened.status, StatusCode::SEE_OTHER);
    assert_eq!(opened.header("location"), "/");
    let cookie = opened.header("set-cookie");
    assert!(cookie.starts_with("couplet_session="), "{cookie}");
    for attribute in ["HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }

    let session = proxy.open_session().await;
    let described = proxy.read(&session, "/api/session").await;
    assert_eq!(described.status, StatusCode::OK);
    assert_eq!(described.json()["sandbox"], true);
    assert_eq!(described.json()["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(described.header("cache-control"), "no-store");
}

#[tokio::test]
async fn a_wrong_token_opens_nothing() {
    let proxy = Proxy::new(Setup::default());
    for address in ["/api/session/open?token=wrong", "/api/session/open?token=", "/api/session/open"] {
        let refused = proxy.get(address).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{address}");
        assert!(refused.text().contains("Use the address printed in the terminal"));
        assert_eq!(refused.header("set-cookie"), "");
    }
}

#[tokio::test]
async fn a_session_id_from_outside_is_not_taken_over() {
    let proxy = Proxy::new(Setup::default());
    let fixed = request("GET", &format!("/api/session/open?token={}", proxy.start_token))
        .header("cookie", "couplet_session=chosen-by-another")
        .body(Body::empty())
        .unwrap();
    let opened = proxy.send(fixed).await;
    assert!(!opened.header("set-cookie").contains("chosen-by-another"));
    let first = proxy.open_session().await;
    let second = proxy.open_session().await;
    assert_ne!(first.cookie, second.cookie);
    assert_ne!(first.anti_forgery, second.anti_forgery);
}

#[tokio::test]
async fn without_a_session_the_api_is_closed() {
    let proxy = Proxy::new(Setup::default());
    for path in [
        "/api",
        "/api/",
        "/api/session",
        "/api/connections",
        "/api/systems/sandbox-bc/api/v2.0/companies",
        "/api/sandbox/counts",
        "/api/what",
    ] {
        let refused = proxy.get(path).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{path}");
        assert_eq!(refused.code(), "proxy.session-missing", "{path}");
    }
    for cookie in ["couplet_session=", "couplet_session=guess", "other=1", "couplet_session"] {
        let guess = request("GET", "/api/connections").header("cookie", cookie).body(Body::empty()).unwrap();
        assert_eq!(proxy.send(guess).await.status, StatusCode::UNAUTHORIZED, "{cookie}");
    }
}

#[tokio::test]
async fn unknown_routes_and_connections_say_so() {
    let proxy = Proxy::new(Setup::default());
    let session = proxy.open_session().await;
    for (path, code) in [
        ("/api/what", "proxy.route-unknown"),
        ("/api/systems", "proxy.route-unknown"),
        ("/api/systems/nobody/api/v2.0/companies", "proxy.connection-unknown"),
    ] {
        let refused = proxy.read(&session, path).await;
        assert_eq!((refused.status, refused.code().as_str()), (StatusCode::NOT_FOUND, code), "{path}");
    }
}

#[tokio::test]
async fn a_changing_request_needs_proof_of_its_origin() {
    let proxy = Proxy::new(Setup { allowed_origins: vec!["http://127.0.0.1:8081"], ..Setup::default() });
    let session = proxy.open_session().await;
    let other = proxy.open_session().await;
    let own = format!("http://{HOST}");
    let own = own.as_str();
    let token = session.anti_forgery.as_str();
    let same = ("sec-fetch-site", "same-origin");
    let proof = ("x-couplet-anti-forgery", token);
    let cases: [(&[(&str, &str)], &str); 11] = [
        (&[proof, same, ("origin", own)], ""),
        (&[proof, ("origin", own)], ""),
        (&[proof, same], ""),
        (&[proof, same, ("origin", "http://127.0.0.1:8081")], ""),
        (&[proof], "proxy.origin-missing"),
        (&[proof, ("sec-fetch-site", "cross-site"), ("origin", own)], "proxy.origin-foreign"),
        (&[proof, ("sec-fetch-site", "same-site")], "proxy.origin-foreign"),
        (&[proof, ("origin", "http://127.0.0.1:9999")], "proxy.origin-foreign"),
        (&[proof, ("origin", "null")], "proxy.origin-foreign"),
        (&[same, ("origin", own)], "proxy.anti-forgery-missing"),
        (&[("x-couplet-anti-forgery", &other.anti_forgery), same], "proxy.anti-forgery-wrong"),
    ];
    for (headers, expected) in cases {
        let mut changing = request("POST", "/api/sandbox/reset").header("cookie", &session.cookie);
        for (name, value) in headers {
            changing = changing.header(*name, *value);
        }
        let answer = proxy.send(changing.body(Body::empty()).unwrap()).await;
        if expected.is_empty() {
            assert_eq!(answer.status, StatusCode::NO_CONTENT, "{headers:?}");
        } else {
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{headers:?}");
            assert_eq!(answer.code(), expected, "{headers:?}");
        }
    }
}

#[tokio::test]
async fn methods_nobody_serves_are_refused_first() {
    let proxy = Proxy::new(Setup::default());
    for method in ["TRACE", "OPTIONS", "CONNECT", "PROPFIND"] {
        for path in ["/", "/api/session", "/api/systems/sandbox-bc/x"] {
            let answer = proxy.send(request(method, path).body(Body::empty()).unwrap()).await;
            assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
        }
    }
    let session = proxy.open_session().await;
    let answer = proxy.write(&session, "PUT", "/api/connections", "{}").await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn a_closed_session_cannot_be_replayed() {
    let proxy = Proxy::new(Setup::default());
    let session = proxy.open_session().await;
    let other = proxy.open_session().await;
    let closed = proxy.write(&session, "POST", "/api/session/close", "").await;
    assert_eq!(closed.status, StatusCode::NO_CONTENT);
    assert_eq!(closed.header("set-cookie"), "couplet_session=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0");
    assert_eq!(proxy.read(&session, "/api/session").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(proxy.read(&other, "/api/session").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_session_ends_when_nobody_uses_it_and_at_last_anyway() {
    let setup = Setup::default();
    let time = setup.time.clone();
    let proxy = Proxy::new(setup);
    let session = proxy.open_session().await;
    let status = async || proxy.read(&session, "/api/session").await.status;
    // 13 times 12 hours less a second: used in time, until the seven days are over.
    for _ in 0..13 {
        time.advance(12 * 3_600 - 1);
        assert_eq!(status().await, StatusCode::OK);
    }
    time.advance(12 * 3_600 - 1);
    assert_eq!(status().await, StatusCode::OK);
    time.advance(14);
    assert_eq!(status().await, StatusCode::UNAUTHORIZED);
    let idle = proxy.open_session().await;
    time.advance(12 * 3_600);
    assert_eq!(proxy.read(&idle, "/api/session").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn behind_tls_a_cookie_of_the_plain_name_opens_nothing() {
    let site = couplet_proxy::Site::new(None, couplet_proxy::Transport::Encrypted);
    let proxy = Proxy::new(Setup { site: Some(site), ..Setup::default() });
    let opened = proxy.get(&format!("/api/session/open?token={}", proxy.start_token)).await;
    let cookie = opened.header("set-cookie").split(';').next().unwrap().to_owned();
    let status = async |cookie: &str| {
        let asked = request("GET", "/api/session").header("cookie", cookie).body(Body::empty()).unwrap();
        proxy.send(asked).await.status
    };
    assert_eq!(status(&cookie).await, StatusCode::OK);
    assert_eq!(status(cookie.trim_start_matches("__Host-")).await, StatusCode::UNAUTHORIZED);
}
