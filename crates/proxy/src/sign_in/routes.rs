//! The routes of signing in: beginning it, proving it, ending it, and the way back from the identity provider.

use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::header::{LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use url::Url;

use super::failure::{Reason, Refusal, SignInProblem};
use super::grants::{self, TokenAnswer};
use super::identity_token::{self, Expected, Identity, KeySet};
use super::person;
use super::provider::Provider;
use super::tokens::on_disk;
use super::transactions::{Asked, Purpose, Transaction};
use crate::app::AppState;
use crate::connections::{Connection, SignInMethod};
use crate::random::TokenError;
use crate::rejection::Rejection;
use crate::sandbox_host::{IDENTITY_BASE_URL, IDENTITY_ROUTE};
use crate::session::{open_for, refusal_page};

/// Where identity providers send people back to; this is what is registered with the application.
pub(super) const CALLBACK_PATH: &str = "/api/sign-in/callback";

/// The routes below a connection.
pub(crate) fn connection_routes() -> Router<AppState> {
    Router::new()
        .route("/api/connections/{id}/sign-in", post(sign_in))
        .route("/api/connections/{id}/sign-out", post(sign_out))
}

/// The body of a sign-in.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct SignInBody {
    /// The page of the app to come back to.
    return_to: String,
}

/// What came of it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase", tag = "state")]
enum SignInAnswer {
    /// A token was had.
    #[serde(rename_all = "camelCase")]
    Ready {
        /// Its end, in seconds since 1970; nothing when there is no token to end.
        expires_at: Option<i64>,
    },
    /// The person goes to this address.
    #[serde(rename_all = "camelCase")]
    Continue {
        authorize_url: String,
        /// What has to be registered with the application.
        redirect_uri: String,
    },
}

/// `POST /api/connections/{id}/sign-in`: proves a secret by getting a token now, or says where a person signs in.
async fn sign_in(
    State(state): State<AppState>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Option<Json<SignInBody>>,
) -> Result<Response, Rejection> {
    let connection = usable(&state, &id)?;
    let body = body.map(|Json(body)| body).unwrap_or_default();
    match connection.settings.sign_in.method {
        SignInMethod::User => begin(&state, &headers, connection, &body.return_to).await,
        SignInMethod::None => Ok(Json(SignInAnswer::Ready { expires_at: None }).into_response()),
        SignInMethod::Basic => {
            state.sign_in.authorization(&connection).await?;
            Ok(Json(SignInAnswer::Ready { expires_at: None }).into_response())
        }
        SignInMethod::ClientSecret | SignInMethod::ClientCertificate => {
            let expires_at = Some(state.sign_in.prove(&connection).await?);
            Ok(Json(SignInAnswer::Ready { expires_at }).into_response())
        }
    }
}

fn usable(state: &AppState, id: &str) -> Result<Arc<Connection>, Rejection> {
    let connection = state.connections.find(id).ok_or(Rejection::ConnectionUnknown)?;
    match connection.problem {
        Some(_) => Err(Rejection::ConnectionNotAllowed),
        None => Ok(connection),
    }
}

async fn begin(
    state: &AppState,
    headers: &HeaderMap,
    connection: Arc<Connection>,
    return_to: &str,
) -> Result<Response, Rejection> {
    let origin = state.site.origin(headers)?;
    let origin = origin.as_str().trim_end_matches('/');
    let environment = state.connections.environment();
    let provider = Provider::of(&state.sign_in.client, environment, &connection).await?;
    let redirect_uri = format!("{origin}{CALLBACK_PATH}");
    let begun = state
        .transactions
        .begin(Asked {
            endpoint: &in_browser(&provider.authorization_endpoint, origin),
            client_id: &connection.settings.sign_in.client_id,
            scope: &grants::user_scope(&connection),
            redirect_uri: &redirect_uri,
            return_to: if is_page(return_to) { return_to } else { "/" },
            purpose: Purpose::Connection(Arc::clone(&connection)),
            now: state.clock.now(),
        })
        .map_err(|error| failed(&error))?;
    let answer = SignInAnswer::Continue { authorize_url: begun.address.into(), redirect_uri };
    Ok(([(SET_COOKIE, state.site.sign_in_cookie(&begun.cookie))], Json(answer)).into_response())
}

