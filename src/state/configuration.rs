//! The configuration with its history: what the pages read, and the only way to change it. Every change is one save,
//! written as a whole or not at all, and refused when another tab saved in between.

use couplet_engine::Configuration;
use couplet_engine::history::{Target, revert};
use leptos::prelude::*;

use crate::browser::locks::{Lock, NoLock};
use crate::browser::storage::{self, CommitError, Storage, StorageError, StorageEvent};
use crate::browser::tabs::Tabs;
use crate::browser::{clock, locks};
use crate::failure::Failure;
use crate::state::load::Load;
use couplet_workspace::versions::before_version;
use couplet_workspace::{
    self as stored, FileError, KeptOfWorkspace, Records, RecordsChange, StoredEntry, Workspace,
};

pub use couplet_workspace::versions::{Cause, HistoryEntry};

/// Where the tabs tell each other the revision of a save.
const CHANNEL: &str = "couplet";

/// Where the configuration is kept.
#[derive(Debug, Clone, PartialEq)]
pub enum StorageState {
    /// The database is being opened.
    Opening,
    /// An older version of the app in another tab keeps the database from being opened.
    Blocked,
    /// In the database, which the browser promised to keep.
    Persistent,
    /// In the database, which the browser may empty when it needs room.
    BestEffort,
    /// In memory only: it is gone with the page.
    MemoryOnly {
        /// Why it cannot be stored.
        reason: StorageError,
    },
}

/// What another tab did that this one has to follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtherTab {
    /// It saved this revision; what this tab shows is older.
    Saved {
        /// Its revision.
        revision: u64,
    },
    /// It runs a newer version of the app: the database is closed here, and the page has to be loaded again.
    Superseded,
}

/// Why a save did not happen. The configuration is as it was.
#[derive(Debug, Clone, PartialEq)]
pub enum SaveError {
    /// What is stored has not been read yet, or could not be.
    NotLoaded,
    /// Another save of this tab is under way.
    Busy,
    /// Another tab saved in between; its configuration has to be loaded first.
    Stale {
        /// Its revision.
        stored: u64,
    },
    /// No room is left in the browser's storage.
    QuotaExceeded,
    /// The browser refused.
    Refused {
        /// Its own words.
        detail: String,
    },
    /// There is no version to go back to.
    NoVersion,
    /// A run is under way, in this tab or another.
    Running,
}

/// The configuration store. One for the whole app, by context.
#[derive(Debug, Clone, Copy)]
pub struct ConfigurationStore {
    /// The configuration as last saved.
    pub configuration: RwSignal<Configuration>,
    /// Whether it is here.
    pub load: RwSignal<Load<()>>,
    /// Its versions in ascending order; the last one is `configuration`.
    pub history: RwSignal<Vec<HistoryEntry>>,
    /// Number of the last save.
    pub revision: RwSignal<u64>,
    /// Where it is kept.
    pub storage: RwSignal<StorageState>,
    /// What another tab did.
    pub other_tab: RwSignal<Option<OtherTab>>,
    /// Whether a save is under way.
    pub saving: RwSignal<bool>,
    database: StoredValue<Option<Storage>, LocalStorage>,
    tabs: StoredValue<Option<Tabs>, LocalStorage>,
}

impl ConfigurationStore {
    /// Makes the store and gives it to everything below.
    pub fn provide() {
        provide_context(ConfigurationStore {
            configuration: RwSignal::new(Configuration::default()),
            load: RwSignal::new(Load::Idle),
            history: RwSignal::new(Vec::new()),
            revision: RwSignal::new(0),
            storage: RwSignal::new(StorageState::Opening),
            other_tab: RwSignal::new(None),
            saving: RwSignal::new(false),
            database: StoredValue::new_local(None),
            tabs: StoredValue::new_local(None),
        });
    }

    /// The store.
    pub fn expect() -> Self {
        expect_context()
    }

    /// The database, once it is open; none while it is not, and in memory.
    pub(crate) fn database(self) -> Option<Storage> {
        self.database.get_value()
    }

    /// Opens the database and reads what is stored. Without a database the app works in memory, and says so.
    pub async fn load(self) {
        self.load.set(Load::Loading);
        self.storage.set(StorageState::Opening);
        match storage::open(move |event| self.on_event(event)).await {
            Ok(database) => {
                self.database.set_value(Some(database));
                let on_told = move |text: &str| text.parse().into_iter().for_each(|it| self.on_other_tab(it));
                self.tabs.set_value(Tabs::listen(CHANNEL, on_told));
                self.storage.set(StorageState::BestEffort);
                self.reload().await;
                if storage::ask_persistence().await {
                    self.storage.set(StorageState::Persistent);
                }
            }
            Err(reason @ StorageError::Unavailable { .. }) => {
                self.storage.set(StorageState::MemoryOnly { reason });
                self.load.set(Load::Ready(()));
            }
            Err(reason) => {
                self.load.set(Load::Failed(Failure::StoredData { reason: reason.clone() }));
                self.storage.set(StorageState::MemoryOnly { reason });
            }
        }
    }

