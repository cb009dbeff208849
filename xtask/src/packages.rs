//! Packages of the operating system, where this program may install them: on Debian and its relatives as root.

use crate::{console, process};

/// Whether packages can be installed here.
pub(crate) fn can_install() -> bool {
    let is_root = process::command("id", &[]).and_then(|mut id| process::read(id.arg("-u")));
    is_root.is_ok_and(|id| id.trim() == "0") && process::find("apt-get").is_some()
}

/// Installs a package.
///
/// # Errors
/// When the package manager fails.
pub(crate) fn install(package: &str, effort: &str) -> anyhow::Result<()> {
    console::progress(&format!("installing the package {package} ({effort}, once)"));
    process::run(process::command("apt-get", &[])?.args(["update", "-qq"]))?;
    process::run(
        process::command("apt-get", &[])?
            .args(["install", "-y", "-qq", "--no-install-recommends", package])
            .env("DEBIAN_FRONTEND", "noninteractive"),
    )
}
