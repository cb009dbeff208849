//! Packages of others that are there in several versions: each is code twice to trust and to build. What is known is
//! listed; anything else is a finding.

use std::collections::BTreeMap;

use super::expect_none;
use crate::workspace;

/// Packages that others bring in several versions, none of which is ours to change, and who does.
const KNOWN: [(&str, &str); 18] = [
    ("base64", "leptos_server and server_fn have not moved on yet"),
    ("block-buffer", "of sha2"),
    ("convert_case", "config, which reads the settings of leptos, has not moved on yet"),
    ("cpufeatures", "of sha2"),
    ("crypto-common", "of sha2"),
    ("digest", "of sha2"),
    ("getrandom", "of ring and of rand"),
    ("gloo-net", "leptos_router and server_fn have not moved on yet"),
    ("gloo-utils", "of gloo-net"),
    ("r-efi", "of getrandom; for UEFI only"),
    ("rand", "rust_decimal names two versions of it as options, and proptest has a newer one"),
    ("rand_chacha", "of rand"),
    ("rand_core", "of rand"),
    ("sha2", "wasm_split_macros, which run while the app is built, have not moved on yet"),
    ("syn", "read by macros while they are compiled; half of them have moved on"),
    ("thiserror", "of gloo-net"),
    ("thiserror-impl", "of thiserror"),
    ("windows-sys", "ring has not moved on yet; for Windows only"),
];

/// The versions of each package in the lock file's text.
fn versions(lock: &str) -> BTreeMap<&str, Vec<&str>> {
    let mut found: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut name = "";
    for line in lock.lines() {
        if let Some(quoted) = line.strip_prefix("name = ") {
            name = quoted.trim_matches('"');
        } else if let Some(quoted) = line.strip_prefix("version = ")
            && !name.is_empty()
        {
            found.entry(name).or_default().push(quoted.trim_matches('"'));
            name = "";
        }
    }
    found
}

#[test]
fn no_further_package_comes_in_several_versions() {
    let lock = std::fs::read_to_string(workspace::root().unwrap().join("Cargo.lock")).unwrap();
    let several = versions(&lock);
    let several: Vec<_> = several.iter().filter(|(_, versions)| versions.len() > 1).collect();
    let findings: Vec<String> = several
        .iter()
        .filter(|(name, _)| !KNOWN.iter().any(|(known, _)| known == *name))
        .map(|(name, versions)| format!("{name}: {}", versions.join(", ")))
        .collect();
    expect_none("packages in several versions", &findings);
    let gone: Vec<String> = KNOWN
        .iter()
        .filter(|(name, _)| !several.iter().any(|(found, _)| *found == name))
        .map(|(name, _)| (*name).to_owned())
        .collect();
    expect_none("packages that are there once and can leave the list", &gone);
}

#[test]
fn versions_are_found() {
    let lock = "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"a\"\nversion = \"2.0.0\"\n";
    assert_eq!(versions(lock)["a"], ["1.0.0", "2.0.0"]);
}
