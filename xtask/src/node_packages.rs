//! The Node packages of `tests/cap`, one of which is compiled. They are kept in the user's cache by the lock file of their
//! folder: a second clone, and the next run, find them built.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::{packages, process, tools, workspace};

/// `better-sqlite3`: it has no binary that can be had offline.
const SQLITE: &str = "node_modules/better-sqlite3";
const SQLITE_BINARY: &str = "node_modules/better-sqlite3/build/Release/better_sqlite3.node";
/// Programs that compile it, and the Debian packages that have them.
const COMPILERS: [(&str, &str); 3] = [("g++", "g++"), ("make", "make"), ("python3", "python3")];

/// The folder with the `node_modules` of a lock file in a folder of the workspace, installed where they are missing.
///
/// # Errors
/// When they cannot be installed or built; says what to install by hand where that is the way.
pub(crate) fn bring(folder: &str) -> anyhow::Result<PathBuf> {
    let folder = workspace::root()?.join(folder);
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let lock = folder.join("package-lock.json");
    let lock = std::fs::read(&lock).with_context(|| format!("cannot read {}", lock.display()))?;
    // What is compiled fits one version of Node on one kind of machine.
    let node = node("process.versions.modules + process.platform + process.arch")?;
    let mut hasher = DefaultHasher::new();
    (lock, node).hash(&mut hasher);
    let version = format!("{:016x}", hasher.finish());
    tools::bring_tool(&format!("packages-{name}"), &version, "about a minute", "package.json", |root| {
        install(&folder, root)
    })
}

fn install(folder: &Path, root: &Path) -> anyhow::Result<()> {
    for file in ["package.json", "package-lock.json"] {
        std::fs::copy(folder.join(file), root.join(file)).with_context(|| format!("cannot copy {file}"))?;
    }
    let mut npm = process::command("npm", &[])?;
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]);
    process::run(npm.current_dir(root))?;
    build_sqlite(root)
}

fn build_sqlite(root: &Path) -> anyhow::Result<()> {
    bring_compilers()?;
    let mut build = process::command("node", &[])?;
    build.arg(root.join("node_modules/node-gyp/bin/node-gyp.js"));
    build.args(["rebuild", "--release", "--loglevel=error"]);
    // Node's own headers where they are installed; else node-gyp fetches them.
    if let Some(prefix) = header_prefix()? {
        build.arg(format!("--nodedir={}", prefix.display()));
    }
    let built = process::read(build.current_dir(root.join(SQLITE)));
    let built = built.and_then(|_| match root.join(SQLITE_BINARY).is_file() {
        true => Ok(()),
        false => bail!("the build left no {SQLITE_BINARY}"),
    });
    built.context(
        "better-sqlite3 needs a C++ compiler, make, python3 and the headers of the installed Node (Debian and \
         Ubuntu: g++, make, python3, libnode-dev)",
    )
}

/// Where `include/node` lies beside the installed Node.
fn header_prefix() -> anyhow::Result<Option<PathBuf>> {
    let find = || -> anyhow::Result<Option<PathBuf>> {
        let program = PathBuf::from(node("process.execPath")?);
        let prefix = program.parent().and_then(Path::parent).map(Path::to_owned);
        Ok(prefix.filter(|prefix| prefix.join("include/node/node.h").is_file()))
    };
    let found = find()?;
    if found.is_none() && packages::can_install() {
        packages::install("libnode-dev", "some seconds")?;
        return find();
    }
    Ok(found)
}

fn bring_compilers() -> anyhow::Result<()> {
    for (program, package) in COMPILERS {
        if process::find(program).is_some() {
            continue;
        }
        if !packages::can_install() {
            bail!(
                "better-sqlite3 is compiled here and `{program}` cannot be found: install the package `{package}`"
            );
        }
        packages::install(package, "some seconds")?;
    }
    Ok(())
}

fn node(expression: &str) -> anyhow::Result<String> {
    let printed = process::read(process::command("node", &[])?.args(["--print", expression]))?;
    Ok(printed.trim().to_owned())
}
