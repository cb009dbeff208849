//! A connection as it is entered: its fields, which of them make sense, and what becomes of a pasted address.

use couplet_engine::Side;
use couplet_systems::pasted::{
    ONLINE_SERVICES, PastedProblem, Repair, online_address, read_business_central, read_dataverse,
};

use crate::browser::connections::Settings;
use crate::browser::http::{Connection, Kind, SignInMethod};

/// A field of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The name shown to people.
    Name,
    /// The address, as pasted.
    Address,
    /// Business Central environment.
    Environment,
    /// Tenant id or domain.
    Tenant,
    /// Id of the registered application.
    ClientId,
    /// User name on-premises.
    UserName,
}

impl Field {
    /// All, in the order of the form.
    pub const ALL: [Field; 6] =
        [Field::Name, Field::Address, Field::Tenant, Field::Environment, Field::ClientId, Field::UserName];

    /// Part of the element's id.
    pub fn key(self) -> &'static str {
        match self {
            Field::Name => "name",
            Field::Address => "address",
            Field::Environment => "environment",
            Field::Tenant => "tenant",
            Field::ClientId => "client-id",
            Field::UserName => "user-name",
        }
    }

    /// Whether the proxy's refusal `code` is about this field.
    pub fn is_meant(self, code: &str) -> bool {
        match self {
            Field::Name => code == "proxy.connection-name",
            Field::Address => code.starts_with("proxy.address-") || code == "proxy.connection-kind",
            Field::Tenant => code == "proxy.connection-tenant" || code == "proxy.sign-in-tenant-unknown",
            Field::ClientId => code == "proxy.connection-client-id",
            Field::UserName => code == "proxy.connection-user-name",
            Field::Environment => false,
        }
    }
}

/// What is entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The connection that is changed; none for a new one.
    pub id: Option<String>,
    /// What is not secret.
    pub settings: Settings,
    /// A secret to enter or to replace; empty to leave it as it is.
    pub secret: String,
    /// What was repaired in the address that was pasted last.
    pub repairs: Vec<Repair>,
    /// Why the address that was pasted last is not taken.
    pub address_problem: Option<PastedProblem>,
}

impl Draft {
    /// A new connection to a system.
    pub fn new(side: Side) -> Self {
        Draft {
            id: None,
            settings: Settings {
                side,
                kind: Kind::Online,
                name: String::new(),
                base_url: String::new(),
                environment: String::new(),
                cloud: None,
                tenant: String::new(),
                method: SignInMethod::User,
                client_id: String::new(),
                user_name: String::new(),
            },
            secret: String::new(),
            repairs: Vec::new(),
            address_problem: None,
        }
    }

    /// A connection that is changed.
    pub fn of(side: Side, connection: &Connection) -> Self {
        let connection = connection.clone();
        Draft {
            id: Some(connection.id),
            settings: Settings {
                side,
                kind: connection.kind,
                name: connection.name,
                base_url: connection.base_url,
                environment: connection.environment.unwrap_or_default(),
                cloud: Some(connection.cloud),
                tenant: connection.tenant,
                method: connection.sign_in.method,
                client_id: connection.sign_in.client_id,
                user_name: connection.sign_in.user_name,
            },
            ..Draft::new(side)
        }
    }

    /// The text of a field.
    pub fn text(&self, field: Field) -> &str {
        let it = &self.settings;
        match field {
            Field::Name => &it.name,
            Field::Address => &it.base_url,
            Field::Environment => &it.environment,
            Field::Tenant => &it.tenant,
            Field::ClientId => &it.client_id,
            Field::UserName => &it.user_name,
        }
    }

    /// Changes a field, and what follows from it.
    pub fn set_text(&mut self, field: Field, text: String) {
        let it = &mut self.settings;
        match field {
            Field::Name => it.name = text,
            Field::Address => it.base_url = text,
            Field::Environment => it.environment = text,
            Field::Tenant => it.tenant = text,
            Field::ClientId => it.client_id = text,
            Field::UserName => it.user_name = text,
        }
    }

