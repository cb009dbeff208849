//! The stand-in of the identity provider (facts C): discovery, sign-in page, token endpoint, keys, revocation, and
//! the check that the services make of a token. It holds no time and no randomness of its own.
//!
//! Its keys and secrets stand in the source, so a token of it is worth nothing anywhere else.

mod answers;
mod authorize;
mod grants;
mod token;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::sandbox::SandboxOptions;
use crate::wire::{Request, Response, System};
use answers::{failure, json};
use token::{Claims, SigningKey};

/// Id of the only tenant.
pub const DEMO_TENANT_ID: &str = "7e4a4700-0000-4000-8000-00000000c0de";
/// Its domain, which stands for the id in addresses.
pub const DEMO_TENANT_DOMAIN: &str = "contoso-sandbox.example";
/// Id of the only registered application.
pub const DEMO_CLIENT_ID: &str = "a9900000-0000-4000-8000-00000000c11e";
/// Its client secret.
pub const DEMO_CLIENT_SECRET: &str = "sandbox-client-secret";
/// Its other credential: certificate and private key (C3), as an administrator would have them in a file.
pub const DEMO_CLIENT_CERTIFICATE: &str = concat!(
    include_str!("../../data/identity/client-certificate.pem"),
    include_str!("../../data/identity/client-key.pem")
);

/// The audience of Business Central, whatever its address (C2).
const BUSINESS_CENTRAL_RESOURCE: &str = "https://api.businesscentral.dynamics.com";
/// Seconds a code can be redeemed for (C6).
const CODE_SECONDS: i64 = 600;

/// A person who can sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DemoUser {
    /// Id in the directory.
    pub(crate) object_id: &'static str,
    /// Name shown to people.
    pub(crate) name: &'static str,
    /// Name to sign in with.
    pub(crate) user_name: &'static str,
    /// Whether the person may consent for the whole tenant (C11).
    pub(crate) is_administrator: bool,
}

/// Everybody who can sign in.
pub(crate) const DEMO_USERS: [DemoUser; 2] = [
    DemoUser {
        object_id: "0b1ec700-0000-4000-8000-000000000001",
        name: "Amira Admin",
        user_name: "amira@contoso-sandbox.example",
        is_administrator: true,
    },
    DemoUser {
        object_id: "0b1ec700-0000-4000-8000-000000000002",
        name: "Uwe User",
        user_name: "uwe@contoso-sandbox.example",
        is_administrator: false,
    },
];

/// Whether the services look at tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TokenCheck {
    /// Requests are answered with or without a token.
    #[default]
    Off,
    /// Requests without a valid token of this provider are answered with 401.
    Required,
}

/// Whether the tenant's administrator consented to the application's permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Consent {
    /// Consent was given.
    #[default]
    Granted,
    /// It was not: users get AADSTS65001, application tokens carry no permission.
    Missing,
}

/// What became of a credential of the application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CredentialState {
    /// It is registered and valid.
    #[default]
    Valid,
    /// It is past its end.
    Expired,
    /// It is not registered.
    Unknown,
}

/// How the identity provider behaves; told through the control route.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct IdentitySettings {
    /// Whether the services look at tokens.
    pub services: TokenCheck,
    /// Seconds an access token is valid.
    pub token_seconds: i64,
    /// Seconds a refresh token is valid.
    pub refresh_token_seconds: i64,
    /// Whether the application has the tenant's consent.
    pub consent: Consent,
    /// The client secret.
    pub client_secret: CredentialState,
    /// The certificate.
    pub client_certificate: CredentialState,
}

impl Default for IdentitySettings {
    fn default() -> Self {
        Self {
            services: TokenCheck::Off,
            token_seconds: 3_599,
            refresh_token_seconds: 90 * 24 * 3_600,
            consent: Consent::Granted,
            client_secret: CredentialState::Valid,
            client_certificate: CredentialState::Valid,
        }
    }
}

/// What a signed-in user may still be given: kept for a code and for a refresh token.
#[derive(Debug, Clone)]
struct Grant {
    user: DemoUser,
    nonce: Option<String>,
    redirect_uri: String,
    code_challenge: String,
    expires_at: i64,
}

/// The identity provider with what it gave out.
#[derive(Debug)]
pub(crate) struct IdentityProvider {
    /// Address before the tenant, without a final slash.
    base_url: String,
    key: Option<SigningKey>,
    settings: IdentitySettings,
    codes: FxHashMap<String, Grant>,
    refresh_tokens: FxHashMap<String, Grant>,
    /// Numbers codes and refresh tokens.
    n_given: u64,
    /// What was given out up to this number is revoked.
    revoked_before: u64,
    dataverse_resource: String,
    discovery_resource: String,
    business_central_resource: String,
}

/// Who reads the list of environments, as the token tells (C15).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DirectoryReader {
    /// The services do not look at tokens, and none came.
    Anybody,
    /// A person of the tenant, by user name.
    Person(String),
    /// Nobody who may: no token, one for another service, or an application's.
    Nobody,
}

impl IdentityProvider {
    /// A provider for the services at the addresses of the options.
    pub(crate) fn new(options: &SandboxOptions) -> Self {
        Self {
            base_url: options.identity_base_url.clone(),
            key: SigningKey::of_the_sandbox(),
            settings: IdentitySettings::default(),
            codes: FxHashMap::default(),
            refresh_tokens: FxHashMap::default(),
            n_given: 0,
            revoked_before: 0,
            dataverse_resource: origin(&options.dataverse_base_url),
            discovery_resource: origin(&options.discovery_base_url),
            business_central_resource: origin(&options.business_central_base_url),
        }
    }

    pub(crate) fn settings(&self) -> &IdentitySettings {
        &self.settings
    }

