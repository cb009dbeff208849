//! What earlier runs left open: batches that were sent, and whose outcome was not kept. The services are asked what became
//! of them; nothing is sent again here, the next plan sees to it.

use couplet_engine::executor::{End, Executor, Limits};
use couplet_engine::{MappingName, Side};

use crate::carrier::Carrier;
use crate::error::RunError;
use crate::ports::Ports;
use crate::session::Session;
use crate::store::{OpenEntry, Store};
use crate::task::Task;

/// Settles what earlier runs of a mapping left open: the number of batches.
///
/// # Errors
/// When a service does not answer or the storage refuses: what is open stays open then.
pub async fn recover<P: Ports, S: Store>(
    session: &Session<P>,
    store: &S,
    task: &Task<'_>,
) -> Result<usize, RunError> {
    let open = open_entries(store, task.mapping).await?;
    if open.is_empty() {
        return Ok(0);
    }
    let mapping = task.mapping()?;
    let places = (
        session.business_central(mapping.table.number, &mapping.table.name)?,
        session.dataverse(&mapping.integration_table).await?,
    );
    let mut state = store.mapping_state(&mapping.name).await?;
    let mut carrier = Carrier::new(session, store, mapping, places, &mut state, None);
    let entries = open.iter().map(|open| (open.entry.id, (open.job, open.stored_at)));
    carrier.entries.extend(entries);
    let n_open = open.len();
    let mut executor = Executor::recover(open.into_iter().map(|open| open.entry), Limits::default());
    match carrier.drive(&mut executor, &|_, _| None).await? {
        End::GaveUp => Err(RunError::NoAnswer { side: Side::Dataverse, detail: String::new() }),
        End::Completed | End::Cancelled => Ok(n_open),
    }
}

/// Batches of a mapping without an outcome.
pub(crate) async fn open_entries<S: Store>(
    store: &S,
    mapping: &MappingName,
) -> Result<Vec<OpenEntry>, RunError> {
    let mut open = store.open_entries().await?;
    open.retain(|entry| entry.mapping == *mapping);
    Ok(open)
}
