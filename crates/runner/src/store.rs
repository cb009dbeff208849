//! What is kept between runs, in one file: an embedded database whose transactions are durable and whole, and which one
//! process holds at a time until it ends, however it ends. The records in it are those of `couplet-workspace`.

use std::path::Path;

use couplet_engine::MappingName;
use couplet_engine::coupling::{JobId, OptionCoupling, SystemId};
use couplet_engine::executor::{EntryId, Settlement};
use couplet_engine::job::SynchJob;
use couplet_engine::planning::{Couplings, MappingState};
use couplet_synchronization::{OpenEntry, Pair, Recording, Store, StoreError};
use couplet_workspace::{
    Damage, KeptOfMapping, StoredCoupling, StoredJobError, StoredOpenEntry, StoredOptionCoupling, StoredPair,
    StoredProgress, StoredSettlements, StoredSynchJob, Words, decode_line, encode_line, id_key, kept_since,
    state_of,
};
use jiff::Timestamp;
use redb::{Database, DatabaseError, ReadableDatabase, ReadableTable, TableDefinition, WriteTransaction};
use rustc_hash::FxHashSet;
use serde_json::Error as Unwritable;

/// By mapping and record, each a line of JSON.
const COUPLINGS: TableDefinition<'_, (&str, &str), &str> = TableDefinition::new("couplings");
const OPTION_COUPLINGS: TableDefinition<'_, (&str, &str), &str> = TableDefinition::new("option_couplings");
/// By mapping.
const PROGRESS: TableDefinition<'_, &str, &str> = TableDefinition::new("progress");
/// By number.
const OPEN: TableDefinition<'_, u64, &str> = TableDefinition::new("open");
/// By job and place in it.
const SETTLEMENTS: TableDefinition<'_, (&str, u64), &str> = TableDefinition::new("settlements");
const ERRORS: TableDefinition<'_, (&str, u64), &str> = TableDefinition::new("errors");
/// By job.
const JOBS: TableDefinition<'_, &str, &str> = TableDefinition::new("jobs");
/// The pair of systems that everything belongs to, under one key.
const PAIR: TableDefinition<'_, &str, &str> = TableDefinition::new("pair");
const PAIR_KEY: &str = "pair";
/// Single numbers.
const NUMBERS: TableDefinition<'_, &str, u64> = TableDefinition::new("numbers");
/// A number above every number in the journal.
const NEXT_ENTRY: &str = "next_entry";
/// The last key of a mapping's records: keys are hexadecimal.
const LAST: &str = "g";

/// Why the state cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another run holds it.
    #[error("another run holds the state")]
    Held,
    /// It cannot be read or made.
    #[error("cannot open the state: {0}")]
    Broken(String),
}

/// Everything that went wrong inside a transaction.
enum Trouble {
    Database(redb::Error),
    Damage(Damage),
    Unwritable(Unwritable),
}

impl<E: Into<redb::Error>> From<E> for Trouble {
    fn from(error: E) -> Self {
        Trouble::Database(error.into())
    }
}

impl From<Trouble> for StoreError {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Database(error) => StoreError::Refused { detail: error.to_string() },
            Trouble::Damage(damage) => {
                StoreError::Damaged { path: damage.path.clone(), detail: format!("{:?}", damage.problem) }
            }
            Trouble::Unwritable(error) => StoreError::Refused { detail: error.to_string() },
        }
    }
}

/// The state in a directory.
#[derive(Debug)]
pub struct FileStore {
    database: Database,
}

impl FileStore {
    /// Opens the state in a directory, or makes it.
    ///
    /// # Errors
    /// When another run holds it, or it cannot be read or made.
    pub fn open(directory: &Path) -> Result<Self, OpenError> {
        let broken = |error: &dyn std::fmt::Display| OpenError::Broken(error.to_string());
        std::fs::create_dir_all(directory).map_err(|error| broken(&error))?;
        let database = Database::create(directory.join("couplet.redb")).map_err(|error| match error {
            DatabaseError::DatabaseAlreadyOpen => OpenError::Held,
            error => broken(&error),
        })?;
        let store = FileStore { database };
        store.write(|_| Ok(())).map_err(|error| OpenError::Broken(format!("{error:?}")))?;
        Ok(store)
    }

