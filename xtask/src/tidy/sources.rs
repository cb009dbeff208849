//! Checks of the sources: module documentation, lengths, forbidden words, crate directions, licenses.

use super::{File, expect_none, files};
use crate::workspace;

const MAX_LINES: usize = 600;
const MAX_FUNCTION_LINES: usize = 60;

/// Which crates of the workspace each room may depend on; `systems` may be tested against `sandbox`.
const DIRECTIONS: [(&str, &[&str]); 12] = [
    ("crates/filter", &[]),
    ("crates/filter-js", &["couplet-filter"]),
    ("crates/engine", &["couplet-filter"]),
    ("crates/systems", &["couplet-filter", "couplet-engine"]),
    ("crates/companion", &["couplet-engine", "couplet-systems"]),
    ("crates/synchronization", &["couplet-filter", "couplet-engine", "couplet-systems"]),
    ("crates/workspace", &["couplet-filter", "couplet-engine", "couplet-synchronization"]),
    ("crates/runner", &["couplet-engine", "couplet-systems", "couplet-synchronization", "couplet-workspace"]),
    ("crates/sandbox", &[]),
    ("crates/proxy", &["couplet-sandbox"]),
    ("xtask", &[]),
    (
        "",
        &[
            "couplet-companion",
            "couplet-filter",
            "couplet-engine",
            "couplet-systems",
            "couplet-synchronization",
            "couplet-workspace",
        ],
    ),
];

fn rust_files() -> Vec<File> {
    files("", &["rs"])
}

/// The lines before the tests, which the length rule does not count.
fn lines_without_tests(file: &File) -> usize {
    let is_test_file =
        file.path.ends_with("/tests.rs") || file.path.split('/').any(|folder| folder == "tests");
    if is_test_file {
        return 0;
    }
    let lines: Vec<&str> = file.text.lines().collect();
    let tests = lines.windows(2).position(|pair| pair == ["#[cfg(test)]", "mod tests {"]);
    tests.unwrap_or(lines.len())
}

#[test]
fn every_module_says_what_belongs_there() {
    let silent = |file: &File| !file.text.starts_with("//! ");
    let findings: Vec<String> = rust_files().into_iter().filter(silent).map(|file| file.path).collect();
    expect_none("files that do not begin with `//!`", &findings);
}

#[test]
fn files_are_short() {
    let findings: Vec<String> = rust_files()
        .iter()
        .map(|file| (lines_without_tests(file), &file.path))
        .filter(|(lines, _)| *lines > MAX_LINES)
        .map(|(lines, path)| format!("{path}: {lines} lines without tests"))
        .collect();
    expect_none("files of more than 600 lines", &findings);
}

#[test]
fn functions_are_short() {
    let mut findings = Vec::new();
    for file in rust_files().iter().filter(|file| !file.path.ends_with("tests.rs")) {
        for (name, lines) in functions(&file.text) {
            if lines > MAX_FUNCTION_LINES {
                findings.push(format!("{}: `{name}` has {lines} lines", file.path));
            }
        }
    }
    expect_none("functions of more than 60 lines", &findings);
}

/// Name and number of lines of each function, as the formatter lays them out. Components are left out: most of
/// their lines are markup.
fn functions(text: &str) -> Vec<(String, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let indent = &line.chars().take_while(|c| *c == ' ').collect::<String>();
        let attributes = lines[..start].iter().rev().take(3);
        let is_component = attributes.into_iter().any(|line| line.trim() == "#[component]");
        let Some(name) = function_name(line.trim_start()).filter(|_| !is_component) else { continue };
        let end = lines[start..].iter().position(|line| *line == format!("{indent}}}"));
        if let Some(end) = end.filter(|_| !line.ends_with(['}', ';'])) {
            found.push((name.to_owned(), end + 1));
        }
    }
    found
}

fn function_name(line: &str) -> Option<&str> {
    let (before, after) = line.split_once("fn ")?;
    let is_prefix = before
        .split_whitespace()
        .all(|word| word.starts_with("pub") || ["async", "const", "unsafe"].contains(&word));
    if is_prefix { after.split(['(', '<']).next() } else { None }
}

