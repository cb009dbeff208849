//! What synchronization left behind, as the pages see it: couplings and watermarks of each mapping, jobs and their
//! errors. Read when a page first asks; changed only through [`AppStore`], which tells the other tabs.

use couplet_engine::MappingName;
use couplet_engine::coupling::{JobId, OptionCoupling, Skipped, SystemId};
use couplet_engine::executor::{EntryId, Settlement};
use couplet_engine::job::{SynchJob, SynchJobError};
use couplet_engine::planning::{CouplingState, MappingState};
use couplet_synchronization::{Alone, OpenEntry, Pair, Progress, Recording, Store, StoreError};
use couplet_workspace::{Damage, Problem, kept_since, state_of};
use leptos::prelude::*;
use leptos::task::spawn_local;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::browser::storage::{Storage, StorageError};
use crate::browser::tabs::Tabs;
use crate::browser::{clock, locks};
use crate::failure::Failure;
use crate::queries::kept;
use crate::state::configuration::ConfigurationStore;
use crate::state::load::Load;

/// Where the tabs tell each other what they changed: one of the following.
const CHANNEL: &str = "couplet-synchronization";
/// The jobs, nothing else.
const JOBS: &str = "jobs";
/// Everything: it was deleted or imported.
const EVERYTHING: &str = "everything";
/// The pair of systems that everything kept belongs to.
const PAIR: &str = "pair";
/// What is kept of the mapping whose name follows, and the jobs.
const MAPPING: &str = "mapping ";

/// Couplings of a mapping, and how far its runs have come.
pub type StateSignal = RwSignal<Load<MappingState>>;

/// The store of what synchronization left behind. One for the whole app, by context.
#[derive(Clone, Copy)]
pub struct Synchronization {
    states: StoredValue<FxHashMap<MappingName, StateSignal>>,
    options: StoredValue<FxHashMap<MappingName, RwSignal<Load<Vec<OptionCoupling>>>>>,
    jobs: RwSignal<Load<Vec<SynchJob>>>,
    pair: RwSignal<Load<Option<Pair>>>,
    /// Whether another tab is known to run something.
    pub is_held: RwSignal<bool>,
    /// Jobs that this tab began.
    own: StoredValue<FxHashSet<JobId>>,
    /// Counts what was asked for, so that it is read once the database is open.
    asked: RwSignal<u32>,
    configuration: ConfigurationStore,
    tabs: StoredValue<Option<Tabs>, LocalStorage>,
    owner: StoredValue<Owner>,
}

/// A coupling that is left out until it is retried.
#[derive(Debug, Clone, PartialEq)]
pub struct SkippedRecord {
    /// The mapping.
    pub mapping: MappingName,
    /// The coupling, with what its last failed runs said.
    pub state: CouplingState,
}

impl Synchronization {
    /// Makes the store and gives it to everything below; needs the configuration's.
    pub fn provide() {
        let store = Synchronization {
            states: StoredValue::default(),
            options: StoredValue::default(),
            jobs: RwSignal::new(Load::Idle),
            pair: RwSignal::new(Load::Idle),
            is_held: RwSignal::new(false),
            own: StoredValue::default(),
            asked: RwSignal::new(0),
            configuration: ConfigurationStore::expect(),
            tabs: StoredValue::new_local(None),
            owner: StoredValue::new(Owner::current().unwrap_or_default()),
        };
        provide_context(store);
        store.tabs.set_value(Tabs::listen(CHANNEL, move |text| store.on_other_tab(text)));
        Effect::new(move |_| {
            store.asked.track();
            let opened =
                store.configuration.load.with(|load| matches!(load, Load::Ready(()) | Load::Failed(_)));
            if opened {
                store.read_what_is_asked();
            }
        });
    }

    /// The store of the app.
    pub fn expect() -> Self {
        expect_context()
    }

    /// Couplings and progress of a mapping; read when asked for the first time.
    pub fn mapping(self, mapping: &MappingName) -> StateSignal {
        let signal = self.signal(self.states, mapping);
        self.ask(signal);
        signal
    }

    /// Option couplings of a mapping; read when asked for the first time.
    pub fn option_couplings(self, mapping: &MappingName) -> RwSignal<Load<Vec<OptionCoupling>>> {
        let signal = self.signal(self.options, mapping);
        self.ask(signal);
        signal
    }

    /// All jobs, the newest first; read when asked for the first time.
    pub fn jobs(self) -> RwSignal<Load<Vec<SynchJob>>> {
        self.ask(self.jobs);
        self.jobs
    }

