//! Literals of OData v4: one writer and one reader for every type.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use uuid::Uuid;

use crate::keys::{DateKey, DateTimeKey, TimeKey, iso_date, iso_moment};
use crate::typed::FilterValue;

/// What stands for a blank date, as Business Central's services write it (filter language, section 5).
const BLANK_DATE: &str = "0001-01-01";
const BLANK_DATE_TIME: &str = "0001-01-01T00:00:00Z";

const UNITS: [(char, i64); 4] = [('D', 86_400_000), ('H', 3_600_000), ('M', 60_000), ('S', 1_000)];

/// A literal of an OData expression.
///
/// # Example
///
/// ```
/// use couplet_filter::odata::Literal;
///
/// assert_eq!(Literal::Text("O'Neil".to_owned()).to_string(), "'O''Neil'");
/// assert_eq!(Literal::Duration(5_400_000).to_string(), "duration'PT1H30M'");
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// `null`
    Null,
    /// `true`
    Boolean(bool),
    /// `-1.5`, of any numeric type.
    Number(Decimal),
    /// `'abc'`, quotes doubled.
    Text(String),
    /// `2026-03-15`; blank is `0001-01-01`.
    Date(DateKey),
    /// `2026-03-15T10:00:00Z`; blank is `0001-01-01T00:00:00Z`.
    DateTime(DateTimeKey),
    /// `10:00:00`
    Time(TimeKey),
    /// `duration'PT1H'`, in milliseconds.
    Duration(i64),
    /// `3f2504e0-4f89-11d3-9a0c-0305e82c3301`, without quotes and braces.
    Guid(Uuid),
}

impl Literal {
    /// The literal of a filter's value; `None` for a closing date and a blank time, which OData cannot write, and
    /// for an option, whose literal depends on the service.
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::{DateKey, FilterValue, odata::Literal};
    ///
    /// let day = DateKey::from_iso("2026-12-31").unwrap();
    /// assert_eq!(Literal::of(&FilterValue::Date(day)), Some(Literal::Date(day)));
    /// assert_eq!(Literal::of(&FilterValue::Date(day.closing())), None);
    /// ```
    #[must_use]
    pub fn of(value: &FilterValue) -> Option<Self> {
        Some(match value {
            FilterValue::Text { text, .. } => Self::Text(text.clone()),
            FilterValue::Integer(number) => Self::Number((*number).into()),
            FilterValue::Decimal(number) => Self::Number(*number),
            FilterValue::Boolean(value) => Self::Boolean(*value),
            FilterValue::Date(day) if day.is_closing() => return None,
            FilterValue::Date(day) => Self::Date(*day),
            FilterValue::DateTime(moment) => Self::DateTime(*moment),
            FilterValue::Time(time) if *time == TimeKey::BLANK => return None,
            FilterValue::Time(time) => Self::Time(*time),
            FilterValue::Duration(milliseconds) => Self::Duration(*milliseconds),
            FilterValue::Guid(guid) => Self::Guid(*guid),
            FilterValue::Option(_) => return None,
        })
    }

    /// Reads a literal that is written without quotes.
    pub(super) fn from_word(word: &str) -> Option<Self> {
        match word {
            "null" => return Some(Self::Null),
            "true" => return Some(Self::Boolean(true)),
            "false" => return Some(Self::Boolean(false)),
            BLANK_DATE => return Some(Self::Date(DateKey::BLANK)),
            BLANK_DATE_TIME => return Some(Self::DateTime(DateTimeKey::BLANK)),
            _ => {}
        }
        if word.len() == 36
            && let Ok(guid) = Uuid::try_parse(word)
        {
            return Some(Self::Guid(guid));
        }
        if let Some(date) = iso_date(word) {
            return Some(Self::Date(DateKey::from_civil(date)));
        }
        number(word)
            .map(Self::Number)
            .or_else(|| moment(word).map(Self::DateTime))
            .or_else(|| time(word).map(Self::Time))
    }
}

/// Optional minus, digits, and optionally a point and digits.
fn number(word: &str) -> Option<Decimal> {
    let unsigned = word.strip_prefix('-').unwrap_or(word);
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let is_number = match unsigned.split_once('.') {
        Some((whole, fraction)) => is_digits(whole) && is_digits(fraction),
        None => is_digits(unsigned),
    };
    if !is_number {
        return None;
    }
    Decimal::from_str_exact(word).ok().map(|number| number.normalize())
}

