//! The state machine: store, send, record, one batch after the other; ask where the outcome is unknown; wait where the
//! service says so.

use std::collections::VecDeque;

use jiff::Timestamp;
use rustc_hash::FxHashSet;
use uuid::Uuid;

use super::journal::{EntryId, Found, JournalEntry, Operation, OperationKind, Settlement};
use crate::coupling::SystemId;
use crate::mapping::MappingName;
use crate::planning::{Action, LastSynchronized, Outcome, Pass, Planner};

/// How much at once, and how often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Writes of one batch; at least 1.
    pub batch_size: usize,
    /// How often one batch is sent, and asked for, before the run gives up.
    pub attempts: u32,
    /// Milliseconds before a batch is sent again when the service names none; doubled each time.
    pub first_wait: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { batch_size: 100, attempts: 6, first_wait: 1_000 }
    }
}

/// How one operation of a batch ended.
#[derive(Debug, Clone, PartialEq)]
pub enum OperationOutcome {
    /// It took place.
    Done {
        /// The id that the service gave a new record; none where the chosen one stands.
        given: Option<Uuid>,
        /// When the record was last changed, as the service says.
        modified_at: Option<Timestamp>,
    },
    /// The record changed after it was read, or exists already.
    PreconditionFailed,
    /// The service refused it.
    Refused {
        /// Code and words of the service.
        text: Box<str>,
    },
    /// The answer does not say.
    Unknown,
}

/// What came back for a batch.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// One outcome an operation; missing ones are unknown.
    Operations(Vec<OperationOutcome>),
    /// Nothing was done: too many requests, no service, no valid token.
    NotNow {
        /// Milliseconds that the service asks to wait.
        wait: Option<u64>,
    },
    /// No answer: what was done is not known.
    Lost,
}

/// What happens to the executor.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// It begins.
    Started,
    /// The command to store or to record is durable.
    Stored,
    /// An answer to the batch that was sent.
    Answered(Answer),
    /// What the service says of each record that was asked for; none when there was no answer.
    Looked(Option<Vec<Found>>),
    /// The time to wait is over.
    Waited,
    /// A person stops the run: what is under way is finished first.
    Cancelled,
}

/// What the executor wants done. One command is under way at a time.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Keep this entry durably, then say [`Event::Stored`].
    Store(JournalEntry),
    /// Send the operations of the stored entry, updates and creations with their preconditions.
    Send(JournalEntry),
    /// Read the records of these operations of the entry and compare them with what was written.
    Look(Vec<Operation>),
    /// In one transaction: keep the outcomes, and complete the entry where there is one; then say [`Event::Stored`].
    Record {
        /// The entry that is complete.
        entry: Option<EntryId>,
        /// What becomes of its actions.
        settlements: Vec<Settlement>,
    },
    /// Come back after that many milliseconds.
    Wait(u64),
    /// Nothing more to do.
    Finish(End),
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Every action has its outcome: watermarks may move.
    Completed,
    /// A person stopped it; watermarks stay, and an entry whose outcome nobody tells waits for the next start.
    Cancelled,
    /// A service did not answer any more; watermarks stay, an open entry waits for the next start.
    GaveUp,
}

#[derive(Debug, Clone, PartialEq)]
enum Phase {
    Idle,
    Storing,
    Sending,
    Looking(Vec<usize>),
    WaitingToSend,
    WaitingToLook(Vec<usize>),
    Recording,
    Ended,
}

/// What is left of the plan.
#[derive(Debug, Clone, PartialEq)]
enum Step {
    Write(Operation),
    /// An action that sends nothing.
    Local(Action, Outcome),
}

/// Carries out a plan, or finishes what an earlier run left open.
#[derive(Debug, Clone)]
pub struct Executor {
    limits: Limits,
    steps: VecDeque<Step>,
    open: VecDeque<JournalEntry>,
    current: Option<JournalEntry>,
    outcomes: Vec<Option<Outcome>>,
    /// Records whose first action did not succeed: what the second pass planned for them no longer holds.
    unsettled: FxHashSet<SystemId>,
    phase: Phase,
    attempts: u32,
    next_entry: EntryId,
    purpose: Purpose,
    cancelled: bool,
}

