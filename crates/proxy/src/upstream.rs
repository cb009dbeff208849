//! Calls to the real services: one client that follows no redirect, uses no proxy of the environment, resolves
//! names itself and connects only to addresses it has checked.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderValue, Request, StatusCode};
use axum::response::Response;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::Url;
use zeroize::Zeroizing;

use crate::address::AllowedHosts;
use crate::headers;
use crate::limits::BodyTooSlow;
use crate::rejection::Rejection;

/// Longest body forwarded to a service, in bytes: what Business Central takes (B5 of the anchors).
pub(crate) const MAX_BODY_BYTES: usize = 350 * 1024 * 1024;
/// Longest answer of an identity provider, in bytes: its keys and tokens are far below.
const MAX_IDENTITY_BYTES: usize = 256 * 1024;
const IDENTITY_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a service is waited for.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// Until a connection stands.
    pub connect: Duration,
    /// Between two pieces of an answer.
    pub answer: Duration,
}

impl Default for Patience {
    /// Business Central ends a request after 8 minutes, its gateway after 10; Dataverse is quicker.
    fn default() -> Self {
        Self { connect: Duration::from_secs(10), answer: Duration::from_mins(10) }
    }
}

/// The client of the services could not be made.
#[derive(Debug, thiserror::Error)]
#[error("cannot prepare the client for the services: {0}")]
pub struct UpstreamError(#[from] reqwest::Error);

/// The client of the services.
#[derive(Debug, Clone)]
pub struct Upstream {
    client: reqwest::Client,
}

impl Upstream {
    /// Makes the client; `allowed` decides which addresses a name may resolve to.
    ///
    /// # Errors
    /// When the platform's certificates or the encryption cannot be set up.
    pub fn new(allowed: AllowedHosts) -> Result<Self, UpstreamError> {
        Self::with(allowed, Patience::default(), system_resolver())
    }

    /// Makes a client with other time limits and another way to resolve names, for tests of both.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn with(
        allowed: AllowedHosts,
        patience: Patience,
        resolver: Resolver,
    ) -> Result<Self, UpstreamError> {
        // An error means that a provider is installed already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .connect_timeout(patience.connect)
            .read_timeout(patience.answer)
            .dns_resolver(Arc::new(CheckedResolver { allowed, resolver }))
            .build()?;
        Ok(Self { client })
    }

    /// Sends a request to the checked address and streams the answer back.
    pub(crate) async fn call(
        &self,
        url: Url,
        authorization: Option<HeaderValue>,
        request: Request<Body>,
    ) -> Result<Response, Rejection> {
        let (parts, body) = request.into_parts();
        let mut outgoing = headers::to_service(&parts.headers);
        if let Some(authorization) = authorization {
            outgoing.insert(AUTHORIZATION, authorization);
        }
        let host = url.host_str().unwrap_or_default().to_owned();
        let mut call = self.client.request(parts.method, url).headers(outgoing);
        if !body.is_end_stream() {
            let limited = Body::new(Limited::new(body, MAX_BODY_BYTES));
            call = call.body(reqwest::Body::wrap_stream(limited.into_data_stream()));
        }
        let answer = call.send().await.map_err(|error| {
            let rejection = classify(&error);
            tracing::warn!(host, code = rejection.code(), error = %error.without_url(), "call failed");
            rejection
        })?;
        if answer.status().is_redirection() && answer.status() != StatusCode::NOT_MODIFIED {
            tracing::warn!(host, status = answer.status().as_u16(), "redirect refused");
            return Err(Rejection::RedirectRefused);
        }
        let mut response = Response::new(Body::empty());
        *response.status_mut() = answer.status();
        *response.headers_mut() = headers::to_app(answer.headers());
        *response.body_mut() = Body::from_stream(answer.bytes_stream());
        Ok(response)
    }
}