/// A moment with its offset, down to milliseconds: nothing is rounded.
fn moment(word: &str) -> Option<DateTimeKey> {
    let clock = word.get(11..)?;
    let digits = clock.split_once('.').map_or("", |(_, fraction)| fraction);
    let is_rounded = digits.bytes().take_while(u8::is_ascii_digit).skip(3).any(|digit| digit != b'0');
    if is_rounded || is_leap_second(clock) || !clock.contains(['Z', 'z', '+', '-']) {
        return None;
    }
    iso_moment(word, &jiff::tz::TimeZone::UTC)
}

/// Whether `HH:MM:SS` is second 60, which OData does not have; the calendar's reader would take it for second 59.
fn is_leap_second(clock: &str) -> bool {
    clock.get(6..8) == Some("60")
}

fn time(word: &str) -> Option<TimeKey> {
    let is_clock = word.len() >= 5
        && word.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'.'))
        && word.contains(':');
    let time = jiff::civil::Time::from_str(word).ok().filter(|_| is_clock)?;
    (time.subsec_nanosecond() % 1_000_000 == 0 && !is_leap_second(word)).then(|| TimeKey::from_civil(time))
}

/// Milliseconds of `P1DT2H3M4.5S`: days, hours, minutes and seconds, each once and in this order.
pub(super) fn duration(text: &str) -> Option<i64> {
    let (sign, rest) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let rest = rest.strip_prefix('P')?;
    let (days, clock) = rest.split_once('T').unwrap_or((rest, ""));
    if days.is_empty() && clock.is_empty() || rest.ends_with('T') {
        return None;
    }
    let (of_days, of_clock) = UNITS.split_at_checked(1)?;
    let total = parts(days, of_days)?.checked_add(parts(clock, of_clock)?)?;
    Some(sign * total)
}

fn parts(mut rest: &str, mut units: &[(char, i64)]) -> Option<i64> {
    let mut total: i64 = 0;
    while !rest.is_empty() {
        let (digits, after) = rest.split_at_checked(rest.find(|next: char| next.is_ascii_alphabetic())?)?;
        let mut characters = after.chars();
        let unit = characters.next()?;
        let unit_idx = units.iter().position(|(letter, _)| *letter == unit)?;
        let (_, size) = units.get(unit_idx)?;
        units = units.get(unit_idx + 1..)?;
        rest = characters.as_str();
        let count = number(digits).filter(|count| unit == 'S' || count.is_integer())?;
        let milliseconds = count.checked_mul((*size).into()).filter(Decimal::is_integer)?;
        total = total.checked_add(i64::try_from(milliseconds).ok().filter(|it| *it >= 0)?)?;
    }
    Some(total)
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Boolean(value) => write!(f, "{value}"),
            Self::Number(value) => write!(f, "{value}"),
            Self::Text(text) => write!(f, "'{}'", text.replace('\'', "''")),
            Self::Date(day) if day.is_blank() => f.write_str(BLANK_DATE),
            Self::Date(day) => write!(f, "{day}"),
            Self::DateTime(moment) if moment.milliseconds().is_none() => f.write_str(BLANK_DATE_TIME),
            Self::DateTime(moment) => write!(f, "{moment}"),
            Self::Time(time) => write!(f, "{time}"),
            Self::Duration(milliseconds) => write_duration(f, *milliseconds),
            Self::Guid(guid) => write!(f, "{}", guid.hyphenated()),
        }
    }
}

fn write_duration(f: &mut fmt::Formatter<'_>, milliseconds: i64) -> fmt::Result {
    f.write_str(if milliseconds < 0 { "duration'-P" } else { "duration'P" })?;
    let mut rest = milliseconds.unsigned_abs();
    if rest == 0 {
        return f.write_str("T0S'");
    }
    for (idx, (unit, size)) in UNITS.iter().enumerate() {
        let size = size.unsigned_abs();
        let count = rest / size;
        let is_seconds = *unit == 'S';
        if idx == 1 && rest > 0 {
            f.write_str("T")?;
        }
        rest %= size;
        if is_seconds && rest > 0 {
            write!(f, "{}S", Decimal::from_i128_with_scale(i128::from(count * 1_000 + rest), 3).normalize())?;
        } else if count > 0 {
            write!(f, "{count}{unit}")?;
        }
    }
    f.write_str("'")
}
