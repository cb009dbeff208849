//! The saved connections: which system, at which base address. No secret is kept here.

use std::path::Path;

use serde::{Deserialize, Serialize};
use url::Url;

use crate::address::{AddressError, AllowedHosts};

/// Which of the two systems a connection leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum System {
    /// Business Central.
    BusinessCentral,
    /// Dataverse.
    Dataverse,
}

/// What answers a connection's requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// The embedded sandbox, in this process.
    Sandbox,
    /// The service at the base address.
    Service,
}

/// One connection.
#[derive(Debug, Clone)]
pub struct Connection {
    /// The id in `/api/systems/{id}`: letters, digits and hyphens.
    pub id: String,
    /// The system behind it.
    pub system: System,
    /// The name shown to people.
    pub name: String,
    /// The checked address that request paths are appended to.
    pub base_url: Url,
    /// The environment's name, shown to people.
    pub environment: String,
    /// What answers.
    pub target: Target,
}

/// Why the file of connections cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectionsError {
    /// The file cannot be read.
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
    /// A base address is not allowed.
    #[error("connection `{id}`: {source}")]
    Address {
        /// The connection's id.
        id: String,
        /// What is wrong with its address.
        source: AddressError,
    },
}

/// All connections the proxy knows, in the order they were given.
#[derive(Debug, Clone, Default)]
pub struct Connections {
    all: Vec<Connection>,
}

impl Connections {
    /// Reads a file of connections: `{"connections": [{"id", "system", "name", "baseUrl", "environment"}]}`.
    ///
    /// # Errors
    /// [`ConnectionsError`] when the file or one of its connections cannot be used.
    pub fn read_file(path: &Path, allowed: &AllowedHosts) -> Result<Self, ConnectionsError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConnectionsError::Unreadable { path: path.display().to_string(), source })?;
        Self::read(&text, allowed)
    }

    /// Reads the text of a connections file.
    ///
    /// # Errors
    /// [`ConnectionsError`] when the text or one of its connections cannot be used.
    pub fn read(text: &str, allowed: &AllowedHosts) -> Result<Self, ConnectionsError> {
        let file: ConnectionsFile = serde_json::from_str(text)?;
        let mut connections = Self::default();
        for saved in file.connections {
            let base_url = allowed
                .check_base_url(&saved.base_url)
                .map_err(|source| ConnectionsError::Address { id: saved.id.clone(), source })?;
            connections.add(Connection {
                id: saved.id,
                system: saved.system,
                name: saved.name,
                base_url,
                environment: saved.environment,
                target: Target::Service,
            })?;
        }
        Ok(connections)
    }

    /// Adds a connection.
    ///
    /// # Errors
    /// [`ConnectionsError::IdUnreadable`] or [`ConnectionsError::IdTwice`].
    pub fn add(&mut self, connection: Connection) -> Result<(), ConnectionsError> {
        let readable = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if connection.id.is_empty() || !connection.id.bytes().all(readable) {
            return Err(ConnectionsError::IdUnreadable(connection.id));
        }
        if self.find(&connection.id).is_some() {
            return Err(ConnectionsError::IdTwice(connection.id));
        }
        self.all.push(connection);
        Ok(())
    }

    /// The connection with this id.
    pub fn find(&self, id: &str) -> Option<&Connection> {
        self.all.iter().find(|connection| connection.id == id)
    }

    /// What the app learns of each connection.
    pub(crate) fn summaries(&self) -> Vec<ConnectionSummary<'_>> {
        self.all.iter().map(ConnectionSummary::of).collect()
    }
}

/// One connection in the answer of `GET /api/connections`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConnectionSummary<'a> {
    id: &'a str,
    system: System,
    name: &'a str,
    base_url: &'a str,
    environment: &'a str,
    demo: bool,
    status: ConnectionStatus,
}

impl<'a> ConnectionSummary<'a> {
    fn of(connection: &'a Connection) -> Self {
        Self {
            id: &connection.id,
            system: connection.system,
            name: &connection.name,
            base_url: connection.base_url.as_str().trim_end_matches('/'),
            environment: &connection.environment,
            demo: connection.target == Target::Sandbox,
            status: match connection.target {
                Target::Sandbox => ConnectionStatus::Ready,
                Target::Service => ConnectionStatus::SignInMissing,
            },
        }
    }
}

/// Whether a connection can be used.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum ConnectionStatus {
    /// It can be called.
    Ready,
    /// Its service is known, but the proxy has no way to sign in there yet.
    SignInMissing,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConnectionsFile {
    connections: Vec<SavedConnection>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SavedConnection {
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
        let text = format!("{{\"connections\":[{connection}]}}");
        Connections::read(&text, &AllowedHosts::default()).map_err(|error| error.to_string())
    }

    #[test]
    fn reads_a_file_and_refuses_what_is_not_allowed() {
        let good = r#"{"id":"crm","system":"dataverse","name":"Contoso","baseUrl":"https://contoso.crm4.dynamics.com"}"#;
        let connections = read(good).unwrap();
        assert_eq!(connections.find("crm").map(|found| found.system), Some(System::Dataverse));
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
