//! The tokens in use: one for each connection, renewed before it ends, by one request however many ask.

use std::sync::{Arc, Mutex, PoisonError};

use axum::http::HeaderValue;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rustc_hash::FxHashMap;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::client::IdentityClient;
use super::failure::{Reason, SignInProblem};
use super::grants::{self, TokenAnswer};
use super::provider;
use crate::clock::Clock;
use crate::connections::{Connection, Connections, SignInMethod};
use crate::metrics::{Metrics, Outcome};
use crate::rejection::Rejection;

/// Seconds before its end at which a token is renewed; less for tokens that live shortly.
const RENEW_SECONDS: i64 = 300;
/// Milliseconds for which a refusal is not asked for again.
const REFUSAL_MS: i64 = 5_000;

/// The tokens of all connections.
pub(crate) struct SignIn {
    pub(super) client: IdentityClient,
    pub(super) connections: Arc<Connections>,
    pub(super) clock: Clock,
    metrics: Arc<Metrics>,
    slots: Mutex<FxHashMap<String, Arc<tokio::sync::Mutex<Slot>>>>,
}

/// What is held for one connection; its lock lets one request through to the identity provider.
#[derive(Default)]
struct Slot {
    generation: u64,
    held: Option<Held>,
    refused: Option<(SignInProblem, i64)>,
}

struct Held {
    value: HeaderValue,
    /// Seconds since 1970.
    renew_at: i64,
    expires_at: i64,
}

impl SignIn {
    pub(crate) fn new(
        client: IdentityClient,
        connections: Arc<Connections>,
        clock: Clock,
        metrics: Arc<Metrics>,
    ) -> Self {
        Self { client, connections, clock, metrics, slots: Mutex::default() }
    }

    /// The `Authorization` header for a connection; none when it is called without.
    pub(crate) async fn authorization(
        &self,
        connection: &Connection,
    ) -> Result<Option<HeaderValue>, Rejection> {
        match connection.settings.sign_in.method {
            SignInMethod::None => Ok(None),
            SignInMethod::Basic => basic(connection).map(Some),
            _ => self.token(connection).await.map(|(value, _)| Some(value)),
        }
    }

    /// The header after a service refused `used`: another one, or none when there is no other to be had. However many
    /// requests were refused, one asks for a new token.
    pub(crate) async fn renewed(
        &self,
        connection: &Connection,
        used: &HeaderValue,
    ) -> Result<Option<HeaderValue>, Rejection> {
        if !connection.settings.sign_in.method.is_oauth() {
            return Ok(None);
        }
        let slot = self.slot(&connection.id);
        {
            let mut slot = slot.lock().await;
            if slot.held.as_ref().is_some_and(|held| held.value == used) {
                slot.held = None;
            }
        }
        self.token(connection).await.map(|(value, _)| Some(value))
    }

    /// Gets a token now, whatever was refused before; gives its end in seconds since 1970.
    pub(crate) async fn prove(&self, connection: &Connection) -> Result<i64, Rejection> {
        self.forget(&connection.id);
        self.token(connection).await.map(|(_, expires_at)| expires_at)
    }

    /// Forgets the token of a connection.
    pub(crate) fn forget(&self, id: &str) {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
    }

    /// Holds the token that a person's sign-in gave.
    pub(super) async fn hold(&self, connection: &Connection, answer: &TokenAnswer) -> Result<(), Rejection> {
        let slot = self.slot(&connection.id);
        let held = self.held(answer)?;
        *slot.lock().await = Slot { generation: connection.generation, held: Some(held), refused: None };
        Ok(())
    }

