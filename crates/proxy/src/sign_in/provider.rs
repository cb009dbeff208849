//! Where an identity provider's endpoints are: by construction for the clouds of the services (C1, C6, C13), by its
//! discovery document where issuer and keys are needed. Everything of a provider is on one origin.

use serde::Deserialize;
use url::Url;

use super::client::IdentityClient;
use super::failure::{Reason, SignInProblem};
use crate::connections::{Cloud, Connection, Environment};
use crate::sandbox_host::IDENTITY_BASE_URL;

/// What a discovery document says (OpenID Connect Discovery, RFC 8414).
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Provider {
    pub(super) issuer: String,
    pub(super) authorization_endpoint: Url,
    pub(super) token_endpoint: Url,
    pub(super) jwks_uri: Url,
    #[serde(default)]
    pub(super) end_session_endpoint: Option<Url>,
    #[serde(default)]
    pub(super) revocation_endpoint: Option<Url>,
}

impl Provider {
    /// Reads the discovery document of an issuer's address.
    pub(super) async fn discover(client: &IdentityClient, issuer: &Url) -> Result<Self, SignInProblem> {
        let base = issuer.as_str().trim_end_matches('/');
        let address = read(&format!("{base}/.well-known/openid-configuration"))?;
        let provider: Self = client.get(&address).await?;
        let endpoints = [
            Some(&provider.authorization_endpoint),
            Some(&provider.token_endpoint),
            Some(&provider.jwks_uri),
            provider.end_session_endpoint.as_ref(),
            provider.revocation_endpoint.as_ref(),
        ];
        // A document cannot lead secrets to another host.
        let stays = endpoints.into_iter().flatten().all(|endpoint| endpoint.origin() == issuer.origin());
        if stays { Ok(provider) } else { Err(Reason::AnswerWrong.into()) }
    }

    /// The provider that signs in to a connection.
    pub(super) async fn of(
        client: &IdentityClient,
        environment: &Environment,
        connection: &Connection,
    ) -> Result<Self, SignInProblem> {
        let base = tenant_base(environment, connection)?;
        Self::discover(client, &read(&format!("{base}/v2.0"))?).await
    }
}

/// The token endpoint for a connection (C1).
pub(super) fn token_endpoint(
    environment: &Environment,
    connection: &Connection,
) -> Result<Url, SignInProblem> {
    read(&format!("{}/oauth2/v2.0/token", tenant_base(environment, connection)?))
}

/// The provider's address with the tenant, whose form was checked when the settings were saved.
fn tenant_base(environment: &Environment, connection: &Connection) -> Result<String, SignInProblem> {
    let base = match connection.settings.cloud {
        Cloud::Global => "https://login.microsoftonline.com",
        Cloud::UsGovernment => "https://login.microsoftonline.us",
        Cloud::China => "https://login.partner.microsoftonline.cn",
        Cloud::Sandbox => IDENTITY_BASE_URL,
        Cloud::Custom => {
            let custom = environment.identity_provider.as_ref();
            custom.ok_or(SignInProblem::from(Reason::Unavailable))?.as_str().trim_end_matches('/')
        }
    };
    Ok(format!("{base}/{}", connection.settings.tenant))
}

fn read(text: &str) -> Result<Url, SignInProblem> {
    Url::parse(text).map_err(|_| Reason::AnswerWrong.into())
}
