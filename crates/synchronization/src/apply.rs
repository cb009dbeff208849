//! Carrying an approved plan out: batches of the executor, its journal, the canary, pause and cancel, and the job as it is
//! kept.

use couplet_engine::Side;
use couplet_engine::coupling::JobId;
use couplet_engine::executor::{Command, End, Event, Executor, Limits};
use couplet_engine::job::{JobEnd, PassCounters, SynchJob};
use couplet_engine::planning::{Action, ActionKind, Counters, MappingState, Pass, Plan};
use jiff::Timestamp;
use rustc_hash::FxHashSet;
use uuid::Uuid;

use crate::carrier::Carrier;
use crate::control::{Canary, Control, Progressed};
use crate::error::RunError;
use crate::goal::Aim;
use crate::mending::hand_over;
use crate::pair;
use crate::ports::Ports;
use crate::prepared::{Content, Prepared, RecordTables};
use crate::recover::open_entries;
use crate::session::Session;
use crate::store::{Progress, Recording, Store};
use crate::task::{Approval, Planned};

/// Writes in one journal entry: ten full requests, so that several are under way at once.
const BATCH: usize = 1_000;

/// Carries an approved plan out. The prepared tables hold the couplings as they are afterwards; what they read of both
/// systems is old then, and another run is prepared anew.
///
/// # Errors
/// When what is kept belongs to another pair of systems, the storage refuses, or a table is out of reach. What was done
/// until then is kept, and the next run goes on. When batches were left open after the plan was made, or anybody changed
/// couplings or watermarks, nothing is done: plan anew.
pub async fn apply<P: Ports, S: Store>(
    session: &Session<P>,
    store: &S,
    prepared: &mut Prepared,
    approval: Approval<'_>,
    control: &Control,
    progress: &dyn Fn(Progressed),
) -> Result<SynchJob, RunError> {
    pair::claim(session, store).await?;
    if !open_entries(store, &prepared.mapping.name).await?.is_empty() || !prepared.is_current(store).await? {
        return Err(RunError::PlanOutdated);
    }
    let job = SynchJob {
        id: JobId(session.ports().new_id()),
        mapping: prepared.mapping.name.clone(),
        kind: prepared.kind,
        started_at: session.ports().now(),
        finished_at: None,
        end: None,
        passes: counters_before(approval.planned, prepared),
        n_requests: prepared.n_requests,
    };
    // Before anything is sent: whatever becomes of it is counted in this job, and taken back with it.
    if !approval.planned.is_empty() {
        let recording = Recording::new(job.mapping.clone(), Progress::of(prepared.state()));
        store.record(&Recording { job: Some(job.clone()), ..recording }).await?;
    }
    let begun_job = job.clone();
    session.learn(prepared.clocks);
    let watch = Watch { canary: approval.canary, control, progress };
    let applied = match approval.planned {
        Planned::Options(plan) => crate::options::apply(session, store, prepared, plan, job, &watch).await,
        Planned::Records(plan) => apply_records(session, store, prepared, plan, job, &watch).await,
    };
    if let Err(error) = &applied {
        keep_broken(store, begun_job, error, session.ports().now()).await;
    }
    applied
}

/// The counters of a job before anything is sent.
fn counters_before(planned: &Planned, prepared: &Prepared) -> Vec<PassCounters> {
    match planned {
        Planned::Options(_) => {
            let none = |pass: &Pass| PassCounters { pass: *pass, counters: Counters::default() };
            Pass::of(prepared.run.direction).iter().map(none).collect()
        }
        Planned::Records(plan) => {
            let settled = |pass| PassCounters { pass, counters: plan.settled_counters(pass) };
            plan.passes.iter().map(|summary| settled(summary.pass)).collect()
        }
    }
}

/// Keeps with a job why it cannot go on; its counters are those that were kept last. A storage that refuses this too leaves
/// the job without an end.
async fn keep_broken<S: Store>(store: &S, job: SynchJob, error: &RunError, at: Timestamp) {
    let job = store.job(job.id).await.ok().flatten().unwrap_or(job);
    let Ok(state) = store.mapping_state(&job.mapping).await else { return };
    let end = JobEnd::Broken { code: error.code().to_owned(), detail: error.detail() };
    let recording = Recording::new(job.mapping.clone(), Progress::of(&state));
    let job = SynchJob { finished_at: Some(at), end: Some(end), ..job };
    let _ = store.record(&Recording { job: Some(job), ..recording }).await;
}

/// What is looked at between two batches.
pub(crate) struct Watch<'a> {
    pub(crate) canary: Canary,
    pub(crate) control: &'a Control,
    pub(crate) progress: &'a dyn Fn(Progressed),
}

