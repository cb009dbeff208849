//! The Python side of the differential test: the pinned packages of `tests/odata_query` in a virtual environment of
//! their own, kept like every other tool.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail};

use crate::{packages, process, tools, workspace};

/// The interpreter of a virtual environment, in its folder.
const INTERPRETER: &str = if cfg!(windows) { "Scripts/python" } else { "bin/python" };

/// The comparison of the cases in a file.
///
/// # Errors
/// When there is no Python, or the packages cannot be installed.
pub(crate) fn script(cases: &Path) -> anyhow::Result<Command> {
    let folder = workspace::root()?.join("tests/odata_query");
    let requirements = folder.join("requirements.txt");
    let pins = std::fs::read_to_string(&requirements)
        .with_context(|| format!("cannot read {}", requirements.display()))?;
    let programs = tools::bring_tool("odata-query", &version(&pins), "some seconds", INTERPRETER, |root| {
        install(root, &requirements)
    })?;
    let mut python = process::command("python", &[programs])?;
    python.arg(folder.join("compare.py")).arg(cases);
    Ok(python)
}

/// All pinned versions in one: another pin is another environment.
fn version(pins: &str) -> String {
    let versions = pins.lines().filter_map(|line| line.split_once("==")).map(|(_, version)| version.trim());
    versions.collect::<Vec<_>>().join("_")
}

fn install(root: &Path, requirements: &Path) -> anyhow::Result<()> {
    let base = if process::find("python3").is_some() { "python3" } else { "python" };
    if process::find(base).is_none() {
        bail!("Python 3 is needed for the comparison with odata-query, and `{base}` cannot be found");
    }
    let is_complete = process::command(base, &[])
        .and_then(|mut python| process::read(python.args(["-c", "import ensurepip, venv"])))
        .is_ok();
    if !is_complete {
        if !packages::can_install() {
            bail!("Python lacks its modules `venv` and `ensurepip`: install the package `python3-venv`");
        }
        packages::install("python3-venv", "some seconds")?;
    }
    process::run(process::command(base, &[])?.args(["-m", "venv"]).arg(root))?;
    let mut pip = Command::new(root.join(INTERPRETER));
    pip.args(["-m", "pip", "install", "--quiet", "--no-deps", "--requirement"]).arg(requirements);
    process::run(&mut pip)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_pin_is_another_version() {
        assert_eq!(version("odata-query==0.10.0\nsly==0.4\n"), "0.10.0_0.4");
    }
}
