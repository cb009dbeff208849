//! The records of the browser's database (schema versions 2 to 4), what a save writes of them, and how the single record of
//! schema version 1 becomes them. The database itself is in `browser::storage`.

use couplet_engine::Configuration;
use serde::{Deserialize, Serialize};

use super::configuration::OwnershipModel;
use super::{Damage, Problem, StoredConfiguration, StoredEntry, StoredJob, StoredMapping};
use crate::sales::StoredSales;
use crate::versions::Keyed;

/// The record under the key `workspace` of the store `settings`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StoredSettings {
    /// Number of the last save; a save that expects another one is refused.
    pub revision: u64,
    ownership_model: OwnershipModel,
    #[serde(default, skip_serializing_if = "StoredSales::is_preset")]
    sales: StoredSales,
    /// Keys of the store `mappings`, in the order of the configuration.
    mapping_order: Vec<String>,
    /// Keys of the store `jobs`.
    job_order: Vec<String>,
    /// Keys of the store `applied`.
    applied_order: Vec<String>,
}

/// Everything the database holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Records {
    /// The one record of `settings`.
    pub settings: StoredSettings,
    /// `mappings`, by name.
    pub mappings: Vec<StoredMapping>,
    /// `jobs`, by mapping.
    pub jobs: Vec<StoredJob>,
    /// `applied`, by name.
    pub applied: Vec<StoredMapping>,
    /// `history`, by number.
    pub history: Vec<StoredEntry>,
}

/// The record of schema version 1: key `configuration` of the store `workspace`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OldWorkspace {
    /// Number of the last save.
    pub revision: u64,
    /// As in a workspace file.
    pub configuration: StoredConfiguration,
}

/// What one save writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordsChange {
    /// The record of `settings`.
    pub settings: StoredSettings,
    /// New and changed records of `mappings`.
    pub put_mappings: Vec<StoredMapping>,
    /// Keys to delete from `mappings`.
    pub delete_mappings: Vec<String>,
    /// New and changed records of `jobs`.
    pub put_jobs: Vec<StoredJob>,
    /// Keys to delete from `jobs`.
    pub delete_jobs: Vec<String>,
    /// New and changed records of `applied`.
    pub put_applied: Vec<StoredMapping>,
    /// Keys to delete from `applied`.
    pub delete_applied: Vec<String>,
    /// New versions.
    pub add_history: Vec<StoredEntry>,
}

impl TryFrom<OldWorkspace> for Records {
    type Error = Damage;

    fn try_from(old: OldWorkspace) -> Result<Self, Damage> {
        Ok(Records::split(old.revision, &Configuration::try_from(old.configuration)?))
    }
}

impl StoredSettings {
    fn of(revision: u64, configuration: &Configuration) -> Self {
        StoredSettings {
            revision,
            ownership_model: configuration.ownership_model.into(),
            sales: StoredSales::from(&configuration.sales),
            mapping_order: keys(&configuration.mappings),
            job_order: keys(&configuration.job_queue_entries),
            applied_order: keys(&configuration.applied_defaults),
        }
    }
}

impl From<Records> for RecordsChange {
    /// What writes these records into an empty database.
    fn from(records: Records) -> Self {
        RecordsChange {
            settings: records.settings,
            put_mappings: records.mappings,
            delete_mappings: Vec::new(),
            put_jobs: records.jobs,
            delete_jobs: Vec::new(),
            put_applied: records.applied,
            delete_applied: Vec::new(),
            add_history: records.history,
        }
    }
}

impl Records {
    /// The records of a configuration without history.
    pub fn split(revision: u64, configuration: &Configuration) -> Self {
        let stored = StoredConfiguration::from(configuration);
        Records {
            settings: StoredSettings::of(revision, configuration),
            mappings: stored.mappings,
            jobs: stored.job_queue_entries,
            applied: stored.applied_defaults,
            history: Vec::new(),
        }
    }

    /// The configuration, its revision, and its history as stored.
    ///
    /// # Errors
    /// A record that cannot be read, or one that is missing.
    pub fn join(self) -> Result<(u64, Configuration, Vec<StoredEntry>), Damage> {
        let settings = self.settings;
        let stored = StoredConfiguration {
            ownership_model: settings.ownership_model,
            sales: settings.sales,
            mappings: in_order(self.mappings, settings.mapping_order, "mappings", |it| &it.name)?,
            job_queue_entries: in_order(self.jobs, settings.job_order, "jobs", |it| &it.mapping)?,
            applied_defaults: in_order(self.applied, settings.applied_order, "applied", |it| &it.name)?,
        };
        Ok((settings.revision, Configuration::try_from(stored)?, self.history))
    }
}

impl RecordsChange {
    /// What turns the records of `before` into those of `after` with this revision and these new versions.
    pub fn between(
        before: &Configuration,
        after: &Configuration,
        revision: u64,
        history: Vec<StoredEntry>,
    ) -> Self {
        RecordsChange {
            settings: StoredSettings::of(revision, after),
            delete_mappings: gone(&before.mappings, &after.mappings),
            put_mappings: changed(&before.mappings, &after.mappings),
            delete_jobs: gone(&before.job_queue_entries, &after.job_queue_entries),
            put_jobs: changed(&before.job_queue_entries, &after.job_queue_entries),
            delete_applied: gone(&before.applied_defaults, &after.applied_defaults),
            put_applied: changed(&before.applied_defaults, &after.applied_defaults),
            add_history: history,
        }
    }
}

fn in_order<S>(
    mut records: Vec<S>,
    order: Vec<String>,
    store: &str,
    key: impl Fn(&S) -> &String,
) -> Result<Vec<S>, Damage> {
    let mut sorted = Vec::with_capacity(records.len());
    for name in order {
        let Some(idx) = records.iter().position(|record| *key(record) == name) else {
            return Err(Damage::new(store, Problem::Missing { key: name }));
        };
        sorted.push(records.swap_remove(idx));
    }
    Ok(sorted)
}

fn changed<T: PartialEq, S: for<'t> From<&'t T>>(before: &[T], after: &[T]) -> Vec<S> {
    after.iter().filter(|item| !before.contains(item)).map(S::from).collect()
}

fn gone<T: Keyed>(before: &[T], after: &[T]) -> Vec<String> {
    let mut gone = keys(before);
    gone.retain(|key| after.iter().all(|item| item.list_key().as_str() != key));
    gone
}

fn keys<T: Keyed>(items: &[T]) -> Vec<String> {
    items.iter().map(|item| item.list_key().as_str().to_owned()).collect()
}
