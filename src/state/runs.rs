//! Runs that a person plans and starts, at most one a mapping. They live as long as the app: leaving the page ends
//! nothing, and every page can show what is under way. What a run does stands in `tasks::run`.

use std::sync::Arc;

use couplet_engine::coupling::{RowId, SystemId};
use couplet_engine::job::{JobKind, SynchJob};
use couplet_engine::planning::{Creation, Run, Selection, Winner};
use couplet_engine::{Direction, IntegrationTableMapping, MappingName, Side};
use couplet_synchronization::{Control, Goal, Progressed, RunError};
use leptos::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::browser::locks::NoLock;
use crate::failure::Failure;
use crate::state::planned::PlannedRun;

/// Which records a person wants synchronized, in the commands of the reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scope {
    /// "Synchronize Modified Records" (S5.11).
    #[default]
    Modified,
    /// "Run Full Synchronization": everything in the filter is looked at anew (S5.12).
    All,
    /// "Run Unconditional Full Synchronization", for mappings of one direction (S5.13).
    Unconditional,
    /// A line of the review: everything in the filter is written, partners are created (S5.32, S5.35).
    Review,
    /// "Synchronize Now" on chosen records (S3.25, S3.26).
    Chosen,
    /// The same, and those that have no partner get one (S3.20, S3.21).
    Create,
    /// Another goal than a run: taking a job back, removing couplings.
    Goal,
}

/// Records that a person chose.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Chosen {
    /// Business Central records.
    pub records: FxHashSet<SystemId>,
    /// Dataverse rows.
    pub rows: FxHashSet<RowId>,
}

/// How records that changed on both sides are treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Conflicts {
    /// As the mapping says, for the whole record (S4.15).
    #[default]
    WholeRecord,
    /// Edits of different fields go both ways; a field that was edited on both sides is decided on its own.
    ByField,
}

/// What a person wants to have planned.
#[derive(Debug, Clone, PartialEq)]
pub struct RunRequest {
    /// Which records.
    pub scope: Scope,
    /// Which way; the mapping's own direction, or one of its two.
    pub direction: Direction,
    /// The chosen records of that scope.
    pub chosen: Chosen,
    /// How records that changed on both sides are treated.
    pub conflicts: Conflicts,
    /// The goal of that scope.
    pub goal: Goal,
}

impl Default for RunRequest {
    fn default() -> Self {
        RunRequest {
            scope: Scope::default(),
            direction: Direction::default(),
            chosen: Chosen::default(),
            conflicts: Conflicts::default(),
            goal: Goal::Run,
        }
    }
}

impl Chosen {
    /// Whether nothing is chosen.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty() && self.rows.is_empty()
    }
}

impl RunRequest {
    /// What is to be reached; a run, whatever goal was asked for before another scope was chosen.
    pub fn goal(&self) -> Goal {
        match self.scope {
            Scope::Goal => self.goal.clone(),
            _ => Goal::Run,
        }
    }

    /// What the run is called among the jobs.
    pub fn kind(&self) -> JobKind {
        match (self.scope, &self.goal) {
            (Scope::Modified, _) => JobKind::Modified,
            (Scope::All | Scope::Unconditional | Scope::Review, _) => JobKind::Full,
            (Scope::Chosen | Scope::Create, _) | (Scope::Goal, Goal::Run) => JobKind::Chosen,
            (Scope::Goal, Goal::Undo { job, .. }) => JobKind::Undo { of: *job },
            (Scope::Goal, Goal::Uncouple { .. }) => JobKind::Uncoupling,
            (Scope::Goal, Goal::Mend { .. }) => JobKind::Mending,
            (Scope::Goal, Goal::Couple { .. } | Goal::Match { .. }) => JobKind::Coupling,
        }
    }

    /// The run as the engine plans it.
    pub fn run(&self, mapping: &IntegrationTableMapping) -> Run {
        let run = match self.scope {
            Scope::Modified | Scope::Goal => Run::scheduled(mapping),
            Scope::All => Run::all(mapping),
            Scope::Unconditional => Run::unconditional(mapping),
            Scope::Review => Run::full(mapping),
            Scope::Chosen | Scope::Create => {
                let Chosen { records, rows } = self.chosen.clone();
                let run = Run::chosen(mapping, mapping.direction, Selection::Chosen { records, rows });
                match self.scope {
                    Scope::Create => Run { creation: Creation::Allowed, ..run },
                    _ => run,
                }
            }
        };
        Run { direction: self.direction, ..run }
    }
}

/// Why a run could not be planned.
#[derive(Debug, Clone, PartialEq)]
pub enum RunProblem {
    /// It could not begin.
    Failure(Failure),
    /// A system, the storage or the mapping stands in its way.
    Run(RunError),
    /// Another run writes to these systems, in this tab or another.
    NotAlone(NoLock),
    /// It began, and did not come to its end.
    Unfinished(Box<SynchJob>),
}

