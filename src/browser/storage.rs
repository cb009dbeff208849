//! The browser's database: its schema with the migrations, opening, reading, and saving the configuration in one
//! transaction. What the records look like is in `couplet_workspace`; what they mean is not known here.
//!
//! # Schema of the database `couplet`
//!
//! Version 1 (the first layout; no history): one object store without key path,
//! - `workspace`: under the key `configuration` the value `{revision, configuration}`, where `configuration` is what a
//!   workspace file has under the same name.
//!
//! Version 2: one record for each thing that is edited, so that a save writes only what changed,
//! - `settings`, no key path: under the key `workspace` the value `{revision, ownershipModel, mappingOrder, jobOrder,
//!   appliedOrder}`;
//! - `mappings` and `applied`, key path `name`: a mapping as in a workspace file;
//! - `jobs`, key path `mapping`: a job as in a workspace file;
//! - `history`, key path `seq`: a version as in a workspace file.
//!
//! Version 3: besides those, what synchronization leaves behind. Each record has the keys named here and a text `state`,
//! one line of JSON, so that many of them are read and written fast,
//! - `couplings` and `option_couplings`, key path `[mapping, record]`; the index `row` of the first is `[mapping, row]`;
//! - `progress`, key path `mapping`: watermarks, failed creations, the words that the mapping's couplings say by number;
//! - `journal`, key path `entry`: batches whose outcome is not known yet;
//! - `settlements`, keys of its own, index `job`: how the actions of a job ended, in their order;
//! - `settings` may have under the key `schedule` when job queue entries run by themselves, and under `pair` the two
//!   systems that all of this belongs to;
//! - `synch_jobs`, key path `id`, index `started`; `job_errors`, keys of its own, index `job`.
//!
//! Version 4: the record of `settings`, and the way back of a version, may have `sales`, the settings of the Sales
//! connection.
//!
//! From 1 to 2 the value of `workspace` becomes those records, with an empty history, and the store is deleted. When
//! the value cannot be read the upgrade is taken back and the database stays at version 1. From 2 to 3 empty stores
//! come in addition, from 3 to 4 nothing moves. Moving the records of version 3 is the business of `synchronization`.

use std::cell::RefCell;
use std::future::IntoFuture;
use std::rc::Rc;

use couplet_engine::Configuration;
use futures::channel::oneshot;
use idb::event::VersionChangeEvent;
use idb::request::GetStoreRequest;
use idb::{Database, Event, Factory, KeyPath, ObjectStoreParams, Request, Transaction, TransactionMode};
use js_sys::{Array, Function, Object, Reflect};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{IdbDatabase, IdbTransaction};

use super::synchronization;

use couplet_workspace::{
    Damage, KeptOfWorkspace, OldWorkspace, Problem, Records, RecordsChange, StoredSettings, decode, encode,
};

const NAME: &str = "couplet";
const VERSION: u32 = 4;
const STORES: [&str; 5] = ["settings", "mappings", "jobs", "applied", "history"];
/// Those and the ones of `synchronization`.
const ALL_STORES: [&str; 12] = [
    "settings",
    "mappings",
    "jobs",
    "applied",
    "history",
    "couplings",
    "option_couplings",
    "progress",
    "journal",
    "settlements",
    "synch_jobs",
    "job_errors",
];
const SETTINGS_KEY: &str = "workspace";
const OLD_STORE: &str = "workspace";
const OLD_KEY: &str = "configuration";

/// The open database.
#[derive(Debug, Clone, PartialEq)]
pub struct Storage {
    database: IdbDatabase,
}

/// What the database tells while it is opened or open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StorageEvent {
    /// Another tab with an older version of the app keeps the database; opening goes on when it is closed.
    Blocked,
    /// A newer version of the app wants to change the schema: the database is closed now.
    Superseded,
}

/// Why the database cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StorageError {
    /// The browser offers none, or refuses to open it.
    Unavailable {
        /// The browser's own words.
        detail: String,
    },
    /// It was written by a newer version of the app.
    NewerVersion,
    /// What it holds cannot be read.
    Damaged(Damage),
}

/// Why a save was refused. Nothing of it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommitError {
    /// Another tab saved in between.
    Stale {
        /// Its revision.
        stored: u64,
    },
    /// No room is left.
    QuotaExceeded,
    /// The browser refused.
    Refused {
        /// Its own words.
        detail: String,
    },
}

/// How much this site may store, and how safe it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StorageUse {
    /// Bytes in use, as far as the browser tells.
    pub used: Option<f64>,
    /// Bytes at most.
    pub available: Option<f64>,
}

