//! What holds for every filter: reading never fails badly, printing and reading back keeps the tree, and both
//! evaluators agree.

use couplet_filter::{
    Case, Context, Evaluation, FieldType, Literal, Node, Pattern, Progress, Quoting, TermKind,
    TextComparison, compile, parse, parse_lenient, parse_view,
};
use jiff::tz::TimeZone;
use proptest::prelude::*;

use crate::forms::Forms;
use crate::random::{any_value, filter_of, typed};

fn context() -> Context {
    Context::new("2026-03-15T12:00:00Z".parse().unwrap(), TimeZone::UTC)
}

fn settings() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) }
}

/// A tree without the places it was read from. Quotes count only where they change what a value means.
fn shape(node: &Node) -> String {
    let all = |parts: &[Node]| parts.iter().map(shape).collect::<Vec<_>>().join(",");
    let value = |value: &Literal| {
        let is_token = value.quoting == Quoting::Bare && value.text.starts_with('%');
        format!("{}{:?}", if is_token { "token " } else { "" }, value.text)
    };
    match node {
        Node::Any(parts) => format!("any[{}]", all(parts)),
        Node::All(parts) => format!("all[{}]", all(parts)),
        Node::Unreadable(_) => "unreadable".to_owned(),
        Node::Term(term) => match &term.kind {
            TermKind::Value(it) => value(it),
            TermKind::Compare(operator, it) => format!("{}{}", operator.symbol(), value(it)),
            TermKind::Interval(from, to) => {
                format!("{:?}..{:?}", from.as_ref().map(value), to.as_ref().map(value))
            }
        },
    }
}

proptest! {
    #![proptest_config(settings())]

    #[test]
    fn printing_and_reading_back_gives_the_same_tree(text in filter_of(any_value())) {
        let filter = parse(&text).unwrap();
        let printed = filter.to_string();
        let again = parse(&printed).unwrap();
        prop_assert_eq!(filter.root().map(shape), again.root().map(shape), "printed as {}", printed);
        prop_assert_eq!(again.to_string(), printed);
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "[-a1'()|&.<>=@%*? é,\"]{0,40}") {
        let (filter, errors) = parse_lenient(&text);
        for error in &errors {
            prop_assert!(error.span.end as usize <= text.len());
            prop_assert!(text.is_char_boundary(error.span.start as usize));
            prop_assert!(text.is_char_boundary(error.span.end as usize));
        }
        prop_assert_eq!(parse(&text).is_ok(), errors.is_empty());
        if !errors.is_empty() {
            let field_type = FieldType::Text { max_length: None };
            prop_assert!(couplet_filter::bind(&filter, &field_type, TextComparison::default(), &context()).is_err());
        }
    }

    #[test]
    fn no_text_makes_a_type_panic(text in "\\PC{0,24}|[-+0-9cdwmqypt .:/TZapm%{}]{0,14}", (field_type, _, _) in typed()) {
        let mut context = context();
        for order in [None, Some(couplet_filter::DateOrder::DayMonthYear)] {
            context.date_order = order;
            if let Err(error) = compile(&text, &field_type, TextComparison::default(), &context) {
                prop_assert!(error.span().end as usize <= text.len());
                prop_assert!(!error.to_string().is_empty());
            }
        }
    }

    #[test]
    fn no_text_makes_the_view_reader_panic(
        text in "(VERSION\\(1\\) ?)?(SORTING\\([^)]{0,8}\\) ?)?(WHERE\\()?[-Fieldilter0-9=()',\" é|]{0,40}",
    ) {
        match parse_view(&text) {
            Ok(view) => {
                let again = parse_view(&view.to_string()).unwrap();
                prop_assert_eq!(again.to_string(), view.to_string());
            }
            Err(error) => prop_assert!(error.span.end as usize <= text.len()),
        }
    }

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
