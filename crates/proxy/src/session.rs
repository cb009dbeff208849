//! Sessions: the start-up token or the sign-in that opens one, the cookie that carries it, its anti-forgery token,
//! its end. Sessions live in memory and end with the process at the latest.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Json;
use axum::extract::{Query, State};
use axum::http::header::{CONTENT_TYPE, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use crate::app::AppState;
use crate::random::{RandomText, TokenError};
use crate::rejection::Rejection;
use crate::site::Site;

/// The header that a state-changing request carries.
pub(crate) const ANTI_FORGERY_HEADER: &str = "x-couplet-anti-forgery";
/// More browsers than one person has; the oldest session ends when there would be more.
const MAX_SESSIONS: usize = 64;
/// Seconds without a request after which a session ends.
const IDLE_SECONDS: i64 = 12 * 3_600;
/// Seconds after which a session ends whatever happens.
const MAX_SECONDS: i64 = 7 * 24 * 3_600;

/// The secret in the address that is printed at start; who knows it may open a session.
pub struct StartToken(RandomText);

impl StartToken {
    /// Makes a new token of 256 random bits.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub fn generate() -> Result<Self, TokenError> {
        Ok(Self(RandomText::generate()?))
    }

    /// The token as it stands in the address.
    pub fn reveal(&self) -> &str {
        self.0.reveal()
    }
}

/// One open session.
pub(crate) struct Session {
    id: RandomText,
    anti_forgery: RandomText,
    opened_at: i64,
    seen_at: AtomicI64,
}

impl Session {
    /// Whether the text is this session's anti-forgery token.
    pub(crate) fn accepts(&self, anti_forgery: &str) -> bool {
        self.anti_forgery.equals(anti_forgery)
    }

    fn is_open(&self, now: i64) -> bool {
        now.saturating_sub(self.opened_at) < MAX_SECONDS
            && now.saturating_sub(self.seen_at.load(Ordering::Relaxed)) < IDLE_SECONDS
    }
}

/// All open sessions.
pub(crate) struct Sessions {
    /// None in a shared installation, where people sign in.
    start_token: Option<StartToken>,
    open: Mutex<VecDeque<Arc<Session>>>,
}

impl Sessions {
    pub(crate) fn new(start_token: Option<StartToken>) -> Self {
        Self { start_token, open: Mutex::new(VecDeque::new()) }
    }

    /// The open session that one of the request's cookies names, seen now (seconds since 1970).
    pub(crate) fn find(&self, site: &Site, headers: &HeaderMap, now: i64) -> Option<Arc<Session>> {
        let mut open = self.lock();
        open.retain(|session| session.is_open(now));
        let found = site
            .session_ids(headers)
            .find_map(|id| open.iter().find(|session| session.id.equals(id)).cloned())?;
        found.seen_at.store(now, Ordering::Relaxed);
        Some(found)
    }

    /// How many are open.
    pub(crate) fn count(&self) -> usize {
        self.lock().len()
    }

    /// Opens a session under a fresh id: an id that came with the request is never taken over.
    fn open(&self, now: i64) -> Result<Arc<Session>, TokenError> {
        let session = Arc::new(Session {
            id: RandomText::generate()?,
            anti_forgery: RandomText::generate()?,
            opened_at: now,
            seen_at: AtomicI64::new(now),
        });
        let mut open = self.lock();
        if open.len() >= MAX_SESSIONS {
            open.pop_front();
        }
        open.push_back(Arc::clone(&session));
        Ok(session)
    }

    /// Ends a session: its cookie opens nothing any more.
    fn close(&self, session: &Session) {
        self.lock().retain(|it| !it.id.equals(session.id.reveal()));
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
    let is_right = state.sessions.start_token.as_ref().is_some_and(|token| token.0.equals(&query.token));
    if !is_right {
        return refusal_page(&Rejection::StartTokenWrong);
    }
    open_for(&state, "/").unwrap_or_else(|rejection| refusal_page(&rejection))
}

/// Opens a session for somebody who proved to be allowed, and goes to a page.
pub(crate) fn open_for(state: &AppState, page: &str) -> Result<Response, Rejection> {
    let session = state.sessions.open(state.clock.now()).map_err(|error| {
        tracing::error!(%error, "no session could be opened");
        Rejection::SessionMissing
    })?;
    let cookie = state.site.session_cookie(session.id.reveal());
    let headers = [(SET_COOKIE, cookie), (LOCATION, page.to_owned())];
    Ok((StatusCode::SEE_OTHER, headers).into_response())
}

/// `POST /api/session/close`: ends the caller's session, whose cookie is worth nothing afterwards.
pub(crate) async fn close_session(State(state): State<AppState>, headers: HeaderMap) -> Response {
    if let Some(session) = state.sessions.find(&state.site, &headers, state.clock.now()) {
        state.sessions.close(&session);
    }
    (StatusCode::NO_CONTENT, [(SET_COOKIE, state.site.ended_session_cookie())]).into_response()
}

/// What the app learns about its session.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SessionDescription {
    anti_forgery_token: String,
    version: &'static str,
    sandbox: bool,
    /// Whether saved connections outlive the proxy.
    keeps_connections: bool,
}

/// `GET /api/session`: the anti-forgery token of the caller's session, the version, and whether the sandbox is
/// embedded.
pub(crate) async fn describe_session(State(state): State<AppState>, headers: HeaderMap) -> Response {
    let Some(session) = state.sessions.find(&state.site, &headers, state.clock.now()) else {
        return Rejection::SessionMissing.into_response();
    };
    Json(SessionDescription {
        anti_forgery_token: session.anti_forgery.reveal().to_owned(),
        version: env!("CARGO_PKG_VERSION"),
        sandbox: state.sandbox.is_some(),
        keeps_connections: state.connections.are_kept(),
    })
    .into_response()
}

/// A page for a person who does not get in, in the browser's address bar and not in the app.
pub(crate) fn refusal_page(rejection: &Rejection) -> Response {
    tracing::info!(code = rejection.code(), "refused");
    let (title, text) = match rejection {
        Rejection::StartTokenWrong => (
            "This address does not open Couplet",
            "Its token is not the current one. Use the address printed in the terminal when Couplet was started."
                .into(),
        ),
        _ => ("Couplet cannot go on here", rejection.message()),
    };
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Couplet</title>\
         <h1>{title}</h1><p>{text}</p><p>Code: {}</p></html>",
        rejection.code()
    );
    (rejection.status(), [(CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response()
}