    /// Takes over what a workspace file says of mappings of which nothing was ever kept here.
    ///
    /// # Errors
    /// When it cannot be read or kept.
    pub fn take_over(&self, kept: &[KeptOfMapping]) -> Result<(), StoreError> {
        self.write(|write| {
            for kept in kept {
                if write.open_table(PROGRESS)?.get(kept.mapping.as_str())?.is_some() {
                    continue;
                }
                let couplings: Vec<_> = kept.state.couplings.iter().cloned().collect();
                let progress = kept.progress();
                let recording = Recording {
                    put_couplings: couplings,
                    put_option_couplings: kept.option_couplings.clone(),
                    ..Recording::new(kept.mapping.clone(), progress)
                };
                put_state(write, &recording)?;
            }
            Ok(())
        })
    }

    /// Forgets jobs with their journal and errors after their time (S5.7). A job whose writes have no outcome yet is kept.
    ///
    /// # Errors
    /// When it cannot be changed.
    pub fn forget_old(&self, now: Timestamp) -> Result<(), StoreError> {
        self.write(|write| {
            let mut open = FxHashSet::default();
            for entry in write.open_table(OPEN)?.iter()? {
                let (_, line) = entry?;
                open.insert(read_line::<StoredOpenEntry>(line.value())?.read().map_err(Trouble::Damage)?.job);
            }
            let mut jobs = write.open_table(JOBS)?;
            let mut old: Vec<String> = Vec::new();
            for entry in jobs.iter()? {
                let (key, line) = entry?;
                let job = read_line::<StoredSynchJob>(line.value())?.read().map_err(Trouble::Damage)?;
                if job.started_at < kept_since(now) && !open.contains(&job.id) {
                    old.push(key.value().to_owned());
                }
            }
            for job in &old {
                jobs.remove(job.as_str())?;
                let range = (job.as_str(), 0)..=(job.as_str(), u64::MAX);
                write.open_table(SETTLEMENTS)?.retain_in(range.clone(), |_, _| false)?;
                write.open_table(ERRORS)?.retain_in(range, |_, _| false)?;
            }
            Ok(())
        })
    }

    /// One durable transaction; every table exists after it.
    fn write(&self, change: impl FnOnce(&WriteTransaction) -> Result<(), Trouble>) -> Result<(), StoreError> {
        let transact = || -> Result<(), Trouble> {
            let write = self.database.begin_write()?;
            write.open_table(COUPLINGS)?;
            write.open_table(OPTION_COUPLINGS)?;
            write.open_table(PROGRESS)?;
            write.open_table(OPEN)?;
            write.open_table(SETTLEMENTS)?;
            write.open_table(ERRORS)?;
            write.open_table(JOBS)?;
            write.open_table(PAIR)?;
            write.open_table(NUMBERS)?;
            change(&write)?;
            Ok(write.commit()?)
        };
        Ok(transact()?)
    }

    fn state(&self, mapping: &MappingName) -> Result<MappingState, Trouble> {
        let read = self.database.begin_read()?;
        let progress = read.open_table(PROGRESS)?;
        let (progress, words) = read_progress(&progress, mapping)?;
        let table = read.open_table(COUPLINGS)?;
        let mut couplings = Couplings::default();
        for entry in table.range((mapping.as_str(), "")..(mapping.as_str(), LAST))? {
            let (_, line) = entry?;
            let stored = read_line::<StoredCoupling>(line.value())?;
            couplings.insert(stored.read(&words).map_err(Trouble::Damage)?);
        }
        Ok(state_of(progress, couplings))
    }