    /// The job with this id, once the jobs are here.
    pub fn job(self, id: JobId) -> Option<SynchJob> {
        self.jobs().with(|load| load.ready()?.iter().find(|job| job.id == id).cloned())
    }

    /// Jobs without an end that this tab did not begin, the newest first: another tab runs them, or they died with it.
    pub fn elsewhere(self) -> Vec<SynchJob> {
        let is_elsewhere =
            |job: &&SynchJob| job.end.is_none() && !self.own.with_value(|own| own.contains(&job.id));
        self.jobs().with(|load| load.ready().into_iter().flatten().filter(is_elsewhere).cloned().collect())
    }

    /// The couplings that are left out until they are retried, of these mappings; none while one of them is not here.
    pub fn skipped(self, mappings: &[MappingName]) -> Option<Vec<SkippedRecord>> {
        let mut skipped = Vec::new();
        for mapping in mappings {
            let signal = self.mapping(mapping);
            signal.with(|load| {
                let shelved = load.ready()?.couplings.iter().filter(|it| it.coupling.skipped == Skipped::Yes);
                skipped
                    .extend(shelved.map(|it| SkippedRecord { mapping: mapping.clone(), state: it.clone() }));
                Some(())
            })?;
        }
        Some(skipped)
    }

    /// The errors of a job, in their order.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn job_errors(self, job: JobId) -> Result<Vec<SynchJobError>, StoreError> {
        match self.configuration.database() {
            Some(database) => database.job_errors(job).await,
            None => Ok(Vec::new()),
        }
    }

    /// The pair of systems that everything kept belongs to; read when asked for the first time.
    pub fn pair(self) -> RwSignal<Load<Option<Pair>>> {
        self.ask(self.pair);
        self.pair
    }

    /// Forgets couplings, watermarks and the journal, so that another pair of systems begins with none.
    ///
    /// # Errors
    /// When the browser refuses; nothing is forgotten then.
    pub async fn forget_couplings(self) -> Result<(), StoreError> {
        self.store().database()?.forget_couplings().await?;
        self.reload();
        Ok(())
    }

    /// Lets skipped couplings take part again (S3.54), whatever runs change meanwhile.
    ///
    /// # Errors
    /// When they cannot be read or kept; nothing has changed then.
    pub async fn retry(self, mapping: &MappingName, records: &[SystemId]) -> Result<(), StoreError> {
        let retried = self.store().database()?.retry(mapping, records).await?;
        if let Some(signal) = self.states.with_value(|it| it.get(mapping).copied()) {
            signal.update(|load| {
                if let Load::Ready(state) = load {
                    take_over(state, &retried, &[]);
                }
            });
        }
        self.tell(&format!("{MAPPING}{}", mapping.as_str()));
        Ok(())
    }

    /// Forgets jobs that are older than a month, with their errors and their journal (S5.7).
    ///
    /// # Errors
    /// When the browser refuses; nothing is forgotten then.
    pub async fn forget_old_jobs(self) -> Result<(), StoreError> {
        let Some(database) = self.configuration.database() else { return Ok(()) };
        if database.forget_jobs(kept_since(clock::now())).await? > 0 {
            self.read_jobs_again();
            self.tell(JOBS);
        }
        Ok(())
    }

    /// What a run keeps its couplings, its journal and its counters in, for a caller who holds the right to write.
    pub fn store(self) -> AppStore {
        AppStore { state: self, right: None }
    }

    /// The same for a caller who does not hold it: it is taken while open batches are settled.
    pub fn store_without_right(self) -> AppStore {
        AppStore { state: self, right: Some(locks::RUN) }
    }

    fn signal<T: Send + Sync + 'static>(
        self,
        signals: StoredValue<FxHashMap<MappingName, RwSignal<Load<T>>>>,
        mapping: &MappingName,
    ) -> RwSignal<Load<T>> {
        if let Some(signal) = signals.with_value(|signals| signals.get(mapping).copied()) {
            return signal;
        }
        // Of the app, because it outlives the page that asks first.
        let signal = self.owner.with_value(|owner| owner.with(|| RwSignal::new(Load::Idle)));
        signals.update_value(|signals| {
            signals.insert(mapping.clone(), signal);
        });
        signal
    }

    fn ask<T: Send + Sync + 'static>(self, signal: RwSignal<Load<T>>) {
        if signal.with_untracked(|load| matches!(load, Load::Idle)) {
            // Not at once: whoever asks is often about to render what this changes.
            spawn_local(async move { self.asked.update(|asked| *asked += 1) });
        }
    }

    fn read_what_is_asked(self) {
        for (mapping, signal) in self.states.with_value(idle) {
            signal.set(Load::Loading);
            spawn_local(async move {
                let read = kept::mapping_state(self.configuration.database(), &mapping).await;
                signal.set(into_load(read));
            });
        }
        for (mapping, signal) in self.options.with_value(idle) {
            signal.set(Load::Loading);
            spawn_local(async move {
                let read = kept::option_couplings(self.configuration.database(), &mapping).await;
                signal.set(into_load(read));
            });
        }
        if self.jobs.with_untracked(|load| matches!(load, Load::Idle)) {
            self.jobs.set(Load::Loading);
            self.read_jobs_again();
        }
        if self.pair.with_untracked(|load| matches!(load, Load::Idle)) {
            self.pair.set(Load::Loading);
            self.read_pair_again();
        }
    }

    fn read_jobs_again(self) {
        spawn_local(self.read_jobs());
    }

    /// Reads the jobs as they are kept now.
    pub(crate) async fn read_jobs(self) {
        self.jobs.set(into_load(kept::synch_jobs(self.configuration.database()).await));
    }

    fn read_pair_again(self) {
        spawn_local(async move {
            self.pair.set(into_load(kept::pair(self.configuration.database()).await));
        });
    }

    /// Shows what was just kept.
    fn show(self, recording: &Recording) {
        if let Some(signal) = self.states.with_value(|it| it.get(&recording.mapping).copied()) {
            signal.update(|load| {
                if let Load::Ready(state) = load {
                    take_over(state, &recording.put_couplings, &recording.delete_couplings);
                    *state = state_of(recording.progress.clone(), std::mem::take(&mut state.couplings));
                }
            });
        }
        let options =
            !recording.put_option_couplings.is_empty() || !recording.delete_option_couplings.is_empty();
        if let Some(signal) =
            self.options.with_value(|it| it.get(&recording.mapping).copied()).filter(|_| options)
        {
            signal.update(|load| {
                if let Load::Ready(couplings) = load {
                    let changed = recording.put_option_couplings.iter().map(|it| it.record.id());
                    let gone: Vec<_> =
                        changed.chain(recording.delete_option_couplings.iter().copied()).collect();
                    couplings.retain(|it| !gone.contains(&it.record.id()));
                    couplings.extend(recording.put_option_couplings.iter().cloned());
                }
            });
        }
        if let Some(job) = &recording.job {
            self.jobs.update(|load| {
                if let Load::Ready(jobs) = load {
                    match jobs.iter_mut().find(|it| it.id == job.id) {
                        Some(known) => *known = job.clone(),
                        None => jobs.insert(0, job.clone()),
                    }
                }
            });
        }
        self.tell(&format!("{MAPPING}{}", recording.mapping.as_str()));
    }

    fn tell(self, text: &str) {
        self.tabs.with_value(|tabs| {
            if let Some(tabs) = tabs {
                tabs.tell(text);
            }
        });
    }

    /// Reads everything again that a page asked for, here and in the other tabs: it was deleted or imported.
    pub fn reload(self) {
        self.on_other_tab(EVERYTHING);
        self.tell(EVERYTHING);
    }

    fn on_other_tab(self, text: &str) {
        match text.strip_prefix(MAPPING).map(MappingName::new) {
            Some(Ok(mapping)) => self.read_again(&mapping),
            Some(Err(_)) => {}
            None if text == EVERYTHING => self.read_all_again(),
            None if text == PAIR => self.read_pair_again(),
            None => {}
        }
        if self.jobs.with_untracked(|load| !matches!(load, Load::Idle)) {
            self.read_jobs_again();
        }
    }

    fn read_all_again(self) {
        self.read_pair_again();
        let states = self.states.with_value(|it| it.keys().cloned().collect::<Vec<_>>());
        let options = self.options.with_value(|it| it.keys().cloned().collect::<Vec<_>>());
        states
            .iter()
            .chain(options.iter().filter(|it| !states.contains(it)))
            .for_each(|it| self.read_again(it));
    }

    /// Reads what is kept of a mapping again, if a page asked for it.
    fn read_again(self, mapping: &MappingName) {
        let state = self.states.with_value(|it| it.get(mapping).copied());
        let options = self.options.with_value(|it| it.get(mapping).copied());
        let mapping = mapping.clone();
        spawn_local(async move {
            if let Some(signal) = state.filter(|it| it.with_untracked(|load| !matches!(load, Load::Idle))) {
                signal.set(into_load(kept::mapping_state(self.configuration.database(), &mapping).await));
            }
            if let Some(signal) = options.filter(|it| it.with_untracked(|load| !matches!(load, Load::Idle))) {
                signal.set(into_load(kept::option_couplings(self.configuration.database(), &mapping).await));
            }
        });
    }
}

