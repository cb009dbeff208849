//! Whether settings fit together and may be used: addresses by the allow-list, tenants and ids by their form, methods
//! by the kind of system. The rules of the facts A10, C1, C5.

use url::Url;

use super::{Cloud, Kind, Settings, SignInMethod, System};
use crate::address::{AddressError, AllowedHosts, may_hold_secrets};

/// Longest name, tenant, id or user name, in bytes.
const MAX_TEXT_BYTES: usize = 200;

/// Why settings cannot be saved; each has a code that the setup pages show at its field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectionProblem {
    /// The name is empty or too long.
    #[error("a connection needs a name of at most 200 bytes")]
    Name,
    /// The base address may not be used.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// Only Business Central runs on-premises here, and the sandbox only at its own addresses.
    #[error("this system does not run there")]
    Kind,
    /// The identity provider is not one this proxy may use for the connection.
    #[error("this cloud cannot sign in there; --identity-provider names a custom one")]
    Cloud,
    /// Neither a tenant id nor a domain.
    #[error("the tenant must be an id or a domain name")]
    Tenant,
    /// The application's id is not one.
    #[error("the client id must be the id of a registered application")]
    ClientId,
    /// A user name that basic authentication cannot carry (A10).
    #[error("the user name must be ASCII text without a colon")]
    UserName,
    /// The method does not go with the kind of system (A10).
    #[error("this way to sign in is not for this kind of system")]
    Method,
    /// The secret is empty, too long or not of the method's form.
    #[error("the secret is not of the form that this way to sign in needs")]
    Secret,
    /// The certificate or its key cannot be used.
    #[error(transparent)]
    Certificate(#[from] crate::sign_in::CertificateError),
}

impl ConnectionProblem {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Name => "proxy.connection-name",
            Self::Address(problem) => problem.code(),
            Self::Kind => "proxy.connection-kind",
            Self::Cloud => "proxy.connection-cloud",
            Self::Tenant => "proxy.connection-tenant",
            Self::ClientId => "proxy.connection-client-id",
            Self::UserName => "proxy.connection-user-name",
            Self::Method => "proxy.connection-method",
            Self::Secret => "proxy.connection-secret",
            Self::Certificate(_) => "proxy.connection-certificate",
        }
    }
}

/// What this proxy offers connections: hosts, sandbox, identity providers.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// The hosts that may be called.
    pub allowed: AllowedHosts,
    /// The base addresses of the embedded sandbox, with their systems.
    pub sandbox: Vec<(System, Url)>,
    /// The identity provider of [`Cloud::Custom`].
    pub identity_provider: Option<Url>,
}

impl Environment {
    /// Checks settings and gives their base address in its checked form.
    pub(super) fn check(&self, settings: &Settings) -> Result<Url, ConnectionProblem> {
        if settings.name.trim().is_empty() || settings.name.len() > MAX_TEXT_BYTES {
            return Err(ConnectionProblem::Name);
        }
        let base_url = self.check_place(settings)?;
        self.check_cloud(settings)?;
        check_sign_in(settings)?;
        Ok(base_url)
    }

    fn check_place(&self, settings: &Settings) -> Result<Url, ConnectionProblem> {
        match (settings.kind, settings.system) {
            (Kind::Sandbox, system) => {
                let known = |(of, url): &&(System, Url)| *of == system && is_same(url, &settings.base_url);
                let found = self.sandbox.iter().find(known).ok_or(ConnectionProblem::Kind)?;
                Ok(found.1.clone())
            }
            (Kind::OnPremises, System::Dataverse) => Err(ConnectionProblem::Kind),
            (Kind::OnPremises, System::BusinessCentral) | (Kind::Online, _) => {
                Ok(self.allowed.check_base_url(&settings.base_url)?)
            }
        }
    }

    fn check_cloud(&self, settings: &Settings) -> Result<(), ConnectionProblem> {
        let fits = match settings.cloud {
            Cloud::Sandbox => settings.kind == Kind::Sandbox,
            Cloud::Custom => {
                let is_safe = self.identity_provider.as_ref().is_some_and(may_hold_secrets);
                settings.kind != Kind::Sandbox && is_safe
            }
            Cloud::Global | Cloud::UsGovernment | Cloud::China => {
                settings.kind != Kind::Sandbox || settings.sign_in.method == SignInMethod::None
            }
        };
        if fits { Ok(()) } else { Err(ConnectionProblem::Cloud) }
    }
}

