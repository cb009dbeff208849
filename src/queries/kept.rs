//! The part of the program that reads what synchronization left behind, and runs what is due. In a release it is a
//! WebAssembly module of its own that arrives while the first page is already shown.

use std::future::Future;
use std::pin::Pin;
use std::sync::OnceLock;

use couplet_engine::MappingName;
use couplet_engine::coupling::OptionCoupling;
use couplet_engine::job::SynchJob;
use couplet_engine::planning::MappingState;
use couplet_engine::schedule::Schedule;
use couplet_synchronization::{Pair, StoreError};
use leptos::wasm_split::SplitLoaderError;

use crate::browser::storage::Storage;
use crate::tasks::interrupted::Watch;
use crate::tasks::schedule::Keeping;

type Work<T> = Pin<Box<dyn Future<Output = T>>>;
type Read<T> = Work<Result<T, StoreError>>;

/// The ways into the module. Whatever is reached only through them lies in it.
#[derive(Clone, Copy)]
struct Part {
    mapping_state: fn(Storage, MappingName) -> Read<MappingState>,
    option_couplings: fn(Storage, MappingName) -> Read<Vec<OptionCoupling>>,
    synch_jobs: fn(Storage) -> Read<Vec<SynchJob>>,
    schedule: fn(Storage) -> Read<Schedule>,
    pair: fn(Storage) -> Read<Option<Pair>>,
    keep: fn(Keeping) -> Work<()>,
    take_over: fn(Watch) -> Work<()>,
}

/// The module, once it is here.
static PART: OnceLock<Part> = OnceLock::new();

#[cfg_attr(
    feature = "split",
    leptos::wasm_split::wasm_split(keeping, wasm_split_path = leptos::wasm_split, fallible)
)]
fn part() -> Result<Part, SplitLoaderError> {
    Ok(Part {
        mapping_state: |database, mapping| Box::pin(async move { database.mapping_state(&mapping).await }),
        option_couplings: |database, mapping| {
            Box::pin(async move { database.option_couplings(&mapping).await })
        },
        synch_jobs: |database| Box::pin(async move { database.synch_jobs().await }),
        schedule: |database| Box::pin(async move { database.schedule().await }),
        pair: |database| Box::pin(async move { database.pair().await }),
        keep: |keeping| Box::pin(keeping.keep()),
        take_over: |watch| Box::pin(watch.take_over()),
    })
}

async fn arrive() -> Result<&'static Part, StoreError> {
    if let Some(part) = PART.get() {
        return Ok(part);
    }
    #[cfg(feature = "split")]
    let part = part().await;
    #[cfg(not(feature = "split"))]
    let part = part();
    let part = part.map_err(|error| StoreError::Refused { detail: format!("{error:?}") })?;
    Ok(PART.get_or_init(|| part))
}

/// What the runs of a mapping left behind; empty without a database.
///
/// # Errors
/// When the module did not arrive, or what is kept cannot be read.
pub async fn mapping_state(
    database: Option<Storage>,
    mapping: &MappingName,
) -> Result<MappingState, StoreError> {
    let Some(database) = database else { return Ok(MappingState::default()) };
    (arrive().await?.mapping_state)(database, mapping.clone()).await
}

/// Option couplings of a mapping; none without a database.
///
/// # Errors
/// As [`mapping_state`].
pub async fn option_couplings(
    database: Option<Storage>,
    mapping: &MappingName,
) -> Result<Vec<OptionCoupling>, StoreError> {
    let Some(database) = database else { return Ok(Vec::new()) };
    (arrive().await?.option_couplings)(database, mapping.clone()).await
}

/// All jobs, the newest first; none without a database.
///
/// # Errors
/// As [`mapping_state`].
pub async fn synch_jobs(database: Option<Storage>) -> Result<Vec<SynchJob>, StoreError> {
    let Some(database) = database else { return Ok(Vec::new()) };
    (arrive().await?.synch_jobs)(database).await
}

/// The schedule as it is kept; switched off without a database.
///
/// # Errors
/// As [`mapping_state`].
pub async fn schedule(database: Option<Storage>) -> Result<Schedule, StoreError> {
    let Some(database) = database else { return Ok(Schedule::default()) };
    (arrive().await?.schedule)(database).await
}

/// The pair of systems that everything kept belongs to; none without a database.
///
/// # Errors
/// As [`mapping_state`].
pub async fn pair(database: Option<Storage>) -> Result<Option<Pair>, StoreError> {
    let Some(database) = database else { return Ok(None) };
    (arrive().await?.pair)(database).await
}

/// Runs what is due for as long as the app lives; ends at once when the module did not arrive.
pub async fn keep(keeping: Keeping) {
    match arrive().await {
        Ok(part) => (part.keep)(keeping).await,
        Err(_) => keeping.nobody(),
    }
}

/// Waits until no tab runs anything, and settles what is left over; does nothing when the module did not arrive.
pub async fn take_over(watch: Watch) {
    if let Ok(part) = arrive().await {
        (part.take_over)(watch).await;
    }
}
