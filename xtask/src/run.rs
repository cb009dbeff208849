//! `cargo xtask run`: builds what changed, starts the proxy with the embedded sandbox, opens the app.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, bail};
use lexopt::{Arg, Parser, ValueExt};

use crate::tools::Tools;
use crate::{app_build, console, process, workspace};

const MAX_RECORDS: u32 = 1_000_000;

/// Whether the address is opened in a browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Opening {
    WhereThereIsADesktop,
    Always,
    Never,
}

/// The demo data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DemoData {
    Customers(u32),
    None,
}

/// The flags.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Options {
    port: u16,
    demo_data: DemoData,
    opening: Opening,
    /// Where connections are kept, instead of the person's folder of application data.
    data: Option<PathBuf>,
}

impl Options {
    /// Reads the flags after `run`.
    ///
    /// # Errors
    /// For an unknown flag or a value that cannot be used.
    pub(crate) fn read(parser: &mut Parser) -> anyhow::Result<Self> {
        let mut options = Self {
            port: 8080,
            demo_data: DemoData::Customers(2_000),
            opening: Opening::WhereThereIsADesktop,
            data: None,
        };
        while let Some(argument) = parser.next()? {
            match argument {
                Arg::Long("port") => options.port = parser.value()?.parse().context("--port")?,
                Arg::Long("records") => {
                    options.demo_data = DemoData::Customers(read_records(&parser.value()?.string()?)?);
                }
                Arg::Long("no-sandbox") => options.demo_data = DemoData::None,
                Arg::Long("data") => options.data = Some(parser.value()?.into()),
                Arg::Long("open") => options.opening = Opening::Always,
                Arg::Long("no-open") => options.opening = Opening::Never,
                other => return Err(other.unexpected().into()),
            }
        }
        Ok(options)
    }
}

/// Reads a number of records, thousands separated or not.
///
/// # Errors
/// When it is not a whole number from 1 to 1,000,000.
pub(crate) fn read_records(text: &str) -> anyhow::Result<u32> {
    let digits: String = text.chars().filter(|c| !matches!(c, ',' | '_')).collect();
    match digits.parse() {
        Ok(records @ 1..=MAX_RECORDS) => Ok(records),
        _ => bail!("--records must be a whole number from 1 to 1,000,000, not `{text}`"),
    }
}

/// Builds and starts.
///
/// # Errors
/// When a tool cannot be brought, the app does not build, or the proxy does not start.
pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let tools = Tools::bring()?;
    app_build::build(&tools)?;
    let mut proxy = Command::new(workspace::proxy_binary()?);
    proxy.args(["--port", &options.port.to_string(), "--dist"]).arg(workspace::dist()?);
    match options.demo_data {
        DemoData::Customers(customers) => {
            proxy.args(["--records", &customers.to_string()]);
            console::progress(&format!("making demo data of {customers} customers"));
        }
        DemoData::None => {
            proxy.arg("--no-sandbox");
        }
    }
    match options.data.clone().or_else(|| data_folder().filter(|folder| is_free(folder))) {
        Some(folder) => {
            proxy.arg("--data").arg(folder);
        }
        None => console::progress("connections that are saved in this run last until its end"),
    }
    let opens = match options.opening {
        Opening::Always => true,
        Opening::Never => false,
        Opening::WhereThereIsADesktop => has_desktop(),
    };
    if opens {
        proxy.arg("--open");
    }
    console::progress("Ctrl-C ends it");
    become_program(proxy)
}

/// Lets the program take this one's place, so that Ctrl-C reaches it alone and its exit code is ours.
#[cfg(unix)]
fn become_program(mut program: Command) -> anyhow::Result<ExitCode> {
    use std::os::unix::process::CommandExt;
    Err(program.exec()).context("cannot start the proxy")
}

/// Where a program cannot take another's place, it is waited for.
#[cfg(not(unix))]
fn become_program(mut program: Command) -> anyhow::Result<ExitCode> {
    let status = program.status().context("cannot start the proxy")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The person's folder of application data, as the operating system has it.
fn data_folder() -> Option<PathBuf> {
    let folder = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if cfg!(windows) {
        Some(folder("LOCALAPPDATA")?.join("Couplet"))
    } else if cfg!(target_os = "macos") {
        Some(folder("HOME")?.join("Library/Application Support/Couplet"))
    } else {
        let data = folder("XDG_DATA_HOME").or_else(|| Some(folder("HOME")?.join(".local/share")));
        Some(data?.join("couplet"))
    }
}

/// Whether connections can be kept in a folder: it can be written, and no other Couplet has it open.
fn is_free(folder: &Path) -> bool {
    let lock = std::fs::create_dir_all(folder)
        .and_then(|()| OpenOptions::new().create(true).write(true).truncate(false).open(folder.join("lock")));
    lock.is_ok_and(|lock| lock.try_lock().is_ok())
}

fn has_desktop() -> bool {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let is_remote = is_set("SSH_CONNECTION") || is_set("CI");
    let shows = if cfg!(any(windows, target_os = "macos")) {
        true
    } else {
        (is_set("DISPLAY") || is_set("WAYLAND_DISPLAY")) && process::find("xdg-open").is_some()
    };
    shows && !is_remote
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(flags: &[&str]) -> Result<Options, String> {
        Options::read(&mut Parser::from_args(flags)).map_err(|error| error.to_string())
    }

    #[test]
    fn a_folder_that_is_open_elsewhere_is_not_used() {
        let folder = std::env::temp_dir().join(format!("couplet-run-{}", std::process::id()));
        assert!(is_free(&folder));
        let lock = OpenOptions::new().write(true).open(folder.join("lock")).unwrap();
        lock.lock().unwrap();
        assert!(!is_free(&folder));
        drop(lock);
        assert!(is_free(&folder));
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn flags_are_read_and_checked() {
        let expected = Options {
            port: 9000,
            demo_data: DemoData::Customers(100_000),
            opening: Opening::Never,
            data: None,
        };
        assert_eq!(read(&["--port", "9000", "--records=100,000", "--no-open"]), Ok(expected));
        assert_eq!(read(&["--no-sandbox"]).unwrap().demo_data, DemoData::None);
        let message = "--records must be a whole number from 1 to 1,000,000, not `1000001`";
        assert_eq!(read(&["--records", "1000001"]).unwrap_err(), message);
        assert!(read(&["--recrods", "1"]).is_err());
    }
}
