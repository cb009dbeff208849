//! The routes, put together: everything a test needs to drive the proxy in memory.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderValue;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use axum::{Json, Router, middleware};
use url::Url;

use crate::assets::{self, Assets};
use crate::connections::Connections;
use crate::content_policy::content_policy;
use crate::rejection::Rejection;
use crate::sandbox_host::{self, SandboxHost};
use crate::session::{self, Sessions, StartToken};
use crate::token_source::TokenSource;
use crate::upstream::Upstream;
use crate::{forward, guard};

/// What the proxy is made of.
pub struct ProxyOptions {
    /// Who brings this token may open a session.
    pub start_token: StartToken,
    /// The connections that requests may name.
    pub connections: Connections,
    /// Answers the connections whose target is the sandbox.
    pub sandbox: Option<SandboxHost>,
    /// The built app; empty when only the API is served, as beside `trunk serve`.
    pub assets: Assets,
    /// Origins besides the proxy's own from which a changing request may come, such as `trunk serve`'s.
    pub allowed_origins: Vec<Url>,
    /// The client of the real services.
    pub upstream: Upstream,
    /// Where their bearer tokens come from.
    pub token_source: Arc<dyn TokenSource>,
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
    pub(crate) token_source: Arc<dyn TokenSource>,
}

/// All routes of the proxy.
pub fn app(options: ProxyOptions) -> Router {
    let policy = content_policy(&options.assets.index_page());
    let state = AppState {
        sessions: Arc::new(Sessions::new(options.start_token)),
        connections: Arc::new(options.connections),
        sandbox: options.sandbox,
        assets: Arc::new(options.assets),
        allowed_origins: options.allowed_origins.into(),
        content_policy: HeaderValue::try_from(policy)
            .unwrap_or(HeaderValue::from_static("default-src 'none'")),
        upstream: options.upstream,
        token_source: options.token_source,
    };
    Router::new()
        .route("/api/connections", get(list_connections))
        .route("/api/systems/{*rest}", any(forward::forward))
        .merge(sandbox_routes(&state))
        .route("/api", any(unknown_route))
        .route("/api/", any(unknown_route))
        .route("/api/{*rest}", any(unknown_route))
        .method_not_allowed_fallback(refuse_method)
        .layer(middleware::from_fn_with_state(state.clone(), guard::require_session))
        .route("/api/session/open", get(session::open_session))
        .route("/api/session", get(session::describe_session))
        .fallback(assets::serve)
        .layer(middleware::from_fn_with_state(state.clone(), guard::secure))
        .with_state(state)
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

async fn list_connections(State(state): State<AppState>) -> Response {
    Json(state.connections.summaries()).into_response()
}

async fn unknown_route() -> Rejection {
    Rejection::RouteUnknown
}

async fn refuse_method() -> Rejection {
    Rejection::MethodRefused
}
