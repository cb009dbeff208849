//! `cargo xtask test`: every check in its order, each with its time, closed by one line of totals.

use std::process::{Command, ExitCode};
use std::time::Instant;

use anyhow::bail;
use lexopt::{Arg, Parser, ValueExt};

use crate::process::{self, Ended};
use crate::tools::Tools;
use crate::{app_build, bench, browser, console, foreign, odata_query, package, size, workspace};

/// Packages that also run in the browser.
const WASM_PACKAGES: [&str; 5] =
    ["couplet", "couplet-filter", "couplet-filter-js", "couplet-engine", "couplet-systems"];

/// The flags.
pub(crate) struct Options {
    only: Option<&'static Step>,
    extent: Extent,
}

/// How many random cases the differential test makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extent {
    /// As many as it says itself.
    Usual,
    /// Twenty times as many.
    Long,
}

/// Cases of a long run: twelve minutes on two busy cores.
const LONG_CASES: u32 = 200_000;

impl Options {
    /// Reads the flags after `test`.
    ///
    /// # Errors
    /// For an unknown flag or step.
    pub(crate) fn read(parser: &mut Parser) -> anyhow::Result<Self> {
        let mut options = Self { only: None, extent: Extent::Usual };
        while let Some(argument) = parser.next()? {
            match argument {
                Arg::Long("only") => {
                    let name = parser.value()?.string()?;
                    let Some(step) = STEPS.iter().find(|step| step.name == name) else {
                        let names: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
                        bail!("there is no step `{name}`; the steps are {}", names.join(", "));
                    };
                    options.only = Some(step);
                }
                Arg::Long("long") => options.extent = Extent::Long,
                other => return Err(other.unexpected().into()),
            }
        }
        Ok(options)
    }
}

/// One step: its name for `--only`, what it checks, and how.
struct Step {
    name: &'static str,
    checks: &'static str,
    run: fn(&Options) -> anyhow::Result<Totals>,
}

static STEPS: &[Step] = &[
    Step { name: "format", checks: "formatting", run: |_| check(cargo(&["fmt", "--all", "--check"])?) },
    Step {
        name: "lint",
        checks: "lints, native",
        run: |_| {
            let flags = ["clippy", "--quiet", "--workspace", "--all-targets", "--", "--deny", "warnings"];
            check(cargo(&flags)?)
        },
    },
    Step { name: "lint-wasm", checks: "lints, wasm32", run: |_| lint_wasm() },
    Step {
        name: "bench",
        checks: "the benchmark's crate",
        run: |_| {
            Tools::bring()?;
            bench::check().map(|()| Totals::ONE_PASSED)
        },
    },
    Step { name: "rust", checks: "unit, property and cross-crate tests, tidy", run: |_| rust_tests() },
    Step { name: "docs", checks: "the pages of the filter package", run: |_| documentation() },
    Step { name: "kernels", checks: "vector instructions, as wasm under Node", run: |_| kernel_tests() },
    Step { name: "differential", checks: "pushed filters against odata-query and SQLite", run: differential },
    Step {
        name: "foreign",
        checks: "our clients against a server that is not ours",
        run: |_| counted(foreign::script()?),
    },
    Step { name: "clients", checks: "the sandbox under clients that are not ours", run: |_| client_tests() },
    Step { name: "package", checks: "the filter language in Node", run: |_| package_tests() },
    Step { name: "build", checks: "the app and the proxy in release", run: |_| build() },
    Step { name: "size", checks: "size budget", run: |_| size::check().map(|()| Totals::ONE_PASSED) },
    Step { name: "browser", checks: "browser tests, accessibility", run: |_| browser_tests() },
];

/// How many tests and checks passed and failed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Totals {
    passed: u32,
    failed: u32,
}

impl Totals {
    const ONE_PASSED: Self = Self { passed: 1, failed: 0 };

    fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }

    /// What the line `test result: ok. 3 passed; 0 failed; …` of a Rust test program says, or
    /// `browser tests: 3 passed, 0 failed` of a Node script.
    fn read(line: &str) -> Option<Self> {
        let counts = ["test result: ", "browser tests: ", "kernel tests: ", "client tests: "]
            .iter()
            .find_map(|kind| line.strip_prefix(kind))?;
        let words: Vec<&str> = counts.split([' ', ';', ',', '.']).filter(|word| !word.is_empty()).collect();
        let count = |what| {
            words.windows(2).find_map(|pair| match pair {
                [count, word] if *word == what => count.parse().ok(),
                _ => None,
            })
        };
        Some(Self { passed: count("passed")?, failed: count("failed")? })
    }
}

