//! Calls to the proxy: the session, the connections, and requests that it forwards to one of the two systems.

use std::cell::RefCell;

use couplet_systems::{Method, Request, RequestIds, Response as Answer};
use gloo_net::http::{RequestBuilder, Response};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::failure::Failure;

/// Header that every state-changing call carries.
pub(super) const ANTI_FORGERY: &str = "X-Couplet-Anti-Forgery";

thread_local! {
    /// The page's anti-forgery token, once the session is known.
    static TOKEN: RefCell<Option<String>> = const { RefCell::new(None) };
    /// The ids of this page's requests: they tell pages apart and need not be secret.
    static IDS: RefCell<RequestIds> = RefCell::new(RequestIds::new(random_id()));
}

fn random_id() -> Uuid {
    // Sign and exponent of a number below 1 are not random.
    let bits = || js_sys::Math::random().to_bits() << 12;
    Uuid::from_u64_pair(bits(), bits())
}

/// The request with an id of its own, by which the proxy's log and the system's can be read together. It keeps the id
/// when it is sent again.
pub fn marked(request: &Request) -> Request {
    IDS.with_borrow_mut(|ids| ids.mark(request.clone()))
}

/// What the proxy says of the session.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// Sent back with every state-changing call.
    pub anti_forgery_token: String,
    /// Version of the proxy.
    pub version: String,
    /// Whether the proxy hosts the sandbox.
    pub sandbox: bool,
    /// Whether saved connections outlive the proxy's process.
    pub keeps_connections: bool,
}

/// One connection that the proxy knows.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Connection {
    /// Name in the proxy's addresses.
    pub id: String,
    /// `business-central` or `dataverse`.
    pub system: String,
    /// Where the system runs.
    pub kind: Kind,
    /// What a person calls it.
    pub name: String,
    /// Address of the system; links in answers begin with it.
    pub base_url: String,
    /// Business Central environment, or the Dataverse organization.
    #[serde(default)]
    pub environment: Option<String>,
    /// Whose identity provider signs in.
    pub cloud: Cloud,
    /// Tenant id or domain; empty when nobody signs in with OAuth.
    pub tenant: String,
    /// How it signs in.
    pub sign_in: SignIn,
    /// Whether it is a stand-in with demo data.
    #[serde(default)]
    pub demo: bool,
    /// Whether the operator or the sandbox set it, so that nobody changes it here.
    pub fixed: bool,
    /// Whether it can be called.
    pub status: Status,
    /// Code of what keeps this start of the proxy from using it.
    #[serde(default)]
    pub problem: Option<String>,
}

/// Where a system runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The proxy's stand-in with demo data.
    Sandbox,
    /// Microsoft's service.
    Online,
    /// Business Central on a server of one's own (A5).
    OnPremises,
}

/// Whose identity provider signs in (C13).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cloud {
    /// The worldwide cloud.
    Global,
    /// GCC High and DoD.
    UsGovernment,
    /// The cloud of China.
    China,
    /// The sandbox's stand-in.
    Sandbox,
    /// The one that the operator named.
    Custom,
}

/// How a connection signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignInMethod {
    /// Not at all.
    None,
    /// An application with a secret (C1).
    ClientSecret,
    /// An application with a certificate (C3).
    ClientCertificate,
    /// A person in the browser (C6).
    User,
    /// User name and password, on-premises only (A10).
    Basic,
}

/// What is known of a connection's sign-in; nothing of it is secret.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignIn {
    /// The way.
    pub method: SignInMethod,
    /// Id of the registered application.
    pub client_id: String,
    /// User name for [`SignInMethod::Basic`].
    pub user_name: String,
    /// Whether a secret was entered.
    pub has_secret: bool,
    /// Thumbprint of the certificate.
    pub thumbprint: Option<String>,
    /// Who signed in.
    pub account: Option<String>,
}

/// Whether a connection can be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// It can.
    Ready,
    /// Somebody has to sign in or enter the secret first.
    SignInMissing,
    /// This start of the proxy does not allow it.
    NotAllowed,
}

/// Stops requests that are on their way; dropping it does not.
#[derive(Debug, Clone)]
pub struct Abort(Option<web_sys::AbortController>);

impl Abort {
    /// For requests that will be sent.
    pub fn new() -> Self {
        Abort(web_sys::AbortController::new().ok())
    }

