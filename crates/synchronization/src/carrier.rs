//! Obeys the commands of an executor: stores, sends, looks, records, waits. One transaction of the store for each command
//! that keeps something.

use std::num::NonZeroU32;
use std::time::Duration;

use couplet_engine::coupling::{JobId, SystemId};
use couplet_engine::executor::{
    Answer, Command, End, EntryId, Event, Executor, Found, JournalEntry, Operation, OperationOutcome,
    Settlement,
};
use couplet_engine::job::{SynchJob, SynchJobError};
use couplet_engine::planning::{Action, ActionKind, Counters, MappingState, Outcome, Reason, settle};
use couplet_engine::{IntegrationTableMapping, Side};
use couplet_systems::ReadError;
use jiff::Timestamp;
use rustc_hash::{FxHashMap, FxHashSet};
use uuid::Uuid;

use crate::control::{Control, Progressed};
use crate::error::RunError;
use crate::look::look;
use crate::ports::Ports;
use crate::reading::Reader;
use crate::session::{Place, Session};
use crate::store::{OpenEntry, Progress, Recording, Store};
use crate::wire::send;

/// Which tag a record was read with.
pub(crate) type Tags<'a> = dyn Fn(Side, Uuid) -> Option<String> + 'a;

/// Carries out the commands of an executor for one mapping.
pub(crate) struct Carrier<'a, P, S> {
    pub(crate) session: &'a Session<P>,
    pub(crate) store: &'a S,
    pub(crate) mapping: &'a IntegrationTableMapping,
    pub(crate) business_central: Place,
    pub(crate) dataverse: Place,
    pub(crate) state: &'a mut MappingState,
    /// The job whose writes are sent or looked after; none when it is forgotten.
    pub(crate) job: Option<SynchJob>,
    /// Of each entry its job and when it was kept.
    pub(crate) entries: FxHashMap<EntryId, (JobId, Timestamp)>,
    conflicted: FxHashSet<Uuid>,
    current: Option<EntryId>,
    /// Ids that the service gave records of the current entry.
    given: FxHashSet<Uuid>,
    /// Why the records of an entry could not be looked at.
    pub(crate) unanswered: Option<RunError>,
    /// Requests of the session that are in the job's counter, or are no matter of it.
    n_counted: u64,
    pub(crate) n_done: usize,
    pub(crate) n_failed: usize,
    /// Writes with an outcome, and those of them that a service refused.
    pub(crate) n_sent: usize,
    pub(crate) n_refused: usize,
}

impl<'a, P: Ports, S: Store> Carrier<'a, P, S> {
    pub(crate) fn new(
        session: &'a Session<P>,
        store: &'a S,
        mapping: &'a IntegrationTableMapping,
        places: (Place, Place),
        state: &'a mut MappingState,
        job: Option<SynchJob>,
    ) -> Self {
        Carrier {
            session,
            store,
            mapping,
            business_central: places.0,
            dataverse: places.1,
            state,
            job,
            entries: FxHashMap::default(),
            conflicted: FxHashSet::default(),
            current: None,
            given: FxHashSet::default(),
            unanswered: None,
            n_counted: session.n_requests(),
            n_done: 0,
            n_failed: 0,
            n_sent: 0,
            n_refused: 0,
        }
    }

    fn place(&self, side: Side) -> &Place {
        match side {
            Side::BusinessCentral => &self.business_central,
            Side::Dataverse => &self.dataverse,
        }
    }

