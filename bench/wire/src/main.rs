//! Couplet's clients on the wire, measured: `couplet-bench-wire PROXY MEASUREMENT` starts that proxy with its sandbox and
//! prints one measurement as JSON. `couplet-bench-wire PROXY synchronization 300` changes so many records only. Called by `bench/wire.mjs`, which keeps the results and writes the tables.

mod drive;
mod limits;
// The store of the tests over the wire: one in memory, without anything of a test.
#[path = "../../../tests/synchronization/memory.rs"]
mod memory;
mod pairs;
mod pass_through;
mod ports;
mod proxy;
mod read;
mod record_at_a_time;
mod synchronization;
mod systems;
mod write;

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, bail};

/// The way to a service and back, in milliseconds.
const LATENCY_MS: u32 = 50;
/// Work of a service for each operation, in milliseconds.
const OPERATION_MS: u32 = 5;

/// What is measured with.
struct Size {
    /// The program.
    proxy: PathBuf,
    /// Customers of the demo data; there are some more accounts.
    n_customers: u32,
    /// Updates of each side; in a synchronization, of both together.
    n_updates: usize,
}

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let proxy = arguments.next().context("the first argument is the proxy")?.into();
    let name = arguments.next().context("the second argument is the measurement")?;
    if name == "reverse-proxy" {
        return pass_through::reverse_proxy(&arguments.next().context("the third argument is the service")?);
    }
    let n_updates = arguments.next().map_or(Ok(10_000), |number| number.parse())?;
    let size = Size { proxy, n_customers: 100_000, n_updates };
    let measured = match name.as_str() {
        "read" => serde_json::to_string(&read::measure(&size)?)?,
        "write" => serde_json::to_string(&write::measure(&size)?)?,
        "limits" => serde_json::to_string(&limits::measure(&size)?)?,
        "synchronization" => serde_json::to_string(&synchronization::measure(&size)?)?,
        "passThrough" => serde_json::to_string(&pass_through::measure(&size.proxy)?)?,
        other => bail!(
            "there is no measurement `{other}`; they are read, write, limits, synchronization, passThrough"
        ),
    };
    writeln!(std::io::stdout(), "{measured}")?;
    Ok(())
}
