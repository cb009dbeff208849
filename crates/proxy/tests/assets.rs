//! How the built app is served: forms, caching, pages of the app, security headers.

use axum::body::Body;
use axum::http::StatusCode;

use crate::harness::{Folder, Proxy, Setup, request};

const PAGE: &str = "<!doctype html><script type=\"module\">import('/a.js')</script>";
const SCRIPT: &str = "/couplet-0123456789abcdef.js";

fn built_app(name: &str) -> Folder {
    Folder::new(
        name,
        &[
            ("index.html", PAGE),
            ("couplet-0123456789abcdef.js", "plain"),
            ("couplet-0123456789abcdef.js.br", "brotli"),
            ("couplet-0123456789abcdef.js.gz", "gzip"),
            ("couplet-0123456789abcdef_bg.wasm", "\0asm"),
            ("robots.txt", "x"),
        ],
    )
}

fn proxy(folder: &Folder) -> Proxy {
    Proxy::new(Setup { dist: Some(folder.path().to_owned()), without_sandbox: true, ..Setup::default() })
}

#[tokio::test]
async fn the_smallest_accepted_form_is_sent() {
    let folder = built_app("forms");
    let proxy = proxy(&folder);
    for (accept, encoding, body) in [
        ("gzip, deflate, br", "br", "brotli"),
        ("gzip", "gzip", "gzip"),
        ("br;q=0, gzip;q=0.5", "gzip", "gzip"),
        ("identity", "", "plain"),
        ("br;q=0", "", "plain"),
    ] {
        let asked = request("GET", SCRIPT).header("accept-encoding", accept).body(Body::empty()).unwrap();
        let answer = proxy.send(asked).await;
        assert_eq!((answer.header("content-encoding"), answer.text().as_str()), (encoding, body), "{accept}");
        assert_eq!(answer.header("content-type"), "text/javascript; charset=utf-8");
        assert_eq!(answer.header("vary"), "accept-encoding");
    }
    let wasm = proxy.get("/couplet-0123456789abcdef_bg.wasm").await;
    assert_eq!(wasm.header("content-type"), "application/wasm");
}

#[tokio::test]
async fn hashed_names_are_kept_and_others_asked_for_again() {
    let folder = built_app("caching");
    let proxy = proxy(&folder);
    let immutable = "public, max-age=31536000, immutable";
    for (path, expected) in [
        (SCRIPT, immutable),
        ("/couplet-0123456789abcdef_bg.wasm", immutable),
        ("/", "no-cache"),
        ("/index.html", "no-cache"),
        ("/robots.txt", "no-cache"),
    ] {
        assert_eq!(proxy.get(path).await.header("cache-control"), expected, "{path}");
    }
    let etag = proxy.get("/").await.header("etag").to_owned();
    let again = request("GET", "/").header("if-none-match", etag).body(Body::empty()).unwrap();
    assert_eq!(proxy.send(again).await.status, StatusCode::NOT_MODIFIED);
}

#[tokio::test]
async fn pages_of_the_app_give_the_page_that_starts_it() {
    let folder = built_app("pages");
    let proxy = proxy(&folder);
    for path in ["/", "/mappings", "/mappings/CUSTOMER/preview?side=bc"] {
        let answer = proxy.get(path).await;
        assert_eq!((answer.status, answer.text().as_str()), (StatusCode::OK, PAGE), "{path}");
    }
    let named_with_a_dot = request("GET", "/mappings/CUST.%20A")
        .header("accept", "text/html,*/*;q=0.8")
        .body(Body::empty())
        .unwrap();
    assert_eq!(proxy.send(named_with_a_dot).await.text(), PAGE);
    for path in [
        "/missing.js",
        "/../Cargo.toml",
        "/%2e%2e/Cargo.toml",
        "/..%2fCargo.toml",
        "/couplet-0123456789abcdef.js.br",
        "//etc/passwd.txt",
    ] {
        assert_eq!(proxy.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let posted = proxy.send(request("POST", "/").body(Body::empty()).unwrap()).await;
    assert_eq!(posted.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let folder = built_app("headers");
    let proxy = proxy(&folder);
    let session = proxy.open_session().await;
    let answers = [
        proxy.get("/").await,
        proxy.get("/missing.js").await,
        proxy.get("/api/session").await,
        proxy.read(&session, "/api/connections").await,
        proxy.send(request("TRACE", "/").body(Body::empty()).unwrap()).await,
    ];
    for answer in answers {
        let policy = answer.header("content-security-policy");
        for part in [
            "default-src 'none'",
            "script-src 'self' 'wasm-unsafe-eval' 'sha256-",
            "style-src 'self';",
            "connect-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ] {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(!policy.contains("unsafe-inline"), "{policy}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert_eq!(answer.header("access-control-allow-origin"), "");
        assert_eq!(answer.header("server"), "");
    }
}
