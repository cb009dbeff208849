//! `/api/systems/{connectionId}/…`: passes a request to the connection it names, and nowhere else.

use axum::body::{Body, HttpBody};
use axum::extract::{Request, State};
use axum::http::header::CONTENT_LENGTH;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use http_body_util::BodyExt;
use url::Url;

use crate::app::AppState;
use crate::connections::{Connection, Target};
use crate::limits::read_failure;
use crate::rejection::Rejection;
use crate::system_path::SystemPath;
use crate::upstream::MAX_BODY_BYTES;

/// Longest body that is kept until the service has accepted the token, in bytes.
const MAX_REPEATED_BYTES: u64 = 256 * 1024;
/// What stands before the connection's id in the path.
const PREFIX: &str = "/api/systems/";

/// Forwards a request to a system and streams the answer back.
pub(crate) async fn forward(
    State(state): State<AppState>,
    request: Request<Body>,
) -> Result<Response, Rejection> {
    let uri = request.uri().clone();
    let rest = uri.path().strip_prefix(PREFIX).ok_or(Rejection::RouteUnknown)?;
    let id_length = rest.find('/').unwrap_or(rest.len());
    let (id, path) = rest.split_at_checked(id_length).ok_or(Rejection::RouteUnknown)?;
    let connection = state.connections.find(id).ok_or(Rejection::ConnectionUnknown)?;
    let path = SystemPath::new(path, connection.settings.system)?;
    let url = path.below(&connection.base_url, uri.query())?;
    let announced =
        request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length: usize| length > MAX_BODY_BYTES) {
        return Err(Rejection::BodyTooLarge);
    }
    if connection.problem.is_some() {
        return Err(Rejection::ConnectionNotAllowed);
    }
    let (request, again) = repeatable(request).await?;
    let authorization = state.sign_in.authorization(&connection).await?;
    let call = Call { state: &state, connection: &connection, path: &path, url };
    let answer = call.send(authorization.clone(), request).await?;
    let (StatusCode::UNAUTHORIZED, Some(used)) = (answer.status(), authorization) else { return Ok(answer) };
    // The service refused the token: a new one, once. What cannot be sent again finds it at the next attempt.
    let renewed = state.sign_in.renewed(&connection, &used).await?;
    match (renewed, again) {
        (Some(authorization), Some(again)) => call.send(Some(authorization), again).await,
        _ => Ok(answer),
    }
}

/// One call to a system.
struct Call<'a> {
    state: &'a AppState,
    connection: &'a Connection,
    path: &'a SystemPath<'a>,
    url: Url,
}

impl Call<'_> {
    async fn send(
        &self,
        authorization: Option<HeaderValue>,
        request: Request<Body>,
    ) -> Result<Response, Rejection> {
        let system = self.connection.settings.system;
        let answer = match (self.connection.target(), &self.state.sandbox) {
            (Target::Sandbox, Some(host)) => host.call(system, self.path, authorization, request).await,
            (Target::Sandbox, None) => Err(Rejection::ConnectionUnknown),
            (Target::Service, _) => self.state.upstream.call(self.url.clone(), authorization, request).await,
        };
        let status = answer.as_ref().map_or_else(Rejection::status, Response::status);
        self.state.metrics.forwarded(system, status);
        answer
    }
}

/// A request, and the same again if its body is known to be small.
async fn repeatable(request: Request<Body>) -> Result<(Request<Body>, Option<Request<Body>>), Rejection> {
    let length = request.body().size_hint().upper();
    let is_small = length.is_some_and(|length| length <= MAX_REPEATED_BYTES);
    if !is_small {
        return Ok((request, None));
    }
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(|error| read_failure(&error))?.to_bytes();
    let mut again = Request::new(Body::from(body.clone()));
    *again.method_mut() = parts.method.clone();
    *again.uri_mut() = parts.uri.clone();
    *again.headers_mut() = parts.headers.clone();
    Ok((Request::from_parts(parts, Body::from(body)), Some(again)))
}
