//! Ids, moments and names inside stored types: texts in JSON, checked while they are read, so that a wrong one is found
//! with its place.

use couplet_engine::MappingName;
use couplet_engine::coupling::{JobId, LastRun, SynchResult};
use jiff::Timestamp;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// A type that is stored as a text: what it holds, what is expected of the text, and the way to and fro.
macro_rules! text {
    ($(#[$doc:meta])* $name:ident($inner:ty), $expected:literal, $write:expr, $read:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub(crate) struct $name(pub(crate) $inner);

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let write: fn(&$inner) -> String = $write;
                serializer.serialize_str(&write(&self.0))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let read: fn(&str) -> Option<$inner> = $read;
                let text = String::deserialize(deserializer)?;
                let value = read(&text);
                value.map($name).ok_or_else(|| D::Error::custom(format!("expected {}, found `{text}`", $expected)))
            }
        }
    };
}

text!(
    /// An id: 32 hexadecimal digits; hyphens are read too.
    StoredId(Uuid),
    "an id",
    |id| id.as_simple().to_string(),
    |text| Uuid::try_parse(text).ok()
);

text!(
    /// A moment in UTC, as `2026-11-21T17:34:03Z`.
    StoredMoment(Timestamp),
    "a moment",
    Timestamp::to_string,
    |text| text.parse().ok()
);

text!(
    /// The name of a mapping.
    StoredName(MappingName),
    "the name of a mapping",
    |name| name.as_str().to_owned(),
    |text| MappingName::new(text).ok()
);

text!(
    /// The last run of one end of a coupling: `success` or `failure` and the id of the job.
    StoredRun(LastRun),
    "`success` or `failure` and the id of a job",
    run_text,
    read_run
);

fn run_text(run: &LastRun) -> String {
    let result = match run.result {
        SynchResult::Success => "success",
        SynchResult::Failure => "failure",
    };
    format!("{result} {}", run.job.0.as_simple())
}

fn read_run(text: &str) -> Option<LastRun> {
    let (result, job) = text.split_once(' ')?;
    let result = match result {
        "success" => SynchResult::Success,
        "failure" => SynchResult::Failure,
        _ => return None,
    };
    Some(LastRun { result, job: JobId(Uuid::try_parse(job).ok()?) })
}
