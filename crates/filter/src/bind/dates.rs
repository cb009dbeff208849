//! Days as they are typed: words, weekdays, digits in the order of the region (filter language, sections 4.6
//! and 6).

use jiff::ToSpan;
use jiff::civil::{Date, ISOWeekDate, Weekday};

use super::formula::{Formula, Reading};
use super::periods;
use super::scalars::is_digits;
use crate::context::{Context, DateOrder, Word};
use crate::keys::{DateKey, iso_date};
use crate::scan::{is_space, trim};

/// A day, or the days from the first to the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Days {
    pub(super) first: DateKey,
    pub(super) last: DateKey,
}

impl Days {
    pub(super) fn between(first: Date, last: Date) -> Self {
        Self { first: DateKey::from_civil(first), last: DateKey::from_civil(last) }
    }

    fn one(day: DateKey) -> Self {
        Self { first: day, last: day }
    }

    fn moved(self, formula: &Formula) -> Option<Self> {
        Some(Self::between(formula.apply(self.first.civil()?)?, formula.apply(self.last.civil()?)?))
    }
}

/// A value of a Date field. A formula is tried first, then a word or date with a formula, then a word or date.
pub(super) fn days(text: &str, context: &Context) -> Option<Days> {
    if text.is_empty() {
        return Some(Days::one(DateKey::BLANK));
    }
    let text = strip_percent(text)?;
    match Formula::read(text) {
        Reading::Formula(formula) => return formula.apply(context.today).map(|day| Days::between(day, day)),
        Reading::Refused => return None,
        Reading::Other => {}
    }
    if let Some((left, right)) =
        text.find('+').or_else(|| text.find('-')).and_then(|at| text.split_at_checked(at))
    {
        match Formula::read(right) {
            Reading::Formula(formula) => return word_or_date(trim(left), context)?.moved(&formula),
            Reading::Refused => return None,
            Reading::Other => {}
        }
    }
    word_or_date(text, context)
}

/// Without the `%` that may stand before a word, and before nothing else.
pub(super) fn strip_percent(text: &str) -> Option<&str> {
    match text.strip_prefix('%') {
        Some(word) => word.starts_with(char::is_alphabetic).then_some(word),
        None => Some(text),
    }
}

fn word_or_date(text: &str, context: &Context) -> Option<Days> {
    periods::days(text, context)
        .or_else(|| word(text, context))
        .or_else(|| weekday(text, context).map(|day| Days::between(day, day)))
        .or_else(|| literal(text, context).map(Days::one))
}

fn word(text: &str, context: &Context) -> Option<Days> {
    let today = context.today;
    let around = |unit: &str| match (Formula::read(&format!("-C{unit}")), Formula::read(&format!("C{unit}")))
    {
        (Reading::Formula(start), Reading::Formula(end)) => {
            Some(Days::between(start.apply(today)?, end.apply(today)?))
        }
        _ => None,
    };
    let day = match Word::find(text, &Word::DATE, context)? {
        Word::WorkDate => context.work_date,
        Word::Yesterday => today.yesterday().ok()?,
        Word::Tomorrow => today.tomorrow().ok()?,
        Word::Week => return around("W"),
        Word::Month => return around("M"),
        Word::Quarter => return around("Q"),
        _ => today,
    };
    Some(Days::between(day, day))
}

/// `mon`: of the work date's week; `mon25`, `mon 25`, `mon-25`: of that ISO week in the work date's year.
pub(super) fn weekday(text: &str, context: &Context) -> Option<Date> {
    let letters = text.find(|next: char| !next.is_alphabetic()).unwrap_or(text.len());
    let (name, rest) = text.split_at_checked(letters)?;
    let word = Word::find(name, &Word::WEEKDAYS, context)?;
    let from_monday = i64::try_from(Word::WEEKDAYS.iter().position(|other| *other == word)?).ok()?;
    let monday = if rest.is_empty() {
        let since_monday = i64::from(context.work_date.weekday().to_monday_zero_offset());
        context.work_date.checked_sub(since_monday.days()).ok()?
    } else {
        let week =
            if rest.starts_with(|next: char| next.is_ascii_digit()) { rest } else { skip_separator(rest)? };
        if !is_digits(week) || week.len() > 2 {
            return None;
        }
        ISOWeekDate::new(context.work_date.year(), week.parse().ok()?, Weekday::Monday).ok()?.date()
    };
    monday.checked_add(from_monday.days()).ok()
}

