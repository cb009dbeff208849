//! Planning a run and carrying it out: what the buttons of a run do. Reading, planning and writing are those of
//! `couplet_synchronization`, which arrives with `late`.

mod late;
mod options;

use std::sync::{Arc, RwLock};
use std::time::Duration;

use couplet_engine::executor::End;
use couplet_engine::job::{JobEnd, JobKind, PassCounters, SynchJob};
use couplet_engine::planning::{Counters, Pass, Run, UpdateConflicts};
use couplet_engine::schedule::Schedule;
use couplet_engine::{Configuration, IntegrationTableMapping, MappingName, Side};
use couplet_synchronization::{Canary, Control, Goal, Prepared, RunError};
use leptos::prelude::*;
use leptos::task::spawn_local;
use rustc_hash::FxHashMap;

use crate::browser::locks::{Lock, NoLock};
use crate::browser::{clock, locks};
use crate::failure::Failure;
use crate::state::configuration::ConfigurationStore;
use crate::state::connections::Connections;
use crate::state::load::Load;
use crate::state::pair::other_pair;
use crate::state::planned::{PlannedRun, RecordNames};
use crate::state::runs::{
    Conflicts, Decisions, Pace, Phase, RunHandle, RunProblem, RunProgress, RunRequest, Runs, Scope,
};
use crate::state::schedule::Schedules;
use crate::state::synchronization::Synchronization;
use crate::tasks::schedule::Ran;

use late::Wanted;

/// What a plan was made from, until it is carried out or made anew.
pub type Kept = Arc<RwLock<Option<Arc<Prepared>>>>;

/// How a run begins that nobody watches: a few records first.
const CAUTIOUS: Canary = Canary::On { max_failed_percent: 10 };

/// The right to write to a pair of systems, and the sign for those who wait for the end of whoever has it.
struct Alone {
    _right: Lock,
    _life: Option<Lock>,
}

/// How long a plan waits for the connections to be opened.
const PATIENCE: Duration = Duration::from_secs(30);

/// Plans runs and carries them out.
#[derive(Clone, Copy)]
pub struct Runner {
    configuration: ConfigurationStore,
    connections: Connections,
    store: Synchronization,
    schedules: Schedules,
    runs: StoredValue<Runs>,
    kept: StoredValue<FxHashMap<MappingName, Kept>, LocalStorage>,
}

impl Runner {
    /// Makes it available to every page.
    pub fn provide() {
        provide_context(Runner {
            configuration: ConfigurationStore::expect(),
            connections: Connections::expect(),
            store: Synchronization::expect(),
            schedules: Schedules::expect(),
            runs: StoredValue::new(Runs::expect()),
            kept: StoredValue::new_local(FxHashMap::default()),
        });
    }

    /// The one of the app.
    pub fn expect() -> Self {
        expect_context()
    }

    /// Reads both systems and plans what was asked for; nothing is written.
    pub fn plan(self, handle: RunHandle) {
        spawn_local(async move {
            self.planned(handle).await;
        });
    }

    /// Plans anew from what was read, with the decisions that were made since.
    pub fn plan_again(self, handle: RunHandle) {
        let name = handle.mapping.get_value();
        let Some(kept) = self.kept.with_value(|kept| kept.get(&name).cloned()) else {
            self.plan(handle);
            return;
        };
        if let Ok(mut kept) = kept.write()
            && let Some(prepared) = kept.as_mut()
        {
            let configuration = self.configuration.configuration.get_untracked();
            let remembered = configuration.mapping(&name).unwrap_or(prepared.mapping()).clone();
            Arc::make_mut(prepared).set_update_conflicts(&remembered, update_conflicts(handle));
        }
        handle.control.set_value(Control::new());
        spawn_local(async move {
            self.show(handle, kept).await;
        });
    }

    /// Carries the plan out as it is on screen.
    pub fn start(self, handle: RunHandle, canary: Canary) {
        spawn_local(async move {
            self.carried_out(handle, canary).await;
        });
    }

    /// Plans and carries out full synchronizations, one after the other; those that wait for others follow when these are
    /// finished. It ends with the first that does not finish.
    pub fn start_in_order(self, names: Vec<MappingName>) {
        spawn_local(async move {
            for name in names {
                let handle = self.runs.with_value(|runs| runs.of(&name));
                let configuration = self.configuration.configuration.get_untracked();
                let Some(mapping) = configuration.mapping(&name) else { continue };
                let direction = mapping.direction;
                handle.request.set(RunRequest { scope: Scope::Review, direction, ..RunRequest::default() });
                if !self.planned(handle).await || !self.carried_out(handle, CAUTIOUS).await {
                    return;
                }
            }
        });
    }