/// The database of the browser as a run needs it. Without a database nothing can be kept, and so nothing be run.
#[derive(Clone)]
pub struct AppStore {
    state: Synchronization,
    /// Name of the lock that gives the right to write, where the caller does not hold it.
    right: Option<&'static str>,
}

impl AppStore {
    fn database(&self) -> Result<Storage, StoreError> {
        let none = || StoreError::Refused { detail: String::new() };
        self.state.configuration.database().ok_or_else(none)
    }

    /// Keeps how a job ended, beside what is kept of its mapping.
    ///
    /// # Errors
    /// When what is kept cannot be read, or the end not be kept.
    pub async fn end(&self, job: SynchJob) -> Result<(), StoreError> {
        let progress = Progress::of(&self.mapping_state(&job.mapping).await?);
        self.record(&Recording { job: Some(job.clone()), ..Recording::new(job.mapping, progress) }).await
    }
}

impl Store for AppStore {
    async fn alone(&self) -> Option<Alone> {
        match self.right {
            None => Some(Box::new(())),
            Some(name) => locks::take_if_free(name).await.ok().map(|lock| Box::new(lock) as Alone),
        }
    }

    async fn mapping_state(&self, mapping: &MappingName) -> Result<MappingState, StoreError> {
        kept::mapping_state(self.state.configuration.database(), mapping).await
    }