/// Opens the database, bringing it to the newest schema.
///
/// # Errors
/// When the browser has none, refuses, or holds one that cannot be read.
pub async fn open(tell: impl Fn(StorageEvent) + 'static) -> Result<Storage, StorageError> {
    let tell = Rc::new(tell);
    let damage: Rc<RefCell<Option<Damage>>> = Rc::default();
    let factory = Factory::new().map_err(unavailable)?;
    let mut request = factory.open(NAME, Some(VERSION)).map_err(unavailable)?;
    let found = damage.clone();
    request.on_upgrade_needed(move |event| upgrade(&event, &found));
    let blocked = tell.clone();
    request.on_blocked(move |_| blocked(StorageEvent::Blocked));
    let opened = request.await;
    if let Some(damage) = damage.take() {
        return Err(StorageError::Damaged(damage));
    }
    let mut database = opened.map_err(open_error)?;
    database.on_version_change(move |event| {
        if let Some(database) = event.target().and_then(|target| target.dyn_into::<IdbDatabase>().ok()) {
            database.close();
        }
        tell(StorageEvent::Superseded);
    });
    database.forget_callbacks();
    Ok(Storage { database: database.into() })
}

impl Storage {
    /// Everything stored; nothing when no save was made yet.
    ///
    /// # Errors
    /// When the browser refuses or a record cannot be read.
    pub async fn load(&self) -> Result<Option<Records>, StorageError> {
        let transaction =
            self.reading().transaction(&STORES, TransactionMode::ReadOnly).map_err(unavailable)?;
        let Some(settings) = read_settings(&transaction).await? else { return Ok(None) };
        Ok(Some(Records {
            settings,
            mappings: decode_all(all_values(&transaction, "mappings").await?, "mappings")?,
            jobs: decode_all(all_values(&transaction, "jobs").await?, "jobs")?,
            applied: decode_all(all_values(&transaction, "applied").await?, "applied")?,
            history: decode_all(all_values(&transaction, "history").await?, "history")?,
        }))
    }

    /// Writes a save in one transaction: all of it or nothing, and only on top of `expected_revision`. What is given to
    /// be kept of the mappings takes the place of everything kept so far; without it that stays.
    ///
    /// # Errors
    /// When another tab saved in between, no room is left, or the browser refuses.
    pub async fn commit(
        &self,
        expected_revision: u64,
        change: &RecordsChange,
        kept: Option<&KeptOfWorkspace>,
    ) -> Result<(), CommitError> {
        let stores = if kept.is_some() { ALL_STORES.as_slice() } else { &STORES };
        let transaction = self.writing(stores)?;
        let stored = read_settings(&transaction).await.map_err(refused)?;
        let stored = stored.map_or(0, |settings| settings.revision);
        if stored != expected_revision {
            transaction.abort().map_err(refused)?;
            return Err(CommitError::Stale { stored });
        }
        let written = match (write_change(&transaction, change), kept) {
            (Ok(()), Some(kept)) => {
                synchronization::replace(&transaction, kept).await.map_err(CommitError::from)
            }
            (written, _) => written,
        };
        match written {
            Ok(()) => finished(transaction).await,
            Err(error) => {
                transaction.abort().map_err(refused)?;
                Err(error)
            }
        }
    }

    /// Deletes everything, and returns the revision under which that is known.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn clear(&self) -> Result<u64, CommitError> {
        let transaction = self.writing(&ALL_STORES)?;
        // A record that cannot be read is deleted like any other; its revision is then unknown.
        let stored = read_settings(&transaction).await.unwrap_or_default();
        let mut settings = Records::split(0, &Configuration::default()).settings;
        settings.revision = stored.map_or(0, |settings| settings.revision) + 1;
        for store in ALL_STORES {
            transaction.object_store(store).and_then(|store| store.clear()).map_err(refused)?;
        }
        put(&transaction, "settings", record(&settings)?, Some(SETTINGS_KEY))?;
        finished(transaction).await?;
        Ok(settings.revision)
    }

    pub(super) fn reading(&self) -> Database {
        self.database.clone().into()
    }

    /// A transaction over these stores that is on disk when it has finished. The binding has no such option yet.
    pub(super) fn writing(&self, stores: &[&str]) -> Result<Transaction, CommitError> {
        let names: Array = stores.iter().map(|name| JsValue::from_str(name)).collect();
        let options = Object::new();
        let open = || -> Result<IdbTransaction, JsValue> {
            Reflect::set(&options, &"durability".into(), &"strict".into())?;
            let function: Function = Reflect::get(&self.database, &"transaction".into())?.dyn_into()?;
            function.call3(&self.database, &names, &"readwrite".into(), &options)?.dyn_into()
        };
        open().map(Transaction::from).map_err(|error| CommitError::Refused { detail: words(&error) })
    }
}

