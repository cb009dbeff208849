//! What synchronization leaves behind, in the browser's database: couplings, progress, journal, jobs and their errors.
//! Each method that writes is one transaction with strict durability: it has happened, or nothing of it has. The layout
//! of the stores is told in `storage`.

use couplet_engine::MappingName;
use couplet_engine::coupling::{JobId, OptionCoupling, SystemId};
use couplet_engine::executor::{EntryId, Settlement};
use couplet_engine::job::{SynchJob, SynchJobError};
use couplet_engine::planning::{CouplingState, Couplings, MappingState};
use couplet_synchronization::{OpenEntry, Progress, Recording, StoreError};
use couplet_workspace::{
    Damage, KeptOfMapping, KeptOfWorkspace, Problem, StoredCoupling, StoredJobError, StoredOpenEntry,
    StoredOptionCoupling, StoredProgress, StoredSettlements, StoredSynchJob, Words, decode_line, encode_line,
    id_key, moment_key, state_of,
};
use idb::{
    CursorDirection, Database, IndexParams, KeyPath, KeyRange, ObjectStoreParams, Query, Transaction,
    TransactionMode,
};
use jiff::Timestamp;
use js_sys::{Array, Object, Reflect};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::JsValue;

use super::single_records::{delete_pair, put_pair};
use super::storage::{CommitError, Storage, finished};

/// The stores of synchronization.
pub(super) const STORES: [&str; 7] =
    ["couplings", "option_couplings", "progress", "journal", "settlements", "synch_jobs", "job_errors"];

/// Those of them that hold how things are, and what is not known yet; the others hold what happened.
pub(super) const KEPT_STORES: [&str; 4] = ["couplings", "option_couplings", "progress", "journal"];

/// Records read at once: few enough that the page does not wait for them.
const CHUNK: u32 = 1000;

/// Creates the object stores of version 3.
pub(super) fn create_stores(database: &Database) -> Result<(), idb::Error> {
    let coupling = || KeyPath::new_array(["mapping", "record"]);
    let one = |path: &str| Some(KeyPath::new_single(path));
    for (name, key_path, index) in [
        ("couplings", Some(coupling()), Some(("row", KeyPath::new_array(["mapping", "row"])))),
        ("option_couplings", Some(coupling()), None),
        ("progress", one("mapping"), None),
        ("journal", one("entry"), Some(("job", KeyPath::new_single("job")))),
        ("settlements", None, Some(("job", KeyPath::new_single("job")))),
        ("synch_jobs", one("id"), Some(("started", KeyPath::new_single("started")))),
        ("job_errors", None, Some(("job", KeyPath::new_single("job")))),
    ] {
        let mut parameters = ObjectStoreParams::new();
        parameters.auto_increment(key_path.is_none());
        parameters.key_path(key_path);
        let store = database.create_object_store(name, parameters)?;
        if let Some((name, key_path)) = index {
            store.create_index(name, key_path, Some(IndexParams::new()))?;
        }
    }
    Ok(())
}

impl Storage {
    /// What the runs of a mapping left behind; empty before the first.
    ///
    /// Reads in one transaction, and in pieces between which the page has its turn.
    ///
    /// # Errors
    /// When the browser refuses or a record cannot be read.
    pub async fn mapping_state(&self, mapping: &MappingName) -> Result<MappingState, StoreError> {
        let transaction = self.looking(&["couplings", "progress"])?;
        let (progress, words) = read_progress(&transaction, mapping).await?;
        let mut couplings = Couplings::default();
        let read = |stored: StoredCoupling| {
            couplings.insert(stored.read(&words)?);
            Ok(())
        };
        each_of_mapping(&transaction, "couplings", mapping, read).await?;
        Ok(state_of(progress, couplings))
    }

