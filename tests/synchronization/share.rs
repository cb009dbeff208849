//! How many scenarios of the reference go through the wire: a third of those of the areas at the least.

use std::collections::BTreeSet;

/// The areas of synchronization.
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

const SOURCES: [&str; 4] = [
    include_str!("scenarios.rs"),
    include_str!("scenarios_of_couplings.rs"),
    include_str!("scenarios_of_fields.rs"),
    include_str!("scenarios_of_selection.rs"),
];

/// The ids that the names of tests hold: `syn_044_…_050_…`.
fn tested() -> BTreeSet<String> {
    let names = SOURCES.iter().flat_map(|source| source.split("fn syn_").skip(1));
    let names = names.filter_map(|rest| rest.split('(').next());
    let is_number = |part: &&str| part.len() == 3 && part.bytes().all(|byte| byte.is_ascii_digit());
    names.flat_map(|name| name.split('_').filter(is_number)).map(|number| format!("SYN-{number}")).collect()
}

#[test]
fn a_third_of_the_scenarios_goes_through_the_wire() {
    let json = include_str!("../../crates/engine/tests/synchronization/scenarios.json");
    let json: serde_json::Value = serde_json::from_str(json).unwrap();
    let text = |it: &serde_json::Value, key: &str| it[key].as_str().unwrap().to_owned();
    let of_areas: BTreeSet<String> = json["scenarios"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| AREAS.contains(&text(it, "area").as_str()))
        .map(|it| text(it, "id"))
        .collect();
    let tested = tested();
    let unknown: Vec<_> = tested.difference(&of_areas).collect();
    assert!(unknown.is_empty(), "no scenarios of the areas: {unknown:?}");
    assert!(3 * tested.len() >= of_areas.len(), "{} of {}", tested.len(), of_areas.len());
}