/// Whether a run that is under way goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// It does.
    Going,
    /// It waits until a person lets it go on.
    Paused,
    /// What is under way is finished, then it ends.
    Stopping,
}

/// How far a run has come.
#[derive(Debug, Clone, PartialEq)]
pub enum Phase {
    /// Nothing was planned yet.
    Choosing,
    /// Both systems are being read.
    Reading {
        /// Business Central records read so far.
        n_business_central: usize,
        /// Dataverse rows read so far.
        n_dataverse: usize,
    },
    /// What was read is being planned.
    Planning {
        /// Actions that are decided so far.
        n_actions: usize,
    },
    /// It could not be planned.
    NotPlanned(RunProblem),
    /// The plan can be read; nothing was written.
    Planned,
    /// It is being carried out.
    Running(Pace),
    /// It came to its end.
    Ended(Arc<SynchJob>),
}

/// Counts of a run that is being carried out.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RunProgress {
    /// Actions that have their outcome.
    pub n_done: usize,
    /// Those of them that failed.
    pub n_failed: usize,
    /// Actions that send or keep something.
    pub n_all: usize,
    /// Seconds that a service asked to wait, while it does.
    pub waiting_seconds: Option<u64>,
    /// When it began, in milliseconds as `clock::elapsed_ms` tells.
    pub started_ms: f64,
    /// When the last outcome came in.
    pub latest_ms: f64,
    /// Milliseconds that it waited for a person.
    pub paused_ms: f64,
    /// Since when it waits for a person.
    pub held_since_ms: Option<f64>,
}

impl RunProgress {
    /// Records in a second since it began; none before the first outcome.
    pub fn rate(&self) -> Option<f64> {
        let seconds = (self.latest_ms - self.started_ms - self.paused_ms) / 1_000.0;
        (self.n_done > 0 && seconds > 0.0).then(|| self.n_done as f64 / seconds)
    }

    /// Seconds until the end when it goes on like this.
    pub fn remaining_seconds(&self) -> Option<f64> {
        self.rate().map(|rate| self.n_all.saturating_sub(self.n_done) as f64 / rate)
    }

    /// A person lets it wait, or go on.
    pub fn hold(&mut self, pace: Pace, now_ms: f64) {
        match pace {
            Pace::Paused => self.held_since_ms = Some(now_ms),
            Pace::Going | Pace::Stopping => {
                self.paused_ms += self.held_since_ms.take().map_or(0.0, |since| now_ms - since);
            }
        }
    }

    /// Percent of the actions that have their outcome.
    pub fn percent(&self) -> usize {
        (self.n_done * 100).checked_div(self.n_all).unwrap_or(100)
    }
}

/// Decisions about fields that were edited on both sides: record and number of the field mapping.
pub type Decisions = FxHashMap<(SystemId, u32), Winner>;

/// The run of one mapping.
#[derive(Clone, Copy)]
pub struct RunHandle {
    /// The mapping.
    pub mapping: StoredValue<MappingName>,
    /// What was asked for last.
    pub request: RwSignal<RunRequest>,
    /// How far it has come.
    pub phase: RwSignal<Phase>,
    /// The plan, once there is one.
    pub planned: RwSignal<Option<Arc<PlannedRun>>>,
    /// What a person decided; counts with the next plan.
    pub decisions: RwSignal<Decisions>,
    /// Counts while it runs.
    pub progress: RwSignal<RunProgress>,
    /// The switch of what is under way.
    pub control: StoredValue<Control>,
}

/// Every run of the app.
#[derive(Clone)]
pub struct Runs {
    handles: StoredValue<FxHashMap<MappingName, RunHandle>>,
    /// Mappings that were asked for, in that order.
    names: RwSignal<Vec<MappingName>>,
    /// Records of which a person asks what they need first; too many for an address.
    needed: StoredValue<FxHashMap<MappingName, Chosen>>,
    owner: Owner,
}

impl Runs {
    /// Makes the store available to every page.
    pub fn provide() {
        provide_context(Runs {
            handles: StoredValue::new(FxHashMap::default()),
            names: RwSignal::new(Vec::new()),
            needed: StoredValue::new(FxHashMap::default()),
            owner: Owner::current().unwrap_or_default(),
        });
    }

    /// The store of the app.
    pub fn expect() -> Self {
        expect_context()
    }

    /// The run of a mapping.
    pub fn of(&self, name: &MappingName) -> RunHandle {
        if let Some(handle) = self.handles.with_value(|handles| handles.get(name).copied()) {
            return handle;
        }
        let handle = self.owner.with(|| RunHandle {
            mapping: StoredValue::new(name.clone()),
            request: RwSignal::new(RunRequest::default()),
            phase: RwSignal::new(Phase::Choosing),
            planned: RwSignal::new(None),
            decisions: RwSignal::new(Decisions::default()),
            progress: RwSignal::new(RunProgress::default()),
            control: StoredValue::new(Control::new()),
        });
        self.handles.update_value(|handles| {
            handles.insert(name.clone(), handle);
        });
        self.names.update(|names| names.push(name.clone()));
        handle
    }

