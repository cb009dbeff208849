//! What holds for any text, read as a filter, a view or OData, and for every filter in its other forms. The bodies of
//! the first are shared with the fuzz targets.

use couplet_filter::odata;
use couplet_filter::{
    ConditionKind, FieldType, FieldValue, FormCondition, SentenceLanguage, TextComparison, compile, parse,
    sentence,
};
use proptest::prelude::*;

use crate::bodies::{self, context, form};
use crate::random::{Cell, any_value, cases, filter_of, typed};

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn printing_and_reading_back_gives_the_same_tree(text in filter_of(any_value())) {
        prop_assert!(parse(&text).is_ok());
        bodies::check_filter(&text);
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "[-a1'()|&.<>=@%*? é,\"]{0,40}") {
        bodies::check_filter(&text);
    }

    #[test]
    fn no_text_makes_the_view_reader_panic(
        text in "(VERSION\\(1\\) ?)?(SORTING\\([^)]{0,8}\\) ?)?(WHERE\\()?[-Fieldilter0-9=()',\" é|]{0,40}",
    ) {
        bodies::check_view(&text);
    }

    #[test]
    fn odata_and_back_passes_the_same_rows((field_type, text, cells) in typed(), on_dataverse: bool) {
        let comparison = if on_dataverse { TextComparison::Dataverse } else { TextComparison::BusinessCentral };
        let field = form(&field_type, comparison);
        let context = context();
        let condition = FormCondition { field, kind: ConditionKind::Filter, text: &text };
        let Ok(expression) = odata::write(&[condition], &context) else { return Ok(()) };
        let typed = compile(&text, &field_type, comparison, &context).unwrap();
        let written = expression.as_ref().map(ToString::to_string).unwrap_or_default();
        if let Some(expression) = &expression {
            let again = odata::read(&written).unwrap();
            prop_assert_eq!(again.to_string(), written.clone());
            prop_assert_eq!(bodies::bare(&again), bodies::bare(expression), "{}", written);
        }
        let conditions = odata::read_view(&written, |_| Some(field), &context).unwrap();
        prop_assert!(conditions.len() <= 1);
        for cell in cells.iter().filter(|cell| on_dataverse || is_member(&field_type, cell)) {
            let passes = conditions.iter().all(|condition| {
                let filter = condition.filter.to_string();
                compile(&filter, &field_type, comparison, &context).unwrap().passes(cell.value())
            });
            prop_assert_eq!(passes, typed.passes(cell.value()), "{} as {} on {:?}", text, written, cell);
        }
    }

    #[test]
    fn every_filter_that_fits_has_sentences((field_type, text, _) in typed(), on_dataverse: bool) {
        let comparison = if on_dataverse { TextComparison::Dataverse } else { TextComparison::BusinessCentral };
        let field = form(&field_type, comparison);
        let condition = FormCondition { field, kind: ConditionKind::Filter, text: &text };
        for language in [SentenceLanguage::English, SentenceLanguage::French] {
            let said = sentence(language, &[condition], &context()).unwrap();
            prop_assert!(said.starts_with("Field "), "{}", said);
            prop_assert!(!said.contains("{}"), "{}", said);
        }
    }
}

// Each case takes all field types on both sides.
proptest! {
    #![proptest_config(cases(80))]

    #[test]
    fn no_text_makes_a_type_panic(text in "\\PC{0,24}|[-+0-9cdwmqypt .:/TZapm%{}]{0,14}|[-1a'|&.<>@*?]{0,14}") {
        bodies::check_types(&text);
    }

    #[test]
    fn no_text_makes_the_odata_reader_panic(text in odata_text()) {
        bodies::check_odata(&text);
    }
}

/// Whether the service could hold this value: option members of Business Central are known by name only.
fn is_member(field_type: &FieldType, cell: &Cell) -> bool {
    match (field_type, cell) {
        (FieldType::Option(members), Cell::Other(FieldValue::Option(ordinal))) => {
            members.iter().any(|member| member.ordinal == *ordinal)
        }
        _ => true,
    }
}

/// Words of OData in any order, or any text at all.
fn odata_text() -> BoxedStrategy<String> {
    const WORDS: &[&str] = &[
        "a",
        "b",
        "eq",
        "ne",
        "lt",
        "ge",
        "and",
        "or",
        "not",
        "in",
        "(",
        ")",
        ",",
        "'x'",
        "'",
        "'é*'",
        "null",
        "true",
        "5",
        "-1.5",
        "contains(",
        "startswith(a,'@')",
        "tolower(a)",
        "tolower(",
        "a eq 'x'",
        "not a eq null",
        "2026-03-15",
        "2026-03-15T10:00:00Z",
        "10:00",
        "duration'PT1H'",
        "a in ('x','[%]')",
        "endswith(b,'%')",
    ];
    let words = prop::collection::vec(prop::sample::select(WORDS), 0..12).prop_map(|words| words.join(" "));
    let test =
        prop::sample::select(&["a eq 'x'", "a ne ''", "contains(a,'y')", "not a eq null", "b lt 'z'"][..]);
    let tests =
        (test.clone(), prop::collection::vec((prop::sample::select(&[" and ", " or "][..]), test), 0..5))
            .prop_map(|(first, rest)| {
                rest.into_iter().fold(first.to_owned(), |text, (with, test)| text + with + test)
            });
    prop_oneof![words, tests, "\\PC{0,30}"].boxed()
}
