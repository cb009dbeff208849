//! Texts with a form: words, dates, numbers and time stamps as people write them.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use rust_decimal::Decimal;

/// In which order a date is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateOrder {
    /// 31/12/2026.
    DayMonthYear,
    /// 12/31/2026.
    MonthDayYear,
    /// 2026-12-31.
    YearMonthDay,
}

/// Which character separates the decimals; the other one of point and comma, spaces and apostrophes group digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecimalSeparator {
    /// 1,234.5
    Point,
    /// 1.234,5
    Comma,
}

pub(super) fn title_case(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut in_word = false;
    for character in text.chars() {
        if in_word {
            result.extend(character.to_lowercase());
        } else {
            result.extend(character.to_uppercase());
        }
        in_word = character.is_alphanumeric() || (in_word && character == '\'');
    }
    result
}

pub(super) fn date(text: &str, order: DateOrder) -> Option<String> {
    let text = text.trim();
    if text.is_empty() {
        return Some(String::new());
    }
    Some(read_date(text, order)?.to_string())
}

pub(super) fn date_time(text: &str, order: DateOrder) -> Option<String> {
    let text = text.trim();
    if text.is_empty() {
        return Some(String::new());
    }
    let (day, time) = text.split_once([' ', 'T']).unwrap_or((text, "00:00:00"));
    let day = read_date(day, order)?;
    let time = read_time(time.trim())?;
    let moment = TimeZone::UTC.to_timestamp(day.to_datetime(time)).ok()?;
    Some(moment.to_string())
}

/// Hours and minutes, with or without seconds, with or without `AM` and `PM`.
fn read_time(text: &str) -> Option<Time> {
    let lower = text.trim_end_matches(['Z', 'z']).trim().to_lowercase();
    let (clock, half) = match (lower.strip_suffix("am"), lower.strip_suffix("pm")) {
        (Some(clock), _) => (clock.trim(), Some(0)),
        (_, Some(clock)) => (clock.trim(), Some(12)),
        _ => (lower.as_str(), None),
    };
    let mut parts = clock.split(':').map(|part| part.parse::<i8>().ok());
    let (hour, minute) = (parts.next()??, parts.next()??);
    let second = parts.next().unwrap_or(Some(0))?;
    let hour = match half {
        Some(_) if !(1..=12).contains(&hour) => return None,
        Some(half) => hour % 12 + half,
        None => hour,
    };
    Time::new(hour, minute, second, 0).ok().filter(|_| parts.next().is_none())
}

fn read_date(text: &str, order: DateOrder) -> Option<Date> {
    let separated = text.contains(['/', '-', '.', ' ']);
    let parts: Vec<&str> = if separated {
        text.split(['/', '-', '.', ' ']).collect()
    } else {
        match order {
            DateOrder::YearMonthDay => vec![text.get(..4)?, text.get(4..6)?, text.get(6..)?],
            _ => vec![text.get(..2)?, text.get(2..4)?, text.get(4..)?],
        }
    };
    let [first, second, third] = parts.as_slice() else { return None };
    let (day, month, year) = match order {
        DateOrder::DayMonthYear => (first, second, third),
        DateOrder::MonthDayYear => (second, first, third),
        DateOrder::YearMonthDay => (third, second, first),
    };
    let year: i16 = year.parse().ok().filter(|_| year.len() == 4)?;
    Date::new(year, month.parse().ok()?, day.parse().ok()?).ok()
}

pub(super) fn decimal(text: &str, separator: DecimalSeparator) -> Option<String> {
    let text = text.trim();
    if text.is_empty() {
        return Some(String::new());
    }
    let (point, group) = match separator {
        DecimalSeparator::Point => ('.', ','),
        DecimalSeparator::Comma => (',', '.'),
    };
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            it if it == point => plain.push('.'),
            it if it == group || it == '\'' || it.is_whitespace() => {}
            it => plain.push(it),
        }
    }
    let value: Decimal = plain.parse().ok()?;
    Some(value.normalize().to_string())
}

pub(super) fn unix_timestamp(text: &str) -> Option<String> {
    let text = text.trim();
    if text.is_empty() {
        return Some(String::new());
    }
    Some(Timestamp::from_second(text.parse().ok()?).ok()?.to_string())
}
