//! Each kind of rule on real texts, and how chains end.

use super::*;

#[track_caller]
fn check(transformation: Transformation, cases: &[(&str, &str)]) {
    let mut rules = TransformationRules::standard();
    rules.insert("RULE", TransformationRule { transformation, next: None });
    for (text, expected) in cases {
        assert_eq!(rules.apply("RULE", text).as_deref(), Ok(*expected), "{text}");
    }
}

#[track_caller]
fn check_fails(transformation: Transformation, text: &str, code: &str) {
    let mut rules = TransformationRules::standard();
    rules.insert("RULE", TransformationRule { transformation, next: None });
    assert_eq!(rules.apply("RULE", text).unwrap_err().code(), code, "{text}");
}

#[test]
fn letters_and_spaces() {
    check(Transformation::Uppercase, &[("Straße", "STRASSE"), ("", "")]);
    check(Transformation::Lowercase, &[("ÉLOÏSE", "éloïse")]);
    check(Transformation::TitleCase, &[("jean-luc DUPONT", "Jean-Luc Dupont"), ("o'neil's", "O'neil's")]);
    check(Transformation::Trim, &[("  a b ", "a b")]);
    check(Transformation::RemoveNonAlphanumeric, &[("+33 (0)1-23", "330123"), ("Zoë!", "Zoë")]);
}

#[test]
fn parts_of_a_text() {
    let at = |start, length| Transformation::Substring(Substring::At { start, length });
    check(at(1, Some(3)), &[("Éloïse", "Élo"), ("ab", "ab")]);
    check(at(4, None), &[("Éloïse", "ïse"), ("abc", "")]);
    check(at(9, Some(1)), &[("abc", "")]);
    let between = |after: &str, before: &str| {
        Transformation::Substring(Substring::Between { after: after.into(), before: before.into() })
    };
    check(between("(", ")"), &[("Adatum (BE) SA", "BE"), ("none", "")]);
    check(between("@", ""), &[("info@contoso.com", "contoso.com")]);
}

#[test]
fn replacing() {
    let replace = Transformation::Replace { find: "GmbH".into(), with: "Ltd".into() };
    check(replace, &[("A GmbH, B GmbH", "A Ltd, B Ltd"), ("gmbh", "gmbh")]);
    check(Transformation::Replace { find: String::new(), with: "x".into() }, &[("ab", "ab")]);
    let pattern = Pattern::new(r"(\d+)-(\d+)").unwrap();
    let swap = Transformation::RegularExpressionReplace { pattern: pattern.clone(), with: "$2/$1".into() };
    check(swap, &[("12-34 and 5-6", "34/12 and 6/5")]);
    check(Transformation::RegularExpressionMatch { pattern }, &[("no 12-34", "12-34"), ("none", "")]);
    assert_eq!(Pattern::new("(").unwrap_err().code(), "transformation.pattern");
}

#[test]
fn dates_and_numbers() {
    check(
        Transformation::DateFormatting(DateOrder::DayMonthYear),
        &[("31/12/2026", "2026-12-31"), ("01.02.2026", "2026-02-01"), ("31122026", "2026-12-31"), ("", "")],
    );
    check(Transformation::DateFormatting(DateOrder::MonthDayYear), &[("12/31/2026", "2026-12-31")]);
    check(Transformation::DateFormatting(DateOrder::YearMonthDay), &[("20261231", "2026-12-31")]);
    check_fails(
        Transformation::DateFormatting(DateOrder::MonthDayYear),
        "31/12/2026",
        "transformation.unreadable",
    );
    check(
        Transformation::DateTimeFormatting(DateOrder::MonthDayYear),
        &[("12/31/2026 1:05 PM", "2026-12-31T13:05:00Z"), ("12/31/2026 12:00 AM", "2026-12-31T00:00:00Z")],
    );
    check_fails(
        Transformation::DateTimeFormatting(DateOrder::YearMonthDay),
        "2026-12-31 25:00",
        "transformation.unreadable",
    );
    check(
        Transformation::DecimalFormatting(DecimalSeparator::Comma),
        &[("1.234,50", "1234.5"), ("-1 234", "-1234"), ("", "")],
    );
    check(Transformation::DecimalFormatting(DecimalSeparator::Point), &[("1,234.50", "1234.5")]);
    check_fails(
        Transformation::DecimalFormatting(DecimalSeparator::Point),
        "12a",
        "transformation.unreadable",
    );
    check(Transformation::UnixTimestamp, &[("1767225600", "2026-01-01T00:00:00Z")]);
}

#[test]
fn looking_up() {
    let values: FxHashMap<_, _> =
        [("Belgium", "BE"), ("France", "FR")].map(|(k, v)| (k.into(), v.into())).into_iter().collect();
    let lookup = |otherwise| Transformation::Lookup { values: values.clone(), otherwise };
    check(lookup(Unknown::Stays), &[("belgium ", "BE"), ("Spain", "Spain")]);
    check(lookup(Unknown::Blank), &[("Spain", "")]);
    check_fails(lookup(Unknown::Fails), "Spain", "transformation.not-found");
}

#[test]
fn chains() {
    let mut rules = TransformationRules::standard();
    let next =
        |transformation, next: &str| TransformationRule { transformation, next: Some(next.to_owned()) };
    rules.insert("TRIM UPPER", next(Transformation::Trim, "UPPERCASE"));
    assert_eq!(rules.apply("TRIM UPPER", " ab ").as_deref(), Ok("AB"));
    rules.insert("ROUND", next(Transformation::Trim, "ROUND"));
    assert_eq!(rules.apply("ROUND", "a").unwrap_err().code(), "transformation.circle");
    assert_eq!(
        rules.apply("GONE", "a").unwrap_err(),
        TransformationError::UnknownRule { code: "GONE".into() }
    );
    let custom = Transformation::Custom { rules: vec!["TITLECASE".into(), "ALPHANUMERIC_ONLY".into()] };
    check(custom, &[("jean-luc dupont", "JeanLucDupont")]);
    let own = Transformation::Custom { rules: vec!["RULE".into()] };
    check_fails(own, "a", "transformation.circle");
}

#[test]
fn the_first_match_wins() {
    let mut rules = TransformationRules::standard();
    let rule = |transformation| TransformationRule { transformation, next: None };
    rules.insert("DAY FIRST", rule(Transformation::DateFormatting(DateOrder::DayMonthYear)));
    rules.insert("MONTH FIRST", rule(Transformation::DateFormatting(DateOrder::MonthDayYear)));
    let tried = vec!["DAY FIRST".into(), "MONTH FIRST".into()];
    rules.insert("DATE", rule(Transformation::FirstMatch { rules: tried }));
    assert_eq!(rules.apply("DATE", "01/02/2026").as_deref(), Ok("2026-02-01"));
    assert_eq!(rules.apply("DATE", "02/28/2026").as_deref(), Ok("2026-02-28"));
    assert_eq!(rules.apply("DATE", "never").as_deref(), Ok(""));
}