    /// Stops every request that was given it.
    pub fn abort(&self) {
        if let Some(controller) = &self.0 {
            controller.abort();
        }
    }

    fn signal(&self) -> Option<web_sys::AbortSignal> {
        self.0.as_ref().map(web_sys::AbortController::signal)
    }
}

impl Default for Abort {
    fn default() -> Self {
        Abort::new()
    }
}

/// Asks the proxy for the session and keeps its token.
///
/// # Errors
/// When the proxy cannot be reached, or no session was opened in this browser.
pub async fn session() -> Result<Session, Failure> {
    let session: Session = get_json("/api/session").await?;
    TOKEN.with_borrow_mut(|token| *token = Some(session.anti_forgery_token.clone()));
    Ok(session)
}

/// The connections of the proxy.
///
/// # Errors
/// As [`session`].
pub async fn connections() -> Result<Vec<Connection>, Failure> {
    get_json("/api/connections").await
}

/// Sends `request` to the system behind `connection`, through the proxy, and reads the whole answer.
///
/// # Errors
/// When the proxy cannot be reached or the body is cut off; statuses of the system are answers, not errors.
pub async fn send(
    connection: &Connection,
    request: &Request,
    abort: Option<&Abort>,
) -> Result<Answer, Failure> {
    let answer = exchange(connection, request, abort).await?;
    match proxy_refusal(&answer) {
        Some(code) => Err(Failure::ProxyRefused { code }),
        None => Ok(answer),
    }
}

/// As [`send`], with the proxy's own refusals as answers.
pub(super) async fn exchange(
    connection: &Connection,
    request: &Request,
    abort: Option<&Abort>,
) -> Result<Answer, Failure> {
    let url = format!("/api/systems/{}/{}", connection.id, request.path.trim_start_matches('/'));
    let mut builder = RequestBuilder::new(&url)
        .method(method(request.method))
        .abort_signal(abort.and_then(Abort::signal).as_ref());
    for (name, value) in &request.headers {
        builder = builder.header(name, value);
    }
    if request.method != Method::Get {
        builder = builder.header(ANTI_FORGERY, &token());
    }
    let sent = match &request.body {
        Some(body) => {
            builder.body(js_sys::Uint8Array::from(body.as_slice())).map_err(unreachable)?.send().await
        }
        None => builder.send().await,
    };
    let response = sent.map_err(unreachable)?;
    let headers = response.headers().entries().collect();
    let status = response.status();
    let body = response.binary().await.map_err(|error| Failure::CutOff { detail: error.to_string() })?;
    Ok(Answer { status, headers, body })
}

/// The code with which the proxy itself refused; none for the answer of a service.
pub(super) fn proxy_refusal(answer: &Answer) -> Option<String> {
    #[derive(Deserialize)]
    struct Refusal {
        error: Detail,
    }
    #[derive(Deserialize)]
    struct Detail {
        code: String,
    }
    if answer.status < 400 {
        return None;
    }
    let Refusal { error } = serde_json::from_slice(&answer.body).ok()?;
    Some(error.code).filter(|code| code.starts_with("proxy."))
}

fn method(method: Method) -> gloo_net::http::Method {
    match method {
        Method::Get => gloo_net::http::Method::GET,
        Method::Post => gloo_net::http::Method::POST,
        Method::Patch => gloo_net::http::Method::PATCH,
        Method::Delete => gloo_net::http::Method::DELETE,
    }
}

async fn get_json<T: for<'de> Deserialize<'de>>(path: &str) -> Result<T, Failure> {
    let response: Response = RequestBuilder::new(path).send().await.map_err(unreachable)?;
    match response.status() {
        200 => response.json().await.map_err(|error| Failure::ProxyAnswer { detail: error.to_string() }),
        401 => Err(Failure::NoSession),
        status => Err(Failure::ProxyStatus { status }),
    }
}

/// The page's anti-forgery token; empty before the session is known.
pub(super) fn token() -> String {
    TOKEN.with_borrow(Clone::clone).unwrap_or_default()
}

pub(super) fn unreachable(error: gloo_net::Error) -> Failure {
    match error {
        gloo_net::Error::JsError(error) if error.name == "AbortError" => Failure::Cancelled,
        other => Failure::ProxyUnreachable { detail: other.to_string() },
    }
}
