//! Sessions: the start-up token that opens one, the cookie that carries it, and its anti-forgery token.
//! Sessions live in memory and end with the process.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Json;
use axum::extract::{Query, State};
use axum::http::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use crate::app::AppState;
use crate::rejection::Rejection;

/// The session cookie's name.
pub(crate) const COOKIE_NAME: &str = "couplet_session";
/// The header that a state-changing request carries.
pub(crate) const ANTI_FORGERY_HEADER: &str = "x-couplet-anti-forgery";
/// More browsers than one person has; the oldest session ends when there would be more.
const MAX_SESSIONS: usize = 64;
const TOKEN_BYTES: usize = 32;

/// The operating system gave no random bytes.
#[derive(Debug, thiserror::Error)]
#[error("no random bytes from the operating system")]
pub struct TokenError(#[from] getrandom::Error);

/// The secret in the address that is printed at start; who knows it may open a session.
pub struct StartToken(Secret);

impl StartToken {
    /// Makes a new token of 256 random bits.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub fn generate() -> Result<Self, TokenError> {
        Ok(Self(Secret::generate()?))
    }

    /// The token as it stands in the address.
    pub fn reveal(&self) -> &str {
        &self.0.0
    }
}

/// A secret text, compared in constant time and never shown by `Debug`.
struct Secret(String);

impl Secret {
    fn generate() -> Result<Self, TokenError> {
        let mut bytes = [0_u8; TOKEN_BYTES];
        getrandom::fill(&mut bytes)?;
        Ok(Self(BASE64_URL_SAFE_NO_PAD.encode(bytes)))
    }

    fn equals(&self, other: &str) -> bool {
        self.0.as_bytes().ct_eq(other.as_bytes()).into()
    }
}

/// One open session.
pub(crate) struct Session {
    id: Secret,
    anti_forgery: Secret,
}

impl Session {
    /// Whether the text is this session's anti-forgery token.
    pub(crate) fn accepts(&self, anti_forgery: &str) -> bool {
        self.anti_forgery.equals(anti_forgery)
    }
}

/// All open sessions.
pub(crate) struct Sessions {
    start_token: StartToken,
    open: Mutex<VecDeque<Arc<Session>>>,
}

impl Sessions {
    pub(crate) fn new(start_token: StartToken) -> Self {
        Self { start_token, open: Mutex::new(VecDeque::new()) }
    }

    /// The open session that one of the request's cookies names.
    pub(crate) fn find(&self, headers: &HeaderMap) -> Option<Arc<Session>> {
        let open = self.lock();
        headers
            .get_all(COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .filter(|(name, _)| *name == COOKIE_NAME)
            .find_map(|(_, id)| open.iter().find(|session| session.id.equals(id)).cloned())
    }

    /// Opens a session under a fresh id: an id that came with the request is never taken over.
    fn open(&self) -> Result<Arc<Session>, TokenError> {
        let session = Arc::new(Session { id: Secret::generate()?, anti_forgery: Secret::generate()? });
        let mut open = self.lock();
        if open.len() >= MAX_SESSIONS {
            open.pop_front();
        }
        open.push_back(Arc::clone(&session));
        Ok(session)
    }

    /// A panic while the list was held leaves it whole, so the lock's poison means nothing here.
    fn lock(&self) -> MutexGuard<'_, VecDeque<Arc<Session>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The query of the address printed at start.
#[derive(Deserialize)]
pub(crate) struct OpenQuery {
    #[serde(default)]
    token: String,
}

/// `GET /api/session/open?token=…`: checks the start-up token, sets the cookie and goes to the app.
pub(crate) async fn open_session(State(state): State<AppState>, Query(query): Query<OpenQuery>) -> Response {
    if !state.sessions.start_token.0.equals(&query.token) {
        return wrong_token_page();
    }
    match state.sessions.open() {
        Ok(session) => {
            let cookie = format!("{COOKIE_NAME}={}; HttpOnly; SameSite=Strict; Path=/", session.id.0);
            (StatusCode::SEE_OTHER, [(SET_COOKIE, cookie), (LOCATION, "/".to_owned())]).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "no session could be opened");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// What the app learns about its session.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SessionDescription {
    anti_forgery_token: String,
    version: &'static str,
    sandbox: bool,
}

/// `GET /api/session`: the anti-forgery token of the caller's session, the version, and whether the sandbox is
/// embedded.
pub(crate) async fn describe_session(State(state): State<AppState>, headers: HeaderMap) -> Response {
    let Some(session) = state.sessions.find(&headers) else {
        return Rejection::SessionMissing.into_response();
    };
    Json(SessionDescription {
        anti_forgery_token: session.anti_forgery.0.clone(),
        version: env!("CARGO_PKG_VERSION"),
        sandbox: state.sandbox.is_some(),
    })
    .into_response()
}

/// A page for a person who followed an old or mistyped address.
fn wrong_token_page() -> Response {
    let rejection = Rejection::StartTokenWrong;
    tracing::info!(code = rejection.code(), "refused");
    let page = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Couplet</title>\
                <h1>This address does not open Couplet</h1>\
                <p>Its token is not the current one. Use the address printed in the terminal when Couplet \
                was started.</p></html>";
    (rejection.status(), [(CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response()
}
