//! Writing records: changes as values, and how they travel. Single requests, `$batch` and bulk messages stand in files of
//! their own; `writer` chooses among them and judges the answers. Nothing here knows why a record is written.

mod body;
mod bulk;
mod json_batch;
mod message;
mod multipart;
mod writer;

#[cfg(test)]
mod tests;

use couplet_engine::Side;
use jiff::Timestamp;
use uuid::Uuid;

use crate::error::ServiceError;
use crate::read::TableSource;

pub(crate) use body::quote;
pub use body::{NotWritable, RecordBody};
pub use writer::{Answer, MAX_BATCH_BUSINESS_CENTRAL, MAX_BATCH_DATAVERSE, Ticket, Turn, Writer};

/// Where records are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WriteTarget {
    /// Where the table lies.
    pub source: TableSource,
    /// Logical name of the Dataverse table (`account`), which bulk messages want (B47); empty in Business Central.
    pub logical_name: String,
    /// How the parts of a multipart batch name their records.
    pub part_address: PartAddress,
}

/// How a part of a multipart batch names its record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PartAddress {
    /// From the server's root: `/api/data/v9.2/accounts(…)`, as Dataverse shows it (B51).
    #[default]
    Rooted,
    /// Below the batch's own address: `accounts(…)`, the other form of OData, and the only one that some servers take.
    Relative,
}

impl WriteTarget {
    /// Address of one record.
    fn record(&self, id: Uuid) -> String {
        format!("{}({})", self.source.path, id.hyphenated())
    }

    /// The API's root, below which `$batch` lies: what stands before the company (A51), or before the entity set.
    fn root(&self) -> &str {
        let path = self.source.path.as_str();
        let end = path.find("/companies(").or_else(|| path.rfind('/')).unwrap_or(path.len());
        path.get(..end).unwrap_or(path)
    }

    fn side(&self) -> Side {
        self.source.side
    }
}

/// What must still be true of a record when it is changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Precondition {
    /// It exists: `If-Match: *` (A16, B41).
    Exists,
    /// It is as it was read: its `@odata.etag` (A42, B41).
    Unchanged(String),
}

impl Precondition {
    fn header(&self) -> &str {
        match self {
            Precondition::Exists => "*",
            Precondition::Unchanged(tag) => tag,
        }
    }
}

/// A change of one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A new record. In Dataverse with an id that the caller chose, so that a second try finds what the first one left
    /// (B41); Business Central gives ids itself (A30), so a create whose answer was lost is not tried again.
    Create {
        /// The chosen id.
        id: Option<Uuid>,
        /// Its values.
        body: RecordBody,
    },
    /// Some properties of a record.
    Update {
        /// The record.
        id: Uuid,
        /// What must still be true of it.
        precondition: Precondition,
        /// Changed values only (A38, B39).
        body: RecordBody,
    },
    /// A record of Dataverse that is changed or, if there is none, made (B40).
    Upsert {
        /// The record.
        id: Uuid,
        /// Its values.
        body: RecordBody,
    },
    /// A record goes.
    Delete {
        /// The record.
        id: Uuid,
        /// What must still be true of it.
        precondition: Precondition,
    },
}

impl Change {
    /// Whether doing it twice leaves what doing it once does.
    fn is_repeatable(&self) -> bool {
        !matches!(self, Change::Create { id: None, .. })
    }
}

/// What became of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The record was made.
    Created {
        /// Its id; none when the service did not tell it.
        id: Option<Uuid>,
        /// Its tag, where the service tells it.
        etag: Option<String>,
        /// When it was changed last, where the service tells it: see [`Writer::telling_times`].
        modified_at: Option<Timestamp>,
    },
    /// The record was changed, or made by an upsert.
    Updated {
        /// Its new tag, where the service tells it.
        etag: Option<String>,
        /// When it was changed last, where the service tells it.
        modified_at: Option<Timestamp>,
    },
    /// The record is gone.
    Deleted,
    /// The service refused it, and it alone.
    Refused(ServiceError),
    /// The answer was lost, and the change may have been made: read the record before anything else is done to it.
    Unknown,
    /// It was never sent.
    NotSent,
}
