//! Binding: what a term becomes, and the errors of values with the text they are about.

use std::sync::Arc;

use couplet_filter::{
    Context, FieldType, FilterValue, OptionMember, PatternPart, TestKind, TextComparison, TypedNode, Word,
    compile, parse, stored_form,
};
use expect_test::{Expect, expect};
use jiff::tz::TimeZone;

fn context() -> Context {
    Context::new("2026-03-15T12:00:00Z".parse().unwrap(), TimeZone::UTC)
}

#[track_caller]
fn check_error(field_type: &FieldType, text: &str, expected: &Expect) {
    let error = compile(text, field_type, TextComparison::default(), &context()).unwrap_err();
    expected.assert_eq(&format!("{}: {error}: <{}>", error.code(), error.span().slice(text)));
}

fn members() -> FieldType {
    let member = |(ordinal, name): (i32, &str)| OptionMember {
        ordinal,
        name: name.into(),
        captions: vec![format!("{name} (fr)")],
    };
    FieldType::Option([(0, " "), (10, "Item")].map(member).into())
}

const TEXT: FieldType = FieldType::Text { max_length: Some(5) };

#[test]
fn errors_point_at_the_value() {
    check_error(
        &FieldType::Integer,
        "1..x",
        &expect![
            "filter.value-of-wrong-type: expected a whole number from -2147483648 to 2147483647, found `x`: <x>"
        ],
    );
    check_error(
        &members(),
        "Item|'Pur ple'",
        &expect!["filter.value-of-wrong-type: expected one of ` `, `Item`, found `Pur ple`: <'Pur ple'>"],
    );
    check_error(
        &TEXT,
        "abc|abcdef",
        &expect!["filter.too-long: expected at most 5 characters, found 6: <abcdef>"],
    );
    check_error(
        &TEXT,
        "abc|%foo",
        &expect!["filter.unknown-token: expected a known token, found `%foo`: <%foo>"],
    );
    check_error(
        &TEXT,
        "%myitems",
        &expect!["filter.empty-list: expected a list with entries, found `%myitems` empty: <%myitems>"],
    );
    check_error(
        &FieldType::Date,
        "%foo",
        &expect!["filter.unknown-token: expected a known token, found `%foo`: <%foo>"],
    );
    check_error(
        &FieldType::Guid,
        ">{00000000-0000-0000-0000-000000000000}",
        &expect![
            "filter.no-order: expected `=` or `<>`: a GUID has no order: <{00000000-0000-0000-0000-000000000000}>"
        ],
    );
    check_error(
        &FieldType::Unfilterable,
        "a|b",
        &expect!["filter.unfilterable: expected another field: this type cannot be filtered: <a|b>"],
    );
}

#[test]
fn captions_count_like_names() {
    let filter = compile("'ITEM (FR)'", &members(), TextComparison::default(), &context()).unwrap();
    assert!(filter.passes(couplet_filter::FieldValue::Option(10)));
}

#[test]
fn words_of_the_users_language_count_too() {
    let mut context = context();
    let filter = |context: &Context| compile("aujourd", &FieldType::Date, TextComparison::default(), context);
    assert!(filter(&context).is_err());
    context.local_words.push((Word::Today, "aujourd’hui".to_owned()));
    let today = couplet_filter::DateKey::from_iso("2026-03-15").unwrap();
    assert!(filter(&context).unwrap().passes(couplet_filter::FieldValue::Date(today)));
    assert!(compile("today", &FieldType::Date, TextComparison::default(), &context).is_ok());
}

#[test]
fn patterns_and_texts() {
    let test = |text: &str, comparison| {
        let filter = compile(text, &FieldType::Text { max_length: None }, comparison, &context()).unwrap();
        match filter.root() {
            Some(TypedNode::Test(test)) => test.kind.clone(),
            other => unreachable!("one term gives one test, not {other:?}"),
        }
    };
    let TestKind::Matches { pattern, negated: true } = test("<>'A**b?'", TextComparison::Dataverse) else {
        unreachable!("a pattern under <>")
    };
    assert!(pattern.ignore_case);
    let literal = |text: &str| PatternPart::Literal(text.to_owned());
    assert_eq!(pattern.parts, [literal("a"), PatternPart::AnyRun, literal("b"), PatternPart::AnyOne]);
    let TestKind::Compare { value, .. } = test("@Ab", TextComparison::BusinessCentral) else {
        unreachable!("no wildcard, no pattern")
    };
    assert_eq!(value, FilterValue::Text { text: "ab".to_owned(), ignore_case: true });
}

#[test]
fn option_members_are_shared_not_copied() {
    let FieldType::Option(members) = members() else { unreachable!("an option") };
    let field_type = FieldType::Option(Arc::clone(&members));
    compile("Item", &field_type, TextComparison::default(), &context()).unwrap();
    assert_eq!(Arc::strong_count(&members), 2);
}

#[test]
fn stored_form_depends_on_nothing_outside() {
    let mut context = context();
    context.company = "A & B".to_owned();
    context.my_customers = vec!["C1".to_owned(), "C 2".to_owned()];
    let stored = |text: &str, field_type: &FieldType| {
        stored_form(&parse(text).unwrap(), field_type, &context).unwrap().to_string()
    };
    assert_eq!(stored("week|<>t|''", &FieldType::Date), "2026-03-09..2026-03-15|<>2026-03-15|''");
    assert_eq!(stored("..yesterday&<>month", &FieldType::Date), "..2026-03-14&(<2026-03-01|>2026-03-31)");
    assert_eq!(stored("15", &FieldType::DateTime), "2026-03-15T00:00:00Z..2026-03-15T23:59:59.999Z");
    assert_eq!(stored("Item|<>' '", &members()), "10|<>0");
    assert_eq!(stored("Yes", &FieldType::Boolean), "1");
    assert_eq!(stored("%company|@*co*|'x'", &FieldType::Text { max_length: None }), "'A & B'|@*co*|x");
    assert_eq!(stored("<>%mycustomers", &FieldType::Code { max_length: None }), "<>C1&<>'C 2'");
    assert_eq!(stored("", &FieldType::Date), "");
    let guid = "3f2504e0-4f89-11d3-9a0c-0305e82c3301";
    assert_eq!(stored(guid, &FieldType::Guid), "{3F2504E0-4F89-11D3-9A0C-0305E82C3301}");
}
