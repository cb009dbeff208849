//! `cargo xtask bench`: filters and page decoding beside their peers on a page of a real browser, the preview in the
//! built app, and natively the clients on the wire beside a naive one. Tables go to standard output and into `docs/performance.md`; a slow result is told,
//! not punished, but different answers of the contenders fail the benchmark.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::bail;
use lexopt::{Arg, Parser, ValueExt};

use crate::process::{self, Ended};
use crate::tools::Tools;
use crate::{app_build, browser, console, run, size, split, workspace};

/// The folder of the benchmark page and its crate.
const FOLDER: &str = "bench";
const PROFILE: &str = "wasm-release";
const TARGET: &str = "wasm32-unknown-unknown";
const MODULE: &str = "couplet_bench";
/// The native benchmark of the wire: a package of the benchmark's workspace.
const WIRE: &str = "couplet-bench-wire";
/// What it measures, one after the other.
const ON_WIRE: [&str; 3] = ["read", "write", "limits"];
/// What it measures of whole runs.
const SYNCHRONIZATION: &str = "synchronization";
/// What it measures of the proxy alone.
const PASS_THROUGH: &str = "passThrough";

/// One measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Measurement {
    /// Filters beside their peers.
    Filters,
    /// Page decoding beside its peers.
    Decode,
    /// The preview in the built app.
    Preview,
    /// The plan of a full synchronization in the built app.
    Plan,
    /// The clients of both systems, natively, against the sandbox behind the proxy.
    Wire,
    /// Whole synchronization runs, beside a client that takes one record at a time.
    Synchronization,
    /// Long answers through the proxy, beside a plain one.
    Proxy,
}

impl Measurement {
    const ALL: [Self; 7] = [
        Self::Filters,
        Self::Decode,
        Self::Preview,
        Self::Plan,
        Self::Wire,
        Self::Synchronization,
        Self::Proxy,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Filters => "filters",
            Self::Decode => "decode",
            Self::Preview => "preview",
            Self::Plan => "plan",
            Self::Wire => "wire",
            Self::Synchronization => SYNCHRONIZATION,
            Self::Proxy => "proxy",
        }
    }
}

/// The flags.
pub(crate) struct Options {
    records: Option<u32>,
    only: Option<Measurement>,
}

impl Options {
    /// Reads the flags after `bench`.
    ///
    /// # Errors
    /// For an unknown flag or a value that cannot be used.
    pub(crate) fn read(parser: &mut Parser) -> anyhow::Result<Self> {
        let mut options = Self { records: None, only: None };
        while let Some(argument) = parser.next()? {
            match argument {
                Arg::Long("records") => {
                    options.records = Some(run::read_records(&parser.value()?.string()?)?)
                }
                Arg::Long("only") => {
                    let name = parser.value()?.string()?;
                    let found = Measurement::ALL.into_iter().find(|it| it.name() == name);
                    let Some(found) = found else {
                        let names = Measurement::ALL.map(Measurement::name).join(", ");
                        bail!("there is no measurement `{name}`; they are {names}");
                    };
                    options.only = Some(found);
                }
                other => return Err(other.unexpected().into()),
            }
        }
        Ok(options)
    }

    fn wants(&self, measurement: Measurement) -> bool {
        self.only.is_none_or(|only| only == measurement)
    }
}