    /// Carries out one command; what happened, or how it ended.
    pub(crate) async fn obey(
        &mut self,
        command: Command,
        tags: &Tags<'_>,
        progress: &dyn Fn(Progressed),
    ) -> Result<Result<Event, End>, RunError> {
        Ok(Ok(match command {
            Command::Store(entry) => {
                self.keep(entry).await?;
                Event::Stored
            }
            Command::Send(entry) => {
                let Some(side) = entry.operations.first().map(Operation::side) else {
                    return Ok(Ok(Event::Stored));
                };
                let place = self.place(side).clone();
                let etag = |id: Uuid| tags(side, id);
                let answer =
                    send(self.session, &place, &entry.operations, &etag, &mut self.conflicted).await?;
                self.given.extend(given(&answer));
                Event::Answered(answer)
            }
            Command::Look(operations) => Event::Looked(self.look(&operations).await?),
            Command::Record { entry, settlements } => {
                self.record(entry, settlements).await?;
                Event::Stored
            }
            Command::Wait(milliseconds) => {
                progress(Progressed::Waiting { milliseconds });
                self.session.ports().wait(Duration::from_millis(milliseconds)).await;
                Event::Waited
            }
            Command::Finish(end) => return Ok(Err(end)),
        }))
    }

    async fn keep(&mut self, entry: JournalEntry) -> Result<(), RunError> {
        let Some(job) = self.job.as_ref().map(|job| job.id) else { return Ok(()) };
        let side = entry.operations.first().map_or(Side::Dataverse, Operation::side);
        let stored_at = self.session.clocks().at(side, self.session.ports().now());
        self.entries.insert(entry.id, (job, stored_at));
        self.current = Some(entry.id);
        let open = OpenEntry { job, mapping: self.mapping.name.clone(), stored_at, entry };
        Ok(self.store.store_entry(&open).await?)
    }