/// Digits with or without separators; with a leading `C` the closing date.
pub(super) fn literal(text: &str, context: &Context) -> Option<DateKey> {
    match text.strip_prefix(['C', 'c']) {
        Some(rest) => day_of_digits(rest, context).map(|day| DateKey::from_civil(day).closing()),
        None => day_of_digits(text, context).map(DateKey::from_civil),
    }
}

/// Without a region, only ISO dates and two digits are read.
fn day_of_digits(text: &str, context: &Context) -> Option<Date> {
    let work_date = context.work_date;
    if let Some(date) = iso_date(text) {
        return Some(date);
    }
    if text.len() == 2 && is_digits(text) {
        return Date::new(work_date.year(), work_date.month(), text.parse().ok()?).ok();
    }
    let order = context.date_order?;
    let groups = digit_groups(text.strip_suffix('.').unwrap_or(text))?;
    let groups = match groups.as_slice() {
        [together] => split_digits(together, order)?,
        _ => groups,
    };
    let (year, month, day) = match (order, groups.as_slice()) {
        (_, [day]) if day.len() == 2 => {
            return Date::new(work_date.year(), work_date.month(), day.parse().ok()?).ok();
        }
        (DateOrder::DayMonthYear, [day, month]) => (work_date.year(), *month, *day),
        (_, [month, day]) => (work_date.year(), *month, *day),
        (DateOrder::DayMonthYear, [day, month, year]) => (full_year(year)?, *month, *day),
        (DateOrder::MonthDayYear, [month, day, year]) => (full_year(year)?, *month, *day),
        (DateOrder::YearMonthDay, [year, month, day]) => (full_year(year)?, *month, *day),
        _ => return None,
    };
    if month.len() > 2 || day.len() > 2 {
        return None;
    }
    Date::new(year, month.parse().ok()?, day.parse().ok()?).ok()
}

/// Two, four, six or eight digits into day, month and year.
fn split_digits(digits: &str, order: DateOrder) -> Option<Vec<&str>> {
    let lengths: &[usize] = match (digits.len(), order) {
        (2, _) => &[2],
        (4, _) => &[2, 2],
        (6, _) => &[2, 2, 2],
        (8, DateOrder::YearMonthDay) => &[4, 2, 2],
        (8, _) => &[2, 2, 4],
        _ => return None,
    };
    let mut rest = digits;
    let mut take = |length: &usize| {
        let (group, after) = rest.split_at_checked(*length)?;
        rest = after;
        Some(group)
    };
    lengths.iter().map(&mut take).collect()
}

/// Two digits mean 1950 to 2049.
fn full_year(digits: &str) -> Option<i16> {
    let year: i16 = digits.parse().ok()?;
    match digits.len() {
        2 if year < 50 => Some(2000 + year),
        2 => Some(1900 + year),
        4 => Some(year),
        _ => None,
    }
}

/// Runs of digits with one separator between them, and nothing around them.
pub(super) fn digit_groups(text: &str) -> Option<Vec<&str>> {
    let mut groups = Vec::new();
    let mut rest = text;
    loop {
        let end = rest.find(|next: char| !next.is_ascii_digit()).unwrap_or(rest.len());
        let (group, after) = rest.split_at_checked(end)?;
        if group.is_empty() {
            return None;
        }
        groups.push(group);
        if after.is_empty() {
            return Some(groups);
        }
        rest = skip_separator(after)?;
    }
}

/// What follows a separator: spaces, one character that is neither letter nor digit, or both.
fn skip_separator(text: &str) -> Option<&str> {
    let after = text.trim_start_matches(is_space);
    let is_symbol = |next: char| !next.is_alphanumeric() && next != '+';
    let after = after.strip_prefix(is_symbol).unwrap_or(after).trim_start_matches(is_space);
    (after.len() < text.len()).then_some(after)
}
