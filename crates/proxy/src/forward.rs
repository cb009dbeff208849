//! `/api/systems/{connectionId}/…`: passes a request to the connection it names, and nowhere else.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::CONTENT_LENGTH;
use axum::response::Response;

use crate::app::AppState;
use crate::connections::Target;
use crate::rejection::Rejection;
use crate::system_path::SystemPath;
use crate::upstream::MAX_BODY_BYTES;

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
    let path = SystemPath::new(path)?;
    let url = path.below(&connection.base_url, uri.query())?;
    let announced =
        request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length: usize| length > MAX_BODY_BYTES) {
        return Err(Rejection::BodyTooLarge);
    }
    match (connection.target, &state.sandbox) {
        (Target::Sandbox, Some(host)) => host.call(connection.system, &path, request).await,
        (Target::Sandbox, None) => Err(Rejection::ConnectionUnknown),
        (Target::Service, _) => {
            let token = state.token_source.token(connection).await.map_err(|error| {
                tracing::warn!(connection = connection.id, %error, "sign-in failed");
                Rejection::SignInFailed
            })?;
            state.upstream.call(url, token, request).await
        }
    }
}
