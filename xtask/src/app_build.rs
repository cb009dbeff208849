//! Builds the app and the proxy as they are shipped. What has not changed is not built again.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::Context;

use crate::tools::Tools;
use crate::{console, fingerprint, process, workspace};

/// Builds the app into `dist/` and the proxy into `target/release/`.
///
/// # Errors
/// When one of them does not build.
pub(crate) fn build(tools: &Tools) -> anyhow::Result<()> {
    let started = Instant::now();
    // The app's last step runs on one core, so the proxy is built beside it.
    let (proxy, app) = std::thread::scope(|scope| {
        let proxy = scope.spawn(|| build_proxy(tools));
        let app = build_app(tools);
        (proxy.join(), app)
    });
    app?;
    proxy.map_err(|_| anyhow::anyhow!("the thread that builds the proxy ended badly"))??;
    console::progress(&format!("app and proxy are built ({})", console::duration(started.elapsed())));
    Ok(())
}

fn build_proxy(tools: &Tools) -> anyhow::Result<()> {
    let mut cargo = process::command("cargo", tools.folders())?;
    process::run(cargo.args(["build", "--release", "--quiet", "--package", "couplet-proxy"]))
}

fn build_app(tools: &Tools) -> anyhow::Result<()> {
    let mark = workspace::target()?.join("couplet-app.fingerprint");
    let current = fingerprint::of_app(&tools.versions())?;
    let dist = workspace::dist()?;
    let built = std::fs::read_to_string(&mark).unwrap_or_default();
    if built == current && dist.join("index.html").is_file() {
        console::progress("the app has not changed since it was built");
        return Ok(());
    }
    console::progress("building the app (3 to 5 minutes the first time, about a minute after a change)");
    if mark.exists() {
        std::fs::remove_file(&mark).context("cannot remove the mark of the last build")?;
    }
    process::run(&mut trunk_build(tools)?)?;
    compress(tools, &dist)?;
    std::fs::write(&mark, current).context("cannot write the mark of this build")
}

fn trunk_build(tools: &Tools) -> anyhow::Result<Command> {
    let mut trunk = process::command("trunk", tools.folders())?;
    trunk.args(["--quiet", "--offline=true", "--skip-version-check"]);
    trunk
        .args(["build", "--release=true", "--cargo-profile", "wasm-release", "--dist"])
        .arg(workspace::dist()?);
    // Trunk reads this variable as a flag of its own and stumbles over other values than true and false.
    trunk.env_remove("NO_COLOR");
    Ok(trunk)
}

/// Writes `.br` and `.gz` beside every file of the build that gets smaller by it.
fn compress(tools: &Tools, dist: &Path) -> anyhow::Result<()> {
    let script = workspace::root()?.join("xtask/compress.mjs");
    process::run(process::command("node", tools.folders())?.arg(script).arg(dist).stdin(Stdio::null()))
}
