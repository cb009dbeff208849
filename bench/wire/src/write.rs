//! Writing updates to each side with Couplet's writer, and the same updates with a naive client: one request for each
//! record, one after the other. Each run is checked against the sandbox's own state before its time counts.

use std::time::Instant;

use anyhow::{Context, bail};
use couplet_engine::Side;
use couplet_filter::FieldValue;
use couplet_systems::pace::{Pace, PaceLimits};
use couplet_systems::write::{Change, Outcome, PartAddress, Precondition, RecordBody, WriteTarget, Writer};
use couplet_systems::{Method, Request};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::drive::drive;
use crate::proxy::Proxy;
use crate::systems::{Cost, Table, Tables};
use crate::{LATENCY_MS, OPERATION_MS, Size};

/// Times that Couplet writes; the naive client takes too long for more than once.
const ROUNDS: usize = 3;

/// What was measured.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Measured {
    latency_ms: u32,
    operation_ms: u32,
    rounds: usize,
    n_updates: usize,
    sides: Vec<SideMeasured>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SideMeasured {
    side: &'static str,
    what: &'static str,
    couplet: Runs,
    naive: Runs,
}

/// Runs of one client.
#[derive(Serialize, Default)]
struct Runs {
    /// By the sandbox's count.
    requests: Vec<u64>,
    ms: Vec<f64>,
}

impl Runs {
    fn push(&mut self, (requests, ms): (u64, f64)) {
        self.requests.push(requests);
        self.ms.push(ms);
    }
}

/// Measures both clients on both sides. Couplet's runs have the machine for themselves; the naive client writes to both
/// sides at once, which spares minutes of waiting.
///
/// # Errors
/// When something is refused, or a record does not hold what was written.
pub(crate) fn measure(size: &Size) -> anyhow::Result<Measured> {
    let proxy = Proxy::start(&size.proxy, size.n_customers)?;
    let tables = Tables::connect(&proxy)?;
    let n = size.n_updates;
    let ids = |table: &Table| table.first_ids(&table.read(&proxy, std::slice::from_ref(&table.name))?, n);
    let jobs = [(&tables.customers, ids(&tables.customers)?), (&tables.accounts, ids(&tables.accounts)?)];
    let operation_ms = OPERATION_MS;
    let operations = json!({ "read": operation_ms, "create": operation_ms, "update": operation_ms });
    proxy.tell("timing", &json!({ "latencyMs": LATENCY_MS, "operationMs": operations }))?;

    let mut sides = Vec::new();
    for (table, ids) in &jobs {
        let mut couplet = Runs::default();
        for round in 0..ROUNDS {
            couplet.push(write(&proxy, table, ids, &format!("Couplet {round}"))?);
        }
        let (side, what) = match table.side() {
            Side::BusinessCentral => ("Business Central", "customers"),
            Side::Dataverse => ("Dataverse", "accounts"),
        };
        sides.push(SideMeasured { side, what, couplet, naive: Runs::default() });
    }
    let naive = std::thread::scope(|scope| {
        let writing = jobs.each_ref().map(|(table, ids)| {
            let proxy = &proxy;
            scope.spawn(move || write_naively(proxy, table, ids, "Naive"))
        });
        writing.map(|it| it.join())
    });
    for (run, side) in naive.into_iter().zip(&mut sides) {
        let Ok(run) = run else { bail!("the naive client ended badly") };
        side.naive.push(run?);
    }
    for (table, ids) in &jobs {
        check(&proxy, table, ids, "Naive")?;
    }
    Ok(Measured { latency_ms: LATENCY_MS, operation_ms, rounds: ROUNDS, n_updates: n, sides })
}

/// What the record at this position is named.
fn name(prefix: &str, position: usize) -> String {
    format!("{prefix} {position}")
}

/// The update of one record, of any state it is in.
///
/// # Errors
/// When the name cannot be written.
pub(crate) fn update(table: &Table, id: Uuid, name: &str) -> anyhow::Result<Change> {
    let mut body = RecordBody::new(table.side());
    body.set(&table.name, FieldValue::Text(name))?;
    Ok(Change::Update { id, precondition: Precondition::Exists, body })
}

