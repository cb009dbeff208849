//! A shared installation: TLS, its cookies, people who sign in, numbers for whoever watches it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::StatusCode;
use couplet_proxy::server::{self, Tls, TlsError};
use couplet_proxy::{MetricsRoute, People, Site, Transport};
use couplet_sandbox::{DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, DEMO_TENANT_ID};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::harness::{Folder, Proxy, Setup, request};
use crate::sandbox_service::SandboxService;

const PUBLIC: &str = "https://couplet.example";
const CERTIFICATE: &str = include_str!("data/tls-certificate.pem");
const KEY: &str = include_str!("data/tls-key.pem");

const ADMINISTRATOR: &str = "decision=accept&user=0b1ec700-0000-4000-8000-000000000001";
const USER: &str = "decision=accept&user=0b1ec700-0000-4000-8000-000000000002";

fn people(service: &SandboxService, allowed: &str) -> People {
    let issuer = format!("{}/identity/{DEMO_TENANT_ID}/v2.0", service.origin).parse().unwrap();
    People::new(issuer, DEMO_CLIENT_ID.to_owned(), Some(DEMO_CLIENT_SECRET.into()), allowed).unwrap()
}

/// A proxy behind the public address, for the people on a list.
fn shared(service: &SandboxService, allowed: &str) -> Proxy {
    Proxy::new(Setup {
        people: Some(people(service, allowed)),
        site: Some(Site::new(Some(PUBLIC.parse().unwrap()), Transport::Plain)),
        ..service.setup()
    })
}

fn asked(method: &str, path: &str) -> axum::http::request::Builder {
    axum::http::Request::builder().method(method).uri(path).header("host", "couplet.example")
}