    /// Option couplings of a mapping.
    ///
    /// # Errors
    /// When the browser refuses or a record cannot be read.
    pub async fn option_couplings(&self, mapping: &MappingName) -> Result<Vec<OptionCoupling>, StoreError> {
        let transaction = self.looking(&["option_couplings"])?;
        let mut couplings = Vec::new();
        let read = |stored: StoredOptionCoupling| {
            couplings.push(stored.read()?);
            Ok(())
        };
        each_of_mapping(&transaction, "option_couplings", mapping, read).await?;
        Ok(couplings)
    }

    /// Journal entries without an outcome, by number.
    ///
    /// # Errors
    /// When the browser refuses or an entry cannot be read.
    pub async fn open_entries(&self) -> Result<Vec<OpenEntry>, StoreError> {
        let transaction = self.looking(&["journal"])?;
        let store = transaction.object_store("journal").map_err(refused)?;
        let rows = store.get_all(None, None).map_err(refused)?.await.map_err(refused)?;
        let rows =
            rows.iter().map(|row| state::<StoredOpenEntry>(row, "journal").and_then(StoredOpenEntry::read));
        rows.collect::<Result<_, _>>().map_err(damaged)
    }

    /// A number above every number in the journal.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn next_entry(&self) -> Result<EntryId, StoreError> {
        let transaction = self.looking(&["journal"])?;
        let store = transaction.object_store("journal").map_err(refused)?;
        let cursor = store.open_key_cursor(None, Some(CursorDirection::Prev)).map_err(refused)?;
        let Some(cursor) = cursor.await.map_err(refused)? else { return Ok(EntryId(1)) };
        let last = cursor.key().map_err(refused)?.as_f64().unwrap_or_default();
        Ok(EntryId(last as u64 + 1))
    }

    /// Keeps a batch before it is sent.
    ///
    /// # Errors
    /// When no room is left or the browser refuses; nothing is kept then.
    pub async fn store_entry(&self, entry: &OpenEntry) -> Result<(), StoreError> {
        let transaction = self.writing(&["journal"])?;
        let keys = [
            ("entry", (entry.entry.id.0 as f64).into()),
            ("job", id_key(entry.job.0).into()),
            ("mapping", entry.mapping.as_str().into()),
        ];
        let kept = put(&transaction, "journal", &keys, &StoredOpenEntry::from(entry));
        settled(transaction, kept).await
    }

    /// Keeps what a step of a job changed.
    ///
    /// # Errors
    /// When no room is left, the browser refuses, or the mapping's progress cannot be read; nothing is kept then.
    pub async fn record(&self, recording: &Recording) -> Result<(), StoreError> {
        let transaction = self.writing(&STORES)?;
        let kept = write_recording(&transaction, recording).await;
        settled(transaction, kept).await
    }

    /// Lets skipped couplings take part again (S3.54), as they are kept at this moment, and gives them as they are then.
    ///
    /// # Errors
    /// When no room is left, the browser refuses, or a coupling cannot be read; nothing is changed then.
    pub async fn retry(
        &self,
        mapping: &MappingName,
        records: &[SystemId],
    ) -> Result<Vec<CouplingState>, StoreError> {
        let transaction = self.writing(&["couplings", "progress"])?;
        let kept = write_retry(&transaction, mapping, records).await;
        settled(transaction, kept).await
    }

    /// All jobs, the newest first.
    ///
    /// # Errors
    /// When the browser refuses or a job cannot be read.
    pub async fn synch_jobs(&self) -> Result<Vec<SynchJob>, StoreError> {
        let transaction = self.looking(&["synch_jobs"])?;
        let index = transaction.object_store("synch_jobs").and_then(|store| store.index("started"));
        let rows = index.and_then(|index| index.get_all(None, None)).map_err(refused)?;
        let rows = rows.await.map_err(refused)?;
        let jobs = rows.iter().rev();
        let jobs = jobs.map(|row| state::<StoredSynchJob>(row, "synch_jobs").and_then(StoredSynchJob::read));
        jobs.collect::<Result<_, _>>().map_err(damaged)
    }

    /// A job as it was kept last; none when it is forgotten.
    ///
    /// # Errors
    /// When the browser refuses or the job cannot be read.
    pub async fn synch_job(&self, job: JobId) -> Result<Option<SynchJob>, StoreError> {
        let transaction = self.looking(&["synch_jobs"])?;
        let store = transaction.object_store("synch_jobs").map_err(refused)?;
        let row = store.get(JsValue::from_str(&id_key(job.0))).map_err(refused)?.await.map_err(refused)?;
        let read = |row: JsValue| state::<StoredSynchJob>(&row, "synch_jobs").and_then(StoredSynchJob::read);
        row.map(read).transpose().map_err(damaged)
    }

    /// The errors of a job, in their order.
    ///
    /// # Errors
    /// When the browser refuses or an error cannot be read.
    pub async fn job_errors(&self, job: JobId) -> Result<Vec<SynchJobError>, StoreError> {
        let errors = self.of_job::<StoredJobError>("job_errors", job).await?;
        Ok(errors.into_iter().map(SynchJobError::from).collect())
    }

    /// How the actions of a job ended, in their order; nothing when the job is forgotten.
    ///
    /// # Errors
    /// When the browser refuses or a record cannot be read.
    pub async fn settlements(&self, job: JobId) -> Result<Vec<Settlement>, StoreError> {
        let stored = self.of_job::<StoredSettlements>("settlements", job).await?;
        let read = stored.into_iter().map(StoredSettlements::read).collect::<Result<Vec<_>, _>>();
        Ok(read.map_err(damaged)?.into_iter().flatten().collect())
    }

    /// Forgets the jobs that began before `moment`, with their errors and their journal (S5.7); how many they were.
    /// A job whose writes have no outcome yet is kept.
    ///
    /// # Errors
    /// When the browser refuses; nothing is forgotten then.
    pub async fn forget_jobs(&self, moment: Timestamp) -> Result<usize, StoreError> {
        let transaction = self.writing(&["synch_jobs", "job_errors", "settlements", "journal"])?;
        let forgotten = write_forgotten(&transaction, moment).await;
        settled(transaction, forgotten).await
    }

    /// What is kept, for a workspace file.
    ///
    /// # Errors
    /// When the browser refuses or a record cannot be read.
    pub async fn kept(&self) -> Result<KeptOfWorkspace, StoreError> {
        let transaction = self.looking(&["progress"])?;
        let store = transaction.object_store("progress").map_err(refused)?;
        let names = store.get_all_keys(None, None).map_err(refused)?.await.map_err(refused)?;
        let mut mappings = Vec::with_capacity(names.len());
        for name in names {
            let name = name.as_string().unwrap_or_default();
            let mapping = MappingName::new(&name).map_err(|error| {
                damaged(Damage { path: "progress.mapping".to_owned(), problem: Problem::Name(error) })
            })?;
            let state = self.mapping_state(&mapping).await?;
            let option_couplings = self.option_couplings(&mapping).await?;
            mappings.push(KeptOfMapping { mapping, state, option_couplings });
        }
        Ok(KeptOfWorkspace { pair: self.pair().await?, mappings })
    }

    async fn of_job<T: DeserializeOwned>(&self, store: &str, job: JobId) -> Result<Vec<T>, StoreError> {
        let transaction = self.looking(&[store])?;
        let index = transaction.object_store(store).and_then(|store| store.index("job"));
        let query = Query::Key(id_key(job.0).into());
        let rows = index.and_then(|index| index.get_all(Some(query), None)).map_err(refused)?;
        let rows = rows.await.map_err(refused)?;
        rows.iter().map(|row| state(row, store)).collect::<Result<_, _>>().map_err(damaged)
    }

    pub(super) fn looking(&self, stores: &[&str]) -> Result<Transaction, StoreError> {
        self.reading().transaction(stores, TransactionMode::ReadOnly).map_err(refused)
    }
}