    /// What the services say of these operations; none when one does not answer.
    async fn look(&mut self, operations: &[Operation]) -> Result<Option<Vec<Found>>, RunError> {
        let control = Control::new();
        let reader = Reader { session: self.session, control: &control, progress: &|_| {} };
        let Some(side) = operations.first().map(Operation::side) else { return Ok(Some(Vec::new())) };
        let oldest = self.entries.values().map(|(_, stored_at)| *stored_at).min();
        let of_current =
            self.current.and_then(|entry| self.entries.get(&entry)).map(|(_, stored_at)| *stored_at);
        let since = of_current.or(oldest).unwrap_or_else(|| self.session.ports().now());
        match look(&reader, self.place(side), operations, self.state, since, &self.given).await {
            Ok(found) => {
                self.given.extend(found.iter().filter_map(made_as));
                Ok(Some(found))
            }
            Err(error @ (RunError::NoAnswer { .. } | RunError::Read(ReadError::Service(_)))) => {
                self.unanswered = Some(error);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Keeps outcomes: couplings, counters, errors, journal, in one transaction.
    async fn record(&mut self, entry: Option<EntryId>, settlements: Vec<Settlement>) -> Result<(), RunError> {
        let at = self.session.ports().now();
        let job_id = entry.and_then(|entry| self.entries.get(&entry)).map(|(job, _)| *job);
        let job_id = job_id.or(self.job.as_ref().map(|job| job.id)).unwrap_or(JobId(Uuid::nil()));
        let mut touched: FxHashSet<SystemId> = FxHashSet::default();
        let mut errors = Vec::new();
        for settlement in &settlements {
            touched.extend(self.touches(settlement));
            errors.extend(self.settle(job_id, settlement, at));
        }
        if entry.is_some() {
            let is_refused = |it: &&Settlement| matches!(it.outcome, Outcome::Refused { .. });
            self.n_sent += settlements.len();
            self.n_refused += settlements.iter().filter(is_refused).count();
        }
        let (put_couplings, delete_couplings) = self.changed(&touched);
        self.count_requests();
        self.store
            .record(&Recording {
                job: self.job.clone(),
                completed: entry,
                settlements,
                put_couplings,
                delete_couplings,
                errors,
                ..Recording::new(self.mapping.name.clone(), Progress::of(self.state))
            })
            .await?;
        if let Some(entry) = entry {
            self.entries.remove(&entry);
            self.current = None;
            self.given.clear();
        }
        Ok(())
    }

    /// Records whose couplings a settlement may change, as they are before it and after.
    fn touches(&self, settlement: &Settlement) -> Vec<SystemId> {
        let (record, row) = match &settlement.outcome {
            Outcome::Done { record, row, .. } => (*record, *row),
            _ => (None, None),
        };
        let rows = [settlement.action.row, row].into_iter().flatten();
        let of_rows = rows.filter_map(|row| self.state.couplings.record_of(row));
        [settlement.action.record, record].into_iter().flatten().chain(of_rows).collect()
    }

    /// Takes an outcome over into the state and the counters; the error that it is.
    fn settle(&mut self, job_id: JobId, settlement: &Settlement, at: Timestamp) -> Option<SynchJobError> {
        let Settlement { action, outcome } = settlement;
        let table = NonZeroU32::new(self.mapping.table.number)?;
        let mut unseen = Counters::default();
        let passes = self.job.as_mut().map(|job| &mut job.passes);
        let pass = passes.and_then(|passes| passes.iter_mut().find(|it| it.pass == action.pass));
        let counters = pass.map_or(&mut unseen, |pass| &mut pass.counters);
        settle(self.state, table, job_id, action, outcome, counters);
        self.n_done += 1;
        let (cause, detail) = cause(action, outcome)?;
        self.n_failed += 1;
        Some(SynchJobError {
            job: job_id,
            pass: action.pass,
            record: action.record,
            row: action.row,
            cause,
            detail,
            at,
        })
    }

    /// The couplings of these records: those that are there, and those that are gone.
    fn changed(
        &self,
        touched: &FxHashSet<SystemId>,
    ) -> (Vec<couplet_engine::planning::CouplingState>, Vec<SystemId>) {
        let (mut put, mut gone) = (Vec::new(), Vec::new());
        let mut touched: Vec<SystemId> = touched.iter().copied().collect();
        touched.sort_unstable();
        for record in touched {
            match self.state.couplings.get(record) {
                Some(state) => put.push(state.clone()),
                None => gone.push(record),
            }
        }
        (put, gone)
    }

    pub(crate) fn count_requests(&mut self) {
        let n_requests = self.session.n_requests();
        if let Some(job) = &mut self.job {
            job.n_requests += n_requests - self.n_counted;
        }
        self.n_counted = n_requests;
    }

    /// Drives an executor to its end without anybody watching.
    pub(crate) async fn drive(&mut self, executor: &mut Executor, tags: &Tags<'_>) -> Result<End, RunError> {
        let mut commands = executor.step(Event::Started);
        loop {
            let Some(command) = commands.pop() else { return Ok(End::Completed) };
            match self.obey(command, tags, &|_| {}).await? {
                Ok(event) => commands = executor.step(event),
                Err(end) => return Ok(end),
            }
        }
    }
}

/// Ids that an answer says the service gave.
fn given(answer: &Answer) -> impl Iterator<Item = Uuid> {
    let outcomes = match answer {
        Answer::Operations(outcomes) => outcomes.as_slice(),
        Answer::NotNow { .. } | Answer::Lost => &[],
    };
    outcomes.iter().filter_map(|outcome| match outcome {
        OperationOutcome::Done { given, .. } => *given,
        _ => None,
    })
}

fn made_as(found: &Found) -> Option<Uuid> {
    match found {
        Found::MadeAs(id) => Some(*id),
        _ => None,
    }
}

/// Why a settled action failed: what it has in common with others of its cause, and its own words.
fn cause(action: &Action, outcome: &Outcome) -> Option<(String, String)> {
    match (&action.reason, outcome) {
        (_, Outcome::Deferred) => None,
        (_, Outcome::Refused { text }) => {
            let (cause, detail) = text.split_once(": ").unwrap_or((text, ""));
            Some((cause.to_owned(), detail.to_owned()))
        }
        (Reason::Failure(failure), _) => Some((failure.code().to_owned(), failure.fingerprint())),
        (reason, _) if action.kind == ActionKind::Conflict => {
            let field = match reason {
                Reason::BothChanged { field } => field.to_string(),
                _ => String::new(),
            };
            Some((reason.code().to_owned(), field))
        }
        _ => None,
    }
}
