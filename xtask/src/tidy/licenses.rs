//! The licenses of all packages that the workspace is built from, on whichever platform, as their manifests give them.
//! Nothing is downloaded but packages that cargo lacks.

use std::process::Command;

use serde_json::Value;
use spdx::{Expression, LicenseReq, ParseMode};

use super::expect_none;
use crate::workspace;

/// Licenses that ask for no more than their text and the names of the authors.
const ALLOWED: [&str; 7] = ["MIT", "Apache-2.0", "BSD-3-Clause", "ISC", "Zlib", "BSL-1.0", "Unicode-3.0"];

/// Packages under another license, and why that is fine.
const EXCEPTIONS: [(&str, &str, &str); 2] = [
    ("base16", "CC0-1.0", "given to everybody without conditions"),
    ("webpki-root-certs", "CDLA-Permissive-2.0", "a list of certificates: data, not code"),
];

/// A package with the license of its manifest.
struct Package {
    name: String,
    license: Option<String>,
}

/// Whether a license may be chosen out of an expression, by what is allowed.
fn is_allowed(expression: &str, may: impl Fn(&str) -> bool) -> bool {
    let allows = |required: &LicenseReq| required.license.id().is_some_and(|license| may(license.name));
    Expression::parse_mode(expression, ParseMode::LAX).is_ok_and(|expression| expression.evaluate(allows))
}

/// All packages of others.
fn packages() -> Vec<Package> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let root = workspace::root().unwrap();
    let output = Command::new(cargo)
        .args(["metadata", "--locked", "--format-version", "1"])
        .current_dir(root)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let others =
        metadata["packages"].as_array().unwrap().iter().filter(|package| !package["source"].is_null());
    others.map(|it| Package { name: text(&it["name"]).unwrap(), license: text(&it["license"]) }).collect()
}

#[test]
fn packages_are_under_licenses_that_we_can_keep() {
    let packages = packages();
    let is_exception = |package: &Package| {
        let license = package.license.as_deref();
        EXCEPTIONS.iter().any(|(name, known, _)| *name == package.name && Some(*known) == license)
    };
    let may = |license: &str| ALLOWED.contains(&license);
    let findings: Vec<String> = packages
        .iter()
        .filter(|package| !package.license.as_deref().is_some_and(|license| is_allowed(license, may)))
        .filter(|package| !is_exception(package))
        .map(|package| format!("{}: {}", package.name, package.license.as_deref().unwrap_or("none given")))
        .collect();
    expect_none("packages under another license", &findings);
    let gone: Vec<String> = EXCEPTIONS
        .iter()
        .filter(|(name, ..)| !packages.iter().any(|package| package.name == *name && is_exception(package)))
        .map(|(name, ..)| (*name).to_owned())
        .collect();
    expect_none("packages that can leave the list of exceptions", &gone);
}

#[test]
fn expressions_are_judged_by_what_has_to_be_kept() {
    let may = |license: &str| ["MIT", "ISC"].contains(&license);
    for (expression, allowed) in [
        ("MIT", true),
        ("MIT OR GPL-3.0-only", true),
        ("GPL-3.0-only/MIT", true),
        ("MIT AND ISC", true),
        ("MIT AND GPL-3.0-only", false),
        ("(MIT OR GPL-3.0-only) AND AGPL-3.0-only", false),
        ("LicenseRef-ours", false),
        ("free", false),
        ("", false),
    ] {
        assert_eq!(is_allowed(expression, may), allowed, "{expression}");
    }
}
