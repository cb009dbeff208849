//! Tells whether anything the app is built from has changed: sizes and times of the files, and the tools.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::time::UNIX_EPOCH;

use anyhow::Context;

use crate::workspace;

/// What the app is built from.
const SOURCES: [&str; 15] = [
    ".cargo/config.toml",
    "Cargo.lock",
    "Cargo.toml",
    "Trunk.toml",
    "build.rs",
    "crates/companion",
    "crates/engine",
    "crates/filter",
    "crates/synchronization",
    "crates/systems",
    "crates/workspace",
    "index.html",
    "locales",
    "src",
    "style",
];

/// A number that differs when a source or a tool does.
pub(crate) fn of_app(tools: &str) -> anyhow::Result<String> {
    let root = workspace::root()?;
    let mut hasher = DefaultHasher::new();
    tools.hash(&mut hasher);
    for source in SOURCES {
        let path = root.join(source);
        if path.exists() {
            add(&path, &mut hasher)?;
        }
    }
    Ok(format!("{:016x}", hasher.finish()))
}

fn add(path: &Path, hasher: &mut DefaultHasher) -> anyhow::Result<()> {
    let unreadable = || format!("cannot read {}", path.display());
    let metadata = std::fs::metadata(path).with_context(unreadable)?;
    path.hash(hasher);
    if metadata.is_dir() {
        let entries = std::fs::read_dir(path).with_context(unreadable)?;
        let mut children = entries.map(|entry| Ok(entry?.path())).collect::<anyhow::Result<Vec<_>>>()?;
        children.sort();
        return children.iter().try_for_each(|child| add(child, hasher));
    }
    metadata.len().hash(hasher);
    let modified = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    modified.unwrap_or_default().as_nanos().hash(hasher);
    Ok(())
}
