//! Which scenarios of the reference are tests here: every id of the areas is either a test of that name or stands in
//! the list of what is not covered, with the reason.

use std::collections::BTreeSet;

use serde_json::Value as Json;

/// The areas that this crate answers for.
const AREAS: [&str; 12] = [
    "selecting",
    "coupling",
    "conflict",
    "fields",
    "skipping",
    "jobs",
    "full-sync",
    "setup",
    "filters",
    "match-based",
    "uncoupling",
    "url",
];

/// Scenarios that are no test of this binary, with the reason.
const ELSEWHERE: &[(&str, &str)] = &[
    ("SYN-018", "wire: how long lists of ids are cut"),
    ("SYN-019", "wire: how long lists of ids are cut"),
    ("SYN-037", "items and products are not part of the base tables"),
    ("SYN-038", "items and products are not part of the base tables"),
    ("SYN-039", "items and resources are not part of the base tables"),
    ("SYN-040", "opportunities are not part of the base tables"),
    ("SYN-052", "the services calculate computed fields before they are read"),
    ("SYN-055", "tested with the checks of mappings: crates/engine/src/checks/tests.rs"),
    ("SYN-075", "wire: a refused deletion"),
    ("SYN-080", "account statistics are not part of the base tables"),
    ("SYN-086", "sales orders and quotes are not part of the base tables"),
    ("SYN-100", "items and resources are not part of the base tables"),
    ("SYN-102", "tested with the default setup: crates/engine/src/comparison/tests.rs"),
    ("SYN-103", "items are not part of the base tables"),
    ("SYN-104", "tested with the default setup: crates/engine/src/comparison/tests.rs"),
    ("SYN-105", "the business of the connection"),
    ("SYN-106", "the business of the connection"),
    ("SYN-107", "the business of the connection"),
    ("SYN-110", "the business of the mapping pages"),
    ("SYN-111", "sales orders are not part of the base tables"),
    ("SYN-112", "the business of the connection"),
    ("SYN-120", "the business of the pages: a question before a link"),
    ("SYN-123", "tested with the preview: crates/engine/src/preview/tests.rs"),
    ("SYN-124", "invoices are not part of the base tables"),
    ("SYN-127", "the business of the coupling pages: a dialog that is closed"),
];

fn scenarios() -> Vec<(String, String)> {
    let json: Json = serde_json::from_str(include_str!("scenarios.json")).unwrap();
    let list = json["scenarios"].as_array().unwrap().iter();
    let text = |it: &Json, key: &str| it[key].as_str().unwrap().to_owned();
    list.map(|it| (text(it, "id"), text(it, "area"))).collect()
}

/// The ids that test functions of the sources name: `syn_042_…`.
fn tested() -> BTreeSet<String> {
    let sources = [
        include_str!("scenarios.rs"),
        include_str!("scenarios_of_fields.rs"),
        include_str!("scenarios_of_couplings.rs"),
        include_str!("scenarios_of_jobs.rs"),
    ];
    let names = sources.iter().flat_map(|source| source.split("fn syn_").skip(1));
    names.map(|rest| format!("SYN-{}", rest.chars().take(3).collect::<String>())).collect()
}

#[test]
fn every_scenario_is_a_test_or_is_named_with_its_reason() {
    let tested = tested();
    let elsewhere: BTreeSet<&str> = ELSEWHERE.iter().map(|(id, _)| *id).collect();
    let expected = scenarios().into_iter().filter(|(_, area)| AREAS.contains(&area.as_str()));
    let missing: Vec<String> = expected
        .map(|(id, _)| id)
        .filter(|id| !tested.contains(id) && !elsewhere.contains(id.as_str()))
        .collect();
    assert!(missing.is_empty(), "neither tested nor explained: {missing:?}");
    let both: Vec<&&str> = elsewhere.iter().filter(|id| tested.contains(**id)).collect();
    assert!(both.is_empty(), "tested and said to be elsewhere: {both:?}");
}
