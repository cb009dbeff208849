//! The size budget: what the browser transfers before the app can be used.

use std::path::Path;

use anyhow::{Context, bail};

use crate::{console, workspace};

/// What the app is to weigh after brotli, in bytes (budget of the design). It is not reached yet.
const BUDGET_BYTES: u64 = 300 * 1024;
/// What it may weigh until then, in bytes: a ratchet that is lowered with every step towards the budget.
const LIMIT_BYTES: u64 = 660 * 1024;

/// Sizes of the built app, in bytes.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AppSize {
    /// As the files are.
    pub(crate) raw: u64,
    /// As they are transferred.
    pub(crate) brotli: u64,
}

/// Adds up every file of the built app: all of it is loaded before the first use.
///
/// # Errors
/// When the app is not built.
pub(crate) fn measure() -> anyhow::Result<AppSize> {
    let mut total = AppSize::default();
    add_folder(&workspace::dist()?, &mut total)?;
    Ok(total)
}

/// Prints the sizes and fails above the limit.
///
/// # Errors
/// When the app is not built or is too large.
pub(crate) fn check() -> anyhow::Result<()> {
    let size = measure()?;
    console::line(&format!(
        "the app: {} KiB raw, {} KiB after brotli; limit {} KiB, budget {} KiB",
        size.raw.div_ceil(1024),
        size.brotli.div_ceil(1024),
        LIMIT_BYTES / 1024,
        BUDGET_BYTES / 1024
    ));
    if size.brotli > LIMIT_BYTES {
        bail!("the app is {} bytes over its limit", size.brotli - LIMIT_BYTES);
    }
    Ok(())
}

fn add_folder(folder: &Path, total: &mut AppSize) -> anyhow::Result<()> {
    let unreadable = || format!("cannot read {}: is the app built?", folder.display());
    for entry in std::fs::read_dir(folder).with_context(unreadable)? {
        let path = entry.with_context(unreadable)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            add_folder(&path, total)?;
        } else if !name.ends_with(".br") && !name.ends_with(".gz") {
            let raw = std::fs::metadata(&path).with_context(unreadable)?.len();
            let compressed = std::fs::metadata(path.with_file_name(format!("{name}.br")));
            total.raw += raw;
            total.brotli += compressed.map_or(raw, |metadata| metadata.len());
        }
    }
    Ok(())
}