    /// Reads what is stored once more: after another tab saved, or when reading failed.
    pub async fn reload(self) {
        let Some(database) = self.database.get_value() else { return self.load_again().await };
        let read = database.load().await.and_then(|records| {
            let Some(records) = records else { return Ok((0, Configuration::default(), Vec::new())) };
            read_records(records).map_err(StorageError::Damaged)
        });
        match read {
            Ok((revision, configuration, history)) => {
                self.show(revision, configuration, history);
                self.other_tab.set(None);
                self.load.set(Load::Ready(()));
            }
            Err(reason) => self.load.set(Load::Failed(Failure::StoredData { reason })),
        }
    }

    /// Saves `next` as a new version. When nothing changed there is nothing to save.
    ///
    /// # Errors
    /// When it could not be stored as a whole; nothing has changed then.
    pub async fn save(self, next: Configuration, cause: Cause) -> Result<(), SaveError> {
        let before = self.configuration.get_untracked();
        if before == next {
            return Ok(());
        }
        let seq = self.revision.get_untracked() + 1;
        let entry = HistoryEntry::of_save(seq, clock::now_ms(), cause, &before, &next);
        self.commit(before, next, vec![entry], None).await
    }

    /// The version that [`Self::undo_last`] takes back; none when the last one changed nothing.
    pub fn last_version(self) -> Option<u64> {
        self.history.with(|history| {
            let last = history.last()?;
            (last.cause != Cause::Import || !last.changes.is_empty()).then_some(last.seq)
        })
    }

    /// Takes the last version back, as a new version.
    ///
    /// # Errors
    /// When there is none, or as for [`Self::save`].
    pub async fn undo_last(self) -> Result<(), SaveError> {
        let seq = self.history.with_untracked(|history| history.last().map(|entry| entry.seq));
        let seq = seq.ok_or(SaveError::NoVersion)?;
        let before = self.before(seq).ok_or(SaveError::NoVersion)?;
        self.save(before, Cause::Undo { seq }).await
    }

    /// Puts everything back as it was before the version `seq`, as a new version.
    ///
    /// # Errors
    /// When there is no such version, or as for [`Self::save`].
    pub async fn revert_to(self, seq: u64) -> Result<(), SaveError> {
        let before = self.before(seq).ok_or(SaveError::NoVersion)?;
        self.save(before, Cause::Revert { seq }).await
    }

    /// Puts one item back as it was before the version `seq`, as a new version.
    ///
    /// # Errors
    /// When there is no such version, or as for [`Self::save`].
    pub async fn revert_item(self, seq: u64, target: &Target) -> Result<(), SaveError> {
        let before = self.before(seq).ok_or(SaveError::NoVersion)?;
        let next = self.configuration.with_untracked(|current| revert(current, &before, target));
        self.save(next, Cause::RevertItem { seq }).await
    }

    /// The configuration before the version `seq`.
    pub fn before(self, seq: u64) -> Option<Configuration> {
        self.configuration.with_untracked(|current| {
            self.history.with_untracked(|history| before_version(current, history, seq))
        })
    }

    /// The workspace file, with what synchronization left behind.
    ///
    /// # Errors
    /// When what is kept of synchronization cannot be read.
    pub async fn export(self) -> Result<String, SaveError> {
        let kept = match self.database.get_value() {
            Some(database) => database.kept().await.map_err(CommitError::from)?,
            None => KeptOfWorkspace::default(),
        };
        let text = self.configuration.with_untracked(|configuration| {
            self.history.with_untracked(|history| {
                stored::write_workspace(configuration, history, &kept, clock::now_ms())
            })
        });
        text.map_err(|error| SaveError::Refused { detail: error.to_string() })
    }

    /// Reads a workspace file without using it.
    ///
    /// # Errors
    /// The reason for refusing it.
    pub fn read_file(text: &str) -> Result<Workspace, FileError> {
        stored::read_workspace(text)
    }

    /// Uses a workspace file, as one save. A workspace without history takes over the file's; what the file says of
    /// synchronization takes the place of what is kept here.
    ///
    /// # Errors
    /// As for [`Self::save`].
    pub async fn import(self, workspace: Workspace) -> Result<(), SaveError> {
        let before = self.configuration.get_untracked();
        let is_new = before == Configuration::default() && self.history.with_untracked(Vec::is_empty);
        let kept = workspace.synchronization.as_ref();
        let _alone = self.alone().await?;
        if !is_new || workspace.history.is_empty() {
            if kept.is_none() {
                return self.save(workspace.configuration, Cause::Import).await;
            }
            let seq = self.revision.get_untracked() + 1;
            let after = &workspace.configuration;
            let entry = HistoryEntry::of_save(seq, clock::now_ms(), Cause::Import, &before, after);
            let next = workspace.configuration.clone();
            return self.commit(before, next, vec![entry], kept).await;
        }
        let mut entries = workspace.history.clone();
        let shift = self.revision.get_untracked();
        entries.iter_mut().for_each(|entry| entry.shift(shift));
        let seq = entries.last().map_or(shift, |entry| entry.seq) + 1;
        let after = &workspace.configuration;
        entries.push(HistoryEntry::of_save(seq, clock::now_ms(), Cause::Import, after, after));
        self.commit(before, workspace.configuration.clone(), entries, kept).await
    }

