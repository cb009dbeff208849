//! What is remembered of writes: enough to finish or undo them without the plan they came from.

use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

use crate::coupling::{RowId, SystemId};
use crate::mapping::MappingName;
use crate::planning::{Action, ActionKind, LastSynchronized, Outcome, Pass, creation_id};
use crate::schema::Side;
use crate::value::Value;

/// Number of a journal entry within the workspace; grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId(pub u64);

/// What a write does to its record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OperationKind {
    /// A record with this id, if there is none.
    Create,
    /// The record, if it did not change after it was read.
    Update,
    /// The record goes, if it did not change after it was read.
    Delete,
}

/// One write.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// The action it comes from, with old and new values, layers and reason.
    pub action: Action,
    /// What it does to the record.
    pub kind: OperationKind,
    /// The record that is written; of a creation the id that it gets, unless the service gives ids itself (A30).
    pub id: Uuid,
    /// What both records hold once it is done.
    pub last: LastSynchronized,
}

impl Operation {
    /// The write of an action; none when it sends nothing.
    pub fn of(mapping: &MappingName, action: &Action, last: LastSynchronized) -> Option<Self> {
        let (source, partner) = match action.pass {
            Pass::ToIntegrationTable => (action.record?.0, action.row.map(|row| row.0)),
            Pass::FromIntegrationTable => (action.row?.0, action.record.map(|record| record.0)),
        };
        let (kind, id) = match action.kind {
            ActionKind::Create | ActionKind::Restore => {
                (OperationKind::Create, creation_id(mapping, action.pass, source, partner))
            }
            ActionKind::Update | ActionKind::RemoveCoupling | ActionKind::Couple => {
                (OperationKind::Update, partner?)
            }
            ActionKind::Delete => (OperationKind::Delete, partner?),
            ActionKind::Unchanged | ActionKind::Skip | ActionKind::Conflict | ActionKind::Fail => {
                return None;
            }
        };
        Some(Operation { action: action.clone(), kind, id, last })
    }

    /// The side it writes.
    pub fn side(&self) -> Side {
        self.action.pass.destination()
    }

    /// Names and values it writes.
    pub fn values(&self) -> impl Iterator<Item = (&Arc<str>, &Value)> {
        self.action.values()
    }

    /// The outcome of a write that took place; `given` is the id that the service gave instead of the chosen one.
    pub fn done(&self, given: Option<Uuid>, modified_at: Option<Timestamp>) -> Outcome {
        let (mut record, mut row) = (self.action.record, self.action.row);
        let id = given.unwrap_or(self.id);
        match self.side() {
            Side::BusinessCentral => record = Some(SystemId(id)),
            Side::Dataverse => row = Some(RowId(id)),
        }
        Outcome::Done { record, row, destination_modified_at: modified_at, last: self.last.clone() }
    }
}

/// Writes that are sent together.
#[derive(Debug, Clone, PartialEq)]
pub struct JournalEntry {
    /// Its number.
    pub id: EntryId,
    /// The writes, in their order.
    pub operations: Vec<Operation>,
}

/// What a service says of a record that a write with unknown outcome was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// There is no such record.
    Absent,
    /// It is as it was read: the write did not take place.
    AsRead,
    /// At least one field holds what was written and not what was read, so the write took place; somebody may have
    /// changed others since.
    Written,
    /// A record that was made with these values is there under an id that the service gave.
    MadeAs(Uuid),
    /// It holds nothing of what was written, and is not as it was read: somebody changed it.
    Changed,
}

/// The outcome of one action, to be kept in the same transaction as the completion of its entry.
#[derive(Debug, Clone, PartialEq)]
pub struct Settlement {
    /// The action.
    pub action: Action,
    /// How it ended.
    pub outcome: Outcome,
}
