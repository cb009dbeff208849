//! The browser of the browser tests and of the measurements, and their packages.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

use crate::{console, packages, process, workspace};

/// Names under which Chromium and its relatives are installed.
const PROGRAMS: [&str; 5] =
    ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
const MAC_PROGRAMS: [&str; 2] = [
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/// A node script of a folder such as `tests/e2e`, which holds a package of its own. The script is told where the
/// browser, the proxy and the built app are.
///
/// # Errors
/// When there is no browser, or the packages cannot be installed.
pub(crate) fn script(folder: &str, name: &str) -> anyhow::Result<Command> {
    let browser = bring_browser()?;
    let folder = workspace::root()?.join(folder);
    bring_packages(&folder)?;
    let mut node = process::command("node", &[])?;
    node.arg(folder.join(name))
        .env("COUPLET_CHROMIUM", browser)
        .env("COUPLET_PROXY", workspace::proxy_binary()?)
        .env("COUPLET_DIST", workspace::dist()?);
    Ok(node)
}

fn bring_browser() -> anyhow::Result<PathBuf> {
    if let Some(browser) = find_browser() {
        return Ok(browser);
    }
    if !packages::can_install() {
        bail!(
            "no Chromium or Chrome found: install the package `chromium` of your system, or set COUPLET_CHROMIUM \
             to the browser's program"
        );
    }
    packages::install("chromium", "about a minute")?;
    find_browser().context("chromium was installed and is still not found")
}

fn find_browser() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("COUPLET_CHROMIUM") {
        return Some(named.into());
    }
    let mac = MAC_PROGRAMS.iter().map(PathBuf::from).find(|file| file.is_file());
    PROGRAMS.iter().find_map(|program| process::find(program)).or(mac)
}

/// Installs the packages of a folder's lock file, unless they are those already.
///
/// # Errors
/// When there is no lock file, or npm fails.
pub(crate) fn bring_packages(folder: &Path) -> anyhow::Result<()> {
    let lock = folder.join("package-lock.json");
    let lock = std::fs::read(&lock).with_context(|| format!("cannot read {}", lock.display()))?;
    let mark = folder.join("node_modules/.couplet-lock");
    if std::fs::read(&mark).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    console::progress(&format!("installing the packages of {} (some seconds)", folder.display()));
    let mut npm = process::command("npm", &[])?;
    process::run(npm.args(["ci", "--no-audit", "--no-fund", "--silent"]).current_dir(folder))?;
    std::fs::write(&mark, lock).context("cannot mark the packages as installed")
}
