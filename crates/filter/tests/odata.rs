//! The OData form: what is written, what is read, what is refused and where.

use couplet_filter::odata::{self, Expression, ReadCondition};
use couplet_filter::{
    ConditionKind, Context, FieldForm, FieldType, FormCondition, OptionMember, TextComparison,
};
use expect_test::{Expect, expect};

pub(crate) fn context() -> Context {
    Context::new("2026-03-15T12:00:00Z".parse().unwrap(), jiff::tz::TimeZone::UTC)
}

/// A field that is called like its type: `text`, `code`, and so on; with a capital it is one of Dataverse.
pub(crate) fn field_of(property: &str) -> Option<(FieldType, TextComparison)> {
    let member =
        |(ordinal, name): (i32, &str)| OptionMember { ordinal, name: name.to_owned(), captions: Vec::new() };
    let comparison = if property.starts_with(char::is_uppercase) {
        TextComparison::Dataverse
    } else {
        TextComparison::BusinessCentral
    };
    let members = match comparison {
        TextComparison::BusinessCentral => vec![(0, " "), (1, "Ship"), (2, "In Review"), (3, "2")],
        TextComparison::Dataverse => vec![(-1, " "), (1, "Active"), (3, "Customer")],
    };
    let field_type = match property.to_lowercase().trim_end_matches('2') {
        "text" => FieldType::Text { max_length: Some(50) },
        "code" => FieldType::Code { max_length: Some(20) },
        "integer" => FieldType::Integer,
        "decimal" => FieldType::Decimal,
        "boolean" => FieldType::Boolean,
        "option" => FieldType::Option(members.into_iter().map(member).collect()),
        "date" => FieldType::Date,
        "datetime" => FieldType::DateTime,
        "time" => FieldType::Time,
        "duration" => FieldType::Duration,
        "guid" => FieldType::Guid,
        "blob" => FieldType::Unfilterable,
        _ => return None,
    };
    Some((field_type, comparison))
}

pub(crate) fn written(property: &str, text: &str) -> Result<Option<Expression>, odata::WriteError> {
    let (field_type, comparison) = field_of(property).unwrap();
    let field =
        FieldForm { caption: property, property, field_type: &field_type, comparison, option_captions: &[] };
    odata::write(&[FormCondition { field, kind: ConditionKind::Filter, text }], &context())
}

pub(crate) fn read_back(text: &str) -> Result<Vec<ReadCondition>, odata::ReadError> {
    let kinds = [
        "text", "code", "integer", "decimal", "boolean", "option", "date", "datetime", "time", "duration",
        "guid", "blob",
    ];
    let names: Vec<String> = kinds
        .iter()
        .flat_map(|kind| {
            let (first, rest) = kind.split_at(1);
            [(*kind).to_owned(), format!("{kind}2"), format!("{}{rest}", first.to_uppercase())]
        })
        .collect();
    let fields: Vec<_> = names.iter().map(|name| (name, field_of(name).unwrap())).collect();
    let field = |property: &str| {
        let (name, (field_type, comparison)) = fields.iter().find(|(name, _)| *name == property)?;
        Some(FieldForm {
            caption: name,
            property: name,
            field_type,
            comparison: *comparison,
            option_captions: &[],
        })
    };
    odata::read_view(text, field, &context())
}

/// The error under the part of the text that it is about.
fn underlined(text: &str, span: couplet_filter::Span, message: &str) -> String {
    let position = span.position(text) as usize;
    let length = (span.length(text) as usize).max(1);
    format!("{message}\n{text}\n{}{}", " ".repeat(position - 1), "^".repeat(length))
}

/// A filter as OData.
#[track_caller]
fn writes(property: &str, text: &str, expected: &Expect) {
    expected.assert_eq(&match written(property, text) {
        Ok(Some(expression)) => expression.to_string(),
        Ok(None) => "everything".to_owned(),
        Err(error) => underlined(text, error.span, &format!("{}: {error}", error.code())),
    });
}

/// OData as a view.
#[track_caller]
fn reads(text: &str, expected: &Expect) {
    expected.assert_eq(&match read_back(text) {
        Ok(conditions) if conditions.is_empty() => "everything".to_owned(),
        Ok(conditions) => {
            let shown = |condition: &ReadCondition| format!("{}: {}", condition.property, condition.filter);
            conditions.iter().map(shown).collect::<Vec<_>>().join("\n")
        }
        Err(error) => underlined(text, error.span, &format!("{}: {error}", error.code())),
    });
}

