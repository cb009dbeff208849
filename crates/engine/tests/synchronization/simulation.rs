//! Whole synchronizations from one seed: people who edit, services that fail, tabs that are killed at any step, storage
//! that forgets its last transaction. At rest both sides are equal, nothing exists twice, no edit is lost, and the
//! journal has a line for every change.
//!
//! `COUPLET_SIMULATIONS=20000` makes it a long run, `COUPLET_SEED=7` repeats one seed.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;

use couplet_engine::coupling::{JobId, RowId, SystemId};
use couplet_engine::executor::{
    Answer, Command, End, EntryId, Event, Executor, Found, JournalEntry, Limits, Operation, OperationKind,
    OperationOutcome, Settlement,
};
use couplet_engine::planning::{
    Counters, MappingState, Outcome, Pass, Planner, Run, UpdateConflicts, settle,
};
use couplet_engine::undo::CreatedRecords;
use couplet_engine::{DeletionConflictResolution, Side, UpdateConflictResolution, Value};
use jiff::Timestamp;
use uuid::Uuid;

use crate::scenarios::{BC, DV};
use crate::world::{Stored, World, company, text};

/// Fields that people edit, on both sides.
const FIELDS: [(&str, &str); 3] = [("Name", "name"), ("City", "address1_city"), ("Fax No.", "fax")];
/// A field that nobody edits: it tells which record a copy comes from.
const ORIGIN: (&str, &str) = ("Phone No.", "telephone1");

/// A small generator of numbers: the same for the same seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % limit.max(1)
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
}

/// What survives a tab: written in transactions.
#[derive(Debug, Clone, Default)]
struct Store {
    state: MappingState,
    open: Vec<JournalEntry>,
    /// How the actions of every job ended.
    settlements: Vec<Settlement>,
    /// Entry and record of every write that is known to have taken place.
    lines: Vec<(EntryId, Uuid)>,
    next_entry: u64,
}

/// How a tab ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tab {
    Ended(End),
    Killed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Weather {
    Fair,
    /// Services fail and tabs die, while nobody edits.
    Rough,
    /// People edit besides.
    Foul,
}

/// What people gave one field of one record.
#[derive(Debug, Default)]
struct Edits {
    /// All values, the first included.
    history: Vec<Value>,
    /// The last edit of each side after the record was made.
    last: BTreeMap<usize, Value>,
}

struct Simulation {
    dice: Dice,
    world: World,
    store: Store,
    /// The store before its last transaction.
    before: Store,
    trace: Vec<String>,
    weather: Weather,
    /// By origin and field, what people gave it.
    edits: BTreeMap<(String, usize), Edits>,
    /// Origins of records that people deleted.
    deleted: BTreeSet<String>,
    /// Writes that took place, and those that no line can tell of: forgotten by the storage, or overwritten by people
    /// before anyone could look.
    applied: Vec<(EntryId, Uuid)>,
    untold: BTreeSet<(EntryId, Uuid)>,
    /// Records of writes that storage forgot.
    forgotten: BTreeSet<Uuid>,
    n_requests: usize,
    n_batches: usize,
    n_troubles: usize,
    n_refusals: usize,
}

impl Simulation {
    fn new(seed: u64) -> Self {
        let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        let mut world = World::customers();
        world.mapping.synch_only_coupled_records = false;
        world.mapping.deletion_conflict_resolution = DeletionConflictResolution::RestoreRecords;
        world.settings.update_conflicts = match dice.below(2) {
            0 => UpdateConflicts::WholeRecord,
            _ => UpdateConflicts::ByField { decisions: Default::default() },
        };
        world.mapping.update_conflict_resolution = match dice.below(2) {
            0 => UpdateConflictResolution::SendUpdateToIntegration,
            _ => UpdateConflictResolution::GetUpdateFromIntegration,
        };
        if dice.one_in(2) {
            world.settings.integration_user = Some(Uuid::from_u128(0xB07));
        }
        let mut simulation = Simulation {
            dice,
            world,
            store: Store { next_entry: 1, ..Store::default() },
            before: Store::default(),
            trace: Vec::new(),
            weather: Weather::Foul,
            edits: BTreeMap::new(),
            deleted: BTreeSet::new(),
            applied: Vec::new(),
            untold: BTreeSet::new(),
            forgotten: BTreeSet::new(),
            n_requests: 0,
            n_batches: 0,
            n_troubles: 0,
            n_refusals: 0,
        };
        for _ in 0..2 + simulation.dice.below(6) {
            simulation.person_adds();
        }
        simulation.before = simulation.store.clone();
        simulation
    }