    /// Remembers of which records a person asks what they need first.
    pub fn ask_needs(&self, name: &MappingName, chosen: Chosen) {
        self.needed.update_value(|needed| {
            needed.insert(name.clone(), chosen);
        });
    }

    /// The records of which a person asked last.
    pub fn needed(&self, name: &MappingName) -> Chosen {
        self.needed.with_value(|needed| needed.get(name).cloned()).unwrap_or_default()
    }

    /// The runs that could not be planned because another one was under way.
    pub fn waiting(&self) -> Vec<RunHandle> {
        let is_held = |problem: &RunProblem| {
            matches!(problem, RunProblem::NotAlone(NoLock::Held) | RunProblem::Run(RunError::NotAlone))
        };
        let waits = |handle: &RunHandle| {
            handle.phase.with(|phase| matches!(phase, Phase::NotPlanned(problem) if is_held(problem)))
        };
        self.handles.with_value(|handles| handles.values().copied().filter(waits).collect())
    }

    /// The runs that are being carried out.
    pub fn running(&self) -> Vec<(MappingName, RunHandle)> {
        let handle = |name: &MappingName| {
            let handle = self.handles.with_value(|handles| handles.get(name).copied())?;
            handle.is_running().then(|| (name.clone(), handle))
        };
        self.names.with(|names| names.iter().filter_map(handle).collect())
    }
}

impl RunHandle {
    /// Whether it is being carried out.
    pub fn is_running(self) -> bool {
        self.phase.with(|phase| matches!(phase, Phase::Running(_)))
    }

    /// Whether it is being planned or carried out.
    pub fn is_busy(self) -> bool {
        self.phase
            .with(|phase| matches!(phase, Phase::Reading { .. } | Phase::Planning { .. } | Phase::Running(_)))
    }

    /// Asks for these records; a plan of others is no longer shown. What is under way stays.
    pub fn choose(self, direction: Direction, chosen: Chosen) {
        self.ask(RunRequest { scope: Scope::Chosen, direction, chosen, ..RunRequest::default() });
    }

    /// Asks for these records, with partners for those that have none.
    pub fn create(self, direction: Direction, chosen: Chosen) {
        self.ask(RunRequest { scope: Scope::Create, direction, chosen, ..RunRequest::default() });
    }

    /// Asks for another goal than a run.
    pub fn aim(self, direction: Direction, goal: Goal) {
        self.ask(RunRequest { scope: Scope::Goal, direction, goal, ..RunRequest::default() });
    }

    /// Asks for something else than before; what is under way stays.
    pub fn ask(self, request: RunRequest) {
        if !untrack(|| self.is_busy()) {
            self.request.set(request);
            self.planned.set(None);
            self.phase.set(Phase::Choosing);
        }
    }

    /// Takes in what the run tells of its way.
    pub fn take_in(self, progressed: Progressed, now_ms: f64) {
        match progressed {
            Progressed::Read { side, n_rows } => self.phase.update(|phase| {
                if let Phase::Reading { n_business_central, n_dataverse } = phase {
                    match side {
                        Side::BusinessCentral => *n_business_central = n_rows,
                        Side::Dataverse => *n_dataverse = n_rows,
                    }
                }
            }),
            Progressed::Settled { n_done, n_failed, n_actions } => self.progress.update(|progress| {
                progress.n_done = n_done;
                progress.n_failed = n_failed;
                progress.n_all = n_actions;
                progress.latest_ms = now_ms;
                progress.waiting_seconds = None;
            }),
            Progressed::Waiting { milliseconds } => self.progress.update(|progress| {
                progress.waiting_seconds = Some(milliseconds.div_ceil(1_000));
            }),
            Progressed::Paused => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rate_and_remaining_time_leave_pauses_out() {
        let progress = RunProgress {
            n_done: 100,
            n_all: 400,
            started_ms: 1_000.0,
            latest_ms: 16_000.0,
            paused_ms: 5_000.0,
            ..RunProgress::default()
        };
        assert_eq!(progress.rate(), Some(10.0));
        assert_eq!(progress.remaining_seconds(), Some(30.0));
        assert_eq!(progress.percent(), 25);
    }

    #[test]
    fn a_pause_counts_from_its_beginning_to_its_end() {
        let mut progress = RunProgress::default();
        progress.hold(Pace::Paused, 1_000.0);
        progress.hold(Pace::Going, 4_000.0);
        progress.hold(Pace::Going, 9_000.0);
        assert_eq!(progress.paused_ms, 3_000.0);
    }

    #[test]
    fn nothing_is_said_before_the_first_outcome() {
        let progress = RunProgress { n_all: 10, ..RunProgress::default() };
        assert_eq!((progress.rate(), progress.remaining_seconds(), progress.percent()), (None, None, 0));
        assert_eq!(RunProgress::default().percent(), 100);
    }
}