/// Whether a plan is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Run,
    /// Only find out what became of open entries.
    Recovery,
}

impl Executor {
    /// An executor for the plan of `planner`; `next_entry` is above every number in the journal.
    ///
    /// No entry may be open: see [`Executor::recover`].
    pub fn new(
        planner: &Planner<'_>,
        mapping: &MappingName,
        actions: &[Action],
        next_entry: EntryId,
        limits: Limits,
    ) -> Self {
        let memory = planner.memory(actions);
        Executor::of(mapping, actions, |action| memory.of(action), next_entry, limits)
    }

    /// An executor for a plan that no planner made: that takes a job back (`undo`), or that follows a creation
    /// (`planning::primary_contacts`). `next_entry` is above every number in the journal.
    ///
    /// No entry may be open: see [`Executor::recover`].
    pub fn for_undo(mapping: &MappingName, actions: &[Action], next_entry: EntryId, limits: Limits) -> Self {
        Executor::of(mapping, actions, written, next_entry, limits)
    }

    fn of(
        mapping: &MappingName,
        actions: &[Action],
        memory: impl Fn(&Action) -> LastSynchronized,
        next_entry: EntryId,
        limits: Limits,
    ) -> Self {
        let step = |action: &Action| {
            if action.is_settled() {
                return None;
            }
            let last = || memory(action);
            if action.writes() {
                return Operation::of(mapping, action, last()).map(Step::Write);
            }
            let outcome = Outcome::Done {
                record: action.record,
                row: action.row,
                destination_modified_at: action.destination_modified_at,
                last: last(),
            };
            Some(Step::Local(action.clone(), outcome))
        };
        Executor {
            steps: actions.iter().filter_map(step).collect(),
            next_entry,
            ..Executor::empty(limits, Purpose::Run)
        }
    }

    /// An executor that finds out what became of open entries; after it the run is planned anew.
    pub fn recover(open: impl IntoIterator<Item = JournalEntry>, limits: Limits) -> Self {
        Executor { open: open.into_iter().collect(), ..Executor::empty(limits, Purpose::Recovery) }
    }

    fn empty(limits: Limits, purpose: Purpose) -> Self {
        Executor {
            limits: Limits { batch_size: limits.batch_size.max(1), ..limits },
            steps: VecDeque::new(),
            open: VecDeque::new(),
            current: None,
            outcomes: Vec::new(),
            unsettled: FxHashSet::default(),
            phase: Phase::Idle,
            attempts: 0,
            next_entry: EntryId(0),
            purpose,
            cancelled: false,
        }
    }

    /// Sets how many writes the next batches hold at most.
    pub fn set_batch_size(&mut self, batch_size: usize) {
        self.limits.batch_size = batch_size.max(1);
    }

    /// Writes and local actions that are neither done nor under way.
    pub fn n_left(&self) -> usize {
        self.steps.len()
    }

    /// Takes an event and says what to do next. An event that does not belong to the command under way is passed over.
    pub fn step(&mut self, event: Event) -> Vec<Command> {
        match (std::mem::replace(&mut self.phase, Phase::Idle), event) {
            (phase, Event::Cancelled) => {
                self.cancelled = true;
                self.phase = phase;
                Vec::new()
            }
            (Phase::Idle, Event::Started) | (Phase::Recording, Event::Stored) => self.next(),
            (Phase::Storing, Event::Stored) => self.send(),
            (Phase::WaitingToSend, Event::Waited) if self.cancelled => self.put_off(),
            (Phase::WaitingToSend, Event::Waited) => self.send(),
            (Phase::Sending, Event::Answered(answer)) => self.answered(answer),
            (Phase::WaitingToLook(unknown), Event::Waited) => self.look(unknown),
            (Phase::Looking(unknown), Event::Looked(found)) => self.looked(unknown, found),
            (phase, _) => {
                self.phase = phase;
                Vec::new()
            }
        }
    }

