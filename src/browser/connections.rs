//! Changing the proxy's connections: saving and removing them, entering their secrets, signing in and out. A secret
//! goes out from here once and never comes back. Requests to the systems behind them are in `http`.

use couplet_engine::Side;
use gloo_net::http::{Method, RequestBuilder, Response};
use serde::{Deserialize, Serialize};

use super::http::{ANTI_FORGERY, Cloud, Connection, Kind, SignInMethod, token, unreachable};
use crate::failure::Failure;

/// Where identity providers send people back to on the proxy.
pub const CALLBACK_PATH: &str = "/api/sign-in/callback";

/// Why the proxy did not do it.
#[derive(Debug, Clone, PartialEq)]
pub enum Refusal {
    /// It refused with a code of its own; the number is the identity provider's (`AADSTS…`, C4).
    Code {
        /// Such as `proxy.connection-tenant` or `proxy.sign-in-secret-wrong`.
        code: String,
        /// The identity provider's number, if it gave one.
        number: Option<u32>,
    },
    /// It was not reached, or its answer cannot be read.
    Failure(Failure),
}

/// The settings of a connection; nothing of them is secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The system behind it.
    pub side: Side,
    /// Where it runs.
    pub kind: Kind,
    /// What a person calls it.
    pub name: String,
    /// Address that request paths are appended to.
    pub base_url: String,
    /// The environment's name, shown to people.
    pub environment: String,
    /// Whose identity provider signs in; that of the address when it is not given.
    pub cloud: Option<Cloud>,
    /// Tenant id or domain.
    pub tenant: String,
    /// How it signs in.
    pub method: SignInMethod,
    /// Id of the registered application.
    pub client_id: String,
    /// User name for [`SignInMethod::Basic`].
    pub user_name: String,
}

/// What came of a sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "state")]
pub enum SignInAnswer {
    /// A token was had; nothing more of it is said here.
    Ready,
    /// The person goes to this address.
    Continue {
        /// The identity provider's page.
        authorize_url: String,
    },
}

/// A body as the proxy reads it; `system` and `kind` only of a new connection.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    system: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<Kind>,
    name: &'a str,
    base_url: &'a str,
    environment: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cloud: Option<Cloud>,
    tenant: &'a str,
    sign_in: SignInBody<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SignInBody<'a> {
    method: SignInMethod,
    client_id: &'a str,
    user_name: &'a str,
}

impl<'a> Body<'a> {
    fn of(settings: &'a Settings) -> Self {
        let sign_in = SignInBody {
            method: settings.method,
            client_id: settings.client_id.trim(),
            user_name: settings.user_name.trim(),
        };
        Body {
            system: None,
            kind: None,
            name: settings.name.trim(),
            base_url: settings.base_url.trim(),
            environment: settings.environment.trim(),
            cloud: settings.cloud,
            tenant: settings.tenant.trim(),
            sign_in,
        }
    }
}

/// The name of a system in the proxy's words.
pub fn system_name(side: Side) -> &'static str {
    match side {
        Side::BusinessCentral => "business-central",
        Side::Dataverse => "dataverse",
    }
}

/// Saves a new connection, which is not used by that.
///
/// # Errors
/// The proxy's code for the field that it does not take.
pub async fn create(settings: &Settings) -> Result<Connection, Refusal> {
    let system = Some(system_name(settings.side));
    let body = Body { system, kind: Some(settings.kind), ..Body::of(settings) };
    read(call(Method::POST, "/api/connections", Some(text(&body)?)).await?).await
}

/// Changes a connection. The proxy forgets its secret when the change would take it to another place.
///
/// # Errors
/// As [`create`].
pub async fn change(id: &str, settings: &Settings) -> Result<Connection, Refusal> {
    let body = text(&Body::of(settings))?;
    read(call(Method::PATCH, &path(id, ""), Some(body)).await?).await
}

/// Removes a connection with its secret.
///
/// # Errors
/// The proxy's code, or why it was not reached.
pub async fn remove(id: &str) -> Result<(), Refusal> {
    call(Method::DELETE, &path(id, ""), None).await.map(|_| ())
}

/// Enters or replaces the secret.
///
/// # Errors
/// The proxy's code when the secret does not fit the way to sign in.
pub async fn set_secret(id: &str, secret: &str) -> Result<Connection, Refusal> {
    #[derive(Serialize)]
    struct Secret<'a> {
        secret: &'a str,
    }
    let body = text(&Secret { secret })?;
    read(call(Method::PUT, &path(id, "/secret"), Some(body)).await?).await
}

/// Forgets the secret and what a person's sign-in gave.
///
/// # Errors
/// The proxy's code, or why it was not reached.
pub async fn forget_secret(id: &str) -> Result<Connection, Refusal> {
    read(call(Method::DELETE, &path(id, "/secret"), None).await?).await
}

/// Signs in: proves the secret by getting a token, or says where a person signs in to come back to `return_to`.
///
/// # Errors
/// The code of what the identity provider refused.
pub async fn sign_in(id: &str, return_to: &str) -> Result<SignInAnswer, Refusal> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Asked<'a> {
        return_to: &'a str,
    }
    let body = text(&Asked { return_to })?;
    read(call(Method::POST, &path(id, "/sign-in"), Some(body)).await?).await
}

/// Signs out.
///
/// # Errors
/// The proxy's code, or why it was not reached.
pub async fn sign_out(id: &str) -> Result<(), Refusal> {
    call(Method::POST, &path(id, "/sign-out"), None).await.map(|_| ())
}

fn path(id: &str, rest: &str) -> String {
    format!("/api/connections/{id}{rest}")
}

fn text(body: &impl Serialize) -> Result<String, Refusal> {
    serde_json::to_string(body).map_err(|error| unreadable(&error))
}

fn unreadable(error: &impl std::fmt::Display) -> Refusal {
    Refusal::Failure(Failure::ProxyAnswer { detail: error.to_string() })
}

async fn call(method: Method, path: &str, body: Option<String>) -> Result<Response, Refusal> {
    let failed = |error| Refusal::Failure(unreachable(error));
    let builder = RequestBuilder::new(path).method(method).header(ANTI_FORGERY, &token());
    let sent = match body {
        Some(body) => {
            builder.header("Content-Type", "application/json").body(body).map_err(failed)?.send().await
        }
        None => builder.send().await,
    };
    let response = sent.map_err(failed)?;
    if response.status() < 400 { Ok(response) } else { Err(refusal(response).await) }
}

async fn read<T: for<'de> Deserialize<'de>>(response: Response) -> Result<T, Refusal> {
    response.json().await.map_err(|error| unreadable(&error))
}

async fn refusal(response: Response) -> Refusal {
    #[derive(Deserialize)]
    struct Said {
        error: Detail,
    }
    #[derive(Deserialize)]
    struct Detail {
        code: String,
        number: Option<u32>,
    }
    let status = response.status();
    match response.json::<Said>().await {
        _ if status == 401 => Refusal::Failure(Failure::NoSession),
        Ok(Said { error }) => Refusal::Code { code: error.code, number: error.number },
        Err(_) => Refusal::Failure(Failure::ProxyStatus { status }),
    }
}
