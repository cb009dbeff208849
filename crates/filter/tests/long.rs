//! Very long texts and trees as deep as they are read. A reader whose time grew with the square of the length would
//! need minutes for each text here, and one that recursed without a limit would overflow the small stack that the checks
//! run on. What a megabyte takes in an optimized build is measured by `examples/long.rs`.

use couplet_filter::odata;
use couplet_filter::{
    ConditionKind, FieldType, FormCondition, SentenceLanguage, TextComparison, compile, expected_at, parse,
    parse_lenient, sentence,
};

use crate::bodies::{check_filter, check_odata, check_types, check_view, context, field_types, form};
use crate::texts::{DEPTH, Long, nested};

const LONG: Long = Long { n_bytes: 200_000 };
/// For what takes several passes.
const SHORTER: Long = Long { n_bytes: 40_000 };

/// Of a thread in the browser; frames of an unoptimized build are larger than those of the app.
const STACK: usize = 1 << 20;

fn on_small_stack(check: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(STACK).spawn(check).unwrap().join().unwrap();
}

fn start(text: &str) -> String {
    text.chars().take(20).collect()
}

#[test]
fn long_filters_are_read_and_bound() {
    on_small_stack(|| {
        for (text, field_type) in LONG.filters() {
            let typed = compile(&text, &field_type, TextComparison::default(), &context());
            assert!(typed.is_ok(), "{}", start(&text));
        }
    });
}

#[test]
fn long_filters_are_printed_said_and_written() {
    on_small_stack(|| {
        for (text, field_type) in SHORTER.filters() {
            let field = form(&field_type, TextComparison::default());
            let condition = FormCondition { field, kind: ConditionKind::Filter, text: &text };
            check_filter(&text);
            assert!(
                sentence(SentenceLanguage::English, &[condition], &context()).is_ok(),
                "{}",
                start(&text)
            );
            if let Ok(Some(expression)) = odata::write(&[condition], &context()) {
                let read = odata::read_view(&expression.to_string(), |_| Some(field), &context());
                assert_eq!(read.map(|it| it.len()), Ok(1), "{}", start(&text));
            }
        }
    });
}

#[test]
fn long_filters_are_refused() {
    on_small_stack(|| {
        for text in LONG.wrong_filters() {
            let error = parse(&text).unwrap_err();
            let (filter, errors) = parse_lenient(&text);
            assert_eq!(errors.first(), Some(&error), "{}", start(&text));
            assert!(!filter.is_empty(), "{}", start(&text));
            assert!(expected_at(&text, text.len()).span.end as usize <= text.len());
        }
    });
}

#[test]
fn long_values_are_read_or_refused_by_every_type() {
    on_small_stack(|| {
        for text in LONG.values() {
            for field_type in field_types() {
                if let Err(error) = compile(&text, &field_type, TextComparison::default(), &context()) {
                    assert!(error.span().end as usize <= text.len());
                }
            }
        }
    });
}

#[test]
fn long_views_are_read_or_refused() {
    on_small_stack(|| {
        for text in LONG.views() {
            check_view(&text);
        }
    });
}

#[test]
fn long_expressions_are_read_or_refused() {
    on_small_stack(|| {
        let text_type = FieldType::Text { max_length: None };
        let field = form(&text_type, TextComparison::default());
        for text in LONG.expressions() {
            if let Err(error) = odata::read_view(&text, |_| Some(field), &context()) {
                assert!(error.span.end as usize <= text.len());
            }
        }
        for text in SHORTER.expressions() {
            if let Ok(expression) = odata::read(&text) {
                assert_eq!(odata::read(&expression.to_string()).unwrap().to_string(), expression.to_string());
            }
        }
    });
}

#[test]
fn deep_trees_fit_a_small_stack() {
    on_small_stack(|| {
        for text in [nested("(<>1|", "2", ")&3", DEPTH), nested("(1&", "2", ")|3", DEPTH)] {
            check_types(&text);
        }
        check_odata(&nested("(a eq 'x' or ", "a eq null", ") and a ne 'z'", DEPTH));
        assert_eq!(odata::read(&nested("(", "a eq 1", ")", DEPTH + 1)).unwrap_err().code(), "odata.too-deep");
        assert!(odata::read(&nested("(", "a eq 1", ")", DEPTH)).is_ok());
        // The comparison gets parentheses when it is written, one level more.
        let negations = |depth| odata::read(&nested("not ", "a eq 1", "", depth));
        assert_eq!(negations(DEPTH).unwrap_err().code(), "odata.too-deep");
        let written = negations(DEPTH - 1).unwrap().to_string();
        assert!(written.ends_with("not not (a eq 1)"));
        assert_eq!(odata::read(&written).unwrap().to_string(), written);
    });
}