    /// The next open entry, local actions or batch.
    fn next(&mut self) -> Vec<Command> {
        self.current = None;
        self.attempts = 0;
        if let Some(entry) = self.open.pop_front() {
            let unknown = (0..entry.operations.len()).collect();
            self.outcomes = vec![None; entry.operations.len()];
            self.current = Some(entry);
            return self.look(unknown);
        }
        if self.cancelled || self.steps.is_empty() {
            self.phase = Phase::Ended;
            return vec![Command::Finish(if self.steps.is_empty() {
                End::Completed
            } else {
                End::Cancelled
            })];
        }
        let settlements = self.local_steps();
        if !settlements.is_empty() {
            self.phase = Phase::Recording;
            return vec![Command::Record { entry: None, settlements }];
        }
        let operations = self.next_batch();
        let entry = JournalEntry { id: self.next_entry, operations };
        self.next_entry = EntryId(self.next_entry.0 + 1);
        self.outcomes = vec![None; entry.operations.len()];
        self.current = Some(entry.clone());
        self.phase = Phase::Storing;
        vec![Command::Store(entry)]
    }

    /// Actions at the front that send nothing, or whose pair did not go as planned.
    fn local_steps(&mut self) -> Vec<Settlement> {
        let mut settlements = Vec::new();
        while settlements.len() < self.limits.batch_size {
            let settlement = match self.steps.front() {
                Some(Step::Local(action, outcome)) => {
                    let outcome = if self.is_stale(action) { Outcome::Deferred } else { outcome.clone() };
                    Settlement { action: action.clone(), outcome }
                }
                Some(Step::Write(operation)) if self.is_stale(&operation.action) => {
                    Settlement { action: operation.action.clone(), outcome: Outcome::Deferred }
                }
                _ => break,
            };
            self.steps.pop_front();
            settlements.push(settlement);
        }
        settlements
    }

    fn is_stale(&self, action: &Action) -> bool {
        action.pass == Pass::FromIntegrationTable
            && action.record.is_some_and(|record| self.unsettled.contains(&record))
    }

    /// Writes to one side, as many as fit; local actions between them wait for the next turn.
    fn next_batch(&mut self) -> Vec<Operation> {
        let mut operations: Vec<Operation> = Vec::new();
        while operations.len() < self.limits.batch_size {
            match self.steps.front() {
                Some(Step::Write(next))
                    if !self.is_stale(&next.action)
                        && operations.first().is_none_or(|first| first.side() == next.side()) => {}
                _ => break,
            }
            if let Some(Step::Write(operation)) = self.steps.pop_front() {
                operations.push(operation);
            }
        }
        operations
    }

    /// Sends what has no outcome yet.
    fn send(&mut self) -> Vec<Command> {
        let Some(entry) = &self.current else { return self.next() };
        let pending = entry.operations.iter().zip(&self.outcomes).filter(|(_, outcome)| outcome.is_none());
        let operations: Vec<Operation> = pending.map(|(operation, _)| operation.clone()).collect();
        self.phase = Phase::Sending;
        vec![Command::Send(JournalEntry { id: entry.id, operations })]
    }

    /// Indexes of the operations without outcome.
    fn pending(&self) -> Vec<usize> {
        let without = self.outcomes.iter().enumerate().filter(|(_, outcome)| outcome.is_none());
        without.map(|(idx, _)| idx).collect()
    }

    fn answered(&mut self, answer: Answer) -> Vec<Command> {
        let pending = self.pending();
        let outcomes = match answer {
            Answer::NotNow { wait } => return self.wait(wait, Phase::WaitingToSend),
            Answer::Lost => Vec::new(),
            Answer::Operations(outcomes) => outcomes,
        };
        let mut unknown = Vec::new();
        let mut answers = outcomes.into_iter();
        for idx in pending {
            let Some(operation) = self.operation(idx) else { continue };
            match answers.next().unwrap_or(OperationOutcome::Unknown) {
                OperationOutcome::Done { given, modified_at } => {
                    let done = operation.done(given, modified_at);
                    self.set(idx, done);
                }
                OperationOutcome::Refused { text } => self.set(idx, Outcome::Refused { text }),
                // A record that exists may be our own from before; one that changed may have been changed by us.
                OperationOutcome::PreconditionFailed | OperationOutcome::Unknown => unknown.push(idx),
            }
        }
        if unknown.is_empty() { self.record() } else { self.look(unknown) }
    }