impl Upstream {
    /// Asks an identity provider, with a form or without; nothing when it gives no usable answer.
    pub(crate) async fn exchange(
        &self,
        url: Url,
        form: Option<Zeroizing<String>>,
    ) -> Option<(StatusCode, Bytes)> {
        let host = url.host_str().unwrap_or_default().to_owned();
        let call = match form {
            Some(form) => self
                .client
                .post(url)
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(form.as_bytes().to_vec()),
            None => self.client.get(url),
        };
        let call = call.header(ACCEPT, "application/json").timeout(IDENTITY_TIMEOUT);
        let failed = |error: reqwest::Error| {
            tracing::warn!(host, error = %error.without_url(), "the identity provider did not answer");
        };
        let answer = call.send().await.map_err(&failed).ok()?;
        let status = answer.status();
        let body = Limited::new(reqwest::Body::from(answer), MAX_IDENTITY_BYTES).collect().await;
        body.ok().map(|body| (status, body.to_bytes()))
    }
}

fn classify(error: &reqwest::Error) -> Rejection {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(current) = source {
        if current.is::<AddressNotAllowed>() {
            return Rejection::AddressRefused;
        }
        if current.is::<LengthLimitError>() {
            return Rejection::BodyTooLarge;
        }
        if current.is::<BodyTooSlow>() {
            return Rejection::BodyTooSlow;
        }
        source = current.source();
    }
    if error.is_timeout() { Rejection::ServiceTimedOut } else { Rejection::ServiceUnreachable }
}

/// A name resolved to an address that may not be connected to.
#[derive(Debug, thiserror::Error)]
#[error("`{host}` has an address that is not public")]
struct AddressNotAllowed {
    host: String,
}

/// What a name resolves to.
pub type Lookup = Pin<Box<dyn Future<Output = std::io::Result<Vec<SocketAddr>>> + Send>>;
/// How names are resolved.
pub type Resolver = Arc<dyn Fn(String) -> Lookup + Send + Sync>;

/// The operating system's resolver.
fn system_resolver() -> Resolver {
    Arc::new(|host| Box::pin(async move { Ok(tokio::net::lookup_host((host, 0)).await?.collect()) }))
}

/// Resolves names and gives out only checked addresses, so that what was checked is what is connected to.
struct CheckedResolver {
    allowed: AllowedHosts,
    resolver: Resolver,
}

impl Resolve for CheckedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let allowed = self.allowed.clone();
        let resolved = (self.resolver)(name.as_str().to_owned());
        Box::pin(async move {
            let host = name.as_str();
            let found = resolved.await?;
            if found.iter().any(|address| !allowed.may_connect_to(host, address.ip())) {
                return Err(AddressNotAllowed { host: host.to_owned() }.into());
            }
            let addresses: Addrs = Box::new(found.into_iter());
            Ok(addresses)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn resolve(named: &[&str], host: &str) -> Result<usize, String> {
        let named: Vec<String> = named.iter().map(|&host| host.to_owned()).collect();
        let allowed = AllowedHosts::new(&named).unwrap();
        let resolver = CheckedResolver { allowed, resolver: system_resolver() };
        let found = resolver.resolve(host.parse().unwrap()).await;
        found.map(Iterator::count).map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn a_name_with_a_local_address_is_given_out_only_when_named() {
        assert_eq!(
            resolve(&[], "localhost").await,
            Err("`localhost` has an address that is not public".to_owned())
        );
        assert!(resolve(&["localhost"], "localhost").await.is_ok_and(|count| count > 0));
    }

    /// What was checked is what is given to the connection: the resolver is asked once, and an answer with one
    /// address that may not be is no answer.
    #[tokio::test]
    async fn exactly_the_checked_addresses_are_given_out() {
        let public = [SocketAddr::from(([20, 50, 1, 1], 0)), SocketAddr::from(([20, 50, 1, 2], 0))];
        let local = SocketAddr::from(([127, 0, 0, 1], 0));
        for (answer, expected) in [
            (public.to_vec(), Some(public.to_vec())),
            (vec![local], None),
            (vec![public[0], local], None),
            (Vec::new(), Some(Vec::new())),
        ] {
            let resolver: Resolver = Arc::new(move |_| Box::pin(std::future::ready(Ok(answer.clone()))));
            let resolver = CheckedResolver { allowed: AllowedHosts::default(), resolver };
            let found = resolver.resolve("contoso.crm4.dynamics.com".parse().unwrap()).await;
            assert_eq!(found.ok().map(Iterator::collect), expected);
        }
    }
}
