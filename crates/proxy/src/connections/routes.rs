//! `/api/connections…`: listing, adding, changing and removing connections, and entering their secrets. What a body
//! may say is in `wire.rs`, what settings are allowed in `check.rs`.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, patch, put};
use axum::{Json, Router};
use http_body_util::{BodyExt, Limited};
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use super::wire::{ConnectionChange, NewConnection, NewSecret, Summary};
use super::{Connection, System};
use crate::app::AppState;
use crate::limits::read_failure;
use crate::random::RandomText;
use crate::rejection::Rejection;
use crate::sign_in::on_disk;

/// Longest body of these routes, in bytes: a certificate with chain and key fits.
const MAX_BODY_BYTES: usize = 128 * 1024;
/// Characters of randomness in an id: an id never comes back, so nothing kept under an old one meets a new one.
const ID_CHARACTERS: usize = 10;

/// The routes of connections.
pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route("/api/connections", get(list).post(create))
        .route("/api/connections/{id}", patch(change).get(show).delete(remove))
        .route("/api/connections/{id}/secret", put(set_secret).delete(forget_secret))
}

async fn list(State(state): State<AppState>) -> Response {
    let all = state.connections.all();
    Json(all.iter().map(|it| Summary::of(it)).collect::<Vec<_>>()).into_response()
}

async fn show(State(state): State<AppState>, Path(id): Path<String>) -> Result<Response, Rejection> {
    let connection = state.connections.find(&id).ok_or(Rejection::ConnectionUnknown)?;
    Ok(summary(&connection))
}

async fn create(State(state): State<AppState>, body: Body) -> Result<Response, Rejection> {
    let new: NewConnection = read(body).await?;
    let settings = new.settings();
    let id = new_id(settings.system)?;
    let connections = Arc::clone(&state.connections);
    let created = on_disk(move || connections.create(id, settings)).await?;
    let location = [(LOCATION, format!("/api/connections/{}", created.id))];
    Ok((StatusCode::CREATED, location, summary(&created)).into_response())
}

async fn change(
    State(state): State<AppState>,
    Path(id): Path<String>,
    body: Body,
) -> Result<Response, Rejection> {
    let change: ConnectionChange = read(body).await?;
    let old = state.connections.find(&id).ok_or(Rejection::ConnectionUnknown)?;
    let settings = change.applied(&old.settings);
    let connections = Arc::clone(&state.connections);
    let changed = on_disk(move || connections.reconfigure(&id, settings)).await?;
    Ok(summary(&changed))
}

async fn remove(State(state): State<AppState>, Path(id): Path<String>) -> Result<StatusCode, Rejection> {
    state.sign_in.forget(&id);
    let connections = Arc::clone(&state.connections);
    on_disk(move || connections.remove(&id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn set_secret(
    State(state): State<AppState>,
    Path(id): Path<String>,
    body: Body,
) -> Result<Response, Rejection> {
    let new: NewSecret = read(body).await?;
    state.sign_in.forget(&id);
    let connections = Arc::clone(&state.connections);
    let changed = on_disk(move || connections.set_secret(&id, new.secret)).await?;
    Ok(summary(&changed))
}

async fn forget_secret(State(state): State<AppState>, Path(id): Path<String>) -> Result<Response, Rejection> {
    state.sign_in.forget(&id);
    let connections = Arc::clone(&state.connections);
    let changed = on_disk(move || connections.forget_credentials(&id)).await?;
    Ok(summary(&changed))
}

fn summary(connection: &Connection) -> Response {
    Json(Summary::of(connection)).into_response()
}

fn new_id(system: System) -> Result<String, Rejection> {
    let prefix = match system {
        System::BusinessCentral => "bc",
        System::Dataverse => "dataverse",
    };
    let random = RandomText::generate().map_err(|error| {
        tracing::error!(%error, "no id could be made");
        Rejection::StoreFailed
    })?;
    let random = random.reveal().chars().filter(char::is_ascii_alphanumeric).take(ID_CHARACTERS);
    Ok(format!("{prefix}-{}", random.collect::<String>().to_ascii_lowercase()))
}

/// Reads a small JSON body; what is wrong with it is not repeated, because it may hold a secret.
async fn read<T: DeserializeOwned>(body: Body) -> Result<T, Rejection> {
    let collected = Limited::new(body, MAX_BODY_BYTES).collect().await;
    let bytes = collected.map_err(|error| read_failure(&*error))?;
    let bytes = Zeroizing::new(bytes.to_bytes().to_vec());
    serde_json::from_slice(&bytes).map_err(|_| Rejection::BodyUnreadable)
}
