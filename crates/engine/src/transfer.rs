//! A value on its way into a field of another type, and whether two fields differ (S4.33 to S4.40). Which value is
//! taken is decided in `planning`.

use std::borrow::Cow;

use couplet_filter::{DateKey, DateTimeKey, FieldType, FieldValue, TimeKey};
use jiff::civil::Time;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::value::{Value, same};

/// The value as text: what a text field receives (S4.36). Options by the name of their member.
pub fn text_of<'v>(value: FieldValue<'v>, field_type: &FieldType) -> Cow<'v, str> {
    match value {
        FieldValue::Null => Cow::Borrowed(""),
        FieldValue::Text(text) => Cow::Borrowed(text),
        FieldValue::Integer(value) | FieldValue::Duration(value) => Cow::Owned(value.to_string()),
        FieldValue::Decimal(value) => Cow::Owned(value.normalize().to_string()),
        FieldValue::Boolean(value) => Cow::Borrowed(if value { "Yes" } else { "No" }),
        FieldValue::Option(value) => Cow::Owned(option_text(value, field_type)),
        FieldValue::Date(value) => Cow::Owned(value.to_iso()),
        FieldValue::DateTime(value) => Cow::Owned(value.to_iso()),
        FieldValue::Time(value) => Cow::Owned(value.to_iso()),
        FieldValue::Guid(value) if value.is_nil() => Cow::Borrowed(""),
        FieldValue::Guid(value) => Cow::Owned(value.to_string()),
    }
}

fn option_text(value: i32, field_type: &FieldType) -> String {
    let FieldType::Option(members) = field_type else { return value.to_string() };
    let member = members.iter().find(|member| member.ordinal == value);
    member.map_or_else(|| value.to_string(), |member| member.name.trim().to_owned())
}

/// The value as a field of type `destination` holds it; none when it cannot be: such a value is not transferred, and
/// the record does not fail (S4.37).
pub fn convert(value: FieldValue<'_>, source: &FieldType, destination: &FieldType) -> Option<Value> {
    let blank = || Some(Value::from(destination.blank()));
    match (destination, value) {
        (FieldType::Text { max_length }, value) => {
            Some(Value::text(cut(&text_of(value, source), *max_length)))
        }
        (FieldType::Code { max_length }, value) => {
            Some(Value::text(code(&text_of(value, source), *max_length)))
        }
        (_, FieldValue::Null) => blank(),
        (FieldType::Integer, value) => {
            whole(value, source).filter(|it| i32::try_from(*it).is_ok()).map(Value::Integer)
        }
        (FieldType::BigInteger, value) => whole(value, source).map(Value::Integer),
        (FieldType::Duration, FieldValue::Duration(value)) => Some(Value::Duration(value)),
        (FieldType::Duration, value) => whole(value, source).map(Value::Duration),
        (FieldType::Decimal, FieldValue::Decimal(value)) => Some(Value::Decimal(value)),
        (FieldType::Decimal, FieldValue::Integer(value)) => Some(Value::Decimal(Decimal::from(value))),
        (FieldType::Decimal, FieldValue::Text(text)) => text.trim().parse().ok().map(Value::Decimal),
        (FieldType::Boolean, FieldValue::Boolean(value)) => Some(Value::Boolean(value)),
        (FieldType::Boolean, FieldValue::Text(text)) => boolean(text).map(Value::Boolean),
        (FieldType::Option(_), value) => option(value, source, destination),
        (FieldType::Date | FieldType::DateTime | FieldType::Time, value) => moment(value, destination),
        (FieldType::Guid, FieldValue::Guid(value)) => Some(Value::Guid(value)),
        (FieldType::Guid, FieldValue::Text("")) => blank(),
        (FieldType::Guid, FieldValue::Text(text)) => Uuid::try_parse(text.trim()).ok().map(Value::Guid),
        (FieldType::Unfilterable, value) => Some(Value::from(value)),
        _ => None,
    }
}

