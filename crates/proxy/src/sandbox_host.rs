//! Hosts the embedded sandbox: its two connections, its requests on a thread that may block, and the control
//! routes that tests and developers use. What the stand-ins answer is decided in their own crate.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::header::{AUTHORIZATION, CONTENT_LENGTH};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use couplet_sandbox::{Companion, Delivery, Fault, Sandbox, SandboxOptions};
use futures_util::stream;
use http_body_util::{BodyExt, Limited};
use url::Url;

use crate::app::AppState;
use crate::clock::Clock;
use crate::connections::{Cloud, Kind, Settings, SignInSettings, System};
use crate::headers;
use crate::limits::read_failure;
use crate::rejection::Rejection;
use crate::system_path::SystemPath;

/// Longest body the sandbox takes, in bytes: far above a `$batch` of 1,000 operations.
const MAX_BODY_BYTES: usize = 64 * 1024 * 1024;
/// Base address of the stand-in of Business Central; `.invalid` names never resolve (RFC 2606).
const BUSINESS_CENTRAL_BASE_URL: &str =
    "https://api.businesscentral.sandbox.invalid/v2.0/demo-tenant/sandbox";
/// Base address of the stand-in of Dataverse.
const DATAVERSE_BASE_URL: &str = "https://contoso-sandbox.crm4.sandbox.invalid";
/// Address before the tenant in those of Business Central, where its environments are listed (A8).
const BUSINESS_CENTRAL_ROOT: &str = "https://api.businesscentral.sandbox.invalid";
/// Address of the stand-in that lists the environments of Dataverse (C14); the app knows it by this name.
const DISCOVERY_BASE_URL: &str = "https://globaldisco.crm.sandbox.invalid";

/// Address of the stand-in of the identity provider.
pub(crate) const IDENTITY_BASE_URL: &str = "https://login.sandbox.invalid";

/// Where browsers find the stand-in of the identity provider on the proxy.
pub(crate) const IDENTITY_ROUTE: &str = "/sandbox-identity";

/// How much demo data the sandbox makes, and from which seed.
#[derive(Debug, Clone, Copy)]
pub struct SandboxSize {
    /// Number of customers; the other tables follow in proportion.
    pub customers: u32,
    /// Decides every name, number and id of the demo data.
    pub seed: u64,
}

/// The embedded sandbox.
#[derive(Debug, Clone)]
pub struct SandboxHost {
    sandbox: Arc<Sandbox>,
}

impl SandboxHost {
    /// Generates the demo data; takes seconds for a million customers.
    pub fn new(size: SandboxSize, clock: &Clock) -> Self {
        let now = clock.clone();
        let options = SandboxOptions {
            customers: size.customers,
            seed: size.seed,
            now_ms: clock.now_ms(),
            companion: Companion::Installed,
            business_central_base_url: BUSINESS_CENTRAL_BASE_URL.to_owned(),
            dataverse_base_url: DATAVERSE_BASE_URL.to_owned(),
            discovery_base_url: DISCOVERY_BASE_URL.to_owned(),
            identity_base_url: IDENTITY_BASE_URL.to_owned(),
            clock: couplet_sandbox::Clock::Host(Arc::new(move || now.now_ms())),
            custom_tables: Vec::new(),
        };
        Self { sandbox: Arc::new(Sandbox::new(options)) }
    }

    /// The base addresses of the stand-ins, and those where their environments are listed.
    ///
    /// # Errors
    /// Never in practice: the addresses are constants that the tests read.
    pub fn base_urls(&self) -> Result<Vec<(System, Url)>, url::ParseError> {
        Ok(vec![
            (System::BusinessCentral, Url::parse(BUSINESS_CENTRAL_BASE_URL)?),
            (System::Dataverse, Url::parse(DATAVERSE_BASE_URL)?),
            (System::BusinessCentral, Url::parse(BUSINESS_CENTRAL_ROOT)?),
            (System::Dataverse, Url::parse(DISCOVERY_BASE_URL)?),
        ])
    }

