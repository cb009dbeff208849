//! Where things are: the workspace, its outputs, and the user's cache folder.

use std::path::{Path, PathBuf};

use anyhow::Context;

/// The workspace's root folder.
pub(crate) fn root() -> anyhow::Result<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().map(Path::to_owned).context("xtask lies in no workspace")
}

/// Where cargo puts what it builds.
pub(crate) fn target() -> anyhow::Result<PathBuf> {
    Ok(match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => root()?.join(folder),
        None => root()?.join("target"),
    })
}

/// The built app.
pub(crate) fn dist() -> anyhow::Result<PathBuf> {
    Ok(root()?.join("dist"))
}

/// The proxy as `cargo build --release` leaves it.
pub(crate) fn proxy_binary() -> anyhow::Result<PathBuf> {
    Ok(target()?.join("release").join(format!("couplet-proxy{}", std::env::consts::EXE_SUFFIX)))
}

/// An example as `cargo build --example` leaves it.
pub(crate) fn example(name: &str) -> anyhow::Result<PathBuf> {
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    Ok(target()?.join("debug").join("examples").join(file))
}

/// The folder that keeps the pinned tools between clones: `COUPLET_TOOLS`, or `couplet` in the user's cache.
pub(crate) fn cache() -> anyhow::Result<PathBuf> {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(folder) = variable("COUPLET_TOOLS") {
        return Ok(folder);
    }
    if let Some(folder) = variable("XDG_CACHE_HOME").or_else(|| variable("LOCALAPPDATA")) {
        return Ok(folder.join("couplet"));
    }
    let home = variable("HOME").context("no home folder: set COUPLET_TOOLS to a folder for the tools")?;
    Ok(home.join(".cache").join("couplet"))
}

/// The version of a package in `Cargo.lock`.
pub(crate) fn locked_version(package: &str) -> anyhow::Result<String> {
    locked_version_in(&root()?, package)
}

/// The version of a package in the `Cargo.lock` of this folder.
pub(crate) fn locked_version_in(folder: &Path, package: &str) -> anyhow::Result<String> {
    let file = folder.join("Cargo.lock");
    let lock = std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let name = format!("name = \"{package}\"");
    lock.lines()
        .skip_while(|line| *line != name)
        .find_map(|line| line.strip_prefix("version = \"")?.strip_suffix('"'))
        .map(str::to_owned)
        .with_context(|| format!("{} holds no `{package}`", file.display()))
}
