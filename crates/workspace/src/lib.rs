//! What is kept and exchanged, as serde formats apart from the engine's types: the configuration, its history, the
//! records of the browser's database and the workspace file. Reading is strict and says where a file is damaged. The
//! app and the headless runner share it: whoever uses it moves the values to a database or a file.
//!
//! Files and records take one form on the way in, `serde_json::Value`, and one on the way out, the text of the file:
//! each type is then read and written by one piece of code, which is what keeps the app small.

#[macro_use]
mod spelled;
mod cells;
mod configuration;
mod couplings;
mod facts;
mod file;
mod history;
mod jobs;
mod journal;
mod kept;
mod pair;
mod reader;
mod records;
mod sales;
mod scalars;
mod schedule;
mod values;
pub mod versions;
mod words;

pub use configuration::{StoredConfiguration, StoredJob, StoredMapping};
pub use couplings::{StoredCoupling, StoredOptionCoupling, StoredProgress, id_key};
pub use file::{FileError, Workspace, read_workspace, write_workspace};
pub use history::{StoredEntry, read_history};
pub use jobs::{StoredJobError, StoredSynchJob, kept_since, moment_key};
pub use journal::{StoredOpenEntry, StoredSettlements};
pub use kept::{KeptOfMapping, KeptOfWorkspace, state_of};
pub use pair::StoredPair;
pub use records::{OldWorkspace, Records, RecordsChange, StoredSettings};
pub use schedule::StoredSchedule;
pub use words::Words;

use couplet_engine::MappingNameError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

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
    #[must_use]
    pub fn inside(self, holder: &str) -> Self {
        let path = match self.path.as_str() {
            "." => holder.to_owned(),
            path if path.starts_with('[') => format!("{holder}{path}"),
            path => format!("{holder}.{path}"),
        };
        Damage { path, problem: self.problem }
    }
}

/// Reads a stored value, saying where it could not be read.
///
/// # Errors
/// The first place that has another shape.
pub fn decode<T: DeserializeOwned>(value: Value) -> Result<T, Damage> {
    T::deserialize(reader::Reader(value))
}

/// The text of a stored value: members in the order of the type, so that a file begins with what it is.
///
/// # Errors
/// In practice none: every stored type has a form in JSON.
pub fn encode_text<T: Serialize>(stored: &T) -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(stored)
}

/// The text of a stored value on one line: for records of which there are many.
///
/// # Errors
/// As for [`encode_text`].
pub fn encode_line<T: Serialize>(stored: &T) -> Result<String, serde_json::Error> {
    serde_json::to_string(stored)
}

/// Reads what [`encode_line`] wrote.
///
/// # Errors
/// The first place that has another shape; the whole when it is not JSON.
pub fn decode_line<T: DeserializeOwned>(text: &str) -> Result<T, Damage> {
    let value = serde_json::from_str(text);
    decode(value.map_err(|error| Damage::new(".", Problem::Shape { detail: error.to_string() }))?)
}

/// The record of a stored value.
///
/// By way of the text, because a second serializer would cost more than a save has to write.
///
/// # Errors
/// As for [`encode_text`].
pub fn encode<T: Serialize>(stored: &T) -> Result<Value, serde_json::Error> {
    serde_json::from_str(&encode_text(stored)?)
}

#[cfg(test)]
mod tests;
