//! Values as literals of `$filter` (A31, A46, filter language sections 10 and 11).

use couplet_filter::{DateTimeKey, FilterValue, Operator, Pattern, PatternPart};

/// The form of a pattern, as far as functions of `$filter` can say it.
pub(crate) enum Form<'p> {
    /// `*`: every text.
    Everything,
    /// `Co*`
    StartsWith(&'p str),
    /// `*Co`
    EndsWith(&'p str),
    /// `*Co*`
    Contains(&'p str),
    /// `A*C`
    StartsAndEnds(&'p str, &'p str),
    /// Any other, with its literals and whether the first starts and the last ends the value.
    Parts { literals: Vec<&'p str>, starts: bool, ends: bool },
}

impl<'p> Form<'p> {
    pub(crate) fn of(pattern: &'p Pattern) -> Self {
        match pattern.parts.as_slice() {
            [PatternPart::AnyRun] => Form::Everything,
            [PatternPart::Literal(text), PatternPart::AnyRun] => Form::StartsWith(text),
            [PatternPart::AnyRun, PatternPart::Literal(text)] => Form::EndsWith(text),
            [PatternPart::AnyRun, PatternPart::Literal(text), PatternPart::AnyRun] => Form::Contains(text),
            [PatternPart::Literal(first), PatternPart::AnyRun, PatternPart::Literal(last)] => {
                Form::StartsAndEnds(first, last)
            }
            parts => {
                let literal = |part: &'p PatternPart| match part {
                    PatternPart::Literal(text) if !text.is_empty() => Some(text.as_str()),
                    _ => None,
                };
                Form::Parts {
                    literals: parts.iter().filter_map(literal).collect(),
                    starts: parts.first().and_then(literal).is_some(),
                    ends: parts.last().and_then(literal).is_some(),
                }
            }
        }
    }
}

/// A text in single quotes, quotes doubled.
pub(crate) fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A value without quotes; none for texts, options and what no server compares.
pub(crate) fn bare(value: &FilterValue) -> Option<String> {
    match value {
        FilterValue::Integer(value) => Some(value.to_string()),
        FilterValue::Decimal(value) => Some(value.to_string()),
        FilterValue::Boolean(value) => Some(value.to_string()),
        FilterValue::Guid(value) => Some(value.hyphenated().to_string()),
        FilterValue::Date(value) if value.is_closing() => None,
        FilterValue::Date(value) if value.is_blank() => Some("0001-01-01".to_owned()),
        FilterValue::Date(value) => Some(value.to_iso()),
        FilterValue::DateTime(value) if value.milliseconds().is_none() => {
            Some("0001-01-01T00:00:00Z".to_owned())
        }
        FilterValue::DateTime(value) => Some(value.to_iso()),
        FilterValue::Text { .. }
        | FilterValue::Option(_)
        | FilterValue::Time(_)
        | FilterValue::Duration(_) => None,
    }
}

/// Whether a date or a moment is blank.
pub(crate) fn is_blank_moment(value: &FilterValue) -> bool {
    match value {
        FilterValue::Date(value) => value.is_blank(),
        FilterValue::DateTime(value) => value.milliseconds().is_none(),
        _ => false,
    }
}

/// For an upper bound that ends a second, the start of the next one and whether that says the same. Fractions after
/// the last whole second of a day depend on the platform (filter language 4.7), so that second is sent whole.
pub(super) fn end_of_second(value: &FilterValue) -> Option<(String, bool)> {
    let FilterValue::DateTime(moment) = value else { return None };
    let milliseconds = moment.milliseconds()?;
    let fraction = milliseconds.rem_euclid(1_000);
    let next = milliseconds - fraction + 1_000;
    let is_same = fraction == 999;
    let literal = DateTimeKey::from_milliseconds(next).to_iso();
    // No second follows the last one of the calendar.
    let is_written = !literal.is_empty();
    (is_written && (is_same || next.rem_euclid(60_000) == 0)).then_some((literal, is_same))
}

/// The operator of `$filter`.
pub(crate) fn operator(operator: Operator) -> &'static str {
    match operator {
        Operator::Equal => "eq",
        Operator::NotEqual => "ne",
        Operator::Less => "lt",
        Operator::LessOrEqual => "le",
        Operator::Greater => "gt",
        Operator::GreaterOrEqual => "ge",
    }
}
