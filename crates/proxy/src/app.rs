//! The routes, put together: everything a test needs to drive the proxy in memory.

use std::sync::Arc;

use axum::http::HeaderValue;
use axum::routing::{any, get, post};
use axum::{Router, middleware};
use tokio::sync::Semaphore;
use url::Url;

use crate::assets::{self, Assets};
use crate::clock::Clock;
use crate::connections::{self, Connections};
use crate::content_policy::content_policy;
use crate::metrics::{self, Metrics, MetricsRoute};
use crate::rejection::Rejection;
use crate::sandbox_host::{self, SandboxHost};
use crate::session::{self, Sessions, StartToken};
use crate::sign_in::{self, IdentityClient, People, SignIn, Transactions};
use crate::site::Site;
use crate::upstream::Upstream;
use crate::{forward, guard, limits};

/// What the proxy is made of.
pub struct ProxyOptions {
    /// Who brings this token may open a session; none where people sign in.
    pub start_token: Option<StartToken>,
    /// The connections that requests may name.
    pub connections: Connections,
    /// Answers the connections whose target is the sandbox.
    pub sandbox: Option<SandboxHost>,
    /// The built app; empty when only the API is served, as beside `trunk serve`.
    pub assets: Assets,
    /// Origins besides the proxy's own from which a changing request may come, such as `trunk serve`'s.
    pub allowed_origins: Vec<Url>,
    /// The client of the real services and identity providers.
    pub upstream: Upstream,
    /// Where browsers find the proxy.
    pub site: Site,
    /// Who may use a shared installation.
    pub people: Option<People>,
    /// Whether `/metrics` is served.
    pub metrics_route: MetricsRoute,
    /// Where the time comes from.
    pub clock: Clock,
}

/// What every route can see.
#[derive(Clone)]
pub(crate) struct AppState {
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) connections: Arc<Connections>,
    pub(crate) sandbox: Option<SandboxHost>,
    pub(crate) assets: Arc<Assets>,
    pub(crate) allowed_origins: Arc<[Url]>,
    pub(crate) content_policy: HeaderValue,
    pub(crate) upstream: Upstream,
    pub(crate) sign_in: Arc<SignIn>,
    pub(crate) transactions: Arc<Transactions>,
    pub(crate) people: Option<Arc<People>>,
    pub(crate) site: Arc<Site>,
    pub(crate) clock: Clock,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) metrics_route: MetricsRoute,
    /// Places for requests under way.
    pub(crate) room: Arc<Semaphore>,
}

impl AppState {
    fn new(options: ProxyOptions) -> Self {
        let policy = content_policy(&options.assets.index_page());
        let connections = Arc::new(options.connections);
        let metrics = Arc::new(Metrics::default());
        let client = IdentityClient::new(options.upstream.clone(), options.sandbox.clone());
        let sign_in =
            SignIn::new(client, Arc::clone(&connections), options.clock.clone(), Arc::clone(&metrics));
        Self {
            sessions: Arc::new(Sessions::new(options.start_token)),
            connections,
            sandbox: options.sandbox,
            assets: Arc::new(options.assets),
            allowed_origins: options.allowed_origins.into(),
            content_policy: HeaderValue::try_from(policy)
                .unwrap_or(HeaderValue::from_static("default-src 'none'")),
            upstream: options.upstream,
            sign_in: Arc::new(sign_in),
            transactions: Arc::default(),
            people: options.people.map(Arc::new),
            site: Arc::new(options.site),
            clock: options.clock,
            metrics,
            metrics_route: options.metrics_route,
            room: Arc::new(Semaphore::new(limits::MAX_REQUESTS)),
        }
    }
}

/// All routes of the proxy.
pub fn app(options: ProxyOptions) -> Router {
    let state = AppState::new(options);
    Router::new()
        .merge(connections::routes())
        .merge(sign_in::connection_routes())
        .route("/api/session/close", post(session::close_session))
        .route("/api/systems/{*rest}", any(forward::forward))
        .merge(sandbox_routes(&state))
        .route("/api", any(unknown_route))
        .route("/api/", any(unknown_route))
        .route("/api/{*rest}", any(unknown_route))
        .method_not_allowed_fallback(refuse_method)
        .layer(middleware::from_fn_with_state(state.clone(), guard::require_session))
        .route("/api/session/open", get(session::open_session))
        .route("/api/session/sign-in", get(sign_in::begin_session))
        .route("/api/sign-in/callback", get(sign_in::callback))
        .route("/api/session", get(session::describe_session))
        .merge(identity_routes(&state))
        .fallback(assets::serve)
        .layer(middleware::from_fn_with_state(state.clone(), limits::limit))
        .layer(middleware::from_fn_with_state(state.clone(), guard::secure))
        // Whoever watches the proxy calls it by any name, and is not kept out when it is busy.
        .route("/health", get(metrics::health))
        .route("/metrics", get(metrics::metrics))
        .with_state(state)
}

/// The sandbox's identity provider, open to anybody.
fn identity_routes(state: &AppState) -> Router<AppState> {
    match state.sandbox {
        Some(_) => {
            let route = format!("{}/{{*rest}}", sandbox_host::IDENTITY_ROUTE);
            Router::new().route(&route, get(sandbox_host::identity).post(sandbox_host::identity))
        }
        None => Router::new(),
    }
}

/// Routes that exist only with the embedded sandbox.
fn sandbox_routes(state: &AppState) -> Router<AppState> {
    if state.sandbox.is_none() {
        return Router::new();
    }
    Router::new()
        .route("/api/sandbox/faults", post(sandbox_host::set_faults))
        .route("/api/sandbox/counts", get(sandbox_host::request_counts))
        .route("/api/sandbox/reset", post(sandbox_host::reset))
        .route("/api/sandbox/{*name}", any(sandbox_host::control))
}

async fn unknown_route() -> Rejection {
    Rejection::RouteUnknown
}

async fn refuse_method() -> Rejection {
    Rejection::MethodRefused
}
