//! The documented limits switched on, and more requests than a window allows: how much of the allowance the pace uses,
//! and whether a service ever has to say 429.

use std::time::Instant;

use anyhow::{Context, bail};
use couplet_engine::Side;
use couplet_systems::pace::{Pace, PaceLimits, WINDOW};
use couplet_systems::write::{Outcome, Writer};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::drive::drive;
use crate::proxy::Proxy;
use crate::systems::{Cost, Table, Tables};
use crate::write::{check, target, update};
use crate::{LATENCY_MS, OPERATION_MS, Size};

/// Requests that both services allow one user in [`WINDOW`] (A56, B56).
const ALLOWANCE: usize = 6_000;
/// Requests of the run: the last ones have to wait for the next window.
const N_REQUESTS: usize = 6_600;

/// What was measured.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Measured {
    latency_ms: u32,
    operation_ms: u32,
    allowance: usize,
    window_seconds: u64,
    n_updates: usize,
    sides: Vec<SideMeasured>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SideMeasured {
    side: &'static str,
    /// By the sandbox's count.
    requests: u64,
    /// Answers 429 by the sandbox's count.
    throttled: u64,
    /// Requests whose answer was lost.
    lost: u64,
    /// Most requests sent within one window.
    most_in_window: usize,
    ms: f64,
}

/// Sends to both sides at once, each with its own pace, until all updates are made.
///
/// # Errors
/// When the limits are not on, an update fails, or a record does not hold what was written.
pub(crate) fn measure(size: &Size) -> anyhow::Result<Measured> {
    let proxy = Proxy::start(&size.proxy, size.n_customers)?;
    let tables = Tables::connect(&proxy)?;
    let ids =
        |table: &Table| table.first_ids(&table.read(&proxy, std::slice::from_ref(&table.name))?, N_REQUESTS);
    let jobs = [(&tables.customers, ids(&tables.customers)?), (&tables.accounts, ids(&tables.accounts)?)];
    let timing = json!({ "latencyMs": LATENCY_MS, "operationMs": { "update": OPERATION_MS } });
    proxy.tell("timing", &timing)?;
    // What is left out has its documented value.
    proxy.tell("limits", &json!({ "businessCentral": {}, "dataverse": {} }))?;
    expect_limits(&proxy)?;
    let runs = std::thread::scope(|scope| {
        let running = jobs.each_ref().map(|(table, ids)| {
            let proxy = &proxy;
            scope.spawn(move || run(proxy, table, ids))
        });
        running.map(|it| it.join())
    });
    let mut sides = Vec::new();
    for measured in runs {
        let Ok(measured) = measured else { bail!("a run ended badly") };
        sides.push(measured?);
    }
    for (table, ids) in &jobs {
        check(&proxy, table, ids, PREFIX)?;
    }
    Ok(Measured {
        latency_ms: LATENCY_MS,
        operation_ms: OPERATION_MS,
        allowance: ALLOWANCE,
        window_seconds: WINDOW.as_secs(),
        n_updates: N_REQUESTS,
        sides,
    })
}

/// How the written names begin.
const PREFIX: &str = "Paced";

/// The limits are on and as documented: otherwise no 429 would say nothing.
fn expect_limits(proxy: &Proxy) -> anyhow::Result<()> {
    let limits: Value = proxy.ask("limits")?;
    for system in ["businessCentral", "dataverse"] {
        let requests = limits.get(system).and_then(|it| it.get("requests")).and_then(Value::as_u64);
        if requests != Some(ALLOWANCE as u64) {
            bail!("the limits of {system} are {requests:?} requests");
        }
    }
    Ok(())
}

/// Writes each record with a writer of its own, so that each takes a request of its own, all with one pace.
fn run(proxy: &Proxy, table: &Table, ids: &[Uuid]) -> anyhow::Result<SideMeasured> {
    let mut pace = Pace::new(PaceLimits::of(table.side()));
    let parallelism = pace.parallelism();
    let writer = |(position, id): (usize, &Uuid)| -> anyhow::Result<Writer> {
        let change = update(table, *id, &format!("{PREFIX} {position}"))?;
        let run = Uuid::from_u128(u128::try_from(position)? << 64);
        Ok(Writer::new(target(table), vec![change], parallelism, run))
    };
    let mut writers: Vec<Writer> = ids.iter().enumerate().map(writer).collect::<anyhow::Result<_>>()?;
    let before = Cost::of(proxy, table.side())?;
    let started = Instant::now();
    let sent = drive(proxy, table.side(), &mut writers, &mut pace)?;
    let ms = started.elapsed().as_secs_f64() * 1e3;
    let cost = Cost::of(proxy, table.side())?.since(before);
    let outcomes = writers.into_iter().flat_map(Writer::into_outcomes);
    if let Some(bad) = outcomes.into_iter().find(|it| !matches!(it, Outcome::Updated { .. })) {
        bail!("an update ended as {bad:?}");
    }
    if sent.n_throttled != cost.throttled {
        bail!("the sandbox throttled {} times, and {} answers said so", cost.throttled, sent.n_throttled);
    }
    let side = match table.side() {
        Side::BusinessCentral => "Business Central",
        Side::Dataverse => "Dataverse",
    };
    Ok(SideMeasured {
        side,
        requests: cost.requests,
        throttled: cost.throttled,
        lost: sent.n_lost,
        most_in_window: most_in_window(&sent.moments).context("nothing was sent")?,
        ms,
    })
}

/// Most of these moments, which are in order, within one window.
fn most_in_window(moments: &[Timestamp]) -> Option<usize> {
    let window = i128::try_from(WINDOW.as_nanos()).ok()?;
    let mut end = 0;
    let within = moments.iter().enumerate().map(|(start, first)| {
        let is_within = |it: &Timestamp| it.as_nanosecond() - first.as_nanosecond() < window;
        while moments.get(end).is_some_and(is_within) {
            end += 1;
        }
        end - start
    });
    within.max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_holds_what_was_sent_within_300_seconds() {
        let at = |seconds: i64| Timestamp::from_second(1_770_000_000 + seconds).unwrap();
        let check = |seconds: &[i64], expected| {
            let moments: Vec<Timestamp> = seconds.iter().copied().map(at).collect();
            assert_eq!(most_in_window(&moments), expected, "{seconds:?}");
        };
        check(&[], None);
        check(&[0, 1, 299], Some(3));
        check(&[0, 300], Some(1));
        check(&[0, 250, 310, 320, 549, 550], Some(4));
    }
}
