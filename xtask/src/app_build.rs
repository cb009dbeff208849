//! Builds the app and the proxy as they are shipped. What has not changed is not built again.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::Context;

use crate::tools::Tools;
use crate::{console, fingerprint, process, split, workspace};

/// Builds the app into `dist/` and the proxy into `target/release/`.
///
/// # Errors
/// When one of them does not build.
pub(crate) fn build(tools: &Tools) -> anyhow::Result<()> {
    let started = Instant::now();
    let change = Change::find(tools)?;
    if change.is_some() {
        // Trunk is kept from downloading programs by a flag that also keeps cargo from downloading packages.
        process::run(process::command("cargo", tools.folders())?.args(["fetch", "--quiet"]))?;
    }
    // The app's last step runs on one core, so the proxy is built beside it.
    let (proxy, app) = std::thread::scope(|scope| {
        let proxy = scope.spawn(|| build_proxy(tools));
        let app = match &change {
            Some(change) => build_app(tools, change),
            None => Ok(()),
        };
        (proxy.join(), app)
    });
    app?;
    proxy.map_err(|_| anyhow::anyhow!("the thread that builds the proxy ended badly"))??;
    console::progress(&format!("app and proxy are built ({})", console::duration(started.elapsed())));
    Ok(())
}

/// Trunk with the pinned tools, which it finds on its path and does not download.
///
/// # Errors
/// When the path cannot be put together.
pub(crate) fn trunk(tools: &Tools) -> anyhow::Result<Command> {
    let mut trunk = process::command("trunk", tools.folders())?;
    // Trunk reads this variable as a flag of its own and stumbles over other values than true and false.
    trunk.args(["--offline=true", "--skip-version-check"]).env_remove("NO_COLOR");
    Ok(trunk)
}

/// The app has to be built: something it is made of differs from the last build.
struct Change {
    /// The file that holds the fingerprint of the last build.
    mark: PathBuf,
    /// The fingerprint of what is there now.
    fingerprint: String,
}

impl Change {
    fn find(tools: &Tools) -> anyhow::Result<Option<Self>> {
        let mark = workspace::target()?.join("couplet-app.fingerprint");
        let fingerprint = fingerprint::of_app(&tools.versions())?;
        let built = std::fs::read_to_string(&mark).unwrap_or_default();
        if built == fingerprint && workspace::dist()?.join("index.html").is_file() {
            console::progress("the app has not changed since it was built");
            return Ok(None);
        }
        Ok(Some(Self { mark, fingerprint }))
    }
}

fn build_proxy(tools: &Tools) -> anyhow::Result<()> {
    let mut cargo = process::command("cargo", tools.folders())?;
    process::run(cargo.args(["build", "--release", "--quiet", "--package", "couplet-proxy"]))
}

fn build_app(tools: &Tools, change: &Change) -> anyhow::Result<()> {
    console::progress("building the app (some minutes the first time, about a minute after a change)");
    if change.mark.exists() {
        std::fs::remove_file(&change.mark).context("cannot remove the mark of the last build")?;
    }
    let dist = workspace::dist()?;
    let mut build = trunk(tools)?;
    build
        .args([
            "--quiet",
            "build",
            "--release=true",
            "--cargo-profile",
            "wasm-release",
            "--features",
            "split",
        ])
        .arg("--dist")
        .arg(&dist);
    process::run(&mut build)?;
    split::split(tools, &dist)?;
    compress(tools, &dist)?;
    std::fs::write(&change.mark, &change.fingerprint).context("cannot write the mark of this build")
}

/// Writes `.br` and `.gz` beside every file of the build that gets smaller by it.
fn compress(tools: &Tools, dist: &Path) -> anyhow::Result<()> {
    let script = workspace::root()?.join("xtask/compress.mjs");
    process::run(process::command("node", tools.folders())?.arg(script).arg(dist).stdin(Stdio::null()))
}
