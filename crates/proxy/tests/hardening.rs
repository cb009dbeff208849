//! Requests that are too many, too long, too slow or not what they seem, and services that hang or break off.

use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use axum::http::header::CONTENT_LENGTH;
use axum::response::Response;
use axum::routing::any;
use couplet_proxy::{Patience, server};
use futures_util::{StreamExt, stream};
use http_body_util::BodyExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tower::ServiceExt;

use crate::harness::{Proxy, Service, Session, Setup, connection, request};

/// Bytes of one long answer.
const LONG: usize = 4 * 1024 * 1024;
static PIECE: [u8; 64 * 1024] = [b'x'; 64 * 1024];

/// A service of one handler on a loopback port, and a proxy with the connection `crm` to it.
async fn behind_proxy(router: Router, patience: Patience) -> (Proxy, Session) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move { axum::serve(listener, router).await });
    leading_to(port, patience).await
}

/// A proxy with the connection `crm` to a loopback port.
async fn leading_to(port: u16, patience: Patience) -> (Proxy, Session) {
    let proxy = Proxy::new(Setup {
        connections: connection("crm", &format!("http://127.0.0.1:{port}")),
        allowed_hosts: vec![format!("127.0.0.1:{port}")],
        without_sandbox: true,
        patience,
        ..Setup::default()
    });
    let session = proxy.open_session().await;
    (proxy, session)
}

/// An answer whose body is not read yet.
async fn open(proxy: &Proxy, session: &Session, path: &str) -> Response {
    let asked = request("GET", path).header("cookie", &session.cookie).body(Body::empty()).unwrap();
    proxy.router().oneshot(asked).await.unwrap()
}

async fn long_answer() -> Response {
    let pieces =
        stream::iter((0..LONG / PIECE.len()).map(|_| Ok::<_, std::io::Error>(Bytes::from_static(&PIECE))));
    Response::builder().header(CONTENT_LENGTH, LONG).body(Body::from_stream(pieces)).unwrap()
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_thousand_streams_take_little_memory() {
    let (proxy, session) = behind_proxy(Router::new().fallback(long_answer), Patience::default()).await;
    let resident = || {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() / 1_024
    };
    let before = resident();
    let opened = stream::iter(0..1_000).map(|_| open(&proxy, &session, "/api/systems/crm/api/data/x"));
    let answers: Vec<Response> = opened.buffer_unordered(50).collect().await;
    assert!(answers.iter().all(|answer| answer.status() == StatusCode::OK));
    // One piece of each has come; then nobody reads on, and 4 GB wait at the service.
    let mut bodies: Vec<Body> = answers.into_iter().map(Response::into_body).collect();
    for body in &mut bodies {
        assert!(body.frame().await.unwrap().is_ok());
    }
    let grown = resident().saturating_sub(before);
    // Other tests grow beside it; alone it was 40 MiB.
    assert!(grown < 400, "{grown} MiB for 1,000 streams of 4 MiB");
    let mut rest = bodies.pop().unwrap();
    let mut length = 0;
    while let Some(frame) = rest.frame().await {
        length += frame.unwrap().into_data().unwrap().len();
    }
    assert!(length > LONG / 2, "a stream that was read to its end gave {length} bytes");
}

#[tokio::test]
async fn too_many_requests_are_told_to_come_back() {
    let (proxy, session) = behind_proxy(Router::new().fallback(long_answer), Patience::default()).await;
    let mut held = Vec::new();
    for _ in 0..2_048 {
        // Answers of the proxy itself hold their place as well until they are sent.
        held.push(open(&proxy, &session, "/api/session").await);
    }
    let refused = proxy.read(&session, "/api/session").await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (StatusCode::SERVICE_UNAVAILABLE, "proxy.too-busy")
    );
    assert_eq!(refused.header("retry-after"), "1");
    assert_eq!(proxy.get("/health").await.status, StatusCode::OK);
    held.pop();
    assert_eq!(proxy.read(&session, "/api/session").await.status, StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_stops_coming_is_given_up() {
    let proxy = Proxy::new(Setup::default());
    let session = proxy.open_session().await;
    for path in ["/api/systems/sandbox-dataverse/api/data/v9.2/accounts", "/api/sandbox/faults"] {
        let begun =
            stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(b"{"))]).chain(stream::pending());
        let slow = session.changing("POST", path).body(Body::from_stream(begun)).unwrap();
        let answer = proxy.send(slow).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (StatusCode::REQUEST_TIMEOUT, "proxy.body-too-slow"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_service_that_hangs_or_breaks_off_is_told() {
    let hanging = Router::new().route("/api/data/hang", any(std::future::pending::<()>)).route(
        "/api/data/stall",
        any(|| async {
            let begun = stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(b"{"))]);
            Body::from_stream(begun.chain(stream::pending()))
        }),
    );
    let patience = Patience { answer: Duration::from_millis(200), ..Patience::default() };
    let (proxy, session) = behind_proxy(hanging, patience).await;
    let hung = proxy.read(&session, "/api/systems/crm/api/data/hang").await;
    assert_eq!((hung.status, hung.code().as_str()), (StatusCode::GATEWAY_TIMEOUT, "proxy.service-timed-out"));
    let stalled = proxy.read(&session, "/api/systems/crm/api/data/stall").await;
    assert_eq!(stalled.status, StatusCode::OK);
    assert!(stalled.body.is_none(), "a stalled transfer looks whole");

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = [0; 1_024];
        let _ = stream.read(&mut head).await.unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{").await.unwrap();
    });
    let (proxy, session) = leading_to(port, Patience::default()).await;
    let cut = proxy.read(&session, "/api/systems/crm/api/data/cut").await;
    assert_eq!(cut.status, StatusCode::OK);
    assert!(cut.body.is_none(), "a cut transfer looks whole");
}

