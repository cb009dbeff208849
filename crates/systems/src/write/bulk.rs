//! Bulk messages of Dataverse: many records of one table in one transaction, all or none (B47).

use uuid::Uuid;

use super::{Change, Precondition, RecordBody, WriteTarget};
use crate::http::{Method, Request};

/// The messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Message {
    Create,
    Update,
    Upsert,
}

impl Message {
    /// The message that can carry a change; none for one with a precondition of its own, and for deletions.
    pub(super) fn of(change: &Change) -> Option<Self> {
        match change {
            Change::Create { id: Some(_), .. } => Some(Message::Create),
            Change::Update { precondition: Precondition::Exists, .. } => Some(Message::Update),
            Change::Upsert { .. } => Some(Message::Upsert),
            Change::Create { id: None, .. } | Change::Update { .. } | Change::Delete { .. } => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Message::Create => "CreateMultiple",
            Message::Update => "UpdateMultiple",
            Message::Upsert => "UpsertMultiple",
        }
    }
}

/// One message with these changes.
pub(super) fn encode<'c>(
    target: &WriteTarget,
    message: Message,
    changes: impl Iterator<Item = &'c Change>,
) -> Request {
    let table = format!("Microsoft.Dynamics.CRM.{}", target.logical_name);
    let row_json = |(id, body): (Uuid, &RecordBody)| {
        let id = id.hyphenated().to_string();
        body.json_with(&[("@odata.type", &table), (&target.source.key_field, &id)])
    };
    let rows: Vec<String> = changes.filter_map(row).map(row_json).collect();
    let body = format!("{{\"Targets\":[{}]}}", rows.join(","));
    let headers =
        vec![("Accept", "application/json".to_owned()), ("Content-Type", "application/json".to_owned())];
    let path = format!("{}/Microsoft.Dynamics.CRM.{}", target.source.path, message.name());
    Request { method: Method::Post, path, headers, body: Some(body.into_bytes()) }
}

/// Id and values of what a message can carry.
fn row(change: &Change) -> Option<(Uuid, &RecordBody)> {
    match change {
        Change::Create { id: Some(id), body }
        | Change::Update { id, body, .. }
        | Change::Upsert { id, body } => Some((*id, body)),
        Change::Create { id: None, .. } | Change::Delete { .. } => None,
    }
}
