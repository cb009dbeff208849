//! Changes of table and field mappings by a person, each one version of the configuration. What was changed elsewhere
//! meanwhile is never overwritten: only what was edited is written, and only where it still is as it was shown.

use couplet_engine::multi_company::follow_multi_company;
use couplet_engine::settings::{Difference, Version, differences, write};
use couplet_engine::{
    Company, Configuration, FieldKey, FieldMapping, IntegrationTableMapping, JobQueueEntry, MappingName,
    UpdateConflictResolution,
};
use leptos::prelude::*;

use crate::state::configuration::{ConfigurationStore, SaveError};
use couplet_workspace::versions::Cause;

/// A table mapping and its job, as they were shown or as they were edited.
#[derive(Debug, Clone, PartialEq)]
pub struct MappingVersion {
    /// The mapping.
    pub mapping: IntegrationTableMapping,
    /// Its job.
    pub job: Option<JobQueueEntry>,
}

impl MappingVersion {
    /// The mapping with this name as it is now.
    pub fn of(configuration: &Configuration, name: &MappingName) -> Option<Self> {
        let mapping = configuration.mapping(name)?.clone();
        Some(MappingVersion { mapping, job: configuration.job(name).cloned() })
    }

    /// As the engine compares it.
    pub fn version(&self) -> Version<'_> {
        Version::of(&self.mapping, self.job.as_ref())
    }
}

/// Saves the settings in which `edited` differs from `shown`; the company condition follows its switch (S1.12).
///
/// # Errors
/// When one of them was changed elsewhere meanwhile, or the storage fails; nothing is changed then.
pub async fn save_settings(
    store: ConfigurationStore,
    shown: &MappingVersion,
    edited: &MappingVersion,
    company: Option<&Company>,
) -> Result<(), SaveError> {
    let name = &shown.mapping.name;
    let mut next = store.configuration.get_untracked();
    let current = MappingVersion::of(&next, name).ok_or(stale(store))?;
    let mut merged = current.clone();
    for difference in differences(&shown.version(), &edited.version()) {
        let Difference { item, setting, one: shown, other: edited } = difference;
        let now = current.version().value(&item, setting);
        let still_as_shown = now == shown || now == edited;
        let place = (&item, setting);
        if !still_as_shown || write(&mut merged.mapping, merged.job.as_mut(), place, &edited).is_err() {
            return Err(stale(store));
        }
    }
    if merged.mapping.multi_company_synch_enabled != current.mapping.multi_company_synch_enabled {
        follow_multi_company(&mut merged.mapping, company);
    }
    put(&mut next, merged);
    store.save(next, Cause::EditMapping(name.clone())).await
}

/// Saves a field mapping: `shown` as it was before, none for a new one.
///
/// # Errors
/// When it was changed elsewhere meanwhile, or the storage fails; nothing is changed then.
pub async fn save_field(
    store: ConfigurationStore,
    name: &MappingName,
    shown: Option<&FieldMapping>,
    edited: FieldMapping,
) -> Result<(), SaveError> {
    let key = edited.key();
    change_fields(store, name, key, |fields| match shown {
        None => {
            let last = fields.iter().map(|field| field.number).max().unwrap_or(0);
            fields.push(FieldMapping { number: last.saturating_add(1), ..edited });
            true
        }
        Some(shown) => fields.iter_mut().find(|field| *field == shown).map(|field| *field = edited).is_some(),
    })
    .await
}

/// Remembers which side wins a field that both edited, or forgets it; whatever else was changed of the field mapping
/// meanwhile stays.
///
/// # Errors
/// When the field mapping is gone, or the storage fails; nothing is changed then.
pub async fn remember_winner(
    store: ConfigurationStore,
    name: &MappingName,
    key: &FieldKey,
    resolution: UpdateConflictResolution,
) -> Result<(), SaveError> {
    change_fields(store, name, key.clone(), |fields| {
        let field = fields.iter_mut().find(|field| field.key() == *key);
        field.map(|field| field.update_conflict_resolution = resolution).is_some()
    })
    .await
}

/// Deletes a field mapping.
///
/// # Errors
/// When it was changed elsewhere meanwhile, or the storage fails; nothing is changed then.
pub async fn delete_field(
    store: ConfigurationStore,
    name: &MappingName,
    shown: &FieldMapping,
) -> Result<(), SaveError> {
    change_fields(store, name, shown.key(), |fields| {
        let n_before = fields.len();
        fields.retain(|field| field != shown);
        fields.len() < n_before
    })
    .await
}

/// Deletes table mappings with their field mappings and jobs (S1.13), as one version; its number leads back.
///
/// # Errors
/// When the storage fails; nothing is changed then.
pub async fn delete_mappings(
    store: ConfigurationStore,
    names: &[MappingName],
) -> Result<Option<u64>, SaveError> {
    if names.is_empty() {
        return Ok(None);
    }
    let mut next = store.configuration.get_untracked();
    next.mappings.retain(|mapping| !names.contains(&mapping.name));
    next.job_queue_entries.retain(|job| !names.contains(&job.mapping));
    store.save(next, Cause::DeleteMappings(names.to_vec())).await?;
    Ok(untrack(|| store.last_version()))
}

/// Takes back the version that an action made, while it is the last one.
///
/// # Errors
/// When something else was saved since, or the storage fails; nothing is changed then.
pub async fn take_back(store: ConfigurationStore, version: Option<u64>) -> Result<(), SaveError> {
    if version.is_none() || untrack(|| store.last_version()) != version {
        return Err(stale(store));
    }
    store.undo_last().await
}

/// Saves the mapping after `change`, which says whether it could be made.
async fn change_fields(
    store: ConfigurationStore,
    name: &MappingName,
    key: FieldKey,
    change: impl FnOnce(&mut Vec<FieldMapping>) -> bool,
) -> Result<(), SaveError> {
    let mut next = store.configuration.get_untracked();
    let mapping = next.mappings.iter_mut().find(|mapping| mapping.name == *name).ok_or(stale(store))?;
    if !change(&mut mapping.field_mappings) {
        return Err(stale(store));
    }
    store.save(next, Cause::EditField { mapping: name.clone(), field: key }).await
}

/// What was shown is not what is there.
fn stale(store: ConfigurationStore) -> SaveError {
    SaveError::Stale { stored: store.revision.get_untracked() }
}

fn put(configuration: &mut Configuration, version: MappingVersion) {
    let MappingVersion { mapping, job } = version;
    if let Some(place) = configuration.job_queue_entries.iter_mut().find(|it| it.mapping == mapping.name)
        && let Some(job) = job
    {
        *place = job;
    }
    if let Some(place) = configuration.mappings.iter_mut().find(|it| it.name == mapping.name) {
        *place = mapping;
    }
}
