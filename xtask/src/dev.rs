//! `cargo xtask dev`: the proxy with the embedded sandbox, and `trunk serve` in front of it, which builds the app
//! again and reloads the page whenever a file changes.

use std::io::{BufRead, BufReader};
use std::process::{ExitCode, Stdio};

use anyhow::Context;

use crate::tools::Tools;
use crate::{app_build, console, process};

/// Where `trunk serve` listens (Trunk.toml).
const TRUNK_ORIGIN: &str = "http://127.0.0.1:8081";
/// Where the proxy listens, as Trunk.toml expects it.
const PROXY_PORT: &str = "8080";

/// Runs both until Ctrl-C, which ends both.
///
/// # Errors
/// When one of them does not build or start.
pub(crate) fn run() -> anyhow::Result<ExitCode> {
    let tools = Tools::bring()?;
    process::run(process::command("cargo", tools.folders())?.args(["fetch", "--quiet"]))?;
    let mut cargo = process::command("cargo", tools.folders())?;
    cargo.args(["run", "--release", "--quiet", "--package", "couplet-proxy", "--"]);
    cargo.args(["--port", PROXY_PORT, "--allow-origin", TRUNK_ORIGIN]);
    let mut proxy = cargo.stdout(Stdio::piped()).spawn().context("cannot start the proxy")?;
    let output = proxy.stdout.take().context("the proxy has no output")?;
    let ready = BufReader::new(output).lines().map_while(Result::ok).find_map(|line| {
        let (_, token) = line.split_once("?token=")?;
        Some(token.to_owned())
    });
    if let Some(token) = ready {
        console::line(&format!("Open {TRUNK_ORIGIN}/api/session/open?token={token}"));
        let trunk = process::run(app_build::trunk(&tools)?.arg("serve"));
        if let Err(error) = trunk {
            console::error(&format!("{error:#}"));
        }
    }
    // Ctrl-C has reached the proxy already; after another end of trunk it still runs.
    let _ = proxy.kill();
    let ended = proxy.wait().context("cannot wait for the proxy")?;
    Ok(if ended.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