    fn person_adds(&mut self) {
        let side = if self.dice.one_in(2) { BC } else { DV };
        let id = match side {
            Side::BusinessCentral => self.world.customer(""),
            Side::Dataverse => self.world.account(""),
        };
        let origin = format!("{}", self.world.next_id);
        let row = self.world.table(side).rows.get_mut(&id).unwrap();
        row.values.insert(pick(side, ORIGIN).to_owned(), text(&origin));
        for (field, names) in FIELDS.iter().enumerate() {
            let value = text(&format!("{origin} {field}"));
            row.values.insert(pick(side, *names).to_owned(), value.clone());
            self.edits.entry((origin.clone(), field)).or_default().history.push(value);
        }
    }

    fn person_edits(&mut self) {
        let side = if self.dice.one_in(2) { BC } else { DV };
        let ids: Vec<Uuid> = self.world.table(side).rows.keys().copied().collect();
        if ids.is_empty() {
            return self.person_adds();
        }
        let id = ids[self.dice.below(ids.len())];
        let field = self.dice.below(FIELDS.len());
        let Value::Text(origin) = self.world.table(side).get(id, pick(side, ORIGIN)) else { return };
        if self.dice.one_in(20) {
            self.deleted.insert(origin.to_string());
            return self.world.delete(side, id);
        }
        let value = text(&format!("{origin} {field} at {}", self.world.clock));
        self.world.edit(side, id, &[(pick(side, FIELDS[field]), value.clone())]);
        let edits = self.edits.entry((origin.to_string(), field)).or_default();
        edits.history.push(value.clone());
        edits.last.insert(side as usize, value);
    }

    fn transaction(&mut self, change: impl FnOnce(&mut Store)) {
        self.before = self.store.clone();
        change(&mut self.store);
    }

    /// One tab: finishes what is open, then plans and runs.
    fn run(&mut self) -> Tab {
        self.world.clock += 60_000;
        let limits = Limits { batch_size: 1 + self.dice.below(4), attempts: 4, first_wait: 100 };
        if !self.store.open.is_empty() {
            let executor = Executor::recover(self.store.open.clone(), limits);
            match self.drive(executor) {
                Tab::Ended(End::Completed) => {}
                other => return other,
            }
        }
        let mut snapshot = self.world.clone();
        snapshot.state = self.store.state.clone();
        let views = snapshot.views();
        let run = Run::scheduled(&snapshot.mapping);
        let planner = Planner::bind(snapshot.input(&run, &views)).unwrap();
        let plan = planner.plan();
        self.trace.push(format!("plan {:?}", crate::world::kinds(&plan)));
        for action in plan.actions.iter().filter(|action| !action.fields.is_empty()) {
            let fields = action.fields.iter().map(|it| {
                format!(
                    "{:?} bc {:?} dv {:?} last {:?}/{:?} write {:?} {:?}",
                    it.column,
                    it.business_central,
                    it.dataverse,
                    it.last_business_central,
                    it.last_dataverse,
                    it.write,
                    it.kept
                )
            });
            self.trace.push(format!(
                "  {:?} {:?} {:?}: {}",
                action.kind,
                action.record,
                action.row,
                fields.collect::<Vec<_>>().join("; ")
            ));
        }
        let next = EntryId(self.store.next_entry);
        let executor = Executor::new(&planner, &snapshot.mapping.name, &plan.actions, next, limits);
        let ended = self.drive(executor);
        if ended == Tab::Ended(End::Completed) {
            self.transaction(|store| {
                for summary in &plan.passes {
                    match (summary.pass, summary.watermark) {
                        (_, None) => {}
                        (Pass::ToIntegrationTable, moved) => store.state.local_watermark = moved,
                        (Pass::FromIntegrationTable, moved) => store.state.integration_watermark = moved,
                    }
                }
            });
        }
        ended
    }