/// Puts this in the place of everything kept so far, the journal included: what it says of batches without an outcome means
/// nothing to other couplings. The page has its turn now and then.
pub(super) async fn replace(transaction: &Transaction, kept: &KeptOfWorkspace) -> Result<(), StoreError> {
    clear(transaction, &KEPT_STORES)?;
    match &kept.pair {
        Some(pair) => put_pair(transaction, pair)?,
        None => delete_pair(transaction)?,
    }
    for KeptOfMapping { mapping, state, option_couplings } in &kept.mappings {
        let mut words = Words::default();
        for (idx, coupling) in state.couplings.iter().enumerate() {
            put_coupling(transaction, mapping, &StoredCoupling::of(coupling, &mut words))?;
            if idx % CHUNK as usize == CHUNK as usize - 1 {
                // An answer comes after what was asked before it, and in a turn of its own.
                read_progress(transaction, mapping).await?;
            }
        }
        for coupling in option_couplings {
            put_option_coupling(transaction, mapping, &coupling.into())?;
        }
        put_progress(transaction, mapping, &Progress::of(state), &words)?;
    }
    Ok(())
}

/// Ends a transaction: what was done in it is on disk, or nothing of it happened.
pub(super) async fn settled<T>(
    transaction: Transaction,
    done: Result<T, StoreError>,
) -> Result<T, StoreError> {
    match done {
        Ok(done) => {
            finished(transaction).await?;
            Ok(done)
        }
        Err(error) => {
            transaction.abort().map_err(refused)?;
            Err(error)
        }
    }
}

