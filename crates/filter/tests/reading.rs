//! Syntax: the tree that is read, the places of errors, and what the lenient reader keeps.

use couplet_filter::{
    ExpectedPart, Filter, Node, Span, SyntaxError, TermKind, expected_at, parse, parse_lenient, quote_value,
};
use expect_test::{Expect, expect};

/// The tree with brackets, and each error under the text it is about.
fn render(text: &str, filter: &Filter, errors: &[SyntaxError]) -> String {
    let mut lines = vec![filter.root().map_or_else(|| "empty".to_owned(), |root| tree(root, text))];
    for error in errors {
        let position = error.span.position(text) as usize;
        let length = (error.span.length(text) as usize).max(1);
        lines.push(format!("{}: {error}", error.code()));
        lines.push(text.to_owned());
        lines.push(format!("{}{}", " ".repeat(position - 1), "^".repeat(length)));
    }
    lines.join("\n")
}

fn tree(node: &Node, text: &str) -> String {
    let all = |parts: &[Node]| parts.iter().map(|part| tree(part, text)).collect::<Vec<_>>().join(" ");
    match node {
        Node::Any(parts) => format!("any[{}]", all(parts)),
        Node::All(parts) => format!("all[{}]", all(parts)),
        Node::Unreadable(span) => format!("unreadable<{}>", span.slice(text)),
        Node::Term(term) => match &term.kind {
            TermKind::Value(value) => format!("{:?}", value.text),
            TermKind::Compare(operator, value) => format!("{}{:?}", operator.symbol(), value.text),
            TermKind::Interval(from, to) => {
                let bound = |bound: &Option<couplet_filter::Literal>| {
                    bound.as_ref().map_or_else(|| "_".to_owned(), |value| format!("{:?}", value.text))
                };
                format!("{}..{}", bound(from), bound(to))
            }
        },
    }
}

#[track_caller]
fn check(text: &str, expected: &Expect) {
    let (filter, errors) = parse_lenient(text);
    expected.assert_eq(&render(text, &filter, &errors));
    assert_eq!(parse(text).err(), errors.into_iter().next(), "the strict reader gives the first error");
}