/// Deletes the database as a whole: the way out when it cannot be opened.
///
/// # Errors
/// When the browser refuses.
pub async fn delete() -> Result<(), StorageError> {
    let factory = Factory::new().map_err(unavailable)?;
    factory.delete(NAME).map_err(unavailable)?.await.map_err(unavailable)
}

/// Asks the browser not to throw the data away; whether it agreed.
pub async fn ask_persistence() -> bool {
    let Some(manager) = web_sys::window().map(|window| window.navigator().storage()) else { return false };
    for asked in [manager.persisted(), manager.persist()] {
        let Ok(promise) = asked else { return false };
        if wasm_bindgen_futures::JsFuture::from(promise).await.is_ok_and(|answer| answer.is_truthy()) {
            return true;
        }
    }
    false
}

/// How much is stored and how much may be.
pub async fn estimate() -> StorageUse {
    let unknown = StorageUse { used: None, available: None };
    let Some(manager) = web_sys::window().map(|window| window.navigator().storage()) else { return unknown };
    let Ok(promise) = manager.estimate() else { return unknown };
    let Ok(answer) = wasm_bindgen_futures::JsFuture::from(promise).await else { return unknown };
    let number = |name: &str| Reflect::get(&answer, &name.into()).ok().and_then(|value| value.as_f64());
    StorageUse { used: number("usage"), available: number("quota") }
}

/// Runs the migrations between the version found and [`VERSION`]; takes the upgrade back when one fails.
fn upgrade(event: &VersionChangeEvent, damage: &Rc<RefCell<Option<Damage>>>) {
    let Ok(request) = event.target() else { return };
    let (Ok(database), Some(transaction)) = (request.database(), request.transaction()) else { return };
    let result = event.old_version().and_then(|old_version| match old_version {
        0 => {
            create_stores(&database)?;
            synchronization::create_stores(&database).map(|()| None)
        }
        2 => synchronization::create_stores(&database).map(|()| None),
        3 => Ok(None),
        _ => {
            create_stores(&database)?;
            synchronization::create_stores(&database)?;
            let old = transaction.object_store(OLD_STORE)?.get(JsValue::from_str(OLD_KEY))?;
            Ok(Some(old.into_future()))
        }
    });
    match result {
        Ok(None) => {}
        Ok(Some(old)) => {
            let damage = damage.clone();
            wasm_bindgen_futures::spawn_local(async move {
                if let Err(error) = split_workspace(&database, &transaction, old).await {
                    *damage.borrow_mut() = error;
                    // An upgrade that cannot be taken back has failed already.
                    let _ = transaction.abort();
                }
            });
        }
        Err(_) => {
            let _ = transaction.abort();
        }
    }
}

/// The object stores of version 2.
fn create_stores(database: &Database) -> Result<(), idb::Error> {
    for (name, key_path) in [
        ("settings", None),
        ("mappings", Some("name")),
        ("jobs", Some("mapping")),
        ("applied", Some("name")),
        ("history", Some("seq")),
    ] {
        let mut parameters = ObjectStoreParams::new();
        parameters.key_path(key_path.map(KeyPath::new_single));
        database.create_object_store(name, parameters)?;
    }
    Ok(())
}

/// From version 1 to version 2.
async fn split_workspace(
    database: &Database,
    transaction: &Transaction,
    old: <GetStoreRequest as IntoFuture>::IntoFuture,
) -> Result<(), Option<Damage>> {
    if let Some(value) = old.await.map_err(|_| None)? {
        let old: OldWorkspace = from_browser(value).and_then(decode).map_err(Some)?;
        let change = RecordsChange::from(Records::try_from(old).map_err(Some)?);
        write_change(transaction, &change).map_err(|_| None)?;
    }
    database.delete_object_store(OLD_STORE).map_err(|_| None)
}

fn write_change(transaction: &Transaction, change: &RecordsChange) -> Result<(), CommitError> {
    put(transaction, "settings", record(&change.settings)?, Some(SETTINGS_KEY))?;
    put_all(transaction, "mappings", &change.put_mappings)?;
    put_all(transaction, "jobs", &change.put_jobs)?;
    put_all(transaction, "applied", &change.put_applied)?;
    put_all(transaction, "history", &change.add_history)?;
    let deleted = [
        ("mappings", &change.delete_mappings),
        ("jobs", &change.delete_jobs),
        ("applied", &change.delete_applied),
    ];
    for (store, keys) in deleted {
        for key in keys {
            let store = transaction.object_store(store).map_err(refused)?;
            store.delete(JsValue::from_str(key)).map_err(refused)?;
        }
    }
    Ok(())
}

