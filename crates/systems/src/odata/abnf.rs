//! The productions of the OData ABNF that a `$filter` may be made of, read by hand for tests: whether a text is one.
//! Shares nothing with what writes filters. The cases below were written from the rules, each with its production.

#![expect(clippy::string_slice, reason = "a reader for tests, which cuts behind characters it has seen")]

/// What is left of a text after a production; none when it does not fit.
type Rest<'t> = Option<&'t str>;

/// `boolCommonExpr`, from the first character to the last.
pub(crate) fn is_filter(text: &str) -> bool {
    bool_common_expression(text) == Some("")
}

/// What may stand in a query without percent-encoding, of the characters that `qchar-no-AMP` allows.
pub(crate) fn is_query_value(text: &str) -> bool {
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        rest = if character == '%' {
            let Some(digits) = rest.get(1..3) else { return false };
            if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                return false;
            }
            &rest[3..]
        } else if character.is_ascii_alphanumeric() || "-._~!$'()*,;:@/?=".contains(character) {
            &rest[1..]
        } else {
            return false;
        };
    }
    true
}

fn bool_common_expression(text: &str) -> Rest<'_> {
    let mut rest = bool_term(text)?;
    while let Some(next) = word(rest, " and ").or_else(|| word(rest, " or ")) {
        rest = bool_term(next)?;
    }
    Some(rest)
}

fn bool_term(text: &str) -> Rest<'_> {
    if let Some(rest) = word(text, "not ") {
        return bool_term(rest);
    }
    if let Some(rest) = word(text, "(") {
        return word(bool_common_expression(rest)?, ")");
    }
    if let Some(rest) = ["contains(", "startswith(", "endswith("].iter().find_map(|name| word(text, name)) {
        return word(common_expression(word(common_expression(rest)?, ",")?)?, ")");
    }
    let rest = common_expression(text)?;
    let operators = [" eq ", " ne ", " lt ", " le ", " gt ", " ge "];
    common_expression(operators.iter().find_map(|operator| word(rest, operator))?)
}

/// `commonExpr` as far as it is needed: a literal, a property path, `tolower`, `toupper`.
fn common_expression(text: &str) -> Rest<'_> {
    if let Some(rest) = ["tolower(", "toupper("].iter().find_map(|name| word(text, name)) {
        return word(common_expression(rest)?, ")");
    }
    let literals = [string, date_time_offset, guid, date, decimal, null_or_boolean, enumeration];
    // The longest that fits, as the grammar is ambiguous on its own.
    let literal = literals.iter().filter_map(|literal| literal(text)).min_by_key(|rest| rest.len());
    [literal, path(text)].into_iter().flatten().min_by_key(|rest| rest.len())
}

fn word<'t>(text: &'t str, word: &str) -> Rest<'t> {
    text.strip_prefix(word)
}

fn string(text: &str) -> Rest<'_> {
    let mut rest = word(text, "'")?;
    loop {
        let end = rest.find('\'')?;
        if rest[..end].contains(['\r', '\n']) {
            return None;
        }
        rest = &rest[end + 1..];
        match word(rest, "'") {
            Some(next) => rest = next,
            None => return Some(rest),
        }
    }
}

fn enumeration(text: &str) -> Rest<'_> {
    let rest = path_with(text, '.')?;
    if text[..text.len() - rest.len()].contains('.') { string(rest) } else { None }
}

fn null_or_boolean(text: &str) -> Rest<'_> {
    ["null", "true", "false"].iter().find_map(|value| word(text, value))
}

fn path(text: &str) -> Rest<'_> {
    path_with(text, '/')
}

fn path_with(text: &str, separator: char) -> Rest<'_> {
    let mut rest = identifier(text)?;
    while let Some(next) = rest.strip_prefix(separator) {
        rest = identifier(next)?;
    }
    Some(rest)
}

/// `odataIdentifier`
fn identifier(text: &str) -> Rest<'_> {
    let first = text.chars().next()?;
    if !(first.is_alphabetic() || first == '_') {
        return None;
    }
    let rest = text.trim_start_matches(|character: char| character.is_alphanumeric() || character == '_');
    (text.chars().count() - rest.chars().count() <= 128).then_some(rest)
}

