//! A proxy in memory, requests to it, and a service that records what reaches it.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Request, Response, StatusCode, Uri};
use couplet_proxy::address::AllowedHosts;
use couplet_proxy::connections::{Connections, Environment};
use couplet_proxy::store::{KeySource, Store};
use couplet_proxy::{
    Assets, Clock, MetricsRoute, Patience, People, ProxyOptions, SandboxHost, SandboxSize, Site, StartToken,
    Upstream, app,
};
use http_body_util::BodyExt;
use tower::ServiceExt;

/// Where the tests say the proxy is.
pub(crate) const HOST: &str = "127.0.0.1:8080";

/// What the proxy under test has besides its routes.
#[derive(Default)]
pub(crate) struct Setup {
    pub(crate) connections: String,
    pub(crate) allowed_hosts: Vec<String>,
    pub(crate) allowed_origins: Vec<&'static str>,
    pub(crate) dist: Option<PathBuf>,
    pub(crate) without_sandbox: bool,
    pub(crate) identity_provider: Option<String>,
    pub(crate) site: Option<Site>,
    pub(crate) people: Option<People>,
    pub(crate) metrics_route: MetricsRoute,
    pub(crate) time: Time,
    pub(crate) patience: Patience,
    /// Where connections are kept.
    pub(crate) data: Option<PathBuf>,
}

/// A clock that a test moves, beginning in March 2026.
#[derive(Clone)]
pub(crate) struct Time(Arc<AtomicI64>);

impl Default for Time {
    fn default() -> Self {
        Self(Arc::new(AtomicI64::new(1_774_000_000_000)))
    }
}

impl Time {
    pub(crate) fn now_ms(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }

    pub(crate) fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000, Ordering::SeqCst);
    }

    pub(crate) fn clock(&self) -> Clock {
        let time = self.clone();
        Clock::of(move || time.now_ms())
    }
}

/// A proxy under test.
pub(crate) struct Proxy {
    router: Router,
    pub(crate) start_token: String,
}

/// A session of it.
pub(crate) struct Session {
    pub(crate) cookie: String,
    pub(crate) anti_forgery: String,
}

/// An answer, read to its end; `body` is `None` when the transfer broke.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<Bytes>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone().unwrap().to_vec()).unwrap()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(self.body.as_ref().unwrap()).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The proxy's own error code.
    pub(crate) fn code(&self) -> String {
        self.json()["error"]["code"].as_str().unwrap().to_owned()
    }
}

impl Proxy {
    pub(crate) fn new(setup: Setup) -> Self {
        let allowed = AllowedHosts::new(&setup.allowed_hosts).unwrap();
        let resolver: couplet_proxy::Resolver =
            Arc::new(|host| Box::pin(async move { Ok(tokio::net::lookup_host((host, 0)).await?.collect()) }));
        let upstream = Upstream::with(allowed, setup.patience, resolver).unwrap();
        Self::with_upstream(setup, upstream)
    }

    /// A proxy with another client of the services.
    pub(crate) fn with_upstream(setup: Setup, upstream: Upstream) -> Self {
        let start_token = StartToken::generate().unwrap();
        let revealed = start_token.reveal().to_owned();
        let allowed = AllowedHosts::new(&setup.allowed_hosts).unwrap();
        let clock = setup.time.clock();
        let size = SandboxSize { customers: 60, seed: 7 };
        let sandbox = (!setup.without_sandbox).then(|| SandboxHost::new(size, &clock));
        let connections = Connections::new(Environment {
            allowed,
            sandbox: sandbox.as_ref().map(|it| it.base_urls().unwrap()).unwrap_or_default(),
            identity_provider: setup.identity_provider.map(|url| url.parse().unwrap()),
        });
        connections.add_text(&format!("{{\"connections\":[{}]}}", setup.connections)).unwrap();
        for (id, settings) in sandbox.iter().flat_map(SandboxHost::connections) {
            connections.add_fixed(id, settings).unwrap();
        }
        if let Some(folder) = &setup.data {
            connections.keep_in(Store::open(folder, &KeySource::File(folder.join("key"))).unwrap()).unwrap();
        }
        let router = app(ProxyOptions {
            start_token: setup.people.is_none().then_some(start_token),
            connections,
            sandbox,
            assets: setup.dist.as_deref().map(|dist| Assets::read(dist).unwrap()).unwrap_or_default(),
            allowed_origins: setup.allowed_origins.iter().map(|origin| origin.parse().unwrap()).collect(),
            upstream,
            site: setup.site.unwrap_or(Site::local()),
            people: setup.people,
            metrics_route: setup.metrics_route,
            clock,
        });
        Self { router, start_token: revealed }
    }