    fn drive(&mut self, mut executor: Executor) -> Tab {
        let mut event = Event::Started;
        loop {
            let mut commands = executor.step(event);
            assert_eq!(commands.len(), 1, "one command is under way at a time");
            let command = commands.remove(0);
            self.trace.push(format!("{} {}", name_of(&command), self.world.clock));
            if self.weather == Weather::Foul && self.dice.one_in(5) {
                self.person_edits();
            }
            // Killed before the command, or right after it took effect.
            if self.is_killed() {
                return Tab::Killed;
            }
            event = match command {
                Command::Finish(end) => return Tab::Ended(end),
                other => self.obey(other),
            };
            if self.is_killed() {
                return Tab::Killed;
            }
        }
    }

    fn is_killed(&mut self) -> bool {
        let killed = self.weather != Weather::Fair && self.dice.one_in(40);
        if killed {
            self.n_troubles += 1;
            self.trace.push("killed".to_owned());
            if self.dice.one_in(3) {
                self.trace.push("rolled back".to_owned());
                let forgotten = |entry: &&JournalEntry| !self.before.open.iter().any(|it| it.id == entry.id);
                for entry in self.store.open.iter().filter(forgotten) {
                    self.untold.extend(entry.operations.iter().map(|it| (entry.id, it.id)));
                    self.forgotten.extend(entry.operations.iter().map(|it| it.id));
                }
                self.store = self.before.clone();
            }
        }
        killed
    }

    fn obey(&mut self, command: Command) -> Event {
        match command {
            Command::Store(entry) => {
                self.n_batches += 1;
                self.transaction(|store| {
                    store.next_entry = entry.id.0 + 1;
                    store.open.push(entry);
                });
                Event::Stored
            }
            Command::Send(entry) => Event::Answered(self.send(&entry)),
            Command::Look(operations) => {
                self.n_requests += 1;
                if self.weather != Weather::Fair && self.dice.one_in(6) {
                    self.n_troubles += 1;
                    return Event::Looked(None);
                }
                Event::Looked(Some(operations.iter().map(|it| self.find(it)).collect()))
            }
            Command::Record { entry, settlements } => {
                let table = NonZeroU32::new(self.world.mapping.table.number).unwrap();
                self.transaction(|store| {
                    for it in &settlements {
                        let job = JobId(Uuid::from_u128(1));
                        let mut counters = Counters::default();
                        settle(&mut store.state, table, job, &it.action, &it.outcome, &mut counters);
                        if let (Some(entry), Outcome::Done { record, row, .. }) = (entry, &it.outcome) {
                            let written = match it.action.pass.destination() {
                                Side::BusinessCentral => record.unwrap().0,
                                Side::Dataverse => row.unwrap().0,
                            };
                            store.lines.push((entry, written));
                        }
                    }
                    store.settlements.extend(settlements.iter().cloned());
                    store.open.retain(|open| Some(open.id) != entry);
                });
                Event::Stored
            }
            Command::Wait(milliseconds) => {
                self.world.clock += milliseconds as i64;
                Event::Waited
            }
            Command::Finish(_) => unreachable!(),
        }
    }

    fn send(&mut self, entry: &JournalEntry) -> Answer {
        self.n_requests += 1;
        let trouble = if self.weather == Weather::Fair { 99 } else { self.dice.below(12) };
        self.n_troubles += usize::from(trouble < 5);
        match trouble {
            // 429 with Retry-After, 401 or 503 without.
            0 => Answer::NotNow { wait: Some(2_000) },
            1 => Answer::NotNow { wait: None },
            // Lost on the way there, or on the way back.
            2 => Answer::Lost,
            3 => {
                self.work(entry, entry.operations.len());
                Answer::Lost
            }
            // The answer breaks off; some of what it does not tell was done.
            4 => {
                let n_done = self.dice.below(entry.operations.len() + 1);
                let mut outcomes = self.work(entry, n_done);
                outcomes.truncate(self.dice.below(n_done + 1));
                Answer::Operations(outcomes)
            }
            _ => Answer::Operations(self.work(entry, entry.operations.len())),
        }
    }