async fn write_retry(
    transaction: &Transaction,
    mapping: &MappingName,
    records: &[SystemId],
) -> Result<Vec<CouplingState>, StoreError> {
    let (_, mut words) = read_progress(transaction, mapping).await?;
    let store = transaction.object_store("couplings").map_err(refused)?;
    let mut rows = Vec::with_capacity(records.len());
    for record in records {
        let key = Array::of2(&mapping.as_str().into(), &id_key(record.0).into());
        // Asked for at once, so that none is answered before somebody waits for it.
        rows.push(store.get(JsValue::from(key)).map_err(refused)?.into_future());
    }
    let mut couplings = Couplings::default();
    for row in rows {
        if let Some(row) = row.await.map_err(refused)? {
            let stored: StoredCoupling = state(&row, "couplings").map_err(damaged)?;
            couplings.insert(stored.read(&words).map_err(damaged)?);
        }
    }
    couplings.retry(records.iter().copied());
    for coupling in couplings.iter() {
        // Every name in it is known: it was read with these words.
        put_coupling(transaction, mapping, &StoredCoupling::of(coupling, &mut words))?;
    }
    Ok(couplings.iter().cloned().collect())
}

async fn write_forgotten(transaction: &Transaction, moment: Timestamp) -> Result<usize, StoreError> {
    let before = KeyRange::upper_bound(&moment_key(moment).into(), Some(true)).map_err(refused)?;
    let store = transaction.object_store("synch_jobs").map_err(refused)?;
    let keys = store.index("started").and_then(|index| index.get_all_keys(Some(before.into()), None));
    let old = keys.map_err(refused)?.await.map_err(refused)?;
    let mut n_forgotten = 0;
    for job in old {
        if !keys_of_job(transaction, "journal", &job).await?.is_empty() {
            continue;
        }
        for name in ["job_errors", "settlements"] {
            let store = transaction.object_store(name).map_err(refused)?;
            for key in keys_of_job(transaction, name, &job).await? {
                store.delete(key).map_err(refused)?;
            }
        }
        store.delete(job).map_err(refused)?;
        n_forgotten += 1;
    }
    Ok(n_forgotten)
}

/// Empties stores.
pub(super) fn clear(transaction: &Transaction, stores: &[&str]) -> Result<(), StoreError> {
    stores.iter().try_for_each(|store| {
        transaction.object_store(store).and_then(|store| store.clear()).map(drop).map_err(refused)
    })
}