    pub(crate) fn set(&mut self, settings: IdentitySettings) {
        self.settings = settings;
    }

    /// Everything given out so far ends: an administrator revoked the sessions.
    pub(crate) fn revoke_everything(&mut self) {
        self.codes.clear();
        self.refresh_tokens.clear();
        self.revoked_before = self.n_given;
    }

    /// Answers one request; the path begins with the tenant.
    pub(crate) fn handle(&mut self, request: &Request<'_>, now_ms: i64) -> Response {
        let now = now_ms.div_euclid(1_000);
        if request.path == "/style.css" {
            return answers::style();
        }
        let path = request.path.strip_prefix('/').unwrap_or(request.path);
        let (tenant, rest) = path.split_once('/').unwrap_or((path, ""));
        let known = [DEMO_TENANT_ID, DEMO_TENANT_DOMAIN, "organizations", "common"];
        if !known.iter().any(|it| it.eq_ignore_ascii_case(tenant)) {
            return failure(400, "invalid_tenant", 90_002, "Tenant not found.");
        }
        match (request.method, rest) {
            ("GET", "v2.0/.well-known/openid-configuration") => self.discovery(tenant),
            ("GET", "discovery/v2.0/keys") => self.keys(),
            ("GET", "oauth2/v2.0/authorize") => self.authorize_page(request),
            ("POST", "oauth2/v2.0/authorize") => self.authorize(request, now),
            ("POST", "oauth2/v2.0/token") => self.token(request, now),
            ("POST", "oauth2/v2.0/revoke") => self.revoke(request),
            ("GET", "oauth2/v2.0/logout") => answers::page("Signed out", "<p>You are signed out.</p>"),
            _ => failure(404, "invalid_request", 900_144, "There is nothing at this address."),
        }
    }

    /// Whether a service accepts the `Authorization` header of a request.
    pub(crate) fn accepts(&self, system: System, authorization: Option<&str>, now_ms: i64) -> bool {
        if self.settings.services == TokenCheck::Off {
            return true;
        }
        let Some(claims) = self.valid(authorization, now_ms) else { return false };
        let is_permitted = match system {
            System::BusinessCentral => !claims.scp.is_empty() || !claims.roles.is_empty(),
            // An application user of the environment is enough (C5).
            System::Dataverse => true,
        };
        self.system_of(&claims.aud) == Some(system) && claims.aud != self.discovery_resource && is_permitted
    }

    /// Who reads the list of environments: a person with a token for that service (C10, C15).
    pub(crate) fn reader(&self, authorization: Option<&str>, now_ms: i64) -> DirectoryReader {
        let claims = self.valid(authorization, now_ms);
        match claims.filter(|it| it.aud == self.discovery_resource && !it.scp.is_empty()) {
            Some(claims) => DirectoryReader::Person(claims.preferred_username),
            None if self.settings.services == TokenCheck::Off => DirectoryReader::Anybody,
            None => DirectoryReader::Nobody,
        }
    }

    /// What a token of ours says that is neither at its end nor revoked.
    fn valid(&self, authorization: Option<&str>, now_ms: i64) -> Option<Claims> {
        let token = authorization?.strip_prefix("Bearer ")?;
        let claims: Claims = self.key.as_ref()?.read(token)?;
        let is_valid = claims.number > self.revoked_before && now_ms.div_euclid(1_000) < claims.exp;
        is_valid.then_some(claims)
    }

    /// The system whose tokens have this audience.
    fn system_of(&self, resource: &str) -> Option<System> {
        let resource = resource.trim_end_matches('/');
        if resource == self.dataverse_resource || resource == self.discovery_resource {
            Some(System::Dataverse)
        } else if resource == BUSINESS_CENTRAL_RESOURCE || resource == self.business_central_resource {
            Some(System::BusinessCentral)
        } else {
            None
        }
    }

    /// The number of the next thing given out.
    fn next_number(&mut self) -> u64 {
        self.n_given = self.n_given.saturating_add(1);
        self.n_given
    }

    fn issuer(&self) -> String {
        format!("{}/{DEMO_TENANT_ID}/v2.0", self.base_url)
    }

    fn discovery(&self, tenant: &str) -> Response {
        let base = format!("{}/{tenant}", self.base_url);
        json(
            200,
            &serde_json::json!({
                "issuer": self.issuer(),
                "authorization_endpoint": format!("{base}/oauth2/v2.0/authorize"),
                "token_endpoint": format!("{base}/oauth2/v2.0/token"),
                "jwks_uri": format!("{base}/discovery/v2.0/keys"),
                "end_session_endpoint": format!("{base}/oauth2/v2.0/logout"),
                "revocation_endpoint": format!("{base}/oauth2/v2.0/revoke"),
                "response_types_supported": ["code"],
                "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "code_challenge_methods_supported": ["S256"],
                "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
            }),
        )
    }

    fn keys(&self) -> Response {
        let keys: Vec<_> = self.key.iter().map(SigningKey::public).collect();
        json(200, &serde_json::json!({ "keys": keys }))
    }

    /// RFC 7009: answers 200 whether the token was known or not.
    fn revoke(&mut self, request: &Request<'_>) -> Response {
        let form = answers::form(request.body);
        if let Some(token) = form.get("token") {
            self.refresh_tokens.remove(token);
        }
        Response::empty(200)
    }

    /// Signs a set of claims; empty when the built-in key cannot be read, which the tests exclude.
    fn sign(&self, claims: &Claims) -> String {
        self.key.as_ref().and_then(|key| key.sign(claims)).unwrap_or_default()
    }
}

/// Scheme, host and port of a base address.
fn origin(address: &str) -> String {
    let (scheme, rest) = address.split_once("://").unwrap_or(("https", address));
    let host = rest.split('/').next().unwrap_or_default();
    format!("{scheme}://{host}")
}
