//! Views: what is read, what is written, and errors with the text they are about.

use couplet_filter::{
    Context, FieldReference, FieldType, SortOrder, TextComparison, ViewError, ViewField, parse_view,
};
use expect_test::{Expect, expect};
use jiff::tz::TimeZone;

fn field(reference: &FieldReference) -> Option<ViewField> {
    let number = match reference {
        FieldReference::Number(number) if *number < 10 => *number,
        FieldReference::Name(name) if name == "No." => 1,
        _ => return None,
    };
    Some(ViewField { number, field_type: FieldType::Integer, comparison: TextComparison::BusinessCentral })
}

fn bind(text: &str) -> Result<(), ViewError> {
    let context = Context::new("2026-03-15T12:00:00Z".parse().unwrap(), TimeZone::UTC);
    parse_view(text)?.bind(&context, field).map(|_| ())
}

#[track_caller]
fn check_error(text: &str, expected: &Expect) {
    let error = bind(text).unwrap_err();
    expected.assert_eq(&format!("{}: {error}: <{}>", error.code(), error.span.slice(text)));
}

#[test]
fn stored_views_are_written_as_they_were() {
    for text in [
        "VERSION(1) SORTING(Field1) WHERE(Field39=1(0))",
        "VERSION(1) SORTING(Field1,Field2) WHERE(Field7=1(10|30),Field14=1(0),Field16=1(17),Field28=1(1))",
        "VERSION(1) SORTING(Field1) ORDER(Descending) WHERE(Field4=0(x))",
        "SORTING(No.) WHERE(\"Balance (LCY)\"=FILTER(>=5),No.=CONST(1))",
        "SORTING(\"0\"\"(x)\"\"\") WHERE(\"Size \"\"L\"\"\"=FILTER(1))",
        "",
    ] {
        assert_eq!(parse_view(text).unwrap().to_string(), text);
    }
}

#[test]
fn conditions_are_written_in_order_of_field_number() {
    let view = parse_view("where (Field9 = filter(1|2), Field3 = const('a, b'))").unwrap();
    assert_eq!(view.to_string(), "VERSION(1) WHERE(Field3=0('a, b'),Field9=1(1|2))");
    assert_eq!(view.conditions[0].field, FieldReference::Number(9));
}

#[test]
fn caption_form() {
    let text = "sorting (Name, \"No.\") order(descending) where (\"Balance (LCY)\" = filter (>= 50000))";
    let view = parse_view(text).unwrap();
    let name = |name: &str| FieldReference::Name(name.to_owned());
    assert_eq!(view.sorting, [name("Name"), name("No.")]);
    assert_eq!(view.order, SortOrder::Descending);
    assert_eq!(view.conditions[0].field, name("Balance (LCY)"));
    assert_eq!(view.conditions[0].body_span.slice(text), ">= 50000");
}

#[test]
fn errors_point_into_the_view() {
    check_error(
        "BADDATA",
        &expect!["view.malformed: expected `VERSION`, `SORTING`, `ORDER` or `WHERE`: <B>"],
    );
    check_error(
        "WHERE(Field1=1(1)",
        &expect!["view.unclosed-parenthesis: expected a matching `)`, found end of view: <(>"],
    );
    check_error(
        "WHERE(Field1=FIELD(x))",
        &expect!["view.malformed: expected `FILTER(...)` or `CONST(...)`: <F>"],
    );
    check_error(
        "WHERE(Field99=1(1))",
        &expect!["view.unknown-field: expected a field of the table, found `Field99`: <Field99>"],
    );
    check_error(
        "WHERE(Field1=1(1),No.=1(2))",
        &expect!["view.duplicate-field: expected each field once, found `No.` again: <No.>"],
    );
    check_error(
        "WHERE(Field1=1(1..x))",
        &expect![
            "filter.value-of-wrong-type: filter of `Field1`: expected a whole number from -2147483648 to 2147483647, found `x`: <x>"
        ],
    );
    check_error("WHERE(Field1=1(1)) x", &expect!["view.malformed: expected end of view: <x>"]);
}

#[test]
fn large_views_are_read_or_refused() {
    for part in ["Field1=", "=", "(", "\"", "= (", "Field1=1(1),", "'", ","] {
        let text = format!("WHERE({}", part.repeat(500_000 / part.len()));
        assert!(parse_view(&text).is_err(), "{part}");
    }
}
