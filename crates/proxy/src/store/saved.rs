//! A connection as it stands in the decrypted store. The only place where a secret is written as text.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::connections::{Connection, Settings};

/// One saved connection with its secrets.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SavedConnection {
    /// Its id.
    pub id: String,
    /// What is not secret.
    pub settings: Settings,
    /// Client secret, password or certificate with key.
    #[serde(with = "secret")]
    pub secret: Option<SecretString>,
    /// The signed-in person's right to further tokens.
    #[serde(with = "secret")]
    pub refresh_token: Option<SecretString>,
    /// The signed-in person's name.
    pub account: Option<String>,
}

impl SavedConnection {
    pub(crate) fn of(connection: &Connection) -> Self {
        Self {
            id: connection.id.clone(),
            settings: connection.settings.clone(),
            secret: connection.credentials.secret.clone(),
            refresh_token: connection.credentials.refresh_token.clone(),
            account: connection.credentials.account.clone(),
        }
    }
}

mod secret {
    use super::{Deserialize, Deserializer, ExposeSecret, SecretString, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(
        secret: &Option<SecretString>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        secret.as_ref().map(ExposeSecret::expose_secret).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<SecretString>, D::Error> {
        Ok(Option::<String>::deserialize(deserializer)?.map(SecretString::from))
    }
}
