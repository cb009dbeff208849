//! The pinned tools of the app's build. Each lives in a folder of its own, named by its version, in the user's
//! cache: a second clone finds them there, and nothing the user has installed is touched.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

use crate::{console, process, workspace};

const TRUNK_VERSION: &str = "0.21.14";
const WASM_SPLIT_VERSION: &str = "0.2.4";
const BINARYEN_VERSION: &str = "132.0.0";
const WASM_TARGET: &str = "wasm32-unknown-unknown";
const MIN_NODE_MAJOR: u32 = 20;

/// The tools, ready to be called.
pub(crate) struct Tools {
    folders: Vec<PathBuf>,
}

impl Tools {
    /// Brings what is missing, which takes minutes the first time on a machine, and nothing later.
    ///
    /// # Errors
    /// When something cannot be brought; says what to install by hand where that is the way.
    pub(crate) fn bring() -> anyhow::Result<Self> {
        require_node()?;
        bring_wasm_target()?;
        let wasm_bindgen = workspace::locked_version("wasm-bindgen")?;
        let folders = vec![
            bring_tool("trunk", TRUNK_VERSION, "about 5 minutes", "bin/trunk", |root| {
                install_crate("trunk", TRUNK_VERSION, root, &["--locked"])
            })?,
            bring_tool("wasm-bindgen", &wasm_bindgen, "about 3 minutes", "bin/wasm-bindgen", |root| {
                install_crate("wasm-bindgen-cli", &wasm_bindgen, root, &[])
            })?,
            bring_tool("wasm-split", WASM_SPLIT_VERSION, "about a minute", "bin/wasm-split-cli", |root| {
                let flags = ["--features", "build-binary"];
                install_crate("wasm_split_cli_support", WASM_SPLIT_VERSION, root, &flags)
            })?,
            bring_tool("binaryen", BINARYEN_VERSION, "some seconds", "node_modules/.bin/wasm-opt", |root| {
                install_package("binaryen", BINARYEN_VERSION, root)
            })?,
        ];
        Ok(Self { folders })
    }

    /// The folders to put first on a child's path.
    pub(crate) fn folders(&self) -> &[PathBuf] {
        &self.folders
    }

    /// One text that changes when any tool does.
    pub(crate) fn versions(&self) -> String {
        format!("{:?}", self.folders)
    }
}

/// Finds a tool in the cache or installs it there, and gives the folder its program lies in. The install happens
/// under a temporary name, so that one that was interrupted is never taken for a good one.
pub(crate) fn bring_tool(
    name: &str,
    version: &str,
    effort: &str,
    program: &str,
    install: impl FnOnce(&Path) -> anyhow::Result<()>,
) -> anyhow::Result<PathBuf> {
    let tools = workspace::cache()?.join("tools");
    let home = tools.join(format!("{name}-{version}"));
    if !has_program(&home, program) {
        let partial = tools.join(format!(".{name}-{version}.{}.partial", std::process::id()));
        console::progress(&format!("installing {name} {version} into {} ({effort}, once)", home.display()));
        std::fs::create_dir_all(&partial).with_context(|| format!("cannot create {}", partial.display()))?;
        let installed = install(&partial).and_then(|()| keep(&partial, &home, program));
        if installed.is_err() {
            // What is left over is under a name that nobody looks at; the first error is the one to report.
            let _ = std::fs::remove_dir_all(&partial);
        }
        installed.with_context(|| format!("{name} {version} could not be installed"))?;
    }
    let program = home.join(program);
    program.parent().map(Path::to_owned).context("a tool's program lies in no folder")
}

fn has_program(home: &Path, program: &str) -> bool {
    ["", ".exe", ".cmd"].iter().any(|ending| home.join(format!("{program}{ending}")).is_file())
}

/// Moves a finished install to its name, unless another process was faster.
fn keep(partial: &Path, home: &Path, program: &str) -> anyhow::Result<()> {
    if !has_program(partial, program) {
        bail!("the install left no `{program}`");
    }
    if has_program(home, program) {
        return std::fs::remove_dir_all(partial).context("cannot remove the second install");
    }
    if home.exists() {
        std::fs::remove_dir_all(home)
            .with_context(|| format!("cannot remove the broken {}", home.display()))?;
    }
    std::fs::rename(partial, home).with_context(|| format!("cannot rename to {}", home.display()))
}

fn install_crate(name: &str, version: &str, root: &Path, flags: &[&str]) -> anyhow::Result<()> {
    let mut command = process::command("cargo", &[])?;
    command.args(["install", "--quiet", name, "--version", version, "--root"]).arg(root).args(flags);
    // Outside the workspace, so that its settings do not reach the tool's build.
    process::run(command.current_dir(root))
}

fn install_package(name: &str, version: &str, root: &Path) -> anyhow::Result<()> {
    let mut command = process::command("npm", &[])?;
    command.args(["install", "--no-audit", "--no-fund", "--silent", "--prefix"]);
    command.arg(root).arg(format!("{name}@{version}"));
    process::run(command.current_dir(root))
}

fn bring_wasm_target() -> anyhow::Result<()> {
    let mut rustc = process::command("rustc", &[])?;
    let folder = process::read(rustc.args(["--print", "target-libdir", "--target", WASM_TARGET]))?;
    let has_target = std::fs::read_dir(folder.trim()).is_ok_and(|mut files| files.next().is_some());
    if has_target {
        return Ok(());
    }
    if process::find("rustup").is_none() {
        bail!(
            "the target {WASM_TARGET} is missing and rustup is not installed: install rustup, or the target for \
             the compiler you have"
        );
    }
    console::progress(&format!("adding the target {WASM_TARGET} with rustup (some seconds, once)"));
    process::run(process::command("rustup", &[])?.args(["target", "add", WASM_TARGET]))
}

fn require_node() -> anyhow::Result<()> {
    let version = Command::new("node").arg("--version").output();
    let text = version.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let major = text.trim().trim_start_matches('v').split('.').next().and_then(|major| major.parse().ok());
    match major {
        Some(MIN_NODE_MAJOR..) => Ok(()),
        Some(major) => bail!("Node {MIN_NODE_MAJOR} or later is needed, and Node {major} is installed"),
        None => bail!("Node {MIN_NODE_MAJOR} or later is needed (with npm), and `node` cannot be started"),
    }
}
