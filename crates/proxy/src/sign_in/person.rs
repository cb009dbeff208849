//! The people who use a shared installation: they sign in through OpenID Connect, and only those on the list get a
//! session. Without this, the start-up token decides.

use axum::extract::State;
use axum::http::header::{LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use secrecy::SecretString;
use url::Url;

use super::identity_token::Identity;
use super::provider::Provider;
use super::routes::{CALLBACK_PATH, failed};
use super::transactions::{Asked, Purpose};
use crate::address::may_hold_secrets;
use crate::app::AppState;
use crate::rejection::Rejection;
use crate::session::refusal_page;

/// What is asked about a person: who it is, and nothing else.
pub(super) const SCOPE: &str = "openid profile";

/// Why people cannot sign in with these settings.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PeopleError {
    /// The issuer's address cannot be used.
    #[error("the issuer must be an https address without `?` and `#`, not `{0}`")]
    Issuer(String),
    /// Nobody would get in.
    #[error("the list of allowed people is empty")]
    NobodyAllowed,
}

/// Who may use the proxy, and who says who they are.
#[derive(Debug)]
pub struct People {
    pub(super) issuer: Url,
    pub(super) client_id: String,
    pub(super) client_secret: Option<SecretString>,
    allowed: Vec<String>,
}

impl People {
    /// People of one identity provider. `allowed` has a line for each person: the object id (safest, it never
    /// changes hands) or the name to sign in with; empty lines and those that begin with `#` are skipped.
    ///
    /// # Errors
    /// [`PeopleError`] when the issuer cannot be used or nobody is allowed.
    pub fn new(
        issuer: Url,
        client_id: String,
        client_secret: Option<SecretString>,
        allowed: &str,
    ) -> Result<Self, PeopleError> {
        if !may_hold_secrets(&issuer) {
            return Err(PeopleError::Issuer(issuer.to_string()));
        }
        let lines = allowed.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let allowed: Vec<String> = lines.map(str::to_lowercase).collect();
        if allowed.is_empty() {
            return Err(PeopleError::NobodyAllowed);
        }
        Ok(Self { issuer, client_id, client_secret, allowed })
    }

    /// Whether a person is on the list.
    pub(super) fn allow(&self, identity: &Identity) -> bool {
        let names = [&identity.oid, &identity.sub, &identity.preferred_username];
        let is_listed = |name: &&String| !name.is_empty() && self.allowed.contains(&name.to_lowercase());
        names.iter().any(is_listed)
    }
}

/// `GET /api/session/sign-in`: leads to the sign-in page.
pub(crate) async fn begin_session(State(state): State<AppState>, headers: HeaderMap) -> Response {
    match begin(&state, &headers).await {
        Ok(response) => response,
        Err(rejection) => refusal_page(&rejection),
    }
}

async fn begin(state: &AppState, headers: &HeaderMap) -> Result<Response, Rejection> {
    let people = state.people.as_ref().ok_or(Rejection::RouteUnknown)?;
    let origin = state.site.origin(headers)?;
    let provider = Provider::discover(&state.sign_in.client, &people.issuer).await?;
    let begun = state
        .transactions
        .begin(Asked {
            endpoint: &provider.authorization_endpoint,
            client_id: &people.client_id,
            scope: SCOPE,
            redirect_uri: &format!("{}{CALLBACK_PATH}", origin.as_str().trim_end_matches('/')),
            return_to: "/",
            purpose: Purpose::Session,
            now: state.clock.now(),
        })
        .map_err(|error| failed(&error))?;
    let headers = [(SET_COOKIE, state.site.sign_in_cookie(&begun.cookie)), (LOCATION, begun.address.into())];
    Ok((StatusCode::SEE_OTHER, headers).into_response())
}