    /// The routes, for a server or for answers that are not read to their end.
    pub(crate) fn router(&self) -> Router {
        self.router.clone()
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.ok().map(|body| body.to_bytes());
        Answer { status: parts.status, headers: parts.headers, body }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(request("GET", path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn open_session(&self) -> Session {
        let opened = self.get(&format!("/api/session/open?token={}", self.start_token)).await;
        assert_eq!(opened.status, StatusCode::SEE_OTHER);
        let cookie = opened.header("set-cookie").split(';').next().unwrap().to_owned();
        let described = request("GET", "/api/session").header("cookie", &cookie).body(Body::empty()).unwrap();
        let anti_forgery = self.send(described).await.json()["antiForgeryToken"].as_str().unwrap().to_owned();
        Session { cookie, anti_forgery }
    }

    /// A GET within a session.
    pub(crate) async fn read(&self, session: &Session, path: &str) -> Answer {
        self.send(request("GET", path).header("cookie", &session.cookie).body(Body::empty()).unwrap()).await
    }

    /// A changing request as the app sends it.
    pub(crate) async fn write(&self, session: &Session, method: &str, path: &str, body: &str) -> Answer {
        let request = session.changing(method, path).body(Body::from(body.to_owned())).unwrap();
        self.send(request).await
    }
}

impl Session {
    /// The start of a changing request with everything that the app sends.
    pub(crate) fn changing(&self, method: &str, path: &str) -> axum::http::request::Builder {
        request(method, path)
            .header("cookie", &self.cookie)
            .header("x-couplet-anti-forgery", &self.anti_forgery)
            .header("sec-fetch-site", "same-origin")
            .header("origin", format!("http://{HOST}"))
            .header("content-type", "application/json")
    }
}

/// The start of a request.
pub(crate) fn request(method: &str, path: &str) -> axum::http::request::Builder {
    Request::builder().method(method).uri(path).header("host", HOST)
}

/// One request as a service received it.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) method: String,
    pub(crate) uri: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// A service on a loopback port.
pub(crate) struct Service {
    pub(crate) port: u16,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Service {
    /// Starts a service that answers `/redirect` with a redirect and everything else with one row.
    pub(crate) async fn start() -> Self {
        let received = Arc::new(Mutex::new(Vec::new()));
        let router = Router::new().fallback(answer).with_state(Arc::clone(&received));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { port, received }
    }

    /// A proxy with one connection, `crm`, that leads here.
    pub(crate) fn proxy(&self) -> Proxy {
        Proxy::new(Setup {
            connections: connection("crm", &format!("http://127.0.0.1:{}/base", self.port)),
            allowed_hosts: vec![format!("127.0.0.1:{}", self.port)],
            without_sandbox: true,
            ..Setup::default()
        })
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }
}

/// One Dataverse connection as it stands in the file.
pub(crate) fn connection(id: &str, base_url: &str) -> String {
    format!("{{\"id\":\"{id}\",\"system\":\"dataverse\",\"name\":\"Test\",\"baseUrl\":\"{base_url}\"}}")
}

async fn answer(
    State(received): State<Arc<Mutex<Vec<Received>>>>,
    method: axum::http::Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let is_redirect = uri.path().ends_with("/redirect");
    received.lock().unwrap().push(Received {
        method: method.to_string(),
        uri: uri.to_string(),
        headers,
        body,
    });
    let answer = Response::builder()
        .header("content-type", "application/json")
        .header("date", "Sun, 06 Nov 1994 08:49:37 GMT")
        .header("etag", "W/\"1\"")
        .header("retry-after", "3")
        .header("date", "Sun, 06 Nov 1994 08:49:37 GMT")
        .header("odata-version", "4.0")
        .header("odata-entityid", "https://x.invalid/accounts(1)")
        .header("preference-applied", "odata.maxpagesize=10")
        .header("x-ms-ratelimit-burst-remaining-xrm-requests", "5999")
        .header("set-cookie", "ARRAffinity=secret")
        .header("server", "Microsoft-IIS/10.0")
        .header("x-powered-by", "ASP.NET")
        .header("access-control-allow-origin", "*");
    if is_redirect {
        return answer.status(302).header("location", "http://169.254.169.254/").body(Body::empty()).unwrap();
    }
    answer.body(Body::from("{\"value\":[{\"name\":\"A\"}]}")).unwrap()
}

/// A folder of test files, removed at the end.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str, files: &[(&str, &str)]) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
        for (file, content) in files {
            let file = path.join(file);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, content).unwrap();
        }
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What stays behind lies in the build's own folder of temporary files.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