    fn slot(&self, id: &str) -> Arc<tokio::sync::Mutex<Slot>> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(slots.entry(id.to_owned()).or_default())
    }

    async fn token(&self, connection: &Connection) -> Result<(HeaderValue, i64), Rejection> {
        let slot = self.slot(&connection.id);
        let mut slot = slot.lock().await;
        // As it is now, and not as it was when the request came: another one may have renewed it meanwhile.
        let connection = self.connections.find(&connection.id).ok_or(Rejection::ConnectionUnknown)?;
        if slot.generation != connection.generation {
            *slot = Slot { generation: connection.generation, ..Slot::default() };
        }
        if let Some(held) = slot.held.as_ref().filter(|held| self.clock.now() < held.renew_at) {
            return Ok((held.value.clone(), held.expires_at));
        }
        if let Some((problem, until)) = slot.refused
            && self.clock.now_ms() < until
        {
            return Err(problem.into());
        }
        match self.fetch(&connection).await {
            Ok(held) => {
                slot.refused = None;
                let held = slot.held.insert(held);
                Ok((held.value.clone(), held.expires_at))
            }
            Err(Rejection::SignIn(problem)) => {
                slot.refused = Some((problem, self.clock.now_ms().saturating_add(REFUSAL_MS)));
                // Until its very end the old token serves while the provider is away.
                match slot.held.as_ref().filter(|held| self.clock.now() < held.expires_at) {
                    Some(held) if problem.reason() == Reason::Unavailable => {
                        Ok((held.value.clone(), held.expires_at))
                    }
                    _ => Err(problem.into()),
                }
            }
            Err(other) => Err(other),
        }
    }

    async fn fetch(&self, connection: &Arc<Connection>) -> Result<Held, Rejection> {
        let endpoint = provider::token_endpoint(self.connections.environment(), connection)?;
        let form = grants::silent(connection, &endpoint, self.clock.now())?;
        let form: Vec<(&str, &str)> =
            form.iter().map(|(name, value)| (*name, value.expose_secret())).collect();
        let answered: Result<TokenAnswer, SignInProblem> = self.client.post(&endpoint, &form).await;
        self.metrics.signed_in(if answered.is_ok() { Outcome::Granted } else { Outcome::Refused });
        let is_user = connection.settings.sign_in.method == SignInMethod::User;
        match answered {
            Ok(answer) => {
                if is_user && answer.refresh_token.is_some() {
                    self.remember(connection, answer.refresh_token.clone()).await?;
                }
                Ok(self.held(&answer)?)
            }
            Err(problem) => {
                tracing::warn!(
                    connection = connection.id,
                    code = problem.code(),
                    number = problem.number(),
                    "sign-in failed"
                );
                if is_user && matches!(problem.reason(), Reason::Expired | Reason::Revoked) {
                    self.remember(connection, None).await?;
                }
                Err(problem.into())
            }
        }
    }

    /// Keeps the newest right to further tokens with the connection.
    async fn remember(
        &self,
        connection: &Arc<Connection>,
        refresh_token: Option<SecretString>,
    ) -> Result<(), Rejection> {
        let (connections, connection) = (Arc::clone(&self.connections), Arc::clone(connection));
        let account = connection.credentials.account.clone();
        on_disk(move || connections.remember(&connection, refresh_token, account)).await
    }

    fn held(&self, answer: &TokenAnswer) -> Result<Held, SignInProblem> {
        let text = Zeroizing::new(format!("Bearer {}", answer.access_token.expose_secret()));
        let mut value = HeaderValue::from_str(&text).map_err(|_| SignInProblem::from(Reason::AnswerWrong))?;
        value.set_sensitive(true);
        let lifetime = answer.expires_in.max(0);
        let now = self.clock.now();
        let expires_at = now.saturating_add(lifetime);
        Ok(Held { value, expires_at, renew_at: expires_at - RENEW_SECONDS.min(lifetime / 5) })
    }
}

/// Does something that writes to the disk where it holds nobody up.
pub(crate) async fn on_disk<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Rejection> + Send + 'static,
) -> Result<T, Rejection> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| {
        tracing::error!(%error, "a change of the connections panicked");
        Err(Rejection::StoreFailed)
    })
}

/// Basic authentication (A10).
fn basic(connection: &Connection) -> Result<HeaderValue, Rejection> {
    let problem = || SignInProblem::from(Reason::Needed);
    let password = connection.credentials.secret.as_ref().ok_or_else(problem)?;
    let user = &connection.settings.sign_in.user_name;
    let pair = Zeroizing::new(format!("{user}:{}", password.expose_secret()));
    let text = Zeroizing::new(format!("Basic {}", BASE64_STANDARD.encode(pair.as_bytes())));
    let mut value = HeaderValue::from_str(&text).map_err(|_| problem())?;
    value.set_sensitive(true);
    Ok(value)
}