async fn write_recording(transaction: &Transaction, recording: &Recording) -> Result<(), StoreError> {
    let mapping = &recording.mapping;
    let (_, mut words) = read_progress(transaction, mapping).await?;
    let mut job = recording.job.as_ref().map(|job| JsValue::from(id_key(job.id.0)));
    if let Some(entry) = recording.completed {
        job = complete(transaction, entry).await?.or(job);
    }
    for coupling in &recording.put_couplings {
        put_coupling(transaction, mapping, &StoredCoupling::of(coupling, &mut words))?;
    }
    delete(transaction, "couplings", mapping, recording.delete_couplings.iter().map(|it| id_key(it.0)))?;
    for coupling in &recording.put_option_couplings {
        put_option_coupling(transaction, mapping, &coupling.into())?;
    }
    let gone = recording.delete_option_couplings.iter().map(|it| id_key(it.0));
    delete(transaction, "option_couplings", mapping, gone)?;
    put_progress(transaction, mapping, &recording.progress, &words)?;
    if let Some(job) = &recording.job {
        put_job(transaction, job)?;
    }
    if let Some(job) = job.filter(|_| !recording.settlements.is_empty()) {
        let settlements = StoredSettlements::from(recording.settlements.as_slice());
        put(transaction, "settlements", &[("job", job)], &settlements)?;
    }
    for error in &recording.errors {
        put(transaction, "job_errors", &[("job", id_key(error.job.0).into())], &StoredJobError::from(error))?;
    }
    Ok(())
}

/// Takes a batch out of the journal, now that its outcome is known; the job that sent it.
async fn complete(transaction: &Transaction, entry: EntryId) -> Result<Option<JsValue>, StoreError> {
    let store = transaction.object_store("journal").map_err(refused)?;
    let key = JsValue::from(entry.0 as f64);
    let row = store.get(key.clone()).map_err(refused)?.await.map_err(refused)?;
    store.delete(key).map_err(refused)?;
    Ok(row.and_then(|row| Reflect::get(&row, &"job".into()).ok()))
}

async fn read_progress(
    transaction: &Transaction,
    mapping: &MappingName,
) -> Result<(Progress, Words), StoreError> {
    let store = transaction.object_store("progress").map_err(refused)?;
    let row = store.get(JsValue::from_str(mapping.as_str())).map_err(refused)?.await.map_err(refused)?;
    let Some(row) = row else { return Ok((Progress::default(), Words::default())) };
    state::<StoredProgress>(&row, "progress").and_then(StoredProgress::read).map_err(damaged)
}

fn put_progress(
    transaction: &Transaction,
    mapping: &MappingName,
    progress: &Progress,
    words: &Words,
) -> Result<(), StoreError> {
    let keys = [("mapping", mapping.as_str().into())];
    put(transaction, "progress", &keys, &StoredProgress::of(progress, words))
}

fn put_coupling(
    transaction: &Transaction,
    mapping: &MappingName,
    coupling: &StoredCoupling,
) -> Result<(), StoreError> {
    let keys = [
        ("mapping", mapping.as_str().into()),
        ("record", coupling.key().into()),
        ("row", coupling.row_key().into()),
    ];
    put(transaction, "couplings", &keys, coupling)
}

fn put_option_coupling(
    transaction: &Transaction,
    mapping: &MappingName,
    coupling: &StoredOptionCoupling,
) -> Result<(), StoreError> {
    let keys = [("mapping", mapping.as_str().into()), ("record", coupling.key().into())];
    put(transaction, "option_couplings", &keys, coupling)
}

fn put_job(transaction: &Transaction, job: &SynchJob) -> Result<(), StoreError> {
    let keys = [
        ("id", id_key(job.id.0).into()),
        ("mapping", job.mapping.as_str().into()),
        ("started", moment_key(job.started_at).into()),
    ];
    put(transaction, "synch_jobs", &keys, &StoredSynchJob::from(job))
}

fn delete(
    transaction: &Transaction,
    store: &str,
    mapping: &MappingName,
    records: impl Iterator<Item = String>,
) -> Result<(), StoreError> {
    let store = transaction.object_store(store).map_err(refused)?;
    for record in records {
        let key = Array::of2(&mapping.as_str().into(), &record.into());
        store.delete(JsValue::from(key)).map_err(refused)?;
    }
    Ok(())
}