    fn kept_pair(&self) -> Result<Option<Pair>, Trouble> {
        let read = self.database.begin_read()?;
        let table = read.open_table(PAIR)?;
        let Some(line) = table.get(PAIR_KEY)? else { return Ok(None) };
        let stored = read_line::<StoredPair>(line.value())?;
        Ok(Some(stored.into()))
    }

    fn options(&self, mapping: &MappingName) -> Result<Vec<OptionCoupling>, Trouble> {
        let read = self.database.begin_read()?;
        let table = read.open_table(OPTION_COUPLINGS)?;
        let mut couplings = Vec::new();
        for entry in table.range((mapping.as_str(), "")..(mapping.as_str(), LAST))? {
            let (_, line) = entry?;
            let stored = read_line::<StoredOptionCoupling>(line.value())?;
            couplings.push(stored.read().map_err(Trouble::Damage)?);
        }
        Ok(couplings)
    }

    fn open_batches(&self) -> Result<Vec<OpenEntry>, Trouble> {
        let read = self.database.begin_read()?;
        let mut open = Vec::new();
        for entry in read.open_table(OPEN)?.iter()? {
            let (_, line) = entry?;
            open.push(read_line::<StoredOpenEntry>(line.value())?.read().map_err(Trouble::Damage)?);
        }
        Ok(open)
    }

    fn kept_job(&self, job: JobId) -> Result<Option<SynchJob>, Trouble> {
        let read = self.database.begin_read()?;
        let jobs = read.open_table(JOBS)?;
        let Some(line) = jobs.get(id_key(job.0).as_str())? else { return Ok(None) };
        Ok(Some(read_line::<StoredSynchJob>(line.value())?.read().map_err(Trouble::Damage)?))
    }

    fn settled(&self, job: JobId) -> Result<Vec<Settlement>, Trouble> {
        let read = self.database.begin_read()?;
        let key = id_key(job.0);
        let mut settlements = Vec::new();
        let table = read.open_table(SETTLEMENTS)?;
        for entry in table.range((key.as_str(), 0)..=(key.as_str(), u64::MAX))? {
            let (_, line) = entry?;
            settlements
                .extend(read_line::<StoredSettlements>(line.value())?.read().map_err(Trouble::Damage)?);
        }
        Ok(settlements)
    }
}

impl Store for FileStore {
    async fn pair(&self) -> Result<Option<Pair>, StoreError> {
        Ok(self.kept_pair()?)
    }

    async fn keep_pair(&self, pair: &Pair) -> Result<(), StoreError> {
        self.write(|write| {
            write.open_table(PAIR)?.insert(PAIR_KEY, line(&StoredPair::from(pair))?.as_str())?;
            Ok(())
        })
    }

    async fn mapping_state(&self, mapping: &MappingName) -> Result<MappingState, StoreError> {
        Ok(self.state(mapping)?)
    }

    async fn option_couplings(&self, mapping: &MappingName) -> Result<Vec<OptionCoupling>, StoreError> {
        Ok(self.options(mapping)?)
    }

    async fn open_entries(&self) -> Result<Vec<OpenEntry>, StoreError> {
        Ok(self.open_batches()?)
    }

    async fn next_entry(&self) -> Result<EntryId, StoreError> {
        let next = || -> Result<u64, Trouble> {
            let read = self.database.begin_read()?;
            Ok(read.open_table(NUMBERS)?.get(NEXT_ENTRY)?.map_or(0, |next| next.value()))
        };
        Ok(EntryId(next()?))
    }

    async fn settlements(&self, job: JobId) -> Result<Vec<Settlement>, StoreError> {
        Ok(self.settled(job)?)
    }

    async fn job(&self, job: JobId) -> Result<Option<SynchJob>, StoreError> {
        Ok(self.kept_job(job)?)
    }

