//! What holds for every filter: both evaluators agree, and the stored form means the same.

use couplet_filter::{Case, Context, Evaluation, Pattern, Progress, TextComparison, compile, parse};
use jiff::tz::TimeZone;
use proptest::prelude::*;

use crate::forms::Forms;
use crate::random::{cases, typed};

fn context() -> Context {
    Context::new("2026-03-15T12:00:00Z".parse().unwrap(), TimeZone::UTC)
}

fn settings() -> ProptestConfig {
    cases(400)
}

proptest! {
    #![proptest_config(settings())]

    #[test]
    fn rows_and_columns_agree((field_type, text, cells) in typed(), ignore_case: bool) {
        let comparison = if ignore_case { TextComparison::Dataverse } else { TextComparison::BusinessCentral };
        let filter = compile(&text, &field_type, comparison, &context()).unwrap();
        let by_row: Vec<bool> = cells.iter().map(|cell| filter.passes(cell.value())).collect();
        for row in 0..cells.len() {
            prop_assert_eq!(filter.explain(cells[row].value()).passes, by_row[row]);
        }
        let forms = Forms::new(&field_type, &cells);
        forms.each(|form, column| {
            let verdicts = filter.evaluate(column);
            let by_column: Vec<bool> = (0..cells.len()).map(|row| verdicts.get(row)).collect();
            assert_eq!(by_column, by_row, "{text} on {cells:?} as {form}");
            assert_eq!((verdicts.len(), verdicts.count_ones()), (cells.len(), by_row.iter().filter(|it| **it).count()));
        });
    }

    #[test]
    fn steps_and_rows_added_meanwhile_change_nothing((field_type, text, cells) in typed(), part in 0_usize..150) {
        let filter = compile(&text, &field_type, TextComparison::BusinessCentral, &context()).unwrap();
        let by_row: Vec<bool> = cells.iter().map(|cell| filter.passes(cell.value())).collect();
        let first = &cells[..part.min(cells.len())];
        // Going on with a column that changed its form: narrow codes and numbers become wide ones.
        Forms::new(&field_type, &cells).each(|form, column| {
            Forms::new(&field_type, first).each(|first_form, first_column| {
                if form.is_longer_form_of(first_form) {
                    let mut evaluation = Evaluation::new(filter.clone());
                    evaluation.step(first_column, 64);
                    while evaluation.step(column, 64) == Progress::Going {}
                    let rows: Vec<bool> = (0..cells.len()).map(|row| evaluation.verdicts().get(row)).collect();
                    assert_eq!(rows, by_row, "{text} on {cells:?} as {form} after {first_form}");
                }
            });
        });
    }

    #[test]
    fn the_stored_form_means_the_same((field_type, text, cells) in typed()) {
        let context = context();
        let filter = parse(&text).unwrap();
        let typed = couplet_filter::bind(&filter, &field_type, TextComparison::default(), &context).unwrap();
        let stored = couplet_filter::stored_form(&filter, &field_type, &context).unwrap().to_string();
        let again = compile(&stored, &field_type, TextComparison::default(), &context).unwrap();
        for cell in &cells {
            prop_assert_eq!(again.passes(cell.value()), typed.passes(cell.value()), "{} on {:?}", stored, cell);
        }
    }
}

/// The rule of section 4.1, word for word and slow.
fn matches_slowly(pattern: &[char], text: &[char]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, _) => text.is_empty(),
        (Some((&'*', after)), _) => (0..=text.len()).any(|taken| matches_slowly(after, &text[taken..])),
        (Some((&'?', after)), Some((_, rest))) => matches_slowly(after, rest),
        (Some((next, after)), Some((first, rest))) => next == first && matches_slowly(after, rest),
        (Some(_), None) => false,
    }
}

proptest! {
    #![proptest_config(settings())]

    #[test]
    fn patterns_match_as_the_rule_says(pattern in "[abé*?]{0,8}", text in "[abé]{0,10}") {
        let characters = |text: &str| text.chars().collect::<Vec<_>>();
        let expected = matches_slowly(&characters(&pattern), &characters(&text));
        prop_assert_eq!(Pattern::new(&pattern, Case::Sensitive).matches(&text), expected);
        let folded = Pattern::new(&pattern.to_uppercase(), Case::Ignored);
        prop_assert_eq!(folded.matches(&text), expected);
    }
}