/// Whether what the destination would hold differs from what it holds. Where both fields have a length, texts are
/// compared as far as the shorter field reaches, so that a text that only goes on in the longer field stays (S4.33).
pub fn differs(write: &Value, now: FieldValue<'_>, source: &FieldType, destination: &FieldType) -> bool {
    if let (Value::Text(write), FieldType::Text { .. }) = (write, destination) {
        let now = match now {
            FieldValue::Text(text) => text,
            _ => "",
        };
        let shorter = match (length(source), length(destination)) {
            (Some(source), Some(destination)) => Some(source.min(destination)),
            (source, destination) => source.or(destination),
        };
        return cut(write, shorter) != cut(now, shorter);
    }
    !same(write.as_field_value(), now, destination)
}

fn length(field_type: &FieldType) -> Option<u32> {
    match field_type {
        FieldType::Text { max_length } | FieldType::Code { max_length } => *max_length,
        _ => None,
    }
}

/// The first characters of a text, as many as the field holds.
fn cut(text: &str, max_length: Option<u32>) -> &str {
    let Some(length) = max_length else { return text };
    text.char_indices().nth(length as usize).and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

/// As Code fields store a text: trimmed, upper case, no longer than the field (S4.33, S4.40).
pub(crate) fn code(text: &str, max_length: Option<u32>) -> String {
    cut(text.trim().to_uppercase().trim_end(), max_length).to_owned()
}

fn whole(value: FieldValue<'_>, source: &FieldType) -> Option<i64> {
    match value {
        FieldValue::Integer(value) => Some(value),
        FieldValue::Option(value) => Some(i64::from(value)),
        FieldValue::Decimal(value) if value.fract().is_zero() => value.normalize().to_string().parse().ok(),
        FieldValue::Text("") => Some(0),
        FieldValue::Text(_) => text_of(value, source).trim().parse().ok(),
        _ => None,
    }
}

fn boolean(text: &str) -> Option<bool> {
    match text.trim().to_lowercase().as_str() {
        "yes" | "true" | "1" => Some(true),
        "no" | "false" | "0" | "" => Some(false),
        _ => None,
    }
}

/// A number is that member; else captions come first, then names, ignoring case; blank is the blank member (S4.36).
fn option(value: FieldValue<'_>, source: &FieldType, destination: &FieldType) -> Option<Value> {
    let FieldType::Option(members) = destination else { return None };
    if source == destination && matches!(value, FieldValue::Option(_)) {
        return Some(Value::from(value));
    }
    let text = text_of(value, source);
    let text = text.trim();
    if text.is_empty() {
        return Some(Value::from(destination.blank()));
    }
    if let Ok(number) = text.parse::<i32>() {
        return Some(Value::Option(number));
    }
    let wanted = text.to_lowercase();
    let is_wanted = |name: &String| name.to_lowercase() == wanted;
    let by_caption = members.iter().find(|member| member.captions.iter().any(is_wanted));
    let member = by_caption.or_else(|| members.iter().find(|member| is_wanted(&member.name)));
    member.map(|member| Value::Option(member.ordinal))
}

/// Days begin at midnight UTC on both sides.
fn moment(value: FieldValue<'_>, destination: &FieldType) -> Option<Value> {
    let value = match value {
        FieldValue::Text(text) => return moment_of_text(text.trim(), destination),
        value => value,
    };
    let civil = |key: DateTimeKey| key.timestamp().map(|moment| moment.to_zoned(TimeZone::UTC).datetime());
    match (destination, value) {
        (FieldType::Date, FieldValue::Date(day)) => Some(Value::Date(day)),
        (FieldType::Date, FieldValue::DateTime(key)) => {
            Some(Value::Date(civil(key).map_or(DateKey::BLANK, |it| DateKey::from_civil(it.date()))))
        }
        (FieldType::DateTime, FieldValue::DateTime(key)) => Some(Value::DateTime(key)),
        (FieldType::DateTime, FieldValue::Date(day)) => Some(Value::DateTime(midnight(day))),
        (FieldType::Time, FieldValue::Time(time)) => Some(Value::Time(time)),
        (FieldType::Time, FieldValue::DateTime(key)) => {
            Some(Value::Time(civil(key).map_or(TimeKey::BLANK, |it| TimeKey::from_civil(it.time()))))
        }
        _ => None,
    }
}

fn moment_of_text(text: &str, destination: &FieldType) -> Option<Value> {
    match destination {
        FieldType::Date => match DateKey::from_iso(text) {
            Some(day) => Some(Value::Date(day)),
            None => moment(FieldValue::DateTime(DateTimeKey::from_iso(text)?), destination),
        },
        FieldType::DateTime => match DateTimeKey::from_iso(text) {
            Some(key) => Some(Value::DateTime(key)),
            None => Some(Value::DateTime(midnight(DateKey::from_iso(text)?))),
        },
        FieldType::Time => TimeKey::from_iso(text).map(Value::Time),
        _ => None,
    }
}

fn midnight(day: DateKey) -> DateTimeKey {
    let moment =
        day.civil().and_then(|date| TimeZone::UTC.to_timestamp(date.to_datetime(Time::midnight())).ok());
    moment.map_or(DateTimeKey::BLANK, DateTimeKey::from_timestamp)
}

#[cfg(test)]
mod tests {
    use couplet_filter::OptionMember;

    use super::*;

    const TEXT: FieldType = FieldType::Text { max_length: None };

    fn text(max_length: u32) -> FieldType {
        FieldType::Text { max_length: Some(max_length) }
    }

    fn members(names: &[&str]) -> FieldType {
        let member = |(idx, name): (usize, &&str)| OptionMember {
            ordinal: idx as i32,
            name: (*name).to_owned(),
            captions: vec![format!("{name} caption")],
        };
        FieldType::Option(names.iter().enumerate().map(member).collect())
    }

    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "cases read better with the value itself")]
    fn check(value: &str, destination: &FieldType, expected: Option<Value>) {
        let found = convert(FieldValue::Text(value), &TEXT, destination);
        assert_eq!(found.as_ref(), expected.as_ref(), "{value}");
    }

    #[test]
    fn texts_are_cut_and_codes_stored_in_upper_case() {
        check("Éloïse", &text(3), Some(Value::text("Élo")));
        check("  eur ", &FieldType::Code { max_length: Some(10) }, Some(Value::text("EUR")));
    }

    #[test]
    fn what_cannot_be_read_is_not_transferred() {
        check("12", &FieldType::Integer, Some(Value::Integer(12)));
        check("3000000000", &FieldType::Integer, None);
        check("3000000000", &FieldType::BigInteger, Some(Value::Integer(3_000_000_000)));
        check("1,234.5", &FieldType::Decimal, None);
        check("1234.5", &FieldType::Decimal, Some(Value::Decimal(Decimal::new(12345, 1))));
        check("yes", &FieldType::Boolean, Some(Value::Boolean(true)));
        check("perhaps", &FieldType::Boolean, None);
        check("no guid", &FieldType::Guid, None);
        check("2026-02-30", &FieldType::Date, None);
    }

    #[test]
    fn options_are_found_by_number_caption_and_name() {
        let options = members(&[" ", "Ship", "All"]);
        check("2", &options, Some(Value::Option(2)));
        check("SHIP", &options, Some(Value::Option(1)));
        check("all caption", &options, Some(Value::Option(2)));
        check("", &options, Some(Value::Option(0)));
        check("Invoice", &options, None);
        let written = convert(FieldValue::Option(1), &options, &text(10));
        assert_eq!(written, Some(Value::text("Ship")));
    }

    #[test]
    fn days_and_moments_meet_at_midnight_utc() {
        let day = DateKey::from_iso("2026-03-15").unwrap();
        let moment = DateTimeKey::from_iso("2026-03-15T00:00:00Z").unwrap();
        let late = DateTimeKey::from_iso("2026-03-15T23:59:59Z").unwrap();
        let to = |value, destination| convert(value, &TEXT, destination);
        assert_eq!(to(FieldValue::Date(day), &FieldType::DateTime), Some(Value::DateTime(moment)));
        assert_eq!(to(FieldValue::DateTime(late), &FieldType::Date), Some(Value::Date(day)));
        assert_eq!(to(FieldValue::Null, &FieldType::Date), Some(Value::Date(DateKey::BLANK)));
    }

    #[test]
    fn a_text_that_goes_on_in_the_longer_field_is_the_same() {
        let long = Value::text("Main Street 1, second floor");
        assert!(!differs(&Value::text("Main Street"), long.as_field_value(), &text(11), &text(50)));
        assert!(differs(&Value::text("Main street"), long.as_field_value(), &text(11), &text(50)));
        assert!(!differs(&Value::text(""), FieldValue::Null, &text(11), &text(50)));
    }
}