    async fn store_entry(&self, entry: &OpenEntry) -> Result<(), StoreError> {
        self.write(|write| {
            let number = entry.entry.id.0;
            write.open_table(OPEN)?.insert(number, line(&StoredOpenEntry::from(entry))?.as_str())?;
            write.open_table(NUMBERS)?.insert(NEXT_ENTRY, number + 1)?;
            Ok(())
        })
    }

    async fn record(&self, recording: &Recording) -> Result<(), StoreError> {
        self.write(|write| {
            let of_entry = match recording.completed {
                Some(entry) => complete(write, entry)?,
                None => None,
            };
            put_state(write, recording)?;
            if let Some(job) = &recording.job {
                let key = id_key(job.id.0);
                write.open_table(JOBS)?.insert(key.as_str(), line(&StoredSynchJob::from(job))?.as_str())?;
            }
            let job = recording.job.as_ref().map(|job| job.id).or(of_entry);
            let Some(job) = job.map(|job| id_key(job.0)) else { return Ok(()) };
            if !recording.settlements.is_empty() {
                let stored = StoredSettlements::from(recording.settlements.as_slice());
                append(write, SETTLEMENTS, &job, &line(&stored)?)?;
            }
            for error in &recording.errors {
                append(write, ERRORS, &job, &line(&StoredJobError::from(error))?)?;
            }
            Ok(())
        })
    }
}

/// Takes a batch out of the journal; the job that sent it.
fn complete(write: &WriteTransaction, entry: EntryId) -> Result<Option<JobId>, Trouble> {
    let mut open = write.open_table(OPEN)?;
    let Some(line) = open.remove(entry.0)? else { return Ok(None) };
    let stored = read_line::<StoredOpenEntry>(line.value())?.read().map_err(Trouble::Damage)?;
    Ok(Some(stored.job))
}

/// Couplings and progress of a mapping.
fn put_state(write: &WriteTransaction, recording: &Recording) -> Result<(), Trouble> {
    let mapping = recording.mapping.as_str();
    let mut progress = write.open_table(PROGRESS)?;
    let (_, mut words) = read_progress(&progress, &recording.mapping)?;
    let mut couplings = write.open_table(COUPLINGS)?;
    for SystemId(record) in &recording.delete_couplings {
        couplings.remove((mapping, id_key(*record).as_str()))?;
    }
    for coupling in &recording.put_couplings {
        let stored = StoredCoupling::of(coupling, &mut words);
        couplings.insert((mapping, stored.key().as_str()), line(&stored)?.as_str())?;
    }
    let mut options = write.open_table(OPTION_COUPLINGS)?;
    for SystemId(record) in &recording.delete_option_couplings {
        options.remove((mapping, id_key(*record).as_str()))?;
    }
    for coupling in &recording.put_option_couplings {
        let stored = StoredOptionCoupling::from(coupling);
        options.insert((mapping, stored.key().as_str()), line(&stored)?.as_str())?;
    }
    progress.insert(mapping, line(&StoredProgress::of(&recording.progress, &words))?.as_str())?;
    Ok(())
}

fn read_progress(
    table: &impl ReadableTable<&'static str, &'static str>,
    mapping: &MappingName,
) -> Result<(couplet_synchronization::Progress, Words), Trouble> {
    match table.get(mapping.as_str())? {
        Some(line) => read_line::<StoredProgress>(line.value())?.read().map_err(Trouble::Damage),
        None => Ok((couplet_synchronization::Progress::default(), Words::default())),
    }
}

/// Adds a line after the last of a job.
fn append(
    write: &WriteTransaction,
    table: TableDefinition<'_, (&str, u64), &str>,
    job: &str,
    line: &str,
) -> Result<(), Trouble> {
    let mut table = write.open_table(table)?;
    let next = match table.range((job, 0)..=(job, u64::MAX))?.next_back() {
        Some(last) => last?.0.value().1 + 1,
        None => 0,
    };
    table.insert((job, next), line)?;
    Ok(())
}

