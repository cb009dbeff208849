//! Changes of the settings of the connections by a person, each one version of the configuration.

use couplet_engine::{JobStatus, SalesSettings, Side};
use leptos::prelude::*;

use crate::state::configuration::{ConfigurationStore, SaveError};
use crate::tasks::connection::enable;
use couplet_workspace::versions::Cause;

/// Saves the settings of the Sales connection.
///
/// # Errors
/// When they were changed elsewhere since they were `shown`, or the storage fails; nothing is changed then.
pub async fn save_sales(
    store: ConfigurationStore,
    shown: &SalesSettings,
    edited: &SalesSettings,
) -> Result<(), SaveError> {
    let mut next = store.configuration.get_untracked();
    if next.sales != *shown {
        return Err(SaveError::Stale { stored: store.revision.get_untracked() });
    }
    next.sales = edited.clone();
    store.save(next, Cause::EditSettings).await
}

/// Ends the work with Dataverse: recurring jobs go on hold, mappings and couplings stay (S7.8). The page is loaded again.
///
/// # Errors
/// When it cannot be stored; the connection stays as it is then.
pub async fn disconnect(store: ConfigurationStore) -> Result<(), SaveError> {
    let mut next = store.configuration.get_untracked();
    for job in &mut next.job_queue_entries {
        job.status = JobStatus::OnHold;
    }
    store.save(next, Cause::EditSettings).await?;
    enable(Side::Dataverse, None);
    Ok(())
}
