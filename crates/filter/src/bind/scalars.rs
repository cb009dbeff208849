//! Values of all types that are not text: numbers, Boolean, Option, Duration, Guid, and the way to the dates
//! and times (filter language, sections 4.3 to 4.8).

use rust_decimal::Decimal;
use uuid::Uuid;

use super::{Binder, Meaning, dates, times};
use crate::error::{TypeError, TypeErrorKind};
use crate::field::{FieldType, OptionMember};
use crate::filter::{Literal, Quoting};
use crate::scan::trim;
use crate::text::lower;
use crate::typed::FilterValue;

impl Binder<'_> {
    pub(super) fn scalar(&self, value: &Literal) -> Result<Meaning, TypeError> {
        self.read(trim(&value.text)).ok_or_else(|| {
            let found = value.text.clone();
            let has_words =
                matches!(self.field_type, FieldType::Date | FieldType::DateTime | FieldType::Time);
            let kind = if has_words && found.starts_with('%') && value.quoting == Quoting::Bare {
                TypeErrorKind::UnknownToken { token: found }
            } else {
                TypeErrorKind::ValueOfWrongType { expected: self.field_type.clone(), found }
            };
            TypeError::new(kind, value.span)
        })
    }

    fn read(&self, text: &str) -> Option<Meaning> {
        let value = match self.field_type {
            FieldType::Text { .. } | FieldType::Code { .. } | FieldType::Unfilterable => return None,
            FieldType::Integer => {
                FilterValue::Integer(whole_number(text).filter(|number| i32::try_from(*number).is_ok())?)
            }
            FieldType::BigInteger => FilterValue::Integer(whole_number(text)?),
            FieldType::Decimal => FilterValue::Decimal(decimal(text)?),
            FieldType::Boolean => FilterValue::Boolean(boolean(text)?),
            FieldType::Option(members) => FilterValue::Option(option(text, members)?),
            FieldType::Duration => FilterValue::Duration(duration(text)?),
            FieldType::Guid => FilterValue::Guid(guid(text)?),
            FieldType::Time => FilterValue::Time(times::time(text, self.context)?),
            FieldType::Date => {
                let days = dates::days(text, self.context)?;
                return Some(Meaning::between(days.first, days.last, FilterValue::Date));
            }
            FieldType::DateTime => {
                let (first, last) = times::moments(text, self.context)?;
                return Some(Meaning::between(first, last, FilterValue::DateTime));
            }
        };
        Some(Meaning::Value(value))
    }
}

pub(super) fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Optional sign and digits.
fn whole_number(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if is_digits(digits) { text.parse().ok() } else { None }
}

/// Optional sign, digits, and optionally a point and digits; digits on one side of the point are enough.
fn decimal(text: &str) -> Option<Decimal> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let is_empty_or_digits = |part: &str| part.is_empty() || is_digits(part);
    if whole.len() + fraction.len() == 0 || !is_empty_or_digits(whole) || !is_empty_or_digits(fraction) {
        return None;
    }
    let plain = format!("0{}.{}0", whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
    let number = Decimal::from_str_exact(&plain).ok()?.normalize();
    Some(if text.starts_with('-') { -number } else { number })
}

fn boolean(text: &str) -> Option<bool> {
    let is = |words: [&str; 3]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is(["true", "yes", "1"]) {
        Some(true)
    } else if is(["false", "no", "0"]) {
        Some(false)
    } else {
        None
    }
}

/// By name, then by caption, then by ordinal, which need not be a member's (section 4.5).
fn option(text: &str, members: &[OptionMember]) -> Option<i32> {
    let is_same = |name: &str| !name.is_empty() && trim(name).chars().map(lower).eq(text.chars().map(lower));
    let by_name = || members.iter().find(|member| is_same(&member.name));
    let by_caption = || members.iter().find(|member| member.captions.iter().any(|caption| is_same(caption)));
    match by_name().or_else(by_caption) {
        Some(member) => Some(member.ordinal),
        None => i32::try_from(whole_number(text)?).ok(),
    }
}

/// What is read back as the ordinal: the member's name, or the ordinal where no name is in its way.
pub(crate) fn option_text(ordinal: i32, members: &[OptionMember]) -> Option<String> {
    let name = members.iter().find(|member| member.ordinal == ordinal).map(|member| member.name.clone());
    let texts = name.into_iter().chain([ordinal.to_string()]);
    texts.into_iter().find(|text| option(trim(text), members) == Some(ordinal))
}

/// Milliseconds, or numbers with units: `2d 6h 30m 56s 600ms` (section 4.8).
fn duration(text: &str) -> Option<i64> {
    if let Some(milliseconds) = whole_number(text) {
        return Some(milliseconds);
    }
    let (sign, mut rest) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let mut total: i64 = 0;
    while !rest.is_empty() {
        let (number, after) = rest.split_at_checked(rest.find(|next: char| !next.is_ascii_digit())?)?;
        let after = after.trim_start();
        let unit_end = after.find(|next: char| !next.is_alphabetic()).unwrap_or(after.len());
        let (unit, after) = after.split_at_checked(unit_end)?;
        let milliseconds: i64 = match unit.to_ascii_lowercase().as_str() {
            "d" => 86_400_000,
            "h" => 3_600_000,
            "m" => 60_000,
            "s" => 1000,
            "ms" => 1,
            _ => return None,
        };
        total = total.checked_add(number.parse::<i64>().ok()?.checked_mul(milliseconds)?)?;
        rest = after.trim_start();
    }
    if text.is_empty() { None } else { Some(sign * total) }
}

/// With or without braces, always with hyphens.
fn guid(text: &str) -> Option<Uuid> {
    let inner = match text.strip_prefix('{') {
        Some(rest) => rest.strip_suffix('}')?,
        None => text,
    };
    if inner.len() == 36 { Uuid::try_parse(inner).ok() } else { None }
}
