//! Versions of the configuration as they are kept: each with its cause and the way back. What a version changed is
//! worked out again when reading, so it is never at odds with the configuration.

use couplet_engine as engine;
use serde::{Deserialize, Serialize};

use super::configuration::{OwnershipModel, StoredFieldKey, mapping_name, unique};
use super::{Damage, Problem, StoredJob, StoredMapping};
use crate::sales::StoredSales;
use crate::versions::{Cause, Delta, HistoryEntry, Keyed, ListDelta, step_back};

/// One version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StoredEntry {
    seq: u64,
    /// Milliseconds since 1970, UTC.
    time: i64,
    cause: StoredCause,
    back: StoredDelta,
}

/// A cause with what belongs to its kind. Not an enum with a tag: that would buffer the members and read the types in
/// them once more, by code of their own and without their places.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoredCause {
    kind: CauseKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ownership_model: Option<OwnershipModel>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mappings: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mapping: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    side: Option<StoredSide>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    field: Option<StoredFieldKey>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seq: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CauseKind {
    DefaultSetup,
    EditMapping,
    DeleteMappings,
    EditFilter,
    EditField,
    Undo,
    Revert,
    RevertItem,
    Import,
    EditSettings,
    Reapply,
}

spelled!(CauseKind {
    DefaultSetup = "defaultSetup",
    EditMapping = "editMapping",
    DeleteMappings = "deleteMappings",
    EditFilter = "editFilter",
    EditField = "editField",
    Undo = "undo",
    Revert = "revert",
    RevertItem = "revertItem",
    Import = "import",
    EditSettings = "editSettings",
    Reapply = "reapply",
});

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum StoredSide {
    BusinessCentral,
    Dataverse,
}

spelled!(StoredSide {
    BusinessCentral = "businessCentral",
    Dataverse = "dataverse",
});

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct StoredDelta {
    ownership_model: OwnershipModel,
    #[serde(default, skip_serializing_if = "StoredSales::is_preset")]
    sales: StoredSales,
    mappings: StoredListDelta<StoredMapping>,
    job_queue_entries: StoredListDelta<StoredJob>,
    applied_defaults: StoredListDelta<StoredMapping>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredListDelta<S> {
    order: Vec<String>,
    put: Vec<S>,
}

impl From<&HistoryEntry> for StoredEntry {
    fn from(value: &HistoryEntry) -> Self {
        StoredEntry {
            seq: value.seq,
            time: value.time_ms,
            cause: StoredCause::from(&value.cause),
            back: StoredDelta {
                ownership_model: value.back.ownership_model.into(),
                sales: StoredSales::from(&value.back.sales),
                mappings: stored_list(&value.back.mappings),
                job_queue_entries: stored_list(&value.back.job_queue_entries),
                applied_defaults: stored_list(&value.back.applied_defaults),
            },
        }
    }
}

/// Reads a history whose newest version is `current`: in ascending order, each with what it changed.
///
/// # Errors
/// The first entry that cannot be read, or that does not lead back from the version after it.
pub fn read_history(
    stored: Vec<StoredEntry>,
    current: &engine::Configuration,
) -> Result<Vec<HistoryEntry>, Damage> {
    let mut version = current.clone();
    let mut entries = Vec::with_capacity(stored.len());
    let mut later_seq = u64::MAX;
    for (idx, entry) in stored.into_iter().enumerate().rev() {
        let holder = format!("history[{idx}]");
        if entry.seq >= later_seq {
            return Err(Damage::new(
                format!("{holder}.seq"),
                Problem::Duplicate { key: entry.seq.to_string() },
            ));
        }
        later_seq = entry.seq;
        let back = delta(entry.back).map_err(|damage| damage.inside("back").inside(&holder))?;
        let cause = entry.cause.read().map_err(|damage| damage.inside("cause").inside(&holder))?;
        let Some((before, changes)) = step_back(&version, &back) else {
            return Err(Damage::new(format!("{holder}.back"), missing_item(&version, &back)));
        };
        version = before;
        entries.push(HistoryEntry { seq: entry.seq, time_ms: entry.time, cause, changes, back });
    }
    entries.reverse();
    Ok(entries)
}

/// The item that `back` expects in `version` and does not find.
fn missing_item(version: &engine::Configuration, back: &Delta) -> Problem {
    fn missing<'d, T: Keyed>(list: &'d ListDelta<T>, from: &[T]) -> Option<&'d engine::MappingName> {
        list.order.iter().find(|key| list.put.iter().chain(from).all(|item| item.list_key() != *key))
    }
    let key = missing(&back.mappings, &version.mappings)
        .or_else(|| missing(&back.job_queue_entries, &version.job_queue_entries))
        .or_else(|| missing(&back.applied_defaults, &version.applied_defaults));
    Problem::Missing { key: key.map(|key| key.as_str().to_owned()).unwrap_or_default() }
}

fn stored_list<T: Keyed, S: for<'t> From<&'t T>>(list: &ListDelta<T>) -> StoredListDelta<S> {
    StoredListDelta {
        order: list.order.iter().map(|key| key.as_str().to_owned()).collect(),
        put: list.put.iter().map(S::from).collect(),
    }
}