#[test]
fn precedence() {
    check("30|>=10&<=20", &expect![[r#"any["30" all[>="10" <="20"]]"#]]);
    check("(30|>=10)&<=20", &expect![[r#"all[any["30" >="10"] <="20"]"#]]);
    check("<>A|B", &expect![[r#"any[<>"A" "B"]"#]]);
    check("((a|(b|c))|d&(e&f))", &expect![[r#"any["a" "b" "c" all["d" "e" "f"]]"#]]);
}

#[test]
fn spaces() {
    check("  ", &expect!["empty"]);
    check(" a b | c\u{a0}&\t<> d ", &expect![[r#"any["a b" all["c" <>"d"]]"#]]);
    check("' a '..b ", &expect![[r#"" a ".."b""#]]);
}

#[test]
fn values() {
    check("O''Neil|'a''b'|''|''''", &expect![[r#"any["O'Neil" "a'b" "" "'"]"#]]);
    check("a=b|c<d|*.jpg|Ltd.", &expect![[r#"any["a=b" "c<d" "*.jpg" "Ltd."]"#]]);
    check("A...B", &expect![[r#""A"..".B""#]]);
    check("..5|5..|1..5", &expect![[r#"any[_.."5" "5".._ "1".."5"]"#]]);
}

#[test]
fn missing_values() {
    check(
        "1|",
        &expect![[r#"
        any["1" unreadable<>]
        filter.missing-value: expected a value, found end of filter
        1|
          ^"#]],
    );
    check(
        "é||2",
        &expect![[r#"
        any["é" unreadable<> "2"]
        filter.missing-value: expected a value, found `|`
        é||2
          ^"#]],
    );
    check(
        ">..5",
        &expect![[r#"
        unreadable<>..5>
        filter.missing-value: expected a value, found `..`
        >..5
         ^^"#]],
    );
    check(
        "..",
        &expect![[r#"
        unreadable<..>
        filter.empty-range: expected a value on at least one side of `..`
        ..
          ^"#]],
    );
}

#[test]
fn parentheses() {
    check(
        "((1|2)",
        &expect![[r#"
            all[any["1" "2"] unreadable<(>]
            filter.unclosed-parenthesis: expected a matching `)`, found end of filter
            ((1|2)
            ^"#]],
    );
    check(
        "1|2)|3",
        &expect![[r#"
        any["1" all["2" unreadable<)>] "3"]
        filter.unopened-parenthesis: expected end of filter, `|` or `&`, found `)`
        1|2)|3
           ^"#]],
    );
    check(
        "Expenses (2025)|b",
        &expect![[r#"
            any[all["Expenses" unreadable<(2025)>] "b"]
            filter.parenthesis-in-value: expected an operator or the end, found `(`; enclose the value in single quotes
            Expenses (2025)|b
                     ^"#]],
    );
}

#[test]
fn quotes_and_operators() {
    check(
        "A|'bc",
        &expect![[r#"
        any["A" unreadable<'bc>]
        filter.unclosed-quote: expected a closing quote, found end of filter
        A|'bc
          ^"#]],
    );
    check(
        "O'Neil",
        &expect![[r#"
        unreadable<O'Neil>
        filter.unclosed-quote: expected a closing quote, found end of filter
        O'Neil
         ^"#]],
    );
    check(
        "'a'b|1..2..3",
        &expect![[r#"
            any[all["a" unreadable<b>] all["1".."2" unreadable<..3>]]
            filter.missing-operator: expected an operator, found `b`
            'a'b|1..2..3
               ^
            filter.unexpected-interval: expected an operator, found `..`
            'a'b|1..2..3
                     ^^"#]],
    );
}

#[test]
fn printing_keeps_meaning() {
    let print = |text| parse(text).unwrap().to_string();
    assert_eq!(print(" ( 30 | ( >= 10 & <= 20 ) ) "), "30|>=10&<=20");
    assert_eq!(print("(A|B)&(<>C)"), "(A|B)&<>C");
    assert_eq!(print("'abc'|'a b'|''|'%me'|%me|O''Neil"), "abc|'a b'|''|'%me'|%me|O''Neil");
    assert_eq!(print("A. ..B"), "'A.'..B");
    assert_eq!(print("A...B"), "A...B");
    assert_eq!(print("*Co*|Return Order|1.5..2.5"), "*Co*|Return Order|1.5..2.5");
    assert_eq!(print("   "), "");
}

#[test]
fn quoting_of_values() {
    for bare in ["10000", "ABC-1", "Draft", "é"] {
        assert_eq!(quote_value(bare), bare);
    }
    for symbol in [" ", "&", "|", "(", ")", "*", "@", "<", ">", "=", ".", "!", "?"] {
        assert_eq!(quote_value(&format!("a{symbol}b")), format!("'a{symbol}b'"));
    }
    assert_eq!(quote_value(""), "''");
    assert_eq!(quote_value("O'Neil"), "'O''Neil'");
    assert_eq!(quote_value("%me"), "'%me'");
}

#[test]
fn positions_count_characters() {
    let span = Span { start: 3, end: 5 };
    assert_eq!((span.position("é|é"), span.length("é|é")), (3, 1));
}

#[test]
fn nesting_has_a_stated_limit() {
    let nested = |n_open: usize| format!("{}1{}", "(".repeat(n_open), ")".repeat(n_open));
    assert_eq!(parse(&nested(100)).unwrap().to_string(), "1");
    let error = parse(&nested(101)).unwrap_err();
    assert_eq!((error.code(), error.span.position(&nested(101))), ("filter.too-deep", 101));
}

#[test]
fn large_filters_are_read_or_refused() {
    let megabyte = 1_000_000;
    let many = vec!["'A B'"; megabyte / 6].join("|");
    assert_eq!(parse(&many).unwrap().to_string(), many);
    for part in ["(", ")", "|", "&", "'", "..", "((1|", "@", "a(", "<>", "''", "*"] {
        let text = part.repeat(megabyte / part.len());
        let (_, errors) = parse_lenient(&text);
        assert_eq!(parse(&text).err(), errors.into_iter().next(), "{part}");
    }
    let deep = format!("{}2{}", "(1|".repeat(80), ")|3".repeat(80));
    let wide = format!("({})&{deep}", vec!["7"; megabyte / 2].join("|"));
    assert_eq!(parse(&wide).unwrap().span().end as usize, wide.len());
}

/// `^` marks the cursor.
#[track_caller]
fn check_expected(marked: &str, part: ExpectedPart, typed: &str, replaced: &str) {
    let cursor = marked.find('^').unwrap();
    let text = marked.replacen('^', "", 1);
    let expectation = expected_at(&text, cursor);
    assert_eq!(
        (expectation.part, expectation.typed.as_str(), expectation.span.slice(&text)),
        (part, typed, replaced)
    );
}

#[test]
fn what_may_stand_at_the_cursor() {
    use ExpectedPart::{Operator, Term, Value};
    check_expected("^", Term, "", "");
    check_expected("Dr^aft", Term, "Dr", "Dr");
    check_expected("a|^", Term, "", "");
    check_expected("a|(b&^", Term, "", "");
    check_expected("a|(b&Dr^", Term, "Dr", "Dr");
    check_expected("<>^", Value, "", "");
    check_expected(">= Dr^", Value, "Dr", "Dr");
    check_expected("a..^", Value, "", "");
    check_expected("a..é^x", Value, "é", "é");
    check_expected("<>'G/L A^", Value, "G/L A", "'G/L A");
    check_expected("'O''N^", Term, "O'N", "'O''N");
    check_expected("'abc'^", Operator, "", "");
    check_expected("(a|b)^", Operator, "", "");
    check_expected("abc ^", Operator, "", "");
}
