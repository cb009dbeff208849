//! The flags of `couplet-proxy`.

use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use anyhow::{Context, bail};
use couplet_proxy::SandboxSize;
use lexopt::{Arg, Parser, ValueExt};
use tracing::level_filters::LevelFilter;
use url::Url;

/// Most customers the demo data may have.
const MAX_RECORDS: u32 = 1_000_000;

/// What `--help` prints.
pub(crate) const HELP: &str = "\
couplet-proxy: serves the Couplet app and forwards its requests

  --port N            port to listen on (default 8080; 0 takes any free one)
  --address IP        address to listen on (default 127.0.0.1)
  --dist DIR          the built app to serve (default: only the API)
  --records N         customers in the embedded sandbox, 1 to 1,000,000 (default 2,000)
  --seed N            seed of the sandbox's demo data (default 1)
  --no-sandbox        start without the embedded sandbox
  --connections FILE  JSON file of connections to real services
  --allow-host NAME   also call this host (or host:port), even with a private address; may be repeated
  --allow-origin URL  also take changing requests from this origin (such as that of trunk serve); may be repeated
  --open              open the address in the desktop's browser once it is ready
  --log LEVEL         error, warn, info or debug, to the error stream (default warn)
  --help              this text";

/// What the program was asked to do.
#[derive(Debug)]
pub(crate) enum Command {
    /// Print the help text.
    Help,
    /// Serve.
    Serve(Arguments),
}

/// Who opens the address that is printed at start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opening {
    /// The person, by following it.
    ByHand,
    /// The program, in the desktop's browser.
    InBrowser,
}

/// The flags' values.
#[derive(Debug)]
pub(crate) struct Arguments {
    pub(crate) port: u16,
    pub(crate) address: IpAddr,
    pub(crate) dist: Option<PathBuf>,
    pub(crate) sandbox: Option<SandboxSize>,
    pub(crate) connections: Option<PathBuf>,
    pub(crate) allowed_hosts: Vec<String>,
    pub(crate) allowed_origins: Vec<Url>,
    pub(crate) opening: Opening,
    pub(crate) log_level: LevelFilter,
}

/// Reads the command line, the program's name first.
///
/// # Errors
/// For an unknown flag, and for a value that is missing or cannot be used.
pub(crate) fn read(command_line: impl IntoIterator<Item = OsString>) -> anyhow::Result<Command> {
    let mut size = SandboxSize { customers: 2_000, seed: 1 };
    let mut with_sandbox = true;
    let mut arguments = Arguments {
        port: 8080,
        address: IpAddr::V4(Ipv4Addr::LOCALHOST),
        dist: None,
        sandbox: None,
        connections: None,
        allowed_hosts: Vec::new(),
        allowed_origins: Vec::new(),
        opening: Opening::ByHand,
        log_level: LevelFilter::WARN,
    };
    let mut parser = Parser::from_iter(command_line);
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("port") => arguments.port = parser.value()?.parse().context("--port")?,
            Arg::Long("address") => arguments.address = parser.value()?.parse().context("--address")?,
            Arg::Long("dist") => arguments.dist = Some(parser.value()?.into()),
            Arg::Long("records") => size.customers = records(&parser.value()?.string()?)?,
            Arg::Long("seed") => size.seed = parser.value()?.parse().context("--seed")?,
            Arg::Long("no-sandbox") => with_sandbox = false,
            Arg::Long("connections") => arguments.connections = Some(parser.value()?.into()),
            Arg::Long("allow-host") => arguments.allowed_hosts.push(parser.value()?.string()?),
            Arg::Long("allow-origin") => {
                arguments.allowed_origins.push(parser.value()?.parse().context("--allow-origin")?);
            }
            Arg::Long("open") => arguments.opening = Opening::InBrowser,
            Arg::Long("log") => arguments.log_level = parser.value()?.parse().context("--log")?,
            Arg::Long("help") | Arg::Short('h') => return Ok(Command::Help),
            other => return Err(other.unexpected().into()),
        }
    }
    arguments.sandbox = with_sandbox.then_some(size);
    Ok(Command::Serve(arguments))
}

fn records(text: &str) -> anyhow::Result<u32> {
    let digits: String = text.chars().filter(|c| !matches!(c, ',' | '_')).collect();
    match digits.parse() {
        Ok(records @ 1..=MAX_RECORDS) => Ok(records),
        _ => bail!("--records must be a whole number from 1 to 1,000,000, not `{text}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(flags: &[&str]) -> Result<Arguments, String> {
        let line = std::iter::once("couplet-proxy").chain(flags.iter().copied()).map(OsString::from);
        match read(line) {
            Ok(Command::Serve(arguments)) => Ok(arguments),
            Ok(Command::Help) => Err("help".to_owned()),
            Err(error) => Err(format!("{error:#}")),
        }
    }

    #[test]
    fn defaults_are_loopback_with_the_sandbox() {
        let arguments = check(&[]).unwrap();
        assert!(arguments.address.is_loopback());
        assert_eq!(arguments.port, 8080);
        assert_eq!(arguments.sandbox.unwrap().customers, 2_000);
    }

    #[test]
    fn records_are_bounded() {
        assert_eq!(check(&["--records", "1,000,000"]).unwrap().sandbox.unwrap().customers, 1_000_000);
        for bad in ["0", "1000001", "many", "-1", ""] {
            let error = check(&[&format!("--records={bad}")]).unwrap_err();
            assert_eq!(error, format!("--records must be a whole number from 1 to 1,000,000, not `{bad}`"));
        }
        assert!(check(&["--no-sandbox"]).unwrap().sandbox.is_none());
        assert!(check(&["--what"]).is_err());
    }
}
