//! Which scenarios of the reference are tests here: every id of the areas is either a test of that name or stands in
//! the list of what is not covered, with the reason.

use std::collections::BTreeSet;

use serde_json::Value as Json;

/// The areas that this crate answers for.
const AREAS: [&str; 12] = [
    "selecting", "coupling", "conflict", "fields", "skipping", "jobs", "full-sync", "setup", "filters", "match-based",
    "uncoupling", "url",
];

/// Scenarios that are no test of this binary, with the reason.
const ELSEWHERE: &[(&str, &str)] = &[];

fn scenarios() -> Vec<(String, String)> {
    let json: Json = serde_json::from_str(include_str!("scenarios.json")).unwrap();
    let list = json["scenarios"].as_array().unwrap().iter();
    let text = |it: &Json, key: &str| it[key].as_str().unwrap().to_owned();
    list.map(|it| (text(it, "id"), text(it, "area"))).collect()
}

/// The ids that test functions of the sources name: `syn_042_…`.
fn tested() -> BTreeSet<String> {
    let sources = [include_str!("scenarios.rs"), include_str!("scenarios_of_fields.rs")];
    let names = sources.iter().flat_map(|source| source.split("fn syn_").skip(1));
    names.map(|rest| format!("SYN-{}", &rest[..3])).collect()
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