/// Keys of the records of a job.
async fn keys_of_job(
    transaction: &Transaction,
    store: &str,
    job: &JsValue,
) -> Result<Vec<JsValue>, StoreError> {
    let index = transaction.object_store(store).and_then(|store| store.index("job"));
    let keys = index.and_then(|index| index.get_all_keys(Some(Query::Key(job.clone())), None));
    keys.map_err(refused)?.await.map_err(refused)
}

/// Puts a record with these keys, and its text.
fn put<T: Serialize>(
    transaction: &Transaction,
    store: &str,
    keys: &[(&str, JsValue)],
    stored: &T,
) -> Result<(), StoreError> {
    let store = transaction.object_store(store).map_err(refused)?;
    store.put(&record(keys, stored)?, None).map_err(refused)?;
    Ok(())
}

pub(super) fn record<T: Serialize>(keys: &[(&str, JsValue)], stored: &T) -> Result<JsValue, StoreError> {
    let record = Object::new();
    let state = encode_line(stored).map_err(refused)?;
    for (name, value) in keys.iter().map(|(name, value)| (*name, value)).chain([("state", &state.into())]) {
        Reflect::set(&record, &name.into(), value).map_err(refused)?;
    }
    Ok(record.into())
}

/// Reads the text of a record; a damage names the store and the keys.
pub(super) fn state<T: DeserializeOwned>(record: &JsValue, store: &str) -> Result<T, Damage> {
    let member = |name: &str| Reflect::get(record, &name.into()).ok().and_then(|value| value.as_string());
    let text = member("state").unwrap_or_default();
    decode_line(&text).map_err(|damage| {
        let keys = ["mapping", "record", "id", "job"].iter().filter_map(|name| member(name));
        keys.fold(damage.inside("state"), |damage, key| damage.inside(&key)).inside(store)
    })
}

/// Reads the records of a mapping piece by piece; the page has its turn between two of them.
async fn each_of_mapping<T: DeserializeOwned>(
    transaction: &Transaction,
    store: &str,
    mapping: &MappingName,
    mut take: impl FnMut(T) -> Result<(), Damage>,
) -> Result<(), StoreError> {
    let name = JsValue::from_str(mapping.as_str());
    let end = JsValue::from(Array::of2(&name, &Array::new()));
    let mut start = JsValue::from(Array::of1(&name));
    let objects = transaction.object_store(store).map_err(refused)?;
    loop {
        let range = KeyRange::bound(&start, &end, Some(true), Some(true)).map_err(refused)?;
        let rows = objects.get_all(Some(range.into()), Some(CHUNK)).map_err(refused)?;
        let rows = rows.await.map_err(refused)?;
        for row in &rows {
            state(row, store).and_then(&mut take).map_err(damaged)?;
        }
        let (Some(last), true) = (rows.last(), rows.len() == CHUNK as usize) else { return Ok(()) };
        let record = Reflect::get(last, &"record".into()).map_err(refused)?;
        start = Array::of2(&name, &record).into();
    }
}

impl From<StoreError> for CommitError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::QuotaExceeded => CommitError::QuotaExceeded,
            StoreError::Refused { detail } => CommitError::Refused { detail },
            StoreError::Damaged { path, detail } => {
                CommitError::Refused { detail: format!("{path}: {detail}") }
            }
        }
    }
}

impl From<CommitError> for StoreError {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::QuotaExceeded => StoreError::QuotaExceeded,
            CommitError::Refused { detail } => StoreError::Refused { detail },
            CommitError::Stale { stored } => StoreError::Refused { detail: format!("revision {stored}") },
        }
    }
}

pub(super) fn refused(error: impl std::fmt::Debug) -> StoreError {
    StoreError::Refused { detail: format!("{error:?}") }
}

pub(super) fn damaged(damage: Damage) -> StoreError {
    let detail = match damage.problem {
        Problem::Shape { detail } => detail,
        other => format!("{other:?}"),
    };
    StoreError::Damaged { path: damage.path, detail }
}