/// Builds, measures, prints, and brings `docs/performance.md` up to date.
///
/// # Errors
/// When something does not build, contenders give different answers, or a measurement does not come to its end.
pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let mut natively = Vec::new();
    if options.wants(Measurement::Wire) {
        natively.extend(ON_WIRE);
    }
    if options.wants(Measurement::Synchronization) {
        natively.push(SYNCHRONIZATION);
    }
    if options.wants(Measurement::Proxy) {
        natively.push(PASS_THROUGH);
    }
    if !natively.is_empty() {
        measure_natively(&natively)?;
    }
    if matches!(options.only, Some(Measurement::Wire | Measurement::Synchronization | Measurement::Proxy)) {
        return Ok(ExitCode::SUCCESS);
    }
    let tools = Tools::bring()?;
    let on_page = [Measurement::Filters, Measurement::Decode].into_iter().filter(|it| options.wants(*it));
    let on_page: Vec<&str> = on_page.map(Measurement::name).collect();
    if !on_page.is_empty() {
        let module = build_module(&tools)?;
        let mut script = browser::script(FOLDER, "run.mjs")?;
        watch(script.arg(module).args(on_page))?;
    }
    let in_app = [(Measurement::Preview, "bench.mjs"), (Measurement::Plan, "bench-plan.mjs")];
    let in_app: Vec<&str> =
        in_app.into_iter().filter(|(it, _)| options.wants(*it)).map(|(_, script)| script).collect();
    if !in_app.is_empty() {
        measure_in_app(&tools, &in_app, options.records)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Builds the app, and measures in it with these scripts; without a number of customers, each with its own.
fn measure_in_app(tools: &Tools, scripts: &[&str], records: Option<u32>) -> anyhow::Result<()> {
    app_build::build(tools)?;
    let size = size::measure()?;
    for (name, size) in [("before first use", size.first), ("whole", size.whole)] {
        console::line(&format!("bundle, {name}: {} bytes raw, {} bytes after brotli", size.raw, size.brotli));
    }
    for script in scripts {
        let mut script = browser::script("tests/e2e", script)?;
        if let Some(records) = records {
            script.arg("--records").arg(records.to_string());
        }
        watch(&mut script)?;
    }
    Ok(())
}

/// Builds the proxy and the benchmark of the wire, and measures with them: what is on the wire takes some seventeen
/// minutes, mostly the naive client's and the window's, and a synchronization some twenty, for the same reason.
fn measure_natively(names: &[&str]) -> anyhow::Result<()> {
    console::progress("building the proxy and the benchmark of the wire");
    let mut proxy = process::command("cargo", &[])?;
    process::run(proxy.args(["build", "--release", "--quiet", "--package", "couplet-proxy"]))?;
    let folder = workspace::root()?.join(FOLDER);
    // The same folder as the proxy's: most packages are built already.
    let mut program = process::command("cargo", &[])?;
    program
        .args(["build", "--release", "--quiet", "--package", WIRE, "--target-dir"])
        .arg(workspace::target()?);
    process::run(program.arg("--manifest-path").arg(folder.join("Cargo.toml")))?;
    let built = workspace::target()?.join("release").join(format!("{WIRE}{}", std::env::consts::EXE_SUFFIX));
    let mut node = process::command("node", &[])?;
    watch(node.arg(folder.join("wire.mjs")).arg(built).arg(workspace::proxy_binary()?).args(names))
}

/// Formatting and lints of the benchmark's crates, which no command of the root's workspace reaches.
///
/// # Errors
/// When it does not compile, or a check fails.
pub(crate) fn check() -> anyhow::Result<()> {
    let folder = workspace::root()?.join(FOLDER);
    let manifest = folder.join("Cargo.toml");
    let mut format = process::command("cargo", &[])?;
    process::run(format.args(["fmt", "--all", "--check", "--manifest-path"]).arg(&manifest))?;
    let mut clippy = process::command("cargo", &[])?;
    clippy.args(["clippy", "--quiet", "--target", TARGET, "--target-dir"]).arg(folder.join("target"));
    process::run(clippy.arg("--manifest-path").arg(&manifest).args(["--", "--deny", "warnings"]))?;
    for arguments in [&["clippy", "--quiet", "--all-targets"][..], &["test", "--quiet"]] {
        let mut wire = process::command("cargo", &[])?;
        wire.args(arguments).args(["--package", WIRE, "--target-dir"]).arg(workspace::target()?);
        wire.arg("--manifest-path").arg(&manifest);
        let denied: &[&str] = if arguments.contains(&"clippy") { &["--", "--deny", "warnings"] } else { &[] };
        process::run(wire.args(denied))?;
    }
    Ok(())
}

fn watch(script: &mut Command) -> anyhow::Result<()> {
    match process::watch(script, |_| {})? {
        Ended::Well => Ok(()),
        Ended::Badly => bail!("the measurement did not come to its end"),
    }
}

/// Builds the crate of the benchmark page as the app is built, and gives the folder with the module for the page.
fn build_module(tools: &Tools) -> anyhow::Result<PathBuf> {
    let folder = workspace::root()?.join(FOLDER);
    expect_one_wasm_bindgen(&folder)?;
    console::progress("building the module of the benchmark page (about a minute the first time)");
    let target = folder.join("target");
    let mut cargo = process::command("cargo", tools.folders())?;
    cargo.args(["build", "--quiet", "--target", TARGET, "--profile", PROFILE, "--target-dir"]);
    process::run(cargo.arg(&target).arg("--manifest-path").arg(folder.join("Cargo.toml")))?;
    let built = target.join(TARGET).join(PROFILE).join(format!("{MODULE}.wasm"));
    let package = target.join("pkg");
    let mut bindgen = process::command("wasm-bindgen", tools.folders())?;
    process::run(bindgen.args(["--target", "web", "--no-typescript", "--out-dir"]).arg(&package).arg(built))?;
    let module = package.join(format!("{MODULE}_bg.wasm"));
    split::optimize(tools, &[(module.clone(), module)])?;
    Ok(package)
}

/// The pinned wasm-bindgen program fits one version of the package only.
fn expect_one_wasm_bindgen(folder: &Path) -> anyhow::Result<()> {
    let ours = workspace::locked_version("wasm-bindgen")?;
    let theirs = workspace::locked_version_in(folder, "wasm-bindgen")?;
    if ours != theirs {
        bail!(
            "bench/Cargo.lock holds wasm-bindgen {theirs} and Cargo.lock holds {ours}: run `cargo update \
             --manifest-path bench/Cargo.toml --package wasm-bindgen --precise {ours}`"
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines of a manifest that say how the app is built, without comments and what only the benchmark adds.
    fn profile(manifest: &str) -> Vec<String> {
        let text = std::fs::read_to_string(workspace::root().unwrap().join(manifest)).unwrap();
        let sections = text.split("\n[").filter(|section| section.starts_with("profile.wasm-release"));
        let shared = sections.filter(|section| {
            !["couplet-bench", "serde-wasm-bindgen"]
                .iter()
                .any(|only_here| section.starts_with(&format!("profile.wasm-release.package.{only_here}]")))
        });
        let lines = shared.flat_map(str::lines).map(str::trim);
        lines.filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned).collect()
    }

    #[test]
    fn the_benchmark_is_built_like_the_app() {
        let app = profile("Cargo.toml");
        assert!(app.len() > 6, "{app:?}");
        assert_eq!(profile("bench/Cargo.toml"), app);
    }

    #[test]
    fn a_measurement_is_chosen_by_name() {
        let options = |arguments: &[&str]| Options::read(&mut Parser::from_args(arguments)).ok();
        let chosen = options(&["--only", "decode", "--records", "5000"]).unwrap();
        assert!(chosen.wants(Measurement::Decode) && !chosen.wants(Measurement::Filters));
        assert_eq!(chosen.records, Some(5_000));
        assert!(Measurement::ALL.into_iter().all(|it| options(&[]).unwrap().wants(it)));
        assert!(options(&["--only", "everything"]).is_none());
    }
}
