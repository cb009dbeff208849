//! The words of a connection: which system, where, how one signs in there, and what proves it. Who may be called is
//! decided in `address.rs`, what is kept on disk in `store/`.

mod check;
mod registry;
mod routes;
mod wire;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use url::Url;

pub use check::{ConnectionProblem, Environment};
pub use registry::{Connections, ConnectionsError};
pub(crate) use routes::routes;

/// Which of the two systems a connection leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum System {
    /// Business Central.
    BusinessCentral,
    /// Dataverse.
    Dataverse,
}

/// Where the system runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The embedded stand-in.
    Sandbox,
    /// Microsoft's service.
    Online,
    /// Business Central on a server of one's own (A5).
    OnPremises,
}

/// Which cloud's identity provider signs in (C13).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cloud {
    /// `login.microsoftonline.com`; GCC too.
    Global,
    /// `login.microsoftonline.us`: GCC High and DoD.
    UsGovernment,
    /// `login.partner.microsoftonline.cn`.
    China,
    /// The embedded stand-in.
    Sandbox,
    /// The identity provider that the operator named with `--identity-provider`.
    Custom,
}

impl Cloud {
    /// The cloud that a host of the services belongs to (B1, C13).
    pub(crate) fn of_host(host: &str) -> Self {
        if host.ends_with(".dynamics.cn") {
            Self::China
        } else if host.ends_with(".microsoftdynamics.us") || host.ends_with(".appsplatform.us") {
            Self::UsGovernment
        } else {
            Self::Global
        }
    }
}

/// How the proxy proves who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignInMethod {
    /// Not at all: requests go without a token.
    #[default]
    None,
    /// Client credentials with a secret (C1).
    ClientSecret,
    /// Client credentials with a certificate (C3).
    ClientCertificate,
    /// A person signs in: authorization code with PKCE (C6, C7).
    User,
    /// User name and password, on-premises only (A10).
    Basic,
}

impl SignInMethod {
    /// Whether tokens come from an identity provider.
    pub(crate) fn is_oauth(self) -> bool {
        matches!(self, Self::ClientSecret | Self::ClientCertificate | Self::User)
    }
}

/// How to sign in; nothing of it is secret.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct SignInSettings {
    /// The way.
    pub method: SignInMethod,
    /// Id of the registered application, for the OAuth methods.
    pub client_id: String,
    /// The user's name, for [`SignInMethod::Basic`].
    pub user_name: String,
}

/// Everything about a connection that is not secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Settings {
    /// The system behind it.
    pub system: System,
    /// Where it runs.
    pub kind: Kind,
    /// The name shown to people.
    pub name: String,
    /// The address that request paths are appended to.
    pub base_url: String,
    /// The environment's name, shown to people.
    pub environment: String,
    /// Who signs in.
    pub cloud: Cloud,
    /// Tenant id or domain; empty when nobody signs in with OAuth.
    pub tenant: String,
    /// How to sign in.
    pub sign_in: SignInSettings,
}

/// What proves who calls. `Debug` shows none of it.
#[derive(Debug, Clone, Default)]
pub struct Credentials {
    /// Client secret, password, or certificate and key as PEM, as the method wants.
    pub secret: Option<SecretString>,
    /// Thumbprint (SHA-1, as the portal shows it) of the certificate in `secret`.
    pub thumbprint: Option<String>,
    /// The signed-in person's right to further tokens.
    pub refresh_token: Option<SecretString>,
    /// The signed-in person's name.
    pub account: Option<String>,
}

/// What answers a connection's requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// The embedded sandbox, in this process.
    Sandbox,
    /// The service at the base address.
    Service,
}

/// Who decides about a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The operator's file or the sandbox: it is there from the start and cannot be changed.
    Fixed,
    /// A person, through the routes.
    Saved,
}

/// One connection, checked.
#[derive(Debug, Clone)]
pub struct Connection {
    /// The id in `/api/systems/{id}`: letters, digits and hyphens.
    pub id: String,
    /// What is not secret.
    pub settings: Settings,
    /// The checked form of the settings' address.
    pub base_url: Url,
    /// Who decides about it.
    pub origin: Origin,
    /// Why this start of the proxy does not allow it, if so.
    pub(crate) problem: Option<ConnectionProblem>,
    /// What is secret.
    pub credentials: Credentials,
    /// Counts the changes that make older tokens useless.
    pub(crate) generation: u64,
}

impl Connection {
    /// A connection without credentials.
    fn new(id: String, settings: Settings, base_url: Url, origin: Origin) -> Self {
        let credentials = Credentials::default();
        Self { id, settings, base_url, origin, problem: None, credentials, generation: 0 }
    }

    /// What answers.
    pub fn target(&self) -> Target {
        match self.settings.kind {
            Kind::Sandbox => Target::Sandbox,
            Kind::Online | Kind::OnPremises => Target::Service,
        }
    }

    /// The resource that tokens are asked for (C2, C10, A14), without a final slash.
    pub(crate) fn resource(&self) -> String {
        match (self.settings.system, self.settings.kind) {
            (System::BusinessCentral, Kind::OnPremises) => {
                "https://api.businesscentral.dynamics.com".to_owned()
            }
            _ => self.base_url.origin().ascii_serialization(),
        }
    }

    /// Whether nothing is missing to call it.
    pub(crate) fn is_ready(&self) -> bool {
        let has_secret = self.credentials.secret.is_some();
        match self.settings.sign_in.method {
            SignInMethod::None => self.target() == Target::Sandbox,
            SignInMethod::ClientSecret | SignInMethod::ClientCertificate | SignInMethod::Basic => has_secret,
            SignInMethod::User => self.credentials.refresh_token.is_some(),
        }
    }
}
