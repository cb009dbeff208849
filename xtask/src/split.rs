//! Splits the linked app into the module that is loaded first and those that arrive later (`src/queries/late.rs`,
//! `src/pages/late.rs`), and makes each small. Trunk knows one module only, so its files are replaced in `dist/`.

use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use anyhow::{Context, bail};

use crate::tools::Tools;
use crate::{process, workspace};

/// What our code uses of WebAssembly beyond the first version.
pub(crate) const WASM_FEATURES: [&str; 9] = [
    "--enable-simd",
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
    "--enable-call-indirect-overlong",
];

/// The file that loads later modules, as the splitting tool names it.
const LINKER: &str = "__wasm_split.js";

/// Whether a file of the built app is a module that arrives later.
pub(crate) fn is_late(file_name: &str) -> bool {
    file_name.starts_with("split_") || file_name.starts_with("chunk_")
}

/// Replaces the one module that Trunk left in `dist` with the module that is loaded first and the later ones.
///
/// # Errors
/// When a tool fails, or Trunk's files are not those expected.
pub(crate) fn split(tools: &Tools, dist: &Path) -> anyhow::Result<()> {
    let stem = stem(dist)?;
    let work = workspace::target()?.join("split");
    if work.exists() {
        std::fs::remove_dir_all(&work).context("cannot remove the last split")?;
    }
    let linked = workspace::target()?.join("wasm32-unknown-unknown/wasm-release/couplet.wasm");
    let mut splitting = process::command("wasm-split-cli", tools.folders())?;
    process::run(splitting.args(["--target", "web", "--out-name", &stem]).arg(&linked).arg(&work))?;

    let main = work.join(format!("{stem}.wasm"));
    let mut binding = process::command("wasm-bindgen", tools.folders())?;
    binding.args(["--target", "web", "--no-typescript", "--keep-lld-exports", "--out-name", &stem]);
    process::run(binding.arg("--out-dir").arg(dist).arg(&main))?;

    let first = dist.join(format!("{stem}_bg.wasm"));
    optimize(tools, &[(first.clone(), first)])?;
    let late = modules(&work)?;
    // Names carry the build's fingerprint, so that a browser may keep the files for good.
    let fingerprint = stem.rsplit('-').next().unwrap_or_default();
    let renamed = |name: &str, ending: &str| format!("{name}-{fingerprint}.{ending}");
    let targets: Vec<_> = late
        .iter()
        .map(|name| (work.join(format!("{name}.wasm")), dist.join(renamed(name, "wasm"))))
        .collect();
    optimize(tools, &targets)?;
    let linker = renamed("__wasm_split", "js");
    let fetched: Vec<_> = late
        .iter()
        .map(|name| (format!("\"./{name}.wasm\""), format!("\"./{}\"", renamed(name, "wasm"))))
        .collect();
    rewrite(&work.join(LINKER), &dist.join(&linker), &fetched)?;
    let script = dist.join(format!("{stem}.js"));
    // Only where the file is asked for: the module inside knows it by its first name.
    let imported = (format!("from \"./{LINKER}\""), format!("from \"./{linker}\""));
    rewrite(&script, &script, &[imported])
}

/// `couplet-` and the fingerprint that Trunk gave to the build.
fn stem(dist: &Path) -> anyhow::Result<String> {
    let names = names(dist)?;
    let mut scripts = names.iter().filter_map(|name| name.strip_suffix(".js"));
    let stem = scripts.find(|stem| stem.starts_with("couplet-"));
    stem.map(str::to_owned).with_context(|| format!("{} holds no couplet-….js", dist.display()))
}

/// The later modules, without their ending.
fn modules(work: &Path) -> anyhow::Result<Vec<String>> {
    let mut names = names(work)?;
    names.retain(|name| is_late(name));
    let modules: Vec<_> =
        names.iter().filter_map(|name| name.strip_suffix(".wasm")).map(str::to_owned).collect();
    if modules.is_empty() {
        bail!("the app was linked without anything to split");
    }
    Ok(modules)
}

fn names(folder: &Path) -> anyhow::Result<Vec<String>> {
    let unreadable = || format!("cannot read {}", folder.display());
    let entries = std::fs::read_dir(folder).with_context(unreadable)?;
    entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
}

/// Makes modules small, as many at a time as the machine has cores.
///
/// # Errors
/// When wasm-opt fails.
pub(crate) fn optimize(tools: &Tools, files: &[(PathBuf, PathBuf)]) -> anyhow::Result<()> {
    let n_workers = std::thread::available_parallelism().map_or(1, NonZero::get);
    let left = Mutex::new(files.iter());
    let take = || left.lock().map_or(None, |mut left| left.next());
    let work = || {
        while let Some((from, to)) = take() {
            optimize_one(tools, from, to)?;
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..n_workers).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| {
            worker.join().map_err(|_| anyhow::anyhow!("a thread that waits for wasm-opt ended badly"))?
        })
    })
}

fn optimize_one(tools: &Tools, from: &Path, to: &Path) -> anyhow::Result<()> {
    let mut optimizer = process::command("wasm-opt", tools.folders())?;
    optimizer.args(["-Oz", "--strip-debug", "--strip-producers"]).args(WASM_FEATURES);
    // It warns of parts of the names' section that it does not know and is about to strip.
    optimizer.arg(from).arg("-o").arg(to).stderr(std::process::Stdio::null());
    let status = optimizer.status().context("cannot start wasm-opt")?;
    if !status.success() {
        bail!("wasm-opt failed ({status}) on {}", from.display());
    }
    Ok(())
}

/// A generated script without its comments and its indentation, which nobody has to wait for; one with a text of several
/// lines stays as it is.
fn compact(script: &str) -> String {
    if script.lines().any(|line| line.matches('`').count() % 2 == 1) {
        return script.to_owned();
    }
    let mut is_comment = false;
    let is_kept = |line: &&str| {
        is_comment |= line.starts_with("/**");
        let is_code = !is_comment && !line.is_empty();
        is_comment &= !line.ends_with("*/");
        is_code
    };
    script.lines().map(str::trim_start).filter(is_kept).flat_map(|line| [line, "\n"]).collect()
}

/// Copies a script with other texts, each of which has to occur, and compact.
fn rewrite(from: &Path, to: &Path, texts: &[(String, String)]) -> anyhow::Result<()> {
    let mut script =
        std::fs::read_to_string(from).with_context(|| format!("cannot read {}", from.display()))?;
    for (old, new) in texts {
        if !script.contains(old) {
            bail!("{} does not hold {old}", from.display());
        }
        script = script.replace(old, new);
    }
    std::fs::write(to, compact(&script)).with_context(|| format!("cannot write {}", to.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_loses_comments_and_indentation_only() {
        let script =
            "/**\n * What it does.\n */\nfunction a() {\n    return b * c;\n}\n\n/** One line. */\nd();\n";
        assert_eq!(compact(script), "function a() {\nreturn b * c;\n}\nd();\n");
        let with_text = "let a = `\n  * b\n`;\n";
        assert_eq!(compact(with_text), with_text);
    }
}