#[test]
fn functions_are_found() {
    let text = "impl A {\n    pub(crate) async fn b<T>(\n        c: T,\n    ) {\n    }\n}\nfn d() {}\n// fn e\n#[component]\n\
                pub fn F() {\n}\n";
    assert_eq!(functions(text), [("b".to_owned(), 4)]);
}

#[test]
fn lines_have_no_tab_and_no_space_at_their_end() {
    let mut findings = Vec::new();
    for file in files("", &["rs", "toml", "md", "mjs", "css", "html", "json", "yml"]) {
        for (number, line) in file.text.lines().enumerate() {
            if line.ends_with([' ', '\t']) || line.starts_with('\t') {
                findings.push(format!("{}:{}", file.path, number + 1));
            }
        }
    }
    expect_none("lines with a tab, or a space at their end", &findings);
}

#[test]
fn nothing_is_left_undone_or_switched_off() {
    // Put together here, so that this file does not find itself.
    let words =
        [("to", "do!("), ("unimpl", "emented!("), ("#[ign", "ore"), ("#[should_", "panic"), ("#[al", "low(")]
            .map(|(first, second)| format!("{first}{second}"));
    let mut findings = Vec::new();
    for file in rust_files() {
        for (number, line) in file.text.lines().enumerate() {
            if words.iter().any(|word| line.contains(word)) {
                findings.push(format!("{}:{}: {}", file.path, number + 1, line.trim()));
            }
        }
    }
    expect_none("unfinished or switched off", &findings);
}

#[test]
fn only_the_browser_module_touches_the_browser() {
    let findings: Vec<String> = files("src", &["rs"])
        .into_iter()
        .filter(|file| !file.path.starts_with("src/browser"))
        .filter(|file| file.text.contains("web_sys") || file.text.contains("js_sys"))
        .map(|file| file.path)
        .collect();
    expect_none("files outside src/browser that name web_sys or js_sys", &findings);
}

#[test]
fn crates_depend_in_one_direction() {
    let mut findings = Vec::new();
    for (room, allowed) in DIRECTIONS {
        let manifest = workspace::root().unwrap().join(room).join("Cargo.toml");
        let text = std::fs::read_to_string(manifest).unwrap();
        for dependency in own_dependencies(&text) {
            if !allowed.contains(&dependency.as_str()) {
                findings.push(format!("{room}: must not depend on {dependency}"));
            }
        }
    }
    expect_none("wrong directions", &findings);
}

/// The crates of this workspace below `[dependencies]`; tests may reach further.
fn own_dependencies(manifest: &str) -> Vec<String> {
    let section = manifest.lines().skip_while(|line| *line != "[dependencies]").skip(1);
    section
        .take_while(|line| !line.starts_with('['))
        .filter(|line| line.starts_with("couplet-"))
        .filter_map(|line| line.split(['.', ' ', '=']).next())
        .map(str::to_owned)
        .collect()
}

#[test]
fn own_dependencies_are_found() {
    let manifest = "[dependencies]\ncouplet-filter.workspace = true\nserde = \"1\"\ncouplet-x = { path = \"x\" }\n\n\
                    [dev-dependencies]\ncouplet-sandbox.workspace = true\n";
    assert_eq!(own_dependencies(manifest), ["couplet-filter", "couplet-x"]);
}

#[test]
fn everything_is_under_both_licenses() {
    let root = workspace::root().unwrap();
    for license in ["LICENSE-APACHE", "LICENSE-MIT"] {
        assert!(root.join(license).is_file(), "{license} is missing");
    }
    let root_manifest = std::fs::read_to_string(root.join("Cargo.toml")).unwrap();
    assert!(root_manifest.contains("license = \"MIT OR Apache-2.0\""));
    let findings: Vec<String> = files("", &["toml"])
        .into_iter()
        .filter(|file| file.path.ends_with("Cargo.toml") && file.text.contains("[package]"))
        .filter(|file| !file.text.contains("license.workspace = true") && !file.text.contains("license = "))
        .map(|file| file.path)
        .collect();
    expect_none("packages without a license", &findings);
}

#[test]
fn lock_files_name_no_download_address() {
    let findings: Vec<String> = files("", &["json"])
        .into_iter()
        .filter(|file| file.path.ends_with("package-lock.json") && file.text.contains("\"resolved\""))
        .map(|file| file.path)
        .collect();
    expect_none("lock files with download addresses", &findings);
}