#[test]
fn texts_are_written() {
    writes("text", "A", &expect!["text eq 'A'"]);
    writes("text", "<>'O''Neil'", &expect!["text ne 'O''Neil'"]);
    writes("text", "''", &expect!["text eq ''"]);
    writes("Text", "''|Co", &expect!["Text eq null or Text eq 'Co'"]);
    writes("text", "@Contoso|@12", &expect!["tolower(text) eq 'contoso' or text eq '12'"]);
    writes("Text", "@Contoso", &expect!["Text eq 'Contoso'"]);
    writes("code", "@abc*", &expect!["startswith(code,'ABC')"]);
    writes(
        "text",
        "Co*&<>*Co&*Co*",
        &expect!["startswith(text,'Co') and not endswith(text,'Co') and contains(text,'Co')"],
    );
    writes("text", "@A*C", &expect!["startswith(tolower(text),'a') and endswith(tolower(text),'c')"]);
    writes("text", "<>A*C", &expect!["not (startswith(text,'A') and endswith(text,'C'))"]);
    writes("text", "A*", &expect!["startswith(text,'A')"]);
    writes(
        "text",
        "AB*BA",
        &expect![[r#"
        odata.pattern: OData has functions only for begins with, ends with and contains
        AB*BA
        ^^^^^"#]],
    );
    writes(
        "text",
        "AB|A?",
        &expect![[r#"
        odata.pattern: OData has functions only for begins with, ends with and contains
        AB|A?
           ^^"#]],
    );
    writes(
        "text",
        "*A*B*",
        &expect![[r#"
        odata.pattern: OData has functions only for begins with, ends with and contains
        *A*B*
        ^^^^^"#]],
    );
    writes("text", "?*", &expect!["text ne ''"]);
    writes("text", "*", &expect!["everything"]);
    writes("text", "A|*", &expect!["everything"]);
    writes("text", "B|<>*", &expect!["text eq 'B'"]);
    writes(
        "text",
        "<>*",
        &expect![[r#"
        odata.nothing-passes: no value passes this condition
        <>*
        ^^^"#]],
    );
    writes("text", "A..B", &expect!["text ge 'A' and text le 'B'"]);
    writes("text", ">@b|>=''", &expect!["everything"]);
    writes("Text", "'50%*'|1_2", &expect!["startswith(Text,'50[%]') or Text eq '1_2'"]);
    writes("text", "", &expect!["everything"]);
    writes(
        "text",
        "(A",
        &expect![[r#"
        filter.unclosed-parenthesis: expected a matching `)`, found end of filter
        (A
        ^"#]],
    );
}

#[test]
fn other_types_are_written() {
    writes("integer", "30|>=10&<=20", &expect!["integer eq 30 or (integer ge 10 and integer le 20)"]);
    writes("integer", "(30|>=10)&<=20", &expect!["(integer eq 30 or integer ge 10) and integer le 20"]);
    writes("decimal", "-1.50..", &expect!["decimal ge -1.5"]);
    writes("boolean", "yes|<>1", &expect!["boolean eq true or boolean ne true"]);
    writes("option", "' '|In Review", &expect!["option eq '_x0020_' or option eq 'In_x0020_Review'"]);
    writes("option", ">Ship", &expect!["option eq 'In_x0020_Review' or option eq '2'"]);
    writes("option", "0..3", &expect!["everything"]);
    writes(
        "option",
        "7",
        &expect![[r#"
        odata.option-without-name: option value `7` has no name of its own
        7
        ^"#]],
    );
    writes(
        "option",
        ">7",
        &expect![[r#"
        odata.nothing-passes: no value passes this condition
        >7
        ^^"#]],
    );
    writes("Option", "' '|Customer|7", &expect!["Option eq null or Option eq 3 or Option eq 7"]);
    writes("Option", ">=Active", &expect!["Option ge 1"]);
    writes("date", "..2026-03-31|''", &expect!["date le 2026-03-31 or date eq 0001-01-01"]);
    writes("Date", "<>''&<2026-03-31", &expect!["Date ne null and Date lt 2026-03-31"]);
    writes(
        "date",
        "2026-03-31|C2026-12-31",
        &expect![[r#"
        odata.closing-date: OData has no closing dates
        2026-03-31|C2026-12-31
                   ^^^^^^^^^^^"#]],
    );
    writes("date", "''..2026-01-31", &expect!["date le 2026-01-31"]);
    writes(
        "datetime",
        "2026-03-15",
        &expect!["datetime ge 2026-03-15T00:00:00Z and datetime le 2026-03-15T23:59:59.999Z"],
    );
    writes("datetime", ">2026-03-15T10:00:00.5Z", &expect!["datetime gt 2026-03-15T10:00:00.5Z"]);
    writes("time", "10:30..12|''", &expect!["(time ge 10:30:00 and time le 12:00:00) or time eq null"]);
    writes("time", ">''", &expect!["time ne null"]);
    writes(
        "duration",
        "0|1d 2h 3m 4s 5ms|-60000",
        &expect![
            "duration eq duration'PT0S' or duration eq duration'P1DT2H3M4.005S' or duration eq duration'-PT1M'"
        ],
    );
    writes(
        "guid",
        "{3F2504E0-4F89-11D3-9A0C-0305E82C3301}|{00000000-0000-0000-0000-000000000000}",
        &expect![
            "guid eq 3f2504e0-4f89-11d3-9a0c-0305e82c3301 or guid eq 00000000-0000-0000-0000-000000000000"
        ],
    );
    writes("Guid", "<>{00000000-0000-0000-0000-000000000000}", &expect!["Guid ne null"]);
    writes(
        "blob",
        "1",
        &expect![[r#"
        filter.unfilterable: expected another field: this type cannot be filtered
        1
        ^"#]],
    );
}

#[test]
fn texts_are_read() {
    reads("text eq 'A'", &expect!["text: A"]);
    reads("text ne 'O''Neil'", &expect!["text: <>'O''Neil'"]);
    reads("text eq ''", &expect!["text: ''"]);
    reads("text eq null", &expect!["text: ''"]);
    reads("'A' lt text", &expect!["text: >A"]);
    reads("tolower(text) eq 'abc'", &expect!["text: '@abc'"]);
    reads("toupper( text ) eq 'ABC'", &expect!["text: '@ABC'"]);
    reads("tolower(text) eq tolower('ABC')", &expect!["text: '@abc'"]);
    reads(
        "tolower(text) eq 'Abc'",
        &expect![[r#"
        odata.case-never-fits: the text has other letters than the function can give
        tolower(text) eq 'Abc'
        ^^^^^^^^^^^^^^^^^^^^^^"#]],
    );
    reads("tolower(Text) eq 'Abc'", &expect!["Text: Abc"]);
    reads("contains(tolower(text),'co') and startswith( text , 'C' )", &expect!["text: '@*co*'&'C*'"]);
    reads("startswith(text,'')", &expect!["text: '*'"]);
    reads("endswith(Text,'50[%]')", &expect!["Text: '*50%'"]);
    reads(
        "endswith(Text,'50%')",
        &expect![[r#"
        odata.service-wildcard: `%` is a wildcard of the service; write `[%]` for the character
        endswith(Text,'50%')
        ^^^^^^^^^^^^^^^^^^^^"#]],
    );
    reads("not (startswith(text,'A') or text eq 'B')", &expect!["text: <>'A*'&<>B"]);
    reads("not not text eq 'A'", &expect!["text: A"]);
    reads("text in ('A','B', 'C d')", &expect!["text: A|B|'C d'"]);
    reads("text ge 'A' and text le 'B*'", &expect!["text: A..'B*'"]);
    reads(
        "text eq 'A*'",
        &expect![[r#"
        odata.wildcard: `*` is a wildcard in filters and cannot be meant literally
        text eq 'A*'
        ^^^^^^^^^^^^"#]],
    );
    reads(
        "text eq '@A'",
        &expect![[r#"
        odata.at-sign: a leading `@` makes a filter ignore case
        text eq '@A'
        ^^^^^^^^^^^^"#]],
    );
    reads("contains(text,'@A')", &expect!["text: '*@A*'"]);
    reads(
        "startswith(text,'@A')",
        &expect![[r#"
        odata.at-sign: a leading `@` makes a filter ignore case
        startswith(text,'@A')
        ^^^^^^^^^^^^^^^^^^^^^"#]],
    );
    reads(
        "Text eq '@A' and code eq '@b'",
        &expect![[r#"
        Text: '@@A'
        code: '@@b'"#]],
    );
    reads("text eq '%me'", &expect!["text: '%me'"]);
    reads(
        "startswith(code,' a')",
        &expect![[r#"
        odata.nothing-passes: no value passes this condition
        startswith(code,' a')
        ^^^^^^^^^^^^^^^^^^^^^"#]],
    );
    reads(
        "code eq 'abcdefghijklmnopqrstuvwxyz'",
        &expect![[r#"
        filter.too-long: expected at most 20 characters, found 26
        code eq 'abcdefghijklmnopqrstuvwxyz'
        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^"#]],
    );
}

#[test]
fn other_types_are_read() {
    reads("integer ge 1 and integer le 5 and integer ne 3", &expect!["integer: 1..5&<>3"]);
    reads(
        "integer eq 5.5",
        &expect![[r#"
        filter.value-of-wrong-type: expected a whole number from -2147483648 to 2147483647, found `5.5`
        integer eq 5.5
        ^^^^^^^^^^^^^^"#]],
    );
    reads(
        "integer eq '5'",
        &expect![[r#"
        odata.wrong-type: expected a whole number from -2147483648 to 2147483647, found `'5'`
        integer eq '5'
        ^^^^^^^^^^^^^^"#]],
    );
    reads("5.50 ge decimal", &expect!["decimal: <=5.5"]);
    reads("boolean", &expect!["boolean: 1"]);
    reads(
        "not boolean and integer eq 1",
        &expect![[r#"
        boolean: <>1
        integer: 1"#]],
    );
    reads(
        "boolean eq 1",
        &expect![[r#"
        odata.wrong-type: expected yes or no, found `1`
        boolean eq 1
        ^^^^^^^^^^^^"#]],
    );
    reads("option eq 'In_x0020_Review' or option eq '_x0020_'", &expect!["option: 'In Review'|' '"]);
    reads("option eq 'in review'", &expect!["option: 'In Review'"]);
    reads("option eq '2'", &expect!["option: 2"]);
    reads(
        "option eq 'Purple'",
        &expect![[r#"
        odata.unknown-option: expected the name of an option, found `Purple`
        option eq 'Purple'
        ^^^^^^^^^^^^^^^^^^"#]],
    );
    reads(
        "option gt 'Ship'",
        &expect![[r#"
        odata.not-ordered: expected `eq` or `ne`: values of this type have no order
        option gt 'Ship'
        ^^^^^^^^^^^^^^^^"#]],
    );
    reads(
        "option eq 1",
        &expect![[r#"
        odata.wrong-type: expected one of ` `, `Ship`, `In Review`, `2`, found `1`
        option eq 1
        ^^^^^^^^^^^"#]],
    );
    reads("Option ge 3 or Option eq null", &expect!["Option: >=Customer|' '"]);
    reads("date eq 2026-03-15 or date eq 0001-01-01", &expect!["date: 2026-03-15|''"]);
    reads(
        "date eq 2026-02-30",
        &expect![[r#"
        odata.malformed-literal: expected a literal or a property, found `2026-02-30`
        date eq 2026-02-30
                ^^^^^^^^^^"#]],
    );
    reads("date eq null", &expect!["date: ''"]);
    reads("datetime ge 2026-03-15T10:00:00+02:00", &expect!["datetime: >=2026-03-15T08:00:00Z"]);
    reads(
        "datetime eq 2026-03-15T10:00:00.0001Z",
        &expect![[r#"
        odata.malformed-literal: expected a literal or a property, found `2026-03-15T10:00:00.0001Z`
        datetime eq 2026-03-15T10:00:00.0001Z
                    ^^^^^^^^^^^^^^^^^^^^^^^^^"#]],
    );
    reads(
        "datetime eq 2026-03-15",
        &expect![[r#"
        odata.wrong-type: expected a date and time, found `2026-03-15`
        datetime eq 2026-03-15
        ^^^^^^^^^^^^^^^^^^^^^^"#]],
    );
    reads("time lt 10:30:00.5 or time eq null", &expect!["time: <10:30:00.500"]);
    reads("duration gt duration'P1DT2H3M4.005S'", &expect!["duration: >93784005"]);
    reads(
        "duration gt duration'P1Y'",
        &expect![[r#"
        odata.malformed-literal: expected a literal or a property, found `P1Y`
        duration gt duration'P1Y'
                    ^^^^^^^^"#]],
    );
    reads(
        "guid eq 3f2504e0-4f89-11d3-9a0c-0305e82c3301",
        &expect!["guid: {3F2504E0-4F89-11D3-9A0C-0305E82C3301}"],
    );
    reads(
        "guid gt 3f2504e0-4f89-11d3-9a0c-0305e82c3301",
        &expect![[r#"
        odata.not-ordered: expected `eq` or `ne`: values of this type have no order
        guid gt 3f2504e0-4f89-11d3-9a0c-0305e82c3301
        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^"#]],
    );
    reads("Guid ne null", &expect!["Guid: <>{00000000-0000-0000-0000-000000000000}"]);
    reads(
        "blob eq 1",
        &expect![[r#"
        odata.wrong-type: expected nothing: the field cannot be filtered, found `1`
        blob eq 1
        ^^^^^^^^^"#]],
    );
}

#[test]
fn null_and_blank() {
    reads("(integer eq 0 or integer eq null)", &expect!["integer: 0"]);
    reads("integer ne 0 and integer ne null", &expect!["integer: <>0"]);
    reads("integer ne 5 or integer eq null", &expect!["integer: <>5"]);
    reads(
        "integer eq null",
        &expect![[r#"
        odata.null-apart: a filter reads null as the blank value and cannot tell them apart
        integer eq null
        ^^^^^^^^^^^^^^^"#]],
    );
    reads(
        "integer gt 5 or integer eq null",
        &expect![[r#"
        odata.null-apart: a filter reads null as the blank value and cannot tell them apart
        integer gt 5 or integer eq null
                        ^^^^^^^^^^^^^^^"#]],
    );
    reads(
        "integer lt null",
        &expect![[r#"
        odata.wrong-type: expected a whole number from -2147483648 to 2147483647, found `null`
        integer lt null
        ^^^^^^^^^^^^^^^"#]],
    );
    reads("Text eq null or Text eq ''", &expect!["Text: ''"]);
    reads("Text ne '12' or Text eq null", &expect!["Text: <>12"]);
    reads("integer eq null or integer ne null", &expect!["everything"]);
    reads(
        "integer eq null and integer ne null",
        &expect![[r#"
        odata.nothing-passes: no value passes this condition
        integer eq null and integer ne null
        ^^^^^^^^^^^^^^^"#]],
    );
}

#[test]
fn several_fields() {
    reads("  ", &expect!["everything"]);
    reads(
        "text eq 'A' and integer eq 1 and text ne 'B'",
        &expect![[r#"
        text: A&<>B
        integer: 1"#]],
    );
    reads(
        "text eq 'A' and (integer eq 1 or integer eq 2)",
        &expect![[r#"
        text: A
        integer: 1|2"#]],
    );
    reads(
        "text eq 'A' and (integer eq 1 or text2 eq 'B')",
        &expect![[r#"
        odata.or-across-fields: a view joins fields by `and` only, found alternatives of `integer` and `text2`
        text eq 'A' and (integer eq 1 or text2 eq 'B')
                                         ^^^^^^^^^^^^"#]],
    );
    reads(
        "not (text eq 'A' or integer eq 1)",
        &expect![[r#"
        text: <>A
        integer: <>1"#]],
    );
    reads(
        "not (text eq 'A' and integer eq 1)",
        &expect![[r#"
        odata.or-across-fields: a view joins fields by `and` only, found alternatives of `text` and `integer`
        not (text eq 'A' and integer eq 1)
                             ^^^^^^^^^^^^"#]],
    );
    reads(
        "text eq 'A' and price eq 1",
        &expect![[r#"
        odata.unknown-property: expected a property of the table, found `price`
        text eq 'A' and price eq 1
                        ^^^^^^^^^^"#]],
    );
}

#[test]
fn what_cannot_be_read() {
    reads(
        "text",
        &expect![[r#"
        odata.wrong-type: expected a text, found `true`
        text
        ^^^^"#]],
    );
    reads(
        "text eq",
        &expect![[r#"
        odata.unexpected: expected a literal, found end of expression
        text eq
               ^"#]],
    );
    reads(
        "text eq 'A",
        &expect![[r#"
        odata.unclosed-quote: expected a closing quote, found end of expression
        text eq 'A
                ^"#]],
    );
    reads(
        "(text eq 'A'",
        &expect![[r#"
        odata.unclosed-parenthesis: expected a matching `)`, found end of expression
        (text eq 'A'
        ^"#]],
    );
    reads(
        "text eq 'A')",
        &expect![[r#"
        odata.unexpected: expected `and`, `or` or the end, found `)`
        text eq 'A')
                   ^"#]],
    );
    reads(
        "text = 'A'",
        &expect![[r#"
        odata.unexpected: expected `eq`, `ne`, `lt`, `le`, `gt`, `ge` or `in`, found `=`
        text = 'A'
             ^"#]],
    );
    reads(
        "text has 'A'",
        &expect![[r#"
        odata.unknown-operator: no filter can express the operator `has`
        text has 'A'
             ^^^"#]],
    );
    reads(
        "text eq text2",
        &expect![[r#"
        odata.unexpected: expected a literal, found `text2`
        text eq text2
                ^^^^^"#]],
    );
    reads(
        "text eq 'A' 'B'",
        &expect![[r#"
        odata.unexpected: expected `and`, `or` or the end, found `'`
        text eq 'A' 'B'
                    ^"#]],
    );
    reads(
        "1 eq 1",
        &expect![[r#"
        odata.unexpected: expected a property, found `a literal`
        1 eq 1
        ^^^^^^"#]],
    );
    reads(
        "length(text) gt 5",
        &expect![[r#"
        odata.unknown-function: no filter can express the function `length`
        length(text) gt 5
        ^^^^^^"#]],
    );
    reads(
        "contains(text)",
        &expect![[r#"
        odata.unexpected: expected `,`, found `)`
        contains(text)
                     ^"#]],
    );
    reads(
        "contains('A',text)",
        &expect![[r#"
        odata.unexpected: expected a property, found `'`
        contains('A',text)
                 ^"#]],
    );
    reads(
        "contains(text,5)",
        &expect![[r#"
        odata.unexpected: expected a text in single quotes, found `5`
        contains(text,5)
                      ^"#]],
    );
    reads(
        "contains(integer,'5')",
        &expect![[r#"
        odata.not-text: expected a text for `contains`
        contains(integer,'5')
        ^^^^^^^^^^^^^^^^^^^^^"#]],
    );
    reads(
        "tolower(integer) eq 5",
        &expect![[r#"
        odata.not-text: expected a text for `tolower`
        tolower(integer) eq 5
        ^^^^^^^^^^^^^^^^^^^^^"#]],
    );
    reads(
        "tolower(toupper(text)) eq 'a'",
        &expect![[r#"
        odata.unexpected: expected a property, found `toupper`
        tolower(toupper(text)) eq 'a'
                ^^^^^^^"#]],
    );
    reads(
        "integer eq 1e5",
        &expect![[r#"
        odata.malformed-literal: expected a literal or a property, found `1e5`
        integer eq 1e5
                   ^^^"#]],
    );
    reads(
        "integer add 1 eq 5",
        &expect![[r#"
        odata.unknown-operator: no filter can express the operator `add`
        integer add 1 eq 5
                ^^^"#]],
    );
    reads(
        "text in ()",
        &expect![[r#"
        odata.unexpected: expected a literal, found `)`
        text in ()
                 ^"#]],
    );
    reads(
        "text in ('A';'B')",
        &expect![[r#"
        odata.unexpected: expected `,` or `)`, found `;`
        text in ('A';'B')
                    ^"#]],
    );
    reads(
        "and",
        &expect![[r#"
            odata.malformed-literal: expected a literal or a property, found `and`
            and
            ^^^"#]],
    );
    reads(
        "text eq Microsoft.NAV.x'A'",
        &expect![[r#"
        odata.malformed-literal: expected a literal or a property, found `Microsoft.NAV.x`
        text eq Microsoft.NAV.x'A'
                ^^^^^^^^^^^^^^^"#]],
    );
    reads(
        "items/any(i:i/price gt 5)",
        &expect![[r#"
        odata.unknown-function: no filter can express the function `items/any`
        items/any(i:i/price gt 5)
        ^^^^^^^^^"#]],
    );
    reads(
        "text eq 'é' and née eq",
        &expect![[r#"
        odata.unexpected: expected a literal, found end of expression
        text eq 'é' and née eq
                              ^"#]],
    );
}