    /// The services at work: creations only where there is no such record, updates only where it is as it was read.
    fn work(&mut self, entry: &JournalEntry, n: usize) -> Vec<OperationOutcome> {
        let mut outcomes = Vec::new();
        for operation in entry.operations.iter().take(n) {
            self.world.clock += 1_000;
            let side = operation.side();
            let at = self.world.time(side);
            let present = self.world.table(side).rows.get(&operation.id).map(|row| row.modified_at);
            let expected = operation.action.destination_modified_at.map(Timestamp::as_millisecond);
            let allowed = match operation.kind {
                OperationKind::Create => present.is_none(),
                OperationKind::Update | OperationKind::Delete => present.is_some() && present == expected,
            };
            if !allowed {
                self.n_troubles += 1;
                outcomes.push(OperationOutcome::PreconditionFailed);
                continue;
            }
            if self.weather == Weather::Foul && self.dice.one_in(25) {
                self.n_refusals += 1;
                let text = format!("refusal {}", self.n_refusals).into();
                outcomes.push(OperationOutcome::Refused { text });
                continue;
            }
            if operation.kind == OperationKind::Delete {
                self.world.table(side).rows.remove(&operation.id);
                self.applied.push((entry.id, operation.id));
                outcomes.push(OperationOutcome::Done { given: None, modified_at: None });
                continue;
            }
            let writer = Uuid::from_u128(0xB07);
            let fresh = Stored { values: BTreeMap::new(), modified_at: at, modified_by: writer };
            let row = self.world.table(side).rows.entry(operation.id).or_insert(fresh);
            for (name, value) in operation.values() {
                row.values.insert(name.to_string(), value.clone());
            }
            if operation.kind == OperationKind::Create && side == DV {
                for (name, value) in [
                    ("statecode", Value::Option(0)),
                    ("statuscode", Value::Option(1)),
                    ("customertypecode", Value::Option(3)),
                    ("bcbi_companyid", Value::Guid(company().id)),
                ] {
                    row.values.insert(name.to_owned(), value);
                }
            }
            if operation.kind == OperationKind::Create && side == BC {
                row.values.insert("Blocked".to_owned(), Value::Option(0));
            }
            (row.modified_at, row.modified_by) = (at, writer);
            self.applied.push((entry.id, operation.id));
            let modified_at = Some(Timestamp::from_millisecond(at).unwrap());
            outcomes.push(OperationOutcome::Done { given: None, modified_at });
        }
        outcomes
    }

    fn find(&mut self, operation: &Operation) -> Found {
        let side = operation.side();
        let read = operation.action.destination_modified_at.map(Timestamp::as_millisecond);
        // Whatever of it took place before a person deleted or overwrote it cannot be told any more.
        let lost: Vec<_> = self.applied.iter().filter(|(_, id)| *id == operation.id).copied().collect();
        let Some(row) = self.world.table(side).rows.get(&operation.id) else {
            self.untold.extend(lost);
            return Found::Absent;
        };
        let holds = |(name, value): (&std::sync::Arc<str>, &Value)| {
            row.values.get(name.as_ref()).cloned().unwrap_or_default() == *value
        };
        if operation.kind != OperationKind::Create && Some(row.modified_at) == read {
            return Found::AsRead;
        }
        if operation.values().any(holds) {
            return Found::Written;
        }
        if operation.kind == OperationKind::Update {
            self.untold.extend(lost);
        }
        Found::Changed
    }

    /// Fair weather until there is nothing left to write.
    fn rest(&mut self) {
        self.weather = Weather::Fair;
        for _ in 0..8 {
            let n_requests = self.n_requests;
            assert_eq!(self.run(), Tab::Ended(End::Completed));
            if self.n_requests == n_requests {
                return;
            }
        }
        panic!("no rest after 8 runs: {:#?}", self.trace.iter().rev().take(40).collect::<Vec<_>>());
    }