/// Signs in at the identity provider and comes back.
async fn sign_in(service: &SandboxService, proxy: &Proxy, who: &str) -> crate::harness::Answer {
    let begun = proxy.send(asked("GET", "/api/session/sign-in").body(Body::empty()).unwrap()).await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.text());
    let cookie = begun.header("set-cookie").split(';').next().unwrap().to_owned();
    assert!(cookie.starts_with("__Host-couplet_sign_in="), "{cookie}");
    let address = begun.header("location").strip_prefix(&service.origin).unwrap().to_owned();
    let (path, query) = address.strip_prefix("/identity").unwrap().split_once('?').unwrap();
    let page = couplet_sandbox::Request { method: "POST", path, query, headers: &[], body: who.as_bytes() };
    let answer = service.sandbox.identity(&page);
    let back = answer.header_value("location").unwrap().strip_prefix(PUBLIC).unwrap().to_owned();
    proxy.send(asked("GET", &back).header("cookie", cookie).body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn people_on_the_list_get_a_session() {
    let service = SandboxService::start().await;
    for allowed in ["0b1ec700-0000-4000-8000-000000000001", "# us\n\nAMIRA@contoso-sandbox.example\n"] {
        let proxy = shared(&service, allowed);
        let opened = sign_in(&service, &proxy, ADMINISTRATOR).await;
        assert_eq!((opened.status, opened.header("location")), (StatusCode::SEE_OTHER, "/"));
        let cookie = opened.header("set-cookie").to_owned();
        assert!(cookie.starts_with("__Host-couplet_session="), "{cookie}");
        assert!(cookie.ends_with("; HttpOnly; SameSite=Strict; Path=/; Secure"), "{cookie}");
        let id = cookie.split(';').next().unwrap();
        let described = asked("GET", "/api/session").header("cookie", id).body(Body::empty()).unwrap();
        let described = proxy.send(described).await;
        assert_eq!(described.status, StatusCode::OK);
        assert_eq!(described.header("strict-transport-security"), "max-age=31536000");

        let refused = sign_in(&service, &proxy, USER).await;
        assert_eq!(
            (refused.status, refused.header("set-cookie").contains("session")),
            (StatusCode::FORBIDDEN, false)
        );
        assert!(refused.text().contains("proxy.person-not-allowed"));
    }
}

#[tokio::test]
async fn where_people_sign_in_no_token_opens_a_session() {
    let service = SandboxService::start().await;
    let proxy = shared(&service, "nobody@contoso-sandbox.example");
    for token in ["", proxy.start_token.as_str()] {
        let path = format!("/api/session/open?token={token}");
        let refused = proxy.send(asked("GET", &path).body(Body::empty()).unwrap()).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
    }
    let declined = sign_in(&service, &proxy, "decision=cancel").await;
    assert!(declined.text().contains("proxy.sign-in-declined"));
    // And the other way about: without people there is nothing to sign in to.
    let plain = service.proxy();
    assert_eq!(plain.get("/api/session/sign-in").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn settings_that_let_nobody_or_anybody_in_are_refused() {
    let new = |issuer: &str, allowed| People::new(issuer.parse().unwrap(), "id".to_owned(), None, allowed);
    assert!(new("https://login.example/t/v2.0", "a").is_ok());
    assert!(new("https://login.example/t/v2.0", " \n# a\n").is_err());
    for issuer in
        ["http://login.example/t", "https://login.example/?x", "https://login.example/#x", "ftp://a/"]
    {
        assert!(new(issuer, "a").is_err(), "{issuer}");
    }
}

/// The files of TLS with a key that only its owner can read.
fn tls_files(name: &str) -> (Folder, PathBuf, PathBuf) {
    let folder = Folder::new(name, &[("certificate.pem", CERTIFICATE), ("key.pem", KEY)]);
    let (certificate, key) = (folder.path().join("certificate.pem"), folder.path().join("key.pem"));
    protect(&key, 0o600);
    (folder, certificate, key)
}

fn protect(path: &std::path::Path, mode: u32) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }
}

#[tokio::test]
async fn tls_serves_the_app_and_refuses_plain_requests() {
    let (_folder, certificate, key) = tls_files("tls");
    let tls = Tls::read(&certificate, &key).unwrap();
    let site = Site::new(None, Transport::Encrypted);
    let proxy = Proxy::new(Setup { site: Some(site), ..Setup::default() });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let never = std::future::pending();
    tokio::spawn(server::serve(listener, Some(tls), proxy.router(), never, Duration::ZERO));

    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(CERTIFICATE.as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    let stream = TcpStream::connect(address).await.unwrap();
    let mut stream = connector.connect(ServerName::try_from("localhost").unwrap(), stream).await.unwrap();
    let path = format!("/api/session/open?token={}", proxy.start_token);
    let head = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer).await;
    assert!(answer.starts_with("HTTP/1.1 303 "), "{answer}");
    assert!(answer.contains("set-cookie: __Host-couplet_session="), "{answer}");

    let mut plain = TcpStream::connect(address).await.unwrap();
    plain.write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    let _ = plain.read_to_end(&mut answer).await;
    assert!(!answer.starts_with(b"HTTP/"), "{answer:?}");
}

#[cfg(unix)]
#[test]
fn a_key_that_others_can_read_is_refused() {
    let (_folder, certificate, key) = tls_files("tls-open");
    protect(&key, 0o644);
    assert!(matches!(Tls::read(&certificate, &key), Err(TlsError::KeyFile(_))));
    protect(&key, 0o600);
    assert!(matches!(Tls::read(&key, &key), Err(TlsError::Unusable(_) | TlsError::Certificate(_))));
    assert!(Tls::read(&certificate, &key).is_ok());
}

#[tokio::test]
async fn numbers_name_nobody_and_are_shown_only_when_opened() {
    let closed = Proxy::new(Setup::default());
    assert_eq!(closed.get("/metrics").await.status, StatusCode::NOT_FOUND);
    let health = closed.send(request("GET", "/health").body(Body::empty()).unwrap()).await;
    assert_eq!(health.json()["status"], "ok");

    let open = Proxy::new(Setup { metrics_route: MetricsRoute::Open, ..Setup::default() });
    let session = open.open_session().await;
    open.read(&session, "/api/systems/sandbox-bc/api/v2.0/companies").await;
    let numbers = open.get("/metrics").await.text();
    for line in [
        "couplet_forwarded_total{system=\"business-central\",status=\"2xx\"} 1",
        "couplet_sessions 1",
        "couplet_connections 2",
        "couplet_tokens_total{result=\"granted\"} 0",
    ] {
        assert!(numbers.lines().any(|it| it == line), "{line}\n{numbers}");
    }
    for line in numbers.lines().filter(|line| !line.starts_with('#')) {
        let value = line.rsplit(' ').next().unwrap();
        assert!(value.parse::<u64>().is_ok(), "{line}");
    }
    assert!(!numbers.contains("sandbox-bc"), "{numbers}");
}