fn line<T: serde::Serialize>(stored: &T) -> Result<String, Trouble> {
    encode_line(stored).map_err(Trouble::Unwritable)
}

fn read_line<T: serde::de::DeserializeOwned>(line: &str) -> Result<T, Trouble> {
    decode_line(line).map_err(Trouble::Damage)
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;
    use std::path::PathBuf;

    use couplet_engine::coupling::RowId;
    use couplet_engine::executor::JournalEntry;
    use couplet_engine::job::{JobKind, SynchJob};
    use couplet_engine::planning::CouplingState;
    use uuid::Uuid;

    use super::*;

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("couplet-runner-{name}-{}", std::process::id()));
            let _ = std::fs::remove_dir_all(&path);
            Folder(path)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    fn mapping(name: &str) -> MappingName {
        MappingName::new(name).unwrap()
    }

    /// What a workspace file says of a mapping: one coupling.
    fn kept(name: &str, row: u128) -> KeptOfMapping {
        let table = NonZeroU32::new(18).unwrap();
        let (record, row) = (SystemId(Uuid::from_u128(1)), RowId(Uuid::from_u128(row)));
        let mut state = MappingState::default();
        state.couplings.insert(CouplingState::new(table, record, row));
        KeptOfMapping { mapping: mapping(name), state, option_couplings: Vec::new() }
    }

    #[test]
    fn a_mapping_added_to_the_file_later_is_taken_over_and_a_known_one_is_not() {
        let folder = Folder::new("take-over");
        let store = FileStore::open(&folder.0).unwrap();
        store.take_over(&[kept("CUSTOMER", 10)]).unwrap();
        store.take_over(&[kept("CUSTOMER", 11), kept("CONTACT", 12)]).unwrap();
        let row_of = |name: &str| {
            let state = store.state(&mapping(name)).ok().unwrap();
            state.couplings.row_of(SystemId(Uuid::from_u128(1))).map(|row| row.0.as_u128())
        };
        assert_eq!((row_of("CUSTOMER"), row_of("CONTACT")), (Some(10), Some(12)));
    }

    #[test]
    fn old_jobs_are_forgotten_but_for_those_with_open_batches() {
        let folder = Folder::new("old-jobs");
        let store = FileStore::open(&folder.0).unwrap();
        let begun = |id: u128| SynchJob {
            id: JobId(Uuid::from_u128(id)),
            mapping: mapping("CUSTOMER"),
            kind: JobKind::Full,
            started_at: Timestamp::UNIX_EPOCH,
            finished_at: None,
            end: None,
            passes: Vec::new(),
            n_requests: 0,
        };
        let (finished, open) = (begun(1), begun(2));
        let keep = |job: &SynchJob| {
            store.write(|write| {
                let key = id_key(job.id.0);
                write.open_table(JOBS)?.insert(key.as_str(), line(&StoredSynchJob::from(job))?.as_str())?;
                Ok(())
            })
        };
        keep(&finished).unwrap();
        keep(&open).unwrap();
        let entry = OpenEntry {
            job: open.id,
            mapping: mapping("CUSTOMER"),
            stored_at: Timestamp::UNIX_EPOCH,
            entry: JournalEntry { id: EntryId(1), operations: Vec::new() },
        };
        store
            .write(|write| {
                write.open_table(OPEN)?.insert(1, line(&StoredOpenEntry::from(&entry))?.as_str())?;
                Ok(())
            })
            .unwrap();
        store.forget_old("2026-11-21T00:00:00Z".parse().unwrap()).unwrap();
        let read = store.database.begin_read().unwrap();
        let jobs: Vec<String> = read
            .open_table(JOBS)
            .unwrap()
            .iter()
            .unwrap()
            .map(|entry| entry.unwrap().0.value().to_owned())
            .collect();
        assert_eq!(jobs, [id_key(open.id.0)]);
    }
}
