//! Versions of the configuration: what made each, what it changed, and the way back to the one before. Pure: keeping
//! them is the store's and the storage's task.

use couplet_engine::history::{Change, difference};
use couplet_engine::{
    Configuration, FieldKey, IntegrationTableMapping, JobQueueEntry, MappingName, OwnershipModel,
    SalesSettings, Side,
};

/// What made a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// Use default synchronization setup.
    DefaultSetup {
        /// For which ownership model.
        ownership_model: OwnershipModel,
        /// For these mappings; empty for all.
        mappings: Vec<MappingName>,
    },
    /// Settings of a table mapping were edited.
    EditMapping(MappingName),
    /// Table mappings were deleted with their field mappings and jobs.
    DeleteMappings(Vec<MappingName>),
    /// A filter was edited.
    EditFilter {
        /// The table mapping.
        mapping: MappingName,
        /// Of which side.
        side: Side,
    },
    /// A field mapping was edited, added or deleted.
    EditField {
        /// The table mapping.
        mapping: MappingName,
        /// The field mapping.
        field: FieldKey,
    },
    /// The version with this number was undone, as the last one.
    Undo {
        /// Number of the version undone.
        seq: u64,
    },
    /// Everything was put back as it was before the version with this number.
    Revert {
        /// Number of the version.
        seq: u64,
    },
    /// One change of the version with this number was taken back.
    RevertItem {
        /// Number of the version.
        seq: u64,
    },
    /// A workspace file was imported.
    Import,
    /// Settings of the whole configuration were edited.
    EditSettings,
    /// Customizations that a default setup had overwritten were put back after an upgrade.
    Reapply,
}

/// One save.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEntry {
    /// Number, ascending; that of the revision it made.
    pub seq: u64,
    /// When, in milliseconds since 1970, UTC.
    pub time_ms: i64,
    /// What made it.
    pub cause: Cause,
    /// What it changed, readable.
    pub changes: Vec<Change>,
    /// What leads back to the version before.
    pub back: Delta,
}

/// What turns one configuration into another, without what both have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delta {
    /// Ownership model of the other.
    pub ownership_model: OwnershipModel,
    /// Sales settings of the other.
    pub sales: SalesSettings,
    /// Table mappings.
    pub mappings: ListDelta<IntegrationTableMapping>,
    /// Jobs.
    pub job_queue_entries: ListDelta<JobQueueEntry>,
    /// Defaults as last applied.
    pub applied_defaults: ListDelta<IntegrationTableMapping>,
}

/// What turns one list into another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListDelta<T> {
    /// Keys of the other list, in its order.
    pub order: Vec<MappingName>,
    /// Its items that the one list lacks or has differently.
    pub put: Vec<T>,
}

/// An item of a list with a key.
pub trait Keyed {
    /// The key, unique in the list.
    fn list_key(&self) -> &MappingName;
}

impl Keyed for IntegrationTableMapping {
    fn list_key(&self) -> &MappingName {
        &self.name
    }
}

impl Keyed for JobQueueEntry {
    fn list_key(&self) -> &MappingName {
        &self.mapping
    }
}

impl<T: Keyed + Clone + PartialEq> ListDelta<T> {
    fn between(from: &[T], to: &[T]) -> Self {
        ListDelta {
            order: to.iter().map(|item| item.list_key().clone()).collect(),
            put: to.iter().filter(|item| !from.contains(item)).cloned().collect(),
        }
    }

    /// Nothing when an item is missing that should have been in `from`.
    fn apply(&self, from: &[T]) -> Option<Vec<T>> {
        let find =
            |key: &MappingName| self.put.iter().chain(from).find(|item| item.list_key() == key).cloned();
        self.order.iter().map(find).collect()
    }

    /// Keys of what differs between `of` and the other list.
    fn touched<'d>(&'d self, of: &'d [T]) -> impl Iterator<Item = &'d MappingName> {
        let put = self.put.iter().map(Keyed::list_key);
        put.chain(of.iter().map(Keyed::list_key).filter(|key| !self.order.contains(key)))
    }
}

impl Delta {
    /// What turns `from` into `to`.
    pub fn between(from: &Configuration, to: &Configuration) -> Self {
        Delta {
            ownership_model: to.ownership_model,
            sales: to.sales.clone(),
            mappings: ListDelta::between(&from.mappings, &to.mappings),
            job_queue_entries: ListDelta::between(&from.job_queue_entries, &to.job_queue_entries),
            applied_defaults: ListDelta::between(&from.applied_defaults, &to.applied_defaults),
        }
    }

    /// The other configuration; nothing when `from` is not the one this was made for.
    pub fn apply(&self, from: &Configuration) -> Option<Configuration> {
        Some(Configuration {
            ownership_model: self.ownership_model,
            sales: self.sales.clone(),
            mappings: self.mappings.apply(&from.mappings)?,
            job_queue_entries: self.job_queue_entries.apply(&from.job_queue_entries)?,
            applied_defaults: self.applied_defaults.apply(&from.applied_defaults)?,
        })
    }
}

impl HistoryEntry {
    /// The entry of a save that turned `before` into `after`.
    pub fn of_save(
        seq: u64,
        time_ms: i64,
        cause: Cause,
        before: &Configuration,
        after: &Configuration,
    ) -> Self {
        HistoryEntry {
            seq,
            time_ms,
            cause,
            changes: difference(before, after),
            back: Delta::between(after, before),
        }
    }

    /// Moves its number, and the one it speaks of, `by` further: for a history taken over into another workspace.
    pub fn shift(&mut self, by: u64) {
        self.seq += by;
        match &mut self.cause {
            Cause::Undo { seq } | Cause::Revert { seq } | Cause::RevertItem { seq } => *seq += by,
            Cause::DefaultSetup { .. }
            | Cause::EditMapping(_)
            | Cause::DeleteMappings(_)
            | Cause::EditFilter { .. }
            | Cause::EditField { .. }
            | Cause::Import
            | Cause::EditSettings
            | Cause::Reapply => {}
        }
    }
}

/// The changes of the version `after` with the way `back`; looks only at what `back` touches.
///
/// Nothing when `back` does not belong to `after`.
pub fn step_back(after: &Configuration, back: &Delta) -> Option<(Configuration, Vec<Change>)> {
    let before = back.apply(after)?;
    let mappings = back.mappings.touched(&after.mappings);
    let touched: Vec<_> = mappings.chain(back.job_queue_entries.touched(&after.job_queue_entries)).collect();
    let part = |of: &Configuration| Configuration {
        ownership_model: of.ownership_model,
        sales: of.sales.clone(),
        mappings: of.mappings.iter().filter(|it| touched.contains(&&it.name)).cloned().collect(),
        job_queue_entries: of
            .job_queue_entries
            .iter()
            .filter(|it| touched.contains(&&it.mapping))
            .cloned()
            .collect(),
        applied_defaults: Vec::new(),
    };
    let changes = difference(&part(&before), &part(after));
    Some((before, changes))
}

/// The configuration as it was before the version `seq`, walking back from `current`.
///
/// Nothing when there is no such version. `history` is in ascending order and ends with the version `current`.
pub fn before_version(current: &Configuration, history: &[HistoryEntry], seq: u64) -> Option<Configuration> {
    if !history.iter().any(|entry| entry.seq == seq) {
        return None;
    }
    let newest_first = history.iter().rev().take_while(|entry| entry.seq >= seq);
    let mut version = current.clone();
    for entry in newest_first {
        version = entry.back.apply(&version)?;
    }
    Some(version)
}

#[cfg(test)]
mod tests;
