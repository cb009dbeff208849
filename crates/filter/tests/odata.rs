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

/// An error with its place and the part of the text that it is about.
fn placed(text: &str, span: couplet_filter::Span, error: &dyn std::fmt::Display) -> String {
    format!("{error} at {} `{}`", span.position(text), span.slice(text))
}

/// Filters, each with its OData.
#[track_caller]
fn writes(filters: &[(&str, &str)], expected: &Expect) {
    let lines = filters.iter().map(|(property, text)| match written(property, text) {
        Ok(Some(expression)) => format!("{text} => {expression}"),
        Ok(None) => format!("{text} => everything"),
        Err(error) => format!("{text} => {}: {}", error.code(), placed(text, error.span, &error)),
    });
    expected.assert_eq(&lines.collect::<Vec<_>>().join("\n"));
}

/// OData expressions, each with its view.
#[track_caller]
fn reads(expressions: &[&str], expected: &Expect) {
    let shown = |condition: &ReadCondition| format!("{}: {}", condition.property, condition.filter);
    let lines = expressions.iter().map(|text| match read_back(text) {
        Ok(conditions) if conditions.is_empty() => format!("{text} => everything"),
        Ok(conditions) => {
            format!("{text} => {}", conditions.iter().map(shown).collect::<Vec<_>>().join("; "))
        }
        Err(error) => format!("{text} => {}: {}", error.code(), placed(text, error.span, &error)),
    });
    expected.assert_eq(&lines.collect::<Vec<_>>().join("\n"));
}