/// The real server on a port; it ends when the sender is dropped.
async fn served(proxy: &Proxy) -> (std::net::SocketAddr, oneshot::Sender<()>, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let stopped = async {
        let _ = stopped.await;
    };
    let serving = server::serve(listener, None, proxy.router(), stopped, Duration::from_secs(60));
    (address, stop, tokio::spawn(serving))
}

/// Sends bytes and reads what comes until the other side closes.
async fn raw(address: std::net::SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    // A reset after the answer is as good as an end.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn heads_that_are_too_long_or_wrong_are_refused() {
    let proxy = Proxy::new(Setup::default());
    let (address, _stop, _serving) = served(&proxy).await;
    let head =
        |more: &str| format!("GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n{more}\r\n");
    assert!(raw(address, head("").as_bytes()).await.starts_with("HTTP/1.1 200 "));
    let long = format!("X-Long: {}\r\n", "x".repeat(200_000));
    assert!(raw(address, head(&long).as_bytes()).await.starts_with("HTTP/1.1 431 "));
    let many: String = (0..200).map(|number| format!("X-{number}: 1\r\n")).collect();
    assert!(raw(address, head(&many).as_bytes()).await.starts_with("HTTP/1.1 431 "));
    for wrong in ["X: a\r\n b\r\n", "X : 1\r\n", "X\r\n", "X: a\0b\r\n", "Content-Length: 1, 2\r\n"] {
        let answer = raw(address, head(wrong).as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{wrong:?}: {answer}");
    }
}

#[tokio::test]
async fn two_lengths_do_not_smuggle_a_second_request() {
    let service = Service::start().await;
    let proxy = service.proxy();
    let session = proxy.open_session().await;
    let (address, _stop, _serving) = served(&proxy).await;
    let head = format!(
        "POST /api/systems/crm/api/data/first HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nCookie: {}\r\n\
         X-Couplet-Anti-Forgery: {}\r\nOrigin: http://127.0.0.1:8080\r\nConnection: close\r\n",
        session.cookie, session.anti_forgery
    );
    let hidden = "GET /api/systems/crm/api/data/hidden HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n";
    for lengths in [
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        "Transfer-Encoding: xchunked\r\nContent-Length: 5\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
        "Content-Length: 5\r\nContent-Length: 6\r\n",
    ] {
        raw(address, format!("{head}{lengths}\r\n0\r\n\r\n{hidden}").as_bytes()).await;
    }
    let received = service.received();
    assert!(received.iter().all(|it| it.uri == "/base/api/data/first"), "{received:?}");
    assert!(received.iter().all(|it| !it.body.windows(6).any(|part| part == b"hidden")), "{received:?}");
}

#[tokio::test(start_paused = true)]
async fn a_head_that_never_ends_loses_its_connection() {
    let proxy = Proxy::new(Setup::default());
    let (address, _stop, _serving) = served(&proxy).await;
    let answer = raw(address, b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ").await;
    assert!(!answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn running_requests_are_finished_at_the_end() {
    let (go, gone) = tokio::sync::watch::channel(false);
    let (arrived, mut waiting) = tokio::sync::mpsc::channel(1);
    let handler = move || {
        let (mut gone, arrived) = (gone.clone(), arrived.clone());
        async move {
            arrived.send(()).await.unwrap();
            gone.wait_for(|gone| *gone).await.unwrap();
            "finished"
        }
    };
    let (proxy, session) = behind_proxy(Router::new().fallback(any(handler)), Patience::default()).await;
    let (address, stop, serving) = served(&proxy).await;
    let head = format!(
        "GET /api/systems/crm/api/data/x HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nCookie: {}\r\n\r\n",
        session.cookie
    );
    let asking = tokio::spawn(async move { raw(address, head.as_bytes()).await });
    waiting.recv().await.unwrap();
    drop(stop);
    // The port is closed before the request is answered.
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    go.send(true).unwrap();
    assert!(asking.await.unwrap().ends_with("finished"));
    serving.await.unwrap();
}

#[tokio::test]
async fn other_names_do_not_lead_here() {
    let proxy = Proxy::new(Setup::default());
    let session = proxy.open_session().await;
    let ask = |hosts: &[&str]| {
        let mut asked = axum::http::Request::builder().uri("/api/session").header("cookie", &session.cookie);
        for host in hosts {
            asked = asked.header("host", *host);
        }
        asked.body(Body::empty()).unwrap()
    };
    for host in ["127.0.0.1:8080", "localhost:8080", "[::1]:8080", "192.168.1.5"] {
        assert_eq!(proxy.send(ask(&[host])).await.status, StatusCode::OK, "{host}");
    }
    for hosts in [
        &["evil.example"][..],
        &["127.0.0.1.evil.example:8080"],
        &["localhost.evil.example"],
        &["evil.example@127.0.0.1"],
        &["127.0.0.1/evil"],
        &[""],
        &[],
        &["127.0.0.1", "evil.example"],
    ] {
        let refused = proxy.send(ask(hosts)).await;
        assert_eq!(refused.status, StatusCode::MISDIRECTED_REQUEST, "{hosts:?}");
        assert_eq!(refused.code(), "proxy.host-foreign");
    }
}
