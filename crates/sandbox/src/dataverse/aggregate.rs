//! Sums, averages, counts of many values, for `$apply` (B26) and FetchXML (B29).

use rustc_hash::FxHashSet;

use crate::odata::filter::{SCALE, scaled};
use crate::odata::json;
use crate::store::format_decimal;
use crate::world::Value;

/// What is made of many values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Sum,
    Average,
    Min,
    Max,
    /// Values that are there.
    Count,
    CountDistinct,
}

impl Method {
    /// The JSON of the outcome; without values null, or zero for counts.
    pub(super) fn of(self, values: &[Value<'_>]) -> String {
        let present = values.iter().filter(|it| !is_null(it));
        match self {
            Self::Count => present.count().to_string(),
            Self::CountDistinct => present.map(json_of).collect::<FxHashSet<String>>().len().to_string(),
            Self::Min => least(present, |order| order.is_lt()),
            Self::Max => least(present, |order| order.is_gt()),
            Self::Sum | Self::Average => {
                let numbers: Vec<i128> = present.filter_map(number).collect();
                let count = i128::try_from(numbers.len()).unwrap_or(1);
                let sum: i128 = numbers.iter().sum();
                match (self, count) {
                    (_, 0) => "null".to_owned(),
                    (Self::Sum, _) => decimal_text(sum),
                    _ => decimal_text(sum / count),
                }
            }
        }
    }
}

fn least<'a>(
    values: impl Iterator<Item = &'a Value<'a>>,
    better: impl Fn(std::cmp::Ordering) -> bool,
) -> String {
    let numbers = values.filter_map(|it| Some((number(it)?, it)));
    let best = numbers.reduce(|best, it| if better(it.0.cmp(&best.0)) { it } else { best });
    best.map_or_else(|| "null".to_owned(), |(_, value)| json_of(value))
}

fn is_null(value: &Value<'_>) -> bool {
    matches!(value, Value::Null | Value::Text("") | Value::Decimal("") | Value::Date(""))
}

/// A value as a number that can be added and compared; none for texts and ids.
fn number(value: &Value<'_>) -> Option<i128> {
    match value {
        Value::Int(value) | Value::Choice(value) => Some(i128::from(*value) * SCALE),
        Value::Decimal(text) => scaled(text),
        Value::Moment(moment) => Some(i128::from(*moment)),
        Value::Boolean(value) => Some(i128::from(*value) * SCALE),
        _ => None,
    }
}

/// The JSON of one value.
pub(super) fn json_of(value: &Value<'_>) -> String {
    let mut out = Vec::new();
    super::rows::write_value(&mut out, *value);
    String::from_utf8(out).unwrap_or_default()
}

/// A decimal number as a text; zero is a value of its own here.
pub(super) fn decimal_text(value: i128) -> String {
    if value == 0 { "0".to_owned() } else { format_decimal(value) }
}

/// A text as a JSON string.
pub(super) fn quoted(text: &str) -> String {
    json::quoted(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_added_exactly() {
        let values = [Value::Decimal("0.1"), Value::Decimal("0.2"), Value::Null, Value::Decimal("-1.05")];
        let check = |method: Method, expected: &str| assert_eq!(method.of(&values), expected, "{method:?}");
        check(Method::Sum, "-0.75");
        check(Method::Average, "-0.25");
        check(Method::Min, "-1.05");
        check(Method::Max, "0.2");
        check(Method::Count, "3");
        check(Method::CountDistinct, "3");
        assert_eq!(Method::Sum.of(&[]), "null");
        assert_eq!(Method::Max.of(&[Value::Moment(0), Value::Moment(5_000)]), "\"1970-01-01T00:00:05Z\"");
    }
}
