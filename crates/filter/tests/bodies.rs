//! What holds for any text at all: the bodies of the fuzz targets in `fuzz/`, run as properties on stable by
//! `properties.rs` and with very long texts by `long.rs`. Each takes a text and panics where something does not hold.

use couplet_filter::odata::{self, Expression};
use couplet_filter::{
    ConditionKind, Context, DateOrder, FieldForm, FieldReference, FieldType, FieldValue, FormCondition,
    Literal, Node, OptionMember, Quoting, SentenceLanguage, Span, TermKind, TextComparison, ViewField,
    compile, expected_at, parse, parse_lenient, parse_view, sentence, stored_form,
};
use jiff::tz::TimeZone;

const SIDES: [TextComparison; 2] = [TextComparison::BusinessCentral, TextComparison::Dataverse];

/// The context of every check.
pub(crate) fn context() -> Context {
    let mut context = Context::new("2026-03-15T12:00:00Z".parse().unwrap(), TimeZone::UTC);
    context.date_order = Some(DateOrder::DayMonthYear);
    context.user_id = "O'NEIL & CO".to_owned();
    context.my_customers = vec!["10000".to_owned(), "20*".to_owned()];
    context
}

/// One field type of each kind.
pub(crate) fn field_types() -> Vec<FieldType> {
    let member =
        |(ordinal, name): (i32, &str)| OptionMember { ordinal, name: name.to_owned(), captions: Vec::new() };
    vec![
        FieldType::Text { max_length: None },
        FieldType::Code { max_length: Some(20) },
        FieldType::Integer,
        FieldType::BigInteger,
        FieldType::Decimal,
        FieldType::Boolean,
        FieldType::Option([(-1, " "), (0, "Open"), (1, "In Review"), (2, "1")].map(member).into()),
        FieldType::Date,
        FieldType::DateTime,
        FieldType::Time,
        FieldType::Duration,
        FieldType::Guid,
        FieldType::Unfilterable,
    ]
}

/// A field of a type for the other forms.
pub(crate) fn form(field_type: &FieldType, comparison: TextComparison) -> FieldForm<'_> {
    FieldForm { caption: "Field", property: "a", field_type, comparison, option_captions: &[] }
}

/// A tree without the places it was read from. Quotes count only where they change what a value means.
pub(crate) fn shape(node: &Node) -> String {
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

/// An OData tree without the places it was read from.
pub(crate) fn bare(expression: &Expression) -> Expression {
    let all = |parts: &[Expression]| parts.iter().map(bare).collect();
    match expression {
        Expression::Or(parts) => Expression::Or(all(parts)),
        Expression::And(parts) => Expression::And(all(parts)),
        Expression::Not(part) => Expression::Not(Box::new(bare(part))),
        Expression::Test(test) => {
            Expression::of(&test.operand.property, test.operand.case, test.kind.clone())
        }
    }
}

fn check_span(span: Span, text: &str) {
    assert!(span.start <= span.end && text.get(span.start as usize..span.end as usize).is_some());
}

/// Reading a filter: both readers agree, places lie in the text, printing and reading again gives the same tree.
pub(crate) fn check_filter(text: &str) {
    let (lenient, errors) = parse_lenient(text);
    for error in &errors {
        check_span(error.span, text);
        assert!(!error.to_string().is_empty());
    }
    check_span(expected_at(text, text.len() / 2).span, text);
    match parse(text) {
        Ok(filter) => {
            assert!(errors.is_empty());
            assert_eq!(filter, lenient);
            let printed = filter.to_string();
            let again = parse(&printed).unwrap();
            assert_eq!(filter.root().map(shape), again.root().map(shape), "printed as {printed}");
            assert_eq!(again.to_string(), printed);
        }
        Err(error) => {
            assert_eq!(Some(&error), errors.first());
            let field_type = FieldType::Text { max_length: None };
            assert!(
                couplet_filter::bind(&lenient, &field_type, TextComparison::default(), &context()).is_err()
            );
        }
    }
}

/// Binding a filter to every type: it is refused with a place, or it can be stored, said and evaluated.
pub(crate) fn check_types(text: &str) {
    let context = context();
    for field_type in field_types() {
        for comparison in SIDES {
            check_type(text, &field_type, comparison, &context);
        }
    }
}

fn check_type(text: &str, field_type: &FieldType, comparison: TextComparison, context: &Context) {
    let condition = FormCondition { field: form(field_type, comparison), kind: ConditionKind::Filter, text };
    let said = sentence(SentenceLanguage::French, &[condition], context);
    let typed = match compile(text, field_type, comparison, context) {
        Ok(typed) => typed,
        Err(error) => {
            check_span(error.span(), text);
            assert!(!error.to_string().is_empty());
            assert_eq!(said.map_err(|it| it.error), Err(error));
            return;
        }
    };
    assert!(!said.unwrap().is_empty());
    let passes = typed.passes(FieldValue::Null);
    assert_eq!(typed.explain(FieldValue::Null).passes, passes);
    let stored = stored_form(&parse(text).unwrap(), field_type, context).unwrap().to_string();
    assert_eq!(compile(&stored, field_type, comparison, context).unwrap().passes(FieldValue::Null), passes);
    match odata::write(&[condition], context) {
        Ok(expression) => {
            let written = expression.map(|it| it.to_string()).unwrap_or_default();
            check_odata(&written);
            if let Ok(read) = odata::read_view(&written, |_| Some(condition.field), context) {
                let again = read.iter().all(|condition| {
                    let text = condition.filter.to_string();
                    compile(&text, field_type, comparison, context).unwrap().passes(FieldValue::Null)
                });
                assert_eq!(again, passes, "{text} as {written}");
            }
        }
        Err(error) => {
            check_span(error.span, text);
            assert!(!error.to_string().is_empty());
        }
    }
}

/// Reading a view: it is refused with a place, or printing and reading again gives the same text; its conditions
/// are bound or refused.
pub(crate) fn check_view(text: &str) {
    let view = match parse_view(text) {
        Ok(view) => view,
        Err(error) => {
            check_span(error.span, text);
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    let printed = view.to_string();
    assert_eq!(parse_view(&printed).unwrap().to_string(), printed);
    let types = field_types();
    let bound = view.bind(&context(), |reference| {
        let number = match reference {
            FieldReference::Number(number) => *number,
            FieldReference::Name(name) => u32::try_from(name.len()).unwrap(),
        };
        let field_type = types.get(number as usize % types.len())?.clone();
        Some(ViewField { number, field_type, comparison: TextComparison::BusinessCentral })
    });
    if let Err(error) = bound {
        check_span(error.span, text);
        assert!(!error.to_string().is_empty());
    }
}

/// Reading an OData expression: printing and reading again gives the same tree, and it is refused with a place or
/// becomes filters that fit their fields.
pub(crate) fn check_odata(text: &str) {
    match odata::read(text) {
        Ok(expression) => {
            let again = odata::read(&expression.to_string()).unwrap();
            assert_eq!(bare(&again), bare(&expression));
        }
        Err(error) => check_span(error.span, text),
    }
    let context = context();
    for field_type in field_types() {
        for comparison in SIDES {
            match odata::read_view(text, |_| Some(form(&field_type, comparison)), &context) {
                Ok(conditions) => {
                    for condition in conditions {
                        let printed = condition.filter.to_string();
                        let typed = compile(&printed, &field_type, comparison, &context);
                        assert!(typed.is_ok(), "{text} as {printed}: {typed:?}");
                    }
                }
                Err(error) => {
                    check_span(error.span, text);
                    assert!(!error.to_string().is_empty());
                }
            }
        }
    }
}
