//! Use default synchronization setup, in one save; and the way back.

use couplet_engine::Configuration;
use couplet_engine::comparison::{Scope, SetupComparison, apply};
use couplet_engine::default_setup::StandardSetup;
use leptos::prelude::*;

use crate::state::configuration::{ConfigurationStore, SaveError};
use crate::tasks::edit_mapping::take_back;
use couplet_workspace::versions::Cause;

/// What was applied, and what leads back.
#[derive(Debug, Clone, PartialEq)]
pub struct Applied {
    /// Number of differences that were settled the way of the standard.
    pub n_changes: usize,
    /// Number of the version that came of it.
    version: Option<u64>,
}

/// Applies the choices of `comparison`, made of `compared`, as one version.
///
/// # Errors
/// When the configuration is not the compared one any more, or cannot be stored; nothing is changed then.
pub async fn apply_default_setup(
    store: ConfigurationStore,
    compared: &Configuration,
    comparison: &SetupComparison,
    standard: &StandardSetup,
    scope: &Scope,
) -> Result<Applied, SaveError> {
    if store.configuration.with_untracked(|current| current != compared) {
        return Err(SaveError::Stale { stored: store.revision.get_untracked() });
    }
    let after = apply(compared, comparison, standard);
    let mappings = match scope {
        Scope::All => Vec::new(),
        Scope::Selected(names) => names.clone(),
    };
    let cause = Cause::DefaultSetup { ownership_model: standard.ownership_model, mappings };
    store.save(after, cause).await?;
    Ok(Applied { n_changes: comparison.n_chosen(), version: untrack(|| store.last_version()) })
}

/// Puts everything back as it was before, filters included.
///
/// # Errors
/// When something else was saved since, or the storage fails; nothing is changed then.
pub async fn undo_default_setup(store: ConfigurationStore, applied: &Applied) -> Result<(), SaveError> {
    take_back(store, applied.version).await
}
