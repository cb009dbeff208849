//! What is sent to a token endpoint for each way to sign in (C1, C3, C7), and what comes back (C4).

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;

use super::certificate::Certificate;
use super::failure::{Reason, SignInProblem};
use crate::connections::{Connection, SignInMethod, System};
use crate::random::RandomText;

/// What proves the application to a certificate's owner (C3).
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The answer of a token endpoint.
#[derive(Deserialize)]
pub(super) struct TokenAnswer {
    pub(super) access_token: SecretString,
    /// Seconds.
    pub(super) expires_in: i64,
    #[serde(default)]
    pub(super) refresh_token: Option<SecretString>,
    #[serde(default)]
    pub(super) id_token: Option<SecretString>,
}

/// The form for further tokens without a person: client credentials, or the refresh token of an earlier sign-in.
pub(super) fn silent(
    connection: &Connection,
    endpoint: &Url,
    now: i64,
) -> Result<Vec<(&'static str, SecretString)>, SignInProblem> {
    let sign_in = &connection.settings.sign_in;
    let credentials = &connection.credentials;
    let needed = || SignInProblem::from(Reason::Needed);
    let mut form = vec![("client_id", plain(&sign_in.client_id))];
    match sign_in.method {
        SignInMethod::ClientSecret => {
            form.push(("grant_type", plain("client_credentials")));
            form.push(("scope", plain(&format!("{}/.default", connection.resource()))));
            form.push(("client_secret", credentials.secret.clone().ok_or_else(needed)?));
        }
        SignInMethod::ClientCertificate => {
            let pem = credentials.secret.as_ref().ok_or_else(needed)?;
            form.push(("grant_type", plain("client_credentials")));
            form.push(("scope", plain(&format!("{}/.default", connection.resource()))));
            form.push(("client_assertion_type", plain(ASSERTION_TYPE)));
            form.push(("client_assertion", assertion(pem, &sign_in.client_id, endpoint, now)?));
        }
        SignInMethod::User => {
            form.push(("grant_type", plain("refresh_token")));
            form.push(("scope", plain(&user_scope(connection))));
            form.push(("refresh_token", credentials.refresh_token.clone().ok_or_else(needed)?));
            form.extend(credentials.secret.clone().map(|secret| ("client_secret", secret)));
        }
        SignInMethod::None | SignInMethod::Basic => return Err(needed()),
    }
    Ok(form)
}

/// What a person's sign-in asks for, the right to further tokens included (C10).
pub(super) fn user_scope(connection: &Connection) -> String {
    let permission = match connection.settings.system {
        System::BusinessCentral => ".default",
        System::Dataverse => "user_impersonation",
    };
    format!("{}/{permission} openid profile offline_access", connection.resource())
}

fn assertion(
    pem: &SecretString,
    client_id: &str,
    endpoint: &Url,
    now: i64,
) -> Result<SecretString, SignInProblem> {
    let unknown = SignInProblem::from(Reason::CertificateUnknown);
    let certificate = Certificate::read(pem.expose_secret()).map_err(|_| unknown)?;
    let id = RandomText::generate().map_err(|_| SignInProblem::from(Reason::Unavailable))?;
    certificate
        .assertion(client_id, endpoint.as_str(), id.reveal(), now)
        .map(SecretString::from)
        .ok_or(unknown)
}

fn plain(text: &str) -> SecretString {
    SecretString::from(text)
}