/// Runs all steps, or one, up to the first that fails.
///
/// # Errors
/// Never for a failing check, which is told by the exit code.
pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let mut totals = Totals::default();
    let chosen = STEPS.iter().filter(|step| options.only.is_none_or(|only| only.name == step.name));
    for step in chosen {
        console::progress(&format!("checking: {}", step.checks));
        let started = Instant::now();
        let outcome = (step.run)(options).unwrap_or_else(|error| {
            console::error(&format!("{error:#}"));
            Totals { passed: 0, failed: 1 }
        });
        totals.add(outcome);
        let verdict = if outcome.failed == 0 { "passed" } else { "FAILED" };
        console::progress(&format!("{verdict}: {} ({})", step.checks, console::duration(started.elapsed())));
        if outcome.failed > 0 {
            break;
        }
    }
    console::line(&format!("{} passed, {} failed", totals.passed, totals.failed));
    Ok(if totals.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn cargo(arguments: &[&str]) -> anyhow::Result<Command> {
    let mut cargo = process::command("cargo", &[])?;
    cargo.args(arguments);
    Ok(cargo)
}

/// One check that a program makes as a whole.
fn check(mut command: Command) -> anyhow::Result<Totals> {
    process::run(&mut command).map(|()| Totals::ONE_PASSED)
}

fn lint_wasm() -> anyhow::Result<Totals> {
    Tools::bring()?;
    let mut clippy = cargo(&["clippy", "--quiet", "--target", "wasm32-unknown-unknown"])?;
    for package in WASM_PACKAGES {
        clippy.args(["--package", package]);
    }
    clippy.args(["--", "--deny", "warnings"]);
    check(clippy)
}

fn rust_tests() -> anyhow::Result<Totals> {
    counted(cargo(&["test", "--quiet", "--workspace", "--no-fail-fast"])?)
}

/// Broken links and missing documentation; the examples run with the other tests.
fn documentation() -> anyhow::Result<Totals> {
    let mut doc = cargo(&["doc", "--quiet", "--package", "couplet-filter", "--no-deps"])?;
    doc.env("RUSTDOCFLAGS", "-D warnings");
    check(doc)
}

/// Makes the cases and their verdicts, and has them judged a second time.
fn differential(options: &Options) -> anyhow::Result<Totals> {
    let file = workspace::target()?.join("differential-cases.json");
    let test = ["test", "--quiet", "--package", "couplet-tests", "--test", "main", "four_evaluations_agree"];
    let mut cases = cargo(&test)?;
    cases.env("COUPLET_DIFFERENTIAL_FILE", &file);
    if options.extent == Extent::Long {
        cases.env("COUPLET_DIFFERENTIAL_CASES", LONG_CASES.to_string());
    }
    let mut totals = counted(cases)?;
    if totals.failed == 0 {
        totals.add(check(odata_query::script(&file)?)?);
    }
    Ok(totals)
}

/// The column evaluation with its vector instructions, which no native test reaches.
fn kernel_tests() -> anyhow::Result<Totals> {
    Tools::bring()?;
    let package = ["--package", "couplet-kernel-check", "--target", "wasm32-unknown-unknown"];
    process::run(cargo(&["build", "--quiet"])?.args(package))?;
    let mut node = process::command("node", &[])?;
    node.arg(workspace::root()?.join("tests/kernels/run.mjs"));
    node.arg(workspace::target()?.join("wasm32-unknown-unknown/debug/couplet-kernel-check.wasm"));
    counted(node)
}

/// Clients from the npm registry against the sandbox.
fn client_tests() -> anyhow::Result<Totals> {
    check(cargo(&["build", "--quiet", "--package", "couplet-sandbox", "--example", "serve"])?)?;
    let folder = workspace::root()?.join("tests/clients");
    browser::bring_packages(&folder)?;
    let mut node = process::command("node", &[])?;
    node.arg(folder.join("run.mjs")).env("COUPLET_SANDBOX_SERVER", workspace::example("serve")?);
    counted(node)
}

fn package_tests() -> anyhow::Result<Totals> {
    package::test(&Tools::bring()?).map(|()| Totals::ONE_PASSED)
}

fn build() -> anyhow::Result<Totals> {
    app_build::build(&Tools::bring()?).map(|()| Totals::ONE_PASSED)
}

fn browser_tests() -> anyhow::Result<Totals> {
    // Alone, with --only, the step must not test an old build.
    app_build::build(&Tools::bring()?)?;
    counted(browser::script("tests/e2e", "run.mjs")?)
}

/// Adds up what a test program says; one that ends badly without a failed test counts as one failure.
fn counted(mut command: Command) -> anyhow::Result<Totals> {
    let mut totals = Totals::default();
    let ended = process::watch(&mut command, |line| {
        if let Some(more) = Totals::read(line) {
            totals.add(more);
        }
    })?;
    match ended {
        Ended::Badly if totals.failed == 0 => totals.failed = 1,
        Ended::Well if totals.passed == 0 => bail!("no test ran"),
        _ => {}
    }
    Ok(totals)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_are_read_from_both_kinds_of_tests() {
        let check =
            |line, passed, failed| assert_eq!(Totals::read(line), Some(Totals { passed, failed }), "{line}");
        check(
            "test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
            12,
            0,
        );
        check("test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out", 3, 2);
        check("browser tests: 7 passed, 1 failed", 7, 1);
        check("client tests: 12 passed, 0 failed", 12, 0);
        check("kernel tests: 1 passed, 0 failed", 1, 0);
        assert_eq!(Totals::read("running 12 tests"), None);
        assert_eq!(Totals::read("test result: "), None);
    }
}
