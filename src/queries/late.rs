//! The part of the program that speaks with the two systems and evaluates their rows. In a release it is a
//! WebAssembly module of its own that arrives while the first page is already shown; `pages::late` holds the others.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};

use couplet_engine::preview::{
    ClauseProblem, Listed, Lister, ListingQuery, PreviewRules, Related, VerdictCache, Verdicts,
};
use couplet_engine::{ColumnTable, IntegrationTableMapping, MappingFilter, OwnershipModel, TableSchema};
use couplet_systems::lookup::{LookupKey, LookupPage, LookupQuestion};
use leptos::wasm_split::SplitLoaderError;
use uuid::Uuid;

use crate::browser::http::Abort;
use crate::failure::Failure;
use crate::queries::read_table::{self, Start};
use crate::queries::schema::TableAccess;
use crate::queries::{connect, context, look_up, schema};
use crate::state::connections::{BusinessCentral, Connections, Dataverse};
use crate::state::tables::{TableHandle, TableKey};

type Work<T> = Pin<Box<dyn Future<Output = T>>>;
type LookUp = fn(TableHandle, LookupKey, LookupQuestion, Abort) -> Work<Result<LookupPage, Failure>>;

/// A mapping's side as rules are bound to it.
#[derive(Debug, Clone, Copy)]
pub struct Binding<'a> {
    /// The mapping.
    pub mapping: &'a IntegrationTableMapping,
    /// Who owns records in Dataverse.
    pub ownership: OwnershipModel,
    /// The filter; saved, or being edited.
    pub filter: &'a MappingFilter,
    /// The table's schema.
    pub schema: &'a TableSchema,
}

/// The ways into the module. Whatever is reached only through them lies in it.
#[derive(Clone, Copy)]
struct Part {
    open_business_central: fn() -> Work<Result<BusinessCentral, Failure>>,
    open_dataverse: fn(Option<Uuid>) -> Work<Result<Dataverse, Failure>>,
    table_access: fn(Connections, TableKey) -> Work<Result<TableAccess, Failure>>,
    read_rows: fn(TableHandle, u64, Abort, Start) -> Work<()>,
    look_up: LookUp,
    bind: fn(&Binding<'_>) -> Result<PreviewRules, Vec<ClauseProblem>>,
    evaluate: fn(&mut VerdictCache, &PreviewRules, &ColumnTable, &Arc<Related>) -> Option<Verdicts>,
    list: fn(&mut Lister, &ListingQuery, Listed<'_>) -> Option<Vec<u32>>,
}

/// The module, once it is here.
static PART: OnceLock<Part> = OnceLock::new();

#[cfg_attr(
    feature = "split",
    leptos::wasm_split::wasm_split(reading, wasm_split_path = leptos::wasm_split, fallible)
)]
fn part() -> Result<Part, SplitLoaderError> {
    Ok(Part {
        open_business_central: || Box::pin(connect::open_business_central()),
        open_dataverse: |company| Box::pin(connect::open_dataverse(company)),
        table_access: |connections, key| Box::pin(schema::access(connections, key)),
        read_rows: |handle, ticket, abort, start| Box::pin(read_table::read(handle, ticket, abort, start)),
        look_up: |handle, key, question, abort| Box::pin(look_up::look_up(handle, key, question, abort)),
        bind: |it| {
            PreviewRules::bind(it.mapping, it.ownership, it.filter, it.schema, &context::filter_context())
        },
        evaluate: VerdictCache::step,
        list: Lister::step,
    })
}

async fn arrive() -> Result<&'static Part, Failure> {
    if let Some(part) = PART.get() {
        return Ok(part);
    }
    #[cfg(feature = "split")]
    let part = part().await;
    #[cfg(not(feature = "split"))]
    let part = part();
    let part = part.map_err(|_| Failure::PartMissing)?;
    Ok(PART.get_or_init(|| part))
}

/// Opens Business Central: the company, and every table with the way to it.
///
/// # Errors
/// When it cannot be reached, refuses, or has no company.
pub async fn open_business_central() -> Result<BusinessCentral, Failure> {
    (arrive().await?.open_business_central)().await
}

/// Opens Dataverse: who is connected, and the row of the Business Central company when that is known.
///
/// # Errors
/// When it cannot be reached or refuses.
pub async fn open_dataverse(company: Option<Uuid>) -> Result<Dataverse, Failure> {
    (arrive().await?.open_dataverse)(company).await
}

/// The schema of a table and where its rows come from.
///
/// # Errors
/// When there is no such table, or the system cannot be reached or refuses.
pub async fn table_access(connections: Connections, key: TableKey) -> Result<TableAccess, Failure> {
    (arrive().await?.table_access)(connections, key).await
}

/// Reads a table to its end, or until it is stopped or fails; the handle holds what has come and how it ended.
///
/// # Errors
/// Only when the module itself did not arrive.
pub async fn read_rows(handle: TableHandle, ticket: u64, abort: Abort, start: Start) -> Result<(), Failure> {
    (arrive().await?.read_rows)(handle, ticket, abort, start).await;
    Ok(())
}

/// Records of a table that a question finds.
///
/// # Errors
/// When there is no such table, the system cannot be reached or refuses, or `abort` stopped it.
pub async fn look_up(
    handle: TableHandle,
    key: LookupKey,
    question: LookupQuestion,
    abort: Abort,
) -> Result<LookupPage, Failure> {
    (arrive().await?.look_up)(handle, key, question, abort).await
}

/// Binds the rules of a side; `None` while the module is not here, and then there is no schema to bind to either.
pub fn bind(binding: &Binding<'_>) -> Option<Result<PreviewRules, Vec<ClauseProblem>>> {
    PART.get().map(|part| (part.bind)(binding))
}

/// One step of the evaluation of rules over rows, and the verdicts with the last; `None` also while the module is not
/// here, and then there are no rules either.
pub fn evaluate(
    cache: &mut VerdictCache,
    rules: &PreviewRules,
    rows: &ColumnTable,
    related: &Arc<Related>,
) -> Option<Verdicts> {
    PART.get().and_then(|part| (part.evaluate)(cache, rules, rows, related))
}

/// One step of a list, and the list with the last; `None` also while the module is not here, and then there are no
/// verdicts either.
pub fn list(lister: &mut Lister, query: &ListingQuery, listed: Listed<'_>) -> Option<Vec<u32>> {
    PART.get().and_then(|part| (part.list)(lister, query, listed))
}
