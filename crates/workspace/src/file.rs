//! The workspace file: one JSON object with the configuration, its history and what synchronization left behind, and
//! every reason for refusing one.
//!
//! Version 1 ends with the history. Version 2 has after it `synchronization`: for each mapping its couplings, option
//! couplings, watermarks and failed creations. From version 3 on configuration and versions may have `sales`, the
//! settings of the Sales connection, and the file before `synchronization` may have `pair`: the two systems that this
//! belongs to. All are read.

use couplet_engine::Configuration;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::history::{needed, read_history};
use super::kept::{KeptOfWorkspace, StoredKept, read_kept, write_kept};
use super::{Damage, Problem, StoredConfiguration, StoredEntry, StoredPair, decode, encode_text};
use crate::versions::HistoryEntry;

/// Version of the file's schema that this app writes, and the newest it reads.
const SCHEMA_VERSION: u64 = 3;

const PRODUCT: &str = "couplet";
const KIND: &str = "workspace";

/// What a workspace file holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Workspace {
    /// When it was written, in milliseconds since 1970, UTC.
    pub exported_ms: i64,
    /// The configuration.
    pub configuration: Configuration,
    /// Its versions, in ascending order, the last one being `configuration`.
    pub history: Vec<HistoryEntry>,
    /// What synchronization left behind; none in a file of version 1, which does not say.
    pub synchronization: Option<KeptOfWorkspace>,
}

/// Why a text is no workspace file that can be read. Nothing of it is used then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileError {
    /// Not JSON, or cut off.
    NotJson {
        /// Line of the first error, from 1.
        line: usize,
        /// Column there, from 1.
        column: usize,
    },
    /// JSON, but of another product or for another purpose.
    OtherProduct {
        /// What the file calls itself, if anything.
        found: Option<String>,
    },
    /// Written by a newer version.
    NewerVersion {
        /// Schema version of the file.
        found: u64,
        /// The newest one known here.
        known: u64,
    },
    /// A workspace file with something wrong in it.
    Damaged(Damage),
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct StoredWorkspace {
    product: String,
    kind: String,
    schema_version: u64,
    /// Milliseconds since 1970, UTC.
    exported_at: i64,
    configuration: StoredConfiguration,
    history: Vec<StoredEntry>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pair: Option<StoredPair>,
    /// Written apart, one line a coupling.
    #[serde(default, skip_serializing)]
    synchronization: Option<Vec<StoredKept>>,
}

/// The text of a workspace file.
///
/// # Errors
/// None in practice: every value of the workspace has a form in JSON.
pub fn write_workspace(
    configuration: &Configuration,
    history: &[HistoryEntry],
    synchronization: &KeptOfWorkspace,
    exported_ms: i64,
) -> Result<String, serde_json::Error> {
    let stored = StoredWorkspace {
        product: PRODUCT.to_owned(),
        kind: KIND.to_owned(),
        schema_version: SCHEMA_VERSION,
        exported_at: exported_ms,
        configuration: configuration.into(),
        history: history.iter().map(StoredEntry::from).collect(),
        pair: synchronization.pair.as_ref().map(StoredPair::from),
        synchronization: None,
    };
    let text = encode_text(&stored)?;
    let members = text.strip_suffix("\n}").unwrap_or(&text);
    Ok(format!("{members},\n  \"synchronization\": {}\n}}", write_kept(&synchronization.mappings)?))
}

fn superfluous() -> FileError {
    let detail = "unknown field `synchronization` in version 1".to_owned();
    FileError::Damaged(Damage::new("synchronization", Problem::Shape { detail }))
}

/// Reads a workspace file as a whole or not at all.
///
/// # Errors
/// The reason for refusing it: see [`FileError`].
pub fn read_workspace(text: &str) -> Result<Workspace, FileError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let value: Value = serde_json::from_str(text)
        .map_err(|error| FileError::NotJson { line: error.line(), column: error.column() })?;
    let told = |key: &str| value.get(key).and_then(Value::as_str);
    if (told("product"), told("kind")) != (Some(PRODUCT), Some(KIND)) {
        let found = [told("product"), told("kind")].into_iter().flatten().collect::<Vec<_>>().join(" ");
        return Err(FileError::OtherProduct { found: Some(found).filter(|found| !found.is_empty()) });
    }
    let version = match value.get("schemaVersion").and_then(Value::as_u64) {
        Some(version @ 1..=SCHEMA_VERSION) => version,
        Some(found) if found > SCHEMA_VERSION => {
            return Err(FileError::NewerVersion { found, known: SCHEMA_VERSION });
        }
        _ => {
            let detail = format!("expected a whole number from 1 to {SCHEMA_VERSION}");
            return Err(FileError::Damaged(Damage::new("schemaVersion", Problem::Shape { detail })));
        }
    };
    let stored: StoredWorkspace = decode(value).map_err(FileError::Damaged)?;
    let configuration = Configuration::try_from(stored.configuration)
        .map_err(|damage| FileError::Damaged(damage.inside("configuration")))?;
    let history = read_history(stored.history, &configuration).map_err(FileError::Damaged)?;
    let synchronization = match (version, stored.synchronization) {
        (1, None) => None,
        (1, Some(_)) => return Err(superfluous()),
        (_, kept) => {
            let read = needed(kept, "synchronization")
                .and_then(|kept| read_kept(kept).map_err(|damage| damage.inside("synchronization")));
            let mappings = read.map_err(FileError::Damaged)?;
            Some(KeptOfWorkspace { pair: stored.pair.map(Into::into), mappings })
        }
    };
    Ok(Workspace { exported_ms: stored.exported_at, configuration, history, synchronization })
}