async fn apply_records<P: Ports, S: Store>(
    session: &Session<P>,
    store: &S,
    prepared: &mut Prepared,
    plan: &Plan,
    job: SynchJob,
    watch: &Watch<'_>,
) -> Result<SynchJob, RunError> {
    if let Aim::Mend { mends, .. } = &prepared.aim {
        let gone = plan.actions.iter().filter(|it| it.kind == ActionKind::RemoveCoupling);
        let gone = gone.filter_map(|it| Some(it.record?.0)).collect();
        hand_over(store, &prepared.mapping.name, mends, &gone).await?;
    }
    let next_entry = store.next_entry().await?;
    let mut executor = {
        let Content::Records(tables) = &prepared.content else { return Err(RunError::PlanOutdated) };
        let limits = Limits { batch_size: BATCH, ..Limits::default() };
        let name = &prepared.mapping.name;
        match (&prepared.aim, &prepared.first) {
            (Aim::Run, _) | (_, Some(_)) => {
                let planner = prepared.planner(tables)?;
                Executor::new(&planner, name, &plan.actions, next_entry, limits)
            }
            (_, None) => Executor::for_undo(name, &plan.actions, next_entry, limits),
        }
    };
    let gone = prepared.gone();
    let Content::Records(tables) = &mut prepared.content else { return Err(RunError::PlanOutdated) };
    let RecordTables { business_central, dataverse, state, .. } = tables.as_mut();
    let places = (business_central.place.clone(), dataverse.place.clone());
    let tags = |side: Side, id: Uuid| {
        let table = match side {
            Side::BusinessCentral => &*business_central,
            Side::Dataverse => &*dataverse,
        };
        table.etag(id).map(str::to_owned)
    };
    let mut carrier = Carrier::new(session, store, &prepared.mapping, places, state, Some(job));
    let n_actions = plan.actions.iter().filter(|action| !Action::is_settled(action)).count();
    let end = carry_out(&mut carrier, &mut executor, &tags, n_actions, watch).await?;
    if end == JobEnd::Ran(End::Completed) {
        for summary in &plan.passes {
            let mark = match summary.pass {
                Pass::ToIntegrationTable => &mut carrier.state.local_watermark,
                Pass::FromIntegrationTable => &mut carrier.state.integration_watermark,
            };
            *mark = summary.watermark.or(*mark);
        }
        forget(carrier.state, &gone);
    }
    carrier.finish(end).await
}

/// Forgets failed creations of records that are gone.
pub(crate) fn forget(state: &mut MappingState, gone: &FxHashSet<Uuid>) {
    state.failed_records.retain(|record| !gone.contains(&record.0));
    state.failed_rows.retain(|row| !gone.contains(&row.0));
}

/// Drives the executor to its end, step by step as the canary says.
async fn carry_out<P: Ports, S: Store>(
    carrier: &mut Carrier<'_, P, S>,
    executor: &mut Executor,
    tags: &crate::carrier::Tags<'_>,
    n_actions: usize,
    watch: &Watch<'_>,
) -> Result<JobEnd, RunError> {
    let mut steps = Canary::STEPS.into_iter();
    let first = match watch.canary {
        Canary::Off => None,
        Canary::On { .. } => steps.next(),
    };
    executor.set_batch_size(first.unwrap_or(BATCH));
    let mut stopped = None;
    let (mut event, mut is_between) = (Event::Started, true);
    loop {
        if is_between {
            watch.control.wait_while_paused(carrier.session.ports(), watch.progress).await;
        }
        if watch.control.is_cancelled() {
            executor.step(Event::Cancelled);
        }
        let Some(command) = executor.step(event).pop() else { break };
        let was_recording = matches!(command, Command::Record { .. });
        let was_batch = matches!(command, Command::Record { entry: Some(_), .. });
        is_between = was_recording || matches!(command, Command::Wait(_));
        event = match carrier.obey(command, tags, watch.progress).await? {
            Ok(event) => event,
            Err(end) => return Ok(stopped.unwrap_or(JobEnd::Ran(end))),
        };
        if was_recording {
            let (n_done, n_failed) = (carrier.n_done, carrier.n_failed);
            (watch.progress)(Progressed::Settled { n_done, n_failed, n_actions });
            if was_batch && watch.canary != Canary::Off {
                executor.set_batch_size(steps.next().unwrap_or(BATCH));
            }
            let is_exceeded = watch.canary.is_exceeded(carrier.n_sent, carrier.n_refused);
            if stopped.is_none() && was_batch && is_exceeded && executor.n_left() > 0 {
                stopped = Some(JobEnd::TooManyErrors);
                executor.step(Event::Cancelled);
            }
        }
        carrier.session.ports().breathe().await;
    }
    Ok(stopped.unwrap_or(JobEnd::Ran(End::Completed)))
}

impl<P: Ports, S: Store> Carrier<'_, P, S> {
    /// Keeps the job with its end, and the watermarks.
    async fn finish(mut self, end: JobEnd) -> Result<SynchJob, RunError> {
        self.count_requests();
        let finished_at = self.session.ports().now();
        let Some(job) = self.job.take() else { return Err(RunError::PlanOutdated) };
        let job = SynchJob { finished_at: Some(finished_at), end: Some(end), ..job };
        let progress = Progress::of(self.state);
        let recording = Recording::new(self.mapping.name.clone(), progress);
        self.store.record(&Recording { job: Some(job.clone()), ..recording }).await?;
        Ok(job)
    }
}