    /// Whether a field makes sense for what is chosen.
    pub fn has(&self, field: Field) -> bool {
        let Settings { side, kind, method, .. } = self.settings;
        match field {
            Field::Name => true,
            Field::Address => kind != Kind::Sandbox,
            Field::Environment => side == Side::BusinessCentral && kind == Kind::Online,
            Field::Tenant => self.is_oauth() || (side == Side::BusinessCentral && kind == Kind::Online),
            Field::ClientId => self.is_oauth(),
            Field::UserName => method == SignInMethod::Basic,
        }
    }

    /// Whether an identity provider gives the tokens.
    pub fn is_oauth(&self) -> bool {
        !matches!(self.settings.method, SignInMethod::None | SignInMethod::Basic)
    }

    /// The ways to sign in to this kind of system (A10).
    pub fn methods(&self) -> Vec<SignInMethod> {
        use SignInMethod::{Basic, ClientCertificate, ClientSecret, None, User};
        match self.settings.kind {
            Kind::OnPremises => vec![Basic, User, ClientSecret, ClientCertificate],
            Kind::Online => vec![User, ClientSecret, ClientCertificate],
            Kind::Sandbox => vec![None, User, ClientSecret, ClientCertificate],
        }
    }

    /// Chooses where the system runs; `sandbox` is the address of the stand-in.
    pub fn choose_kind(&mut self, kind: Kind, sandbox: Option<&str>) {
        self.settings.kind = kind;
        self.settings.cloud = None;
        self.repairs.clear();
        self.address_problem = None;
        self.settings.base_url = match kind {
            Kind::Sandbox => sandbox.unwrap_or_default().to_owned(),
            Kind::Online | Kind::OnPremises => String::new(),
        };
        let methods = self.methods();
        if !methods.contains(&self.settings.method) {
            self.settings.method = methods.into_iter().next().unwrap_or(SignInMethod::User);
        }
    }

    /// Repairs the address as it was pasted, and takes tenant and environment from it where it says them.
    pub fn repair_address(&mut self) {
        if self.settings.kind == Kind::Sandbox {
            return;
        }
        self.repairs.clear();
        self.address_problem = None;
        let text = self.settings.base_url.clone();
        if text.trim().is_empty() && self.can_be_composed() {
            return self.compose_address();
        }
        match self.settings.side {
            Side::Dataverse => match read_dataverse(&text) {
                Ok(read) => (self.settings.base_url, self.repairs) = (read.address, read.repairs),
                Err(problem) => self.address_problem = Some(problem),
            },
            Side::BusinessCentral => match read_business_central(&text) {
                Ok(read) => {
                    (self.settings.base_url, self.repairs) = (read.address, read.repairs);
                    if !read.tenant.is_empty() {
                        self.settings.tenant = read.tenant;
                    }
                    if !read.environment.is_empty() {
                        self.settings.environment = read.environment;
                    }
                }
                Err(problem) => self.address_problem = Some(problem),
            },
        }
    }

    /// Makes the address of Business Central online from tenant and environment (A2).
    pub fn compose_address(&mut self) {
        if self.can_be_composed() {
            let Settings { tenant, environment, .. } = &self.settings;
            self.settings.base_url = online_address(tenant.trim(), environment.trim());
            self.address_problem = None;
            self.repairs.clear();
        }
    }

    fn can_be_composed(&self) -> bool {
        let Settings { side, kind, tenant, environment, base_url, .. } = &self.settings;
        let is_said = !tenant.trim().is_empty() && !environment.trim().is_empty();
        let is_free = base_url.trim().is_empty() || base_url.starts_with(ONLINE_SERVICES);
        *side == Side::BusinessCentral && *kind == Kind::Online && is_said && is_free
    }
}