    /// Plans several runs, one after the other; it ends with the first that cannot be planned.
    pub fn plan_each(self, handles: Vec<RunHandle>) {
        spawn_local(async move {
            for handle in handles {
                if !self.planned(handle).await {
                    return;
                }
            }
        });
    }

    /// Carries out the plans of several runs, one after the other; it ends with the first that does not finish.
    pub fn start_each(self, handles: Vec<RunHandle>) {
        spawn_local(async move {
            for handle in handles {
                if !self.carried_out(handle, CAUTIOUS).await {
                    return;
                }
            }
        });
    }

    /// Plans and carries out what changed of a mapping, as its job queue entry does; not while a person looks at a plan of
    /// it, or another run is under way.
    pub async fn run_scheduled(self, name: MappingName) -> Ran {
        let handle = self.runs.with_value(|runs| runs.of(&name));
        let is_free = handle.phase.with_untracked(|phase| {
            matches!(phase, Phase::Choosing | Phase::NotPlanned(_) | Phase::Ended(_))
        });
        let is_connected = [Side::BusinessCentral, Side::Dataverse]
            .into_iter()
            .all(|side| untrack(|| self.connections.is_ready(side)));
        let is_alone = untrack(|| self.runs.with_value(|runs| runs.running().is_empty()));
        let is_of_others = untrack(|| other_pair(self.store, self.connections).is_some());
        if !is_free || !is_connected || !is_alone || is_of_others {
            return Ran::NotNow;
        }
        let configuration = self.configuration.configuration.get_untracked();
        let Some(mapping) = configuration.mapping(&name) else { return Ran::Broken };
        handle.request.set(RunRequest { direction: mapping.direction, ..RunRequest::default() });
        if self.planned(handle).await {
            self.carried_out(handle, Canary::Off).await;
        }
        handle.phase.with_untracked(|phase| match phase {
            Phase::Ended(job) => Ran::Job(job.as_ref().clone()),
            Phase::NotPlanned(
                RunProblem::NotAlone(NoLock::Held) | RunProblem::Run(RunError::OtherPair { .. }),
            ) => Ran::NotNow,
            _ => Ran::Broken,
        })
    }

    /// Lets a run wait, or go on.
    pub fn hold(self, handle: RunHandle) {
        let pace = handle.control.with_value(|control| {
            if control.is_paused() {
                control.resume();
                Pace::Going
            } else {
                control.pause();
                Pace::Paused
            }
        });
        handle.progress.update(|progress| progress.hold(pace, clock::elapsed_ms()));
        handle.phase.set(Phase::Running(pace));
    }

    /// Ends reading or running; what is under way is finished first.
    pub fn stop(self, handle: RunHandle) {
        handle.control.with_value(Control::cancel);
        if untrack(|| handle.is_running()) {
            handle.phase.set(Phase::Running(Pace::Stopping));
        }
    }

    /// Whether a plan came of it.
    async fn planned(self, handle: RunHandle) -> bool {
        if untrack(|| handle.is_busy()) {
            return false;
        }
        let name = handle.mapping.get_value();
        handle.phase.set(Phase::Reading { n_business_central: 0, n_dataverse: 0 });
        self.connected().await;
        let configuration = self.configuration.configuration.get_untracked();
        let Some(wanted) = self.wanted(handle, configuration, &name) else {
            handle.phase.set(Phase::NotPlanned(RunProblem::Failure(Failure::NotConnected)));
            return false;
        };
        handle.planned.set(None);
        self.kept.update_value(|kept| {
            kept.remove(&name);
        });
        handle.control.set_value(Control::new());
        handle.phase.set(Phase::Reading { n_business_central: 0, n_dataverse: 0 });
        let control = handle.control.get_value();
        let progress = move |progressed| handle.take_in(progressed, clock::elapsed_ms());
        match late::prepare(self.store.store_without_right(), wanted, control, Box::new(progress)).await {
            Ok(prepared) => {
                let kept = Arc::new(RwLock::new(Some(Arc::new(prepared))));
                self.kept.update_value(|all| {
                    all.insert(name, kept.clone());
                });
                self.show(handle, kept).await
            }
            Err(RunProblem::Run(RunError::Cancelled)) => {
                handle.phase.set(Phase::Choosing);
                false
            }
            Err(problem) => {
                handle.phase.set(Phase::NotPlanned(problem));
                false
            }
        }
    }

    /// Reaches a goal that a person said yes to, as a job of its own; what it counted. A plan of the mapping that is on
    /// screen no longer holds then.
    ///
    /// # Errors
    /// When a system is not connected, or it or the storage fails, or the job does not come to its end; what was done until
    /// then is kept.
    pub async fn reach(
        self,
        mapping: &IntegrationTableMapping,
        kind: JobKind,
        goal: Goal,
    ) -> Result<Counters, RunProblem> {
        let wanted = self.wanted_goal(mapping, kind, goal)?;
        let _alone = alone().await?;
        let job = late::at_once(self.store.store(), wanted).await;
        self.forget_plan(&mapping.name);
        let job = job?;
        self.wake(&job).await;
        if job.end != Some(JobEnd::Ran(End::Completed)) {
            return Err(RunProblem::Unfinished(Box::new(job)));
        }
        Ok(job.passes.iter().map(|pass| pass.counters).sum())
    }

