//! Tidy checks (style guide, section 7): what no compiler sees. Ordinary tests, run by `cargo test -p xtask`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::workspace;

mod codes;
mod duplicates;
mod licenses;
mod locales;
mod reasons;
mod sources;

/// One file of the workspace with its path below the root, written with slashes.
struct File {
    path: String,
    text: String,
}

/// Folders that hold no file of ours.
const SKIPPED: [&str; 7] = ["target", "dist", "node_modules", ".git", "artifacts", "corpus", "data"];

/// All files below a folder of the workspace with one of the endings.
fn files(folder: &str, endings: &[&str]) -> Vec<File> {
    let root = workspace::root().unwrap();
    let mut paths = Vec::new();
    collect(&root.join(folder), &mut paths);
    paths.sort();
    let wanted = |path: &&PathBuf| {
        path.extension().is_some_and(|ending| endings.iter().any(|wanted| ending == *wanted))
    };
    paths
        .iter()
        .filter(wanted)
        .map(|path| File {
            path: path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/"),
            text: fs::read_to_string(path).unwrap(),
        })
        .collect()
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type().unwrap().is_dir() {
            if !SKIPPED.contains(&name.as_str()) {
                collect(&entry.path(), paths);
            }
        } else {
            paths.push(entry.path());
        }
    }
}

/// Fails with all findings at once.
#[track_caller]
fn expect_none(what: &str, findings: &[String]) {
    assert!(findings.is_empty(), "{what}:\n  {}", findings.join("\n  "));
}