    /// Deletes everything that is stored in this browser.
    ///
    /// # Errors
    /// When a run is under way or the browser refuses; nothing is deleted then.
    pub async fn wipe(self) -> Result<(), SaveError> {
        let _alone = self.alone().await?;
        let _saving = Saving::start(self.saving)?;
        let revision = match self.database.get_value() {
            Some(database) => database.clear().await?,
            None => return self.wipe_unopened().await,
        };
        self.show(revision, Configuration::default(), Vec::new());
        self.other_tab.set(None);
        self.load.set(Load::Ready(()));
        self.announce(revision);
        Ok(())
    }

    /// Starts again without a database that cannot be opened, or in memory when there is none.
    async fn wipe_unopened(self) -> Result<(), SaveError> {
        if self.load.with_untracked(|load| load.ready().is_some()) {
            self.show(self.revision.get_untracked() + 1, Configuration::default(), Vec::new());
            return Ok(());
        }
        storage::delete().await.map_err(|error| SaveError::Refused { detail: format!("{error:?}") })?;
        self.load().await;
        Ok(())
    }

    /// Keeps runs of every tab from beginning: one that is under way would write its couplings over what comes now.
    ///
    /// # Errors
    /// [`SaveError::Running`].
    pub(crate) async fn alone(self) -> Result<Option<Lock>, SaveError> {
        match locks::take_if_free(locks::RUN).await {
            Ok(lock) => Ok(Some(lock)),
            Err(NoLock::Held) => Err(SaveError::Running),
            // Nothing runs where there are no locks.
            Err(NoLock::Unsupported) => Ok(None),
        }
    }

    async fn commit(
        self,
        before: Configuration,
        next: Configuration,
        entries: Vec<HistoryEntry>,
        kept: Option<&KeptOfWorkspace>,
    ) -> Result<(), SaveError> {
        if self.load.with_untracked(|load| load.ready().is_none()) {
            return Err(SaveError::NotLoaded);
        }
        let _saving = Saving::start(self.saving)?;
        let expected = self.revision.get_untracked();
        let revision = entries.last().map_or(expected, |entry| entry.seq);
        let stored = entries.iter().map(StoredEntry::from).collect();
        if let Some(database) = self.database.get_value() {
            let change = RecordsChange::between(&before, &next, revision, stored);
            let result = database.commit(expected, &change, kept).await;
            if let Err(CommitError::Stale { stored }) = &result {
                self.other_tab.set(Some(OtherTab::Saved { revision: *stored }));
            }
            result?;
        }
        let mut history = self.history.get_untracked();
        history.extend(entries);
        self.show(revision, next, history);
        self.announce(revision);
        Ok(())
    }

    fn show(self, revision: u64, configuration: Configuration, history: Vec<HistoryEntry>) {
        self.revision.set(revision);
        self.history.set(history);
        self.configuration.set(configuration);
    }

    fn announce(self, revision: u64) {
        self.tabs.with_value(|tabs| {
            if let Some(tabs) = tabs {
                tabs.tell(&revision.to_string());
            }
        });
    }

    async fn load_again(self) {
        // Boxed because loading reads, and reading loads when there is no database yet.
        Box::pin(self.load()).await;
    }

    fn on_event(self, event: StorageEvent) {
        match event {
            StorageEvent::Blocked => self.storage.set(StorageState::Blocked),
            StorageEvent::Superseded => self.other_tab.set(Some(OtherTab::Superseded)),
        }
    }

    fn on_other_tab(self, revision: u64) {
        let superseded = self.other_tab.with_untracked(|other| *other == Some(OtherTab::Superseded));
        if revision > self.revision.get_untracked() && !superseded {
            self.other_tab.set(Some(OtherTab::Saved { revision }));
        }
    }
}

/// Says that a save is under way for as long as it lives.
struct Saving(RwSignal<bool>);

impl Saving {
    fn start(signal: RwSignal<bool>) -> Result<Self, SaveError> {
        if signal.get_untracked() {
            return Err(SaveError::Busy);
        }
        signal.set(true);
        Ok(Saving(signal))
    }
}

impl Drop for Saving {
    fn drop(&mut self) {
        self.0.set(false);
    }
}

impl From<CommitError> for SaveError {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Stale { stored } => SaveError::Stale { stored },
            CommitError::QuotaExceeded => SaveError::QuotaExceeded,
            CommitError::Refused { detail } => SaveError::Refused { detail },
        }
    }
}

fn read_records(records: Records) -> Result<(u64, Configuration, Vec<HistoryEntry>), stored::Damage> {
    let (revision, configuration, history) = records.join()?;
    let history = stored::read_history(history, &configuration)?;
    Ok((revision, configuration, history))
}
