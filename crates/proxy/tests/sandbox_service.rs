//! The sandbox over real HTTP: both services and the identity provider on one loopback port, with a log of what
//! reached it.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, Response, Uri};
use couplet_sandbox::{
    Clock, DEMO_CLIENT_ID, DEMO_TENANT_DOMAIN, IdentitySettings, Request, Sandbox, SandboxOptions, System,
    TokenCheck,
};
use serde_json::{Value, json};

use crate::harness::{Proxy, Session, Setup, Time};

/// Paths of the three services.
const IDENTITY: &str = "/identity";
const BUSINESS_CENTRAL: &str = "/bc";

/// The sandbox on a port.
#[derive(Clone)]
pub(crate) struct SandboxService {
    pub(crate) sandbox: Arc<Sandbox>,
    pub(crate) origin: String,
    pub(crate) time: Time,
    /// Method, path, and body of each request.
    log: Arc<Mutex<Vec<(String, String)>>>,
}

impl SandboxService {
    /// Starts services that take nothing but valid tokens.
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let time = Time::default();
        let clock = time.clone();
        let sandbox = Sandbox::new(SandboxOptions {
            customers: 20,
            business_central_base_url: format!("{origin}{BUSINESS_CENTRAL}"),
            dataverse_base_url: origin.clone(),
            identity_base_url: format!("{origin}{IDENTITY}"),
            clock: Clock::Host(Arc::new(move || clock.now_ms())),
            ..SandboxOptions::default()
        });
        sandbox.set_identity(required());
        let service = Self { sandbox: Arc::new(sandbox), origin, time, log: Arc::default() };
        let router = Router::new().fallback(answer).with_state(service.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        service
    }

    /// A proxy that may call it.
    pub(crate) fn proxy(&self) -> Proxy {
        Proxy::new(self.setup())
    }

    pub(crate) fn setup(&self) -> Setup {
        Setup {
            allowed_hosts: vec![self.origin.trim_start_matches("http://").to_owned()],
            identity_provider: Some(format!("{}{IDENTITY}", self.origin)),
            without_sandbox: true,
            time: self.time.clone(),
            ..Setup::default()
        }
    }

    /// How many requests went to paths that end so.
    pub(crate) fn count(&self, end: &str) -> usize {
        self.log.lock().unwrap().iter().filter(|(line, _)| line.ends_with(end)).count()
    }

    /// Everything that reached it, as one text.
    pub(crate) fn log(&self) -> String {
        format!("{:?}", self.log.lock().unwrap())
    }

    /// Settings of a connection to the Dataverse stand-in.
    pub(crate) fn dataverse(&self, method: &str) -> Value {
        json!({
            "system": "dataverse", "kind": "online", "name": "Contoso", "baseUrl": self.origin,
            "cloud": "custom", "tenant": DEMO_TENANT_DOMAIN,
            "signIn": { "method": method, "clientId": DEMO_CLIENT_ID }
        })
    }

    /// Settings of a connection to the Business Central stand-in.
    pub(crate) fn business_central(&self, method: &str) -> Value {
        let mut settings = self.dataverse(method);
        settings["system"] = "business-central".into();
        settings["kind"] = "on-premises".into();
        settings["baseUrl"] = format!("{}{BUSINESS_CENTRAL}", self.origin).into();
        settings
    }
}

/// Services that take nothing but valid tokens.
pub(crate) fn required() -> IdentitySettings {
    IdentitySettings { services: TokenCheck::Required, ..IdentitySettings::default() }
}

/// Makes a connection and gives its id.
pub(crate) async fn create(proxy: &Proxy, session: &Session, settings: &Value) -> String {
    let created = proxy.write(session, "POST", "/api/connections", &settings.to_string()).await;
    assert_eq!(created.status, 201, "{}", created.text());
    let id = created.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(created.header("location"), format!("/api/connections/{id}"));
    id
}

/// Enters a secret.
pub(crate) async fn enter(proxy: &Proxy, session: &Session, id: &str, secret: &str) {
    let body = json!({ "secret": secret }).to_string();
    let entered = proxy.write(session, "PUT", &format!("/api/connections/{id}/secret"), &body).await;
    assert_eq!(entered.status, 200, "{}", entered.text());
}

/// The state of a connection as the list has it.
pub(crate) async fn listed(proxy: &Proxy, session: &Session, id: &str) -> Value {
    proxy.read(session, &format!("/api/connections/{id}")).await.json()
}

async fn answer(
    State(service): State<SandboxService>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let line = format!("{method} {}", uri.path());
    service.log.lock().unwrap().push((line, String::from_utf8_lossy(&body).into_owned()));
    let headers: Vec<(String, String)> =
        headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    let request = |path| Request {
        method: method.as_str(),
        path,
        query: uri.query().unwrap_or_default(),
        headers: &headers,
        body: &body,
    };
    let answer = if let Some(path) = uri.path().strip_prefix(IDENTITY) {
        service.sandbox.identity(&request(path))
    } else if let Some(path) = uri.path().strip_prefix(BUSINESS_CENTRAL) {
        service.sandbox.handle(System::BusinessCentral, &request(path))
    } else {
        service.sandbox.handle(System::Dataverse, &request(uri.path()))
    };
    let mut response = Response::builder().status(answer.status);
    for (name, value) in &answer.headers {
        response = response.header(name, value);
    }
    response.body(Body::from(answer.body)).unwrap()
}
