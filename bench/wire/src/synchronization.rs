//! A whole synchronization of customers and accounts: Couplet's reading, planning and writing beside a client that takes
//! one record at a time. Both start from one state of the sandbox, and end, before their times count, in one.

use std::time::Instant;

use anyhow::{Context, bail};
use couplet_engine::Side;
use couplet_systems::{MAX_PAGE_BUSINESS_CENTRAL, MAX_PAGE_DATAVERSE};
use serde::Serialize;
use serde_json::{Value, json};

use crate::memory::Memory;
use crate::pairs::{COLUMNS, Pairs};
use crate::proxy::Proxy;
use crate::record_at_a_time;
use crate::systems::Cost;
use crate::{LATENCY_MS, OPERATION_MS, Size};

/// Times that Couplet synchronizes; the other client takes too long for more than once.
const ROUNDS: usize = 3;
/// Changes in one request, and ids in one reading, by which the floor is counted.
const PER_REQUEST: usize = 100;

/// What was measured.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Measured {
    latency_ms: u32,
    operation_ms: u32,
    rounds: usize,
    /// Coupled pairs.
    n_pairs: usize,
    /// Records changed before the run, one half on each side.
    n_changed: usize,
    /// Fields that take part.
    n_fields: usize,
    /// Requests that writing the changes and reading the pages takes at the least.
    floor: usize,
    couplet: Runs,
    /// Requests of the run after it, in which nothing is to be done.
    unchanged_requests: Vec<u64>,
    record_at_a_time: Runs,
}

/// Runs of one client.
#[derive(Serialize, Default)]
#[serde(rename_all = "camelCase")]
struct Runs {
    /// Of both systems, by the sandbox's count.
    requests: Vec<u64>,
    ms: Vec<f64>,
    /// Planning alone, part of the time.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    plan_ms: Vec<f64>,
}

/// Measures both clients.
///
/// # Errors
/// When something is refused, or both do not end in the same state.
pub(crate) fn measure(size: &Size) -> anyhow::Result<Measured> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let n_each_side = size.n_updates / 2;
    let pairs = runtime.block_on(Pairs::make(&size.proxy, n_each_side))?;
    let mut measured = Measured {
        latency_ms: LATENCY_MS,
        operation_ms: OPERATION_MS,
        rounds: ROUNDS,
        n_pairs: 2 * n_each_side,
        n_changed: 2 * n_each_side,
        n_fields: COLUMNS.len(),
        floor: floor(&pairs, n_each_side)?,
        couplet: Runs::default(),
        unchanged_requests: Vec::new(),
        record_at_a_time: Runs::default(),
    };
    let mut ends = Vec::new();
    for _ in 0..ROUNDS {
        pairs.restore()?;
        ends.push(runtime.block_on(couplet(&pairs, &mut measured))?);
    }
    pairs.restore()?;
    slow_down(&pairs.proxy, true)?;
    let before = requests(&pairs.proxy)?;
    let started = Instant::now();
    let n_changed = record_at_a_time::synchronize(&pairs)?;
    measured.record_at_a_time.ms.push(started.elapsed().as_secs_f64() * 1e3);
    measured.record_at_a_time.requests.push(requests(&pairs.proxy)? - before);
    slow_down(&pairs.proxy, false)?;
    if n_changed != measured.n_changed {
        bail!("{n_changed} records were changed one at a time and not {}", measured.n_changed);
    }
    let end: Value = pairs.proxy.ask("snapshot")?;
    for other in ends {
        check_equal(other, end.clone())?;
    }
    Ok(measured)
}