/// The sandbox's identity provider has no address of its own: browsers find it below this proxy's.
fn in_browser(endpoint: &Url, origin: &str) -> Url {
    let inside = endpoint.as_str().strip_prefix(IDENTITY_BASE_URL);
    let shown = inside.and_then(|path| Url::parse(&format!("{origin}{IDENTITY_ROUTE}{path}")).ok());
    shown.unwrap_or_else(|| endpoint.clone())
}

/// Whether a text is the path of a page of the app, and of nothing else.
fn is_page(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.".contains(&byte);
    text.starts_with('/') && !text.contains("//") && text.bytes().all(is_plain)
}

/// `POST /api/connections/{id}/sign-out`: forgets the token and what a person's sign-in gave, revokes it where the
/// provider takes that, and says where the person's session at the provider is ended.
async fn sign_out(State(state): State<AppState>, Path(id): Path<String>) -> Result<Response, Rejection> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct SignedOut {
        logout_url: Option<Url>,
    }
    let connection = state.connections.find(&id).ok_or(Rejection::ConnectionUnknown)?;
    state.sign_in.forget(&id);
    if connection.settings.sign_in.method != SignInMethod::User {
        return Ok(Json(SignedOut { logout_url: None }).into_response());
    }
    let (connections, signed_out) = (Arc::clone(&state.connections), id.clone());
    let forgotten = on_disk(move || connections.sign_out(&signed_out)).await?;
    // The sign-in is forgotten here whatever the provider says to it.
    let environment = state.connections.environment();
    let provider = Provider::of(&state.sign_in.client, environment, &connection).await.ok();
    let revocation = provider.as_ref().and_then(|provider| provider.revocation_endpoint.as_ref());
    if let (Some(endpoint), Some(token)) = (revocation, &forgotten) {
        let client_id = connection.settings.sign_in.client_id.as_str();
        let form = [("token", token.expose_secret()), ("client_id", client_id)];
        if let Err(problem) = state.sign_in.client.notify(endpoint, &form).await {
            tracing::warn!(connection = id, code = problem.code(), "the token could not be revoked");
        }
    }
    Ok(Json(SignedOut { logout_url: provider.and_then(|it| it.end_session_endpoint) }).into_response())
}

/// What an identity provider sends back (C6).
#[derive(Deserialize)]
pub(crate) struct CallbackQuery {
    #[serde(default)]
    state: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    error: String,
    #[serde(default)]
    error_description: String,
}

/// `GET /api/sign-in/callback`: ends a sign-in that this browser began.
pub(crate) async fn callback(
    State(state): State<AppState>,
    Query(query): Query<CallbackQuery>,
    headers: HeaderMap,
) -> Response {
    let browser = state.site.sign_in_id(&headers).unwrap_or_default();
    let Some(transaction) = state.transactions.end(&query.state, browser, state.clock.now()) else {
        return refusal_page(&Rejection::SignInUnknown);
    };
    let mut response = match transaction.purpose.clone() {
        Purpose::Connection(connection) => {
            let outcome = finish_connection(&state, &connection, &transaction, query).await;
            back_to_page(&transaction, &connection, outcome)
        }
        Purpose::Session => match finish_session(&state, &transaction, query).await {
            Ok(response) => response,
            Err(rejection) => refusal_page(&rejection),
        },
    };
    if let Ok(ended) = state.site.ended_sign_in_cookie().parse() {
        response.headers_mut().append(SET_COOKIE, ended);
    }
    response
}