    fn look(&mut self, unknown: Vec<usize>) -> Vec<Command> {
        let operations = unknown.iter().filter_map(|idx| self.operation(*idx).cloned()).collect();
        self.phase = Phase::Looking(unknown);
        vec![Command::Look(operations)]
    }

    fn looked(&mut self, unknown: Vec<usize>, found: Option<Vec<Found>>) -> Vec<Command> {
        let Some(found) = found else { return self.wait(None, Phase::WaitingToLook(unknown)) };
        for (idx, found) in unknown.into_iter().zip(found) {
            let Some(operation) = self.operation(idx) else { continue };
            let outcome = match (found, operation.kind) {
                // What is gone is gone, whoever deleted it.
                (Found::Absent, OperationKind::Delete) => operation.done(None, None),
                (Found::AsRead, OperationKind::Delete) => continue,
                (Found::Changed | Found::Written | Found::MadeAs(_), OperationKind::Delete) => {
                    Outcome::Deferred
                }
                // No time is kept, so that edits of others since then are seen as changes.
                (Found::Written, _) => operation.done(None, None),
                (Found::MadeAs(id), _) => operation.done(Some(id), None),
                // A creation that somebody changed since is still ours: coupled, and looked at again as a change.
                (Found::Changed, OperationKind::Create) => operation.done(None, None),
                // It did not take place: sent again.
                (Found::Absent, OperationKind::Create) | (Found::AsRead, OperationKind::Update) => continue,
                (Found::Absent | Found::Changed, OperationKind::Update) => Outcome::Deferred,
                (Found::AsRead, OperationKind::Create) => operation.done(None, None),
            };
            self.set(idx, outcome);
        }
        let pending = self.pending();
        // What an earlier run left undone is planned anew, with what is known by then.
        if self.purpose == Purpose::Recovery && !pending.is_empty() {
            return self.put_off();
        }
        if pending.is_empty() { self.record() } else { self.wait(Some(0), Phase::WaitingToSend) }
    }

    /// Completes the entry without what did not take place: the next run sees to it.
    fn put_off(&mut self) -> Vec<Command> {
        for idx in self.pending() {
            self.set(idx, Outcome::Deferred);
        }
        self.record()
    }

    fn operation(&self, idx: usize) -> Option<&Operation> {
        self.current.as_ref()?.operations.get(idx)
    }

    fn set(&mut self, idx: usize, outcome: Outcome) {
        if let Some(place) = self.outcomes.get_mut(idx) {
            *place = Some(outcome);
        }
    }

    /// Completes the entry with its outcomes.
    fn record(&mut self) -> Vec<Command> {
        let Some(entry) = self.current.take() else { return self.next() };
        let outcomes = std::mem::take(&mut self.outcomes);
        let mut settlements = Vec::with_capacity(outcomes.len());
        for (operation, outcome) in entry.operations.into_iter().zip(outcomes) {
            let outcome = outcome.unwrap_or(Outcome::Deferred);
            if !matches!(outcome, Outcome::Done { .. }) && operation.action.pass == Pass::ToIntegrationTable {
                self.unsettled.extend(operation.action.record);
            }
            settlements.push(Settlement { action: operation.action, outcome });
        }
        self.phase = Phase::Recording;
        vec![Command::Record { entry: Some(entry.id), settlements }]
    }

    /// Waits, as long as attempts are left and nobody stops the run; then the entry stays open, unless it is known that
    /// what is left of it did not take place.
    fn wait(&mut self, wait: Option<u64>, then: Phase) -> Vec<Command> {
        self.attempts += 1;
        if self.cancelled && then == Phase::WaitingToSend {
            return self.put_off();
        }
        if self.cancelled || self.attempts >= self.limits.attempts {
            self.phase = Phase::Ended;
            return vec![Command::Finish(if self.cancelled { End::Cancelled } else { End::GaveUp })];
        }
        let doubled = self.limits.first_wait << (self.attempts - 1).min(10);
        self.phase = then;
        vec![Command::Wait(wait.unwrap_or(doubled))]
    }
}

/// What the written record holds once such an action succeeded.
fn written(action: &Action) -> LastSynchronized {
    let mut last = LastSynchronized::default();
    for (name, value) in action.values() {
        last.set(action.pass.destination(), name, value.clone());
    }
    last
}
