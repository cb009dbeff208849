//! What earlier runs left open: batches that were sent, and whose outcome was not kept. The services are asked what became
//! of them; nothing is sent again here, the next plan sees to it.

use couplet_engine::executor::{End, Executor, Limits, Operation};
use couplet_engine::job::JobEnd;
use couplet_engine::{MappingName, Side};

use crate::carrier::Carrier;
use crate::error::RunError;
use crate::pair;
use crate::ports::Ports;
use crate::session::Session;
use crate::store::{OpenEntry, Store};
use crate::task::Task;

/// Settles what earlier runs of a mapping left open: the number of batches.
///
/// # Errors
/// When what is kept belongs to another pair of systems, another run is under way, a service does not answer or the storage
/// refuses: what is open stays open then.
pub async fn recover<P: Ports, S: Store>(
    session: &Session<P>,
    store: &S,
    task: &Task<'_>,
) -> Result<usize, RunError> {
    pair::check(session, store).await?;
    if open_entries(store, task.mapping).await?.is_empty() {
        return Ok(0);
    }
    let _alone = store.alone().await.ok_or(RunError::NotAlone)?;
    // Read again: a run may have ended meanwhile.
    let open = open_entries(store, task.mapping).await?;
    let mapping = task.mapping()?;
    let places = (
        session.business_central(mapping.table.number, &mapping.table.name)?,
        session.dataverse(&mapping.integration_table).await?,
    );
    let mut state = store.mapping_state(&mapping.name).await?;
    let mut carrier = Carrier::new(session, store, mapping, places, &mut state, None);
    let n_open = open.len();
    for open in open {
        carrier.take_up(&open).await?;
        let side = open.entry.operations.first().map_or(Side::Dataverse, Operation::side);
        let mut executor = Executor::recover([open.entry], Limits::default());
        if carrier.drive(&mut executor, &|_, _| None).await? == End::GaveUp {
            let no_answer = RunError::NoAnswer { side, detail: String::new() };
            return Err(carrier.unanswered.take().unwrap_or(no_answer));
        }
    }
    Ok(n_open)
}

impl<P: Ports, S: Store> Carrier<'_, P, S> {
    /// Takes up an entry with the job that sent it, so that what becomes of it is counted there. A job without an end was
    /// interrupted: its tab was closed.
    async fn take_up(&mut self, open: &OpenEntry) -> Result<(), RunError> {
        self.entries.insert(open.entry.id, (open.job, open.stored_at));
        if self.job.as_ref().is_none_or(|job| job.id != open.job) {
            self.job = self.store.job(open.job).await?;
        }
        let now = self.session.ports().now();
        if let Some(job) = self.job.as_mut().filter(|job| job.end.is_none()) {
            let code = RunError::Interrupted.code().to_owned();
            job.end = Some(JobEnd::Broken { code, detail: String::new() });
            job.finished_at = Some(now);
        }
        Ok(())
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
