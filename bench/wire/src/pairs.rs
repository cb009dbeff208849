//! What a synchronization is measured on: customers coupled with accounts, of which some were changed by a person on either
//! side since. Times nothing.

use std::sync::Arc;

use anyhow::{Context, bail};
use couplet_engine::coupling::{RowId, SystemId};
use couplet_engine::default_setup::build;
use couplet_engine::executor::End;
use couplet_engine::job::{JobEnd, JobKind, SynchJob};
use couplet_engine::planning::{Run, Selection, UpdateConflicts};
use couplet_engine::transformation::TransformationRules;
use couplet_engine::{Configuration, Direction, FieldMappingStatus, MappingName, OwnershipModel, Side};
use couplet_filter::FieldValue;
use couplet_synchronization::{
    Approval, Canary, Control, Prepared, RunError, Session, Systems, Task, apply, prepare,
};
use couplet_systems::{Method, Request};
use rustc_hash::FxHashSet;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::memory::{Kept, Memory};
use crate::ports::Network;
use crate::proxy::Proxy;
use crate::systems::{Table, Tables};

/// The mapping.
const NAME: &str = "CUSTOMER";
/// Its columns that take part: texts that point to nothing, so that either client has to read records only.
pub(crate) const COLUMNS: [&str; 4] = ["name", "address1_line1", "fax", "websiteurl"];
/// Dataverse keeps whole seconds: a change in the second of the last synchronization would not show as one.
const LATER: std::time::Duration = std::time::Duration::from_secs(2);
/// Of how many customers one is outside the filter, at the most.
const OUTSIDE: u32 = 3;

/// Both systems with their couplings, before the run that is measured.
pub(crate) struct Pairs {
    pub(crate) proxy: Arc<Proxy>,
    pub(crate) tables: Tables,
    pub(crate) systems: Systems,
    pub(crate) name: MappingName,
    pub(crate) configuration: Configuration,
    /// What is kept of couplings and watermarks.
    pub(crate) kept: Kept,
    /// The sandbox's state.
    snapshot: Value,
    transformations: TransformationRules,
}

/// A run, with how long its parts took.
pub(crate) struct Ran {
    pub(crate) job: SynchJob,
    /// What its planning took by itself, in milliseconds.
    pub(crate) plan_ms: f64,
}

impl Pairs {
    /// Creates accounts for twice as many customers as are changed on either side, and changes one field of the first
    /// half's customers and of the second half's accounts.
    ///
    /// # Errors
    /// When anything does not go as it is meant to.
    pub(crate) async fn make(program: &std::path::Path, n_each_side: usize) -> anyhow::Result<Self> {
        let n_pairs = u32::try_from(2 * n_each_side)?;
        let proxy = Arc::new(Proxy::start(program, n_pairs + n_pairs.div_ceil(OUTSIDE))?);
        let tables = Tables::connect(&proxy)?;
        let network = Network { proxy: Arc::clone(&proxy) };
        let urls = [proxy.base_url(Side::BusinessCentral)?, proxy.base_url(Side::Dataverse)?];
        let [business_central, dataverse] = &urls;
        let session = opened(Session::open(network, business_central, dataverse, None).await)?;
        let systems = session.systems().clone();
        let mut pairs = Pairs {
            configuration: configuration(&systems),
            proxy,
            tables,
            systems,
            name: MappingName::new(NAME).ok().context("no name of a mapping")?,
            kept: Kept::default(),
            snapshot: Value::Null,
            transformations: TransformationRules::standard(),
        };
        let records = pairs.customers_in_filter(2 * n_each_side)?;
        let store = Memory::default();
        let selection = Selection::Chosen { records: records.clone(), rows: FxHashSet::default() };
        let created = Run::create_new(Direction::ToIntegrationTable, selection);
        let job = pairs.run(&session, &store, created).await?.job;
        let n_created: usize = job.passes.iter().map(|it| it.counters.inserted).sum();
        if n_created != records.len() {
            bail!("{n_created} accounts were created for {} customers", records.len());
        }
        pairs.run(&session, &store, pairs.scheduled()?).await?;
        tokio::time::sleep(LATER).await;
        pairs.edit(&store, n_each_side)?;
        pairs.kept = store.kept.into_inner();
        pairs.snapshot = pairs.proxy.ask("snapshot")?;
        Ok(pairs)
    }

    /// Customers that are not blocked.
    fn customers_in_filter(&self, n: usize) -> anyhow::Result<FxHashSet<SystemId>> {
        let table = &self.tables.customers;
        let blocked = table.schema.field("Blocked").context("customers are never blocked")?;
        let rows = table.read(&self.proxy, std::slice::from_ref(blocked))?;
        let column = rows.column("Blocked").context("Blocked was not read")?;
        let is_free = |row: &usize| matches!(column.get(*row), FieldValue::Option(0));
        let ids = table.ids(&rows)?;
        let free = (0..rows.n_rows()).filter(is_free).filter_map(|row| ids.get(row));
        let found: FxHashSet<SystemId> = free.take(n).map(|id| SystemId(*id)).collect();
        if found.len() < n {
            bail!("{n} customers are wanted and {} are inside the filter", found.len());
        }
        Ok(found)
    }

