//! The filter language from outside: vectors, places of errors, and what holds for every filter.

#[cfg(test)]
mod any_text;
#[cfg(test)]
mod bodies;
#[cfg(test)]
mod evaluation;
#[cfg(test)]
mod forms;
#[cfg(test)]
mod long;
#[cfg(test)]
mod odata;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod random;
#[cfg(test)]
mod reading;
#[cfg(test)]
mod sentences;
#[cfg(test)]
mod stored_views;
#[cfg(test)]
mod texts;
#[cfg(test)]
mod typing;
mod vectors;
#[cfg(test)]
mod views;

#[test]
fn all_vectors_of_the_reference_pass() {
    let report = vectors::run(include_str!("../testdata/filter-vectors.json")).unwrap();
    assert_eq!(report.failures, Vec::<String>::new());
    assert_eq!(report.n_passed, 351 + 30);
}

#[test]
fn all_vectors_of_our_own_pass() {
    let report = vectors::run(include_str!("../testdata/rule-vectors.json")).unwrap();
    assert_eq!(report.failures, Vec::<String>::new());
}

#[test]
fn a_wrong_expectation_is_a_failure() {
    let text = r#"{"vectors": [
        {"id": "A", "fieldType": "Integer", "filter": "1", "value": 1, "passes": false},
        {"id": "B", "fieldType": "Integer", "filter": "1|", "error": true, "errorPosition": 1},
        {"id": "C", "fieldType": "Integer", "filter": "1", "value": 1, "passes": true}
    ]}"#;
    let report = vectors::run(text).unwrap();
    assert_eq!(
        report.failures,
        ["A: expected does not pass, got passes: 1", "B: expected error at 1, got error at 3: 1|"]
    );
    assert_eq!(report.n_passed, 1);
}