/// This many digits and no more are taken.
fn digits(text: &str, n_digits: usize) -> Rest<'_> {
    let (taken, rest) = text.split_at_checked(n_digits)?;
    taken.bytes().all(|byte| byte.is_ascii_digit()).then_some(rest)
}

/// `decimalValue` with its exponent, whole numbers included.
fn decimal(text: &str) -> Rest<'_> {
    let many = |text: &'_ str| -> Option<usize> {
        let n_digits = text.bytes().take_while(u8::is_ascii_digit).count();
        (n_digits > 0).then_some(n_digits)
    };
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let mut rest = &unsigned[many(unsigned)?..];
    if let Some(fraction) = word(rest, ".") {
        rest = &fraction[many(fraction)?..];
    }
    if let Some(exponent) = rest.strip_prefix(['e', 'E']) {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        rest = &exponent[many(exponent)?..];
    }
    Some(rest)
}

fn date(text: &str) -> Rest<'_> {
    let rest = word(digits(text, 4)?, "-")?;
    let (month, rest) = rest.split_at_checked(2)?;
    let (day, rest) = word(rest, "-")?.split_at_checked(2)?;
    let within = |text: &str, last: u32| text.parse::<u32>().is_ok_and(|value| (1..=last).contains(&value));
    (within(month, 12) && within(day, 31)).then_some(rest)
}

fn date_time_offset(text: &str) -> Rest<'_> {
    let rest = word(date(text)?, "T")?;
    let mut rest = digits(word(digits(rest, 2)?, ":")?, 2)?;
    if let Some(seconds) = word(rest, ":") {
        rest = digits(seconds, 2)?;
        if let Some(fraction) = word(rest, ".") {
            let n_digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
            rest = (1..=12).contains(&n_digits).then(|| &fraction[n_digits..])?;
        }
    }
    match word(rest, "Z") {
        Some(rest) => Some(rest),
        None => digits(word(digits(rest.strip_prefix(['+', '-'])?, 2)?, ":")?, 2),
    }
}

fn guid(text: &str) -> Rest<'_> {
    let (taken, rest) = text.split_at_checked(36)?;
    uuid::Uuid::try_parse(taken).ok().map(|_| rest)
}

#[test]
fn the_grammar_takes_what_the_rules_allow_and_nothing_else() {
    let valid = [
        // string = SQUOTE *( SQUOTE-in-string / pchar-no-SQUOTE ) SQUOTE
        "a eq ''",
        "a eq 'O''Neil'",
        "a eq ''''",
        "a eq 'ends with a quote '''",
        "a eq 'not (a or b) and c,d'",
        // primitiveLiteral
        "a eq null",
        "a ne true",
        "a lt -3.14",
        "a ge 1e-7",
        "a eq 2026-03-31",
        "a le 2026-03-31T23:59:59.999Z",
        "a le 2026-03-31T23:59+01:00",
        "a eq 3f2504e0-4f89-11d3-9a0c-0305e82c3301",
        "a eq Microsoft.NAV.customerBlocked'Ship'",
        // commonExpr, methodCallExpr, parenExpr, notExpr
        "tolower(a) eq 'x'",
        "contains(a,'x') and not startswith(_b_value,'y')",
        "((a eq 1 or a eq 2) and (b/c eq 'x'))",
        "é eq 1",
    ];
    for text in valid {
        assert!(is_filter(text), "{text}");
    }
    let invalid = [
        "",
        "a",
        "a eq",
        "a eq 'open",
        "a eq 'O'Neil'",
        "a = 1",
        "a eq 1.",
        "a eq .5",
        "a eq 2026-13-01",
        "a eq 2026-3-1",
        "a eq 2026-03-31T23:59:59",
        "a eq 2026-03-31 10:00:00Z",
        "a eq {3f2504e0-4f89-11d3-9a0c-0305e82c3301}",
        "a eq Ship'",
        "a eq 1 and",
        "(a eq 1",
        "a eq 1)",
        "1a eq 1",
        "a eq 1  and b eq 2",
        "contains(a 'x')",
        "a EQ 1",
    ];
    for text in invalid {
        assert!(!is_filter(text), "{text}");
    }
    assert!(is_query_value("a%20eq%20'x%26y'"));
    for text in ["a eq", "a&b", "a#b", "a+b", "é", "100%", "%2", "%zz"] {
        assert!(!is_query_value(text), "{text}");
    }
}