    /// The two connections that are there without anybody making them, which need no sign-in.
    pub fn connections(&self) -> [(String, Settings); 2] {
        let settings = |system, name: &str, base_url: &str, environment: &str| Settings {
            system,
            kind: Kind::Sandbox,
            name: name.to_owned(),
            base_url: base_url.to_owned(),
            environment: environment.to_owned(),
            cloud: Cloud::Sandbox,
            tenant: String::new(),
            sign_in: SignInSettings::default(),
        };
        let business_central = settings(
            System::BusinessCentral,
            "Business Central sandbox",
            BUSINESS_CENTRAL_BASE_URL,
            "sandbox",
        );
        let dataverse =
            settings(System::Dataverse, "Dataverse sandbox", DATAVERSE_BASE_URL, "contoso-sandbox");
        [("sandbox-bc".to_owned(), business_central), ("sandbox-dataverse".to_owned(), dataverse)]
    }

    /// Asks the stand-in of the identity provider; nothing when it fails. `path` begins with the tenant's slash.
    pub(crate) async fn ask_identity(&self, path: &str, form: Option<&str>) -> Option<(StatusCode, Bytes)> {
        let method = if form.is_some() { Method::POST } else { Method::GET };
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let body = Bytes::copy_from_slice(form.unwrap_or_default().as_bytes());
        let answer = self.identity(method, path.to_owned(), query.to_owned(), body).await.ok()?;
        Some((StatusCode::from_u16(answer.status).ok()?, answer.body.into()))
    }

    async fn identity(
        &self,
        method: Method,
        path: String,
        query: String,
        body: Bytes,
    ) -> Result<couplet_sandbox::Response, Rejection> {
        let sandbox = Arc::clone(&self.sandbox);
        let answered = tokio::task::spawn_blocking(move || {
            sandbox.identity(&couplet_sandbox::Request {
                method: method.as_str(),
                path: &path,
                query: &query,
                headers: &[],
                body: &body,
            })
        });
        answered.await.map_err(|error| {
            tracing::error!(%error, "the sandbox panicked");
            Rejection::SandboxFailed
        })
    }

    /// Answers one request of the app as the service would, faults of the network included.
    pub(crate) async fn call(
        &self,
        system: System,
        path: &SystemPath<'_>,
        authorization: Option<HeaderValue>,
        request: Request<Body>,
    ) -> Result<Response, Rejection> {
        let (parts, body) = request.into_parts();
        let body = collect(body).await?;
        let path = path.as_str().to_owned();
        let query = parts.uri.query().unwrap_or_default().to_owned();
        let mut outgoing = headers::to_service(&parts.headers);
        outgoing.extend(authorization.map(|value| (AUTHORIZATION, value)));
        let headers = text_headers(&outgoing);
        let sandbox = Arc::clone(&self.sandbox);
        let answered = tokio::task::spawn_blocking(move || {
            let request = couplet_sandbox::Request {
                method: parts.method.as_str(),
                path: &path,
                query: &query,
                headers: &headers,
                body: &body,
            };
            sandbox.handle(sandbox_system(system), &request)
        });
        let answer = answered.await.map_err(|error| {
            tracing::error!(%error, "the sandbox panicked");
            Rejection::SandboxFailed
        })?;
        if answer.delay_ms > 0 {
            tokio::time::sleep(Duration::from_millis(answer.delay_ms)).await;
        }
        deliver(answer)
    }
}

/// Turns the sandbox's answer into one on the wire, whole, cut off or not at all.
fn deliver(answer: couplet_sandbox::Response) -> Result<Response, Rejection> {
    if answer.delivery == Delivery::Refused {
        return Err(Rejection::ServiceUnreachable);
    }
    let status = StatusCode::from_u16(answer.status).map_err(|error| {
        tracing::error!(%error, "the sandbox answered with an impossible status");
        Rejection::SandboxFailed
    })?;
    let mut all = HeaderMap::new();
    for (name, value) in &answer.headers {
        if let (Ok(name), Ok(value)) =
            (HeaderName::try_from(name.as_str()), HeaderValue::try_from(value.as_str()))
        {
            all.append(name, value);
        }
    }
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    *response.headers_mut() = headers::to_app(&all);
    *response.body_mut() = match answer.delivery {
        Delivery::CutAfter(length) => {
            // The announced length is never reached: the client sees a broken transfer, not a short page.
            response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(answer.body.len()));
            let mut begun = answer.body;
            begun.truncate(length);
            Body::from_stream(stream::iter([
                Ok(Bytes::from(begun)),
                Err(std::io::Error::other("cut by a fault")),
            ]))
        }
        Delivery::Whole | Delivery::Refused => Body::from(answer.body),
    };
    Ok(response)
}