fn delta(stored: StoredDelta) -> Result<Delta, Damage> {
    Ok(Delta {
        ownership_model: stored.ownership_model.into(),
        sales: stored.sales.into(),
        mappings: list(stored.mappings, "mappings")?,
        job_queue_entries: list(stored.job_queue_entries, "jobQueueEntries")?,
        applied_defaults: list(stored.applied_defaults, "appliedDefaults")?,
    })
}

fn list<S, T: Keyed + TryFrom<S, Error = Damage>>(
    stored: StoredListDelta<S>,
    holder: &str,
) -> Result<ListDelta<T>, Damage> {
    let order = stored.order.iter().enumerate();
    let order =
        order.map(|(idx, name)| mapping_name(name, format!("order[{idx}]"))).collect::<Result<_, _>>();
    Ok(ListDelta {
        order: order.map_err(|damage| damage.inside(holder))?,
        put: unique(stored.put, "put").map_err(|damage| damage.inside(holder))?,
    })
}

impl From<&Cause> for StoredCause {
    fn from(value: &Cause) -> Self {
        let text = |name: &engine::MappingName| name.as_str().to_owned();
        match value {
            Cause::DefaultSetup { ownership_model, mappings } => StoredCause {
                ownership_model: Some((*ownership_model).into()),
                mappings: Some(mappings.iter().map(text).collect()),
                ..StoredCause::of_kind(CauseKind::DefaultSetup)
            },
            Cause::DeleteMappings(names) => StoredCause {
                mappings: Some(names.iter().map(text).collect()),
                ..StoredCause::of_kind(CauseKind::DeleteMappings)
            },
            Cause::EditMapping(name) => {
                StoredCause { mapping: Some(text(name)), ..StoredCause::of_kind(CauseKind::EditMapping) }
            }
            Cause::EditFilter { mapping, side } => StoredCause {
                mapping: Some(text(mapping)),
                side: Some(match side {
                    engine::Side::BusinessCentral => StoredSide::BusinessCentral,
                    engine::Side::Dataverse => StoredSide::Dataverse,
                }),
                ..StoredCause::of_kind(CauseKind::EditFilter)
            },
            Cause::EditField { mapping, field } => StoredCause {
                mapping: Some(text(mapping)),
                field: Some(field.into()),
                ..StoredCause::of_kind(CauseKind::EditField)
            },
            Cause::Undo { seq } => StoredCause::of_version(CauseKind::Undo, *seq),
            Cause::Revert { seq } => StoredCause::of_version(CauseKind::Revert, *seq),
            Cause::RevertItem { seq } => StoredCause::of_version(CauseKind::RevertItem, *seq),
            Cause::Import => StoredCause::of_kind(CauseKind::Import),
            Cause::EditSettings => StoredCause::of_kind(CauseKind::EditSettings),
            Cause::Reapply => StoredCause::of_kind(CauseKind::Reapply),
        }
    }
}

impl StoredCause {
    fn of_kind(kind: CauseKind) -> Self {
        StoredCause {
            kind,
            ownership_model: None,
            mappings: None,
            mapping: None,
            side: None,
            field: None,
            seq: None,
        }
    }

    fn of_version(kind: CauseKind, seq: u64) -> Self {
        StoredCause { seq: Some(seq), ..StoredCause::of_kind(kind) }
    }

    fn read(self) -> Result<Cause, Damage> {
        let mapping = self.mapping;
        let mappings = self.mappings;
        let mappings = || {
            let names = needed(mappings, "mappings")?;
            let names = names.iter().enumerate();
            let names = names.map(|(idx, name)| mapping_name(name, format!("mappings[{idx}]")));
            names.collect::<Result<Vec<_>, Damage>>()
        };
        let mapping = || mapping_name(&needed(mapping, "mapping")?, "mapping");
        let seq = || needed(self.seq, "seq");
        Ok(match self.kind {
            CauseKind::DefaultSetup => {
                let ownership_model = needed(self.ownership_model, "ownershipModel")?;
                Cause::DefaultSetup { ownership_model: ownership_model.into(), mappings: mappings()? }
            }
            CauseKind::EditMapping => Cause::EditMapping(mapping()?),
            CauseKind::DeleteMappings => Cause::DeleteMappings(mappings()?),
            CauseKind::EditFilter => Cause::EditFilter {
                mapping: mapping()?,
                side: match needed(self.side, "side")? {
                    StoredSide::BusinessCentral => engine::Side::BusinessCentral,
                    StoredSide::Dataverse => engine::Side::Dataverse,
                },
            },
            CauseKind::EditField => {
                Cause::EditField { mapping: mapping()?, field: needed(self.field, "field")?.into() }
            }
            CauseKind::Undo => Cause::Undo { seq: seq()? },
            CauseKind::Revert => Cause::Revert { seq: seq()? },
            CauseKind::RevertItem => Cause::RevertItem { seq: seq()? },
            CauseKind::Import => Cause::Import,
            CauseKind::EditSettings => Cause::EditSettings,
            CauseKind::Reapply => Cause::Reapply,
        })
    }
}

/// A member that the kind of cause has to have.
pub(crate) fn needed<T>(member: Option<T>, name: &str) -> Result<T, Damage> {
    member.ok_or_else(|| Damage::new(".", Problem::Shape { detail: format!("missing field `{name}`") }))
}
