//! Saving an edited filter: one version in the history.

use couplet_engine::{MappingFilter, MappingName, Side};
use leptos::prelude::*;

use crate::state::configuration::{Cause, ConfigurationStore, SaveError};

/// Saves the filter of one side. The caller has bound it before: a filter that cannot be read never gets here.
///
/// # Errors
/// When another tab saved meanwhile, or the browser's storage refuses; nothing is changed then.
pub async fn save_filter(
    store: ConfigurationStore,
    name: &MappingName,
    side: Side,
    filter: MappingFilter,
) -> Result<(), SaveError> {
    let mut next = store.configuration.get_untracked();
    if let Some(mapping) = next.mappings.iter_mut().find(|mapping| mapping.name == *name) {
        *mapping.filter_mut(side) = filter;
    }
    store.save(next, Cause::EditFilter { mapping: name.clone(), side }).await
}