    async fn option_couplings(&self, mapping: &MappingName) -> Result<Vec<OptionCoupling>, StoreError> {
        kept::option_couplings(self.state.configuration.database(), mapping).await
    }

    async fn open_entries(&self) -> Result<Vec<OpenEntry>, StoreError> {
        self.database()?.open_entries().await
    }

    async fn next_entry(&self) -> Result<EntryId, StoreError> {
        self.database()?.next_entry().await
    }

    async fn settlements(&self, job: JobId) -> Result<Vec<Settlement>, StoreError> {
        self.database()?.settlements(job).await
    }

    async fn job(&self, job: JobId) -> Result<Option<SynchJob>, StoreError> {
        self.database()?.synch_job(job).await
    }

    async fn store_entry(&self, entry: &OpenEntry) -> Result<(), StoreError> {
        self.database()?.store_entry(entry).await
    }

    async fn record(&self, recording: &Recording) -> Result<(), StoreError> {
        // A job that has neither an end nor an outcome yet begins here.
        let begun = recording.job.as_ref().filter(|job| job.end.is_none() && recording.completed.is_none());
        if let Some(job) = begun.filter(|_| recording.settlements.is_empty()) {
            self.state.own.update_value(|own| {
                own.insert(job.id);
            });
        }
        self.database()?.record(recording).await?;
        self.state.show(recording);
        Ok(())
    }

    async fn pair(&self) -> Result<Option<Pair>, StoreError> {
        kept::pair(self.state.configuration.database()).await
    }

    async fn keep_pair(&self, pair: &Pair) -> Result<(), StoreError> {
        self.database()?.keep_pair(pair).await?;
        self.state.pair.set(Load::Ready(Some(pair.clone())));
        self.state.tell(PAIR);
        Ok(())
    }
}

fn take_over(state: &mut MappingState, put: &[CouplingState], gone: &[SystemId]) {
    for record in gone {
        state.couplings.remove(*record);
    }
    for coupling in put {
        state.couplings.insert(coupling.clone());
    }
}

fn idle<T: Send + Sync + 'static>(
    signals: &FxHashMap<MappingName, RwSignal<Load<T>>>,
) -> Vec<(MappingName, RwSignal<Load<T>>)> {
    let idle = signals.iter().filter(|(_, signal)| signal.with_untracked(|load| matches!(load, Load::Idle)));
    idle.map(|(mapping, signal)| (mapping.clone(), *signal)).collect()
}

pub(crate) fn into_load<T>(read: Result<T, StoreError>) -> Load<T> {
    match read {
        Ok(value) => Load::Ready(value),
        Err(error) => Load::Failed(Failure::StoredData { reason: storage_error(error) }),
    }
}

fn storage_error(error: StoreError) -> StorageError {
    match error {
        StoreError::QuotaExceeded => StorageError::Unavailable { detail: "QuotaExceededError".to_owned() },
        StoreError::Refused { detail } => StorageError::Unavailable { detail },
        StoreError::Damaged { path, detail } => {
            StorageError::Damaged(Damage { path, problem: Problem::Shape { detail } })
        }
    }
}
