//! The commands of `cargo xtask`: one file per idea. Nothing here is part of the product.

use std::process::ExitCode;

use anyhow::bail;
use lexopt::{Arg, Parser};

mod app_build;
mod bench;
mod browser;
mod console;
mod dev;
mod fingerprint;
mod foreign;
mod node_packages;
mod odata_query;
mod package;
mod packages;
mod process;
mod run;
mod size;
mod split;
mod style;
mod suite;
#[cfg(test)]
mod tidy;
mod tools;
mod workspace;

const HELP: &str = "\
cargo xtask run    build what changed, start Couplet with demo data and open it
  --port N           port to listen on (default 8080)
  --records N        customers in the demo data, 1 to 1,000,000 (default 2,000)
  --no-sandbox       start without demo data
  --data DIR         where saved connections are kept, encrypted (default: your application data)
  --open, --no-open  open the address in a browser, or do not (default: where there is a desktop)

cargo xtask test   everything that must hold, as continuous integration runs it
  --only STEP        one step: format, lint, lint-wasm, bench, rust, kernels, differential, foreign,
                     clients, package, build, size, browser
  --long             200,000 instead of 10,000 random filters in the step differential

cargo xtask bench  measure in a browser and bring docs/performance.md up to date
  --only NAME        one measurement: filters, decode, preview, wire, proxy
  --records N        customers of the preview (default 100,000)

cargo xtask dev    trunk serve with the proxy beside it, for working on the app
cargo xtask tools  bring the pinned tools and say where they are
cargo xtask build  build the app and the proxy in release
cargo xtask package  build the filter language as an ES module, in target/package
cargo xtask style  put the style sheet's parts into one file (called by trunk)";

fn main() -> ExitCode {
    match dispatch() {
        Ok(code) => code,
        Err(error) => {
            console::error(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn dispatch() -> anyhow::Result<ExitCode> {
    let mut parser = Parser::from_env();
    let command = match parser.next()? {
        Some(Arg::Value(command)) => command,
        None | Some(Arg::Long("help") | Arg::Short('h')) => {
            console::line(HELP);
            return Ok(ExitCode::SUCCESS);
        }
        Some(other) => return Err(other.unexpected().into()),
    };
    match command.to_str() {
        Some("run") => run::run(&run::Options::read(&mut parser)?),
        Some("test") => suite::run(&suite::Options::read(&mut parser)?),
        Some("bench") => bench::run(&bench::Options::read(&mut parser)?),
        Some(command @ ("dev" | "tools" | "build" | "package" | "style" | "help")) => {
            if let Some(argument) = parser.next()? {
                return Err(argument.unexpected().into());
            }
            simple(command)
        }
        _ => bail!("there is no command `{}`; cargo xtask help lists them", command.to_string_lossy()),
    }
}

/// The commands without flags.
fn simple(command: &str) -> anyhow::Result<ExitCode> {
    match command {
        "dev" => return dev::run(),
        "tools" => {
            for folder in tools::Tools::bring()?.folders() {
                console::line(&folder.display().to_string());
            }
        }
        "build" => {
            app_build::build(&tools::Tools::bring()?)?;
        }
        "package" => {
            package::build(&tools::Tools::bring()?)?;
        }
        "style" => style::bundle()?,
        _ => console::line(HELP),
    }
    Ok(ExitCode::SUCCESS)
}
