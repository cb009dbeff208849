//! What is kept and exchanged, as serde formats apart from the engine's types: the configuration, its history, the
//! records of the browser's database and the workspace file. Reading is strict and says where a file is damaged. No
//! browser here: `browser::storage` moves these values.

mod configuration;
mod history;
mod records;
mod workspace;

pub use configuration::{StoredConfiguration, StoredJob, StoredMapping};
pub use history::StoredEntry;
pub(crate) use history::read_history;
pub use records::{OldWorkspace, Records, RecordsChange, StoredSettings};
pub use workspace::{FileError, Workspace, read_workspace, write_workspace};

use couplet_engine::MappingNameError;
use serde::de::{Deserialize, DeserializeOwned, Deserializer};

/// Where stored data cannot be used, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// Path to the value, as `mappings[2].direction`; a dot for the whole.
    pub path: String,
    /// What is wrong there.
    pub problem: Problem,
}

/// What is wrong with a stored value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// A value is missing, superfluous or of another kind.
    Shape {
        /// What was expected and found, in the reader's own words (English).
        detail: String,
    },
    /// A text is no mapping name.
    Name(MappingNameError),
    /// Two items have the same key.
    Duplicate {
        /// The key.
        key: String,
    },
    /// A name points to an item that is not there.
    Missing {
        /// The name.
        key: String,
    },
}

impl Damage {
    fn new(path: impl Into<String>, problem: Problem) -> Self {
        Damage { path: path.into(), problem }
    }

    /// The same damage, seen from the value that holds the damaged one.
    pub(crate) fn inside(self, holder: &str) -> Self {
        let path = match self.path.as_str() {
            "." => holder.to_owned(),
            path if path.starts_with('[') => format!("{holder}{path}"),
            path => format!("{holder}.{path}"),
        };
        Damage { path, problem: self.problem }
    }
}

/// Reads a value of any format, saying where it could not be read.
///
/// # Errors
/// The first place that has another shape.
pub fn decode<'de, T: Deserialize<'de>, D: Deserializer<'de>>(source: D) -> Result<T, Damage> {
    serde_path_to_error::deserialize(source).map_err(|error| {
        let path = error.path().to_string();
        let detail = error.into_inner().to_string();
        // Values of the browser report their errors as the browser's own, with its heading.
        let detail = detail.strip_prefix("Error: ").unwrap_or(&detail).to_owned();
        Damage::new(path, Problem::Shape { detail })
    })
}

/// Reads a part of a JSON document.
fn decode_json<T: DeserializeOwned>(value: serde_json::Value) -> Result<T, Damage> {
    decode(value)
}

#[cfg(test)]
mod tests;
