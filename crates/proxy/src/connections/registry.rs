//! All connections while the proxy runs: the fixed ones and those that people saved. A change is on disk before it
//! is in force, so that a failed write changes nothing.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use secrecy::SecretString;
use serde::Deserialize;
use url::Url;

use super::check::{ConnectionProblem, Environment};
use super::{Cloud, Connection, Credentials, Kind, Origin, Settings, SignInMethod, SignInSettings, System};
use crate::address::AddressError;
use crate::rejection::Rejection;
use crate::sign_in::Certificate;
use crate::store::{SavedConnection, Store, StoreError};

/// Most connections that people may save.
const MAX_SAVED: usize = 200;
/// Longest secret, in bytes: a certificate with its chain and key is far below.
const MAX_SECRET_BYTES: usize = 64 * 1024;

/// Why the connections cannot be used at start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectionsError {
    /// The operator's file cannot be read.
    #[error("cannot read the connections file `{path}`: {source}")]
    Unreadable {
        /// The file's path.
        path: String,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The file is not the expected JSON.
    #[error("the connections file is not valid: {0}")]
    Malformed(#[from] serde_json::Error),
    /// An id contains other characters than letters, digits and hyphens, or is empty.
    #[error("connection id `{0}` must consist of letters, digits and hyphens")]
    IdUnreadable(String),
    /// Two connections have the same id.
    #[error("connection id `{0}` occurs twice")]
    IdTwice(String),
    /// A connection may not be used.
    #[error("connection `{id}`: {source}")]
    Connection {
        /// The connection's id.
        id: String,
        /// What is wrong with it.
        source: ConnectionProblem,
    },
    /// The store of saved connections is refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// All connections, in the order they were given.
#[derive(Debug, Default)]
pub struct Connections {
    environment: Environment,
    all: RwLock<Vec<Arc<Connection>>>,
    /// Held during a change; without a store, changes live as long as the process.
    store: Mutex<Option<Store>>,
}

impl Connections {
    /// No connections yet.
    pub fn new(environment: Environment) -> Self {
        Self { environment, ..Self::default() }
    }

    /// What connections may use.
    pub(crate) fn environment(&self) -> &Environment {
        &self.environment
    }

    /// Adds the connections of the operator's file:
    /// `{"connections": [{"id", "system", "name", "baseUrl", "environment"}]}`.
    ///
    /// # Errors
    /// [`ConnectionsError`] when the file or one of its connections cannot be used.
    pub fn add_file(&self, path: &Path) -> Result<(), ConnectionsError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConnectionsError::Unreadable { path: path.display().to_string(), source })?;
        self.add_text(&text)
    }

    /// Adds the connections of the text of an operator's file.
    ///
    /// # Errors
    /// As [`Self::add_file`].
    pub fn add_text(&self, text: &str) -> Result<(), ConnectionsError> {
        let file: ConnectionsFile = serde_json::from_str(text)?;
        file.connections.into_iter().try_for_each(|fixed| {
            let settings = Settings {
                system: fixed.system,
                kind: Kind::Online,
                name: fixed.name,
                base_url: fixed.base_url,
                environment: fixed.environment,
                cloud: Cloud::Global,
                tenant: String::new(),
                sign_in: SignInSettings::default(),
            };
            self.add_fixed(fixed.id, settings)
        })
    }

    /// Adds a connection that nobody can change.
    ///
    /// # Errors
    /// When its id or its settings cannot be used.
    pub fn add_fixed(&self, id: String, settings: Settings) -> Result<(), ConnectionsError> {
        let base_url = self
            .environment
            .check(&settings)
            .map_err(|source| ConnectionsError::Connection { id: id.clone(), source })?;
        self.add(Connection::new(id, settings, base_url, Origin::Fixed))
    }

    /// Reads the store's connections and writes changes there from now on.
    ///
    /// # Errors
    /// When the store is refused, or one of its connections is not allowed any more.
    pub fn keep_in(&self, store: Store) -> Result<(), ConnectionsError> {
        for saved in store.read()? {
            self.add_saved(saved)?;
        }
        *self.store.lock().unwrap_or_else(PoisonError::into_inner) = Some(store);
        Ok(())
    }

    /// A saved connection stays in the list when this start does not allow it, so that nothing is lost by a flag.
    fn add_saved(&self, saved: SavedConnection) -> Result<(), ConnectionsError> {
        let id = saved.id;
        let checked = self.environment.check(&saved.settings);
        let thumbprint = thumbprint(&saved.settings, saved.secret.as_ref());
        let problem = checked.as_ref().err().or(thumbprint.as_ref().err()).cloned();
        let unreadable = || {
            let source = AddressError::Unreadable(saved.settings.base_url.clone()).into();
            ConnectionsError::Connection { id: id.clone(), source }
        };
        let base_url = checked.or_else(|_| Url::parse(&saved.settings.base_url)).map_err(|_| unreadable())?;
        let credentials = Credentials {
            secret: saved.secret,
            thumbprint: thumbprint.ok().flatten(),
            refresh_token: saved.refresh_token,
            account: saved.account,
        };
        let (settings, origin) = (saved.settings, Origin::Saved);
        self.add(Connection { id, settings, base_url, origin, problem, credentials, generation: 0 })
    }

    fn add(&self, connection: Connection) -> Result<(), ConnectionsError> {
        let readable = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if connection.id.is_empty() || !connection.id.bytes().all(readable) {
            return Err(ConnectionsError::IdUnreadable(connection.id));
        }
        if self.find(&connection.id).is_some() {
            return Err(ConnectionsError::IdTwice(connection.id));
        }
        self.all.write().unwrap_or_else(PoisonError::into_inner).push(Arc::new(connection));
        Ok(())
    }

    /// The connection with this id.
    pub fn find(&self, id: &str) -> Option<Arc<Connection>> {
        self.all().into_iter().find(|connection| connection.id == id)
    }

    /// All connections.
    pub(crate) fn all(&self) -> Vec<Arc<Connection>> {
        self.all.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether changes outlive the process.
    pub(crate) fn are_kept(&self) -> bool {
        self.store.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Saves a new connection under a given id.
    pub(crate) fn create(&self, id: String, settings: Settings) -> Result<Arc<Connection>, Rejection> {
        let base_url = self.environment.check(&settings)?;
        let created = Arc::new(Connection::new(id, settings, base_url, Origin::Saved));
        self.change(|all| {
            let n_saved = all.iter().filter(|it| it.origin == Origin::Saved).count();
            if n_saved >= MAX_SAVED || all.iter().any(|it| it.id == created.id) {
                return Err(Rejection::ConnectionsFull);
            }
            all.push(Arc::clone(&created));
            Ok(())
        })?;
        Ok(created)
    }

    /// Puts other settings in force. What proves the caller is forgotten when it would go to another place: a secret
    /// stays with the address, the tenant and the application it was entered for.
    pub(crate) fn reconfigure(&self, id: &str, settings: Settings) -> Result<Arc<Connection>, Rejection> {
        let base_url = self.environment.check(&settings)?;
        self.update(id, |connection| {
            let old = &connection.settings;
            let stays = old.kind == settings.kind
                && old.cloud == settings.cloud
                && old.tenant == settings.tenant
                && old.sign_in == settings.sign_in
                && connection.base_url.origin() == base_url.origin();
            if !stays {
                connection.credentials = Credentials::default();
            }
            connection.settings = settings;
            connection.base_url = base_url;
            connection.problem = None;
            connection.generation += 1;
            Ok(())
        })
    }

    /// Replaces the secret; nothing reads it back. Where the connection leads is checked anew: a secret does not make a
    /// place usable that this start does not allow.
    pub(crate) fn set_secret(&self, id: &str, secret: SecretString) -> Result<Arc<Connection>, Rejection> {
        self.update(id, |connection| {
            let thumbprint = thumbprint(&connection.settings, Some(&secret))?;
            connection.credentials.secret = Some(secret);
            connection.credentials.thumbprint = thumbprint;
            connection.problem = self.environment.check(&connection.settings).err();
            connection.generation += 1;
            Ok(())
        })
    }

    /// Forgets everything that proves the caller.
    pub(crate) fn forget_credentials(&self, id: &str) -> Result<Arc<Connection>, Rejection> {
        self.update(id, |connection| {
            connection.credentials = Credentials::default();
            connection.generation += 1;
            Ok(())
        })
    }

    /// Forgets what a person's sign-in gave, and gives the right to further tokens that was kept until now. What a
    /// renewal under way still brings is not kept.
    pub(crate) fn sign_out(&self, id: &str) -> Result<Option<SecretString>, Rejection> {
        let mut forgotten = None;
        self.update(id, |connection| {
            forgotten = connection.credentials.refresh_token.take();
            connection.credentials.account = None;
            connection.generation += 1;
            Ok(())
        })?;
        Ok(forgotten)
    }

    /// Keeps what a person's sign-in gave, if the connection is still the one that was signed in to.
    pub(crate) fn remember(
        &self,
        signed_in: &Connection,
        refresh_token: Option<SecretString>,
        account: Option<String>,
    ) -> Result<(), Rejection> {
        self.update(&signed_in.id, |connection| {
            if connection.generation != signed_in.generation {
                return Err(Rejection::ConnectionChanged);
            }
            connection.credentials.refresh_token = refresh_token;
            connection.credentials.account = account;
            Ok(())
        })
        .map(|_| ())
    }

    /// Removes a saved connection with everything about it.
    pub(crate) fn remove(&self, id: &str) -> Result<(), Rejection> {
        self.change(|all| {
            let position = saved_position(all, id)?;
            all.remove(position);
            Ok(())
        })
    }

    fn update(
        &self,
        id: &str,
        update: impl FnOnce(&mut Connection) -> Result<(), Rejection>,
    ) -> Result<Arc<Connection>, Rejection> {
        self.change(|all| {
            let position = saved_position(all, id)?;
            let slot = all.get_mut(position).ok_or(Rejection::ConnectionUnknown)?;
            let mut connection = Connection::clone(slot);
            update(&mut connection)?;
            *slot = Arc::new(connection);
            Ok(Arc::clone(slot))
        })
    }

    /// Makes a change on a copy, writes it, and puts it in force.
    fn change<T>(
        &self,
        change: impl FnOnce(&mut Vec<Arc<Connection>>) -> Result<T, Rejection>,
    ) -> Result<T, Rejection> {
        let store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all = self.all();
        let outcome = change(&mut all)?;
        if let Some(store) = &*store {
            let saved: Vec<SavedConnection> = all
                .iter()
                .filter(|it| it.origin == Origin::Saved)
                .map(|it| SavedConnection::of(it))
                .collect();
            store.write(&saved).map_err(|error| {
                tracing::error!(%error, "the connections could not be written");
                Rejection::StoreFailed
            })?;
        }
        *self.all.write().unwrap_or_else(PoisonError::into_inner) = all;
        Ok(outcome)
    }
}

fn saved_position(all: &[Arc<Connection>], id: &str) -> Result<usize, Rejection> {
    let position = all.iter().position(|it| it.id == id).ok_or(Rejection::ConnectionUnknown)?;
    match all.get(position) {
        Some(connection) if connection.origin == Origin::Saved => Ok(position),
        _ => Err(Rejection::ConnectionFixed),
    }
}

/// Checks a secret against its method and gives the thumbprint of a certificate.
fn thumbprint(
    settings: &Settings,
    secret: Option<&SecretString>,
) -> Result<Option<String>, ConnectionProblem> {
    use secrecy::ExposeSecret;
    let Some(secret) = secret else { return Ok(None) };
    let text = secret.expose_secret();
    let is_plain = !text.is_empty() && text.len() <= MAX_SECRET_BYTES && text.is_ascii();
    match settings.sign_in.method {
        SignInMethod::ClientCertificate if text.len() <= MAX_SECRET_BYTES => {
            Ok(Some(Certificate::read(text)?.thumbprint_sha1()))
        }
        SignInMethod::ClientSecret | SignInMethod::User if is_plain => Ok(None),
        SignInMethod::Basic if is_plain && !text.chars().any(char::is_control) => Ok(None),
        _ => Err(ConnectionProblem::Secret),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConnectionsFile {
    connections: Vec<FixedConnection>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct FixedConnection {
    id: String,
    system: System,
    name: String,
    base_url: String,
    #[serde(default)]
    environment: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(connection: &str) -> Result<Connections, String> {
        let connections = Connections::default();
        let text = format!("{{\"connections\":[{connection}]}}");
        connections.add_text(&text).map(|()| connections).map_err(|error| error.to_string())
    }

    #[test]
    fn a_renewal_under_way_does_not_undo_a_sign_out() {
        use secrecy::ExposeSecret;
        let connections = Connections::default();
        let mut settings = Settings {
            system: System::Dataverse,
            kind: Kind::Online,
            name: "Contoso".to_owned(),
            base_url: "https://contoso.crm4.dynamics.com".to_owned(),
            environment: String::new(),
            cloud: Cloud::Global,
            tenant: "contoso.example".to_owned(),
            sign_in: SignInSettings { method: SignInMethod::User, ..SignInSettings::default() },
        };
        settings.sign_in.client_id = "a9900000-0000-4000-8000-00000000c11e".to_owned();
        let signed_in = connections.create("crm".to_owned(), settings).unwrap();
        let remember = |token: &str| connections.remember(&signed_in, Some(SecretString::from(token)), None);
        remember("first").unwrap();
        remember("renewed").unwrap();
        let revoked = connections.sign_out("crm").unwrap();
        assert_eq!(revoked.as_ref().map(ExposeSecret::expose_secret), Some("renewed"));
        assert!(matches!(remember("late"), Err(Rejection::ConnectionChanged)));
        assert!(connections.find("crm").unwrap().credentials.refresh_token.is_none());
    }

    #[test]
    fn reads_a_file_and_refuses_what_is_not_allowed() {
        let good = r#"{"id":"crm","system":"dataverse","name":"Contoso","baseUrl":"https://contoso.crm4.dynamics.com"}"#;
        let connections = read(good).unwrap();
        assert_eq!(connections.find("crm").map(|found| found.settings.system), Some(System::Dataverse));
        assert_eq!(read(&format!("{good},{good}")).unwrap_err(), "connection id `crm` occurs twice");
        assert_eq!(
            read(&good.replace("\"crm\"", "\"a/b\"")).unwrap_err(),
            "connection id `a/b` must consist of letters, digits and hyphens"
        );
        assert_eq!(
            read(&good.replace("contoso.crm4.dynamics.com", "evil.example")).unwrap_err(),
            "connection `crm`: host `evil.example` is not one of the services'; name it with --allow-host to use it"
        );
        assert!(read(&good.replace("\"name\"", "\"secret\":\"x\",\"name\"")).is_err());
    }
}