    fn check(&self) {
        assert!(self.store.open.is_empty(), "open entries at rest");
        self.check_copies();
        self.check_edits();
        let lines: BTreeSet<_> = self.store.lines.iter().copied().collect();
        assert_eq!(lines.len(), self.store.lines.len(), "a change has two lines");
        let missing: Vec<_> =
            self.applied.iter().filter(|it| !lines.contains(it) && !self.untold.contains(it)).collect();
        assert!(missing.is_empty(), "changes without a line: {missing:?}");
        let bound = self.n_batches + 3 * self.n_troubles + 2;
        assert!(self.n_requests <= bound, "{} requests, bound {bound}", self.n_requests);
    }

    /// Each record exists once on each side, and both hold the same.
    fn check_copies(&self) {
        let origins = |side: Side| {
            let table = if side == BC { &self.world.business_central } else { &self.world.dataverse };
            let mut by_origin: BTreeMap<String, Vec<Uuid>> = BTreeMap::new();
            for id in table.rows.keys() {
                if let Value::Text(origin) = table.get(*id, pick(side, ORIGIN)) {
                    by_origin.entry(origin.to_string()).or_default().push(*id);
                }
            }
            by_origin
        };
        let (records, rows) = (origins(BC), origins(DV));
        for (origin, ids) in records.iter().chain(&rows) {
            assert_eq!(ids.len(), 1, "{origin} exists {} times on one side", ids.len());
        }
        // A deletion is noticed when the survivor changes (S2.19): until then it has no copy.
        let kept = |by_origin: &BTreeMap<String, Vec<Uuid>>| -> Vec<String> {
            by_origin.keys().filter(|origin| !self.deleted.contains(*origin)).cloned().collect()
        };
        assert_eq!(kept(&records), kept(&rows), "records without a copy");
        for (origin, ids) in records.iter().filter(|(origin, _)| rows.contains_key(*origin)) {
            for (name, column) in FIELDS {
                let left = self.world.business_central.get(ids[0], name);
                let right = self.world.dataverse.get(rows[origin][0], column);
                assert_eq!(left, right, "{origin} {name} differs at rest");
            }
        }
    }

    /// Merged by field: what only one side edited holds that side's last edit; where both did, one of them won. When one
    /// side wins for the whole record, every value is still one that somebody gave.
    fn check_edits(&self) {
        for id in self.world.business_central.rows.keys() {
            let Value::Text(origin) = self.world.business_central.get(*id, ORIGIN.0) else { continue };
            // What storage forgot is coupled again without knowing what was last synchronized.
            let forgotten = self.forgotten.contains(id)
                || self
                    .store
                    .state
                    .couplings
                    .row_of(SystemId(*id))
                    .is_some_and(|row| self.forgotten.contains(&row.0));
            if self.deleted.contains(origin.as_ref()) || forgotten {
                continue;
            }
            for (field, (name, _)) in FIELDS.iter().enumerate() {
                let now = self.world.business_central.get(*id, name);
                let edits = &self.edits[&(origin.to_string(), field)];
                let by_field =
                    matches!(self.world.settings.update_conflicts, UpdateConflicts::ByField { .. });
                let kept = match edits.last.len() {
                    _ if !by_field => edits.history.contains(&now),
                    0 => edits.history == [now.clone()],
                    _ => edits.last.values().any(|edit| *edit == now),
                };
                assert!(kept, "{origin} {name}: {now:?} of {edits:?}");
            }
        }
    }
}

/// A repeated seed shows what led to its failure.
impl Drop for Simulation {
    fn drop(&mut self) {
        if std::thread::panicking() && std::env::var("COUPLET_SEED").is_ok() {
            eprintln!("{}", self.trace.join("\n"));
        }
    }
}

fn pick(side: Side, names: (&'static str, &'static str)) -> &'static str {
    match side {
        Side::BusinessCentral => names.0,
        Side::Dataverse => names.1,
    }
}

fn name_of(command: &Command) -> String {
    match command {
        Command::Store(entry) => format!("store {} ({})", entry.id.0, entry.operations.len()),
        Command::Send(entry) => {
            let ids: Vec<_> = entry.operations.iter().map(|it| (it.kind, it.id)).collect();
            format!("send {} {ids:?}", entry.id.0)
        }
        Command::Look(operations) => {
            format!("look {:?}", operations.iter().map(|it| it.id).collect::<Vec<_>>())
        }
        Command::Record { entry, settlements } => format!("record {entry:?} ({})", settlements.len()),
        Command::Wait(milliseconds) => format!("wait {milliseconds}"),
        Command::Finish(end) => format!("finish {end:?}"),
    }
}