/// Where a table is written.
pub(crate) fn target(table: &Table) -> WriteTarget {
    WriteTarget {
        source: table.source.clone(),
        logical_name: table.schema.name.clone(),
        part_address: PartAddress::Rooted,
    }
}

/// Requests and milliseconds of Couplet's writer.
fn write(proxy: &Proxy, table: &Table, ids: &[Uuid], prefix: &str) -> anyhow::Result<(u64, f64)> {
    let changes = ids.iter().enumerate().map(|(position, id)| update(table, *id, &name(prefix, position)));
    let changes: Vec<Change> = changes.collect::<anyhow::Result<_>>()?;
    let before = Cost::of(proxy, table.side())?;
    let started = Instant::now();
    let mut pace = Pace::new(PaceLimits::of(table.side()));
    let writer = Writer::new(target(table), changes, pace.parallelism(), Uuid::from_u128(7));
    let mut writers = [writer];
    drive(proxy, table.side(), &mut writers, &mut pace)?;
    let ms = started.elapsed().as_secs_f64() * 1e3;
    let cost = Cost::of(proxy, table.side())?.since(before);
    let outcomes = writers.into_iter().flat_map(Writer::into_outcomes);
    if let Some(bad) = outcomes.into_iter().find(|it| !matches!(it, Outcome::Updated { .. })) {
        bail!("an update ended as {bad:?}");
    }
    check(proxy, table, ids, prefix)?;
    Ok((cost.requests, ms))
}

/// Requests and milliseconds of the naive client.
fn write_naively(proxy: &Proxy, table: &Table, ids: &[Uuid], prefix: &str) -> anyhow::Result<(u64, f64)> {
    let property = table.name.property.as_deref().context("the name has no property")?;
    let before = Cost::of(proxy, table.side())?;
    let started = Instant::now();
    for (position, id) in ids.iter().enumerate() {
        let request = Request {
            method: Method::Patch,
            path: format!("{}({})", table.source.path, id.hyphenated()),
            headers: vec![("Content-Type", "application/json".to_owned()), ("If-Match", "*".to_owned())],
            body: Some(json!({ property: name(prefix, position) }).to_string().into_bytes()),
        };
        let response = proxy.send(table.side(), &request)?;
        if !response.is_success() {
            bail!("{} answered {}", request.path, response.status);
        }
    }
    let ms = started.elapsed().as_secs_f64() * 1e3;
    Ok((Cost::of(proxy, table.side())?.since(before).requests, ms))
}

/// What differs from the generated data, in the sandbox's own words.
#[derive(Deserialize)]
struct Snapshot {
    tables: Vec<ChangedTable>,
}

#[derive(Deserialize)]
struct ChangedTable {
    system: String,
    name: String,
    rows: Vec<ChangedRow>,
}

#[derive(Deserialize)]
struct ChangedRow {
    id: Uuid,
    deleted: bool,
    cells: FxHashMap<String, Value>,
}

/// Compares the sandbox's state: exactly these records of the table are changed, and each has its own new name.
///
/// # Errors
/// When one is not as it was written, or another one was changed.
pub(crate) fn check(proxy: &Proxy, table: &Table, ids: &[Uuid], prefix: &str) -> anyhow::Result<()> {
    let snapshot: Snapshot = proxy.ask("snapshot")?;
    let system = match table.side() {
        Side::BusinessCentral => "businessCentral",
        Side::Dataverse => "dataverse",
    };
    let found = snapshot.tables.into_iter().find(|it| it.system == system && it.name == table.schema.name);
    let rows = found.context("the sandbox has no changed record")?.rows;
    if rows.len() != ids.len() {
        bail!("{} records were to be changed, and {} are", ids.len(), rows.len());
    }
    let rows: FxHashMap<Uuid, ChangedRow> = rows.into_iter().map(|row| (row.id, row)).collect();
    for (position, id) in ids.iter().enumerate() {
        let row = rows.get(id).filter(|row| !row.deleted).with_context(|| format!("{id} is not changed"))?;
        let found = row.cells.get(&table.name.name).and_then(Value::as_str);
        let expected = name(prefix, position);
        if found != Some(&expected) {
            bail!("{id} is named {found:?} and not `{expected}`");
        }
    }
    Ok(())
}
