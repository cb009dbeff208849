//! Where the bearer token of a connection comes from. Signing in is a later issue; until then connections are
//! called without one.

use std::pin::Pin;

use crate::connections::Connection;

/// The future of a token: boxed, so that a source can be chosen at start.
pub type TokenFuture<'a> =
    Pin<Box<dyn Future<Output = Result<Option<BearerToken>, TokenUnavailable>> + Send + 'a>>;

/// An access token; `Debug` does not show it.
pub struct BearerToken(String);

impl BearerToken {
    /// Wraps the token's text, without the word `Bearer`.
    pub fn new(token: String) -> Self {
        Self(token)
    }

    /// The token's text, for the one place that writes the `Authorization` header.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for BearerToken {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("BearerToken(…)")
    }
}

/// No token could be had; the reason is in the log of the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no token could be had")]
pub struct TokenUnavailable;

/// Gives the token with which a connection is called.
pub trait TokenSource: Send + Sync {
    /// The current token of the connection, or `None` when it is called without one.
    fn token<'a>(&'a self, connection: &'a Connection) -> TokenFuture<'a>;
}

/// Calls every connection without a token.
#[derive(Debug, Clone, Copy)]
pub struct NoTokens;

impl TokenSource for NoTokens {
    fn token<'a>(&'a self, _connection: &'a Connection) -> TokenFuture<'a> {
        Box::pin(std::future::ready(Ok(None)))
    }
}