/// One whole simulation: what happened, step by step.
fn simulate(seed: u64) -> Vec<String> {
    let mut simulation = Simulation::new(seed);
    for _ in 0..3 + simulation.dice.below(6) {
        for _ in 0..simulation.dice.below(5) {
            simulation.person_edits();
        }
        simulation.run();
    }
    simulation.rest();
    simulation.check();
    std::mem::take(&mut simulation.trace)
}

impl Simulation {
    /// Both sides and the couplings.
    fn state(&self) -> (crate::undo::Values, crate::undo::Values, Vec<(SystemId, RowId)>) {
        let pairs = crate::undo::pairs(&self.store.state.couplings);
        (crate::undo::values(&self.world, BC), crate::undo::values(&self.world, DV), pairs)
    }

    /// Takes back a job; another tab goes on where one was killed or gave up.
    fn take_back(&mut self, settlements: &[Settlement]) {
        for _ in 0..100 {
            self.world.clock += 60_000;
            let limits = Limits { batch_size: 1 + self.dice.below(4), attempts: 4, first_wait: 100 };
            let recovery = Executor::recover(self.store.open.clone(), limits);
            if self.drive(recovery) != Tab::Ended(End::Completed) {
                continue;
            }
            let mut snapshot = self.world.clone();
            snapshot.state = self.store.state.clone();
            let plan = crate::undo::plan(&snapshot, settlements, CreatedRecords::Deleted);
            let next = EntryId(self.store.next_entry);
            let executor = Executor::for_undo(&snapshot.mapping.name, &plan.actions, next, limits);
            if self.drive(executor) == Tab::Ended(End::Completed) {
                return;
            }
        }
        panic!("the job is not taken back after 100 tabs");
    }
}

/// A job that is taken back while services fail and tabs die leaves what was there before it, without a failure. What
/// storage forgot of an undo is found again.
fn simulate_undo(seed: u64) -> Vec<String> {
    let mut simulation = Simulation::new(seed);
    simulation.weather = Weather::Fair;
    simulation.run();
    for _ in 0..simulation.dice.below(6) {
        simulation.person_edits();
    }
    let before = simulation.state();
    let n_before = simulation.store.settlements.len();
    simulation.run();
    let job = simulation.store.settlements[n_before..].to_vec();
    simulation.weather = Weather::Rough;
    simulation.take_back(&job);
    assert_eq!(simulation.state(), before);
    std::mem::take(&mut simulation.trace)
}

#[test]
fn jobs_are_taken_back_with_faults() {
    repeat(simulate_undo);
}

/// 500 seeds, or as many as `COUPLET_SIMULATIONS` says; each twice, with the same trace.
fn repeat(simulate: fn(u64) -> Vec<String>) {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let seeds = match number("COUPLET_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("COUPLET_SIMULATIONS").unwrap_or(500),
    };
    for seed in seeds {
        let once = std::panic::catch_unwind(|| simulate(seed));
        let Ok(once) = once else { panic!("seed {seed} fails: repeat it with COUPLET_SEED={seed}") };
        assert_eq!(once, simulate(seed), "seed {seed} takes two ways");
    }
}

/// Seeds that failed once, with what they found.
const FOUND: [(u64, &str); 5] = [
    (1, "a record created from Dataverse and forgotten was sent back as a new one"),
    (29, "an edit right after a write with unknown outcome was taken for the write"),
    (37, "a field that waits for the other pass was taken for synchronized"),
    (217, "the second pass remembered the row as it was before the first one's write"),
    (3201, "a row last written by the integration user was left out although it had won a conflict"),
];

#[test]
fn seeds_that_failed_once_come_to_rest() {
    for (seed, found) in FOUND {
        let ran = std::panic::catch_unwind(|| simulate(seed));
        assert!(ran.is_ok(), "seed {seed} fails again: {found}");
    }
}

#[test]
fn runs_with_faults_come_to_rest() {
    repeat(simulate);
}
