//! `cargo xtask package`: the filter language as an ES module with TypeScript types, in `target/package/`.

use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::tools::Tools;
use crate::{console, process, split, workspace};

/// Files of the package that are not made by a tool.
const WRITTEN: [&str; 3] = ["package.json", "index.js", "README.md"];
/// The name of the files that wasm-bindgen makes.
const NAME: &str = "couplet_filter";

/// Builds the package and gives its folder.
///
/// # Errors
/// When something does not build or cannot be written.
pub(crate) fn build(tools: &Tools) -> anyhow::Result<PathBuf> {
    let target = workspace::target()?;
    let folder = target.join("package");
    let profile = ["build", "--quiet", "--profile", "wasm-release", "--target", "wasm32-unknown-unknown"];
    process::run(
        process::command("cargo", tools.folders())?.args(profile).args(["--package", "couplet-filter-js"]),
    )?;
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let wasm = target.join("wasm32-unknown-unknown/wasm-release/couplet_filter_js.wasm");
    let mut bindgen = process::command("wasm-bindgen", tools.folders())?;
    bindgen.args(["--target", "web", "--out-name", NAME, "--out-dir"]);
    process::run(bindgen.arg(&folder).arg(wasm))?;
    let made = folder.join(format!("{NAME}_bg.wasm"));
    process::run(
        process::command("wasm-opt", tools.folders())?
            .arg("-O3")
            .args(split::WASM_FEATURES)
            .arg(&made)
            .arg("-o")
            .arg(&made),
    )?;
    let source = workspace::root()?.join("crates/filter-js");
    for file in WRITTEN {
        copy(&source.join("package").join(file), &folder.join(file))?;
    }
    copy(&source.join("src/types.d.ts"), &folder.join("index.d.ts"))?;
    let size = std::fs::metadata(&made).with_context(|| format!("cannot read {}", made.display()))?.len();
    console::progress(&format!("the package is in {} ({} KiB of wasm)", folder.display(), size / 1024));
    Ok(folder)
}

/// Builds the package and runs its tests in Node.
///
/// # Errors
/// When it does not build or a test fails.
pub(crate) fn test(tools: &Tools) -> anyhow::Result<()> {
    let folder = build(tools)?;
    let tests = workspace::root()?.join("crates/filter-js/tests/package.test.mjs");
    let mut node = process::command("node", tools.folders())?;
    process::run(node.env("COUPLET_PACKAGE", folder).arg("--test").arg(tests))
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::copy(from, to).map(|_| ()).with_context(|| format!("cannot copy {}", from.display()))
}
