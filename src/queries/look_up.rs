//! Asking for records that a field can point to: by name for a person who chooses, by key for their names.

use std::sync::Arc;
use std::time::Duration;

use couplet_systems::lookup::{LookupKey, LookupPage, LookupQuestion, LookupRead};
use leptos::prelude::*;

use crate::browser::clock;
use crate::browser::http::Abort;
use crate::failure::Failure;
use crate::queries::schema::{self, Rows, TableAccess};
use crate::queries::send::run_until;
use crate::state::load::Load;
use crate::state::tables::TableHandle;

/// How often it is seen whether the metadata that somebody asked for is here.
const GLANCE: Duration = Duration::from_millis(15);

/// Asks one table. Its schema is asked for first when it is not here.
///
/// # Errors
/// When there is no such table, the system cannot be reached or refuses, or `abort` stopped it.
pub async fn look_up(
    handle: TableHandle,
    key: LookupKey,
    question: LookupQuestion,
    abort: Abort,
) -> Result<LookupPage, Failure> {
    let access = described(handle).await?;
    let Rows::Pages { connection, source } = &access.rows else { return Ok(LookupPage::default()) };
    run_until(connection, LookupRead::new(source, &access.schema, &key, &question), Some(&abort)).await
}

/// The table's schema, which others may be asking for. One that failed before is asked for again.
async fn described(handle: TableHandle) -> Result<Arc<TableAccess>, Failure> {
    if handle.access.with_untracked(|access| matches!(access, Load::Idle | Load::Failed(_))) {
        schema::load(handle);
    }
    loop {
        match handle.access.get_untracked() {
            Load::Ready(access) => return Ok(access),
            Load::Failed(failure) => return Err(failure),
            Load::Idle | Load::Loading => clock::wait(GLANCE).await,
        }
    }
}
