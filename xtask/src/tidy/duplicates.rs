//! Packages of others that are there in several versions: each is code twice to trust and to build. What is known is
//! listed; anything else is a finding.

use std::collections::BTreeMap;

use super::expect_none;
use crate::workspace;

/// Packages that others bring in several versions, none of which is ours to change.
const KNOWN: [&str; 18] = [
    "base64",
    "block-buffer",
    "convert_case",
    "cpufeatures",
    "crypto-common",
    "digest",
    "getrandom",
    "gloo-net",
    "gloo-utils",
    "r-efi",
    "rand",
    "rand_chacha",
    "rand_core",
    "sha2",
    "syn",
    "thiserror",
    "thiserror-impl",
    "windows-sys",
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
        .filter(|(name, _)| !KNOWN.contains(name))
        .map(|(name, versions)| format!("{name}: {}", versions.join(", ")))
        .collect();
    expect_none("packages in several versions", &findings);
    let gone: Vec<String> = KNOWN
        .iter()
        .filter(|name| !several.iter().any(|(found, _)| *found == *name))
        .map(|name| (*name).to_owned())
        .collect();
    expect_none("packages that are there once and can leave the list", &gone);
}

#[test]
fn versions_are_found() {
    let lock = "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"a\"\nversion = \"2.0.0\"\n";
    assert_eq!(versions(lock)["a"], ["1.0.0", "2.0.0"]);
}