fn put_all<T: Serialize>(transaction: &Transaction, store: &str, stored: &[T]) -> Result<(), CommitError> {
    stored.iter().try_for_each(|stored| put(transaction, store, record(stored)?, None))
}

fn record<T: Serialize>(stored: &T) -> Result<Value, CommitError> {
    encode(stored).map_err(|error| CommitError::Refused { detail: error.to_string() })
}

#[expect(clippy::needless_pass_by_value, reason = "what is written is not needed afterwards")]
fn put(transaction: &Transaction, store: &str, value: Value, key: Option<&str>) -> Result<(), CommitError> {
    let value = value.serialize(&serde_wasm_bindgen::Serializer::json_compatible()).map_err(refused)?;
    let key = key.map(JsValue::from_str);
    let store = transaction.object_store(store).map_err(refused)?;
    store.put(&value, key.as_ref()).map_err(refused)?;
    Ok(())
}

/// Waits until everything of the transaction is on disk, or nothing.
pub(super) async fn finished(mut transaction: Transaction) -> Result<(), CommitError> {
    let (completed, result) = oneshot::channel();
    let completed = Rc::new(RefCell::new(Some(completed)));
    let aborted = completed.clone();
    transaction.on_complete(move |_| {
        if let Some(sender) = completed.take() {
            // The receiver waits below.
            let _ = sender.send(Ok(()));
        }
    });
    transaction.on_abort(move |event| {
        let target = event.target().and_then(|target| target.dyn_into::<IdbTransaction>().ok());
        let error = target.and_then(|transaction| transaction.error());
        let error = match error {
            Some(error) if error.name() == "QuotaExceededError" => CommitError::QuotaExceeded,
            Some(error) => CommitError::Refused { detail: error.message() },
            None => CommitError::Refused { detail: "AbortError".to_owned() },
        };
        if let Some(sender) = aborted.take() {
            let _ = sender.send(Err(error));
        }
    });
    result.await.unwrap_or_else(|_| Err(CommitError::Refused { detail: "AbortError".to_owned() }))
}

async fn read_settings(transaction: &Transaction) -> Result<Option<StoredSettings>, StorageError> {
    let store = transaction.object_store("settings").map_err(unavailable)?;
    let request = store.get(JsValue::from_str(SETTINGS_KEY)).map_err(unavailable)?;
    let value = request.await.map_err(unavailable)?;
    let Some(value) = value else { return Ok(None) };
    let settings = from_browser(value).and_then(decode);
    settings.map(Some).map_err(|damage| StorageError::Damaged(damage.inside("settings")))
}

async fn all_values(transaction: &Transaction, store: &str) -> Result<Vec<JsValue>, StorageError> {
    let request = transaction.object_store(store).and_then(|store| store.get_all(None, None));
    request.map_err(unavailable)?.await.map_err(unavailable)
}

fn decode_all<T: DeserializeOwned>(values: Vec<JsValue>, store: &str) -> Result<Vec<T>, StorageError> {
    let records = values.into_iter().enumerate();
    let records = records.map(|(idx, value)| {
        let decoded = from_browser(value).and_then(decode);
        decoded.map_err(|damage| StorageError::Damaged(damage.inside(&format!("{store}[{idx}]"))))
    });
    records.collect()
}

/// A value of the database in the form that is read. The browser's whole numbers stay whole.
fn from_browser(value: JsValue) -> Result<Value, Damage> {
    serde_wasm_bindgen::from_value(value).map_err(|error| {
        let detail = error.to_string();
        // The browser reports it with its own heading.
        let detail = detail.strip_prefix("Error: ").unwrap_or(&detail).to_owned();
        Damage { path: ".".to_owned(), problem: Problem::Shape { detail } }
    })
}

#[expect(clippy::needless_pass_by_value, reason = "used with `map_err`")]
pub(super) fn unavailable(error: idb::Error) -> StorageError {
    StorageError::Unavailable { detail: error.to_string() }
}

fn open_error(error: idb::Error) -> StorageError {
    match &error {
        idb::Error::DomException(exception) if exception.name() == "VersionError" => {
            StorageError::NewerVersion
        }
        _ => unavailable(error),
    }
}

pub(super) fn refused(error: impl std::fmt::Debug) -> CommitError {
    CommitError::Refused { detail: format!("{error:?}") }
}

/// What the browser says about a value it threw.
pub(super) fn words(error: &JsValue) -> String {
    let exception = error.dyn_ref::<web_sys::DomException>();
    exception.map_or_else(|| format!("{error:?}"), web_sys::DomException::message)
}