/// `POST /api/sandbox/faults` with a JSON array of faults: replaces all faults; an empty array clears them.
pub(crate) async fn set_faults(State(state): State<AppState>, body: Body) -> Result<StatusCode, Rejection> {
    let host = state.sandbox.as_ref().ok_or(Rejection::RouteUnknown)?;
    let bytes = collect(body).await?;
    let faults: Vec<Fault> = serde_json::from_slice(&bytes).map_err(|error| {
        tracing::warn!(%error, "faults cannot be read");
        Rejection::BodyUnreadable
    })?;
    host.sandbox.set_faults(faults);
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /api/sandbox/counts`: requests so far by system, method, path and status.
pub(crate) async fn request_counts(State(state): State<AppState>) -> Result<Response, Rejection> {
    let host = state.sandbox.as_ref().ok_or(Rejection::RouteUnknown)?;
    Ok(Json(host.sandbox.request_counts()).into_response())
}

/// `POST /api/sandbox/reset`: data as at the start, no faults, counts at zero.
pub(crate) async fn reset(State(state): State<AppState>) -> Result<StatusCode, Rejection> {
    let host = state.sandbox.as_ref().ok_or(Rejection::RouteUnknown)?;
    let sandbox = Arc::clone(&host.sandbox);
    tokio::task::spawn_blocking(move || sandbox.reset()).await.map_err(|error| {
        tracing::error!(%error, "the sandbox panicked");
        Rejection::SandboxFailed
    })?;
    Ok(StatusCode::NO_CONTENT)
}

/// Everything else that the sandbox can be told by a test or the benchmark: limits, timing, costs, snapshots, the
/// clock, the outbox (`Sandbox::control`).
pub(crate) async fn control(
    State(state): State<AppState>,
    Path(name): Path<String>,
    method: Method,
    body: Body,
) -> Result<Response, Rejection> {
    let host = state.sandbox.as_ref().ok_or(Rejection::RouteUnknown)?;
    let body = collect(body).await?;
    let sandbox = Arc::clone(&host.sandbox);
    let answered = tokio::task::spawn_blocking(move || sandbox.control(method.as_str(), &name, &body));
    deliver(answered.await.map_err(|error| {
        tracing::error!(%error, "the sandbox panicked");
        Rejection::SandboxFailed
    })?)
}

/// `/sandbox-identity/…`: the pages and endpoints of the stand-in of the identity provider. Like every identity
/// provider it is open to anybody; nothing of the proxy is behind it.
pub(crate) async fn identity(
    State(state): State<AppState>,
    uri: Uri,
    method: Method,
    body: Body,
) -> Result<Response, Rejection> {
    let host = state.sandbox.as_ref().ok_or(Rejection::RouteUnknown)?;
    let path = uri.path().strip_prefix(IDENTITY_ROUTE).ok_or(Rejection::RouteUnknown)?;
    let query = uri.query().unwrap_or_default().to_owned();
    let answer = host.identity(method, path.to_owned(), query, collect(body).await?).await?;
    deliver(answer)
}

async fn collect(body: Body) -> Result<Bytes, Rejection> {
    let collected = Limited::new(body, MAX_BODY_BYTES).collect().await;
    collected.map(|body| body.to_bytes()).map_err(|error| read_failure(&*error))
}

fn text_headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |(name, value): (&HeaderName, &HeaderValue)| {
        value.to_str().ok().map(|value| (name.as_str().to_owned(), value.to_owned()))
    };
    headers.iter().filter_map(text).collect()
}

fn sandbox_system(system: System) -> couplet_sandbox::System {
    match system {
        System::BusinessCentral => couplet_sandbox::System::BusinessCentral,
        System::Dataverse => couplet_sandbox::System::Dataverse,
    }
}