/// Goes back to the page that asked, with what came of it in its query: codes and an id, nothing secret.
fn back_to_page(
    transaction: &Transaction,
    connection: &Connection,
    outcome: Result<(), Rejection>,
) -> Response {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("connection", &connection.id);
    match outcome {
        Ok(()) => query.append_pair("signIn", "ready"),
        Err(rejection) => query.append_pair("signIn", rejection.code()),
    };
    let location = format!("{}?{}", transaction.return_to, query.finish());
    (StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response()
}

async fn finish_connection(
    state: &AppState,
    connection: &Arc<Connection>,
    transaction: &Transaction,
    query: CallbackQuery,
) -> Result<(), Rejection> {
    let environment = state.connections.environment();
    let provider = Provider::of(&state.sign_in.client, environment, connection).await?;
    let scope = grants::user_scope(connection);
    let application = Application {
        client_id: &connection.settings.sign_in.client_id,
        secret: connection.credentials.secret.as_ref(),
        scope: &scope,
    };
    let (answer, identity) = redeem(state, &provider, transaction, query, &application).await?;
    let (connections, signed_in) = (Arc::clone(&state.connections), Arc::clone(connection));
    let refresh_token = answer.refresh_token.clone();
    let account = Some(identity.preferred_username);
    on_disk(move || connections.remember(&signed_in, refresh_token, account)).await?;
    state.sign_in.hold(connection, &answer).await
}

async fn finish_session(
    state: &AppState,
    transaction: &Transaction,
    query: CallbackQuery,
) -> Result<Response, Rejection> {
    let people = state.people.as_ref().ok_or(Rejection::RouteUnknown)?;
    let provider = Provider::discover(&state.sign_in.client, &people.issuer).await?;
    let application = Application {
        client_id: &people.client_id,
        secret: people.client_secret.as_ref(),
        scope: person::SCOPE,
    };
    let (_, identity) = redeem(state, &provider, transaction, query, &application).await?;
    if !people.allow(&identity) {
        tracing::warn!(subject = identity.sub, "a person who is not on the list was refused");
        return Err(Rejection::PersonNotAllowed);
    }
    tracing::info!(subject = identity.sub, "session opened");
    open_for(state, &transaction.return_to)
}

/// The application in whose name a code is redeemed.
struct Application<'a> {
    client_id: &'a str,
    secret: Option<&'a SecretString>,
    scope: &'a str,
}

/// Exchanges the code for tokens and reads from them who signed in (C7).
async fn redeem(
    state: &AppState,
    provider: &Provider,
    transaction: &Transaction,
    query: CallbackQuery,
    application: &Application<'_>,
) -> Result<(TokenAnswer, Identity), SignInProblem> {
    if query.code.is_empty() {
        return Err(Refusal::new(query.error, query.error_description).problem());
    }
    let mut form = vec![
        ("grant_type", "authorization_code"),
        ("client_id", application.client_id),
        ("code", query.code.as_str()),
        ("redirect_uri", transaction.redirect_uri.as_str()),
        ("code_verifier", transaction.verifier.reveal()),
        ("scope", application.scope),
    ];
    form.extend(application.secret.map(|secret| ("client_secret", secret.expose_secret())));
    let client = &state.sign_in.client;
    let answer: TokenAnswer = client.post(&provider.token_endpoint, &form).await?;
    let keys: KeySet = client.get(&provider.jwks_uri).await?;
    let expected = Expected {
        issuer: &provider.issuer,
        client_id: application.client_id,
        nonce: transaction.nonce.reveal(),
        now: state.clock.now(),
    };
    let token = answer.id_token.as_ref().map(ExposeSecret::expose_secret).unwrap_or_default();
    let identity = identity_token::read(token, &keys, &expected);
    let identity = identity.ok_or(SignInProblem::from(Reason::AnswerWrong))?;
    Ok((answer, identity))
}

/// Without randomness nothing can be begun.
pub(super) fn failed(error: &TokenError) -> Rejection {
    tracing::error!(%error, "no sign-in could be begun");
    SignInProblem::from(Reason::Unavailable).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_the_app_are_come_back_to() {
        for page in ["/", "/setup", "/setup/connections-1/x.y"] {
            assert!(is_page(page), "{page}");
        }
        for other in
            ["", "setup", "//evil.example", "/a//b", "/\\evil", "/a?b", "/a#b", "/a\r\nb", "https://e"]
        {
            assert!(!is_page(other), "{other}");
        }
    }
}