    /// What a job writes to Business Central wakes the entries of the table's mappings, like any change there (S5.26).
    async fn wake(self, job: &SynchJob) {
        let writes = |it: &PassCounters| {
            let Counters { inserted, modified, deleted, .. } = it.counters;
            it.pass == Pass::FromIntegrationTable && inserted + modified + deleted > 0
        };
        let is_on = self
            .schedules
            .schedule
            .with_untracked(|load| load.ready().is_some_and(|schedule| schedule.is_on));
        let configuration = self.configuration.configuration.get_untracked();
        let table = configuration.mapping(&job.mapping).map(|mapping| mapping.table.number);
        let Some(table) = table.filter(|_| is_on && job.passes.iter().any(writes)) else { return };
        let wake = |schedule: &mut Schedule| {
            schedule.changed_table(&configuration, table, clock::now());
        };
        // What cannot be kept wakes nobody: the entries run at their times.
        let _ = self.schedules.change(wake).await;
    }

    /// A plan that was made before what was just done.
    fn forget_plan(self, name: &MappingName) {
        let handle = self.runs.with_value(|runs| runs.of(name));
        if handle.phase.with_untracked(|phase| *phase == Phase::Planned) {
            handle.planned.set(None);
            handle.phase.set(Phase::Choosing);
        }
        self.kept.update_value(|kept| {
            kept.remove(name);
        });
    }

    /// Looks up what became of the batches that runs of a mapping left open, for a caller who holds the right to write.
    ///
    /// # Errors
    /// When a system is not connected or does not answer, or the storage fails; what is open stays open then.
    pub(crate) async fn settle(self, mapping: &IntegrationTableMapping) -> Result<(), RunProblem> {
        late::settle(self.store.store(), self.wanted_goal(mapping, JobKind::Modified, Goal::Run)?).await
    }

    fn wanted_goal(
        self,
        mapping: &IntegrationTableMapping,
        kind: JobKind,
        goal: Goal,
    ) -> Result<Wanted, RunProblem> {
        let business_central = self.connections.business_central.with_untracked(|it| it.ready().cloned());
        let dataverse = self.connections.dataverse.with_untracked(|it| it.ready().cloned());
        let Some((business_central, dataverse)) = business_central.zip(dataverse) else {
            return Err(RunProblem::Failure(Failure::NotConnected));
        };
        Ok(Wanted {
            mapping: mapping.name.clone(),
            run: Run::scheduled(mapping),
            kind,
            goal,
            update_conflicts: UpdateConflicts::WholeRecord,
            configuration: self.configuration.configuration.get_untracked(),
            business_central,
            dataverse,
        })
    }

    /// Plans anew what could not be planned because another run was under way.
    pub(crate) fn plan_what_waits(self) {
        for handle in untrack(|| self.runs.with_value(Runs::waiting)) {
            self.plan(handle);
        }
    }

    /// Comes back when both systems have answered or failed, at the latest after [`PATIENCE`]: a person may be quicker
    /// than the connections.
    async fn connected(self) {
        let is_opening = || {
            let business_central = self.connections.business_central;
            let dataverse = self.connections.dataverse;
            business_central.with_untracked(|it| matches!(it, Load::Idle | Load::Loading))
                || dataverse.with_untracked(|it| matches!(it, Load::Idle | Load::Loading))
        };
        let until = clock::elapsed_ms() + PATIENCE.as_secs_f64() * 1_000.0;
        while is_opening() && clock::elapsed_ms() < until {
            clock::wait(Duration::from_millis(100)).await;
        }
    }

    fn wanted(self, handle: RunHandle, configuration: Configuration, name: &MappingName) -> Option<Wanted> {
        let request = handle.request.get_untracked();
        let configuration = against_the_way(configuration, name, &request);
        let run = request.run(configuration.mapping(name)?);
        let business_central = self.connections.business_central.with_untracked(|it| it.ready().cloned())?;
        let dataverse = self.connections.dataverse.with_untracked(|it| it.ready().cloned())?;
        Some(Wanted {
            mapping: name.clone(),
            run,
            kind: request.kind(),
            goal: request.goal(),
            update_conflicts: update_conflicts(handle),
            configuration,
            business_central,
            dataverse,
        })
    }

