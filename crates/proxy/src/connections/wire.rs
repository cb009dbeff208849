//! The JSON of the connection routes. Nothing here has a field for a secret that goes out.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::{Cloud, Connection, Kind, Settings, SignInMethod, SignInSettings, System, Target};

/// One connection as the app learns of it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Summary<'a> {
    id: &'a str,
    system: System,
    kind: Kind,
    name: &'a str,
    base_url: &'a str,
    environment: &'a str,
    cloud: Cloud,
    tenant: &'a str,
    sign_in: SignInSummary<'a>,
    demo: bool,
    fixed: bool,
    status: Status,
    /// Code of what keeps this start of the proxy from using it.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<&'static str>,
}

/// How it signs in, without what proves it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SignInSummary<'a> {
    method: SignInMethod,
    client_id: &'a str,
    user_name: &'a str,
    has_secret: bool,
    thumbprint: Option<&'a str>,
    account: Option<&'a str>,
}

/// Whether a connection can be used.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Status {
    /// It can be called.
    Ready,
    /// Somebody has to sign in or enter the secret first.
    SignInMissing,
    /// This start of the proxy does not allow it.
    NotAllowed,
}

impl<'a> Summary<'a> {
    pub(super) fn of(connection: &'a Connection) -> Self {
        let settings = &connection.settings;
        let credentials = &connection.credentials;
        Self {
            id: &connection.id,
            system: settings.system,
            kind: settings.kind,
            name: &settings.name,
            base_url: connection.base_url.as_str().trim_end_matches('/'),
            environment: &settings.environment,
            cloud: settings.cloud,
            tenant: &settings.tenant,
            sign_in: SignInSummary {
                method: settings.sign_in.method,
                client_id: &settings.sign_in.client_id,
                user_name: &settings.sign_in.user_name,
                has_secret: credentials.secret.is_some(),
                thumbprint: credentials.thumbprint.as_deref(),
                account: credentials.account.as_deref(),
            },
            demo: connection.target() == Target::Sandbox,
            fixed: connection.origin == super::Origin::Fixed,
            status: match (&connection.problem, connection.is_ready()) {
                (Some(_), _) => Status::NotAllowed,
                (None, true) => Status::Ready,
                (None, false) => Status::SignInMissing,
            },
            problem: connection.problem.as_ref().map(super::ConnectionProblem::code),
        }
    }
}

/// The body that makes a connection.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct NewConnection {
    system: System,
    kind: Kind,
    name: String,
    base_url: String,
    #[serde(default)]
    environment: String,
    /// That of the address when it is not given.
    #[serde(default)]
    cloud: Option<Cloud>,
    #[serde(default)]
    tenant: String,
    #[serde(default)]
    sign_in: SignInSettings,
}

impl NewConnection {
    pub(super) fn settings(self) -> Settings {
        let of_address = || match self.kind {
            Kind::Sandbox => Cloud::Sandbox,
            _ => {
                let url = url::Url::parse(&self.base_url).ok();
                Cloud::of_host(url.as_ref().and_then(url::Url::host_str).unwrap_or_default())
            }
        };
        Settings {
            cloud: self.cloud.unwrap_or_else(of_address),
            system: self.system,
            kind: self.kind,
            name: self.name,
            base_url: self.base_url,
            environment: self.environment,
            tenant: self.tenant,
            sign_in: self.sign_in,
        }
    }
}

/// The body that changes one: what is left out stays.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ConnectionChange {
    name: Option<String>,
    base_url: Option<String>,
    environment: Option<String>,
    cloud: Option<Cloud>,
    tenant: Option<String>,
    sign_in: Option<SignInSettings>,
}

impl ConnectionChange {
    pub(super) fn applied(self, to: &Settings) -> Settings {
        let old = to.clone();
        Settings {
            system: old.system,
            kind: old.kind,
            name: self.name.unwrap_or(old.name),
            base_url: self.base_url.unwrap_or(old.base_url),
            environment: self.environment.unwrap_or(old.environment),
            cloud: self.cloud.unwrap_or(old.cloud),
            tenant: self.tenant.unwrap_or(old.tenant),
            sign_in: self.sign_in.unwrap_or(old.sign_in),
        }
    }
}

/// The body that enters or replaces a secret.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewSecret {
    pub(super) secret: SecretString,
}