/// A run of Couplet and the one after it; the state of the sandbox after the first.
async fn couplet(pairs: &Pairs, measured: &mut Measured) -> anyhow::Result<Value> {
    let store = Memory::default();
    store.kept.replace(pairs.kept.clone());
    slow_down(&pairs.proxy, true)?;
    let session = pairs.session();
    let before = requests(&pairs.proxy)?;
    let started = Instant::now();
    let ran = pairs.run(&session, &store, pairs.scheduled()?).await?;
    measured.couplet.ms.push(started.elapsed().as_secs_f64() * 1e3);
    let after = requests(&pairs.proxy)?;
    measured.couplet.requests.push(after - before);
    measured.couplet.plan_ms.push(ran.plan_ms);
    let n_changed: usize = ran.job.passes.iter().map(|it| it.counters.modified).sum();
    if n_changed != measured.n_changed {
        bail!("Couplet changed {n_changed} records and not {}", measured.n_changed);
    }
    let end = pairs.proxy.ask("snapshot")?;
    let quiet = pairs.run(&session, &store, pairs.scheduled()?).await?;
    measured.unchanged_requests.push(requests(&pairs.proxy)? - after);
    if quiet.job.passes.iter().any(|it| it.counters.modified + it.counters.failed > 0) {
        bail!("the run after it was not quiet: {:?}", quiet.job.passes);
    }
    slow_down(&pairs.proxy, false)?;
    Ok(end)
}

/// Requests that cannot be spared: a request for each hundred changes, the pages of what changed, and the partners, by
/// their ids or with the whole table, whichever is less. The list of changed rows begins with the one that the watermark
/// is of, which is looked at again (S2.7).
fn floor(pairs: &Pairs, n_each_side: usize) -> anyhow::Result<usize> {
    let mut floor = 0;
    for table in [&pairs.tables.customers, &pairs.tables.accounts] {
        let page = match table.side() {
            Side::BusinessCentral => MAX_PAGE_BUSINESS_CENTRAL,
            Side::Dataverse => MAX_PAGE_DATAVERSE,
        } as usize;
        let n_rows = usize::try_from(table.count(&pairs.proxy)?)?;
        let n_again = usize::from(table.side() == Side::Dataverse);
        let partners = n_rows.div_ceil(page).min(n_each_side.div_ceil(PER_REQUEST));
        floor += n_each_side.div_ceil(PER_REQUEST) + (n_each_side + n_again).div_ceil(page) + partners;
    }
    Ok(floor)
}

/// Requests to both systems since the proxy was started.
fn requests(proxy: &Proxy) -> anyhow::Result<u64> {
    let of = |side| Cost::of(proxy, side).map(|cost| cost.requests);
    Ok(of(Side::BusinessCentral)? + of(Side::Dataverse)?)
}

/// The sandbox takes its time, or none.
fn slow_down(proxy: &Proxy, is_slow: bool) -> anyhow::Result<()> {
    let (latency, work) = if is_slow { (LATENCY_MS, OPERATION_MS) } else { (0, 0) };
    let operations = json!({ "read": work, "create": work, "update": work });
    proxy.tell("timing", &json!({ "latencyMs": latency, "operationMs": operations }))
}

/// Compares two states of the sandbox by which rows exist and what they hold; moments and versions do not count.
fn check_equal(first: Value, second: Value) -> anyhow::Result<()> {
    let [first, second] = [held(first)?, held(second)?];
    if first != second {
        let differing = first.iter().zip(&second).find(|(left, right)| left != right);
        bail!("the clients do not end in one state; the first difference: {differing:?}");
    }
    Ok(())
}

/// The rows of a state that are not as they were generated, without when and how often they changed.
fn held(mut snapshot: Value) -> anyhow::Result<Vec<(String, Value)>> {
    let tables = snapshot.get_mut("tables").and_then(Value::as_array_mut).context("no tables")?;
    let mut held = Vec::new();
    for table in tables {
        let name = format!("{} {}", text(table, "system"), text(table, "name"));
        let rows = table.get_mut("rows").and_then(Value::as_array_mut).context("no rows")?;
        for row in rows {
            let name = format!("{name} {} deleted {:?}", text(row, "id"), row.get("deleted"));
            held.push((name, row.get_mut("cells").map(Value::take).unwrap_or_default()));
        }
    }
    held.sort_unstable_by(|left, right| left.0.cmp(&right.0));
    Ok(held)
}

fn text<'v>(value: &'v Value, member: &str) -> &'v str {
    value.get(member).and_then(Value::as_str).unwrap_or_default()
}
