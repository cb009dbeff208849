//! Reading all customers and accounts through the proxy, both at once, as a preview does.

use std::time::Instant;

use anyhow::bail;
use couplet_engine::Side;
use couplet_systems::{MAX_PAGE_BUSINESS_CENTRAL, MAX_PAGE_DATAVERSE};
use serde::Serialize;
use serde_json::json;

use crate::proxy::Proxy;
use crate::systems::{Cost, Table, Tables};
use crate::{LATENCY_MS, Size};

/// Times that both tables are read.
const ROUNDS: usize = 5;

/// What was measured.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Measured {
    latency_ms: u32,
    rounds: usize,
    /// From the first request to the last record of the slower table, of each round.
    both_ms: Vec<f64>,
    tables: Vec<TableMeasured>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TableMeasured {
    side: &'static str,
    what: &'static str,
    n_rows: usize,
    n_fields: usize,
    page_size: u32,
    /// Rows divided by the largest page, rounded up.
    floor: u64,
    /// By the sandbox's count, of each round.
    requests: Vec<u64>,
    ms: Vec<f64>,
}

/// Reads both tables several times and checks what came.
///
/// # Errors
/// When something is refused, or not every record came once.
pub(crate) fn measure(size: &Size) -> anyhow::Result<Measured> {
    let proxy = Proxy::start(&size.proxy, size.n_customers)?;
    let tables = Tables::connect(&proxy)?;
    let sides = [&tables.customers, &tables.accounts];
    let mut measured: Vec<TableMeasured> = sides.iter().map(|table| empty(table)).collect();
    let mut both_ms = Vec::new();
    proxy.tell("timing", &json!({ "latencyMs": LATENCY_MS }))?;
    for _ in 0..ROUNDS {
        let started = Instant::now();
        let rounds = std::thread::scope(|scope| {
            let reading = sides.map(|table| scope.spawn(|| read(&proxy, table)));
            reading.map(|it| it.join())
        });
        both_ms.push(started.elapsed().as_secs_f64() * 1e3);
        for (round, table) in rounds.into_iter().zip(&mut measured) {
            let Ok(round) = round else { bail!("a reading ended badly") };
            let (n_rows, requests, ms) = round?;
            table.n_rows = n_rows;
            table.floor = (n_rows as u64).div_ceil(u64::from(table.page_size));
            table.requests.push(requests);
            table.ms.push(ms);
        }
    }
    Ok(Measured { latency_ms: LATENCY_MS, rounds: ROUNDS, both_ms, tables: measured })
}

/// Records, requests and milliseconds of one reading, after the records were counted and their ids compared.
fn read(proxy: &Proxy, table: &Table) -> anyhow::Result<(usize, u64, f64)> {
    let before = Cost::of(proxy, table.side())?;
    let started = Instant::now();
    let rows = table.read(proxy, &table.mapped)?;
    let ms = started.elapsed().as_secs_f64() * 1e3;
    let cost = Cost::of(proxy, table.side())?.since(before);
    let n_ids = table.ids(&rows)?.len();
    let count = table.count(proxy)?;
    if n_ids as u64 != count {
        bail!("{n_ids} records were read and there are {count}");
    }
    Ok((n_ids, cost.requests, ms))
}

fn empty(table: &Table) -> TableMeasured {
    let (side, what, page_size) = match table.side() {
        Side::BusinessCentral => ("Business Central", "customers", MAX_PAGE_BUSINESS_CENTRAL),
        Side::Dataverse => ("Dataverse", "accounts", MAX_PAGE_DATAVERSE),
    };
    let n_fields = table.mapped.len();
    TableMeasured {
        side,
        what,
        n_rows: 0,
        n_fields,
        page_size,
        floor: 0,
        requests: Vec::new(),
        ms: Vec::new(),
    }
}