    /// A person changes customers and, of other pairs, accounts, one by one.
    fn edit(&self, store: &Memory, n_each_side: usize) -> anyhow::Result<()> {
        let person = self.person()?;
        let kept = store.kept.borrow();
        let state = kept.states.get(&self.name).context("nothing was coupled")?;
        let mut ends: Vec<(SystemId, RowId)> = state
            .couplings
            .iter()
            .filter_map(|it| Some((it.record_end()?.id(), it.coupling.row.id())))
            .collect();
        ends.sort_unstable_by_key(|(record, _)| *record);
        let (first, second) = ends.split_at(n_each_side);
        let fax = |table: &Table, name: &str| {
            let property = table.schema.field(name).and_then(|field| field.property.clone());
            property.with_context(|| format!("{name} has no property"))
        };
        let (field, column) = (fax(&self.tables.customers, "Fax No.")?, fax(&self.tables.accounts, "fax")?);
        for (number, (record, _)) in first.iter().enumerate() {
            let body = json!({ &field: format!("+41 1 {number:07}") });
            patch(&self.proxy, &self.tables.customers, record.0, &body, &[("If-Match", "*".to_owned())])?;
        }
        let headers = [("If-Match", "*".to_owned()), ("MSCRMCallerID", person.to_string())];
        for (number, (_, row)) in second.iter().enumerate() {
            let body = json!({ &column: format!("+41 2 {number:07}") });
            patch(&self.proxy, &self.tables.accounts, row.0, &body, &headers)?;
        }
        Ok(())
    }

    /// A user who may change accounts and is not the integration user.
    fn person(&self) -> anyhow::Result<Uuid> {
        #[derive(Deserialize)]
        struct Users {
            value: Vec<User>,
        }
        #[derive(Deserialize)]
        struct User {
            systemuserid: Uuid,
        }
        let path = "/api/data/v9.2/systemusers?$select=systemuserid&$filter=isdisabled%20eq%20false%20and%20\
                    islicensed%20eq%20true%20and%20isintegrationuser%20eq%20false";
        let request = Request { method: Method::Get, path: path.to_owned(), headers: Vec::new(), body: None };
        let response = self.proxy.send(Side::Dataverse, &request)?;
        let users: Users = serde_json::from_slice(&response.body)?;
        Ok(users.value.first().context("nobody may change accounts")?.systemuserid)
    }

    /// Both systems go back to the state before the run.
    ///
    /// # Errors
    /// When the sandbox refuses.
    pub(crate) fn restore(&self) -> anyhow::Result<()> {
        self.proxy.tell("snapshot", &self.snapshot)
    }

    /// A session in which nothing was asked for yet but what opens it.
    pub(crate) fn session(&self) -> Session<Network> {
        Session::new(Network { proxy: Arc::clone(&self.proxy) }, self.systems.clone())
    }

    /// "Synchronize Modified Records".
    ///
    /// # Errors
    /// When the configuration lacks the mapping.
    pub(crate) fn scheduled(&self) -> anyhow::Result<Run> {
        Ok(Run::scheduled(self.configuration.mapping(&self.name).context("no mapping")?))
    }

    /// Prepares, plans and applies a run, which must come to its end without an error.
    ///
    /// # Errors
    /// When it does not.
    pub(crate) async fn run(
        &self,
        session: &Session<Network>,
        store: &Memory,
        run: Run,
    ) -> anyhow::Result<Ran> {
        let task = Task {
            configuration: &self.configuration,
            mapping: &self.name,
            run,
            kind: JobKind::Modified,
            update_conflicts: UpdateConflicts::default(),
            transformations: &self.transformations,
        };
        let control = Control::new();
        let mut prepared: Prepared = opened(prepare(session, store, &task, &control, &|_| {}).await)?;
        let started = std::time::Instant::now();
        let planned = prepared.plan()?;
        let plan_ms = started.elapsed().as_secs_f64() * 1e3;
        let approval = Approval { planned: &planned, canary: Canary::Off };
        let job = opened(apply(session, store, &mut prepared, approval, &control, &|_| {}).await)?;
        if job.end != Some(JobEnd::Ran(End::Completed)) || !store.kept.borrow().errors.is_empty() {
            bail!("the run ended as {:?} with {:?}", job.end, store.kept.borrow().errors.first());
        }
        Ok(Ran { job, plan_ms })
    }
}

/// Errors of runs are values for pages, without a text of their own.
fn opened<T>(result: Result<T, RunError>) -> anyhow::Result<T> {
    result.map_err(|error| anyhow::anyhow!("{error:?}"))
}

/// The standard mapping of customers and accounts with the few fields that take part.
fn configuration(systems: &Systems) -> Configuration {
    let setup = build(OwnershipModel::Team, systems.dataverse.company.as_ref());
    let mut configuration = Configuration {
        ownership_model: OwnershipModel::Team,
        mappings: setup.mappings,
        ..Configuration::default()
    };
    for mapping in configuration.mappings.iter_mut().filter(|it| it.name.as_str() == NAME) {
        for field in &mut mapping.field_mappings {
            if !field.column.as_deref().is_some_and(|column| COLUMNS.contains(&column)) {
                field.status = FieldMappingStatus::Disabled;
            }
        }
    }
    configuration
}

/// Changes one record by a request of its own; the record as it is afterwards.
///
/// # Errors
/// When the service refuses.
pub(crate) fn patch(
    proxy: &Proxy,
    table: &Table,
    id: Uuid,
    body: &Value,
    headers: &[(&'static str, String)],
) -> anyhow::Result<Value> {
    let mut all =
        vec![("Content-Type", "application/json".to_owned()), ("Prefer", "return=representation".to_owned())];
    all.extend_from_slice(headers);
    let request = Request {
        method: Method::Patch,
        path: format!("{}({})", table.source.path, id.hyphenated()),
        headers: all,
        body: Some(body.to_string().into_bytes()),
    };
    let response = proxy.send(table.side(), &request)?;
    if !response.is_success() {
        let text = String::from_utf8_lossy(&response.body);
        bail!("{} answered {}: {text}", request.path, response.status);
    }
    Ok(serde_json::from_slice(&response.body)?)
}