#[test]
fn texts_are_written() {
    writes(
        &[
            ("text", "A"),
            ("text", "<>'O''Neil'"),
            ("text", "''"),
            ("Text", "''|Co"),
            ("text", "@Contoso|@12"),
            ("Text", "@Contoso"),
            ("code", "@abc*"),
            ("text", "Co*&<>*Co&*Co*"),
            ("text", "@A*C"),
            ("text", "<>A*C"),
            ("text", "A*"),
            ("text", "AB*BA"),
            ("text", "AB|A?"),
            ("text", "*A*B*"),
            ("text", "?*"),
            ("text", "*"),
            ("text", "A|*"),
            ("text", "B|<>*"),
            ("text", "<>*"),
            ("text", "A..B"),
            ("text", ">@b|>=''"),
            ("Text", "'50%*'|1_2"),
            ("text", ""),
            ("text", "(A"),
        ],
        &expect![[r#"
            A => text eq 'A'
            <>'O''Neil' => text ne 'O''Neil'
            '' => text eq ''
            ''|Co => Text eq null or Text eq 'Co'
            @Contoso|@12 => tolower(text) eq 'contoso' or text eq '12'
            @Contoso => Text eq 'Contoso'
            @abc* => startswith(code,'ABC')
            Co*&<>*Co&*Co* => startswith(text,'Co') and not endswith(text,'Co') and contains(text,'Co')
            @A*C => startswith(tolower(text),'a') and endswith(tolower(text),'c')
            <>A*C => not (startswith(text,'A') and endswith(text,'C'))
            A* => startswith(text,'A')
            AB*BA => odata.pattern: OData has functions only for begins with, ends with and contains at 1 `AB*BA`
            AB|A? => odata.pattern: OData has functions only for begins with, ends with and contains at 4 `A?`
            *A*B* => odata.pattern: OData has functions only for begins with, ends with and contains at 1 `*A*B*`
            ?* => text ne ''
            * => everything
            A|* => everything
            B|<>* => text eq 'B'
            <>* => odata.nothing-passes: no value passes this condition at 1 `<>*`
            A..B => text ge 'A' and text le 'B'
            >@b|>='' => everything
            '50%*'|1_2 => startswith(Text,'50[%]') or Text eq '1_2'
             => everything
            (A => filter.unclosed-parenthesis: expected a matching `)`, found end of filter at 1 `(`"#]],
    );
}

#[test]
fn other_types_are_written() {
    writes(
        &[
            ("integer", "30|>=10&<=20"),
            ("integer", "(30|>=10)&<=20"),
            ("decimal", "-1.50.."),
            ("boolean", "yes|<>1"),
            ("option", "' '|In Review"),
            ("option", ">Ship"),
            ("option", "0..3"),
            ("option", "7"),
            ("option", ">7"),
            ("Option", "' '|Customer|7"),
            ("Option", ">=Active"),
            ("date", "..2026-03-31|''"),
            ("Date", "<>''&<2026-03-31"),
            ("date", "2026-03-31|C2026-12-31"),
            ("date", "''..2026-01-31"),
            ("datetime", "2026-03-15"),
            ("datetime", ">2026-03-15T10:00:00.5Z"),
            ("time", "10:30..12|''"),
            ("time", ">''"),
            ("duration", "0|1d 2h 3m 4s 5ms|-60000"),
            ("guid", "{3F2504E0-4F89-11D3-9A0C-0305E82C3301}|{00000000-0000-0000-0000-000000000000}"),
            ("Guid", "<>{00000000-0000-0000-0000-000000000000}"),
            ("blob", "1"),
        ],
        &expect![[r#"
            30|>=10&<=20 => integer eq 30 or (integer ge 10 and integer le 20)
            (30|>=10)&<=20 => (integer eq 30 or integer ge 10) and integer le 20
            -1.50.. => decimal ge -1.5
            yes|<>1 => boolean eq true or boolean ne true
            ' '|In Review => option eq '_x0020_' or option eq 'In_x0020_Review'
            >Ship => option eq 'In_x0020_Review' or option eq '2'
            0..3 => everything
            7 => odata.option-without-name: option value `7` has no name of its own at 1 `7`
            >7 => odata.nothing-passes: no value passes this condition at 1 `>7`
            ' '|Customer|7 => Option eq null or Option eq 3 or Option eq 7
            >=Active => Option ge 1
            ..2026-03-31|'' => date le 2026-03-31 or date eq 0001-01-01
            <>''&<2026-03-31 => Date ne null and Date lt 2026-03-31
            2026-03-31|C2026-12-31 => odata.closing-date: OData has no closing dates at 12 `C2026-12-31`
            ''..2026-01-31 => date le 2026-01-31
            2026-03-15 => datetime ge 2026-03-15T00:00:00Z and datetime le 2026-03-15T23:59:59.999Z
            >2026-03-15T10:00:00.5Z => datetime gt 2026-03-15T10:00:00.5Z
            10:30..12|'' => (time ge 10:30:00 and time le 12:00:00) or time eq null
            >'' => time ne null
            0|1d 2h 3m 4s 5ms|-60000 => duration eq duration'PT0S' or duration eq duration'P1DT2H3M4.005S' or duration eq duration'-PT1M'
            {3F2504E0-4F89-11D3-9A0C-0305E82C3301}|{00000000-0000-0000-0000-000000000000} => guid eq 3f2504e0-4f89-11d3-9a0c-0305e82c3301 or guid eq 00000000-0000-0000-0000-000000000000
            <>{00000000-0000-0000-0000-000000000000} => Guid ne null
            1 => filter.unfilterable: expected another field: this type cannot be filtered at 1 `1`"#]],
    );
}

#[test]
fn texts_are_read() {
    reads(
        &[
            "text eq 'A'",
            "text ne 'O''Neil'",
            "text eq ''",
            "text eq null",
            "'A' lt text",
            "tolower(text) eq 'abc'",
            "toupper( text ) eq 'ABC'",
            "tolower(text) eq tolower('ABC')",
            "tolower(text) eq 'Abc'",
            "tolower(Text) eq 'Abc'",
            "contains(tolower(text),'co') and startswith( text , 'C' )",
            "startswith(text,'')",
            "endswith(Text,'50[%]')",
            "endswith(Text,'50%')",
            "not (startswith(text,'A') or text eq 'B')",
            "not not text eq 'A'",
            "text in ('A','B', 'C d')",
            "text ge 'A' and text le 'B*'",
            "text eq 'A*'",
            "text eq '@A'",
            "contains(text,'@A')",
            "startswith(text,'@A')",
            "Text eq '@A' and code eq '@b'",
            "text eq '%me'",
            "startswith(code,' a')",
            "code eq 'abcdefghijklmnopqrstuvwxyz'",
        ],
        &expect![[r#"
            text eq 'A' => text: A
            text ne 'O''Neil' => text: <>'O''Neil'
            text eq '' => text: ''
            text eq null => text: ''
            'A' lt text => text: >A
            tolower(text) eq 'abc' => text: '@abc'
            toupper( text ) eq 'ABC' => text: '@ABC'
            tolower(text) eq tolower('ABC') => text: '@abc'
            tolower(text) eq 'Abc' => odata.case-never-fits: the text has other letters than the function can give at 1 `tolower(text) eq 'Abc'`
            tolower(Text) eq 'Abc' => Text: Abc
            contains(tolower(text),'co') and startswith( text , 'C' ) => text: '@*co*'&'C*'
            startswith(text,'') => text: '*'
            endswith(Text,'50[%]') => Text: '*50%'
            endswith(Text,'50%') => odata.service-wildcard: `%` is a wildcard of the service; write `[%]` for the character at 1 `endswith(Text,'50%')`
            not (startswith(text,'A') or text eq 'B') => text: <>'A*'&<>B
            not not text eq 'A' => text: A
            text in ('A','B', 'C d') => text: A|B|'C d'
            text ge 'A' and text le 'B*' => text: A..'B*'
            text eq 'A*' => odata.wildcard: `*` is a wildcard in filters and cannot be meant literally at 1 `text eq 'A*'`
            text eq '@A' => odata.at-sign: a leading `@` makes a filter ignore case at 1 `text eq '@A'`
            contains(text,'@A') => text: '*@A*'
            startswith(text,'@A') => odata.at-sign: a leading `@` makes a filter ignore case at 1 `startswith(text,'@A')`
            Text eq '@A' and code eq '@b' => Text: '@@A'; code: '@@b'
            text eq '%me' => text: '%me'
            startswith(code,' a') => odata.nothing-passes: no value passes this condition at 1 `startswith(code,' a')`
            code eq 'abcdefghijklmnopqrstuvwxyz' => filter.too-long: expected at most 20 characters, found 26 at 1 `code eq 'abcdefghijklmnopqrstuvwxyz'`"#]],
    );
}

#[test]
fn other_types_are_read() {
    reads(
        &[
            "integer ge 1 and integer le 5 and integer ne 3",
            "integer eq 5.5",
            "integer eq '5'",
            "5.50 ge decimal",
            "boolean",
            "not boolean and integer eq 1",
            "boolean eq 1",
            "option eq 'In_x0020_Review' or option eq '_x0020_'",
            "option eq 'in review'",
            "option eq '2'",
            "option eq 'Purple'",
            "option gt 'Ship'",
            "option eq 1",
            "Option ge 3 or Option eq null",
            "date eq 2026-03-15 or date eq 0001-01-01",
            "date eq 2026-02-30",
            "date eq null",
            "datetime ge 2026-03-15T10:00:00+02:00",
            "datetime eq 2026-03-15T10:00:00.0001Z",
            "datetime eq 2026-03-15",
            "time lt 10:30:00.5 or time eq null",
            "duration gt duration'P1DT2H3M4.005S'",
            "guid eq 3f2504e0-4f89-11d3-9a0c-0305e82c3301",
            "guid gt 3f2504e0-4f89-11d3-9a0c-0305e82c3301",
            "Guid ne null",
            "blob eq 1",
        ],
        &expect![[r#"
            integer ge 1 and integer le 5 and integer ne 3 => integer: 1..5&<>3
            integer eq 5.5 => filter.value-of-wrong-type: expected a whole number from -2147483648 to 2147483647, found `5.5` at 1 `integer eq 5.5`
            integer eq '5' => odata.wrong-type: expected a whole number from -2147483648 to 2147483647, found `'5'` at 1 `integer eq '5'`
            5.50 ge decimal => decimal: <=5.5
            boolean => boolean: 1
            not boolean and integer eq 1 => boolean: <>1; integer: 1
            boolean eq 1 => odata.wrong-type: expected yes or no, found `1` at 1 `boolean eq 1`
            option eq 'In_x0020_Review' or option eq '_x0020_' => option: 'In Review'|' '
            option eq 'in review' => option: 'In Review'
            option eq '2' => option: 2
            option eq 'Purple' => odata.unknown-option: expected the name of an option, found `Purple` at 1 `option eq 'Purple'`
            option gt 'Ship' => odata.not-ordered: expected `eq` or `ne`: values of this type have no order at 1 `option gt 'Ship'`
            option eq 1 => odata.wrong-type: expected one of ` `, `Ship`, `In Review`, `2`, found `1` at 1 `option eq 1`
            Option ge 3 or Option eq null => Option: >=Customer|' '
            date eq 2026-03-15 or date eq 0001-01-01 => date: 2026-03-15|''
            date eq 2026-02-30 => odata.malformed-literal: expected a literal or a property, found `2026-02-30` at 9 `2026-02-30`
            date eq null => date: ''
            datetime ge 2026-03-15T10:00:00+02:00 => datetime: >=2026-03-15T08:00:00Z
            datetime eq 2026-03-15T10:00:00.0001Z => odata.malformed-literal: expected a literal or a property, found `2026-03-15T10:00:00.0001Z` at 13 `2026-03-15T10:00:00.0001Z`
            datetime eq 2026-03-15 => odata.wrong-type: expected a date and time, found `2026-03-15` at 1 `datetime eq 2026-03-15`
            time lt 10:30:00.5 or time eq null => time: <10:30:00.500
            duration gt duration'P1DT2H3M4.005S' => duration: >93784005
            guid eq 3f2504e0-4f89-11d3-9a0c-0305e82c3301 => guid: {3F2504E0-4F89-11D3-9A0C-0305E82C3301}
            guid gt 3f2504e0-4f89-11d3-9a0c-0305e82c3301 => odata.not-ordered: expected `eq` or `ne`: values of this type have no order at 1 `guid gt 3f2504e0-4f89-11d3-9a0c-0305e82c3301`
            Guid ne null => Guid: <>{00000000-0000-0000-0000-000000000000}
            blob eq 1 => odata.wrong-type: expected nothing: the field cannot be filtered, found `1` at 1 `blob eq 1`"#]],
    );
}

#[test]
fn null_and_blank() {
    reads(
        &[
            "(integer eq 0 or integer eq null)",
            "integer ne 0 and integer ne null",
            "integer ne 5 or integer eq null",
            "integer eq null",
            "integer gt 5 or integer eq null",
            "integer lt null",
            "Text eq null or Text eq ''",
            "Text ne '12' or Text eq null",
            "integer eq null or integer ne null",
            "integer eq null and integer ne null",
        ],
        &expect![[r#"
            (integer eq 0 or integer eq null) => integer: 0
            integer ne 0 and integer ne null => integer: <>0
            integer ne 5 or integer eq null => integer: <>5
            integer eq null => odata.null-apart: a filter reads null as the blank value and cannot tell them apart at 1 `integer eq null`
            integer gt 5 or integer eq null => odata.null-apart: a filter reads null as the blank value and cannot tell them apart at 17 `integer eq null`
            integer lt null => odata.wrong-type: expected a whole number from -2147483648 to 2147483647, found `null` at 1 `integer lt null`
            Text eq null or Text eq '' => Text: ''
            Text ne '12' or Text eq null => Text: <>12
            integer eq null or integer ne null => everything
            integer eq null and integer ne null => odata.nothing-passes: no value passes this condition at 1 `integer eq null`"#]],
    );
}

#[test]
fn several_fields() {
    reads(
        &[
            "  ",
            "text eq 'A' and integer eq 1 and text ne 'B'",
            "text eq 'A' and (integer eq 1 or integer eq 2)",
            "text eq 'A' and (integer eq 1 or text2 eq 'B')",
            "not (text eq 'A' or integer eq 1)",
            "not (text eq 'A' and integer eq 1)",
            "text eq 'A' and price eq 1",
        ],
        &expect![[r#"
               => everything
            text eq 'A' and integer eq 1 and text ne 'B' => text: A&<>B; integer: 1
            text eq 'A' and (integer eq 1 or integer eq 2) => text: A; integer: 1|2
            text eq 'A' and (integer eq 1 or text2 eq 'B') => odata.or-across-fields: a view joins fields by `and` only, found alternatives of `integer` and `text2` at 34 `text2 eq 'B'`
            not (text eq 'A' or integer eq 1) => text: <>A; integer: <>1
            not (text eq 'A' and integer eq 1) => odata.or-across-fields: a view joins fields by `and` only, found alternatives of `text` and `integer` at 22 `integer eq 1`
            text eq 'A' and price eq 1 => odata.unknown-property: expected a property of the table, found `price` at 17 `price eq 1`"#]],
    );
}

#[test]
fn what_cannot_be_read() {
    reads(
        &[
            "text",
            "text eq",
            "text eq 'A",
            "(text eq 'A'",
            "text eq 'A')",
            "text = 'A'",
            "text has 'A'",
            "text eq text2",
            "text eq 'A' 'B'",
            "1 eq 1",
            "length(text) gt 5",
            "contains(text)",
            "contains('A',text)",
            "contains(text,5)",
            "contains(integer,'5')",
            "tolower(integer) eq 5",
            "tolower(toupper(text)) eq 'a'",
            "integer eq 1e5",
            "integer add 1 eq 5",
            "text in ()",
            "text in ('A';'B')",
            "and",
            "text eq Microsoft.NAV.x'A'",
            "items/any(i:i/price gt 5)",
            "text eq 'é' and née eq",
        ],
        &expect![[r#"
            text => odata.wrong-type: expected a text, found `true` at 1 `text`
            text eq => odata.unexpected: expected a literal, found end of expression at 8 ``
            text eq 'A => odata.unclosed-quote: expected a closing quote, found end of expression at 9 `'`
            (text eq 'A' => odata.unclosed-parenthesis: expected a matching `)`, found end of expression at 1 `(`
            text eq 'A') => odata.unexpected: expected `and`, `or` or the end, found `)` at 12 `)`
            text = 'A' => odata.unexpected: expected `eq`, `ne`, `lt`, `le`, `gt`, `ge` or `in`, found `=` at 6 `=`
            text has 'A' => odata.unknown-operator: no filter can express the operator `has` at 6 `has`
            text eq text2 => odata.unexpected: expected a literal, found `text2` at 9 `text2`
            text eq 'A' 'B' => odata.unexpected: expected `and`, `or` or the end, found `'` at 13 `'`
            1 eq 1 => odata.unexpected: expected a property, found `1` at 6 `1`
            length(text) gt 5 => odata.unknown-function: no filter can express the function `length` at 1 `length`
            contains(text) => odata.unexpected: expected `,`, found `)` at 14 `)`
            contains('A',text) => odata.unexpected: expected a property, found `'` at 10 `'`
            contains(text,5) => odata.unexpected: expected a text in single quotes, found `5` at 15 `5`
            contains(integer,'5') => odata.not-text: expected a text for `contains` at 1 `contains(integer,'5')`
            tolower(integer) eq 5 => odata.not-text: expected a text for `tolower` at 1 `tolower(integer) eq 5`
            tolower(toupper(text)) eq 'a' => odata.unexpected: expected a property, found `toupper` at 9 `toupper`
            integer eq 1e5 => odata.malformed-literal: expected a literal or a property, found `1e5` at 12 `1e5`
            integer add 1 eq 5 => odata.unknown-operator: no filter can express the operator `add` at 9 `add`
            text in () => odata.unexpected: expected a literal, found `)` at 10 `)`
            text in ('A';'B') => odata.unexpected: expected `,` or `)`, found `;` at 13 `;`
            and => odata.malformed-literal: expected a literal or a property, found `and` at 1 `and`
            text eq Microsoft.NAV.x'A' => odata.malformed-literal: expected a literal or a property, found `Microsoft.NAV.x` at 9 `Microsoft.NAV.x`
            items/any(i:i/price gt 5) => odata.unknown-function: no filter can express the function `items/any` at 1 `items/any`
            text eq 'é' and née eq => odata.unexpected: expected a literal, found end of expression at 23 ``"#]],
    );
}

#[test]
fn moments_at_the_edges_of_the_calendar_are_read_exactly_or_refused() {
    let read = |text: &str| read_back(text).map(|all| all.first().map(|read| read.filter.to_string()));
    for (offset, utc) in [
        ("9999-12-31T23:59:59+00:00", "9999-12-31T23:59:59Z"),
        ("9999-12-31T23:59:59.5+02:00", "9999-12-31T21:59:59.5Z"),
        ("9999-12-31T20:00:00-03:30", "9999-12-31T23:30:00Z"),
    ] {
        assert_eq!(read(&format!("datetime le {offset}")), read(&format!("datetime le {utc}")));
        assert!(read(&format!("datetime le {utc}")).is_ok(), "{utc}");
    }
    // Second 60 is not one of OData's; neither is a day of the year 10000, or an offset of a day.
    for refused in [
        "datetime le 2016-12-31T23:59:60Z",
        "datetime le 2016-12-31T23:59:60.5+01:00",
        "time le 23:59:60",
        "datetime le 9999-12-31T23:59:59-01:00",
        "datetime le 9999-12-31T23:59:59+24:00",
        "datetime le 9999-12-31T23:59:59+1:00",
    ] {
        let error = read_back(refused).unwrap_err();
        assert_eq!(error.span.slice(refused), refused.rsplit(' ').next().unwrap(), "{}", error.code());
    }
}
