//! Running other programs: with the pinned tools first on their path, without the variables that cargo sets for
//! this program, and with errors that name the command.

use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

use crate::console;

/// Variables that describe this program to itself; in a child they would only cause builds to differ.
const OWN_VARIABLES: [&str; 5] = [
    "CARGO_MANIFEST_DIR",
    "CARGO_MANIFEST_PATH",
    "CARGO_MANIFEST_LINKS",
    "CARGO_BIN_NAME",
    "CARGO_CRATE_NAME",
];

/// A command that runs in the workspace's root, with these folders first on its path.
pub(crate) fn command(program: &str, folders: &[PathBuf]) -> anyhow::Result<Command> {
    let mut path: Vec<PathBuf> = folders.to_vec();
    path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    let path = std::env::join_paths(path).context("a folder of the tools cannot stand in PATH")?;
    let mut command = Command::new(resolve(program, &path));
    command.env("PATH", path).current_dir(crate::workspace::root()?);
    for (name, _) in std::env::vars_os() {
        let own = OWN_VARIABLES.iter().any(|own| name == *own)
            || name.to_str().is_some_and(|name| name.starts_with("CARGO_PKG_"));
        if own {
            command.env_remove(name);
        }
    }
    Ok(command)
}

/// Runs to the end, its output going where ours goes.
///
/// # Errors
/// When it cannot be started or fails.
pub(crate) fn run(command: &mut Command) -> anyhow::Result<()> {
    let status = command.status().with_context(|| format!("cannot start {}", name(command)))?;
    if status.success() { Ok(()) } else { bail!("{} failed ({status})", name(command)) }
}

/// Runs to the end and gives its standard output; its errors are in the error.
///
/// # Errors
/// When it cannot be started or fails.
pub(crate) fn read(command: &mut Command) -> anyhow::Result<String> {
    let output = command.output().with_context(|| format!("cannot start {}", name(command)))?;
    if !output.status.success() {
        bail!(
            "{} failed ({}): {}",
            name(command),
            output.status,
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    String::from_utf8(output.stdout).with_context(|| format!("{} printed no text", name(command)))
}

/// How a watched program ended.
pub(crate) enum Ended {
    /// With exit code zero.
    Well,
    /// With another one.
    Badly,
}

/// Runs to the end, shows each line of its standard output and gives it to `see`.
///
/// # Errors
/// When it cannot be started or watched.
pub(crate) fn watch(command: &mut Command, mut see: impl FnMut(&str)) -> anyhow::Result<Ended> {
    let mut child =
        command.stdout(Stdio::piped()).spawn().with_context(|| format!("cannot start {}", name(command)))?;
    let output = child.stdout.take().context("the child has no output")?;
    for line in BufReader::new(output).lines() {
        let line = line.with_context(|| format!("cannot read the output of {}", name(command)))?;
        console::line(&line);
        see(&line);
    }
    let status = child.wait().with_context(|| format!("cannot wait for {}", name(command)))?;
    Ok(if status.success() { Ended::Well } else { Ended::Badly })
}

/// The file of a program on the current path, if there is one.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    find_in(program, &std::env::var_os("PATH").unwrap_or_default())
}

fn find_in(program: &str, path: &OsString) -> Option<PathBuf> {
    let endings: &[&str] = if cfg!(windows) { &[".exe", ".cmd"] } else { &[""] };
    std::env::split_paths(path)
        .flat_map(|folder| endings.iter().map(move |ending| folder.join(format!("{program}{ending}"))))
        .find(|file| file.is_file())
}

/// On Windows a program's search ignores a path given to the child and scripts' endings, so it is done here.
fn resolve(program: &str, path: &OsString) -> PathBuf {
    find_in(program, path).unwrap_or_else(|| Path::new(program).to_owned())
}

fn name(command: &Command) -> String {
    let program =
        Path::new(command.get_program()).file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let arguments = command.get_args().map(|argument| argument.to_string_lossy().into_owned());
    let first = arguments.into_iter().find(|argument| !argument.starts_with('-'));
    match first {
        Some(first) => format!("`{program} {first}`"),
        None => format!("`{program}`"),
    }
}
