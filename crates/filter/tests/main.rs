//! The filter language from outside: the vectors of the reference.

mod vectors;

#[test]
fn all_vectors_of_the_reference_pass() {
    let report = vectors::run(include_str!("../testdata/filter-vectors.json")).unwrap();
    assert_eq!(report.failures, Vec::<String>::new());
    assert_eq!(report.n_passed, 351 + 30);
}
