//! The upgrade from a Sales-only connection: the backup before it, and the customizations put back after it.

use couplet_engine::Configuration;
use couplet_engine::history::Target;
use couplet_engine::upgrade::put_back;
use leptos::prelude::*;

use crate::browser::{clock, files, page};
use crate::state::configuration::{ConfigurationStore, SaveError};
use couplet_workspace::versions::Cause;

/// Where this browser keeps which revision was backed up.
const BACKUP: &str = "couplet.upgrade.backup";

/// Downloads the workspace file, and keeps that this revision was backed up; gives the file's name.
///
/// # Errors
/// When the file cannot be made or the browser refuses it.
pub async fn back_up(store: ConfigurationStore) -> Result<String, SaveError> {
    let name = format!("couplet-before-upgrade-{}.json", clock::today());
    let text = store.export().await?;
    let refused = |detail| SaveError::Refused { detail };
    files::download(&name, &text, "application/json").map_err(refused)?;
    page::set_preference(BACKUP, &store.revision.get_untracked().to_string());
    Ok(name)
}

/// The revision that was backed up in this browser.
pub fn backed_up() -> Option<u64> {
    page::preference(BACKUP)?.parse().ok()
}

/// The configuration as it was backed up; none when the history does not reach back so far.
pub fn as_backed_up(store: ConfigurationStore, revision: u64) -> Option<Configuration> {
    if store.revision.get() == revision {
        return Some(store.configuration.get());
    }
    let next = store.history.with(|history| history.iter().map(|it| it.seq).find(|seq| *seq > revision))?;
    store.before(next)
}

/// Puts customizations back as they were in `before`, as one version.
///
/// # Errors
/// When it cannot be stored; nothing is changed then.
pub async fn reapply(
    store: ConfigurationStore,
    before: &Configuration,
    targets: &[Target],
) -> Result<(), SaveError> {
    let current = store.configuration.get_untracked();
    store.save(put_back(&current, before, targets), Cause::Reapply).await
}