fn check_sign_in(settings: &Settings) -> Result<(), ConnectionProblem> {
    let method = settings.sign_in.method;
    if method == SignInMethod::Basic && settings.kind != Kind::OnPremises {
        return Err(ConnectionProblem::Method);
    }
    if method == SignInMethod::Basic && !is_user_name(&settings.sign_in.user_name) {
        return Err(ConnectionProblem::UserName);
    }
    if method.is_oauth() && !is_tenant(&settings.tenant) {
        return Err(ConnectionProblem::Tenant);
    }
    if method.is_oauth() && !is_id(&settings.sign_in.client_id) {
        return Err(ConnectionProblem::ClientId);
    }
    Ok(())
}

fn is_same(known: &Url, text: &str) -> bool {
    known.as_str().trim_end_matches('/') == text.trim_end_matches('/')
}

/// A GUID or a domain: nothing that could end the path segment it stands in.
fn is_tenant(text: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    text.len() <= MAX_TEXT_BYTES && text.split('.').all(is_label)
}

fn is_id(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= MAX_TEXT_BYTES
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn is_user_name(text: &str) -> bool {
    let is_plain = |byte: u8| (b' '..=b'~').contains(&byte) && byte != b':';
    !text.is_empty() && text.len() <= MAX_TEXT_BYTES && text.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::super::SignInSettings;
    use super::*;

    fn settings() -> Settings {
        Settings {
            system: System::Dataverse,
            kind: Kind::Online,
            name: "Contoso".to_owned(),
            base_url: "https://contoso.crm4.dynamics.com".to_owned(),
            environment: String::new(),
            cloud: Cloud::Global,
            tenant: "contoso.onmicrosoft.com".to_owned(),
            sign_in: SignInSettings {
                method: SignInMethod::ClientSecret,
                client_id: "a9900000-0000-4000-8000-00000000c11e".to_owned(),
                user_name: String::new(),
            },
        }
    }

    #[track_caller]
    fn check(expected: &str, change: impl Fn(&mut Settings)) {
        let mut settings = settings();
        change(&mut settings);
        let actual = Environment::default().check(&settings);
        assert_eq!(actual.as_ref().err().map_or("", ConnectionProblem::code), expected, "{settings:?}");
    }

    #[test]
    fn settings_fit_together_or_say_what_does_not() {
        check("", |_| {});
        check("proxy.connection-name", |it| it.name = " ".to_owned());
        check("proxy.address-host-not-allowed", |it| it.base_url = "https://evil.example".to_owned());
        check("proxy.connection-kind", |it| it.kind = Kind::OnPremises);
        check("proxy.connection-kind", |it| it.kind = Kind::Sandbox);
        check("proxy.connection-cloud", |it| it.cloud = Cloud::Custom);
        check("proxy.connection-cloud", |it| it.cloud = Cloud::Sandbox);
        for (provider, is_safe) in [
            ("https://login.contoso.example", true),
            ("http://127.0.0.1:9000", true),
            ("http://login.contoso.example", false),
            ("https://user:secret@login.contoso.example", false),
        ] {
            let identity_provider = Some(Url::parse(provider).unwrap());
            let environment = Environment { identity_provider, ..Environment::default() };
            let custom = Settings { cloud: Cloud::Custom, ..settings() };
            assert_eq!(environment.check(&custom).is_ok(), is_safe, "{provider}");
        }
        for tenant in ["", "a/b", "..", "contoso.example/../x", "a b", "a?b", "a%2fb"] {
            check("proxy.connection-tenant", |it| it.tenant = tenant.to_owned());
        }
        for id in ["", "a&b", "a b"] {
            check("proxy.connection-client-id", |it| it.sign_in.client_id = id.to_owned());
        }
        check("proxy.connection-method", |it| it.sign_in.method = SignInMethod::Basic);
        let basic = |name: &'static str| {
            move |it: &mut Settings| {
                it.system = System::BusinessCentral;
                it.kind = Kind::OnPremises;
                it.sign_in.method = SignInMethod::Basic;
                it.sign_in.user_name = name.to_owned();
            }
        };
        check("", basic("ADMIN"));
        for name in ["", "a:b", "Zoë", "a\nb"] {
            check("proxy.connection-user-name", basic(name));
        }
    }
}
