//! Our clients against a server that is not ours: `@sap/cds` with SQLite, in `tests/cap`.

use std::process::Command;

use anyhow::Context;

use crate::{node_packages, process, workspace};

/// The node script that runs them, ready to be started.
///
/// # Errors
/// When the packages cannot be brought, or the clients cannot be built.
pub(crate) fn script() -> anyhow::Result<Command> {
    let packages = node_packages::bring("tests/cap")?;
    let mut build = process::command("cargo", &[])?;
    process::run(build.args(["build", "--quiet", "--package", "couplet-systems", "--examples"]))
        .context("the clients could not be built")?;
    let example = |name: &str| -> anyhow::Result<_> {
        let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
        Ok(workspace::target()?.join("debug/examples").join(file))
    };
    let mut node = process::command("node", &[])?;
    node.arg(workspace::root()?.join("tests/cap/run.mjs"))
        .env("COUPLET_CAP_PACKAGES", packages)
        .env("COUPLET_COUNT", example("count")?)
        .env("COUPLET_FOREIGN", example("foreign")?);
    Ok(node)
}
