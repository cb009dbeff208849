//! Single records beside the configuration, in the store `settings`: the schedule, and the pair of systems that everything
//! kept belongs to. Each method that writes is one transaction.

use couplet_engine::schedule::Schedule;
use couplet_synchronization::{Pair, StoreError};
use couplet_workspace::{StoredPair, StoredSchedule};
use idb::Transaction;
use serde::Serialize;
use wasm_bindgen::JsValue;

use super::storage::Storage;
use super::synchronization::{KEPT_STORES, clear, damaged, record, refused, settled, state};

/// Key of the schedule.
const SCHEDULE_KEY: &str = "schedule";
/// Key of the pair.
const PAIR_KEY: &str = "pair";

impl Storage {
    /// The pair of systems that everything kept belongs to; none before the first run.
    ///
    /// # Errors
    /// When the browser refuses or it cannot be read.
    pub async fn pair(&self) -> Result<Option<Pair>, StoreError> {
        read_pair(&self.looking(&["settings"])?).await
    }

    /// Says to which pair everything kept belongs from now on.
    ///
    /// # Errors
    /// When no room is left or the browser refuses; it is as before then.
    pub async fn keep_pair(&self, pair: &Pair) -> Result<(), StoreError> {
        let transaction = self.writing(&["settings"])?;
        let kept = put_pair(&transaction, pair);
        settled(transaction, kept).await
    }

    /// Forgets couplings, watermarks and journal, and the pair that they belong to. Jobs stay to be read, and cannot be
    /// taken back any more.
    ///
    /// # Errors
    /// When the browser refuses; nothing is forgotten then.
    pub async fn forget_couplings(&self) -> Result<(), StoreError> {
        let [couplings, option_couplings, progress, journal] = KEPT_STORES;
        let stores = [couplings, option_couplings, progress, journal, "settlements", "settings"];
        let transaction = self.writing(&stores)?;
        let forgotten = clear(&transaction, &KEPT_STORES);
        let forgotten = forgotten.and_then(|()| clear(&transaction, &["settlements"]));
        let forgotten = forgotten.and_then(|()| delete_pair(&transaction));
        settled(transaction, forgotten).await
    }

    /// When job queue entries run by themselves; switched off as long as nobody kept another one.
    ///
    /// # Errors
    /// When the browser refuses or the schedule cannot be read.
    pub async fn schedule(&self) -> Result<Schedule, StoreError> {
        read_schedule(&self.looking(&["settings"])?).await
    }

    /// Changes the schedule as it is kept, and gives it as it is then.
    ///
    /// # Errors
    /// When no room is left, the browser refuses, or the schedule cannot be read; it is as before then.
    pub async fn change_schedule(&self, change: impl FnOnce(&mut Schedule)) -> Result<Schedule, StoreError> {
        let transaction = self.writing(&["settings"])?;
        let changed = write_schedule(&transaction, change).await;
        settled(transaction, changed).await
    }
}

/// Says in a transaction to which pair everything kept belongs.
pub(super) fn put_pair(transaction: &Transaction, pair: &Pair) -> Result<(), StoreError> {
    put_setting(transaction, PAIR_KEY, &StoredPair::from(pair))
}

/// Says in a transaction that nobody knows to which pair everything kept belongs.
pub(super) fn delete_pair(transaction: &Transaction) -> Result<(), StoreError> {
    let store = transaction.object_store("settings").map_err(refused)?;
    store.delete(JsValue::from_str(PAIR_KEY)).map_err(refused)?;
    Ok(())
}

async fn write_schedule(
    transaction: &Transaction,
    change: impl FnOnce(&mut Schedule),
) -> Result<Schedule, StoreError> {
    let mut schedule = read_schedule(transaction).await?;
    change(&mut schedule);
    put_setting(transaction, SCHEDULE_KEY, &StoredSchedule::from(&schedule))?;
    Ok(schedule)
}

/// Puts one of the single records of the store `settings`.
fn put_setting<T: Serialize>(transaction: &Transaction, key: &str, stored: &T) -> Result<(), StoreError> {
    let store = transaction.object_store("settings").map_err(refused)?;
    store.put(&record(&[], stored)?, Some(&key.into())).map_err(refused)?;
    Ok(())
}

async fn read_schedule(transaction: &Transaction) -> Result<Schedule, StoreError> {
    let Some(row) = setting(transaction, SCHEDULE_KEY).await? else { return Ok(Schedule::default()) };
    state::<StoredSchedule>(&row, "settings.schedule").and_then(StoredSchedule::read).map_err(damaged)
}

async fn read_pair(transaction: &Transaction) -> Result<Option<Pair>, StoreError> {
    let Some(row) = setting(transaction, PAIR_KEY).await? else { return Ok(None) };
    state::<StoredPair>(&row, "settings.pair").map(|stored| Some(stored.into())).map_err(damaged)
}

/// One of the single records of the store `settings`.
async fn setting(transaction: &Transaction, key: &str) -> Result<Option<JsValue>, StoreError> {
    let store = transaction.object_store("settings").map_err(refused)?;
    store.get(JsValue::from_str(key)).map_err(refused)?.await.map_err(refused)
}
