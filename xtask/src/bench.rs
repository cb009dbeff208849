//! `cargo xtask bench`: drives the built app in a real browser with much demo data and prints what it took.
//! Figures go into the README; nothing here passes or fails.

use std::process::ExitCode;

use anyhow::bail;
use lexopt::{Arg, Parser, ValueExt};

use crate::process::{self, Ended};
use crate::tools::Tools;
use crate::{app_build, browser, console, run, size};

/// The flags.
pub(crate) struct Options {
    records: u32,
}

impl Options {
    /// Reads the flags after `bench`.
    ///
    /// # Errors
    /// For an unknown flag or a value that cannot be used.
    pub(crate) fn read(parser: &mut Parser) -> anyhow::Result<Self> {
        let mut options = Self { records: 100_000 };
        while let Some(argument) = parser.next()? {
            match argument {
                Arg::Long("records") => options.records = run::read_records(&parser.value()?.string()?)?,
                other => return Err(other.unexpected().into()),
            }
        }
        Ok(options)
    }
}

/// Builds, measures and prints.
///
/// # Errors
/// When the app does not build or the measurement does not come to its end.
pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    app_build::build(&Tools::bring()?)?;
    let size = size::measure()?;
    for (name, size) in [("before first use", size.first), ("whole", size.whole)] {
        console::line(&format!("bundle, {name}: {} bytes raw, {} bytes after brotli", size.raw, size.brotli));
    }
    let mut script = browser::script("bench.mjs")?;
    match process::watch(script.arg(options.records.to_string()), |_| {})? {
        Ended::Well => Ok(ExitCode::SUCCESS),
        Ended::Badly => bail!("the measurement did not come to its end"),
    }
}
