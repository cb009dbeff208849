//! What holds for every filter: reading never fails badly, printing and reading back keeps the tree, and both
//! evaluators agree.

use couplet_filter::{
    Bitmap, Case, ColumnView, Context, FieldType, FieldValue, Literal, Node, Pattern, Quoting, TermKind,
    TextComparison, compile, parse, parse_lenient, parse_view,
};
use jiff::tz::TimeZone;
use proptest::prelude::*;

use crate::random::{Cell, any_value, filter_of, typed};

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
        let by_column = Column::new(&field_type, &cells).with(|view| filter.evaluate(view));
        prop_assert_eq!(by_column.len(), cells.len());
        prop_assert_eq!(by_column.count_ones(), by_row.iter().filter(|passes| **passes).count());
        for (row, cell) in cells.iter().enumerate() {
            prop_assert_eq!(by_column.get(row), by_row[row], "{} on {:?}", text, cell);
            let explanation = filter.explain(cell.value());
            prop_assert_eq!(explanation.passes, by_row[row]);
        }
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

/// The cells of one type, side by side.
struct Column {
    /// Tells the type, also of a column without rows.
    filler: FieldValue<'static>,
    dictionary: Vec<Box<str>>,
    codes: Vec<u32>,
    nulls: Bitmap,
    cells: Vec<FieldValue<'static>>,
}

impl Column {
    fn new(field_type: &FieldType, cells: &[Cell]) -> Self {
        let mut column = Self {
            filler: filler(field_type),
            nulls: Bitmap::new(cells.len()),
            dictionary: Vec::new(),
            codes: Vec::new(),
            cells: Vec::new(),
        };
        for (row, cell) in cells.iter().enumerate() {
            match cell {
                Cell::Null => {
                    column.nulls.set(row, true);
                    column.codes.push(u32::MAX);
                    column.cells.push(column.filler);
                }
                Cell::Text(text) => {
                    column.codes.push(column.dictionary.len() as u32);
                    column.dictionary.push(text.as_str().into());
                    column.cells.push(FieldValue::Null);
                }
                Cell::Other(value) => column.cells.push(*value),
            }
        }
        column
    }

    fn with<R>(&self, evaluate: impl FnOnce(ColumnView<'_>) -> R) -> R {
        let nulls = Some(&self.nulls);
        let cells = &self.cells;
        macro_rules! view {
            ($variant:ident) => {{
                let read = |cell: &FieldValue<'static>| match cell {
                    FieldValue::$variant(value) => *value,
                    other => unreachable!("{other:?} in a column of another type"),
                };
                let values: Vec<_> = cells.iter().map(read).collect();
                evaluate(ColumnView::$variant { values: &values, nulls })
            }};
        }
        match self.filler {
            FieldValue::Null | FieldValue::Text(_) => {
                evaluate(ColumnView::Text { dictionary: &self.dictionary, codes: &self.codes })
            }
            FieldValue::Integer(_) => view!(Integer),
            FieldValue::Decimal(_) => view!(Decimal),
            FieldValue::Option(_) => view!(Option),
            FieldValue::Date(_) => view!(Date),
            FieldValue::DateTime(_) => view!(DateTime),
            FieldValue::Time(_) => view!(Time),
            FieldValue::Duration(_) => view!(Duration),
            FieldValue::Guid(_) => view!(Guid),
            FieldValue::Boolean(_) => {
                let mut values = Bitmap::new(cells.len());
                for (row, cell) in cells.iter().enumerate() {
                    values.set(row, *cell == FieldValue::Boolean(true));
                }
                evaluate(ColumnView::Boolean { values: &values, nulls })
            }
        }
    }
}

/// What stands under a null: anything but the blank value, so that a forgotten null is seen.
fn filler(field_type: &FieldType) -> FieldValue<'static> {
    match field_type.blank() {
        FieldValue::Integer(_) => FieldValue::Integer(3),
        FieldValue::Duration(_) => FieldValue::Duration(3),
        FieldValue::Decimal(_) => FieldValue::Decimal(3.into()),
        FieldValue::Boolean(_) => FieldValue::Boolean(true),
        FieldValue::Option(_) => FieldValue::Option(3),
        FieldValue::Date(_) => FieldValue::Date(couplet_filter::DateKey::from_days(3)),
        FieldValue::DateTime(_) => FieldValue::DateTime(couplet_filter::DateTimeKey::from_milliseconds(3000)),
        FieldValue::Time(_) => FieldValue::Time(couplet_filter::TimeKey::from_milliseconds(3).unwrap()),
        FieldValue::Guid(_) => FieldValue::Guid(uuid::Uuid::from_u128(3)),
        other => other,
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
