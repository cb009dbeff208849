//! What stands before every route: allowed methods, an open session, proof that a changing request comes from
//! the app itself (anti-forgery header and origin), and the security headers of every answer.

use axum::extract::{Request, State};
use axum::http::header::{ALLOW, CACHE_CONTROL, ORIGIN, STRICT_TRANSPORT_SECURITY};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use url::Url;

use crate::app::AppState;
use crate::rejection::Rejection;
use crate::sandbox_host::IDENTITY_ROUTE;
use crate::session::ANTI_FORGERY_HEADER;
use crate::site::Transport;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Refuses methods nobody serves, before anything else looks at the request, and gives each answer the headers
/// that tell the browser what the page may do.
pub(crate) async fn secure(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let is_api = path == "/api" || path.starts_with("/api/") || path.starts_with(IDENTITY_ROUTE);
    let is_encrypted = state.site.transport() == Transport::Encrypted;
    let host = state.site.origin(request.headers());
    let served = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
    let mut response = if let Err(foreign) = host {
        foreign.into_response()
    } else if served.contains(request.method()) {
        next.run(request).await
    } else {
        let mut refused = Rejection::MethodRefused.into_response();
        refused.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE"));
        refused
    };
    let headers = response.headers_mut();
    for (name, value) in SECURITY_HEADERS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    headers.insert(HeaderName::from_static("content-security-policy"), state.content_policy.clone());
    if is_encrypted {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    if is_api {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

const SECURITY_HEADERS: [(&str, &str); 5] = [
    ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];

/// Lets only requests of an open session through, and changing ones only with proof of where they come from.
pub(crate) async fn require_session(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Result<Response, Rejection> {
    let session = state
        .sessions
        .find(&state.site, request.headers(), state.clock.now())
        .ok_or(Rejection::SessionMissing)?;
    if !request.method().is_safe() {
        check_origin(&state, request.headers())?;
        let token = request.headers().get(ANTI_FORGERY_HEADER).ok_or(Rejection::AntiForgeryMissing)?;
        let token = token.to_str().map_err(|_| Rejection::AntiForgeryWrong)?;
        if !session.accepts(token) {
            return Err(Rejection::AntiForgeryWrong);
        }
    }
    Ok(next.run(request).await)
}

/// `Sec-Fetch-Site` and `Origin` must both be of this origin where they are present, and one must be.
fn check_origin(state: &AppState, headers: &HeaderMap) -> Result<(), Rejection> {
    let fetch_site = headers.get(SEC_FETCH_SITE);
    let origin = headers.get(ORIGIN);
    if fetch_site.is_none() && origin.is_none() {
        return Err(Rejection::OriginMissing);
    }
    if fetch_site.is_some_and(|site| site != "same-origin") {
        return Err(Rejection::OriginForeign);
    }
    let Some(origin) = origin else { return Ok(()) };
    let origin =
        origin.to_str().ok().and_then(|text| Url::parse(text).ok()).ok_or(Rejection::OriginForeign)?;
    let own = state.site.origin(headers)?;
    let known = [&own].into_iter().chain(&*state.allowed_origins).any(|it| it.origin() == origin.origin());
    if known && origin.origin().is_tuple() { Ok(()) } else { Err(Rejection::OriginForeign) }
}