    /// Plans from what was read and puts the plan on screen.
    async fn show(self, handle: RunHandle, kept: Kept) -> bool {
        handle.phase.set(Phase::Planning { n_actions: 0 });
        match read_plan(handle, &kept).await {
            Err(RunProblem::Run(RunError::Cancelled)) => {
                handle.phase.set(Phase::Choosing);
                false
            }
            Ok(planned) => {
                handle.planned.set(Some(Arc::new(planned)));
                handle.phase.set(Phase::Planned);
                true
            }
            Err(problem) => {
                handle.phase.set(Phase::NotPlanned(problem));
                false
            }
        }
    }

    /// Whether it came to its end.
    async fn carried_out(self, handle: RunHandle, canary: Canary) -> bool {
        let name = handle.mapping.get_value();
        let configuration = self.configuration.configuration.get_untracked();
        let Some(wanted) = self.wanted(handle, configuration, &name) else { return false };
        let _alone = match alone().await {
            Ok(lock) => lock,
            // Whoever runs now changes what was planned from: it is planned anew.
            Err(problem) => {
                handle.phase.set(Phase::NotPlanned(problem));
                return false;
            }
        };
        let kept = self.kept.with_value(|kept| kept.get(&name).cloned());
        let prepared = kept.and_then(|kept| kept.write().ok()?.take());
        let (Some(prepared), Some(planned)) = (prepared, handle.planned.get_untracked()) else {
            return false;
        };
        let now = clock::elapsed_ms();
        let n_all = planned.n_writes();
        handle.progress.set(RunProgress { n_all, started_ms: now, latest_ms: now, ..RunProgress::default() });
        handle.control.set_value(Control::new());
        handle.phase.set(Phase::Running(Pace::Going));
        let control = handle.control.get_value();
        let progress = move |progressed| handle.take_in(progressed, clock::elapsed_ms());
        let prepared = Arc::unwrap_or_clone(prepared);
        let approved = late::Approved { wanted, prepared, planned, canary };
        let outcome = late::apply(self.store.store(), approved, control, Box::new(progress)).await;
        self.kept.update_value(|kept| {
            kept.remove(&name);
        });
        handle.planned.set(None);
        handle.decisions.set(Decisions::default());
        match outcome {
            Ok(job) => {
                self.wake(&job).await;
                let finished = job.end == Some(JobEnd::Ran(End::Completed));
                handle.phase.set(Phase::Ended(Arc::new(job)));
                finished
            }
            Err(problem) => {
                handle.phase.set(Phase::NotPlanned(problem));
                false
            }
        }
    }
}

/// Counterparts of chosen codes and values are created as a person asks, whichever way their option mapping runs by
/// itself: for this run it runs that way.
fn against_the_way(
    mut configuration: Configuration,
    name: &MappingName,
    request: &RunRequest,
) -> Configuration {
    let mut mappings = configuration.mappings.iter_mut();
    let mapping = mappings.find(|it| it.name == *name && it.is_option_mapping());
    if let Some(mapping) = mapping.filter(|_| request.scope == Scope::Create) {
        mapping.direction = request.direction;
    }
    configuration
}

/// The right to write, which one run has at a time, in whichever tab.
async fn alone() -> Result<Alone, RunProblem> {
    let right = locks::take_if_free(locks::RUN).await.map_err(RunProblem::NotAlone)?;
    Ok(Alone { _right: right, _life: locks::take(locks::LIFE).await.ok() })
}

fn update_conflicts(handle: RunHandle) -> UpdateConflicts {
    match handle.request.with_untracked(|request| request.conflicts) {
        Conflicts::WholeRecord => UpdateConflicts::WholeRecord,
        Conflicts::ByField => UpdateConflicts::ByField { decisions: handle.decisions.get_untracked() },
    }
}

/// The plan with everything a person needs to read it.
async fn read_plan(handle: RunHandle, kept: &Kept) -> Result<PlannedRun, RunProblem> {
    let decisions = handle.decisions.get_untracked();
    let prepared = kept.read().ok().and_then(|kept| kept.clone());
    let prepared = prepared.ok_or(RunProblem::Run(RunError::PlanOutdated))?;
    let decided = move |n_actions| handle.phase.set(Phase::Planning { n_actions });
    let control = handle.control.get_value();
    let planned = late::plan(prepared.clone(), control, Box::new(decided)).await?;
    let options = options::as_records(&planned, &prepared);
    let names = kept.clone();
    Ok(PlannedRun {
        mapping: Arc::new(prepared.mapping().clone()),
        options,
        decisions,
        schemas: [Side::BusinessCentral, Side::Dataverse]
            .into_iter()
            .filter_map(|side| prepared.schema(side).cloned())
            .collect(),
        names: RecordNames::new(move |side, id| options::name_of(&names, side, id)),
        findings: late::readiness(&prepared, &planned)?,
        forecast: late::forecast(&prepared, &planned)?,
        follow_ups: late::follow_ups(&prepared, &planned)?,
        planned,
    })
}
